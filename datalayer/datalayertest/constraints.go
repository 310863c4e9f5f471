package datalayertest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// broken is a write that breaks a constraint, and what the error must tell.
type broken struct {
	name       string
	run        func(s datalayer.Session) error
	kind       datalayer.ConstraintKind
	attributes string // Go names, in any order
	referenced bool
}

func testConstraints(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	f := newFixture(t, db, w, nil)
	for _, tt := range f.breaches() {
		t.Run(tt.name, func(t *testing.T) {
			tt.check(t, tt.run(f.l))
			tx, err := f.l.Begin(f.ctx)
			if err != nil {
				t.Fatal(err)
			}
			tt.check(t, tt.run(tx))
			if err := tx.Rollback(f.ctx); err != nil {
				t.Errorf("rollback: %v", err)
			}
			for _, r := range f.g.Resources {
				f.expect(t, f.l, &datalayer.Query{Resource: r, Select: r.Columns()})
			}
		})
	}
}

func (b *broken) check(t *testing.T, err error) {
	t.Helper()
	var c *datalayer.ConstraintError
	if !errors.As(err, &c) {
		t.Errorf("the error is %v, want a *ConstraintError", err)
		return
	}
	var names []string
	for _, a := range c.Attributes {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); c.Kind != b.kind || got != b.attributes || c.Referenced != b.referenced {
		t.Errorf("the error is %s of [%s], referenced %v, want %s of [%s], referenced %v\n%v",
			c.Kind, got, c.Referenced, b.kind, b.attributes, b.referenced, err)
	}
	if c.Cause == nil || c.Error() == "" {
		t.Errorf("the error %v has no cause", c)
	}
}

func (f *fixture) breaches() []broken {
	add := func(records ...any) func(datalayer.Session) error {
		return func(s datalayer.Session) error {
			return insert(f.ctx, s, f.resourceOf(records[0]), records)
		}
	}
	change := func(name string, key any, attr string, v any) func(datalayer.Session) error {
		return func(s datalayer.Session) error {
			r := f.of(name)
			_, err := s.Update(f.ctx, &datalayer.Update{
				Resource: r, Where: call(expr.OpEq, field(r.Primary.Name), lit(key)),
				Set: []datalayer.Assignment{{Attribute: r.Attribute(attr), Value: lit(v)}},
			})
			return err
		}
	}
	without := func(rec any, missing string) func(datalayer.Session) error {
		return func(s datalayer.Session) error {
			r := f.of("post")
			w := &datalayer.Insert{Resource: r, Columns: r.Columns(), Return: []*resource.Attribute{r.Primary}}
			values := row(w.Columns, rec)
			for i, a := range w.Columns {
				if a.Name == missing {
					values[i] = nil
				}
			}
			w.Rows = [][]any{values}
			_, err := s.Insert(f.ctx, w)
			return err
		}
	}
	fresh := func(edit func(*post)) *post {
		p := newPost(900)
		p.Title = "fresh"
		edit(p)
		return p
	}
	ties := f.records[f.of("tagging")]
	taken := *ties[0].(*tagging)
	taken.ID = 9999
	other := ties[len(ties)-1].(*tagging)
	return []broken{
		{"primary key", add(newPost(3)), datalayer.Unique, "ID", false},
		{"primary key among many", add(newPost(901), newPost(902), newPost(901)), datalayer.Unique, "ID", false},
		{"unique attribute", add(&author{ID: 99, Name: "author1"}), datalayer.Unique, "Name", false},
		{"unique attribute in an update", change("author", int64(3), "Name", "author1"), datalayer.Unique, "Name", false},
		{"identity", add(&taken), datalayer.Unique, "PostID TagID", false},
		{"identity in an update", func(s datalayer.Session) error {
			r := f.of("tagging")
			_, err := s.Update(f.ctx, &datalayer.Update{Resource: r, Where: call(expr.OpEq, field("ID"), lit(other.ID)),
				Set: []datalayer.Assignment{
					{Attribute: r.Attribute("PostID"), Value: lit(taken.PostID)}, {Attribute: r.Attribute("TagID"), Value: lit(taken.TagID)},
				}})
			return err
		}, datalayer.Unique, "PostID TagID", false},
		{"key that leads nowhere", add(fresh(func(p *post) { p.AuthorID = new(int64(77)) })), datalayer.ForeignKey, "AuthorID", false},
		{"one of several keys", add(&comment{ID: id('c', 999), PostID: newPost(3).ID, ByID: new(int64(77))}), datalayer.ForeignKey, "ByID", false},
		{"the other key", add(&comment{ID: id('c', 999), PostID: id('p', 999), ByID: new(int64(1))}), datalayer.ForeignKey, "PostID", false},
		{"key in an update", change("post", newPost(3).ID, "AuthorID", int64(77)), datalayer.ForeignKey, "AuthorID", false},
		{"record referred to", func(s datalayer.Session) error {
			_, err := s.Delete(f.ctx, &datalayer.Delete{Resource: f.of("author"), Where: call(expr.OpEq, field("ID"), lit(int64(1)))})
			return err
		}, datalayer.ForeignKey, "", true},
		{"null", without(fresh(func(*post) {}), "Title"), datalayer.NotNull, "Title", false},
		{"null of another kind", without(fresh(func(*post) {}), "At"), datalayer.NotNull, "At", false},
		{"null in an update", change("post", newPost(3).ID, "Price", nil), datalayer.NotNull, "Price", false},
		{"rule", add(fresh(func(p *post) { p.Title = strings.Repeat("x", 31) })), datalayer.CheckRule, "Title", false},
		{"enum", add(fresh(func(p *post) { p.State = "lost" })), datalayer.CheckRule, "State", false},
		{"rule in an update", change("post", newPost(3).ID, "State", "lost"), datalayer.CheckRule, "State", false},
	}
}
