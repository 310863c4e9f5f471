package datalayertest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// groupRow is the values of one group by the names of its columns, for expr.Eval.
type groupRow map[string]any

// Field is the value of a column.
func (r groupRow) Field(f expr.Field) (any, error) { return r[f.Name], nil }

// Aggregate is not known of a group.
func (r groupRow) Aggregate(*expr.Aggregate) (any, error) { return nil, expr.ErrNotLoaded }

// wantGroups is the answer of the world to a query with a Group, as text.
func (w *world) wantGroups(q *datalayer.Query) (string, error) {
	rows, err := w.groups(q)
	if err != nil {
		return "", err
	}
	n := len(rows)
	rows = rows[min(q.Offset, n):]
	more := q.Limit > 0 && len(rows) > q.Limit
	if more {
		rows = rows[:q.Limit]
	}
	var b strings.Builder
	header(&b, q, more, int64(n))
	for _, row := range rows {
		b.WriteString("\n  {")
		for _, a := range q.Select {
			writeGroupValue(&b, a, row[a.Name])
		}
		b.WriteString("}")
	}
	b.WriteString("]")
	return b.String(), nil
}

// groups are the groups of the matching records for which Having holds, in order.
func (w *world) groups(q *datalayer.Query) ([]groupRow, error) {
	found, err := w.read(&datalayer.Query{Resource: q.Resource, Where: q.Where, Distinct: q.Distinct, Relations: q.Relations}, w.records[q.Resource])
	if err != nil {
		return nil, err
	}
	sets, err := w.partition(q, found.records)
	if err != nil {
		return nil, err
	}
	var rows []groupRow
	for _, set := range sets {
		for i := range q.Group.Aggregates {
			a := &q.Group.Aggregates[i]
			if set.row[a.Attribute.Name], err = w.condense(q.Resource, a, set.records); err != nil {
				return nil, err
			}
		}
		ok, err := expr.Holds(q.Group.Having, set.row)
		if err != nil {
			return nil, err
		}
		if ok {
			rows = append(rows, set.row)
		}
	}
	sort := slices.Clone(q.Sort)
	for _, key := range q.Group.Keys {
		sort = append(sort, expr.Order{Node: field(key.Name)})
	}
	slices.SortStableFunc(rows, func(a, b groupRow) int {
		for _, o := range sort {
			x, e1 := expr.Eval(o.Node, a)
			y, e2 := expr.Eval(o.Node, b)
			err = errors.Join(err, e1, e2)
			if c := compareKey(x, y, o); c != 0 {
				return c
			}
		}
		return 0
	})
	return rows, err
}

// groupSet is the records of one group.
type groupSet struct {
	row     groupRow
	records []any
}

func (w *world) partition(q *datalayer.Query, records []any) ([]*groupSet, error) {
	var sets []*groupSet
	if len(q.Group.Keys) == 0 {
		return []*groupSet{{groupRow{}, records}}, nil
	}
	for _, rec := range records {
		row := groupRow{}
		for _, key := range q.Group.Keys {
			v, err := expr.Eval(key.Expr, w.at(q.Resource, rec))
			if err != nil {
				return nil, err
			}
			row[key.Name] = v
		}
		i := slices.IndexFunc(sets, func(s *groupSet) bool {
			for _, key := range q.Group.Keys {
				if compareKey(s.row[key.Name], row[key.Name], expr.Order{}) != 0 {
					return false
				}
			}
			return true
		})
		if i < 0 {
			i = len(sets)
			sets = append(sets, &groupSet{row: row})
		}
		sets[i].records = append(sets[i].records, rec)
	}
	return sets, nil
}

