package resource

import (
	"errors"
	"fmt"
	"slices"

	"github.com/congago/conga/resource/expr"
)

// Prepared is what the Prepare hooks of an action make of a read.
type Prepared struct {
	// Where limits the read; nil for nothing.
	Where expr.Node
	// Sort is the order where the caller asks for none; nil means that of the action.
	Sort []expr.Order
	// Limit is the number of records of a page where the caller asks for none,
	// and the most that he gets; 0 means what the action says.
	Limit int
	// Distinct keeps one of the records with the same values of these, the
	// first in the order of DistinctSort; nil keeps all.
	Distinct     []expr.Node
	DistinctSort []expr.Order
	// With are calculations to read, Loads relationships to load, besides what the caller asks for.
	With  []*Attribute
	Loads []Path
}

// Prepared is what the hooks have said so far.
func (p *Preparation) Prepared() *Prepared { return &p.prepared }

func (p *Preparation) failed(err error) error {
	return fmt.Errorf("prepare %s.%s: %w", p.Resource.Name, p.Action.Name, err)
}

// Sort is the order of the records when the caller asks for none, in place of
// that of the action.
func (p *Preparation) Sort(keys ...expr.Order) error {
	sort, err := p.Resource.ResolveSort(keys)
	if err != nil {
		return p.failed(err)
	}
	p.prepared.Sort = sort
	return nil
}

// Limit is the number of records of a page when the caller asks for none, and
// the most that he gets; never more than the MaxPage of the action. Of several
// the smallest holds. It says nothing of counts, groups and related records.
func (p *Preparation) Limit(n int) error {
	if n < 1 {
		return p.failed(fmt.Errorf("a page of %d records is none", n))
	}
	if p.prepared.Limit == 0 || n < p.prepared.Limit {
		p.prepared.Limit = n
	}
	return nil
}

// Distinct keeps, of the records with the same values of the fields, the first
// in the order that Sort has set before or else in that of the action, whatever
// order the caller asks for. It comes before what he asks to be distinct himself,
// which has no meaning then, and says nothing of related records.
func (p *Preparation) Distinct(fields ...any) error {
	for _, ptr := range fields {
		path, member, err := p.Resource.Find(ptr)
		if err != nil {
			return p.failed(err)
		}
		attr, ok := member.(*Attribute)
		if !ok || !attr.Comparable() {
			return p.failed(errors.New("records are told apart by attributes whose values the database can compare"))
		}
		p.prepared.Distinct = append(p.prepared.Distinct, (&Reach{Path: path, Attribute: attr}).Node())
	}
	if p.prepared.DistinctSort = p.prepared.Sort; p.prepared.DistinctSort == nil {
		p.prepared.DistinctSort = append([]expr.Order{}, p.Action.Sort...)
	}
	return nil
}

// Load has these relationships loaded and these calculated fields read, for
// the After hooks and for Go callers; what clients are shown is what they ask
// for. What the caller himself asks of a relationship holds. It says nothing of related records.
func (p *Preparation) Load(fields ...any) error {
	for _, ptr := range fields {
		path, member, err := p.Resource.Find(ptr)
		if err != nil {
			return p.failed(err)
		}
		switch m := member.(type) {
		case *Relationship:
			p.prepared.Loads = append(p.prepared.Loads, Path{Steps: append(slices.Clip(path), m)})
		case *Attribute:
			if len(path) > 0 {
				return p.failed(fmt.Errorf("%s belongs to another record: load that", m.Name))
			}
			if len(m.Arguments) > 0 {
				given, err := m.Defaults()
				if err != nil {
					return p.failed(err)
				}
				m = m.With(given)
			}
			p.prepared.With = append(p.prepared.With, m)
		}
	}
	return nil
}
