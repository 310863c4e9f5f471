package migrate

import (
	"regexp"
	"slices"
	"strings"
)

// losing matches the beginnings of statements that throw data away.
var losing = regexp.MustCompile(`(?is)^\s*(drop\s+(table|schema|database|materialized)\b|truncate\b|delete\s+from\b` +
	`|alter\s+table\b.*\bdrop\s+(column\s+)?(if\s+exists\s+)?["\w]+)`)

// notLosing are the drops in ALTER TABLE that leave the data alone.
var notLosing = regexp.MustCompile(`(?i)\bdrop\s+(constraint|not\s+null|default|identity|expression)\b[^,]*`)

// losses names the statement that throws data away; empty without one. Tables
// of SQLite that are made anew are dropped and come back.
func losses(statements []string) string {
	var copied []string
	for i, s := range statements {
		lower := strings.ToLower(strings.TrimSpace(s))
		if from, ok := copiedFrom(lower); ok {
			copied = append(copied, from)
		}
		if !losing.MatchString(notLosing.ReplaceAllString(s, "")) {
			continue
		}
		if table, ok := strings.CutPrefix(lower, "drop table "); ok && slices.Contains(copied, strings.TrimSpace(table)) && i+1 < len(statements) {
			continue
		}
		return strings.Join(strings.Fields(s), " ")
	}
	return ""
}

// copiedFrom is the table, quoted, whose rows a statement of a rebuild copies.
func copiedFrom(lower string) (string, bool) {
	if !strings.HasPrefix(lower, `insert into "conga_new_`) {
		return "", false
	}
	i := strings.LastIndex(lower, " from ")
	return strings.TrimSpace(lower[i+len(" from "):]), i >= 0
}
