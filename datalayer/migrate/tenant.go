package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/congago/conga/resource"
)

// tenantFolder is the folder, in that of the migrations, with the files of the
// tables that each tenant has in a schema of its own.
const tenantFolder = "tenants"

var errNoSchemas = errors.New("tables in schemas of tenants want PostgreSQL: SQLite has no schemas")

// ReadTenants is Read for the files in the folder "tenants" of the migrations.
func ReadTenants(folder fs.FS) ([]*File, error) {
	folder, _, err := enter(folder)
	if err == nil {
		folder, err = fs.Sub(folder, tenantFolder)
	}
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	files, err := Read(folder)
	if err != nil {
		return nil, fmt.Errorf("tenants: %w", err)
	}
	return files, nil
}

// both are the files of a folder: for the tables of all, and for those that
// each tenant has.
type both struct{ global, tenants []*File }

func readBoth(folder fs.FS) (b both, err error) {
	if b.global, err = Read(folder); err != nil {
		return b, err
	}
	b.tenants, err = ReadTenants(folder)
	return b, err
}

// Tenants are the names of the schemas of tenants, in order.
func (d *Database) Tenants(ctx context.Context) ([]string, error) {
	if !d.isPostgres() {
		return nil, errNoSchemas
	}
	names, err := column(ctx, d.db, "select nspname::text from pg_catalog.pg_namespace where starts_with(nspname::text, $1) order by 1",
		resource.TenantSchemaPrefix)
	if err != nil {
		return nil, fmt.Errorf("list schemas of tenants: %w", err)
	}
	return names, nil
}

// Tenant is the same database in the schema of a tenant, which is created if
// need be. What is not in it is found where it is without. Both are to be closed.
func (d *Database) Tenant(ctx context.Context, schema string) (*Database, error) {
	if !d.isPostgres() {
		return nil, errNoSchemas
	}
	if err := d.createSchema(ctx, schema); err != nil {
		return nil, err
	}
	return d.enterTenant(ctx, schema)
}

// enterTenant is Tenant for a schema that is there.
func (d *Database) enterTenant(ctx context.Context, schema string) (*Database, error) {
	var outside string
	if err := d.db.QueryRowContext(ctx, "select current_setting('search_path')").Scan(&outside); err != nil {
		return nil, fmt.Errorf("enter schema %s: %w", schema, err)
	}
	searched := quoteIdent(schema)
	if outside != "" {
		searched += ", " + outside
	}
	t := openPostgres(d.config, searched)
	t.tenant = true
	return t, nil
}

// eachTenant calls f with the database in the schema of each tenant. What
// fails in one does not keep the others from their turn.
func (d *Database) eachTenant(ctx context.Context, f func(schema string, t *Database) error) error {
	schemas, err := d.Tenants(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, schema := range schemas {
		if err := ctx.Err(); err != nil {
			return errors.Join(append(faults, err)...)
		}
		t, err := d.enterTenant(ctx, schema)
		if err == nil {
			err = errors.Join(f(schema, t), t.Close())
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("schema %s: %w", schema, err))
		}
	}
	return errors.Join(faults...)
}

// in tells the schema with each line of the log.
func (o RunOptions) in(schema string) RunOptions {
	if log := o.Log; log != nil {
		o.Log = func(line string) { log("schema " + schema + ": " + line) }
	}
	return o
}

// upBoth runs the files for all, and then those of tenants in each of their schemas.
func (d *Database) upBoth(ctx context.Context, files both, o RunOptions) ([]*File, error) {
	ran, err := d.Up(ctx, files.global, o)
	if err != nil || len(files.tenants) == 0 {
		return ran, err
	}
	err = d.eachTenant(ctx, func(schema string, t *Database) error {
		done, err := t.Up(ctx, files.tenants, o.in(schema))
		ran = append(ran, done...)
		return err
	})
	return ran, err
}

// downBoth undoes in the other order: tenants first, and the tables for all
// only where no tenant failed. Without Until it undoes one file, the last that
// was run, in all schemas that have run it.
func (d *Database) downBoth(ctx context.Context, files both, o RunOptions) (undone []*File, err error) {
	if len(files.tenants) == 0 {
		return d.Down(ctx, files.global, o)
	}
	last := ""
	if o.Until == "" {
		if last, err = d.last(ctx); err != nil {
			return nil, err
		}
	}
	err = d.eachTenant(ctx, func(schema string, t *Database) error {
		if o.Until == "" {
			if latest, err := t.latest(ctx); err != nil || latest == "" || latest != last {
				return err
			}
		}
		done, err := t.Down(ctx, files.tenants, o.in(schema))
		undone = append(undone, done...)
		return err
	})
	if err != nil || o.Until == "" && len(undone) > 0 {
		return undone, err
	}
	done, err := d.Down(ctx, files.global, o)
	return append(undone, done...), err
}

// last is the latest version that was run for all or in the schema of a tenant.
func (d *Database) last(ctx context.Context) (string, error) {
	last, err := d.latest(ctx)
	if err != nil {
		return "", err
	}
	err = d.eachTenant(ctx, func(_ string, t *Database) error {
		latest, err := t.latest(ctx)
		if compareVersions(latest, last) > 0 {
			last = latest
		}
		return err
	})
	return last, err
}

// latest is the latest version that was run in the schema, empty for none.
func (d *Database) latest(ctx context.Context) (string, error) {
	s, err := d.session(ctx)
	if err != nil {
		return "", fmt.Errorf("read history: %w", err)
	}
	defer s.Close()
	records, err := s.records(ctx)
	if err != nil {
		return "", fmt.Errorf("read history: %w", err)
	}
	return latestOf(records), nil
}

// CreateSchema is what conga.Options.CreateSchema wants of an application that
// runs the migrations of folder on the database at address: it creates the
// schema of a tenant, and runs what that has not run of the files in the
// folder "tenants". After an error it may be called again.
func CreateSchema(address string, folder fs.FS, o RunOptions) func(ctx context.Context, schema string) error {
	return func(ctx context.Context, schema string) error {
		files, err := ReadTenants(folder)
		if err != nil {
			return err
		}
		d, err := Open(ctx, address)
		if err != nil {
			return err
		}
		defer d.Close()
		t, err := d.Tenant(ctx, schema)
		if err != nil {
			return err
		}
		defer t.Close()
		if _, err = t.Up(ctx, files, o.in(schema)); err != nil {
			return fmt.Errorf("schema %s: %w", schema, err)
		}
		return nil
	}
}

// folder is that of the project's files, in that of the migrations.
func (p *Project) folder(dir string) string {
	if p.Tenants {
		return filepath.Join(dir, tenantFolder)
	}
	return dir
}

// whose begins a sentence about the migrations.
func (p *Project) whose() string {
	if p.Tenants {
		return "The migrations of tenants "
	}
	return "The migrations "
}
