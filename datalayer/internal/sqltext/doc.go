// Package sqltext turns what package datalayer asks for into SQL text and
// arguments, for PostgreSQL and for SQLite. It is pure: it knows no driver and
// keeps nothing between calls.
//
// The text depends on the shape of what is asked alone; values travel as
// arguments, so that prepared statements are found again. Exceptions are
// booleans, NULLs and limits, which are written out: planners look at them.
// Limits are rounded up to a small set of sizes; the caller cuts the rest.
//
// Arguments are canonical values (see package structs), nil for NULL, an Array
// or a Document. Records are tables aliased t0, t1 and so on. A path through to-one
// relationships is a LEFT JOIN, shared by all who take the same path; in
// updates and deletes, where nothing can be joined, it is a scalar subquery.
// Aggregates are correlated subqueries.
package sqltext
