package graphql

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
)

// BenchmarkQuery reads 50 messages with their authors, from request to answer.
func BenchmarkQuery(b *testing.B) {
	layer, err := sqlite.Open(b.Context(), ":memory:")
	if err != nil {
		b.Fatal(err)
	}
	app, err := conga.NewWith(conga.Options{Log: slog.New(slog.DiscardHandler)}, layer, definitions()...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = app.Close() })
	users, rooms, messages := conga.For[User](app), conga.For[Room](app), conga.For[Message](app)
	u, r, m := users.Fields(), rooms.Fields(), messages.Fields()
	ann, err := users.Create(b.Context(), "register", conga.Set(&u.Name, "ann"))
	if err != nil {
		b.Fatal(err)
	}
	ctx := conga.WithActor(b.Context(), ann)
	room, err := rooms.Create(ctx, "open", conga.Set(&r.Name, "general"))
	if err != nil {
		b.Fatal(err)
	}
	for i := range 50 {
		if _, err := messages.Create(ctx, "post", conga.Set(&m.Body, fmt.Sprint("message ", i)), conga.Set(&m.RoomID, room.ID)); err != nil {
			b.Fatal(err)
		}
	}
	handler := New(app)
	for _, bm := range []struct{ name, query string }{
		{"list", `{ messages(first: 50) { nodes { id body insertedAt author { id name } } pageInfo { hasNextPage endCursor } } }`},
		{"nested", `{ rooms { nodes { name messages(first: 50) { nodes { body author { name } } } } } }`},
		{"one", `{ room(id: "` + room.ID.String() + `") { name } }`},
		{"typename", `{ __typename }`},
	} {
		body, err := json.Marshal(map[string]string{"query": bm.query})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(string(body)))
				req.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, req)
				if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"errors"`) {
					answer, _ := io.ReadAll(w.Body)
					b.Fatalf("%d %s", w.Code, answer)
				}
			}
		})
	}
}
