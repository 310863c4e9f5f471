package datalayertest

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// edges are values at the edges of their types, by Go type.
func edges() map[string][]any {
	dec := decimal.RequireFromString
	texts := []any{"", " ", "a", "ä€😀日本", "\u2028\u2029\x01\x7f", `"'\/<>&%_`, "line\r\n\tend ", "e\u0301", "\ufffd", strings.Repeat("long ", 20000)}
	times := []any{
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Date(1582, 10, 10, 1, 2, 3, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Unix(0, 0).UTC(), day.Add(time.Microsecond), day.Add(100 * time.Millisecond), time.Date(2262, 4, 12, 0, 0, 0, 0, time.UTC),
	}
	decimals := []any{
		dec("0"), dec("-0.00"), dec("1.50"), dec("1.5"), dec("-12345678901234567890123456789012345678901234567890.123456789"),
		dec("0.000000000000000000000000000000000001"), dec("100"), dec("1e20"), dec("99999999999999999999"), dec("-1"),
	}
	floats := []any{0.0, math.Copysign(0, -1), 1.0, -1.5, 0.1, 1e300, -1e-300, math.MaxFloat64, math.SmallestNonzeroFloat64, float64(1 << 53), 123456789.123}
	sizes := []float64{0, -0.5, 1e300, 1 << 53}
	document1 := document{Name: "ä\"\\\n<b>&", Sizes: sizes, Inner: map[string]any{"a": []any{nil, true, "x", map[string]any{"b": 1.5}}, "": ""}, At: new(day)}
	return map[string][]any{
		"string": texts, "datalayertest.mood": texts, "bool": {true, false},
		"int":  {int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), int64(1<<53 + 1)},
		"int8": {int64(math.MinInt8), int64(math.MaxInt8)}, "int16": {int64(math.MinInt16), int64(math.MaxInt16)},
		"int32": {int64(math.MinInt32), int64(math.MaxInt32)},
		"uint8": {int64(0), int64(math.MaxUint8)}, "uint16": {int64(math.MaxUint16)}, "uint32": {int64(math.MaxUint32)},
		"float64": floats, "float32": {0.0, float64(float32(0.1)), math.MaxFloat32, -1.5, math.SmallestNonzeroFloat32},
		"decimal.Decimal": decimals, "time.Time": times,
		"time.Duration": {time.Duration(0), time.Duration(math.MaxInt64), time.Duration(math.MinInt64), time.Duration(-1)},
		"uuid.UUID":     {uuid.Nil, uuid.Max, id('x', 1)},
		"[]uint8":       {[]byte{}, []byte{0}, []byte("text"), []byte{0xff, 0, 0xfe}, slices.Repeat([]byte{0, 1, 0xff}, 30000)},

		"datalayertest.document": {document{}, document1, document{Inner: map[string]any{}, Sizes: []float64{}}},
		"map[string]interface {}": {map[string]any{}, map[string]any{"n": nil, "deep": map[string]any{"list": []any{1.0, "2", false}}},
			map[string]any{"number": 0.1, "large": 1e21, "small": -1e-7}, map[string]any(nil)},

		"civil.Date": {
			civil.Date{Year: 1, Month: 1, Day: 1}, civil.Date{Year: 9999, Month: 12, Day: 31}, civil.Date{Year: 1582, Month: 10, Day: 10},
			civil.Date{Year: 1999, Month: 12, Day: 31}, civil.Date{Year: 2000, Month: 2, Day: 29},
		},
		"netip.Addr":           {"", "127.0.0.1", "::1"},
		"datalayertest.cents":  {int64(0), int64(-5), int64(math.MaxInt64)},
		"[]string":             {[]any{}, []any{"", "ü", `a,"b" {c} \ 'd'`, "null", "NULL", "\u2028 \n"}, []any{"a"}},
		"[]datalayertest.mood": {[]any{}, []any{"glad", "glad"}},
		"[]bool":               {[]any{}, []any{true, false}},
		"[]int":                {[]any{}, []any{int64(math.MaxInt64), int64(math.MinInt64), int64(0)}},
		"[]int16":              {[]any{}, []any{int64(math.MaxInt16), int64(math.MinInt16)}},
		"[]float64":            {[]any{}, []any{0.1, -1.5, 1e300, 2.0}},
		"[]decimal.Decimal":    {[]any{}, []any{dec("1.5"), dec("-12345678901234567890.123")}},
		"[]time.Time":          {[]any{}, []any{times[0], times[1], times[3], times[6]}},
		"[]time.Duration":      {[]any{}, []any{time.Duration(math.MinInt64), time.Second}},
		"[]uuid.UUID":          {[]any{}, []any{uuid.Nil, uuid.Max}},
		"[]civil.Date":         {[]any{}, []any{civil.Date{Year: 1, Month: 1, Day: 1}, civil.Date{Year: 9999, Month: 12, Day: 31}}},
		"[]netip.Addr":         {[]any{}, []any{"::1", "10.0.0.1"}},

		"datalayertest.subject":   {&person{}, &person{Name: "ä\"'<", Born: new(civil.Date{Year: 1999, Month: 12, Day: 31}), Near: number(0.1)}, number(-1e300), nothing{}},
		"[]datalayertest.subject": {[]subject{}, []subject{nothing{}, number(1), &person{Near: &person{Name: "x"}}}},
		"datalayertest.box":       {box{}, box{Label: "x", Inner: &person{Name: "y"}, More: []subject{nothing{}, number(2)}}},
	}
}

