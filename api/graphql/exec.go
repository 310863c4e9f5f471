package graphql

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

var _ gql.ExecutableSchema = (*schema)(nil)

// Schema is the parsed schema.
func (s *schema) Schema() *ast.Schema { return s.ast }

// Complexity leaves it to our own limits, see cost.
func (s *schema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

// Exec answers the operation of the context.
func (s *schema) Exec(ctx context.Context) gql.ResponseHandler {
	oc := gql.GetOperationContext(ctx)
	if !s.enter(ctx) {
		return gql.OneShot(&gql.Response{Errors: gqlerror.List{codedError("too many operations run on this connection", codeOf(api.StatusUnavailable))}})
	}
	if oc.Operation.Operation == ast.Subscription {
		return s.subscribe(ctx, oc)
	}
	done := false
	return func(ctx context.Context) *gql.Response {
		if done {
			return nil
		}
		done = true
		return s.answer(ctx, oc)
	}
}

// maxParallel is how many root fields of a query are answered at the same time.
const maxParallel = 4

// answered is what came of a root field.
type answered struct {
	data []byte // nil means null
	errs gqlerror.List
}

// answer runs all root fields: those of a mutation one after the other.
func (s *schema) answer(ctx context.Context, oc *gql.OperationContext) *gql.Response {
	object, parallel := "Query", maxParallel
	if oc.Operation.Operation == ast.Mutation {
		object, parallel = "Mutation", 1
	}
	fields := gql.CollectFields(oc, oc.Operation.SelectionSet, []string{object})
	results := make([]answered, len(fields))
	m := scratchOf(ctx)
	switch {
	case len(fields) == 1:
		q := &query{s: s, oc: oc, o: s.o, dst: m.field[:0]}
		results[0] = q.root(ctx, object, fields[0])
		m.field = q.dst
	case parallel == 1:
		for i, f := range fields {
			results[i] = (&query{s: s, oc: oc, o: s.o}).root(ctx, object, f)
		}
	default:
		s.parallel(ctx, oc, object, fields, results, parallel)
	}
	return join(m, fields, results)
}

func (s *schema) parallel(ctx context.Context, oc *gql.OperationContext, object string, fields []gql.CollectedField, results []answered, n int) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, n)
	for i, f := range fields {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			results[i] = (&query{s: s, oc: oc, o: s.o}).root(ctx, object, f)
		})
	}
	wg.Wait()
}

// join puts the answers of the root fields together.
func join(m *scratch, fields []gql.CollectedField, results []answered) *gql.Response {
	resp := &gql.Response{}
	size := 2
	for i := range results {
		size += len(fields[i].Alias) + len(results[i].data) + 8
	}
	data := append(m.begin(size), '{')
	for i, r := range results {
		if i > 0 {
			data = append(data, ',')
		}
		data = append(wire.AppendString(data, fields[i].Alias), ':')
		if r.data == nil {
			data = wire.AppendNull(data)
		} else {
			data = append(data, r.data...)
		}
		resp.Errors = append(resp.Errors, r.errs...)
		if r.data == nil && fields[i].Definition.Type.NonNull {
			return &gql.Response{Errors: resp.Errors, Data: []byte("null")}
		}
	}
	resp.Data = append(data, '}')
	return resp
}

// root answers one root field. A panic becomes an error of the field alone.
func (q *query) root(ctx context.Context, object string, f gql.CollectedField) (out answered) {
	s := q.s
	defer func() {
		if p := recover(); p != nil {
			err := fmt.Errorf("field %s panicked: %v\n%s", f.Name, p, debug.Stack())
			out = answered{errs: gqlerror.List{s.present(ctx, err, f)}}
		}
	}()
	data, err := q.run(ctx, object, f)
	if err != nil {
		return answered{errs: gqlerror.List{s.present(ctx, err, f)}}
	}
	out.data = data
	for _, fault := range q.faults {
		out.errs = append(out.errs, s.present(ctx, &unshowable{fault}, f))
	}
	out.errs = append(out.errs, q.forbidden(data, ast.Path{ast.PathName(f.Alias)})...)
	return out
}

