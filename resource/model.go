package resource

import (
	"slices"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource/expr"
)

// Resource is the frozen model of one resource. It must not be changed and
// may be read from many goroutines.
type Resource struct {
	// Name is the Go type name ("Message"), also the GraphQL type.
	Name string
	// FullName is the type name with its whole import path.
	FullName string
	// Type is the name in documents and topics ("message"), Plural the name
	// of many ("messages"), also in GraphQL after camel-casing.
	Type, Plural string
	// Table is the database table.
	Table string
	// Path is the last element of the REST path ("messages").
	Path string
	// Description is for API documents; it may be empty.
	Description string
	// Attributes are the stored and the calculated attributes in declared order.
	Attributes []*Attribute
	// Primary is the attribute of the primary key.
	Primary *Attribute
	// Relationships, Identities, Actions, Policies and Publications are in declared order.
	Relationships []*Relationship
	Identities    []*Identity
	Actions       []*Action
	Policies      []*Policy
	// FieldPolicies say who sees which fields of a record that is seen; their
	// Actions are nil.
	FieldPolicies []*Policy
	Publications  []*Publication
	// Choices are relationships of which a record has exactly one each.
	Choices []*Choice
	// Filter holds for every record that an action finds, apart from those
	// that are Unfiltered; nil means all.
	Filter expr.Node
	// Tenant says how the records are kept apart by tenant; nil means not at all.
	Tenant *Tenancy
	// SQL is what the expressions of the declaration write in SQL of their own.
	SQL []WrittenSQL
	// Storage is what else the database is to have.
	Storage Storage

	shape   *structs.Struct
	probe   *structs.Probe
	columns []*Attribute
	eager   []*Attribute             // columns that are not lazy
	byName  map[string]any           // Go name → *Attribute or *Relationship
	byJSON  map[string]any           // JSON name → *Attribute or *Relationship
	all     map[string]*Relationship // to all records of each resource, the same for all

	attached []any
	verify   []verification
}

// New is a pointer to a new zero record, a *T.
func (r *Resource) New() any { return r.shape.New() }

// Is reports whether rec is a record of r: a *T.
func (r *Resource) Is(rec any) bool { return r.shape.Is(rec) }

// Probe is the *T whose field addresses stand for the fields in queries.
func (r *Resource) Probe() any { return r.probe.Value }

// Attribute is the attribute with that Go name, or nil.
func (r *Resource) Attribute(name string) *Attribute {
	a, _ := r.byName[name].(*Attribute)
	return a
}

// Relationship is the relationship with that Go name, or nil.
func (r *Resource) Relationship(name string) *Relationship {
	if rel, ok := r.byName[name].(*Relationship); ok {
		return rel
	}
	return r.all[name]
}

// PublicAttribute is the public attribute with that JSON name, or nil.
func (r *Resource) PublicAttribute(json string) *Attribute {
	if a, _ := r.byJSON[json].(*Attribute); a != nil && !a.Private {
		return a
	}
	return nil
}

// PublicRelationship is the public relationship with that JSON name, or nil.
func (r *Resource) PublicRelationship(json string) *Relationship {
	if rel, _ := r.byJSON[json].(*Relationship); rel != nil && !rel.Private {
		return rel
	}
	return nil
}

// Columns are the stored attributes in declared order. The slice must not be changed.
func (r *Resource) Columns() []*Attribute {
	if r.columns != nil {
		return r.columns
	}
	out := make([]*Attribute, 0, len(r.Attributes))
	for _, a := range r.Attributes {
		if a.Expr == nil {
			out = append(out, a)
		}
	}
	return out
}

