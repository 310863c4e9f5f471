package sqltext

import (
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Select is a statement that reads records, and how its columns are to be read.
type Select struct {
	Statement
	// Root says where the records and those joined to them are.
	Root Level
	// Columns are the attributes of the statement's columns. There may be
	// further columns that mean nothing.
	Columns []*resource.Attribute
	// Key is the column with the key of the parent record, -1 where there is
	// only one parent or none. The rows of one parent follow each other.
	Key int
	// Limit is the number of rows to keep (of each parent), 0 for all: there
	// may be more. When Reversed, they come in the opposite order.
	Limit    int
	Reversed bool

	// room is for the columns, and places for those of the root, where they
	// are few: a piece of memory less for each.
	room   [10]*resource.Attribute
	places [8]int
}

// Level is one resource within a Select.
type Level struct {
	Query *datalayer.Query
	// Columns are the statement's columns of Query.Select. Where one is
	// negative, -1-n, it is not in the statement: all rows have the value Fixed[n].
	Columns []int
	Fixed   []any
	// Primary is the column of the primary key, which tells whether a joined
	// record is there; -1 at the root where nothing needs it.
	Primary int
	// Branches are what Query.Include asks for, in that order.
	Branches []Branch
}

// Branch is one included relationship.
type Branch struct {
	Include *datalayer.Include
	// Joined is the record in the same statement, for to-one relationships.
	Joined *Level
	// Key is the column with the value of Relationship.Key, to read the
	// others with Related.
	Key int
	// Known is the value of Relationship.Key where the condition tells it.
	Known any
}

// Read is the statement for the records of q and what can be joined to them.
func (d *Dialect) Read(q *datalayer.Query) (*Select, error) {
	if d.memory != nil {
		return d.read(q)
	}
	return d.write(q)
}

// write writes it.
func (d *Dialect) write(q *datalayer.Query) (*Select, error) {
	if q.Group != nil {
		return d.groups(q)
	}
	w := d.writer(q.Relations).of(q.Tenant)
	out := w.selection(q)
	root, s := w.root(q.Resource, from{})
	out.level(&out.Root, root, q, d.arrays)
	out.limits(q)

	w.str("select ")
	out.list()
	w.str(" from ")
	where := &w.own.where
	*where = conjunction{w: w}
	if q.Lock && d.locks {
		where.own = root
		w.plain(root)
		w.combined(root, q)
	} else {
		w.recordsOf(root, q)
	}
	at := len(w.buf)
	where.ofTenant()
	where.choose(s, q)
	out.tail(where, s, q)
	if q.Lock && d.locks {
		w.str(" for update of ")
		w.alias(root)
	}
	w.splice(at, root.from.joins)
	return out.finish()
}

// Count writes the statement for the number of records for which q.Where
// holds, or of their groups.
func (d *Dialect) Count(q *datalayer.Query) (Statement, error) {
	if q.Group != nil {
		return d.countGroups(q)
	}
	w := d.writer(q.Relations).of(q.Tenant)
	root, s := w.root(q.Resource, from{})
	w.str("select count(*) from ")
	w.recordsOf(root, q)
	at := len(w.buf)
	where := conjunction{w: w}
	where.choose(s, q)
	w.splice(at, root.from.joins)
	return w.statement()
}

// selection collects the columns of a Select.
type selection struct {
	*Select
	w       *writer
	columns []column
	limit   int // as written
}

// selection makes room for the columns of q and of what is joined to it.
func (w *writer) selection(q *datalayer.Query) *selection {
	n := 2 + len(q.Select) + len(q.Include)
	for _, inc := range q.Include {
		if !inc.Relationship.Many() {
			n += len(inc.Query.Select)
		}
	}
	out := &w.own.selection
	*out = selection{Select: &Select{Key: -1}, w: w, columns: w.own.columns[:0]}
	if out.Columns = out.room[:0]; n > len(out.room) {
		out.Columns = make([]*resource.Attribute, 0, n)
	}
	return out
}

func (out *selection) finish() (*Select, error) {
	made := out.Select // before the writer is used for another statement
	var err error
	made.Statement, err = out.w.statement()
	return made, err
}

// level takes up the columns of one resource and joins what it includes.
func (out *selection) level(l *Level, r *record, q *datalayer.Query, fix bool) {
	l.Query, l.Primary = q, -1
	if l.Columns = out.places[:]; l != &out.Root || len(q.Select) > len(l.Columns) {
		l.Columns = make([]int, len(q.Select))
	}
	l.Columns = l.Columns[:len(q.Select)]
	for i, a := range q.Select {
		if fix && a.Expr == nil {
			if v, ok := fixedValue(q.Where, a); ok {
				l.Fixed = append(l.Fixed, v)
				l.Columns[i] = -len(l.Fixed)
				continue
			}
		}
		l.Columns[i] = out.column(r, a)
	}
	if len(q.Include) == 0 {
		return
	}
	l.Branches = make([]Branch, len(q.Include))
	for i := range q.Include {
		inc := &q.Include[i]
		b := &l.Branches[i]
		b.Include, b.Key = inc, -1
		if inc.Relationship.Many() {
			source := inc.Relationship.Key()
			b.Key = out.column(r, source)
			if fix {
				b.Known, _ = fixedValue(q.Where, source)
			}
			continue
		}
		to := out.w.join(r, out.w.relations.Of(inc.Relationship), inc.Query.Where)
		b.Joined = &Level{}
		out.level(b.Joined, to, inc.Query, false)
		b.Joined.Primary = out.column(to, inc.Query.Resource.Primary)
	}
}

// column is the number of an attribute's column, new or not.
func (out *selection) column(r *record, a *resource.Attribute) int {
	for i, c := range out.columns {
		if c.rec == r && (c.attr == a || a.Expr == nil && c.attr.Expr == nil && c.attr.Column == a.Column) {
			return i
		}
	}
	out.columns = append(out.columns, column{r, a})
	out.Columns = append(out.Columns, a)
	return len(out.columns) - 1
}

// list writes the columns.
func (out *selection) list() {
	for i, c := range out.columns {
		if i > 0 {
			out.w.str(", ")
		}
		out.item(c)
	}
	if len(out.columns) == 0 {
		out.w.str("1")
	}
}

func (out *selection) item(c column) {
	if c.attr.Expr == nil {
		out.w.column(c.rec, c.attr)
		return
	}
	out.w.value(&scope{rec: c.rec, outer: c.rec.around}, c.attr.Expr, precOr)
	if l, ok := c.attr.Expr.(expr.Literal); ok && l.Value == nil && out.w.d.arrays {
		out.w.str("::", out.w.d.ColumnType(c.attr.Type))
	}
}

// limits decides on the limit to write and the one to keep.
func (out *selection) limits(q *datalayer.Query) {
	out.Reversed = q.Seek != nil && q.Seek.Before
	if q.Limit <= 0 {
		return
	}
	out.Limit, out.limit = q.Limit, q.Limit
	if q.More {
		out.limit++
	}
	out.limit = roundLimit(out.limit)
}

// tail writes what follows the conditions: the place to seek, order and limit.
func (out *selection) tail(where *conjunction, s *scope, q *datalayer.Query) {
	keys := out.w.keys(s, q.Sort, out.Reversed)
	where.seek(s, keys, q.Seek)
	out.w.str(" order by ")
	out.w.orderKeys(s, keys)
	out.w.cut(out.limit, q.Offset)
}
