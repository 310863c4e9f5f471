package resource

import (
	"fmt"
	"strings"

	"github.com/congago/conga/internal/inflect"
)

// Diagnostic is one fault of a declaration.
type Diagnostic struct {
	// Code is stable: "C012".
	Code string
	// Where is the file and line of the declaration: "chat.go:41". It is
	// empty for faults of struct tags, whose line Go does not tell.
	Where string
	// Field is the Go name at fault: "chat.Message.Body".
	Field string
	// Message says what is wrong, Hint what to do; Hint may be empty.
	Message, Hint string
}

// String is the diagnostic in one line that editors can link.
func (d Diagnostic) String() string {
	var b strings.Builder
	if d.Where != "" {
		b.WriteString(d.Where + ": ")
	}
	fmt.Fprintf(&b, "%s: %s: %s", d.Code, d.Field, d.Message)
	if d.Hint != "" {
		b.WriteString(" (" + d.Hint + ")")
	}
	return b.String()
}

// Diagnostics are all faults of a registry; it is the error of Compile.
type Diagnostics []Diagnostic

// Error is one line for each diagnostic.
func (ds Diagnostics) Error() string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// The codes of diagnostics. A code keeps its meaning for ever.
const (
	codeStruct       = "C001" // the struct or a field cannot be used
	codeTag          = "C002" // unknown or wrong tag option
	codeValidate     = "C003" // unknown or unsuitable validate rule
	codePrimary      = "C004" // no primary key, or several
	codeRelationship = "C005" // a relationship without target or key
	codeName         = "C006" // two things with the same name
	codeField        = "C007" // a pointer that is no suitable field
	codeExpression   = "C008" // an expression that cannot be resolved
	codeAction       = "C009" // a fault of an action
	codePolicy       = "C010" // a fault of a policy
	codeUncovered    = "C011" // an action, or a field, that no policy speaks of
	codeCalculation  = "C012" // a calculation without expression, or the other way round
	codePanic        = "C013" // Define panicked
	codeExtension    = "C014" // an extension refuses the resource
	codeManage       = "C015" // a relationship that cannot be managed or cascaded to so
	codeTenant       = "C016" // what would let tenants meet
	codeUnion        = "C017" // an interface without variants, or a fault of one
)

// suggest finds the candidate that the misspelt name probably means.
func suggest(name string, candidates []string) string {
	best, at := "", 3
	for _, c := range candidates {
		if d := inflect.Distance(name, c); d < at {
			best, at = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}
