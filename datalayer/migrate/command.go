package migrate

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/congago/conga/resource"
)

// Program is an application, for Main.
type Program struct {
	// Definitions are its resources.
	Definitions []resource.Definition
	// Files are migrations embedded in the binary. When they are nil, those in
	// the folder of -dir are used, and new ones go there in any case.
	Files fs.FS
	// Dir is the folder for new files. Empty means "migrations".
	Dir string
	// URL is the address of the database. Empty means DATABASE_URL of the environment.
	URL string
	// Out gets what there is to read, Err what went wrong. Nil means standard output and error.
	Out, Err io.Writer
}

// Main is the command line of migrations, for an application's own binary. It
// returns the code to exit with: 0, or 1 after an error and where check, lint
// or drift found something, or 2 if args are wrong.
func Main(args []string, p Program) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := &command{program: p, out: p.Out, err: p.Err}
	if c.out == nil {
		c.out = os.Stdout
	}
	if c.err == nil {
		c.err = os.Stderr
	}
	return c.run(ctx, args)
}

// command is one run of the command line.
type command struct {
	program  Program
	out, err io.Writer

	url, dir, scratch, until string
	schemas                  list
	drop, plain              bool
	words                    []string // after the flags
}

// list is a flag that may be given several times.
type list []string

// String is the flag as text.
func (l *list) String() string { return fmt.Sprint([]string(*l)) }

// Set adds a value.
func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

// verbs are the commands by name, with what they do.
var verbs = []struct {
	name, usage string
	run         func(*command, context.Context) error
}{
	{"plan", "show what the database lacks for the model", (*command).plan},
	{"new", "NAME: write files that bring the migrations to the model", (*command).newFiles},
	{"apply", "run the files that the database has not run", (*command).apply},
	{"status", "list the files, and which were run", (*command).status},
	{"down", "undo the last file, or all after -to", (*command).down},
	{"check", "fail if the files do not come to the model", (*command).check},
	{"lint", "tell what is dangerous in files not yet run", (*command).lint},
	{"squash", "make one file of all, or of those up to -to", (*command).squash},
	{"drift", "fail if the database is not what the files make of it", (*command).drift},
	{"adopt", "take a database made without the files for one that has run them", (*command).adopt},
	{"sum", "renew the checksums after files were edited on purpose", (*command).sum},
}

// errFound makes the command fail without a message: what it found is printed.
var errFound = errors.New("found")

func (c *command) run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		c.usage()
		return 2
	}
	i := slices.IndexFunc(verbs, func(v struct {
		name, usage string
		run         func(*command, context.Context) error
	}) bool {
		return v.name == args[0]
	})
	if i < 0 {
		fmt.Fprintf(c.err, "migrate %s is not known\n", args[0])
		c.usage()
		return 2
	}
	if err := c.flags(verbs[i].name, args[1:]); err != nil {
		return 2
	}
	err := verbs[i].run(c, ctx)
	if err != nil && !errors.Is(err, errFound) {
		fmt.Fprintln(c.err, "migrate:", err)
	}
	if err != nil {
		return 1
	}
	return 0
}

func (c *command) usage() {
	fmt.Fprintln(c.err, "usage: migrate COMMAND [FLAGS] [NAME]")
	for _, v := range verbs {
		fmt.Fprintf(c.err, "  %-8s %s\n", v.name, v.usage)
	}
	fmt.Fprintln(c.err, "Flags of all commands are told by migrate COMMAND -h.")
}

