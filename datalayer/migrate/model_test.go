package migrate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// model is a description of tables from which resources are made; random ones
// are changed at random.
type model struct {
	tables []*table
	next   int // number of the next name
}

type table struct {
	name, was, doc string
	key            structs.Kind
	columns        []*column
	identities     [][]string
	indexes        []*resource.Index
	checks         []string // conditions
}

type column struct {
	name, was, doc  string
	kind            structs.Kind
	bits            int
	nullable        bool
	unique, indexed bool
	rules           []resource.Rule
	enum            []string
	def             any
	to              string // table referred to
	onDelete        resource.OnDelete
}

func (t *table) column(name string) *column {
	for _, c := range t.columns {
		if c.name == name {
			return c
		}
	}
	return nil
}

func (m *model) table(name string) *table {
	for _, t := range m.tables {
		if t.name == name {
			return t
		}
	}
	return nil
}

// resources are what the model is for the framework.
func (m *model) resources() []*resource.Resource {
	byName := map[string]*resource.Resource{}
	var out []*resource.Resource
	for _, t := range m.tables {
		r := &resource.Resource{Name: t.name, Table: t.name, Description: t.doc, Storage: resource.Storage{Was: t.was}}
		key := &resource.Attribute{Name: "id", Column: "id", Type: structs.Type{Kind: t.key, Bits: 64}, Primary: true}
		r.Primary, r.Attributes = key, []*resource.Attribute{key}
		for _, c := range t.columns {
			a := &resource.Attribute{
				Name: c.name, Column: c.name, Was: c.was, Description: c.doc, Rules: c.rules, Enum: c.enum,
				Type: structs.Type{Kind: c.kind, Bits: c.bits, Nullable: c.nullable}, Indexed: c.indexed || c.to != "",
			}
			if def := c.def; def != nil {
				a.Default = func() any { return def }
			}
			r.Attributes = append(r.Attributes, a)
			if c.unique {
				r.Identities = append(r.Identities, &resource.Identity{Name: c.name, Attributes: []*resource.Attribute{a}})
			}
		}
		attribute := func(name string) *resource.Attribute {
			i := slices.IndexFunc(r.Attributes, func(a *resource.Attribute) bool { return a.Column == name })
			return r.Attributes[i]
		}
		for _, id := range t.identities {
			x := &resource.Identity{Name: fmt.Sprint(id)}
			for _, name := range id {
				x.Attributes = append(x.Attributes, attribute(name))
			}
			r.Identities = append(r.Identities, x)
		}
		for _, x := range t.indexes {
			made := *x
			made.Parts = slices.Clone(x.Parts)
			r.Storage.Indexes = append(r.Storage.Indexes, &made)
		}
		for i, condition := range t.checks {
			r.Storage.Constraints = append(r.Storage.Constraints, &resource.Constraint{Name: t.name + "_custom_" + strconv.Itoa(i), Text: condition})
		}
		byName[t.name] = r
		out = append(out, r)
	}
	for i, t := range m.tables {
		for j, c := range t.columns {
			if c.to != "" {
				target := byName[c.to]
				out[i].Relationships = append(out[i].Relationships, &resource.Relationship{
					Kind: resource.BelongsTo, Resource: out[i], Target: target, Source: out[i].Attributes[j+1],
					Destination: target.Primary, OnDelete: c.onDelete,
				})
			}
		}
	}
	return out
}

var kinds = []structs.Kind{
	structs.String, structs.String, structs.Bool, structs.Int, structs.Int, structs.Float, structs.Decimal,
	structs.Time, structs.Duration, structs.UUID, structs.Bytes, structs.JSON,
}

func (m *model) name(prefix string) string {
	m.next++
	return prefix + strconv.Itoa(m.next)
}

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

func randomModel(r *rand.Rand) *model {
	m := &model{}
	for range 1 + r.IntN(3) {
		m.addTable(r)
	}
	return m
}

