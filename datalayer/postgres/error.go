package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/congago/conga/datalayer"
	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// The SQLSTATEs that mean something to us. The first two characters are a class.
const (
	restrictViolation    = "23001"
	notNullViolation     = "23502"
	foreignKeyViolation  = "23503"
	uniqueViolation      = "23505"
	checkViolation       = "23514"
	exclusionViolation   = "23P01"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
	queryCanceled        = "57014"
	idleInTransaction    = "25P03"
	readOnlyTransaction  = "25006"
	featureNotSupported  = "0A000" // also: a cached plan must not change its result
	invalidStatementName = "26000"

	classConnection = "08"
	classData       = "22"
	classResources  = "53"
	classOperator   = "57"
)

// mapError is the function of the same name, for a server that may have
// become a standby: where the URL asks for one that can be written to, such a
// connection is given up, so that the next one leads to the new primary.
func (l *Layer) mapError(ctx context.Context, conn *pgx.Conn, err error, f *flight) error {
	var pg *pgconn.PgError
	if l.selective && errors.As(err, &pg) && pg.Code == readOnlyTransaction {
		_ = conn.Close(context.WithoutCancel(ctx))
		return &datalayer.UnavailableError{Cause: err}
	}
	return mapError(ctx, conn, err, f)
}

// mapError turns a driver's error into one of ours, by SQLSTATE.
func mapError(ctx context.Context, conn *pgx.Conn, err error, f *flight) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case conn.IsClosed():
			return &datalayer.UnavailableError{Cause: err}
		}
		return fmt.Errorf("run statement: %w", err)
	}
	if c := constraintError(pg, f.resource, f.deleting); c != nil {
		return c
	}
	switch pg.Code {
	case serializationFailure, deadlockDetected, lockNotAvailable:
		return &datalayer.UnavailableError{Conflict: true, Cause: err}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case isUnavailable(pg):
		return &datalayer.UnavailableError{Cause: err}
	}
	return fmt.Errorf("run statement: %w", err)
}

// isUnavailable reports whether trying again later may help. A statement that
// took too long is canceled as if by an operator.
func isUnavailable(pg *pgconn.PgError) bool {
	switch pg.Code[:min(2, len(pg.Code))] {
	case classConnection, classResources, classOperator:
		return true
	}
	return pg.Code == idleInTransaction
}

// isOutdated reports whether a statement failed because the tables have
// changed since it was prepared. Nothing was done then.
func isOutdated(err error) bool {
	if err == nil {
		return false // before pg takes memory
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == featureNotSupported || pg.Code == invalidStatementName)
}

// unreachable is the error of a connection that could not be had.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &datalayer.UnavailableError{Cause: err}
}

var constraintKinds = map[string]datalayer.ConstraintKind{
	restrictViolation: datalayer.ForeignKey, foreignKeyViolation: datalayer.ForeignKey,
	notNullViolation: datalayer.NotNull, uniqueViolation: datalayer.Unique,
	exclusionViolation: datalayer.Unique, checkViolation: datalayer.CheckRule,
}

// constraintError is the broken constraint that pg speaks of, or nil. The
// attributes are known where the constraint was made for r.
func constraintError(pg *pgconn.PgError, r *resource.Resource, deleting bool) error {
	kind, ok := constraintKinds[pg.Code]
	if !ok && strings.HasPrefix(pg.Code, classData) {
		// A value that the type cannot hold: a number too large, text with a zero byte.
		kind, ok = datalayer.CheckRule, true
	}
	if !ok {
		return nil
	}
	out := &datalayer.ConstraintError{Kind: kind, Name: pg.ConstraintName, Cause: pg}
	if r == nil {
		return out
	}
	if kind == datalayer.ForeignKey && (deleting || pg.TableName != r.Table) {
		out.Referenced = true
		return out
	}
	if pg.ColumnName != "" {
		for _, a := range r.Columns() {
			if a.Column == pg.ColumnName {
				out.Attributes = []*resource.Attribute{a}
			}
		}
	}
	if _, attributes, ok := sqltext.Constraint(r, pg.ConstraintName); ok {
		out.Attributes = attributes
	}
	return out
}
