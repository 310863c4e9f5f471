package resource

import (
	"context"
	"fmt"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// The pages of a read whose action does not say otherwise.
const (
	DefaultPageSize = 50
	DefaultMaxPage  = 250
)

// actionBuilder is what the builders of all kinds of actions have in common.
type actionBuilder struct {
	d *declaration
	a *Action
}

func (d *declaration) action(kind ActionKind, name string) actionBuilder {
	a := &Action{Name: name, Kind: kind, Resource: d.res, Where: where()}
	if prev := d.res.Action(name); prev != nil {
		d.fault(codeName, name, "there are two actions of this name", "the other is at "+prev.Where)
	}
	if !isName(name) {
		d.fault(codeName, name, "an action's name has lower-case letters, digits and underscores alone", "")
	}
	d.res.Actions = append(d.res.Actions, a)
	return actionBuilder{d, a}
}

func isName(s string) bool {
	for i, r := range s {
		if !(r >= 'a' && r <= 'z' || r == '_' && i > 0 || r >= '0' && r <= '9' && i > 0) {
			return false
		}
	}
	return s != ""
}

func (b actionBuilder) builder() actionBuilder { return b }

// ReadBuilder declares a read action.
type ReadBuilder[T any] struct{ actionBuilder }

// Read declares an action that finds records.
func (b *Builder[T]) Read(name string) *ReadBuilder[T] {
	r := &ReadBuilder[T]{b.d.action(Read, name)}
	r.a.PageSize, r.a.MaxPage = DefaultPageSize, DefaultMaxPage
	return r
}

// Primary marks the action that is used where none is named.
func (b *ReadBuilder[T]) Primary() *ReadBuilder[T] { b.a.Primary = true; return b }

// Private keeps the action from REST, GraphQL and forms.
func (b *ReadBuilder[T]) Private() *ReadBuilder[T] { b.a.Private = true; return b }

// Describe sets the description for API documents.
func (b *ReadBuilder[T]) Describe(text string) *ReadBuilder[T] { b.a.Description = text; return b }

// Filter limits the action to records for which the condition holds. It may
// speak of the actor and of arguments.
func (b *ReadBuilder[T]) Filter(condition expr.Bool) *ReadBuilder[T] {
	scoped := *b.d
	scoped.args = b.a.args
	b.a.Filter = expr.And(b.a.Filter, scoped.expression(b.a.Name, condition.Node()))
	return b
}

// Sort is the order of the records when the caller asks for none.
func (b *ReadBuilder[T]) Sort(keys ...expr.Order) *ReadBuilder[T] {
	sort, err := b.d.orders(keys)
	if err != nil {
		b.d.fault(codeExpression, b.a.Name, err.Error(), "")
	}
	b.a.Sort = sort
	return b
}

// Page is the number of records of a page when the caller asks for none; the
// default is DefaultPageSize.
func (b *ReadBuilder[T]) Page(size int) *ReadBuilder[T] {
	if size < 1 {
		b.d.fault(codeAction, b.a.Name, fmt.Sprintf("a page of %d records is none", size), "")
		return b
	}
	b.a.PageSize = size
	b.a.MaxPage = max(b.a.MaxPage, size)
	return b
}

// MaxPage is the largest page that a caller may ask for; the default is DefaultMaxPage.
func (b *ReadBuilder[T]) MaxPage(size int) *ReadBuilder[T] {
	b.a.MaxPage = max(1, size)
	b.a.PageSize = min(b.a.PageSize, b.a.MaxPage)
	return b
}

// WriteBuilder declares a create, update or destroy action.
type WriteBuilder[T any] struct{ actionBuilder }

// Create declares an action that makes a record.
func (b *Builder[T]) Create(name string) *WriteBuilder[T] {
	return &WriteBuilder[T]{b.d.action(Create, name)}
}

// Update declares an action that changes a record.
func (b *Builder[T]) Update(name string) *WriteBuilder[T] {
	return &WriteBuilder[T]{b.d.action(Update, name)}
}

// Destroy declares an action that removes a record.
func (b *Builder[T]) Destroy(name string) *WriteBuilder[T] {
	return &WriteBuilder[T]{b.d.action(Destroy, name)}
}

// Primary marks the action that is used where none is named.
func (b *WriteBuilder[T]) Primary() *WriteBuilder[T] { b.a.Primary = true; return b }

// Private keeps the action from REST, GraphQL and forms.
func (b *WriteBuilder[T]) Private() *WriteBuilder[T] { b.a.Private = true; return b }

// Describe sets the description for API documents.
func (b *WriteBuilder[T]) Describe(text string) *WriteBuilder[T] { b.a.Description = text; return b }

// Accept makes the fields inputs of the action. Nothing else is accepted.
func (b *WriteBuilder[T]) Accept(fields ...any) *WriteBuilder[T] {
	for _, f := range fields {
		a := b.d.attribute(b.a.Name, f)
		if a == nil {
			continue
		}
		if problem := b.refuse(a); problem != "" {
			b.d.fault(codeAction, b.a.Name, a.Name+" "+problem, "")
			continue
		}
		b.a.Accept = append(b.a.Accept, a)
	}
	return b
}

func (b *WriteBuilder[T]) refuse(a *Attribute) string {
	switch {
	case b.a.Kind == Destroy:
		return "cannot be an input: a destroy takes arguments alone"
	case b.a.Accepts(a):
		return "is accepted twice"
	case b.d.c.calculated[a]:
		return "is calculated and cannot be an input"
	case a.Stamp != NoStamp:
		return "is a time stamp and cannot be an input"
	case a.Generated:
		return "is made by the database and cannot be an input"
	case a.Private && !b.a.Private:
		return "is private: make the action Private too, or take an argument"
	case a.Immutable && b.a.Kind == Update:
		return "is immutable and cannot be an input of an update"
	}
	return ""
}

// Change adds changes, which run in order together with the validations.
func (b *WriteBuilder[T]) Change(changes ...Change) *WriteBuilder[T] {
	for _, c := range changes {
		b.a.Steps = append(b.a.Steps, b.d.steps(b.a, c.step)...)
	}
	return b
}

// Validate adds validations, which run in order together with the changes.
func (b *WriteBuilder[T]) Validate(validations ...Validation) *WriteBuilder[T] {
	for _, v := range validations {
		b.a.Steps = append(b.a.Steps, b.d.steps(b.a, v.step)...)
	}
	return b
}

// Bulk lets clients of REST and GraphQL run the action on many records with
// one request: a create takes a list of records, an update or destroy the
// records that match a filter and that the policies let the client change.
// Without it they write one record at a time, because one request that went
// wrong, or was meant to, could otherwise change all that the client may
// change. Go callers may always write many.
func (b *WriteBuilder[T]) Bulk() *WriteBuilder[T] { b.a.Bulk = true; return b }

// Upsert makes a create action change the record that is there already with
// the same values of the fields, which must be an identity. That record takes
// over the inputs given and what changes set; its key and its time of creation
// stay. The policies of the primary update action, if there is one, must allow
// changing it.
func (b *WriteBuilder[T]) Upsert(identity ...any) *WriteBuilder[T] {
	if b.a.Kind != Create {
		b.d.fault(codeAction, b.a.Name, "only a create can be an upsert", "")
		return b
	}
	for _, f := range identity {
		if a := b.d.attribute(b.a.Name, f); a != nil {
			b.a.Upsert = append(b.a.Upsert, a)
		}
	}
	return b
}

// Before adds a hook that runs in the transaction, before the write. An error
// ends the call and undoes the transaction.
func (b *WriteBuilder[T]) Before(f func(context.Context, *Changeset) error) *WriteBuilder[T] {
	b.a.Before = append(b.a.Before, f)
	return b
}

// After adds a hook that runs in the transaction, after the write, with the
// record as it is now. An error ends the call and undoes the transaction.
func (b *WriteBuilder[T]) After(f func(context.Context, *Changeset, *T) error) *WriteBuilder[T] {
	b.a.After = append(b.a.After, func(ctx context.Context, c *Changeset, rec any) error {
		return f(ctx, c, rec.(*T))
	})
	return b
}

// AfterBatch adds a hook that runs after the After hooks: once for all records
// that CreateMany and the like write together, with lists of the same length,
// and with one of each for a single write. It is for what is dear to do for
// each record by itself.
func (b *WriteBuilder[T]) AfterBatch(f func(context.Context, []*Changeset, []*T) error) *WriteBuilder[T] {
	b.a.AfterBatch = append(b.a.AfterBatch, batchHook(f))
	return b
}

func batchHook[T any](f func(context.Context, []*Changeset, []*T) error) func(context.Context, []*Changeset, []any) error {
	return func(ctx context.Context, cs []*Changeset, recs []any) error {
		list := make([]*T, len(recs))
		for i, rec := range recs {
			list[i] = rec.(*T)
		}
		return f(ctx, cs, list)
	}
}

// AfterTransaction adds a hook that runs when the transaction has ended, with
// the record if it succeeded and the error if it failed.
func (b *WriteBuilder[T]) AfterTransaction(f func(context.Context, *Changeset, *T, error)) *WriteBuilder[T] {
	b.a.AfterTransaction = append(b.a.AfterTransaction, func(ctx context.Context, c *Changeset, rec any, err error) {
		t, _ := rec.(*T)
		f(ctx, c, t, err)
	})
	return b
}

// GenericBuilder declares a generic action.
type GenericBuilder struct{ actionBuilder }

// Private keeps the action from REST and GraphQL.
func (b *GenericBuilder) Private() *GenericBuilder { b.a.Private = true; return b }

// Describe sets the description for API documents.
func (b *GenericBuilder) Describe(text string) *GenericBuilder { b.a.Description = text; return b }

// Handle declares a generic action: a function with a typed input and result.
// The fields of In are its arguments; Out is a resource or a struct, whose
// fields may hold records. Use struct{} for none.
func Handle[T, In, Out any](r *Builder[T], name string, run func(context.Context, *In) (*Out, error)) *GenericBuilder {
	b := r.d.action(Generic, name)
	b.a.Run = func(ctx context.Context, in any) (any, error) {
		arg, ok := in.(*In)
		if !ok {
			arg = new(In)
		}
		out, err := run(ctx, arg)
		if out == nil {
			return nil, err
		}
		return out, err
	}
	if structs.Size[In]() > 0 {
		b.arguments(structs.Of[In]())
	}
	if structs.Size[Out]() > 0 {
		b.result(structs.Of[Out]())
	}
	return &GenericBuilder{b}
}

// Arguments declares the fields of A as further inputs of the action and is
// the probe for them, for use in changes, validations and filters declared afterwards.
func Arguments[A any](action interface{ builder() actionBuilder }) *A {
	b := action.builder()
	if b.a.input != nil {
		b.d.fault(codeAction, b.a.Name, "the action has arguments already", "put all of them in one struct")
	}
	shape := structs.Of[A]()
	b.arguments(shape)
	b.a.args = shape.NewProbe()
	return b.a.args.Value.(*A)
}

func (b actionBuilder) arguments(shape *structs.Struct) {
	b.a.input = shape
	for _, f := range shape.Faults {
		b.d.fault(codeStruct, b.a.Name+" argument "+f.Field, f.Message, "")
	}
	b.a.Arguments = b.d.attributes(b.a.Name, shape)
	for _, arg := range b.a.Arguments {
		arg.Column = ""
	}
}

// attributes describes the plain fields of a struct of arguments or results.
func (d *declaration) attributes(action string, shape *structs.Struct) []*Attribute {
	var out []*Attribute
	for _, f := range shape.Fields {
		if f.Role != structs.Column {
			continue
		}
		a := d.c.attribute(d.res.label()+"."+action, f)
		a.Index = len(out)
		out = append(out, a)
	}
	return out
}

func (b actionBuilder) result(shape *structs.Struct) {
	if r := b.d.c.byType[shape.FullName]; r != nil {
		b.a.Returns = r
		return
	}
	o := &Object{Name: shape.Name, Attributes: b.d.attributes(b.a.Name, shape)}
	for _, f := range shape.Fields {
		if f.Role == structs.Column {
			continue
		}
		target := b.d.c.byType[f.Related()]
		if target == nil {
			b.d.fault(codeAction, b.a.Name, "result field "+f.Name+" holds "+f.Related()+", which is no registered resource", "")
			continue
		}
		json, graphql := names(f)
		o.Records = append(o.Records, &Member{Name: f.Name, JSON: json, GraphQL: graphql, Target: target, Many: f.Role == structs.Many, field: f})
	}
	b.a.Output = o
}
