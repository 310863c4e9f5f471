// Package inflect turns Go names into the names of tables, columns, paths,
// JSON members and GraphQL fields.
package inflect

import (
	"strings"
	"unicode"
)

// Snake is a Go name in snake case: "RoomID" becomes "room_id", "HTTPServer" "http_server".
func Snake(name string) string {
	var b strings.Builder
	rs := []rune(name)
	for i, r := range rs {
		if unicode.IsUpper(r) && i > 0 && rs[i-1] != '_' {
			afterLower := !unicode.IsUpper(rs[i-1])
			beforeLower := i+1 < len(rs) && unicode.IsLower(rs[i+1])
			// The plural s of an acronym, as in IDs, starts no word.
			plural := i+2 == len(rs) && rs[i+1] == 's'
			if afterLower || beforeLower && !plural {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Camel is a snake-case name in lower camel case: "room_id" becomes "roomId".
func Camel(snake string) string {
	parts := strings.Split(snake, "_")
	for i, p := range parts {
		if i > 0 {
			parts[i] = title(p)
		}
	}
	return strings.Join(parts, "")
}

// Pascal is a snake-case name in upper camel case: "room_id" becomes "RoomId".
func Pascal(snake string) string { return title(Camel(snake)) }

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

var irregular = map[string]string{
	"person": "people", "child": "children", "man": "men", "woman": "women",
	"mouse": "mice", "goose": "geese", "foot": "feet", "tooth": "teeth",
	"series": "series", "species": "species", "news": "news", "equipment": "equipment",
	"information": "information", "staff": "staff", "sheep": "sheep", "fish": "fish",
	"index": "indexes", "matrix": "matrices", "status": "statuses", "quiz": "quizzes",
	"datum": "data", "medium": "media", "analysis": "analyses", "basis": "bases", "crisis": "crises",
	"half": "halves", "leaf": "leaves", "life": "lives", "knife": "knives", "shelf": "shelves", "wolf": "wolves",
	"hero": "heroes", "potato": "potatoes", "tomato": "tomatoes", "echo": "echoes",
}

// Plural is the plural of an English noun in snake case; the last word takes the ending.
func Plural(noun string) string {
	head, last := "", noun
	if i := strings.LastIndexByte(noun, '_'); i >= 0 {
		head, last = noun[:i+1], noun[i+1:]
	}
	if p, ok := irregular[last]; ok {
		return head + p
	}
	switch {
	case last == "":
		return noun
	case hasSuffix(last, "s", "x", "z", "ch", "sh"):
		return noun + "es"
	case strings.HasSuffix(last, "y") && len(last) > 1 && !strings.ContainsRune("aeiou", rune(last[len(last)-2])):
		return noun[:len(noun)-1] + "ies"
	}
	return noun + "s"
}

func hasSuffix(s string, suffixes ...string) bool {
	for _, x := range suffixes {
		if strings.HasSuffix(s, x) {
			return true
		}
	}
	return false
}
