package doors

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
)

// planned is a ticket with nested records, by keys and by identities that both
// firms have.
func planned(r random, key func() string, in map[string]any) map[string]any {
	delete(in, "queue_id")
	delete(in, "parent_id")
	switch r.IntN(3) {
	case 0:
		in["queue"] = map[string]any{"id": key()}
	case 1:
		in["queue"] = map[string]any{"name": fmt.Sprintf("queue%d", r.IntN(6))}
	}
	if r.chance(60) {
		in["labels"] = namedLabels(r, key)
	}
	if r.chance(40) {
		in["children"] = []any{map[string]any{"code": fmt.Sprintf("c%d", r.IntN(14))}}
	}
	return in
}

// replanned is what a change of a ticket gives to its nested records.
func replanned(r random, key func() string) map[string]any {
	in := map[string]any{"title": "replanned"}
	if r.chance(60) {
		in["labels"] = namedLabels(r, key)
	}
	if r.chance(60) {
		child := map[string]any{"title": "child", "code": fmt.Sprintf("d%d", r.IntN(9)), "number": 20 + r.IntN(90)}
		if r.chance(40) {
			child["id"] = key()
		}
		if r.chance(30) {
			child["queue_id"] = key()
		}
		in["children"] = []any{child}
	}
	return in
}

func namedLabels(r random, key func() string) []any {
	out := []any{map[string]any{"name": fmt.Sprintf("label%d", r.IntN(5))}}
	if r.chance(30) {
		out = append(out, map[string]any{"id": key()})
	}
	return out
}

