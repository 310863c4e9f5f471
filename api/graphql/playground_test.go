package graphql

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/congago/conga/internal/browser"
)

func TestPlaygroundPage(t *testing.T) {
	w := httptest.NewRecorder()
	Playground(`/graphql"><script>`).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/graphiql", nil))
	page := w.Body.String()
	if strings.Contains(page, `"><script>"`) || !strings.Contains(page, `data-endpoint="/graphql&#34;&gt;&lt;script&gt;"`) {
		t.Error("the endpoint is not escaped")
	}
	for _, foreign := range []string{"http://", "https://", "cdn", "@import", "url("} {
		if strings.Contains(page, foreign) {
			t.Errorf("the page speaks of %q", foreign)
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	w = httptest.NewRecorder()
	Playground("/graphql").ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/graphiql", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// TestPlayground uses the page in a browser, under its own policy.
func TestPlayground(t *testing.T) {
	h := start(t)
	mux := http.NewServeMux()
	mux.Handle("/graphql", h.handler)
	mux.Handle("/graphiql", Playground("/graphql"))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	ctx := browser.Start(t)
	err := chromedp.Listen(ctx, func(ev any) {
		switch e := ev.(type) {
		case *cdpruntime.EventExceptionThrown:
			t.Errorf("page: %s", e.ExceptionDetails.Exception.Description)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/graphiql")); err != nil {
		t.Fatal(err)
	}
	eval := func(code string) string {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](code, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		return got
	}
	until := func(condition string) {
		t.Helper()
		got := eval(fmt.Sprintf(`new Promise((done) => {
			const end = Date.now() + 10000;
			const look = () => (%s) ? done("") : Date.now() > end ? done(document.body.innerText) : setTimeout(look, 5);
			look();
		})`, condition))
		if got != "" {
			t.Fatalf("never true: %s\npage: %s", condition, got)
		}
	}
	set := func(id, text string) {
		eval(fmt.Sprintf(`(() => { const e = document.getElementById(%q); e.value = %q; e.dispatchEvent(new Event("input")); return "" })()`, id, text))
	}
	until(`document.getElementById("doc").innerText.includes("RoomConnection")`)
	set("query", "query($id: ID!) { room(id: $id) { name } }")
	set("variables", h.expand(`{"id": "<general>"}`))
	eval(`(document.getElementById("run").click(), "")`)
	until(`document.getElementById("result").innerText.replace(/\s/g, "") === '{"data":{"room":{"name":"general"}}}'`)
	set("token", "bob")
	set("query", "{ rooms { totalCount } }")
	set("variables", "")
	eval(`(document.getElementById("run").click(), "")`)
	until(`document.getElementById("result").innerText.includes('"totalCount": 3')`)

	set("query", "{rooms(first:2,filter:{name:{eq:\"x\"}}){nodes{id ...on Room{name}}}}")
	eval(`(document.getElementById("format").click(), "")`)
	want := "{\n  rooms(first: 2, filter: { name: { eq: \"x\" } }) {\n    nodes {\n      id\n      ... on Room {\n        name\n      }\n    }\n  }\n}\n"
	if got := eval(`document.getElementById("query").value`); got != want {
		t.Errorf("formatted:\n%s\nwant:\n%s", got, want)
	}

	eval(`(() => { const q = document.getElementById("query"); q.value = "{ rooms { nodes { na"; q.setSelectionRange(q.value.length, q.value.length); q.dispatchEvent(new Event("input")); return "" })()`)
	if got := eval(`document.getElementById("hints").innerText`); !strings.HasPrefix(got, "name") {
		t.Errorf("hints: %q", got)
	}

	set("query", "subscription { messageEvents { kind message { body } } }")
	eval(`(document.getElementById("run").click(), "")`)
	until(`document.getElementById("status").textContent === "subscribed"`)
	for deadline := time.Now().Add(10 * time.Second); ; {
		h.post(t, "bob", "cellar", fmt.Sprint("live", time.Now().UnixNano()))
		if eval(`new Promise((done) => setTimeout(() => done(document.getElementById("result").innerText), 50))`); strings.Contains(eval(`document.getElementById("result").innerText`), "CREATED") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no event: %s", eval(`document.body.innerText`))
		}
	}
	eval(`(document.getElementById("run").click(), "")`)
	until(`document.getElementById("run").textContent === "Run"`)
}
