package conga

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Decision is how the policies of an action decided, for people who ask why.
// It holds values of the record that its actor may not see.
type Decision struct {
	Action *resource.Action
	// Field is the field that WhyField was asked about; nil elsewhere.
	Field *resource.Attribute
	// Verdict is Filtered where it depends on a record and none was given.
	Verdict Verdict
	// Policies are those that speak of the action, in declared order.
	Policies []PolicyDecision
	// Responsible is why the call is refused: the first policy that applies
	// and forbids, or else the first that applies and does not allow. It is nil
	// where the call is not refused, and where no policy applies at all.
	Responsible *resource.Policy
	// Sight is how the primary read action decided, which limits updates and
	// destroys, and fields, to the records that the actor may read; nil elsewhere.
	Sight *Decision
}

// PolicyDecision is what one policy says.
type PolicyDecision struct {
	Policy *resource.Policy
	// Applies is whether its condition holds, Allows whether its checks allow.
	Applies, Allows Truth
	// Condition is how the condition came out; it is empty where there is none.
	Condition CheckDecision
	Checks    []CheckDecision
}

// CheckDecision is how one check came out.
type CheckDecision struct {
	Kind resource.CheckKind
	// Text is the check as it was declared.
	Text  string
	Value Truth
	// Data are what the check looked at, by the names in Text.
	Data []Datum
}

// Datum is one value that a check looked at. Sensitive ones are "(sensitive)".
type Datum struct{ Name, Value string }

// Truth is what came out of a condition.
type Truth string

// The truths. Unknown is SQL's: a NULL is involved. Undecided is where it
// depends on a record and none was given, or one that is not in the database.
const (
	Yes       Truth = "yes"
	No        Truth = "no"
	Unknown   Truth = "unknown"
	Undecided Truth = "undecided"
)

// Why is how the policies decide about the action for the actor of ctx: on the
// record, a pointer, which is nil for creates, reads and generic actions. It is
// for people who develop: it shows what policies looked at, whoever may see it.
// Checks on records are asked with one statement more.
func (a *App) Why(ctx context.Context, action *resource.Action, record any) (*Decision, error) {
	b := a.binder(ctx, nil)
	if err := b.needTenant(action); err != nil {
		return nil, a.failure(ctx, err)
	}
	var w witness
	if record != nil {
		w = b.inDatabase(ctx, action.Resource, action.Resource.Primary.Get(record))
	}
	d, err := b.explain(action, w)
	if err != nil {
		return nil, a.failure(ctx, err)
	}
	read := action.Resource.PrimaryAction(resource.Read)
	if read != nil && (action.Kind == resource.Update || action.Kind == resource.Destroy) {
		if err := b.explainSight(d, read, w); err != nil {
			return nil, a.failure(ctx, err)
		}
	}
	return d, nil
}

// explainSight adds what the policies of the primary read action say, which
// must allow too.
func (b *binder) explainSight(d *Decision, read *resource.Action, w witness) (err error) {
	if d.Sight, err = b.explain(read, w); err != nil {
		return err
	}
	if d.Sight.Verdict != Allowed && d.Verdict != Refused {
		d.Verdict = d.Sight.Verdict
	}
	return nil
}

// Why is App.Why; rec is nil for actions without a record.
func (h HandleOf[P]) Why(ctx context.Context, action string, rec P) (*Decision, error) {
	return h.of.why(ctx, action, rec)
}

func (h handle) why(ctx context.Context, name string, rec any) (*Decision, error) {
	action, err := h.named(name)
	if err != nil {
		return nil, err
	}
	if structs.IsNil(rec) {
		rec = nil
	}
	return h.app.Why(ctx, action, rec)
}

// refusal is the error for a call that the policies refuse. The witness knows
// the record; it is nil where the refusal needed none.
func (b *binder) refusal(action *resource.Action, w witness) error {
	out := forbidden()
	speaks := func(p *resource.Policy) bool { return p.Message != "" }
	if !b.app.options.Development && !slices.ContainsFunc(action.Policies(), speaks) {
		return out
	}
	d, err := b.explain(action, w)
	if err != nil {
		b.app.options.Log.WarnContext(b.ctx, "refusal could not be explained", "error", err)
		return out
	}
	if d.Responsible != nil {
		out.Message = d.Responsible.Message
	}
	if b.app.options.Development {
		out.Message = strings.TrimSpace(out.Message + "\n" + d.String())
	}
	return out
}

