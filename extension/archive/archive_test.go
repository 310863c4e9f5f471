package archive_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/extension/archive"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func TestArchivedIsGone(t *testing.T) {
	onStores(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		p := s.project(t, "Roof", 1, "a", "b", "c")
		f := s.tickets.Fields()
		page, err := s.tickets.Read(ctx, "list")
		if err != nil {
			t.Fatal(err)
		}
		b := page.Items[1]
		if err := s.tickets.Destroy(ctx, "delete", b); err != nil {
			t.Fatal(err)
		}
		page, err = s.tickets.Read(ctx, "list", conga.WithCount())
		if err != nil || len(page.Items) != 2 || page.Count != 2 {
			t.Errorf("list after the archival: %+v, %v", page, err)
		}
		_, err = s.tickets.Get(ctx, b.ID)
		wantKind(t, err, conga.NotFound)
		_, err = s.tickets.Update(ctx, "edit", b, conga.Set(&f.Title, "new"))
		wantKind(t, err, conga.NotFound)
		wantKind(t, s.tickets.Destroy(ctx, "delete", b), conga.NotFound)
		n, err := s.tickets.UpdateEvery(ctx, "edit", expr.True(), conga.Set(&f.Title, "all"))
		if err != nil || n != 2 {
			t.Errorf("UpdateEvery: %d, %v", n, err)
		}
		if ok, err := s.tickets.Can(ctx, "edit", b); err != nil || !ok {
			t.Errorf("Can with the record as it was: %t, %v", ok, err)
		}
		pf := s.projects.Fields()
		got, err := s.projects.Get(ctx, p.ID, conga.Load(&pf.Tickets), conga.With(&pf.Open))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Tickets) != 2 || got.Open != 2 {
			t.Errorf("loaded %d, counted %d, want 2", len(got.Tickets), got.Open)
		}
	})
}

func TestArchivedThroughDoors(t *testing.T) {
	onStores(t, func(t *testing.T, s *site) {
		s.project(t, "Roof", 1, "a", "b")
		q := s.project(t, "Cellar", 2)
		page, err := s.tickets.Read(t.Context(), "list")
		if err != nil {
			t.Fatal(err)
		}
		a := page.Items[0]
		code, body := s.call(t, "DELETE", "/api/tickets/"+a.ID.String(), "")
		if code >= 300 {
			t.Fatalf("DELETE: %d %s", code, body)
		}
		code, body = s.call(t, "DELETE", "/api/projects/"+q.ID.String(), "")
		if code >= 300 {
			t.Fatalf("DELETE: %d %s", code, body)
		}
		tests := []struct {
			method, path, body string
			code               int
			has, lacks         string
		}{
			{"GET", "/api/tickets", "", 200, `"b"`, `"a"`},
			{"GET", "/api/tickets/" + a.ID.String(), "", 404, "", ""},
			{"PATCH", "/api/tickets/" + a.ID.String(), `{"title":"x"}`, 404, "", ""},
			{"DELETE", "/api/tickets/" + a.ID.String(), "", 404, "", ""},
			{"GET", "/api/projects/" + q.ID.String(), "", 404, "", ""},
			{"GET", "/api/projects?include=tickets&fields[project]=name,open", "", 200, `"open":1`, "Cellar"},
			{"GET", "/api/projects?include=tickets", "", 200, a.ProjectID.String(), a.ID.String()},
			{"GET", "/api/projects/archived", "", 200, "Cellar", "Roof"},
			{"POST", "/graphql", `{"query":"{ tickets { nodes { title } } }"}`, 200, `"b"`, `"a"`},
			{"POST", "/graphql", `{"query":"{ projects { nodes { name open tickets { nodes { title } } } } }"}`, 200, `"open":1`, "Cellar"},
			{"POST", "/graphql", fmt.Sprintf(`{"query":"{ project(id: \"%s\") { name } }"}`, q.ID), 200, "null", "Cellar"},
		}
		for _, tt := range tests {
			code, body := s.call(t, tt.method, tt.path, tt.body)
			if code != tt.code || !strings.Contains(body, tt.has) || tt.lacks != "" && strings.Contains(body, tt.lacks) {
				t.Errorf("%s %s %s\n got %d %s\nwant %d with %s without %s", tt.method, tt.path, tt.body, code, body, tt.code, tt.has, tt.lacks)
			}
		}
	})
}

func TestCascadeRestorePurge(t *testing.T) {
	onStores(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		p := s.project(t, "Roof", 1, "a", "b")
		other := s.project(t, "Cellar", 2, "c")
		if err := s.projects.Destroy(ctx, "drop", p); err != nil {
			t.Fatal(err)
		}
		page, err := s.tickets.Read(ctx, "list")
		if err != nil || len(page.Items) != 1 || page.Items[0].Title != "c" {
			t.Errorf("tickets after the cascade: %+v, %v", page, err)
		}
		old, err := s.projects.Read(ctx, "archived")
		if err != nil || len(old.Items) != 1 || old.Items[0].ArchivedAt == nil {
			t.Fatalf("archived: %+v, %v", old, err)
		}
		again, err := s.projects.Update(ctx, "restore", p)
		if err != nil || again.ArchivedAt != nil {
			t.Fatalf("restore: %+v, %v", again, err)
		}
		if _, err := s.projects.Get(ctx, p.ID); err != nil {
			t.Errorf("Get after the restore: %v", err)
		}
		if err := s.projects.Destroy(ctx, "delete", p); err != nil {
			t.Fatal(err)
		}
		for _, rec := range []*Project{p, other} {
			if err := s.projects.Destroy(ctx, "purge", rec); err != nil {
				t.Fatalf("purge %s: %v", rec.Name, err)
			}
		}
		old, err = s.projects.Read(ctx, "archived")
		if err != nil || len(old.Items) != 0 {
			t.Errorf("archived after the purge: %+v, %v", old, err)
		}
	})
}

