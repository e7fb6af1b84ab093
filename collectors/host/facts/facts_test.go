package facts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// at is when the recorded hosts were asked.
var at = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// answered reads a host that printed the texts, by section; what is not among them was denied.
func answered(printed map[string]string) *Host {
	return Read(Areas(), Identity{Name: "web1", Group: "web", Source: "s1"}, at, answersWith(Options{}, printed))
}

// answersWith are the answers to the sections that the options ask.
func answersWith(o Options, printed map[string]string) Answers {
	answers := Answers{Results: map[string]script.Result{}, RootRefused: "sudo: a password is required"}
	for _, s := range Sections(AreasWith(o)) {
		if text, ok := printed[s.Name]; ok {
			answers.Results[s.Name] = script.Recorded(s, script.Ran, text)
		} else {
			answers.Results[s.Name] = script.Recorded(s, script.Denied, "")
		}
	}
	return answers
}

// replay reads a recorded host: testdata/NAME/SECTION holds what a section printed. SECTION.absent, SECTION.denied and SECTION.failed
// (with standard error) stand for the other states; a section without a file is missing.
func replay(t *testing.T, name string) *Host {
	t.Helper()
	return replayAt(t, name, at)
}

// replayAt reads it as it was asked at a time.
func replayAt(t *testing.T, name string, at time.Time) *Host {
	t.Helper()
	answers := Answers{Results: map[string]script.Result{}, RootRefused: "sudo: a password is required"}
	for _, s := range Sections(Areas()) {
		for suffix, state := range map[string]script.State{"": script.Ran, ".absent": script.Absent, ".denied": script.Denied, ".failed": script.Failed} {
			text, err := os.ReadFile(filepath.Join("testdata", name, s.Name+suffix))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			r := script.Recorded(s, state, string(text))
			if state != script.Ran {
				r.Output, r.Stderr = "", strings.TrimSpace(r.Output)
			}
			answers.Results[s.Name] = r
		}
	}
	return Read(Areas(), Identity{Name: name, Group: "recorded", Source: "s1"}, at, answers)
}

// attributes returns the named attributes of an entity; for an unknown one the reason, for one that does not apply "n/a".
func attributes(e *evidence.Entity, paths ...string) map[string]any {
	out := map[string]any{}
	for _, p := range paths {
		if v, ok := e.Attrs[p]; ok {
			out[p] = v
		} else if u, ok := e.Unknown[p]; ok {
			out[p] = u.Reason
		} else {
			out[p] = "n/a"
		}
	}
	return out
}

// entity returns the entity with the UID.
func entity(t *testing.T, h *Host, uid string) *evidence.Entity {
	t.Helper()
	for _, e := range h.Entities {
		if e.UID == uid {
			return e
		}
	}
	t.Fatalf("there is no %s", uid)
	return nil
}

