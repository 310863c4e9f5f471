package postgres

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/internal/structs"
	"github.com/congago/conga/resource"
)

// prepared are the statements that one connection has prepared, and memory for
// their arguments. It belongs to whoever has the connection.
type prepared struct {
	statements map[string]*statement // by text
	known      map[*sqltext.Known]*statement
	// uses counts the statements that were sent; made numbers their names.
	uses, made uint64

	// params, formats and data are the arguments of the statement that is being sent.
	params  [][]byte
	formats []int16
	data    []byte
	rare    pgx.ExtendedQueryBuilder
	message pgproto3.Bind
	watcher *watcher
}

// statement is one of them.
type statement struct {
	*pgconn.StatementDescription
	formats []int16 // of the results
	used    uint64  // the count of uses at its last one
	// columns is how the rows are read that were asked for last, for these kinds.
	columns []column
	kinds   []structs.Kind
}

// maxPrepared is how many statements a connection keeps prepared, as in pgx.
const maxPrepared = 512

// preparedKey is where a connection keeps its statements.
const preparedKey = "conga"

func preparedOn(conn *pgx.Conn) *prepared {
	custom := conn.PgConn().CustomData()
	p, ok := custom[preparedKey].(*prepared)
	if !ok {
		p = &prepared{statements: map[string]*statement{}, watcher: newWatcher(conn.PgConn())}
		custom[preparedKey] = p
	}
	return p
}

// statement prepares the statement unless it is prepared.
func (p *prepared) statement(ctx context.Context, conn *pgx.Conn, st *sqltext.Statement) (*statement, error) {
	p.uses++
	s, ok := p.known[st.Known]
	if !ok || s.SQL != st.Text { // the text is the same piece of memory, as a rule
		if s, ok = p.statements[st.Text]; ok {
			p.learn(st.Known, s)
		}
	}
	if ok {
		s.used = p.uses
		return s, nil
	}
	s, err := p.prepare(ctx, conn, st.Text)
	if err == nil {
		p.learn(st.Known, s)
	}
	return s, err
}

// learn makes a statement easier to find the next time. The layer may forget
// texts, and then knows them as others.
func (p *prepared) learn(k *sqltext.Known, s *statement) {
	if k == nil {
		return
	}
	if p.known == nil || len(p.known) >= maxPrepared {
		p.known = map[*sqltext.Known]*statement{}
	}
	p.known[k] = s
}

func (p *prepared) prepare(ctx context.Context, conn *pgx.Conn, text string) (*statement, error) {
	if len(p.statements) >= maxPrepared {
		if err := p.evict(ctx, conn); err != nil {
			return nil, err
		}
	}
	p.made++
	d, err := conn.PgConn().Prepare(ctx, "conga_"+strconv.FormatUint(p.made, 10), text, nil)
	if err != nil {
		return nil, err
	}
	s := &statement{StatementDescription: d, formats: make([]int16, len(d.Fields)), used: p.uses}
	for i, f := range d.Fields {
		s.formats[i] = conn.TypeMap().FormatCodeForOID(f.DataTypeOID)
	}
	p.statements[text] = s
	return s, nil
}

// evict closes the statement that was not used for longest.
func (p *prepared) evict(ctx context.Context, conn *pgx.Conn) error {
	var oldest string
	least := p.uses
	for text, s := range p.statements {
		if s.used < least {
			oldest, least = text, s.used
		}
	}
	s := p.statements[oldest]
	delete(p.statements, oldest)
	clear(p.known)
	return conn.PgConn().Deallocate(ctx, s.Name)
}

// forget drops all statements, after the server has shown that it knows them
// no longer, or that their tables have changed.
func (p *prepared) forget(ctx context.Context, conn *pgx.Conn) {
	for _, s := range p.statements {
		if conn.IsClosed() {
			break
		}
		_ = conn.PgConn().Deallocate(ctx, s.Name) // where that fails, so will what comes next
	}
	clear(p.statements)
	clear(p.known)
}

// describe tells a table the types of its columns. They are the same for all
// rows of a statement, unless it is asked for as something else.
func (s *statement) describe(t *table) {
	t.width = len(s.Fields)
	if s.columns == nil || !s.readAs(t.attributes) {
		s.kinds = make([]structs.Kind, t.width)
		s.columns = make([]column, t.width)
		for i, f := range s.Fields {
			s.kinds[i] = kindAt(t.attributes, i)
			s.columns[i] = columnOf(t.attributes, i, f.DataTypeOID, s.formats[i])
		}
	}
	t.columns = s.columns
}

func (s *statement) readAs(attributes []*resource.Attribute) bool {
	for i, k := range s.kinds {
		if k != kindAt(attributes, i) {
			return false
		}
	}
	return true
}

// kindAt is what column i is to be read as, Invalid where nobody reads it.
func kindAt(attributes []*resource.Attribute, i int) structs.Kind {
	if i < len(attributes) && attributes[i] != nil {
		return attributes[i].Type.Kind
	}
	return structs.Invalid
}

// bind makes the arguments of a statement ready to be sent: those of usual
// types without any memory of their own, others as pgx does it.
func (p *prepared) bind(conn *pgx.Conn, s *statement, args []any) (params [][]byte, formats []int16, err error) {
	p.params, p.formats, p.data = p.params[:0], p.formats[:0], p.data[:0]
	usual := len(args) == len(s.ParamOIDs)
	for i := 0; usual && i < len(args); i++ {
		if args[i] == nil {
			p.params, p.formats = append(p.params, nil), append(p.formats, pgx.BinaryFormatCode)
			continue
		}
		from := len(p.data)
		p.data, usual = appendArgument(p.data, s.ParamOIDs[i], args[i])
		p.params, p.formats = append(p.params, p.data[from:len(p.data):len(p.data)]), append(p.formats, pgx.BinaryFormatCode)
	}
	if usual {
		return p.params, p.formats, nil
	}
	others, err := arguments(args)
	if err != nil {
		return nil, nil, err
	}
	err = p.rare.Build(conn.TypeMap(), s.StatementDescription, others)
	return p.rare.ParamValues, p.rare.ParamFormats, err
}
