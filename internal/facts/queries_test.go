package facts

import (
	"fmt"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// TestGroupsHideFields groups by and adds up fields that the actor may see in
// some records alone: the others count as NULL, in Go and for clients.
func TestGroupsHideFields(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		e := o.employees.Fields()
		for actor, want := range map[string]string{"ann": "[{head 1 300} {staff 2 597}]", "bob": "[{staff 1 299} { 2 0}]"} {
			var g struct {
				Role     string
				N, Total int
			}
			var salary struct{ Total *int }
			groups := must(conga.Group(o.as(t, actor), o.employees, "list", &g, conga.By(&g.Role, &e.Role), conga.Counting(&g.N)))(t)
			totals := make([]string, len(groups.Items))
			for i, item := range groups.Items {
				where := conga.Where(expr.Is(&e.Role, item.Role))
				if item.Role == "" {
					totals[i] = fmt.Sprint(item)
					continue
				}
				own := must(conga.Group(o.as(t, actor), o.employees, "list", &salary, conga.Summing(&salary.Total, &e.Salary), where))(t)
				item.Total = *own.Items[0].Total
				totals[i] = fmt.Sprint(item)
			}
			if got := fmt.Sprint(totals); got != want {
				t.Errorf("%s: got %s, want %s", actor, got, want)
			}
			r := o.employees.Resource()
			role, total := *r.Attribute("Role"), *r.Attribute("Salary")
			role.Expr, role.Type.Nullable = expr.Field{Name: "Role"}, true
			found := must(o.app.Find(o.as(t, actor), &conga.Find{Action: r.Action("list"), Selection: conga.Selection{Untrusted: true}, Group: &datalayer.Group{
				Keys: []*resource.Attribute{&role}, Aggregates: []datalayer.Aggregate{{Attribute: &total, Kind: expr.AggregateSum, Of: expr.Field{Name: "Salary"}}},
			}}))(t)
			got := ""
			for row := range found.Len() {
				got += fmt.Sprint(must(found.Value(row, 0))(t), " ", must(found.Value(row, 1))(t), ";")
			}
			if want := map[string]string{"ann": "head 300;staff 597;", "bob": "staff 299;<nil> <nil>;"}[actor]; got != want {
				t.Errorf("a client as %s: got %s, want %s", actor, got, want)
			}
		}
	})
}
