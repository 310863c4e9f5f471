package sqlite

import (
	"testing"

	"github.com/shopspring/decimal"
)

func TestCompareDecimals(t *testing.T) {
	inOrder := []string{
		"-100", "-99.5", "-2", "-1.50", "-1.05", "-0.1", "0", "0.001", "0.1", "0.11", "1", "1.5", "2", "9.9", "10", "010.5",
		"12345678901234567890.1", "12345678901234567890.2", "1e30", "-", "x", "y",
	}
	for i, a := range inOrder {
		for j, b := range inOrder {
			if got := compareDecimals(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("compareDecimals(%s, %s) = %d", a, b, got)
			}
		}
	}
	for _, same := range [][2]string{{"1.5", "1.50"}, {"-0.00", "0"}, {"007", "7"}, {"1e2", "100.0"}, {".5", "0.5"}} {
		if got := compareDecimals(same[0], same[1]); got != 0 {
			t.Errorf("compareDecimals(%s, %s) = %d, want 0", same[0], same[1], got)
		}
	}
}

func FuzzCompareDecimals(f *testing.F) {
	f.Add("1.50", "-12.3")
	f.Add("1e3", "x")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 60 {
			return
		}
		got := compareDecimals(a, b)
		if back := compareDecimals(b, a); got != -back {
			t.Fatalf("compareDecimals(%q, %q) = %d, the other way round %d", a, b, got, back)
		}
		x, errX := decimal.NewFromString(a)
		y, errY := decimal.NewFromString(b)
		if errX != nil || errY != nil || x.Exponent() > 100 || y.Exponent() > 100 {
			return
		}
		if want := x.Cmp(y); got != want {
			t.Errorf("compareDecimals(%q, %q) = %d, want %d", a, b, got, want)
		}
	})
}

func BenchmarkCompareDecimals(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if compareDecimals("1234.50", "1234.49") <= 0 {
			b.Fatal("wrong")
		}
	}
}
