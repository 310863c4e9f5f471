package client

import (
	"strings"
	"testing"

	"github.com/congago/conga/internal/browser"
)

// signupPage is a form whose values and errors the server renders.
var signupPage = page{
	blocks: blocks(`<form id="f" phx-change="validate" phx-submit="save"><input type="hidden" name="h" value="1">`+
		`<input id="name" name="user[name]" value="|">|<input id="tags" name="tags[]" phx-debounce="blur" value="|">`+
		`<input type="checkbox" id="ok" name="ok" value="yes"><select id="s" name="s"><option>1</option><option>2</option></select>`+
		`<textarea id="bio" name="bio" phx-debounce="">|</textarea><button id="go" name="by" value="go" phx-disable-with="Saving...">Save</button><button id="other" type="submit">Other</button></form><p>|</p>`,
		`<span class="error">|</span>`),
	rendered: `["",null,"","","x"]`,
}

var singlePage = page{
	blocks:   blocks(`<input id="q" name="q" phx-change="search" phx-throttle="40"><p>|</p>`),
	rendered: `["x"]`,
}

func TestForms(t *testing.T) {
	b := browser.Start(t)
	for _, tt := range []struct {
		name string
		page page
		run  func(tb *tab)
	}{
		{"change", signupPage, testChange},
		{"debounce", signupPage, testDebounce},
		{"lock", signupPage, testLock},
		{"submit", signupPage, testSubmit},
		{"submit clears the focused input", signupPage, testSubmitClears},
		{"choices", signupPage, testFormChoices},
		{"composition", signupPage, testFormComposition},
		{"a single input", singlePage, testSingleInput},
		{"recovery", signupPage, testRecovery},
		{"recovery by another event", page{
			blocks:   blocks(`<form id="f" phx-change="c" phx-auto-recover="again"><input id="a" name="a"></form><form id="g" phx-change="d" phx-auto-recover="ignore"><input id="z" name="z"></form>`),
			rendered: `[]`}, testRecoveryEvent},
		{"trigger action", page{
			blocks:   blocks(`<form id="f" action="/plain" method="post" phx-submit="login" |><input id="a" name="a"><input name="token" type="hidden" value="|"><button>Go</button></form>`),
			rendered: `["",""]`}, testTriggerAction},
		{"the hidden inputs of the plain form go", page{
			shown:    `<form phx-submit="s" method="post"><input type="hidden" name="_csrf" value="c"><input type="hidden" name="_event" value="s"><input name="a"></form>`,
			blocks:   blocks(`<form phx-submit="s"><input name="a"></form>`),
			rendered: `[]`}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.run == nil {
				testPlainForm(t, b, tt.page)
				return
			}
			tt.run(open(t, b, tt.page))
		})
	}
	t.Run("typed early", func(t *testing.T) { testTypedEarly(t, b) })
}

func testChange(tb *tab) {
	tb.click("#name")
	tb.typing("A")
	f := tb.expect(`{"event":"validate","form":true,"id":"f","target":"user[name]","type":"change",` +
		`"value":"h=1\u0026user%5Bname%5D=A\u0026_unused_tags%5B%5D=\u0026tags%5B%5D=\u0026_unused_s=\u0026s=1\u0026_unused_bio=\u0026bio=\u0026_target=user%5Bname%5D"}`)
	tb.is(`[document.querySelector("form").className, document.querySelector("#name").className].join()`, "phx-change-loading,phx-change-loading")
	tb.reply(f, `{"diff":{"0":"A","1":[1,"too short"]}}`)
	tb.is(`document.querySelector("form").className + document.querySelector("#name").className`, "")
	tb.is(`document.querySelector(".error").textContent + document.activeElement.value`, "too shortA")
	tb.click("#ok")
	f = tb.expect(`{"event":"validate","form":true,"id":"f","target":"ok","type":"change",` +
		`"value":"h=1\u0026user%5Bname%5D=A\u0026_unused_tags%5B%5D=\u0026tags%5B%5D=\u0026ok=yes\u0026_unused_s=\u0026s=1\u0026_unused_bio=\u0026bio=\u0026_target=ok"}`)
	tb.reply(f, `{}`)
	tb.is(`ok.checked`, "true")
}

