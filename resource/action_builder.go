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

func (b *actionBuilder) builder() *actionBuilder { return b }

// ReadBuilder declares a read action.
type ReadBuilder[T any] = ReadBuilderOf[*T]

// ReadBuilderOf is a ReadBuilder, see BuilderOf.
type ReadBuilderOf[P any] struct{ actionBuilder }

// Read declares an action that finds records.
func (b *BuilderOf[P]) Read(name string) *ReadBuilderOf[P] {
	r := &ReadBuilderOf[P]{b.d.action(Read, name)}
	r.a.PageSize, r.a.MaxPage = DefaultPageSize, DefaultMaxPage
	return r
}

// Primary marks the action that is used where none is named.
func (b *ReadBuilderOf[P]) Primary() *ReadBuilderOf[P] { b.a.Primary = true; return b }

// Private keeps the action from REST, GraphQL and forms.
func (b *ReadBuilderOf[P]) Private() *ReadBuilderOf[P] { b.a.Private = true; return b }

// Describe sets the description for API documents.
func (b *ReadBuilderOf[P]) Describe(text string) *ReadBuilderOf[P] { b.a.Description = text; return b }

// Filter limits the action to records for which the condition holds. It may
// speak of the actor and of arguments.
func (b *ReadBuilderOf[P]) Filter(condition expr.Bool) *ReadBuilderOf[P] {
	scoped := *b.d
	scoped.args = b.a.args
	b.a.Filter = expr.And(b.a.Filter, scoped.expression(b.a.Name, condition.Node()))
	return b
}

// Sort is the order of the records when the caller asks for none.
func (b *ReadBuilderOf[P]) Sort(keys ...expr.Order) *ReadBuilderOf[P] {
	sort, err := b.d.orders(keys)
	if err != nil {
		b.d.fault(codeExpression, b.a.Name, err.Error(), "")
	}
	b.a.Sort = sort
	return b
}

// Page is the number of records of a page when the caller asks for none; the
// default is DefaultPageSize.
func (b *ReadBuilderOf[P]) Page(size int) *ReadBuilderOf[P] {
	if size < 1 {
		b.d.fault(codeAction, b.a.Name, fmt.Sprintf("a page of %d records is none", size), "")
		return b
	}
	b.a.PageSize = size
	b.a.MaxPage = max(b.a.MaxPage, size)
	return b
}

// MaxPage is the largest page that a caller may ask for; the default is DefaultMaxPage.
func (b *ReadBuilderOf[P]) MaxPage(size int) *ReadBuilderOf[P] {
	b.a.MaxPage = max(1, size)
	b.a.PageSize = min(b.a.PageSize, b.a.MaxPage)
	return b
}

// WriteBuilder declares a create, update or destroy action.
type WriteBuilder[T any] = WriteBuilderOf[*T]

// WriteBuilderOf is a WriteBuilder, see BuilderOf.
type WriteBuilderOf[P any] struct{ actionBuilder }

// Create declares an action that makes a record.
//
//go:noinline
func (b *BuilderOf[P]) Create(name string) *WriteBuilderOf[P] {
	return &WriteBuilderOf[P]{b.d.action(Create, name)}
}

// Update declares an action that changes a record.
//
//go:noinline
func (b *BuilderOf[P]) Update(name string) *WriteBuilderOf[P] {
	return &WriteBuilderOf[P]{b.d.action(Update, name)}
}

// Destroy declares an action that removes a record.
//
//go:noinline
func (b *BuilderOf[P]) Destroy(name string) *WriteBuilderOf[P] {
	return &WriteBuilderOf[P]{b.d.action(Destroy, name)}
}

// Primary marks the action that is used where none is named.
func (b *WriteBuilderOf[P]) Primary() *WriteBuilderOf[P] { b.a.Primary = true; return b }

// Private keeps the action from REST, GraphQL and forms.
func (b *WriteBuilderOf[P]) Private() *WriteBuilderOf[P] { b.a.Private = true; return b }

// Describe sets the description for API documents.
func (b *WriteBuilderOf[P]) Describe(text string) *WriteBuilderOf[P] {
	b.a.Description = text
	return b
}

// Accept makes the fields inputs of the action. Nothing else is accepted.
func (b *WriteBuilderOf[P]) Accept(fields ...any) *WriteBuilderOf[P] {
	b.d.accept(b.a, fields)
	return b
}

func (d *declaration) accept(action *Action, fields []any) {
	for _, f := range fields {
		a := d.attribute(action.Name, f)
		if a == nil {
			continue
		}
		if problem := d.refuse(action, a); problem != "" {
			d.fault(codeAction, action.Name, a.Name+" "+problem, "")
			continue
		}
		action.Accept = append(action.Accept, a)
	}
}

func (d *declaration) refuse(action *Action, a *Attribute) string {
	switch {
	case action.Kind == Destroy:
		return "cannot be an input: a destroy takes arguments alone"
	case action.Accepts(a):
		return "is accepted twice"
	case d.c.calculated[a]:
		return "is calculated and cannot be an input"
	case a.Stamp != NoStamp:
		return "is a time stamp and cannot be an input"
	case a.Generated && a.DatabaseDefault == nil:
		return "is made by the database and cannot be an input"
	case a.Private && !action.Private:
		return "is private: make the action Private too, or take an argument"
	case a.Immutable && action.Kind == Update:
		return "is immutable and cannot be an input of an update"
	}
	return ""
}

