package resource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Conditions that every call meets, or that depend on the actor alone.
var (
	// Never holds for no call.
	Never = expr.False()
	// ActorAbsent holds when the call has no actor.
	ActorAbsent = expr.Not(ActorPresent)
)

// Request is what is known of a call before a record is looked at.
type Request struct {
	// Action is the action that the policies are asked about: for records that
	// are loaded, the primary read action.
	Action *Action
	// Actor is who calls; nil for nobody.
	Actor any
	// Changeset has the inputs of a write, to which no change was made yet; it
	// is nil otherwise, and where somebody only asks what he may do.
	Changeset *Changeset
	// Select are the attributes wanted, nil for all stored ones that are not lazy, and Load the
	// relationships; Where is the condition of the caller.
	Select []*Attribute
	Load   []*Relationship
	Where  expr.Node
}

// Fact finds out about a request: it is what expr.Fact.Ask points at.
type Fact struct {
	answer func(context.Context, *Request) (any, error)
	// about is a pointer into the probe that is not resolved yet, and of makes
	// the fact about the attribute or relationship that it stands for.
	about any
	of    func(member any) *Fact
}

// Answer is true, false or, when it cannot be told, nil.
func (f *Fact) Answer(ctx context.Context, r *Request) (any, error) { return f.answer(ctx, r) }

func ask(name string, answer func(context.Context, *Request) (any, error)) expr.Bool {
	return expr.Of[bool](expr.Fact{Name: name, Ask: &Fact{answer: answer}})
}

// CheckFunc is a condition written in Go, for policies. It is asked at most once
// for each call, before a query is sent, so it can look at the request and not at
// records. An error ends the call. The name is for people who ask why.
func CheckFunc(name string, f func(context.Context, *Request) (bool, error)) expr.Bool {
	return ask(name, func(ctx context.Context, r *Request) (any, error) { return f(ctx, r) })
}

// ActionIs holds for calls of these actions.
func ActionIs(names ...string) expr.Bool {
	return ask("action is "+strings.Join(names, " or "), func(_ context.Context, r *Request) (any, error) {
		return r.Action != nil && slices.Contains(names, r.Action.Name), nil
	})
}

// KindIs holds for calls of actions of these kinds.
func KindIs(kinds ...ActionKind) expr.Bool {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return ask("kind is "+strings.Join(names, " or "), func(_ context.Context, r *Request) (any, error) {
		return r.Action != nil && slices.Contains(kinds, r.Action.Kind), nil
	})
}

// ContextEquals holds when the context of the call has that value under that key.
func ContextEquals(key, value any) expr.Bool {
	return ask(fmt.Sprintf("context %v is %v", key, value), func(ctx context.Context, _ *Request) (any, error) {
		return ctx.Value(key) == value, nil
	})
}

// IsChanging holds for writes to which a field is given, or whose declared
// changes set it, whatever value it has. Together with a condition on the record it
// speaks of the old value: resource.IsChanging(&p.State).And(expr.Is(&p.State, "draft")).
//
// The field may be a relationship: it holds for writes that are given its
// managed input. The key of a belongs_to changes with such an input too.
func IsChanging(field any) expr.Bool {
	return about("changing", field, func(m any) *Fact {
		if rel, ok := m.(*Relationship); ok {
			return &Fact{answer: func(_ context.Context, r *Request) (any, error) { return r.Changeset.manages(rel), nil }}
		}
		a, ok := m.(*Attribute)
		if !ok {
			return nil
		}
		return &Fact{answer: func(_ context.Context, r *Request) (any, error) { return changes(r, a), nil }}
	})
}

func changes(r *Request, a *Attribute) bool {
	return r.Changeset != nil && (r.Changeset.set[a.Index] || r.Changeset.managesKey(a) ||
		slices.ContainsFunc(r.Action.Steps, func(s Step) bool { return s.Set == a }))
}

