package conga

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// binder turns the expressions of a call into what a data layer takes: the
// actor, the arguments and the present time become constants, calculations
// are written out, and aggregates see only what the actor may read.
type binder struct {
	app       *App
	actor     any
	shape     *structs.Struct // of actor; nil for nobody
	arguments map[string]any
	now       time.Time
	sights    map[*sight]seen // as far as they are bound
	ctx       context.Context //nolint:containedctx // facts are asked with it, and a binder lives for one call
	request   resource.Request
	answers   map[question]any
	asked     *resource.Changeset // see inputs
	fault     error               // of a fact that could not be found out
	// relations are the relationships that were followed so far, where the
	// application has any that more than keys relate.
	relations datalayer.Relations
	// tenant is that of the call, nil for none; any tells that the action
	// reaches the records of all.
	tenant      any
	tenantFault error
	any         bool
}

func (a *App) binder(ctx context.Context, arguments map[string]any) *binder {
	b := &binder{app: a, actor: ActorFrom(ctx), arguments: arguments, now: structs.Now(), ctx: ctx}
	b.request.Actor = b.actor
	if a.relations {
		b.relations = datalayer.Relations{}
	}
	if b.actor != nil {
		b.shape = structs.OfValue(b.actor)
	}
	if a.tenanted {
		b.tenant, b.tenantFault = a.Tenant(ctx)
	}
	return b
}

// Whether the aggregates of an expression are limited to the records that
// the actor may read. Those of a policy are not: a policy may look at what
// the actor may not. Those that a client wrote are limited also in what they
// say of the relatives of the records that they look at, and of fields. What
// goes into cursors is shown: limited in fields alone. Calculations are derived:
// limited in the relatives to which their paths lead.
type scopeOf uint8

const (
	everything scopeOf = iota
	visible
	derived
	shown
	written
)

// bind binds an expression over records of r.
func (b *binder) bind(r *resource.Resource, n expr.Node, limit scopeOf) expr.Node {
	if n == nil {
		return nil
	}
	return b.node([]*resource.Resource{r}, n, limit)
}

func (b *binder) sort(r *resource.Resource, sort []expr.Order) []expr.Order {
	return b.orders([]*resource.Resource{r}, sort, shown)
}

func (b *binder) orders(scopes []*resource.Resource, sort []expr.Order, limit scopeOf) []expr.Order {
	out := make([]expr.Order, len(sort))
	for i, o := range sort {
		key := o.Node
		if o.Node = b.node(scopes, key, limit); b.ignoresCase(scopes, key) {
			o.Node = fold(o.Node)
		}
		out[i] = o
	}
	return out
}

// node binds n, where scopes are the resources of the records around it, innermost last.
func (b *binder) node(scopes []*resource.Resource, n expr.Node, limit scopeOf) expr.Node {
	switch x := n.(type) {
	case expr.Actor:
		return expr.Literal{Value: b.actorValue(x)}
	case expr.Argument:
		return expr.Literal{Value: b.arguments[x.Name]}
	case expr.Fact:
		return expr.Literal{Value: b.answer(x)}
	case expr.Field:
		declared := x.Path
		at, path := b.along(scopes[len(scopes)-1-x.Up], x.Path, limit)
		attr := at.Attribute(x.Name)
		if len(path) > 0 { // else n stays, which takes no memory
			x.Path = path
			n = x
		}
		if attr != nil && attr.Expr != nil {
			n = rebase(b.calculation(at, attr, x.Args), 0, x.Up, x.Path)
		}
		if limit == derived {
			n = b.guarded(scopes[len(scopes)-1-x.Up], n, x.Up, declared)
		}
		if limit >= shown {
			n = b.veil(at, attr, n, x.Up, x.Path)
		}
		if limit == written {
			n = b.tied(scopes[len(scopes)-1-x.Up], n, x.Up, x.Path)
		}
		return n
	case expr.Call:
		if x.Op == expr.OpWithoutPolicies {
			return b.node(scopes, x.Args[0], everything)
		}
		if x.Op == expr.OpNow {
			return expr.Literal{Value: b.now}
		}
		args := make([]expr.Node, len(x.Args))
		for i, a := range x.Args {
			args[i] = b.node(scopes, a, limit)
		}
		if x.Op == resource.OpStrict {
			return certain(args[0])
		}
		return foldConstant(expr.Call{Op: x.Op, Args: b.folded(scopes, x, args)})
	case *expr.Aggregate:
		return b.aggregate(scopes, x, limit)
	}
	return n
}

