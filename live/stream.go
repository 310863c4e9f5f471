package live

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/live/internal/tmpl"
)

// Stream is a list that lives in the browser's page alone: the server keeps only what changed since the last
// rendering. It is a field of a page, and its template shows it in one place:
//
//	<ul id="messages">{{range .Messages.Items}}<li id="message-{{.ID}}">{{.Body}}</li>{{end}}</ul>
//
// Rows are told apart by a key: what the function of [NewStream] returns, the record's StreamKey() string, or its field
// ID. A record with neither gets a key of its own, and can be added but not replaced or deleted. Adding a record whose
// key is shown already replaces it in place.
//
// The zero value is an empty stream. A Stream belongs to its page's session, like every field.
type Stream[T any] struct {
	key  func(T) string
	ops  []tmpl.StreamOp
	made int // keys made for records without one
}

var _ tmpl.Stream = (*Stream[int])(nil)

// NewStream returns a stream whose rows have the given keys.
func NewStream[T any](key func(T) string) Stream[T] { return Stream[T]{key: key} }

// Append adds items at the end.
func (s *Stream[T]) Append(items ...T) {
	for _, item := range items {
		s.insert(-1, item)
	}
}

// Prepend adds items, in their order, at the beginning.
func (s *Stream[T]) Prepend(items ...T) { s.Insert(0, items...) }

// Insert adds items, in their order, so that the first is at index at; -1 means the end.
func (s *Stream[T]) Insert(at int, items ...T) {
	for i, item := range items {
		if at < 0 {
			s.insert(-1, item)
		} else {
			s.insert(at+i, item)
		}
	}
}

// Delete removes the row of item.
func (s *Stream[T]) Delete(item T) { s.DeleteKey(s.keyOf(item)) }

// DeleteKey removes the row with that key.
func (s *Stream[T]) DeleteKey(key string) {
	s.ops = append(s.ops, tmpl.StreamOp{Kind: tmpl.StreamDelete, Key: key})
}

// Reset removes all rows and adds items.
func (s *Stream[T]) Reset(items ...T) {
	s.ops = append(s.ops[:0], tmpl.StreamOp{Kind: tmpl.StreamReset})
	s.Append(items...)
}

// Limit keeps the first n rows, or with a negative n the last -n, of what is there now.
func (s *Stream[T]) Limit(n int) {
	if n != 0 {
		s.ops = append(s.ops, tmpl.StreamOp{Kind: tmpl.StreamLimit, At: n})
	}
}

func (s *Stream[T]) insert(at int, item T) {
	s.ops = append(s.ops, tmpl.StreamOp{Kind: tmpl.StreamInsert, At: at, Key: s.keyOf(item), Item: item})
}

func (s *Stream[T]) keyOf(item T) string {
	if s.key == nil {
		s.key = ownKey[T]()
	}
	if key := s.key(item); key != "" {
		return key
	}
	s.made++
	return "row-" + strconv.Itoa(s.made)
}

// ownKey finds how a T tells its key; the function returns "" where it does not.
func ownKey[T any]() func(T) string {
	get, hasID := structs.Getter[T]("ID")
	return func(item T) string {
		if own, ok := any(item).(interface{ StreamKey() string }); ok {
			return own.StreamKey()
		}
		if own, ok := any(&item).(interface{ StreamKey() string }); ok {
			return own.StreamKey()
		}
		if !hasID {
			return ""
		}
		switch id := get(item).(type) {
		case nil:
			return ""
		case string:
			return id
		default:
			return fmt.Sprint(id)
		}
	}
}

// Items returns the rows that the changes since the last rendering make of an empty list: all there are, while the
// page is rendered for the first time. Templates range over it.
func (s *Stream[T]) Items() []T {
	var rows []tmpl.StreamOp
	shown := make(map[string]bool, len(s.ops)) // or has been
	index := func(key string) int {
		if !shown[key] {
			return -1
		}
		return slices.IndexFunc(rows, func(row tmpl.StreamOp) bool { return row.Key == key })
	}
	for _, op := range s.ops {
		switch op.Kind {
		case tmpl.StreamReset:
			rows = nil
		case tmpl.StreamInsert:
			if i := index(op.Key); i >= 0 {
				rows[i] = op
				continue
			}
			at := op.At
			if at < 0 || at > len(rows) {
				at = len(rows)
			}
			rows = slices.Insert(rows, at, op)
			shown[op.Key] = true
		case tmpl.StreamDelete:
			if i := index(op.Key); i >= 0 {
				rows = slices.Delete(rows, i, i+1)
			}
		case tmpl.StreamLimit:
			if n := op.At; n > 0 && n < len(rows) {
				rows = rows[:n]
			} else if n < 0 && -n < len(rows) {
				rows = rows[len(rows)+n:]
			}
		}
	}
	items := make([]T, len(rows))
	for i := range rows {
		items[i] = rows[i].Item.(T)
	}
	return items
}

// StreamOps returns the changes since it was last called, and forgets them. Renderings call it.
func (s *Stream[T]) StreamOps() []tmpl.StreamOp {
	ops := s.ops
	s.ops = nil
	return ops
}
