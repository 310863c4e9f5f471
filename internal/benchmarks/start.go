//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"text/template"
	"time"
)

// The application of benchmarkStart.
const (
	startResources = 300
	startActions   = 10
)

// benchmarkStart writes a program with 300 resources of 20 fields and 10
// actions each, builds it, with an empty cache unless warm, and starts it.
func benchmarkStart(ctx context.Context, warm bool) error {
	dir, err := os.MkdirTemp("", "conga-start-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeProgram(ctx, dir); err != nil {
		return err
	}
	begin := time.Now()
	build := exec.CommandContext(ctx, "go", "build", "-o", "start", ".")
	build.Dir, build.Stderr = dir, os.Stderr
	build.Env = append(os.Environ(), "GOFLAGS=-trimpath -mod=mod", "GOWORK=off")
	what := "go build of the program alone"
	if !warm {
		what = "go build with an empty cache, the standard library and SQLite included"
		build.Env = append(build.Env, "GOCACHE="+filepath.Join(dir, "cache"))
	}
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the program: %w", err)
	}
	state := build.ProcessState
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		return err
	}
	fmt.Printf("%s: %.1f s, processor time %.1f s, largest process %d MB\n",
		what, time.Since(begin).Seconds(), (state.UserTime() + state.SystemTime()).Seconds(), u.Maxrss>>10)
	start := exec.CommandContext(ctx, filepath.Join(dir, "start"))
	start.Dir, start.Stdout, start.Stderr = dir, os.Stdout, os.Stderr
	return start.Run()
}

// writeProgram writes a module that uses the one we are in.
func writeProgram(ctx context.Context, dir string) error {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return err
	}
	root := filepath.Dir(strings.TrimSpace(string(mod)))
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	const name = "github.com/congago/conga"
	own := strings.Replace(string(text), "module "+name, "module start", 1) +
		"\nrequire " + name + " v0.0.0\nreplace " + name + " => " + root + "\n"
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return err
	}
	files := map[string][]byte{"go.mod": []byte(own), "go.sum": sums}
	for name, t := range map[string]*template.Template{"main.go": startMain, "resources.go": startResource} {
		var b bytes.Buffer
		if err := t.Execute(&b, struct{ Resources, Actions []int }{numbers(startResources), numbers(startActions - 5)}); err != nil {
			return err
		}
		files[name] = b.Bytes()
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func numbers(n int) (out []int) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

// startMain times what happens at start.
var startMain = template.Must(template.New("main").Parse(`package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
)

func definitions() []resource.Definition {
	return []resource.Definition{
{{- range .Resources}}
		resource.Of[R{{.}}](),
{{- end}}
	}
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	begin := time.Now()
	if _, err := resource.Compile(definitions()...); err != nil {
		return err
	}
	fmt.Printf("resource.Compile, the first time: %v\n", time.Since(begin))
	fmt.Println("resource.Compile, again:", testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, err := resource.Compile(definitions()...); err != nil {
				b.Fatal(err)
			}
		}
	}))
	for _, what := range []string{"with all tables to create", "with all tables there"} {
		store, err := sqlite.Open(context.Background(), "start.db")
		if err != nil {
			return err
		}
		begin := time.Now()
		app, err := conga.New(store, definitions()...)
		if err != nil {
			return err
		}
		took := time.Since(begin)
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Printf("conga.New, %s: %v, %d MB of heap\n", what, took, m.HeapAlloc>>20)
		if err := app.Close(); err != nil {
			return err
		}
	}
	return nil
}
`))

// startResource is the resources: two relationships, twenty fields, two of
// them calculated, ten actions and their policies.
var startResource = template.Must(template.New("resources").Parse(`package main

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)
{{range $n := .Resources}}
type R{{$n}} struct {
	ID         uuid.UUID ` + "`conga:\"primary\"`" + `
	Name       string    ` + "`validate:\"required,max=100\" conga:\"unique,trim\"`" + `
	Title      string    ` + "`validate:\"max=200\"`" + `
	Body       string
	State      string ` + "`validate:\"oneof=open closed\"`" + `
	Count      int    ` + "`validate:\"min=0\"`" + `
	Size       int64
	Ratio      float64
	Price      decimal.Decimal
	Active     bool
	Note       *string
	DueAt      *time.Time
	Took       time.Duration
	Data       []byte
	ParentID   *uuid.UUID
	OwnerID    uuid.UUID
	Total      int  ` + "`conga:\"calculated\"`" + `
	Cheap      bool ` + "`conga:\"calculated\"`" + `
	InsertedAt time.Time ` + "`conga:\"created,index\"`" + `
	UpdatedAt  time.Time ` + "`conga:\"updated\"`" + `

	Parent   *R{{$n}} ` + "`conga:\"belongs_to\"`" + `
	Owner    *R0 ` + "`conga:\"belongs_to\"`" + `
	Children []R{{$n}} ` + "`conga:\"has_many,key=ParentID\"`" + `
}

func (x *R{{$n}}) Define(r *resource.Builder[R{{$n}}]) {
	me := resource.Actor[R0](r)
	resource.Calculate(r, &x.Total, expr.Count(&x.Children))
	resource.Calculate(r, &x.Cheap, expr.Is(&x.Count, 0))
	r.Read("list").Primary().Sort(expr.Desc(&x.InsertedAt)).Page(50)
	r.Read("active").Filter(expr.Is(&x.Active, true))
	r.Create("create").Primary().Accept(&x.Name, &x.Title, &x.Body, &x.State, &x.ParentID).Change(resource.Set(&x.OwnerID, &me.ID))
	r.Update("update").Primary().Accept(&x.Name, &x.Title, &x.Body)
	r.Destroy("delete").Primary()
{{- range $.Actions}}
	r.Update("change_{{.}}").Accept(&x.Count, &x.Size, &x.Price, &x.Note)
{{- end}}
	r.Policy("list", "active").AuthorizeIf(resource.Public)
	r.Policy("create").AuthorizeIf(resource.ActorPresent)
	r.Policy("update", "delete"{{range $.Actions}}, "change_{{.}}"{{end}}).AuthorizeIf(expr.Eq(&x.OwnerID, &me.ID))
	r.Publish("owner", &x.OwnerID)
}
{{end}}`))
