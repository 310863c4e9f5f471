package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// DecodeValue reads the JSON value raw as an input of attr and returns its
// canonical value, nil for null. The error is a *resource.Error of kind
// Invalid with one issue, whose code is
//
//	type    the value is of another JSON type
//	format  the text is not written as the type wants it
//	range   the number or the time is too large or too small
//	oneof   the text is none of the allowed ones
//	unknown the document has a member that the type lacks
//
// DecodeValue does not ask whether the input may be null: rules do.
func DecodeValue(attr *resource.Attribute, raw json.RawMessage) (any, error) {
	raw = bytes.TrimSpace(raw)
	s := scanner{data: raw}
	if err := s.value(0); err != nil || s.at != len(raw) {
		return nil, invalid(attr, "type", "is no JSON", nil)
	}
	if string(raw) == "null" {
		return nil, nil
	}
	switch attr.Type.Kind {
	case structs.JSON:
		if attr.Union != nil {
			return decodeUnion(attr, raw)
		}
		if attr.Object != nil || attr.Element != nil {
			return decodeMembers(attr, raw)
		}
		return decodeDocument(attr, raw)
	case structs.List:
		return decodeList(attr, raw)
	case structs.Bool:
		if raw[0] != 't' && raw[0] != 'f' {
			return nil, invalid(attr, "type", "must be true or false", nil)
		}
		return fit(attr, raw[0] == 't')
	case structs.Int, structs.Float:
		if raw[0] == '"' || raw[0] > '9' {
			return nil, invalid(attr, "type", "must be a number", nil)
		}
		return parse(attr, string(raw))
	case structs.Decimal:
		if raw[0] != '"' {
			if raw[0] > '9' {
				return nil, invalid(attr, "type", "must be a number or a text with a number", nil)
			}
			return parse(attr, string(raw))
		}
	default:
		if raw[0] != '"' {
			return nil, invalid(attr, "type", "must be a text", nil)
		}
	}
	return parse(attr, unquote(raw))
}

// invalid is the error for an input: its code, its message and the variables.
func invalid(attr *resource.Attribute, code, message string, vars map[string]any) error {
	return &resource.Error{Kind: resource.Invalid, Issues: []resource.Issue{
		{Path: []string{attr.JSON}, Code: code, Message: message, Vars: vars},
	}}
}

// parse reads the text of any kind but Bool, JSON and List.
func parse(attr *resource.Attribute, s string) (any, error) {
	v, err := parseKind(attr, s)
	if err != nil {
		return nil, err
	}
	return fit(attr, v)
}

// fit refuses a value of the right kind that the attribute's own type does not have.
func fit(attr *resource.Attribute, v any) (any, error) {
	if !attr.Type.IsCustom() {
		return v, nil
	}
	v, err := attr.Type.Fit(v)
	if err != nil || structs.FlawOf(v) != structs.Sound {
		return nil, invalid(attr, "format", "is not valid", nil)
	}
	return v, nil
}

func parseKind(attr *resource.Attribute, s string) (any, error) {
	switch attr.Type.Kind {
	case structs.String:
		return parseString(attr, s)
	case structs.Int:
		return intOf(attr, s)
	case structs.Float:
		f, fault := parseFloat(s, attr.Type.Bits)
		if fault != noFault {
			return nil, numberError(attr, fault)
		}
		return f, nil
	case structs.Decimal:
		d, inRange, ok := parseDecimal(s)
		switch {
		case !ok:
			return nil, numberError(attr, noNumber)
		case !inRange:
			return nil, numberError(attr, outOfRange)
		}
		return d, nil
	case structs.Time:
		return timeOf(attr, s)
	case structs.Date:
		return dateOf(attr, s)
	case structs.Duration:
		d, err := ParseDuration(s)
		if err != nil {
			return nil, invalid(attr, "format", `must be a duration such as "PT1H30M"`, nil)
		}
		return d, nil
	case structs.UUID:
		// uuid.Parse accepts braces, URNs and no hyphens as well.
		u, err := uuid.Parse(s)
		if err != nil || len(s) != 36 {
			return nil, invalid(attr, "format", "must be a UUID", nil)
		}
		return u, nil
	case structs.Bytes:
		b, err := base64.StdEncoding.Strict().DecodeString(s)
		if err != nil || strings.ContainsAny(s, "\r\n") {
			return nil, invalid(attr, "format", "must be base64", nil)
		}
		return b, nil
	}
	return nil, invalid(attr, "type", "is not valid", nil)
}

func parseString(attr *resource.Attribute, s string) (any, error) {
	switch {
	case !utf8.ValidString(s):
		return nil, invalid(attr, "format", "must be valid UTF-8", nil)
	case strings.IndexByte(s, 0) >= 0:
		return nil, invalid(attr, "format", "must not contain the character NUL", nil)
	case attr.Enum != nil && !slices.Contains(attr.Enum, s) && !(attr.NullIfEmpty && s == ""):
		return nil, invalid(attr, "oneof", "must be one of: {oneof}", map[string]any{"oneof": strings.Join(attr.Enum, ", ")})
	}
	return s, nil
}

func intOf(attr *resource.Attribute, s string) (any, error) {
	n, fault := parseInt(s)
	if fault == noFault && !attr.Type.Fits(n) {
		fault = outOfRange
	}
	if fault != noFault {
		return nil, numberError(attr, fault)
	}
	return n, nil
}

func numberError(attr *resource.Attribute, fault numberFault) error {
	switch {
	case fault == noNumber:
		return invalid(attr, "format", "must be a number", nil)
	case fault == fraction:
		return invalid(attr, "type", "must be a whole number", nil)
	case attr.Type.Kind == structs.Int:
		lo, hi := attr.Type.Range()
		return invalid(attr, "range", "must be between {min} and {max}", map[string]any{"min": lo, "max": hi})
	}
	return invalid(attr, "range", "has too many digits", nil)
}

// The years that every database and every JSON reader understands.
const firstYear, lastYear = structs.FirstYear, structs.LastYear

func timeOf(attr *resource.Attribute, s string) (any, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return nil, invalid(attr, "format", `must be a time such as "2006-01-02T15:04:05Z"`, nil)
	}
	return checkedTime(attr, t)
}

func checkedTime(attr *resource.Attribute, t time.Time) (any, error) {
	t = t.UTC().Truncate(time.Microsecond)
	if t.Year() < firstYear || t.Year() > lastYear {
		return nil, outOfAge(attr)
	}
	return t, nil
}

func decodeDocument(attr *resource.Attribute, raw json.RawMessage) (any, error) {
	p := attr.NewPtr()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err := dec.Decode(p)
	if err == nil {
		return attr.Type.ValueOf(p), nil
	}
	path := []string{attr.JSON}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field != "" {
			path = append(path, strings.Split(wrong.Field, ".")...)
		}
		return nil, &resource.Error{Kind: resource.Invalid, Issues: []resource.Issue{
			{Path: path, Code: "type", Message: "must not be a {got}", Vars: map[string]any{"got": wrong.Value}},
		}}
	}
	// encoding/json has no type for this error.
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return nil, invalid(attr, "unknown", "has an unknown member {name}", map[string]any{"name": name})
	}
	return nil, invalid(attr, "format", "is not valid", nil)
}
