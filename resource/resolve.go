package resource

import (
	"errors"
	"fmt"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// resolver turns the pointers of an expression into references. Its scopes
// are the records around an expression, innermost last.
type resolver struct {
	scopes []scope
	actors []*actorProbe
	args   *structs.Probe
	// used is told of the attributes that the expression speaks of, while the
	// model is not complete; nil afterwards.
	used func(a *Attribute, given bool)
	// naming is told of the variants that are compared with, likewise.
	naming func(is *structs.Union, names []string)
	// wrote is told of SQL, likewise.
	wrote func(*expr.Written)
	// followed is told of the relationships in the same way.
	followed func(rel *Relationship)
}

type scope struct {
	resource *Resource
	probe    *structs.Probe
}

// actorProbe is the probe that Actor gave out for one type of actor.
type actorProbe struct {
	shape *structs.Struct
	probe *structs.Probe
}

// Resolve turns an expression over the probe of r into one that layers and
// Eval understand. The error names what could not be resolved.
func (r *Resource) Resolve(n expr.Node) (expr.Node, error) {
	return (&resolver{scopes: []scope{{r, r.probe}}}).resolve(n)
}

// ResolveSort does the same for the keys of a sort.
func (r *Resource) ResolveSort(sort []expr.Order) ([]expr.Order, error) {
	return (&resolver{scopes: []scope{{r, r.probe}}}).orders(sort)
}

// Find is the attribute or relationship that a pointer into the probe stands
// for, with the to-one relationships that lead to it.
func (r *Resource) Find(ptr any) (path []*Relationship, member any, err error) {
	t, ok := r.probe.Find(ptr)
	if !ok || t.Field == nil {
		return nil, nil, fmt.Errorf("the pointer %T is no field of %s", ptr, r.Name)
	}
	at := r
	for _, f := range t.Path {
		rel := at.Relationship(f.Name)
		if rel == nil {
			return nil, nil, fmt.Errorf("%s.%s is no relationship", at.Name, f.Name)
		}
		path = append(path, rel)
		at = rel.Target
	}
	if m := at.byName[t.Field.Name]; m != nil {
		return path, m, nil
	}
	return nil, nil, fmt.Errorf("%s.%s is neither attribute nor relationship", at.Name, t.Field.Name)
}

func (r *resolver) resolve(n expr.Node) (expr.Node, error) {
	return expr.Map(n, func(n expr.Node) (expr.Node, error) {
		switch x := n.(type) {
		case expr.Ref:
			return r.ref(x)
		case expr.Literal:
			return expr.Literal{Value: structs.Canonical(x.Value)}, nil
		case expr.List:
			out := expr.List{Values: make([]any, len(x.Values))}
			for i, v := range x.Values {
				out.Values[i] = structs.Canonical(v)
			}
			return out, nil
		case *expr.Related:
			return r.related(x)
		case expr.Fact:
			return r.fact(x)
		case *expr.Written:
			if r.wrote != nil {
				r.wrote(x)
			}
		case expr.Call:
			return r.call(x)
		}
		return n, nil
	})
}

func (r *resolver) call(c expr.Call) (expr.Node, error) {
	if c.Op == expr.OpVariant {
		return r.variant(c)
	}
	n, err := comparison(c)
	if err == nil && len(c.Args) > 0 {
		err = r.named(c)
	}
	return n, err
}

func (r *resolver) orders(sort []expr.Order) ([]expr.Order, error) {
	out := make([]expr.Order, len(sort))
	for i, o := range sort {
		n, err := r.resolve(o.Node)
		if err != nil {
			return nil, err
		}
		if _, ok := n.(expr.Literal); ok {
			return nil, errors.New("a sort key is no field: was the probe copied?")
		}
		o.Node = n
		out[i] = o
	}
	return out, nil
}

// comparison makes a comparison with a nil that was written in Go the
// question for NULL that was meant.
func comparison(c expr.Call) (expr.Node, error) {
	if c.Op == expr.OpEq || c.Op == expr.OpNe {
		op := expr.OpIsNull
		if c.Op == expr.OpNe {
			op = expr.OpNotNull
		}
		if l, ok := c.Args[1].(expr.Literal); ok && l.Value == nil {
			c = expr.Call{Op: op, Args: c.Args[:1]}
		}
	}
	return c, checkCall(c)
}

// checkCall refuses comparisons of two constants, which a copied probe gives.
func checkCall(c expr.Call) error {
	switch c.Op {
	case expr.OpSQL:
		return expr.CheckSQL(c)
	case expr.OpStartOf, expr.OpStartOfDate, expr.OpExtract, expr.OpAddUnits:
		return expr.CheckClock(c)
	case expr.OpEq, expr.OpNe, expr.OpLt, expr.OpLe, expr.OpGt, expr.OpGe, expr.OpIn, expr.OpIsNull, expr.OpNotNull,
		expr.OpContains, expr.OpStartsWith, expr.OpEndsWith, expr.OpHas, expr.OpHasAny, expr.OpHasAll:
		for _, a := range c.Args {
			switch a.(type) {
			case expr.Literal, expr.List:
			default:
				return nil
			}
		}
		return fmt.Errorf("%s compares constants and no field: was the probe copied?", c.Op)
	}
	return nil
}

func (r *resolver) ref(x expr.Ref) (expr.Node, error) {
	for up := range r.scopes {
		s := r.scopes[len(r.scopes)-1-up]
		if t, ok := s.probe.Find(x.Ptr); ok {
			return r.field(s.resource, t, up, x.Args)
		}
	}
	for _, a := range r.actors {
		if t, ok := a.probe.Find(x.Ptr); ok {
			if t.Field == nil || len(t.Path) > 0 || t.Field.Role != structs.Column {
				return nil, errors.New("only the actor's own fields are known: its relationships are not loaded")
			}
			return expr.Actor{Type: a.shape.FullName, Name: t.Field.Name}, nil
		}
	}
	if r.args != nil {
		if t, ok := r.args.Find(x.Ptr); ok && t.Field != nil {
			return expr.Argument{Name: t.Field.Name}, nil
		}
	}
	return expr.Literal{Value: structs.CanonicalAt(x.Ptr, x.Deref())}, nil
}

// field is the reference to an attribute that a pointer into the probe of r
// stands for, with the arguments of a calculation.
func (r *resolver) field(from *Resource, t structs.Target, up int, args any) (expr.Node, error) {
	if t.Field == nil {
		return nil, fmt.Errorf("a pointer to the whole record is no value: point at one of its fields")
	}
	out := expr.Field{Up: up, Name: t.Field.Name}
	at := from
	for _, f := range t.Path {
		rel := at.Relationship(f.Name)
		if rel == nil {
			return nil, fmt.Errorf("%s.%s is no relationship", at.Name, f.Name)
		}
		if err := r.follows(rel); err != nil {
			return nil, err
		}
		out.Path = append(out.Path, f.Name)
		at = rel.Target
	}
	a := at.Attribute(t.Field.Name)
	if a == nil {
		return nil, fmt.Errorf("%s.%s is no attribute", at.Name, t.Field.Name)
	}
	if r.used != nil {
		r.used(a, args != nil)
	} else if a.Compute != nil {
		return nil, fmt.Errorf("%s.%s %w", at.Name, a.Name, errComputed)
	}
	if args == nil && (len(a.Arguments) == 0 || r.used != nil) {
		return out, nil // those that Define has not declared yet have their defaults when they are bound
	}
	var err error
	out.Args, err = a.arguments(args)
	return out, err
}

func (r *resolver) related(x *expr.Related) (expr.Node, error) {
	if x.Record != nil {
		return r.records(x)
	}
	for up := range r.scopes {
		s := r.scopes[len(r.scopes)-1-up]
		t, ok := s.probe.Find(x.Rel.Ptr)
		if !ok {
			continue
		}
		out := &expr.Aggregate{Kind: x.Kind, Distinct: x.Distinct, Up: up}
		at := s.resource
		for _, f := range append(append([]*structs.Field(nil), t.Path...), t.Field) {
			var rel *Relationship
			if f != nil {
				rel = at.Relationship(f.Name)
			}
			if rel == nil {
				return nil, fmt.Errorf("%s has no such relationship to aggregate", at.Name)
			}
			if err := r.follows(rel); err != nil {
				return nil, err
			}
			out.Path = append(out.Path, f.Name)
			at = rel.Target
		}
		return out, r.inside(at, x, out)
	}
	return nil, errors.New("the aggregate's first argument is no relationship of the resource: was the probe copied?")
}

// inside resolves the parts of an aggregate in the scope of the related record.
func (r *resolver) inside(target *Resource, x *expr.Related, out *expr.Aggregate) (err error) {
	probe := target.shape.NewProbe()
	r.scopes = append(r.scopes, scope{target, probe})
	defer func() { r.scopes = r.scopes[:len(r.scopes)-1] }()
	if x.Of != nil {
		if out.Of, err = r.resolve(x.Of(probe.Value)); err != nil {
			return err
		}
	}
	if c, ok := out.Of.(expr.Call); x.Kind == expr.AggregateWritten && (!ok || c.Op != expr.OpSQL) {
		return errors.New("the function of AggregateSQL must return an expr.SQL")
	}
	if x.Where != nil {
		if out.Where, err = r.resolve(x.Where(probe.Value)); err != nil {
			return err
		}
	}
	if x.Sort != nil {
		out.Sort, err = r.orders(x.Sort(probe.Value))
	}
	return err
}
