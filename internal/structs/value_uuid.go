package structs

import (
	"encoding/hex"

	"github.com/google/uuid"
)

// UUIDType returns the type uuid.UUID.
func UUIDType() ValueType { return ValueTypeFor[uuid.UUID]() }

// AppendUUID appends a value of type uuid.UUID as its String method writes it.
func AppendUUID(dst []byte, v Value) []byte {
	id, ok := v.Pointer().(*uuid.UUID)
	if !ok {
		u := v.Interface().(uuid.UUID)
		id = &u
	}
	for i, from := range [...]int{0, 4, 6, 8, 10} {
		if i > 0 {
			dst = append(dst, '-')
		}
		to := [...]int{4, 6, 8, 10, 16}[i]
		dst = hex.AppendEncode(dst, id[from:to])
	}
	return dst
}
