//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// connections are the clients that ask at the same time.
const connections = 16

// job is one round of load. The requests are ready to be sent, and asked for in turn.
type job struct {
	Address  string
	Requests [][]byte
	For      time.Duration
}

// sample is what came of a job.
type sample struct {
	Requests int
	Took     time.Duration
	P50, P99 time.Duration
	Fault    string
}

func (s sample) perSecond() float64 { return float64(s.Requests) / s.Took.Seconds() }

// clients is another process that asks, so that its processor time and its
// garbage are not those of the servers.
type clients struct {
	process *exec.Cmd
	in      io.WriteCloser
	jobs    *json.Encoder
	samples *json.Decoder
}

// startClients starts this program again as "load".
func startClients() (*clients, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &clients{process: exec.Command(self, "load")}
	c.process.Stderr = os.Stderr
	if c.in, err = c.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.jobs, c.samples = json.NewEncoder(c.in), json.NewDecoder(out)
	return c, c.process.Start()
}

func (c *clients) close() error {
	return errors.Join(c.in.Close(), c.process.Wait())
}

// do has the clients ask. An answer other than 200 or 201 is an error.
func (c *clients) do(j job) (s sample, err error) {
	if err = c.jobs.Encode(j); err == nil {
		err = c.samples.Decode(&s)
	}
	if err == nil && s.Fault != "" {
		err = errors.New(s.Fault)
	}
	return s, err
}

// loadLoop is the other process.
func loadLoop() error {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var j job
		if err := in.Decode(&j); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		s, err := j.run()
		if err != nil {
			s.Fault = err.Error()
		}
		if err := out.Encode(s); err != nil {
			return err
		}
	}
}

// run asks over all connections until the time is over.
func (j job) run() (sample, error) {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		times []time.Duration
		fault error
	)
	begin := time.Now()
	for c := range connections {
		wg.Go(func() {
			own, err := j.ask(c, begin)
			mu.Lock()
			defer mu.Unlock()
			times, fault = append(times, own...), errors.Join(fault, err)
		})
	}
	wg.Wait()
	if fault != nil || len(times) == 0 {
		return sample{}, errors.Join(fault, errors.New("nothing was answered"))
	}
	took := time.Since(begin)
	slices.Sort(times)
	return sample{Requests: len(times), Took: took, P50: times[len(times)/2], P99: times[len(times)*99/100]}, nil
}

// ask sends one request after the other over one connection. It does as
// little as a client can: what it costs makes servers look alike.
func (j job) ask(first int, begin time.Time) (times []time.Duration, err error) {
	conn, err := net.Dial("tcp", j.Address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 64<<10)
	for n := first; time.Since(begin) < j.For; n += connections {
		at := time.Now()
		if _, err := conn.Write(j.Requests[n%len(j.Requests)]); err != nil {
			return nil, err
		}
		answer, err := http.ReadResponse(r, nil) //nolint:bodyclose // it is read to its end, and the connection is ours
		if err != nil {
			return nil, err
		}
		if answer.StatusCode > http.StatusCreated {
			b, _ := io.ReadAll(answer.Body)
			return nil, fmt.Errorf("%.80s: %s: %s", j.Requests[n%len(j.Requests)], answer.Status, b)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			return nil, err
		}
		times = append(times, time.Since(at))
	}
	return times, nil
}

// one sends a single request and returns the body of the answer.
func one(address string, request []byte) ([]byte, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil) //nolint:bodyclose // the connection is closed
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode > http.StatusCreated {
		err = fmt.Errorf("%.80s: %s: %s", request, answer.Status, b)
	}
	return b, err
}

// cpu is the processor time that this process, the servers, has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cpuOf is the processor time of other processes, as far as Linux tells it.
func cpuOf(pids []int) (sum time.Duration) {
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if err != nil {
			continue
		}
		var ns int64
		if _, err := fmt.Fscan(bytes.NewReader(text), &ns); err == nil {
			sum += time.Duration(ns)
		}
	}
	return sum
}

// median is the middle of the values.
func median(values []float64) float64 {
	values = slices.Clone(values)
	slices.Sort(values)
	return values[len(values)/2]
}
