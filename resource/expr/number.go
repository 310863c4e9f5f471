package expr

import (
	"fmt"
	"math"

	"github.com/shopspring/decimal"
)

// Fraction is a Go type whose values need not be whole, nullable or not.
type Fraction interface {
	float64 | *float64 | decimal.Decimal | *decimal.Decimal
}

// Round is the whole number nearest to v; halves go away from zero.
func Round[T Fraction](v Value[T]) Value[T] { return call[T](OpRound, v.Node()) }

// Floor is the largest whole number that is not above v.
func Floor[T Fraction](v Value[T]) Value[T] { return call[T](OpFloor, v.Node()) }

// Ceil is the smallest whole number that is not below v.
func Ceil[T Fraction](v Value[T]) Value[T] { return call[T](OpCeil, v.Node()) }

// Least is the smaller of two values, NULL when one of them is.
func Least[T any](a, b Value[T]) Value[T] { return If(AtMost(a, b), a, If(Less(b, a), b, Value[T]{})) }

// Greatest is the larger of two values, NULL when one of them is.
func Greatest[T any](a, b Value[T]) Value[T] {
	return If(AtMost(b, a), a, If(Less(a, b), b, Value[T]{}))
}

// CountNulls is how many of the fields are NULL.
func CountNulls(fields ...Bool) Value[int] {
	sum := V(0)
	for _, f := range fields {
		sum = Add(If(f, V(1), V(0)), sum)
	}
	return sum
}

// NotIn holds when the field is not NULL and equals none of vs.
func NotIn[T any](p *T, vs ...T) Bool { return Not(In(p, vs...)).And(NotNull(p)) }

// Between holds when the field is at least lowest and at most highest.
func Between[T any](p *T, lowest, highest T) Bool { return Ge(p, lowest).And(Le(p, highest)) }

// whole computes the operators that make numbers whole.
func whole(op Op, args []any) (any, error) {
	switch x := args[0].(type) {
	case int64:
		return x, nil
	case float64:
		switch op {
		case OpFloor:
			return math.Floor(x), nil
		case OpCeil:
			return math.Ceil(x), nil
		}
		return math.Trunc(x + math.Copysign(0.5, x)), nil
	case decimal.Decimal:
		switch op {
		case OpFloor:
			return x.Floor(), nil
		case OpCeil:
			return x.Ceil(), nil
		}
		return x.Round(0), nil
	}
	return nil, fmt.Errorf("evaluate %s: %T is no number", op, args[0])
}
