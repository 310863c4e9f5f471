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
// text/javascript. Comments are left out, so a browser's line numbers differ from
// those of conga.js. The caller owns the slice.
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

// compact drops indentation, empty lines and comments. It is no parser: it
// relies on two habits of the module, which TestCompact checks. No template
// literal spans lines, and " // " stands in no string.
func compact(source string) string {
	var out strings.Builder
	comment := false
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if comment || strings.HasPrefix(line, "/*") {
			comment = !strings.HasSuffix(line, "*/")
			continue
		}
		if strings.HasPrefix(line, "//") {
			continue
		}
		line, _, _ = strings.Cut(line, " // ")
		if line != "" {
			out.WriteString(line)
			out.WriteByte('\n')
		}
	}
	return out.String()
}
