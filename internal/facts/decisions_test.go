package facts

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Shelf has books, of which some are locked away.
type Shelf struct {
	ID     uuid.UUID `conga:"primary"`
	Label  string
	Owner  string
	Hidden resource.Hidden

	Volumes int     `conga:"calculated"`
	All     int     `conga:"calculated"`
	Title   string  `conga:"calculated"`
	Books   []Tome  `conga:"has_many,key=ShelfID"`
	Vaults  []Vault `conga:"has_many,key=ShelfID"`
}

// Tome is a book on a shelf.
type Tome struct {
	ID      uuid.UUID `conga:"primary"`
	Name    string
	Locked  bool
	ShelfID *uuid.UUID
	NextID  *uuid.UUID

	NextName *string `conga:"calculated"`
	AnyName  *string `conga:"calculated"`
	Shelf    *Shelf  `conga:"belongs_to"`
	Next     *Tome   `conga:"belongs_to"`
}

// Vault is never read by anybody.
type Vault struct {
	ID      uuid.UUID `conga:"primary"`
	ShelfID uuid.UUID
	Shelf   *Shelf `conga:"belongs_to"`
}

// asked counts the calls of hooks, by the context.
type asked struct{}

func (s *Shelf) Define(r *resource.Builder[Shelf]) {
	me := resource.Actor[Employee](r)
	resource.Calculate(r, &s.Volumes, expr.Count(&s.Books))
	resource.Calculate(r, &s.All, expr.WithoutPolicies(expr.Count(&s.Books)))
	resource.Calculate(r, &s.Title, expr.Concat(expr.F(&s.Label), expr.V(" of "), expr.F(&s.Owner)))
	r.Read("list").Primary().Sort(expr.Asc(&s.Label))
	r.Read("odd")
	r.Read("late")
	r.Create("build").Accept(&s.Label, &s.Owner)
	r.Update("paint").Accept(&s.Label).Before(func(ctx context.Context, _ *resource.Changeset) error {
		if n, ok := ctx.Value(asked{}).(*int); ok {
			*n++
		}
		return nil
	})
	r.Policy("list", "build").AuthorizeIf(resource.Public)
	// Nothing applies to an odd read by nobody; the bypass does not hold for anybody else.
	r.Policy("odd").When(expr.Is(&me.Role, "head")).AuthorizeIf(resource.Public)
	r.Bypass("odd").When(resource.ActorPresent).AuthorizeIf(expr.Is(&me.Name, "bob"))
	// What the first forbids, a bypass behind it cannot allow.
	r.Policy("late").AuthorizeIf(expr.Is(&me.Role, "head"))
	r.Bypass("late").AuthorizeIf(resource.ActorPresent)
	r.Policy("paint").AuthorizeIf(expr.Eq(&s.Owner, &me.Name))

	r.FieldPolicy(&s.Owner).AuthorizeIf(expr.Is(&me.Role, "head"))
	r.FieldPolicy().AuthorizeIf(resource.Public)
	r.Publish("shelf", &s.Label)
}

func (x *Tome) Define(r *resource.Builder[Tome]) {
	me := resource.Actor[Employee](r)
	resource.Calculate(r, &x.NextName, expr.Nullable(expr.F(&x.Next.Name)))
	resource.Calculate(r, &x.AnyName, expr.WithoutPolicies(expr.Nullable(expr.F(&x.Next.Name))))
	r.Read("list").Primary().Sort(expr.Asc(&x.Name))
	r.Create("put").Accept(&x.Name, &x.Locked, &x.ShelfID, &x.NextID)
	r.Policy("put").AuthorizeIf(resource.Public)
	r.Policy("list").AuthorizeIf(expr.Is(&x.Locked, false)).AuthorizeIf(expr.Is(&me.Role, "head"))
}

func (v *Vault) Define(r *resource.Builder[Vault]) {
	me := resource.Actor[Employee](r)
	r.Read("list").Primary()
	r.Policy("list").AuthorizeIf(expr.Is(&me.Role, "ghost"))
}

