package tmpl

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

// escaperPrefix begins the names that html/template gives its escapers.
const escaperPrefix = "_html_template_"

// stock gives access to the escapers of html/template by their names. Each is
// reached through a private template that does nothing but call it.
type stock struct{ t *template.Template }

// stockCall carries a value into a template of stock and the result out of it.
type stockCall struct {
	Value any
	text  string
}

// Return keeps the result of an escaper.
func (c *stockCall) Return(s string) string {
	c.text = s
	return ""
}

var errNoEscaper = errors.New("no such escaper")

// newStock returns the escapers called names.
func newStock(names []string) (*stock, error) {
	// Parsing wants a function for every name; html/template puts its own in
	// their place when it escapes the template.
	placeholders := template.FuncMap{}
	for _, name := range names {
		placeholders[name] = func(...any) (string, error) { return "", errNoEscaper }
	}
	s := &stock{t: template.New("escapers").Funcs(placeholders)}
	for _, name := range names {
		// Declarations are not escaped, so that the result is seen as it is.
		text := "{{$s := " + name + " .Value}}{{.Return $s}}"
		if _, err := s.t.New(name).Parse(text); err != nil {
			return nil, fmt.Errorf("prepare escaper %s: %w", name, err)
		}
	}
	return s, nil
}

// call escapes x with the escaper called name.
func (s *stock) call(name string, x any) (string, error) {
	c := &stockCall{Value: x}
	if err := s.t.ExecuteTemplate(io.Discard, name, c); err != nil {
		return "", fmt.Errorf("escape with %s: %w", strings.TrimPrefix(name, escaperPrefix), err)
	}
	return c.text, nil
}

// agrees reports whether our version of an escaper gives what the version of
// html/template gives, on samples that hold every byte and the odd cases.
// It does unless a later Go has changed its rules.
func (s *stock) agrees(own *ownEscaper) bool {
	return !slices.ContainsFunc(escaperSamples(), func(x any) bool {
		want, err := s.call(own.name, x)
		text, typ := stringify(x)
		if typ == contentHTML && !own.html {
			return false
		}
		return err != nil || string(own.append(nil, text, typ)) != want
	})
}

func escaperSamples() []any {
	var ascii, high strings.Builder
	for i := range 256 {
		fmt.Fprintf(&ascii, "%c", rune(i))
		high.WriteByte(byte(i))
	}
	all := []any{
		ascii.String(), high.String(), "", " ", "a\x00b", "\u2028\ufdd0\ufdef\ufeff\ufff0\ufffd\uffff\U0010ffff",
		"javascript:alert(1)", "HTTPS://x.org/?a=b c&d=%zz%4a%4#f", "mailto:a@b", "a/b:c", "data:x", ":", "&amp;&lt;<b>",
		1, -2.5, true, nil, []byte("<&>"),
	}
	for _, text := range []string{ascii.String(), "<b title='x'>&amp; \x00</b>", "javascript:x%20y z", ""} {
		//nolint:gosec // G203: samples to compare escapers with, never sent to anybody
		all = append(all, template.HTML(text), template.URL(text), template.JS(text), template.CSS(text),
			template.JSStr(text), template.HTMLAttr(text), template.Srcset(text))
	}
	return all
}
