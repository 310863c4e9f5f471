// Package history is an extension of resources: each create, update and
// destroy leaves a version, a record of another resource, that is written in
// the same transaction.
//
//	type TicketVersion struct {
//		ID uuid.UUID `conga:"primary"`
//		history.Fields[uuid.UUID]
//	}
//
//	func (v *TicketVersion) Define(r *resource.Builder[TicketVersion]) {
//		history.Versions(r, &v.Fields)
//		r.Read("list")
//		r.Policy("list").AuthorizeIf(resource.ActorPresent)
//	}
//
//	func (t *Ticket) Define(r *resource.Builder[Ticket]) {
//		…
//		history.Use[TicketVersion](r)
//	}
package history

import (
	"encoding/json"
	"time"

	"github.com/congago/conga/resource"
)

// Fields are embedded in the resource of the versions. K is the type of the
// primary key of the records whose versions they are.
type Fields[K any] struct {
	// RecordID is the primary key of the record. It outlives the record, so
	// no belongs_to should use it; a has_many from the record may.
	RecordID K `conga:"immutable,index"`
	// Kind is what happened, Action the name of the action.
	Kind   Kind   `validate:"oneof=create update destroy" conga:"immutable"`
	Action string `conga:"immutable"`
	// ActorID is the primary key of the actor as text, nil for nobody and for
	// actors that are no records.
	ActorID *string `conga:"immutable"`
	// At is when it happened.
	At time.Time `conga:"created"`
	// Changes are the values by the names that the attributes have in documents.
	Changes Changes `conga:"immutable"`
}

// Kind is what happened to a record.
type Kind string

// The kinds of versions. A soft destroy is a destroy.
const (
	Created   Kind = "create"
	Updated   Kind = "update"
	Destroyed Kind = "destroy"
)

// Changes are values in JSON, as REST shows them. What they mean depends on
// the Mode.
type Changes map[string]json.RawMessage

// recording is the name of the action that writes versions.
const recording = "record"

// Versions makes the resource one of versions: it declares the private action
// "record", by which Use writes them. It is for Go alone, and whoever may
// change a record leaves a version. The resource declares who may read them; it
// should have no other actions that write.
func Versions[P, K any](r *resource.BuilderOf[P], f *Fields[K]) {
	r.Create(recording).Private().
		Describe("Keeps what an action did to a record.").
		Accept(&f.RecordID, &f.Kind, &f.Action, &f.ActorID, &f.Changes)
	r.Policy(recording).AuthorizeIf(resource.Public)
	r.Attach(marker{})
}

// marker tells resources of versions from others.
type marker struct{}
