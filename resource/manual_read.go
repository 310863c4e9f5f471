package resource

import (
	"context"

	"github.com/congago/conga/resource/expr"
)

// ManualRead is a read whose records a function of the application finds. It
// belongs to one goroutine.
type ManualRead struct {
	Resource *Resource
	Action   *Action
	// Actor is who calls; nil for nobody.
	Actor any
	// Inputs hold the arguments of the action, for Value.
	Inputs *Changeset
	// Key is the primary key of the one record that is wanted; nil for all.
	Key any
	// Where is what the caller, the action and the policies ask of a record;
	// nil for nothing. The actor, the arguments and the present time are
	// constants in it.
	Where expr.Node
	// Sort is the order that is wanted.
	Sort []expr.Order
	// Offset and Limit say which of the records are wanted, in that order.
	// Limit is one more than the page has, so that one that follows is told; 0
	// means all.
	Offset, Limit int
	// Count tells that the number of all records for which Where holds is wanted.
	Count bool

	paged bool
	total int
}

// Paged says that the function itself has done all that Where, Sort, Offset
// and Limit ask for, and how many records there are for which Where holds; -1
// means that it does not know. Without it the function returns any records, as
// long as those that are wanted are among them, and the engine does the rest.
func (m *ManualRead) Paged(total int) { m.paged, m.total = true, total }

// Total is what Paged has told; ok is false where it was not called.
func (m *ManualRead) Total() (n int, ok bool) { return m.total, m.paged }

// Manual has f find the records of the read in place of the data layer: in
// another service, a search engine or a cache. All else is as for any read:
// policies are asked before, and the records that f returns are held against
// them and against what the caller asks for, sorted and cut into pages;
// fields are hidden, calculations and related records come with them. What
// the records alone do not tell is asked of the database, by their keys.
// Records must be whole, and each be there once. There are no groups and no
// streams of them.
//
//go:noinline
func (b *ReadBuilderOf[P]) Manual(f func(ctx context.Context, m *ManualRead) ([]P, error)) *ReadBuilderOf[P] {
	if !b.manual(f != nil, b.a.ManualRead != nil) {
		return b
	}
	b.a.ManualRead = func(ctx context.Context, m *ManualRead) ([]any, error) {
		recs, err := f(ctx, m)
		out := make([]any, len(recs))
		var none P
		for i, rec := range recs {
			if any(rec) != any(none) {
				out[i] = rec
			}
		}
		return out, err
	}
	return b
}

// checkManualRead refuses what would look for records of a manual read in the database.
func (c *compiler) checkManualRead(r *Resource) {
	for _, a := range r.Actions {
		if a.ManualRead != nil && a.Grouped() {
			c.faults = append(c.faults, Diagnostic{Code: codeAction, Where: a.ManualAt, Field: r.label() + "." + a.Name,
				Message: "the records of a manual read are not in the database, which alone makes groups of them", Hint: "leave out Groups and Aggregates, or Manual"})
		}
	}
	for _, rel := range r.Relationships {
		read := rel.Target.PrimaryAction(Read)
		if read == nil || read.ManualRead == nil {
			continue
		}
		c.faults = append(c.faults, Diagnostic{Code: codeRelationship, Where: read.ManualAt, Field: r.label() + "." + rel.Name,
			Message: "the relationship leads to records that only the manual read " + read.Name + " of " + rel.Target.Name + " finds, and the database cannot follow it",
			Hint:    "declare another read of " + rel.Target.Name + " Primary, or keep the key without the relationship"})
	}
}
