package conga

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// finding is a relationship of which code of the application finds the
// records. Its query is ready when that of its parents is sent; the keys come
// when the parents are there.
type finding struct {
	app    *App
	rel    *resource.Relationship
	at     int // among the loads of the parents
	inputs inputs
	query  *datalayer.Query
	page   Page
	sorted bool // by the caller; otherwise the order is that of the keys
	key    int  // the column of the primary key of the related records
	cursors
	any bool // as in binder
	// tenants are the columns of the tenants of parents and related records,
	// where they have to be the same; nil where there is nothing to compare.
	tenants *[2]int
}

// finding prepares a load of records that code of the application finds.
func (p *plan) finding(l *Nested, of *datalayer.Query, parent *Found, wanted []*resource.Attribute) error {
	rel := l.Relationship
	target := rel.Target
	read := target.PrimaryAction(resource.Read)
	if issue := checkPage(read, l.Page); issue != nil {
		return invalid(*issue)
	}
	q, sub, err := p.query(target, read, &l.Selection, Page{}, rel)
	if err != nil {
		return err
	}
	v, allow := judge(p.b.readable(target))
	if v != allowed {
		q.Where = expr.And(q.Where, allow)
	}
	q.Where = p.b.across(parent.Resource, target, q.Where)
	f := &finding{app: p.app, rel: rel, at: len(parent.loads), query: q, page: l.Page, sorted: l.Sort != nil, any: p.b.any}
	f.key = p.columnFor(target.Primary, q, sub, l.Select)
	f.cursors = cursors{sortKey: target.Type + ":" + parent.Resource.Type + "." + rel.Name, columns: []int{f.key}}
	if target.Primary.Private || target.Primary.Sensitive {
		f.seal = p.app.seal
	}
	sub.cursors = f.cursors
	parent.loads = append(parent.loads, sub)
	parent.findings = append(parent.findings, f)
	from, to := parent.Resource.Tenant.Column(), target.Tenant.Column()
	if p.b.any && from != nil && to != nil {
		f.tenants = &[2]int{p.columnFor(from, of, parent, wanted), p.columnFor(to, q, sub, l.Select)}
	}
	return nil
}

// findingNeeds adds what the functions of findings look at, which may be further loads.
func (p *plan) findingNeeds(q *datalayer.Query, found *Found, wanted []*resource.Attribute) error {
	for _, f := range found.findings {
		var c computed
		var need Selection
		p.need(&c, &need, found.Resource.Primary, q, found, wanted)
		for _, attr := range f.rel.Finder.Needs {
			p.need(&c, &need, attr, q, found, wanted)
		}
		need.follow(f.rel.Finder.Loads)
		f.inputs = c.inputs
		for i := range need.Load {
			at := len(found.loads)
			if err := p.load(&need.Load[i], q, found, wanted); err != nil {
				return err
			}
			f.inputs.loads = append(f.inputs.loads, loaded{need.Load[i].Relationship, at})
		}
	}
	return nil
}

// load prepares a load: as a part of the query, or as something to find later.
func (p *plan) load(l *Nested, q *datalayer.Query, found *Found, wanted []*resource.Attribute) error {
	if l.Relationship.Finder != nil {
		return p.finding(l, q, found, wanted)
	}
	inc, err := p.include(l, q, found)
	q.Include = append(q.Include, inc)
	return err
}

// makeRoom puts empty loads among those of the result, where others are found later.
func (f *Found) makeRoom() {
	if len(f.findings) == 0 || len(f.Related) == len(f.loads) {
		return
	}
	f.Related = slices.Clip(f.Related)
	for _, x := range f.findings {
		f.Related = slices.Insert(f.Related, x.at, &datalayer.Related{})
	}
}

// findRelated runs the findings of a level for the rows that are there.
func (f *Found) findRelated(ctx context.Context, present func(int) bool) error {
	for _, x := range f.findings {
		records, of, err := f.recordsFor(&x.inputs, present)
		if err != nil {
			return err
		}
		keys, err := x.keys(ctx, records)
		if err != nil {
			return err
		}
		related, err := x.read(ctx, f, keys, of)
		if err != nil {
			return err
		}
		f.Related[x.at] = related
		sub := f.loads[x.at]
		sub.Result = related.Result
		sub.attach()
	}
	return nil
}

// keys are what the function finds, each key once for a record.
func (x *finding) keys(ctx context.Context, records []any) (keys [][]any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("relationship %s panicked: %v", x.rel.Name, p)
		}
	}()
	if len(records) == 0 {
		return nil, nil
	}
	if keys, err = x.rel.Finder.Func(x.app.within(ctx), records); err != nil {
		return nil, err
	}
	for i, list := range keys {
		seen := make(map[any]bool, len(list))
		keys[i] = slices.DeleteFunc(list, func(key any) bool {
			again := seen[key] || key == nil
			seen[key] = true
			return again
		})
		if !x.rel.Many() && len(keys[i]) > 1 {
			keys[i] = keys[i][:1]
		}
	}
	return keys, nil
}

