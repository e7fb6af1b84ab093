//go:build !unix

package transport

import "os/exec"

// isolate does nothing where there are no process groups.
func isolate(*exec.Cmd) {}
