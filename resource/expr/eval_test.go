package expr

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// record is an Env of fields by name; what is missing is not loaded.
type record map[string]any

func (r record) Field(f Field) (any, error) {
	v, ok := r[f.Name]
	if !ok {
		return nil, ErrNotLoaded
	}
	return v, nil
}

func (r record) Aggregate(a *Aggregate) (any, error) { return nil, ErrNotLoaded }

func op(o Op, args ...any) Node {
	c := Call{Op: o}
	for _, a := range args {
		if n, ok := a.(Node); ok {
			c.Args = append(c.Args, n)
		} else {
			c.Args = append(c.Args, Literal{a})
		}
	}
	return c
}

func list(vs ...any) Node { return List{vs} }

func i(n int64) any { return n }

var (
	day = time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	id1 = uuid.UUID{1}
	id2 = uuid.UUID{2}
)

// fails as the wanted value stands for any error.
type fails struct{}

func TestEval(t *testing.T) {
	missing := Field{Name: "Missing"}
	dec := decimal.RequireFromString
	tests := []struct {
		n    Node
		want any
	}{
		{op(OpEq, "a", "a"), true}, {op(OpEq, "a", "A"), false}, {op(OpEq, "a", nil), nil}, {op(OpEq, nil, nil), nil},
		{op(OpNe, i(1), i(2)), true}, {op(OpNe, nil, i(2)), nil},
		{op(OpLt, "B", "a"), true}, {op(OpLe, 1.5, 1.5), true}, {op(OpGt, day, day.Add(1)), false}, {op(OpGe, id2, id1), true},
		{op(OpLt, dec("9.9"), dec("10")), true}, {op(OpEq, dec("1.5"), dec("1.50")), true},
		{op(OpLt, false, true), true}, {op(OpGt, []byte{2}, []byte{1, 255}), true}, {op(OpLt, time.Second, time.Minute), true},
		{op(OpEq, math.Copysign(0, -1), 0.0), true}, {op(OpLt, math.Inf(1), math.NaN()), true}, {op(OpEq, math.NaN(), math.NaN()), true},
		{op(OpEq, i(1), 1.0), true}, {op(OpEq, i(1), "1"), fails{}}, {op(OpEq, map[string]int{}, map[string]int{}), ErrNotLoaded},
		{op(OpEq, "a"), fails{}},

		{op(OpIn, i(2), list(i(1), i(2))), true}, {op(OpIn, i(3), list(i(1))), false}, {op(OpIn, nil, list(i(1))), nil},
		{op(OpIn, i(3), list(i(1), nil)), nil}, {op(OpIn, i(1), list(nil, i(1))), true}, {op(OpIn, nil, list()), false},
		{op(OpIn, i(1), i(1)), fails{}},

		{op(OpIsNull, nil), true}, {op(OpIsNull, i(0)), false}, {op(OpNotNull, nil), false}, {op(OpNotNull, ""), true},
		{op(OpDistinct, nil, nil), false}, {op(OpDistinct, nil, i(1)), true}, {op(OpDistinct, i(1), i(1)), false},

		{op(OpAnd), true}, {op(OpAnd, true, nil), nil}, {op(OpAnd, nil, false), false}, {op(OpAnd, true, true), true},
		{op(OpAnd, missing, false), false}, {op(OpAnd, missing, true), ErrNotLoaded}, {op(OpAnd, i(1)), fails{}},
		{op(OpOr), false}, {op(OpOr, false, nil), nil}, {op(OpOr, nil, true), true}, {op(OpOr, missing, true), true},
		{op(OpOr, missing, nil), ErrNotLoaded},
		{op(OpNot, true), false}, {op(OpNot, nil), nil}, {op(OpNot, "x"), fails{}},

		{op(OpAdd, i(2), i(3)), i(5)}, {op(OpAdd, i(math.MaxInt64), i(1)), fails{}}, {op(OpAdd, i(1), nil), nil},
		{op(OpSub, i(math.MinInt64), i(1)), fails{}}, {op(OpSub, i(2), i(3)), i(-1)}, {op(OpSub, 1.5, 1.0), 0.5},
		{op(OpMul, i(-3), i(4)), i(-12)}, {op(OpMul, i(math.MinInt64), i(-1)), fails{}}, {op(OpMul, i(math.MinInt64), i(1)), i(math.MinInt64)},
		{op(OpMul, i(1<<32), i(1<<31)), fails{}}, {op(OpMul, i(1<<32), i(-(1 << 31))), i(math.MinInt64)},
		{op(OpDiv, i(-7), i(2)), i(-3)}, {op(OpDiv, i(7), i(0)), nil}, {op(OpDiv, 7.0, 2.0), 3.5}, {op(OpDiv, 7.0, 0.0), nil},
		{op(OpDiv, i(math.MinInt64), i(-1)), fails{}},
		{op(OpMod, i(-7), i(2)), i(-1)}, {op(OpMod, i(7), i(0)), nil}, {op(OpMod, i(math.MinInt64), i(-1)), i(0)}, {op(OpMod, -7.5, 2.0), -1.5},
		{op(OpNeg, i(3)), i(-3)}, {op(OpNeg, i(math.MinInt64)), fails{}}, {op(OpAbs, i(-3)), i(3)}, {op(OpAbs, -1.5), 1.5},
		{op(OpAdd, time.Second, time.Minute), 61 * time.Second}, {op(OpNeg, time.Second), -time.Second}, {op(OpDiv, time.Second, time.Duration(0)), nil},
		{op(OpAdd, "a", "b"), fails{}}, {op(OpNeg, "a"), fails{}},

		{op(OpConcat, "a", "", "b"), "ab"}, {op(OpConcat, "a", nil), nil}, {op(OpConcat), ""},
		{op(OpLower, "AÄ"), "aä"}, {op(OpUpper, "aä"), "AÄ"}, {op(OpTrim, "  a b\t "), "a b\t"}, {op(OpLength, "ä😀"), i(2)},
		{op(OpLength, nil), nil}, {op(OpLower, i(1)), fails{}},
		{op(OpContains, "a%b", "%"), true}, {op(OpContains, "ab", "B"), false}, {op(OpContains, "ab", ""), true}, {op(OpContains, nil, "a"), nil},
		{op(OpStartsWith, "ab", "a"), true}, {op(OpStartsWith, "ab", "b"), false}, {op(OpEndsWith, "ab", "ab"), true}, {op(OpEndsWith, "b", "ab"), false},

		{op(OpCoalesce, nil, i(1), i(2)), i(1)}, {op(OpCoalesce, nil, nil), nil}, {op(OpCoalesce, i(1), missing), i(1)},
		{op(OpIf, true, i(1), missing), i(1)}, {op(OpIf, nil, i(1), i(2)), i(2)}, {op(OpIf, false, i(1), nil), nil}, {op(OpIf, true), fails{}},

		{missing, ErrNotLoaded}, {&Aggregate{Kind: AggregateCount}, ErrNotLoaded}, {Field{Name: "N"}, i(7)},
		{op(OpNow), fails{}}, {Actor{Name: "ID"}, fails{}}, {Argument{Name: "X"}, fails{}}, {Ref{}, fails{}}, {list(i(1)), fails{}},
	}
	for _, tt := range tests {
		got, err := Eval(tt.n, record{"N": i(7)})
		switch want := tt.want.(type) {
		case fails:
			if err == nil || errors.Is(err, ErrNotLoaded) {
				t.Errorf("Eval(%s) = %v, %v, want an error", String(tt.n), got, err)
			}
		case error:
			if !errors.Is(err, want) {
				t.Errorf("Eval(%s) = %v, %v, want %v", String(tt.n), got, err, want)
			}
		default:
			if err != nil || got != tt.want {
				t.Errorf("Eval(%s) = %v, %v, want %v", String(tt.n), got, err, tt.want)
			}
		}
	}
}

