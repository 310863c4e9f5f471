package sqltext

import "github.com/congago/conga/internal/structs"

// FillIn is the value, as SQL, that a column which cannot be null gets in rows
// that are there before it: the default of its attribute or the present time
// for a stamp; SQLite numbers rows as they were made. ok is false where the model names none.
func (d *Dialect) FillIn(c Column) (text string, ok bool) {
	if text, ok := d.fillIn(c); ok {
		return text, true
	}
	if c.Identity && !c.Primary && !d.arrays {
		return "rowid", true
	}
	if c.Attribute.Stamp != 0 { // of SQLite, which has no now()
		return "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')", true
	}
	return "", false
}

// Zero is the zero value of a kind, as SQL.
func (d *Dialect) Zero(k structs.Kind) string {
	switch k {
	case structs.Bool:
		return "false"
	case structs.Int, structs.Float, structs.Duration:
		return "0"
	case structs.Decimal:
		return "'0'"
	case structs.Time:
		return "'0001-01-01T00:00:00.000000Z'"
	case structs.UUID:
		return "'00000000-0000-0000-0000-000000000000'"
	case structs.Date:
		return "'0001-01-01'"
	case structs.List:
		if d.arrays {
			return "'{}'"
		}
		return "'[]'"
	case structs.JSON:
		return "'null'"
	case structs.Bytes:
		if d.arrays {
			return `'\x'`
		}
		return "x''"
	}
	return "''"
}
