package sqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/shopspring/decimal"
	"modernc.org/sqlite"

	"github.com/congago/conga/internal/wire"
	"github.com/congago/conga/resource/expr"
)

// registerFunctions gives the driver the functions that SQLite lacks. They
// occur in queries alone, never in what is stored of a schema.
func registerFunctions(d *sqlite.Driver) error {
	z := &zones{}
	return errors.Join(
		d.RegisterDeterministicScalarFunction("conga_start_of", 3, z.startOf),
		d.RegisterFunction("conga_decimal_sum", &sqlite.FunctionImpl{
			NArgs: 1, Deterministic: true,
			MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return &decimalSum{}, nil },
		}),
	)
}

// zones keeps time zones, which are files, by their names.
type zones struct{ known sync.Map }

func (z *zones) of(name string) (*time.Location, error) {
	if loc, ok := z.known.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := expr.Zone(name)
	if err == nil {
		z.known.Store(name, loc)
	}
	return loc, err
}

// startOf takes a time, a unit and a zone.
func (z *zones) startOf(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	if args[0] == nil {
		return nil, nil
	}
	t, err := timeArgument(args[0])
	if err != nil {
		return nil, err
	}
	unit, _ := args[1].(string)
	name, _ := args[2].(string)
	zone, err := z.of(name)
	if err != nil {
		return nil, err
	}
	if t, err = expr.Truncate(expr.Unit(unit), t, zone); err != nil {
		return nil, err
	}
	return driverValue(t)
}

func timeArgument(v driver.Value) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("%T is no time", v)
	}
	return parseTime(text)
}

// decimalSum adds decimals digit for digit.
type decimalSum struct {
	sum decimal.Decimal
	n   int
}

var _ sqlite.AggregateFunction = (*decimalSum)(nil)

// Step adds a value.
func (s *decimalSum) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	return s.add(args[0], 1)
}

// WindowInverse takes a value away.
func (s *decimalSum) WindowInverse(_ *sqlite.FunctionContext, args []driver.Value) error {
	return s.add(args[0], -1)
}

func (s *decimalSum) add(v driver.Value, sign int) error {
	var d decimal.Decimal
	var err error
	switch x := v.(type) {
	case nil:
		return nil
	case string:
		d, err = decimal.NewFromString(x)
	case int64:
		d = decimal.NewFromInt(x)
	case float64:
		d = decimal.NewFromFloat(x)
	default:
		err = fmt.Errorf("%T is no decimal", v)
	}
	if err != nil {
		return err
	}
	if sign < 0 {
		d = d.Neg()
	}
	s.sum, s.n = s.sum.Add(d), s.n+sign
	return nil
}

// WindowValue is the sum, NULL without values.
func (s *decimalSum) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	if s.n == 0 {
		return nil, nil
	}
	return wire.DecimalText(s.sum), nil
}

// Final is not called by the driver for its value: WindowValue is.
func (s *decimalSum) Final(*sqlite.FunctionContext) {}
