package queries

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/congago/conga"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// shelf adds books a1 to a4 and b1 to b4 with rising prices; a2 and b3 are shelved.
func (l *library) shelf() {
	l.Helper()
	for i, id := range []string{"a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4"} {
		l.book(id, 10*(i+1), conga.Set(&l.b.Shelved, id == "a2" || id == "b3"), conga.Set(&l.b.OwnerID, "ann"), conga.Set(&l.b.Cost, new(i)))
	}
}

func TestCombinedReads(t *testing.T) {
	libraries(t, func(l *library) {
		l.shelf()
		f := l.b
		genre := func(g string) conga.Option { return conga.Where(expr.Is(&f.Genre, g)) }
		cheap := func(p int) conga.Option { return conga.Where(expr.Le(&f.Price, p)) }
		dearest := conga.Sort(expr.Desc(&f.Price))
		tests := []struct {
			what, who, want string
			options         []conga.Option
		}{
			{"all of one part", "ann", "a1 a3 a4", []conga.Option{conga.Base(genre("a"))}},
			{"a union", "ann", "a1 a3 a4 b1", []conga.Option{conga.Base(genre("a")), conga.Union(cheap(20))}},
			{"a union of all", "ann", "a1 a1 a3 a4 b1", []conga.Option{conga.Base(genre("a")), conga.UnionAll(cheap(20))}},
			{"an intersection", "ann", "a1", []conga.Option{conga.Base(genre("a")), conga.Intersect(cheap(20))}},
			{"a difference", "ann", "a3 a4", []conga.Option{conga.Base(genre("a")), conga.Except(cheap(20))}},
			{"the first of each", "ann", "a4 b4", []conga.Option{conga.Base(genre("a"), dearest, conga.Limit(1)), conga.Union(genre("b"), dearest, conga.Limit(1))}},
			{"the second of each", "ann", "a3 b2", []conga.Option{conga.Base(genre("a"), dearest, conga.Limit(1), conga.Offset(1)), conga.Union(genre("b"), dearest, conga.Limit(1), conga.Offset(1))}},
			{"the second of each for who sees all", "sue", "a3 b3", []conga.Option{conga.Base(genre("a"), dearest, conga.Limit(1), conga.Offset(1)), conga.Union(genre("b"), dearest, conga.Limit(1), conga.Offset(1))}},
			{"order and cut of the whole", "ann", "b4 a4", []conga.Option{conga.Base(genre("a")), conga.Union(genre("b")), dearest, conga.Limit(2)}},
			{"a condition on the whole", "ann", "a1 b1", []conga.Option{conga.Base(genre("a")), conga.Union(genre("b")), cheap(30)}},
			{"from left to right", "ann", "b1", []conga.Option{conga.Base(genre("a")), conga.Union(genre("b")), conga.Intersect(cheap(20)), conga.Except(genre("a"))}},
			{"the other way", "ann", "a1 a3 a4 b1", []conga.Option{conga.Base(genre("a")), conga.Except(cheap(30)), conga.Union(cheap(20))}},
			{"nothing", "ann", "", []conga.Option{conga.Base(genre("z"))}},
		}
		for _, tt := range tests {
			l.seen.take()
			page := must(l.books.Read(l.as(tt.who), "list", append(tt.options, conga.WithCount())...))(l)
			l.want(tt.what, keys(page.Items), tt.want)
			if sent := l.seen.take(); len(sent) > 2 {
				l.Errorf("%s: %d statements", tt.what, len(sent))
			}
			if tt.what != "order and cut of the whole" {
				l.want("the count of "+tt.what, fmt.Sprint(page.Count), fmt.Sprint(len(page.Items)))
			} else if page.Count != 6 {
				l.Errorf("counted %d", page.Count)
			}
		}
		union := []conga.Option{conga.Base(genre("a")), conga.Union(genre("b"), conga.Limit(2))}
		l.want("Count", fmt.Sprint(must(l.books.Count(l.as("ann"), "list", union...))(l)), "5")
		l.want("Sum", fmt.Sprint(must(conga.Sum(l.as("ann"), l.books, "list", &f.Price, union...))(l)), "190")
		l.want("Exists", fmt.Sprint(must(l.books.Exists(l.as("ann"), "list", conga.Base(genre("z")), conga.Union(genre("a"))))(l)), "true")
		l.want("Distinct", l.ids("ann", append(union, conga.Distinct(&f.Genre), conga.DistinctSort(expr.Desc(&f.Price)))...), "a4 b2")
		stream := ""
		for b, err := range l.books.Stream(l.as("ann"), "list", union...) {
			stream += " " + must(b, err)(l).ID
		}
		l.want("Stream", stream, " a1 a3 a4 b1 b2")
	})
}

