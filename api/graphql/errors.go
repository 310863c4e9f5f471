package graphql

import (
	"context"
	"errors"
	"strings"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/wire"
)

// The codes of errors that have none in package api.
const (
	codeBadInput = "BAD_USER_INPUT"
	codeInternal = "INTERNAL"
)

// codeOf is extensions.code for a status.
func codeOf(s api.Status) string {
	if s == api.StatusInvalid {
		return codeBadInput
	}
	return strings.ToUpper(s.Code)
}

// present is what the client is told of an error of a root field. Errors
// that are not of the engine go to the log.
func (s *schema) present(ctx context.Context, err error, f gql.CollectedField) *gqlerror.Error {
	var hidden *unshowable
	var known *conga.Error
	out := &gqlerror.Error{Path: ast.Path{ast.PathName(f.Alias)}}
	if f.Position != nil {
		out.Locations = []gqlerror.Location{{Line: f.Position.Line, Column: f.Position.Column}}
	}
	var worded *gqlerror.Error
	switch {
	case errors.As(err, &worded):
		out.Message, out.Extensions = worded.Message, worded.Extensions
		return out
	case errors.As(err, &hidden):
		out.Message = hidden.field + " has a value that cannot be shown"
		if errors.Is(err, errTooLarge) {
			out.Message = hidden.field + ": " + errTooLarge.Error()
		}
		out.Extensions = map[string]any{"code": codeInternal}
		s.o.Log.ErrorContext(ctx, "graphql value cannot be shown", "field", hidden.field, "error", hidden.err)
		return out
	case !errors.As(err, &known) && ctx.Err() == nil:
		s.o.Log.ErrorContext(ctx, "graphql field failed", "field", f.Name, "error", err)
	}
	explain(ctx, err, out)
	return out
}

// explain words an error of the engine.
func explain(ctx context.Context, err error, out *gqlerror.Error) {
	fault := api.Explain(ctx, err)
	out.Message = conga.Translate(ctx, fault.Title, nil)
	if fault.Detail != "" {
		out.Message = fault.Detail
	}
	out.Extensions = map[string]any{"code": codeOf(fault.Status)}
	if len(fault.Issues) == 0 {
		return
	}
	messages := make([]string, len(fault.Issues))
	issues := make([]map[string]any, len(fault.Issues))
	for i, issue := range fault.Issues {
		issue.Path = argumentPath(issue.Path)
		messages[i] = strings.TrimSpace(issue.Field() + " " + issue.Text())
		issues[i] = map[string]any{"path": issue.Path, "code": issue.Code, "message": issue.Text()}
	}
	out.Message = strings.Join(messages, "; ")
	out.Extensions["issues"] = issues
}

// argumentPath turns the engine's words for pages into those of connections.
func argumentPath(path []string) []string {
	if len(path) == 2 && path[0] == "page" {
		if path[1] == "limit" {
			return []string{argFirst}
		}
		return path[1:]
	}
	if path == nil {
		return []string{}
	}
	return path
}

// rename gives the issues of inputs the names that the schema has for them.
func rename(fields []*fieldDef, issues []conga.Issue) []conga.Issue {
	out := make([]conga.Issue, len(issues))
	for i, issue := range issues {
		out[i] = issue
		if len(issue.Path) == 0 {
			continue
		}
		out[i].Path = renamed(fields, issue.Path)
	}
	return out
}

// mutationErrors are what a payload says of an error: nil for those that are
// no matter of the input and go to the top level.
func mutationErrors(ctx context.Context, def *fieldDef, err error) []mutationError {
	fault := api.Explain(ctx, err)
	switch fault.Status {
	case api.StatusInternal, api.StatusUnavailable:
		return nil
	}
	if len(fault.Issues) == 0 {
		message := map[api.Status]string{
			api.StatusForbidden: "is not allowed", api.StatusUnauthenticated: "is not allowed",
			api.StatusNotFound: "could not be found", api.StatusConflict: "conflicts with what is there", api.StatusInvalid: "is not valid",
		}[fault.Status]
		message = conga.Translate(ctx, message, nil)
		if fault.Detail != "" {
			message = fault.Detail
		}
		code := fault.Code
		if fault.Status == api.StatusUnauthenticated {
			code = api.StatusForbidden.Code
		}
		return []mutationError{{message: message, short: message, code: code}}
	}
	var fields []*fieldDef
	if def.root.input != nil {
		fields = def.root.input.fields
	}
	var out []mutationError
	for _, issue := range rename(fields, fault.Issues) {
		e := mutationError{message: issue.Text(), short: issue.Message, code: issue.Code, vars: issue.Vars}
		if len(issue.Path) > 0 {
			e.fields = issue.Path[:1]
			e.path = append([]string{argInput}, issue.Path...)
		}
		out = append(out, e)
	}
	return out
}

// mutationError is one MutationError of a payload.
type mutationError struct {
	message, short, code string
	vars                 map[string]any
	fields, path         []string
	record               *int // of several
}

// append appends a member of the error, whose type is typ.
func (e *mutationError) append(dst []byte, name, typ string) ([]byte, error) {
	switch name {
	case "index":
		if e.record == nil {
			return wire.AppendNull(dst), nil
		}
		return wire.AppendInt(dst, int64(*e.record)), nil
	case "message":
		return wire.AppendString(dst, e.message), nil
	case "shortMessage":
		return wire.AppendString(dst, e.short), nil
	case "code":
		return wire.AppendString(dst, e.code), nil
	case "fields":
		return appendStrings(dst, e.fields), nil
	case "path":
		return appendStrings(dst, e.path), nil
	case "vars":
		if e.vars == nil {
			return wire.AppendNull(dst), nil
		}
		return wire.AppendJSON(dst, e.vars)
	}
	return wire.AppendString(dst, typ), nil
}

func appendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendString(dst, s)
	}
	return append(dst, ']')
}
