package wire

import (
	"time"

	"github.com/golang-sql/civil"

	"github.com/congago/conga/resource"
)

// AppendDate appends d in quotes, as "2006-01-02".
func AppendDate(dst []byte, d civil.Date) []byte {
	return append(appendDate(append(dst, '"'), d), '"')
}

func appendDate(dst []byte, d civil.Date) []byte {
	dst = appendTwo(appendTwo(dst, d.Year/100), d.Year%100)
	dst = appendTwo(append(dst, '-'), int(d.Month))
	return appendTwo(append(dst, '-'), d.Day)
}

func dateOf(attr *resource.Attribute, s string) (any, error) {
	d, err := civil.ParseDate(s)
	if err != nil || len(s) != len(time.DateOnly) {
		return nil, invalid(attr, "format", `must be a date such as "2006-01-02"`, nil)
	}
	if d.Year < firstYear {
		return nil, outOfAge(attr)
	}
	return d, nil
}

func outOfAge(attr *resource.Attribute) error {
	return invalid(attr, "range", "must be between the years {min} and {max}",
		map[string]any{"min": firstYear, "max": lastYear})
}
