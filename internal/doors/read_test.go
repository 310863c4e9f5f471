package doors

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// condition is a filter that every door can say: tests of attributes and, at
// most once for each, conditions on relationships.
type condition struct {
	tests []test
	rels  []related
}

type test struct {
	attr  *resource.Attribute
	op    api.Operator
	value any
}

type related struct {
	rel *resource.Relationship
	condition
}

// question is a read, whatever the door.
type question struct {
	actor string
	where condition
	sort  []key
	limit int
}

type key struct {
	path       []*resource.Relationship
	attr       *resource.Attribute
	descending bool
}

func (h *house) randomQuestion(r random) question {
	q := question{actor: pick(r, actors), where: h.randomCondition(r, h.papers.Resource(), 2), limit: r.IntN(7) + 1}
	for range r.IntN(4) {
		res := h.papers.Resource()
		k := key{descending: r.chance(50)}
		if r.chance(25) {
			k.path = []*resource.Relationship{res.PublicRelationship(pick(r, []string{"author", "prev"}))}
			res = k.path[0].Target
		}
		k.attr = pick(r, res.Attributes)
		twice := slices.ContainsFunc(q.sort, func(o key) bool { return o.attr == k.attr })
		if api.Sortable(k.attr) && !twice {
			q.sort = append(q.sort, k)
		}
	}
	return q
}

