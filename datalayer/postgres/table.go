package postgres

import (
	"errors"
	"math"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// table is the rows of one statement as they came: all values one after the
// other in data, and for each where it is.
type table struct {
	data  []byte
	cells []cell
	// width is the number of columns, n the number of rows.
	width, n int
	columns  []column
	// memory is where data and cells come from; nil once it was given back.
	memory *memory
	home   *sync.Pool
	// attributes are what the columns are to be read as.
	attributes []*resource.Attribute
	// fixed are the columns that are the same in all rows and were not sent.
	fixed      []cell
	fixedTypes []column

	// limit is the number of rows to keep for each parent, 0 for all;
	// reversed tells that they come in the opposite order.
	limit    int
	reversed bool
	// key is the column with the parent's key, or -1. With a key, runs tells
	// the rows of each parent, otherwise single is the only run.
	key    int
	runs   map[string]*run
	single run
	last   *run
	scrap  []byte

	// one is the place of a single fixed column, which is usual.
	one     [1]cell
	oneType [1]column
}

// run is the rows of one parent.
type run struct {
	from, to int
	more     bool
	key      string
}

// cell is where a value is in the data; n is -1 for NULL.
type cell struct{ at, n int32 }

// newTable is a table for the rows of a select.
func newTable(s *sqltext.Select) *table {
	t := &table{attributes: s.Columns, limit: s.Limit, reversed: s.Reversed, key: s.Key}
	if t.key >= 0 {
		t.runs = map[string]*run{}
	}
	return t
}

// plainTable is a table for rows that have exactly the attributes.
func plainTable(attributes []*resource.Attribute) *table {
	return &table{attributes: attributes, key: -1}
}

func (t *table) reset() {
	t.data, t.cells, t.n, t.last, t.single = t.data[:0], t.cells[:0], 0, nil, run{}
	t.fixed, t.fixedTypes = t.fixed[:0], t.fixedTypes[:0]
	clear(t.runs)
}

// describe learns the types of the columns.
func (t *table) describe(fields []pgconn.FieldDescription) {
	t.width = len(fields)
	t.columns = make([]column, len(fields))
	for i, f := range fields {
		t.columns[i] = columnOf(t.attributes, i, f.DataTypeOID, f.Format)
	}
}

// memory is what the rows of a table lie in. That of tables which were
// released is used again.
type memory struct {
	data  []byte
	cells []cell
}

// keptMemory limits the memory that is kept for other tables, in bytes and cells.
const keptMemory = 1 << 20

// grow makes room for as much as the statement gave the last time, out of
// memory that was used before where there is some.
func (t *table) grow(home *sync.Pool, s *sqltext.Statement) {
	if t.memory == nil {
		t.home = home
		if t.memory, _ = home.Get().(*memory); t.memory == nil {
			t.memory = &memory{}
		}
		t.data, t.cells = t.memory.data[:0], t.memory.cells[:0]
	}
	bytes, cells := room(s)
	if cap(t.data) < bytes {
		t.data = make([]byte, 0, bytes)
	}
	if cap(t.cells) < cells {
		t.cells = make([]cell, 0, cells)
	}
}

// release gives the memory back. The table is empty from then on, so that
// whoever looks at it nevertheless does not see the rows of others.
func (t *table) release() {
	m := t.memory
	data, cells := t.data, t.cells
	t.memory, t.data, t.cells, t.n, t.last = nil, nil, nil, 0, nil
	if m == nil || cap(data) > keptMemory || cap(cells) > keptMemory/8 {
		return
	}
	m.data, m.cells = data[:0], cells[:0]
	t.home.Put(m)
}

var errTooLarge = errors.New("read rows: the result is larger than 2 GiB")

// add copies one row.
func (t *table) add(values [][]byte) error {
	r := &t.single
	if t.key >= 0 {
		var err error
		if r, err = t.runOf(values[t.key]); err != nil {
			return err
		}
	}
	t.last = r
	if t.limit > 0 && r.to-r.from >= t.limit {
		r.more = true
		return nil
	}
	for _, v := range values {
		at := len(t.data)
		if at+len(v) > math.MaxInt32 {
			return errTooLarge
		}
		if v == nil {
			t.cells = append(t.cells, cell{int32(at), -1}) //nolint:gosec // checked above
			continue
		}
		t.data = append(t.data, v...)
		t.cells = append(t.cells, cell{int32(at), int32(len(v))}) //nolint:gosec // checked above
	}
	t.n++
	r.to = t.n
	return nil
}

var errScattered = errors.New("read rows: those of one parent do not follow each other")

// runOf is the run of the parent with that key.
func (t *table) runOf(raw []byte) (*run, error) {
	var err error
	if t.scrap, err = t.columns[t.key].appendKey(t.scrap[:0], raw); err != nil {
		return nil, err
	}
	if t.last != nil && t.last.key == string(t.scrap) {
		return t.last, nil
	}
	t.end()
	if t.runs[string(t.scrap)] != nil {
		return nil, errScattered
	}
	r := &run{from: t.n, to: t.n, key: string(t.scrap)}
	t.runs[r.key] = r
	return r, nil
}

// end turns the rows of the last run around where they came in the opposite order.
func (t *table) end() {
	if !t.reversed || t.last == nil {
		return
	}
	for i, j := t.last.from, t.last.to-1; i < j; i, j = i+1, j-1 {
		for c := range t.width {
			a, b := &t.cells[i*t.width+c], &t.cells[j*t.width+c]
			*a, *b = *b, *a
		}
	}
}

// raw is a value as it came, nil for NULL.
func (t *table) raw(row, col int) []byte {
	c := t.at(row, col)
	if c.n < 0 {
		return nil
	}
	return t.data[c.at : c.at+c.n : c.at+c.n]
}

func (t *table) at(row, col int) cell {
	if col < 0 {
		return t.fixed[-1-col]
	}
	return t.cells[row*t.width+col]
}

// column is how to read a column.
func (t *table) column(col int) *column {
	if col < 0 {
		return &t.fixedTypes[-1-col]
	}
	return &t.columns[col]
}

// fix adds a value that is the same in all rows, in the binary format.
func (t *table) fix(v any) {
	at := len(t.data)
	var c column
	t.data, c = appendBinary(t.data, v)
	if t.fixed == nil {
		t.fixed, t.fixedTypes = t.one[:0], t.oneType[:0]
	}
	t.fixed = append(t.fixed, cell{int32(at), int32(len(t.data) - at)}) //nolint:gosec // a few bytes
	t.fixedTypes = append(t.fixedTypes, c)
}

// room is the memory that the rows of a statement took the last time.
func room(s *sqltext.Statement) (bytes, cells int) {
	if s.Known == nil {
		return 0, 0
	}
	return int(s.Known.Bytes.Load()), int(s.Known.Cells.Load())
}

// remember keeps a size and a quarter, up to a limit: one large result must
// not make all later ones take much memory.
func (t *table) remember(s *sqltext.Statement) {
	if s.Known == nil {
		return
	}
	const most = 1 << 18
	bytes, cells := len(t.data), len(t.cells)
	s.Known.Bytes.Store(int32(min(bytes+bytes/4, most)))   //nolint:gosec // limited
	s.Known.Cells.Store(int32(min(cells+cells/4, most/8))) //nolint:gosec // limited
}