func TestEvalWithoutRecord(t *testing.T) {
	for _, n := range []Node{Field{Name: "N"}, &Aggregate{}} {
		if v, err := Eval(n, nil); !errors.Is(err, ErrNotLoaded) {
			t.Errorf("Eval(%s, nil) = %v, %v, want ErrNotLoaded", String(n), v, err)
		}
	}
}

func TestHolds(t *testing.T) {
	tests := []struct {
		n    Node
		want bool
		ok   bool
	}{
		{nil, true, true}, {Literal{true}, true, true}, {Literal{false}, false, true}, {Literal{nil}, false, true},
		{Literal{"x"}, false, false}, {Field{Name: "Missing"}, false, false},
	}
	for _, tt := range tests {
		if got, err := Holds(tt.n, record{}); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("Holds(%s) = %v, %v, want %v, ok %v", String(tt.n), got, err, tt.want, tt.ok)
		}
	}
}

// condition is a random condition over the fields A and B, that may be NULL, and C that is not loaded.
func condition(r *rand.Rand, depth int) Node {
	if depth == 0 || r.IntN(6) == 0 {
		switch r.IntN(7) {
		case 0:
			return Literal{true}
		case 1:
			return Literal{false}
		case 2:
			return Literal{nil}
		case 3:
			return op(OpIsNull, Literal{[]any{nil, "x"}[r.IntN(2)]})
		case 4:
			return op(OpNotNull, Field{Name: "A"})
		default:
			return Field{Name: []string{"A", "B", "C"}[r.IntN(3)]}
		}
	}
	args := make([]any, r.IntN(4))
	for i := range args {
		args[i] = condition(r, depth-1)
	}
	switch r.IntN(4) {
	case 0:
		return op(OpNot, condition(r, depth-1))
	case 1:
		return op(OpDistinct, condition(r, depth-1), condition(r, depth-1))
	case 2:
		return op(OpAnd, args...)
	default:
		return op(OpOr, args...)
	}
}

