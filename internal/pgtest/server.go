package pgtest

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Server is a PostgreSQL server of its own: data in a temporary folder, a Unix
// socket beside it, durability switched off, the superuser "postgres" without
// a password. Its methods may be called from many goroutines.
type Server struct {
	dir string

	mu      sync.Mutex
	keeper  *exec.Cmd // runs keeper.sh; nil once the server is closed
	orders  io.WriteCloser
	answers *bufio.Reader
}

//go:embed keeper.sh
var keeperScript string

// NewServer starts a server for t alone, and closes it when t and its subtests
// have ended. The test fails if there is no PostgreSQL. CONGA_TEST_DATABASE_URL
// plays no part: that server is not ours to stop.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s, err := Open()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return s
}

// Open starts a server, for callers that have no test. The caller closes it;
// it also ends with the process.
func Open() (*Server, error) {
	s, err := engage()
	if err != nil {
		return nil, err
	}
	for _, order := range []string{"init", "start"} {
		if err := s.order(order); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// engage makes the folder of a server and starts the keeper, with no orders yet.
func engage() (*Server, error) {
	bin, err := FindBinaries()
	if err != nil {
		return nil, err
	}
	who := serverAccount()
	dir, err := makeFolder(who)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.startKeeper(bin, who); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// startKeeper starts keeper.sh, in a session of its own: a Ctrl-C that ends
// the tests must not end it before it has tidied up.
func (s *Server) startKeeper(bin string, who *account) error {
	// The classes of characters are the only thing asked of the locale.
	ctype := "C.UTF-8"
	if runtime.GOOS == "darwin" {
		ctype = "en_US.UTF-8"
	}
	cmd := exec.Command("sh", "-c", keeperScript, "pgtest-keeper", s.dir, bin, ctype)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.SysProcAttr = detached(who)
	orders, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start keeper: %w", err)
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start keeper: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start keeper: %w", err)
	}
	s.keeper, s.orders, s.answers = cmd, orders, bufio.NewReader(answers)
	return nil
}

// URL returns the URL of the server's first database, "postgres". It names a
// Unix socket and stays the same over Stop and Start. A test that wants to
// stand between client and server takes the socket's address from
// pgconn.ParseConfig and pgconn.NetworkAddress.
func (s *Server) URL() string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User("postgres"),
		Path:     "/postgres",
		RawQuery: url.Values{"host": {s.dir}}.Encode(),
	}
	return u.String()
}

// Start starts the server after Stop or Kill, and returns when it accepts
// connections.
func (s *Server) Start() error { return s.order("start") }

// Stop ends the server as an administrator would: transactions roll back,
// clients are told that it shuts down. It returns when the server is gone.
func (s *Server) Stop() error { return s.order("stop") }

// Kill ends the server as a crash would: connections break off in the middle,
// and the next Start recovers from the log. It returns when the server is gone.
func (s *Server) Kill() error { return s.order("kill") }

// Restart is Stop and Start.
func (s *Server) Restart() error {
	if err := s.Stop(); err != nil {
		return err
	}
	return s.Start()
}

// Close ends the server, removes its folder and returns when both are gone.
// Closing a closed server does nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keeper == nil {
		return nil
	}
	keeper := s.keeper
	s.keeper = nil
	if err := s.orders.Close(); err != nil {
		return fmt.Errorf("close server: %w", err)
	}
	if err := keeper.Wait(); err != nil {
		return fmt.Errorf("close server: %w", err)
	}
	return nil
}

// order has the keeper do one thing and waits until it is done.
func (s *Server) order(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keeper == nil {
		return fmt.Errorf("%s server: it is closed", what)
	}
	if _, err := io.WriteString(s.orders, what+"\n"); err != nil {
		return fmt.Errorf("%s server: %w", what, err)
	}
	answer, err := s.answers.ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s server: keeper is gone: %w", what, err)
	}
	if answer != "ok\n" {
		return fmt.Errorf("%s server: its log ends with:\n%s", what, s.lastWords())
	}
	return nil
}

// lastWords returns the end of the server's log.
func (s *Server) lastWords() string {
	const enough = 12
	log, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-enough):], "\n")
}
