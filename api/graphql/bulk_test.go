package graphql

import (
	"strings"
	"testing"

	"github.com/congago/conga/api"
)

func TestBulk(t *testing.T) { onEach(t, testBulk) }

func testBulk(t *testing.T, start func(*testing.T) *harness) {
	const errorsOf = ` errors { index message code fields path }`
	tests := []struct{ name, as, query, vars, want string }{
		{"create", "ann", `mutation($in: [PostMessageInput!]!) { postMessages(inputs: $in) { results { body author { name } room { messageCount } } ` + errorsOf + ` } }`,
			`{"in": [{"body": " six ", "roomId": "<general>"}, {"body": "seven", "roomId": "<general>"}]}`,
			`{"data":{"postMessages":{"results":[{"body":"six","author":{"name":"ann"},"room":{"messageCount":7}},{"body":"seven","author":{"name":"ann"},"room":{"messageCount":7}}],"errors":[]}}}`},
		{"all or none", "ann", `mutation { postMessages(inputs: [{body: "six", roomId: "<general>"}, {body: "", roomId: "<general>"}, {body: "x", roomId: "nonsense"}]) { results { body } errors { index code fields path __typename } __typename } }`, "",
			`{"data":{"postMessages":{"results":null,"errors":[
				{"index":1,"code":"required","fields":["body"],"path":["inputs","1","body"],"__typename":"BulkError"},
				{"index":2,"code":"format","fields":["roomId"],"path":["inputs","2","roomId"],"__typename":"BulkError"}],"__typename":"PostMessagesPayload"}}}`},
		{"partial", "ann", `mutation { postMessages(partial: true, inputs: [{body: "six", roomId: "<general>"}, {body: "x", roomId: "<ann>"}]) { results { body } errors { index code path } } }`, "",
			`{"data":{"postMessages":{"results":[{"body":"six"},null],"errors":[{"index":1,"code":"exists","path":["inputs","1","roomId"]}]}}}`},
		{"none", "ann", `mutation { postMessages(inputs: []) { results { body } errors { index } } }`, "", `{"data":{"postMessages":{"results":[],"errors":[]}}}`},
		{"nobody", "", `mutation { postMessages(inputs: [{body: "six", roomId: "<general>"}]) { results { body } errors { index code path } } }`, "",
			`{"data":{"postMessages":{"results":null,"errors":[{"index":0,"code":"forbidden","path":["inputs","0"]}]}}}`},
		{"nobody, partial", "", `mutation { postMessages(partial: true, inputs: [{body: "six", roomId: "<general>"}]) { results { body } errors { index code path } } }`, "",
			`{"data":{"postMessages":{"results":null,"errors":[{"index":null,"code":"forbidden","path":[]}]}}}`},
		{"update by filter", "ann", `mutation { editEveryMessage(filter: {room: {name: {eq: "general"}}}, input: {body: "edited"}) { count errors { code } } }`, "",
			`{"data":{"editEveryMessage":{"count":3,"errors":[]}}}`},
		{"update by filter of what may not be seen", "ann", `mutation { editEveryMessage(filter: {body: {eq: "psst"}}, input: {body: "x"}) { count __typename } }`, "",
			`{"data":{"editEveryMessage":{"count":0,"__typename":"EditEveryMessagePayload"}}}`},
		{"update by filter with faults", "ann", `mutation { editEveryMessage(filter: {body: {eq: "one"}}, input: {body: ""}) { count errors { code path } } }`, "",
			`{"data":{"editEveryMessage":{"count":null,"errors":[{"code":"required","path":["input","body"]}]}}}`},
		{"destroy by filter", "bob", `mutation { deleteEveryMessage(filter: {body: {in: ["one", "two", "psst"]}}) { count errors { code } } }`, "",
			`{"data":{"deleteEveryMessage":{"count":2,"errors":[]}}}`},
		{"destroy by nobody", "", `mutation { deleteEveryMessage(filter: {body: {eq: "one"}}) { count errors { code } } }`, "",
			`{"data":{"deleteEveryMessage":{"count":null,"errors":[{"code":"forbidden"}]}}}`},
		{"updates", "ann", `mutation($in: [EditMessageChange!]!) { editMessages(inputs: $in) { results { body author { name } } ` + errorsOf + ` } }`,
			`{"in": [{"id": "<one>", "input": {"body": " first "}}, {"id": "<three>", "input": {"body": "third"}}]}`,
			`{"data":{"editMessages":{"results":[{"body":"first","author":{"name":"ann"}},{"body":"third","author":{"name":"ann"}}],"errors":[]}}}`},
		{"updates, all or none", "ann", `mutation { editMessages(inputs: [{id: "<one>", input: {body: "x"}}, {id: "<two>", input: {body: "y"}}]) { results { body } errors { index code fields path } } }`, "",
			`{"data":{"editMessages":{"results":null,"errors":[{"index":1,"code":"forbidden","fields":[],"path":["inputs","1"]}]}}}`},
		{"updates, partial", "ann", `mutation { editMessages(partial: true, inputs: [{id: "<one>", input: {body: "x"}}, {id: "nonsense", input: {body: "y"}}, {id: "<three>", input: {body: ""}}]) { results { body } errors { index code fields path } } }`, "",
			`{"data":{"editMessages":{"results":[{"body":"x"},null,null],"errors":[{"index":1,"code":"not_found","fields":[],"path":["inputs","1"]},{"index":2,"code":"required","fields":["body"],"path":["inputs","2","input","body"]}]}}}`},
		{"updates of what has changed", "ann", `mutation { editMessages(partial: true, inputs: [{id: "<one>", ifUnchangedSince: "2020-01-01T00:00:00Z", input: {body: "x"}}]) { results { body } errors { index code } } }`, "",
			`{"data":{"editMessages":{"results":[null],"errors":[{"index":0,"code":"conflict"}]}}}`},
		{"updates by nobody", "", `mutation { editMessages(inputs: [{id: "<one>", input: {body: "x"}}]) { results { body } errors { index code } } }`, "",
			`{"data":{"editMessages":{"results":null,"errors":[{"index":0,"code":"forbidden"}]}}}`},
		{"no condition", "ann", `mutation { deleteEveryMessage(filter: {and: []}) { count errors { code } } }`, "",
			`{"errors":[{"message":"filter must have a condition: only what it finds is written","path":["deleteEveryMessage"],"locations":[{"line":1,"column":12}],"extensions":{"code":"BAD_USER_INPUT","issues":[{"code":"required","message":"must have a condition: only what it finds is written","path":["filter"]}]}}],"data":{"deleteEveryMessage":null}}`},
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

func TestBulkLimits(t *testing.T) {
	h := start(t, func(o *Options) { o.MaxBulk = 2 })
	const one = `{body: "x", roomId: "<general>"}`
	got := h.query(t, "ann", `mutation { postMessages(inputs: [`+one+`,`+one+`,`+one+`]) { results { id } } }`, "")
	if !strings.Contains(got, "inputs must not have more than 2 records") {
		t.Errorf("three of two: %s", got)
	}
	got = h.query(t, "ann", `mutation { editEveryMessage(filter: {body: {ne: ""}}, input: {body: "x"}) { count errors { code message } } }`, "")
	if want := `{"data":{"editEveryMessage":{"count":null,"errors":[{"code":"invalid","message":"more than 2 records match"}]}}}`; got != want {
		t.Errorf("three of two\n got %s\nwant %s", got, want)
	}
	h = start(t, func(o *Options) { o.Options = api.Options{Actor: o.Actor}; o.MaxComplexity = 20 })
	got = h.query(t, "ann", `mutation { postMessages(inputs: [`+one+`,`+one+`]) { results { id body roomId authorId } } }`, "")
	if strings.Contains(got, "COMPLEXITY") {
		t.Errorf("two records are too many: %s", got)
	}
	got = h.query(t, "ann", `mutation { postMessages(inputs: [`+strings.Repeat(one+",", 10)+`]) { results { id body roomId authorId } } }`, "")
	if !strings.Contains(got, "COMPLEXITY_LIMIT_EXCEEDED") {
		t.Errorf("ten records are not too many: %s", got)
	}
}

func TestIfUnchangedSince(t *testing.T) { onEach(t, testIfUnchangedSince) }

func testIfUnchangedSince(t *testing.T, start func(*testing.T) *harness) {
	h := start(t)
	since := func() string {
		_, rest, _ := strings.Cut(h.query(t, "", `{ message(id: "<one>") { updatedAt } }`, ""), `"updatedAt":"`)
		at, _, _ := strings.Cut(rest, `"`)
		return at
	}
	edit := func(at, body string) string {
		return h.query(t, "ann", `mutation($at: DateTime) { editMessage(id: "<one>", ifUnchangedSince: $at, input: {body: "`+body+`"}) { result { body } errors { code message } } }`, `{"at": `+at+`}`)
	}
	first := since()
	steps := []struct{ got, want string }{
		{edit(`"`+first+`"`, "second"), `{"data":{"editMessage":{"result":{"body":"second"},"errors":[]}}}`},
		{edit(`"`+first+`"`, "lost"), `{"data":{"editMessage":{"result":null,"errors":[{"code":"conflict","message":"somebody else has changed the record"}]}}}`},
		{edit(`null`, "third"), `{"data":{"editMessage":{"result":{"body":"third"},"errors":[]}}}`},
		{h.query(t, "ann", `mutation { deleteMessage(id: "<one>", ifUnchangedSince: "`+first+`") { errors { code } } }`, ""), `{"data":{"deleteMessage":{"errors":[{"code":"conflict"}]}}}`},
		{h.query(t, "ann", `mutation { deleteMessage(id: "<one>", ifUnchangedSince: "`+since()+`") { errors { code } } }`, ""), `{"data":{"deleteMessage":{"errors":[]}}}`},
	}
	for i, s := range steps {
		if s.got != s.want {
			t.Errorf("step %d\n got %s\nwant %s", i+1, s.got, s.want)
		}
	}
	if got := edit(`"soon"`, "x"); !strings.Contains(got, `"path":["ifUnchangedSince"]`) {
		t.Errorf("no time: %s", got)
	}
}
