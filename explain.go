package conga

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Explanation is what a read would do.
type Explanation struct {
	// Statements are what the database would be sent, with the arguments, in
	// which the policies are, and with the plan that it makes of each.
	Statements []datalayer.Plan
	// Flights is how many times the application would wait for the database.
	Flights int
	// Computed are what Go code computes and finds for each page, by resource.
	Computed []Computed
	// Hints are indexes that are missing.
	Hints []Hint
}

// Computed are calculations of one resource that Go code computes, in order,
// and relationships of which it finds the records.
type Computed struct {
	Resource      *resource.Resource
	Attributes    []*resource.Attribute
	Relationships []*resource.Relationship
}

// String is the calculations and relationships for people.
func (c Computed) String() string {
	var computes, finds, out []string
	for _, attr := range c.Attributes {
		computes = append(computes, attr.Name)
	}
	for _, rel := range c.Relationships {
		finds = append(finds, rel.Name)
	}
	if computes != nil {
		out = append(out, "computes "+strings.Join(computes, ", "))
	}
	if finds != nil {
		out = append(out, "finds "+strings.Join(finds, ", "))
	}
	return "Go " + strings.Join(out, " and ") + " of " + c.Resource.Name
}

// Hint says that a table is read whole, and that no index leads with an
// attribute that the read looks at.
type Hint struct {
	Attribute *resource.Attribute
	Resource  *resource.Resource
	// Use is what the read does with the attribute: "condition", "sort" or "relationship".
	Use string
}

// String is the hint for people, with a declaration that helps.
func (h Hint) String() string {
	return fmt.Sprintf("%s is read whole, and no index leads with %s (%s); consider r.Index(%q, &x.%s)",
		h.Resource.Table, h.Attribute.Column, h.Use, h.Resource.Table+"_"+h.Attribute.Column+"_idx", h.Attribute.Name)
}

// String is the explanation for people, with the arguments.
func (e *Explanation) String() string {
	var b strings.Builder
	for i, s := range e.Statements {
		if i == 0 || s.Flight != e.Statements[i-1].Flight {
			fmt.Fprintf(&b, "flight %d of %d\n", s.Flight+1, e.Flights)
		}
		fmt.Fprintf(&b, "  %s\n", s.SQL)
		if len(s.Args) > 0 {
			fmt.Fprintf(&b, "  with %v\n", s.Args)
		}
		for line := range strings.Lines(s.Text) {
			b.WriteString("    " + strings.TrimRight(line, "\n") + "\n")
		}
	}
	for _, c := range e.Computed {
		fmt.Fprintf(&b, "%s\n", c)
	}
	for _, h := range e.Hints {
		fmt.Fprintf(&b, "hint: %s\n", h)
	}
	return b.String()
}

// Explain tells what Find would do for the actor of ctx, and does not do it.
// It is for people who develop: it shows the arguments of statements, but for
// those that are compared with sensitive attributes.
func (a *App) Explain(ctx context.Context, f *Find) (*Explanation, error) {
	if f.Action.ManualRead != nil {
		return nil, internal(fmt.Errorf("the function at %s finds the records of %s: there is no statement to explain", f.Action.ManualAt, f.Action.Name))
	}
	page := f.Page
	if page.Limit == 0 && f.Key == nil {
		page.Limit = f.Action.PageSize
	}
	q, found, err := a.queryOf(ctx, f, page)
	if err != nil {
		return nil, err
	}
	p, ok := a.layer.(datalayer.Planner)
	if !ok {
		return nil, internal(errors.New("the data layer cannot explain"))
	}
	e := &Explanation{Computed: found.computations(nil)}
	if e.Statements, err = p.Plan(ctx, q); err != nil {
		return nil, a.failure(ctx, err)
	}
	arguments, _ := a.readArguments(f)
	secret := a.binder(ctx, arguments).secretsOf(f.Action)
	secret.given(f.Select)
	secret.query(q)
	for i := range e.Statements {
		s := &e.Statements[i]
		secret.hide(&s.Statement)
		s.Text = secret.text(s.Text)
		e.Flights = max(e.Flights, s.Flight+1)
	}
	if err := e.hint(ctx, p, q); err != nil {
		return nil, a.failure(ctx, err)
	}
	return e, nil
}

