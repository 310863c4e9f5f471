package facts

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/form"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Employee has fields that not everybody sees, and is also who calls.
type Employee struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string    `validate:"required"`
	Role   string
	Salary *int
	BossID *uuid.UUID
	Hidden resource.Hidden

	Boss *Employee  `conga:"belongs_to"`
	Team []Employee `conga:"has_many,key=BossID"`
	Fame int        `conga:"calculated"`
}

func (e *Employee) Define(r *resource.Builder[Employee]) {
	me := resource.Actor[Employee](r)
	resource.Calculate(r, &e.Fame, expr.Count(&e.Team))
	r.Read("list").Primary().Sort(expr.Asc(&e.Name))
	r.Read("by_role").Sort(expr.Asc(&e.Role))
	r.Create("hire").Accept(&e.Name, &e.Role, &e.Salary, &e.BossID)
	r.Update("change").Accept(&e.Name, &e.Role, &e.Salary)
	r.Destroy("dismiss")
	r.Policy().AuthorizeIf(resource.Public)

	r.FieldBypass().AuthorizeIf(expr.Is(&me.Role, "head"))
	r.FieldPolicy(&e.Role, &e.Salary, &e.BossID).AuthorizeIf(expr.Eq(&e.ID, &me.ID))
	r.FieldPolicy().AuthorizeIf(resource.Public)
}

// office is an application with employees: ann is the head, bob and cid are not.
type office struct {
	app       *conga.App
	employees conga.Handle[Employee]
	rest, ql  http.Handler
	seen      *statements
	people    map[string]*Employee
}

type statements struct {
	mu   sync.Mutex
	list []string
}

func (s *statements) Statement(_ context.Context, sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, sql)
}

func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.list
	s.list = nil
	return out
}

// stores runs a test with a layer of each kind.
func stores(t *testing.T, f func(t *testing.T, layer datalayer.Layer, seen *statements)) {
	t.Run("sqlite", func(t *testing.T) {
		seen := &statements{}
		layer, err := sqlite.OpenWith(t.Context(), ":memory:", sqlite.Options{Observer: seen})
		if err != nil {
			t.Fatal(err)
		}
		f(t, layer, seen)
	})
	t.Run("postgres", func(t *testing.T) {
		seen := &statements{}
		layer, err := postgres.OpenWith(t.Context(), pgtest.Database(t), postgres.Options{Observer: seen})
		if err != nil {
			t.Fatal(err)
		}
		f(t, layer, seen)
	})
}

func offices(t *testing.T, f func(t *testing.T, o *office)) {
	stores(t, func(t *testing.T, layer datalayer.Layer, seen *statements) {
		app, err := conga.New(layer, resource.Of[Employee]())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = app.Close() })
		o := &office{app: app, employees: conga.For[Employee](app), seen: seen, people: map[string]*Employee{}}
		head := conga.WithActor(t.Context(), &Employee{Role: "head"})
		e := o.employees.Fields()
		for i, name := range []string{"ann", "bob", "cid"} {
			options := []conga.Option{conga.Set(&e.Name, name), conga.Set(&e.Role, "staff"), conga.Set(&e.Salary, new(300-i))}
			if name == "ann" {
				options[1] = conga.Set(&e.Role, "head")
			} else {
				options = append(options, conga.Set(&e.BossID, &o.people["ann"].ID))
			}
			if o.people[name], err = o.employees.Create(head, "hire", options...); err != nil {
				t.Fatal(err)
			}
		}
		o.serve()
		f(t, o)
	})
}

func (o *office) serve() {
	shared := api.Options{Actor: func(_ context.Context, token string) (any, error) {
		if e := o.people[token]; e != nil {
			return e, nil
		}
		return nil, nil
	}}
	o.rest = rest.New(o.app, rest.Options{Options: shared})
	o.ql = graphql.New(o.app, graphql.Options{Options: shared})
}

func (o *office) as(t *testing.T, name string) context.Context {
	return conga.WithActor(t.Context(), o.people[name])
}

