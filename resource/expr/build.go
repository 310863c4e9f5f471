package expr

import (
	"time"
)

// Value is an expression whose value has the Go type T. The zero Value is
// NULL. Values are made by F, V and the functions of this package.
type Value[T any] struct{ n Node }

// Bool is a condition.
type Bool = Value[bool]

// Node returns the tree of v.
func (v Value[T]) Node() Node {
	if v.n == nil {
		return Literal{}
	}
	return v.n
}

// Of wraps a tree as a Value. The caller vouches for the type.
func Of[T any](n Node) Value[T] { return Value[T]{n} }

// F is the value of the field that p points at.
func F[T any](p *T) Value[T] { return Value[T]{ref(p)} }

// With is the value of the calculated field that p points at with arguments:
// a pointer to the struct that the calculation was declared with.
func With[T any](p *T, args any) Value[T] {
	r := ref(p)
	r.Args = args
	return Value[T]{r}
}

// V is the constant v.
func V[T any](v T) Value[T] { return Value[T]{Literal{v}} }

// True holds for every record.
func True() Bool { return V(true) }

// False holds for no record.
func False() Bool { return V(false) }

func ref[T any](p *T) Ref {
	return Ref{Ptr: p, Deref: func() any {
		if p == nil {
			return nil
		}
		return *p
	}}
}

func call[R any](op Op, args ...Node) Value[R] { return Value[R]{Call{op, args}} }

// And holds when v and all of others hold.
func (v Value[T]) And(others ...Bool) Bool { return call[bool](OpAnd, nodes(v.Node(), others)...) }

// Or holds when v or one of others holds.
func (v Value[T]) Or(others ...Bool) Bool { return call[bool](OpOr, nodes(v.Node(), others)...) }

func nodes(first Node, others []Bool) []Node {
	args := make([]Node, 0, len(others)+1)
	args = append(args, first)
	for _, o := range others {
		args = append(args, o.Node())
	}
	return args
}

// Not holds when c is false. It is unknown when c is.
func Not(c Bool) Bool { return call[bool](OpNot, c.Node()) }

// All holds when every one of cs holds; with none it holds.
func All(cs ...Bool) Bool { return True().And(cs...) }

// Any holds when one of cs holds; with none it does not.
func Any(cs ...Bool) Bool { return False().Or(cs...) }

// Eq compares two fields. A pointer into no probe stands for the value it points at.
func Eq[T any](a, b *T) Bool { return call[bool](OpEq, ref(a), ref(b)) }

// EqNullable compares a field that may be null with one that may not, such as
// a nullable key with the actor's ID.
func EqNullable[T any](a **T, b *T) Bool { return call[bool](OpEq, ref(a), ref(b)) }

// Is holds when the field equals v; with nil it is IsNull.
func Is[T any](p *T, v T) Bool { return call[bool](OpEq, ref(p), Literal{v}) }

// IsNot holds when the field is not NULL and differs from v; with nil it is NotNull.
func IsNot[T any](p *T, v T) Bool { return call[bool](OpNe, ref(p), Literal{v}) }

// Lt holds when the field is less than v.
func Lt[T any](p *T, v T) Bool { return call[bool](OpLt, ref(p), Literal{v}) }

// Le holds when the field is at most v.
func Le[T any](p *T, v T) Bool { return call[bool](OpLe, ref(p), Literal{v}) }

// Gt holds when the field is greater than v.
func Gt[T any](p *T, v T) Bool { return call[bool](OpGt, ref(p), Literal{v}) }

// Ge holds when the field is at least v.
func Ge[T any](p *T, v T) Bool { return call[bool](OpGe, ref(p), Literal{v}) }

// In holds when the field equals one of vs.
func In[T any](p *T, vs ...T) Bool {
	list := List{Values: make([]any, len(vs))}
	for i, v := range vs {
		list.Values[i] = v
	}
	return call[bool](OpIn, ref(p), list)
}

// IsNull holds when the field is NULL.
func IsNull[T any](p *T) Bool { return call[bool](OpIsNull, ref(p)) }