// TestCombinedReadsHideFields neither choose nor order by what the actor does not see.
func TestCombinedReadsHideFields(t *testing.T) {
	libraries(t, func(l *library) {
		l.shelf()
		l.book("c1", 1, conga.Set(&l.b.OwnerID, "bob"), conga.Set(&l.b.Cost, new(99)))
		dearest := []conga.Option{conga.Sort(expr.Desc(&l.b.Cost)), conga.Limit(1)}
		l.want("ann", l.ids("ann", conga.Base(dearest...)), "b4")
		l.want("bob", l.ids("bob", conga.Base(dearest...)), "c1")
		l.want("sue", l.ids("sue", conga.Base(dearest...)), "c1")
	})
}

// TestCombinedPages has cursors walk over the whole, in both directions.
func TestCombinedPages(t *testing.T) {
	libraries(t, func(l *library) {
		l.shelf()
		read := func(options ...conga.Option) *conga.Records[Book] {
			return must(l.books.Read(l.as("ann"), "list", append([]conga.Option{conga.Base(conga.Where(expr.Is(&l.b.Genre, "a"))), conga.Union(conga.Where(expr.Ge(&l.b.Price, 40))),
				conga.Sort(expr.Desc(&l.b.Price)), conga.Limit(2), conga.WithCount()}, options...)...))(l)
		}
		first := read()
		second := read(conga.After(first.After))
		third := read(conga.After(second.After))
		back := read(conga.Before(third.Before))
		l.want("pages", keys(first.Items)+"|"+keys(second.Items)+"|"+keys(third.Items)+"|"+keys(back.Items), "b4 a4|a3 b2|a1|a3 b2")
		l.want("counts", fmt.Sprint(first.Count, third.Count, third.After == ""), "5 5 true")
		all := must(l.books.Read(l.as("ann"), "list", conga.Base(), conga.UnionAll(), conga.Limit(3)))(l)
		l.want("no cursors where records repeat", keys(all.Items)+all.After, "a1 a1 a3")
		_, err := l.books.Read(l.as("ann"), "list", conga.Base(), conga.UnionAll(), conga.Limit(3), conga.After(first.After))
		l.want("their refusal", fmt.Sprint(conga.KindOf(err)), fmt.Sprint(resource.Invalid))
		l.want("an offset", l.ids("ann", conga.Base(), conga.UnionAll(), conga.Limit(3), conga.Offset(3)), "a3 a4 a4")
	})
}

func TestFaultsOfCombinedReads(t *testing.T) {
	libraries(t, func(l *library) {
		one := conga.Where(expr.Is(&l.b.Genre, "a"))
		for _, tt := range []struct {
			want    string
			options []conga.Option
		}{
			{"begins with one Base", []conga.Option{conga.Union(one)}},
			{"begins with one Base", []conga.Option{conga.Base(one), conga.Base(one)}},
			{"no other options", []conga.Option{conga.Base(conga.With(&l.b.Wanted))}},
			{"no other options", []conga.Option{conga.Base(conga.WithCount())}},
			{"no other options", []conga.Option{conga.Base(one), conga.Union(conga.Distinct(&l.b.Genre))}},
			{"only reads of the records themselves", []conga.Option{conga.Base(conga.Base())}},
			{"must be at least", []conga.Option{conga.Base(conga.Limit(-1))}},
			{"FailUnseen", []conga.Option{conga.Base(one), conga.FailUnseen()}},
		} {
			_, err := l.books.Read(l.as("ann"), "list", tt.options...)
			text := ""
			for ; err != nil; err = errors.Unwrap(err) {
				text += err.Error() + "; "
			}
			if !strings.Contains(text, tt.want) {
				l.Errorf("%s: got %s", tt.want, text)
			}
		}
	})
}
