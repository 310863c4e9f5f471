package conga

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// run is one write on its way through the phases.
type run struct {
	app    *App
	w      *Write
	action *resource.Action
	res    *resource.Resource
	b      *binder
	c      *resource.Changeset

	allow  expr.Node // bound policy that depends on the record; nil when allowed
	own    *transaction
	result *datalayer.Result
	before any // the record before the write, where it was read
	record any // the record after the write, where somebody needs it
	// watched tells that hooks or subscribers look at the written record. It
	// is asked once, so that a subscriber who comes meanwhile changes nothing.
	watched bool
	written bool
	// deliberate are the attributes that an upsert takes over.
	deliberate []*resource.Attribute
}

// write carries out a create, update or destroy: cast, decide, begin, read,
// changes and validations, before hooks, write, after hooks, commit, publish.
// A transaction is opened only where the action needs one.
func (a *App) write(ctx context.Context, w *Write) (out *Written, err error) {
	r := &run{app: a, w: w, action: w.Action, res: w.Action.Resource}
	r.watched = len(r.action.After)+len(r.action.AfterTransaction) > 0 || a.listened(r.res)
	ctx = a.within(ctx)
	r.cast(ctx)
	if err := r.decide(); err != nil {
		return nil, err
	}
	if ctx, err = r.begin(ctx); err != nil {
		return nil, a.failure(ctx, err)
	}
	out, err = r.guarded(ctx)
	if err = r.end(ctx, err); err != nil {
		return nil, a.failure(ctx, err)
	}
	return out, nil
}

// guarded is inside with a panic of user code as an error, so that the
// transaction is undone and the program goes on.
func (r *run) guarded(ctx context.Context) (out *Written, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("action %s panicked: %v\n%s", r.action.Name, p, debug.Stack())
		}
	}()
	return r.inside(ctx)
}

// inside is what happens in the transaction, if there is one.
func (r *run) inside(ctx context.Context) (*Written, error) {
	if err := r.readOriginal(ctx); err != nil {
		return nil, err
	}
	if err := r.change(ctx, false); err != nil {
		return nil, err
	}
	for _, hook := range r.action.Before {
		if err := r.hook(hook(ctx, r.c)); err != nil {
			return nil, err
		}
	}
	if err := r.store(ctx); err != nil {
		return nil, err
	}
	for _, hook := range r.action.After {
		if err := r.hook(hook(ctx, r.c, r.record)); err != nil {
			return nil, err
		}
	}
	return r.answer(ctx)
}

// cast puts the inputs into a changeset.
func (r *run) cast(ctx context.Context) {
	r.c = resource.NewChangeset(r.action)
	r.c.Actor = ActorFrom(ctx)
	for _, in := range r.w.Inputs {
		r.c.Give(in.Attribute, in.Value)
	}
	for _, i := range r.w.Issues {
		r.c.AddIssue(i)
	}
	r.b = r.app.binder(ctx, argumentsOf(r.c))
}

func argumentsOf(c *resource.Changeset) map[string]any {
	if len(c.Action.Arguments) == 0 {
		return nil
	}
	out := make(map[string]any, len(c.Action.Arguments))
	for _, arg := range c.Action.Arguments {
		out[arg.Name] = c.Argument(arg)
	}
	return out
}

// decide refuses what the policies refuse whatever the record, before
// anything else is said about the input.
func (r *run) decide() error {
	v, allow := judge(r.b.decide(r.action))
	switch v {
	case refused:
		return forbidden()
	case depends:
		r.allow = allow
	}
	return nil
}

// begin opens a transaction where the action has hooks, or has to read before it writes.
func (r *run) begin(ctx context.Context) (context.Context, error) {
	a := r.action
	needed := len(a.Before)+len(a.After) > 0 || r.needsOriginal() || r.action.Kind == resource.Create && r.allow != nil && !inMemory(r.allow)
	if !needed || r.app.open(ctx) != nil {
		return ctx, nil
	}
	t, ctx, err := r.app.begin(ctx)
	r.own = t
	return ctx, err
}

