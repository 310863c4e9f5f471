package doors

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// TestSameCallSameOutcome makes random calls through every door on the same
// records and compares what comes of them; then one door does it for good.
func TestSameCallSameOutcome(t *testing.T) {
	const rounds = 300
	onStores(t, func(t *testing.T, h *house) {
		r := newRandom(1)
		h.fill(t, r, 12)
		kinds := map[resource.ErrorKind]int{}
		for n := range rounds {
			c := h.randomCall(r)
			want := h.compare(t, n, c)
			kinds[want.kind]++
			if t.Failed() {
				t.Fatalf("seed %d, call %d", seed, n)
			}
			h.forGood(t, n, r, c, want)
		}
		for _, kind := range []resource.ErrorKind{"ok", conga.Invalid, conga.Forbidden, conga.NotFound, conga.Conflict} {
			if kinds[kind] == 0 {
				t.Errorf("no call was %s: %v", kind, kinds)
			}
		}
	})
}

// compare rehearses the call through every door.
func (h *house) compare(t *testing.T, n int, c call) (want outcome) {
	t.Helper()
	for i, d := range doors {
		h.rehearse(t, func(ctx context.Context) {
			got, ok := d.call(t, h, ctx, c)
			if !ok {
				return
			}
			got = got.withoutChance()
			if i == 0 {
				want = got
				return
			}
			if got.early && early(c) {
				return
			}
			if got.String() != want.String() {
				t.Errorf("call %d: %s\n%-8s %s\n%-8s %s", n, c, doors[0].name, want, d.name, got)
			}
		})
	}
	if want.kind == conga.Internal {
		t.Errorf("call %d: %s went wrong inside: %s", n, c, h.log.take())
	}
	return want
}

// elements are those of an input that is a list.
func elements(in conga.Input) []any {
	if in.Attribute.Element == nil {
		return nil
	}
	items, _ := in.Value.([]any)
	return items
}

// early reports whether GraphQL's types alone refuse the call.
func early(c call) bool {
	given := map[*resource.Attribute]any{}
	for _, in := range c.inputs {
		given[in.Attribute] = in.Value
		text, _ := in.Value.(string)
		if in.Value != nil && in.Attribute.Enum != nil && !slices.Contains(in.Attribute.Enum, text) {
			return true
		}
		for _, item := range elements(in) {
			text, _ := item.(string)
			if enum := in.Attribute.Element.Enum; enum != nil && !slices.Contains(enum, text) {
				return true
			}
		}
	}
	for _, in := range c.action.Inputs() {
		if in.Required && given[in] == nil && (c.action.Kind != resource.Update || c.action.IsArgument(in)) {
			return true
		}
	}
	return false
}

// forGood makes the call through one door and keeps what it did.
func (h *house) forGood(t *testing.T, n int, r random, c call, want outcome) {
	t.Helper()
	d := pick(r, doors)
	got, ok := d.call(t, h, t.Context(), c)
	if !ok {
		d = doors[0]
		got, _ = d.call(t, h, t.Context(), c)
	}
	if got.early {
		return
	}
	id, _ := got.record["id"].(string)
	if got = got.withoutChance(); got.String() != want.String() {
		t.Fatalf("seed %d, call %d for good: %s\nrehearsed %s\n%-9s %s", seed, n, c, want, d.name, got)
	}
	switch {
	case got.kind != "ok":
	case c.action.Kind == resource.Create:
		key := must(uuid.Parse(id))(t)
		h.all = append(h.all, &Paper{ID: key})
	case c.action.Kind == resource.Destroy:
		h.all = slices.DeleteFunc(h.all, func(p *Paper) bool { return p.ID == c.key })
	}
}

// fill adds papers of all authors.
func (h *house) fill(t *testing.T, r random, n int) {
	t.Helper()
	f := h.papers.Fields()
	lf := h.lines.Fields()
	for i := range n {
		author := h.people[pick(r, []string{"ann", "bob", "ghost"})]
		options := []conga.Option{conga.Set(&f.Title, fmt.Sprintf("p%02d", i)), conga.Set(&f.AuthorID, author.ID),
			conga.Set(&f.State, pick(r, []string{"draft", "open", "closed"})), conga.Set(&f.Internal, "classified")}
		for _, a := range h.papers.Resource().Action("seed").Accept {
			switch a.Name {
			case "Title", "AuthorID", "State", "Internal", "PrevID", "Code":
				continue
			}
			if o, ok := option(a.Ptr(f), h.value(r, a, a.Type.Nullable && r.chance(30), false)); ok && r.chance(80) {
				options = append(options, o)
			}
		}
		if i > 0 && r.chance(50) {
			options = append(options, conga.Set(&f.PrevID, &pick(r, h.all).ID))
		}
		p := must(h.papers.Create(t.Context(), "seed", options...))(t)
		h.all = append(h.all, p)
		for j := range r.IntN(4) {
			must(h.lines.Create(conga.WithActor(t.Context(), author), "add", conga.Set(&lf.PaperID, p.ID), conga.Set(&lf.Hidden, r.chance(40)),
				conga.Set(&lf.Text, fmt.Sprint("l", j)), conga.Set(&lf.Size, r.IntN(50))))(t)
		}
	}
}

