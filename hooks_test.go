package conga_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Job is a record whose actions have a hook at each place.
type Job struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string    `validate:"required"`
	Team  *string
	Grade int
	Owner string
}

// Worker is who acts on jobs.
type Worker struct{ Name string }

func (j *Job) Define(r *resource.Builder[Job]) {
	var h *hooks
	me := resource.Actor[Worker](r)
	r.Read("list").Primary().Sort(expr.Asc(&j.Name)).
		Prepare(func(ctx context.Context, p *resource.Preparation) error {
			if err := h.at(ctx, "prepare"); err != nil {
				return err
			}
			if w, _ := p.Actor.(*Worker); w != nil {
				return p.Filter(expr.Is(&j.Owner, w.Name))
			}
			return nil
		}).
		After(func(ctx context.Context, recs []*Job) error { return h.at(ctx, fmt.Sprint("read ", len(recs))) })
	r.Create("add").Accept(&j.Name, &j.Team, &j.Grade, &j.Owner)
	hooked := func(w *resource.WriteBuilder[Job]) {
		w.Accept(&j.Name).
			BeforeTransaction(func(ctx context.Context, c *resource.Changeset) error { return h.at(ctx, "before transaction") }).
			Change(resource.ChangeFunc(func(ctx context.Context, _ *resource.Changeset) error { return h.at(ctx, "change") })).
			Before(func(ctx context.Context, _ *resource.Changeset) error { return h.at(ctx, "before") }).
			After(func(ctx context.Context, _ *resource.Changeset, _ *Job) error { return h.at(ctx, "after") }).
			AfterBatch(func(ctx context.Context, cs []*resource.Changeset, _ []*Job) error {
				return h.at(ctx, fmt.Sprint("batch ", len(cs)))
			}).
			AfterTransaction(func(ctx context.Context, _ *resource.Changeset, _ *Job, err error) {
				_ = h.at(ctx, fmt.Sprint("ended ", err == nil))
			})
	}
	hooked(r.Create("open"))
	hooked(r.Update("edit"))
	r.Update("wait").Timeout(20 * time.Millisecond).Before(func(ctx context.Context, _ *resource.Changeset) error {
		<-ctx.Done()
		return ctx.Err()
	})
	other := func(ctx context.Context, _ *resource.Changeset) error {
		jobs := conga.For[Job](conga.FromContext(ctx))
		_, err := jobs.Create(ctx, "add", conga.Set(&jobs.Fields().Name, "other"))
		return err
	}
	fails := func(context.Context, *resource.Changeset) error { return errors.New("too late") }
	r.Create("apart").Accept(&j.Name).Transaction(false).Before(other).Before(fails)
	r.Create("joined").Accept(&j.Name).Transaction(true).Change(resource.ChangeFunc(other), resource.ChangeFunc(fails))
	resource.Handle(r, "both", func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, errors.Join(other(ctx, nil), errors.New("too late"))
	}).Transaction()
	r.Update("move").Accept(&j.Team, &j.Grade)
	r.Policy("edit").AuthorizeIf(expr.Eq(&j.Owner, &me.Name))
	r.Policy("open").AuthorizeIf(resource.ActorPresent)
	r.Policy("list", "add", "wait", "apart", "joined", "both", "move").AuthorizeIf(resource.Public)
	r.Publish("place", &j.Team, &j.Grade)
	r.Publish("moves", &j.Team).Only("move")
	r.Publish("all")
}

func onJobs(t *testing.T, f func(t *testing.T, app *conga.App, jobs conga.Handle[Job])) {
	t.Helper()
	for name, open := range map[string]func(*testing.T) (datalayer.Layer, error){
		"sqlite":   func(t *testing.T) (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func(t *testing.T) (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			app := must(conga.New(must(open(t))(t), resource.Of[Job]()))(t)
			t.Cleanup(func() { _ = app.Close() })
			f(t, app, conga.For[Job](app))
		})
	}
}

