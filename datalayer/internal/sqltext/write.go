package sqltext

import (
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Insert is the statement that stores the records. Several rows travel as
// one array for each column where the database has arrays, so that the text
// does not depend on their number.
func (d *Dialect) Insert(in *datalayer.Insert) (Statement, error) {
	if d.memory != nil {
		return d.insert(in)
	}
	return d.writeInsert(in)
}

func (d *Dialect) writeInsert(in *datalayer.Insert) (Statement, error) {
	w := d.writer(nil).of(in.Tenant)
	if in.Conflict != nil {
		w.relations = in.Conflict.Relations
	}
	root, _ := w.root(in.Resource, from{fixed: true})
	w.str("insert into ")
	w.target(in.Resource)
	w.belonging(in)
	if in.Conflict != nil {
		w.str(" as ")
		w.alias(root)
	}
	numbered := d.numbered(in)
	switch {
	case len(in.Rows) == 0:
		w.fail("there is no record to insert")
	case len(in.Columns) == 0 && len(numbered) == 0:
		w.insertDefaults(in)
	default:
		w.insertColumns(in, numbered)
	}
	w.conflict(root, in)
	w.returning(in.Return)
	return w.statement()
}

// conflict writes what becomes of records that are there already.
func (w *writer) conflict(root *record, in *datalayer.Insert) {
	c := in.Conflict
	if c == nil {
		return
	}
	if len(c.Identity) == 0 || len(c.Update) == 0 {
		w.fail("an upsert of %s needs an identity and something to update", in.Resource.Name)
		return
	}
	w.str(" on conflict (")
	for i, a := range c.Identity {
		if i > 0 {
			w.str(", ")
		}
		w.key(a)
	}
	w.str(") do update set ")
	for i, a := range c.Update {
		if i > 0 {
			w.str(", ")
		}
		w.ident(a.Column)
		w.str(" = excluded.")
		w.ident(a.Column)
	}
	for _, set := range c.Set {
		l, ok := set.Value.(expr.Literal)
		if !ok {
			w.fail("an upsert of %s sets %s to what is no literal", in.Resource.Name, set.Attribute.Name)
			return
		}
		w.str(", ")
		w.ident(set.Attribute.Column)
		w.str(" = ")
		w.stored(set.Attribute, l.Value)
	}
	where := conjunction{w: w, own: root}
	where.ofTenant()
	where.add(&scope{rec: root}, c.Where)
}

// insertDefaults writes records that have nothing given.
func (w *writer) insertDefaults(in *datalayer.Insert) {
	if len(in.Rows) == 1 && !numbers(in.Resource.Primary) {
		w.str(" default values")
		return
	}
	w.str(" (")
	w.ident(in.Resource.Primary.Column)
	w.str(") values ")
	word := "(null)" // which makes SQLite choose an integer key
	if w.d.arrays {
		word = "(default)"
	}
	for i := range in.Rows {
		if i > 0 {
			w.str(", ")
		}
		w.str(word)
	}
}

func (w *writer) insertColumns(in *datalayer.Insert, numbered []*resource.Attribute) {
	w.str(" (")
	for i, a := range slices.Concat(in.Columns, numbered) {
		if i > 0 {
			w.str(", ")
		}
		w.ident(a.Column)
	}
	w.str(")")
	for _, row := range in.Rows {
		if len(row) != len(in.Columns) {
			w.fail("a record has %d values for %d columns", len(row), len(in.Columns))
			return
		}
	}
	if len(in.Rows) > 1 && w.d.arrays {
		w.insertArrays(in)
		return
	}
	w.str(" values ")
	w.rows(in.Columns, in.Rows, func(row int) {
		for i, a := range numbered {
			if i > 0 || len(in.Columns) > 0 {
				w.str(", ")
			}
			w.next(in.Resource, a, row)
		}
	})
}

// rows writes the values of each row in parentheses, and more after them.
func (w *writer) rows(columns []*resource.Attribute, rows [][]any, more func(row int)) {
	for i, row := range rows {
		if i > 0 {
			w.str(", ")
		}
		w.str("(")
		for j, v := range row {
			if j > 0 {
				w.str(", ")
			}
			w.stored(columns[j], v)
		}
		if more != nil {
			more(i)
		}
		w.str(")")
	}
}

// stored writes a placeholder for a value of the attribute, also for NULL, so
// that the text does not depend on the value.
func (w *writer) stored(a *resource.Attribute, v any) {
	w.param(document(a.Type, v))
	if a.Type.Kind == structs.List && w.d.arrays {
		w.str("::", w.d.ColumnType(a.Type))
		return
	}
	if t := w.d.casts[a.Type.Kind]; t != "" && t != "text" {
		w.str("::", t)
	}
}

func (w *writer) insertArrays(in *datalayer.Insert) {
	lists := slices.ContainsFunc(in.Columns, isList)
	w.str(" select ")
	if lists {
		w.listColumns(in.Columns)
	} else {
		w.str("*")
	}
	w.str(" from unnest(")
	w.columnArrays(in.Columns, in.Rows)
	w.str(")")
	if lists {
		w.rowNames(len(in.Columns))
	}
}

// columnArrays writes one array for the values of each column; lists are texts in it.
func (w *writer) columnArrays(columns []*resource.Attribute, rows [][]any) {
	for j, a := range columns {
		values := make([]any, len(rows))
		for i, row := range rows {
			values[i] = document(a.Type, row[j])
		}
		if j > 0 {
			w.str(", ")
		}
		if isList(a) {
			w.array(arrayTexts(values))
			continue
		}
		w.array(Array{a.Type.Kind, values})
	}
}

// returning writes the columns of the result.
func (w *writer) returning(attributes []*resource.Attribute) {
	for i, a := range attributes {
		switch {
		case a.Expr != nil:
			w.fail("%s is calculated: a write cannot return it", a.Name)
			return
		case i == 0:
			w.str(" returning ")
		default:
			w.str(", ")
		}
		w.ident(a.Column)
	}
}

// Update writes the statement that changes the records for which up.Where holds.
func (d *Dialect) Update(up *datalayer.Update) (Statement, error) {
	w := d.writer(up.Relations).of(up.Tenant)
	root, s := w.root(up.Resource, from{fixed: true})
	w.str("update ")
	w.target(up.Resource)
	w.str(" as ")
	w.alias(root)
	w.str(" set ")
	if len(up.Set) == 0 && up.Each == nil {
		w.fail("the update of %s sets nothing", up.Resource.Name)
	}
	for i, set := range up.Set {
		if i > 0 {
			w.str(", ")
		}
		if set.Attribute == up.Resource.Tenant.Column() {
			w.fail("the tenant of %s cannot be changed", up.Resource.Name)
		}
		w.ident(set.Attribute.Column)
		w.str(" = ")
		if l, ok := set.Value.(expr.Literal); ok {
			w.stored(set.Attribute, l.Value)
		} else {
			w.value(s, set.Value, precOr)
		}
	}
	where := conjunction{w: w, own: root}
	if up.Each != nil {
		w.eachColumns(up.Each, len(up.Set) > 0)
		w.eachRows(up)
		where.next()
		w.column(root, up.Resource.Primary)
		w.str(" = ")
		w.eachName(0)
	}
	where.ofTenant()
	where.add(s, up.Where)
	w.returning(up.Return)
	return w.statement()
}

// Delete writes the statement that removes the records for which del.Where holds.
func (d *Dialect) Delete(del *datalayer.Delete) (Statement, error) {
	w := d.writer(del.Relations).of(del.Tenant)
	root, s := w.root(del.Resource, from{fixed: true})
	w.str("delete from ")
	w.target(del.Resource)
	w.str(" as ")
	w.alias(root)
	where := conjunction{w: w, own: root}
	where.ofTenant()
	where.add(s, del.Where)
	w.returning(del.Return)
	return w.statement()
}