// inMemory reports whether a condition speaks of the record's own fields alone.
func inMemory(n expr.Node) bool {
	ok := true
	expr.Walk(n, func(n expr.Node) bool {
		switch x := n.(type) {
		case *expr.Aggregate:
			ok = false
		case expr.Field:
			ok = ok && len(x.Path) == 0
		}
		return ok
	})
	return ok
}

// needsOriginal reports whether the action looks at the record before the write.
func (r *run) needsOriginal() bool {
	if r.action.Kind == resource.Create {
		return false
	}
	if len(r.action.Before)+len(r.action.After) > 0 {
		return true
	}
	for _, s := range r.action.Steps {
		if s.Func != nil || hasField(s.Check) || hasField(s.When) {
			return true
		}
	}
	for _, p := range r.res.Publications {
		if r.action.Kind == resource.Update && r.mayChange(p.By) {
			return true
		}
	}
	return false
}

func (r *run) mayChange(attr *resource.Attribute) bool {
	for _, s := range r.action.Steps {
		if s.Set == attr {
			return true
		}
	}
	return r.c.Given(attr)
}

func hasField(n expr.Node) bool {
	found := false
	expr.Walk(n, func(n expr.Node) bool {
		switch n.(type) {
		case expr.Field, *expr.Aggregate:
			found = true
		}
		return !found
	})
	return found
}

// readOriginal reads and locks the record where the action looks at it.
func (r *run) readOriginal(ctx context.Context) error {
	if !r.needsOriginal() {
		return nil
	}
	q := &datalayer.Query{Resource: r.res, Select: r.res.Columns(), Where: expr.And(keyIs(r.res, r.w.Key), r.allow), Lock: true}
	res, err := r.app.session(ctx).Read(ctx, q)
	if err != nil {
		return err
	}
	if res.Len() == 0 {
		return r.refuse(ctx)
	}
	r.before, err = (&Found{Result: res, Resource: r.res}).record(0)
	r.c.Record = r.before
	return err
}

// refuse tells a record that the actor may see from one that is not there.
func (r *run) refuse(ctx context.Context) error {
	v, allow := judge(r.b.readable(r.res))
	if v == refused {
		return notFound()
	}
	q := &datalayer.Query{Resource: r.res, Select: []*resource.Attribute{r.res.Primary}, Where: expr.And(keyIs(r.res, r.w.Key), allow)}
	res, err := r.app.session(ctx).Read(ctx, q)
	if err != nil {
		return err
	}
	if res.Len() == 0 {
		return notFound()
	}
	return forbidden()
}

// hook ends the call with what a hook returned.
func (r *run) hook(err error) error {
	if err == nil {
		return nil
	}
	if err := r.c.AddError(err); err != nil {
		return err
	}
	return invalid(r.c.Issues()...)
}