func (q *query) run(ctx context.Context, object string, f gql.CollectedField) ([]byte, error) {
	switch f.Name {
	case "__typename":
		return wire.AppendString(nil, object), nil
	case "__schema", "__type":
		return q.introspect(f)
	}
	def := q.s.field(object, f.Name)
	if def.root == nil {
		return nil, nil // the empty query type
	}
	switch def.root.kind {
	case rootList:
		return q.list(ctx, f, def)
	case rootGet:
		return q.get(ctx, f, def)
	case rootGroups:
		return q.groups(ctx, f, def)
	case rootWrite:
		return q.write(ctx, f, def)
	case rootCreateMany, rootUpdateMany:
		return q.writeMany(ctx, f, def)
	case rootWriteEvery:
		return q.writeEvery(ctx, f, def)
	}
	return q.call(ctx, f, def)
}

func (q *query) list(ctx context.Context, f gql.CollectedField, def *fieldDef) ([]byte, error) {
	c, err := q.connection(f, def.root.res, 0)
	if err != nil {
		return nil, err
	}
	args, err := q.readArguments(f, def)
	if err != nil {
		return nil, err
	}
	found, err := q.s.app.Find(ctx, &conga.Find{Action: def.root.action, Arguments: args, Selection: c.selection, Page: c.Page})
	if err != nil {
		return nil, err
	}
	defer found.Release()
	w := window{found: found, to: found.Len(), next: found.HasNext, previous: found.HasPrevious, count: found.Count}
	if q.dst == nil {
		q.dst = make([]byte, 0, 256+128*found.Len())
	}
	q.dst, err = c.append(q.dst, w)
	return q.dst, err
}

func (q *query) get(ctx context.Context, f gql.CollectedField, def *fieldDef) ([]byte, error) {
	var rec records
	shape, err := q.record(def.root.res, f.Selections, &rec)
	if err != nil {
		return nil, err
	}
	args, err := q.readArguments(f, def)
	if err != nil {
		return nil, err
	}
	key, ok := def.arg(argID).key(arguments(f.Field, q.oc.Variables)[argID])
	if !ok {
		return nil, nil
	}
	found, err := q.s.app.Find(ctx, &conga.Find{Action: def.root.action, Arguments: args, Key: key, Selection: rec.selection(def.root.res.res)})
	if err != nil || found.Len() == 0 {
		return nil, err
	}
	defer found.Release()
	return shape.AppendRow(nil, found, 0)
}

// readArguments are the arguments of a read action by Go name, checked by
// their rules. Those that are missing have their default, or are zero.
func (q *query) readArguments(f gql.CollectedField, def *fieldDef) (map[string]any, error) {
	action := def.root.action
	if len(action.Arguments) == 0 {
		return nil, nil
	}
	var fields []*fieldDef
	for _, arg := range def.args {
		if arg.attr != nil && action.IsArgument(arg.attr) {
			fields = append(fields, arg)
		}
	}
	given, issues := inputs(fields, arguments(f.Field, q.oc.Variables))
	c := resource.NewChangeset(action)
	for _, in := range given {
		c.Give(in.Attribute, in.Value)
	}
	for _, issue := range issues {
		c.AddIssue(issue)
	}
	out := make(map[string]any, len(action.Arguments))
	for _, arg := range action.Arguments {
		switch {
		case c.Given(arg) || c.HasIssue(arg.JSON):
		case arg.Default != nil:
			c.Give(arg, arg.Default())
		case arg.Required:
			c.AddIssue(resource.RequiredIssue(arg))
		default:
			c.Give(arg, arg.Type.Zero())
		}
		out[arg.Name] = c.Argument(arg)
	}
	c.Validate(q.s.app.Registry().Validator)
	if found := c.Issues(); len(found) > 0 {
		return nil, &conga.Error{Kind: conga.Invalid, Issues: rename(fields, found)}
	}
	return out, nil
}
