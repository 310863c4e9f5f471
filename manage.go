package conga

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/congago/conga/resource"
)

// manner is how the nested records of a call are written. All of its runs share one.
type manner struct {
	// singly writes them one by one.
	singly bool
	// guessed tells that the database refused several at once, so that it is
	// not known which of them is at fault.
	guessed bool
}

// nest is one managed input of runs of one action on its way: what becomes of
// the records in it, for all the runs together, so that the number of
// statements does not depend on the number of either.
type nest struct {
	app      *App
	m        *resource.Managed
	rel      *resource.Relationship
	manner   *manner
	families []*family
	// used are the related records that a run writes already, by key.
	used map[any]bool
	// sets are what lookups found.
	sets [][]*resource.Attribute

	creates, updates, destroys *group
	joins, rejoins, unjoins    *group
}

// family is one record with what was given for it and what is related to it.
type family struct {
	run   *run
	items []*item
	// existing are the records that are related now, as far as the actor sees them.
	existing []*relative
	// related are the keys of records that items relate.
	related map[any]bool
}

// item is one record of the input.
type item struct {
	rec  NestedRecord
	path []string
	at   int
	// found is the record that the item turned out to be; made the run that
	// creates it. Both are nil where nothing is related.
	found *relative
	made  *run
	// ended tells that the record that it named is not related any more.
	ended bool
}

// relative is a record of the target that is there.
type relative struct {
	record, key any
	// join is the record of a many_to_many that relates it; nil without.
	join  any
	named bool
}

