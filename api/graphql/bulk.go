package graphql

import (
	"context"
	"errors"
	"strconv"

	gql "github.com/99designs/gqlgen/graphql"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// bulkError is the type of errors of mutations that take many records.
const bulkError = "BulkError"

// bulk adds the mutation that runs an action on many records: a create takes
// a list of inputs, an update or destroy a filter.
func (b *builder) bulk(mutation *typeDef, rt *resourceType, a *resource.Action) {
	one := b.writes[a]
	input := one.arg(argInput)
	if a.Kind != resource.Create {
		f := mutation.add(&fieldDef{name: inflect.Camel(a.Name) + "Every" + rt.object.name, res: rt,
			description: "The same for all records that the filter finds and that the caller may see and write. The filter must have a condition.",
			root:        &root{kind: rootWriteEvery, action: a, res: rt, input: one.root.input},
			args:        []*fieldDef{{name: argFilter, typ: b.filterType(rt).name + "!"}}})
		if input != nil {
			f.args = append(f.args, input)
		}
		t := b.define("type", "", inflect.Pascal(f.name)+"Payload")
		t.add(&fieldDef{name: "count", typ: "Int", description: "The number of records that were written; null when there are errors."})
		t.add(&fieldDef{name: "errors", typ: "[MutationError!]!", description: "What is wrong with the input, or why the call was refused; empty when it succeeded."})
		f.typ = t.name
		return
	}
	if input == nil {
		return // there is nothing to make a list of
	}
	b.many(mutation, rt, &root{kind: rootCreateMany, action: a, res: rt, input: one.root.input}, one.root.input.name)
}

// changes adds the mutation that updates many records, each to inputs of its
// own: what a mutation of one of them has as arguments are the items of a list.
func (b *builder) changes(mutation *typeDef, rt *resourceType, a *resource.Action) {
	one := b.writes[a]
	item := b.define("input", "One "+label(rt.res)+" to change, and how.", typeName(a, rt)+"Change")
	for _, arg := range one.args {
		item.add(arg)
	}
	b.many(mutation, rt, &root{kind: rootUpdateMany, action: a, res: rt, input: one.root.input, item: item}, item.name)
}

// many adds a mutation with a list of records.
func (b *builder) many(mutation *typeDef, rt *resourceType, r *root, item string) {
	name := inflect.Camel(r.action.Name) + inflect.Pascal(rt.res.Plural)
	if rt.res.Plural == rt.res.Type {
		name += "List"
	}
	f := mutation.add(&fieldDef{name: name, res: rt,
		description: "The same for many records: all or none, unless what can be written is to be kept.", root: r,
		args: []*fieldDef{{name: argInputs, typ: "[" + item + "!]!"}, {name: argPartial, typ: "Boolean!", fallback: "false"}}})
	t := b.define("type", "", inflect.Pascal(f.name)+"Payload")
	t.add(&fieldDef{name: "results", typ: "[" + rt.object.name + "]", res: rt,
		description: "The records in the order of the inputs, null for one that could not be written; null when none was to be."})
	t.add(&fieldDef{name: "errors", typ: "[" + bulkError + "!]!", description: "What is wrong with which record, or why the call was refused; empty when it succeeded."})
	f.typ = t.name
	b.metadata(t, f, true)
	b.share(bulkError, func() *typeDef {
		return &typeDef{kind: "type", name: bulkError, description: "Why a record was not written.", fields: append([]*fieldDef{
			{name: "index", typ: "Int", description: "The position in the inputs, from 0; null when the error is about all of them."}}, errorFields()...)}
	})
}

// unchanged is the condition that the argument ifUnchangedSince or ifVersion makes; nil for none.
func unchanged(find func(name string) *fieldDef, args map[string]any) (expr.Node, error) {
	for _, name := range []string{argUnchanged, argVersion} {
		arg := find(name)
		if arg == nil || args[name] == nil {
			continue
		}
		version, err := arg.leaf.decode(arg.attr, args[name])
		if err != nil {
			return nil, relocate(err, []string{name})
		}
		return expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: arg.attr.Name}, expr.Literal{Value: version}}}, nil
	}
	return nil, nil
}

