package migrate

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// tableText is a CREATE TABLE statement of SQLite taken apart: before the
// parenthesis, the definitions in it, and after it.
type tableText struct {
	head  string
	parts []string
	tail  string
}

// parseTable takes a CREATE TABLE statement apart.
func parseTable(sql string) (*tableText, error) {
	open := skipTo(sql, 0, '(')
	if open < 0 {
		return nil, fmt.Errorf("no list of columns in %q", sql)
	}
	t := &tableText{head: sql[:open]}
	depth, start := 0, open+1
	for i := open; i < len(sql); i++ {
		switch sql[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				t.parts = append(t.parts, strings.TrimSpace(sql[start:i]))
				t.tail = sql[i+1:]
				return t, nil
			}
		case ',':
			if depth == 1 {
				t.parts = append(t.parts, strings.TrimSpace(sql[start:i]))
				start = i + 1
			}
		default:
			i = skipQuoted(sql, i)
		}
	}
	return nil, fmt.Errorf("unbalanced parentheses in %q", sql)
}

// skipTo is the position of b outside of quotes and comments, or -1.
func skipTo(sql string, from int, b byte) int {
	for i := from; i < len(sql); i++ {
		if sql[i] == b {
			return i
		}
		i = skipQuoted(sql, i)
	}
	return -1
}

// skipQuoted is the position of the last byte of the quoted text or comment
// that begins at i, or i where none begins there.
func skipQuoted(sql string, i int) int {
	end := byte(0)
	switch c := sql[i]; {
	case c == '\'' || c == '"' || c == '`':
		end = c
	case c == '[':
		end = ']'
	case strings.HasPrefix(sql[i:], "--"):
		end = '\n'
	case strings.HasPrefix(sql[i:], "/*"):
		if j := strings.Index(sql[i+2:], "*/"); j >= 0 {
			return i + 2 + j + 1
		}
		return len(sql) - 1
	default:
		return i
	}
	if j := strings.IndexByte(sql[i+1:], end); j >= 0 {
		return i + 1 + j
	}
	return len(sql) - 1
}

// words are the words of a definition: names without their quotes, texts and
// parenthesized parts whole.
func words(definition string) []string {
	var out []string
	for i := 0; i < len(definition); i++ {
		c := definition[i]
		if unicode.IsSpace(rune(c)) {
			continue
		}
		start := i
		switch {
		case c == '(':
			depth := 0
			for ; i < len(definition); i++ {
				if definition[i] == '(' {
					depth++
				} else if definition[i] == ')' {
					depth--
				} else {
					i = skipQuoted(definition, i)
				}
				if depth == 0 {
					break
				}
			}
			out = append(out, definition[start:min(i+1, len(definition))])
			continue
		case skipQuoted(definition, i) != i:
			i = skipQuoted(definition, i)
			if c == '"' || c == '`' || c == '[' {
				out = append(out, definition[start+1:i])
				continue
			}
			out = append(out, definition[start:i+1])
			continue
		}
		for i+1 < len(definition) && !strings.ContainsRune(" \t\r\n(\"'`[", rune(definition[i+1])) {
			i++
		}
		out = append(out, definition[start:i+1])
	}
	return out
}

// constraintWords begin the definitions that are no columns.
var constraintWords = []string{"constraint", "primary", "unique", "check", "foreign"}

// isColumn tells whether a definition is that of a column.
func isColumn(definition string) bool {
	w := words(definition)
	quoted := definition != "" && strings.ContainsRune("\"`[", rune(definition[0]))
	return len(w) > 0 && (quoted || !slices.Contains(constraintWords, strings.ToLower(w[0])))
}

// column is the definition of a column, or empty.
func (t *tableText) column(name string) string {
	for _, p := range t.parts {
		if isColumn(p) && strings.EqualFold(words(p)[0], name) {
			return p
		}
	}
	return ""
}

// collation is that of a column, in lower case, or empty.
func (t *tableText) collation(name string) string {
	w := words(t.column(name))
	for i := 1; i+1 < len(w); i++ {
		if strings.EqualFold(w[i], "collate") {
			return strings.ToLower(w[i+1])
		}
	}
	return ""
}

// keep adds a column of another table, which may now be null.
func (t *tableText) keep(definition string) {
	w := words(definition)
	lower := make([]string, len(w))
	for i := range w {
		lower[i] = strings.ToLower(w[i])
	}
	out := []string{quoteIdent(w[0])}
	for i := 1; i < len(w); i++ {
		if lower[i] == "not" && i+1 < len(w) && lower[i+1] == "null" {
			i++
			continue
		}
		out = append(out, w[i])
	}
	at := 0
	for at < len(t.parts) && isColumn(t.parts[at]) {
		at++
	}
	t.parts = slices.Insert(t.parts, at, strings.Join(out, " "))
}

// named is the statement for a table of that name.
func (t *tableText) named(name string) string {
	return "CREATE TABLE " + quoteIdent(name) + " (\n\t" + strings.Join(t.parts, ",\n\t") + "\n)" + strings.TrimRight(t.tail, " \n")
}
