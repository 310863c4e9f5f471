//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/congago/conga"
	"github.com/congago/conga/examples/chat/chat"
)

// pageSize is that of the pages of benchmarkDepth.
const pageSize = 50

// benchmarkDepth reads the first page of all messages and one ten thousand
// records deep, and the last one, by cursor and, for comparison, by offset.
func (w *world) benchmarkDepth(ctx context.Context) error {
	messages := conga.For[chat.Message](w.app)
	page := func(options ...conga.Option) (*conga.Records[chat.Message], error) {
		return messages.Read(ctx, "list", append(options, conga.Limit(pageSize))...)
	}
	first, err := page()
	if err != nil {
		return err
	}
	cursors := map[int]string{}
	const ten, most = 10_000 / pageSize, 150_000 / pageSize
	at := first
	for n := 2; n <= most; n++ {
		cursors[n] = at.After
		if at, err = page(conga.After(at.After)); err != nil {
			return err
		}
	}
	byCursor, byOffset := []func() error{func() error { _, err := page(); return err }}, []func() error{}
	for _, n := range []int{ten, most} {
		byCursor = append(byCursor, func() error { _, err := page(conga.After(cursors[n])); return err })
		byOffset = append(byOffset, func() error { _, err := page(conga.Offset((n - 1) * pageSize)); return err })
	}
	cursor, err := medians(byCursor)
	if err != nil {
		return err
	}
	offset, err := medians(byOffset)
	if err != nil {
		return err
	}
	fmt.Println("| page of 50 | by cursor | by offset |\n|---|---|---|")
	for i, n := range []int{ten, most} {
		fmt.Printf("| at record %d | %.2f | %.2f |\n", (n-1)*pageSize,
			float64(cursor[i+1])/float64(cursor[0]), float64(offset[i])/float64(cursor[0]))
	}
	return nil
}

// medians are the medians of the times of the calls, which are made in turn.
func medians(calls []func() error) ([]time.Duration, error) {
	times := make([][]time.Duration, len(calls))
	for range 401 {
		for i, call := range calls {
			begin := time.Now()
			if err := call(); err != nil {
				return nil, err
			}
			times[i] = append(times[i], time.Since(begin))
		}
	}
	out := make([]time.Duration, len(calls))
	for i := range times {
		slices.Sort(times[i])
		out[i] = times[i][len(times[i])/2]
	}
	return out, nil
}

// streamed is the number of records that benchmarkStream reads.
const streamed = 1_000_000

// benchmarkStream streams a million messages with their authors, and tells the heap that it took.
func (w *world) benchmarkStream(ctx context.Context) error {
	_, err := w.pool.Exec(ctx, `insert into messages (id, body, room_id, author_id, inserted_at, updated_at)
		select gen_random_uuid(), m.body, m.room_id, m.author_id, m.inserted_at, m.updated_at
		from messages m cross join generate_series(1, $1::int) limit $2`, streamed/messages, streamed-messages)
	if err != nil {
		return err
	}
	r := w.app.Registry().Lookup("Message")
	if r == nil {
		return errors.New("there is no resource Message")
	}
	var heap runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&heap)
	before, most, n := heap.HeapAlloc, uint64(0), 0
	begin := time.Now()
	find := &conga.Find{Action: r.Action("list")}
	find.Load = []conga.Nested{{Relationship: r.Relationship("Author")}}
	err = w.app.Stream(ctx, find, 0, func(found *conga.Found) error {
		if n += found.Len(); n%100_000 < found.Len() {
			runtime.GC()
			runtime.ReadMemStats(&heap)
			most = max(most, heap.HeapAlloc)
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d records with authors streamed in %.1f s: at most %.1f MB of heap more than before\n",
		n, time.Since(begin).Seconds(), (float64(most)-float64(before))/(1<<20))
	return nil
}
