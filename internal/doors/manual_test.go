package doors

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Crate is written by manual actions, some of which keep it elsewhere.
type Crate struct {
	ID      uuid.UUID `conga:"primary"`
	Title   string    `validate:"required,max=20" conga:"trim"`
	Owner   string    `validate:"required"`
	Weight  int
	Secret  string
	Changed time.Time `conga:"updated"`
	Items   []Item    `conga:"has_many"`

	Loud string `conga:"calculated"`
	Held int    `conga:"calculated"`

	Hidden resource.Hidden
}

// Item is in a crate.
type Item struct {
	ID      uuid.UUID `conga:"primary"`
	CrateID uuid.UUID
	Crate   *Crate `conga:"belongs_to"`
}

func (i *Item) Define(r *resource.Builder[Item]) {
	r.Read("list").Primary()
	r.Create("add").Accept(&i.CrateID)
	r.Policy().AuthorizeIf(resource.Public)
}

// elsewhere counts what the functions did, and keeps what they moved out.
type elsewhere struct {
	mu    sync.Mutex
	calls map[string]int
}

type elsewhereKey struct{}

func (e *elsewhere) note(action string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls[action]++
}

func at(ctx context.Context, action string) (conga.Handle[Crate], *Crate) {
	if e, ok := ctx.Value(elsewhereKey{}).(*elsewhere); ok {
		e.note(action)
	}
	h := conga.For[Crate](conga.FromContext(ctx))
	return h, h.Fields()
}

func (x *Crate) Define(r *resource.Builder[Crate]) {
	me := resource.Actor[Clerk](r)
	resource.Calculate(r, &x.Loud, expr.Upper(expr.F(&x.Title)))
	resource.Calculate(r, &x.Held, expr.Count(&x.Items))
	r.Read("list").Primary()
	r.Create("put").Private().Accept(&x.Title, &x.Owner, &x.Weight, &x.Secret)
	r.Update("write").Private().Accept(&x.Title, &x.Weight)
	r.Destroy("remove").Private()

	r.Create("import").Primary().Bulk().Accept(&x.Title, &x.Weight).Manual(func(ctx context.Context, c *resource.Changeset) (*Crate, error) {
		h, f := at(ctx, "import")
		if resource.Value(c, &x.Weight) > 100 {
			return nil, resource.Fault(&x.Weight, "heavy", "is too heavy", nil)
		}
		return h.Create(ctx, "put", conga.Set(&f.Title, resource.Value(c, &x.Title)+"!"), conga.Set(&f.Weight, resource.Value(c, &x.Weight)),
			conga.Set(&f.Owner, c.Actor.(*Clerk).Name), conga.Set(&f.Secret, "s"))
	}).After(func(_ context.Context, _ *resource.Changeset, rec *Crate) error {
		if rec.Title == "spoiled!" {
			return errors.New("spoiled")
		}
		return nil
	})
	r.Create("remote").Accept(&x.Title).Manual(func(ctx context.Context, c *resource.Changeset) (*Crate, error) {
		at(ctx, "remote")
		return &Crate{ID: uuid.New(), Title: resource.Value(c, &x.Title), Owner: "somebody", Secret: "remote secret"}, nil
	})
	r.Update("rename").Primary().Bulk().Accept(&x.Title).
		Change(resource.Increment(&x.Weight, 1)).
		Manual(func(ctx context.Context, c *resource.Changeset) (*Crate, error) {
			h, f := at(ctx, "rename")
			return h.Update(ctx, "write", c.Record.(*Crate), conga.Set(&f.Title, resource.Value(c, &x.Title)), conga.Set(&f.Weight, resource.Value(c, &x.Weight)))
		})
	r.Update("weigh").Change(resource.SetExpr(&x.Weight, expr.Mul(expr.Count(&x.Items), expr.V(10)))).
		Manual(func(ctx context.Context, c *resource.Changeset) (*Crate, error) {
			h, f := at(ctx, "weigh")
			return h.Update(ctx, "write", c.Record.(*Crate), conga.Set(&f.Weight, resource.Value(c, &x.Weight)))
		})
	r.Destroy("move_out").Primary().Bulk().Manual(func(ctx context.Context, c *resource.Changeset) (*Crate, error) {
		h, _ := at(ctx, "move_out")
		rec := c.Record.(*Crate)
		return rec, h.Destroy(ctx, "remove", rec)
	})
	r.Update("lose").Manual(func(context.Context, *resource.Changeset) (*Crate, error) { return nil, nil })
	r.Update("swap").Manual(func(context.Context, *resource.Changeset) (*Crate, error) { return &Crate{ID: uuid.New()}, nil })
	r.Create("nameless").Private().Manual(func(context.Context, *resource.Changeset) (*Crate, error) { return &Crate{}, nil })

	r.Policy("put", "write", "remove").AuthorizeIf(resource.Always)
	r.Policy("list").AuthorizeIf(expr.IsNot(&x.Owner, "hidden"))
	r.Policy("import", "remote", "nameless").AuthorizeIf(resource.ActorPresent)
	r.Policy("rename", "weigh", "move_out", "lose", "swap").AuthorizeIf(expr.Eq(&x.Owner, &me.Name))
	r.FieldPolicy(&x.Secret).AuthorizeIf(expr.Eq(&x.Owner, &me.Name))
	r.FieldPolicy().AuthorizeIf(resource.Public)
}

