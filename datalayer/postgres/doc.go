// Package postgres is the data layer for PostgreSQL 14 and later, on pgx.
//
// Open makes a pool of connections, of moderate size: PostgreSQL does more
// with a few busy connections than with many. Statements are prepared once for
// each connection and shape of query. A read takes one flight for the records,
// those joined to them and their number, and one more for each further level
// of to-many relationships; where the key of the parents is known beforehand,
// that level comes with the first flight. A transaction begins together with
// its first statement.
//
// Rows stay as PostgreSQL sent them, in one piece of memory, until somebody
// asks for a value.
//
// Durations are columns of type bigint with nanoseconds: interval has only
// microseconds, and months. Text of type text compares by the collation of the
// database.
package postgres