// samples are records that have, field by field, all edges of its type, and NULLs.
func samples(t *testing.T, w *world) []any {
	t.Helper()
	r := w.of("sample")
	values := edges()
	count := 0
	for _, list := range values {
		count = max(count, len(list)+1)
	}
	out := make([]any, count)
	for i := range out {
		rec := r.New()
		for _, a := range r.Columns() {
			list := values[a.Type.Name]
			if len(list) == 0 {
				t.Fatalf("the suite has no values of type %s", a.Type.Name)
			}
			v := list[(i+a.Index)%len(list)]
			switch {
			case a.Primary:
				v = id('s', i)
			case a.Type.Nullable && i%(len(list)+1) == len(list):
				v = nil
			case a.Type.Nullable:
				v = list[i%(len(list)+1)]
			}
			if err := a.Set(rec, v); err != nil {
				t.Fatal(err)
			}
		}
		out[i] = rec
	}
	return out
}

func testValues(t *testing.T, db Database) {
	w := newWorld(t)
	r := w.of("sample")
	records := samples(t, w)
	w.add(records...)
	f := w.in(t, db.Open(t, nil))
	f.ensure(t)

	// As an insert returns them, both of one and of many records.
	for _, part := range [][]any{records[:1], records[1:2], records[2:]} {
		in := &datalayer.Insert{Resource: r, Columns: r.Columns(), Return: r.Columns()}
		for _, rec := range part {
			in.Rows = append(in.Rows, row(in.Columns, rec))
		}
		res, err := f.l.Insert(f.ctx, in)
		if err != nil {
			t.Fatalf("insert: %v", err)
		}
		f.sameLines(t, "insert", nil, lines(t, r, res), f.wantLines(t, r, r.Columns(), part))
	}
	// As a read returns them, and as keys of an order.
	f.expect(t, f.l, w.query("sample"))
	for _, a := range r.Columns() {
		if a.Type.Kind != structs.JSON && a.Type.Kind != structs.List {
			q := w.query("sample")
			q.Select, q.Sort = []*resource.Attribute{r.Primary}, []expr.Order{by(field(a.Name))}
			f.expect(t, f.l, q)
		}
	}
	testFound(t, f, records)
	testUpdated(t, f, records)
}

// testFound finds each value by itself, alone and in a list.
func testFound(t *testing.T, f *fixture, records []any) {
	r := f.of("sample")
	for _, a := range r.Columns() {
		if a.Type.Kind == structs.JSON {
			continue
		}
		var all []any
		for _, rec := range records {
			v := a.Get(rec)
			if v == nil {
				continue
			}
			all = append(all, v)
			q := &datalayer.Query{Resource: r, Select: []*resource.Attribute{r.Primary}}
			q.Where = call(expr.OpEq, field(a.Name), lit(v))
			f.expect(t, f.l, q)
		}
		if a.Type.Kind == structs.List {
			continue
		}
		q := &datalayer.Query{Resource: r, Select: []*resource.Attribute{r.Primary}}
		q.Where = call(expr.OpIn, field(a.Name), expr.List{Values: all})
		f.expect(t, f.l, q)
	}
}

// testUpdated gives each record the values of the next one.
func testUpdated(t *testing.T, f *fixture, records []any) {
	r := f.of("sample")
	first := row(r.Columns(), records[0])
	for i, rec := range records {
		next := first
		if i+1 < len(records) {
			next = row(r.Columns(), records[i+1])
		}
		u := &datalayer.Update{Resource: r, Where: call(expr.OpEq, field("ID"), lit(r.Primary.Get(rec))), Return: r.Columns()}
		for k, a := range r.Columns() {
			if !a.Primary {
				u.Set = append(u.Set, datalayer.Assignment{Attribute: a, Value: lit(next[k])})
			}
		}
		f.update(t, u)
	}
}

// testExits reads the edges in the positions of a result where layers take
// different ways: at the top, joined, in lists, cut, from writes, and as keys of cursors.
func testExits(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	w.add(samples(t, w)...)
	f := newFixture(t, db, w, nil)
	hidden := func(name string) *resource.Attribute {
		a := *w.of("post").Attribute(name)
		a.Name = ""
		return &a
	}
	author := *w.of("author").Attribute("Name")
	author.Name, author.Column, author.Expr, author.Type.Nullable = "", "", on("Name", "Author"), true
	q := w.query("post")
	q.Select = append(slices.Clone(q.Select), hidden("At"), hidden("Price"), &author)
	q.Include = []datalayer.Include{w.include(q.Resource, "Author", nil), w.include(q.Resource, "Comments", nil)}
	f.expect(t, f.l, q)

	one := w.query("sample")
	one.Where = call(expr.OpEq, field("ID"), lit(id('s', 1)))
	f.expect(t, f.l, one)
	backwards := w.query("sample")
	backwards.Seek, backwards.Limit = &datalayer.Seek{Before: true}, 3
	f.expect(t, f.l, backwards)
	twice := w.query("sample")
	twice.Select = append(slices.Clone(twice.Select), twice.Select...)
	f.expect(t, f.l, twice)
	none := w.query("sample")
	none.Select = nil
	f.expect(t, f.l, none)
}
