package doors

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// TestHiddenRecordsMakeNoDifference asks questions of all sorts, changes what
// the caller may not see, and asks again: no answer may change.
func TestHiddenRecordsMakeNoDifference(t *testing.T) {
	const rounds = 35
	onStores(t, func(t *testing.T, h *house) {
		r := newRandom(5)
		h.fill(t, r, 24)
		h.label(t, r)
		h.all = h.everything(t)
		for _, actor := range []string{"", "bob"} {
			var questions []question
			var before [][2]string
			for range rounds {
				q := h.randomQuestion(r)
				q.actor = actor
				questions = append(questions, q)
				before = append(before, h.answers(t, q))
			}
			h.scramble(t, r, actor)
			for i, q := range questions {
				if after := h.answers(t, q); after != before[i] {
					for door := range after {
						if after[door] != before[i][door] {
							t.Errorf("seed %d, question %d as %q sort %q: %s\nbefore %s\nafter  %s", seed, i, actor, q.sortText(),
								expr.String(orTrue(q.where.node(t, nil))), before[i][door], after[door])
						}
					}
				}
			}
		}
	})
}

// answers are those of REST and GraphQL, with everything that can be asked for.
func (h *house) answers(t *testing.T, q question) [2]string {
	t.Helper()
	params := url.Values{"page[limit]": {fmt.Sprint(q.limit)}, "page[count]": {"true"},
		"include":       {"author,author.card,prev,prev.author,next,all_lines,topics,topics.papers"},
		"fields[paper]": {"title,lines,longest,label,mine,subjects,prev_id"}, "fields[writer]": {"name,written"}}
	q.where.params(params, "filter")
	if len(q.sort) > 0 {
		params.Set("sort", q.sortText())
	}
	res := serve(t.Context(), h.rest, q.actor, http.MethodGet, "/api/papers?"+params.Encode(), "")
	if res.Code != http.StatusOK {
		t.Fatalf("%s: %s %s", params.Encode(), res.Body, h.log.take())
	}
	return [2]string{res.Body.String(), h.query(t.Context(), q.actor, `query($filter: PaperFilter, $first: Int) { papers(filter: $filter, first: $first) {
		totalCount edges { cursor node { id title lines longest subjects author { name written papers(first: 3) { totalCount nodes { title } } }
			prev { title author { name } } next(first: 5) { totalCount nodes { title lines } }
			allLines(first: 2, filter: {paper: {author: {level: {gte: 0}}}}) { totalCount nodes { text paper { title } } }
			topics(first: 5) { totalCount nodes { name papers(first: 2) { totalCount } } } } } pageInfo { hasNextPage } } }`,
		map[string]any{"filter": q.where.object(t), "first": q.limit}).Body.String()}
}

// scramble gives other values to all records that the actor may not see, but
// for keys and for what the policies look at; and it adds some more of them.
func (h *house) scramble(t *testing.T, r random, actor string) {
	t.Helper()
	ctx := h.as(t.Context(), actor)
	kept := map[string]bool{"ID": true, "Hidden": true, "Admin": true, "State": true, "AuthorID": true, "PrevID": true, "PaperID": true, "TopicID": true,
		"MentorID": true, "Code": true}
	changed := map[string]int{}
	for _, name := range []string{"Writer", "Paper", "Line", "Topic"} {
		res := h.resource(name)
		rows := must(h.app.Layer().Read(t.Context(), &datalayer.Query{Resource: res, Select: res.Columns()}))(t)
		for row := range rows.Len() {
			rec := res.New()
			for col := range rows.Columns {
				if err := rows.Scan(row, col, rec); err != nil {
					t.Fatal(err)
				}
			}
			if must(h.app.Visible(ctx, res, rec, nil))(t) {
				continue
			}
			up := &datalayer.Update{Resource: res, Where: expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: "ID"}, expr.Literal{Value: res.Primary.Get(rec)}}}}
			for _, a := range res.Columns() {
				if kept[a.Name] {
					continue
				}
				v := h.value(r, a, a.Type.Nullable && r.chance(30), false)
				if a.Type.Kind == structs.String && a.Enum == nil && !a.Type.IsCustom() {
					v = fmt.Sprintf("%04d", r.IntN(10000))
				}
				if a.Name == "Count" {
					v = int64(r.IntN(1000))
				}
				up.Set = append(up.Set, datalayer.Assignment{Attribute: a, Value: expr.Literal{Value: v}})
			}
			must(h.app.Layer().Update(t.Context(), up))(t)
			changed[name]++
		}
	}
	for _, name := range []string{"Writer", "Paper", "Line", "Topic"} {
		if changed[name] == 0 {
			t.Errorf("no %s is hidden from %q", name, actor)
		}
	}
	h.addHidden(t, actor)
}

func (h *house) resource(name string) *resource.Resource {
	for _, res := range h.app.Registry().Resources {
		if res.Name == name {
			return res
		}
	}
	return nil
}

// addHidden adds hidden lines, drafts and topics to what is there.
func (h *house) addHidden(t *testing.T, actor string) {
	t.Helper()
	f, pf, tf := h.lines.Fields(), h.papers.Fields(), h.topics.Fields()
	marks := conga.For[Mark](h.app)
	mf := marks.Fields()
	topic := must(h.topics.Create(t.Context(), "add", conga.Set(&tf.Name, "new for "+actor), conga.Set(&tf.Hidden, true)))(t)
	ann := h.people["ann"]
	for _, p := range h.all {
		if p.AuthorID == ann.ID {
			must(h.lines.Create(conga.WithActor(t.Context(), ann), "add", conga.Set(&f.PaperID, p.ID), conga.Set(&f.Hidden, true),
				conga.Set(&f.Text, "a"), conga.Set(&f.Size, 999)))(t)
		}
		must(h.papers.Create(t.Context(), "seed", conga.Set(&pf.Title, "hidden"), conga.Set(&pf.AuthorID, ann.ID), conga.Set(&pf.PrevID, &p.ID)))(t)
		must(marks.Create(t.Context(), "add", conga.Set(&mf.PaperID, p.ID), conga.Set(&mf.TopicID, topic.ID)))(t)
	}
}

// TestNoProbingBeyondMany asks after hidden relatives of records that a
// to-many relationship leads to: bob sees both papers, but not their author.
func TestNoProbingBeyondMany(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		f := h.papers.Fields()
		ghost := conga.Set(&f.AuthorID, h.people["ghost"].ID)
		first := must(h.papers.Create(t.Context(), "seed", conga.Set(&f.Title, "first"), conga.Set(&f.State, "open"), ghost))(t)
		must(h.papers.Create(t.Context(), "seed", conga.Set(&f.Title, "second"), conga.Set(&f.State, "open"), ghost, conga.Set(&f.PrevID, &first.ID)))(t)
		for actor, want := range map[string]int{"bob": 0, "eve": 1} {
			res := serve(t.Context(), h.rest, actor, http.MethodGet, "/api/papers?page[count]=true&filter[next][author][name]=ghost", "")
			if got := number64(get(decode(t, res.Body.Bytes()), "page", "count")); got != want {
				t.Errorf("REST as %s: %d papers, want %d", actor, got, want)
			}
			res = h.query(t.Context(), actor, `{ papers(filter: {next: {author: {name: {eq: "ghost"}}}}) { totalCount } }`, nil)
			if got := number64(get(decode(t, res.Body.Bytes()), "data", "papers", "totalCount")); got != want {
				t.Errorf("GraphQL as %s: %d papers, want %d", actor, got, want)
			}
		}
	})
}
