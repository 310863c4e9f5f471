package live

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// pageTokenLife is how long an open page may connect, or connect again.
const pageTokenLife = 14 * 24 * time.Hour

// servePage answers with a page: rendered for GET, after an event for POST.
func (h *Handler) servePage(w http.ResponseWriter, r *http.Request) {
	_, rt := h.locate(r.URL.RequestURI())
	if rt == nil {
		h.refuse(w, r, http.StatusNotFound)
		return
	}
	var v *visitor
	var post *Event
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		v = h.visitor(r)
	case http.MethodPost:
		var status int
		if v, post, status = h.readPost(w, r, rt.page); status != 0 {
			h.refuse(w, r, status)
			return
		}
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		h.refuse(w, r, http.StatusMethodNotAllowed)
		return
	}
	h.answer(w, r, rt, v, post)
}

// readPost reads the form that a browser posted without JavaScript, or says with which status it is refused.
func (h *Handler) readPost(w http.ResponseWriter, r *http.Request, d *PageDef) (*visitor, *Event, int) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil, nil, http.StatusUnsupportedMediaType
	}
	r.Body = http.MaxBytesReader(w, r.Body, h.opt.MaxBody)
	if err := r.ParseForm(); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return nil, nil, http.StatusRequestEntityTooLarge
		}
		return nil, nil, http.StatusBadRequest
	}
	v := h.visitor(r)
	if h.cross.Check(r) != nil || !v.checkCSRF(r.PostForm.Get(csrfField)) {
		return nil, nil, http.StatusForbidden
	}
	e := &Event{Type: "submit", Name: r.PostForm.Get(eventField)}
	if _, ok := d.allowed[e.Name]; !ok {
		h.stats.unknownEvents.Add(1)
		return nil, nil, http.StatusBadRequest
	}
	r.PostForm.Del(csrfField)
	r.PostForm.Del(eventField)
	e.encoded = r.PostForm.Encode()
	return v, e, 0
}

// answer mounts the page, runs the event if there is one, and shows the page or sends the visitor on.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, rt *route, v *visitor, post *Event) {
	s, err := h.newSession(h.app.AcceptLanguage(r.Context(), r.Header.Get("Accept-Language")), v, rt)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer s.mail.StopHere(ErrRendered)
	s.url, _ = h.locate(r.URL.RequestURI())
	shown := v.Flash
	s.flash, v.Flash = shown, nil

	status, page := http.StatusOK, []byte(nil)
	panicked := recovered(func() {
		if err = s.mount(); err == nil && post != nil && !s.moved() {
			err = s.post(*post, &status)
		}
		if err == nil && !s.moved() {
			page, err = s.renderPage(nil)
		}
	})
	if panicked != nil {
		h.stats.crashes.Add(1)
		err = panicked
	}
	switch {
	case err != nil:
		h.fail(w, r, err)
	case s.moved():
		h.sendOn(w, r, s)
	default:
		h.writePage(w, r, s, status, page, len(shown) > 0)
	}
}

// moved reports whether the page wants another URL shown.
func (s *Session) moved() bool {
	return s.ended || s.out != nil && s.out.patch != nil
}

// post runs an event over HTTP. After a success, which is a form accepted or else a flash "info", the browser is sent to
// the page anew, so that a reload posts nothing. A handler that tells of none has found fault with the input: the page
// is shown again as 422.
func (s *Session) post(e Event, status *int) error {
	s.h.stats.events.Add(1)
	before := s.flash["info"]
	err := s.dispatch(e)
	switch {
	case err != nil:
		if *status = statusOf(err); *status >= 500 || *status == http.StatusUnauthorized {
			return err
		}
		s.Flash("error", s.h.opt.ErrorText(err))
	case s.moved():
	case s.submitted == accepted, s.submitted == unknown && s.flash["info"] != before && s.flash["error"] == "":
		return s.Redirect(s.url.RequestURI())
	default:
		*status = http.StatusUnprocessableEntity
	}
	return nil
}

