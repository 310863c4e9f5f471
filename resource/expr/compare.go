package expr

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Compare orders two canonical values of the same kind, neither of them nil:
// it is negative when a comes first, zero when they are equal.
//
// Texts are compared byte by byte, which is by code point. SQLite does the
// same; PostgreSQL orders texts by the collation of the database, so that
// there "a" may come before "B". Equality is the same everywhere. False comes before true.
// Documents are only known to the database: the error is ErrNotLoaded.
func Compare(a, b any) (int, error) {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y), nil
		}
	case int64:
		switch y := b.(type) {
		case int64:
			return cmp.Compare(x, y), nil
		case float64:
			return compareFloats(float64(x), y), nil
		}
	case float64:
		switch y := b.(type) {
		case float64:
			return compareFloats(x, y), nil
		case int64:
			return compareFloats(x, float64(y)), nil
		}
	case bool:
		if y, ok := b.(bool); ok {
			return compareBools(x, y), nil
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y), nil
		}
	case time.Duration:
		if y, ok := b.(time.Duration); ok {
			return cmp.Compare(x, y), nil
		}
	case uuid.UUID:
		if y, ok := b.(uuid.UUID); ok {
			return bytes.Compare(x[:], y[:]), nil
		}
	case decimal.Decimal:
		if y, ok := b.(decimal.Decimal); ok {
			return x.Cmp(y), nil
		}
	case []byte:
		if y, ok := b.([]byte); ok {
			return bytes.Compare(x, y), nil
		}
	case civil.Date:
		if y, ok := b.(civil.Date); ok {
			return cmp.Or(cmp.Compare(x.Year, y.Year), cmp.Compare(x.Month, y.Month), cmp.Compare(x.Day, y.Day)), nil
		}
	case []any:
		if y, ok := b.([]any); ok {
			return compareLists(x, y)
		}
	default:
		return 0, fmt.Errorf("compare %T: %w", a, ErrNotLoaded)
	}
	return 0, fmt.Errorf("compare %T with %T: they are of different kinds", a, b)
}

// compareFloats puts NaN, which equals itself, above everything, as PostgreSQL does.
func compareFloats(x, y float64) int {
	switch {
	case math.IsNaN(x) && math.IsNaN(y):
		return 0
	case math.IsNaN(x):
		return 1
	case math.IsNaN(y):
		return -1
	}
	return cmp.Compare(x, y)
}

func compareBools(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	}
	return 1
}
