// Command assay audits infrastructure code, cloud accounts, hosts and governance records against GDPR and HIPAA.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/assay-audit/assay/cmd/assay/cli"
	"github.com/assay-audit/assay/internal/app"
)

// ballast is the size of memory that is reserved and never touched, in bytes: it costs address space alone, and the garbage collector, which
// waits for the heap to double, lets a small scan run through undisturbed. docs/adr/0008-performance.md has the measurements.
const ballast = 48 << 20

func main() {
	reserved := make([]byte, ballast)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if os.Getenv("GOGC") == "" {
		lean()
	}
	code := cli.Run(ctx, os.Args[1:], streams())
	stop()
	runtime.KeepAlive(reserved)
	os.Exit(code)
}

// Where more than this many bytes are in use, the heap may grow by a third and not to twice its size before garbage is collected. A scan of 100
// AWS accounts keeps within 1 GB that way; smaller ones are left alone, since collecting more often costs time.
const large, growth = 400 << 20, 33

// lean looks after each collection of garbage how much is in use.
func lean() {
	type mark struct{ _ *byte }
	inUse := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	percent := 100
	var look func(*mark)
	look = func(*mark) {
		metrics.Read(inUse)
		want := 100
		if inUse[0].Value.Uint64() > large {
			want = growth
		}
		if want != percent {
			percent = want
			debug.SetGCPercent(percent)
		}
		runtime.SetFinalizer(&mark{}, look)
	}
	runtime.SetFinalizer(&mark{}, look)
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
