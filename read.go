package conga

import (
	"context"
	"slices"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

func (a *App) find(ctx context.Context, f *Find) (*Found, error) {
	page := f.Page
	if page.Limit == 0 && f.Key == nil {
		page.Limit = f.Action.PageSize
	}
	q, found, err := a.queryOf(ctx, f, page)
	if err != nil {
		return nil, err
	}
	if found.manual != nil {
		err = found.manual.read(ctx, q, found)
	} else if found.Result, err = a.sessionFor(ctx, f.Action).Read(ctx, q); err == nil {
		found.finish(page)
	}
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	if err := found.compute(ctx); err != nil {
		return found, a.failure(ctx, err)
	}
	if err := a.afterRead(ctx, f, found); err != nil {
		return found, a.failure(ctx, err)
	}
	return found, found.handOver(f)
}

// queryOf is the query for a Find, with the policies of its action in the
// condition, and a Found that waits for its result.
func (a *App) queryOf(ctx context.Context, f *Find, page Page) (*datalayer.Query, *Found, error) {
	r := f.Action.Resource
	arguments, issues := a.readArguments(f)
	b := a.binder(ctx, arguments)
	b.request = requestOf(f.Action, b.actor, &f.Selection)
	if err := b.needTenant(f.Action); err != nil {
		return nil, nil, a.failure(ctx, b.orRefusal(f.Action, err))
	}
	v, allow := judge(b.decide(f.Action))
	switch {
	case b.fault != nil:
		return nil, nil, a.failure(ctx, b.fault)
	case v == refused:
		return nil, nil, b.refusal(f.Action, nil)
	case len(issues) > 0:
		return nil, nil, invalid(issues...)
	}
	if v == allowed {
		allow = nil
	}
	p := &plan{app: a, b: b, ctx: ctx}
	f, page, err := p.prepareRoot(f, page)
	if err != nil {
		return nil, nil, err
	}
	manual, page, err := p.manually(f, page)
	if err != nil {
		return nil, nil, err
	}
	q, found, err := p.find(r, f, page)
	if err != nil {
		return nil, nil, err
	}
	found.manual, found.most = manual, p.prepared.Limit
	if f.Action.Metadata != nil {
		found.asked = b.inputs(f.Action)
	}
	if b.fault != nil { // of the policies of something that is loaded
		return nil, nil, a.failure(ctx, b.fault)
	}
	q.Where = expr.And(keyIs(r, f.Key), q.Where)
	if f.FailUnseen && allow != nil {
		if err := a.refuseUnseen(ctx, b, f, q.Where); err != nil {
			return nil, nil, err
		}
	}
	q.Where = expr.And(q.Where, allow)
	if err := p.combine(f, q, allow); err != nil {
		return nil, nil, err
	}
	p.distinct(r, &f.Selection, q)
	setTenant(q, datalayer.Tenant{ID: b.tenant, Any: b.any})
	return q, found, a.lock(ctx, f, q)
}

func keyIs(r *resource.Resource, key any) expr.Node {
	if key == nil {
		return nil
	}
	return expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: r.Primary.Name}, expr.Literal{Value: key}}}
}

// plan turns selections into queries of the data layer.
type plan struct {
	app *App
	b   *binder
	ctx context.Context //nolint:containedctx // for the hooks of reads; a plan lives for one call
	own expr.Node       // what the action at the root says of its records, bound
	// prepared is what the hooks of the action at the root have said.
	prepared *resource.Prepared
}

// query is the query for a selection, without the policies of the action, and
// a Found that waits for its result. along is the relationship that leads to
// the records, nil at the root.
func (p *plan) query(r *resource.Resource, action *resource.Action, s *Selection, page Page, along *resource.Relationship) (*datalayer.Query, *Found, error) {
	if issue := checkPage(action, page); issue != nil {
		return nil, nil, invalid(*issue)
	}
	prepared, err := p.prepared, error(nil)
	if along != nil || action == nil {
		if prepared, err = p.prepare(action); err != nil {
			return nil, nil, err
		}
	}
	q := &datalayer.Query{Resource: r, Limit: page.Limit, Offset: page.Offset, Count: page.Count, More: page.Limit > 0 && (!page.Bare || page.Peek),
		Relations: p.b.relations}
	sort := s.Sort
	if sort == nil {
		sort = defaultSort(action, prepared)
	}
	if s.Untrusted {
		q.Where, q.Sort = p.b.untrusted(r, s.Where), p.b.untrustedSort(r, s.Sort)
		if s.Sort == nil { // the action's own order needs no guard
			q.Sort = p.b.sort(r, sort)
		}
	} else {
		q.Where, q.Sort = p.b.bind(r, s.Where, visible), p.b.sort(r, sort)
	}
	scopes := []*resource.Resource{r}
	if s.Sort == nil && along != nil && along.Sort != nil {
		sort, scopes = along.Sort, along.Scopes()
		q.Sort = p.b.orders(scopes, sort, shown)
	}
	var own expr.Node
	if action != nil {
		own = p.b.bind(r, action.Filter, everything)
	}
	if action != nil {
		own = expr.And(own, p.b.bind(r, prepared.Where, everything))
	}
	if along == nil {
		p.own = own
	}
	if q.Where = expr.And(q.Where, own); q.Where != nil {
		q.Where = expr.Simplify(q.Where)
	}
	found := &Found{Resource: r, Load: s.Load, Limit: page.Limit, order: sort}
	q.Select = p.columns(r, s.Select)
	p.mask(r, slices.Clip(q.Select), q, found)
	if page.Limit > 0 && (!page.Bare || page.After != "" || page.Before != "" || page.Last) {
		if found.cursors = p.app.newCursors(scopes, sort, q); datalayer.Repeats(s.Combine) {
			found.cursors = cursors{} // two rows may have one place
		}
		if err := found.cursors.seek(q, page); err != nil {
			return nil, nil, err
		}
	}
	for i := range s.Load {
		if err := p.load(&s.Load[i], q, found, s.Select); err != nil {
			return nil, nil, err
		}
	}
	if err := p.compute(r, s.Select, q, found); err != nil {
		return nil, nil, err
	}
	return q, found, p.findingNeeds(q, found, s.Select)
}