// Clerk is who acts on crates.
type Clerk struct{ Name string }

type yard struct {
	house
	crates conga.Handle[Crate]
	f      *Crate
	out    *elsewhere
}

func onYards(t *testing.T, f func(t *testing.T, y *yard)) {
	t.Helper()
	for name, open := range map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			layer := must(open())(t)
			app := must(conga.New(layer, resource.Of[Crate](), resource.Of[Item]()))(t)
			t.Cleanup(func() { _ = app.Close() })
			o := api.Options{Actor: func(_ context.Context, token string) (any, error) { return &Clerk{token}, nil }}
			y := &yard{house: house{app: app, rest: rest.New(app, rest.Options{Options: o}), ql: graphql.New(app, graphql.Options{Options: o})},
				crates: conga.For[Crate](app), out: &elsewhere{calls: map[string]int{}}}
			y.f = y.crates.Fields()
			f(t, y)
		})
	}
}

func (y *yard) by(t *testing.T, name string) context.Context {
	t.Helper()
	return context.WithValue(conga.WithActor(t.Context(), &Clerk{name}), elsewhereKey{}, y.out)
}

// put makes a crate without manual actions.
func (y *yard) put(t *testing.T, title, owner string) *Crate {
	t.Helper()
	return must(y.crates.Create(y.by(t, owner), "put", conga.Set(&y.f.Title, title), conga.Set(&y.f.Owner, owner), conga.Set(&y.f.Secret, "s")))(t)
}

