package facts

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/congago/conga"
	"github.com/congago/conga/api/rest"
	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// Contact has attributes of types beyond the plain ones.
type Contact struct {
	ID      uuid.UUID `conga:"primary"`
	Email   string    `validate:"required" conga:"ci,unique"`
	Nick    *string   `conga:"ci,index"`
	Roles   *[]string
	Tags    []string `conga:"index"`
	Home    Place
	Rank    int       `conga:"private"`
	Changed time.Time `conga:"updated"`
}

// Place is a document.
type Place struct {
	Street string
	Lines  []string
	Doors  map[string]int
}

func (c *Contact) Define(r *resource.Builder[Contact]) {
	r.Read("list").Primary().Sort(expr.Asc(&c.Email))
	r.Read("ranked").Sort(expr.Desc(&c.Rank)).Page(1)
	r.Create("add").Primary().Accept(&c.Email, &c.Nick, &c.Roles, &c.Tags, &c.Home)
	r.Create("rank").Private().Accept(&c.Email, &c.Rank)
	r.Create("put").Upsert(&c.Email).Accept(&c.Email, &c.Nick)
	r.Update("edit").Primary().Accept(&c.Email, &c.Nick, &c.Home)
	r.Policy().AuthorizeIf(resource.Public)
}

type book struct {
	app      *conga.App
	layer    datalayer.Layer
	contacts conga.Handle[Contact]
	f        *Contact
}

func books(t *testing.T, f func(t *testing.T, b *book)) {
	stores(t, func(t *testing.T, layer datalayer.Layer, _ *statements) {
		app := ok(conga.New(layer, resource.Of[Contact]()))(t)
		t.Cleanup(func() { _ = app.Close() })
		b := &book{app: app, layer: layer, contacts: conga.For[Contact](app)}
		b.f = b.contacts.Fields()
		f(t, b)
	})
}

// emails are those of the contacts that meet the condition.
func (b *book) emails(t *testing.T, where expr.Bool, options ...conga.Option) string {
	t.Helper()
	page := ok(b.contacts.Read(t.Context(), "list", append(options, conga.Where(where))...))(t)
	var out []string
	for _, c := range page.Items {
		out = append(out, c.Email)
	}
	return strings.Join(out, " ")
}

func TestFact05CaseInsensitivityFollowsTheType(t *testing.T) {
	books(t, func(t *testing.T, b *book) {
		f := b.f
		for i, email := range []string{"Bob@x.org", "ann@X.org", "CID@x.org"} {
			options := []conga.Option{conga.Set(&f.Email, email)}
			if i > 0 {
				options = append(options, conga.Set(&f.Nick, new(strings.ToUpper(email[:3]))))
			}
			ok(b.contacts.Create(t.Context(), "add", options...))(t)
		}
		nick := "ann"
		for _, tt := range []struct {
			where expr.Bool
			want  string
		}{
			{expr.Is(&f.Email, "bob@X.ORG"), "Bob@x.org"},
			{expr.IsNot(&f.Email, "bob@X.ORG"), "ann@X.org CID@x.org"},
			{expr.In(&f.Email, "ANN@x.org", "cid@x.org", "no"), "ann@X.org CID@x.org"},
			{expr.Contains(&f.Email, "B@X"), "Bob@x.org"},
			{expr.StartsWith(&f.Email, "ANN%"), ""},
			{expr.StartsWith(&f.Email, "ANN"), "ann@X.org"},
			{expr.EndsWith(&f.Email, ".ORG"), "ann@X.org Bob@x.org CID@x.org"},
			{expr.Gt(&f.Email, "B"), "Bob@x.org CID@x.org"},
			{expr.Is(&f.Nick, &nick), "ann@X.org"},
			{expr.IsNull(&f.Nick), "Bob@x.org"},
			{expr.Not(expr.Is(&f.Nick, &nick)), "CID@x.org"},
		} {
			if got := b.emails(t, tt.where); got != tt.want {
				t.Errorf("%s: %q, want %q", expr.String(tt.where.Node()), got, tt.want)
			}
		}
		// Page by page, in the order that ignores case, with the original spelling.
		after, seen := "", ""
		for range 4 {
			page := ok(b.contacts.Read(t.Context(), "list", conga.Limit(1), conga.After(after)))(t)
			seen += page.Items[0].Email + " "
			if after = page.After; after == "" {
				break
			}
		}
		if seen != "ann@X.org Bob@x.org CID@x.org " {
			t.Errorf("page by page: %s", seen)
		}
		_, err := b.contacts.Create(t.Context(), "add", conga.Set(&f.Email, "BOB@x.org"))
		if !hasIssue(err, "email", "unique") || conga.KindOf(err) != conga.Conflict {
			t.Errorf("the same address in other letters: %v", err)
		}
		c := ok(b.contacts.Create(t.Context(), "put", conga.Set(&f.Email, "BOB@X.org"), conga.Set(&f.Nick, &nick)))(t)
		if all := b.emails(t, expr.True()); c.Email == "" || *c.Nick != nick || strings.Count(all, " ") != 2 {
			t.Errorf("the upsert gave %+v, and there are %s", c, all)
		}
	})
}

