package wire

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func attrOf[T any]() *resource.Attribute {
	return &resource.Attribute{Name: "V", JSON: "v", Type: typeOf[T]()}
}

type address struct {
	Street string   `json:"street"`
	No     int      `json:"no"`
	Tags   []string `json:"tags,omitempty"`
}

var (
	stateAttr = &resource.Attribute{Name: "V", JSON: "v", Type: typeOf[string](), Enum: []string{"open", "closed"}}
	anUUID    = uuid.MustParse("0190ab34-5678-7abc-8def-0123456789ab")
)

// issue is code and path of the one issue in err, empty for nil.
func issue(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *resource.Error
	if !errors.As(err, &e) || e.Kind != resource.Invalid || len(e.Issues) != 1 {
		t.Fatalf("error %v is no *resource.Error with one issue", err)
	}
	if text := e.Issues[0].Text(); strings.Contains(text, "{") {
		t.Errorf("issue %q has a place without a value", text)
	}
	return e.Issues[0].Code + " " + e.Issues[0].Field()
}

func TestDecodeValue(t *testing.T) {
	at := func(s string) time.Time {
		tm, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return tm.UTC()
	}
	tests := []struct {
		attr  *resource.Attribute
		in    string
		want  any
		issue string
	}{
		{attrOf[string](), `"a\u00e4\n"`, "aä\n", ""},
		{attrOf[string](), `""`, "", ""},
		{attrOf[string](), ` null `, nil, ""},
		{attrOf[string](), `5`, nil, "type v"},
		{attrOf[string](), `"a\u0000"`, nil, "format v"},
		{attrOf[string](), "\"a\xff\"", nil, "type v"},
		{attrOf[string](), `"a" "b"`, nil, "type v"},
		{attrOf[string](), `"a`, nil, "type v"},
		{attrOf[string](), ``, nil, "type v"},
		{stateAttr, `"open"`, "open", ""},
		{stateAttr, `"opened"`, nil, "oneof v"},
		{attrOf[bool](), `true`, true, ""},
		{attrOf[bool](), `false`, false, ""},
		{attrOf[bool](), `1`, nil, "type v"},
		{attrOf[bool](), `"true"`, nil, "type v"},
		{attrOf[int](), `12`, int64(12), ""},
		{attrOf[int](), `-0`, int64(0), ""},
		{attrOf[int](), `1e3`, int64(1000), ""},
		{attrOf[int](), `1.50e1`, int64(15), ""},
		{attrOf[int](), `9223372036854775807`, int64(math.MaxInt64), ""},
		{attrOf[int](), `9223372036854775807.0`, int64(math.MaxInt64), ""},
		{attrOf[int](), `9223372036854775808`, nil, "range v"},
		{attrOf[int](), `1e1000000000`, nil, "range v"},
		{attrOf[int](), `1.5`, nil, "type v"},
		{attrOf[int](), `"12"`, nil, "type v"},
		{attrOf[int](), `true`, nil, "type v"},
		{attrOf[int8](), `127`, int64(127), ""},
		{attrOf[int8](), `128`, nil, "range v"},
		{attrOf[uint8](), `255`, int64(255), ""},
		{attrOf[uint8](), `-1`, nil, "range v"},
		{attrOf[float64](), `1.5e300`, 1.5e300, ""},
		{attrOf[float64](), `1e400`, nil, "range v"},
		{attrOf[float32](), `0.1`, float64(float32(0.1)), ""},
		{attrOf[float32](), `1e39`, nil, "range v"},
		{attrOf[float64](), `"1"`, nil, "type v"},
		{attrOf[decimal.Decimal](), `"12.50"`, decimal.New(1250, -2), ""},
		{attrOf[decimal.Decimal](), `12.50`, decimal.New(1250, -2), ""},
		{attrOf[decimal.Decimal](), `0.1234567890123456789`, decimal.RequireFromString("0.1234567890123456789"), ""},
		{attrOf[decimal.Decimal](), `"1e999999999"`, nil, "range v"},
		{attrOf[decimal.Decimal](), `1e-999999999`, nil, "range v"},
		{attrOf[decimal.Decimal](), `"twelve"`, nil, "format v"},
		{attrOf[decimal.Decimal](), `""`, nil, "format v"},
		{attrOf[decimal.Decimal](), `"1e"`, nil, "format v"},
		{attrOf[decimal.Decimal](), `true`, nil, "type v"},
		{attrOf[time.Time](), `"2024-02-29T01:02:03.1234567+02:00"`, at("2024-02-28T23:02:03.123456Z"), ""},
		{attrOf[time.Time](), `"0001-01-01T00:00:00Z"`, at("0001-01-01T00:00:00Z"), ""},
		{attrOf[time.Time](), `"9999-12-31T23:59:59-01:00"`, nil, "range v"},
		{attrOf[time.Time](), `"2024-02-30T00:00:00Z"`, nil, "format v"},
		{attrOf[time.Time](), `"2024-02-20"`, nil, "format v"},
		{attrOf[time.Time](), `1700000000`, nil, "type v"},
		{attrOf[time.Duration](), `"PT1M"`, time.Minute, ""},
		{attrOf[time.Duration](), `"1m"`, time.Minute, ""},
		{attrOf[time.Duration](), `"x"`, nil, "format v"},
		{attrOf[uuid.UUID](), `"0190AB34-5678-7abc-8def-0123456789ab"`, anUUID, ""},
		{attrOf[uuid.UUID](), `"{0190ab34-5678-7abc-8def-0123456789ab}"`, nil, "format v"},
		{attrOf[[]byte](), `"AQI="`, []byte{1, 2}, ""},
		{attrOf[[]byte](), `""`, []byte{}, ""},
		{attrOf[[]byte](), `"AQI"`, nil, "format v"},
		{attrOf[address](), `{"street":"A","no":1}`, address{Street: "A", No: 1}, ""},
		{attrOf[address](), `{"street":"A","nr":1}`, nil, "unknown v"},
		{attrOf[address](), `{"street":1}`, nil, "type v.street"},
		{attrOf[address](), `[]`, nil, "type v"},
		{attrOf[map[string]int](), `{"a":1}`, map[string]int{"a": 1}, ""},
		{attrOf[any](), `{"a":[1,null]}`, map[string]any{"a": []any{1.0, nil}}, ""},
		{attrOf[json.RawMessage](), `{"a": 1}`, json.RawMessage(`{"a": 1}`), ""},
	}
	for _, tt := range tests {
		got, err := DecodeValue(tt.attr, json.RawMessage(tt.in))
		if i := issue(t, err); i != tt.issue || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("DecodeValue(%s, %s)\n got %#v, issue %q\nwant %#v, issue %q", tt.attr.Type.Name, tt.in, got, i, tt.want, tt.issue)
		}
	}
}