// certain is a bound condition that needs no record, and else NULL.
func certain(n expr.Node) expr.Node {
	if _, constant := n.(expr.Literal); constant {
		return n
	}
	return expr.Literal{}
}

func (b *binder) aggregate(scopes []*resource.Resource, x *expr.Aggregate, limit scopeOf) expr.Node {
	from := scopes[len(scopes)-1-x.Up]
	target, path := b.along(from, x.Path, limit)
	inner := append(slices.Clip(scopes), target)
	out := *x
	out.Path = path
	if x.Of != nil {
		out.Of = b.node(inner, x.Of, limit)
	}
	if x.Where != nil {
		out.Where = b.node(inner, x.Where, limit)
	}
	out.Sort = b.orders(inner, x.Sort, limit)
	if limit == written {
		out.Where = expr.And(append(b.guards(target, x.Where), out.Where)...)
		out.Where = expr.And(append(b.ties(from, 1+x.Up, path), out.Where)...)
		if s := b.lastTie(from, x.Path); s.verdict != allowed {
			out.Where = expr.And(out.Where, s.condition)
		}
	}
	if limit == everything { // and even then a record that the filter of its resource leaves out is not there
		out.Where = expr.And(out.Where, b.bind(target, target.Filter, everything))
	}
	if limit != everything {
		v, readable := judge(b.readable(target))
		if v != allowed {
			out.Where = expr.And(out.Where, readable)
		}
		out.Where = b.across(follow(from, x.Path[:len(x.Path)-1]), target, out.Where)
	}
	if b.any && resource.IsAll(x.Path) {
		out.Where = expr.And(out.Where, from.Relationship(x.Path[0]).Aligned(from))
	}
	return &out
}

// decide is the condition under which the policies allow the action, for the
// actor at hand, and under which the record is there for it.
func (b *binder) decide(action *resource.Action) expr.Node {
	r, n := action.Resource, b.policies(action)
	if r.Filter == nil || action.Unfiltered || action.Kind == resource.Create || action.Kind == resource.Generic {
		return n
	}
	return expr.Simplify(and(b.bind(r, r.Filter, everything), n))
}

// policies is the part of decide that the policies say.
func (b *binder) policies(action *resource.Action) expr.Node {
	defer b.about(action)()
	return b.bind(action.Resource, b.app.decisions[action], everything)
}

// readable is the condition under which the actor may see records of r: the
// policies and the filter of its primary read action.
func (b *binder) readable(r *resource.Resource) expr.Node {
	action := r.PrimaryAction(resource.Read)
	if action == nil {
		return expr.Literal{Value: false}
	}
	n := b.decide(action)
	if action.Filter != nil {
		n = expr.Simplify(and(n, b.bind(r, action.Filter, everything)))
	}
	return n
}

func (b *binder) actorValue(x expr.Actor) any {
	if x.Name == "" {
		return b.shape != nil
	}
	if b.shape == nil || b.shape.FullName != x.Type || b.shape.Hidden(b.actor).Has(x.Name) {
		return nil
	}
	return b.shape.Field(x.Name).Get(b.actor)
}

// untrusted binds a condition that a client wrote, and adds that the records
// to which its paths lead are visible to the actor.
func (b *binder) untrusted(r *resource.Resource, where expr.Node) expr.Node {
	return expr.And(append(b.guards(r, where), b.bind(r, where, written))...)
}

// untrustedSort binds a sort that a client wrote: what it asks of a related
// record that the actor may not see is NULL.
func (b *binder) untrustedSort(r *resource.Resource, sort []expr.Order) []expr.Order {
	out := make([]expr.Order, len(sort))
	for i, o := range sort {
		o.Node = b.untrustedValue(r, o.Node)
		out[i] = o
	}
	return out
}

// untrustedValue binds a value that a client asks for: that of a related
// record that the actor may not see is NULL.
func (b *binder) untrustedValue(r *resource.Resource, n expr.Node) expr.Node {
	return ifSeen(expr.And(b.guards(r, n)...), b.bind(r, n, written))
}

// guarded is n, something about the record at the end of a path, and NULL
// where that or one on the way is not visible to the actor.
func (b *binder) guarded(r *resource.Resource, n expr.Node, up int, path []string) expr.Node {
	var seen []expr.Node
	for i := range path {
		if guard := b.guard(r, path[:i+1]); guard != nil {
			seen = append(seen, rebase(guard, 0, up, nil))
		}
	}
	return ifSeen(expr.And(seen...), n)
}

