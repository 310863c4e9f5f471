package structs_test

import (
	"testing"

	"github.com/congago/conga/internal/structs"
)

type base struct{ ID int }

type record struct {
	base
	*extra
	Name   string
	secret string
}

type extra struct{ Note string }

func (r *record) Rename(to string) error { r.Name = to; return nil }
func (r record) Shout() string           { return r.Name + "!" }
func (r *record) hidden()                { r.secret = "" }

func TestMethods(t *testing.T) {
	methods := structs.Methods[*record]()
	if len(methods) != 2 || methods[0].Name != "Rename" || methods[1].Name != "Shout" {
		t.Fatalf("Methods[*record]: got %v, want Rename and Shout", methods)
	}
	rename, ok := methods[0].Func.(func(*record, string) error)
	if !ok {
		t.Fatalf("Rename has type %T, want func(*record, string) error", methods[0].Func)
	}
	r := &record{}
	r.hidden()
	if err := rename(r, "b"); err != nil || r.Name != "b" {
		t.Errorf("Rename: name %q, error %v", r.Name, err)
	}
	if n := len(structs.Methods[error]()); n != 0 {
		t.Errorf("Methods[error]: got %d methods, want none", n)
	}
}

func TestGetter(t *testing.T) {
	r := record{base: base{ID: 7}, Name: "a"}
	tests := []struct {
		field string
		ok    bool
		want  any
	}{
		{"Name", true, "a"},
		{"ID", true, 7},
		{"Note", true, nil}, // behind a nil pointer
		{"secret", false, nil},
		{"Missing", false, nil},
	}
	for _, tt := range tests {
		get, ok := structs.Getter[record](tt.field)
		pget, pok := structs.Getter[*record](tt.field)
		if ok != tt.ok || pok != tt.ok {
			t.Errorf("Getter(%q): got %v and %v, want %v", tt.field, ok, pok, tt.ok)
			continue
		}
		if ok && (get(r) != tt.want || pget(&r) != tt.want || pget(nil) != nil) {
			t.Errorf("Getter(%q): got %v and %v, want %v", tt.field, get(r), pget(&r), tt.want)
		}
	}
	if _, ok := structs.Getter[int]("ID"); ok {
		t.Error("Getter[int]: got one, want none")
	}
}
