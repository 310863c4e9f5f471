package archive_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
	"github.com/congago/conga/extension/archive"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// Project has tickets, and members who may see them.
type Project struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string
	Number int
	Code   *string `conga:"unique"`
	archive.Archived
	Open int `conga:"calculated"`

	Tickets []Ticket `conga:"has_many"`
	Members []Member `conga:"has_many"`
}

// Define declares the reads and writes of projects.
func (p *Project) Define(r *resource.Builder[Project]) {
	r.Read("list").Primary().Sort(expr.Asc(&p.Number))
	r.Create("make").Accept(&p.Name, &p.Number).Primary()
	r.Create("put").Accept(&p.Code, &p.Name).Upsert(&p.Code)
	r.Update("rename").Accept(&p.Name).Primary()
	r.Destroy("delete").Primary()
	resource.Calculate(r, &p.Open, expr.Count(&p.Tickets))

	a := archive.Use(r, &p.ArchivedAt).Cascade(&p.Tickets, "delete")
	a.Read("archived")
	a.Restore("restore")
	a.Purge("purge")
	r.Destroy("drop") // declared after Use, and archives all the same
	r.Index("projects_number", &p.Number).Unique().Where("archived_at is null")
	r.Policy().AuthorizeIf(resource.Public)
}

// Ticket is a part of a project.
type Ticket struct {
	ID        uuid.UUID `conga:"primary"`
	Title     string
	ProjectID uuid.UUID
	archive.Hidden

	Project *Project `conga:"belongs_to,on_delete=cascade"`
}

// Define declares the reads and writes of tickets.
func (t *Ticket) Define(r *resource.Builder[Ticket]) {
	me := resource.Actor[Member](r)
	r.Read("list").Primary().Sort(expr.Asc(&t.Title))
	r.Create("open").Accept(&t.Title, &t.ProjectID)
	r.Update("edit").Accept(&t.Title)
	r.Destroy("delete")
	r.Read("secret")
	archive.Use(r, &t.ArchivedAt)
	r.Publish("project", &t.ProjectID)

	r.Policy("list", "open", "edit", "delete").AuthorizeIf(resource.Public)
	r.Policy("secret").AuthorizeIf(expr.Some(&t.Project.Members, func(m *Member) expr.Bool { return expr.Eq(&m.ID, &me.ID) }))
}

// Member is an actor.
type Member struct {
	ID        uuid.UUID `conga:"primary"`
	ProjectID uuid.UUID
	archive.Archived
}

// Define declares the reads and writes of members.
func (m *Member) Define(r *resource.Builder[Member]) {
	r.Read("list")
	r.Create("join").Accept(&m.ProjectID)
	r.Destroy("leave")
	archive.Use(r, &m.ArchivedAt)
	r.Policy().AuthorizeIf(resource.Public)
}

func definitions() []resource.Definition {
	return []resource.Definition{resource.Of[Project](), resource.Of[Ticket](), resource.Of[Member]()}
}

// site is the test application with its doors.
type site struct {
	app      *conga.App
	projects conga.Handle[Project]
	tickets  conga.Handle[Ticket]
	members  conga.Handle[Member]
	rest, ql http.Handler
}

func onStores(t *testing.T, f func(*testing.T, *site)) {
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
			f(t, &site{
				app: app, projects: conga.For[Project](app), tickets: conga.For[Ticket](app), members: conga.For[Member](app),
				rest: rest.New(app, rest.Options{Options: api.Options{}}), ql: graphql.New(app, graphql.Options{}),
			})
		}
	}
	layer, err := sqlite.Open(context.Background(), ":memory:")
	t.Run("sqlite", run(layer, err))
	pg, err := postgres.Open(context.Background(), pgtest.Database(t))
	t.Run("postgres", run(pg, err))
}

func (s *site) project(t *testing.T, name string, number int, tickets ...string) *Project {
	t.Helper()
	f := s.projects.Fields()
	p, err := s.projects.Create(t.Context(), "make", conga.Set(&f.Name, name), conga.Set(&f.Number, number))
	if err != nil {
		t.Fatal(err)
	}
	for _, title := range tickets {
		s.ticket(t, p, title)
	}
	return p
}

func (s *site) ticket(t *testing.T, p *Project, title string) *Ticket {
	t.Helper()
	f := s.tickets.Fields()
	ticket, err := s.tickets.Create(t.Context(), "open", conga.Set(&f.Title, title), conga.Set(&f.ProjectID, p.ID))
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// call is the status and the body of a REST request.
func (s *site) call(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	h := s.rest
	if path == "/graphql" {
		h = s.ql
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func wantKind(t *testing.T, err error, want resource.ErrorKind) {
	t.Helper()
	var e *conga.Error
	if !errors.As(err, &e) || e.Kind != want {
		t.Errorf("got error %v, want kind %v", err, want)
	}
}
