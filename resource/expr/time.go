package expr

import (
	"fmt"
	"time"

	"github.com/golang-sql/civil"
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

// StartOf is the moment at which the unit around v begins, in UTC; of a date it
// is the first day of the unit, which is a Day or longer.
func StartOf[T Calendar](unit Unit, v Value[T]) Value[T] {
	if isDate[T]() {
		return call[T](OpStartOfDate, v.Node(), Literal{string(unit)})
	}
	return startOfIn(unit, v, "UTC")
}

// StartOfIn is StartOf in a time zone, by its IANA name such as "Europe/Berlin".
// What it gives is a moment, so it is midnight there and not in UTC.
func StartOfIn[T Moment](unit Unit, v Value[T], zone string) Value[T] {
	return startOfIn(unit, v, zone)
}

func startOfIn[T any](unit Unit, v Value[T], zone string) Value[T] {
	return call[T](OpStartOf, v.Node(), Literal{string(unit)}, Literal{zone})
}

// AddTime is the moment that lies the duration after v, to the microsecond.
func AddTime[T Moment](v Value[T], d Value[time.Duration]) Value[T] {
	return call[T](OpAddTime, v.Node(), d.Node())
}

// AddUnits is the moment that lies n units after v, by the calendar of UTC:
// a month after the last of January is the last of February.
func AddUnits[T Moment](v Value[T], n Value[int], unit Unit) Value[T] {
	return call[T](OpAddUnits, v.Node(), n.Node(), Literal{string(unit)})
}

// Elapsed is the time from since to v, negative when since is later.
func Elapsed(since, v Value[time.Time]) Value[time.Duration] {
	return call[time.Duration](OpElapsed, since.Node(), v.Node())
}

// Ago is the moment that lies the duration before the call began.
func Ago(d time.Duration) Value[time.Time] { return AddTime(Now(), V(-d)) }

// FromNow is the moment that lies the duration after the call began.
func FromNow(d time.Duration) Value[time.Time] { return AddTime(Now(), V(d)) }

// DatePart is a part of a time.
type DatePart string

// The parts of a time. Weeks are those of ISO 8601, and so are weekdays: 1 is
// Monday, 7 is Sunday.
const (
	YearPart      DatePart = "year"
	QuarterPart   DatePart = "quarter"
	MonthPart     DatePart = "month"
	WeekPart      DatePart = "week"
	DayPart       DatePart = "day"
	HourPart      DatePart = "hour"
	MinutePart    DatePart = "minute"
	SecondPart    DatePart = "second"
	WeekdayPart   DatePart = "isodow"
	DayOfYearPart DatePart = "doy"
)

// DateParts are all parts.
func DateParts() []DatePart {
	return []DatePart{
		YearPart, QuarterPart, MonthPart, WeekPart, DayPart, HourPart, MinutePart, SecondPart, WeekdayPart, DayOfYearPart,
	}
}

// Extract is a part of the time in UTC.
func Extract(part DatePart, v Value[time.Time]) Value[int] { return ExtractIn(part, v, "UTC") }

// ExtractIn is Extract in a time zone, by its IANA name.
func ExtractIn(part DatePart, v Value[time.Time], zone string) Value[int] {
	return call[int](OpExtract, v.Node(), Literal{string(part)}, Literal{zone})
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

// CheckClock refuses a unit, a part or a zone that there is not, before any
// time is looked at.
func CheckClock(c Call) error {
	constants := []any{"", ""}
	for i := range constants {
		if l, ok := c.Args[len(c.Args)-2+i].(Literal); ok {
			constants[i] = l.Value
		}
	}
	first, _ := constants[0].(string)
	last, _ := constants[1].(string)
	var err error
	switch c.Op {
	case OpStartOfDate:
		_, err = FirstDay(Unit(last), civil.Date{Year: 1, Month: 1, Day: 1})
		return err
	case OpAddUnits:
		_, err = Shift(time.Time{}, 0, Unit(last))
		return err
	case OpStartOf:
		_, err = Truncate(Unit(first), time.Time{}, time.UTC)
	default:
		_, err = PartOf(DatePart(first), time.Time{}, time.UTC)
	}
	if err != nil {
		return err
	}
	_, err = Zone(last)
	return err
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

// Shift is the moment that lies n units after t, by the calendar of UTC. A day
// that the month does not have becomes its last.
func Shift(t time.Time, n int64, unit Unit) (time.Time, error) {
	const most = 1 << 31 // beyond all times that can be stored
	if n > most || n < -most {
		return t, errRange
	}
	t = t.UTC()
	months, days := 0, 0
	switch unit {
	case Second, Minute, Hour:
		return t.Add(time.Duration(n) * map[Unit]time.Duration{Second: time.Second, Minute: time.Minute, Hour: time.Hour}[unit]), nil
	case Day:
		days = int(n)
	case Week:
		days = 7 * int(n)
	case Month:
		months = int(n)
	case Quarter:
		months = 3 * int(n)
	case Year:
		months = 12 * int(n)
	default:
		return t, fmt.Errorf("there is no unit %q", unit)
	}
	year, month, day := t.Date()
	last := time.Date(year, month+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	if months != 0 {
		day = min(day, last)
	}
	return time.Date(year, month+time.Month(months), day+days, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), nil
}

// PartOf is the part of t in the zone.
func PartOf(part DatePart, t time.Time, zone *time.Location) (int64, error) {
	t = t.In(zone)
	switch part {
	case YearPart:
		return int64(t.Year()), nil
	case QuarterPart:
		return int64(t.Month()-1)/3 + 1, nil
	case MonthPart:
		return int64(t.Month()), nil
	case WeekPart:
		_, week := t.ISOWeek()
		return int64(week), nil
	case DayPart:
		return int64(t.Day()), nil
	case HourPart:
		return int64(t.Hour()), nil
	case MinutePart:
		return int64(t.Minute()), nil
	case SecondPart:
		return int64(t.Second()), nil
	case WeekdayPart:
		return int64(t.Weekday()+6)%7 + 1, nil
	case DayOfYearPart:
		return int64(t.YearDay()), nil
	}
	return 0, fmt.Errorf("a time has no part %q", part)
}

// clock computes the operators on times that are not OpStartOf.
func clock(op Op, args []any) (any, error) {
	t, ok := args[0].(time.Time)
	if !ok {
		return nil, fmt.Errorf("evaluate %s: %T is no time", op, args[0])
	}
	switch x := args[1].(type) {
	case time.Duration:
		if op == OpAddTime {
			return t.Add(x.Truncate(time.Microsecond)), nil
		}
	case time.Time:
		if op == OpElapsed {
			return x.Sub(t), nil
		}
	case int64:
		if unit, isUnit := args[len(args)-1].(string); op == OpAddUnits && isUnit {
			return Shift(t, x, Unit(unit))
		}
	case string:
		if name, isName := args[len(args)-1].(string); op == OpExtract && isName {
			zone, err := Zone(name)
			if err != nil {
				return nil, err
			}
			return PartOf(DatePart(x), t, zone)
		}
	}
	return nil, fmt.Errorf("evaluate %s: %T is no argument of it", op, args[1])
}
