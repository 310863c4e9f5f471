package client

import (
	"testing"

	"github.com/congago/conga/internal/browser"
)

// chatPage is a stream between two nodes that do not belong to it. Rows hold a
// form field, so that tests can see whether a row is the same element as before.
var chatPage = page{
	blocks:   blocks("<ul id=\"m\"><li>first</li>\n|<li>last</li></ul><p>|</p>", "\n<li id=\"|\"><input> |</li>\n"),
	rendered: `[{"stream":[["insert",-1,"a",[1,"a","A"]],["insert",-1,"b",[1,"b","B"]],["insert",-1,"c",[1,"c","C"]]]},"x"]`,
}

// bareRows is a stream in the root, whose rows have neither id nor key in the HTML.
var bareRows = page{
	blocks:   blocks("|<p>|</p>", "<b>|</b>"),
	rendered: `[{"stream":[["insert",-1,"1",[1,"one"]],["insert",-1,"2",[1,"two"]]]},"x"]`,
}

const rowState = `[...m.children].map((li) => (li.mine ?? "-") + li.textContent.trim()).join(" ")`

func TestStream(t *testing.T) {
	b := browser.Start(t)
	tests := []struct{ name, ops, want string }{
		{"append", `[["insert",-1,"d",[1,"d","D"]]]`, "-first aA bB cC -D -last"},
		{"prepend", `[["insert",0,"d",[1,"d","D"]]]`, "-first -D aA bB cC -last"},
		{"at an index", `[["insert",2,"d",[1,"d","D"]]]`, "-first aA bB -D cC -last"},
		{"beyond the end", `[["insert",9,"d",[1,"d","D"]]]`, "-first aA bB cC -D -last"},
		{"replace in place", `[["insert",0,"b",[1,"b","B2"]]]`, "-first aA bB2 cC -last"},
		{"delete", `[["delete","b"],["delete","nobody"]]`, "-first aA cC -last"},
		{"keep the first", `[["insert",0,"d",[1,"d","D"]],["limit",2]]`, "-first -D aA -last"},
		{"keep the last", `[["insert",-1,"d",[1,"d","D"]],["limit",-2]]`, "-first cC -D -last"},
		{"reset", `[["reset"]]`, "-first -last"},
		{"reset and some again", `[["reset"],["insert",-1,"c",[1,"c","C2"]],["insert",-1,"a",[1,"a","A"]],["insert",-1,"d",[1,"d","D"]]]`, "-first cC2 aA -D -last"},
	}
	tb := open(t, b, chatPage)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tb.T = t
			tb.diff(`{"0":{"stream":[["reset"],["insert",-1,"a",[1,"a","A"]],["insert",-1,"b",[1,"b","B"]],["insert",-1,"c",[1,"c","C"]]]}}`)
			tb.eval(`{ for (const li of m.children) li.mine = ["a", "b", "c"].includes(li.id) ? li.id : undefined }`)
			tb.diff(`{"0":{"stream":` + tt.ops + `}}`)
			tb.is(rowState, tt.want)
			// A rendering of all around them leaves the rows alone.
			tb.diff(`{"1":"` + tt.name + `"}`)
			tb.is(`document.querySelector("p").textContent`, tt.name)
			tb.is(rowState, tt.want)
		})
	}
	t.Run("white space does not pile up", func(t *testing.T) {
		tb.T = t
		count := `m.childNodes.length`
		round := func() {
			tb.diff(`{"0":{"stream":[["insert",-1,"y",[1,"y","Y"]],["limit",-3],["delete","y"],["insert",-1,"z",[1,"z","Z"]],["limit",-2]]}}`)
		}
		round()
		round()
		before := tb.eval(count)
		for range 5 {
			round()
		}
		tb.is(count, before)
	})
}

