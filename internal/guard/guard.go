// Package guard turns a panic in a goroutine into an error.
//
// A panic ends the whole program from whichever goroutine it comes, and with an exit code of the runtime's own: a deferred recover in main
// does not see it. So every function that is handed to a goroutine goes through [Go]: what it panics with travels to the caller as a
// [PanicError], other goroutines end in order, and the command line reports an internal failure with its own exit code.
package guard

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a fault of the program: a goroutine panicked.
type PanicError struct {
	Value any    // what the goroutine panicked with
	Stack []byte // the goroutine's stack at that time, as debug.Stack gives it
}

// Error says what the goroutine panicked with; the stack is for whoever reports the fault.
func (e *PanicError) Error() string { return fmt.Sprintf("internal failure: %v", e.Value) }

// Go returns work as a function that gives a [PanicError] where work panics. It has the shape that errgroup.Group.Go takes.
func Go(work func() error) func() error {
	return func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = &PanicError{Value: r, Stack: debug.Stack()}
			}
		}()
		return work()
	}
}
