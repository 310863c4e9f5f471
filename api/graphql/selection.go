package graphql

import (
	"strconv"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/resource"
)

// query turns the selection of one root field into what is wanted of the
// engine, and into the shape of the answer. It belongs to one request.
type query struct {
	s  *schema
	oc *gql.OperationContext
	o  Options
	// dst is memory for the value of the root field; nil without any.
	dst []byte
	// faults are values that became null because they cannot be shown.
	faults []fault
	// veiled are those that became null because the caller may not see them.
	veiled []veiled
}

// fault is a value that cannot be shown.
type fault struct {
	field string
	err   error
}

// records collects what is wanted of the records at one place of a query. The
// same place may be selected twice, as by nodes and by edges.
type records struct {
	columns []*resource.Attribute
	loads   []conga.Nested
}

// column is where the attribute stands in the rows.
func (r *records) column(a *resource.Attribute) int {
	for i, c := range r.columns {
		if c == a {
			return i
		}
	}
	r.columns = append(r.columns, a)
	return len(r.columns) - 1
}

func (r *records) load(n conga.Nested) int {
	r.loads = append(r.loads, n)
	return len(r.loads) - 1
}

// selection is what the engine is asked for; the primary key when no
// attribute is wanted, since nil would mean all.
func (r *records) selection(res *resource.Resource) conga.Selection {
	if len(r.columns) == 0 {
		r.column(res.Primary)
	}
	return conga.Selection{Select: r.columns, Load: r.loads}
}

// collect merges the fields of a selection, fragments included, that are to
// be answered for an object of the type.
func (q *query) collect(set ast.SelectionSet, object string, also ...string) []gql.CollectedField {
	return gql.CollectFields(q.oc, set, append([]string{object}, also...))
}

// record is the shape of one record, and notes in rec what it needs.
// Where the place is that of a union, also has its name.
func (q *query) record(rt *resourceType, set ast.SelectionSet, rec *records, also ...string) (*api.Shape, error) {
	var members []api.Member
	for _, f := range q.collect(set, rt.object.name, also...) {
		if f.Name == "__typename" {
			members = append(members, typename(f, rt.object.name))
			continue
		}
		def := rt.object.byName[f.Name]
		if def.attr != nil && def.leaf.isDocument() {
			members = append(members, q.document(f, rt, def, rec.column(def.attr)))
			continue
		}
		if def.attr != nil {
			attr, err := q.s.argued(def.attr, def.args, arguments(f.Field, q.oc.Variables))
			if err != nil {
				return nil, relocateBelow(err, f.Alias)
			}
			members = append(members, q.value(f.Alias, rt, def, rec.column(attr)))
			continue
		}
		follow := q.relationship
		if def.choice != nil {
			follow = q.chosen
		}
		m, err := follow(f, def, rec)
		if err != nil {
			return nil, relocateBelow(err, f.Alias)
		}
		members = append(members, m)
	}
	return api.NewShape(members...), nil
}

func typename(f gql.CollectedField, name string) api.Member {
	return api.Constant(f.Alias, strconv.Quote(name))
}

// value is a member with an attribute.
func (q *query) value(alias string, rt *resourceType, def *fieldDef, col int) api.Member {
	if def.leaf.coding == plain && !def.veil {
		return api.Column(alias, col)
	}
	return q.member(alias, rt, def, col, q.appendLeaf(rt, def, col))
}

// appendLeaf appends the value of an attribute. One that cannot be shown
// becomes null where the schema allows null, and otherwise ends the root field.
func (q *query) appendLeaf(rt *resourceType, def *fieldDef, col int) api.AppendFunc {
	nullable := mayBeNull(def.leaf, def.attr)
	return func(dst []byte, found *conga.Found, row int) ([]byte, error) {
		out, err := def.leaf.append(dst, found, row, col)
		if err == nil {
			return out, nil
		}
		at := fault{rt.object.name + "." + def.name, err}
		if !nullable {
			return dst, &unshowable{at}
		}
		q.faults = append(q.faults, at)
		return append(out, "null"...), nil
	}
}

// unshowable ends a root field because of a value that may not be null.
type unshowable struct{ fault }

func (u *unshowable) Error() string { return u.field + ": " + u.err.Error() }

// Unwrap is the cause.
func (u *unshowable) Unwrap() error { return u.err }

func (q *query) relationship(f gql.CollectedField, def *fieldDef, rec *records) (api.Member, error) {
	if def.rel.Many() {
		return q.nested(f, def, rec)
	}
	var sub records
	shape, err := q.record(def.res, f.Selections, &sub)
	if err != nil {
		return api.Member{}, err
	}
	i := rec.load(conga.Nested{Relationship: def.rel, Selection: sub.selection(def.res.res)})
	return api.One(f.Alias, i, shape), nil
}

// nested is a member with the connection of a to-many relationship.
func (q *query) nested(f gql.CollectedField, def *fieldDef, rec *records) (api.Member, error) {
	c, err := q.connection(f, def.res, def.res.read.PageSize)
	if err != nil {
		return api.Member{}, err
	}
	i := rec.load(conga.Nested{Relationship: def.rel, Selection: c.selection, Page: c.Page})
	return api.Custom(f.Alias, func(dst []byte, found *conga.Found, row int) ([]byte, error) {
		rel := found.Related[i]
		w := window{found: found.Sub(i)}
		w.from, w.to = rel.Span(row)
		more := rel.More != nil && rel.More[row]
		if c.Before != "" || c.Last {
			w.previous, w.next = more, c.Before != ""
		} else {
			w.next, w.previous = more, c.After != ""
		}
		if rel.Counts != nil {
			w.count = rel.Counts[row]
		}
		return c.append(dst, w)
	}), nil
}

// relocateBelow puts a step before the paths of the issues of an error.
func relocateBelow(err error, step string) error {
	e, ok := err.(*conga.Error) //nolint:errorlint // made here, never wrapped
	if !ok {
		return err
	}
	out := &conga.Error{Kind: e.Kind, Message: e.Message, Issues: make([]conga.Issue, len(e.Issues))}
	for i, issue := range e.Issues {
		issue.Path = append([]string{step}, issue.Path...)
		out.Issues[i] = issue
	}
	return out
}
