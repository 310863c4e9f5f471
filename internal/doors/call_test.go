package doors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/form"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// call is one call of an action, whatever the door.
type call struct {
	actor  string
	action *resource.Action
	key    uuid.UUID
	inputs []conga.Input
}

// String is the call for people.
func (c call) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s as %q on %s:", c.action.Name, c.actor, c.key)
	for _, in := range c.inputs {
		fmt.Fprintf(&b, " %s=%#v", in.Attribute.JSON, in.Value)
	}
	return b.String()
}

// outcome is what came of a call, in words that all doors can say.
type outcome struct {
	kind   resource.ErrorKind
	issues []string
	// record has the stored public attributes by JSON name.
	record map[string]any
	// early tells that GraphQL's own validation refused the call.
	early bool
}

func (o outcome) String() string {
	b, err := json.Marshal(o.record)
	return fmt.Sprintf("%s %q %s %v", o.kind, o.issues, b, err)
}

// withoutChance is the outcome without what differs each time.
func (o outcome) withoutChance() outcome {
	for _, name := range []string{"id", "made", "changed"} {
		if _, ok := o.record[name]; ok {
			o.record[name] = "…"
		}
	}
	return o
}

// door is one way to call an action. ok is false where the door cannot say it.
type door struct {
	name string
	call func(t *testing.T, h *house, ctx context.Context, c call) (o outcome, ok bool)
}

var doors = []door{{"engine", throughEngine}, {"go", throughGo}, {"rest", throughREST}, {"graphql", throughGraphQL}, {"form", throughForm}}

func failed(t *testing.T, err error) outcome {
	t.Helper()
	var e *conga.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is no *conga.Error", err)
	}
	return refusal(e.Kind, e.Issues)
}

func refusal(kind resource.ErrorKind, issues []resource.Issue) outcome {
	o := outcome{kind: kind}
	for _, i := range issues {
		o.issues = append(o.issues, fieldOf(i))
	}
	slices.Sort(o.issues)
	return o
}

// written is the outcome of a call that gave a record.
func written(t *testing.T, c call, rec any) outcome {
	t.Helper()
	o := outcome{kind: "ok"}
	switch {
	case c.action.Kind == resource.Destroy:
	case c.action.Kind == resource.Generic:
		o.record = document(t, c.action.Output.Attributes, rec)
	default:
		o.record = document(t, c.action.Resource.Columns(), rec)
	}
	return o
}

func document(t *testing.T, attrs []*resource.Attribute, rec any) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, a := range attrs {
		if a.Private {
			continue
		}
		raw, err := wire.AppendValue(nil, a.Type, a.Get(rec))
		if err != nil {
			t.Fatal(err)
		}
		out[a.JSON] = decode(t, raw)
	}
	return out
}

func throughEngine(t *testing.T, h *house, ctx context.Context, c call) (outcome, bool) {
	t.Helper()
	ctx = h.as(ctx, c.actor)
	if c.action.Kind == resource.Generic {
		out, err := h.app.CallInputs(ctx, c.action, c.inputs, nil)
		if err != nil {
			return failed(t, err), true
		}
		return written(t, c, out), true
	}
	w := &conga.Write{Action: c.action, Inputs: c.inputs}
	if c.action.Kind != resource.Create {
		w.Key = c.key
	}
	got, err := h.app.Write(ctx, w)
	if err != nil {
		return failed(t, err), true
	}
	recs := must(got.Records())(t)
	return written(t, c, recs[0]), true
}

func throughGo(t *testing.T, h *house, ctx context.Context, c call) (outcome, bool) {
	t.Helper()
	if len(c.action.Arguments) > 0 {
		return outcome{}, false // a struct of arguments gives all of them
	}
	var options []conga.Option
	for _, in := range c.inputs {
		o, ok := option(in.Attribute.Ptr(h.papers.Fields()), in.Value)
		if !ok {
			return outcome{}, false
		}
		options = append(options, o)
	}
	ctx, rec := h.as(ctx, c.actor), &Paper{ID: c.key}
	var err error
	switch c.action.Kind {
	case resource.Create:
		rec, err = h.papers.Create(ctx, c.action.Name, options...)
	case resource.Update:
		rec, err = h.papers.Update(ctx, c.action.Name, rec, options...)
	case resource.Destroy:
		err = h.papers.Destroy(ctx, c.action.Name, rec, options...)
	default:
		return outcome{}, false
	}
	if err != nil {
		return failed(t, err), true
	}
	return written(t, c, rec), true
}

var restKinds = map[int]resource.ErrorKind{
	400: conga.Invalid, 401: conga.Forbidden, 403: conga.Forbidden, 404: conga.NotFound, 409: conga.Conflict, 422: conga.Invalid,
	500: conga.Internal, 503: conga.Unavailable,
}

