package conga

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

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

	allow expr.Node // bound policy that depends on the record; nil when allowed
	// doubtful is what the database must be asked about a new record.
	doubtful expr.Node
	own      *transaction
	result   *datalayer.Result
	before   any // the record before the write, where it was read
	record   any // the record after the write, where somebody needs it
	// watched tells that hooks or subscribers look at the written record. It
	// is asked once, so that a subscriber who comes meanwhile changes nothing.
	watched bool
	written bool
	// deliberate are the attributes that an upsert takes over; existed tells
	// that it found a record to do so.
	deliberate []*resource.Attribute
	existed    bool
	// demands are what the statement asks of a record that was not read.
	// reads tells that it is to be read anyway.
	demands []expr.Node
	reads   bool
	// at is the time of the update, if the record has one; zero before.
	at time.Time

	// parent is the run whose managed input this run is part of, and path leads
	// there from its inputs; they are nil for the write that was called.
	parent *run
	path   []string
	// promised are attributes that get their values later, from related records.
	promised []*resource.Attribute
	manner   *manner
	// joined is the run that makes the record which this one, of a
	// many_to_many, relates; nil where that is there already.
	joined *run
}

// write carries out a create, update or destroy: cast, decide, begin, read,
// changes and validations, before hooks, write, after hooks, commit, publish.
// A transaction is opened only where the action needs one.
func (a *App) write(ctx context.Context, w *Write) (out *Written, err error) {
	r := &run{app: a, w: w, action: w.Action, res: w.Action.Resource, manner: &manner{singly: w.singly}}
	outer := ctx
	if w.Key == nil && r.action.Kind != resource.Create {
		return nil, notFound() // no key never means every record
	}
	r.watched = r.heard()
	ctx = a.within(ctx)
	r.cast(ctx)
	if err := r.decide(); err != nil {
		return nil, a.failure(ctx, err)
	}
	if err := r.beforeTransaction(ctx); err != nil {
		return nil, a.failure(ctx, err)
	}
	if ctx, err = r.begin(ctx); err != nil {
		return nil, a.failure(ctx, err)
	}
	out, err = r.guarded(ctx)
	if err != nil && r.own != nil && r.manner.guessed {
		_ = r.own.close(ctx, err)
		return a.write(outer, w.oneByOne()) // which tells which record is at fault
	}
	if err = r.end(ctx, err); err != nil {
		return nil, a.failure(ctx, err)
	}
	out.Metadata = r.told()
	return out, nil
}

// oneByOne is w with nested records that are written one by one.
func (w *Write) oneByOne() *Write {
	out := *w
	out.singly = true
	return &out
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
	g := &group{app: r.app, action: r.action, runs: []*run{r}, manner: r.manner}
	if err := g.change(ctx); err != nil {
		return nil, err
	}
	if issues := r.c.Issues(); len(issues) > 0 {
		return nil, invalid(issues...)
	}
	if err := g.storeOwners(ctx); err != nil {
		return nil, err
	}
	if err := r.beforeHooks(ctx); err != nil {
		return nil, err
	}
	if err := g.withCascades(ctx, r.store); err != nil {
		return nil, err
	}
	if err := g.storeOwned(ctx); err != nil {
		return nil, err
	}
	if err := r.afterHooks(ctx); err != nil {
		return nil, err
	}
	if err := afterBatch(ctx, []*run{r}); err != nil {
		return nil, err
	}
	if _, err := ask(ctx, []*run{r}); err != nil {
		return nil, err
	}
	if err := r.confirm(ctx); err != nil {
		return nil, err
	}
	written, err := r.answer(ctx)
	if err != nil {
		return nil, err
	}
	written.Existed = r.existed
	return written, nil
}

// cast puts the inputs into a changeset.
func (r *run) cast(ctx context.Context) {
	r.c = resource.NewChangeset(r.action)
	r.c.Actor = ActorFrom(ctx)
	for _, in := range r.w.Inputs {
		r.c.Give(in.Attribute, in.Value)
	}
	for _, in := range r.w.Nested {
		r.c.Manage(in.Managed.Relationship)
	}
	for _, in := range r.w.forced {
		r.c.Set(in.Attribute, in.Value)
	}
	for _, i := range r.w.Issues {
		r.c.AddIssue(i)
	}
	r.b = r.app.binder(ctx, argumentsOf(r.c))
	r.b.request = requestOf(r.action, r.b.actor, &r.w.Return)
	r.b.request.Changeset = r.c
	r.b.any = r.action.AnyTenant
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
	if err := r.haveTenant(); err != nil {
		return r.b.orRefusal(r.action, err)
	}
	v, allow := judge(r.b.decide(r.action))
	if r.b.fault != nil {
		return r.app.failure(r.b.ctx, r.b.fault)
	}
	switch v {
	case refused:
		return r.b.refusal(r.action, nil)
	case depends:
		r.allow = allow
	}
	return r.decideSight()
}