func TestFact10NullListsAreUnknown(t *testing.T) {
	books(t, func(t *testing.T, b *book) {
		f := b.f
		for email, roles := range map[string]*[]string{"none": nil, "empty": {}, "both": {"admin", "staff"}, "one": {"staff"}} {
			ok(b.contacts.Create(t.Context(), "add", conga.Set(&f.Email, email), conga.Set(&f.Roles, roles), conga.Set(&f.Tags, []string{email, "x"})))(t)
		}
		staff := expr.Having(expr.Of[[]string](expr.F(&f.Roles).Node()), expr.V("staff"))
		length := expr.Len(expr.Of[[]string](expr.F(&f.Roles).Node()))
		for _, tt := range []struct {
			where expr.Bool
			want  string
		}{
			{staff, "both one"},
			{expr.Not(staff), "empty"}, // of no list it is not known
			{expr.Equal(length, expr.V(0)), "empty"},
			{expr.NotEqual(length, expr.V(2)), "empty one"},
			{expr.Equal(expr.Coalesce(expr.Nullable(length), expr.V(0)), expr.V(0)), "empty none"},
			{expr.Has(&f.Tags, "one"), "one"},
			{expr.HasAny(&f.Tags, "one", "none"), "none one"},
			{expr.HasAny(&f.Tags), ""},
			{expr.HasAll(&f.Tags, "x", "one"), "one"},
			{expr.HasAll(&f.Tags), "both empty none one"},
			{expr.Having(expr.F(&f.Tags), expr.F(&f.Email)), "both empty none one"},
			{expr.Having(expr.V([]string{"one", "both"}), expr.F(&f.Email)), "both one"},
			{expr.Is(&f.Tags, []string{"one", "x"}), "one"},
		} {
			if got := b.emails(t, tt.where); got != tt.want {
				t.Errorf("%s: %q, want %q", expr.String(tt.where.Node()), got, tt.want)
			}
		}
		h := rest.New(b.app, rest.Options{})
		for filter, want := range map[string]string{
			"filter[roles][has]=staff": "both one", "filter[roles][length]=0": "empty", "filter[roles][is_null]=true": "none",
			"filter[tags][has_any]=one,both": "both one", "filter[tags][has_all]=one,x": "one",
		} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/contacts?"+filter, http.NoBody))
			var got []string
			for email := range strings.FieldsSeq("both empty none one") {
				if strings.Contains(w.Body.String(), fmt.Sprintf("%q:%q", "email", email)) {
					got = append(got, email)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %d %s", filter, w.Code, w.Body)
			}
		}
	})
}

func TestFact51EqualDocumentsAreNotChanged(t *testing.T) {
	books(t, func(t *testing.T, b *book) {
		f := b.f
		home := func() Place {
			return Place{Street: "Main", Lines: []string{"a"}, Doors: map[string]int{"x": 1, "y": 2}}
		}
		c := ok(b.contacts.Create(t.Context(), "add", conga.Set(&f.Email, "ann"), conga.Set(&f.Home, home())))(t)
		d := ok(b.contacts.Update(t.Context(), "edit", c, conga.Set(&f.Home, home())))(t)
		if !d.Changed.Equal(c.Changed) {
			t.Errorf("an equal document has moved the time from %v to %v", c.Changed, d.Changed)
		}
		other := home()
		other.Lines = append(other.Lines, "b")
		d = ok(b.contacts.Update(t.Context(), "edit", c, conga.Set(&f.Home, other)))(t)
		if !d.Changed.After(c.Changed) || !slices.Equal(d.Home.Lines, other.Lines) {
			t.Errorf("another document: %+v", d)
		}
	})
}

// TestCursorsHideWhatIsPrivate reads an order by a private attribute, of which
// a cursor must not tell the value, nor be one that a client has made up.
func TestCursorsHideWhatIsPrivate(t *testing.T) {
	books(t, func(t *testing.T, b *book) {
		f := b.f
		for i, email := range []string{"a", "b", "c"} {
			ok(b.contacts.Create(t.Context(), "rank", conga.Set(&f.Email, email), conga.Set(&f.Rank, 7000+i)))(t)
		}
		after, seen := "", ""
		for range 4 {
			page := ok(b.contacts.Read(t.Context(), "ranked", conga.Limit(1), conga.After(after)))(t)
			seen += page.Items[0].Email
			if after = page.After; after == "" {
				break
			}
			raw := ok(base64.RawURLEncoding.DecodeString(after))(t)
			if strings.Contains(string(raw), string(page.Items[0].ID[:])) {
				t.Errorf("the cursor shows the values of the record: %q", raw)
			}
			for _, made := range []string{altered(raw, 0), altered(raw, len(raw)-1), url.QueryEscape(string(raw))} {
				if _, err := b.contacts.Read(t.Context(), "ranked", conga.Limit(1), conga.After(made)); !hasIssue(err, "page.after", "cursor") {
					t.Errorf("a cursor that was made up: %v", err)
				}
			}
		}
		if seen != "cba" {
			t.Errorf("page by page: %s", seen)
		}
	})
}

// altered is a cursor with one byte changed.
func altered(raw []byte, at int) string {
	other := slices.Clone(raw)
	other[at] ^= 1
	return base64.RawURLEncoding.EncodeToString(other)
}
