package nested

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

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

// Board cascades to its cards, its cover, and the boards below it.
type Board struct {
	ID     int64 `conga:"primary"`
	FirmID int64
	Name   string
	Closed bool
	OnID   *int64

	On     *Board  `conga:"belongs_to,on_delete=nilify"`
	Cards  []Card  `conga:"has_many"`
	Open   []Card  `conga:"has_many"`
	Cover  *Cover  `conga:"has_one"`
	Boards []Board `conga:"has_many,key=OnID"`
}

func (b *Board) Define(r *resource.Builder[Board]) {
	me := resource.Actor[Clerk](r)
	r.Tenant(&b.FirmID)
	resource.Related(r, &b.Open).Where(func(c *Card) expr.Bool { return expr.IsNot(&c.State, "done") })
	r.Read("list").Primary()
	r.Create("make").Accept(&b.Name, &b.OnID)
	r.Update("hang").Accept(&b.OnID)
	r.Update("close").Change(resource.SetTo(&b.Closed, true)).CascadeUpdate(&b.Open, "cancel")
	r.Update("clear").Accept(&b.Name).CascadeDestroy(&b.Cards)
	r.Update("arrange").Manage(&b.Boards, resource.DirectControl().UpdateWith("hang"))
	r.Destroy("delete").Primary().Bulk().CascadeDestroy(&b.Cards).CascadeDestroy(&b.Cover, "drop")
	r.Destroy("purge").CascadeDestroy(&b.Cards, "purge")
	r.Destroy("fell").CascadeDestroy(&b.Boards, "fell")
	r.Destroy("guard").CascadeDestroy(&b.Cards).After(func(context.Context, *resource.Changeset, *Board) error {
		return errors.New("the hook fails")
	})
	r.Destroy("lift").Transaction(false).CascadeDestroy(&b.Cards)
	r.Policy("delete").AuthorizeIf(expr.IsNot(&b.Name, "holy")).AuthorizeIf(expr.Is(&me.Chief, true))
	r.Policy("list", "make", "hang", "arrange", "close", "clear", "purge", "fell", "guard", "lift").AuthorizeIf(resource.Public)
}

// Card has policies and hooks of its own.
type Card struct {
	ID      uuid.UUID `conga:"primary"`
	FirmID  int64
	Text    string
	State   string
	Hidden  bool
	BoardID int64
	Board   *Board `conga:"belongs_to"`
}

func (c *Card) Define(r *resource.Builder[Card]) {
	me := resource.Actor[Clerk](r)
	r.Tenant(&c.FirmID)
	r.Read("list").Primary().Sort(expr.Asc(&c.Text))
	r.Create("add").Accept(&c.Text, &c.State, &c.Hidden, &c.BoardID)
	r.Update("cancel").Change(resource.SetTo(&c.State, "cancelled")).Validate(resource.Valid(expr.IsNot(&c.Text, "firm"), "must not be firm", &c.Text))
	r.Destroy("remove").Primary().Before(func(_ context.Context, cs *resource.Changeset) error {
		if resource.Value(cs, &c.Text) == "stuck" {
			return resource.Fault(&c.Text, "stuck", "is stuck", nil)
		}
		return nil
	})
	r.Destroy("purge")
	r.Policy("list").AuthorizeIf(expr.Is(&c.Hidden, false)).AuthorizeIf(expr.Is(&me.Chief, true))
	r.Policy("add", "cancel").AuthorizeIf(resource.Public)
	r.Policy("remove").AuthorizeIf(expr.IsNot(&c.State, "kept"))
	r.Policy("purge").AuthorizeIf(expr.Is(&me.Chief, true))
}

// Cover is the one cover of a board.
type Cover struct {
	ID      int64 `conga:"primary"`
	FirmID  int64
	BoardID int64  `conga:"unique"`
	Board   *Board `conga:"belongs_to"`
}

func (c *Cover) Define(r *resource.Builder[Cover]) {
	r.Tenant(&c.FirmID)
	r.Read("list").Primary()
	r.Create("put").Accept(&c.BoardID)
	r.Destroy("drop")
	r.Policy().AuthorizeIf(resource.Public)
}

// Clerk is who calls.
type Clerk struct {
	ID    int64 `conga:"primary"`
	Chief bool
}

func (c *Clerk) Define(r *resource.Builder[Clerk]) {}

