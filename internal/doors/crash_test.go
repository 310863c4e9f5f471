package doors

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/postgres"
)

// TestCrashUnderLoad has writers at every door while the server dies and comes
// back: what was acknowledged is there once, and had its event; nothing is there twice.
func TestCrashUnderLoad(t *testing.T) {
	t.Parallel()
	const crashes, each = 3, 60
	h, server := frail(t, postgres.Options{MaxConns: 4, AcquireTimeout: 2 * time.Second})
	heard := h.listen(t)
	power := &power{back: make(chan struct{})}
	close(power.back)
	var sent atomic.Int64
	crash := make(chan struct{}, 1)
	h.seen.before(func(string) {
		if sent.Add(1)%70 == 0 {
			select {
			case crash <- struct{}{}:
			default:
			}
		}
	})
	var acknowledged sync.Map
	var writers sync.WaitGroup
	for _, door := range []string{"go", "rest", "graphql", "transaction"} {
		writers.Go(func() {
			for n := range each {
				title := fmt.Sprint(door, n)
				back := power.now()
				switch kind := h.create(t, door, title); kind {
				case "ok":
					acknowledged.Store(title, true)
				case conga.Unavailable:
					<-back // at once, if the server died on the way
				default:
					t.Errorf("%s: %s", title, kind)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() {
		writers.Wait()
		close(done)
	}()
	for n := 0; n < crashes; n++ {
		select {
		case <-crash:
			power.fail()
			if err := errors.Join(server.Kill(), server.Start()); err != nil {
				t.Fatal(err)
			}
			power.restore()
		case <-done:
			n = crashes
		}
	}
	<-done
	h.seen.before(nil)
	recovered(t, h)
	there, events, kept := h.titles(t), heard.take(), 0
	for title, n := range there {
		if n != 1 {
			t.Errorf("%s is there %d times", title, n)
		}
	}
	acknowledged.Range(func(title, _ any) bool {
		kept++
		if there[title.(string)] != 1 || events["created "+title.(string)] != 1 {
			t.Errorf("%s was acknowledged: there %d times, with %d events", title, there[title.(string)], events["created "+title.(string)])
		}
		return true
	})
	for event, n := range events {
		_, title, _ := strings.Cut(event, " ")
		if n != 1 || there[title] != 1 {
			t.Errorf("%d events %s", n, event)
		}
	}
	if kept < each || kept == 4*each {
		t.Errorf("%d of %d writes were acknowledged over %d crashes", kept, 4*each, crashes)
	}
}

// power tells when the server is back.
type power struct {
	mu   sync.Mutex
	back chan struct{}
}

func (p *power) now() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.back
}

func (p *power) fail() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.back = make(chan struct{})
}

func (p *power) restore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.back)
}

// create writes a paper of ann through a door, and tells what came of it.
func (h *house) create(t *testing.T, door, title string) any {
	f := h.papers.Fields()
	ann := h.as(t.Context(), "ann")
	switch door {
	case "rest":
		res := serve(t.Context(), h.rest, "ann", http.MethodPost, "/api/papers", `{"title":"`+title+`"}`)
		if res.Code == http.StatusCreated {
			return "ok"
		}
		return restKinds[res.Code]
	case "graphql":
		res := h.query(t.Context(), "ann", `mutation { writePaper(input: {title: "`+title+`"}) { result { id } errors { code } } }`, nil)
		var got struct {
			Errors []struct{ Extensions struct{ Code string } }
		}
		switch err := json.Unmarshal(res.Body.Bytes(), &got); {
		case err != nil:
			return err
		case got.Errors == nil:
			return "ok"
		case got.Errors[0].Extensions.Code == "UNAVAILABLE":
			return conga.Unavailable
		}
		return res.Body.String()
	}
	var err error
	if door == "go" {
		_, err = h.papers.Create(ann, "write", conga.Set(&f.Title, title))
	} else {
		err = h.together(ann, title)
	}
	if err == nil {
		return "ok"
	}
	return conga.KindOf(err)
}
