package conga

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// streamChunk is the number of records of a chunk when nobody says.
const streamChunk = 500

// Stream runs a read action for all matching records and calls each with
// chunk of them at a time, so that it takes little memory however many they
// are; a chunk of zero means 500. Policies, filters, sort and what is loaded are
// those of Find. There are no pages: Page.Limit may be zero, which means all
// records, or any number; Offset and After say where to begin. All chunks show
// the same moment of the database.
//
// A Found belongs to each until each returns: records made of it may be kept.
// A connection is taken until Stream returns. An error of each ends the stream
// and is returned as it is; every other error is a *Error.
func (a *App) Stream(ctx context.Context, f *Find, chunk int, each func(*Found) error) (err error) {
	if a.options.Explain != nil {
		return a.explainFind(ctx, f)
	}
	ctx, done := a.traced(ctx, f.Action)
	defer func() {
		err = a.reported(ctx, f.Action, err)
		done(err)
	}()
	return a.stream(ctx, f, chunk, each)
}

func (a *App) stream(ctx context.Context, f *Find, chunk int, each func(*Found) error) error {
	s, ok := a.sessionFor(ctx, f.Action).(datalayer.Streamer)
	if !ok {
		return internal(errors.New("the data layer cannot stream"))
	}
	if chunk <= 0 {
		chunk = streamChunk
	}
	q, found, err := a.streamOf(ctx, f)
	if err != nil {
		return err
	}
	var stopped error
	err = s.Stream(ctx, q, chunk, func(res *datalayer.Result) error {
		found.Result = res
		found.attach()
		if err := found.compute(ctx); err != nil {
			return err
		}
		if err := a.afterRead(ctx, f, found); err != nil {
			return err
		}
		stopped = each(found)
		return stopped
	})
	if stopped != nil {
		return stopped
	}
	if err != nil {
		return a.failure(ctx, err)
	}
	return found.handOver(f)
}

// streamOf is the query for a stream.
func (a *App) streamOf(ctx context.Context, f *Find) (*datalayer.Query, *Found, error) {
	page := f.Page
	page.Limit = 0
	switch {
	case f.Group != nil:
		return nil, nil, internal(errors.New("groups cannot be streamed: use Find"))
	case f.Action.ManualRead != nil:
		return nil, nil, internal(fmt.Errorf("%s is a manual read, whose records cannot be streamed: use Find", f.Action.Name))
	case f.Limit < 0:
		return nil, nil, invalid(*checkPage(f.Action, f.Page))
	case page.Before != "" || page.Last || page.Count:
		return nil, nil, invalid(Issue{Path: []string{"page"}, Code: "conflict", Message: "a stream goes forward, and does not count"})
	}
	q, found, err := a.queryOf(ctx, f, page)
	if err != nil {
		return nil, nil, err
	}
	found.cursors = a.newCursors([]*resource.Resource{q.Resource}, found.order, q)
	if err := found.cursors.seek(q, page); err != nil {
		return nil, nil, err
	}
	if q.Limit = f.Limit; found.most > 0 && (q.Limit == 0 || q.Limit > found.most) {
		q.Limit = found.most
	}
	found.Limit = q.Limit
	return q, found, nil
}

// Stream runs a read action for all matching records, one after the other, in
// little memory, see App.Stream; an empty name means the primary action. After
// an error, which comes with a nil record, the sequence ends. Breaking off the
// loop ends the query.
//
//	for msg, err := range messages.Stream(ctx, "list") {
//		if err != nil {
//			return err
//		}
//		…
//	}
func (h HandleOf[P]) Stream(ctx context.Context, action string, options ...Option) iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		f, err := h.of.finding(action, options)
		if err == nil {
			err = h.of.app.Stream(ctx, f, 0, func(found *Found) error { return yieldAll(found, yield) })
		}
		if err != nil && !errors.Is(err, errBreak) {
			var none P
			yield(none, err)
		}
	}
}

// errBreak says that the loop over a stream was left.
var errBreak = errors.New("break")

func yieldAll[P any](found *Found, yield func(P, error) bool) error {
	for row := range found.Len() {
		rec, err := found.record(row)
		if err != nil {
			return internal(err)
		}
		if !yield(rec.(P), nil) {
			return errBreak
		}
	}
	return nil
}

// finding is the Find that options of a read action make.
func (h handle) finding(name string, options []Option) (*Find, error) {
	action, err := h.action(name, resource.Read)
	if err != nil {
		return nil, err
	}
	o, err := h.options(action, options)
	if err != nil {
		return nil, err
	}
	if len(o.issues) > 0 {
		return nil, internal(fmt.Errorf("%s of %s takes no inputs", name, h.res.Name))
	}
	return &Find{Action: action, Arguments: o.arguments(), Selection: o.selection, Page: o.page, told: o.told}, nil
}
