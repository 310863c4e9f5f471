package postgres

import (
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
)

// Explain returns the statements that Read would send, flight after flight.
// The keys of parents, which only the rows tell, are left empty.
func (l *Layer) Explain(q *datalayer.Query) ([]datalayer.Statement, error) {
	if sqltext.Never(q.Where) {
		return nil, nil
	}
	root, err := l.sql.Read(q)
	if err != nil {
		return nil, err
	}
	out := []datalayer.Statement{statement(root.Statement)}
	if q.Count {
		s, err := l.sql.Count(q)
		if err != nil {
			return nil, err
		}
		out = append(out, statement(s))
	}
	below, err := l.explain(&root.Root)
	return append(out, below...), err
}

func (l *Layer) explain(level *sqltext.Level) ([]datalayer.Statement, error) {
	var out []datalayer.Statement
	for i := range level.Branches {
		b := &level.Branches[i]
		next := b.Joined
		if next == nil {
			keys := sqltext.Array{Kind: b.Include.Relationship.Source.Type.Kind}
			if b.Known != nil {
				keys.Values = []any{b.Known}
			}
			s, err := l.sql.Related(b.Include, keys)
			if err != nil {
				return nil, err
			}
			out = append(out, statement(s.Statement))
			if b.Include.Query.Count {
				count, err := l.sql.RelatedCount(b.Include, keys)
				if err != nil {
					return nil, err
				}
				out = append(out, statement(count))
			}
			next = &s.Root
		}
		below, err := l.explain(next)
		if err != nil {
			return nil, err
		}
		out = append(out, below...)
	}
	return out, nil
}

// statement shows arrays as plain lists and documents as they are.
func statement(s sqltext.Statement) datalayer.Statement {
	args := make([]any, len(s.Args))
	for i, a := range s.Args {
		switch x := a.(type) {
		case sqltext.Array:
			args[i] = x.Values
		case sqltext.Document:
			args[i] = x.Value
		default:
			args[i] = a
		}
	}
	return datalayer.Statement{SQL: s.Text, Args: args}
}
