package doors

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/internal/pgtest"
)

// events counts the events of papers by kind and key.
type events struct {
	mu   sync.Mutex
	seen map[string]int
}

func (h *house) listen(t *testing.T) *events {
	t.Helper()
	e := &events{seen: map[string]int{}}
	h.app.Subscribe(t.Context(), h.papers.Topic("", nil), func(got conga.Event) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.seen[fmt.Sprint(got.Kind, " ", got.Record.(*Paper).Title)]++
	})
	return e
}

func (e *events) take() map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := e.seen
	e.seen = map[string]int{}
	return out
}

// frail is a house on a server that may be killed.
func frail(t *testing.T, o postgres.Options) (*house, *pgtest.Server) {
	t.Helper()
	server := pgtest.NewServer(t)
	h := newHouse(t, func(seen datalayer.Observer) (datalayer.Layer, error) {
		o.Observer = seen
		// The server forgets what was committed last, unless it is told not to.
		return postgres.OpenWith(context.Background(), server.URL()+"&synchronous_commit=on", o)
	})
	return h, server
}

func (h *house) titles(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, p := range h.everything(t) {
		out[p.Title]++
	}
	return out
}

// TestServerDies kills the server while calls are on their way, at every
// statement of them, and starts it again.
func TestServerDies(t *testing.T) {
	t.Parallel()
	h, server := frail(t, postgres.Options{AcquireTimeout: 2 * time.Second})
	heard := h.listen(t)
	ann := h.as(t.Context(), "ann")
	f := h.papers.Fields()
	seed := must(h.papers.Create(ann, "write", conga.Set(&f.Title, "seed")))(t)
	calls := map[string]func(title string) error{
		"create": func(title string) error {
			_, err := h.papers.Create(ann, "write", conga.Set(&f.Title, title))
			return err
		},
		"transaction": func(title string) error {
			return h.app.Transact(ann, func(ctx context.Context) error {
				if _, err := h.papers.Create(ctx, "write", conga.Set(&f.Title, title)); err != nil {
					return err
				}
				_, err := h.papers.Update(ctx, "stamp", seed, conga.Args(&Stamping{Text: title}))
				return err
			})
		},
	}
	n := 0
	for name, call := range calls {
		for at := 0; ; at++ {
			n++
			title := fmt.Sprintf("%s %d", name, n)
			sent, killed := 0, ""
			h.seen.before(func(sql string) {
				if sent++; sent == at+1 {
					killed = sql
					if err := server.Kill(); err != nil {
						t.Error(err)
					}
				}
			})
			err := call(title)
			h.seen.before(nil)
			if killed == "" { // the call has no more statements
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				break
			}
			h.down(t, at == 0)
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			recovered(t, h)
			h.consistent(t, title, killed, err, heard.take())
		}
	}
	// A server that dies after the answer loses nothing that was answered.
	if err := calls["create"]("last"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(server.Kill(), server.Start()); err != nil {
		t.Fatal(err)
	}
	recovered(t, h)
	if got := h.titles(t); got["last"] != 1 || got["seed"] != 1 {
		t.Errorf("after the crash: %v", got)
	}
}

// recovered makes the pool notice that its connections are broken: each of
// them may cost one call, none more.
func recovered(t *testing.T, h *house) {
	t.Helper()
	for n := 0; ; n++ {
		_, err := h.papers.Read(t.Context(), "list")
		if err == nil {
			return
		}
		if conga.KindOf(err) != conga.Unavailable || n > 20 {
			t.Fatalf("call %d after the server is back: %v (%v)", n, err, errors.Unwrap(err))
		}
	}
}

// down expects every door to say that the server is not there.
func (h *house) down(t *testing.T, thorough bool) {
	t.Helper()
	if !thorough {
		return
	}
	res := serve(t.Context(), h.rest, "", http.MethodGet, "/api/papers", "")
	if res.Code != http.StatusServiceUnavailable || res.Header().Get("Retry-After") == "" {
		t.Errorf("REST: %d %s", res.Code, res.Body)
	}
	res = serve(t.Context(), h.rest, "ann", http.MethodPost, "/api/papers", `{"title":"x"}`)
	if res.Code != http.StatusServiceUnavailable {
		t.Errorf("REST: %d %s", res.Code, res.Body)
	}
	for _, text := range []string{`{ papers { nodes { id } } }`, `mutation { writePaper(input: {title: "x"}) { errors { code } } }`} {
		res = h.query(t.Context(), "ann", text, nil)
		if !strings.Contains(res.Body.String(), `"code":"UNAVAILABLE"`) {
			t.Errorf("GraphQL: %s", res.Body)
		}
		for _, secret := range []string{"connect", "socket", "pgx", "/tmp", "EOF"} {
			if strings.Contains(res.Body.String(), secret) {
				t.Errorf("GraphQL tells %s: %s", secret, res.Body)
			}
		}
	}
}

// consistent holds what a call said against what is there: what it
// acknowledged is there once, with one event; what it refused is not there,
// unless the answer of the commit was lost.
func (h *house) consistent(t *testing.T, title, killed string, err error, heard map[string]int) {
	t.Helper()
	there := h.titles(t)[title]
	var u *datalayer.UnavailableError
	doubtful := errors.As(err, &u) && u.InDoubt
	switch {
	case err == nil && there != 1:
		t.Errorf("%s, killed at %q: acknowledged and %d times there", title, killed, there)
	case err != nil && conga.KindOf(err) != conga.Unavailable:
		t.Errorf("%s, killed at %q: %v (%v)", title, killed, err, errors.Unwrap(err))
	case err != nil && there != 0 && (there > 1 || !doubtful && killed != "commit" && !strings.HasPrefix(killed, "insert")):
		t.Errorf("%s, killed at %q: refused with %v, and %d times there", title, killed, err, there)
	}
	want := 0
	if err == nil {
		want = 1
	}
	if got := heard["created "+title]; got != want {
		t.Errorf("%s, killed at %q: %d events, want %d", title, killed, got, want)
	}
}

// TestContextsEnd ends the context of calls that wait for a lock.
func TestContextsEnd(t *testing.T) {
	t.Parallel()
	h, _ := frail(t, postgres.Options{MaxConns: 4})
	heard := h.listen(t)
	f := h.papers.Fields()
	ann := h.as(t.Context(), "ann")
	p := must(h.papers.Create(ann, "write", conga.Set(&f.Title, "locked")))(t)
	heard.take()
	waiting := make(chan struct{}, 1)
	release := h.lock(t, p)
	h.seen.before(func(string) {
		select {
		case waiting <- struct{}{}:
		default:
		}
	})
	ctx, cancel := context.WithCancel(ann)
	done := make(chan error, 1)
	go func() {
		_, err := h.papers.Update(ctx, "edit", p, conga.Set(&f.Note, "never"))
		done <- err
	}()
	<-waiting
	cancel()
	if err := <-done; conga.KindOf(err) != conga.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v (%v)", err, errors.Unwrap(err))
	}
	h.seen.before(nil)
	for door, call := range map[string]func(ctx context.Context) string{
		"rest": func(ctx context.Context) string {
			return fmt.Sprint(serve(ctx, h.rest, "ann", http.MethodPatch, "/api/papers/"+p.ID.String(), `{"note":"never"}`).Code)
		},
		"graphql": func(ctx context.Context) string {
			return h.query(ctx, "ann", `mutation { editPaper(id: "`+p.ID.String()+`", input: {note: "never"}) { errors { code } } }`, nil).Body.String()
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		if got := call(ctx); !strings.Contains(got, "503") && !strings.Contains(got, "UNAVAILABLE") {
			t.Errorf("%s after its deadline: %s", door, got)
		}
		cancel()
	}
	release()
	if got := must(h.papers.Get(ann, p.ID))(t).Note; got != "" || len(heard.take()) != 0 {
		t.Errorf("note = %q after canceled calls", got)
	}
	gone, cancel := context.WithCancel(ann)
	cancel()
	if _, err := h.papers.Create(gone, "write", conga.Set(&f.Title, "gone")); conga.KindOf(err) != conga.Unavailable {
		t.Errorf("with an ended context: %v", err)
	}
	if h.titles(t)["gone"] != 0 {
		t.Error("a call with an ended context wrote")
	}
}

// lock keeps others from a paper until release is called.
func (h *house) lock(t *testing.T, p *Paper) (release func()) {
	t.Helper()
	locked, end, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		_ = h.app.Transact(h.as(t.Context(), "ann"), func(ctx context.Context) error {
			f := h.papers.Fields()
			_, err := h.papers.Update(ctx, "edit", p, conga.Set(&f.Note, "held"))
			if err != nil {
				t.Error(err)
			}
			close(locked)
			<-end
			return errUndo
		})
	}()
	<-locked
	return func() {
		close(end)
		<-ended
	}
}

