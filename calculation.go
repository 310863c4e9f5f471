package conga

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// calculation is the expression of a calculation, bound, with its arguments.
func (b *binder) calculation(r *resource.Resource, attr *resource.Attribute, given map[string]any) expr.Node {
	if len(attr.Arguments) == 0 {
		return b.bind(r, attr.Expr, derived)
	}
	if given == nil {
		given, _ = attr.Defaults() // what is required and missing was refused before, and else is NULL
	}
	inner := *b
	inner.arguments = given
	n := inner.bind(r, attr.Expr, derived)
	b.fault = inner.fault
	return n
}

// Evaluate is the value of an expression for a record in memory, which need not
// be in the database: a calculation, for example, with values made up by hand.
// The expression may speak of fields of the record, of records loaded into it,
// of the actor of ctx and of the present time. The error says so when the
// value cannot be told without the database.
//
//	label, err := conga.Evaluate(ctx, users, expr.F(&f.Label), &User{Name: "Ann"})
func Evaluate[P, V any](ctx context.Context, h HandleOf[P], value expr.Value[V], record P) (V, error) {
	var zero V
	v, err := h.of.evaluate(ctx, value.Node(), record)
	if err != nil {
		return zero, err
	}
	if zero, err = native[V](v); err != nil {
		return zero, internal(fmt.Errorf("evaluate for %s: %w", h.of.res.Name, err))
	}
	return zero, nil
}

func (h handle) evaluate(ctx context.Context, n expr.Node, record any) (any, error) {
	if h.res == nil {
		return nil, internal(fmt.Errorf("%T is no resource of the application", record))
	}
	n, err := h.res.Resolve(n)
	if err != nil {
		return nil, internal(fmt.Errorf("evaluate for %s: %w", h.res.Name, err))
	}
	n = h.app.binder(ctx, nil).bind(h.res, n, visible)
	v, err := expr.Eval(n, recordEnv{h.res, record, true})
	if errors.Is(err, expr.ErrNotLoaded) {
		return nil, internal(fmt.Errorf("evaluate %s: the value cannot be told without the database", expr.String(n)))
	}
	if err != nil {
		return nil, internal(fmt.Errorf("evaluate %s: %w", expr.String(n), err))
	}
	return v, nil
}

// native is a canonical value as Go has it.
func native[V any](v any) (V, error) {
	var out struct{ Value V }
	err := structs.OfValue(&out).Field("Value").Set(&out, v)
	return out.Value, err
}

// computed is what code of the application computes for the rows of a result.
type computed struct {
	steps []computing // in an order in which each has what it needs
	inputs
}

// inputs are where the records come from that code of the application gets:
// their columns, that of the primary key first, and what is loaded into them.
type inputs struct {
	columns []needed
	loads   []loaded
}

// computing is one calculation, and the columns that show it.
type computing struct {
	attr    *resource.Attribute
	columns []int
}

type needed struct {
	attr   *resource.Attribute
	column int
}

// loaded is a relationship that was loaded for computations, the at-th of the result.
type loaded struct {
	rel *resource.Relationship
	at  int
}

// compute prepares the calculations among the selected attributes that code of
// the application computes: it adds to the query what they need.
func (p *plan) compute(r *resource.Resource, wanted []*resource.Attribute, q *datalayer.Query, found *Found) error {
	var c *computed
	var need Selection
	for i, attr := range wanted {
		if attr.Compute == nil {
			continue
		}
		if c == nil {
			c = &computed{}
			p.need(c, &need, r.Primary, q, found, wanted)
		}
		p.need(c, &need, attr, q, found, wanted)
		for j := range c.steps {
			if c.steps[j].attr == attr {
				c.steps[j].columns = append(c.steps[j].columns, i)
			}
		}
	}
	if c == nil {
		return nil
	}
	found.computed = c
	for i := range need.Load {
		c.loads = append(c.loads, loaded{need.Load[i].Relationship, len(found.loads)})
		if err := p.load(&need.Load[i], q, found, wanted); err != nil {
			return err
		}
	}
	return nil
}

// need adds an attribute to what computations look at, once, and before it
// what it needs itself.
func (p *plan) need(c *computed, s *Selection, attr *resource.Attribute, q *datalayer.Query, found *Found, wanted []*resource.Attribute) {
	if attr.Compute == nil {
		for _, n := range c.columns {
			if n.attr == attr {
				return
			}
		}
		c.columns = append(c.columns, needed{attr, p.columnFor(attr, q, found, wanted)})
		return
	}
	for _, step := range c.steps {
		if step.attr == attr {
			return
		}
	}
	for _, n := range attr.Compute.Needs {
		p.need(c, s, n, q, found, wanted)
	}
	s.follow(attr.Compute.Loads)
	c.steps = append(c.steps, computing{attr: attr})
}

// follow loads what is at the ends of paths.
func (s *Selection) follow(paths []resource.Path) {
	for _, path := range paths {
		at := s
		for _, step := range path.Steps {
			l := at.load(step)
			if l.Select == nil {
				l.Select = step.Target.EagerColumns()
			}
			at = &l.Selection
		}
		if path.Attribute != nil && (path.Attribute.Expr != nil || path.Attribute.Lazy) {
			at.Select = append(slices.Clip(at.Select), path.Attribute)
		}
	}
}

