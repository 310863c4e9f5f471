package sqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// engine is the driver with our collation and functions. It is private: the driver that
// database/sql knows as "sqlite" stays as it is.
var engine = sync.OnceValues(func() (*sqlite.Driver, error) {
	d := &sqlite.Driver{}
	return d, errors.Join(d.RegisterCollationUtf8("conga_decimal", compareDecimals), registerFunctions(d))
})

// connection is one connection with the statements prepared on it. It belongs
// to one goroutine at a time.
type connection struct {
	c          driver.Conn
	statements map[string]driver.Stmt
}

// The statements that a connection keeps: texts are few, since they depend on
// shapes alone, but for those with many rows, which are long and not kept.
const (
	keptStatements = 300
	keptLength     = 8 << 10
)

// dsn is how the driver is told of the file and of what holds for all connections to it.
func dsn(path string, pragmas ...string) string {
	q := url.Values{"_dqs": {"0"}, "_pragma": pragmas}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func connect(dsn string) (*connection, error) {
	d, err := engine()
	if err != nil {
		return nil, err
	}
	c, err := d.Open(dsn)
	if err != nil {
		return nil, failure(err)
	}
	return &connection{c, map[string]driver.Stmt{}}, nil
}

func (c *connection) close() error {
	var errs []error
	for _, stmt := range c.statements {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.c.Close())...)
}

// usable reports whether the connection can serve another call.
func (c *connection) usable() bool {
	v, ok := c.c.(driver.Validator)
	return !ok || v.IsValid()
}

// prepare is the prepared statement for the text; done must be called after its use.
func (c *connection) prepare(ctx context.Context, text string) (stmt driver.Stmt, done func(), err error) {
	if stmt := c.statements[text]; stmt != nil {
		return stmt, func() {}, nil
	}
	stmt, err = c.c.(driver.ConnPrepareContext).PrepareContext(ctx, text)
	if err != nil {
		return nil, nil, err
	}
	if len(text) > keptLength {
		return stmt, func() { _ = stmt.Close() }, nil
	}
	if len(c.statements) >= keptStatements {
		for old, s := range c.statements { // any of them
			_ = s.Close()
			delete(c.statements, old)
			break
		}
	}
	c.statements[text] = stmt
	return stmt, func() {}, nil
}

// query runs a statement and takes all its rows. With stoppable it gives up
// between two rows when ctx ends, as it does before the first one anyway.
func (c *connection) query(ctx context.Context, text string, args []driver.NamedValue, stoppable bool) (*rowset, error) {
	stmt, done, err := c.prepare(ctx, text)
	if err != nil {
		return nil, failure(err)
	}
	defer done()
	rows, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, failure(err)
	}
	set, err := collect(ctx, rows, stoppable)
	// What a write changes becomes lasting no later than here.
	if e := rows.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, failure(err)
	}
	return set, nil
}

func collect(ctx context.Context, rows driver.Rows, stoppable bool) (*rowset, error) {
	set := &rowset{width: len(rows.Columns())}
	for {
		at := len(set.values)
		for range set.width {
			set.values = append(set.values, nil)
		}
		switch err := rows.Next(set.values[at:]); {
		case errors.Is(err, io.EOF):
			set.values = set.values[:at]
			return set, nil
		case err != nil:
			return nil, err
		}
		set.n++
		if stoppable && set.n%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

// exec runs a statement without arguments and rows.
func (c *connection) exec(ctx context.Context, text string) error {
	_, err := c.query(ctx, text, nil, false)
	return err
}

// pragmas are the settings of every connection.
func pragmas(busy time.Duration) []string {
	return []string{
		fmt.Sprintf("busy_timeout(%d)", cmp.Or(busy, 5*time.Second).Milliseconds()),
		"foreign_keys(1)", "temp_store(MEMORY)",
	}
}
