package tmpl

import (
	"encoding/binary"
	"hash/maphash"
)

// nodeKind tells what a node of a record stands for.
type nodeKind uint8

const (
	nodeText nodeKind = iota
	nodeNothing
	nodeInstance
	nodeList
	nodeRow
	nodeStream
	nodeReset
	nodeInsert
	nodeDelete
	nodeLimit
)

// node is the value of a slot, a row of a list, or an op of a stream. A record
// holds the nodes in order, each before those inside it.
//
// Each node ends, in the text of the record, with a trailer that tells it from
// any other value of the same text, so that hashes of the text compare values.
type node struct {
	kind       nodeKind
	block      int32 // of an instance or a row: its number in the program
	size       int32 // nodes from this one to the end of what is inside it
	start, end int32 // in the text, trailer included
	key, kend  int32 // of a row: in the keys; key is -1 when the index is the key
	count      int32 // rows of a list; index of a row; position of a stream op
	hash       uint64
}

const textTrailer = 5 // bytes that end a text node: its length and a mark

// recordText ends a text slot whose text begins at at.
func (x *run) recordText(at int) {
	x.out = binary.LittleEndian.AppendUint32(x.out, uint32(len(x.out)-at))
	x.out = append(x.out, 'T')
	x.nodes = append(x.nodes, node{kind: nodeText, size: 1, start: int32(at), end: int32(len(x.out))})
}

func (x *run) recordNothing() {
	at := len(x.out)
	x.out = append(x.out, 'N')
	x.nodes = append(x.nodes, node{kind: nodeNothing, size: 1, start: int32(at), end: int32(len(x.out))})
}

// open begins a node that others are inside of, and returns its index.
func (x *run) open(kind nodeKind, b *block) int {
	if !x.rec {
		return 0
	}
	n := node{kind: kind, start: int32(len(x.out))}
	if b != nil {
		n.block = int32(b.id)
	}
	x.nodes = append(x.nodes, n)
	return len(x.nodes) - 1
}

// close ends the node at index at.
func (x *run) close(at int) {
	n := &x.nodes[at]
	n.size = int32(len(x.nodes) - at)
	x.out = binary.LittleEndian.AppendUint32(x.out, uint32(n.block))
	x.out = binary.LittleEndian.AppendUint32(x.out, uint32(n.count))
	x.out = append(x.out, 'A'+byte(n.kind))
	n.end = int32(len(x.out))
}

// closeRow ends a row and finds its key.
func (x *run) closeRow(at int) {
	if !x.rec {
		return
	}
	x.close(at)
	n := &x.nodes[at]
	n.key = int32(len(x.keys))
	if !x.appendKey(x.prog.blocks[n.block], at) {
		x.keys = x.keys[:n.key]
		n.key = -1
	}
	n.kend = int32(len(x.keys))
}

// elseKey is the key of the one row that stands for the else part of a range.
const elseKey = "else"

func (x *run) closeElse(at int) {
	if !x.rec {
		return
	}
	x.close(at)
	n := &x.nodes[at]
	n.key = int32(len(x.keys))
	x.keys = append(x.keys, elseKey...)
	n.kend = int32(len(x.keys))
	n.count = -1
}

// closeList ends a list. Its rows go by their index when one has no key, or
// two have the same.
func (x *run) closeList(at int) {
	count, keyed := 0, true
	for i := at + 1; i < len(x.nodes); i += int(x.nodes[i].size) {
		count++
	}
	x.rows.reset(count)
	count = 0
	for i := at + 1; i < len(x.nodes); i += int(x.nodes[i].size) {
		n := &x.nodes[i]
		if n.count < 0 { // another than a row with such a key
			n.hash, n.count = ^x.hash(x.keys[n.key:n.kend]), 0
			count++
			break
		}
		n.count = int32(count)
		count++
		if !keyed || n.key < 0 {
			keyed = false
			continue
		}
		n.hash = x.hash(x.keys[n.key:n.kend])
		keyed = x.rows.add(n.hash)
	}
	if !keyed {
		for i := at + 1; i < len(x.nodes); i += int(x.nodes[i].size) {
			n := &x.nodes[i]
			n.key, n.hash = -1, uint64(n.count)*0x9e3779b97f4a7c15+1
		}
	}
	x.nodes[at].count = int32(count)
	x.close(at)
}

// appendKey appends to the keys the key of the row or instance at index at.
// It reports false when there is none.
func (x *run) appendKey(b *block, at int) bool {
	switch b.key.kind {
	case keyAttr:
		x.keys = append(x.keys, b.key.prefix...)
		i := at + 1
		for s := 0; s <= b.key.last; s++ {
			if s >= b.key.first {
				if s > b.key.first {
					x.keys = append(x.keys, b.statics[s]...)
				}
				x.keys = x.appendHTML(x.keys, i)
			}
			i += int(x.nodes[i].size)
		}
		x.keys = append(x.keys, b.key.suffix...)
		return true
	case keyInside:
		if n := &x.nodes[at+1]; n.kind == nodeInstance {
			return x.appendKey(x.prog.blocks[n.block], at+1)
		}
	}
	return false
}

// appendHTML appends the HTML of the node at index at.
func (x *run) appendHTML(dst []byte, at int) []byte {
	n := &x.nodes[at]
	switch n.kind {
	case nodeText:
		dst = append(dst, x.text(n)...)
	case nodeInstance, nodeRow:
		b := x.prog.blocks[n.block]
		i := at + 1
		for s := range b.slots {
			dst = append(dst, b.statics[s]...)
			dst = x.appendHTML(dst, i)
			i += int(x.nodes[i].size)
		}
		dst = append(dst, b.statics[len(b.slots)]...)
	case nodeList:
		for i := at + 1; i < at+int(n.size); i += int(x.nodes[i].size) {
			dst = x.appendHTML(dst, i)
		}
	}
	return dst
}

// text returns the HTML of a text node.
func (x *run) text(n *node) []byte { return x.out[n.start : n.end-textTrailer] }

// hashNode returns the hash of a node's value.
func (x *run) hashNode(n *node) uint64 { return x.hash(x.out[n.start:n.end]) }

func (x *run) hash(b []byte) uint64 { return maphash.Bytes(x.prog.seed, b) }

// seen is a set of hashes that is emptied and used again.
type seen struct {
	slots []uint64
	mask  uint64
}

// reset empties the set and makes room for n hashes.
func (s *seen) reset(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	if size > len(s.slots) {
		s.slots = make([]uint64, size)
	} else {
		clear(s.slots[:size])
	}
	s.mask = uint64(size - 1)
}

// add puts h in the set and reports whether it was not there.
func (s *seen) add(h uint64) bool {
	h |= 1 // 0 marks a free slot
	for i := h >> 1 & s.mask; ; i = (i + 1) & s.mask {
		switch s.slots[i] {
		case 0:
			s.slots[i] = h
			return true
		case h:
			return false
		}
	}
}
