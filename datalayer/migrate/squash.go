package migrate

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// squashed gives a database that has run all of the files that f was made of
// the history of f.
func (s *session) squashed(ctx context.Context, f *File, records map[string]*record) (map[string]*record, error) {
	if len(f.replaces) == 0 {
		return records, nil
	}
	var missing []string
	for _, v := range f.replaces {
		if !records[v].whole() {
			missing = append(missing, v)
		}
	}
	last := records[f.Version]
	switch {
	case last.whole() && last.sum == f.sum, len(missing) == len(f.replaces):
		return records, nil
	case len(missing) > 0:
		return nil, fmt.Errorf("%s replaces files of which this database has not run %s: run them first, from before the squash",
			f.Path(), strings.Join(missing, ", "))
	}
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	for _, v := range f.replaces {
		if err := forget(ctx, s, &File{Version: v}); err != nil {
			return nil, err
		}
	}
	if err := remember(ctx, s, f, len(f.Up), 0, ""); err != nil {
		return nil, err
	}
	if err := s.commit(ctx); err != nil {
		return nil, err
	}
	return s.records(ctx)
}

// unsquashable matches statements whose effect a comparison of tables does not see.
var unsquashable = regexp.MustCompile(`(?is)^\s*(insert\s+into\s+(?:"conga_new_)?|copy\b|do\b|create\s+(or\s+replace\s+)?(temp\w*\s+)?` +
	`(view|materialized|function|procedure|trigger|constraint\s+trigger|rule|policy|sequence|domain|role|aggregate|operator|cast|virtual)\b|grant\b)`)

// Squash makes one file of all up to the version until, or of all where that
// is empty. Databases that have run all of them take the new one for run. It
// refuses files with rows, functions or the like that would be lost.
func (p *Project) Squash(ctx context.Context, until string) (file *File, replaced []*File, err error) {
	replaced = upTo(p.Files, until)
	if len(replaced) < 2 {
		return nil, nil, fmt.Errorf("squash: there are fewer than two files")
	}
	if err := squashable(replaced); err != nil {
		return nil, nil, err
	}
	err = p.scratch(ctx, func(s *scratch) error {
		empty, err := s.inspect(ctx)
		if err != nil {
			return err
		}
		to, err := p.replay(ctx, s, replaced)
		if err != nil {
			return err
		}
		h := newHints(s.dialect, nil)
		plan, err := s.plan(ctx, empty, to, h, PlanOptions{Plain: true})
		if err != nil {
			return err
		}
		last := replaced[len(replaced)-1]
		files := plan.files("squash", last.Version, p.Database.isPostgres())
		if len(files) != 1 {
			return fmt.Errorf("squash: the files come to nothing")
		}
		file = files[0]
		for _, f := range replaced {
			file.replaces = append(file.replaces, f.Version)
			file.replaces = append(file.replaces, f.replaces...)
		}
		slices.SortFunc(file.replaces, compareVersions)
		file.replaces = slices.Compact(file.replaces)
		file.sum = sumOf([]byte(file.Format()))
		return p.verify(ctx, s, file, to, h)
	})
	return file, replaced, err
}

// upTo are the files up to the version until, all if that is empty.
func upTo(files []*File, until string) (out []*File) {
	for _, f := range files {
		if until == "" || compareVersions(f.Version, until) <= 0 {
			out = append(out, f)
		}
	}
	return out
}

// verify makes sure that a file alone comes to a state.
func (p *Project) verify(ctx context.Context, s *scratch, file *File, want *state, h *hints) error {
	got, err := p.replay(ctx, s, []*File{file})
	if err != nil {
		return err
	}
	left, err := s.plan(ctx, got, want, h, PlanOptions{Plain: true, Drop: true})
	if err != nil {
		return err
	}
	if !left.Empty() {
		return fmt.Errorf("squash: the new file does not come to the same: %s", left)
	}
	return nil
}

func squashable(files []*File) error {
	for _, f := range files {
		for i, text := range f.Up {
			ours := slices.ContainsFunc(f.statements, func(s statement) bool { return s.Up == text })
			if m := unsquashable.FindString(text); m != "" && !ours && !strings.HasSuffix(m, `"conga_new_`) {
				return fmt.Errorf("squash: %s: statement %d makes rows or objects that would be lost: %.80q", f.Path(), i+1, text)
			}
		}
	}
	return nil
}
