package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type User struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required,max=40" conga:"unique"`

	Messages []Message `conga:"has_many,key=AuthorID"`
}

func (u *User) Define(r *resource.Builder[User]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Room struct {
	ID   uuid.UUID `conga:"primary"`
	Name string

	Messages []Message `conga:"has_many"`
}

func (room *Room) Define(r *resource.Builder[Room]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type Message struct {
	ID         uuid.UUID `conga:"primary"`
	Body       string    `validate:"max=4000"`
	RoomID     uuid.UUID
	AuthorID   uuid.UUID
	Likes      int32     `validate:"gte=0"`
	InsertedAt time.Time `conga:"created"`

	Room   *Room `conga:"belongs_to"`
	Author *User `conga:"belongs_to"`
}

func (m *Message) Define(r *resource.Builder[Message]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

// chat is the model of the tests, and a layer with its tables.
type chat struct {
	*postgres.Layer
	url                 string
	user, room, message *resource.Resource
	seen                *observer
}

// observer keeps the statements that it is told of.
type observer struct {
	mu    sync.Mutex
	texts []string
}

func (o *observer) Statement(_ context.Context, sql string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.texts = append(o.texts, sql)
}

// take returns the statements since the last time.
func (o *observer) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	texts := o.texts
	o.texts = nil
	return texts
}

func newChat(t testing.TB, url string, options postgres.Options) *chat {
	t.Helper()
	g, err := resource.Compile(resource.Of[User](), resource.Of[Room](), resource.Of[Message]())
	if err != nil {
		t.Fatal(err)
	}
	c := &chat{url: url, user: resource.For[User](g), room: resource.For[Room](g), message: resource.For[Message](g), seen: &observer{}}
	if options.Observer == nil {
		options.Observer = c.seen
	}
	c.Layer = open(t, url, options)
	if err := c.EnsureTables(t.Context(), g.Resources); err != nil {
		t.Fatal(err)
	}
	c.seen.take()
	return c
}

func attributes(r *resource.Resource, names ...string) []*resource.Attribute {
	var out []*resource.Attribute
	for _, n := range names {
		out = append(out, r.Attribute(n))
	}
	return out
}

func is(name string, v any) expr.Node {
	return expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: name}, expr.Literal{Value: v}}}
}

// id is the n-th of the ids of a kind of records.
func id(kind, n byte) uuid.UUID { return uuid.UUID{0: kind, 15: n} }

var start = time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)

// fill stores two users, three rooms, and messages in them: n in the first, one in the second.
func (c *chat) fill(t testing.TB, n int) {
	t.Helper()
	put := func(r *resource.Resource, columns []*resource.Attribute, rows ...[]any) {
		t.Helper()
		if _, err := c.Insert(t.Context(), &datalayer.Insert{Resource: r, Columns: columns, Rows: rows}); err != nil {
			t.Fatal(err)
		}
	}
	put(c.user, attributes(c.user, "ID", "Name"), []any{id(1, 1), "ann"}, []any{id(1, 2), "bob"})
	put(c.room, attributes(c.room, "ID", "Name"), []any{id(2, 1), "red"}, []any{id(2, 2), "green"}, []any{id(2, 3), "blue"})
	rows := [][]any{{id(4, 1), "alone", id(2, 2), id(1, 2), int64(0), start}}
	for i := range n {
		k := uuid.UUID{0: 3, 14: byte(i >> 8), 15: byte(i)}
		rows = append(rows, []any{k, "hello", id(2, 1), id(1, byte(1+i%2)), int64(i), start.Add(time.Duration(i) * time.Minute)})
	}
	put(c.message, c.message.Columns(), rows...)
}

// TestFlights holds the statements that a read takes, and which travel together.
func TestFlights(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{})
	c.fill(t, 30)
	c.seen.take()
	author := datalayer.Include{Relationship: c.message.Relationship("Author"), Query: &datalayer.Query{Resource: c.user, Select: attributes(c.user, "Name")}}
	posts := func(limit int) datalayer.Include {
		return datalayer.Include{Relationship: c.room.Relationship("Messages"), Query: &datalayer.Query{
			Resource: c.message, Select: attributes(c.message, "Body"), Limit: limit, More: true, Count: true, Include: []datalayer.Include{author},
		}}
	}
	ofRoom := datalayer.Include{Relationship: c.message.Relationship("Room"), Query: &datalayer.Query{Resource: c.room, Select: attributes(c.room, "Name"), Include: []datalayer.Include{posts(2)}}}
	tests := []struct {
		name       string
		q          *datalayer.Query
		statements int
	}{
		{"list with author and count", &datalayer.Query{Resource: c.message, Limit: 5, Count: true, Include: []datalayer.Include{author}}, 2},
		{"rooms with messages and authors", &datalayer.Query{Resource: c.room, Include: []datalayer.Include{posts(3)}}, 3},
		{"one room", &datalayer.Query{Resource: c.room, Where: is("ID", id(2, 1)), Include: []datalayer.Include{posts(3)}}, 3},
		{"to-many under to-one", &datalayer.Query{Resource: c.message, Include: []datalayer.Include{ofRoom}}, 3},
		{"never", &datalayer.Query{Resource: c.message, Where: expr.Literal{Value: false}, Count: true, Include: []datalayer.Include{ofRoom}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			explained, err := c.Explain(tt.q)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Read(t.Context(), tt.q); err != nil {
				t.Fatal(err)
			}
			if got := c.seen.take(); len(got) != tt.statements || len(explained) != tt.statements {
				t.Errorf("%d statements, explained %d, want %d:\n%q", len(got), len(explained), tt.statements, got)
			}
		})
	}
	res, err := c.Read(t.Context(), tests[2].q)
	if err != nil {
		t.Fatal(err)
	}
	rel := res.Related[0]
	if from, to := rel.Span(0); res.Len() != 1 || from != 0 || to != 3 || !rel.More[0] || rel.Counts[0] != 30 {
		t.Errorf("one room: %d rows, span %d-%d, more %v, counts %v", res.Len(), from, to, rel.More, rel.Counts)
	}
}

