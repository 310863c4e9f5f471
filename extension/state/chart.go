package state

import (
	"fmt"
	"slices"
	"strings"

	"github.com/congago/conga/resource"
)

// Chart is the machine of a resource as data. It must not be changed.
type Chart struct {
	// Initial are the states in which a record begins, the usual one first.
	Initial []string
	// Transitions are in declared order.
	Transitions []*Transition
}

// Transition is one way from states to others.
type Transition struct {
	// Action is the name of the action.
	Action string
	// From are the states that it leaves; nil means all.
	From []string
	// To are the states that it enters, one of them each time; nil means
	// that the state stays.
	To []string
}

// Of is the chart of the machine of a resource; ok is false when it has none.
func Of(r *resource.Resource) (c *Chart, ok bool) { return resource.Attached[*Chart](r) }

// of are the transitions of an action.
func (c *Chart) of(action string) (out []*Transition) {
	for _, t := range c.Transitions {
		if t.Action == action {
			out = append(out, t)
		}
	}
	return out
}

func (c *Chart) has(action string) bool { return len(c.of(action)) > 0 }

// from are the transitions of an action that leave the state.
func (c *Chart) from(action, state string) (out []*Transition) {
	for _, t := range c.of(action) {
		if t.From == nil || slices.Contains(t.From, state) {
			out = append(out, t)
		}
	}
	return out
}

// States are all states that are named, in the order in which they are first named.
func (c *Chart) States() (out []string) {
	add := func(states []string) {
		for _, s := range states {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	add(c.Initial)
	for _, t := range c.Transitions {
		add(t.From)
		add(t.To)
	}
	return out
}

// Mermaid is the chart as a state diagram for Mermaid, which Markdown on many
// sites shows as a picture. States that nothing leaves are ends.
func (c *Chart) Mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	states := c.States()
	id := func(state string) string {
		if plain(state) {
			return state
		}
		return fmt.Sprintf("s%d", slices.Index(states, state))
	}
	for _, s := range states {
		if !plain(s) {
			fmt.Fprintf(&b, "    state \"%s\" as %s\n", strings.ReplaceAll(s, `"`, "#quot;"), id(s))
		}
	}
	for _, s := range c.Initial {
		fmt.Fprintf(&b, "    [*] --> %s\n", id(s))
	}
	left := map[string]bool{}
	for _, t := range c.Transitions {
		from := t.From
		if from == nil {
			from = states
		}
		for _, s := range from {
			to := t.To
			if to == nil {
				to = []string{s}
			}
			for _, next := range to {
				left[s] = left[s] || next != s
				fmt.Fprintf(&b, "    %s --> %s: %s\n", id(s), id(next), t.Action)
			}
		}
	}
	for _, s := range states {
		if !left[s] {
			fmt.Fprintf(&b, "    %s --> [*]\n", id(s))
		}
	}
	return b.String()
}

// plain reports whether a state can stand in a diagram as it is.
func plain(s string) bool {
	for i, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || i > 0 && r >= '0' && r <= '9') {
			return false
		}
	}
	return s != "" && s != "end" && s != "state" && s != "note" && s != "direction"
}
