package expr

// Records stands for all records of the resource X, in the place of a
// relationship, for resources that nothing relates:
//
//	expr.Count(expr.Records[Order](), func(o *Order) expr.Bool { return expr.Eq(&o.Email, &c.Email) })
//
// The records are read under the same policies as related ones. What relates
// them is a condition, in which pointers to fields of the record at hand lead
// outwards.
func Records[X any]() *[]X { return new(make([]X, 0, 1)) }

// Exists holds when there is a record of the resource X, related or not, for
// which all of where hold; see Records.
func Exists[X any](where ...func(x *X) Bool) Bool { return Some(Records[X](), where...) }

// related is the beginning of an aggregate over what rel stands for. What
// Records returns can be told by its room for one record: the list of a probe is
// nil, and an empty list of a record has no room.
func related[X any](kind AggregateKind, rel *[]X) *Related {
	out := &Related{Kind: kind, Rel: ref(rel)}
	if rel != nil && *rel != nil && len(*rel) == 0 && cap(*rel) == 1 {
		out.Record = func() any { return new(X) }
	}
	return out
}
