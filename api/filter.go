package api

import (
	"errors"
	"fmt"
	"slices"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Operator is one way to compare an attribute in a filter.
type Operator struct {
	// Name is the operator in documents: "gte".
	Name string
	// Takes is what it compares with.
	Takes Operand
	// Description ends a sentence that begins with the attribute: "is at least the value".
	Description string

	op     expr.Op
	negate bool
}

// Operand is what an operator compares with.
type Operand uint8

// The operands: a value of the attribute's type, a list of such values, a
// piece of text, or true and false.
const (
	OneValue Operand = iota
	ValueList
	PieceOfText
	TrueOrFalse
	Element     // of a list
	ElementList // several of them
	WholeNumber
	TwoValues // the least and the greatest
)

// The operators in the order in which documents show them.
var (
	opEq         = Operator{Name: "eq", op: expr.OpEq, Description: "equals the value"}
	opNe         = Operator{Name: "ne", op: expr.OpNe, Description: "differs from the value and is not null"}
	opGt         = Operator{Name: "gt", op: expr.OpGt, Description: "is greater than the value"}
	opGte        = Operator{Name: "gte", op: expr.OpGe, Description: "is at least the value"}
	opLt         = Operator{Name: "lt", op: expr.OpLt, Description: "is less than the value"}
	opLte        = Operator{Name: "lte", op: expr.OpLe, Description: "is at most the value"}
	opBetween    = Operator{Name: "between", Takes: TwoValues, Description: "is at least the first and at most the second of two values"}
	opIn         = Operator{Name: "in", Takes: ValueList, op: expr.OpIn, Description: "is one of the values"}
	opNotIn      = Operator{Name: "not_in", Takes: ValueList, op: expr.OpIn, negate: true, Description: "is none of the values and is not null"}
	opContains   = Operator{Name: "contains", Takes: PieceOfText, op: expr.OpContains, Description: "contains the text"}
	opStartsWith = Operator{Name: "starts_with", Takes: PieceOfText, op: expr.OpStartsWith, Description: "starts with the text"}
	opEndsWith   = Operator{Name: "ends_with", Takes: PieceOfText, op: expr.OpEndsWith, Description: "ends with the text"}
	opHas        = Operator{Name: "has", Takes: Element, op: expr.OpHas, Description: "has the value as an element"}
	opHasAny     = Operator{Name: "has_any", Takes: ElementList, op: expr.OpHasAny, Description: "has one at least of the values"}
	opHasAll     = Operator{Name: "has_all", Takes: ElementList, op: expr.OpHasAll, Description: "has all of the values"}
	opLength     = Operator{Name: "length", Takes: WholeNumber, op: expr.OpLength, Description: "has that number of elements"}
	opIsNull     = Operator{Name: "is_null", Takes: TrueOrFalse, op: expr.OpIsNull, Description: "is null (true) or has a value (false)"}
)

var (
	equality = []Operator{opEq, opNe, opIn, opNotIn, opIsNull}
	ordering = []Operator{opEq, opNe, opGt, opGte, opLt, opLte, opBetween, opIn, opNotIn, opIsNull}
	wording  = []Operator{
		opEq, opNe, opGt, opGte, opLt, opLte, opBetween, opIn, opNotIn, opContains, opStartsWith, opEndsWith, opIsNull,
	}
	binary   = []Operator{opEq, opNe, opIsNull}
	presence = []Operator{opIsNull}
	listing  = []Operator{opHas, opHasAny, opHasAll, opLength, opIsNull}
)

// Operators are the operators that filters offer for an attribute: all that
// make sense for its type. The list must not be changed.
func Operators(attr *resource.Attribute) []Operator {
	if attr.Compute != nil || attr.NoFilter {
		return nil // known to Go code alone, or kept from clients
	}
	switch attr.Type.Kind {
	case structs.String:
		if attr.Enum != nil {
			return equality
		}
		return wording
	case structs.Int, structs.Float, structs.Decimal, structs.Time, structs.Duration, structs.Date:
		return ordering
	case structs.UUID:
		return equality
	case structs.Bool, structs.Bytes:
		return binary
	case structs.List:
		return listing
	}
	return presence
}

// Operand is an attribute like that with which the operator compares attr, one
// value at a time.
func (op Operator) Operand(attr *resource.Attribute) *resource.Attribute {
	switch op.Takes {
	case TrueOrFalse:
		return &resource.Attribute{JSON: attr.JSON, Type: structs.Type{Kind: structs.Bool}}
	case PieceOfText:
		return &resource.Attribute{JSON: attr.JSON, Type: structs.Type{Kind: structs.String}}
	case WholeNumber:
		return &resource.Attribute{JSON: attr.JSON, Type: structs.Type{Kind: structs.Int, Bits: 32}}
	case Element, ElementList:
		return attr.Element
	}
	return attr
}

// TakesList reports whether the operator compares with several values.
func (op Operator) TakesList() bool {
	return op.Takes == ValueList || op.Takes == ElementList || op.Takes == TwoValues
}

// Presence asks whether an attribute is null, whatever else clients may ask of it.
func Presence() Operator { return opIsNull }

// LookupOperator is the operator of that name for the attribute.
func LookupOperator(attr *resource.Attribute, name string) (Operator, bool) {
	for _, op := range Operators(attr) {
		if op.Name == name {
			return op, true
		}
	}
	return Operator{}, false
}

// Compare is the condition that the attribute, to which path leads from the
// record at hand, compares with value. The path may take to-many steps: then
// the condition holds when it does for one of the records there.
//
// For ValueList and ElementList value is an []any of canonical values, for
// TwoValues one of two, for PieceOfText a string, for TrueOrFalse a bool, and otherwise a canonical value. A nil value
// of eq and ne asks for null; for other operators nil is an error.
func Compare(path []*resource.Relationship, attr *resource.Attribute, op Operator, value any) (expr.Node, error) {
	last := -1 // the last to-many step
	for i, rel := range path {
		if rel.Many() {
			last = i
		}
	}
	n, err := compare(attr.Reference(names(path[last+1:])), op, value)
	if err != nil {
		return nil, err
	}
	return Exists(path[:last+1], n), nil
}

func compare(field expr.Node, op Operator, value any) (expr.Node, error) {
	right := expr.Node(expr.Literal{Value: value})
	switch op.Takes {
	case ValueList, ElementList, TwoValues:
		values, ok := value.([]any)
		if !ok {
			return nil, fmt.Errorf("%s needs a list", op.Name)
		}
		for _, v := range values {
			if v == nil {
				return nil, fmt.Errorf("%s cannot compare with null: use is_null", op.Name)
			}
		}
		if op.Takes == TwoValues {
			return between(field, values)
		}
		if op.Takes == ValueList {
			right = expr.List{Values: values}
		}
	case TrueOrFalse:
		yes, ok := value.(bool)
		if !ok {
			return nil, fmt.Errorf("%s needs true or false", op.Name)
		}
		return isNull(field, yes), nil
	default:
		if value == nil {
			if op.op == expr.OpEq || op.op == expr.OpNe {
				return isNull(field, op.op == expr.OpEq), nil
			}
			return nil, fmt.Errorf("%s cannot compare with null: use is_null", op.Name)
		}
	}
	if op.op == expr.OpLength {
		length := expr.Call{Op: expr.OpLength, Args: []expr.Node{field}}
		return expr.Call{Op: expr.OpEq, Args: []expr.Node{length, right}}, nil
	}
	var n expr.Node = expr.Call{Op: op.op, Args: []expr.Node{field, right}}
	if op.negate {
		n = expr.Call{Op: expr.OpNot, Args: []expr.Node{n}}
	}
	return n, nil
}

func between(field expr.Node, values []any) (expr.Node, error) {
	if len(values) != 2 {
		return nil, errors.New("between needs two values, the least and the greatest")
	}
	return expr.And(
		expr.Call{Op: expr.OpGe, Args: []expr.Node{field, expr.Literal{Value: values[0]}}},
		expr.Call{Op: expr.OpLe, Args: []expr.Node{field, expr.Literal{Value: values[1]}}}), nil
}

func isNull(field expr.Node, yes bool) expr.Node {
	op := expr.OpNotNull
	if yes {
		op = expr.OpIsNull
	}
	return expr.Call{Op: op, Args: []expr.Node{field}}
}

// Exists is the condition that where holds for one of the records to which
// path leads. The path ends with a to-many step, or is empty: then it is
// where itself. where is in the scope of the records at the end of the path;
// nil means that any record will do.
func Exists(path []*resource.Relationship, where expr.Node) expr.Node {
	end := len(path)
	for i := range slices.Backward(path) {
		if i == 0 || path[i-1].Many() {
			where = &expr.Aggregate{Kind: expr.AggregateExists, Path: names(path[i:end]), Where: where}
			end = i
		}
	}
	return where
}

func names(path []*resource.Relationship) []string {
	if len(path) == 0 {
		return nil
	}
	out := make([]string, len(path))
	for i, rel := range path {
		out[i] = rel.Name
	}
	return out
}

// Follows reports whether clients may follow the relationship, in filters,
// sorts and selections: it is public, and what it leads to can be read.
func Follows(rel *resource.Relationship) bool {
	if rel == nil || rel.Private {
		return false
	}
	read := rel.Target.PrimaryAction(resource.Read)
	return read != nil && !read.Private
}

// Asks reports whether clients may ask about the relationship, in filters and
// sorts, besides following it: its records are not found by Go code.
func Asks(rel *resource.Relationship) bool { return Follows(rel) && rel.Finder == nil }

// Sortable reports whether records can be sorted by the attribute.
func Sortable(attr *resource.Attribute) bool {
	switch attr.Type.Kind {
	case structs.JSON, structs.Bytes, structs.List:
		return false
	}
	return !attr.Private && attr.Compute == nil && !attr.NoSort
}

// SortKey sorts by the attribute to which path, of to-one steps alone, leads.
// NULLs come last in both directions.
func SortKey(path []*resource.Relationship, attr *resource.Attribute, descending bool) (expr.Order, error) {
	if !Sortable(attr) {
		return expr.Order{}, fmt.Errorf("records cannot be sorted by %s", attr.JSON)
	}
	for _, rel := range path {
		if rel.Many() {
			return expr.Order{}, fmt.Errorf("records cannot be sorted through %s: it leads to many", rel.JSON)
		}
	}
	return expr.Order{Node: attr.Reference(names(path)), Descending: descending}, nil
}
