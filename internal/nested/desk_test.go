package nested

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
)

// desk is an application of tickets, with what related records it has.
type desk struct {
	*testing.T
	app       *conga.App
	people    conga.Handle[Person]
	tickets   conga.Handle[Ticket]
	deadlines conga.Handle[Deadline]
	comments  conga.Handle[Comment]
	replies   conga.Handle[Reply]
	notes     conga.Handle[Note]
	labels    conga.Handle[Label]
	ties      conga.Handle[Labelling]

	ann *Person
	ctx context.Context // of ann
	sql *statements
}

// statements are what a layer was asked to run.
type statements struct {
	mu   sync.Mutex
	list []string
}

func (s *statements) Statement(_ context.Context, sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, sql)
}

func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	return list
}

func onDesks(t *testing.T, f func(d *desk)) {
	t.Run("sqlite", func(t *testing.T) {
		f(newDesk(t, func(o datalayer.Observer) (datalayer.Layer, error) {
			return sqlite.OpenWith(context.Background(), ":memory:", sqlite.Options{Observer: o})
		}))
	})
	t.Run("postgres", func(t *testing.T) {
		f(newDesk(t, func(o datalayer.Observer) (datalayer.Layer, error) {
			return postgres.OpenWith(context.Background(), pgtest.Database(t), postgres.Options{Observer: o})
		}))
	})
}

func newDesk(t *testing.T, open func(datalayer.Observer) (datalayer.Layer, error)) *desk {
	t.Helper()
	d := &desk{T: t, sql: &statements{}}
	layer, err := open(d.sql)
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	d.app, err = conga.NewWith(conga.Options{Log: quiet}, layer,
		resource.Of[Person](), resource.Of[Ticket](), resource.Of[Deadline](), resource.Of[Comment](), resource.Of[Reply](),
		resource.Of[Note](), resource.Of[Label](), resource.Of[Labelling](), resource.Of[Branch]())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.app.Close() })
	d.people, d.tickets, d.deadlines = conga.For[Person](d.app), conga.For[Ticket](d.app), conga.For[Deadline](d.app)
	d.comments, d.replies, d.notes = conga.For[Comment](d.app), conga.For[Reply](d.app), conga.For[Note](d.app)
	d.labels, d.ties = conga.For[Label](d.app), conga.For[Labelling](d.app)
	d.ann = d.person("Ann", true)
	d.ctx = conga.WithActor(t.Context(), d.ann)
	return d
}

func (d *desk) person(name string, admin bool) *Person {
	d.Helper()
	f := d.people.Fields()
	p, err := d.people.Create(d.Context(), "join", conga.Set(&f.Name, name), conga.Set(&f.Admin, admin))
	if err != nil {
		d.Fatal(err)
	}
	return p
}

// open opens a ticket of ann.
func (d *desk) open(title string, options ...conga.Option) (*Ticket, error) {
	f := d.tickets.Fields()
	options = append(options, conga.Set(&f.Title, title), conga.Nest(&f.Author, conga.ChildKey(d.ann.ID)))
	return d.tickets.Create(d.ctx, "open", options...)
}

func (d *desk) mustOpen(title string, options ...conga.Option) *Ticket {
	d.Helper()
	t, err := d.open(title, options...)
	if err != nil {
		d.Fatal(err)
	}
	return t
}

func (d *desk) edit(t *Ticket, options ...conga.Option) error {
	_, err := d.tickets.Update(d.ctx, "edit", t, options...)
	return err
}

// state is all that there is of a ticket, in one line.
func (d *desk) state(t *Ticket) string {
	d.Helper()
	f, c := d.tickets.Fields(), d.comments.Fields()
	got, err := d.tickets.Get(d.ctx, t.ID, conga.Load(&f.Author), conga.Load(&f.Helper), conga.Load(&f.Deadline),
		conga.Load(&f.Comments, conga.Load(&c.Replies)), conga.Load(&f.Notes), conga.Load(&f.Labels))
	if err != nil {
		d.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s by %s", got.Title, got.Author.Name)
	if got.Helper != nil {
		b.WriteString(" with " + got.Helper.Name)
	}
	if got.Deadline != nil {
		fmt.Fprintf(&b, " in %d", got.Deadline.Days)
	}
	for _, c := range got.Comments {
		fmt.Fprintf(&b, " %d:%s/%s/%d", c.Position, c.Body, c.State, c.Edits)
		for _, r := range c.Replies {
			b.WriteString("(" + r.Text + ")")
		}
	}
	for _, n := range got.Notes {
		b.WriteString(" [" + n.Text + "]")
	}
	for _, l := range got.Labels {
		b.WriteString(" #" + l.Word)
	}
	return b.String()
}

func (d *desk) expect(t *Ticket, want string) {
	d.Helper()
	if got := d.state(t); got != want {
		d.Errorf("got  %s\nwant %s", got, want)
	}
}

// refused expects an error of that kind and its issues, as "path code" each.
func (d *desk) refused(err error, kind resource.ErrorKind, want ...string) {
	d.Helper()
	var e *conga.Error
	if !errors.As(err, &e) || e.Kind != kind {
		d.Errorf("got %v, want an error of kind %s", err, kind)
		return
	}
	var got []string
	for _, i := range e.Issues {
		got = append(got, strings.TrimSpace(i.Field()+" "+i.Code))
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		d.Errorf("got the issues %q, want %q", got, want)
	}
}
