package chat_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/examples/chat/chat"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// club is a chat with two people in it.
type club struct {
	*conga.App
	users    conga.Handle[chat.User]
	rooms    conga.Handle[chat.Room]
	messages conga.Handle[chat.Message]
	ann, bob *chat.User
}

// everywhere runs a test on both databases.
func everywhere(t *testing.T, test func(t *testing.T, c *club)) {
	stores := map[string]func(t *testing.T) (datalayer.Layer, error){
		"sqlite": func(t *testing.T) (datalayer.Layer, error) {
			return sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chat.db"))
		},
		"postgres": func(t *testing.T) (datalayer.Layer, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			store, err := open(t)
			if err != nil {
				t.Fatal(err)
			}
			app, err := conga.New(store, chat.Resources()...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { app.Close() })
			c := &club{App: app, users: conga.For[chat.User](app), rooms: conga.For[chat.Room](app), messages: conga.For[chat.Message](app)}
			c.ann, c.bob = c.register(t, "Ann"), c.register(t, "Bob")
			test(t, c)
		})
	}
}

func (c *club) register(t *testing.T, name string) *chat.User {
	t.Helper()
	f := c.users.Fields()
	return must(c.users.Create(t.Context(), "register", conga.Set(&f.Name, name), conga.Args(&chat.Password{Password: "password of " + name})))(t)
}

func (c *club) open(t *testing.T, owner *chat.User, name string) *chat.Room {
	t.Helper()
	return must(c.rooms.Create(as(t, owner), "create", conga.Set(&c.rooms.Fields().Name, name)))(t)
}

func (c *club) post(t *testing.T, author *chat.User, room *chat.Room, body string) *chat.Message {
	t.Helper()
	f := c.messages.Fields()
	return must(c.messages.Create(as(t, author), "post", conga.Set(&f.Body, body), conga.Set(&f.RoomID, room.ID)))(t)
}

