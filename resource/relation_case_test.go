package resource_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

type Land struct {
	ID     uuid.UUID `conga:"primary"`
	Code   string    `conga:"ci,unique"`
	Towns  []Town    `conga:"has_many,source=Code,key=LandCode"`
	Cities []Town    `conga:"has_many,key=-"`
}

func (l *Land) Define(r *resource.Builder[Land]) {
	resource.Related(r, &l.Cities).Where(func(t *Town) expr.Bool { return expr.Eq(&t.LandCode, &l.Code) })
	anybody(r)
}

type Town struct {
	ID       uuid.UUID `conga:"primary"`
	LandCode string
	Land     *Land `conga:"belongs_to,key=LandCode,target=Code"`
}

func (t *Town) Define(r *resource.Builder[Town]) { anybody(r) }

func TestKeysOfRelationshipsDoNotIgnoreCase(t *testing.T) {
	_, err := resource.Compile(resource.Of[Land](), resource.Of[Town]())
	for _, want := range []string{
		"C005: resource_test.Land.Towns: the key Code ignores case",
		"C005: resource_test.Town.Land: the key Code ignores case",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no diagnostic has %q in\n%v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "Cities") {
		t.Errorf("a condition may ignore case: %v", err)
	}
}
