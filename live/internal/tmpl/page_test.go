package tmpl_test

import (
	"errors"
	"fmt"
	"html/template"
	"iter"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Page has a field or method of every sort that a template can reach.
type Page struct {
	Name    string
	Count   int
	Small   uint8
	Ratio   float64
	Wave    complex128
	OK      bool
	Missing *Person
	Person  *Person
	Value   Person
	Any     any
	Nothing any
	Text    fmt.Stringer
	Fault   error
	Items   []Item
	Ptrs    []*Item
	Empty   []Item
	Strings []string
	Bytes   []byte
	Array   [3]int
	Mixed   []any
	Map     map[string]string
	Ints    map[int]string
	Anys    map[string]any
	People  map[string]Person
	Tree    *Node
	Seq     iter.Seq[string]
	Pairs   iter.Seq2[string, int]
	Fn      func(int, string) string
	HTML    template.HTML
	URL     template.URL
	JS      template.JS
	CSS     template.CSS
	Attr    template.HTMLAttr
	JSStr   template.JSStr
	Srcset  template.Srcset
	Kind    Kind
	Level   Level
	When    time.Time
	ID      uuid.UUID
	Link    string
	PP      **Person
	Chans   int // how many values Chan sends
	Embedded
	*Deep
	hidden string
}

// Embedded has promoted fields.
type Embedded struct{ Inner string }

// Deep is embedded by pointer, which may be nil.
type Deep struct{ Depth int }

// Kind is a plain string type, Level one that prints itself.
type (
	Kind  string
	Level int
)

func (l Level) String() string { return fmt.Sprintf("<level %d>", int(l)) }

// Person has methods of both sorts of receivers.
type Person struct {
	Name string
	Age  int
	Tags []string
}

func (p Person) Greet(who string) string { return p.Name + " greets " + who }
func (p *Person) Older(by int) int       { return p.Age + by }
func (p Person) Sum(ns ...int) (n int) {
	for _, x := range ns {
		n += x
	}
	return n + p.Age
}
func (p *Person) Fail() (string, error) { return "", errors.New("person fails") }
func (p Person) Panics() string         { panic("person panics") }
func (p *Person) Nil() *Person          { return nil }
func (p *Person) Self() *Person         { return p }
func (p Person) AnyTag() any {
	if len(p.Tags) > 0 {
		return p.Tags[0]
	}
	return nil
}
func (p *Page) Upper(s string) string   { return strings.ToUpper(s) }
func (p *Page) Two(a, b any) string     { return fmt.Sprint(a, "-", b) }
func (p *Page) Hidden() string          { return p.hidden }
func (p *Page) Float(f float64) float64 { return f * 2 }
func (p *Page) Unsigned(n uint) uint    { return n + 1 }
func (p *Page) Flag(is bool) string     { return fmt.Sprint(is) }
func (p *Page) Maybe(fail bool) (int, error) {
	if fail {
		return 0, errors.New("maybe")
	}
	return 7, nil
}

// Chan returns a closed channel of Chans values.
func (p *Page) Chan() chan int {
	c := make(chan int, p.Chans)
	for i := range p.Chans {
		c <- i * i
	}
	close(c)
	return c
}

// Item is a row.
type Item struct {
	ID    int
	Title string
	Done  bool
	Tags  []string
	Owner *Person
	Subs  []Item
}

// Node is a tree.
type Node struct {
	Label string
	Kids  []*Node
}

type stringer string

func (s stringer) String() string { return "<" + string(s) + ">" }

var funcs = template.FuncMap{
	"upper":  strings.ToUpper,
	"join":   strings.Join,
	"add":    func(a, b int) int { return a + b },
	"list":   func(xs ...any) []any { return xs },
	"safe":   func(s string) template.HTML { return template.HTML(s) },
	"dict":   func(k string, v any) map[string]any { return map[string]any{k: v} },
	"fail":   func() (string, error) { return "", errors.New("func fails") },
	"boom":   func() string { panic("func panics") },
	"ident":  func(x any) any { return x },
	"person": func(name string) *Person { return &Person{Name: name, Age: len(name)} },
	"adder":  func(n int) func(int) int { return func(m int) int { return n + m } },
}

// pages are the data that every corpus template is run with, in turn.
func pages() []*Page {
	ann := &Person{"Ann <a@x>", 30, []string{"x", "y&z"}}
	bob := &Person{Name: "Bob", Age: 0}
	full := &Page{
		Name: "O'Reilly & <Sons>", Count: 3, Small: 7, Ratio: 1e21, Wave: 1 + 2i, OK: true,
		Person: ann, Value: *bob, Any: "any <thing>", Text: stringer("s"), Fault: errors.New("fault & co"),
		Items: []Item{
			{ID: 1, Title: "one", Tags: []string{"a", "b"}, Owner: ann},
			{ID: 2, Title: "two <2>", Done: true, Subs: []Item{{ID: 21, Title: "sub"}, {ID: 22, Title: "sub2"}}},
			{ID: 3, Title: "three", Owner: bob},
		},
		Strings: []string{"x", "<y>", "z"}, Bytes: []byte("by"), Array: [3]int{4, 5, 6},
		Mixed: []any{1, "two", nil, 3.5, ann, []int{1}, template.HTML("<i>h</i>"), true},
		Map:   map[string]string{"b": "B", "a": "A&"}, Ints: map[int]string{2: "two", 1: "one"},
		Anys:   map[string]any{"n": 1, "s": "str", "p": ann, "nil": nil},
		People: map[string]Person{"ann": *ann},
		Tree:   &Node{"root", []*Node{{"left", []*Node{{"leaf", nil}}}, {"right", nil}}},
		Seq:    func(yield func(string) bool) { _ = yield("s1") && yield("s2") && yield("s3") },
		Pairs:  func(yield func(string, int) bool) { _ = yield("p", 1) && yield("q", 2) },
		Fn:     func(n int, s string) string { return strings.Repeat(s, n) },
		HTML:   `<b title="x">bold & "q"</b>`, URL: "javascript:alert('x y')", JS: "x + 1", CSS: "color: red",
		Attr: ` dir="ltr"`, JSStr: `a\'b`, Srcset: "a.png 2x", Kind: "kind<", Level: 4,
		When: time.Date(2024, 2, 3, 14, 5, 6, 0, time.UTC), ID: uuid.MustParse("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
		Link: "javascript:alert(1)", PP: &ann, Chans: 3, Embedded: Embedded{"inner\x00"}, Deep: &Deep{9}, hidden: "h",
	}
	empty := &Page{}
	other := *full
	other.Name, other.Count, other.OK, other.Any = "plain", 0, false, 42
	other.Items = []Item{full.Items[2], {ID: 9, Title: "new"}, full.Items[0]}
	other.Strings = []string{"z", "x"}
	other.Map = map[string]string{"a": "changed", "c": "C"}
	other.Tree = &Node{"root", []*Node{{"right", []*Node{{"deep", nil}}}}}
	other.Link, other.Ratio, other.Missing = "https://x.org/?q=a b&c=d", -0.5, bob
	other.Mixed = []any{"x"}
	other.Ptrs = []*Item{{ID: 5, Title: "five"}, {ID: 5, Title: "again"}}
	again := other
	again.Items = append([]Item{}, other.Items...)
	again.Items[1].Title = "newer"
	again.Items[0].Subs = []Item{{ID: 31, Title: "sub of three"}}
	third := again
	third.Items = []Item{again.Items[0], again.Items[1]}
	third.Items[0].Subs = []Item{{ID: 32, Title: "x"}, {ID: 31, Title: "sub of three!"}}
	third.Chans, third.Person = 1, nil
	return []*Page{full, empty, &other, &again, &third, full, full}
}
