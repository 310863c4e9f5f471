package conga

import (
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// cursors makes and reads the cursors of one query: the values of the sort
// keys and of the primary key.
type cursors struct {
	// sortKey ties a cursor to the sort it was made for.
	sortKey string
	// columns are where the values stand in the result; nil when the sort
	// has a key that no column can hold.
	columns []int
	// seal hides the values of cursors that not everybody may see; nil for others.
	seal *wire.Seal
}

// newCursors adds the columns that q still lacks for its sort.
// The records that the keys may speak of are in scopes, outermost first.
func (a *App) newCursors(scopes []*resource.Resource, sort []expr.Order, q *datalayer.Query) cursors {
	r := scopes[len(scopes)-1]
	c := cursors{columns: make([]int, 0, len(sort)+1)}
	hasKey := false
	for i, o := range sort {
		c.sortKey += sortText(o)
		f, ok := o.Node.(expr.Field)
		if !ok {
			return cursors{}
		}
		attr := follow(scopes[len(scopes)-1-f.Up], f.Path).Attribute(f.Name)
		if attr.Private || attr.Sensitive {
			c.seal = a.seal
		}
		hasKey = hasKey || f.Up == 0 && len(f.Path) == 0 && attr == r.Primary
		c.columns = append(c.columns, column(q, attr, f, q.Sort[i].Node))
	}
	if !hasKey {
		c.columns = append(c.columns, column(q, r.Primary, expr.Field{Name: r.Primary.Name}, nil))
	}
	c.sortKey = r.Type + ":" + c.sortKey
	return c
}

func sortText(o expr.Order) string {
	text := expr.String(o.Node)
	if o.Descending {
		text = "-" + text
	}
	if o.NullsFirst {
		text += "^"
	}
	return text + ","
}

// column is where the attribute stands in the selection; a new column is
// added where it is missing.
func column(q *datalayer.Query, attr *resource.Attribute, f expr.Field, bound expr.Node) int {
	own := f.Up == 0 && len(f.Path) == 0
	if own && attr.Arguments == nil {
		for i, s := range q.Select {
			if s == attr || s.Name == attr.Name && s.Index == attr.Index {
				return i
			}
		}
	}
	hidden := *attr
	hidden.Name = ""
	if _, plain := bound.(expr.Field); bound != nil && !plain || !own || attr.Expr != nil {
		hidden.Expr = bound
	}
	q.Select = append(q.Select, &hidden)
	return len(q.Select) - 1
}

// seek puts the cursor of a page into the query.
func (c cursors) seek(q *datalayer.Query, page Page) error {
	text, name := page.After, "after"
	if page.Before != "" {
		text, name = page.Before, "before"
	}
	if text == "" {
		if page.Last {
			q.Seek = &datalayer.Seek{Before: true}
		}
		return nil
	}
	issue := resource.Issue{Path: []string{"page", name}, Code: "cursor", Message: "is no cursor of this list in this order"}
	if c.columns == nil {
		return invalid(issue)
	}
	values, err := c.open(text)
	if err != nil || !c.fit(q, values) {
		return invalid(issue)
	}
	q.Seek = &datalayer.Seek{Values: values, Before: name == "before"}
	return nil
}

// open are the values in the text of a cursor.
func (c cursors) open(text string) (values []any, err error) {
	if c.seal != nil {
		if text, err = c.seal.Open(c.sortKey, text); err != nil {
			return nil, err
		}
	}
	return wire.DecodeCursor(c.sortKey, text)
}

// fit reports whether the values are such as the columns have: a client may
// have made the cursor itself.
func (c cursors) fit(q *datalayer.Query, values []any) bool {
	if len(values) != len(c.columns) {
		return false
	}
	for i, v := range values {
		attr := q.Select[c.columns[i]]
		missing := v == nil && attr.Primary && attr.Expr == nil
		strange := v != nil && structs.KindOf(v) != attr.Type.Kind
		if missing || strange || structs.FlawOf(v) != structs.Sound {
			return false
		}
	}
	return true
}

// Cursor is the cursor of a row: After it or Before it is where another page
// begins or ends. It is empty when the result has no limit, or when its sort
// has keys other than attributes.
func (f *Found) Cursor(row int) (string, error) {
	if f.manual != nil {
		return f.manual.cursor(row), nil
	}
	if f.cursors.columns == nil {
		return "", nil
	}
	values := make([]any, len(f.cursors.columns))
	for i, col := range f.cursors.columns {
		v, err := f.Value(row, col)
		if err != nil {
			return "", internal(err)
		}
		values[i] = v
	}
	text := wire.EncodeCursor(f.cursors.sortKey, values)
	if f.cursors.seal != nil {
		text = f.cursors.seal.Close(f.cursors.sortKey, text)
	}
	return text, nil
}
