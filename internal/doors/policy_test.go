package doors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
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

// Doc is a resource whose policies are made by chance.
type Doc struct {
	ID       uuid.UUID `conga:"primary"`
	Name     string
	Level    int
	Maybe    *int
	Open     bool
	Unsure   *bool
	OwnerID  *uuid.UUID
	ParentID *uuid.UUID
	Kids     int   `conga:"calculated"`
	Parent   *Doc  `conga:"belongs_to"`
	Children []Doc `conga:"has_many,key=ParentID"`
}

// Caller is who looks at docs.
type Caller struct {
	ID    uuid.UUID
	Level int
	Maybe *int
	Admin bool
}

// drawn are the policies of the next application: Define has no other way to hear of them.
var drawn atomic.Pointer[[]policy]

// Define declares the policies that were drawn.
func (d *Doc) Define(r *resource.Builder[Doc]) {
	me := resource.Actor[Caller](r)
	resource.Calculate(r, &d.Kids, expr.Count(&d.Children))
	r.Read("list").Primary().Sort(expr.Asc(&d.Name)).Page(50)
	r.Create("seed").Private().Accept(&d.Name, &d.Level, &d.Maybe, &d.Open, &d.Unsure, &d.OwnerID, &d.ParentID)
	r.Update("rename").Primary().Accept(&d.Name)
	r.Destroy("delete").Primary()
	r.Policy("seed").AuthorizeIf(resource.Public)
	for _, p := range *drawn.Load() {
		declare := r.Policy
		if p.bypass {
			declare = r.Bypass
		}
		b := declare(p.actions...)
		if p.when != nil {
			b.When(p.when.build(d, me))
		}
		for _, c := range p.checks {
			c.declare(b, c.build(d, me))
		}
	}
}

// policy is one drawn policy.
type policy struct {
	bypass  bool
	actions []string
	when    *claim
	checks  []check
}

type check struct {
	kind resource.CheckKind
	claim
}

func (c check) declare(b *resource.PolicyBuilder, e expr.Bool) {
	switch c.kind {
	case resource.AuthorizeIf:
		b.AuthorizeIf(e)
	case resource.AuthorizeUnless:
		b.AuthorizeUnless(e)
	case resource.ForbidIf:
		b.ForbidIf(e)
	default:
		b.ForbidUnless(e)
	}
}

// truth is one of SQL's three.
type truth int8

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// claim is a condition twice: as an expression, and in plain Go.
type claim struct {
	build func(d *Doc, me *Caller) expr.Bool
	holds func(w *docs, d *Doc, me *Caller) truth
}

// docs are all records of a test.
type docs struct {
	all  []*Doc
	byID map[uuid.UUID]*Doc
}

