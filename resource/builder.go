package resource

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Builder is what Define declares on. It collects faults and never panics.
// It is used within Define alone, by one goroutine.
type Builder[T any] = BuilderOf[*T]

// BuilderOf is a Builder, named by the type of the pointers to its records:
// Go compiles generic methods once for all pointers, but anew for each struct,
// which would be dear for applications with hundreds of resources. For the same
// reason those of its methods that say more than a call are not inlined: Go would
// write them out for each type. The builders of actions and relationships are made
// in the same way.
type BuilderOf[P any] struct{ d *declaration }

// recordsOf are records with their Go type.
func recordsOf[P any](records []any) []P {
	out := make([]P, len(records))
	for i, rec := range records {
		out[i] = rec.(P)
	}
	return out
}

// declaration is the state of a Builder without its type parameter.
type declaration struct {
	c   *compiler
	res *Resource
	resolver
	each         []*each
	publications []publicationAt
	group        expr.Node // the condition of the policy group at hand
}

// Of names the resource of type T for Compile.
func Of[T any, P interface {
	*T
	Define(*Builder[T])
}]() Definition {
	return Definition{structs.Of[T](), func(d *declaration) {
		P(d.res.probe.Value.(*T)).Define(&Builder[T]{d})
	}}
}

// Definition is one resource for Compile, made by Of.
type Definition struct {
	shape  *structs.Struct
	define func(*declaration)
}

func (d *declaration) fault(code, field, message, hint string) {
	name := d.res.label()
	if field != "" {
		name += "." + field
	}
	d.c.faults = append(d.c.faults, Diagnostic{Code: code, Where: where(), Field: name, Message: message, Hint: hint})
}

// label is the name of the resource in diagnostics: "chat.Message".
func (r *Resource) label() string { return r.shape.Package + "." + r.Name }

// where is the file and line in the application that called into this package.
func where() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if !ours(f.Function) || !more {
			if f.File == "" {
				return ""
			}
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
	}
}

// ours reports whether a function belongs to this package or to an extension
// that ships with it.
func ours(function string) bool {
	return strings.HasPrefix(function, "github.com/congago/conga/resource.") || strings.HasPrefix(function, "github.com/congago/conga/resource/expr.") ||
		strings.HasPrefix(function, "github.com/congago/conga/extension/") && !strings.Contains(function, "_test.")
}

// attribute is the attribute of the resource itself that ptr points at, or nil after a fault.
func (d *declaration) attribute(what string, ptr any) *Attribute {
	t, ok := d.res.probe.Find(ptr)
	switch {
	case !ok:
		d.fault(codeField, what, fmt.Sprintf("a pointer of type %T is no field of %s", ptr, d.res.Name),
			"take it from the receiver of Define, and do not copy that")
	case t.Field == nil || len(t.Path) > 0:
		d.fault(codeField, what, "the pointer leads to another record", "only the resource's own fields can be used here")
	default:
		a := d.res.Attribute(t.Field.Name)
		if a == nil {
			d.fault(codeField, what, t.Field.Name+" is a relationship, not an attribute", "name the attribute that holds its key")
		}
		return a
	}
	return nil
}

func (d *declaration) expression(what string, n expr.Node) expr.Node {
	out, err := d.resolve(n)
	if err != nil {
		d.fault(codeExpression, what, err.Error(), "")
		return expr.Literal{Value: false}
	}
	return out
}

// Describe sets the description for API documents.
//
//go:noinline
func (b *BuilderOf[P]) Describe(text string) { b.d.res.Description = text }

// Table overrides the name of the database table.
//
//go:noinline
func (b *BuilderOf[P]) Table(name string) { b.d.res.Table = name }

// Path overrides the last element of the REST path.
//
//go:noinline
func (b *BuilderOf[P]) Path(name string) { b.d.res.Path = name }

// Plural overrides the name of many records, from which the table and the
// path are made unless they are given too.
//
//go:noinline
func (b *BuilderOf[P]) Plural(name string) {
	r := b.d.res
	if r.Table == r.Plural {
		r.Table = name
	}
	if r.Path == r.Plural {
		r.Path = name
	}
	r.Plural = name
}

// Identity declares that the values of the fields together appear once, for
// each tenant where the resource has tenants.
//
//go:noinline
func (b *BuilderOf[P]) Identity(name string, fields ...any) *IdentityBuilder {
	id := &Identity{Name: name}
	for _, f := range fields {
		if a := b.d.attribute(name, f); a != nil {
			id.Attributes = append(id.Attributes, a)
		}
	}
	b.d.res.Identities = append(b.d.res.Identities, id)
	return &IdentityBuilder{id}
}

// Publish sends an event to topic "type:topic:value" after each successful
// write, where value is that of the field, with several fields
// "type:topic:value:value". When the write changes one of them, the topic of the
// old values gets the event too. Where one is null there is no such topic.
//
//go:noinline
func (b *BuilderOf[P]) Publish(topic string, fields ...any) *PublicationBuilderOf[P] {
	p := &Publication{Topic: topic}
	for _, f := range fields {
		if a := b.d.attribute(topic, f); a != nil {
			p.By = append(p.By, a)
		}
	}
	b.d.res.Publications = append(b.d.res.Publications, p)
	return &PublicationBuilderOf[P]{b.d, p}
}

// PublicationBuilder declares more about a publication.
type PublicationBuilder[T any] = PublicationBuilderOf[*T]

// PublicationBuilderOf is a PublicationBuilder, see BuilderOf.
type PublicationBuilderOf[P any] struct {
	d *declaration
	p *Publication
}

// Only limits the publication to events of these actions.
//
//go:noinline
func (b *PublicationBuilderOf[P]) Only(actions ...string) *PublicationBuilderOf[P] {
	b.p.only = append(b.p.only, actions...)
	b.d.publications = append(b.d.publications, publicationAt{b.p, where()})
	return b
}

// Payload has events to this topic carry what f makes of the record: that of
// the event, as it is after the write, or before a destroy. f runs when the
// write is committed, once for each topic that somebody listens to, and must
// neither change the record nor wait for anything.
//
//go:noinline
func (b *PublicationBuilderOf[P]) Payload(f func(P) any) *PublicationBuilderOf[P] {
	b.p.Payload = func(rec any) any { return f(rec.(P)) }
	return b
}

// publicationAt is a publication whose actions are looked up when all are declared.
type publicationAt struct {
	p     *Publication
	where string
}

// Actor is the probe of the actor, the user on whose behalf calls run, for
// use in the policies and changes of r. When the actor of a call is nobody or
// of another type, its fields are NULL.
func Actor[A, P any](r *BuilderOf[P]) *A {
	shape := structs.Of[A]()
	for _, a := range r.d.actors {
		if a.shape == shape {
			return a.probe.Value.(*A)
		}
	}
	p := shape.NewProbe()
	r.d.actors = append(r.d.actors, &actorProbe{shape, p})
	return p.Value.(*A)
}

// Calculate gives the field, tagged "calculated", the value of an expression.
// It is computed when it is asked for and can be filtered and sorted by.
func Calculate[P, V any](r *BuilderOf[P], field *V, v expr.Value[V]) {
	if a := r.d.calculation(field); a != nil {
		a.Expr = r.d.expression(a.Name, v.Node())
	}
}

// Default makes the value of the field for creates in which it is missing.
func Default[P, V any](r *BuilderOf[P], field *V, f func() V) {
	if a := r.d.attribute("", field); a != nil {
		a.Default = func() any { return structs.CanonicalOf(f()) }
	}
}
