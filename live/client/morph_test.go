package client

import (
	"testing"

	"github.com/congago/conga/internal/browser"
)

func TestMorph(t *testing.T) {
	b := browser.Start(t)
	for _, tt := range []struct {
		name string
		page page
		run  func(tb *tab)
	}{
		{"join changes nothing", listPage, testJoinChangesNothing},
		{"slots", slotPage, testSlots},
		{"only the region", slotPage, testRegion},
		{"rows move", listPage, testRowsMove},
		{"focused input", inputPage, testFocusedInput},
		{"unfocused input", inputPage, testUnfocusedInput},
		{"owed value", inputPage, testOwedValue},
		{"owed value in a row", page{
			blocks:   blocks(`<ul>|</ul><p>|</p>`, `<li><form phx-change="c"><input name="a" value="|"></form></li>`),
			rendered: `[{"rows":[["a",[1,""]],["b",[1,""]]]},"x"]`}, testOwedInRow},
		{"composition", inputPage, testComposition},
		{"contenteditable", page{blocks: blocks(`<div contenteditable id="c">|</div><p>|</p>`), rendered: `["one","x"]`}, testContentEditable},
		{"choices", choicePage, testChoices},
		{"open state", page{blocks: blocks(`<details id="d" |><summary>s</summary>|</details><dialog id="g" |>|</dialog>`), rendered: `["","a","","b"]`}, testOpenState},
		{"insertion before a form", page{blocks: blocks(`<main>|<div><form><input name="a"></form></div></main>`, `<div class="flash">|</div>`), rendered: `[null]`}, testFlashBeforeForm},
		{"typed before join", page{blocks: blocks(`<main>|<div><input id="a" name="a" value="|"></div></main>`, `<div>|</div>`), rendered: `[null,""]`, joined: `{"rendered":[[1,"hello"],""]}`}, nil},
		{"scroll", page{blocks: blocks(`<p>|</p><div id="s"><div>|</div></div>`), rendered: `["a","b"]`}, testScroll},
		{"ignore", page{blocks: blocks(`<div id="i" phx-update="ignore" data-n="|" class="|">|</div>`), rendered: `["1","a","x"]`}, testIgnore},
		{"tables and svg", page{blocks: blocks(`<table><tbody id="t">|</tbody></table><svg id="v"><g id="g">|</g></svg><textarea id="ta">|</textarea>`, `<tr><td>|</td></tr>`, `<circle r="|"></circle>`),
			rendered: `[{"rows":[["a",[1,"A"]]]},[2,"1"],"x &lt; y"]`}, testForeign},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.run == nil {
				testTypedBeforeJoin(t, b, tt.page)
				return
			}
			tb := open(t, b, tt.page)
			tt.run(tb)
			tb.is("window.violation", "undefined")
		})
	}
}

var slotPage = page{
	blocks:   blocks(`<h1 class="|">|</h1><div id="box"><p title="|">|</p>|</div><p id="tail">|</p>`, `<b>|</b>`, `<i>|</i>`),
	rendered: `["a","Hello","t","&lt;x&gt;",null,"end"]`,
}

func testSlots(tb *tab) {
	tb.diff(`{"0":"z","1":"Hi","2":"&quot;","3":"y","4":[1,"one"]}`)
	tb.is(`document.querySelector("#conga").innerHTML`, `<h1 class="z">Hi</h1><div id="box"><p title="&quot;">y</p><b>one</b></div><p id="tail">end</p>`)
	tb.diff(`{"4":{"0":"two"}}`)
	tb.is(`document.querySelector("b").textContent`, "two")
	tb.diff(`{"4":[2,"three"]}`)
	tb.is(`document.querySelector("#box").innerHTML`, `<p title="&quot;">y</p><i>three</i>`)
	tb.diff(`{"4":null}`)
	tb.is(`document.querySelector("#box").innerHTML`, `<p title="&quot;">y</p>`)
	tb.update(`{"title":"New title"}`)
	tb.is(`document.title`, "New title")
}

func testRegion(tb *tab) {
	tb.eval(`document.querySelector("h1").setAttribute("data-third", "party")`)
	tb.diff(`{"3":"changed"}`)
	tb.is(`document.querySelector("#box p").textContent`, "changed")
	tb.is(`document.querySelector("h1").dataset.third`, "party") // outside of #box nothing was touched
}

var listPage = page{
	blocks:   blocks("<ul>\n|</ul><p>|</p>", "\n<li title=\"|\"><input>|</li>\n"),
	rendered: `[{"rows":[["a",[1,"","A"]],["b",[1,"","B"]],["c",[1,"","C"]],["d",[1,"","D"]]]},"x"]`,
}

