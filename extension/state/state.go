// Package state is an extension of resources: one field is the state of a
// machine, which actions take from one state to another.
//
//	type Ticket struct {
//		ID    uuid.UUID `conga:"primary"`
//		State string    `validate:"oneof=open pending closed" conga:"default=open"`
//	}
//
//	func (t *Ticket) Define(r *resource.Builder[Ticket]) {
//		r.Update("close")
//		machine := state.Use(r, &t.State)
//		machine.On("close").From("open", "pending").To("closed")
//	}
package state

import (
	"context"
	"slices"
	"strings"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Code is the code of the issue with a transition that is not declared.
const Code = "transition"

// Machine declares the transitions of a resource. It is used within Define alone.
type Machine[P any, S ~string] struct {
	r     *resource.BuilderOf[P]
	field *S
	m     *machine
}

// machine is what the steps of the actions look at.
type machine struct {
	chart *Chart
	field any
	attr  *resource.Attribute // found by verify, before anything runs
	// asked are the actions that Allows was asked about.
	asked []string
}

// Use makes the field the state of a machine. It begins in the field's
// default, or the states of Initial, and changes by the actions that On
// declares. Other actions may not accept or set the field; a change written in
// Go is not looked into.
//
// What is added to an action comes after its own changes and validations.
func Use[P any, S ~string](r *resource.BuilderOf[P], field *S) *Machine[P, S] {
	m := &machine{chart: &Chart{}, field: field}
	r.Attach(m.chart)
	r.Verify(m.verify)
	r.Each(resource.Create).Validate(resource.ValidateFunc(m.begin))
	return &Machine[P, S]{r, field, m}
}

// Initial are the states in which a record may begin. The first is the one
// that it begins in when no other is given.
func (m *Machine[P, S]) Initial(states ...S) *Machine[P, S] {
	m.m.chart.Initial = append(m.m.chart.Initial, texts(states)...)
	if len(states) > 0 {
		resource.Default(m.r, m.field, func() S { return states[0] })
	}
	return m
}

// On declares that an update or destroy, declared before or after, is a
// transition. Several transitions of one action differ in From. A record in
// any other state refuses the action with an issue on the field with code Code.
func (m *Machine[P, S]) On(action string) *Transitions[S] {
	if !m.m.chart.has(action) {
		m.r.Each(resource.Update, resource.Destroy).Only(action).
			Validate(resource.ValidateFunc(m.m.leave)).
			Change(resource.ChangeFunc(m.m.enter))
	}
	t := &Transition{Action: action}
	m.m.chart.Transitions = append(m.m.chart.Transitions, t)
	return &Transitions[S]{t}
}

// Allows holds for records whose state lets the action begin, as far as it is
// declared until now: for policies, which then refuse with Forbidden what would
// else be invalid, and for Handle.Can.
func (m *Machine[P, S]) Allows(action string) expr.Bool {
	m.m.asked = append(m.m.asked, action)
	var from []S
	for _, t := range m.m.chart.of(action) {
		if t.From == nil {
			return expr.True()
		}
		for _, s := range t.From {
			from = append(from, S(s))
		}
	}
	if from == nil {
		return expr.False()
	}
	return expr.In(m.field, from...)
}

// Mermaid is the chart as it is declared until now, see Chart.Mermaid.
func (m *Machine[P, S]) Mermaid() string { return m.m.chart.Mermaid() }

// Transitions declares one transition.
type Transitions[S ~string] struct{ t *Transition }

// From are the states that the transition leaves; without it, all.
func (t *Transitions[S]) From(states ...S) *Transitions[S] {
	t.t.From = append(t.t.From, texts(states)...)
	return t
}

// To is the state that the transition enters. Of several, the action's own
// inputs and changes must choose one. Without To the state stays, and the
// action is only bound to the states of From.
func (t *Transitions[S]) To(states ...S) *Transitions[S] {
	t.t.To = append(t.t.To, texts(states)...)
	return t
}

func texts[S ~string](states []S) []string {
	out := make([]string, len(states))
	for i, s := range states {
		out[i] = string(s)
	}
	return out
}

// begin refuses creates in a state that is no beginning.
func (m *machine) begin(_ context.Context, c *resource.Changeset) error {
	v, set := c.Changed(m.attr)
	state, _ := v.(string)
	if !set || slices.Contains(m.chart.Initial, state) {
		return nil
	}
	return m.fault("cannot begin as {state}", map[string]any{"state": state})
}

// leave refuses an action that the state of the record has no transition for.
func (m *machine) leave(_ context.Context, c *resource.Changeset) error {
	if c.Record == nil { // a form that has no record yet
		return nil
	}
	state := m.state(c)
	if len(m.chart.from(c.Action.Name, state)) > 0 {
		return nil
	}
	return m.fault("cannot {action} while it is {state}", map[string]any{"action": words(c.Action.Name), "state": state})
}

// enter sets the new state, or refuses the one that the action has chosen.
func (m *machine) enter(_ context.Context, c *resource.Changeset) error {
	state := m.state(c)
	var targets []string
	for _, t := range m.chart.from(c.Action.Name, state) {
		targets = append(targets, t.To...)
	}
	switch len(targets) {
	case 0:
		return nil
	case 1:
		c.Set(m.attr, targets[0])
		return nil
	}
	v, set := c.Changed(m.attr)
	next, _ := v.(string)
	if set && slices.Contains(targets, next) {
		return nil
	}
	if !set {
		return m.fault("must be one of: {states}", map[string]any{"states": strings.Join(targets, ", ")})
	}
	return m.fault("cannot {action} from {state} to {next}", map[string]any{"action": words(c.Action.Name), "state": state, "next": next})
}

// state is the one that the record has.
func (m *machine) state(c *resource.Changeset) string {
	s, _ := m.attr.Get(c.Record).(string)
	return s
}

func (m *machine) fault(message string, vars map[string]any) error {
	return resource.Fault(m.field, Code, message, vars)
}

func words(action string) string { return strings.ReplaceAll(action, "_", " ") }
