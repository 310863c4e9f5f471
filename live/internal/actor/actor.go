// Package actor gives one owner of state a mailbox. Messages are handled one at a time and in order, so the owner needs
// no locks. An actor at rest costs its struct and no more: its goroutine lives only while there is something to do.
//
// What it takes over from Erlang's processes: isolation (a panic ends this actor alone), monitors ([Actor.OnDown]),
// links (by a context that the receiver cancels in Down) and the promise that Down is always called, once. What it
// does differently: the mailbox is bounded. [Actor.Put] waits for room, [Actor.Offer] does not.
package actor

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// Errors of Put, and reasons of Down.
var (
	// ErrClosed says that the actor has stopped, or is about to.
	ErrClosed = errors.New("actor is closed")
	// ErrExited is the reason of an actor whose receiver ended its goroutine by runtime.Goexit.
	ErrExited = errors.New("actor's goroutine exited")
)

// PanicError is the reason of an actor whose receiver panicked.
type PanicError struct {
	// Value is what was passed to panic.
	Value any
	// Stack is the stack of the goroutine at that moment. It is for the log, not for clients.
	Stack []byte
}

// Error tells the value of the panic.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value of the panic when it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// A Receiver owns the state behind an actor. The actor never calls two of its methods at the same time.
type Receiver[M any] interface {
	// Receive handles one message.
	Receive(m M)
	// Flush follows the last of the messages that waited together, or every 64th. lost says that Offer has refused
	// a message since the last Flush because the mailbox was full.
	Flush(lost bool)
	// Down is the last call, with the reason given to Stop or Kill, a *PanicError, or ErrExited.
	Down(reason error)
}

// batch is how many messages are handled before a Flush comes between.
const batch = 64

// Actor is a mailbox and the goroutine that sometimes runs behind it. Init makes it ready; its methods may then be
// called from any goroutine. An actor must not be copied.
type Actor[M any] struct {
	recv  Receiver[M]
	bound int

	mu       sync.Mutex
	queue    []M // queue[head:] waits
	head     int
	space    chan struct{} // closed and dropped when room is made for those that wait in Put
	monitors []*func(error)
	reason   error
	handled  int  // since the last Flush
	running  bool // a goroutine is at work
	lost     bool // a message was refused since the last Flush
	closed   bool // nothing more comes in; the queue is still handled
	killed   bool // the queue is not handled any more
	down     bool // Down was called
}

// Init sets the receiver and the greatest number of waiting messages.
func (a *Actor[M]) Init(recv Receiver[M], bound int) {
	a.recv, a.bound = recv, bound
}

// Offer queues m. It reports false when the mailbox is full or the actor closed, and never waits.
func (a *Actor[M]) Offer(m M) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	if len(a.queue)-a.head >= a.bound {
		a.lost = true
		return false
	}
	a.push(m)
	return true
}