// get is the answer of REST, or of GraphQL to the path /graphql, as compact JSON.
func (o *office) get(t *testing.T, actor, path, query string, headers ...string) string {
	t.Helper()
	handler, method, body := o.rest, http.MethodGet, ""
	if path == "/graphql" {
		text, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		handler, method, body = o.ql, http.MethodPost, string(text)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if actor != "" {
		r.Header.Set("Authorization", "Bearer "+actor)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	out := strings.TrimSpace(w.Body.String())
	for name, e := range o.people {
		out = strings.ReplaceAll(out, e.ID.String(), strings.ToUpper(name))
	}
	return out
}

func TestFact34HiddenFieldsInRecords(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		e, ctx := o.employees.Fields(), o.as(t, "bob")
		page, err := o.employees.Read(ctx, "list", conga.Load(&e.Boss), conga.Load(&e.Team), conga.With(&e.Fame))
		if err != nil {
			t.Fatal(err)
		}
		ann, bob := page.Items[0], page.Items[1]
		if ann.Role != "" || ann.Salary != nil || !ann.Hidden.Has("Role") || !ann.Hidden.Has("Salary") || ann.Hidden.Has("Name") {
			t.Errorf("bob sees of ann: %+v", ann)
		}
		if bob.Role != "staff" || *bob.Salary != 299 || bob.Hidden.Any() {
			t.Errorf("bob sees of himself: %+v", bob)
		}
		if bob.Boss == nil || bob.Boss.Role != "" || !bob.Boss.Hidden.Has("Role") {
			t.Errorf("bob's boss: %+v", bob.Boss)
		}
		if cid := page.Items[2]; cid.Boss != nil || cid.BossID != nil {
			t.Errorf("whose boss cid has is hidden from bob, but he sees %v", cid.Boss)
		}
		if len(ann.Team) != 1 || ann.Team[0].Name != "bob" {
			t.Errorf("bob sees ann's team: %+v", ann.Team)
		}
		if ann.Fame != 2 {
			t.Errorf("a calculation has its own policies, but ann's fame is %d", ann.Fame)
		}
		head := must(o.employees.Read(o.as(t, "ann"), "list", conga.Load(&e.Boss)))(t)
		if cid := head.Items[2]; cid.Role != "staff" || cid.Boss == nil || cid.Hidden.Any() {
			t.Errorf("the head sees of cid: %+v", cid)
		}
	})
}

func TestFact34HiddenFieldsAfterWrites(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		e, ctx := o.employees.Fields(), o.as(t, "bob")
		check := func(what string, rec *Employee, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			if rec.Role != "" || rec.Salary != nil || !rec.Hidden.Has("Role") || !rec.Hidden.Has("Salary") {
				t.Errorf("%s: bob sees %+v", what, rec)
			}
		}
		dan, err := o.employees.Create(ctx, "hire", conga.Set(&e.Name, "dan"), conga.Set(&e.Role, "staff"), conga.Set(&e.Salary, new(5)))
		check("create", dan, err)
		dan, err = o.employees.Update(ctx, "change", dan, conga.Set(&e.Role, "boss"))
		check("update", dan, err)
		many, _, err := o.employees.CreateMany(ctx, "hire", conga.Bulk{},
			[]conga.Option{conga.Set(&e.Name, "eva"), conga.Set(&e.Salary, new(5))}, []conga.Option{conga.Set(&e.Name, "fin")})
		check("create many", many[0], err)
		action := o.employees.Resource().Action("dismiss")
		gone, err := o.app.Write(ctx, &conga.Write{Action: action, Key: dan.ID})
		if err != nil {
			t.Fatal(err)
		}
		recs := must(gone.Records())(t)
		check("destroy", recs[0].(*Employee), err)
		// It is the policy that hides it: the value is there.
		if got := must(o.employees.Get(o.as(t, "ann"), many[0].ID))(t); *got.Salary != 5 {
			t.Errorf("the head sees %+v", got)
		}
		if _, err := o.employees.Update(ctx, "change", many[0], conga.Set(&e.Name, "eve")); err != nil {
			t.Error(err)
		}
		if got := must(o.employees.Get(o.as(t, "ann"), many[0].ID))(t); got.Salary == nil || *got.Salary != 5 {
			t.Errorf("an update by somebody who does not see the salary made it %v", got.Salary)
		}
	})
}

