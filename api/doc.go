// Package api is what the doors for programs, REST and GraphQL, share: how
// rows become JSON, which operators a filter has, which status an error
// gets, how a request finds its actor, and the limits of all that.
package api