// decideSight limits updates and destroys to records that the read policies
// let the actor see: what he may not see is not found, and a write must not
// show it. It leaves out resources without a primary read action, which are
// not there to be read, and filters of that action, which are no policy.
func (r *run) decideSight() error {
	read := r.res.PrimaryAction(resource.Read)
	if r.action.Kind == resource.Create || read == nil {
		return nil
	}
	switch v, allow := judge(r.b.policies(read)); v {
	case refused:
		return notFound()
	case depends:
		r.allow = expr.And(r.allow, allow)
	}
	return nil
}

// heard reports whether hooks, cascades or subscribers look at the written record.
func (r *run) heard() bool {
	return len(r.action.After)+len(r.action.AfterBatch)+len(r.action.AfterTransaction)+len(r.action.Cascades) > 0 || r.app.listened(r.res)
}

// needsTransaction reports whether the action has hooks, or has to read before or after it writes.
func (r *run) needsTransaction() bool {
	a := r.action
	switch a.Transaction {
	case resource.InTransaction:
		return true
	case resource.NoTransaction: // but what is refused afterwards must be undone
		return len(a.Asked)+len(r.w.Nested)+len(r.action.Cascades) > 0 || a.Kind == resource.Create && r.allow != nil && !inMemory(r.allow)
	}
	return a.HasHooks() || len(a.Asked) > 0 || a.Manual != nil || len(r.w.Nested) > 0 || r.needsOriginal() || a.Kind == resource.Create && r.allow != nil && !inMemory(r.allow)
}

// begin opens a transaction where the action needs one. In one that is open
// already, each write is a part, so that who called may go on when it fails.
func (r *run) begin(ctx context.Context) (_ context.Context, err error) {
	outer := r.app.open(ctx)
	switch {
	case outer != nil && r.w.joins:
	case outer != nil && (r.needsTransaction() || r.action.Transaction != resource.NoTransaction):
		r.own, ctx, err = r.app.part(ctx, outer)
	case outer == nil && r.needsTransaction():
		r.own, ctx, err = r.app.begin(ctx)
	}
	return ctx, err
}

// inMemory reports whether a condition speaks of the record's own fields alone.
func inMemory(n expr.Node) bool {
	ok := true
	expr.Walk(n, func(n expr.Node) bool {
		switch x := n.(type) {
		case *expr.Aggregate, *expr.Written:
			ok = false
		case expr.Field:
			ok = ok && len(x.Path) == 0
		}
		return ok
	})
	return ok
}

// needsOriginal reports whether the action looks at the record before the write.
func (r *run) needsOriginal() bool { return r.reads || len(r.whyRead()) > 0 }

// whyRead are the reasons to read the record before the write.
func (r *run) whyRead() []string {
	out := r.action.Reads()
	if len(r.w.Nested) > 0 && r.action.Kind == resource.Update {
		out = append(out, "related records are written, which only those may who may update the record")
	}
	if r.action.Soft && r.watched {
		out = append(out, "the event of a destroy has the record as it was")
	}
	for _, p := range r.res.Publications {
		if r.watched && r.action.Kind == resource.Update && p.Covers(r.action) && slices.ContainsFunc(p.By, r.mayChange) {
			out = append(out, "publication "+p.Topic+" also tells the topic of the old value")
		}
	}
	return out
}

func (r *run) mayChange(attr *resource.Attribute) bool {
	for _, s := range r.action.Steps {
		if s.Set == attr {
			return true
		}
	}
	return r.c.Given(attr) || attr.UpdateDefault != nil
}

func hasField(n expr.Node) bool {
	found := false
	expr.Walk(n, func(n expr.Node) bool {
		switch n.(type) {
		case expr.Field, *expr.Aggregate, *expr.Written:
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
	q := &datalayer.Query{Resource: r.res, Select: r.res.Columns(), Where: r.found(), Lock: r.app.open(ctx) != nil, Relations: r.b.relations}
	res, err := r.session(ctx).Read(ctx, q)
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
	stale, err := r.stale(ctx)
	switch {
	case err != nil:
		return err
	case stale:
		return errStale()
	}
	v, allow := judge(r.b.readable(r.res))
	if v == refused {
		return notFound()
	}
	q := &datalayer.Query{Resource: r.res, Select: []*resource.Attribute{r.res.Primary}, Where: expr.And(keyIs(r.res, r.w.Key), allow), Relations: r.b.relations}
	res, err := r.session(ctx).Read(ctx, q)
	if err != nil {
		return err
	}
	if res.Len() == 0 {
		return notFound()
	}
	return r.b.refusal(r.action, r.b.inDatabase(ctx, r.res, r.w.Key))
}

func (r *run) beforeHooks(ctx context.Context) error {
	for _, hook := range r.action.Before {
		if err := r.hook(hook(ctx, r.c)); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) afterHooks(ctx context.Context) error {
	for _, hook := range r.action.After {
		if err := r.hook(hook(ctx, r.c, r.record)); err != nil {
			return err
		}
	}
	return nil
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
