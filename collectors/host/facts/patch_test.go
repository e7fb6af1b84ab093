package facts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/internal/evidence"
)

const (
	debian12 = "ID=debian\nVERSION_ID=\"12\"\n"
	aptState = "zone=+0100\napt_lists=3\napt_security_lists=1\napt_checked=1795300000\napt_log=read\napt_upgraded=2026-11-20 10:00:00\n"
	aptList  = `lists 1
apt|amd64|2.6.2| amd64=2.6.1
bash|amd64|5.2.15-2| amd64=5.2.15-2+b8
libc6|amd64|2.36-9+deb12u10| i386=2.36-9+deb12u9 amd64=2.36-9+deb12u10
libexpat1|amd64|2.5.0-1+deb12u2| amd64=2.5.0-1+deb12u1
libexpat1|amd64|2.5.0-1| amd64=2.5.0-1+deb12u1
tzdata|all|1:2| amd64=2026a-0
`
	packages = "apt|2.6.1|apt|2.6.1\nbash|5.2.15-2+b8|bash|5.2.15-2\nlibexpat1|2.5.0-1+deb12u1|expat|2.5.0-1+deb12u1\nlibexpat1-dev|2.5.0-1+deb12u1|expat|2.5.0-1+deb12u1\n"
)

// pending is the pending list of the only patch state, as text.
func pending(t *testing.T, h *Host) (list string, e *evidence.Entity) {
	t.Helper()
	states := ofKind(h, "patch_state")
	if len(states) != 1 {
		t.Fatalf("%d patch states", len(states))
	}
	text, err := json.Marshal(states[0].Attrs["pending"])
	if err != nil {
		t.Fatal(err)
	}
	return string(text), states[0]
}

