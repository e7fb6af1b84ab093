// Package host collects what Linux hosts show, with no agent on them: over SSH, or on this machine.
//
// A host is asked by one script (package script) over one connection (package transport): first as the user who logs in, then, for
// what only root may read, through "sudo -n" where that works. The answers are read here, on our side (package facts): each field of
// facts, such as accounts or the firewall, is one file there, and its package comment says how to add one. Which hosts there are and
// how they are reached is said by the target or by an inventory (package inventory).
//
// In the place of the script's answers the results of osquery do (package osquery): the same areas read them.
//
// A host that does not answer is an entity of which nothing is known, with the reason, and a gap in the coverage of its scope. What a
// host says is a claim of that host: it can lie about itself, but it cannot harm: everything is bounded, cleaned and typed before it is
// kept.
package host

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/inventory"
	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/collectors/host/transport"
	"github.com/assay-audit/assay/internal/evidence"
)

// Spec is the host collector.
var Spec = collectors.Spec{
	Name: "host", Schemes: []string{"host"}, New: func() collectors.Collector { return &collector{} },
}

// The defaults of the options.
const (
	defaultParallel = 32
	defaultTimeout  = 2 * time.Minute
)

type collector struct{}

// Collect asks every host of the target. Hosts that do not answer are coverage; a target that cannot be read is an error.
func (c *collector) Collect(ctx context.Context, env collectors.Env, req collectors.Request, sink collectors.Sink) error {
	r := &run{env: env, req: req, options: req.Host}
	if err := r.configure(); err != nil {
		return err
	}
	if file := results(req); file != "" {
		return r.told(ctx, file, sink)
	}
	inv, err := targets(req)
	if err != nil {
		return err
	}
	hosts := inv.Hosts
	r.notes = inv.Notes
	if err := r.dial(hosts); err != nil {
		return err
	}
	if r.dialer != nil {
		defer r.dialer.Close()
	}
	started := env.Clock()
	env.Progress.Stage(fmt.Sprintf("asking %d hosts", len(hosts)), len(hosts))
	outcomes := make([]outcome, len(hosts))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(r.options.Parallel)
	for i, h := range hosts {
		group.Go(func() error {
			var err error
			outcomes[i], err = r.host(groupCtx, sink, h)
			env.Progress.Step(1)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return r.finish(ctx, sink, started, hosts, outcomes)
}

// host asks a host and hands on what it says, unless an earlier run did.
func (r *run) host(ctx context.Context, sink collectors.Sink, h inventory.Host) (outcome, error) {
	if journal := r.journal(); journal != nil {
		if kept, done := journal.Done(r.unit(h)); done {
			return resumed(sink, kept)
		}
	}
	share := &share{room: r.room}
	defer share.release()
	got := r.ask(ctx, h, share)
	if err := ctx.Err(); err != nil {
		return outcome{}, err // half a host is none
	}
	return r.handOn(sink, h, got)
}

// configure checks the options and prepares what they ask for.
func (r *run) configure() error {
	for _, name := range r.options.RestoreTest { // it becomes part of the script
		if name != "restic" && name != "borg" {
			return fmt.Errorf("restore test of %q: restic and borg can be tested", name)
		}
	}
	if r.options.Advisories != "" {
		var err error
		if r.database, err = advisory.Open(r.req.Path(r.options.Advisories)); err != nil {
			return err
		}
		r.reads.Advisories = advisory.Index{}
	}
	r.reads.RestoreTest = r.options.RestoreTest
	r.areas = r.needed()
	r.room, r.reading = make(chan struct{}, largeAnswers), make(chan struct{}, runtime.GOMAXPROCS(0))
	if r.options.Parallel <= 0 {
		r.options.Parallel = defaultParallel
	}
	if r.options.Timeout <= 0 {
		r.options.Timeout = defaultTimeout
	}
	return nil
}

// needed are the areas of which the chosen checks read anything, and that of a restore test which was asked for.
func (r *run) needed() []facts.Area {
	return facts.Needed(facts.AreasWith(r.reads), func(words ...string) bool {
		return r.req.Needs.Any(words...) || len(r.reads.RestoreTest) > 0 && slices.Contains(words, "restore_test")
	})
}

// run is the collection of one target.
type run struct {
	env     collectors.Env
	req     collectors.Request
	options collectors.HostOptions
	areas   []facts.Area
	reads   facts.Options
	// database is the directory of advisories; nil where none was given.
	database *advisory.Database
	dialer   *transport.Dialer // nil where no host is reached over SSH
	notes    []string          // what of the inventory and the SSH configuration is left out
	room     room
	// reading holds a token per host whose answers are being read. It takes a processor, and more memory than the answers.
	reading chan struct{}
}

// localGroup is the group of host:local.
const localGroup = "local"

// targets reads the reference: local, ssh://USER@NAME:PORT, or @FILE.
func targets(req collectors.Request) (inventory.Inventory, error) {
	value := req.Target.Value
	switch {
	case value == "local":
		return inventory.Inventory{Hosts: []inventory.Host{{Local: true, Group: localGroup}}}, nil
	case strings.HasPrefix(value, "ssh://"):
		t, err := transport.ParseTarget(value)
		if err != nil {
			return inventory.Inventory{}, fmt.Errorf("target host:ssh://: %w", err) // not as it was given: a password may stand in it
		}
		return inventory.Inventory{Hosts: []inventory.Host{{Target: t, Group: inventory.Ungrouped}}}, nil
	case strings.HasPrefix(value, "@") && len(value) > 1:
		return inventory.Load(req.Path(value[1:]))
	}
	return inventory.Inventory{}, fmt.Errorf("target %s: write host:local, host:ssh://user@name:port, or host:@FILE with an inventory or results of osquery", req.Target.Ref)
}

// dial prepares the connections, where any host is reached over SSH.
func (r *run) dial(hosts []inventory.Host) error {
	if !slices.ContainsFunc(hosts, func(h inventory.Host) bool { return !h.Local }) {
		return nil
	}
	home := r.variable("HOME")
	dialer, warnings, err := transport.NewDialer(transport.Settings{
		Home: home, User: cmp.Or(r.variable("USER"), r.variable("LOGNAME")), AgentSocket: r.variable("SSH_AUTH_SOCK"), SystemDir: "/etc/ssh",
		AcceptNew: r.options.AcceptNewHostKeys,
	})
	r.dialer, r.notes = dialer, append(r.notes, warnings...)
	return err
}

// variable is a variable of the environment; "" where it is not set.
func (r *run) variable(name string) string {
	for _, v := range r.env.Environ {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// room bounds what the answers of all hosts take at the same time: each host may print freeAnswer, which few exceed; of those that do, only
// largeAnswers are taken at a time, and the others wait. So hosts that print without end fill no memory, and hold up only one another.
type room chan struct{}

const (
	freeAnswer   = 1 << 20 // bytes
	largeAnswers = 2
)

// share is what a host has of the room.
type share struct {
	room  room
	taken bool
}

func (s *share) more(ctx context.Context) error {
	if s.taken {
		return nil
	}
	select {
	case s.room <- struct{}{}:
		s.taken = true
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *share) release() {
	if s.taken {
		<-s.room
	}
}

// reading is what came of one host: what it said, or why it said nothing.
type reading struct {
	answers facts.Answers
	at      time.Time // when it was asked
	failed  *failure
}

// failure is why a host was not read.
type failure struct {
	why     evidence.Unknown
	problem evidence.Problem
}

// ask connects to a host and asks it.
func (r *run) ask(ctx context.Context, h inventory.Host, room *share) reading {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	conn, err := r.connect(ctx, h)
	if err != nil {
		return reading{failed: r.unreached(h, err)}
	}
	defer func() { _ = conn.Close() }() // what was printed is ours already
	answers, err := question(ctx, conn, facts.Sections(r.areas), room.more)
	if err != nil {
		return reading{failed: r.unreached(h, err)}
	}
	return reading{answers: answers, at: r.env.Clock()}
}

func (r *run) connect(ctx context.Context, h inventory.Host) (transport.Conn, error) {
	if h.Refused != "" {
		return nil, &transport.Error{Reason: evidence.NotCollected, Code: "host_config", Text: h.Refused, Hint: "change the inventory, or name the host in one of Assay's"}
	}
	if h.Local {
		return transport.Local{Become: h.Become}, nil
	}
	return r.dialer.Dial(ctx, h.Target)
}

// question runs the sections as the user, and those that were denied once more as root. It fails where the script did not even begin.
func question(ctx context.Context, conn transport.Conn, sections []script.Section, more func(context.Context) error) (facts.Answers, error) {
	out, err := once(ctx, conn, false, sections, more)
	if !out.Greeted {
		return facts.Answers{}, notGreeted(out, err)
	}
	answers := facts.Answers{Results: out.Results}
	if !out.Finished {
		answers.Lost = lost(err)
	}
	denied := slices.DeleteFunc(slices.Clone(sections), func(s script.Section) bool { return out.Results[s.Name].State != script.Denied })
	if out.Root || len(denied) == 0 {
		return answers, nil
	}
	asRoot, err := once(ctx, conn, true, denied, more)
	if !asRoot.Greeted {
		answers.RootRefused = refused(asRoot, err)
		return answers, nil
	}
	if !asRoot.Finished {
		answers.Lost = lost(err)
	}
	maps.Copy(answers.Results, asRoot.Results)
	return answers, nil
}

// once runs one script. The mark that frames its answers is new each time.
func once(ctx context.Context, conn transport.Conn, root bool, sections []script.Section, more func(context.Context) error) (script.Output, error) {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return script.Output{}, err
	}
	mark := "assay-" + hex.EncodeToString(random)
	printed, err := conn.Run(ctx, root, script.Compose(mark, sections), transport.Bounds{Limit: script.Size(sections), Free: freeAnswer, More: more})
	return script.Parse(mark, sections, printed.Stdout), err
}

// lost says why the answers end early.
func lost(err error) string {
	switch {
	case err == nil:
		return "the script ended early"
	case errors.Is(err, context.DeadlineExceeded):
		return "the time for the host ran out (--host-timeout)"
	}
	return "the connection ended early: " + err.Error()
}

// notGreeted says why no script ran.
func notGreeted(out script.Output, err error) error {
	switch {
	case out.Noise != "":
		return fmt.Errorf("no shell ran the script; the host printed %q instead: the account may have a forced command or no shell", out.Noise)
	case err != nil:
		return err
	}
	return errors.New("no shell ran the script and the host printed nothing: the account may have a forced command or no shell")
}

// refused says why nothing runs as root.
func refused(out script.Output, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case out.Noise != "":
		return out.Noise
	}
	return "the shell did not start"
}

// unreached turns the error that kept a host from being read into what the snapshot says of it.
func (r *run) unreached(h inventory.Host, err error) *failure {
	name := cmp.Or(h.Name, "localhost")
	f := &failure{
		why: evidence.Unknown{Reason: evidence.NotCollected, Detail: err.Error(), Source: r.req.Source},
		problem: evidence.Problem{
			Severity: "error", Code: "host_unreadable", Summary: name + " was not read: " + err.Error(), Locator: evidence.Locator{Host: name},
			Detail: "give the account that Assay logs in with a POSIX shell, and no forced command (ForceCommand in sshd_config, command= in authorized_keys)",
		},
	}
	if errors.Is(err, context.DeadlineExceeded) {
		f.problem.Code, f.why.Detail = "host_timeout", "the shell did not answer in time"
		f.problem.Summary, f.problem.Detail = name+" was not read: "+f.why.Detail, "see --host-timeout"
	}
	if e, ok := errors.AsType[*transport.Error](err); ok {
		f.why.Reason, f.why.Detail = e.Reason, e.Text
		f.problem.Code, f.problem.Summary, f.problem.Detail = e.Code, name+" was not read: "+e.Text, e.Hint
	}
	return f
}
