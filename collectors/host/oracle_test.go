//go:build oracle

package host_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/collectors/host"
	"github.com/assay-audit/assay/collectors/host/internal/sshdtest"
	"github.com/assay-audit/assay/internal/evidence"
)

// TestOracles asks lynis and OpenSCAP about this machine and holds what they say against what we collect. Where both have decided and
// do not agree, the table below must know why. "make oracle" runs it.
func TestOracles(t *testing.T) {
	need(t, "lynis", "lynis")
	need(t, "oscap", "openscap-scanner")
	if os.Getuid() != 0 {
		t.Fatal("lynis and OpenSCAP read the machine as root: run this as root")
	}
	// lynis asks for the settings of sshd only while one runs.
	sshdtest.Start(t, sshdtest.NewClient(t))
	ours := collectMachine(t)
	theirs := askLynis(t)
	askOpenSCAP(t, theirs)
	agreed, differed := 0, 0
	for _, c := range comparisons() {
		said, decided := theirs.answer(c)
		own, ownDecided := c.ours(ours)
		line := fmt.Sprintf("%-10s %-42s %-34s they %-18q we %q", c.oracle, c.id, c.what, said, own)
		switch {
		case !decided || !ownDecided:
			if c.always {
				t.Errorf("%s: one of the two has not decided", line)
			}
			t.Log("undecided ", line)
		case said == own:
			agreed++
			t.Log("agree     ", line)
		default:
			i := slices.IndexFunc(c.differ, func(d difference) bool { return d.theirs == said && d.ours == own })
			if i < 0 {
				t.Errorf("disagree   %s", line)
				continue
			}
			differed++
			t.Logf("differ     %s: %s", line, c.differ[i].why)
		}
	}
	t.Logf("%d agree, %d differ for a known reason", agreed, differed)
	const fewest = 12
	if agreed < fewest {
		t.Errorf("only %d comparisons were decided by both and agree", agreed)
	}
}

// comparison is one thing that an oracle and we both look at.
type comparison struct {
	oracle, id string // lynis and its test, or oscap and the rule of XCCDF
	what       string // our attribute, kind or check
	// key is what of lynis' report tells: "NAME" the value, "NAME[]" whether there is one, "log:REGEXP" a match in its log.
	key    string
	ours   func(machine) (answer string, decided bool)
	differ []difference
	always bool // both decide on every machine
}

// difference is a disagreement that is right, and why.
type difference struct{ theirs, ours, why string }

