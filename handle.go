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
type Handle[T any] = HandleOf[*T]

// HandleOf is a Handle, named by the type of the pointers to its records, as
// resource.BuilderOf is: its methods are compiled once for all resources.
type HandleOf[P any] struct{ of handle }

// handle is a Handle without its type. Records are pointers to the Go type or nil.
type handle struct {
	app   *App
	res   *resource.Resource // nil when the type is no resource of the application
	shape *structs.Struct
}

// For is the handle of resource T. Every call through it fails with Internal
// when T is no resource of the application.
func For[T any](a *App) Handle[T] {
	return Handle[T]{handle{a, resource.For[T](a.registry), structs.Of[T]()}}
}

// App is the application.
func (h HandleOf[P]) App() *App { return h.of.app }

// Resource is the model of T.
func (h HandleOf[P]) Resource() *resource.Resource { return h.of.res }

// Fields is the probe of T: pointers to its fields, also through to-one
// relationships, stand for the fields in options and expressions. It must not be changed.
func (h HandleOf[P]) Fields() P {
	if h.of.res == nil {
		return h.of.shape.New().(P)
	}
	return h.of.res.Probe().(P)
}

// Topic is the name of a publication's topic for the values of its fields, or,
// with an empty name, the topic of all events of the resource.
func (h HandleOf[P]) Topic(name string, values ...any) string {
	return Topic(h.of.res, name, values...)
}

// Records is one page of records.
type Records[T any] = RecordsOf[*T]

// RecordsOf is Records, see HandleOf.
type RecordsOf[P any] struct {
	// Items are the records, in order.
	Items []P
	// Limit is the page size that was used.
	Limit int
	// Count is the number of all matching records when WithCount was given, else -1.
	Count int64
	// After is the cursor of the page that follows, Before of the one that
	// precedes; they are empty where there is none.
	After, Before string
}

