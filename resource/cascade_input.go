package resource

import (
	"fmt"

	"github.com/congago/conga/resource/expr"
)

// CascadeInput is an input of the action that a cascade runs, made by Pass.
type CascadeInput struct {
	field func(record any) any
	value expr.Node
}

// CascadedInput is the frozen model of one CascadeInput.
type CascadedInput struct {
	// Attribute is an attribute that the action accepts.
	Attribute *Attribute
	// Value speaks of the actor and of the arguments of the cascading action.
	Value expr.Node
}

// Pass gives a field of the related record, which the action of the cascade
// must accept, a value: that of an argument of the cascading action, of a field
// of the actor, or a constant. It is the same for all related records, and so
// cannot speak of the record itself.
//
//	CascadeUpdate(&p.Chores, "cancel", resource.Pass(func(c *Chore) *string { return &c.Reason }, expr.F(&args.Reason)))
func Pass[X, V any](field func(x *X) *V, value expr.Value[V]) CascadeInput {
	return CascadeInput{value: value.Node(), field: func(record any) any {
		if x, ok := record.(*X); ok {
			return field(x)
		}
		return nil
	}}
}

// passing gives the inputs to a cascade, if there is one.
func (d *declaration) passing(list []*Cascaded, inputs []CascadeInput) []*Cascaded {
	for _, c := range list {
		for _, in := range inputs {
			d.pass(c, in)
		}
	}
	return list
}

func (d *declaration) pass(c *Cascaded, in CascadeInput) {
	target, owner := c.Relationship.Target, c.owner[len(d.res.label())+1:]
	probe := target.shape.NewProbe()
	ptr := in.field(probe.Value)
	if ptr == nil {
		d.fault(codeManage, owner, fmt.Sprintf("%s leads to %s, and the input of its cascade is a field of something else", c.Relationship.Name, target.Name), "")
		return
	}
	t, ok := probe.Find(ptr)
	var attr *Attribute
	if ok && t.Field != nil && len(t.Path) == 0 {
		attr = target.Attribute(t.Field.Name)
	}
	if attr == nil {
		d.fault(codeField, owner, "an input of the cascade is no attribute of "+target.Name, "return the address of a field of the function's own argument")
		return
	}
	value, err := d.resolve(in.value)
	switch {
	case err != nil:
		d.fault(codeExpression, owner, err.Error(), "")
	case overRecord(value):
		d.fault(codeManage, owner, "the value of "+attr.Name+" in the cascade speaks of the record", "take it from an argument or the actor: it is the same for all related records")
	default:
		c.Inputs = append(c.Inputs, CascadedInput{attr, value})
	}
}
