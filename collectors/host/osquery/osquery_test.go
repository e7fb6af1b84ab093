package osquery

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
)

// read loads a file of testdata and reads the host of the name.
func read(t *testing.T, file, name string) (*facts.Host, Results) {
	t.Helper()
	results, err := Load(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range results.Hosts {
		if h.Name == name {
			areas := facts.Areas()
			return facts.Read(areas, facts.Identity{Name: name, Group: "osquery", Source: "s1"}, h.At, h.Answers(facts.Sections(areas))), results
		}
	}
	t.Fatalf("%s tells nothing of %s", file, name)
	return nil, results
}

// attributes are those of an entity; of an unknown one the reason.
func attributes(e *evidence.Entity, paths ...string) map[string]any {
	out := map[string]any{}
	for _, p := range paths {
		if v, ok := e.Attrs[p]; ok {
			out[p] = v
		} else if u, ok := e.Unknown[p]; ok {
			out[p] = string(u.Reason) + ": " + u.Detail
		}
	}
	return out
}

func TestSnapshotLog(t *testing.T) {
	h, results := read(t, "snapshots.log", "web1")
	got := attributes(h.Entity(), "hostname", "os.name", "os.version", "os.eol_on", "kernel.running", "kernel.installed_latest", "reboot_required", "kind",
		"ssh.permit_root_login", "ssh.password_authentication", "ssh.client_alive_interval_seconds", "ssh.ciphers", "ssh.authentication_methods")
	want := map[string]any{
		"hostname": "web1.clinic.example", "os.name": "debian", "os.version": "12", "os.eol_on": got["os.eol_on"],
		"kernel.running": "6.1.0-28-amd64", "kernel.installed_latest": "6.1.0-30-amd64", "reboot_required": true, "kind": "vm",
		"ssh.permit_root_login": "no", "ssh.password_authentication": false, "ssh.client_alive_interval_seconds": int64(300),
		"ssh.ciphers": []any{"chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com"}, "ssh.authentication_methods": "any",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(h.Aliases, []string{"instance:i-0abc1234def567890"}) {
		t.Error(h.Aliases)
	}
	if prov := h.Result("passwd").Prov(); prov.Method != Method("users") || !prov.At.Equal(time.Date(2026, 11, 21, 12, 0, 4, 0, time.UTC)) {
		t.Errorf("provenance %+v", prov)
	}
	var lines []string
	for _, e := range h.Entities {
		if e.Kind != "principal" && e.Kind != "credential" {
			continue
		}
		a := attributes(e, "type", "enabled", "privileged", "active", "expires_at", "last_used_at")
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e.Kind+" "+regexp.MustCompile(`ssh_key:.*`).ReplaceAllString(e.UID, "ssh_key:KEY")+" "+string(text))
	}
	compare(t, "testdata/web1.golden", strings.Join(lines, "\n")+"\n")
	if len(results.Notes) != 1 || !strings.Contains(results.Notes[0], "pack_it-compliance_mounts_of_nfs") {
		t.Errorf("notes %q", results.Notes)
	}
	for _, kind := range []string{"principal", "credential"} {
		if h.Covered[kind].Status != evidence.Complete {
			t.Errorf("%s: %+v", kind, h.Covered[kind])
		}
	}
}

// compare holds text against a golden file, and writes it where UPDATE is set.
func compare(t *testing.T, file, got string) {
	t.Helper()
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
}

// What osquery was not asked is unknown, and the reason names the query.
func TestMissingTables(t *testing.T) {
	h, _ := read(t, "snapshots.log", "db2")
	got := attributes(h.Entity(), "os.version", "kernel.running", "ssh.permit_root_login", "sudo.rules")
	want := map[string]any{
		"os.version":            "24.04",
		"kernel.running":        "not_collected: the results of osquery hold no rows of the query assay_system_info",
		"ssh.permit_root_login": "not_collected: the results of osquery hold no rows of the query assay_augeas",
		"sudo.rules":            "not_collected: the results of osquery hold no rows of the query assay_sudoers",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, kind := range []string{"principal", "credential"} {
		if h.Covered[kind].Status != evidence.Partial {
			t.Errorf("%s: %+v", kind, h.Covered[kind])
		}
	}
}

func TestDifferentialLog(t *testing.T) {
	h, _ := read(t, "differential.log", "web3")
	shells := map[string]any{}
	for _, e := range h.Entities {
		if e.Kind == "principal" {
			shells[e.Name] = e.Attrs["interactive"]
		}
	}
	if diff := cmp.Diff(map[string]any{"root": true, "daemon": false, "alice": true, "bob": false}, shells); diff != "" {
		t.Error(diff)
	}
	if why := h.Result("group").Why(); !strings.Contains(why.Detail, "counter 0") {
		t.Errorf("groups begin with counter 7: %+v", why)
	}
}

func TestDirectory(t *testing.T) {
	h, _ := read(t, "osqueryi", "db1")
	got := attributes(h.Entity(), "os.version", "hostname", "last_seen_at")
	want := map[string]any{"os.version": "12", "hostname": "web1.clinic.example", "last_seen_at": "2026-11-21T12:00:00Z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFleet(t *testing.T) {
	_, results := read(t, "assay_os_version.json", "lap2")
	if len(results.Hosts) != 2 || !results.Hosts[1].At.Equal(time.Date(2026, 11, 21, 13, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", results.Hosts)
	}
	h, _ := read(t, "assay_users - Query report.csv", "lap1")
	var names []string
	for _, e := range h.Entities {
		names = append(names, e.Name)
	}
	if !slices.Equal(names, []string{"=cmd|'<script>", "root"}) {
		t.Errorf("%q", names)
	}
}

func TestTableOf(t *testing.T) {
	for query, want := range map[string]string{
		"users": "users", "assay_users": "users", "pack_assay_assay_users": "users", "pack/Global/assay_users": "users", "pack/team-1/users": "users",
		"users_of_ldap": "", "all_users": "", "assay_": "", "": "", "pack_assay_assay_user_groups": "user_groups",
	} {
		if got := tableOf(query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestRecognise(t *testing.T) {
	for text, want := range map[string]bool{
		`{"users": [{"uid":"0"}]}`: true,
		`[{"uid":"0"}]`:            true,
		`[]`:                       true,
		`{"snapshot":[],"name":"x","hostIdentifier":"h"}`: true,
		`{"all": {"hosts": {"web1": {}}}}`:                false,
		"[web]\nweb1\n":                                   false,
		"[web:children]\nweb1\n":                          false,
		"hosts:\n  web1: {}\n":                            false,
		"":                                                false,
		`{"_meta": {"hostvars": {}}, "web": {"hosts": ["a"]}}`:     false,
		`{"results":[],"query_id":3,"report_clipped":false}`:       true,
		`{"host":"web1","rows":[{"uid":"0","host_hostname":"h"}]}`: true,
	} {
		if got := recognised("x.json", []byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if !recognised("x.csv", []byte("\"host_hostname\",\"uid\"\n")) || recognised("x.csv", []byte("a,b\n")) {
		t.Error("csv")
	}
}

// Without the rows that only root sees, nothing is concluded from an empty table.
func TestWithoutRoot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results.json")
	text := `{"users":[{"uid":"0","gid":"0","username":"root","directory":"/root","shell":"/bin/sh"}],"shadow":[],"sudoers":[],"authorized_keys":[],"passwd":[],
		"system_info":[{"hostname":"h1","hardware_vendor":"","hardware_model":""}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	results, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	answers := results.Hosts[0].Answers(facts.Sections(facts.Areas()))
	got := map[string]string{}
	for _, s := range []string{"shadow", "sudoers", "authorized_keys"} {
		if answers.Results[s].State != script.Missing {
			t.Errorf("%s: %+v", s, answers.Results[s])
		}
		got[s] = answers.Notes[s]
	}
	want := map[string]string{
		"shadow":          "osquery's shadow is empty: it needs root",
		"sudoers":         "osquery's sudoers is empty: sudo is not installed, or osquery did not run as root",
		"authorized_keys": "the results of osquery hold no rows of the query assay_augeas",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBadFiles(t *testing.T) {
	for name, tc := range map[string]struct{ file, text, want string }{
		"no json":      {"users.json", "[", "it is no JSON"},
		"nothing ours": {"x.json", `{"nfs":[{"a":"b"}]}`, "holds no results of queries of Assay's pack"},
		"no host":      {"users.json", `[{"uid":"0"}]`, "holds no results"},
		"csv":          {"users.csv", "a,b\n1,2\n", "no column names the host"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), tc.file)
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(file); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %s", err, tc.want)
			}
		})
	}
}

// A log whose end is missing keeps what came before it.
func TestCutLog(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("testdata", "snapshots.log"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cut.log")
	if err := os.WriteFile(file, whole[:len(whole)-40], 0o600); err != nil {
		t.Fatal(err)
	}
	results, err := Load(file)
	if err != nil || len(results.Hosts) != 2 || !strings.Contains(strings.Join(results.Notes, "\n"), "is left out") {
		t.Errorf("%v %+v", err, results.Notes)
	}
}

// The pack asks for every table that is read, with every column.
func TestPack(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "osquery-pack.conf"))
	if err != nil {
		t.Fatal(err)
	}
	var pack struct {
		Queries map[string]struct {
			Query    string
			Snapshot bool
		}
	}
	if err := json.Unmarshal(data, &pack); err != nil {
		t.Fatal(err)
	}
	if len(pack.Queries) != len(Tables()) {
		t.Errorf("%d queries of %d tables", len(pack.Queries), len(Tables()))
	}
	for _, table := range Tables() {
		q := pack.Queries[QueryPrefix+table]
		selected, _, _ := strings.Cut(q.Query, " FROM ")
		for _, c := range columns(table) {
			if !q.Snapshot || !regexp.MustCompile(`\b`+c+`\b`).MatchString(selected) {
				t.Errorf("%s does not show %s: %s", table, c, q.Query)
			}
		}
	}
	used := map[string]bool{"time": true, "ec2_instance_metadata": true, "rpm_packages": true}
	for _, w := range writers() {
		for _, table := range w.tables {
			used[table] = true
		}
	}
	for _, table := range Tables() {
		if !used[table] {
			t.Errorf("no section is written from %s", table)
		}
	}
}

func TestUnitPath(t *testing.T) {
	for name, want := range map[string]string{"dev-sda2": "/dev/sda2", `dev-disk-by\x2duuid-a`: "/dev/disk/by-uuid/a", "swap.img": "/swap.img", `x\x`: `/x\x`} {
		if got := unitPath(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// Sections of areas that this test does not know are written in the forms that their readers expect.
func TestOtherSections(t *testing.T) {
	results, err := Load(filepath.Join("testdata", "snapshots.log"))
	if err != nil {
		t.Fatal(err)
	}
	web1 := results.Hosts[slices.IndexFunc(results.Hosts, func(h *Host) bool { return h.Name == "web1" })]
	var b strings.Builder
	for _, s := range []string{"packages", "mounts", "blocks", "processes", "units", "sockets"} {
		state, text, why := web1.answer(writers()[s])
		fmt.Fprintf(&b, "== %s %d %s\n%s", s, state, why, text)
	}
	compare(t, "testdata/sections.golden", b.String())
}

// Whatever a file holds is read to an end, and what comes of it is bounded and without line feeds in values.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"snapshots.log", "differential.log", "assay_os_version.json", "assay_users - Query report.csv"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, data)
	}
	f.Add("x.json", []byte(`{"users":[{"uid":0,"gid":1e99,"username":"a:b\nMARK:file - - /etc/sudoers","directory":null,"shell":true}],"system_info":[{"hostname":"h"}]}`))
	areas := facts.Areas()
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		l := &loader{hosts: map[string]*Host{}, skipped: map[string]bool{}}
		src := source{path: name, query: queryOf(name), changed: time.Unix(1_700_000_000, 0)}
		err := l.json(src, strings.NewReader(string(data)))
		if filepath.Ext(name) == ".csv" {
			err = l.csv(src, strings.NewReader(string(data)))
		}
		recognised(name, data)
		if err != nil {
			return
		}
		results, err := l.results()
		if err != nil {
			return
		}
		for _, h := range results.Hosts {
			facts.Read(areas, facts.Identity{Name: h.Name, Group: "osquery", Source: "s1"}, h.At, h.Answers(facts.Sections(areas)))
			for _, table := range h.tables {
				for _, r := range table.rows {
					if strings.ContainsAny(strings.Join(r.values, ""), "\n\t\x00") {
						t.Errorf("a value holds a line feed: %q", r.values)
					}
				}
			}
		}
	})
}
