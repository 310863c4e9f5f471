package datalayer

import (
	"context"

	"github.com/congago/conga/resource"
)

// Layer is one database. It may be used from many goroutines.
//
// The contract:
//
//  1. Conditions, sorts and calculations mean what package expr says, with
//     SQL's NULL: a record matches when its condition is true, not unknown.
//  2. Read returns the rows in the order of Query.Sort; ties are broken by
//     the primary key, ascending, so that the order is total.
//  3. Limit and Offset cut the ordered rows. With More set, Result.More tells
//     whether rows follow (or, for a Seek backwards, precede) without returning one.
//  4. A Seek continues after, or ends before, the given sort values and key,
//     NULLs included; rows come in the requested order in both directions.
//  5. Count, when asked for, is the number of rows for Where alone: without
//     Limit, Offset and Seek.
//  6. Each Include gives every row its related records: filtered, sorted and,
//     with a Limit, cut for each row on its own.
//  7. The number of statements depends on the query alone, never on rows.
//  8. Insert stores all rows or none, and returns the asked columns row by
//     row in the order of the input.
//  9. Update and Delete change the matching records alone, in one statement,
//     and return the asked columns of each: after the update, before the delete.
//  10. Expressions assigned in an update see the old values.
//  11. A broken constraint is a *ConstraintError that names the constraint's kind and attributes.
//  12. A transaction shows its own writes to itself, nothing to others until
//     Commit, and nothing ever after Rollback.
//  13. When ctx ends, the call ends soon with ctx's error; a write either
//     happened or did not.
//  14. A database that cannot be reached, or is overloaded, gives an
//     *UnavailableError; later calls succeed once it is back.
//  15. Values come back equal to what was stored: times to the microsecond
//     in UTC, decimals digit for digit, bytes, text and JSON unchanged in meaning.
//  16. Value, Scan and AppendJSON of the same place agree with each other.
//  17. An Insert with a Conflict updates the existing record for which its
//     Where holds, by its Update and Set, in the same statement, and returns it
//     in the new one's place; the order of rule 8 then holds for those that are returned.
//  18. A layer that is a Streamer gives the same rows chunk by chunk as Read gives
//     at once, all of one moment.
//  19. A Query with a Group gives a row for each group for which Having holds,
//     in the order of Sort; ties are broken by the keys, in order, ascending,
//     NULLs last. Limit, Offset, More and Count are about groups.
//  20. A relationship leads to the records for which its keys, Steps and Filter
//     say so, of these to the first Limit in the order of its Sort and then of
//     the primary key, and a to-one relationship to the first: in an Include
//     as in an expression, and as Relations say, where it is among them.
//  21. An Update with Each changes the records with its keys alone, each to
//     values of its own, in one statement, as far as Where holds for them.
//  22. Distinct comes before all else: order, cuts, counts and groups are about
//     the records that it keeps.
//  23. Of a resource with tenants a statement sees the records of its Tenant
//     alone, wherever it meets them: in conditions, sorts, aggregates, paths and
//     what it includes. It writes no other tenant's, and gives no record another
//     tenant. Without a tenant it fails with ErrTenant, unless they are optional.
//  24. A generated column that an Insert leaves out gets the value that the
//     database makes: of numbers one that is not taken, greater with each row
//     of the statement; else that of its DatabaseDefault.
//  25. Combine comes before even that: its parts are read on their own, with
//     their order and cuts, and put together from left to right. A record that is
//     there several times, which it is after UnionAll alone, is as many rows, and
//     is counted as many times; Distinct keeps one.
//  26. SQL of the application, expr.OpSQL, is computed as it stands, from its
//     arguments; the value has the type of Written.Zero.
//  27. A Tx that is a Nester has parts: Rollback undoes what was done in the
//     part, also after a statement that broke a constraint, and the transaction
//     goes on; Commit leaves it to what the part is part of.
type Layer interface {
	Session
	// Begin opens a transaction. The caller must end it with Commit or Rollback.
	Begin(ctx context.Context) (Tx, error)
	// EnsureTables creates the tables, keys, constraints and indexes that the
	// resources need and that are not there yet. It never drops or alters.
	EnsureTables(ctx context.Context, resources []*resource.Resource) error
	// Check refuses what the layer cannot do for these resources, before the first request.
	Check(resources []*resource.Resource) []resource.Diagnostic
	// Close waits for running calls and frees everything.
	Close() error
}

// Session runs queries and writes: on a Layer each by itself, on a Tx as part of it.
type Session interface {
	Read(ctx context.Context, q *Query) (*Result, error)
	Insert(ctx context.Context, w *Insert) (*Result, error)
	Update(ctx context.Context, w *Update) (*Result, error)
	Delete(ctx context.Context, w *Delete) (*Result, error)
}

// Tx is a transaction. It belongs to one goroutine at a time.
type Tx interface {
	Session
	// Commit makes the writes last. After an error nothing of them remains,
	// unless the error is an *UnavailableError with InDoubt set.
	Commit(ctx context.Context) error
	// Rollback undoes the writes; after Commit it does nothing.
	Rollback(ctx context.Context) error
}

// Nester is the ability of a Tx to begin parts of itself. The parts of a
// layer's transactions have it too.
type Nester interface {
	// Begin opens a part: a Tx whose Rollback undoes what it did alone, and whose
	// Commit makes it part of the transaction around it. It must end before that,
	// which is not used meanwhile.
	Begin(ctx context.Context) (Tx, error)
}
