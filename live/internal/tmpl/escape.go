package tmpl

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/congago/conga/internal/structs"
)

// content is the sort of text that a value says it is by its type.
type content uint8

const (
	contentPlain content = iota
	contentHTML
	contentURL
	contentOther // any other typed content: our escapers treat it as plain text
)

// stringify returns x as text, by the rules of html/template's escapers.
func stringify(x any) (string, content) {
	switch s := structs.Indirect(x).(type) {
	case string:
		return s, contentPlain
	case template.HTML:
		return string(s), contentHTML
	case template.URL:
		return string(s), contentURL
	case template.CSS:
		return string(s), contentOther
	case template.HTMLAttr:
		return string(s), contentOther
	case template.JS:
		return string(s), contentOther
	case template.JSStr:
		return string(s), contentOther
	case template.Srcset:
		return string(s), contentOther
	case nil:
		if x == nil {
			return "", contentPlain
		}
	}
	return fmt.Sprint(structs.IndirectPrinter(x)), contentPlain
}

// ownEscaper is an escaper that appends to the output. It must agree with the
// one of html/template that has the same name.
type ownEscaper struct {
	name   string
	append func(dst []byte, s string, typ content) []byte
	// again is append for the output of another escaper, which is plain text.
	again func(dst, s []byte) []byte
	// html tells whether append covers text of type template.HTML.
	html bool
	// digits tells whether numbers and booleans pass unchanged.
	digits bool
}

func ownEscapers() []ownEscaper {
	return []ownEscaper{
		{
			name: "_html_template_htmlescaper", html: true, digits: true,
			append: func(dst []byte, s string, typ content) []byte {
				if typ == contentHTML {
					return append(dst, s...)
				}
				return replaceBytes(dst, s, &htmlTable)
			},
			again: func(dst, s []byte) []byte { return replaceBytes(dst, s, &htmlTable) },
		},
		{
			name: "_html_template_rcdataescaper", html: true, digits: true,
			append: func(dst []byte, s string, typ content) []byte {
				if typ == contentHTML {
					return replaceBytes(dst, s, &htmlNormTable)
				}
				return replaceBytes(dst, s, &htmlTable)
			},
			again: func(dst, s []byte) []byte { return replaceBytes(dst, s, &htmlTable) },
		},
		{
			name: "_html_template_attrescaper", digits: true,
			append: func(dst []byte, s string, _ content) []byte { return replaceBytes(dst, s, &htmlTable) },
			again:  func(dst, s []byte) []byte { return replaceBytes(dst, s, &htmlTable) },
		},
		{
			name: "_html_template_nospaceescaper", digits: true,
			append: func(dst []byte, s string, _ content) []byte { return replaceUnquoted(dst, s) },
			again:  func(dst, s []byte) []byte { return replaceUnquoted(dst, string(s)) },
		},
		{
			name: "_html_template_urlfilter", html: true, digits: true,
			append: func(dst []byte, s string, typ content) []byte {
				if typ != contentURL && !safeURL(s) {
					s = "#" + failsafe
				}
				return append(dst, s...)
			},
			again: func(dst, s []byte) []byte {
				if !safeURL(string(s)) {
					return append(dst, "#"+failsafe...)
				}
				return append(dst, s...)
			},
		},
		{
			name: "_html_template_urlnormalizer", html: true, digits: true,
			append: func(dst []byte, s string, _ content) []byte { return appendURL(dst, s, true) },
			again:  func(dst, s []byte) []byte { return appendURL(dst, s, true) },
		},
		{
			name: "_html_template_urlescaper", html: true, digits: true,
			append: func(dst []byte, s string, typ content) []byte { return appendURL(dst, s, typ == contentURL) },
			again:  func(dst, s []byte) []byte { return appendURL(dst, s, false) },
		},
		{
			name: "_html_template_commentescaper", html: true,
			append: func(dst []byte, _ string, _ content) []byte { return dst },
			again:  func(dst, _ []byte) []byte { return dst },
		},
	}
}

// failsafe is what html/template shows in place of an unsafe value.
const failsafe = "ZgotmplZ"

var (
	htmlTable = [256]string{
		0: "\uFFFD", '"': "&#34;", '&': "&amp;", '\'': "&#39;", '+': "&#43;", '<': "&lt;", '>': "&gt;",
	}
	htmlNormTable = [256]string{ // keeps the entities that are there
		0: "\uFFFD", '"': "&#34;", '\'': "&#39;", '+': "&#43;", '<': "&lt;", '>': "&gt;",
	}
	unquotedTable = [256]string{
		0: "&#xfffd;", '\t': "&#9;", '\n': "&#10;", '\v': "&#11;", '\f': "&#12;", '\r': "&#13;", ' ': "&#32;",
		'"': "&#34;", '&': "&amp;", '\'': "&#39;", '+': "&#43;", '<': "&lt;", '=': "&#61;", '>': "&gt;", '`': "&#96;",
	}
)

// replaceBytes appends s with every byte that has an entry in table replaced.
func replaceBytes[S string | []byte](dst []byte, s S, table *[256]string) []byte {
	done := 0
	for i := range len(s) {
		if r := table[s[i]]; r != "" {
			dst = append(append(dst, s[done:i]...), r...)
			done = i + 1
		}
	}
	return append(dst, s[done:]...)
}

// replaceUnquoted appends s for an attribute without quotes, where some
// characters beyond ASCII must not stand either.
func replaceUnquoted(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, failsafe...)
	}
	done := 0
	for i, w := 0, 0; i < len(s); i += w {
		var r rune
		r, w = utf8.DecodeRuneInString(s[i:])
		switch {
		case r < utf8.RuneSelf && unquotedTable[r] != "":
			dst = append(append(dst, s[done:i]...), unquotedTable[r]...)
			done = i + w
		case 0xfdd0 <= r && r <= 0xfdef || 0xfff0 <= r && r <= 0xffff:
			dst = fmt.Appendf(append(dst, s[done:i]...), "&#x%x;", r)
			done = i + w
		}
	}
	return append(dst, s[done:]...)
}

// safeURL reports whether s is relative or of a harmless scheme.
func safeURL(s string) bool {
	scheme, _, ok := strings.Cut(s, ":")
	if !ok || strings.Contains(scheme, "/") {
		return true
	}
	return slices.ContainsFunc([]string{"http", "https", "mailto"}, func(safe string) bool {
		return strings.EqualFold(scheme, safe)
	})
}

// appendURL appends s percent-encoded: all that is not allowed anywhere in a
// URL when norm is true, and reserved characters too when it is false.
func appendURL[S string | []byte](dst []byte, s S, norm bool) []byte {
	const hex = "0123456789abcdef"
	done := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~':
			continue
		case norm && strings.IndexByte("!#$&*+,/:;=?@[]", c) >= 0:
			continue
		case norm && c == '%' && i+2 < len(s) && hexDigit(s[i+1]) && hexDigit(s[i+2]):
			continue
		}
		dst = append(append(dst, s[done:i]...), '%', hex[c>>4], hex[c&15])
		done = i + 1
	}
	return append(dst, s[done:]...)
}

func hexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
