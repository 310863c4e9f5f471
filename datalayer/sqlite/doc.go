// Package sqlite is the data layer on SQLite, in pure Go: the embedded
// default, with which an application starts with nothing installed.
//
// The file is in WAL mode: one connection writes, several read beside it.
// Times are stored as text of the form 2006-01-02T15:04:05.000000Z, which
// sorts as times do from year 0 to 9999; UUIDs as text; decimals as text in
// columns whose collation compares numbers; durations as nanoseconds; booleans
// as 0 and 1; JSON as text.
//
// Upper and lower case know ASCII alone. The collation of decimals is ours:
// another program needs one of the name conga_decimal to compare them.
package sqlite
