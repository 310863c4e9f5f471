package expr

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"
)

var errRange = errors.New("the number is out of range")

// binary computes an operator on two numbers. Durations are counted in nanoseconds.
func binary(op Op, args []any) (any, error) {
	switch x := args[0].(type) {
	case int64:
		switch y := args[1].(type) {
		case int64:
			return ints(op, x, y)
		case float64:
			return floats(op, float64(x), y)
		}
	case float64:
		switch y := args[1].(type) {
		case float64:
			return floats(op, x, y)
		case int64:
			return floats(op, x, float64(y))
		}
	case time.Duration:
		if y, ok := args[1].(time.Duration); ok {
			v, err := ints(op, int64(x), int64(y))
			if n, ok := v.(int64); ok {
				return time.Duration(n), err
			}
			return nil, err
		}
	}
	return nil, fmt.Errorf("evaluate %s: no arithmetic on %T and %T", op, args[0], args[1])
}

// ints computes with integers of 64 bits. The value is nil for a division by zero.
func ints(op Op, x, y int64) (any, error) {
	var out int64
	ok := true
	switch op {
	case OpAdd:
		out = x + y
		ok = (out > x) == (y > 0)
	case OpSub:
		out = x - y
		ok = (out < x) == (y > 0)
	case OpMul:
		out, ok = product(x, y)
	default:
		switch {
		case y == 0:
			return nil, nil
		case op == OpMod && y == -1:
			return int64(0), nil
		case op == OpMod:
			out = x % y
		default:
			out, ok = x/y, x != math.MinInt64 || y != -1
		}
	}
	if !ok {
		return nil, fmt.Errorf("evaluate %s: %w", op, errRange)
	}
	return out, nil
}

func product(x, y int64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(x), magnitude(y))
	if (x < 0) != (y < 0) {
		return -int64(lo), hi == 0 && lo <= 1<<63 //nolint:gosec // compared with the limit
	}
	return int64(lo), hi == 0 && lo < 1<<63 //nolint:gosec // compared with the limit
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x) //nolint:gosec // the two's complement
	}
	return uint64(x)
}

func floats(op Op, x, y float64) (any, error) {
	switch op {
	case OpAdd:
		return x + y, nil
	case OpSub:
		return x - y, nil
	case OpMul:
		return x * y, nil
	}
	switch {
	case y == 0:
		return nil, nil
	case op == OpMod:
		return math.Mod(x, y), nil
	}
	return x / y, nil
}

// unary computes the negative or the absolute value of a number.
func unary(op Op, args []any) (any, error) {
	switch x := args[0].(type) {
	case int64:
		return negative(op, x)
	case float64:
		if op == OpAbs {
			return math.Abs(x), nil
		}
		return -x, nil
	case time.Duration:
		n, err := negative(op, int64(x))
		if err != nil {
			return nil, err
		}
		return time.Duration(n), nil
	}
	return nil, fmt.Errorf("evaluate %s: no arithmetic on %T", op, args[0])
}

func negative(op Op, x int64) (int64, error) {
	switch {
	case op == OpAbs && x >= 0:
		return x, nil
	case x == math.MinInt64:
		return 0, fmt.Errorf("evaluate %s: %w", op, errRange)
	}
	return -x, nil
}
