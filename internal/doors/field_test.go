package doors

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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

// LeafFields are values of which everything but the name may be hidden.
type LeafFields struct {
	Name  string
	Level *int
	Note  *string
	Open  *bool
	Size  *float64
}

// Leaf is a resource whose field policies are made by chance.
type Leaf struct {
	ID uuid.UUID `conga:"primary"`
	LeafFields
	StemID *uuid.UUID
	Hidden resource.Hidden

	Stem  *Leaf  `conga:"belongs_to"`
	Twigs []Leaf `conga:"has_many,key=StemID"`
}

// Bare has the same values without what is hidden from one actor, and no
// policies: what a client asks of it must have the same answer.
type Bare struct {
	ID uuid.UUID `conga:"primary"`
	LeafFields
	StemID *uuid.UUID

	Stem  *Bare  `conga:"belongs_to"`
	Twigs []Bare `conga:"has_many,key=StemID"`
}

func (b *Bare) Define(r *resource.Builder[Bare]) {
	r.Read("list").Primary().Sort(expr.Asc(&b.Name))
	r.Create("seed").Private().Accept(&b.ID, &b.Name, &b.Level, &b.Note, &b.Open, &b.Size, &b.StemID)
	r.Destroy("drop").Private()
	r.Policy().AuthorizeIf(resource.Public)
}

// drawnFields are the field policies of the next application.
var drawnFields atomic.Pointer[[]fieldPolicy]

// fieldPolicy is one drawn field policy.
type fieldPolicy struct {
	bypass bool
	fields []string // none for all others
	when   *leafClaim
	checks []leafCheck
}

type leafCheck struct {
	kind resource.CheckKind
	leafClaim
}

// leafClaim is a condition twice: as an expression, and in plain Go.
type leafClaim struct {
	build func(l *Leaf, me *Caller) expr.Bool
	holds func(l *Leaf, me *Caller) truth
}

var hideable = []string{"Level", "Note", "Open", "Size", "StemID"}

func (l *Leaf) pointer(name string) any {
	return map[string]any{"Level": &l.Level, "Note": &l.Note, "Open": &l.Open, "Size": &l.Size, "StemID": &l.StemID}[name]
}

func (l *Leaf) Define(r *resource.Builder[Leaf]) {
	me := resource.Actor[Caller](r)
	r.Read("list").Primary().Sort(expr.Asc(&l.Name))
	r.Create("seed").Private().Accept(&l.Name, &l.Level, &l.Note, &l.Open, &l.Size, &l.StemID)
	r.Policy().AuthorizeIf(resource.Public)
	for _, p := range *drawnFields.Load() {
		var fields []any
		for _, name := range p.fields {
			fields = append(fields, l.pointer(name))
		}
		declare := r.FieldPolicy
		if p.bypass {
			declare = r.FieldBypass
		}
		b := declare(fields...)
		if p.when != nil {
			b.When(p.when.build(l, me))
		}
		for _, c := range p.checks {
			check{kind: c.kind}.declare(b, c.build(l, me))
		}
	}
	r.FieldPolicy(&l.Name).AuthorizeIf(resource.Public)
}

func (r random) leafClaim(depth int) leafClaim {
	if depth > 0 && r.chance(40) {
		a, b := r.leafClaim(depth-1), r.leafClaim(depth-1)
		if r.chance(50) {
			return leafClaim{func(l *Leaf, me *Caller) expr.Bool { return a.build(l, me).And(expr.Not(b.build(l, me))) },
				func(l *Leaf, me *Caller) truth { return min(a.holds(l, me), -b.holds(l, me)) }}
		}
		return leafClaim{func(l *Leaf, me *Caller) expr.Bool { return a.build(l, me).Or(b.build(l, me)) },
			func(l *Leaf, me *Caller) truth { return max(a.holds(l, me), b.holds(l, me)) }}
	}
	n := r.IntN(4)
	return pick(r, []leafClaim{
		{func(l *Leaf, _ *Caller) expr.Bool { return expr.Equal(expr.F(&l.Open), expr.Nullable(expr.V(true))) },
			func(l *Leaf, _ *Caller) truth {
				if l.Open == nil {
					return unknown
				}
				return truthOf(*l.Open)
			}},
		{func(l *Leaf, _ *Caller) expr.Bool { return expr.Less(expr.F(&l.Level), expr.Nullable(expr.V(n))) },
			func(l *Leaf, _ *Caller) truth {
				if l.Level == nil {
					return unknown
				}
				return truthOf(*l.Level < n)
			}},
		{func(l *Leaf, _ *Caller) expr.Bool { return expr.IsNull(&l.StemID) },
			func(l *Leaf, _ *Caller) truth { return truthOf(l.StemID == nil) }},
		{func(_ *Leaf, me *Caller) expr.Bool { return expr.Is(&me.Admin, true) },
			func(_ *Leaf, me *Caller) truth {
				if me == nil {
					return unknown
				}
				return truthOf(me.Admin)
			}},
		{func(*Leaf, *Caller) expr.Bool { return resource.ActorPresent },
			func(_ *Leaf, me *Caller) truth { return truthOf(me != nil) }},
	})
}

