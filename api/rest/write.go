package rest

import (
	"net/http"
	"net/url"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// create answers with the new record.
func (x *exchange) create() error {
	written, v, err := x.write(nil)
	if err != nil {
		return err
	}
	x.header("Location", x.location(v.res, written.Key))
	if err := x.appendRecord(written.Found, v); err != nil {
		return err
	}
	x.send(http.StatusCreated, x.mediaType())
	return nil
}

// update answers with the record as it is now.
func (x *exchange) update() error {
	key, err := x.key()
	if err != nil {
		return err
	}
	written, v, err := x.write(key)
	if err != nil {
		return err
	}
	if err := x.appendRecord(written.Found, v); err != nil {
		return err
	}
	x.send(http.StatusOK, x.mediaType())
	return nil
}

// destroy answers with nothing.
func (x *exchange) destroy() error {
	key, err := x.key()
	if err != nil {
		return err
	}
	if _, _, err := x.write(key); err != nil {
		return err
	}
	x.w.WriteHeader(http.StatusNoContent)
	return nil
}

// write runs the action of the route with the inputs of the body.
func (x *exchange) write(key any) (*conga.Written, *view, error) {
	q, err := x.readQuery(resultScope)
	if err != nil {
		return nil, nil, err
	}
	b, err := x.readBody()
	if err != nil {
		return nil, nil, err
	}
	w := &conga.Write{Action: x.route.action, Key: key, Inputs: b.inputs, Issues: b.issues, Return: q.view.selection}
	if x.route.kind == destroyRoute {
		w.Return = conga.Selection{Select: []*resource.Attribute{x.route.action.Resource.Primary}}
	}
	written, err := x.app.Write(x.ctx, w)
	if err != nil {
		return nil, nil, b.located(x, err)
	}
	return written, q.view, nil
}

// location is the path of a record.
func (x *exchange) location(r *resource.Resource, key any) string {
	return x.options.Prefix + "/" + r.Path + "/" + url.PathEscape(wire.FormatText(r.Primary, key))
}

// call runs a generic action and answers with its result.
func (x *exchange) call() error {
	if x.r.URL.RawQuery != "" {
		if _, err := x.readQuery(resultScope); err != nil {
			return err
		}
		return &problem{Status: statusBadRequest, detail: "this action takes no query parameters"}
	}
	b, err := x.readBody()
	if err != nil {
		return err
	}
	result, err := x.app.CallInputs(x.ctx, x.route.action, b.inputs, b.issues)
	if err != nil {
		return b.located(x, err)
	}
	if result == nil {
		x.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := x.appendResult(result); err != nil {
		return err
	}
	x.send(http.StatusOK, x.mediaType())
	return nil
}

// appendResult appends what a generic action returned: a record or an object.
func (x *exchange) appendResult(result any) (err error) {
	a := x.route.action
	switch {
	case a.Returns != nil && x.jsonapi:
		x.out, err = x.appendReturned(x.out, a.Returns, result)
	case a.Returns != nil:
		x.out, err = wire.AppendRecord(x.out, a.Returns, result, stored(a.Returns))
	case x.jsonapi:
		x.out = append(x.out, `{"jsonapi":{"version":"1.1"},"meta":`...)
		if x.out, err = appendObject(x.out, a.Output, result); err == nil {
			x.out = append(x.out, '}')
		}
	default:
		x.out, err = appendObject(x.out, a.Output, result)
	}
	return err
}

// appendObject appends the result of a generic action that is no record.
func appendObject(dst []byte, o *resource.Object, result any) (_ []byte, err error) {
	dst = append(dst, '{')
	sep := false
	key := func(name string) {
		if sep {
			dst = append(dst, ',')
		}
		sep = true
		dst = append(wire.AppendString(dst, name), ':')
	}
	for _, attr := range o.Attributes {
		if attr.Private {
			continue
		}
		key(attr.JSON)
		if dst, err = wire.AppendValue(dst, attr.Type, attr.Get(result)); err != nil {
			return dst, err
		}
	}
	for _, m := range o.Records {
		key(m.JSON)
		if dst, err = appendRecords(dst, m, m.Get(result)); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func appendRecords(dst []byte, m *resource.Member, records []any) (_ []byte, err error) {
	attrs := stored(m.Target)
	if !m.Many {
		if len(records) == 0 {
			return wire.AppendNull(dst), nil
		}
		return wire.AppendRecord(dst, m.Target, records[0], attrs)
	}
	dst = append(dst, '[')
	for i, rec := range records {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = wire.AppendRecord(dst, m.Target, rec, attrs); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}
