package resource

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrorKind tells whom to blame for an error and what the caller can do.
type ErrorKind string

// The kinds of errors.
const (
	// Invalid input: see the issues.
	Invalid ErrorKind = "invalid"
	// Forbidden by a policy.
	Forbidden ErrorKind = "forbidden"
	// NotFound: there is no such record, or the actor may not see it.
	NotFound ErrorKind = "not_found"
	// Conflict with another record or another writer.
	Conflict ErrorKind = "conflict"
	// Unavailable for now: trying again may help.
	Unavailable ErrorKind = "unavailable"
	// Internal fault: the cause is for the log, never for the client.
	Internal ErrorKind = "internal"
)

// Error is what every call of an action fails with.
type Error struct {
	Kind ErrorKind
	// Message says what went wrong, fit for a client. Empty means the kind says it all.
	Message string
	// Issues say what is wrong with which input.
	Issues []Issue
	// Cause is for logs alone; it may hold internal text.
	Cause error
}

// Issue is one fault of an input.
type Issue struct {
	// Path leads to the input by JSON names; empty means the input as a whole.
	Path []string
	// Code is stable: the name of the rule, such as "required" or "max".
	Code string
	// Message is a template with {var} places, such as "must be at most {max} characters".
	Message string
	// Vars are the values of the places.
	Vars map[string]any

	said string
}

// Saying is the issue with a text of its own, in the language of the caller.
func (i Issue) Saying(text string) Issue {
	i.said = text
	return i
}

// Said reports whether the issue has a text of its own.
func (i Issue) Said() bool { return i.said != "" }

// Translator words messages in the languages of callers; package translation has one.
type Translator interface {
	// Translate words the message, a template, with the variables, in the
	// first of the languages that it has; ok is false where it cannot.
	Translate(languages []string, message string, vars map[string]any) (text string, ok bool)
}

// Text is the message with its variables filled in or, where somebody has
// translated it, in the language of the caller.
func (i Issue) Text() string {
	if i.said != "" {
		return i.said
	}
	s := i.Message
	for _, k := range slices.Sorted(maps.Keys(i.Vars)) {
		s = strings.ReplaceAll(s, "{"+k+"}", fmt.Sprint(i.Vars[k]))
	}
	return s
}

// Field is the path joined by dots.
func (i Issue) Field() string { return strings.Join(i.Path, ".") }

// Error is the message and the issues in one line, without the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	for i, is := range e.Issues {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		b.WriteString(sep)
		if len(is.Path) > 0 {
			b.WriteString(is.Field() + " ")
		}
		b.WriteString(is.Text())
	}
	return b.String()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, &Error{Kind: NotFound}) true for every error of that kind.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Message == "" && t.Issues == nil && t.Cause == nil
}

// KindOf is the kind of err: Internal for errors that are no *Error, empty for nil.
func KindOf(err error) ErrorKind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Fault is an error for hooks, changes and validations to return: the input
// named by field (a pointer into the probe or the arguments, or nil for the
// whole input) is wrong. Message may have {var} places for the values in vars.
func Fault(field any, code, message string, vars map[string]any) error {
	return &fieldFault{field: field, issue: Issue{Code: code, Message: message, Vars: vars}}
}

// fieldFault is a Fault whose field the changeset has yet to resolve.
type fieldFault struct {
	field any
	issue Issue
}

func (f *fieldFault) Error() string { return f.issue.Text() }
