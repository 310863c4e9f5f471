package sqltext

import (
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// shape is what the text of a query depends on: all of it but the values of
// constants, which become arguments. Queries of one shape are written once.
// Only what is listed here has a shape; everything else is written each time.
type shape struct {
	home *[]byte // where key goes back to
	key  []byte
	// values are the constants, in the order in which they are written.
	values []any
}

// insert adds an insert of one record, and reports whether it has a shape. Its
// values are those of the columns.
func (s *shape) insert(in *datalayer.Insert) bool {
	if in.Conflict != nil || len(in.Rows) != 1 || len(in.Columns) == 0 || len(in.Rows[0]) != len(in.Columns) ||
		in.Tenant != (datalayer.Tenant{}) || in.Resource.Tenant != nil {
		return false
	}
	s.key = append(s.key, 'i')
	if !s.columns(in.Resource, in.Columns) || !s.columns(in.Resource, in.Return) {
		return false
	}
	for i, v := range in.Rows[0] {
		s.values = append(s.values, document(in.Columns[i].Type, v))
	}
	return true
}

// query adds a query, and reports whether it has a shape.
func (s *shape) query(q *datalayer.Query) bool {
	s.key = append(s.key, 'q')
	if q.Group != nil || q.Distinct != nil || q.Lock || q.Seek != nil || len(q.Combine) > 0 || len(q.Relations) > 0 ||
		q.Tenant != (datalayer.Tenant{}) || q.Resource.Tenant != nil || !s.columns(q.Resource, q.Select) {
		return false
	}
	s.int(len(q.Sort))
	for _, o := range q.Sort {
		f, ok := o.Node.(expr.Field)
		if !ok || !s.field(f) {
			return false
		}
		s.flags(o.Descending, o.NullsFirst)
	}
	s.flags(q.More, q.Offset > 0)
	s.int(q.Limit)
	s.int(len(q.Include))
	for i := range q.Include {
		if !s.include(q.Resource, &q.Include[i]) {
			return false
		}
	}
	return true
}

// columns adds attributes: those of the model alone.
func (s *shape) columns(of *resource.Resource, attributes []*resource.Attribute) bool {
	s.int(len(attributes))
	for _, a := range attributes {
		if a.Expr != nil || a.Index >= len(of.Attributes) || of.Attributes[a.Index] != a {
			return false
		}
		s.int(a.Index)
	}
	return true
}

// include adds a relationship and, where its record is joined, the condition
// on that, which is written first.
func (s *shape) include(of *resource.Resource, inc *datalayer.Include) bool {
	rel := inc.Relationship
	if rel.Index >= len(of.Relationships) || of.Relationships[rel.Index] != rel || inc.Query.Resource != rel.Target {
		return false
	}
	s.int(rel.Index)
	if rel.Many() {
		return true // which is asked for by itself
	}
	return s.condition(inc.Query.Where) && s.query(inc.Query)
}

// condition adds a condition.
func (s *shape) condition(n expr.Node) bool {
	switch x := n.(type) {
	case nil:
		s.key = append(s.key, '-')
		return true
	case expr.Literal:
		return s.literal(x.Value)
	case expr.Field:
		s.key = append(s.key, 'f')
		return s.field(x)
	case expr.Call:
		switch x.Op {
		case expr.OpAnd, expr.OpOr, expr.OpNot, expr.OpIsNull, expr.OpNotNull,
			expr.OpEq, expr.OpNe, expr.OpLt, expr.OpLe, expr.OpGt, expr.OpGe:
		default:
			return false
		}
		s.key = append(s.key, 'c')
		s.text(string(x.Op))
		s.int(len(x.Args))
		for _, a := range x.Args {
			if a == nil || !s.condition(a) {
				return false
			}
		}
		return true
	}
	return false
}

// literal adds a constant: of those that are written as words the word, of
// others the type.
func (s *shape) literal(v any) bool {
	var mark byte
	switch x := v.(type) {
	case nil:
		s.key = append(s.key, 'n')
		return true
	case bool:
		s.key = append(s.key, 'b')
		s.flags(x)
		return true
	case string:
		mark = 's'
	case int64:
		mark = 'i'
	case uuid.UUID:
		mark = 'u'
	case time.Time:
		mark = 't'
	default:
		return false
	}
	s.key, s.values = append(s.key, mark), append(s.values, v)
	return true
}

func (s *shape) field(f expr.Field) bool {
	if f.Up != 0 || f.Args != nil {
		return false
	}
	s.int(len(f.Path))
	for _, step := range f.Path {
		s.text(step)
	}
	s.text(f.Name)
	return true
}

func (s *shape) int(n int) { s.key = binary.AppendVarint(s.key, int64(n)) }

func (s *shape) text(t string) {
	s.int(len(t))
	s.key = append(s.key, t...)
}

func (s *shape) flags(flags ...bool) {
	var b byte
	for i, f := range flags {
		if f {
			b |= 1 << i
		}
	}
	s.key = append(s.key, b)
}

// shapes are the queries that were written last, by shape. Where one is nil,
// the arguments are not the constants in their order, and it is written each time.
type shapes struct {
	buffers sync.Pool // of *[]byte

	mu    sync.RWMutex
	known map[*resource.Resource]map[string]*Select
	n     int
}

// maxShapes limits how many are kept.
const maxShapes = 1024

// begin is an empty shape, in memory that is used again after end.
func (m *shapes) begin(values int) shape {
	home, _ := m.buffers.Get().(*[]byte)
	if home == nil {
		home = new(make([]byte, 0, 256))
	}
	return shape{home: home, key: (*home)[:0], values: make([]any, 0, values)}
}

func (m *shapes) end(s *shape) {
	*s.home = s.key
	m.buffers.Put(s.home)
}

// find is what was written for the shape, nil where that has to be done each
// time; known tells that the shape was seen.
func (m *shapes) find(res *resource.Resource, s *shape) (like *Select, known bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	like, known = m.known[res][string(s.key)]
	return like, known
}

// read is Dialect.Read by way of what was written before.
func (d *Dialect) read(q *datalayer.Query) (*Select, error) {
	m := &d.memory.shapes
	s := m.begin(4)
	defer m.end(&s)
	if !s.query(q) || !s.condition(q.Where) {
		return d.write(q)
	}
	if q.Offset > 0 {
		s.values = append(s.values, int64(q.Offset))
	}
	like, known := m.find(q.Resource, &s)
	if like != nil {
		return like.with(q, s.values), nil
	}
	out, err := d.write(q)
	if err == nil && !known && distinct(s.values) {
		m.learn(q.Resource, string(s.key), out, sameValues(out.Args, s.values))
	}
	return out, err
}

// insert is Dialect.Insert by way of what was written before.
func (d *Dialect) insert(in *datalayer.Insert) (Statement, error) {
	m := &d.memory.shapes
	s := m.begin(len(in.Columns))
	defer m.end(&s)
	if !s.insert(in) {
		return d.writeInsert(in)
	}
	if like, _ := m.find(in.Resource, &s); like != nil {
		return Statement{like.Text, s.values, like.Known}, nil
	}
	out, err := d.writeInsert(in)
	if err == nil {
		m.learn(in.Resource, string(s.key), &Select{Statement: out}, len(out.Args) == len(s.values))
	}
	return out, err
}

func sameValues(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i, v := range a {
		if v != b[i] {
			return false
		}
	}
	return true
}

// distinct reports whether no two values are the same: only then shows a
// statement which argument is which.
func distinct(values []any) bool {
	for i, v := range values {
		if slices.Contains(values[:i], v) {
			return false
		}
	}
	return true
}

// learn keeps a statement for its shape, or that it has to be written each time.
func (m *shapes) learn(res *resource.Resource, key string, out *Select, same bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || m.n >= maxShapes {
		m.known, m.n = map[*resource.Resource]map[string]*Select{}, 0
	}
	if m.known[res] == nil {
		m.known[res] = map[string]*Select{}
	}
	m.n++
	if same {
		m.known[res][key] = out.bare()
		return
	}
	m.known[res][key] = nil
}

// bare is s without the values and the query that it was written for.
func (s *Select) bare() *Select {
	return &Select{
		Statement: Statement{Text: s.Text, Known: s.Known}, Root: s.Root.bare(),
		Columns: slices.Clone(s.Columns), Key: s.Key, Limit: s.Limit, Reversed: s.Reversed,
	}
}

func (l *Level) bare() Level {
	out := Level{Columns: slices.Clone(l.Columns), Primary: l.Primary, Branches: make([]Branch, len(l.Branches))}
	for i, b := range l.Branches {
		out.Branches[i] = Branch{Key: b.Key}
		if b.Joined != nil {
			joined := b.Joined.bare()
			out.Branches[i].Joined = &joined
		}
	}
	return out
}

// with is s for another query of the same shape, with its values.
func (s *Select) with(q *datalayer.Query, values []any) *Select {
	out := &Select{
		Statement: Statement{s.Text, values, s.Known},
		Columns:   s.Columns, Key: s.Key, Limit: s.Limit, Reversed: s.Reversed,
	}
	s.Root.fill(&out.Root, q)
	for i, col := range s.Root.Columns {
		if col < 0 {
			v, _ := fixedValue(q.Where, q.Select[i])
			out.Root.Fixed = append(out.Root.Fixed, v)
		}
	}
	for i := range out.Root.Branches {
		if b := &out.Root.Branches[i]; b.Joined == nil {
			b.Known, _ = fixedValue(q.Where, b.Include.Relationship.Key())
		}
	}
	return out
}

// fill makes out what l is, for another query.
func (l *Level) fill(out *Level, q *datalayer.Query) {
	out.Query, out.Columns, out.Primary = q, l.Columns, l.Primary
	if len(l.Branches) == 0 {
		return
	}
	out.Branches = make([]Branch, len(l.Branches))
	for i, b := range l.Branches {
		inc := &q.Include[i]
		out.Branches[i] = Branch{Include: inc, Key: b.Key}
		if b.Joined != nil {
			joined := &Level{}
			b.Joined.fill(joined, inc.Query)
			out.Branches[i].Joined = joined
		}
	}
}
