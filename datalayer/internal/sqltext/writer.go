package sqltext

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// writer writes one statement. The first error stays and spoils the statement.
type writer struct {
	d       *Dialect
	buf     []byte
	args    []any
	records int
	err     error
	// relations are the relationships as the statement follows them.
	relations datalayer.Relations
}

func (d *Dialect) writer(relations datalayer.Relations) *writer {
	return &writer{d: d, buf: make([]byte, 0, 1024), args: make([]any, 0, 4), relations: relations}
}

// Statement is SQL text and its arguments.
type Statement struct {
	Text string
	Args []any
}

func (w *writer) statement() (Statement, error) {
	if w.err != nil {
		return Statement{}, w.err
	}
	return Statement{string(w.buf), w.args}, nil
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf("write SQL: "+format, args...)
	}
}

func (w *writer) str(parts ...string) {
	for _, s := range parts {
		w.buf = append(w.buf, s...)
	}
}

func (w *writer) int(n int) { w.buf = strconv.AppendInt(w.buf, int64(n), 10) }

// ident writes a quoted name.
func (w *writer) ident(name string) { w.buf = appendIdent(w.buf, name) }

func appendIdent(dst []byte, name string) []byte {
	dst = append(dst, '"')
	if strings.IndexByte(name, '"') >= 0 {
		name = strings.ReplaceAll(name, `"`, `""`)
	}
	return append(append(dst, name...), '"')
}

// param writes a placeholder for v without a type.
func (w *writer) param(v any) {
	w.args = append(w.args, v)
	w.buf = append(w.buf, w.d.placeholder)
	w.int(len(w.args))
}

// literal writes a constant: a placeholder with its type, or the word for booleans and NULL.
func (w *writer) literal(v any) {
	switch v {
	case nil:
		w.str("null")
		return
	case true:
		w.str("true")
		return
	case false:
		w.str("false")
		return
	}
	w.param(v)
	if t := w.d.casts[kindOf(v)]; t != "" {
		w.str("::", t)
	}
}

// array writes a placeholder for a list of values.
func (w *writer) array(a Array) {
	w.param(a)
	if w.d.arrays {
		w.str("::", w.d.casts[a.Kind], "[]")
	}
}

// among writes that the operand written before it is one of the values.
func (w *writer) among(a Array) {
	switch {
	case w.d.arrays:
		w.str(" = any(")
		w.array(a)
		w.str(")")
	case a.Kind == structs.Bytes:
		w.str(" in (select unhex(value) from json_each(")
		w.array(a)
		w.str("))")
	default:
		w.str(" in (select value from json_each(")
		w.array(a)
		w.str("))")
	}
}

// splice puts text into the statement at an earlier place.
func (w *writer) splice(at int, text []byte) {
	if len(text) == 0 {
		return
	}
	n := len(w.buf)
	w.buf = append(w.buf, text...)
	copy(w.buf[at+len(text):], w.buf[at:n])
	copy(w.buf[at:], text)
}

// conjunction writes conditions after WHERE, or after AND once there was one.
type conjunction struct {
	w     *writer
	begun bool
	// bare tells that no condition was written yet though the first needs no word.
	bare bool
}

func (c *conjunction) next() {
	if c.bare {
		c.bare = false
		return
	}
	if c.begun {
		c.w.str(" and ")
		return
	}
	c.w.str(" where ")
	c.begun = true
}

// add writes a condition unless it holds anyway.
func (c *conjunction) add(s *scope, n expr.Node) {
	if n == nil {
		return
	}
	if value, ok := known(n); ok && value {
		return
	}
	c.next()
	c.w.condition(s, n, precAnd)
}

// column writes a reference to a stored attribute of a record.
func (w *writer) column(r *record, a *resource.Attribute) {
	w.alias(r)
	w.buf = append(w.buf, '.')
	w.ident(a.Column)
}

func (w *writer) alias(r *record) {
	w.buf = append(w.buf, 't')
	w.int(r.alias)
}

// table writes the table of a record with its alias.
func (w *writer) table(r *record) {
	w.ident(r.res.Table)
	w.buf = append(w.buf, ' ')
	w.alias(r)
}