func (r random) fieldPolicies() []fieldPolicy {
	var out []fieldPolicy
	for range 1 + r.IntN(3) {
		p := fieldPolicy{bypass: r.chance(30)}
		for _, name := range hideable {
			if r.chance(50) {
				p.fields = append(p.fields, name)
			}
		}
		if r.chance(40) {
			c := r.leafClaim(1)
			p.when = &c
		}
		if r.chance(30) {
			p.checks = append(p.checks, leafCheck{resource.ForbidIf, r.leafClaim(1)})
		}
		p.checks = append(p.checks, leafCheck{resource.AuthorizeIf, r.leafClaim(1)})
		out = append(out, p)
	}
	return append(out, fieldPolicy{checks: []leafCheck{{resource.AuthorizeIf, r.leafClaim(1)}}})
}

// sees walks the field policies as their documentation says.
func sees(policies []fieldPolicy, field string, l *Leaf, me *Caller) bool {
	named := false
	for _, p := range policies {
		for _, name := range p.fields {
			named = named || !p.bypass && name == field
		}
	}
	applies, ok, done := false, true, false
	for _, p := range policies {
		speaks := len(p.fields) == 0 && (p.bypass || !named)
		for _, name := range p.fields {
			speaks = speaks || name == field
		}
		if !speaks {
			continue
		}
		when := yes
		if p.when != nil {
			when = p.when.holds(l, me)
		}
		agrees := false
		for _, c := range p.checks {
			v := c.holds(l, me)
			if c.kind == resource.ForbidIf && v != no {
				break
			}
			if c.kind == resource.AuthorizeIf && v == yes {
				agrees = true
				break
			}
		}
		if p.bypass {
			applies, done = applies || when == yes && agrees, done || when == yes && agrees
			continue
		}
		applies = applies || when == yes
		ok = ok && (done || when == no || agrees)
	}
	return applies && ok
}

// TestHiddenFieldsMakeNoDifference draws field policies, holds what is shown
// against a plain reading of them, and asks the same questions of records that
// have no more than what may be seen.
func TestHiddenFieldsMakeNoDifference(t *testing.T) {
	const rounds = 12
	for name, open := range map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			layer := must(open())(t)
			t.Cleanup(func() { _ = layer.Close() })
			r := newRandom(77)
			callers := map[string]*Caller{"": nil, "low": {ID: r.uuid(), Level: 1}, "admin": {ID: r.uuid(), Admin: true}}
			var all []*Leaf
			for n := 0; n < rounds; n++ {
				policies := r.fieldPolicies()
				drawnFields.Store(&policies)
				app, err := conga.NewWith(conga.Options{KeepTables: n > 0}, layer, resource.Of[Leaf](), resource.Of[Bare]())
				if err != nil && strings.Contains(err.Error(), "C010") {
					n-- // policies that make no difference: draw others
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					all = seedLeaves(t, r, app)
				}
				for who, me := range callers {
					w := &leaves{app: app, all: all, policies: policies, me: me}
					w.serve(callers)
					w.check(t, r, who)
				}
				if t.Failed() {
					t.Fatalf("seed %d, field policies %d", seed, n)
				}
			}
		})
	}
}

func seedLeaves(t *testing.T, r random, app *conga.App) []*Leaf {
	h := conga.For[Leaf](app)
	f := h.Fields()
	var out []*Leaf
	for i := range 12 {
		options := []conga.Option{conga.Set(&f.Name, fmt.Sprintf("l%02d", i))}
		if r.chance(70) {
			options = append(options, conga.Set(&f.Level, new(r.IntN(4))))
		}
		if r.chance(70) {
			options = append(options, conga.Set(&f.Note, new(pick(r, []string{"a", "b", ""}))))
		}
		if r.chance(70) {
			options = append(options, conga.Set(&f.Open, new(r.chance(50))))
		}
		if r.chance(70) {
			options = append(options, conga.Set(&f.Size, new(float64(r.IntN(3))/2)))
		}
		if i > 2 && r.chance(60) {
			options = append(options, conga.Set(&f.StemID, &pick(r, out).ID))
		}
		// The result may hide what was written; the test knows all.
		out = append(out, must(h.Create(t.Context(), "seed", options...))(t))
		unhide(t, app, out[i], options)
	}
	return out
}

