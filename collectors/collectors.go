// Package collectors defines what a collector is: the only code that touches the world.
//
// A collector reads one kind of target (a Terraform directory, an AWS account, a host, a governance directory) and emits
// entities, relations and coverage into a [Sink]. What goes wrong while it reads is data, not an abort: a module that is not
// there, a call that is denied or a file that cannot be parsed becomes coverage, a problem, and an unknown on just the
// attributes that it hides. Each folder below this one is a collector and exports its [Spec].
package collectors

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/secret"
)

// Target is something to audit, as the user named it.
type Target struct {
	// Ref is the reference as it was given: ./infra, plan:tfplan.json, aws:profile=prod.
	Ref string
	// Scheme is the part before the colon, or the scheme that the path was recognised as.
	Scheme string
	// Value is the rest: a path, or options.
	Value string
}

// Env is what a collector gets from outside instead of taking it from the process.
type Env struct {
	Clock   func() time.Time
	Environ []string // as os.Environ gives it
	Version string   // the tool's version, for the sources
	Log     *slog.Logger
	// Hasher turns secrets into keyed hashes before anything is kept.
	Hasher secret.Hasher
	// Progress is told what is being done; never nil.
	Progress Progress
}

// Progress hears of long work.
type Progress interface {
	// Stage begins a stage, such as "evaluating ./infra"; total is 0 where it is not known.
	Stage(name string, total int)
	// Step says that n more units of the stage are done.
	Step(n int)
	// Note says what else is worth knowing of the stage now, such as "1,204 calls, 3 throttled".
	Note(text string)
}

// Request is one target to collect.
type Request struct {
	Target Target
	Source string // id for the source and all its provenance: s1, s2, ...
	// Root is the directory below which relative paths are read; "" is the working directory. Nothing that a collector emits
	// shows it: the same files give the same evidence wherever they lie.
	Root string
	// Labels are tag keys by label, where assay.yaml overrides the defaults (internal/label).
	Labels map[string][]string
	// Needs says what the selected checks read; nil where everything is to be collected.
	Needs *Needs
	// Journal remembers what is collected already; nil where the collection cannot be resumed.
	Journal Journal
	// Terraform holds the options of the Terraform collector.
	Terraform TerraformOptions
	// Host holds the options of the host collector.
	Host HostOptions
}

// Path is where a path of the request is read.
func (r Request) Path(path string) string {
	if r.Root == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.Root, path)
}

// TerraformOptions are the command line's and assay.yaml's settings for Terraform targets.
type TerraformOptions struct {
	VarFiles  []string // --var-file
	Vars      []string // --var name=value
	Workspace string   // terraform.workspace; "" = default
}

// Needs is what the selected checks read: a collector for which reading costs something leaves out the rest, and says so.
type Needs struct {
	// Words are the kinds, facets, attribute paths and relations that the policies and their libraries name.
	Words map[string]struct{}
}

// Any reports whether one of the words is needed; everything is where n is nil.
func (n *Needs) Any(words ...string) bool {
	if n == nil {
		return true
	}
	for _, w := range words {
		if _, ok := n.Words[w]; ok {
			return true
		}
	}
	return false
}

// List are the words that may name something to collect, sorted; nil where everything is needed. It is what a source says of itself.
func (n *Needs) List() []string {
	if n == nil {
		return nil
	}
	out := make([]string, 0, len(n.Words))
	for w := range n.Words {
		if !strings.ContainsFunc(w, func(r rune) bool { return r != '_' && r != '.' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
			out = append(out, w) // a message of a policy is no name
		}
	}
	slices.Sort(out)
	return out
}

// Journal lets a long collection go on where an earlier run ended. A unit is the least that is collected again: one service in one
// region of one account, or one host.
type Journal interface {
	// Done returns what an earlier run noted of the unit, and whether it completed it; the entities of the unit are in the snapshot then.
	Done(unit string) (note []byte, done bool)
	// Commit keeps a unit's entities and relations at once, with a note for the run that resumes.
	Commit(unit string, note []byte, entities []*evidence.Entity, relations []evidence.Relation) error
}

// HostOptions are the command line's settings for host targets.
type HostOptions struct {
	// AcceptNewHostKeys writes the SSH keys of unknown hosts down instead of refusing them; changed keys are refused all the same.
	AcceptNewHostKeys bool
	Parallel          int           // most hosts asked at the same time; 0 = 32
	Timeout           time.Duration // most time for one host; 0 = 2 minutes
	// Advisories is a directory of security advisories that installed packages are held against, below Root; "" = none.
	Advisories string
	// RestoreTest names the tools of which one file of each repository is restored, as a test: restic, borg; empty = none.
	RestoreTest []string
}

// Sink takes what a collector finds. It is safe for use by several goroutines.
type Sink interface {
	Entity(e *evidence.Entity) error
	Relation(r evidence.Relation) error
	Coverage(c evidence.Coverage) error
	Source(s evidence.Source) error
	// File takes a source file, redacted. The same file may come from several targets; it is kept once.
	File(f evidence.SourceFile) error
}

// Collector reads targets of one kind.
type Collector interface {
	// Collect reads the target into the sink. An error means that nothing can be said of the target at all: it does not
	// exist, or its reference is malformed; the message says what to do.
	Collect(ctx context.Context, env Env, req Request, sink Sink) error
}

// Spec describes a collector.
type Spec struct {
	Name    string   // as in a check's collectors: terraform, aws, host, governance
	Schemes []string // schemes of the targets that it reads
	// Recognise reports how well a path without a scheme is one of the collector's targets, and its scheme: 0 = not at all;
	// the highest wins.
	Recognise func(path string) (score int, scheme string)
	New       func() Collector
}

//go:generate go run ../internal/gen/specs github.com/assay-audit/assay/collectors all
