package facts

import (
	"net/http"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/resource/expr"
)

// TestFact07RelationshipsKeepTheirLimits follows a relationship with a sort
// and a limit through every door: only the first records are there.
func TestFact07RelationshipsKeepTheirLimits(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		for _, tt := range []struct{ name, actor, path, want string }{
			{"included", "ann", "/api/poets?include=top&fields[poet]=name,top&fields[poem]=title",
				`[{"name":"ann","top":[{"title":"a2"},{"title":"a3"}]},{"name":"bob","top":[{"title":"b1"},{"title":"b2"}]},{"name":"cid","top":[]}]`},
			{"included without what is hidden", "", "/api/poets?include=top&fields[poet]=name,top&fields[poem]=title",
				`[{"name":"ann","top":[{"title":"a3"},{"title":"a4"}]},{"name":"bob","top":[{"title":"b1"},{"title":"b2"}]},{"name":"cid","top":[]}]`},
			{"filter finds a first one", "ann", "/api/poets?filter[top][title]=a3&fields[poet]=name", `[{"name":"ann"}]`},
			{"filter finds no third one", "ann", "/api/poets?filter[top][title]=a4&fields[poet]=name", `[]`},
			{"the third is a second for others", "", "/api/poets?filter[top][title]=a4&fields[poet]=name", `[{"name":"ann"}]`},
			{"aggregate", "ann", "/api/poets?fields[poet]=loved", `[{"loved":2},{"loved":0},{"loved":0}]`},
			{"aggregate without what is hidden", "", "/api/poets?fields[poet]=loved", `[{"loved":1},{"loved":0},{"loved":0}]`},
			{"sort by it", "ann", "/api/poets?fields[poet]=name&sort=-loved,-name", `[{"name":"ann"},{"name":"cid"},{"name":"bob"}]`},
		} {
			sameText(t, tt.name, p.get(t, tt.actor, tt.path), tt.want)
		}
		sameText(t, "GraphQL", p.query(t, "ann", `{ poets(filter: {top: {score: {gt: 5}}}) { nodes { name top(first: 1) { totalCount nodes { title } pageInfo { hasNextPage } } } } }`),
			`{"poets":{"nodes":[{"name":"ann","top":{"totalCount":2,"nodes":[{"title":"a2"}],"pageInfo":{"hasNextPage":true}}}]}}`)
		poets := conga.For[Poet](p.app)
		f := poets.Fields()
		page, err := poets.Read(conga.WithActor(t.Context(), p.poets["ann"]), "list",
			conga.Where(expr.Some(&f.Top, func(x *Poem) expr.Bool { return expr.Lt(&x.Score, 5) })), conga.Load(&f.Top), conga.With(&f.Loved))
		if err != nil || len(page.Items) != 1 || page.Items[0].Name != "bob" || len(page.Items[0].Top) != 2 || page.Items[0].Top[0].Title != "b1" {
			t.Errorf("Go: %+v, %v", page, err)
		}
	})
}

// TestFact13EachNewestIsAJoinOfItsOwn sorts by fields of two has_one
// relationships to the same table.
func TestFact13EachNewestIsAJoinOfItsOwn(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		for _, tt := range []struct{ name, actor, path, want string }{
			{"by the newest", "ann", "/api/poets?fields[poet]=latest,best_score&sort=-newest.year,best.score",
				`[{"latest":"b1","best_score":5},{"latest":"a5","best_score":9},{"latest":null,"best_score":null}]`},
			{"by the best", "ann", "/api/poets?fields[poet]=latest,best_score&sort=-best.score,newest.year",
				`[{"latest":"a5","best_score":9},{"latest":"b1","best_score":5},{"latest":null,"best_score":null}]`},
			{"by calculations", "ann", "/api/poets?fields[poet]=name&sort=-best_score,latest", `[{"name":"ann"},{"name":"bob"},{"name":"cid"}]`},
			{"of those that are seen", "", "/api/poets?fields[poet]=latest,best_score&sort=-newest.year,best.score",
				`[{"latest":"b1","best_score":5},{"latest":"a4","best_score":6},{"latest":null,"best_score":null}]`},
			{"filtered by both", "ann", "/api/poets?fields[poet]=name&filter[newest][title]=a5&filter[best][title]=a2", `[{"name":"ann"}]`},
			{"hidden ones are not there", "", "/api/poets?fields[poet]=name&filter[newest][title]=a5", `[]`},
			{"the newest that is seen", "", "/api/poets?fields[poet]=name,newest&include=newest&fields[poem]=title&filter[newest][title]=a4", `[{"name":"ann","newest":{"title":"a4"}}]`},
		} {
			sameText(t, tt.name, p.get(t, tt.actor, tt.path), tt.want)
		}
	})
}

