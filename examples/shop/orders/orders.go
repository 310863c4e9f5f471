// Package orders has what customers order. It gives customers a relationship
// to their orders, since package people cannot import it.
package orders

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/examples/shop/people"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Order is what a customer orders at once.
type Order struct {
	ID         uuid.UUID `conga:"primary"`
	PlacedAt   time.Time `conga:"created"`
	Budget     int
	CustomerID uuid.UUID

	Customer *people.Customer `conga:"belongs_to"`
	Lines    []Line           `conga:"has_many"`
	Dearest  *Line            `conga:"has_one"`
	Top      []Line           `conga:"has_many"`
	Dear     []Line           `conga:"has_many"`
	Products []Product        `conga:"has_many,through=Lines.Product"`
	Similar  []Order          `conga:"has_many,key=-"`

	Total  *int   `conga:"calculated"`
	Label  string `conga:"calculated"`
	Advice string `conga:"calculated"`
}

// LabelArgs are the arguments of an order's label.
type LabelArgs struct {
	Prefix    string `validate:"required,max=10"`
	Separator string `conga:"default=/" validate:"max=3"`
}

// Define says what leads from an order to others.
func (o *Order) Define(r *resource.Builder[Order]) {
	resource.RelatedOne(r, &o.Dearest).Sort(func(l *Line) []expr.Order { return []expr.Order{expr.Desc(&l.Price)} })
	resource.Related(r, &o.Top).Sort(func(l *Line) []expr.Order { return []expr.Order{expr.Desc(&l.Price)} }).Limit(3)
	resource.Related(r, &o.Dear).Where(func(l *Line) expr.Bool { return expr.Less(expr.F(&o.Budget), expr.F(&l.Price)) })
	resource.Related(r, &o.Similar).Where(func(x *Order) expr.Bool {
		return expr.Eq(&x.Budget, &o.Budget).And(expr.Not(expr.Eq(&x.ID, &o.ID)))
	})
	resource.Inverse(r, &o.Customer, "Orders").Sort(func(x *Order) []expr.Order { return []expr.Order{expr.Desc(&x.PlacedAt)} })

	resource.Calculate(r, &o.Total, expr.Sum(&o.Lines, func(l *Line) *int { return &l.Price }))
	resource.CalculateWith(r, &o.Label, func(a *LabelArgs) expr.Value[string] {
		return expr.Concat(expr.F(&a.Prefix), expr.F(&a.Separator), expr.F(&o.Customer.Name))
	})
	resource.CalculateFunc(r, &o.Advice, advise, &o.Budget, &o.Total, &o.Customer.Name, &o.Lines)

	r.Read("list").Primary().Sort(expr.Asc(&o.PlacedAt))
	r.Create("place").Accept(&o.Budget, &o.CustomerID)
	r.Policy().AuthorizeIf(resource.Public)
}

// advise says for all orders of a page what to do.
func advise(_ context.Context, orders []*Order) ([]string, error) {
	out := make([]string, len(orders))
	for i, o := range orders {
		out[i] = fmt.Sprintf("%s bought %d things", o.Customer.Name, len(o.Lines))
		if o.Total != nil && *o.Total > o.Budget {
			out[i] += ", too dear"
		}
	}
	return out, nil
}

// Line is one product of an order.
type Line struct {
	ID        int64 `conga:"primary"`
	Price     int
	OrderID   uuid.UUID
	ProductID int64

	Order   *Order   `conga:"belongs_to,on_delete=cascade"`
	Product *Product `conga:"belongs_to"`
}

// Define lets everybody read and add lines.
func (l *Line) Define(r *resource.Builder[Line]) {
	r.Read("list").Primary().Sort(expr.Asc(&l.ID))
	r.Create("add").Accept(&l.Price, &l.OrderID, &l.ProductID)
	r.Policy().AuthorizeIf(resource.Public)
}

// Product is something that can be ordered. It has tags in an order of its own.
type Product struct {
	ID   int64  `conga:"primary"`
	Name string `validate:"required,max=80"`

	Tags []Tag `conga:"many_to_many,through=Tagging"`
}

// Define orders the tags of a product by the record that ties them to it.
func (p *Product) Define(r *resource.Builder[Product]) {
	resource.RelatedThrough[Tagging](r, &p.Tags).
		Where(func(_ *Tag, x *Tagging) expr.Bool { return expr.Is(&x.Hidden, false) }).
		Sort(func(_ *Tag, x *Tagging) []expr.Order { return []expr.Order{expr.Asc(&x.Rank)} })
	r.Read("list").Primary().Sort(expr.Asc(&p.Name))
	r.Create("add").Accept(&p.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// Tag is a word for products.
type Tag struct {
	ID   int64  `conga:"primary"`
	Word string `validate:"required,max=20"`
}

// Define lets everybody read and add tags.
func (t *Tag) Define(r *resource.Builder[Tag]) {
	r.Read("list").Primary().Sort(expr.Asc(&t.Word))
	r.Create("add").Accept(&t.Word)
	r.Policy().AuthorizeIf(resource.Public)
}

// Tagging says that a product has a tag.
type Tagging struct {
	ID        int64 `conga:"primary"`
	Rank      int
	Hidden    bool
	ProductID int64
	TagID     int64

	Product *Product `conga:"belongs_to,on_delete=cascade"`
	Tag     *Tag     `conga:"belongs_to,on_delete=cascade"`
}

// Define makes a tag appear once on a product.
func (x *Tagging) Define(r *resource.Builder[Tagging]) {
	r.Identity("once", &x.ProductID, &x.TagID)
	r.Create("tag").Accept(&x.Rank, &x.Hidden, &x.ProductID, &x.TagID)
	r.Policy().AuthorizeIf(resource.Public)
}

// Note is a remark on an order or on a product.
type Note struct {
	ID        int64  `conga:"primary"`
	Text      string `validate:"required,max=200"`
	OrderID   *uuid.UUID
	ProductID *int64

	Order   *Order   `conga:"belongs_to,on_delete=cascade"`
	Product *Product `conga:"belongs_to,on_delete=cascade"`
}

// Define makes a note be about one thing.
func (n *Note) Define(r *resource.Builder[Note]) {
	r.OneOf("about", &n.Order, &n.Product)
	r.Read("list").Primary().Sort(expr.Asc(&n.ID))
	r.Create("write").Accept(&n.Text, &n.OrderID, &n.ProductID)
	r.Policy().AuthorizeIf(resource.Public)
}
