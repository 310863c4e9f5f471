package conga

import (
	"context"
	"errors"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// nestedBatch is how many nested records one statement writes.
const nestedBatch = 500

// group is runs of one action that are written together.
type group struct {
	app    *App
	action *resource.Action
	runs   []*run
	manner *manner
	// owners are the managed inputs with records that those of the runs belong
	// to, owned the others.
	owners, owned []*nest
}

// prepare takes the runs of a group as far as the write: cast, decide, change.
// What is wrong with their inputs becomes issues of the write that was called.
func (g *group) prepare(ctx context.Context) error {
	for _, r := range g.runs {
		r.watched = r.heard()
		r.cast(ctx)
		r.c.Record = r.before
		if err := r.decide(); err != nil {
			return r.blame(err)
		}
	}
	if err := g.change(ctx); err != nil {
		return err
	}
	for _, r := range g.runs {
		r.report()
	}
	return nil
}

// report hands the issues of a nested run to the run that it is part of.
func (r *run) report() {
	if r.parent == nil {
		return
	}
	for _, i := range r.c.Issues() {
		i.Path = append(slices.Clone(r.path), i.Path...)
		r.parent.c.AddIssue(i)
	}
}

// change finds out what becomes of the managed inputs, and runs the changes
// and validations of each run in between. Issues stay in the changesets.
func (g *group) change(ctx context.Context) (err error) {
	if g.owners, err = planNests(ctx, g.runs, true); err != nil {
		return err
	}
	for _, r := range g.runs {
		err := safely(g.action, func() error { return r.change(ctx, false) })
		if err != nil && len(r.c.Issues()) == 0 {
			return r.blame(err)
		}
	}
	g.owned, err = planNests(ctx, g.runs, false)
	return err
}

// storeOwners writes the records that those of the group belong to.
func (g *group) storeOwners(ctx context.Context) error {
	for _, n := range g.owners {
		for _, part := range []*group{n.updates, n.creates} {
			if err := part.store(ctx); err != nil {
				return err
			}
		}
		for _, f := range n.families {
			if key, ok := f.belongsTo(n.rel); ok {
				f.run.c.Set(n.rel.Source, key)
			}
		}
	}
	return nil
}

// storeOwned writes the other related records, when those of the group are written.
func (g *group) storeOwned(ctx context.Context) error {
	for _, n := range g.owners {
		if err := n.destroys.store(ctx); err != nil {
			return err
		}
	}
	for _, n := range g.owned {
		n.pass()
		for _, part := range []*group{n.unjoins, n.destroys, n.updates, n.creates} {
			if err := part.store(ctx); err != nil {
				return err
			}
		}
		for _, r := range n.joins.runs {
			r.c.Set(n.rel.ThroughSource, n.source(r.parent))
			if r.joined != nil {
				r.c.Set(n.rel.ThroughDestination, r.joined.valueOf(n.rel.Destination))
			}
		}
		for _, part := range []*group{n.joins, n.rejoins} {
			if err := part.store(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// pass gives the records of a has_one or has_many the key that relates them.
func (n *nest) pass() {
	for _, part := range []*group{n.updates, n.creates} {
		for _, r := range part.runs {
			if slices.Contains(r.promised, n.rel.Destination) {
				r.c.Set(n.rel.Destination, n.source(r.parent))
			}
		}
	}
}

// store writes the runs of a group, with what belongs to them.
func (g *group) store(ctx context.Context) error {
	if len(g.runs) == 0 {
		return nil
	}
	for _, r := range g.runs {
		_ = r.end(ctx, nil) // what waits for the commit
	}
	if err := g.storeOwners(ctx); err != nil {
		return err
	}
	if err := g.hooks(ctx, func(r *run) error { return r.beforeHooks(ctx) }); err != nil {
		return err
	}
	if err := g.write(ctx); err != nil {
		return err
	}
	if err := g.storeOwned(ctx); err != nil {
		return err
	}
	if err := g.hooks(ctx, func(r *run) error { return r.afterHooks(ctx) }); err != nil {
		return err
	}
	if err := afterBatch(ctx, g.runs); err != nil {
		return g.runs[0].blame(err)
	}
	if i, err := ask(ctx, g.runs); err != nil {
		return g.runs[i].blame(err)
	}
	return nil
}

func (g *group) hooks(_ context.Context, f func(*run) error) error {
	for _, r := range g.runs {
		if err := f(r); err != nil {
			return r.blame(err)
		}
	}
	return nil
}

// write writes the runs, and what their actions cascade to: all together, or
// one by one to tell which is at fault.
func (g *group) write(ctx context.Context) error {
	size := max(1, len(g.runs))
	if g.manner.singly {
		size = 1
	}
	for part := range slices.Chunk(g.runs, size) {
		some := &group{app: g.app, action: g.action, runs: part, manner: g.manner}
		if err := some.withCascades(ctx, some.rows); err != nil {
			return err
		}
	}
	return nil
}

// rows writes the runs by as few statements as their number allows.
func (g *group) rows(ctx context.Context) error {
	plain := g.runs
	if len(g.action.Upsert) > 0 || g.action.Manual != nil || len(plain) == 1 {
		return g.each(ctx, plain)
	}
	var err error
	switch {
	case g.action.Kind == resource.Create:
		plain, err = g.insert(ctx)
	case g.action.Kind == resource.Destroy && !g.action.Soft:
		err = g.delete(ctx)
		plain = nil
	default:
		plain, err = g.update(ctx)
	}
	if err != nil {
		return err
	}
	return g.each(ctx, plain)
}

// each writes runs one by one.
func (g *group) each(ctx context.Context, runs []*run) error {
	for _, r := range runs {
		if err := r.store(ctx); err != nil {
			return r.blame(err)
		}
	}
	return nil
}

// several is an error of a statement for several runs.
func (g *group) several(runs []*run, err error) error {
	if g.app.worded(err) != nil {
		g.manner.guessed = true
	}
	return runs[0].located(err, true)
}

// insert stores new records by one INSERT for each batch, and asks the
// policies at most once for each.
func (g *group) insert(ctx context.Context) (rest []*run, err error) {
	for part := range slices.Chunk(g.runs, nestedBatch) {
		if err := g.insertBatch(ctx, part); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (g *group) insertBatch(ctx context.Context, runs []*run) error {
	var doubtful expr.Node
	for _, r := range runs {
		after, err := r.allowed()
		if err != nil {
			return r.blame(err)
		}
		if after != nil {
			doubtful = after // the same for all: it is bound to the actor alone
		}
	}
	res, err := g.app.insertRows(ctx, g.action, runs)
	if err != nil {
		return g.several(runs, err)
	}
	for i, r := range runs {
		if err := r.wrote(res, i); err != nil {
			return r.blame(err)
		}
	}
	if doubtful == nil {
		return nil
	}
	return g.confirm(ctx, runs, doubtful)
}

// wrote gives a run its row of a result.
func (r *run) wrote(res *datalayer.Result, row int) error {
	r.result, r.written = &datalayer.Result{Rows: oneRow{res.Rows, row}, Columns: res.Columns, Count: -1}, true
	return r.stored()
}

// confirm asks the database whether the policies allow the runs, whose records
// are there.
func (g *group) confirm(ctx context.Context, runs []*run, allow expr.Node) error {
	primary := g.action.Resource.Primary
	keys := make([]any, len(runs))
	for i, r := range runs {
		keys[i] = r.valueOf(primary)
	}
	res, err := g.app.sessionFor(ctx, g.action).Read(ctx, &datalayer.Query{
		Resource: g.action.Resource, Select: []*resource.Attribute{primary}, Where: expr.And(keyIn(g.action.Resource, keys), allow), Relations: runs[0].b.relations})
	if err != nil {
		return err
	}
	return g.allIn(runs, res)
}

// allIn refuses the first run whose record the result does not have.
func (g *group) allIn(runs []*run, res *datalayer.Result) error {
	rows, err := rowsByKey(res, g.action.Resource.Primary)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if _, ok := rows[r.valueOf(g.action.Resource.Primary)]; !ok {
			return r.blame(forbidden()) // the actor may read it, or it would not have been found
		}
	}
	return nil
}

func rowsByKey(res *datalayer.Result, primary *resource.Attribute) (map[any]int, error) {
	rows, col := map[any]int{}, slices.Index(res.Columns, primary)
	for i := range res.Len() {
		key, err := res.Value(i, col)
		if err != nil {
			return nil, err
		}
		rows[key] = i
	}
	return rows, nil
}

// takeRows gives the runs, which have keys, their rows.
func (g *group) takeRows(runs []*run, res *datalayer.Result) error {
	if err := g.allIn(runs, res); err != nil {
		return err
	}
	rows, err := rowsByKey(res, g.action.Resource.Primary)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if err := r.wrote(res, rows[r.w.Key]); err != nil {
			return r.blame(err)
		}
	}
	return nil
}

// delete removes records by one DELETE for each batch.
func (g *group) delete(ctx context.Context) error {
	for part := range slices.Chunk(g.runs, nestedBatch) {
		keys := make([]any, len(part))
		for i, r := range part {
			keys[i] = r.w.Key
		}
		res, err := g.app.sessionFor(ctx, g.action).Delete(ctx, &datalayer.Delete{
			Resource: g.action.Resource, Where: expr.And(keyIn(g.action.Resource, keys), part[0].allow), Return: g.action.Resource.Columns(),
			Relations: part[0].b.relations})
		if err != nil {
			return g.several(part, err)
		}
		if err := g.takeRows(part, res); err != nil {
			return err
		}
	}
	return nil
}

// update changes records by one UPDATE for each batch. What expressions assign
// is computed from the records, which were read and locked; the runs that this
// cannot be done for come back.
func (g *group) update(ctx context.Context) (rest []*run, err error) {
	var idle, together []*run
	values := map[*run]map[*resource.Attribute]any{}
	for _, r := range g.runs {
		set, err := r.computed()
		switch {
		case len(r.demands) > 0:
			rest = append(rest, r)
		case errors.Is(err, expr.ErrNotLoaded):
			rest = append(rest, r)
		case err != nil:
			return nil, r.blame(internal(err))
		case len(set) == 0:
			idle = append(idle, r)
		default:
			values[r], together = set, append(together, r)
		}
	}
	for part := range slices.Chunk(together, nestedBatch) {
		if err := g.updateBatch(ctx, part, values); err != nil {
			return nil, err
		}
	}
	return rest, g.touch(ctx, idle)
}

// computed are the new values of an update.
func (r *run) computed() (map[*resource.Attribute]any, error) {
	out := map[*resource.Attribute]any{}
	for _, a := range r.assignments() {
		v, err := expr.Eval(a.Value, recordEnv{r.res, r.before, false})
		if err != nil {
			return nil, err
		}
		out[a.Attribute] = v
	}
	return out, nil
}

// updateBatch changes records to values of their own. One that keeps a value
// that another one changes gets it again: it is locked.
func (g *group) updateBatch(ctx context.Context, runs []*run, values map[*run]map[*resource.Attribute]any) error {
	res := g.action.Resource
	each := &datalayer.Each{}
	for _, attr := range res.Columns() {
		if slices.ContainsFunc(runs, func(r *run) bool { _, set := values[r][attr]; return set }) {
			each.Columns = append(each.Columns, attr)
		}
	}
	for _, r := range runs {
		row := make([]any, len(each.Columns))
		for i, attr := range each.Columns {
			v, set := values[r][attr]
			if !set {
				v = attr.Get(r.before)
			}
			row[i] = v
		}
		each.Keys, each.Rows = append(each.Keys, r.w.Key), append(each.Rows, row)
	}
	back, err := g.app.sessionFor(ctx, g.action).Update(ctx, &datalayer.Update{Resource: res, Where: runs[0].allow, Each: each, Return: res.Columns(), Relations: runs[0].b.relations})
	if err != nil {
		return g.several(runs, err)
	}
	return g.takeRows(runs, back)
}

// touch asks the policies about updates that change nothing.
func (g *group) touch(ctx context.Context, runs []*run) error {
	for part := range slices.Chunk(runs, nestedBatch) {
		keys := make([]any, len(part))
		for i, r := range part {
			keys[i] = r.w.Key
		}
		res, err := g.app.sessionFor(ctx, g.action).Read(ctx, &datalayer.Query{
			Resource: g.action.Resource, Select: g.action.Resource.Columns(), Where: expr.And(keyIn(g.action.Resource, keys), part[0].allow),
			Relations: part[0].b.relations})
		if err != nil {
			return err
		}
		if err := g.takeRows(part, res); err != nil {
			return err
		}
		for _, r := range part {
			r.written = false // an update that changes nothing is no news
		}
	}
	return nil
}
