package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/congago/conga/internal/browser"
)

// The chat as two people use it at the same time, Ann and Bob.
func TestInBrowser(t *testing.T) {
	b := browser.Start(t)
	s := start(t)
	ann, bob := visit(t, b, s, "/"), visit(t, b, s, "/")

	for _, step := range []struct {
		name string
		run  func(ann, bob *tab)
	}{
		{"sign up", signUp},
		{"create a room", createRoom},
		{"write to each other", writeToEachOther},
		{"markup is text", markupIsText},
		{"typing is not disturbed", typingIsNotDisturbed},
		{"edit", edit},
		{"delete", remove},
		{"the APIs post into the page", apisPost},
		{"the server is killed", serverIsKilled},
		{"sign out and in", signOutAndIn},
	} {
		ok := t.Run(step.name, func(t *testing.T) {
			step.run(&tab{t, ann.ctx, s}, &tab{t, bob.ctx, s})
		})
		if !ok {
			return // the next steps begin where this one should have ended
		}
	}
	t.Run("somebody else's page", func(t *testing.T) { readAlong(t, b, s, ann) })
}

func signUp(ann, bob *tab) {
	ann.is(link("Sign in"), 1)
	ann.click(link("Create account"))
	ann.fill("Name", "A")
	ann.sees("Must be at least 2 characters")
	ann.fill("Name", "Ann")
	ann.until(`!document.body.innerText.includes("at least 2")`)
	ann.fill("Password", "short")
	ann.sees("Must be at least 8 characters")
	ann.fill("Password", "long enough")
	ann.keys("\r")
	ann.sees("Welcome, Ann")
	ann.connected()

	bob.click(link("Create account"))
	bob.fill("Name", "Ann")
	bob.fill("Password", "something")
	bob.click(button("Create account"))
	bob.sees("Has already been taken")
	bob.fill("Name", "Bob")
	bob.keys("\r")
	bob.sees("Welcome, Bob")
	bob.connected()
}

func createRoom(ann, bob *tab) {
	bob.sees("There are no rooms yet.")
	ann.fill("Room name", strings.Repeat("x", 3))
	ann.fill("Room name", "")
	ann.sees("Is required")
	ann.fill("Room name", "Friday")
	ann.click(button("Create room"))
	ann.is(`//h1[.="Friday"]`, 1)
	ann.sees("Nobody has written here yet.")
	ann.connected()

	bob.click(link("Friday"))
	bob.is(`//h1[.="Friday"]`, 1)
	bob.connected()
}

func writeToEachOther(ann, bob *tab) {
	ann.fill("Message", "Hi Bob")
	ann.click(button("Send"))
	bob.is(message("Hi Bob"), 1)
	ann.typed("Message", "", 0)

	bob.fill("Message", "Hi Ann\r") // Enter sends
	ann.is(message("Hi Ann"), 1)
	bob.typed("Message", "", 0)

	// An empty message is not sent, and is told of only when it was one before.
	bob.keys("\r")
	bob.keys("x")
	bob.keys("\b")
	bob.sees("Is required")
	bob.keys("one more\r")
	ann.until(`[...document.querySelectorAll("[role=log] .body")].map((p) => p.textContent).join("|") === "Hi Bob|Hi Ann|one more"`)
	bob.until(`!document.body.innerText.includes("Is required")`)
	for _, tb := range []*tab{ann, bob} {
		tb.until(`document.querySelectorAll("article[data-day]").length === 1 && document.querySelector("article time").dataset.local === ""`)
	}
}

