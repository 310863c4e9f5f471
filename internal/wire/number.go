package wire

import (
	"math"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
)

// maxDecimal is the largest number of digits of a decimal before and after the point.
const maxDecimal = structs.MaxDigits

// parseDecimal reads a number without rounding. It refuses exponents that
// would make a huge number of a short text.
func parseDecimal(s string) (d decimal.Decimal, inRange, ok bool) {
	if len(s) > 2*maxDecimal+8 {
		return d, false, true
	}
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i+1:]
	}
	if !isNumber(mantissa) || exponent != "" && !isNumber(exponent) || exponent == "" && len(mantissa) < len(s) {
		return d, false, false
	}
	if exponent != "" {
		e, err := strconv.Atoi(exponent)
		if strings.Contains(exponent, ".") {
			return d, false, false
		}
		if err != nil || e > maxDecimal || e < -maxDecimal {
			return d, false, true
		}
	}
	d, err := decimal.NewFromString(s)
	if err != nil {
		return d, false, false
	}
	whole := d.NumDigits() + int(d.Exponent())
	return d, whole <= maxDecimal && -d.Exponent() <= maxDecimal, true
}

// isNumber reports whether s is an optional sign and digits, with at most one point among them.
func isNumber(s string) bool {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	digits, points := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.':
			points++
		default:
			return false
		}
	}
	return digits > 0 && points <= 1
}

// parseInt reads a whole number, also one written as 1e3 or 2.0.
func parseInt(s string) (n int64, fault numberFault) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, noFault
	}
	d, inRange, ok := parseDecimal(s)
	switch {
	case !ok:
		return 0, noNumber
	case !inRange:
		// Too long a text: either too large, or with digits after the point.
		return 0, outOfRange
	case !d.IsInteger():
		return 0, fraction
	case !d.BigInt().IsInt64():
		return 0, outOfRange
	}
	return d.IntPart(), noFault
}

type numberFault uint8

const (
	noFault numberFault = iota
	noNumber
	fraction
	outOfRange
)

// parseFloat reads a number as a float of that many bits.
func parseFloat(s string, bits int) (float64, numberFault) {
	mantissa := s
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
	}
	if !isNumber(mantissa) {
		return 0, noNumber // infinities, NaN, hexadecimals
	}
	f, err := strconv.ParseFloat(s, bits)
	switch {
	case err == nil:
		return f, noFault
	case math.IsInf(f, 0):
		return 0, outOfRange
	}
	return 0, noNumber
}
