package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/collectors/host/inventory"
	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/collectors/host/transport"
	"github.com/assay-audit/assay/internal/evidence"
)

// fakeConn answers a script section by section.
type fakeConn struct {
	runs []bool // whether as root, in order
	// answer returns what a section prints and its status.
	answer func(root bool, section string) (string, int)
	// refused is what a run as root fails with.
	refused error
	// cutAfter is the section after which the connection ends; "" = never.
	cutAfter string
}

func (c *fakeConn) Close() error { return nil }

func (c *fakeConn) Run(_ context.Context, root bool, text string, _ transport.Bounds) (transport.Printed, error) {
	c.runs = append(c.runs, root)
	if root && c.refused != nil {
		return transport.Printed{}, c.refused
	}
	mark, _, _ := strings.Cut(strings.TrimPrefix(text, "B='"), "'")
	uid := 1000
	if root {
		uid = 0
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s hello %d\n", mark, uid)
	_, main, _ := strings.Cut(text, "main() {\n")
	for line := range strings.Lines(main) {
		fields := strings.Fields(line)
		if len(fields) != 4 || fields[0] != "s" {
			continue
		}
		printed, status := c.answer(root, fields[1])
		fmt.Fprintf(&b, "\n%s begin %s\n%s\n%s end %s\n%s rc %d\n%s done %s\n", mark, fields[1], printed, mark, fields[1], mark, status, mark, fields[1])
		if fields[1] == c.cutAfter {
			return transport.Printed{Stdout: []byte(b.String())}, errors.New("connection reset")
		}
	}
	fmt.Fprintf(&b, "%s bye\n", mark)
	return transport.Printed{Stdout: []byte(b.String())}, nil
}

func TestQuestion(t *testing.T) {
	sections := []script.Section{{Name: "a", Command: "a"}, {Name: "b", Command: "b", Root: true}, {Name: "c", Command: "c"}}
	needsRoot := func(root bool, section string) (string, int) {
		if section == "b" && !root {
			return "", script.StatusDenied
		}
		return section + " printed", 0
	}
	for _, test := range []struct {
		name   string
		conn   *fakeConn
		runs   []bool
		states map[string]script.State
		why    string // RootRefused and Lost
	}{
		{
			"root is asked for what was denied", &fakeConn{answer: needsRoot},
			[]bool{false, true},
			map[string]script.State{"a": script.Ran, "b": script.Ran, "c": script.Ran},
			"",
		},
		{
			"root is not asked in vain", &fakeConn{answer: func(_ bool, s string) (string, int) { return s, 0 }},
			[]bool{false},
			map[string]script.State{"a": script.Ran, "b": script.Ran, "c": script.Ran},
			"",
		},
		{
			"root is refused", &fakeConn{answer: needsRoot, refused: errors.New("sudo: a password is required")},
			[]bool{false, true},
			map[string]script.State{"a": script.Ran, "b": script.Denied, "c": script.Ran},
			"sudo: a password is required",
		},
		{
			"the connection ends", &fakeConn{answer: needsRoot, cutAfter: "a"},
			[]bool{false},
			map[string]script.State{"a": script.Ran, "b": script.Missing, "c": script.Missing},
			"the connection ended early: connection reset",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			answers, err := question(t.Context(), test.conn, sections, nil)
			if err != nil {
				t.Fatal(err)
			}
			states := map[string]script.State{}
			for name, r := range answers.Results {
				states[name] = r.State
			}
			if diff := cmp.Diff(test.states, states); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.runs, test.conn.runs); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
			if got := answers.RootRefused + answers.Lost; got != test.why {
				t.Errorf("says %q, want %q", got, test.why)
			}
		})
	}
}

// TestCleaned holds that what an entity keeps is fit to be shown, however it got in.
func TestCleaned(t *testing.T) {
	e := cleaned(&evidence.Entity{
		UID: "a\x1b[2J", Attrs: map[string]any{"x": []any{map[string]any{"y": "\u202egnp.exe\x00"}}, "n": int64(1)},
		Unknown: map[string]evidence.Unknown{"z": {Detail: "\a" + strings.Repeat("x", 2*maxText)}},
	})
	want := map[string]any{"x": []any{map[string]any{"y": "\uFFFDgnp.exe\uFFFD"}}, "n": int64(1)}
	if diff := cmp.Diff(want, e.Attrs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e.UID != "a\uFFFD[2J" || len(e.Unknown["z"].Detail) > maxText+10 {
		t.Errorf("UID %q, detail of %d bytes", e.UID, len(e.Unknown["z"].Detail))
	}
}

func TestTargets(t *testing.T) {
	for value, want := range map[string]string{
		"nowhere": "write host:local", "": "write host:local", "@": "write host:local", "ssh://": "there is no name", "ssh://a@b:x": `"x" is no port`,
		"ssh://root:secret@x": "a password has no place there", "@/nowhere/hosts.yaml": "no such file",
	} {
		req := collectors.Request{Target: collectors.Target{Ref: "host:" + value, Scheme: "host", Value: value}}
		_, err := targets(req)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", value, err, want)
		}
	}
}

func target(name string) transport.Target { return transport.Target{Name: name} }

// kept is a sink that keeps entities, coverage and sources.
type kept struct {
	entities []*evidence.Entity
	coverage []evidence.Coverage
	sources  []evidence.Source
}

func (k *kept) Entity(e *evidence.Entity) error    { k.entities = append(k.entities, e); return nil }
func (k *kept) Relation(evidence.Relation) error   { return nil }
func (k *kept) Coverage(c evidence.Coverage) error { k.coverage = append(k.coverage, c); return nil }
func (k *kept) Source(s evidence.Source) error     { k.sources = append(k.sources, s); return nil }
func (k *kept) File(evidence.SourceFile) error     { return nil }

func newRun(t *testing.T, options collectors.HostOptions) *run {
	t.Helper()
	r := &run{env: collectortest.Env(t), req: collectors.Request{Source: "s1"}, options: options}
	if err := r.configure(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAliasClaimedTwice holds that two hosts which say that they are the same instance do not become one.
func TestAliasClaimedTwice(t *testing.T) {
	r := newRun(t, collectors.HostOptions{})
	hosts, outcomes := make([]inventory.Host, 2), make([]outcome, 2)
	for i, name := range []string{"a", "b"} {
		hosts[i] = inventory.Host{Target: transport.Target{Name: name}, Group: "g"}
		outcomes[i].self = &evidence.Entity{UID: "host:" + name, Name: name, Aliases: []string{"instance:i-0123456789abcdef0"}}
	}
	sink := &kept{}
	if err := r.finish(t.Context(), sink, collectortest.AsOf, hosts, outcomes); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range sink.entities {
		got[e.UID] = len(e.Aliases)
	}
	if diff := cmp.Diff(map[string]int{"host:a": 1, "host:b": 0}, got); diff != "" {
		t.Errorf("aliases (-want +got):\n%s", diff)
	}
	if p := sink.sources[0].Problems; len(p) != 1 || p[0].Code != "host_alias" {
		t.Errorf("problems %+v", p)
	}
}
