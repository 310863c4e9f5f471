package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// Options are the choices of OpenWith. The zero value works.
type Options struct {
	// MaxConns is the largest number of connections. Zero means pool_max_conns
	// of the URL or else 4 for each core, at least 4. Where the server has
	// no room for so many, it is half of the server's own limit.
	MaxConns int32
	// AcquireTimeout is how long a call waits for a connection when all are
	// busy, before it fails as unavailable. Zero means 5 seconds, a negative
	// value no limit but that of the context.
	AcquireTimeout time.Duration
	// StatementTimeout is how long the server works on one statement before it
	// gives up. Zero means statement_timeout of the URL or else 30 seconds, a
	// negative value no limit.
	StatementTimeout time.Duration
	// Observer is told of every statement; nil means nobody is.
	Observer datalayer.Observer
	// Tracer is told by the driver of what it does, such as for OpenTelemetry;
	// nil means nobody is.
	Tracer pgx.QueryTracer
	// Replicas are the URLs of standbys. Reads outside transactions go to
	// them in turn, but for those of datalayer.ReadPrimary, and to the primary
	// where none answers. They may show a state of some time ago. A replica that
	// could not be reached is tried again after RetryReplica.
	Replicas []string
	// RetryReplica is how long a replica that could not be reached is left
	// alone. Zero means ten seconds.
	RetryReplica time.Duration
}

func (o Options) withDefaults(config *pgxpool.Config) Options {
	if o.AcquireTimeout == 0 {
		o.AcquireTimeout = 5 * time.Second
	}
	if o.RetryReplica == 0 {
		o.RetryReplica = 10 * time.Second
	}
	_, given := config.ConnConfig.RuntimeParams["statement_timeout"]
	if o.StatementTimeout == 0 && !given {
		o.StatementTimeout = 30 * time.Second
	}
	return o
}

// Layer is a PostgreSQL database. It may be used from many goroutines.
type Layer struct {
	pool    *pool
	options Options
	sql     *sqltext.Dialect
	// memories are what the rows of released results lay in.
	memories sync.Pool
	replicas replicas
	// selective tells that the URL asks for a server of some kind, such as
	// one that can be written to.
	selective bool
	// direct tells that statements go to pgconn; otherwise pgx sends them, in
	// the mode that the URL asks for or for its tracer to see.
	direct bool
}

var (
	_ datalayer.Layer     = (*Layer)(nil)
	_ datalayer.Explainer = (*Layer)(nil)
	_ datalayer.Planner   = (*Layer)(nil)
	_ datalayer.Streamer  = (*Layer)(nil)
)

// Open connects to the database at url, as libpq writes it: a URL or
// "host=… dbname=…". The error is an *datalayer.UnavailableError when the
// server cannot be reached.
func Open(ctx context.Context, url string) (*Layer, error) {
	return OpenWith(ctx, url, Options{})
}

// OpenWith is Open with options.
func OpenWith(ctx context.Context, url string, options Options) (*Layer, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	l := &Layer{options: options.withDefaults(config), sql: sqltext.PostgreSQL(), selective: config.ConnConfig.ValidateConnect != nil}
	l.direct = config.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement && options.Tracer == nil
	l.configure(config)
	if config.MaxConns, err = poolSize(ctx, config, url, options.MaxConns); err != nil {
		return nil, err
	}
	if l.pool, err = l.newPool(ctx, config); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err = l.openReplicas(ctx, config.MaxConns); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// configure is what holds for the connections to all servers.
func (l *Layer) configure(config *pgxpool.Config) {
	if l.options.StatementTimeout != 0 {
		ms := max(0, l.options.StatementTimeout.Milliseconds())
		config.ConnConfig.RuntimeParams["statement_timeout"] = strconv.FormatInt(ms, 10)
	}
	config.ConnConfig.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler { return cancelOnServer(conn) }
	config.ConnConfig.Tracer = l.options.Tracer
	config.ConnConfig.BuildFrontend = frontend
}

// frontend reads what has arrived at once, where pgx would call the system for
// each 8 KB: a list of 50 arrives in two to three of them.
func frontend(r io.Reader, w io.Writer) *pgproto3.Frontend {
	const most = 32 << 10
	return pgproto3.NewFrontend(bufio.NewReaderSize(r, most), w)
}

// cancelOnServer makes a call whose context ends cancel its statement and wait
// for the answer: when the call returns, the statement has ended, and if it was
// done by then the call succeeds. A server that does not answer is given up.
func cancelOnServer(conn *pgconn.PgConn) *pgconn.CancelRequestContextWatcherHandler {
	const patience = 2 * time.Second
	return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: patience}
}

// poolSize asks the server how many connections it has room for.
func poolSize(ctx context.Context, config *pgxpool.Config, url string, wanted int32) (int32, error) {
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return 0, unreachable(ctx, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var room int32
	if err := conn.QueryRow(ctx, "select current_setting('max_connections')::int").Scan(&room); err != nil {
		return 0, unreachable(ctx, err)
	}
	if wanted <= 0 {
		wanted = int32(max(4, 4*runtime.GOMAXPROCS(0))) //nolint:gosec // a number of cores
		if strings.Contains(url, "pool_max_conns") {
			wanted = config.MaxConns
		}
	}
	return min(wanted, max(1, room/2)), nil
}

// Close waits for running calls and closes all connections.
func (l *Layer) Close() error {
	if l.pool != nil {
		l.pool.close()
	}
	l.replicas.close()
	return nil
}

// Check finds nothing: the layer can do all that a resource can ask for.
func (l *Layer) Check(resources []*resource.Resource) []resource.Diagnostic {
	return sqltext.PostgreSQL().CheckSQL(resources)
}

// Read answers a query, on a connection of its own.
func (l *Layer) Read(ctx context.Context, q *datalayer.Query) (*datalayer.Result, error) {
	r := &reader{layer: l, send: l.sending(ctx)}
	return r.read(ctx, q)
}

// Insert stores new records.
func (l *Layer) Insert(ctx context.Context, in *datalayer.Insert) (*datalayer.Result, error) {
	return l.insert(ctx, l.send, in)
}

// Update changes records.
func (l *Layer) Update(ctx context.Context, up *datalayer.Update) (*datalayer.Result, error) {
	return l.update(ctx, l.send, up)
}

// Delete removes records.
func (l *Layer) Delete(ctx context.Context, del *datalayer.Delete) (*datalayer.Result, error) {
	return l.delete(ctx, l.send, del)
}

// send runs the flight on a connection of its own. What failed only because
// the tables have changed since it was prepared is sent once more.
func (l *Layer) send(ctx context.Context, f *flight) error { return l.sendTo(ctx, l.pool, f) }

func (l *Layer) sendTo(ctx context.Context, pool *pool, f *flight) error {
	err := l.sendOnce(ctx, pool, f)
	if isOutdated(err) {
		f.reset()
		err = l.sendOnce(ctx, pool, f)
	}
	return err
}

func (l *Layer) sendOnce(ctx context.Context, pool *pool, f *flight) error {
	conn, err := pool.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.release()
	return l.run(ctx, conn.conn(), f)
}
