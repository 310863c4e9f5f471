package desk

import (
	"context"

	"github.com/congago/conga"
	"github.com/congago/conga/resource/expr"
)

// Agents is the result of the action workload.
type Agents struct{ Agents []Load }

// Load is what one agent has to do.
type Load struct {
	Name     string  `json:"name"`
	Tickets  int     `json:"tickets"`
	Urgent   int     `json:"urgent"`
	Priority float64 `json:"priority"`
}

// Workload is the generic action workload of tickets: groups of all tickets
// that are not closed, in one statement.
func Workload(ctx context.Context, _ *struct{}) (*Agents, error) {
	tickets := conga.For[Ticket](conga.FromContext(ctx))
	f := tickets.Fields()
	var g Load
	groups, err := conga.Group(ctx, tickets, "list", &g,
		conga.Where(expr.NotNull(&f.AgentID).And(expr.IsNot(&f.State, Closed))),
		conga.By(&g.Name, &f.Agent.Name),
		conga.Counting(&g.Tickets),
		conga.Counting(&g.Urgent, expr.Ge(&f.Priority, 4)),
		conga.Averaging(&g.Priority, &f.Priority),
		conga.Sort(expr.Desc(&g.Tickets), expr.Asc(&g.Name)))
	if err != nil {
		return nil, err
	}
	return &Agents{groups.Items}, nil
}