func (r random) claim(depth int) claim {
	if depth > 0 && r.chance(50) {
		a, b := r.claim(depth-1), r.claim(depth-1)
		switch r.IntN(3) {
		case 0:
			return claim{func(d *Doc, me *Caller) expr.Bool { return expr.Not(a.build(d, me)) },
				func(w *docs, d *Doc, me *Caller) truth { return -a.holds(w, d, me) }}
		case 1:
			return claim{func(d *Doc, me *Caller) expr.Bool { return a.build(d, me).And(b.build(d, me)) },
				func(w *docs, d *Doc, me *Caller) truth { return min(a.holds(w, d, me), b.holds(w, d, me)) }}
		}
		return claim{func(d *Doc, me *Caller) expr.Bool { return a.build(d, me).Or(b.build(d, me)) },
			func(w *docs, d *Doc, me *Caller) truth { return max(a.holds(w, d, me), b.holds(w, d, me)) }}
	}
	n := r.IntN(4)
	return pick(r, []claim{
		{func(d *Doc, _ *Caller) expr.Bool { return expr.Is(&d.Open, true) }, func(_ *docs, d *Doc, _ *Caller) truth { return truthOf(d.Open) }},
		{func(d *Doc, _ *Caller) expr.Bool { return expr.Lt(&d.Level, n) }, func(_ *docs, d *Doc, _ *Caller) truth { return truthOf(d.Level < n) }},
		{func(d *Doc, _ *Caller) expr.Bool { return expr.Equal(expr.F(&d.Unsure), expr.Nullable(expr.V(true))) },
			func(_ *docs, d *Doc, _ *Caller) truth {
				if d.Unsure == nil {
					return unknown
				}
				return truthOf(*d.Unsure)
			}},
		{func(d *Doc, _ *Caller) expr.Bool { return expr.IsNull(&d.Maybe) }, func(_ *docs, d *Doc, _ *Caller) truth { return truthOf(d.Maybe == nil) }},
		{func(*Doc, *Caller) expr.Bool { return resource.ActorPresent }, func(_ *docs, _ *Doc, me *Caller) truth { return truthOf(me != nil) }},
		{func(_ *Doc, me *Caller) expr.Bool { return expr.Is(&me.Admin, true) }, func(_ *docs, _ *Doc, me *Caller) truth {
			if me == nil {
				return unknown
			}
			return truthOf(me.Admin)
		}},
		{func(d *Doc, me *Caller) expr.Bool { return expr.Less(expr.F(&d.Level), expr.F(&me.Level)) }, func(_ *docs, d *Doc, me *Caller) truth {
			if me == nil {
				return unknown
			}
			return truthOf(d.Level < me.Level)
		}},
		{func(d *Doc, me *Caller) expr.Bool { return expr.Equal(expr.F(&d.Maybe), expr.F(&me.Maybe)) }, func(_ *docs, d *Doc, me *Caller) truth {
			if me == nil || me.Maybe == nil || d.Maybe == nil {
				return unknown
			}
			return truthOf(*me.Maybe == *d.Maybe)
		}},
		{func(d *Doc, me *Caller) expr.Bool {
			return expr.Equal(expr.F(&d.OwnerID), expr.Nullable(expr.F(&me.ID)))
		},
			func(_ *docs, d *Doc, me *Caller) truth {
				if me == nil || d.OwnerID == nil {
					return unknown
				}
				return truthOf(*d.OwnerID == me.ID)
			}},
		{func(d *Doc, me *Caller) expr.Bool { return expr.Distinct(expr.F(&d.Maybe), expr.F(&me.Maybe)) }, func(_ *docs, d *Doc, me *Caller) truth {
			var mine *int
			if me != nil {
				mine = me.Maybe
			}
			return truthOf((mine == nil) != (d.Maybe == nil) || mine != nil && *mine != *d.Maybe)
		}},
		{func(d *Doc, _ *Caller) expr.Bool { return expr.Is(&d.Parent.Open, true) }, func(w *docs, d *Doc, _ *Caller) truth {
			if d.ParentID == nil {
				return unknown
			}
			return truthOf(w.byID[*d.ParentID].Open)
		}},
		{func(d *Doc, _ *Caller) expr.Bool {
			return expr.Some(&d.Children, func(c *Doc) expr.Bool { return expr.Lt(&c.Level, n) })
		}, func(w *docs, d *Doc, _ *Caller) truth {
			return truthOf(slices.ContainsFunc(w.all, func(c *Doc) bool { return c.ParentID != nil && *c.ParentID == d.ID && c.Level < n }))
		}},
	})
}

func (r random) policies() []policy {
	var out []policy
	for range r.IntN(3) + 1 {
		p := policy{bypass: r.chance(25)}
		for _, a := range []string{"list", "rename", "delete"} {
			if r.chance(75) {
				p.actions = append(p.actions, a)
			}
		}
		if len(p.actions) == 0 {
			p.actions = []string{"list"}
		}
		if r.chance(40) {
			c := r.claim(1)
			p.when = &c
		}
		for range r.IntN(3) {
			kind := pick(r, []resource.CheckKind{resource.AuthorizeIf, resource.AuthorizeUnless, resource.ForbidIf, resource.ForbidUnless})
			p.checks = append(p.checks, check{kind, r.claim(2)})
		}
		p.checks = append(p.checks, check{resource.AuthorizeIf, r.claim(1)})
		out = append(out, p)
	}
	return append(out, policy{actions: []string{"list", "rename", "delete"}, checks: []check{{resource.AuthorizeIf, r.claim(2)}}})
}