// randomCall is any call of an action of papers.
func (h *house) randomCall(r random) call {
	res := h.papers.Resource()
	name := pick(r, []string{"write", "write", "write", "edit", "edit", "edit", "bump", "stamp", "stamp", "shred", "scrap", "echo"})
	c := call{actor: pick(r, append(actors, "ann", "ann", "bob", "bob")), action: res.Action(name), key: r.uuid()}
	if len(h.all) > 0 && r.chance(90) {
		c.key = pick(r, h.all).ID
	}
	wrong := 0
	if r.chance(40) {
		wrong = 12
	}
	for _, in := range c.action.Inputs() {
		chance := 25
		if in.Required {
			chance = 92
		}
		if !r.chance(chance) {
			continue
		}
		null := r.chance(wrong) || in.Type.Nullable && r.chance(25)
		c.inputs = append(c.inputs, conga.Input{Attribute: in, Value: h.value(r, in, null, r.chance(wrong))})
	}
	return c
}

var moment = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// value is a random canonical value of an input, also one that its rules refuse.
func (h *house) value(r random, a *resource.Attribute, null, wrong bool) any {
	switch {
	case null:
		return nil
	case a.Name == "PrevID":
		if wrong || len(h.all) == 0 {
			return r.uuid()
		}
		return pick(r, h.all).ID
	case a.Type.Kind == structs.JSON:
		return randomDocument(r, a, wrong)
	case r.chance(15) && !a.Required && a.Enum == nil:
		if a.Type.Nullable {
			t := a.Type
			t.Nullable = false
			return t.Zero()
		}
		return a.Type.Zero()
	}
	switch a.Type.Kind {
	case structs.List:
		return h.list(r, a, wrong)
	case structs.Date:
		return civil.DateOf(moment).AddDays(r.IntN(20) - 10)
	case structs.String:
		return text(r, a, wrong)
	case structs.Bool:
		return r.chance(50)
	case structs.Int:
		return whole(r, a, wrong)
	case structs.Float:
		f := math.Trunc(r.NormFloat64()*1000) / 64
		if wrong {
			f = 1e6
		}
		if a.Name == "MaybeRatio" && !wrong {
			return -math.Abs(f)
		}
		return f
	case structs.Decimal:
		return decimal.New(r.Int64N(1e9)-5e8, int32(r.IntN(6)-4))
	case structs.Time:
		return moment.Add(time.Duration(r.Int64N(1e9)) * time.Microsecond)
	case structs.Duration:
		return time.Duration(r.Int64N(1e12)-5e11) * time.Microsecond
	case structs.UUID:
		return r.uuid()
	}
	b := make([]byte, r.IntN(6)+1)
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return b
}

// list is some elements; too many, the same twice or wrong ones are refused.
func (h *house) list(r random, a *resource.Attribute, wrong bool) any {
	out := []any{}
	for range r.IntN(3) {
		v := h.value(r, a.Element, false, false)
		if v == "" || a.Name == "Moods" && slices.Contains(out, v) {
			continue
		}
		out = append(out, v)
	}
	if !wrong {
		return out
	}
	switch a.Name {
	case "Tags":
		return []any{"a", "b", "c", "d"}
	case "Moods":
		return []any{"glad", "nonsense"}
	case "Scores":
		return []any{int64(3), int64(-1), int64(2_000_000)}
	}
	return out
}