// NotNull holds when the field is not NULL.
func NotNull[T any](p *T) Bool { return call[bool](OpNotNull, ref(p)) }

// Text is a Go type that holds a string, nullable or not.
type Text interface{ ~string | *string }

// Contains holds when the text has part in it, letter for letter.
func Contains[T Text](p *T, part string) Bool { return call[bool](OpContains, ref(p), Literal{part}) }

// StartsWith holds when the text begins with part, letter for letter.
func StartsWith[T Text](p *T, part string) Bool {
	return call[bool](OpStartsWith, ref(p), Literal{part})
}

// EndsWith holds when the text ends with part, letter for letter.
func EndsWith[T Text](p *T, part string) Bool { return call[bool](OpEndsWith, ref(p), Literal{part}) }

// Containing holds when the text has part in it, letter for letter. Unlike
// Contains it takes values: arguments, or other fields.
func Containing(text, part Value[string]) Bool {
	return call[bool](OpContains, text.Node(), part.Node())
}

// StartingWith holds when the text begins with part, letter for letter.
func StartingWith(text, part Value[string]) Bool {
	return call[bool](OpStartsWith, text.Node(), part.Node())
}

// EndingWith holds when the text ends with part, letter for letter.
func EndingWith(text, part Value[string]) Bool {
	return call[bool](OpEndsWith, text.Node(), part.Node())
}

// Equal compares two values.
func Equal[T any](a, b Value[T]) Bool { return call[bool](OpEq, a.Node(), b.Node()) }

// NotEqual compares two values.
func NotEqual[T any](a, b Value[T]) Bool { return call[bool](OpNe, a.Node(), b.Node()) }

// Less compares two values.
func Less[T any](a, b Value[T]) Bool { return call[bool](OpLt, a.Node(), b.Node()) }

// AtMost compares two values.
func AtMost[T any](a, b Value[T]) Bool { return call[bool](OpLe, a.Node(), b.Node()) }

// Distinct holds when the values differ, where NULL is a value like others.
func Distinct[T any](a, b Value[T]) Bool { return call[bool](OpDistinct, a.Node(), b.Node()) }

// Number is a Go type with arithmetic in Go and in SQL.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~float32 | ~float64
}

// Add is a + b.
func Add[T Number](a, b Value[T]) Value[T] { return call[T](OpAdd, a.Node(), b.Node()) }

// Sub is a - b.
func Sub[T Number](a, b Value[T]) Value[T] { return call[T](OpSub, a.Node(), b.Node()) }

// Mul is a * b.
func Mul[T Number](a, b Value[T]) Value[T] { return call[T](OpMul, a.Node(), b.Node()) }

// Div is a / b; integers are divided towards zero, division by zero gives NULL.
func Div[T Number](a, b Value[T]) Value[T] { return call[T](OpDiv, a.Node(), b.Node()) }

// Mod is the remainder of a / b with the sign of a; by zero it is NULL.
func Mod[T Number](a, b Value[T]) Value[T] { return call[T](OpMod, a.Node(), b.Node()) }

// Neg is -a.
func Neg[T Number](a Value[T]) Value[T] { return call[T](OpNeg, a.Node()) }

// Abs is the absolute value of a.
func Abs[T Number](a Value[T]) Value[T] { return call[T](OpAbs, a.Node()) }

// Concat joins texts; it is NULL when one of them is.
func Concat[T ~string](parts ...Value[T]) Value[T] {
	args := make([]Node, len(parts))
	for i, p := range parts {
		args[i] = p.Node()
	}
	return call[T](OpConcat, args...)
}

// Lower is the text in lower case.
func Lower[T Text](v Value[T]) Value[T] { return call[T](OpLower, v.Node()) }

// Upper is the text in upper case.
func Upper[T Text](v Value[T]) Value[T] { return call[T](OpUpper, v.Node()) }

// Trim is the text without spaces at its ends.
func Trim[T Text](v Value[T]) Value[T] { return call[T](OpTrim, v.Node()) }

