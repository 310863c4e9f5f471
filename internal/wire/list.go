package wire

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// decodeList reads an array as an input of attr, a list. The issues of all
// elements come together, each with its number in its path.
func decodeList(attr *resource.Attribute, raw json.RawMessage) (any, error) {
	members, err := DecodeArray(raw)
	if err != nil {
		return nil, invalid(attr, "type", "must be a list", nil)
	}
	return listOf(attr, len(members), func(i int) (any, error) { return DecodeValue(attr.Element, members[i].Raw) })
}

// ParseTexts reads texts, each of which is one element, as an input of attr, a
// list. Errors are those of DecodeValue.
func ParseTexts(attr *resource.Attribute, texts []string) (any, error) {
	return listOf(attr, len(texts), func(i int) (any, error) {
		if texts[i] == "" && attr.Element.Type.Kind == structs.String && attr.Element.Enum == nil {
			return "", nil
		}
		return ParseText(attr.Element, texts[i])
	})
}

// listOf puts a list together from its elements.
func listOf(attr *resource.Attribute, n int, element func(i int) (any, error)) (any, error) {
	out := make([]any, n)
	var issues []resource.Issue
	for i := range n {
		v, err := element(i)
		if err == nil && v == nil && !attr.Element.Type.Nullable {
			err = invalid(attr, "null", "must not be null", nil)
		}
		if err != nil {
			issues = append(issues, Below(err, attr.JSON, strconv.Itoa(i))...)
		}
		out[i] = v
	}
	if len(issues) > 0 {
		return nil, &resource.Error{Kind: resource.Invalid, Issues: issues}
	}
	return out, nil
}

// Below gives the issues of an error about a value another beginning of their
// paths: that of the place where the value is. Other errors are one issue.
func Below(err error, path ...string) []resource.Issue {
	e, ok := errors.AsType[*resource.Error](err)
	if !ok || len(e.Issues) == 0 {
		return []resource.Issue{{Path: path, Code: "type", Message: "is not valid"}}
	}
	out := make([]resource.Issue, len(e.Issues))
	for i, issue := range e.Issues {
		issue.Path = append(slices.Clone(path), issue.Path[min(1, len(issue.Path)):]...)
		out[i] = issue
	}
	return out
}

// SplitList splits a text at its commas, but for those after a backslash.
func SplitList(s string) []string {
	if !strings.Contains(s, `\`) {
		return strings.Split(s, ",")
	}
	var out []string
	var item strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == ',' || s[i+1] == '\\'):
			i++
			item.WriteByte(s[i])
		case s[i] == ',':
			out = append(out, item.String())
			item.Reset()
		default:
			item.WriteByte(s[i])
		}
	}
	return append(out, item.String())
}

func appendList(dst []byte, t structs.Type, list []any) ([]byte, error) {
	if t.Element == nil {
		return AppendJSON(dst, list)
	}
	dst = append(dst, '[')
	for i, item := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = AppendValue(dst, *t.Element, item); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// DecodeList reads an array that was stored as JSON into a list of type t: as
// data layers write it, and as encoding/json does. NULLs, which a list does
// not have, are left out.
func DecodeList(t structs.Type, data []byte) ([]any, error) {
	var members []json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, fmt.Errorf("read %s from JSON: %w", t.Name, err)
	}
	out := make([]any, 0, len(members))
	for _, raw := range members {
		if string(raw) == "null" {
			continue
		}
		v, err := storedElement(*t.Element, raw)
		if err != nil {
			return nil, fmt.Errorf("read %s from JSON: %w", t.Name, err)
		}
		out = append(out, v)
	}
	return out, nil
}

func storedElement(t structs.Type, raw json.RawMessage) (any, error) {
	text := string(raw)
	if raw[0] == '"' {
		text = unquote(raw)
	}
	switch t.Kind {
	case structs.String:
		return text, nil
	case structs.Bool:
		return text == "true" || text == "1", nil
	case structs.Int:
		return strconv.ParseInt(text, 10, 64)
	case structs.Float:
		return strconv.ParseFloat(text, 64)
	case structs.Decimal:
		d, _, ok := parseDecimal(text)
		if !ok {
			return nil, fmt.Errorf("%q is no number", text)
		}
		return d, nil
	case structs.Time:
		v, err := time.Parse(time.RFC3339Nano, text)
		return v.UTC().Truncate(time.Microsecond), err
	case structs.Bytes:
		return base64.StdEncoding.DecodeString(text)
	case structs.Duration:
		n, err := strconv.ParseInt(text, 10, 64)
		return time.Duration(n), err
	case structs.UUID:
		return uuid.Parse(text)
	case structs.Date:
		return civil.ParseDate(text)
	}
	return nil, fmt.Errorf("a list of %s", t.Kind)
}
