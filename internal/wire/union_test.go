package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/resource"
)

type part interface{ part() }

type (
	word  struct{ Body, Lang string }
	point struct {
		X float64 `json:"x"`
		Y float64 `json:"y"`
		Z *float64
	}
	box struct {
		Label string
		First part
		Parts []part
	}
	rate float64
	void struct{}
)

func (word) part()  {}
func (point) part() {}
func (*box) part()  {}
func (rate) part()  {}
func (void) part()  {}

// shelf has an attribute of each shape that is read member by member.
type shelf struct {
	ID    uuid.UUID `conga:"primary"`
	Part  part
	Parts []part
	Box   box
	Boxes []box
	Crate crate

	Texts  []string
	Moods  []string `validate:"dive,oneof=glad sad"`
	Ints   []int8
	Floats []float64
	Decs   []decimal.Decimal
	Times  []time.Time
	Durs   []time.Duration
	Keys   []uuid.UUID
	Days   []civil.Date
	Yes    []bool
}

// crate is a document with a member of most kinds.
type crate struct {
	Text  string
	Maybe *string
	Int   int16
	Dec   decimal.Decimal
	At    *time.Time
	Took  time.Duration
	Key   uuid.UUID
	Day   civil.Date
	Bytes []byte
	Ints  []int
	Sub   struct{ Yes bool }
	Any   any
}

