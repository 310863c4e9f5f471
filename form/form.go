package form

import (
	"context"
	"errors"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// Form is an action waiting for its inputs: it keeps what the visitor typed,
// validates it as every other door does, and submits it. It belongs to one
// goroutine at a time; a page makes one in Mount and keeps it.
type Form struct {
	app    *conga.App
	action *resource.Action
	record any // to update or destroy; nil for creates and generic actions
	preset []conga.Input

	values Values
	issues []resource.Issue
	result any
	told   any // metadata

	// root is the identifier of the whole form. In a nested form, prefix is
	// what its names begin with, nested and joins what a record takes; values
	// and issues have the names that they have there. Its action may be nil.
	root, prefix string
	nested       *resource.Nested
	joins        []*resource.Attribute
}

// Create is a form for a create action. The inputs that preset gives are
// decided by the page: the visitor cannot change them.
func Create[P any](h conga.HandleOf[P], action string, preset ...conga.Option) (*Form, error) {
	var none P
	return build(h, resource.Create, action, none, preset)
}

// Update is a form for an update action on the record, whose values it shows first.
func Update[P any](h conga.HandleOf[P], action string, rec P, preset ...conga.Option) (*Form, error) {
	return build(h, resource.Update, action, rec, preset)
}

// Call is a form for a generic action.
func Call[P any](h conga.HandleOf[P], action string, preset ...conga.Option) (*Form, error) {
	var none P
	return build(h, resource.Generic, action, none, preset)
}

func build[P any](h conga.HandleOf[P], kind resource.ActionKind, name string, rec P, preset []conga.Option) (*Form, error) {
	action, inputs, err := h.Inputs(name, preset...)
	if err != nil {
		return nil, err
	}
	if action.Kind != kind {
		return nil, errors.New("form: action " + name + " of " + action.Resource.Name + " is no " + string(kind))
	}
	f := &Form{app: h.App(), action: action, preset: inputs, root: action.Name}
	var none P
	if any(rec) != any(none) {
		f.record = rec
	}
	return f, nil
}

// Validate takes the values as they are now and finds what is wrong with
// them, without writing anything. The error is not about the input: it says
// that validating itself failed.
func (f *Form) Validate(ctx context.Context, v Values) error {
	f.values, _ = f.tidied(v, false)
	inputs, issues := f.cast()
	if f.action.Kind == resource.Generic {
		f.issues = conga.TranslateIssues(ctx, issues)
		return nil
	}
	found, err := f.app.Check(ctx, f.write(inputs, issues), f.record)
	f.issues = found
	return err
}

// Submit runs the action. When ok is false and the error is nil, the input is
// not valid, or in conflict with other records, and the form shows why. Any
// other failure is the error.
func (f *Form) Submit(ctx context.Context, v Values) (ok bool, err error) {
	v, edited := f.tidied(v, true)
	if edited {
		return false, f.Validate(ctx, v)
	}
	defer func() { tell(ctx, ok) }()
	v.Submitted = true
	f.values, f.issues, f.result, f.told = v, nil, nil, nil
	inputs, issues := f.cast()
	if f.action.Kind == resource.Generic {
		f.result, err = f.app.CallInputs(ctx, f.action, inputs, issues)
	} else {
		err = f.submit(ctx, f.write(inputs, issues))
	}
	var e *conga.Error
	if errors.As(err, &e) && (e.Kind == conga.Invalid || e.Kind == conga.Conflict) {
		f.issues = e.Issues
		if len(f.issues) == 0 {
			f.issues = []resource.Issue{{Code: string(e.Kind), Message: e.Message}}
		}
		return false, nil
	}
	return err == nil, err
}

// tell lets a context that cares, as that of a live page does, know how the form fared.
func tell(ctx context.Context, ok bool) {
	if page, cares := ctx.(interface{ Submitted(ok bool) }); cares {
		page.Submitted(ok)
	}
}

func (f *Form) submit(ctx context.Context, w *conga.Write) error {
	out, err := f.app.Write(ctx, w)
	if err != nil {
		return err
	}
	recs, err := out.Records()
	if err == nil {
		f.result, f.told = recs[0], out.Metadata
	}
	return err
}

func (f *Form) write(inputs []conga.Input, issues []resource.Issue) *conga.Write {
	w := &conga.Write{Action: f.action, Inputs: inputs, Nested: f.castNested(), Issues: issues}
	if f.record != nil {
		w.Key = f.action.Resource.Primary.Get(f.record)
	}
	return w
}

// Result is what the last successful Submit returned: a pointer to the record
// or to the result of a generic action; nil before, or when it is of another type.
func Result[T any](f *Form) *T {
	t, _ := f.result.(*T)
	return t
}

// Metadata is what the action of the last successful Submit has told besides
// the record, see resource.Metadata; nil for nothing, or when it is of another type.
func Metadata[M any](f *Form) *M {
	m, _ := f.told.(*M)
	return m
}

// Reset empties the form: the visitor sees it as at first.
func (f *Form) Reset() { f.values, f.issues, f.result, f.told = Values{}, nil, nil, nil }

// cast turns the visitor's texts into canonical values.
func (f *Form) cast() ([]conga.Input, []resource.Issue) {
	inputs := append([]conga.Input(nil), f.preset...)
	var issues []resource.Issue
	for _, in := range f.inputs() {
		if in.Private || f.decided(in) {
			continue
		}
		v, sent, found := f.valueOf(in, in.JSON)
		if !sent {
			continue
		}
		if len(found) > 0 {
			issues = append(issues, found...)
			continue
		}
		inputs = append(inputs, conga.Input{Attribute: in, Value: v})
	}
	return inputs, issues
}

// valueOf is the value of an input as it was sent under a name, and what is
// wrong with it.
func (f *Form) valueOf(in *resource.Attribute, name string) (v any, sent bool, issues []resource.Issue) {
	var err error
	switch {
	case f.leaves(in, name):
		return nil, false, nil
	case isDocument(in) && (in.Element != nil || !f.values.Has(name)):
		return f.document(in, name)
	case in.Element != nil:
		texts, sent := f.texts(name)
		if !sent {
			return nil, false, nil
		}
		v, err = wire.ParseTexts(in, texts)
	case !f.values.Has(name):
		return nil, false, nil
	default:
		texts := f.values.All(name)
		v, err = wire.ParseText(in, texts[len(texts)-1])
	}
	if err != nil {
		return nil, true, wire.Below(err, in.JSON)
	}
	return v, true, nil
}

func (f *Form) decided(in *resource.Attribute) bool {
	for _, p := range f.preset {
		if p.Attribute == in {
			return true
		}
	}
	return false
}