func TestFact34HiddenFieldsAreNullForClients(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		tests := []struct{ actor, path, want string }{
			{"bob", "/api/employees?filter[role]=head&fields[employee]=name", ``},
			{"bob", "/api/employees?filter[role]=staff&fields[employee]=name", `bob`},
			{"bob", "/api/employees?filter[role][ne]=x&fields[employee]=name", `bob`},
			{"bob", "/api/employees?filter[role][is_null]=true&fields[employee]=name", `ann cid`},
			{"bob", "/api/employees?filter[salary][gt]=1&fields[employee]=name", `bob`},
			{"bob", "/api/employees?filter[boss][name]=ann&fields[employee]=name", `bob`},
			{"bob", "/api/employees?filter[boss][role]=head&fields[employee]=name", ``},
			{"bob", "/api/employees?filter[team][name]=cid&fields[employee]=name", ``},
			{"bob", "/api/employees?filter[team][name]=bob&fields[employee]=name", `ann`},
			{"bob", "/api/employees?sort=salary,name&fields[employee]=name", `bob ann cid`},
			{"bob", "/api/employees?sort=-salary,-name&fields[employee]=name", `bob cid ann`},
			{"bob", "/api/employees?sort=boss.name,name&fields[employee]=name", `bob ann cid`},
			{"bob", "/api/employees/by_role?fields[employee]=name", `bob ann cid`},
			{"ann", "/api/employees?filter[role]=head&fields[employee]=name", `ann`},
			{"ann", "/api/employees?sort=salary&fields[employee]=name", `cid bob ann`},
			{"ann", "/api/employees?filter[boss][role]=head&sort=name&fields[employee]=name", `bob cid`},
		}
		for _, tt := range tests {
			got := o.get(t, tt.actor, tt.path, "")
			var doc struct{ Data []struct{ Name string } }
			if err := json.Unmarshal([]byte(got), &doc); err != nil {
				t.Fatalf("%s: %v\n%s", tt.path, err, got)
			}
			var names []string
			for _, d := range doc.Data {
				names = append(names, d.Name)
			}
			if strings.Join(names, " ") != tt.want {
				t.Errorf("%s as %s: %s, want %s\n%s", tt.path, tt.actor, names, tt.want, got)
			}
		}
	})
}

func TestFact34CursorsTellNothing(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		e := o.employees.Fields()
		var names []string
		after := ""
		for range 4 {
			page, err := o.employees.Read(o.as(t, "bob"), "by_role", conga.Limit(1), conga.After(after), conga.Select(&e.Name))
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, page.Items[0].Name)
			if after = page.After; after == "" {
				break
			}
		}
		if got := strings.Join(names, " "); got != "bob ann cid" {
			t.Errorf("page by page: %s", got)
		}
		// The cursors of two worlds that differ in what is hidden alone are the same.
		q := "/api/employees?sort=-salary&page[limit]=2"
		before := o.get(t, "bob", q, "")
		if _, err := o.employees.Update(o.as(t, "ann"), "change", o.people["ann"], conga.Set(&e.Salary, new(1)), conga.Set(&e.Role, "x")); err != nil {
			t.Fatal(err)
		}
		if after := o.get(t, "bob", q, ""); after != before {
			t.Errorf("what bob does not see changes his answer from\n%s\nto\n%s", before, after)
		}
	})
}

