package rest

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// create answers with the new record, or with that which an upsert has changed.
func (x *exchange) create() error {
	q, err := x.readQuery(resultScope)
	if err != nil {
		return err
	}
	jsonapi, err := x.openBody()
	if err != nil {
		return err
	}
	switch {
	case x.route.action.Bulk && !jsonapi && isList(x.in):
		return x.createMany(q)
	case q.partial:
		return &problem{Status: statusBadRequest, faults: []fault{{parameter: "partial", code: "list", detail: "is for lists of records"}}}
	}
	b, err := x.decodeBody(jsonapi)
	if err != nil {
		return err
	}
	v := q.view.versioned()
	written, err := x.write(&conga.Write{Return: v.selection}, b)
	if err != nil {
		return err
	}
	if written.Existed {
		return x.answer(http.StatusOK, written, v)
	}
	x.header("Location", x.location(v.res, written.Key))
	return x.answer(http.StatusCreated, written, v)
}

// update answers with the record as it is now.
func (x *exchange) update() error {
	w, v, b, err := x.readWrite()
	if err != nil {
		return err
	}
	w.Return = v.selection
	written, err := x.write(w, b)
	if err != nil {
		return err
	}
	return x.answer(http.StatusOK, written, v)
}

// destroy answers with nothing but metadata.
func (x *exchange) destroy() error {
	w, _, b, err := x.readWrite()
	if err != nil {
		return err
	}
	w.Return = conga.Selection{Select: []*resource.Attribute{x.route.action.Resource.Primary}}
	written, err := x.write(w, b)
	if err != nil {
		return err
	}
	if written.Metadata == nil {
		x.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if x.out = append(x.out, '{'); x.jsonapi {
		x.out = append(x.out, jsonapiVersion+"}"...)
	} else {
		x.out = append(x.out, '}')
	}
	if x.out, err = appendMeta(x.out, x.route.action, written.Metadata); err != nil {
		return err
	}
	x.send(http.StatusOK, x.mediaType())
	return nil
}

// readWrite reads which record to write, under which condition, and its inputs.
func (x *exchange) readWrite() (*conga.Write, *view, *body, error) {
	key, err := x.key()
	if err != nil {
		return nil, nil, nil, err
	}
	q, err := x.readQuery(resultScope)
	if err != nil {
		return nil, nil, nil, err
	}
	condition, err := x.ifMatch()
	if err != nil {
		return nil, nil, nil, err
	}
	b, err := x.readBody()
	return &conga.Write{Key: key, If: condition}, q.view.versioned(), b, err
}

// write runs the action of the route with the inputs of the body.
func (x *exchange) write(w *conga.Write, b *body) (*conga.Written, error) {
	w.Action, w.Inputs, w.Nested, w.Issues = x.route.action, b.inputs, b.managed, b.issues
	written, err := x.app.Write(x.ctx, w)
	switch {
	case errors.Is(err, conga.ErrStale):
		return nil, &problem{Status: statusStale, detail: "the record is not the one that If-Match names: read it again"}
	case err != nil:
		return nil, b.located(x, err)
	}
	return written, nil
}

// answer answers with a record that was written.
func (x *exchange) answer(status int, written *conga.Written, v *view) error {
	defer written.Found.Release()
	err := x.appendRecord(written.Found, v)
	if err != nil {
		return err
	}
	if v.stamp >= 0 { // of the record alone
		tag, err := x.versionTag(written.Found, v)
		if err != nil {
			return err
		}
		x.w.Header()["Etag"] = []string{tag}
	}
	if x.out, err = appendMeta(x.out, x.route.action, written.Metadata); err != nil {
		return err
	}
	x.send(status, x.mediaType())
	return nil
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
	if dst, err = appendAttributes(append(dst, '{'), o, result); err != nil {
		return dst, err
	}
	for _, m := range o.Records {
		if dst, err = appendRecords(appendName(dst, m.JSON), m, m.Get(result)); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// appendAttributes appends the public attributes of o to an object that dst ends with.
func appendAttributes(dst []byte, o *resource.Object, result any) (_ []byte, err error) {
	for _, attr := range o.Attributes {
		if attr.Private {
			continue
		}
		if dst, err = wire.AppendValue(appendName(dst, attr.JSON), attr.Type, attr.Get(result)); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendName appends the name of a member to an object that dst ends with.
func appendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(wire.AppendString(dst, name), ':')
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