// explain asks all policies of the action.
func (b *binder) explain(action *resource.Action, w witness) (*Decision, error) {
	defer b.about(action)()
	d := &Decision{Action: action}
	return d, b.explainBy(d, action.Policies(), b.decide(action), w)
}

// explainBy asks the policies, whose bound decision is n.
func (b *binder) explainBy(d *Decision, policies []*resource.Policy, n expr.Node, w witness) error {
	t := &tracing{b: b, action: d.Action}
	d.Policies = make([]PolicyDecision, len(policies))
	var whole Truth
	v, n := judge(n)
	if v != depends {
		n = expr.Literal{Value: v == allowed}
	}
	t.truth(&whole, n)
	for i, p := range policies {
		t.policy(&d.Policies[i], p)
	}
	if b.fault != nil {
		return b.fault
	}
	if err := t.answer(w); err != nil {
		return err
	}
	switch whole {
	case Yes:
		d.Verdict = Allowed
	case Undecided:
		d.Verdict = Filtered
	default:
		d.Verdict = Refused
		d.Responsible = responsible(d.Policies)
	}
	return nil
}

// responsible is the policy to blame for a refusal.
func responsible(policies []PolicyDecision) *resource.Policy {
	for _, wanted := range [][]Truth{{No}, {No, Unknown, Undecided}} {
		for _, p := range policies {
			if !p.Policy.Bypass && p.Applies == Yes && slices.Contains(wanted, p.Allows) {
				return p.Policy
			}
		}
	}
	return nil
}

// witness computes bound expressions, those of columns, for a record. What it
// cannot know is Undecided.
type witness func(columns []*resource.Attribute) ([]any, error)

