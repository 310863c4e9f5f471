package graphql

import (
	"context"
	"strconv"
	"sync"

	gql "github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// subscription is one subscriber of the events of a resource.
type subscription struct {
	q      *query
	rt     *resourceType
	field  gql.CollectedField
	filter expr.Node
	parts  []eventPart
	view   view
	events chan conga.Event
	// slow is closed when the queue overflowed: events were lost.
	slow  chan struct{}
	drop  sync.Once
	ended bool
}

// eventPart is one member of an event; records hold the place of their shape.
type eventPart struct {
	field gql.CollectedField
	shape int // in view.shapes, -1 for other members
}

// subscribe answers a subscription: each call of the handler waits for the
// next event that the subscriber may see. An event is read again on behalf of
// the subscriber, so that it shows no more than a query would.
func (s *schema) subscribe(ctx context.Context, oc *gql.OperationContext) gql.ResponseHandler {
	fields := gql.CollectFields(oc, oc.Operation.SelectionSet, []string{"Subscription"})
	if len(fields) != 1 || fields[0].Name == "__typename" {
		return gql.OneShot(&gql.Response{Errors: gqlerror.List{gqlerror.Errorf("a subscription has one field")}})
	}
	sub, err := s.newSubscription(oc, fields[0])
	if err != nil {
		return gql.OneShot(&gql.Response{Errors: gqlerror.List{s.present(ctx, err, fields[0])}})
	}
	if _, err := s.app.Can(ctx, sub.rt.read, nil); err != nil { // for want of a tenant
		return gql.OneShot(&gql.Response{Errors: gqlerror.List{s.present(ctx, err, fields[0])}})
	}
	// The bus lets go of the subscriber when ctx ends; receive must not wait.
	s.app.Subscribe(ctx, conga.Topic(sub.rt.res, "", nil), sub.receive)
	return sub.next
}

func (s *schema) newSubscription(oc *gql.OperationContext, f gql.CollectedField) (*subscription, error) {
	q := &query{s: s, oc: oc, o: s.o}
	rt := s.field("Subscription", f.Name).root.res
	sub := &subscription{q: q, rt: rt, field: f, events: make(chan conga.Event, s.o.Queue), slow: make(chan struct{})}
	r := filterReader{s: s, room: s.o.MaxConditions, depth: s.o.MaxDepth}
	var err error
	if sub.filter, err = r.filter(rt.filter, arguments(f.Field, oc.Variables)[argFilter], nil, []string{argFilter}); err != nil {
		return nil, err
	}
	var rec records
	for _, f := range q.collect(f.Selections, rt.event) {
		part := eventPart{f, -1}
		if s.field(rt.event, f.Name) != nil && s.field(rt.event, f.Name).res != nil {
			shape, err := q.record(rt, f.Selections, &rec)
			if err != nil {
				return nil, err
			}
			part.shape = len(sub.view.shapes)
			sub.view.shapes = append(sub.view.shapes, shape)
		}
		sub.parts = append(sub.parts, part)
	}
	sub.view.selection = rec.selection(rt.res)
	sub.view.selection.Where, sub.view.selection.Untrusted = sub.filter, true
	return sub, nil
}

// receive runs on the goroutine of the writer.
func (s *subscription) receive(e conga.Event) {
	select {
	case s.events <- e:
	default:
		s.drop.Do(func() { close(s.slow) })
	}
}

// next waits for the next event to send; nil ends the subscription.
func (s *subscription) next(ctx context.Context) *gql.Response {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.slow:
			return s.dropped()
		case e := <-s.events:
			data, err := s.event(ctx, e)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return &gql.Response{Errors: gqlerror.List{s.q.s.present(ctx, err, s.field)}, Data: []byte("null")}
			}
			if data != nil {
				return &gql.Response{Data: data, Errors: s.q.forbidden(data, nil)}
			}
		}
	}
}

// dropped tells a subscriber that it was too slow, once; the subscription ends then.
func (s *subscription) dropped() *gql.Response {
	if s.ended {
		return nil
	}
	s.ended = true
	err := gqlerror.Errorf("events came faster than they were taken: subscribe again, and read what was missed")
	err.Extensions = map[string]any{"code": codeOf(api.StatusUnavailable)}
	return &gql.Response{Errors: gqlerror.List{err}}
}

// event is what the subscriber gets of an event; nil when it may not see the
// record, or the filter does not let it through.
func (s *subscription) event(ctx context.Context, e conga.Event) ([]byte, error) {
	app := s.q.s.app
	s.q.veiled = nil
	var found *conga.Found
	if e.Kind == conga.Destroyed {
		visible, err := app.WasVisible(ctx, s.rt.res, e.Record, s.filter)
		if err != nil || !visible {
			return nil, hidden(err)
		}
	} else {
		var err error
		// A replica may not have heard of the event's cause.
		found, err = app.Find(conga.ReadPrimary(ctx), &conga.Find{Action: s.rt.read, Key: e.Key, Selection: s.view.selection})
		if err != nil || found.Len() == 0 {
			return nil, hidden(err)
		}
	}
	dst := append(wire.AppendString([]byte{'{'}, s.field.Alias), ":{"...)
	for i, p := range s.parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = s.appendPart(append(wire.AppendString(dst, p.field.Alias), ':'), p, e, found); err != nil {
			return nil, err
		}
	}
	return append(dst, "}}"...), nil
}

// hidden is err, but nil where the actor may not read at all: that is no
// fault of the event.
func hidden(err error) error {
	if resource.KindOf(err) == conga.Forbidden {
		return nil
	}
	return err
}

func (s *subscription) appendPart(dst []byte, p eventPart, e conga.Event, found *conga.Found) ([]byte, error) {
	switch {
	case p.shape >= 0 && found == nil:
		return wire.AppendNull(dst), nil
	case p.shape >= 0:
		return s.view.shapes[p.shape].AppendRow(dst, found, 0)
	case p.field.Name == "kind":
		return wire.AppendString(dst, eventKinds[e.Kind]), nil
	case p.field.Name == "id":
		primary := s.rt.res.Primary
		return leafOf(primary.Type, true).appendValue(dst, primary.Type, e.Key)
	}
	return append(dst, strconv.Quote(s.rt.event)...), nil
}

var eventKinds = map[conga.EventKind]string{
	conga.Created: "CREATED", conga.Updated: "UPDATED", conga.Destroyed: "DESTROYED",
}