func TestFact66HiddenFieldsAreLeftOut(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		got := o.get(t, "bob", "/api/employees?include=boss&sort=name", "")
		want := `{"data":[{"id":"ANN","name":"ann","boss":null},` +
			`{"id":"BOB","name":"bob","role":"staff","salary":299,"boss_id":"ANN","boss":{"id":"ANN","name":"ann"}},` +
			`{"id":"CID","name":"cid","boss":null}],"page":{"limit":50,"after":null,"before":null,"count":null}}`
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		got = o.get(t, "bob", "/api/employees/"+o.people["ann"].ID.String()+"?fields[employee]=role,name,salary", "", "Accept", "application/vnd.api+json")
		if !strings.Contains(got, `"attributes":{"name":"ann"}`) {
			t.Errorf("JSON:API: %s", got)
		}
		got = o.get(t, "bob", "/api/employees/"+o.people["ann"].ID.String()+"?fields[employee]=role", "")
		if got != `{}` {
			t.Errorf("nothing but hidden fields: %s", got)
		}
	})
}

func TestFact71HiddenFieldsInGraphQL(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		got := o.get(t, "bob", "/graphql", `{employees(filter:{name:{ne:"cid"}}) {nodes {name r:role boss {salary}} edges {node {salary}} totalCount}}`)
		want := `{"errors":[` +
			`{"message":"Employee.role is hidden","path":["employees","nodes",0,"r"],"extensions":{"code":"FORBIDDEN_FIELD"}},` +
			`{"message":"Employee.salary is hidden","path":["employees","nodes",1,"boss","salary"],"extensions":{"code":"FORBIDDEN_FIELD"}},` +
			`{"message":"Employee.salary is hidden","path":["employees","edges",0,"node","salary"],"extensions":{"code":"FORBIDDEN_FIELD"}}],` +
			`"data":{"employees":{"nodes":[{"name":"ann","r":null,"boss":null},{"name":"bob","r":"staff","boss":{"salary":null}}],` +
			`"edges":[{"node":{"salary":null}},{"node":{"salary":299}}],"totalCount":2}}}`
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		got = o.get(t, "bob", "/graphql", `{employees(filter:{role:{eq:"head"}}) {totalCount}}`)
		if got != `{"data":{"employees":{"totalCount":0}}}` {
			t.Errorf("filtering by a hidden field: %s", got)
		}
		got = o.get(t, "bob", "/graphql", `mutation {hireEmployee(input:{name:"zoe", role:"x"}) {result {name role} errors {message}}}`)
		if !strings.Contains(got, `"data":{"hireEmployee":{"result":{"name":"zoe","role":null},"errors":[]}}`) ||
			!strings.Contains(got, `"path":["hireEmployee","result","role"]`) {
			t.Errorf("mutation: %s", got)
		}
		got = o.get(t, "bob", "/graphql", `mutation {dismissEmployee(id:"`+o.people["cid"].ID.String()+`") {result {name role} errors {message}}}`)
		if !strings.Contains(got, `"result":{"name":"cid","role":null}`) {
			t.Errorf("mutation: %s", got)
		}
		got = o.get(t, "bob", "/graphql", `{__type(name:"Employee") {fields {name type {kind name ofType {name}}}}}`)
		if !strings.Contains(got, `{"name":"role","type":{"kind":"SCALAR","name":"String","ofType":null}}`) ||
			!strings.Contains(got, `{"name":"name","type":{"kind":"NON_NULL"`) {
			t.Errorf("types: %s", got)
		}
	})
}

func TestFact34FormsDoNotShowHiddenFields(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		for name, hidden := range map[string]bool{"ann": true, "bob": false} {
			rec := must(o.employees.Get(o.as(t, "bob"), o.people[name].ID))(t)
			f := must(form.Update(o.employees, "change", rec))(t)
			if got := f.Field("role"); got.Hidden != hidden || hidden != (got.Value == "") {
				t.Errorf("%s: %+v", name, got)
			}
			if got := f.Field("name"); got.Hidden || got.Value != name {
				t.Errorf("%s: %+v", name, got)
			}
		}
	})
}