// allows walks the policies as their documentation says.
func allows(policies []policy, action string, w *docs, d *Doc, me *Caller) bool {
	applies := false
	ok, done := true, false
	for _, p := range policies {
		if !slices.Contains(p.actions, action) {
			continue
		}
		when := yes
		if p.when != nil {
			when = p.when.holds(w, d, me)
		}
		agrees := p.agrees(0, w, d, me)
		switch {
		case p.bypass:
			applies = applies || when == yes && agrees
			done = done || when == yes && agrees
		case !done:
			applies = applies || when == yes
			ok = ok && (when == no || agrees)
		default:
			applies = applies || when == yes
		}
	}
	return applies && ok
}

func (p policy) agrees(i int, w *docs, d *Doc, me *Caller) bool {
	if i == len(p.checks) {
		return false
	}
	c := p.checks[i]
	v := c.holds(w, d, me)
	switch c.kind {
	case resource.AuthorizeIf:
		return v == yes || p.agrees(i+1, w, d, me)
	case resource.AuthorizeUnless:
		return v == no || p.agrees(i+1, w, d, me)
	case resource.ForbidIf:
		return v == no && p.agrees(i+1, w, d, me)
	}
	return v == yes && p.agrees(i+1, w, d, me)
}

// TestRandomPolicies draws policies, and holds what every door shows and does
// against a plain reading of them.
func TestRandomPolicies(t *testing.T) {
	const rounds = 25
	for name, open := range map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			layer := must(open())(t)
			t.Cleanup(func() { _ = layer.Close() })
			r := newRandom(4)
			seven, two := 7, 2
			callers := map[string]*Caller{"": nil, "low": {ID: r.uuid(), Level: 1, Maybe: &two}, "high": {ID: r.uuid(), Level: 3, Maybe: &seven},
				"admin": {ID: r.uuid(), Admin: true}}
			var w *docs
			for n := 0; n < rounds; n++ {
				policies := r.policies()
				drawn.Store(&policies)
				app, err := conga.NewWith(conga.Options{KeepTables: n > 0}, layer, resource.Of[Doc]())
				if faults, ok := errors.AsType[resource.Diagnostics](err); ok {
					checkFaults(t, faults, policies, w, callers)
					n-- // draw others
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					w = seedDocs(t, r, app, callers)
				}
				s := &sheets{app: app, docs: w, policies: policies, callers: callers}
				s.serve()
				for _, who := range []string{"", "low", "high", "admin"} {
					s.check(t, r, who)
				}
				if t.Failed() {
					t.Fatalf("seed %d, policies %d: %s", seed, n, expr.String(decisionText(app)))
				}
			}
		})
	}
}

// checkFaults holds what is said about policies that make no difference
// against a plain reading of them. w is nil before there are records.
func checkFaults(t *testing.T, faults resource.Diagnostics, policies []policy, w *docs, callers map[string]*Caller) {
	t.Helper()
	for _, f := range faults {
		if f.Code != "C010" {
			t.Fatal(f)
		}
		_, action, ok := strings.Cut(f.Field, "Doc.")
		if w == nil || !ok || !strings.Contains(f.Message, "nobody") {
			continue
		}
		for _, d := range w.all {
			for who, me := range callers {
				if allows(policies, action, w, d, me) {
					t.Errorf("%s, but %q may, on %s", f, who, d.Name)
				}
			}
		}
	}
}

// decisionText is the first policy's condition, for people.
func decisionText(app *conga.App) expr.Node {
	var all []expr.Node
	for _, p := range app.Registry().Resources[0].Policies {
		for _, c := range p.Checks {
			all = append(all, c.Expr)
		}
	}
	return expr.And(all...)
}

