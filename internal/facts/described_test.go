package facts

import (
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

// Phone tells documents what its texts look like.
type Phone string

func (Phone) Describe() resource.TypeDescription {
	return resource.TypeDescription{Text: "A telephone number.", Format: "phone", Pattern: `^\+[0-9]+$`, URL: "https://www.itu.int/rec/T-REC-E.164"}
}

// Callee has such numbers, and a field that not everybody sees.
type Callee struct {
	ID     uuid.UUID `conga:"primary"`
	Firm   string
	Work   Phone `doc:"At work."`
	Home   *Phone
	Others []Phone
	Salary int
	Hidden resource.Hidden
}

func (c *Callee) Define(r *resource.Builder[Callee]) {
	me := resource.Actor[Clerk](r)
	r.Tenant(&c.Firm)
	r.Read("list").Primary()
	r.Read("all").AnyTenant()
	r.Create("add").Accept(&c.Work, &c.Home, &c.Others)
	r.Policy().AuthorizeIf(resource.Public)
	r.FieldPolicy(&c.Salary).AuthorizeIf(expr.Is(&me.Name, "boss"))
	r.FieldPolicy().AuthorizeIf(resource.Public)
}

func TestDocumentsTellOfTypesTenantsAndHiddenFields(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		app := ok(conga.New(layer, resource.Of[Callee]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		api, ql := rest.New(app, rest.Options{TenantHeader: "X-Firm"}), graphql.New(app, graphql.Options{})
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", "/api/openapi.json", nil))
		for _, want := range []string{
			`"format":"phone"`, `"pattern":"^\\+[0-9]+$"`, `"url":"https://www.itu.int/rec/T-REC-E.164"`, `"description":"At work. A telephone number."`,
			`"in":"header","name":"X-Firm","required":true`, `Left out where the caller may not see it.`,
		} {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("the OpenAPI document lacks %s:\n%s", want, w.Body)
			}
		}
		doc := ok(api.OpenAPI())(t)
		for path, want := range map[string]bool{"/callees": true, "/callees/all": false} {
			has := false
			for _, p := range doc.Paths.Value(path).Get.Parameters {
				has = has || p.Value.Name == "X-Firm"
			}
			if has != want {
				t.Errorf("%s has the header: %v", path, has)
			}
		}
		ask := func(body string) string {
			r := httptest.NewRequest("POST", "/graphql", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			ql.ServeHTTP(w, r.WithContext(conga.WithTenant(t.Context(), "f")))
			return w.Body.String()
		}
		for _, tt := range []struct{ body, want string }{
			{`{"query":"{ __type(name: \"Phone\") { kind specifiedByURL description } }"}`,
				`"kind":"SCALAR","specifiedByURL":"https://www.itu.int/rec/T-REC-E.164","description":"A telephone number."`},
			{`{"query":"{ __type(name: \"Callee\") { fields { name description } } }"}`, `"name":"salary","description":"Null where the caller may not see it."`},
			{`{"query":"mutation($p: Phone!) { addCallee(input: {work: $p, home: \"+2\", others: [\"+3\"]}) { result { work home others } } }","variables":{"p":"+1"}}`,
				`"work":"+1","home":"+2","others":["+3"]`},
			{`{"query":"{ callees(filter: {work: {startsWith: \"+1\"}, home: {in: [\"+2\"]}, others: {has: \"+3\"}}) { totalCount } }"}`, `"totalCount":1`},
			{`{"query":"{ callees(filter: {work: {eq: 5}}) { totalCount } }"}`, `"errors"`},
		} {
			if got := ask(tt.body); !strings.Contains(got, tt.want) {
				t.Errorf("%s\n got %s\nwant %s", tt.body, got, tt.want)
			}
		}
	})
}
