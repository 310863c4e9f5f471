package live_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/congago/conga/live"
	"github.com/congago/conga/live/livetest"
)

type keyed struct{ Code, Text string }

func (k keyed) StreamKey() string { return k.Code }

type bare struct{ Text string }

func TestStreamItems(t *testing.T) {
	tests := []struct {
		name string
		do   func(s *live.Stream[keyed])
		want string
	}{
		{"zero", func(*live.Stream[keyed]) {}, ""},
		{"append", func(s *live.Stream[keyed]) { s.Append(keyed{"a", "1"}, keyed{"b", "2"}) }, "a1 b2"},
		{"prepend", func(s *live.Stream[keyed]) { s.Append(keyed{"a", "1"}); s.Prepend(keyed{"b", "2"}, keyed{"c", "3"}) }, "b2 c3 a1"},
		{"insert", func(s *live.Stream[keyed]) {
			s.Append(keyed{"a", "1"}, keyed{"b", "2"})
			s.Insert(1, keyed{"c", "3"}, keyed{"d", "4"})
			s.Insert(99, keyed{"e", "5"})
			s.Insert(-1, keyed{"f", "6"})
		}, "a1 c3 d4 b2 e5 f6"},
		{"replace in place", func(s *live.Stream[keyed]) { s.Append(keyed{"a", "1"}, keyed{"b", "2"}); s.Append(keyed{"a", "9"}) }, "a9 b2"},
		{"delete", func(s *live.Stream[keyed]) {
			s.Append(keyed{"a", "1"}, keyed{"b", "2"})
			s.Delete(keyed{Code: "a"})
			s.DeleteKey("none")
		}, "b2"},
		{"reset", func(s *live.Stream[keyed]) { s.Append(keyed{"a", "1"}); s.Reset(keyed{"b", "2"}) }, "b2"},
		{"limit", func(s *live.Stream[keyed]) {
			s.Append(keyed{"a", "1"}, keyed{"b", "2"}, keyed{"c", "3"})
			s.Limit(2)
			s.Limit(-1)
			s.Limit(0)
		}, "b2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s live.Stream[keyed]
			tt.do(&s)
			var got []string
			for _, k := range s.Items() {
				got = append(got, k.Code+k.Text)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if s.StreamOps(); len(s.Items()) != 0 {
				t.Error("items are left after the rendering")
			}
		})
	}
}

func TestStreamKeys(t *testing.T) {
	keys := func(ops int, key func(i int) string) string {
		var all []string
		for i := range ops {
			all = append(all, key(i))
		}
		return strings.Join(all, " ")
	}
	var byID live.Stream[message]
	byID.Append(message{ID: 7}, message{ID: 8})
	ids := byID.StreamOps()
	var byPointer live.Stream[*message]
	byPointer.Append(&message{ID: 7})
	pointers := byPointer.StreamOps()
	var own live.Stream[*keyed]
	own.Append(&keyed{Code: "k"})
	owns := own.StreamOps()
	byFunc := live.NewStream(func(b bare) string { return "t-" + b.Text })
	byFunc.Append(bare{"x"})
	funcs := byFunc.StreamOps()
	var none live.Stream[bare]
	none.Append(bare{"x"}, bare{"x"})
	nones := none.StreamOps()
	got := fmt.Sprint(keys(2, func(i int) string { return ids[i].Key }), " ", pointers[0].Key, " ", owns[0].Key, " ", funcs[0].Key, " ",
		nones[0].Key != nones[1].Key)
	if want := "7 8 7 k t-x true"; got != want {
		t.Errorf("keys: got %s, want %s", got, want)
	}
}

// streamPage changes its stream as its events say.
type streamPage struct{ Rows live.Stream[keyed] }

func (p *streamPage) Mount(*live.Session) error {
	p.Rows.Append(keyed{"a", "1"}, keyed{"b", "2"})
	return nil
}

func (p *streamPage) Do(_ *live.Session, c live.Click) error {
	k := keyed{c.Get("code"), c.Get("text")}
	switch c.Get("op") {
	case "append":
		p.Rows.Append(k)
	case "prepend":
		p.Rows.Prepend(k)
	case "delete":
		p.Rows.Delete(k)
	case "limit":
		p.Rows.Limit(-2)
	case "reset":
		p.Rows.Reset(k)
	}
	return nil
}

func TestStreamOverTheWire(t *testing.T) {
	pages, err := live.Compile(fstest.MapFS{"p.html": {Data: []byte(
		`<ul id="rows">{{range .Rows.Items}}<li id="r-{{.Code}}">{{.Code}}{{.Text}}</li>{{end}}</ul><div id="hook" phx-hook="H"></div>`)}},
		live.Page[streamPage]("/", "p.html").Events("do"))
	if err != nil {
		t.Fatal(err)
	}
	p := livetest.Open(t, live.New(nil, pages, live.Options{}), "/")
	steps := []struct{ op, code, text, want string }{
		{"nothing", "", "", "a1 b2"},
		{"append", "c", "3", "a1 b2 c3"},
		{"append", "b", "9", "a1 b9 c3"},
		{"prepend", "d", "4", "d4 a1 b9 c3"},
		{"delete", "a", "", "d4 b9 c3"},
		{"limit", "", "", "b9 c3"},
		{"reset", "e", "5", "e5"},
	}
	for _, step := range steps {
		p.Hook("#hook", "do", map[string]string{"op": step.op, "code": step.code, "text": step.text})
		if got := strings.Join(p.Texts("#rows li"), " "); got != step.want {
			t.Errorf("%s %s: got %q, want %q", step.op, step.code, got, step.want)
		}
	}
}
