package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/congago/conga/resource"
)

// Project is a model and its migrations, for the work of making them. It
// belongs to one goroutine, and wants to be closed.
type Project struct {
	// Database says which kind of database they are for. Its own contents are
	// looked at by Plan and Drift alone.
	Database *Database
	// Resources are the model. Those with a schema for each tenant are left
	// out: conga.App.CreateTenant keeps their tables.
	Resources []*resource.Resource
	// Files are the migrations, as Read gives them.
	Files []*File
	// Scratch is the address of another server for throw-away databases of
	// PostgreSQL. Empty means that of Database.
	Scratch string

	kept *scratch
}

// Close drops the throw-away database, which the other methods share.
func (p *Project) Close(ctx context.Context) error {
	if p.kept == nil {
		return nil
	}
	s := p.kept
	p.kept = nil
	return s.close(ctx)
}

// model are the resources whose tables are not in the schemas of tenants.
func (p *Project) model() []*resource.Resource {
	return slices.DeleteFunc(slices.Clone(p.Resources), func(r *resource.Resource) bool { return r.Tenant.Schema() })
}

// New plans the way from what the files come to, to what the model needs, and
// distributes it over new files, which are not written yet. There are none if
// the files are up to date.
func (p *Project) New(ctx context.Context, name string, o PlanOptions) (*Plan, []*File, error) {
	var plan *Plan
	err := p.scratch(ctx, func(s *scratch) error {
		to, err := s.desired(ctx, p.model())
		if err != nil {
			return err
		}
		from, err := s.replay(ctx, p.Files)
		if err != nil {
			return err
		}
		plan, err = s.plan(ctx, from, to, newHints(s.dialect, p.model()), o)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return plan, plan.files(slug(name), versionNow(time.Now(), p.Files), p.Database.isPostgres()), nil
}

// Plan plans the way from what the database has to what the model needs.
// Tables that neither model nor files know are left out.
func (p *Project) Plan(ctx context.Context, o PlanOptions) (*Plan, error) {
	var plan *Plan
	err := p.scratch(ctx, func(s *scratch) error {
		to, err := s.desired(ctx, p.model())
		if err != nil {
			return err
		}
		known, err := s.replay(ctx, p.Files)
		if err != nil {
			return err
		}
		from, err := p.Database.inspect(ctx)
		if err != nil {
			return err
		}
		h := newHints(s.dialect, p.model())
		from.only(func(table string) bool {
			_, inFiles := known.schema.Table(table)
			_, inModel := to.schema.Table(table)
			return inFiles || inModel || h.formerly(table)
		})
		if from.statements, err = p.ranStatements(ctx); err != nil {
			return err
		}
		if len(p.Files) == 0 { // nobody knows which statements were run
			from.statements = to.statements
		}
		plan, err = p.Database.plan(ctx, from, to, h, o)
		return err
	})
	return plan, err
}

func (h *hints) formerly(table string) bool {
	for _, was := range h.tableWas {
		if was == table {
			return true
		}
	}
	return false
}

// scratch runs f with an empty throw-away database.
func (p *Project) scratch(ctx context.Context, f func(*scratch) error) (err error) {
	if p.kept == nil {
		if p.kept, err = p.Database.newScratch(ctx, p.Scratch); err != nil {
			return err
		}
	}
	if err := p.kept.reset(ctx); err != nil {
		return fmt.Errorf("empty the throw-away database: %w", err)
	}
	return f(p.kept)
}

// replay is what the files come to, run one after the other in the emptied database.
func (s *scratch) replay(ctx context.Context, files []*File) (*state, error) {
	if err := s.reset(ctx); err != nil {
		return nil, fmt.Errorf("empty the throw-away database: %w", err)
	}
	session, err := s.session(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := session.play(ctx, f, f.Up); err != nil {
			return nil, errors.Join(fmt.Errorf("replay: %w", err), session.Close())
		}
	}
	if err := session.Close(); err != nil {
		return nil, err
	}
	out, err := s.inspect(ctx)
	if err != nil {
		return nil, err
	}
	out.statements = declared(files)
	return out, nil
}

// play runs statements of a file, without history.
func (s *session) play(ctx context.Context, f *File, statements []string) error {
	if !f.NoTransaction {
		if err := s.begin(ctx); err != nil {
			return err
		}
	}
	for i, text := range statements {
		if _, err := s.ExecContext(ctx, text); err != nil {
			fault := &StatementError{File: f.Path(), Number: i + 1, SQL: text, Kept: f.NoTransaction, Err: err}
			if f.NoTransaction {
				return fault
			}
			return errors.Join(fault, s.rollback(ctx))
		}
	}
	if f.NoTransaction {
		return nil
	}
	return s.commit(ctx)
}

// declared are the statements that the files have run and not undone.
func declared(files []*File) []statement {
	var out []statement
	for _, f := range files {
		out = slices.DeleteFunc(out, func(s statement) bool { return slices.Contains(f.removed, s.Name) })
		for _, s := range f.statements {
			out = slices.DeleteFunc(out, func(old statement) bool { return old.Name == s.Name })
			out = append(out, s)
		}
	}
	return out
}

// ran are the files that the database has run.
func (p *Project) ran(ctx context.Context) ([]*File, error) {
	entries, err := Status(ctx, p.Database, p.Files)
	if err != nil {
		return nil, err
	}
	var out []*File
	for _, f := range p.Files {
		if slices.ContainsFunc(entries, func(e Entry) bool { return e.Version == f.Version && !e.Applied.IsZero() }) {
			out = append(out, f)
		}
	}
	return out, nil
}

func (p *Project) ranStatements(ctx context.Context) ([]statement, error) {
	files, err := p.ran(ctx)
	return declared(files), err
}

// Drift plans the way from what the files that were run come to, to what the
// database has: what somebody changed past the migrations. Left are tables
// that no file made.
func (p *Project) Drift(ctx context.Context) (*Plan, error) {
	var plan *Plan
	err := p.scratch(ctx, func(s *scratch) error {
		files, err := p.ran(ctx)
		if err != nil {
			return err
		}
		from, err := s.replay(ctx, files)
		if err != nil {
			return err
		}
		to, err := p.Database.inspect(ctx)
		if err != nil {
			return err
		}
		var strange []string
		to.only(func(table string) bool {
			_, ok := from.schema.Table(table)
			if !ok {
				strange = append(strange, "table "+table)
			}
			return ok
		})
		to.statements = from.statements
		plan, err = p.Database.plan(ctx, from, to, newHints(s.dialect, nil), PlanOptions{Drop: true, Plain: true})
		if plan != nil {
			plan.Left = strange
		}
		return err
	})
	return plan, err
}

// Check tells, as an error, that the files do not come to what the model needs.
func (p *Project) Check(ctx context.Context) error {
	plan, _, err := p.New(ctx, "check", PlanOptions{Plain: true})
	if err != nil {
		return err
	}
	if plan.Empty() {
		return nil
	}
	titles := make([]string, len(plan.Steps))
	for i, s := range plan.Steps {
		titles[i] = s.Title
	}
	return fmt.Errorf("the migrations lack: %s: make them with conga migrate new", strings.Join(titles, ", "))
}
