package wire

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// AppendNull appends null.
func AppendNull(dst []byte) []byte { return append(dst, "null"...) }

// AppendBool appends true or false.
func AppendBool(dst []byte, b bool) []byte { return strconv.AppendBool(dst, b) }

// AppendInt appends a number.
func AppendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// AppendFloat appends f, a float of 32 or 64 bits, with the fewest digits that
// read back as f. NaN and the infinities become null.
func AppendFloat(dst []byte, f float64, bits int) []byte {
	abs := math.Abs(f)
	if math.IsNaN(f) || abs > math.MaxFloat64 {
		return AppendNull(dst)
	}
	// As encoding/json and ECMAScript do: exponents for the very small and large alone.
	format := byte('f')
	if abs != 0 {
		if bits == 64 && (abs < 1e-6 || abs >= 1e21) ||
			bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21) {
			format = 'e'
		}
	}
	dst = strconv.AppendFloat(dst, f, format, -1, bits)
	if n := len(dst); format == 'e' && n >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1] // e-09 to e-9
		dst = dst[:n-1]
	}
	return dst
}

const hex = "0123456789abcdef"

// AppendString appends s in quotes. Quotes, backslashes and control
// characters are escaped, and so are U+2028 and U+2029, which older browsers
// do not allow in scripts. Invalid UTF-8 becomes U+FFFD.
func AppendString[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	from := len(dst)
	dst = append(dst, s...)
	// Most texts have nothing to escape: they are copied whole, and looked at there.
	if plain := plainPrefix(dst[from:]); plain < len(s) {
		dst = appendFrom(dst[:from+plain], s[plain:])
	}
	return append(dst, '"')
}

// plainPrefix is how many bytes, of those at the beginning, stand for
// themselves in JSON. It takes eight at once and may stop early.
func plainPrefix(b []byte) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; len(b)-n >= 8; n += 8 {
		x := binary.LittleEndian.Uint64(b[n:])
		// A byte less than the one subtracted leaves the top bit set; so does
		// zero, which the xor makes of the byte that is looked for, less one.
		quotes, backslashes := x^('"'*ones), x^('\\'*ones)
		if (x|(x-' '*ones)|(quotes-ones)|(backslashes-ones))&tops != 0 {
			return n
		}
	}
	for n < len(b) && b[n] < utf8.RuneSelf && b[n] >= ' ' && b[n] != '"' && b[n] != '\\' {
		n++
	}
	return n
}

func appendFrom[S string | []byte](dst []byte, s S) []byte {
	start := 0
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf {
			if b >= ' ' && b != '"' && b != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscaped(dst, b)
			i++
			start = i
			continue
		}
		// A rune has at most utf8.UTFMax bytes; so short a conversion stays on the stack.
		r, size := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)]))
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, `\ufffd`...)
			i++
			start = i
			continue
		}
		if r == '\u2028' || r == '\u2029' {
			dst = append(dst, s[start:i]...)
			dst = append(dst, `\u202`...)
			dst = append(dst, hex[r&0xF])
			i += size
			start = i
			continue
		}
		i += size
	}
	return append(dst, s[start:]...)
}

func appendEscaped(dst []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(dst, '\\', b)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&0xF])
}

// AppendTime appends t in quotes: RFC 3339 in UTC, with microseconds where
// there are any, and without trailing zeros. Years have four digits from 0 to
// 9999, which is all that DecodeValue lets in.
func AppendTime(dst []byte, t time.Time) []byte {
	return append(appendTime(append(dst, '"'), t.UTC()), '"')
}

func appendTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(dst, "2006-01-02T15:04:05.999999Z")
	}
	hour, minute, second := t.Clock()
	dst = appendTwo(appendTwo(dst, year/100), year%100)
	dst = appendTwo(append(dst, '-'), int(month))
	dst = appendTwo(append(dst, '-'), day)
	dst = appendTwo(append(dst, 'T'), hour)
	dst = appendTwo(append(dst, ':'), minute)
	dst = appendTwo(append(dst, ':'), second)
	if micro := t.Nanosecond() / 1000; micro != 0 {
		dst = appendFraction(dst, micro, 6)
	}
	return append(dst, 'Z')
}

func appendTwo(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// appendFraction appends a point and n, a number of that many digits that is
// not zero, without its trailing zeros.
func appendFraction(dst []byte, n, digits int) []byte {
	for ; n%10 == 0; n /= 10 {
		digits--
	}
	dst = append(append(dst, '.'), "000000000"[:digits]...)
	for i := len(dst) - 1; n > 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// AppendUUID appends u in quotes.
func AppendUUID(dst []byte, u uuid.UUID) []byte {
	return append(appendUUID(append(dst, '"'), u), '"')
}

func appendUUID(dst []byte, u uuid.UUID) []byte {
	for i, b := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hex[b>>4], hex[b&0xF])
	}
	return dst
}

// AppendDecimal appends d in quotes, with all its digits and no exponent: a
// number as JSON knows it would be rounded by most readers.
func AppendDecimal(dst []byte, d decimal.Decimal) []byte {
	return append(append(append(dst, '"'), DecimalText(d)...), '"')
}

// DecimalText is d with all its digits, zeros at the end included: "12.50".
func DecimalText(d decimal.Decimal) string { return d.StringFixed(max(0, -d.Exponent())) }

// AppendBytes appends b in quotes, in standard base64.
func AppendBytes(dst, b []byte) []byte {
	return append(base64.StdEncoding.AppendEncode(append(dst, '"'), b), '"')
}
