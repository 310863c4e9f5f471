package sqlite

import (
	"cmp"
	"strings"

	"github.com/shopspring/decimal"
)

// compareDecimals is the collation of decimal columns: it compares numbers.
// What is no number, which only others can have stored, comes last.
func compareDecimals(a, b string) int {
	x, okX := split(a)
	y, okY := split(b)
	if okX && okY {
		return x.compare(y)
	}
	return compareOthers(a, b)
}

// digits is a number in parts: without zeros at the ends that mean nothing.
type digits struct {
	negative        bool
	whole, fraction string
}

// split takes a number apart; ok is false when it is not written as we write numbers.
func split(s string) (d digits, ok bool) {
	s, d.negative = strings.CutPrefix(s, "-")
	points, count := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			count++
		case c == '.':
			points++
		default:
			return d, false
		}
	}
	d.whole, d.fraction, _ = strings.Cut(s, ".")
	d.whole, d.fraction = strings.TrimLeft(d.whole, "0"), strings.TrimRight(d.fraction, "0")
	if d.whole == "" && d.fraction == "" {
		d.negative = false // there is one zero alone
	}
	return d, count > 0 && points <= 1
}

func (d digits) compare(other digits) int {
	if d.negative != other.negative {
		if d.negative {
			return -1
		}
		return 1
	}
	o := cmp.Or(cmp.Compare(len(d.whole), len(other.whole)), cmp.Compare(d.whole, other.whole), cmp.Compare(d.fraction, other.fraction))
	if d.negative {
		return -o
	}
	return o
}

// compareOthers compares texts of which one at least is written in another way.
func compareOthers(a, b string) int {
	x, okX := number(a)
	y, okY := number(b)
	switch {
	case okX && okY:
		return x.Cmp(y)
	case okX:
		return -1
	case okY:
		return 1
	}
	return cmp.Compare(a, b)
}

// number reads a number with an exponent, unless that makes it a huge one.
func number(s string) (decimal.Decimal, bool) {
	const most = 10000
	d, err := decimal.NewFromString(s)
	return d, err == nil && d.Exponent() < most && d.Exponent() > -most
}