// Tool has columns of types that other programs have chosen.
type Tool struct {
	ID    int64 `conga:"primary"`
	State string
	Code  string
	Day   time.Time
	Took  time.Duration
	Price decimal.Decimal
	Mean  float64
	Note  *string
	Data  map[string]any
	On    bool
}

func (t *Tool) Define(r *resource.Builder[Tool]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

// TestForeignTables reads and writes columns of types that EnsureTables never
// makes, in all modes of the protocol.
func TestForeignTables(t *testing.T) {
	url := pgtest.Database(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `
create type state as enum ('on', 'off');
create table tools (id int generated by default as identity primary key, state state not null, code varchar(9) not null, day date not null,
	took interval not null, price int not null, mean numeric not null, note char(3), data json not null, "on" boolean not null);
insert into tools (state, code, day, took, price, mean, note, data, "on")
values ('on', 'x"y', '2026-02-03', '1 day 2 hours', 7, 2.5, 'abc', '{"a": [1]}', true)`); err != nil {
		t.Fatal(err)
	}
	g, err := resource.Compile(resource.Of[Tool]())
	if err != nil {
		t.Fatal(err)
	}
	tool := resource.For[Tool](g)
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			sep := "?"
			for _, r := range url {
				if r == '?' {
					sep = "&"
				}
			}
			l, err := postgres.Open(t.Context(), url+sep+"default_query_exec_mode="+mode)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			res, err := l.Read(t.Context(), &datalayer.Query{
				Resource: tool, Select: tool.Columns(), Limit: 1,
				Where: expr.And(is("State", "on"), is("Code", `x"y`), is("ID", int64(1))),
			})
			if err != nil {
				t.Fatal(err)
			}
			want := `1 "on" "x\"y" "2026-02-03T00:00:00Z" "PT26H" "7" 2.5 "abc" {"a": [1]} true `
			var got []byte
			rec := &Tool{}
			for i := range tool.Columns() {
				if got, err = res.AppendJSON(got, 0, i); err != nil {
					t.Fatal(err)
				}
				got = append(got, ' ')
				if err := res.Scan(0, i, rec); err != nil {
					t.Fatal(err)
				}
			}
			if string(got) != want {
				t.Errorf("json\n got %s\nwant %s", got, want)
			}
			if rec.State != "on" || rec.Took != 26*time.Hour || !rec.Price.Equal(decimal.NewFromInt(7)) || rec.Mean != 2.5 || *rec.Note != "abc" || !rec.On {
				t.Errorf("record = %+v", rec)
			}
		})
	}
}

// TestTablesGrow adds what existing tables lack.
func TestTablesGrow(t *testing.T) {
	url := pgtest.Database(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `create table messages (id uuid primary key, body text not null); create table rooms (id uuid primary key)`); err != nil {
		t.Fatal(err)
	}
	c := newChat(t, url, postgres.Options{}) // no rows: anything can be added
	c.fill(t, 3)
	if err := c.EnsureTables(t.Context(), []*resource.Resource{c.user, c.room, c.message}); err != nil {
		t.Fatal(err)
	}
	if got := c.seen.take(); len(got) != 3 {
		t.Errorf("statements after the tables are complete: %q, want the three inserts alone", got)
	}
	if _, err := conn.Exec(t.Context(), `alter table messages drop column likes`); err != nil {
		t.Fatal(err)
	}
	want := "create tables: add column messages.likes: it cannot be null and has no default for the rows that are there: " +
		"give it a default, make the field a pointer, or write a migration"
	if err := c.EnsureTables(t.Context(), []*resource.Resource{c.message}); err == nil || err.Error() != want {
		t.Errorf("a column that needs values\n got %v\nwant %s", err, want)
	}
}
