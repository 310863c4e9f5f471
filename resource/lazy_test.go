package resource_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
)

type Idle struct {
	ID      uuid.UUID `conga:"primary,lazy"`
	Firm    int       `conga:"lazy"`
	Changed time.Time `conga:"updated,lazy"`
	Total   int       `conga:"calculated,lazy"`
	OtherID uuid.UUID `conga:"lazy"`
	Other   *Idle     `conga:"belongs_to"`
	Doc     struct {
		N string `conga:"lazy"`
	}
}

func (x *Idle) Define(r *resource.Builder[Idle]) { r.Tenant(&x.Firm) }

type Slow struct {
	ID      uuid.UUID `conga:"primary,lazy"`
	Firm    int       `conga:"lazy"`
	Changed time.Time `conga:"updated,lazy"`
	OtherID uuid.UUID `conga:"lazy"`
	Other   *Slow     `conga:"belongs_to"`
}

func (x *Slow) Define(r *resource.Builder[Slow]) { r.Tenant(&x.Firm) }

func TestFaultsOfLazyAttributes(t *testing.T) {
	_, err := resource.Compile(resource.Of[Idle]())
	_, slow := resource.Compile(resource.Of[Slow]())
	for _, want := range []string{
		"C002: resource_test.Idle.Doc.N: lazy has no effect here",
		"C002: resource_test.Slow.ID: lazy cannot be a key",
		"C002: resource_test.Slow.Firm: lazy cannot be a key, a tenant",
		"C002: resource_test.Slow.Changed: lazy cannot be a key",
		"C002: resource_test.Slow.OtherID: lazy cannot be the key of a relationship",
	} {
		if err == nil || slow == nil || !strings.Contains(err.Error()+slow.Error(), want) {
			t.Errorf("no diagnostic has %q in\n%v\n%v", want, err, slow)
		}
	}
}