// unhide gives the record what was set.
func unhide(t *testing.T, app *conga.App, l *Leaf, options []conga.Option) {
	t.Helper()
	_, inputs, err := conga.For[Leaf](app).Inputs("seed", options...)
	if err != nil {
		t.Fatal(err)
	}
	l.Hidden = resource.Hidden{}
	for _, in := range inputs {
		if err := in.Attribute.Set(l, in.Value); err != nil {
			t.Fatal(err)
		}
	}
}

// leaves is an application of leaves as one actor sees it.
type leaves struct {
	app      *conga.App
	all      []*Leaf
	policies []fieldPolicy
	me       *Caller
	rest, ql http.Handler
}

func (w *leaves) serve(callers map[string]*Caller) {
	o := api.Options{Actor: func(_ context.Context, token string) (any, error) {
		if c := callers[token]; c != nil {
			return c, nil
		}
		return nil, nil
	}}
	w.rest, w.ql = rest.New(w.app, rest.Options{Options: o}), graphql.New(w.app, graphql.Options{Options: o})
}

func (w *leaves) check(t *testing.T, r random, who string) {
	t.Helper()
	ctx := conga.WithActor(t.Context(), w.me)
	bare := conga.For[Bare](w.app)
	if _, err := bare.DestroyEvery(ctx, "drop", expr.True()); err != nil {
		t.Fatal(err)
	}
	f := bare.Fields()
	h := conga.For[Leaf](w.app)
	page := must(h.Read(ctx, "list", conga.Limit(100)))(t)
	for i, l := range w.all {
		got := page.Items[i]
		options := []conga.Option{conga.Set(&f.ID, l.ID), conga.Set(&f.Name, l.Name)}
		for _, name := range hideable {
			want := sees(w.policies, name, l, w.me)
			attr := h.Resource().Attribute(name)
			if got.Hidden.Has(name) == want || want && fmt.Sprint(attr.Get(got)) != fmt.Sprint(attr.Get(l)) || !want && attr.Get(got) != nil {
				t.Errorf("%q sees %s of %s: %v, hidden %v; want to see it: %v", who, name, l.Name, attr.Get(got), got.Hidden, want)
			}
			if want {
				o, _ := option(bare.Resource().Attribute(name).Ptr(f), attr.Get(l))
				options = append(options, o)
			}
		}
		must(bare.Create(ctx, "seed", options...))(t)
	}
	for range 12 {
		w.compare(t, r, who)
	}
}

// compare asks both worlds the same question.
func (w *leaves) compare(t *testing.T, r random, who string) {
	t.Helper()
	conditions := []string{"filter[level][gt]=1", "filter[level][lte]=2", "filter[note]=a", "filter[note][is_null]=true", "filter[open]=true", "filter[open][ne]=true",
		"filter[size][gte]=0.5", "filter[stem][level][lt]=3", "filter[stem][note]=b", "filter[stem_id][is_null]=true", "filter[twigs][note]=a", "filter[twigs][level][gt]=0"}
	sorts := []string{"level,name", "-level,name", "note,-name", "-size,open,name", "stem.level,name", "-stem.note,name", "open,-level"}
	query := "page[limit]=3&page[count]=true&include=stem,twigs&sort=" + pick(r, sorts)
	for range r.IntN(3) {
		if c := pick(r, conditions); !strings.Contains(query, c[:strings.LastIndex(c, "=")]) {
			query += "&" + c
		}
	}
	one, other := "", "" // cursors
	for range 5 {
		a, b := w.page(t, who, "/api/leaves?"+query+one), w.page(t, who, "/api/bares?"+query+other)
		x, y := must(json.Marshal(a["data"]))(t), must(json.Marshal(b["data"]))(t)
		if string(x) != string(y) || fmt.Sprint(get(a, "page", "count")) != fmt.Sprint(get(b, "page", "count")) {
			t.Errorf("%q asks %s\n      sees %s\nwithout it %s", who, query, x, y)
			return
		}
		next, _ := get(a, "page", "after").(string)
		more, _ := get(b, "page", "after").(string)
		if next == "" || more == "" {
			if next != more {
				t.Errorf("%q asks %s: the pages end at different places", who, query)
			}
			return
		}
		one, other = "&page[after]="+url.QueryEscape(next), "&page[after]="+url.QueryEscape(more)
	}
}

// page is an answer of REST without what is null: a hidden value is left out.
func (w *leaves) page(t *testing.T, who, path string) map[string]any {
	t.Helper()
	resp := serve(t.Context(), w.rest, who, http.MethodGet, path, "")
	if resp.Code != http.StatusOK {
		t.Fatalf("%s: %s", path, resp.Body)
	}
	out := decode(t, resp.Body.Bytes()).(map[string]any)
	dropNull(out["data"])
	return out
}

func dropNull(v any) {
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			dropNull(e)
		}
	case map[string]any:
		for key, e := range x {
			if e == nil {
				delete(x, key)
			}
			dropNull(e)
		}
	}
}
