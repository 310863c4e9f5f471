package expr

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotLoaded says that a value cannot be known in memory: the database must be asked.
var ErrNotLoaded = errors.New("not loaded")

// Env is the record at hand, for Eval.
type Env interface {
	// Field is the canonical value of a field, nil for NULL. The error is
	// ErrNotLoaded when it is not known.
	Field(Field) (any, error)
	// Aggregate is the value of an aggregate, nil for NULL. The error is
	// ErrNotLoaded when the related records are not known.
	Aggregate(*Aggregate) (any, error)
}

// Eval computes n in memory, by the rules of SQL: nil is NULL, and unknown as
// a condition. A nil env is a record of which nothing is known. What does not
// depend on an unknown value is computed all the same: false and x is false.
// The error is ErrNotLoaded when the value cannot be known in memory; other
// errors are for values of the wrong kind, for numbers out of range, and for
// nodes that have not been resolved and bound.
//
// Upper and lower case follow Unicode, whatever the database does.
func Eval(n Node, env Env) (any, error) {
	switch x := n.(type) {
	case Literal:
		return x.Value, nil
	case Field:
		if env == nil {
			return nil, ErrNotLoaded
		}
		return env.Field(x)
	case *Aggregate:
		if env == nil {
			return nil, ErrNotLoaded
		}
		return env.Aggregate(x)
	case Call:
		return evalCall(x, env)
	}
	return nil, fmt.Errorf("evaluate %T: it is not bound", n)
}

// Holds reports whether the condition n is true, neither false nor unknown.
// A nil condition holds. Errors are those of Eval.
func Holds(n Node, env Env) (bool, error) {
	if n == nil {
		return true, nil
	}
	v, err := Eval(n, env)
	if err != nil {
		return false, err
	}
	b, known, err := truth(v)
	return b && known, err
}

// truth is the value of a condition, and whether it is known.
func truth(v any) (value, known bool, err error) {
	if v == nil {
		return false, false, nil
	}
	b, ok := v.(bool)
	if !ok {
		return false, false, fmt.Errorf("a condition has the value %T", v)
	}
	return b, true, nil
}

// operators compute from arguments of which none is NULL.
var operators = map[Op]struct {
	args int // -1 for any number
	f    func(op Op, args []any) (any, error)
}{
	OpEq: {2, comparison}, OpNe: {2, comparison}, OpLt: {2, comparison},
	OpLe: {2, comparison}, OpGt: {2, comparison}, OpGe: {2, comparison},
	OpNot: {1, negation},
	OpAdd: {2, binary}, OpSub: {2, binary}, OpMul: {2, binary}, OpDiv: {2, binary}, OpMod: {2, binary},
	OpNeg: {1, unary}, OpAbs: {1, unary},
	OpConcat: {-1, textual}, OpLower: {1, textual}, OpFold: {1, textual}, OpUpper: {1, textual}, OpTrim: {1, textual}, OpLength: {1, length},
	OpVariant: {2, variant},
	OpHas:     {2, listed}, OpHasAny: {2, listed}, OpHasAll: {2, listed},
	OpContains: {2, textual}, OpStartsWith: {2, textual}, OpEndsWith: {2, textual},
	OpRound: {1, whole}, OpFloor: {1, whole}, OpCeil: {1, whole},
	OpPosition: {2, position}, OpReplace: {3, replacement}, OpSubstring: {3, substring}, OpSplitPart: {3, splitPart},
	OpAddTime: {2, clock}, OpAddUnits: {3, clock}, OpElapsed: {2, clock}, OpExtract: {3, clock}, OpStartOf: {3, startOf}, OpStartOfDate: {2, startOfDate},
}

func evalCall(c Call, env Env) (any, error) {
	switch c.Op {
	case OpAnd:
		return evalLogic(c, false, env)
	case OpOr:
		return evalLogic(c, true, env)
	case OpIn:
		return evalIn(c, env)
	case OpCoalesce:
		for _, a := range c.Args {
			if v, err := Eval(a, env); v != nil || err != nil {
				return v, err
			}
		}
		return nil, nil
	case OpIf:
		return evalIf(c, env)
	case OpSQL:
		return nil, ErrNotLoaded
	}
	args := make([]any, len(c.Args))
	null := false
	for i, a := range c.Args {
		v, err := Eval(a, env)
		if err != nil {
			return nil, err
		}
		args[i], null = v, null || v == nil
	}
	op, ok := operators[c.Op]
	switch {
	case ok && op.args != len(args) && op.args >= 0:
		return nil, arity(c)
	case ok && null:
		return nil, nil
	case ok:
		return op.f(c.Op, args)
	}
	return evalNull(c, args)
}

