package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
)

// Status is what a client is told of an error, but for its details.
type Status struct {
	// HTTP is the status code of a response.
	HTTP int
	// Code is stable, for programs: "not_found".
	Code string
	// Title is the same for people, and the same for every error of the code.
	Title string
}

// The statuses of errors.
var (
	StatusInvalid         = Status{http.StatusUnprocessableEntity, "invalid", "The input is not valid"}
	StatusUnauthenticated = Status{http.StatusUnauthorized, "unauthenticated", "Authentication is needed"}
	StatusForbidden       = Status{http.StatusForbidden, "forbidden", "This is not allowed"}
	StatusNotFound        = Status{http.StatusNotFound, "not_found", "Nothing was found"}
	StatusConflict        = Status{http.StatusConflict, "conflict", "This conflicts with what is there"}
	StatusUnavailable     = Status{http.StatusServiceUnavailable, "unavailable", "The service is not available now"}
	StatusInternal        = Status{http.StatusInternalServerError, "internal", "Something went wrong inside"}
)

// statuses is StatusOf for callers with an actor.
var statuses = map[resource.ErrorKind]Status{
	resource.Invalid:     StatusInvalid,
	resource.Forbidden:   StatusForbidden,
	resource.NotFound:    StatusNotFound,
	resource.Conflict:    StatusConflict,
	resource.Unavailable: StatusUnavailable,
	resource.Internal:    StatusInternal,
}

// Fault is what a client is told of an error. It holds no internal text.
type Fault struct {
	Status
	// Detail says what went wrong this time; it may be empty.
	Detail string
	// Issues say what is wrong with which input.
	Issues []resource.Issue
}

// Explain is what the client of ctx is told of err, an error of the engine
// or of an ActorFunc. What is forbidden to nobody in particular is
// StatusUnauthenticated.
func Explain(ctx context.Context, err error) Fault {
	var e *resource.Error
	if !errors.As(err, &e) {
		return Fault{Status: StatusInternal}
	}
	status, ok := statuses[e.Kind]
	if !ok {
		return Fault{Status: StatusInternal}
	}
	switch e.Kind {
	case resource.Internal, resource.Unavailable:
		return Fault{Status: status}
	case resource.Forbidden:
		if conga.ActorFrom(ctx) == nil {
			status = StatusUnauthenticated
		}
	}
	out := Fault{Status: status, Issues: conga.TranslateIssues(ctx, e.Issues)}
	if e.Message != "" {
		out.Detail = conga.Translate(ctx, e.Message, nil)
	}
	return out
}
