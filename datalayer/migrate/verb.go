package migrate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func (c *command) options() PlanOptions { return PlanOptions{Drop: c.drop, Plain: c.plain} }

func (c *command) runOptions() RunOptions {
	return RunOptions{Until: c.until, Drop: c.drop, Log: func(line string) { fmt.Fprintln(c.out, line) }}
}

func (c *command) plan(ctx context.Context) error {
	return c.projects(ctx, func(p *Project) error {
		plan, err := p.Plan(ctx, c.options())
		if err != nil {
			return err
		}
		if plan.Empty() && len(plan.Left) == 0 {
			fmt.Fprintln(c.out, "The database has all that the model needs.")
		}
		fmt.Fprint(c.out, plan)
		c.advise(plan)
		return nil
	})
}

func (c *command) newFiles(ctx context.Context) error {
	name := strings.Join(c.words, "_")
	if slug(name) == "" {
		return errors.New("new wants a name: migrate new add_users")
	}
	return c.project(ctx, true, func(p *Project) error {
		plan, files, err := p.New(ctx, name, c.options())
		if err != nil {
			return err
		}
		for _, l := range plan.Left {
			fmt.Fprintf(c.out, "left alone: %s (dropped only with -drop)\n", l)
		}
		if len(files) == 0 {
			fmt.Fprintln(c.out, p.whose()+"come to the model: nothing to write.")
			return nil
		}
		dir := p.folder(c.dir)
		if err := Write(dir, files...); err != nil {
			return err
		}
		for _, f := range files {
			fmt.Fprintln(c.out, filepath.Join(dir, f.Path()))
		}
		p.Files = append(p.Files, files...)
		c.advise(plan)
		return nil
	})
}

// advise prints what Lint finds in a plan.
func (c *command) advise(plan *Plan) {
	for _, w := range plan.Lint() {
		fmt.Fprintln(c.out, w)
	}
}

func (c *command) apply(ctx context.Context) error {
	files, err := c.files(false)
	if err != nil {
		return err
	}
	return c.databases(ctx, func(d *Database) error {
		ran, err := d.upBoth(ctx, files, c.runOptions())
		if err == nil && len(ran) == 0 {
			fmt.Fprintln(c.out, "The database has run all files.")
		}
		return err
	})
}

func (c *command) down(ctx context.Context) error {
	files, err := c.files(false)
	if err != nil {
		return err
	}
	return c.databases(ctx, func(d *Database) error {
		undone, err := d.downBoth(ctx, files, c.runOptions())
		if err == nil && len(undone) == 0 {
			fmt.Fprintln(c.out, "There is nothing to undo.")
		}
		return err
	})
}

func (c *command) status(ctx context.Context) error {
	files, err := c.files(false)
	if err != nil {
		return err
	}
	return c.databases(ctx, func(d *Database) error {
		entries, err := Status(ctx, d, files.global)
		for _, e := range entries {
			fmt.Fprintf(c.out, "%s %s: %s\n", e.Version, e.Name, e.state())
		}
		if err != nil || len(files.tenants) == 0 {
			return err
		}
		return c.tenantStatus(ctx, d, files.tenants)
	})
}

// tenantStatus lists what is not as it should be in the schemas of tenants.
func (c *command) tenantStatus(ctx context.Context, d *Database, files []*File) error {
	schemas, behind := 0, 0
	err := d.eachTenant(ctx, func(schema string, t *Database) error {
		entries, err := Status(ctx, t, files)
		lags := false
		for _, e := range entries {
			if !e.run() {
				lags = true
				fmt.Fprintf(c.out, "schema %s: %s %s: %s\n", schema, e.Version, e.Name, e.state())
			}
		}
		schemas++
		if lags {
			behind++
		}
		return err
	})
	fmt.Fprintf(c.out, "schemas of tenants: %d, of which %d have not run all files as they are\n", schemas, behind)
	return err
}

// run tells that the file was run, whole and as it is.
func (e Entry) run() bool { return !e.Applied.IsZero() && !e.Missing && !e.Changed && e.Partly == "" }

// state is the entry in words.
func (e Entry) state() string {
	at := e.Applied.Format("2006-01-02 15:04:05Z")
	switch {
	case e.Missing:
		return "run " + at + ", but the file is gone"
	case e.Partly != "":
		return "in part: " + e.Partly
	case e.Changed:
		return "run " + at + ", but the file has changed since"
	case e.Late:
		return "not run, though a later file was"
	case e.Applied.IsZero():
		return "not run"
	}
	return "run " + at
}

func (c *command) check(ctx context.Context) error {
	return c.project(ctx, false, func(p *Project) error {
		if err := p.Check(ctx); err != nil {
			return err
		}
		fmt.Fprintln(c.out, p.whose()+"come to the model.")
		return nil
	})
}

func (c *command) lint(ctx context.Context) error {
	files, err := c.files(false)
	if err != nil {
		return err
	}
	return c.databases(ctx, func(d *Database) error {
		err := c.lintPending(ctx, d, files.global)
		if len(files.tenants) == 0 {
			return err
		}
		return c.also(err, func() error {
			return c.tenants(ctx, d, func(t *Database) error { return c.lintPending(ctx, t, files.tenants) })
		})
	})
}

func (c *command) lintPending(ctx context.Context, d *Database, files []*File) error {
	warnings, err := d.LintPending(ctx, files)
	for _, w := range warnings {
		fmt.Fprintln(c.out, w)
	}
	if err == nil && len(warnings) > 0 {
		return errFound
	}
	return err
}

func (c *command) drift(ctx context.Context) error {
	return c.projects(ctx, func(p *Project) error {
		plan, err := p.Drift(ctx)
		if err != nil {
			return err
		}
		for _, s := range plan.Steps {
			fmt.Fprintln(c.out, "somebody has: "+s.Title)
		}
		for _, l := range plan.Left {
			fmt.Fprintln(c.out, "not from the migrations: "+l)
		}
		if !plan.Empty() {
			return errFound
		}
		fmt.Fprintln(c.out, "The database is what the files make of it.")
		return nil
	})
}

func (c *command) squash(ctx context.Context) error {
	files, err := c.files(true)
	if err != nil {
		return err
	}
	return c.project(ctx, true, func(p *Project) error {
		// The one may have too few files where the other has enough.
		if len(upTo(p.Files, c.until)) < 2 && (p.Tenants || len(upTo(files.tenants, c.until)) > 1) {
			return nil
		}
		dir := p.folder(c.dir)
		file, replaced, err := p.Squash(ctx, c.until)
		if err != nil {
			return err
		}
		for _, f := range replaced {
			if err := os.Remove(filepath.Join(dir, f.Path())); err != nil {
				return err
			}
			fmt.Fprintln(c.out, "removed "+filepath.Join(dir, f.Path()))
		}
		if err := create(filepath.Join(dir, file.Path()), file.Format()); err != nil {
			return err
		}
		fmt.Fprintln(c.out, filepath.Join(dir, file.Path()))
		p.Files = append([]*File{file}, p.Files[len(replaced):]...)
		return Sum(dir)
	})
}

func (c *command) adopt(ctx context.Context) error {
	return c.projects(ctx, func(p *Project) error {
		files, err := p.Adopt(ctx)
		for _, f := range files {
			fmt.Fprintln(c.out, "taken for run: "+f.Path())
		}
		return err
	})
}

func (c *command) sum(context.Context) error {
	tenants := filepath.Join(c.dir, tenantFolder)
	if _, err := os.Stat(tenants); err == nil {
		if err := Sum(tenants); err != nil {
			return err
		}
	}
	return Sum(c.dir)
}
