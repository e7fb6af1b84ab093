// Package app wires the line: targets are collected into a snapshot, policies judge it, the findings are assessed, and reports
// render the assessment. It is the only package that knows the whole line; each command enters it at one point and leaves it at
// another.
package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/assay-audit/assay/internal/guard"
)

// App is the program with everything that it takes from the outside world.
type App struct {
	Version string
	Stdout  io.Writer
	Stderr  io.Writer
	Environ []string // as os.Environ gives it
	// Clock gives the time at which evidence is collected. SOURCE_DATE_EPOCH in the environment overrides it.
	Clock func() time.Time
	// Color and Width describe standard output; Width is 0 where it is no terminal.
	Color bool
	Width int
	// ErrTerminal is whether standard error is a terminal; progress is shown only there.
	ErrTerminal bool
	Log         *slog.Logger
}

// The exit codes, as product.md fixes them.
const (
	ExitOK         = 0 // nothing at or above --fail-on
	ExitFailures   = 1 // failures that no waiver covers
	ExitUsage      = 2 // usage, configuration or policy error
	ExitIncomplete = 3 // no failure, but not everything was collected or decidable, or nothing was judged
	ExitInternal   = 4 // a fault of the program itself
)

// ExitError carries the exit code of an error.
type ExitError struct {
	Code int
	Err  error // nil where the verdicts decide the code and there is nothing to say
}

func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit %d", e.Code)
	}
	return e.Err.Error()
}

func (e *ExitError) Unwrap() error { return e.Err }

// Usage makes an error one of usage, configuration or policy: exit 2.
func Usage(err error) error {
	if err == nil {
		return nil
	}
	return &ExitError{Code: ExitUsage, Err: err}
}

// Usagef formats an error of usage.
func Usagef(format string, args ...any) error { return Usage(fmt.Errorf(format, args...)) }

// CodeOf returns the exit code of an error: 0 for nil, 4 for a fault of the program, whatever is wrapped around it, and for an error
// that carries none.
func CodeOf(err error) int {
	if err == nil {
		return ExitOK
	}
	if _, ok := errors.AsType[*guard.PanicError](err); ok {
		return ExitInternal
	}
	if e, ok := errors.AsType[*ExitError](err); ok {
		return e.Code
	}
	return ExitInternal
}

// env returns the value of an environment variable, and whether it is set.
func (a *App) env(name string) (string, bool) {
	for _, entry := range a.Environ {
		if k, v, ok := strings.Cut(entry, "="); ok && k == name {
			return v, true
		}
	}
	return "", false
}
