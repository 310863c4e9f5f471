package resource

// verification is a question to the finished model, asked by an extension.
type verification struct {
	where string
	ask   func(*Registry, *Resource) error
}

// Verify has an extension look at the resource when all resources are
// declared, and refuse it: the error is the message of a diagnostic, and each
// part of a joined error that of one of its own. It must not change the model.
//
//go:noinline
func (b *BuilderOf[P]) Verify(f func(*Registry, *Resource) error) {
	b.d.res.verify = append(b.d.res.verify, verification{where(), f})
}

// Attach keeps a value with the resource, for what an extension wants to know
// of it later; Attached finds it by its type.
//
//go:noinline
func (b *BuilderOf[P]) Attach(v any) { b.d.res.attached = append(b.d.res.attached, v) }

// Attached is the first value of type V that was attached to the resource in
// Define; ok is false when there is none.
func Attached[V any](r *Resource) (v V, ok bool) {
	for _, x := range r.attached {
		if v, ok = x.(V); ok {
			return v, true
		}
	}
	return v, false
}

// checkExtensions asks what extensions want to know, and refuses filters that
// would not hold.
func (c *compiler) checkExtensions(r *Resource) {
	g := &Registry{Resources: c.resources, Validator: c.validate, byType: c.byType}
	for _, v := range r.verify {
		for _, err := range parts(v.ask(g, r)) {
			c.faults = append(c.faults, Diagnostic{Code: codeExtension, Where: v.where, Field: r.label(), Message: err.Error()})
		}
	}
	for _, rel := range r.Relationships {
		if rel.Through != nil && rel.Through.Filter != nil {
			c.fault(codeRelationship, r.label()+"."+rel.Name, "the records of "+rel.Through.Name+
				", through which it leads, have a filter, which would not be asked", "give "+rel.Through.Name+" no Filter, and destroy its records")
		}
	}
	for _, a := range r.Actions {
		if a.Soft && !a.sets() {
			c.faults = append(c.faults, Diagnostic{Code: codeAction, Where: a.Where, Field: r.label() + "." + a.Name,
				Message: "the soft destroy changes nothing", Hint: "give Soft a change"})
		}
	}
}

// parts are the errors that were joined to err.
func parts(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // what is wrapped in a part belongs to that part
		return joined.Unwrap()
	}
	return []error{err}
}

// sets reports whether the action has a change.
func (a *Action) sets() bool {
	for _, s := range a.Steps {
		if s.Set != nil || s.Func != nil && !s.Validates {
			return true
		}
	}
	return false
}
