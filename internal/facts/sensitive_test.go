package facts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/extension/history"
	"github.com/congago/conga/form"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// marked is what must be seen nowhere; markedPin is the same as a number.
const (
	marked    = "PLANTED'secret~value"
	markedPin = 918273645
)

// Safe has sensitive attributes of several kinds, and is who acts.
type Safe struct {
	ID      uuid.UUID `conga:"primary"`
	Name    string    `conga:"unique"`
	Secret  string    `validate:"min=4,max=60" conga:"sensitive,unique"`
	Pin     int       `validate:"max=999999999" conga:"sensitive"`
	Codes   []string  `validate:"max=3" conga:"sensitive"`
	Keeping Keeping
	Blob    []byte `conga:"sensitive"`
}

// Keeping is a document with a sensitive member.
type Keeping struct {
	Place string
	Key   string `validate:"max=60" conga:"sensitive"`
}

// Opening are sensitive arguments.
type Opening struct {
	Secret string `validate:"min=4" conga:"sensitive"`
	Pin    int    `conga:"sensitive"`
}

type safeVersion struct {
	ID uuid.UUID `conga:"primary"`
	history.Fields[uuid.UUID]
}

func (v *safeVersion) Define(r *resource.Builder[safeVersion]) {
	history.Versions(r, &v.Fields)
	r.Read("list").Primary()
	r.Policy("list").AuthorizeIf(resource.Public)
}

func (s *Safe) Define(r *resource.Builder[Safe]) {
	me := resource.Actor[Safe](r)
	r.Read("list").Primary()
	open := r.Read("open")
	o := resource.Arguments[Opening](open)
	open.Filter(expr.Eq(&s.Secret, &o.Secret).Or(expr.Eq(&s.Pin, &o.Pin)))
	r.Create("add").Primary().Accept(&s.Name, &s.Secret, &s.Pin, &s.Codes, &s.Keeping, &s.Blob).Bulk()
	r.Create("put").Accept(&s.Name, &s.Secret).Upsert(&s.Name)
	edit := r.Update("edit").Primary().Accept(&s.Name, &s.Secret, &s.Pin, &s.Codes, &s.Keeping)
	edit.Validate(resource.Valid(expr.IsNot(&s.Name, "bad"), "must not be bad", &s.Secret))
	r.Update("panic").Accept(&s.Secret).Change(resource.ChangeFunc(func(_ context.Context, c *resource.Changeset) error {
		panic(fmt.Sprintf("%v %+v %#v", c, c, c))
	}))
	r.Update("fail").Accept(&s.Secret).Change(resource.ChangeFunc(func(_ context.Context, c *resource.Changeset) error {
		return fmt.Errorf("out of order: %v", c)
	}))
	refuse := r.Update("refused")
	p := resource.Arguments[Opening](refuse)
	resource.Handle(r, "try", func(_ context.Context, in *Opening) (*Opening, error) { return nil, errors.New("it does not open") })
	r.Policy("list", "add", "put", "panic", "fail", "try", "edit").AuthorizeIf(resource.Public)
	r.Policy("open").AuthorizeIf(expr.Eq(&s.Secret, &me.Secret).Or(expr.Eq(&s.Pin, &o.Pin)))
	r.Policy("refused").AuthorizeIf(expr.Eq(&s.Pin, &me.Pin).And(expr.Eq(&p.Secret, &me.Name)))
	r.Publish("all")
	history.Use[safeVersion](r)
}

// outputs collects all that was said.
type outputs struct {
	mu   sync.Mutex
	said []string
}

func (o *outputs) say(what string, values ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			o.said = append(o.said, what+" "+fmt.Sprintf(verb, v))
		}
	}
}

// Write keeps the lines of loggers.
func (o *outputs) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said = append(o.said, "log "+string(p))
	return len(p), nil
}

// Begin and End keep what tracers are told.
func (o *outputs) Begin(ctx context.Context, _ *resource.Action) context.Context { return ctx }

func (o *outputs) End(_ context.Context, t *conga.Trace) {
	for _, s := range t.Statements {
		o.say("trace", s.SQL)
	}
	if t.Err != nil {
		o.say("trace", t.Err.Error())
	}
}