func testDebounce(tb *tab) {
	tb.click("#tags")
	tb.typing("abc")
	tb.silent()
	tb.click("#bio") // leaving the input sends what was held back
	f := tb.next()
	if f.body["target"] != "tags[]" {
		tb.Errorf("target %v, want tags[]", f.body["target"])
	}
	tb.typing("x")
	tb.typing("y")
	f = tb.next() // once, after the default time
	if f.body["target"] != "bio" || !contains(f, "bio=xy") {
		tb.Errorf("got %s, want bio=xy", f)
	}
	tb.typing("z")
	tb.eval(`document.querySelector("form").requestSubmit()`) // flushes before it submits
	if f = tb.next(); f.body["type"] != "change" || !contains(f, "bio=xyz") {
		tb.Errorf("got %s, want a change with bio=xyz", f)
	}
	if f = tb.next(); f.body["type"] != "submit" {
		tb.Errorf("got %s, want a submit", f)
	}
}

// Answers to older events never overwrite what the user typed since.
func testLock(tb *tab) {
	tb.click("#name")
	tb.typing("a")
	first := tb.next()
	tb.typing("b")
	second := tb.next()
	tb.diff(`{"1":[1,"unasked"],"4":"free"}`)
	tb.is(`document.querySelectorAll(".error").length + document.querySelector("p").textContent`, "0free")
	tb.reply(first, `{"diff":{"0":"a","1":[1,"first"]}}`)
	tb.is(`document.querySelectorAll(".error").length`, "0")
	tb.eval(`document.activeElement.blur()`)
	tb.reply(second, `{"diff":{"0":"AB","1":{"0":"second"}}}`)
	tb.is(`document.querySelector("#name").value + document.querySelector(".error").textContent`, "ABsecond")
}

func testSubmit(tb *tab) {
	tb.eval(`document.querySelector("#name").focus()`)
	tb.click("#go")
	f := tb.expect(`{"event":"save","form":true,"id":"f","submitter":"by","type":"submit",` +
		`"value":"h=1\u0026user%5Bname%5D=\u0026tags%5B%5D=\u0026s=1\u0026bio=\u0026by=go"}`)
	form := `[...document.querySelector("form").elements].filter((e) => e.disabled || e.readOnly).map((e) => e.id || e.name).join()`
	tb.is(form, "h,name,tags,ok,bio,go,other")
	tb.is(`go.textContent + document.querySelector("form").className`, "Saving...phx-submit-loading")
	tb.eval(`document.querySelector("form").requestSubmit()`) // a second submit waits for nobody
	tb.diff(`{"1":[1,"unasked"]}`)
	tb.is(`go.textContent`, "Saving...")
	tb.reply(f, `{"diff":{"1":[1,"bad"]}}`)
	tb.is(form, "")
	tb.is(`go.textContent + document.querySelector(".error").textContent + document.activeElement.id`, "Savebadgo")
	tb.silent()
	tb.click("#name")
	tb.typing("x")
	if f = tb.next(); contains(f, "_unused") {
		tb.Errorf("%s holds unused marks after a submit", f)
	}
}

func testSubmitClears(tb *tab) {
	tb.click("#name")
	tb.typing("hello")
	for range 5 {
		tb.reply(tb.next(), `{"diff":{"0":"hello"}}`)
	}
	tb.typing("\r")
	f := tb.next()
	tb.reply(f, `{"diff":{"0":""}}`)
	tb.is(`document.activeElement.id + "=" + document.activeElement.value`, "name=")
	tb.typing("x") // and one that was never shown as a value
	tb.reply(tb.next(), `{}`)
	tb.typing("\r")
	tb.reply(tb.next(), `{}`)
	tb.is(`document.activeElement.id + "=" + document.activeElement.value`, "name=")
}

func testFormChoices(tb *tab) {
	tb.eval(`{ s.value = "2"; s.dispatchEvent(new Event("input", {bubbles: true})); s.dispatchEvent(new Event("change", {bubbles: true})); }`)
	f := tb.next()
	if !contains(f, "s=2") || f.body["target"] != "s" {
		tb.Errorf("got %s, want s=2", f)
	}
	tb.silent() // input and change are one
	tb.reply(f, `{"diff":{"1":[1,"e"]}}`)
	tb.is(`s.value`, "2")
	tb.eval(`document.querySelector("form").reset()`)
	if f = tb.next(); !contains(f, "s=1") {
		tb.Errorf("got %s, want s=1", f)
	}
}

