package nested

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/sqlite"
)

// doors are those of a desk. Everybody with a token is Ann.
type doors struct {
	*desk
	rest, ql http.Handler
	router   routers.Router
}

func newDoors(d *desk) *doors {
	o := api.Options{MaxBulk: 50, Actor: func(_ context.Context, token string) (any, error) {
		if token == "ann" {
			return d.ann, nil
		}
		return nil, nil
	}}
	out := &doors{desk: d, rest: rest.New(d.app, rest.Options{Options: o}), ql: graphql.New(d.app, graphql.Options{Options: o})}
	rec := httptest.NewRecorder()
	out.rest.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
	doc, err := openapi3.NewLoader().LoadFromData(rec.Body.Bytes())
	if err != nil {
		d.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		d.Errorf("the document is not valid: %v", err)
	}
	if out.router, err = legacy.NewRouter(doc); err != nil {
		d.Fatal(err)
	}
	return out
}

// do sends a request to REST and holds it against the OpenAPI document.
func (d *doors) do(method, path, media, body string) *httptest.ResponseRecorder {
	d.Helper()
	request := func() *http.Request {
		req := httptest.NewRequest(method, path, strings.NewReader(body))
		req.Header.Set("Content-Type", media)
		req.Header.Set("Authorization", "Bearer ann")
		return req
	}
	rec := httptest.NewRecorder()
	d.rest.ServeHTTP(rec, request())
	route, params, err := d.router.FindRoute(request())
	if err != nil {
		d.Fatalf("%s %s: %v", method, path, err)
	}
	in := &openapi3filter.RequestValidationInput{Request: request(), PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	if err := openapi3filter.ValidateRequest(d.Context(), in); err != nil && rec.Code < 300 && media == "application/json" {
		d.Errorf("%s %s %s succeeds, but not according to the document: %v", method, path, body, err)
	}
	if err := openapi3filter.ValidateResponse(d.Context(), &openapi3filter.ResponseValidationInput{RequestValidationInput: in,
		Status: rec.Code, Header: rec.Header(), Options: in.Options, Body: io.NopCloser(bytes.NewReader(rec.Body.Bytes()))}); err != nil {
		d.Errorf("%s %s answers not according to the document: %v\n%s", method, path, err, rec.Body)
	}
	return rec
}

// faults are the status and the pointers and codes of a problem, or of errors of JSON:API.
func faults(rec *httptest.ResponseRecorder) string {
	var out struct {
		Errors []struct {
			Pointer, Code string
			Source        struct{ Pointer string }
		}
	}
	_ = json.Unmarshal(rec.Body.Bytes(), &out)
	got := fmt.Sprint(rec.Code)
	for _, e := range out.Errors {
		got += " " + e.Pointer + e.Source.Pointer + ":" + e.Code
	}
	return got
}

func TestNestedREST(t *testing.T) {
	onDesks(t, func(d *desk) {
		s := newDoors(d)
		ann := d.ann.ID.String()
		tests := []struct{ body, faults, state string }{
			{`{"title":"a","author":"` + ann + `","deadline":{"days":2},"comments":[{"body":"one"},{"body":" two ","state":"seen","replies":[{"text":"r"}]}],"labels":[{"word":"x","weight":3}]}`,
				"201", "a by Ann in 2 0:one/new/0 1:two/seen/0(r) #x"},
			{`{"title":"a","author":{"id":"` + ann + `"},"helper":"` + ann + `","comments":[],"labels":[{"word":"x"},{"word":"y"}],"deadline":null}`,
				"201", "a by Ann with Ann #x #y"},
			{`{"title":"a","author":{"name":"Ann"},"helper":null}`, "201", "a by Ann"},
			{`{"title":"a","author":{"name":"Dan","admin":true}}`, "201", "a by Dan"},
			{`{"title":"","author":"` + ann + `","comments":[{"body":"ok"},{"body":""},{"body":7},{"bdoy":"x","body":"y"},"z",{"body":"a","replies":[{}]}]}`,
				"422 /title:required /comments/4:type /comments/1/body:required /comments/2/body:type /comments/3/bdoy:unknown /comments/5/replies/0/text:required", ""},
			{`{"title":"a"}`, "422 /author:required", ""},
			{`{"title":"a","author":null}`, "422 /author:required", ""},
			{`{"title":"a","author":"` + ann + `","comments":null}`, "422 /comments:type", ""},
			{`{"title":"a","author":"` + ann + `","comments":{"body":"x"}}`, "422 /comments:type", ""},
			{`{"title":"a","author":"` + ann + `","comments":[{"body":"x","id":"` + ann + `"}]}`, "422 /comments/0/id:unknown", ""},
			{`{"title":"a","author":"` + ann + `","comments":[{"body":"x","ticket_id":"` + ann + `","position":3}]}`, "422 /comments/0/ticket_id:unknown /comments/0/position:unknown", ""},
			{`{"title":"a","author":"` + ann + `","notes":["` + ann + `"]}`, "422 /notes/0:not_found", ""},
			{`{"title":"a","author":"` + ann + `","notes":["x",{"id":{"not":"x"}},{"id":"` + ann + `","text":"t"}]}`, "422 /notes/0:type /notes/1/id:type /notes/2/text:unknown /notes/2:not_found", ""},
			{`{"title":"a","author":"` + ann + `","comments":[{"body":"spam"}]}`, "422 /comments/0/body:invalid", ""},
			{`{"title":"a","author":"` + ann + `","comments":[{"body":"x","locked":true}]}`, "403 /comments/0:forbidden", ""},
			{`{"title":"a","author":"` + ann + `","comments":[{"body":"x","replies":[{"text":"n"},{"text":"r"}]}]}`, "409 /comments/0/replies/1/text:unique", ""},
			{`{"title":"a","author":"` + ann + `","comments":[` + strings.Repeat(`{"body":"x"},`, 60) + `{"body":"x"}]}`, "413", ""},
		}
		for _, tt := range tests {
			rec := s.do(http.MethodPost, "/api/tickets/open", "application/json", tt.body)
			if got := faults(rec); got != tt.faults {
				d.Errorf("%s\n got %s\nwant %s\n%s", tt.body, got, tt.faults, rec.Body)
			}
			if tt.state == "" || rec.Code != http.StatusCreated {
				continue
			}
			if got := d.state(d.answered(rec)); got != tt.state {
				d.Errorf("%s\n got %s\nwant %s", tt.body, got, tt.state)
			}
		}
	})
}

func (d *desk) answered(rec *httptest.ResponseRecorder) *Ticket {
	d.Helper()
	var out struct {
		ID   string
		Data struct{ ID string }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		d.Fatal(err)
	}
	ticket, err := d.tickets.Get(d.ctx, out.ID+out.Data.ID)
	if err != nil {
		d.Fatalf("%v: %s", err, rec.Body)
	}
	return ticket
}

func TestNestedRESTUpdate(t *testing.T) {
	onDesks(t, func(d *desk) {
		s := newDoors(d)
		f := d.tickets.Fields()
		a := d.mustOpen("a", conga.Nest(&f.Comments, conga.Child(body(d, "one")), conga.Child(body(d, "two"))))
		one := d.commentsOf(a)[0].ID.String()
		path := "/api/tickets/" + a.ID.String() + "/edit"
		for _, tt := range []struct{ body, faults, state string }{
			{`{"comments":[{"body":"new"},{"id":"` + one + `","state":"seen"}]}`, "200", "a by Ann 0:new/new/0 1:one/seen/1"},
			{`{"title":"b"}`, "200", "b by Ann 0:new/new/0 1:one/seen/1"},
			{`{"comments":[{"id":"` + one + `","hidden":true},{"id":"` + d.ann.ID.String() + `"},{"id":null,"body":"x"}]}`,
				"422 /comments/1:not_found /comments/0/hidden:unknown", ""},
			{`{"author":{"email":"no"}}`, "422 /author/email:email", ""},
			{`{"author":{"email":"a@example.com"},"comments":[]}`, "200", "b by Ann"},
		} {
			rec := s.do(http.MethodPatch, path, "application/json", tt.body)
			if got := faults(rec); got != tt.faults {
				d.Errorf("%s\n got %s\nwant %s\n%s", tt.body, got, tt.faults, rec.Body)
			}
			if tt.state != "" {
				d.expect(a, tt.state)
			}
		}
	})
}

func TestNestedJSONAPI(t *testing.T) {
	onDesks(t, func(d *desk) {
		s := newDoors(d)
		ann := d.ann.ID.String()
		author := `"author":{"data":{"type":"person","id":"` + ann + `"}}`
		for _, tt := range []struct{ body, faults, state string }{
			{`{"data":{"type":"ticket","attributes":{"title":"a","comments":[{"body":"one"}]},"relationships":{` + author + `}}}`, "201", "a by Ann 0:one/new/0"},
			{`{"data":{"type":"ticket","attributes":{"title":"a","comments":[{"body":"one"},{"body":""}]},"relationships":{` + author + `}}}`,
				"422 /data/attributes/comments/1/body:required", ""},
			{`{"data":{"type":"ticket","attributes":{"title":"a"},"relationships":{` + author + `,"notes":{"data":[{"type":"note","id":"` + ann + `"}]}}}}`,
				"422 /data/relationships/notes/data/0:not_found", ""},
			{`{"data":{"type":"ticket","attributes":{"title":"a"},"relationships":{` + author + `,"notes":{"data":[{"type":"label","id":"` + ann + `"}]}}}}`,
				"409 /data/relationships/notes/data/0/type:type", ""},
			{`{"data":{"type":"ticket","attributes":{"title":"a"},"relationships":{` + author + `,"notes":{"data":{}}}}}`,
				"400 /data/relationships/notes:document", ""},
		} {
			rec := s.do(http.MethodPost, "/api/tickets/open", "application/vnd.api+json", tt.body)
			if got := faults(rec); got != tt.faults {
				d.Errorf("%s\n got %s\nwant %s\n%s", tt.body, got, tt.faults, rec.Body)
			}
			if tt.state != "" && rec.Code == http.StatusCreated {
				d.expect(d.answered(rec), tt.state)
			}
		}
	})
}

// mutate runs a mutation and returns its errors, as "path: code" each, and the id of the result.
func (d *doors) mutate(mutation, variables string) (errs []string, id string) {
	d.Helper()
	in := fmt.Sprintf(`{"query":%q,"variables":%s}`, mutation, variables)
	req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(in))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer ann")
	rec := httptest.NewRecorder()
	d.ql.ServeHTTP(rec, req)
	var out struct {
		Data map[string]struct {
			Result  *struct{ ID string }
			Results []struct{ ID string }
			Errors  []struct {
				Path []string
				Code string
			}
		}
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		d.Fatalf("%v: %s", err, rec.Body)
	}
	for _, e := range out.Errors {
		errs = append(errs, e.Message)
	}
	for _, p := range out.Data {
		for _, e := range p.Errors {
			errs = append(errs, strings.Join(e.Path, ".")+": "+e.Code)
		}
		if p.Result != nil {
			id = p.Result.ID
		}
	}
	return errs, id
}

