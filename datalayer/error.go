package datalayer

import (
	"fmt"

	"github.com/congago/conga/resource"
)

// ConstraintKind is what a broken constraint asks for.
type ConstraintKind string

// The kinds of constraints.
const (
	Unique     ConstraintKind = "unique"
	ForeignKey ConstraintKind = "foreign_key"
	NotNull    ConstraintKind = "not_null"
	CheckRule  ConstraintKind = "check"
)

// ConstraintError says that a write would break a constraint.
type ConstraintError struct {
	Kind ConstraintKind
	// Name is the constraint in the database, where it is known.
	Name string
	// Attributes are those that the constraint speaks of, where they are known.
	Attributes []*resource.Attribute
	// Referenced tells, for ForeignKey, that other records still refer to
	// the record; otherwise the record refers to one that is not there.
	Referenced bool
	// Cause is the driver's error, for logs.
	Cause error
}

// Error names the kind and the constraint.
func (e *ConstraintError) Error() string {
	return fmt.Sprintf("%s constraint %s: %v", e.Kind, e.Name, e.Cause)
}

// Unwrap is the driver's error.
func (e *ConstraintError) Unwrap() error { return e.Cause }

// UnavailableError says that the database could not be reached or had no
// room for the call; trying again later may help.
type UnavailableError struct {
	// InDoubt tells that a commit was sent and its outcome is not known.
	InDoubt bool
	// Conflict tells that the transaction lost against another one
	// (serialization failure or deadlock) and may be tried again at once.
	Conflict bool
	// Cause is the driver's error, for logs.
	Cause error
}

// Error is the cause after a word on the kind.
func (e *UnavailableError) Error() string { return fmt.Sprintf("database unavailable: %v", e.Cause) }

// Unwrap is the driver's error.
func (e *UnavailableError) Unwrap() error { return e.Cause }
