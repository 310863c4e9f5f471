package livetest_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/congago/conga/form"
	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
)

// echoPage shows what came in.
type echoPage struct{ Sent, Target string }

func (p *echoPage) Mount(*live.Session) error { return nil }

func (p *echoPage) Save(_ *live.Session, v form.Values) error {
	p.Sent, p.Target = v.Encode(), v.Target
	return nil
}

func (p *echoPage) Press(_ *live.Session, c live.Click) error {
	p.Sent = c.Type + " " + c.Get("key") + c.Get("value") + c.Get("n")
	return nil
}

const echoHTML = `<p id="sent">{{.Sent}}</p><p id="target">{{.Target}}</p>
<form id="f" phx-change="save" phx-submit="save">
<input name="text" value="a"><input name="off" disabled><input name="fixed" readonly value="r"><input type="hidden" name="id" value="7">
<textarea name="area">
one
two</textarea>
<select name="one"><option>x</option><option value="y">Why</option></select>
<select name="many" multiple><option selected>1</option><option>2</option><option selected>3</option></select>
<input type="checkbox" name="box" value="yes"><input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked>
<input type="file" name="file"><fieldset disabled><input name="inside"></fieldset>
<input name="user[name]"><button id="go" name="by" value="button">Go</button></form>
<div id="key" phx-keydown="press" phx-key="Enter" phx-blur="press" phx-value-n="1"></div>
<button id="dead" disabled phx-click="press">x</button><p class="a b">1</p><p class="b">2</p>`

func echo(t testing.TB) *livetest.Page {
	t.Helper()
	pages, err := live.Compile(fstest.MapFS{"p.html": {Data: []byte(echoHTML)}}, live.Page[echoPage]("/", "p.html"))
	if err != nil {
		t.Fatal(err)
	}
	return livetest.Open(t, live.New(nil, pages, live.Options{}), "/")
}

// failing takes the faults of a test within a test.
type failing struct {
	testing.TB
	fault string
}

func (f *failing) Helper() {}

func (f *failing) Fatal(args ...any) {
	f.fault = fmt.Sprint(args...)
	runtime.Goexit()
}

func (f *failing) Fatalf(format string, args ...any) { f.Fatal(fmt.Sprintf(format, args...)) }

// faultOf returns how act ends a test, or "".
func faultOf(t *testing.T, act func(p *livetest.Page)) string {
	t.Helper()
	f := &failing{TB: t}
	p := echo(f)
	done := make(chan struct{})
	go func() {
		defer close(done)
		act(p)
	}()
	<-done
	return f.fault
}