// IsChangingTo holds for writes that give the field this value. It cannot be
// told, and so does not hold, where a change that is written in Go or asks the
// record sets the field.
func IsChangingTo[V any](field *V, v V) expr.Bool {
	want := structs.Canonical(v)
	return about("changing", field, func(m any) *Fact {
		a, ok := m.(*Attribute)
		if !ok {
			return nil
		}
		return &Fact{answer: func(_ context.Context, r *Request) (any, error) { return changesTo(r, a, want) }}
	}, fmt.Sprintf(" to %v", want))
}

func changesTo(r *Request, a *Attribute, want any) (any, error) {
	if r.Changeset == nil {
		return false, nil
	}
	have, set := r.Changeset.Changed(a)
	for _, s := range r.Action.Steps {
		switch l, constant := s.Expr.(expr.Literal); {
		case s.Func != nil && !s.Validates:
			return nil, nil
		case s.Set != a || s.OnlyMissing && set:
		case !constant || s.When != nil:
			return nil, nil
		default:
			have, set = l.Value, true
		}
	}
	switch {
	case !set:
		return false, nil
	case have == nil || want == nil:
		return have == want, nil
	}
	o, err := expr.Compare(have, want)
	return o == 0, err
}

// IsSelecting holds for calls that ask for the field, and IsLoading for those that
// load the relationship, of the records themselves and not of their relatives.
func IsSelecting(field any) expr.Bool {
	return about("selecting", field, func(m any) *Fact {
		a, ok := m.(*Attribute)
		if !ok {
			return nil
		}
		return &Fact{answer: func(_ context.Context, r *Request) (any, error) {
			return slices.Contains(r.Select, a) || r.Select == nil && a.Expr == nil && !a.Lazy, nil
		}}
	})
}

// IsLoading holds for calls that load the relationship, see IsSelecting.
func IsLoading(relationship any) expr.Bool {
	return about("loading", relationship, func(m any) *Fact {
		rel, ok := m.(*Relationship)
		if !ok {
			return nil
		}
		return &Fact{answer: func(_ context.Context, r *Request) (any, error) { return slices.Contains(r.Load, rel), nil }}
	})
}

// IsFilteringOn holds for reads whose caller has a condition on the field of the
// records themselves.
func IsFilteringOn(field any) expr.Bool {
	return about("filtering on", field, func(m any) *Fact {
		a, ok := m.(*Attribute)
		if !ok {
			return nil
		}
		return &Fact{answer: func(_ context.Context, r *Request) (any, error) {
			found := false
			expr.Walk(r.Where, func(n expr.Node) bool {
				_, inside := n.(*expr.Aggregate)
				f, ok := n.(expr.Field)
				found = found || ok && f.Up == 0 && len(f.Path) == 0 && f.Name == a.Name
				return !inside
			})
			return found, nil
		}}
	})
}

// about is a fact about the attribute or relationship that ptr stands for.
func about(verb string, ptr any, of func(member any) *Fact, rest ...string) expr.Bool {
	return expr.Of[bool](expr.Fact{Name: verb + " %s" + strings.Join(rest, ""), Ask: &Fact{about: ptr, of: of}})
}

// fact resolves what a fact is about.
func (r *resolver) fact(x expr.Fact) (expr.Node, error) {
	f, ok := x.Ask.(*Fact)
	if !ok || f.about == nil {
		return x, nil
	}
	path, member, err := r.scopes[0].resource.Find(f.about)
	if err != nil {
		return nil, err
	}
	resolved := f.of(member)
	if len(path) > 0 || resolved == nil {
		return nil, fmt.Errorf("%s takes a field of %s itself, of its kind", strings.TrimSuffix(x.Name, " %s"), r.scopes[0].resource.Name)
	}
	name := ""
	switch m := member.(type) {
	case *Attribute:
		name = m.Name
	case *Relationship:
		name = m.Name
	}
	return expr.Fact{Name: strings.Replace(x.Name, "%s", name, 1), Ask: resolved}, nil
}
