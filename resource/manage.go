package resource

import "slices"

// Managed is an input of a create or update action that holds related
// records: what becomes of each is said by how it was declared, see
// WriteBuilder.Manage. The frozen model of one Manage.
type Managed struct {
	// Name is the Go name of the relationship; JSON and GraphQL are the names
	// of the input in documents.
	Name, JSON, GraphQL string
	// Description is for API documents; it may be empty.
	Description string
	// Relationship leads from the resource of the action to the records.
	Relationship *Relationship
	// OnLookup is what happens to a record that is named and not yet related,
	// OnNoMatch to one that is not there, OnMatch to one that is related
	// already, and OnMissing to a related one that the input does not name.
	OnLookup, OnNoMatch, OnMatch, OnMissing Handling
	// Create, Update and Destroy are the actions of the target that do it; nil
	// where none is needed.
	Create, Update, Destroy *Action
	// Join, Rejoin and Unjoin are the create, update and destroy actions of
	// the records that tie a ManyToMany together; nil where none is needed.
	Join, Rejoin, Unjoin *Action
	// Lookups are the sets of attributes that find a record, the primary key
	// first. They are nil where no record is ever looked for.
	Lookups [][]*Attribute
	// JoinInputs are the attributes of the joining records that are inputs.
	JoinInputs []*Attribute
	// Order is the attribute that gets the position of each record; nil for none.
	Order *Attribute
	// Required inputs must be given: the key of a BelongsTo cannot be null.
	Required bool
	// Nested are the inputs of each record.
	Nested *Nested

	how   *Manage
	owner *Action
}

// Many reports whether the input is a list.
func (m *Managed) Many() bool { return m.Relationship.Many() }

// Target is the resource of the records.
func (m *Managed) Target() *Resource { return m.Relationship.Target }

// Nested are the inputs of one record in a Managed: those by which it is
// looked up, those of the actions that make or change it, and those of the
// record that joins it.
type Nested struct {
	// Name names the inputs in documents: "OpenTicketComments".
	Name string
	// Target is what the inputs are for.
	Target *Resource
	// Keys find a record. They are among Inputs, and are nil where no record is looked for.
	Keys []*Attribute
	// Inputs are the plain inputs, each JSON name once.
	Inputs []*Attribute
	// Managed are the inputs that hold records in turn.
	Managed []*Managed
	// Scalar is the primary key where a key alone may stand for a record; else nil.
	Scalar *Attribute

	creates *Action // where each record is made
}

// Input is the plain input with that JSON name, or nil.
func (n *Nested) Input(json string) *Attribute {
	for _, in := range n.Inputs {
		if in.JSON == json {
			return in
		}
	}
	return nil
}

// Manages is the input with that JSON name that holds records, or nil.
func (n *Nested) Manages(json string) *Managed { return manages(n.Managed, json) }

// Needs reports whether each record needs the input: where records are made
// and never looked up.
func (n *Nested) Needs(in *Attribute) bool {
	if n.creates == nil || !in.Required || in.Default != nil {
		return false
	}
	if n.creates.IsArgument(in) {
		return true
	}
	return n.creates.Accepts(in) && !slices.ContainsFunc(n.creates.Steps, func(s Step) bool { return s.Set == in })
}

// KeysOnly reports whether a record is named and nothing more is said of it:
// documents then show a key in its place.
func (n *Nested) KeysOnly() bool {
	return n.Scalar != nil && len(n.Inputs) == 1 && len(n.Managed) == 0
}

// Manages is the input of the action with that JSON name that holds related
// records, or nil.
func (a *Action) Manages(json string) *Managed { return manages(a.Managed, json) }

func manages(list []*Managed, json string) *Managed {
	for _, m := range list {
		if m.JSON == json {
			return m
		}
	}
	return nil
}

// Handling is what becomes of a record in a managed input.
type Handling string

// The handlings. Which of them suit which event is told at start.
const (
	// DoIgnore leaves the record alone.
	DoIgnore Handling = "ignore"
	// DoError refuses the input.
	DoError Handling = "error"
	// DoRelate relates a record that was looked up.
	DoRelate Handling = "relate"
	// DoRelateAndUpdate does so and updates it with its inputs.
	DoRelateAndUpdate Handling = "relate_and_update"
	// DoCreate makes the record.
	DoCreate Handling = "create"
	// DoUpdate updates the record with its inputs.
	DoUpdate Handling = "update"
	// DoUnrelate keeps the record and ends the relation.
	DoUnrelate Handling = "unrelate"
	// DoDestroy destroys the record.
	DoDestroy Handling = "destroy"
)

// Manage is how related records are written with a record. It is a value:
// each method returns a changed copy.
type Manage struct {
	kind                                    string
	onLookup, onNoMatch, onMatch, onMissing Handling
	create, update, destroy                 string
	join, rejoin, unjoin                    string
	by                                      []string
	joinInputs                              []string
	order                                   string
	where                                   string
}

// Append relates the records that are named to those that are there already.
func Append() Manage {
	return Manage{kind: "append", onLookup: DoRelate, onNoMatch: DoError, onMatch: DoIgnore, onMissing: DoIgnore}
}

// AppendAndRemove makes the related records those that are named: others are
// unrelated, not destroyed.
func AppendAndRemove() Manage {
	return Manage{kind: "append_and_remove", onLookup: DoRelate, onNoMatch: DoError, onMatch: DoIgnore, onMissing: DoUnrelate}
}

