package live

import (
	"bytes"
	"strings"
	"testing"
)

func TestPostable(t *testing.T) {
	const hidden = `<input type="hidden" name="_csrf" value="T"><input type="hidden" name="_event" value="save">`
	tests := []struct{ name, in, want string }{
		{"no form", `<p>form</p><formula phx-submit="save">`, ``},
		{"form of another kind", `<form action="/x">`, ``},
		{"plain", `a<form id="f" phx-submit="save">b</form>`, `a<form id="f" phx-submit="save" method="post">` + hidden + `b</form>`},
		{"post", `<FORM METHOD=POST phx-submit=save>`, `<FORM METHOD=POST phx-submit=save>` + hidden},
		{"get", `<form method="get" phx-submit="save">`, ``},
		{"single quotes and spaces", "<form\n phx-submit = 'save' data-x=\"a>b\" >", "<form\n phx-submit = 'save' data-x=\"a>b\"  method=\"post\">" + hidden},
		{"own action", `<form phx-submit="save" action="/login">`, `<form phx-submit="save" action="/login" method="post">` + hidden},
		{"query as action", `<form phx-submit="save" action="?a=1">`, `<form phx-submit="save" action="?a=1" method="post">` + hidden},
		{"another site", `<form phx-submit="save" action="https://x.example/">`, ``},
		{"another site without scheme", `<form phx-submit="save" action="//x.example/">`, ``},
		{"another site by backslash", `<form phx-submit="save" action="/\x.example/">`, ``},
		{"escaped", `<form phx-submit="a&amp;b">`, `<form phx-submit="a&amp;b" method="post"><input type="hidden" name="_csrf" value="T"><input type="hidden" name="_event" value="a&amp;b">`},
		{"two", `<form phx-submit=save></form><form phx-submit=save>`, `<form phx-submit=save method="post">` + hidden + `</form><form phx-submit=save method="post">` + hidden},
		{"cut off", `<form phx-submit="save"`, ``},
		{"cut off in a value", `<form phx-submit="save`, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			if want == "" {
				want = tt.in
			}
			if got := string(postable([]byte(tt.in), "T")); got != want {
				t.Errorf("postable(%q)\n got %s\nwant %s", tt.in, got, want)
			}
		})
	}
}

// What postable adds, and only that, comes between the bytes of the page.
func FuzzPostable(f *testing.F) {
	f.Add(`<form phx-submit="save" a='b' c=d e>x</form>`)
	f.Add(`<form/phx-submit=a><form phx-submit=b method=post`)
	f.Fuzz(func(t *testing.T, in string) {
		out := postable([]byte(in), "TOKEN")
		at := 0
		for i := range len(in) {
			n := bytes.IndexByte(out[at:], in[i])
			if n < 0 {
				t.Fatalf("postable(%q) lost %q: %q", in, in[i:], out)
			}
			at += n + 1
		}
		if !strings.Contains(in, "phx-submit") && !strings.Contains(strings.ToLower(in), "phx-submit") && string(out) != in {
			t.Errorf("postable(%q) = %q", in, out)
		}
	})
}

func FuzzParseFrame(f *testing.F) {
	f.Add(`[1,"join",{"token":"t","url":"/x","recover":true}]`)
	f.Add(`[2,"event",{"type":"click","event":"save","value":{"a":1,"b":null},"target":"x"}]`)
	f.Add(`[3,"event",{"type":"submit","event":"save","value":"a=1&_unused_a=","form":true}]`)
	f.Add(`[4,"params",{"url":"http://x/y?z"}]`)
	f.Add(`[5,"ping",{}]`)
	f.Fuzz(func(t *testing.T, in string) {
		frame, err := parseFrame([]byte(in))
		if err != nil {
			return
		}
		// Whatever was taken must be safe to hand to a handler.
		frame.event.Click().Get("a")
		if _, err := frame.event.Form(); err != nil && statusOf(err) != 400 {
			t.Errorf("Form of %s: %v", in, err)
		}
	})
}

func TestResolve(t *testing.T) {
	h := New(nil, &Pages{router: newRouter()}, Options{})
	u, _ := h.locate("/rooms/1?a=b")
	s := &Session{h: h, url: u}
	tests := []struct{ to, want string }{
		{"/", "/"},
		{"/x?y=z", "/x?y=z"},
		{"/x#part", "/x#part"},
		{"?page=2", "/rooms/1?page=2"},
		{"?", "/rooms/1"},
		{"", ""},
		{"x", ""},
		{"//evil.example", ""},
		{"///evil.example", ""},
		{"/\\evil.example", ""},
		{"\\\\evil.example", ""},
		{"https://evil.example/", ""},
		{"javascript:alert(1)", ""},
		{"java\tscript:alert(1)", ""},
		{" /x", ""},
		{"/\t/evil.example", ""},
		{"/x\r\nSet-Cookie: a=b", ""},
		{"%zz", ""},
	}
	for _, tt := range tests {
		got := ""
		if u, err := s.resolve(tt.to); err == nil {
			got = strings.TrimSuffix(withFragment(u), "?")
		}
		if got != tt.want {
			t.Errorf("resolve(%q): got %q, want %q", tt.to, got, tt.want)
		}
	}
	if err := s.RedirectExternal("javascript:alert(1)"); err == nil {
		t.Error("RedirectExternal took a script")
	}
	if err := s.RedirectExternal("https://pay.example/x"); err != nil || s.out.redirect != "https://pay.example/x" {
		t.Errorf("RedirectExternal: %v", err)
	}
}
