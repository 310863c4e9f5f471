package live

import (
	"context"
	"errors"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/congago/conga/live/internal/actor"
)

// Send has f run between two events of the page, from any goroutine. Functions that wait together are followed by one
// rendering. Send never waits: it reports false when the session has ended, is not connected, or its mailbox is full.
// In the last case the page's Resync is called later, or the page mounted afresh.
func (s *Session) Send(f func() error) bool {
	if s.sock == nil || s.closed.Load() {
		return false
	}
	if s.mail.Offer(message{run: f}) {
		return true
	}
	if !s.closed.Load() {
		s.h.stats.dropped.Add(1)
	}
	return false
}

// OnDown has f called with the reason when the session has ended, after the page's Close, or at once when it has ended
// already. f runs in the session's goroutine. The function that OnDown returns takes f off again.
func (s *Session) OnDown(f func(reason error)) (cancel func()) {
	return s.mail.OnDown(func(reason error) {
		if err := recovered(func() { f(reason) }); err != nil {
			s.logError("on down", err)
		}
	})
}

// task is a function of Go at work.
type task struct{ cancel context.CancelFunc }

// Go runs work beside the page, and then, between two events, the function that work returns, which may change the
// page; nil does nothing. ctx is cancelled when the session ends. A task of the same name is cancelled, and its result
// dropped. A panic of work is logged and shown to the visitor like an error of a handler. Over HTTP nothing is run.
func (s *Session) Go(name string, work func(ctx context.Context) func() error) {
	if !s.Connected() {
		return
	}
	s.Cancel(name)
	ctx, cancel := context.WithCancel(s.ctx)
	t := &task{cancel}
	if s.tasks == nil {
		s.tasks = make(map[string]*task)
	}
	s.tasks[name] = t
	s.h.hold()
	go func() {
		defer s.h.release()
		defer cancel()
		done := runTask(ctx, work)
		_ = s.mail.Put(s.ctx, message{run: func() error {
			if s.tasks[name] != t {
				return nil
			}
			delete(s.tasks, name)
			if done == nil {
				return nil
			}
			return done()
		}})
	}()
}

// Cancel cancels the task of that name, if there is one, and drops its result.
func (s *Session) Cancel(name string) {
	if t := s.tasks[name]; t != nil {
		t.cancel()
		delete(s.tasks, name)
	}
}

// runTask turns a panic of work into a function that returns it as an error.
func runTask(ctx context.Context, work func(context.Context) func() error) (done func() error) {
	defer func() {
		if v := recover(); v != nil {
			err := &actor.PanicError{Value: v, Stack: debug.Stack()}
			done = func() error { return err }
		}
	}()
	return work(ctx)
}

// After has f run once, between two events, when d has passed. The function it returns stops it. Over HTTP nothing is
// run.
func (s *Session) After(d time.Duration, f func() error) (stop func()) {
	return s.schedule(d, false, f)
}

// Every has f run between two events, d after it last ended. The function it returns stops it. Over HTTP nothing is
// run. The error says that d is not positive.
func (s *Session) Every(d time.Duration, f func() error) (stop func(), err error) {
	if d <= 0 {
		return nil, errors.New("every: the time is not positive")
	}
	return s.schedule(d, true, f), nil
}

// schedule keeps one timer, which is set anew only when f has run: a slow page is not flooded.
func (s *Session) schedule(d time.Duration, again bool, f func() error) (stop func()) {
	if !s.Connected() {
		return func() {}
	}
	var stopped atomic.Bool
	var timer *time.Timer
	ready := make(chan struct{}) // until timer is set
	rearm := func() {
		if again && !stopped.Load() && !s.closed.Load() {
			timer.Reset(d)
		}
	}
	timer = time.AfterFunc(d, func() {
		<-ready
		sent := s.Send(func() error {
			if stopped.Load() {
				return nil
			}
			defer rearm()
			return f()
		})
		if !sent {
			rearm()
		}
	})
	close(ready)
	forget := s.mail.OnDown(func(error) {
		stopped.Store(true)
		timer.Stop()
	})
	return func() {
		stopped.Store(true)
		timer.Stop()
		forget()
	}
}
