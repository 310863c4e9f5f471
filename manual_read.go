package conga

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// manualRead is a read whose records a function of the application finds. Its
// cursors are places in the list: there may be no order that outlives the call.
type manualRead struct {
	b    *binder
	f    *Find
	sort []expr.Order // as it was asked for or declared
	page Page         // whose cursors have become an Offset
	none bool         // nothing precedes the cursor
}

// manually is the read of a Find whose action is manual, and nil for others;
// page is what is left of the page for the query.
func (p *plan) manually(f *Find, page Page) (*manualRead, Page, error) {
	if f.Action.ManualRead == nil {
		return nil, page, nil
	}
	refuse := func(what, instead string) error {
		return internal(fmt.Errorf("%s cannot be had of %s, a manual read: %s", what, f.Action.Name, instead))
	}
	switch {
	case f.Group != nil:
		return nil, page, refuse("groups", "its records are not in the database")
	case f.Distinct != nil:
		return nil, page, refuse("Distinct", "the function returns what is to be told apart")
	case len(f.Combine) > 0:
		return nil, page, refuse("combinations", "its records are not in the database")
	case f.Lock:
		return nil, page, refuse("ForUpdate", "its records are not those of the database")
	case f.FailUnseen:
		return nil, page, refuse("FailUnseen", "nobody knows which records there are")
	}
	if issue := checkPage(f.Action, page); issue != nil {
		return nil, page, invalid(*issue)
	}
	m := &manualRead{b: p.b, f: f, page: page, sort: f.Sort}
	if m.sort == nil {
		m.sort = defaultSort(f.Action, p.prepared)
	}
	if err := m.place(); err != nil {
		return nil, page, err
	}
	return m, Page{Limit: page.Limit, Bare: true}, nil
}

// place turns cursors into an offset.
func (m *manualRead) place() error {
	p := &m.page
	text, name := p.After, "after"
	if p.Before != "" {
		text, name = p.Before, "before"
	}
	switch {
	case p.Last && text == "":
		return invalid(Issue{Path: []string{"page", "last"}, Code: "conflict", Message: "is not possible here: where the list ends is not known"})
	case text == "":
		return nil
	}
	values, err := wire.DecodeCursor(m.sortKey(), text)
	at, ok := int64(0), false
	if err == nil && len(values) == 1 {
		at, ok = values[0].(int64)
	}
	const farthest = 1 << 31
	if !ok || at < 0 || at >= farthest {
		return invalid(Issue{Path: []string{"page", name}, Code: "cursor", Message: "is no cursor of this list in this order"})
	}
	if p.Offset = int(at) + 1; name == "before" {
		p.Offset = max(0, int(at)-p.Limit)
		p.Limit = int(at) - p.Offset
		m.none = p.Limit == 0
	}
	return nil
}

// sortKey ties a cursor to the list and to its order.
func (m *manualRead) sortKey() string {
	var b strings.Builder
	b.WriteString(m.f.Action.Resource.Type + ":" + m.f.Action.Name + ":")
	for _, o := range m.sort {
		b.WriteString(sortText(o))
	}
	return b.String()
}

func (m *manualRead) cursor(row int) string {
	return wire.EncodeCursor(m.sortKey(), []any{int64(m.page.Offset + row)})
}

// read answers the query with what the function finds.
func (m *manualRead) read(ctx context.Context, q *datalayer.Query, found *Found) error {
	q.Where = expr.And(q.Where, m.b.own(q.Resource)) // which else the session adds
	var recs []any
	total, limit := 0, m.page.Limit
	if v, _ := judge(expr.And(expr.Literal{Value: true}, q.Where)); v != refused && !m.none {
		asked := m.ask(q)
		all, err := m.call(ctx, asked)
		if err != nil {
			return err
		}
		var paged bool
		total, paged = asked.Total()
		if recs, err = m.choose(ctx, q, all, !paged); err != nil {
			return err
		}
		switch {
		case !paged:
			total = len(recs)
			recs = recs[min(m.page.Offset, len(recs)):]
		case len(recs) < len(all):
			return m.fault("the function has paged, but some of its records are not for the caller to see, or not what he asks for")
		case total < 0 && m.page.Count:
			return invalid(Issue{Path: []string{"page", "count"}, Code: "unknown", Message: "is not known of this list"})
		}
	}
	more := limit > 0 && len(recs) > limit
	if more {
		recs = recs[:limit]
	}
	var err error
	if found.Result, err = m.rows(ctx, q, recs); err != nil {
		return err
	}
	if found.More = more; m.page.Count {
		found.Count = int64(total)
	}
	found.Limit = m.page.Limit
	found.HasNext, found.HasPrevious = more || m.page.Before != "", m.page.Offset > 0
	found.attach()
	return nil
}