// An actor who was read by somebody who does not see his role has none.
func TestFact34HiddenFieldsOfTheActorAreUnknown(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		ann := must(o.employees.Get(o.as(t, "bob"), o.people["ann"].ID))(t)
		got := must(o.employees.Get(conga.WithActor(t.Context(), ann), o.people["cid"].ID))(t)
		if !got.Hidden.Has("Role") {
			t.Errorf("%+v", got)
		}
	})
}

func must[V any](v V, err error) func(t *testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatalf("%v (cause %v)", err, errors.Unwrap(err))
		}
		return v
	}
}

// Plan is a resource whose policies are of all sorts.
type Plan struct {
	ID      uuid.UUID `conga:"primary"`
	Title   string
	State   string
	OwnerID uuid.UUID
	Secret  string     `conga:"sensitive"`
	Parts   []PlanPart `conga:"has_many,key=PlanID"`
}

// PlanPart is a part of a plan.
type PlanPart struct {
	ID     uuid.UUID `conga:"primary"`
	PlanID uuid.UUID
	Name   string
	Plan   *Plan `conga:"belongs_to"`
}

type officeKey struct{}

var errAsked = errors.New("the clock has stopped")

func (p *PlanPart) Define(r *resource.Builder[PlanPart]) {
	r.Read("list").Primary()
	r.Create("add").Accept(&p.PlanID, &p.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

func (p *Plan) Define(r *resource.Builder[Plan]) {
	me := resource.Actor[Employee](r)
	r.Read("list").Primary().Sort(expr.Asc(&p.Title))
	r.Read("mine")
	r.Read("kinds")
	r.Create("draft").Accept(&p.Title, &p.State, &p.OwnerID, &p.Secret)
	r.Create("checked").Accept(&p.Title, &p.OwnerID).After(func(ctx context.Context, _ *resource.Changeset, rec *Plan) error {
		if rec.Title != "with parts" {
			return nil
		}
		parts := conga.For[PlanPart](conga.FromContext(ctx))
		f := parts.Fields()
		_, err := parts.Create(ctx, "add", conga.Set(&f.PlanID, rec.ID), conga.Set(&f.Name, "first"))
		return err
	})
	r.Update("edit").Accept(&p.Title, &p.State)
	r.Update("close").Change(resource.SetTo(&p.State, "closed"))
	r.Update("touch").Accept(&p.Title)
	r.Destroy("drop")

	r.Policy("list", "drop").AuthorizeIf(expr.Eq(&p.OwnerID, &me.ID)).AuthorizeIf(expr.Is(&p.State, "open"))
	r.Policy("mine").Strict().AuthorizeIf(expr.Is(&me.Role, "head")).AuthorizeIf(expr.Eq(&p.OwnerID, &me.ID))
	r.Policy("kinds").AuthorizeIf(resource.IsFilteringOn(&p.State)).AuthorizeIf(resource.IsLoading(&p.Parts))
	r.Policy("kinds").ForbidIf(resource.IsSelecting(&p.Secret)).AuthorizeIf(resource.Always)
	r.Policy("draft").AuthorizeIf(resource.Public)
	r.Policy("checked").AuthorizeIf(expr.Some(&p.Parts, func(x *PlanPart) expr.Bool { return expr.Is(&x.Name, "first") })).
		Message("a plan needs a first part")
	r.PolicyGroup(resource.KindIs(resource.Update), func() {
		r.PolicyGroup(resource.ActionIs("edit", "close"), func() {
			r.Policy("edit", "close", "touch").ForbidIf(resource.IsChangingTo(&p.State, "closed").And(expr.IsNot(&p.State, "open"))).
				AuthorizeIf(resource.Always).Message("only an open plan can be closed")
			r.Policy("edit", "close", "touch").When(resource.IsChanging(&p.State)).AuthorizeIf(expr.Eq(&p.OwnerID, &me.ID)).
				Message("only the owner decides about the state")
		})
		r.Policy("touch").AuthorizeIf(resource.CheckFunc("office hours", func(ctx context.Context, q *resource.Request) (bool, error) {
			if ctx.Value(officeKey{}) == "broken" {
				return false, errAsked
			}
			return ctx.Value(officeKey{}) == "open" && q.Changeset != nil, nil
		})).AuthorizeIf(resource.ContextEquals(officeKey{}, "always"))
	})
}

func plans(t *testing.T, f func(t *testing.T, app *conga.App, seen *statements)) {
	stores(t, func(t *testing.T, layer datalayer.Layer, seen *statements) {
		app, err := conga.NewWith(conga.Options{Development: true}, layer, resource.Of[Plan](), resource.Of[PlanPart]())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = app.Close() })
		f(t, app, seen)
	})
}