func (c *command) flags(name string, args []string) error {
	dir, url := c.program.Dir, c.program.URL
	if dir == "" {
		dir = "migrations"
	}
	if url == "" {
		url = os.Getenv("DATABASE_URL")
	}
	set := flag.NewFlagSet("migrate "+name, flag.ContinueOnError)
	set.SetOutput(c.err)
	set.StringVar(&c.url, "url", url, "`address` of the database: postgres://… or the path of a SQLite file")
	set.StringVar(&c.dir, "dir", dir, "`folder` of the migrations")
	set.StringVar(&c.scratch, "scratch", "", "`address` of another PostgreSQL server for throw-away databases")
	set.StringVar(&c.until, "to", "", "`version` of the file to end with")
	set.Var(&c.schemas, "schema", "`schema` of PostgreSQL to work in, for a tenant; may be repeated")
	set.BoolVar(&c.drop, "drop", false, "allow the loss of data: drop columns and tables")
	set.BoolVar(&c.plain, "plain", false, "one file for all, whose locks stop writers: for empty and small databases")
	err := set.Parse(args)
	// Flags may follow the name too.
	for err == nil && set.NArg() > 0 {
		c.words = append(c.words, set.Arg(0))
		err = set.Parse(set.Args()[1:])
	}
	return err
}

// files are the migrations: the embedded ones, or those of the folder.
func (c *command) files(writing bool) (both, error) {
	folder := c.program.Files
	if folder == nil || writing {
		folder = os.DirFS(c.dir)
	}
	if len(c.schemas) == 0 {
		return readBoth(folder)
	}
	files, err := Read(folder) // which the schemas have for themselves
	return both{global: files}, err
}

// project calls f with the model, the files and the database; then, where there
// are tables in schemas of tenants, with the project of these.
func (c *command) project(ctx context.Context, writing bool, f func(*Project) error) error {
	registry, err := resource.Compile(c.program.Definitions...)
	if err != nil {
		return err
	}
	files, err := c.files(writing)
	if err != nil {
		return err
	}
	return c.databases(ctx, func(d *Database) error {
		p := &Project{Database: d, Resources: registry.Resources, Files: files.global, Scratch: c.scratch}
		err := errors.Join(f(p), p.Close(ctx))
		if len(c.schemas) > 0 || len(files.tenants) == 0 && len(inSchemas(p.Resources, true)) == 0 {
			return err
		}
		return c.also(err, func() error {
			t := &Project{Database: d, Resources: p.Resources, Files: files.tenants, Tenants: true, Global: p.Files, Scratch: c.scratch}
			return errors.Join(f(t), t.Close(ctx))
		})
	})
}

// also goes on with f where there was no error but that something was found.
func (c *command) also(err error, f func() error) error {
	if err != nil && !errors.Is(err, errFound) {
		return err
	}
	return cmp.Or(f(), err)
}

// projects calls f with the project of the database and that of each tenant's schema.
func (c *command) projects(ctx context.Context, f func(*Project) error) error {
	return c.project(ctx, false, func(p *Project) error {
		if !p.Tenants {
			return f(p)
		}
		return c.tenants(ctx, p.Database, func(d *Database) error {
			p.Database = d
			return f(p)
		})
	})
}

// tenants calls f with the schema of each tenant, under its name.
func (c *command) tenants(ctx context.Context, d *Database, f func(*Database) error) error {
	var found error
	err := d.eachTenant(ctx, func(schema string, t *Database) error {
		fmt.Fprintf(c.out, "schema %s:\n", schema)
		err := f(t)
		if errors.Is(err, errFound) {
			found, err = err, nil
		}
		return err
	})
	return cmp.Or(err, found)
}

// databases calls f with the database, or with each of the schemas.
func (c *command) databases(ctx context.Context, f func(*Database) error) error {
	if c.url == "" {
		return errors.New("there is no database: give -url or set DATABASE_URL")
	}
	d, err := Open(ctx, c.url)
	if err != nil {
		return err
	}
	defer d.Close()
	if len(c.schemas) == 0 {
		return f(d)
	}
	for _, name := range c.schemas {
		tenant, err := d.Schema(ctx, name)
		if err != nil {
			return err
		}
		err = errors.Join(f(tenant), tenant.Close())
		if err != nil {
			return fmt.Errorf("schema %s: %w", name, err)
		}
	}
	return nil
}
