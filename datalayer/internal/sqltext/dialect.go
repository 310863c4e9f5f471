package sqltext

import (
	"fmt"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
)

// Dialect is one way to write SQL. What it writes never changes, and it may be
// used from many goroutines.
//
// What a layer for SQLite must know: booleans are the integers 0 and 1,
// durations integer nanoseconds; times are text of the form
// "2006-01-02T15:04:05.000000Z", whose order is that of time; UUIDs are text;
// decimals are text in columns with the collation "conga_decimal", which the
// layer registers and which compares numbers; JSON is text, bytes are blobs.
// An Array is one JSON text, in it bytes are hexadecimal; a list is stored as
// such a text. Dates are text.
type Dialect struct {
	// Name is that of the database: "PostgreSQL" or "SQLite".
	Name        string
	placeholder byte
	// types are the column types by kind, integers and floats aside.
	types map[structs.Kind]string
	// casts are the types that parameters are cast to; none are without entry.
	casts map[structs.Kind]string
	// arrays tells that a parameter can be an array, for any and unnest.
	arrays bool
	// lateral tells that subqueries in FROM may refer to earlier tables.
	lateral bool
	// nullsLowest tells that NULLs sort before all values unless told otherwise.
	nullsLowest bool
	// locks tells that rows can be locked.
	locks bool
	// alters tells that constraints can be added to existing tables.
	alters bool

	// memory is what statements are written in, nil where it is not kept.
	memory *memory
}

// PostgreSQL is the dialect of PostgreSQL 14 and later. It is for one layer,
// which keeps it: with it goes the memory of the statements that it has written.
func PostgreSQL() *Dialect {
	d := *postgreSQL
	d.memory = &memory{}
	return &d
}

// SQLite is the dialect of SQLite 3.41 and later.
func SQLite() *Dialect { return sqLite }

var postgreSQL = &Dialect{
	Name: "PostgreSQL", placeholder: '$', arrays: true, lateral: true, locks: true, alters: true,
	types: map[structs.Kind]string{
		structs.String: "text", structs.Bool: "boolean", structs.Decimal: "numeric", structs.Time: "timestamptz",
		structs.Duration: "bigint", structs.UUID: "uuid", structs.Bytes: "bytea", structs.JSON: "jsonb",
		structs.Date: "date",
	},
	casts: map[structs.Kind]string{
		structs.String: "text", structs.Bool: "boolean", structs.Int: "bigint", structs.Float: "double precision",
		structs.Decimal: "numeric", structs.Time: "timestamptz", structs.Duration: "bigint",
		structs.UUID: "uuid", structs.Bytes: "bytea", structs.JSON: "jsonb", structs.Date: "date",
	},
}

var sqLite = &Dialect{
	Name: "SQLite", placeholder: '?', nullsLowest: true,
	types: map[structs.Kind]string{
		structs.String: "text", structs.Bool: "integer", structs.Decimal: "text collate conga_decimal",
		structs.Time: "text", structs.Duration: "integer", structs.UUID: "text", structs.Bytes: "blob",
		structs.JSON: "text", structs.Date: "text", structs.List: "text",
	},
}

// ColumnType is the type of a column that holds values of t. Unsigned integers
// take the next larger type.
func (d *Dialect) ColumnType(t structs.Type) string {
	switch {
	case t.Kind == structs.Int && !d.arrays:
		return "integer"
	case t.Kind == structs.Float && !d.arrays:
		return "real"
	case t.Kind == structs.Int:
		return intType(t)
	case t.Kind == structs.Float && t.Bits == 32:
		return "real"
	case t.Kind == structs.Float:
		return "double precision"
	case t.Kind == structs.List && d.arrays:
		return d.ColumnType(*t.Element) + "[]"
	}
	return d.types[t.Kind]
}

func intType(t structs.Type) string {
	switch {
	case t.Bits == 8, t.Bits == 16 && !t.Unsigned:
		return "smallint"
	case t.Bits == 16, t.Bits == 32 && !t.Unsigned:
		return "integer"
	}
	return "bigint"
}

// Array is a list of values of one kind as one argument. Values are canonical,
// nil for NULL.
type Array struct {
	Kind   structs.Kind
	Values []any
}

// Document is an argument that is sent as JSON, whatever its Go type. The type
// is that of the attribute.
type Document struct {
	Type  structs.Type
	Value any
}

// String is the value, for people.
func (d Document) String() string { return fmt.Sprintf("{%v}", d.Value) }

// document marks a value of an attribute that is stored as JSON, or as an array. NULL is the
// document null where the column cannot hold NULL.
func document(t structs.Type, v any) any {
	if list, ok := v.([]any); ok && t.Kind == structs.List {
		return Array{t.Element.Kind, list}
	}
	if t.Kind != structs.JSON || v == nil && t.Nullable {
		return v
	}
	return Document{t, v}
}

// kindOf is the kind of a canonical value; Invalid for nil.
func kindOf(v any) structs.Kind {
	switch v.(type) {
	case nil:
		return structs.Invalid
	case string:
		return structs.String
	case bool:
		return structs.Bool
	case int64:
		return structs.Int
	case float64:
		return structs.Float
	case decimal.Decimal:
		return structs.Decimal
	case time.Time:
		return structs.Time
	case time.Duration:
		return structs.Duration
	case uuid.UUID:
		return structs.UUID
	case []byte:
		return structs.Bytes
	case civil.Date:
		return structs.Date
	case []any:
		return structs.List
	}
	return structs.JSON // also of a Document
}