// as is a context in which somebody acts; nil is nobody.
func as(t *testing.T, who *chat.User) context.Context {
	if who == nil {
		return t.Context()
	}
	return conga.WithActor(t.Context(), who)
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantKind(t *testing.T, what string, err error, kind resource.ErrorKind) {
	t.Helper()
	if got := conga.KindOf(err); err == nil && kind != "" || got != kind {
		t.Errorf("%s: %v (%q), want %q", what, err, got, kind)
	}
}

// Who may do what with a message and a room of Ann's.
func TestPolicies(t *testing.T) {
	everywhere(t, func(t *testing.T, c *club) {
		mf, rf := c.messages.Fields(), c.rooms.Fields()
		for _, tt := range []struct {
			who              *chat.User
			read, write, own resource.ErrorKind
		}{
			{c.ann, "", "", ""},
			{c.bob, "", "", conga.Forbidden},
			{nil, "", conga.Forbidden, conga.Forbidden},
		} {
			name := "nobody"
			if tt.who != nil {
				name = tt.who.Name
			}
			ctx := as(t, tt.who)
			room := c.open(t, c.ann, "Room for "+name)
			m := c.post(t, c.ann, room, "hello")

			_, err := c.messages.Get(ctx, m.ID)
			wantKind(t, name+" reads", err, tt.read)
			_, err = c.messages.Create(ctx, "post", conga.Set(&mf.Body, "hi"), conga.Set(&mf.RoomID, room.ID))
			wantKind(t, name+" posts", err, tt.write)
			_, err = c.rooms.Create(ctx, "create", conga.Set(&rf.Name, "By "+name))
			wantKind(t, name+" opens a room", err, tt.write)
			_, err = c.messages.Update(ctx, "edit", m, conga.Set(&mf.Body, "changed"))
			wantKind(t, name+" edits", err, tt.own)
			_, err = c.rooms.Update(ctx, "rename", room, conga.Set(&rf.Name, "Renamed for "+name))
			wantKind(t, name+" renames", err, tt.own)
			wantKind(t, name+" deletes", c.messages.Destroy(ctx, "delete", m), tt.own)
			wantKind(t, name+" deletes the room", c.rooms.Destroy(ctx, "delete", room), tt.own)
		}
	})
}

func TestMessagesBelongToWhoPosted(t *testing.T) {
	everywhere(t, func(t *testing.T, c *club) {
		f := c.messages.Fields()
		room, other := c.open(t, c.ann, "One"), c.open(t, c.ann, "Two")
		m := c.post(t, c.bob, room, "  hi  ")
		if m.AuthorID != c.bob.ID || m.Body != "hi" || m.Edited() {
			t.Errorf("posted %+v", m)
		}
		_, err := c.messages.Create(as(t, c.bob), "post", conga.Set(&f.Body, "x"), conga.Set(&f.RoomID, room.ID), conga.Set(&f.AuthorID, c.ann.ID))
		wantKind(t, "post as somebody else", err, conga.Invalid)
		_, err = c.messages.Update(as(t, c.bob), "edit", m, conga.Set(&f.RoomID, other.ID))
		wantKind(t, "move to another room", err, conga.Invalid)
		_, err = c.messages.Create(as(t, c.bob), "post", conga.Set(&f.Body, "x"), conga.Set(&f.RoomID, uuid.New()))
		wantKind(t, "post into no room", err, conga.Invalid)
		for _, body := range []string{"", " \n ", strings.Repeat("x", 4001)} {
			_, err = c.messages.Create(as(t, c.bob), "post", conga.Set(&f.Body, body), conga.Set(&f.RoomID, room.ID))
			wantKind(t, "post a bad text", err, conga.Invalid)
		}
		if m = must(c.messages.Update(as(t, c.bob), "edit", m, conga.Set(&f.Body, "ho")))(t); m.Body != "ho" || !m.Edited() {
			t.Errorf("edited %+v", m)
		}
	})
}

func TestRoomsCount(t *testing.T) {
	everywhere(t, func(t *testing.T, c *club) {
		f := c.rooms.Fields()
		room := c.open(t, c.ann, "Busy")
		c.post(t, c.ann, room, "one")
		last := c.post(t, c.bob, room, "two")
		got := must(c.rooms.Get(t.Context(), room.ID, conga.With(&f.MessageCount, &f.LastPostedAt)))(t)
		if got.MessageCount != 2 || got.LastPostedAt == nil || !got.LastPostedAt.Equal(last.InsertedAt) {
			t.Errorf("%d messages, last %v, want 2, last %v", got.MessageCount, got.LastPostedAt, last.InsertedAt)
		}
		_, err := c.rooms.Create(as(t, c.bob), "create", conga.Set(&f.Name, " Busy "))
		wantKind(t, "a second room of that name", err, conga.Conflict)
		if err := c.rooms.Destroy(as(t, c.ann), "delete", room); err != nil {
			t.Fatal(err)
		}
		left := must(c.messages.Read(t.Context(), "list", conga.Where(expr.Is(&c.messages.Fields().RoomID, room.ID))))(t)
		if len(left.Items) != 0 {
			t.Errorf("%d messages outlived their room", len(left.Items))
		}
	})
}

// Who listens to a room hears what is posted there, and nothing else.
func TestRoomsAreHeard(t *testing.T) {
	everywhere(t, func(t *testing.T, c *club) {
		room, other := c.open(t, c.ann, "Here"), c.open(t, c.ann, "There")
		var heard []string
		c.Subscribe(t.Context(), c.messages.Topic("room", room.ID), func(e conga.Event) {
			heard = append(heard, string(e.Kind)+" "+e.Record.(*chat.Message).Body)
		})
		m := c.post(t, c.bob, room, "hi")
		c.post(t, c.bob, other, "elsewhere")
		m = must(c.messages.Update(as(t, c.bob), "edit", m, conga.Set(&c.messages.Fields().Body, "ho")))(t)
		if err := c.messages.Destroy(as(t, c.bob), "delete", m); err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Join(heard, ", "), "created hi, updated ho, destroyed ho"; got != want {
			t.Errorf("heard %s\nwant  %s", got, want)
		}
	})
}

func TestAccounts(t *testing.T) {
	everywhere(t, func(t *testing.T, c *club) {
		f := c.users.Fields()
		for _, tt := range []struct {
			name, password string
			want           resource.ErrorKind
		}{
			{"Ann", "long enough", conga.Conflict},
			{"D", "long enough", conga.Invalid},
			{"Dan", "short", conga.Invalid},
			{"Dan", "long enough", ""},
		} {
			_, err := c.users.Create(t.Context(), "register", conga.Set(&f.Name, tt.name), conga.Args(&chat.Password{Password: tt.password}))
			wantKind(t, "register "+tt.name, err, tt.want)
		}
		for _, tt := range []struct {
			name, password string
			want           resource.ErrorKind
		}{
			{"Ann", "password of Ann", ""},
			{"Ann", "password of Bob", conga.Forbidden},
			{"Nobody", "password of Ann", conga.Forbidden},
		} {
			in, err := conga.Call[chat.SignedIn](t.Context(), c.users, "sign_in", &chat.Credentials{Name: tt.name, Password: tt.password})
			wantKind(t, "sign in as "+tt.name, err, tt.want)
			if err != nil {
				continue
			}
			who, err := chat.UserOf(t.Context(), c.App, in.Token)
			if user, ok := who.(*chat.User); err != nil || !ok || user.ID != c.ann.ID {
				t.Errorf("the token stands for %v (%v)", who, err)
			}
		}
		if who, err := chat.UserOf(t.Context(), c.App, "made up"); who != nil || err != nil {
			t.Errorf("a made-up token stands for %v (%v)", who, err)
		}
	})
}

// Tokens are good until they expire.
func TestTokensExpire(t *testing.T) {
	everywhere(t, func(t *testing.T, c *club) {
		in := must(conga.Call[chat.SignedIn](t.Context(), c.users, "sign_in", &chat.Credentials{Name: "Ann", Password: "password of Ann"}))(t)
		tokens := conga.For[chat.Token](c.App)
		issued := must(tokens.Read(t.Context(), "list"))(t).Items[0]
		if days := time.Until(issued.ExpiresAt).Hours() / 24; days < 29 || days > 30 {
			t.Errorf("the token is good for %.1f days, want 30", days)
		}
		if strings.Contains(string(issued.Hash), in.Token) {
			t.Error("the token itself is stored")
		}
	})
}
