package graphql

import (
	"context"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

var _ interface {
	gql.HandlerExtension
	gql.OperationParameterMutator
} = repeats{}

// repeats refuses queries that name the same field again and again. Whether
// fields of one name can be merged is asked for each pair of them, so that a
// small query could keep the validation busy for seconds.
type repeats struct {
	tokens int
	known  gql.Cache[*ast.QueryDocument] // queries that have been let through
}

// maxPairs is the largest number of pairs of fields with the same name: a
// query may have a few hundred fields called id.
const maxPairs = 250_000

// ExtensionName names the extension to gqlgen.
func (repeats) ExtensionName() string { return "Repeats" }

// Validate has nothing to check.
func (repeats) Validate(gql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses the query where it has too many pairs.
// Errors of the syntax are left to the executor.
func (r repeats) MutateOperationParameters(ctx context.Context, params *gql.RawParams) *gqlerror.Error {
	if _, ok := r.known.Get(ctx, params.Query); ok {
		return nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: params.Query}, r.tokens)
	if err != nil {
		return nil
	}
	counts := map[string]int{}
	for _, o := range doc.Operations {
		countNames(o.SelectionSet, counts)
	}
	for _, f := range doc.Fragments {
		countNames(f.SelectionSet, counts)
	}
	pairs := 0
	for _, n := range counts {
		pairs += n * n
	}
	if pairs > maxPairs {
		return codedError("the query names the same fields too often", "COMPLEXITY_LIMIT_EXCEEDED")
	}
	return nil
}

func countNames(set ast.SelectionSet, counts map[string]int) {
	for _, sel := range set {
		switch x := sel.(type) {
		case *ast.Field:
			counts[x.Alias]++
			countNames(x.SelectionSet, counts)
		case *ast.InlineFragment:
			countNames(x.SelectionSet, counts)
		}
	}
}
