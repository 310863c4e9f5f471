package doors

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/form"
	"github.com/congago/conga/resource"
)

// TestHostileRequests sends what should not work to every door, and expects a
// plain refusal that gives nothing away and changes nothing.
func TestHostileRequests(t *testing.T) {
	const write, list = "POST /api/papers", "GET /api/papers?"
	inject := `x' or 1=1; drop table papers; --`
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	tests := []struct {
		name, request, body string
		want                int
		field, code         string // of one of the issues
	}{
		{"mass assignment", write, `{"title":"t","author_id":"%s"}`, 422, "author_id", "unknown"},
		{"mass assignment of the key", write, `{"title":"t","id":"%s"}`, 422, "id", "unknown"},
		{"mass assignment of a stamp", write, `{"title":"t","made":"2020-01-01T00:00:00Z"}`, 422, "made", "unknown"},
		{"mass assignment of a calculation", write, `{"title":"t","lines":5}`, 422, "lines", "unknown"},
		{"private input", write, `{"title":"t","internal":"x"}`, 422, "internal", "unknown"},
		{"Go name", write, `{"title":"t","Internal":"x"}`, 422, "Internal", "unknown"},
		{"relationship as input", write, `{"title":"t","author":{"name":"x"}}`, 422, "author", "unknown"},
		{"private action", "POST /api/papers/seed", `{"title":"t"}`, 405, "", ""}, // as any other path of that form
		{"private filter", list + "filter[internal]=x", "", 400, "filter[internal]", "unknown"},
		{"private filter beyond", list + "filter[author][secret]=x", "", 400, "filter[author][secret]", "unknown"},
		{"private filter by Go name", list + "filter[Internal]=x", "", 400, "filter[Internal]", "unknown"},
		{"private sort", list + "sort=internal", "", 400, "sort", "unknown"},
		{"private sort beyond", list + "sort=author.secret", "", 400, "sort", "unknown"},
		{"private field", list + "fields[paper]=internal", "", 400, "fields[paper]", "unknown"},
		{"private field beyond", list + "include=author&fields[writer]=secret", "", 400, "fields[writer]", "unknown"},
		{"unknown include", list + "include=internal", "", 400, "include", "unknown"},
		{"injection by field", list + "filter[title'%20or%201%3d1--]=x", "", 400, "filter[title' or 1=1--]", "unknown"},
		{"injection by operator", list + "filter[title][eq%20or%201]=x", "", 400, "filter[title][eq or 1]", "unknown"},
		{"injection by sort", list + "sort=title;drop%20table%20papers", "", 400, "", ""},
		{"injection by sort of a quoted name", list + "sort=" + url.QueryEscape(`title" desc; --`), "", 400, "sort", "unknown"},
		{"injection by value", list + "filter[title]=" + url.QueryEscape(inject), "", 200, "", ""},
		{"injection by list", list + "filter[title][in]=" + url.QueryEscape(inject), "", 200, "", ""},
		{"injection by piece", list + "filter[title][contains]=" + url.QueryEscape(`%_\'"`), "", 200, "", ""},
		{"injection by limit", list + "page[limit]=1;drop", "", 400, "", ""},
		{"injection by cursor", list + "page[after]=" + url.QueryEscape(inject), "", 400, "page[after]", "cursor"},
		{"injection by key", "GET /api/papers/" + url.PathEscape(inject), "", 404, "", ""},
		{"NUL in a filter", list + "filter[title]=a%00b", "", 400, "filter[title]", "format"},
		{"NUL in a piece", list + "filter[title][contains]=a%00b", "", 400, "filter[title][contains]", "format"},
		{"invalid UTF-8 in a filter", list + "filter[title]=a%ff", "", 400, "filter[title]", "format"},
		{"NUL in a path", "GET /api/papers/a%00b", "", 404, "", ""},
		{"NUL in a field name", list + "filter[a%00b]=x", "", 400, "", ""},
		{"NUL in a text", write, `{"title":"a\u0000b"}`, 422, "title", "format"},
		{"NUL in a document", write, `{"title":"t","settings":{"a":["\u0000"]}}`, 422, "settings", "format"},
		{"NUL in a name of a document", write, `{"title":"t","settings":{"\u0000":1}}`, 422, "settings", "format"},
		{"NUL in a list", write, `{"title":"t","tags":["\u0000"]}`, 422, "tags.0", "format"},
		{"half a character", write, `{"title":"t","note":"\ud800"}`, 201, "", ""},
		{"invalid UTF-8", write, "{\"title\":\"a\xffb\"}", 400, "", ""},
		{"invalid UTF-8 in a name", write, "{\"ti\xfftle\":\"a\"}", 400, "", ""},
		{"a name twice", write, `{"title":"a","title":"b"}`, 400, "", ""},
		{"a name twice in disguise", write, `{"title":"a","titl\u0065":"b"}`, 400, "", ""},
		{"huge integer", write, `{"title":"t","big":9223372036854775808}`, 422, "big", "range"},
		{"huge exponent", write, `{"title":"t","count":1e999999999}`, 422, "count", "range"},
		{"huge decimal", write, `{"title":"t","price":1e999999999}`, 422, "price", "range"},
		{"long decimal", write, `{"title":"t","price":"` + strings.Repeat("9", 5000) + `"}`, 422, "price", "range"},
		{"small integer", write, `{"title":"t","tiny":200}`, 422, "tiny", "range"},
		{"fraction", write, `{"title":"t","count":1.5}`, 422, "count", "type"},
		{"huge float", write, `{"title":"t","ratio":1e400}`, 422, "ratio", "range"},
		{"NaN", write, `{"title":"t","ratio":NaN}`, 400, "", ""},
		{"NaN as text", write, `{"title":"t","ratio":"NaN"}`, 422, "ratio", "type"},
		{"NaN in a filter", list + "filter[ratio]=NaN", "", 400, "filter[ratio]", "format"},
		{"Infinity in a filter", list + "filter[ratio][lt]=Infinity", "", 400, "filter[ratio][lt]", "format"},
		{"far time", write, `{"title":"t","at":"10000-01-01T00:00:00Z"}`, 422, "at", "format"},
		{"number for a text", write, `{"title":5}`, 422, "title", "type"},
		{"object for a text", write, `{"title":{"$ne":null}}`, 422, "title", "type"},
		{"deep nesting", write, deep, 400, "", ""},
		{"deep nesting in a document", write, `{"title":"t","settings":` + deep + `}`, 400, "", ""},
		{"deep filter", list + "filter" + strings.Repeat("[prev]", 40) + "[title]=x", "", 400, "", ""},
		{"deep include", list + "include=" + strings.Repeat("prev.", 40) + "prev", "", 400, "", ""},
		{"no object", write, `[]`, 400, "", ""},
		{"no JSON", write, `title=x`, 400, "", ""},
		{"oversized body", write, `{"title":"` + strings.Repeat("x", 2<<20) + `"}`, 413, "", ""},
		{"a document that lacks nothing", write, `{"title":"t","meta":{"color":"red","depth":1,"more":2}}`, 422, "meta", "unknown"},
		{"sensitive value", "POST /api/writers/sign_in", `{"name":"ann","password":"hunter2"}`, 422, "password", "min"},
	}
	onStores(t, func(t *testing.T, h *house) {
		h.fill(t, newRandom(6), 4)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				before := len(h.everything(t))
				method, path, _ := strings.Cut(tt.request, " ")
				body := strings.ReplaceAll(tt.body, "%s", h.people["bob"].ID.String())
				res := serve(t.Context(), h.rest, "ann", method, path, body)
				text := res.Body.String()
				if res.Code != tt.want {
					t.Fatalf("status %d, want %d: %.300s", res.Code, tt.want, text)
				}
				if !found(text, tt.field, tt.code) {
					t.Errorf("no issue %s of %s in %.300s", tt.code, tt.field, text)
				}
				h.silent(t, text)
				if tt.want >= 300 && len(h.everything(t)) != before {
					t.Error("something was written")
				}
			})
		}
	})
}