func text(r random, a *resource.Attribute, wrong bool) any {
	switch {
	case a.Name == "Host" && wrong:
		return "nowhere"
	case a.Name == "Host":
		return pick(r, []string{"127.0.0.1", "::1", "10.0.0.1"})
	case a.Enum != nil && wrong:
		return "nonsense"
	case a.Enum != nil:
		return pick(r, a.Enum)
	case wrong:
		return pick(r, []string{"a\x00b", "forbidden", "void", strings.Repeat("long ", 9), "x"})
	case a.Name == "Pin":
		return "1234"
	case a.Name == "Code":
		return pick(r, []string{"a", "b", "c", "d"})
	}
	return pick(r, []string{"plain", "päß ☃ 𝄞", `"quoted"\`, "<b>&amp;", "' or 1=1 --", "a\tb", "%_", "x y z"})
}

func whole(r random, a *resource.Attribute, wrong bool) any {
	lo, hi := a.Type.Range()
	switch {
	case a.Name == "Scores":
		return r.Int64N(1000)
	case a.Name == "Cents" && wrong:
		return int64(-1)
	case a.Name == "Cents":
		return r.Int64N(1000)
	case wrong && (a.Name == "Count" || a.Name == "Times" || a.Name == "Than"):
		return int64(-5)
	case a.Type.Bits == 64 && a.Type.Name == "int":
		return r.Int64N(1_000_000) + 1 // GraphQL has 32 bits for it
	case r.chance(20):
		return pick(r, []int64{lo, hi})
	}
	return lo + int64(r.Uint64N(uint64(hi)-uint64(lo)))
}

func randomDocument(r random, a *resource.Attribute, wrong bool) any {
	spot := Spot{Label: "here", Distance: decimal.New(r.Int64N(1000), -2), Wait: time.Duration(r.IntN(100)) * time.Second}
	mood, day := Mood("glad"), civil.DateOf(moment).AddDays(r.IntN(9))
	meta := Meta{Color: pick(r, []string{"", "red", "blue"}), Depth: r.IntN(100), Mood: pick(r, []*Mood{nil, &mood}), Words: []string{"one", "two"}[:r.IntN(3)],
		Day: pick(r, []*civil.Date{nil, &day}), Spot: pick(r, []*Spot{nil, &spot}), Spots: []Spot{spot, spot}[:r.IntN(3)]}
	if wrong {
		switch r.IntN(4) {
		case 0:
			meta.Color = pick(r, []string{"crimson", "a\x00"})
		case 1:
			meta.Words = []string{"fine", "too long"}
		case 2:
			meta.Spots = []Spot{spot, {Label: ""}, {Label: "too long"}}
		case 3:
			meta.Spot = &Spot{Label: "too long"}
		}
	}
	switch a.Name {
	case "Meta", "MaybeMeta":
		return meta
	}
	return map[string]any{"n": float64(r.IntN(100)), "list": []any{"x", nil, true}, "deep": map[string]any{"k": pick(r, []string{"v", "<&>"})}}
}

// option is the option that sets a field from a canonical value.
func option(ptr, v any) (conga.Option, bool) {
	for _, try := range []func(any, any) (conga.Option, bool){
		plain[string], plain[bool], plain[float64], plain[decimal.Decimal], plain[time.Time], plain[time.Duration], plain[uuid.UUID],
		plain[[]byte], plain[Meta], plain[map[string]any], plain[civil.Date],
		list(same[string]), list(func(s string) Mood { return Mood(s) }), list(func(n int64) int { return int(n) }), list(same[civil.Date]),
		host, cents,
		number[int], number[int8], number[int16], number[int32], number[int64], number[uint8], single,
	} {
		if o, ok := try(ptr, v); ok {
			return o, true
		}
	}
	return conga.Option{}, false
}

func plain[V any](ptr, v any) (conga.Option, bool) {
	value, ok := v.(V)
	switch p := ptr.(type) {
	case *V:
		return conga.Set(p, value), ok
	case **V:
		if v == nil {
			return conga.Set(p, nil), true
		}
		return conga.Set(p, &value), ok
	}
	return conga.Option{}, false
}

// list makes a list from its canonical elements.
func list[V, S any](of func(S) V) func(ptr, v any) (conga.Option, bool) {
	return func(ptr, v any) (conga.Option, bool) {
		items, ok := v.([]any)
		if !ok {
			return plain[[]V](ptr, v)
		}
		out := make([]V, len(items))
		for i, item := range items {
			x, ok := item.(S)
			if !ok {
				return conga.Option{}, false
			}
			out[i] = of(x)
		}
		return plain[[]V](ptr, out)
	}
}

func same[V any](v V) V { return v }

func host(ptr, v any) (conga.Option, bool) {
	text, ok := v.(string)
	if !ok {
		return conga.Option{}, false
	}
	var a netip.Addr
	err := a.UnmarshalText([]byte(text))
	o, ok := plain[netip.Addr](ptr, a)
	return o, ok && err == nil
}

func cents(ptr, v any) (conga.Option, bool) {
	n, ok := v.(int64)
	if !ok || n < 0 {
		return conga.Option{}, false
	}
	return plain[Cents](ptr, Cents{n})
}

func number[V int | int8 | int16 | int32 | int64 | uint8](ptr, v any) (conga.Option, bool) {
	n, ok := v.(int64)
	if !ok {
		return plain[V](ptr, v)
	}
	return plain[V](ptr, V(n))
}

func single(ptr, v any) (conga.Option, bool) {
	f, ok := v.(float64)
	if !ok {
		return plain[float32](ptr, v)
	}
	return plain[float32](ptr, float32(f))
}