func arity(c Call) error { return fmt.Errorf("evaluate %s: it has %d arguments", c.Op, len(c.Args)) }

// evalNull computes the operators that take NULL as a value.
func evalNull(c Call, args []any) (any, error) {
	switch {
	case c.Op == OpIsNull && len(args) == 1:
		return args[0] == nil, nil
	case c.Op == OpNotNull && len(args) == 1:
		return args[0] != nil, nil
	case c.Op == OpDistinct && len(args) == 2:
		if args[0] == nil || args[1] == nil {
			return args[0] != nil || args[1] != nil, nil
		}
		o, err := Compare(args[0], args[1])
		return o != 0, err
	case c.Op == OpIsNull, c.Op == OpNotNull, c.Op == OpDistinct:
		return nil, arity(c)
	}
	return nil, fmt.Errorf("evaluate %s: it is not bound", c.Op)
}

// evalLogic computes an And (decisive is false) or an Or (decisive is true): a
// decisive argument settles the matter, even where others are not known.
func evalLogic(c Call, decisive bool, env Env) (any, error) {
	var failed error
	var out any = !decisive
	for _, a := range c.Args {
		v, err := Eval(a, env)
		if err == nil {
			var b, known bool
			if b, known, err = truth(v); known && b == decisive {
				return decisive, nil
			}
		}
		if err != nil && failed == nil {
			failed = err
		}
		if v == nil {
			out = nil
		}
	}
	if failed != nil {
		return nil, failed
	}
	return out, nil
}

func evalIn(c Call, env Env) (any, error) {
	if len(c.Args) != 2 {
		return nil, arity(c)
	}
	list, ok := c.Args[1].(List)
	if !ok {
		return nil, fmt.Errorf("evaluate in: the right side is a %T", c.Args[1])
	}
	if len(list.Values) == 0 {
		return false, nil // nothing is in it, not even NULL
	}
	v, err := Eval(c.Args[0], env)
	if v == nil || err != nil {
		return nil, err
	}
	fold := isFold(c.Args[0])
	var out any = false
	for _, x := range list.Values {
		if x == nil {
			out = nil
			continue
		}
		if text, ok := x.(string); ok && fold {
			x = strings.ToLower(text)
		}
		o, err := Compare(v, x)
		if err != nil {
			return nil, err
		}
		if o == 0 {
			return true, nil
		}
	}
	return out, nil
}

func isFold(n Node) bool {
	c, ok := n.(Call)
	return ok && c.Op == OpFold
}

func evalIf(c Call, env Env) (any, error) {
	if len(c.Args) != 3 {
		return nil, arity(c)
	}
	ok, err := Holds(c.Args[0], env)
	if err != nil {
		return nil, err
	}
	if ok {
		return Eval(c.Args[1], env)
	}
	return Eval(c.Args[2], env)
}

func comparison(op Op, args []any) (any, error) {
	o, err := Compare(args[0], args[1])
	if err != nil {
		return nil, err
	}
	switch op {
	case OpEq:
		return o == 0, nil
	case OpNe:
		return o != 0, nil
	case OpLt:
		return o < 0, nil
	case OpLe:
		return o <= 0, nil
	case OpGt:
		return o > 0, nil
	}
	return o >= 0, nil
}

func negation(_ Op, args []any) (any, error) {
	b, _, err := truth(args[0])
	return !b, err
}

// textual computes the functions of texts.
func textual(op Op, args []any) (any, error) {
	texts := make([]string, len(args))
	for i, a := range args {
		s, ok := a.(string)
		if !ok {
			return nil, fmt.Errorf("evaluate %s: %T is no text", op, a)
		}
		texts[i] = s
	}
	switch op {
	case OpConcat:
		return strings.Join(texts, ""), nil
	case OpLower, OpFold:
		return strings.ToLower(texts[0]), nil
	case OpUpper:
		return strings.ToUpper(texts[0]), nil
	case OpTrim:
		return strings.Trim(texts[0], " "), nil
	case OpContains:
		return strings.Contains(texts[0], texts[1]), nil
	case OpStartsWith:
		return strings.HasPrefix(texts[0], texts[1]), nil
	}
	return strings.HasSuffix(texts[0], texts[1]), nil
}
