package resource

import "github.com/congago/conga/internal/structs"

// Custom is what the pointer of a type implements that says itself as which
// value it is stored and shown. S is string, bool, int64, float64,
// decimal.Decimal, time.Time, time.Duration, uuid.UUID, civil.Date or []byte.
//
//	Stored() S         // the value to store
//	Restore(v S) error // takes a stored value, or one that a client sent
//
// What Restore refuses is refused at every door. Types with MarshalText and
// UnmarshalText need no Custom: they are stored as text.
type Custom[S any] = structs.Custom[S]
