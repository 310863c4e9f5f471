package resource

import (
	"slices"

	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// check refuses what can only be seen when all is declared.
func (c *compiler) check() {
	for _, r := range c.resources {
		c.checkCalculations(r)
		c.checkRelationships(r)
		c.checkActions(r)
		c.checkRenewed(r)
		c.checkGenerated(r)
		c.checkLazy(r)
		c.checkPolicies(r)
		c.checkFieldPolicies(r)
		c.checkReach(r)
		c.checkExtensions(r)
		c.checkManual(r)
		c.askSteps(r)
		c.checkManualRead(r)
		c.checkMetadata(r)
	}
	c.checkUses()
	c.checkNaming()
	c.checkFinders()
	c.checkTenancy()
	c.checkNames()
	c.checkManaged()
	c.checkCascades()
}

func (c *compiler) checkCalculations(r *Resource) {
	for _, a := range r.Attributes {
		if c.calculated[a] && a.Expr == nil {
			c.fault(codeCalculation, r.label()+"."+a.Name, "the field is tagged calculated, but nothing calculates it",
				"call resource.Calculate in Define")
		}
		if list, ok := a.Expr.(*expr.Aggregate); ok && list.Kind == expr.AggregateList && a.Type.Kind != structs.List {
			c.fault(codeCalculation, r.label()+"."+a.Name, "the field cannot hold a list of values", "make it a slice of a type that is no pointer, such as []string")
		}
		if c.cyclic(r, a, map[*Attribute]bool{}) {
			c.fault(codeCalculation, r.label()+"."+a.Name, "the calculation needs itself", "")
		}
	}
}

// cyclic reports whether a calculation leads back to one that is being followed.
func (c *compiler) cyclic(r *Resource, a *Attribute, open map[*Attribute]bool) bool {
	if a == nil || a.Expr == nil {
		return false
	}
	if open[a] {
		return true
	}
	open[a] = true
	defer delete(open, a)
	return c.cyclicNode([]*Resource{r}, a.Expr, open)
}

// cyclicNode follows the fields of n, where scopes are the records around it, innermost last.
func (c *compiler) cyclicNode(scopes []*Resource, n expr.Node, open map[*Attribute]bool) bool {
	found := false
	expr.Walk(n, func(n expr.Node) bool {
		switch x := n.(type) {
		case expr.Field:
			at := follow(scopes[len(scopes)-1-x.Up], x.Path)
			found = found || c.cyclic(at, at.Attribute(x.Name), open)
		case *expr.Aggregate:
			inner := append(slices.Clip(scopes), follow(scopes[len(scopes)-1-x.Up], x.Path))
			found = found || c.cyclicNode(inner, x.Of, open) || c.cyclicNode(inner, x.Where, open)
			return false
		}
		return true
	})
	return found
}

func follow(r *Resource, path []string) *Resource {
	for _, name := range path {
		r = r.Relationship(name).Target
	}
	return r
}

func (c *compiler) checkActions(r *Resource) {
	primary := map[ActionKind]*Action{}
	for _, a := range r.Actions {
		at := r.label() + "." + a.Name
		if a.Primary {
			if p := primary[a.Kind]; p != nil {
				c.faults = append(c.faults, Diagnostic{Code: codeAction, Where: a.Where, Field: at,
					Message: "there are two primary " + string(a.Kind) + " actions", Hint: "the other is at " + p.Where})
			}
			primary[a.Kind] = a
		}
		if len(a.Upsert) > 0 && !r.identifies(a.Upsert) {
			c.faults = append(c.faults, Diagnostic{Code: codeAction, Where: a.Where, Field: at,
				Message: "the fields of the upsert are no identity", Hint: `declare them with r.Identity, or tag the field conga:"unique"`})
		}
		if len(a.Upsert) > 0 && r.PrimaryAction(Update) == nil {
			c.faults = append(c.faults, Diagnostic{Code: codeAction, Where: a.Where, Field: at,
				Message: "the upsert may change records, but there is no primary update action whose policies say by whom",
				Hint:    "declare one, and mark it Primary if there are several"})
		}
		c.checkGroups(a)
		for _, arg := range a.Arguments {
			for _, acc := range a.Accept {
				if acc.JSON == arg.JSON {
					c.faults = append(c.faults, Diagnostic{Code: codeName, Where: a.Where, Field: at,
						Message: "an argument and an accepted field are both called " + arg.JSON})
				}
			}
		}
	}
}

// identifies reports whether the attributes are the primary key or an identity.
func (r *Resource) identifies(attrs []*Attribute) bool {
	if len(attrs) == 1 && attrs[0] == r.Primary {
		return true
	}
	return r.Identity(attrs) != nil
}

func (c *compiler) checkPolicies(r *Resource) {
	for _, p := range slices.Concat(r.Policies, r.FieldPolicies) {
		if len(p.Checks) == 0 {
			c.policyFault(r, p, "the policy has no checks, so it forbids everything", "add AuthorizeIf")
		} else if onlyForbids(p) {
			c.policyFault(r, p, "the policy has checks that forbid, but none that authorizes", "end it with AuthorizeIf(resource.Always)")
		}
	}
	for _, a := range r.Actions {
		covered := false
		for _, p := range r.Policies {
			covered = covered || p.Covers(a)
		}
		if !covered {
			c.faults = append(c.faults, Diagnostic{Code: codeUncovered, Where: a.Where, Field: r.label() + "." + a.Name,
				Message: "no policy speaks of the action, so nobody could use it",
				Hint:    `declare one, for example r.Policy("` + a.Name + `").AuthorizeIf(resource.Public)`})
		}
	}
}

func (c *compiler) policyFault(r *Resource, p *Policy, message, hint string) {
	c.faults = append(c.faults, Diagnostic{Code: codePolicy, Where: p.Where, Field: r.label(), Message: message, Hint: hint})
}

func onlyForbids(p *Policy) bool {
	for _, check := range p.Checks {
		if check.Kind == AuthorizeIf || check.Kind == AuthorizeUnless {
			return false
		}
	}
	// The last check of a policy may also allow by not forbidding nothing:
	// forbid_unless and forbid_if alone never authorize.
	return true
}

// checkNames refuses two resources that would share a table, a path or a type.
func (c *compiler) checkNames() {
	taken := map[string]*Resource{}
	claim := func(r *Resource, what, name string) {
		key := what + " " + name
		if other := taken[key]; other != nil {
			c.fault(codeName, r.label(), "the "+key+" belongs to "+other.label()+" already",
				"give one of them another name with Table, Path or Plural")
			return
		}
		taken[key] = r
	}
	for _, r := range c.resources {
		claim(r, "table", r.Table)
		claim(r, "path", r.Path)
		claim(r, "type", r.Name)
		claim(r, "GraphQL field", inflect.Camel(r.Type))
		if r.Plural != r.Type {
			claim(r, "GraphQL field", inflect.Camel(r.Plural))
		}
	}
}
