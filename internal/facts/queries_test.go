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

// TestFact14CombinedReadsGoFromLeftToRight has parts apply to what those before
// them add up to, whatever binds tighter in SQL.
func TestFact14CombinedReadsGoFromLeftToRight(t *testing.T) {
	studios(t, func(t *testing.T, s *studio) {
		for i, title := range []string{"a", "b", "c", "d", "e"} {
			s.song(t, title, conga.Set(&s.f.Length, i))
		}
		in := func(titles ...string) conga.Option { return conga.Where(expr.In(&s.f.Title, titles...)) }
		s.want(t, "a union and an intersection", "a c", conga.Limit(10), conga.Base(in("a", "b")), conga.Union(in("c")), conga.Intersect(in("a", "c")))
		s.want(t, "the other order", "a c", conga.Limit(10), conga.Base(in("a", "b")), conga.Intersect(in("a", "c")), conga.Union(in("c")))
		s.want(t, "differences", "d", conga.Limit(10), conga.Base(in("a", "d")), conga.Except(in("a")), conga.Union(in("a", "d")), conga.Except(in("a")))
		s.want(t, "an order of their own", "e a", conga.Limit(10), conga.Base(conga.Sort(expr.Asc(&s.f.Length)), conga.Limit(1)),
			conga.Union(conga.Sort(expr.Desc(&s.f.Length)), conga.Limit(1)), conga.Sort(expr.Desc(&s.f.Title)))
		page := must(s.songs.Read(t.Context(), "list", conga.Base(in("a", "b")), conga.Union(in("d", "e")), conga.Limit(3), conga.WithCount()))(t)
		if len(page.Items) != 3 || page.Count != 4 || page.After == "" {
			t.Errorf("got %d of %d, next page at %q", len(page.Items), page.Count, page.After)
		}
	})
}
