// Package graphql serves the resources of an application over GraphQL:
// queries and mutations by GET and POST, subscriptions by server-sent events
// and by WebSocket with the protocol graphql-transport-ws.
//
//	mux.Handle("/graphql", graphql.New(app))
//	mux.Handle("/graphiql", graphql.Playground("/graphql"))
//
// The schema is made from the model at start; no code is generated. For a
// resource Message with the actions list, search, post, edit and delete it has
//
//	messages(filter, sort, first, after, last, before): MessageConnection
//	message(id): Message
//	searchMessages(…): MessageConnection
//	postMessage(input): PostMessagePayload     result and errors
//	editMessage(id, input): EditMessagePayload
//	deleteMessage(id): DeleteMessagePayload
//	messageEvents(filter): MessageEvent!       a subscription
//
// A field of the query and its whole selection become one conga.Find, so that
// the number of statements depends on the query and never on the data, and
// policies hold for every record on the way.
//
// Integers are Ints, also those of 64 bits: an Int that does not fit in 32
// bits is an error of its field. The Go type int64 is a BigInt, which is
// text. Keys and references to them, and all UUIDs, are IDs. A string with
// the rule oneof is an enum when its values make names.
package graphql
