package structs

import "reflect"

// Probe is a value of a struct whose field addresses stand for the fields.
// Its pointers to related structs are filled, so that a path through them can
// be written, as in &m.Author.Name.
type Probe struct {
	// Value is the pointer to the struct.
	Value any
	refs  map[any]Target
}

// Target is what a pointer into a probe stands for.
type Target struct {
	// Path is the chain of One fields that leads to the struct with the field.
	Path []*Field
	// Field is the field itself. It is nil for a pointer to the probe or to
	// one of its filled structs as a whole; Path then leads there.
	Field *Field
}

// A probe is filled this many relationships deep, and to this many structs.
const (
	probeDepth   = 4
	probeStructs = 200
)

// NewProbe is a fresh probe of s.
func (s *Struct) NewProbe() *Probe {
	p := &Probe{Value: s.New(), refs: map[any]Target{}}
	type step struct {
		s    *Struct
		v    any
		path []*Field
	}
	queue := []step{{s, p.Value, nil}}
	p.refs[p.Value] = Target{}
	for n := 1; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, f := range at.s.Fields {
			ptr := f.Ptr(at.v)
			p.refs[ptr] = Target{Path: at.path, Field: f}
			if f.Role != One || len(at.path) >= probeDepth || n >= probeStructs {
				continue
			}
			related := f.RelatedStruct()
			child := related.New()
			f.SetOne(at.v, child)
			path := append(append([]*Field(nil), at.path...), f)
			p.refs[child] = Target{Path: path}
			queue = append(queue, step{related, child, path})
			n++
		}
	}
	return p
}

// Find is what ptr stands for in the probe; ok is false when it points elsewhere.
func (p *Probe) Find(ptr any) (t Target, ok bool) {
	if ptr == nil || !reflect.TypeOf(ptr).Comparable() {
		return Target{}, false
	}
	t, ok = p.refs[ptr]
	return t, ok
}
