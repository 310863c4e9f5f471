package expr

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

func TestString(t *testing.T) {
	author, votes := Field{Path: []string{"Author"}, Name: "ID"}, Field{Name: "Votes"}
	tests := []struct {
		n    Node
		want string
	}{
		{nil, "true"},
		{op(OpAnd, op(OpEq, author, Actor{Name: "ID"}), op(OpNot, op(OpLt, votes, i(10)))), "Author.ID == actor.ID and not (Votes < 10)"},
		{op(OpAnd, op(OpOr, true, false), nil), "(true or false) and null"},
		{op(OpOr, op(OpAnd, true, false), nil), "true and false or null"},
		{op(OpSub, i(1), op(OpSub, i(2), i(3))), "1 - (2 - 3)"},
		{op(OpSub, op(OpSub, i(1), i(2)), i(3)), "1 - 2 - 3"},
		{op(OpMul, op(OpAdd, i(1), i(2)), op(OpNeg, votes)), "(1 + 2) * neg(Votes)"},
		{op(OpEq, op(OpEq, i(1), i(2)), false), "(1 == 2) == false"},
		{op(OpIsNull, op(OpOr, true, votes)), "(true or Votes) is null"},
		{op(OpAnd, op(OpNotNull, votes), op(OpIn, votes, list(i(1), "a\"b", nil))), `Votes is not null and Votes in [1, "a\"b", null]`},
		{op(OpContains, op(OpLower, Field{Name: "Body"}), Argument{"q"}), "contains(lower(Body), argument.q)"},
		{op(OpIf, Actor{}, day, []byte{1, 255}), "if(actor, 2024-02-29T00:00:00Z, 0x01ff)"},
		{op(OpEq, time.Minute, id1), "1m0s == 01000000-0000-0000-0000-000000000000"},
		{Literal{decimal.New(1250, -2)}, "12.5"},
		{op(OpAnd), "and()"},
		{op(OpGt, &Aggregate{Kind: AggregateCount, Path: []string{"Room", "Messages"}, Where: op(OpEq, Field{Name: "RoomID"}, Field{Up: 1, Name: "ID"})}, i(3)),
			"count(Room.Messages where RoomID == parent.ID) > 3"},
		{&Aggregate{Kind: AggregateFirst, Up: 1, Path: []string{"Messages"}, Of: Field{Name: "Body"},
			Sort: []Order{{Node: Field{Name: "At"}, Descending: true, NullsFirst: true}, {Node: op(OpAdd, votes, i(1))}}},
			"first(parent.Messages, Body by -At nulls first, (Votes + 1))"},
		{ref(new(int)), "unresolved(*int)"},
		{Some(new([]int)).Node(), "exists(unresolved(*[]int))"},
	}
	for _, tt := range tests {
		if got := String(tt.n); got != tt.want {
			t.Errorf("String(%#v)\n got %s\nwant %s", tt.n, got, tt.want)
		}
	}
}

func ExampleString() {
	fmt.Println(String(Field{Path: []string{"Author"}, Name: "Name"}))
	fmt.Println(String(Less(V(3), V(4)).And(Not(True())).Node()))
	// Output:
	// Author.Name
	// 3 < 4 and not (true)
}