func TestManualWritesThroughGo(t *testing.T) {
	onYards(t, func(t *testing.T, y *yard) {
		ann, f := y.by(t, "ann"), y.f
		events := make(chan conga.Event, 20)
		t.Cleanup(y.app.Subscribe(t.Context(), conga.Topic(y.crates.Resource(), "", nil), func(e conga.Event) { events <- e }))
		c := must(y.crates.Create(ann, "import", conga.Set(&f.Title, " box "), conga.Set(&f.Weight, 3), conga.Select(&f.Title, &f.Owner, &f.Loud), conga.Load(&f.Items)))(t)
		if c.Title != "box!" || c.Owner != "ann" || c.Loud != "BOX!" || c.Items == nil {
			t.Errorf("import: got %+v", c)
		}
		c = must(y.crates.Update(ann, "rename", c, conga.Set(&f.Title, "chest")))(t)
		if c.Title != "chest" || c.Weight != 4 || c.Owner != "ann" {
			t.Errorf("rename: got %+v", c)
		}
		c = must(y.crates.Update(ann, "weigh", c))(t)
		if c.Weight != 0 {
			t.Errorf("weigh: got %+v", c)
		}
		if err := y.crates.Destroy(ann, "move_out", c); err != nil {
			t.Error(err)
		}
		// Each function wrote by another action, which tells of itself too.
		want := []string{"put", "import", "write", "rename", "write", "weigh", "remove", "move_out"}
		var got []string
		for range want {
			select {
			case e := <-events:
				got = append(got, e.Action.Name)
				if e.Key != c.ID || e.Record.(*Crate).ID != c.ID {
					t.Errorf("%s: the event is of %v", e.Action.Name, e.Key)
				}
			case <-time.After(5 * time.Second):
				t.Fatalf("events: got %v", got)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("events: got %v, want %v", got, want)
		}
	})
}

func TestManualWritesAreJudged(t *testing.T) {
	onYards(t, func(t *testing.T, y *yard) {
		ann, f := y.by(t, "ann"), y.f
		mine, theirs, hidden := y.put(t, "mine", "ann"), y.put(t, "theirs", "bob"), y.put(t, "hidden", "hidden")
		kind := func(what string, want resource.ErrorKind, err error) {
			t.Helper()
			if conga.KindOf(err) != want {
				t.Errorf("%s: got %v, want %v", what, err, want)
			}
		}
		update := func(action string, rec *Crate, options ...conga.Option) error {
			_, err := y.crates.Update(ann, action, rec, options...)
			return err
		}
		create := func(ctx context.Context, action string, options ...conga.Option) error {
			_, err := y.crates.Create(ctx, action, options...)
			return err
		}
		kind("a forbidden update", conga.Forbidden, update("rename", theirs, conga.Set(&f.Title, "x")))
		kind("an invisible record", conga.NotFound, update("rename", hidden, conga.Set(&f.Title, "x")))
		kind("a forbidden destroy", conga.Forbidden, y.crates.Destroy(ann, "move_out", theirs))
		kind("invalid input", conga.Invalid, update("rename", mine, conga.Set(&f.Title, strings.Repeat("x", 21))))
		kind("a stale record", conga.Conflict, update("rename", &Crate{ID: mine.ID}, conga.Set(&f.Title, "x"), conga.IfUnchanged()))
		kind("nobody", conga.Forbidden, create(context.WithValue(t.Context(), elsewhereKey{}, y.out), "import", conga.Set(&f.Title, "x")))
		if len(y.out.calls) > 0 {
			t.Errorf("functions ran: %v", y.out.calls)
		}
		kind("a fault", conga.Invalid, create(ann, "import", conga.Set(&f.Title, "x"), conga.Set(&f.Weight, 101)))
		kind("a hook that fails", conga.Internal, create(ann, "import", conga.Set(&f.Title, "spoiled")))
		kind("no record", conga.Internal, update("lose", mine))
		kind("another record", conga.Internal, update("swap", mine))
		kind("no key", conga.Internal, create(ann, "nameless"))
		if page := must(y.crates.Read(ann, "list"))(t); len(page.Items) != 2 {
			t.Errorf("what failed has left records: %d", len(page.Items))
		}
	})
}

func TestManualWritesOfManyRecords(t *testing.T) {
	onYards(t, func(t *testing.T, y *yard) {
		ann, f := y.by(t, "ann"), y.f
		y.put(t, "theirs", "bob")
		rows := make([][]conga.Option, 3)
		for i := range rows {
			rows[i] = []conga.Option{conga.Set(&f.Title, fmt.Sprint("box", i)), conga.Set(&f.Weight, 100+i), conga.Select(&f.Title)}
		}
		if _, _, err := y.crates.CreateMany(ann, "import", conga.Bulk{}, rows...); conga.KindOf(err) != conga.Invalid {
			t.Errorf("all or none: got %v", err)
		}
		recs, errs, err := y.crates.CreateMany(ann, "import", conga.Bulk{Partial: true}, rows...)
		if err != nil || len(errs) != 2 || recs[0] == nil || recs[0].Title != "box0!" {
			t.Errorf("in part: got %v, %v, %v", recs, errs, err)
		}
		if y.out.calls["import"] != 2+3 {
			t.Errorf("the function ran %d times", y.out.calls["import"])
		}
		recs, _, err = y.crates.CreateMany(ann, "import", conga.Bulk{}, rows[0], rows[0])
		if err != nil || len(recs) != 2 {
			t.Errorf("many: got %v, %v", recs, err)
		}
		recs, _, err = y.crates.UpdateMany(ann, "rename", conga.Bulk{}, conga.To(recs[0], conga.Set(&f.Title, "a")), conga.To(recs[1], conga.Set(&f.Title, "b")))
		if err != nil || recs[0].Title != "a" || recs[1].Title != "b" || recs[1].Weight != 101 {
			t.Errorf("UpdateMany: got %v, %v", recs, err)
		}
		if n, err := y.crates.UpdateEvery(ann, "rename", expr.True(), conga.Set(&f.Title, "all")); n != 3 || err != nil {
			t.Errorf("UpdateEvery: got %d, %v", n, err)
		}
		if n, err := y.crates.DestroyEvery(ann, "move_out", expr.Is(&f.Title, "all")); n != 3 || err != nil || y.out.calls["move_out"] != 3 {
			t.Errorf("DestroyEvery: got %d, %v", n, err)
		}
	})
}

func TestManualWritesThroughAPIs(t *testing.T) {
	onYards(t, func(t *testing.T, y *yard) {
		ctx := t.Context()
		call := func(actor, method, path, body string, status int) any {
			t.Helper()
			w := serve(ctx, y.rest, actor, method, path, body)
			if w.Code != status {
				t.Errorf("%s %s: got %d, want %d: %s", method, path, w.Code, status, w.Body)
			}
			if w.Body.Len() == 0 {
				return nil
			}
			return decode(t, w.Body.Bytes())
		}
		made := call("ann", http.MethodPost, "/api/crates?fields[crate]=id,title,secret,loud&include=items", `{"title":"box"}`, 201)
		if get(made, "title") != "box!" || get(made, "loud") != "BOX!" || get(made, "secret") != "s" || fmt.Sprint(get(made, "items")) != "[]" {
			t.Errorf("POST: got %v", made)
		}
		path := fmt.Sprint("/api/crates/", get(made, "id"))
		if got := call("ann", http.MethodPatch, path, `{"title":"chest"}`, 200); get(got, "title") != "chest" || fmt.Sprint(get(got, "weight")) != "1" {
			t.Errorf("PATCH: got %v", got)
		}
		call("bob", http.MethodPatch, path, `{"title":"x"}`, 403)
		call("ann", http.MethodPatch, path, `{"title":""}`, 422)
		call("ann", http.MethodPost, "/api/crates", `{"title":"x","weight":101}`, 422)
		call("ann", http.MethodPost, "/api/crates", `[{"title":"x"},{"title":"y"}]`, 201)
		call("bob", http.MethodDelete, path, "", 403)
		call("ann", http.MethodDelete, path, "", 204)
		call("ann", http.MethodDelete, path, "", 404)

		// Of a record that is kept elsewhere there is what was returned, and field policies hold.
		if got := call("ann", http.MethodPost, "/api/crates/remote", `{"title":"far"}`, 201); get(got, "title") != "far" || get(got, "owner") != "somebody" || strings.Contains(fmt.Sprint(got), "remote secret") {
			t.Errorf("remote: got %v", got)
		}
		if got := call("ann", http.MethodPost, "/api/crates/remote?include=items", `{"title":"far"}`, 422); !strings.Contains(fmt.Sprint(got), "only fields of its own") {
			t.Errorf("remote with items: got %v", got)
		}
		for _, c := range []struct{ actor, fields, want string }{
			{"ann", `remoteCrate(input: {title: "far"}) { result { title owner secret } }`, `{"remoteCrate":{"result":{"title":"far","owner":"somebody","secret":null}}}`},
			{"somebody", `remoteCrate(input: {title: "far"}) { result { secret } }`, `{"remoteCrate":{"result":{"secret":"remote secret"}}}`},
			{"ann", `importCrate(input: {title: "box"}) { result { title secret loud held } }`, `{"importCrate":{"result":{"title":"box!","secret":"s","loud":"BOX!","held":0}}}`},
			{"ann", `importCrate(input: {title: "box", weight: 101}) { result { title } errors { code fields } }`, `{"importCrate":{"result":null,"errors":[{"code":"heavy","fields":["weight"]}]}}`},
			{"ann", `remoteCrate(input: {title: "far"}) { result { held } errors { code message } }`, "only fields of its own"},
		} {
			if got := y.query(ctx, c.actor, "mutation { "+c.fields+" }", nil).Body.String(); !strings.Contains(got, c.want) {
				t.Errorf("%s: got %s, want %s", c.fields, got, c.want)
			}
		}
	})
}

func TestManualWritesAreExplained(t *testing.T) {
	onYards(t, func(t *testing.T, y *yard) {
		for _, action := range []string{"import", "rename", "move_out"} {
			p := must(y.crates.ExplainWrite(y.by(t, "ann"), action, nil))(t)
			if !strings.Contains(p.String(), action+": manual at manual_test.go:") || !strings.Contains(p.Manual, "manual_test.go:") || !p.Transaction || p.Statement.SQL != "" {
				t.Errorf("%s: got\n%s", action, p)
			}
		}
	})
}
