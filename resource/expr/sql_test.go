package expr_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/congago/conga/resource/expr"
)

func TestSQL(t *testing.T) {
	written := func(v expr.Value[int]) *expr.Written { return v.Node().(expr.Call).Args[0].(*expr.Written) }
	one, two := expr.V(1), expr.V(2)
	tests := []struct {
		v     expr.Value[int]
		parts []string // of PostgreSQL
		fault string
	}{
		{expr.SQL[int](expr.Both("? + ?"), one, two), []string{"", " + ", ""}, ""},
		{expr.SQL[int](expr.Both("f(?, '?''?', \"a?\")"), one), []string{"f(", ", '?''?', \"a?\")"}, ""},
		{expr.SQL[int](expr.Fragment{PostgreSQL: "? ?? ?"}, one, two), []string{"", " ? ", ""}, ""},
		{expr.SQL[int](expr.Fragment{PostgreSQL: "?::text"}, one), []string{"", "::text"}, ""},
		{expr.SQL[int](expr.Fragment{SQLite: "? ?? ?"}, one, two), nil, "in SQLite ? is an argument"},
		{expr.SQL[int](expr.Fragment{SQLite: ":a"}), nil, "in SQLite : is an argument"},
		{expr.SQL[int](expr.Fragment{SQLite: "1"}), nil, ""},
		{expr.SQL[int](expr.Fragment{}), nil, "no SQL for any database"},
		{expr.SQL[int](expr.Both("? + ?"), one), nil, "2 question marks, but 1 arguments"},
		{expr.SQL[int](expr.Both("1")), []string{"1"}, ""},
		{expr.SQL[int](expr.Both("f(?"), one), nil, "not closed"},
		{expr.SQL[int](expr.Both("?) or (true"), one), nil, "was not opened"},
		{expr.SQL[int](expr.Both("'a")), nil, "quote is not closed"},
		{expr.SQL[int](expr.Both(`E'\''`)), nil, "backslash"},
		{expr.SQL[int](expr.Both("1 -- ")), nil, "comments"},
		{expr.SQL[int](expr.Both("1 /* */")), nil, "comments"},
		{expr.SQL[int](expr.Both("$1")), nil, "numbered"},
		{expr.SQL[int](expr.Both("1;")), nil, "statements"},
	}
	for _, tt := range tests {
		w, err := written(tt.v), expr.CheckSQL(tt.v.Node().(expr.Call))
		switch {
		case tt.fault != "":
			if err == nil || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%s: got %v, want %q", w, err, tt.fault)
			}
		case err != nil || !slices.Equal(w.PostgreSQL, tt.parts):
			t.Errorf("%s: got %q, %v, want %q", w, w.PostgreSQL, err, tt.parts)
		}
	}
	if got := expr.String(expr.SQL[int](expr.Fragment{PostgreSQL: "a(?)", SQLite: "b(?)"}, one).Node()); got != `sql("a(?) | b(?)", 1)` {
		t.Errorf("printed as %s", got)
	}
}
