package tmpl_test

import (
	"bytes"
	"fmt"
	"html/template"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/live/internal/tmpl"
)

type chatPage struct {
	Title, Draft string
	Online       int
	Rooms        []chatRoom
	Messages     []chatMessage
}

type chatRoom struct {
	ID         uuid.UUID
	Name, Slug string
	Unread     int
	Current    bool
}

type chatMessage struct {
	ID       uuid.UUID
	AuthorID int
	Author   *chatAuthor
	Body     string
	At       time.Time
	Mine     bool
}

type chatAuthor struct{ Name string }

func newChatPage() *chatPage {
	p := &chatPage{Title: "General & friends", Online: 42}
	for i := range 10 {
		p.Rooms = append(p.Rooms, chatRoom{
			ID: uuid.NewSHA1(uuid.Nil, []byte{byte(i)}), Name: fmt.Sprintf("Room %d", i), Slug: fmt.Sprintf("room-%d", i),
			Unread: i % 3, Current: i == 0,
		})
	}
	authors := []*chatAuthor{{"Ann Lee"}, {"Bob <admin>"}, {"Carla"}}
	for i := range 50 {
		p.Messages = append(p.Messages, newChatMessage(i, authors[i%3]))
	}
	return p
}

func newChatMessage(i int, a *chatAuthor) chatMessage {
	return chatMessage{
		ID: uuid.NewSHA1(uuid.Nil, []byte{1, byte(i), byte(i >> 8)}), AuthorID: i % 3, Author: a, Mine: i%3 == 0,
		Body: fmt.Sprintf("Message %d: it's a short text, as people write them <in> chats & rooms.", i),
		At:   time.Date(2024, 5, 6, 7, i%60, 0, 0, time.UTC),
	}
}

func chatProgram(tb testing.TB) (*tmpl.Program, *template.Template) {
	tb.Helper()
	p, err := tmpl.Compile(os.DirFS("testdata/bench"), nil, (*chatPage)(nil), "chat.html")
	if err != nil {
		tb.Fatal(err)
	}
	return p, template.Must(template.ParseFiles("testdata/bench/chat.html"))
}

func BenchmarkExecute(b *testing.B) {
	p, stock := chatProgram(b)
	page := newChatPage()
	b.Run("conga", func(b *testing.B) {
		b.ReportAllocs()
		var dst []byte
		for b.Loop() {
			var err error
			if dst, err = p.Execute(dst[:0], page); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(dst)), "bytes")
	})
	b.Run("html-template", func(b *testing.B) {
		b.ReportAllocs()
		var buf bytes.Buffer
		for b.Loop() {
			buf.Reset()
			if err := stock.Execute(&buf, page); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(buf.Len()), "bytes")
	})
}

func BenchmarkRender(b *testing.B) {
	p, _ := chatProgram(b)
	page := newChatPage()
	b.ReportAllocs()
	var dst []byte
	var st tmpl.State
	for b.Loop() {
		var err error
		if dst, err = p.Render(dst[:0], page, &st); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(dst)), "bytes")
	b.ReportMetric(float64(st.Size()), "state-bytes")
}

func BenchmarkDiff(b *testing.B) {
	p, _ := chatProgram(b)
	author := &chatAuthor{"Dora"}
	changes := []struct {
		name   string
		change func(page *chatPage, i int)
	}{
		{"nothing", func(*chatPage, int) {}},
		{"append", func(page *chatPage, i int) {
			page.Messages = append(page.Messages[:50], newChatMessage(50+i, author))
		}},
		{"slide", func(page *chatPage, i int) { // the oldest leaves, one arrives
			page.Messages = append(page.Messages[1:50:50], newChatMessage(50+i, author))
		}},
		{"edit", func(page *chatPage, i int) {
			page.Messages[20].Body = fmt.Sprintf("edited %d", i)
			page.Online = i
			page.Rooms[3].Unread = i
		}},
	}
	for _, c := range changes {
		b.Run(c.name, func(b *testing.B) {
			page := newChatPage()
			var st tmpl.State
			if _, err := p.Render(nil, page, &st); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			var dst []byte
			i := 0
			for b.Loop() {
				i++
				c.change(page, i)
				var err error
				if dst, _, err = p.Diff(dst[:0], page, &st); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(dst)), "bytes")
			b.ReportMetric(float64(st.Size()), "state-bytes")
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		chatProgram(b)
	}
}

// TestGoals holds what does not depend on the machine: allocations, bytes on the
// wire and bytes kept.
func TestGoals(t *testing.T) {
	p, stock := chatProgram(t)
	page := newChatPage()
	var want bytes.Buffer
	if err := stock.Execute(&want, page); err != nil {
		t.Fatal(err)
	}
	got, err := p.Execute(nil, page)
	if err != nil || string(got) != want.String() {
		t.Fatalf("Execute differs from html/template (error %v)", err)
	}
	var st tmpl.State
	if _, err := p.Render(nil, page, &st); err != nil {
		t.Fatal(err)
	}
	if st.Size() > 1300 {
		t.Errorf("state takes %d bytes", st.Size())
	}
	page.Messages = append(page.Messages, newChatMessage(50, &chatAuthor{"Dora"}))
	diff, _, err := p.Diff(nil, page, &st)
	if err != nil || len(diff) > 260 {
		t.Errorf("one message more takes %d bytes (error %v): %s", len(diff), err, diff)
	}
	i := 0
	allocs := testing.AllocsPerRun(100, func() {
		i++
		page.Online = i
		if diff, _, err = p.Diff(diff[:0], page, &st); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 30 {
		t.Errorf("a diff takes %v allocations", allocs)
	}
}
