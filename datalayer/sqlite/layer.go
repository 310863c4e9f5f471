package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/shopspring/decimal"
	driver "modernc.org/sqlite"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// Options of a Layer. The zero value works.
type Options struct {
	// Readers is the number of connections that read. Zero means the number
	// of processors, at least four.
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
	if err := registerDecimals(); err != nil {
		return nil, err
	}
	l := &Layer{}
	if path == ":memory:" {
		dir, err := os.MkdirTemp("", "conga-sqlite-")
		if err != nil {
			return nil, fmt.Errorf("open sqlite: %w", err)
		}
		l.temporary = dir
		path = filepath.Join(dir, "memory.db")
	}
	var err error
	if l.writer, err = open(path, 1, o); err == nil {
		l.reader, err = open(path, cmp.Or(o.Readers, max(4, runtime.NumCPU())), o)
	}
	if err == nil {
		err = l.writer.db.PingContext(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open sqlite %s: %w", path, failure(err)), l.Close())
	}
	l.session = session{read: l.reader, write: l.writer, observer: o.Observer}
	return l, nil
}

// decimals registers the collation of decimal columns with the driver, which
// keeps collations for the whole process; doing it twice would be an error.
var registerDecimals = sync.OnceValue(func() error {
	return driver.RegisterCollationUtf8("conga_decimal", func(a, b string) int {
		x, errX := decimal.NewFromString(a)
		y, errY := decimal.NewFromString(b)
		if errX != nil || errY != nil {
			return cmp.Compare(a, b)
		}
		return x.Cmp(y)
	})
})

// pool is a number of connections and the statements prepared on them.
type pool struct {
	db *sql.DB

	mu         sync.Mutex
	statements map[string]*sql.Stmt
}

// statementLimit bounds the prepared statements of a pool. Statement texts
// are few, since they depend on shapes alone.
const statementLimit = 500

func open(path string, connections int, o Options) (*pool, error) {
	q := url.Values{"_txlock": {"immediate"}}
	busy := cmp.Or(o.BusyTimeout, 5*time.Second)
	for _, p := range []string{
		fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()),
		"journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)", "temp_store(MEMORY)",
	} {
		q.Add("_pragma", p)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return &pool{db: db, statements: map[string]*sql.Stmt{}}, nil
}

// prepare is the prepared statement for the text.
func (p *pool) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	p.mu.Lock()
	stmt := p.statements[text]
	p.mu.Unlock()
	if stmt != nil {
		return stmt, nil
	}
	stmt, err := p.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if have := p.statements[text]; have != nil {
		_ = stmt.Close()
		return have, nil
	}
	if len(p.statements) < statementLimit {
		p.statements[text] = stmt
	}
	return stmt, nil
}

func (p *pool) close() error {
	if p == nil {
		return nil
	}
	return p.db.Close()
}

// Begin opens a transaction on the writing connection; others that write wait
// until it ends, others that read do not.
func (l *Layer) Begin(ctx context.Context) (datalayer.Tx, error) {
	// The transaction is not tied to ctx: it ends with Commit or Rollback,
	// so that nothing is undone behind the caller's back.
	tx, err := l.writer.db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return nil, failure(err)
	}
	return &transaction{session{read: l.writer, write: l.writer, tx: tx, observer: l.observer}}, nil
}

// transaction is a Tx.
type transaction struct{ session }

// Commit makes the writes last.
func (t *transaction) Commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return errors.Join(err, t.Rollback(ctx))
	}
	return failure(t.tx.Commit())
}

// Rollback undoes the writes; after Commit it does nothing.
func (t *transaction) Rollback(context.Context) error {
	if err := t.tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return failure(err)
	}
	return nil
}

// Check finds nothing to refuse: what SQLite lacks, the layer makes up for.
func (l *Layer) Check([]*resource.Resource) []resource.Diagnostic { return nil }

// Explain returns the statement of a query. Those for to-many relationships
// need the keys that it returns, and are not shown.
func (l *Layer) Explain(q *datalayer.Query) ([]datalayer.Statement, error) {
	sel, err := sqltext.SQLite().Read(q)
	if err != nil {
		return nil, err
	}
	return []datalayer.Statement{{SQL: sel.Text, Args: sel.Args}}, nil
}

// Close ends all connections.
func (l *Layer) Close() error {
	err := errors.Join(l.reader.close(), l.writer.close())
	if l.temporary != "" {
		err = errors.Join(err, os.RemoveAll(l.temporary))
	}
	return err
}
