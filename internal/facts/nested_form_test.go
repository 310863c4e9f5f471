package facts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/form"
)

// boxForm is a form for a box with the eggs a, b and c.
func boxForm(t *testing.T, app *conga.App) *form.Form {
	t.Helper()
	h, x := conga.For[NestBox](app), conga.For[NestEgg](app).Fields()
	f := h.Fields()
	var eggs []conga.Nesting
	for _, name := range []string{"a", "b", "c"} {
		eggs = append(eggs, conga.Child(conga.Set(&x.Name, name)))
	}
	box, err := h.Create(t.Context(), "pack", conga.Nest(&f.Things, eggs...))
	if err != nil {
		t.Fatal(err)
	}
	if box, err = h.Get(t.Context(), box.ID, conga.Load(&f.Things)); err != nil {
		t.Fatal(err)
	}
	out, err := form.Update(h, "repack", box)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// asSent are the values that a browser would send for the eggs of the form, and more.
func asSent(t *testing.T, f *form.Form, more string) form.Values {
	t.Helper()
	parts := []string{more}
	for _, sub := range f.Nested("things") {
		for _, name := range []string{"id", "name"} {
			parts = append(parts, sub.Name(name)+"="+sub.Value(name))
		}
	}
	v, err := form.Parse(strings.Join(parts, "&"))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// eggsOf is what the form shows of the eggs: names with their values and errors.
func eggsOf(f *form.Form) string {
	var out []string
	for _, sub := range f.Nested("things") {
		out = append(out, fmt.Sprint(sub.Name("name"), "=", sub.Value("name"), sub.Errors("name")))
	}
	return strings.Join(out, " ")
}

// Behaviour 58 in docs/ash.md.
func TestFact58NestedErrorsWaitForTheVisitor(t *testing.T) {
	nestBoxes(t, func(t *testing.T, app *conga.App) {
		f := boxForm(t, app)
		old, _ := nestEggs(t, app)
		v, err := form.Parse("things[0][name]=&things[0][_unused_name]=&things[1][name]=&things[1][id]=" + old[0].ID.String() +
			"&things[2][name]=&things[2][_unused_name]=&things[2][id]=" + old[1].ID.String())
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Validate(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		if got := eggsOf(f); got != "things[0][name]=[] things[1][name]=[is required] things[2][name]=[]" {
			t.Errorf("shows %s", got)
		}
	})
}

// Behaviour 59 in docs/ash.md, as far as a form has what was changed.
func TestFact59AddedAndRemovedAgain(t *testing.T) {
	nestBoxes(t, func(t *testing.T, app *conga.App) {
		f := boxForm(t, app)
		const before = "things[0][name]=a[] things[1][name]=b[] things[2][name]=c[]"
		f.Add("things")
		if got := eggsOf(f); got != before+" things[3][name]=[]" {
			t.Errorf("with another one it shows %s", got)
		}
		f.Remove("things", 3)
		if got := eggsOf(f); got != before {
			t.Errorf("without it again it shows %s", got)
		}
	})
}

// Behaviour 60 in docs/ash.md.
func TestFact60RemovingAllSubmitsNone(t *testing.T) {
	nestBoxes(t, func(t *testing.T, app *conga.App) {
		for _, remove := range []string{"things[0][_remove]=true&things[1][_remove]=on&things[2][_remove]=1", "things[]="} {
			f := boxForm(t, app)
			v := asSent(t, f, remove)
			if remove == "things[]=" {
				v = v.Without("things[0][id]", "things[0][name]", "things[1][id]", "things[1][name]", "things[2][id]", "things[2][name]")
			}
			if ok, err := f.Submit(t.Context(), v); !ok || err != nil {
				t.Fatal(ok, err, f.Issues())
			}
			if _, names := nestEggs(t, app); names != "" {
				t.Errorf("%s leaves %q", remove, names)
			}
		}
	})
}

// Behaviour 61 in docs/ash.md.
func TestFact61EmptyTextIsNoElement(t *testing.T) {
	nestBoxes(t, func(t *testing.T, app *conga.App) {
		stamps, boxes := conga.For[NestMark](app), conga.For[NestBox](app)
		swan, err := stamps.Create(t.Context(), "print", conga.Set(&stamps.Fields().Motif, "swan"))
		if err != nil {
			t.Fatal(err)
		}
		f := boxForm(t, app)
		for _, tt := range []struct {
			sent string
			want int
		}{{"stamps[]=&stamps[]=" + swan.ID.String(), 1}, {"to=x", 1}, {"stamps[]=", 0}} {
			v, err := form.Parse(tt.sent)
			if err != nil {
				t.Fatal(err)
			}
			if ok, err := f.Submit(t.Context(), v); !ok || err != nil {
				t.Fatal(tt.sent, ok, err, f.Issues())
			}
			box, err := boxes.Get(t.Context(), form.Result[NestBox](f).ID, conga.Load(&boxes.Fields().Stamps))
			if err != nil || len(box.Stamps) != tt.want {
				t.Errorf("%s gives %d stamps, %v", tt.sent, len(box.Stamps), err)
			}
		}
	})
}

// Behaviours 62 and 63 in docs/ash.md.
func TestFact62NestedErrorsAppearOnce(t *testing.T) {
	nestBoxes(t, func(t *testing.T, app *conga.App) {
		f := boxForm(t, app)
		v := asSent(t, f, "things[3][name]=d&things[7][name]=&things[7][id]=x&things[1][_remove]=true&things[9][name]=")
		if ok, err := f.Submit(t.Context(), v.Without("things[0][name]")); ok || err != nil {
			t.Fatal(ok, err)
		}
		// The middle one is gone, and so is the blank one; what was typed stays.
		const want = "things[0][name]=[] things[1][name]=c[] things[2][name]=d[] things[3][name]=[]"
		got := eggsOf(f)
		if strings.Count(got, "things[") != strings.Count(want, "things[") || !strings.Contains(got, "things[1][name]=c[] things[2][name]=d[]") {
			t.Errorf("shows %s", got)
		}
		subs := f.Nested("things")
		if bad := subs[3]; len(bad.Issues()) != 1 || len(subs[1].Issues()) != 0 || len(f.General()) != 0 || len(f.Errors("things")) != 0 {
			t.Errorf("the issues are %v, of the child %v, general %v", f.Issues(), bad.Issues(), f.General())
		}
	})
}

// A button adds a record or drops one without JavaScript: the form is shown again.
func TestNestedButtons(t *testing.T) {
	nestBoxes(t, func(t *testing.T, app *conga.App) {
		f := boxForm(t, app)
		if ok, err := f.Submit(t.Context(), asSent(t, f, "things[_add]=1")); ok || err != nil || len(f.Nested("things")) != 4 {
			t.Errorf("add: %v, %v, %s", ok, err, eggsOf(f))
		}
		if ok, err := f.Submit(t.Context(), asSent(t, f, "things[_drop]=1")); ok || err != nil || eggsOf(f) != "things[0][name]=a[] things[1][name]=c[] things[2][name]=[]" {
			t.Errorf("drop: %v, %v, %s", ok, err, eggsOf(f))
		}
		if ok, err := f.Submit(t.Context(), asSent(t, f, "")); !ok || err != nil {
			t.Errorf("submit: %v, %v, %v", ok, err, f.Issues())
		}
		if _, names := nestEggs(t, app); names != "a c" {
			t.Errorf("left are %q", names)
		}
	})
}

// Records come in the order of a list of their numbers, which a script that
// lets visitors drag them keeps, and by a method.
func TestNestedSort(t *testing.T) {
	nestBoxes(t, func(t *testing.T, app *conga.App) {
		f := boxForm(t, app)
		if err := f.Validate(t.Context(), asSent(t, f, "things[_sort][]=2&things[_sort][]=nonsense&things[_sort][]=9&things[_sort][]=0&things[_sort][]=2")); err != nil || eggsOf(f) != "things[0][name]=c[] things[1][name]=a[] things[2][name]=b[]" {
			t.Errorf("sorted: %v, %s", err, eggsOf(f))
		}
		if f.Sort("things", 1, 7, -1); eggsOf(f) != "things[0][name]=a[] things[1][name]=c[] things[2][name]=b[]" {
			t.Errorf("sorted by the page: %s", eggsOf(f))
		}
		if ok, err := f.Submit(t.Context(), asSent(t, f, "things[_sort]=2&things[0][_remove]=true")); !ok || err != nil || eggsOf(f) != "things[0][name]=b[] things[1][name]=c[]" {
			t.Errorf("submitted: %v, %v, %s", ok, err, eggsOf(f))
		}
	})
}
