package conga

import (
	"context"
	"slices"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// cascading is the records whose cascades are on their way, in the context of
// what they run: where records lead back to themselves, they are left out.
type cascading struct {
	within *cascading
	action *resource.Action
	keys   []any
}

// runs reports whether it would be the same to run the action on the records.
func (c *cascading) runs(a *resource.Action) bool {
	return c.action == a || c.action.Resource == a.Resource && c.action.Kind == resource.Destroy && a.Kind == resource.Destroy
}

// withCascades is write, and what the action cascades to: before it where the
// records go, so that foreign keys hold, and after it otherwise.
func (g *group) withCascades(ctx context.Context, write func(context.Context) error) error {
	first := g.action.Kind == resource.Destroy
	if first {
		if err := g.cascade(ctx); err != nil {
			return err
		}
	}
	if err := write(ctx); err != nil || first {
		return err
	}
	return g.cascade(ctx)
}

// cascade runs the cascades of the action, each by one call for all runs.
func (g *group) cascade(ctx context.Context) error {
	if len(g.action.Cascades) == 0 || len(g.runs) == 0 {
		return nil
	}
	here := &cascading{action: g.action}
	here.within, _ = ctx.Value(cascadeKey).(*cascading)
	for _, r := range g.runs {
		here.keys = append(here.keys, r.valueOf(g.action.Resource.Primary))
	}
	ctx = context.WithValue(ctx, cascadeKey, here)
	for _, c := range g.action.Cascades {
		where := c.Relationship.Filter
		for on := here; on != nil; on = on.within {
			if on.runs(c.Action) {
				where = expr.And(where, expr.Call{Op: expr.OpNot, Args: []expr.Node{keyIn(c.Action.Resource, on.keys)}})
			}
		}
		for _, p := range g.passing(c) {
			if p.err != nil {
				return p.err
			}
			w := &Write{Action: c.Action, Inputs: p.inputs, joins: true}
			if _, err := g.app.WriteEvery(ctx, w, Every{Where: expr.And(cascaded(c, p.runs), where)}); err != nil {
				return g.cascadeFailed(c, err)
			}
		}
	}
	return nil
}

// passed are runs that give a cascade the same inputs.
type passed struct {
	inputs []Input
	runs   []*run
	err    error
}

// passing are the runs by the inputs that they give to the cascade: all of
// them together but for those of many records with arguments of their own.
func (g *group) passing(c *resource.Cascaded) (out []*passed) {
	for _, r := range g.runs {
		p := &passed{runs: []*run{r}}
		for _, in := range c.Inputs {
			v, err := expr.Eval(r.b.bind(r.res, in.Value, everything), changeEnv{c: r.c})
			if err != nil {
				return []*passed{{err: err}}
			}
			p.inputs = append(p.inputs, Input{in.Attribute, v})
		}
		i := slices.IndexFunc(out, func(other *passed) bool {
			return slices.EqualFunc(other.inputs, p.inputs, func(a, b Input) bool { return same(a.Value, b.Value) })
		})
		if i < 0 {
			out = append(out, p)
		} else {
			out[i].runs = append(out[i].runs, r)
		}
	}
	return out
}

// cascaded is the condition on the records that a cascade of the runs reaches by their keys.
func cascaded(c *resource.Cascaded, runs []*run) expr.Node {
	list := expr.List{Values: []any{}}
	for _, r := range runs {
		if v := r.valueOf(c.Relationship.Source); v != nil {
			list.Values = append(list.Values, v)
		}
	}
	return expr.Call{Op: expr.OpIn, Args: []expr.Node{expr.Field{Name: c.Relationship.Destination.Name}, list}}
}

// cascadeFailed is the error of a cascade as one of the runs: paths lead from
// the inputs of their action. Not to see any of the related records, whatever
// they are, is not to be allowed to write them.
func (g *group) cascadeFailed(c *resource.Cascaded, err error) error {
	e := g.app.worded(err)
	switch {
	case e == nil:
		return err
	case e.Kind == NotFound:
		e = forbidden()
	case len(e.Issues) > 0:
		out := *e
		out.Issues = slices.Clone(e.Issues)
		for i := range out.Issues {
			out.Issues[i].Path = append([]string{c.Relationship.JSON}, out.Issues[i].Path...)
		}
		e = &out
	}
	if g.runs[0].parent == nil {
		return e
	}
	g.manner.guessed = g.manner.guessed || len(g.runs) > 1
	return g.runs[0].located(e, len(g.runs) > 1)
}
