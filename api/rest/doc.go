// Package rest serves the actions of an application as a REST API.
//
//	mux.Handle("/api/", rest.New(app))
//
// The routes come from the model:
//
//	GET    /api/messages              the primary read action, a page of records
//	GET    /api/messages/{id}         the same for one record
//	POST   /api/messages              the primary create action
//	PATCH  /api/messages/{id}         the primary update action
//	DELETE /api/messages/{id}         the primary destroy action
//	GET    /api/messages/unread       another read action
//	POST   /api/users/register        another create action, or a generic one
//	PATCH  /api/messages/{id}/pin     another update action
//	DELETE /api/messages/{id}/purge   another destroy action
//	PATCH  /api/messages?filter[…]    the primary update action on all that the filters find, where it is Bulk
//	DELETE /api/messages/purge?filter[…]    another destroy action in the same way
//	GET    /api/openapi.json          the OpenAPI document
//	GET    /api/docs                  a page to read it and to try it
//
// An action that is primary only because it is the only one of its kind has
// both routes. Private actions, attributes and relationships have none.
//
// A record is an object of its public stored attributes. Calculated attributes
// are there when the query asks for them by fields, relationships when it
// asks by include:
//
//	GET /api/rooms?fields[room]=id,name,message_count&include=owner
//	GET /api/messages?filter[room_id]=…&filter[author][name][starts_with]=A&sort=-inserted_at
//
// A list is {"data": […], "page": {"limit", "after", "before", "count"}};
// page[after]= with the value of after is the page that follows.
//
// The body of a create that is Bulk may be a list of objects. An update or
// destroy with the ETag of the record as If-Match answers 412 when somebody has
// written the record since.
//
// Plain JSON is the default. Clients that accept application/vnd.api+json get
// JSON:API 1.1. Errors are problems as RFC 9457 has them.
package rest