// office is an application of boards.
type office struct {
	*testing.T
	app    *conga.App
	boards conga.Handle[Board]
	cards  conga.Handle[Card]
	covers conga.Handle[Cover]
	sql    *statements
	events []string

	ctx, chief context.Context
}

func onOffices(t *testing.T, f func(o *office)) {
	open := func(name string, open func(*testing.T, datalayer.Observer) (datalayer.Layer, error)) {
		t.Run(name, func(t *testing.T) {
			o := &office{T: t, sql: &statements{}}
			layer, err := open(t, o.sql)
			if err != nil {
				t.Fatal(err)
			}
			o.app, err = conga.NewWith(conga.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, layer,
				resource.Of[Board](), resource.Of[Card](), resource.Of[Cover](), resource.Of[Clerk]())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = o.app.Close() })
			o.boards, o.cards, o.covers = conga.For[Board](o.app), conga.For[Card](o.app), conga.For[Cover](o.app)
			o.ctx = conga.WithTenant(conga.WithActor(t.Context(), &Clerk{ID: 1}), int64(1))
			o.chief = conga.WithTenant(conga.WithActor(t.Context(), &Clerk{ID: 2, Chief: true}), int64(1))
			f(o)
		})
	}
	open("sqlite", func(_ *testing.T, o datalayer.Observer) (datalayer.Layer, error) {
		return sqlite.OpenWith(context.Background(), ":memory:", sqlite.Options{Observer: o})
	})
	open("postgres", func(t *testing.T, o datalayer.Observer) (datalayer.Layer, error) {
		return postgres.OpenWith(context.Background(), pgtest.Database(t), postgres.Options{Observer: o})
	})
}

// board is a board with a cover, and cards given as "text" or "text/state"; "-" hides one.
func (o *office) board(ctx context.Context, name string, cards ...string) *Board {
	o.Helper()
	b, err := o.boards.Create(ctx, "make", conga.Set(&o.boards.Fields().Name, name))
	if err != nil {
		o.Fatal(err)
	}
	if _, err := o.covers.Create(ctx, "put", conga.Set(&o.covers.Fields().BoardID, b.ID)); err != nil {
		o.Fatal(err)
	}
	f := o.cards.Fields()
	for _, c := range cards {
		text, hidden := strings.CutPrefix(c, "-")
		text, state, _ := strings.Cut(text, "/")
		if _, err := o.cards.Create(o.chiefOf(ctx), "add", conga.Set(&f.Text, text), conga.Set(&f.State, state),
			conga.Set(&f.Hidden, hidden), conga.Set(&f.BoardID, b.ID)); err != nil {
			o.Fatal(err)
		}
	}
	return b
}

func (o *office) chiefOf(ctx context.Context) context.Context {
	return conga.WithActor(ctx, &Clerk{ID: 2, Chief: true})
}

// left is what the chief of the tenant sees.
func (o *office) left(ctx context.Context) string {
	o.Helper()
	ctx = o.chiefOf(ctx)
	boards, err := o.boards.Read(ctx, "list")
	if err != nil {
		o.Fatal(err)
	}
	cards, err := o.cards.Read(ctx, "list")
	if err != nil {
		o.Fatal(err)
	}
	covers, err := o.covers.Read(ctx, "list")
	if err != nil {
		o.Fatal(err)
	}
	out := fmt.Sprintf("%d/%d", len(boards.Items), len(covers.Items))
	for _, c := range cards.Items {
		out += strings.TrimSuffix(" "+c.Text+":"+c.State, ":")
	}
	return out
}

func (o *office) wants(ctx context.Context, want string) {
	o.Helper()
	if got := o.left(ctx); got != want {
		o.Errorf("left is %s, want %s", got, want)
	}
}

func (o *office) refused(err error, kind resource.ErrorKind, issues ...string) {
	o.Helper()
	(&desk{T: o.T}).refused(err, kind, issues...)
}

func (o *office) listen() {
	for _, r := range o.app.Registry().Resources {
		o.Cleanup(o.app.Subscribe(o.ctx, conga.Topic(r, ""), func(e conga.Event) {
			o.events = append(o.events, e.Resource.Type+" "+e.Action.Name)
		}))
	}
}

// heard compares the events since the last time.
func (o *office) heard(want ...string) {
	o.Helper()
	if !slices.Equal(o.events, want) {
		o.Errorf("heard %q, want %q", o.events, want)
	}
	o.events = nil
}

