//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"
)

// request makes the n-th request of a workload for a server.
type request func(n int) (*http.Request, error)

// sample is one round of load.
type sample struct {
	perSecond float64
	p50, p99  time.Duration
	// cpu is the processor time of this process, clients and server, for one request.
	cpu time.Duration
}

// connections are the clients that ask at the same time.
const connections = 16

// load asks for d, and measures what was answered. An answer other than 200
// or 201 ends the run.
func load(client *http.Client, make request, d time.Duration) (sample, error) {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		times []time.Duration
		fault error
	)
	before := cpu()
	begin := time.Now()
	for c := range connections {
		wg.Go(func() {
			var own []time.Duration
			var err error
			for n := c; time.Since(begin) < d && err == nil; n += connections {
				at := time.Now()
				_, err = ask(client, make, n)
				own = append(own, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			times = append(times, own...)
			if err != nil {
				fault = err
			}
		})
	}
	wg.Wait()
	took := time.Since(begin)
	if fault != nil {
		return sample{}, fault
	}
	slices.Sort(times)
	return sample{
		perSecond: float64(len(times)) / took.Seconds(),
		p50:       times[len(times)/2], p99: times[len(times)*99/100],
		cpu: (cpu() - before) / time.Duration(len(times)),
	}, nil
}

// cpu is the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ask sends one request and returns the answer's body.
func ask(client *http.Client, make request, n int) ([]byte, error) {
	r, err := make(n)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, answer.Body); err != nil {
		return nil, err
	}
	if answer.StatusCode > http.StatusCreated {
		return nil, fmt.Errorf("%s %s: %s: %s", r.Method, r.URL, answer.Status, b.String())
	}
	return b.Bytes(), nil
}

// median is the middle of the values.
func median(values []float64) float64 {
	values = slices.Clone(values)
	slices.Sort(values)
	return values[len(values)/2]
}
