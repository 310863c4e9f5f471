// Package doors holds the doors of an application together by tests: Go, REST,
// GraphQL and forms must give the same answer to the same question, refuse the
// same things with the same words, and let nothing out that a policy keeps in.
// It has tests alone.
package doors
