package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// childVariable makes the test binary be the chat itself.
const childVariable = "CHAT_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// server is the chat as a process of its own, which can be killed and started
// again on the same port and with the same data.
type server struct {
	testing.TB
	dir string
	env []string
	url string

	cmd    *exec.Cmd
	stderr *lockedBuffer
	ended  chan struct{} // closed when the process has ended
	exit   error         // as Wait said, then
}

// start starts a chat with new data; env is added to its environment.
func start(t testing.TB, env ...string) *server {
	t.Helper()
	s := &server{TB: t, dir: t.TempDir(), env: env}
	s.start("127.0.0.1:0")
	t.Cleanup(s.kill)
	return s
}

func (s *server) start(addr string) {
	s.Helper()
	s.cmd = exec.Command(os.Args[0], "-addr", addr)
	s.cmd.Dir = s.dir
	s.cmd.Env = append(append(os.Environ(), childVariable+"=1", "DATABASE_URL="), s.env...)
	s.stderr = &lockedBuffer{}
	s.cmd.Stderr = s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		s.Fatalf("the chat did not start: %v\n%s", err, s.stderr)
	}
	ended := make(chan struct{})
	s.ended = ended
	go func(cmd *exec.Cmd) {
		s.exit = cmd.Wait()
		close(ended)
	}(s.cmd)
	s.url = "http" + strings.TrimSpace(line[strings.Index(line, "://"):])
}

// kill ends the process as kill -9 does.
func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may have ended by itself
	<-s.ended
	s.cmd = nil
	if strings.Contains(s.stderr.String(), "DATA RACE") {
		s.Errorf("the chat said:\n%s", s.stderr)
	}
}

// restart starts the chat again, where it was.
func (s *server) restart() {
	s.Helper()
	s.start(strings.TrimPrefix(s.url, "http://"))
}

// terminate asks the chat to stop, and answers its exit status.
func (s *server) terminate() int {
	s.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.Fatal(err)
	}
	select {
	case <-s.ended:
		s.cmd = nil
		if exit, ok := errors.AsType[*exec.ExitError](s.exit); ok {
			return exit.ExitCode()
		} else if s.exit != nil {
			s.Fatal(s.exit)
		}
		return 0
	case <-time.After(patience):
		s.Fatalf("the chat does not stop\n%s", s.stderr)
		return -1
	}
}

// lockedBuffer is a buffer that is written and read at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends p.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is what was written so far.
func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
