package datalayertest

import (
	"slices"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// receipt has values that the database makes.
type receipt struct {
	ID     int64 `conga:"primary"`
	Number int   `conga:"generated,unique"`
	Code   string
	Token  string `conga:"unique"`
	Text   string
}

func (x *receipt) Define(r *resource.Builder[receipt]) {
	resource.DatabaseDefault(r, &x.Code, "'code'")
	resource.DatabaseDefault(r, &x.Token, "gen_random_uuid()::text").On("SQLite", "hex(randomblob(16))")
	everything(r)
}

// slip has nothing but such values.
type slip struct {
	ID     string `conga:"primary"`
	Number int64  `conga:"generated"`
}

func (x *slip) Define(r *resource.Builder[slip]) {
	resource.DatabaseDefault(r, &x.ID, "gen_random_uuid()::text").On("SQLite", "hex(randomblob(16))")
	everything(r)
}

func testMade(t *testing.T, db Database) {
	g, err := resource.Compile(resource.Of[receipt](), resource.Of[slip]())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{g: g, records: map[*resource.Resource][]any{}}
	f := w.in(t, db.Open(t, nil))
	f.ensure(t)
	r := f.of("receipt")
	number, code, token, text := r.Attribute("Number"), r.Attribute("Code"), r.Attribute("Token"), r.Attribute("Text")
	in := &datalayer.Insert{Resource: r, Columns: []*resource.Attribute{text}, Return: []*resource.Attribute{number, code, token}}
	for _, n := range []int{1, 3, 700, 2} {
		in.Rows = nil
		for range n {
			in.Rows = append(in.Rows, []any{"t"})
		}
		f.made(t, in)
	}
	if _, err := f.l.Delete(f.ctx, &datalayer.Delete{Resource: r, Where: call(expr.OpLt, field("Number"), lit(int64(300)))}); err != nil {
		t.Fatal(err)
	}
	f.made(t, in)
	in.Columns, in.Rows = []*resource.Attribute{code, text, token}, [][]any{{"mine", "t", "given"}}
	if res, err := f.l.Insert(f.ctx, in); err != nil {
		t.Error(err)
	} else if v, _ := res.Value(0, 1); v != "mine" {
		t.Errorf("a given value became %v", v)
	}
	in.Columns, in.Rows = []*resource.Attribute{number, text}, [][]any{{int64(100_000), "t"}, {int64(100_001), "t"}}
	if _, err := f.l.Insert(f.ctx, in); err != nil {
		t.Errorf("insert with numbers of their own: %v", err)
	}
	s := f.of("slip")
	in = &datalayer.Insert{Resource: s, Rows: [][]any{{}}, Return: s.Columns()}
	for range 2 {
		if _, err := f.l.Insert(f.ctx, in); err != nil {
			t.Errorf("insert without any value: %v", err)
		}
	}
}

// made inserts records and looks at what the database has made for them.
func (f *fixture) made(t *testing.T, in *datalayer.Insert) {
	t.Helper()
	res, err := f.l.Insert(f.ctx, in)
	if err != nil {
		t.Fatalf("insert %d records: %v", len(in.Rows), err)
	}
	var numbers []int64
	tokens := map[any]bool{}
	for row := range in.Rows {
		n, _ := res.Value(row, 0)
		if code, _ := res.Value(row, 1); code != "code" {
			t.Fatalf("row %d has the default %v", row, code)
		}
		token, _ := res.Value(row, 2)
		numbers, tokens[token] = append(numbers, n.(int64)), true
	}
	if len(tokens) != len(in.Rows) {
		t.Errorf("%d rows have %d tokens", len(in.Rows), len(tokens))
	}
	if !slices.IsSorted(numbers) || len(slices.Compact(numbers)) != len(in.Rows) || numbers[0] < 1 {
		t.Errorf("the numbers of %d rows are %v", len(in.Rows), numbers)
	}
}