func TestSensitiveValuesAreSeenNowhere(t *testing.T) {
	stores(t, func(t *testing.T, layer datalayer.Layer, seen *statements) {
		out := &outputs{}
		log := slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		text := slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		app := ok(conga.NewWith(conga.Options{Log: log, Tracers: []conga.Tracer{out, conga.LogCalls(text, slog.LevelInfo)}, Development: true}, layer,
			resource.Of[Safe](), resource.Of[safeVersion]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		safes := conga.For[Safe](app)
		f := safes.Fields()
		me := &Safe{ID: uuid.New(), Name: "me", Secret: marked, Pin: markedPin}
		ctx := conga.WithActor(t.Context(), me)
		app.Subscribe(ctx, safes.Topic("", nil), func(e conga.Event) {
			out.say("event", e, &e)
			log.Info("event", "event", e)
		})
		all := []conga.Option{
			conga.Set(&f.Name, "a"), conga.Set(&f.Secret, marked), conga.Set(&f.Pin, markedPin), conga.Set(&f.Codes, []string{marked}),
			conga.Set(&f.Keeping, Keeping{"home", marked}), conga.Set(&f.Blob, []byte(marked)),
		}
		plan := ok(safes.ExplainWrite(ctx, "add", nil, all...))(t)
		out.say("explain create", plan, *plan)
		first := ok(safes.Create(ctx, "add", all...))(t)
		log.Info("made", "record", safes.LogValue(first))
		text.Info("made", "record", safes.LogValue(first))
		other := ok(safes.Create(ctx, "add", conga.Set(&f.Name, "b"), conga.Set(&f.Secret, "other")))(t)
		note := func(what string, err error) {
			t.Helper()
			if err == nil {
				t.Errorf("%s succeeded", what)
				return
			}
			out.say(what, err.Error())
			text.Error(what, "err", err)
			log.Error(what, "err", err)
		}
		_, err := safes.Create(ctx, "add", conga.Set(&f.Name, "c"), conga.Set(&f.Secret, marked))
		note("a value that is taken", err)
		_, _, err = safes.CreateMany(ctx, "add", conga.Bulk{}, []conga.Option{conga.Set(&f.Name, "c"), conga.Set(&f.Secret, marked)}, []conga.Option{conga.Set(&f.Name, "a")})
		note("values that are taken", err)
		_, err = safes.Update(ctx, "edit", other, conga.Set(&f.Secret, strings.Repeat(marked, 9)), conga.Set(&f.Codes, []string{marked, marked, marked, marked}),
			conga.Set(&f.Pin, markedPin*10), conga.Set(&f.Keeping, Keeping{Key: strings.Repeat(marked, 9)}))
		note("values that break rules", err)
		_, err = safes.Update(ctx, "edit", other, conga.Set(&f.Name, "bad"), conga.Set(&f.Secret, marked+"2"))
		note("a validation", err)
		for _, action := range []string{"panic", "fail"} {
			_, err = safes.Update(ctx, action, other, conga.Set(&f.Secret, marked+"2"))
			note(action, err)
		}
		_, err = safes.Update(ctx, "refused", other, conga.Args(&Opening{Secret: marked, Pin: markedPin}))
		note("a refusal", err)
		_, err = conga.Call[Opening](ctx, safes, "try", &Opening{Secret: marked, Pin: markedPin})
		note("a generic action", err)
		why := ok(safes.Why(ctx, "open", nil))(t)
		out.say("why", why, why.String())
		why = ok(safes.Why(ctx, "refused", first))(t)
		out.say("why", why.String())
		for _, options := range [][]conga.Option{
			{conga.Where(expr.Is(&f.Secret, marked).Or(expr.Contains(&f.Secret, marked), expr.Is(&f.Pin, markedPin), expr.In(&f.Secret, marked, "x")))},
			{conga.Where(expr.Has(&f.Codes, marked).And(expr.HasAny(&f.Codes, marked)))},
			{conga.Where(expr.Is(&f.Blob, []byte(marked)).Or(expr.StartsWith(&f.Secret, marked)))},
		} {
			e := ok(safes.Explain(ctx, "list", options...))(t)
			out.say("explain", e, e.String(), *e)
		}
		e := ok(safes.Explain(ctx, "open", conga.Args(&Opening{Secret: marked, Pin: markedPin})))(t)
		out.say("explain arguments", e, e.String())
		for _, action := range []string{"edit", "put"} {
			rec := first
			if action == "put" {
				rec = nil
			}
			plan := ok(safes.ExplainWrite(ctx, action, rec, conga.Set(&f.Name, "z"), conga.Set(&f.Secret, marked+"3")))(t)
			out.say("explain "+action, plan, plan.String())
		}
		w := &conga.Write{Action: safes.Resource().Action("edit"), Key: first.ID, Inputs: []conga.Input{{Attribute: safes.Resource().Attribute("Secret"), Value: marked}}}
		find := &conga.Find{Action: safes.Resource().Action("open"), Arguments: map[string]any{"Secret": marked, "Pin": int64(markedPin)}}
		out.say("calls", w, find, w.Inputs, w.Inputs[0])
		log.Info("calls", "write", w, "find", find, "inputs", w.Inputs, "input", w.Inputs[0])
		text.Info("calls", "write", w, "find", find, "inputs", w.Inputs, "input", w.Inputs[0])
		sensitiveThroughTheDoors(t, app, out, first)
		fm := ok(form.Update(safes, "edit", first))(t)
		for _, name := range []string{"secret", "pin", "codes", "keeping[key]"} {
			out.say("form", fm.Value(name), fm.Values(name))
		}
		if _, err := fm.Submit(ctx, form.Of(url.Values{"secret": {marked + strings.Repeat("x", 99)}, "name": {"bad"}, "keeping[key]": {strings.Repeat(marked, 9)}})); err != nil {
			t.Error(err)
		}
		out.say("form", fm.Issues(), fm.General(), fm.Errors("secret"))
		for _, v := range ok(conga.For[safeVersion](app).Read(ctx, "list"))(t).Items {
			changes, _ := json.Marshal(v.Changes)
			out.say("version", string(changes))
		}
		for _, s := range seen.take() {
			out.say("statement", s)
		}
		out.search(t)
	})
}

func (o *outputs) search(t *testing.T) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.said) < 100 {
		t.Errorf("only %d outputs", len(o.said))
	}
	for _, s := range o.said {
		for _, part := range []string{"PLANTED", "secret~value", fmt.Sprint(markedPin), fmt.Sprintf("%x", marked), "UExBTlRFRC"} {
			if strings.Contains(s, part) {
				t.Errorf("%s is in: %s", part, s[:min(len(s), 600)])
			}
		}
	}
}

