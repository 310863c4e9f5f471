package guides_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/api/graphql"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// The code of the README.

type User struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `conga:"unique"`
}

func (u *User) Define(r *resource.Builder[User]) {
	r.Read("list")
	r.Create("register").Accept(&u.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

type Room struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required"`

	Messages []Message `conga:"has_many"`
}

func (room *Room) Define(r *resource.Builder[Room]) {
	r.Read("list")
	r.Create("open").Accept(&room.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// Message is one post in a room.
type Message struct {
	ID         uuid.UUID `conga:"primary"`
	Body       string    `validate:"required,max=4000"`
	RoomID     uuid.UUID
	AuthorID   uuid.UUID
	InsertedAt time.Time `conga:"created"`

	Room   *Room `conga:"belongs_to"`
	Author *User `conga:"belongs_to"`
}

// Define says what can be done with messages, and by whom.
func (m *Message) Define(r *resource.Builder[Message]) {
	me := resource.Actor[User](r)

	r.Read("list").Primary().Sort(expr.Desc(&m.InsertedAt)).Page(50)
	r.Create("post").Primary().Accept(&m.Body, &m.RoomID).Change(resource.Set(&m.AuthorID, &me.ID))
	r.Update("edit").Primary().Accept(&m.Body)

	r.Policy("list").AuthorizeIf(resource.Public)
	r.Policy("post").AuthorizeIf(resource.ActorPresent)
	r.Policy("edit").AuthorizeIf(expr.Eq(&m.AuthorID, &me.ID))

	r.Publish("room", &m.RoomID)
}

// RoomPage shows one room: its messages, and a form to post one.
type RoomPage struct {
	Room     *Room
	Messages live.Stream[*Message]
	Form     *form.Form
}

func (p *RoomPage) Mount(s *live.Session) (err error) {
	if p.Room, err = conga.For[Room](s.App()).Get(s, s.Param("id")); err != nil {
		return err
	}
	messages := conga.For[Message](s.App())
	f := messages.Fields()
	s.Subscribe(messages.Topic("room", p.Room.ID), func(e conga.Event) error {
		msg, err := messages.Get(s, e.Key)
		if err == nil {
			p.Messages.Append(msg)
		}
		return err
	})
	p.Form, err = form.Create(messages, "post", conga.Set(&f.RoomID, p.Room.ID))
	return err
}

func (p *RoomPage) Validate(s *live.Session, v form.Values) error { return p.Form.Validate(s, v) }

func (p *RoomPage) Save(s *live.Session, v form.Values) error {
	ok, err := p.Form.Submit(s, v)
	if ok {
		p.Form.Reset()
	}
	return err
}

// TestReadme does what the README shows, and sends its curl commands.
func TestReadme(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx := t.Context()
	store, err := sqlite.Open(ctx, "app.db") // or postgres.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[User](), resource.Of[Room](), resource.Of[Message]())
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	ann, room := readmeData(t, app)
	ctx = conga.WithActor(ctx, ann)

	messages := conga.For[Message](app)
	f := messages.Fields()
	msg, err := messages.Create(ctx, "post", conga.Set(&f.Body, "hello"), conga.Set(&f.RoomID, room.ID))
	if err != nil {
		t.Fatal(err)
	}
	page, err := messages.Read(ctx, "list", conga.Where(expr.Is(&f.RoomID, room.ID)), conga.Load(&f.Author))
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != msg.ID || page.Items[0].Author.Name != "Ann" {
		t.Errorf("read: got %+v, %v", page, err)
	}

	mux := http.NewServeMux()
	mux.Handle("/api/", rest.New(app))
	mux.Handle("/graphql", graphql.New(app))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/messages", nil))
	if w.Code != http.StatusOK {
		t.Errorf("without options: status %d: %s", w.Code, w.Body)
	}
	tokens := api.Options{Actor: func(context.Context, string) (any, error) { return ann, nil }}
	mux = http.NewServeMux()
	mux.Handle("/api/", rest.New(app, rest.Options{Options: tokens}))
	mux.Handle("/graphql", graphql.New(app))
	server := httptest.NewServer(mux)
	defer server.Close()
	sendReadme(t, shell{addr: strings.TrimPrefix(server.URL, "http://"), env: []string{"TOKEN=t", "ROOM=" + room.ID.String()}})
}

// readmeRoot is found before a test changes its folder.
var readmeRoot, _ = filepath.Abs(root)

func sendReadme(t *testing.T, sh shell) {
	t.Helper()
	for _, b := range readGuide(t, readmeRoot+"/README.md") {
		if b.lang != "sh" || !strings.Contains(b.text, "curl ") {
			continue
		}
		docs, err := documents(sh.run(t, b))
		if err != nil || len(docs) != 3 {
			t.Fatalf("%s: %d answers, %v; want 3", b.where, len(docs), err)
		}
		for i, doc := range docs {
			answer, _ := doc.(map[string]any)
			if _, problem := answer["status"]; problem || answer["errors"] != nil {
				text, _ := json.Marshal(doc)
				t.Errorf("%s: answer %d is %s", b.where, i+1, text)
			}
		}
	}
}

func TestReadmePage(t *testing.T) {
	store, err := sqlite.Open(t.Context(), ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[User](), resource.Of[Room](), resource.Of[Message]())
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	ann, room := readmeData(t, app)
	pages, err := live.Compile(os.DirFS("templates"), live.Page[RoomPage]("/rooms/{id}", "readme.html"))
	if err != nil {
		t.Fatal(err)
	}
	handler := live.New(app, pages, live.Options{
		Actor: func(context.Context, live.SessionData) (any, error) { return ann, nil },
	})
	page := livetest.Open(t, handler, "/rooms/"+room.ID.String())
	page.Submit("#chat-form", "body", "hello")
	page.WaitForText("#messages", "hello")
}

func readmeData(t *testing.T, app *conga.App) (*User, *Room) {
	t.Helper()
	users, rooms := conga.For[User](app), conga.For[Room](app)
	ann, err := users.Create(t.Context(), "register", conga.Set(&users.Fields().Name, "Ann"))
	if err != nil {
		t.Fatal(err)
	}
	room, err := rooms.Create(t.Context(), "open", conga.Set(&rooms.Fields().Name, "Hall"))
	if err != nil {
		t.Fatal(err)
	}
	return ann, room
}
