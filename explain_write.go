package conga

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// WritePlan is how a create, update or destroy would be carried out.
type WritePlan struct {
	Action *resource.Action
	// Manual is the file and line of the function that writes instead of the
	// engine; empty for ordinary actions.
	Manual string
	// Reads says, a line for each reason, why the record is read and locked
	// before it is written. Without a reason the write is one statement.
	Reads []string
	// Every says the same for WriteEvery, which then reads the records and
	// writes them batch by batch. Without a reason it is one statement.
	Every []string
	// Transaction tells that the call opens a transaction.
	Transaction bool
	// Statement is the statement that writes, where the inputs are complete
	// enough to tell, and the record need not be read first.
	Statement datalayer.Statement
}

// String is the plan for people, with the arguments.
func (p *WritePlan) String() string {
	var b strings.Builder
	if p.Manual != "" {
		fmt.Fprintf(&b, "%s: manual at %s\n", p.Action.Name, p.Manual)
	}
	line := func(what string, reasons []string) {
		fmt.Fprintf(&b, "%s: ", what)
		if len(reasons) == 0 {
			b.WriteString("one statement\n")
			return
		}
		fmt.Fprintf(&b, "reads first: %s\n", strings.Join(reasons, "; "))
	}
	if p.Manual == "" || len(p.Reads) > 0 {
		line(p.Action.Name, p.Reads)
	}
	if p.Action.Kind != resource.Create {
		line("every record", p.Every)
	}
	if p.Transaction {
		b.WriteString("in a transaction\n")
	}
	if p.Statement.SQL != "" {
		fmt.Fprintf(&b, "  %s\n  with %v\n", p.Statement.SQL, p.Statement.Args)
	}
	return b.String()
}

// ExplainWrite tells what Write would do for the actor of ctx, and does not do
// it. Changes written in Go are not run. It is for people who develop: it shows
// the arguments of statements, but for sensitive values.
func (a *App) ExplainWrite(ctx context.Context, w *Write) (*WritePlan, error) {
	layer, ok := a.layer.(datalayer.WriteExplainer)
	if !ok {
		return nil, internal(errors.New("the data layer cannot explain writes"))
	}
	r := &run{app: a, w: w, action: w.Action, res: w.Action.Resource}
	r.watched = r.heard()
	ctx = a.within(ctx)
	r.cast(ctx)
	if err := r.decide(); err != nil {
		return nil, a.failure(ctx, err)
	}
	p := &WritePlan{Action: r.action, Manual: r.action.ManualAt, Reads: r.whyRead(), Transaction: r.needsTransaction()}
	p.Every = append(p.Every, p.Reads...)
	if len(r.action.AfterTransaction) > 0 {
		p.Every = append(p.Every, "hooks look at each")
	}
	if len(p.Reads) > 0 || r.action.Manual != nil {
		return p, nil
	}
	err := r.change(ctx, true)
	if len(r.demands) > 0 {
		p.Every = append(p.Every, "a validation looks at each")
	}
	if err != nil { // the inputs are not complete
		return p, a.explainable(err)
	}
	if write := r.statement(); write != nil {
		p.Statement, err = layer.ExplainWrite(write)
		secret := r.b.secretsOf(r.action)
		secret.write(write)
		secret.hide(&p.Statement)
	}
	return p, a.failure(ctx, err)
}

// explainable is nil for what is wrong with the inputs alone.
func (a *App) explainable(err error) error {
	if KindOf(err) == Invalid {
		return nil
	}
	return err
}

// statement is what store would send; nil for nothing.
func (r *run) statement() any {
	tenant := datalayer.Tenant{ID: r.b.tenant, Any: r.b.any}
	switch {
	case r.action.Kind == resource.Create:
		columns, row := r.row()
		return &datalayer.Insert{Resource: r.res, Columns: columns, Rows: [][]any{row}, Return: r.returning(), Conflict: r.conflict(), Tenant: tenant}
	case r.action.Kind == resource.Destroy && !r.action.Soft:
		return &datalayer.Delete{Resource: r.res, Where: r.found(), Return: r.returning(), Tenant: tenant}
	}
	if set := r.assignments(); len(set) > 0 {
		return &datalayer.Update{Resource: r.res, Where: r.found(), Set: set, Return: r.returning(), Tenant: tenant}
	}
	return nil
}

// ExplainWrite tells what Create, Update or Destroy would do with the same
// options, see App.ExplainWrite. A nil record stands for any.
func (h HandleOf[P]) ExplainWrite(ctx context.Context, action string, rec P, options ...Option) (*WritePlan, error) {
	return h.of.explainWrite(ctx, action, rec, options)
}

func (h handle) explainWrite(ctx context.Context, action string, rec any, options []Option) (*WritePlan, error) {
	a, err := h.named(action)
	if err != nil {
		return nil, err
	}
	if a.Kind == resource.Read || a.Kind == resource.Generic {
		return nil, internal(fmt.Errorf("%s.%s writes no records", h.res.Name, action))
	}
	o, err := h.options(a, options)
	if err != nil {
		return nil, err
	}
	w := &Write{Action: a, Inputs: o.inputs, Issues: o.issues, Key: h.res.Primary.Type.Zero()}
	if !structs.IsNil(rec) {
		w.Key = h.res.Primary.Get(rec)
	}
	return h.app.ExplainWrite(ctx, w)
}