// Put queues m and waits for room as long as ctx lets it. Its error is ErrClosed or the cause of ctx.
func (a *Actor[M]) Put(ctx context.Context, m M) error {
	for {
		room, err := a.tryPut(m)
		if room == nil {
			return err
		}
		select {
		case <-room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (a *Actor[M]) tryPut(m M) (room <-chan struct{}, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, ErrClosed
	}
	if len(a.queue)-a.head >= a.bound {
		if a.space == nil {
			a.space = make(chan struct{})
		}
		return a.space, nil
	}
	a.push(m)
	return nil, nil
}

// push appends m under the lock and sees to it that somebody handles it.
func (a *Actor[M]) push(m M) {
	if a.head > 0 && len(a.queue) == cap(a.queue) {
		n := copy(a.queue, a.queue[a.head:])
		clear(a.queue[n:])
		a.queue, a.head = a.queue[:n], 0
	}
	a.queue = append(a.queue, m)
	a.start()
}

// Stop closes the mailbox; what waits in it is still handled, then the actor goes down with reason. Only the first
// reason counts.
func (a *Actor[M]) Stop(reason error) { a.end(reason, false) }

// Kill closes the mailbox and drops what waits in it. The actor goes down with reason after the message at hand.
func (a *Actor[M]) Kill(reason error) { a.end(reason, true) }

// StopHere is Stop for an actor at rest: Down and the monitors are called before it returns, by its goroutine. An actor
// at work, or one that has stopped, is stopped like by Stop.
func (a *Actor[M]) StopHere(reason error) {
	a.mu.Lock()
	if a.running || a.closed {
		a.mu.Unlock()
		a.Stop(reason)
		return
	}
	a.closed, a.running, a.reason = true, true, reason
	a.mu.Unlock()
	a.finish()
}

func (a *Actor[M]) end(reason error, kill bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down {
		return
	}
	if !a.closed {
		a.closed, a.reason = true, reason
	}
	if kill {
		a.drop()
	}
	a.wake()
	a.start()
}

func (a *Actor[M]) drop() {
	a.killed, a.queue, a.head = true, nil, 0
}

// OnDown has f called with the reason once the actor is down, or now when it already is. The monitors are called one
// after the other, after Down. The function it returns takes f off again.
func (a *Actor[M]) OnDown(f func(reason error)) (cancel func()) {
	a.mu.Lock()
	if a.down && !a.running {
		reason := a.reason
		a.mu.Unlock()
		f(reason)
		return func() {}
	}
	m := &f
	a.monitors = append(a.monitors, m)
	a.mu.Unlock()
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for i, other := range a.monitors {
			if other == m {
				a.monitors = append(a.monitors[:i:i], a.monitors[i+1:]...)
				return
			}
		}
	}
}

// Len returns the number of waiting messages.
func (a *Actor[M]) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.queue) - a.head
}

func (a *Actor[M]) start() {
	if !a.running {
		a.running = true
		go a.run()
	}
}

func (a *Actor[M]) wake() {
	if a.space != nil {
		close(a.space)
		a.space = nil
	}
}

// run handles messages until none is left. A panic, or an exit of the goroutine, ends the actor; the rest is then done
// by another goroutine, because this one may not come back.
func (a *Actor[M]) run() {
	returned := false
	defer func() {
		if returned {
			return
		}
		var reason error = ErrExited
		if v := recover(); v != nil {
			reason = &PanicError{Value: v, Stack: debug.Stack()}
		}
		a.mu.Lock()
		a.closed, a.reason = true, reason
		a.drop()
		a.wake()
		a.mu.Unlock()
		go a.finish()
	}()
	a.loop()
	returned = true
}

type step int

const (
	rest step = iota
	receive
	flush
	finish
)

func (a *Actor[M]) loop() {
	for {
		m, what, lost := a.next()
		switch what {
		case receive:
			a.recv.Receive(m)
		case flush:
			a.recv.Flush(lost)
		case finish:
			a.finish()
			return
		case rest:
			return
		}
	}
}

// next decides what comes now. The goroutine gives up its place under the same lock that push takes to see whether
// there is one.
func (a *Actor[M]) next() (m M, what step, lost bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	waiting := len(a.queue) - a.head
	switch {
	case a.killed:
		return m, finish, false
	case a.handled > 0 && (waiting == 0 || a.handled >= batch):
		lost, a.lost, a.handled = a.lost, false, 0
		return m, flush, lost
	case waiting > 0:
		var zero M
		m, a.queue[a.head] = a.queue[a.head], zero
		a.head++
		a.handled++
		if a.head == len(a.queue) {
			a.queue, a.head = nil, 0
		}
		a.wake()
		return m, receive, false
	case a.closed:
		return m, finish, false
	default:
		a.running = false
		return m, rest, false
	}
}

// finish calls Down and then the monitors, each on its own, so that a fault in one keeps none from being called.
func (a *Actor[M]) finish() {
	a.mu.Lock()
	if a.down {
		a.mu.Unlock()
		return
	}
	a.down = true
	reason := a.reason
	a.mu.Unlock()

	if err := guard(func() { a.recv.Down(reason) }); err != nil {
		reason = errors.Join(reason, err)
	}
	for {
		a.mu.Lock()
		a.reason = reason
		monitors := a.monitors
		a.monitors = nil
		a.running = len(monitors) > 0
		a.mu.Unlock()
		if len(monitors) == 0 {
			return
		}
		for _, f := range monitors {
			_ = guard(func() { (*f)(reason) })
		}
	}
}

// guard calls f and returns its panic as an error.
func guard(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	f()
	return nil
}
