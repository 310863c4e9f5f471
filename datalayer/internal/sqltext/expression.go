package sqltext

import (
	"strings"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// How tightly operators bind: what binds looser than its place asks for is
// put in parentheses.
const (
	precOr = iota
	precAnd
	precNot
	precCompare
	precAdd
	precMul
	precUnary
	precPrimary
)

// known reports the value of a condition that is the same for every record.
// No condition holds; one that is NULL never does, so it counts as false.
func known(n expr.Node) (value, ok bool) {
	switch x := n.(type) {
	case nil:
		return true, true
	case expr.Literal:
		b, isBool := x.Value.(bool)
		return b, isBool || x.Value == nil
	case expr.Call:
		switch x.Op {
		case expr.OpAnd:
			return knownOf(x.Args, true)
		case expr.OpOr:
			return knownOf(x.Args, false)
		case expr.OpNot:
			if l, isLiteral := x.Args[0].(expr.Literal); isLiteral && l.Value == nil {
				return false, true
			}
			value, ok = known(x.Args[0])
			return !value, ok && !holdsNull(x.Args[0])
		}
	}
	return false, false
}

// knownOf is known for an And (neutral is true) or an Or (false).
func knownOf(args []expr.Node, neutral bool) (value, ok bool) {
	ok = true
	for _, a := range args {
		v, k := known(a)
		if k && v != neutral {
			return !neutral, true
		}
		ok = ok && k
	}
	return neutral, ok
}

// holdsNull reports whether a NULL is written somewhere in a known condition.
func holdsNull(n expr.Node) (found bool) {
	expr.Walk(n, func(n expr.Node) bool {
		l, ok := n.(expr.Literal)
		found = found || ok && l.Value == nil
		return !found
	})
	return found
}

// Never reports whether a condition holds for no record whatever, so that
// nothing need be asked.
func Never(where expr.Node) bool {
	value, ok := known(where)
	return ok && !value
}

// condition writes n where only true counts: NULL may become false.
func (w *writer) condition(s *scope, n expr.Node, prec int) {
	if value, ok := known(n); ok {
		w.literal(value)
		return
	}
	c, ok := n.(expr.Call)
	if plain, masked := unmasked(s, c); ok && masked {
		w.condition(s, plain, prec)
		return
	}
	if !ok || c.Op != expr.OpAnd && c.Op != expr.OpOr {
		w.value(s, n, prec)
		return
	}
	own, word := precAnd, " and "
	if c.Op == expr.OpOr {
		own, word = precOr, " or "
	}
	// Neutral parts are left out; with one part left there is no operator.
	var parts []expr.Node
	for _, a := range c.Args {
		if _, ok := known(a); !ok {
			parts = append(parts, a)
		}
	}
	if len(parts) == 1 {
		w.condition(s, parts[0], prec)
		return
	}
	w.parens(own < prec, func() {
		for i, a := range parts {
			if i > 0 {
				w.str(word)
			}
			w.condition(s, a, own)
		}
	})
}

func (w *writer) parens(need bool, inner func()) {
	if need {
		w.str("(")
	}
	inner()
	if need {
		w.str(")")
	}
}

// value writes n, which may be NULL.
func (w *writer) value(s *scope, n expr.Node, prec int) {
	switch x := n.(type) {
	case expr.Literal:
		w.literal(x.Value)
	case expr.Field:
		if s = w.up(s, x.Up); s != nil {
			w.member(s.rec, x.Path, x.Name)
		}
	case *expr.Aggregate:
		w.aggregate(s, x)
	case expr.Call:
		w.call(s, x, prec)
	default:
		w.fail("the expression still holds a %T", n)
	}
}

// infix are the operators written between their arguments.
var infix = map[expr.Op]struct {
	word string
	prec int
}{
	expr.OpEq: {" = ", precCompare}, expr.OpNe: {" <> ", precCompare}, expr.OpLt: {" < ", precCompare},
	expr.OpLe: {" <= ", precCompare}, expr.OpGt: {" > ", precCompare}, expr.OpGe: {" >= ", precCompare},
	expr.OpAnd: {" and ", precAnd}, expr.OpOr: {" or ", precOr},
	expr.OpAdd: {" + ", precAdd}, expr.OpSub: {" - ", precAdd}, expr.OpMul: {" * ", precMul},
}

// functions are the operators written as a function of their arguments.
var functions = map[expr.Op]string{
	expr.OpLower: "lower", expr.OpFold: "lower", expr.OpUpper: "upper", expr.OpTrim: "trim",
	expr.OpCoalesce: "coalesce",
}

var arity = map[expr.Op]int{
	expr.OpEq: 2, expr.OpNe: 2, expr.OpLt: 2, expr.OpLe: 2, expr.OpGt: 2, expr.OpGe: 2, expr.OpIn: 2,
	expr.OpIsNull: 1, expr.OpNotNull: 1, expr.OpNot: 1, expr.OpDistinct: 2,
	expr.OpAdd: 2, expr.OpSub: 2, expr.OpMul: 2, expr.OpDiv: 2, expr.OpMod: 2, expr.OpNeg: 1, expr.OpAbs: 1,
	expr.OpLower: 1, expr.OpFold: 1, expr.OpUpper: 1, expr.OpTrim: 1, expr.OpLength: 1,
	expr.OpContains: 2, expr.OpStartsWith: 2, expr.OpEndsWith: 2, expr.OpIf: 3,
	expr.OpVariant: 2, expr.OpHas: 2, expr.OpHasAny: 2, expr.OpHasAll: 2,
	expr.OpRound: 1, expr.OpFloor: 1, expr.OpCeil: 1,
	expr.OpPosition: 2, expr.OpReplace: 3, expr.OpSubstring: 3, expr.OpSplitPart: 3,
	expr.OpAddTime: 2, expr.OpAddUnits: 3, expr.OpElapsed: 2, expr.OpExtract: 3, expr.OpStartOf: 3, expr.OpStartOfDate: 2,
}

// call writes an operator or a function.
func (w *writer) call(s *scope, c expr.Call, prec int) {
	if n, fixed := arity[c.Op]; fixed && n != len(c.Args) {
		w.fail("%s has %d arguments", c.Op, len(c.Args))
		return
	}
	if name, ok := functions[c.Op]; ok {
		w.function(s, name, c.Args)
		return
	}
	switch c.Op {
	case expr.OpAnd, expr.OpOr:
		w.logic(s, c, prec)
	case expr.OpNot:
		w.parens(precNot < prec, func() { w.str("not "); w.value(s, c.Args[0], precCompare) })
	case expr.OpIsNull:
		w.suffix(s, c.Args[0], " is null", prec)
	case expr.OpNotNull:
		w.suffix(s, c.Args[0], " is not null", prec)
	case expr.OpIn:
		w.in(s, c, prec)
	case expr.OpEq, expr.OpNe, expr.OpLt, expr.OpLe, expr.OpGt, expr.OpGe:
		w.compare(s, c, infix[c.Op].word, prec)
	case expr.OpDistinct:
		word := " is distinct from "
		if !w.d.arrays {
			word = " is not "
		}
		w.compare(s, c, word, prec)
	case expr.OpAdd, expr.OpSub, expr.OpMul, expr.OpDiv, expr.OpMod, expr.OpNeg, expr.OpAbs:
		w.arithmetic(s, c, prec)
	case expr.OpConcat:
		w.concat(s, c.Args, prec)
	case expr.OpContains, expr.OpStartsWith, expr.OpEndsWith:
		w.match(s, c, prec)
	case expr.OpHas, expr.OpHasAny, expr.OpHasAll:
		w.hold(s, c, prec)
	case expr.OpVariant:
		w.variant(s, c, prec)
	case expr.OpLength:
		w.length(s, c)
	case expr.OpRound, expr.OpFloor, expr.OpCeil:
		w.whole(s, c)
	case expr.OpPosition, expr.OpReplace, expr.OpSubstring, expr.OpSplitPart:
		w.textPart(s, c)
	case expr.OpAddTime, expr.OpAddUnits, expr.OpElapsed, expr.OpExtract, expr.OpStartOf, expr.OpStartOfDate:
		w.clock(s, c, prec)
	case expr.OpSQL:
		w.written(s, c)
	case expr.OpIf:
		w.str("case when ")
		w.condition(s, c.Args[0], precOr)
		w.str(" then ")
		w.value(s, c.Args[1], precOr)
		w.str(" else ")
		w.value(s, c.Args[2], precOr)
		w.str(" end")
	default:
		w.fail("the operator %s has no place in a query", c.Op)
	}
}

func (w *writer) function(s *scope, name string, args []expr.Node) {
	if len(args) == 0 {
		w.fail("%s has no arguments", name)
	}
	w.str(name, "(")
	for i, a := range args {
		if i > 0 {
			w.str(", ")
		}
		w.value(s, a, precOr)
	}
	w.str(")")
}

// logic writes an And or an Or in a place where NULL differs from false.
func (w *writer) logic(s *scope, c expr.Call, prec int) {
	switch len(c.Args) {
	case 0:
		w.literal(c.Op == expr.OpAnd)
		return
	case 1:
		w.value(s, c.Args[0], prec)
		return
	}
	op := infix[c.Op]
	w.parens(op.prec < prec, func() {
		for i, a := range c.Args {
			if i > 0 {
				w.str(op.word)
			}
			w.value(s, a, op.prec+1)
		}
	})
}

func (w *writer) suffix(s *scope, n expr.Node, words string, prec int) {
	w.parens(precCompare < prec, func() {
		w.value(s, n, precAdd)
		w.str(words)
	})
}

func (w *writer) compare(s *scope, c expr.Call, word string, prec int) {
	w.parens(precCompare < prec, func() {
		w.operand(s, c.Args[0], c.Args[1])
		if !isColumn(s, c.Args[0]) && !isColumn(s, c.Args[1]) {
			w.collate(s, c.Args[0])
		}
		w.str(word)
		w.operand(s, c.Args[1], c.Args[0])
	})
}

// operand writes one side of a comparison. A text beside a column takes the
// column's type, which need not be text in tables that we have not made.
func (w *writer) operand(s *scope, n, other expr.Node) {
	if l, ok := n.(expr.Literal); ok {
		if text, isText := l.Value.(string); isText && isColumn(s, other) {
			w.param(text)
			return
		}
		if a := columnOf(s, other); a != nil && a.Type.Kind == structs.JSON && kindOf(l.Value) == structs.JSON {
			w.document(a.Type, l.Value)
			return
		}
		if _, isList := l.Value.([]any); isList && w.kind(s, other) == structs.List {
			w.list(s, n, w.elementsOf(s, expr.Call{Args: []expr.Node{other, n}}), precAdd)
			return
		}
	}
	w.value(s, n, precAdd)
}

// collate tells SQLite to compare decimals as numbers, which it does by itself
// for columns alone.
func (w *writer) collate(s *scope, n expr.Node) {
	if !w.d.arrays && !isColumn(s, n) && w.kind(s, n) == structs.Decimal {
		w.str(" collate conga_decimal")
	}
}

func isColumn(s *scope, n expr.Node) bool { return columnOf(s, n) != nil }

// columnOf is the stored attribute that n is, or nil.
func columnOf(s *scope, n expr.Node) *resource.Attribute {
	f, ok := n.(expr.Field)
	if !ok {
		return nil
	}
	for range f.Up {
		if s = s.outer; s == nil {
			return nil
		}
	}
	if s.rec.group != nil {
		return nil
	}
	if a, _ := s.rec.attribute(f.Path, f.Name); a != nil && a.Expr == nil {
		return a
	}
	return nil
}

func (w *writer) in(s *scope, c expr.Call, prec int) {
	list, ok := c.Args[1].(expr.List)
	if !ok {
		w.fail("the right side of in is a %T", c.Args[1])
		return
	}
	a := Array{Kind: w.kind(s, c.Args[0]), Values: list.Values}
	for _, v := range list.Values {
		if v != nil {
			a.Kind = kindOf(v)
			break
		}
	}
	if a.Kind == structs.Invalid {
		a.Kind = structs.String
	}
	w.parens(precCompare < prec, func() {
		w.value(s, c.Args[0], precAdd)
		w.collate(s, c.Args[0])
		if isFold(c.Args[0]) {
			w.amongFolded(a)
			return
		}
		w.among(a)
	})
}

func (w *writer) concat(s *scope, args []expr.Node, prec int) {
	switch len(args) {
	case 0:
		w.literal("")
		return
	case 1:
		w.value(s, args[0], prec)
		return
	}
	w.parens(precAdd <= prec, func() {
		for i, a := range args {
			if i > 0 {
				w.str(" || ")
			}
			w.value(s, a, precPrimary)
		}
	})
}

// match writes a search for a part of a text. A constant part becomes a
// pattern, which indexes can serve.
func (w *writer) match(s *scope, c expr.Call, prec int) {
	l, constant := unfolded(c.Args[1]).(expr.Literal)
	part, isText := l.Value.(string)
	if constant && isText && (w.d.arrays || c.Op == expr.OpStartsWith) {
		w.pattern(s, c, part, prec)
		return
	}
	text := func() { w.value(s, c.Args[0], precPrimary) }
	other := func() { w.value(s, c.Args[1], precOr) }
	w.parens(precCompare < prec, func() {
		switch {
		case c.Op == expr.OpContains && w.d.arrays:
			w.around("strpos(", text, ", ", other, ") > 0")
		case c.Op == expr.OpContains:
			w.around("instr(", text, ", ", other, ") > 0")
		case c.Op == expr.OpStartsWith:
			w.around("substr(", text, ", 1, length(", other, ")) = ")
			w.value(s, c.Args[1], precAdd)
		default:
			w.around("substr(", text, ", length(", text, ") - length(")
			other()
			// A part longer than the text makes the place negative, which means
			// different things, but never gives a text of that length.
			w.str(") + 1) = ")
			w.value(s, c.Args[1], precAdd)
		}
	})
}

// around writes texts and what stands between them.
func (w *writer) around(parts ...any) {
	for _, p := range parts {
		switch x := p.(type) {
		case string:
			w.str(x)
		case func():
			x()
		}
	}
}

var (
	likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	globEscapes = strings.NewReplacer(`*`, `[*]`, `?`, `[?]`, `[`, `[[]`)
)

func (w *writer) pattern(s *scope, c expr.Call, part string, prec int) {
	word, before, after, escapes := " like ", "%", "%", likeEscapes
	if !w.d.arrays {
		word, before, after, escapes = " glob ", "*", "*", globEscapes
	}
	switch c.Op {
	case expr.OpStartsWith:
		before = ""
	case expr.OpEndsWith:
		after = ""
	}
	w.parens(precCompare < prec, func() {
		w.value(s, c.Args[0], precAdd)
		w.str(word)
		if pattern := before + escapes.Replace(part) + after; isFold(c.Args[1]) {
			w.around("lower(", func() { w.literal(pattern) }, ")")
		} else {
			w.literal(pattern)
		}
	})
}
