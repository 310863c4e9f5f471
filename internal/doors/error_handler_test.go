package doors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/form"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/translation"
)

// Voucher words its errors itself, and tells others of its code alone.
type Voucher struct {
	ID   uuid.UUID `conga:"primary"`
	Code string    `validate:"required,max=8" conga:"unique"`
	Shop string
}

// Stub is what events of vouchers carry.
type Stub struct{ Code string }

func (v *Voucher) Define(r *resource.Builder[Voucher]) {
	r.Read("list").Primary().OnError(func(_ context.Context, e *resource.Error) { e.Message = "no list for " + string(e.Kind) }).
		Prepare(func(context.Context, *resource.Preparation) error { return nil })
	r.Create("issue").Primary().Bulk().Accept(&v.Code, &v.Shop).
		OnError(func(_ context.Context, e *resource.Error) {
			for i := range e.Issues {
				if e.Issues[i].Code == "unique" {
					e.Issues[i].Message = "was issued before"
				}
			}
			if e.Kind == resource.Invalid {
				e.Issues = append(e.Issues, resource.Issue{Path: []string{"shop"}, Code: "hint", Message: "is no reason"})
			}
			if e.Kind == resource.Internal {
				e.Message = "a leak"
			}
			e.Kind, e.Cause = resource.Internal, nil // which has no effect
		}).
		Change(resource.ChangeFunc(func(_ context.Context, c *resource.Changeset) error {
			if resource.Value(c, &v.Code) == "boom" {
				return errBoom
			}
			return nil
		}))
	r.Update("move").Accept(&v.Shop)
	r.Destroy("burn")
	r.Create("panics").Accept(&v.Code).OnError(func(context.Context, *resource.Error) { panic("in the handler") })
	resource.Handle(r, "fail", func(context.Context, *struct{}) (*struct{}, error) {
		return nil, &conga.Error{Kind: conga.Conflict}
	}).OnError(func(_ context.Context, e *resource.Error) { e.Message = "failed as it should" })
	r.Each(resource.Create).Only("issue").OnError(func(ctx context.Context, e *resource.Error) {
		if conga.FromContext(ctx) == nil {
			return
		}
		for i := range e.Issues {
			e.Issues[i].Message += "!"
		}
	})
	r.Policy("list").AuthorizeIf(resource.Public)
	r.Policy("issue", "move", "burn", "panics", "fail").AuthorizeIf(resource.Public)
	r.Publish("shop", &v.Shop).Payload(func(v *Voucher) any { return Stub{v.Code} })
	r.Publish("code", &v.Code).Payload(func(*Voucher) any { panic("no payload") })
}

func onVouchers(t *testing.T, f func(t *testing.T, h *house, vouchers conga.Handle[Voucher], log *bytes.Buffer)) {
	t.Helper()
	for name, open := range map[string]func() (datalayer.Layer, error){
		"sqlite":   func() (datalayer.Layer, error) { return sqlite.Open(t.Context(), ":memory:") },
		"postgres": func() (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			app := must(conga.NewWith(conga.Options{Log: slog.New(slog.NewTextHandler(&log, nil)),
				Translator: translation.New(translation.English(), translation.German().Add("was issued before!", "gibt es schon"))}, must(open())(t), resource.Of[Voucher]()))(t)
			t.Cleanup(func() { _ = app.Close() })
			f(t, &house{app: app, rest: rest.New(app, rest.Options{}), ql: graphql.New(app, graphql.Options{})}, conga.For[Voucher](app), &log)
		})
	}
}

