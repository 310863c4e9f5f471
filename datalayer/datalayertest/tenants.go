package datalayertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
	"github.com/congago/conga/resource/expr"
)

// folder has papers; both are kept apart by office.
type folder struct {
	ID     int64 `conga:"primary"`
	Office int64
	Name   string `conga:"unique"`
	Size   int    `conga:"calculated"`

	Papers []paper  `conga:"has_many,key=FolderID"`
	Alike  []folder `conga:"has_many,source=Name,key=Name"`
}

func (x *folder) Define(r *resource.Builder[folder]) {
	r.Tenant(&x.Office)
	resource.Calculate(r, &x.Size, expr.Count(&x.Papers))
	everything(r)
}

type paper struct {
	ID       int64 `conga:"primary"`
	Office   int64
	Text     string
	FolderID *int64

	Folder *folder `conga:"belongs_to,on_delete=cascade"`
}

func (x *paper) Define(r *resource.Builder[paper]) {
	r.Tenant(&x.Office)
	everything(r)
}

// memo can do without an office.
type memo struct {
	ID     int64 `conga:"primary"`
	Office *int64
	Text   string
}

func (x *memo) Define(r *resource.Builder[memo]) {
	r.Tenant(&x.Office).Optional()
	everything(r)
}

// offices is a database with the records of two tenants, and for each of them
// a world with its records alone.
type offices struct {
	*fixture
	worlds [2]*world
}

func newOffices(t *testing.T, db Database) *offices {
	t.Helper()
	g, err := resource.Compile(resource.Of[folder](), resource.Of[paper](), resource.Of[memo]())
	if err != nil {
		t.Fatal(err)
	}
	all := &world{g: g, records: map[*resource.Resource][]any{}}
	o := &offices{fixture: all.in(t, db.Open(t, nil))}
	o.ensure(t)
	for i := range o.worlds {
		w := &world{g: g, records: map[*resource.Resource][]any{}}
		o.worlds[i] = w
		office := int64(i + 1)
		for n := range int64(4) { // the names and texts of both are the same
			w.add(&folder{ID: office*100 + n, Office: office, Name: fmt.Sprint("folder", n)})
		}
		for n := range int64(9) {
			in := office*100 + n*n%(3+office)%4
			w.add(&paper{ID: office*100 + n, Office: office, Text: fmt.Sprint("text", n%5), FolderID: &in})
		}
		w.add(&memo{ID: office, Office: &office, Text: "memo"})
		for _, r := range g.Resources {
			all.records[r] = append(all.records[r], w.records[r]...)
			if err := o.insert(r, o.tenant(i), w.records[r]...); err != nil {
				t.Fatalf("insert %s: %v", r.Name, err)
			}
		}
	}
	return o
}

func (o *offices) tenant(i int) datalayer.Tenant { return datalayer.Tenant{ID: int64(i + 1)} }

func (o *offices) insert(r *resource.Resource, tenant datalayer.Tenant, records ...any) error {
	w := &datalayer.Insert{Resource: r, Columns: r.Columns(), Tenant: tenant}
	for _, rec := range records {
		w.Rows = append(w.Rows, row(w.Columns, rec))
	}
	_, err := o.l.Insert(o.ctx, w)
	return err
}

// unchanged expects of each tenant what its world has.
func (o *offices) unchanged(t *testing.T, after string) {
	t.Helper()
	for i, w := range o.worlds {
		for _, r := range o.g.Resources {
			q := &datalayer.Query{Resource: r, Select: r.Columns(), Tenant: o.tenant(i)}
			(&fixture{w, o.l, o.l, o.ctx}).expect(t, o.l, q)
			if t.Failed() {
				t.Fatalf("office %d after %s", i+1, after)
			}
		}
	}
}

