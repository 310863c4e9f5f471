// Package client holds the browser's side of live pages: one ES module that
// speaks conga/1, embedded so that an application needs no asset pipeline.
package client

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

//go:embed conga.js
var module string

// Source answers the module's text as it is to be served, with the media type
// text/javascript. Lines that hold only a comment are left out; a browser's
// line numbers therefore differ from those of conga.js. The caller owns the slice.
func Source() []byte {
	return []byte(compact(module))
}

// Hash answers 16 hexadecimal digits that change with Source. They belong into
// the module's address, so that it can be cached for ever.
func Hash() string {
	sum := sha256.Sum256(Source())
	return hex.EncodeToString(sum[:8])
}

// Integrity answers the value of a script element's integrity attribute for Source.
func Integrity() string {
	sum := sha256.Sum256(Source())
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// compact drops indentation, empty lines and lines of comment. The module has
// no template literal or block comment that spans lines of code, which
// TestCompact checks.
func compact(source string) string {
	var out strings.Builder
	comment := false
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		switch {
		case comment:
			comment = !strings.HasSuffix(line, "*/")
		case strings.HasPrefix(line, "/*"):
			comment = !strings.HasSuffix(line, "*/")
		case line == "", strings.HasPrefix(line, "//"):
		default:
			out.WriteString(line)
			out.WriteByte('\n')
		}
	}
	return out.String()
}