func seedDocs(t *testing.T, r random, app *conga.App, callers map[string]*Caller) *docs {
	t.Helper()
	w := &docs{byID: map[uuid.UUID]*Doc{}}
	h := conga.For[Doc](app)
	f := h.Fields()
	for i := range 14 {
		options := []conga.Option{conga.Set(&f.Name, fmt.Sprintf("d%02d", i)), conga.Set(&f.Level, r.IntN(4)), conga.Set(&f.Open, r.chance(50))}
		if r.chance(60) {
			v := pick(r, []int{2, 7})
			options = append(options, conga.Set(&f.Maybe, &v))
		}
		if r.chance(60) {
			v := r.chance(50)
			options = append(options, conga.Set(&f.Unsure, &v))
		}
		if r.chance(70) {
			options = append(options, conga.Set(&f.OwnerID, &callers[pick(r, []string{"low", "high", "admin"})].ID))
		}
		if i > 2 && r.chance(60) {
			options = append(options, conga.Set(&f.ParentID, &pick(r, w.all).ID))
		}
		d := must(h.Create(t.Context(), "seed", options...))(t)
		w.all, w.byID[d.ID] = append(w.all, d), d
	}
	return w
}

// sheets is an application of docs with drawn policies.
type sheets struct {
	*docs
	app      *conga.App
	policies []policy
	callers  map[string]*Caller
	rest, ql http.Handler
}

func (s *sheets) serve() {
	o := api.Options{Actor: func(_ context.Context, token string) (any, error) {
		if c := s.callers[token]; c != nil {
			return c, nil
		}
		return nil, nil
	}}
	s.rest, s.ql = rest.New(s.app, rest.Options{Options: o}), graphql.New(s.app, graphql.Options{Options: o})
}

func (s *sheets) as(ctx context.Context, who string) context.Context {
	if c := s.callers[who]; c != nil {
		return conga.WithActor(ctx, c)
	}
	return ctx
}

func (s *sheets) allows(action string, d *Doc, who string) bool {
	return allows(s.policies, action, s.docs, d, s.callers[who])
}

func (s *sheets) check(t *testing.T, r random, who string) {
	t.Helper()
	ctx := s.as(t.Context(), who)
	res := s.app.Registry().Resources[0]
	seen := map[string]int{} // names and numbers of visible children
	for _, d := range s.all {
		want := s.allows("list", d, who)
		if got := must(s.app.Visible(ctx, res, d, nil))(t); got != want {
			t.Errorf("%q: Visible(%s) = %v, want %v", who, d.Name, got, want)
		}
		if want {
			seen[d.Name] = 0
			for _, c := range s.all {
				if c.ParentID != nil && *c.ParentID == d.ID && s.allows("list", c, who) {
					seen[d.Name]++
				}
			}
		}
	}
	for door, got := range map[string]map[string][3]int{"rest": s.listREST(t, who), "graphql": s.listGraphQL(t, who)} {
		if len(got) != len(seen) {
			t.Errorf("%q: %s shows %v, want %v", who, door, got, seen)
		}
		for name, n := range got {
			if kids, ok := seen[name]; !ok || n[0] != kids || n[1] != kids || n[2] >= 0 && n[2] != kids {
				t.Errorf("%q: %s shows %s with counts %v, want %d (%v)", who, door, name, n, kids, ok)
			}
		}
	}
	for range 3 {
		d := pick(r, s.all)
		for _, action := range []string{"rename", "delete"} {
			want := "ok"
			switch {
			case s.allows(action, d, who) && s.allows("list", d, who):
			case s.allows("list", d, who):
				want = "forbidden"
			default:
				want = "not_found"
			}
			s.try(t, d, action, who, want)
		}
	}
}