func TestApt(t *testing.T) {
	h := answered(map[string]string{"os": debian12, "patching": aptState, "apt_lists": aptList})
	list, e := pending(t, h)
	want := `[{"id":"apt 2.6.2","severity":"unknown"},{"id":"libexpat1 2.5.0-1+deb12u2","severity":"unknown"},{"id":"tzdata 1:2","severity":"unknown"}]`
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
	got := attributes(e, "checked_at", "last_patched_at", "auto_mechanism", "managed_by")
	if diff := cmp.Diff(map[string]any{
		"checked_at": "2026-11-21T22:26:40Z", "last_patched_at": "2026-11-20T09:00:00Z", "auto_mechanism": "none", "managed_by": "apt",
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c := h.Covered["vulnerability"]; c.Status != evidence.Skipped || !strings.Contains(c.Detail, "--advisories") {
		t.Errorf("coverage of vulnerability: %+v", c)
	}
}

// TestAptOfOld reads what apt says where it has no helper that reads its lists.
func TestAptOfOld(t *testing.T) {
	const said = `apt/oldstable-security 2.6.2 amd64 [upgradable from: 2.6.1]
apt/oldstable,now 2.6.1 amd64 [installed,upgradable to: 2.6.2]

bash/oldstable 5.2.15-2+b13 amd64 [upgradable from: 5.2.15-2+b8]
bash/now 5.2.15-2+b8 amd64 [installed,upgradable to: 5.2.15-2+b13]

libexpat1/oldstable 2.5.0-1+deb12u5 amd64 [upgradable from: 2.5.0-1+deb12u1]
libexpat1/oldstable-security 2.5.0-1+deb12u2 amd64
libexpat1/now 2.5.0-1+deb12u1 amd64 [installed,upgradable to: 2.5.0-1+deb12u5]
libexpat1/oldstable-security 2.5.0-1 amd64
`
	list, _ := pending(t, answered(map[string]string{"os": debian12, "patching": aptState, "apt": said}))
	want := `[{"id":"apt 2.6.2","severity":"unknown"},{"id":"libexpat1 2.5.0-1+deb12u2","severity":"unknown"}]`
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
}

// TestNoUpdatesKnown holds that an empty list is only said where it is known to be empty.
func TestNoUpdatesKnown(t *testing.T) {
	for _, test := range []struct {
		name    string
		printed map[string]string
		want    any
	}{
		{"apt, nothing to do", map[string]string{"patching": aptState, "apt_lists": "lists 1\n"}, []any{}},
		{"apt, no lists", map[string]string{"patching": "apt_lists=0\napt_security_lists=0\napt_checked=1795300000", "apt_lists": "lists 0\n"}, evidence.NotCollected},
		{"apt, no security archive", map[string]string{"patching": "apt_lists=2\napt_security_lists=0", "apt_lists": "lists 0\n"}, evidence.NotCollected},
		{"apt, nothing printed", map[string]string{"patching": aptState, "apt_lists": ""}, evidence.ParseError},
		{"apt, a list that cannot be read", map[string]string{"patching": aptState, "apt_lists": "lists 2\nE|apt-helper cat-file\n"}, evidence.APIError},
		{"apt of old, nothing to do", map[string]string{"patching": aptState, "apt": ""}, []any{}},
		{"apt of old, no security archive", map[string]string{"patching": "apt_lists=2\napt_security_lists=0", "apt": ""}, evidence.NotCollected},
		{"apt, denied", map[string]string{"patching": aptState}, evidence.AccessDenied},
		{"dnf, nothing to do", map[string]string{"patching": "dnf_checked=1795300000", "dnf": "assay: there are advisories\n"}, []any{}},
		{"dnf, no advisories", map[string]string{"patching": "dnf_checked=1795300000", "dnf": ""}, evidence.Unsupported},
		{"dnf, denied", map[string]string{"patching": "dnf_checked=1795300000"}, evidence.AccessDenied},
		{"zypper, nothing to do", map[string]string{"patching": "zypper_checked=1795300000", "zypper": "<stream><update-status version=\"0.6\"><update-list></update-list></update-status></stream>"}, []any{}},
		{"zypper, never refreshed", map[string]string{"patching": "zypper_log=read", "zypper": "<stream><update-status/></stream>"}, evidence.NotCollected},
		{"zypper, garbled", map[string]string{"patching": "zypper_checked=1795300000", "zypper": "<stream><upda"}, evidence.ParseError},
		{"apk, nothing to do", map[string]string{"patching": "apk_indexes=2\napk_checked=1795300000", "apk": "Installed:                                Available:\n"}, []any{}},
		{"apk, no index", map[string]string{"patching": "apk_indexes=0", "apk": "Installed: Available:\n"}, evidence.NotCollected},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, e := pending(t, answered(test.printed))
			if diff := cmp.Diff(test.want, attributes(e, "pending")["pending"]); diff != "" {
				t.Errorf("pending (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDNF(t *testing.T) {
	const dnf4 = `  Update ID: RHSA-2024:1234
       Type: security
    Updated: 2024-03-05 00:00:00
       CVEs: CVE-2022-0001
           : CVE-2022-0002
   Severity: Important
  Update ID: RHSA-2024:2000
       Type: security
    Updated: 2024-04-01 12:30:00
   Severity: Moderate
`
	const dnf5 = `Name        : FEDORA-2024-3a2c1ba9c7
Severity    : Critical
Type        : security
Issued      : 2024-10-02 02:50:17
  Title     : CVE-2024-1111 kernel: something
  Type      : bugzilla
`
	for name, test := range map[string]struct{ text, want string }{
		"dnf 4": {
			dnf4, `[{"available_at":"2024-03-05T00:00:00Z","cve":["CVE-2022-0001","CVE-2022-0002"],"id":"RHSA-2024:1234","severity":"high"},` +
				`{"available_at":"2024-04-01T12:30:00Z","cve":[],"id":"RHSA-2024:2000","severity":"medium"}]`,
		},
		"dnf 5": {dnf5, `[{"available_at":"2024-10-02T02:50:17Z","cve":["CVE-2024-1111"],"id":"FEDORA-2024-3a2c1ba9c7","severity":"critical"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			history := "ID     | Command line | Date and time    | Action(s)      | Altered\n----\n    9 | install jq   | 2026-11-20 10:00 | Install        |    1\n    8 | -y upgrade   | 2026-10-01 03:00 | I, U           |   31\n"
			list, e := pending(t, answered(map[string]string{
				"patching": "zone=+0200\ndnf_checked=1795300000\nunit_dnf-automatic.timer=enabled\napply_/etc/dnf/automatic.conf=yes", "dnf": test.text, "dnf_history": history,
			}))
			if diff := cmp.Diff(test.want, list); diff != "" {
				t.Errorf("pending (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]any{"last_patched_at": "2026-10-01T03:00:00Z", "auto_mechanism": "dnf_automatic"}, attributes(e, "last_patched_at", "auto_mechanism")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestZypperAndApk(t *testing.T) {
	const lp = `<?xml version='1.0'?><stream><update-status version="0.6"><update-list>
<update name="SUSE-SLE-Module-Basesystem-15-SP6-2024-99" edition="1" status="needed" category="security" severity="important" kind="patch">
<summary>Security update for curl</summary><issue-date time_t="1700000000" text="x"/>
<issue-list><issue type="bugzilla" id="1"/><issue type="cve" id="CVE-2024-0001"><title>x</title></issue></issue-list></update>
<update name="SUSE-SLE-Module-Basesystem-15-SP6-2024-100" status="needed" category="recommended" severity="low"/>
</update-list></update-status></stream>`
	list, e := pending(t, answered(map[string]string{"patching": "zone=+0000\nzypper_checked=1795300000\nzypper_log=read\nzypper_upgraded=2026-11-01 02:00:00", "zypper": lp}))
	want := `[{"available_at":"2023-11-14T22:13:20Z","cve":["CVE-2024-0001"],"id":"SUSE-SLE-Module-Basesystem-15-SP6-2024-99","severity":"high"}]`
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("zypper (-want +got):\n%s", diff)
	}
	if e.Attrs["last_patched_at"] != "2026-11-01T02:00:00Z" {
		t.Errorf("last patched at %v", e.Attrs["last_patched_at"])
	}
	list, _ = pending(t, answered(map[string]string{"patching": "apk_indexes=2\napk_checked=1795300000", "apk": "Installed:   Available:\nbusybox-1.36.1-r15      < 1.36.1-r16 \nssl_client-1.36.1-r15 = 1.36.1-r15\n"}))
	if diff := cmp.Diff(`[{"id":"busybox 1.36.1-r16","severity":"unknown"}]`, list); diff != "" {
		t.Errorf("apk (-want +got):\n%s", diff)
	}
}

func TestAptMechanism(t *testing.T) {
	const on = "apt_lists=1\napt_unattended=ii\napt_Unattended-Upgrade=1\n"
	for text, want := range map[string]string{
		on + "apt_timer=enabled": "unattended", on + "apt_cron=yes": "unattended", on + "apt_timer=disabled\napt_cron=yes": "none", on: "none",
		on + "apt_timer=enabled\napt_Enable=0": "none", "apt_lists=1\napt_unattended=ii\napt_Unattended-Upgrade=0\napt_timer=enabled": "none",
		"apt_lists=1\napt_unattended=rc\napt_Unattended-Upgrade=1\napt_timer=enabled": "none",
	} {
		if _, e := pending(t, answered(map[string]string{"patching": text})); e.Attrs["auto_mechanism"] != want {
			t.Errorf("%q: %v, want %s", text, e.Attrs["auto_mechanism"], want)
		}
	}
}

// TestAdvisories holds packages against records in the form that OSV publishes.
func TestAdvisories(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.json": `{"id":"DSA-1-1","published":"2026-11-01T00:00:00Z","upstream":["CVE-2026-0001","CVE-2026-0002"],
			"affected":[{"package":{"ecosystem":"Debian:12","name":"expat"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.5.0-1+deb12u2"}]}],"ecosystem_specific":{"urgency":"high"}}]}`,
		"b.json": `{"id":"DEBIAN-CVE-2026-0003","published":"2026-11-02T00:00:00Z","upstream":["CVE-2026-0003"],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
			"affected":[{"package":{"ecosystem":"Debian:12","name":"bash"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]}`,
		"c.json": `{"id":"DSA-2-1","affected":[{"package":{"ecosystem":"Debian:11","name":"bash"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]}]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	database, err := advisory.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	printed := map[string]string{"os": debian12, "patching": aptState, "apt_lists": aptList, "packages": packages}
	wanted := map[advisory.Package]struct{}{}
	Installed(answersWith(Options{Advisories: advisory.Index{}}, printed), wanted)
	index, err := database.Find(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Advisories: index}
	h := Read(AreasWith(o), Identity{Name: "web1", Group: "web", Source: "s1"}, at, answersWith(o, printed))
	list, _ := pending(t, h)
	want := `[{"id":"apt 2.6.2","severity":"unknown"},{"id":"tzdata 1:2","severity":"unknown"},{"available_at":"2026-11-01T00:00:00Z","cve":["CVE-2026-0001","CVE-2026-0002"],"id":"DSA-1-1","severity":"high"}]`
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
	got := map[string]any{}
	for _, v := range ofKind(h, "vulnerability") {
		got[v.Name] = attributes(v, "severity", "fixed_version")
	}
	fixed := map[string]any{"severity": "high", "fixed_version": "2.5.0-1+deb12u2"}
	if diff := cmp.Diff(map[string]any{
		"CVE-2026-0001 in expat 2.5.0-1+deb12u1": fixed, "CVE-2026-0002 in expat 2.5.0-1+deb12u1": fixed,
		"CVE-2026-0003 in bash 5.2.15-2": map[string]any{"severity": "critical", "fixed_version": nil},
	}, got); diff != "" {
		t.Errorf("vulnerabilities (-want +got):\n%s", diff)
	}
	if c := h.Covered["vulnerability"]; c.Status != evidence.Complete {
		t.Errorf("coverage of vulnerability: %+v", c)
	}
}
