// Package resource is how an application declares what it is about: tagged
// structs with one Define method each. A registry made from them is a plain,
// frozen model, which the engine, the data layers, REST, GraphQL, forms and
// pages read.
//
//	type Message struct {
//		ID     uuid.UUID `conga:"primary"`
//		Body   string    `validate:"required,max=4000"`
//		RoomID uuid.UUID
//		Room   *Room `conga:"belongs_to"`
//	}
//
//	func (m *Message) Define(r *resource.Builder[Message]) {
//		r.Read("list").Primary().Sort(expr.Desc(&m.ID))
//		r.Create("post").Accept(&m.Body, &m.RoomID)
//		r.Policy("list", "post").AuthorizeIf(resource.Always)
//	}
//
// The receiver of Define is a probe: pointers to its fields stand for the
// fields. A fault in a declaration never panics; all of them come back from
// Compile at once, as Diagnostics.
package resource
