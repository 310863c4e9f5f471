package rest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
)

// sink is a response that nobody reads.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

func benchmark(b *testing.B, path string) {
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"))
	if err != nil {
		b.Fatal(err)
	}
	app, err := conga.New(store, resource.Of[User](), resource.Of[Token](), resource.Of[Room](), resource.Of[Message](), resource.Of[Sample]())
	if err != nil {
		b.Fatal(err)
	}
	defer app.Close()
	samples := conga.For[Sample](app)
	f := samples.Fields()
	for i := range 50 {
		if _, err := samples.Create(b.Context(), "make", conga.Set(&f.Count, int32(i)), conga.Set(&f.Note, new(fmt.Sprint("note ", i)))); err != nil {
			b.Fatal(err)
		}
	}
	h := rest.New(app)
	req := httptest.NewRequest(http.MethodGet, path, nil)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(&sink{http.Header{}}, req)
	}
}

func BenchmarkList(b *testing.B) { benchmark(b, "/api/samples") }
func BenchmarkGet(b *testing.B)  { benchmark(b, "/api/samples/7") }
func BenchmarkFiltered(b *testing.B) {
	benchmark(b, "/api/samples?filter[count][gt]=10&sort=-count&fields[sample]=id,count")
}
func BenchmarkNotFound(b *testing.B) { benchmark(b, "/api/nothing") }
