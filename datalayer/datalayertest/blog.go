package datalayertest

import (
	"fmt"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// id is a UUID that is easy to read and unlike its neighbours in all bytes that order looks at.
func id(kind byte, n int) uuid.UUID {
	return uuid.UUID{byte(n * 37), byte(n >> 8), byte(n), kind, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, byte(n >> 8), byte(n)}
}

// some is a pointer to v, or nil for every third n.
func some[T any](n int, v T) *T {
	if n%3 == 0 {
		return nil
	}
	return &v
}

var (
	day    = time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	today  = civil.Date{Year: 2024, Month: 2, Day: 28}
	states = []string{"draft", "live", "gone"}
	// Letters beyond ASCII have no case here, which databases see differently.
	titles = []string{"Alpha", "beta", "Gamma", "50% off", "a_b", "*star?", "[x]", `back\slash`, "日本", "", " spaced ", "alpha", "quote'\""}
)

// newPost is the n-th post; neighbours share some values, so that sorts have ties.
func newPost(n int) *post {
	return &post{
		ID: id('p', n), Title: titles[n%len(titles)], Subtitle: some(n, titles[(n*5)%len(titles)]),
		State: states[n%3], Votes: int32(n%7) - 3, Rank: some(n, n%4), Score: float64(n%5) / 4,
		Price: decimal.New(int64(n%9)*250, -2), Discount: some(n+1, decimal.New(int64(n%11)-5, int32(n%2)-1)),
		At: day.Add(time.Duration(n%6) * time.Hour), SeenAt: some(n, day.Add(time.Duration(n%4)*time.Microsecond)),
		Done: n%2 == 0, Took: time.Duration(n%5) * time.Second, Hash: []byte{byte(n % 3), byte(n)}[:n%3],
		Day: today.AddDays(n%5 - 2), Until: some(n, today.AddDays(n%3)),
		Words: titles[n%5 : n%5+n%4], Marks: []int32{int32(n % 3), int32(n % 4), -1}[:n%4], Wishes: some(n, titles[n%6:n%6+n%2]),
		About: []subject{nil, number(n), nothing{}, &person{Name: titles[n%len(titles)]}}[n%4],
	}
}

// addBlog puts some of everything into the world.
func (w *world) addBlog() { w.addPosts(40) }

func (w *world) addPosts(posts int) {
	for n := range 6 {
		a := &author{ID: int64(n + 1), Name: fmt.Sprintf("author%d", n), Age: some(n, 20+n%4), Active: n%2 == 0}
		if n > 1 {
			a.BossID = new(int64(n / 2))
		}
		w.add(a)
		if n%2 == 0 {
			w.add(&profile{ID: int64(n + 1), AuthorID: a.ID, Bio: titles[n]})
		}
	}
	for _, word := range []string{"go", "Go", "sql", "新聞"} {
		w.add(&tag{Word: word})
	}
	words := w.records[w.of("tag")]
	for n := range posts {
		p := newPost(n)
		if n%4 != 3 {
			p.AuthorID = new(int64(n%5 + 1)) // the sixth author has no posts
		}
		w.add(p)
		for c := range n % 4 {
			w.add(&comment{ID: id('c', n*10+c), PostID: p.ID, Body: titles[(n+c)%len(titles)], Stars: (n + c) % 5, ByID: some(n+c, int64(c+1))})
		}
		for i, x := range words {
			if n&(1<<i) != 0 {
				w.add(&tagging{ID: int64(n*10 + i + 1), PostID: p.ID, TagID: x.(*tag).Word})
			}
		}
	}
}

// query asks for all columns of the resource's records, and the calculations.
func (w *world) query(name string) *datalayer.Query {
	r := w.of(name)
	return &datalayer.Query{Resource: r, Select: r.Attributes}
}

// include asks for a relationship of r; edit changes its query.
func (w *world) include(r *resource.Resource, name string, edit func(*datalayer.Query)) datalayer.Include {
	rel := r.Relationship(name)
	q := &datalayer.Query{Resource: rel.Target, Select: rel.Target.Columns()}
	if edit != nil {
		edit(q)
	}
	return datalayer.Include{Relationship: rel, Query: q}
}

func by(n expr.Node) expr.Order { return expr.Order{Node: n} }

// on is the field of a related record.
func on(name string, path ...string) expr.Field { return expr.Field{Path: path, Name: name} }