func testFormComposition(tb *tab) {
	tb.click("#name")
	tb.compose("ni")
	tb.compose("nih")
	tb.silent()
	tb.insert("你")
	if f := tb.next(); !contains(f, "%E4%BD%A0") {
		tb.Errorf("got %s, want the composed text", f)
	}
	tb.silent()
}

func testSingleInput(tb *tab) {
	tb.click("#q")
	tb.typing("a")
	tb.expect(`{"event":"search","form":true,"id":"q","target":"q","type":"change","value":"q=a\u0026_target=q"}`)
	tb.typing("b")
	tb.typing("c")
	for f := tb.next(); !contains(f, "q=abc"); f = tb.next() { // the last value is sent when the time is over
		if !contains(f, "q=ab") {
			tb.Fatalf("got %s, want q=ab or q=abc", f)
		}
	}
}

func testRecovery(tb *tab) {
	tb.click("#name")
	tb.typing("half")
	for range 4 {
		tb.next()
	}
	tb.eval(`(document.activeElement.setSelectionRange(2, 2), ok.checked = true)`)
	tb.peer.conn.Close()
	tb.wait(`document.querySelector("#conga").className.includes("phx-loading")`)
	tb.is(`document.querySelector("form").className`, "")
	tb.accept()
	if tb.peer.join.body["recover"] != true {
		tb.Errorf("join %s, want recover", tb.peer.join)
	}
	f := tb.next()
	if f.body["event"] != "validate" || !contains(f, "user%5Bname%5D=half") || !contains(f, "ok=yes") || !contains(f, "_unused_bio") {
		tb.Errorf("got %s, want the form as it was", f)
	}
	state := `[document.activeElement.id, document.activeElement.value, document.activeElement.selectionStart, ok.checked].join()`
	tb.is(state, "name,half,2,true")
	tb.reply(f, `{"diff":{"0":"half","1":[1,"again"]}}`)
	tb.is(state, "name,half,2,true")
	tb.is(`document.querySelector(".error").textContent`, "again")
}

// What was typed, or filled in by the browser, before the page was connected is told too.
func testTypedEarly(t *testing.T, b browserContext) {
	s := newServer(t, map[string]page{"/": {
		blocks:   blocks(`<form id="f" phx-change="c"><input id="a" name="a" value="|"><input name="b"></form><form id="g" phx-change="d"><input name="z"></form>`),
		rendered: `["old"]`}})
	tb := load(t, b, s, "/")
	tb.join()
	tb.eval(`(a.value = "early")`)
	tb.acceptWith(`{"rendered":["old"]}`)
	f := tb.expect(`{"event":"c","form":true,"id":"f","target":"a","type":"change","value":"a=early\u0026_unused_b=\u0026b=\u0026_target=a"}`)
	tb.silent()
	tb.reply(f, `{"diff":{"0":"early"}}`)
	tb.is(`a.value`, "early")
}

func testRecoveryEvent(tb *tab) {
	tb.click("#a")
	tb.typing("x")
	tb.next()
	tb.peer.conn.Close()
	tb.accept()
	tb.expect(`{"event":"again","form":true,"id":"f","target":"a","type":"change","value":"a=x\u0026_target=a"}`)
	tb.silent()
}

func testTriggerAction(tb *tab) {
	tb.click("#a")
	tb.typing("me")
	tb.typing("\r")
	f := tb.next()
	tb.peer.send(f.seq, "reply", `{"diff":{"0":"phx-trigger-action","1":"secret"}}`)
	if got := <-tb.s.posted; got != "a=me&token=secret" {
		tb.Errorf("posted %s", got)
	}
	if code := <-tb.peer.closed; code != 1000 {
		tb.Errorf("close code %d, want 1000", code)
	}
}

func testPlainForm(t *testing.T, b browserContext, p page) {
	tb := load(t, b, newServer(t, map[string]page{"/": p}), "/")
	tb.click("[name=a]")
	tb.typing("early")
	tb.accept()
	tb.is(`document.querySelector("#conga").innerHTML`, `<form phx-submit="s"><input name="a"></form>`)
	tb.is(`document.activeElement.name + document.activeElement.value`, "aearly")
}

// contains reports whether the frame's urlencoded value holds a text.
func contains(f frame, text string) bool {
	value, _ := f.body["value"].(string)
	return strings.Contains(value, text)
}
