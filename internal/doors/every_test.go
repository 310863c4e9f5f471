package doors

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/resource/expr"
)

// everyCalls are writes of many records: with and without hooks and arguments.
var everyCalls = []struct{ action, method, path, inputs string }{
	{"edit", http.MethodPatch, "/api/papers", `{"note":"many"}`},
	{"stamp", http.MethodPatch, "/api/papers/stamp", `{"text":"many"}`},
	{"shred", http.MethodDelete, "/api/papers", ``},
	{"scrap", http.MethodDelete, "/api/papers/scrap", `{"reason":"many"}`},
}

// TestEveryDoorWritesTheSameRecords writes all papers that random filters
// find, through each door, and holds their number against that of the papers
// which, asked one by one, the caller may see and write.
func TestEveryDoorWritesTheSameRecords(t *testing.T) {
	const rounds = 60
	onStores(t, func(t *testing.T, h *house) {
		r := newRandom(11)
		h.fill(t, r, 20)
		h.all = h.everything(t)
		some := 0
		for n := range rounds {
			where := h.randomCondition(r, h.papers.Resource(), 2)
			if len(where.tests)+len(where.rels) == 0 {
				continue
			}
			c, actor := pick(r, everyCalls), pick(r, actors)
			want := h.countEvery(t, actor, c.action, where)
			for door, write := range map[string]func(context.Context) string{
				"engine": func(ctx context.Context) string { return h.everyEngine(ctx, t, actor, c.action, where) },
				"rest": func(ctx context.Context) string {
					params := url.Values{}
					where.params(params, "filter")
					res := serve(ctx, h.rest, actor, c.method, c.path+"?"+params.Encode(), c.inputs)
					if res.Code != http.StatusOK {
						return string(restKinds[res.Code])
					}
					return fmt.Sprint("ok ", get(decode(t, res.Body.Bytes()), "count"))
				},
				"graphql": func(ctx context.Context) string { return h.everyGraphQL(ctx, t, actor, c.action, c.inputs, where) },
			} {
				h.rehearse(t, func(ctx context.Context) {
					got := write(ctx)
					if got == string(conga.Conflict) && c.method == http.MethodDelete {
						return // other records refer to one of them
					}
					if got != want {
						t.Errorf("seed %d, round %d: %s as %q where %s\nwant    %s\n%-7s %s\n%s", seed, n, c.action, actor,
							expr.String(orTrue(where.node(t, nil))), want, door, got, h.log.take())
					}
				})
			}
			if strings.HasPrefix(want, "ok") && want != "ok 0" {
				some++
			}
		}
		if some < rounds/10 {
			t.Errorf("only %d of %d writes found anything", some, rounds)
		}
	})
}

// countEvery asks about each paper by itself.
func (h *house) countEvery(t *testing.T, actor, action string, where condition) string {
	t.Helper()
	ctx, res := h.as(t.Context(), actor), h.papers.Resource()
	if !must(h.app.Can(ctx, res.Action(action), nil))(t) {
		return string(conga.Forbidden)
	}
	n := 0
	for _, p := range h.all {
		if must(h.app.Visible(ctx, res, p, where.node(t, nil)))(t) && must(h.app.Can(ctx, res.Action(action), p))(t) {
			n++
		}
	}
	return fmt.Sprint("ok ", n)
}

func (h *house) everyEngine(ctx context.Context, t *testing.T, actor, action string, where condition) string {
	t.Helper()
	a := h.papers.Resource().Action(action)
	w := &conga.Write{Action: a}
	for _, name := range []string{"text", "reason", "note"} {
		if in := a.Input(name); in != nil {
			w.Inputs = append(w.Inputs, conga.Input{Attribute: in, Value: "many"})
			break
		}
	}
	n, err := h.app.WriteEvery(h.as(ctx, actor), w, conga.Every{Where: where.node(t, nil), Untrusted: true})
	if err != nil {
		return string(conga.KindOf(err))
	}
	return fmt.Sprint("ok ", n)
}

func (h *house) everyGraphQL(ctx context.Context, t *testing.T, actor, action, inputs string, where condition) string {
	t.Helper()
	name := inflect.Camel(action) + "EveryPaper"
	params, args, vars := "$f: PaperFilter!", "filter: $f", map[string]any{"f": where.object(t)}
	if inputs != "" {
		params, args = params+", $in: "+inflect.Pascal(action)+"PaperInput!", args+", input: $in"
		vars["in"] = decode(t, []byte(inputs))
	}
	answer := decode(t, h.query(ctx, actor, "mutation("+params+") { it: "+name+"("+args+") { count errors { code } } }", vars).Body.Bytes())
	payload := get(answer, "data", "it")
	if payload == nil {
		return fmt.Sprint(get(answer, "errors"))
	}
	if errs, _ := get(payload, "errors").([]any); len(errs) > 0 {
		return get(errs[0], "code").(string)
	}
	return fmt.Sprint("ok ", get(payload, "count"))
}
