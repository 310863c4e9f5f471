package rest

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/inflect"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// takesChanges reports whether the action takes a list of records, each with
// its key and inputs of its own. None of its inputs may have the name of the key.
func takesChanges(a *resource.Action) bool {
	return a.Bulk && a.Kind == resource.Update && a.Input(a.Resource.Primary.JSON) == nil && a.Manages(a.Resource.Primary.JSON) == nil
}

// updateMany changes the record of each object in the body: all or none,
// unless what could be changed is to be kept.
func (x *exchange) updateMany() error {
	q, err := x.readQuery(manyScope)
	if err != nil {
		return err
	}
	ws, err := x.readList(q.view)
	if err != nil {
		return err
	}
	if p := missingKeys(ws); p != nil {
		return p
	}
	out, err := x.app.WriteMany(x.ctx, ws, conga.Bulk{Partial: q.partial})
	if err != nil {
		return x.explainList(err)
	}
	return x.answerMany(http.StatusOK, out, q)
}

// takeKey takes the primary key out of the members of one object. A text that
// is no key of any record is that of one which is not there.
func (b *body) takeKey(w *conga.Write, members []wire.Member) []wire.Member {
	attr := w.Action.Resource.Primary
	i := slices.IndexFunc(members, func(m wire.Member) bool { return m.Key == attr.JSON })
	if i < 0 {
		return members
	}
	key, err := wire.DecodeValue(attr, members[i].Raw)
	if err != nil {
		key = attr.Type.Zero()
	}
	w.Key = key
	return slices.Delete(slices.Clone(members), i, i+1)
}

// missingKeys is what is wrong where a record has no key; nil for nothing.
func missingKeys(ws []*conga.Write) *problem {
	var p *problem
	for i, w := range ws {
		if w.Key != nil {
			continue
		}
		if p == nil {
			p = &problem{Status: statusBadRequest}
		}
		issue := resource.RequiredIssue(w.Action.Resource.Primary)
		p.faults = append(p.faults, fault{path: []string{strconv.Itoa(i), w.Action.Resource.Primary.JSON}, code: issue.Code, detail: issue.Text()})
	}
	return p
}

// changes is the schema of a list of records with their keys and inputs of their own.
func (d *document) changes(a *resource.Action) *openapi3.SchemaRef {
	name := a.Resource.Name + inflect.Pascal(a.Name) + "Change"
	if d.doc.Components.Schemas[name] == nil {
		s, _ := d.actionInput(a)
		key := d.typeSchema(a.Resource.Primary)
		key.Description = "Which " + a.Resource.Type + " to change."
		s.WithProperty(a.Resource.Primary.JSON, key)
		s.Required = append(s.Required, a.Resource.Primary.JSON)
		d.doc.Components.Schemas[name] = s.NewRef()
	}
	list := array(schemaRef(name))
	if limit := d.h.options.MaxBulk; limit >= 0 {
		list.WithMaxItems(int64(limit))
	}
	return list.NewRef()
}
