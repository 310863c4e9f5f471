package expr

import (
	"fmt"
	"time"

	"github.com/golang-sql/civil"
)

// Calendar is a Go type that holds a time or a date, nullable or not.
type Calendar interface {
	Moment | civil.Date | *civil.Date
}

// DayUnits are the units of dates, from the shortest to the longest.
func DayUnits() []Unit { return []Unit{Day, Week, Month, Quarter, Year} }

// isDate reports whether T is a type of dates.
func isDate[T any]() bool {
	switch any(*new(T)).(type) {
	case civil.Date, *civil.Date:
		return true
	}
	return false
}

// FirstDay is the first day of the unit around d.
func FirstDay(unit Unit, d civil.Date) (civil.Date, error) {
	switch unit {
	case Second, Minute, Hour:
		return d, fmt.Errorf("a date has no %s", unit)
	}
	t, err := Truncate(unit, d.In(time.UTC), time.UTC)
	return civil.DateOf(t), err
}

// startOfDate computes OpStartOfDate.
func startOfDate(_ Op, args []any) (any, error) {
	d, isDate := args[0].(civil.Date)
	unit, isUnit := args[1].(string)
	if !isDate || !isUnit {
		return nil, fmt.Errorf("evaluate start_of_date: no date and unit in %T, %T", args[0], args[1])
	}
	return FirstDay(Unit(unit), d)
}
