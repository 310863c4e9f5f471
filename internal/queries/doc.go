// Package queries tests what reads can ask for, through every door and on each
// database. It has tests alone.
package queries
