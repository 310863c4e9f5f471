package resource

import (
	"fmt"

	"github.com/congago/conga/resource/expr"
)

// maxAtoms is how many different questions a condition may ask to be solved;
// of larger ones nothing is said.
const maxAtoms = 8

// never reports whether no record, actor and call can make all conditions
// true. It knows contradictions between conditions and their negations, and
// between comparisons of one value with two constants. When it is not sure, it
// is false.
func never(conditions ...expr.Node) bool {
	s := solver{at: map[string]int{}}
	n := expr.And(conditions...)
	if n == nil {
		return false
	}
	s.collect(n)
	if len(s.atoms) > maxAtoms {
		return false
	}
	s.exclude()
	return !s.satisfiable(n, 0)
}

// kleene is a truth value of SQL, such that And is the minimum, Or the
// maximum and Not the negative.
type kleene int8

const (
	isFalse kleene = iota - 1
	isUnknown
	isTrue
)

// solver tries all truth values of the atoms of a condition: the parts that
// are neither and, or nor not.
type solver struct {
	atoms  []expr.Node
	at     map[string]int // by what they ask
	values []kleene
	// apart are atoms that are never true together.
	apart [][2]int
}

// collect finds the atoms.
func (s *solver) collect(n expr.Node) {
	if c, ok := n.(expr.Call); ok && logical(c.Op) {
		for _, a := range c.Args {
			s.collect(a)
		}
		return
	}
	if _, constant := n.(expr.Literal); constant {
		return
	}
	if _, known := s.at[atomKey(n)]; !known {
		s.at[atomKey(n)] = len(s.atoms)
		s.atoms = append(s.atoms, n)
	}
}

func logical(op expr.Op) bool {
	return op == expr.OpAnd || op == expr.OpOr || op == expr.OpNot || op == OpStrict
}

// atomKey is the same for atoms that always have the same value.
func atomKey(n expr.Node) string {
	key := expr.String(n)
	expr.Walk(n, func(n expr.Node) bool {
		switch x := n.(type) {
		case expr.Fact: // two may have one name
			key += fmt.Sprintf(" %p", x.Ask)
		case expr.Actor:
			key += " " + x.Type
		case expr.Literal: // 1 and "1" are printed differently, but other kinds may not be
			key += fmt.Sprintf(" %T", x.Value)
		}
		return true
	})
	return key
}

// exclude finds atoms that are never true together.
func (s *solver) exclude() {
	for i, a := range s.atoms {
		for j := range i {
			if contrary(a, s.atoms[j]) {
				s.apart = append(s.apart, [2]int{i, j})
			}
		}
	}
}

// contrary reports whether two atoms say different things of one value.
func contrary(a, b expr.Node) bool {
	x, xOK := a.(expr.Call)
	y, yOK := b.(expr.Call)
	if !xOK || !yOK || len(x.Args) == 0 || len(y.Args) == 0 || atomKey(x.Args[0]) != atomKey(y.Args[0]) {
		return false
	}
	switch {
	case x.Op == expr.OpIsNull:
		return strict(y.Op) || y.Op == expr.OpNotNull
	case y.Op == expr.OpIsNull:
		return strict(x.Op) || x.Op == expr.OpNotNull
	case len(x.Args) != 2 || len(y.Args) != 2:
		return false
	case x.Op == expr.OpEq && y.Op == expr.OpEq:
		v, vOK := x.Args[1].(expr.Literal)
		w, wOK := y.Args[1].(expr.Literal)
		if !vOK || !wOK || v.Value == nil || w.Value == nil {
			return false
		}
		o, err := expr.Compare(v.Value, w.Value)
		return err == nil && o != 0
	}
	opposite := map[expr.Op]expr.Op{expr.OpEq: expr.OpNe, expr.OpNe: expr.OpEq, expr.OpLt: expr.OpGe, expr.OpGe: expr.OpLt, expr.OpGt: expr.OpLe, expr.OpLe: expr.OpGt}
	return opposite[x.Op] == y.Op && atomKey(x.Args[1]) == atomKey(y.Args[1])
}

// strict reports whether a comparison is never true of NULL.
func strict(op expr.Op) bool {
	switch op {
	case expr.OpEq, expr.OpNe, expr.OpLt, expr.OpLe, expr.OpGt, expr.OpGe, expr.OpIn,
		expr.OpContains, expr.OpStartsWith, expr.OpEndsWith:
		return true
	}
	return false
}

// satisfiable reports whether the atoms from the i-th on can have values such
// that n is true.
func (s *solver) satisfiable(n expr.Node, i int) bool {
	if s.values == nil {
		s.values = make([]kleene, len(s.atoms))
	}
	if i == len(s.atoms) {
		return s.value(n) == isTrue
	}
	for _, v := range []kleene{isTrue, isFalse, isUnknown} {
		s.values[i] = v
		if s.possible(i) && s.satisfiable(n, i+1) {
			return true
		}
	}
	return false
}

// possible reports whether the i-th atom may have its value beside those before it.
func (s *solver) possible(i int) bool {
	for _, pair := range s.apart {
		if pair[0] == i && s.values[i] == isTrue && s.values[pair[1]] == isTrue {
			return false
		}
	}
	return true
}

func (s *solver) value(n expr.Node) kleene {
	switch x := n.(type) {
	case expr.Literal:
		switch x.Value {
		case true:
			return isTrue
		case false:
			return isFalse
		}
		return isUnknown
	case expr.Call:
		switch x.Op {
		case expr.OpNot:
			return -s.value(x.Args[0])
		case expr.OpAnd:
			out := isTrue
			for _, a := range x.Args {
				out = min(out, s.value(a))
			}
			return out
		case expr.OpOr:
			out := isFalse
			for _, a := range x.Args {
				out = max(out, s.value(a))
			}
			return out
		case OpStrict:
			return s.value(x.Args[0])
		}
	}
	return s.values[s.at[atomKey(n)]]
}
