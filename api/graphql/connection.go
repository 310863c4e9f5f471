package graphql

import (
	"strconv"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/wire"
)

// connection is a page of records: what is wanted of the engine, and how the
// answer is written.
type connection struct {
	paging
	selection conga.Selection
	parts     []part
}

// window is the part of a result that a connection shows.
type window struct {
	found          *conga.Found
	from, to       int
	next, previous bool
	count          int64
}

// part is one member of an object that is made of a window.
type part struct {
	key    []byte // with the comma before it and the colon after it
	append func(dst []byte, w window) ([]byte, error)
}

// connection reads the arguments and the selection of a connection of rt.
func (q *query) connection(f gql.CollectedField, rt *resourceType, size int) (*connection, error) {
	args := arguments(f.Field, q.oc.Variables)
	c := &connection{}
	var err error
	if c.paging, err = page(args, size); err != nil {
		return nil, err
	}
	r := filterReader{s: q.s, room: q.o.MaxConditions, depth: q.o.MaxDepth}
	where, err := r.filter(rt.filter, args[argFilter], nil, []string{argFilter})
	if err != nil {
		return nil, err
	}
	order, err := q.s.sort(rt, args[argSort])
	if err != nil {
		return nil, err
	}
	var rec records
	rows := false
	c.Bare = true
	for _, f := range q.collect(f.Selections, rt.connection) {
		p, err := q.connectionPart(f, rt, &rec, c)
		if err != nil {
			return nil, err
		}
		c.Bare = c.Bare && f.Name != "edges" && f.Name != "pageInfo"
		rows = rows || f.Name != "totalCount" && f.Name != "__typename"
		c.parts = append(c.parts, newPart(len(c.parts), f.Alias, p))
	}
	if !rows { // the number alone is wanted
		c.none, c.Limit = true, 1
	}
	c.selection = rec.selection(rt.res)
	c.selection.Where, c.selection.Sort, c.selection.Untrusted = where, order, true
	return c, nil
}

type appendWindow = func(dst []byte, w window) ([]byte, error)

func newPart(i int, alias string, f appendWindow) part {
	key := []byte{','}
	if i == 0 {
		key = nil
	}
	return part{append(wire.AppendString(key, alias), ':'), f}
}

func (q *query) connectionPart(f gql.CollectedField, rt *resourceType, rec *records, c *connection) (appendWindow, error) {
	switch f.Name {
	case "nodes":
		shape, err := q.record(rt, f.Selections, rec)
		return func(dst []byte, w window) ([]byte, error) { return shape.AppendRows(dst, w.found, w.from, w.to) }, err
	case "edges":
		return q.edges(f.Selections, rt, rec)
	case "pageInfo":
		return q.pageInfo(f.Selections), nil
	case "totalCount":
		c.Count = true
		return func(dst []byte, w window) ([]byte, error) { return wire.AppendInt(dst, w.count), nil }, nil
	}
	return constantPart(strconv.Quote(rt.connection)), nil
}

func constantPart(text string) appendWindow {
	return func(dst []byte, _ window) ([]byte, error) { return append(dst, text...), nil }
}

func (q *query) edges(set ast.SelectionSet, rt *resourceType, rec *records) (appendWindow, error) {
	var members []api.Member
	for _, f := range q.collect(set, rt.edge) {
		switch f.Name {
		case "node":
			shape, err := q.record(rt, f.Selections, rec)
			if err != nil {
				return nil, err
			}
			members = append(members, api.Inner(f.Alias, shape))
		case "cursor":
			members = append(members, api.Custom(f.Alias, func(dst []byte, found *conga.Found, row int) ([]byte, error) {
				return appendCursor(dst, found, row)
			}))
		default:
			members = append(members, typename(f, rt.edge))
		}
	}
	shape := api.NewShape(members...)
	return func(dst []byte, w window) ([]byte, error) { return shape.AppendRows(dst, w.found, w.from, w.to) }, nil
}

func appendCursor(dst []byte, found *conga.Found, row int) ([]byte, error) {
	cursor, err := found.Cursor(row)
	if err != nil {
		return dst, err
	}
	return wire.AppendString(dst, cursor), nil
}

func (q *query) pageInfo(set ast.SelectionSet) appendWindow {
	var parts []part
	for _, f := range q.collect(set, "PageInfo") {
		var p appendWindow
		switch f.Name {
		case "hasNextPage":
			p = func(dst []byte, w window) ([]byte, error) { return wire.AppendBool(dst, w.next), nil }
		case "hasPreviousPage":
			p = func(dst []byte, w window) ([]byte, error) { return wire.AppendBool(dst, w.previous), nil }
		case "startCursor":
			p = func(dst []byte, w window) ([]byte, error) { return w.cursor(dst, w.from) }
		case "endCursor":
			p = func(dst []byte, w window) ([]byte, error) { return w.cursor(dst, w.to-1) }
		default:
			p = constantPart(`"PageInfo"`)
		}
		parts = append(parts, newPart(len(parts), f.Alias, p))
	}
	return func(dst []byte, w window) ([]byte, error) { return appendParts(dst, parts, w) }
}

// cursor appends the cursor of a row, or null when there are no rows.
func (w window) cursor(dst []byte, row int) ([]byte, error) {
	if w.from == w.to {
		return wire.AppendNull(dst), nil
	}
	return appendCursor(dst, w.found, row)
}

// append appends the connection.
func (c *connection) append(dst []byte, w window) ([]byte, error) {
	if c.none {
		if c.Last {
			w.previous = w.previous || w.to > w.from
		} else {
			w.next = w.next || w.to > w.from
		}
		w.to = w.from
	}
	return appendParts(dst, c.parts, w)
}

func appendParts(dst []byte, parts []part, w window) (_ []byte, err error) {
	dst = append(dst, '{')
	for _, p := range parts {
		if dst, err = p.append(append(dst, p.key...), w); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}
