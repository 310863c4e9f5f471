package migrate

import (
	"context"
	"fmt"
)

// Adopt makes a database that was made without the files, by an application
// at its start, one that has run them all: if it has exactly what they come
// to. It returns the files that it has not run but now counts as run.
func (p *Project) Adopt(ctx context.Context) ([]*File, error) {
	var adopted []*File
	err := p.scratch(ctx, func(s *scratch) error {
		from, err := p.replay(ctx, s, p.Files)
		if err != nil {
			return err
		}
		to, err := p.Database.inspect(ctx)
		if err != nil {
			return err
		}
		to.only(func(table string) bool {
			_, ok := from.schema.Table(table)
			return ok
		})
		to.statements = from.statements
		plan, err := p.Database.plan(ctx, from, to, newHints(s.dialect, nil), PlanOptions{Drop: true, Plain: true})
		if err != nil {
			return err
		}
		if !plan.Empty() {
			return fmt.Errorf("adopt: the database is not what the files come to; it differs by:\n%s", plan)
		}
		return p.Database.locked(ctx, "adopt", func(session *session) error {
			adopted, err = session.adopt(ctx, p.Files)
			return err
		})
	})
	return adopted, err
}

func (s *session) adopt(ctx context.Context, files []*File) (adopted []*File, err error) {
	records, err := s.records(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if records[f.Version].whole() {
			continue
		}
		if err := remember(ctx, s, f, len(f.Up), 0, ""); err != nil {
			return adopted, err
		}
		adopted = append(adopted, f)
	}
	return adopted, nil
}
