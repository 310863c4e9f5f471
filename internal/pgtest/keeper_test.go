package pgtest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A test process that is killed outright leaves nothing behind, whatever its
// server was doing just then.
func TestKeeperOutlivesItsProcess(t *testing.T) {
	const role = "PGTEST_KILLED_WHILE"
	if doing := os.Getenv(role); doing != "" {
		s, err := engage()
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range []string{"init", "start", ""} {
			if order == doing || order == "" {
				fmt.Println("now " + s.dir)
			}
			if order == "" {
				select {}
			}
			if err := s.order(order); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, doing := range []string{"init", "start", "serve"} {
		t.Run(doing, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKeeperOutlivesItsProcess$")
			cmd.Env = append(os.Environ(), role+"="+doing)
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			output := bufio.NewReader(stdout)
			line, err := output.ReadString('\n')
			dir, ready := strings.CutPrefix(strings.TrimSpace(line), "now ")
			if !ready {
				rest, _ := io.ReadAll(output)
				t.Fatalf("the process has no server to be killed with (%v):\n%s%s", err, line, rest)
			}
			if _, err := os.Stat(dir); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, output); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // it tells of the kill
			awaitRemoval(t, dir)
		})
	}
}

// awaitRemoval polls: the process to wait for is not our child.
func awaitRemoval(t *testing.T, dir string) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s is left behind", dir)
		}
	}
}
