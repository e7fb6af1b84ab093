package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/inventory"
	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
)

// journal is a journal in memory.
type journal map[string][]byte

func (j journal) Done(unit string) ([]byte, bool) {
	note, ok := j[unit]
	return note, ok
}

func (j journal) Commit(unit string, note []byte, _ []*evidence.Entity, _ []evidence.Relation) error {
	j[unit] = note
	return nil
}

// said are the answers of a host of which each section printed the text; what the others ask for is not on the host.
func said(r *run, printed map[string]string) facts.Answers {
	answers := facts.Answers{Results: map[string]script.Result{}}
	for _, s := range facts.Sections(r.areas) {
		answers.Results[s.Name] = script.Recorded(s, script.Absent, "")
		if text, ok := printed[s.Name]; ok {
			answers.Results[s.Name] = script.Recorded(s, script.Ran, text)
		}
	}
	return answers
}

var debian = map[string]string{
	"os": "ID=debian\nVERSION_ID=\"12\"\n", "machine": "node=web1\nhypervisor_vendor=Amazon EC2\n", "patching": "apt_lists=1\n", "apt_lists": "lists 1\n",
	"packages": "bash|5.2.15-2|bash|5.2.15-2\n",
}

// TestResumed holds that a run that resumes says of a host what the interrupted one did, without asking it; and asks again where the answers
// were not complete.
func TestResumed(t *testing.T) {
	j := journal{}
	hosts := []inventory.Host{{Target: target("web1"), Group: "web"}, {Target: target("web2"), Group: "web"}}
	var snaps []string
	for _, again := range []bool{false, true} {
		r := newRun(t, collectors.HostOptions{})
		r.req.Journal = j
		sink := &kept{}
		outcomes := make([]outcome, len(hosts))
		for i, h := range hosts {
			got := reading{answers: said(r, debian), at: collectortest.AsOf}
			var err error
			if again && i == 0 {
				outcomes[i], err = r.host(t.Context(), sink, h) // which has no way to connect
			} else {
				if i == 1 {
					got.answers.Lost = "the time ran out"
				}
				outcomes[i], err = r.handOn(sink, h, got)
			}
			if err != nil {
				t.Fatal(err)
			}
			outcomes[0].problems = []evidence.Problem{{Code: "x", Summary: "kept"}}
		}
		if !again {
			outcomes[0].self = &evidence.Entity{UID: "host:web1", Kind: "host", Attrs: map[string]any{"n": int64(7)}, Aliases: []string{"instance:i-0123456789abcdef0"}}
			note, err := outcomes[0].note([]evidence.Coverage{{Kind: "*", Scope: "host:web:web1", Status: evidence.Complete}})
			if err != nil {
				t.Fatal(err)
			}
			j[r.unit(hosts[0])] = note
		}
		if err := r.finish(t.Context(), sink, collectortest.AsOf, hosts, outcomes); err != nil {
			t.Fatal(err)
		}
		for _, e := range sink.entities {
			if e.UID == "host:web1" && (e.Attrs["n"] != int64(7) || len(e.Aliases) != 1) {
				t.Errorf("the host came back as %+v", e)
			}
			snaps = append(snaps, e.UID)
		}
		if diff := cmp.Diff("x", sink.sources[0].Problems[0].Code); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
	}
	if len(j) != 1 {
		t.Errorf("%d hosts are in the journal; that whose answers are incomplete has no place there", len(j))
	}
	if !strings.Contains(strings.Join(snaps, " "), "host:web2") {
		t.Errorf("the incomplete host was not handed on: %v", snaps)
	}
}

// TestAdvisoriesWait holds that what rests on advisories is read when all hosts have answered, and the rest, with its coverage, is whole.
func TestAdvisoriesWait(t *testing.T) {
	dir := t.TempDir()
	record := `{"id":"DSA-1-1","upstream":["CVE-2026-0001"],"affected":[{"package":{"ecosystem":"Debian:12","name":"bash"},
		"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"5.2.15-3"}]}]}]}`
	if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRun(t, collectors.HostOptions{Advisories: dir})
	sink := &kept{}
	h := inventory.Host{Target: target("web1"), Group: "web"}
	h.Name = "web1"
	got, err := r.handOn(sink, h, reading{answers: said(r, debian), at: collectortest.AsOf})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.waiting.answers.Results); n == 0 || n > 12 {
		t.Errorf("%d answers wait; only those are to that rest on advisories", n)
	}
	if len(ofKinds(sink, "patch_state", "vulnerability")) > 0 || len(ofKinds(sink, "principal", "host")) == 0 && got.self == nil {
		t.Errorf("before the advisories are read there are %d entities", len(sink.entities))
	}
	if err := r.finish(t.Context(), sink, collectortest.AsOf, []inventory.Host{h}, []outcome{got}); err != nil {
		t.Fatal(err)
	}
	if got := ofKinds(sink, "patch_state", "vulnerability"); len(got) != 2 {
		t.Errorf("%v: a patch state and a flaw are to be there", got)
	}
	statuses := map[string]evidence.CoverageStatus{}
	for _, c := range sink.coverage {
		statuses[c.Kind] = c.Status
	}
	if statuses["vulnerability"] != evidence.Complete || statuses["patch_state"] != evidence.Complete || statuses["auth_policy"] == "" || statuses["auth_policy"] == evidence.Skipped {
		t.Errorf("coverage %v", statuses)
	}
}

// ofKinds are the names of the entities of the kinds.
func ofKinds(sink *kept, kinds ...string) []string {
	var out []string
	for _, e := range sink.entities {
		for _, k := range kinds {
			if e.Kind == k {
				out = append(out, e.UID)
			}
		}
	}
	return out
}

// TestRoom holds that few hosts may print much at the same time, and that one whose time runs out waits no longer.
func TestRoom(t *testing.T) {
	r := room(make(chan struct{}, 1))
	first, second := &share{room: r}, &share{room: r}
	if err := errors.Join(first.more(t.Context()), first.more(t.Context())); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := second.more(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("there is room for a second: %v", err)
	}
	second.release() // has nothing to give back
	first.release()
	if err := second.more(t.Context()); err != nil {
		t.Errorf("there is no room after the first: %v", err)
	}
}
