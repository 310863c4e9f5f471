package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/congago/conga/datalayer/migrate"
)

var notName = regexp.MustCompile(`[^a-z0-9]+`)

// genResources writes structs for the tables of a database. Files that are
// there stay as they are unless -force is given, so that new tables can be
// added to a package that people have worked on.
func genResources(ctx context.Context, args []string, out, errs io.Writer) int {
	set := flag.NewFlagSet("gen resources", flag.ContinueOnError)
	set.SetOutput(errs)
	url := set.String("url", os.Getenv("DATABASE_URL"), "`address` of the database: postgres://… or the path of a SQLite file")
	dir := set.String("dir", "resources", "`folder` to write to")
	pkg := set.String("package", "", "`name` of the package; that of the folder if empty")
	force := set.Bool("force", false, "overwrite files that are there")
	if err := set.Parse(args); err != nil {
		return 2
	}
	if *pkg == "" {
		*pkg = notName.ReplaceAllString(strings.ToLower(filepath.Base(*dir)), "")
	}
	if err := generate(ctx, *url, *dir, *pkg, *force, set.Args(), out); err != nil {
		fmt.Fprintln(errs, "conga gen resources:", err)
		return 1
	}
	return 0
}

func generate(ctx context.Context, url, dir, pkg string, force bool, tables []string, out io.Writer) error {
	if url == "" {
		return errors.New("there is no database: give -url or set DATABASE_URL")
	}
	d, err := migrate.Open(ctx, url)
	if err != nil {
		return err
	}
	defer d.Close()
	sources, notes, err := d.Resources(ctx, pkg, tables...)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // sources are for all to read
		return err
	}
	for _, s := range sources {
		path := filepath.Join(dir, s.Name)
		if _, err := os.Stat(path); err == nil && !force {
			fmt.Fprintln(out, "kept    "+path)
			continue
		}
		if err := os.WriteFile(path, []byte(s.Text), 0o644); err != nil { //nolint:gosec // sources are for all to read
			return err
		}
		fmt.Fprintln(out, "written "+path)
	}
	for _, n := range notes {
		fmt.Fprintln(out, "note:   "+n)
	}
	return nil
}
