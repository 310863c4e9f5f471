package expr

// Node is one node of an expression tree. The kinds are Literal, List, Ref,
// Field, Actor, Argument, Fact, Call, Related (not yet resolved) and Aggregate.
type Node interface{ node() }

// Literal is a constant. Value is nil for NULL and otherwise a canonical
// value: bool, int64, float64, string, []byte, time.Time, time.Duration,
// civil.Date, uuid.UUID, decimal.Decimal, a []any of such values, which is a
// list, or a Go value stored as JSON.
type Literal struct{ Value any }

// List is a constant list of canonical values, the right side of OpIn.
type List struct{ Values []any }

// Ref is a typed pointer that nobody has resolved yet. It becomes a Field,
// an Actor, an Argument or, when it points into no probe, a Literal.
type Ref struct {
	// Ptr is the pointer as it was given, for example *string.
	Ptr any
	// Deref reads what Ptr points at.
	Deref func() any
	// Args is a pointer to the arguments of a calculation, or nil.
	Args any
}

// Field is a resolved reference to an attribute, a calculation or a
// relationship of the record at hand.
type Field struct {
	// Up says how many enclosing records outwards the reference goes:
	// 0 is the innermost record, 1 the one around a Some or an aggregate.
	Up int
	// Path is the chain of to-one relationships, by Go name, that leads to
	// the record with the field. Empty means the record itself.
	Path []string
	// Name is the Go name of the field.
	Name string
	// Args are the arguments of a calculation by Go name, nil for its defaults.
	Args map[string]any
}

// Actor is a field of the actor of the call. An empty Name asks whether
// there is an actor at all (a bool).
type Actor struct {
	// Type is the full name of the struct that the actor must be.
	Type string
	// Name is the Go name of the field.
	Name string
}

// Argument is an argument of the action, by its Go name.
type Argument struct{ Name string }

// Fact is a condition on the call itself and on no record: it is known before
// a query is sent, and bound then. Package resource makes facts.
type Fact struct {
	// Name says for people what is asked.
	Name string
	// Ask is a pointer to how it is found out.
	Ask any
}

// Call applies an operator or a function to its arguments.
type Call struct {
	Op   Op
	Args []Node
}

// Related is an aggregate as it was written; it resolves to an Aggregate.
type Related struct {
	Kind AggregateKind
	// Distinct is as in Aggregate.
	Distinct bool
	// Rel refers to the to-many relationship.
	Rel Ref
	// Record makes a record of the resource whose records are meant, all of
	// them, where Rel refers to no relationship; nil where it does.
	Record func() any
	// Of builds the aggregated value from a probe of the related resource.
	// It is nil for AggregateCount and AggregateExists.
	Of func(probe any) Node
	// Where builds the filter; nil means all related records.
	Where func(probe any) Node
	// Sort builds the order for AggregateFirst and AggregateList.
	Sort func(probe any) []Order
}

// Aggregate condenses the related records to one value.
type Aggregate struct {
	Kind AggregateKind
	// Distinct has AggregateCount count, and AggregateList list, each value
	// once; the list is then in the order of its values.
	Distinct bool
	// Up and Path are as in Field; the last step of Path is the to-many relationship.
	Up   int
	Path []string
	// Of is the aggregated value, in the scope of the related record.
	Of Node
	// Where filters the related records, in their scope; nil means all.
	Where Node
	// Sort orders them for AggregateFirst and AggregateList; ties are broken by
	// the primary key.
	Sort []Order
}

// AggregateKind says how an Aggregate condenses its records.
type AggregateKind string

// The kinds of aggregates. Over no records AggregateCount is 0,
// AggregateExists is false, AggregateList is empty and the others are NULL, as
// in SQL. AggregateCount with a value counts those that are not NULL, and
// AggregateList lists them.
const (
	AggregateCount  AggregateKind = "count"
	AggregateExists AggregateKind = "exists"
	AggregateMin    AggregateKind = "min"
	AggregateMax    AggregateKind = "max"
	AggregateSum    AggregateKind = "sum"
	AggregateAvg    AggregateKind = "avg"
	AggregateFirst  AggregateKind = "first"
	AggregateList   AggregateKind = "list"
	// AggregateWritten is what the OpSQL in Of says.
	AggregateWritten AggregateKind = "sql"
)

