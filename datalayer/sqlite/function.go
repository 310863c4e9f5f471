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
	errs := []error{d.RegisterFunction("conga_decimal_sum", &sqlite.FunctionImpl{
		NArgs: 1, Deterministic: true,
		MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return &decimalSum{}, nil },
	})}
	for _, f := range []struct {
		name string
		args int32
		call func(args []driver.Value) (driver.Value, error)
	}{
		{"conga_start_of", 3, z.startOf},
		{"conga_start_of_date", 2, startOfDate},
		{"conga_extract", 3, z.extract},
		{"conga_add_time", 2, addTime},
		{"conga_add_units", 3, addUnits},
		{"conga_elapsed", 2, elapsed},
		{"conga_round", 1, func(args []driver.Value) (driver.Value, error) { return whole(expr.OpRound, args[0]) }},
		{"conga_floor", 1, func(args []driver.Value) (driver.Value, error) { return whole(expr.OpFloor, args[0]) }},
		{"conga_ceil", 1, func(args []driver.Value) (driver.Value, error) { return whole(expr.OpCeil, args[0]) }},
		{"conga_replace", 3, func(args []driver.Value) (driver.Value, error) { return evaluate(expr.OpReplace, args...) }},
		{"conga_split_part", 3, func(args []driver.Value) (driver.Value, error) { return evaluate(expr.OpSplitPart, args...) }},
	} {
		errs = append(errs, d.RegisterDeterministicScalarFunction(f.name, f.args, strict(f.call)))
	}
	return errors.Join(errs...)
}

// strict is a function that is NULL where one of its arguments is.
func strict(f func([]driver.Value) (driver.Value, error)) func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
	return func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		for _, a := range args {
			if a == nil {
				return nil, nil
			}
		}
		return f(args)
	}
}

// evaluate computes an operator as package expr does.
func evaluate(op expr.Op, args ...driver.Value) (driver.Value, error) {
	nodes := make([]expr.Node, len(args))
	for i, a := range args {
		nodes[i] = expr.Literal{Value: a}
	}
	v, err := expr.Eval(expr.Call{Op: op, Args: nodes}, nil)
	if err != nil {
		return nil, err
	}
	return driverValue(v)
}

// whole computes an operator that makes numbers whole; decimals are texts.
func whole(op expr.Op, v driver.Value) (driver.Value, error) {
	text, ok := v.(string)
	if !ok {
		return evaluate(op, v)
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return nil, err
	}
	return evaluate(op, d)
}

func addTime(args []driver.Value) (driver.Value, error) {
	t, err := timeArgument(args[0])
	n, ok := args[1].(int64)
	if err != nil || !ok {
		return nil, errors.Join(err, errArgument)
	}
	return evaluate(expr.OpAddTime, t, time.Duration(n))
}

func addUnits(args []driver.Value) (driver.Value, error) {
	t, err := timeArgument(args[0])
	if err != nil {
		return nil, err
	}
	return evaluate(expr.OpAddUnits, t, args[1], args[2])
}

func elapsed(args []driver.Value) (driver.Value, error) {
	since, err := timeArgument(args[0])
	if err != nil {
		return nil, err
	}
	until, err := timeArgument(args[1])
	if err != nil {
		return nil, err
	}
	return driverValue(until.Sub(since))
}

var errArgument = errors.New("an argument has the wrong type")

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
func (z *zones) startOf(args []driver.Value) (driver.Value, error) {
	t, unit, zone, err := z.arguments(args)
	if err != nil {
		return nil, err
	}
	if t, err = expr.Truncate(expr.Unit(unit), t, zone); err != nil {
		return nil, err
	}
	return driverValue(t)
}

// startOfDate takes a date and a unit.
func startOfDate(args []driver.Value) (driver.Value, error) {
	text, ok := args[0].(string)
	if !ok {
		return nil, errArgument
	}
	d, err := dateOf(text)
	if err != nil {
		return nil, err
	}
	return evaluate(expr.OpStartOfDate, d, args[1])
}

// extract takes a time, a part and a zone.
func (z *zones) extract(args []driver.Value) (driver.Value, error) {
	t, part, zone, err := z.arguments(args)
	if err != nil {
		return nil, err
	}
	return expr.PartOf(expr.DatePart(part), t, zone)
}

func (z *zones) arguments(args []driver.Value) (t time.Time, name string, zone *time.Location, err error) {
	if t, err = timeArgument(args[0]); err != nil {
		return t, "", nil, err
	}
	name, _ = args[1].(string)
	in, _ := args[2].(string)
	zone, err = z.of(in)
	return t, name, zone, err
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
