package graphql

import (
	"context"

	"github.com/congago/conga/internal/wire"
)

// fieldMeta is the field of payloads with what an action tells besides the record.
const fieldMeta = "metadata"

// metadata adds what the action tells besides the record, or each of many
// records, to the payload of its mutation.
func (b *builder) metadata(payload *typeDef, f *fieldDef, many bool) {
	a := f.root.action
	if a.Metadata == nil {
		return
	}
	f.root.meta = b.object(a, a.Metadata, "Metadata")
	field := &fieldDef{name: fieldMeta, typ: f.root.meta.name, description: "What is told besides the record; null for nothing."}
	if many {
		field.typ, field.description = "["+field.typ+"]", "What is told besides each of the results, in their order."
	}
	payload.add(field)
}

// readMeta reads what is wanted of the metadata.
func (p *payload) readMeta(q *query, def *fieldDef) error {
	for _, f := range p.fields {
		if f.Name != fieldMeta || def.root.meta == nil {
			continue
		}
		w, err := q.objectWriter(f.Selections, def.root.meta)
		if err != nil {
			return relocateBelow(err, f.Alias)
		}
		p.meta = append(p.meta, w)
	}
	return nil
}

// appendList appends a list of values.
func (w resultWriter) appendList(ctx context.Context, dst []byte, list []any) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v == nil {
			dst = wire.AppendNull(dst)
		} else if dst, err = w(ctx, dst, v); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}
