package web

import (
	"strings"

	"github.com/congago/conga"
	"github.com/congago/conga/examples/chat/chat"
	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
)

// RegisterPage creates an account.
type RegisterPage struct {
	Visitor
	Form *form.Form
}

// Mount prepares the form. Whoever is signed in needs none.
func (p *RegisterPage) Mount(s *live.Session) (err error) {
	if p.Back = s.Param("to"); s.Actor() != nil {
		return s.Redirect("/")
	}
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
	return p.signIn(s, form.Result[chat.User](p.Form))
}

// SignInPage signs in.
type SignInPage struct {
	Visitor
	// Name is what was typed, Wrong the message when it was not right.
	Name, Wrong string
}

// Mount sends on whoever is signed in already.
func (p *SignInPage) Mount(s *live.Session) error {
	if p.Back = s.Param("to"); s.Actor() != nil {
		return s.Redirect("/")
	}
	return nil
}

// SignIn looks for the user.
func (p *SignInPage) SignIn(s *live.Session, v form.Values) error {
	p.Name, p.Wrong = strings.TrimSpace(v.Get("name")), ""
	user, err := chat.Authenticate(s, s.App(), p.Name, v.Get("password"))
	if conga.KindOf(err) == conga.Forbidden {
		p.Wrong = "Wrong name or password."
		return nil
	}
	if err != nil {
		return err
	}
	return p.signIn(s, user)
}

// signIn remembers the user, and returns to where the visitor came from.
func (v *Visitor) signIn(s *live.Session, user *chat.User) error {
	s.Renew()
	s.Put(userKey, user.ID.String())
	s.Flash("info", "Welcome, "+user.Name+"!")
	if s.Redirect(v.Back) == nil {
		return nil
	}
	return s.Redirect("/")
}
