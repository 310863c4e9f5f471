// Package nested tests actions that write related records, through every door
// and on each database. It has tests alone.
package nested
