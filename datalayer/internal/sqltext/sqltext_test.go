package sqltext_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

var update = flag.Bool("update", false, "rewrite the goldens")

var (
	someID = uuid.MustParse("0198b3a0-0000-7000-8000-000000000001")
	noon   = time.Date(2026, 1, 2, 12, 0, 0, 123456000, time.UTC)
)

// domain is the compiled resources and the probes to write expressions with.
type domain struct {
	message, room, user, team *resource.Resource
	m                         *Message
	r                         *Room
	u                         *User
}

func newDomain(t testing.TB) *domain {
	g := compile(t)
	d := &domain{
		message: resource.For[Message](g), room: resource.For[Room](g),
		user: resource.For[User](g), team: resource.For[Team](g),
	}
	d.m, d.r, d.u = d.message.Probe().(*Message), d.room.Probe().(*Room), d.user.Probe().(*User)
	return d
}

// golden holds got against testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".sql")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s\n got\n%s\nwant\n%s", name, got, want)
	}
}

// both writes what f gives for both dialects.
func both(t *testing.T, f func(d *sqltext.Dialect) ([]sqltext.Statement, error)) string {
	t.Helper()
	var b bytes.Buffer
	for _, d := range []*sqltext.Dialect{sqltext.PostgreSQL(), sqltext.SQLite()} {
		fmt.Fprintf(&b, "-- %s\n", d.Name)
		statements, err := f(d)
		if err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		for _, s := range statements {
			fmt.Fprintf(&b, "%s;\n", s.Text)
			for i, a := range s.Args {
				fmt.Fprintf(&b, "--   %d: %s\n", i+1, argument(a))
			}
		}
	}
	return b.String()
}