// Change adds changes, which run in order together with the validations.
func (b *WriteBuilderOf[P]) Change(changes ...Change) *WriteBuilderOf[P] {
	for _, c := range changes {
		b.a.Steps = append(b.a.Steps, b.d.steps(b.a, c.step)...)
	}
	return b
}

// Validate adds validations, which run in order together with the changes.
func (b *WriteBuilderOf[P]) Validate(validations ...Validation) *WriteBuilderOf[P] {
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
func (b *WriteBuilderOf[P]) Bulk() *WriteBuilderOf[P] { b.a.Bulk = true; return b }

// Upsert makes a create action change the record that is there already with
// the same values of the fields, which must be an identity. That record takes
// over the inputs given and what changes set; its key and its time of creation
// stay. The policies of the primary update action, if there is one, must allow
// changing it.
func (b *WriteBuilderOf[P]) Upsert(identity ...any) *WriteBuilderOf[P] {
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
//
//go:noinline
func (b *WriteBuilderOf[P]) Before(f func(context.Context, *Changeset) error) *WriteBuilderOf[P] {
	b.a.Before = append(b.a.Before, f)
	return b
}

// After adds a hook that runs in the transaction, after the write, with the
// record as it is now. An error ends the call and undoes the transaction.
//
//go:noinline
func (b *WriteBuilderOf[P]) After(f func(context.Context, *Changeset, P) error) *WriteBuilderOf[P] {
	b.a.After = append(b.a.After, func(ctx context.Context, c *Changeset, rec any) error {
		return f(ctx, c, rec.(P))
	})
	return b
}

// AfterBatch adds a hook that runs after the After hooks: once for all records
// that CreateMany and the like write together, with lists of the same length,
// and with one of each for a single write. It is for what is dear to do for
// each record by itself.
//
//go:noinline
func (b *WriteBuilderOf[P]) AfterBatch(f func(context.Context, []*Changeset, []P) error) *WriteBuilderOf[P] {
	b.a.AfterBatch = append(b.a.AfterBatch, batchHook(f))
	return b
}

func batchHook[P any](f func(context.Context, []*Changeset, []P) error) func(context.Context, []*Changeset, []any) error {
	return func(ctx context.Context, cs []*Changeset, recs []any) error {
		return f(ctx, cs, recordsOf[P](recs))
	}
}

// AfterTransaction adds a hook that runs when the transaction has ended, with
// the record if it succeeded and the error if it failed.
//
//go:noinline
func (b *WriteBuilderOf[P]) AfterTransaction(f func(context.Context, *Changeset, P, error)) *WriteBuilderOf[P] {
	b.a.AfterTransaction = append(b.a.AfterTransaction, func(ctx context.Context, c *Changeset, rec any, err error) {
		t, _ := rec.(P)
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
func Handle[P, In, Out any](r *BuilderOf[P], name string, run func(context.Context, *In) (*Out, error)) *GenericBuilder {
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
		b.d.arguments(b.a, structs.Of[In]())
	}
	if structs.Size[Out]() > 0 {
		b.d.result(b.a, structs.Of[Out]())
	}
	return &GenericBuilder{b}
}

// Arguments declares the fields of A as further inputs of the action and is
// the probe for them, for use in changes, validations and filters declared afterwards.
func Arguments[A any](action interface{ builder() *actionBuilder }) *A {
	b := action.builder()
	if b.a.input != nil {
		b.d.fault(codeAction, b.a.Name, "the action has arguments already", "put all of them in one struct")
	}
	shape := structs.Of[A]()
	b.d.arguments(b.a, shape)
	b.a.args = shape.NewProbe()
	return b.a.args.Value.(*A)
}

func (d *declaration) arguments(a *Action, shape *structs.Struct) {
	a.input = shape
	for _, f := range shape.Faults {
		d.fault(codeStruct, a.Name+" argument "+f.Field, f.Message, "")
	}
	a.Arguments = d.attributes(a.Name, shape)
	for _, arg := range a.Arguments {
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
		d.c.unstored(a, d.res.label()+"."+action+"."+f.Name)
		a.Index = len(out)
		out = append(out, a)
	}
	return out
}

func (d *declaration) result(a *Action, shape *structs.Struct) {
	if r := d.c.byType[shape.FullName]; r != nil {
		a.Returns = r
		return
	}
	o := &Object{Name: shape.Name, Attributes: d.attributes(a.Name, shape)}
	for _, f := range shape.Fields {
		if f.Role == structs.Column {
			continue
		}
		target := d.c.byType[f.Related()]
		if target == nil {
			d.fault(codeAction, a.Name, "result field "+f.Name+" holds "+f.Related()+", which is no registered resource", "")
			continue
		}
		json, graphql := names(f)
		o.Records = append(o.Records, &Member{Name: f.Name, JSON: json, GraphQL: graphql, Target: target, Many: f.Role == structs.Many, field: f})
	}
	a.Output = o
}
