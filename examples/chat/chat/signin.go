package chat

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/congago/conga"
	"github.com/congago/conga/resource/expr"
)

// tokenAge is how long a bearer token is good.
const tokenAge = 30 * 24 * time.Hour

// SignedIn is the result of the sign_in action.
type SignedIn struct {
	// Token is the bearer token for the APIs.
	Token string
	User  *User
}

// SignIn trades a name and a password for a bearer token. It is the generic
// action sign_in of users.
func SignIn(ctx context.Context, in *Credentials) (*SignedIn, error) {
	app := conga.FromContext(ctx)
	user, err := Authenticate(ctx, app, in.Name, in.Password)
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	token := base64.RawURLEncoding.EncodeToString(secret)
	tokens := conga.For[Token](app)
	f := tokens.Fields()
	_, err = tokens.Create(ctx, "issue", conga.Set(&f.Hash, hashToken(token)),
		conga.Set(&f.UserID, user.ID), conga.Set(&f.ExpiresAt, time.Now().Add(tokenAge)))
	if err != nil {
		return nil, err
	}
	return &SignedIn{Token: token, User: user}, nil
}

// Authenticate is the user with that name and password. The error has kind
// Forbidden when there is none, and takes as long as when there is.
func Authenticate(ctx context.Context, app *conga.App, name, password string) (*User, error) {
	users := conga.For[User](app)
	f := users.Fields()
	found, err := users.Read(ctx, "list", conga.Where(expr.Is(&f.Name, name)))
	if err != nil {
		return nil, err
	}
	hash := nobody
	if len(found.Items) > 0 {
		hash = found.Items[0].PasswordHash
	}
	if !checkPassword(hash, password) || len(found.Items) == 0 {
		return nil, &conga.Error{Kind: conga.Forbidden, Message: "wrong name or password"}
	}
	return found.Items[0], nil
}

// UserOf is the user that a bearer token stands for, or nil.
func UserOf(ctx context.Context, app *conga.App, token string) (any, error) {
	tokens := conga.For[Token](app)
	f := tokens.Fields()
	found, err := tokens.Read(ctx, "list", conga.Load(&f.User),
		conga.Where(expr.Is(&f.Hash, hashToken(token)).And(expr.Gt(&f.ExpiresAt, time.Now()))))
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return found.Items[0].User, nil
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// The cost of a password hash: 19 MiB and two passes, as OWASP's password
// storage cheat sheet recommends for Argon2id.
const (
	argonTime   = 2
	argonMemory = 19 * 1024
	argonKey    = 32
)

// nobody is the hash of no password, to be compared when there is no user.
var nobody = format(make([]byte, 16), make([]byte, argonKey))

func hashPassword(password string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	return format(salt, argon2.IDKey([]byte(password), salt, argonTime, argonMemory, 1, argonKey))
}

func format(salt, key []byte) string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, argonMemory, argonTime, enc.EncodeToString(salt), enc.EncodeToString(key))
}

func checkPassword(hash, password string) bool {
	var version, memory, passes int
	var rest string
	if _, err := fmt.Sscanf(hash, "$argon2id$v=%d$m=%d,t=%d,p=1$%s", &version, &memory, &passes, &rest); err != nil {
		return false
	}
	var salt, key []byte
	for i := range rest {
		if rest[i] == '$' {
			salt, _ = base64.RawStdEncoding.DecodeString(rest[:i])
			key, _ = base64.RawStdEncoding.DecodeString(rest[i+1:])
		}
	}
	if len(key) != argonKey {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, uint32(passes), uint32(memory), 1, argonKey)
	return subtle.ConstantTimeCompare(got, key) == 1
}
