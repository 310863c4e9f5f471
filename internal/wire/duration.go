package wire

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// AppendDuration appends d in quotes, as ISO 8601 writes durations: "PT1H30M",
// "-PT0.5S". Hours may be many; days are not used, since some have 23 hours.
func AppendDuration(dst []byte, d time.Duration) []byte {
	return append(appendDuration(append(dst, '"'), d), '"')
}

func appendDuration(dst []byte, d time.Duration) []byte {
	n := uint64(d) //nolint:gosec // the two's complement, put right below
	if d < 0 {
		dst = append(dst, '-')
		n = -n
	}
	dst = append(dst, "PT"...)
	const second, minute, hour = uint64(time.Second), uint64(time.Minute), uint64(time.Hour)
	if h := n / hour; h > 0 {
		dst = append(strconv.AppendUint(dst, h, 10), 'H')
	}
	if m := n % hour / minute; m > 0 {
		dst = append(strconv.AppendUint(dst, m, 10), 'M')
	}
	if rest := n % minute; rest > 0 || n == 0 {
		dst = strconv.AppendUint(dst, rest/second, 10)
		if frac := rest % second; frac > 0 {
			dst = appendFraction(dst, int(frac), 9) //nolint:gosec // less than 1e9
		}
		dst = append(dst, 'S')
	}
	return dst
}

var errDuration = errors.New(`a duration is written as "PT1H30M" or "1h30m"`)

// ParseDuration reads a duration as ISO 8601 writes it ("PT1H30M", "P1DT12H",
// "P2W") or as Go does ("1h30m"). A day is 24 hours; years and months, whose
// lengths vary, are refused, and so is what is no whole number of nanoseconds.
func ParseDuration(s string) (time.Duration, error) {
	rest, negative := strings.CutPrefix(s, "-")
	if !negative {
		rest = strings.TrimPrefix(s, "+")
	}
	if !strings.HasPrefix(rest, "P") {
		d, err := time.ParseDuration(s)
		if err != nil {
			return 0, errDuration
		}
		return d, nil
	}
	n, err := parseISO(rest[1:])
	switch {
	case err != nil:
		return 0, err
	case negative && n <= 1<<63:
		return time.Duration(-n), nil //nolint:gosec // in range
	case n <= math.MaxInt64:
		return time.Duration(n), nil //nolint:gosec // in range
	}
	return 0, errDuration
}

// isoUnits are the units in the order in which they may come; those after the
// T are units of time.
var isoUnits = []struct {
	name byte
	time bool
	size uint64
}{
	{'W', false, uint64(7 * 24 * time.Hour)}, {'D', false, uint64(24 * time.Hour)},
	{'H', true, uint64(time.Hour)}, {'M', true, uint64(time.Minute)}, {'S', true, uint64(time.Second)},
}

// parseISO is the number of nanoseconds of what follows the P.
func parseISO(s string) (total uint64, err error) {
	afterT, unit, empty := false, 0, true
	for s != "" {
		if s[0] == 'T' && !afterT && len(s) > 1 {
			afterT, s = true, s[1:]
			continue
		}
		end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if end <= 0 {
			return 0, errDuration
		}
		for unit < len(isoUnits) && (isoUnits[unit].name != s[end] || isoUnits[unit].time != afterT) {
			unit++
		}
		if unit == len(isoUnits) {
			return 0, errDuration
		}
		n, ok := isoNumber(s[:end], isoUnits[unit].size, s[end] == 'S')
		if !ok || total > math.MaxUint64-n {
			return 0, errDuration
		}
		total += n
		s, empty = s[end+1:], false
		unit++
	}
	if empty {
		return 0, errDuration
	}
	return total, nil
}

// isoNumber is the number of units in nanoseconds; only seconds have fractions.
func isoNumber(s string, size uint64, fraction bool) (uint64, bool) {
	whole, frac, point := strings.Cut(s, ".")
	n, err := strconv.ParseUint(whole, 10, 64)
	if err != nil || n > math.MaxUint64/size {
		return 0, false
	}
	n *= size
	if !point {
		return n, true
	}
	if !fraction || frac == "" || len(frac) > 9 || strings.Contains(frac, ".") {
		return 0, false
	}
	f, err := strconv.ParseUint(frac+"000000000"[len(frac):], 10, 64)
	if err != nil || n > math.MaxUint64-f {
		return 0, false
	}
	return n + f, true
}
