package graphql

import "testing"

func TestQueries(t *testing.T) { onEach(t, testQueries) }

func testQueries(t *testing.T, start func(*testing.T) *harness) {
	h := start(t)
	tests := []struct{ name, as, query, vars, want string }{
		{"fields and aliases", "", `{ rooms { nodes { n: name state } } }`, "",
			`{"data":{"rooms":{"nodes":[{"n":"attic","state":"OPEN"},{"n":"general","state":"OPEN"}]}}}`},
		{"policies", "bob", `{ rooms(sort: {field: NAME, order: DESC}) { nodes { name hidden } totalCount } }`, "",
			`{"data":{"rooms":{"nodes":[{"name":"general","hidden":false},{"name":"cellar","hidden":true},{"name":"attic","hidden":false}],"totalCount":3}}}`},
		{"counts of what is visible", "bob", `{ rooms { nodes { name messageCount } } }`, "",
			`{"data":{"rooms":{"nodes":[{"name":"attic","messageCount":0},{"name":"cellar","messageCount":1},{"name":"general","messageCount":5}]}}}`},
		{"one record", "", `query($id: ID!) { room(id: $id) { id name owner { name } } }`, `{"id": "<general>"}`,
			`{"data":{"room":{"id":"<general>","name":"general","owner":{"name":"ann"}}}}`},
		{"one record that may not be seen", "ann", `{ room(id: "<cellar>") { id } }`, "", `{"data":{"room":null}}`},
		{"one record that cannot be", "", `{ room(id: "nonsense") { id } }`, "", `{"data":{"room":null}}`},
		{"nested pages and aliases", "", `{ room(id: "<general>") {
			first: messages(first: 2) { nodes { body author { name } } pageInfo { hasNextPage hasPreviousPage } }
			last: messages(last: 1) { nodes { body } pageInfo { hasNextPage hasPreviousPage } totalCount }
			anns: messages(filter: {author: {name: {eq: "ann"}}}) { totalCount } } }`, "",
			`{"data":{"room":{
				"first":{"nodes":[{"body":"one","author":{"name":"ann"}},{"body":"two","author":{"name":"bob"}}],"pageInfo":{"hasNextPage":true,"hasPreviousPage":false}},
				"last":{"nodes":[{"body":"five"}],"pageInfo":{"hasNextPage":false,"hasPreviousPage":true},"totalCount":5},
				"anns":{"totalCount":3}}}}`},
		{"the page size of the action", "", `{ messages { nodes { body } pageInfo { hasNextPage } } room(id: "<general>") { messages { nodes { body } } } }`, "",
			`{"data":{"messages":{"nodes":[{"body":"one"},{"body":"two"},{"body":"three"}],"pageInfo":{"hasNextPage":true}},
				"room":{"messages":{"nodes":[{"body":"one"},{"body":"two"},{"body":"three"}]}}}}`},
		{"nothing but typenames", "", `{ __typename rooms { __typename edges { __typename node { __typename } } pageInfo { __typename } } }`, "",
			`{"data":{"__typename":"Query","rooms":{"__typename":"RoomConnection","edges":[{"__typename":"RoomEdge","node":{"__typename":"Room"}},{"__typename":"RoomEdge","node":{"__typename":"Room"}}],"pageInfo":{"__typename":"PageInfo"}}}}`},
		{"fragments and directives", "", `query($no: Boolean!) { room(id: "<general>") { ...A ... on Room { state } ... @include(if: $no) { topic } hidden @skip(if: true) } }
			fragment A on Room { name owner { ...B } } fragment B on User { name __typename }`, `{"no": false}`,
			`{"data":{"room":{"name":"general","owner":{"name":"ann","__typename":"User"},"state":"OPEN"}}}`},
		{"merged selections", "", `{ room(id: "<general>") { owner { name } owner { email } } }`, "",
			`{"data":{"room":{"owner":{"name":"ann","email":null}}}}`},
		{"first and totalCount alone", "", `{ messages(first: 0) { nodes { id } totalCount pageInfo { hasNextPage startCursor } } rooms { totalCount } }`, "",
			`{"data":{"messages":{"nodes":[],"totalCount":5,"pageInfo":{"hasNextPage":true,"startCursor":null}},"rooms":{"totalCount":2}}}`},
		{"a further read", "", `{ searchMessages(text: "o", filter: {body: {ne: "two"}}) { nodes { body } } }`, "",
			`{"data":{"searchMessages":{"nodes":[{"body":"one"},{"body":"four"}]}}}`},
		{"a further read without its argument", "", `query($t: String!) { searchMessages(text: $t) { nodes { body } } }`, `{"t": ""}`,
			`{"errors":[{"message":"text is required","path":["searchMessages"],"locations":[{"line":1,"column":22}],"extensions":{"code":"BAD_USER_INPUT","issues":[{"code":"required","message":"is required","path":["text"]}]}}],"data":{"searchMessages":null}}`},
		{"several root fields", "", `{ a: room(id: "<general>") { name } b: room(id: "<attic>") { name } c: room(id: "<cellar>") { name } }`, "",
			`{"data":{"a":{"name":"general"},"b":{"name":"attic"},"c":null}}`},
		{"deep", "", `{ users(first: 1) { nodes { messages(first: 1) { nodes { room { messages(last: 2, sort: [{field: INSERTED_AT}]) { nodes { author { name } } } } } } } } }`, "",
			`{"data":{"users":{"nodes":[{"messages":{"nodes":[{"room":{"messages":{"nodes":[{"author":{"name":"bob"}},{"author":{"name":"ann"}}]}}}]}}]}}}`},
		{"an error does not touch other fields", "", `{ room(id: "<general>") { name } messages(first: -1) { totalCount } }`, "",
			`{"errors":[{"message":"first must be 0 or more","path":["messages"],"locations":[{"line":1,"column":61}],"extensions":{"code":"BAD_USER_INPUT","issues":[{"code":"min","message":"must be 0 or more","path":["first"]}]}}],"data":{"room":{"name":"general"},"messages":null}}`},
		{"a page too large", "", `{ messages(first: 1000) { nodes { id } } }`, "",
			`{"errors":[{"message":"first must be at most 250","path":["messages"],"locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT","issues":[{"code":"max","message":"must be at most 250","path":["first"]}]}}],"data":{"messages":null}}`},
		{"first and last", "", `{ room(id: "<general>") { messages(first: 1, last: 1) { totalCount } } }`, "",
			`{"errors":[{"message":"messages.last cannot be combined with first","path":["room"],"locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT","issues":[{"code":"conflict","message":"cannot be combined with first","path":["messages","last"]}]}}],"data":{"room":null}}`},
		{"a foreign cursor", "", `{ messages(after: "zzz") { totalCount } }`, "",
			`{"errors":[{"message":"after is no cursor of this list in this order","path":["messages"],"locations":[{"line":1,"column":3}],"extensions":{"code":"BAD_USER_INPUT","issues":[{"code":"cursor","message":"is no cursor of this list in this order","path":["after"]}]}}],"data":{"messages":null}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := h.query(t, tt.as, tt.query, tt.vars), compact(t, tt.want); got != want {
				t.Errorf("%s %s\n got %s\nwant %s", tt.query, tt.vars, got, want)
			}
		})
	}
}
