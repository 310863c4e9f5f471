package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// Options of a Layer. The zero value works.
type Options struct {
	// Readers is the largest number of connections that read. Zero means the
	// number of processors, at least four.
	Readers int
	// BusyTimeout is how long a write waits for another process that is
	// writing. Zero means five seconds.
	BusyTimeout time.Duration
	// Observer is told of every statement; nil means nobody.
	Observer datalayer.Observer
}

// Layer is a SQLite database. It may be used from many goroutines.
type Layer struct {
	session
	reader, writer *pool
	temporary      string // a folder to remove on Close
}

var _ datalayer.Layer = (*Layer)(nil)
var _ datalayer.Explainer = (*Layer)(nil)

// Open opens the database in the file at path, and makes it where it is not
// there. The path ":memory:" stands for a private database that is gone after
// Close; it lives in a temporary file, so that it behaves like any other.
func Open(ctx context.Context, path string) (*Layer, error) {
	return OpenWith(ctx, path, Options{})
}

// OpenWith is Open with options.
func OpenWith(ctx context.Context, path string, o Options) (*Layer, error) {
	l := &Layer{}
	synchronous := "synchronous(NORMAL)"
	if path == ":memory:" {
		dir, err := os.MkdirTemp("", "conga-sqlite-")
		if err != nil {
			return nil, fmt.Errorf("open sqlite: %w", err)
		}
		l.temporary = dir
		path, synchronous = filepath.Join(dir, "memory.db"), "synchronous(OFF)"
	}
	common := pragmas(o.BusyTimeout)
	// Writing connections set the mode of the file, which readers find.
	l.writer = newPool(dsn(path, append(common, "journal_mode(WAL)", synchronous)...), 1)
	l.reader = newPool(dsn(path, append(common, "query_only(1)")...), cmp.Or(o.Readers, max(4, runtime.NumCPU())))
	l.session = session{home: l, observer: o.Observer}
	if err := l.ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open sqlite %s: %w", path, err), l.Close())
	}
	return l, nil
}

// ping opens the writing connection and looks at the file.
func (l *Layer) ping(ctx context.Context) error {
	c, err := l.writer.take(ctx)
	if err != nil {
		return err
	}
	defer l.writer.give(c)
	return c.exec(ctx, "select count(*) from sqlite_schema")
}

// Check refuses schemas for tenants. What else SQLite lacks, the layer makes up for.
func (l *Layer) Check(resources []*resource.Resource) []resource.Diagnostic {
	out := sqltext.SQLite().CheckSQL(resources)
	for _, r := range resources {
		if r.Tenant.Schema() {
			out = append(out, resource.Diagnostic{
				Code: "C016", Where: r.Tenant.Where, Field: r.Name, Message: "SQLite has no schemas for tenants",
				Hint: "keep the tenant in an attribute: r.Tenant(&x.OrganizationID)",
			})
		}
	}
	return out
}

// Close waits for running calls and open transactions to end, and frees everything.
func (l *Layer) Close() error {
	err := errors.Join(l.reader.close(), l.writer.close())
	if l.temporary != "" {
		err = errors.Join(err, os.RemoveAll(l.temporary))
	}
	return err
}