// Remove unrelates the records that are named.
func Remove() Manage {
	return Manage{kind: "remove", onLookup: DoError, onNoMatch: DoError, onMatch: DoUnrelate, onMissing: DoIgnore}
}

// DirectControl makes the related records what the input says: those with a
// key are updated, others are made, and those that are missing are destroyed.
func DirectControl() Manage {
	return Manage{kind: "direct_control", onLookup: DoIgnore, onNoMatch: DoCreate, onMatch: DoUpdate, onMissing: DoDestroy}
}

// Creating makes a new related record of each input.
func Creating() Manage {
	return Manage{kind: "create", onLookup: DoIgnore, onNoMatch: DoCreate, onMatch: DoIgnore, onMissing: DoIgnore}
}

// OnLookup is what happens to a record that is named and not yet related:
// DoRelate, DoRelateAndUpdate, DoError, or DoIgnore, which does not look.
func (m Manage) OnLookup(h Handling) Manage { m.onLookup = h; return m }

// OnNoMatch is what happens where no record is found: DoCreate, DoError or DoIgnore.
func (m Manage) OnNoMatch(h Handling) Manage { m.onNoMatch = h; return m }

// OnMatch is what happens to a record that is related already: DoUpdate,
// DoIgnore, DoError, DoUnrelate or DoDestroy.
func (m Manage) OnMatch(h Handling) Manage { m.onMatch = h; return m }

// OnMissing is what happens to a related record that the input does not name:
// DoDestroy, DoUnrelate, DoIgnore or DoError.
func (m Manage) OnMissing(h Handling) Manage { m.onMissing = h; return m }

// CreateWith names the create action of the target; without it, it is the
// primary one. So do UpdateWith and DestroyWith for the other kinds.
func (m Manage) CreateWith(action string) Manage { m.create = action; return m }

// UpdateWith names the update action of the target.
func (m Manage) UpdateWith(action string) Manage { m.update = action; return m }

// DestroyWith names the destroy action of the target.
func (m Manage) DestroyWith(action string) Manage { m.destroy = action; return m }

// JoinWith names the create, update and destroy actions of the records that
// join a many_to_many relationship; an empty name means the primary one.
func (m Manage) JoinWith(create, update, destroy string) Manage {
	m.join, m.rejoin, m.unjoin = create, update, destroy
	return m
}

// By lets records be looked up by these identities of the target too, in this
// order, besides the primary key.
func (m Manage) By(identities ...string) Manage {
	m.by = append(slices.Clip(m.by), identities...)
	return m
}

// JoinInputs makes fields of the joining records, by their Go names, inputs
// beside those of the related record. The actions that write the joining
// records must accept them.
func (m Manage) JoinInputs(fields ...string) Manage {
	m.joinInputs = append(slices.Clip(m.joinInputs), fields...)
	return m
}

// OrderKey gives the field of the target with this Go name, an integer, the
// position of each record in the input, from 0.
func (m Manage) OrderKey(field string) Manage { m.order = field; return m }

// Manage makes related records an input of the action: a list of them, or one
// for a to-one relationship, under the name of the relationship. How says what
// becomes of them. They are written by actions of their own resource, with all
// its rules and policies, in the transaction of the action: a record that this
// one belongs to before it, others after it. An input that is not given
// changes nothing.
//
//go:noinline
func (b *WriteBuilderOf[P]) Manage(relationship any, how Manage) *WriteBuilderOf[P] {
	if b.a.Kind == Destroy {
		b.d.fault(codeAction, b.a.Name, "a destroy writes no related records", "cascade to them by CascadeDestroy or CascadeUpdate, or say on_delete")
		return b
	}
	rel := b.d.relationship(b.a.Name, relationship)
	if rel == nil {
		return b
	}
	if b.a.manages(rel) != nil {
		b.d.fault(codeAction, b.a.Name, rel.Name+" is managed twice", "")
		return b
	}
	how.where = where()
	b.a.Managed = append(b.a.Managed, &Managed{
		Name: rel.Name, JSON: rel.JSON, GraphQL: rel.GraphQL, Description: rel.Description, Relationship: rel,
		OnLookup: how.onLookup, OnNoMatch: how.onNoMatch, OnMatch: how.onMatch, OnMissing: how.onMissing,
		how: &how, owner: b.a,
	})
	return b
}

func (a *Action) manages(rel *Relationship) *Managed {
	for _, m := range a.Managed {
		if m.Relationship == rel {
			return m
		}
	}
	return nil
}

// relationship is the relationship of the resource itself that ptr points at,
// or nil after a fault.
func (d *declaration) relationship(what string, ptr any) *Relationship {
	t, ok := d.res.probe.Find(ptr)
	switch {
	case !ok:
		d.fault(codeField, what, "a pointer is no field of "+d.res.Name, "take it from the receiver of Define, and do not copy that")
	case len(t.Path) == 0 && t.Field != nil:
		if rel := d.res.Relationship(t.Field.Name); rel != nil {
			return rel
		}
		d.fault(codeField, what, t.Field.Name+" is no relationship", "")
	default:
		// A pointer to the struct behind a to-one relationship, or beyond.
		d.fault(codeField, what, "the pointer leads to another record", "point at the field of the relationship itself")
	}
	return nil
}
