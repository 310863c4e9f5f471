package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"
)

// state is what a database looks like.
type state struct {
	// schema are the tables, as Atlas sees them.
	schema *schema.Schema
	// texts are the statements that made the tables, indexes and triggers of
	// SQLite, by name.
	texts map[string]text
	// extensions are those of PostgreSQL.
	extensions []string
	// statements are those that the model declares, or that the files have run.
	statements []statement
}

// text is an object of SQLite.
type text struct{ kind, table, sql string }

// historyTable is where a database remembers which files were run.
const historyTable = "conga_migrations"

// ownTables are those that are no part of any model.
var ownTables = []string{historyTable, "goose_db_version"}

// driver is Atlas' driver for the database.
func (d *Database) driver() (migrate.Driver, error) {
	if d.isPostgres() {
		return postgres.Open(d.db)
	}
	return sqlite.Open(upperWhere{d.db})
}

// inspect looks at all tables of the schema.
func (d *Database) inspect(ctx context.Context) (*state, error) {
	driver, err := d.driver()
	if err != nil {
		return nil, fmt.Errorf("inspect database: %w", err)
	}
	s := &state{}
	if s.schema, err = driver.InspectSchema(ctx, "", &schema.InspectOptions{Exclude: ownTables}); err != nil {
		return nil, fmt.Errorf("inspect database: %w", err)
	}
	s.schema.Name = "" // schemas of other names are compared, and statements name none
	s.schema.Attrs = nil
	for _, t := range s.schema.Tables {
		for _, f := range t.ForeignKeys {
			f.RefTable.Schema = s.schema // likewise where a key leads out of it
		}
	}
	if d.tenant {
		return s, nil // extensions are for all
	}
	if d.isPostgres() {
		s.extensions, err = column(ctx, d.db, "select extname::text from pg_catalog.pg_extension where extname <> 'plpgsql' order by 1")
		if err != nil {
			return nil, fmt.Errorf("inspect extensions: %w", err)
		}
		return s, nil
	}
	if s.texts, err = d.texts(ctx); err != nil {
		return nil, fmt.Errorf("inspect statements: %w", err)
	}
	return s, s.completeSQLite()
}

func column(ctx context.Context, db *sql.DB, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func (d *Database) texts(ctx context.Context) (map[string]text, error) {
	rows, err := d.db.QueryContext(ctx, "select type, name, tbl_name, sql from sqlite_master where sql is not null")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]text{}
	for rows.Next() {
		var name string
		var t text
		if err := rows.Scan(&t.kind, &name, &t.table, &t.sql); err != nil {
			return nil, err
		}
		out[name] = t
	}
	return out, rows.Err()
}

// completeSQLite adds what Atlas does not see of SQLite: collations, and names
// for the indexes of unique constraints.
func (s *state) completeSQLite() error {
	for _, t := range s.schema.Tables {
		definition, err := parseTable(s.texts[t.Name].sql)
		if err != nil {
			return fmt.Errorf("read table %s: %w", t.Name, err)
		}
		for _, c := range t.Columns {
			if collation := definition.collation(c.Name); collation != "" {
				c.Attrs = append(c.Attrs, &schema.Collation{V: collation})
			}
		}
		for _, x := range t.Indexes {
			if strings.HasPrefix(x.Name, "sqlite_autoindex_") {
				x.Name = uniqueName(t.Name, x)
			}
		}
		// Atlas finds checks by CHECK ( and an optional name before; ours all have one.
		slices.SortStableFunc(t.Indexes, func(a, b *schema.Index) int { return strings.Compare(a.Name, b.Name) })
	}
	return nil
}

// uniqueName is the name that the constraint of a unique index has by our rule.
func uniqueName(table string, x *schema.Index) string {
	parts := []string{table}
	for _, p := range x.Parts {
		if p.C != nil {
			parts = append(parts, p.C.Name)
		}
	}
	return strings.Join(append(parts, "key"), "_")
}

// upperWhere lets Atlas find the condition of a partial index of SQLite, which
// it looks for in capitals.
type upperWhere struct{ *sql.DB }

// QueryContext is that of the database, with the condition made visible.
func (u upperWhere) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	query = strings.Replace(query, "`m`.`sql` FROM pragma_index_list",
		"replace(`m`.`sql`, ' where ', ' WHERE ') FROM pragma_index_list", 1)
	return u.DB.QueryContext(ctx, query, args...)
}

// only keeps the tables that keep says to keep.
func (s *state) only(keep func(table string) bool) {
	s.schema.Tables = slices.DeleteFunc(s.schema.Tables, func(t *schema.Table) bool { return !keep(t.Name) })
}
