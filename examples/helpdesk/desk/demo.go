package desk

import (
	"context"
	"strings"

	"github.com/congago/conga"
	"github.com/congago/conga/resource/expr"
)

// Person is somebody of the demonstration, and a new bearer token to act as them.
type Person struct {
	Organisation string
	User         *User
	Token        string
}

// Demo makes two organisations with people, tags and tickets, where they are
// not there yet, and gives each person a new token.
func Demo(ctx context.Context, app *conga.App) ([]Person, error) {
	var out []Person
	for _, name := range []string{"Acme", "Globex"} {
		people, err := organise(ctx, app, name)
		if err != nil {
			return nil, err
		}
		out = append(out, people...)
	}
	return out, nil
}

// organise finds or makes one organisation of the demonstration.
func organise(ctx context.Context, app *conga.App, name string) ([]Person, error) {
	organisations, users := conga.For[Organisation](app), conga.For[User](app)
	o := organisations.Fields()
	known, err := organisations.Read(ctx, "known", conga.Where(expr.Is(&o.Name, name)))
	if err != nil {
		return nil, err
	}
	if len(known.Items) == 0 {
		return found(ctx, app, name)
	}
	ctx = conga.WithTenant(ctx, known.Items[0])
	all, err := users.Read(ctx, "known")
	if err != nil {
		return nil, err
	}
	return introduce(ctx, app, name, all.Items)
}

// found makes one organisation of the demonstration.
func found(ctx context.Context, app *conga.App, name string) ([]Person, error) {
	organisations, users := conga.For[Organisation](app), conga.For[User](app)
	o, u := organisations.Fields(), users.Fields()
	organisation, err := organisations.Create(ctx, "found", conga.Set(&o.Name, name))
	if err != nil {
		return nil, err
	}
	ctx = conga.WithTenant(ctx, organisation)
	var all []*User
	for _, p := range []User{{Name: "Ada", Role: Admin}, {Name: "Amir", Role: Agent}, {Name: "Carla", Role: Customer}} {
		email := strings.ToLower(p.Name + "@" + name + ".example")
		user, err := users.Create(ctx, "seed", conga.Set(&u.Name, p.Name), conga.Set(&u.Email, email), conga.Set(&u.Role, p.Role))
		if err != nil {
			return nil, err
		}
		all = append(all, user)
	}
	if err := furnish(ctx, app, all[1], all[2]); err != nil {
		return nil, err
	}
	return introduce(ctx, app, name, all)
}

// introduce gives each user a token.
func introduce(ctx context.Context, app *conga.App, organisation string, users []*User) ([]Person, error) {
	var out []Person
	for _, user := range users {
		token, err := Issue(ctx, app, user)
		if err != nil {
			return nil, err
		}
		out = append(out, Person{organisation, user, token})
	}
	return out, nil
}

// furnish gives an organisation some tickets; the agent takes the first.
func furnish(ctx context.Context, app *conga.App, agent, customer *User) error {
	tickets, tags := conga.For[Ticket](app), conga.For[Tag](app)
	t, g := tickets.Fields(), tags.Fields()
	asAgent, asCustomer := conga.WithActor(ctx, agent), conga.WithActor(ctx, customer)
	if _, err := tags.Create(asAgent, "make", conga.Set(&g.Name, "hardware")); err != nil {
		return err
	}
	for i, title := range []string{"Where is the coffee?", "My keyboard types in French", "The printer is on fire"} {
		if _, err := tickets.Create(asCustomer, "open", conga.Set(&t.Title, title), conga.Set(&t.Priority, 3+i)); err != nil {
			return err
		}
	}
	queue, err := tickets.Read(asAgent, "queue", conga.Limit(1))
	if err != nil {
		return err
	}
	_, err = tickets.Update(asAgent, "take", queue.Items[0])
	return err
}