func markupIsText(ann, bob *tab) {
	const attack = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>`
	ann.fill("Message", attack+"\r")
	for _, tb := range []*tab{ann, bob} {
		tb.until(`[...document.querySelectorAll(".body")].at(-1).textContent === ` + fmt.Sprintf("%q", attack))
	}
	bob.open("/")
	bob.sees("4 messages")
	bob.click(link("Friday"))
	bob.until(`[...document.querySelectorAll(".body")].at(-1).textContent === ` + fmt.Sprintf("%q", attack) + ` && !window.hit`)
	bob.connected()
}

func typingIsNotDisturbed(ann, bob *tab) {
	bob.fill("Message", "half a thought")
	bob.eval(`document.activeElement.setSelectionRange(4, 4)`)
	ann.fill("Message", "meanwhile\r")
	bob.is(message("meanwhile"), 1)
	bob.typed("Message", "half a thought", 4)
	bob.keys(" of")
	bob.typed("Message", "half of a thought", 7)
}

func edit(ann, bob *tab) {
	ann.is(button("Edit"), 3)
	ann.click(message("Hi Bob") + button("Edit"))
	ann.until(`document.activeElement.id === "edit-body"`)
	ann.is(field("Message"), 1)
	ann.fill("Edit text", "")
	ann.sees("Is required")
	ann.fill("Edit text", "Hello Bob")
	ann.click(button("Save"))
	for _, tb := range []*tab{ann, bob} {
		tb.until(`document.querySelector("article .body").textContent === "Hello Bob" && document.querySelectorAll(".edited").length === 1`)
	}
	bob.typed("Message", "half of a thought", 7) // still

	ann.click(message("meanwhile") + button("Edit"))
	ann.fill("Edit text", "never mind")
	ann.keys("\x1b") // Escape
	ann.is(message("meanwhile"), 1)
	ann.is(field("Edit text"), 0)
}

func remove(ann, bob *tab) {
	bob.is(message("meanwhile"), 1)
	ann.click(message("meanwhile") + button("Delete"))
	for _, tb := range []*tab{ann, bob} {
		tb.is(message("meanwhile"), 0)
	}
	for _, name := range []string{"Edit", "Delete"} {
		bob.is(message("Hello Bob")+button(name), 0)
		bob.is(message("Hi Ann")+button(name), 1)
	}
}

func serverIsKilled(ann, bob *tab) {
	ann.click(message("Hello Bob") + button("Edit"))
	ann.fill("Edit text", "Hello again")
	ann.fill("Message", "before the fall")
	ann.server.kill()
	ann.until(`document.querySelector("#conga").classList.contains("phx-error")`)
	bob.until(`document.querySelector("#conga").classList.contains("phx-error")`)
	bob.keys(" or two")
	ann.server.restart()
	ann.connected()
	bob.connected()
	bob.typed("Message", "half of or two a thought", 14)
	ann.typed("Message", "before the fall", 15)
	ann.until(`document.querySelector("#edit-body").value === "Hello again"`)

	ann.click(button("Save"))
	bob.is(message("Hello again"), 1)
	bob.keys("\r")
	ann.is(message("half of or two a thought"), 1)
	ann.is(`//span[@class="who"][.="Ann"]`, 1)
	bob.is(`//span[@class="who"][.="Bob"]`, 1)
}

func signOutAndIn(ann, bob *tab) {
	ann.click(button("Sign out"))
	ann.is(link("Create account"), 1)
	ann.connected()
	ann.click(link("Friday"))
	ann.is(link("Join the conversation"), 1)
	ann.is(button("Edit"), 0)
	ann.is(field("Message"), 0)
	ann.click(link("Sign in"))
	ann.fill("Name", "Ann")
	ann.fill("Password", "wrong enough")
	ann.click(button("Sign in"))
	ann.sees("Wrong name or password.")
	ann.fill("Password", "long enough")
	ann.click(button("Sign in"))
	ann.is(`//h1[.="Friday"]`, 1) // where she came from
	ann.connected()
	ann.fill("Message", "back again\r")
	bob.is(message("back again"), 1)
}

// readAlong visits a room without an account, and one that does not exist.
func readAlong(t *testing.T, b context.Context, s *server, ann *tab) {
	guest := visit(t, b, s, "/")
	guest.click(link("Friday"))
	guest.is(message("back again"), 1)
	guest.connected()
	(&tab{t, ann.ctx, s}).fill("Message", "for everybody\r")
	guest.is(message("for everybody"), 1)
	guest.is(button("Delete"), 0)
}