func (m *model) addTable(r *rand.Rand) {
	t := &table{name: m.name("things_"), key: []structs.Kind{structs.UUID, structs.Int, structs.String}[r.IntN(3)]}
	m.tables = append(m.tables, t)
	for range 1 + r.IntN(5) {
		m.addColumn(r, t, true)
	}
	m.decorate(r, t)
}

// addColumn adds a column; fresh tells that the table has no rows, so that
// anything goes.
func (m *model) addColumn(r *rand.Rand, t *table, fresh bool) {
	c := &column{name: m.name("c_"), kind: kinds[r.IntN(len(kinds))], bits: 64, nullable: chance(r, 40), indexed: chance(r, 20)}
	if chance(r, 30) {
		c.doc = "about " + c.name
	}
	if chance(r, 25) {
		target := m.tables[r.IntN(len(m.tables))]
		c.kind, c.to = target.key, target.name
		c.onDelete = []resource.OnDelete{resource.Restrict, resource.Cascade, resource.Nilify}[r.IntN(3)]
		c.nullable = c.nullable || c.onDelete == resource.Nilify || !fresh || target == t
		t.columns = append(t.columns, c)
		return
	}
	if c.kind == structs.Int && chance(r, 50) {
		c.bits = 32
	}
	if fresh && c.kind != structs.Bool && c.kind != structs.JSON {
		c.unique = chance(r, 15)
	}
	randomRules(r, c)
	t.columns = append(t.columns, c)
}

// randomRules gives rules that all values that the tests insert fulfil, and
// sometimes a default.
func randomRules(r *rand.Rand, c *column) {
	c.rules, c.enum, c.def = nil, nil, nil
	switch c.kind {
	case structs.String:
		if chance(r, 30) {
			c.rules = []resource.Rule{{Name: "max", Param: strconv.Itoa(80 + r.IntN(20))}}
		}
		if chance(r, 30) {
			c.def = "it's"
		}
	case structs.Int:
		if chance(r, 30) {
			c.rules = []resource.Rule{{Name: "max", Param: strconv.Itoa(100000 + r.IntN(20))}, {Name: "min", Param: "0"}}
		}
		if chance(r, 30) {
			c.def = int64(7)
		}
	case structs.UUID:
		if chance(r, 30) {
			c.def = uuid.MustParse("0198b3a0-0000-7000-8000-000000000001")
		}
	}
}

// decorate adds indexes, identities and checks over several columns.
func (m *model) decorate(r *rand.Rand, t *table) {
	var texts, all []string
	for _, c := range t.columns {
		if c.kind == structs.String && c.to == "" {
			texts = append(texts, c.name)
		}
		if c.kind != structs.JSON {
			all = append(all, c.name)
		}
	}
	if len(all) >= 2 && chance(r, 30) {
		t.identities = append(t.identities, []string{"id", all[0]})
	}
	if len(texts) > 0 && chance(r, 40) {
		t.indexes = append(t.indexes, &resource.Index{
			Name: m.name("index_"), Parts: []resource.IndexPart{{SQL: resource.SQL("lower(" + texts[0] + ")")}},
		})
	}
	if len(all) > 0 && chance(r, 40) {
		t.indexes = append(t.indexes, &resource.Index{
			Name: m.name("index_"), IsUnique: chance(r, 50), NullsEqual: chance(r, 50),
			Parts:     []resource.IndexPart{{SQL: "id"}, {SQL: resource.SQL(all[0] + " desc")}},
			Predicate: all[0] + " is not null",
		})
	}
	if len(all) > 0 && chance(r, 20) {
		t.checks = append(t.checks, all[len(all)-1]+" is not null or id is not null")
	}
}

// undecorate drops what mentions a column.
func (t *table) undecorate() { t.identities, t.indexes, t.checks = nil, nil, nil }

// clone copies the model, without the hints of former names.
func (m *model) clone() *model {
	out := &model{next: m.next}
	for _, t := range m.tables {
		u := *t
		u.was = ""
		u.columns = nil
		for _, c := range t.columns {
			d := *c
			d.was = ""
			u.columns = append(u.columns, &d)
		}
		u.identities, u.indexes, u.checks = slices.Clone(t.identities), slices.Clone(t.indexes), slices.Clone(t.checks)
		out.tables = append(out.tables, &u)
	}
	return out
}