// TestNestedWritesStayWithTheirTenant names records of another tenant in
// nested inputs, by key and by identity: they are not there.
func TestNestedWritesStayWithTheirTenant(t *testing.T) {
	onTenants(t, func(t *testing.T, open func(t *testing.T) *estate) {
		e := open(t)
		e.seed(t, 0)
		e.seed(t, 1)
		ours, theirs := conga.WithTenant(t.Context(), e.firms[0]), conga.WithTenant(t.Context(), e.firms[1])
		tickets, queues, labels, ties := conga.For[Ticket](e.app), conga.For[Queue](e.app), conga.For[Label](e.app), conga.For[Labelling](e.app)
		f, qf, lf := tickets.Fields(), queues.Fields(), labels.Fields()
		must(queues.Create(theirs, "add", conga.Set(&qf.Name, "only theirs")))(t)
		must(labels.Create(theirs, "add", conga.Set(&lf.Name, "only theirs")))(t)
		must(tickets.Create(theirs, "open", conga.Set(&f.Title, "only theirs"), conga.Set(&f.Code, "only"), conga.Set(&f.Number, 77)))(t)
		foreign := must(tickets.Read(theirs, "", conga.Load(&f.Labels), conga.Load(&f.Children)))(t).Items
		queue, label := must(queues.Read(theirs, ""))(t).Items[0], must(labels.Read(theirs, ""))(t).Items[0]
		before := e.dump(t, 1)

		// By key and by identity, through each door.
		for body, want := range map[string]string{
			`{"title":"x","code":"n1","queue":{"id":"` + queue.ID.String() + `"}}`:                                  "queue not_found",
			`{"title":"x","code":"n2","labels":[{"id":"` + label.ID.String() + `"}]}`:                               "labels.0 not_found",
			`{"title":"x","code":"n3","labels":[{"name":"new"},{"id":"` + label.ID.String() + `","name":"fresh"}]}`: "labels.1 not_found",
			`{"title":"x","code":"n4","children":[{"id":"` + foreign[0].ID.String() + `"}]}`:                        "children.0 not_found",
			`{"title":"x","code":"n5","children":[{"code":"only"}]}`:                                                "children.0 not_found",
		} {
			path, code, _ := strings.Cut(want, " ")
			q := request{method: http.MethodPost, path: "/api/tickets/plan"}
			res := e.serve(t.Context(), e.rest, e.firms[0].String(), q, body)
			if res.Code != http.StatusUnprocessableEntity || !strings.Contains(res.Body.String(), `"`+code+`"`) ||
				!strings.Contains(res.Body.String(), "/"+strings.ReplaceAll(path, ".", "/")) {
				t.Errorf("REST, %s: %d %s, want %s", body, res.Code, res.Body, want)
			}
			operation, err := json.Marshal(map[string]any{"variables": map[string]any{"in": json.RawMessage(body)},
				"query": `mutation($in: PlanTicketInput!) { planTicket(input: $in) { result { id } errors { code path } } }`})
			if err != nil {
				t.Fatal(err)
			}
			res = e.serve(t.Context(), e.ql, e.firms[0].String(), request{method: http.MethodPost, path: "/graphql"}, string(operation))
			if !strings.Contains(res.Body.String(), `"code":"`+code+`"`) || !strings.Contains(res.Body.String(), `"result":null`) {
				t.Errorf("GraphQL, %s: %s, want %s", body, res.Body, want)
			}
		}

		// What both have is one's own; what only they have is made anew.
		made := must(tickets.Create(ours, "plan", conga.Set(&f.Title, "plan"), conga.Set(&f.Code, "plan"), conga.Set(&f.Number, 50),
			conga.Nest(&f.Queue, conga.Child(conga.Set(&qf.Name, "queue1"))),
			conga.Nest(&f.Labels, conga.Child(conga.Set(&lf.Name, label.Name)), conga.Child(conga.Set(&lf.Name, "only theirs"))),
			conga.Nest(&f.Children, conga.Child(conga.Set(&f.Code, "c1")))))(t)
		made = must(tickets.Get(ours, made.ID, conga.Load(&f.Queue), conga.Load(&f.Labels), conga.Load(&f.Children)))(t)
		if made.FirmID != e.firms[0] || made.Queue.FirmID != e.firms[0] || len(made.Labels) != 2 || len(made.Children) != 1 || made.Children[0].FirmID != e.firms[0] {
			t.Errorf("planned %+v", made)
		}
		for _, l := range made.Labels {
			if l.FirmID != e.firms[0] {
				t.Errorf("the label %s is of %s", l.Name, l.FirmID)
			}
		}
		for _, tie := range must(ties.Read(ours, ""))(t).Items {
			if tie.FirmID != e.firms[0] {
				t.Errorf("the tie is of %s", tie.FirmID)
			}
		}
		made = must(tickets.Update(ours, "replan", made, conga.Nest(&f.Labels),
			conga.Nest(&f.Children, conga.Child(conga.Set(&f.Title, "child"), conga.Set(&f.Code, "only"), conga.Set(&f.Number, 60))), conga.Load(&f.Children), conga.Load(&f.Labels)))(t)
		if len(made.Labels) != 0 || len(made.Children) != 1 || made.Children[0].FirmID != e.firms[0] || made.Children[0].Title != "child" {
			t.Errorf("replanned %+v", made)
		}

		// Direct control of another tenant's records, and keys among the inputs of nested ones.
		bare := must(tickets.Create(ours, "open", conga.Set(&f.Title, "bare"), conga.Set(&f.Code, "bare"), conga.Set(&f.Number, 62)))(t)
		for want, child := range map[string]conga.Nesting{
			"children.0 not_found":       conga.ChildKey(foreign[0].ID, conga.Set(&f.Title, "stolen")),
			"children.0.queue_id exists": conga.Child(conga.Set(&f.Title, "child"), conga.Set(&f.Code, "m"), conga.Set(&f.Number, 61), conga.Set(&f.QueueID, &queue.ID)),
		} {
			_, err := tickets.Update(ours, "replan", bare, conga.Nest(&f.Children, child))
			if got := asError(err); got == nil || len(got.Issues) != 1 || fieldOf(got.Issues[0]) != want {
				t.Errorf("direct control: %v, want %s", err, want)
			}
		}
		if _, err := tickets.Update(ours, "replan", foreign[0], conga.Nest(&f.Labels)); conga.KindOf(err) != conga.NotFound {
			t.Errorf("replan of their ticket: %v", err)
		}
		if after := e.dump(t, 1); after != before {
			t.Errorf("their records were\n%s\nand are\n%s", before, after)
		}
		// The database itself refuses to tie records of two tenants.
		through := ties.Resource()
		row := func(ticket, label uuid.UUID) []any {
			out := make([]any, len(through.Columns()))
			for i, a := range through.Columns() {
				out[i] = map[string]any{"ID": uuid.New(), "FirmID": e.firms[0], "TicketID": ticket, "LabelID": label}[a.Name]
			}
			return out
		}
		for name, values := range map[string][]any{
			"TicketID": row(foreign[0].ID, must(labels.Read(ours, ""))(t).Items[0].ID), "LabelID": row(made.ID, label.ID),
		} {
			_, err := e.app.Layer().Insert(t.Context(), &datalayer.Insert{Resource: through, Tenant: datalayer.Tenant{ID: e.firms[0]},
				Columns: through.Columns(), Rows: [][]any{values}})
			var broken *datalayer.ConstraintError
			if !asConstraint(err, &broken) || broken.Kind != datalayer.ForeignKey || broken.Attributes[0].Name != name {
				t.Errorf("a tie over %s: %v", name, err)
			}
		}
		if resource.KindOf(errOf(tickets.Create(t.Context(), "plan", conga.Set(&f.Title, "x")))) != resource.Invalid {
			t.Error("a nested write does without a tenant")
		}
	})
}
