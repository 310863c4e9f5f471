package resource

import (
	"strconv"

	"github.com/congago/conga/internal/structs"
)

// DatabaseDefault gives the field, where a create has no value for it, the
// value of an SQL expression that the database computes: "gen_random_uuid()",
// "nextval('invoice_numbers')". It is read back with the record. Clients need
// not give it, but may where an action accepts it. The text is for both
// databases unless On has another one.
func DatabaseDefault[P, V any](r *BuilderOf[P], field *V, sql SQL) *DatabaseValue {
	out := &DatabaseValue{d: r.d, sql: sql}
	a := r.d.attribute("", field)
	if a == nil {
		return out
	}
	if fault, hint := a.ungenerated(r.d.c.calculated[a]); fault != "" {
		r.d.fault(codeField, a.Name, fault, hint)
		return out
	}
	if sql == "" {
		r.d.fault(codeField, a.Name, "has an empty default of the database", "give it an SQL expression")
	}
	a.Generated, a.DatabaseDefault, a.Default = true, out, nil
	return out
}

// DatabaseValue is an SQL expression that makes values of an attribute.
type DatabaseValue struct {
	d     *declaration
	sql   SQL
	other map[string]SQL
}

// On gives the expression for one database: "PostgreSQL" or "SQLite".
func (v *DatabaseValue) On(database string, sql SQL) *DatabaseValue {
	if database != "PostgreSQL" && database != "SQLite" {
		v.d.fault(codeField, "", "there is no database "+strconv.Quote(database), suggest(database, []string{"PostgreSQL", "SQLite"}))
	}
	if v.other == nil {
		v.other = map[string]SQL{}
	}
	v.other[database] = sql
	return v
}

// SQL is the expression for a database.
func (v *DatabaseValue) SQL(database string) string {
	if sql, ok := v.other[database]; ok {
		return string(sql)
	}
	return string(v.sql)
}

// ungenerated says why the database cannot make the values; empty where it can.
func (a *Attribute) ungenerated(calculated bool) (fault, hint string) {
	switch {
	case calculated || a.Expr != nil:
		return "is calculated and has no default", "give a stored field one"
	case a.Stamp != NoStamp:
		return "is a time stamp and needs no default", "drop DatabaseDefault, or the option created or updated"
	case a.Generated:
		return "is made by the database already", "drop DatabaseDefault, or the option generated"
	case a.Default != nil && !a.Primary:
		return "has two defaults", "keep one"
	}
	return "", ""
}

// Running reports whether the database numbers the records: 1, 2, 3.
func (a *Attribute) Running() bool { return a.Generated && a.DatabaseDefault == nil }

// running makes an attribute a number that the database makes.
func (c *compiler) running(a *Attribute, at string) {
	a.Generated = true
	if a.Type.Kind != structs.Int || a.Type.Nullable || a.Column == "" {
		c.fault(codeTag, at, "generated needs an integer that cannot be null", "use resource.DatabaseDefault in Define for other values")
	}
}

// unstored refuses the options of columns on what is none: members of
// documents, arguments and results.
func (c *compiler) unstored(a *Attribute, at string) {
	for _, o := range []struct {
		name  string
		given bool
	}{{"generated", a.Generated}, {"lazy", a.Lazy}, {"nofilter", a.NoFilter}, {"nosort", a.NoSort}} {
		if o.given {
			c.fault(codeTag, at, o.name+" has no effect here", "use it on attributes of a resource")
		}
	}
}

// checkGenerated settles what Define and the tags together say of values that
// the database makes.
func (c *compiler) checkGenerated(r *Resource) {
	for _, a := range r.Attributes {
		at := r.label() + "." + a.Name
		switch {
		case !a.Generated:
		case a.Default != nil:
			c.fault(codeField, at, "has two defaults", "keep that of the database, or the other")
		case a.Stamp != NoStamp || c.calculated[a]:
			c.fault(codeTag, at, "generated needs a stored field that is no time stamp", "")
		case a == r.Tenant.Column():
			c.fault(codeTenant, at, "is the tenant, which the database does not know", "drop the default")
		default:
			a.Required = false
		}
	}
}
