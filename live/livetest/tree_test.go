package livetest

import (
	"encoding/json"
	"strings"
	"testing"
)

// The page: text, a block or nothing, a list, a stream.
var testBlocks = [][]string{{"<", "|", "|", "|", ">"}, {"(", ")"}, {"{", ",", "}"}}

const testRendering = `["a", [1, "b"], {"rows": [["k1", [1, "1"]], ["k2", [1, "2"]], ["k3", [1, "3"]]]}, {"stream": [["insert", -1, "s1", [1, "s"]]]}]`

func TestTree(t *testing.T) {
	tests := []struct{ diff, want string }{
		{`{}`, "<a|(b)|(1)(2)(3)|(s)>"},
		{`{"0": "A"}`, "<A|(b)|(1)(2)(3)|(s)>"},
		{`{"1": {"0": "B"}}`, "<a|(B)|(1)(2)(3)|(s)>"},
		{`{"1": [2, "x", "y"]}`, "<a|{x,y}|(1)(2)(3)|(s)>"},
		{`{"1": null}`, "<a||(1)(2)(3)|(s)>"},
		{`{"2": {"ops": [["=", 2, 1], ["+", "k4", [1, "4"]], ["~", 0, {"0": "one"}]]}}`, "<a|(b)|(3)(4)(one)|(s)>"},
		{`{"2": {"ops": []}}`, "<a|(b)||(s)>"},
		{`{"2": {"rows": [["k", [1, "new"]]]}}`, "<a|(b)|(new)|(s)>"},
		{`{"3": {"stream": [["insert", 0, "s0", [1, "0"]], ["insert", -1, "s1", [1, "S"]], ["insert", -1, "s2", [1, "2"]]]}}`, "<a|(b)|(1)(2)(3)|(0)(S)(2)>"},
		{`{"3": {"stream": [["insert", -1, "s2", [1, "2"]], ["delete", "s1"], ["limit", -1]]}}`, "<a|(b)|(1)(2)(3)|(2)>"},
		{`{"3": {"stream": [["reset"], ["insert", 5, "s2", [1, "2"]], ["limit", 1]]}}`, "<a|(b)|(1)(2)(3)|(2)>"},
	}
	for _, tt := range tests {
		tree, err := decodeTree(testBlocks, json.RawMessage(testRendering))
		if err == nil {
			err = tree.apply(json.RawMessage(tt.diff))
		}
		if err != nil {
			t.Errorf("%s: %v", tt.diff, err)
		} else if got := tree.html(); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.diff, got, tt.want)
		}
	}
}

// A server's fault is a failed test, not a page that looks almost right.
func TestTreeFaults(t *testing.T) {
	tests := []struct{ rendering, diff, want string }{
		{`["a"]`, "", "block 0 has 4 slots, not 1"},
		{`{}`, "", "read rendering"},
		{`["a", [9], "", ""]`, "", "unknown block"},
		{`["a", [], "", ""]`, "", "has no block"},
		{`["a", 5, "", ""]`, "", "unknown value"},
		{`["a", null, {"rows": [["k", [1, "1"]], ["k", [1, "2"]]]}, ""]`, "", `two rows have the key "k"`},
		{`["a", null, {"rows": ["k"]}, ""]`, "", "is no pair"},
		{testRendering, `[]`, "read diff"},
		{testRendering, `{"4": "x"}`, "no slot 4"},
		{testRendering, `{"x": "x"}`, "no slot x"},
		{testRendering, `{"0": {"0": "x"}}`, "a nested diff for a slot that holds no block"},
		{testRendering, `{"1": {"ops": []}}`, "holds no list"},
		{testRendering, `{"0": {"stream": []}}`, "holds no stream"},
		{testRendering, `{"2": {"ops": [["=", 2, 2]]}}`, "there are 3 old rows"},
		{testRendering, `{"2": {"ops": [["~", 3, {}]]}}`, "there are 3 old rows"},
		{testRendering, `{"2": {"ops": [["=", 0, 1], ["+", "k1", [1, "x"]]]}}`, "two rows"},
		{testRendering, `{"2": {"ops": [["?", 0, 1]]}}`, "unknown list op"},
		{testRendering, `{"3": {"stream": [["move"]]}}`, "unknown stream op"},
	}
	for _, tt := range tests {
		tree, err := decodeTree(testBlocks, json.RawMessage(tt.rendering))
		if err == nil {
			err = tree.apply(json.RawMessage(tt.diff))
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s\n got %v\nwant a fault with %q", tt.rendering, tt.diff, err, tt.want)
		}
	}
}
