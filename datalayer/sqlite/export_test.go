package sqlite

import "context"

// ExecWriter runs a statement on the connection that writes.
func (l *Layer) ExecWriter(ctx context.Context, text string) error {
	c, err := l.writer.take(ctx)
	if err != nil {
		return err
	}
	defer l.writer.give(c)
	return c.exec(ctx, text)
}
