package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/assay-audit/assay/internal/app"
)

// Process is Run with the arguments, streams, environment and clock of the operating system's process. The version is that of the build where
// it is "".
//
// Ctrl-C and SIGTERM end what is being done in good order: what is collected stays. A second one ends the process at once.
func Process(version string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	a := streams()
	a.Version = version
	return Run(ctx, os.Args[1:], a)
}

// streams describes the process to the program.
func streams() *app.App {
	a := &app.App{Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Clock: time.Now}
	if term.IsTerminal(int(os.Stdout.Fd())) {
		_, noColor := os.LookupEnv("NO_COLOR")
		a.Color = !noColor && os.Getenv("TERM") != "dumb"
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			a.Width = w
		}
	}
	a.ErrTerminal = term.IsTerminal(int(os.Stderr.Fd()))
	return a
}
