package rest

import (
	"slices"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
)

// inclusion is the included records of one JSON:API document, each once.
type inclusion struct {
	index map[string]int
	items []included
}

// included is a record and the places where it was found. What is said of its
// relationships differs with the way that leads to it.
type included struct {
	places []place
	// primary records are among the document's data already.
	primary bool
}

type place struct {
	found *conga.Found
	row   int
	view  *view
}

// appendIncluded appends the member included, where anything is loaded.
func appendIncluded(dst []byte, found *conga.Found, v *view) (_ []byte, err error) {
	if len(v.loads) == 0 {
		return dst, nil
	}
	in := &inclusion{index: map[string]int{}}
	for row := range found.Len() {
		if _, err := in.add(place{found, row, v}, true); err != nil {
			return dst, err
		}
	}
	for row := range found.Len() {
		if err := in.walk(place{found, row, v}); err != nil {
			return dst, err
		}
	}
	dst = append(dst, `,"included":[`...)
	first := true
	for _, item := range in.items {
		if item.primary {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if dst, err = item.append(dst); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// add notes a place of a record, and reports whether one with this view is new.
func (in *inclusion) add(p place, primary bool) (bool, error) {
	id, err := p.view.appendIdentifier(nil, p.found, p.row)
	if err != nil {
		return false, err
	}
	i, ok := in.index[string(id)]
	if !ok {
		in.index[string(id)] = len(in.items)
		in.items = append(in.items, included{[]place{p}, primary})
		return true, nil
	}
	item := &in.items[i]
	if slices.ContainsFunc(item.places, func(o place) bool { return o.view == p.view }) {
		return false, nil
	}
	item.places = append(item.places, p)
	return true, nil
}

// walk adds what was loaded for a record.
func (in *inclusion) walk(p place) error {
	for i, l := range p.view.loads {
		from, to := p.found.Related[i].Span(p.row)
		for row := from; row < to; row++ {
			child := place{p.found.Sub(i), row, l.view}
			isNew, err := in.add(child, false)
			if err != nil {
				return err
			}
			if !isNew {
				continue
			}
			if err := in.walk(child); err != nil {
				return err
			}
		}
	}
	return nil
}

// append appends the resource object, with the relationships of all places.
func (item *included) append(dst []byte) (_ []byte, err error) {
	p := item.places[0]
	if len(item.places) == 1 {
		return p.view.shape.AppendRow(dst, p.found, p.row)
	}
	dst = append(dst, `{"type":`...)
	dst = wire.AppendString(dst, p.view.res.Type)
	dst = append(dst, `,"id":`...)
	if dst, err = p.view.appendID(dst, p.found, p.row); err != nil {
		return dst, err
	}
	dst = append(dst, `,"attributes":`...)
	if dst, err = attributesOf(p.view).AppendRow(dst, p.found, p.row); err != nil {
		return dst, err
	}
	dst = append(dst, `,"relationships":{`...)
	if dst, err = item.appendRelationships(dst); err != nil {
		return dst, err
	}
	return append(dst, "}}"...), nil
}

func (item *included) appendRelationships(dst []byte) (_ []byte, err error) {
	seen := map[string]bool{}
	for _, p := range item.places {
		for i, l := range p.view.loads {
			if seen[l.rel.JSON] {
				continue
			}
			if len(seen) > 0 {
				dst = append(dst, ',')
			}
			seen[l.rel.JSON] = true
			dst = wire.AppendString(dst, l.rel.JSON)
			dst = append(dst, `:{"data":`...)
			if dst, err = p.view.linkage(i)(dst, p.found, p.row); err != nil {
				return dst, err
			}
			dst = append(dst, '}')
		}
	}
	return dst, nil
}
