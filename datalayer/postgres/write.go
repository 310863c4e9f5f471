package postgres

import (
	"context"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

func (l *Layer) insert(ctx context.Context, send sendFunc, in *datalayer.Insert) (*datalayer.Result, error) {
	if len(in.Rows) == 0 {
		return written(plainTable(in.Return), in.Return), nil
	}
	s, err := l.sql.Insert(in)
	return write(ctx, send, &flight{resource: in.Resource}, s, err, in.Return)
}

func (l *Layer) update(ctx context.Context, send sendFunc, up *datalayer.Update) (*datalayer.Result, error) {
	if sqltext.Never(up.Where) {
		return written(plainTable(up.Return), up.Return), nil
	}
	s, err := l.sql.Update(up)
	return write(ctx, send, &flight{resource: up.Resource}, s, err, up.Return)
}

func (l *Layer) delete(ctx context.Context, send sendFunc, del *datalayer.Delete) (*datalayer.Result, error) {
	if sqltext.Never(del.Where) {
		return written(plainTable(del.Return), del.Return), nil
	}
	s, err := l.sql.Delete(del)
	return write(ctx, send, &flight{resource: del.Resource, deleting: true}, s, err, del.Return)
}

// write sends one statement, unless it could not be written.
func write(
	ctx context.Context, send sendFunc, f *flight, s sqltext.Statement, err error, returned []*resource.Attribute,
) (*datalayer.Result, error) {
	if err != nil {
		return nil, err
	}
	t := plainTable(returned)
	f.add(s, t)
	if err := send(ctx, f); err != nil {
		return nil, err
	}
	return written(t, returned), nil
}

func written(t *table, returned []*resource.Attribute) *datalayer.Result {
	places := make([]int, len(returned))
	for i := range places {
		places[i] = i
	}
	return result(t, returned, places)
}