// store writes the record.
func (r *run) store(ctx context.Context) (err error) {
	switch r.action.Kind {
	case resource.Create:
		return r.insert(ctx)
	case resource.Update:
		err = r.update(ctx)
	case resource.Destroy:
		r.written = true
		r.result, err = r.app.session(ctx).Delete(ctx, &datalayer.Delete{
			Resource: r.res, Where: expr.And(keyIs(r.res, r.w.Key), r.allow), Return: r.returning()})
	}
	if err != nil {
		return err
	}
	if r.result.Len() == 0 {
		return r.refuse(ctx)
	}
	return r.stored()
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
	if r.watched || r.w.Return.Select == nil {
		return r.res.Columns()
	}
	out := []*resource.Attribute{r.res.Primary}
	for _, attr := range r.w.Return.Select {
		if attr.Expr == nil && attr != r.res.Primary {
			out = append(out, attr)
		}
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
	r.written = true
	if r.result, err = r.app.session(ctx).Insert(ctx, w); err != nil {
		return err
	}
	if r.result.Len() == 0 {
		return forbidden() // an upsert found a record that the actor may not change
	}
	if err := r.stored(); err != nil || after == nil {
		return err
	}
	return r.confirm(ctx, after)
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
	ok, err := expr.Holds(r.allow, changeEnv{r.c})
	switch {
	case errors.Is(err, expr.ErrNotLoaded):
		return r.allow, nil
	case err != nil:
		return nil, internal(err)
	case !ok:
		return nil, forbidden()
	}
	return nil, nil
}

// confirm asks the database whether the policies allow the record just
// inserted; the transaction is undone when they do not.
func (r *run) confirm(ctx context.Context, allow expr.Node) error {
	key, err := r.key()
	if err != nil {
		return err
	}
	q := &datalayer.Query{Resource: r.res, Select: []*resource.Attribute{r.res.Primary}, Where: expr.And(keyIs(r.res, key), allow)}
	res, err := r.app.session(ctx).Read(ctx, q)
	if err != nil {
		return err
	}
	if res.Len() == 0 {
		return forbidden()
	}
	return nil
}

func (r *run) update(ctx context.Context) (err error) {
	w := &datalayer.Update{Resource: r.res, Where: expr.And(keyIs(r.res, r.w.Key), r.allow), Return: r.returning()}
	w.Set = r.assignments()
	if len(w.Set) == 0 { // nothing to change: the record as it is
		r.result, err = r.app.session(ctx).Read(ctx, &datalayer.Query{Resource: r.res, Select: w.Return, Where: w.Where})
		return err
	}
	r.written = true
	r.result, err = r.app.session(ctx).Update(ctx, w)
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

// answer is the record with what the caller wants of it.
func (r *run) answer(ctx context.Context) (*Written, error) {
	key, err := r.key()
	if err != nil {
		return nil, err
	}
	s := r.w.Return
	if s.Select == nil {
		s.Select = r.res.Columns()
	}
	found := &Found{Resource: r.res}
	if columns := project(r.result, s.Select); columns != nil && len(s.Load) == 0 {
		found.Result = columns
		return &Written{Found: found, Key: key}, nil
	}
	if r.action.Kind == resource.Destroy {
		found.Result = r.result
		return &Written{Found: found, Key: key}, nil
	}
	p := &plan{app: r.app, b: r.b}
	q, found, err := p.query(r.res, nil, &Selection{Select: s.Select, Load: s.Load}, Page{})
	if err != nil {
		return nil, err
	}
	q.Where = keyIs(r.res, key)
	if found.Result, err = r.app.session(ctx).Read(ctx, q); err != nil {
		return nil, err
	}
	if found.Len() == 0 {
		return nil, notFound()
	}
	found.finish(Page{})
	return &Written{Found: found, Key: key}, nil
}

// project is the result with the wanted columns alone, nil when it lacks one.
func project(res *datalayer.Result, wanted []*resource.Attribute) *datalayer.Result {
	p := projected{Rows: res.Rows, columns: make([]int, len(wanted))}
	same := len(wanted) == len(res.Columns)
	for i, attr := range wanted {
		p.columns[i] = -1
		for col, have := range res.Columns {
			if have == attr {
				p.columns[i] = col
			}
		}
		if p.columns[i] < 0 {
			return nil
		}
		same = same && p.columns[i] == i
	}
	if same {
		return res
	}
	return &datalayer.Result{Rows: p, Columns: wanted, Count: -1}
}

var _ datalayer.Rows = projected{}

// projected shows some columns of rows, in another order.
type projected struct {
	datalayer.Rows
	columns []int
}

// Null is that of the underlying column; so are Value, Scan and AppendJSON.
func (p projected) Null(row, col int) bool { return p.Rows.Null(row, p.columns[col]) }

// Value is that of the underlying column.
func (p projected) Value(row, col int) (any, error) { return p.Rows.Value(row, p.columns[col]) }

// Scan is that of the underlying column.
func (p projected) Scan(row, col int, rec any) error { return p.Rows.Scan(row, p.columns[col], rec) }

// AppendJSON is that of the underlying column.
func (p projected) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	return p.Rows.AppendJSON(dst, row, p.columns[col])
}
