package expr

import (
	"fmt"
	"time"
)

// Unit is a span of the calendar or the clock.
type Unit string

// The units. A Week begins on Monday, as ISO 8601 has it.
const (
	Second  Unit = "second"
	Minute  Unit = "minute"
	Hour    Unit = "hour"
	Day     Unit = "day"
	Week    Unit = "week"
	Month   Unit = "month"
	Quarter Unit = "quarter"
	Year    Unit = "year"
)

// Units are all units, from the shortest to the longest.
func Units() []Unit { return []Unit{Second, Minute, Hour, Day, Week, Month, Quarter, Year} }

// Moment is a Go type that holds a time, nullable or not.
type Moment interface{ time.Time | *time.Time }

// StartOf is the moment at which the unit around v begins, in UTC.
func StartOf[T Moment](unit Unit, v Value[T]) Value[T] { return StartOfIn(unit, v, "UTC") }

// StartOfIn is StartOf in a time zone, by its IANA name such as "Europe/Berlin".
// What it gives is a moment, so it is midnight there and not in UTC.
func StartOfIn[T Moment](unit Unit, v Value[T], zone string) Value[T] {
	return call[T](OpStartOf, v.Node(), Literal{string(unit)}, Literal{zone})
}

// Zone is the time zone of that IANA name. The zone of the machine is none.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is no time zone: use a name such as Europe/Berlin", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no time zone that is known here", name)
	}
	return loc, nil
}

// Truncate is the moment, in UTC, at which the unit around t begins in the zone.
func Truncate(unit Unit, t time.Time, zone *time.Location) (time.Time, error) {
	t = t.In(zone)
	year, month, day := t.Date()
	switch unit {
	case Second, Minute, Hour:
		// The clock may be turned within a day, so what passes is counted.
		past := time.Duration(t.Nanosecond())
		if unit != Second {
			past += time.Duration(t.Second()) * time.Second
		}
		if unit == Hour {
			past += time.Duration(t.Minute()) * time.Minute
		}
		return t.Add(-past).UTC(), nil
	case Day:
	case Week:
		day -= (int(t.Weekday()) + 6) % 7
	case Month:
		day = 1
	case Quarter:
		month, day = month-(month-1)%3, 1
	case Year:
		month, day = 1, 1
	default:
		return t, fmt.Errorf("there is no unit %q", unit)
	}
	return time.Date(year, month, day, 0, 0, 0, 0, zone).UTC(), nil
}

// startOf computes OpStartOf.
func startOf(_ Op, args []any) (any, error) {
	t, isTime := args[0].(time.Time)
	unit, isUnit := args[1].(string)
	name, isName := args[2].(string)
	if !isTime || !isUnit || !isName {
		return nil, fmt.Errorf("evaluate start_of: no time, unit and zone in %T, %T, %T", args[0], args[1], args[2])
	}
	zone, err := Zone(name)
	if err != nil {
		return nil, err
	}
	return Truncate(Unit(unit), t, zone)
}
