package resource

import (
	"context"
	"slices"
	"time"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// ActionKind is what an action does.
type ActionKind string

// The kinds of actions.
const (
	Read    ActionKind = "read"
	Create  ActionKind = "create"
	Update  ActionKind = "update"
	Destroy ActionKind = "destroy"
	Generic ActionKind = "action"
)

// Action is the frozen model of one action.
type Action struct {
	Name        string
	Kind        ActionKind
	Resource    *Resource
	Description string
	// Primary marks the action used where none is named.
	Primary bool
	// Private actions are for Go callers alone.
	Private bool
	// Bulk lets clients of REST and GraphQL write many records with one call:
	// a list of them with a create, all that match a filter otherwise.
	Bulk bool
	// Accept lists the attributes that are inputs.
	Accept []*Attribute
	// Arguments are the further inputs.
	Arguments []*Attribute
	// Managed are the inputs that hold related records.
	Managed []*Managed
	// Cascades are what the action runs on related records.
	Cascades []*Cascaded
	// Upsert makes a create change the record that is there already with the
	// same values of these attributes, an identity; nil for ordinary creates.
	Upsert []*Attribute
	// Unfiltered actions also find records that the filter of the resource leaves out.
	Unfiltered bool
	// AnyTenant actions reach the records of all tenants, and need none.
	AnyTenant bool
	// Soft marks a destroy that keeps the record and changes it instead.
	Soft bool
	// Manual stores, changes or removes the record instead of the engine; nil
	// for ordinary actions. It was declared at ManualAt, a file and line.
	Manual   func(context.Context, *Changeset) (any, error)
	ManualAt string
	// ManualRead finds the records of a read instead of the data layer; nil for
	// ordinary reads. It was declared at ManualAt.
	ManualRead func(context.Context, *ManualRead) ([]any, error)
	// Steps are changes and validations in declared order.
	Steps []Step
	// Asked are the validations that the database computes when the record is
	// written, before the transaction ends.
	Asked []Step
	// Before hooks run in the transaction, before the write; After hooks
	// after it. AfterTransaction hooks run when the transaction has ended,
	// with its error if it failed.
	Before           []func(context.Context, *Changeset) error
	After            []func(context.Context, *Changeset, any) error
	AfterTransaction []func(context.Context, *Changeset, any, error)
	// AfterBatch hooks run after the After hooks, once for all records that
	// are written together.
	AfterBatch []func(context.Context, []*Changeset, []any) error
	// BeforeTransaction hooks run before the transaction begins.
	BeforeTransaction []func(context.Context, *Changeset) error
	// Timeout ends a call that takes longer; zero means no limit.
	Timeout time.Duration
	// Transaction says whether the action runs in a transaction.
	Transaction TransactionMode
	// Prepare hooks run before a read, AfterRead hooks see its records.
	Prepare   []func(context.Context, *Preparation) error
	AfterRead []func(context.Context, []any) error
	// Filter is and-ed to every read of the action; nil means none.
	Filter expr.Node
	// Sort orders a read when the caller does not.
	Sort []expr.Order
	// PageSize is the default and MaxPage the largest number of records of a page.
	PageSize, MaxPage int
	// Groups are what clients may group the records of a read by, Aggregates
	// what they may ask for aggregates of.
	Groups, Aggregates []*Reach
	// Run carries out a generic action: in is a pointer to the input struct,
	// the result a pointer to the output.
	Run func(ctx context.Context, in any) (any, error)
	// Output describes the result of a generic action that is no record;
	// Returns is the resource when the result is one. Both are nil without a result.
	Output  *Object
	Returns *Resource
	// OnError word the errors of calls.
	OnError []ErrorHandler
	// Metadata describes what calls tell besides the record; nil for nothing.
	Metadata *Object
	// Where is the file and line of the declaration.
	Where string

	input *structs.Struct
	args  *structs.Probe // the probe of input that Arguments gave out
}

// TransactionMode says whether an action runs in a transaction.
type TransactionMode uint8

// The modes: where the engine needs one, always, or never.
const (
	WhereNeeded TransactionMode = iota
	InTransaction
	NoTransaction
)

// NewInput is a pointer to a new struct for the arguments; nil where the action has none.
func (a *Action) NewInput() any {
	if a.input == nil {
		return nil
	}
	return a.input.New()
}

// Takes reports whether in is a pointer to the struct of the action's arguments.
func (a *Action) Takes(in any) bool { return a.input != nil && a.input.Is(in) }

// Inputs are Accept and Arguments.
func (a *Action) Inputs() []*Attribute {
	return append(append(make([]*Attribute, 0, len(a.Accept)+len(a.Arguments)), a.Accept...), a.Arguments...)
}

// Input is the input with that JSON name, or nil.
func (a *Action) Input(json string) *Attribute {
	for _, in := range a.Accept {
		if in.JSON == json {
			return in
		}
	}
	for _, in := range a.Arguments {
		if in.JSON == json {
			return in
		}
	}
	return nil
}

// Accepts reports whether a is an attribute that the action takes as input.
func (a *Action) Accepts(attr *Attribute) bool {
	return slices.Contains(a.Accept, attr)
}

// IsArgument reports whether in is an argument of the action, not an attribute.
func (a *Action) IsArgument(in *Attribute) bool {
	return in.Index < len(a.Arguments) && a.Arguments[in.Index] == in
}

// HasHooks reports whether hooks run in the transaction of a write.
func (a *Action) HasHooks() bool { return len(a.Before)+len(a.After)+len(a.AfterBatch) > 0 }

// Reads says, a line for each reason, why an update or destroy reads and locks
// the record before it writes: what is written in Go looks at it.
func (a *Action) Reads() []string {
	var out []string
	if a.Kind != Update && a.Kind != Destroy {
		return nil
	}
	if a.HasHooks() {
		out = append(out, "hooks look at it")
	}
	if a.Manual != nil {
		out = append(out, "the manual action at "+a.ManualAt+" gets it")
	}
	if len(a.Cascades) > 0 {
		out = append(out, "it cascades to related records, for those who may write the record")
	}
	for i := range a.Asked {
		out = append(out, "the validation at "+a.Asked[i].Where+" asks the database about it")
	}
	for _, s := range a.Steps {
		if why := s.reads(); why != "" {
			out = append(out, why+" at "+s.Where)
		}
	}
	return out
}

// Policy is the frozen model of one policy.
type Policy struct {
	// Actions are the actions covered; nil means all.
	Actions []*Action
	// Bypass policies allow by themselves when they hold.
	Bypass bool
	// Condition must hold for the policy to apply; nil means always.
	Condition expr.Node
	Checks    []Check
	// Strict policies are decided before a record is looked at: what depends
	// on the record neither allows nor lets anything pass.
	Strict bool
	// Message is told to whom the policy refuses; it may be empty.
	Message string
	// Fields are those that a field policy speaks of; nil means all for a
	// bypass, and otherwise those that no other field policy names.
	Fields []*Attribute
	// Where is the file and line of the declaration.
	Where string
}

// Covers reports whether the policy speaks of the action.
func (p *Policy) Covers(a *Action) bool {
	if p.Actions == nil {
		return true
	}
	return slices.Contains(p.Actions, a)
}

// CheckKind is what a check decides.
type CheckKind string

// The kinds of checks. The first check of a policy that decides ends it; a
// policy in which none decides forbids.
const (
	AuthorizeIf     CheckKind = "authorize_if"
	AuthorizeUnless CheckKind = "authorize_unless"
	ForbidIf        CheckKind = "forbid_if"
	ForbidUnless    CheckKind = "forbid_unless"
)

// Check is one check of a policy.
type Check struct {
	Kind CheckKind
	Expr expr.Node
	// Where is the file and line of the declaration.
	Where string
}
