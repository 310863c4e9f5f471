package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/congago/conga/internal/browser"
)

// tab is a visitor with a browser of his own. He finds things as people do:
// by what is written on them.
type tab struct {
	*testing.T
	ctx    context.Context
	server *server
}

// visit opens a page. Whatever it complains about in its console makes the
// test fail, but for a server that does not answer.
func visit(t *testing.T, b context.Context, s *server, path string) *tab {
	t.Helper()
	tb := &tab{T: t, ctx: browser.Tab(t, b), server: s}
	err := chromedp.Listen(tb.ctx, func(ev any) {
		switch e := ev.(type) {
		case *cdpruntime.EventExceptionThrown:
			t.Errorf("page: %s %s", e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description)
		case *cdpruntime.EventConsoleAPICalled:
			if e.Type == "error" || e.Type == "warning" {
				t.Errorf("page: console.%s: %s", e.Type, e.Args[0].Value)
			}
		case *log.EventEntryAdded:
			if e.Entry.Level != "verbose" && e.Entry.Level != "info" && !strings.Contains(e.Entry.Text, "ERR_CONNECTION_REFUSED") {
				t.Errorf("page: %s: %s (%s)", e.Entry.Level, e.Entry.Text, e.Entry.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	focus := func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, log.Enable, cdp.Empty{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}
	tb.do(chromedp.Func(focus), chromedp.EmulateViewport(1000, 800))
	tb.open(path)
	return tb
}

func (tb *tab) open(path string) {
	tb.Helper()
	tb.do(chromedp.Navigate(tb.server.url + path))
	tb.connected()
}

// connected waits until the page is in touch with the server.
func (tb *tab) connected() {
	tb.Helper()
	tb.until(`document.querySelector("#conga").classList.contains("phx-connected")`)
}

func (tb *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tb.Fatalf("%v\n%s", err, tb.text())
	}
}

// The places of what is called name, as XPath.
func button(name string) string { return fmt.Sprintf(`//button[normalize-space()=%q]`, name) }
func link(name string) string   { return fmt.Sprintf(`//a[normalize-space()=%q]`, name) }
func field(label string) string {
	return fmt.Sprintf(`//*[@id=//label[normalize-space()=%q]/@for]`, label)
}

// message is the place of the message that says text.
func message(text string) string { return fmt.Sprintf(`//article[contains(., %q)]`, text) }

func (tb *tab) click(place string) {
	tb.Helper()
	tb.is(place, 1)
	tb.do(chromedp.Click(chromedp.Search(place)))
}

// fill replaces the text of a field by what is typed, key by key.
func (tb *tab) fill(label, text string) {
	tb.Helper()
	tb.click(field(label))
	tb.eval(`document.activeElement.select()`)
	if text == "" {
		text = "\b"
	}
	tb.do(chromedp.KeyEvent(text))
}

// keys types into what has the focus.
func (tb *tab) keys(text string) {
	tb.Helper()
	tb.do(chromedp.KeyEvent(text))
}

// is waits until there are n of what is at place.
func (tb *tab) is(place string, n int) {
	tb.Helper()
	tb.until(fmt.Sprintf(`document.evaluate(%q, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE).snapshotLength === %d`, place, n))
}

// sees waits until the page shows a text.
func (tb *tab) sees(text string) {
	tb.Helper()
	tb.until(fmt.Sprintf(`document.body.innerText.includes(%q)`, text))
}

// typed waits until a field holds a text, with the caret at the given place.
func (tb *tab) typed(label, text string, caret int) {
	tb.Helper()
	tb.until(fmt.Sprintf(`((el) => el.value === %q && el.selectionStart === %d)(document.evaluate(%q, document).iterateNext())`, text, caret, field(label)))
}

// text is what the page shows.
func (tb *tab) text() string {
	ctx, cancel := context.WithTimeout(tb.ctx, time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText +
		[...document.querySelectorAll("input, textarea")].map((el) => "\n" + el.name + ": " + el.value)`))
	return text
}

func (tb *tab) eval(expression string) {
	tb.Helper()
	if _, err := chromedp.Run(tb.ctx, chromedp.Evaluate[bool](`((`+expression+`), true)`)); err != nil {
		tb.Fatalf("%s: %v", expression, err)
	}
}

// until waits until an expression is true. A full load in between makes it ask again.
func (tb *tab) until(expression string) {
	tb.Helper()
	promise := fmt.Sprintf(`new Promise((done) => {
		const end = Date.now() + 1000;
		const look = () => { let ok = false; try { ok = (%s) } catch {} ; ok ? done(true) : Date.now() > end ? done(false) : setTimeout(look, 2) };
		look();
	})`, expression)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		ctx, cancel := context.WithTimeout(tb.ctx, 5*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](promise, chromedp.EvalAwaitPromise))
		cancel()
		if err == nil && ok {
			return
		}
	}
	tb.Fatalf("never true: %s\n%s", expression, tb.text())
}
