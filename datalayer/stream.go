package datalayer

import "context"

// Streamer is the ability to read any number of rows with little memory. A
// Layer that has it has it for its transactions too.
type Streamer interface {
	// Stream runs the query and calls f with its rows in order, chunk of them
	// at a time, at least one, and fewer only in the last call. Each Result
	// has the records that its rows include; it and all that came out of it
	// without a copy belong to f until f returns. All rows and what they
	// include are of the same moment, in a transaction as far as it shows
	// that. An error of f ends the stream and is returned as it is. When ctx
	// ends, the statement does too.
	//
	// Query.More, Count, Lock and a Seek backwards are not possible.
	Stream(ctx context.Context, q *Query, chunk int, f func(*Result) error) error
}

// Releaser is the ability of Rows to give their memory back for other rows.
type Releaser interface {
	// Release makes the rows empty. It may be called more than once.
	Release()
}

// Release gives the memory of the rows, and of those related to them, back to
// the layer, which uses it for other rows. It is for callers who have copied
// all that they want, such as into a response; nobody may look at the rows
// afterwards. It need not be called, and may be called more than once.
func (r *Result) Release() {
	if rows, ok := r.Rows.(Releaser); ok {
		rows.Release()
	}
	for _, rel := range r.Related {
		if rel.Result != nil {
			rel.Result.Release()
		}
	}
}
