package rest_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/sqlite"
)

// counter counts statements.
type counter struct{ n atomic.Int64 }

func (c *counter) Statement(context.Context, string) { c.n.Add(1) }

// TestStatementsDoNotDependOnRows asks the same of few records and of many.
func TestStatementsDoNotDependOnRows(t *testing.T) {
	var c counter
	s := newSite(t, func(t *testing.T) (datalayer.Layer, error) {
		return sqlite.OpenWith(t.Context(), filepath.Join(t.TempDir(), "rest.db"), sqlite.Options{Observer: &c})
	}, rest.Options{})
	s.remember("ana", s.post("", "/api/users/register", `{"name":"ana","password":"password"}`))
	paths := []string{
		"/api/messages", "/api/messages?include=author,room.owner", "/api/rooms?include=messages.author,owner&fields[room]=name,message_count",
		"/api/messages?filter[room][owner][name]=ana&filter[author][rooms][name][starts_with]=r&sort=room.name&page[count]=true",
		"/api/users/{ana}?include=rooms.messages",
	}
	counts := map[string]int64{}
	for _, rooms := range []string{"1", "23456789"} {
		for _, room := range rooms {
			id := s.post("ana", "/api/rooms", `{"name":"r`+string(room)+`"}`)
			for range 3 {
				s.post("ana", "/api/messages", `{"body":"x","room_id":"`+id+`"}`)
			}
		}
		for _, path := range paths {
			before := c.n.Load()
			if res := s.do("GET", path, ""); res.Code != 200 {
				t.Fatalf("GET %s: %d %s", path, res.Code, res.Body)
			}
			n := c.n.Load() - before
			if was, ok := counts[path]; ok && was != n {
				t.Errorf("GET %s: %d statements for many records, %d for few", path, n, was)
			}
			counts[path] = n
		}
	}
	if got := counts["/api/messages"]; got != 1 {
		t.Errorf("a list takes %d statements, want 1", got)
	}
	t.Log(counts)
}
