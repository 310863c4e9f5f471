package migrate

import (
	"context"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"

	"github.com/congago/conga/internal/inflect"
)

// Source is a Go file.
type Source struct {
	// Name is that of the file, Text what is in it.
	Name, Text string
}

// Resources writes Go structs for the tables of the database, or for those
// named, as a package of the given name: a file for each, and resources.go
// with a function Resources. It also tells what of the tables the structs
// cannot say. Actions and policies are for people to write.
func (d *Database) Resources(ctx context.Context, pkg string, tables ...string) (sources []Source, notes []string, err error) {
	s, err := d.inspect(ctx)
	if err != nil {
		return nil, nil, err
	}
	if len(tables) > 0 {
		s.only(func(table string) bool { return slices.Contains(tables, table) })
	}
	g := &generator{pkg: pkg, postgres: d.isPostgres(), types: map[string]*goStruct{}}
	for _, t := range s.schema.Tables {
		g.table(t)
	}
	for _, name := range slices.Sorted(maps.Keys(g.types)) {
		g.relate(g.types[name])
	}
	for _, name := range slices.Sorted(maps.Keys(g.types)) {
		r := g.types[name]
		text, err := format.Source([]byte(r.source(pkg)))
		if err != nil {
			return nil, nil, fmt.Errorf("write %s: %w", r.name, err)
		}
		sources = append(sources, Source{inflect.Snake(r.name) + ".go", string(text)})
	}
	list, err := format.Source([]byte(g.list()))
	if err != nil {
		return nil, nil, fmt.Errorf("write resources.go: %w", err)
	}
	return append(sources, Source{"resources.go", string(list)}), g.notes, nil
}

// generator collects structs.
type generator struct {
	pkg      string
	postgres bool
	types    map[string]*goStruct // by table
	notes    []string
}

func (g *generator) note(format string, args ...any) {
	g.notes = append(g.notes, fmt.Sprintf(format, args...))
}

// goStruct is what is written for a table.
type goStruct struct {
	name, table, doc string
	of               *schema.Table
	fields           []*goField
	relations        []*goField
	statements       []string // of Define
	imports          map[string]bool
}

// goField is a field; its tags are in the order of writing.
type goField struct {
	name, typ, column string
	options           []string // of the conga tag
	validate, json    string
	doc               string
}

func (r *goStruct) field(column string) *goField {
	for _, f := range r.fields {
		if f.column == column {
			return f
		}
	}
	return nil
}

func (g *generator) table(t *schema.Table) {
	if t.PrimaryKey == nil || len(t.PrimaryKey.Parts) != 1 || t.PrimaryKey.Parts[0].C == nil {
		g.note("table %s is left out: a resource has a primary key of one column", t.Name)
		return
	}
	singular := inflect.Singular(t.Name)
	r := &goStruct{name: goName(singular), table: t.Name, of: t, imports: map[string]bool{}, doc: comment(t.Attrs)}
	for _, c := range t.Columns {
		r.fields = append(r.fields, g.column(r, c))
	}
	if inflect.Plural(inflect.Snake(r.name)) != t.Name {
		r.statements = append(r.statements, fmt.Sprintf("r.Table(%q)", t.Name))
	}
	if r.doc != "" {
		r.statements = append(r.statements, fmt.Sprintf("r.Describe(%q)", r.doc))
	}
	g.indexes(r)
	for _, c := range t.Checks() {
		condition := strings.TrimSpace(c.Expr)
		if strings.HasPrefix(condition, "(") && closes(condition) {
			condition = condition[1 : len(condition)-1]
		}
		if c.Name == "" {
			g.note("table %s: a check without a name is left out: %s", t.Name, condition)
			continue
		}
		r.statements = append(r.statements, fmt.Sprintf("r.Constrain(%q, %s)", c.Name, goText(condition)))
	}
	g.types[t.Name] = r
}

// closes tells whether the first parenthesis is closed by the last byte.
func closes(s string) bool {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i == len(s)-1
			}
		default:
			i = skipQuoted(s, i)
		}
	}
	return false
}

