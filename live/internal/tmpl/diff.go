package tmpl

import "strconv"

// differ compares a record with the state of an older one and writes what has
// changed. It reads the old words and writes the new ones side by side.
type differ struct {
	x     *run
	dst   []byte
	old   []uint64
	pos   int // in old
	words []uint64

	olds  []oldRow // scratch of the lists being compared: a stack
	match []int32  // likewise: the old row of each new one, or -1
	index map[uint64]int32
}

// slots compares the slots of b, whose first node has index i, and writes an
// object of those that have changed. It reports whether any has; else it
// writes nothing.
func (d *differ) slots(b *block, i int) bool {
	start := len(d.dst)
	d.dst = append(d.dst, '{')
	empty := len(d.dst)
	for s, o := range b.slots {
		mark := len(d.dst)
		if mark > empty {
			d.dst = append(d.dst, ',')
		}
		d.dst = append(d.dst, '"')
		d.dst = strconv.AppendInt(d.dst, int64(s), 10)
		d.dst = append(d.dst, '"', ':')
		if !d.slot(o, i) {
			d.dst = d.dst[:mark]
		}
		i += int(d.x.nodes[i].size)
	}
	if len(d.dst) == empty {
		d.dst = d.dst[:start]
		return false
	}
	d.dst = append(d.dst, '}')
	return true
}

// slot writes the change of one slot. It reports false when there is none.
func (d *differ) slot(o *op, i int) bool {
	x := d.x
	n := &x.nodes[i]
	switch n.kind {
	case nodeText:
		h := x.hashNode(n)
		d.words = append(d.words, h)
		d.pos++
		if d.old[d.pos-1] == h {
			return false
		}
		d.dst = appendQuoted(d.dst, x.text(n))
		return true
	case nodeList:
		return d.list(o, i)
	case nodeStream:
		if n.count == 0 {
			return false
		}
		d.dst = x.appendStream(d.dst, i)
		return true
	}
	return d.instance(i)
}

// instance writes the change of a slot that shows a block or nothing.
func (d *differ) instance(i int) bool {
	x := d.x
	n := &x.nodes[i]
	was, size := unpack(d.old[d.pos])
	d.pos++
	switch {
	case n.kind == nodeNothing:
		d.pos += size
		d.words = append(d.words, 0)
		if was == 0 {
			return false
		}
		d.dst = append(d.dst, "null"...)
		return true
	case was != int(n.block)+1:
		d.pos += size
		d.words = x.appendInstanceState(d.words, i)
		d.dst = x.appendInstance(d.dst, i)
		return true
	}
	at := len(d.words)
	d.words = append(d.words, 0)
	changed := d.slots(x.prog.blocks[n.block], i+1)
	d.words[at] = pack(was, len(d.words)-at-1)
	return changed
}
