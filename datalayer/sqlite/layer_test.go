package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/sqlite"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

type Item struct {
	ID    uuid.UUID `conga:"primary"`
	Name  string
	Price decimal.Decimal `conga:"unique"`
	At    time.Time
}

func (i *Item) Define(r *resource.Builder[Item]) {
	r.Read("list").Primary()
	r.Policy().AuthorizeIf(resource.Public)
}

func items(t *testing.T) *resource.Resource {
	t.Helper()
	g, err := resource.Compile(resource.Of[Item]())
	if err != nil {
		t.Fatal(err)
	}
	return g.Resources[0]
}

func ensure(t *testing.T, l *sqlite.Layer, r *resource.Resource) {
	t.Helper()
	if err := l.EnsureTables(t.Context(), []*resource.Resource{r}); err != nil {
		t.Fatal(err)
	}
}

func add(ctx context.Context, s datalayer.Session, r *resource.Resource, name, price string) error {
	_, err := s.Insert(ctx, &datalayer.Insert{Resource: r, Columns: r.Columns(), Rows: [][]any{
		{uuid.New(), name, decimal.RequireFromString(price), time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)},
	}})
	return err
}

// names are those of all items, cheapest first.
func names(t *testing.T, s datalayer.Session, r *resource.Resource) string {
	t.Helper()
	res, err := s.Read(t.Context(), &datalayer.Query{
		Resource: r, Select: []*resource.Attribute{r.Attribute("Name")}, Sort: []expr.Order{{Node: expr.Field{Name: "Price"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := range res.Len() {
		v, err := res.Value(i, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v.(string))
	}
	return strings.Join(out, " ")
}

func TestMemoryIsPrivateAndGone(t *testing.T) {
	r := items(t)
	before, err := filepath.Glob(filepath.Join(os.TempDir(), "conga-sqlite-*"))
	if err != nil {
		t.Fatal(err)
	}
	a, b := open(t, ":memory:", sqlite.Options{}), open(t, ":memory:", sqlite.Options{})
	ensure(t, a, r)
	ensure(t, b, r)
	if err := add(t.Context(), a, r, "apple", "1"); err != nil {
		t.Fatal(err)
	}
	if got := names(t, a, r) + "|" + names(t, b, r); got != "apple|" {
		t.Errorf("the two databases hold %s, want apple|", got)
	}
	for _, l := range []*sqlite.Layer{a, b} {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	if after, _ := filepath.Glob(filepath.Join(os.TempDir(), "conga-sqlite-*")); len(after) > len(before) {
		t.Errorf("files are left behind: %v", after)
	}
	var u *datalayer.UnavailableError
	if err := add(t.Context(), a, r, "late", "2"); !errors.As(err, &u) {
		t.Errorf("insert after close: %v, want an *UnavailableError", err)
	}
}

func TestFileStays(t *testing.T) {
	r := items(t)
	path := filepath.Join(t.TempDir(), "a name with spaces & 100% signs?.db")
	l := open(t, path, sqlite.Options{})
	ensure(t, l, r)
	if err := add(t.Context(), l, r, "apple", "1"); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	l = open(t, path, sqlite.Options{})
	ensure(t, l, r)
	if got := names(t, l, r); got != "apple" {
		t.Errorf("after opening it again the database holds %q, want apple", got)
	}
}

func TestOpenFails(t *testing.T) {
	_, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "missing", "x.db"))
	if _, ok := errors.AsType[*datalayer.UnavailableError](err); !ok {
		t.Errorf("open in a folder that is not there: %v, want an *UnavailableError", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if l, err := sqlite.Open(ended, ":memory:"); !errors.Is(err, context.Canceled) {
		t.Errorf("open with an ended context = %v, %v", l, err)
	}
	path := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database, but a letter. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := sqlite.Open(t.Context(), path); err == nil {
		t.Errorf("open of another kind of file = %v, want an error", l)
	}
}

func TestDecimalsCompareAsNumbers(t *testing.T) {
	r := items(t)
	l := open(t, ":memory:", sqlite.Options{})
	ensure(t, l, r)
	for name, price := range map[string]string{"ten": "10", "nine": "9.5", "debt": "-100", "huge": "123456789012345678901234567890"} {
		if err := add(t.Context(), l, r, name, price); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := names(t, l, r), "debt nine ten huge"; got != want {
		t.Errorf("by price: %s, want %s", got, want)
	}
	var c *datalayer.ConstraintError
	if err := add(t.Context(), l, r, "again", "9.50"); !errors.As(err, &c) || c.Kind != datalayer.Unique {
		t.Errorf("insert 9.50 beside 9.5: %v, want a unique constraint", err)
	}
}

// A statement that is interrupted undoes the whole transaction; what follows
// must not become lasting by itself.
func TestFailedTransactionStaysFailed(t *testing.T) {
	r := items(t)
	l := open(t, ":memory:", sqlite.Options{})
	ensure(t, l, r)
	tx, err := l.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := add(t.Context(), tx, r, "first", "1"); err != nil {
		t.Fatal(err)
	}
	old := time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = tx.Update(t.Context(), &datalayer.Update{Resource: r, Set: []datalayer.Assignment{
		{Attribute: r.Attribute("At"), Value: expr.Literal{Value: old}},
	}})
	if err == nil {
		t.Fatal("the year 20000 was stored, which would not sort")
	}
	if err := add(t.Context(), tx, r, "second", "2"); err == nil {
		t.Error("a failed transaction goes on")
	}
	if err := tx.Commit(t.Context()); err == nil {
		t.Error("a failed transaction commits")
	}
	if got := names(t, l, r); got != "" {
		t.Errorf("a failed transaction left %q", got)
	}
	if err := add(t.Context(), l, r, "third", "3"); err != nil {
		t.Errorf("the connection is lost: %v", err)
	}
}

func TestSeveralPartsInOneTransaction(t *testing.T) {
	r := items(t)
	l := open(t, ":memory:", sqlite.Options{})
	ensure(t, l, r)
	tx, err := l.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := add(t.Context(), tx, r, "kept", "-1"); err != nil {
		t.Fatal(err)
	}
	w := &datalayer.Insert{Resource: r, Columns: r.Columns()}
	for i := range 1000 {
		price := decimal.NewFromInt(int64(i % 999)) // the last one is there already
		w.Rows = append(w.Rows, []any{uuid.New(), "many", price, time.Unix(0, 0)})
	}
	var c *datalayer.ConstraintError
	if _, err := tx.Insert(t.Context(), w); !errors.As(err, &c) || len(c.Attributes) != 1 || c.Attributes[0].Name != "Price" {
		t.Fatalf("insert of many with one twice: %v, want a unique constraint of Price", err)
	}
	if got := names(t, tx, r); got != "kept" {
		t.Errorf("after a broken insert the transaction holds %.40q, want kept", got)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := names(t, l, r); got != "kept" {
		t.Errorf("after the commit the database holds %.40q, want kept", got)
	}
}

func TestCloseWaits(t *testing.T) {
	r := items(t)
	l := open(t, ":memory:", sqlite.Options{})
	ensure(t, l, r)
	tx, err := l.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() { closed <- l.Close() }()
	if err := add(t.Context(), tx, r, "in time", "1"); err != nil {
		t.Error(err)
	}
	select {
	case err := <-closed:
		t.Errorf("close did not wait for the transaction: %v", err)
	default:
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func TestForeignValues(t *testing.T) {
	r := items(t)
	l := open(t, ":memory:", sqlite.Options{})
	ensure(t, l, r)
	if err := add(t.Context(), l, r, "apple", "1"); err != nil {
		t.Fatal(err)
	}
	// A calculation that gives a text where a time should be, as another
	// program could have stored it.
	at := *r.Attribute("At")
	at.Expr = expr.Call{Op: expr.OpConcat, Args: []expr.Node{expr.Field{Name: "Name"}, expr.Literal{Value: "!"}}}
	res, err := l.Read(t.Context(), &datalayer.Query{Resource: r, Select: []*resource.Attribute{&at}})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := res.Value(0, 0); err == nil || !strings.Contains(err.Error(), "at") {
		t.Errorf("value = %v, %v, want an error that names the attribute", v, err)
	}
	if out, err := res.AppendJSON(nil, 0, 0); err == nil {
		t.Errorf("append JSON = %s, want an error", out)
	}
	if err := res.Scan(0, 0, r.New()); err == nil {
		t.Error("scan stores what is no time")
	}
}
