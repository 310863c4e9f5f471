package history_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/extension/archive"
	"github.com/congago/conga/extension/history"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// User is an actor.
type User struct {
	ID    string `conga:"primary"`
	Admin bool
}

// Define lets users be made.
func (u *User) Define(r *resource.Builder[User]) {
	r.Create("join").Accept(&u.ID, &u.Admin)
	r.Policy("join").AuthorizeIf(resource.Public)
}

// Bill keeps what changed.
type Bill struct {
	ID       uuid.UUID `conga:"primary"`
	Title    string    `validate:"max=20"`
	Sum      decimal.Decimal
	Delay    time.Duration
	Tags     []string
	Secret   string `conga:"sensitive"`
	Inside   string `conga:"private"`
	Known    string `conga:"private"`
	Views    int
	Number   *string   `conga:"unique"`
	MadeAt   time.Time `conga:"created"`
	EditedAt time.Time `conga:"updated"`

	Versions []BillVersion `conga:"has_many,key=RecordID"`
}

// Define declares all kinds of writes.
func (b *Bill) Define(r *resource.Builder[Bill]) {
	r.Read("list")
	r.Create("make").Accept(&b.Title, &b.Sum, &b.Delay, &b.Tags, &b.Secret).Change(resource.SetTo(&b.Inside, "in")).Primary()
	r.Create("put").Accept(&b.Title, &b.Number).Upsert(&b.Number)
	r.Update("edit").Accept(&b.Title, &b.Sum, &b.Secret).Primary().
		Change(resource.SetTo(&b.Known, "edited"))
	r.Update("view").Change(resource.SetExpr(&b.Views, expr.Add(expr.F(&b.Views), expr.V(1))))
	r.Update("fail").Accept(&b.Title).After(func(context.Context, *resource.Changeset, *Bill) error { return errors.New("no") })
	r.Destroy("delete")
	history.Use[BillVersion](r).Ignore(&b.Views).Reveal(&b.Known)
	r.Policy().AuthorizeIf(resource.Public)
}

// BillVersion is for administrators.
type BillVersion struct {
	ID uuid.UUID `conga:"primary"`
	history.Fields[uuid.UUID]
}

// Define lets administrators read.
func (v *BillVersion) Define(r *resource.Builder[BillVersion]) {
	me := resource.Actor[User](r)
	history.Versions(r, &v.Fields)
	r.Read("list").Sort(expr.Asc(&v.At), expr.Asc(&v.ID))
	r.Policy("list").AuthorizeIf(expr.Is(&me.Admin, true))
}

// Page keeps snapshots, and Leaf differences; both are archived.
type (
	Page struct {
		ID    int64 `conga:"primary"`
		Title string
		Body  string
		archive.Archived
	}
	// PageVersion is a version of a page.
	PageVersion struct {
		ID int64 `conga:"primary"`
		history.Fields[int64]
	}
	// Leaf keeps differences.
	Leaf struct {
		ID    string `conga:"primary"`
		Title string
		archive.Archived
	}
	// LeafVersion is a version of a leaf.
	LeafVersion struct {
		ID int64 `conga:"primary"`
		history.Fields[string]
	}
)

// Define declares writes.
func (p *Page) Define(r *resource.Builder[Page]) {
	r.Create("make").Accept(&p.Title, &p.Body)
	r.Update("edit").Accept(&p.Title).Primary()
	r.Destroy("delete").Primary()
	archive.Use(r, &p.ArchivedAt).Purge("purge")
	history.Use[PageVersion](r).Keep(history.Snapshot).Ignore(&p.ArchivedAt)
	r.Policy().AuthorizeIf(resource.Public)
}

// Define lets all read.
func (v *PageVersion) Define(r *resource.Builder[PageVersion]) {
	history.Versions(r, &v.Fields)
	r.Read("list").Sort(expr.Asc(&v.ID))
	r.Policy("list").AuthorizeIf(resource.Public)
}

// Define declares writes.
func (l *Leaf) Define(r *resource.Builder[Leaf]) {
	r.Create("make").Accept(&l.ID, &l.Title)
	r.Update("edit").Accept(&l.Title)
	r.Destroy("delete")
	history.Use[LeafVersion](r).Keep(history.Difference)
	r.Policy().AuthorizeIf(resource.Public)
}

// Define lets all read.
func (v *LeafVersion) Define(r *resource.Builder[LeafVersion]) {
	history.Versions(r, &v.Fields)
	r.Read("list").Sort(expr.Asc(&v.ID))
	r.Policy("list").AuthorizeIf(resource.Public)
}

func definitions() []resource.Definition {
	return []resource.Definition{
		resource.Of[User](), resource.Of[Bill](), resource.Of[BillVersion](),
		resource.Of[Page](), resource.Of[PageVersion](), resource.Of[Leaf](), resource.Of[LeafVersion](),
	}
}