func found(text, field, code string) bool {
	if code == "" {
		return true
	}
	var doc struct {
		Errors []struct{ Field, Parameter, Code string }
	}
	if json.Unmarshal([]byte(text), &doc) != nil {
		return false
	}
	return slices.ContainsFunc(doc.Errors, func(e struct{ Field, Parameter, Code string }) bool {
		return (e.Field == field || e.Parameter == field) && e.Code == code
	})
}

// silent fails when an answer or the log has what nobody should read.
func (h *house) silent(t *testing.T, answer string) {
	t.Helper()
	log := h.log.take()
	for _, secret := range []string{"classified", "hunter2", "SQLSTATE", "sqlite", "pgx", "goroutine", "insert into", "select ", ".go:"} {
		if strings.Contains(strings.ToLower(answer), strings.ToLower(secret)) {
			t.Errorf("the answer has %q: %.500s", secret, answer)
		}
	}
	for _, secret := range []string{"classified", "hunter2", "ERROR"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q: %.500s", secret, log)
		}
	}
}

// TestHostileQueries is the same for GraphQL: each is refused with a code.
func TestHostileQueries(t *testing.T) {
	tests := []struct{ name, query, vars, want string }{
		{"private field", `{ papers { nodes { internal } } }`, "", "GRAPHQL_VALIDATION_FAILED"},
		{"private field beyond", `{ papers { nodes { author { secret } } } }`, "", "GRAPHQL_VALIDATION_FAILED"},
		{"private filter", `{ papers(filter: {internal: {eq: "x"}}) { nodes { id } } }`, "", "GRAPHQL_VALIDATION_FAILED"},
		{"private filter by variable", `query($f: PaperFilter) { papers(filter: $f) { nodes { id } } }`, `{"f":{"internal":{"eq":"x"}}}`, "GRAPHQL_VALIDATION_FAILED"},
		{"private sort", `{ papers(sort: [{field: INTERNAL}]) { nodes { id } } }`, "", "GRAPHQL_VALIDATION_FAILED"},
		{"mass assignment", `mutation { writePaper(input: {title: "t", authorId: "x"}) { errors { code } } }`, "", "GRAPHQL_VALIDATION_FAILED"},
		{"mass assignment by variable", `mutation($in: WritePaperInput!) { writePaper(input: $in) { errors { code } } }`, `{"in":{"title":"t","internal":"x"}}`, "GRAPHQL_VALIDATION_FAILED"},
		{"private action", `mutation { seedPaper(input: {title: "t"}) { errors { code } } }`, "", "GRAPHQL_VALIDATION_FAILED"},
		{"NUL", `mutation { writePaper(input: {title: "a\u0000b"}) { errors { code } } }`, "", `"code":"format"`},
		{"NUL in a document", `mutation($s: JSON) { writePaper(input: {title: "t", settings: $s}) { errors { code } } }`, `{"s":{"a":"\u0000"}}`, `"code":"format"`},
		{"NUL in a filter", `{ papers(filter: {title: {eq: "a\u0000b"}}) { nodes { id } } }`, "", "BAD_USER_INPUT"},
		{"NUL in a cursor", `{ papers(after: "a\u0000b") { nodes { id } } }`, "", "BAD_USER_INPUT"},
		{"huge integer", `mutation { writePaper(input: {title: "t", big: "99999999999999999999"}) { errors { code } } }`, "", `"code":"format"`},
		{"huge Int", `mutation { writePaper(input: {title: "t", tiny: 200}) { errors { code } } }`, "", `"code":"range"`},
		{"huge Float", `mutation { writePaper(input: {title: "t", ratio: 1e400}) { errors { code } } }`, "", "GRAPHQL_VALIDATION_FAILED"},
		{"huge Decimal", `mutation { writePaper(input: {title: "t", price: "1e999999999"}) { errors { code } } }`, "", `"code":"range"`},
		{"injection by value", `{ papers(filter: {title: {contains: "' or 1=1 --"}}) { nodes { id } } }`, "", `"nodes":[]`},
		{"a field twice in an input", `mutation { writePaper(input: {title: "a", title: "b"}) { errors { code } } }`, "", "GRAPHQL_VALIDATION_FAILED"},
		{"deep filter", `{ papers(filter: ` + strings.Repeat(`{not: `, 100) + `{}` + strings.Repeat(`}`, 100) + `) { nodes { id } } }`, "", "BAD_USER_INPUT"},
		{"deep query", `{ papers { nodes { ` + strings.Repeat(`prev { `, 30) + `id` + strings.Repeat(` }`, 30) + ` } } }`, "", "DEPTH_LIMIT_EXCEEDED"},
		{"sensitive value", `mutation { signInWriter(input: {name: "ann", password: "hunter2"}) { errors { code message vars } } }`, "", `"code":"min"`},
		{"failure inside", `mutation { echoPaper(input: {text: "boom"}) { errors { code } } }`, "", `INTERNAL`},
	}
	onStores(t, func(t *testing.T, h *house) {
		for _, tt := range tests {
			vars := map[string]any{}
			if tt.vars != "" {
				vars = decode(t, []byte(tt.vars)).(map[string]any)
			}
			res := h.query(t.Context(), "ann", tt.query, vars)
			if !strings.Contains(res.Body.String(), tt.want) {
				t.Errorf("%s: want %s in %.300s", tt.name, tt.want, res.Body)
			}
			if tt.name == "failure inside" {
				h.log.take()
			}
			h.silent(t, res.Body.String())
		}
		if n := len(h.everything(t)); n != 0 {
			t.Errorf("%d papers were written", n)
		}
	})
}

