package migrate_test

import (
	"slices"
	"testing"

	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/resource"
)

type bareBill struct {
	ID   int64 `conga:"primary"`
	Text string
	Size int
}

func (b *bareBill) Define(r *resource.Builder[bareBill]) { bills(r) }

type madeBill struct {
	ID     int64 `conga:"primary"`
	Text   string
	Size   int
	Number int `conga:"generated,unique"`
	Code   string
	Token  string
}

func (b *madeBill) Define(r *resource.Builder[madeBill]) {
	resource.DatabaseDefault(r, &b.Text, "'some' || 'thing'")
	resource.DatabaseDefault(r, &b.Code, "upper('x')").On("SQLite", "'X'")
	resource.DatabaseDefault(r, &b.Token, "gen_random_uuid()::text").On("SQLite", "hex(randomblob(16))")
	bills(r)
}

type otherBill struct {
	ID     int64 `conga:"primary"`
	Text   string
	Size   int
	Number int
	Code   string
	Token  string
}

func (b *otherBill) Define(r *resource.Builder[otherBill]) {
	resource.DatabaseDefault(r, &b.Code, "'other'")
	resource.DatabaseDefault(r, &b.Size, "1 + 1")
	bills(r)
}

func bills[T any](r *resource.Builder[T]) {
	r.Table("bills")
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

// TestMade walks between models whose values the database makes in other ways.
func TestMade(t *testing.T) {
	of := func(d resource.Definition) []*resource.Resource {
		g, err := resource.Compile(d)
		if err != nil {
			t.Fatal(err)
		}
		return g.Resources
	}
	bare, made, other := of(resource.Of[bareBill]()), of(resource.Of[madeBill]()), of(resource.Of[otherBill]())
	worlds(t, func(t *testing.T, w *world) {
		p := w.project(nil)
		for _, tt := range []struct {
			name          string
			before, after []*resource.Resource
		}{
			{"columns that the database fills", bare, made}, {"other defaults", made, other}, {"they go", made, bare},
			{"numbers begin", other, made}, {"from nothing", nil, made},
		} {
			for _, plain := range []bool{true, false} {
				w.clear()
				w.folder, p.Files = t.TempDir(), nil
				options := migrate.PlanOptions{Plain: plain, Drop: true}
				var until string
				var before []string
				if tt.before != nil {
					p.Resources = tt.before
					first := w.make(p, "first", options)
					until = first[len(first)-1].Version
					w.up(p)
					if slices.Equal(tt.before, bare) {
						w.exec("insert into bills (id, text, size) values (1, 'a', 1), (2, 'b', 2)")
					} else {
						w.exec("insert into bills (id, text, size, number, code, token) values (1, 'a', 1, 5, 'c', 'd'), (2, 'b', 2, 9, 'c', 'e')")
					}
					before = w.everything()
				}
				p.Resources = tt.after
				w.make(p, "second", options)
				w.up(p)
				if err := p.Check(t.Context()); err != nil {
					t.Errorf("%s: after up: %v", tt.name, err)
				}
				if plan, err := p.Plan(t.Context(), options); err != nil || !plan.Empty() {
					t.Errorf("%s: after up, the plan is not empty: %v\n%v", tt.name, err, plan)
				}
				if slices.Equal(tt.before, bare) {
					rows := w.rows("select number, code, length(token) > 30 and count(*) over (partition by token) = 1 from bills")
					if !slices.Equal(rows, []string{"1|X|true", "2|X|true"}) && !slices.Equal(rows, []string{"1|X|1", "2|X|1"}) {
						t.Errorf("%s: the rows that were there: %v", tt.name, rows)
					}
				}
				if tt.before == nil || tt.name == "they go" && !w.postgres {
					continue // SQLite gives dropped numbers back as zeros, of which a unique column takes one
				}
				if _, err := w.Down(t.Context(), p.Files, migrate.RunOptions{Until: until, Drop: true}); err != nil {
					t.Errorf("%s: down: %v", tt.name, err)
				}
				if got := w.everything(); !slices.Equal(got, before) {
					t.Errorf("%s: after down, the catalogue differs:\n%s", tt.name, difference(before, got))
				}
			}
		}
	})
}
