// Package conga is the engine: it carries out the declared actions of
// resources on a data layer. Every door (Go, REST, GraphQL, forms, pages)
// goes through it, so that none can forget a validation or a policy.
//
//	app, err := conga.New(store, resource.Of[User](), resource.Of[Message]())
//	messages := conga.For[Message](app)
//	f := messages.Fields()
//	msg, err := messages.Create(ctx, "post", conga.Set(&f.Body, "hello"))
package conga
