package structs

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Flaw is why a value cannot be stored or written as JSON.
type Flaw uint8

// The flaws.
const (
	Sound    Flaw = iota // none
	NotUTF8              // a text that is no UTF-8
	HasNUL               // a text with the character NUL
	NoNumber             // a float that is not a number, or infinite
	TooLong              // a decimal of too many digits
	OutOfAge             // a time outside of FirstYear to LastYear
	Unfit                // a value that its own type refuses to write or to read
)

// The years that every database and every JSON reader understands.
const (
	FirstYear = 1
	LastYear  = 9999
)

// MaxDigits is the largest number of digits of a decimal before and after the point.
const MaxDigits = 1000

// FlawOf is what is wrong with a canonical value, also deep within a
// document. Not every database would refuse it.
func FlawOf(v any) Flaw {
	switch x := v.(type) {
	case nil, bool, int64, []byte, time.Duration, uuid.UUID:
		return Sound
	case string:
		return textFlaw(x)
	case float64:
		return floatFlaw(x)
	case time.Time:
		if y := x.Year(); y < FirstYear || y > LastYear {
			return OutOfAge
		}
		return Sound
	case civil.Date:
		if x.Year < FirstYear || x.Year > LastYear || !x.IsValid() {
			return OutOfAge
		}
		return Sound
	case Unstorable:
		return Unfit
	case []any:
		for _, item := range x {
			if flaw := FlawOf(item); flaw != Sound {
				return flaw
			}
		}
		return Sound
	case decimal.Decimal:
		if x.NumDigits()+int(x.Exponent()) > MaxDigits || -x.Exponent() > MaxDigits {
			return TooLong
		}
		return Sound
	}
	return documentFlaw(reflect.ValueOf(v), 0)
}

func textFlaw(s string) Flaw {
	switch {
	case !utf8.ValidString(s):
		return NotUTF8
	case strings.IndexByte(s, 0) >= 0:
		return HasNUL
	}
	return Sound
}

func floatFlaw(f float64) Flaw {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return NoNumber
	}
	return Sound
}

// deepest is how deep documents may be: cycles have no end.
const deepest = 1000

// documentFlaw is the first flaw within a document.
func documentFlaw(v reflect.Value, depth int) (flaw Flaw) {
	if depth > deepest {
		return Unfit
	}
	switch v.Kind() {
	case reflect.String:
		return textFlaw(v.String())
	case reflect.Float32, reflect.Float64:
		return floatFlaw(v.Float())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return documentFlaw(v.Elem(), depth+1)
		}
	case reflect.Map:
		for it := v.MapRange(); flaw == Sound && it.Next(); {
			if flaw = documentFlaw(it.Key(), depth+1); flaw == Sound {
				flaw = documentFlaw(it.Value(), depth+1)
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return rawFlaw(v)
		}
		for i := 0; flaw == Sound && i < v.Len(); i++ {
			flaw = documentFlaw(v.Index(i), depth+1)
		}
	case reflect.Struct:
		if d, ok := reflect.TypeAssert[civil.Date](v); ok {
			return FlawOf(canonicalDate(d))
		}
		for i := 0; flaw == Sound && i < v.NumField(); i++ {
			if v.Type().Field(i).IsExported() {
				flaw = documentFlaw(v.Field(i), depth+1)
			}
		}
	}
	return flaw
}

// rawFlaw looks into JSON that is kept as text; other bytes are as they are.
func rawFlaw(v reflect.Value) Flaw {
	raw, ok := reflect.TypeAssert[json.RawMessage](v)
	var doc any
	if !ok || json.Unmarshal(raw, &doc) != nil || doc == nil {
		return Sound
	}
	return documentFlaw(reflect.ValueOf(doc), 0)
}
