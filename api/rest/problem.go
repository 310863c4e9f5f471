package rest

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// problem is an error as the client gets it.
type problem struct {
	api.Status
	detail string
	faults []fault
}

// Error is the title and the detail.
func (p *problem) Error() string { return p.Title + ": " + p.detail }

// fault is what is wrong with one part of the request: with a query parameter
// or with a member of the body.
type fault struct {
	parameter string
	// path leads to a member of the body by JSON names.
	path         []string
	code, detail string
}

// explain turns any error into a problem. Issues of reads are about the
// query; they and those of the query itself have status 400.
func (x *exchange) explain(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	told := api.Explain(x.ctx, err)
	p = &problem{Status: told.Status, detail: told.Detail}
	inQuery := x.r.Method == http.MethodGet || x.r.Method == http.MethodHead
	if inQuery && p.HTTP == http.StatusUnprocessableEntity {
		p.Status = statusBadRequest
	}
	for _, i := range told.Issues {
		f := fault{code: i.Code, detail: i.Text()}
		if inQuery {
			f.parameter = parameter(i)
		} else {
			f.path = i.Path
		}
		p.faults = append(p.faults, f)
	}
	return p
}

// parameter is the name of the query parameter that an issue is about.
func parameter(i resource.Issue) string {
	if len(i.Path) == 0 {
		return ""
	}
	if len(i.Path) == 1 {
		return i.Path[0]
	}
	return i.Path[0] + "[" + strings.Join(i.Path[1:], "][") + "]"
}

// fail answers with an error.
func (x *exchange) fail(err error) {
	shown := *x.explain(err)
	p := &shown
	p.Title = conga.Translate(x.ctx, p.Title, nil)
	if p.detail == "" {
		p.detail = p.summary()
	}
	switch p.HTTP {
	case http.StatusUnauthorized:
		challenge := "Bearer"
		if x.r.Header.Get("Authorization") != "" {
			challenge = `Bearer error="invalid_token"`
		}
		x.header("WWW-Authenticate", challenge)
	case http.StatusServiceUnavailable:
		x.header("Retry-After", "5")
	}
	x.header("Cache-Control", "no-store")
	if x.jsonapi {
		x.out = x.appendErrors(x.out[:0], p)
		x.send(p.HTTP, typeJSONAPI)
		return
	}
	x.out = x.appendProblem(x.out[:0], p)
	x.send(p.HTTP, typeProblem)
}

// summary is a detail for problems without one.
func (p *problem) summary() string {
	switch len(p.faults) {
	case 0:
		return ""
	case 1:
		f := p.faults[0]
		subject := f.parameter
		if subject == "" {
			subject = strings.Join(f.path, ".")
		}
		return strings.TrimSpace(subject + " " + f.detail)
	}
	return strconv.Itoa(len(p.faults)) + " things are wrong: see errors"
}

func (x *exchange) appendProblem(dst []byte, p *problem) []byte {
	dst = append(dst, `{"type":`...)
	dst = wire.AppendString(dst, x.problemType(p))
	dst = append(dst, `,"title":`...)
	dst = wire.AppendString(dst, p.Title)
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(p.HTTP), 10)
	dst = append(dst, `,"code":`...)
	dst = wire.AppendString(dst, p.Code)
	if p.detail != "" {
		dst = append(dst, `,"detail":`...)
		dst = wire.AppendString(dst, p.detail)
	}
	dst = append(dst, `,"instance":`...)
	dst = wire.AppendString(dst, x.r.URL.EscapedPath())
	if len(p.faults) > 0 {
		dst = appendFaults(dst, p.faults)
	}
	return append(dst, '}')
}

// appendFaults appends the member errors.
func appendFaults(dst []byte, faults []fault) []byte {
	dst = append(dst, `,"errors":[`...)
	for i, f := range faults {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendFault(dst, f)
	}
	return append(dst, ']')
}

// problemType is a URI for the kind of problem: its paragraph in the documentation.
func (x *exchange) problemType(p *problem) string {
	if x.options.Docs == noDocs {
		return "about:blank"
	}
	return x.options.Prefix + x.options.Docs + "#problem-" + p.Code
}

func appendFault(dst []byte, f fault) []byte {
	switch {
	case f.parameter != "":
		dst = append(dst, `{"parameter":`...)
		dst = wire.AppendString(dst, f.parameter)
		dst = append(dst, ',')
	case len(f.path) > 0:
		dst = append(dst, `{"field":`...)
		dst = wire.AppendString(dst, strings.Join(f.path, "."))
		dst = append(dst, `,"pointer":`...)
		dst = wire.AppendString(dst, pointer("", f.path))
		dst = append(dst, ',')
	default:
		dst = append(dst, '{')
	}
	dst = append(dst, `"code":`...)
	dst = wire.AppendString(dst, f.code)
	dst = append(dst, `,"detail":`...)
	dst = wire.AppendString(dst, f.detail)
	return append(dst, '}')
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is the JSON pointer to a member below root.
func pointer(root string, path []string) string {
	var b strings.Builder
	b.WriteString(root)
	for _, part := range path {
		b.WriteByte('/')
		_, _ = pointerEscapes.WriteString(&b, part)
	}
	return b.String()
}