func TestSimplifyKeepsMeaning(t *testing.T) {
	values := []any{true, false, nil}
	for seed := range uint64(3000) {
		n := condition(rand.New(rand.NewPCG(seed, 1)), 5)
		s := Simplify(n)
		for _, a := range values {
			for _, b := range values {
				// With C loaded the values are the same; without, what was known stays so.
				for _, c := range values {
					env := record{"A": a, "B": b, "C": c}
					want, errWant := Eval(n, env)
					got, err := Eval(s, env)
					if got != want || err != nil || errWant != nil {
						t.Fatalf("seed %d, %v: %s = %v, %v\nsimplified %s = %v, %v", seed, env, String(n), want, errWant, String(s), got, err)
					}
				}
				env := record{"A": a, "B": b}
				want, errWant := Eval(n, env)
				if got, err := Eval(s, env); errWant == nil && (err != nil || got != want) {
					t.Fatalf("seed %d, %v: %s = %v\nsimplified %s = %v, %v", seed, env, String(n), want, String(s), got, err)
				}
			}
		}
	}
}

func TestCompareIsAnOrder(t *testing.T) {
	groups := [][]any{
		{"", "A", "B", "a", "ä"}, {i(math.MinInt64), i(0), i(1)}, {math.Inf(-1), 0.0, 1.5, math.Inf(1), math.NaN()},
		{false, true}, {day.Add(-1), day}, {time.Duration(-1), time.Second}, {id1, id2},
		{decimal.New(-1, 3), decimal.New(1, -3), decimal.New(1, 0)}, {[]byte{}, []byte{0}, []byte{0, 0}, []byte{1}},
	}
	for _, g := range groups {
		for x, a := range g {
			for y, b := range g {
				if got, err := Compare(a, b); err != nil || sign(got) != sign(x-y) {
					t.Errorf("Compare(%v, %v) = %d, %v, want the sign of %d", a, b, got, err, x-y)
				}
			}
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func BenchmarkEval(b *testing.B) {
	n := op(OpAnd, op(OpEq, Field{Name: "A"}, id1), op(OpNot, op(OpLt, Field{Name: "N"}, i(10))))
	env := record{"A": id1, "N": i(12)}
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := Holds(n, env); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func ExampleEval() {
	n := Call{OpAnd, []Node{
		Call{OpGt, []Node{Field{Name: "Votes"}, Literal{int64(10)}}},
		Call{OpNot, []Node{Field{Name: "Closed"}}},
	}}
	for _, env := range []record{
		{"Votes": int64(12), "Closed": false}, {"Votes": int64(12), "Closed": nil}, {"Votes": int64(3)},
	} {
		v, err := Eval(n, env)
		fmt.Println(v, err)
	}
	// Output:
	// true <nil>
	// <nil> <nil>
	// false <nil>
}
