//go:build unix

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// How much the database holds.
const (
	users    = 1000
	rooms    = 200
	messages = 200_000
)

// data is what requests may ask for.
type data struct {
	rooms, messages []uuid.UUID
	author          uuid.UUID
}

// seed fills the tables that the chat made.
func seed(ctx context.Context, db *pgxpool.Pool) (*data, error) {
	d := &data{}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	people := make([]uuid.UUID, users)
	err := copyRows(ctx, db, "users", []string{"id", "name", "password_hash", "inserted_at"}, users, func(i int) []any {
		people[i] = uuid.Must(uuid.NewV7())
		return []any{people[i], fmt.Sprintf("user %d", i), "", begin}
	})
	if err != nil {
		return nil, err
	}
	d.author = people[0]
	d.rooms = make([]uuid.UUID, rooms)
	err = copyRows(ctx, db, "rooms", []string{"id", "name", "owner_id", "inserted_at"}, rooms, func(i int) []any {
		d.rooms[i] = uuid.Must(uuid.NewV7())
		return []any{d.rooms[i], fmt.Sprintf("room %03d", i), people[i%users], begin}
	})
	if err != nil {
		return nil, err
	}
	d.messages = make([]uuid.UUID, 0, 1000)
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 4)
	err = copyRows(ctx, db, "messages", []string{"id", "body", "room_id", "author_id", "inserted_at", "updated_at"}, messages, func(i int) []any {
		id := uuid.Must(uuid.NewV7())
		if i%(messages/1000) == 0 {
			d.messages = append(d.messages, id)
		}
		at := begin.Add(time.Duration(i) * time.Second)
		return []any{id, fmt.Sprintf("%d: %s", i, text[:60+i%120]), d.rooms[i%rooms], people[(i*7)%users], at, at}
	})
	if err != nil {
		return nil, err
	}
	_, err = db.Exec(ctx, "create index on messages (room_id, inserted_at desc, id); ")
	if err == nil {
		_, err = db.Exec(ctx, "vacuum analyze")
	}
	return d, err
}

func copyRows(ctx context.Context, db *pgxpool.Pool, table string, columns []string, n int, row func(int) []any) error {
	_, err := db.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(n, func(i int) ([]any, error) { return row(i), nil }))
	if err != nil {
		return fmt.Errorf("fill %s: %w", table, err)
	}
	return nil
}
