package tmpl

import "github.com/congago/conga/internal/structs"

// run is one execution of a program. It writes either HTML, or a record of
// the values of all slots from which renderings and diffs are made.
type run struct {
	prog  *Program
	out   []byte // the HTML, or the text of the record's slots
	rec   bool   // whether to record
	nodes []node
	keys  []byte // the keys of the record's rows

	vars  []structs.Value
	frame int // where the variables of the current template begin
	args  structs.Args
	flow  flow
	depth int // of calls of templates

	rows seen // scratch, to look for rows with the same key
	diff differ
}

// maxDepth limits how deep templates may call each other, as in text/template.
const maxDepth = 100000

// execute runs the program for data.
func (x *run) execute(data structs.Value) error {
	p := x.prog
	x.vars = append(x.vars[:0], make([]structs.Value, p.root.nvars)...)
	x.vars[0] = data
	x.frame, x.depth, x.flow = 0, 0, flowOn
	return x.block(p.root.block, data)
}

// block runs b. When recording, it leaves one node, with what is inside, for
// each slot of b.
func (x *run) block(b *block, dot structs.Value) error {
	static := 0
	for i := range b.ops {
		o := &b.ops[i]
		if o.kind == opEffect {
			if err := o.effect(x, dot); err != nil {
				return err
			}
			continue
		}
		if !x.rec {
			x.out = append(x.out, b.statics[static]...)
			static++
		}
		if err := x.slot(o, dot); err != nil {
			return err
		}
	}
	if !x.rec {
		x.out = append(x.out, b.statics[static]...)
	}
	if b.ends != flowOn {
		x.flow = b.ends
	}
	return nil
}

// slot runs an op that fills a slot.
func (x *run) slot(o *op, dot structs.Value) error {
	switch o.kind {
	case opText:
		at := len(x.out)
		if err := o.write(x, dot); err != nil {
			return err
		}
		if x.rec {
			x.recordText(at)
		}
		return nil
	case opBranch:
		v, err := o.pipe(x, dot)
		if err != nil {
			return err
		}
		truth, ok := v.Truth()
		switch {
		case !ok:
			return o.pos.errorf("if/with can't use a value of type %s", v.Type())
		case !truth:
			return x.instance(o.more, dot)
		case o.with:
			return x.instance(o.then, v)
		}
		return x.instance(o.then, dot)
	case opGuard:
		if x.flow != flowOn {
			return x.instance(nil, dot)
		}
		return x.instance(o.then, dot)
	case opCall:
		return x.call(o, dot)
	case opStream:
		if x.rec {
			return x.stream(o, dot)
		}
	}
	return x.list(o, dot)
}

// instance runs a block as the value of a slot; nil shows nothing.
func (x *run) instance(b *block, dot structs.Value) error {
	if !x.rec {
		if b == nil {
			return nil
		}
		return x.block(b, dot)
	}
	if b == nil {
		x.recordNothing()
		return nil
	}
	at := x.open(nodeInstance, b)
	if err := x.block(b, dot); err != nil {
		return err
	}
	x.close(at)
	return nil
}

// call runs another template.
func (x *run) call(o *op, dot structs.Value) error {
	if x.depth == maxDepth {
		return o.pos.errorf("exceeded maximum template depth (%v)", maxDepth)
	}
	var arg structs.Value
	if o.pipe != nil {
		var err error
		if arg, err = o.pipe(x, dot); err != nil {
			return err
		}
	}
	frame, base := x.frame, len(x.vars)
	for range o.unit.nvars {
		x.vars = append(x.vars, structs.Value{})
	}
	x.vars[base] = arg
	x.frame = base
	x.depth++
	err := x.instance(o.unit.block, arg)
	x.depth--
	clear(x.vars[base:])
	x.vars, x.frame = x.vars[:base], frame
	return err
}

// list runs a range.
func (x *run) list(o *op, dot structs.Value) error {
	v, err := o.pipe(x, dot)
	if err != nil {
		return err
	}
	at := x.open(nodeList, nil)
	count := 0
	if items, ok := v.Items(); ok {
		for i := 0; i < items.Len(); i++ {
			var key structs.Value
			if o.decl == 2 {
				key = structs.ValueOf(i)
			}
			count++
			if more, err := x.row(o, key, items.Item(i)); err != nil {
				return err
			} else if !more {
				break
			}
		}
	} else if count, err = x.iterate(o, v); err != nil {
		return err
	}
	if count == 0 && o.more != nil {
		if err := x.otherwise(o, dot); err != nil {
			return err
		}
	}
	if x.rec {
		x.closeList(at)
	}
	return nil
}

// iterate runs a range over something that is not a slice or an array.
func (x *run) iterate(o *op, v structs.Value) (int, error) {
	var failed error
	count, err := v.Range(o.decl > 1, func(key, elem structs.Value) bool {
		var more bool
		more, failed = x.row(o, key, elem)
		return more && failed == nil
	})
	if err != nil {
		return count, o.pos.wrap(err)
	}
	return count, failed
}

// row runs one turn of a range. It reports whether the range goes on.
func (x *run) row(o *op, key, elem structs.Value) (more bool, err error) {
	switch o.decl {
	case 1:
		x.vars[x.frame+o.vars[0]] = elem
	case 2:
		x.vars[x.frame+o.vars[0]] = key
		x.vars[x.frame+o.vars[1]] = elem
	}
	at := x.open(nodeRow, o.then)
	if err := x.block(o.then, elem); err != nil {
		return false, err
	}
	x.closeRow(at)
	left := x.flow
	x.flow = flowOn
	return left != flowBreak, nil
}

// otherwise runs the else part of a range: on the wire it is a list of one row.
func (x *run) otherwise(o *op, dot structs.Value) error {
	at := x.open(nodeRow, o.more)
	if err := x.block(o.more, dot); err != nil {
		return err
	}
	x.closeElse(at)
	return nil
}