// try makes a write through every door, and undoes it. A call may be refused
// before its record is looked at; then it is forbidden, whatever the record.
func (s *sheets) try(t *testing.T, d *Doc, action, who, want string) {
	t.Helper()
	h := conga.For[Doc](s.app)
	f := h.Fields()
	for door, call := range map[string]func(ctx context.Context) string{
		"go": func(ctx context.Context) string {
			var err error
			if action == "delete" {
				err = h.Destroy(s.as(ctx, who), action, d)
			} else {
				_, err = h.Update(s.as(ctx, who), action, d, conga.Set(&f.Name, "new"))
			}
			if err == nil {
				return "ok"
			}
			return string(conga.KindOf(err))
		},
		"rest": func(ctx context.Context) string {
			method, body := http.MethodPatch, `{"name":"new"}`
			if action == "delete" {
				method, body = http.MethodDelete, ""
			}
			res := serve(ctx, s.rest, who, method, "/api/docs/"+d.ID.String(), body)
			if res.Code < 300 {
				return "ok"
			}
			return string(restKinds[res.Code])
		},
		"graphql": func(ctx context.Context) string {
			text := `mutation($id: ID!) { it: renameDoc(id: $id, input: {name: "new"}) { errors { code } } }`
			if action == "delete" {
				text = `mutation($id: ID!) { it: deleteDoc(id: $id) { errors { code } } }`
			}
			body, err := json.Marshal(map[string]any{"query": text, "variables": map[string]any{"id": d.ID}})
			if err != nil {
				t.Fatal(err)
			}
			answer := decode(t, serve(ctx, s.ql, who, http.MethodPost, "/graphql", string(body)).Body.Bytes())
			list, _ := get(answer, "data", "it", "errors").([]any)
			if len(list) == 0 && get(answer, "errors") == nil {
				return "ok"
			}
			if len(list) == 0 {
				return fmt.Sprint(answer)
			}
			return get(list[0], "code").(string)
		},
	} {
		got := ""
		err := s.app.Transact(t.Context(), func(ctx context.Context) error {
			got = call(ctx)
			return errUndo
		})
		if err == nil || err.Error() != errUndo.Error() && !referred(err) {
			t.Fatal(err)
		}
		early := want == "not_found" && got == "forbidden" && !s.depends(action, who)
		if got == "conflict" && want == "ok" && action == "delete" {
			got = "ok" // other records refer to it
		}
		if got != want && !early {
			t.Errorf("%q: %s of %s through %s: %s, want %s", who, action, d.Name, door, got, want)
		}
	}
}

func referred(err error) bool {
	var e *conga.Error
	return errors.As(err, &e) && e.Kind == conga.Conflict
}

// depends reports whether the policies of an action speak of the record at all.
func (s *sheets) depends(action, who string) bool {
	return slices.ContainsFunc(s.all, func(d *Doc) bool { return s.allows(action, d, who) })
}

func (s *sheets) listREST(t *testing.T, who string) map[string][3]int {
	t.Helper()
	res := serve(t.Context(), s.rest, who, http.MethodGet, "/api/docs?include=children&fields[doc]=name,kids", "")
	if res.Code == 401 || res.Code == 403 {
		return nil
	}
	list, ok := get(decode(t, res.Body.Bytes()), "data").([]any)
	if !ok {
		t.Fatalf("%s", res.Body)
	}
	out := map[string][3]int{}
	for _, d := range list {
		out[get(d, "name").(string)] = [3]int{number64(get(d, "kids")), len(get(d, "children").([]any)), -1}
	}
	return out
}

func (s *sheets) listGraphQL(t *testing.T, who string) map[string][3]int {
	t.Helper()
	res := serve(t.Context(), s.ql, who, http.MethodPost, "/graphql", `{"query": "{ docs(first: 50) { nodes { name kids children(first: 50) { totalCount nodes { id } } } } }"}`)
	answer := decode(t, res.Body.Bytes())
	list, ok := get(answer, "data", "docs", "nodes").([]any)
	if !ok {
		if strings.Contains(res.Body.String(), "FORBIDDEN") || strings.Contains(res.Body.String(), "UNAUTHENTICATED") {
			return nil
		}
		t.Fatalf("%s", res.Body)
	}
	out := map[string][3]int{}
	for _, d := range list {
		out[get(d, "name").(string)] = [3]int{number64(get(d, "kids")), len(get(d, "children", "nodes").([]any)), number64(get(d, "children", "totalCount"))}
	}
	return out
}

func number64(v any) int {
	n, err := v.(json.Number).Int64()
	if err != nil {
		return -1
	}
	return int(n)
}
