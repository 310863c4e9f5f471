package conga

import (
	"context"
	"strings"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// ask asks the database for the validations of an action that look at other
// records or need SQL, when the records are written, as the hooks have left
// them. It is one question for all; the transaction is undone when one of them
// is refused, which is the i-th.
func ask(ctx context.Context, runs []*run) (i int, err error) {
	if len(runs) == 0 || len(runs[0].action.Asked) == 0 {
		return 0, nil
	}
	var order []string
	same := map[string][]int{} // the facts of a call may differ from record to record
	for i, r := range runs {
		var b strings.Builder
		for _, column := range r.asked() {
			b.WriteString(expr.String(column.Expr) + "\n")
		}
		text := b.String()
		if same[text] == nil {
			order = append(order, text)
		}
		same[text] = append(same[text], i)
	}
	for _, text := range order {
		if i, err := askOf(ctx, runs, same[text]); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// asked are columns that are false where the validations refuse a record.
func (r *run) asked() []*resource.Attribute {
	out := make([]*resource.Attribute, len(r.action.Asked))
	for i := range r.action.Asked {
		s := &r.action.Asked[i]
		bind := func(n expr.Node) expr.Node { return r.b.bind(r.res, n, everything) }
		out[i] = &resource.Attribute{Type: structs.Type{Kind: structs.Bool, Nullable: true}, Expr: unless(bind(s.When), bind(s.Check))}
	}
	return out
}

// askOf asks for the runs at these places, whose questions are the same.
func askOf(ctx context.Context, runs []*run, at []int) (int, error) {
	first := runs[at[0]]
	keys, places := make([]any, len(at)), make(map[any]int, len(at))
	for n, i := range at {
		key, err := runs[i].key()
		if err != nil {
			return i, err
		}
		keys[n], places[key] = key, i
	}
	q := &datalayer.Query{Resource: first.res, Select: append([]*resource.Attribute{first.res.Primary}, first.asked()...),
		Where: keyIn(first.res, keys), Relations: first.b.relations}
	res, err := first.session(ctx).Read(ctx, q)
	if err != nil {
		return at[0], err
	}
	refused := -1
	for row := range res.Len() {
		key, err := res.Value(row, 0)
		if err != nil {
			return at[0], err
		}
		i := places[key]
		for col := range first.action.Asked {
			v, err := res.Value(row, 1+col)
			if err != nil {
				return i, err
			}
			if v == false {
				runs[i].reject(&first.action.Asked[col])
			}
		}
		if len(runs[i].c.Issues()) > 0 && (refused < 0 || i < refused) {
			refused = i
		}
	}
	if refused >= 0 {
		return refused, invalid(runs[refused].c.Issues()...)
	}
	return 0, nil
}

// reject notes that a step refuses the input.
func (r *run) reject(s *resource.Step) {
	issue := resource.Issue{Code: s.Code, Message: s.Message, Vars: s.Vars}
	if len(s.Fields) == 0 {
		r.c.AddIssue(issue)
	}
	for _, f := range s.Fields {
		issue.Path = []string{f.JSON}
		r.c.AddIssue(issue)
	}
}
