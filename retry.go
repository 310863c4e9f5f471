package conga

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/congago/conga/datalayer"
)

// TransactOption is a choice for one Transact.
type TransactOption func(*transactOptions)

type transactOptions struct{ retries int }

// Retries makes Transact run its function up to n times more when the
// transaction loses against another one: after a serialization failure or a
// deadlock, when nothing of it has happened. The function must bear that: what
// it does besides calls with its context happens each time. Events and
// AfterTransaction hooks are those of the last time alone; where such a hook was
// told of the failure of its own call already, there is no other time.
func Retries(n int) TransactOption { return func(o *transactOptions) { o.retries = n } }

// writeRetries is how often a write without hooks is tried again.
const writeRetries = 2

// writeAgain is write, again after a conflict where nobody has seen the
// first try: outside transactions, for actions without hooks or a function that stores. Changes and
// validations run again too, on a new changeset.
func (a *App) writeAgain(ctx context.Context, w *Write) (out *Written, err error) {
	retries := writeRetries
	if x := w.Action; a.open(ctx) != nil || x.HasHooks() || x.Manual != nil ||
		len(x.Cascades)+len(x.BeforeTransaction)+len(x.AfterTransaction)+len(w.Nested) > 0 {
		retries = 0
	}
	err = again(ctx, retries, func() attempt {
		out, err = a.write(ctx, w)
		return attempt{err: err}
	})
	return out, err
}

// attempt is the outcome of one try.
type attempt struct {
	err error
	// seen tells that somebody was told of the outcome, so that it is final.
	seen bool
	// tell tells everybody of a final outcome; it may be nil.
	tell func(error)
}

// again calls try until it does not lose against another transaction, its
// outcome has been seen, or it was called again as often as it may be.
func again(ctx context.Context, retries int, try func() attempt) error {
	for n := 0; ; n++ {
		at := try()
		if n < retries && !at.seen && conflicted(at.err) && pause(ctx, n) {
			continue
		}
		if at.tell != nil {
			at.tell(at.err)
		}
		return at.err
	}
}

// conflicted reports whether the transaction lost against another one and has
// left nothing behind.
func conflicted(err error) bool {
	u, ok := errors.AsType[*datalayer.UnavailableError](err)
	return ok && u.Conflict && !u.InDoubt
}

// pause waits a few milliseconds, longer after each try, and differently in
// each caller, so that those who collided do not do so again. It is false when
// ctx has ended.
func pause(ctx context.Context, try int) bool {
	most := 8 * time.Millisecond << min(try, 5)
	t := time.NewTimer(time.Millisecond + rand.N(most)) //nolint:gosec // no secret
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
