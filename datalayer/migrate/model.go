package migrate

import (
	"context"
	"fmt"

	"github.com/congago/conga/datalayer/internal/sqltext"
	"github.com/congago/conga/resource"
)

// statement is one that a model declares, as files remember it.
type statement struct {
	Name string `json:"name"`
	Up   string `json:"up"`
	Down string `json:"down"`
}

// desired is what the resources need: the state after creating their tables
// in the empty database s, just as an application does at its start.
func (s *scratch) desired(ctx context.Context, resources []*resource.Resource) (*state, error) {
	if err := s.create(ctx, resources); err != nil {
		return nil, err
	}
	out, err := s.inspect(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range resources {
		for _, st := range s.dialect.Statements(r) {
			out.statements = append(out.statements, statement{st.Name, st.Up, st.Down})
		}
	}
	return out, nil
}

func (d *Database) create(ctx context.Context, resources []*resource.Resource) error {
	statements, err := d.dialect.Ensure(resources, nil)
	if err != nil {
		return fmt.Errorf("create the model: %w", err)
	}
	for _, text := range statements {
		if _, err := d.db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("create the model: %s: %w", text, err)
		}
	}
	return nil
}

// hints are what the model tells beyond the state it needs.
type hints struct {
	tableWas  map[string]string
	columnWas map[place]string
	columns   map[place]sqltext.Column
	// keys are the columns that refer to other records.
	keys map[place]bool
}

// place is a column of a table.
type place struct{ table, column string }

func newHints(d *sqltext.Dialect, resources []*resource.Resource) *hints {
	h := &hints{map[string]string{}, map[place]string{}, map[place]sqltext.Column{}, map[place]bool{}}
	for _, t := range d.Tables(resources) {
		if was := t.Resource.Storage.Was; was != "" {
			h.tableWas[t.Name] = was
		}
		for _, c := range t.Columns {
			h.columns[place{t.Name, c.Name}] = c
			if c.Attribute.Was != "" {
				h.columnWas[place{t.Name, c.Name}] = c.Attribute.Was
			}
		}
		if tenant := t.Resource.Tenant.Column(); tenant != nil {
			h.keys[place{t.Name, tenant.Column}] = true // nobody knows whose the rows are
		}
		for _, r := range t.References {
			h.keys[place{t.Name, r.Column}] = true
		}
	}
	return h
}

// fill is the value, as SQL, for rows that are there before a column that
// cannot be null. ok is false where the model gives none: keys, and
// attributes that must be given and have no default.
func (h *hints) fill(d *sqltext.Dialect, p place) (value string, ok bool) {
	c, known := h.columns[p]
	if !known {
		return "", false
	}
	if value, ok := d.FillIn(c); ok {
		return value, true
	}
	if c.Attribute.Required || c.Primary || h.keys[p] {
		return "", false
	}
	return d.Zero(c.Attribute.Type.Kind), true
}
