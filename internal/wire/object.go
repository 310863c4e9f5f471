package wire

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// MaxDepth is how many arrays and objects may be nested in a document.
const MaxDepth = 100

// Member is one member of an object, or with an empty Key one element of an array.
type Member struct {
	Key string
	// Raw is the value, a part of the document that was decoded.
	Raw json.RawMessage
}

// SyntaxError says why and where a text is no JSON document that we accept.
type SyntaxError struct {
	// Offset is the number of bytes before the fault.
	Offset int
	// Message is what is wrong, fit for a client.
	Message string
}

// Error is the message with the offset.
func (e *SyntaxError) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.Message) }

// DecodeObject reads a JSON document that is an object, in the order of its
// members. It is strict: a key that occurs twice, anything after the object,
// nesting deeper than MaxDepth and invalid UTF-8 are refused. The error is a
// *SyntaxError. The members share the memory of data.
func DecodeObject(data []byte) ([]Member, error) {
	s := scanner{data: data}
	s.space()
	if s.peek() != '{' {
		return nil, s.fault("the document must be an object")
	}
	return s.document('}')
}

// DecodeArray reads a JSON document that is an array, as DecodeObject does.
func DecodeArray(data []byte) ([]Member, error) {
	s := scanner{data: data}
	s.space()
	if s.peek() != '[' {
		return nil, s.fault("the document must be an array")
	}
	return s.document(']')
}

// Valid reports, as a *SyntaxError, why data is no JSON document.
func Valid(data []byte) error {
	s := scanner{data: data}
	if err := s.value(0); err != nil {
		return err
	}
	return s.end()
}

// scanner walks over a JSON text without building anything.
type scanner struct {
	data []byte
	at   int
}

func (s *scanner) fault(format string, args ...any) error {
	if s.at >= len(s.data) {
		return &SyntaxError{len(s.data), "the document ends too early"}
	}
	return &SyntaxError{s.at, fmt.Sprintf(format, args...)}
}

// peek is the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.data) {
		return s.data[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) end() error {
	s.space()
	if s.at < len(s.data) {
		return s.fault("something follows the document")
	}
	return nil
}

// document collects the members of the outermost array or object.
func (s *scanner) document(closing byte) ([]Member, error) {
	var members []Member
	seen := map[string]bool{}
	err := s.members(closing, 1, func(key string, keyAt, from int) error {
		if closing == '}' && seen[key] {
			return &SyntaxError{keyAt, fmt.Sprintf("the key %q occurs twice", key)}
		}
		seen[key] = true
		members = append(members, Member{key, s.data[from:s.at:s.at]})
		return nil
	})
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return nil, err
	}
	return members, nil
}

// members walks over an array or object; each gets every member after it was
// passed, with where its key and its value begin.
func (s *scanner) members(closing byte, depth int, each func(key string, keyAt, from int) error) error {
	if depth > MaxDepth {
		return s.fault("arrays and objects are nested too deeply")
	}
	s.at++
	s.space()
	if s.peek() == closing {
		s.at++
		return nil
	}
	for {
		s.space()
		key, keyAt := "", s.at
		if closing == '}' {
			var err error
			if key, err = s.key(each != nil); err != nil {
				return err
			}
			s.space()
		}
		from := s.at
		if err := s.value(depth); err != nil {
			return err
		}
		if each != nil {
			if err := each(key, keyAt, from); err != nil {
				return err
			}
		}
		s.space()
		switch s.peek() {
		case ',':
			s.at++
		case closing:
			s.at++
			return nil
		default:
			return s.fault("expected a comma or the end of the list")
		}
	}
}

func (s *scanner) key(wanted bool) (string, error) {
	from := s.at
	if s.peek() != '"' {
		return "", s.fault("expected a key in quotes")
	}
	if err := s.text(); err != nil {
		return "", err
	}
	var key string
	if wanted {
		key = unquote(s.data[from:s.at])
	}
	s.space()
	if s.peek() != ':' {
		return "", s.fault("expected a colon after the key")
	}
	s.at++
	return key, nil
}

// value walks over one value, which is inside that many arrays and objects.
func (s *scanner) value(depth int) error {
	s.space()
	switch c := s.peek(); {
	case c == '"':
		return s.text()
	case c == '{':
		return s.members('}', depth+1, nil)
	case c == '[':
		return s.members(']', depth+1, nil)
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	for _, word := range []string{"null", "true", "false"} {
		if len(s.data)-s.at >= len(word) && string(s.data[s.at:s.at+len(word)]) == word {
			s.at += len(word)
			return nil
		}
	}
	return s.fault("expected a value")
}

func (s *scanner) digits() bool {
	from := s.at
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.at++
	}
	return s.at > from
}

func (s *scanner) number() error {
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
		if c := s.peek(); c >= '0' && c <= '9' {
			return s.fault("a number must not begin with 0")
		}
	} else if !s.digits() {
		return s.fault("expected a digit")
	}
	if s.peek() == '.' {
		s.at++
		if !s.digits() {
			return s.fault("expected a digit after the point")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if !s.digits() {
			return s.fault("expected a digit in the exponent")
		}
	}
	return nil
}

// text walks over a string.
func (s *scanner) text() error {
	for s.at++; s.at < len(s.data); {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c < ' ':
			return s.fault("control characters in strings must be escaped")
		case c < utf8.RuneSelf:
			s.at++
		default:
			r, size := utf8.DecodeRune(s.data[s.at:])
			if r == utf8.RuneError && size == 1 {
				return s.fault("the text is no valid UTF-8")
			}
			s.at += size
		}
	}
	return s.fault("")
}

func (s *scanner) escape() error {
	s.at++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.at++
		return nil
	case 'u':
		for range 4 {
			s.at++
			c := s.peek()
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return s.fault("expected four hexadecimal digits")
			}
		}
		s.at++
		return nil
	}
	return s.fault("unknown escape")
}

// unquote is the text of a string that the scanner has passed. Halves of
// surrogate pairs become U+FFFD.
func unquote(raw []byte) string {
	for _, c := range raw {
		if c == '\\' {
			var s string
			if json.Unmarshal(raw, &s) != nil {
				return ""
			}
			return s
		}
	}
	return string(raw[1 : len(raw)-1])
}
