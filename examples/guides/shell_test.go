package guides_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// shell runs the shell blocks of a guide against a server.
type shell struct {
	dir  string
	addr string   // stands in the place of localhost:4000
	env  []string // "NAME=value", for what a guide calls $NAME
}

// run runs one block and returns what it prints.
func (sh shell) run(t *testing.T, b block) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", strings.ReplaceAll(b.text, "localhost:4000", sh.addr))
	cmd.Dir = sh.dir
	cmd.Env = append(cmd.Environ(), sh.env...)
	var out, faults bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &faults
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", b.where, err, faults.String(), out.String())
	}
	return out.String()
}

// compare holds the JSON documents that a block printed against those of the
// guide, where "…" stands for any value, and an object with the member "…"
// for one with further members.
func compare(t *testing.T, b block, got string) {
	t.Helper()
	want, err := documents(b.text)
	if err != nil {
		t.Fatalf("%s: %v", b.where, err)
	}
	have, err := documents(got)
	if err != nil {
		t.Fatalf("%s: the server answered no JSON: %v\n%s", b.where, err, got)
	}
	if len(want) != len(have) {
		t.Errorf("%s: the guide shows %d answers, the server gave %d:\n%s", b.where, len(want), len(have), got)
		return
	}
	for i := range want {
		if !agree(want[i], have[i]) {
			text, _ := json.MarshalIndent(have[i], "", "  ")
			t.Errorf("%s: answer %d differs; the server gave\n%s", b.where, i+1, text)
		}
	}
}

func documents(text string) (docs []any, err error) {
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var doc any
		if err := d.Decode(&doc); errors.Is(err, io.EOF) {
			return docs, nil
		} else if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
}

func agree(want, got any) bool {
	switch w := want.(type) {
	case string:
		if w == "…" {
			return got != nil
		}
		head, tail, cut := strings.Cut(w, "…")
		g, ok := got.(string)
		return ok && (g == w || cut && strings.HasPrefix(g, head) && strings.HasSuffix(g, tail))
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !agree(w[i], g[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		g, ok := got.(map[string]any)
		_, open := w["…"]
		if !ok || !open && len(w) != len(g) {
			return false
		}
		for name, v := range w {
			if have, ok := g[name]; name != "…" && (!ok || !agree(v, have)) {
				return false
			}
		}
		return true
	}
	return want == got
}

// play runs the curl blocks of a guide in their order and compares what
// follows them.
func play(t *testing.T, blocks []block, sh shell) {
	t.Helper()
	for i, b := range blocks {
		if b.lang != "sh" || !strings.Contains(b.text, "curl") {
			continue
		}
		got := sh.run(t, b)
		if i+1 < len(blocks) && blocks[i+1].lang == "json" {
			compare(t, blocks[i+1], got)
		}
	}
}