func throughREST(t *testing.T, h *house, ctx context.Context, c call) (outcome, bool) {
	t.Helper()
	body := []byte("{")
	for i, in := range c.inputs {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(wire.AppendString(body, in.Attribute.JSON), ':')
		var err error
		if body, err = wire.AppendValue(body, in.Attribute.Type, in.Value); err != nil {
			t.Fatal(err)
		}
	}
	path, a := "/api/papers", c.action
	if a.Kind == resource.Update || a.Kind == resource.Destroy {
		path += "/" + c.key.String()
	}
	if !a.Primary {
		path += "/" + a.Name
	}
	method := map[resource.ActionKind]string{resource.Update: http.MethodPatch, resource.Destroy: http.MethodDelete}[a.Kind]
	if method == "" {
		method = http.MethodPost
	}
	res := serve(ctx, h.rest, c.actor, method, path, string(append(body, '}')))
	if res.Code < 300 {
		o := outcome{kind: "ok"}
		if res.Code != http.StatusNoContent {
			o.record = decode(t, res.Body.Bytes()).(map[string]any)
		}
		return o, true
	}
	o := outcome{kind: restKinds[res.Code]}
	list, _ := get(decode(t, res.Body.Bytes()), "errors").([]any)
	for _, e := range list {
		field, _ := get(e, "field").(string)
		o.issues = append(o.issues, field+" "+get(e, "code").(string))
	}
	slices.Sort(o.issues)
	return o, true
}

func throughGraphQL(t *testing.T, h *house, ctx context.Context, c call) (outcome, bool) {
	t.Helper()
	name := inflect.Camel(c.action.Name) + "Paper"
	input := map[string]any{}
	for _, in := range c.inputs {
		input[in.Attribute.GraphQL] = graphqlInput(t, in)
	}
	var params, args []string
	vars := map[string]any{}
	if c.action.Kind == resource.Update || c.action.Kind == resource.Destroy {
		params, args = append(params, "$id: ID!"), append(args, "id: $id")
		vars["id"] = c.key.String()
	}
	if len(c.action.Inputs()) > 0 {
		params, args = append(params, "$in: "+inflect.Pascal(name)+"Input!"), append(args, "input: $in")
		vars["in"] = input
	}
	text := "mutation"
	attrs := c.action.Resource.Columns()
	if c.action.Output != nil {
		attrs = c.action.Output.Attributes
	}
	if len(params) > 0 {
		text += "(" + strings.Join(params, ", ") + ")"
		name += "(" + strings.Join(args, ", ") + ")"
	}
	text += " { it: " + name + " { result {" + selection(attrs) + "} errors { code path } } }"
	return graphqlOutcome(t, c, attrs, decode(t, h.query(ctx, c.actor, text, vars).Body.Bytes())), true
}

func selection(attrs []*resource.Attribute) string {
	out := ""
	for _, a := range attrs {
		if !a.Private {
			out += " " + a.GraphQL
		}
		of := a
		if a.Element != nil {
			of = a.Element
		}
		if of.Object != nil {
			out += " {" + selection(of.Object.Attributes) + "}"
		}
	}
	return out + " "
}

// graphqlInput is an input as a variable has it.
func graphqlInput(t *testing.T, in conga.Input) any {
	t.Helper()
	a := in.Attribute
	if in.Value != nil && a.Object != nil {
		out := map[string]any{}
		for _, m := range a.Object.Attributes {
			out[m.GraphQL] = graphqlInput(t, conga.Input{Attribute: m, Value: m.Value(in.Value)})
		}
		return out
	}
	if in.Value != nil && a.Element != nil && a.Element.Object != nil {
		out := []any{}
		for _, e := range a.Type.Elements(in.Value) {
			out = append(out, graphqlInput(t, conga.Input{Attribute: a.Element, Value: e}))
		}
		return out
	}
	switch v := in.Value.(type) {
	case []any:
		if a.Element == nil {
			break
		}
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = graphqlInput(t, conga.Input{Attribute: a.Element, Value: item})
		}
		return out
	case string:
		if a.Enum != nil {
			return strings.ToUpper(v)
		}
	case int64:
		if a.Type.Name == "int64" {
			return fmt.Sprint(v)
		}
	}
	raw, err := wire.AppendValue(nil, a.Type, in.Value)
	if err != nil {
		t.Fatal(err)
	}
	return json.RawMessage(raw)
}

func graphqlOutcome(t *testing.T, c call, attrs []*resource.Attribute, answer any) outcome {
	t.Helper()
	if list, _ := get(answer, "errors").([]any); len(list) > 0 {
		code, _ := get(list[0], "extensions", "code").(string)
		switch code {
		case "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT":
			return outcome{kind: conga.Invalid, early: true}
		case "UNAVAILABLE":
			return outcome{kind: conga.Unavailable}
		case "INTERNAL":
			return outcome{kind: conga.Internal}
		}
		t.Fatalf("unexpected errors %v", list)
	}
	payload := get(answer, "data", "it")
	errs, _ := get(payload, "errors").([]any)
	if len(errs) == 0 {
		o := outcome{kind: "ok"}
		if c.action.Kind != resource.Destroy {
			o.record = fromGraphQL(attrs, get(payload, "result"))
		}
		return o
	}
	o := outcome{kind: conga.Invalid}
	for _, e := range errs {
		code, path := get(e, "code").(string), get(e, "path").([]any)
		switch code {
		case "forbidden", "not_found", "conflict", "unique":
			o.kind = resource.ErrorKind(strings.Replace(code, "unique", "conflict", 1))
		}
		if len(path) == 0 && code != "invalid" {
			continue
		}
		var parts []string
		for i, p := range path[min(1, len(path)):] {
			part := p.(string)
			for _, in := range c.action.Inputs() {
				if i == 0 && in.GraphQL == part {
					part = in.JSON
				}
			}
			parts = append(parts, part)
		}
		o.issues = append(o.issues, strings.Join(parts, ".")+" "+code)
	}
	slices.Sort(o.issues)
	return o
}

