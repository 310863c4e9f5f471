package resource

import (
	"slices"

	"github.com/congago/conga/internal/structs"
)

// Hidden says which fields of a record the actor may not see. A resource with
// field policies has a field of this type; the others hold their zero value
// where it names them:
//
//	{{if .User.Hidden.Has "Email"}}…{{end}}
type Hidden = structs.Hidden

// FieldPolicy declares who sees the fields of a record that he sees; without
// fields it speaks of all public ones that no other FieldPolicy names. Every
// policy that speaks of a field must allow it. What is not allowed is left out
// of answers, and for the filters and sorts of clients it is NULL.
//
// When a resource has field policies, each of its public fields but the
// primary key needs one. A private field has none unless it is named. Who may
// write a field is a matter of actions. Calculations have policies of their own:
// those of the fields that they are made of are not asked.
func (b *BuilderOf[P]) FieldPolicy(fields ...any) *PolicyBuilder {
	return b.d.fieldPolicy(false, fields)
}

// FieldBypass declares a field policy that allows by itself when it holds,
// whatever the field policies after it say; without fields it speaks of all.
//
//go:noinline
func (b *BuilderOf[P]) FieldBypass(fields ...any) *PolicyBuilder {
	return b.d.fieldPolicy(true, fields)
}

func (d *declaration) fieldPolicy(bypass bool, fields []any) *PolicyBuilder {
	p := &Policy{Bypass: bypass, Condition: d.group, Where: where()}
	for _, f := range fields {
		switch a := d.attribute("field policy", f); {
		case a == nil:
		case a.Primary:
			d.fault(codePolicy, a.Name, "the primary key is always seen: who may see the record may see it", "")
		default:
			p.Fields = append(p.Fields, a)
		}
	}
	if len(fields) > 0 && p.Fields == nil {
		p.Fields = []*Attribute{} // after a fault: not all of them
	}
	d.res.FieldPolicies = append(d.res.FieldPolicies, p)
	return &PolicyBuilder{d, p}
}

// FieldPoliciesOf are the field policies that speak of the attribute, in
// declared order; without any it is always seen.
func (r *Resource) FieldPoliciesOf(a *Attribute) []*Policy {
	if a.Primary {
		return nil
	}
	named := slices.ContainsFunc(r.FieldPolicies, func(p *Policy) bool { return !p.Bypass && slices.Contains(p.Fields, a) })
	var out []*Policy
	for _, p := range r.FieldPolicies {
		others := p.Fields == nil && (p.Bypass || !named)
		if slices.Contains(p.Fields, a) || others && (!a.Private || named) {
			out = append(out, p)
		}
	}
	return out
}

// Hides reports whether rec, a record of r, was read without the attribute,
// because the actor may not see it.
func (r *Resource) Hides(rec any, a *Attribute) bool { return r.shape.Hidden(rec).Has(a.Name) }

// Hide notes in rec, a record of r, that these attributes were left out.
func (r *Resource) Hide(rec any, attrs []*Attribute) {
	names := make([]string, len(attrs))
	for i, a := range attrs {
		names[i] = a.Name
	}
	r.shape.Hide(rec, names)
}

func (c *compiler) checkFieldPolicies(r *Resource) {
	if len(r.FieldPolicies) == 0 {
		return
	}
	first := r.FieldPolicies[0]
	if !r.shape.Hides() {
		c.policyFault(r, first, "there are field policies, but a record cannot say which of its fields are hidden",
			"add a field Hidden resource.Hidden to "+r.Name)
	}
	for _, a := range r.Attributes {
		if a.Private || a.Primary || len(r.FieldPoliciesOf(a)) > 0 {
			continue
		}
		c.faults = append(c.faults, Diagnostic{Code: codeUncovered, Where: first.Where, Field: r.label() + "." + a.Name,
			Message: "no field policy speaks of the field, so nobody could see it",
			Hint:    "name it in one, or end them with r.FieldPolicy().AuthorizeIf(resource.Public) for all others"})
	}
}
