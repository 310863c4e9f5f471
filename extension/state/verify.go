package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/congago/conga/resource"
)

// verify refuses ways around the machine, and states that the field cannot have.
func (m *machine) verify(_ *resource.Registry, r *resource.Resource) error {
	_, member, err := r.Find(m.field)
	attr, ok := member.(*resource.Attribute)
	if err != nil || !ok {
		return errors.Join(fmt.Errorf("the state is no field of %s", r.Name))
	}
	m.attr = attr
	var faults []error
	if m.chart.Initial == nil && attr.Default != nil {
		state, _ := attr.Default().(string)
		m.chart.Initial = []string{state}
	}
	if m.chart.Initial == nil {
		faults = append(faults, fmt.Errorf("no state of %s is the first: give the field a default, or call Initial", attr.Name))
	}
	for _, name := range m.asked {
		if !m.chart.has(name) {
			faults = append(faults, fmt.Errorf("a condition asks for the action %s, which is no transition", name))
		}
	}
	faults = append(faults, m.unknownStates()...)
	for _, a := range r.Actions {
		if fault := m.around(a); fault != "" {
			faults = append(faults, fmt.Errorf("action %s %s", a.Name, fault))
		}
	}
	return errors.Join(faults...)
}

// unknownStates are the states of the chart that the field's rules refuse.
func (m *machine) unknownStates() (faults []error) {
	rule, ok := m.attr.Rule("oneof")
	if !ok || strings.Contains(rule.Param, "'") {
		return nil
	}
	known := strings.Fields(rule.Param)
	for _, s := range m.chart.States() {
		if !slices.Contains(known, s) {
			faults = append(faults, fmt.Errorf("%s cannot be %q: its rule has %s", m.attr.Name, s, strings.Join(known, ", ")))
		}
	}
	return faults
}

// around tells how the action would change the state outside the machine, or
// cannot change it; it is empty for those that do neither.
func (m *machine) around(a *resource.Action) string {
	sets := a.Accepts(m.attr)
	for _, s := range a.Steps {
		sets = sets || s.Set == m.attr
	}
	chooses, enters := false, false
	for _, t := range m.chart.of(a.Name) {
		chooses, enters = chooses || len(t.To) > 1, enters || len(t.To) > 0
	}
	switch {
	case enters && a.Kind == resource.Destroy && !a.Soft:
		return "removes the record, so it enters no state"
	case !sets, a.Kind == resource.Create && len(a.Upsert) == 0, chooses:
		return ""
	case a.Kind == resource.Create:
		return "would set the state of a record that is there already: let upserts leave it alone"
	case m.chart.has(a.Name):
		return "sets the state that its transition sets"
	}
	return "sets the state, but is no transition: declare it with On"
}
