package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
)

var _ datalayer.WriteExplainer = (*Layer)(nil)

// ExplainWrite returns the statement of a write.
func (l *Layer) ExplainWrite(w any) (datalayer.Statement, error) { return l.sql.Explain(w) }

// Explain returns the statements that Read would send, flight after flight.
// The keys of parents, which only the rows tell, are left empty.
func (l *Layer) Explain(q *datalayer.Query) ([]datalayer.Statement, error) {
	var out []datalayer.Statement
	err := l.eachStatement(q, func(flight int, s sqltext.Statement) error {
		out = append(out, s.Shown(flight))
		return nil
	})
	return out, err
}

func (l *Layer) eachStatement(q *datalayer.Query, f func(flight int, s sqltext.Statement) error) error {
	flights, err := l.sql.Flights(q, true)
	if err != nil {
		return err
	}
	for i, list := range flights {
		for _, s := range list {
			if err := f(i, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// Plan asks the server for the plan of each statement, with its arguments.
func (l *Layer) Plan(ctx context.Context, q *datalayer.Query) ([]datalayer.Plan, error) {
	var out []datalayer.Plan
	err := l.eachStatement(q, func(flight int, s sqltext.Statement) error {
		lines, err := l.ask(ctx, "explain "+s.Text, s.Args)
		if err != nil {
			return fmt.Errorf("explain %s: %w", s.Text, err)
		}
		plan := datalayer.Plan{Statement: s.Shown(flight), Text: strings.Join(lines, "\n")}
		for _, line := range lines {
			if table, ok := scanned(line); ok && !slices.Contains(plan.Scans, table) {
				plan.Scans = append(plan.Scans, table)
			}
		}
		out = append(out, plan)
		return nil
	})
	return out, err
}

// scanned is the table that a line of a plan says is read whole:
// "->  Parallel Seq Scan on messages t0  (cost=…".
func scanned(line string) (table string, ok bool) {
	_, rest, ok := strings.Cut(line, "Seq Scan on ")
	if !ok {
		return "", false
	}
	if quoted, is := strings.CutPrefix(rest, `"`); is {
		table, _, _ = strings.Cut(quoted, `"`)
		return table, true
	}
	table, _, _ = strings.Cut(rest, " ")
	return table, true
}

// ask runs a statement whose rows are single texts.
func (l *Layer) ask(ctx context.Context, text string, values []any) ([]string, error) {
	args, err := arguments(values)
	if err != nil {
		return nil, err
	}
	held, err := l.pool.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer held.release()
	conn := held.conn()
	f := &flight{begin: text}
	f.depart(ctx, l.options.Observer)
	rows, err := conn.Query(ctx, text, append([]any{pgx.QueryExecModeDescribeExec}, args...)...)
	var lines []string
	if err == nil {
		lines, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	f.arrived(ctx, text, err)
	if err != nil {
		return nil, l.mapError(ctx, conn, err, f)
	}
	return lines, nil
}

const indexesQuery = `
select c.relname::text, i.relname::text, x.indisunique, x.indpred is not null,
	array(select coalesce(a.attname::text, '') from unnest(x.indkey::int2[]) with ordinality k(n, at)
		left join pg_catalog.pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.n and k.n > 0
		where k.at <= x.indnkeyatts order by k.at)
from pg_catalog.pg_class c
join pg_catalog.pg_index x on x.indrelid = c.oid and x.indisvalid
join pg_catalog.pg_class i on i.oid = x.indexrelid
where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relname = any($1)
order by 1, 2`

// Indexes reads the catalogue.
func (l *Layer) Indexes(ctx context.Context, tables []string) (map[string][]datalayer.Index, error) {
	held, err := l.pool.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer held.release()
	conn := held.conn()
	out := map[string][]datalayer.Index{}
	rows, err := conn.Query(ctx, indexesQuery, tables)
	if err == nil {
		var table string
		var x datalayer.Index
		_, err = pgx.ForEachRow(rows, []any{&table, &x.Name, &x.Unique, &x.Partial, &x.Columns}, func() error {
			out[table] = append(out[table], x)
			x.Columns = nil
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("list indexes: %w", l.mapError(ctx, conn, err, &flight{}))
	}
	return out, nil
}