func TestNestedGraphQL(t *testing.T) {
	onDesks(t, func(d *desk) {
		s := newDoors(d)
		ann := `"` + d.ann.ID.String() + `"`
		const open = `mutation($in: OpenTicketInput!) { openTicket(input: $in) { result { id } errors { path code } } }`
		for _, tt := range []struct{ in, errs, state string }{
			{`{"title":"a","author":{"id":` + ann + `},"deadline":{"days":2},"comments":[{"body":"one"},{"body":"two","state":"SEEN","replies":[{"text":"r"}]}],"labels":[{"word":"x","weight":3}]}`,
				"", "a by Ann in 2 0:one/new/0 1:two/seen/0(r) #x"},
			{`{"title":"a","author":{"name":"Ann"},"helper":` + ann + `,"notes":[],"comments":{"body":"alone"}}`, "", "a by Ann with Ann 0:alone/new/0"},
			{`{"title":"a","author":{"id":` + ann + `},"comments":[{"body":"x"},{"body":"","replies":[{"text":"y"},{"text":""}]}]}`,
				"input.comments.1.body: required, input.comments.1.replies.1.text: required", ""},
			{`{"title":"a","author":{"id":` + ann + `},"notes":[` + ann + `]}`, "input.notes.0: not_found", ""},
			{`{"title":"a","author":{"id":` + ann + `},"comments":null}`, "input.comments: type", ""},
			{`{"title":"a","author":{"id":` + ann + `},"comments":[` + strings.Repeat(`{"body":"x"},`, 60) + `{"body":"x"}]}`, ": max", ""},
		} {
			errs, id := s.mutate(open, `{"in":`+tt.in+`}`)
			if got := strings.Join(errs, ", "); got != tt.errs {
				d.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.errs)
			}
			if tt.state == "" || id == "" {
				continue
			}
			ticket, err := d.tickets.Get(d.ctx, id)
			if err != nil {
				d.Fatal(err)
			}
			d.expect(ticket, tt.state)
		}
		// What cannot be a key, and what is no input, is refused by the schema itself.
		for _, in := range []string{
			`{"title":"a","author":{"id":{"not":1}}}`, `{"title":"a","author":{"id":` + ann + `},"comments":[{"body":"x","ticketId":` + ann + `}]}`,
			`{"title":"a"}`, `{"title":"a","author":{"id":` + ann + `},"comments":[{}]}`,
		} {
			if errs, id := s.mutate(open, `{"in":`+in+`}`); len(errs) == 0 || id != "" {
				d.Errorf("%s succeeds", in)
			}
		}
		ticket := d.mustOpen("e", conga.Nest(&d.tickets.Fields().Comments, conga.Child(body(d, "one"))))
		const edit = `mutation($id: ID!, $in: EditTicketInput) { editTicket(id: $id, input: $in) { result { id } errors { path code } } }`
		one := d.commentsOf(ticket)[0].ID
		errs, _ := s.mutate(edit, fmt.Sprintf(`{"id":%q,"in":{"comments":[{"body":"new"},{"id":%q,"state":"SEEN"}],"helper":%s}}`, ticket.ID, one, ann))
		if len(errs) > 0 {
			d.Errorf("edit: %q", errs)
		}
		d.expect(ticket, "e by Ann with Ann 0:new/new/0 1:one/seen/1")
		errs, _ = s.mutate(edit, fmt.Sprintf(`{"id":%q,"in":{"comments":[],"helper":null}}`, ticket.ID))
		if len(errs) > 0 {
			d.Errorf("edit: %q", errs)
		}
		d.expect(ticket, "e by Ann")
	})
}

