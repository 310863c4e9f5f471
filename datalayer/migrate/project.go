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
	// Resources are the model.
	Resources []*resource.Resource
	// Files are the migrations, as Read gives them, or ReadTenants for Tenants.
	Files []*File
	// Tenants makes it the project of the tables in the schemas of tenants, and
	// else these are left out. Database is then that of one tenant, see
	// Database.Tenant, where it is looked at. Global are the migrations of the
	// tables for all, which those may refer to.
	Tenants bool
	Global  []*File
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

// model are the resources whose tables it is about.
func (p *Project) model() []*resource.Resource { return inSchemas(p.Resources, p.Tenants) }

// inSchemas are the resources that have a schema for each tenant, or the others.
func inSchemas(resources []*resource.Resource, want bool) []*resource.Resource {
	return slices.DeleteFunc(slices.Clone(resources), func(r *resource.Resource) bool { return r.Tenant.Schema() != want })
}

// desired is what the model needs, made in the empty database s.
func (p *Project) desired(ctx context.Context, s *scratch) (*state, error) {
	where := s.Database
	if p.Tenants {
		where = s.outside
	}
	// Those of PostgreSQL are for all schemas, and made by the files for all.
	for _, text := range s.dialect.Extensions(p.Resources) {
		if _, err := where.db.ExecContext(ctx, text); err != nil {
			return nil, fmt.Errorf("create the model: %s: %w", text, err)
		}
	}
	if p.Tenants {
		if err := where.create(ctx, inSchemas(p.Resources, false)); err != nil {
			return nil, err
		}
	}
	return s.desired(ctx, p.model())
}

// New plans the way from what the files come to, to what the model needs, and
// distributes it over new files, which are not written yet. There are none if
// the files are up to date.
func (p *Project) New(ctx context.Context, name string, o PlanOptions) (*Plan, []*File, error) {
	var plan *Plan
	err := p.scratch(ctx, func(s *scratch) error {
		to, err := p.desired(ctx, s)
		if err != nil {
			return err
		}
		from, err := p.replay(ctx, s, p.Files)
		if err != nil {
			return err
		}
		plan, err = s.plan(ctx, from, to, newHints(s.dialect, p.model()), o)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return plan, plan.files(slug(name), versionNow(time.Now(), append(slices.Clone(p.Files), p.Global...)), p.Database.isPostgres()), nil
}

// Plan plans the way from what the database has to what the model needs.
// Tables that neither model nor files know are left out.
func (p *Project) Plan(ctx context.Context, o PlanOptions) (*Plan, error) {
	var plan *Plan
	err := p.scratch(ctx, func(s *scratch) error {
		to, err := p.desired(ctx, s)
		if err != nil {
			return err
		}
		known, err := p.replay(ctx, s, p.Files)
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
		if p.Tenants && !p.Database.isPostgres() {
			return errNoSchemas
		}
		if p.kept, err = p.Database.newScratch(ctx, p.Scratch); err != nil {
			return err
		}
		if p.Tenants {
			p.kept.enter()
		}
	}
	if err := p.kept.reset(ctx); err != nil {
		return fmt.Errorf("empty the throw-away database: %w", err)
	}
	return f(p.kept)
}

// replay is what the files come to, run one after the other in the emptied
// database; for tenants, after those of the tables for all.
func (p *Project) replay(ctx context.Context, s *scratch, files []*File) (*state, error) {
	if err := s.reset(ctx); err != nil {
		return nil, fmt.Errorf("empty the throw-away database: %w", err)
	}
	if p.Tenants {
		if err := s.outside.replay(ctx, p.Global); err != nil {
			return nil, err
		}
	}
	if err := s.replay(ctx, files); err != nil {
		return nil, err
	}
	out, err := s.inspect(ctx)
	if err != nil {
		return nil, err
	}
	out.statements = declared(files)
	return out, nil
}

func (d *Database) replay(ctx context.Context, files []*File) error {
	session, err := d.session(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := session.play(ctx, f, f.Up); err != nil {
			return errors.Join(fmt.Errorf("replay: %w", err), session.Close())
		}
	}
	return session.Close()
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
		from, err := p.replay(ctx, s, files)
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