func TestParseText(t *testing.T) {
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		attr  *resource.Attribute
		in    string
		want  any
		issue string
	}{
		{attrOf[string](), "", "", ""},
		{attrOf[*string](), "", nil, ""},
		{attrOf[string](), " a ", " a ", ""},
		{attrOf[string](), "\xff", nil, "format v"},
		{stateAttr, "", nil, ""},
		{stateAttr, "x", nil, "oneof v"},
		{attrOf[bool](), "", nil, ""},
		{attrOf[bool](), " true", true, ""},
		{attrOf[bool](), "on", true, ""},
		{attrOf[bool](), "0", false, ""},
		{attrOf[bool](), "maybe", nil, "type v"},
		{attrOf[int](), " 12 ", int64(12), ""},
		{attrOf[int](), "twelve", nil, "format v"},
		{attrOf[int](), "1.5", nil, "type v"},
		{attrOf[float64](), "1.5", 1.5, ""},
		{attrOf[float64](), "NaN", nil, "format v"},
		{attrOf[float64](), "0x1p3", nil, "format v"},
		{attrOf[decimal.Decimal](), "1.50", decimal.New(150, -2), ""},
		{attrOf[time.Time](), "2024-02-29", day, ""},
		{attrOf[time.Time](), "2024-02-29T01:02", day.Add(62 * time.Minute), ""},
		{attrOf[time.Time](), "2024-02-29T00:00:01.5", day.Add(1500 * time.Millisecond), ""},
		{attrOf[time.Time](), "2024-02-29T01:00:00+01:00", day, ""},
		{attrOf[time.Time](), "yesterday", nil, "format v"},
		{attrOf[time.Duration](), "1h", time.Hour, ""},
		{attrOf[uuid.UUID](), anUUID.String(), anUUID, ""},
		{attrOf[uuid.UUID](), "", nil, ""},
		{attrOf[map[string]int](), `{"a":1}`, map[string]int{"a": 1}, ""},
		{attrOf[map[string]int](), `a`, nil, "type v"},
	}
	for _, tt := range tests {
		got, err := ParseText(tt.attr, tt.in)
		if i := issue(t, err); i != tt.issue || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("ParseText(%s, %q)\n got %#v, issue %q\nwant %#v, issue %q", tt.attr.Type.Name, tt.in, got, i, tt.want, tt.issue)
		}
	}
}

// samples are a value of each kind, for round trips.
var samples = []struct {
	attr *resource.Attribute
	v    any
}{
	{attrOf[string](), "a\"ü\n"}, {attrOf[bool](), true}, {attrOf[int](), int64(math.MinInt64)},
	{attrOf[float64](), 0.1}, {attrOf[float32](), float64(float32(0.1))},
	{attrOf[decimal.Decimal](), decimal.New(-1250, -2)},
	{attrOf[time.Time](), time.Date(2024, 2, 29, 1, 2, 3, 4000000, time.UTC)},
	{attrOf[time.Duration](), -90 * time.Second}, {attrOf[uuid.UUID](), anUUID},
	{attrOf[[]byte](), []byte{0, 255}}, {attrOf[address](), address{"A", 1, []string{"<b>"}}}, {attrOf[*int](), nil},
}

