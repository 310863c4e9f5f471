package resource

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Registry is the frozen model of an application: all its resources. It may
// be read from many goroutines.
type Registry struct {
	// Resources are in the order given to Compile.
	Resources []*Resource
	// Validator runs the rules of validate tags.
	Validator *validator.Validate

	byType map[string]*Resource
}

// Lookup is the resource of that Go type name, bare ("Message") or with its
// import path, or nil.
func (g *Registry) Lookup(name string) *Resource {
	if r := g.byType[name]; r != nil {
		return r
	}
	for _, r := range g.Resources {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// For is the resource of the Go type T, or nil.
func For[T any](g *Registry) *Resource { return g.byType[structs.Of[T]().FullName] }

// compiler is the state of Compile.
type compiler struct {
	definitions []Definition
	resources   []*Resource
	byType      map[string]*Resource
	validate    *validator.Validate
	all         map[string]*Relationship
	calculated  map[*Attribute]bool
	objects     map[*structs.Struct]*Object // documents
	types       *structs.Unions
	unions      []*UnionType
	naming      []naming
	paths       []*pathOf
	uses        []use
	followed    []usedRelation
	cascades    []*Cascaded
	unproven    []*Relationship // belongs_to of an attribute that Define has to declare an identity
	faults      Diagnostics
}

// Compile makes a registry from declarations. When they have faults, the
// error is Diagnostics with all of them.
func Compile(definitions ...Definition) (*Registry, error) {
	c := &compiler{
		definitions: definitions, byType: map[string]*Resource{}, all: map[string]*Relationship{},
		validate: newValidator(), calculated: map[*Attribute]bool{}, objects: map[*structs.Struct]*Object{},
		types: structs.NewUnions(),
	}
	c.describe()
	c.link()
	sound := len(c.faults) == 0
	c.define()
	c.completeUnions(sound)
	if sound {
		c.check()
	}
	if len(c.faults) > 0 {
		slices.SortStableFunc(c.faults, byPlace)
		return nil, c.faults
	}
	for _, r := range c.resources {
		r.freeze()
		for _, rel := range r.Relationships {
			rel.correlated = rel.Source == nil || rel.Limit > 0 || speaksOutwards(rel) || rel.Strays()
			rel.addSeen()
		}
	}
	for _, r := range c.resources {
		for _, rel := range r.Relationships {
			rel.linkSeen()
		}
	}
	return &Registry{Resources: c.resources, Validator: c.validate, byType: c.byType}, nil
}

func (c *compiler) fault(code, field, message, hint string) {
	c.faults = append(c.faults, Diagnostic{Code: code, Field: field, Message: message, Hint: hint})
}

// byPlace orders diagnostics by file and line; those without a place come first.
func byPlace(a, b Diagnostic) int {
	fileA, lineA, _ := strings.Cut(a.Where, ":")
	fileB, lineB, _ := strings.Cut(b.Where, ":")
	m, _ := strconv.Atoi(lineA)
	n, _ := strconv.Atoi(lineB)
	return cmp.Or(cmp.Compare(fileA, fileB), cmp.Compare(m, n))
}

// define runs the Define methods, which resolve against the linked model.
// Those of resources that have faults already are left out, and so is what
// others say of relationships: it may be about a resource with faults.
func (c *compiler) define() {
	earlier := len(c.faults)
	for _, d := range c.definitions {
		r := c.byType[d.shape.FullName]
		if r.probe != nil || c.faulty(r, earlier) {
			continue
		}
		r.probe = r.shape.NewProbe()
		decl := &declaration{c: c, res: r}
		decl.scopes = []scope{{r, r.probe}}
		decl.naming = func(is *structs.Union, names []string) {
			c.naming = append(c.naming, naming{is, names, where(), r.label()})
		}
		decl.used = func(a *Attribute, given bool) { c.uses = append(c.uses, use{a, given, where(), r.label()}) }
		decl.wrote = func(w *expr.Written) { r.SQL = append(r.SQL, WrittenSQL{w, where()}) }
		decl.followed = func(rel *Relationship) { c.followed = append(c.followed, usedRelation{rel, where(), r.label()}) }
		c.run(d, decl)
	}
	if earlier == 0 {
		return
	}
	c.faults = slices.DeleteFunc(c.faults, func(d Diagnostic) bool { return d.Code == codeExpression })
}

// faulty reports whether one of the first n faults is about the resource.
func (c *compiler) faulty(r *Resource, n int) bool {
	return slices.ContainsFunc(c.faults[:n], func(d Diagnostic) bool {
		return d.Field == r.label() || strings.HasPrefix(d.Field, r.label()+".")
	})
}

func (c *compiler) run(d Definition, decl *declaration) {
	defer func() {
		if p := recover(); p != nil {
			decl.fault(codePanic, "", fmt.Sprintf("Define panicked: %v", p),
				"paths through relationships may be at most 4 steps long")
		}
	}()
	d.define(decl)
	decl.finish()
}
