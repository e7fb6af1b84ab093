// Package transport runs a script in a shell: on this machine, or on another one over SSH.
//
// One connection carries at most two runs: the first as the user who logs in, the second as root where that works without a password.
// Nothing is ever asked: where a password would be needed, the run says so. What a run prints is bounded in bytes and in time, and
// belongs to the caller even where the run ended badly.
package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors/host/script"
)

// Become is how a run becomes root.
type Become string

// The ways to become root.
const (
	Sudo Become = "sudo" // sudo -n; the default
	Doas Become = "doas" // doas -n
	None Become = "none" // not at all
)

// Values implements strictyaml.Enum.
func (Become) Values() []string { return []string{string(Sudo), string(Doas), string(None)} }

// command is the command line that runs a shell which reads its script from standard input; ok is false where no root can be had.
func (b Become) command(root bool) (line string, ok bool) {
	switch {
	case !root:
		return "sh -s", true
	case b == None:
		return "", false
	case b == Doas:
		return "doas -n sh -s", true
	}
	return "sudo -n sh -s", true
}

// Printed is what a run printed.
type Printed struct {
	Stdout []byte
	Stderr string // its beginning, on one line
	// Cut says that it printed more than the limit and was ended.
	Cut bool
}

// Bounds are how much of what a run prints is kept.
type Bounds struct {
	Limit int64 // the most, in bytes; a run that prints more is ended
	// Free is how much may be kept without asking, in bytes.
	Free int64
	// More is called once, before more than Free is kept, and waits until it may be. An error ends the run. nil = no need to ask.
	More func(context.Context) error
}

// Conn is a connection to a host.
type Conn interface {
	// Run feeds the script to a shell and returns what it prints, within the bounds. An error says why it did not end well; what was
	// printed until then is returned all the same.
	Run(ctx context.Context, root bool, script string, bounds Bounds) (Printed, error)
	// Close ends the connection.
	Close() error
}

// errNoRoot is why a run as root is not tried.
var errNoRoot = errors.New("becoming root is switched off (become: none)")

// Local is the connection to this machine.
type Local struct{ Become Become }

// Close does nothing.
func (Local) Close() error { return nil }

// Run starts a shell on this machine.
func (l Local) Run(ctx context.Context, root bool, text string, bounds Bounds) (Printed, error) {
	line, ok := l.Become.command(root)
	if !ok {
		return Printed{}, errNoRoot
	}
	argv := strings.Fields(line)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // one of the command lines above
	cmd.Stdin = strings.NewReader(text)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.WaitDelay = time.Second // for what the script left running with our pipes in its hands
	isolate(cmd)
	out := &bounded{Bounds: bounds, ctx: ctx, full: cancel}
	errs := &bounded{Bounds: Bounds{Limit: stderrLimit}, ctx: ctx}
	cmd.Stdout, cmd.Stderr = out, errs
	err := cmd.Run()
	p := Printed{Stdout: out.buf.Bytes(), Stderr: script.Line(errs.buf.String(), stderrLimit), Cut: out.cut}
	return p, explainRun(ctx, err, p, line)
}

// stderrLimit is the most that is kept of a run's standard error, in bytes.
const stderrLimit = 400

// explainRun says why a run did not end well.
func explainRun(ctx context.Context, err error, p Printed, line string) error {
	switch {
	case err == nil:
		return nil
	case p.Cut:
		return errors.New("it printed more than is read")
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: there is no such command", strings.Fields(line)[0])
	case p.Stderr != "":
		return errors.New(p.Stderr)
	}
	return fmt.Errorf("%s: %w", line, err)
}

// bounded keeps the first bytes that it is given. Once it is full it calls full, once, and takes the rest without keeping it. While it waits
// for room it takes nothing, so that whoever writes waits too: SSH tells the host to stop, a pipe is full.
type bounded struct {
	Bounds

	ctx  context.Context //nolint:containedctx // that of the run, whose output it is
	buf  bytes.Buffer
	full func()
	cut  bool
}

// Write implements [io.Writer]; it never fails.
func (b *bounded) Write(p []byte) (int, error) {
	if b.More != nil && int64(b.buf.Len()+len(p)) > b.Free {
		if err := b.More(b.ctx); err != nil {
			b.Limit = 0 // the run is over
		}
		b.More = nil
	}
	room := b.Limit - int64(b.buf.Len())
	if int64(len(p)) <= room {
		return b.buf.Write(p)
	}
	b.buf.Write(p[:max(room, 0)])
	if !b.cut && b.full != nil {
		b.full()
	}
	b.cut = true
	return len(p), nil
}

var _ io.Writer = (*bounded)(nil)