// office is the test application, with a context of an administrator.
type office struct {
	*conga.App
	root  *User
	admin context.Context //nolint:containedctx // of the test
}

func onStores(t *testing.T, f func(*testing.T, *office)) {
	t.Helper()
	run := func(layer datalayer.Layer, err error) func(*testing.T) {
		return func(t *testing.T) {
			if err != nil {
				t.Fatal(err)
			}
			app, err := conga.NewWith(conga.Options{Log: slog.New(slog.DiscardHandler)}, layer, definitions()...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = app.Close() })
			u := conga.For[User](app)
			root, err := u.Create(t.Context(), "join", conga.Set(&u.Fields().ID, "root"), conga.Set(&u.Fields().Admin, true))
			if err != nil {
				t.Fatal(err)
			}
			f(t, &office{app, root, conga.WithActor(t.Context(), root)})
		}
	}
	layer, err := sqlite.Open(context.Background(), ":memory:")
	t.Run("sqlite", run(layer, err))
	pg, err := postgres.Open(context.Background(), pgtest.Database(t))
	t.Run("postgres", run(pg, err))
}

// line is a version in one line.
func line(kind history.Kind, action string, actor *string, changes history.Changes) string {
	who := "nobody"
	if actor != nil {
		who = *actor
	}
	var values map[string]any // without the spaces and the order of the database
	text, _ := json.Marshal(changes)
	_ = json.Unmarshal(text, &values)
	text, _ = json.Marshal(values)
	return fmt.Sprintf("%s %s %s %s", kind, action, who, text)
}

func (o *office) bills(t *testing.T) []string {
	t.Helper()
	page, err := conga.For[BillVersion](o.App).Read(o.admin, "list")
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(page.Items))
	for i, v := range page.Items {
		out[i] = line(v.Kind, v.Action, v.ActorID, v.Changes)
	}
	return out
}

func compare(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("versions\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestChangedOnly(t *testing.T) {
	onStores(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		bills := conga.For[Bill](o.App)
		f := bills.Fields()
		b, err := bills.Create(ctx, "make", conga.Set(&f.Title, "Beans"), conga.Set(&f.Sum, decimal.RequireFromString("1.50")),
			conga.Set(&f.Delay, time.Minute), conga.Set(&f.Tags, []string{"x"}), conga.Set(&f.Secret, "42"))
		if err != nil {
			t.Fatal(err)
		}
		id := b.ID.String()
		for _, step := range []struct {
			ctx    context.Context
			action string
			opts   []conga.Option
		}{
			{o.admin, "edit", []conga.Option{conga.Set(&f.Title, "Peas"), conga.Set(&f.Secret, "43")}},
			{ctx, "edit", []conga.Option{conga.Set(&f.Title, "Peas")}}, // changes nothing
			{ctx, "view", nil}, // changes only what is ignored
		} {
			if b, err = bills.Update(step.ctx, step.action, b, step.opts...); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := bills.Update(ctx, "fail", b, conga.Set(&f.Title, "Rice")); err == nil {
			t.Error("no error")
		}
		if err := bills.Destroy(ctx, "delete", b); err != nil {
			t.Fatal(err)
		}
		compare(t, o.bills(t),
			`create make nobody {"delay":"PT1M","id":"`+id+`","inside":"redacted","known":"","secret":"redacted","sum":"1.50","tags":["x"],"title":"Beans"}`,
			`update edit root {"known":"edited","secret":"redacted","title":"Peas"}`,
			`destroy delete nobody {"delay":"PT1M","id":"`+id+`","inside":"redacted","known":"edited","number":null,"secret":"redacted","sum":"1.50","tags":["x"],"title":"Peas"}`)
	})
}

func TestBulk(t *testing.T) {
	onStores(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		leaves := conga.For[Leaf](o.App)
		f := leaves.Fields()
		_, _, err := leaves.CreateMany(ctx, "make", conga.Bulk{},
			[]conga.Option{conga.Set(&f.ID, "a"), conga.Set(&f.Title, "A")}, []conga.Option{conga.Set(&f.ID, "b"), conga.Set(&f.Title, "B")})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := leaves.UpdateEvery(o.admin, "edit", expr.True(), conga.Set(&f.Title, "B")); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		if n, err := leaves.DestroyEvery(ctx, "delete", expr.Is(&f.ID, "b")); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		page, err := conga.For[LeafVersion](o.App).Read(ctx, "list")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range page.Items {
			got = append(got, v.RecordID+": "+line(v.Kind, v.Action, v.ActorID, v.Changes))
		}
		compare(t, got,
			`a: create make nobody {"id":{"from":null,"to":"a"},"title":{"from":null,"to":"A"}}`,
			`b: create make nobody {"id":{"from":null,"to":"b"},"title":{"from":null,"to":"B"}}`,
			`a: update edit root {"title":{"from":"A","to":"B"}}`,
			`b: destroy delete nobody {"id":{"from":"b","to":null},"title":{"from":"B","to":null}}`)
	})
}

