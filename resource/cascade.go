package resource

import "slices"

// Cascaded is an action that an update or destroy runs on related records. The
// frozen model of one CascadeDestroy or CascadeUpdate.
type Cascaded struct {
	// Relationship leads from the resource of the action to the records; it is
	// a HasOne or HasMany.
	Relationship *Relationship
	// Action is the update or destroy of the target that runs on them.
	Action *Action
	// Inputs are what the action gets.
	Inputs []CascadedInput

	kind         ActionKind
	name         string // empty for the primary action
	owner, where string
}

// CascadeDestroy makes the action destroy the related records too, by the
// primary destroy action of their resource or the one that is named: all of
// them with one bulk call in the same transaction, with the policies, hooks and
// events of that action. A destroy does so before the record itself goes, so
// that foreign keys hold, an update when the record is written. Records that
// the actor may not see or destroy stay; where the policies refuse that action
// altogether, so is this one. Relationships are has_one and has_many.
//
//go:noinline
func (b *WriteBuilderOf[P]) CascadeDestroy(relationship any, action ...string) *WriteBuilderOf[P] {
	b.a.Cascades = append(b.a.Cascades, b.d.cascade(b.a.Name, []ActionKind{b.a.Kind}, relationship, Destroy, action)...)
	return b
}

// CascadeUpdate makes the action run the update action of that name on the
// related records, with these inputs, see Pass; the rest is as with CascadeDestroy.
//
//go:noinline
func (b *WriteBuilderOf[P]) CascadeUpdate(relationship any, action string, inputs ...CascadeInput) *WriteBuilderOf[P] {
	list := b.d.cascade(b.a.Name, []ActionKind{b.a.Kind}, relationship, Update, []string{action})
	scoped := *b.d
	scoped.args = b.a.args
	b.a.Cascades = append(b.a.Cascades, scoped.passing(list, inputs)...)
	return b
}

// CascadeDestroy makes the actions destroy the related records too, see
// WriteBuilder.CascadeDestroy.
//
//go:noinline
func (b *EachBuilderOf[P]) CascadeDestroy(relationship any, action ...string) *EachBuilderOf[P] {
	b.e.cascades = append(b.e.cascades, b.d.cascade("each", b.e.kinds, relationship, Destroy, action)...)
	return b
}

// CascadeUpdate makes the actions run the update action of that name on the
// related records, see WriteBuilder.CascadeUpdate.
//
//go:noinline
func (b *EachBuilderOf[P]) CascadeUpdate(relationship any, action string, inputs ...CascadeInput) *EachBuilderOf[P] {
	list := b.d.cascade("each", b.e.kinds, relationship, Update, []string{action})
	b.e.cascades = append(b.e.cascades, b.d.passing(list, inputs)...)
	return b
}

// cascade is one cascade of actions of these kinds, or none after a fault.
func (d *declaration) cascade(owner string, kinds []ActionKind, relationship any, kind ActionKind, name []string) []*Cascaded {
	switch {
	case slices.Contains(kinds, Create):
		d.fault(codeManage, owner, "a create has no related records to cascade to", "")
		return nil
	case len(name) > 1:
		d.fault(codeManage, owner, "a cascade runs one action, not "+name[0]+" and "+name[1], "")
		return nil
	}
	rel := d.relationship(owner, relationship)
	if rel == nil {
		return nil
	}
	c := &Cascaded{Relationship: rel, kind: kind, owner: d.res.label() + "." + owner, where: where()}
	if len(name) == 1 {
		c.name = name[0]
	}
	d.c.cascades = append(d.c.cascades, c)
	return []*Cascaded{c}
}

// checkCascades finds the actions that cascades run.
func (c *compiler) checkCascades() {
	for _, x := range c.cascades {
		message, hint := x.resolve()
		if message != "" {
			c.faults = append(c.faults, Diagnostic{Code: codeManage, Where: x.where, Field: x.owner,
				Message: x.Relationship.Name + " " + message, Hint: hint})
		}
	}
}

// resolve finds the action; message says what is wrong, or is empty.
func (x *Cascaded) resolve() (message, hint string) {
	rel, target := x.Relationship, x.Relationship.Target
	switch {
	case rel.Kind == ManyToMany:
		return "is a many_to_many, to which nothing cascades", "cascade to the records of " + rel.Through.Name + ", by a has_many"
	case rel.Kind == BelongsTo:
		return "is a belongs_to, to which nothing cascades", "cascade along a has_one or has_many"
	case rel.unmanageable():
		return "is related by more than keys and a filter of its own fields, and nothing cascades to it", "cascade to a plain relationship to " + target.Name
	case rel.Strays():
		return "could lead to records of other tenants, and nothing cascades to it", "relate them by the primary key"
	case x.name == "":
		if x.Action = target.PrimaryAction(x.kind); x.Action == nil {
			return "needs a primary " + string(x.kind) + " action of " + target.Name, "declare one, mark one Primary, or name one"
		}
	default:
		if x.Action = target.Action(x.name); x.Action == nil || x.Action.Kind != x.kind {
			return "cascades to " + x.name + ", which is no " + string(x.kind) + " action of " + target.Name, suggest(x.name, target.actionsOf(x.kind))
		}
	}
	for _, in := range x.Inputs {
		if !x.Action.Accepts(in.Attribute) {
			return "cascades to " + x.Action.Name + " of " + target.Name + ", which does not accept " + in.Attribute.Name, "add it to the Accept of that action, or leave it out"
		}
	}
	for _, in := range x.Action.Arguments {
		if in.Required && in.Default == nil {
			return "cascades to " + x.Action.Name + " of " + target.Name + ", which needs the input " + in.JSON, "name an action that needs no inputs"
		}
	}
	return "", ""
}

// unmanageable reports whether more than keys and a filter of the records' own
// fields relates them.
func (r *Relationship) unmanageable() bool {
	return r.Source == nil || r.Destination == nil || r.Steps != nil || r.Limit > 0 || r.joined || speaksOutwards(r) || !r.Many() && r.Sort != nil
}

// actionsOf are the names of the actions of that kind.
func (r *Resource) actionsOf(kind ActionKind) []string {
	var all []string
	for _, a := range r.Actions {
		if a.Kind == kind {
			all = append(all, a.Name)
		}
	}
	return all
}
