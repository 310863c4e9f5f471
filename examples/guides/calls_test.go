package guides_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/congatest"
	"github.com/congago/conga/resource/expr"
)

func TestCalls(t *testing.T) {
	d := openDesk(t)
	tickets := conga.For[Ticket](d.app)
	f := tickets.Fields()

	ticket, err := tickets.Create(as(t, d.bob), "open", conga.Set(&f.Title, "The coffee is cold"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ticket.Tags, []string{"new"}) || ticket.State != "open" || ticket.Priority != 3 {
		t.Errorf("defaults: got %+v", ticket)
	}
	ticket, err = tickets.Update(as(t, d.bob), "edit", ticket, conga.Set(&f.Priority, 5))
	if err != nil {
		t.Fatal(err)
	}
	solved, err := tickets.Update(as(t, d.ann), "solve", ticket, conga.Args(&Answer{Answer: "It is iced coffee.", Hours: 1}))
	if err != nil {
		t.Fatal(err)
	}
	if solved.State != "solved" || solved.Spent != time.Hour || ticket.State != "open" {
		t.Errorf("solve: got %+v", solved)
	}
	sum, err := conga.Call[Summary](as(t, d.bob), tickets, "summary", &Period{Since: time.Now().Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Open != 1 || sum.Solved != 1 || sum.Newest == nil {
		t.Errorf("summary: got %+v", sum)
	}
}

func TestTransact(t *testing.T) {
	d := openDesk(t)
	tickets := conga.For[Ticket](d.app)
	f := tickets.Fields()
	err := d.app.Transact(as(t, d.bob), func(ctx context.Context) error {
		if _, err := tickets.Create(ctx, "open", conga.Set(&f.Title, "First")); err != nil {
			return err
		}
		_, err := tickets.Create(ctx, "open", conga.Set(&f.Title, "")) // is required
		return err
	})
	if conga.KindOf(err) != conga.Invalid {
		t.Errorf("got %v, want invalid", err)
	}
	page, err := tickets.Read(as(t, d.bob), "mine")
	if err != nil || len(page.Items) != 1 {
		t.Errorf("after the rollback: %d tickets, %v; want 1", len(page.Items), err)
	}
}

// report prints what is wrong with an input.
func report(err error) {
	var e *conga.Error
	if errors.As(err, &e) && e.Kind == conga.Invalid {
		for _, issue := range e.Issues {
			fmt.Println(issue.Field(), issue.Code, issue.Text())
		}
	}
}

func Example_issues() {
	report(&conga.Error{Kind: conga.Invalid, Issues: []conga.Issue{
		{Path: []string{"title"}, Code: "max", Message: "must be at most {max} characters", Vars: map[string]any{"max": 80}},
	}})
	// Output: title max must be at most 80 characters
}

// TestKinds holds the table of errors in docs/actions.md, and that of
// docs/policies.md which tells forbidden from not found.
func TestKinds(t *testing.T) {
	d := openDesk(t)
	tickets := conga.For[Ticket](d.app)
	f := tickets.Fields()
	get := func(ctx context.Context) error { _, err := tickets.Get(ctx, d.printer.ID); return err }
	update := func(ctx context.Context, action string, options ...conga.Option) error {
		_, err := tickets.Update(ctx, action, d.printer, options...)
		return err
	}
	open := func(ctx context.Context, title string) error {
		_, err := tickets.Create(ctx, "open", conga.Set(&f.Title, title))
		return err
	}
	tests := []struct {
		what string
		err  error
		want string
	}{
		{"a read of what the actor may not see", get(as(t, d.carl)), "not_found"},
		{"a read by nobody, under policies that ask for the actor's fields", get(t.Context()), "forbidden"},
		{"a read of what the actor may see", get(as(t, d.bob)), ""},
		{"an update of what the actor may see but not change", update(as(t, d.bob), "vote"), "forbidden"},
		{"an update of what the actor may not see", update(as(t, d.carl), "edit", conga.Set(&f.Priority, 1)), "not_found"},
		{"an update that is refused whatever the record", update(as(t, d.bob), "take"), "forbidden"},
		{"a create that is refused whatever the record", open(t.Context(), "x"), "forbidden"},
		{"a destroy for admins", tickets.Destroy(as(t, d.ann), "delete", d.printer), "forbidden"},
		{"an input at fault", open(as(t, d.bob), ""), "invalid"},
		{"an input that is not accepted", update(as(t, d.bob), "edit", conga.Set(&f.Votes, 3)), "invalid"},
		{"a value that is taken", open(as(t, d.bob), "The printer is on fire"), "conflict"},
	}
	for _, tt := range tests {
		if got := string(conga.KindOf(tt.err)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, got, tt.want)
		}
	}
}

func TestCan(t *testing.T) {
	d := openDesk(t)
	tickets := conga.For[Ticket](d.app)
	may, err := tickets.Can(as(t, d.carl), "edit", d.printer)
	if may || err != nil {
		t.Errorf("Carl may edit: %v, %v", may, err)
	}
	if may, err = tickets.Can(as(t, d.bob), "edit", d.printer); !may || err != nil {
		t.Errorf("Bob may edit: %v, %v", may, err)
	}
}

// TestAggregatesObeyPolicies holds docs/policies.md: the customer does not
// count internal comments, the agent does.
func TestAggregatesObeyPolicies(t *testing.T) {
	d := openDesk(t)
	tickets, comments := conga.For[Ticket](d.app), conga.For[Comment](d.app)
	f, c := tickets.Fields(), comments.Fields()
	for _, internal := range []bool{true, false} {
		_, err := comments.Create(as(t, d.ann), "add", conga.Set(&c.TicketID, d.printer.ID), conga.Set(&c.Body, "Use water"), conga.Set(&c.Internal, internal))
		if err != nil {
			t.Fatal(err)
		}
	}
	for person, want := range map[*Person]int{d.ann: 2, d.bob: 1} {
		ticket, err := tickets.Get(as(t, person), d.printer.ID, conga.With(&f.Answers, &f.LastAnswerBy))
		if err != nil {
			t.Fatal(err)
		}
		if ticket.Answers != want || ticket.LastAnswerBy == nil || *ticket.LastAnswerBy != "Ann" {
			t.Errorf("%s: got %d answers, want %d", person.Name, ticket.Answers, want)
		}
	}
}

// TestCreateChecks: a create whose policy needs another record is undone.
func TestCreateChecks(t *testing.T) {
	d := openDesk(t)
	comments := conga.For[Comment](d.app)
	c := comments.Fields()
	_, err := comments.Create(as(t, d.carl), "add", conga.Set(&c.TicketID, d.printer.ID), conga.Set(&c.Body, "me too"))
	congatest.Fails(t, err, conga.Forbidden)
	_, err = comments.Create(as(t, d.bob), "add", conga.Set(&c.TicketID, d.printer.ID))
	congatest.Fails(t, err, conga.Invalid, "body:required")
	found, err := comments.Read(as(t, d.ann), "list")
	if err != nil || len(found.Items) != 0 {
		t.Errorf("comments left behind: %d, %v", len(found.Items), err)
	}
}

func TestRead(t *testing.T) {
	d := openDesk(t)
	ctx := as(t, d.ann)
	tickets := conga.For[Ticket](d.app)
	f := tickets.Fields()
	page, err := tickets.Read(ctx, "list",
		conga.Where(expr.Is(&f.State, "open").And(expr.Ge(&f.Priority, 3))),
		conga.Sort(expr.Desc(&f.Priority), expr.Asc(&f.OpenedAt)),
		conga.Limit(10),
	)
	if err != nil || len(page.Items) != 1 || page.Count != -1 {
		t.Fatalf("got %+v, %v", page, err)
	}
	ticket, err := tickets.Get(ctx, d.printer.ID)
	if err != nil || ticket.Title != d.printer.Title {
		t.Errorf("get: %+v, %v", ticket, err)
	}
}

// TestReadArguments: rules and defaults hold for the arguments of reads.
func TestReadArguments(t *testing.T) {
	d := openDesk(t) // its ticket has priority 3, and the argument a default of 4
	ctx, tickets := as(t, d.ann), conga.For[Ticket](d.app)
	for least, want := range map[int]int{3: 1, 4: 0} {
		page, err := tickets.Read(ctx, "urgent", conga.Args(&AtLeast{Priority: least}))
		if err != nil || len(page.Items) != want {
			t.Errorf("at least %d: got %v, %v; want %d tickets", least, page, err, want)
		}
	}
	f := tickets.Fields()
	if _, err := tickets.Update(ctx, "edit", d.printer, conga.Set(&f.Priority, 4)); err != nil {
		t.Fatal(err)
	}
	if page, err := tickets.Read(ctx, "urgent"); err != nil || len(page.Items) != 1 {
		t.Errorf("default: got %v, %v; want 1 ticket", page, err)
	}
	_, err := tickets.Read(ctx, "urgent", conga.Args(&AtLeast{Priority: 33}))
	congatest.Fails(t, err, conga.Invalid, "priority:max")
}

func TestPages(t *testing.T) {
	d := openDesk(t)
	for i := range 5 {
		tickets := conga.For[Ticket](d.app)
		if _, err := tickets.Create(as(t, d.bob), "open", conga.Set(&tickets.Fields().Title, fmt.Sprint("No. ", i))); err != nil {
			t.Fatal(err)
		}
	}
	all, err := readAll(as(t, d.bob), d.app)
	if err != nil || len(all) != 6 {
		t.Errorf("got %d tickets, %v; want 6", len(all), err)
	}
}

func readAll(ctx context.Context, app *conga.App) ([]*Ticket, error) {
	tickets := conga.For[Ticket](app)
	all := []*Ticket{}
	for cursor := ""; ; {
		page, err := tickets.Read(ctx, "list", conga.Limit(100), conga.After(cursor))
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.After; cursor == "" {
			return all, nil
		}
	}
}

func TestLoads(t *testing.T) {
	d := openDesk(t)
	ctx := as(t, d.ann)
	tickets, comments := conga.For[Ticket](d.app), conga.For[Comment](d.app)
	f, c := tickets.Fields(), comments.Fields()
	if _, err := comments.Create(ctx, "add", conga.Set(&c.TicketID, d.printer.ID), conga.Set(&c.Body, "Use water")); err != nil {
		t.Fatal(err)
	}
	page, err := tickets.Read(ctx, "list",
		conga.Load(&f.Customer),
		conga.Load(&f.Agent.Team),
		conga.Load(&f.Comments, conga.Where(expr.Is(&c.Internal, false)), conga.Limit(3), conga.Load(&c.Author)),
	)
	if err != nil {
		t.Fatal(err)
	}
	got := page.Items[0]
	if got.Customer.Name != "Bob" || got.Agent != nil || len(got.Comments) != 1 || got.Comments[0].Author.Name != "Ann" || got.Labels != nil {
		t.Errorf("got %+v", got)
	}
}

func TestRelatedConditions(t *testing.T) {
	d := openDesk(t)
	ctx := as(t, d.ann)
	tickets, comments := conga.For[Ticket](d.app), conga.For[Comment](d.app)
	f, c := tickets.Fields(), comments.Fields()
	if _, err := comments.Create(ctx, "add", conga.Set(&c.TicketID, d.printer.ID), conga.Set(&c.Body, "Use water")); err != nil {
		t.Fatal(err)
	}
	page, err := tickets.Read(ctx, "list", conga.Where(expr.All(
		expr.StartsWith(&f.Customer.Name, "B"),
		expr.Some(&f.Comments, func(x *Comment) expr.Bool { return expr.Contains(&x.Body, "water") }),
		expr.Less(expr.V(0), expr.Count(&f.Comments)),
	)))
	if err != nil || len(page.Items) != 1 {
		t.Errorf("got %v, %v", page, err)
	}
}

func TestConditionsOnOtherRecords(t *testing.T) {
	d := openDesk(t)
	ctx := as(t, d.ann)
	tickets := conga.For[Ticket](d.app)
	f := tickets.Fields()
	page, err := tickets.Read(ctx, "list", conga.Where(expr.All(
		expr.Not(expr.Exists(func(x *Ticket) expr.Bool {
			return expr.Eq(&x.Title, &f.Title).And(expr.Less(expr.F(&x.OpenedAt), expr.F(&f.OpenedAt)))
		})),
		expr.Less(expr.Count(expr.Records[Ticket](), func(x *Ticket) expr.Bool { return expr.Eq(&x.CustomerID, &f.CustomerID) }), expr.V(5)),
	)))
	if err != nil || len(page.Items) == 0 {
		t.Errorf("got %v, %v", page, err)
	}
}

func TestCombinedReads(t *testing.T) {
	d := openDesk(t)
	ctx := as(t, d.ann)
	tickets := conga.For[Ticket](d.app)
	f := tickets.Fields()
	page, err := tickets.Read(ctx, "list",
		conga.Base(conga.Where(expr.Is(&f.State, "open")), conga.Sort(expr.Desc(&f.Priority)), conga.Limit(5)),
		conga.Union(conga.Where(expr.Is(&f.State, "waiting")), conga.Sort(expr.Asc(&f.OpenedAt)), conga.Limit(5)),
		conga.Except(conga.Where(expr.Le(&f.Priority, 1))),
		conga.Sort(expr.Asc(&f.Title)), conga.Limit(20), conga.WithCount(), conga.Load(&f.Customer),
	)
	if err != nil || len(page.Items) == 0 || page.Count != int64(len(page.Items)) {
		t.Errorf("got %v, %v", page, err)
	}
}

// TestNull holds the table in docs/queries.md.
func TestNull(t *testing.T) {
	d := openDesk(t)
	tickets := conga.For[Ticket](d.app)
	f := tickets.Fields()
	now := time.Now()
	tests := []struct {
		what  string
		where expr.Bool
		want  int
	}{
		{"Is", expr.Is(&f.DueAt, &now), 0},
		{"IsNot", expr.IsNot(&f.DueAt, &now), 0},
		{"Not", expr.Not(expr.Is(&f.DueAt, &now)), 0},
		{"Is nil", expr.Is(&f.DueAt, nil), 1},
		{"IsNot nil", expr.IsNot(&f.DueAt, nil), 0},
		{"IsNull", expr.IsNull(&f.DueAt), 1},
		{"Distinct", expr.Distinct(expr.F(&f.DueAt), expr.V(&now)), 1},
		{"If", expr.If(expr.Is(&f.DueAt, &now), expr.False(), expr.True()), 1},
		{"Coalesce", expr.Equal(expr.Coalesce(expr.F(&f.DueAt), expr.V(now)), expr.V(now)), 1},
	}
	for _, tt := range tests {
		page, err := tickets.Read(as(t, d.bob), "list", conga.Where(tt.where))
		if err != nil {
			t.Errorf("%s: %v", tt.what, err)
		} else if len(page.Items) != tt.want {
			t.Errorf("%s: got %d records, want %d", tt.what, len(page.Items), tt.want)
		}
	}
}

// TestUpsert: a second survey of a ticket changes the first.
func TestUpsert(t *testing.T) {
	d := openDesk(t)
	surveys := conga.For[Survey](d.app)
	f := surveys.Fields()
	var first *Survey
	for _, stars := range []int{2, 5} {
		survey, err := surveys.Create(as(t, d.bob), "rate", conga.Set(&f.TicketID, d.printer.ID), conga.Set(&f.Stars, stars))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = survey
		}
		if survey.ID != first.ID || survey.Stars != stars {
			t.Errorf("got %+v, want %d stars in %s", survey, stars, first.ID)
		}
	}
}

func TestMany(t *testing.T) {
	d := openDesk(t)
	tickets := conga.For[Ticket](d.app)
	f := tickets.Fields()
	titles := []string{"One", "", "Three"}

	var rows [][]conga.Option
	for _, title := range titles {
		rows = append(rows, []conga.Option{conga.Set(&f.Title, title)})
	}
	created, faults, err := tickets.CreateMany(as(t, d.bob), "open", conga.Bulk{Partial: true}, rows...)
	if err != nil {
		t.Fatal(err)
	}
	if len(created) != 3 || created[1] != nil || len(faults) != 1 || faults[0].Index != 1 {
		t.Errorf("got %v, %v", created, faults)
	}
	_, err = tickets.Update(as(t, d.bob), "edit", created[0], conga.Set(&f.Title, "First"), conga.IfUnchanged())
	if err != nil {
		t.Fatal(err)
	}
	_, err = tickets.Update(as(t, d.bob), "edit", created[0], conga.Set(&f.Title, "Lost"), conga.IfUnchanged())
	if !errors.Is(err, conga.ErrStale) {
		t.Errorf("got %v, want %v", err, conga.ErrStale)
	}
	n, err := tickets.UpdateEvery(as(t, d.bob), "edit", expr.Lt(&f.Priority, 5), conga.Set(&f.Priority, 5))
	if err != nil || n != 3 {
		t.Errorf("updated %d, %v; want 3", n, err)
	}
}

// TestGroups runs what docs/queries.md says of groups, totals, distinct records and locks.
func TestGroups(t *testing.T) {
	d := openDesk(t)
	tickets := conga.For[Ticket](d.app)
	f := tickets.Fields()
	ctx := as(t, d.ann)
	var g struct {
		State  string
		Month  time.Time
		Count  int
		Spent  time.Duration
		Urgent int
	}
	groups, err := conga.Group(ctx, tickets, "list", &g,
		conga.By(&g.State, &f.State),
		conga.ByTime(&g.Month, expr.Month, &f.OpenedAt),
		conga.Counting(&g.Count),
		conga.Summing(&g.Spent, &f.Spent),
		conga.Counting(&g.Urgent, expr.Ge(&f.Priority, 4)),
		conga.Where(expr.IsNull(&f.DueAt)),
		conga.Having(expr.Gt(&g.Count, 0)),
		conga.Sort(expr.Desc(&g.Count)),
	)
	if err != nil || len(groups.Items) != 1 || groups.Items[0].Count != 1 || groups.Items[0].State != "open" {
		t.Errorf("groups: %+v (%v)", groups, err)
	}
	open, e1 := tickets.Count(ctx, "list", conga.Where(expr.Is(&f.State, "open")))
	some, e2 := tickets.Exists(ctx, "urgent")
	spent, e3 := conga.Sum(ctx, tickets, "list", &f.Spent)
	oldest, found, e4 := conga.Min(ctx, tickets, "list", &f.OpenedAt)
	if err := errors.Join(e1, e2, e3, e4); err != nil || open != 1 || some || spent != 0 || !found || oldest.IsZero() {
		t.Errorf("totals: %d, %v, %v, %v (%v)", open, some, spent, oldest, err)
	}
	latest, err := tickets.Read(ctx, "list",
		conga.Distinct(&f.CustomerID), conga.DistinctSort(expr.Desc(&f.OpenedAt)),
		conga.Sort(expr.Asc(&f.Title)))
	if err != nil || len(latest.Items) != 1 {
		t.Errorf("distinct: %+v (%v)", latest, err)
	}
	err = d.app.Transact(ctx, func(ctx context.Context) error {
		page, err := tickets.Read(ctx, "list", conga.Where(expr.Is(&f.ID, d.printer.ID)), conga.ForUpdate())
		if err != nil {
			return err
		}
		_, err = tickets.Update(ctx, "edit", page.Items[0], conga.Set(&f.Priority, page.Items[0].Priority+1))
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
