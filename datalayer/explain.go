package datalayer

import "context"

// Explainer is the ability to show the statements of a query without running it.
type Explainer interface {
	// Explain returns the statements that Read would send, in the order of
	// their flights, with their arguments. The keys of parents that only the
	// rows tell are left empty.
	Explain(q *Query) ([]Statement, error)
}

// WriteExplainer is the ability to show the statement of a write without running it.
type WriteExplainer interface {
	// ExplainWrite returns the statement for w: an *Insert, *Update or *Delete.
	ExplainWrite(w any) (Statement, error)
}

// Statement is one SQL statement and its arguments.
type Statement struct {
	SQL  string
	Args []any
	// Flight is the number of the flight that the statement travels in, from
	// zero: statements of the same flight are sent together.
	Flight int
}

// Planner is the ability to ask the database how it would carry out a query.
type Planner interface {
	// Plan returns the statements of Explain with the database's plan of
	// each. Nothing is run.
	Plan(ctx context.Context, q *Query) ([]Plan, error)
	// Indexes returns the indexes of the tables, those of keys and
	// constraints included, by table.
	Indexes(ctx context.Context, tables []string) (map[string][]Index, error)
}

// Plan is how the database would carry out a statement.
type Plan struct {
	Statement
	// Text is the plan in the words of the database, a line for each step.
	Text string
	// Scans are the tables that would be read whole.
	Scans []string
}

// Index is an index as it is in the database.
type Index struct {
	Name string
	// Columns are the columns in order; an expression is empty text.
	Columns []string
	// Unique tells that no two rows have the same values.
	Unique bool
	// Partial tells that not all rows are in it.
	Partial bool
}
