//go:build unix

package evidence

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps other processes from the file until it is closed, or this process ends in whatever way.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrCollecting
	}
	return err
}
