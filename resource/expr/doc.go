// Package expr builds expressions over the fields of resources as data.
//
// An expression is written with typed pointers to the fields of a probe (the
// receiver of Define, or what Fields returns), so the compiler checks the
// fields and the types of their values:
//
//	expr.Eq(&m.AuthorID, &me.ID)
//	expr.Is(&f.State, Open).And(expr.Gt(&f.Votes, 10))
//	expr.Some(&room.Messages, func(m *Message) expr.Bool { return expr.IsNull(&m.ReadAt) })
//
// The result is a tree of Nodes which others walk: a data layer writes it as
// SQL, Eval computes it in memory, String prints it. Both follow SQL's rules
// for NULL: a comparison with NULL is unknown, and what is unknown is not true.
//
// Values and Nodes are immutable; they may be used from many goroutines.
package expr