func (s *shelf) Define(r *resource.Builder[shelf]) {
	resource.Union[part](r).Variant("word", word{}).Variant("point", point{}).Variant("box", &box{}).Variant("rate", rate(0)).Variant("void", void{})
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

func shelves(t testing.TB) *resource.Resource {
	t.Helper()
	g, err := resource.Compile(resource.Of[shelf]())
	if err != nil {
		t.Fatal(err)
	}
	return g.Resources[0]
}

func TestDecodeUnion(t *testing.T) {
	a := shelves(t).Attribute("Part")
	for in, want := range map[string]any{
		`null`: nil,
		` {"body":"x","type":"word","lang":"en"} `: word{"x", "en"},
		`{"type":"word"}`:                          word{},
		`{"type":"point","x":1,"z":null,"y":2}`:    point{X: 1, Y: 2},
		`{"type":"rate","value":1e2}`:              rate(100),
		`{"type":"void"}`:                          void{},
		`{"type":"box","parts":[{"type":"void"},{"type":"box"}],"first":{"type":"rate","value":0}}`: &box{Parts: []part{void{}, &box{}}, First: rate(0)},
	} {
		if got, err := DecodeValue(a, json.RawMessage(in)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, %v, want %#v", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		`[]`: "type v", `"word"`: "type v", `{}`: "required part.type", `{"body":"x"}`: "required part.type", `{"type":null}`: "null part.type",
		`{"type":1}`: "type part.type", `{"type":"Word"}`: "oneof part.type", `{"type":""}`: "oneof part.type",
		`{"type":"word","x":1}`: "unknown part", `{"type":"word","body":null}`: "null part.body", `{"type":"point","x":"1"}`: "type part.x",
		`{"type":"rate"}`: "required part.value", `{"type":"rate","value":null}`: "null part.value", `{"type":"void","value":1}`: "unknown part",
		`{"type":"box","first":{}}`: "required part.first.type", `{"type":"box","parts":[{"type":"no"}]}`: "oneof part.parts.0.type",
		`{"type":"box","parts":[null]}`: "null part.parts.0",
	} {
		if want == "type v" {
			want = "type part"
		}
		if _, err := DecodeValue(a, json.RawMessage(in)); issue(t, err) != want {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

func TestStoredUnionsMustHaveAVariant(t *testing.T) {
	a := shelves(t).Attribute("Part")
	for _, in := range []string{`{}`, `{"type":"gone"}`, `{"type":3}`, `[]`, `"x"`, `{"type":"rate","value":"x"}`} {
		if v, err := DecodeJSON(a.Type, []byte(in)); err == nil {
			t.Errorf("%s is read as %#v", in, v)
		}
	}
	// What the type no longer has is left out, as in all documents.
	if v, err := DecodeJSON(a.Type, []byte(`{"old":1,"type":"word","body":"x"}`)); err != nil || v != (word{Body: "x"}) {
		t.Errorf("got %#v, %v", v, err)
	}
	if _, err := AppendValue(nil, a.Type, struct{}{}); err == nil {
		t.Error("a value of no variant is written")
	}
}

// byHand reads a union of words, points, rates and voids as one would write it
// with encoding/json alone.
func byHand(data []byte) (any, bool) {
	var tag struct{ Type *string }
	if json.Unmarshal(data, &tag) != nil || tag.Type == nil {
		return nil, false
	}
	read := func(p any) bool {
		var members map[string]json.RawMessage
		if json.Unmarshal(data, &members) != nil {
			return false
		}
		delete(members, "type")
		rest, err := json.Marshal(members)
		if err != nil {
			return false
		}
		dec := json.NewDecoder(bytes.NewReader(rest))
		dec.DisallowUnknownFields()
		return dec.Decode(p) == nil
	}
	switch *tag.Type {
	case "word":
		var w struct{ Body, Lang string }
		ok := read(&w)
		return word(w), ok
	case "point":
		var p point
		ok := read(&p)
		return p, ok
	case "rate":
		var r struct{ Value *float64 }
		if !read(&r) || r.Value == nil {
			return nil, false
		}
		return rate(*r.Value), true
	case "void":
		return void{}, read(&struct{}{})
	}
	return nil, false
}

// FuzzDecodeUnion holds the decoder against one made by hand: what it takes,
// that one takes too and for the same; and what it writes, it reads again.
func FuzzDecodeUnion(f *testing.F) {
	a := shelves(f).Attribute("Part")
	for _, s := range []string{
		`null`, `{}`, `{"type":"word","body":"a","lang":"ü"}`, `{"type":"point","x":1.5,"y":-0,"z":1e9}`, `{"type":"rate","value":0.1}`, `{"type":"void"}`,
		`{"type":"box","label":"x","first":{"type":"void"},"parts":[{"type":"box","parts":[]},{"type":"rate","value":2}]}`,
		`{"type":null}`, `{"type":"word","type":"void"}`, `{"body":"x","type":"word"}`, `{"Type":"void","type":"void"}`, `{"type":"void"}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := DecodeValue(a, json.RawMessage(s))
		if err != nil {
			issues(t, err)
			return
		}
		again(t, a, s, v)
		if _, isBox := v.(*box); isBox || v == nil {
			return
		}
		if want, ok := byHand([]byte(s)); !ok || !reflect.DeepEqual(v, want) {
			t.Fatalf("%q read as %#v, by hand as %#v, %v", s, v, want, ok)
		}
	})
}

// FuzzDecodeDocument reads documents and lists of them.
func FuzzDecodeDocument(f *testing.F) {
	r := shelves(f)
	attrs := []*resource.Attribute{r.Attribute("Crate"), r.Attribute("Box"), r.Attribute("Boxes"), r.Attribute("Parts")}
	for i, s := range []string{
		`{"text":"a","maybe":null,"int":-1,"dec":"1.50","at":"2024-02-29T01:02:03Z","took":"PT1S","key":"0190ab34-5678-7abc-8def-0123456789ab","day":"2024-02-29","bytes":"AQI=","ints":[1],"sub":{"yes":true},"any":[{}]}`,
		`{"label":"x","first":null,"parts":[{"type":"void"}]}`, `[{"label":"x"},{}]`, `[{"type":"word"}]`, `{"no":1}`, `[null]`, `null`, `{"sub":{"no":1}}`,
	} {
		f.Add(byte(i), s)
	}
	f.Fuzz(func(t *testing.T, which byte, s string) { fuzzed(t, attrs[int(which)%len(attrs)], s) })
}

// FuzzDecodeList reads lists of each kind.
func FuzzDecodeList(f *testing.F) {
	r := shelves(f)
	var attrs []*resource.Attribute
	for _, name := range []string{"Texts", "Moods", "Ints", "Floats", "Decs", "Times", "Durs", "Keys", "Days", "Yes"} {
		attrs = append(attrs, r.Attribute(name))
	}
	for i, s := range []string{
		`["a","b,c"]`, `["glad"]`, `[1,-128]`, `[1.5]`, `["12.50",3]`, `["2024-02-29T01:02:03Z"]`, `["PT1S"]`, `["0190ab34-5678-7abc-8def-0123456789ab"]`, `["2024-02-29"]`, `[true,false]`,
		`[]`, `null`, `[null]`, `[[]]`, `a\,b,c`, `{}`,
	} {
		f.Add(byte(i), s)
	}
	f.Fuzz(func(t *testing.T, which byte, s string) {
		a := attrs[int(which)%len(attrs)]
		fuzzed(t, a, s)
		for _, read := range []func() (any, error){
			func() (any, error) { return ParseText(a, s) },
			func() (any, error) { return ParseTexts(a, SplitList(s)) },
		} {
			if v, err := read(); err != nil {
				issues(t, err)
			} else if v != nil {
				again(t, a, s, v)
			}
		}
	})
}

func fuzzed(t *testing.T, a *resource.Attribute, s string) {
	t.Helper()
	v, err := DecodeValue(a, json.RawMessage(s))
	if err != nil {
		issues(t, err)
		return
	}
	again(t, a, s, v)
}

// again holds a value against what becomes of it as an answer and in a database.
func again(t *testing.T, a *resource.Attribute, s string, v any) {
	t.Helper()
	text, err := AppendValue(nil, a.Type, v)
	if err != nil || !json.Valid(text) {
		t.Fatalf("%s: AppendValue(%#v) = %s, %v", a.Name, v, text, err)
	}
	if v == nil {
		return
	}
	back, err := DecodeValue(a, text)
	if err != nil {
		t.Fatalf("%s: %q written as %s: %v", a.Name, s, text, err)
	}
	written, err := AppendValue(nil, a.Type, back)
	if err != nil || !bytes.Equal(written, text) {
		t.Fatalf("%s: %q written as %s, then as %s, %v", a.Name, s, text, written, err)
	}
	stored, err := DecodeJSON(a.Type, text)
	if a.Type.Element != nil {
		stored, err = storedList(a, text)
	}
	if err != nil {
		t.Fatalf("%s: %q stored as %s: %v", a.Name, s, text, err)
	}
	if written, err = AppendValue(nil, a.Type, stored); err != nil || !bytes.Equal(written, text) {
		t.Fatalf("%s: %q stored as %s, then written as %s, %v", a.Name, s, text, written, err)
	}
}

// storedList reads a list as it is stored; durations are stored as numbers, which
// answers do not have.
func storedList(a *resource.Attribute, text []byte) (any, error) {
	if a.Name == "Durs" {
		v, err := DecodeValue(a, text)
		return v, err
	}
	list, err := DecodeList(a.Type, text)
	return list, err
}

// issues holds an error against what clients are told.
func issues(t *testing.T, err error) {
	t.Helper()
	e, ok := err.(*resource.Error) //nolint:errorlint // as it is
	if !ok || e.Kind != resource.Invalid || len(e.Issues) == 0 {
		t.Fatalf("%v is no error about an input", err)
	}
	for _, i := range e.Issues {
		if i.Code == "" || len(i.Path) == 0 || slices.Contains([]byte(i.Text()), '{') && i.Vars == nil {
			t.Fatalf("the issue %#v says nothing", i)
		}
	}
}
