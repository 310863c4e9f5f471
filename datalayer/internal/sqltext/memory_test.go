package sqltext_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// TestMemoryIsNotSeen holds what one dialect writes for many callers, in
// memory that it uses again, against what a new one writes for one.
func TestMemoryIsNotSeen(t *testing.T) {
	d := newDomain(t)
	shared := sqltext.PostgreSQL()
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			var kept []func() // what was written stays as it is while more is written
			for range 2000 {
				kept = append(kept, d.writeBoth(t, shared))
			}
			for _, check := range kept {
				check()
			}
		})
	}
	callers.Wait()
}

// TestShapeKnowsEveryField does not compile once a query or an expression has
// more than the shape of a query knows of. Then shape.go has to learn it.
func TestShapeKnowsEveryField(*testing.T) {
	type query struct {
		Resource      *resource.Resource
		Select        []*resource.Attribute
		Combine       []datalayer.Part
		Where         expr.Node
		Sort          []expr.Order
		Limit, Offset int
		Seek          *datalayer.Seek
		More, Count   bool
		Include       []datalayer.Include
		Group         *datalayer.Group
		Distinct      *datalayer.Distinct
		Lock          bool
		Relations     datalayer.Relations
		Tenant        datalayer.Tenant
	}
	type include struct {
		Relationship *resource.Relationship
		Query        *datalayer.Query
	}
	type field struct {
		Up   int
		Path []string
		Name string
		Args map[string]any
	}
	type order struct {
		Node                   expr.Node
		Descending, NullsFirst bool
	}
	_, _, _, _ = query(datalayer.Query{}), include(datalayer.Include{}), field(expr.Field{}), order(expr.Order{})
	type insert struct {
		Resource *resource.Resource
		Columns  []*resource.Attribute
		Rows     [][]any
		Return   []*resource.Attribute
		Conflict *datalayer.Conflict
		Tenant   datalayer.Tenant
	}
	_ = insert(datalayer.Insert{})
	_, _ = struct{ Value any }(expr.Literal{}), struct {
		Op   expr.Op
		Args []expr.Node
	}(expr.Call{})
}

// writeBoth writes a random statement with the shared dialect and with one of
// its own, and returns what compares the two.
func (d *domain) writeBoth(t *testing.T, shared *sqltext.Dialect) (check func()) {
	write := d.random(t)
	got, err := write(shared)
	if err != nil {
		t.Fatal(err)
	}
	want, err := write(sqltext.PostgreSQL())
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if a, b := shown(got), shown(want); a != b {
			t.Errorf("written in memory of others\n got %s\nwant %s", a, b)
		}
	}
}

// random is how to write a statement of a random form, with random values.
func (d *domain) random(t *testing.T) func(*sqltext.Dialect) (any, error) {
	r := rand.New(rand.NewPCG(rand.Uint64N(100), 0)) //nolint:gosec // the forms come again, with other values
	key, number := uuid.New(), rand.Int64()
	one := resolve(t, d.message, expr.Is(&d.m.RoomID, key))
	author := datalayer.Include{Relationship: d.message.Relationship("Author"), Query: &datalayer.Query{
		Resource: d.user, Select: d.user.Columns(), Where: condition(r, 2, "ID", "Name")}}
	q := &datalayer.Query{Resource: d.message, Select: d.message.Columns(), Where: condition(r, 3, "RoomID", "Body", "Likes", "InsertedAt", "Author.Name", "Author.Label"),
		Limit: 1 + rand.IntN(3), More: rand.IntN(2) == 0, Offset: rand.IntN(3)}
	if r.IntN(2) == 0 {
		q.Where = expr.And(one, q.Where)
	}
	if r.IntN(2) == 0 {
		q.Sort = order(t, d.message, expr.Desc(&d.m.InsertedAt), expr.Asc(&d.m.Author.Name))
		q.Sort[0].Descending = rand.IntN(2) == 0
	}
	if r.IntN(2) == 0 {
		author.Query.Include = []datalayer.Include{{Relationship: d.user.Relationship([]string{"Messages", "Memberships"}[rand.IntN(2)]), Query: &datalayer.Query{}},
			{Relationship: d.user.Relationship("Team"), Query: &datalayer.Query{Resource: d.team, Select: d.team.Columns(), Where: condition(r, 1, "ID")}}}
		author.Query.Include[0].Query.Resource = author.Query.Include[0].Relationship.Target
		q.Include = []datalayer.Include{author}
	}
	if r.IntN(2) == 0 { // some of the columns, in some order
		q.Select = slices.Clone(q.Select)[:3]
		q.Select[rand.IntN(3)] = d.message.Columns()[3+rand.IntN(2)]
	}
	many := &datalayer.Include{Relationship: d.room.Relationship("Posts"), Query: q}
	switch r.IntN(12) {
	case 0:
		return func(x *sqltext.Dialect) (any, error) { return x.Count(q) }
	case 1:
		keys := sqltext.Array{Kind: d.room.Primary.Type.Kind, Values: []any{key, uuid.New()}}
		return func(x *sqltext.Dialect) (any, error) { return x.Related(many, keys) }
	case 2:
		return func(x *sqltext.Dialect) (any, error) {
			return x.Delete(&datalayer.Delete{Resource: d.message, Where: one, Return: q.Select})
		}
	case 3:
		values := map[string]any{"ID": key, "Body": fmt.Sprint(number), "Likes": number, "Extra": map[string]any{"a": number}, "Raw": []byte{1}, "SeenAt": nil, "Took": time.Duration(number)}
		in := &datalayer.Insert{Resource: d.message, Rows: [][]any{{}}, Return: q.Select[:rand.IntN(3)]}
		for _, a := range d.message.Columns() {
			if v, ok := values[a.Name]; ok && rand.IntN(3) > 0 {
				in.Columns, in.Rows[0] = append(in.Columns, a), append(in.Rows[0], v)
			}
		}
		if rand.IntN(4) == 0 {
			in.Rows = append(in.Rows, in.Rows[0])
		}
		return func(x *sqltext.Dialect) (any, error) { return x.Insert(in) }
	case 4: // a room, whose posts can be asked for at once
		q = &datalayer.Query{Resource: d.room, Select: d.room.Columns()[:2], Where: resolve(t, d.room, expr.Is(&d.r.ID, key)), Include: []datalayer.Include{
			{Relationship: many.Relationship, Query: &datalayer.Query{Resource: d.message}}}}
	}
	return func(x *sqltext.Dialect) (any, error) { return x.Read(q) }
}

