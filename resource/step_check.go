package resource

import (
	"slices"

	"github.com/congago/conga/resource/expr"
)

// askSteps sets the validations apart that only the database can tell, because
// they look at other records or need SQL. It refuses other steps that do: they
// look at one record in memory.
func (c *compiler) askSteps(r *Resource) {
	for _, a := range r.Actions {
		a.Steps = slices.DeleteFunc(a.Steps, func(s Step) bool {
			if !expr.AsksDatabase(s.Check) && !expr.AsksDatabase(s.When) && (a.Kind != Create || !expr.AsksDatabase(s.Expr)) {
				return false
			}
			fault := func(message, hint string) {
				c.faults = append(c.faults, Diagnostic{Code: codeAction, Where: s.Where, Field: r.label() + "." + a.Name, Message: message, Hint: hint})
			}
			switch {
			case s.Check == nil:
				fault("a change of the action looks at other records or needs SQL, which only validations, filters, calculations and policies do", "read in ChangeFunc or Before")
			case a.Kind != Create && a.Kind != Update && !a.Soft:
				fault("a validation looks at other records or needs SQL, when the record is not there any more", "use a policy, whose Message tells why")
			case mentionsArgument(s.Check) || mentionsArgument(s.When):
				fault("a validation that the database computes for all records of a call speaks of an argument", "keep what it compares in a field, or read in ValidateFunc")
			}
			a.Asked = append(a.Asked, s)
			return true
		})
	}
}

func mentionsArgument(n expr.Node) bool {
	found := false
	expr.Walk(n, func(n expr.Node) bool {
		if _, ok := n.(expr.Argument); ok {
			found = true
		}
		return !found
	})
	return found
}
