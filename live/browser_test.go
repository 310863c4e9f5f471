package live_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/congago/conga/internal/browser"
	"github.com/congago/conga/live"
)

// tab drives a page in Chromium.
type tab struct {
	*testing.T
	ctx context.Context
}

func (tb *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tb.Fatal(err)
	}
}

func (tb *tab) click(selector string) {
	tb.Helper()
	tb.do(chromedp.Click(chromedp.CSS(selector)))
}

func (tb *tab) typing(selector, text string) {
	tb.Helper()
	tb.click(selector)
	tb.do(chromedp.KeyEvent(text))
}

func (tb *tab) back() {
	tb.Helper()
	if _, err := chromedp.Run(tb.ctx, chromedp.Evaluate[bool](`(history.back(), true)`)); err != nil {
		tb.Fatal(err)
	}
}

// until waits until a JavaScript expression is true. A full load in between makes it ask again.
func (tb *tab) until(expression string) {
	tb.Helper()
	promise := fmt.Sprintf(`new Promise((done) => {
		const end = Date.now() + 1000;
		const look = () => { let ok = false; try { ok = (%s) } catch {} ; ok ? done(true) : Date.now() > end ? done(false) : setTimeout(look, 2) };
		look();
	})`, expression)
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); {
		ctx, cancel := context.WithTimeout(tb.ctx, 5*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](promise, chromedp.EvalAwaitPromise))
		cancel()
		if err == nil && ok {
			return
		}
	}
	page, _ := chromedp.Run(tb.ctx, chromedp.Evaluate[string](`location.href + document.documentElement.outerHTML`))
	tb.Fatalf("never true: %s\n%s", expression, page)
}

// The real client and the real server do together what each does alone in its own tests.
func TestInBrowser(t *testing.T) {
	h, all := chat(t, live.Options{})
	server := serve(t, h)
	tb := &tab{t, browser.Tab(t, browser.Start(t))}
	const connected = `document.querySelector("#conga")?.classList.contains("phx-connected")`

	tb.do(chromedp.Navigate(server.URL + "/rooms/go"))
	tb.until(connected + ` && document.title === "Room go"`)

	t.Run("click", func(t *testing.T) {
		tb.click("#add")
		tb.click("#add")
		tb.until(`document.querySelector("#count").textContent === "4"`)
	})
	t.Run("form and flash", func(t *testing.T) {
		tb.typing("input[name=body]", "hello <b>")
		tb.click("#chat button")
		tb.until(`document.querySelector("#m-1")?.textContent === "hello <b>" && document.querySelector("#conga-flash")?.textContent === "Saved"`)
		tb.click("#conga-flash p")
		tb.until(`document.querySelector("#conga-flash").textContent === ""`)
	})
	t.Run("broadcast", func(t *testing.T) {
		all["go"].post("from elsewhere")
		tb.until(`document.querySelectorAll("#messages li").length === 2`)
	})
	t.Run("patch and back", func(t *testing.T) {
		tb.click("#patch")
		tb.until(`location.search === "?filter=link" && document.querySelector("#filter").textContent === "link"`)
		tb.back()
		tb.until(`location.search === "" && document.querySelector("#filter").textContent === ""`)
	})
	t.Run("crash and recovery", func(t *testing.T) {
		tb.typing("input[name=body]", "half")
		tb.click("#crash")
		tb.until(`document.querySelector("#count").textContent === "0" && ` + connected + ` && document.querySelector("input[name=body]").value === "half"`)
	})
	t.Run("navigate", func(t *testing.T) {
		tb.click("#leave")
		tb.until(`location.pathname === "/" && document.title === "Home" && ` + connected + ` && document.querySelector("#conga-flash").textContent === "Bye"`)
		tb.back()
		tb.until(`location.pathname === "/rooms/go" && ` + connected)
	})
	t.Run("session and redirect", func(t *testing.T) {
		tb.click("#login")
		tb.until(`location.pathname === "/" && document.querySelector("#home")?.textContent === "Home of ann"`)
	})
	if s := h.Stats(); s.BadFrames != 0 || s.UnknownEvents != 0 {
		t.Errorf("stats: %+v", s)
	}
}
