package facts

import (
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
