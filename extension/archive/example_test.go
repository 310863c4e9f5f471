package archive_test

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/extension/archive"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Album holds photos.
type Album struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required"`
	archive.Archived

	Photos []Photo `conga:"has_many"`
}

func (a *Album) Define(r *resource.Builder[Album]) {
	r.Read("list")
	r.Create("make").Accept(&a.Name)
	r.Destroy("delete")

	old := archive.Use(r, &a.ArchivedAt)
	old.Cascade(&a.Photos, "delete")
	old.Read("archived").Sort(expr.Desc(&a.ArchivedAt))
	old.Restore("restore")
	old.Purge("purge")

	r.Index("albums_name", &a.Name).Unique().Where("archived_at is null")
	r.Policy("list", "make", "delete").AuthorizeIf(resource.Public)
	r.Policy("archived", "restore", "purge").AuthorizeIf(resource.Public)
}

// Photo is part of an album.
type Photo struct {
	ID      uuid.UUID `conga:"primary"`
	AlbumID uuid.UUID
	archive.Hidden

	Album *Album `conga:"belongs_to,on_delete=cascade"`
}

func (p *Photo) Define(r *resource.Builder[Photo]) {
	r.Read("list")
	r.Create("add").Accept(&p.AlbumID)
	r.Destroy("delete")
	archive.Use(r, &p.ArchivedAt)
	r.Policy().AuthorizeIf(resource.Public)
}

func ExampleUse() {
	ctx := context.Background()
	layer, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		fmt.Println(err)
		return
	}
	app, err := conga.New(layer, resource.Of[Album](), resource.Of[Photo]())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer app.Close()
	albums, photos := conga.For[Album](app), conga.For[Photo](app)

	album, _ := albums.Create(ctx, "make", conga.Set(&albums.Fields().Name, "Lisbon"))
	_, _ = photos.Create(ctx, "add", conga.Set(&photos.Fields().AlbumID, album.ID))
	_ = albums.Destroy(ctx, "delete", album)

	here, _ := albums.Read(ctx, "list")
	there, _ := albums.Read(ctx, "archived")
	shown, _ := photos.Read(ctx, "list")
	fmt.Println(len(here.Items), "albums,", len(there.Items), "archived,", len(shown.Items), "photos")

	_, err = albums.Get(ctx, album.ID)
	fmt.Println(conga.KindOf(err))
	_, err = albums.Update(ctx, "restore", album)
	fmt.Println(err)
	// Output:
	// 0 albums, 1 archived, 0 photos
	// not_found
	// <nil>
}
