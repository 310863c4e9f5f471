package resource

import "github.com/congago/conga/resource/expr"

// WrittenSQL is SQL in an expression of a declaration.
type WrittenSQL struct {
	*expr.Written
	// Where is the file and line of the declaration.
	Where string
}
