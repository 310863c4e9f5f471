package resource

import (
	"slices"
	"strings"

	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
)

// checkManaged finds the actions and attributes that managed inputs need, and
// then what each of their records takes.
func (c *compiler) checkManaged() {
	faults := len(c.faults)
	c.eachManaged(func(m *Managed) { (&managing{c, m, m.Relationship, m.how}).resolve() })
	if len(c.faults) > faults {
		return // what follows would be about actions that are not there
	}
	known := map[string]*Nested{}
	c.eachManaged(func(m *Managed) { m.Nested = c.nested(known, []*Managed{m}) })
}

func (c *compiler) eachManaged(f func(*Managed)) {
	for _, r := range c.resources {
		for _, a := range r.Actions {
			for _, m := range a.Managed {
				f(m)
			}
		}
	}
}

// managing resolves one Managed.
type managing struct {
	c   *compiler
	m   *Managed
	rel *Relationship
	how *Manage
}

func (g *managing) fault(message, hint string) {
	a := g.m.owner
	g.c.faults = append(g.c.faults, Diagnostic{
		Code: codeManage, Where: g.how.where, Field: a.Resource.label() + "." + a.Name, Message: g.m.Name + " " + message, Hint: hint})
}

func (g *managing) resolve() {
	if rel := g.rel; rel.unmanageable() {
		g.fault("is related by more than keys and a filter of its own fields, and cannot be managed", "manage a plain relationship to "+rel.Target.Name)
		return
	}
	g.names()
	if !g.handlings() {
		return
	}
	g.lookups()
	g.actions()
	if g.rel.Kind == ManyToMany {
		g.joins()
	}
	g.order()
	g.key()
}

// names refuses what the input would share a name or a visibility with.
func (g *managing) names() {
	a := g.m.owner
	if a.Input(g.m.JSON) != nil {
		g.fault("has the name of another input: "+g.m.JSON, "name one by a json tag")
	}
	if g.rel.Private && !a.Private {
		g.fault("is private and cannot be an input", "make the action Private too")
	}
	if len(a.Upsert) > 0 && g.m.OnMissing != DoIgnore {
		g.fault("cannot be managed as a whole by an upsert, which does not look at what is there", "use Append or Creating")
	}
	if g.rel.Kind == BelongsTo && a.Accepts(g.rel.Source) {
		g.fault("is managed, and its key is accepted too", "take "+g.rel.Source.Name+" out of Accept, or do not manage the relationship")
	}
}

// handlings refuses what does not suit its event.
func (g *managing) handlings() bool {
	ok := true
	suits := func(event string, h Handling, among ...Handling) {
		if !slices.Contains(among, h) {
			words := make([]string, len(among))
			for i, a := range among {
				words[i] = string(a)
			}
			g.fault(event+" cannot be "+string(h), "it is one of "+strings.Join(words, ", "))
			ok = false
		}
	}
	suits("OnLookup", g.m.OnLookup, DoRelate, DoRelateAndUpdate, DoError, DoIgnore)
	suits("OnNoMatch", g.m.OnNoMatch, DoCreate, DoError, DoIgnore)
	suits("OnMatch", g.m.OnMatch, DoUpdate, DoIgnore, DoError, DoUnrelate, DoDestroy)
	suits("OnMissing", g.m.OnMissing, DoDestroy, DoUnrelate, DoIgnore, DoError)
	return ok
}

// matches reports whether there can be related records before the write.
func (g *managing) matches() bool { return g.m.owner.Kind == Update }

// looks reports whether records are looked for.
func (g *managing) looks() bool {
	return g.m.OnLookup != DoIgnore || g.matches() && (g.m.OnMatch != DoIgnore || g.m.OnMissing != DoIgnore)
}

func (g *managing) relates() bool {
	return g.m.OnLookup == DoRelate || g.m.OnLookup == DoRelateAndUpdate
}

func (g *managing) unrelates() bool {
	return g.matches() && (g.m.OnMatch == DoUnrelate || g.m.OnMissing == DoUnrelate)
}

func (g *managing) destroys() bool {
	return g.matches() && (g.m.OnMatch == DoDestroy || g.m.OnMissing == DoDestroy)
}

