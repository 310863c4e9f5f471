package client

import (
	"testing"
	"time"

	"github.com/congago/conga/internal/browser"
)

func TestConnection(t *testing.T) {
	b := browser.Start(t)
	for _, tt := range []struct {
		name string
		run  func(tb *tab)
	}{
		{"join", testJoin},
		{"reconnect", testReconnect},
		{"the session crashes", testCrash},
		{"drain", testDrain},
		{"stale", testStale},
		{"another build", testOtherBuild},
		{"a broken diff", testBrokenDiff},
		{"unload", testUnload},
		{"latency and debug", testLatency},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(open(t, b, eventPage)) })
	}
	t.Run("join refused for long", func(t *testing.T) { testRefused(t, b) })
	t.Run("mount redirects", func(t *testing.T) { testMountRedirects(t, b) })
	t.Run("silence", func(t *testing.T) { testSilence(t, b) })
	t.Run("no live page", func(t *testing.T) { testNoLivePage(t, b) })
}

const rootClass = `document.querySelector("#conga").className`

func testJoin(tb *tab) {
	join := tb.peer.join
	if want := `{"recover":false,"token":"token:/","url":"` + tb.s.URL + `/"}`; join.String() != want {
		tb.Errorf("join %s, want %s", join, want)
	}
	tb.is(rootClass, "phx-connected")
	tb.is(`seen.join()`, "page-loading-start initial,page-loading-stop initial")
	if n := tb.s.loaded("/_live/socket"); n != 1 {
		tb.Errorf("%d sockets, want 1", n)
	}
}

func testReconnect(tb *tab) {
	tb.s.setSick(true)
	tb.peer.conn.Close()
	tb.wait(rootClass + ` === "phx-loading phx-error phx-client-error"`)
	for tb.s.loaded("/_live/socket") < 4 { // it goes on trying
		tb.wait(`true`)
	}
	tb.click("#b") // nobody hears it, and it is not repeated later
	tb.is(`b.disabled`, "false")
	tb.s.setSick(false)
	tb.accept()
	tb.is(rootClass, "phx-connected")
	tb.silent()
	tb.is(`seen.slice(2).join()`, "page-loading-start error,page-loading-stop error")
}

func testCrash(tb *tab) {
	tb.click("#b")
	f := tb.next()
	tb.peer.send(f.seq, "error", `{"reason":"crashed","retry":1}`)
	old := tb.peer.conn
	tb.accept()
	if tb.peer.conn != old {
		tb.Error("joined over a new socket, want the old one")
	}
	if tb.peer.join.body["recover"] != true {
		tb.Errorf("join %s, want recover", tb.peer.join)
	}
	tb.is(`[b.disabled, b.className].join()`, "false,")
}

func testDrain(tb *tab) {
	tb.peer.send(0, "error", `{"reason":"drain","retry":1}`)
	if code := <-tb.peer.closed; code != 1000 {
		tb.Errorf("close code %d, want 1000", code)
	}
	old := tb.peer.conn
	tb.accept()
	if tb.peer.conn == old {
		tb.Error("joined over the socket of a server that goes away")
	}
}

func testStale(tb *tab) {
	tb.eval(`(window.before = true)`)
	tb.peer.send(0, "error", `{"reason":"stale"}`)
	tb.accept()
	tb.is(`window.before`, "undefined")
	if n := tb.s.loaded("/"); n != 2 {
		tb.Errorf("%d loads of the page, want 2", n)
	}
	if tb.peer.join.body["recover"] != false {
		tb.Errorf("join %s, want no recovery", tb.peer.join)
	}
}

func testOtherBuild(tb *tab) {
	tb.peer.conn.Close()
	tb.join()
	tb.peer.send(tb.peer.join.seq, "joined", `{"rendered":["x"],"statics":"another"}`)
	tb.accept()
	if n := tb.s.loaded("/"); n != 2 {
		tb.Errorf("%d loads of the page, want 2", n)
	}
}

func testBrokenDiff(tb *tab) {
	tb.peer.send(0, "diff", `{"diff":{"0":{"0":"there is no instance here"}}}`)
	tb.accept()
	tb.diff(`{"0":"fine again"}`)
	tb.is(`document.querySelector("p").textContent`, "fine again")
}

func testUnload(tb *tab) {
	tb.s.setPage("/other", page{blocks: blocks("other"), rendered: `[]`})
	tb.eval(`{ addEventListener("beforeunload", () => sessionStorage.setItem("class", document.querySelector("#conga").className)); location.assign("/other"); }`)
	if code := <-tb.peer.closed; code != 1000 {
		tb.Errorf("close code %d, want 1000", code)
	}
	tb.accept()
	tb.is(`sessionStorage.getItem("class")`, "phx-connected")
}

func testLatency(tb *tab) {
	tb.eval(`{ conga.enableLatencySim(50); conga.enableDebug(); window.logs = 0; console.debug = () => logs++; }`)
	start := time.Now()
	tb.click("#away")
	tb.eval(`b.click()`)
	f := tb.next()
	if f.body["event"] == "closed" {
		f = tb.next()
	}
	if took := time.Since(start); took < 50*time.Millisecond {
		tb.Errorf("the frame took %v, want at least 50ms", took)
	}
	tb.is(`[sessionStorage["conga:latency"], logs > 0].join()`, "50,true")
	tb.eval(`{ conga.disableLatencySim(); conga.disableDebug(); }`)
	tb.is(`Object.keys(sessionStorage).join()`, "")
}

func testRefused(t *testing.T, b browserContext) {
	s := newServer(t, map[string]page{"/": eventPage})
	s.setup = `window.conga = {config: {joinAttempts: 2, reload: [1, 2], rejoin: [1]}};`
	tb := load(t, b, s, "/")
	for range 2 {
		tb.join()
		tb.peer.send(tb.peer.join.seq, "error", `{"reason":"overload"}`)
	}
	tb.accept() // after a reload
	if n := s.loaded("/"); n != 2 {
		t.Errorf("%d loads of the page, want 2", n)
	}
}

func testMountRedirects(t *testing.T, b browserContext) {
	s := newServer(t, map[string]page{"/": eventPage, "/login": {blocks: blocks("<h1>Login</h1>"), rendered: `[]`}})
	tb := load(t, b, s, "/")
	tb.join()
	tb.peer.send(tb.peer.join.seq, "joined", `{"redirect":{"to":"/login"},"session":"t.o.k"}`)
	if token := <-s.session; token != "t.o.k" {
		t.Errorf("token %q, want t.o.k", token)
	}
	tb.accept()
	tb.is(`location.pathname + document.querySelector("h1").textContent`, "/loginLogin")
}

// A server that answers no ping is left for another connection.
func testSilence(t *testing.T, b browserContext) {
	s := newServer(t, map[string]page{"/": eventPage})
	s.setup = `window.conga = {config: {heartbeat: 20, backoff: [1]}};`
	s.deaf = true
	tb := load(t, b, s, "/")
	tb.join()
	tb.join()
}

func testNoLivePage(t *testing.T, b browserContext) {
	s := newServer(t, map[string]page{})
	s.setPage("/", page{shown: "plain", blocks: "[]", rendered: "[]"})
	s.plain = true
	tb := load(t, b, s, "/")
	tb.wait(`window.conga && conga.connect`)
	tb.is(`document.body.textContent`, "plain")
	if n := s.loaded("/_live/socket"); n != 0 {
		t.Errorf("%d sockets, want none", n)
	}
}