func TestSnapshotOfArchived(t *testing.T) {
	onStores(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		pages := conga.For[Page](o.App)
		f := pages.Fields()
		p, err := pages.Create(ctx, "make", conga.Set(&f.Title, "A"), conga.Set(&f.Body, "b"))
		if err != nil {
			t.Fatal(err)
		}
		for _, title := range []string{"B", "B"} {
			if p, err = pages.Update(ctx, "edit", p, conga.Set(&f.Title, title)); err != nil {
				t.Fatal(err)
			}
		}
		for _, action := range []string{"delete", "purge"} {
			if err := pages.Destroy(ctx, action, p); err != nil {
				t.Fatal(err)
			}
		}
		page, err := conga.For[PageVersion](o.App).Read(ctx, "list")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range page.Items {
			got = append(got, line(v.Kind, v.Action, v.ActorID, v.Changes))
		}
		compare(t, got,
			`create make nobody {"body":"b","id":1,"title":"A"}`,
			`update edit nobody {"body":"b","id":1,"title":"B"}`,
			`destroy delete nobody {"body":"b","id":1,"title":"B"}`,
			`destroy purge nobody {"body":"b","id":1,"title":"B"}`)
	})
}

// The versions of upserts say whether there was a record.
func TestUpsert(t *testing.T) {
	onStores(t, func(t *testing.T, o *office) {
		bills := conga.For[Bill](o.App)
		f := bills.Fields()
		number := "7"
		for _, title := range []string{"A", "B"} {
			if _, err := bills.Create(t.Context(), "put", conga.Set(&f.Title, title), conga.Set(&f.Number, &number)); err != nil {
				t.Fatal(err)
			}
		}
		for i, kind := range []string{"create put", "update put"} {
			if got := o.bills(t); len(got) != 2 || !strings.HasPrefix(got[i], kind) {
				t.Errorf("version %d: got %q, want %s", i, got, kind)
			}
		}
	})
}

// Only whom the policies of the versions let may read them, through any door,
// and nobody writes them.
func TestDoors(t *testing.T) {
	onStores(t, func(t *testing.T, o *office) {
		bills := conga.For[Bill](o.App)
		if _, err := bills.Create(t.Context(), "make", conga.Set(&bills.Fields().Title, "Beans")); err != nil {
			t.Fatal(err)
		}
		options := api.Options{Actor: func(_ context.Context, token string) (any, error) {
			if token == "root" {
				return o.root, nil
			}
			return nil, nil
		}}
		site := map[string]door{"rest": door{rest.New(o.App, rest.Options{Options: options})}, "graphql": door{graphql.New(o.App, graphql.Options{Options: options})}}
		tests := []struct {
			door, token, method, path, body string
			code                            int
			has, lacks                      string
		}{
			{"rest", "root", "GET", "/api/bill_versions", "", 200, "Beans", ""},
			{"rest", "", "GET", "/api/bill_versions", "", 401, "", "Beans"},
			{"rest", "root", "GET", "/api/bills?include=versions", "", 200, `"action":"make"`, ""},
			{"rest", "", "GET", "/api/bills?include=versions", "", 200, "Beans", `"action":"make"`},
			{"rest", "root", "POST", "/api/bill_versions", `{"action":"forged"}`, 405, "", ""},
			{"graphql", "root", "POST", "/graphql", `{"query":"{ bills { nodes { title versions { nodes { action kind changes } } } } }"}`, 200, `"action":"make"`, ""},
			{"graphql", "", "POST", "/graphql", `{"query":"{ bills { nodes { title versions { nodes { action kind changes } } } } }"}`, 200, "Beans", `"action":"make"`},
			{"graphql", "root", "POST", "/graphql", `{"query":"{ __schema { mutationType { fields { name } } } }"}`, 200, "makeBill", "recordBillVersion"},
		}
		for _, tt := range tests {
			code, body := site[tt.door].call(tt.token, tt.method, tt.path, tt.body)
			if code != tt.code || !strings.Contains(body, tt.has) || tt.lacks != "" && strings.Contains(body, tt.lacks) {
				t.Errorf("%s as %q: %s %s %s\n got %d %s\nwant %d with %s without %s", tt.door, tt.token, tt.method, tt.path, tt.body, code, body, tt.code, tt.has, tt.lacks)
			}
		}
	})
}
