package datalayertest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// expect runs a query and compares the whole answer with that of the world.
func (f *fixture) expect(t *testing.T, s datalayer.Session, q *datalayer.Query) {
	t.Helper()
	want, err := f.want(q)
	if err != nil {
		t.Fatalf("%s\nthe suite cannot tell the answer: %v", describe(q), err)
	}
	res, err := s.Read(f.ctx, q)
	if err != nil {
		t.Errorf("%s\nread: %v%s", describe(q), err, explain(s, q))
		return
	}
	got, err := dump(q, res)
	if err != nil {
		t.Errorf("%s\nthe result is broken: %v", describe(q), err)
		return
	}
	if got != want {
		t.Errorf("%s\n got %s\nwant %s%s", describe(q), got, want, explain(s, q))
	}
}

// explain is the statements of a query, for messages.
func explain(s datalayer.Session, q *datalayer.Query) string {
	e, ok := s.(datalayer.Explainer)
	if !ok {
		return ""
	}
	statements, err := e.Explain(q)
	if err != nil {
		return fmt.Sprintf("\nexplain: %v", err)
	}
	var b strings.Builder
	for _, st := range statements {
		fmt.Fprintf(&b, "\n sql %s %v", st.SQL, st.Args)
	}
	return b.String()
}

// describe is the query in one line.
func describe(q *datalayer.Query) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s where %s", q.Resource.Name, expr.String(q.Where))
	for _, o := range q.Sort {
		fmt.Fprintf(&b, ", by %s", expr.String(o.Node))
		if o.Descending {
			b.WriteString(" descending")
		}
		if o.NullsFirst {
			b.WriteString(" nulls first")
		}
	}
	if g := q.Group; g != nil {
		for _, a := range g.Keys {
			fmt.Fprintf(&b, ", key %s %s", a.Name, expr.String(a.Expr))
		}
		for _, a := range g.Aggregates {
			fmt.Fprintf(&b, ", %s %s(%s) distinct=%v where %s", a.Attribute.Name, a.Kind, expr.String(a.Of), a.Distinct, expr.String(a.Where))
		}
		fmt.Fprintf(&b, ", having %s", expr.String(g.Having))
	}
	if q.Limit > 0 {
		fmt.Fprintf(&b, ", limit %d", q.Limit)
	}
	if q.Offset > 0 {
		fmt.Fprintf(&b, ", offset %d", q.Offset)
	}
	if q.Seek != nil {
		fmt.Fprintf(&b, ", seek %v before=%v", q.Seek.Values, q.Seek.Before)
	}
	for _, inc := range q.Include {
		fmt.Fprintf(&b, ", include %s (%s)", inc.Relationship.Name, describe(inc.Query))
	}
	return b.String()
}

// want is the answer of the world as text.
func (w *world) want(q *datalayer.Query) (string, error) {
	if q.Group != nil {
		return w.wantGroups(q)
	}
	a, err := w.read(q, w.records[q.Resource])
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = w.writeAnswer(&b, a)
	return b.String(), err
}

func (w *world) writeAnswer(b *strings.Builder, a *answer) error {
	header(b, a.q, a.more, a.count)
	for _, rec := range a.records {
		b.WriteString("\n  {")
		for _, attr := range a.q.Select {
			v, err := w.value(a.q.Resource, rec, attr)
			if err != nil {
				return err
			}
			if err := writeValue(b, attr, v); err != nil {
				return err
			}
		}
		for _, inc := range a.q.Include {
			child, err := w.readRelated(inc, rec)
			if err != nil {
				return err
			}
			fmt.Fprintf(b, " %s", inc.Relationship.Name)
			if err := w.writeAnswer(b, child); err != nil {
				return err
			}
		}
		b.WriteString("}")
	}
	b.WriteString("]")
	return nil
}

func header(b *strings.Builder, q *datalayer.Query, more bool, count int64) {
	if q.Count {
		fmt.Fprintf(b, " count=%d", count)
	}
	if q.More {
		fmt.Fprintf(b, " more=%v", more)
	}
	b.WriteString(" [")
}

func writeValue(b *strings.Builder, attr *resource.Attribute, v any) error {
	text, err := textOf(attr, v)
	fmt.Fprintf(b, " %s=%s", attr.Column+attr.Name, text)
	return err
}

// textOf is a value as text: equal values of a kind have equal texts.
func textOf(attr *resource.Attribute, v any) (string, error) {
	if f, ok := v.(float64); ok && f == 0 {
		v = 0.0 // no minus
	}
	text, err := wire.AppendValue(nil, attr.Type, v)
	return string(text), err
}

