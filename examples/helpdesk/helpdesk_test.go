package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/examples/helpdesk/desk"
	"github.com/congago/conga/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// each runs f with a help desk on each database.
func each(t *testing.T, f func(t *testing.T, d *site)) {
	t.Run("sqlite", func(t *testing.T) {
		store, err := sqlite.Open(t.Context(), ":memory:")
		f(t, serveTest(t, store, err))
	})
	t.Run("postgres", func(t *testing.T) {
		store, err := postgres.Open(t.Context(), pgtest.Database(t))
		f(t, serveTest(t, store, err))
	})
}

// site is a help desk that listens, and the tokens of its people.
type site struct {
	app    *conga.App
	url    string
	people map[string]desk.Person // "Acme agent"
}

func serveTest(t *testing.T, store datalayer.Layer, err error) *site {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, desk.Resources()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.Close() })
	people, err := desk.Demo(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(routes(app))
	t.Cleanup(server.Close)
	d := &site{app, server.URL, map[string]desk.Person{}}
	for _, p := range people {
		d.people[p.Organisation+" "+string(p.User.Role)] = p
	}
	return d
}

// send sends a request on behalf of somebody; body is JSON or empty.
func (d *site) send(t *testing.T, who, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, d.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.people[who].Token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// want sends a request and fails unless the answer has the status and all the texts.
func (d *site) want(t *testing.T, who, method, path, body string, status int, texts ...string) string {
	t.Helper()
	got, text := d.send(t, who, method, path, body)
	if got != status {
		t.Fatalf("%s: %s %s %s: status %d, want %d: %s", who, method, path, body, got, status, text)
	}
	for _, want := range texts {
		if !strings.Contains(text, want) {
			t.Errorf("%s: %s %s %s: want %s in %s", who, method, path, body, want, text)
		}
	}
	return text
}

// id is the member "id" of a record.
func id(t *testing.T, record string) string {
	t.Helper()
	var r struct{ ID string }
	if err := json.Unmarshal([]byte(record), &r); err != nil || r.ID == "" {
		t.Fatalf("no record: %s (%v)", record, err)
	}
	return r.ID
}

// first is the id of the first record of a list.
func first(t *testing.T, list string) string {
	t.Helper()
	var l struct{ Data []struct{ ID string } }
	if err := json.Unmarshal([]byte(list), &l); err != nil || len(l.Data) == 0 {
		t.Fatalf("no list of records: %s (%v)", list, err)
	}
	return l.Data[0].ID
}

// TestTicket follows a ticket from its opening to its end.
func TestTicket(t *testing.T) {
	each(t, func(t *testing.T, d *site) {
		tag := first(t, d.want(t, "Acme customer", "GET", "/api/tags", "", 200, `"hardware"`))
		d.want(t, "Acme customer", "POST", "/api/tickets",
			`{"title": "", "tags": ["nothing"], "comments": [{"body": "one"}, {"body": ""}], "attachments": [{"name": "a", "url": "b", "size": 1}]}`, 422,
			`"/title"`, `"/tags/0`, `"/comments/1/body"`, `"/attachments/0/url"`)
		ticket := id(t, d.want(t, "Acme customer", "POST", "/api/tickets", fmt.Sprintf(
			`{"title": " It hums ", "priority": 4, "tags": [%q], "comments": [{"body": "Listen."}], "attachments": [{"name": "hum.ogg", "url": "https://files.example/1", "size": 9}]}`, tag),
			201, `"title":"It hums"`, `"state":"open"`, `"hum.ogg"`))
		path := "/api/tickets/" + ticket
		d.want(t, "Acme customer", "GET", path+"?include=tags,latest,customer&fields[ticket]=title,answers,urgent", "", 200,
			`"answers":1`, `"urgent":true`, `"hardware"`, `"Listen."`, `"carla@acme.example"`)

		// Another organisation has no such ticket, and no such tag.
		for who, take := range map[string]int{"Globex customer": 403, "Globex agent": 404, "Globex admin": 404} {
			d.want(t, who, "GET", path, "", 404)
			d.want(t, who, "PATCH", path+"/take", "{}", take)
			d.want(t, who, "GET", "/api/comments?filter[ticket_id]="+ticket, "", 200, `"data":[]`)
		}
		comment := fmt.Sprintf(`{"body": "hello", "ticket_id": %q}`, ticket)
		d.want(t, "Globex customer", "POST", "/api/comments", comment, 422, `"ticket_id"`)
		d.want(t, "Globex agent", "POST", "/api/comments", comment, 422, `"ticket_id"`)
		d.want(t, "Globex customer", "POST", "/api/tickets", fmt.Sprintf(`{"title": "Mine", "tags": [%q]}`, tag), 422, `"/tags/0`)

		// The machine decides what may follow, the policies who may do it.
		d.want(t, "Acme customer", "PATCH", path+"/take", "{}", 403)
		d.want(t, "Acme agent", "PATCH", path+"/take", "{}", 200, d.people["Acme agent"].User.ID.String())
		d.want(t, "Acme admin", "PATCH", path+"/take", "{}", 422, "has an agent already")
		d.want(t, "Acme agent", "PATCH", path+"/close", "{}", 422, `"transition"`)
		d.want(t, "Acme agent", "PATCH", path+"/ask", `{"comments": [{"body": "Which printer?"}, {"body": "Is it theirs?", "internal": true}]}`, 200, `"waiting"`)
		d.want(t, "Acme customer", "PATCH", path+"/reopen", "{}", 200, `"open"`)
		d.want(t, "Acme agent", "PATCH", path+"/solve", `{"hours": 2, "answer": "Unplugged it."}`, 200, `"solved"`, `"PT2H"`)

		// Where a comment came from is a union.
		called := `{"body": "It hums louder.", "source": {"type": %q, %q: %q}, "ticket_id": %q}`
		d.want(t, "Acme agent", "POST", "/api/comments", fmt.Sprintf(called, "fax", "number", "+4930123456", ticket), 422, `"/source/type"`, "mail, phone")
		d.want(t, "Acme agent", "POST", "/api/comments", fmt.Sprintf(called, "phone", "number", "none", ticket), 422, `"/source/number"`)
		d.want(t, "Acme agent", "POST", "/api/comments", fmt.Sprintf(called, "phone", "number", "+4930123456", ticket), 201, `"type":`, `"+4930123456"`)
		d.want(t, "Acme agent", "GET", "/api/comments?filter[source][type]=phone", "", 200, "It hums louder.")
		d.want(t, "Acme agent", "GET", "/api/comments?filter[source][type]=mail", "", 200, `"data":[]`)

		// Notes among agents are not for customers, in no list and in no number.
		d.want(t, "Acme agent", "GET", path+"?include=comments", "", 200, "Is it theirs?", "Unplugged it.")
		if text := d.want(t, "Acme customer", "GET", path+"?include=comments&fields[ticket]=answers", "", 200, `"answers":4`, "Unplugged it."); strings.Contains(text, "theirs") {
			t.Errorf("a customer sees a note among agents: %s", text)
		}

		// Each action has left a version.
		want := "open →open, take →, ask open→waiting, reopen waiting→open, solve open→solved"
		if got := trail(t, d.want(t, "Acme agent", "GET", path+"?include=versions", "", 200)); got != want {
			t.Errorf("paper trail: got %q, want %q", got, want)
		}
		d.want(t, "Acme customer", "GET", path+"?include=versions", "", 200, `"versions":[]`)

		d.want(t, "Acme customer", "PATCH", path+"/close", "{}", 200, `"closed"`)
		d.want(t, "Acme customer", "PATCH", path, `{"title": "It hummed"}`, 403)
		d.want(t, "Acme agent", "DELETE", path, "", 403)
		d.want(t, "Acme admin", "DELETE", path, "", 204)
	})
}

// trail is what the versions of a ticket tell of its state.
func trail(t *testing.T, ticket string) string {
	t.Helper()
	var r struct {
		Versions []struct {
			Action  string
			Changes struct{ State struct{ From, To string } }
		}
	}
	if err := json.Unmarshal([]byte(ticket), &r); err != nil {
		t.Fatalf("%v in %s", err, ticket)
	}
	var out []string
	for _, v := range r.Versions {
		out = append(out, v.Action+" "+v.Changes.State.From+"→"+v.Changes.State.To)
	}
	return strings.Join(out, ", ")
}

// TestReports groups tickets, in REST, in GraphQL and by the action workload.
func TestReports(t *testing.T) {
	each(t, func(t *testing.T, d *site) {
		d.want(t, "Acme agent", "GET", "/api/tickets?group=state,agent.name&aggregate=count,avg:priority&sort=-count", "", 200,
			`{"state":"open","agent.name":null,"count":2,"avg_priority":3.5}`, `{"state":"open","agent.name":"Amir","count":1,"avg_priority":5}`)
		d.want(t, "Acme agent", "POST", "/api/tickets/workload", "{}", 200, `{"name":"Amir","tickets":1,"urgent":1,"priority":5}`)
		d.want(t, "Acme customer", "POST", "/api/tickets/workload", "{}", 403)
		d.want(t, "Acme customer", "GET", "/api/tickets?group=title&aggregate=count", "", 400, "title")
	})
}

// TestGraphQL reads and writes the same over GraphQL.
func TestGraphQL(t *testing.T) {
	each(t, func(t *testing.T, d *site) {
		ask := func(who, query string, texts ...string) string {
			t.Helper()
			body, err := json.Marshal(map[string]string{"query": query})
			if err != nil {
				t.Fatal(err)
			}
			return d.want(t, who, "POST", "/graphql", string(body), 200, texts...)
		}
		ask("Acme customer", `mutation {openTicket(input: {title: "Over GraphQL", comments: [{body: "Hello", source: {phone: {number: "+4930123456"}}}], attachments: [{name: "a", url: "https://a.example", size: 1}]})
			{result {title attachments {name} comments {nodes {body source {... on SourcePhone {number}} author {name}}}} errors {message}}}`,
			`"result":{"title":"Over GraphQL","attachments":[{"name":"a"}],"comments":{"nodes":[{"body":"Hello","source":{"number":"+4930123456"},"author":{"name":"Carla"}}]}}`)
		ask("Acme customer", `mutation {openTicket(input: {title: "", comments: [{body: ""}]}) {result {id} errors {path code}}}`,
			`["input","title"]`, `["input","comments","0","body"]`, `"result":null`)
		text := ask("Acme customer", `{users {nodes {name email openTickets}}}`, `"carla@acme.example"`, `"FORBIDDEN_FIELD"`)
		if strings.Contains(text, "amir@acme.example") || strings.Contains(text, "globex") {
			t.Errorf("a customer sees addresses of others: %s", text)
		}
		ask("Globex customer", `{tickets {totalCount}}`, `"totalCount":3`)
	})
}

// Nobody without a token reads anything.
func TestStrangers(t *testing.T) {
	each(t, func(t *testing.T, d *site) {
		for _, path := range []string{"/api/tickets", "/api/users", "/api/organisations"} {
			if status, text := d.send(t, "nobody", "GET", path, ""); status < 400 || strings.Contains(text, `"data"`) {
				t.Errorf("GET %s: %d %s", path, status, text)
			}
		}
	})
}