// ask is what the function is told.
func (m *manualRead) ask(q *datalayer.Query) *resource.ManualRead {
	out := &resource.ManualRead{Resource: q.Resource, Action: m.f.Action, Actor: m.b.actor, Inputs: m.b.inputs(m.f.Action),
		Key: m.f.Key, Where: q.Where, Sort: q.Sort, Offset: m.page.Offset, Count: m.page.Count}
	if m.page.Limit > 0 {
		out.Limit = m.page.Limit + 1
	}
	return out
}

// call runs the function, and refuses what it must not return.
func (m *manualRead) call(ctx context.Context, asked *resource.ManualRead) (recs []any, err error) {
	err = safely(m.f.Action, func() (err error) {
		recs, err = m.f.Action.ManualRead(m.b.app.within(ctx), asked)
		return err
	})
	if err != nil {
		return nil, asked.Inputs.Refusal(err)
	}
	seen := make(map[any]bool, len(recs))
	for i, rec := range recs {
		if rec == nil {
			return nil, m.fault(fmt.Sprintf("the record at %d is nil", i))
		}
		key := asked.Resource.Primary.Get(rec)
		if isZero(key) || seen[key] {
			return nil, m.fault(fmt.Sprintf("the record at %d has no key, or that of another one", i))
		}
		seen[key] = true
	}
	return recs, nil
}

func (m *manualRead) fault(text string) error {
	return internal(fmt.Errorf("%s.%s, manual at %s: %s", m.f.Action.Resource.Name, m.f.Action.Name, m.f.Action.ManualAt, text))
}

// choose are the records for which the condition holds, in the order of the
// query where that is wanted. The database is asked, once for all, what the
// records alone do not tell; one that it does not have is not found then, and
// comes last.
func (m *manualRead) choose(ctx context.Context, q *datalayer.Query, recs []any, sorted bool) ([]any, error) {
	r := q.Resource
	var kept []listed
	var keys []any
	unsure, unsorted := false, false
	for _, rec := range recs {
		at := listed{record: rec, key: r.Primary.Get(rec), known: true}
		ok, err := q.Where == nil, error(nil)
		if q.Where != nil {
			ok, err = expr.Holds(q.Where, recordEnv{r, rec, true})
		}
		switch {
		case errors.Is(err, expr.ErrNotLoaded):
			at.known, unsure = false, true
		case err != nil:
			return nil, err
		case !ok:
			continue
		}
		for _, o := range q.Sort {
			v, err := expr.Eval(o.Node, recordEnv{r, rec, true})
			if err != nil && !errors.Is(err, expr.ErrNotLoaded) {
				return nil, err
			}
			unsorted = unsorted || sorted && err != nil
			at.values = append(at.values, v)
		}
		kept, keys = append(kept, at), append(keys, at.key)
	}
	if unsure || unsorted {
		ask := &datalayer.Query{Resource: r, Select: []*resource.Attribute{r.Primary}, Where: keyIn(r, keys), Relations: q.Relations}
		if unsure {
			ask.Where = expr.And(ask.Where, q.Where)
		}
		if unsorted {
			ask.Sort = q.Sort
		}
		var err error
		if kept, err = m.told(ctx, ask, kept); err != nil {
			return nil, err
		}
	}
	if sorted {
		if err := order(kept, q.Sort, unsorted); err != nil {
			return nil, err
		}
	}
	out := make([]any, len(kept))
	for i, at := range kept {
		out[i] = at.record
	}
	return out, nil
}

// listed is a record on its way into the list.
type listed struct {
	record, key any
	known       bool  // that it is to be there
	values      []any // of the sort keys
	place       int   // in the order of the database, where that was asked
}

// told are the records that are to be there, as the database says where that
// was not known, with their places.
func (m *manualRead) told(ctx context.Context, ask *datalayer.Query, list []listed) ([]listed, error) {
	res, err := m.b.app.sessionFor(ctx, m.f.Action).Read(ctx, ask)
	if err != nil {
		return nil, err
	}
	places, err := placesOf(res, 0)
	if err != nil {
		return nil, err
	}
	out := list[:0]
	for _, at := range list {
		place, there := places[at.key]
		if !there && !at.known {
			continue
		}
		if at.place = place; !there {
			at.place = len(places)
		}
		out = append(out, at)
	}
	return out, nil
}

// order sorts the records as the data layers do: NULLs last unless first, and
// by the primary key in the end.
func order(list []listed, sort []expr.Order, byPlace bool) (err error) {
	compare := func(a, b any) int {
		n, fault := expr.Compare(a, b)
		if fault != nil {
			err = fault
		}
		return n
	}
	slices.SortStableFunc(list, func(a, b listed) int {
		if byPlace && a.place != b.place {
			return a.place - b.place
		}
		for i, o := range sort {
			x, y := a.values[i], b.values[i]
			switch {
			case byPlace || x == nil && y == nil:
				continue
			case (x == nil) != (y == nil):
				if (x == nil) == o.NullsFirst {
					return -1
				}
				return 1
			}
			n := compare(x, y)
			if o.Descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return compare(a.key, b.key)
	})
	return err
}
