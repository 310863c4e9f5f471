package datalayertest

import (
	"context"
	"testing"

	"github.com/congago/conga/datalayer"
)

// Database is how the suite gets databases.
type Database struct {
	// Open opens a database that is empty and that nobody else uses, and
	// closes it when t ends. The observer is told of each statement; it may be nil.
	Open func(t *testing.T, o datalayer.Observer) datalayer.Layer
	// Outage opens another such database, with the means to make it
	// unavailable (for writes at least) and available again.
	Outage func(t *testing.T) (l datalayer.Layer, stop, start func())
}

// Run holds the layer against the contract, one subtest a rule.
func Run(t *testing.T, db Database) {
	rules := []struct {
		name string
		test func(*testing.T, Database)
	}{
		{"00 tables are created once", testTables},
		{"01 conditions mean what expr says", testConditions},
		{"01 functions are those of expr", testFunctions},
		{"01 lists and aggregates of calculations", testLists},
		{"02 rows are in order", testOrder},
		{"03 limit and offset cut the rows", testLimits},
		{"04 seek continues at a place", testSeek},
		{"05 count is without cuts", testCount},
		{"06 includes give each row its records", testIncludes},
		{"07 statements do not depend on rows", testStatements},
		{"08 insert stores all or none", testInsert},
		{"09 update and delete change what matches", testChanges},
		{"10 assignments see the old values", testAssignments},
		{"11 broken constraints are named", testConstraints},
		{"12 transactions", testTransactions},
		{"13 ends with its context", testContext},
		{"14 unavailable and back", testOutage},
		{"15 values come back as stored", testValues},
		{"16 value, scan and json agree", testExits},
		{"17 an insert may meet a record", testUpserts},
		{"18 streams are reads", testStreams},
		{"19 groups of records", testGroups},
		{"20 relationships are more than keys", testRelations},
		{"21 an update may have values for each record", testEach},
		{"22 distinct records", testDistinct},
		{"23 tenants are kept apart", testTenants},
		{"24 the database makes values", testMade},
		{"25 combined queries", testCombine},
		{"26 SQL of the application", testWritten},
		{"27 transactions have parts", testParts},
		{"expr and SQL agree", testAgreement},
		{"expr and SQL agree on groups", testGroupAgreement},
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) { rule.test(t, db) })
	}
}

// fixture is a layer with the records of a world in it.
type fixture struct {
	*world
	l datalayer.Layer
	// s is where update and delete go: l or a transaction.
	s   datalayer.Session
	ctx context.Context
}

func (w *world) in(t *testing.T, l datalayer.Layer) *fixture { return &fixture{w, l, l, t.Context()} }

// newFixture opens a database and stores the records of w.
func newFixture(t *testing.T, db Database, w *world, o datalayer.Observer) *fixture {
	t.Helper()
	f := w.in(t, db.Open(t, o))
	f.ensure(t)
	f.store(t, f.l)
	return f
}

func (f *fixture) ensure(t *testing.T) {
	t.Helper()
	if ds := f.l.Check(f.g.Resources); len(ds) > 0 {
		t.Fatalf("check refuses the resources of the suite: %v", ds)
	}
	if err := f.l.EnsureTables(f.ctx, f.g.Resources); err != nil {
		t.Fatalf("ensure tables: %v", err)
	}
}

// store inserts all records of the world, those that others refer to first.
func (f *fixture) store(t *testing.T, s datalayer.Session) {
	t.Helper()
	for _, r := range f.g.Resources {
		if err := insert(f.ctx, s, r, f.records[r]); err != nil {
			t.Fatalf("insert %d records of %s: %v", len(f.records[r]), r.Name, err)
		}
	}
}

func testTables(t *testing.T, db Database) {
	f := newFixture(t, db, newWorld(t), nil)
	f.addBlog()
	f.store(t, f.l)
	if err := f.l.EnsureTables(f.ctx, f.g.Resources); err != nil {
		t.Errorf("ensure tables that are there: %v", err)
	}
	f.expect(t, f.l, &datalayer.Query{Resource: f.of("post"), Select: f.of("post").Columns()})
	if e, ok := f.l.(datalayer.Explainer); ok {
		st, err := e.Explain(&datalayer.Query{Resource: f.of("post"), Select: f.of("post").Columns(), Limit: 3})
		if err != nil || len(st) == 0 || st[0].SQL == "" {
			t.Errorf("explain = %v, %v, want statements", st, err)
		}
	}
}
