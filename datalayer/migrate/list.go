package migrate

import (
	"ariga.io/atlas/sql/postgres"
	"ariga.io/atlas/sql/schema"
)

func isArray(c *schema.Column) bool {
	_, ok := c.Type.Type.(*postgres.ArrayType)
	return ok
}

func isDocument(c *schema.Column) bool {
	_, ok := c.Type.Type.(*schema.JSONType)
	return ok
}

func isText(c *schema.Column) bool {
	_, ok := c.Type.Type.(*schema.StringType)
	return ok
}

// opened is the function that makes an array of a JSON array: the expression
// that converts a column may hold no subquery. Anything else becomes an empty
// array, and so NULL stays NULL alone.
const (
	opened = `create or replace function pg_temp.conga_list(j jsonb) returns text[] language sql immutable strict as ` +
		`'select coalesce(array_agg(v order by n) filter (where v is not null), array[]::text[]) from ` +
		`jsonb_array_elements_text(case jsonb_typeof(j) when ''array'' then j else ''[]'' end) with ordinality e(v, n)'`
	closed = `drop function pg_temp.conga_list(jsonb)`
)

// documentConversion is the value of a column between a document and a list
// or a text, and the statements before and after the one that converts it; ok
// is false for other conversions.
func documentConversion(column string, from, to *schema.Column, name string) (value, before, after string, ok bool) {
	switch {
	case isDocument(from) && isArray(to):
		return "pg_temp.conga_list(" + column + "::jsonb)::" + name, opened, closed, true
	case isArray(from) && isDocument(to), isText(from) && isDocument(to):
		return "to_json(" + column + ")::" + name, "", "", true
	case isDocument(from) && isText(to):
		// A document that is a text loses its quotes.
		return "(" + column + " #>> '{}')::" + name, "", "", true
	}
	return "", "", "", false
}
