// Package web is the chat's pages: server-rendered, and kept up to date over
// a WebSocket.
package web

import (
	"context"
	"embed"
	"io/fs"
	"net/http"

	"github.com/congago/conga"
	"github.com/congago/conga/examples/chat/chat"
	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
)

//go:embed templates assets
var files embed.FS

// Pages compiles the pages.
func Pages() (*live.Pages, error) {
	templates, err := fs.Sub(files, "templates")
	if err != nil {
		return nil, err
	}
	return live.Compile(templates,
		live.Layout("layout.html"),
		live.Page[HomePage]("/", "home.html", "header.html").Title("Rooms · Conga chat"),
		live.Page[RegisterPage]("/register", "register.html", "header.html").Title("Create account · Conga chat"),
		live.Page[SignInPage]("/sign_in", "sign_in.html", "header.html").Title("Sign in · Conga chat"),
		live.Page[RoomPage]("/rooms/{id}", "room.html", "header.html"),
	)
}

// Assets serves the style sheet and the script under /assets/.
func Assets() http.Handler { return http.FileServerFS(files) }

// userKey is the session value that holds the ID of the user who is signed in.
const userKey = "user"

// Options are the settings of the pages: who a visitor is.
func Options(app *conga.App, secret []byte) live.Options {
	return live.Options{Secret: secret, Actor: func(ctx context.Context, s live.SessionData) (any, error) {
		id := s.Get(userKey)
		if id == "" {
			return nil, nil
		}
		user, err := conga.For[chat.User](app).Get(ctx, id)
		if conga.KindOf(err) == conga.NotFound {
			return nil, nil // the account is gone: the cookie means nobody
		}
		return user, err
	}}
}

// Visitor is what every page knows: who looks at it.
type Visitor struct {
	// Me is the user who is signed in, or nil.
	Me *chat.User
}

func (v *Visitor) meet(s *live.Session) { v.Me, _ = s.Actor().(*chat.User) }

// SignOut forgets the user.
func (v *Visitor) SignOut(s *live.Session) error {
	s.Delete(userKey)
	s.Renew()
	return s.Redirect("/")
}

// HomePage lists the rooms, and opens new ones.
type HomePage struct {
	Visitor
	Rooms []*chat.Room
	Form  *form.Form
}

// Mount loads the rooms and follows what happens in them.
func (p *HomePage) Mount(s *live.Session) (err error) {
	p.meet(s)
	rooms := conga.For[chat.Room](s.App())
	if p.Form, err = form.Create(rooms, "create"); err != nil {
		return err
	}
	reload := func(conga.Event) error { return p.load(s) }
	s.Subscribe(rooms.Topic("", nil), reload)
	s.Subscribe(conga.For[chat.Message](s.App()).Topic("", nil), reload)
	return p.load(s)
}

func (p *HomePage) load(s *live.Session) error {
	rooms := conga.For[chat.Room](s.App())
	f := rooms.Fields()
	found, err := rooms.Read(s, "list", conga.With(&f.MessageCount), conga.Limit(200))
	if err == nil {
		p.Rooms = found.Items
	}
	return err
}

// Validate shows what is wrong with the name while it is typed.
func (p *HomePage) Validate(s *live.Session, v form.Values) error { return p.Form.Validate(s, v) }

// Create opens a room and goes there.
func (p *HomePage) Create(s *live.Session, v form.Values) error {
	ok, err := p.Form.Submit(s, v)
	if !ok {
		return err
	}
	return s.Navigate("/rooms/" + form.Result[chat.Room](p.Form).ID.String())
}

// RegisterPage creates an account.
type RegisterPage struct {
	Visitor
	Form *form.Form
}

// Mount prepares the form.
func (p *RegisterPage) Mount(s *live.Session) (err error) {
	p.meet(s)
	p.Form, err = form.Create(conga.For[chat.User](s.App()), "register")
	return err
}

// Validate shows what is wrong while it is typed.
func (p *RegisterPage) Validate(s *live.Session, v form.Values) error { return p.Form.Validate(s, v) }

// Save creates the account and signs in.
func (p *RegisterPage) Save(s *live.Session, v form.Values) error {
	ok, err := p.Form.Submit(s, v)
	if !ok {
		return err
	}
	return signIn(s, form.Result[chat.User](p.Form))
}

func signIn(s *live.Session, user *chat.User) error {
	s.Renew()
	s.Put(userKey, user.ID.String())
	s.Flash("info", "Welcome, "+user.Name+"!")
	return s.Redirect("/")
}

// SignInPage signs in.
type SignInPage struct {
	Visitor
	// Name is what was typed, Wrong the message when it was not right.
	Name, Wrong string
}

// Mount greets whoever comes.
func (p *SignInPage) Mount(s *live.Session) error {
	p.meet(s)
	return nil
}

// SignIn looks for the user.
func (p *SignInPage) SignIn(s *live.Session, v form.Values) error {
	p.Name, p.Wrong = v.Get("name"), ""
	user, err := chat.Authenticate(s, s.App(), p.Name, v.Get("password"))
	if conga.KindOf(err) == conga.Forbidden {
		p.Wrong = "Wrong name or password."
		return nil
	}
	if err != nil {
		return err
	}
	return signIn(s, user)
}