// comparisons is the table.
func comparisons() []comparison {
	written := "the rule wants the line written; we judge what sshd does, and here that is the default"
	return []comparison{
		{oracle: "lynis", id: "CORE-1000", what: "os.version", key: "os_version", ours: attribute("os.version"), always: true},
		{oracle: "lynis", id: "KRNL-5695", what: "kernel.running", key: "linux_kernel_release", ours: attribute("kernel.running"), always: true},
		{oracle: "lynis", id: "CORE-1000", what: "hostname", key: "hostname", ours: firstLabel(attribute("hostname")), always: true},
		{oracle: "lynis", id: "AUTH-9204", what: "accounts[].uid", key: "user_with_uid_zero[]", ours: anyAccount(isSecondRoot)},
		{oracle: "lynis", id: "AUTH-9234", what: "accounts", key: "real_user[]*", ours: people, always: true},
		{oracle: "lynis", id: "AUTH-9283", what: "accounts[].password_state", key: "account_without_password[]", ours: anyAccount(hasNoPassword), always: true},
		{oracle: "lynis", id: "AUTH-9284", what: "accounts[].password_state", key: "locked_account[]*", ours: lockedPeople},
		{
			oracle: "lynis", id: "SSH-7408", what: "ssh.permit_root_login", key: "log:Option PermitRootLogin value is (\\S+)", ours: attribute("ssh.permit_root_login"), always: true,
			differ: []difference{{"without-password", "prohibit-password", "sshd -T prints the old name of the same value"}},
		},
		{oracle: "lynis", id: "SSH-7408", what: "ssh.client_alive_interval_seconds", key: "log:Option ClientAliveInterval value is (\\S+)", ours: attribute("ssh.client_alive_interval_seconds"), always: true},
		{oracle: "lynis", id: "SSH-7408", what: "ssh.client_alive_count_max", key: "log:Option ClientAliveCountMax value is (\\S+)", ours: attribute("ssh.client_alive_count_max"), always: true},
		{oracle: "lynis", id: "ACCT-9628", what: "auditd.enabled", key: "linux_auditd_running", ours: truth("auditd.enabled")},
		{
			oracle: "lynis", id: "TIME-3104", what: "time.synchronised", key: "ntp_daemon_running", ours: truth("time.synchronised"),
			differ: []difference{
				{"1", "0", "a daemon that runs is not yet one that keeps time"},
				{"0", "1", "the kernel's clock is disciplined from outside, as a hypervisor does"},
			},
		},
		{
			oracle: "lynis", id: "FIRE-4590", what: "network_boundary.enabled", key: "firewall_active", ours: boundary,
			differ: []difference{{"1", "0", "lynis takes a module of the kernel for a firewall; no rule refuses anything (FIRE-4512 says the same)"}},
		},
		{
			oracle: "lynis", id: "MALW-3280", what: "agent of type antivirus or edr", key: "malware_scanner_installed", ours: agents("antivirus", "edr"),
			differ: []difference{{"1", "0", "rkhunter and chkrootkit look for traces once a day; they are neither antivirus nor EDR"}},
		},
		{oracle: "lynis", id: "FINT-4350", what: "agent of type fim", key: "file_integrity_tool[]", ours: agents("fim")},
		{oracle: "lynis", id: "PKGS-7392", what: "patch_state.pending", key: "vulnerable_package[]", ours: pending},
		{oracle: "lynis", id: "SHLL-6220", what: "shell.tmout_seconds", key: "session_timeout_enabled", ours: limited("shell.tmout_seconds")},
		{oracle: "oscap", id: "sshd_disable_root_login", what: "ssh.permit_root_login", ours: is("ssh.permit_root_login", "no"), always: true},
		{
			oracle: "oscap", id: "sshd_disable_empty_passwords", what: "ssh.permit_empty_passwords", ours: is("ssh.permit_empty_passwords", "false"), always: true,
			differ: []difference{{"false", "true", written}},
		},
		{
			oracle: "oscap", id: "sshd_disable_root_password_login", what: "ssh.permit_root_login", ours: is("ssh.permit_root_login", "prohibit-password"), always: true,
			differ: []difference{{"false", "true", written}},
		},
		{oracle: "oscap", id: "no_empty_passwords_etc_shadow", what: "accounts[].password_state", ours: negated(anyAccount(hasNoPassword)), always: true},
		{oracle: "oscap", id: "accounts_no_uid_except_zero", what: "accounts[].uid", ours: negated(anyAccount(isSecondRoot)), always: true},
		{
			oracle: "oscap", id: "sudo_remove_nopasswd", what: "sudo.rules[].nopasswd_all", ours: negated(freeSudo), always: true,
			differ: []difference{{"false", "true", "the rule wants no NOPASSWD at all; we leave those for named commands"}},
		},
		{
			oracle: "oscap", id: "sudo_remove_no_authenticate", what: "sudo.rules[].nopasswd_all", ours: negated(freeSudo), always: true,
			differ: []difference{{"true", "false", "a rule has NOPASSWD, which is another rule of theirs"}},
		},
		{oracle: "oscap", id: "service_auditd_enabled", what: "auditd.enabled", ours: isTrue("auditd.enabled")},
		{oracle: "oscap", id: "audit_rules_immutable", what: "auditd.immutable", ours: isTrue("auditd.immutable")},
		{
			oracle: "oscap", id: "service_ufw_enabled", what: "network_boundary.enabled", ours: translated(boundary),
			differ: []difference{{"false", "true", "another tool than ufw set the rules"}},
		},
		{oracle: "oscap", id: "package_telnetd_removed", what: "legacy_services", ours: noLegacy},
	}
}

// need fails where a tool is missing, with the package that holds it.
func need(t *testing.T, tool, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Fatalf("%s is not installed: apt-get install %s", tool, pkg)
	}
}

// machine is what we collect of this machine.
type machine struct {
	host     *evidence.Entity
	entities []*evidence.Entity
}

func collectMachine(t *testing.T) machine {
	t.Helper()
	req := collectors.Request{Target: collectors.Target{Ref: "host:local", Scheme: "host", Value: "local"}}
	snap, err := collectortest.Collect(t.Context(), t, host.Spec, req)
	if err != nil {
		t.Fatal(err)
	}
	m := machine{}
	for i := range snap.Entities {
		e := snap.Entities[i]
		m.entities = append(m.entities, e)
		if e.Kind == "host" {
			m.host = e
		}
	}
	return m
}

