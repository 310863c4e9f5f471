package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/wire"
)

// FuzzNumeric compares the reading of numerics with pgtype's writing, and
// looks for panics.
func FuzzNumeric(f *testing.F) {
	for _, s := range []string{"0", "1", "-1", "12.50", "0.000012", "10000", "99999999.99990000", "-0.5", "1e30", "123456789012345678901234567890.1234567890"} {
		f.Add(s, []byte{})
	}
	f.Add("1", []byte{0, 1, 0x80, 0, 0, 0, 0, 9, 0, 1})
	types := pgtype.NewMap()
	f.Fuzz(func(t *testing.T, s string, raw []byte) {
		_, _ = appendNumeric(nil, raw)
		d, err := decimal.NewFromString(s)
		if err != nil || d.Exponent() > 1000 || d.Exponent() < -1000 {
			return
		}
		sent, err := types.Encode(pgtype.NumericOID, pgtype.BinaryFormatCode, numeric(d), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decimalJSON(nil, sent)
		if err != nil {
			t.Fatal(err)
		}
		if want := string(wire.AppendDecimal(nil, d)); string(got) != want {
			t.Errorf("%s sent as % x\n got %s\nwant %s", s, sent, got, want)
		}
		if back, err := decimalOf(sent); err != nil || !back.Equal(d) || back.Exponent() > 0 {
			t.Errorf("%s comes back as %s, %v", s, back, err)
		}
	})
}