func TestErrorHandlers(t *testing.T) {
	onVouchers(t, func(t *testing.T, h *house, vouchers conga.Handle[Voucher], log *bytes.Buffer) {
		ctx, f := t.Context(), vouchers.Fields()
		must(vouchers.Create(ctx, "issue", conga.Set(&f.Code, "a")))(t)
		text := func(err error) string {
			e, _ := errors.AsType[*conga.Error](err)
			if e == nil {
				return fmt.Sprint(err)
			}
			return fmt.Sprint(e, " ", e.Cause != nil)
		}
		create := func(action, code string) string {
			_, err := vouchers.Create(ctx, action, conga.Set(&f.Code, code))
			return text(err)
		}
		for _, c := range []struct{ what, got, want string }{
			{"taken", create("issue", "a"), "conflict: code was issued before! true"},
			{"too long", create("issue", "far too long"), "invalid: code must be at most 8 characters!; shop is no reason! false"},
			{"inside", create("issue", "boom"), "internal true"},
			{"a handler that panics", create("panics", ""), "invalid: code is required false"},
			{"a generic action", text(second(conga.Call[struct{}](ctx, vouchers, "fail", nil))), "conflict: failed as it should false"},
			{"a read", text(second(vouchers.Read(ctx, "list", conga.Limit(-1)))), "invalid: no list for invalid: page.limit must be at least 1 false"},
		} {
			if c.got != c.want {
				t.Errorf("%s: got %q, want %q", c.what, c.got, c.want)
			}
		}
		if !strings.Contains(log.String(), "error handler failed") {
			t.Errorf("logged: %s", log)
		}
		_, faults, err := vouchers.CreateMany(ctx, "issue", conga.Bulk{Partial: true}, []conga.Option{conga.Set(&f.Code, "a")}, []conga.Option{conga.Set(&f.Code, "b")})
		if err != nil || len(faults) != 1 || text(faults[0].Reason) != "conflict: code was issued before! true" {
			t.Errorf("in part: %v, %v", faults, err)
		}
		_, _, err = vouchers.CreateMany(ctx, "issue", conga.Bulk{}, []conga.Option{conga.Set(&f.Code, "c")}, []conga.Option{conga.Set(&f.Code, "a")})
		if bulk, is := errors.AsType[*conga.BulkError](err); !is || bulk.Index != 1 || text(bulk.Reason) != "conflict: code was issued before! true" {
			t.Errorf("all or none: %v", err)
		}
		german := h.app.WithLanguages(ctx, "de")
		if _, err := vouchers.Create(german, "issue", conga.Set(&f.Code, "a")); text(err) != "conflict: code gibt es schon true" {
			t.Errorf("in German: %v", err)
		}
		if got := serve(ctx, h.rest, "", http.MethodPost, "/api/vouchers", `{"code":"a"}`); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), `"detail":"was issued before!"`) {
			t.Errorf("REST: %d %s", got.Code, got.Body)
		}
		if got := serve(ctx, h.rest, "", http.MethodPost, "/api/vouchers", `{"code":"boom"}`); got.Code != http.StatusInternalServerError || strings.Contains(got.Body.String(), "leak") {
			t.Errorf("REST: %d %s", got.Code, got.Body)
		}
		if got := h.query(ctx, "", `mutation { issueVoucher(input: {code: "a"}) { errors { message } } }`, nil).Body.String(); !strings.Contains(got, `[{"message":"was issued before!"}]`) {
			t.Errorf("GraphQL: %s", got)
		}
		w := must(form.Create(vouchers, "issue"))(t)
		if err := w.Validate(ctx, must(form.Parse("code="))(t)); err != nil || len(w.Errors("shop")) > 0 || !strings.Contains(fmt.Sprint(w.Issues()), "hint") {
			t.Errorf("a form: %v, %v", err, w.Issues())
		}
		if ok := must(w.Submit(ctx, must(form.Parse("code=a"))(t)))(t); ok || fmt.Sprint(w.Errors("code")) != "[was issued before!]" {
			t.Errorf("a form that is sent: %q", w.Errors("code"))
		}
	})
}

func second[A any](_ A, err error) error { return err }

func TestPayloads(t *testing.T) {
	onVouchers(t, func(t *testing.T, h *house, vouchers conga.Handle[Voucher], log *bytes.Buffer) {
		ctx, f := t.Context(), vouchers.Fields()
		var got []string
		for _, topic := range []string{vouchers.Topic(""), vouchers.Topic("shop", "x"), vouchers.Topic("shop", "y"), vouchers.Topic("code", "a")} {
			h.app.Subscribe(ctx, topic, func(e conga.Event) {
				got = append(got, fmt.Sprintf("%s %s %v %v", topic, e.Kind, e.Record.(*Voucher).Code, e.Payload))
			})
		}
		v := must(vouchers.Create(ctx, "issue", conga.Set(&f.Code, "a"), conga.Set(&f.Shop, "x")))(t)
		must(vouchers.Update(ctx, "move", v, conga.Set(&f.Shop, "y")))(t)
		if err := vouchers.Destroy(ctx, "burn", v); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"voucher created a <nil>", "voucher:shop:x created a {a}", "voucher:code:a created a <nil>",
			"voucher updated a <nil>", "voucher:shop:y updated a {a}", "voucher:shop:x updated a {a}", "voucher:code:a updated a <nil>",
			"voucher destroyed a <nil>", "voucher:shop:y destroyed a {a}", "voucher:code:a destroyed a <nil>",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if !strings.Contains(log.String(), "payload of an event panicked") {
			t.Errorf("logged: %s", log)
		}
	})
}