// planNests finds out what becomes of the managed inputs of the runs: of those
// to which their records belong, or of the others. What is wrong becomes
// issues of the runs.
func planNests(ctx context.Context, runs []*run, owners bool) ([]*nest, error) {
	var out []*nest
	if len(runs) == 0 {
		return nil, nil
	}
	for _, m := range runs[0].action.Managed {
		if (m.Relationship.Kind == resource.BelongsTo) != owners {
			continue
		}
		n := &nest{app: runs[0].app, m: m, rel: m.Relationship, manner: runs[0].manner, used: map[any]bool{}}
		for _, r := range runs {
			n.collect(r)
		}
		if len(n.families) == 0 {
			continue
		}
		if err := n.plan(ctx); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// collect takes what a run gives to the input.
func (n *nest) collect(r *run) {
	i := slices.IndexFunc(r.w.Nested, func(in NestedInput) bool { return in.Managed.JSON == n.m.JSON })
	if i < 0 || len(r.w.Nested[i].Records) == 0 && n.rel.Kind == resource.BelongsTo && !n.rel.Source.Type.Nullable {
		if n.m.Required || i >= 0 {
			r.promised = append(r.promised, n.rel.Source)
			if !r.c.HasIssue(n.m.JSON) {
				r.c.AddIssue(Issue{Path: []string{n.m.JSON}, Code: "required", Message: "is required"})
			}
		}
		return
	}
	f := &family{run: r, related: map[any]bool{}}
	for at, rec := range r.w.Nested[i].Records {
		it := &item{rec: rec, at: at, path: []string{n.m.JSON}}
		if n.m.Many() {
			it.path = append(it.path, strconv.Itoa(at))
		}
		f.items = append(f.items, it)
	}
	n.families = append(n.families, f)
}

// plan decides for each record, and prepares the runs that write them.
func (n *nest) plan(ctx context.Context) error {
	for _, g := range []struct {
		group  **group
		action *resource.Action
	}{
		{&n.creates, n.m.Create}, {&n.updates, n.m.Update}, {&n.destroys, n.m.Destroy},
		{&n.joins, n.m.Join}, {&n.rejoins, n.m.Rejoin}, {&n.unjoins, n.m.Unjoin},
	} {
		*g.group = &group{app: n.app, action: g.action, manner: n.manner}
	}
	pool, err := n.read(ctx)
	if err != nil {
		return err
	}
	for _, f := range n.families {
		for _, it := range f.items {
			n.settle(f, it, pool)
		}
		n.missing(f)
	}
	for _, g := range []*group{n.creates, n.updates, n.destroys, n.joins, n.rejoins, n.unjoins} {
		if err := g.prepare(ctx); err != nil {
			return err
		}
	}
	for _, f := range n.families {
		n.foretell(f)
	}
	return nil
}

// foretell gives a record the key of the one that it belongs to, where it is
// known before that is written.
func (n *nest) foretell(f *family) {
	if n.rel.Kind != resource.BelongsTo {
		return
	}
	if key, ok := f.belongsTo(n.rel); ok {
		f.run.c.Set(n.rel.Source, key)
	}
	f.run.promised = append(f.run.promised, n.rel.Source)
}

// belongsTo is the key of the record of the one item, nil where there is to be
// none; ok is false when it is not known yet, or not to be changed.
func (f *family) belongsTo(rel *resource.Relationship) (key any, ok bool) {
	if len(f.items) == 0 {
		return nil, true
	}
	switch it := f.items[0]; {
	case it.found != nil:
		return rel.Destination.Get(it.found.record), true
	case it.made != nil:
		key = it.made.valueOf(rel.Destination)
		return key, key != nil
	default:
		return nil, it.ended
	}
}

// settle decides what becomes of one record of the input.
func (n *nest) settle(f *family, it *item, pool []*relative) {
	for _, issue := range it.rec.Issues {
		if len(issue.Path) == 0 || slices.ContainsFunc(n.m.Nested.Keys, func(a *resource.Attribute) bool { return a.JSON == issue.Path[0] }) {
			f.refuse(it, it.rec.Issues...)
			return
		}
	}
	rel := n.match(f, it)
	if rel != nil {
		if rel.named {
			f.refuse(it, Issue{Code: "twice", Message: "is given twice"})
			return
		}
		rel.named = true
		n.matched(f, it, rel)
		return
	}
	if n.m.OnLookup != resource.DoIgnore {
		if rel = n.identify(it, pool); rel != nil {
			n.lookedUp(f, it, rel)
			return
		}
	}
	n.absent(f, it)
}

// matched deals with a record that is related already.
func (n *nest) matched(f *family, it *item, rel *relative) {
	it.found = rel
	if n.m.OnMatch != resource.DoUpdate {
		f.refuse(it, it.rec.Issues...) // nobody else would tell
	}
	switch n.m.OnMatch {
	case resource.DoError:
		f.refuse(it, Issue{Code: "related", Message: "is related already"})
	case resource.DoDestroy, resource.DoUnrelate:
		it.found, it.ended = nil, true
		n.end(f, it.path, rel, n.m.OnMatch)
	case resource.DoUpdate:
		n.update(f, it, rel, n.inputs(n.m.Update, it, true))
	case resource.DoIgnore:
		n.update(f, it, rel, given{})
	}
	n.rejoin(f, it, rel)
}

// lookedUp deals with a record that is there and not related yet.
func (n *nest) lookedUp(f *family, it *item, rel *relative) {
	if n.m.OnLookup == resource.DoError {
		f.refuse(it, Issue{Code: "unrelated", Message: "is not related"})
		return
	}
	if f.related[rel.key] {
		f.refuse(it, Issue{Code: "twice", Message: "is given twice"})
		return
	}
	f.related[rel.key] = true
	it.found = rel
	var in given
	if n.m.OnLookup == resource.DoRelateAndUpdate {
		in = n.inputs(n.m.Update, it, true)
	} else {
		f.refuse(it, it.rec.Issues...)
	}
	n.update(f, it, rel, in)
	n.join(f, it)
}

// absent deals with a record that was not found.
func (n *nest) absent(f *family, it *item) {
	switch n.m.OnNoMatch {
	case resource.DoIgnore:
		f.refuse(it, it.rec.Issues...)
		return
	case resource.DoError:
		f.refuse(it, append(slices.Clip(it.rec.Issues), missingIssue())...)
		return
	}
	key := n.m.Target().Primary
	if v, _ := it.rec.value(key); v != nil && !n.m.Create.Accepts(key) {
		f.refuse(it, missingIssue()) // it names one that is not there, or not to be seen
		return
	}
	in := n.inputs(n.m.Create, it, false)
	it.made = n.child(f, it.path, n.m.Create, in)
	n.relate(f, it.made)
	if n.m.Order != nil {
		it.made.w.forced = append(it.made.w.forced, Input{n.m.Order, int64(it.at)})
	}
	n.creates.runs = append(n.creates.runs, it.made)
	n.join(f, it)
}

func missingIssue() Issue { return Issue{Code: "not_found", Message: "could not be found"} }

// missing deals with the related records that the input does not name.
func (n *nest) missing(f *family) {
	for _, rel := range f.existing {
		switch {
		case rel.named:
		case n.m.OnMissing == resource.DoError:
			f.run.c.AddIssue(Issue{Path: []string{n.m.JSON}, Code: "missing", Message: "must name all related records"})
			return
		case n.m.OnMissing != resource.DoIgnore:
			n.end(f, []string{n.m.JSON}, rel, n.m.OnMissing)
		}
	}
}

// end unrelates or destroys a related record.
func (n *nest) end(f *family, path []string, rel *relative, how resource.Handling) {
	rel.named = true
	if rel.join != nil {
		through := n.rel.Through
		gone := n.child(f, path, n.m.Unjoin, given{})
		gone.w.Key, gone.before = through.Primary.Get(rel.join), rel.join
		n.unjoins.runs = append(n.unjoins.runs, gone)
	}
	var r *run
	switch {
	case how == resource.DoDestroy:
		if n.used[rel.key] {
			return
		}
		r = n.child(f, path, n.m.Destroy, given{})
		n.destroys.runs = append(n.destroys.runs, r)
	case n.rel.Kind == resource.HasOne || n.rel.Kind == resource.HasMany:
		r = n.child(f, path, n.m.Update, given{})
		r.w.forced = []Input{{n.rel.Destination, nil}}
		n.updates.runs = append(n.updates.runs, r)
	default:
		return
	}
	n.used[rel.key] = true
	r.w.Key, r.before = rel.key, rel.record
}

// update writes what changes in a record that is there: its inputs, its
// relation and its position. Where nothing does, it is left alone.
func (n *nest) update(f *family, it *item, rel *relative, in given) {
	r := n.child(f, it.path, n.m.Update, in)
	r.w.Key, r.before = rel.key, rel.record
	if owned := n.rel.Kind == resource.HasOne || n.rel.Kind == resource.HasMany; owned && !f.has(rel) {
		n.relate(f, r)
	}
	if o := n.m.Order; o != nil && o.Get(rel.record) != int64(it.at) {
		r.w.forced = append(r.w.forced, Input{o, int64(it.at)})
	}
	if len(r.w.Inputs)+len(r.w.Nested)+len(r.w.Issues)+len(r.w.forced)+len(r.promised) == 0 {
		return
	}
	if n.used[rel.key] {
		f.refuse(it, Issue{Code: "twice", Message: "is given twice"})
		return
	}
	n.used[rel.key] = true
	n.updates.runs = append(n.updates.runs, r)
}

func (f *family) has(rel *relative) bool { return slices.Contains(f.existing, rel) }

// relate gives the run that writes a related record the key of the record that it belongs to.
func (n *nest) relate(f *family, r *run) {
	if n.rel.Kind != resource.HasOne && n.rel.Kind != resource.HasMany {
		return
	}
	r.promised = append(r.promised, n.rel.Destination)
	if key := n.source(f.run); key != nil {
		r.w.forced = append(r.w.forced, Input{n.rel.Destination, key})
	}
}

// source is the value by which records are related to that of the run; nil
// while it is not known.
func (n *nest) source(r *run) any { return r.valueOf(n.rel.Source) }

// valueOf is the value of an attribute of the record that is written: as it
// was written, or else as it is to be; nil while that is not known.
func (r *run) valueOf(attr *resource.Attribute) any {
	switch {
	case r.record != nil:
		return attr.Get(r.record)
	case r.result != nil && r.result.Len() > 0 && slices.Contains(r.result.Columns, attr):
		v, _ := r.result.Value(0, slices.Index(r.result.Columns, attr))
		return v
	case attr.Primary && r.w.Key != nil:
		return r.w.Key
	case r.c == nil:
		return nil
	}
	v, _ := r.c.Get(attr)
	return v
}

// join makes the record that relates one of a many_to_many.
func (n *nest) join(f *family, it *item) {
	if n.rel.Kind != resource.ManyToMany || it.found == nil && it.made == nil {
		return
	}
	r := n.child(f, it.path, n.m.Join, n.joinInputs(it))
	r.promised = []*resource.Attribute{n.rel.ThroughSource, n.rel.ThroughDestination}
	if key := n.source(f.run); key != nil {
		r.w.forced = append(r.w.forced, Input{n.rel.ThroughSource, key})
	}
	if it.found != nil {
		r.w.forced = append(r.w.forced, Input{n.rel.ThroughDestination, n.rel.Destination.Get(it.found.record)})
	}
	r.joined = it.made
	n.joins.runs = append(n.joins.runs, r)
}

// rejoin changes the record that relates one of a many_to_many already.
func (n *nest) rejoin(f *family, it *item, rel *relative) {
	in := n.joinInputs(it)
	if n.m.Rejoin == nil || it.found == nil || len(in.inputs) == 0 {
		return
	}
	r := n.child(f, it.path, n.m.Rejoin, in)
	r.w.Key, r.before = n.rel.Through.Primary.Get(rel.join), rel.join
	n.rejoins.runs = append(n.rejoins.runs, r)
}

// given are the parts of an item that an action takes.
type given struct {
	inputs []Input
	nested []NestedInput
	issues []Issue
}

// inputs are the parts of an item for an action of the target. A key names the
// record and is no input of an action that does not accept it.
func (n *nest) inputs(a *resource.Action, it *item, there bool) given {
	out := given{issues: it.rec.Issues}
	for _, in := range it.rec.Inputs {
		named := slices.Contains(n.m.Nested.Keys, in.Attribute)
		switch real := a.Input(in.Attribute.JSON); {
		case slices.Contains(n.m.JoinInputs, in.Attribute):
		case in.Attribute.Primary && named && (there || in.Value == nil):
		case real != nil:
			out.inputs = append(out.inputs, Input{real, in.Value})
		case !named:
			out.issues = append(out.issues, Issue{Path: []string{in.Attribute.JSON}, Code: "unknown", Message: "is not accepted here"})
		}
	}
	for _, in := range it.rec.Nested {
		if real := a.Manages(in.Managed.JSON); real != nil {
			out.nested = append(out.nested, NestedInput{real, in.Records})
		} else {
			out.issues = append(out.issues, Issue{Path: []string{in.Managed.JSON}, Code: "unknown", Message: "is not accepted here"})
		}
	}
	if there && n.sameKeys(out.inputs, it) {
		out.inputs = nil
	}
	return out
}

// sameKeys reports whether the inputs do nothing but name the record.
func (n *nest) sameKeys(inputs []Input, it *item) bool {
	return !slices.ContainsFunc(inputs, func(in Input) bool { return !slices.Contains(n.m.Nested.Keys, in.Attribute) }) && it.found != nil &&
		!slices.ContainsFunc(inputs, func(in Input) bool { return !same(in.Attribute.Get(it.found.record), in.Value) })
}

func (n *nest) joinInputs(it *item) (out given) {
	for _, in := range it.rec.Inputs {
		if slices.Contains(n.m.JoinInputs, in.Attribute) {
			out.inputs = append(out.inputs, in)
		}
	}
	return out
}

// child is a run that writes a record of the input.
func (n *nest) child(f *family, path []string, a *resource.Action, in given) *run {
	w := &Write{Action: a, Inputs: in.inputs, Nested: in.nested, Issues: in.issues}
	r := &run{app: n.app, w: w, action: a, parent: f.run, path: path, manner: n.manner}
	if a != nil {
		r.res = a.Resource
	}
	return r
}

// refuse says what is wrong with an item.
func (f *family) refuse(it *item, issues ...Issue) {
	for _, i := range issues {
		i.Path = append(slices.Clone(it.path), i.Path...)
		f.run.c.AddIssue(i)
	}
}

// nestedError is an error of a record in a managed input, whose paths lead
// there from the inputs of the call.
type nestedError struct {
	root *run
	err  error
}

func (e *nestedError) Error() string { return e.err.Error() }

func (e *nestedError) Unwrap() error { return e.err }

// blame is err as an error of the call that the run is part of.
func (r *run) blame(err error) error { return r.located(err, false) }

// located is blame; several tells that it is not known which record of the list is at fault.
func (r *run) located(err error, several bool) error {
	if _, done := errors.AsType[*nestedError](err); done || err == nil {
		return err
	}
	var path []string
	root := r
	for ; root.parent != nil; root = root.parent {
		p := root.path
		if root == r && several {
			p = p[:1]
		}
		path = append(slices.Clone(p), path...)
	}
	e := r.app.worded(err)
	if e == nil || root == r {
		return &nestedError{root, err}
	}
	out := *e
	out.Issues = nil
	for _, i := range e.Issues {
		i.Path = append(slices.Clone(path), i.Path...)
		out.Issues = append(out.Issues, i)
	}
	if out.Issues != nil {
		return &nestedError{root, &out}
	}
	switch e.Kind {
	case Forbidden:
		out.Issues = []Issue{{Path: path, Code: "forbidden", Message: "is not allowed"}}
	case NotFound:
		out.Kind = Invalid
		i := missingIssue()
		i.Path = path
		out.Issues = []Issue{i}
	case Conflict:
		out.Issues = []Issue{{Path: path, Code: "conflict", Message: e.Message}}
	}
	return &nestedError{root, &out}
}

// worded is err as an *Error where it is about the input or the actor, else nil.
func (a *App) worded(err error) *Error {
	e, ok := errors.AsType[*Error](err)
	if c, broken := constraintOf(err); !ok && broken {
		e = constraint(c)
	}
	if e == nil || e.Kind == Internal || e.Kind == Unavailable {
		return nil
	}
	return e
}
