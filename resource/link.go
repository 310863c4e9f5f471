package resource

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/congago/conga/internal/structs"
)

// relationshipOptions are the options of a conga tag on a relationship, for suggestions.
var relationshipOptions = []string{
	"belongs_to", "has_one", "has_many", "many_to_many", "key", "through", "source_key", "target_key", "source", "target", "on_delete", "private",
}

var relationshipKinds = map[string]RelationshipKind{
	"belongs_to": BelongsTo, "has_one": HasOne, "has_many": HasMany, "many_to_many": ManyToMany,
}

// link adds the relationships, which need all resources to be there.
func (c *compiler) link() {
	for _, r := range c.resources {
		for _, f := range r.shape.Fields {
			if f.Role != structs.Column {
				c.addRelationship(r, f)
			}
		}
	}
	for _, p := range c.paths {
		p.linked = c.linkPath(p.rel, p.at, p.path)
	}
	c.dropUnlinked()
}

// pathOf is a relationship that leads along others.
type pathOf struct {
	rel      *Relationship
	at, path string
	linked   bool
}

// dropUnlinked takes away the relationships whose path leads nowhere.
func (c *compiler) dropUnlinked() {
	for _, p := range c.paths {
		if r := p.rel.Resource; !p.linked {
			r.Relationships = slices.DeleteFunc(r.Relationships, func(rel *Relationship) bool { return rel == p.rel })
			delete(r.byName, p.rel.Name)
		}
	}
}

func (c *compiler) addRelationship(r *Resource, f *structs.Field) {
	at := r.label() + "." + f.Name
	options := map[string]string{}
	kind, found := RelationshipKind(0), false
	for _, o := range parseOptions(f.Tags["conga"]) {
		if k, ok := relationshipKinds[o.name]; ok {
			kind, found = k, true
			continue
		}
		if suggestion := suggest(o.name, relationshipOptions); !contains(relationshipOptions, o.name) {
			c.fault(codeTag, at, "unknown tag option "+strconv.Quote(o.name), suggestion)
		}
		options[o.name] = o.value
	}
	if !found {
		c.fault(codeRelationship, at, "the field holds another resource, but no tag says how they are related",
			`tag it conga:"belongs_to", "has_one", "has_many" or "many_to_many", or conga:"-"`)
		return
	}
	target := c.byType[f.Related()]
	if target == nil {
		c.fault(codeRelationship, at, f.Related()+" is not registered", "add it with resource.Of to the same registry")
		return
	}
	rel := &Relationship{Name: f.Name, Description: f.Tags["doc"], Kind: kind, Resource: r, Target: target, field: f, Index: len(r.Relationships)}
	rel.JSON, rel.GraphQL = names(f)
	_, rel.Private = options["private"]
	if f.Tags["json"] == "-" {
		rel.Private = true
	}
	if (kind == HasMany || kind == ManyToMany) != (f.Role == structs.Many) {
		c.fault(codeRelationship, at, "the kind of the relationship does not suit the field's type", "to-one relationships are pointers, to-many ones slices")
		return
	}
	if c.linkKeys(rel, at, options) {
		r.Relationships = append(r.Relationships, rel)
		r.byName[rel.Name] = rel
		c.claim(r, rel.JSON, rel.Name, rel)
	}
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

// linkKeys finds the attributes that relate the records.
func (c *compiler) linkKeys(rel *Relationship, at string, options map[string]string) bool {
	r, target := rel.Resource, rel.Target
	switch rel.Kind {
	case BelongsTo:
		rel.Destination = c.end(at, target, options["target"])
		rel.Source = c.key(at, r, options["key"], rel.Name+"ID")
		if rel.Source != nil && !rel.Source.Type.Nullable {
			rel.Source.Required = true
		}
		if rel.Source != nil {
			rel.Source.Indexed = true
		}
		c.onDelete(rel, at, options["on_delete"])
		if rel.Destination != nil && !target.identifies([]*Attribute{rel.Destination}) && !rel.Destination.Unique {
			c.unproven = append(c.unproven, rel)
		}
	case HasOne, HasMany:
		if path := options["through"]; path != "" {
			c.paths = append(c.paths, &pathOf{rel: rel, at: at, path: path})
			return true
		}
		if options["key"] == "-" {
			return true
		}
		rel.Source = c.end(at, r, options["source"])
		rel.Destination = c.key(at, target, cmp.Or(options["key"], options["target"]), r.Name+"ID")
	case ManyToMany:
		return c.linkThrough(rel, at, options)
	}
	return rel.Source != nil && rel.Destination != nil && c.sameType(rel.Source, rel.Destination, at)
}

func (c *compiler) linkThrough(rel *Relationship, at string, options map[string]string) bool {
	rel.Source, rel.Destination = c.end(at, rel.Resource, options["source"]), c.end(at, rel.Target, options["target"])
	for _, r := range c.resources {
		if r.Name == options["through"] {
			rel.Through = r
		}
	}
	if rel.Through == nil {
		c.fault(codeRelationship, at, "no join resource is called "+strconv.Quote(options["through"]),
			`name a registered resource: conga:"many_to_many,through=Membership"`)
		return false
	}
	rel.ThroughSource = c.key(at, rel.Through, options["source_key"], rel.Resource.Name+"ID")
	rel.ThroughDestination = c.key(at, rel.Through, options["target_key"], rel.Target.Name+"ID")
	return rel.Source != nil && rel.Destination != nil && rel.ThroughSource != nil && rel.ThroughDestination != nil &&
		c.sameType(rel.Source, rel.ThroughSource, at) && c.sameType(rel.Destination, rel.ThroughDestination, at)
}

// end is the attribute of r with the given Go name, or else its primary key.
func (c *compiler) end(at string, r *Resource, given string) *Attribute {
	if given == "" {
		return r.Primary
	}
	return c.key(at, r, given, "")
}

// key is the attribute of r with the given Go name, or else with the usual one.
func (c *compiler) key(at string, r *Resource, given, usual string) *Attribute {
	name := given
	if name == "" {
		name = usual
	}
	if a := r.Attribute(name); a != nil && a.Column != "" {
		return a
	}
	var all []string
	for _, a := range r.Attributes {
		all = append(all, a.Name)
	}
	hint := suggest(name, all)
	if hint == "" {
		hint = "add the field, or name another one with key="
	}
	c.fault(codeRelationship, at, r.Name+" has no field "+name+" to hold the key", hint)
	return nil
}

func (c *compiler) sameType(a, b *Attribute, at string) bool {
	if a.Type.Name == b.Type.Name {
		return true
	}
	c.fault(codeRelationship, at, a.Name+" is a "+a.Type.Name+", but "+b.Name+" is a "+b.Type.Name, "keys must have the same type")
	return false
}

func (c *compiler) onDelete(rel *Relationship, at, value string) {
	switch d := OnDelete(strings.TrimSpace(value)); d {
	case Restrict, Cascade, Nilify:
		rel.OnDelete = d
	case "restrict":
	default:
		c.fault(codeTag, at, "on_delete="+value+" is unknown", "use restrict, cascade or nilify")
	}
	if rel.OnDelete == Nilify && rel.Source != nil && !rel.Source.Type.Nullable {
		c.fault(codeTag, at, "on_delete=nilify needs a key that can be null", "make "+rel.Source.Name+" a pointer")
	}
}