// TestUnsoundValues gives Go callers the values that JSON cannot say.
func TestUnsoundValues(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		f := h.papers.Fields()
		nan := math.NaN()
		tests := []struct {
			option      conga.Option
			field, code string
		}{
			{conga.Set(&f.Note, "a\x00b"), "note", "format"},
			{conga.Set(&f.Note, "a\xffb"), "note", "format"},
			{conga.Set(&f.Ratio, nan), "ratio", "format"},
			{conga.Set(&f.MaybeRatio, &nan), "maybe_ratio", "format"},
			{conga.Set(&f.Slim, float32(math.Inf(1))), "slim", "format"},
			{conga.Set(&f.Settings, map[string]any{"x": nan}), "settings", "format"},
			{conga.Set(&f.Meta, Meta{Color: "\x00"}), "meta", "format"},
			{conga.Set(&f.At, time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)), "at", "range"},
			{conga.Set(&f.Price, decimal.New(1, 5000)), "price", "range"},
		}
		for i, tt := range tests {
			_, err := h.papers.Create(h.as(t.Context(), "ann"), "write", conga.Set(&f.Title, "t"), tt.option)
			var e *conga.Error
			if !errors.As(err, &e) || e.Kind != conga.Invalid || len(e.Issues) != 1 || fieldOf(e.Issues[0]) != tt.field+" "+tt.code {
				t.Errorf("%d: %v, want an issue %s of %s", i, err, tt.code, tt.field)
			}
		}
	})
}

