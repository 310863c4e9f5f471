package resource

import "github.com/congago/conga/resource/expr"

// checkSteps refuses conditions of changes and validations, and values of
// creates, that only the database could tell: steps look at one record in memory.
func (c *compiler) checkSteps(r *Resource) {
	for _, a := range r.Actions {
		for i := range a.Steps {
			s := &a.Steps[i]
			if expr.AsksDatabase(s.Check) || expr.AsksDatabase(s.When) || a.Kind == Create && expr.AsksDatabase(s.Expr) {
				c.faults = append(c.faults, Diagnostic{Code: codeAction, Where: s.Where, Field: r.label() + "." + a.Name,
					Message: "a step of the action looks at other records or needs SQL, which only filters, calculations and policies do",
					Hint:    "use a policy, whose Message tells why, or read in ValidateFunc or Before"})
			}
		}
	}
}
