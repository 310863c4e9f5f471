package graphql

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// TestFilters asks the database, so that the meaning of filters is tested,
// not only their form.
func TestFilters(t *testing.T) { onEach(t, testFilters) }

func testFilters(t *testing.T, start func(*testing.T) *harness) {
	h := start(t)
	tests := []struct{ filter, want string }{
		{`{}`, "one two three four five"},
		{`null`, "one two three four five"},
		{`{body: {eq: "two"}}`, "two"},
		{`{body: {ne: "two"}}`, "one three four five"},
		{`{body: {in: ["one", "two", "ten"]}}`, "one two"},
		{`{body: {in: "one"}}`, "one"},
		{`{body: {in: []}}`, ""},
		{`{body: {notIn: ["one"]}}`, "two three four five"},
		{`{body: {gte: "one", lt: "two"}}`, "one three"},
		{`{body: {contains: "o", startsWith: "t"}}`, "two"},
		{`{body: {endsWith: "e"}}`, "one three five"},
		{`{body: {}}`, "one two three four five"},
		{`{id: {eq: "<three>"}}`, "three"},
		{`{roomId: {eq: "<general>"}, authorId: {eq: "<bob>"}}`, "two four"},
		{`{author: {name: {eq: "bob"}}}`, "two four"},
		{`{author: {email: {isNull: true}}}`, "one two three four five"},
		{`{author: {email: {isNull: false}}}`, ""},
		{`{author: {email: {eq: null}}}`, "one two three four five"},
		{`{author: null}`, ""},
		{`{authorName: {eq: "ann"}}`, "one three five"},
		{`{not: {body: {eq: "two"}}}`, "one three four five"},
		{`{not: {}}`, ""},
		{`{or: [{body: {eq: "one"}}, {author: {name: {eq: "bob"}}}]}`, "one two four"},
		{`{or: []}`, ""},
		{`{and: []}`, "one two three four five"},
		{`{and: [{body: {contains: "o"}}, {not: {or: [{body: {eq: "one"}}, {body: {eq: "two"}}]}}]}`, "four"},
		{`{room: {messageCount: {gt: 4}}}`, "one two three four five"},
		{`{room: {state: {in: [OPEN, CLOSED]}}}`, "one two three four five"},
		{`{room: {messages: {body: {eq: "four"}, author: {name: {eq: "ann"}}}}}`, ""},
		{`{room: {messages: {body: {eq: "four"}, author: {name: {eq: "bob"}}}}}`, "one two three four five"},
		{`{room: {owner: {messages: {body: {eq: "two"}}}}}`, ""},
		{`{insertedAt: {gt: "2000-01-01T00:00:00Z", lt: "2000-01-02T00:00:00+01:00"}}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.filter, func(t *testing.T) {
			answer := h.query(t, "", `{ messages(first: 10, filter: `+tt.filter+`) { nodes { body } } }`, "")
			if got := bodies(t, answer); got != tt.want {
				t.Errorf("got %q, want %q: %s", got, tt.want, answer)
			}
		})
	}
}

// bodies are the bodies of the messages in an answer.
func bodies(t *testing.T, answer string) string {
	t.Helper()
	var parsed struct {
		Data struct {
			Messages struct{ Nodes []struct{ Body string } }
		}
	}
	if err := json.Unmarshal([]byte(answer), &parsed); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, n := range parsed.Data.Messages.Nodes {
		out = append(out, n.Body)
	}
	return strings.Join(out, " ")
}

// TestFilterLeaksNothing asks of records that the caller may not see.
func TestFilterLeaksNothing(t *testing.T) { onEach(t, testFilterLeaksNothing) }

func testFilterLeaksNothing(t *testing.T, start func(*testing.T) *harness) {
	h := start(t)
	for _, filter := range []string{
		`{messages: {body: {startsWith: "ps"}}}`,
		`{messages: {room: {name: {eq: "cellar"}}}}`,
		`{messages: {room: {hidden: {eq: true}}}}`,
	} {
		if got, want := h.query(t, "ann", `{ users(filter: `+filter+`) { nodes { name } } }`, ""),
			`{"data":{"users":{"nodes":[]}}}`; got != want {
			t.Errorf("ann with %s\n got %s\nwant %s", filter, got, want)
		}
		if got, want := h.query(t, "bob", `{ users(filter: `+filter+`) { nodes { name } } }`, ""),
			`{"data":{"users":{"nodes":[{"name":"bob"}]}}}`; got != want {
			t.Errorf("bob with %s\n got %s\nwant %s", filter, got, want)
		}
	}
}

func TestFilterVariables(t *testing.T) {
	h := start(t)
	const query = `query($f: MessageFilter!, $in: [String!]) { messages(first: 10, filter: {and: [$f, {body: {in: $in}}]}) { nodes { body } } }`
	tests := []struct{ vars, want string }{
		{`{"f": {"body": {"ne": "one"}}, "in": ["one", "two"]}`, "two"},
		{`{"f": {"or": [{"body": {"eq": "one"}}, {"body": {"in": ["two"]}}]}, "in": ["one", "two", "three"]}`, "one two"},
		{`{"f": {"room": {"messageCount": {"in": [5, 6]}}}, "in": "one"}`, "one"},
		{`{"f": {"author": {"name": {"eq": "bob"}}}, "in": ["one", "two"]}`, "two"},
	}
	for _, tt := range tests {
		answer := h.query(t, "", query, tt.vars)
		if got := bodies(t, answer); got != tt.want {
			t.Errorf("%s\n got %q, want %q: %s", tt.vars, got, tt.want, answer)
		}
	}
}

// compileFilters is the schema without an application behind it.
func compileFilters(t testing.TB) *builder {
	t.Helper()
	registry, err := resource.Compile(definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	return build(registry)
}

func TestFilterRefusals(t *testing.T) {
	b := compileFilters(t)
	rooms := b.byRes[b.order[1].res]
	deep := strings.Repeat(`{"not":`, 40) + "{}" + strings.Repeat("}", 40)
	wide := `{"or":[` + strings.Repeat(`{"name":{"eq":"x"}},`, 2000) + `{}]}`
	tests := []struct{ filter, want string }{
		{`"x"`, "filter must be an object"},
		{`{"name": null}`, `filter.name must not be null; "isNull" asks for null`},
		{`{"name": "x"}`, "filter.name must be an object"},
		{`{"name": {"gt": null}}`, "filter.name.gt must not be null"},
		{`{"name": {"in": [null]}}`, "filter.name.in must not be null"},
		{`{"name": {"eq": 5}}`, "filter.name.eq must be a text"},
		{`{"id": {"eq": "x"}}`, "filter.id.eq must be a UUID"},
		{`{"state": {"eq": "open"}}`, "filter.state.eq is no value of RoomState"},
		{`{"messageCount": {"eq": 1.5}}`, "filter.messageCount.eq must be a whole number"},
		{`{"lastPosted": {"eq": "yesterday"}}`, `filter.lastPosted.eq must be a time such as "2006-01-02T15:04:05Z"`},
		{`{"messages": null}`, "filter.messages must not be null"},
		{`{"name": {"isNull": null}}`, "filter.name.isNull must not be null"},
		{deep, "filter is nested too deeply"},
		{wide, "filter has too many conditions"},
		{`{"owner":{"messages":{"room":{"owner":{"messages":{"room":{}}}}}}}`, "filter goes through too many relationships"},
	}
	for _, tt := range tests {
		r := filterReader{room: 1000, depth: 5}
		_, err := r.filter(rooms.filter, parseJSON(t, tt.filter), nil, []string{"filter"})
		got := ""
		if e, ok := errors.AsType[*conga.Error](err); ok {
			got = e.Issues[0].Field() + " " + e.Issues[0].Text()
		}
		if got != tt.want {
			t.Errorf("%.60s\n got %q\nwant %q", tt.filter, got, tt.want)
		}
	}
}

func parseJSON(t testing.TB, s string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// FuzzFilter feeds documents to the conversion: it must not panic, must be
// bounded, and must name no field that the schema does not have.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`{"name":{"eq":"x"}}`, `{"and":[{"id":{"in":["a"]}},null]}`, `{"or":{"not":{}}}`, `{"owner":{"name":{"contains":"\u0000"}}}`,
		`{"messages":{"body":{"isNull":true}}}`, `{"messageCount":{"gt":1e400}}`, `{"state":{"eq":5}}`, `[1]`, `{"owner":null}`,
	} {
		f.Add(seed)
	}
	b := compileFilters(f)
	rt := b.order[1]
	f.Fuzz(func(t *testing.T, s string) {
		var v any
		dec := json.NewDecoder(strings.NewReader(s))
		dec.UseNumber()
		if dec.Decode(&v) != nil {
			return
		}
		r := filterReader{room: 100, depth: 3}
		n, err := r.filter(rt.filter, v, nil, []string{"filter"})
		if err != nil {
			var e *conga.Error
			if !errors.As(err, &e) || e.Kind != conga.Invalid || len(e.Issues) == 0 {
				t.Fatalf("%q: error %v of another kind", s, err)
			}
			return
		}
		checkNode(t, []*resource.Resource{rt.res}, n)
	})
}

// checkNode fails when an expression names what is not there.
func checkNode(t *testing.T, scopes []*resource.Resource, n expr.Node) {
	t.Helper()
	expr.Walk(n, func(n expr.Node) bool {
		switch x := n.(type) {
		case expr.Field:
			r := follow(t, scopes[len(scopes)-1-x.Up], x.Path)
			if a := r.Attribute(x.Name); a == nil || a.Private {
				t.Fatalf("the filter speaks of %s.%s", r.Name, x.Name)
			}
		case *expr.Aggregate:
			inner := append(slices.Clip(scopes), follow(t, scopes[len(scopes)-1-x.Up], x.Path))
			checkNode(t, inner, x.Where)
			return false
		}
		return true
	})
}

func follow(t *testing.T, r *resource.Resource, path []string) *resource.Resource {
	t.Helper()
	for _, step := range path {
		rel := r.Relationship(step)
		if rel == nil || rel.Private {
			t.Fatalf("the filter goes through %s.%s", r.Name, step)
		}
		r = rel.Target
	}
	return r
}
