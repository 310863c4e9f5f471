package conga

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// secrets are the sensitive values that went into a statement, as texts, so
// that what is shown of the statement can leave them out.
type secrets struct {
	names map[string]bool // of sensitive attributes, whatever their resource
	texts []string
}

// secretsOf knows the sensitive arguments and those of the actor.
func (b *binder) secretsOf(action *resource.Action) *secrets {
	s := &secrets{names: map[string]bool{}}
	for _, r := range b.app.registry.Resources {
		for _, a := range r.Attributes {
			s.names[a.Name] = s.names[a.Name] || a.Loggable(true) == resource.Redacted
			if b.actor != nil && r.Is(b.actor) && a.Expr == nil {
				s.keep(a, a.Get(b.actor))
			}
		}
	}
	for _, arg := range action.Arguments {
		s.keep(arg, b.arguments[arg.Name])
	}
	return s
}

// keep notes a value of an attribute, if it is sensitive.
func (s *secrets) keep(a *resource.Attribute, v any) {
	if v == nil || a.Loggable(v) != resource.Redacted {
		return
	}
	s.add(v)
	s.add(wire.FormatText(a, v))
	if text, err := wire.AppendValue(nil, a.Type, v); err == nil {
		s.add(string(text))
	}
}

// given notes the sensitive arguments of calculations.
func (s *secrets) given(wanted []*resource.Attribute) {
	for _, attr := range wanted {
		for _, arg := range attr.Arguments {
			s.keep(arg, attr.Given()[arg.Name])
		}
	}
}

func (s *secrets) add(v any) {
	if list, ok := v.([]any); ok {
		for _, item := range list {
			s.add(item)
		}
		return
	}
	if b, ok := v.([]byte); ok {
		s.add(string(b))
		v = fmt.Sprintf("%x", b)
	}
	if text := fmt.Sprint(v); v != nil && text != "" && !slices.Contains(s.texts, text) {
		s.texts = append(s.texts, text)
	}
}

// node notes the constants that are beside sensitive attributes.
func (s *secrets) node(n expr.Node) {
	expr.Walk(n, func(n expr.Node) bool {
		c, ok := n.(expr.Call)
		if ok && c.Op != expr.OpAnd && c.Op != expr.OpOr && c.Op != expr.OpNot && s.touches(n) {
			s.constants(n)
		}
		return true
	})
}

func (s *secrets) touches(n expr.Node) bool {
	found := false
	expr.Walk(n, func(n expr.Node) bool {
		f, ok := n.(expr.Field)
		found = found || ok && s.names[f.Name]
		return !found
	})
	return found
}

func (s *secrets) constants(n expr.Node) {
	expr.Walk(n, func(n expr.Node) bool {
		switch x := n.(type) {
		case expr.Literal:
			s.add(x.Value)
		case expr.List:
			s.add(x.Values)
		}
		return true
	})
}

func (s *secrets) query(q *datalayer.Query) {
	s.node(q.Where)
	for _, o := range q.Sort {
		s.node(o.Node)
		if q.Seek != nil && s.touches(o.Node) {
			s.add(q.Seek.Values)
		}
	}
	for _, a := range q.Select {
		s.node(a.Expr)
	}
	if q.Group != nil {
		s.node(q.Group.Having)
		for _, a := range q.Group.Columns() {
			s.node(a.Expr)
		}
		for _, a := range q.Group.Aggregates {
			s.node(a.Of)
			s.node(a.Where)
		}
	}
	for _, part := range q.Combine {
		s.node(part.Where)
		for _, o := range part.Sort {
			s.node(o.Node)
		}
	}
	s.relations(q.Relations)
	for _, inc := range q.Include {
		s.query(inc.Query)
	}
}

func (s *secrets) relations(relations datalayer.Relations) {
	for _, rel := range relations {
		s.node(rel.Filter)
	}
}

func (s *secrets) assignments(list []datalayer.Assignment) {
	for _, a := range list {
		s.node(a.Value)
		if l, ok := a.Value.(expr.Literal); ok {
			s.keep(a.Attribute, l.Value)
		} else if a.Attribute.Sensitive {
			s.constants(a.Value)
		}
	}
}

// write notes what a statement that writes has.
func (s *secrets) write(w any) {
	switch w := w.(type) {
	case *datalayer.Insert:
		for i, a := range w.Columns {
			for _, row := range w.Rows {
				s.keep(a, row[i])
			}
		}
		if w.Conflict != nil {
			s.assignments(w.Conflict.Set)
			s.node(w.Conflict.Where)
			s.relations(w.Conflict.Relations)
		}
	case *datalayer.Update:
		s.assignments(w.Set)
		s.node(w.Where)
		s.relations(w.Relations)
	case *datalayer.Delete:
		s.node(w.Where)
		s.relations(w.Relations)
	}
}

// hide replaces sensitive arguments of a statement, which is not run any more.
func (s *secrets) hide(st *datalayer.Statement) {
	for i, arg := range st.Args {
		text := fmt.Sprint(arg)
		if b, ok := arg.([]byte); ok {
			text = string(b)
		}
		if slices.ContainsFunc(s.texts, func(secret string) bool { return text == secret || len(secret) > 1 && strings.Contains(text, secret) }) {
			st.Args[i] = resource.Redacted
		}
	}
}

// quoted is a constant in the plan of a database.
var quoted = regexp.MustCompile(`'(?:[^']|'')*'`)

// text is the plan of a database without sensitive values.
func (s *secrets) text(plan string) string {
	if len(s.texts) == 0 {
		return plan
	}
	plan = quoted.ReplaceAllStringFunc(plan, func(q string) string {
		inner := strings.ReplaceAll(q[1:len(q)-1], "''", "'")
		for _, secret := range s.texts {
			if inner == secret || len(secret) > 1 && strings.Contains(inner, secret) {
				return "'" + resource.Redacted + "'"
			}
		}
		return q
	})
	for _, secret := range s.texts {
		if bare, err := regexp.Compile(`(^|[^\w.'"])` + regexp.QuoteMeta(secret) + `($|[^\w.'"])`); err == nil {
			plan = bare.ReplaceAllString(plan, "${1}"+resource.Redacted+"${2}")
		}
	}
	return plan
}
