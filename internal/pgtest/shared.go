package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// prefix begins the name of every database made here; the time of its
	// making follows, in seconds, and then a random part.
	prefix = "conga_test_"

	// abandoned is the age at which an unused database is taken for the
	// leftover of a killed run.
	abandoned = time.Hour

	// patience limits each statement; creating a database on a busy machine
	// takes a second or two.
	patience = time.Minute
)

// shared is package-level state, which Conga has nowhere else: a test binary
// has no other place for what outlives a single test.
var shared process

// process is what the tests of one test binary share.
type process struct {
	once  sync.Once
	admin string  // URL to create databases through
	own   *Server // nil when the environment names a server
	err   error

	mu   sync.Mutex
	open map[database]bool
}

// database is one database that is still to be dropped.
type database struct {
	admin, name, url string
}

// server returns the URL to create databases through, and starts the server
// in the first call if there is none.
func (p *process) server() (string, error) {
	p.once.Do(func() {
		if p.admin = os.Getenv(URLVariable); p.admin != "" {
			p.err = sweep(p.admin)
			return
		}
		if p.own, p.err = Open(); p.err == nil {
			p.admin = p.own.URL()
		}
	})
	return p.admin, p.err
}

// create makes an empty database in the server at admin.
func (p *process) create(admin string) (database, error) {
	name := prefix + strconv.FormatInt(time.Now().Unix(), 10) + "_" + strings.ToLower(rand.Text()[:10])
	u, err := url.Parse(admin)
	if err != nil || u.Scheme == "" {
		return database{}, fmt.Errorf("read %s: want postgres://user@host/database", URLVariable)
	}
	u.Path = "/" + name
	db := database{admin: admin, name: name, url: u.String()}

	p.mu.Lock()
	if p.open == nil {
		p.open = make(map[database]bool)
	}
	p.open[db] = true
	p.mu.Unlock()

	// template1 may hold somebody's extensions; template0 is always empty.
	if err := execute(admin, "create database "+quoted(name)+" template template0"); err != nil {
		return database{}, fmt.Errorf("create database: %w", err)
	}
	return db, nil
}

// drop removes db, and whoever is connected to it.
func (p *process) drop(db database) error {
	p.mu.Lock()
	delete(p.open, db)
	p.mu.Unlock()
	if err := execute(db.admin, "drop database if exists "+quoted(db.name)+" with (force)"); err != nil {
		return fmt.Errorf("drop database: %w", err)
	}
	return nil
}

// close ends the own server, or drops what is left in the foreign one.
func (p *process) close() {
	var faults []error
	if p.own != nil {
		faults = append(faults, p.own.Close())
	} else {
		p.mu.Lock()
		left := p.open
		p.open = nil
		p.mu.Unlock()
		for db := range left {
			faults = append(faults, p.drop(db))
		}
	}
	if err := errors.Join(faults...); err != nil {
		fmt.Fprintf(os.Stderr, "pgtest: %v\n", err)
	}
}

// sweep drops the databases that killed runs left in the server at admin.
func sweep(admin string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return fmt.Errorf("connect to the server of %s: %w", URLVariable, err)
	}
	defer conn.Close(ctx)

	rows, err := conn.Query(ctx, `select datname from pg_database
		where datname like $1 and not exists (
			select 1 from pg_stat_activity a where a.datname = pg_database.datname)`,
		strings.ReplaceAll(prefix, "_", `\_`)+"%")
	if err != nil {
		return fmt.Errorf("list databases: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list databases: %w", err)
	}
	for _, name := range names {
		if !old(name, time.Now()) {
			continue
		}
		// Another test binary may sweep at the same time.
		if _, err := conn.Exec(ctx, "drop database if exists "+quoted(name)); err != nil {
			return fmt.Errorf("drop abandoned database %s: %w", name, err)
		}
	}
	return nil
}

// old reports whether name is that of a database made here long ago.
func old(name string, now time.Time) bool {
	made, _, found := strings.Cut(strings.TrimPrefix(name, prefix), "_")
	seconds, err := strconv.ParseInt(made, 10, 64)
	return found && err == nil && now.Sub(time.Unix(seconds, 0)) > abandoned
}

func execute(admin, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

func quoted(name string) string {
	return pgx.Identifier{name}.Sanitize()
}
