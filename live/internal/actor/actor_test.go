package actor_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/congago/conga/live/internal/actor"
)

// recorder writes down what happens to it. Only the actor's goroutine writes log, so the race detector watches the
// promise that no two calls overlap.
type recorder struct {
	actor.Actor[func(r *recorder)]
	log []string
}

func start(bound int) *recorder {
	r := &recorder{}
	r.Init(r, bound)
	return r
}

func (r *recorder) Receive(f func(*recorder)) { f(r) }
func (r *recorder) Down(reason error)         { r.note("down %v", reason) }
func (r *recorder) Flush(lost bool) {
	if lost {
		r.note("flush lost")
	} else {
		r.note("flush")
	}
}

func (r *recorder) note(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

func say(text string) func(*recorder) {
	return func(r *recorder) { r.note("%s", text) }
}

func block(until <-chan struct{}) func(*recorder) {
	return func(*recorder) { <-until }
}

var errEnd = errors.New("end")

func TestActor(t *testing.T) {
	tests := []struct {
		name string
		do   func(t *testing.T, r *recorder)
		want string
	}{
		{"one message", func(t *testing.T, r *recorder) {
			r.Offer(say("a"))
		}, "a, flush"},
		{"waiting messages share a flush", func(t *testing.T, r *recorder) {
			gate := make(chan struct{})
			r.Offer(block(gate))
			r.Offer(say("a"))
			r.Offer(say("b"))
			close(gate)
		}, "a, b, flush"},
		{"stop handles what waits", func(t *testing.T, r *recorder) {
			gate := make(chan struct{})
			r.Offer(block(gate))
			r.Offer(say("a"))
			r.Stop(errEnd)
			if r.Offer(say("late")) {
				t.Error("a stopped actor took a message")
			}
			close(gate)
		}, "a, flush, down end"},
		{"kill drops what waits", func(t *testing.T, r *recorder) {
			gate := make(chan struct{})
			r.Offer(block(gate))
			r.Offer(say("a"))
			r.Kill(errEnd)
			close(gate)
		}, "down end"},
		{"the first reason counts", func(t *testing.T, r *recorder) {
			gate := make(chan struct{})
			r.Offer(block(gate))
			r.Stop(errEnd)
			r.Kill(errors.New("other"))
			close(gate)
		}, "down end"},
		{"stop at rest", func(t *testing.T, r *recorder) { r.Stop(errEnd) }, "down end"},
		{"stop here", func(t *testing.T, r *recorder) {
			r.OnDown(func(error) { r.note("monitor") })
			r.StopHere(errEnd)
			if len(r.log) != 2 {
				t.Error("StopHere returned before Down and its monitor")
			}
			r.StopHere(errEnd)
		}, "down end, monitor"},
		{"stop here at work", func(t *testing.T, r *recorder) {
			gate := make(chan struct{})
			r.Offer(block(gate))
			r.StopHere(errEnd)
			close(gate)
		}, "flush, down end"},
		{"stop twice", func(t *testing.T, r *recorder) {
			r.Stop(errEnd)
			synctest.Wait()
			r.Stop(errEnd)
		}, "down end"},
		{"stop from inside", func(t *testing.T, r *recorder) {
			r.Offer(func(r *recorder) { r.Stop(errEnd); r.note("a") })
		}, "a, flush, down end"},
		{"panic", func(t *testing.T, r *recorder) {
			gate := make(chan struct{})
			r.Offer(block(gate))
			r.Offer(func(*recorder) { panic("boom") })
			r.Offer(say("never"))
			close(gate)
		}, "down panic: boom"},
		{"exit of the goroutine", func(t *testing.T, r *recorder) {
			r.Offer(func(*recorder) { runtime.Goexit() })
		}, "down actor's goroutine exited"},
		{"full mailbox", func(t *testing.T, r *recorder) {
			gate := make(chan struct{})
			r.Offer(block(gate))
			synctest.Wait()
			for _, s := range []string{"1", "2", "3", "4"} {
				if !r.Offer(say(s)) {
					t.Errorf("message %s refused", s)
				}
			}
			if r.Offer(say("5")) {
				t.Error("a full mailbox took a message")
			}
			close(gate)
			synctest.Wait()
			r.Offer(say("6"))
		}, "1, 2, 3, 4, flush lost, 6, flush"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(4)
				tt.do(t, r)
				synctest.Wait()
				if got := strings.Join(r.log, ", "); got != tt.want {
					t.Errorf("log\n got %s\nwant %s", got, tt.want)
				}
			})
		})
	}
}

func TestPutWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(1)
		gate := make(chan struct{})
		r.Offer(block(gate))
		synctest.Wait()
		r.Offer(say("first"))

		var done atomic.Bool
		go func() {
			if err := r.Put(t.Context(), say("second")); err != nil {
				t.Error(err)
			}
			done.Store(true)
		}()
		synctest.Wait()
		if done.Load() {
			t.Fatal("Put did not wait")
		}
		close(gate)
		synctest.Wait()
		if want := []string{"first", "second", "flush"}; !done.Load() || !slices.Contains(r.log, "second") {
			t.Errorf("log %q, want %q", r.log, want)
		}
	})
}

func TestPutGivesUp(t *testing.T) {
	tests := []struct {
		name string
		do   func(r *recorder, cancel context.CancelCauseFunc)
		want error
	}{
		{"context", func(_ *recorder, cancel context.CancelCauseFunc) { cancel(errEnd) }, errEnd},
		{"stopped", func(r *recorder, _ context.CancelCauseFunc) { r.Stop(nil) }, actor.ErrClosed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				r := start(1)
				gate := make(chan struct{})
				defer close(gate)
				r.Offer(block(gate))
				synctest.Wait()
				r.Offer(say("a"))
				got := make(chan error, 1)
				go func() { got <- r.Put(ctx, say("b")) }()
				synctest.Wait()
				tt.do(r, cancel)
				if err := <-got; !errors.Is(err, tt.want) {
					t.Errorf("Put: got %v, want %v", err, tt.want)
				}
			})
		})
	}
}

func TestOnDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(4)
		var got []string
		var mu sync.Mutex
		note := func(name string) func(error) {
			return func(reason error) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, fmt.Sprintf("%s %v", name, reason))
			}
		}
		r.OnDown(note("a"))
		r.OnDown(func(error) { panic("a monitor's own fault") })
		cancel := r.OnDown(note("cancelled"))
		r.OnDown(note("b"))
		cancel()
		r.Stop(errEnd)
		synctest.Wait()
		r.OnDown(note("late"))
		if want := []string{"a end", "b end", "late end"}; !slices.Equal(got, want) {
			t.Errorf("monitors\n got %q\nwant %q", got, want)
		}
	})
}

func TestPanicKeepsTheStackAndTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(4)
		var reason error
		r.OnDown(func(err error) { reason = err })
		r.Offer(func(*recorder) { panic(errEnd) })
		synctest.Wait()
		var p *actor.PanicError
		if !errors.As(reason, &p) || !errors.Is(reason, errEnd) {
			t.Fatalf("reason %v, want a PanicError of %v", reason, errEnd)
		}
		if !strings.Contains(string(p.Stack), "TestPanicKeepsTheStackAndTheError") {
			t.Errorf("stack does not name the function that panicked:\n%s", p.Stack)
		}
	})
}

// A sender's messages arrive in its order, whatever others send, and none is lost.
func TestOrderPerSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const senders, each = 8, 500
		r := start(16)
		last := make([]int, senders)
		for s := range senders {
			go func() {
				for i := 1; i <= each; i++ {
					err := r.Put(t.Context(), func(*recorder) {
						if last[s] != i-1 {
							t.Errorf("sender %d: %d came after %d", s, i, last[s])
						}
						last[s] = i
					})
					if err != nil {
						t.Error(err)
					}
				}
			}()
		}
		synctest.Wait()
		for s, n := range last {
			if n != each {
				t.Errorf("sender %d: %d of %d messages came", s, n, each)
			}
		}
	})
}

func TestNoGoroutineAtRest(t *testing.T) {
	before := runtime.NumGoroutine()
	actors := make([]*recorder, 1000)
	var wg sync.WaitGroup
	for i := range actors {
		actors[i] = start(4)
		wg.Add(1)
		actors[i].Offer(func(*recorder) { wg.Done() })
	}
	wg.Wait()
	for range 1000 {
		if runtime.NumGoroutine() <= before+2 {
			return
		}
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before+100 {
		t.Errorf("%d goroutines for 1000 actors at rest", n-before)
	}
}

type sink struct {
	actor.Actor[int]
	done chan struct{}
}

func (s *sink) Receive(int) {}
func (s *sink) Flush(bool)  { s.done <- struct{}{} }
func (s *sink) Down(error)  {}

func BenchmarkWakeAndRest(b *testing.B) {
	s := &sink{done: make(chan struct{}, 1)}
	s.Init(s, 4)
	b.ReportAllocs()
	for b.Loop() {
		s.Offer(1)
		<-s.done
	}
}
