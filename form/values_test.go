package form_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/congago/conga/form"
)

func TestParse(t *testing.T) {
	v, err := form.Parse("body=hi+there&tag=a&tag=b&empty=&_unused_empty=&user%5Bname%5D=x&user%5B_unused_name%5D=&_unused_=z")
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Collect(v.Names()); !slices.Equal(got, []string{"_unused_", "body", "empty", "tag", "user[name]"}) {
		t.Errorf("names: got %q", got)
	}
	if got := v.Get("body"); got != "hi there" {
		t.Errorf("Get(body): got %q", got)
	}
	if got := v.All("tag"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("All(tag): got %q", got)
	}
	if !v.Has("empty") || v.Has("missing") || v.Len() != 5 {
		t.Errorf("Has: empty %v, missing %v; Len %d", v.Has("empty"), v.Has("missing"), v.Len())
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{"a=%zz", "a;b=1"} {
		if _, err := form.Parse(in); err == nil {
			t.Errorf("Parse(%q): no error", in)
		}
	}
}

func TestUsed(t *testing.T) {
	const sent = "body=&title=&_unused_title=&user[name]=&user[email]=&user[_unused_email]=&only[a]=&only[_unused_a]=&a[tags][]=&a[_unused_tags][]=&_target=body"
	tests := []struct {
		name      string
		submitted bool
		want      bool
	}{
		{"body", false, true},
		{"title", false, false},
		{"title", true, true},
		{"user[name]", false, true},
		{"user[email]", false, false},
		{"user", false, true},
		{"only", false, false},
		{"use", false, false},
		{"missing", false, false},
		{"a[tags][]", false, false},
		{"_target", false, false},
		{"missing", true, true},
	}
	v, err := form.Parse(sent)
	if err != nil {
		t.Fatal(err)
	}
	if v.Target != "body" {
		t.Errorf("Target: got %q, want body", v.Target)
	}
	for _, tt := range tests {
		v.Submitted = tt.submitted
		if got := v.Used(tt.name); got != tt.want {
			t.Errorf("Used(%q), submitted %v: got %v, want %v", tt.name, tt.submitted, got, tt.want)
		}
	}
}

func TestZeroValues(t *testing.T) {
	var v form.Values
	if v.Get("a") != "" || v.Has("a") || v.Used("a") || v.Len() != 0 || v.Encode() != "" {
		t.Error("the zero Values are not an empty form")
	}
	v.Without("a")
}

func TestWithoutLeavesTheOriginal(t *testing.T) {
	v := form.Of(url.Values{"a": {"1"}, "b": {"2"}})
	if w := v.Without("a"); w.Has("a") || !w.Has("b") || !v.Has("a") {
		t.Errorf("Without: got %q of %q", w.Encode(), v.Encode())
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a=1&_unused_a=&b[c]=2&b[_unused_c]=")
	f.Add("_unused__unused_=&[]=&[_unused_]=")
	f.Fuzz(func(t *testing.T, in string) {
		v, err := form.Parse(in)
		if err != nil {
			return
		}
		again, err := form.Parse(v.Encode())
		if err != nil {
			t.Fatalf("Parse(Encode(%q)): %v", in, err)
		}
		for name := range v.Names() {
			if v.Used(name) != again.Used(name) || !slices.Equal(v.All(name), again.All(name)) {
				t.Errorf("%q: %q is %q, used %v; after encoding %q, used %v", in, name, v.All(name), v.Used(name), again.All(name), again.Used(name))
			}
		}
	})
}