// TestFormTakesItsOwnInputsAlone gives a form what its action does not accept.
func TestFormTakesItsOwnInputsAlone(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		fm := must(form.Create(h.papers, "write"))(t)
		values := form.Of(url.Values{"title": {"t"}, "internal": {"x"}, "author_id": {h.people["bob"].ID.String()}, "id": {h.people["bob"].ID.String()}, "made": {"2020-01-01"}})
		if ok, err := fm.Submit(h.as(t.Context(), "ann"), values); !ok || err != nil {
			t.Fatal(err, fm.Issues())
		}
		p := form.Result[Paper](fm)
		if p.Internal != "" || p.AuthorID != h.people["ann"].ID || p.ID == h.people["bob"].ID || p.Made.Year() == 2020 {
			t.Errorf("paper = %+v", p)
		}
		edit := must(form.Update(h.papers, "edit", &Paper{Pin: "1234", Internal: "classified"}))(t)
		for _, name := range []string{"pin", "internal", "author_id"} {
			if got := edit.Value(name); got != "" {
				t.Errorf("the form shows %s = %q", name, got)
			}
		}
	})
}

// TestForgedCursors sends cursors whose values are of other kinds than the
// keys of the sort: they are no cursors of this list.
func TestForgedCursors(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		h.fill(t, newRandom(7), 12)
		for _, sort := range []string{"title", "-weight", "maybe_at", "price", "ratio", "done", "token", "length", "author.name", "lines", "longest", "big"} {
			res := serve(t.Context(), h.rest, "eve", http.MethodGet, "/api/papers?page[limit]=2&sort="+sort, "")
			cursor, _ := get(decode(t, res.Body.Bytes()), "page", "after").(string)
			raw := must(base64.RawURLEncoding.DecodeString(cursor))(t)
			head := raw[:5]
			key := raw[len(raw)-17:] // a UUID with its tag
			for _, value := range []string{"\x00", "\x01", "\x02", "\x03\x02", "\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x04\x7f\xf8\x00\x00\x00\x00\x00\x01", "\x04\x7f\xf0\x00\x00\x00\x00\x00\x00",
				"\x05\x03a'b", "\x05\x01\x00", "\x06\x02\xff\x00", "\x07\x02", "\x08\x02", "\x09" + string(key[1:]), "\x0a\x011", "\x0b\x02{}", "\x0c", ""} {
				for _, tail := range []string{string(key), "\x00", "\x05\x01x"} {
					forged := base64.RawURLEncoding.EncodeToString([]byte(string(head) + value + tail))
					res := serve(t.Context(), h.rest, "eve", http.MethodGet, "/api/papers?page[limit]=2&sort="+sort+"&page[after]="+forged, "")
					if res.Code != 200 && res.Code != 400 {
						t.Errorf("sort %s, cursor %q: %d %s", sort, value+tail, res.Code, h.log.take())
					}
				}
			}
		}
	})
}

