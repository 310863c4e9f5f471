package client

import (
	"testing"

	"github.com/congago/conga/internal/browser"
)

const links = `<nav><a id="p2" href="/?page=2" data-phx-link="patch">2</a><a id="p3" href="/?page=3" data-phx-link="patch" data-phx-link-state="replace">3</a>` +
	`<a id="to" href="/room" data-phx-link="redirect">room</a><a id="home" href="/" data-phx-link="navigate">home</a>` +
	`<a id="gone" href="/gone" data-phx-link="navigate">gone</a></nav>`

func sitePages() map[string]page {
	return map[string]page{
		"/":     {title: "Home", blocks: blocks(`<h1>|</h1>` + links + `<div id="tall">|</div><p id="end">end</p>`), rendered: `["home","x"]`},
		"/room": {title: "Room", blocks: blocks(`<h2>|</h2>` + links + `<input id="first" autofocus><div id="tall">|</div><details id="d"><summary>s</summary></details>`), rendered: `["room","x"]`},
		"/gone": {shown: "plain page", blocks: "[]", rendered: "[]"},
	}
}

func TestNavigation(t *testing.T) {
	b := browser.Start(t)
	for _, tt := range []struct {
		name string
		run  func(tb *tab)
	}{
		{"patch link", testPatchLink},
		{"patch link to another page", testPatchElsewhere},
		{"patch by the server", testServerPatch},
		{"navigate", testNavigate},
		{"back and forward", testBack},
		{"navigate to a plain page", testNavigatePlain},
		{"modified clicks are the browser's", testModifiedClick},
		{"redirect and session", testRedirect},
		{"no script addresses", testScriptAddress},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, sitePages())
			s.plainAt = "/gone"
			tb := load(t, b, s, "/")
			tb.accept()
			tb.eval(`{
				window.kept = true;
				const sheet = new CSSStyleSheet();
				sheet.replaceSync("#tall { height: 5000px } nav { position: fixed; top: 0 }");
				document.adoptedStyleSheets = [sheet];
				seen.length = 0;
			}`)
			tt.run(tb)
		})
	}
}

func testPatchLink(tb *tab) {
	tb.eval(`scrollTo(0, 300)`)
	tb.click("#p2")
	f := tb.expect(`{"url":"` + tb.s.URL + `/?page=2"}`)
	if f.kind != "params" {
		tb.Errorf("kind %s, want params", f.kind)
	}
	length := tb.eval(`history.length`)
	tb.reply(f, `{"diff":{"0":"page 2"},"title":"Two"}`)
	tb.wait(`location.search === "?page=2"`)
	tb.is(`[history.length - `+length+`, document.title, document.querySelector("h1").textContent, scrollY, kept].join()`, "1,Two,page 2,300,true")
	tb.click("#p3")
	tb.reply(tb.next(), `{}`)
	tb.wait(`location.search === "?page=3"`)
	tb.is(`history.length - `+length, "1")
	tb.is(`seen.join()`, "page-loading-start patch,page-loading-stop patch,page-loading-start patch,page-loading-stop patch")
}

// A patch link that leads to another page is answered by navigate: one entry in the history, not two.
func testPatchElsewhere(tb *tab) {
	length := tb.eval(`history.length`)
	tb.click("#p2")
	f := tb.next()
	tb.peer.send(f.seq, "reply", `{"navigate":{"to":"/room"}}`)
	tb.accept()
	tb.is(`location.pathname + (history.length - `+length+`)`, "/room1")
}

func testServerPatch(tb *tab) {
	length := tb.eval(`history.length`)
	tb.update(`{"patch":{"to":"/?q=1"}}`)
	tb.is(`location.search + (history.length - `+length+`)`, "?q=11")
	tb.update(`{"patch":{"to":"/?q=2","replace":true}}`)
	tb.is(`location.search + (history.length - `+length+`)`, "?q=21")
	tb.silent()
}

func testNavigate(tb *tab) {
	old := tb.peer.conn
	tb.eval(`scrollTo(0, 500)`)
	tb.click("#to")
	tb.join()
	if tb.peer.conn != old {
		tb.Error("another socket, want the same")
	}
	if want := `{"recover":false,"token":"token:/room","url":"` + tb.s.URL + `/room"}`; tb.peer.join.String() != want {
		tb.Errorf("join %s, want %s", tb.peer.join, want)
	}
	tb.acceptWith(`{"rendered":["the room","x"]}`)
	tb.is(`[location.pathname, document.title, document.querySelector("h2").textContent, scrollY, kept, document.activeElement.id].join()`,
		"/room,Room,the room,0,true,first")
	tb.is(`seen.join()`, "page-loading-start redirect,page-loading-stop redirect")
	tb.update(`{"navigate":{"to":"/","replace":true}}`)
	tb.accept()
	tb.is(`location.pathname + kept`, "/true")
}

func testBack(tb *tab) {
	tb.eval(`scrollTo(0, 500)`)
	tb.wait(`scrollY === 500`)
	tb.click("#p2")
	tb.reply(tb.next(), `{"diff":{"0":"page 2"}}`)
	tb.wait(`location.search === "?page=2"`)
	tb.eval(`scrollTo(0, 40)`)
	tb.click("#to")
	tb.accept()
	tb.is(`scrollY`, "0")

	tb.eval(`history.back()`) // another page: its HTML is fetched
	tb.accept()
	tb.wait(`location.search === "?page=2" && scrollY === 40`)
	tb.eval(`history.back()`) // made by a mount that is no more: fetched, too
	tb.accept()
	tb.wait(`location.search === "" && scrollY === 500`)
	tb.click("#p2")
	tb.reply(tb.next(), `{}`)
	tb.wait(`location.search === "?page=2"`)
	tb.eval(`scrollTo(0, 77)`)
	tb.wait(`scrollY === 77`)
	tb.eval(`history.back()`) // the same mount: only the parameters change
	tb.reply(tb.expect(`{"url":"`+tb.s.URL+`/"}`), `{}`)
	tb.wait(`scrollY === 500`)
	tb.eval(`history.forward()`)
	tb.reply(tb.expect(`{"url":"`+tb.s.URL+`/?page=2"}`), `{}`)
	tb.wait(`scrollY === 77`)
	tb.is(`kept`, "true")
}

func testNavigatePlain(tb *tab) {
	tb.click("#gone")
	tb.wait(`document.body.textContent === "plain page"`)
	tb.is(`location.pathname + window.kept`, "/goneundefined")
}

func testModifiedClick(tb *tab) {
	tb.eval(`{
		window.prevented = [];
		addEventListener("click", (e) => { prevented.push(e.defaultPrevented); e.preventDefault(); });
		for (const extra of [{ctrlKey: true}, {shiftKey: true}, {metaKey: true}, {button: 1}]) {
			p2.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true, ...extra}));
		}
	}`)
	tb.is(`prevented.join()`, "false,false,false,false")
	tb.silent()
}

func testRedirect(tb *tab) {
	tb.peer.send(0, "diff", `{"session":"tok","redirect":{"to":"/room"}}`)
	if token := <-tb.s.session; token != "tok" {
		tb.Errorf("token %q, want tok", token)
	}
	tb.accept()
	tb.is(`location.pathname + window.kept`, "/roomundefined")
}

func testScriptAddress(tb *tab) {
	tb.update(`{"redirect":{"to":"javascript:window.bad=1"}}`)
	tb.update(`{"navigate":{"to":"javascript:window.bad=1"}}`)
	tb.is(`[location.pathname, window.bad, kept].join()`, "/,,true")
}
