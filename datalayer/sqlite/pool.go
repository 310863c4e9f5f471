package sqlite

import (
	"context"
	"errors"
	"sync"

	"github.com/congago/conga/datalayer"
)

// pool is a number of connections, which are opened when they are needed. It
// may be used from many goroutines.
type pool struct {
	dsn string
	// permits are as many as there may be connections; one is taken for each in use.
	permits chan struct{}
	closed  chan struct{}
	once    sync.Once

	mu   sync.Mutex
	idle []*connection // the last one used last
}

func newPool(dsn string, size int) *pool {
	return &pool{dsn: dsn, permits: make(chan struct{}, size), closed: make(chan struct{})}
}

var errClosed = errors.New("the database is closed")

// take is a connection for the caller alone, to be given back. It waits for one until ctx ends.
func (p *pool) take(ctx context.Context) (*connection, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.closed:
		return nil, &datalayer.UnavailableError{Cause: errClosed}
	default:
	}
	select {
	case p.permits <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		return nil, &datalayer.UnavailableError{Cause: errClosed}
	}
	if c := p.pop(); c != nil {
		return c, nil
	}
	c, err := connect(p.dsn)
	if err != nil {
		<-p.permits
		return nil, err
	}
	return c, nil
}

// pop is the idle connection used last, whose statements are the freshest; nil without any.
func (p *pool) pop() *connection {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	c := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return c
}

// give takes a connection back.
func (p *pool) give(c *connection) {
	if c.usable() {
		p.mu.Lock()
		p.idle = append(p.idle, c)
		p.mu.Unlock()
	} else {
		_ = c.close()
	}
	<-p.permits
}

// close waits for connections in use and closes all.
func (p *pool) close() error {
	var errs []error
	p.once.Do(func() {
		close(p.closed)
		for range cap(p.permits) {
			p.permits <- struct{}{}
		}
		for c := p.pop(); c != nil; c = p.pop() {
			errs = append(errs, c.close())
		}
	})
	return errors.Join(errs...)
}