// A value that is unique among the records that are not archived is free
// again, and a restore meets the record that has taken it.
func TestUniqueAmongTheLiving(t *testing.T) {
	onStores(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		f := s.projects.Fields()
		p := s.project(t, "Roof", 1)
		_, err := s.projects.Create(ctx, "make", conga.Set(&f.Name, "Second"), conga.Set(&f.Number, 1))
		wantKind(t, err, conga.Conflict)
		if err := s.projects.Destroy(ctx, "delete", p); err != nil {
			t.Fatal(err)
		}
		s.project(t, "Third", 1)
		_, err = s.projects.Update(ctx, "restore", p)
		wantKind(t, err, conga.Conflict)
	})
}

// An upsert neither changes nor shows what is archived.
func TestUpsertMeetsTheArchive(t *testing.T) {
	onStores(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		f, code := s.projects.Fields(), "x"
		put := func(name string) (*Project, error) {
			return s.projects.Create(ctx, "put", conga.Set(&f.Code, &code), conga.Set(&f.Name, name))
		}
		if _, err := put("One"); err != nil {
			t.Fatal(err)
		}
		p, err := put("Two")
		if err != nil || p.Name != "Two" {
			t.Fatalf("the second: %+v, %v", p, err)
		}
		if err := s.projects.Destroy(ctx, "delete", p); err != nil {
			t.Fatal(err)
		}
		_, err = put("Three")
		wantKind(t, err, conga.Forbidden)
		if p, err = s.projects.Update(ctx, "restore", p); err != nil || p.Name != "Two" {
			t.Errorf("restored: %+v, %v", p, err)
		}
	})
}

// A policy does not count what is archived.
func TestPoliciesDoNotSeeTheArchive(t *testing.T) {
	onStores(t, func(t *testing.T, s *site) {
		p := s.project(t, "Roof", 1, "a")
		f := s.members.Fields()
		m, err := s.members.Create(t.Context(), "join", conga.Set(&f.ProjectID, p.ID))
		if err != nil {
			t.Fatal(err)
		}
		ctx := conga.WithActor(t.Context(), m)
		for _, want := range []int{1, 0} {
			page, err := s.tickets.Read(ctx, "secret")
			if err != nil || len(page.Items) != want {
				t.Errorf("secret: got %+v, %v, want %d", page, err, want)
			}
			if want == 1 {
				if err := s.members.Destroy(ctx, "leave", m); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// The event of an archival is that of a destroy, with the record as it was.
func TestEvent(t *testing.T) {
	onStores(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		p := s.project(t, "Roof", 1, "a", "b")
		var events []conga.Event
		s.app.Subscribe(ctx, s.tickets.Topic("project", p.ID), func(e conga.Event) { events = append(events, e) })
		if err := s.projects.Destroy(ctx, "delete", p); err != nil {
			t.Fatal(err)
		}
		if len(events) != 2 {
			t.Fatalf("got %d events, want 2", len(events))
		}
		for _, e := range events {
			if e.Kind != conga.Destroyed || e.Record.(*Ticket).ArchivedAt != nil {
				t.Errorf("event %s with %+v", e.Kind, e.Record)
			}
			if ok, err := s.app.WasVisible(ctx, e.Resource, e.Record, nil); !ok || err != nil {
				t.Errorf("WasVisible: %t, %v", ok, err)
			}
			now := *e.Record.(*Ticket)
			now.ArchivedAt = &e.At
			if ok, err := s.app.Visible(ctx, e.Resource, &now, nil); ok || err != nil {
				t.Errorf("Visible once archived: %t, %v", ok, err)
			}
		}
	})
}

// What fails later takes the archival back.
func TestTransaction(t *testing.T) {
	onStores(t, func(t *testing.T, s *site) {
		p := s.project(t, "Roof", 1, "a")
		err := s.app.Transact(t.Context(), func(ctx context.Context) error {
			if err := s.projects.Destroy(ctx, "delete", p); err != nil {
				return err
			}
			return errors.New("changed my mind")
		})
		if err == nil {
			t.Fatal("no error")
		}
		page, err := s.tickets.Read(t.Context(), "list")
		if err != nil || len(page.Items) != 1 {
			t.Errorf("tickets: %+v, %v", page, err)
		}
	})
}

// Odd uses the extension wrongly.
type Odd struct {
	ID        uuid.UUID `conga:"primary"`
	ProjectID uuid.UUID
	archive.Archived
	Project *Project `conga:"belongs_to"`
}

// Define makes mistakes.
func (o *Odd) Define(r *resource.Builder[Odd]) {
	r.Destroy("delete")
	a := archive.Use(r, &o.ArchivedAt)
	a.Except("delte")
	a.Cascade(&o.Project, "delete")
	r.Policy("delete").AuthorizeIf(resource.Public)
}

func TestFaults(t *testing.T) {
	_, err := resource.Compile(append(definitions(), resource.Of[Odd]())...)
	for _, want := range []string{
		`C009: archive_test.Odd.delte: there is no such action of a kind that changes records (did you mean "delete"?)`,
		"C015: archive_test.Odd.each: Project is a belongs_to, to which nothing cascades",
	} {
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "archive_test.go:") {
			t.Errorf("diagnostics lack %q:\n%v", want, err)
		}
	}
}