// testTenants reads and writes for two tenants whose records are in one table.
func testTenants(t *testing.T, db Database) {
	o := newOffices(t, db)
	o.unchanged(t, "insert")
	for i := range o.worlds {
		for _, q := range o.queries() {
			setTenants(q, o.tenant(i))
			(&fixture{o.worlds[i], o.l, o.l, o.ctx}).expect(t, o.l, q)
			setTenants(q, datalayer.Tenant{})
			if _, err := o.l.Read(o.ctx, q); !errors.Is(err, datalayer.ErrTenant) {
				t.Errorf("%s\nwithout a tenant: %v", describe(q), err)
			}
		}
	}
	o.writes(t)
	o.optional(t)
}

func setTenants(q *datalayer.Query, tenant datalayer.Tenant) {
	q.Tenant = tenant
	for _, inc := range q.Include {
		setTenants(inc.Query, tenant)
	}
}

// queries look at records in every way there is.
func (o *offices) queries() []*datalayer.Query {
	folders, papers := o.of("folder"), o.of("paper")
	some := &expr.Aggregate{Kind: expr.AggregateExists, Path: []string{"Papers"}, Where: call(expr.OpEq, field("Text"), lit("text2"))}
	alike := &expr.Aggregate{Kind: expr.AggregateCount, Path: []string{"Alike"}}
	count := &expr.Aggregate{Kind: expr.AggregateCount, Path: []string{"Papers"}}
	all := func(r *resource.Resource) *datalayer.Query {
		return &datalayer.Query{Resource: r, Select: r.Columns(), Count: true, More: true, Limit: 3}
	}
	where := func(q *datalayer.Query, n expr.Node) *datalayer.Query { q.Where = n; return q }
	sized := all(folders)
	sized.Select = append(slices.Clip(sized.Select), folders.Attribute("Size"))
	sized.Sort = []expr.Order{{Node: count, Descending: true}}
	sought := all(papers)
	sought.Sort = []expr.Order{{Node: field("Text")}}
	sought.Seek = &datalayer.Seek{Values: []any{"text1", int64(50)}}
	include := all(folders)
	include.Include = []datalayer.Include{
		{Relationship: folders.Relationship("Papers"), Query: &datalayer.Query{Resource: papers, Select: papers.Columns(), Limit: 2, Count: true, More: true}},
		{Relationship: folders.Relationship("Alike"), Query: &datalayer.Query{Resource: folders, Select: folders.Columns()}},
	}
	grouped := groupQuery(papers, &datalayer.Group{
		Keys:       []*resource.Attribute{keyColumn("text", field("Text"), structs.String)},
		Aggregates: []datalayer.Aggregate{aggregateOf("n", expr.AggregateCount, nil, structs.Int)},
	})
	grouped.Count = true
	first := all(papers)
	first.Distinct = &datalayer.Distinct{On: []expr.Node{field("Text")}}
	return []*datalayer.Query{
		all(folders), all(papers), sized, sought, include, grouped, first,
		where(all(folders), some), where(all(folders), call(expr.OpEq, alike, lit(int64(1)))),
		where(all(papers), call(expr.OpIn, field("ID"), expr.List{Values: []any{int64(101), int64(201)}})),
		where(all(papers), call(expr.OpEq, expr.Field{Path: []string{"Folder"}, Name: "Name"}, lit("folder1"))),
	}
}