func TestRoundTrips(t *testing.T) {
	for _, s := range samples {
		text, err := AppendValue([]byte("x"), s.attr.Type, s.v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeValue(s.attr, text[1:]); err != nil || !reflect.DeepEqual(got, s.v) {
			t.Errorf("%s: DecodeValue(%s) = %#v, %v, want %#v", s.attr.Type.Name, text, got, err, s.v)
		}
		form := FormatText(s.attr, s.v)
		if got, err := ParseText(s.attr, form); err != nil || !reflect.DeepEqual(got, s.v) {
			t.Errorf("%s: ParseText(%q) = %#v, %v, want %#v", s.attr.Type.Name, form, got, err, s.v)
		}
	}
}

func TestAppendValueRefusesStrangers(t *testing.T) {
	for _, v := range []any{int32(1), struct{}{}, &time.Time{}} {
		if out, err := AppendValue(nil, typeOf[int](), v); err == nil {
			t.Errorf("AppendValue(%T) = %s, want an error", v, out)
		}
	}
	if out, err := AppendValue(nil, typeOf[any](), func() {}); err == nil {
		t.Errorf("AppendValue(func) = %s, want an error", out)
	}
}

func TestDecodeJSONLeavesOutUnknownMembers(t *testing.T) {
	got, err := DecodeJSON(typeOf[address](), []byte(`{"street":"A","old":1}`))
	if want := (address{Street: "A"}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("DecodeJSON = %#v, %v, want %#v", got, err, want)
	}
	if got, err := DecodeJSON(typeOf[address](), []byte(`{`)); err == nil {
		t.Errorf("DecodeJSON({) = %#v, want an error", got)
	}
}

type Plain struct {
	ID    int `conga:"primary"`
	Title string
	Pin   string `conga:"private"`
	Stars *int   `json:"rating"`
	Size  int    `conga:"calculated"`
}

func (p *Plain) Define(r *resource.Builder[Plain]) {
	resource.Calculate(r, &p.Size, expr.Length(expr.F(&p.Title)))
}

func TestAppendRecord(t *testing.T) {
	g, err := resource.Compile(resource.Of[Plain]())
	if err != nil {
		t.Fatal(err)
	}
	r := resource.For[Plain](g)
	tests := []struct {
		attrs []*resource.Attribute
		want  string
	}{
		{nil, `{"id":7,"title":"<x>","rating":null}`},
		{r.Attributes[1:2], `{"title":"<x>"}`},
		{[]*resource.Attribute{r.Attribute("Pin"), r.Attribute("Title")}, `{"title":"<x>"}`},
		{[]*resource.Attribute{}, `{}`},
	}
	for _, tt := range tests {
		got, err := AppendRecord(nil, r, &Plain{ID: 7, Title: "<x>", Pin: "1234"}, tt.attrs)
		if err != nil || string(got) != tt.want {
			t.Errorf("AppendRecord = %s, %v, want %s", got, err, tt.want)
		}
	}
}

func FuzzDecodeValue(f *testing.F) {
	attrs := []*resource.Attribute{
		attrOf[string](), attrOf[bool](), attrOf[int](), attrOf[uint8](), attrOf[float64](), attrOf[decimal.Decimal](),
		attrOf[time.Time](), attrOf[time.Duration](), attrOf[uuid.UUID](), attrOf[[]byte](), attrOf[address](), attrOf[any](),
	}
	for i, s := range []string{`"a"`, `true`, `1e3`, `12`, `1.5`, `"12.50"`, `"2024-02-29T01:02:03Z"`, `"PT1S"`, `"AQI="`, `{"no":1}`, `[[1]]`} {
		f.Add(byte(i), s)
	}
	f.Fuzz(func(t *testing.T, which byte, s string) {
		a := attrs[int(which)%len(attrs)]
		for _, read := range []func() (any, error){
			func() (any, error) { return DecodeValue(a, json.RawMessage(s)) },
			func() (any, error) { return ParseText(a, s) },
		} {
			v, err := read()
			if err != nil {
				issue(t, err)
				continue
			}
			text, err := AppendValue(nil, a.Type, v)
			if err != nil || !json.Valid(text) {
				t.Fatalf("AppendValue(%#v) = %s, %v", v, text, err)
			}
			if a.Type.Kind == structs.JSON {
				continue // an empty list and none may read back alike
			}
			if back, err := DecodeValue(a, text); err != nil || !same(back, v) {
				t.Fatalf("%s: %q read as %#v, written as %s, read back as %#v, %v", a.Type.Name, s, v, text, back, err)
			}
		}
	})
}

func same(a, b any) bool {
	if d, ok := a.(decimal.Decimal); ok {
		return d.Equal(b.(decimal.Decimal))
	}
	return reflect.DeepEqual(a, b)
}

func BenchmarkDecodeValue(b *testing.B) {
	for _, bb := range []struct {
		attr *resource.Attribute
		in   string
	}{{attrOf[string](), `"hello world"`}, {attrOf[int](), `12345`}, {attrOf[time.Time](), `"2024-02-29T01:02:03Z"`}} {
		b.Run(bb.attr.Type.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodeValue(bb.attr, json.RawMessage(bb.in)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
