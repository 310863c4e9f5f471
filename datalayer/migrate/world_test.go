package migrate_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	driver "modernc.org/sqlite"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/internal/structs"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is one database that tests work on.
type world struct {
	t       *testing.T
	address string
	*migrate.Database
	db       *sql.DB // to look with
	postgres bool
	folder   string
}

// registerCollation lets the tests' own connections order decimals.
var registerCollation = sync.OnceFunc(func() {
	driver.MustRegisterCollationUtf8("conga_decimal", func(a, b string) int {
		x, _ := strconv.ParseFloat(a, 64)
		y, _ := strconv.ParseFloat(b, 64)
		return cmp.Compare(x, y)
	})
})

// worlds runs a test on both databases.
func worlds(t *testing.T, f func(t *testing.T, w *world)) {
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); f(t, newWorld(t, pgtest.Database(t))) })
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); f(t, newWorld(t, filepath.Join(t.TempDir(), "test.db"))) })
}

func newWorld(t *testing.T, address string) *world {
	t.Helper()
	d, err := migrate.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, address: address, Database: d, folder: t.TempDir(), postgres: strings.HasPrefix(address, "postgres")}
	if w.postgres {
		config, err := pgx.ParseConfig(address)
		if err != nil {
			t.Fatal(err)
		}
		config.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
		w.db = stdlib.OpenDB(*config)
	} else {
		registerCollation()
		if w.db, err = sql.Open("sqlite", "file:"+address+"?_pragma=busy_timeout(10000)"); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = w.db.Close(); _ = d.Close() })
	return w
}

// layer is the data layer on the database.
func (w *world) layer() datalayer.Layer {
	w.t.Helper()
	var l datalayer.Layer
	var err error
	if w.postgres {
		l, err = postgres.Open(w.t.Context(), w.address)
	} else {
		l, err = sqlite.Open(w.t.Context(), w.address)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = l.Close() })
	return l
}

func (w *world) exec(text string, args ...any) {
	w.t.Helper()
	if _, err := w.db.ExecContext(context.Background(), text, args...); err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
}

// rows are the rows of a query, sorted, values parted by "|".
func (w *world) rows(query string) []string {
	w.t.Helper()
	rows, err := w.db.QueryContext(context.Background(), query)
	if err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	var out []string
	for rows.Next() {
		values, ptrs := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			ptrs[i] = &values[i]
		}
		if err := rows.Scan(ptrs...); err != nil {
			w.t.Fatal(err)
		}
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = "NULL"
			if v.Valid {
				texts[i] = v.String
			}
		}
		out = append(out, strings.Join(texts, "|"))
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// catalogue describes all tables, without help from the package under test.
func (w *world) catalogue() []string {
	w.t.Helper()
	if w.postgres {
		return w.rows(`
select 'table', c.relname::text, coalesce(obj_description(c.oid), '') from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'conga_migrations'
union all
select 'column', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || a.attidentity::text ||
	' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') || ' ' || coalesce(col_description(c.oid, a.attnum), '')
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'conga_migrations'
union all
select 'constraint', c.relname || '.' || k.conname, pg_get_constraintdef(k.oid) from pg_class c join pg_constraint k on k.conrelid = c.oid
where c.relnamespace = 'public'::regnamespace and c.relname <> 'conga_migrations' and k.contype <> 'n'
union all
select 'index', i.relname::text, pg_get_indexdef(i.oid) || ' ' || x.indisvalid
from pg_class c join pg_index x on x.indrelid = c.oid join pg_class i on i.oid = x.indexrelid
where c.relnamespace = 'public'::regnamespace and c.relname <> 'conga_migrations'`)
	}
	var out []string
	for _, t := range w.rows("select name, sql from sqlite_master where type = 'table' and name not in ('conga_migrations') and name not like 'sqlite_%'") {
		name, text, _ := strings.Cut(t, "|")
		// What remains of the text after its columns, as a set of lines.
		for line := range strings.SplitSeq(text, "\n") {
			line = strings.TrimSuffix(strings.TrimSpace(line), ",")
			if line != ")" && !strings.HasPrefix(strings.ToLower(line), "create table") {
				out = append(out, "line|"+name+"|"+strings.ReplaceAll(line, `"`, ""))
			}
		}
	}
	out = append(out, w.rows("select 'index', tbl_name, name, replace(sql, '\"', '') from sqlite_master where type = 'index' and sql is not null")...)
	slices.Sort(out)
	return out
}

// fill inserts n rows in each table.
func (w *world) fill(m *model, n int) {
	w.t.Helper()
	done := map[string]bool{}
	for len(done) < len(m.tables) {
		before := len(done)
		for _, t := range m.tables {
			ready := !done[t.name]
			for _, c := range t.columns {
				ready = ready && (c.to == "" || c.nullable || c.to != t.name && done[c.to])
			}
			if !ready {
				continue
			}
			done[t.name] = true
			for i := range n {
				w.insert(m, t, i, done)
			}
		}
		if len(done) == before {
			return // keys that need each other: these tables stay empty
		}
	}
}

func (w *world) insert(m *model, t *table, i int, done map[string]bool) {
	w.t.Helper()
	names, values := []string{"id"}, []string{w.literal(t.key, i)}
	for _, c := range t.columns {
		value := w.literal(c.kind, i)
		switch {
		case c.nullable && i%2 == 1, c.to == t.name, c.to != "" && !done[c.to]:
			value = "null"
		case c.to != "":
			value = w.literal(m.table(c.to).key, 0)
		}
		names, values = append(names, c.name), append(values, value)
	}
	w.exec(fmt.Sprintf("insert into %s (%s) values (%s)", t.name, strings.Join(names, ", "), strings.Join(values, ", ")))
}

// literal is the i-th value of a kind, different for each i but for booleans.
func (w *world) literal(k structs.Kind, i int) string {
	switch k {
	case structs.Bool:
		return []string{"true", "false"}[i%2]
	case structs.Int, structs.Duration:
		return fmt.Sprint(10 + i)
	case structs.Float:
		return fmt.Sprintf("%d.5", i)
	case structs.Decimal:
		return fmt.Sprintf("'%d.250'", i)
	case structs.Time:
		return fmt.Sprintf("'2026-01-02T03:04:%02d.123456Z'", i)
	case structs.UUID:
		return fmt.Sprintf("'0198b3a0-0000-7000-8000-%012d'", i)
	case structs.Bytes:
		if w.postgres {
			return fmt.Sprintf(`'\x00ff%02d'`, i)
		}
		return fmt.Sprintf("x'00ff%02d'", i)
	case structs.JSON:
		return fmt.Sprintf(`'{"a": %d}'`, i)
	}
	return fmt.Sprintf("'text %d; it''s'", i)
}
