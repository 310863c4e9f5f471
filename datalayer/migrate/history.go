package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// record is what a database remembers of a file.
type record struct {
	version, name, sum string
	at                 time.Time
	// done is the number of statements run, of total; fewer where a file
	// without a transaction stopped. undone is that of its way down.
	done, total, undone int
	fault               string
}

// whole tells whether all of the file was run.
func (r *record) whole() bool { return r != nil && r.done == r.total && r.undone == 0 }

// session is the one connection on which files are run.
type session struct {
	*sql.Conn
	postgres bool
}

// session takes a connection, which the caller closes.
func (d *Database) session(ctx context.Context) (*session, error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{conn, d.isPostgres()}
	if s.postgres {
		return s, nil
	}
	for _, pragma := range []string{"pragma foreign_keys = off", "pragma legacy_alter_table = on"} {
		if _, err := s.ExecContext(ctx, pragma); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return s, nil
}

// prepare creates the table of the history.
func (s *session) prepare(ctx context.Context) error {
	_, err := s.ExecContext(ctx, `create table if not exists `+historyTable+` (
	version text not null primary key,
	name text not null,
	sum text not null,
	applied_at text not null,
	done integer not null,
	total integer not null,
	undone integer not null default 0,
	fault text not null default ''
)`)
	return err
}

// known tells whether the table of the history is there.
func (s *session) known(ctx context.Context) (bool, error) {
	query := "select count(*) from sqlite_master where type = 'table' and name = '" + historyTable + "'"
	if s.postgres {
		query = "select count(*) from pg_catalog.pg_class where relnamespace = (select oid from pg_catalog.pg_namespace where nspname = current_schema()) and relname = '" + historyTable + "'"
	}
	var n int
	err := s.QueryRowContext(ctx, query).Scan(&n)
	return n > 0, err
}

// records are all of the history, by version.
func (s *session) records(ctx context.Context) (map[string]*record, error) {
	out := map[string]*record{}
	if known, err := s.known(ctx); err != nil || !known {
		return out, err
	}
	rows, err := s.QueryContext(ctx, "select version, name, sum, applied_at, done, total, undone, fault from "+historyTable)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r := &record{}
		var at string
		if err := rows.Scan(&r.version, &r.name, &r.sum, &at, &r.done, &r.total, &r.undone, &r.fault); err != nil {
			return nil, err
		}
		if r.at, err = time.Parse(time.RFC3339, at); err != nil {
			return nil, fmt.Errorf("read history of %s: %w", r.version, err)
		}
		out[r.version] = r
	}
	return out, rows.Err()
}

// executor is a connection or a transaction on it.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// remember stores what has become of a file.
func remember(ctx context.Context, e executor, f *File, done, undone int, fault string) error {
	_, err := e.ExecContext(ctx, `insert into `+historyTable+` (version, name, sum, applied_at, done, total, undone, fault)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (version) do update set name = excluded.name, sum = excluded.sum, applied_at = excluded.applied_at,
	done = excluded.done, total = excluded.total, undone = excluded.undone, fault = excluded.fault`,
		f.Version, f.Name, f.sum, time.Now().UTC().Format(time.RFC3339), done, len(f.Up), undone, fault)
	return err
}

// forget removes a file from the history.
func forget(ctx context.Context, e executor, f *File) error {
	_, err := e.ExecContext(ctx, "delete from "+historyTable+" where version = $1", f.Version)
	return err
}

// Entry is the state of one migration in a database.
type Entry struct {
	Version, Name string
	// Applied is when it was run; zero if it was not.
	Applied time.Time
	// Partly says how far a file without a transaction came; empty if whole or not run.
	Partly string
	// Late tells that it was not run, but a later one was.
	Late bool
	// Missing tells that it was run, but there is no such file.
	Missing bool
	// Changed tells that the file is not the one that was run.
	Changed bool
}

// Status compares files with the history of the database.
func Status(ctx context.Context, d *Database, files []*File) ([]Entry, error) {
	s, err := d.session(ctx)
	if err != nil {
		return nil, fmt.Errorf("read status: %w", err)
	}
	defer s.Close()
	records, err := s.records(ctx)
	if err != nil {
		return nil, fmt.Errorf("read status: %w", err)
	}
	return entries(files, records), nil
}

// latestOf is the highest version, empty for none.
func latestOf(records map[string]*record) string {
	latest := ""
	for v := range records {
		if latest == "" || compareVersions(v, latest) > 0 {
			latest = v
		}
	}
	return latest
}

func entries(files []*File, records map[string]*record) []Entry {
	var out []Entry
	latest := latestOf(records)
	seen := map[string]bool{}
	for _, f := range files {
		e := Entry{Version: f.Version, Name: f.Name}
		seen[f.Version] = true
		if r := records[f.Version]; r != nil {
			e.Applied, e.Changed = r.at, r.whole() && r.sum != f.sum
			switch {
			case r.undone > 0:
				e.Partly = fmt.Sprintf("%d of %d statements of its way down run; then: %s", r.undone, len(f.Down), r.fault)
			case r.done < r.total:
				e.Partly = fmt.Sprintf("%d of %d statements run; then: %s", r.done, r.total, r.fault)
			}
		} else {
			e.Late = latest != "" && compareVersions(f.Version, latest) < 0
		}
		out = append(out, e)
	}
	for _, r := range records {
		if !seen[r.version] {
			out = append(out, Entry{Version: r.version, Name: r.name, Applied: r.at, Missing: true})
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return compareVersions(a.Version, b.Version) })
	return out
}
