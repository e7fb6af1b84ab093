package facts

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// TestRecorded holds what is read of the recordings of real tools (testdata/README.md) against testdata/NAME.golden, which UPDATE=1 writes.
func TestRecorded(t *testing.T) {
	recorded := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC) // the hour after the tools ran
	for _, name := range []string{
		"debian-apt", "dnf4", "dnf4-uncached", "dnf4-no-cache", "zypper", "zypper-never", "zypper-disabled", "zypper-unfetched", "ufw", "firewalld", "firewalld-iptables", "auditd", "audit-off", "auditd-stig", "auditd-pci",
		"clamav", "aide", "fail2ban", "chrony", "chrony-unsync", "wireguard", "openvpn", "strongswan", "pgbackrest", "pgbackrest-wrong",
		"systemd", "fwupd", "fwupd-never", "fwupd-error",
	} {
		t.Run(name, func(t *testing.T) {
			h := replayAt(t, name, recorded)
			file := filepath.Join("testdata", name+".golden")
			got := tells(h)
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// tells is what a host says of itself as text: a line for each attribute, with its value or why it is unknown, and the coverage. What rests
// on sections that were not recorded is left out.
func tells(h *Host) string {
	said := func(detail string) bool {
		return detail != "" && !strings.HasSuffix(detail, "was not asked") && !strings.HasSuffix(detail, "the collector does not read it")
	}
	var b strings.Builder
	_, logs := h.answers.Results["log_files"]
	for _, e := range append([]*evidence.Entity{h.Entity()}, h.Entities...) {
		if e.Kind == "log_source" && !logs {
			continue
		}
		fmt.Fprintf(&b, "%s %s\n", e.Kind, e.UID)
		for _, path := range slices.Sorted(maps.Keys(e.Attrs)) {
			text, err := json.Marshal(e.Attrs[path])
			if err != nil {
				text = []byte(err.Error())
			}
			fmt.Fprintf(&b, "  %s = %s\n", path, text)
		}
		for _, path := range slices.Sorted(maps.Keys(e.Unknown)) {
			if u := e.Unknown[path]; said(u.Detail) {
				fmt.Fprintf(&b, "  %s ? %s: %s\n", path, u.Reason, u.Detail)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.Covered)) {
		if c := h.Covered[name]; c.Detail == "" || said(c.Detail) {
			fmt.Fprintf(&b, "coverage %s: %s %s\n", name, c.Status, c.Detail)
		}
	}
	for _, p := range h.Problems {
		fmt.Fprintf(&b, "problem %s: %s: %s\n", p.Code, p.Summary, p.Detail)
	}
	return b.String()
}