// TestNoConnectionsLeft keeps all connections busy.
func TestNoConnectionsLeft(t *testing.T) {
	t.Parallel()
	h, _ := frail(t, postgres.Options{MaxConns: 1, AcquireTimeout: 50 * time.Millisecond})
	f := h.papers.Fields()
	ann := h.as(t.Context(), "ann")
	p := must(h.papers.Create(ann, "write", conga.Set(&f.Title, "busy")))(t)
	release := h.lock(t, p)
	h.down(t, true)
	if _, err := h.papers.Read(ann, "list"); conga.KindOf(err) != conga.Unavailable {
		t.Errorf("without a connection: %v", err)
	}
	release()
	if got := len(must(h.papers.Read(ann, "list"))(t).Items); got != 1 {
		t.Errorf("%d papers afterwards", got)
	}
}

// TestOneEventForEachCommit counts events over random writes, half of them undone.
func TestOneEventForEachCommit(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		heard := h.listen(t)
		f := h.papers.Fields()
		ann := h.as(t.Context(), "ann")
		r := newRandom(9)
		for n := range 40 {
			undo := r.chance(50)
			title := fmt.Sprint("t", n)
			want := map[string]int{}
			steps := r.IntN(3) + 1
			err := h.app.Transact(ann, func(ctx context.Context) error {
				p := must(h.papers.Create(ctx, "write", conga.Set(&f.Title, title)))(t)
				want["created "+title]++
				for i := range steps {
					if _, err := h.papers.Update(ctx, "stamp", p, conga.Args(&Stamping{Text: "void"})); conga.KindOf(err) != conga.Invalid {
						t.Fatal(err)
					}
					must(h.papers.Update(ctx, "edit", p, conga.Set(&f.Done, i%2 == 0)))(t)
					must(h.papers.Update(ctx, "edit", p, conga.Set(&f.Done, i%2 == 0)))(t) // which changes nothing
					want["updated "+title]++
				}
				if err := h.papers.Destroy(ctx, "shred", p); err != nil {
					t.Fatal(err)
				}
				want["destroyed "+title]++
				if len(heard.take()) != 0 {
					t.Error("an event left before the commit")
				}
				if undo {
					return errUndo
				}
				return nil
			})
			if undo {
				want = map[string]int{}
			}
			if (err != nil) != undo {
				t.Fatal(err)
			}
			if got := heard.take(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("events %v, want %v", got, want)
			}
		}
		for _, err := range []error{ // single calls: an unchanged update and refused ones
			func() error { _, err := h.papers.Create(ann, "write"); return err }(),
			func() error {
				_, err := h.papers.Create(t.Context(), "write", conga.Set(&f.Title, "x"))
				return err
			}(),
		} {
			if err == nil || len(heard.take()) != 0 {
				t.Errorf("a refused call: %v", err)
			}
		}
	})
}

// together writes a paper and changes it, in one transaction.
func (h *house) together(ctx context.Context, title string) error {
	f := h.papers.Fields()
	return h.app.Transact(ctx, func(ctx context.Context) error {
		p, err := h.papers.Create(ctx, "write", conga.Set(&f.Title, title))
		if err != nil {
			return err
		}
		_, err = h.papers.Update(ctx, "edit", p, conga.Set(&f.Done, true))
		return err
	})
}
