package congatest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// Inputs are random inputs for the action that its rules accept, the same for
// the same seed. Inputs that may be null or have a default are sometimes left out. Keys of other records
// cannot be made up: give them in fixed, by JSON name, as canonical values. A
// rule that it cannot satisfy, such as a regular expression, is the caller's
// to fix in the same way.
func Inputs(action *resource.Action, seed uint64, fixed map[string]any) []conga.Input {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x636f6e6761))} //nolint:gosec // test data
	var out []conga.Input
	for _, in := range action.Inputs() {
		v, given := fixed[in.JSON]
		if !given {
			if optional(in) && g.IntN(3) == 0 {
				continue
			}
			v = g.value(in)
		}
		out = append(out, conga.Input{Attribute: in, Value: v})
	}
	return out
}

// optional reports whether leaving out the input is as good as giving it.
func optional(in *resource.Attribute) bool {
	return !in.Required && (in.Type.Nullable || in.Default != nil || in.Generated)
}

type generator struct {
	*rand.Rand
	depth int // of unions
}

func (g *generator) value(in *resource.Attribute) any {
	if in.Type.Nullable && !in.Required && g.IntN(4) == 0 {
		return nil
	}
	if in.Type.IsCustom() && in.Enum == nil {
		return in.Type.Zero() // the only value that is known
	}
	if in.Union != nil {
		return g.union(in)
	}
	if in.Object != nil {
		p := in.NewPtr()
		g.members(in.Object, p)
		return in.Type.ValueOf(p)
	}
	switch in.Type.Kind {
	case structs.List:
		return g.list(in)
	case structs.Date:
		return civil.Date{Year: 2026, Month: 1, Day: 1}.AddDays(g.IntN(365))
	case structs.String:
		return g.text(in)
	case structs.Bool:
		return g.IntN(2) == 0
	case structs.Int:
		lo, hi := in.Type.Range()
		return g.between(in, max(lo, -1000), min(hi, 1000))
	case structs.Float:
		return float64(g.between(in, -1000, 1000))
	case structs.Decimal:
		return decimal.NewFromInt(g.between(in, -1000, 1000))
	case structs.Time:
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(g.IntN(365*24)) * time.Hour)
	case structs.Duration:
		return time.Duration(g.IntN(3600)) * time.Second
	case structs.UUID:
		var u uuid.UUID
		for i := range u {
			u[i] = byte(g.IntN(256))
		}
		u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
		return u
	case structs.Bytes:
		return []byte(g.word(1 + g.IntN(20)))
	}
	return in.Type.Zero()
}

// list is some elements, as many as the rules of the list allow.
func (g *generator) list(in *resource.Attribute) []any {
	out := make([]any, g.between(in, 0, 4))
	for i := range out {
		out[i] = g.value(in.Element)
	}
	return out
}

// between is a number within the rules, and between lo and hi where they leave that open.
func (g *generator) between(in *resource.Attribute, lo, hi int64) int64 {
	bound := func(rule string, shift int64) (int64, bool) {
		r, ok := in.Rule(rule)
		n, err := strconv.ParseInt(r.Param, 10, 64)
		return n + shift, ok && err == nil
	}
	for rule, shift := range map[string]int64{"min": 0, "gte": 0, "gt": 1} {
		if n, ok := bound(rule, shift); ok {
			lo, hi = n, max(hi, n)
		}
	}
	for rule, shift := range map[string]int64{"max": 0, "lte": 0, "lt": -1} {
		if n, ok := bound(rule, shift); ok {
			hi, lo = n, min(lo, n)
		}
	}
	n := lo + g.Int64N(hi-lo+1)
	if n == 0 && in.Required && hi > 0 {
		return 1 // required numbers are not zero
	}
	return n
}

func (g *generator) text(in *resource.Attribute) string {
	if len(in.Enum) > 0 {
		return in.Enum[g.IntN(len(in.Enum))]
	}
	lo, hi := 1, 40
	length := func(rule string, to *int) {
		if r, ok := in.Rule(rule); ok {
			if n, err := strconv.Atoi(r.Param); err == nil {
				*to = n
			}
		}
	}
	length("max", &hi)
	length("min", &lo)
	if _, ok := in.Rule("len"); ok {
		length("len", &lo)
		hi = lo
	}
	n := lo + g.IntN(max(1, min(hi, lo+40)-lo+1))
	for rule, format := range map[string]string{"email": "%s@example.com", "url": "https://example.com/%s", "http_url": "https://example.com/%s"} {
		if _, ok := in.Rule(rule); ok {
			return fmt.Sprintf(format, g.word(8))
		}
	}
	if _, ok := in.Rule("uuid"); ok {
		return uuid.NewString()
	}
	return g.word(n)
}

// word is n letters.
func (g *generator) word(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('a' + g.IntN(26)))
	}
	return b.String()
}
