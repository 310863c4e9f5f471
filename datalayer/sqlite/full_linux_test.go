package sqlite_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/congago/conga/datalayer/sqlite"
)

// TestDiskFull is TestDatabaseFull on a file system that is full, which only
// root can make. The largest size of a database stands for it elsewhere.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("conga", dir, "tmpfs", 0, "size=512k"); err != nil {
		if os.Geteuid() != 0 || os.Getenv("CI") == "" {
			t.Logf("no file system of our own: %v", err)
			return
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	fillUp(t, filepath.Join(dir, "full.db"),
		func(*sqlite.Layer) error { return nil },
		func(*sqlite.Layer) error { return syscall.Mount("conga", dir, "tmpfs", syscall.MS_REMOUNT, "size=8m") })
}
