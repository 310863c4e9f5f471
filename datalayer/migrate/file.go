package migrate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// File is one migration. Its text is that of a file for goose.
type File struct {
	// Version orders files: the time of making, "20060102150405".
	Version string
	// Name says what it does, in words joined by underscores.
	Name string
	// NoTransaction tells that each statement is run by itself.
	NoTransaction bool
	// Up and Down are the statements, without semicolons at their ends.
	Up, Down []string

	// titles go before statements of Up as comments, by position.
	titles map[int]string
	// statements are the declared ones that it runs, removed the names of those it undoes.
	statements []statement
	removed    []string
	// loses and losesDown say which data each way loses, as far as its author knew.
	loses, losesDown string
	// replaces are the versions of the files that it was made of.
	replaces []string
	sum      string
}

// Path is the name of the file.
func (f *File) Path() string { return f.Version + "_" + f.Name + ".sql" }

// The annotations of goose, and our own.
const (
	annotation       = "-- +goose "
	statementMark    = "-- conga:statement "
	noStatementMark  = "-- conga:no-statement "
	losesMark        = "-- conga:loses "
	losesDownMark    = "-- conga:loses-down "
	replacesMark     = "-- conga:replaces "
	noTransaction    = "no transaction"
	annotationUp     = "up"
	annotationDown   = "down"
	annotationBegin  = "statementbegin"
	annotationEnd    = "statementend"
	annotationEnvOn  = "envsub on"
	annotationEnvOff = "envsub off"
)

// Format is the text of the file.
func (f *File) Format() string {
	var b strings.Builder
	if f.NoTransaction {
		b.WriteString("-- +goose NO TRANSACTION\n")
	}
	for _, mark := range [][2]string{
		{losesMark, f.loses}, {losesDownMark, f.losesDown}, {replacesMark, strings.Join(f.replaces, " ")},
	} {
		if mark[1] != "" {
			b.WriteString(mark[0] + mark[1] + "\n")
		}
	}
	for _, name := range f.removed {
		b.WriteString(noStatementMark + name + "\n")
	}
	for _, s := range f.statements {
		line, _ := json.Marshal(s) // three texts always can be
		b.WriteString(statementMark + string(line) + "\n")
	}
	b.WriteString("-- +goose Up\n")
	for i, s := range f.Up {
		if title := f.titles[i]; title != "" {
			b.WriteString("\n-- " + strings.ReplaceAll(title, "\n", "\n-- ") + "\n")
		}
		writeStatement(&b, s)
	}
	b.WriteString("\n-- +goose Down\n")
	for _, s := range f.Down {
		writeStatement(&b, s)
	}
	return b.String()
}

func writeStatement(b *strings.Builder, s string) {
	lines := strings.Split(s, "\n")
	inner := slices.ContainsFunc(lines, func(l string) bool { return endsStatement(l) || strings.HasPrefix(strings.TrimSpace(l), "--") })
	if inner {
		b.WriteString("-- +goose StatementBegin\n" + s + "\n;\n-- +goose StatementEnd\n")
		return
	}
	b.WriteString(s + ";\n")
}

// endsStatement tells whether a line ends a statement, as goose sees it: with
// a semicolon before any comment.
func endsStatement(line string) bool {
	last := ""
	for word := range strings.FieldsSeq(line) {
		if strings.HasPrefix(word, "--") {
			break
		}
		last = word
	}
	return strings.HasSuffix(last, ";")
}

// Parse reads the text of a migration for goose. The path gives version and
// name: "20060102150405_add_users.sql".
func Parse(path, text string) (*File, error) {
	base, isSQL := strings.CutSuffix(path, ".sql")
	version, name, named := strings.Cut(base, "_")
	if !isSQL || !named || version == "" || strings.Trim(version, "0123456789") != "" {
		return nil, fmt.Errorf("read migration %s: want a name like 20060102150405_what_it_does.sql", path)
	}
	p := &parser{file: &File{Version: version, Name: name, titles: map[int]string{}}}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("read migration %s:%d: %w", path, i+1, err)
		}
	}
	if err := p.end(); err != nil {
		return nil, fmt.Errorf("read migration %s: %w", path, err)
	}
	return p.file, nil
}

// parser is the state of Parse.
type parser struct {
	file *File
	// into is where statements go: Up or Down; nil before the first annotation.
	into     *[]string
	block    bool
	lines    []string
	comments []string
}