func libraries(t *testing.T, f func(t *testing.T, o *office, shelves conga.Handle[Shelf], tomes conga.Handle[Tome])) {
	stores(t, func(t *testing.T, layer datalayer.Layer, seen *statements) {
		app := must(conga.New(layer, resource.Of[Shelf](), resource.Of[Tome](), resource.Of[Vault]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		o := &office{app: app, seen: seen, people: map[string]*Employee{
			"head": {ID: uuid.New(), Name: "ann", Role: "head"}, "bob": {ID: uuid.New(), Name: "bob"}, "cid": {ID: uuid.New(), Name: "cid"},
		}}
		o.serve()
		f(t, o, conga.For[Shelf](app), conga.For[Tome](app))
	})
}

func TestFact25RefusedReadsAskNothing(t *testing.T) {
	libraries(t, func(t *testing.T, o *office, shelves conga.Handle[Shelf], _ conga.Handle[Tome]) {
		s := shelves.Fields()
		must(shelves.Create(t.Context(), "build", conga.Set(&s.Label, "a")))(t)
		o.seen.take()
		if _, err := shelves.Read(t.Context(), "late", conga.WithCount()); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("error = %v", err)
		}
		if sent := o.seen.take(); len(sent) > 0 {
			t.Errorf("a refused read sends %q", sent)
		}
		page := must(shelves.Read(o.as(t, "bob"), "list", conga.Load(&s.Vaults, conga.WithCount(), conga.Limit(3))))(t)
		if sent := o.seen.take(); len(sent) != 1 || len(page.Items[0].Vaults) != 0 {
			t.Errorf("relatives that are refused anyway are asked for: %q", sent)
		}
	})
}

func TestFact26NoPolicyThatAppliesForbids(t *testing.T) {
	libraries(t, func(t *testing.T, o *office, shelves conga.Handle[Shelf], _ conga.Handle[Tome]) {
		for who, want := range map[string]resource.ErrorKind{"head": "", "bob": "", "cid": conga.Forbidden} {
			if _, err := shelves.Read(o.as(t, who), "odd"); conga.KindOf(err) != want {
				t.Errorf("%s: %v", who, err)
			}
		}
		if _, err := shelves.Read(t.Context(), "odd"); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestFact27BypassBehindAPolicy(t *testing.T) {
	libraries(t, func(t *testing.T, o *office, shelves conga.Handle[Shelf], _ conga.Handle[Tome]) {
		if _, err := shelves.Read(o.as(t, "bob"), "late"); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("a bypass rescues from a policy before it: %v", err)
		}
		// The condition of the bypass holds for cid and its checks do not: it does not count as a policy that applies.
		if _, err := shelves.Read(o.as(t, "cid"), "odd"); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("a bypass that fails counts: %v", err)
		}
	})
}

// Lenient has a bypass that can only forbid.
type Lenient struct {
	ID uuid.UUID `conga:"primary"`
}

func (l *Lenient) Define(r *resource.Builder[Lenient]) {
	r.Read("list")
	r.Bypass("list").ForbidIf(resource.ActorPresent)
	r.Policy("list").AuthorizeIf(resource.Public)
}

func TestFact28BypassOfForbidChecks(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		t.Cleanup(func() { _ = layer.Close() })
		_, err := conga.New(layer, resource.Of[Lenient]())
		if err == nil || !strings.Contains(err.Error(), "none that authorizes") {
			t.Errorf("error = %v", err)
		}
	})
}

func TestFact32HooksOfUnauthorizedWrites(t *testing.T) {
	libraries(t, func(t *testing.T, o *office, shelves conga.Handle[Shelf], _ conga.Handle[Tome]) {
		s := shelves.Fields()
		shelf := must(shelves.Create(t.Context(), "build", conga.Set(&s.Label, "a"), conga.Set(&s.Owner, "bob")))(t)
		calls := 0
		ctx := context.WithValue(o.as(t, "cid"), asked{}, &calls)
		if _, err := shelves.Update(ctx, "paint", shelf, conga.Set(&s.Label, "b")); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("error = %v", err)
		}
		if n, err := shelves.UpdateEvery(ctx, "paint", expr.True(), conga.Set(&s.Label, "b")); n != 0 || err != nil {
			t.Errorf("%d updated, %v", n, err)
		}
		if calls != 0 {
			t.Errorf("the hook ran %d times", calls)
		}
		ctx = context.WithValue(o.as(t, "bob"), asked{}, &calls)
		if n, err := shelves.UpdateEvery(ctx, "paint", expr.True(), conga.Set(&s.Label, "b")); n != 1 || err != nil || calls != 1 {
			t.Errorf("%d updated, %v, %d calls", n, err, calls)
		}
	})
}

