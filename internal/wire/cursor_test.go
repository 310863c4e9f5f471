package wire

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

func TestCursorRoundTrip(t *testing.T) {
	values := []any{
		nil, true, false, int64(math.MinInt64), int64(0), 1.5, math.Inf(-1), "", "aü", []byte{}, []byte{0},
		times[0], times[1], time.Duration(-1), anUUID, decimal.New(1250, -2), json.RawMessage(`{"a":1}`),
	}
	for _, list := range [][]any{{}, values, values[:1], values[3:5]} {
		s := EncodeCursor("notes:title,", list)
		got, err := DecodeCursor("notes:title,", s)
		if err != nil || !reflect.DeepEqual(got, list) {
			t.Errorf("DecodeCursor(%q)\n got %#v, %v\nwant %#v", s, got, err, list)
		}
		if got, err := DecodeCursor("notes:-title,", s); err == nil {
			t.Errorf("the cursor of another sort gives %#v", got)
		}
	}
}

func TestCursorLimits(t *testing.T) {
	if s := EncodeCursor("k", []any{strings.Repeat("x", MaxCursor)}); s != "" {
		t.Errorf("EncodeCursor of a long text has %d bytes, want none", len(s))
	}
	if s := EncodeCursor("k", []any{strings.Repeat("x", MaxCursor/2)}); len(s) == 0 || len(s) > MaxCursor {
		t.Errorf("EncodeCursor has %d bytes", len(s))
	}
	good := EncodeCursor("k", []any{int64(5), "abc"})
	for _, s := range []string{"", "x", "!!", good[:len(good)-2], good + "AA", "B" + good[1:], strings.Repeat("A", MaxCursor+4)} {
		if got, err := DecodeCursor("k", s); err == nil && !reflect.DeepEqual(got, []any{int64(5), "abc", nil}) {
			t.Errorf("DecodeCursor(%.40q) = %#v, want an error", s, got)
		}
	}
	if got, err := DecodeCursor("k", EncodeCursor("k", []any{"a\x00"})); err == nil {
		t.Errorf("a text with NUL, which no database takes, gives %#v", got)
	}
}

func FuzzDecodeCursor(f *testing.F) {
	f.Add(EncodeCursor("k", []any{nil, int64(5), "abc", anUUID, times[2], 1.5, decimal.New(1, 3)}))
	f.Fuzz(func(t *testing.T, s string) {
		values, err := DecodeCursor("k", s)
		if err != nil {
			return
		}
		again := EncodeCursor("k", values)
		back, err := DecodeCursor("k", again)
		if again != "" && (err != nil || len(back) != len(values)) {
			t.Errorf("DecodeCursor(%q) = %#v, encoded as %q, decoded as %#v, %v", s, values, again, back, err)
		}
	})
}

func BenchmarkEncodeCursor(b *testing.B) {
	values := []any{times[2], anUUID}
	b.ReportAllocs()
	for b.Loop() {
		EncodeCursor("messages:-InsertedAt,", values)
	}
}