func TestStreamInPage(t *testing.T) {
	b := browser.Start(t)
	for _, tt := range []struct {
		name string
		page page
		run  func(tb *tab)
	}{
		{"the first page's rows are adopted", chatPage, testStreamAdopts},
		{"rows without id", bareRows, testBareRows},
		{"a hook around it", page{
			blocks:   blocks(`<ul id="m" phx-hook="Rows">|</ul><p id="p">|</p>`, `<li id="|">|</li>`),
			rendered: `[{"stream":[["insert",-1,"a",[1,"a","A"]]]},"x"]`}, testStreamHook},
		{"a typed text in a row", chatPage, testStreamTyping},
		{"a locked row", page{
			blocks:   blocks(`<ul id="m">|</ul><p>|</p>`, `<li id="|" phx-click="hit">|</li>`),
			rendered: `[{"stream":[["insert",-1,"a",[1,"a","A"]],["insert",-1,"b",[1,"b","B"]]]},"x"]`}, testLockedRow},
		{"a stream that comes and goes", page{
			blocks:   blocks(`<main>|</main>`, `<ul id="m">|</ul>`, `<li id="|">|</li>`),
			rendered: `[[1,{"stream":[["insert",-1,"a",[2,"a","A"]]]}]]`}, testStreamComesAndGoes},
		{"a container with a new id", page{
			blocks:   blocks(`<ul id="m|"><li>x</li>|</ul>`, `<li id="|">|</li>`),
			rendered: `["1",{"stream":[["insert",-1,"a",[1,"a","A"]]]}]`}, testStreamMovesHouse},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(open(t, b, tt.page)) })
	}
}

// The hook of the element that holds a stream hears of changed rows.
func testStreamHook(tb *tab) {
	tb.eval(`{ window.log = []; conga.hook("Rows", {beforeUpdate() { log.push("before " + m.children.length); }, updated() { log.push("after " + m.children.length); }}); }`)
	tb.diff(`{"0":{"stream":[["insert",-1,"b",[1,"b","B"]]]}}`)
	tb.diff(`{"1":"y"}`)
	tb.diff(`{"0":{"stream":[["insert",-1,"a",[1,"a","A2"]],["delete","b"]]}}`)
	tb.is(`log.join(", ")`, "before 1, after 2, before 2, after 1")
}

func testStreamAdopts(tb *tab) {
	tb.eval(`(m.children[1].mine = "a", m.children[2].mine = "b")`)
	tb.s.setPage("/", page{blocks: chatPage.blocks, rendered: `[{"stream":[["insert",-1,"b",[1,"b","B"]],["insert",-1,"d",[1,"d","D"]],["insert",-1,"a",[1,"a","A2"]]]},"x"]`})
	tb.peer.conn.Close()
	tb.accept()
	tb.is(rowState, "-first bB -D aA2 -last")
}

func testBareRows(tb *tab) {
	state := `[...document.querySelectorAll("#conga > *")].map((n) => (n.mine ?? "") + n.textContent).join(" ")`
	tb.eval(`document.querySelector("b").mine = 1`)
	tb.diff(`{"0":{"stream":[["insert",0,"3",[1,"three"]],["insert",-1,"1",[1,"uno"]],["delete","2"]]},"1":"y"}`)
	tb.is(state, "three 1uno y")
	tb.peer.conn.Close()
	tb.accept()
	tb.is(state, "1one two x")
}

func testStreamTyping(tb *tab) {
	tb.eval(`document.querySelector("#b input").focus()`)
	tb.typing("draft")
	tb.diff(`{"0":{"stream":[["delete","a"],["insert",0,"b",[1,"b","B2"]],["insert",0,"z",[1,"z","Z"]],["insert",-1,"y",[1,"y","Y"]]]},"1":"y"}`)
	tb.is(`document.activeElement.value + document.activeElement.parentNode.textContent.trim()`, "draftB2")
}

func testLockedRow(tb *tab) {
	tb.click("#a")
	click := tb.next()
	tb.diff(`{"0":{"stream":[["insert",-1,"a",[1,"a","A2"]],["insert",-1,"b",[1,"b","B2"]]]}}`)
	tb.is(`m.textContent`, "AB2") // the answer to the click is not here yet
	tb.reply(click, `{}`)
	tb.is(`m.textContent`, "A2B2")
	tb.is(`a.className`, "")
}

func testStreamComesAndGoes(tb *tab) {
	tb.diff(`{"0":null}`)
	tb.is(`document.querySelector("main").textContent`, "")
	tb.diff(`{"0":[1,{"stream":[["insert",-1,"b",[2,"b","B"]]]}]}`)
	tb.diff(`{"0":{"0":{"stream":[["insert",-1,"c",[2,"c","C"]]]}}}`)
	tb.is(`m.textContent`, "BC")
}

func testStreamMovesHouse(tb *tab) {
	tb.eval(`a.mine = true`)
	tb.diff(`{"0":"2","1":{"stream":[["insert",-1,"b",[1,"b","B"]]]}}`)
	tb.is(`m2.textContent + a.mine`, "xABtrue")
}
