package rest

import (
	"testing"
	"time"
)

// FuzzVersion reads any tag: what is a version is one that every database can hold.
func FuzzVersion(f *testing.F) {
	for _, tag := range []string{`"abc.h1x2y3"`, `"abc"`, `W/"abc.1"`, `"."`, `""`, `"`, `"a.-zzzzzzzzzzzz"`, `"a.+1"`, `"a.1.2"`} {
		f.Add(tag)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		at, ok := parseVersion(tag)
		if ok && (at.Year() < 1 || at.Year() > 9999) {
			t.Errorf("%q is %v", tag, at)
		}
	})
}

func TestVersion(t *testing.T) {
	for _, at := range []time.Time{time.UnixMicro(0).UTC(), time.Date(2026, 7, 1, 12, 0, 0, 123456000, time.UTC), time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if got, ok := parseVersion(endVersion([]byte(`"digest`), at.UnixMicro())); !ok || !got.Equal(at) {
			t.Errorf("%v comes back as %v, %v", at, got, ok)
		}
	}
}
