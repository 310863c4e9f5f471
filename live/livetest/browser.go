package livetest

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/net/html"
)

// origin is where the handler seems to be.
const origin = "http://livetest.example"

// timeout ends a test whose server does not answer.
const timeout = 10 * time.Second

// Browser is one visitor's browser: it keeps cookies, and opens pages. Its methods end the test on faults and belong to
// the goroutine of the test.
type Browser struct {
	t      testing.TB
	client *http.Client
	dialer *websocket.Dialer
}

// NewBrowser starts a server for the handler, and a browser without cookies. Both end with the test. Several browsers
// may visit one handler.
func NewBrowser(t testing.TB, handler http.Handler) *Browser {
	t.Helper()
	listener := newPipeListener()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: timeout}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends by Close
	}()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: listener.dial, DisableKeepAlives: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
		<-served
	})
	return &Browser{
		t:      t,
		client: &http.Client{Transport: transport, Jar: jar},
		dialer: &websocket.Dialer{NetDialContext: listener.dial, Jar: jar, Subprotocols: []string{"conga.1"}},
	}
}

// Open visits a page, with a browser of its own, and connects to it.
func Open(t testing.TB, handler http.Handler, path string) *Page {
	t.Helper()
	return NewBrowser(t, handler).Open(path)
}

// Get loads a document, over redirects, and does not connect: it is what a visitor without JavaScript sees.
func (b *Browser) Get(path string) *Document {
	b.t.Helper()
	return b.request(http.MethodGet, path, "")
}

// Document is a page as it came over HTTP.
type Document struct {
	view
	// Status is the answer's status.
	Status int
	// Header is the answer's header.
	Header http.Header
	// URL is the path and query that the redirects led to.
	URL string

	browser *Browser
	doc     *html.Node
	source  string
}

// Source returns the document as it came.
func (d *Document) Source() string { return d.source }

// Title returns the document's title.
func (d *Document) Title() string { return titleOf(d.doc) }

// Flash returns the text of a flash message, or "".
func (d *Document) Flash(kind string) string { return flashOf(d.doc)[kind] }

// Submit fills in the form that matches the selector, with pairs of names and values, and posts it as a browser
// without JavaScript does.
func (d *Document) Submit(selector string, pairs ...string) *Document {
	d.t.Helper()
	form := d.one(selector)
	if form.Data != "form" {
		d.t.Fatalf("submit %q: it is a %s", selector, form.Data)
	}
	var f filled
	if _, err := f.fill(form, pairs); err != nil {
		d.t.Fatalf("submit %q: %v", selector, err)
	}
	action := d.URL
	if hasAttr(form, "action") {
		action = attr(form, "action")
	}
	encoded := f.encode(form, false)
	if !strings.EqualFold(attr(form, "method"), "post") {
		path, _, _ := strings.Cut(action, "?")
		return d.browser.request(http.MethodGet, path+"?"+encoded, "")
	}
	return d.browser.request(http.MethodPost, action, encoded)
}

func (b *Browser) request(method, path, body string) *Document {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), timeout)
	defer cancel()
	address, err := url.Parse(origin)
	if err == nil {
		address, err = address.Parse(path)
	}
	if err != nil {
		b.t.Fatalf("open %q: %v", path, err)
	}
	r, err := http.NewRequestWithContext(ctx, method, address.String(), strings.NewReader(body))
	if err != nil {
		b.t.Fatalf("open %q: %v", path, err)
	}
	r.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatalf("open %q: %v", path, err)
	}
	defer answer.Body.Close()
	source, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatalf("read %q: %v", path, err)
	}
	doc, err := html.Parse(strings.NewReader(string(source)))
	if err != nil {
		b.t.Fatalf("parse %q: %v", path, err)
	}
	d := &Document{Status: answer.StatusCode, Header: answer.Header, URL: answer.Request.URL.RequestURI(),
		browser: b, doc: doc, source: string(source)}
	d.view = view{b.t, func() *html.Node { return doc }}
	return d
}

func titleOf(doc *html.Node) string {
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "title" {
			return textOf(n)
		}
	}
	return ""
}

func flashOf(doc *html.Node) map[string]string {
	flash := make(map[string]string)
	region := elementByID(doc, "conga-flash")
	if region == nil {
		return flash
	}
	for n := range region.ChildNodes() {
		if n.Type == html.ElementNode {
			flash[attr(n, "data-kind")] = textOf(n)
		}
	}
	return flash
}
