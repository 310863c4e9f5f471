package tmpl

import "strings"

// finish numbers the blocks and looks for row keys and nested lists.
func (c *compiler) finish() {
	for _, b := range c.all {
		for i := range b.ops {
			if o := &b.ops[i]; o.kind != opEffect {
				b.slots = append(b.slots, o)
			}
		}
		b.key = findKey(b)
	}
	c.number(c.all[0], map[*block]bool{}, map[wireKey]int{})
	for _, b := range c.all {
		for _, o := range b.slots {
			if o.list() {
				o.deep = o.then.holdsRows(map[*block]bool{}) || o.more.holdsRows(map[*block]bool{})
			}
		}
	}
}

// wireKey tells blocks apart on the wire: clients need not know that one was
// compiled for several types.
type wireKey struct {
	place   any
	statics string
}

// number gives b and the blocks inside it their numbers on the wire.
func (c *compiler) number(b *block, seen map[*block]bool, wires map[wireKey]int) {
	if b == nil || seen[b] {
		return
	}
	seen[b] = true
	key := wireKey{b.place, strings.Join(b.statics, "\x00")}
	wire, ok := wires[key]
	if !ok {
		wire = len(wires)
		wires[key] = wire
		c.wired = append(c.wired, b)
	}
	b.wire = wire
	for _, o := range b.slots {
		c.number(o.then, seen, wires)
		c.number(o.more, seen, wires)
		if o.unit != nil {
			c.number(o.unit.block, seen, wires)
		}
	}
}