func (h *house) randomCondition(r random, res *resource.Resource, depth int) (c condition) {
	for range r.IntN(2) + max(0, 1-depth) {
		a := pick(r, res.Attributes)
		ops := api.Operators(a)
		if a.Private || len(ops) == 0 || a.Type.Kind == structs.Float && a.Type.Bits == 32 {
			continue
		}
		t := test{attr: a, op: pick(r, ops)}
		switch t.op.Takes {
		case api.TrueOrFalse:
			t.value = r.chance(50)
		case api.PieceOfText:
			t.value = pick(r, []string{"a", "p", "ä", "<", `\`, "%", "_", "'", ""})
		case api.ValueList, api.TwoValues:
			t.value = []any{h.known(r, res, a), h.known(r, res, a)}
		case api.Element:
			t.value = h.knownElement(r, a)
		case api.ElementList:
			t.value = []any{h.knownElement(r, a), h.knownElement(r, a)}
		case api.WholeNumber:
			t.value = int64(r.IntN(4))
		default:
			t.value = h.known(r, res, a)
		}
		c.tests = append(c.tests, t)
	}
	if depth == 0 {
		return c
	}
	for _, rel := range res.Relationships {
		if r.chance(12) && api.Follows(rel) {
			if inner := h.randomCondition(r, rel.Target, depth-1); len(inner.tests) > 0 {
				c.rels = append(c.rels, related{rel, inner})
			}
		}
	}
	return c
}

// knownElement is an element to look for, often one that a record has.
func (h *house) knownElement(r random, a *resource.Attribute) any {
	for range 5 {
		if items, _ := a.Get(pick(r, h.all)).([]any); len(items) > 0 {
			return pick(r, items)
		}
	}
	return h.value(r, a.Element, false, false)
}

// known is a value to compare with, often one that a record has.
func (h *house) known(r random, res *resource.Resource, a *resource.Attribute) any {
	if res == h.papers.Resource() && r.chance(70) && a.Expr == nil {
		v := a.Get(pick(r, h.all))
		if b, isBytes := v.([]byte); v != nil && (!isBytes || len(b) > 0) { // a URL cannot ask for no bytes
			return v
		}
	}
	if a.Name == "Title" || a.Name == "Name" {
		return pick(r, []string{"p01", "ann", "ghost"})
	}
	if a.Type.Kind == structs.Bytes {
		return []byte{1}
	}
	if v := h.value(r, a, false, false); v != nil {
		return v
	}
	return a.Type.Zero()
}

// node is the condition as Go callers have it.
func (c condition) node(t *testing.T, path []*resource.Relationship) expr.Node {
	t.Helper()
	var all []expr.Node
	for _, x := range c.tests {
		all = append(all, must(api.Compare(path, x.attr, x.op, x.value))(t))
	}
	for _, x := range c.rels {
		to := append(slices.Clip(path), x.rel)
		if x.rel.Many() {
			all = append(all, api.Exists(to, x.node(t, nil)))
			continue
		}
		all = append(all, x.node(t, to))
	}
	return expr.And(all...)
}

// params adds the condition as REST has it.
func (c condition) params(out url.Values, prefix string) {
	for _, x := range c.tests {
		list, ok := x.value.([]any)
		if !ok {
			list = []any{x.value}
		}
		var texts []string
		for _, v := range list {
			s := plainText(x.op.Operand(x.attr), v)
			if ok {
				s = strings.NewReplacer(`\`, `\\`, `,`, `\,`).Replace(s)
			}
			texts = append(texts, s)
		}
		out[prefix+"["+x.attr.JSON+"]["+x.op.Name+"]"] = []string{strings.Join(texts, ",")}
	}
	for _, x := range c.rels {
		x.params(out, prefix+"["+x.rel.JSON+"]")
	}
}

func plainText(a *resource.Attribute, v any) string {
	if t, ok := v.(time.Time); ok {
		return t.Format(time.RFC3339Nano)
	}
	return wire.FormatText(a, v)
}

// object is the condition as GraphQL has it.
func (c condition) object(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, x := range c.tests {
		ops, _ := out[x.attr.GraphQL].(map[string]any)
		if ops == nil {
			ops = map[string]any{}
			out[x.attr.GraphQL] = ops
		}
		name := strings.ReplaceAll(strings.ReplaceAll(x.op.Name, "_", " "), " ", "_")
		ops[camel(name)] = graphqlOperand(t, x)
	}
	for _, x := range c.rels {
		out[x.rel.GraphQL] = x.object(t)
	}
	return out
}

func camel(s string) string {
	parts := strings.Split(s, "_")
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
	}
	return strings.Join(parts, "")
}

func graphqlOperand(t *testing.T, x test) any {
	t.Helper()
	attr := x.op.Operand(x.attr)
	switch v := x.value.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = graphqlInput(t, conga.Input{Attribute: attr, Value: item})
		}
		return out
	case bool:
		return v
	}
	if x.op.Takes == api.PieceOfText {
		return x.value
	}
	return graphqlInput(t, conga.Input{Attribute: attr, Value: x.value})
}

// page is one page as a door gave it: titles in order.
type page struct {
	ids           []string
	after, before string
	count         int
}

// ask reads one page; cursor is empty, or ">" or "<" and a cursor.
type ask func(t *testing.T, h *house, q question, cursor string) page

var readers = map[string]ask{"go": askGo, "rest": askREST, "graphql": askGraphQL}

func askGo(t *testing.T, h *house, q question, cursor string) page {
	t.Helper()
	if len(q.where.rels) > 0 || !q.sameForAll() {
		return askEngine(t, h, q, cursor)
	}
	options := []conga.Option{conga.Limit(q.limit), conga.WithCount()}
	if n := q.where.node(t, nil); n != nil {
		options = append(options, conga.Where(expr.Of[bool](n)))
	}
	if len(q.sort) > 0 {
		options = append(options, conga.Sort(q.orders(t)...))
	}
	switch {
	case strings.HasPrefix(cursor, ">"):
		options = append(options, conga.After(cursor[1:]))
	case cursor != "":
		options = append(options, conga.Before(cursor[1:]))
	}
	got := must(h.papers.Read(h.as(t.Context(), q.actor), "list", options...))(t)
	out := page{after: got.After, before: got.Before, count: int(got.Count)}
	for _, p := range got.Items {
		out.ids = append(out.ids, p.ID.String())
	}
	return out
}

// askEngine asks as a client does, who may look only at what the actor may see.
func askEngine(t *testing.T, h *house, q question, cursor string) page {
	t.Helper()
	find := &conga.Find{Action: h.papers.Resource().Action("list"), Page: conga.Page{Limit: q.limit, Count: true}}
	find.Where, find.Sort, find.Untrusted = q.where.node(t, nil), q.orders(t), true
	switch {
	case strings.HasPrefix(cursor, ">"):
		find.After = cursor[1:]
	case cursor != "":
		find.Before = cursor[1:]
	}
	found := must(h.app.Find(h.as(t.Context(), q.actor), find))(t)
	out := page{count: int(found.Count)}
	for _, rec := range must(found.Records())(t) {
		out.ids = append(out.ids, rec.(*Paper).ID.String())
	}
	if found.HasNext {
		out.after = must(found.Cursor(found.Len() - 1))(t)
	}
	if found.HasPrevious && found.Len() > 0 {
		out.before = must(found.Cursor(0))(t)
	}
	return out
}

func (q question) orders(t *testing.T) []expr.Order {
	t.Helper()
	var out []expr.Order
	for _, k := range q.sort {
		out = append(out, must(api.SortKey(k.path, k.attr, k.descending))(t))
	}
	return out
}

func (q question) sortText() string {
	var keys []string
	for _, k := range q.sort {
		s := ""
		for _, rel := range k.path {
			s += rel.JSON + "."
		}
		s += k.attr.JSON
		if k.descending {
			s = "-" + s
		}
		keys = append(keys, s)
	}
	return strings.Join(keys, ",")
}

func askREST(t *testing.T, h *house, q question, cursor string) page {
	t.Helper()
	params := url.Values{"page[limit]": {fmt.Sprint(q.limit)}, "page[count]": {"true"}}
	q.where.params(params, "filter")
	if len(q.sort) > 0 {
		params.Set("sort", q.sortText())
	}
	switch {
	case strings.HasPrefix(cursor, ">"):
		params.Set("page[after]", cursor[1:])
	case cursor != "":
		params.Set("page[before]", cursor[1:])
	}
	res := serve(t.Context(), h.rest, q.actor, http.MethodGet, "/api/papers?"+params.Encode(), "")
	if res.Code != http.StatusOK {
		t.Fatalf("%s: %s %s", params.Encode(), res.Body, h.log.take())
	}
	var got struct {
		Data []struct{ ID string }
		Page struct {
			After, Before string
			Count         int
		}
	}
	if err := json.Unmarshal(res.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	out := page{after: got.Page.After, before: got.Page.Before, count: got.Page.Count}
	for _, p := range got.Data {
		out.ids = append(out.ids, p.ID)
	}
	return out
}

const papersQuery = `query($filter: PaperFilter, $sort: [PaperSort!], $first: Int, $last: Int, $after: String, $before: String) {
	papers(filter: $filter, sort: $sort, first: $first, last: $last, after: $after, before: $before) {
		nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`

func askGraphQL(t *testing.T, h *house, q question, cursor string) page {
	t.Helper()
	vars := map[string]any{"filter": q.where.object(t)}
	var sort []any
	for _, k := range q.sort {
		order := "ASC"
		if k.descending {
			order = "DESC"
		}
		sort = append(sort, map[string]any{"field": strings.ToUpper(k.attr.JSON), "order": order})
	}
	if sort != nil {
		vars["sort"] = sort
	}
	switch {
	case strings.HasPrefix(cursor, ">"):
		vars["first"], vars["after"] = q.limit, cursor[1:]
	case cursor != "":
		vars["last"], vars["before"] = q.limit, cursor[1:]
	default:
		vars["first"] = q.limit
	}
	var got struct {
		Errors []any
		Data   struct {
			Papers struct {
				Nodes      []struct{ ID string }
				TotalCount int
				PageInfo   struct {
					HasNextPage, HasPreviousPage bool
					StartCursor, EndCursor       string
				}
			}
		}
	}
	body := h.query(t.Context(), q.actor, papersQuery, vars).Body.Bytes()
	if err := json.Unmarshal(body, &got); err != nil || got.Errors != nil {
		t.Fatalf("%v: %s", err, body)
	}
	p := got.Data.Papers
	out := page{count: p.TotalCount}
	if p.PageInfo.HasNextPage {
		out.after = p.PageInfo.EndCursor
	}
	if p.PageInfo.HasPreviousPage {
		out.before = p.PageInfo.StartCursor
	}
	for _, n := range p.Nodes {
		out.ids = append(out.ids, n.ID)
	}
	return out
}

// sayable reports whether a door can ask the question.
func (q question) sayable(door string) bool {
	for _, k := range q.sort {
		if door == "graphql" && len(k.path) > 0 {
			return false
		}
	}
	return true
}

// sameForAll reports whether the order is the same for Go code, which is
// trusted, and for clients, for whom what they may not see is NULL.
func (q question) sameForAll() bool {
	return q.actor == "eve" || !slices.ContainsFunc(q.sort, func(k key) bool { return len(k.path) > 0 })
}

// everything is all papers, whoever may see them.
func (h *house) everything(t *testing.T) []*Paper {
	t.Helper()
	r := h.papers.Resource()
	res := must(h.app.Layer().Read(t.Context(), &datalayer.Query{Resource: r, Select: r.Columns()}))(t)
	out := make([]*Paper, res.Len())
	for row := range out {
		out[row] = &Paper{}
		for col := range res.Columns {
			if err := res.Scan(row, col, out[row]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// expected asks about each record by itself.
func (h *house) expected(t *testing.T, q question, all []*Paper) map[string]bool {
	t.Helper()
	ctx, res := h.as(t.Context(), q.actor), h.papers.Resource()
	out := map[string]bool{}
	where := q.where.node(t, nil)
	for _, p := range all {
		if must(h.app.Visible(ctx, res, p, where))(t) {
			out[p.ID.String()] = true
		}
	}
	return out
}

// TestSameQuestionSameAnswer asks random questions through every door and
// walks through all pages, forwards and backwards.
func TestSameQuestionSameAnswer(t *testing.T) {
	const rounds = 50
	onStores(t, func(t *testing.T, h *house) {
		r := newRandom(2)
		h.fill(t, r, 24)
		h.label(t, r)
		all := h.everything(t)
		h.all = all
		found := 0
		for n := range rounds {
			q := h.randomQuestion(r)
			want := h.expected(t, q, all)
			found += len(want)
			var order []string
			for _, door := range []string{"go", "rest", "graphql"} {
				if !q.sayable(door) {
					continue
				}
				ids := walk(t, h, q, readers[door], len(want))
				if order == nil {
					order = ids
					q.checkOrder(t, all, ids)
				}
				if !slices.Equal(ids, order) {
					t.Errorf("%s has another order than go: %v, %v", door, ids, order)
				}
				for _, id := range ids {
					if !want[id] {
						t.Errorf("%s shows %s", door, id)
					}
				}
			}
			if t.Failed() {
				t.Fatalf("seed %d, question %d as %q sort %q limit %d: %s", seed, n, q.actor, q.sortText(), q.limit, expr.String(orTrue(q.where.node(t, nil))))
			}
		}
		if found < rounds {
			t.Errorf("only %d records in %d answers", found, rounds)
		}
	})
}

func orTrue(n expr.Node) expr.Node {
	if n == nil {
		return expr.Literal{Value: true}
	}
	return n
}

// label gives papers topics, and writers cards.
func (h *house) label(t *testing.T, r random) {
	t.Helper()
	f, m, c := h.topics.Fields(), conga.For[Mark](h.app), conga.For[Card](h.app)
	mf, cf := m.Fields(), c.Fields()
	if len(h.subjects) == 0 {
		for i, name := range []string{"art", "bees", "clay"} {
			h.subjects = append(h.subjects, must(h.topics.Create(t.Context(), "add", conga.Set(&f.Name, name), conga.Set(&f.Hidden, i == 1)))(t))
		}
		for i, name := range []string{"ann", "ghost"} {
			must(c.Create(t.Context(), "issue", conga.Set(&cf.Number, i+1), conga.Set(&cf.WriterID, h.people[name].ID)))(t)
		}
	}
	for _, topic := range h.subjects {
		for _, p := range h.all {
			if r.chance(35) {
				must(m.Create(t.Context(), "add", conga.Set(&mf.PaperID, p.ID), conga.Set(&mf.TopicID, topic.ID)))(t)
			}
		}
	}
}

// walk goes through all pages and back, and returns the ids in order.
func walk(t *testing.T, h *house, q question, ask ask, total int) []string {
	t.Helper()
	var ids []string
	last := page{}
	cursor := ""
	for n := 0; ; n++ {
		p := ask(t, h, q, cursor)
		if p.count != total {
			t.Errorf("page %d counts %d of %d records", n, p.count, total)
		}
		ids = append(ids, p.ids...)
		last = p
		if p.after == "" || n > 50 {
			break
		}
		cursor = ">" + p.after
	}
	if len(ids) != total {
		t.Errorf("%d of %d records on all pages", len(ids), total)
	}
	back := last.ids
	for n := 0; last.before != "" && n < 50; n++ {
		last = ask(t, h, q, "<"+last.before)
		back = append(slices.Clone(last.ids), back...)
	}
	if !slices.Equal(back, ids) {
		t.Errorf("backwards: %v, forwards: %v", back, ids)
	}
	return ids
}

// checkOrder compares the order with one made in memory, where the values are at hand.
func (q question) checkOrder(t *testing.T, all []*Paper, ids []string) {
	t.Helper()
	sort := q.sort
	if len(sort) == 0 {
		return
	}
	for _, k := range sort {
		if len(k.path) > 0 || k.attr.Expr != nil {
			return
		}
	}
	byID := map[string]*Paper{}
	for _, p := range all {
		byID[p.ID.String()] = p
	}
	want := slices.Clone(ids)
	slices.SortFunc(want, func(x, y string) int {
		for _, k := range sort {
			if c := compareValues(k.attr.Get(byID[x]), k.attr.Get(byID[y]), k.descending); c != 0 {
				return c
			}
		}
		return cmp.Compare(x, y)
	})
	if !slices.Equal(want, ids) {
		t.Errorf("order: %v, want %v", ids, want)
	}
}

// compareValues puts NULLs last.
func compareValues(a, b any, descending bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	c := 0
	switch x := a.(type) {
	case string:
		c = cmp.Compare(x, b.(string))
	case bool:
		if x != b.(bool) {
			c = map[bool]int{true: 1, false: -1}[x]
		}
	case int64:
		c = cmp.Compare(x, b.(int64))
	case float64:
		c = cmp.Compare(x, b.(float64))
	case decimal.Decimal:
		c = x.Cmp(b.(decimal.Decimal))
	case time.Time:
		c = x.Compare(b.(time.Time))
	case civil.Date:
		c = cmp.Compare(x.String(), b.(civil.Date).String())
	case time.Duration:
		c = cmp.Compare(x, b.(time.Duration))
	case uuid.UUID:
		y := b.(uuid.UUID)
		c = bytes.Compare(x[:], y[:])
	}
	if descending {
		return -c
	}
	return c
}

// TestStatementsDoNotGrow holds the number of statements of a request against
// the number of rows.
func TestStatementsDoNotGrow(t *testing.T) {
	requests := []func(h *house, ctx context.Context) (int, string){
		restGet("/api/papers?page[limit]=50"),
		restGet("/api/papers?page[limit]=50&page[count]=true&include=author,all_lines,topics,prev.author,next"),
		restGet("/api/papers?filter[all_lines][size][gte]=1&sort=-lines,longest,-maybe_at&fields[paper]=title,lines,longest,subjects,label"),
		restGet("/api/writers?include=papers.all_lines,card,mentor,pupils&fields[writer]=name,written"),
		restGet("/api/topics?include=papers.topics"),
		graphqlGet(`{ papers(first: 50) { totalCount nodes { title lines longest author { name written card { number } }
			allLines(first: 2) { totalCount nodes { text } } topics { nodes { name papers(first: 2) { nodes { title } } } } prev { title } next { nodes { title } } } } }`),
		graphqlGet(`{ a: papers(last: 3) { nodes { title } } writers { nodes { papers(first: 1) { totalCount nodes { topics { nodes { name } } } } } } }`),
		func(h *house, ctx context.Context) (int, string) {
			f := h.papers.Fields()
			_, err := h.papers.Read(ctx, "list", conga.Limit(50), conga.With(&f.Lines, &f.Subjects), conga.Load(&f.Author),
				conga.Load(&f.AllLines), conga.Load(&f.Topics), conga.Load(&f.Prev.Author), conga.WithCount())
			return 0, fmt.Sprint(err)
		},
	}
	onStores(t, func(t *testing.T, h *house) {
		r := newRandom(3)
		h.fill(t, r, 5)
		h.label(t, r)
		var counts []int
		count := func() (out []int) {
			for i, request := range requests {
				h.seen.take()
				if code, text := request(h, h.as(t.Context(), "eve")); code != 0 && code != http.StatusOK || strings.Contains(text, `"errors"`) || code == 0 && text != "<nil>" {
					t.Fatalf("request %d: %d %s", i, code, text)
				}
				out = append(out, len(h.seen.take()))
			}
			return out
		}
		count() // what is prepared only once
		counts = count()
		h.fill(t, r, 25)
		h.label(t, r)
		if got := count(); !slices.Equal(got, counts) {
			t.Errorf("statements: %v with few rows, %v with many", counts, got)
		}
	})
}

func restGet(path string) func(h *house, ctx context.Context) (int, string) {
	return func(h *house, ctx context.Context) (int, string) {
		res := serve(ctx, h.rest, "eve", http.MethodGet, path, "")
		return res.Code, res.Body.String()
	}
}

func graphqlGet(text string) func(h *house, ctx context.Context) (int, string) {
	return func(h *house, ctx context.Context) (int, string) {
		res := h.query(ctx, "eve", text, nil)
		return res.Code, res.Body.String()
	}
}