func testJoinChangesNothing(tb *tab) {
	// A second join renders the whole page again: not one mutation may come of it.
	tb.eval(`(window.mutations = 0, new MutationObserver((m) => (mutations += m.length)).observe(document.querySelector("#conga"), {childList: true, subtree: true, characterData: true}))`)
	tb.peer.conn.Close()
	tb.accept()
	tb.is(`mutations`, "0")
	tb.is(`document.querySelector("#conga").className`, "phx-connected")
}

func testRowsMove(tb *tab) {
	tb.eval(`document.querySelectorAll("li").forEach((li, i) => (li.mine = "abcd"[i]))`)
	tb.eval(`document.querySelectorAll("input")[1].focus()`)
	tb.typing("hello")
	tb.eval(`document.querySelectorAll("input")[1].setSelectionRange(1, 3)`)
	state := `[...document.querySelectorAll("li")].map((li) => (li.mine ?? "-") + li.textContent.trim()).join(" ")`
	for _, step := range []struct{ ops, want string }{
		{`[["=",3,1],["=",0,3]]`, "dD aA bB cC"},
		{`[["=",2,1],["+","e",[1,"","E"]],["=",1,1],["~",0,{"1":"D2"}]]`, "bB -E aA dD2"},
		{`[["=",3,1],["=",0,1],["=",2,1]]`, "dD2 bB aA"},
	} {
		tb.diff(`{"0":{"ops":` + step.ops + `}}`)
		tb.is(state, step.want)
		tb.is(`document.activeElement.value + document.activeElement.selectionStart + document.activeElement.selectionEnd + document.activeElement.parentNode.mine`, "hello13b")
	}
	tb.diff(`{"0":{"ops":[]}}`)
	tb.is(state, "")
}

var inputPage = page{
	blocks:   blocks(`<form id="f"><input id="a" name="a" value="|" class="|"><textarea id="t" name="t">|</textarea></form><p>|</p>`),
	rendered: `["","","","x"]`,
}

func testFocusedInput(tb *tab) {
	for slot, id := range map[string]string{"0": "a", "2": "t"} {
		tb.click("#" + id)
		tb.typing("hello")
		tb.eval(`document.activeElement.setSelectionRange(1, 4, "backward")`)
		tb.diff(`{"` + slot + `":"server ` + id + `","1":"red-` + id + `","3":"` + id + `"}`)
		active := `((a) => [a.id, a.value, a.selectionStart, a.selectionEnd, a.selectionDirection].join())(document.activeElement)`
		tb.is(active, id+",hello,1,4,backward")
		tb.is(`document.querySelector("#a").className`, "red-"+id) // all but the value follows
	}
}

func testUnfocusedInput(tb *tab) {
	tb.click("#a")
	tb.typing("mine")
	tb.eval(`document.activeElement.blur()`)
	tb.diff(`{"3":"unrelated"}`)
	tb.is(`document.querySelector("#a").value`, "mine") // the server said nothing new about it
	tb.diff(`{"0":"yours","2":"text"}`)
	tb.is(`document.querySelector("#a").value + document.querySelector("#t").value`, "yourstext")
	tb.diff(`{"0":"","2":""}`)
	tb.is(`document.querySelector("#a").value + document.querySelector("#t").value`, "")
}

func testOwedValue(tb *tab) {
	tb.click("#a")
	tb.typing("abc")
	tb.diff(`{"0":"server"}`)
	tb.is(`document.querySelector("#a").value`, "abc")
	tb.click("#t")
	tb.diff(`{"3":"later"}`)
	tb.is(`document.querySelector("#a").value`, "server")
}

// Rows that did not change are not rendered again, unless something was held back.
func testOwedInRow(tb *tab) {
	tb.eval(`document.querySelector("input").focus()`)
	tb.typing("z")
	f := tb.next()
	tb.diff(`{"0":{"ops":[["~",0,{"0":"server"}],["=",1,1]]}}`) // meets the locked form
	tb.reply(f, `{}`)                                           // meets the focused input
	tb.is(`document.querySelector("input").value + document.querySelector("input").defaultValue`, "zserver")
	tb.eval(`document.activeElement.blur()`)
	tb.diff(`{"1":"elsewhere"}`)
	tb.is(`document.querySelector("input").value`, "server")
}

func testComposition(tb *tab) {
	tb.click("#a")
	tb.eval(`(window.log = [], ["compositionstart", "compositionend"].forEach((n) => addEventListener(n, () => log.push(n))))`)
	tb.compose("ni")
	tb.diff(`{"0":"server","1":"red","3":"during"}`)
	tb.is(`document.querySelector("p").textContent`, "during")
	tb.compose("nih")
	tb.is(`document.querySelector("#a").value + log`, "nihcompositionstart") // neither cut off nor begun anew
	tb.is(`document.querySelector("#a").className`, "")
	tb.insert("你好")
	tb.wait(`document.querySelector("#a").className === "red"`)
	tb.is(`document.querySelector("#a").value`, "你好")
}