func (p *parser) line(line string) error {
	trimmed := strings.TrimSpace(line)
	if command, ok := cutAnnotation(trimmed); ok {
		return p.annotation(command)
	}
	switch {
	case p.block:
		p.lines = append(p.lines, line)
	case p.into == nil:
		return p.header(trimmed)
	case len(p.lines) == 0 && trimmed == "":
		p.comments = nil
	case len(p.lines) == 0 && strings.HasPrefix(trimmed, "--"):
		p.comments = append(p.comments, strings.TrimSpace(strings.TrimPrefix(trimmed, "--")))
	default:
		p.lines = append(p.lines, line)
		if endsStatement(line) {
			p.flush()
		}
	}
	return nil
}

func cutAnnotation(line string) (string, bool) {
	rest, ok := strings.CutPrefix(line, "--")
	if !ok {
		return "", false
	}
	command, ok := strings.CutPrefix(strings.TrimSpace(rest), strings.TrimSpace(annotation[2:]))
	return strings.ToLower(strings.Join(strings.Fields(command), " ")), ok
}

func (p *parser) header(line string) error {
	if name, ok := strings.CutPrefix(line, noStatementMark); ok {
		p.file.removed = append(p.file.removed, name)
		return nil
	}
	if text, ok := strings.CutPrefix(line, losesMark); ok {
		p.file.loses = text
	}
	if text, ok := strings.CutPrefix(line, losesDownMark); ok {
		p.file.losesDown = text
	}
	if text, ok := strings.CutPrefix(line, replacesMark); ok {
		p.file.replaces = strings.Fields(text)
	}
	if text, ok := strings.CutPrefix(line, statementMark); ok {
		var s statement
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return fmt.Errorf("read the declared statement: %w", err)
		}
		p.file.statements = append(p.file.statements, s)
		return nil
	}
	if line != "" && !strings.HasPrefix(line, "--") {
		return fmt.Errorf("%q comes before -- +goose Up", line)
	}
	return nil
}

func (p *parser) annotation(command string) error {
	if p.block && command != annotationEnd {
		return fmt.Errorf("+goose %s within a statement", command)
	}
	switch command {
	case noTransaction:
		p.file.NoTransaction = true
	case annotationUp, annotationDown:
		if err := p.whole(); err != nil {
			return err
		}
		p.into = &p.file.Up
		if command == annotationDown {
			p.into = &p.file.Down
		}
	case annotationBegin:
		if err := p.whole(); err != nil || p.into == nil {
			return fmt.Errorf("+goose StatementBegin outside of Up and Down, or within a statement")
		}
		p.block = true
	case annotationEnd:
		if !p.block {
			return fmt.Errorf("+goose StatementEnd without StatementBegin")
		}
		p.block = false
		p.flush()
	case annotationEnvOff:
	case annotationEnvOn:
		return fmt.Errorf("+goose ENVSUB is not known here: write the values themselves")
	default:
		return fmt.Errorf("+goose %s is not known", command)
	}
	return nil
}

// whole reports a statement that has begun and not ended.
func (p *parser) whole() error {
	if len(p.lines) > 0 {
		return fmt.Errorf("the statement %q does not end in a semicolon", strings.Join(p.lines, "\n"))
	}
	return nil
}

// flush ends a statement.
func (p *parser) flush() {
	s := strings.Join(p.lines, "\n")
	if !p.blockOnly(s) {
		s = s[:strings.LastIndexByte(s, ';')]
	}
	s = strings.TrimSpace(s)
	p.lines = nil
	if s == "" {
		return
	}
	if p.into == &p.file.Up && len(p.comments) > 0 {
		p.file.titles[len(p.file.Up)] = strings.Join(p.comments, "\n")
	}
	p.comments = nil
	*p.into = append(*p.into, s)
}

// blockOnly tells that a statement has no semicolon at its end to cut.
func (p *parser) blockOnly(s string) bool {
	i := strings.LastIndexByte(s, ';')
	return i < 0 || strings.TrimSpace(s[i+1:]) != "" && !strings.HasPrefix(strings.TrimSpace(s[i+1:]), "--")
}

func (p *parser) end() error {
	if p.block {
		return fmt.Errorf("+goose StatementBegin without StatementEnd")
	}
	if err := p.whole(); err != nil {
		return err
	}
	if p.into == nil {
		return fmt.Errorf("there is no -- +goose Up")
	}
	return nil
}
