package datalayertest

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource/expr"
)

// recorder is an Observer that keeps the statements.
type recorder struct {
	mu   sync.Mutex
	sent []string
}

// Statement keeps a statement.
func (r *recorder) Statement(_ context.Context, sql string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, sql)
}

// take returns the statements since the last time.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.sent
	r.sent = nil
	return out
}

// testStatements runs the same queries over few and over many records, and
// holds their statements side by side.
func testStatements(t *testing.T, db Database) {
	counts := func(posts int) [][]string {
		w := newWorld(t)
		w.addPosts(posts)
		rec := &recorder{}
		f := newFixture(t, db, w, rec)
		if len(rec.take()) == 0 {
			t.Fatal("the observer was told of no statement at all")
		}
		var out [][]string
		for _, q := range includes(w) {
			if _, err := f.l.Read(f.ctx, q); err != nil {
				t.Fatalf("%s: %v", describe(q), err)
			}
			out = append(out, rec.take())
		}
		return out
	}
	few, many := counts(9), counts(60)
	for i, q := range includes(newWorld(t)) {
		if len(few[i]) != len(many[i]) || len(few[i]) == 0 {
			t.Errorf("%s\nhas %d statements for few records: %q\nbut %d for many: %q", describe(q), len(few[i]), few[i], len(many[i]), many[i])
			continue
		}
		// The text stays the same too, so that it stays prepared. It may differ where there is one parent or several.
		if !slices.Equal(few[i], many[i]) {
			t.Logf("%s\nhas other statements for few records\n%q\nthan for many\n%q", describe(q), few[i], many[i])
		}
	}
	testWriteStatements(t, db)
}

// testWriteStatements counts the statements of writes.
func testWriteStatements(t *testing.T, db Database) {
	w := newWorld(t)
	w.addBlog()
	rec := &recorder{}
	f := newFixture(t, db, w, rec)
	posts := w.of("post")
	where := call(expr.OpGt, field("Votes"), lit(int64(0)))
	set := []datalayer.Assignment{{Attribute: posts.Attribute("Done"), Value: lit(true)}}
	tests := []struct {
		name string
		run  func() error
	}{
		{"update", func() error {
			_, err := f.l.Update(f.ctx, &datalayer.Update{Resource: posts, Where: where, Set: set, Return: posts.Columns()})
			return err
		}},
		{"delete", func() error {
			_, err := f.l.Delete(f.ctx, &datalayer.Delete{Resource: posts, Where: where, Return: posts.Columns()})
			return err
		}},
		{"insert of one", func() error { return insert(f.ctx, f.l, posts, []any{newPost(1000)}) }},
	}
	for _, tt := range tests {
		rec.take()
		if err := tt.run(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if sent := rec.take(); len(sent) != 1 {
			t.Errorf("%s has the statements %q, want one", tt.name, sent)
		}
	}
}
