package datalayer

import (
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Query asks for records of one resource and what is related to them. All
// expressions are resolved and bound: they hold no Ref, Actor, Argument or OpNow.
type Query struct {
	Resource *resource.Resource
	// Select are the attributes that each row has: stored ones, and those with
	// an Expr, which is bound and may differ from that of the model. The
	// position in Select is the column number of Rows. Attributes without a
	// Name are for cursors: they are read by Value alone.
	Select []*resource.Attribute
	// Combine has the query be about the records that several reads add up to,
	// from left to right; none means about all records. Where and everything
	// else is about them. Where one Repeats, there is no Seek with values.
	Combine []Part
	// Where is the condition; nil means all records.
	Where expr.Node
	// Sort orders the rows; the primary key is added as the last key where it is missing.
	Sort []expr.Order
	// Limit is the largest number of rows; 0 means no limit. Offset skips rows first.
	Limit, Offset int
	// Seek starts or ends the rows at a place in the order; nil means the beginning.
	Seek *Seek
	// More asks whether rows follow the last one, Count for the number of rows without cuts.
	More, Count bool
	// Include asks for related records.
	Include []Include
	// Group asks for groups of the records instead; nil means for the records.
	// Select is then its Columns, Count is for the number of groups, and there
	// is no Seek, Include and Lock.
	Group *Group
	// Distinct keeps the first of the records with the same values; nil keeps
	// all. It is not set within an Include.
	Distinct *Distinct
	// Lock keeps others from changing the rows until the transaction ends.
	// It is only set within a Tx, and without Include.
	Lock bool
	// Relations are the relationships that the expressions and Include follow.
	Relations Relations
	// Tenant is whose records there are, also within expressions.
	Tenant Tenant
}

// Distinct tells records apart by values, where NULL is a value like others.
// Of those for which Where holds and whose values of On are the same, the
// first in the order of Sort is kept; ties are broken by the primary key.
type Distinct struct {
	On   []expr.Node
	Sort []expr.Order
}

// Seek is a place in the order of a query: between the row with these values
// and the next one.
type Seek struct {
	// Values are the canonical values of the sort keys, in order, and last
	// the primary key where Sort does not have it already. With Before, no
	// values mean the end of all rows: the last Limit rows are wanted.
	Values []any
	// Before asks for the rows that end at the place, the nearest ones;
	// otherwise for the rows that begin after it.
	Before bool
}

// Include asks for the records that Relationship leads to. Query.Resource is
// the relationship's target; its Limit, Offset, Seek and Count are for each
// row on its own. A to-one relationship has neither sort nor limits. Where
// the query has the Sort of the relationship itself, its keys are in the
// scopes of Relationship.Scopes.
type Include struct {
	Relationship *resource.Relationship
	Query        *Query
}

// Insert stores new records.
type Insert struct {
	Resource *resource.Resource
	// Columns are the attributes given, Rows their canonical values, one list a record.
	Columns []*resource.Attribute
	Rows    [][]any
	// Return are the attributes of the result; stored ones only.
	Return []*resource.Attribute
	// Conflict says what becomes of a record that is there already; nil makes
	// it a *ConstraintError.
	Conflict *Conflict
	// Tenant is whom the records must belong to, and whose an existing one must be.
	Tenant Tenant
}

// Conflict makes an Insert change the record that is there already, with the
// same values of Identity, instead of storing another one.
type Conflict struct {
	// Identity are the attributes of the primary key or of an identity.
	Identity []*resource.Attribute
	// Update are the attributes, among those inserted and at least one, that
	// the existing record takes over.
	Update []*resource.Attribute
	// Set are literals that the existing record gets besides.
	Set []Assignment
	// Where is a condition on the existing record; one for which it does not
	// hold stays as it is and is not returned. Nil means always.
	Where     expr.Node
	Relations Relations
}

// Assignment gives an attribute a new value.
type Assignment struct {
	Attribute *resource.Attribute
	// Value is a Literal or an expression over the old values of the record.
	Value expr.Node
}

// Update changes the records for which Where holds.
type Update struct {
	Resource  *resource.Resource
	Where     expr.Node
	Relations Relations
	Set       []Assignment
	// Each gives single records values of their own, besides Set; nil gives none.
	Each *Each
	// Return are the attributes of the result; stored ones only.
	Return []*resource.Attribute
	// Tenant is whose records there are, also within expressions.
	Tenant Tenant
}

// Each are values that differ from record to record: the one with the primary
// key Keys[i] gets the canonical values Rows[i] of Columns. Other records do not
// match the update. No key occurs twice.
type Each struct {
	Keys    []any
	Columns []*resource.Attribute
	Rows    [][]any
}

// Delete removes the records for which Where holds.
type Delete struct {
	Resource  *resource.Resource
	Where     expr.Node
	Relations Relations
	// Return are the attributes of the result; stored ones only.
	Return []*resource.Attribute
	// Tenant is whose records there are, also within expressions.
	Tenant Tenant
}
