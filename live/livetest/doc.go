// Package livetest tests live pages without a browser. It talks to a handler as the browser's client does, over HTTP
// and a WebSocket within the process, keeps the page by the same statics, renderings and diffs, and looks at it through
// CSS selectors:
//
//	p := livetest.Open(t, handler, "/rooms/1")
//	p.Change("#chat-form", "body", "")
//	p.Submit("#chat-form", "body", "hello")
//	p.WaitForText("#messages", "hello")
//
// Every action waits for the server's answer, and follows where it leads. What cannot be done in a browser ends the
// test: a click on what has no handler, a value for a field that the form does not have, an option that is not
// offered. Time is not waited for by sleeping; everything also works inside testing/synctest.
//
// Selectors are those of CSS with tags, #id, .class, [attr], [attr=value], [attr^=value], [attr$=value],
// [attr*=value], descendants ("a b"), children ("a > b") and lists ("a, b").
package livetest
