package rest

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

func TestSplitKey(t *testing.T) {
	tests := []struct {
		key, name string
		parts     []string
		ok        bool
	}{
		{"sort", "sort", nil, true},
		{"page[limit]", "page", []string{"limit"}, true},
		{"filter[a][b][c]", "filter", []string{"a", "b", "c"}, true},
		{"", "", nil, false},
		{"[a]", "", nil, false},
		{"a]", "", nil, false},
		{"a[", "", nil, false},
		{"a[]", "", nil, false},
		{"a[b", "", nil, false},
		{"a[b]c", "", nil, false},
		{"a[b]]", "", nil, false},
		{"a[b[c]]", "", nil, false},
	}
	for _, tt := range tests {
		name, parts, ok := splitKey(tt.key)
		if ok != tt.ok || ok && (name != tt.name || !slices.Equal(parts, tt.parts)) {
			t.Errorf("splitKey(%q) = %q, %q, %v", tt.key, name, parts, ok)
		}
	}
}

func TestSplitList(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"a,b", []string{"a", "b"}},
		{`a\,b,c`, []string{"a,b", "c"}},
		{`a\\,b`, []string{`a\`, "b"}},
		{`a\b\`, []string{`a\b\`}},
		{`,\,`, []string{"", ","}},
	}
	for _, tt := range tests {
		if got := wire.SplitList(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("SplitList(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

// node is a resource with relationships in all directions.
type node struct {
	ID       int64 `conga:"primary"`
	Name     string
	Weight   *float64
	Hidden   string `json:"-"`
	ParentID *int64

	Parent   *node  `conga:"belongs_to"`
	Children []node `conga:"has_many,key=ParentID"`
}

type depthArgument struct {
	Depth int `validate:"required,max=9"`
}

func (n *node) Define(r *resource.Builder[node]) {
	r.Read("list").Primary()
	resource.Arguments[depthArgument](r.Read("deep"))
	r.Create("make").Accept(&n.Name, &n.Weight, &n.ParentID)
	r.Policy().AuthorizeIf(resource.Public)
}

func newHandler(tb testing.TB) *Handler {
	tb.Helper()
	store, err := sqlite.Open(tb.Context(), ":memory:")
	if err != nil {
		tb.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[node]())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = app.Close() })
	return New(app)
}

// FuzzQuery reads arbitrary query strings. Those that are accepted run, and
// are no fault of the inside; those that are not are faults of the client's.
func FuzzQuery(f *testing.F) {
	h := newHandler(f)
	r := h.app.Registry().Resources[0]
	for _, seed := range []string{
		"", "filter[name]=x", "filter[parent][parent][name][in]=a,b&sort=-parent.name,id", "filter[children][weight][gt]=1e3",
		"filter[children][children][id]=1&filter[children][name][contains]=%25", "page[limit]=2&page[offset]=1&page[count]=true",
		"page[after]=AQ", "include=parent.children,children&fields[node]=id,parent", "fields[node]=&depth=3", "filter[weight][is_null]=false",
		"filter[weight]=NaN", "a[b]c", "%zz", "sort=,", "include=.", "filter[id][not_in]=9223372036854775808", "depth=1&depth=2",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, raw string, jsonapi bool) {
		for _, action := range r.Actions[:2] {
			q, err := h.readQuery(raw, action, listScope, jsonapi)
			if p, ok := errors.AsType[*problem](err); ok {
				if p.HTTP != 400 {
					t.Errorf("%q: %v", raw, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%q: %v", raw, err)
			}
			find := &conga.Find{Action: action, Arguments: q.arguments, Selection: q.view.selection, Page: q.page}
			find.Where, find.Sort, find.Untrusted = q.where, q.sort, true
			if _, err := h.app.Find(t.Context(), find); err != nil && resource.KindOf(err) != resource.Invalid {
				params, _ := url.ParseQuery(raw)
				t.Errorf("%q %v: %v", raw, params, errors.Unwrap(err))
			}
		}
	})
}

// FuzzBody sends arbitrary bodies in both forms. Whatever they are, the answer
// is JSON, and the fault is never one of the inside.
func FuzzBody(f *testing.F) {
	h := newHandler(f)
	for _, seed := range []string{
		``, `{}`, `[]`, `{"name":"x","weight":null}`, `{"parent_id":7}`, `{"nam":1,"name":1,"weight":"x"}`, `{"name":"\u0000"}`,
		`{"data":{"type":"node","attributes":{"name":"x"},"relationships":{"parent":{"data":null}}}}`,
		`{"data":{"type":"node","id":"1","relationships":{"parent":{"data":{"type":"node","id":"x"}}}}}`, `{"data":[]}`, `{"data":{"type":1}}`,
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, body string, jsonapi bool) {
		r := httptest.NewRequest("POST", "/api/nodes", strings.NewReader(body))
		if jsonapi {
			r.Header.Set("Content-Type", typeJSONAPI)
			r.Header.Set("Accept", typeJSONAPI)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}
