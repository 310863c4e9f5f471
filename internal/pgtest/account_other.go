//go:build !unix

package pgtest

import (
	"errors"
	"syscall"
)

// account has no use where keeper.sh cannot run.
type account struct{}

func serverAccount() *account { return nil }

func detached(*account) *syscall.SysProcAttr { return nil }

func makeFolder(*account) (string, error) {
	return "", errors.New("start server: it needs a Unix system; set " + URLVariable)
}
