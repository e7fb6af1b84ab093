//go:build unix

package transport

import (
	"os/exec"
	"syscall"
)

// isolate puts a command into a process group of its own and ends the whole group when its time is over, so that nothing which the
// script started lives on. The group has no terminal to ask for a password on.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
