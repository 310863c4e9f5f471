//go:build unix

// Command benchmarks measures Conga against a server written by hand on
// net/http, pgx and encoding/json that gives the same answers from the same
// database, in alternating rounds of one run:
//
//	make bench
//
// It prints ratios, which travel between machines, and the times they come
// from, which do not. docs/benchmarks.md keeps the last figures.
package main