// writeMany answers a create or update of many records.
func (q *query) writeMany(ctx context.Context, f gql.CollectedField, def *fieldDef) ([]byte, error) {
	p := q.payload(f, def)
	view, err := q.views(p.fields, def.root.res)
	if err != nil {
		return nil, err
	}
	if err := p.readMeta(q, def); err != nil {
		return nil, err
	}
	args := arguments(f.Field, q.oc.Variables)
	ws, err := q.writes(def, listOf(args[argInputs]), view.selection)
	if err != nil {
		return nil, err
	}
	write := q.s.app.CreateMany
	if def.root.kind == rootUpdateMany {
		write = q.s.app.WriteMany
	}
	out, err := write(ctx, ws, conga.Bulk{Partial: args[argPartial] == true})
	if err != nil {
		return p.refusedMany(ctx, q, def, err)
	}
	var errs []mutationError
	for _, e := range out.Errors {
		found := recordErrors(ctx, def, e)
		if found == nil {
			return nil, e.Reason
		}
		errs = append(errs, found...)
	}
	told := make([]any, len(out.Written))
	for i, w := range out.Written {
		if w != nil {
			told[i] = w.Metadata
		}
	}
	p.told = func(dst []byte, n int) ([]byte, error) { return p.meta[n].appendList(ctx, dst, told) }
	return p.append(q, errs, func(dst []byte, n int) (_ []byte, err error) {
		dst = append(dst, '[')
		for i, w := range out.Written {
			if i > 0 {
				dst = append(dst, ',')
			}
			if w == nil {
				dst = wire.AppendNull(dst)
			} else if dst, err = view.shapes[n].AppendRow(dst, w.Found, 0); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	})
}

// writes are what the items of a list ask for.
func (q *query) writes(def *fieldDef, items []any, wanted conga.Selection) ([]*conga.Write, error) {
	if limit := q.o.MaxBulk; limit >= 0 && len(items) > limit {
		return nil, badInput([]string{argInputs}, "max", "must not have more than "+strconv.Itoa(limit)+" records")
	}
	var nested nestedReader
	ws := make([]*conga.Write, len(items))
	for i, item := range items {
		given, _ := object(item)
		w := &conga.Write{Action: def.root.action, Return: wanted}
		if def.root.item != nil {
			var err error
			if w.Key, _ = def.root.item.field(argID).key(given[argID]); w.Key == nil {
				w.Key = def.root.res.res.Primary.Type.Zero() // which no record has
			}
			if w.If, err = unchanged(def.root.item.field, given); err != nil {
				return nil, relocateBelow(relocateBelow(err, strconv.Itoa(i)), argInputs)
			}
			given, _ = object(given[argInput])
		}
		if def.root.input != nil {
			nested.fill(w, def.root.input, given)
		}
		ws[i] = w
	}
	return ws, q.tooMany(nested)
}

// refusedMany writes the payload when no record was written.
func (p *payload) refusedMany(ctx context.Context, q *query, def *fieldDef, err error) ([]byte, error) {
	first, ok := errors.AsType[*conga.BulkError](err)
	if !ok {
		return p.refused(ctx, q, def, err)
	}
	errs := recordErrors(ctx, def, first)
	if errs == nil {
		return nil, first.Reason
	}
	for _, other := range first.Others {
		errs = append(errs, recordErrors(ctx, def, other)...)
	}
	return p.append(q, errs, nil)
}

// recordErrors are what a payload says of the error of one of many records;
// nil as with mutationErrors.
func recordErrors(ctx context.Context, def *fieldDef, e *conga.BulkError) []mutationError {
	errs := mutationErrors(ctx, def, e.Reason)
	for i := range errs {
		errs[i].record = &e.Index
		at := []string{argInputs, strconv.Itoa(e.Index)}
		if len(errs[i].path) > 0 && def.root.item != nil {
			at = append(at, errs[i].path...) // below its input
		} else if len(errs[i].path) > 0 {
			at = append(at, errs[i].path[1:]...)
		}
		errs[i].path = at
	}
	return errs
}

// writeEvery answers an update or destroy of all records that a filter finds.
func (q *query) writeEvery(ctx context.Context, f gql.CollectedField, def *fieldDef) ([]byte, error) {
	p := q.payload(f, def)
	args, w, err := q.inputs(f, def)
	if err != nil {
		return p.refused(ctx, q, def, err)
	}
	r := filterReader{s: q.s, room: q.o.MaxConditions, depth: q.o.MaxDepth}
	where, err := r.filter(def.root.res.filter, args[argFilter], nil, []string{argFilter})
	if err == nil && where == nil {
		err = badInput([]string{argFilter}, "required", "must have a condition: only what it finds is written")
	}
	if err != nil {
		return nil, err
	}
	n, err := q.s.app.WriteEvery(ctx, w, conga.Every{Where: where, Untrusted: true, Max: max(0, q.o.MaxBulk)})
	if err != nil {
		return p.refused(ctx, q, def, err)
	}
	return p.append(q, nil, func(dst []byte, _ int) ([]byte, error) { return wire.AppendInt(dst, int64(n)), nil })
}