// fromGraphQL is a record of GraphQL as REST has it.
func fromGraphQL(attrs []*resource.Attribute, rec any) map[string]any {
	out := map[string]any{}
	for _, a := range attrs {
		if a.Private {
			continue
		}
		out[a.JSON] = valueFromGraphQL(a, get(rec, a.GraphQL))
	}
	return out
}

func valueFromGraphQL(a *resource.Attribute, v any) any {
	switch x := v.(type) {
	case []any:
		for i, item := range x {
			if a.Element != nil {
				x[i] = valueFromGraphQL(a.Element, item)
			}
		}
	case map[string]any:
		if a.Object != nil {
			return fromGraphQL(a.Object.Attributes, x)
		}
	case string:
		switch {
		case a.Enum != nil:
			return strings.ToLower(x)
		case a.Type.Name == "int64":
			return json.Number(x)
		}
	}
	return v
}

func throughForm(t *testing.T, h *house, ctx context.Context, c call) (outcome, bool) {
	t.Helper()
	values := url.Values{}
	for _, in := range c.inputs {
		if !formInputs(t, values, in.Attribute.JSON, in) {
			return outcome{}, false
		}
	}
	var f *form.Form
	var err error
	switch c.action.Kind {
	case resource.Create:
		f, err = form.Create(h.papers, c.action.Name)
	case resource.Update:
		f, err = form.Update(h.papers, c.action.Name, &Paper{ID: c.key})
	case resource.Generic:
		f, err = form.Call(h.papers, c.action.Name)
	default:
		return outcome{}, false
	}
	if err != nil {
		t.Fatal(err)
	}
	ok, err := f.Submit(h.as(ctx, c.actor), form.Of(values))
	switch {
	case err != nil:
		return failed(t, err), true
	case !ok:
		o := refusal(conga.Invalid, f.Issues())
		for _, i := range f.Issues() {
			if i.Code == "unique" {
				o.kind = conga.Conflict
			}
		}
		return o, true
	case c.action.Kind == resource.Generic:
		return written(t, c, form.Result[Echoed](f)), true
	}
	return written(t, c, form.Result[Paper](f)), true
}

// formInputs adds what a browser sends to give the input: for a document an
// input for each member.
func formInputs(t *testing.T, values url.Values, name string, in conga.Input) bool {
	t.Helper()
	switch a := in.Attribute; {
	case a.Object != nil && in.Value != nil:
		for _, m := range a.Object.Attributes {
			if !formInputs(t, values, name+"["+m.JSON+"]", conga.Input{Attribute: m, Value: m.Value(in.Value)}) {
				return false
			}
		}
		return true
	case a.Element != nil && a.Element.Object != nil && in.Value != nil:
		values[name] = []string{""}
		for i, e := range a.Type.Elements(in.Value) {
			if !formInputs(t, values, fmt.Sprintf("%s[%d]", name, i), conga.Input{Attribute: a.Element, Value: e}) {
				return false
			}
		}
		return true
	}
	texts, ok := formTexts(t, in)
	if !ok {
		return false
	}
	values[name] = texts
	return true
}

// formTexts is what a browser sends to give the input: for a list one text for
// each element, or an empty one for none.
func formTexts(t *testing.T, in conga.Input) ([]string, bool) {
	t.Helper()
	items, ok := in.Value.([]any)
	if in.Attribute.Element == nil || !ok {
		text, ok := formText(t, in)
		return []string{text}, ok && in.Attribute.Element == nil
	}
	out := []string{}
	for _, item := range items {
		text, ok := formText(t, conga.Input{Attribute: in.Attribute.Element, Value: item})
		if !ok || text == "" {
			return nil, false
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		out = []string{""}
	}
	return out, true
}

// formText is what a visitor would type to give the input. No text is no
// value, but for a text that cannot be null.
func formText(t *testing.T, in conga.Input) (string, bool) {
	t.Helper()
	a := in.Attribute
	text := a.Type.Kind == structs.String && a.Enum == nil && !a.Type.Nullable
	if in.Value == nil {
		return "", !text
	}
	raw, err := wire.AppendValue(nil, a.Type, in.Value)
	if err != nil {
		t.Fatal(err)
	}
	if s, isText := in.Value.(string); isText {
		return s, s != "" || text
	}
	if a.Type.Kind != structs.JSON {
		raw = []byte(strings.Trim(string(raw), `"`))
	}
	return string(raw), len(raw) > 0
}
