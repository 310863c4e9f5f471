package datalayer

import "github.com/congago/conga/resource"

// Rows are values as the database sent them: row by row, column by column.
// They belong to the Result that holds them, and to one goroutine at a time.
type Rows interface {
	// Len is the number of rows.
	Len() int
	// Null reports whether the value is NULL.
	Null(row, col int) bool
	// Value is the canonical value, nil for NULL.
	Value(row, col int) (any, error)
	// Scan stores the value in the attribute of rec, a record of the
	// resource. The attribute is the one selected for the column.
	Scan(row, col int, rec any) error
	// AppendJSON appends the value as JSON: the text of RFC 8259 that
	// package wire writes for the canonical value.
	AppendJSON(dst []byte, row, col int) ([]byte, error)
}

// Result is the answer to a Query or a write.
type Result struct {
	Rows
	// Columns are the attributes of the columns: Query.Select, or Return.
	Columns []*resource.Attribute
	// More reports that rows follow; it is set when Query.More was.
	More bool
	// Count is the number of rows without cuts when Query.Count was set, else -1.
	Count int64
	// Related are the answers to Query.Include, in that order.
	Related []*Related
}

// Related are the records that one relationship leads to, for all rows of a Result.
type Related struct {
	// Result holds the related records of all parent rows.
	Result *Result
	// From and To are, for each parent row, the range of its records in
	// Result: none where they are equal. They are nil when the related
	// record of parent row i is row i of Result (a joined to-one
	// relationship); then Present tells which exist.
	From, To []int32
	// Present tells whether parent row i has a joined record.
	Present func(row int) bool
	// More and Counts are the More and Count of each parent row; they are
	// nil where they were not asked for.
	More   []bool
	Counts []int64
}

// Span is the range of the records of a parent row in Result.
func (r *Related) Span(row int) (from, to int) {
	if r.From != nil {
		return int(r.From[row]), int(r.To[row])
	}
	if r.Present(row) {
		return row, row + 1
	}
	return row, row
}
