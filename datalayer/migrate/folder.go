package migrate

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sumFile holds the checksum of each file, a line each. Its neighbour
// .gitattributes tells git to take the lines of both sides of a merge.
const (
	sumFile        = "conga.sum"
	attributesFile = ".gitattributes"
	attributes     = sumFile + " merge=union\n"
)

// Read reads the migrations of a folder, in the order of their versions, and
// holds them against the checksums in conga.sum. A folder without files gives
// none. What holds nothing but one folder, as an embed.FS does, stands for it.
func Read(folder fs.FS) ([]*File, error) {
	files, sums, err := read(folder)
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, f := range files {
		switch sum := sums[f.Path()]; {
		case sum == "":
			faults = append(faults, fmt.Errorf("%s is not in %s", f.Path(), sumFile))
		case sum != f.sum:
			faults = append(faults, fmt.Errorf("%s has changed since it was written", f.Path()))
		}
		delete(sums, f.Path())
	}
	for path := range sums {
		faults = append(faults, fmt.Errorf("%s is in %s, but the file is gone", path, sumFile))
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("check migrations (after a change on purpose, run conga migrate sum): %w", errors.Join(faults...))
	}
	return files, nil
}

// read reads without checking.
func read(folder fs.FS) (files []*File, sums map[string]string, err error) {
	folder, entries, err := enter(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("read migrations: %w", err)
	}
	sums = map[string]string{}
	for _, e := range entries {
		if e.IsDir() || e.Name() != sumFile && filepath.Ext(e.Name()) != ".sql" {
			continue
		}
		text, err := fs.ReadFile(folder, e.Name())
		if err != nil {
			return nil, nil, fmt.Errorf("read migrations: %w", err)
		}
		if e.Name() == sumFile {
			if sums, err = parseSums(string(text)); err != nil {
				return nil, nil, err
			}
			continue
		}
		f, err := Parse(e.Name(), string(text))
		if err != nil {
			return nil, nil, err
		}
		f.sum = sumOf(text)
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b *File) int { return compareVersions(a.Version, b.Version) })
	for i := 1; i < len(files); i++ {
		if compareVersions(files[i].Version, files[i-1].Version) == 0 {
			return nil, nil, fmt.Errorf("read migrations: %s and %s have the same version: rename one", files[i-1].Path(), files[i].Path())
		}
	}
	return files, sums, nil
}

// enter goes down to the folder of the migrations, and lists what is in it.
func enter(folder fs.FS) (fs.FS, []fs.DirEntry, error) {
	entries, err := fs.ReadDir(folder, ".")
	for err == nil && len(entries) == 1 && entries[0].IsDir() && entries[0].Name() != tenantFolder {
		if folder, err = fs.Sub(folder, entries[0].Name()); err == nil {
			entries, err = fs.ReadDir(folder, ".")
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return folder, entries, err
}

// compareVersions compares numbers of any length.
func compareVersions(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func sumOf(text []byte) string {
	h := sha256.Sum256(text)
	return "h1:" + base64.StdEncoding.EncodeToString(h[:])
}

// parseSums reads a checksum file. Lines may come in any order, and twice, as
// merges leave them.
func parseSums(text string) (map[string]string, error) {
	sums := map[string]string{}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		path, sum, ok := strings.Cut(line, " ")
		if !ok || !strings.HasPrefix(sum, "h1:") {
			return nil, fmt.Errorf("read %s:%d: want a file and its checksum", sumFile, i+1)
		}
		if old := sums[path]; old != "" && old != sum {
			return nil, fmt.Errorf("read %s:%d: %s is there twice, with two checksums", sumFile, i+1, path)
		}
		sums[path] = sum
	}
	return sums, nil
}

// Write adds files to a folder, which is made if it is not there, and brings
// its checksums up to date. Files that are there already are not overwritten.
func Write(folder string, files ...*File) error {
	if _, err := Read(os.DirFS(folder)); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // sources are for all to read
		return fmt.Errorf("write migrations: %w", err)
	}
	for _, f := range files {
		if err := create(filepath.Join(folder, f.Path()), f.Format()); err != nil {
			return fmt.Errorf("write migrations: %w", err)
		}
	}
	return Sum(folder)
}

func create(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // sources are for all to read
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// Sum brings the checksums of a folder up to date, after files were edited or
// removed on purpose.
func Sum(folder string) error {
	files, _, err := read(os.DirFS(folder))
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, f := range files {
		b.WriteString(f.Path() + " " + f.sum + "\n")
	}
	if err := os.WriteFile(filepath.Join(folder, sumFile), []byte(b.String()), 0o644); err != nil { //nolint:gosec // sources
		return fmt.Errorf("write checksums: %w", err)
	}
	err = create(filepath.Join(folder, attributesFile), attributes)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write checksums: %w", err)
	}
	return nil
}