// TestSecretsStayInside goes through the answers of every door.
func TestSecretsStayInside(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		h.fill(t, newRandom(8), 4)
		for _, path := range []string{"/api/papers?include=author,all_lines", "/api/writers?include=papers", "/api/openapi.json"} {
			text := serve(t.Context(), h.rest, "eve", http.MethodGet, path, "").Body.String()
			if schemas := get(decode(t, []byte(text)), "components", "schemas"); schemas != nil {
				text = string(must(json.Marshal(schemas))(t)) // elsewhere "internal" is a kind of error
			}
			for _, secret := range []string{"classified", `"internal":`, `"secret":`, "seed"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s has %s", path, secret)
				}
			}
		}
		schema := h.query(t.Context(), "eve", `{ __schema { types { name fields { name } inputFields { name } enumValues { name } } } }`, nil).Body.String()
		for _, secret := range []string{`"internal"`, `"secret"`, `"INTERNAL"`, `"SECRET"`, "seedPaper", "SeedPaper"} {
			if strings.Contains(schema, secret) {
				t.Errorf("the schema has %s", secret)
			}
		}
		for _, call := range []func() string{
			func() string { // a broken constraint with a sensitive value near it
				f := h.papers.Fields()
				code := "same"
				for range 2 {
					_, err := h.papers.Create(h.as(t.Context(), "ann"), "write", conga.Set(&f.Title, "t"), conga.Set(&f.Code, &code), conga.Set(&f.Pin, "hunter2"[:4]))
					if err != nil {
						return fmt.Sprint(err)
					}
				}
				return ""
			},
			func() string {
				_, err := h.app.CallInputs(t.Context(), h.papers.Resource().Action("echo"), nil, []resource.Issue{{Code: "x", Message: "y"}})
				return fmt.Sprint(err)
			},
		} {
			if text := call(); strings.Contains(text, "hunt") {
				t.Errorf("an error tells %s", text)
			}
		}
	})
}
