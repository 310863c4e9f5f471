package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Seal hides what is in cursors from those who hold them, and refuses those
// that it has not made. Equal cursors are sealed equally, so that equal answers
// are equal texts. It may be used from many goroutines.
type Seal struct {
	aead cipher.AEAD
	// nonces is the key that makes the nonce of a cursor out of the cursor: no
	// two cursors share one, whatever the number of them.
	nonces []byte
}

// NewSeal is the seal of a secret, or without one that of this process alone.
func NewSeal(secret []byte) (*Seal, error) {
	if len(secret) == 0 {
		secret = make([]byte, sha256.Size)
		_, _ = rand.Read(secret) // which never fails
	}
	keys, err := hkdf.Key(sha256.New, secret, nil, "conga cursor", 2*sha256.Size)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(keys[:sha256.Size])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Seal{aead, keys[sha256.Size:]}, err
}

// Close seals a cursor of EncodeCursor, for the sort that it is tied to.
func (s *Seal) Close(sortKey, cursor string) string {
	if cursor == "" {
		return ""
	}
	mac := hmac.New(sha256.New, s.nonces)
	_, _ = mac.Write([]byte(sortKey + "\x00" + cursor))
	nonce := mac.Sum(nil)[:s.aead.NonceSize()]
	sealed := base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, []byte(cursor), []byte(sortKey)))
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
	n := s.aead.NonceSize()
	if err != nil || len(b) < n {
		return "", errCursor
	}
	cursor, err := s.aead.Open(nil, b[:n], b[n:], []byte(sortKey))
	if err != nil {
		return "", errCursor
	}
	return string(cursor), nil
}