// goText is a string literal that is easy to read.
func goText(s string) string {
	if !strings.Contains(s, "`") && strings.ContainsAny(s, "\"\\\n") {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

func comment(attrs []schema.Attr) string {
	for _, a := range attrs {
		if c, ok := a.(*schema.Comment); ok {
			return c.Text
		}
	}
	return ""
}

// indexes turns unique constraints into identities, and indexes into tags or calls.
func (g *generator) indexes(r *goStruct) {
	for _, x := range r.of.Indexes {
		fields, plain := r.parts(x)
		table := r.table
		switch {
		case plain && x.Unique && (isConstraint(x) || !g.postgres && x.Name == uniqueName(table, x)):
			if len(fields) == 1 && x.Name == uniqueName(table, x) {
				r.field(x.Parts[0].C.Name).option("unique")
				continue
			}
			if x.Name != uniqueName(table, x) {
				g.note("table %s: the constraint %s becomes %s", table, x.Name, uniqueName(table, x))
			}
			r.statements = append(r.statements, fmt.Sprintf("r.Identity(%q, %s)", strings.TrimSuffix(x.Name, "_key"), strings.Join(fields, ", ")))
		case isConstraint(x):
			g.note("table %s: the constraint %s is left out: declare it with Exclude", table, x.Name)
		case plain && !x.Unique && len(fields) == 1 && x.Name == table+"_"+x.Parts[0].C.Name+"_idx":
			r.field(x.Parts[0].C.Name).option("index")
		default:
			r.statements = append(r.statements, g.index(x, fields))
		}
	}
}

// parts are the arguments of an index, and whether it is over columns alone,
// ascending, and of all rows.
func (r *goStruct) parts(x *schema.Index) (args []string, plain bool) {
	plain = true
	for _, p := range x.Parts {
		switch {
		case p.C != nil && !p.Desc:
			args = append(args, "&"+receiver(r.name)+"."+r.field(p.C.Name).name)
			continue
		case p.C != nil:
			args = append(args, "resource.SQL("+goText(quoteIdent(p.C.Name)+" desc")+")")
		default:
			text := ""
			if raw, ok := p.X.(*schema.RawExpr); ok {
				text = raw.X
			}
			if p.Desc {
				text += " desc"
			}
			args = append(args, "resource.SQL("+goText(text)+")")
		}
		plain = false
	}
	for _, a := range x.Attrs {
		switch a := a.(type) {
		case *postgres.IndexPredicate, *sqlite.IndexPredicate, *postgres.IndexInclude:
			plain = false
		case *postgres.IndexType:
			plain = plain && strings.EqualFold(a.T, "btree")
		case *postgres.IndexNullsDistinct:
			plain = plain && a.V
		}
	}
	return args, plain
}

// index is the call that declares an index.
func (g *generator) index(x *schema.Index, args []string) string {
	out := []string{fmt.Sprintf("r.Index(%q, %s)", x.Name, strings.Join(args, ", "))}
	if x.Unique {
		out = append(out, "Unique()")
	}
	for _, a := range x.Attrs {
		switch a := a.(type) {
		case *postgres.IndexPredicate:
			out = append(out, "Where("+goText(a.P)+")")
		case *sqlite.IndexPredicate:
			out = append(out, "Where("+goText(a.P)+")")
		case *postgres.IndexType:
			if !strings.EqualFold(a.T, "btree") {
				out = append(out, fmt.Sprintf("Using(%q)", strings.ToLower(a.T)))
			}
		case *postgres.IndexNullsDistinct:
			if !a.V {
				out = append(out, "NullsNotDistinct()")
			}
		case *postgres.IndexInclude:
			g.note("index %s: its included columns are left out", x.Name)
		}
	}
	return strings.Join(out, ".")
}

func (f *goField) option(o string) {
	if !slices.Contains(f.options, o) {
		f.options = append(f.options, o)
	}
}

// list is the file that lists the resources.
func (g *generator) list() string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\nimport \"github.com/congago/conga/resource\"\n\n", g.pkg)
	b.WriteString("// Resources are all resources of the package.\nfunc Resources() []resource.Definition {\n\treturn []resource.Definition{\n")
	for _, name := range slices.Sorted(maps.Keys(g.types)) {
		fmt.Fprintf(&b, "\t\tresource.Of[%s](),\n", g.types[name].name)
	}
	b.WriteString("\t}\n}\n")
	return b.String()
}
