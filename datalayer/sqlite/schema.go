package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// EnsureTables creates what the resources need and the database lacks, in one
// transaction.
func (l *Layer) EnsureTables(ctx context.Context, resources []*resource.Resource) error {
	tx, err := l.Begin(ctx)
	if err != nil {
		return err
	}
	if err := tx.(*transaction).ensure(ctx, resources); err != nil {
		_ = tx.Rollback(ctx)
		return fmt.Errorf("create tables: %w", err)
	}
	return tx.Commit(ctx)
}

func (t *transaction) ensure(ctx context.Context, resources []*resource.Resource) error {
	have := map[string]sqltext.Existing{}
	for _, r := range resources {
		old, err := t.existing(ctx, r.Table)
		if err != nil {
			return err
		}
		if len(old.Columns) > 0 {
			have[r.Table] = old
		}
	}
	statements, err := sqltext.SQLite().Ensure(resources, have)
	if err != nil {
		return err
	}
	for _, text := range statements {
		if _, err := t.rows(ctx, t.write, sqltext.Statement{Text: text}, 0); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}

// existing looks at a table; without columns it is not there.
func (t *transaction) existing(ctx context.Context, table string) (sqltext.Existing, error) {
	old := sqltext.Existing{Columns: map[string]bool{}, Names: map[string]bool{}}
	columns, err := t.ask(ctx, "select name from pragma_table_info(?1)", table)
	if err != nil || columns.n == 0 {
		return old, err
	}
	for i := range columns.n {
		old.Columns[text(columns, i, 0)] = true
	}
	indexes, err := t.ask(ctx, "select name, origin from pragma_index_list(?1)", table)
	if err != nil {
		return old, err
	}
	for i := range indexes.n {
		name := text(indexes, i, 0)
		old.Names[name] = true
		if text(indexes, i, 1) != "u" {
			continue
		}
		// The index of a unique constraint does not bear the constraint's name.
		of, err := t.ask(ctx, "select name from pragma_index_info(?1) order by seqno", name)
		if err != nil {
			return old, err
		}
		parts := []string{table}
		for j := range of.n {
			parts = append(parts, text(of, j, 0))
		}
		old.Names[strings.Join(parts, "_")+"_key"] = true
	}
	quoted := `"` + strings.ReplaceAll(table, `"`, `""`) + `"`
	rows, err := t.ask(ctx, "select 1 from "+quoted+" limit 1")
	old.Empty = err == nil && rows.n == 0
	return old, err
}

func (t *transaction) ask(ctx context.Context, query string, args ...any) (*rowset, error) {
	return t.rows(ctx, t.write, sqltext.Statement{Text: query, Args: args}, 0)
}

func text(set *rowset, row, col int) string {
	s, _ := set.at(row, col).(string)
	return s
}

var _ datalayer.Tx = (*transaction)(nil)
