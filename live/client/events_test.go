package client

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/congago/conga/internal/browser"
)

var eventPage = page{
	blocks: blocks(`<button id="b" phx-click="hit" phx-value-id="7" phx-value-name="n" value="v" phx-disable-with="Wait...">Go <i>on</i></button>` +
		`<a href="#" id="l" phx-click="link"><span>x</span></a>` +
		`<div id="away" phx-click-away="closed">menu</div>` +
		`<input id="k" phx-keydown="down" phx-keyup="up" phx-key="Enter" phx-focus="in" phx-blur="out" phx-value-f="1">` +
		`<i phx-window-keydown="escape" phx-key="Escape"></i>` +
		`<button id="slow" phx-click="slow" phx-throttle="60000">t</button>` +
		`<button id="late" phx-click="late" phx-debounce="30">d</button><p>|</p>`),
	rendered: `["x"]`,
}

func TestEvents(t *testing.T) {
	b := browser.Start(t)
	for _, tt := range []struct {
		name string
		run  func(tb *tab)
	}{
		{"click", testClick},
		{"click away", testClickAway},
		{"keys and focus", testKeys},
		{"throttle and debounce", testRates},
		{"server events", testServerEvents},
		{"flash", testFlash},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(open(t, b, eventPage)) })
	}
	t.Run("before the join", func(t *testing.T) { testClickBeforeJoin(t, b) })
	t.Run("no settings", func(t *testing.T) { testNoSettings(t, b) })
	t.Run("hooks", func(t *testing.T) { testHooks(t, b) })
}

// expect compares the next frame, without the click-away that any click on this page causes.
func (tb *tab) expect(want string) frame {
	tb.Helper()
	f := tb.next()
	if f.body["event"] == "closed" && want != closedEvent {
		f = tb.next()
	}
	if f.String() != want {
		tb.Errorf("frame %s\n got %s\nwant %s", f.kind, f, want)
	}
	return f
}

const closedEvent = `{"event":"closed","id":"away","type":"click-away","value":{}}`

func testClick(tb *tab) {
	tb.click("#b i")
	f := tb.expect(`{"event":"hit","id":"b","type":"click","value":{"id":"7","name":"n","value":"v"}}`)
	tb.is(`[b.className, b.disabled, b.textContent].join()`, "phx-click-loading,true,Wait...")
	tb.diff(`{"0":"y"}`) // an older answer changes other things only
	tb.is(`document.querySelector("p").textContent + b.textContent`, "yWait...")
	tb.reply(f, `{"diff":{"0":"z"}}`)
	tb.is(`[b.className, b.disabled, b.innerHTML, document.querySelector("p").textContent].join()`, ",false,Go <i>on</i>,z")
	tb.click("#l span")
	tb.expect(`{"event":"link","id":"l","type":"click","value":{}}`)
	tb.is(`location.href.includes("#")`, "false")
}

func testClickAway(tb *tab) {
	tb.click("#away")
	tb.silent()
	tb.click("p")
	tb.expect(closedEvent)
}

func testKeys(tb *tab) {
	tb.eval(`k.focus()`)
	tb.expect(`{"event":"in","id":"k","type":"focus","value":{"f":"1","value":""}}`)
	tb.typing("a\r")
	tb.expect(`{"event":"down","id":"k","type":"keydown","value":{"f":"1","key":"Enter","value":"a"}}`)
	tb.expect(`{"event":"up","id":"k","type":"keyup","value":{"f":"1","key":"Enter","value":"a"}}`)
	tb.do(chromedp.KeyEvent("\u001b"))
	tb.expect(`{"event":"escape","type":"keydown","value":{"key":"Escape"}}`)
	tb.eval(`k.blur()`)
	tb.expect(`{"event":"out","id":"k","type":"blur","value":{"f":"1","value":"a"}}`)
	tb.is(`k.className`, "phx-focus-loading phx-keydown-loading phx-keyup-loading phx-blur-loading")
}

func testRates(tb *tab) {
	tb.eval(`(slow.click(), slow.click(), slow.click(), late.click(), late.click(), late.click())`)
	for _, want := range []string{"slow", "closed", "closed", "closed", "closed", "closed", "closed", "late"} {
		if f := tb.next(); f.body["event"] != want {
			tb.Errorf("got %s, want %s", f, want)
		}
	}
	tb.silent()
}

func testServerEvents(tb *tab) {
	tb.eval(`addEventListener("phx:ping", (e) => (window.ping = e.detail.text + document.querySelector("p").textContent))`)
	tb.update(`{"diff":{"0":"after"},"events":[["ping",{"text":"hi "}]]}`)
	tb.is(`ping`, "hi after")
}

