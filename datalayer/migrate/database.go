package migrate

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/shopspring/decimal"
	"modernc.org/sqlite"

	"github.com/congago/conga/datalayer/internal/sqltext"
)

// Database is a database that migrations are made for or run on: PostgreSQL
// or SQLite. It may be used from many goroutines.
type Database struct {
	db      *sql.DB
	dialect *sqltext.Dialect
	// config is how to connect; nil for SQLite.
	config *pgx.ConnConfig
	// schema is that of PostgreSQL in which all happens, empty for the one
	// that the server chooses: "public".
	schema string
	// tenant tells that it is that of a tenant, whose tables refer to others.
	tenant bool
}

// Open connects to a database: at a URL such as
// "postgres://host/name?search_path=tenant", or in the SQLite file of a path or
// of a URL "sqlite:path". The path ":memory:" stands for a database that is
// gone after Close.
func Open(ctx context.Context, address string) (*Database, error) {
	d, err := open(address)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := d.db.PingContext(ctx); err != nil {
		_ = d.db.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return d, nil
}

func open(address string) (*Database, error) {
	if isPostgres(address) {
		config, err := pgx.ParseConfig(address)
		if err != nil {
			return nil, err
		}
		return openPostgres(config, config.RuntimeParams["search_path"]), nil
	}
	db, err := openSQLite(strings.TrimPrefix(address, "sqlite:"))
	return &Database{db: db, dialect: sqltext.SQLite()}, err
}

func isPostgres(address string) bool {
	for _, p := range []string{"postgres://", "postgresql://"} {
		if strings.HasPrefix(address, p) {
			return true
		}
	}
	return strings.Contains(address, "host=") || strings.Contains(address, "dbname=")
}

func openPostgres(config *pgx.ConnConfig, schema string) *Database {
	config = config.Copy()
	// Statements are prepared without a name: tables change between them.
	config.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	// No limits but those that the files set themselves.
	config.RuntimeParams["statement_timeout"] = "0"
	config.RuntimeParams["lock_timeout"] = "0"
	if schema != "" {
		config.RuntimeParams["search_path"] = schema
	}
	return &Database{db: stdlib.OpenDB(*config), dialect: sqltext.PostgreSQL(), config: config, schema: schema}
}

func openSQLite(path string) (*sql.DB, error) {
	// A driver of our own: the collations of the usual one are for the whole
	// process, and the layer registers its there.
	driver := &sqlite.Driver{}
	if err := driver.RegisterCollationUtf8("conga_decimal", compareDecimals); err != nil {
		return nil, err
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "foreign_keys(0)"}}
	name := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	if path == ":memory:" {
		name = "file::memory:?"
	}
	db := sql.OpenDB(connector{driver, name + q.Encode()})
	if path == ":memory:" {
		db.SetMaxOpenConns(1)
	}
	return db, nil
}

func compareDecimals(a, b string) int {
	x, errX := decimal.NewFromString(a)
	y, errY := decimal.NewFromString(b)
	if errX != nil || errY != nil {
		return cmp.Compare(a, b)
	}
	return x.Cmp(y)
}

// Close ends all connections.
func (d *Database) Close() error { return d.db.Close() }

// Schema is the same database in another schema of PostgreSQL, which is
// created if need be: for tenants that each have one. Both are to be closed.
func (d *Database) Schema(ctx context.Context, name string) (*Database, error) {
	if d.config == nil {
		return nil, fmt.Errorf("open schema %s: SQLite has no schemas", name)
	}
	if err := d.createSchema(ctx, name); err != nil {
		return nil, err
	}
	return openPostgres(d.config, quoteIdent(name)), nil
}

func (d *Database) createSchema(ctx context.Context, name string) error {
	_, err := d.db.ExecContext(ctx, "create schema if not exists "+quoteIdent(name))
	var fault *pgconn.PgError
	const uniqueViolation = "23505" // another process has made it meanwhile
	if errors.As(err, &fault) && fault.Code == uniqueViolation {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("create schema %s: %w", name, err)
	}
	return nil
}

// isPostgres tells the dialects apart.
func (d *Database) isPostgres() bool { return d.config != nil }

func quoteIdent(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
