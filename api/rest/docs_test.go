package rest_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/congago/conga/internal/browser"
)

// TestDocs reads the page in a browser, under its own policy for scripts, and
// tries an operation.
func TestDocs(t *testing.T) {
	s := seeded(t, onSQLite)
	server := httptest.NewServer(s.rest)
	defer server.Close()
	tab := browser.Start(t)
	err := chromedp.Listen(tab, func(event any) {
		switch e := event.(type) {
		case *cdpruntime.EventExceptionThrown:
			t.Errorf("page: %s", e.ExceptionDetails.Exception.Description)
		case *log.EventEntryAdded:
			if e.Entry.Level != "verbose" && e.Entry.Level != "info" {
				t.Errorf("page: %s (%s)", e.Entry.Text, e.Entry.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(tab,
		chromedp.Func(enableLog),
		chromedp.EmulateViewport(1200, 900),
		chromedp.Navigate(server.URL+"/api/docs#op-listRooms")); err != nil {
		t.Fatal(err)
	}
	eval := func(code string) string {
		t.Helper()
		got, err := chromedp.Run(tab, chromedp.Evaluate[string](code, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		return got
	}
	until := func(condition string) {
		t.Helper()
		page := eval(fmt.Sprintf(`new Promise(done => {
			const end = Date.now() + 10000;
			const look = () => (%s) ? done("") : Date.now() > end ? done(document.body.innerText || "empty") : setTimeout(look, 5);
			look();
		})`, condition))
		if page != "" {
			t.Fatalf("never true: %s\n%s", condition, page)
		}
	}
	picture := func(name string) {
		t.Helper()
		if dir := os.Getenv("DOCS_PICTURES"); dir != "" {
			png, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(dir+"/"+name+".png", png, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}

	until(`document.querySelector("#op-listRooms form")`)
	eval(`document.querySelector('#op-listRooms input[aria-label="page[limit]"]').value = "1"`)
	eval(`(document.querySelector("#op-listRooms form button").click(), "")`)
	until(`document.querySelector("#op-listRooms [aria-live]").innerText.includes('"name": "blue"')`)
	if got := eval(`document.querySelector("#op-listRooms [aria-live]").innerText`); !strings.HasPrefix(got, "200 ") || strings.Contains(got, "green") {
		t.Errorf("the answer is shown as %s", got)
	}
	picture("list")

	eval(`document.getElementById("token").value = "ana"`)
	eval(`location.hash = "op-createRoom"`)
	until(`document.querySelector("#op-createRoom form")`)
	eval(`document.querySelector("#op-createRoom textarea").value = '{"name": "made here"}'`)
	eval(`(document.querySelector("#op-createRoom form button").click(), "")`)
	until(`document.querySelector("#op-createRoom [aria-live]").innerText.startsWith("201 ")`)
	picture("create")

	eval(`location.hash = "op-updateMessage"`)
	until(`document.querySelector("#op-updateMessage form")`)
	for label, value := range map[string]string{"id": s.id("m1"), "If-Match": s.do("GET", "/api/messages/{m1}", "").Header().Get("ETag")} {
		eval(fmt.Sprintf(`document.querySelector('#op-updateMessage input[aria-label="%s"]').value = %q`, label, value))
	}
	eval(`document.querySelector("#op-updateMessage textarea").value = '{"body": "edited here"}'`)
	eval(`(document.querySelector("#op-updateMessage form button").click(), "")`)
	until(`document.querySelector("#op-updateMessage [aria-live]").innerText.startsWith("200 ")`)

	eval(`(() => { const find = document.getElementById("find"); find.value = "sign_in"; find.dispatchEvent(new Event("input")); return ""; })()`)
	if got := eval(`String(document.querySelector("#op-listRooms").hidden) + document.querySelector("#op-userSignIn").hidden`); got != "truefalse" {
		t.Errorf("after a search hidden = %s", got)
	}
	eval(`location.hash = "problem-conflict"`)
	eval(`location.hash = "schema-RoomCreateInput"`)
	until(`document.querySelector("#schema-RoomCreateInput[open]").innerText.includes("characters at most 60")`)
	picture("schema")
}

func enableLog(ctx context.Context, target *chromedp.Target) error {
	_, err := cdp.Call(ctx, target, log.Enable, cdp.Empty{})
	return err
}
