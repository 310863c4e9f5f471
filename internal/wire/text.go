package wire

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// ParseText reads the text of a query string or of a form field as an input of
// attr and returns its canonical value. An empty text is nil, but for strings
// that cannot be null. A list is a JSON array, or its elements with commas between them. What HTML inputs send is understood: "on" of a checkbox,
// times and dates without a zone (they are in UTC), and spaces around
// everything but strings. Errors are those of DecodeValue.
func ParseText(attr *resource.Attribute, s string) (any, error) {
	kind := attr.Type.Kind
	if kind == structs.String {
		if s == "" && (attr.Type.Nullable || attr.Enum != nil) {
			return nil, nil
		}
		return parse(attr, s)
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil
	}
	switch kind {
	case structs.Bool:
		switch strings.ToLower(s) {
		case "true", "on", "1":
			return fit(attr, true)
		case "false", "off", "0":
			return fit(attr, false)
		}
		return nil, invalid(attr, "type", "must be true or false", nil)
	case structs.Time:
		for _, layout := range localLayouts {
			if t, err := time.Parse(layout, s); err == nil {
				return checkedTime(attr, t)
			}
		}
	case structs.List:
		if s[0] != '[' {
			return ParseTexts(attr, SplitList(s))
		}
		return DecodeValue(attr, json.RawMessage(s))
	case structs.JSON:
		return DecodeValue(attr, json.RawMessage(s))
	}
	return parse(attr, s)
}

// localLayouts are what inputs of type datetime-local and date send. Seconds
// may have a fraction.
var localLayouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.DateOnly}

// FormatText is the text that a form field shows for v, a canonical value of
// attr, empty for nil. ParseText reads it back, but for the microseconds of
// times: inputs of type datetime-local know milliseconds at best.
func FormatText(attr *resource.Attribute, v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		if attr.Type.Kind != structs.JSON {
			return x
		}
	case bool:
		return strconv.FormatBool(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, max(attr.Type.Bits, 32))
	case decimal.Decimal:
		return DecimalText(x)
	case time.Time:
		return x.UTC().Format("2006-01-02T15:04:05.999")
	case time.Duration:
		return string(appendDuration(nil, x))
	case uuid.UUID:
		return x.String()
	case civil.Date:
		return string(appendDate(nil, x))
	}
	text, err := AppendValue(nil, attr.Type, v)
	if err != nil {
		return ""
	}
	if attr.Type.Kind == structs.Bytes {
		return string(text[1 : len(text)-1])
	}
	return string(text)
}
