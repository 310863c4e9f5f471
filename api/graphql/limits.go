package graphql

import (
	"context"
	"math"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

var _ interface {
	gql.HandlerExtension
	gql.OperationContextMutator
} = (*limits)(nil)

// limits refuses operations that would ask for too much, before anything of
// them runs. Introspection costs nothing: its depth is limited by the parser.
type limits struct{ s *schema }

// ExtensionName names the extension to gqlgen.
func (*limits) ExtensionName() string { return "Limits" }

// Validate has nothing to check.
func (*limits) Validate(gql.ExecutableSchema) error { return nil }

// MutateOperationContext measures the operation and refuses it when it is too large.
func (l *limits) MutateOperationContext(_ context.Context, oc *gql.OperationContext) *gqlerror.Error {
	m := measure{s: l.s, vars: oc.Variables, fragments: map[*ast.FragmentDefinition]size{}}
	got := m.set(oc.Operation.SelectionSet)
	o := l.s.o
	oc.DisableIntrospection = o.HideSchema
	switch {
	case got.depth > o.MaxQueryDepth:
		return tooLarge("the query is %d levels deep, more than the %d allowed", "DEPTH_LIMIT_EXCEEDED", got.depth, o.MaxQueryDepth)
	case got.cost > o.MaxComplexity:
		return tooLarge("the answer could hold %d values, more than the %d allowed: ask for smaller pages", "COMPLEXITY_LIMIT_EXCEEDED", got.cost, o.MaxComplexity)
	case got.reads > o.MaxReads:
		return tooLarge("the query asks for %d lists and records, more than the %d allowed", "READS_LIMIT_EXCEEDED", got.reads, o.MaxReads)
	case got.steps > o.MaxDepth:
		return tooLarge("the query follows %d relationships in a row, more than the %d allowed", "DEPTH_LIMIT_EXCEEDED", got.steps, o.MaxDepth)
	}
	return nil
}

func tooLarge(format, code string, got, limit int) *gqlerror.Error {
	err := gqlerror.Errorf(format, got, limit)
	err.Extensions = map[string]any{"code": code}
	return err
}

// size is what a part of an operation asks for.
type size struct {
	depth int // levels of fields
	cost  int // values, when all pages are full
	reads int // root fields and relationships
	steps int // relationships in a row
}

// measure adds up an operation. Each fragment is measured once, however often it is used.
type measure struct {
	s         *schema
	vars      map[string]any
	fragments map[*ast.FragmentDefinition]size
}

func (m *measure) set(set ast.SelectionSet) (out size) {
	for _, sel := range set {
		var part size
		switch x := sel.(type) {
		case *ast.Field:
			part = m.field(x)
		case *ast.InlineFragment:
			part = m.set(x.SelectionSet)
		case *ast.FragmentSpread:
			known, ok := m.fragments[x.Definition]
			if !ok {
				known = m.set(x.Definition.SelectionSet)
				m.fragments[x.Definition] = known
			}
			part = known
		}
		out.depth, out.steps = max(out.depth, part.depth), max(out.steps, part.steps)
		out.cost, out.reads = add(out.cost, part.cost), add(out.reads, part.reads)
	}
	return out
}

func (m *measure) field(f *ast.Field) size {
	if f.Name == "__schema" || f.Name == "__type" {
		return size{depth: 1}
	}
	out := m.set(f.SelectionSet)
	out.depth++
	def := m.s.field(f.ObjectDefinition.Name, f.Name)
	if def == nil {
		out.cost = add(out.cost, 1)
		return out
	}
	if def.rel != nil || def.choice != nil {
		out.steps++
	}
	out.reads = add(out.reads, len(def.choice))
	if def.rel != nil || def.root != nil {
		out.reads = add(out.reads, 1)
	}
	out.cost = add(times(out.cost, m.rows(f, def)), 1)
	return out
}

// rows is how many records the page of a connection may have, or a mutation
// makes, 1 for other fields.
func (m *measure) rows(f *ast.Field, def *fieldDef) int {
	if def.root != nil && (def.root.kind == rootCreateMany || def.root.kind == rootUpdateMany) {
		return max(1, len(listOf(arguments(f, m.vars)[argInputs])))
	}
	if def.arg(argFirst) == nil {
		return 1
	}
	page := def.res.read
	if def.root != nil {
		page = def.root.action
	}
	args := arguments(f, m.vars)
	for _, name := range []string{argFirst, argLast} {
		if n, ok := integer(args[name]); ok {
			return max(0, min(n, page.MaxPage))
		}
	}
	return page.PageSize
}

func add(a, b int) int {
	if a > math.MaxInt32-b {
		return math.MaxInt32
	}
	return a + b
}

func times(a, b int) int {
	if b != 0 && a > math.MaxInt32/b {
		return math.MaxInt32
	}
	return a * b
}