// sensitiveThroughTheDoors plants values in requests that fail, and keeps what the doors say of them.
func sensitiveThroughTheDoors(t *testing.T, app *conga.App, out *outputs, first *Safe) {
	log := slog.New(slog.NewTextHandler(out, nil))
	options := api.Options{}
	a, q := rest.New(app, rest.Options{Options: options}), graphql.New(app, graphql.Options{Options: options, Log: log})
	long := strings.Repeat(marked, 9)
	doc, _ := json.Marshal(map[string]any{"name": "r", "secret": long, "codes": []string{marked, marked, marked, marked}, "pin": markedPin * 10, "keeping": map[string]any{"key": long}})
	taken, _ := json.Marshal(map[string]any{"name": "r", "secret": marked})
	wrong, _ := json.Marshal(map[string]any{"name": "r", "secret": map[string]any{"x": marked}, "pin": marked, "codes": marked, "keeping": []string{marked}, "blob": marked})
	key := "/api/safes/" + first.ID.String()
	gql := func(query string, vars map[string]any) string {
		b, _ := json.Marshal(map[string]any{"query": query, "variables": vars})
		return string(b)
	}
	for _, tt := range []struct {
		door               http.Handler
		method, path, body string
	}{
		{a, "POST", "/api/safes", string(doc)},
		{a, "POST", "/api/safes", string(taken)},
		{a, "POST", "/api/safes", string(wrong)},
		{a, "POST", "/api/safes", "[" + string(taken) + "," + string(doc) + "]"},
		{a, "PATCH", key, string(doc)},
		{a, "POST", "/api/safes/try", string(taken)},
		{a, "POST", "/api/safes/try", string(wrong)},
		{a, "GET", "/api/safes?filter[pin]=" + url.QueryEscape(marked), ""},
		{a, "GET", "/api/safes?filter[secret][between]=" + url.QueryEscape(marked), ""},
		{a, "GET", "/api/safes/open?pin=" + url.QueryEscape(marked), ""},
		{a, "GET", "/api/safes/open?secret=x&pin=" + fmt.Sprint(markedPin), ""},
		{q, "POST", "/graphql", gql(`mutation($s: String!) { addSafe(input: {name: "g", secret: $s}) { errors { message code } } }`, map[string]any{"s": long})},
		{q, "POST", "/graphql", gql(`mutation($s: String!) { addSafe(input: {name: "g", secret: $s}) { errors { message code } } }`, map[string]any{"s": marked})},
		{q, "POST", "/graphql", gql(`mutation($s: AddSafeInput!) { addSafe(input: $s) { errors { message code } } }`, map[string]any{"s": map[string]any{"name": "g", "secret": map[string]any{"x": marked}}})},
		{q, "POST", "/graphql", gql(`mutation($s: AddSafeInput!) { addSafe(input: $s) { errors { message code } } }`, map[string]any{"s": map[string]any{"name": "g", "secret": "x", "pin": marked, "blob": marked}})},
		{q, "POST", "/graphql", gql(`mutation { addSafe(input: {name: "g", secret: `+fmt.Sprint(markedPin)+`}) { errors { message code } } }`, nil)},
		{q, "POST", "/graphql", gql(`mutation { addSafe(input: {name: "g", secret: "x", pin: "`+marked+`"}) { errors { message code } } }`, nil)},
	} {
		r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
		if tt.body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		tt.door.ServeHTTP(w, r)
		answer := bytes.ReplaceAll(w.Body.Bytes(), []byte(url.QueryEscape(marked)), nil)
		if w.Code < 400 && tt.door == a || tt.door == q && !bytes.Contains(answer, []byte("rror")) {
			t.Errorf("%s %s %s succeeded: %s", tt.method, tt.path, tt.body, answer)
		}
		out.say(tt.method+" "+strings.SplitN(tt.path, "?", 2)[0], string(answer))
	}
}