// TestRelationshipsBeyondKeys follows paths, conditions on the parent, on the
// actor and on join records, and a tree.
func TestRelationshipsBeyondKeys(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		for _, tt := range []struct{ name, actor, path, want string }{
			{"related by a condition alone", "ann", "/api/poets?include=likes&fields[poet]=likes&fields[poem]=title",
				`[{"likes":[{"title":"a1"}]},{"likes":[{"title":"a4"},{"title":"b2"}]},{"likes":[{"title":"b1"}]}]`},
			{"filter by those", "ann", "/api/poets?filter[likes][title]=b2&fields[poet]=name", `[{"name":"bob"}]`},
			{"a path", "ann", "/api/poets?include=stages&fields[poet]=stages&fields[stage]=name",
				`[{"stages":[{"name":"hall"},{"name":"pub"}]},{"stages":[{"name":"hall"},{"name":"pub"}]},{"stages":[]}]`},
			{"filter by its end", "ann", "/api/poets?filter[stages][name]=pub&fields[poet]=name", `[{"name":"ann"},{"name":"bob"}]`},
			{"join records order", "ann", "/api/poems?include=order&fields[poem]=title,order&fields[stage]=name&filter[title]=a3",
				`[{"title":"a3","order":[{"name":"pub"}]}]`},
			{"the actor", "bob", "/api/poets?include=mine&fields[poet]=mine&fields[poem]=title", `[{"mine":[]},{"mine":[{"title":"b1"},{"title":"b2"}]},{"mine":[]}]`},
			{"nobody", "", "/api/poets?filter[mine][id][is_null]=false", `[]`},
			{"a tree upwards and downwards", "", "/api/poets?include=mentor.mentor,pupils.pupils,fans&fields[poet]=name,mentor,pupils,fans&filter[pupils][pupils][name]=cid",
				`[{"name":"ann","mentor":null,"pupils":[{"name":"bob","pupils":[{"name":"cid"}]}],"fans":[{"name":"cid"}]}]`},
			{"a tree in filters", "", "/api/poets?filter[mentor][mentor][name]=ann&fields[poet]=name", `[{"name":"cid"}]`},
			{"along the tree", "", "/api/poets?filter[fans][name]=cid&fields[poet]=name", `[{"name":"ann"}]`},
		} {
			sameText(t, tt.name, p.get(t, tt.actor, tt.path), tt.want)
		}
		before := *p.sent
		p.get(t, "ann", "/api/poets?include=top,likes,stages,newest,mine&filter[top][score][gt]=1&page[limit]=1")
		few := *p.sent - before
		p.get(t, "ann", "/api/poets?include=top,likes,stages,newest,mine&filter[top][score][gt]=1")
		if many := *p.sent - before - few; many != few {
			t.Errorf("%d statements for one poet, %d for all", few, many)
		}
		sameText(t, "pages of a path", p.query(t, "", `{ poets(first: 1) { nodes { stages(first: 1, filter: {name: {contains: "u"}}) {
			totalCount nodes { name } pageInfo { hasNextPage } } } } }`),
			`{"poets":{"nodes":[{"stages":{"totalCount":1,"nodes":[{"name":"pub"}],"pageInfo":{"hasNextPage":false}}}]}}`)
	})
}

