package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// nestedReader reads managed inputs. It counts the records that it has read.
type nestedReader struct{ records int }

// listIssue says what a managed input must be.
func listIssue(m *resource.Managed) resource.Issue {
	message := "must be an object or null"
	if m.Many() {
		message = "must be a list of objects"
		if m.Nested.Scalar != nil {
			message = "must be a list of keys or objects"
		}
	}
	return resource.Issue{Path: []string{m.JSON}, Code: "type", Message: message}
}

// input reads the value of a managed input. The paths of issues begin with its name.
func (r *nestedReader) input(m *resource.Managed, raw json.RawMessage) (in conga.NestedInput, issues []resource.Issue) {
	in.Managed = m
	raw = bytes.TrimSpace(raw)
	if !m.Many() {
		if string(raw) == "null" {
			return in, nil
		}
		in.Records = []conga.NestedRecord{r.record(m.Nested, raw)}
		return in, nil
	}
	items, err := wire.DecodeArray(raw)
	if err != nil {
		return in, []resource.Issue{listIssue(m)}
	}
	in.Records = make([]conga.NestedRecord, len(items))
	for i, item := range items {
		in.Records[i] = r.record(m.Nested, bytes.TrimSpace(item.Raw))
	}
	return in, nil
}

// record reads one record: an object of inputs or, where that may stand for
// it, a key. The paths of issues begin at the record.
func (r *nestedReader) record(n *resource.Nested, raw json.RawMessage) (rec conga.NestedRecord) {
	r.records++
	members, err := wire.DecodeObject(raw)
	switch {
	case err == nil:
	case n.Scalar != nil:
		v, err := wire.DecodeValue(n.Scalar, raw)
		if err != nil || v == nil {
			rec.Issues = []resource.Issue{{Code: "type", Message: "must be a key or an object"}}
			return rec
		}
		rec.Inputs = []conga.Input{{Attribute: n.Scalar, Value: v}}
		return rec
	default:
		rec.Issues = []resource.Issue{{Code: "type", Message: "must be an object"}}
		return rec
	}
	for _, m := range members {
		r.member(n, &rec, m)
	}
	return rec
}

func (r *nestedReader) member(n *resource.Nested, rec *conga.NestedRecord, m wire.Member) {
	if managed := n.Manages(m.Key); managed != nil && !managed.Relationship.Private {
		in, issues := r.input(managed, m.Raw)
		if rec.Issues = append(rec.Issues, issues...); issues == nil {
			rec.Nested = append(rec.Nested, in)
		}
		return
	}
	in := n.Input(m.Key)
	if in == nil || in.Private {
		rec.Issues = append(rec.Issues, unknownMember(n, m.Key))
		return
	}
	v, err := wire.DecodeValue(in, m.Raw)
	if err != nil {
		if e, ok := errors.AsType[*resource.Error](err); ok {
			rec.Issues = append(rec.Issues, e.Issues...)
		}
		return
	}
	rec.Inputs = append(rec.Inputs, conga.Input{Attribute: in, Value: v})
}

func unknownMember(n *resource.Nested, name string) resource.Issue {
	var known []string
	for _, in := range n.Inputs {
		if !in.Private {
			known = append(known, in.JSON)
		}
	}
	for _, m := range n.Managed {
		known = append(known, m.JSON)
	}
	return unknown(name, "is no input here", known)
}

// unknown says that there is no such name, and which one was meant.
func unknown(name, message string, known []string) resource.Issue {
	i := resource.Issue{Path: []string{name}, Code: "unknown", Message: message}
	if hint := api.Suggest(name, known); hint != "" {
		i.Message += ": {hint}"
		i.Vars = map[string]any{"hint": hint}
	}
	return i
}

// nest adds a managed input, or an issue with it.
func (b *body) nest(m *resource.Managed, raw json.RawMessage) {
	if b.manages(m) { // a relationship of JSON:API
		b.issues = append(b.issues, resource.Issue{Path: []string{m.JSON}, Code: "twice", Message: "is given twice"})
		return
	}
	in, issues := b.nested.input(m, raw)
	if issues != nil {
		b.issues = append(b.issues, issues...)
		return
	}
	b.managed = append(b.managed, in)
}

// tooMany refuses a body with more nested records than a call may have.
func (x *exchange) tooMany(records int) error {
	if limit := x.options.MaxBulk; limit >= 0 && records > limit {
		return &problem{Status: statusTooLarge, detail: "the body must not hold more than " + strconv.Itoa(limit) + " related records"}
	}
	return nil
}

// linkManaged takes the linkage of a relationship that the action manages:
// identifiers, which name records.
func (b *body) linkManaged(m *resource.Managed, linkage json.RawMessage, at []string) error {
	in := conga.NestedInput{Managed: m}
	items := []wire.Member{{Raw: linkage}}
	switch linkage = bytes.TrimSpace(linkage); {
	case m.Many():
		var err error
		if items, err = wire.DecodeArray(linkage); err != nil {
			return badDocument(at, "must be a list of identifiers")
		}
	case string(linkage) == "null":
		items = nil
	}
	for i, item := range items {
		place := append(append([]string(nil), at...), "data")
		if m.Many() {
			place = append(place, strconv.Itoa(i))
		}
		rec, err := b.identified(m, item.Raw, place)
		if err != nil {
			return err
		}
		in.Records = append(in.Records, rec)
	}
	b.managed = append(b.managed, in)
	return nil
}

// identified is the record that an identifier names.
func (b *body) identified(m *resource.Managed, raw json.RawMessage, at []string) (rec conga.NestedRecord, err error) {
	b.nested.records++
	typ, typeErr := decodeMember(raw, "type")
	id, idErr := decodeMember(raw, "id")
	name, isText := decodeText(typ)
	key, isKey := decodeText(id)
	if typeErr != nil || idErr != nil || !isText || !isKey {
		return rec, badDocument(at, "must have a type and an id")
	}
	if name != m.Target().Type {
		return rec, &problem{Status: api.StatusConflict, faults: []fault{
			{path: append(at, "type"), code: "type", detail: "must be " + m.Target().Type + " here"},
		}}
	}
	v, err := wire.ParseText(m.Target().Primary, key)
	if err != nil {
		rec.Issues = []resource.Issue{{Code: "format", Message: "is no key of " + m.Target().Type}}
		return rec, nil //nolint:nilerr // told as an issue
	}
	rec.Inputs = []conga.Input{{Attribute: m.Target().Primary, Value: v}}
	return rec, nil
}