func argument(v any) string {
	switch x := v.(type) {
	case sqltext.Array:
		return fmt.Sprintf("%s array %v", x.Kind, x.Values)
	case time.Time:
		return x.Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("%T %v", v, v)
}

func resolve(t testing.TB, r *resource.Resource, c expr.Bool) expr.Node {
	t.Helper()
	n, err := r.Resolve(c.Node())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func order(t testing.TB, r *resource.Resource, sort ...expr.Order) []expr.Order {
	t.Helper()
	out, err := r.ResolveSort(sort)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func attributes(r *resource.Resource, names ...string) []*resource.Attribute {
	var out []*resource.Attribute
	for _, n := range names {
		out = append(out, r.Attribute(n))
	}
	return out
}

func TestConditions(t *testing.T) {
	d := newDomain(t)
	m, u := d.m, d.u
	null := expr.Of[string](expr.Literal{})
	call := func(op expr.Op, args ...expr.Node) expr.Bool { return expr.Of[bool](expr.Call{Op: op, Args: args}) }
	tests := []struct {
		name  string
		of    *resource.Resource
		where expr.Bool
	}{
		{"eq", d.message, expr.Is(&m.RoomID, someID)},
		{"eq text", d.message, expr.Is(&m.Body, "it's")},
		{"eq bool", d.user, expr.Is(&u.Active, true)},
		{"ne fields", d.message, expr.NotEqual(expr.F(&m.RoomID), expr.F(&m.AuthorID))},
		{"ranges", d.message, expr.Lt(&m.Likes, 5).And(expr.Ge(&m.InsertedAt, noon), expr.Gt(&m.Price, decimal.RequireFromString("1.50")), expr.Le(&m.Took, time.Second))},
		{"in", d.message, expr.In(&m.RoomID, someID, uuid.Nil)},
		{"in texts", d.message, expr.In(&m.Body, "a", "b")},
		{"in nothing", d.message, expr.In(&m.Likes)},
		{"in bytes", d.message, call(expr.OpIn, expr.F(&m.Raw).Node(), expr.List{Values: []any{[]byte("x")}})},
		{"not null", d.message, expr.Not(expr.IsNull(&m.SeenAt)).And(expr.NotNull(&m.SeenAt))},
		{"and or", d.message, expr.Is(&m.Likes, 1).Or(expr.Is(&m.Likes, 2).And(expr.Is(&m.Body, "x")), expr.Not(expr.Is(&m.Likes, 3)))},
		{"or in and", d.message, expr.All(expr.Is(&m.Likes, 1).Or(expr.Is(&m.Likes, 2)), expr.Not(expr.Is(&m.Likes, 1).Or(expr.Is(&m.Likes, 2))))},
		{"folded", d.message, expr.All(expr.True(), expr.Is(&m.Likes, 1), expr.Not(expr.False()), expr.Any(expr.False(), expr.Is(&m.Likes, 2)))},
		{"always", d.message, expr.Any(expr.True(), expr.Is(&m.Likes, 1))},
		{"never", d.message, expr.All(expr.False(), expr.Is(&m.Likes, 1))},
		{"null in not", d.message, expr.Not(expr.All(expr.Of[bool](expr.Literal{}), expr.Is(&m.Likes, 1)))},
		{"eq null", d.message, expr.Equal(expr.F(&m.Body), null)},
		{"distinct", d.message, expr.Distinct(expr.F(&m.Body), expr.V("x"))},
		{"compare conditions", d.message, expr.Equal(expr.Is(&m.Likes, 1), expr.Is(&m.Likes, 2))},
		{"arithmetic", d.message, expr.Less(expr.Mul(expr.Add(expr.F(&m.Likes), expr.V(int32(1))), expr.Neg(expr.F(&m.Likes))), expr.Sub(expr.V(int32(1)), expr.Sub(expr.F(&m.Likes), expr.Abs(expr.F(&m.Likes)))))},
		{"division", d.message, expr.Less(expr.Div(expr.F(&m.Likes), expr.V(int32(2))), expr.Mod(expr.F(&m.Likes), expr.V(int32(3))))},
		{"float division", d.message, expr.Less(expr.Div(expr.F(&m.Score), expr.V(2.0)), expr.Mod(expr.F(&m.Score), expr.V(3.0)))},
		{"texts", d.message, expr.Equal(expr.Concat(expr.Lower(expr.F(&m.Body)), expr.V("-"), expr.Upper(expr.Trim(expr.F(&m.Body)))), expr.V("x")).And(expr.Less(expr.Length(expr.F(&m.Body)), expr.V(3)))},
		{"contains", d.message, expr.Contains(&m.Body, `50%_\*?[x]`)},
		{"starts with", d.message, expr.StartsWith(&m.Body, `50%_\*?[x]`)},
		{"ends with", d.message, expr.EndsWith(&m.Body, `50%_`)},
		{"parts of fields", d.message, call(expr.OpContains, expr.F(&m.Body).Node(), expr.F(&m.Author.Name).Node()).
			And(call(expr.OpStartsWith, expr.F(&m.Body).Node(), expr.F(&m.Author.Name).Node()), call(expr.OpEndsWith, expr.F(&m.Body).Node(), expr.F(&m.Author.Name).Node()))},
		{"coalesce if", d.message, expr.Equal(expr.Coalesce(expr.F(&m.SeenAt), expr.F(&m.InsertedAt)), expr.If(expr.Is(&m.Likes, 0), expr.F(&m.InsertedAt), expr.V(noon)))},
		{"paths", d.message, expr.Is(&m.Author.Name, "ann").And(expr.Is(&m.Author.Team.Name, "red"), expr.Is(&m.Room.Name, "x"), expr.Is(&m.Author.Active, true))},
		{"has one", d.message, expr.Is(&m.Author.Profile.Bio, "x")},
		{"calculations", d.message, expr.Is(&m.Author.Label, "ann of red").And(expr.Is(&m.Room.Messages, 3))},
		{"exists", d.room, expr.Some(&d.r.Posts, func(p *Message) expr.Bool {
			return expr.Is(&p.Author.Name, "ann").And(expr.Eq(&p.Body, &d.r.Name), expr.Eq(&p.Body, &d.r.Owner.Name))
		})},
		{"nested exists", d.user, expr.Some(&u.Rooms, func(r *Room) expr.Bool {
			return expr.Some(&r.Posts, func(p *Message) expr.Bool { return expr.Eq(&p.AuthorID, &u.ID).And(expr.Eq(&p.Body, &r.Name)) })
		})},
		{"count", d.room, expr.Less(expr.V(3), expr.Count(&d.r.Posts))},
		{"many to many without identity", d.room, expr.Less(expr.V(3), expr.Count(&d.r.Tags, func(x *Tag) expr.Bool { return expr.Is(&x.Word, "go") }))},
		{"through one", d.message, expr.Less(expr.V(3), expr.Count(&m.Room.Posts))},
		{"condensed", d.room, expr.IsNull(&d.r.Latest).And(
			expr.Equal(expr.Sum(&d.r.Posts, func(p *Message) *int32 { return &p.Likes }), expr.Max(&d.r.Posts, func(p *Message) *int32 { return &p.Likes })),
			expr.Equal(expr.Avg(&d.r.Posts, func(p *Message) *int32 { return &p.Likes }), expr.Of[*float64](expr.Literal{Value: 1.5})),
			expr.Equal(expr.Min(&d.r.Posts, func(p *Message) *uuid.UUID { return &p.ID }), expr.Of[*uuid.UUID](expr.Literal{Value: someID})),
			expr.Equal(expr.First(&d.r.Posts, func(p *Message) *string { return &p.Body }, func(p *Message) []expr.Order { return []expr.Order{expr.Desc(&p.InsertedAt)} }), expr.Of[*string](expr.Literal{Value: "x"})),
		)},
	}
	var b strings.Builder
	for _, tt := range tests {
		fmt.Fprintf(&b, "---- %s\n", tt.name)
		where := resolve(t, tt.of, tt.where)
		b.WriteString(both(t, func(d *sqltext.Dialect) ([]sqltext.Statement, error) {
			s, err := d.Count(&datalayer.Query{Resource: tt.of, Where: where})
			return []sqltext.Statement{s}, err
		}))
	}
	golden(t, "conditions", b.String())
}

func TestRead(t *testing.T) {
	d := newDomain(t)
	m := d.m
	byTime := order(t, d.message, expr.Desc(&m.InsertedAt))
	body := attributes(d.message, "ID", "Body")
	inRoom := resolve(t, d.message, expr.Is(&m.RoomID, someID))
	author := datalayer.Include{Relationship: d.message.Relationship("Author"), Query: &datalayer.Query{
		Resource: d.user, Select: attributes(d.user, "ID", "Name"),
	}}
	tests := []struct {
		name string
		q    *datalayer.Query
	}{
		{"all", &datalayer.Query{Resource: d.message, Select: d.message.Columns()}},
		{"nothing selected", &datalayer.Query{Resource: d.message}},
		{"fixed column", &datalayer.Query{Resource: d.message, Select: attributes(d.message, "ID", "RoomID"), Where: inRoom, Limit: 50, More: true}},
		{"limits", &datalayer.Query{Resource: d.message, Select: body, Limit: 52, Offset: 10}},
		{"offset alone", &datalayer.Query{Resource: d.message, Select: body, Offset: 10}},
		{"lock", &datalayer.Query{Resource: d.message, Select: body, Where: resolve(t, d.message, expr.Is(&m.Author.Name, "x")), Lock: true}},
		{"sorts", &datalayer.Query{Resource: d.message, Select: body, Sort: order(t, d.message,
			expr.Asc(&m.SeenAt), expr.Desc(&m.SeenAt), expr.Asc(&m.SeenAt).WithNullsFirst(), expr.Desc(&m.SeenAt).WithNullsFirst(),
			expr.Asc(&m.Body), expr.Desc(&m.Author.Name), expr.By(expr.Length(expr.F(&m.Body))), expr.Desc(&m.ID))}},
		{"calculations", &datalayer.Query{Resource: d.room, Select: attributes(d.room, "ID", "Messages", "Latest")}},
		{"join", &datalayer.Query{Resource: d.message, Select: body, Sort: byTime, Limit: 50, More: true, Include: []datalayer.Include{author},
			Where: resolve(t, d.message, expr.Is(&m.Author.Active, true))}},
		{"join with condition", &datalayer.Query{Resource: d.message, Select: body, Include: []datalayer.Include{{
			Relationship: author.Relationship, Query: &datalayer.Query{
				Resource: d.user, Select: attributes(d.user, "Name", "Label"),
				Where: resolve(t, d.user, expr.Is(&d.u.Team.Name, "red").And(expr.Is(&d.u.Active, true), expr.Less(expr.V(0), expr.Count(&d.u.Boss.Messages)))),
				Include: []datalayer.Include{
					{Relationship: d.user.Relationship("Profile"), Query: &datalayer.Query{Resource: d.user.Relationship("Profile").Target, Select: attributes(d.user.Relationship("Profile").Target, "Bio")}},
					{Relationship: d.user.Relationship("Messages"), Query: &datalayer.Query{Resource: d.message}},
				},
			}}}}},
		{"seek same direction", &datalayer.Query{Resource: d.message, Select: body, Sort: order(t, d.message, expr.Asc(&m.InsertedAt), expr.Asc(&m.Body)),
			Seek: &datalayer.Seek{Values: []any{noon, "x", someID}}}},
		{"seek", &datalayer.Query{Resource: d.message, Select: body, Where: inRoom, Sort: byTime, Limit: 10, More: true, Seek: &datalayer.Seek{Values: []any{noon, someID}}}},
		{"seek before", &datalayer.Query{Resource: d.message, Select: body, Sort: byTime, Limit: 10, Seek: &datalayer.Seek{Values: []any{noon, someID}, Before: true}}},
		{"seek the end", &datalayer.Query{Resource: d.message, Select: body, Sort: byTime, Limit: 10, Seek: &datalayer.Seek{Before: true}}},
	}
	for _, v := range []any{noon, nil} {
		for _, first := range []bool{false, true} {
			for _, before := range []bool{false, true} {
				o := expr.Desc(&m.SeenAt)
				o.NullsFirst = first
				tests = append(tests, struct {
					name string
					q    *datalayer.Query
				}{fmt.Sprintf("seek nullable, value %v, nulls first %v, before %v", v != nil, first, before), &datalayer.Query{
					Resource: d.message, Select: body, Sort: order(t, d.message, o), Seek: &datalayer.Seek{Values: []any{v, someID}, Before: before},
				}})
			}
		}
	}
	var b strings.Builder
	for _, tt := range tests {
		fmt.Fprintf(&b, "---- %s\n", tt.name)
		b.WriteString(both(t, func(d *sqltext.Dialect) ([]sqltext.Statement, error) {
			s, err := d.Read(tt.q)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "-- %s: columns %v fixed %v key %d limit %d reversed %v%s\n", d.Name, s.Root.Columns, s.Root.Fixed, s.Key, s.Limit, s.Reversed, branches(s.Root.Branches))
			return []sqltext.Statement{s.Statement}, nil
		}))
	}
	golden(t, "read", b.String())
}

func branches(bs []sqltext.Branch) string {
	var out string
	for _, b := range bs {
		out += " " + b.Include.Relationship.Name
		if b.Joined != nil {
			out += fmt.Sprintf("(columns %v, key %d%s)", b.Joined.Columns, b.Joined.Primary, branches(b.Joined.Branches))
		} else {
			out += fmt.Sprintf("(by %d)", b.Key)
		}
	}
	return out
}

func TestRelated(t *testing.T) {
	d := newDomain(t)
	m := d.m
	many := []any{someID, uuid.Nil}
	posts, members := d.room.Relationship("Posts"), d.room.Relationship("Members")
	posted := func(q datalayer.Query) *datalayer.Include {
		q.Resource, q.Select = d.message, attributes(d.message, "ID", "Body")
		q.Sort = order(t, d.message, expr.Desc(&m.InsertedAt))
		return &datalayer.Include{Relationship: posts, Query: &q}
	}
	joined := func(q datalayer.Query) *datalayer.Include {
		q.Resource, q.Select = d.user, attributes(d.user, "ID", "Label")
		return &datalayer.Include{Relationship: members, Query: &q}
	}
	withAuthor := posted(datalayer.Query{Limit: 20, More: true, Where: resolve(t, d.message, expr.Is(&m.Author.Active, true))})
	withAuthor.Query.Include = []datalayer.Include{{Relationship: d.message.Relationship("Author"), Query: &datalayer.Query{Resource: d.user, Select: attributes(d.user, "Name")}}}
	tests := []struct {
		name string
		inc  *datalayer.Include
		keys []any
	}{
		{"one parent", posted(datalayer.Query{Limit: 20, More: true}), many[:1]},
		{"many parents", posted(datalayer.Query{}), many},
		{"limit", withAuthor, many},
		{"offset and seek", posted(datalayer.Query{Limit: 20, Offset: 5, Seek: &datalayer.Seek{Values: []any{noon, someID}, Before: true}}), many},
		{"many to many", joined(datalayer.Query{}), many},
		{"many to many with limit", joined(datalayer.Query{Limit: 2}), many},
		{"nothing selected", &datalayer.Include{Relationship: posts, Query: &datalayer.Query{Resource: d.message}}, many},
	}
	var b strings.Builder
	for _, tt := range tests {
		fmt.Fprintf(&b, "---- %s\n", tt.name)
		b.WriteString(both(t, func(d *sqltext.Dialect) ([]sqltext.Statement, error) {
			keys := sqltext.Array{Kind: structs.UUID, Values: tt.keys}
			s, err := d.Related(tt.inc, keys)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "-- %s: columns %v key %d limit %d reversed %v%s\n", d.Name, s.Root.Columns, s.Key, s.Limit, s.Reversed, branches(s.Root.Branches))
			count, err := d.RelatedCount(tt.inc, keys)
			return []sqltext.Statement{s.Statement, count}, err
		}))
	}
	golden(t, "related", b.String())
}

func TestWrites(t *testing.T) {
	d := newDomain(t)
	m := d.m
	one := [][]any{{someID, "hello", map[string]any{"a": 1}, nil}}
	columns := attributes(d.message, "ID", "Body", "Extra", "SeenAt")
	profile := d.user.Relationship("Profile").Target
	tests := []struct {
		name  string
		write func(*sqltext.Dialect) (sqltext.Statement, error)
	}{
		{"insert", func(s *sqltext.Dialect) (sqltext.Statement, error) {
			return s.Insert(&datalayer.Insert{Resource: d.message, Columns: columns, Rows: one, Return: columns})
		}},
		{"insert many", func(s *sqltext.Dialect) (sqltext.Statement, error) {
			return s.Insert(&datalayer.Insert{Resource: d.message, Columns: columns, Rows: append(one, one...)})
		}},
		{"insert defaults", func(s *sqltext.Dialect) (sqltext.Statement, error) {
			return s.Insert(&datalayer.Insert{Resource: profile, Rows: [][]any{{}, {}}, Return: attributes(profile, "ID")})
		}},
		{"update", func(s *sqltext.Dialect) (sqltext.Statement, error) {
			return s.Update(&datalayer.Update{Resource: d.message, Return: columns, Set: []datalayer.Assignment{
				{Attribute: d.message.Attribute("Body"), Value: expr.Literal{Value: "new"}},
				{Attribute: d.message.Attribute("SeenAt"), Value: expr.Literal{}},
				{Attribute: d.message.Attribute("Likes"), Value: expr.Call{Op: expr.OpAdd, Args: []expr.Node{expr.Field{Name: "Likes"}, expr.Literal{Value: int64(1)}}}},
			}, Where: resolve(t, d.message, expr.Is(&m.ID, someID).And(expr.Is(&m.Author.Team.Name, "red"), expr.Less(expr.V(1), expr.Count(&m.Room.Members))))})
		}},
		{"update each", func(s *sqltext.Dialect) (sqltext.Statement, error) {
			return s.Update(&datalayer.Update{Resource: d.message, Return: columns[:1],
				Set: []datalayer.Assignment{{Attribute: d.message.Attribute("SeenAt"), Value: expr.Literal{}}},
				Each: &datalayer.Each{Keys: []any{someID, uuid.Nil}, Columns: attributes(d.message, "Body", "Likes"),
					Rows: [][]any{{"one", int64(1)}, {"two", int64(2)}}},
				Where: resolve(t, d.message, expr.Is(&m.Author.Team.Name, "red"))})
		}},
		{"delete", func(s *sqltext.Dialect) (sqltext.Statement, error) {
			return s.Delete(&datalayer.Delete{Resource: d.message, Return: columns[:1],
				Where: resolve(t, d.message, expr.Is(&m.ID, someID).And(expr.Is(&m.Author.Label, "x")))})
		}},
		{"delete all", func(s *sqltext.Dialect) (sqltext.Statement, error) {
			return s.Delete(&datalayer.Delete{Resource: d.message})
		}},
	}
	var b strings.Builder
	for _, tt := range tests {
		fmt.Fprintf(&b, "---- %s\n", tt.name)
		b.WriteString(both(t, func(d *sqltext.Dialect) ([]sqltext.Statement, error) {
			s, err := tt.write(d)
			return []sqltext.Statement{s}, err
		}))
	}
	golden(t, "writes", b.String())
}

func TestEnsure(t *testing.T) {
	g := compile(t)
	old := map[string]sqltext.Existing{}
	for _, r := range g.Resources {
		old[r.Table] = sqltext.Existing{Columns: map[string]bool{"id": true, "name": true, "body": true, "word": true}, Names: map[string]bool{"messages_body_check": true}, Empty: r.Table != "rooms"}
	}
	for _, r := range []string{"rooms", "memberships", "taggings", "profiles", "messages", "users"} {
		for _, a := range g.Lookup(map[string]string{"rooms": "Room", "memberships": "Membership", "taggings": "Tagging", "profiles": "Profile", "messages": "Message", "users": "User"}[r]).Columns() {
			if a.Name != "State" && a.Name != "OwnerID" && a.Name != "TeamID" {
				old[r].Columns[a.Column] = true
			}
		}
	}
	old["teams"].Columns["size"] = true
	var b strings.Builder
	for name, have := range map[string]map[string]sqltext.Existing{"schema": nil, "schema_completed": old} {
		b.Reset()
		b.WriteString(both(t, func(d *sqltext.Dialect) ([]sqltext.Statement, error) {
			texts, err := d.Ensure(g.Resources, have)
			var out []sqltext.Statement
			for _, text := range texts {
				out = append(out, sqltext.Statement{Text: text})
			}
			return out, err
		}))
		golden(t, name, b.String())
	}
	delete(old["messages"].Columns, "likes")
	messages := old["messages"]
	messages.Empty = false
	old["messages"] = messages
	_, err := sqltext.PostgreSQL().Ensure(g.Resources, old)
	if err == nil || !strings.HasPrefix(err.Error(), "add column messages.likes: it cannot be null") {
		t.Errorf("Ensure with a column that needs a value = %v", err)
	}
}

// TestTextIsStable holds that the text depends on the shape alone.
func TestTextIsStable(t *testing.T) {
	d := newDomain(t)
	text := func(id uuid.UUID, limit, offset int, at time.Time) string {
		s, err := sqltext.PostgreSQL().Read(&datalayer.Query{
			Resource: d.message, Select: d.message.Columns(), Where: resolve(t, d.message, expr.Is(&d.m.RoomID, id)),
			Sort: order(t, d.message, expr.Desc(&d.m.InsertedAt)), Limit: limit, Offset: offset, More: true,
			Seek: &datalayer.Seek{Values: []any{at, id}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return s.Text
	}
	if a, b := text(someID, 50, 10, noon), text(uuid.Nil, 42, 20, noon.Add(time.Hour)); a != b {
		t.Errorf("two texts for one shape:\n%s\n%s", a, b)
	}
}

func TestErrors(t *testing.T) {
	d := newDomain(t)
	for name, where := range map[string]expr.Node{
		"unresolved": expr.Actor{Type: "x", Name: "ID"},
		"unknown":    expr.Field{Name: "Nothing"},
		"path":       expr.Field{Path: []string{"Body"}, Name: "X"},
		"outside":    expr.Field{Up: 1, Name: "ID"},
		"arity":      expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Literal{Value: int64(1)}}},
		"operator":   expr.Call{Op: expr.OpNow},
		"aggregate":  &expr.Aggregate{Kind: expr.AggregateMax, Path: []string{"Room", "Posts"}},
		"nowhere":    &expr.Aggregate{Kind: expr.AggregateCount},
	} {
		if s, err := sqltext.PostgreSQL().Count(&datalayer.Query{Resource: d.message, Where: where}); err == nil {
			t.Errorf("%s: no error but %s", name, s.Text)
		}
	}
}

// BenchmarkRead writes the statement of a list and that of one record, as
// often before, and for the first time.
func BenchmarkRead(b *testing.B) {
	d := newDomain(b)
	list := &datalayer.Query{
		Resource: d.message, Select: d.message.Columns(), Where: resolve(b, d.message, expr.Is(&d.m.RoomID, someID)),
		Sort: order(b, d.message, expr.Desc(&d.m.InsertedAt)), Limit: 50, More: true,
		Include: []datalayer.Include{{Relationship: d.message.Relationship("Author"), Query: &datalayer.Query{Resource: d.user, Select: attributes(d.user, "ID", "Name")}}},
	}
	one := &datalayer.Query{Resource: d.message, Select: d.message.Columns(), Where: resolve(b, d.message, expr.Is(&d.m.ID, someID)), Sort: list.Sort}
	known := sqltext.PostgreSQL()
	for name, q := range map[string]*datalayer.Query{"list": list, "one": one} {
		for way, dialect := range map[string]func() *sqltext.Dialect{"again": func() *sqltext.Dialect { return known }, "first": sqltext.PostgreSQL} {
			b.Run(name+"/"+way, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := dialect().Read(q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
