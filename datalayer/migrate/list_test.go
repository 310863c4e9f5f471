package migrate_test

import (
	"slices"
	"testing"

	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/resource"
)

// The same table before and after its documents became lists and texts.
type (
	oldBox struct {
		ID    int64 `conga:"primary"`
		Words map[string]any
		Sizes *any
		Label map[string]any
	}
	newBox struct {
		ID    int64    `conga:"primary"`
		Words []string `conga:"index"`
		Sizes *[]int64
		Label label
	}
	label struct{ text string }
)

func (l label) MarshalText() ([]byte, error) { return []byte(l.text), nil }

func (l *label) UnmarshalText(b []byte) error { l.text = string(b); return nil }

func (b *oldBox) Define(r *resource.Builder[oldBox]) {
	r.Table("boxes")
	r.Read("list")
	r.Policy().AuthorizeIf(resource.Public)
}

func (b *newBox) Define(r *resource.Builder[newBox]) {
	r.Table("boxes")
	r.Read("list")
	r.Policy().AuthorizeIf(resource.Public)
}

// TestDocumentsBecomeLists changes the types of columns with rows in them, and back.
func TestDocumentsBecomeLists(t *testing.T) {
	resources := func(d resource.Definition) []*resource.Resource {
		g, err := resource.Compile(d)
		if err != nil {
			t.Fatal(err)
		}
		return g.Resources
	}
	worlds(t, func(t *testing.T, w *world) {
		p := w.project(resources(resource.Of[oldBox]()))
		first := w.make(p, "first", migrate.PlanOptions{})
		w.up(p)
		w.exec(`insert into boxes (id, words, sizes, label) values
			(1, '["a,\"b", null, "{c}"]', '[1, -9223372036854775808]', '"hi"'), (2, '[]', null, '""'), (3, 'null', '[]', '""')`)
		before := w.rows("select * from boxes")
		p.Resources = resources(resource.Of[newBox]())
		plan, err := p.Plan(t.Context(), migrate.PlanOptions{})
		if err != nil || plan.Empty() == w.postgres {
			t.Fatalf("the plan is empty: %v %v", plan.Empty(), err)
		}
		if !w.postgres {
			return // where both are text
		}
		w.make(p, "second", migrate.PlanOptions{})
		w.up(p)
		if plan, err := p.Plan(t.Context(), migrate.PlanOptions{}); err != nil || !plan.Empty() {
			t.Errorf("after up, the plan is not empty: %v %v", plan, err)
		}
		if got, want := w.rows("select * from boxes"), []string{`1|{"a,\"b","{c}"}|{1,-9223372036854775808}|hi`, `2|{}|NULL|`, `3|{}|{}|`}; !slices.Equal(got, want) {
			t.Errorf("rows after up: %q, want %q", got, want)
		}
		if _, err := w.Down(t.Context(), p.Files, migrate.RunOptions{Until: first[len(first)-1].Version, Drop: true}); err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(before)
		want[0] = `1|["a,\"b", "{c}"]|[1, -9223372036854775808]|"hi"`
		want[2] = `3|[]|[]|""`
		if got := w.rows("select * from boxes"); !slices.Equal(got, want) {
			t.Errorf("rows after down: %q, want %q", got, want)
		}
	})
}

// mailbox has an identity that ignores case, which is an index over an expression.
type mailbox struct {
	ID    int64  `conga:"primary"`
	Email string `conga:"ci,unique"`
	Nick  string `conga:"ci,index"`
}

func (m *mailbox) Define(r *resource.Builder[mailbox]) {
	r.Identity("both", &m.Email, &m.Nick)
	r.Read("list")
	r.Policy().AuthorizeIf(resource.Public)
}

// TestFoldedIdentitiesStay plans nothing once their indexes are there.
func TestFoldedIdentitiesStay(t *testing.T) {
	g, err := resource.Compile(resource.Of[mailbox]())
	if err != nil {
		t.Fatal(err)
	}
	worlds(t, func(t *testing.T, w *world) {
		p := w.project(g.Resources)
		w.make(p, "first", migrate.PlanOptions{})
		w.up(p)
		if plan, err := p.Plan(t.Context(), migrate.PlanOptions{}); err != nil || !plan.Empty() {
			t.Errorf("after up, the plan is not empty: %v %v", plan, err)
		}
		if err := p.Check(t.Context()); err != nil {
			t.Errorf("after up: %v", err)
		}
		w.exec("insert into mailboxes (id, email, nick) values (1, 'Ann', 'a')")
		if _, err := w.db.ExecContext(t.Context(), "insert into mailboxes (id, email, nick) values (2, 'aNN', 'b')"); err == nil {
			t.Error("the same address in other letters was stored")
		}
	})
}
