package facts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/host/script"
)

// TestPrinted lets the snippets work on what the real dnf and zypper printed (testdata/raw), in each shell: a program of the name stands for
// the tool, and the path of zypp's history is another.
func TestPrinted(t *testing.T) {
	raw, err := filepath.Abs("testdata/raw")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"rpm": "true", "dnf": "cat " + raw + "/dnf-updateinfo.txt; echo \"Error: Cache-only enabled but no cache for 'second'\" >&2", "zypper": "cat " + raw + "/zypper-list-patches.xml",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var sections []script.Section
	for _, s := range patchArea(Options{}).Sections {
		if s.Name == "dnf" || s.Name == "zypper" || s.Name == "patching" {
			s.Root = false
			sections = append(sections, s)
		}
	}
	text := strings.NewReplacer("PATH=/usr/local/sbin", "PATH="+dir+":/usr/local/sbin", "/var/log/zypp/history", raw+"/zypp-history").Replace(script.Compose("m", sections))
	for _, shell := range [][]string{{"dash"}, {"bash", "--posix"}, {"busybox", "sh"}} {
		t.Run(shell[0], func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), shell[0], append(shell[1:], "-s")...)
			cmd.Stdin = strings.NewReader(text)
			printed, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			results := script.Parse("m", sections, printed).Results
			const curl = `{"available_at":"2024-04-03T09:30:00Z","cve":["CVE-2023-46218","CVE-2023-46219"],"id":"RLSA-2024:1601","severity":"medium"}`
			const openssl = `{"available_at":"2024-04-30T00:00:00Z","cve":["CVE-2024-0727"],"id":"RLSA-2024:2447","severity":"high"}`
			const kernel = `{"available_at":"2024-05-22T00:00:00Z","cve":["CVE-2024-1086"],"id":"RLSA-2024:2394","severity":"high"}`
			const jq = `{"available_at":"2024-06-01T00:00:00Z","cve":[],"id":"RLSA-2024:9999","severity":"unknown"}`
			for name, want := range map[string][]string{"dnf": {kernel, openssl, jq, curl}, "zypper": {curl, openssl, jq, kernel}} {
				got, state := pending(t, answered(map[string]string{"patching": name + "_checked=1795300000", name: results[name].Output}))
				if diff := cmp.Diff("["+strings.Join(want, ",")+"]", got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
				if _, incomplete := state.Unknown["pending[]"]; incomplete != (name == "dnf") {
					t.Errorf("%s: why is the list of what is missing incomplete? %v", name, state.Unknown)
				}
			}
			if got := results["patching"].Values()["zypper_upgraded"]; got != "2026-11-22 04:37:07" {
				t.Errorf("zypper last installed an update at %q", got)
			}
		})
	}
}
