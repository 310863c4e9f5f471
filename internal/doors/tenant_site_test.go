package doors

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
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
)

// estate is an application with tenants, with its doors.
type estate struct {
	app      *conga.App
	rest, ql http.Handler
	seen     *observer
	log      *logged
	firms    [2]uuid.UUID
	users    []*User
}

// onTenants runs a test on each database; open makes applications whose
// databases are empty but for firms and users.
func onTenants(t *testing.T, f func(t *testing.T, open func(t *testing.T) *estate)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, func(t *testing.T) *estate {
			return newEstate(t, func(o datalayer.Observer) (datalayer.Layer, error) {
				return sqlite.OpenWith(context.Background(), ":memory:", sqlite.Options{Observer: o})
			})
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, func(t *testing.T) *estate {
			return newEstate(t, func(o datalayer.Observer) (datalayer.Layer, error) {
				return postgres.OpenWith(context.Background(), pgtest.Database(t), postgres.Options{Observer: o})
			})
		})
	})
}

func newEstate(t *testing.T, open func(datalayer.Observer) (datalayer.Layer, error)) *estate {
	t.Helper()
	e := &estate{seen: &observer{}, log: &logged{}}
	layer, err := open(e.seen)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(e.log, nil))
	if e.app, err = conga.NewWith(conga.Options{Log: log}, layer, tenantDefinitions()...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.app.Close() })
	o := api.Options{
		Actor: func(_ context.Context, token string) (any, error) {
			for _, u := range e.users {
				if u.Name == token {
					return u, nil
				}
			}
			return nil, nil
		},
		Tenant: api.HeaderTenant("X-Firm", func(_ context.Context, text string) (any, error) {
			if text == "forbidden" {
				return nil, &resource.Error{Kind: resource.Forbidden, Message: "not yours"}
			}
			return text, nil
		}),
	}
	e.rest = rest.New(e.app, rest.Options{Options: o})
	e.ql = graphql.New(e.app, graphql.Options{Options: o, Log: log})
	r := newRandom(71)
	firms, users := conga.For[Firm](e.app), conga.For[User](e.app)
	for i := range e.firms {
		e.firms[i] = r.uuid()
		f := firms.Fields()
		must(firms.Create(t.Context(), "found", conga.Set(&f.ID, e.firms[i]), conga.Set(&f.Name, fmt.Sprintf("firm%d", i))))(t)
	}
	for i, name := range []string{"ann", "bob", "eve"} {
		f := users.Fields()
		e.users = append(e.users, must(users.Create(t.Context(), "add", conga.Set(&f.ID, r.uuid()), conga.Set(&f.Name, name), conga.Set(&f.Boss, i == 2)))(t))
	}
	return e
}

// seed gives a firm records, the same ones whatever else there is; keys are
// unlike those of other firms, texts and numbers are like them.
func (e *estate) seed(t *testing.T, firm int) {
	t.Helper()
	r := newRandom(uint64(80 + firm))
	ctx := conga.WithTenant(t.Context(), e.firms[firm])
	queues, tickets, notes := conga.For[Queue](e.app), conga.For[Ticket](e.app), conga.For[Note](e.app)
	labels, ties, notices := conga.For[Label](e.app), conga.For[Labelling](e.app), conga.For[Notice](e.app)
	qf, tf, nf, lf, bf, cf := queues.Fields(), tickets.Fields(), notes.Fields(), labels.Fields(), ties.Fields(), notices.Fields()
	var qs []*Queue
	for i := range 4 {
		qs = append(qs, must(queues.Create(ctx, "seed", conga.Set(&qf.ID, r.uuid()), conga.Set(&qf.Name, fmt.Sprintf("queue%d", i)),
			conga.Set(&qf.Global, fmt.Sprintf("queue%d of %d", i, firm))))(t))
	}
	var ls []*Label
	for i := range 3 {
		ls = append(ls, must(labels.Create(ctx, "seed", conga.Set(&lf.ID, r.uuid()), conga.Set(&lf.Name, fmt.Sprintf("label%d", i))))(t))
	}
	var ts []*Ticket
	for i := range 12 {
		o := []conga.Option{conga.Set(&tf.ID, r.uuid()), conga.Set(&tf.Number, i), conga.Set(&tf.Code, fmt.Sprintf("c%d", i)),
			conga.Set(&tf.Title, fmt.Sprintf("title %d", r.IntN(6))), conga.Set(&tf.State, pick(r, []string{"open", "done"}))}
		if r.chance(70) {
			o = append(o, conga.Set(&tf.QueueID, &pick(r, qs).ID))
		}
		if i > 0 && r.chance(40) {
			o = append(o, conga.Set(&tf.ParentID, &pick(r, ts).ID))
		}
		if r.chance(50) {
			o = append(o, conga.Set(&tf.AuthorID, &pick(r, e.users).ID))
		}
		x := must(tickets.Create(ctx, "seed", o...))(t)
		ts = append(ts, x)
		for j := range r.IntN(4) {
			must(notes.Create(ctx, "seed", conga.Set(&nf.ID, r.uuid()), conga.Set(&nf.Text, fmt.Sprintf("note %d", j)), conga.Set(&nf.TicketID, x.ID),
				conga.Set(&nf.AuthorID, pick(r, e.users).ID), conga.Set(&nf.Hidden, r.chance(40))))(t)
		}
		for _, l := range ls {
			if r.chance(40) {
				must(ties.Create(ctx, "seed", conga.Set(&bf.ID, r.uuid()), conga.Set(&bf.TicketID, x.ID), conga.Set(&bf.LabelID, l.ID)))(t)
			}
		}
		if r.chance(50) {
			must(notices.Create(ctx, "seed", conga.Set(&cf.ID, r.uuid()), conga.Set(&cf.Text, fmt.Sprintf("notice %d", i)), conga.Set(&cf.TicketID, &x.ID)))(t)
		}
	}
}