func testContentEditable(tb *tab) {
	tb.click("#c")
	tb.typing("X")
	before := tb.eval(`document.querySelector("#c").textContent`)
	tb.diff(`{"0":"server","1":"y"}`)
	tb.is(`document.querySelector("#c").textContent`, before)
	tb.eval(`document.activeElement.blur()`)
	tb.diff(`{"0":"again"}`)
	tb.is(`document.querySelector("#c").textContent`, "again")
}

var choicePage = page{
	blocks: blocks(`<input type="checkbox" id="c" |><input type="radio" name="r" id="r1" value="1" |><input type="radio" name="r" id="r2" value="2" |>`+
		`<select id="s">|</select><p>|</p>`, `<option value="|" |>|</option>`),
	rendered: `["","checked","",{"rows":[["1",[1,"1","","One"]],["2",[1,"2","selected","Two"]],["3",[1,"3","","Three"]]]},"x"]`,
}

func testChoices(tb *tab) {
	state := `[c.checked, r1.checked, r2.checked, s.value].join()`
	tb.is(state, "false,true,false,2")
	tb.eval(`(c.checked = true, r2.checked = true, s.value = "3")`)
	tb.diff(`{"4":"unrelated"}`)
	tb.is(state, "true,false,true,3") // the user's choices stand
	tb.diff(`{"3":{"ops":[["+","0",[1,"0","","None"]],["=",0,3]]}}`)
	tb.is(state, "true,false,true,3") // also when options come
	tb.diff(`{"0":"checked","1":"","2":"","3":{"ops":[["=",0,1],["~",1,{"1":"selected"}],["~",2,{"1":""}],["=",3,1]]}}`)
	tb.is(state, "true,false,true,1")
	tb.diff(`{"0":"","1":"checked"}`)
	tb.is(state, "false,true,false,1")
}

func testOpenState(tb *tab) {
	tb.eval(`(d.open = true, g.showModal())`)
	tb.diff(`{"1":"a2","3":"b2"}`)
	tb.is(`[d.open, d.textContent, g.open, g.textContent].join()`, "true,sa2,true,b2")
	tb.diff(`{"0":"open","2":"open"}`)
	tb.is(`[d.open, g.open].join()`, "true,true")
	tb.diff(`{"0":"","2":""}`)
	tb.is(`[d.open, g.open].join()`, "false,false") // the server changed its mind
}

func testFlashBeforeForm(tb *tab) {
	tb.eval(`document.querySelector("input").focus()`)
	tb.typing("hello")
	tb.eval(`(window.form = document.querySelector("form"))`)
	tb.diff(`{"0":[1,"Saved"]}`)
	tb.is(`document.querySelector("main").innerHTML`, `<div class="flash">Saved</div><div><form><input name="a"></form></div>`)
	tb.is(`form.isConnected && document.activeElement.value`, "hello")
	tb.diff(`{"0":null}`)
	tb.is(`form.isConnected && document.activeElement.value`, "hello")
}

func testTypedBeforeJoin(t *testing.T, b browserContext, p page) {
	tb := load(t, b, newServer(t, map[string]page{"/": p}), "/")
	tb.click("#a")
	tb.typing("early")
	tb.accept()
	tb.is(`document.activeElement.id + document.activeElement.value`, "aearly")
	tb.is(`document.querySelector("main").firstElementChild.textContent`, "hello")
}

func testScroll(tb *tab) {
	tb.eval(`{
		const sheet = new CSSStyleSheet();
		sheet.replaceSync("#s { height: 50px; overflow: auto } #s div { height: 900px }");
		document.adoptedStyleSheets = [sheet];
		s.scrollTop = 77;
	}`)
	tb.diff(`{"0":"changed"}`)
	tb.is(`s.scrollTop`, "77")
}

func testIgnore(tb *tab) {
	tb.eval(`(i.innerHTML = "<b>third party</b>", i.className = "mine")`)
	tb.diff(`{"0":"2","1":"b","2":"y"}`)
	tb.is(`[i.innerHTML, i.className, i.dataset.n].join()`, "<b>third party</b>,mine,2")
}

func testForeign(tb *tab) {
	tb.diff(`{"0":{"ops":[["=",0,1],["+","b",[1,"B"]]]},"1":{"0":"2"},"2":"&lt;/textarea&gt;"}`)
	tb.is(`[...document.querySelectorAll("td")].map((n) => n.textContent).join()`, "A,B")
	tb.is(`document.querySelector("circle").r.baseVal.value`, "2")
	tb.is(`document.querySelector("circle").namespaceURI`, "http://www.w3.org/2000/svg")
	tb.is(`ta.value`, "</textarea>")
}
