package live

import (
	"bytes"
	"html"
	"strings"
)

// Hidden inputs of a form that is posted without JavaScript.
const (
	csrfField  = "_csrf"
	eventField = "_event"
)

// postable makes every form with phx-submit in page one that a browser can post by itself: it adds method="post" and
// the hidden inputs with the CSRF token and the event, unless the form has another
// method or posts to another site.
func postable(page []byte, csrf string) []byte {
	var out []byte
	done := 0 // page[:done] is in out
	for at := 0; ; {
		n := indexForm(page[at:])
		if n < 0 {
			break
		}
		start := at + n
		attrs, end, ok := scanTag(page, start+len("<form"))
		at = end
		event := attrs["phx-submit"]
		method, given := attrs["method"]
		if !ok || event == "" || given && !strings.EqualFold(method, "post") || !ownAction(attrs["action"]) {
			continue
		}
		out = append(out, page[done:end-1]...)
		if !given {
			out = append(out, ` method="post"`...)
		}
		out = append(out, '>')
		out = appendHidden(out, csrfField, csrf)
		out = appendHidden(out, eventField, event)
		done = end
	}
	if done == 0 {
		return page
	}
	return append(out, page[done:]...)
}

// ownAction reports whether a form's action surely is on this site: others must not get the token.
func ownAction(action string) bool {
	return action == "" || action[0] == '?' || action[0] == '/' && !strings.HasPrefix(action, "//") && !strings.HasPrefix(action, `/\`)
}

func appendHidden(out []byte, name, value string) []byte {
	out = append(out, `<input type="hidden" name="`...)
	out = append(out, name...)
	out = append(out, `" value="`...)
	out = append(out, html.EscapeString(value)...)
	return append(out, `">`...)
}

// indexForm finds the next start tag of a form.
func indexForm(b []byte) int {
	for at := 0; ; {
		n := bytes.IndexByte(b[at:], '<')
		if n < 0 {
			return -1
		}
		at += n
		if len(b) > at+5 && bytes.EqualFold(b[at+1:at+5], []byte("form")) && isTagEnd(b[at+5]) {
			return at
		}
		at++
	}
}

func isTagEnd(c byte) bool { return c == '>' || c == '/' || isSpace(c) }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// scanTag reads the attributes of a start tag from b[at:] on and returns the place behind its '>'.
func scanTag(b []byte, at int) (attrs map[string]string, end int, ok bool) {
	attrs = make(map[string]string)
	for at < len(b) {
		switch c := b[at]; {
		case c == '>':
			return attrs, at + 1, true
		case isSpace(c) || c == '/':
			at++
		default:
			var name, value string
			name, value, at = scanAttr(b, at)
			if _, twice := attrs[name]; !twice {
				attrs[name] = html.UnescapeString(value)
			}
		}
	}
	return attrs, len(b), false
}

func scanAttr(b []byte, at int) (name, value string, end int) {
	start := at
	for at++; at < len(b) && b[at] != '=' && !isTagEnd(b[at]); at++ {
	}
	name = strings.ToLower(string(b[start:at]))
	next := at
	for next < len(b) && isSpace(b[next]) {
		next++
	}
	if next == len(b) || b[next] != '=' {
		return name, "", at
	}
	for next++; next < len(b) && isSpace(b[next]); next++ {
	}
	if next < len(b) && (b[next] == '"' || b[next] == '\'') {
		n := bytes.IndexByte(b[next+1:], b[next])
		if n < 0 {
			return name, string(b[next+1:]), len(b)
		}
		return name, string(b[next+1 : next+1+n]), next + n + 2
	}
	start = next
	for next < len(b) && !isSpace(b[next]) && b[next] != '>' {
		next++
	}
	return name, string(b[start:next]), next
}
