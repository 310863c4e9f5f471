package conga

import (
	"fmt"

	"github.com/congago/conga/resource"
)

// Metadata stores in into what the action tells besides the record, see
// resource.Metadata, when the call has succeeded: a zero value where it tells
// nothing.
//
//	var welcome shop.Welcome
//	user, err := users.Create(ctx, "sign_up", conga.Set(&f.Name, "Ann"), conga.Metadata(&welcome))
func Metadata[M any](into *M) Option {
	return Option{func(o *options) error {
		if o.action == nil || o.action.Metadata == nil {
			return fmt.Errorf("the call has no metadata to store in a %T", into)
		}
		o.told = func(told any) error {
			*into = *new(M)
			if told == nil {
				return nil
			}
			m, ok := told.(*M)
			if !ok {
				return fmt.Errorf("the action %s tells a %T, not a %T", o.action.Name, told, into)
			}
			*into = *m
			return nil
		}
		return nil
	}}
}

// tell hands the metadata of a call to the caller who asked for it.
func tell(told func(any) error, metadata any) error {
	if told == nil {
		return nil
	}
	if err := told(metadata); err != nil {
		return internal(err)
	}
	return nil
}

// handOver tells the metadata of a read to who asked for it.
func (f *Found) handOver(asked *Find) error {
	if f.asked == nil {
		return nil
	}
	f.Metadata = f.asked.Metadata()
	return tell(asked.told, f.Metadata)
}

// tell does so for each of the records that were written.
func (o *BulkWritten) tell(ws []*Write) error {
	for i, w := range o.Written {
		if w == nil {
			continue
		}
		if err := tell(ws[i].told, w.Metadata); err != nil {
			return err
		}
	}
	return nil
}

// noteMetadata notes what the call tells of each record.
func (b *batch) noteMetadata() {
	if b.action.Metadata == nil {
		return
	}
	for i, r := range b.runs {
		if w := b.out.Written[b.places[i]]; w != nil {
			w.Metadata = r.told()
		}
	}
}

// told is the metadata of a call, nil where the action has none.
func (r *run) told() any {
	if r.action.Metadata == nil {
		return nil
	}
	return r.c.Metadata()
}

// inputs are the arguments of the read that was called, for its hooks: one
// changeset for all of them, which keeps the metadata.
func (b *binder) inputs(action *resource.Action) *resource.Changeset {
	if b.asked != nil && b.asked.Action == action {
		return b.asked
	}
	c := resource.NewChangeset(action)
	for _, arg := range action.Arguments {
		if v, given := b.arguments[arg.Name]; given {
			c.Give(arg, v)
		}
	}
	if b.asked == nil {
		b.asked = c
	}
	return c
}
