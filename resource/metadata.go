package resource

import "github.com/congago/conga/internal/structs"

// Meta is what calls of one action tell besides the record, see Metadata.
type Meta[M any] struct{ a *Action }

// Metadata declares that the action tells its callers a value of M besides the
// record: a token with a new session, the facets of a search. Changes and hooks
// of the action, and its function where it is manual, fill it in by Meta.Of;
// of a read the Prepare hooks do so. The members of M are for everybody who may call the action.
func Metadata[M any](action interface{ builder() *actionBuilder }) Meta[M] {
	b := action.builder()
	shape := structs.Of[M]()
	b.d.metadata(b.a, shape)
	return Meta[M]{b.a}
}

// Of is the value that the call of the changeset tells, to be filled in. For
// reads the changeset is that of Preparation.Inputs and ManualRead.Inputs. Where
// nobody asks for it the call tells nothing; a changeset of another action has
// nothing to tell, and gets a value that nobody sees.
func (m Meta[M]) Of(c *Changeset) *M {
	if told, ok := c.metadata.(*M); ok && c.Action == m.a {
		return told
	}
	told := new(M)
	if c.Action == m.a {
		c.metadata = told
	}
	return told
}

// Metadata is a pointer to what the call tells besides the record, nil for nothing.
func (c *Changeset) Metadata() any { return c.metadata }

func (d *declaration) metadata(a *Action, shape *structs.Struct) {
	switch {
	case a.Kind == Generic:
		d.fault(codeAction, a.Name, "a generic action has no metadata: it returns what it likes", "put it into the result")
		return
	case a.Metadata != nil:
		d.fault(codeAction, a.Name, "the action has metadata already", "put all of it in one struct")
	}
	for _, f := range shape.Faults {
		d.fault(codeStruct, a.Name+" metadata "+f.Field, f.Message, "")
	}
	for _, f := range shape.Fields {
		if f.Role != structs.Column {
			d.fault(codeAction, a.Name, "metadata "+f.Name+" holds records", "metadata is plain values: tell the keys, or load a relationship")
		}
	}
	a.Metadata = &Object{Name: shape.Name, Attributes: d.attributes(a.Name, shape)}
}

// metaName is the member of documents that has the metadata.
const metaName = "meta"

// checkMetadata refuses metadata that would have the name of something else in documents.
func (c *compiler) checkMetadata(r *Resource) {
	for _, a := range r.Actions {
		if a.Metadata == nil {
			continue
		}
		refuse := func(message, hint string) {
			c.faults = append(c.faults, Diagnostic{Code: codeName, Where: a.Where, Field: r.label() + "." + a.Name, Message: message, Hint: hint})
		}
		if r.byJSON[metaName] != nil {
			refuse("the action has metadata, and the resource a field that is called meta in documents", "give the field another name by a json tag")
		}
		for _, attr := range a.Metadata.Attributes {
			if attr.JSON == "page" && a.Kind == Read {
				refuse("metadata of a read is told beside its page, and cannot have a member page", "give it another name by a json tag")
			}
		}
	}
}
