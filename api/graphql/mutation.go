package graphql

import (
	"context"
	"strconv"

	gql "github.com/99designs/gqlgen/graphql"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// payload is how the answer of a mutation is written: its parts in order,
// where those with the result are told apart by their index.
type payload struct {
	fields []gql.CollectedField
	name   string
	// meta writes the metadata, one for each field that asks for it, and told
	// what the call has told; nil for nothing.
	meta []resultWriter
	told func(dst []byte, n int) ([]byte, error)
}

// append writes the payload; result appends the n-th field that asks for it.
func (p *payload) append(q *query, errs []mutationError, result func(dst []byte, n int) ([]byte, error)) (dst []byte, err error) {
	dst = []byte{'{'}
	n, metas := 0, 0
	for i, f := range p.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(wire.AppendString(dst, f.Alias), ':')
		switch f.Name {
		case "result", "results", "count":
			if result == nil {
				dst = wire.AppendNull(dst)
			} else if dst, err = result(dst, n); err != nil {
				return nil, err
			}
			n++
		case fieldMeta:
			if p.told == nil {
				dst = wire.AppendNull(dst)
			} else if dst, err = p.told(dst, metas); err != nil {
				return nil, err
			}
			metas++
		case "errors":
			if dst, err = q.appendErrors(dst, f, errs); err != nil {
				return nil, err
			}
		default:
			dst = append(dst, strconv.Quote(p.name)...)
		}
	}
	return append(dst, '}'), nil
}

func (q *query) appendErrors(dst []byte, f gql.CollectedField, errs []mutationError) (_ []byte, err error) {
	typ := "MutationError"
	if f.Definition.Type.Elem.NamedType == bulkError {
		typ = bulkError
	}
	fields := q.collect(f.Selections, typ)
	dst = append(dst, '[')
	for i := range errs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		for j, f := range fields {
			if j > 0 {
				dst = append(dst, ',')
			}
			if dst, err = errs[i].append(append(wire.AppendString(dst, f.Alias), ':'), f.Name, typ); err != nil {
				return dst, err
			}
		}
		dst = append(dst, '}')
	}
	return append(dst, ']'), nil
}

func (q *query) payload(f gql.CollectedField, def *fieldDef) *payload {
	return &payload{fields: q.collect(f.Selections, def.typ), name: def.typ}
}

// refused writes the payload of a mutation that did nothing. Errors that are
// no matter of the caller's come back as they are.
func (p *payload) refused(ctx context.Context, q *query, def *fieldDef, err error) ([]byte, error) {
	errs := mutationErrors(ctx, def, err)
	if errs == nil {
		return nil, err
	}
	return p.append(q, errs, nil)
}

// inputs reads the input argument of a mutation.
func (q *query) inputs(f gql.CollectedField, def *fieldDef) (args map[string]any, w *conga.Write, err error) {
	args, w = arguments(f.Field, q.oc.Variables), &conga.Write{Action: def.root.action}
	if given, ok := object(args[argInput]); ok && def.root.input != nil {
		var r nestedReader
		r.fill(w, def.root.input, given)
		err = q.tooMany(r)
	}
	return args, w, err
}

// write answers a create, update or destroy.
func (q *query) write(ctx context.Context, f gql.CollectedField, def *fieldDef) ([]byte, error) {
	p := q.payload(f, def)
	view, err := q.views(p.fields, def.root.res)
	if err != nil {
		return nil, err
	}
	if err := p.readMeta(q, def); err != nil {
		return nil, err
	}
	args, w, err := q.inputs(f, def)
	if err != nil {
		return p.refused(ctx, q, def, err)
	}
	w.Return = view.selection
	if arg := def.arg(argID); arg != nil {
		var ok bool
		if w.Key, ok = arg.key(args[argID]); !ok {
			return p.refused(ctx, q, def, &conga.Error{Kind: conga.NotFound})
		}
	}
	if w.If, err = unchanged(def.arg, args); err != nil {
		return nil, err
	}
	before, err := q.beforeDestroy(ctx, w, def.root.res)
	if err != nil {
		return p.refused(ctx, q, def, err)
	}
	written, err := q.s.app.Write(ctx, w)
	if err != nil {
		return p.refused(ctx, q, def, err)
	}
	found := written.Found
	switch {
	case before != nil:
		found = before
	case w.Action.Kind == resource.Destroy:
		found = view.arrange(found)
	}
	p.told = func(dst []byte, n int) ([]byte, error) { return p.meta[n](ctx, dst, written.Metadata) }
	return p.append(q, nil, func(dst []byte, n int) ([]byte, error) { return view.shapes[n].AppendRow(dst, found, 0) })
}

// beforeDestroy reads what the answer shows of a record that is about to go
// and that the destroyed record itself cannot tell: calculations and what is
// related. It is nil where nothing of that is asked for, or the caller may
// not see the record.
func (q *query) beforeDestroy(ctx context.Context, w *conga.Write, rt *resourceType) (*conga.Found, error) {
	if w.Action.Kind != resource.Destroy || !beyondColumns(w.Return) {
		return nil, nil
	}
	if rt.read == nil {
		return nil, &conga.Error{Kind: conga.NotFound}
	}
	found, err := q.s.app.Find(conga.ReadPrimary(ctx), &conga.Find{Action: rt.read, Key: w.Key, Selection: w.Return})
	if err != nil {
		return nil, err
	}
	if found.Len() == 0 {
		return nil, &conga.Error{Kind: conga.NotFound}
	}
	w.Return = conga.Selection{Select: []*resource.Attribute{rt.res.Primary}}
	return found, nil
}

// beyondColumns reports whether a selection has more than stored attributes.
func beyondColumns(s conga.Selection) bool {
	for _, a := range s.Select {
		if a.Expr != nil {
			return true
		}
	}
	return len(s.Load) > 0
}
