package api

import (
	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
)

// Shape is how a row of a result becomes a JSON object: its members in order.
// It is made once per form of request and may be used by many goroutines;
// walking it takes no reflection, no maps and no memory but that of the output.
type Shape struct {
	members []Member
	all     []Member // with those that are constants
	// heads are what stands before each member's value: brace or comma, and key.
	heads [][]byte
	// tail is what stands after the last value; constants at the end are part of it.
	tail []byte
}

// Member is one member of the objects of a Shape. Column, One, Many, Inner,
// Constant and Custom make it.
type Member struct {
	key      string
	kind     memberKind
	index    int
	shape    *Shape
	constant string
	custom   AppendFunc
}

type memberKind uint8

const (
	memberColumn memberKind = iota
	memberOne
	memberMany
	memberInner
	memberCustom
	memberConstant
)

// AppendFunc appends a JSON value that is made of a row. Rows of related
// records come from found.Related[i].Span(row); they are rows of found.Sub(i).
type AppendFunc func(dst []byte, found *conga.Found, row int) ([]byte, error)

// Column is a member with the value of a column of the result.
func Column(key string, col int) Member {
	return Member{key: key, kind: memberColumn, index: col}
}

// One is a member with the record that the i-th loaded relationship leads to, or null.
func One(key string, i int, s *Shape) Member {
	return Member{key: key, kind: memberOne, index: i, shape: s}
}

// Many is a member with the list of the records that the i-th loaded relationship leads to.
func Many(key string, i int, s *Shape) Member {
	return Member{key: key, kind: memberMany, index: i, shape: s}
}

// Inner is a member with an object that is made of the same row.
func Inner(key string, s *Shape) Member {
	return Member{key: key, kind: memberInner, shape: s}
}

// Constant is a member with the same JSON text in every row.
func Constant(key, json string) Member {
	return Member{key: key, kind: memberConstant, constant: json}
}

// Custom is a member whose value f appends.
func Custom(key string, f AppendFunc) Member {
	return Member{key: key, kind: memberCustom, custom: f}
}

// NewShape is the shape of objects with these members. Columns whose value is
// hidden are left out.
func NewShape(members ...Member) *Shape {
	s := &Shape{all: members}
	head := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			head = append(head, ',')
		}
		head = append(wire.AppendString(head, m.key), ':')
		if m.kind == memberConstant {
			head = append(head, m.constant...)
			continue
		}
		s.members = append(s.members, m)
		s.heads = append(s.heads, head)
		head = nil
	}
	s.tail = append(head, '}')
	return s
}

// AppendRow appends one row as an object. An error comes from a value that
// the database sent and that cannot be read.
func (s *Shape) AppendRow(dst []byte, found *conga.Found, row int) (_ []byte, err error) {
	if found.Masked() {
		return s.appendMasked(dst, found, row)
	}
	for i := range s.members {
		dst = append(dst, s.heads[i]...)
		if dst, err = s.members[i].append(dst, found, row); err != nil {
			return dst, err
		}
	}
	return append(dst, s.tail...), nil
}

// appendMasked is AppendRow for results with hidden values.
func (s *Shape) appendMasked(dst []byte, found *conga.Found, row int) (_ []byte, err error) {
	dst = append(dst, '{')
	comma := false
	for i := range s.all {
		m := &s.all[i]
		if m.kind == memberColumn && found.Hidden(row, m.index) {
			continue
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(wire.AppendString(dst, m.key), ':')
		if dst, err = m.append(dst, found, row); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (m *Member) append(dst []byte, found *conga.Found, row int) ([]byte, error) {
	switch m.kind {
	case memberColumn:
		return found.AppendJSON(dst, row, m.index)
	case memberOne:
		return m.appendOne(dst, found, row)
	case memberMany:
		from, to := found.Related[m.index].Span(row)
		return m.shape.AppendRows(dst, found.Sub(m.index), from, to)
	case memberInner:
		return m.shape.AppendRow(dst, found, row)
	case memberCustom:
		return m.custom(dst, found, row)
	}
	return append(dst, m.constant...), nil
}

func (m *Member) appendOne(dst []byte, found *conga.Found, row int) ([]byte, error) {
	from, to := found.Related[m.index].Span(row)
	if from == to {
		return append(dst, "null"...), nil
	}
	return m.shape.AppendRow(dst, found.Sub(m.index), from)
}

// AppendRows appends the rows from (included) to (excluded) as an array.
func (s *Shape) AppendRows(dst []byte, found *conga.Found, from, to int) (_ []byte, err error) {
	dst = append(dst, '[')
	for row := from; row < to; row++ {
		if row > from {
			dst = append(dst, ',')
		}
		if dst, err = s.AppendRow(dst, found, row); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}