// Who may do what, asked of records that are not there as well.
func TestChecksOnTheCall(t *testing.T) {
	plans(t, func(t *testing.T, app *conga.App, seen *statements) {
		me := &Employee{ID: uuid.New()}
		h, ctx := conga.For[Plan](app), conga.WithActor(t.Context(), me)
		p := h.Fields()
		mine := must(h.Create(ctx, "draft", conga.Set(&p.Title, "mine"), conga.Set(&p.State, "new"), conga.Set(&p.OwnerID, me.ID)))(t)
		open := must(h.Create(ctx, "draft", conga.Set(&p.Title, "open"), conga.Set(&p.State, "open"), conga.Set(&p.OwnerID, uuid.New()), conga.Set(&p.Secret, "s")))(t)
		hidden := must(h.Create(ctx, "draft", conga.Set(&p.Title, "hidden"), conga.Set(&p.State, "new"), conga.Set(&p.OwnerID, uuid.New())))(t)
		at := func(hours string) context.Context { return context.WithValue(ctx, officeKey{}, hours) }
		update := func(ctx context.Context, action string, rec *Plan, options ...conga.Option) func() error {
			return func() error { _, err := h.Update(ctx, action, rec, options...); return err }
		}
		read := func(ctx context.Context, action string, options ...conga.Option) func() error {
			return func() error { _, err := h.Read(ctx, action, options...); return err }
		}
		tests := []struct {
			name    string
			do      func() error
			kind    resource.ErrorKind
			message string
		}{
			{"close what is not open", update(ctx, "close", mine), conga.Forbidden, "only an open plan can be closed"},
			{"close by an input", update(ctx, "edit", mine, conga.Set(&p.State, "closed")), conga.Forbidden, "only an open plan can be closed"},
			{"another state", update(ctx, "edit", mine, conga.Set(&p.State, "odd")), "", ""},
			{"another's state", update(ctx, "edit", open, conga.Set(&p.State, "odd")), conga.Forbidden, "only the owner decides"},
			{"another's title", update(ctx, "edit", open, conga.Set(&p.Title, "opened")), "", ""},
			{"what is not seen", update(ctx, "edit", hidden, conga.Set(&p.Title, "x")), conga.NotFound, ""},
			{"closed hours", update(at("closed"), "touch", open), conga.Forbidden, "office hours: no"},
			{"open hours", update(at("open"), "touch", open), "", ""},
			{"by the context", update(at("always"), "touch", open), "", ""},
			{"a check that fails", update(at("broken"), "touch", open), conga.Internal, ""},
			{"strict", read(ctx, "mine"), conga.Forbidden, ""},
			{"strict for the head", read(conga.WithActor(t.Context(), &Employee{Role: "head"}), "mine"), "", ""},
			{"no filter", read(ctx, "kinds", conga.Select(&p.Title)), conga.Forbidden, "filtering on State: no"},
			{"filter", read(ctx, "kinds", conga.Select(&p.Title), conga.Where(expr.Is(&p.State, "open"))), "", ""},
			{"load", read(ctx, "kinds", conga.Select(&p.Title), conga.Load(&p.Parts)), "", ""},
			{"select", read(ctx, "kinds", conga.Load(&p.Parts)), conga.Forbidden, "selecting Secret: yes"},
		}
		for _, tt := range tests {
			err := tt.do()
			if conga.KindOf(err) != tt.kind || err != nil && !strings.Contains(err.Error(), tt.message) {
				t.Errorf("%s: %v (cause %v)", tt.name, err, errors.Unwrap(err))
			}
		}

		seen.take()
		can, err := h.CanEach(ctx, "drop", []*Plan{mine, open, hidden, open})
		if err != nil || len(can) != 4 || !can[0] || !can[1] || can[2] || !can[3] {
			t.Errorf("can drop: %v, %v", can, err)
		}
		if sent := seen.take(); len(sent) != 0 {
			t.Errorf("the records tell, but there were statements: %q", sent)
		}
		if ok, err := h.Can(ctx, "edit", hidden); ok || err != nil {
			t.Errorf("can edit what he may not read: %v, %v", ok, err)
		}
		why := must(h.Why(ctx, "edit", hidden))(t)
		if why.Verdict != conga.Refused || why.Sight.Verdict != conga.Refused {
			t.Errorf("%s", why)
		}
	})
}

