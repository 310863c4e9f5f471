package sqltext

import (
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// written writes SQL of the application with its arguments. The value gets its
// type, so that the text may give another one; where it is the same already,
// the database leaves the cast out, and indexes over the text still serve.
func (w *writer) written(s *scope, c expr.Call) {
	parts := w.d.pieces(c.Args[0])
	if len(parts) != len(c.Args) {
		w.fail("there is no SQL of %s for %s", expr.String(c), w.d.Name)
		return
	}
	for i, part := range parts {
		if i == 0 {
			w.str("(", part)
			continue
		}
		w.value(s, c.Args[i], precPrimary)
		w.str(part)
	}
	w.str(")")
	if w.d.arrays {
		w.str("::", w.d.ColumnType(writtenType(c)))
	}
}

// pieces are those of the text for the dialect; nil without one.
func (d *Dialect) pieces(n expr.Node) []string {
	x, ok := n.(*expr.Written)
	switch {
	case !ok:
		return nil
	case d.arrays:
		return x.PostgreSQL
	}
	return x.SQLite
}

func writtenType(c expr.Call) structs.Type {
	x, ok := c.Args[0].(*expr.Written)
	if !ok {
		return structs.Type{}
	}
	return structs.TypeOf(x.Zero)
}

// CheckSQL finds SQL of resources that there is none of for the dialect.
func (d *Dialect) CheckSQL(resources []*resource.Resource) []resource.Diagnostic {
	var out []resource.Diagnostic
	for _, r := range resources {
		for _, x := range r.SQL {
			if d.pieces(x.Written) == nil {
				out = append(out, resource.Diagnostic{Code: "C008", Where: x.Where, Field: r.Name,
					Message: "there is no SQL for " + d.Name + " beside " + x.String(), Hint: "give the Fragment a text for it"})
			}
			if structs.TypeOf(x.Zero).Kind == structs.Invalid {
				out = append(out, resource.Diagnostic{Code: "C008", Where: x.Where, Field: r.Name,
					Message: "the SQL " + x.String() + " has a Go type that no database gives"})
			}
		}
	}
	return out
}
