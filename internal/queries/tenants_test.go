package queries

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Page belongs to a firm; all pages with the same word are alike.
type Page struct {
	ID    string `conga:"primary"`
	Firm  string
	Word  string
	Alike []Page `conga:"has_many,key=-"`
	Count int    `conga:"calculated"`
}

func (p *Page) Define(r *resource.Builder[Page]) {
	r.Tenant(&p.Firm)
	resource.Calculate(r, &p.Count, expr.Count(expr.Records[Page](), func(x *Page) expr.Bool { return expr.Eq(&x.Word, &p.Word) }))
	resource.RelatedFunc(r, &p.Alike, func(_ context.Context, pages []*Page) ([][]string, error) {
		out := make([][]string, len(pages))
		for i := range pages {
			out[i] = []string{"4", "3", "2", "1"}
		}
		return out, nil
	})
	r.Read("list").Primary().Sort(expr.Asc(&p.ID))
	r.Read("audit").AnyTenant().Sort(expr.Asc(&p.ID))
	r.Create("add").Accept(&p.ID, &p.Word)
	r.Policy().AuthorizeIf(resource.Public)
}

// TestTenants has nothing lead from one tenant to another.
func TestTenants(t *testing.T) {
	for name, open := range map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			l := &library{T: t}
			l.app = must(conga.New(must(open())(l), resource.Of[Page]()))(l)
			t.Cleanup(func() { _ = l.app.Close() })
			pages := conga.For[Page](l.app)
			f := pages.Fields()
			firm := func(name string) context.Context { return conga.WithTenant(t.Context(), name) }
			for i, name := range []string{"a", "b", "a", "b"} {
				_ = must(pages.Create(firm(name), "add", conga.Set(&f.ID, fmt.Sprint(i+1)), conga.Set(&f.Word, "w")))(l)
			}
			show := func(ctx context.Context, action string, options ...conga.Option) string {
				var out strings.Builder
				for _, p := range must(pages.Read(ctx, action, append(options, conga.Load(&f.Alike), conga.With(&f.Count))...))(l).Items {
					fmt.Fprint(&out, p.ID, ":", p.Count, " ")
					for _, x := range p.Alike {
						out.WriteString(x.ID)
					}
					out.WriteString(" ")
				}
				return out.String()
			}
			l.want("one tenant", show(firm("a"), "list"), "1:2 31 3:2 31 ")
			l.want("all tenants", show(t.Context(), "audit"), "1:2 31 2:2 42 3:2 31 4:2 42 ")
			l.want("parts of one tenant", show(firm("a"), "list", conga.Base(), conga.UnionAll(conga.Limit(1), conga.Offset(1))), "1:2 31 3:2 31 3:2 31 ")
		})
	}
}