// guards are the conditions that the records to which the paths of n lead are
// visible to the actor.
func (b *binder) guards(r *resource.Resource, n expr.Node) []expr.Node {
	seen := map[string]bool{}
	var out []expr.Node
	walkPaths(n, func(path []string) {
		for i := 1; i <= len(path); i++ {
			if key := pathKey(path[:i]); !seen[key] {
				seen[key] = true
				out = append(out, b.guard(r, path[:i]))
			}
		}
	})
	return out
}

// guard holds where the record at path is visible to the actor, or there is none.
func (b *binder) guard(r *resource.Resource, path []string) expr.Node {
	target, path := b.along(r, path, written)
	v, n := judge(b.readable(target))
	if v == allowed {
		n = nil
	}
	if n = b.across(follow(r, path[:len(path)-1]), target, n); n == nil {
		return nil
	}
	key := b.tied(r, expr.Field{Path: path, Name: target.Primary.Name}, 0, path)
	return or(expr.Call{Op: expr.OpIsNull, Args: []expr.Node{key}}, rebase(n, 0, 0, path))
}

func pathKey(path []string) string {
	var key strings.Builder
	for _, p := range path {
		key.WriteString(p + ".")
	}
	return key.String()
}

// walkPaths calls f with the to-one paths that n takes from the record at
// hand. Those within its aggregates start at other records.
func walkPaths(n expr.Node, f func([]string)) {
	switch x := n.(type) {
	case expr.Field:
		if len(x.Path) > 0 {
			f(x.Path)
		}
	case expr.Call:
		for _, a := range x.Args {
			walkPaths(a, f)
		}
	case *expr.Aggregate:
		if len(x.Path) > 1 {
			f(x.Path[:len(x.Path)-1])
		}
	}
}

func follow(r *resource.Resource, path []string) *resource.Resource {
	for _, name := range path {
		r = r.Relationship(name).Target
	}
	return r
}

// rebase moves an expression over a record to a place from which that record
// is reached by up and path. depth counts the aggregates entered so far.
func rebase(n expr.Node, depth, up int, path []string) expr.Node {
	if up == 0 && len(path) == 0 {
		return n
	}
	switch x := n.(type) {
	case expr.Field:
		if x.Up == depth {
			x.Up, x.Path = depth+up, join(path, x.Path)
		}
		return x
	case expr.Call:
		args := make([]expr.Node, len(x.Args))
		for i, a := range x.Args {
			args[i] = rebase(a, depth, up, path)
		}
		return expr.Call{Op: x.Op, Args: args}
	case *expr.Aggregate:
		out := *x
		if x.Up == depth && !resource.IsAll(x.Path) {
			out.Up, out.Path = depth+up, join(path, x.Path)
		}
		out.Of, out.Where = rebase(x.Of, depth+1, up, path), rebase(x.Where, depth+1, up, path)
		out.Sort = make([]expr.Order, len(x.Sort))
		for i, o := range x.Sort {
			o.Node = rebase(o.Node, depth+1, up, path)
			out.Sort[i] = o
		}
		return &out
	}
	return n
}

func join(a, b []string) []string {
	return append(append(make([]string, 0, len(a)+len(b)), a...), b...)
}

// foldConstant computes an operator whose arguments are all constants, makes
// a comparison with NULL the NULL that it is, and drops what And, Or and Not
// make of constants.
func foldConstant(c expr.Call) expr.Node {
	constant, null := true, false
	for _, a := range c.Args {
		switch x := a.(type) {
		case expr.Literal:
			null = null || x.Value == nil
		case expr.List:
		default:
			constant = false
		}
	}
	if null && comparesStrictly[c.Op] {
		return expr.Literal{}
	}
	if !constant {
		return expr.Simplify(c)
	}
	v, err := expr.Eval(c, nil)
	if err != nil {
		return c
	}
	return expr.Literal{Value: v}
}

// comparesStrictly are the comparisons that are unknown when one side is NULL.
var comparesStrictly = map[expr.Op]bool{
	expr.OpEq: true, expr.OpNe: true, expr.OpLt: true, expr.OpLe: true, expr.OpGt: true, expr.OpGe: true, expr.OpIn: true,
	expr.OpContains: true, expr.OpStartsWith: true, expr.OpEndsWith: true,
	expr.OpHas: true, expr.OpHasAny: true, expr.OpHasAll: true,
}
