package postgres

import (
	"fmt"
	"time"

	"github.com/golang-sql/civil"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
)

// anyValue reads values of types that tables of ours do not have, such as
// enums, interval or date, and everything in the text format.
func anyValue(c *column, raw []byte) (any, error) {
	types := pgtype.NewMap()
	switch c.kind {
	case structs.Bool:
		return scanAs[bool](types, c, raw)
	case structs.Int:
		return scanAs[int64](types, c, raw)
	case structs.Float:
		return scanAs[float64](types, c, raw)
	case structs.Time:
		t, err := scanAs[time.Time](types, c, raw)
		return t.UTC().Truncate(time.Microsecond), err
	case structs.Date:
		t, err := scanAs[time.Time](types, c, raw)
		return civil.DateOf(t.UTC()), err
	case structs.Duration:
		if c.oid == pgtype.IntervalOID {
			return interval(types, c, raw)
		}
		n, err := scanAs[int64](types, c, raw)
		return time.Duration(n), err
	case structs.UUID:
		u, err := scanAs[pgtype.UUID](types, c, raw)
		return uuid.UUID(u.Bytes), err
	case structs.Decimal:
		n, err := scanAs[pgtype.Numeric](types, c, raw)
		if err != nil || n.NaN || n.InfinityModifier != pgtype.Finite {
			return nil, fmt.Errorf("read numeric: NaN and infinity are no decimals: %w", err)
		}
		return decimal.NewFromBigInt(n.Int, n.Exp), nil
	case structs.Bytes, structs.JSON:
		return scanAs[[]byte](types, c, raw)
	}
	return scanAs[string](types, c, raw)
}

func scanAs[T any](types *pgtype.Map, c *column, raw []byte) (T, error) {
	var v T
	if err := types.Scan(c.oid, c.format, raw, &v); err != nil {
		return v, fmt.Errorf("read %s: %w", c.kind, err)
	}
	return v, nil
}

func interval(types *pgtype.Map, c *column, raw []byte) (any, error) {
	v, err := scanAs[pgtype.Interval](types, c, raw)
	if err == nil && v.Months != 0 {
		err = fmt.Errorf("read interval: months are no duration")
	}
	const day = 24 * time.Hour
	return time.Duration(v.Microseconds)*time.Microsecond + time.Duration(v.Days)*day, err
}
