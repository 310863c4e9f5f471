package structs_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/internal/structs"
)

type state string

type inner struct{ A int }

type keyed struct{ ID uuid.UUID }

type sample struct {
	keyed
	Text     string
	State    state
	Maybe    *string
	Small    int8
	Unsigned uint16
	Big      int
	Ratio    float64
	Price    decimal.Decimal
	At       time.Time
	Took     time.Duration
	Raw      []byte
	Doc      inner
	List     []string
	Anything any
	hidden   int
}

func TestFieldsGetWhatWasSet(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("x", 3600))
	tests := []struct {
		field string
		kind  structs.Kind
		null  bool
		set   any
		want  any
	}{
		{"ID", structs.UUID, false, uuid.Max, uuid.Max},
		{"Text", structs.String, false, "x", "x"},
		{"State", structs.String, false, "open", "open"},
		{"Maybe", structs.String, true, "x", "x"},
		{"Small", structs.Int, false, int64(-128), int64(-128)},
		{"Unsigned", structs.Int, false, int64(65535), int64(65535)},
		{"Big", structs.Int, false, int64(math.MinInt64), int64(math.MinInt64)},
		{"Ratio", structs.Float, false, 1.5, 1.5},
		{"Took", structs.Duration, false, time.Minute, time.Minute},
		{"At", structs.Time, false, at, at.UTC()},
		{"Doc", structs.JSON, false, inner{7}, inner{7}},
		{"Anything", structs.JSON, true, "x", "x"},
	}
	s := structs.Of[sample]()
	for _, tt := range tests {
		t.Run(tt.field, func(t *testing.T) {
			f := s.Field(tt.field)
			if f.Type.Kind != tt.kind || f.Type.Nullable != tt.null {
				t.Errorf("type = %s, nullable %v", f.Type.Kind, f.Type.Nullable)
			}
			rec := s.New()
			if err := f.Set(rec, tt.set); err != nil {
				t.Fatal(err)
			}
			if got := f.Get(rec); got != tt.want {
				t.Errorf("Get = %#v, want %#v", got, tt.want)
			}
			err := f.Set(rec, nil)
			if tt.null && (err != nil || f.Get(rec) != nil) {
				t.Errorf("after Set(nil): %v, %#v", err, f.Get(rec))
			}
			if !tt.null && tt.kind != structs.JSON && err == nil {
				t.Error("Set(nil) of a field that cannot be null succeeded")
			}
		})
	}
	if slices.ContainsFunc(s.Fields, func(f *structs.Field) bool { return f.Name == "hidden" }) {
		t.Error("an unexported field is described")
	}
}

func TestSetRefusesWhatDoesNotFit(t *testing.T) {
	s := structs.Of[sample]()
	for field, v := range map[string]any{"Small": int64(128), "Unsigned": int64(-1), "Text": int64(1), "Ratio": "1", "At": "now", "Doc": "x"} {
		if err := s.Field(field).Set(s.New(), v); err == nil {
			t.Errorf("Set(%s, %#v) succeeded", field, v)
		}
	}
}

func TestProbesTellFieldsOfOneAddressApart(t *testing.T) {
	s := structs.Of[sample]()
	p := s.NewProbe()
	v := p.Value.(*sample)
	for ptr, want := range map[any]string{&v.ID: "ID", &v.Text: "Text", &v.State: "State", &v.Doc: "Doc"} {
		if got, ok := p.Find(ptr); !ok || got.Field.Name != want {
			t.Errorf("Find(%T) = %v, want %s", ptr, got.Field, want)
		}
	}
	copied := *v
	for _, ptr := range []any{&copied.Text, &v.hidden, v.Text, nil, &v.Doc.A, []string{}} {
		if _, ok := p.Find(ptr); ok {
			t.Errorf("Find(%T) found something", ptr)
		}
	}
	if faults := structs.Of[struct{}]().Faults; len(faults) != 1 {
		t.Errorf("a struct without size has faults %v", faults)
	}
}
