package wire_test

import (
	"strings"
	"testing"

	"github.com/congago/conga/internal/wire"
)

func TestSeal(t *testing.T) {
	seal := func(secret string) *wire.Seal {
		s, err := wire.NewSeal([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	cursor := wire.EncodeCursor("papers:-pin,", []any{"1234", int64(7)})
	one, same, other, random := seal("one"), seal("one"), seal("other"), seal("")
	sealed := one.Close("papers:-pin,", cursor)
	if again := same.Close("papers:-pin,", cursor); again != sealed {
		t.Errorf("the same cursor is sealed as %q and %q", sealed, again)
	}
	if got, err := same.Open("papers:-pin,", sealed); err != nil || got != cursor {
		t.Errorf("Open: %q, %v", got, err)
	}
	for name, open := range map[string]func() (string, error){
		"another secret": func() (string, error) { return other.Open("papers:-pin,", sealed) },
		"no secret":      func() (string, error) { return random.Open("papers:-pin,", sealed) },
		"another sort":   func() (string, error) { return one.Open("papers:pin,", sealed) },
		"not sealed":     func() (string, error) { return one.Open("papers:-pin,", cursor) },
		"no cursor":      func() (string, error) { return one.Open("papers:-pin,", "") },
		"too long":       func() (string, error) { return one.Open("papers:-pin,", strings.Repeat("A", wire.MaxCursor+1)) },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	if one.Close("papers:-pin,", "") != "" || one.Close("", wire.EncodeCursor("", []any{strings.Repeat("x", wire.MaxCursor*3/4-20)})) != "" {
		t.Error("a cursor that is none, or too long, was sealed")
	}
}
