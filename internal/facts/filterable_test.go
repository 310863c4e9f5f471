package facts

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Gauge has fields that clients may not filter or sort by.
type Gauge struct {
	ID      uuid.UUID `conga:"primary,nofilter"`
	Level   int
	Heavy   string `conga:"nofilter"`
	Wide    string `conga:"nosort"`
	Both    string `conga:"nofilter,nosort"`
	Twice   int    `conga:"calculated,nofilter,nosort"`
	PanelID *uuid.UUID
	Panel   *Panel `conga:"belongs_to"`
}

func (g *Gauge) Define(r *resource.Builder[Gauge]) {
	resource.Calculate(r, &g.Twice, expr.Add(expr.F(&g.Level), expr.F(&g.Level)))
	r.Read("list").Primary().Sort(expr.Asc(&g.Level)).Groups(&g.Level)
	r.Create("add").Accept(&g.Level, &g.Heavy, &g.Wide, &g.PanelID)
	r.Policy().AuthorizeIf(resource.Public)
}

type Panel struct {
	ID     uuid.UUID `conga:"primary"`
	Name   string    `conga:"nofilter"`
	Gauges []Gauge   `conga:"has_many"`
}

func (p *Panel) Define(r *resource.Builder[Panel]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

type badGroup struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `conga:"nofilter"`
}

func (b *badGroup) Define(r *resource.Builder[badGroup]) {
	r.Read("list").Groups(&b.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

func TestClientsFilterAndSortByWhatTheyMay(t *testing.T) {
	if _, err := resource.Compile(resource.Of[badGroup]()); err == nil || !strings.Contains(err.Error(), "Name is kept from the filters or sorts of clients") {
		t.Errorf("groups by a field that clients may not filter by: %v", err)
	}
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		app := ok(conga.New(layer, resource.Of[Gauge](), resource.Of[Panel]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		gauges := conga.For[Gauge](app)
		f := gauges.Fields()
		for i := range 5 {
			ok(gauges.Create(t.Context(), "add", conga.Set(&f.Level, i), conga.Set(&f.Heavy, "h")))(t)
		}
		if n := len(ok(gauges.Read(t.Context(), "list", conga.Where(expr.Is(&f.Heavy, "h")), conga.Sort(expr.Asc(&f.Wide))))(t).Items); n != 5 {
			t.Errorf("Go code found %d", n)
		}
		api, ql := rest.New(app, rest.Options{}), graphql.New(app, graphql.Options{})
		for _, tt := range []struct{ query, want string }{
			{"/api/gauges?filter[heavy]=h", "records cannot be filtered by heavy"},
			{"/api/gauges?filter[id]=00000000-0000-4000-8000-000000000000", "records cannot be filtered by id"},
			{"/api/gauges?filter[twice][gt]=1", "records cannot be filtered by twice"},
			{"/api/panels?filter[gauges][heavy]=h", "records cannot be filtered by heavy"},
			{"/api/gauges?filter[panel][name]=h", "records cannot be filtered by name"},
			{"/api/gauges?sort=-wide", "records cannot be sorted by wide"},
			{"/api/gauges?sort=twice", "records cannot be sorted by twice"},
			{"/api/gauges?sort=heavy&filter[wide]=&fields[gauge]=level", `"data":[{"level":0}`},
			{"/api/gauges?filter[level][between]=1,3&fields[gauge]=level", `"data":[{"level":1},{"level":2},{"level":3}]`},
			{"/api/gauges?filter[level][between]=3,1&fields[gauge]=level", `"data":[]`},
			{"/api/gauges?filter[wide][between]=a,b&fields[gauge]=level", `"data":[]`},
			{"/api/gauges?filter[level][between]=1", "between needs two values"},
			{"/api/gauges?filter[level][between]=1,2,3", "between needs two values"},
			{"/api/gauges?filter[level][between]=1,x", `"type"`},
			{"/api/gauges?filter[id][between]=1,x", `records cannot`},
			{"/api/gauges?group=level&having[count][between]=1,2", `"count":1`},
			{"gauges(filter: {heavy: {eq: \\\"h\\\"}}) { totalCount }", `not defined by type \"GaugeFilter\"`},
			{"gauges(filter: {twice: {eq: 1}}) { totalCount }", `not defined by type \"GaugeFilter\"`},
			{"gauges(sort: {field: WIDE}) { totalCount }", `does not exist in \"GaugeSortField`},
			{"gauges(filter: {panel: null, level: {between: [1, 2]}}, sort: {field: HEAVY}) { nodes { level } totalCount }", `"nodes":[{"level":1},{"level":2}],"totalCount":2`},
			{"gauges(filter: {level: {between: [1]}}) { totalCount }", `must be two values`},
			{"gauges(filter: {level: {between: null}}) { totalCount }", `must not be null`},
		} {
			w := httptest.NewRecorder()
			if strings.HasPrefix(tt.query, "/") {
				api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.query, nil))
			} else {
				r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"{ `+tt.query+` }"}`))
				r.Header.Set("Content-Type", "application/json")
				ql.ServeHTTP(w, r)
			}
			if !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%s: %d %s, want %s", tt.query, w.Code, w.Body, tt.want)
			}
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
		for _, not := range []string{"filter[heavy]", "filter[both]", "filter[twice]", "filter[gauges][heavy]"} {
			if strings.Contains(w.Body.String(), not) {
				t.Errorf("the document has %s", not)
			}
		}
		if !strings.Contains(w.Body.String(), "filter[level][between]") || strings.Contains(w.Body.String(), "`wide`") {
			t.Errorf("the document: %s", w.Body)
		}
	})
}
