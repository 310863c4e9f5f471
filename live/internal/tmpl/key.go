package tmpl

import "strings"

// rowKey says where the key of a row is found in its block: in the attribute
// phx-key, or else id, of the element that the row begins with.
type rowKey struct {
	kind           keyKind
	first, last    int    // slots that the attribute's value consists of
	prefix, suffix string // text of the value before and after them
}

type keyKind uint8

const (
	keyNone   keyKind = iota // the row's index is its key
	keyAttr                  // the value of an attribute
	keyInside                // in the block of the first slot
)

// findKey looks for the key of the rows that b shows.
func findKey(b *block) rowKey {
	if len(b.slots) == 0 {
		return rowKey{}
	}
	lead := strings.TrimLeft(b.statics[0], " \t\r\n\f")
	if lead == "" {
		switch b.slots[0].kind {
		case opBranch, opCall, opGuard:
			return rowKey{kind: keyInside}
		}
		return rowKey{}
	}
	if len(lead) < 2 || lead[0] != '<' || !letter(lead[1]) {
		return rowKey{}
	}
	k := keyScanner{statics: b.statics, pos: len(b.statics[0]) - len(lead) + 1}
	return k.scan()
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// keyScanner reads the attributes of one start tag, whose text is interrupted
// by slots.
type keyScanner struct {
	statics []string
	at, pos int // in statics[at][pos:]
}

// next returns the next byte; slot is true where a slot comes instead.
func (k *keyScanner) next() (c byte, slot, ok bool) {
	if k.pos < len(k.statics[k.at]) {
		c = k.statics[k.at][k.pos]
		k.pos++
		return c, false, true
	}
	if k.at == len(k.statics)-1 {
		return 0, false, false
	}
	k.at++
	k.pos = 0
	return 0, true, true
}

func (k *keyScanner) scan() rowKey {
	var id rowKey
	name := []byte{}
	inName := true // of the tag
	for {
		c, slot, ok := k.next()
		switch {
		case !ok || c == '>' && !slot:
			return id
		case slot:
			name, inName = append(name, 0), true // a name that is not known
		case c == '=':
			found, dynamic := k.value()
			if dynamic && strings.EqualFold(string(name), "phx-key") {
				return found
			}
			if dynamic && id.kind == keyNone && strings.EqualFold(string(name), "id") {
				id = found
			}
			name, inName = name[:0], false
		case space(c) || c == '/':
			inName = false
		case !inName:
			name, inName = append(name[:0], c), true
		default:
			name = append(name, c)
		}
	}
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// value reads an attribute's value. It reports whether slots are part of it.
func (k *keyScanner) value() (key rowKey, dynamic bool) {
	key.kind = keyAttr
	var text []byte
	var quote byte
	begun := false
	for {
		c, slot, ok := k.next()
		switch {
		case !ok:
			return key, false
		case slot:
			if !dynamic {
				key.prefix, key.first = string(text), k.at-1
			}
			dynamic, begun = true, true
			key.last = k.at - 1
			text = text[:0]
			continue
		case !begun && space(c):
			continue
		case !begun && (c == '"' || c == '\''):
			quote, begun = c, true
			continue
		case quote != 0 && c == quote, quote == 0 && space(c):
			key.suffix = string(text)
			return key, dynamic
		case quote == 0 && c == '>':
			k.pos--
			key.suffix = string(text)
			return key, dynamic
		}
		begun = true
		text = append(text, c)
	}
}
