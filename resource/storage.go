package resource

// Storage is what a resource asks of its database beyond attributes,
// relationships and identities. Texts in it are SQL of that database.
type Storage struct {
	// Was is the former name of the table, for migrations; empty without.
	Was string
	// Indexes, Constraints, Statements and Extensions are in declared order.
	Indexes     []*Index
	Constraints []*Constraint
	Statements  []*Statement
	Extensions  []string
}

// Index is an index that was declared with Builder.Index.
type Index struct {
	// Name is that in the database.
	Name string
	// Parts are what it orders by, in order.
	Parts []IndexPart
	// Included are attributes that are only kept in it, on PostgreSQL.
	Included []*Attribute
	// IsUnique refuses equal rows; with NullsEqual two NULLs count as equal,
	// on PostgreSQL 15 and later.
	IsUnique, NullsEqual bool
	// Predicate is the condition of the rows in it, Method the access method
	// of PostgreSQL; both are empty without.
	Predicate, Method string

	allTenants bool
	tenant     *Attribute // where it was put before the parts

	d *declaration
}

// IndexPart is an attribute or a piece of SQL that an index orders by.
type IndexPart struct {
	Attribute *Attribute
	// SQL is a part as an index writes it: "lower(name)", "inserted_at desc",
	// "body gin_trgm_ops"; empty with an Attribute.
	SQL SQL
}

// SQL is a piece of SQL in a declaration.
type SQL string

// Constraint is a CHECK or, on PostgreSQL alone, an EXCLUDE constraint.
type Constraint struct {
	// Name is that in the database.
	Name string
	// Exclude tells that Text is what follows "exclude": otherwise it is the
	// condition of a check.
	Exclude bool
	Text    string
}

// Statement is SQL that is run when tables are made and by migrations: for
// triggers, functions, views and what else the model cannot say.
type Statement struct {
	// Name identifies it: a changed text under the same name is undone by the
	// old Down and done by the new Up.
	Name string
	// Up and Down each are one statement; Down undoes Up.
	Up, Down string
	// Only is the database that it is for, "PostgreSQL" or "SQLite"; empty for both.
	Only string
}

// Was tells migrations the former name of the table, so that they rename it.
//
//go:noinline
func (b *BuilderOf[P]) Was(table string) { b.d.res.Storage.Was = table }

// Index declares an index over parts: pointers to the resource's own fields
// and pieces of SQL such as "lower(name)" or "inserted_at desc".
//
//go:noinline
func (b *BuilderOf[P]) Index(name string, parts ...any) *Index {
	x := &Index{Name: name, d: b.d}
	for _, p := range parts {
		switch p := p.(type) {
		case SQL:
			x.Parts = append(x.Parts, IndexPart{SQL: p})
		default:
			if a := b.d.column(name, p); a != nil {
				x.Parts = append(x.Parts, IndexPart{Attribute: a})
			}
		}
	}
	if len(parts) == 0 {
		b.d.fault(codeField, name, "an index without parts", "name the fields it is over")
	}
	b.d.res.Storage.Indexes = append(b.d.res.Storage.Indexes, x)
	return x
}

// column is a stored attribute, or nil after a fault.
func (d *declaration) column(what string, ptr any) *Attribute {
	a := d.attribute(what, ptr)
	if a != nil && a.Column == "" {
		d.fault(codeField, what, a.Name+" is calculated, so the database has no column for it", "")
		return nil
	}
	return a
}

// Unique makes the index refuse rows with equal parts.
func (x *Index) Unique() *Index { x.IsUnique = true; return x }

// Where limits the index to the rows that fulfil a condition.
func (x *Index) Where(condition SQL) *Index { x.Predicate = string(condition); return x }

// Using chooses PostgreSQL's access method: "gin", "gist", "brin", "hash".
func (x *Index) Using(method string) *Index { x.Method = method; return x }

// NullsNotDistinct makes a unique index refuse a second NULL, on PostgreSQL 15 and later.
func (x *Index) NullsNotDistinct() *Index { x.NullsEqual = true; return x }

// Include keeps further fields in the index, on PostgreSQL.
func (x *Index) Include(fields ...any) *Index {
	for _, f := range fields {
		if a := x.d.column(x.Name, f); a != nil {
			x.Included = append(x.Included, a)
		}
	}
	return x
}

// Constrain declares a CHECK constraint over the columns of a row. Names of
// columns in the condition are not followed when fields are renamed.
//
//go:noinline
func (b *BuilderOf[P]) Constrain(name string, condition SQL) {
	b.d.res.Storage.Constraints = append(b.d.res.Storage.Constraints, &Constraint{Name: name, Text: string(condition)})
}

// Exclude declares an EXCLUDE constraint of PostgreSQL: text is what follows
// that word, such as "using gist (room_id with =, during with &&)".
//
//go:noinline
func (b *BuilderOf[P]) Exclude(name string, text SQL) {
	b.d.res.Storage.Constraints = append(b.d.res.Storage.Constraints, &Constraint{Name: name, Exclude: true, Text: string(text)})
}

// Statement declares SQL of its own.
//
//go:noinline
func (b *BuilderOf[P]) Statement(s Statement) {
	if s.Name == "" || s.Up == "" || s.Down == "" {
		b.d.fault(codeField, s.Name, "a statement needs a name, a way up and a way down", "")
	}
	b.d.res.Storage.Statements = append(b.d.res.Storage.Statements, &s)
}

// Extension declares that the resource needs an extension of PostgreSQL.
//
//go:noinline
func (b *BuilderOf[P]) Extension(name string) {
	b.d.res.Storage.Extensions = append(b.d.res.Storage.Extensions, name)
}
