package conga

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// NestedInput is what a write gives to a managed input: the records in order,
// or none, which for a to-one relationship is null.
type NestedInput struct {
	// Managed is the input: one of the action or, within a NestedRecord, of its Nested.
	Managed *resource.Managed
	Records []NestedRecord
}

// NestedRecord is one record in a managed input.
type NestedRecord struct {
	// Inputs are the values given, among them the key of a record that is
	// there already. Each attribute is one of Managed.Nested.Inputs.
	Inputs []Input
	// Nested are the values of inputs that hold records in turn.
	Nested []NestedInput
	// Issues are what is wrong with inputs that could not be cast; their
	// paths begin at the record.
	Issues []Issue
}

// value is the input of that attribute and whether it was given.
func (n *NestedRecord) value(attr *resource.Attribute) (v any, ok bool) {
	for _, in := range n.Inputs {
		if in.Attribute == attr {
			return in.Value, true
		}
	}
	return nil, false
}

// Nesting is one record for Nest.
type Nesting struct {
	key     any
	options []Option
}

// Child is a record for Nest with its inputs: a new one, or one that the
// inputs identify.
func Child(options ...Option) Nesting { return Nesting{options: options} }

// ChildKey is the record with that primary key, or its text, for Nest, and its
// inputs if there are any.
func ChildKey(key any, options ...Option) Nesting {
	return Nesting{key: structs.Canonical(key), options: options}
}

// Nest gives an action that manages the relationship its related records: all
// of them, in order. None is an empty list, or null for a to-one relationship.
// The options of each are Set, Args and Nest, with pointers to fields of its own resource.
func Nest(relationship any, records ...Nesting) Option {
	return Option{func(o *options) error {
		path, member, err := o.res.Find(relationship)
		if err != nil {
			return err
		}
		rel, ok := member.(*resource.Relationship)
		if !ok || len(path) > 0 {
			return fmt.Errorf("the pointer %T is no relationship of %s itself", relationship, o.res.Name)
		}
		m := o.manages(rel.JSON)
		if m == nil {
			o.issues = append(o.issues, Issue{Path: []string{rel.JSON}, Code: "unknown", Message: "is not accepted here"})
			return nil
		}
		if !m.Many() && len(records) > 1 {
			return fmt.Errorf("%s.%s takes one record", o.res.Name, rel.Name)
		}
		in := NestedInput{Managed: m, Records: make([]NestedRecord, len(records))}
		for i, rec := range records {
			if in.Records[i], err = nesting(m, rec); err != nil {
				return err
			}
		}
		o.nested = append(o.nested, in)
		return nil
	}}
}

func (o *options) manages(json string) *resource.Managed {
	switch {
	case o.within != nil:
		return o.within.Manages(json)
	case o.action != nil:
		return o.action.Manages(json)
	}
	return nil
}

func nesting(m *resource.Managed, n Nesting) (NestedRecord, error) {
	sub := &options{res: m.Target(), within: m.Nested, joins: m.Relationship.Through}
	if n.key != nil {
		sub.identify(m.Target().Primary, n.key)
	}
	for _, opt := range n.options {
		if err := opt.apply(sub); err != nil {
			return NestedRecord{}, fmt.Errorf("option of %s: %w", m.Name, err)
		}
	}
	return NestedRecord{Inputs: sub.inputs, Nested: sub.nested, Issues: sub.issues}, nil
}

// identify takes the key of a record, or its text.
func (o *options) identify(primary *resource.Attribute, key any) {
	if text, ok := key.(string); ok {
		if k, err := wire.ParseText(primary, text); err == nil {
			key = k
		}
	}
	kind := structs.Invalid
	switch key.(type) {
	case string:
		kind = structs.String
	case int64:
		kind = structs.Int
	case uuid.UUID:
		kind = structs.UUID
	}
	if kind != primary.Type.Kind {
		o.issues = append(o.issues, Issue{Path: []string{primary.JSON}, Code: "type", Message: "is no key"})
		return
	}
	o.inputs = append(o.inputs, Input{primary, key})
}

// accepts reports whether the call takes the attribute as an input.
func (o *options) accepts(attr *resource.Attribute) bool {
	if o.within != nil {
		return o.within.Input(attr.JSON) == attr
	}
	return o.action != nil && o.action.Accepts(attr)
}

// takes is the action whose arguments in is the struct of, or nil.
func (o *options) takes(in any) *resource.Action {
	if o.within == nil {
		if o.action != nil && o.action.Takes(in) {
			return o.action
		}
		return nil
	}
	for _, a := range o.within.Target.Actions {
		if (a.Kind == resource.Create || a.Kind == resource.Update) && a.Takes(in) {
			return a
		}
	}
	return nil
}