// condense computes an aggregate over the records of a group.
func (w *world) condense(r *resource.Resource, a *datalayer.Aggregate, records []any) (any, error) {
	var values []any
	for _, rec := range records {
		at := w.at(r, rec)
		ok, err := expr.Holds(a.Where, at)
		if err != nil {
			return nil, err
		}
		var v any = true
		if a.Of != nil {
			if v, err = expr.Eval(a.Of, at); err != nil {
				return nil, err
			}
		}
		if ok && v != nil && !(a.Distinct && slices.ContainsFunc(values, func(x any) bool { return equal(x, v) })) {
			values = append(values, v)
		}
	}
	switch {
	case a.Kind == expr.AggregateCount:
		return int64(len(values)), nil
	case len(values) == 0:
		return nil, nil
	case a.Kind == expr.AggregateMin:
		return slices.MinFunc(values, compare), nil
	case a.Kind == expr.AggregateMax:
		return slices.MaxFunc(values, compare), nil
	}
	return total(a.Kind, values)
}

// total is the sum or the mean of values.
func total(kind expr.AggregateKind, values []any) (any, error) {
	sum := values[0]
	for _, v := range values[1:] {
		if d, ok := sum.(decimal.Decimal); ok {
			sum = d.Add(v.(decimal.Decimal))
			continue
		}
		var err error
		if sum, err = expr.Eval(call(expr.OpAdd, lit(sum), lit(v)), nil); err != nil {
			return nil, err
		}
	}
	if kind == expr.AggregateSum {
		return sum, nil
	}
	n := len(values)
	switch x := sum.(type) {
	case int64:
		return float64(x) / float64(n), nil
	case decimal.Decimal:
		return x.InexactFloat64() / float64(n), nil
	case time.Duration:
		return x / time.Duration(n), nil
	}
	return sum.(float64) / float64(n), nil
}

// dumpGroups is a result as the text that wantGroups makes.
func dumpGroups(q *datalayer.Query, res *datalayer.Result) (string, error) {
	if err := check(q, res); err != nil {
		return "", err
	}
	var b strings.Builder
	header(&b, q, res.More, res.Count)
	for row := range res.Len() {
		b.WriteString("\n  {")
		for col, a := range q.Select {
			v, err := res.Value(row, col)
			if err != nil {
				return "", err
			}
			text, err := wire.AppendValue(nil, a.Type, v)
			if err != nil {
				return "", err
			}
			out, err := res.AppendJSON(nil, row, col)
			if err != nil || !bytes.Equal(out, text) || res.Null(row, col) != (v == nil) {
				return "", fmt.Errorf("%s: the value is %s, its JSON %s, null is %v (%w)", a.Name, text, out, res.Null(row, col), err)
			}
			writeGroupValue(&b, a, v)
		}
		b.WriteString("}")
	}
	b.WriteString("]")
	return b.String(), nil
}

// writeGroupValue writes equal values as equal texts: which of the equal
// decimals 1.0 and 1.00 stands for a group is left to the database, and so
// are the last digits of a mean.
func writeGroupValue(b *strings.Builder, a *resource.Attribute, v any) {
	switch x := v.(type) {
	case decimal.Decimal:
		v = x.String()
	case float64:
		v = strconv.FormatFloat(x+0, 'g', 12, 64)
	case time.Time:
		v = x.Format(time.RFC3339Nano)
	}
	fmt.Fprintf(b, " %s=%v", a.Name, v)
}

// keyColumn is a key of a group by its value.
func keyColumn(name string, of expr.Node, kind structs.Kind) *resource.Attribute {
	return &resource.Attribute{Name: name, JSON: name, Expr: of, Type: structs.Type{Kind: kind, Bits: 64, Nullable: true}}
}

// aggregateOf is an aggregate whose type is what its value makes it.
func aggregateOf(name string, kind expr.AggregateKind, of expr.Node, k structs.Kind) datalayer.Aggregate {
	switch {
	case kind == expr.AggregateCount:
		k = structs.Int
	case kind == expr.AggregateAvg && k != structs.Duration:
		k = structs.Float
	}
	return datalayer.Aggregate{Attribute: keyColumn(name, nil, k), Kind: kind, Of: of}
}