// TestInverseRelationships follows relationships that a resource in another
// package has declared.
func TestInverseRelationships(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		reviews, poems := conga.For[Review](p.app), conga.For[Poem](p.app)
		f, g := reviews.Fields(), poems.Fields()
		var gem *int64
		for stars := range 4 {
			if stars == 3 {
				gem = new(int64(1))
			}
			if _, err := reviews.Create(t.Context(), "add", conga.Set(&f.Stars, stars), conga.Set(&f.PoemID, int64(1+stars/3)), conga.Set(&f.GemID, gem), conga.Set(&f.OnPoetID, new(int64(1)))); err != nil {
				t.Fatal(err)
			}
		}
		sameText(t, "REST", p.get(t, "ann", "/api/poems?include=reviews,gem_review&fields[poem]=title,reviews,gem_review&fields[review]=stars&filter[reviews][stars][gte]=1"),
			`[{"title":"a1","reviews":[{"stars":2},{"stars":1}],"gem_review":{"stars":3}},{"title":"a2","reviews":[{"stars":3}],"gem_review":null}]`)
		sameText(t, "GraphQL", p.query(t, "ann", `{ poems(filter: {gemReview: {stars: {eq: 3}}}) { nodes { title reviews(first: 1) { totalCount nodes { stars } } } } }`),
			`{"poems":{"nodes":[{"title":"a1","reviews":{"totalCount":2,"nodes":[{"stars":2}]}}]}}`)
		poem, err := poems.Get(t.Context(), int64(1))
		if err != nil {
			t.Fatal(err)
		}
		got, err := conga.Related[Review](t.Context(), poems, poem, "Reviews", conga.Where(expr.Lt(&f.Stars, 9)), conga.Limit(1))
		if err != nil || len(got) != 1 || got[0].Stars != 2 {
			t.Errorf("Go: %+v, %v", got, err)
		}
		if _, err := conga.Related[Poem](t.Context(), poems, poem, "Reviews"); err == nil {
			t.Error("reviews come as poems")
		}
		if _, err := poems.Read(t.Context(), "list", conga.Load(&g.Poet)); err != nil {
			t.Error(err)
		}
	})
}

// TestCutIncludesAreTold includes more records than their own list would show.
func TestCutIncludesAreTold(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		for _, tt := range []struct{ path, want string }{
			{"/api/poets?include=poems", "poems"},
			{"/api/poets?include=poems&filter[name]=bob", ""},
			{"/api/poets/1?include=poems,stages", "poems"},
			{"/api/poems/1?include=poet.poems", "poet.poems"},
		} {
			w := p.call(p.rest, "ann", http.MethodGet, tt.path, "")
			if got := w.Header().Get("Include-Cut"); w.Code != http.StatusOK || got != tt.want {
				t.Errorf("%s: %d, cut %q, want %q", tt.path, w.Code, got, tt.want)
			}
		}
	})
}

// TestFact08NoneOfOneAndOneOfAnother asks for the absence of one related
// record and the value of another.
func TestFact08NoneOfOneAndOneOfAnother(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		sameText(t, "GraphQL", p.query(t, "ann", `{ poets(filter: {mentor: null, newest: {title: {eq: "a5"}}}) { nodes { name } } }`), `{"poets":{"nodes":[{"name":"ann"}]}}`)
		sameText(t, "REST", p.get(t, "ann", "/api/poets?filter[best][id][is_null]=true&filter[mentor][name]=bob&fields[poet]=name"), `[{"name":"cid"}]`)
	})
}

// TestFact33ComputationsSeeWhatTheActorSees gives Go code what the actor may
// read, and aggregates too.
func TestFact33ComputationsSeeWhatTheActorSees(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		sameText(t, "for a poet", p.get(t, "bob", "/api/poets/1?fields[poet]=card,loved"), `{"card":"a. ann 2/5","loved":2}`)
		sameText(t, "for nobody", p.get(t, "", "/api/poets/1?fields[poet]=card,loved"), `{"card":"a. ann 1/3","loved":1}`)
	})
}

// TestFact55ParentsOfAggregatesNeedNotBeSelected counts by a field of the
// parent that the answer does not show.
func TestFact55ParentsOfAggregatesNeedNotBeSelected(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		sameText(t, "REST", p.get(t, "ann", "/api/poets?fields[poet]=tasted&page[limit]=2"), `[{"tasted":1},{"tasted":1}]`)
	})
}

