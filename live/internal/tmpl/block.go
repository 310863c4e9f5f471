package tmpl

import "github.com/congago/conga/internal/structs"

// block is one piece of a template with its statics and slots. Blocks are
// numbered; on the wire those that come from the same place in the template,
// compiled for several types, are one.
type block struct {
	id      int
	wire    int
	place   any      // in the template: a node
	statics []string // one more than there are slots
	ops     []op
	slots   []*op // the ops that fill a slot, in order
	ends    flow  // what the block's end does to the loop around it
	key     rowKey
}

// flow says how a loop goes on.
type flow uint8

const (
	flowOn flow = iota
	flowContinue
	flowBreak
)

type opKind uint8

const (
	opEffect opKind = iota // a declaration or an assignment: shows nothing
	opText
	opBranch // if and with
	opCall   // of another template
	opGuard  // what follows an op that may have left the loop's turn
	opRange
	opStream
)

// op is one step of a block. All but effects fill a slot.
type op struct {
	kind opKind

	effect func(x *run, dot structs.Value) error // opEffect
	write  func(x *run, dot structs.Value) error // opText

	pipe evaluator // opBranch, opCall, opRange
	with bool      // opBranch: the value becomes dot
	pos  position

	then *block // the body
	more *block // the else part

	unit *unit // opCall: the called template
	pure bool  // opCall: its argument cannot fail

	// opRange and opStream
	decl   int // number of variables declared or assigned
	vars   [2]int
	deep   bool // rows keep a hash per slot, not one for all
	stream *streamOp
}

// evaluator gives the value of an expression.
type evaluator func(x *run, dot structs.Value) (structs.Value, error)

// list reports whether the op fills its slot with rows.
func (o *op) list() bool { return o.kind == opRange || o.kind == opStream }

// holdsRows reports whether b, or a block inside it, has a list or stream.
func (b *block) holdsRows(seen map[*block]bool) bool {
	if b == nil || seen[b] {
		return false
	}
	seen[b] = true
	for _, o := range b.slots {
		if o.list() || o.then.holdsRows(seen) || o.more.holdsRows(seen) || o.unit != nil && o.unit.block.holdsRows(seen) {
			return true
		}
	}
	return false
}
