package tmpl

import "strconv"

// appendRendering appends the values of the root block's slots.
func (x *run) appendRendering(dst []byte) []byte {
	return append(x.appendSlots(append(dst, '['), 0, len(x.nodes), false), ']')
}

// appendSlots appends the nodes from index i to end, with commas between them
// and, when comma is set, before them.
func (x *run) appendSlots(dst []byte, i, end int, comma bool) []byte {
	for ; i < end; i += int(x.nodes[i].size) {
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = x.appendNode(dst, i)
	}
	return dst
}

// appendNode appends the value of the slot whose node has index i.
func (x *run) appendNode(dst []byte, i int) []byte {
	n := &x.nodes[i]
	switch n.kind {
	case nodeText:
		return appendQuoted(dst, x.text(n))
	case nodeNothing:
		return append(dst, "null"...)
	case nodeInstance:
		return x.appendInstance(dst, i)
	case nodeList:
		dst = append(dst, `{"rows":[`...)
		for r := i + 1; r < i+int(n.size); r += int(x.nodes[r].size) {
			if r > i+1 {
				dst = append(dst, ',')
			}
			dst = append(dst, '[')
			dst = x.appendKeyed(dst, r)
			dst = append(dst, ']')
		}
		return append(dst, `]}`...)
	case nodeStream:
		return x.appendStream(dst, i)
	}
	return dst
}

// appendInstance appends [block, slots…].
func (x *run) appendInstance(dst []byte, i int) []byte {
	n := &x.nodes[i]
	dst = strconv.AppendInt(append(dst, '['), int64(x.prog.blocks[n.block].wire), 10)
	return append(x.appendSlots(dst, i+1, i+int(n.size), true), ']')
}

// appendKeyed appends the key of a row, a comma and the row.
func (x *run) appendKeyed(dst []byte, i int) []byte {
	n := &x.nodes[i]
	if n.key < 0 {
		dst = append(dst, '"')
		dst = strconv.AppendInt(dst, int64(n.count), 10)
		dst = append(dst, '"')
	} else {
		dst = appendQuoted(dst, x.keys[n.key:n.kend])
	}
	return x.appendInstance(append(dst, ','), i)
}
