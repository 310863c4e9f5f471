package resource

import (
	"fmt"
	"slices"
	"sort"

	"github.com/go-playground/validator/v10"

	"github.com/congago/conga/internal/structs"
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
	calculated  map[*Attribute]bool
	faults      Diagnostics
}

// Compile makes a registry from declarations. When they have faults, the
// error is Diagnostics with all of them.
func Compile(definitions ...Definition) (*Registry, error) {
	c := &compiler{
		definitions: definitions, byType: map[string]*Resource{},
		validate: newValidator(), calculated: map[*Attribute]bool{},
	}
	c.describe()
	c.link()
	if len(c.faults) == 0 {
		c.define()
		c.check()
	}
	if len(c.faults) > 0 {
		sort.SliceStable(c.faults, func(i, j int) bool { return c.faults[i].Where < c.faults[j].Where })
		return nil, c.faults
	}
	for _, r := range c.resources {
		r.columns = slices.Clip(r.Columns())
	}
	return &Registry{Resources: c.resources, Validator: c.validate, byType: c.byType}, nil
}

func (c *compiler) fault(code, field, message, hint string) {
	c.faults = append(c.faults, Diagnostic{Code: code, Field: field, Message: message, Hint: hint})
}

// define runs the Define methods, which resolve against the linked model.
func (c *compiler) define() {
	for i, d := range c.definitions {
		decl := &declaration{c: c, res: c.resources[i]}
		decl.scopes = []scope{{decl.res, decl.res.probe}}
		c.run(d, decl)
	}
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
