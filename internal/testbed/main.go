//go:build unix

// Command testbed runs a command with what its tests need beside it:
//
//	testbed go test ./...
//
// The command finds a PostgreSQL in CONGA_TEST_DATABASE_URL. The server is new
// and empty, and gone when the command has ended or was interrupted. If the
// variable is set already, the command gets that server instead.
//
// "testbed -missing" names the programs that tests need and the machine lacks,
// one a line: postgresql, chromium.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/congago/conga/internal/browser"
	"github.com/congago/conga/internal/pgtest"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "testbed: %v\n", err)
	}
	os.Exit(code)
}

func run(args []string) (code int, err error) {
	switch {
	case len(args) == 0:
		return 2, errors.New("name a command to run")
	case args[0] == "-missing":
		for _, name := range missing() {
			fmt.Println(name)
		}
		return 0, nil
	}

	// From here on a signal ends the command, and the command's end ends us.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)

	if os.Getenv(pgtest.URLVariable) == "" {
		server, err := pgtest.Open()
		if err != nil {
			return 1, err
		}
		defer func() {
			if fault := server.Close(); fault != nil {
				code, err = 1, errors.Join(err, fault)
			}
		}()
		if err := os.Setenv(pgtest.URLVariable, server.URL()); err != nil {
			return 1, err
		}
	}
	return execute(args, signals)
}

func missing() (names []string) {
	if _, err := pgtest.FindBinaries(); err != nil && os.Getenv(pgtest.URLVariable) == "" {
		names = append(names, "postgresql")
	}
	if browser.Find() == "" {
		names = append(names, "chromium")
	}
	return names
}

// execute runs the command in a process group of its own, passes on the
// signals to all of the group, and leaves none of it running.
func execute(args []string, signals <-chan os.Signal) (int, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	group := -cmd.Process.Pid

	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case sig := <-signals:
			if sig, ok := sig.(syscall.Signal); ok {
				_ = syscall.Kill(group, sig) // it may have ended already
			}
		case err := <-ended:
			_ = syscall.Kill(group, syscall.SIGKILL) // stragglers, if any
			return exitCode(err)
		}
	}
}

func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil // it has told why itself
	default:
		return 1, err
	}
}