func TestCascadeDestroy(t *testing.T) {
	onOffices(t, func(o *office) {
		b := o.board(o.ctx, "a", "one", "two")
		o.board(o.ctx, "b", "three")
		o.listen()
		if err := o.boards.Destroy(o.ctx, "delete", b); err != nil {
			o.Fatal(err)
		}
		o.wants(o.ctx, "1/1 three")
		o.heard("card remove", "card remove", "cover drop", "board delete")

		// An update cascades when the record is written.
		c := o.board(o.ctx, "c", "four", "five")
		o.events = nil
		if _, err := o.boards.Update(o.ctx, "clear", c, conga.Set(&o.boards.Fields().Name, "d")); err != nil {
			o.Fatal(err)
		}
		o.wants(o.ctx, "2/2 three")
		o.heard("card remove", "card remove", "board clear")
	})
}

func TestCascadePolicies(t *testing.T) {
	onOffices(t, func(o *office) {
		// The target's action is refused whatever the record: so is the call.
		b := o.board(o.ctx, "a")
		o.refused(o.boards.Destroy(o.ctx, "purge", b), conga.Forbidden)
		// Records that the actor may not see or destroy stay, and the foreign key decides.
		hidden, kept := o.board(o.ctx, "b", "-h", "one"), o.board(o.ctx, "c", "k/kept", "two")
		o.listen()
		o.refused(o.boards.Destroy(o.ctx, "delete", hidden), conga.Conflict, "")
		o.refused(o.boards.Destroy(o.chief, "delete", kept), conga.Conflict, "")
		o.wants(o.ctx, "3/3 h k:kept one two")
		o.heard()
		if _, err := o.boards.Update(o.ctx, "clear", hidden); err != nil {
			o.Error(err)
		}
		o.wants(o.ctx, "3/3 h k:kept two")
		if err := o.boards.Destroy(o.chief, "delete", hidden); err != nil {
			o.Error(err)
		}
		// A board that may not be destroyed is told before its cards are looked at.
		holy := o.board(o.ctx, "holy", "stuck")
		o.refused(o.boards.Destroy(o.ctx, "delete", holy), conga.Forbidden)
		o.refused(o.boards.Destroy(o.chief, "delete", holy), conga.Invalid, "cards.text stuck")
	})
}

func TestCascadeIsUndone(t *testing.T) {
	onOffices(t, func(o *office) {
		b := o.board(o.ctx, "a", "one", "two")
		o.listen()
		if err := o.boards.Destroy(o.ctx, "guard", b); err == nil {
			o.Error("the hook let it pass")
		}
		o.wants(o.ctx, "1/1 one two")
		o.refused(o.boards.Destroy(o.ctx, "lift", b), conga.Conflict, "") // the cover stays
		o.wants(o.ctx, "1/1 one two")
		o.heard()
	})
}

func TestCascadeUpdate(t *testing.T) {
	onOffices(t, func(o *office) {
		b := o.board(o.ctx, "a", "one", "two/done", "-h")
		o.listen()
		got, err := o.boards.Update(o.ctx, "close", b)
		if err != nil || !got.Closed {
			o.Fatalf("%+v, %v", got, err)
		}
		o.wants(o.ctx, "1/1 h one:cancelled two:done")
		o.heard("card cancel", "board close")
		firm := o.board(o.ctx, "b", "firm")
		_, err = o.boards.Update(o.ctx, "close", firm)
		o.refused(err, conga.Invalid, "open.text invalid")
		if got, err := o.boards.Get(o.ctx, firm.ID); err != nil || got.Closed {
			o.Errorf("%+v, %v", got, err)
		}
	})
}

func TestCascadeOfMany(t *testing.T) {
	onOffices(t, func(o *office) {
		other := conga.WithTenant(o.ctx, int64(2))
		o.board(other, "x", "theirs")
		destroy := func(boards, cards int) int {
			for range boards {
				o.board(o.ctx, "a", slices.Repeat([]string{"c"}, cards)...)
			}
			o.sql.take()
			n, err := o.boards.DestroyEvery(o.ctx, "delete", expr.True())
			if err != nil || n != boards {
				o.Fatal(n, err)
			}
			return len(o.sql.take())
		}
		if few, many := destroy(2, 2), destroy(7, 5); few != many {
			o.Errorf("%d statements for few, %d for many", few, many)
		}
		o.wants(o.ctx, "0/0")
		o.wants(other, "1/1 theirs")

		good, bad, fine := o.board(o.ctx, "a", "one"), o.board(o.ctx, "b", "stuck"), o.board(o.ctx, "c", "two")
		_, _, err := o.boards.DestroyMany(o.ctx, "delete", conga.Bulk{}, []*Board{good, bad, fine})
		var one *conga.BulkError
		if !errors.As(err, &one) || one.Index != 1 {
			o.Errorf("got %v, want an error of record 1", err)
		}
		o.wants(o.ctx, "3/3 one stuck two")
		n, errs, err := o.boards.DestroyMany(o.ctx, "delete", conga.Bulk{Partial: true}, []*Board{good, bad, fine})
		if err != nil || n != 2 || len(errs) != 1 || errs[0].Index != 1 {
			o.Errorf("%d, %v, %v", n, errs, err)
		}
		o.wants(o.ctx, "1/1 stuck")
	})
}