func (g *managing) lookups() {
	target := g.rel.Target
	if !g.looks() {
		if len(g.how.by) > 0 {
			g.fault("is never looked up, so By means nothing", "")
		}
		return
	}
	if target.PrimaryAction(Read) == nil {
		g.fault("looks for records of "+target.Name+", which has no primary read action", "declare one, and mark it Primary if there are several")
	}
	g.m.Lookups = [][]*Attribute{{target.Primary}}
	for _, name := range g.how.by {
		i := slices.IndexFunc(target.Identities, func(id *Identity) bool { return id.Name == name })
		if i < 0 {
			var all []string
			for _, id := range target.Identities {
				all = append(all, id.Name)
			}
			g.fault("is looked up by "+name+", which is no identity of "+target.Name, suggest(name, all))
			continue
		}
		g.m.Lookups = append(g.m.Lookups, target.Identities[i].Attributes)
	}
}

// actions finds the actions of the target.
func (g *managing) actions() {
	m, target := g.m, g.rel.Target
	if m.OnNoMatch == DoCreate {
		m.Create = g.action(target, Create, g.how.create, "CreateWith")
	}
	owned := g.rel.Kind == HasOne || g.rel.Kind == HasMany // whose key is in the related record
	if g.matches() && m.OnMatch == DoUpdate || m.OnLookup == DoRelateAndUpdate || owned && (g.relates() || g.unrelates()) ||
		g.how.order != "" && g.looks() {
		m.Update = g.action(target, Update, g.how.update, "UpdateWith")
	}
	if g.destroys() {
		m.Destroy = g.action(target, Destroy, g.how.destroy, "DestroyWith")
	}
	if owned && g.unrelates() && !g.rel.Destination.Type.Nullable {
		g.fault("cannot be unrelated: "+g.rel.Destination.Name+" of "+target.Name+" cannot be null", "make it a pointer, or destroy what is missing: OnMissing(resource.DoDestroy)")
	}
}

// action is the action of that name or, without one, the primary one.
func (g *managing) action(r *Resource, kind ActionKind, name, method string) *Action {
	if name == "" {
		if a := r.PrimaryAction(kind); a != nil {
			return a
		}
		g.fault("needs a primary "+string(kind)+" action of "+r.Name, "declare one, mark one Primary, or name one with "+method)
		return nil
	}
	if a := r.Action(name); a != nil && a.Kind == kind {
		return a
	}
	g.fault("is to be written by "+name+", which is no "+string(kind)+" action of "+r.Name, suggest(name, r.actionsOf(kind)))
	return nil
}

// joins finds the actions of the resource that joins a many_to_many.
func (g *managing) joins() {
	m, through := g.m, g.rel.Through
	if g.relates() || m.OnNoMatch == DoCreate {
		m.Join = g.action(through, Create, g.how.join, "JoinWith")
	}
	if g.unrelates() || g.destroys() {
		m.Unjoin = g.action(through, Destroy, g.how.unjoin, "JoinWith")
	}
	if g.matches() && through.PrimaryAction(Read) == nil {
		g.fault("is joined by "+through.Name+", which has no primary read action", "declare one, and mark it Primary if there are several")
	}
	for _, name := range g.how.joinInputs {
		attr := through.Attribute(name)
		switch {
		case attr == nil:
			var all []string
			for _, a := range through.Attributes {
				all = append(all, a.Name)
			}
			g.fault("has the join input "+name+", which is no field of "+through.Name, suggest(name, all))
			continue
		case m.Join != nil && !m.Join.Accepts(attr):
			g.fault("has the join input "+name+", which "+m.Join.Name+" of "+through.Name+" does not accept", "")
		}
		m.JoinInputs = append(m.JoinInputs, attr)
	}
	if len(m.JoinInputs) > 0 && g.matches() {
		m.Rejoin = g.action(through, Update, g.how.rejoin, "JoinWith")
	}
}

func (g *managing) order() {
	name := g.how.order
	if name == "" {
		return
	}
	attr := g.rel.Target.Attribute(name)
	if attr == nil || attr.Column == "" || attr.Type.Kind != structs.Int || attr.Primary || !g.rel.Many() {
		var all []string
		for _, a := range g.rel.Target.Attributes {
			all = append(all, a.Name)
		}
		g.fault("is ordered by "+name+", which is no stored integer of many records", suggest(name, all))
		return
	}
	g.m.Order = attr
}

