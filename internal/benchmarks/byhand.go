//go:build unix

package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// byHand is the server that a good engineer writes without a framework: one
// handler for each request, its SQL, its structs, encoding/json.
type byHand struct {
	db     *pgxpool.Pool
	author uuid.UUID
}

type handUser struct {
	ID         uuid.UUID `json:"id"`
	Name       string    `json:"name"`
	InsertedAt time.Time `json:"inserted_at"`
}

type handMessage struct {
	ID         uuid.UUID `json:"id"`
	Body       string    `json:"body"`
	RoomID     uuid.UUID `json:"room_id"`
	AuthorID   uuid.UUID `json:"author_id"`
	InsertedAt time.Time `json:"inserted_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	Author     *handUser `json:"author,omitempty"`
}

type handPage struct {
	Limit  int     `json:"limit"`
	After  *string `json:"after"`
	Before *string `json:"before"`
	Count  *int64  `json:"count"`
}

type handRoom struct {
	ID           uuid.UUID `json:"id"`
	Name         string    `json:"name"`
	MessageCount int       `json:"message_count"`
}

func (s *byHand) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /list", s.list)
	mux.HandleFunc("GET /get/{id}", s.get)
	mux.HandleFunc("POST /create", s.create)
	mux.HandleFunc("GET /nested", s.nested)
	mux.HandleFunc("GET /rooms", s.rooms)
	return mux
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, pgx.ErrNoRows) {
		status = http.StatusNotFound
	}
	http.Error(w, http.StatusText(status), status)
}

const withAuthor = `select m.id, m.body, m.room_id, m.author_id, m.inserted_at, m.updated_at, u.id, u.name, u.inserted_at
	from messages m join users u on u.id = m.author_id `

func scanMessage(rows pgx.Row) (m handMessage, err error) {
	m.Author = &handUser{}
	err = rows.Scan(&m.ID, &m.Body, &m.RoomID, &m.AuthorID, &m.InsertedAt, &m.UpdatedAt, &m.Author.ID, &m.Author.Name, &m.Author.InsertedAt)
	m.InsertedAt, m.UpdatedAt, m.Author.InsertedAt = m.InsertedAt.UTC(), m.UpdatedAt.UTC(), m.Author.InsertedAt.UTC()
	return m, err
}

// list answers the newest messages of a room with their authors.
func (s *byHand) list(w http.ResponseWriter, r *http.Request) {
	room, err := uuid.Parse(r.URL.Query().Get("room"))
	if err != nil {
		http.Error(w, "bad room", http.StatusBadRequest)
		return
	}
	const limit = 50
	rows, err := s.db.Query(r.Context(), withAuthor+`where m.room_id = $1 order by m.inserted_at desc, m.id limit $2`, room, limit+1)
	if err != nil {
		fail(w, err)
		return
	}
	defer rows.Close()
	out := struct {
		Data []handMessage `json:"data"`
		Page handPage      `json:"page"`
	}{Data: make([]handMessage, 0, limit), Page: handPage{Limit: limit}}
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			fail(w, err)
			return
		}
		if len(out.Data) == limit {
			last := out.Data[limit-1]
			cursor := base64.RawURLEncoding.EncodeToString([]byte(last.InsertedAt.Format(time.RFC3339Nano) + last.ID.String()))
			out.Page.After = &cursor
			break
		}
		out.Data = append(out.Data, m)
	}
	rows.Close()
	if rows.Err() != nil {
		fail(w, rows.Err())
		return
	}
	reply(w, http.StatusOK, out)
}

// get answers one message.
func (s *byHand) get(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	var m handMessage
	err = s.db.QueryRow(r.Context(), `select id, body, room_id, author_id, inserted_at, updated_at from messages where id = $1`, id).
		Scan(&m.ID, &m.Body, &m.RoomID, &m.AuthorID, &m.InsertedAt, &m.UpdatedAt)
	if err != nil {
		fail(w, err)
		return
	}
	m.InsertedAt, m.UpdatedAt = m.InsertedAt.UTC(), m.UpdatedAt.UTC()
	reply(w, http.StatusOK, m)
}

// create stores a message.
func (s *byHand) create(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Body   string    `json:"body"`
		RoomID uuid.UUID `json:"room_id"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil {
		http.Error(w, "bad body", http.StatusBadRequest)
		return
	}
	if in.Body == "" || len([]rune(in.Body)) > 4000 || in.RoomID == uuid.Nil {
		http.Error(w, "invalid", http.StatusUnprocessableEntity)
		return
	}
	author, err := s.authenticate(r.Context(), r.Header.Get("Authorization"))
	if err != nil {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	m := handMessage{ID: uuid.Must(uuid.NewV7()), Body: in.Body, RoomID: in.RoomID, AuthorID: author, InsertedAt: now, UpdatedAt: now}
	_, err = s.db.Exec(r.Context(), `insert into messages (id, body, room_id, author_id, inserted_at, updated_at) values ($1, $2, $3, $4, $5, $6)`,
		m.ID, m.Body, m.RoomID, m.AuthorID, m.InsertedAt, m.UpdatedAt)
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Location", "/get/"+m.ID.String())
	reply(w, http.StatusCreated, m)
}

// authenticate stands for both servers' look at the token: it costs nothing.
func (s *byHand) authenticate(_ context.Context, header string) (uuid.UUID, error) {
	if header != "Bearer "+token {
		return uuid.Nil, errors.New("no such token")
	}
	return s.author, nil
}

// nested answers ten rooms with their twenty newest messages and authors.
func (s *byHand) nested(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.Query(r.Context(), `select id, name from rooms order by name, id limit 10`)
	if err != nil {
		fail(w, err)
		return
	}
	type author struct {
		Name string `json:"name"`
	}
	type message struct {
		ID     uuid.UUID `json:"id"`
		Body   string    `json:"body"`
		Author author    `json:"author"`
	}
	type nodes struct {
		Nodes []message `json:"nodes"`
	}
	type room struct {
		ID       uuid.UUID `json:"id"`
		Name     string    `json:"name"`
		Messages nodes     `json:"messages"`
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r room, err error) {
		r.Messages.Nodes = []message{}
		return r, row.Scan(&r.ID, &r.Name)
	})
	if err != nil {
		fail(w, err)
		return
	}
	ids, place := make([]uuid.UUID, len(found)), make(map[uuid.UUID]int, len(found))
	for i := range found {
		ids[i], place[found[i].ID] = found[i].ID, i
	}
	rows, err = s.db.Query(r.Context(), `select p.id, m.id, m.body, m.name from unnest($1::uuid[]) p(id) cross join lateral (
		select m.id, m.body, u.name, m.inserted_at from messages m join users u on u.id = m.author_id
		where m.room_id = p.id order by m.inserted_at desc, m.id limit 20) m`, ids)
	if err != nil {
		fail(w, err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var in uuid.UUID
		var m message
		if err := rows.Scan(&in, &m.ID, &m.Body, &m.Author.Name); err != nil {
			fail(w, err)
			return
		}
		at := &found[place[in]].Messages.Nodes
		*at = append(*at, m)
	}
	if rows.Err() != nil {
		fail(w, rows.Err())
		return
	}
	reply(w, http.StatusOK, map[string]any{"data": map[string]any{"rooms": map[string]any{"nodes": found}}})
}

// rooms answers fifty rooms with their numbers of messages.
func (s *byHand) rooms(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.Query(r.Context(), `select r.id, r.name, (select count(*) from messages m where m.room_id = r.id) from rooms r order by r.name, r.id limit 51`)
	if err != nil {
		fail(w, err)
		return
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r handRoom, err error) {
		return r, row.Scan(&r.ID, &r.Name, &r.MessageCount)
	})
	if err != nil {
		fail(w, err)
		return
	}
	out := struct {
		Data []handRoom `json:"data"`
		Page handPage   `json:"page"`
	}{found, handPage{Limit: 50}}
	if len(found) > 50 {
		out.Data = found[:50]
		cursor := base64.RawURLEncoding.EncodeToString([]byte(found[49].Name + found[49].ID.String()))
		out.Page.After = &cursor
	}
	reply(w, http.StatusOK, out)
}
