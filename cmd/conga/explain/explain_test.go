package explain_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/cmd/conga/explain"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type Member struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required"`
	Team string
}

func (m *Member) Define(r *resource.Builder[Member]) {
	r.Read("list").Primary()
	r.Create("join").Accept(&m.Name, &m.Team)
	r.Policy().AuthorizeIf(resource.Public)
}

type Task struct {
	ID       uuid.UUID `conga:"primary"`
	Team     string
	Title    string `validate:"required"`
	Done     bool
	MemberID *uuid.UUID

	Member *Member `conga:"belongs_to"`
}

type Greeting struct{ Text string }

func (k *Task) Define(r *resource.Builder[Task]) {
	r.Tenant(&k.Team)
	me := resource.Actor[Member](r)
	r.Read("list").Primary()
	r.Create("add").Primary().Bulk().Accept(&k.Title)
	r.Update("finish").Primary().Bulk().Change(resource.SetTo(&k.Done, true))
	r.Destroy("drop").Change(resource.ChangeFunc(nothing))
	resource.Handle(r, "greet", greet)
	r.Policy("greet").AuthorizeIf(resource.Public)
	r.Policy("list", "add", "finish", "drop").AuthorizeIf(expr.Eq(&k.Team, &me.Team))
}

// on runs f with a database that has Ann and a task, on both kinds.
func on(t *testing.T, f func(t *testing.T, url, ann, task string)) {
	for _, name := range []string{"SQLite", "PostgreSQL"} {
		t.Run(name, func(t *testing.T) {
			url := filepath.Join(t.TempDir(), "tasks.db")
			if name == "PostgreSQL" {
				url = pgtest.Database(t)
			}
			app := application(t, url)
			members, tasks := conga.For[Member](app), conga.For[Task](app)
			ann, err := members.Create(t.Context(), "join", conga.Set(&members.Fields().Name, "Ann"), conga.Set(&members.Fields().Team, "a"))
			if err != nil {
				t.Fatal(err)
			}
			ctx := conga.WithTenant(conga.WithActor(t.Context(), ann), "a")
			task, err := tasks.Create(ctx, "add", conga.Set(&tasks.Fields().Title, "sweep"))
			if err != nil {
				t.Fatal(err)
			}
			if err := app.Close(); err != nil {
				t.Fatal(err)
			}
			f(t, url, ann.ID.String(), task.ID.String())
			app = application(t, url)
			defer app.Close()
			if n, err := conga.For[Task](app).Count(ctx, "list"); err != nil || n != 1 {
				t.Errorf("there are %d tasks (%v) after explaining, want the 1 that there was", n, err)
			}
		})
	}
}

func nothing(context.Context, *resource.Changeset) error { return nil }

func greet(context.Context, *struct{}) (*Greeting, error) { return &Greeting{"hello"}, nil }

func application(t *testing.T, url string) *conga.App {
	t.Helper()
	var store datalayer.Layer
	var err error
	if strings.HasPrefix(url, "postgres") {
		store, err = postgres.Open(t.Context(), url)
	} else {
		store, err = sqlite.Open(t.Context(), url)
	}
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func definitions() []resource.Definition {
	return []resource.Definition{resource.Of[Member](), resource.Of[Task]()}
}

// TestRequests goes through requests of each kind; nothing is done by them.
func TestRequests(t *testing.T) {
	on(t, func(t *testing.T, url, ann, task string) {
		as := []string{"-actor", "Member/" + ann, "-tenant", "a"}
		tests := []struct {
			name string
			code int
			want []string
			args []string
		}{
			{"a list", 0, []string{`from "tasks"`, `"member_id"`, "flight 1 of 1", "limit "}, append(as, "GET /tasks?sort=title")},
			{"spaces in a filter", 0, []string{`from "tasks"`, "a b"}, append(as, "GET /tasks?filter[title]=a b")},
			{"one record", 0, []string{task}, append(as, "GET /tasks/"+task)},
			{"a document", 0, []string{`from "tasks"`, `left join`, "limit 3"}, append(as, "{ tasks(first: 2) { edges { node { title member { name } } } } }")},
			{"two fields", 0, []string{`from "tasks"`, `from "members"`}, append(as, "query { tasks { edges { node { id } } } members { edges { node { id } } } }")},
			{"a create", 0, []string{`insert into "tasks"`, "water the plants"}, append(as, "-body", `{"title":"water the plants"}`, "POST /tasks")},
			{"many creates", 0, []string{`insert into "tasks"`}, append(as, "-body", `[{"title":"a"},{"title":"b"}]`, "POST /tasks")},
			{"variables", 0, []string{`insert into "tasks"`, "plants"}, append(as, "-body", `{"t":"plants"}`, "mutation ($t: String!) { addTask(input: {title: $t}) { result { id } } }")},
			{"an update", 0, []string{"finish: one statement", `update "tasks"`}, append(as, "PATCH /tasks/"+task)},
			{"an update of all", 0, []string{"every record: one statement"}, append(as, "PATCH /tasks?filter[done]=false")},
			{"a destroy that looks first", 0, []string{"reads first: ChangeFunc at explain_test.go:"}, append(as, "DELETE /tasks/"+task)},
			{"a Go function", 0, []string{"greet is a Go function, declared at explain_test.go:"}, []string{"-tenant", "a", "POST /tasks/greet"}},
			{"nobody", 1, []string{"401"}, []string{"-tenant", "a", "-body", `{"title":"a"}`, "POST /tasks"}},
			{"no place", 1, []string{"nothing at this path"}, []string{"GET /planets"}},
			{"an unknown parameter", 1, []string{"400", "colour"}, append(as, "GET /tasks?sort=colour")},
			{"no request", 1, []string{`"tasks" is no request`}, []string{"tasks"}},
			{"no path", 1, []string{"begins with a slash"}, []string{"GET tasks"}},
			{"no such resource", 1, []string{"no resource \"Planet\""}, []string{"-actor", "Planet/1", "GET /tasks"}},
			{"no key", 1, []string{"no key of Member"}, []string{"-actor", "Member/1", "GET /tasks"}},
			{"no such record", 1, []string{"no such record"}, []string{"-actor", "Member/" + task, "GET /tasks"}},
			{"no argument", 2, []string{"usage: conga explain"}, nil},
			{"an unknown flag", 2, []string{"-colour", "usage: conga explain"}, []string{"-colour", "x"}},
			{"help", 0, []string{"usage: conga explain"}, []string{"-h"}},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				var out bytes.Buffer
				code := explain.Main(append([]string{"-url", url}, tt.args...), explain.Program{Definitions: definitions(), Out: &out, Err: &out})
				if code != tt.code {
					t.Errorf("got code %d, want %d", code, tt.code)
				}
				for _, want := range tt.want {
					if !strings.Contains(out.String(), want) {
						t.Errorf("got\n%s\nwant %q in it", &out, want)
					}
				}
			})
		}
	})
}

// TestNoDatabase: none is made by explaining.
func TestNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	for _, url := range []string{"", path, "postgres://127.0.0.1:1/none"} {
		var out bytes.Buffer
		if code := explain.Main([]string{"-url", url, "GET /tasks"}, explain.Program{Out: &out, Err: &out}); code != 1 {
			t.Errorf("-url %q: got code %d and %q, want 1", url, code, &out)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("there is a database now")
	}
}
