package doors

import (
	"fmt"
	"slices"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource"
)

// TestMissingNullAndZero gives each input of a create and of an update not at
// all, as null and as its zero, through every door: these are three things.
func TestMissingNullAndZero(t *testing.T) {
	onStores(t, func(t *testing.T, h *house) {
		r := newRandom(10)
		h.fill(t, r, 3)
		ann := h.people["ann"]
		f := h.papers.Fields()
		full := []conga.Option{conga.Set(&f.Title, "full"), conga.Set(&f.AuthorID, ann.ID), conga.Set(&f.PrevID, &h.all[0].ID)}
		seed := h.papers.Resource().Action("seed")
		for _, a := range seed.Accept {
			if slices.Contains([]string{"Title", "AuthorID", "State", "PrevID", "Internal"}, a.Name) {
				continue
			}
			v := h.value(r, a, false, false)
			for fmt.Sprint(v) == fmt.Sprint(zeroOf(a.Type)) {
				v = h.value(r, a, false, false)
			}
			if o, ok := option(a.Ptr(f), v); ok {
				full = append(full, o)
			}
		}
		p := must(h.papers.Create(t.Context(), "seed", full...))(t)
		for _, name := range []string{"write", "edit"} {
			action := h.papers.Resource().Action(name)
			for _, in := range action.Accept {
				for _, form := range []string{"missing", "null", "zero"} {
					c := call{actor: "ann", action: action, key: p.ID}
					if title := h.papers.Resource().Attribute("Title"); name == "write" && in != title {
						c.inputs = append(c.inputs, conga.Input{Attribute: title, Value: "t"})
					}
					switch form {
					case "null":
						c.inputs = append(c.inputs, conga.Input{Attribute: in})
					case "zero":
						c.inputs = append(c.inputs, conga.Input{Attribute: in, Value: zeroOf(in.Type)})
					}
					got := h.compare(t, 0, c)
					if want := expectation(in, name, form, p); want != nil {
						want.check(t, c, in, got)
					}
				}
			}
		}
	})
}

// zeroOf is the zero of a type that is not null.
func zeroOf(t structs.Type) any {
	t.Nullable = false
	return t.Zero()
}

// wanted is what the record has afterwards, or the issue that stands instead.
type wanted struct {
	value any
	issue string
}

// expectation is nil where rules of the input decide otherwise.
func expectation(in *resource.Attribute, action, form string, before *Paper) *wanted {
	switch {
	case form == "missing" && action == "edit":
		return &wanted{value: in.Get(before)}
	case form == "missing" && in.Required, form == "null" && !in.Type.Nullable, form == "zero" && in.Name == "Title":
		return &wanted{issue: in.JSON + " required"}
	case form == "missing" && in.Default != nil:
		return &wanted{value: in.Default()}
	case form == "missing":
		return &wanted{value: in.Type.Zero()}
	case form == "null":
		return &wanted{}
	case in.Name == "PrevID", in.Enum != nil:
		return nil
	}
	return &wanted{value: zeroOf(in.Type)}
}

func (w *wanted) check(t *testing.T, c call, in *resource.Attribute, got outcome) {
	t.Helper()
	switch {
	case w.issue != "":
		if !slices.Contains(got.issues, w.issue) {
			t.Errorf("%s: %s, want the issue %s", c, got, w.issue)
		}
	case got.kind != "ok":
		t.Errorf("%s: %s", c, got)
	default:
		raw := must(wire.AppendValue(nil, in.Type, w.value))(t)
		want := fmt.Sprint(decode(t, raw))
		if have := fmt.Sprint(got.record[in.JSON]); have != want {
			t.Errorf("%s: %s = %s, want %s", c, in.JSON, have, want)
		}
	}
}
