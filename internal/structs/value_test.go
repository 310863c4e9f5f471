package structs_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"text/template"

	"github.com/google/uuid"

	"github.com/congago/conga/internal/structs"
)

type shape struct {
	Name  string
	Sides int
	*figure
	Inner map[string]int
	Any   any
}

type figure struct{ Depth int }

func (s shape) Area(scale int) (int, error) {
	if scale < 0 {
		return 0, errors.New("negative")
	}
	return s.Sides * scale, nil
}
func (s *shape) Grow() *shape            { return s }
func (s shape) Join(xs ...string) string { return strings.Join(xs, "+") }
func (s shape) Bad() (int, int)          { return 1, 2 }

// operands are values of every class, for functions that take any two.
func operands() []any {
	x := 3
	var nilPtr *int
	return []any{
		nil, 1, -1, int8(1), uint(1), uint8(200), 1.0, float32(0.5), math.NaN(), 1i, "1", "a", "", true, false,
		&x, nilPtr, []int{1, 2}, []int(nil), [2]int{1, 2}, map[string]int{"a": 1}, map[int]string(nil), map[any]int{1: 2, "a": 3},
		shape{}, struct{ A int }{1}, struct{ F func() }{}, func() {}, (func())(nil), make(chan int), errors.New("e"), uuid.UUID{1},
	}
}

// TestFunctions compares the functions of two values with those of text/template.
func TestFunctions(t *testing.T) {
	funcs := map[string]func(a, b structs.Value, args *structs.Args) (any, error){
		"eq": func(a, _ structs.Value, args *structs.Args) (any, error) { return a.EqualAny(args, 1) },
		"lt": func(a, b structs.Value, _ *structs.Args) (any, error) { return structs.Less(a, b) },
		"index": func(a, _ structs.Value, args *structs.Args) (any, error) {
			v, err := a.Index(args, 1)
			return printed(v), err
		},
		"slice": func(a, _ structs.Value, args *structs.Args) (any, error) {
			v, err := a.Slice(args, 1)
			return printed(v), err
		},
		"len": func(a, _ structs.Value, _ *structs.Args) (any, error) { return a.Length() },
	}
	for name, f := range funcs {
		text := "{{" + name + " (id .A) (id .B)}}"
		if name == "len" {
			text = "{{len (id .A)}}"
		}
		stock := template.Must(template.New(name).Funcs(template.FuncMap{"id": func(x any) any { return x }}).Parse(text))
		for _, a := range operands() {
			for _, b := range operands() {
				var want bytes.Buffer
				wantErr := stock.Execute(&want, map[string]any{"A": a, "B": b})
				var args structs.Args
				args.Push(structs.ValueOf(a))
				args.Push(structs.ValueOf(b))
				got, err := f(args.At(0), args.At(1), &args)
				if (err != nil) != (wantErr != nil) {
					t.Errorf("%s %#v %#v\n got error %v\nwant error %v", name, a, b, err, wantErr)
				} else if err == nil && fmt.Sprint(got) != want.String() {
					t.Errorf("%s %#v %#v\n got %v\nwant %s", name, a, b, got, want.String())
				}
			}
		}
	}
}

func printed(v structs.Value) any {
	p, _ := v.Printable()
	return p
}

func TestTruth(t *testing.T) {
	for _, x := range operands() {
		want, _ := template.IsTrue(x)
		if got, ok := structs.ValueOf(x).Truth(); got != want || !ok {
			t.Errorf("Truth(%#v) = %v, %v; want %v", x, got, ok, want)
		}
	}
}

func TestMember(t *testing.T) {
	s := &shape{Name: "square", Sides: 4, figure: &figure{2}, Inner: map[string]int{"k": 7}, Any: 5}
	tests := []struct {
		of   any
		name string
		want string // as printed; starting with "error" for an error
	}{
		{s, "Name", "square"}, {*s, "Name", "square"}, {&s, "Sides", "4"}, {s, "Depth", "2"}, {s.Inner, "k", "7"}, {s, "Any", "5"},
		{(*shape)(nil), "Name", "error"}, {&shape{}, "Depth", "error"}, {s, "Nope", "error"}, {s, "figure", "error"}, {3, "Name", "error"},
	}
	for _, tt := range tests {
		v := structs.ValueOf(tt.of)
		dynamic, _, err := v.Member(tt.name)
		if got := show(dynamic, err); got != tt.want {
			t.Errorf("%T.%s at run time = %s, want %s", tt.of, tt.name, got, tt.want)
		}
		m, ok := v.Type().Member(tt.name)
		if !ok {
			if tt.want != "error" {
				t.Errorf("%T has no %s", tt.of, tt.name)
			}
			continue
		}
		static, err := m.Get(v)
		if got := show(static, err); got != tt.want {
			t.Errorf("%T.%s = %s, want %s", tt.of, tt.name, got, tt.want)
		}
	}
}

