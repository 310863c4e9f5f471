package migrate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/congago/conga/datalayer/internal/sqltext"
)

// scratch is a throw-away database, in which to see what files or a model come
// to. For PostgreSQL it is a database on the same or another server, for
// SQLite one in memory.
type scratch struct {
	*Database
	server *Database // where to drop it; nil for SQLite
	name   string
	// outside is where the tables for all tenants are, if Database is the
	// schema of one.
	outside *Database
}

// scratchTenant is the schema that stands for those of tenants.
const scratchTenant = "tenant"

// enter makes it the schema of a tenant.
func (s *scratch) enter() {
	s.outside = s.Database
	s.Database = openPostgres(s.config, scratchTenant+", public")
	s.tenant = true
}

// scratchPrefix begins the names of throw-away databases; the time of their
// making follows, in seconds, and then a random part.
const scratchPrefix = "conga_scratch_"

// newScratch makes a throw-away database: for PostgreSQL on the server of d,
// or of address where that is not empty.
func (d *Database) newScratch(ctx context.Context, address string) (*scratch, error) {
	if !d.isPostgres() {
		db, err := openSQLite(":memory:")
		if err != nil {
			return nil, err
		}
		return &scratch{Database: &Database{db: db, dialect: sqltext.SQLite()}}, nil
	}
	server := openPostgres(d.config, "")
	if address != "" {
		var err error
		if server, err = Open(ctx, address); err != nil {
			return nil, err
		}
	}
	name := scratchPrefix + strconv.FormatInt(time.Now().Unix(), 10) + "_" + strings.ToLower(rand.Text()[:10])
	if err := sweep(ctx, server); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	if _, err := server.db.ExecContext(ctx, "create database "+name+" template template0"); err != nil {
		return nil, errors.Join(fmt.Errorf("create a throw-away database (the role needs createdb, "+
			"or name another server with -scratch): %w", err), server.Close())
	}
	config := server.config.Copy()
	config.Database = name
	delete(config.RuntimeParams, "search_path")
	return &scratch{Database: openPostgres(config, ""), server: server, name: name}, nil
}

// sweep drops what killed processes left behind an hour ago or more.
func sweep(ctx context.Context, server *Database) error {
	rows, err := server.db.QueryContext(ctx, `select datname from pg_catalog.pg_database
		where substring(datname from '^conga_scratch_([0-9]+)_')::bigint < extract(epoch from now()) - 3600`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var old []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		old = append(old, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range old {
		if _, err := server.db.ExecContext(ctx, "drop database if exists "+quoteIdent(name)+" with (force)"); err != nil {
			return err
		}
	}
	return nil
}

// reset empties the database.
func (s *scratch) reset(ctx context.Context) error {
	if s.server == nil {
		_ = s.db.Close()
		var err error
		s.db, err = openSQLite(":memory:")
		return err
	}
	texts := []string{"drop schema public cascade", "create schema public"}
	if s.outside != nil {
		texts = append(texts, "drop schema if exists "+scratchTenant+" cascade", "create schema "+scratchTenant)
	}
	for _, text := range texts {
		if _, err := s.db.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// close drops the database.
func (s *scratch) close(ctx context.Context) error {
	err := s.Close()
	if s.outside != nil {
		err = errors.Join(err, s.outside.Close())
	}
	if s.server == nil {
		return err
	}
	_, dropped := s.server.db.ExecContext(context.WithoutCancel(ctx), "drop database if exists "+s.name+" with (force)")
	return errors.Join(err, dropped, s.server.Close())
}
