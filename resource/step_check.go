package resource

import "github.com/congago/conga/resource/expr"

// checkSteps refuses conditions of changes and validations, and values of
// creates, that only the database could tell: steps look at one record in memory.
func (c *compiler) checkSteps(r *Resource) {
	for _, a := range r.Actions {
		for i := range a.Steps {
			s := &a.Steps[i]
			if leavesMemory(s.Check) || leavesMemory(s.When) || a.Kind == Create && leavesMemory(s.Expr) {
				c.faults = append(c.faults, Diagnostic{Code: codeAction, Where: s.Where, Field: r.label() + "." + a.Name,
					Message: "a step of the action looks at other records, which only filters, calculations and policies do",
					Hint:    "use a policy, whose Message tells why, or read in ValidateFunc or Before"})
			}
		}
	}
}

// leavesMemory reports whether n asks for what only the database knows.
func leavesMemory(n expr.Node) bool {
	found := false
	expr.Walk(n, func(n expr.Node) bool {
		if _, ok := n.(*expr.Aggregate); ok {
			found = true
		}
		return !found
	})
	return found
}
