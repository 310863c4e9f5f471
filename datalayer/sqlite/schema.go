package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// EnsureTables creates what the resources need and the database lacks, in one
// transaction.
func (l *Layer) EnsureTables(ctx context.Context, resources []*resource.Resource) error {
	tx, err := l.begin(ctx)
	if err != nil {
		return fmt.Errorf("create tables: %w", err)
	}
	err = tx.on(ctx, func(c *call) error { return c.ensure(ctx, resources) })
	if err != nil {
		_ = tx.Rollback(ctx)
		return fmt.Errorf("create tables: %w", err)
	}
	return tx.Commit(ctx)
}

func (c *call) ensure(ctx context.Context, resources []*resource.Resource) error {
	have := map[string]sqltext.Existing{}
	for _, r := range resources {
		old, err := c.existing(ctx, r.Table)
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
		if _, err := c.change(ctx, sqltext.Statement{Text: text}); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}

// existing looks at a table; without columns it is not there.
func (c *call) existing(ctx context.Context, table string) (sqltext.Existing, error) {
	old := sqltext.Existing{Columns: map[string]bool{}, Names: map[string]bool{}}
	columns, err := c.ask(ctx, "select name from pragma_table_info(?1)", table)
	if err != nil || columns.n == 0 {
		return old, err
	}
	for i := range columns.n {
		old.Columns[text(columns, i, 0)] = true
	}
	indexes, err := c.ask(ctx, "select name, origin from pragma_index_list(?1)", table)
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
		of, err := c.ask(ctx, "select name from pragma_index_info(?1) order by seqno", name)
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
	rows, err := c.ask(ctx, "select 1 from "+quoted+" limit 1")
	old.Empty = err == nil && rows.n == 0
	return old, err
}

func (c *call) ask(ctx context.Context, query string, args ...any) (*rowset, error) {
	return c.rows(ctx, sqltext.Statement{Text: query, Args: args})
}

func text(set *rowset, row, col int) string {
	s, _ := set.at(row, col).(string)
	return s
}
