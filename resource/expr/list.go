package expr

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// Has holds when the list has an element that equals v. Like all operators of
// lists it is unknown when the list is NULL; an empty list has nothing.
func Has[L ~[]T, T any](p *L, v T) Bool { return call[bool](OpHas, ref(p), Literal{v}) }

// HasAny holds when the list has one at least of vs.
func HasAny[L ~[]T, T any](p *L, vs ...T) Bool { return call[bool](OpHasAny, ref(p), Literal{vs}) }

// HasAll holds when the list has all of vs; with none of them it holds.
func HasAll[L ~[]T, T any](p *L, vs ...T) Bool { return call[bool](OpHasAll, ref(p), Literal{vs}) }

// Having is Has for values: those of other fields, of the actor, of arguments.
func Having[L ~[]T, T any](list Value[L], item Value[T]) Bool {
	return call[bool](OpHas, list.Node(), item.Node())
}

// Len is the number of elements of the list.
func Len[L ~[]T, T any](list Value[L]) Value[int] { return call[int](OpLength, list.Node()) }

// listed computes the operators whose first argument is a list.
func listed(op Op, args []any) (any, error) {
	list, ok := args[0].([]any)
	if !ok {
		return nil, fmt.Errorf("evaluate %s: %T is no list", op, args[0])
	}
	if op == OpHas {
		return holds(list, args[1])
	}
	wanted, ok := args[1].([]any)
	if !ok {
		return nil, fmt.Errorf("evaluate %s: %T is no list", op, args[1])
	}
	for _, w := range wanted {
		has, err := holds(list, w)
		if err != nil {
			return nil, err
		}
		if has == (op == OpHasAny) {
			return has, nil
		}
	}
	return op == OpHasAll, nil
}

func holds(list []any, v any) (bool, error) {
	var failed error
	found := slices.ContainsFunc(list, func(item any) bool {
		o, err := Compare(item, v)
		if err != nil && failed == nil {
			failed = err
		}
		return err == nil && o == 0
	})
	return found && failed == nil, failed
}

// length counts the characters of a text or the elements of a list.
func length(op Op, args []any) (any, error) {
	switch x := args[0].(type) {
	case string:
		return int64(utf8.RuneCountInString(x)), nil
	case []any:
		return int64(len(x)), nil
	}
	return nil, fmt.Errorf("evaluate %s: %T is neither text nor list", op, args[0])
}

// compareLists orders lists by their first elements that differ, and else by length.
func compareLists(x, y []any) (int, error) {
	for i := range min(len(x), len(y)) {
		if o, err := Compare(x[i], y[i]); o != 0 || err != nil {
			return o, err
		}
	}
	return len(x) - len(y), nil
}
