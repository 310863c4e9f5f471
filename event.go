package conga

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/congago/conga/resource"
)

// EventKind is what happened to a record.
type EventKind string

// The kinds of events.
const (
	Created   EventKind = "created"
	Updated   EventKind = "updated"
	Destroyed EventKind = "destroyed"
)

// Event says that a write has been committed. Receivers must not change the record.
type Event struct {
	Kind     EventKind
	Resource *resource.Resource
	Action   *resource.Action
	// Key is the primary key of the record.
	Key any
	// Record is a pointer to the record after the write, before it for
	// Destroyed: all stored attributes, no relationships.
	Record any
	// Tenant is the canonical value of the tenant that the record belongs to;
	// nil for none.
	Tenant any
	// At is when the event was published.
	At time.Time
	// Payload is what the publication of the topic makes of the record, see
	// PublicationBuilder.Payload; nil for all other topics.
	Payload any
}

// Topic is the name of a topic: that of all events of the resource when name
// is empty, and otherwise that of a declared publication for the values of its fields.
func Topic(r *resource.Resource, name string, values ...any) string {
	if name == "" {
		return r.Type
	}
	var b strings.Builder
	b.WriteString(r.Type + ":" + name)
	for _, v := range values {
		fmt.Fprintf(&b, ":%v", v)
	}
	return b.String()
}

// Subscribe calls f with each event of the topic until cancel is called or
// ctx ends. Of resources with tenants it hears the events of the tenant of ctx
// alone; without one, none but those of resources whose tenant is Optional. Events of one writer come in their order. f runs on the writer's
// goroutine and must hand the event on without waiting: typically it puts it
// into a mailbox. A panic in f is logged and does no harm to the writer.
//
// Events carry no permission: a receiver that shows a record to somebody asks
// Visible, or reads it again on behalf of that actor.
func (a *App) Subscribe(ctx context.Context, topic string, f func(Event)) (cancel func()) {
	s := subscriber{f: f}
	if a.tenanted {
		s.tenant, _ = a.Tenant(ctx)
	}
	return a.bus.subscribe(ctx, topic, s)
}

// subscriber is one that hears the events of its tenant.
type subscriber struct {
	f      func(Event)
	tenant any
}

func (s subscriber) hears(e Event) bool {
	t := e.Resource.Tenant
	return t == nil || s.tenant == nil && t.Optional || s.tenant != nil && s.tenant == e.Tenant
}

// bus hands events to the subscribers within this process.
type bus struct {
	mu     sync.RWMutex
	next   uint64
	topics map[string]map[uint64]subscriber
	// types counts the subscriptions to topics of each resource.
	types map[string]int
	log   *slog.Logger
}

func newBus(log *slog.Logger) *bus {
	return &bus{topics: map[string]map[uint64]subscriber{}, types: map[string]int{}, log: log}
}

func (b *bus) subscribe(ctx context.Context, topic string, s subscriber) func() {
	b.mu.Lock()
	b.next++
	id := b.next
	if b.topics[topic] == nil {
		b.topics[topic] = map[uint64]subscriber{}
	}
	b.topics[topic][id] = s
	typ, _, _ := strings.Cut(topic, ":")
	b.types[typ]++
	b.mu.Unlock()

	remove := func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if _, there := b.topics[topic][id]; !there {
			return // removed before
		}
		delete(b.topics[topic], id)
		if b.types[typ]--; b.types[typ] == 0 {
			delete(b.types, typ)
		}
		if len(b.topics[topic]) == 0 {
			delete(b.topics, topic)
		}
	}
	stop := context.AfterFunc(ctx, remove)
	return func() {
		stop()
		remove()
	}
}

// has reports whether any topic of the resource with that type has subscribers.
func (b *bus) has(typ string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.types[typ] > 0
}

// address is a topic, and what makes the payload of events to it; nil for none.
type address struct {
	topic   string
	payload func(rec any) any
}

// publish calls the subscribers of the topics; one that has several of them
// subscribed separately is called for each.
func (b *bus) publish(e Event, to []address) {
	for _, at := range to {
		b.mu.RLock()
		fs := make([]func(Event), 0, len(b.topics[at.topic]))
		for _, s := range b.topics[at.topic] {
			if s.hears(e) {
				fs = append(fs, s.f)
			}
		}
		b.mu.RUnlock()
		if len(fs) == 0 {
			continue
		}
		e.Payload = nil
		if at.payload != nil {
			b.guard(at.topic, "payload of an event", func() { e.Payload = at.payload(e.Record) })
		}
		for _, f := range fs {
			b.guard(at.topic, "event subscriber", func() { f(e) })
		}
	}
}

// guard runs code of the application, whose panic does no harm to the writer.
func (b *bus) guard(topic, what string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			b.log.Error(what+" panicked", "topic", topic, "panic", p)
		}
	}()
	f()
}
