package rest

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// isList reports whether a body is a JSON array.
func isList(in []byte) bool {
	in = bytes.TrimLeft(in, " \t\r\n")
	return len(in) > 0 && in[0] == '['
}

var errPlainOnly = &problem{Status: statusAccept, detail: "many records at once are answered as " + typeJSON + " alone"}

// createMany makes a record of each object in the body: all or none, unless
// what could be made is to be kept. The status is 201 when all records are new.
func (x *exchange) createMany(q query) error {
	if x.jsonapi {
		return errPlainOnly
	}
	ws, err := x.readList(q.view)
	if err != nil {
		return err
	}
	out, err := x.app.CreateMany(x.ctx, ws, conga.Bulk{Partial: q.partial})
	if err != nil {
		return x.explainList(err)
	}
	status := http.StatusCreated
	if len(ws) == 0 {
		status = http.StatusOK
	}
	for _, w := range out.Written {
		if w == nil || w.Existed {
			status = http.StatusOK
		}
	}
	return x.answerMany(status, out, q)
}

// answerMany answers with the records that were written, null in place of
// others, and where those were to be kept with what is wrong with the others.
func (x *exchange) answerMany(status int, out *conga.BulkWritten, q query) (err error) {
	x.out = append(x.out, `{"data":[`...)
	for i, w := range out.Written {
		if i > 0 {
			x.out = append(x.out, ',')
		}
		if w == nil {
			x.out = wire.AppendNull(x.out)
			continue
		}
		if x.out, err = q.view.shape.AppendRow(x.out, w.Found, 0); err != nil {
			return err
		}
		if x.out, err = appendMeta(x.out, x.route.action, w.Metadata); err != nil {
			return err
		}
	}
	x.out = append(x.out, ']')
	if q.partial {
		x.appendRefused(out.Errors)
	}
	x.out = append(x.out, '}')
	x.send(status, typeJSON)
	return nil
}

// readList reads the inputs of each record.
func (x *exchange) readList(v *view) ([]*conga.Write, error) {
	items, err := wire.DecodeArray(x.in)
	if err != nil {
		return nil, malformed(err)
	}
	if limit := x.options.MaxBulk; limit >= 0 && len(items) > limit {
		return nil, &problem{Status: statusTooLarge, detail: "the list must not have more than " + strconv.Itoa(limit) + " records"}
	}
	var nested nestedReader
	ws := make([]*conga.Write, len(items))
	for i, item := range items {
		members, err := wire.DecodeObject(item.Raw)
		if err != nil {
			return nil, badDocument([]string{strconv.Itoa(i)}, "must be an object")
		}
		b, w := &body{nested: nested}, &conga.Write{Action: x.route.action, Return: v.selection}
		if x.route.action.Kind == resource.Update {
			members = b.takeKey(w, members)
		}
		for _, m := range members {
			b.input(x.route.action, m.Key, m)
		}
		nested = b.nested
		w.Inputs, w.Nested, w.Issues = b.inputs, b.managed, b.issues
		ws[i] = w
	}
	return ws, x.tooMany(nested.records)
}

// explainList is an error of some records, with their positions in the paths.
func (x *exchange) explainList(err error) error {
	first, ok := errors.AsType[*conga.BulkError](err)
	if !ok {
		return err
	}
	p := x.explainOne(first)
	for _, other := range first.Others {
		p.faults = append(p.faults, x.explainOne(other).faults...)
	}
	return p
}

func (x *exchange) explainOne(e *conga.BulkError) *problem {
	p := x.explain(e.Reason)
	at := strconv.Itoa(e.Index)
	if len(p.faults) == 0 {
		p.faults = []fault{{code: p.Code, detail: p.detail}}
		if p.detail == "" {
			p.faults[0].detail = p.Title
		}
	}
	for i := range p.faults {
		p.faults[i].path = append([]string{at}, p.faults[i].path...)
	}
	return p
}

// appendRefused appends the records that could not be written.
func (x *exchange) appendRefused(list []*conga.BulkError) {
	x.out = append(x.out, `,"errors":[`...)
	for i, e := range list {
		if i > 0 {
			x.out = append(x.out, ',')
		}
		p := x.explainOne(e)
		x.out = append(x.out, `{"index":`...)
		x.out = strconv.AppendInt(x.out, int64(e.Index), 10)
		x.out = append(x.out, `,"status":`...)
		x.out = strconv.AppendInt(x.out, int64(p.HTTP), 10)
		x.out = append(x.out, `,"code":`...)
		x.out = wire.AppendString(x.out, p.Code)
		x.out = append(x.out, `,"title":`...)
		x.out = wire.AppendString(x.out, p.Title)
		x.out = append(appendFaults(x.out, p.faults), '}')
	}
	x.out = append(x.out, ']')
}

// writeEvery runs the action on all records that the filters find and that the
// caller may see and write, and answers with their number.
func (x *exchange) writeEvery() error {
	if x.jsonapi {
		return errPlainOnly
	}
	if len(x.r.Header["If-Match"]) > 0 {
		return &problem{Status: statusBadRequest, detail: "If-Match is about one record"}
	}
	jsonapi, err := x.openBody()
	if err != nil {
		return err
	}
	if jsonapi {
		return &problem{Status: statusMedia, detail: "many records at once take a body of " + typeJSON + " alone"}
	}
	if takesChanges(x.route.action) && isList(x.in) {
		return x.updateMany()
	}
	q, err := x.readQuery(everyScope)
	if err != nil {
		return err
	}
	b, err := x.decodeBody(false)
	if err != nil {
		return err
	}
	w := &conga.Write{Action: x.route.action, Inputs: b.inputs, Nested: b.managed, Issues: b.issues}
	n, err := x.app.WriteEvery(x.ctx, w, conga.Every{Where: q.where, Untrusted: true, Max: max(0, x.options.MaxBulk)})
	if err != nil {
		return err
	}
	x.out = append(x.out, `{"count":`...)
	x.out = append(strconv.AppendInt(x.out, int64(n), 10), '}')
	x.send(http.StatusOK, typeJSON)
	return nil
}