func testGroups(t *testing.T, db Database) {
	w := newWorld(t)
	w.addPosts(30)
	f := newFixture(t, db, w, nil)
	start := func(of expr.Node, unit expr.Unit, zone string) expr.Node {
		return call(expr.OpStartOf, of, lit(string(unit)), lit(zone))
	}
	aggregates := []datalayer.Aggregate{
		aggregateOf("n", expr.AggregateCount, nil, structs.Int),
		aggregateOf("ranks", expr.AggregateCount, field("Rank"), structs.Int),
		aggregateOf("votes", expr.AggregateSum, field("Votes"), structs.Int),
		aggregateOf("score", expr.AggregateSum, field("Score"), structs.Float),
		aggregateOf("price", expr.AggregateSum, field("Price"), structs.Decimal),
		aggregateOf("discount", expr.AggregateSum, field("Discount"), structs.Decimal),
		aggregateOf("took", expr.AggregateSum, field("Took"), structs.Duration),
		aggregateOf("meanvotes", expr.AggregateAvg, field("Votes"), structs.Int),
		aggregateOf("meanprice", expr.AggregateAvg, field("Price"), structs.Decimal),
		aggregateOf("meantook", expr.AggregateAvg, field("Took"), structs.Duration),
		aggregateOf("first", expr.AggregateMin, field("At"), structs.Time),
		aggregateOf("last", expr.AggregateMax, field("SeenAt"), structs.Time),
		aggregateOf("title", expr.AggregateMin, field("Title"), structs.String),
		aggregateOf("top", expr.AggregateMax, field("Price"), structs.Decimal),
		aggregateOf("replies", expr.AggregateSum, field("Replies"), structs.Int),
		{Attribute: keyColumn("states", nil, structs.Int), Kind: expr.AggregateCount, Of: field("State"), Distinct: true},
		{Attribute: keyColumn("prices", nil, structs.Int), Kind: expr.AggregateCount, Of: field("Price"), Distinct: true},
		{Attribute: keyColumn("finished", nil, structs.Int), Kind: expr.AggregateCount, Where: call(expr.OpEq, field("Done"), lit(true))},
		{Attribute: keyColumn("some", nil, structs.Int), Kind: expr.AggregateSum, Of: field("Votes"),
			Where: &expr.Aggregate{Kind: expr.AggregateExists, Path: []string{"Comments"}}},
	}
	keys := [][]*resource.Attribute{
		nil,
		{keyColumn("state", field("State"), structs.String)},
		{keyColumn("done", field("Done"), structs.Bool), keyColumn("rank", field("Rank"), structs.Int)},
		{keyColumn("author", on("Name", "Author"), structs.String), keyColumn("boss", on("Name", "Author", "Boss"), structs.String)},
		{keyColumn("cost", field("Price"), structs.Decimal)},
		{keyColumn("id", field("AuthorID"), structs.Int)},
		{keyColumn("answers", field("Replies"), structs.Int)},
		{keyColumn("key", field("ID"), structs.UUID)},
		{keyColumn("day", start(field("At"), expr.Day, "UTC"), structs.Time), keyColumn("hour", start(field("SeenAt"), expr.Hour, "Asia/Kolkata"), structs.Time)},
		{keyColumn("local", start(field("At"), expr.Month, "America/New_York"), structs.Time)},
		{keyColumn("null", lit(nil), structs.String)},
		{keyColumn("length", call(expr.OpLength, field("Title")), structs.Int)},
	}
	for _, unit := range expr.Units() {
		keys = append(keys, []*resource.Attribute{keyColumn("unit", start(field("At"), unit, "Europe/Berlin"), structs.Time)})
	}
	for _, unit := range expr.DayUnits() {
		day := func(name string) expr.Node { return call(expr.OpStartOfDate, field(name), lit(string(unit))) }
		keys = append(keys, []*resource.Attribute{keyColumn("day", day("Day"), structs.Date), keyColumn("until", day("Until"), structs.Date)})
	}
	for _, k := range keys {
		for _, where := range []expr.Node{nil, lit(false), call(expr.OpGt, field("Votes"), lit(int64(0))), call(expr.OpEq, on("Name", "Author"), lit("author1"))} {
			q := groupQuery(w.of("post"), &datalayer.Group{Keys: k, Aggregates: aggregates})
			q.Where, q.Count = where, true
			f.expect(t, f.l, q)
			q.Sort = []expr.Order{{Node: field("n"), Descending: true}, {Node: field("top"), NullsFirst: true}}
			q.Limit, q.More, q.Offset = 3, true, 1
			f.expect(t, f.l, q)
			q.Group.Having = call(expr.OpAnd, call(expr.OpGt, field("n"), lit(int64(1))), call(expr.OpNotNull, field("first")))
			q.Sort, q.Offset = []expr.Order{{Node: call(expr.OpSub, field("n"), field("finished"))}}, 0
			f.expect(t, f.l, q)
		}
	}
}