// sendOn redirects the visitor, with his flash in the cookie.
func (h *Handler) sendOn(w http.ResponseWriter, r *http.Request, s *Session) {
	to := s.out.redirect
	if to == "" && s.out.navigate != nil {
		to = s.out.navigate.To
	} else if to == "" {
		to = s.out.patch.To
	}
	if err := h.saveSession(w, r, s, true); err != nil {
		h.fail(w, r, err)
		return
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// saveSession writes the cookie, if it has to change. Its flash is what the next page shows.
func (h *Handler) saveSession(w http.ResponseWriter, r *http.Request, s *Session, changed bool) error {
	v := s.visitor.clone()
	if s.out != nil {
		v.change(s.sessionChange(s.moved()))
		changed = changed || s.out.data
	}
	if s.moved() {
		v.Flash = s.flash
	}
	if err := h.keepCookie(w, r, v, changed); err != nil {
		return err
	}
	s.visitor = v
	return nil
}

// renderPage renders the live region with its element around it.
func (s *Session) renderPage(b []byte) ([]byte, error) {
	b, err := s.def.program.Execute(b, s.page)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", s.def.typeName, err)
	}
	s.h.stats.renders.Add(1)
	return b, nil
}

// writePage writes the document. consumed says that the cookie held a flash, which is shown now.
func (h *Handler) writePage(w http.ResponseWriter, r *http.Request, s *Session, status int, page []byte, consumed bool) {
	if err := h.saveSession(w, r, s, consumed); err != nil {
		h.fail(w, r, err)
		return
	}
	token := h.signer.sign(forPage, pageToken{
		Pattern: s.def.pattern, Statics: s.def.hash, CSRF: s.visitor.CSRF,
		Flash: s.flash, Expires: time.Now().Add(pageTokenLife).Unix(),
	})
	open := `<div id="conga" data-conga-session="` + token + `" data-conga-statics="` + staticsPrefix + s.def.hash + `.json">`
	page = postable(s.fillCSRF(page), s.visitor.CSRF)
	doc := &Document{
		Title: s.title,
		Head:  h.client.head,
		Flash: flashRegion(s.flash),
		Live:  template.HTML(open + string(page) + "</div>"), //nolint:gosec // the page's template has escaped it
		Path:  s.url.Path, Session: s.Data(), Actor: s.actor, CSRF: s.visitor.CSRF,
	}
	body, err := s.def.shell.execute(doc)
	if err != nil {
		h.fail(w, r, fmt.Errorf("render layout: %w", err))
		return
	}
	h.write(w, status, s.fillCSRF(body))
}

func (h *Handler) write(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "private, no-cache")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	if h.opt.CSP != "-" {
		header.Set("Content-Security-Policy", h.opt.CSP)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone
}

// fail answers an error with its status, and logs it if it is ours.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(err)
	if status >= 500 {
		args := []any{"path", r.URL.Path, "error", err}
		if stack := stackOf(err); stack != "" {
			args = append(args, "stack", stack)
		}
		h.opt.Log.ErrorContext(context.WithoutCancel(r.Context()), "page failed", args...)
	}
	h.errorPage(w, status, publicText(err))
}

// refuse answers a request that no page got to see.
func (h *Handler) refuse(w http.ResponseWriter, _ *http.Request, status int) {
	h.errorPage(w, status, http.StatusText(status))
}

func (h *Handler) errorPage(w http.ResponseWriter, status int, message string) {
	doc := &Document{
		Title:  strconv.Itoa(status) + " " + http.StatusText(status),
		Status: status, Message: message,
	}
	if !h.pages.errorPage.tellsErrors {
		text := strconv.Itoa(status) + `</h1><p>` + template.HTMLEscapeString(message)
		doc.Live = template.HTML(`<main id="conga-error"><h1>` + text + `</p></main>`) //nolint:gosec // the message is escaped
	}
	body, err := h.pages.errorPage.execute(doc)
	if err != nil {
		h.opt.Log.Error("render error page", "error", err)
		http.Error(w, message, status)
		return
	}
	h.write(w, status, body)
}

// serveSession changes the cookie as a connected page asked for, once.
func (h *Handler) serveSession(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		h.refuse(w, r, http.StatusMethodNotAllowed)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 2*maxCookie)
	v, now := h.visitor(r), time.Now()
	var t sessionToken
	good := h.cross.Check(r) == nil && h.signer.open(forSession, r.PostFormValue("token"), &t) &&
		now.Unix() < t.Expires && v.checkCSRF(t.CSRF) && h.used.use(t.Nonce, now)
	if !good {
		h.refuse(w, r, http.StatusForbidden)
		return
	}
	v.change(&t)
	w.Header().Set("Cache-Control", "no-store")
	if err := h.setCookie(w, r, v); err != nil {
		h.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
