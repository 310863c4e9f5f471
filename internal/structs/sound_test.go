package structs

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

func TestFlawOf(t *testing.T) {
	type inner struct {
		Text  string
		Items []any
		At    time.Time
		low   string
	}
	deep := any("a\x00")
	for range 50 {
		deep = []any{deep}
	}
	text := "a\x00"
	tests := []struct {
		v    any
		want Flaw
	}{
		{nil, Sound}, {true, Sound}, {int64(1), Sound}, {[]byte{0, 255}, Sound}, {time.Hour, Sound}, {uuid.UUID{}, Sound},
		{"päß", Sound}, {"a\x00", HasNUL}, {"a\xff", NotUTF8},
		{1.5, Sound}, {math.NaN(), NoNumber}, {math.Inf(-1), NoNumber},
		{time.Time{}, Sound}, {time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), OutOfAge}, {time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), OutOfAge},
		{decimal.New(1, 999), Sound}, {decimal.New(1, 1000), TooLong}, {decimal.New(1, -1001), TooLong},
		{map[string]any{"a": []any{1.0, "x", nil}}, Sound}, {map[string]any{"a\x00": 1}, HasNUL}, {map[string]any{"a": math.NaN()}, NoNumber},
		{inner{Text: "x", low: "a\x00"}, Sound}, {inner{Items: []any{"a\xff"}}, NotUTF8}, {&inner{Text: text}, HasNUL},
		{[]*string{nil, &text}, HasNUL}, {[2]string{}, Sound}, {deep, HasNUL},
		{json.RawMessage(`{"a":"\u0000"}`), HasNUL}, {json.RawMessage(`{"a":"\\u0000"}`), Sound}, {json.RawMessage(`null`), Sound},
	}
	for _, tt := range tests {
		if got := FlawOf(tt.v); got != tt.want {
			t.Errorf("FlawOf(%#v) = %d, want %d", tt.v, got, tt.want)
		}
	}
}