func TestHooksAtEachPlace(t *testing.T) {
	onJobs(t, func(t *testing.T, app *conga.App, jobs conga.Handle[Job]) {
		f := jobs.Fields()
		rec := must(jobs.Create(t.Context(), "add", conga.Set(&f.Name, "a"), conga.Set(&f.Owner, "ann")))(t)
		must(jobs.Create(t.Context(), "add", conga.Set(&f.Name, "b"), conga.Set(&f.Owner, "bob")))(t)
		as := func(name string, h *hooks) context.Context {
			return conga.WithActor(context.WithValue(t.Context(), hooksKey{}, h), &Worker{name})
		}
		const all = "before transaction change before after batch 1 ended true"
		for _, tt := range []struct {
			name, want string
			call       func(ctx context.Context) error
			as, fail   string
		}{
			{"create", all, func(ctx context.Context) error {
				_, err := jobs.Create(ctx, "open", conga.Set(&f.Name, "x"))
				return err
			}, "ann", ""},
			{"invalid create", "", func(ctx context.Context) error { _, err := jobs.Create(ctx, "open"); return err }, "ann", ""},
			{"update", all, func(ctx context.Context) error {
				_, err := jobs.Update(ctx, "edit", rec, conga.Set(&f.Name, "y"))
				return err
			}, "ann", ""},
			{"forbidden update", "", func(ctx context.Context) error {
				_, err := jobs.Update(ctx, "edit", rec, conga.Set(&f.Name, "z"))
				return err
			}, "bob", ""},
			{"refused before", "before transaction", func(ctx context.Context) error {
				_, err := jobs.Update(ctx, "edit", rec, conga.Set(&f.Name, "z"))
				return err
			}, "ann", "before transaction"},
			{"refused by the batch", "before transaction change before after batch 1 ended false", func(ctx context.Context) error {
				_, err := jobs.Update(ctx, "edit", rec, conga.Set(&f.Name, "z"))
				return err
			}, "ann", "batch 1"},
			{"read", "prepare read 1", func(ctx context.Context) error { _, err := jobs.Read(ctx, "list"); return err }, "bob", ""},
			{"refused read", "prepare read 1", func(ctx context.Context) error { _, err := jobs.Get(ctx, rec.ID); return err }, "ann", "read 1"},
			{"stream", "prepare read 1", func(ctx context.Context) error {
				for _, err := range jobs.Stream(ctx, "list") {
					if err != nil {
						return err
					}
				}
				return nil
			}, "bob", ""},
		} {
			h := &hooks{fail: tt.fail}
			err := tt.call(as(tt.as, h))
			if got := strings.Join(h.log, " "); got != tt.want || (tt.fail != "") && err == nil {
				t.Errorf("%s: %s, %v\nwant %s", tt.name, got, err, tt.want)
			}
		}
	})
}

func TestTimeoutAndTransaction(t *testing.T) {
	onJobs(t, func(t *testing.T, app *conga.App, jobs conga.Handle[Job]) {
		f := jobs.Fields()
		rec := must(jobs.Create(t.Context(), "add", conga.Set(&f.Name, "a")))(t)
		_, err := jobs.Update(t.Context(), "wait", rec)
		wantKind(t, err, conga.Unavailable)
		count := func(want int64) {
			t.Helper()
			if n := must(jobs.Read(t.Context(), "list", conga.WithCount()))(t).Count; n != want {
				t.Errorf("%d jobs, want %d", n, want)
			}
		}
		_, err = jobs.Create(t.Context(), "joined", conga.Set(&f.Name, "x"))
		wantKind(t, err, conga.Internal)
		count(1)
		_, err = conga.Call[struct{}](t.Context(), jobs, "both", nil)
		wantKind(t, err, conga.Internal)
		count(1)
		_, err = jobs.Create(t.Context(), "apart", conga.Set(&f.Name, "x"))
		wantKind(t, err, conga.Internal)
		count(2)
	})
}

func TestPublicationsOfSeveralFields(t *testing.T) {
	onJobs(t, func(t *testing.T, app *conga.App, jobs conga.Handle[Job]) {
		f := jobs.Fields()
		var got []string
		red, blue := "red", "blue"
		for name, topic := range map[string]string{
			"red1": jobs.Topic("place", red, 1), "blue1": jobs.Topic("place", blue, 1), "red2": jobs.Topic("place", red, 2),
			"moved red": jobs.Topic("moves", red), "all": jobs.Topic("all"),
		} {
			app.Subscribe(t.Context(), topic, func(conga.Event) { got = append(got, name) })
		}
		want := func(names ...string) {
			t.Helper()
			if len(got) != len(names) {
				t.Fatalf("told %v, want %v", got, names)
			}
			for _, name := range names {
				if !strings.Contains(fmt.Sprint(got), name) {
					t.Errorf("told %v, want %v", got, names)
				}
			}
			got = nil
		}
		rec := must(jobs.Create(t.Context(), "add", conga.Set(&f.Name, "a"), conga.Set(&f.Team, &red), conga.Set(&f.Grade, 1)))(t)
		want("red1", "all")
		must(jobs.Update(t.Context(), "move", rec, conga.Set(&f.Grade, 2)))(t)
		want("red1", "red2", "moved red", "all")
		must(jobs.Update(t.Context(), "move", rec, conga.Set(&f.Team, nil)))(t)
		want("red2", "moved red", "all")
		must(jobs.Update(t.Context(), "move", rec, conga.Set(&f.Team, &blue), conga.Set(&f.Grade, 1)))(t)
		want("blue1", "all")
	})
}
