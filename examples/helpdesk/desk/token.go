package desk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Token lets a program act as a user. Only its hash is stored.
type Token struct {
	ID             uuid.UUID `conga:"primary"`
	OrganisationID uuid.UUID `conga:"private"`
	Hash           []byte    `conga:"private,sensitive,unique"`
	UserID         uuid.UUID

	User *User `conga:"belongs_to,on_delete=cascade"`
}

// Define keeps tokens to the program itself.
func (t *Token) Define(r *resource.Builder[Token]) {
	r.Tenant(&t.OrganisationID)
	r.Read("find").Private().Primary().AnyTenant()
	r.Create("issue").Private().Accept(&t.Hash, &t.UserID)
	r.Policy().AuthorizeIf(resource.Always)
}

// Issue makes a bearer token for the user. The context has his organisation.
func Issue(ctx context.Context, app *conga.App, user *User) (string, error) {
	tokens := conga.For[Token](app)
	f := tokens.Fields()
	token := rand.Text()
	_, err := tokens.Create(ctx, "issue", conga.Set(&f.Hash, hash(token)), conga.Set(&f.UserID, user.ID))
	return token, err
}

// UserOf is the user that a bearer token stands for, or nil.
func UserOf(ctx context.Context, app *conga.App, token string) (any, error) {
	tokens, users := conga.For[Token](app), conga.For[User](app)
	f, u := tokens.Fields(), users.Fields()
	found, err := tokens.Read(ctx, "find", conga.Where(expr.Is(&f.Hash, hash(token))))
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	user, err := users.Read(conga.WithTenant(ctx, found.Items[0].OrganisationID), "known", conga.Where(expr.Is(&u.ID, found.Items[0].UserID)))
	if err != nil || len(user.Items) == 0 {
		return nil, err
	}
	return user.Items[0], nil
}

func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
