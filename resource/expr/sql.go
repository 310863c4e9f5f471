package expr

import (
	"errors"
	"fmt"
	"strings"
)

// Fragment is a piece of SQL for each database: an expression, with a question
// mark for each argument, and two of them where one is meant. A database whose
// text is empty cannot compute it, which is a fault at start.
//
// The texts are constants of the program: Go lets nothing else stand there, so
// that no input of anybody can become SQL.
type Fragment struct {
	PostgreSQL, SQLite sqlText
}

// Both is the fragment whose text is the same for all databases.
func Both(text sqlText) Fragment { return Fragment{text, text} }

// sqlText is a text that only constants become by themselves.
type sqlText string

// Operand is an expression of any type.
type Operand interface{ Node() Node }

// SQL is a value that the database computes as the fragment says, from the
// arguments in order: for functions and operators that this package has not.
//
//	expr.SQL[float64](expr.Fragment{PostgreSQL: "similarity(?, ?)"}, expr.F(&p.Name), expr.F(&a.Name))
//
// In PostgreSQL the value gets the type of T by a cast. It is never computed in
// memory: who needs it asks the database, and where that cannot be, such as for
// values of creates, it is a fault at start. The policies of other tables that the
// text itself names are not asked.
func SQL[T any](f Fragment, args ...Operand) Value[T] {
	w := &Written{Zero: *new(T)}
	var faults [2]error
	w.PostgreSQL, faults[0] = splitSQL(string(f.PostgreSQL), "", len(args))
	w.SQLite, faults[1] = splitSQL(string(f.SQLite), "?:@", len(args))
	if w.fault = errors.Join(faults[:]...); w.PostgreSQL == nil && w.SQLite == nil && w.fault == nil {
		w.fault = errors.New("the fragment has no SQL for any database")
	}
	if w.Zero == nil {
		w.fault = errors.New("the result of SQL has a type of Go that no database gives")
	}
	nodes := []Node{w}
	for _, a := range args {
		nodes = append(nodes, a.Node())
	}
	return call[T](OpSQL, nodes...)
}

// AggregateSQL is an aggregate of one's own: of is an SQL whose fragment condenses the
// related records, such as
//
//	expr.SQL[float64](expr.Fragment{PostgreSQL: "percentile_cont(0.5) within group (order by ?)"}, expr.F(&x.Price))
//
// Over no records its value is what the database says, mostly NULL.
func AggregateSQL[X, T any](rel *[]X, of func(x *X) Value[T], where ...func(x *X) Bool) Value[*T] {
	out := related(AggregateWritten, rel)
	out.Where = whereFunc(where)
	out.Of = func(probe any) Node { return of(probe.(*X)).Node() }
	return Value[*T]{out}
}

// Written is the text of an OpSQL: its first argument.
type Written struct {
	// PostgreSQL and SQLite are the pieces of the text, between which the
	// arguments stand; nil where the database cannot compute it.
	PostgreSQL, SQLite []string
	// Zero is the zero value of the Go type of the result.
	Zero any

	fault error
}

func (*Written) node() {}

// String is the text, for people: of both databases where they differ.
func (w *Written) String() string {
	a, b := strings.Join(w.PostgreSQL, "?"), strings.Join(w.SQLite, "?")
	switch {
	case a == b || b == "":
		return a
	case a == "":
		return b
	}
	return a + " | " + b
}

// CheckSQL refuses an OpSQL whose text cannot be meant.
func CheckSQL(c Call) error {
	w, ok := c.Args[0].(*Written)
	if !ok {
		return errors.New("sql has no text")
	}
	return w.fault
}

// AsksDatabase reports whether n can only be computed by the database:
// aggregates and SQL.
func AsksDatabase(n Node) bool {
	found := false
	Walk(n, func(n Node) bool {
		switch n.(type) {
		case *Aggregate, *Written:
			found = true
		}
		return !found
	})
	return found
}

// splitSQL is the pieces of a text between its arguments; nil for an empty
// text. It refuses what would reach beyond the expression: statements,
// comments, what is opened and not closed, and marks that would be arguments.
func splitSQL(text, marks string, args int) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	s := splitter{text: text, marks: marks}
	for s.at < len(s.text) && s.fault == "" {
		s.next()
	}
	if s.fault == "" && s.depth > 0 {
		s.fault = "a parenthesis is not closed"
	}
	parts := append(s.parts, s.part.String())
	if n := len(parts) - 1; s.fault == "" && n != args {
		s.fault = fmt.Sprintf("it has %d question marks, but %d arguments; a question mark that is none is written twice", n, args)
	}
	if s.fault != "" {
		return nil, fmt.Errorf("the SQL %q cannot be used: %s", text, s.fault)
	}
	return parts, nil
}

type splitter struct {
	text  string
	marks string
	at    int
	depth int // of parentheses
	part  strings.Builder
	parts []string
	fault string
}

// next takes the next character, or a text in quotes.
func (s *splitter) next() {
	c, rest := s.text[s.at], s.text[s.at:]
	take := 1
	switch {
	case strings.HasPrefix(rest, "??") && !strings.Contains(s.marks, "?"):
		s.at++ // the second one is taken
	case strings.HasPrefix(rest, "??") || c != '?' && strings.IndexByte(s.marks, c) >= 0:
		s.fault = "in SQLite " + string(c) + " is an argument"
	case c == '?':
		s.parts = append(s.parts, s.part.String())
		s.part.Reset()
		s.at++
		return
	case c == '\'' || c == '"':
		end := strings.IndexByte(rest[1:], c)
		if take = end + 2; end < 0 || strings.ContainsAny(rest[:take], "\\\x00") {
			s.fault = "a quote is not closed, or has a backslash in it"
			return
		}
	case c == '(':
		s.depth++
	case c == ')':
		if s.depth--; s.depth < 0 {
			s.fault = "a parenthesis is closed that was not opened"
		}
	case c == ';' || c == '$' || c == '\\' || c == 0 || strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*"):
		s.fault = "it is no expression: statements, comments, numbered arguments and dollar quotes have no place in it"
	}
	s.part.WriteString(s.text[s.at : s.at+take])
	s.at += take
}