// attribute is an attribute of the host as a text.
func attribute(path string) func(machine) (string, bool) {
	return func(m machine) (string, bool) {
		v, ok := m.host.Attrs[path]
		return fmt.Sprint(v), ok && v != nil
	}
}

// firstLabel is the name of a host without its domain.
func firstLabel(of func(machine) (string, bool)) func(machine) (string, bool) {
	return func(m machine) (string, bool) {
		v, ok := of(m)
		v, _, _ = strings.Cut(v, ".")
		return v, ok
	}
}

// truth is a boolean as lynis writes one. An attribute that does not apply is "0": there is nothing.
func truth(path string) func(machine) (string, bool) {
	return func(m machine) (string, bool) {
		v, ok := m.host.Attrs[path].(bool)
		if !ok {
			_, unknown := m.host.Unknown[path]
			return "0", !unknown && slices.Contains(m.host.NA, path)
		}
		return map[bool]string{false: "0", true: "1"}[v], true
	}
}

// translated writes lynis' booleans as OpenSCAP's.
func translated(of func(machine) (string, bool)) func(machine) (string, bool) {
	return func(m machine) (string, bool) {
		v, ok := of(m)
		return strconv.FormatBool(v == "1"), ok
	}
}

func isTrue(path string) func(machine) (string, bool) { return translated(truth(path)) }

func negated(of func(machine) (string, bool)) func(machine) (string, bool) {
	return func(m machine) (string, bool) {
		v, ok := of(m)
		return strconv.FormatBool(v == "0"), ok
	}
}

func is(path, want string) func(machine) (string, bool) {
	return func(m machine) (string, bool) {
		v, ok := attribute(path)(m)
		return strconv.FormatBool(v == want), ok
	}
}

// limited reports whether a number is above 0.
func limited(path string) func(machine) (string, bool) {
	return func(m machine) (string, bool) {
		v, ok := m.host.Attrs[path].(int64)
		return map[bool]string{false: "0", true: "1"}[v > 0], ok
	}
}

func elements(m machine, path string) ([]map[string]any, bool) {
	list, ok := m.host.Attrs[path].([]any)
	out := make([]map[string]any, 0, len(list))
	for _, e := range list {
		if element, is := e.(map[string]any); is {
			out = append(out, element)
		}
	}
	return out, ok
}

func anyAccount(match func(map[string]any) bool) func(machine) (string, bool) {
	return func(m machine) (string, bool) {
		accounts, ok := elements(m, "accounts")
		return map[bool]string{false: "0", true: "1"}[slices.ContainsFunc(accounts, match)], ok
	}
}

func isSecondRoot(a map[string]any) bool {
	return fmt.Sprint(a["uid"]) == "0" && a["name"] != "root"
}

func hasNoPassword(a map[string]any) bool { return a["password_state"] == "empty" }

// isPerson follows lynis: root, and the user ids from 1000 on.
func isPerson(a map[string]any) bool {
	uid, err := strconv.Atoi(fmt.Sprint(a["uid"]))
	return err == nil && (uid == 0 || uid >= 1000 && uid < 60000)
}

