package postgres_test

import (
	"math"
	"runtime"
	"testing"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/postgres"
	"github.com/congago/conga/internal/pgtest"
)

// TestReleasedMemory holds what a read takes for few rows against what it
// takes for many, once the memory of earlier results is there.
func TestReleasedMemory(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{Observer: quiet{}})
	c.fill(t, 2000)
	var out []byte
	read := func(limit int, release bool) {
		q := c.list()
		q.Where, q.Limit = is("RoomID", id(2, 1)), limit
		res, err := c.Read(t.Context(), q)
		if err != nil || res.Len() != limit {
			t.Fatalf("read %d rows: %v", limit, err)
		}
		out = out[:0]
		for row := range res.Len() {
			for col := range res.Columns {
				if out, err = res.AppendJSON(out, row, col); err != nil {
					t.Fatal(err)
				}
			}
		}
		if release {
			res.Release()
		}
	}
	cost := func(limit int, release bool) (allocations, bytes uint64) {
		const runs = 50
		for range 10 {
			read(limit, release)
		}
		// The least of many reads: the pool may lose memory to the collector and,
		// with the race detector, at random.
		allocations, bytes = math.MaxUint64, math.MaxUint64
		for range runs {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			read(limit, release)
			runtime.ReadMemStats(&after)
			allocations = min(allocations, after.Mallocs-before.Mallocs)
			bytes = min(bytes, after.TotalAlloc-before.TotalAlloc)
		}
		return allocations, bytes
	}
	few, fewBytes := cost(10, true)
	many, manyBytes := cost(1000, true)
	_, keptBytes := cost(1000, false)
	t.Logf("10 rows: %d allocations, %d bytes; 1,000 rows: %d allocations, %d bytes, not released %d", few, fewBytes, many, manyBytes, keptBytes)
	if many > few+5 || manyBytes > keptBytes/2 {
		t.Errorf("10 rows take %d allocations of %d bytes, 1,000 rows %d of %d, not released %d", few, fewBytes, many, manyBytes, keptBytes)
	}
}

func TestReleaseIsSafe(t *testing.T) {
	c := newChat(t, pgtest.Database(t), postgres.Options{})
	c.fill(t, 30)
	q := &datalayer.Query{Resource: c.room, Select: c.room.Columns(), Include: []datalayer.Include{{
		Relationship: c.room.Relationship("Messages"), Query: &datalayer.Query{Resource: c.message, Select: c.message.Columns(), Include: []datalayer.Include{{
			Relationship: c.message.Relationship("Author"), Query: &datalayer.Query{Resource: c.user, Select: c.user.Columns()}}}}}}}
	first, err := c.Read(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	first.Release()
	first.Release()
	second, err := c.Read(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	third, err := c.Read(t.Context(), c.all())
	if err != nil {
		t.Fatal(err)
	}
	first.Release()
	if first.Len() != 0 || second.Len() != 3 || second.Related[0].Result.Len() != 31 || third.Len() != 31 {
		t.Errorf("rows: %d released, %d, %d, %d", first.Len(), second.Len(), second.Related[0].Result.Len(), third.Len())
	}
	body, err := second.Related[0].Result.Value(0, 1)
	if err != nil || body != "hello" && body != "alone" {
		t.Errorf("body = %v, %v", body, err)
	}
	never, err := c.Read(t.Context(), &datalayer.Query{Resource: c.user, Select: c.user.Columns(), Where: is("Name", nil)})
	if err == nil {
		never.Release()
	}
	written, err := c.Delete(t.Context(), &datalayer.Delete{Resource: c.message, Return: c.message.Columns()})
	if err != nil || written.Len() != 31 {
		t.Fatal(err)
	}
	written.Release()
}