// Length is the number of characters of the text.
func Length[T Text](v Value[T]) Value[int] { return call[int](OpLength, v.Node()) }

// Coalesce is v, or otherwise when v is NULL.
func Coalesce[T any](v Value[*T], otherwise Value[T]) Value[T] {
	return call[T](OpCoalesce, v.Node(), otherwise.Node())
}

// Nullable is v as a value that may be NULL.
func Nullable[T any](v Value[T]) Value[*T] { return Value[*T](v) }

// If is then where c holds and otherwise elsewhere, also where c is unknown.
func If[T any](c Bool, then, otherwise Value[T]) Value[T] {
	return call[T](OpIf, c.Node(), then.Node(), otherwise.Node())
}

// Now is the time at which the call began; it is the same everywhere in one call.
func Now() Value[time.Time] { return call[time.Time](OpNow) }

// Asc sorts by the field, smallest first and NULLs last.
func Asc[T any](p *T) Order { return Order{Node: ref(p)} }

// Desc sorts by the field, largest first and NULLs last.
func Desc[T any](p *T) Order { return Order{Node: ref(p), Descending: true} }

// WithNullsFirst returns o with NULLs before all values.
func (o Order) WithNullsFirst() Order {
	o.NullsFirst = true
	return o
}

// By sorts by a value.
func By[T any](v Value[T]) Order { return Order{Node: v.Node()} }

// Reverse returns o in the opposite direction.
func (o Order) Reverse() Order {
	o.Descending = !o.Descending
	return o
}

// Count is the number of related records for which all of where hold.
func Count[X any](rel *[]X, where ...func(x *X) Bool) Value[int] {
	return Value[int](aggregate[X, int](AggregateCount, rel, nil, where))
}

// Some holds when there is a related record for which all of where hold.
func Some[X any](rel *[]X, where ...func(x *X) Bool) Bool {
	return Bool(aggregate[X, bool](AggregateExists, rel, nil, where))
}

// Min is the smallest of the values of the related records, or NULL.
func Min[X, T any](rel *[]X, of func(x *X) *T, where ...func(x *X) Bool) Value[*T] {
	return aggregate(AggregateMin, rel, of, where)
}

// Max is the largest of the values of the related records, or NULL.
func Max[X, T any](rel *[]X, of func(x *X) *T, where ...func(x *X) Bool) Value[*T] {
	return aggregate(AggregateMax, rel, of, where)
}

// Sum is the sum over the related records, or NULL over none.
func Sum[X any, T Number](rel *[]X, of func(x *X) *T, where ...func(x *X) Bool) Value[*T] {
	return aggregate(AggregateSum, rel, of, where)
}

// Avg is the mean over the related records, or NULL over none.
func Avg[X any, T Number](rel *[]X, of func(x *X) *T, where ...func(x *X) Bool) Value[*float64] {
	return Value[*float64](aggregate(AggregateAvg, rel, of, where))
}

// First is the value of the first related record in the given order, or NULL.
func First[X, T any](rel *[]X, of func(x *X) *T, sort func(x *X) []Order, where ...func(x *X) Bool) Value[*T] {
	v := aggregate(AggregateFirst, rel, of, where)
	v.n.(*Related).Sort = func(probe any) []Order { return sort(probe.(*X)) }
	return v
}

func aggregate[X, T any](kind AggregateKind, rel *[]X, of func(*X) *T, where []func(*X) Bool) Value[*T] {
	out := related(kind, rel)
	out.Where = whereFunc(where)
	if of != nil {
		out.Of = func(probe any) Node { return ref(of(probe.(*X))) }
	}
	return Value[*T]{out}
}

func whereFunc[X any](where []func(*X) Bool) func(any) Node {
	if len(where) == 0 {
		return nil
	}
	return func(probe any) Node {
		cs := make([]Bool, len(where))
		for i, w := range where {
			cs[i] = w(probe.(*X))
		}
		if len(cs) == 1 {
			return cs[0].Node()
		}
		return All(cs...).Node()
	}
}
