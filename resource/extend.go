package resource

import (
	"context"
	"slices"

	"github.com/congago/conga/resource/expr"
)

// Filter limits the resource to the records for which the condition holds:
// others are not found, not counted and not changed, by no action but those
// that are declared Unfiltered. The condition may speak of the record's own
// fields, of the actor and of the present time. Several filters all hold.
func (b *BuilderOf[P]) Filter(condition expr.Bool) {
	n := b.d.expression("filter", condition.Node())
	if !ownFields(n) {
		b.d.fault(codeExpression, "filter", "the filter of a resource speaks of other records",
			"use the record's own fields here, or filter a read action")
		return
	}
	b.d.res.Filter = expr.And(b.d.res.Filter, n)
}

// ownFields reports whether n speaks of no other records.
func ownFields(n expr.Node) bool {
	own := true
	expr.Walk(n, func(n expr.Node) bool {
		switch x := n.(type) {
		case *expr.Aggregate, *expr.Written:
			own = false
		case expr.Field:
			own = own && len(x.Path) == 0
		}
		return own
	})
	return own
}

// Unfiltered makes the action find records that the filter of the resource
// leaves out. It is not the primary action unless it is declared Primary.
func (b *ReadBuilderOf[P]) Unfiltered() *ReadBuilderOf[P] { b.a.Unfiltered = true; return b }

// Unfiltered makes the action find records that the filter of the resource
// leaves out. It is not the primary action unless it is declared Primary.
func (b *WriteBuilderOf[P]) Unfiltered() *WriteBuilderOf[P] { b.a.Unfiltered = true; return b }

// Soft makes a destroy keep the record and change it instead. The changes run
// in order with those that are declared by Change; at least one is needed. To
// everybody the action is still a destroy: its event, its route, its mutation.
func (b *WriteBuilderOf[P]) Soft(changes ...Change) *WriteBuilderOf[P] {
	if b.a.Kind != Destroy {
		b.d.fault(codeAction, b.a.Name, "only a destroy can be soft", "")
		return b
	}
	b.a.Soft = true
	return b.Change(changes...)
}

// EachBuilder declares what holds for each action of some kinds, whether it is
// declared before or after. It comes after what the action itself declares,
// and among several in the order in which they are declared: changes and
// validations after the action's own, hooks after the action's own.
type EachBuilder[T any] = EachBuilderOf[*T]

// EachBuilderOf is an EachBuilder, see BuilderOf.
type EachBuilderOf[P any] struct {
	d *declaration
	e *each
}

// each is what is added to actions when Define has returned.
type each struct {
	kinds            []ActionKind
	only, except     []string
	where            string
	soft             bool
	steps            []Step
	cascades         []*Cascaded
	before           []func(context.Context, *Changeset) error
	after            []func(context.Context, *Changeset, any) error
	beforeTx         []func(context.Context, *Changeset) error
	afterBatch       []func(context.Context, []*Changeset, []any) error
	afterTransaction []func(context.Context, *Changeset, any, error)
	onError          []ErrorHandler
}

// Each speaks of each create, update or destroy of the resource, or, given
// kinds, of those.
func (b *BuilderOf[P]) Each(kinds ...ActionKind) *EachBuilderOf[P] {
	if len(kinds) == 0 {
		kinds = []ActionKind{Create, Update, Destroy}
	}
	for _, k := range kinds {
		if k != Create && k != Update && k != Destroy {
			b.d.fault(codeAction, "each", "actions of kind "+string(k)+" change no records", "")
		}
	}
	e := &each{kinds: kinds, where: where()}
	b.d.each = append(b.d.each, e)
	return &EachBuilderOf[P]{b.d, e}
}

// Only limits what is declared to the actions of these names.
//
//go:noinline
func (b *EachBuilderOf[P]) Only(actions ...string) *EachBuilderOf[P] {
	b.e.only = append(b.e.only, actions...)
	return b
}

// Except leaves out the actions of these names.
//
//go:noinline
func (b *EachBuilderOf[P]) Except(actions ...string) *EachBuilderOf[P] {
	b.e.except = append(b.e.except, actions...)
	return b
}

// Change adds changes.
func (b *EachBuilderOf[P]) Change(changes ...Change) *EachBuilderOf[P] {
	for _, c := range changes {
		b.e.steps = append(b.e.steps, b.d.steps(&Action{Name: "each", Resource: b.d.res}, c.step)...)
	}
	return b
}

