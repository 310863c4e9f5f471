package rest

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// readDocument reads the inputs from a JSON:API document: attributes and
// arguments from data.attributes, keys of belongs_to relationships also from
// data.relationships.
func (b *body) readDocument(x *exchange, top []wire.Member) error {
	var data json.RawMessage
	for _, m := range top {
		switch m.Key {
		case "data":
			data = m.Raw
		case "meta", "jsonapi", "links":
		default:
			return badDocument([]string{m.Key}, "is no member of a document")
		}
	}
	if data == nil {
		return badDocument(nil, "the document has no data")
	}
	members, err := wire.DecodeObject(data)
	if err != nil {
		return badDocument([]string{"data"}, "must be a resource object")
	}
	typed := false
	for _, m := range members {
		typed = typed || m.Key == "type"
		if err := b.readMember(x, m); err != nil {
			return err
		}
	}
	if !typed && x.route.kind != callRoute {
		return badDocument([]string{"data", "type"}, "is required")
	}
	return nil
}

func badDocument(path []string, detail string) error {
	return &problem{Status: statusBadRequest, faults: []fault{{path: path, code: "document", detail: detail}}}
}

func (b *body) readMember(x *exchange, m wire.Member) error {
	at := []string{"data", m.Key}
	a := x.route.action
	switch m.Key {
	case "type":
		return b.readType(x, m)
	case "id":
		return b.readID(x, m)
	case "attributes":
		attributes, err := wire.DecodeObject(m.Raw)
		if err != nil {
			return badDocument(at, "must be an object")
		}
		for _, attr := range attributes {
			b.input(a, attr.Key, attr)
		}
	case "relationships":
		relationships, err := wire.DecodeObject(m.Raw)
		if err != nil {
			return badDocument(at, "must be an object")
		}
		for _, rel := range relationships {
			if err := b.link(a, rel); err != nil {
				return err
			}
		}
	case "meta", "links", "lid":
	default:
		return badDocument(at, "is no member of a resource object")
	}
	return nil
}

func (b *body) readType(x *exchange, m wire.Member) error {
	name, ok := decodeText(m.Raw)
	if !ok {
		return badDocument([]string{"data", "type"}, "must be a text")
	}
	if want := x.route.action.Resource.Type; name != want {
		return &problem{Status: api.StatusConflict, faults: []fault{
			{path: []string{"data", "type"}, code: "type", detail: "must be " + want + " here"},
		}}
	}
	return nil
}

// readID compares the id with that of the path. In a create it is an input,
// where the action accepts the primary key.
func (b *body) readID(x *exchange, m wire.Member) error {
	at := []string{"data", "id"}
	id, ok := decodeText(m.Raw)
	if !ok {
		return badDocument(at, "must be a text")
	}
	a := x.route.action
	switch x.route.kind {
	case createRoute:
		if !a.Accepts(a.Resource.Primary) {
			return &problem{
				Status: api.Status{HTTP: http.StatusForbidden, Code: api.StatusForbidden.Code, Title: api.StatusForbidden.Title},
				faults: []fault{{path: at, code: "id", detail: "is made by the server"}},
			}
		}
		v, err := wire.ParseText(a.Resource.Primary, id)
		if err != nil {
			return badDocument(at, "is no key of "+a.Resource.Type)
		}
		b.inputs = append(b.inputs, conga.Input{Attribute: a.Resource.Primary, Value: v})
	case updateRoute, destroyRoute:
		key, err := x.key()
		if err != nil {
			return err
		}
		if v, err := wire.ParseText(a.Resource.Primary, id); err != nil || v != key {
			return &problem{Status: api.StatusConflict, faults: []fault{{path: at, code: "id", detail: "is not that of the path"}}}
		}
	}
	return nil
}

// link takes the key of a belongs_to relationship as the input that it is.
func (b *body) link(a *resource.Action, m wire.Member) error {
	at := []string{"data", "relationships", m.Key}
	rel := a.Resource.PublicRelationship(m.Key)
	if managed := a.Manages(m.Key); managed != nil && managed.Relationship == rel {
		linkage, err := decodeMember(m.Raw, "data")
		if err != nil || linkage == nil {
			return badDocument(at, "must be an object with data")
		}
		if b.manages(managed) {
			return badDocument(at, "is given among the attributes, too")
		}
		b.linkTo(managed.JSON, m.Key)
		return b.linkManaged(managed, linkage, at)
	}
	if rel == nil || rel.Kind != resource.BelongsTo || rel.Destination != rel.Target.Primary || !a.Accepts(rel.Source) {
		return &problem{Status: api.StatusInvalid, faults: []fault{{path: at, code: "unknown", detail: "is no input of this action"}}}
	}
	if b.has(rel.Source) {
		return badDocument(at, "is given among the attributes, too")
	}
	linkage, err := decodeMember(m.Raw, "data")
	if err != nil || linkage == nil {
		return badDocument(at, "must be an object with data")
	}
	b.linkTo(rel.Source.JSON, m.Key)
	if string(linkage) == "null" {
		b.inputs = append(b.inputs, conga.Input{Attribute: rel.Source})
		return nil
	}
	typ, typeErr := decodeMember(linkage, "type")
	raw, idErr := decodeMember(linkage, "id")
	name, isText := decodeText(typ)
	id, isKey := decodeText(raw)
	if typeErr != nil || idErr != nil || !isText || !isKey {
		return badDocument(append(at, "data"), "must have a type and an id")
	}
	if name != rel.Target.Type {
		return &problem{Status: api.StatusConflict, faults: []fault{
			{path: append(at, "data", "type"), code: "type", detail: "must be " + rel.Target.Type + " here"},
		}}
	}
	v, err := wire.ParseText(rel.Source, id)
	if err != nil {
		b.issues = append(b.issues, resource.Issue{Path: []string{rel.Source.JSON}, Code: "format", Message: "is no key of " + rel.Target.Type})
		return nil
	}
	b.inputs = append(b.inputs, conga.Input{Attribute: rel.Source, Value: v})
	return nil
}

func (b *body) manages(m *resource.Managed) bool {
	return slices.ContainsFunc(b.managed, func(in conga.NestedInput) bool { return in.Managed == m })
}

// linkTo remembers that an input came as a relationship.
func (b *body) linkTo(input, relationship string) {
	if b.linked == nil {
		b.linked = map[string]string{}
	}
	b.linked[input] = relationship
}

func (b *body) has(attr *resource.Attribute) bool {
	return slices.ContainsFunc(b.inputs, func(in conga.Input) bool { return in.Attribute == attr })
}

// decodeMember is the member of that name, nil without one.
func decodeMember(object json.RawMessage, name string) (json.RawMessage, error) {
	members, err := wire.DecodeObject(object)
	for _, m := range members {
		if m.Key == name {
			return m.Raw, err
		}
	}
	return nil, err
}

// decodeText is a JSON string.
func decodeText(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 {
		return "", false
	}
	v, err := wire.DecodeValue(&resource.Attribute{Type: structs.Type{Kind: structs.String}}, raw)
	s, ok := v.(string)
	return s, ok && err == nil
}
