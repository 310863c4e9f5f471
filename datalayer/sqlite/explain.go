package sqlite

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
)

var (
	_ datalayer.Planner        = (*Layer)(nil)
	_ datalayer.WriteExplainer = (*Layer)(nil)
)

// ExplainWrite returns the statement of a write. An insert of very many
// records may be sent as several.
func (l *Layer) ExplainWrite(w any) (datalayer.Statement, error) { return sqltext.SQLite().Explain(w) }

// Explain returns the statements that Read would send. Each is a flight of its
// own; the keys of parents, which only the rows tell, are left empty.
func (l *Layer) Explain(q *datalayer.Query) ([]datalayer.Statement, error) {
	statements, err := statementsOf(q)
	var out []datalayer.Statement
	for i, st := range statements {
		out = append(out, st.Shown(i))
	}
	return out, err
}

func statementsOf(q *datalayer.Query) ([]sqltext.Statement, error) {
	lists, err := sqltext.SQLite().Flights(q, false)
	return slices.Concat(lists...), err
}

// Plan asks SQLite for the query plan of each statement.
func (l *Layer) Plan(ctx context.Context, q *datalayer.Query) ([]datalayer.Plan, error) {
	statements, err := statementsOf(q)
	if err != nil {
		return nil, err
	}
	var out []datalayer.Plan
	err = l.on(ctx, false, func(c *call) error {
		for i, st := range statements {
			steps, err := c.rows(ctx, sqltext.Statement{Text: "explain query plan " + st.Text, Args: st.Args})
			if err != nil {
				return err
			}
			out = append(out, planOf(st.Shown(i), steps))
		}
		return nil
	})
	return out, err
}

// planOf reads the steps: number, number of the step around it, nothing, text.
func planOf(st datalayer.Statement, steps *rowset) datalayer.Plan {
	plan := datalayer.Plan{Statement: st}
	depth := map[any]int{}
	var lines []string
	for i := range steps.n {
		depth[steps.at(i, 0)] = depth[steps.at(i, 1)] + 1
		step := text(steps, i, 3)
		lines = append(lines, strings.Repeat("  ", depth[steps.at(i, 1)])+step)
		alias, ok := strings.CutPrefix(step, "SCAN ")
		if !ok {
			continue // a scan in the order of an index reads the whole table too
		}
		alias, _, _ = strings.Cut(alias, " ")
		if table := tableOf(st.SQL, alias); table != "" && !slices.Contains(plan.Scans, table) {
			plan.Scans = append(plan.Scans, table)
		}
	}
	plan.Text = strings.Join(lines, "\n")
	return plan
}

// aliased matches a table and its alias as package sqltext writes them.
var aliased = regexp.MustCompile(`"((?:[^"]|"")+)" (t\d+)\b`)

// tableOf is the table that has the alias in a statement, or empty.
func tableOf(sql, alias string) string {
	for _, m := range aliased.FindAllStringSubmatch(sql, -1) {
		if m[2] == alias {
			return strings.ReplaceAll(m[1], `""`, `"`)
		}
	}
	return ""
}

// Indexes asks SQLite for the indexes of the tables.
func (l *Layer) Indexes(ctx context.Context, tables []string) (map[string][]datalayer.Index, error) {
	out := map[string][]datalayer.Index{}
	err := l.on(ctx, false, func(c *call) error {
		for _, table := range tables {
			list, err := c.ask(ctx, `select name, "unique", partial from pragma_index_list(?1)`, table)
			if err != nil {
				return err
			}
			for i := range list.n {
				x := datalayer.Index{Name: text(list, i, 0), Unique: list.at(i, 1) == int64(1), Partial: list.at(i, 2) == int64(1)}
				columns, err := c.ask(ctx, "select name from pragma_index_info(?1) order by seqno", x.Name)
				if err != nil {
					return err
				}
				for j := range columns.n {
					x.Columns = append(x.Columns, text(columns, j, 0))
				}
				out[table] = append(out[table], x)
			}
		}
		return nil
	})
	return out, err
}