// Validate adds validations.
func (b *EachBuilderOf[P]) Validate(validations ...Validation) *EachBuilderOf[P] {
	for _, v := range validations {
		b.e.steps = append(b.e.steps, b.d.steps(&Action{Name: "each", Resource: b.d.res}, v.step)...)
	}
	return b
}

// Soft makes the destroys keep the record and change it instead, see WriteBuilder.Soft.
func (b *EachBuilderOf[P]) Soft(changes ...Change) *EachBuilderOf[P] {
	if !slices.Equal(b.e.kinds, []ActionKind{Destroy}) {
		b.d.fault(codeAction, "each", "only destroys can be soft", "")
		return b
	}
	b.e.soft = true
	return b.Change(changes...)
}

// BeforeTransaction adds a hook that runs before the transaction begins, see
// WriteBuilder.BeforeTransaction.
//
//go:noinline
func (b *EachBuilderOf[P]) BeforeTransaction(f func(context.Context, *Changeset) error) *EachBuilderOf[P] {
	b.e.beforeTx = append(b.e.beforeTx, f)
	return b
}

// Before adds a hook that runs in the transaction, before the write.
//
//go:noinline
func (b *EachBuilderOf[P]) Before(f func(context.Context, *Changeset) error) *EachBuilderOf[P] {
	b.e.before = append(b.e.before, f)
	return b
}

// After adds a hook that runs in the transaction, after the write, with the
// record as it is now or, when it was destroyed, as it was.
//
//go:noinline
func (b *EachBuilderOf[P]) After(f func(context.Context, *Changeset, P) error) *EachBuilderOf[P] {
	b.e.after = append(b.e.after, func(ctx context.Context, c *Changeset, rec any) error {
		return f(ctx, c, rec.(P))
	})
	return b
}

// AfterBatch adds a hook that runs once for all records that are written
// together, see WriteBuilder.AfterBatch.
//
//go:noinline
func (b *EachBuilderOf[P]) AfterBatch(f func(context.Context, []*Changeset, []P) error) *EachBuilderOf[P] {
	b.e.afterBatch = append(b.e.afterBatch, batchHook(f))
	return b
}

// AfterTransaction adds a hook that runs when the transaction has ended, with
// the record if it succeeded and the error if it failed.
//
//go:noinline
func (b *EachBuilderOf[P]) AfterTransaction(f func(context.Context, *Changeset, P, error)) *EachBuilderOf[P] {
	b.e.afterTransaction = append(b.e.afterTransaction, func(ctx context.Context, c *Changeset, rec any, err error) {
		t, _ := rec.(P)
		f(ctx, c, t, err)
	})
	return b
}

// finish adds to the actions what was declared for each of them.
func (d *declaration) finish() {
	defer d.choose()
	for _, at := range d.publications {
		for _, name := range at.p.only {
			if d.res.Action(name) == nil {
				d.c.faults = append(d.c.faults, Diagnostic{Code: codeAction, Where: at.where, Field: d.res.label() + "." + name,
					Message: "there is no such action to publish", Hint: suggest(name, d.actionNames())})
			}
		}
	}
	for _, e := range d.each {
		for _, name := range append(slices.Clone(e.only), e.except...) {
			if a := d.res.Action(name); a == nil || !slices.Contains(e.kinds, a.Kind) {
				d.c.faults = append(d.c.faults, Diagnostic{Code: codeAction, Where: e.where, Field: d.res.label() + "." + name,
					Message: "there is no such action of a kind that changes records", Hint: suggest(name, d.actionNames())})
			}
		}
		for _, a := range d.res.Actions {
			if e.speaksOf(a) {
				e.addTo(a)
			}
		}
	}
}

func (e *each) speaksOf(a *Action) bool {
	return slices.Contains(e.kinds, a.Kind) && !slices.Contains(e.except, a.Name) &&
		(e.only == nil || slices.Contains(e.only, a.Name))
}

func (e *each) addTo(a *Action) {
	a.Soft = a.Soft || e.soft
	a.Steps = append(a.Steps, e.steps...)
	a.Cascades = append(a.Cascades, e.cascades...)
	a.BeforeTransaction = append(a.BeforeTransaction, e.beforeTx...)
	a.Before = append(a.Before, e.before...)
	a.After = append(a.After, e.after...)
	a.AfterBatch = append(a.AfterBatch, e.afterBatch...)
	a.AfterTransaction = append(a.AfterTransaction, e.afterTransaction...)
	a.OnError = append(a.OnError, e.onError...)
}