// read reads the records with the keys, of which of tells for each row of the
// parents which it has.
func (x *finding) read(ctx context.Context, parents *Found, keys [][]any, of []int) (*datalayer.Related, error) {
	var all []any
	seen := map[any]bool{}
	for _, list := range keys {
		for _, key := range list {
			if !seen[key] {
				seen[key], all = true, append(all, key)
			}
		}
	}
	q := *x.query
	q.Where = expr.And(keyIn(x.rel.Target, all), q.Where)
	if len(all) == 0 {
		q.Where = expr.Literal{Value: false}
	}
	res, err := x.app.sessionOf(ctx, x.any).Read(ctx, &q)
	if err != nil {
		return nil, err
	}
	places, err := placesOf(res, x.key)
	if err != nil {
		return nil, err
	}
	out := &datalayer.Related{From: make([]int32, len(of)), To: make([]int32, len(of))}
	var rows []int
	for parent, i := range of {
		var own []int
		if i >= 0 {
			if own, err = x.of(parents, parent, keys[i], res, places); err != nil {
				return nil, err
			}
		}
		own, err = x.cut(own, res, out)
		if err != nil {
			return nil, err
		}
		out.From[parent] = int32(len(rows)) //nolint:gosec // G115: far fewer rows than that
		rows = append(rows, own...)
		out.To[parent] = int32(len(rows)) //nolint:gosec // G115: likewise
	}
	out.Result = pick(res, rows)
	return out, nil
}

// of are the rows of the result that belong to a parent, in order.
func (x *finding) of(parents *Found, parent int, keys []any, res *datalayer.Result, places map[any]int) ([]int, error) {
	var own []int
	for _, key := range keys {
		row, ok := places[key]
		if ok && x.tenants != nil {
			from, err := parents.Value(parent, x.tenants[0])
			to, err2 := res.Value(row, x.tenants[1])
			if err = errors.Join(err, err2); err != nil {
				return nil, err
			}
			ok = from == to
		}
		if ok {
			own = append(own, row)
		}
	}
	if x.sorted {
		slices.Sort(own) // the statement has ordered them
	}
	return own, nil
}

// cut leaves the page of a parent's records, and notes what lies around it.
func (x *finding) cut(own []int, res *datalayer.Result, out *datalayer.Related) ([]int, error) {
	if x.page.Count {
		out.Counts = append(out.Counts, int64(len(own)))
	}
	from, to := min(x.page.Offset, len(own)), len(own)
	for _, text := range []string{x.page.After, x.page.Before} {
		if text == "" {
			continue
		}
		at, err := x.place(text, own, res)
		if err != nil {
			return nil, err
		}
		if from = at + 1; text == x.page.Before {
			from, to = 0, at
		}
	}
	more := false
	if limit := x.page.Limit; limit > 0 && to-from > limit {
		if more = true; x.page.Before != "" || x.page.Last {
			from = to - limit
		} else {
			to = from + limit
		}
	}
	if x.page.Limit > 0 {
		out.More = append(out.More, more)
	}
	return own[from:to], nil
}

// place is where the record that a cursor names stands among the rows.
func (x *finding) place(cursor string, own []int, res *datalayer.Result) (int, error) {
	name := "after"
	if cursor == x.page.Before {
		name = "before"
	}
	values, err := x.open(cursor)
	if err == nil && len(values) == 1 {
		for i, row := range own {
			if key, err := res.Value(row, x.key); err == nil && key == values[0] {
				return i, nil
			}
		}
	}
	return 0, invalid(resource.Issue{Path: []string{"page", name}, Code: "cursor", Message: "is no cursor of this list in this order"})
}

// pick is a result of some rows of another, in another order, some of them
// perhaps several times.
func pick(res *datalayer.Result, rows []int) *datalayer.Result {
	out := &datalayer.Result{Rows: picked{res.Rows, rows}, Columns: res.Columns, Count: -1}
	for _, rel := range res.Related {
		own := &datalayer.Related{Result: rel.Result}
		if rel.From == nil {
			own.Result = pick(rel.Result, rows)
			own.Present = func(row int) bool { return rel.Present(rows[row]) }
			out.Related = append(out.Related, own)
			continue
		}
		for _, row := range rows {
			own.From, own.To = append(own.From, rel.From[row]), append(own.To, rel.To[row])
			if rel.More != nil {
				own.More = append(own.More, rel.More[row])
			}
			if rel.Counts != nil {
				own.Counts = append(own.Counts, rel.Counts[row])
			}
		}
		if own.From == nil {
			own.From, own.To = []int32{}, []int32{}
		}
		out.Related = append(out.Related, own)
	}
	return out
}

var _ datalayer.Rows = picked{}

// picked shows some rows of others.
type picked struct {
	rows datalayer.Rows
	at   []int
}

// Len is the number of rows; the others ask the underlying row.
func (p picked) Len() int { return len(p.at) }

// Null is that of the underlying row; so are Value, Scan and AppendJSON.
func (p picked) Null(row, col int) bool { return p.rows.Null(p.at[row], col) }

// Value is that of the underlying row.
func (p picked) Value(row, col int) (any, error) { return p.rows.Value(p.at[row], col) }

// Scan is that of the underlying row.
func (p picked) Scan(row, col int, rec any) error { return p.rows.Scan(p.at[row], col, rec) }

// AppendJSON is that of the underlying row.
func (p picked) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	return p.rows.AppendJSON(dst, p.at[row], col)
}

// Release is that of the rows.
func (p picked) Release() {
	if rows, ok := p.rows.(datalayer.Releaser); ok {
		rows.Release()
	}
}