// Boards that lead back to themselves are destroyed once.
func TestCascadeInCircles(t *testing.T) {
	onOffices(t, func(o *office) {
		var boards []*Board
		f := o.boards.Fields()
		for i := range 4 {
			var options []conga.Option
			if i > 0 {
				options = append(options, conga.Set(&f.OnID, &boards[i-1].ID))
			}
			b, err := o.boards.Create(o.ctx, "make", options...)
			if err != nil {
				o.Fatal(err)
			}
			boards = append(boards, b)
		}
		if _, err := o.boards.Update(o.ctx, "hang", boards[0], conga.Set(&f.OnID, &boards[2].ID)); err != nil {
			o.Fatal(err)
		}
		o.listen()
		if err := o.boards.Destroy(o.ctx, "fell", boards[0]); err != nil {
			o.Fatal(err)
		}
		o.wants(o.ctx, "0/0")
		o.heard("board fell", "board fell", "board fell", "board fell")
	})
}

// A record that goes because of a managed input cascades too.
func TestCascadeOfNested(t *testing.T) {
	onOffices(t, func(o *office) {
		f := o.boards.Fields()
		top := o.board(o.ctx, "top")
		under := func(cards ...string) {
			b := o.board(o.ctx, "under", cards...)
			if _, err := o.boards.Update(o.ctx, "hang", b, conga.Set(&f.OnID, &top.ID)); err != nil {
				o.Fatal(err)
			}
		}
		arrange := func() error {
			_, err := o.boards.Update(o.ctx, "arrange", top, conga.Nest(&f.Boards))
			return err
		}
		statements := func(boards, cards int) int {
			for range boards {
				under(slices.Repeat([]string{"c"}, cards)...)
			}
			o.sql.take()
			if err := arrange(); err != nil {
				o.Fatal(err)
			}
			return len(o.sql.take())
		}
		if few, many := statements(2, 2), statements(5, 4); few != many {
			o.Errorf("%d statements for few, %d for many", few, many)
		}
		o.wants(o.ctx, "1/1")
		under("one")
		under("stuck")
		o.refused(arrange(), conga.Invalid, "boards.cards.text stuck")
		o.wants(o.ctx, "3/3 one stuck")
	})
}

// Cascades are part of the action, whatever the door.
func TestCascadeThroughDoors(t *testing.T) {
	onOffices(t, func(o *office) {
		with := func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r.WithContext(o.ctx)) })
		}
		call := func(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			with(h).ServeHTTP(w, r)
			return w
		}
		door, ql := rest.New(o.app, rest.Options{Options: api.Options{}}), graphql.New(o.app, graphql.Options{})
		a, b, c := o.board(o.ctx, "a", "one"), o.board(o.ctx, "b", "stuck"), o.board(o.ctx, "c", "two")
		if w := call(door, http.MethodDelete, fmt.Sprintf("/api/boards/%d", a.ID), ""); w.Code != http.StatusNoContent {
			o.Errorf("%d: %s", w.Code, w.Body)
		}
		w := call(door, http.MethodDelete, fmt.Sprintf("/api/boards/%d", b.ID), "")
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "/cards/text") {
			o.Errorf("%d: %s", w.Code, w.Body)
		}
		w = call(ql, http.MethodPost, "/graphql", fmt.Sprintf(`{"query":"mutation { deleteBoard(id: \"%d\") { errors { code } } }"}`, c.ID))
		if !strings.Contains(w.Body.String(), `"errors":[]`) {
			o.Errorf("%s", w.Body)
		}
		o.wants(o.ctx, "1/1 stuck")
	})
}
