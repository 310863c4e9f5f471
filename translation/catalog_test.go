package translation_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/form"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
	"github.com/congago/conga/translation"
)

func catalog() *translation.Catalog {
	return translation.New(translation.English(),
		translation.German().Add("must be {a}, not {b}", "darf nicht {b} sein, sondern {a}"))
}

func TestTranslate(t *testing.T) {
	c := catalog()
	for _, tt := range []struct {
		languages, message string
		vars               map[string]any
		want               string
		ok                 bool
	}{
		{"de", "is required", nil, "fehlt", true},
		{"de-AT en", "is required", nil, "fehlt", true},
		{"fr de", "is required", nil, "fehlt", true},
		{"fr", "is required", nil, "", false},
		{"de", "is odd", nil, "", false},
		{"en de", "is required", nil, "", false}, // English says it as it is
		{"en", "must be at most {max} characters", map[string]any{"max": "1"}, "must be at most 1 character", true},
		{"en-GB", "must be at most {max} characters", map[string]any{"max": 20}, "must be at most 20 characters", true},
		{"de", "must be at most {max} items", map[string]any{"max": "1"}, "darf höchstens 1 Eintrag haben", true},
		{"de", "must be at least {min} items", map[string]any{"min": "2"}, "muss mindestens 2 Einträge haben", true},
		{"de", "must be {a}, not {b}", map[string]any{"a": "A", "b": "{0}"}, "darf nicht {0} sein, sondern A", true},
	} {
		got, ok := c.Translate(strings.Fields(tt.languages), tt.message, tt.vars)
		if got != tt.want || ok != tt.ok {
			t.Errorf("%s: %q = %q, %v, want %q, %v", tt.languages, tt.message, got, ok, tt.want, tt.ok)
		}
	}
}

// TestGermanHasAllMessages reads the messages of issues from the sources.
func TestGermanHasAllMessages(t *testing.T) {
	german := translation.German()
	for _, dir := range []string{"..", "../resource", "../internal/wire"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), dir+"/"+e.Name(), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, message := range messages(f) {
				if !german.Has(message) {
					t.Errorf("%s/%s: no German for %q", dir, e.Name(), message)
				}
			}
		}
	}
}

// messages are the texts of members Message of Issues, and those of the map ruleMessages.
func messages(f *ast.File) (out []string) {
	text := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			s, _ := strconv.Unquote(l.Value)
			out = append(out, s)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.ValueSpec:
			if x.Names[0].Name == "ruleMessages" {
				for _, e := range x.Values[0].(*ast.CompositeLit).Elts {
					text(e.(*ast.KeyValueExpr).Value)
				}
			}
		case *ast.CompositeLit:
			name := ""
			switch typ := x.Type.(type) {
			case *ast.Ident:
				name = typ.Name
			case *ast.SelectorExpr:
				name = typ.Sel.Name
			}
			if name != "Issue" {
				return true
			}
			for _, e := range x.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == "Message" {
					text(kv.Value)
				}
			}
		}
		return true
	})
	return out
}

// Note is a resource with rules.
type Note struct {
	ID    uuid.UUID `conga:"primary"`
	Title string    `validate:"required,max=5"`
}

func (n *Note) Define(r *resource.Builder[Note]) {
	r.Read("list").Primary()
	r.Create("write").Primary().Bulk().Accept(&n.Title).
		Validate(resource.Valid(expr.IsNot(&n.Title, "void"), "is a word we do not use", &n.Title))
	r.Policy().AuthorizeIf(resource.Public)
}

func TestEveryDoorSpeaks(t *testing.T) {
	layer, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	words := catalog()
	app, err := conga.NewWith(conga.Options{Translator: words}, layer, resource.Of[Note]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	send := func(h http.Handler, path, language, body string) string {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept-Language", language)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	api := rest.New(app, rest.Options{})
	for language, want := range map[string]string{
		"de-CH, en;q=0.5": `"detail":"darf höchstens 5 Zeichen haben"`, "fr": `"detail":"must be at most 5 characters"`, "": `must be at most`, "!": `must be at most`,
	} {
		if got := send(api, "/api/notes", language, `{"title":"too long"}`); !strings.Contains(got, want) || !strings.Contains(got, `"code":"max"`) {
			t.Errorf("%q: %s", language, got)
		}
	}
	if got := send(api, "/api/notes", "de", `{"title":"too long"}`); !strings.Contains(got, `"title":"Die Eingabe ist nicht gültig"`) {
		t.Error(got)
	}
	if got := send(api, "/api/notes?partial=true", "de", `[{"title":""},{}]`); strings.Count(got, "fehlt") != 2 {
		t.Error(got)
	}
	query, _ := json.Marshal(map[string]string{"query": `mutation { writeNote(input: {title: "too long"}) { errors { message shortMessage code } } }`})
	if got := send(graphql.New(app, graphql.Options{}), "/graphql", "de", string(query)); !strings.Contains(got, "darf höchstens 5 Zeichen haben") || !strings.Contains(got, "{max}") {
		t.Error(got)
	}
	notes := conga.For[Note](app)
	ctx := app.WithLanguages(t.Context(), "de")
	f, err := form.Create(notes, "write")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := f.Submit(ctx, form.Values{}); ok || err != nil || f.Errors("title")[0] != "fehlt" {
		t.Errorf("form: %v, %v, %v", ok, err, f.Issues())
	}
	if got := conga.Translate(ctx, "is required", nil); got != "fehlt" {
		t.Errorf("translate: %s", got)
	}
}
