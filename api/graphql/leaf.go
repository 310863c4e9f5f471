package graphql

import (
	"errors"
	"fmt"
	"math"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// leaf is a scalar or an enum: how values without parts are written and read.
type leaf struct {
	name   string // of the GraphQL type
	coding coding
	names  map[string]string // of an enum: stored text → name
	texts  map[string]string // of an enum: name → stored text
	list   *leaf             // of the elements of a list, whose name is "[Name!]"
	object *documentTypes    // of a document with members
	like   string            // of a scalar with a name of its own: the one that it is written like
	union  *unionTypes       // of a union
}

// coding is how a leaf's JSON differs from that of package wire.
type coding uint8

const (
	plain  coding = iota // not at all
	quoted               // an integer in quotes: ID and BigInt
	small                // an integer of 32 bits, which the value may exceed
	named                // an enum
	listed               // a list of values that differ
)

// The scalars that are not built in.
var scalars = []*typeDef{
	{kind: "scalar", name: "BigInt", description: "A whole number of 64 bits, as text: readers that know floating-point numbers alone would round it."},
	{kind: "scalar", name: "Bytes", description: "Bytes in base64."},
	{kind: "scalar", name: "Date", description: "A day as RFC 3339 writes it: 2006-01-02.", url: "https://scalars.graphql.org/andimarek/local-date"},
	{kind: "scalar", name: "DateTime", description: "A moment as RFC 3339 writes it, in UTC: 2006-01-02T15:04:05.000001Z.", url: "https://scalars.graphql.org/andimarek/date-time"},
	{kind: "scalar", name: "Decimal", description: "A decimal number with all its digits, as text: \"12.50\"."},
	{kind: "scalar", name: "Duration", description: "A length of time as ISO 8601 writes it: PT1H30M."},
	{kind: "scalar", name: "JSON", description: "Any JSON document."},
}

var errTooLarge = errors.New("the number does not fit in an Int of 32 bits")

// leaves are the scalars by name.
var leaves = map[string]*leaf{
	"Boolean":  {name: "Boolean"},
	"String":   {name: "String"},
	"Float":    {name: "Float"},
	"Int":      {name: "Int"},
	"LongInt":  {name: "Int", coding: small},
	"BigInt":   {name: "BigInt", coding: quoted},
	"ID":       {name: "ID"},
	"IntID":    {name: "ID", coding: quoted},
	"Decimal":  {name: "Decimal"},
	"Date":     {name: "Date"},
	"DateTime": {name: "DateTime"},
	"Duration": {name: "Duration"},
	"Bytes":    {name: "Bytes"},
	"JSON":     {name: "JSON"},
}

// leafOf is the scalar for values of the type; key tells that it is that of a
// primary key or of a reference to one.
func leafOf(t structs.Type, key bool) *leaf {
	switch t.Kind {
	case structs.String:
		if key {
			return leaves["ID"]
		}
		return leaves["String"]
	case structs.Bool:
		return leaves["Boolean"]
	case structs.Int:
		return integerLeaf(t, key)
	case structs.Float:
		return leaves["Float"]
	case structs.Decimal:
		return leaves["Decimal"]
	case structs.Time:
		return leaves["DateTime"]
	case structs.Date:
		return leaves["Date"]
	case structs.Duration:
		return leaves["Duration"]
	case structs.UUID:
		return leaves["ID"]
	case structs.Bytes:
		return leaves["Bytes"]
	}
	return leaves["JSON"]
}

// integerLeaf makes int64, which asks for 64 bits by name, a BigInt. Other
// integers are Ints, as one expects of a count, and those that could be too
// large are checked one by one.
func integerLeaf(t structs.Type, key bool) *leaf {
	lo, hi := t.Range()
	switch {
	case key:
		return leaves["IntID"]
	case t.Name == "int64":
		return leaves["BigInt"]
	case lo < math.MinInt32 || hi > math.MaxInt32:
		return leaves["LongInt"]
	}
	return leaves["Int"]
}

// newEnum is the leaf of an enum.
func newEnum(name string, texts, constants []string) *leaf {
	l := &leaf{name: name, coding: named, names: map[string]string{}, texts: map[string]string{}}
	for i, text := range texts {
		l.names[text], l.texts[constants[i]] = constants[i], text
	}
	return l
}

// newList is the leaf of a list.
func newList(of *leaf) *leaf {
	l := &leaf{name: "[" + of.name + "!]", list: of}
	if of.coding != plain {
		l.coding = listed
	}
	return l
}

// append appends the value of a column as JSON.
func (l *leaf) append(dst []byte, rows datalayer.Rows, row, col int) (_ []byte, err error) {
	start := len(dst)
	switch l.coding {
	case named, listed:
		v, err := rows.Value(row, col)
		if err != nil {
			return dst, err
		}
		return l.appendValue(dst, structs.Type{}, v)
	case quoted:
		if rows.Null(row, col) {
			return wire.AppendNull(dst), nil
		}
		dst = append(dst, '"')
		if dst, err = rows.AppendJSON(dst, row, col); err != nil {
			return dst[:start], err
		}
		return append(dst, '"'), nil
	}
	if dst, err = rows.AppendJSON(dst, row, col); err != nil {
		return dst[:start], err
	}
	if l.coding == small && len(dst)-start >= len("1000000000") {
		v, err := rows.Value(row, col)
		if err != nil {
			return dst[:start], err
		}
		if n, ok := v.(int64); ok && (n < math.MinInt32 || n > math.MaxInt32) {
			return dst[:start], errTooLarge
		}
	}
	return dst, nil
}

// appendValue appends a canonical value as JSON.
func (l *leaf) appendValue(dst []byte, t structs.Type, v any) (_ []byte, err error) {
	if v == nil {
		return wire.AppendNull(dst), nil
	}
	n, isInt := v.(int64)
	switch {
	case l.coding == listed:
		items, _ := v.([]any)
		dst = append(dst, '[')
		for i, item := range items {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = l.list.appendValue(dst, structs.Type{}, item); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case l.coding == named:
		name, ok := l.names[fmt.Sprint(v)]
		if !ok {
			return dst, fmt.Errorf("a stored value is none of those of %s", l.name)
		}
		return wire.AppendString(dst, name), nil
	case l.coding == quoted:
		return append(wire.AppendInt(append(dst, '"'), n), '"'), nil
	case l.coding == small && isInt && (n < math.MinInt32 || n > math.MaxInt32):
		return dst, errTooLarge
	}
	return wire.AppendValue(dst, t, v)
}

// isKey reports whether the attribute of r is a primary key or refers to one.
func isKey(r *resource.Resource, a *resource.Attribute) bool {
	if a.Primary {
		return true
	}
	for _, rel := range r.Relationships {
		if rel.Kind == resource.BelongsTo && rel.Source == a && rel.Destination == rel.Target.Primary {
			return true
		}
	}
	return false
}
