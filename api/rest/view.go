package rest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/resource"
)

// view is what an answer shows of the records of one resource, and how.
type view struct {
	res *resource.Resource
	// columns are the attributes to read. The first shown ones are in plain
	// documents; the primary key may follow, for JSON:API.
	columns []*resource.Attribute
	shown   int
	loads   []load
	// shape makes an object of a row: a plain one, or a resource object.
	shape *api.Shape
	// key is the column of the primary key in a view for JSON:API.
	key int
	// stamp is the column that tells versions of a record apart, -1 without one.
	stamp int
	// selection is what has to be read.
	selection conga.Selection
}

type load struct {
	rel  *resource.Relationship
	view *view
}

// defaultViews are the views of a resource for queries that do not say more.
type defaultViews struct{ plain, jsonapi *view }

func (d *defaultViews) of(jsonapi bool) *view {
	if jsonapi {
		return d.jsonapi
	}
	return d.plain
}

func (h *Handler) newDefaultViews(r *resource.Resource) *defaultViews {
	return &defaultViews{h.newView(r, stored(r), nil, false), h.newView(r, stored(r), nil, true)}
}

// stored are the public stored attributes that are not lazy.
func stored(r *resource.Resource) []*resource.Attribute {
	var out []*resource.Attribute
	for _, attr := range r.Attributes {
		if !attr.Private && attr.Expr == nil && !attr.Lazy {
			out = append(out, attr)
		}
	}
	return out
}

func (h *Handler) newView(r *resource.Resource, columns []*resource.Attribute, loads []load, jsonapi bool) *view {
	v := &view{res: r, columns: columns, shown: len(columns), loads: loads}
	if jsonapi {
		v.key = slices.Index(columns, r.Primary)
		if v.key < 0 {
			v.key = len(columns)
			v.columns = append(slices.Clip(columns), r.Primary)
		}
		v.shape = h.resourceObject(v)
	} else {
		v.shape = plainObject(v)
	}
	v.stamp = slices.Index(v.columns, api.Version(r))
	v.selection = v.makeSelection()
	return v
}

// plainObject is the shape of a record in plain JSON.
func plainObject(v *view) *api.Shape {
	members := make([]api.Member, 0, len(v.columns)+len(v.loads))
	for i, attr := range v.columns {
		members = append(members, api.Column(attr.JSON, i))
	}
	for i, l := range v.loads {
		if l.rel.Many() {
			members = append(members, api.Many(l.rel.JSON, i, l.view.shape))
		} else {
			members = append(members, api.One(l.rel.JSON, i, l.view.shape))
		}
	}
	return api.NewShape(members...)
}

func (v *view) makeSelection() conga.Selection {
	s := conga.Selection{Select: v.columns}
	for _, l := range v.loads {
		n := conga.Nested{Relationship: l.rel, Selection: l.view.selection}
		if l.rel.Many() {
			n.Page = conga.Page{Limit: l.rel.Target.PrimaryAction(resource.Read).MaxPage, Bare: true, Peek: true}
		}
		s.Load = append(s.Load, n)
	}
	return s
}

// includeNode is a relationship to include, with those beyond it.
type includeNode struct {
	rel      *resource.Relationship
	children []*includeNode
}

func (n *includeNode) child(rel *resource.Relationship) *includeNode {
	for _, c := range n.children {
		if c.rel == rel {
			return c
		}
	}
	c := &includeNode{rel: rel}
	n.children = append(n.children, c)
	return c
}

func (r *queryReader) readInclude(key string, values []string) {
	text, ok := r.one(key, values)
	if !ok || text == "" {
		return
	}
	for name := range strings.SplitSeq(text, ",") {
		for _, steps := range r.alternatives(strings.Split(name, ".")) {
			path, _ := r.follow(key, steps)
			n := &r.tree
			for _, rel := range path {
				n = n.child(rel)
			}
		}
	}
}

// alternatives are the paths that are meant: a choice at the end is each of its members.
func (r *queryReader) alternatives(steps []string) (out [][]string) {
	at := r.action.Resource
	for _, step := range steps[:len(steps)-1] {
		rel := at.PublicRelationship(step)
		if rel == nil {
			return [][]string{steps}
		}
		at = rel.Target
	}
	c := at.Choice(steps[len(steps)-1])
	if c == nil {
		return [][]string{steps}
	}
	for _, rel := range c.Members {
		if api.Follows(rel) {
			out = append(out, append(slices.Clone(steps[:len(steps)-1]), rel.JSON))
		}
	}
	return out
}

func (r *queryReader) readFields(key, typ string, values []string) {
	text, ok := r.one(key, values)
	if !ok {
		return
	}
	res := r.h.types[typ]
	if res == nil {
		r.unknown(key, "there is no type "+strconv.Quote(typ), typ, r.typeNames())
		return
	}
	fields := []string{} // not nil: asked for, even if empty
	for name := range strings.SplitSeq(text, ",") {
		switch {
		case text == "":
		case res.PublicAttribute(name) == nil && !api.Follows(res.PublicRelationship(name)):
			r.unknown(key, typ+" has no field "+strconv.Quote(name), name, append(attributeNames(res), relationshipNames(res)...))
		case !slices.Contains(fields, name):
			fields = append(fields, name)
		}
	}
	r.fields[typ] = fields
}

// typeNames are the types that the query may be about, as far as a suggestion goes.
func (r *queryReader) typeNames() []string {
	out := []string{r.action.Resource.Type}
	for _, rel := range r.action.Resource.Relationships {
		if api.Follows(rel) {
			out = append(out, rel.Target.Type)
		}
	}
	return out
}

// makeView is the view for what was asked by fields and include.
func (r *queryReader) makeView(res *resource.Resource, tree *includeNode, jsonapi bool) *view {
	fields, asked := r.fields[res.Type]
	if !asked && len(tree.children) == 0 {
		return r.h.views[res].of(jsonapi)
	}
	columns := stored(res)
	if asked {
		columns = []*resource.Attribute{}
		for _, name := range fields {
			if attr := res.PublicAttribute(name); attr != nil {
				columns = append(columns, r.argued(res, attr))
			}
		}
	}
	var loads []load
	for _, c := range tree.children {
		loads = append(loads, load{c.rel, r.makeView(c.rel.Target, c, jsonapi)})
	}
	return r.h.newView(res, columns, loads, jsonapi)
}
