package graphql

import (
	"container/list"
	"context"
	"sync"

	gql "github.com/99designs/gqlgen/graphql"
)

// cache keeps what was used last, as long as the texts that belong to it fit
// into a budget: the memory that strangers can fill by sending queries is
// bounded. It may be used from many goroutines.
type cache[T any] struct {
	mu      sync.Mutex
	budget  int // bytes of text
	used    int
	size    func(key string, v T) int
	entries map[string]*list.Element
	recent  *list.List // of entry[T], the last used first
}

type entry[T any] struct {
	key   string
	value T
	size  int
}

var _ gql.Cache[string] = (*cache[string])(nil)

func newCache[T any](budget int, size func(key string, v T) int) *cache[T] {
	return &cache[T]{budget: budget, size: size, entries: map[string]*list.Element{}, recent: list.New()}
}

// Get is what was added under the key.
func (c *cache[T]) Get(_ context.Context, key string) (v T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.entries[key]
	if !ok {
		return v, false
	}
	c.recent.MoveToFront(el)
	return el.Value.(entry[T]).value, true
}

// Add keeps the value, unless it would take more than an eighth of the budget.
func (c *cache[T]) Add(_ context.Context, key string, v T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.size(key, v)
	if n > c.budget/8 || c.entries[key] != nil {
		return
	}
	c.entries[key] = c.recent.PushFront(entry[T]{key, v, n})
	for c.used += n; c.used > c.budget; {
		oldest := c.recent.Back()
		e := c.recent.Remove(oldest).(entry[T])
		delete(c.entries, e.key)
		c.used -= e.size
	}
}