func TestNestedTypes(t *testing.T) {
	d := newDesk(t, func(o datalayer.Observer) (datalayer.Layer, error) {
		return sqlite.OpenWith(t.Context(), ":memory:", sqlite.Options{Observer: o})
	})
	s := newDoors(d)
	const query = `{ a: __type(name: "OpenTicketInput") { inputFields { name type { kind name ofType { kind name ofType { kind name } } } } }
		b: __type(name: "EditTicketCommentsInput") { inputFields { name } } c: __type(name: "OpenTicketCommentsInput") { inputFields { name } } }`
	req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(fmt.Sprintf(`{"query":%q}`, query)))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	s.ql.ServeHTTP(rec, req)
	for _, want := range []string{
		`{"name":"notes","type":{"kind":"LIST","name":null,"ofType":{"kind":"NON_NULL","name":null,"ofType":{"kind":"SCALAR","name":"ID"}}}}`,
		`{"name":"author","type":{"kind":"NON_NULL","name":null,"ofType":{"kind":"INPUT_OBJECT","name":"OpenTicketAuthorInput","ofType":null}}}`,
		`"b":{"inputFields":[{"name":"id"},{"name":"body"},{"name":"state"},{"name":"hidden"},{"name":"locked"},{"name":"replies"}]}`,
		`"c":{"inputFields":[{"name":"body"},{"name":"state"},{"name":"hidden"},{"name":"locked"},{"name":"replies"}]}`,
	} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("the schema lacks %s:\n%s", want, rec.Body)
		}
	}
}
