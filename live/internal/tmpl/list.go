package tmpl

import "strconv"

// oldRow is a row of the list that the client has.
type oldRow struct {
	key uint64
	at  int // of its content in the old words
}

// list writes the ops that make the new list of the old one. It reports false
// when the two are the same.
func (d *differ) list(o *op, i int) bool {
	x := d.x
	n := &x.nodes[i]
	count, size := unpack(d.old[d.pos])
	end := d.pos + 1 + size
	olds, matches := len(d.olds), len(d.match)
	d.readOld(o, count)
	d.matchRows(i, d.olds[olds:])

	at := len(d.words)
	d.words = append(d.words, 0)
	d.dst = append(d.dst, `{"ops":[`...)
	changed := count != int(n.count)
	var same sameRun
	row := 0
	for r := i + 1; r < i+int(n.size); r += int(x.nodes[r].size) {
		from := int(d.match[matches+row])
		d.words = append(d.words, x.nodes[r].hash)
		switch {
		case from < 0:
			changed = true
			same.flush(d)
			d.dst = append(comma(d.dst), `["+",`...)
			d.dst = append(x.appendKeyed(d.dst, r), ']')
			d.words = x.appendRowState(d.words, o, r)
		case d.row(o, r, from, d.olds[olds+from].at, &same):
			changed = true
		default:
			changed = changed || from != row
			same.extend(d, from)
		}
		row++
	}
	same.flush(d)
	d.dst = append(d.dst, `]}`...)
	d.words[at] = pack(int(n.count), len(d.words)-at-1)
	d.olds, d.match, d.pos = d.olds[:olds], d.match[:matches], end
	return changed
}

// readOld puts the rows of the list at d.pos on the stack.
func (d *differ) readOld(o *op, count int) {
	p := d.pos + 1
	for range count {
		d.olds = append(d.olds, oldRow{key: d.old[p], at: p + 1})
		p += 2
		if o.deep {
			_, size := unpack(d.old[p-1])
			p += size
		}
	}
}

// matchRows finds the old row of each row of the list at index i. Rows mostly
// keep their order, so that the next old one is tried first.
func (d *differ) matchRows(i int, olds []oldRow) {
	x := d.x
	indexed := false
	next := 0
	for r := i + 1; r < i+int(x.nodes[i].size); r += int(x.nodes[r].size) {
		key := x.nodes[r].hash
		if next < len(olds) && olds[next].key == key {
			d.match = append(d.match, int32(next))
			next++
			continue
		}
		if !indexed {
			d.indexRows(olds)
			indexed = true
		}
		from, ok := d.index[key]
		if !ok {
			d.match = append(d.match, -1)
			continue
		}
		d.match = append(d.match, from)
		next = int(from) + 1
	}
}

func (d *differ) indexRows(olds []oldRow) {
	if d.index == nil {
		d.index = map[uint64]int32{}
	}
	clear(d.index)
	for j, old := range olds {
		d.index[old.key] = int32(j)
	}
}

// row writes what has changed in a row whose old content is at oldAt. It
// reports false when nothing has.
func (d *differ) row(o *op, r, from, oldAt int, same *sameRun) bool {
	x := d.x
	if !o.deep {
		h := x.hashNode(&x.nodes[r])
		d.words = append(d.words, h)
		if d.old[oldAt] == h {
			return false
		}
		same.flush(d)
		d.change(from)
		d.allSlots(r)
		d.dst = append(d.dst, ']')
		return true
	}
	mark, before := len(d.dst), *same
	same.flush(d)
	d.change(from)
	d.pos = oldAt
	if !d.instance(r) {
		d.dst, *same = d.dst[:mark], before
		return false
	}
	d.dst = append(d.dst, ']')
	return true
}

// change begins the op of a changed row.
func (d *differ) change(from int) {
	d.dst = append(comma(d.dst), `["~",`...)
	d.dst = append(strconv.AppendInt(d.dst, int64(from), 10), ',')
}

// allSlots writes the slots of a row, of which it is only known that some have
// changed.
func (d *differ) allSlots(r int) {
	x := d.x
	d.dst = append(d.dst, '{')
	slot := 0
	for i := r + 1; i < r+int(x.nodes[r].size); i += int(x.nodes[i].size) {
		if slot > 0 {
			d.dst = append(d.dst, ',')
		}
		d.dst = append(d.dst, '"')
		d.dst = append(strconv.AppendInt(d.dst, int64(slot), 10), '"', ':')
		d.dst = x.appendNode(d.dst, i)
		slot++
	}
	d.dst = append(d.dst, '}')
}

// sameRun is a run of rows that follow each other unchanged.
type sameRun struct{ from, n int }

// extend adds an old row to the run, or begins another.
func (s *sameRun) extend(d *differ, from int) {
	if s.n > 0 && s.from+s.n == from {
		s.n++
		return
	}
	s.flush(d)
	*s = sameRun{from, 1}
}

// flush writes the run.
func (s *sameRun) flush(d *differ) {
	if s.n == 0 {
		return
	}
	d.dst = append(comma(d.dst), `["=",`...)
	d.dst = strconv.AppendInt(d.dst, int64(s.from), 10)
	d.dst = append(strconv.AppendInt(append(d.dst, ','), int64(s.n), 10), ']')
	s.n = 0
}

// comma separates what follows from the elements of an array before it.
func comma(dst []byte) []byte {
	if dst[len(dst)-1] == '[' {
		return dst
	}
	return append(dst, ',')
}