// writes names the other tenant's records in every kind of statement.
func (o *offices) writes(t *testing.T) {
	folders, papers := o.of("folder"), o.of("paper")
	ours, theirs := o.tenant(0), o.tenant(1)
	both := call(expr.OpIn, field("ID"), expr.List{Values: []any{int64(101), int64(201)}})
	set := []datalayer.Assignment{{Attribute: papers.Attribute("Text"), Value: lit("new")}}
	refused := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s is not refused", what)
		}
		o.unchanged(t, what)
	}
	changed := func(what string, res *datalayer.Result, err error, want int) {
		t.Helper()
		if err != nil || res.Len() != want {
			t.Fatalf("%s changes %v records (%v), want %d", what, res, err, want)
		}
	}
	in := int64(201)
	refused("an insert for another tenant", o.insert(papers, ours, &paper{ID: 900, Office: 2, Text: "x"}))
	refused("an insert of which a part is for another", o.insert(papers, ours, &paper{ID: 900, Office: 1}, &paper{ID: 901, Office: 2}))
	var broken *datalayer.ConstraintError
	if err := o.insert(papers, ours, &paper{ID: 900, Office: 1, FolderID: &in}); !errors.As(err, &broken) || broken.Kind != datalayer.ForeignKey {
		t.Errorf("a paper of one tenant in a folder of another: %v", err)
	}
	for what, tenant := range map[string]datalayer.Tenant{"no tenant": {}} {
		if err := o.insert(papers, tenant, &paper{ID: 900, Office: 1}); !errors.Is(err, datalayer.ErrTenant) {
			t.Errorf("an insert for %s: %v", what, err)
		}
		_, err := o.l.Update(o.ctx, &datalayer.Update{Resource: papers, Where: both, Set: set, Tenant: tenant})
		_, gone := o.l.Delete(o.ctx, &datalayer.Delete{Resource: papers, Where: both, Tenant: tenant})
		if !errors.Is(err, datalayer.ErrTenant) || !errors.Is(gone, datalayer.ErrTenant) {
			t.Errorf("for %s: update %v, delete %v", what, err, gone)
		}
	}
	// An upsert meets the tenant's own record by a name that both have, and
	// not the other's by its key.
	upsert := func(by []*resource.Attribute, rec *folder) (*datalayer.Result, error) {
		return o.l.Insert(o.ctx, &datalayer.Insert{Resource: folders, Columns: folders.Columns(), Rows: [][]any{row(folders.Columns(), rec)}, Tenant: ours,
			Return: folders.Columns(), Conflict: &datalayer.Conflict{Identity: by, Update: []*resource.Attribute{folders.Attribute("Name")}}})
	}
	res, err := upsert(folders.Identities[0].Columns(), &folder{ID: 900, Office: 1, Name: "folder1"})
	changed("an upsert by name", res, err, 1)
	if v, err := res.Value(0, 0); err != nil || v != int64(101) {
		t.Errorf("the upsert met %v (%v), want 101", v, err)
	}
	if res, err = upsert([]*resource.Attribute{folders.Primary}, &folder{ID: 201, Office: 1, Name: "stolen"}); err == nil && res.Len() > 0 {
		t.Error("an upsert met another tenant's record")
	}
	o.unchanged(t, "upserts")

	res, err = o.l.Update(o.ctx, &datalayer.Update{Resource: papers, Where: both, Set: set, Return: papers.Columns(), Tenant: ours})
	changed("an update", res, err, 1)
	o.worlds[0].records[papers][1].(*paper).Text = "new"
	o.unchanged(t, "update")
	each := &datalayer.Each{Keys: []any{int64(102), int64(202)}, Columns: []*resource.Attribute{papers.Attribute("Text")}, Rows: [][]any{{"a"}, {"b"}}}
	res, err = o.l.Update(o.ctx, &datalayer.Update{Resource: papers, Each: each, Return: papers.Columns(), Tenant: theirs})
	changed("an update with each", res, err, 1)
	o.worlds[1].records[papers][2].(*paper).Text = "b"
	o.unchanged(t, "update with each")
	res, err = o.l.Delete(o.ctx, &datalayer.Delete{Resource: papers, Where: both, Return: papers.Columns(), Tenant: theirs})
	changed("a delete", res, err, 1)
	o.worlds[1].records[papers] = append(o.worlds[1].records[papers][:1:1], o.worlds[1].records[papers][2:]...)
	o.unchanged(t, "delete")
}

// optional reaches the records of all tenants, where it may.
func (o *offices) optional(t *testing.T) {
	for _, r := range o.g.Resources[1:] {
		q := &datalayer.Query{Resource: r, Select: r.Columns(), Tenant: datalayer.Tenant{Any: !r.Tenant.Optional}}
		res, err := o.l.Read(o.ctx, q)
		if want := len(o.worlds[0].records[r]) + len(o.worlds[1].records[r]); err != nil || res.Len() != want {
			t.Errorf("there are %v %s (%v), want %d", res, r.Name, err, want)
		}
	}
}
