package sqltext

import (
	"strings"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// variant writes the name of the variant of a union, which its document has
// in it.
func (w *writer) variant(s *scope, c expr.Call, prec int) {
	l, _ := c.Args[1].(expr.Literal)
	of, ok := l.Value.(expr.Variants)
	if !ok {
		w.fail("the variants of a union are a %T", l.Value)
		return
	}
	w.parens(precAdd <= prec, func() {
		w.value(s, c.Args[0], precPrimary)
		w.str(" ->> '", strings.ReplaceAll(of.DiscriminatorName(), "'", "''"), "'")
	})
}

// document writes a constant document of that type.
func (w *writer) document(t structs.Type, v any) {
	w.param(document(t, v))
	if cast := w.d.casts[structs.JSON]; cast != "" {
		w.str("::", cast)
	}
}