// columns are the attributes to select, calculations with their expression bound.
func (p *plan) columns(r *resource.Resource, wanted []*resource.Attribute) []*resource.Attribute {
	if wanted == nil {
		wanted = r.EagerColumns()
	}
	out := make([]*resource.Attribute, len(wanted), len(wanted)+4)
	for i, attr := range wanted {
		out[i] = attr
		if attr.Expr != nil {
			bound := *attr
			bound.Expr = p.b.calculation(r, attr, attr.Given())
			out[i] = &bound
		}
	}
	return out
}

func (p *plan) include(l *Nested, of *datalayer.Query, parent *Found) (datalayer.Include, error) {
	target := l.Relationship.Target
	rel := p.b.follow(l.Relationship, visible)
	q, sub, err := p.query(target, target.PrimaryAction(resource.Read), &l.Selection, l.Page, rel)
	if err != nil {
		return datalayer.Include{}, err
	}
	parent.loads = append(parent.loads, sub)
	v, allow := judge(p.b.readable(target))
	if v != allowed {
		q.Where = expr.And(q.Where, allow)
	}
	p.tie(l.Relationship, q, of, len(parent.loads)-1, parent)
	q.Where = p.b.across(parent.Resource, target, q.Where)
	if !l.Relationship.Many() {
		q.Sort, q.Limit, q.More = nil, 0, false
	}
	return datalayer.Include{Relationship: rel, Query: q}, nil
}

// checkPage refuses a page that cannot be.
func checkPage(action *resource.Action, page Page) *resource.Issue {
	issue := func(path, code, message string, vars map[string]any) *resource.Issue {
		return &resource.Issue{Path: []string{"page", path}, Code: code, Message: message, Vars: vars}
	}
	switch {
	case page.Limit < 0:
		return issue("limit", "min", "must be at least {min}", map[string]any{"min": 1})
	case action != nil && page.Limit > action.MaxPage:
		return issue("limit", "max", "must be at most {max}", map[string]any{"max": action.MaxPage})
	case page.Offset < 0:
		return issue("offset", "min", "must be at least {min}", map[string]any{"min": 0})
	case page.After != "" && page.Before != "":
		return issue("before", "conflict", "cannot be combined with after", nil)
	case page.Offset > 0 && (page.After != "" || page.Before != "" || page.Last):
		return issue("offset", "conflict", "cannot be combined with cursors", nil)
	case page.Last && page.After != "":
		return issue("after", "conflict", "cannot be combined with last", nil)
	}
	return nil
}

// finish notes what lies around the page.
func (f *Found) finish(page Page) {
	backwards := page.Before != "" || page.Last
	if backwards {
		f.HasPrevious, f.HasNext = f.More, page.Before != ""
	} else {
		f.HasNext, f.HasPrevious = f.More, page.After != "" || page.Offset > 0
	}
	f.attach()
}

// attach gives the loads their parts of the result.
func (f *Found) attach() {
	f.makeRoom()
	for i, sub := range f.loads {
		if sub.Result = f.Related[i].Result; sub.Result != nil {
			sub.attach()
		}
	}
	f.untie()
}

// Sub is what Load[i] found, for all rows; Result.Related[i] tells which of
// its rows belong to which.
func (f *Found) Sub(i int) *Found { return f.loads[i] }

// Records are the rows as pointers to structs, with what was loaded in them.
func (f *Found) Records() ([]any, error) {
	out := make([]any, f.Len())
	for row := range out {
		rec, err := f.record(row)
		if err != nil {
			return nil, internal(err)
		}
		out[row] = rec
	}
	return out, nil
}

func (f *Found) record(row int) (any, error) {
	rec := f.Resource.New()
	var hidden []*resource.Attribute
	for col, attr := range f.Columns {
		if attr.Name == "" {
			continue // a sort key for cursors
		}
		if f.masks != nil && f.Hidden(row, col) {
			hidden = append(hidden, attr)
			continue
		}
		if attr.Expr != nil && f.Null(row, col) {
			continue // whatever its Go type
		}
		if err := f.Scan(row, col, rec); err != nil {
			return nil, err
		}
	}
	if hidden != nil {
		f.Resource.Hide(rec, hidden)
	}
	for i, l := range f.Load {
		if err := f.load(rec, l.Relationship, i, row); err != nil {
			return nil, err
		}
	}
	return rec, nil
}

// load puts into rec what the i-th load found for the row.
func (f *Found) load(rec any, rel *resource.Relationship, i, row int) error {
	from, to := f.Related[i].Span(row)
	children := make([]any, 0, to-from)
	for at := from; at < to; at++ {
		child, err := f.loads[i].record(at)
		if err != nil {
			return err
		}
		children = append(children, child)
	}
	switch {
	case rel.Many():
		rel.SetMany(rec, children)
	case len(children) > 0:
		rel.SetOne(rec, children[0])
	}
	return nil
}
