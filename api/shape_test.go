package api_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/api"
	"github.com/congago/conga/datalayer"
)

// grid is rows of JSON texts; an empty text fails to be read.
type grid [][]string

var errGrid = errors.New("no value")

func (g grid) Len() int                        { return len(g) }
func (g grid) Null(row, col int) bool          { return g[row][col] == "null" }
func (g grid) Value(row, col int) (any, error) { return g[row][col], nil }
func (g grid) Scan(int, int, any) error        { return errGrid }
func (g grid) AppendJSON(dst []byte, row, col int) ([]byte, error) {
	if g[row][col] == "" {
		return dst, errGrid
	}
	return append(dst, g[row][col]...), nil
}

func found(g grid) *conga.Found { return &conga.Found{Result: &datalayer.Result{Rows: g}} }

func TestShape(t *testing.T) {
	number := func(dst []byte, _ *conga.Found, row int) ([]byte, error) {
		return strconv.AppendInt(dst, int64(row), 10), nil
	}
	tests := []struct {
		name    string
		members []api.Member
		want    string
	}{
		{"nothing", nil, `[{},{}]`},
		{"columns in any order, and twice", []api.Member{api.Column("b", 1), api.Column("a", 0), api.Column("c", 1)}, `[{"b":"x","a":1,"c":"x"},{"b":null,"a":2,"c":null}]`},
		{"constants", []api.Member{api.Constant("k", `"v"`), api.Constant("l", "1")}, `[{"k":"v","l":1},{"k":"v","l":1}]`},
		{"constants around a column", []api.Member{api.Constant("k", "0"), api.Column("a", 0), api.Constant("z", "true")}, `[{"k":0,"a":1,"z":true},{"k":0,"a":2,"z":true}]`},
		{"inner and custom", []api.Member{api.Inner("in", api.NewShape(api.Column("a", 0))), api.Custom("row", number)}, `[{"in":{"a":1},"row":0},{"in":{"a":2},"row":1}]`},
		{"keys are escaped", []api.Member{api.Column("a\"\n", 0)}, `[{"a\"\n":1},{"a\"\n":2}]`},
	}
	rows := found(grid{{"1", `"x"`}, {"2", "null"}})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := api.NewShape(tt.members...).AppendRows(nil, rows, 0, 2)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestShapeStopsAtAnUnreadableValue(t *testing.T) {
	s := api.NewShape(api.Inner("in", api.NewShape(api.Column("a", 0))))
	if _, err := s.AppendRows(nil, found(grid{{"1"}, {""}}), 0, 2); !errors.Is(err, errGrid) {
		t.Errorf("error = %v", err)
	}
}

func BenchmarkShape(b *testing.B) {
	g := make(grid, 50)
	for i := range g {
		g[i] = []string{`"018f0000-0000-7000-8000-000000000000"`, `"a body of some length"`, "12", "true", `"2024-02-29T12:00:00Z"`, "null"}
	}
	rows := found(g)
	s := api.NewShape(api.Column("id", 0), api.Column("body", 1), api.Column("count", 2), api.Constant("__typename", `"Message"`),
		api.Column("pinned", 3), api.Column("inserted_at", 4), api.Column("topic", 5))
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = s.AppendRows(dst[:0], rows, 0, len(g))
	}
	b.SetBytes(int64(len(dst)))
}
