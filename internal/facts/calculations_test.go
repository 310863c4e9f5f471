package facts

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// TestFact56CalculationsWithDifferentArguments loads a calculation twice: the
// two do not meet.
func TestFact56CalculationsWithDifferentArguments(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		sameText(t, "two aliases", p.query(t, "", `{ poets(first: 2) { nodes { a: label(suffix: "x") b: label(suffix: "y", separator: "-") a2: label(suffix: "x") pupils { nodes { label(suffix: "z") } } } } }`),
			`{"poets":{"nodes":[{"a":"ann:x","b":"ann-y","a2":"ann:x","pupils":{"nodes":[{"label":"bob:z"}]}},{"a":"bob:x","b":"bob-y","a2":"bob:x","pupils":{"nodes":[{"label":"cid:z"}]}}]}}`)
		sameText(t, "filter and sort have arguments of their own", p.query(t, "", `{ poets(filter: {label: {arguments: {suffix: "q", separator: "/"}, gt: "ann/q"}},
			sort: [{field: LABEL, order: DESC, label: {suffix: "s"}}], first: 1) { nodes { label(suffix: "w") } pageInfo { endCursor } } }`)[:54],
			`{"poets":{"nodes":[{"label":"cid:w"}],"pageInfo":{"end`)
		sameText(t, "REST", p.get(t, "", "/api/poets?fields[poet]=label&arguments[poet][label][suffix]=k&filter[label]=bob:k&sort=-label"), `[{"label":"bob:k"}]`)
		sameText(t, "REST, of related records", p.get(t, "", "/api/poems?include=poet&fields[poem]=poet&fields[poet]=label&arguments[poet][label][suffix]=k&filter[poet][label]=bob:k&page[limit]=1"),
			`[{"poet":{"label":"bob:k"}}]`)

		poets := conga.For[Poet](p.app)
		f := poets.Fields()
		page, err := poets.Read(t.Context(), "list", conga.With(expr.With(&f.Label, &LabelArgs{Separator: "+", Suffix: "1"})),
			conga.Where(expr.NotEqual(expr.With(&f.Label, &LabelArgs{Suffix: "2"}), expr.V("ann2"))),
			conga.Sort(expr.By(expr.With(&f.Label, &LabelArgs{Suffix: "3"})).Reverse()))
		if err != nil || len(page.Items) != 2 || page.Items[0].Label != "cid+1" {
			t.Errorf("Go: %+v, %v", page, err)
		}
		for _, opts := range [][]conga.Option{
			{conga.With(&f.Label)},
			{conga.With(expr.With(&f.Label, &Poet{}))},
			{conga.With(expr.With(&f.Label, &LabelArgs{Suffix: "1"}), expr.With(&f.Label, &LabelArgs{Suffix: "2"}))},
		} {
			if _, err := poets.Read(t.Context(), "list", opts...); resource.KindOf(err) != conga.Internal {
				t.Errorf("a wrong use of arguments: %v", err)
			}
		}
	})
}

// TestCalculationArgumentsAreChecked gives wrong arguments.
func TestCalculationArgumentsAreChecked(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		for _, tt := range []struct{ path, want string }{
			{"/api/poets?fields[poet]=label", `"parameter":"arguments[poet][label][suffix]","code":"required"`},
			{"/api/poets?fields[poet]=label&arguments[poet][label][suffix]=0123456789", `"code":"max"`},
			{"/api/poets?sort=label&arguments[poet][label][separator]=0123456789&arguments[poet][label][suffix]=1", `"code":"max"`},
			{"/api/poets?arguments[poet][label][sufix]=1", "did you mean"},
			{"/api/poets?arguments[poet][name][x]=1", "has no calculation"},
			{"/api/poets?arguments[pot][label][x]=1", "there is no type"},
			{"/api/poets?arguments[poet]=1", "is written arguments[type][calculation][argument]"},
			{"/api/poets?filter[card]=x", "is computed by the application"},
			{"/api/poets?sort=card", "cannot be sorted by card"},
		} {
			if w := p.call(p.rest, "", http.MethodGet, tt.path, ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("%s: %d %s, want %s", tt.path, w.Code, w.Body, tt.want)
			}
		}
		for _, tt := range []struct{ query, want string }{
			{`{ poets { nodes { label } } }`, "suffix"},
			{`{ poets { nodes { label(suffix: "0123456789") } } }`, "at most 9"},
			{`{ poets(filter: {label: {arguments: {suffix: "0123456789"}, eq: "a"}}) { nodes { id } } }`, "at most 9"},
			{`{ poets(filter: {label: {eq: "a"}}) { nodes { id } } }`, "is required"},
			{`{ poets(sort: {field: LABEL}) { nodes { id } } }`, "is required"},
			{`{ poets(sort: {field: CARD}) { nodes { id } } }`, "CARD"},
			{`{ poets(filter: {card: {eq: "a"}}) { nodes { id } } }`, "card"},
		} {
			if body := p.ask("", tt.query).Body.String(); !strings.Contains(body, `"errors"`) || !strings.Contains(body, tt.want) {
				t.Errorf("%s: %s, want %s", tt.query, body, tt.want)
			}
		}
	})
}

