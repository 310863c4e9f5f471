package sqltext_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

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
			for range 300 {
				kept = append(kept, d.writeBoth(t, shared))
			}
			for _, check := range kept {
				check()
			}
		})
	}
	callers.Wait()
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
	key, number := uuid.New(), rand.Int64()
	one := resolve(t, d.message, expr.Is(&d.m.RoomID, key))
	author := datalayer.Include{Relationship: d.message.Relationship("Author"), Query: &datalayer.Query{
		Resource: d.user, Select: d.user.Columns(), Where: expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: "ID"}, expr.Literal{Value: key}}}}}
	q := &datalayer.Query{Resource: d.message, Select: d.message.Columns(), Where: one, Limit: 1 + rand.IntN(60), More: rand.IntN(2) == 0}
	if rand.IntN(2) == 0 {
		q.Sort = order(t, d.message, expr.Desc(&d.m.InsertedAt))
	}
	if rand.IntN(2) == 0 {
		q.Include = []datalayer.Include{author}
	}
	if rand.IntN(2) == 0 {
		q.Select = q.Select[:1+rand.IntN(len(q.Select))]
	}
	many := &datalayer.Include{Relationship: d.room.Relationship("Posts"), Query: q}
	switch rand.IntN(6) {
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
		columns := []*resource.Attribute{d.user.Primary, d.user.Attribute("Name")}
		return func(x *sqltext.Dialect) (any, error) {
			return x.Insert(&datalayer.Insert{Resource: d.user, Columns: columns, Rows: [][]any{{key, fmt.Sprint(number)}}, Return: columns})
		}
	}
	return func(x *sqltext.Dialect) (any, error) { return x.Read(q) }
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
