package expr

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// String is n for people: `AuthorID == actor.ID and not (Votes < 10)`. Fields
// have their Go names; "parent." leads to the record around an aggregate.
// Equal trees give equal texts. A nil node, no condition, is "true".
func String(n Node) string {
	var p printer
	if n == nil {
		return "true"
	}
	p.node(n, 0)
	return p.String()
}

type printer struct{ strings.Builder }

// symbols are the operators between two arguments, and how tightly they bind.
var symbols = map[Op]struct {
	text string
	prec int
}{
	OpOr: {" or ", 1}, OpAnd: {" and ", 2},
	OpEq: {" == ", 4}, OpNe: {" != ", 4}, OpLt: {" < ", 4}, OpLe: {" <= ", 4}, OpGt: {" > ", 4}, OpGe: {" >= ", 4},
	OpIn: {" in ", 4}, OpDistinct: {" is distinct from ", 4},
	OpAdd: {" + ", 5}, OpSub: {" - ", 5}, OpMul: {" * ", 6}, OpDiv: {" / ", 6}, OpMod: {" % ", 6},
}

const comparePrec = 4

// node prints n at a place where operators bind with prec.
func (p *printer) node(n Node, prec int) {
	switch x := n.(type) {
	case Literal:
		p.literal(x.Value)
	case List:
		p.WriteString("[")
		for i, v := range x.Values {
			p.comma(i)
			p.literal(v)
		}
		p.WriteString("]")
	case *Written:
		p.WriteString(strconv.Quote(x.String()))
	case Field:
		p.up(x.Up)
		p.WriteString(strings.Join(append(slices.Clip(x.Path), x.Name), "."))
		p.arguments(x.Args)
	case Actor:
		p.WriteString("actor")
		if x.Name != "" {
			p.WriteString("." + x.Name)
		}
	case Argument:
		p.WriteString("argument." + x.Name)
	case Fact:
		p.WriteString(x.Name)
	case Call:
		p.call(x, prec)
	case *Aggregate:
		p.aggregate(x)
	case Ref:
		fmt.Fprintf(p, "unresolved(%T)", x.Ptr)
	case *Related:
		fmt.Fprintf(p, "%s(unresolved(%T))", x.Kind, x.Rel.Ptr)
	}
}

func (p *printer) arguments(args map[string]any) {
	if len(args) == 0 {
		return
	}
	p.WriteString("(")
	for i, name := range slices.Sorted(maps.Keys(args)) {
		p.comma(i)
		p.WriteString(name + ": ")
		p.literal(args[name])
	}
	p.WriteString(")")
}

func (p *printer) comma(i int) {
	if i > 0 {
		p.WriteString(", ")
	}
}

func (p *printer) up(n int) {
	for range n {
		p.WriteString("parent.")
	}
}

func (p *printer) literal(v any) {
	switch x := v.(type) {
	case nil:
		p.WriteString("null")
	case string:
		p.WriteString(strconv.Quote(x))
	case []byte:
		p.WriteString("0x" + hex.EncodeToString(x))
	case time.Time:
		p.WriteString(x.UTC().Format(time.RFC3339Nano))
	case []any:
		p.node(List{Values: x}, 0)
	default:
		fmt.Fprint(p, v)
	}
}

func (p *printer) call(c Call, prec int) {
	s, infix := symbols[c.Op]
	switch {
	case infix && len(c.Args) > 1:
		p.parens(s.prec < prec, func() {
			for i, a := range c.Args {
				if i > 0 {
					p.WriteString(s.text)
				}
				// Operators of equal rank are computed from the left; comparisons do not chain.
				if inner := s.prec; i > 0 || inner == comparePrec {
					p.node(a, inner+1)
				} else {
					p.node(a, inner)
				}
			}
		})
	case len(c.Args) == 1 && (c.Op == OpIsNull || c.Op == OpNotNull):
		p.parens(comparePrec < prec, func() {
			p.node(c.Args[0], comparePrec+1)
			p.WriteString(map[Op]string{OpIsNull: " is null", OpNotNull: " is not null"}[c.Op])
		})
	case len(c.Args) == 1 && c.Op == OpNot:
		p.WriteString("not (")
		p.node(c.Args[0], 0)
		p.WriteString(")")
	default:
		p.function(c)
	}
}

func (p *printer) parens(need bool, inner func()) {
	if need {
		p.WriteString("(")
	}
	inner()
	if need {
		p.WriteString(")")
	}
}

func (p *printer) function(c Call) {
	p.WriteString(string(c.Op) + "(")
	for i, a := range c.Args {
		p.comma(i)
		p.node(a, 0)
	}
	p.WriteString(")")
}

// aggregate prints count(Messages where ReadAt is null), first(Messages, Body by -InsertedAt).
func (p *printer) aggregate(x *Aggregate) {
	p.WriteString(string(x.Kind) + "(")
	if x.Distinct {
		p.WriteString("distinct ")
	}
	p.up(x.Up)
	p.WriteString(strings.Join(x.Path, "."))
	if x.Of != nil {
		p.WriteString(", ")
		p.node(x.Of, 0)
	}
	for i, o := range x.Sort {
		p.WriteString([]string{" by ", ", "}[min(i, 1)])
		p.order(o)
	}
	if x.Where != nil {
		p.WriteString(" where ")
		p.node(x.Where, 0)
	}
	p.WriteString(")")
}

func (p *printer) order(o Order) {
	if o.Descending {
		p.WriteString("-")
	}
	p.node(o.Node, 6)
	if o.NullsFirst {
		p.WriteString(" nulls first")
	}
}