// inDatabase is the record with that key.
func (b *binder) inDatabase(ctx context.Context, r *resource.Resource, key any) witness {
	return func(columns []*resource.Attribute) ([]any, error) {
		res, err := b.app.sessionFor(ctx, b.request.Action).Read(datalayer.ReadPrimary(ctx),
			&datalayer.Query{Resource: r, Select: columns, Where: keyIs(r, key), Relations: b.relations})
		if err != nil || res.Len() == 0 {
			return nil, err
		}
		out := make([]any, len(columns))
		for i := range out {
			if out[i], err = res.Value(0, i); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

// inMemoryOf is a record that the database does not have.
func inMemoryOf(env expr.Env) witness {
	return func(columns []*resource.Attribute) ([]any, error) {
		out := make([]any, len(columns))
		for i, c := range columns {
			var err error
			if out[i], err = expr.Eval(c.Expr, env); errors.Is(err, expr.ErrNotLoaded) {
				out[i] = Undecided
			} else if err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

// tracing collects what is to be asked about one record, and where the answers go.
type tracing struct {
	b       *binder
	action  *resource.Action
	columns []*resource.Attribute
	give    []func(v any)
}

// policy asks what one policy says. The places stay where they are until the
// answers come.
func (t *tracing) policy(out *PolicyDecision, p *resource.Policy) {
	*out = PolicyDecision{Policy: p, Checks: make([]CheckDecision, len(p.Checks))}
	t.truth(&out.Applies, t.bind(p.When()))
	t.truth(&out.Allows, t.bind(p.Holds()))
	if p.Condition != nil {
		t.check(&out.Condition, p.Condition)
	}
	for i, c := range p.Checks {
		out.Checks[i].Kind = c.Kind
		t.check(&out.Checks[i], c.Expr)
	}
}

func (t *tracing) bind(n expr.Node) expr.Node { return t.b.bind(t.action.Resource, n, everything) }

func (t *tracing) check(out *CheckDecision, n expr.Node) {
	out.Text = expr.String(n)
	t.truth(&out.Value, t.bind(n))
	seen := map[string]bool{}
	expr.Walk(n, func(n expr.Node) bool {
		_, call := n.(expr.Call)
		_, aggregate := n.(*expr.Aggregate)
		if name := expr.String(n); !call && !seen[name] && name != out.Text {
			seen[name] = true
			t.datum(out, name, n)
		}
		return !aggregate
	})
}

// datum asks for a value that a check looks at.
func (t *tracing) datum(out *CheckDecision, name string, n expr.Node) {
	attr := &resource.Attribute{Type: structs.Type{Kind: structs.Bool, Nullable: true}}
	sensitive := false
	switch x := n.(type) {
	case expr.Field:
		field := follow(t.action.Resource, x.Path).Attribute(x.Name)
		if field == nil {
			return
		}
		sensitive, attr.Type = field.Loggable(true) == resource.Redacted, field.Type
	case expr.Actor:
		if t.b.shape != nil && x.Name != "" {
			sensitive = strings.Contains(t.b.shape.Field(x.Name).Tags["conga"], "sensitive")
		}
	case *expr.Aggregate:
		switch x.Kind {
		case expr.AggregateExists:
		case expr.AggregateCount:
			attr.Type = structs.Type{Kind: structs.Int, Bits: 64}
		default:
			return // its type is not known here
		}
	case expr.Argument:
		sensitive = slices.ContainsFunc(t.action.Arguments, func(a *resource.Attribute) bool {
			return a.Name == x.Name && a.Loggable(true) == resource.Redacted
		})
	case expr.Fact:
	default:
		return
	}
	i := len(out.Data)
	out.Data = append(out.Data, Datum{Name: name, Value: string(Undecided)})
	attr.Expr = t.bind(n)
	t.ask(attr, func(v any) {
		switch {
		case v == Undecided:
		case v == nil:
			out.Data[i].Value = "null"
		case sensitive:
			out.Data[i].Value = resource.Redacted
		default:
			out.Data[i].Value = expr.String(expr.Literal{Value: v})
		}
	})
}

// truth asks for the value of a bound condition.
func (t *tracing) truth(out *Truth, bound expr.Node) {
	*out = Undecided
	t.ask(&resource.Attribute{Type: structs.Type{Kind: structs.Bool, Nullable: true}, Expr: bound}, func(v any) {
		switch v {
		case true:
			*out = Yes
		case false:
			*out = No
		case nil:
			*out = Unknown
		}
	})
}

// ask has give called with the value of a column, now where it is a constant.
func (t *tracing) ask(column *resource.Attribute, give func(any)) {
	if l, ok := column.Expr.(expr.Literal); ok {
		give(l.Value)
		return
	}
	t.columns, t.give = append(t.columns, column), append(t.give, give)
}

// answer gives everybody what the witness knows.
func (t *tracing) answer(w witness) error {
	if w == nil || len(t.columns) == 0 {
		return nil
	}
	values, err := w(t.columns)
	for i, v := range values {
		t.give[i](v)
	}
	return err
}

// String is the decision for people: what each policy said, and which is to blame.
func (d *Decision) String() string {
	var b strings.Builder
	name := d.Action.Name
	if d.Field != nil {
		name = d.Field.Name
	}
	fmt.Fprintf(&b, "%s.%s: %s\n", d.Action.Resource.Name, name, d.Verdict)
	if len(d.Policies) == 0 {
		b.WriteString("  no policy speaks of it\n")
	}
	for _, p := range d.Policies {
		p.write(&b)
		if p.Policy == d.Responsible {
			b.WriteString("    this policy refuses\n")
		}
	}
	if d.Verdict == Refused && d.Responsible == nil && len(d.Policies) > 0 {
		b.WriteString("  no policy applies that allows\n")
	}
	if d.Sight != nil {
		b.WriteString("who may not read it finds nothing: " + d.Sight.String())
	}
	return b.String()
}

func (p *PolicyDecision) write(b *strings.Builder) {
	kind := "policy"
	if p.Policy.Bypass {
		kind = "bypass"
	}
	if p.Policy.Strict {
		kind = "strict " + kind
	}
	fmt.Fprintf(b, "  %s at %s: applies %s, allows %s\n", kind, p.Policy.Where, p.Applies, p.Allows)
	if p.Policy.Condition != nil {
		p.Condition.write(b, "when")
	}
	for i := range p.Checks {
		p.Checks[i].write(b, string(p.Checks[i].Kind))
	}
}

func (c *CheckDecision) write(b *strings.Builder, kind string) {
	fmt.Fprintf(b, "    %s %s: %s", kind, c.Text, c.Value)
	for i, d := range c.Data {
		if i == 0 {
			b.WriteString(", with")
		} else {
			b.WriteString(" and")
		}
		fmt.Fprintf(b, " %s = %s", d.Name, d.Value)
	}
	b.WriteByte('\n')
}
