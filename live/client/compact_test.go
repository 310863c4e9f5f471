package client

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

// maxCompressed is the largest size of the module on the wire, in bytes.
const maxCompressed = 14_500

func TestCompact(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"comment lines", "// a\n  b(); // c\n", "b();\n"},
		{"block comment", "/** one */\n/**\n * two\n */\nc();\n", "c();\n"},
		{"empty lines", "\n\n  d(\n    1,\n  );\n", "d(\n1,\n);\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := compact(tt.in); got != tt.want {
				t.Errorf("compact(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
		})
	}
	for i, line := range strings.Split(module, "\n") {
		code, _, _ := strings.Cut(strings.TrimSpace(line), " // ")
		for _, quote := range []string{"`", `"`} {
			if strings.Count(code, quote)%2 != 0 && !strings.HasPrefix(code, "//") && !strings.HasPrefix(code, "*") && !strings.Contains(code, `'"'`) {
				t.Errorf("conga.js:%d: a string over several lines, or with a comment in it, would be changed by compact", i+1)
			}
		}
	}
}

func TestSize(t *testing.T) {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	w.Write(Source())
	w.Close()
	t.Logf("%d bytes, %d compressed", len(Source()), out.Len())
	if out.Len() > maxCompressed {
		t.Errorf("compressed size %d, want at most %d", out.Len(), maxCompressed)
	}
}

func TestHash(t *testing.T) {
	once, again := Hash(), Hash()
	if len(once) != 16 || once != again {
		t.Errorf("Hash() = %q and %q, want 16 digits, always the same", once, again)
	}
}