func TestFact30ReadsThatMustSeeEverything(t *testing.T) {
	plans(t, func(t *testing.T, app *conga.App, seen *statements) {
		me := &Employee{ID: uuid.New()}
		h, ctx := conga.For[Plan](app), conga.WithActor(t.Context(), me)
		p := h.Fields()
		must(h.Create(ctx, "draft", conga.Set(&p.Title, "mine"), conga.Set(&p.State, "new"), conga.Set(&p.OwnerID, me.ID)))(t)
		must(h.Create(ctx, "draft", conga.Set(&p.Title, "hidden"), conga.Set(&p.State, "new"), conga.Set(&p.OwnerID, uuid.New())))(t)
		if _, err := h.Read(ctx, "list", conga.FailUnseen()); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("error = %v", err)
		}
		seen.take()
		page, err := h.Read(ctx, "list", conga.FailUnseen(), conga.Where(expr.Is(&p.Title, "mine")))
		if err != nil || len(page.Items) != 1 {
			t.Errorf("a record that the caller does not ask for: %v", err)
		}
		if sent := seen.take(); len(sent) != 2 {
			t.Errorf("%d statements: %q", len(sent), sent)
		}
	})
}

func TestFact29StrictPolicyForbids(t *testing.T) {
	plans(t, func(t *testing.T, app *conga.App, seen *statements) {
		h, ctx := conga.For[Plan](app), conga.WithActor(t.Context(), &Employee{ID: uuid.New()})
		seen.take()
		if _, err := h.Read(ctx, "mine"); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("error = %v", err)
		}
		if sent := seen.take(); len(sent) > 0 {
			t.Errorf("sent %q", sent)
		}
	})
}

func TestFact31CreateChecksSeeWhatHooksDid(t *testing.T) {
	plans(t, func(t *testing.T, app *conga.App, _ *statements) {
		h, ctx := conga.For[Plan](app), conga.WithActor(t.Context(), &Employee{ID: uuid.New()})
		p := h.Fields()
		if _, err := h.Create(ctx, "checked", conga.Set(&p.Title, "with parts")); err != nil {
			t.Errorf("the hook made the part that the policy asks for: %v", err)
		}
		_, err := h.Create(ctx, "checked", conga.Set(&p.Title, "without"))
		if conga.KindOf(err) != conga.Forbidden || !strings.Contains(err.Error(), "a plan needs a first part") {
			t.Errorf("error = %v", err)
		}
		with := []conga.Option{conga.Set(&p.Title, "with parts")}
		if _, _, err := h.CreateMany(ctx, "checked", conga.Bulk{}, with, with); err != nil {
			t.Errorf("many: %v", err)
		}
		if _, _, err := h.CreateMany(ctx, "checked", conga.Bulk{}, with, []conga.Option{conga.Set(&p.Title, "without")}); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("many: %v", err)
		}
		head := conga.WithActor(t.Context(), &Employee{Role: "head"})
		if page := must(h.Read(head, "mine"))(t); len(page.Items) != 3 {
			t.Errorf("%d plans are there", len(page.Items))
		}
	})
}