// Action is the action of that name, or nil.
func (r *Resource) Action(name string) *Action {
	for _, a := range r.Actions {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// PrimaryAction is the action of that kind which is used when none is named:
// the one declared Primary, or else the only one of its kind that is not
// Unfiltered; nil if there is none.
func (r *Resource) PrimaryAction(kind ActionKind) *Action {
	var only *Action
	n := 0
	for _, a := range r.Actions {
		if a.Kind != kind {
			continue
		}
		if a.Primary {
			return a
		}
		if !a.Unfiltered {
			only = a
			n++
		}
	}
	if n == 1 {
		return only
	}
	return nil
}

// Attribute is one value of a record, or one argument of an action.
type Attribute struct {
	// Name is the Go name.
	Name string
	// Column is the database column; empty for calculations and arguments.
	Column string
	// Was is the former name of the column, for migrations; empty without.
	Was string
	// JSON and GraphQL are the names in documents and inputs.
	JSON, GraphQL string
	// Description is for API documents; it may be empty.
	Description string
	// Type is the type of the value.
	Type structs.Type
	// Enum lists the allowed texts of a string with a closed set of values; else nil.
	Enum []string
	// EnumValues are what the Go type tells of the texts of Enum; else nil.
	EnumValues []EnumValue
	// TypeDescription is what the Go type tells of its values; else nil.
	TypeDescription *TypeDescription
	// Element describes the elements of a list, also of a list of documents;
	// nil for all others.
	Element *Attribute
	// Object describes the members of a document that is a struct; nil for all
	// others.
	Object *Object
	// Union describes the variants of an attribute whose Go type is an
	// interface of the application; nil for all others.
	Union *UnionType
	// Rules are the checks of the validate tag, in order.
	Rules []Rule
	// Tag is the validate tag as written, for the validator; empty without rules.
	Tag string
	// Expr makes a calculation: the value is computed, never stored. It is nil for stored attributes.
	Expr expr.Node
	// Arguments are those of a calculation, which whoever asks for it gives.
	Arguments []*Attribute
	// Compute makes a calculation that code of the application computes; its
	// Expr is NULL. Nil for all others.
	Compute *Computation
	// Primary marks the primary key.
	Primary bool
	// Private attributes are never seen or set through REST, GraphQL and forms.
	Private bool
	// Sensitive values never appear in logs and errors.
	Sensitive bool
	// NoFilter keeps clients from filtering by the attribute, NoSort from sorting
	// by it; each of them keeps clients from grouping by it.
	NoFilter, NoSort bool
	// Lazy values are read only when a caller names them. A record that was
	// read without one has the zero value.
	Lazy bool
	// Immutable values are set on create and refused in updates.
	Immutable bool
	// Required inputs must be given in a create and must not be null or zero.
	Required bool
	// Unique values may appear once in the table, or once for each tenant.
	Unique bool
	// Indexed asks the data layer for an index.
	Indexed bool
	// Generated values are made by the database where a create has none: those
	// of integer primary keys, running numbers, and of a DatabaseDefault.
	Generated bool
	// DatabaseDefault is the expression by which the database makes the
	// values; nil for all others, also where it numbers the records.
	DatabaseDefault *DatabaseValue
	// IgnoresCase makes comparisons, sorts and identities take upper and lower
	// case for the same.
	IgnoresCase bool
	// Trim removes spaces at both ends of the text.
	Trim bool
	// NullIfEmpty makes NULL of an input that is an empty text.
	NullIfEmpty bool
	// Stamp says when the engine itself sets the time.
	Stamp Stamp
	// Default makes the canonical value for an input that is missing; nil
	// means the zero value of the Go type, NULL where nullable.
	Default func() any
	// UpdateDefault makes the canonical value that an update sets where the
	// input is missing, no change sets one, and something else changes; nil
	// keeps the old one.
	UpdateDefault func() any
	// Index is the position in Resource.Attributes or Action.Arguments.
	Index int

	field *structs.Field
	input *structs.Struct // of Arguments
	given map[string]any
	of    *Attribute // see Discriminator
	// uniqueEverywhere is "unique=all_tenants".
	uniqueEverywhere bool
}

// Stamp says when an attribute gets the present time by itself.
type Stamp uint8

// The stamps. On create both get the same instant.
const (
	NoStamp Stamp = iota
	Created
	Updated
)

// Get is the canonical value of the attribute in rec, nil for NULL.
func (a *Attribute) Get(rec any) any { return a.field.Get(rec) }

// Value is the canonical value of a member in doc, a document as it is
// canonical: a struct.
func (a *Attribute) Value(doc any) any { return a.field.Get(structs.Pointer(doc)) }

// Set stores a canonical value, nil for NULL, in rec.
func (a *Attribute) Set(rec, v any) error { return a.field.Set(rec, v) }

// Ptr is a typed pointer to the attribute in rec, for database drivers.
func (a *Attribute) Ptr(rec any) any { return a.field.Ptr(rec) }

// NewPtr is a pointer to a new value of the attribute's Go type without a
// pointer of its own, for decoders; Type.ValueOf reads it.
func (a *Attribute) NewPtr() any { return a.Type.NewPtr() }

// Relationship leads from a resource to another.
type Relationship struct {
	// Name is the Go name; JSON and GraphQL are the names in documents.
	Name, JSON, GraphQL string
	Description         string
	Kind                RelationshipKind
	// Resource is where the relationship starts, Target where it leads.
	Resource, Target *Resource
	// Source is the attribute of Resource and Destination the attribute of
	// Target whose equality relates two records. For ManyToMany both are
	// primary keys, and the join records tie them together.
	Source, Destination *Attribute
	// Through is the join resource of ManyToMany; its ThroughSource equals
	// Source, its ThroughDestination equals Destination.
	Through                           *Resource
	ThroughSource, ThroughDestination *Attribute
	// Steps are the relationships along which a HasOne or HasMany leads, one
	// after the other. It has then no Source and no Destination; nor does one
	// that Filter alone relates.
	Steps []*Relationship
	// Filter limits the related records, nil for none; Sort orders them where
	// nothing else is asked for, and Limit, where it is not zero, keeps the
	// first of them. They are expressions in the scopes of Scopes.
	Filter expr.Node
	Sort   []expr.Order
	Limit  int
	// Finder is how code of the application finds the related records; nil where
	// the database does. There is then nothing else that relates them.
	Finder *Finder
	// JoinFilter limits the join records of a ManyToMany, in their own scope.
	// It is set in bound copies alone: it leaves out what is not seen.
	JoinFilter expr.Node
	// OnDelete is what the database does to a BelongsTo record when the
	// record it belongs to is deleted.
	OnDelete OnDelete
	// Private relationships are not seen through REST and GraphQL.
	Private bool
	// Index is the position in Resource.Relationships.
	Index int

	field *structs.Field
	// joined tells that Filter or Sort may speak of the join record.
	joined bool
	// correlated is told by Correlated.
	correlated bool
	// seen is told by Seen; nil where it is the relationship itself. twin is
	// told by IsSeen.
	seen *Relationship
	twin bool
	// all is told by All.
	all bool
}

// RelationshipKind is how many records are related, and where the key is.
type RelationshipKind uint8

// The kinds of relationships.
const (
	BelongsTo RelationshipKind = iota
	HasOne
	HasMany
	ManyToMany
)

// OnDelete is what happens to records when the one they belong to is deleted.
type OnDelete string

// The behaviours; the zero value refuses the deletion.
const (
	Restrict OnDelete = ""
	Cascade  OnDelete = "cascade"
	Nilify   OnDelete = "nilify"
)

// Many reports whether the relationship leads to a list.
func (r *Relationship) Many() bool { return r.Kind == HasMany || r.Kind == ManyToMany }

// SetOne stores child, a pointer to a record or nil, in rec. A relationship
// that the struct has no field for, an inverse, is not stored.
func (r *Relationship) SetOne(rec, child any) {
	if r.field != nil {
		r.field.SetOne(rec, child)
	}
}

// SetMany stores copies of the records that children point at in rec, like SetOne.
func (r *Relationship) SetMany(rec any, children []any) {
	if r.field != nil {
		r.field.SetMany(rec, children)
	}
}

// Loaded is the related records held by rec and whether any were loaded: for
// a to-one relationship a nil pointer counts as not loaded.
func (r *Relationship) Loaded(rec any) ([]any, bool) {
	if r.field == nil {
		return nil, false
	}
	if r.Many() {
		return r.field.Many(rec)
	}
	if one := r.field.One(rec); one != nil {
		return []any{one}, true
	}
	return nil, false
}

// Identity is a set of attributes whose values together appear once.
type Identity struct {
	// Name names the constraint: "table_name_key" in the database.
	Name       string
	Attributes []*Attribute
	// AllTenants makes the values appear once among all tenants, not for each.
	AllTenants bool

	tenant *Attribute
}

// Publication sends an event to a topic after each successful write.
type Publication struct {
	// Topic is the middle part of "type:topic:value".
	Topic string
	// By are the attributes whose values end the topic, in order.
	By []*Attribute
	// Payload makes of a record what events to the topic carry; nil for nothing.
	Payload func(rec any) any
	// only are the names of the actions; nil means all.
	only []string
}

// Covers reports whether events of the action are published.
func (p *Publication) Covers(a *Action) bool { return p.only == nil || slices.Contains(p.only, a.Name) }

// Values are those that end the topic for a record; ok is false where one is null.
func (p *Publication) Values(rec any) (values []any, ok bool) {
	for _, a := range p.By {
		v := a.Get(rec)
		if v == nil {
			return nil, false
		}
		values = append(values, v)
	}
	return values, true
}

// Object is a struct that is no record: the result of a generic action, or a
// document in an attribute or an argument.
type Object struct {
	// Name names the GraphQL type and the schema: "SignInResult". That of a
	// document is its Go name, empty where it has none.
	Name string
	// Attributes are the plain values.
	Attributes []*Attribute
	// Records are the members that hold records.
	Records []*Member
}

// Member is a part of an Object that holds a record, or several.
type Member struct {
	Name, JSON, GraphQL string
	Target              *Resource
	Many                bool
	field               *structs.Field
}

// Get is the records in v, a pointer to the object: none, one or many.
func (m *Member) Get(v any) []any {
	if m.Many {
		out, _ := m.field.Many(v)
		return out
	}
	if one := m.field.One(v); one != nil {
		return []any{one}
	}
	return nil
}