// mutate makes another model out of m by a few changes of all kinds.
func (m *model) mutate(r *rand.Rand) *model {
	out := m.clone()
	for range 1 + r.IntN(6) {
		if len(out.tables) == 0 || chance(r, 10) {
			out.addTable(r)
			continue
		}
		t := out.tables[r.IntN(len(out.tables))]
		switch r.IntN(15) {
		case 0:
			out.dropTable(t)
		case 1:
			out.renameTable(t)
		case 2, 3:
			out.addColumn(r, t, m.table(t.name) == nil && m.table(t.was) == nil)
		case 4:
			if len(t.columns) > 1 {
				// A key or unique value that must not be null cannot come back on the way down.
				if i := r.IntN(len(t.columns)); t.columns[i].to == "" && !t.columns[i].unique || t.columns[i].nullable {
					t.columns = slices.Delete(t.columns, i, i+1)
					t.undecorate()
				}
			}
		case 5:
			out.renameColumn(r, t)
		case 6:
			t.undecorate()
			out.decorate(r, t)
		case 8:
			out.retypeKey(t)
		case 7:
			t.doc = []string{"", "a thing", "it's a thing"}[r.IntN(3)]
		default:
			if len(t.columns) > 0 {
				t.columns[r.IntN(len(t.columns))].mutate(r, t)
			}
		}
	}
	return out
}

func (m *model) dropTable(t *table) {
	for _, u := range m.tables {
		if u != t && slices.ContainsFunc(u.columns, func(c *column) bool { return c.to == t.name && !c.nullable }) {
			return
		}
	}
	m.tables = slices.DeleteFunc(m.tables, func(u *table) bool { return u == t })
	for _, u := range m.tables {
		before := len(u.columns)
		u.columns = slices.DeleteFunc(u.columns, func(c *column) bool { return c.to == t.name })
		if len(u.columns) != before {
			u.undecorate()
		}
	}
}

func (m *model) renameTable(t *table) {
	if t.was != "" {
		return
	}
	t.was, t.name = t.name, m.name("renamed_")
	for _, u := range m.tables {
		for _, c := range u.columns {
			if c.to == t.was {
				c.to = t.name
			}
		}
	}
}

// retypeKey makes a text of the primary key, and of all keys that lead to it.
func (m *model) retypeKey(t *table) {
	t.key = structs.String
	for _, u := range m.tables {
		for _, c := range u.columns {
			if c.to == t.name {
				c.kind = structs.String
			}
		}
	}
}

func (m *model) renameColumn(r *rand.Rand, t *table) {
	if len(t.columns) == 0 {
		return
	}
	c := t.columns[r.IntN(len(t.columns))]
	if c.was != "" {
		return
	}
	c.was, c.name = c.name, m.name("renamed_")
	t.undecorate()
	m.decorate(r, t)
}

// mutate changes a column in a way that its values survive.
func (c *column) mutate(r *rand.Rand, t *table) {
	switch r.IntN(6) {
	case 0:
		c.indexed = !c.indexed
	case 1:
		c.doc = []string{"", "something", "something else"}[r.IntN(3)]
	case 2:
		if c.to == "" && !c.unique { // rows with NULL would all get the same value
			c.nullable = !c.nullable
			if !c.nullable {
				t.undecorate()
			}
		}
	case 3:
		if c.to == "" {
			randomRules(r, c)
		}
	case 4:
		if c.to != "" {
			c.onDelete = resource.Cascade
		} else {
			c.unique = false
		}
	case 5:
		if c.to != "" || c.unique {
			return
		}
		t.undecorate()
		switch c.kind {
		case structs.Int:
			switch {
			case c.bits == 32:
				c.bits = 64
			case chance(r, 50):
				c.kind = structs.Decimal
			default:
				c.kind = structs.String
			}
		case structs.Bool, structs.Time, structs.UUID, structs.Decimal, structs.Duration:
			c.kind = structs.String
		default:
			return
		}
		c.def = nil
		c.rules = nil
	}
}
