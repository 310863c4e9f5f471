package migrate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// timeouts begin each way of a file for PostgreSQL: a statement that waits for
// a lock makes all that come after it wait too, so it must not wait long.
var timeouts = map[group][]string{
	groupMain:     {"set local lock_timeout = '5s'", "set local statement_timeout = '5min'"},
	groupValidate: {"set local lock_timeout = '5s'", "set local statement_timeout = 0"},
	groupAlone:    {"set lock_timeout = '1min'", "set statement_timeout = 0"},

	groupLate:         {"set local lock_timeout = '5s'", "set local statement_timeout = '5min'"},
	groupLateValidate: {"set local lock_timeout = '5s'", "set local statement_timeout = 0"},
}

// endTimeouts end a way without a transaction.
var endTimeouts = []string{"reset lock_timeout", "reset statement_timeout"}

// files distributes the steps of a plan over files: one for what is done in
// one transaction, one for validations, and one for each index that is built
// while others write. Versions begin with first.
func (p *Plan) files(name string, first string, postgres bool) []*File {
	var out []*File
	var last *File
	var lastGroup group
	for _, s := range p.Steps {
		if last == nil || s.group != lastGroup || s.group == groupAlone {
			last = &File{Version: first, Name: name, NoTransaction: s.group == groupAlone, titles: map[int]string{}}
			switch s.group {
			case groupValidate, groupLateValidate:
				last.Name += "_validate"
			case groupLate:
				last.Name += "_keys"
			case groupAlone:
				last.Name += "_" + slug(s.Title)
			}
			if postgres {
				last.Up = slices.Clone(timeouts[s.group])
			}
			first = nextVersion(first)
			lastGroup = s.group
			out = append(out, last)
		}
		last.add(s)
	}
	for _, f := range out {
		f.finish(postgres)
	}
	return out
}

// add appends a step; its way down goes before that of earlier ones.
func (f *File) add(s Step) {
	title := []string{s.Title}
	if s.Loses != "" {
		title = append(title, "loses: "+s.Loses)
	}
	if s.Note != "" {
		title = append(title, "note: "+s.Note)
	}
	f.titles[len(f.Up)] = strings.Join(title, "\n")
	f.Up = append(f.Up, s.Up...)
	f.Down = append(slices.Clone(s.Down), f.Down...)
	f.loses = join(f.loses, s.Loses)
	f.losesDown = join(f.losesDown, s.LosesDown)
	switch {
	case s.statement == nil:
	case s.removed:
		f.removed = append(f.removed, s.statement.Name)
	default:
		f.statements = append(f.statements, *s.statement)
	}
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

func (f *File) finish(postgres bool) {
	if postgres {
		g := groupMain
		if f.NoTransaction {
			g = groupAlone
			f.Up = append(f.Up, endTimeouts...)
		}
		if len(f.Down) > 0 {
			f.Down = append(slices.Clone(timeouts[g]), f.Down...)
			if f.NoTransaction {
				f.Down = append(f.Down, endTimeouts...)
			}
		}
	}
	f.sum = sumOf([]byte(f.Format()))
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes words fit for the name of a file.
func slug(s string) string {
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(s), "_"), "_")
}

// versionNow is the version of a file made at t, or just after those that are there.
func versionNow(t time.Time, files []*File) string {
	v := t.UTC().Format("20060102150405")
	for _, f := range files {
		if compareVersions(f.Version, v) >= 0 {
			v = nextVersion(f.Version)
		}
	}
	return v
}

// nextVersion is the number after v.
func nextVersion(v string) string {
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		return v + "1"
	}
	return fmt.Sprintf("%0*d", len(v), n+1)
}