func TestNamesOfSections(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Sections(Areas()) {
		switch {
		case seen[s.Name]:
			t.Errorf("two sections are called %s", s.Name)
		case strings.Trim(s.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
			t.Errorf("%s is not made of a-z, 0-9 and _", s.Name)
		case (s.Command == "") == (s.Path == ""):
			t.Errorf("%s: one of Command and Path must be set", s.Name)
		}
		seen[s.Name] = true
	}
}

// TestEveryKindIsCovered holds that an area speaks of the coverage of each of its kinds, even where nothing could be read.
func TestEveryKindIsCovered(t *testing.T) {
	for _, h := range []*Host{answered(nil), replay(t, "nothing")} {
		for _, a := range Areas() {
			for _, k := range a.Kinds {
				if c := h.Covered[k]; c.Status == evidence.Skipped || c.Status == evidence.Complete {
					t.Errorf("area %s: coverage of %s is %s (%s) although nothing was read", a.Name, k, c.Status, c.Detail)
				}
			}
		}
		if len(h.Entities) > 0 {
			t.Errorf("%d entities out of nothing, such as %s", len(h.Entities), h.Entities[0].UID)
		}
	}
}

// recordings are the answers of all recorded hosts together, so that as many sections as possible say something.
func recordings(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{
		"processes": "1 systemd\n2 sshd\n3 rsyslogd\n", "units": "running systemd\nactive auditd.service running\n", "backup_schedules": "",
		"agents": "path /usr/bin/aide\n", "agents_root": "", "rsyslog": "", "journald": "persistent=yes\n",
		"sockets": "tcp LISTEN 0 1 *:22 *:* users:((\"sshd\",pid=2,fd=3))\n",
	}
	for _, s := range Sections(Areas()) {
		matches, err := filepath.Glob(filepath.Join("testdata", "*", s.Name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range matches {
			text, err := os.ReadFile(m)
			if err != nil {
				t.Fatal(err)
			}
			out[s.Name] = string(text)
		}
	}
	out["nft"], out["firewall"], out["iptables"] = "", "", savedRules("DROP", "-A INPUT -s 10.0.0.9 -j ACCEPT")
	out["network"] = "route4 eth0 00000000 00000000\n"
	return out
}

// TestNeeded holds that a host which is asked for one thing only tells of it what it tells when it is asked for everything.
func TestNeeded(t *testing.T) {
	printed := recordings(t)
	whole := Read(Areas(), Identity{Name: "web1", Group: "web", Source: "s1"}, at, answersWith(Options{}, printed))
	full := whole.Entity()
	words := map[string]bool{}
	for _, a := range Areas() {
		for _, w := range append(slices.Clone(a.Kinds), a.Attrs...) {
			words[w] = true
		}
	}
	for path := range full.Attrs {
		if _, labelled := (&Host{At: at}).labelled().Attrs[path]; !labelled && !words[path] && path != "last_seen_at" {
			t.Errorf("no area says that it fills %s", path)
		}
	}
	all := len(Sections(Areas()))
	for word := range words {
		areas := Needed(Areas(), func(asked ...string) bool { return slices.Contains(asked, word) })
		if n := len(Sections(areas)); n >= all/2 {
			t.Errorf("%s: %d of %d sections are asked", word, n, all)
		}
		answers := answersWith(Options{}, printed)
		asked := map[string]script.Result{}
		for _, s := range Sections(areas) {
			asked[s.Name] = answers.Results[s.Name]
		}
		answers.Results = asked
		h := Read(areas, Identity{Name: "web1", Group: "web", Source: "s1"}, at, answers)
		e := h.Entity()
		if diff := cmp.Diff(attributes(full, word), attributes(e, word)); diff != "" {
			t.Errorf("%s (-everything +only this):\n%s", word, diff)
		}
		if diff := cmp.Diff(ofKind(whole, word), ofKind(h, word), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("entities of kind %s (-everything +only this):\n%s", word, diff)
		}
		if diff := cmp.Diff(whole.Covered[word], h.Covered[word]); diff != "" {
			t.Errorf("coverage of %s (-everything +only this):\n%s", word, diff)
		}
	}
}

// labelled is a host of which only the inventory tells.
func (h *Host) labelled() *evidence.Entity {
	h.label()
	e := &evidence.Entity{UID: "host:x", Kind: "host"}
	kind.Fill(e, h.Facts)
	return e
}

// TestTooManyEntities holds that a host which tells of more than is kept is bounded, says so, and leaves no relation open.
func TestTooManyEntities(t *testing.T) {
	var passwd, shadow strings.Builder
	for i := range maxEntities {
		fmt.Fprintf(&passwd, "u%d:x:%d:0::/:/bin/sh\n", i, i)
		fmt.Fprintf(&shadow, "u%d:p:1:0:9:7:::\n", i)
	}
	h := answered(map[string]string{"passwd": passwd.String(), "shadow": shadow.String(), "group": "root:x:0:\n", "authorized_keys": ""})
	if len(h.Entities) != maxEntities || h.Covered["principal"].Status != evidence.Cut || !strings.Contains(h.Covered["credential"].Detail, "more than 5000") {
		t.Errorf("%d entities, coverage %+v and %+v", len(h.Entities), h.Covered["principal"], h.Covered["credential"])
	}
	uids := map[string]bool{h.UID: true}
	for _, e := range h.Entities {
		uids[e.UID] = true
	}
	for _, r := range h.Relations {
		if !uids[r.From] || !uids[r.To] {
			t.Fatalf("%+v leads to what is not there", r)
		}
	}
	if len(h.Relations) == 0 {
		t.Error("there are no relations")
	}
}

// FuzzRead gives every section the same text.
func FuzzRead(f *testing.F) {
	matches, err := filepath.Glob("testdata/*/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, m := range matches {
		text, err := os.ReadFile(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("MARK:file restic - e\nlocation=/r\nnode=n\n[{\"id\":\"0123456789abcdef\",\"time\":\"2026-11-22T01:50:43Z\",\"hostname\":\"n\"}]\n")
	f.Add("MARK:file timers - s\nId=a.timer\nUnit=a.service\nTimersCalendar={ OnCalendar=daily ; x }\nMARK:file services - s\nId=a.service\nExecStart={ argv[]=restic backup / ; }\n")
	f.Add("begins=1\nMARK:file units - s\n1795000000 begin a.service\n1795000009 failure a.service\nMARK:file cron - c\n1795000000 (root) CMD (restic backup /)\n" +
		"MARK:file tagged - r\n1795000000 status=completed minutes=3 tool=borg repository=/r snapshot=0123456789abcdef\nMARK:file checks - b\n1795000000 ab/archives/all\n")
	f.Add("MARK:file falcon - falcon\naid is not set, rfm-state=true\nMARK:file elastic - elastic\n{\"FleetState\":2}\nMARK:file sentinelone - s\nConnectivity: Off\n")
	f.Add("wtmp\nada pts/0 192.0.2.7 Fri Nov 20 08:00:00 2026 - down\njournal\nada 1795000000\n")
	f.Add("MARK:file - 0 /etc/sudoers\nA ALL = NOPASSWD: ALL : B = (x) C\nUser_Alias A = B, C\n")
	f.Fuzz(func(t *testing.T, text string) {
		o := Options{Advisories: advisory.Index{{Release: advisory.Release{Ecosystem: "Debian", Version: "12"}, Name: "apt"}: nil}, RestoreTest: []string{"restic", "borg"}}
		printed := map[string]string{}
		for _, s := range Sections(AreasWith(o)) {
			printed[s.Name] = text
		}
		answers := answersWith(o, printed)
		Installed(answers, map[advisory.Package]struct{}{})
		h := Read(AreasWith(o), Identity{Name: "web1", Group: "web", Source: "s1"}, at, answers)
		h.Entity()
	})
}