func groupQuery(r *resource.Resource, g *datalayer.Group) *datalayer.Query {
	return &datalayer.Query{Resource: r, Group: g, Select: g.Columns()}
}

// testGroupAgreement makes groups at random.
func testGroupAgreement(t *testing.T, db Database) {
	w := newWorld(t)
	w.addPosts(24)
	f := newFixture(t, db, w, nil)
	rounds := uint64(200)
	if testing.Short() {
		rounds = 60
	}
	for seed := range rounds {
		g := &generator{rand.New(rand.NewPCG(seed, 11)), w}
		q := g.groupQuery()
		if _, err := w.want(q); errors.Is(err, expr.ErrNotLoaded) {
			t.Fatalf("seed %d: %s: %v", seed, describe(q), err)
		} else if err != nil {
			continue // a number out of range
		}
		if f.expect(t, f.l, q); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func (g *generator) groupQuery() *datalayer.Query {
	r := g.w.of("post")
	scope := []*resource.Resource{r}
	group := &datalayer.Group{}
	for i := range g.IntN(4) {
		k := pick(g, []structs.Kind{structs.String, structs.Bool, structs.Int, structs.Decimal, structs.Time, structs.Duration, structs.UUID})
		group.Keys = append(group.Keys, keyColumn(fmt.Sprintf("k%d", i), g.value(scope, k, 1), k))
	}
	for i := range 1 + g.IntN(3) {
		k := pick(g, []structs.Kind{structs.Int, structs.Duration, structs.Time})
		kind := pick(g, []expr.AggregateKind{expr.AggregateCount, expr.AggregateMin, expr.AggregateMax})
		if k != structs.Time && g.IntN(2) == 0 {
			kind = pick(g, []expr.AggregateKind{expr.AggregateSum, expr.AggregateAvg})
		}
		a := aggregateOf(fmt.Sprintf("a%d", i), kind, g.value(scope, k, 1), k)
		a.Distinct = kind == expr.AggregateCount && g.IntN(2) == 0
		if g.IntN(2) == 0 {
			a.Where = g.condition(scope, 1)
		}
		group.Aggregates = append(group.Aggregates, a)
	}
	q := groupQuery(r, group)
	if g.IntN(2) == 0 {
		q.Where = g.condition(scope, 2)
	}
	if g.IntN(2) == 0 {
		group.Having = call(pick(g, []expr.Op{expr.OpNotNull, expr.OpIsNull}), field(pick(g, q.Select).Name))
	}
	for range g.IntN(3) {
		q.Sort = append(q.Sort, expr.Order{Node: field(pick(g, q.Select).Name), Descending: g.IntN(2) == 0, NullsFirst: g.IntN(2) == 0})
	}
	q.Count, q.Offset = g.IntN(2) == 0, g.IntN(3)
	if g.IntN(2) == 0 {
		q.Limit, q.More = 1+g.IntN(5), g.IntN(2) == 0
	}
	return q
}
