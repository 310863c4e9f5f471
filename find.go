package conga

import (
	"context"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Find asks for records, for callers that know the model and not the Go type:
// REST, GraphQL, forms. Typed callers use Handle.
type Find struct {
	// Action is the read action to run.
	Action *resource.Action
	// Arguments are the canonical values of the action's arguments, by Go name.
	Arguments map[string]any
	// Key limits the result to the record with this primary key; nil means no limit.
	Key any
	Selection
	Page
	// Group asks for groups of the records instead of the records; nil means
	// for the records. Its expressions are resolved and not bound. Of the
	// Selection, Where counts and Sort, whose fields are those of the groups; of
	// the Page, its size and place without cursors. The rows of the result are the groups.
	Group *datalayer.Group

	told func(any) error // gets the metadata; may be nil
}

// Selection says which records and which of their parts are wanted.
type Selection struct {
	// Where is a resolved condition; nil means all records.
	Where expr.Node
	// Untrusted marks Where and Sort as written by a client: what they say of
	// related records is limited to those that the actor may see.
	Untrusted bool
	// FailUnseen refuses a read, but not one of relatives, that leaves out
	// records because of policies; see the option of that name.
	FailUnseen bool
	// Sort orders the records; nil means the order of the action.
	Sort []expr.Order
	// Select are the attributes wanted; nil means all stored ones that
	// are not lazy. The columns of the result are in this order.
	Select []*resource.Attribute
	// Load are the relationships wanted.
	Load []Nested
	// Distinct keeps the first of the records with the same values; nil keeps
	// all. Its expressions are resolved; a nil Sort is that of the records. Of a
	// Nested it has no meaning, and nor has Lock.
	Distinct *datalayer.Distinct
	// Combine has the records be those that several reads add up to, each with
	// the filter and the policies of the action; empty means all. Its expressions
	// are resolved; a nil Sort of a part is that of the action. Where and
	// everything else is about what they add up to. Of a Nested it has no meaning.
	Combine []datalayer.Part
	// Lock locks the records until the transaction ends, in which the call must be.
	Lock bool
}

// Nested asks for the records that a relationship leads to, through the primary
// read action of its target and that action's policies.
type Nested struct {
	Relationship *resource.Relationship
	Selection
	// Page limits the records of each parent; its zero value means all of them.
	Page
}

// Page says which part of the ordered records is wanted.
type Page struct {
	// Limit is the number of records. Zero means the action's page size, for
	// a Nested all records; it may not exceed the action's largest page.
	Limit int
	// Offset skips records. It cannot be combined with After and Before.
	Offset int
	// After and Before are cursors from an earlier result with the same sort.
	After, Before string
	// Last asks for the last Limit records before the cursor Before or, without one, before the end.
	Last bool
	// Count asks for the number of all matching records.
	Count bool
	// Peek tells whether records follow, even if the page is Bare.
	Peek bool
	// Bare leaves out what the caller does not look at: cursors, and whether
	// there are records around the page.
	Bare bool
}

// Found are the records of a Find in the form in which the database sent
// them. REST and GraphQL encode it; Records turns it into structs.
type Found struct {
	*datalayer.Result
	// Resource is what the rows are records of.
	Resource *resource.Resource
	// Load is how the result was asked for; it is parallel to Result.Related.
	Load []Nested
	// Limit is the page size that was used; 0 means no limit.
	Limit int
	// HasNext and HasPrevious tell whether there are records after and before the page.
	HasNext, HasPrevious bool

	loads   []*Found
	order   []expr.Order // as it was asked for or declared
	most    int          // of records that the action lets anybody have; 0 for no limit
	cursors cursors
	masks   []mask // by column; nil where nothing is hidden
	conceal func(row, col int) bool
	told    map[*sight]int // the columns that tell what may be seen
	ties    []tie
	// findings are loads whose records code of the application finds.
	findings []*finding
	// computed is what code of the application computes; nil for nothing.
	computed *computed
	// manual is where the records come from; nil for the data layer.
	manual *manualRead
	// Metadata is a pointer to what the action tells besides the records, nil for nothing.
	Metadata any
	asked    *resource.Changeset // which has it
}

// Find runs a read action. The error, if any, is a *Error.
func (a *App) Find(ctx context.Context, f *Find) (_ *Found, err error) {
	if a.options.Explain != nil {
		return nil, a.explainFind(ctx, f)
	}
	ctx, done := a.traced(ctx, f.Action)
	defer func() {
		err = a.reported(ctx, f.Action, err)
		done(err)
	}()
	return a.find(ctx, f)
}
