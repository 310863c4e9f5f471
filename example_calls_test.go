package conga_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Reader lends books.
type Reader struct {
	ID   uuid.UUID `conga:"primary"`
	Name string    `validate:"required" conga:"unique"`
}

func (x *Reader) Define(r *resource.Builder[Reader]) {
	r.Read("list").Sort(expr.Asc(&x.Name))
	r.Create("join").Accept(&x.Name)
	r.Policy().AuthorizeIf(resource.Public)
}

// Book is lent to one reader at a time.
type Book struct {
	ID       uuid.UUID `conga:"primary"`
	Title    string    `validate:"required,max=40"`
	Times    int
	ReaderID *uuid.UUID

	Reader *Reader `conga:"belongs_to"`
}

func (b *Book) Define(r *resource.Builder[Book]) {
	me := resource.Actor[Reader](r)
	mine := expr.Equal(expr.F(&b.ReaderID), expr.Nullable(expr.F(&me.ID)))

	r.Read("list").Sort(expr.Asc(&b.Title)).Page(2)
	r.Create("buy").Accept(&b.Title)
	r.Update("lend").
		Change(resource.SetExpr(&b.ReaderID, expr.Nullable(expr.F(&me.ID)))).
		Change(resource.SetExpr(&b.Times, expr.Add(expr.F(&b.Times), expr.V(1))))
	r.Update("return").Change(resource.SetTo(&b.ReaderID, nil))

	r.Policy("list", "buy").AuthorizeIf(resource.Public)
	r.Policy("lend").ForbidUnless(resource.ActorPresent).AuthorizeIf(expr.IsNull(&b.ReaderID))
	r.Policy("return").AuthorizeIf(mine)
}

// library is an application with two readers and three books.
func library() (app *conga.App, ann, bob *Reader, books []*Book) {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	if app, err = conga.New(store, resource.Of[Reader](), resource.Of[Book]()); err != nil {
		log.Fatal(err)
	}
	readers, shelf := conga.For[Reader](app), conga.For[Book](app)
	for name, p := range map[string]**Reader{"Ann": &ann, "Bob": &bob} {
		if *p, err = readers.Create(ctx, "join", conga.Set(&readers.Fields().Name, name)); err != nil {
			log.Fatal(err)
		}
	}
	for _, title := range []string{"Emma", "Dune", "Momo"} {
		book, err := shelf.Create(ctx, "buy", conga.Set(&shelf.Fields().Title, title))
		if err != nil {
			log.Fatal(err)
		}
		books = append(books, book)
	}
	return app, ann, bob, books
}

func ExampleHandle_Update() {
	app, ann, bob, books := library()
	defer app.Close()
	shelf := conga.For[Book](app)

	book, err := shelf.Update(conga.WithActor(context.Background(), ann), "lend", books[0])
	fmt.Println(book.Title, book.Times, err)
	_, err = shelf.Update(conga.WithActor(context.Background(), bob), "return", book)
	fmt.Println(err)
	_, err = shelf.Update(context.Background(), "lend", books[1])
	fmt.Println(err)
	// Output:
	// Emma 1 <nil>
	// forbidden
	// forbidden
}

func ExampleHandle_Read() {
	app, ann, _, books := library()
	defer app.Close()
	ctx := conga.WithActor(context.Background(), ann)
	shelf := conga.For[Book](app)
	f := shelf.Fields()
	if _, err := shelf.Update(ctx, "lend", books[0]); err != nil {
		log.Fatal(err)
	}

	page, err := shelf.Read(ctx, "list", conga.Where(expr.Is(&f.Reader.Name, "Ann")), conga.Load(&f.Reader), conga.WithCount())
	if err != nil {
		log.Fatal(err)
	}
	for _, book := range page.Items {
		fmt.Println(book.Title, "is at", book.Reader.Name)
	}
	fmt.Println(page.Count, "in all")
	// Output:
	// Emma is at Ann
	// 1 in all
}

func ExampleAfter() {
	app, _, _, _ := library()
	defer app.Close()
	ctx, shelf := context.Background(), conga.For[Book](app)

	first, err := shelf.Read(ctx, "list") // a page has two books
	if err != nil {
		log.Fatal(err)
	}
	second, err := shelf.Read(ctx, "list", conga.After(first.After))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(first.Items[0].Title, first.Items[1].Title)
	fmt.Println(second.Items[0].Title, second.After == "")
	// Output:
	// Dune Emma
	// Momo true
}

func ExampleHandle_Can() {
	app, ann, bob, books := library()
	defer app.Close()
	shelf := conga.For[Book](app)
	book, err := shelf.Update(conga.WithActor(context.Background(), ann), "lend", books[0])
	if err != nil {
		log.Fatal(err)
	}
	for _, reader := range []*Reader{ann, bob} {
		may, err := shelf.Can(conga.WithActor(context.Background(), reader), "return", book)
		fmt.Println(reader.Name, may, err)
	}
	// Output:
	// Ann true <nil>
	// Bob false <nil>
}

func ExampleApp_Transact() {
	app, ann, _, books := library()
	defer app.Close()
	ctx, shelf := conga.WithActor(context.Background(), ann), conga.For[Book](app)

	err := app.Transact(ctx, func(ctx context.Context) error {
		for _, book := range append(books, books[0]) { // one of them twice
			if _, err := shelf.Update(ctx, "lend", book); err != nil {
				return err
			}
		}
		return nil
	})
	fmt.Println(err)
	book, err := shelf.Get(ctx, books[1].ID)
	fmt.Println(book.Times, err)
	// Output:
	// forbidden
	// 0 <nil>
}

func ExampleApp_Subscribe() {
	app, ann, _, books := library()
	defer app.Close()
	ctx, shelf := conga.WithActor(context.Background(), ann), conga.For[Book](app)

	stop := app.Subscribe(ctx, shelf.Topic("", nil), func(e conga.Event) {
		fmt.Println(e.Kind, e.Action.Name, e.Record.(*Book).Title)
	})
	defer stop()
	if _, err := shelf.Update(ctx, "lend", books[2]); err != nil {
		log.Fatal(err)
	}
	// Output: updated lend Momo
}

func ExampleError() {
	app, _, _, _ := library()
	defer app.Close()
	shelf := conga.For[Book](app)

	_, err := shelf.Create(context.Background(), "buy", conga.Set(&shelf.Fields().Title, ""), conga.Set(&shelf.Fields().Times, 7))
	fmt.Println(errors.Is(err, &conga.Error{Kind: conga.Invalid}))
	if e, ok := errors.AsType[*conga.Error](err); ok {
		for _, issue := range e.Issues {
			fmt.Println(issue.Field(), issue.Code, "-", issue.Text())
		}
	}
	// Output:
	// true
	// times unknown - is not accepted here
	// title required - is required
}
