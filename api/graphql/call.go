package graphql

import (
	"context"
	"strconv"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/congago/conga/internal/wire"
)

// resultWriter appends the result of a generic action.
type resultWriter func(ctx context.Context, dst []byte, out any) ([]byte, error)

// call answers a generic action.
func (q *query) call(ctx context.Context, f gql.CollectedField, def *fieldDef) ([]byte, error) {
	p := q.payload(f, def)
	var writers []resultWriter
	for _, f := range p.fields {
		if f.Name == "result" {
			w, err := q.resultWriter(f, def)
			if err != nil {
				return nil, relocateBelow(err, f.Alias)
			}
			writers = append(writers, w)
		}
	}
	_, w, err := q.inputs(f, def)
	if err != nil {
		return p.refused(ctx, q, def, err)
	}
	out, err := q.s.app.CallInputs(ctx, def.root.action, w.Inputs, w.Issues)
	if err != nil {
		return p.refused(ctx, q, def, err)
	}
	return p.append(q, nil, func(dst []byte, n int) ([]byte, error) { return writers[n](ctx, dst, out) })
}

func (q *query) resultWriter(f gql.CollectedField, def *fieldDef) (resultWriter, error) {
	a := def.root.action
	switch {
	case a.Returns != nil:
		rt := q.s.byRes[a.Returns]
		v, err := q.view(f.Selections, rt)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, dst []byte, out any) ([]byte, error) {
			if out == nil {
				return wire.AppendNull(dst), nil
			}
			return q.appendOne(ctx, dst, v, []any{out})
		}, nil
	case a.Output != nil:
		return q.objectWriter(f.Selections, def.root.result)
	}
	return func(_ context.Context, dst []byte, _ any) ([]byte, error) { return wire.AppendBool(dst, true), nil }, nil
}

func (q *query) view(set ast.SelectionSet, rt *resourceType) (*view, error) {
	var rec records
	shape, err := q.record(rt, set, &rec)
	if err != nil {
		return nil, err
	}
	v := &view{rt: rt, selection: rec.selection(rt.res)}
	v.shapes = append(v.shapes, shape)
	return v, nil
}

// objectWriter appends a result that is no record.
func (q *query) objectWriter(set ast.SelectionSet, t *typeDef) (resultWriter, error) {
	var writers []resultWriter
	fields := q.collect(set, t.name)
	for _, f := range fields {
		w, err := q.memberWriter(f, t)
		if err != nil {
			return nil, relocateBelow(err, f.Alias)
		}
		writers = append(writers, w)
	}
	return func(ctx context.Context, dst []byte, out any) (_ []byte, err error) {
		if out == nil {
			return wire.AppendNull(dst), nil
		}
		dst = append(dst, '{')
		for i, w := range writers {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = w(ctx, append(wire.AppendString(dst, fields[i].Alias), ':'), out); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}, nil
}

func (q *query) memberWriter(f gql.CollectedField, t *typeDef) (resultWriter, error) {
	if f.Name == "__typename" {
		return func(_ context.Context, dst []byte, _ any) ([]byte, error) {
			return append(dst, strconv.Quote(t.name)...), nil
		}, nil
	}
	def := t.byName[f.Name]
	switch {
	case def.attr != nil:
		write := q.memberValue(def, f)
		return func(_ context.Context, dst []byte, out any) ([]byte, error) {
			dst, err := write(dst, def.attr.Get(out))
			if err != nil {
				return dst, &unshowable{fault{t.name + "." + def.name, err}}
			}
			return dst, nil
		}, nil
	case def.part == nil: // an object without members
		return func(_ context.Context, dst []byte, _ any) ([]byte, error) { return wire.AppendBool(dst, true), nil }, nil
	}
	v, err := q.view(f.Selections, def.res)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, dst []byte, out any) ([]byte, error) {
		recs := def.part.Get(out)
		if def.part.Many {
			return q.appendMany(ctx, dst, v, recs)
		}
		return q.appendOne(ctx, dst, v, recs)
	}, nil
}

// appendOne appends the first record, or null.
func (q *query) appendOne(ctx context.Context, dst []byte, v *view, recs []any) ([]byte, error) {
	if len(recs) == 0 {
		return wire.AppendNull(dst), nil
	}
	places, err := v.locate(ctx, q.s.app, recs)
	if err != nil {
		return dst, err
	}
	if places[0].found == nil {
		return wire.AppendNull(dst), nil
	}
	return v.shapes[0].AppendRow(dst, places[0].found, places[0].row)
}

// appendMany appends the records that the caller may see.
func (q *query) appendMany(ctx context.Context, dst []byte, v *view, recs []any) ([]byte, error) {
	places, err := v.locate(ctx, q.s.app, recs)
	if err != nil {
		return dst, err
	}
	dst = append(dst, '[')
	comma := false
	for _, p := range places {
		if p.found == nil {
			continue
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		if dst, err = v.shapes[0].AppendRow(dst, p.found, p.row); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}
