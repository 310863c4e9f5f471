package pgtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

var errMissing = errors.New("no PostgreSQL: install it (apt-get install postgresql), set " +
	URLVariable + ", or run make test")

// places are where packages put PostgreSQL's binaries outside of PATH, in the
// order of search.
var places = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
}

// FindBinaries returns the folder with PostgreSQL's server binaries. The error
// says in one line what to do when there is none.
func FindBinaries() (string, error) {
	return findIn(places)
}

// findIn looks into PATH, then into the folders that match places.
func findIn(places []string) (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		// Distributions link a few of the binaries into PATH, not all.
		if real, err := filepath.EvalSymlinks(initdb); err == nil && complete(filepath.Dir(real)) {
			return filepath.Dir(real), nil
		}
	}
	for _, place := range places {
		folders, err := filepath.Glob(place)
		if err != nil {
			return "", fmt.Errorf("search PostgreSQL: %w", err)
		}
		slices.SortStableFunc(folders, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
		if i := slices.IndexFunc(folders, complete); i >= 0 {
			return folders[i], nil
		}
	}
	return "", errMissing
}

// complete reports whether folder has all that keeper.sh runs.
func complete(folder string) bool {
	return !slices.ContainsFunc([]string{"initdb", "pg_ctl", "postgres"}, func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return err != nil
	})
}

var digits = regexp.MustCompile(`\d+`)

// version returns the last number in a path, or 0: the major version in all
// of places.
func version(folder string) int {
	numbers := digits.FindAllString(folder, -1)
	if len(numbers) == 0 {
		return 0
	}
	n, err := strconv.Atoi(numbers[len(numbers)-1])
	if err != nil {
		return 0
	}
	return n
}
