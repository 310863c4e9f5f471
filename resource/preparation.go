package resource

import (
	"context"
	"fmt"
	"time"

	"github.com/congago/conga/resource/expr"
)

// Preparation is a read that is about to happen. Prepare hooks limit it, and
// say what holds where the caller says nothing; it belongs to one goroutine.
type Preparation struct {
	Resource *Resource
	Action   *Action
	// Actor is who calls; nil for nobody.
	Actor any
	// Inputs hold the arguments of the action, for Value.
	Inputs *Changeset

	prepared Prepared
}

// Filter limits the read to records for which the condition, over the probe of
// the resource, holds too.
func (p *Preparation) Filter(condition expr.Bool) error {
	n, err := p.Resource.Resolve(condition.Node())
	if err != nil {
		return fmt.Errorf("prepare %s.%s: %w", p.Resource.Name, p.Action.Name, err)
	}
	p.prepared.Where = expr.And(p.prepared.Where, n)
	return nil
}

// Prepare adds a hook that runs before each read of the action, also where
// related records are loaded through it, when the policies have allowed it. It
// may add conditions that a Filter cannot say, set an order, a limit, what is
// distinct and what is loaded, or refuse the read by an error.
// What must hold for everything that looks at records, such as aggregates,
// belongs in a policy or a Filter.
//
//go:noinline
func (b *ReadBuilderOf[P]) Prepare(f func(context.Context, *Preparation) error) *ReadBuilderOf[P] {
	b.a.Prepare = append(b.a.Prepare, f)
	return b
}

// After adds a hook that sees the records that a call of the action has read,
// in chunks where they are streamed. An error refuses the read. What it changes
// in them is not shown: a calculation does that.
//
//go:noinline
func (b *ReadBuilderOf[P]) After(f func(context.Context, []P) error) *ReadBuilderOf[P] {
	b.a.AfterRead = append(b.a.AfterRead, func(ctx context.Context, recs []any) error {
		return f(ctx, recordsOf[P](recs))
	})
	return b
}

// Timeout ends a read that takes longer: the call fails with Unavailable.
func (b *ReadBuilderOf[P]) Timeout(d time.Duration) *ReadBuilderOf[P] { b.d.timeout(b.a, d); return b }

// BeforeTransaction adds a hook that runs when the policies have allowed the
// action as far as they can tell, and the inputs are right by themselves, but
// before a transaction begins: for calls of other services on which the write
// depends. The changeset has the inputs and, for an update or destroy, the
// record as it is now; both are asked again in the transaction. Within a
// transaction that is open already the hook runs inside it.
//
//go:noinline
func (b *WriteBuilderOf[P]) BeforeTransaction(f func(context.Context, *Changeset) error) *WriteBuilderOf[P] {
	b.a.BeforeTransaction = append(b.a.BeforeTransaction, f)
	return b
}

// Timeout ends a write that takes longer: it is undone, and the call fails
// with Unavailable. Hooks that wait for something else must heed their context.
func (b *WriteBuilderOf[P]) Timeout(d time.Duration) *WriteBuilderOf[P] {
	b.d.timeout(b.a, d)
	return b
}

// Transaction says that the action always runs in a transaction, as changes
// written in Go that write other records need it, or, with false, that its
// hooks do not: what they have written stays when a later one fails. Without
// it there is a transaction where hooks, or what has to be read, need one.
func (b *WriteBuilderOf[P]) Transaction(on bool) *WriteBuilderOf[P] { b.a.transaction(on); return b }

// Timeout ends the context of an action that takes longer: the call fails with Unavailable.
func (b *GenericBuilder) Timeout(d time.Duration) *GenericBuilder { b.d.timeout(b.a, d); return b }

// Transaction makes the calls of the action one transaction, which its error undoes.
func (b *GenericBuilder) Transaction() *GenericBuilder { b.a.transaction(true); return b }

func (d *declaration) timeout(a *Action, limit time.Duration) {
	if limit <= 0 {
		d.fault(codeAction, a.Name, fmt.Sprintf("a timeout of %v leaves no time", limit), "")
		return
	}
	a.Timeout = limit
}

func (a *Action) transaction(on bool) {
	a.Transaction = NoTransaction
	if on {
		a.Transaction = InTransaction
	}
}