// TestComputedCalculations computes by Go code, once a page, through every door.
func TestComputedCalculations(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		want := []string{"a. ann 2/5", "b. bob 0/2 after ann", "c. cid 0/0 after bob"}
		sameText(t, "REST", p.get(t, "ann", "/api/poets?fields[poet]=card,taste"),
			`[{"card":"`+want[0]+`","taste":3},{"card":"`+want[1]+`","taste":4},{"card":"`+want[2]+`","taste":5}]`)
		sameText(t, "what is hidden does not count", p.get(t, "", "/api/poets/1?fields[poet]=card"), `{"card":"a. ann 1/3"}`)
		sameText(t, "of related records", p.get(t, "ann", "/api/poems?include=poet.mentor&fields[poem]=poet&fields[poet]=card,initial,mentor&page[limit]=4&filter[poet][name]=bob"),
			`[{"poet":{"card":"`+want[1]+`","initial":"b","mentor":{"card":"`+want[0]+`","initial":"a"}}},{"poet":{"card":"`+want[1]+`","initial":"b","mentor":{"card":"`+want[0]+`","initial":"a"}}}]`)
		sameText(t, "where there is none", p.get(t, "ann", "/api/poets/1?include=mentor&fields[poet]=name,card,mentor"), `{"name":"ann","card":"`+want[0]+`","mentor":null}`)
		sameText(t, "GraphQL", p.query(t, "ann", `{ poets { nodes { card again: card } } }`),
			`{"poets":{"nodes":[{"card":"`+want[0]+`","again":"`+want[0]+`"},{"card":"`+want[1]+`","again":"`+want[1]+`"},{"card":"`+want[2]+`","again":"`+want[2]+`"}]}}`)
		sameText(t, "after a write", p.query(t, "ann", `mutation { addPoet(input: {name: "dan", taste: 1, mentorId: 1}) { result { card } errors { message } } }`),
			`{"addPoet":{"result":{"card":"d. dan 0/0 after ann"},"errors":[]}}`)
		jsonapi := p.call(p.rest, "ann", http.MethodGet, "/api/poets/1?fields[poet]=card", "", "Accept", "application/vnd.api+json").Body.String()
		if !strings.Contains(jsonapi, `"attributes":{"card":"`+want[0]+`"}`) {
			t.Errorf("JSON:API: %s", jsonapi)
		}
		lines := p.call(p.rest, "ann", http.MethodGet, "/api/poets?fields[poet]=card&filter[name]=ann", "", "Accept", "application/x-ndjson").Body.String()
		sameText(t, "a stream", lines, `{"card":"`+want[0]+`"}`+"\n")

		poets := conga.For[Poet](p.app)
		f := poets.Fields()
		calls := 0
		ctx := context.WithValue(conga.WithActor(t.Context(), p.poets["ann"]), callsKey{}, &calls)
		page, err := poets.Read(ctx, "list", conga.With(&f.Card), conga.Limit(3))
		if err != nil || calls != 1 {
			t.Fatalf("%d calls, %v", calls, err)
		}
		for i, poet := range page.Items {
			if poet.Card != want[i] || poet.Poems != nil || poet.Loved != 0 {
				t.Errorf("Go: %+v, want the card %q alone", poet, want[i])
			}
		}
		e, err := poets.Explain(ctx, "list", conga.With(&f.Card))
		if err != nil || !strings.Contains(e.String(), "Go computes Initial, Card of Poet") {
			t.Errorf("explain: %s %v", e, err)
		}
		if _, err := poets.Read(ctx, "list", conga.Where(expr.Is(&f.Card, "x"))); err == nil {
			t.Error("records are filtered by what Go computes")
		}
	})
}

// TestAPanicInACalculationEndsItsCallAlone asks for one that panics.
func TestAPanicInACalculationEndsItsCallAlone(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		w := p.call(p.rest, "", http.MethodGet, "/api/poets?fields[poet]=fragile", "")
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "index out of range") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if !strings.Contains(p.log.String(), "index out of range") {
			t.Errorf("the log does not tell: %s", p.log)
		}
		p.get(t, "", "/api/poets?fields[poet]=name")
	})
}

// TestEvaluateWithoutARecord evaluates calculations for values made up by hand.
func TestEvaluateWithoutARecord(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		poets := conga.For[Poet](p.app)
		f := poets.Fields()
		got, err := conga.Evaluate(t.Context(), poets, expr.With(&f.Label, &LabelArgs{Separator: "/", Suffix: "s"}), &Poet{Name: "eve"})
		if err != nil || got != "eve/s" {
			t.Errorf("label %q, %v", got, err)
		}
		if n, err := conga.Evaluate(t.Context(), poets, expr.Add(expr.F(&f.Taste), expr.V(1)), &Poet{Taste: 4}); err != nil || n != 5 {
			t.Errorf("%d, %v", n, err)
		}
		if _, err := conga.Evaluate(t.Context(), poets, expr.F(&f.Loved), &Poet{}); err == nil {
			t.Error("an aggregate is told without the database")
		}
	})
}
