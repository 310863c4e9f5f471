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

	"github.com/congago/conga/datalayer/migrate"
)

// needModel are the commands that look at the application's resources.
const needModel = " plan new check squash drift adopt "

// runMigrate runs migrate.Main: itself where only files are needed, otherwise
// in a program that is made for the occasion and knows the resources.
func runMigrate(ctx context.Context, args []string, out, errs io.Writer) int {
	pkg, args := cutFlag(args, "resources")
	switch {
	case pkg != "":
		code, err := runWith(ctx, pkg, args, out, errs)
		if err != nil {
			fmt.Fprintln(errs, "conga migrate:", err)
			return 1
		}
		return code
	case len(args) > 0 && strings.Contains(needModel, " "+args[0]+" "):
		fmt.Fprintf(errs, "conga migrate %s needs the model: name its package with -resources ./package\n", args[0])
		return 2
	}
	return migrate.Main(args, migrate.Program{Out: out, Err: errs})
}

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

// program is the main package that knows the resources of a package.
const program = `package main

import (
	"os"

	"github.com/congago/conga/datalayer/migrate"
	app %q
)

func main() { os.Exit(migrate.Main(os.Args[1:], migrate.Program{Definitions: app.Resources()})) }
`

// runWith writes the program beside the package, so that it may import what
// the package may, and runs it.
func runWith(ctx context.Context, pkg string, args []string, out, errs io.Writer) (code int, err error) {
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
			"or call migrate.Main in it", pkg)
	}
	dir, err := os.MkdirTemp(lines[2], ".conga-")
	if err != nil {
		return 1, fmt.Errorf("write the program: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, fmt.Appendf(nil, program, lines[1]), 0o600); err != nil {
		return 1, fmt.Errorf("write the program: %w", err)
	}
	binary := filepath.Join(dir, "migrate.exe")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, file) //nolint:gosec // what was just written
	build.Stdout, build.Stderr = errs, errs
	if err := build.Run(); err != nil {
		return 1, fmt.Errorf("build the program with %s (does it have func Resources() []resource.Definition? is "+
			"github.com/congago/conga/datalayer/migrate in go.mod, by go get?): %w", pkg, err)
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
