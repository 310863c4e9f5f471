package sqltext

import (
	"fmt"

	"github.com/congago/conga/datalayer"
)

// Flights writes all statements of a query, those that can be sent together
// in one list: the records with their number, and level by level what they
// include. The keys of parents, which only the rows tell, are left empty. Early
// tells that records related to a parent whose key is known come with the first list.
func (d *Dialect) Flights(q *datalayer.Query, early bool) ([][]Statement, error) {
	if FindsNothing(q) {
		return nil, nil
	}
	root, err := d.Read(q)
	if err != nil {
		return nil, err
	}
	out := flights{d: d, early: early, lists: [][]Statement{{root.Statement}}}
	if q.Count {
		s, err := d.Count(q)
		if err != nil {
			return nil, err
		}
		out.lists[0] = append(out.lists[0], s)
	}
	err = out.below(&root.Root, 1)
	return out.lists, err
}

type flights struct {
	d     *Dialect
	early bool
	lists [][]Statement
}

// below adds the statements for what a level includes; at is the flight they travel in.
func (f *flights) below(l *Level, at int) error {
	for i := range l.Branches {
		b := &l.Branches[i]
		var err error
		switch {
		case b.Joined != nil:
			err = f.below(b.Joined, at)
		case Never(b.Include.Query.Where):
		case b.Known != nil && f.early:
			err = f.related(b, []any{b.Known}, at-1)
		default:
			err = f.related(b, nil, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *flights) related(b *Branch, known []any, at int) error {
	keys := Array{Kind: b.Include.Relationship.Key().Type.Kind, Values: known}
	s, err := f.d.Related(b.Include, keys)
	if err != nil {
		return err
	}
	f.add(at, s.Statement)
	if b.Include.Query.Count {
		count, err := f.d.RelatedCount(b.Include, keys)
		if err != nil {
			return err
		}
		f.add(at, count)
	}
	return f.below(&s.Root, at+1)
}

func (f *flights) add(at int, s Statement) {
	for len(f.lists) <= at {
		f.lists = append(f.lists, nil)
	}
	f.lists[at] = append(f.lists[at], s)
}

// Shown is the statement for people: arrays are plain lists, documents are as they are.
func (s Statement) Shown(flight int) datalayer.Statement {
	args := make([]any, len(s.Args))
	for i, a := range s.Args {
		switch x := a.(type) {
		case Array:
			args[i] = x.Values
		case Document:
			args[i] = x.Value
		default:
			args[i] = a
		}
	}
	return datalayer.Statement{SQL: s.Text, Args: args, Flight: flight}
}

// Explain is the statement for a write, to be shown: a *datalayer.Insert,
// *datalayer.Update or *datalayer.Delete.
func (d *Dialect) Explain(write any) (datalayer.Statement, error) {
	var s Statement
	var err error
	switch w := write.(type) {
	case *datalayer.Insert:
		s, err = d.Insert(w)
	case *datalayer.Update:
		s, err = d.Update(w)
	case *datalayer.Delete:
		s, err = d.Delete(w)
	default:
		err = fmt.Errorf("explain %T: it is no write", write)
	}
	return s.Shown(0), err
}