// people are names and user ids of people, in order.
func people(m machine) (string, bool) {
	accounts, ok := elements(m, "accounts")
	var out []string
	for _, a := range accounts {
		if isPerson(a) {
			out = append(out, fmt.Sprintf("%v,%v", a["name"], a["uid"]))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " "), ok
}

// lockedPeople are the people with a locked password.
func lockedPeople(m machine) (string, bool) {
	accounts, ok := elements(m, "accounts")
	var out []string
	for _, a := range accounts {
		if isPerson(a) && fmt.Sprint(a["uid"]) != "0" && a["password_state"] == "locked" {
			out = append(out, fmt.Sprint(a["name"]))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " "), ok
}

func freeSudo(m machine) (string, bool) {
	rules, ok := elements(m, "sudo.rules")
	return map[bool]string{false: "0", true: "1"}[slices.ContainsFunc(rules, func(r map[string]any) bool { return r["nopasswd_all"] == true })], ok
}

func noLegacy(m machine) (string, bool) {
	list, ok := m.host.Attrs["legacy_services"].([]any)
	return strconv.FormatBool(!slices.ContainsFunc(list, func(v any) bool { return strings.Contains(fmt.Sprint(v), "telnet") })), ok
}

// boundary reports whether the host's firewall is on.
func boundary(m machine) (string, bool) {
	for _, e := range m.entities {
		if e.Kind == "network_boundary" {
			v, ok := e.Attrs["enabled"].(bool)
			return map[bool]string{false: "0", true: "1"}[v], ok
		}
	}
	return "", false
}

// agents reports whether an agent of one of the types is installed; undecided where none of the type was looked for.
func agents(types ...string) func(machine) (string, bool) {
	return func(m machine) (string, bool) {
		found, decided := false, false
		for _, e := range m.entities {
			if e.Kind != "agent" || !slices.Contains(types, fmt.Sprint(e.Attrs["type"])) {
				continue
			}
			installed, ok := e.Attrs["installed"].(bool)
			found, decided = found || installed, decided || ok
		}
		return map[bool]string{false: "0", true: "1"}[found], decided
	}
}

// pending reports whether security updates wait.
func pending(m machine) (string, bool) {
	for _, e := range m.entities {
		if e.Kind == "patch_state" {
			list, ok := e.Attrs["pending"].([]any)
			return map[bool]string{false: "0", true: "1"}[len(list) > 0], ok
		}
	}
	return "", false
}

// answers are what the oracles say.
type answers struct {
	report map[string][]string // of lynis, by key
	ran    map[string]bool     // tests of lynis that ran
	log    string              // of lynis
	scap   map[string]string   // of OpenSCAP: true or false, by rule
}

// answer looks up one comparison.
func (a *answers) answer(c comparison) (string, bool) {
	if c.oracle == "oscap" {
		v, ok := a.scap[c.id]
		return v, ok
	}
	ran := a.ran[c.id]
	if pattern, ok := strings.CutPrefix(c.key, "log:"); ok {
		m := regexp.MustCompile(pattern).FindStringSubmatch(a.log)
		if m == nil {
			return "", false
		}
		return strings.ToLower(m[1]), ran
	}
	if key, ok := strings.CutSuffix(c.key, "*"); ok {
		list := slices.Sorted(slices.Values(a.report[key]))
		return strings.Join(list, " "), ran
	}
	values := a.report[c.key]
	if strings.HasSuffix(c.key, "[]") {
		return map[bool]string{false: "0", true: "1"}[len(values) > 0], ran
	}
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

// askLynis runs the groups of lynis' tests that overlap with what we collect.
func askLynis(t *testing.T) *answers {
	t.Helper()
	dir := t.TempDir()
	report, log := filepath.Join(dir, "report"), filepath.Join(dir, "log")
	run(t, 5*time.Minute, "lynis", "audit", "system", "--quick", "--quiet", "--no-colors", "--report-file", report, "--logfile", log,
		"--tests-from-group", "accounting authentication file_integrity firewalls kernel malware ports_packages shells ssh time")
	out := &answers{report: map[string][]string{}, ran: map[string]bool{"CORE-1000": true}, scap: map[string]string{}}
	f, err := os.Open(report)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // read only
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), "="); ok {
			out.report[key] = append(out.report[key], value)
		}
	}
	for _, id := range strings.Split(strings.Join(out.report["tests_executed"], "|"), "|") {
		out.ran[id] = true
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	out.log = string(text)
	return out
}

// askOpenSCAP evaluates the OVAL definitions of the rules. ssg-debian 0.1.65 has no content for Debian 12; its definitions for 11 look at
// the same files.
func askOpenSCAP(t *testing.T, out *answers) {
	t.Helper()
	const content = "/usr/share/xml/scap/ssg/content/ssg-debian11-oval.xml"
	if _, err := os.Stat(content); err != nil {
		t.Fatalf("%s is not there: apt-get install ssg-debian", content)
	}
	verdict := regexp.MustCompile(`Definition \S+: (true|false)`)
	for _, c := range comparisons() {
		if c.oracle != "oscap" {
			continue
		}
		printed := run(t, time.Minute, "oscap", "oval", "eval", "--id", "oval:ssg-"+c.id+":def:1", content)
		if m := verdict.FindStringSubmatch(printed); m != nil {
			out.scap[c.id] = m[1]
		}
	}
}

// run runs a command and returns what it printed. Its exit status says what it found, not whether it ran.
func run(t *testing.T, limit time.Duration, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	out, _ := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("%s did not end within %s", name, limit)
	}
	return string(out)
}
