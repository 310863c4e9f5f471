package conga

import (
	"context"
	"fmt"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// Handle runs the actions of one resource with its Go type. It is a small
// value that may be copied and used from many goroutines.
type Handle[T any] struct {
	app *App
	res *resource.Resource
}

// For is the handle of resource T. Every call through it fails with Internal
// when T is no resource of the application.
func For[T any](a *App) Handle[T] { return Handle[T]{a, resource.For[T](a.registry)} }

// Resource is the model of T.
func (h Handle[T]) Resource() *resource.Resource { return h.res }

// Fields is the probe of T: pointers to its fields, also through to-one
// relationships, stand for the fields in options and expressions. It must not be changed.
func (h Handle[T]) Fields() *T {
	if h.res == nil {
		return new(T)
	}
	return h.res.Probe().(*T)
}

// Topic is the name of a publication's topic for the values of its fields, or,
// with an empty name, the topic of all events of the resource.
func (h Handle[T]) Topic(name string, values ...any) string { return Topic(h.res, name, values...) }

// Records is one page of records.
type Records[T any] struct {
	// Items are the records, in order.
	Items []*T
	// Limit is the page size that was used.
	Limit int
	// Count is the number of all matching records when WithCount was given, else -1.
	Count int64
	// After is the cursor of the page that follows, Before of the one that
	// precedes; they are empty where there is none.
	After, Before string
}

// action is the action of that name and kind, or, without a name, the primary one.
func (h Handle[T]) action(name string, kind resource.ActionKind) (*resource.Action, error) {
	if h.res == nil {
		return nil, internal(fmt.Errorf("%s is no resource of the application", structs.Of[T]().FullName))
	}
	a := h.res.Action(name)
	if name == "" {
		a = h.res.PrimaryAction(kind)
	}
	if a == nil || a.Kind != kind {
		return nil, internal(fmt.Errorf("%s has no %s action %q", h.res.Name, kind, name))
	}
	return a, nil
}

// Read runs a read action; an empty name means the primary one.
func (h Handle[T]) Read(ctx context.Context, action string, options ...Option) (*Records[T], error) {
	found, err := h.find(ctx, action, nil, options)
	if err != nil {
		return nil, err
	}
	recs, err := found.Records()
	if err != nil {
		return nil, err
	}
	out := &Records[T]{Items: make([]*T, len(recs)), Limit: found.Limit, Count: found.Count}
	for i, rec := range recs {
		out.Items[i] = rec.(*T)
	}
	if n := len(recs); n > 0 && found.HasNext {
		if out.After, err = found.Cursor(n - 1); err != nil {
			return nil, err
		}
	}
	if len(recs) > 0 && found.HasPrevious {
		out.Before, err = found.Cursor(0)
	}
	return out, err
}

// Get reads the record with the primary key, or its text, through the primary read action.
// The error has kind NotFound when there is none, or the actor may not see it.
func (h Handle[T]) Get(ctx context.Context, key any, options ...Option) (*T, error) {
	key, err := h.key(key)
	if err != nil {
		return nil, err
	}
	found, err := h.find(ctx, "", key, options)
	if err != nil {
		return nil, err
	}
	if found.Len() == 0 {
		return nil, notFound()
	}
	rec, err := found.record(0)
	if err != nil {
		return nil, internal(err)
	}
	return rec.(*T), nil
}

// key is a primary key as its canonical value.
func (h Handle[T]) key(key any) (any, error) {
	if text, ok := key.(string); ok && h.res != nil {
		k, err := wire.ParseText(h.res.Primary, text)
		if err != nil {
			return nil, notFound() // no record has such a key
		}
		key = k
	}
	if key = structs.Canonical(key); key == nil {
		return nil, notFound()
	}
	return key, nil
}

func (h Handle[T]) find(ctx context.Context, name string, key any, options []Option) (*Found, error) {
	action, err := h.action(name, resource.Read)
	if err != nil {
		return nil, err
	}
	o, err := h.options(action, options)
	if err != nil {
		return nil, err
	}
	return h.app.Find(ctx, &Find{Action: action, Arguments: o.arguments(), Key: key, Selection: o.selection, Page: o.page})
}

// Create runs a create action and returns the new record.
func (h Handle[T]) Create(ctx context.Context, action string, options ...Option) (*T, error) {
	return h.write(ctx, action, resource.Create, nil, options)
}

// Update runs an update action on the record and returns it as it is now.
// rec itself stays as it was.
func (h Handle[T]) Update(ctx context.Context, action string, rec *T, options ...Option) (*T, error) {
	return h.write(ctx, action, resource.Update, rec, options)
}

// Destroy runs a destroy action on the record.
func (h Handle[T]) Destroy(ctx context.Context, action string, rec *T, options ...Option) error {
	_, err := h.write(ctx, action, resource.Destroy, rec, options)
	return err
}

func (h Handle[T]) write(ctx context.Context, name string, kind resource.ActionKind, rec *T, options []Option) (*T, error) {
	action, err := h.action(name, kind)
	if err != nil {
		return nil, err
	}
	o, err := h.options(action, options)
	if err != nil {
		return nil, err
	}
	w := &Write{Action: action, Inputs: o.inputs, Nested: o.nested, Issues: o.issues, Return: Selection{Select: o.selection.Select, Load: o.selection.Load}}
	if rec != nil {
		w.Key = h.res.Primary.Get(rec)
	}
	if rec != nil && (o.unchanged || action.Lock() != nil) {
		w.If = unchangedSince(h.res, rec)
	}
	out, err := h.app.Write(ctx, w)
	if err != nil {
		return nil, err
	}
	written, err := out.record(0)
	if err != nil {
		return nil, internal(err)
	}
	return written.(*T), nil
}

// Can reports whether the actor of ctx may run the action on the record, see App.Can.
func (h Handle[T]) Can(ctx context.Context, action string, rec *T) (bool, error) {
	if h.res == nil || h.res.Action(action) == nil {
		return false, internal(fmt.Errorf("no action %q of %s", action, structs.Of[T]().FullName))
	}
	if rec == nil {
		return h.app.Can(ctx, h.res.Action(action), nil)
	}
	return h.app.Can(ctx, h.res.Action(action), rec)
}

// CanEach is Can for each of the records, with at most one statement for all.
func (h Handle[T]) CanEach(ctx context.Context, action string, recs []*T) ([]bool, error) {
	if h.res == nil || h.res.Action(action) == nil {
		return nil, internal(fmt.Errorf("no action %q of %s", action, structs.Of[T]().FullName))
	}
	records := make([]any, len(recs))
	for i, rec := range recs {
		records[i] = rec
	}
	return h.app.CanEach(ctx, h.res.Action(action), records)
}

// Call runs a generic action of the resource with a pointer to its input
// struct, or nil, and returns its result.
func Call[Out, T any](ctx context.Context, h Handle[T], action string, in any) (*Out, error) {
	a, err := h.action(action, resource.Generic)
	if err != nil {
		return nil, err
	}
	v, err := h.app.Call(ctx, a, in)
	if err != nil || v == nil {
		return nil, err
	}
	out, ok := v.(*Out)
	if !ok {
		return nil, internal(fmt.Errorf("%s.%s returns %T", h.res.Name, action, v))
	}
	return out, nil
}
