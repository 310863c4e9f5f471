package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// cutFlag takes a flag with its value out of the arguments.
func cutFlag(args []string, name string) (value string, rest []string) {
	for i := 0; i < len(args); i++ {
		flag, v, given := strings.Cut(strings.TrimPrefix(args[i], "-"), "=")
		switch {
		case strings.TrimPrefix(flag, "-") != name || args[i] == flag:
			rest = append(rest, args[i])
		case given:
			value = v
		case i+1 < len(args):
			i++
			value = args[i]
		}
	}
	return value, rest
}

// program is the main package that runs a command for the resources of a package.
const program = `package main

import (
	"os"

	command "github.com/congago/conga/%s"
	app %q
)

func main() { os.Exit(command.Main(os.Args[1:], command.Program{Definitions: app.Resources()})) }
`

// runWith writes the program beside the package, so that it may import what
// the package may, and runs it. The command is a package of Conga with Main and Program.
func runWith(ctx context.Context, command, pkg string, args []string, out, errs io.Writer) (code int, err error) {
	list := exec.CommandContext(ctx, "go", "list", "-f", "{{.Name}}\n{{.ImportPath}}\n{{.Dir}}", pkg) //nolint:gosec // the user's own
	list.Stderr = errs
	answer, err := list.Output()
	if err != nil {
		return 1, fmt.Errorf("find package %s: %w", pkg, err)
	}
	lines := strings.Split(strings.TrimSpace(string(answer)), "\n")
	if len(lines) != 3 {
		return 1, fmt.Errorf("-resources wants one package, and %s is not", pkg)
	}
	if lines[0] == "main" {
		return 1, fmt.Errorf("%s is a program, which others cannot import: move its resources to a package of their own, "+
			"or call Main of github.com/congago/conga/%s in it", pkg, command)
	}
	dir, err := os.MkdirTemp(lines[2], ".conga-")
	if err != nil {
		return 1, fmt.Errorf("write the program: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, fmt.Appendf(nil, program, command, lines[1]), 0o600); err != nil {
		return 1, fmt.Errorf("write the program: %w", err)
	}
	binary := filepath.Join(dir, "command.exe")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, file) //nolint:gosec // what was just written
	build.Stdout, build.Stderr = errs, errs
	if err := build.Run(); err != nil {
		return 1, fmt.Errorf("build the program with %s (does it have func Resources() []resource.Definition? is "+
			"github.com/congago/conga/%s in go.mod, by go get?): %w", pkg, command, err)
	}
	cmd := exec.CommandContext(ctx, binary, args...) //nolint:gosec // what was just built
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, out, errs
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		return max(1, exit.ExitCode()), nil
	} else if err != nil {
		return 1, err
	}
	return 0, nil
}
