package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// RunOptions are the choices of Up and Down. The zero value works.
type RunOptions struct {
	// Retries is how often a file is tried again that could not get a lock in
	// time, after a pause that doubles each time. Zero means 5, a negative value none.
	Retries int
	// Pause is the first pause. Zero means half a second.
	Pause time.Duration
	// Until is the version to end with: the last that Up runs, or the last that
	// stays after Down. Empty means all for Up; Down then undoes one file.
	Until string
	// Drop allows Down to lose data: dropping columns and tables.
	Drop bool
	// Log is told of each file before it is run; nil for nobody.
	Log func(line string)
}

func (o RunOptions) withDefaults() RunOptions {
	switch {
	case o.Retries == 0:
		o.Retries = 5
	case o.Retries < 0:
		o.Retries = 0
	}
	if o.Pause == 0 {
		o.Pause = 500 * time.Millisecond
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	return o
}

// StatementError tells which statement of which file failed.
type StatementError struct {
	// File is the path of the file, Number that of the statement in it, from 1.
	File   string
	Number int
	// Down tells that it was on the way down.
	Down bool
	// SQL is the statement.
	SQL string
	// Kept tells that the statements before it stay, since the file has no
	// transaction; otherwise nothing of the file remains.
	Kept bool
	Err  error
}

// Error names the file, the statement and what has become of those before it.
func (e *StatementError) Error() string {
	fate := "nothing of the file was kept"
	if e.Kept {
		fate = "the statements before it stay; the next run goes on from here"
	}
	return fmt.Sprintf("%s: statement %d: %v (%s)\n%s", e.File, e.Number, e.Err, fate, e.SQL)
}

// Unwrap is the error of the database.
func (e *StatementError) Unwrap() error { return e.Err }

// Up opens the database at address and runs what it has not run of the
// migrations in folder, typically an embed.FS, in the order of their versions.
// Applications call it before conga.NewWith with KeepTables. Processes that do
// so at once wait for each other. It returns the files that were run.
//
// Then it runs what is in the folder "tenants" in the schema of each tenant.
// What fails in one schema does not keep the others from being brought up.
func Up(ctx context.Context, address string, folder fs.FS, o RunOptions) ([]*File, error) {
	files, err := readBoth(folder)
	if err != nil {
		return nil, err
	}
	d, err := Open(ctx, address)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.upBoth(ctx, files, o)
}

// Up runs those of the files that the database has not run, under a lock.
// After an error, the files before the failing one stay.
func (d *Database) Up(ctx context.Context, files []*File, o RunOptions) (ran []*File, err error) {
	err = d.locked(ctx, "migrate up", func(s *session) error {
		ran, err = s.up(ctx, files, o.withDefaults())
		return err
	})
	return ran, err
}

// Down undoes the last file that was run, or all after Until.
func (d *Database) Down(ctx context.Context, files []*File, o RunOptions) (undone []*File, err error) {
	err = d.locked(ctx, "migrate down", func(s *session) error {
		undone, err = s.down(ctx, files, o.withDefaults())
		return err
	})
	return undone, err
}

// locked runs f on a session while no other process runs migrations.
func (d *Database) locked(ctx context.Context, what string, f func(*session) error) error {
	s, err := d.session(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer s.Close()
	unlock, err := s.lock(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	err = s.prepare(ctx)
	if err == nil {
		err = f(s)
	}
	if err = errors.Join(err, unlock()); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (s *session) up(ctx context.Context, files []*File, o RunOptions) (ran []*File, err error) {
	records, err := s.records(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if r := records[f.Version]; r.whole() && r.sum != f.sum && len(f.replaces) == 0 {
			return nil, fmt.Errorf("%s has changed since it was run: put it back, and write what is new in a file of its own", f.Path())
		}
	}
	for _, f := range files {
		if o.Until != "" && compareVersions(f.Version, o.Until) > 0 {
			break
		}
		if records, err = s.squashed(ctx, f, records); err != nil {
			return ran, err
		}
		r := records[f.Version]
		if r.whole() {
			continue
		}
		if r != nil && r.undone > 0 {
			return ran, fmt.Errorf("%s was undone in part: run down first", f.Path())
		}
		o.Log("up " + f.Path())
		if err := s.apply(ctx, f, r, o); err != nil {
			return ran, err
		}
		ran = append(ran, f)
	}
	return ran, nil
}

func (s *session) apply(ctx context.Context, f *File, r *record, o RunOptions) error {
	if !f.NoTransaction {
		return s.patiently(ctx, o, func() error { return s.transaction(ctx, f, false) })
	}
	from := 0
	if r != nil {
		from = min(r.done, len(f.Up))
	}
	for i := from; i < len(f.Up); i++ {
		if _, err := s.ExecContext(ctx, f.Up[i]); err != nil {
			fault := &StatementError{File: f.Path(), Number: i + 1, SQL: f.Up[i], Kept: true, Err: err}
			return errors.Join(fault, remember(context.WithoutCancel(ctx), s, f, i, 0, err.Error()))
		}
		if err := remember(ctx, s, f, i+1, 0, "interrupted"); err != nil {
			return err
		}
	}
	return remember(ctx, s, f, len(f.Up), 0, "")
}

// patiently tries again what could not get its locks in time.
func (s *session) patiently(ctx context.Context, o RunOptions, f func() error) error {
	pause := o.Pause
	for try := 0; ; try++ {
		err := f()
		var fault *pgconn.PgError
		const lockNotAvailable = "55P03"
		if try >= o.Retries || !errors.As(err, &fault) || fault.Code != lockNotAvailable {
			return err
		}
		o.Log(fmt.Sprintf("waiting %s: %v", pause, fault))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
		pause *= 2
	}
}

// transaction runs one way of a file as a whole. It does nothing where another
// process has done so meanwhile.
func (s *session) transaction(ctx context.Context, f *File, down bool) (err error) {
	if err := s.begin(ctx); err != nil {
		return err
	}
	done, err := s.way(ctx, f, down)
	if err != nil || done {
		return errors.Join(err, s.rollback(ctx))
	}
	return s.commit(ctx)
}

// way runs the statements of one way of a file; done tells that there was nothing to do.
func (s *session) way(ctx context.Context, f *File, down bool) (done bool, err error) {
	records, err := s.records(ctx)
	if err != nil || records[f.Version].whole() != down {
		return true, err
	}
	statements := f.Up
	if down {
		statements = f.Down
	}
	for i, text := range statements {
		if _, err := s.ExecContext(ctx, text); err != nil {
			return false, &StatementError{File: f.Path(), Number: i + 1, Down: down, SQL: text, Err: err}
		}
	}
	if err := s.checkKeys(ctx); err != nil {
		return false, fmt.Errorf("%s: %w", f.Path(), err)
	}
	if down {
		return false, forget(ctx, s, f)
	}
	return false, remember(ctx, s, f, len(f.Up), 0, "")
}

func (s *session) down(ctx context.Context, files []*File, o RunOptions) (undone []*File, err error) {
	records, err := s.records(ctx)
	if err != nil {
		return nil, err
	}
	var todo []*File
	byVersion := map[string]*File{}
	for _, f := range files {
		byVersion[f.Version] = f
	}
	versions := make([]string, 0, len(records))
	for v := range records {
		versions = append(versions, v)
	}
	slices.SortFunc(versions, func(a, b string) int { return compareVersions(b, a) })
	for i, v := range versions {
		if o.Until == "" && i > 0 || o.Until != "" && compareVersions(v, o.Until) <= 0 {
			break
		}
		f := byVersion[v]
		if f == nil {
			return nil, fmt.Errorf("undo %s_%s: the file is gone", v, records[v].name)
		}
		if loss := cmp.Or(f.losesDown, losses(f.Down)); loss != "" && !o.Drop {
			return nil, fmt.Errorf("undo %s: it would lose data (%s): allow it with -drop", f.Path(), loss)
		}
		todo = append(todo, f)
	}
	for _, f := range todo {
		o.Log("down " + f.Path())
		if err := s.undo(ctx, f, records[f.Version], o); err != nil {
			return undone, err
		}
		undone = append(undone, f)
	}
	return undone, nil
}

func (s *session) undo(ctx context.Context, f *File, r *record, o RunOptions) error {
	if !f.NoTransaction {
		return s.patiently(ctx, o, func() error { return s.transaction(ctx, f, true) })
	}
	for i := r.undone; i < len(f.Down); i++ {
		if _, err := s.ExecContext(ctx, f.Down[i]); err != nil {
			fault := &StatementError{File: f.Path(), Number: i + 1, Down: true, SQL: f.Down[i], Kept: true, Err: err}
			return errors.Join(fault, remember(context.WithoutCancel(ctx), s, f, r.done, i, err.Error()))
		}
		if err := remember(ctx, s, f, r.done, i+1, "interrupted"); err != nil {
			return err
		}
	}
	return forget(ctx, s, f)
}
