// Package archive is an extension of resources: what is destroyed stays in the
// database as archived, and is not there for anybody but the actions that ask
// for archived records.
//
//	type Ticket struct {
//		ID uuid.UUID `conga:"primary"`
//		archive.Archived
//	}
//
//	func (t *Ticket) Define(r *resource.Builder[Ticket]) {
//		r.Destroy("delete")
//		archive.Use(r, &t.ArchivedAt)
//	}
package archive

import (
	"time"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Archived is embedded in a resource and adds the time since which a record
// is archived, nil for those that are not.
type Archived struct {
	ArchivedAt *time.Time
}

// Hidden is Archived with a private attribute: REST, GraphQL and forms never show it.
type Hidden struct {
	ArchivedAt *time.Time `conga:"private"`
}

// Archive declares more about the archive of a resource. It is used within
// Define alone.
type Archive[P any] struct {
	r    *resource.BuilderOf[P]
	at   **time.Time
	soft *resource.EachBuilderOf[P]
}

// Use makes each destroy of the resource an update that sets at, whether the
// action is declared before or after, and gives the resource a filter: an
// archived record is not found, counted, changed or destroyed by any action
// that is not Unfiltered, and not seen through relationships and aggregates.
//
// Values of unique fields and identities stay taken by archived records. Where
// they should be free again, declare a partial index instead:
//
//	r.Index("tickets_number", &t.Number).Unique().Where("archived_at is null")
func Use[P any](r *resource.BuilderOf[P], at **time.Time) *Archive[P] {
	r.Filter(expr.IsNull(at))
	soft := r.Each(resource.Destroy).Soft(resource.SetExpr(at, expr.Nullable(expr.Now())))
	return &Archive[P]{r: r, at: at, soft: soft}
}

// Except leaves the destroys of these names as they are: they remove records.
// Those that are not Unfiltered do not find archived ones.
func (a *Archive[P]) Except(actions ...string) *Archive[P] {
	a.soft.Except(actions...)
	return a
}

// Read declares an action that reads the archived records. It needs a policy.
func (a *Archive[P]) Read(name string) *resource.ReadBuilderOf[P] {
	return a.r.Read(name).Unfiltered().Filter(expr.NotNull(a.at))
}

// Restore declares an update that brings an archived record back, and leaves
// alone a record that is not archived. What Cascade archived with it stays
// archived. It needs a policy.
func (a *Archive[P]) Restore(name string) *resource.WriteBuilderOf[P] {
	var nobody *time.Time
	return a.r.Update(name).Unfiltered().Change(resource.SetTo(a.at, nobody))
}

// Purge declares a destroy that removes a record, archived or not. It needs a policy.
func (a *Archive[P]) Purge(name string) *resource.WriteBuilderOf[P] {
	b := a.r.Destroy(name).Unfiltered()
	a.Except(name)
	return b
}

// Cascade runs the destroy action of related records, a has_many or has_one
// relationship, when a record is archived, in the same transaction. It runs
// for the same actor under the policies of that action: when they refuse it
// altogether, nothing is archived, and records that the actor may not see or
// destroy stay. The purges of this resource leave related records to the
// on_delete of the database.
func (a *Archive[P]) Cascade(related any, action string) *Archive[P] {
	a.soft.CascadeDestroy(related, action)
	return a
}
