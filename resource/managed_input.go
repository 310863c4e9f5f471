package resource

import "slices"

// Manage notes that the managed input of a relationship is given, for checks
// that ask.
func (c *Changeset) Manage(rel *Relationship) { c.managed = append(c.managed, rel) }

func (c *Changeset) manages(rel *Relationship) bool {
	return c != nil && slices.Contains(c.managed, rel)
}

// managesKey reports whether a managed input decides on the key of a belongs_to.
func (c *Changeset) managesKey(a *Attribute) bool {
	return slices.ContainsFunc(c.managed, func(rel *Relationship) bool { return rel.Kind == BelongsTo && rel.Source == a })
}
