package rest

import (
	"strconv"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// list answers with a page of records.
func (x *exchange) list() error {
	q, err := x.readQuery(listScope)
	if err != nil {
		return err
	}
	if q.group != nil {
		return x.groups(q)
	}
	find := &conga.Find{Action: x.route.action, Arguments: q.arguments, Selection: q.view.selection, Page: q.page}
	find.Where, find.Sort, find.Untrusted = q.where, q.sort, q.where != nil || q.sort != nil
	if x.lines {
		return x.streamList(find, q.view)
	}
	found, err := x.app.Find(x.ctx, find)
	if err != nil {
		return err
	}
	defer found.Release()
	p, err := pageOf(found)
	if err != nil {
		return err
	}
	if x.jsonapi {
		err = x.appendCollection(found, q.view, p)
	} else {
		err = x.appendList(found, q.view, p)
	}
	if err == nil && !x.jsonapi {
		x.out, err = appendMeta(x.out, x.route.action, found.Metadata)
	}
	if err != nil {
		return err
	}
	x.sendTagged(x.tag(), x.mediaType())
	return nil
}

func (x *exchange) appendList(found *conga.Found, v *view, p pageInfo) (err error) {
	x.markCut(found, v)
	x.out = append(x.out, `{"data":`...)
	if x.out, err = v.shape.AppendRows(x.out, found, 0, found.Len()); err != nil {
		return err
	}
	x.out = append(x.out, `,"page":`...)
	x.out = append(p.append(x.out), '}')
	return nil
}

// pageInfo says where a page lies in its list.
type pageInfo struct {
	limit int
	// after is the cursor of the last record when others follow, before that
	// of the first when others precede; else empty.
	after, before string
	// count is the number of all records, or -1.
	count int64
}

func pageOf(found *conga.Found) (p pageInfo, err error) {
	p = pageInfo{limit: found.Limit, count: found.Count}
	n := found.Len()
	if found.HasNext && n > 0 {
		if p.after, err = found.Cursor(n - 1); err != nil {
			return p, err
		}
	}
	if found.HasPrevious && n > 0 {
		p.before, err = found.Cursor(0)
	}
	return p, err
}

func (p pageInfo) append(dst []byte) []byte {
	dst = append(dst, `{"limit":`...)
	dst = strconv.AppendInt(dst, int64(p.limit), 10)
	dst = append(dst, `,"after":`...)
	dst = appendText(dst, p.after)
	dst = append(dst, `,"before":`...)
	dst = appendText(dst, p.before)
	dst = append(dst, `,"count":`...)
	if p.count < 0 {
		dst = wire.AppendNull(dst)
	} else {
		dst = strconv.AppendInt(dst, p.count, 10)
	}
	return append(dst, '}')
}

// appendText appends a text, null for none.
func appendText(dst []byte, s string) []byte {
	if s == "" {
		return wire.AppendNull(dst)
	}
	return wire.AppendString(dst, s)
}

// get answers with one record.
func (x *exchange) get() error {
	q, err := x.readQuery(recordScope)
	if err != nil {
		return err
	}
	key, err := x.key()
	if err != nil {
		return err
	}
	v := q.view.versioned()
	found, err := x.app.Find(x.ctx, &conga.Find{Action: x.route.action, Arguments: q.arguments, Key: key, Selection: v.selection})
	if err != nil {
		return err
	}
	if found.Len() == 0 {
		return &resource.Error{Kind: resource.NotFound}
	}
	defer found.Release()
	if err := x.appendRecord(found, v); err != nil {
		return err
	}
	if x.out, err = appendMeta(x.out, x.route.action, found.Metadata); err != nil {
		return err
	}
	tag, err := x.versionTag(found, v)
	if err != nil {
		return err
	}
	x.sendTagged(tag, x.mediaType())
	return nil
}

// appendRecord appends the document of a single record.
func (x *exchange) appendRecord(found *conga.Found, v *view) (err error) {
	x.markCut(found, v)
	if x.jsonapi {
		return x.appendSingle(found, v)
	}
	x.out, err = v.shape.AppendRow(x.out, found, 0)
	return err
}

// key is the primary key in the path. A text that is none is not found.
func (x *exchange) key() (any, error) {
	attr := x.route.action.Resource.Primary
	key, err := wire.ParseText(attr, x.keyText)
	if err != nil || key == nil {
		return nil, &resource.Error{Kind: resource.NotFound}
	}
	return key, nil
}
