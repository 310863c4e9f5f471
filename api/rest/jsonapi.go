package rest

import (
	"net/url"
	"strconv"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// resourceObject is the shape of a record in JSON:API.
func (h *Handler) resourceObject(v *view) *api.Shape {
	members := []api.Member{
		api.Constant("type", string(wire.AppendString(nil, v.res.Type))),
		api.Custom("id", v.appendID),
		api.Inner("attributes", attributesOf(v)),
	}
	if len(v.loads) > 0 {
		var links []api.Member
		for i, l := range v.loads {
			links = append(links, api.Inner(l.rel.JSON, api.NewShape(api.Custom("data", v.linkage(i)))))
		}
		members = append(members, api.Inner("relationships", api.NewShape(links...)))
	}
	if self := h.selfLink(v); self != nil {
		members = append(members, api.Inner("links", api.NewShape(api.Custom("self", self))))
	}
	return api.NewShape(members...)
}

// attributesOf is the shape of the attributes, which the primary key is not among.
func attributesOf(v *view) *api.Shape {
	var members []api.Member
	for i, attr := range v.columns[:v.shown] {
		if attr != v.res.Primary {
			members = append(members, api.Column(attr.JSON, i))
		}
	}
	return api.NewShape(members...)
}

// appendID appends the primary key, which is a string in JSON:API.
func (v *view) appendID(dst []byte, found *conga.Found, row int) (_ []byte, err error) {
	if v.res.Primary.Type.Kind != structs.Int {
		return found.AppendJSON(dst, row, v.key)
	}
	dst, err = found.AppendJSON(append(dst, '"'), row, v.key)
	return append(dst, '"'), err
}

// appendIdentifier appends the resource identifier object of a row.
func (v *view) appendIdentifier(dst []byte, found *conga.Found, row int) (_ []byte, err error) {
	dst = append(dst, `{"type":`...)
	dst = wire.AppendString(dst, v.res.Type)
	dst = append(dst, `,"id":`...)
	dst, err = v.appendID(dst, found, row)
	return append(dst, '}'), err
}

// linkage appends the identifiers of the records that the i-th load found.
func (v *view) linkage(i int) api.AppendFunc {
	l := v.loads[i]
	return func(dst []byte, found *conga.Found, row int) (_ []byte, err error) {
		from, to := found.Related[i].Span(row)
		sub := found.Sub(i)
		if !l.rel.Many() {
			if from == to {
				return wire.AppendNull(dst), nil
			}
			return l.view.appendIdentifier(dst, sub, from)
		}
		dst = append(dst, '[')
		for at := from; at < to; at++ {
			if at > from {
				dst = append(dst, ',')
			}
			if dst, err = l.view.appendIdentifier(dst, sub, at); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	}
}

// selfLink appends the path of a record; nil where it has none.
func (h *Handler) selfLink(v *view) api.AppendFunc {
	read := v.res.PrimaryAction(resource.Read)
	if read == nil || read.Private {
		return nil
	}
	base := h.options.Prefix + "/" + v.res.Path + "/"
	return func(dst []byte, found *conga.Found, row int) ([]byte, error) {
		key, err := found.Value(row, v.key)
		if err != nil {
			return dst, err
		}
		return wire.AppendString(dst, base+url.PathEscape(wire.FormatText(v.res.Primary, key))), nil
	}
}

const jsonapiVersion = `"jsonapi":{"version":"1.1"}`

// appendSingle appends the document of one record.
func (x *exchange) appendSingle(found *conga.Found, v *view) (err error) {
	x.out = append(x.out, "{"+jsonapiVersion+`,"data":`...)
	if x.out, err = v.shape.AppendRow(x.out, found, 0); err != nil {
		return err
	}
	if x.out, err = appendIncluded(x.out, found, v); err != nil {
		return err
	}
	x.out = append(x.out, '}')
	return nil
}

// appendCollection appends the document of a list.
func (x *exchange) appendCollection(found *conga.Found, v *view, p pageInfo) (err error) {
	x.markCut(found, v)
	x.out = append(x.out, "{"+jsonapiVersion+`,"data":`...)
	if x.out, err = v.shape.AppendRows(x.out, found, 0, found.Len()); err != nil {
		return err
	}
	if x.out, err = appendIncluded(x.out, found, v); err != nil {
		return err
	}
	x.out = append(x.out, `,"links":{"self":`...)
	x.out = wire.AppendString(x.out, x.r.URL.RequestURI())
	x.out = append(x.out, `,"first":`...)
	x.out = wire.AppendString(x.out, x.pageLink("", ""))
	x.out = append(x.out, `,"prev":`...)
	x.out = x.appendPageLink(x.out, "page[before]", p.before)
	x.out = append(x.out, `,"next":`...)
	x.out = x.appendPageLink(x.out, "page[after]", p.after)
	x.out = append(x.out, `},"meta":{"page":`...)
	x.out = append(p.append(x.out), '}')
	if found.Metadata != nil {
		if x.out, err = appendMembers(x.out[:len(x.out)-1], x.route.action.Metadata, found.Metadata); err != nil {
			return err
		}
	}
	x.out = append(x.out, '}')
	return nil
}

func (x *exchange) appendPageLink(dst []byte, parameter, cursor string) []byte {
	if cursor == "" {
		return wire.AppendNull(dst)
	}
	return wire.AppendString(dst, x.pageLink(parameter, cursor))
}

// pageLink is the present request for another page.
func (x *exchange) pageLink(parameter, cursor string) string {
	params := x.r.URL.Query()
	for _, name := range []string{"page[after]", "page[before]", "page[offset]"} {
		params.Del(name)
	}
	if parameter != "" {
		params.Set(parameter, cursor)
	}
	u := url.URL{Path: x.r.URL.Path, RawPath: x.r.URL.RawPath, RawQuery: params.Encode()}
	return u.RequestURI()
}

// appendReturned appends the document of a record that a generic action returned.
func (x *exchange) appendReturned(dst []byte, r *resource.Resource, rec any) (_ []byte, err error) {
	dst = append(dst, "{"+jsonapiVersion+`,"data":{"type":`...)
	dst = wire.AppendString(dst, r.Type)
	dst = append(dst, `,"id":`...)
	dst = wire.AppendString(dst, wire.FormatText(r.Primary, r.Primary.Get(rec)))
	dst = append(dst, `,"attributes":`...)
	attrs := []*resource.Attribute{}
	for _, attr := range stored(r) {
		if attr != r.Primary {
			attrs = append(attrs, attr)
		}
	}
	dst, err = wire.AppendRecord(dst, r, rec, attrs)
	return append(dst, "}}"...), err
}

// appendErrors appends a problem as a JSON:API document: an error object for each fault.
func (x *exchange) appendErrors(dst []byte, p *problem) []byte {
	dst = append(dst, "{"+jsonapiVersion+`,"errors":[`...)
	if len(p.faults) == 0 {
		dst = appendError(dst, p, fault{code: p.Code, detail: p.detail})
	}
	for i, f := range p.faults {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendError(dst, p, f)
	}
	return append(dst, "]}"...)
}

func appendError(dst []byte, p *problem, f fault) []byte {
	dst = append(dst, `{"status":"`...)
	dst = strconv.AppendInt(dst, int64(p.HTTP), 10)
	dst = append(dst, `","code":`...)
	dst = wire.AppendString(dst, f.code)
	dst = append(dst, `,"title":`...)
	dst = wire.AppendString(dst, p.Title)
	if f.detail != "" {
		dst = append(dst, `,"detail":`...)
		dst = wire.AppendString(dst, f.detail)
	}
	switch {
	case f.parameter != "":
		dst = append(dst, `,"source":{"parameter":`...)
		dst = append(wire.AppendString(dst, f.parameter), '}')
	case len(f.path) > 0:
		dst = append(dst, `,"source":{"pointer":`...)
		dst = append(wire.AppendString(dst, pointer("", f.path)), '}')
	}
	return append(dst, '}')
}
