package datalayertest

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/golang-sql/civil"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// testFunctions has the database compute functions of values at which others
// than ours go wrong, and compares with package expr.
func testFunctions(t *testing.T, db Database) {
	w := newWorld(t)
	w.add(&author{ID: 1, Name: "ann"})
	f := newFixture(t, db, w, nil)
	for part := range slices.Chunk(functions(), 100) {
		q := &datalayer.Query{Resource: w.of("author")}
		for _, x := range part {
			q.Select = append(q.Select, &resource.Attribute{Expr: x.node, Type: structs.Type{Kind: x.kind, Bits: 64, Nullable: true}})
		}
		if f.expect(t, f.l, q); !t.Failed() {
			continue
		}
		for i, x := range part {
			one := *q
			one.Select = q.Select[i : i+1]
			t.Log(expr.String(x.node))
			f.expect(t, f.l, &one)
		}
		return
	}
}

type function struct {
	node expr.Node
	kind structs.Kind
}

func functions() []function {
	out := slices.Concat(numberFunctions(), textFunctions(), timeFunctions())
	// Nothing is replaced, but with NULL.
	return append(out, function{call(expr.OpReplace, field("Name"), lit(""), lit(nil)), structs.String})
}

func numberFunctions() (out []function) {
	for _, op := range []expr.Op{expr.OpRound, expr.OpFloor, expr.OpCeil} {
		for _, x := range []float64{0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, -1.2, 1e15 + 0.5, 1e300, math.SmallestNonzeroFloat64} {
			out = append(out, function{call(op, lit(x)), structs.Float})
		}
		for _, x := range []string{"0", "0.5", "-0.5", "2.5", "-2.5", "12345678901234567890.51", "-0.01"} {
			out = append(out, function{call(op, lit(decimal.RequireFromString(x))), structs.Decimal})
		}
	}
	return out
}

func textFunctions() (out []function) {
	for _, text := range []string{"", "a", "äbc, äbc", "日本語", "a,b,,c"} {
		for _, part := range []string{"", "a", "bc", "語", ","} {
			out = append(out, function{call(expr.OpPosition, lit(text), lit(part)), structs.Int},
				function{call(expr.OpReplace, lit(text), lit(part), lit("xy")), structs.String})
			for _, n := range []int64{1, 2, 3, 9} {
				out = append(out, function{call(expr.OpSplitPart, lit(text), lit(part), lit(n)), structs.String})
			}
		}
		for _, start := range []int64{1, 2, 9} {
			for _, length := range []int64{0, 1, 100, math.MaxInt32} {
				out = append(out, function{call(expr.OpSubstring, lit(text), lit(start), lit(length)), structs.String})
			}
		}
	}
	return out
}

func timeFunctions() (out []function) {
	zones := []string{"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"}
	var times []time.Time
	for _, text := range []string{
		"2024-01-31T23:59:59.999999Z", "2024-02-29T12:00:00.000001Z", "2023-12-31T23:30:00Z", "2021-01-03T00:00:00Z",
		"2026-03-29T00:59:59Z", "2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "1969-12-31T23:59:59.5Z",
	} {
		at, _ := time.Parse(time.RFC3339Nano, text)
		times = append(times, at)
	}
	for _, at := range times {
		for _, unit := range expr.DayUnits() {
			out = append(out, function{call(expr.OpStartOfDate, lit(civil.DateOf(at)), lit(string(unit))), structs.Date})
		}
		for _, zone := range zones {
			for _, unit := range expr.Units() {
				out = append(out, function{call(expr.OpStartOf, lit(at), lit(string(unit)), lit(zone)), structs.Time})
			}
			for _, part := range expr.DateParts() {
				out = append(out, function{call(expr.OpExtract, lit(at), lit(string(part)), lit(zone)), structs.Int})
			}
		}
		for _, unit := range expr.Units() {
			for _, n := range []int64{-13, -1, 0, 1, 25} {
				out = append(out, function{call(expr.OpAddUnits, lit(at), lit(n), lit(string(unit))), structs.Time})
			}
		}
		for _, d := range []time.Duration{0, -1, 999, -1500, time.Hour, -100 * 365 * 24 * time.Hour} {
			out = append(out, function{call(expr.OpAddTime, lit(at), lit(d)), structs.Time})
		}
		out = append(out, function{call(expr.OpElapsed, lit(times[0]), lit(at)), structs.Duration})
	}
	return out
}