// action is the action of that name and kind, or, without a name, the primary one.
func (h handle) action(name string, kind resource.ActionKind) (*resource.Action, error) {
	if h.res == nil {
		return nil, internal(fmt.Errorf("%s is no resource of the application", h.shape.FullName))
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

// named is the action of that name, of any kind.
func (h handle) named(name string) (*resource.Action, error) {
	if h.res == nil || h.res.Action(name) == nil {
		return nil, internal(fmt.Errorf("no action %q of %s", name, h.shape.FullName))
	}
	return h.res.Action(name), nil
}

// Read runs a read action; an empty name means the primary one.
func (h HandleOf[P]) Read(ctx context.Context, action string, options ...Option) (*RecordsOf[P], error) {
	found, recs, err := h.of.read(ctx, action, options)
	if err != nil {
		return nil, err
	}
	out := &RecordsOf[P]{Items: make([]P, len(recs)), Limit: found.Limit, Count: found.Count}
	for i, rec := range recs {
		out.Items[i] = rec.(P)
	}
	out.After, out.Before, err = found.ends()
	return out, err
}

func (h handle) read(ctx context.Context, action string, options []Option) (*Found, []any, error) {
	found, err := h.find(ctx, action, nil, options)
	if err != nil {
		return nil, nil, err
	}
	recs, err := found.Records()
	return found, recs, err
}

// ends are the cursors of the pages that follow and precede, empty where there is none.
func (f *Found) ends() (after, before string, err error) {
	if n := f.Len(); n > 0 && f.HasNext {
		if after, err = f.Cursor(n - 1); err != nil {
			return "", "", err
		}
	}
	if f.Len() > 0 && f.HasPrevious {
		before, err = f.Cursor(0)
	}
	return after, before, err
}

// Get reads the record with the primary key, or its text, through the primary read action.
// The error has kind NotFound when there is none, or the actor may not see it.
func (h HandleOf[P]) Get(ctx context.Context, key any, options ...Option) (P, error) {
	return typed[P](h.of.get(ctx, key, options))
}

func (h handle) get(ctx context.Context, key any, options []Option) (any, error) {
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
	return rec, nil
}

// key is a primary key as its canonical value.
func (h handle) key(key any) (any, error) {
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

func (h handle) find(ctx context.Context, name string, key any, options []Option) (*Found, error) {
	action, err := h.action(name, resource.Read)
	if err != nil {
		return nil, err
	}
	o, err := h.options(action, options)
	if err != nil {
		return nil, err
	}
	return h.app.Find(ctx, &Find{Action: action, Arguments: o.arguments(), Key: key, Selection: o.selection, Page: o.page, told: o.told})
}

// typed is a record with its Go type, nil with an error.
func typed[P any](rec any, err error) (P, error) {
	p, _ := rec.(P)
	return p, err
}

// Create runs a create action and returns the new record.
func (h HandleOf[P]) Create(ctx context.Context, action string, options ...Option) (P, error) {
	return typed[P](h.of.write(ctx, action, resource.Create, nil, options))
}

// Update runs an update action on the record and returns it as it is now.
// rec itself stays as it was.
func (h HandleOf[P]) Update(ctx context.Context, action string, rec P, options ...Option) (P, error) {
	return typed[P](h.of.write(ctx, action, resource.Update, rec, options))
}

// Destroy runs a destroy action on the record.
func (h HandleOf[P]) Destroy(ctx context.Context, action string, rec P, options ...Option) error {
	_, err := h.of.write(ctx, action, resource.Destroy, rec, options)
	return err
}

func (h handle) write(ctx context.Context, name string, kind resource.ActionKind, rec any, options []Option) (any, error) {
	action, err := h.action(name, kind)
	if err != nil {
		return nil, err
	}
	o, err := h.options(action, options)
	if err != nil {
		return nil, err
	}
	w := &Write{Action: action, Inputs: o.inputs, Nested: o.nested, Issues: o.issues, Return: Selection{Select: o.selection.Select, Load: o.selection.Load}, told: o.told}
	if !structs.IsNil(rec) {
		w.Key = h.res.Primary.Get(rec)
		if o.unchanged || action.Lock() != nil {
			w.If = unchangedSince(h.res, rec)
		}
	}
	out, err := h.app.Write(ctx, w)
	if err != nil {
		return nil, err
	}
	written, err := out.record(0)
	if err != nil {
		return nil, internal(err)
	}
	return written, nil
}

// Can reports whether the actor of ctx may run the action on the record, see App.Can.
func (h HandleOf[P]) Can(ctx context.Context, action string, rec P) (bool, error) {
	return h.of.can(ctx, action, rec)
}

func (h handle) can(ctx context.Context, name string, rec any) (bool, error) {
	action, err := h.named(name)
	if err != nil {
		return false, err
	}
	if structs.IsNil(rec) {
		rec = nil
	}
	return h.app.Can(ctx, action, rec)
}

// CanEach is Can for each of the records, with at most one statement for all.
func (h HandleOf[P]) CanEach(ctx context.Context, action string, recs []P) ([]bool, error) {
	a, err := h.of.named(action)
	if err != nil {
		return nil, err
	}
	records := make([]any, len(recs))
	for i, rec := range recs {
		records[i] = rec
	}
	return h.of.app.CanEach(ctx, a, records)
}

// Call runs a generic action of the resource with a pointer to its input
// struct, or nil, and returns its result.
func Call[Out, P any](ctx context.Context, h HandleOf[P], action string, in any) (*Out, error) {
	a, err := h.of.action(action, resource.Generic)
	if err != nil {
		return nil, err
	}
	v, err := h.of.app.Call(ctx, a, in)
	if err != nil || v == nil {
		return nil, err
	}
	out, ok := v.(*Out)
	if !ok {
		return nil, internal(fmt.Errorf("%s.%s returns %T", a.Resource.Name, action, v))
	}
	return out, nil
}
