package live

import (
	"fmt"
	"net/url"
	"strings"
)

// Patch changes the URL within the page: Params is called and the address bar follows. to is a path with an optional
// query, or a query alone ("?page=2"). The error says that it is none, or leads to another page. Over HTTP it is a
// redirect.
func (s *Session) Patch(to string) error { return s.patch(to, false) }

// PatchReplace is Patch without a new entry in the browser's history.
func (s *Session) PatchReplace(to string) error { return s.patch(to, true) }

func (s *Session) patch(to string, replace bool) error {
	u, err := s.resolve(to)
	if err != nil {
		return fmt.Errorf("patch: %w", err)
	}
	rt := s.h.pages.router.match(u)
	if rt == nil || rt.page != s.def {
		return fmt.Errorf("patch to %q: it is not this page; use Navigate", to)
	}
	s.url, s.params = u, rt.params
	out := s.effects()
	out.patch, out.params = &destinationURL{u.RequestURI(), replace}, true
	return nil
}

// Navigate sends the visitor to another page, without a full load where the browser can. This page ends. to is like
// that of Patch.
func (s *Session) Navigate(to string) error {
	u, err := s.resolve(to)
	if err != nil {
		return fmt.Errorf("navigate: %w", err)
	}
	s.effects().navigate = &destinationURL{To: withFragment(u)}
	s.ended = true
	return nil
}

// Redirect sends the visitor to another address of this site by a full load, as after a login. This page ends. to is
// like that of Patch. For other sites there is RedirectExternal.
func (s *Session) Redirect(to string) error {
	u, err := s.resolve(to)
	if err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	s.effects().redirect = withFragment(u)
	s.ended = true
	return nil
}

// RedirectExternal sends the visitor to an absolute http or https URL. Never pass it what a visitor wrote.
func (s *Session) RedirectExternal(to string) error {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("redirect: %q is no http address", to)
	}
	s.effects().redirect = u.String()
	s.ended = true
	return nil
}

// resolve reads a path of this site. Browsers take a backslash for a slash and drop control characters, so both are
// refused: they could turn a path into another site.
func (s *Session) resolve(to string) (*url.URL, error) {
	bad := strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' })
	u, err := url.Parse(to)
	if err != nil || bad || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(to, "//") {
		return nil, fmt.Errorf("%q is no path of this site", to)
	}
	if u.Path == "" {
		if u.RawQuery == "" && !u.ForceQuery {
			return nil, fmt.Errorf("%q is no path of this site", to)
		}
		u.Path, u.RawPath = s.url.Path, s.url.RawPath
	}
	if !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
		return nil, fmt.Errorf("%q does not begin with one slash", to)
	}
	return u, nil
}

func withFragment(u *url.URL) string {
	if u.Fragment == "" {
		return u.RequestURI()
	}
	return u.RequestURI() + "#" + u.EscapedFragment()
}

// setURL takes the URL that the browser says it shows. ok is false when it is not one of this page.
func (s *Session) setURL(address string) (ok bool) {
	u, rt := s.h.locate(address)
	if rt == nil || rt.page != s.def {
		return false
	}
	s.url, s.params = u, rt.params
	return true
}

// locate finds the page of an address, of which it keeps path and query.
func (h *Handler) locate(address string) (*url.URL, *route) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, nil
	}
	u = &url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, h.pages.router.match(u)
}