// key tells whether the input of a belongs_to must be given.
func (g *managing) key() {
	a := g.m.owner
	if g.rel.Kind == BelongsTo && !g.rel.Source.Type.Nullable && g.matches() && (g.m.OnMatch == DoUnrelate || g.m.OnMatch == DoDestroy) {
		g.fault("cannot be unrelated: "+g.rel.Source.Name+" cannot be null", "make it a pointer")
	}
	g.m.Required = g.rel.Kind == BelongsTo && a.Kind == Create && !g.rel.Source.Type.Nullable &&
		!slices.ContainsFunc(a.Steps, func(s Step) bool { return s.Set == g.rel.Source })
}

// nested is what each record takes where any of the parts may be meant: the
// managed inputs of one name of the actions that make and change a record.
func (c *compiler) nested(known map[string]*Nested, parts []*Managed) *Nested {
	var key strings.Builder
	for _, m := range parts {
		key.WriteString(m.owner.Resource.FullName + "." + m.owner.Name + "." + m.Name + " ")
	}
	if n := known[key.String()]; n != nil {
		return n
	}
	n := &Nested{Target: parts[0].Target()}
	known[key.String()] = n // before its parts, which may lead back to it
	for i, m := range parts {
		if i > 0 {
			n.Name += "Or"
		}
		n.Name += inflect.Pascal(m.owner.Name)
	}
	n.Name += parts[0].owner.Resource.Name + inflect.Pascal(parts[0].JSON)
	for _, m := range parts {
		c.addInputs(n, m)
	}
	if len(parts) == 1 && n.Keys == nil {
		n.creates = parts[0].Create
	}
	for _, json := range managedNames(parts) {
		var same []*Managed
		for _, m := range parts {
			for _, a := range []*Action{m.Create, m.Update} {
				if inner := inputs(a, json); inner != nil && !slices.Contains(same, inner) {
					same = append(same, inner)
				}
			}
		}
		inner := *same[0]
		inner.Required = inner.Required && n.creates != nil
		inner.Nested = c.nested(known, same)
		n.Managed = append(n.Managed, &inner)
	}
	return n
}

func inputs(a *Action, json string) *Managed {
	if a == nil {
		return nil
	}
	return a.Manages(json)
}

// managedNames are the JSON names of the managed inputs of the actions that
// make and change records, in declared order.
func managedNames(parts []*Managed) []string {
	var out []string
	for _, m := range parts {
		for _, a := range []*Action{m.Create, m.Update} {
			if a == nil {
				continue
			}
			for _, inner := range a.Managed {
				if !slices.Contains(out, inner.JSON) {
					out = append(out, inner.JSON)
				}
			}
		}
	}
	return out
}

// addInputs adds the plain inputs of a record in m.
func (c *compiler) addInputs(n *Nested, m *Managed) {
	add := func(in *Attribute) {
		switch old := n.Input(in.JSON); {
		case old == in:
		case old == nil:
			n.Inputs = append(n.Inputs, in)
		case old.Type.Name != in.Type.Name:
			(&managing{c, m, m.Relationship, m.how}).fault("has two inputs called "+in.JSON+" of different types", "name one by a json tag")
		}
	}
	for _, set := range m.Lookups {
		for _, attr := range set {
			add(attr)
			if !slices.Contains(n.Keys, attr) {
				n.Keys = append(n.Keys, attr)
			}
		}
	}
	if m.Lookups != nil && (m.OnNoMatch == DoError || m.OnLookup == DoRelate || m.OnLookup == DoRelateAndUpdate) {
		n.Scalar = m.Target().Primary
	}
	for _, a := range []*Action{m.Create, m.Update} {
		if a == nil {
			continue
		}
		for _, in := range a.Inputs() {
			if in != m.Order && (in != m.Relationship.Destination || m.Relationship.Kind == BelongsTo || m.Relationship.Kind == ManyToMany) {
				add(in)
			}
		}
	}
	for _, in := range m.JoinInputs {
		add(in)
	}
}