// Club is tied to players by memberships, of which some are secret.
type Club struct {
	ID      uuid.UUID `conga:"primary"`
	Name    string
	Size    int      `conga:"calculated"`
	Players []Player `conga:"many_to_many,through=Membership"`
}

// Player is a member of clubs.
type Player struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string
	Clubs []Club `conga:"many_to_many,through=Membership"`
}

// Membership ties a player to a club.
type Membership struct {
	ID       uuid.UUID `conga:"primary"`
	ClubID   uuid.UUID
	PlayerID uuid.UUID
	Secret   bool
	Club     *Club   `conga:"belongs_to"`
	Player   *Player `conga:"belongs_to"`
}

func (c *Club) Define(r *resource.Builder[Club]) {
	resource.Calculate(r, &c.Size, expr.Count(&c.Players))
	r.Read("list").Primary().Sort(expr.Asc(&c.Name))
	r.Create("found").Accept(&c.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

func (p *Player) Define(r *resource.Builder[Player]) {
	r.Read("list").Primary().Sort(expr.Asc(&p.Name))
	r.Create("add").Accept(&p.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

func (m *Membership) Define(r *resource.Builder[Membership]) {
	r.Read("list").Primary()
	r.Create("join").Accept(&m.ClubID, &m.PlayerID, &m.Secret)
	r.Policy("join").AuthorizeIf(resource.Public)
	r.Policy("list").AuthorizeIf(expr.Is(&m.Secret, false)).AuthorizeIf(resource.ActorPresent)
}

// A join record that the actor may not read ties nothing for him.
func TestJoinRecordsAreAskedToo(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		app := must(conga.New(layer, resource.Of[Club](), resource.Of[Player](), resource.Of[Membership]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		clubs, players, members := conga.For[Club](app), conga.For[Player](app), conga.For[Membership](app)
		c, p, m := clubs.Fields(), players.Fields(), members.Fields()
		ids := map[string]uuid.UUID{}
		for _, name := range []string{"chess", "go"} {
			ids[name] = must(clubs.Create(t.Context(), "found", conga.Set(&c.Name, name)))(t).ID
		}
		for _, name := range []string{"ann", "bob"} {
			ids[name] = must(players.Create(t.Context(), "add", conga.Set(&p.Name, name)))(t).ID
		}
		for _, tie := range [][2]string{{"chess", "ann"}, {"chess", "bob"}, {"go", "bob"}} {
			must(members.Create(t.Context(), "join", conga.Set(&m.ClubID, ids[tie[0]]), conga.Set(&m.PlayerID, ids[tie[1]]),
				conga.Set(&m.Secret, tie[1] == "bob")))(t)
		}
		server := rest.New(app, rest.Options{})
		for _, tt := range []struct {
			ctx  context.Context
			want string
		}{
			{t.Context(), "chess 1 ann; go 0"},
			{conga.WithActor(t.Context(), &Employee{ID: uuid.New()}), "chess 2 ann bob; go 1 bob"},
		} {
			for _, limit := range [][]conga.Option{nil, {conga.Limit(5)}} {
				page := must(clubs.Read(tt.ctx, "list", conga.With(&c.Size), conga.Load(&c.Players, limit...)))(t)
				var got []string
				for _, club := range page.Items {
					text := club.Name + " " + string(rune('0'+club.Size))
					for _, player := range club.Players {
						text += " " + player.Name
					}
					got = append(got, text)
				}
				if got := strings.Join(got, "; "); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			}
			r := httptest.NewRequestWithContext(tt.ctx, http.MethodGet, "/api/clubs?filter[players][name][contains]=b&fields[club]=name", nil)
			w := httptest.NewRecorder()
			server.ServeHTTP(w, r)
			if got := strings.Contains(w.Body.String(), "chess"); got != (conga.ActorFrom(tt.ctx) != nil) {
				t.Errorf("clubs with a player whose name has a b: %s", w.Body)
			}
		}
	})
}
