package migrate_test

import (
	"context"
	"embed"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/migrate"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/resource"
)

//go:embed testdata/migrations
var migrations embed.FS

// Booking keeps a room for somebody for a while.
type Booking struct {
	ID       uuid.UUID `conga:"primary"`
	RoomID   uuid.UUID
	State    string `validate:"oneof=open done" conga:"default=open"`
	Note     string `conga:"was=remark"`
	StartsAt time.Time
	EndsAt   time.Time
}

func (b *Booking) Define(r *resource.Builder[Booking]) {
	r.Was("reservations")
	r.Index("bookings_search", resource.SQL("to_tsvector('simple', note)")).Using("gin")
	r.Index("one_open_booking", &b.RoomID).Unique().Where("state = 'open'").NullsNotDistinct()
	r.Constrain("bookings_dates", "ends_at > starts_at")
	r.Exclude("bookings_overlap", "using gist (room_id with =, tstzrange(starts_at, ends_at) with &&)")
	r.Extension("btree_gist")
	r.Statement(resource.Statement{
		Name: "open bookings", Only: "PostgreSQL",
		Up:   "create view open_bookings as select * from bookings where state = 'open'",
		Down: "drop view open_bookings",
	})
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

func Resources() []resource.Definition {
	return []resource.Definition{resource.Of[Booking]()}
}

// Example is how an application begins that brings its migrations with it.
func Example() {
	_ = serve(context.Background(), os.Getenv("DATABASE_URL"))
}

func serve(ctx context.Context, url string) error {
	if len(os.Args) > 1 && os.Args[1] == "migrate" {
		os.Exit(migrate.Main(os.Args[2:], migrate.Program{Definitions: Resources()}))
	}
	if _, err := migrate.Up(ctx, url, migrations, migrate.RunOptions{}); err != nil {
		return err
	}
	store, err := postgres.Open(ctx, url)
	if err != nil {
		return err
	}
	app, err := conga.NewWith(conga.Options{KeepTables: true}, store, Resources()...)
	if err != nil {
		return err
	}
	return app.Close()
}

// ExampleCreateSchema is such a beginning where tenants have schemas.
func ExampleCreateSchema() {
	ctx, url := context.Background(), os.Getenv("DATABASE_URL")
	if _, err := migrate.Up(ctx, url, migrations, migrate.RunOptions{}); err != nil {
		return
	}
	store, err := postgres.Open(ctx, url)
	if err != nil {
		return
	}
	app, err := conga.NewWith(conga.Options{
		KeepTables:   true,
		CreateSchema: migrate.CreateSchema(url, migrations, migrate.RunOptions{}),
	}, store, Resources()...)
	if err != nil {
		return
	}
	_ = app.Close()
}
