package doors

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// request is one that is sent to both worlds.
type request struct {
	actor, method, path, accept string
	body                        any
}

func (q request) String() string {
	body, _ := json.Marshal(q.body)
	return fmt.Sprintf("%s %s as %q %s %s", q.method, q.path, q.actor, q.accept, body)
}

// send answers a request for the first firm: by GraphQL where the path says so.
func (e *estate) send(ctx context.Context, q request) *httptest.ResponseRecorder {
	body, handler := "", e.rest
	if q.body != nil {
		b, err := json.Marshal(q.body)
		if err != nil {
			panic(err)
		}
		body = string(b)
	}
	if q.path == "/graphql" {
		handler = e.ql
	}
	return e.serve(ctx, handler, e.firms[0].String(), q, body)
}

func (e *estate) serve(ctx context.Context, handler http.Handler, firm string, q request, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, q.method, q.path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if q.accept != "" {
		r.Header.Set("Accept", q.accept)
	}
	if q.actor != "" {
		r.Header.Set("Authorization", "Bearer "+q.actor)
	}
	if firm != "" {
		r.Header.Set("X-Firm", firm)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

var anyCursor = regexp.MustCompile(`"(after|before|cursor)":"[^"]*"`)

// numbering gives keys that an application has made the number of their first appearance.
type numbering struct {
	known map[string]bool
	seen  map[string]string
	keys  []string // of seen, in order
}

func (n *numbering) plain(text string) string {
	text = anyCursor.ReplaceAllString(text, `"$1":"…"`) // there are keys in it
	return anyUUID.ReplaceAllStringFunc(text, func(id string) string {
		if n.known[id] {
			return id
		}
		if n.seen[id] == "" {
			n.keys = append(n.keys, id)
			n.seen[id] = fmt.Sprintf("new key %d", len(n.keys))
		}
		return n.seen[id]
	})
}

// TestOtherTenantsMakeNoDifference sends the same requests to two worlds, of
// which one has another tenant's records too: all answers are the same, and so
// is what the tenant has afterwards. The other tenant's records stay as they are.
func TestOtherTenantsMakeNoDifference(t *testing.T) {
	onTenants(t, func(t *testing.T, open func(t *testing.T) *estate) {
		full, alone := open(t), open(t)
		full.seed(t, 1)
		full.seed(t, 0)
		alone.seed(t, 0)
		r := newRandom(72)
		known := map[string]bool{}
		for _, id := range full.everyKey(t) {
			known[id] = true
		}
		worlds := []*estate{full, alone}
		plain := []*numbering{{known, map[string]string{}, nil}, {known, map[string]string{}, nil}}
		foreign := full.dump(t, 1)
		compare := func(q [2]request) bool {
			t.Helper()
			var answers [2]string
			for i, e := range worlds {
				res := e.send(t.Context(), q[i])
				answers[i] = fmt.Sprint(res.Code, " ", plain[i].plain(res.Body.String()), e.log.take())
			}
			if answers[0] != answers[1] {
				t.Errorf("%s\nwith the other tenant %s\nwithout              %s", q[0], answers[0], answers[1])
			}
			return strings.HasPrefix(answers[0], "20")
		}
		good, written := 0, 0
		reads := func() {
			for _, q := range tenantReads(r) {
				if compare([2]request{q, q}) {
					good++
				}
			}
		}
		reads()
		keys := slices.Sorted(func(yield func(string) bool) {
			for id := range known {
				if !yield(id) {
					return
				}
			}
		})
		for range 200 {
			// Keys that were made have different values in the two worlds.
			var q [2]request
			seed := r.Uint64()
			for i := range worlds {
				q[i] = tenantWrite(newRandom(seed), append(slices.Clone(keys), plain[i].keys...))
			}
			if compare(q) {
				written++
			}
		}
		reads()
		for firm, name := range []string{"the tenant", "the other tenant"} {
			var dumps [2]string
			for i, e := range worlds {
				dumps[i] = plain[i].plain(e.dump(t, firm))
			}
			if firm == 1 {
				dumps[1] = foreign
			}
			if dumps[0] != dumps[1] {
				t.Errorf("the records of %s\n%s\nwant\n%s", name, dumps[0], dumps[1])
			}
		}
		t.Logf("%d reads and %d writes succeeded", good, written)
		if good < 100 || written < 30 {
			t.Errorf("only %d reads and %d writes succeeded", good, written)
		}
	})
}

// everyKey are the keys of all records of both firms.
func (e *estate) everyKey(t *testing.T) []string {
	return anyUUID.FindAllString(e.dump(t, 0)+e.dump(t, 1), -1)
}

// dump is all that a firm has, read past the engine.
func (e *estate) dump(t *testing.T, firm int) string {
	t.Helper()
	var b strings.Builder
	for _, r := range e.app.Registry().Resources {
		if r.Name == "Firm" || r.Name == "User" {
			for _, id := range e.firms {
				fmt.Fprintln(&b, id)
			}
			for _, u := range e.users {
				fmt.Fprintln(&b, u.ID)
			}
			continue
		}
		q := &datalayer.Query{Resource: r, Select: r.Columns(), Tenant: datalayer.Tenant{ID: e.firms[firm]}}
		res, err := e.app.Layer().Read(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for row := range res.Len() {
			line := []byte(r.Name)
			for col := range res.Columns {
				if line, err = res.AppendJSON(append(line, ' '), row, col); err != nil {
					t.Fatal(err)
				}
			}
			lines = append(lines, string(line))
		}
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	return b.String()
}

// tenantReads ask for everything that can be asked for.
func tenantReads(r random) []request {
	var out []request
	get := func(actor, accept, path string, params url.Values) {
		out = append(out, request{actor: actor, method: http.MethodGet, path: "/api" + path + "?" + params.Encode(), accept: accept})
	}
	includes := map[string]string{
		"tickets": "queue,parent,parent.queue,author,children,all_notes,all_notes.author,labels,labels.tickets,notice,firm",
		"queues":  "tickets,tickets.labels,firm", "notes": "ticket,author,firm", "labels": "tickets,firm", "labellings": "ticket,label",
		"notices": "ticket", "users": "notes,notes.ticket", "firms": "tickets,notes",
	}
	fields := map[string]string{
		"tickets": "id,firm_id,title,notes,newest,siblings,number", "queues": "id,name,size,global", "users": "id,name,written", "firms": "id,name,open,staffs",
	}
	types := map[string]string{"tickets": "ticket", "queues": "queue", "users": "user", "firms": "firm"}
	filters := []string{"", "filter[notes][gt]=1", "filter[queue][size][gte]=3", "filter[parent][title]=title 1", "filter[labels][name]=label1",
		"filter[all_notes][text]=note 1", "filter[all_notes][author][name]=bob", "filter[children][notes][gte]=1", "filter[firm][open][gt]=5",
		"filter[author][written][gte]=2", "filter[notice][text][gte]=notice 3", "filter[siblings][gt]=2", "filter[newest][gte]=note 1"}
	sorts := []string{"", "notes", "-newest", "queue.size,-number", "parent.title,number", "author.written,number", "siblings"}
	for _, actor := range []string{"", "ann", "eve"} {
		for plural, include := range includes {
			params := url.Values{"include": {include}, "page[count]": {"true"}}
			if fields[plural] != "" {
				params.Set("fields["+types[plural]+"]", fields[plural])
			}
			get(actor, pick(r, []string{"", "application/vnd.api+json"}), "/"+plural, params)
		}
		for _, f := range filters {
			params, err := url.ParseQuery(strings.ReplaceAll(f, " ", "%20"))
			if err != nil {
				panic(err)
			}
			params.Set("page[limit]", fmt.Sprint(r.IntN(6)+1))
			params.Set("page[count]", "true")
			params.Set("fields[ticket]", "title,notes,siblings")
			if s := pick(r, sorts); s != "" {
				params.Set("sort", s)
			}
			get(actor, "", "/tickets", params)
		}
		get(actor, "", "/tickets/noted", nil)
		get(actor, "application/x-ndjson", "/tickets", url.Values{"fields[ticket]": {"title,notes"}})
		for _, text := range []string{
			`{ tickets(first: 5, filter: {allNotes: {text: {eq: "note 0"}}}) { totalCount edges { cursor node { id title notes newest siblings queue { name size tickets(first: 2) { totalCount nodes { title } } }
				labels(first: 3) { totalCount nodes { name tickets { totalCount } } } allNotes(first: 2) { totalCount nodes { text author { name written } } } } } } }`,
			`{ firms { nodes { name open staffs tickets { totalCount } } } users { nodes { name written notes { totalCount nodes { text ticket { title } } } } } }`,
			`{ queues { totalCount nodes { name size } } labels { totalCount } notes { totalCount } notices { totalCount nodes { text ticket { title } } } }`,
		} {
			out = append(out, request{actor: actor, method: http.MethodPost, path: "/graphql", body: map[string]any{"query": text}})
		}
	}
	return out
}

// tenantWrite is a random write, with keys of both firms' records and values
// that both have.
func tenantWrite(r random, keys []string) request {
	key := func() string { return pick(r, keys) }
	ticket := func() map[string]any {
		in := map[string]any{"number": r.IntN(14), "code": fmt.Sprintf("c%d", r.IntN(40)), "title": fmt.Sprintf("title %d", r.IntN(9))}
		if r.chance(50) {
			in["queue_id"] = key()
		}
		if r.chance(30) {
			in["parent_id"] = key()
		}
		return in
	}
	q := request{actor: pick(r, []string{"", "ann", "bob"}), method: http.MethodPost}
	if r.chance(20) {
		q.accept = "application/vnd.api+json"
	}
	switch r.IntN(18) {
	case 14, 15:
		q.path, q.body = "/api/tickets/plan", planned(r, key, ticket())
	case 16, 17:
		q.method, q.path, q.body = http.MethodPatch, "/api/tickets/"+key()+"/replan", replanned(r, key)
	case 0, 1:
		q.path, q.body = "/api/tickets", ticket()
	case 2:
		in := ticket()
		delete(in, "parent_id")
		q.path, q.body = "/api/tickets/put", in
	case 3:
		q.path, q.body = "/api/tickets", []any{ticket(), ticket()}
	case 4, 5:
		q.method, q.path, q.body = http.MethodPatch, "/api/tickets/"+key(), ticket()
	case 6:
		q.method, q.path = http.MethodDelete, "/api/tickets/"+key()
	case 7:
		q.method, q.path = http.MethodPatch, "/api/tickets/"+key()+"/finish"
	case 8:
		q.path, q.body = "/api/labellings", map[string]any{"ticket_id": key(), "label_id": key()}
	case 9:
		q.path, q.body = "/api/notes", map[string]any{"ticket_id": key(), "text": fmt.Sprintf("note %d", r.IntN(5))}
	case 10:
		q.method, q.path = http.MethodDelete, pick(r, []string{"/api/notes/", "/api/queues/"})+key()
	case 11:
		q.path, q.body = "/graphql", map[string]any{"query": `mutation($id: ID!) { editTicket(id: $id, input: {title: "renamed"}) { result { id title } errors { code fields } } }`, "variables": map[string]any{"id": key()}}
	case 12:
		q.path, q.body = "/api/labels", map[string]any{"name": fmt.Sprintf("label%d", r.IntN(6))}
	default:
		q.path, q.body = "/api/tickets/tally", map[string]any{}
	}
	return q
}

// TestNoDoorLeadsToAnotherTenant asks for single records of another tenant.
func TestNoDoorLeadsToAnotherTenant(t *testing.T) {
	onTenants(t, func(t *testing.T, open func(t *testing.T) *estate) {
		e := open(t)
		e.seed(t, 0)
		e.seed(t, 1)
		ours, theirs := conga.WithTenant(t.Context(), e.firms[0]), conga.WithTenant(t.Context(), e.firms[1].String())
		tickets := conga.For[Ticket](e.app)
		res, f := tickets.Resource(), tickets.Fields()
		foreign := must(tickets.Read(theirs, ""))(t).Items[0]
		if foreign.FirmID != e.firms[1] {
			t.Fatalf("the ticket is of %s", foreign.FirmID)
		}
		if _, err := tickets.Get(ours, foreign.ID); conga.KindOf(err) != conga.NotFound {
			t.Errorf("get: %v", err)
		}
		if ok := must(tickets.Can(ours, "drop", foreign))(t); ok {
			t.Error("a foreign ticket can be dropped")
		}
		if ok := must(e.app.Visible(ours, res, foreign, nil))(t); ok {
			t.Error("a foreign ticket is visible")
		}
		if ok := must(e.app.WasVisible(ours, res, foreign, nil))(t); ok {
			t.Error("a foreign ticket was visible")
		}
		if ok := must(e.app.WasVisible(theirs, res, foreign, nil))(t); !ok {
			t.Error("their ticket was not visible to them")
		}
		if v, n := e.app.Verdict(ours, res.Action("list")); v != conga.Filtered || !strings.Contains(expr.String(n), "FirmID") {
			t.Errorf("verdict %s %s", v, expr.String(n))
		}
		if _, err := tickets.Update(ours, "edit", foreign, conga.Set(&f.Title, "stolen")); conga.KindOf(err) != conga.NotFound {
			t.Errorf("update: %v", err)
		}
		if err := tickets.Destroy(ours, "drop", foreign); conga.KindOf(err) != conga.NotFound {
			t.Errorf("destroy: %v", err)
		}
		before := e.dump(t, 1)
		must(tickets.UpdateEvery(ours, "edit", expr.True(), conga.Set(&f.Title, "ours")))(t)
		must(tickets.UpdateEvery(ours, "finish", expr.In(&f.ID, foreign.ID)))(t)
		must(tickets.DestroyEvery(ours, "drop", expr.True()))(t)
		if after := e.dump(t, 1); after != before {
			t.Errorf("their records were\n%s\nand are\n%s", before, after)
		}
		for rec, err := range tickets.Stream(ours, "list") {
			if err != nil || rec.FirmID != e.firms[0] {
				t.Fatalf("stream: %v %v", rec, err)
			}
		}
		// The database itself refuses what no call can do.
		_, err := e.app.Layer().Insert(t.Context(), &datalayer.Insert{Resource: e.app.Registry().Lookup("Note"), Tenant: datalayer.Tenant{Any: true},
			Columns: e.app.Registry().Lookup("Note").Columns(), Rows: [][]any{{uuid.New(), e.firms[0], foreign.ID, e.users[0].ID, "crossing", false}}})
		var broken *datalayer.ConstraintError
		if !asConstraint(err, &broken) || broken.Kind != datalayer.ForeignKey || len(broken.Attributes) != 1 || broken.Attributes[0].Name != "TicketID" {
			t.Errorf("a note of one tenant on a ticket of another: %v", err)
		}
	})
}

func asConstraint(err error, to **datalayer.ConstraintError) bool {
	c, ok := err.(*datalayer.ConstraintError) //nolint:errorlint // layers return it as it is
	*to = c
	return ok
}

// TestTenantIsRequired calls everything without a tenant.
func TestTenantIsRequired(t *testing.T) {
	onTenants(t, func(t *testing.T, open func(t *testing.T) *estate) {
		e := open(t)
		e.seed(t, 0)
		e.seed(t, 1)
		ctx := conga.WithActor(t.Context(), e.users[0])
		tickets, firms, notices := conga.For[Ticket](e.app), conga.For[Firm](e.app), conga.For[Notice](e.app)
		f, ff := tickets.Fields(), firms.Fields()
		required := func(what string, err error) {
			t.Helper()
			if e := asError(err); e == nil || e.Kind != conga.Invalid || len(e.Issues) != 1 || e.Issues[0].Code != "tenant_required" {
				t.Errorf("%s without a tenant: %v", what, err)
			}
		}
		_, err := tickets.Read(ctx, "list")
		required("read", err)
		_, err = tickets.Create(ctx, "open", conga.Set(&f.Title, "x"))
		required("create", err)
		_, err = tickets.Update(ctx, "edit", &Ticket{ID: uuid.New()}, conga.Set(&f.Title, "x"))
		required("update", err)
		_, err = tickets.UpdateEvery(ctx, "edit", expr.True(), conga.Set(&f.Title, "x"))
		required("update every", err)
		_, err = conga.Call[Tally](ctx, tickets, "tally", nil)
		required("generic action", err)
		_, err = tickets.Can(ctx, "drop", nil)
		required("can", err)
		_, err = firms.Read(ctx, "list", conga.With(&ff.Open))
		required("aggregate from a resource without tenants", err)
		_, err = tickets.Explain(ctx, "list")
		required("explain", err)
		for _, err := range tickets.Stream(ctx, "list") {
			required("stream", err)
		}
		for _, q := range []request{
			{method: "GET", path: "/api/tickets"}, {method: "POST", path: "/api/tickets", body: map[string]any{"title": "x"}},
			{method: "GET", path: "/api/firms?include=tickets"}, {method: "POST", path: "/api/tickets/tally", body: map[string]any{}},
		} {
			body, _ := json.Marshal(q.body)
			res := e.serve(t.Context(), e.rest, "", q, string(body))
			if res.Code != http.StatusUnprocessableEntity && res.Code != http.StatusBadRequest || !strings.Contains(res.Body.String(), `"tenant_required"`) {
				t.Errorf("%s: %d %s", q, res.Code, res.Body)
			}
		}
		res := e.serve(t.Context(), e.ql, "", request{method: "POST", path: "/graphql"}, `{"query": "{ tickets { totalCount } }"}`)
		if !strings.Contains(res.Body.String(), "tenant_required") && !strings.Contains(res.Body.String(), "a tenant is required") {
			t.Errorf("GraphQL: %s", res.Body)
		}
		for firm, want := range map[string]int{"forbidden": http.StatusUnauthorized, "no uuid": http.StatusBadRequest} {
			if res := e.serve(t.Context(), e.rest, firm, request{method: "GET", path: "/api/tickets"}, ""); res.Code != want {
				t.Errorf("tenant %q: %d %s", firm, res.Code, res.Body)
			}
		}
		// Optional: all of them.
		all := must(notices.Read(ctx, "list", conga.WithCount()))(t)
		some := must(notices.Read(conga.WithTenant(ctx, e.firms[0]), "list", conga.WithCount()))(t)
		if all.Count <= some.Count || some.Count == 0 {
			t.Errorf("%d notices without a tenant, %d with one", all.Count, some.Count)
		}
		if n := must(notices.Create(ctx, "post"))(t); n.FirmID != nil {
			t.Errorf("a notice without a tenant belongs to %s", n.FirmID)
		}
	})
}

func asError(err error) *conga.Error {
	e, _ := err.(*conga.Error) //nolint:errorlint // calls return it as it is
	return e
}

// TestAnyTenant runs actions that reach all tenants.
func TestAnyTenant(t *testing.T) {
	onTenants(t, func(t *testing.T, open func(t *testing.T) *estate) {
		e := open(t)
		e.seed(t, 0)
		e.seed(t, 1)
		tickets, firms := conga.For[Ticket](e.app), conga.For[Firm](e.app)
		f, ff := tickets.Fields(), firms.Fields()
		eve := conga.WithActor(t.Context(), e.users[2])
		for _, ctx := range []context.Context{eve, conga.WithTenant(eve, e.firms[0])} {
			all := must(tickets.Read(ctx, "everywhere", conga.With(&f.Notes), conga.Load(&f.AllNotes), conga.Load(&f.Queue), conga.WithCount()))(t)
			if all.Count != 24 {
				t.Errorf("%d tickets everywhere, want 24", all.Count)
			}
			for _, x := range all.Items {
				if x.Notes != len(x.AllNotes) || x.QueueID != nil && (x.Queue == nil || x.Queue.FirmID != x.FirmID) {
					t.Errorf("ticket %v", x)
				}
			}
			if n := len(must(firms.Read(ctx, "noted"))(t).Items); n != 2 {
				t.Errorf("%d firms have notes, want 2", n)
			}
			made := must(tickets.Create(ctx, "import", conga.Set(&f.FirmID, e.firms[1]), conga.Set(&f.Title, "imported"), conga.Set(&f.Code, uuid.NewString()[:8])))(t)
			if made.FirmID != e.firms[1] {
				t.Errorf("imported into %s", made.FirmID)
			}
			if x := must(tickets.Update(ctx, "reset", made))(t); x.Title != "reset" {
				t.Errorf("reset %v", x)
			}
			if n := must(tickets.UpdateEvery(ctx, "reset", expr.Eq(&f.ID, &made.ID)))(t); n != 1 {
				t.Errorf("reset %d tickets", n)
			}
			gone := &datalayer.Delete{Resource: tickets.Resource(), Tenant: datalayer.Tenant{ID: e.firms[1]}, Where: eq("ID", made.ID)}
			must(e.app.Layer().Delete(ctx, gone))(t)
		}
		// What a client asks through a record of no tenant stays limited.
		for ctx, want := range map[context.Context]int{eve: 0, conga.WithTenant(eve, e.firms[0]): 12} {
			total := 0
			for _, x := range must(firms.Read(ctx, "noted", conga.With(&ff.Open), conga.Load(&ff.Tickets)))(t).Items {
				if x.Open != len(x.Tickets) {
					t.Errorf("%d tickets are counted, %d loaded", x.Open, len(x.Tickets))
				}
				total += x.Open
			}
			if total != want {
				t.Errorf("%d tickets through firms, want %d", total, want)
			}
		}
		if _, err := tickets.Read(conga.WithActor(t.Context(), e.users[0]), "everywhere"); conga.KindOf(err) != conga.Forbidden {
			t.Errorf("everywhere as ann: %v", err)
		}
	})
}

func eq(name string, v any) expr.Node {
	return expr.Call{Op: expr.OpEq, Args: []expr.Node{expr.Field{Name: name}, expr.Literal{Value: v}}}
}

// TestTenantEvents subscribes for two tenants and for none.
func TestTenantEvents(t *testing.T) {
	onTenants(t, func(t *testing.T, open func(t *testing.T) *estate) {
		e := open(t)
		e.seed(t, 0)
		e.seed(t, 1)
		tickets := conga.For[Ticket](e.app)
		f := tickets.Fields()
		var heard [3][]string
		for i, ctx := range []context.Context{conga.WithTenant(t.Context(), e.firms[0]), conga.WithTenant(t.Context(), e.firms[1]), t.Context()} {
			e.app.Subscribe(ctx, tickets.Topic("", nil), func(ev conga.Event) {
				heard[i] = append(heard[i], fmt.Sprint(ev.Kind, " ", ev.Record.(*Ticket).Title, " ", ev.Tenant == e.firms[i%2]))
			})
		}
		for i := range e.firms {
			ctx := conga.WithTenant(t.Context(), e.firms[i])
			x := must(tickets.Create(ctx, "open", conga.Set(&f.Title, fmt.Sprint("by ", i)), conga.Set(&f.Code, "new"), conga.Set(&f.Number, 99)))(t)
			must(tickets.UpdateEvery(ctx, "edit", expr.Eq(&f.ID, &x.ID), conga.Set(&f.Title, fmt.Sprint("again ", i))))(t)
		}
		for i := range 2 {
			if got, want := strings.Join(heard[i], ", "), fmt.Sprintf("created by %d true, updated again %d true", i, i); got != want {
				t.Errorf("firm %d hears %s, want %s", i, got, want)
			}
		}
		if len(heard[2]) > 0 {
			t.Errorf("without a tenant: %v", heard[2])
		}
	})
}

// TestTenantDiagnostics declares what would let tenants meet.
func TestTenantDiagnostics(t *testing.T) {
	_, err := resource.Compile(resource.Of[Mixed](), resource.Of[Lonely](), resource.Of[Apart]())
	var got []string
	for _, d := range err.(resource.Diagnostics) { //nolint:errorlint // Compile returns nothing else
		got = append(got, d.Code+" "+d.Field+": "+d.Message)
	}
	want := []string{
		"C016 doors.Lonely.Mixed: Lonely has no tenant, but belongs to Mixed, which has one",
		"C016 doors.Mixed.Apart: one of Mixed and Apart has schemas for tenants, the other an attribute",
		"C016 doors.Mixed.add: the tenant FirmID cannot be an input",
		"C016 doors.Mixed.move: the tenant FirmID cannot be set",
		"C016 doors.Apart.everywhere: no statement reaches the schemas of all tenants",
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("no diagnostic %s", w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

type Mixed struct {
	ID      uuid.UUID `conga:"primary"`
	FirmID  uuid.UUID
	ApartID uuid.UUID
	Apart   *Apart `conga:"belongs_to"`
}

func (m *Mixed) Define(r *resource.Builder[Mixed]) {
	r.Create("add").Accept(&m.FirmID, &m.ApartID)
	r.Create("import").AnyTenant().Accept(&m.FirmID, &m.ApartID)
	r.Update("move").Change(resource.SetTo(&m.FirmID, uuid.Nil))
	r.Policy().AuthorizeIf(resource.Public)
	r.Tenant(&m.FirmID)
}

type Lonely struct {
	ID      uuid.UUID `conga:"primary"`
	MixedID uuid.UUID
	Mixed   *Mixed `conga:"belongs_to"`
}

func (l *Lonely) Define(r *resource.Builder[Lonely]) {}

type Apart struct {
	ID uuid.UUID `conga:"primary"`
}

func (a *Apart) Define(r *resource.Builder[Apart]) {
	r.TenantSchema()
	r.Read("everywhere").AnyTenant()
	r.Policy().AuthorizeIf(resource.Public)
}
