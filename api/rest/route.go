package rest

import (
	"net/http"

	"github.com/congago/conga/resource"
)

// route is one method of one path, and the action that answers it.
type route struct {
	method string
	// path is under the prefix: "/messages/{id}".
	path   string
	action *resource.Action
	kind   routeKind
	// named tells that the path ends with the action's name.
	named bool
}

type routeKind uint8

const (
	listRoute routeKind = iota
	getRoute
	createRoute
	updateRoute
	destroyRoute
	callRoute
	updateEveryRoute
	destroyEveryRoute
)

// every reports whether the route is for all records that a filter finds.
func (k routeKind) every() bool { return k == updateEveryRoute || k == destroyEveryRoute }

// routes are all routes of a resource: those of the primary actions, then
// those of the others.
func routes(r *resource.Resource) []route {
	var out []route
	base := "/" + r.Path
	add := func(kind routeKind, path string, a *resource.Action, named bool) {
		if a != nil && !a.Private {
			out = append(out, route{methods[kind], path, a, kind, named})
		}
	}
	read := r.PrimaryAction(resource.Read)
	add(listRoute, base, read, false)
	add(createRoute, base, r.PrimaryAction(resource.Create), false)
	add(getRoute, base+"/{id}", read, false)
	add(updateRoute, base+"/{id}", r.PrimaryAction(resource.Update), false)
	add(destroyRoute, base+"/{id}", r.PrimaryAction(resource.Destroy), false)
	every := func(kind routeKind, path string, a *resource.Action, named bool) {
		if a != nil && a.Bulk {
			add(kind, path, a, named)
		}
	}
	every(updateEveryRoute, base, r.PrimaryAction(resource.Update), false)
	every(destroyEveryRoute, base, r.PrimaryAction(resource.Destroy), false)
	for _, a := range r.Actions {
		if a.Primary {
			continue
		}
		switch a.Kind {
		case resource.Read:
			add(listRoute, base+"/"+a.Name, a, true)
		case resource.Create:
			add(createRoute, base+"/"+a.Name, a, true)
		case resource.Update:
			add(updateRoute, base+"/{id}/"+a.Name, a, true)
			every(updateEveryRoute, base+"/"+a.Name, a, true)
		case resource.Destroy:
			add(destroyRoute, base+"/{id}/"+a.Name, a, true)
			every(destroyEveryRoute, base+"/"+a.Name, a, true)
		case resource.Generic:
			add(callRoute, base+"/"+a.Name, a, true)
		}
	}
	return out
}

var methods = [...]string{
	listRoute: http.MethodGet, getRoute: http.MethodGet, createRoute: http.MethodPost,
	updateRoute: http.MethodPatch, destroyRoute: http.MethodDelete, callRoute: http.MethodPost,
	updateEveryRoute: http.MethodPatch, destroyEveryRoute: http.MethodDelete,
}
