package expr

// CountDistinct is the number of different values of the related records, NULL apart.
func CountDistinct[X, T any](rel *[]X, of func(x *X) *T, where ...func(x *X) Bool) Value[int] {
	v := aggregate(AggregateCount, rel, of, where)
	v.n.(*Related).Distinct = true
	return Value[int](v)
}

// ListOf is the values of the related records in the given order, NULL apart;
// empty without any. A nil sort is the order of their keys.
func ListOf[X, T any](rel *[]X, of func(x *X) *T, sort func(x *X) []Order, where ...func(x *X) Bool) Value[[]T] {
	v := aggregate(AggregateList, rel, of, where)
	if sort != nil {
		v.n.(*Related).Sort = func(probe any) []Order { return sort(probe.(*X)) }
	}
	return Value[[]T](v)
}

// ListDistinct is the different values of the related records, NULL apart,
// the smallest first; empty without any.
func ListDistinct[X, T any](rel *[]X, of func(x *X) *T, where ...func(x *X) Bool) Value[[]T] {
	v := aggregate(AggregateList, rel, of, where)
	v.n.(*Related).Distinct = true
	return Value[[]T](v)
}