// dump is a result as the text that writeAnswer makes.
func dump(q *datalayer.Query, res *datalayer.Result) (string, error) {
	if q.Group != nil {
		return dumpGroups(q, res)
	}
	var b strings.Builder
	if !q.Count && res.Count != -1 {
		return "", fmt.Errorf("count is %d, though it was not asked for", res.Count)
	}
	header(&b, q, res.More, res.Count)
	if err := check(q, res); err != nil {
		return "", err
	}
	for i := range res.Len() {
		if err := writeRow(&b, q, res, i); err != nil {
			return "", err
		}
	}
	b.WriteString("]")
	return b.String(), nil
}

// check looks at the parts of a result that are the same for all rows.
func check(q *datalayer.Query, res *datalayer.Result) error {
	switch {
	case len(res.Columns) != len(q.Select):
		return fmt.Errorf("%d columns, want %d", len(res.Columns), len(q.Select))
	case len(res.Related) != len(q.Include):
		return fmt.Errorf("%d related results, want %d", len(res.Related), len(q.Include))
	}
	for i, a := range q.Select {
		if res.Columns[i] != a {
			return fmt.Errorf("column %d is not the attribute selected", i)
		}
	}
	for i, inc := range q.Include {
		if err := check(inc.Query, res.Related[i].Result); err != nil {
			return fmt.Errorf("%s: %w", inc.Relationship.Name, err)
		}
	}
	return nil
}

func writeRow(b *strings.Builder, q *datalayer.Query, res *datalayer.Result, i int) error {
	b.WriteString("\n  {")
	rec := q.Resource.New()
	for col, attr := range q.Select {
		v, err := exits(res, i, col, rec)
		if err != nil {
			return fmt.Errorf("row %d, %s: %w", i, attr.Name, err)
		}
		if err := writeValue(b, attr, v); err != nil {
			return err
		}
	}
	for k, inc := range q.Include {
		rel := res.Related[k]
		fmt.Fprintf(b, " %s", inc.Relationship.Name)
		more, count := false, int64(0)
		if inc.Query.More {
			more = rel.More[i]
		}
		if inc.Query.Count {
			count = rel.Counts[i]
		}
		header(b, inc.Query, more, count)
		from, to := rel.Span(i)
		for at := from; at < to; at++ {
			if err := writeRow(b, inc.Query, rel.Result, at); err != nil {
				return err
			}
		}
		b.WriteString("]")
	}
	b.WriteString("}")
	return nil
}

// exits takes a value out in each way, and fails where they disagree.
func exits(res *datalayer.Result, row, col int, rec any) (any, error) {
	attr := res.Columns[col]
	v, err := res.Value(row, col)
	if err != nil {
		return nil, fmt.Errorf("value: %w", err)
	}
	if res.Null(row, col) != (v == nil) {
		return nil, fmt.Errorf("null is %v, but the value is %v", res.Null(row, col), v)
	}
	text, err := wire.AppendValue(nil, attr.Type, v)
	if err != nil {
		return nil, fmt.Errorf("value: %w", err)
	}
	out, err := res.AppendJSON([]byte("x"), row, col)
	if err != nil {
		return nil, fmt.Errorf("append JSON: %w", err)
	}
	if err := sameJSON(attr, out, text); err != nil {
		return nil, err
	}
	if attr.Name == "" || v == nil && !attr.Type.Nullable {
		return v, nil // a key for cursors, or a field that has no room for NULL
	}
	if err := res.Scan(row, col, rec); err != nil {
		return nil, fmt.Errorf("scan: %w", err)
	}
	scanned, err := wire.AppendValue(nil, attr.Type, attr.Get(rec))
	if err != nil || !bytes.Equal(scanned, text) {
		return nil, fmt.Errorf("scan stored %s, but the value is %s (%w)", scanned, text, err)
	}
	return v, nil
}

// sameJSON compares the JSON of a value, after the x, with what package wire
// writes. Documents may be written in another way.
func sameJSON(attr *resource.Attribute, out, text []byte) error {
	if !bytes.HasPrefix(out, []byte("x")) {
		return fmt.Errorf("append JSON did not append: %s", out)
	}
	out = out[1:]
	if bytes.Equal(out, text) {
		return nil
	}
	if err := wire.Valid(out); err != nil {
		return fmt.Errorf("append JSON wrote %s: %w", out, err)
	}
	if v, err := wire.DecodeJSON(attr.Type, out); err == nil && attr.Type.Kind.String() == "json" {
		if again, err := wire.AppendValue(nil, attr.Type, v); err == nil && bytes.Equal(again, text) {
			return nil
		}
	}
	return fmt.Errorf("append JSON wrote %s, but the value is %s", out, text)
}
