package advisory

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// osv is a record about one package.
func osv(id, ecosystem, name, events string) string {
	return fmt.Sprintf(`{"id":%q,"published":"2026-11-01T00:00:00Z","summary":"Important: %s security update","aliases":["CVE-2026-0001"],
		"affected":[{"package":{"ecosystem":%q,"name":%q},"ranges":[{"type":"ECOSYSTEM","events":[%s]}]}]}`, id, name, ecosystem, name, events)
}

func archive(t *testing.T, path string, records ...string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, text := range records {
		f, err := w.Create(fmt.Sprintf("R-%d.json", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, b.Bytes())
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		os, version, name, installed string
		ecosystem, events            string
		want                         string // the version that mends it; "open" = none does, "" = not open
	}{
		{"debian", "12", "expat", "2.5.0-1+deb12u1", "Debian:12", `{"introduced":"0"},{"fixed":"2.5.0-1+deb12u2"}`, "2.5.0-1+deb12u2"},
		{"debian", "12", "expat", "2.5.0-1+deb12u2", "Debian:12", `{"introduced":"0"},{"fixed":"2.5.0-1+deb12u2"}`, ""},
		{"debian", "12", "expat", "2.5.0-1~rc1", "Debian:12", `{"introduced":"0"},{"fixed":"2.5.0-1"}`, "2.5.0-1"},
		{"debian", "12", "expat", "1:1.0-1", "Debian:12", `{"introduced":"0"},{"fixed":"2.5.0-1"}`, ""},
		{"debian", "12", "expat", "2.5.0-1", "Debian:11", `{"introduced":"0"}`, ""},
		{"debian", "12", "expat", "2.5.0-1", "Debian:12", `{"introduced":"0"}`, "open"},
		{"debian", "12", "expat", "2.5.0-1", "Debian:12", `{"introduced":"2.6"},{"fixed":"2.7"}`, ""},
		{"debian", "12", "expat", "2.5.0-1", "Debian:12", `{"introduced":"0"},{"last_affected":"2.5.0-1"}`, "open"},
		{"ubuntu", "24.04", "curl", "8.5.0-2ubuntu10.1", "Ubuntu:24.04:LTS", `{"introduced":"0"},{"fixed":"8.5.0-2ubuntu10.4"}`, "8.5.0-2ubuntu10.4"},
		{"ubuntu", "24.04", "curl", "8.5.0-2ubuntu10.1", "Ubuntu:Pro:24.04:LTS", `{"introduced":"0"},{"fixed":"9"}`, ""},
		{"alpine", "3.20.3", "busybox", "1.36.1-r15", "Alpine:v3.20", `{"introduced":"0"},{"fixed":"1.36.1-r29"}`, "1.36.1-r29"},
		{"alpine", "3.20.3", "busybox", "1.36.1-r29", "Alpine:v3.20", `{"introduced":"0"},{"fixed":"1.36.1-r29"}`, ""},
		{"rhel", "9.4", "curl", "0:7.76.1-26.el9", "Red Hat:enterprise_linux:9::baseos", `{"introduced":"0"},{"fixed":"0:7.76.1-29.el9_4"}`, "0:7.76.1-29.el9_4"},
		{"rhel", "9.4", "curl", "0:7.76.1-26.el9", "Red Hat:rhel_eus:9.2::baseos", `{"introduced":"0"},{"fixed":"0:8"}`, ""},
		{"rocky", "9.4", "curl", "0:7.76.1-26.el9", "Rocky Linux:9", `{"introduced":"0"},{"fixed":"0:7.76.1-29.el9_4"}`, "0:7.76.1-29.el9_4"},
		{
			"rocky", "8.9", "nodejs", "1:18.20.2-1.module+el8.9.0+1+a", "Rocky Linux:8", `{"introduced":"0"},{"fixed":"1:20.12.2-2.module+el8.9.0+2+b"}`, "",
		},
		{
			"rocky", "8.9", "nodejs", "1:18.20.2-1.module+el8.9.0+1+a", "Rocky Linux:8", `{"introduced":"0"},{"fixed":"1:18.20.4-1.module+el8.9.0+3+c"}`,
			"1:18.20.4-1.module+el8.9.0+3+c",
		},
		{"sles", "15.6", "curl", "0:8.6.0-150600.4.3.1", "SUSE:Linux Enterprise Module for Basesystem 15 SP6", `{"introduced":"0"},{"fixed":"8.6.0-150600.4.9.1"}`, "8.6.0-150600.4.9.1"},
		{"sles", "15.6", "curl", "0:8.6.0-150600.4.3.1", "SUSE:Linux Enterprise Module for Basesystem 15 SP5", `{"introduced":"0"},{"fixed":"9"}`, ""},
		{"opensuse-leap", "15.6", "curl", "0:8.6.0-1", "openSUSE:Leap 15.6", `{"introduced":"0"},{"fixed":"8.7.0-1"}`, "8.7.0-1"},
	} {
		t.Run(test.ecosystem+" "+test.installed+" "+test.events, func(t *testing.T) {
			release, ok := ReleaseOf(test.os, test.version)
			if !ok {
				t.Fatal("no release")
			}
			p := Package{release, test.name}
			index := Index{}
			if err := index.add([]byte(osv("A-1", test.ecosystem, test.name, test.events)), map[Package]struct{}{p: {}}); err != nil {
				t.Fatal(err)
			}
			got, err := index.Matches(p, test.installed)
			if err != nil {
				t.Fatal(err)
			}
			var want []Match
			if test.want != "" {
				want = []Match{{
					ID: "A-1", CVEs: []string{"CVE-2026-0001"}, Severity: "high", Published: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
					Package: test.name, Installed: test.installed, Fixed: strings.TrimPrefix(test.want, "open"),
				}}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	expat := Package{Release{"Debian", "12"}, "expat"}
	withdrawn := strings.Replace(osv("W-1", "Debian:12", "expat", `{"introduced":"0"}`), `"published"`, `"withdrawn":"2026-11-02T00:00:00Z","published"`, 1)
	unimportant := strings.Replace(osv("U-1", "Debian:12", "expat", `{"introduced":"0"}`), `"ranges"`, `"ecosystem_specific":{"urgency":"unimportant"},"ranges"`, 1)
	archive(t, filepath.Join(dir, "Debian", "all.zip"), osv("Z-1", "Debian:12", "expat", `{"introduced":"0"}`), withdrawn, unimportant, osv("Z-2", "Debian:12", "bash", `{"introduced":"0"}`))
	write(t, filepath.Join(dir, "single.json"), []byte(osv("S-1", "Debian:12", "expat", `{"introduced":"0"}`)))
	write(t, filepath.Join(dir, KEVName), []byte(`{"dateReleased":"2026-11-20T10:00:00.5Z","vulnerabilities":[{"cveID":"CVE-2026-0001","dateAdded":"2026-11-01","dueDate":"2026-11-22"}]}`))
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := &Catalogue{Released: time.Date(2026, 11, 20, 10, 0, 0, 5e8, time.UTC), Entries: []Exploited{{"CVE-2026-0001", "2026-11-01", "2026-11-22"}}}
	if diff := cmp.Diff(want, d.Catalogue); diff != "" {
		t.Errorf("the catalogue (-want +got):\n%s", diff)
	}
	index, err := d.Find(t.Context(), map[Package]struct{}{expat: {}})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range index[expat] {
		ids = append(ids, r.id)
	}
	if diff := cmp.Diff([]string{"Z-1", "S-1"}, ids); diff != "" || len(index) != 1 || d.Archives != 1 || d.Records != 1 {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// TestDamaged holds that a damaged file is an error that names it.
func TestDamaged(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole.zip")
	archive(t, whole, osv("Z-1", "Debian:12", "expat", `{"introduced":"0"}`))
	good, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[60] ^= 0xff
	for _, test := range []struct {
		name, file string
		text       []byte
		want       string
	}{
		{"cut archive", "all.zip", good[:len(good)/2], "all.zip cannot be read: zip: not a valid zip file; fetch it again"},
		{"flipped byte", "all.zip", flipped, `"R-0.json" in it`},
		{"no JSON", "a.json", []byte("<html>404"), "a.json cannot be read: invalid character"},
		{"another JSON", "a.json", []byte(`{"name":"x"}`), `it has no "id"`},
		{"cut catalogue", KEVName, []byte(`{"vulnerabilities":[`), KEVName + " cannot be read"},
		{"catalogue without entries", KEVName, []byte(`{"dateReleased":"2026-11-20T10:00:00Z"}`), `it has no "vulnerabilities"`},
		{"catalogue with nonsense", KEVName, []byte(`{"dateReleased":"2026-11-20T10:00:00Z","vulnerabilities":[{"cveID":"x"}]}`), `"x" is no CVE number`},
		{"nothing", "readme.txt", nil, "there is no advisory in it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, test.file), test.text)
			d, err := Open(dir)
			if err == nil {
				_, err = d.Find(t.Context(), map[Package]struct{}{{Release{"Debian", "12"}, "expat"}: {}})
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "nowhere")); err == nil || !strings.Contains(err.Error(), "there is no such directory") {
		t.Errorf("%v", err)
	}
}

func TestBaseScore(t *testing.T) {
	// 9.8, 6.4, 3.1 and 6.1 are examples of the specification's authors: https://www.first.org/cvss/v3-1/examples
	for vector, want := range map[string]float64{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H": 9.8, "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N": 6.4,
		"CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N": 3.1, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N": 0,
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N": 6.1,
	} {
		if got, ok := baseScore(vector); !ok || got != want {
			t.Errorf("%s: %v %v, want %v", vector, got, ok, want)
		}
	}
	for _, vector := range []string{"", "CVSS:4.0/AV:N", "CVSS:3.1/AV:N", "AV:N/AC:L/Au:N/C:P/I:P/A:P", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:X/C:N/I:N/A:N"} {
		if got, ok := baseScore(vector); ok {
			t.Errorf("%q: %v", vector, got)
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(osv("A", "Debian:12", "p", `{"introduced":"0"},{"fixed":"1:2~3-4"}`)), "1.0-1")
	f.Add([]byte(osv("A", "Alpine:v3.20", "p", `{"introduced":"0"},{"fixed":"1_rc2-r3"}`)), "1.0_alpha-r1")
	f.Add([]byte(osv("A", "Red Hat:enterprise_linux:9::x", "p", `{"introduced":"0"},{"last_affected":"0:1^2-3.module+el9"}`)), "0:1-1.module+el9")
	f.Add([]byte(`{"dateReleased":"2026-11-20T10:00:00Z","vulnerabilities":[{"cveID":"CVE-2026-0001","dueDate":"2026-01-01"}]}`), "")
	wanted := map[Package]struct{}{}
	for _, id := range [][2]string{{"debian", "12"}, {"ubuntu", "24.04"}, {"alpine", "3.20"}, {"rhel", "9.1"}, {"sles", "15.6"}, {"opensuse-leap", "15.6"}} {
		release, _ := ReleaseOf(id[0], id[1])
		wanted[Package{release, "p"}] = struct{}{}
	}
	f.Fuzz(func(_ *testing.T, text []byte, version string) {
		_, _ = parseCatalogue(text) // errors are fine, panics are not
		index := Index{}
		if index.add(text, wanted) != nil {
			return
		}
		for p := range wanted {
			_, _ = index.Matches(p, version)
		}
	})
}
