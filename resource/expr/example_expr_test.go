package expr_test

import (
	"errors"
	"fmt"

	"github.com/congago/conga/resource/expr"
)

func show(b expr.Bool) {
	v, err := expr.Eval(b.Node(), nothing{})
	fmt.Println(v, err)
}

// nothing is an environment without records.
type nothing struct{}

func (nothing) Field(expr.Field) (any, error)          { return nil, errors.New("no record") }
func (nothing) Aggregate(*expr.Aggregate) (any, error) { return nil, errors.New("no record") }

func ExampleNot() {
	var null expr.Value[string] // the zero Value
	unknown := expr.Equal(null, expr.V("a"))
	show(unknown)
	show(expr.Not(unknown))
	show(unknown.Or(expr.True()))
	show(unknown.And(expr.False()))
	show(expr.Distinct(null, expr.V("a")))
	// Output:
	// <nil> <nil>
	// <nil> <nil>
	// true <nil>
	// false <nil>
	// true <nil>
}

func ExampleAll() {
	show(expr.All())
	show(expr.Any())
	// Output:
	// true <nil>
	// false <nil>
}

func ExampleString() {
	votes := expr.Field{Name: "Votes"}
	n := expr.Call{Op: expr.OpAnd, Args: []expr.Node{
		expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Path: []string{"Room"}, Name: "OwnerID"}, expr.Actor{Name: "ID"}}},
		expr.Call{Op: expr.OpNot, Args: []expr.Node{expr.Call{Op: expr.OpLt, Args: []expr.Node{votes, expr.Literal{Value: int64(10)}}}}},
	}}
	fmt.Println(expr.String(n))
	// Output: Room.OwnerID == actor.ID and not (Votes < 10)
}