// TestFact57ReadingAgainComputesAgain changes a record in memory.
func TestFact57ReadingAgainComputesAgain(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		poets := conga.For[Poet](p.app)
		f := poets.Fields()
		poet, err := poets.Get(t.Context(), int64(1), conga.With(&f.Initial, &f.Loved))
		if err != nil {
			t.Fatal(err)
		}
		poet.Name, poet.Loved = "zoe", 99
		again, err := poets.Get(t.Context(), poet.ID, conga.With(&f.Initial, &f.Loved))
		if err != nil || again.Initial != "a" || again.Loved != 1 {
			t.Errorf("%+v, %v", again, err)
		}
	})
}

// TestOneOfSeveralResources has records that are about a poet or a stage.
func TestOneOfSeveralResources(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		post := func(body string, want int) {
			t.Helper()
			if w := p.call(p.rest, "ann", http.MethodPost, "/api/reviews", body); w.Code != want {
				t.Errorf("%s: %d %s, want %d", body, w.Code, w.Body, want)
			}
		}
		post(`{"stars": 1, "poem_id": 1, "on_poet_id": 2}`, http.StatusCreated)
		post(`{"stars": 2, "poem_id": 1, "on_stage_id": 3}`, http.StatusCreated)
		post(`{"stars": 3, "poem_id": 1}`, http.StatusUnprocessableEntity)
		post(`{"stars": 3, "poem_id": 1, "on_poet_id": 1, "on_stage_id": 1}`, http.StatusUnprocessableEntity)
		if w := p.call(p.rest, "ann", http.MethodPatch, "/api/reviews/1", `{"on_stage_id": 1}`); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("a second one by an update: %d %s", w.Code, w.Body)
		}
		if w := p.call(p.rest, "ann", http.MethodPatch, "/api/reviews/1", `{"on_stage_id": 1, "on_poet_id": null}`); w.Code != http.StatusOK {
			t.Errorf("another one by an update: %d %s", w.Code, w.Body)
		}
		sent := *p.sent
		sameText(t, "GraphQL", p.query(t, "ann", `{ reviews { nodes { stars about { __typename ... on Poet { name } ... on Stage { id name } ... on ReviewAbout { __typename } } } } }`),
			`{"reviews":{"nodes":[{"stars":1,"about":{"__typename":"Stage","id":"1","name":"hall"}},{"stars":2,"about":{"__typename":"Stage","id":"3","name":"attic"}}]}}`)
		if n := *p.sent - sent; n != 1 {
			t.Errorf("%d statements for a union", n)
		}
		sameText(t, "REST", p.get(t, "ann", "/api/reviews?include=about&fields[review]=stars&fields[poet]=name&fields[stage]=name&filter[on_stage][name]=attic"),
			`[{"stars":2,"on_poet":null,"on_stage":{"name":"attic"}}]`)
		sameText(t, "introspection", p.query(t, "", `{ __type(name: "ReviewAbout") { kind possibleTypes { name } } }`), `{"__type":{"kind":"UNION","possibleTypes":[{"name":"Poet"},{"name":"Stage"}]}}`)
	})
}

// TestPathsLeadThroughWhatIsSeen reads a secret poem on a stage of its own.
func TestPathsLeadThroughWhatIsSeen(t *testing.T) {
	onPoetry(t, func(t *testing.T, p *poetry) {
		for _, post := range [][2]string{{"/api/stages", `{"name": "cellar"}`}, {"/api/readings", `{"night": 9, "poem_id": 2, "stage_id": 4}`}} {
			if w := p.call(p.rest, "", http.MethodPost, post[0], post[1]); w.Code != http.StatusCreated {
				t.Fatalf("%s: %d %s", post[0], w.Code, w.Body)
			}
		}
		for actor, want := range map[string]string{"ann": `[{"name":"ann"}]`, "": `[]`} {
			sameText(t, "filter for "+actor, p.get(t, actor, "/api/poets?filter[stages][name]=cellar&fields[poet]=name"), want)
		}
		sameText(t, "included for ann", p.get(t, "ann", "/api/poets/1?include=stages&fields[poet]=stages&fields[stage]=name"), `{"stages":[{"name":"hall"},{"name":"pub"},{"name":"cellar"}]}`)
		sameText(t, "included for nobody", p.get(t, "", "/api/poets/1?include=stages&fields[poet]=stages&fields[stage]=name"), `{"stages":[{"name":"hall"},{"name":"pub"}]}`)
	})
}
