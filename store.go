package conga

import (
	"context"
	"errors"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// store writes the record.
func (r *run) store(ctx context.Context) (err error) {
	if r.action.Manual != nil {
		return r.storeManually(ctx)
	}
	switch r.action.Kind {
	case resource.Create:
		return r.insert(ctx)
	case resource.Update:
		err = r.update(ctx)
	case resource.Destroy:
		if r.action.Soft {
			err = r.update(ctx)
			break
		}
		r.written = true
		r.result, err = r.session(ctx).Delete(ctx, &datalayer.Delete{
			Resource: r.res, Where: r.found(), Return: r.returning(), Relations: r.b.relations})
	}
	if err != nil {
		return err
	}
	switch {
	case r.result.Len() > 0:
		return r.stored()
	case len(r.demands) > 0:
		return r.reread(ctx)
	}
	return r.refuse(ctx)
}

// stored reads the record back from the result, where somebody looks at it.
func (r *run) stored() (err error) {
	if r.watched {
		r.record, err = (&Found{Result: r.result, Resource: r.res}).record(0)
	}
	return err
}

// returning are the columns that the write gives back.
func (r *run) returning() []*resource.Attribute {
	wanted := r.w.Return.Select
	if wanted == nil {
		wanted = r.res.EagerColumns()
	}
	if r.watched || r.action.Kind == resource.Destroy && r.b.veils(r.res, wanted) == depends {
		return r.res.Columns()
	}
	if r.w.Return.Select == nil {
		return wanted
	}
	out := append(make([]*resource.Attribute, 0, 2+len(wanted)), r.res.Primary)
	for _, attr := range wanted {
		if attr.Expr == nil && attr != r.res.Primary {
			out = append(out, attr)
		}
	}
	if created := stamped(r.res, resource.Created); len(r.action.Upsert) > 0 && created != nil && !slices.Contains(out, created) {
		out = append(out, created) // which tells whether the record was there before
	}
	return out
}

func (r *run) insert(ctx context.Context) (err error) {
	w := &datalayer.Insert{Resource: r.res, Return: r.returning(), Conflict: r.conflict()}
	columns, row := r.row()
	w.Columns, w.Rows = columns, [][]any{row}
	after, err := r.allowed()
	if err != nil {
		return err
	}
	there, err := r.lookAhead(ctx)
	if err != nil {
		return err
	}
	r.written = true
	if r.result, err = r.session(ctx).Insert(ctx, w); err != nil {
		return err
	}
	if r.result.Len() == 0 {
		return forbidden() // an upsert found a record that the actor may not change
	}
	if r.existed, err = r.tellExisted(there); err != nil {
		return err
	}
	r.doubtful = after
	return r.stored()
}

// row is the new record as columns and values.
func (r *run) row() (columns []*resource.Attribute, values []any) {
	values = make([]any, 0, len(r.res.Attributes))
	columns = make([]*resource.Attribute, 0, len(r.res.Attributes))
	for _, attr := range r.res.Columns() {
		v, set := r.c.Changed(attr)
		if attr.Generated && !set {
			continue
		}
		columns, values = append(columns, attr), append(values, v)
	}
	return columns, values
}

// allowed asks the policies about the new record, and returns the condition
// that only the database can answer, once the record is there.
func (r *run) allowed() (after expr.Node, err error) {
	if r.allow == nil {
		return nil, nil
	}
	ok, err := expr.Holds(r.allow, changeEnv{c: r.c})
	switch {
	case errors.Is(err, expr.ErrNotLoaded):
		return r.allow, nil
	case err != nil:
		return nil, internal(err)
	case !ok:
		return nil, r.b.refusal(r.action, inMemoryOf(changeEnv{c: r.c}))
	}
	return nil, nil
}

// confirm asks the database whether the policies allow the record just
// inserted, as the hooks have left it; the transaction is undone when they do not.
func (r *run) confirm(ctx context.Context) error {
	if r.doubtful == nil {
		return nil
	}
	key, err := r.key()
	if err != nil {
		return err
	}
	q := &datalayer.Query{Resource: r.res, Select: []*resource.Attribute{r.res.Primary}, Where: expr.And(keyIs(r.res, key), r.doubtful), Relations: r.b.relations}
	res, err := r.session(ctx).Read(ctx, q)
	if err != nil {
		return err
	}
	if res.Len() == 0 {
		return r.b.refusal(r.action, r.b.inDatabase(ctx, r.res, key))
	}
	return nil
}

func (r *run) update(ctx context.Context) (err error) {
	w := &datalayer.Update{Resource: r.res, Where: r.found(), Return: r.returning(), Relations: r.b.relations}
	w.Set = r.assignments()
	if len(w.Set) == 0 { // nothing to change: the record as it is
		r.result, err = r.session(ctx).Read(ctx, &datalayer.Query{Resource: r.res, Select: w.Return, Where: w.Where, Relations: w.Relations})
		return err
	}
	r.written = true
	r.result, err = r.session(ctx).Update(ctx, w)
	return err
}

// key is the primary key of the written record.
func (r *run) key() (any, error) {
	for col, attr := range r.result.Columns {
		if attr == r.res.Primary {
			return r.result.Value(0, col)
		}
	}
	return r.w.Key, nil
}
