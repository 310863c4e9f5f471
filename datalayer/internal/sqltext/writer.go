package sqltext

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

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
	tenancy   tenancy
	own       scratch
}

// scratch is what most statements need, in one piece of memory: their first
// record and what is written of it.
type scratch struct {
	record    record
	from      from
	scope     scope
	where     conjunction
	selection selection
	columns   [16]column
	keys      [4]key
	keyed     bool // keys are in use
}

func (d *Dialect) writer(relations datalayer.Relations) *writer {
	var w *writer
	if d.memory != nil {
		w, _ = d.memory.writers.Get().(*writer)
	}
	if w == nil {
		w = &writer{buf: make([]byte, 0, 1024)}
	}
	w.d, w.args, w.relations = d, make([]any, 0, 4), relations
	return w
}

// root is the record that the statement is about, and its scope. There is one.
func (w *writer) root(res *resource.Resource, f from) (*record, *scope) {
	own := &w.own
	own.from = f
	own.record = record{res: res, alias: w.records, from: &own.from}
	own.scope = scope{rec: &own.record}
	w.records++
	return &own.record, &own.scope
}

// Statement is SQL text and its arguments.
type Statement struct {
	Text string
	Args []any
	// Known is the same for the same text while that is remembered; nil where
	// it is not.
	Known *Known
}

// Known is a text that was written before, and what a layer wants to know of it.
type Known struct {
	text string
	// Bytes and Cells are the size of what the statement gave the last time.
	Bytes, Cells atomic.Int32
}

func (w *writer) statement() (Statement, error) {
	if w.err != nil {
		return Statement{}, w.err
	}
	m := w.d.memory
	if m == nil {
		return Statement{Text: string(w.buf), Args: w.args}, nil
	}
	s := m.statement(w.buf, w.args)
	*w = writer{buf: w.buf[:0]}
	m.writers.Put(w)
	return s, nil
}

// memory is the writers of statements, and the texts that were written last. An
// application writes the same ones again and again: one that is known takes
// no memory, which saves a quarter of what a read of one record takes.
type memory struct {
	writers sync.Pool // of *writer

	mu    sync.RWMutex
	texts map[string]*Known

	shapes shapes
}

// maxTexts limits the number of texts, and maxText the length of each.
const (
	maxTexts = 1024
	maxText  = 4096
)

func (m *memory) statement(b []byte, args []any) Statement {
	if len(b) > maxText {
		return Statement{Text: string(b), Args: args}
	}
	m.mu.RLock()
	known, ok := m.texts[string(b)]
	m.mu.RUnlock()
	if !ok {
		known = m.learn(string(b))
	}
	return Statement{known.text, args, known}
}

func (m *memory) learn(text string) *Known {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.texts[text]; ok {
		return known
	}
	if m.texts == nil || len(m.texts) >= maxTexts {
		m.texts = make(map[string]*Known)
	}
	known := &Known{text: text}
	m.texts[text] = known
	return known
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
	switch v { // values of types that cannot be compared equal none of these
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
	if list, ok := v.([]any); ok {
		t, _ := w.elements(nil, expr.Literal{Value: v})
		if len(list) == 0 {
			t.Kind = structs.String
		}
		w.list(nil, expr.Literal{Value: v}, t, precPrimary)
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
	// own is the record whose table is named as a whole, so that the condition
	// has to limit it to the tenant.
	own *record
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
	w.source(r.res)
	w.buf = append(w.buf, ' ')
	w.alias(r)
}
