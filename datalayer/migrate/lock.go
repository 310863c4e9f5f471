package migrate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// lockKey is the first half of the advisory lock; the second is the schema.
const lockKey = 0x636f6e67 // "cong"

// lock waits until no other process runs migrations in the same schema. SQLite
// has no such lock: there, the transaction of each file locks the database and
// then looks again whether the file has been run.
func (s *session) lock(ctx context.Context) (unlock func() error, err error) {
	if !s.postgres {
		return func() error { return nil }, nil
	}
	for {
		var ok bool
		err := s.QueryRowContext(ctx, "select pg_try_advisory_lock($1, hashtext(current_schema()))", lockKey).Scan(&ok)
		if err != nil {
			return nil, fmt.Errorf("take the lock: %w", err)
		}
		if ok {
			break
		}
		if err := wait(ctx); err != nil {
			return nil, err
		}
	}
	return func() error {
		_, err := s.ExecContext(context.WithoutCancel(ctx), "select pg_advisory_unlock($1, hashtext(current_schema()))", lockKey)
		return err
	}, nil
}

func wait(ctx context.Context) error {
	select {
	case <-time.After(100 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for another process to finish its migrations: %w", ctx.Err())
	}
}

// begin opens a transaction, on SQLite one that may write at once.
func (s *session) begin(ctx context.Context) error {
	text := "begin"
	if !s.postgres {
		text = "begin immediate"
	}
	_, err := s.ExecContext(ctx, text)
	return err
}

func (s *session) commit(ctx context.Context) error {
	_, err := s.ExecContext(ctx, "commit")
	return err
}

func (s *session) rollback(ctx context.Context) error {
	_, err := s.ExecContext(context.WithoutCancel(ctx), "rollback")
	return err
}

// checkKeys finds rows of SQLite that refer to nothing: keys are not enforced
// while files run.
func (s *session) checkKeys(ctx context.Context) error {
	if s.postgres {
		return nil
	}
	rows, err := s.QueryContext(ctx, `select distinct "table" || ' refers to missing rows of ' || parent from pragma_foreign_key_check`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var faults []string
	for rows.Next() {
		var fault string
		if err := rows.Scan(&fault); err != nil {
			return err
		}
		faults = append(faults, fault)
	}
	if len(faults) > 0 {
		return errors.New(strings.Join(faults, ", "))
	}
	return rows.Err()
}
