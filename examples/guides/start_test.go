package guides_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestGettingStarted does what the guide says, word for word: it writes the
// files in their order, builds and tests them in a module of their own, starts
// the server and compares the answers to the curl commands.
func TestGettingStarted(t *testing.T) {
	dir := t.TempDir()
	blocks := readGuide(t, root+"/docs/getting-started.md")
	for _, b := range blocks {
		if b.file != "" {
			writeFile(t, dir, b)
		}
	}
	startModule(t, dir)
	runGo(t, dir, "vet", ".")
	runGo(t, dir, "test", ".")
	runGo(t, dir, "build", "-o", "helpdesk", ".")
	sh := shell{dir: dir, addr: serve(t, dir, "./helpdesk")}
	play(t, blocks, sh)
	checkPage(t, sh.addr)
}

// writeFile stores a block, or adds it to the end of the second Define method,
// where the guide says that it goes.
func writeFile(t *testing.T, dir string, b block) {
	t.Helper()
	name := filepath.Join(dir, filepath.FromSlash(b.file))
	text := b.text
	if b.more {
		old, err := os.ReadFile(name)
		if err != nil {
			t.Fatalf("%s: %v", b.where, err)
		}
		const before = "}\n\n// Comment is"
		if !strings.Contains(string(old), before) {
			t.Fatalf("%s: the end of Ticket.Define is not found", b.where)
		}
		text = strings.Replace(string(old), before, text+before, 1)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startModule is "go mod init" and the replacement by this checkout. In the
// place of "go mod tidy", which would ask the network, it takes the versions
// of this module.
func startModule(t *testing.T, dir string) {
	t.Helper()
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	runGo(t, dir, "mod", "init", "helpdesk")
	runGo(t, dir, "mod", "edit", "-require=github.com/congago/conga@v0.0.0", "-replace=github.com/congago/conga="+here)
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "go.sum" {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		requireAll(t, dir, string(text))
	}
}

// requireAll takes over the versions that a go.mod requires.
func requireAll(t *testing.T, dir, mod string) {
	t.Helper()
	_, list, _ := strings.Cut(mod, "require (")
	list, _, _ = strings.Cut(list, "\n)")
	args := []string{"mod", "edit"}
	for line := range strings.SplitSeq(list, "\n") {
		if words := strings.Fields(line); len(words) > 1 {
			args = append(args, "-require="+words[0]+"@"+words[1])
		}
	}
	runGo(t, dir, args...)
}

func runGo(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOFLAGS=-mod=mod -buildvcs=false", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// serve starts the program and returns its address once it answers.
func serve(t *testing.T, dir, program string) (addr string) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = free.Addr().String()
	free.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "ADDR="+addr)
	output, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	// The program says its address right before it listens.
	lines := bufio.NewScanner(output)
	if !lines.Scan() {
		t.Fatalf("%s ends without a word", program)
	}
	go func() { _, _ = io.Copy(io.Discard, output) }() // so that the program never waits for a reader
	await(t, addr)
	return addr
}

// await connects until somebody listens.
func await(t *testing.T, addr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(errors.Join(err, ctx.Err()))
		}
	}
}

func checkPage(t *testing.T, addr string) {
	t.Helper()
	answer, err := http.Get("http://" + addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the page: status %s", answer.Status)
	}
}
