package migrate

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Warning is a danger in a migration.
type Warning struct {
	// Code is that of the rule, the same for ever: "M03".
	Code string
	// File is the path of the file and Number that of the statement in it, from
	// 1; the file is empty in a plan.
	File   string
	Number int
	// Table is the table at risk, Rows about how many rows it has; -1 if nobody asked.
	Table string
	Rows  int64
	// Lock is the lock that PostgreSQL takes, as it names it; empty for none.
	Lock string
	// Message says what happens and why, Advice what to do instead.
	Message, Advice string
	// SQL is the statement.
	SQL string
}

// String is the warning in a few lines.
func (w Warning) String() string {
	var b strings.Builder
	if w.File != "" {
		fmt.Fprintf(&b, "%s: statement %d: ", w.File, w.Number)
	}
	b.WriteString(w.Code + ": " + w.Message)
	if w.Lock != "" {
		b.WriteString(" (lock: " + w.Lock + ")")
	}
	if w.Rows >= 0 {
		fmt.Fprintf(&b, " [%s has about %d rows]", w.Table, w.Rows)
	}
	b.WriteString("\n    " + strings.Join(strings.Fields(w.SQL), " "))
	if w.Advice != "" {
		b.WriteString("\n    " + w.Advice)
	}
	return b.String()
}

// Lint tells what is dangerous in the way up of files that a database with
// rows and users is to run one after the other. Tables made by the files
// themselves are in no danger.
func Lint(files []*File, postgres bool) []Warning {
	l := &linter{postgres: postgres, made: map[string]bool{}}
	for _, f := range files {
		l.lint(f)
	}
	return l.found
}

// Lint tells what is dangerous in the steps of a plan.
func (p *Plan) Lint() []Warning {
	l := &linter{postgres: p.postgres, made: map[string]bool{}}
	for _, s := range p.Steps {
		l.lint(&File{Up: s.Up, NoTransaction: s.group == groupAlone, loses: s.Loses})
	}
	return l.found
}

// LintPending lints the files that the database has not run, with the sizes
// of its tables.
func (d *Database) LintPending(ctx context.Context, files []*File) ([]Warning, error) {
	p := &Project{Database: d, Files: files}
	ran, err := p.ran(ctx)
	if err != nil {
		return nil, err
	}
	done := map[string]bool{}
	for _, f := range ran {
		done[f.Version] = true
	}
	var pending []*File
	for _, f := range files {
		if !done[f.Version] {
			pending = append(pending, f)
		}
	}
	found := Lint(pending, d.isPostgres())
	for i := range found {
		w := &found[i]
		if w.Table == "" || !d.isPostgres() {
			continue
		}
		err := d.db.QueryRowContext(ctx, `select coalesce((select greatest(c.reltuples, s.n_live_tup, 0)::bigint from pg_catalog.pg_class c
			left join pg_catalog.pg_stat_user_tables s on s.relid = c.oid where c.oid = to_regclass($1)), -1)`, quoteIdent(w.Table)).Scan(&w.Rows)
		if err != nil {
			return nil, fmt.Errorf("lint: %w", err)
		}
	}
	return found, nil
}

// linter is the state of Lint.
type linter struct {
	postgres bool
	// made are the tables that the files have made.
	made map[string]bool
	// timeouts tells that a lock timeout is set.
	timeouts bool
	// notValid are the constraints added in this file without looking at rows,
	// validated those checked in it.
	notValid  map[string]bool
	validated bool
	file      *File
	number    int
	sql       string
	found     []Warning
}

var (
	createTable = regexp.MustCompile(`^create (?:unlogged )?table (?:if not exists )?("[^"]+"|[\w.]+)`)
	tableOf     = regexp.MustCompile(`^(?:alter table|update|delete from|truncate(?: table)?|drop table|lock table|vacuum full|cluster)(?: if exists)?(?: only)? ("[^"]+"|[\w.]+)`)
	indexOn     = regexp.MustCompile(`^create (?:unique )?index .*? on (?:only )?("[^"]+"|[\w.]+)`)
)

func (l *linter) lint(f *File) {
	l.file, l.notValid, l.validated = f, map[string]bool{}, false
	named := f.Version != "" // a step of a plan is not
	l.timeouts = false
	locks, before := false, len(l.found)
	for i, text := range f.Up {
		l.number, l.sql = i+1, text
		s := normal(text)
		if m := createTable.FindStringSubmatch(s); m != nil {
			l.made[unquote(m[1])] = true
			continue
		}
		if strings.Contains(s, "lock_timeout") {
			l.timeouts = true
		}
		table := tableIn(s)
		if table != "" && !l.made[table] && !strings.HasPrefix(table, "conga_new_") {
			locks = locks || strings.HasPrefix(s, "alter table") || strings.HasPrefix(s, "drop table")
		}
		if strings.HasPrefix(s, "alter table") && strings.Contains(s, " rename to ") && strings.HasPrefix(table, "conga_new_") {
			continue
		}
		for _, r := range rules {
			if !r.postgres || l.postgres {
				if m := r.match.FindStringSubmatch(s); m != nil && !(l.made[table] && r.spares) && (r.unless == nil || !r.unless(l, s)) {
					l.warn(r, table)
				}
			}
		}
		l.note(s)
	}
	lost := slices.ContainsFunc(l.found[before:], func(w Warning) bool { return w.Code == rules[0].code })
	if f.loses != "" && !lost { // tables of SQLite that are made anew
		l.number, l.sql = 1, "loses: "+f.loses
		l.warn(rules[0], "")
	}
	if l.postgres && locks && !l.timeouts && named {
		l.number, l.sql = 1, ""
		l.warn(rule{code: "M14", message: "no lock_timeout is set: while a statement waits for its lock, all others wait behind it",
			advice: "begin with: set local lock_timeout = '5s'"}, "")
	}
}

// note remembers what later statements of the file depend on.
func (l *linter) note(s string) {
	if strings.HasSuffix(s, " not valid") {
		l.notValid[tableIn(s)] = true
	}
	if strings.Contains(s, " validate constraint ") {
		l.validated = true
	}
}

func tableIn(s string) string {
	for _, r := range []*regexp.Regexp{tableOf, indexOn} {
		if m := r.FindStringSubmatch(s); m != nil {
			return unquote(m[1])
		}
	}
	return ""
}

func unquote(name string) string { return strings.Trim(name, `"`) }

func (l *linter) warn(r rule, table string) {
	w := Warning{Code: r.code, Table: table, Rows: -1, Message: r.message, Advice: r.advice, SQL: l.sql}
	if l.file.Version != "" {
		w.File, w.Number = l.file.Path(), l.number
	}
	if l.postgres {
		w.Lock = r.lock
	}
	l.found = append(l.found, w)
}

// normal is a statement in lower case with single spaces, texts emptied.
func normal(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		j := skipQuoted(s, i)
		switch {
		case s[i] == '\'':
			b.WriteString("''")
		case j != i && (s[i] == '-' || s[i] == '/'):
			b.WriteByte(' ')
		case j != i:
			b.WriteString(s[i : j+1])
		default:
			b.WriteByte(s[i])
		}
		i = j
	}
	return strings.ToLower(strings.Join(strings.Fields(b.String()), " "))
}
