package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestDecodeObject(t *testing.T) {
	deep := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	tests := []struct {
		in, want string // members as key=raw, or the error
	}{
		{`{}`, ""},
		{" {\n} ", ""},
		{`{"a": 1 , "b":[1, 2],"c":{"d":null}}`, `a=1 b=[1, 2] c={"d":null}`},
		{`{"\u0061":"x"}`, `a="x"`},
		{`{"a":1,"\u0061":2}`, `offset 7: the key "a" occurs twice`},
		{`{"a":1}x`, "offset 7: something follows the document"},
		{`{"a":1,}`, "offset 7: expected a key in quotes"},
		{`{"a" 1}`, "offset 5: expected a colon after the key"},
		{`{"a":01}`, "offset 6: a number must not begin with 0"},
		{`{"a":1.}`, "offset 7: expected a digit after the point"},
		{`{"a":tru}`, "offset 5: expected a value"},
		{`{"a":1`, "offset 6: the document ends too early"},
		{`{"a":"x`, "offset 7: the document ends too early"},
		{"{\"a\":\"\xff\"}", "offset 6: the text is no valid UTF-8"},
		{"{\"a\":\"\n\"}", "offset 6: control characters in strings must be escaped"},
		{`{"a":"\x"}`, "offset 7: unknown escape"},
		{`{"a":` + deep + `}`, "offset 104: arrays and objects are nested too deeply"},
		{`[]`, "offset 0: the document must be an object"},
		{``, "offset 0: the document ends too early"},
	}
	for _, tt := range tests {
		members, err := DecodeObject([]byte(tt.in))
		got := join(members)
		if e, ok := errors.AsType[*SyntaxError](err); ok {
			got = e.Error()
		}
		if got != tt.want {
			t.Errorf("DecodeObject(%.40q)\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func join(members []Member) string {
	var parts []string
	for _, m := range members {
		parts = append(parts, m.Key+"="+string(m.Raw))
	}
	return strings.Join(parts, " ")
}

func TestDecodeArray(t *testing.T) {
	members, err := DecodeArray([]byte(`[1, {"a":2}]`))
	if got := join(members); err != nil || got != `=1 ={"a":2}` {
		t.Errorf("DecodeArray = %s, %v", got, err)
	}
	if members, err := DecodeArray([]byte(`{}`)); err == nil {
		t.Errorf("DecodeArray({}) = %v, want an error", members)
	}
}

func FuzzDecodeObject(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"\u00e4"}],"c":-1.5e+3}`))
	f.Add([]byte(`{"a":1,"a":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		members, err := DecodeObject(data)
		if err != nil {
			var e *SyntaxError
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(data) {
				t.Fatalf("DecodeObject(%q) = %v", data, err)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(data, &want); err != nil || len(want) != len(members) {
			t.Fatalf("DecodeObject(%q) accepts what encoding/json does not: %v", data, err)
		}
		for _, m := range members {
			if string(want[m.Key]) != string(m.Raw) {
				t.Fatalf("DecodeObject(%q): %q = %s, want %s", data, m.Key, m.Raw, want[m.Key])
			}
		}
	})
}

func BenchmarkDecodeObject(b *testing.B) {
	data := []byte(`{"body":"hello","room_id":"0190ab34-5678-7abc-8def-0123456789ab","votes":12,"tags":["a","b"]}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeObject(data); err != nil {
			b.Fatal(err)
		}
	}
}