func show(v structs.Value, err error) string {
	if err != nil {
		return "error"
	}
	return fmt.Sprint(v.Concrete().Interface())
}

func TestCall(t *testing.T) {
	s := &shape{Sides: 4}
	var nobody *shape
	tests := []struct {
		of   any
		name string
		args []any
		want string
	}{
		{s, "Area", []any{2}, "8"}, {*s, "Area", []any{2}, "8"}, {s, "Area", []any{-1}, "error"}, {s, "Area", nil, "error"},
		{s, "Area", []any{"x"}, "error"}, {nobody, "Area", []any{1}, "error"}, {nobody, "Grow", nil, "<nil>"},
		{*s, "Grow", nil, "error"}, {s, "Join", []any{"a", "b"}, "a+b"}, {s, "Join", nil, ""}, {s, "Bad", nil, "error"},
	}
	for _, tt := range tests {
		got, err := invoke(structs.ValueOf(tt.of), tt.name, tt.args)
		if show(got, err) != tt.want {
			t.Errorf("%T.%s%v = %s (%v), want %s", tt.of, tt.name, tt.args, show(got, err), err, tt.want)
		}
	}
}

func invoke(v structs.Value, name string, args []any) (structs.Value, error) {
	m, ok := v.Type().Member(name)
	if !ok || !m.Method {
		return structs.Value{}, errors.New("no method")
	}
	bound, err := m.Bind(v)
	if err != nil {
		return structs.Value{}, err
	}
	f, err := bound.Func(name)
	if err != nil {
		return structs.Value{}, err
	}
	if err := f.CheckCount(len(args)); err != nil {
		return structs.Value{}, err
	}
	var stack structs.Args
	for i, arg := range args {
		x, err := structs.ValueOf(arg).As(f.Param(i))
		if err != nil {
			return structs.Value{}, err
		}
		stack.Push(x)
	}
	return f.Call(&stack, 0)
}

// TestRangeOrder compares the order of map keys with that of package fmt.
func TestRangeOrder(t *testing.T) {
	for _, m := range []any{
		map[string]int{"b": 1, "a": 2, "": 3}, map[int]int{3: 1, -1: 2, 0: 3}, map[uint8]int{9: 1, 2: 2},
		map[float64]int{1.5: 1, math.Inf(-1): 2, math.NaN(): 3}, map[bool]int{true: 1, false: 2},
		map[[2]int]int{{2, 1}: 1, {1, 9}: 2}, map[struct{ A, B string }]int{{"b", "a"}: 1, {"a", "z"}: 2, {"a", "b"}: 3},
		map[any]int{"b": 1, "a": 2, 3: 3, 1: 4}, map[complex128]int{2: 1, 1 + 2i: 2, 1 + 1i: 3},
	} {
		got := "map["
		n, err := structs.ValueOf(m).Range(true, func(key, elem structs.Value) bool {
			got += fmt.Sprintf("%v:%v ", key.Interface(), elem.Interface())
			return true
		})
		if got = strings.TrimSuffix(got, " ") + "]"; err != nil || got != fmt.Sprint(m) {
			t.Errorf("range of %d entries (error %v)\n got %s\nwant %s", n, err, got, fmt.Sprint(m))
		}
	}
}

func TestAppendUUID(t *testing.T) {
	id := uuid.MustParse("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
	for _, x := range []any{id, struct{ ID uuid.UUID }{id}} {
		v := structs.ValueOf(x)
		if m, ok := v.Type().Member("ID"); ok && !m.Method {
			v, _ = m.Get(v)
		}
		if got := string(structs.AppendUUID(nil, v)); got != id.String() {
			t.Errorf("got %s, want %s", got, id)
		}
	}
}

func TestNames(t *testing.T) {
	got := fmt.Sprint(structs.ValueTypeOf(&shape{}).Names())
	if want := "[Any Area Bad Depth Grow Inner Join Name Sides]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
