package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Fold is an aggregate that clients may ask for over groups of records.
type Fold struct {
	// Function is what clients write: "count", "count_distinct", "sum", "avg", "min" or "max".
	Function string
	// Of is what it condenses; nil for the number of records.
	Of *resource.Reach

	kind     expr.AggregateKind
	distinct bool
}

// functions are the aggregates in the order in which documents show them.
var functions = []Fold{
	{Function: "count_distinct", kind: expr.AggregateCount, distinct: true},
	{Function: "sum", kind: expr.AggregateSum},
	{Function: "avg", kind: expr.AggregateAvg},
	{Function: "min", kind: expr.AggregateMin},
	{Function: "max", kind: expr.AggregateMax},
}

// Folds are the aggregates that clients may ask for of what a read action finds.
func Folds(a *resource.Action) []Fold {
	if !a.Grouped() {
		return nil
	}
	out := []Fold{{Function: "count", kind: expr.AggregateCount}}
	for _, f := range functions {
		for _, x := range a.Aggregates {
			if slices.Contains(x.Attribute.Aggregable(), f.kind) {
				f.Of = x
				out = append(out, f)
			}
		}
	}
	return out
}

// Name is the name of its column: "count", "sum_spent".
func (f *Fold) Name() string {
	if f.Of == nil {
		return f.Function
	}
	return f.Function + "_" + f.Of.JSON()
}

// Attribute describes the values of the column.
func (f *Fold) Attribute() *resource.Attribute {
	out := &resource.Attribute{Name: f.Name(), JSON: f.Name(), Type: structs.Type{Kind: structs.Int, Name: "int", Bits: 64}}
	if f.kind == expr.AggregateCount {
		return out
	}
	of := f.Of.Attribute.Type
	out.Type = structs.Type{Kind: of.Kind, Name: of.Name, Bits: of.Bits, Nullable: true}
	if f.kind == expr.AggregateSum && of.Kind == structs.Int {
		out.Type.Name = "int64" // however small the summands are
	}
	switch {
	case f.kind == expr.AggregateAvg && of.Kind != structs.Duration:
		out.Type.Kind, out.Type.Bits = structs.Float, 64
	case of.Kind == structs.Int, of.Kind == structs.Float:
		out.Type.Bits = 64
	}
	if f.kind == expr.AggregateMin || f.kind == expr.AggregateMax {
		out.Enum = f.Of.Attribute.Enum
	}
	return out
}

// Grouping collects what a client asks for: by what to group, and what to compute.
type Grouping struct {
	datalayer.Group
	action *resource.Action
}

// NewGrouping is a Grouping without keys and aggregates.
func NewGrouping(a *resource.Action) *Grouping { return &Grouping{action: a} }

// Key groups by a field that the action names. A unit groups times by it, in
// the time zone or, without one, in UTC.
func (g *Grouping) Key(x *resource.Reach, unit expr.Unit, zone string) error {
	attr := *x.Attribute
	attr.Name, attr.JSON, attr.Type.Nullable = x.JSON(), x.JSON(), true
	attr.Expr = x.Node()
	if g.Column(attr.Name) != nil {
		return fmt.Errorf("%s is named twice", attr.Name)
	}
	if unit == "" {
		if zone != "" {
			return fmt.Errorf("%s has a time zone, but no unit of time", attr.Name)
		}
		g.Keys = append(g.Keys, &attr)
		return nil
	}
	if !Temporal(x.Attribute) {
		return fmt.Errorf("%s is no time and no date", attr.Name)
	}
	if !slices.Contains(expr.Units(), unit) {
		return fmt.Errorf("there is no unit %q: there are %s", unit, units())
	}
	if attr.Type.Kind == structs.Date {
		if zone != "" || !slices.Contains(expr.DayUnits(), unit) {
			return fmt.Errorf("%s is a date: it has no time zone, and no unit shorter than a day", attr.Name)
		}
		attr.Expr = expr.Call{Op: expr.OpStartOfDate, Args: []expr.Node{attr.Expr, expr.Literal{Value: string(unit)}}}
		g.Keys = append(g.Keys, &attr)
		return nil
	}
	if zone == "" {
		zone = "UTC"
	}
	if _, err := expr.Zone(zone); err != nil {
		return err
	}
	attr.Expr = expr.Call{Op: expr.OpStartOf, Args: []expr.Node{attr.Expr, expr.Literal{Value: string(unit)}, expr.Literal{Value: zone}}}
	g.Keys = append(g.Keys, &attr)
	return nil
}

// Temporal reports whether the attribute can be grouped by units of time.
func Temporal(attr *resource.Attribute) bool {
	return attr.Type.Kind == structs.Time || attr.Type.Kind == structs.Date
}

func units() string {
	var names []string
	for _, u := range expr.Units() {
		names = append(names, string(u))
	}
	return strings.Join(names, ", ")
}

// Fold computes an aggregate; one that is there already is not computed again.
func (g *Grouping) Fold(f Fold) {
	if g.Column(f.Name()) != nil {
		return
	}
	a := datalayer.Aggregate{Attribute: f.Attribute(), Kind: f.kind, Distinct: f.distinct}
	if f.Of != nil {
		a.Of = f.Of.Node()
	}
	g.Aggregates = append(g.Aggregates, a)
}

// Column is the key or aggregate of that name, or nil.
func (g *Grouping) Column(name string) *resource.Attribute {
	for _, a := range g.Columns() {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// Filter adds a condition on an aggregate to those on groups.
func (g *Grouping) Filter(attr *resource.Attribute, op Operator, value any) error {
	n, err := compare(expr.Field{Name: attr.Name}, op, value)
	if err == nil {
		g.Having = expr.And(g.Having, n)
	}
	return err
}

// FindReach is the field of that JSON name among those that an action names, or nil.
func FindReach(list []*resource.Reach, json string) *resource.Reach {
	for _, x := range list {
		if x.JSON() == json {
			return x
		}
	}
	return nil
}