func TestSubmitSendsWhatABrowserSends(t *testing.T) {
	const rest = "area=one%0Atwo&fixed=r&id=7&many=1&many=3&one=x&r=2&text=a&user%5Bname%5D="
	tests := []struct {
		name, want string
		act        func(p *livetest.Page)
	}{
		{"as it is", rest, func(p *livetest.Page) { p.Submit("#f") }},
		{"filled", strings.NewReplacer("text=a", "text=b%26c", "r=2", "r=1", "one=x", "one=y").Replace(rest),
			func(p *livetest.Page) { p.Submit("#f", "text", "b&c", "r", "1", "one", "y") }},
		{"box", strings.Replace(rest, "fixed", "box=yes&fixed", 1), func(p *livetest.Page) { p.Submit("#f", "box", "yes") }},
		{"several values", strings.Replace(rest, "many=1&many=3", "many=2&many=3", 1), func(p *livetest.Page) { p.Submit("#f", "many", "2", "many", "3") }},
		{"by a button", strings.Replace(rest, "fixed", "by=button&fixed", 1), func(p *livetest.Page) { p.Click("#go") }},
		{"after a change", strings.Replace(rest, "text=a", "text=typed", 1), func(p *livetest.Page) { p.Change("#f", "text", "typed"); p.Submit("#f") }},
		{"key", "keydown Enter1", func(p *livetest.Page) { p.Key("#key", "Enter") }},
		{"another key", "", func(p *livetest.Page) { p.Key("#key", "Escape") }},
		{"event", "blur 1", func(p *livetest.Page) { p.Event("#key", "blur") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := echo(t)
			tt.act(p)
			if got := p.Text("#sent"); got != tt.want {
				t.Errorf("sent\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestChangeMarksUnusedInputs(t *testing.T) {
	p := echo(t)
	p.Change("#f", "text", "b")
	got := p.Text("#sent")
	for _, want := range []string{"_unused_area=", "_unused_user%5Bname%5D=", "_target=text", "text=b"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %s", want, got)
		}
	}
	if strings.Contains(got, "_unused_text") || strings.Contains(got, "_unused_id") || p.Text("#target") != "text" {
		t.Errorf("sent %s, target %s", got, p.Text("#target"))
	}
}

func TestWhatABrowserCannotDo(t *testing.T) {
	tests := []struct {
		name, want string
		act        func(p *livetest.Page)
	}{
		{"unknown input", `the form has no input "none"`, func(p *livetest.Page) { p.Submit("#f", "none", "x") }},
		{"disabled input", `"off" is disabled`, func(p *livetest.Page) { p.Submit("#f", "off", "x") }},
		{"input in a disabled fieldset", `"inside" is disabled`, func(p *livetest.Page) { p.Change("#f", "inside", "x") }},
		{"read-only input", `"fixed" is read-only`, func(p *livetest.Page) { p.Submit("#f", "fixed", "x") }},
		{"hidden input", `"id" is hidden`, func(p *livetest.Page) { p.Submit("#f", "id", "8") }},
		{"no such option", `offers ["x" "y"], not "z"`, func(p *livetest.Page) { p.Submit("#f", "one", "z") }},
		{"no such radio", `offers ["1" "2"], not "3"`, func(p *livetest.Page) { p.Submit("#f", "r", "3") }},
		{"value is missing", `the value of "text" is missing`, func(p *livetest.Page) { p.Submit("#f", "text") }},
		{"no form", `"#key" is a div, not a form`, func(p *livetest.Page) { p.Submit("#key") }},
		{"no such element", `0 elements match "#none"`, func(p *livetest.Page) { p.Click("#none") }},
		{"two elements", `2 elements match ".b"`, func(p *livetest.Page) { p.Click(".b") }},
		{"nothing to click", "nothing handles it", func(p *livetest.Page) { p.Click(".a") }},
		{"disabled button", "it is disabled", func(p *livetest.Page) { p.Click("#dead") }},
		{"no key", "no phx-keydown", func(p *livetest.Page) { p.Key("#f", "a") }},
		{"no event", "no phx-focus", func(p *livetest.Page) { p.Event("#key", "focus") }},
		{"no hook", "no phx-hook", func(p *livetest.Page) { p.Hook("#key", "x", nil) }},
		{"bad selector", "cannot read", func(p *livetest.Page) { p.HasElement("p:first-child") }},
		{"no page", "status 404", func(p *livetest.Page) { p.Navigate("/none") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := faultOf(t, tt.act); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want a fault with %q", got, tt.want)
			}
		})
	}
}

func TestSelectors(t *testing.T) {
	p := echo(t)
	tests := []struct {
		selector string
		count    int
	}{
		{"form", 1},
		{"#f", 1},
		{"form#f", 1},
		{"div#f", 0},
		{".b", 2},
		{"p.a.b", 1},
		{"*", p.Count("p, form, form *, div, button[disabled]")},
		{"form input", 10},
		{"form > input", 9},
		{"form>fieldset > input", 1},
		{"[name]", 14},
		{"input[name=text]", 1},
		{`input[name="user[name]"]`, 1},
		{"[name^=m], [name$=ea]", 2},
		{"[phx-click*=res]", 1},
		{"select option[selected]", 2},
		{"p p", 0},
	}
	for _, tt := range tests {
		if got := p.Count(tt.selector); got != tt.count {
			t.Errorf("%s: got %d, want %d", tt.selector, got, tt.count)
		}
	}
	for _, bad := range []string{"", ">", "a >", "a,", "#", ".", "[", "[]", "[a", "[a=", `[a="b]`, "a!b", "a[b~=c]"} {
		if got := faultOf(t, func(p *livetest.Page) { p.HasElement(bad) }); !strings.Contains(got, "selector") {
			t.Errorf("selector %q: got fault %q", bad, got)
		}
	}
}

// loadPage fails for one visitor.
type loadPage struct{}

func (*loadPage) Mount(s *live.Session) error {
	if s.Connected() {
		return errors.New("no")
	}
	return nil
}

func TestOpenTellsARefusedJoin(t *testing.T) {
	pages, err := live.Compile(fstest.MapFS{"p.html": {Data: []byte("x")}}, live.Page[loadPage]("/", "p.html"))
	if err != nil {
		t.Fatal(err)
	}
	f := &failing{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		livetest.Open(f, live.New(nil, pages, live.Options{}), "/")
	}()
	<-done
	if !strings.Contains(f.fault, "crashed") {
		t.Errorf("got %q", f.fault)
	}
}
