package conga

import (
	"fmt"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Option says what a call of a Handle does.
type Option struct {
	apply func(*options) error
}

// options are what the Options of one call add up to.
type options struct {
	res       *resource.Resource
	action    *resource.Action
	within    *resource.Nested   // in a Nesting; action is nil then
	joins     *resource.Resource // whose fields may be inputs of a Nesting too; may be nil
	inputs    []Input
	nested    []NestedInput
	issues    []Issue
	selection Selection
	page      Page
	unchanged bool
	group     *grouping       // of Group alone
	told      func(any) error // of Metadata; may be nil
}

func (h handle) options(action *resource.Action, list []Option) (*options, error) {
	return collect(h.res, action, list)
}

func collect(r *resource.Resource, action *resource.Action, list []Option) (*options, error) {
	o := &options{res: r, action: action}
	for _, opt := range list {
		if err := opt.apply(o); err != nil {
			return nil, internal(fmt.Errorf("option of %s: %w", r.Name, err))
		}
	}
	if len(o.selection.Combine) > 0 && (action == nil || action.Kind != resource.Read) {
		return nil, internal(fmt.Errorf("option of %s: only reads of the records themselves can be combined", r.Name))
	}
	return o, nil
}

func (o *options) arguments() map[string]any {
	if len(o.inputs) == 0 {
		return nil
	}
	out := map[string]any{}
	for _, in := range o.inputs {
		out[in.Attribute.Name] = in.Value
	}
	return out
}

func (o *options) attribute(ptr any) (*resource.Attribute, error) {
	path, member, err := o.res.Find(ptr)
	if err != nil && o.joins != nil {
		path, member, err = o.joins.Find(ptr)
	}
	if err != nil {
		return nil, err
	}
	attr, ok := member.(*resource.Attribute)
	if !ok || len(path) > 0 {
		return nil, fmt.Errorf("the pointer %T is no attribute of %s itself", ptr, o.res.Name)
	}
	return attr, nil
}

// Set gives an input of the action a value. An input that the action does
// not accept makes the call fail with Invalid.
func Set[V any](field *V, v V) Option {
	return Option{func(o *options) error {
		attr, err := o.attribute(field)
		if err != nil {
			return err
		}
		if !o.accepts(attr) {
			o.issues = append(o.issues, Issue{Path: []string{attr.JSON}, Code: "unknown", Message: "is not accepted here"})
			return nil
		}
		o.inputs = append(o.inputs, Input{attr, structs.CanonicalOf(v)})
		return nil
	}}
}

// Args gives the action its arguments: in is a pointer to its struct of arguments.
func Args(in any) Option {
	return Option{func(o *options) error {
		action := o.takes(in)
		if action == nil {
			return fmt.Errorf("%T is not the struct of the action's arguments", in)
		}
		for _, arg := range action.Arguments {
			o.inputs = append(o.inputs, Input{arg, arg.Get(in)})
		}
		return nil
	}}
}

// Where limits the records to those for which the condition holds.
func Where(condition expr.Bool) Option {
	return Option{func(o *options) error {
		n, err := o.res.Resolve(condition.Node())
		o.selection.Where = expr.And(o.selection.Where, n)
		return err
	}}
}

// Sort orders the records, instead of the order of the action.
func Sort(keys ...expr.Order) Option {
	return Option{func(o *options) (err error) {
		if o.group != nil {
			o.group.sort = keys // when all columns are known
			return nil
		}
		o.selection.Sort, err = o.res.ResolveSort(keys)
		return err
	}}
}

// Select limits what is read to these fields and the primary key. Calculated
// and lazy fields are read only when they are named here or in With.
func Select(fields ...any) Option {
	return Option{func(o *options) error {
		o.selection.Select = append(o.selection.Select, o.res.Primary)
		return o.add(fields)
	}}
}

// With reads these calculated or lazy fields in addition: pointers to them, or
// values of expr.With for those that take arguments.
func With(fields ...any) Option {
	return Option{func(o *options) error {
		if o.selection.Select == nil {
			o.selection.Select = o.res.EagerColumns()
		}
		return o.add(fields)
	}}
}

func (o *options) add(fields []any) error {
	for _, f := range fields {
		attr, err := o.selected(f)
		if err != nil {
			return err
		}
		if attr != o.res.Primary {
			o.selection.Select = append(o.selection.Select, attr)
		}
	}
	return nil
}

// selected is the attribute that a pointer stands for, or a calculation with
// the arguments that expr.With gives it.
func (o *options) selected(f any) (*resource.Attribute, error) {
	attr, given := (*resource.Attribute)(nil), map[string]any(nil)
	if v, ok := f.(interface{ Node() expr.Node }); ok {
		n, err := o.res.Resolve(v.Node())
		if err != nil {
			return nil, err
		}
		field, ok := n.(expr.Field)
		if !ok || field.Up > 0 || len(field.Path) > 0 {
			return nil, fmt.Errorf("%s is no field of %s itself", expr.String(n), o.res.Name)
		}
		attr, given = o.res.Attribute(field.Name), field.Args
	} else {
		var err error
		if attr, err = o.attribute(f); err != nil {
			return nil, err
		}
		if given, err = attr.Defaults(); err != nil {
			return nil, err
		}
	}
	if len(attr.Arguments) == 0 {
		return attr, nil
	}
	attr = attr.With(given)
	for _, other := range o.selection.Select {
		if other.Name == attr.Name && !other.Like(attr) {
			return nil, fmt.Errorf("%s.%s is asked for with different arguments, but a record has one field for it", o.res.Name, attr.Name)
		}
	}
	return attr, nil
}

// Load reads the related records too. The options, for a to-many
// relationship, are about them: Where, Sort, Limit, Load and others, with
// pointers to fields of their own resource.
func Load(field any, opts ...Option) Option {
	return Option{func(o *options) error {
		path, member, err := o.res.Find(field)
		if err != nil {
			return err
		}
		rel, ok := member.(*resource.Relationship)
		if !ok {
			return fmt.Errorf("the pointer %T is no relationship", field)
		}
		s := &o.selection
		for _, step := range path {
			s = &s.load(step).Selection
		}
		sub, err := collect(rel.Target, nil, opts)
		if err != nil {
			return err
		}
		l := s.load(rel)
		l.Page = sub.page
		deeper := l.Load
		l.Selection = sub.selection
		l.Load = append(deeper, sub.selection.Load...)
		return nil
	}}
}

// load is the Nested of the relationship, added where it is missing.
func (s *Selection) load(rel *resource.Relationship) *Nested {
	for i := range s.Load {
		if s.Load[i].Relationship == rel {
			return &s.Load[i]
		}
	}
	s.Load = append(s.Load, Nested{Relationship: rel})
	return &s.Load[len(s.Load)-1]
}

// Limit is the number of records of a page.
func Limit(n int) Option { return page(func(p *Page) { p.Limit = n }) }

// Offset skips the first n records.
func Offset(n int) Option { return page(func(p *Page) { p.Offset = n }) }

// After is the page that follows the cursor.
func After(cursor string) Option { return page(func(p *Page) { p.After = cursor }) }

// Before is the page that precedes the cursor.
func Before(cursor string) Option { return page(func(p *Page) { p.Before = cursor }) }

// WithCount counts all matching records too.
func WithCount() Option { return page(func(p *Page) { p.Count = true }) }

func page(f func(*Page)) Option {
	return Option{func(o *options) error {
		f(&o.page)
		return nil
	}}
}

// Inputs are the inputs that options of Set and Args give to the action of
// that name, for forms whose page decides some of them.
func (h HandleOf[P]) Inputs(action string, list ...Option) (*resource.Action, []Input, error) {
	return h.of.inputs(action, list)
}

func (h handle) inputs(action string, list []Option) (*resource.Action, []Input, error) {
	a, err := h.named(action)
	if err != nil {
		return nil, nil, err
	}
	o, err := h.options(a, list)
	if err != nil {
		return nil, nil, err
	}
	if len(o.issues) > 0 {
		return nil, nil, invalid(o.issues...)
	}
	return a, o.inputs, nil
}