func testFlash(tb *tab) {
	tb.eval(`document.body.insertAdjacentHTML("afterbegin", '<div id="conga-flash" aria-live="polite"></div>')`)
	tb.update(`{"flash":{"info":"Saved <b>","error":"no"}}`)
	region := `document.querySelector("#conga-flash").innerHTML`
	tb.is(region, `<p class="conga-flash" data-kind="error" role="alert">no</p><p class="conga-flash" data-kind="info" role="status">Saved &lt;b&gt;</p>`)
	tb.click("#conga-flash [data-kind=error]")
	tb.expect(`{"event":"conga:clear-flash","type":"click","value":{"kind":"error"}}`)
	tb.is(region, `<p class="conga-flash" data-kind="info" role="status">Saved &lt;b&gt;</p>`)
	tb.update(`{"flash":{}}`)
	tb.is(region, "")
}

// Clicks on the first page wait for the join, those after it for nothing.
func testClickBeforeJoin(t *testing.T, b browserContext) {
	tb := load(t, b, newServer(t, map[string]page{"/": eventPage}), "/")
	tb.join()
	tb.click("#b")
	tb.acceptWith(`{"rendered":["x"]}`)
	tb.expect(`{"event":"hit","id":"b","type":"click","value":{"id":"7","name":"n","value":"v"}}`)
}

// Without settings, window.conga is the element of that id when the client starts.
func testNoSettings(t *testing.T, b browserContext) {
	s := newServer(t, map[string]page{"/": {blocks: blocks(`<form id="f" phx-change="c"><input name="id" phx-hook="H"></form>|`), rendered: `["x"]`}})
	s.setup = `addEventListener("DOMContentLoaded", () => 0);
		new MutationObserver((_, o) => { if (document.querySelector("#conga")) { o.disconnect(); ((window.conga ??= {}).hooks ??= {}).H = { mounted() { window.mounted = true; } }; } }).observe(document, {childList: true, subtree: true});`
	tb := load(t, b, s, "/")
	tb.accept()
	tb.is(`[conga instanceof Element, window.mounted].join()`, "false,true")
	tb.eval(`{ document.querySelector("form").mine = true; document.querySelector("input").focus(); }`)
	tb.typing("7")
	f := tb.expect(`{"event":"c","form":true,"id":"f","target":"id","type":"change","value":"id=7\u0026_target=id"}`)
	tb.reply(f, `{"diff":{"0":"y"}}`)
	tb.is(`document.querySelector("#conga").textContent + document.querySelector("form").mine`, "ytrue")
}

func testHooks(t *testing.T, b browserContext) {
	s := newServer(t, map[string]page{"/": {
		blocks:   blocks(`<div id="h" phx-hook="Chart" data-v="|">|</div>|`, `<b id="n" phx-hook="Chart">|</b>`),
		rendered: `["1","x",null]`,
	}})
	s.setup = `window.log = [];
		const step = (name) => function () { log.push(name + " " + this.el.id + " " + (this.el.dataset.v ?? "")); };
		window.conga = {config: {backoff: [10], reload: [1, 2]}, hooks: {Chart: {
			mounted() {
				step("mounted").call(this);
				this.handleEvent("points", (p) => log.push("points " + p.n));
				if (this.el.id === "h") this.pushEvent("ready", {a: [1]}).then((r) => log.push("reply " + r.ok));
			},
			beforeUpdate: step("beforeUpdate"), updated: step("updated"), destroyed: step("destroyed"),
			disconnected: step("disconnected"), reconnected: step("reconnected"),
		}}};`
	tb := load(t, b, s, "/")
	tb.accept()
	tb.reply(tb.expect(`{"event":"ready","id":"h","type":"hook","value":{"a":[1]}}`), `{"reply":{"ok":"yes"}}`)
	tb.wait(`log.includes("reply yes")`)
	tb.diff(`{"0":"2","2":[1,"new"]}`)
	tb.update(`{"events":[["points",{"n":5}]]}`)
	tb.diff(`{"2":null}`)
	tb.peer.conn.Close()
	tb.accept()
	tb.is(`log.join("\n")`, "mounted h 1\nreply yes\nbeforeUpdate h 1\nmounted n \nupdated h 2\npoints 5\npoints 5\ndestroyed n \ndisconnected h 2\nbeforeUpdate h 2\nupdated h 1\nreconnected h 1")
	tb.eval(`(h.insertAdjacentHTML("afterend", '<u id="u" phx-hook="Late"></u>'), conga.hook("Late", { mounted() { log.push("late " + this.el.id); } }))`)
	tb.is(`log.at(-1)`, "late u")
}
