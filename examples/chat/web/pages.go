// Package web is the chat's pages: server-rendered, and kept up to date over
// a WebSocket. They work without JavaScript too, but for what others do meanwhile.
package web

import (
	"context"
	"embed"
	"hash/fnv"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/congago/conga"
	"github.com/congago/conga/examples/chat/chat"
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
		live.Partials("header.html", "time.html"),
		live.Funcs(template.FuncMap{"hue": hue, "initial": initial}),
		live.Page[HomePage]("/", "home.html").Title("Rooms · Conga chat"),
		live.Page[RegisterPage]("/register", "register.html").Title("Create account · Conga chat"),
		live.Page[SignInPage]("/sign_in", "sign_in.html").Title("Sign in · Conga chat"),
		live.Page[RoomPage]("/rooms/{id}", "room.html"),
	)
}

// hue is which of the eight colours of the style sheet somebody has.
func hue(name string) int {
	h := fnv.New32a()
	h.Write([]byte(name))
	return int(h.Sum32() % 8)
}

// initial is the first letter of a name.
func initial(name string) string {
	_, n := utf8.DecodeRuneInString(name)
	return name[:n]
}

// Assets serves the style sheet and the script under /assets/.
func Assets() http.Handler { return http.FileServerFS(files) }

// userKey is the session value that holds the ID of the user who is signed in.
const userKey = "user"

// Options are the settings of the pages: who a visitor is.
func Options(app *conga.App, secret []byte) live.Options {
	actor := func(ctx context.Context, s live.SessionData) (any, error) {
		user, err := conga.For[chat.User](app).Get(ctx, s.Get(userKey))
		if conga.KindOf(err) == conga.NotFound {
			return nil, nil // nobody has signed in, or the account is gone
		}
		return user, err
	}
	return live.Options{Secret: secret, Actor: actor, DrainWindow: time.Second}
}

// Visitor is what every page knows: who looks at it.
type Visitor struct {
	// Me is the user who is signed in, or nil.
	Me *chat.User
	// Back is the path to return to after signing in, or "".
	Back string
}

func (v *Visitor) meet(s *live.Session) { v.Me, _ = s.Actor().(*chat.User) }

// Via is the address of a page to sign in on, which leads back here.
func (v *Visitor) Via(path string) string {
	if v.Back == "" {
		return path
	}
	return path + "?to=" + url.QueryEscape(v.Back)
}

// SignOut forgets the user.
func (v *Visitor) SignOut(s *live.Session) error {
	s.Delete(userKey)
	s.Renew()
	return s.Redirect("/")
}
