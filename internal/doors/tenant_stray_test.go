package doors

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Hat is related to others by what several tenants have alike.
type Hat struct {
	ID     int64 `conga:"primary"`
	ShopID uuid.UUID
	Color  string
	Peers  int   `conga:"calculated"`
	Sizes  int   `conga:"calculated"`
	Top    *int  `conga:"calculated"`
	Size   int   `conga:"unique"`
	Others []Hat `conga:"has_many,key=-"`
	Few    []Hat `conga:"has_many,key=-"`
	Alike  []Hat `conga:"has_many,source=Color,key=Color"`
	Same   *Hat  `conga:"has_one,source=Size,key=Size"`
	Next   []Hat `conga:"has_many,through=Others.Alike"`
	Tags   []Tag `conga:"has_many,key=-"`
}

func (h *Hat) Define(r *resource.Builder[Hat]) {
	r.Tenant(&h.ShopID)
	resource.Related(r, &h.Others).Where(func(o *Hat) expr.Bool { return expr.Eq(&o.Color, &h.Color).And(expr.Not(expr.Eq(&o.ID, &h.ID))) })
	resource.Related(r, &h.Few).Where(func(o *Hat) expr.Bool { return expr.Is(&o.Color, "red") }).
		Sort(func(o *Hat) []expr.Order { return []expr.Order{expr.Desc(&o.Size), expr.Asc(&o.ID)} }).Limit(2)
	resource.Related(r, &h.Tags).Where(func(x *Tag) expr.Bool { return expr.Eq(&x.Color, &h.Color) })
	resource.Calculate(r, &h.Peers, expr.Count(&h.Others))
	resource.Calculate(r, &h.Sizes, expr.Count(&h.Alike))
	resource.Calculate(r, &h.Top, expr.Max(&h.Few, func(o *Hat) *int { return &o.Size }))
	r.Read("list").Primary().Sort(expr.Asc(&h.ID))
	r.Read("everywhere").AnyTenant().Sort(expr.Asc(&h.ID))
	r.Read("paired").AnyTenant().Sort(expr.Asc(&h.ID))
	r.Create("add").Accept(&h.Color, &h.Size)
	r.Update("paint").AnyTenant().Accept(&h.Color)
	r.Policy("list", "everywhere", "add").AuthorizeIf(resource.Public)
	r.Policy("paired", "paint").AuthorizeIf(expr.Some(&h.Others))
}

// Tag can do without a tenant.
type Tag struct {
	ID     int64 `conga:"primary"`
	ShopID *uuid.UUID
	Color  string
	Others []Tag `conga:"has_many,key=-"`
}

func (x *Tag) Define(r *resource.Builder[Tag]) {
	r.Tenant(&x.ShopID).Optional()
	resource.Related(r, &x.Others).Where(func(o *Tag) expr.Bool { return expr.Eq(&o.Color, &x.Color) })
	r.Read("list").Primary().Sort(expr.Asc(&x.ID))
	r.Read("everywhere").AnyTenant().Sort(expr.Asc(&x.ID))
	r.Create("add").Accept(&x.Color)
	r.Policy().AuthorizeIf(resource.Public)
}

// TestAnyTenantDoesNotStray follows relationships that conditions, and keys
// that several tenants may have, relate, within actions that reach all tenants:
// they lead to what they lead to for each tenant.
func TestAnyTenantDoesNotStray(t *testing.T) {
	layers := map[string]func(t *testing.T) (datalayer.Layer, error){
		"sqlite":   func(t *testing.T) (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func(t *testing.T) (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	}
	for name, open := range layers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := must(conga.New(must(open(t))(t), resource.Of[Hat](), resource.Of[Tag]()))(t)
			t.Cleanup(func() { _ = app.Close() })
			hats, tags := conga.For[Hat](app), conga.For[Tag](app)
			f, tf := hats.Fields(), tags.Fields()
			shops := []context.Context{conga.WithTenant(t.Context(), uuid.New()), conga.WithTenant(t.Context(), uuid.New()), t.Context()}
			for i, colors := range [][]string{{"red", "red", "blue", "green"}, {"red", "blue", "blue", "red", "red"}} {
				for size, c := range colors {
					must(hats.Create(shops[i], "add", conga.Set(&f.Color, c), conga.Set(&f.Size, size)))(t)
				}
			}
			for i, shop := range shops {
				for range i + 1 {
					must(tags.Create(shop, "add", conga.Set(&tf.Color, "red")))(t)
				}
			}
			loads := []conga.Option{conga.With(&f.Peers, &f.Sizes, &f.Top), conga.Load(&f.Others), conga.Load(&f.Few), conga.Load(&f.Alike),
				conga.Load(&f.Same), conga.Load(&f.Next), conga.Load(&f.Tags)}
			var want []string
			for _, shop := range shops[:2] {
				for _, h := range must(hats.Read(shop, "list", loads...))(t).Items {
					want = append(want, wearing(h))
				}
			}
			for _, ctx := range shops {
				all := must(hats.Read(ctx, "everywhere", loads...))(t).Items
				got := make([]string, len(all))
				for i, h := range all {
					got[i] = wearing(h)
				}
				if !slices.Equal(got, want) {
					t.Errorf("everywhere there are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				some := must(hats.Read(ctx, "everywhere", conga.Where(expr.Some(&f.Others, func(o *Hat) expr.Bool { return expr.Is(&o.Color, "blue") }))))(t).Items
				paired := must(hats.Read(ctx, "paired", conga.Where(expr.Is(&f.Color, "blue"))))(t).Items
				if len(some) != 2 || len(paired) != 2 {
					t.Errorf("%d hats have a blue peer, %d by their policy, want 2", len(some), len(paired))
				}
				for _, h := range all {
					if _, err := hats.Update(ctx, "paint", h, conga.Set(&f.Color, h.Color)); (err == nil) != (h.Peers > 0) {
						t.Errorf("painting %s: %v", wearing(h), err)
					}
				}
				for _, x := range must(tags.Read(ctx, "everywhere", conga.Load(&tf.Others)))(t).Items {
					for _, o := range x.Others {
						if (o.ShopID == nil) != (x.ShopID == nil) || o.ShopID != nil && *o.ShopID != *x.ShopID {
							t.Errorf("the tag %d of %v leads to %d of %v", x.ID, x.ShopID, o.ID, o.ShopID)
						}
					}
					if len(x.Others) == 0 {
						t.Errorf("the tag %d does not lead to itself", x.ID)
					}
				}
			}
		})
	}
}

// wearing is a hat with all that it leads to.
func wearing(h *Hat) string {
	out := fmt.Sprint(h.ID, " ", h.Color, " ", h.Peers, h.Sizes, " few")
	if h.Top != nil {
		out += fmt.Sprint(" ", *h.Top)
	}
	for _, list := range [][]Hat{h.Others, h.Few, h.Alike, h.Next} {
		ids := make([]int64, len(list))
		for i, x := range list {
			ids[i] = x.ID
		}
		out += fmt.Sprint(ids)
	}
	if h.Same != nil {
		out += fmt.Sprint(" same ", h.Same.ID)
	}
	return out + fmt.Sprint(" tags ", len(h.Tags))
}
