package migrate

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"

	"github.com/congago/conga/internal/inflect"
)

// initialisms are written in capitals in Go names.
var initialisms = []string{"id", "url", "uri", "api", "http", "html", "json", "xml", "sql", "ip", "uuid", "cpu", "ssl", "tls", "ttl", "utc"}

// goName is the Go name of a column or a singular table.
func goName(snake string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(snake, func(r rune) bool { return !isLetter(r) }) {
		if slices.Contains(initialisms, strings.ToLower(part)) {
			b.WriteString(strings.ToUpper(part))
		} else {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	name := b.String()
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "X" + name
	}
	return name
}

func isLetter(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

func receiver(name string) string {
	first := strings.ToLower(name[:1])
	if first == "r" { // r is the builder
		return "rec"
	}
	return first
}

// secret matches columns whose values are likely not for everybody.
var secret = regexp.MustCompile(`(?i)(password|passwd|passphrase|secret|token|api_?key|private_?key|credential|ssn|iban|card_number|cvv|otp)`)

// column describes one column.
func (g *generator) column(r *goStruct, c *schema.Column) *goField {
	f := &goField{name: goName(c.Name), column: c.Name, doc: comment(c.Attrs)}
	for r.taken(f.name) {
		f.name += "2"
	}
	f.typ = g.goType(r, c, f)
	switch {
	case r.of.PrimaryKey.Parts[0].C == c:
		f.option("primary")
	case f.typ == "time.Time" && slices.Contains([]string{"inserted_at", "created_at"}, c.Name):
		f.option("created")
	case f.typ == "time.Time" && slices.Contains([]string{"updated_at", "modified_at"}, c.Name):
		f.option("updated")
	}
	if inflect.Snake(f.name) != c.Name {
		f.option("column=" + c.Name)
	}
	if secret.MatchString(c.Name) {
		f.option("sensitive")
		f.json = "-"
	}
	if text, ok := g.literal(f, c); ok {
		f.option("default=" + text)
	} else if c.Default != nil {
		g.note("column %s.%s: its default is left out", r.table, c.Name)
	}
	if c.Type.Null {
		f.typ = "*" + f.typ
	}
	return f
}

func (r *goStruct) taken(name string) bool {
	same := func(f *goField) bool { return f.name == name }
	return slices.ContainsFunc(r.fields, same) || slices.ContainsFunc(r.relations, same)
}

// literal is a default that a tag can say.
func (g *generator) literal(f *goField, c *schema.Column) (string, bool) {
	var text string
	switch x := c.Default.(type) {
	case *schema.Literal:
		text = x.V
	case *schema.RawExpr:
		text, _, _ = strings.Cut(x.X, "::")
	default:
		return "", false
	}
	if unquoted, ok := strings.CutPrefix(text, "'"); ok {
		text = strings.ReplaceAll(strings.TrimSuffix(unquoted, "'"), "''", "'")
	} else if f.typ == "string" {
		return "", false
	}
	ok := false
	switch strings.TrimLeft(f.typ, "*") {
	case "string":
		ok = !strings.ContainsAny(text, ",`\"")
	case "bool":
		_, err := strconv.ParseBool(text)
		ok = err == nil
	case "int16", "int32", "int64":
		_, err := strconv.ParseInt(text, 10, 64)
		ok = err == nil
	case "float32", "float64", "decimal.Decimal":
		_, err := strconv.ParseFloat(text, 64)
		ok = err == nil
	}
	return text, ok
}

// arrays are the Go types of the elements of arrays, paths where they are from.
var (
	arrays = map[string]string{
		"text[]": "string", "boolean[]": "bool", "smallint[]": "int16", "integer[]": "int32", "bigint[]": "int64",
		"real[]": "float32", "double precision[]": "float64", "uuid[]": "uuid.UUID", "date[]": "civil.Date",
		"numeric[]": "decimal.Decimal", "timestamp with time zone[]": "time.Time",
	}
	paths = map[string]string{
		"uuid.UUID": "github.com/google/uuid", "civil.Date": "github.com/golang-sql/civil",
		"decimal.Decimal": "github.com/shopspring/decimal", "time.Time": "time",
	}
)

// goType is the Go type for a column without its pointer.
func (g *generator) goType(r *goStruct, c *schema.Column, f *goField) string {
	use := func(path, name string) string { r.imports[path] = true; return name }
	raw := strings.ToLower(c.Type.Raw)
	switch t := c.Type.Type.(type) {
	case *schema.BoolType:
		return "bool"
	case *schema.IntegerType:
		switch {
		case !g.postgres:
			return "int64"
		case t.T == "smallint":
			return "int16"
		case t.T == "integer":
			return "int32"
		}
		return "int64"
	case *schema.FloatType:
		if g.postgres && (t.T == "real" || t.Precision > 0 && t.Precision <= 24) {
			return "float32"
		}
		return "float64"
	case *schema.DecimalType:
		return use("github.com/shopspring/decimal", "decimal.Decimal")
	case *schema.TimeType:
		if strings.HasPrefix(raw, "time ") || raw == "time" {
			break
		}
		if raw == "date" {
			return use("github.com/golang-sql/civil", "civil.Date")
		}
		return use("time", "time.Time")
	case *postgres.ArrayType:
		if element := arrays[t.T]; element != "" {
			if path := paths[element]; path != "" {
				use(path, element)
			}
			return "[]" + element
		}
	case *schema.UUIDType:
		return use("github.com/google/uuid", "uuid.UUID")
	case *schema.BinaryType:
		return "[]byte"
	case *schema.JSONType:
		return "any"
	case *schema.EnumType:
		f.validate = "oneof=" + strings.Join(t.Values, " ")
		g.note("column %s.%s: the enum becomes a text with a check", r.table, c.Name)
		return "string"
	case *schema.StringType:
		switch {
		case collationOf(c) == "conga_decimal":
			return use("github.com/shopspring/decimal", "decimal.Decimal")
		case !g.postgres && strings.HasSuffix(c.Name, "_at"):
			return use("time", "time.Time")
		case t.Size > 0:
			f.validate = "max=" + strconv.Itoa(t.Size)
		}
		return "string"
	}
	g.note("column %s.%s: its type %s becomes a text", r.table, c.Name, c.Type.Raw)
	return "string"
}

// relate adds the relationships of both sides of each foreign key.
func (g *generator) relate(r *goStruct) {
	for _, k := range r.of.ForeignKeys {
		target := g.types[k.RefTable.Name]
		if target == nil || len(k.Columns) != 1 || k.RefColumns[0].Name != target.of.PrimaryKey.Parts[0].C.Name {
			g.note("table %s: the foreign key %s is left out: it does not lead to the one primary key of a resource", r.table, k.Symbol)
			continue
		}
		key := r.field(k.Columns[0].Name)
		key.options = slices.DeleteFunc(key.options, func(o string) bool { return o == "index" })
		name, ok := strings.CutSuffix(key.name, "ID")
		if !ok || name == "" || r.taken(name) {
			name = r.free(target.name)
		}
		f := &goField{name: name, typ: "*" + target.name, options: []string{"belongs_to"}}
		if key.name != name+"ID" {
			f.option("key=" + key.name)
		}
		switch k.OnDelete {
		case schema.Cascade:
			f.option("on_delete=cascade")
		case schema.SetNull:
			f.option("on_delete=nilify")
		}
		r.relations = append(r.relations, f)
		target.inverse(r, key)
	}
}

// inverse adds the way back from a resource to those that refer to it.
func (r *goStruct) inverse(from *goStruct, key *goField) {
	kind, name, typ := "has_many", goName(inflect.Plural(inflect.Snake(from.name))), "[]"+from.name
	if slices.Contains(key.options, "unique") {
		kind, name, typ = "has_one", from.name, "*"+from.name
	}
	if r.taken(name) {
		name = r.free(name + "By" + strings.TrimSuffix(key.name, "ID"))
	}
	f := &goField{name: name, typ: typ, options: []string{kind}}
	if key.name != r.name+"ID" {
		f.option("key=" + key.name)
	}
	r.relations = append(r.relations, f)
}

// free is a name that no field has yet.
func (r *goStruct) free(name string) string {
	for r.taken(name) {
		name += "2"
	}
	return name
}

// source is the Go file, not yet formatted.
func (r *goStruct) source(pkg string) string {
	var b strings.Builder
	r.imports["github.com/congago/conga/resource"] = true
	fmt.Fprintf(&b, "package %s\n\nimport (\n", pkg)
	for _, own := range []bool{true, false} { // the standard library first
		for _, path := range slices.Sorted(maps.Keys(r.imports)) {
			if !strings.Contains(path, ".") == own {
				fmt.Fprintf(&b, "\t%q\n", path)
			}
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, ")\n\n// %s is a row of the table %s.\ntype %s struct {\n", r.name, r.table, r.name)
	for _, f := range r.fields {
		b.WriteString(f.line())
	}
	b.WriteString("\n")
	for _, f := range r.relations {
		b.WriteString(f.line())
	}
	me := receiver(r.name)
	fmt.Fprintf(&b, "}\n\n// Define says what the database keeps; actions and policies are still to be declared.\nfunc (%s *%s) Define(r *resource.Builder[%s]) {\n", me, r.name, r.name)
	for _, s := range r.statements {
		b.WriteString("\t" + s + "\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func (f *goField) line() string {
	var tags []string
	add := func(key, value string) {
		if value != "" {
			tags = append(tags, key+":"+strconv.Quote(value))
		}
	}
	add("json", f.json)
	add("validate", f.validate)
	add("conga", strings.Join(f.options, ","))
	add("doc", strings.ReplaceAll(f.doc, "`", "'"))
	if len(tags) == 0 {
		return "\t" + f.name + " " + f.typ + "\n"
	}
	return "\t" + f.name + " " + f.typ + " `" + strings.Join(tags, " ") + "`\n"
}
