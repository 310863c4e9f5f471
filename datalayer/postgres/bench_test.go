package postgres_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/internal/pgtest"
	"github.com/congago/conga/resource/expr"
)

// quiet is no observer at all.
type quiet struct{}

func (quiet) Statement(context.Context, string) {}

// benchChat is a database with 1,000 users, 200 rooms and 20,000 messages.
func benchChat(b *testing.B) *chat {
	c := newChat(b, pgtest.Database(b), postgres.Options{Observer: quiet{}})
	conn, err := pgx.Connect(b.Context(), c.url)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	for _, sql := range []string{
		`insert into users select ('01000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, 'user ' || i from generate_series(1, 1000) i`,
		`insert into rooms select ('02000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, 'room ' || i from generate_series(1, 200) i`,
		`insert into messages select ('03000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid, 'message ' || i || repeat(' more text', 10),
			('02000000-0000-0000-0000-' || lpad((1 + i % 200)::text, 12, '0'))::uuid, ('01000000-0000-0000-0000-' || lpad((1 + i % 997)::text, 12, '0'))::uuid,
			i % 7, timestamptz '2026-01-01' + i * interval '1 minute' from generate_series(1, 20000) i`,
		`create index on messages (room_id, inserted_at desc, id)`,
		`analyze`,
	} {
		if _, err := conn.Exec(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
	return c
}

var benchRoom = uuid.MustParse("02000000-0000-0000-0000-000000000007")

func (c *chat) list() *datalayer.Query {
	return &datalayer.Query{
		Resource: c.message, Select: attributes(c.message, "ID", "Body", "RoomID", "Likes", "InsertedAt"), Where: is("RoomID", benchRoom),
		Sort: []expr.Order{{Node: expr.Field{Name: "InsertedAt"}, Descending: true}}, Limit: 50, More: true,
		Include: []datalayer.Include{{Relationship: c.message.Relationship("Author"),
			Query: &datalayer.Query{Resource: c.user, Select: attributes(c.user, "ID", "Name")}}},
	}
}

// BenchmarkList reads 50 messages with their authors as JSON.
func BenchmarkList(b *testing.B) {
	c := benchChat(b)
	pool, err := pgxpool.New(b.Context(), c.url)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	b.Run("layer", func(b *testing.B) {
		b.ReportAllocs()
		var dst []byte
		for b.Loop() {
			if dst, err = listLayer(b.Context(), dst[:0], c); err != nil {
				b.Fatal(err)
			}
		}
		b.SetBytes(int64(len(dst)))
	})
	b.Run("by hand, limit 51", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := listByHand(b.Context(), pool, "limit 51"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by hand, limit $2", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := listByHand(b.Context(), pool, "limit $2", 51); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func listLayer(ctx context.Context, dst []byte, c *chat) ([]byte, error) {
	q := c.list()
	res, err := c.Read(ctx, q)
	if err != nil {
		return nil, err
	}
	authors := res.Related[0]
	dst = append(dst, '[')
	for row := range res.Len() {
		if row > 0 {
			dst = append(dst, ',')
		}
		for col, a := range res.Columns {
			dst = append(dst, "{,"[min(col, 1)], '"')
			dst = append(append(dst, a.JSON...), '"', ':')
			if dst, err = res.AppendJSON(dst, row, col); err != nil {
				return nil, err
			}
		}
		dst = append(dst, `,"author":{"id":`...)
		if dst, err = authors.Result.AppendJSON(dst, row, 0); err != nil {
			return nil, err
		}
		dst = append(dst, `,"name":`...)
		if dst, err = authors.Result.AppendJSON(dst, row, 1); err != nil {
			return nil, err
		}
		dst = append(dst, '}', '}')
	}
	res.Release()
	return append(dst, ']'), nil
}

// BenchmarkStream reads 20,000 messages with their authors as JSON.
func BenchmarkStream(b *testing.B) {
	c := benchChat(b)
	q := c.list()
	q.Where, q.Limit, q.More, q.Sort = nil, 0, false, nil
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		rows := 0
		err := c.Stream(b.Context(), q, 500, func(res *datalayer.Result) (err error) {
			dst = dst[:0]
			rows += res.Len()
			for row := range res.Len() {
				for col := range res.Columns {
					if dst, err = res.AppendJSON(dst, row, col); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil || rows != 20000 {
			b.Fatal(rows, err)
		}
	}
}

func listByHand(ctx context.Context, pool *pgxpool.Pool, limit string, args ...any) ([]byte, error) {
	type author struct {
		ID   uuid.UUID `json:"id"`
		Name string    `json:"name"`
	}
	type message struct {
		ID         uuid.UUID `json:"id"`
		Body       string    `json:"body"`
		RoomID     uuid.UUID `json:"room_id"`
		Likes      int32     `json:"likes"`
		InsertedAt time.Time `json:"inserted_at"`
		Author     author    `json:"author"`
	}
	rows, err := pool.Query(ctx, `select m.id, m.body, m.room_id, m.likes, m.inserted_at, u.id, u.name from messages m
		join users u on u.id = m.author_id where m.room_id = $1 order by m.inserted_at desc, m.id `+limit, append([]any{benchRoom}, args...)...)
	if err != nil {
		return nil, err
	}
	messages := make([]message, 0, 51)
	for rows.Next() {
		var m message
		if err := rows.Scan(&m.ID, &m.Body, &m.RoomID, &m.Likes, &m.InsertedAt, &m.Author.ID, &m.Author.Name); err != nil {
			return nil, err
		}
		messages = append(messages, m)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return json.Marshal(messages[:min(50, len(messages))])
}

// BenchmarkGet reads one message by its key.
func BenchmarkGet(b *testing.B) {
	c := benchChat(b)
	pool, err := pgxpool.New(b.Context(), c.url)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	key := uuid.MustParse("03000000-0000-0000-0000-000000000007")
	b.Run("layer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			res, err := c.Read(b.Context(), &datalayer.Query{Resource: c.message, Select: c.message.Columns(), Where: is("ID", key)})
			if err != nil || res.Len() != 1 {
				b.Fatal(err)
			}
		}
	})
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var m Message
			err := pool.QueryRow(b.Context(), "select id, body, room_id, author_id, likes, inserted_at from messages where id = $1", key).
				Scan(&m.ID, &m.Body, &m.RoomID, &m.AuthorID, &m.Likes, &m.InsertedAt)
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