// condition is a random condition on the fields, with few different values.
func condition(r *rand.Rand, depth int, fields ...string) expr.Node {
	call := func(op expr.Op, args ...expr.Node) expr.Node { return expr.Call{Op: op, Args: args} }
	if depth > 0 && r.IntN(3) > 0 {
		a, b := condition(r, depth-1, fields...), condition(r, depth-1, fields...)
		switch r.IntN(4) {
		case 0:
			if b != nil {
				return call(expr.OpNot, b)
			}
		case 1:
			if a != nil && b != nil {
				return call(expr.OpOr, a, b)
			}
		}
		return expr.And(a, b)
	}
	steps := strings.Split(fields[(r.IntN(len(fields))+rand.IntN(2))%len(fields)], ".")
	name := steps[len(steps)-1]
	field := expr.Field{Path: steps[:len(steps)-1], Name: name}
	values := map[string]any{"RoomID": uuid.UUID{15: byte(rand.IntN(2))}, "ID": uuid.UUID{15: byte(rand.IntN(2))}, "Likes": rand.Int64N(2), "InsertedAt": noon.AddDate(rand.IntN(2), 0, 0)}
	value := values[name]
	if value == nil {
		value = []string{"", "ann", "bob"}[rand.IntN(3)]
	}
	switch r.IntN(8) {
	case 0:
		return nil
	case 1:
		return expr.Literal{Value: []any{nil, true, false}[rand.IntN(3)]}
	case 2:
		return call(expr.OpIsNull, field)
	case 3:
		return call(expr.OpIn, field, expr.List{Values: []any{value}})
	case 4:
		return call(expr.OpEq, expr.Literal{Value: value}, field)
	case 5:
		return call(expr.OpEq, field, expr.Literal{})
	}
	ops := []expr.Op{expr.OpEq, expr.OpNe, expr.OpGt}
	return call(ops[rand.IntN(len(ops))], field, expr.Literal{Value: value})
}

// shown is all that a layer reads of a statement.
func shown(written any) string {
	s, ok := written.(*sqltext.Select)
	if !ok {
		s = &sqltext.Select{Statement: written.(sqltext.Statement)}
	}
	out := fmt.Sprint(s.Text, s.Args, s.Key, s.Limit, s.Reversed)
	for _, a := range s.Columns {
		out += fmt.Sprintf(" %p", a)
	}
	return out + level(&s.Root)
}

func level(l *sqltext.Level) string {
	out := fmt.Sprintf(" %p %v %v %d", l.Query, l.Columns, l.Fixed, l.Primary)
	for _, b := range l.Branches {
		out += fmt.Sprintf(" %p %d %v", b.Include, b.Key, b.Known)
		if b.Joined != nil {
			out += level(b.Joined)
		}
	}
	return out
}
