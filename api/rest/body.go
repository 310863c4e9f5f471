package rest

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// body is what the body of a request gives an action.
type body struct {
	inputs []conga.Input
	// managed are the inputs that hold related records, and nested reads them.
	managed []conga.NestedInput
	nested  nestedReader
	// issues are what is wrong with inputs, by their JSON names.
	issues []resource.Issue
	// linked are the inputs, by JSON name, that came as relationships of
	// JSON:API, with the names of these.
	linked map[string]string
	// jsonapi tells the form of the body.
	jsonapi bool
}

// readBody reads the inputs of the route's action. No body is an empty object.
func (x *exchange) readBody() (*body, error) {
	jsonapi, err := x.openBody()
	if err != nil {
		return nil, err
	}
	return x.decodeBody(jsonapi)
}

// openBody reads the body into x.in and tells its form.
func (x *exchange) openBody() (jsonapi bool, err error) {
	jsonapi, err = x.bodyIsJSONAPI()
	if err != nil && x.r.ContentLength != 0 {
		return false, err
	}
	return jsonapi, x.readAll()
}

// decodeBody is the inputs in x.in.
func (x *exchange) decodeBody(jsonapi bool) (*body, error) {
	b := &body{jsonapi: jsonapi}
	if len(x.in) == 0 {
		return b, nil
	}
	members, err := wire.DecodeObject(x.in)
	if err != nil {
		return nil, malformed(err)
	}
	if jsonapi {
		if err := b.readDocument(x, members); err != nil {
			return b, err
		}
		return b, x.tooMany(b.nested.records)
	}
	for _, m := range members {
		b.input(x.route.action, m.Key, m)
	}
	return b, x.tooMany(b.nested.records)
}

// readAll reads the body into x.in.
func (x *exchange) readAll() error {
	limit := x.options.MaxBody
	reader := io.Reader(x.r.Body)
	if limit >= 0 {
		reader = http.MaxBytesReader(x.w, x.r.Body, limit)
	}
	for {
		if len(x.in) == cap(x.in) {
			x.in = append(x.in, 0)[:len(x.in)]
		}
		n, err := reader.Read(x.in[len(x.in):cap(x.in)])
		x.in = x.in[:len(x.in)+n]
		if err != nil {
			return bodyFault(err, limit)
		}
	}
}

// bodyFault is what the end of a body that was read says; nil at its proper end.
func bodyFault(err error, limit int64) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return &problem{Status: statusTooLarge, detail: "the body must not be larger than " + strconv.FormatInt(limit, 10) + " bytes"}
	}
	return &problem{Status: statusBadRequest, detail: "the body could not be read"}
}

func malformed(err error) error {
	p := &problem{Status: statusBadRequest, detail: "the body is not well-formed JSON"}
	if s, ok := errors.AsType[*wire.SyntaxError](err); ok {
		p.detail = "the body is not accepted: " + s.Message + " at byte " + strconv.Itoa(s.Offset)
	}
	return p
}

// input adds one input, or an issue with it.
func (b *body) input(a *resource.Action, name string, m wire.Member) {
	if managed := a.Manages(name); managed != nil {
		b.nest(managed, m.Raw)
		return
	}
	in := a.Input(name)
	if in == nil || in.Private {
		b.issues = append(b.issues, unknownInput(a, name))
		return
	}
	v, err := wire.DecodeValue(in, m.Raw)
	if err != nil {
		if e, ok := errors.AsType[*resource.Error](err); ok {
			b.issues = append(b.issues, e.Issues...)
		}
		return
	}
	b.inputs = append(b.inputs, conga.Input{Attribute: in, Value: v})
}

func unknownInput(a *resource.Action, name string) resource.Issue {
	var known []string
	for _, in := range a.Inputs() {
		if !in.Private {
			known = append(known, in.JSON)
		}
	}
	for _, m := range a.Managed {
		known = append(known, m.JSON)
	}
	return unknown(name, "is no input of this action", known)
}

// located is err with its paths as places in a JSON:API document.
func (b *body) located(x *exchange, err error) error {
	if !b.jsonapi {
		return err
	}
	p := x.explain(err)
	for i, f := range p.faults {
		if len(f.path) == 0 {
			continue
		}
		if rel := b.linked[f.path[0]]; rel != "" {
			p.faults[i].path = []string{"data", "relationships", rel}
			if rest := f.path[1:]; len(rest) > 0 {
				p.faults[i].path = append(append(p.faults[i].path, "data"), rest...)
			}
			continue
		}
		p.faults[i].path = append([]string{"data", "attributes"}, f.path...)
	}
	return p
}
