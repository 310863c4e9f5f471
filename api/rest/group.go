package rest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource/expr"
)

// isGrouping reports whether the parameter makes a list one of groups.
func isGrouping(name string) bool { return name == "group" || name == "aggregate" || name == "having" }

// beginGroups makes the query one for groups where its parameters say so.
func (r *queryReader) beginGroups(params map[string][]string) {
	if r.scope != listScope || !r.action.Grouped() {
		return
	}
	_, keys := params["group"]
	_, folds := params["aggregate"]
	if !keys && !folds {
		return
	}
	r.q.group = api.NewGrouping(r.action)
	if !folds {
		r.q.group.Fold(api.Folds(r.action)[0])
	}
}

// readGrouping reads group, aggregate and having, in that order but for
// aggregate, which the order of parameters puts first.
func (r *queryReader) readGrouping(key, name string, parts, values []string) {
	switch {
	case name == "group" && len(parts) == 0:
		r.readGroup(key, values)
	case name == "aggregate" && len(parts) == 0:
		r.readAggregate(key, values)
	case name == "having" && (len(parts) == 1 || len(parts) == 2) && r.q.group != nil:
		r.readHaving(key, parts, values)
	case name == "having" && r.q.group == nil:
		r.fault(key, "conflict", "is about groups: add group or aggregate")
	default:
		r.fault(key, "syntax", "is written "+brackets[name])
	}
}

// readGroup reads fields, of times with a unit and a zone: "state,opened_at:month:Europe/Berlin".
func (r *queryReader) readGroup(key string, values []string) {
	text, ok := r.one(key, values)
	if !ok || text == "" {
		return // all records are one group
	}
	for item := range strings.SplitSeq(text, ",") {
		name, rest, _ := strings.Cut(item, ":")
		unit, zone, _ := strings.Cut(rest, ":")
		x := api.FindReach(r.action.Groups, name)
		if x == nil {
			var names []string
			for _, x := range r.action.Groups {
				names = append(names, x.JSON())
			}
			r.unknown(key, "there are no groups by "+strconv.Quote(name), name, names)
			continue
		}
		if err := r.q.group.Key(x, expr.Unit(unit), zone); err != nil {
			r.fault(key, "group", err.Error())
		}
	}
}

// readAggregate reads functions, of fields but for count: "count,sum:spent".
func (r *queryReader) readAggregate(key string, values []string) {
	text, ok := r.one(key, values)
	if !ok {
		return
	}
	folds := api.Folds(r.action)
	for item := range strings.SplitSeq(text, ",") {
		i := slices.IndexFunc(folds, func(f api.Fold) bool { return written(f) == item })
		if i < 0 {
			r.unknown(key, "there is no aggregate "+strconv.Quote(item), item, writtenFolds(folds))
			continue
		}
		r.q.group.Fold(folds[i])
	}
}

// written is an aggregate as the parameter has it.
func written(f api.Fold) string {
	if f.Of == nil {
		return f.Function
	}
	return f.Function + ":" + f.Of.JSON()
}

func writtenFolds(folds []api.Fold) []string {
	out := make([]string, len(folds))
	for i, f := range folds {
		out[i] = written(f)
	}
	return out
}

// readHaving reads having[aggregate][operator].
func (r *queryReader) readHaving(key string, parts, values []string) {
	attr := r.q.group.Column(parts[0])
	if attr == nil || attr.Expr != nil {
		r.unknown(key, "there is no aggregate "+strconv.Quote(parts[0])+" in this query", parts[0], r.columnNames(false))
		return
	}
	name := "eq"
	if len(parts) == 2 {
		name = parts[1]
	}
	op, ok := api.LookupOperator(attr, name)
	if !ok {
		r.unknown(key, "the operator "+strconv.Quote(name)+" does not exist for "+attr.JSON, name, operatorNames(attr))
		return
	}
	value, ok := r.operand(key, attr, op, values)
	if !ok {
		return
	}
	if err := r.q.group.Filter(attr, op, value); err != nil {
		r.fault(key, "type", err.Error())
	}
}

func (r *queryReader) columnNames(keys bool) []string {
	var out []string
	for _, a := range r.q.group.Columns() {
		if keys || a.Expr == nil {
			out = append(out, a.JSON)
		}
	}
	return out
}

// groupSortKey is the key of a sort of groups; ok is false after a fault.
func (r *queryReader) groupSortKey(key, name string, descending bool) (o expr.Order, ok bool) {
	attr := r.q.group.Column(name)
	if attr == nil {
		r.unknown(key, "there is no column "+strconv.Quote(name)+" of the groups", name, r.columnNames(true))
		return o, false
	}
	return expr.Order{Node: expr.Field{Name: attr.Name}, Descending: descending}, true
}

// groups answers with groups of records.
func (x *exchange) groups(q query) error {
	if x.jsonapi || x.lines {
		return &problem{Status: statusAccept, detail: "groups are no records: accept " + typeJSON}
	}
	found, err := x.app.Find(x.ctx, &conga.Find{
		Action: x.route.action, Arguments: q.arguments, Page: q.page, Group: &q.group.Group,
		Selection: conga.Selection{Where: q.where, Sort: q.sort, Untrusted: true},
	})
	if err != nil {
		return err
	}
	defer found.Release()
	var members []api.Member
	for i, a := range q.group.Columns() {
		members = append(members, api.Column(a.JSON, i))
	}
	x.out = append(x.out, `{"data":`...)
	if x.out, err = api.NewShape(members...).AppendRows(x.out, found, 0, found.Len()); err != nil {
		return err
	}
	x.out = append(x.out, `,"page":{"limit":`...)
	x.out = wire.AppendInt(x.out, int64(found.Limit))
	x.out = append(x.out, `,"offset":`...)
	x.out = wire.AppendInt(x.out, int64(q.page.Offset))
	x.out = append(x.out, `,"more":`...)
	x.out = wire.AppendBool(x.out, found.HasNext)
	x.out = append(x.out, `,"count":`...)
	if found.Count < 0 {
		x.out = wire.AppendNull(x.out)
	} else {
		x.out = wire.AppendInt(x.out, found.Count)
	}
	x.out = append(x.out, "}}"...)
	x.sendTagged(x.tag(), x.mediaType())
	return nil
}
