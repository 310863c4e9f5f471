package expr

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

// TestFunctions states what the functions of numbers, texts and times give, in
// words of its own; that databases give the same is shown by datalayertest.
func TestFunctions(t *testing.T) {
	at := func(text string) time.Time {
		out, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	d := decimal.RequireFromString
	now := at("2026-03-29T01:30:15.5Z") // in Berlin the clock went forward half an hour ago
	tests := []struct {
		n    Node
		want any
	}{
		{Round(V(2.5)).Node(), 3.0}, {Round(V(-2.5)).Node(), -3.0}, {Floor(V(-1.2)).Node(), -2.0}, {Ceil(V(-1.2)).Node(), -1.0},
		{Round(V(d("0.5"))).Node(), "1"}, {Floor(V(d("-0.5"))).Node(), "-1"}, {Ceil(V(d("0.1"))).Node(), "1"},
		{Least(V(2), V(1)).Node(), int64(1)}, {Greatest(V(2), V(1)).Node(), int64(2)}, {Least(V("b"), V("a")).Node(), "a"},
		{Least(Value[int]{}, V(1)).Node(), nil}, {Greatest(V(1), Value[int]{}).Node(), nil},
		{CountNulls(Of[bool](Call{OpIsNull, []Node{Literal{}}}), Of[bool](Call{OpIsNull, []Node{Literal{int64(1)}}})).Node(), int64(1)},

		{Position(V("häuser"), V("us")).Node(), int64(3)}, {Position(V("a"), V("b")).Node(), int64(0)}, {Position(V("a"), V("")).Node(), int64(1)},
		{Replace(V("a-b-c"), V("-"), V("")).Node(), "abc"}, {Replace(V("abc"), V(""), V("-")).Node(), "abc"},
		{Substring(V("häuser"), 2, 3).Node(), "äus"}, {Substring(V("abc"), 0, 2).Node(), "a"}, {Substring(V("abc"), 3, 9).Node(), "c"},
		{Substring(V("abc"), 9, 1).Node(), ""}, {Substring(V("abc"), 1, -1).Node(), ""}, {Substring(V("abc"), 2, math.MaxInt).Node(), "bc"},
		{SplitPart(V("a,b,,c"), ",", 2).Node(), "b"}, {SplitPart(V("a,b"), ",", 3).Node(), ""}, {SplitPart(V("a,b"), "", 1).Node(), "a,b"},

		{StartOf(Hour, V(now)).Node(), at("2026-03-29T01:00:00Z")}, {StartOf(Month, V(now)).Node(), at("2026-03-01T00:00:00Z")},
		{StartOf(Week, V(now)).Node(), at("2026-03-23T00:00:00Z")}, {StartOf(Quarter, V(now)).Node(), at("2026-01-01T00:00:00Z")},
		{StartOfIn(Day, V(now), "Europe/Berlin").Node(), at("2026-03-28T23:00:00Z")}, {StartOfIn(Hour, V(now), "Asia/Kolkata").Node(), at("2026-03-29T01:30:00Z")},
		{AddUnits(V(at("2024-01-31T10:00:00Z")), V(1), Month).Node(), at("2024-02-29T10:00:00Z")},
		{AddUnits(V(at("2024-02-29T10:00:00Z")), V(-1), Year).Node(), at("2023-02-28T10:00:00Z")},
		{AddUnits(V(now), V(2), Week).Node(), at("2026-04-12T01:30:15.5Z")}, {AddUnits(V(now), V(-1), Hour).Node(), at("2026-03-29T00:30:15.5Z")},
		{AddTime(V(now), V(1500*time.Nanosecond)).Node(), now.Add(time.Microsecond)}, {Elapsed(V(now), V(now.Add(-time.Hour))).Node(), -time.Hour},
		{Extract(WeekdayPart, V(now)).Node(), int64(7)}, {Extract(WeekPart, V(at("2021-01-03T00:00:00Z"))).Node(), int64(53)},
		{ExtractIn(HourPart, V(now), "Europe/Berlin").Node(), int64(3)}, {Extract(QuarterPart, V(now)).Node(), int64(1)},
		{Extract(SecondPart, V(now)).Node(), int64(15)}, {Extract(DayOfYearPart, V(now)).Node(), int64(88)},
		{StartOf(Day, Value[time.Time]{}).Node(), nil},
	}
	for _, tt := range tests {
		got, err := Eval(canonical(tt.n), nil)
		if dec, ok := got.(decimal.Decimal); ok {
			got = dec.String()
		}
		if moment, ok := tt.want.(time.Time); ok && err == nil {
			if have, ok := got.(time.Time); ok && have.Equal(moment) {
				continue
			}
		}
		if err != nil || got != tt.want {
			t.Errorf("Eval(%s) = %v, %v, want %v", String(tt.n), got, err, tt.want)
		}
	}
}

// canonical makes the ints of Go those of expressions, as resolving does.
func canonical(n Node) Node {
	n, _ = Map(n, func(n Node) (Node, error) {
		if l, ok := n.(Literal); ok {
			if i, isInt := l.Value.(int); isInt {
				return Literal{int64(i)}, nil
			}
		}
		return n, nil
	})
	return n
}

func TestFunctionFaults(t *testing.T) {
	now := Literal{time.Now()}
	for _, c := range []Call{
		{OpStartOf, []Node{now, Literal{"fortnight"}, Literal{"UTC"}}}, {OpStartOf, []Node{now, Literal{"day"}, Literal{"Local"}}},
		{OpStartOf, []Node{now, Literal{"day"}, Literal{"../etc/passwd"}}}, {OpExtract, []Node{now, Literal{"era"}, Literal{"UTC"}}},
		{OpExtract, []Node{now, Literal{"day"}, Literal{""}}}, {OpAddUnits, []Node{now, Literal{int64(1)}, Literal{"score"}}},
	} {
		if CheckClock(c) == nil {
			t.Errorf("CheckClock(%s) finds nothing wrong", String(c))
		}
		if v, err := Eval(c, nil); err == nil || errors.Is(err, ErrNotLoaded) {
			t.Errorf("Eval(%s) = %v, want an error", String(c), v)
		}
	}
	for _, c := range []Call{
		{OpRound, []Node{Literal{"x"}}}, {OpPosition, []Node{Literal{"x"}, Literal{int64(1)}}}, {OpReplace, []Node{Literal{"x"}, Literal{"y"}, Literal{1.5}}},
		{OpSubstring, []Node{Literal{"x"}, Literal{int64(0)}, Literal{int64(1)}}}, {OpSplitPart, []Node{Literal{"x"}, Literal{","}, Literal{int64(0)}}},
		{OpAddTime, []Node{Literal{"x"}, Literal{time.Second}}}, {OpElapsed, []Node{now, Literal{int64(1)}}}, {OpAddUnits, []Node{now, Literal{int64(math.MaxInt64)}, Literal{"day"}}},
	} {
		if v, err := Eval(c, nil); err == nil {
			t.Errorf("Eval(%s) = %v, want an error", String(c), v)
		}
	}
}
