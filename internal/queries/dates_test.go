package queries

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-sql/civil"

	"github.com/congago/conga"
	"github.com/congago/conga/resource/expr"
)

// TestGroupsOfDates groups by units of dates.
func TestGroupsOfDates(t *testing.T) {
	libraries(t, func(l *library) {
		for i, day := range []string{"2024-02-29", "2024-02-01", "2024-03-31", "2025-01-01", "2023-12-31"} {
			d, err := civil.ParseDate(day)
			if err != nil {
				t.Fatal(err)
			}
			options := []conga.Option{conga.Set(&l.b.Bought, d)}
			if i > 1 {
				options = append(options, conga.Set(&l.b.Lent, &d))
			}
			l.book(fmt.Sprint("a", i), 10*i, options...)
		}
		group := func(unit expr.Unit) string {
			var g struct {
				Bought civil.Date
				N      int
			}
			var out []string
			for _, x := range must(conga.Group(l.as("ann"), l.books, "list", &g, conga.ByTime(&g.Bought, unit, &l.b.Bought), conga.Counting(&g.N)))(l).Items {
				out = append(out, fmt.Sprint(x.Bought, "×", x.N))
			}
			return strings.Join(out, " ")
		}
		for unit, want := range map[expr.Unit]string{
			expr.Day: "2023-12-31×1 2024-02-01×1 2024-02-29×1 2024-03-31×1 2025-01-01×1", expr.Week: "2023-12-25×1 2024-01-29×1 2024-02-26×1 2024-03-25×1 2024-12-30×1",
			expr.Month: "2023-12-01×1 2024-02-01×2 2024-03-01×1 2025-01-01×1", expr.Quarter: "2023-10-01×1 2024-01-01×3 2025-01-01×1", expr.Year: "2023-01-01×1 2024-01-01×3 2025-01-01×1",
		} {
			l.want(string(unit), group(unit), want)
		}
		var g struct {
			Lent *civil.Date
			N    int
		}
		nullable := must(conga.Group(l.as("ann"), l.books, "list", &g, conga.ByTime(&g.Lent, expr.Year, &l.b.Lent), conga.Counting(&g.N)))(l)
		if n := len(nullable.Items); n != 4 || nullable.Items[3].Lent != nil || nullable.Items[3].N != 2 {
			l.Errorf("dates that may be null: %v", nullable.Items)
		}
		_, err := l.books.Read(l.as("ann"), "list", conga.Where(expr.Less(expr.StartOf(expr.Hour, expr.F(&l.b.Bought)), expr.V(civil.DateOf(time.Now())))))
		if err == nil {
			l.Error("an hour of a date: no error")
		}
		l.want("a filter", l.ids("ann", conga.Where(expr.Equal(expr.StartOf(expr.Month, expr.F(&l.b.Bought)), expr.V(civil.Date{Year: 2024, Month: 2, Day: 1})))), "a0 a1")

		l.want("REST", l.get("ann", "/api/books?group=bought:quarter&aggregate=count,sum:price&sort=-bought", ""),
			`{"data":[{"bought":"2025-01-01","count":1,"sum_price":30},{"bought":"2024-01-01","count":3,"sum_price":30},{"bought":"2023-10-01","count":1,"sum_price":40}],"page":{"limit":50,"offset":0,"more":false,"count":null}}`)
		for _, path := range []string{"/api/books?group=bought:hour", "/api/books?group=bought:day:Europe/Berlin", "/api/books?group=genre:day"} {
			if got := l.get("ann", path, ""); !strings.Contains(got, `"status":400`) || !strings.Contains(got, `"group"`) {
				l.Errorf("%s: %s", path, got)
			}
		}
		l.want("GraphQL", l.get("ann", "/graphql", `{ bookGroups(by: [{field: LENT, unit: YEAR}]) { nodes { keys { lent } count } } }`),
			`{"data":{"bookGroups":{"nodes":[{"keys":{"lent":"2023-01-01"},"count":1},{"keys":{"lent":"2024-01-01"},"count":1},{"keys":{"lent":"2025-01-01"},"count":1},{"keys":{"lent":null},"count":2}]}}}`)
	})
}
