package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
)

// typeOf is the described type of T.
func typeOf[T any]() structs.Type {
	return structs.Of[struct{ V T }]().Fields[0].Type
}

// stock is what encoding/json writes without escaping HTML.
func stock(t testing.TB, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestAppendAgreesWithEncodingJSON(t *testing.T) {
	var strs []string
	for c := range 0x82 {
		strs = append(strs, "a"+string(rune(c))+"b")
	}
	strs = append(strs, "", "<a href=\"x\">&amp;</a>", "ü€😀", "\u2028\u2029", "\xff\xfe", "a\xc3", "\xed\xa0\x80", "\ufffd")
	for _, s := range strs {
		if got, want := string(AppendString(nil, s)), stock(t, s); got != want {
			t.Errorf("AppendString(%q)\n got %s\nwant %s", s, got, want)
		}
		if got, want := string(AppendString(nil, []byte(s))), stock(t, s); got != want {
			t.Errorf("AppendString([]byte(%q))\n got %s\nwant %s", s, got, want)
		}
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -1.5, 1e20, 1e21, 123456789e15, 1e-6, 1e-7, 1.234e-9, 5e-324, math.MaxFloat64, 0.1} {
		if got, want := string(AppendFloat(nil, f, 64)), stock(t, f); got != want {
			t.Errorf("AppendFloat(%v) = %s, want %s", f, got, want)
		}
		if f32 := float32(f); !math.IsInf(float64(f32), 0) {
			if got, want := string(AppendFloat(nil, float64(f32), 32)), stock(t, f32); got != want {
				t.Errorf("AppendFloat(%v, 32) = %s, want %s", f32, got, want)
			}
		}
	}
	for _, n := range []int64{0, -1, math.MaxInt64, math.MinInt64} {
		if got, want := string(AppendInt(nil, n)), stock(t, n); got != want {
			t.Errorf("AppendInt(%d) = %s, want %s", n, got, want)
		}
	}
	for _, b := range [][]byte{{}, {0}, {1, 2}, {0xff, 0xfe, 0xfd}, bytes.Repeat([]byte{7}, 100)} {
		if got, want := string(AppendBytes(nil, b)), stock(t, b); got != want {
			t.Errorf("AppendBytes(%x) = %s, want %s", b, got, want)
		}
	}
	for _, tm := range times {
		if got, want := string(AppendTime(nil, tm)), stock(t, tm.UTC()); got != want {
			t.Errorf("AppendTime(%v) = %s, want %s", tm, got, want)
		}
	}
	u := uuid.MustParse("0190ab34-5678-7abc-8def-0123456789ab")
	if got, want := string(AppendUUID(nil, u)), stock(t, u); got != want {
		t.Errorf("AppendUUID = %s, want %s", got, want)
	}
}

var times = []time.Time{
	time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
	time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
	time.Date(2024, 2, 29, 1, 2, 3, 120000, time.UTC),
	time.Date(2024, 2, 29, 1, 2, 3, 100000000, time.UTC),
	time.Date(2024, 7, 1, 1, 2, 3, 0, time.FixedZone("", 5*3600+1800)),
	time.Unix(0, 0).UTC(),
}

func TestAppendFloatThatJSONLacks(t *testing.T) {
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := string(AppendFloat(nil, f, 64)); got != "null" {
			t.Errorf("AppendFloat(%v) = %s, want null", f, got)
		}
	}
}

func TestAppendDecimalKeepsDigits(t *testing.T) {
	tests := []struct{ in, want string }{
		{"0", `"0"`}, {"-0.00", `"0.00"`}, {"12.50", `"12.50"`}, {"-1e3", `"-1000"`}, {"1e-3", `"0.001"`},
		{"123456789012345678901234567890.123456789", `"123456789012345678901234567890.123456789"`},
	}
	for _, tt := range tests {
		if got := string(AppendDecimal(nil, decimal.RequireFromString(tt.in))); got != tt.want {
			t.Errorf("AppendDecimal(%s) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestAppendDuration(t *testing.T) {
	tests := []struct {
		in   time.Duration
		want string
	}{
		{0, `"PT0S"`},
		{90 * time.Minute, `"PT1H30M"`},
		{-500 * time.Millisecond, `"-PT0.5S"`},
		{50*time.Hour + time.Nanosecond, `"PT50H0.000000001S"`},
		{time.Minute + 20*time.Second, `"PT1M20S"`},
		{math.MaxInt64, `"PT2562047H47M16.854775807S"`},
		{math.MinInt64, `"-PT2562047H47M16.854775808S"`},
	}
	for _, tt := range tests {
		got := string(AppendDuration(nil, tt.in))
		if got != tt.want {
			t.Errorf("AppendDuration(%d) = %s, want %s", tt.in, got, tt.want)
		}
		if back, err := ParseDuration(strings.Trim(got, `"`)); err != nil || back != tt.in {
			t.Errorf("ParseDuration(%s) = %d, %v, want %d", got, back, err, tt.in)
		}
	}
}

func TestParseDuration(t *testing.T) {
	tests := []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"P1DT2H", 26 * time.Hour, true},
		{"P2W", 14 * 24 * time.Hour, true},
		{"+PT1.25S", 1250 * time.Millisecond, true},
		{"1h30m", 90 * time.Minute, true},
		{"-2ms", -2 * time.Millisecond, true},
		{"", 0, false}, {"P", 0, false}, {"PT", 0, false}, {"P1Y", 0, false}, {"P1M", 0, false}, {"PT1S1H", 0, false},
		{"PT1H1H", 0, false}, {"PT1.5H", 0, false}, {"PT1.S", 0, false}, {"PT.5S", 0, false}, {"PT1.1234567891S", 0, false},
		{"PT9999999999999H", 0, false}, {"PT2562047H47M16.854775808S", 0, false}, {"P1D2", 0, false}, {"90", 0, false},
		{"PT1.1.1S", 0, false}, {"P1DT", 0, false},
	}
	for _, tt := range tests {
		got, err := ParseDuration(tt.in)
		if (err == nil) != tt.ok || got != tt.want {
			t.Errorf("ParseDuration(%q) = %v, %v, want %v, ok %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add("a\"b\\\n\u2028\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := string(AppendString(nil, s)), stock(t, s); got != want {
			t.Errorf("AppendString(%q)\n got %s\nwant %s", s, got, want)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	f.Add("PT1H30M0.5S")
	f.Add("-P3DT4H")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDuration(s)
		if err != nil {
			return
		}
		text := string(appendDuration(nil, d))
		if back, err := ParseDuration(text); err != nil || back != d {
			t.Errorf("ParseDuration(%q) = %v, written as %q, which reads as %v, %v", s, d, text, back, err)
		}
	})
}

func BenchmarkAppendString(b *testing.B) {
	s := strings.Repeat("Hello, wörld. ", 8)
	dst := make([]byte, 0, 1024)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendString(dst[:0], s)
	}
}

func BenchmarkAppendTime(b *testing.B) {
	at := time.Date(2024, 2, 29, 1, 2, 3, 123456000, time.UTC)
	dst := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendTime(dst[:0], at)
	}
}

func BenchmarkAppendUUID(b *testing.B) {
	u := uuid.MustParse("0190ab34-5678-7abc-8def-0123456789ab")
	dst := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendUUID(dst[:0], u)
	}
}
