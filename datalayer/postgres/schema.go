package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// schemaLock is the advisory lock that processes take while they create
// tables, so that several can start at once.
const schemaLock = 0x636f6e6761 // "conga"

// EnsureTables creates what the resources need and the current schema lacks,
// in one transaction.
func (l *Layer) EnsureTables(ctx context.Context, resources []*resource.Resource) error {
	return l.ensure(ctx, "", inSchemas(resources, false))
}

var _ datalayer.Schemas = (*Layer)(nil)

// EnsureSchema creates the schema of a tenant and the tables in it. What they
// refer to beside it is found in the current schema.
func (l *Layer) EnsureSchema(ctx context.Context, schema string, resources []*resource.Resource) error {
	return l.ensure(ctx, schema, inSchemas(resources, true))
}

// Schemas are the names of all schemas that begin with the prefix, in order.
func (l *Layer) Schemas(ctx context.Context, prefix string) ([]string, error) {
	held, err := l.pool.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer held.release()
	rows, err := held.conn().Query(ctx, "select nspname::text from pg_catalog.pg_namespace where starts_with(nspname::text, $1) order by 1", prefix)
	if err != nil {
		return nil, mapError(ctx, held.conn(), err, &flight{})
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, mapError(ctx, held.conn(), err, &flight{})
	}
	return names, nil
}

// inSchemas are the resources that have a schema for each tenant, or the others.
func inSchemas(resources []*resource.Resource, want bool) []*resource.Resource {
	var out []*resource.Resource
	for _, r := range resources {
		if r.Tenant.Schema() == want {
			out = append(out, r)
		}
	}
	return out
}

// enter creates a schema and makes it the current one of the transaction.
func enter(ctx context.Context, tx pgx.Tx, schema string) error {
	if schema == "" {
		return nil
	}
	name := pgx.Identifier{schema}.Sanitize()
	if _, err := tx.Exec(ctx, "create schema if not exists "+name); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "select set_config('search_path', $1 || ', ' || current_setting('search_path'), true)", name)
	return err
}

func (l *Layer) ensure(ctx context.Context, schema string, resources []*resource.Resource) error {
	held, err := l.pool.acquire(ctx)
	if err != nil {
		return err
	}
	defer held.release()
	conn := held.conn()
	var fault error // of the declarations, not of the database
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(schemaLock)); err != nil {
			return err
		}
		for _, s := range l.sql.Extensions(resources) { // for all schemas
			if _, err := tx.Exec(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		if err := enter(ctx, tx, schema); err != nil {
			return err
		}
		have, err := existing(ctx, tx, l.sql.Tables(resources))
		if err != nil {
			return err
		}
		var statements []string
		if statements, fault = l.sql.Ensure(resources, have); fault != nil {
			return fault
		}
		for _, s := range statements {
			f := &flight{begin: s}
			f.depart(ctx, l.options.Observer)
			_, err := tx.Exec(ctx, s)
			f.arrived(ctx, s, err)
			if err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	switch {
	case fault != nil:
		return fmt.Errorf("create tables: %w", fault)
	case err != nil:
		return fmt.Errorf("create tables: %w", mapError(ctx, conn, err, &flight{}))
	}
	return nil
}

// existing describes those of the tables that are there.
func existing(ctx context.Context, tx pgx.Tx, tables []sqltext.Table) (map[string]sqltext.Existing, error) {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.Name
	}
	have := map[string]sqltext.Existing{}
	err := each(ctx, tx, columnsQuery, names, func(table, column string) {
		old, ok := have[table]
		if !ok {
			old = sqltext.Existing{Columns: map[string]bool{}, Names: map[string]bool{}}
			have[table] = old
		}
		old.Columns[column] = true
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, namesQuery, names, func(table, name string) { have[table].Names[name] = true })
	if err != nil {
		return nil, err
	}
	return have, markEmpty(ctx, tx, tables, have)
}

// markEmpty finds out which of the tables that lack columns have no rows.
func markEmpty(ctx context.Context, tx pgx.Tx, tables []sqltext.Table, have map[string]sqltext.Existing) error {
	for _, t := range tables {
		old, ok := have[t.Name]
		if !ok || len(t.Columns) <= len(old.Columns) && !lacks(t, old) {
			continue
		}
		var any bool
		query := "select exists (select from " + pgx.Identifier{t.Name}.Sanitize() + ")"
		if err := tx.QueryRow(ctx, query).Scan(&any); err != nil {
			return err
		}
		old.Empty = !any
		have[t.Name] = old
	}
	return nil
}

func lacks(t sqltext.Table, old sqltext.Existing) bool {
	for _, c := range t.Columns {
		if !old.Columns[c.Name] {
			return true
		}
	}
	return false
}

const columnsQuery = `
select c.relname::text, a.attname::text
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p') and c.relname = any($1)`

const namesQuery = `
select c.relname::text, k.conname::text
from pg_catalog.pg_class c
join pg_catalog.pg_constraint k on k.conrelid = c.oid
where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p') and c.relname = any($1)
union all
select c.relname::text, i.relname::text
from pg_catalog.pg_class c
join pg_catalog.pg_index x on x.indrelid = c.oid
join pg_catalog.pg_class i on i.oid = x.indexrelid
where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p') and c.relname = any($1)`

func each(ctx context.Context, tx pgx.Tx, query string, names []string, row func(table, name string)) error {
	rows, err := tx.Query(ctx, query, names)
	if err != nil {
		return err
	}
	var table, name string
	_, err = pgx.ForEachRow(rows, []any{&table, &name}, func() error {
		row(table, name)
		return nil
	})
	return err
}
