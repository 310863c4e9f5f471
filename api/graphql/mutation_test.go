package graphql

import (
	"testing"
)

func TestMutations(t *testing.T) { onEach(t, testMutations) }

func testMutations(t *testing.T, start func(*testing.T) *harness) {
	const errorsOf = ` errors { message shortMessage code fields path vars }`
	tests := []struct{ name, as, query, vars, want string }{
		{"create", "ann", `mutation($in: PostMessageInput!) { postMessage(input: $in) { result { body author { name } room { name messageCount } } errors { message } } }`,
			`{"in": {"body": " hello ", "roomId": "<general>"}}`,
			`{"data":{"postMessage":{"result":{"body":"hello","author":{"name":"ann"},"room":{"name":"general","messageCount":6}},"errors":[]}}}`},
		{"create without the right", "", `mutation { postMessage(input: {body: "hello", roomId: "<general>"}) { result { body }` + errorsOf + ` } }`, "",
			`{"data":{"postMessage":{"result":null,"errors":[{"message":"is not allowed","shortMessage":"is not allowed","code":"forbidden","fields":[],"path":[],"vars":null}]}}}`},
		{"create with faults", "ann", `mutation($b: String!) { postMessage(input: {body: $b, roomId: "nonsense"}) { result { body }` + errorsOf + ` } }`,
			`{"b": "This message has far more than forty characters."}`,
			`{"data":{"postMessage":{"result":null,"errors":[
				{"message":"must be a UUID","shortMessage":"must be a UUID","code":"format","fields":["roomId"],"path":["input","roomId"],"vars":null},
				{"message":"must be at most 40 characters","shortMessage":"must be at most {max} characters","code":"max","fields":["body"],"path":["input","body"],"vars":{"max":"40"}}]}}}`},
		{"a name that is taken", "", `mutation { registerUser(input: {name: "ann"}) { result { id } errors { code fields message } } }`, "",
			`{"data":{"registerUser":{"result":null,"errors":[{"code":"unique","fields":["name"],"message":"has already been taken"}]}}}`},
		{"missing, null and zero", "ann", `mutation {
			a: changeRoom(id: "<general>", input: {topic: "x"}) { result { name topic hidden } errors { message } }
			b: changeRoom(id: "<general>", input: {hidden: false}) { result { name topic } errors { message } }
			c: changeRoom(id: "<general>", input: {topic: null}) { result { name topic } errors { message } }
			d: changeRoom(id: "<general>", input: {name: null}) { result { name } errors { message fields } }
			e: changeRoom(id: "<general>") { result { name } errors { message fields } } }`, "",
			`{"data":{
				"a":{"result":{"name":"general","topic":"x","hidden":false},"errors":[]},
				"b":{"result":{"name":"general","topic":"x"},"errors":[]},
				"c":{"result":{"name":"general","topic":null},"errors":[]},
				"d":{"result":null,"errors":[{"message":"is required","fields":["name"]}]},
				"e":{"result":{"name":"general"},"errors":[]}}}`},
		{"null by variables", "ann", `mutation($in: ChangeRoomInput) { changeRoom(id: "<general>", input: $in) { result { topic state } } }`, `{"in": {"topic": null, "state": "IN_PROGRESS"}}`,
			`{"data":{"changeRoom":{"result":{"topic":null,"state":"IN_PROGRESS"}}}}`},
		{"variables not given", "ann", `mutation($t: String, $n: String) { changeRoom(id: "<general>", input: {topic: $t, name: $n}) { result { name topic } errors { message } } }`, `{"t": "y"}`,
			`{"data":{"changeRoom":{"result":{"name":"general","topic":"y"},"errors":[]}}}`},
		{"update of another's", "eve", `mutation { editMessage(id: "<one>", input: {body: "x"}) { result { id } errors { code } } }`, "",
			`{"data":{"editMessage":{"result":null,"errors":[{"code":"forbidden"}]}}}`},
		{"update of what may not be seen", "ann", `mutation { editMessage(id: "<psst>", input: {body: "x"}) { result { id } errors { code message } } }`, "",
			`{"data":{"editMessage":{"result":null,"errors":[{"code":"not_found","message":"could not be found"}]}}}`},
		{"update of what is not there", "ann", `mutation { editMessage(id: "nonsense", input: {body: "x"}) { errors { code } } }`, "",
			`{"data":{"editMessage":{"errors":[{"code":"not_found"}]}}}`},
		{"destroy", "ann", `mutation { deleteMessage(id: "<one>") { result { id body } errors { code } } again: deleteMessage(id: "<one>") { result { id } errors { code } } }`, "",
			`{"data":{"deleteMessage":{"result":{"id":"<one>","body":"one"},"errors":[]},"again":{"result":null,"errors":[{"code":"not_found"}]}}}`},
		{"destroy and what was related", "bob", `mutation { deleteMessage(id: "<two>") { result { room { name messageCount } body authorName } errors { code } } }`, "",
			`{"data":{"deleteMessage":{"result":{"room":{"name":"general","messageCount":5},"body":"two","authorName":"bob"},"errors":[]}}}`},
		{"generic", "", `mutation { signInUser(input: {name: "ann", password: "sesame"}) { result { token user { name messages(first: 1) { nodes { body } } } peers { name email } __typename } errors { code } __typename } }`, "",
			`{"data":{"signInUser":{"result":{"token":"token-of-ann","user":{"name":"ann","messages":{"nodes":[{"body":"one"}]}},"peers":[{"name":"ann","email":null}],"__typename":"SignedIn"},"errors":[],"__typename":"SignInUserPayload"}}}`},
		{"generic that refuses", "", `mutation { signInUser(input: {name: "ann", password: "x"}) { result { token } errors { code message } } }`, "",
			`{"data":{"signInUser":{"result":null,"errors":[{"code":"forbidden","message":"wrong name or password"}]}}}`},
		{"generic with faults", "", `mutation { signInUser(input: {name: "", password: "x"}) { result { token } errors { code fields } } }`, "",
			`{"data":{"signInUser":{"result":null,"errors":[{"code":"required","fields":["name"]}]}}}`},
		{"generic with a record", "bob", `mutation { meUser { result { id name } } }`, "", `{"data":{"meUser":{"result":{"id":"<bob>","name":"bob"}}}}`},
		{"generic without a record", "", `mutation { meUser { result { id name } errors { code } } }`, "", `{"data":{"meUser":{"result":null,"errors":[]}}}`},
		{"generic without a result", "", `mutation { pingUser { result } burnAllSecret { result } }`, "", `{"data":{"pingUser":{"result":true},"burnAllSecret":{"result":true}}}`},
		{"generic that panics", "", `mutation { explodeUser { result } pingUser { result } }`, "",
			`{"errors":[{"message":"Something went wrong inside","path":["explodeUser"],"locations":[{"line":1,"column":12}],"extensions":{"code":"INTERNAL"}}],"data":{"explodeUser":null,"pingUser":{"result":true}}}`},
		{"a fault in the selection comes before the write", "ann", `mutation { closeRoom(id: "<attic>") { result { messages(first: -1) { totalCount } } } }`, "",
			`{"errors":[{"message":"result.messages.first must be 0 or more","path":["closeRoom"],"locations":[{"line":1,"column":12}],"extensions":{"code":"BAD_USER_INPUT","issues":[{"code":"min","message":"must be 0 or more","path":["result","messages","first"]}]}}],"data":{"closeRoom":null}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t)
			if got, want := h.query(t, tt.as, tt.query, tt.vars), compact(t, tt.want); got != want {
				t.Errorf("%s %s\n got %s\nwant %s", tt.query, tt.vars, got, want)
			}
		})
	}
}

func TestScalars(t *testing.T) { onEach(t, testScalars) }

func testScalars(t *testing.T, start func(*testing.T) *harness) {
	h := start(t)
	const all = `id count small huge ratio price at length kind grade done data tags settings token parentId not`
	got := h.query(t, "", `mutation($in: MakeSampleInput!) { makeSample(input: $in) { result { `+all+` } errors { message fields } } }`, `{"in": {
		"count": 2147483647, "small": -5, "huge": "9007199254740993", "ratio": 1.5, "price": "12.50", "at": "2024-02-29T12:00:00.000001+01:00",
		"length": "PT1H30M", "kind": "VERY_FANCY", "grade": "2", "done": true, "data": "AAEC", "tags": ["a", "b"], "settings": {"x": [1, null]},
		"token": "00000000-0000-0000-0000-000000000001", "not": ""}}`)
	want := compact(t, `{"data":{"makeSample":{"result":{"id":"1","count":2147483647,"small":-5,"huge":"9007199254740993","ratio":1.5,"price":"12.50",
		"at":"2024-02-29T11:00:00.000001Z","length":"PT1H30M","kind":"VERY_FANCY","grade":"2","done":true,"data":"AAEC","tags":["a","b"],
		"settings":{"x":[1,null]},"token":"00000000-0000-0000-0000-000000000001","parentId":null,"not":""},"errors":[]}}}`)
	if compact(t, got) != want {
		t.Errorf("variables\n got %s\nwant %s", got, want)
	}
	got = h.query(t, "", `mutation { makeSample(input: {count: 1, small: 1, huge: 9007199254740993, price: 12.500, kind: PLAIN, grade: "1", tags: ["a"],
		settings: {a: [1, 2.5, "x", {b: true, c: null}]}, length: "1m", token: "00000000-0000-0000-0000-000000000002", parentId: "1", not: "x", data: "", ratio: 1, done: false})
		{ result { id huge price tags settings length parent { id children { nodes { id } } } } errors { message fields } } }`, "")
	want = compact(t, `{"data":{"makeSample":{"result":{"id":"2","huge":"9007199254740993","price":"12.500","tags":["a"],
		"settings":{"a":[1,2.5,"x",{"b":true,"c":null}]},"length":"PT1M","parent":{"id":"1","children":{"nodes":[{"id":"2"}]}}},"errors":[]}}}`)
	if compact(t, got) != want {
		t.Errorf("literals\n got %s\nwant %s", got, want)
	}
	got = h.query(t, "", `{ sample(id: 1) { id kind } samples(filter: {kind: {eq: VERY_FANCY}, huge: {gt: "5"}, not2: {eq: ""}, id: {in: [1, "2"]}}, sort: {field: ID, order: DESC_NULLS_FIRST}) { nodes { id } } }`, "")
	if want := `{"data":{"sample":{"id":"1","kind":"VERY_FANCY"},"samples":{"nodes":[{"id":"1"}]}}}`; got != want {
		t.Errorf("filters\n got %s\nwant %s", got, want)
	}
}

// TestIntTooLarge counts more than an Int can hold.
func TestIntTooLarge(t *testing.T) {
	h := start(t)
	got := h.query(t, "", `mutation($in: MakeSampleInput!) { makeSample(input: $in) { result { id count } errors { message fields } } }`,
		`{"in": {"count": 3000000000, "kind": "PLAIN", "grade": "1", "price": "1", "token": "00000000-0000-0000-0000-000000000001"}}`)
	want := `{"errors":[{"message":"Sample.count: the number does not fit in an Int of 32 bits","path":["makeSample"],"locations":[{"line":1,"column":35}],"extensions":{"code":"INTERNAL"}}],"data":{"makeSample":null}}`
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}
