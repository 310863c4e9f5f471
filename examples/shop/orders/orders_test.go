package orders_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/examples/shop/orders"
	"github.com/congago/conga/examples/shop/people"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// TestShop orders something, and follows what leads from there.
func TestShop(t *testing.T) {
	ctx := t.Context()
	store, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[people.Customer](), resource.Of[orders.Order](), resource.Of[orders.Line](),
		resource.Of[orders.Product](), resource.Of[orders.Tag](), resource.Of[orders.Tagging](), resource.Of[orders.Note]())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = app.Close() }()
	customers, all, lines, products := conga.For[people.Customer](app), conga.For[orders.Order](app), conga.For[orders.Line](app), conga.For[orders.Product](app)
	c, f, l, p := customers.Fields(), all.Fields(), lines.Fields(), products.Fields()
	ann, err := customers.Create(ctx, "add", conga.Set(&c.Name, "Ann"))
	if err != nil {
		t.Fatal(err)
	}
	order, err := all.Create(ctx, "place", conga.Set(&f.Budget, 20), conga.Set(&f.CustomerID, ann.ID))
	if err != nil {
		t.Fatal(err)
	}
	for i, price := range []int{7, 25} {
		product, err := products.Create(ctx, "add", conga.Set(&p.Name, string(rune('a'+i))))
		if err == nil {
			_, err = lines.Create(ctx, "add", conga.Set(&l.Price, price), conga.Set(&l.OrderID, order.ID), conga.Set(&l.ProductID, product.ID))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	mine, err := conga.Related[orders.Order](ctx, customers, ann, "Orders", conga.Limit(10))
	if err != nil || len(mine) != 1 {
		t.Errorf("orders of the customer: %v, %v", mine, err)
	}
	page, err := all.Read(ctx, "list",
		conga.With(&f.Advice, expr.With(&f.Label, &orders.LabelArgs{Prefix: "order", Separator: ":"})),
		conga.Where(expr.Is(&f.Dearest.Price, 25)), conga.Load(&f.Dear), conga.Load(&f.Products))
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	if o := page.Items[0]; o.Label != "order:Ann" || o.Advice != "Ann bought 2 things, too dear" || len(o.Dear) != 1 || len(o.Products) != 2 {
		t.Errorf("%+v", o)
	}
	label, err := conga.Evaluate(ctx, all, expr.With(&f.Label, &orders.LabelArgs{Prefix: "x", Separator: "-"}), &orders.Order{Customer: &people.Customer{Name: "Bob"}})
	if err != nil || label != "x-Bob" {
		t.Errorf("label %q, %v", label, err)
	}
	w := httptest.NewRecorder()
	rest.New(app, rest.Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet,
		"/api/customers?include=orders&fields[customer]=name&fields[order]=label&arguments[order][label][prefix]=no", nil))
	if want := `{"name":"Ann","orders":[{"label":"no/Ann"}]}`; w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
		t.Errorf("%d %s, want %s", w.Code, w.Body, want)
	}
}