func TestFact33WhatCalculationsSee(t *testing.T) {
	libraries(t, func(t *testing.T, o *office, shelves conga.Handle[Shelf], tomes conga.Handle[Tome]) {
		s, x := shelves.Fields(), tomes.Fields()
		shelf := must(shelves.Create(t.Context(), "build", conga.Set(&s.Label, "a"), conga.Set(&s.Owner, "bob")))(t)
		locked := must(tomes.Create(t.Context(), "put", conga.Set(&x.Name, "locked"), conga.Set(&x.Locked, true), conga.Set(&x.ShelfID, &shelf.ID)))(t)
		open := must(tomes.Create(t.Context(), "put", conga.Set(&x.Name, "open"), conga.Set(&x.ShelfID, &shelf.ID), conga.Set(&x.NextID, &locked.ID)))(t)
		for who, want := range map[string]int{"bob": 1, "head": 2} {
			got := must(shelves.Get(o.as(t, who), shelf.ID, conga.With(&s.Volumes, &s.All, &s.Title)))(t)
			if got.Volumes != want || got.All != 2 {
				t.Errorf("%s counts %d of %d", who, got.Volumes, got.All)
			}
			if got.Title != "a of bob" {
				t.Errorf("a calculation has policies of its own, but %s sees %q", who, got.Title)
			}
			tome := must(tomes.Get(o.as(t, who), open.ID, conga.With(&x.NextName, &x.AnyName)))(t)
			if (tome.NextName != nil) != (who == "head") || tome.AnyName == nil {
				t.Errorf("%s sees of the next book: %v, %v", who, tome.NextName, tome.AnyName)
			}
		}
	})
}

func TestFact75EventsAreReadAgain(t *testing.T) {
	libraries(t, func(t *testing.T, o *office, shelves conga.Handle[Shelf], _ conga.Handle[Tome]) {
		s := shelves.Fields()
		server := httptest.NewServer(o.ql)
		t.Cleanup(server.Close)
		got := map[string]chan string{}
		for _, who := range []string{"head", "bob"} {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			t.Cleanup(cancel)
			r := must(http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(
				`{"query":"subscription {shelfEvents {kind shelf {label owner}}}"}`)))(t)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "text/event-stream")
			r.Header.Set("Authorization", "Bearer "+who)
			resp := must(http.DefaultClient.Do(r))(t) //nolint:bodyclose // in the next line
			t.Cleanup(func() { _ = resp.Body.Close() })
			events := make(chan string, 10)
			got[who] = events
			go func() {
				lines := bufio.NewScanner(resp.Body)
				for lines.Scan() {
					if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
						events <- data
					}
				}
				close(events)
			}()
		}
		must(shelves.Create(t.Context(), "build", conga.Set(&s.Label, "a"), conga.Set(&s.Owner, "bob")))(t)
		for who, want := range map[string]string{
			"head": `{"data":{"shelfEvents":{"kind":"CREATED","shelf":{"label":"a","owner":"bob"}}}}`,
			"bob": `{"errors":[{"message":"Shelf.owner is hidden","path":["shelfEvents","shelf","owner"],"extensions":{"code":"FORBIDDEN_FIELD"}}],` +
				`"data":{"shelfEvents":{"kind":"CREATED","shelf":{"label":"a","owner":null}}}}`,
		} {
			select {
			case text := <-got[who]:
				if text != want {
					t.Errorf("%s got  %s\nwant %s", who, text, want)
				}
			case <-time.After(20 * time.Second):
				t.Errorf("%s got nothing", who)
			}
		}
	})
}