// Explain tells what Read would do with the same options, see App.Explain.
func (h HandleOf[P]) Explain(ctx context.Context, action string, options ...Option) (*Explanation, error) {
	f, err := h.of.finding(action, options)
	if err != nil {
		return nil, err
	}
	return h.of.app.Explain(ctx, f)
}

// hint looks for indexes that would spare reading a whole table.
func (e *Explanation) hint(ctx context.Context, p datalayer.Planner, q *datalayer.Query) error {
	var scanned []string
	for _, s := range e.Statements {
		scanned = append(scanned, s.Scans...)
	}
	if len(scanned) == 0 {
		return nil
	}
	var u uses
	u.query(q)
	indexes, err := p.Indexes(ctx, scanned)
	if err != nil {
		return err
	}
	for _, h := range u.list {
		led := slices.ContainsFunc(indexes[h.Resource.Table], func(x datalayer.Index) bool {
			return len(x.Columns) > 0 && x.Columns[0] == h.Attribute.Column && !x.Partial
		})
		if !led && slices.Contains(scanned, h.Resource.Table) {
			e.Hints = append(e.Hints, h)
		}
	}
	return nil
}

// uses are the attributes that a query looks at in a way that an index can serve.
type uses struct{ list []Hint }

func (u *uses) add(r *resource.Resource, attr *resource.Attribute, use string) {
	// An index over two values spares nothing.
	if attr == nil || attr.Expr != nil || attr.Primary || attr.Type.Kind == structs.Bool {
		return
	}
	if !slices.ContainsFunc(u.list, func(h Hint) bool { return h.Attribute == attr }) {
		u.list = append(u.list, Hint{attr, r, use})
	}
}

func (u *uses) query(q *datalayer.Query) {
	scope := []*resource.Resource{q.Resource}
	u.condition(scope, q.Where)
	if len(q.Sort) > 0 && q.Limit > 0 && q.Group == nil {
		u.operand(scope, q.Sort[0].Node, "sort")
	}
	for _, attr := range q.Select {
		u.aggregates(scope, attr.Expr)
	}
	for _, inc := range q.Include {
		u.key(inc.Relationship)
		u.query(inc.Query)
	}
}

// key is what the records of a relationship are found by.
func (u *uses) key(rel *resource.Relationship) {
	if rel.Through != nil {
		u.add(rel.Through, rel.ThroughSource, "relationship")
		return
	}
	for _, step := range rel.Steps {
		u.key(step)
	}
	u.add(rel.Target, rel.Destination, "relationship")
}

// condition takes up comparisons; those that are negated serve no index.
func (u *uses) condition(scopes []*resource.Resource, n expr.Node) {
	c, ok := n.(expr.Call)
	if !ok {
		u.aggregates(scopes, n)
		return
	}
	for _, arg := range c.Args {
		switch c.Op {
		case expr.OpAnd, expr.OpOr:
			u.condition(scopes, arg)
		case expr.OpEq, expr.OpLt, expr.OpLe, expr.OpGt, expr.OpGe, expr.OpIn, expr.OpIsNull, expr.OpStartsWith:
			u.operand(scopes, arg, "condition")
		default:
			u.aggregates(scopes, arg)
		}
	}
}

func (u *uses) operand(scopes []*resource.Resource, n expr.Node, use string) {
	if c, ok := n.(expr.Call); ok && c.Op == expr.OpIf && use == "condition" { // of a field that is seen in some records alone
		if l, masked := c.Args[2].(expr.Literal); masked && l.Value == nil {
			u.operand(scopes, c.Args[1], use)
			return
		}
	}
	f, ok := n.(expr.Field)
	if !ok {
		u.aggregates(scopes, n)
		return
	}
	r := follow(scopes[len(scopes)-1-f.Up], f.Path)
	u.add(r, r.Attribute(f.Name), use)
}

// aggregates takes up what the aggregates within n look at.
func (u *uses) aggregates(scopes []*resource.Resource, n expr.Node) {
	switch x := n.(type) {
	case expr.Call:
		for _, arg := range x.Args {
			u.aggregates(scopes, arg)
		}
	case *expr.Aggregate:
		last := len(x.Path) - 1
		rel := follow(scopes[len(scopes)-1-x.Up], x.Path[:last]).Relationship(x.Path[last])
		u.key(rel)
		inner := append(slices.Clip(scopes), rel.Target)
		u.condition(inner, x.Where)
		u.aggregates(inner, x.Of)
	}
}
