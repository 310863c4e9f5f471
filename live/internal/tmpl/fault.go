package tmpl

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
)

// Error is a fault of a template: found when it is compiled, or met when it runs.
type Error struct {
	File      string // path of the template's file
	Line, Col int    // of the fault, from 1
	Source    string // the action that is at fault, as written
	Message   string
	Hint      string // what may have been meant, or empty
	Err       error  // the cause, or nil
}

// Error returns all of e in one line.
func (e *Error) Error() string {
	msg := fmt.Sprintf("%s:%d:%d: <%s>: %s", e.File, e.Line, e.Col, e.Source, e.Message)
	if e.Hint != "" {
		msg += " (" + e.Hint + ")"
	}
	return msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// inserted matches what html/template adds to the actions of a template.
var inserted = regexp.MustCompile(` \| _html_template_\w+|_eval_args_ `)

// position is a place in a template.
type position struct {
	src  *source
	tree *parse.Tree
	node parse.Node
}

// at returns the position of n. Nodes that html/template has made up have
// none, so that functions count as being where their action is.
func (c *compiler) at(n parse.Node) position {
	if n == nil || n.Type() == parse.NodeIdentifier || n.Type() == parse.NodeCommand {
		n = c.action
	}
	return position{c.src, c.tree, n}
}

// wrap tells where err happened, unless it tells already.
func (p position) wrap(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return p.error(err.Error(), "", err)
}

func (p position) errorf(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return p.error(err.Error(), "", errors.Unwrap(err))
}

func (p position) error(msg, hint string, cause error) *Error {
	e := &Error{Message: msg, Hint: hint, Err: cause}
	location, source := p.tree.ErrorContext(p.node)
	parts := strings.Split(location, ":")
	if n := len(parts); n > 2 {
		e.Line, _ = strconv.Atoi(parts[n-2])
		e.Col, _ = strconv.Atoi(parts[n-1])
		e.Col++ // text/template counts from 0
		location = strings.Join(parts[:n-2], ":")
	}
	e.File, e.Source = location, inserted.ReplaceAllString(source, "")
	if file, ok := p.src.paths[location]; ok {
		e.File = file
	}
	return e
}

func (c *compiler) fault(n parse.Node, format string, args ...any) error {
	return c.at(n).errorf(format, args...)
}

// unknownMember is the fault of a name that a type does not have.
func (c *compiler) unknownMember(n parse.Node, t structs.ValueType, name string) error {
	hint := ""
	if near := nearest(name, t.Names()); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	} else if names := t.Names(); len(names) > 0 && len(names) <= 12 {
		hint = "it has " + strings.Join(names, ", ")
	}
	return c.at(n).error(fmt.Sprintf("%s has no field or method %s", t, name), hint, nil)
}

// nearest returns the name that looks most like the one given, or "".
func nearest(name string, names []string) string {
	best, least := "", max(1, len(name)/3)+1
	for _, n := range names {
		if d := inflect.Distance(strings.ToLower(name), strings.ToLower(n)); d < least {
			best, least = n, d
		}
	}
	return best
}
