package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Seal hides what is in cursors from those who hold them, and refuses those
// that it has not made. It may be used from many goroutines.
type Seal struct{ aead cipher.AEAD }

// NewSeal is the seal of a secret, or without one that of this process alone.
func NewSeal(secret []byte) (*Seal, error) {
	if len(secret) == 0 {
		secret = make([]byte, sha256.Size)
		_, _ = rand.Read(secret) // which never fails
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "conga cursor", sha256.Size)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &Seal{aead}, err
}

// Close seals a cursor of EncodeCursor, for the sort that it is tied to.
func (s *Seal) Close(sortKey, cursor string) string {
	if cursor == "" {
		return ""
	}
	sealed := base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, []byte(cursor), []byte(sortKey)))
	if len(sealed) > MaxCursor {
		return ""
	}
	return sealed
}

// Open is the cursor that was sealed.
func (s *Seal) Open(sortKey, sealed string) (string, error) {
	if len(sealed) > MaxCursor {
		return "", errCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return "", errCursor
	}
	cursor, err := s.aead.Open(nil, nil, b, []byte(sortKey))
	if err != nil {
		return "", errCursor
	}
	return string(cursor), nil
}