// Order is one key of a sort.
type Order struct {
	Node Node
	// Descending reverses the order.
	Descending bool
	// NullsFirst puts NULLs before all values, otherwise they come last,
	// in both directions and on every database.
	NullsFirst bool
}

func (Literal) node()    {}
func (List) node()       {}
func (Ref) node()        {}
func (Field) node()      {}
func (Actor) node()      {}
func (Argument) node()   {}
func (Fact) node()       {}
func (Call) node()       {}
func (*Related) node()   {}
func (*Aggregate) node() {}

// Op names an operator or a function.
type Op string

// The operators and functions. Unless it says otherwise, an operator with a
// NULL argument gives NULL.
const (
	OpEq         Op = "eq"
	OpNe         Op = "ne"
	OpLt         Op = "lt"
	OpLe         Op = "le"
	OpGt         Op = "gt"
	OpGe         Op = "ge"
	OpIn         Op = "in"       // value, List
	OpIsNull     Op = "is_null"  // never NULL
	OpNotNull    Op = "not_null" // never NULL
	OpAnd        Op = "and"      // any number of arguments; Kleene logic
	OpOr         Op = "or"       // any number of arguments; Kleene logic
	OpNot        Op = "not"
	OpDistinct   Op = "is_distinct_from" // never NULL; NULL is a value like others
	OpAdd        Op = "add"
	OpSub        Op = "sub"
	OpMul        Op = "mul"
	OpDiv        Op = "div" // integers divide as in Go, towards zero; by zero gives NULL
	OpMod        Op = "mod" // sign of the dividend, as in Go; by zero gives NULL
	OpNeg        Op = "neg"
	OpAbs        Op = "abs"
	OpConcat     Op = "concat"
	OpLower      Op = "lower" // ASCII letters on SQLite, by locale on PostgreSQL
	OpUpper      Op = "upper"
	OpFold       Op = "fold"        // OpLower within a comparison that ignores case; OpIn folds its list too
	OpTrim       Op = "trim"        // spaces at both ends
	OpLength     Op = "length"      // characters of a text, elements of a list
	OpContains   Op = "contains"    // text, part: case-sensitive, no wildcards
	OpStartsWith Op = "starts_with" // text, part: case-sensitive, no wildcards
	OpEndsWith   Op = "ends_with"   // text, part: case-sensitive, no wildcards
	OpHas        Op = "has"         // list, value
	OpHasAny     Op = "has_any"     // list, list: they have an element in common
	OpHasAll     Op = "has_all"     // list, list: all of the second are in the first
	OpCoalesce   Op = "coalesce"    // first argument that is not NULL
	OpIf         Op = "if"          // condition, then, else; an unknown condition takes else
	OpVariant    Op = "variant"     // union, Literal of its Variants: the name of the variant
	OpRound      Op = "round"       // halves away from zero
	OpFloor      Op = "floor"
	OpCeil       Op = "ceil"
	OpPosition   Op = "position"   // text, part: counted from 1, 0 where it is not there
	OpReplace    Op = "replace"    // text, old, new; an empty old replaces nothing
	OpSubstring  Op = "substring"  // text, start from 1, length
	OpSplitPart  Op = "split_part" // text, separator, number from 1; empty where there are fewer
	OpAddTime    Op = "add_time"   // time, duration, which counts in whole microseconds
	OpAddUnits   Op = "add_units"  // time, number, unit: by the calendar of UTC, days beyond a month are its last
	OpElapsed    Op = "elapsed"    // time, later time
	OpExtract    Op = "extract"    // time, part, zone
	OpStartOf    Op = "start_of"   // time, unit, zone: the moment at which the unit around it begins
	// OpStartOfDate takes a date and a unit: the first day of the unit around it.
	OpStartOfDate Op = "start_of_date"
	// OpSQL takes a Written and its arguments: the database computes it.
	OpSQL Op = "sql"
	OpNow Op = "now" // the time of the call, bound before the query is sent
	// OpWithoutPolicies is its argument as policies see it, bound before the query is sent.
	OpWithoutPolicies Op = "without_policies"
)
