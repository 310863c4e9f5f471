package sqltext

import (
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// eachTable is the name of the table of values that an update has for each record.
const eachTable = "conga_each"

// eachColumns writes what the columns of an update get from the table of values.
func (w *writer) eachColumns(each *datalayer.Each, begun bool) {
	for i, a := range each.Columns {
		if i > 0 || begun {
			w.str(", ")
		}
		w.ident(a.Column)
		w.str(" = ")
		w.eachName(i + 1)
		if isList(a) && w.d.arrays { // which are sent as texts
			w.str("::", w.d.ColumnType(a.Type))
		}
	}
}

// eachName writes a column of the table of values, the key being the first.
// SQLite gives the columns of VALUES these names.
func (w *writer) eachName(i int) {
	w.str(eachTable, ".column")
	w.int(i + 1)
}

// eachRows writes the table of values: as one array for each column where the
// database has arrays, so that the text does not depend on their number.
func (w *writer) eachRows(up *datalayer.Update) {
	each := up.Each
	if len(each.Keys) == 0 || len(each.Columns) == 0 || len(each.Rows) != len(each.Keys) {
		w.fail("the update of %s has %d keys, %d columns and %d rows of values", up.Resource.Name, len(each.Keys), len(each.Columns), len(each.Rows))
		return
	}
	columns := append([]*resource.Attribute{up.Resource.Primary}, each.Columns...)
	rows := make([][]any, len(each.Rows))
	for i, row := range each.Rows {
		if len(row) != len(each.Columns) {
			w.fail("a record has %d values for %d columns", len(row), len(each.Columns))
			return
		}
		rows[i] = append([]any{each.Keys[i]}, row...)
	}
	if !w.d.arrays {
		w.str(" from (values ")
		w.rows(columns, rows, nil)
		w.str(") as ", eachTable)
		return
	}
	w.str(" from unnest(")
	w.columnArrays(columns, rows)
	w.str(") as ", eachTable, "(")
	for i := range columns {
		if i > 0 {
			w.str(", ")
		}
		w.str("column")
		w.int(i + 1)
	}
	w.str(")")
}
