package datalayertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource/expr"
)

// testStreams holds streams against reads. Layers that cannot stream pass.
func testStreams(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	f := newFixture(t, db, w, nil)
	if _, ok := f.l.(datalayer.Streamer); !ok {
		return
	}
	tx, err := f.l.Begin(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range streams(w) {
		f.expectStream(t, f.l, q, 7)
		switch i % 4 {
		case 0:
			f.expectStream(t, f.l, q, 1)
		case 1:
			f.expectStream(t, tx, q, 4)
		case 2:
			f.expectStream(t, f.l, q, 1000)
		}
	}
	f.testStreamEnds(t, f.l)
	f.testStreamEnds(t, tx)
	if err := tx.Rollback(f.ctx); err != nil {
		t.Error(err)
	}
	f.testStreamSeesOneMoment(t)
}

// streams are the queries of includes, as far as they can be streamed, and
// some with cuts.
func streams(w *world) []*datalayer.Query {
	var out []*datalayer.Query
	for _, q := range includes(w) {
		q.More, q.Count = false, false
		out = append(out, q)
	}
	cut := w.query("post")
	cut.Sort, cut.Limit, cut.Offset = []expr.Order{{Node: field("Votes"), Descending: true}}, 9, 2
	never := w.query("post")
	never.Where = lit(false)
	fixed := w.query("post")
	fixed.Where = call(expr.OpEq, field("Done"), lit(false))
	return append(out, cut, never, fixed)
}

// expectStream compares all chunks of a stream with the answer of the world.
func (f *fixture) expectStream(t *testing.T, s datalayer.Session, q *datalayer.Query, chunk int) {
	t.Helper()
	want, err := f.want(q)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	header(&b, q, false, 0)
	last := chunk
	err = s.(datalayer.Streamer).Stream(f.ctx, q, chunk, func(res *datalayer.Result) error {
		if last != chunk || res.Len() == 0 || res.Len() > chunk {
			t.Errorf("%s\na chunk of %d rows after one of %d, want %d", describe(q), res.Len(), last, chunk)
		}
		last = res.Len()
		if err := check(q, res); err != nil {
			return err
		}
		for i := range res.Len() {
			if err := writeRow(&b, q, res, i); err != nil {
				return err
			}
		}
		return nil
	})
	b.WriteString("]")
	if got := b.String(); err != nil || got != want {
		t.Errorf("%s, streamed by %d: %v\n got %s\nwant %s", describe(q), chunk, err, got, want)
	}
}

// testStreamEnds ends streams early: by an error, and with the context.
func (f *fixture) testStreamEnds(t *testing.T, s datalayer.Session) {
	t.Helper()
	stream := func(ctx context.Context, q *datalayer.Query, each func(*datalayer.Result) error) error {
		return s.(datalayer.Streamer).Stream(ctx, q, 2, each)
	}
	stop := errors.New("enough")
	rows := 0
	err := stream(f.ctx, f.query("post"), func(res *datalayer.Result) error {
		rows += res.Len()
		// Another stream and a read of the same session within this one.
		f.expectStream(t, s, f.query("post"), 3)
		f.expect(t, s, f.query("author"))
		if rows >= 4 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || rows != 4 {
		t.Errorf("a stream that was stopped after 4 rows had %d and ended with %v", rows, err)
	}
	f.expect(t, s, f.query("post"))
	for name, edit := range map[string]func(*datalayer.Query){
		"count": func(q *datalayer.Query) { q.Count = true },
		"more":  func(q *datalayer.Query) { q.More, q.Limit = true, 3 },
		"back":  func(q *datalayer.Query) { q.Seek, q.Limit = &datalayer.Seek{Before: true}, 3 },
	} {
		q := f.query("post")
		edit(q)
		if err := stream(f.ctx, q, func(*datalayer.Result) error { return nil }); err == nil {
			t.Errorf("%s: the query is streamed", name)
		}
	}
	if s != f.l {
		return // what follows ends a transaction
	}
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	err = stream(ctx, f.query("post"), func(*datalayer.Result) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a stream whose context ended ends with %v, want %v", err, context.Canceled)
	}
	f.expect(t, s, f.query("post"))
}

// testStreamSeesOneMoment writes while a stream is under way.
func (f *fixture) testStreamSeesOneMoment(t *testing.T) {
	q := f.query("author")
	q.Include = []datalayer.Include{f.include(q.Resource, "Posts", nil)}
	all, chunk := len(f.records[q.Resource]), 1
	var seen []int
	err := f.l.(datalayer.Streamer).Stream(f.ctx, q, chunk, func(res *datalayer.Result) error {
		from, to := res.Related[0].Span(0)
		if seen = append(seen, to-from); len(seen) > 1 {
			return nil
		}
		_, err := f.l.Delete(f.ctx, &datalayer.Delete{Resource: f.of("comment")})
		if err == nil {
			_, err = f.l.Delete(f.ctx, &datalayer.Delete{Resource: f.of("post"), Where: call(expr.OpGt, field("Votes"), lit(int64(0)))})
		}
		return err
	})
	if err != nil || len(seen) != all {
		t.Fatalf("the stream ended with %v after %d of %d rows", err, len(seen), all)
	}
	var want []int
	for _, rec := range f.records[q.Resource] {
		want = append(want, len(f.related(q.Resource.Relationship("Posts"), rec)))
	}
	slices.Sort(seen)
	slices.Sort(want)
	if !slices.Equal(seen, want) {
		t.Errorf("posts of each author, while others delete them: got %v, want %v", seen, want)
	}
}
