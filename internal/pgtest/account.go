//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is an unprivileged user. PostgreSQL refuses to run as root.
type account struct {
	uid, gid uint32
}

// serverAccount returns who runs the server: nil, for the user of this
// process, unless that is root.
func serverAccount() *account {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if errUID == nil && errGID == nil {
			return &account{uint32(uid), uint32(gid)}
		}
	}
	return &account{65534, 65534} // nobody, where it has no name
}

// detached returns the attributes of a process in a session of its own, run
// by who.
func detached(who *account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setsid: true}
	if who != nil {
		attr.Credential = &syscall.Credential{Uid: who.uid, Gid: who.gid}
	}
	return attr
}

// makeFolder makes an empty folder that belongs to who, with a path short
// enough for a socket in it.
func makeFolder(who *account) (string, error) {
	const longest = 103 - len("/.s.PGSQL.5432") // of a socket's path on macOS; Linux has 107
	for _, base := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if who != nil && !open(base) {
			continue
		}
		dir, err := os.MkdirTemp(base, "conga-pg-")
		if err != nil {
			continue
		}
		if len(dir) <= longest {
			return dir, handOver(dir, who)
		}
		if err := os.Remove(dir); err != nil {
			return "", fmt.Errorf("make folder: %w", err)
		}
	}
	return "", errors.New("make folder: no temporary folder is fit for a server (see TMPDIR)")
}

// open reports whether everybody may enter the folder, and all those above it.
func open(folder string) bool {
	path, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return false
	}
	for {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if path == filepath.Dir(path) {
			return true
		}
		path = filepath.Dir(path)
	}
}

func handOver(dir string, who *account) error {
	if who == nil {
		return nil
	}
	if err := os.Chown(dir, int(who.uid), int(who.gid)); err != nil {
		return fmt.Errorf("hand over folder: %w", err)
	}
	return nil
}
