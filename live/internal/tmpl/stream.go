package tmpl

import (
	"fmt"
	"strconv"
	"text/template/parse"

	"github.com/congago/conga/internal/structs"
)

// StreamKind is the sort of a StreamOp.
type StreamKind uint8

// The kinds of stream ops.
const (
	StreamReset  StreamKind = iota // drop all rows
	StreamInsert                   // put Item at index At, -1 for the end; a row with its Key is replaced in place
	StreamDelete                   // drop the row with Key
	StreamLimit                    // keep the first At rows, or the last -At
)

// StreamOp is a change of a stream: rows that live in the browser's page only.
type StreamOp struct {
	Kind StreamKind
	At   int
	Key  string
	// Item is the value of an inserted row: of the type that the Items method
	// yields, or a pointer to it.
	Item any
}

// Stream is implemented by values whose changes a page shows with
// {{range .X.Items}}: Items yields what has been inserted and not flushed, for
// the full page; StreamOps returns all changes since then, for renderings and
// diffs. Who flushes the stream is up to its owner.
type Stream interface{ StreamOps() []StreamOp }

// itemsMethod is the method by which a page ranges over a stream.
const itemsMethod = "Items"

// streamOp is what an opStream has beyond a range.
type streamOp struct {
	recv evaluator
	elem structs.ValueType
	pair bool // Items yields pairs: the first variable is the key
}

// stream returns how to read the ops of the stream that n ranges over, or nil
// when that is not a stream.
func (c *compiler) stream(n *parse.RangeNode, elem structs.ValueType) (*streamOp, error) {
	if len(n.Pipe.Cmds) != 1 || len(n.Pipe.Cmds[0].Args) != 1 {
		return nil, nil
	}
	var e expr
	var names []string
	switch arg := n.Pipe.Cmds[0].Args[0].(type) {
	case *parse.FieldNode:
		e, names = c.dotExpr(), arg.Ident
	case *parse.VariableNode:
		v, ok := c.lookup(arg.Ident[0])
		if !ok {
			return nil, nil
		}
		e = expr{typ: v.typ.typ, hint: v.typ.hint, eval: func(x *run, _ structs.Value) (structs.Value, error) {
			return x.vars[x.frame+v.index], nil
		}}
		names = arg.Ident[1:]
	}
	last := len(names) - 1
	if last < 0 || names[last] != itemsMethod {
		return nil, nil
	}
	e, err := c.members(e, n, names[:last], nil, final{})
	if err != nil || !e.typ.Implements(structs.ValueTypeFor[Stream]()) {
		return nil, err
	}
	return &streamOp{recv: e.eval, elem: elem}, nil
}

// checkStream refuses what a stream cannot do, since the server does not know
// its rows.
func (c *compiler) checkStream(o *op, n *parse.RangeNode) error {
	switch {
	case o.stream == nil:
		return nil
	case o.more != nil:
		return c.fault(n.Pipe, "a stream has no {{else}}: the server does not know when it is empty")
	case o.then.breaks():
		return c.fault(n.Pipe, "a stream cannot be left with {{break}}: its rows are sent one by one")
	}
	return nil
}

// breaks reports whether b may end the loop around it.
func (b *block) breaks() bool {
	if b == nil || b.ends == flowBreak {
		return b != nil
	}
	for i := range b.ops {
		if o := &b.ops[i]; o.leaves() && (o.then.breaks() || o.more.breaks()) {
			return true
		}
	}
	return false
}

// stream records the ops of a stream.
func (x *run) stream(o *op, dot structs.Value) error {
	v, err := o.stream.recv(x, dot)
	if err != nil {
		return err
	}
	s, ok := v.Pointer().(Stream)
	if !ok {
		return o.pos.errorf("stream of type %s is not addressable: pass the page by pointer", v.Type())
	}
	at := x.open(nodeStream, nil)
	ops := s.StreamOps()
	inserted := 0
	for i := range ops {
		if err := x.streamOp(o, &ops[i], &inserted); err != nil {
			return err
		}
	}
	x.nodes[at].count = int32(len(ops))
	x.close(at)
	return nil
}

func (x *run) streamOp(o *op, change *StreamOp, inserted *int) error {
	kind := nodeReset
	switch change.Kind {
	case StreamInsert:
		return x.streamRow(o, change, inserted)
	case StreamDelete:
		kind = nodeDelete
	case StreamLimit:
		kind = nodeLimit
	}
	at := x.open(kind, nil)
	x.streamKey(at, change)
	x.close(at)
	return nil
}

func (x *run) streamKey(at int, change *StreamOp) {
	n := &x.nodes[at]
	n.count = int32(change.At)
	n.key = int32(len(x.keys))
	x.keys = append(x.keys, change.Key...)
	n.kend = int32(len(x.keys))
}

// streamRow records a row that is inserted.
func (x *run) streamRow(o *op, change *StreamOp, inserted *int) error {
	elem, err := o.stream.elem.Addressable(change.Item)
	if err != nil {
		return o.pos.wrap(fmt.Errorf("stream item: %w", err))
	}
	switch o.decl {
	case 1:
		x.vars[x.frame+o.vars[0]] = elem
	case 2:
		key := structs.ValueOf(*inserted)
		if o.stream.pair {
			key = structs.ValueOf(change.Key)
		}
		x.vars[x.frame+o.vars[0]] = key
		x.vars[x.frame+o.vars[1]] = elem
	}
	*inserted++
	at := x.open(nodeInsert, o.then)
	x.streamKey(at, change)
	if err := x.block(o.then, elem); err != nil {
		return err
	}
	x.flow = flowOn
	x.close(at)
	return nil
}

// appendStream appends the ops of the stream whose node has index i.
func (x *run) appendStream(dst []byte, i int) []byte {
	dst = append(dst, `{"stream":[`...)
	for r := i + 1; r < i+int(x.nodes[i].size); r += int(x.nodes[r].size) {
		n := &x.nodes[r]
		dst = comma(dst)
		switch n.kind {
		case nodeReset:
			dst = append(dst, `["reset"`...)
		case nodeInsert:
			dst = strconv.AppendInt(append(dst, `["insert",`...), int64(n.count), 10)
			dst = x.appendKeyed(append(dst, ','), r)
		case nodeDelete:
			dst = appendQuoted(append(dst, `["delete",`...), x.keys[n.key:n.kend])
		case nodeLimit:
			dst = strconv.AppendInt(append(dst, `["limit",`...), int64(n.count), 10)
		}
		dst = append(dst, ']')
	}
	return append(dst, `]}`...)
}