// columnFor is where the value of an attribute stands that is not veiled; a
// column that nobody sees is added where it is missing.
func (p *plan) columnFor(attr *resource.Attribute, q *datalayer.Query, found *Found, wanted []*resource.Attribute) int {
	for i, w := range wanted {
		if w == attr && (found.masks == nil || found.masks[i].verdict == allowed) {
			return i
		}
	}
	hidden := *p.columns(q.Resource, []*resource.Attribute{attr})[0]
	hidden.Name = ""
	q.Select = append(q.Select, &hidden)
	return len(q.Select) - 1
}

// compute runs the computations of a result and of what was loaded with it.
func (f *Found) compute(ctx context.Context) error {
	return f.computeRows(ctx, func(int) bool { return true })
}

func (f *Found) computeRows(ctx context.Context, present func(int) bool) error {
	if err := f.findRelated(ctx, present); err != nil {
		return err
	}
	for i, sub := range f.loads {
		there := f.Related[i].Present
		if there == nil {
			there = func(int) bool { return true }
		}
		if err := sub.computeRows(ctx, there); err != nil {
			return err
		}
	}
	if f.computed == nil {
		return nil
	}
	records, of, err := f.recordsFor(&f.computed.inputs, present)
	if err != nil {
		return err
	}
	rows := computedRows{Rows: f.Rows, columns: map[int]computedColumn{}}
	for _, step := range f.computed.steps {
		values, err := runComputation(ctx, step.attr, records)
		if err != nil {
			return err
		}
		for i, rec := range records {
			if err := step.attr.Set(rec, values[i]); err != nil {
				return fmt.Errorf("calculation %s: %w", step.attr.Name, err)
			}
		}
		for _, col := range step.columns {
			shown := make([]any, f.Len())
			for row, i := range of {
				if i >= 0 && !f.Hidden(row, col) {
					shown[row] = values[i]
				}
			}
			rows.columns[col] = computedColumn{step.attr, shown}
		}
	}
	f.Rows = rows
	return nil
}

// runComputation runs one computation, with a panic as an error of this call alone.
func runComputation(ctx context.Context, attr *resource.Attribute, records []any) (values []any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("calculation %s panicked: %v\n%s", attr.Name, p, debug.Stack())
		}
	}()
	if len(records) == 0 {
		return nil, nil
	}
	return attr.Compute.Func(ctx, records)
}

// recordsFor are the records that code of the application looks at, each once however many
// rows show it, and which of them each row shows; -1 where it shows none.
func (f *Found) recordsFor(in *inputs, present func(int) bool) (records []any, of []int, err error) {
	of, seen := make([]int, f.Len()), map[any]int{}
	for row := range of {
		if of[row] = -1; !present(row) {
			continue
		}
		key, err := f.Value(row, in.columns[0].column)
		if err != nil {
			return nil, nil, err
		}
		i, known := seen[key]
		if !known {
			rec, err := f.input(in, row)
			if err != nil {
				return nil, nil, err
			}
			i = len(records)
			seen[key], records = i, append(records, rec)
		}
		of[row] = i
	}
	return records, of, nil
}

func (f *Found) input(in *inputs, row int) (any, error) {
	rec := f.Resource.New()
	for _, n := range in.columns {
		if err := f.Scan(row, n.column, rec); err != nil {
			return nil, err
		}
	}
	for _, l := range in.loads {
		if err := f.load(rec, l.rel, l.at, row); err != nil {
			return nil, err
		}
	}
	return rec, nil
}

// computations are what is computed of the rows, and of those loaded with them.
func (f *Found) computations(out []Computed) []Computed {
	c := Computed{Resource: f.Resource}
	if f.computed != nil {
		for _, step := range f.computed.steps {
			c.Attributes = append(c.Attributes, step.attr)
		}
	}
	for _, x := range f.findings {
		c.Relationships = append(c.Relationships, x.rel)
	}
	if len(c.Attributes)+len(c.Relationships) > 0 {
		out = append(out, c)
	}
	for _, sub := range f.loads {
		out = sub.computations(out)
	}
	return out
}

var _ datalayer.Rows = computedRows{}

// computedRows shows rows with the values of some columns from memory.
type computedRows struct {
	datalayer.Rows
	columns map[int]computedColumn
}

type computedColumn struct {
	attr   *resource.Attribute
	values []any
}

// Null is true for what was computed to be nil.
func (c computedRows) Null(row, col int) bool {
	if own, ok := c.columns[col]; ok {
		return own.values[row] == nil
	}
	return c.Rows.Null(row, col)
}

// Value is the computed one.
func (c computedRows) Value(row, col int) (any, error) {
	if own, ok := c.columns[col]; ok {
		return own.values[row], nil
	}
	return c.Rows.Value(row, col)
}

// Scan stores the computed value.
func (c computedRows) Scan(row, col int, rec any) error {
	own, ok := c.columns[col]
	switch {
	case !ok:
		return c.Rows.Scan(row, col, rec)
	case own.values[row] == nil:
		return nil // hidden, or there is no record
	}
	return own.attr.Set(rec, own.values[row])
}

// AppendJSON appends the computed value.
func (c computedRows) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	if own, ok := c.columns[col]; ok {
		return wire.AppendValue(dst, own.attr.Type, own.values[row])
	}
	return c.Rows.AppendJSON(dst, row, col)
}

// Release is that of the rows.
func (c computedRows) Release() {
	if rows, ok := c.Rows.(datalayer.Releaser); ok {
		rows.Release()
	}
}
