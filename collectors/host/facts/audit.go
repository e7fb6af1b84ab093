package facts

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// auditArea reads whether the audit daemon runs and what the rules in the kernel record. The kernel's rules are asked, not the files they
// came from: only the former are in force. Both need root.
func auditArea() Area {
	return Area{
		Name:  "audit",
		Attrs: []string{"auditd.enabled", "auditd.immutable", "audit_rules.covers"},
		Sections: []script.Section{
			{Name: "audit", Path: "/proc/self/loginuid", Shell: `
[ ! -e /proc/self/loginuid ] || kv kernel yes
! has auditctl || kv tool yes
exit 0`},
			{Name: "audit_status", Command: "auditctl -s", Root: true, Shell: `
has auditctl || absent
t auditctl -s`},
			{Name: "audit_rules", Command: "auditctl -l", Root: true, Shell: `
has auditctl || absent
t auditctl -l`},
		},
		Read: readAudit,
	}
}

func readAudit(h *Host) {
	f, about := &h.Facts, h.Result("audit")
	machine := h.Result("machine").Values()
	if about.OK() && about.Values()["kernel"] == "" || machine["container"] != "" || isContainer(machine["virt"]) {
		f.AuditdEnabled, f.AuditdImmutable, f.AuditRulesCovers = kind.NA[bool](), kind.NA[bool](), kind.NA[[]string]()
		return
	}
	f.AuditdEnabled = auditd(h)
	status, rules := h.Result("audit_status"), h.Result("audit_rules")
	if status.State == script.Absent && rules.State == script.Absent {
		if other, _ := h.runs("auditbeat", "osqueryd", "go-audit", "kaudit-agent"); other {
			why := "another program than auditd sets the rules, and auditctl, which would list them, is not installed"
			f.AuditdImmutable, f.AuditRulesCovers = unsaid[bool](rules, evidence.Unsupported, why), unsaid[[]string](rules, evidence.Unsupported, why)
			return
		}
		f.AuditdImmutable, f.AuditRulesCovers = known(about, false), known(about, []string{})
		return
	}
	settings := auditSettings(status.Output)
	enabled := settings["enabled"]
	switch {
	case !status.OK():
		f.AuditdImmutable = missing[bool](status)
	case enabled == "":
		f.AuditdImmutable = garbled[bool](status, "it does not say whether audit is enabled")
	default:
		f.AuditdImmutable = known(status, enabled == "2")
	}
	switch {
	case enabled == "0":
		f.AuditRulesCovers = known(status, []string{}) // rules are not in force
	case !rules.OK():
		f.AuditRulesCovers = missing[[]string](rules)
	default:
		f.AuditRulesCovers = known(rules, auditClasses(rules.Lines()))
	}
}

// auditd reports whether the audit daemon runs and starts at boot.
func auditd(h *Host) kind.Attr[bool] {
	on, certain := h.runs("auditd")
	u := h.units()
	_, starts, _ := u.has("auditd")
	switch {
	case certain && !on:
		return known(h.Result("processes"), false)
	case !u.known:
		return missing[bool](h.Result("units"))
	case !starts:
		return known(h.Result("units"), false)
	case !on:
		return unsaid[bool](h.Result("processes"), evidence.AccessDenied, "the host hides the processes of other users")
	}
	return known(h.Result("units"), true)
}

// auditSettings reads what "auditctl -s" prints: a name and a value per line; older versions print name=value on one line.
func auditSettings(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 2 && !strings.Contains(line, "=") {
			out[f[0]] = f[1]
			continue
		}
		for _, pair := range f {
			if name, value, ok := strings.Cut(strings.TrimPrefix(pair, "AUDIT_STATUS:"), "="); ok {
				out[name] = value
			}
		}
	}
	return out
}

// auditRule is one rule of the kernel as "auditctl -l" prints it.
type auditRule struct {
	never    bool
	list     string // exit, task, user, exclude
	path     string // file or folder that it watches
	folder   bool
	perm     string // of r, w, x, a; "" = all
	syscalls []string
	fields   []string // further conditions, such as euid=0
}

func parseAuditRule(line string) auditRule {
	r := auditRule{list: "exit"}
	words := strings.Fields(line)
	for i := 0; i+1 < len(words); i++ {
		value := words[i+1]
		switch words[i] {
		case "-w":
			r.path, r.folder = value, true // a watch on a folder holds for all within
		case "-p":
			r.perm = value
		case "-S":
			r.syscalls = append(r.syscalls, strings.Split(value, ",")...)
		case "-a", "-A":
			for part := range strings.SplitSeq(value, ",") {
				if part == "never" {
					r.never = true
				} else if part != "always" {
					r.list = part
				}
			}
		case "-C":
			r.fields = append(r.fields, value)
		case "-F":
			r.field(value)
		default:
			continue
		}
		i++
	}
	return r
}

func (r *auditRule) field(text string) {
	name, value, _ := strings.Cut(text, "=")
	switch name {
	case "path":
		r.path = value
	case "dir":
		r.path, r.folder = value, true
	case "perm":
		r.perm = value
	case "arch", "key":
	default:
		r.fields = append(r.fields, text)
	}
}

// watches reports whether a rule records what is done to a file in one of the ways.
func (r *auditRule) watches(file, ways string) bool {
	if r.path == "" || r.never || r.perm != "" && !strings.ContainsAny(r.perm, ways) || slices.ContainsFunc(r.fields, narrows) {
		return false
	}
	place := strings.TrimSuffix(r.path, "/")
	return file == place || r.folder && strings.HasPrefix(file, place+"/")
}

// narrows reports whether a condition leaves out more than what no person did: logins are told by auid.
func narrows(field string) bool { return !strings.HasPrefix(field, "auid") && field != "success=1" }

// records reports whether a rule records a system call, whoever makes it. The rules that come with auditd record clock_settime of the clock
// that tells the time (CLOCK_REALTIME, 0) only, which is all that can be set.
func (r *auditRule) records(syscall string) bool {
	return !r.never && r.path == "" && r.list == "exit" && slices.ContainsFunc(r.syscalls, func(s string) bool { return s == syscall || s == "all" }) &&
		!slices.ContainsFunc(r.fields, func(field string) bool { return narrows(field) && (syscall != "clock_settime" || field != "a0=0x0") })
}

// auditClasses are the classes of events that the rules record, as kind.Host.AuditRulesCovers names them:
//
//   - logins: changes of the files that note logins and failed ones;
//   - privilege: programs that run as root for another user, or use of sudo or su;
//   - identity: changes of /etc/passwd, /etc/shadow and /etc/group, all of them;
//   - time: the calls that set the clock;
//   - audit_config: changes under /etc/audit.
func auditClasses(lines []string) []string {
	out := []string{}
	rules := make([]auditRule, 0, len(lines))
	for _, l := range lines {
		r := parseAuditRule(l)
		if r.never && r.path == "" && len(r.fields) == 0 && (r.list == "task" || r.list == "exit" && len(r.syscalls) == 0) {
			return out // nothing is recorded at all
		}
		rules = append(rules, r)
	}
	some := func(match func(r *auditRule) bool) bool {
		for i := range rules {
			if match(&rules[i]) {
				return true
			}
		}
		return false
	}
	written := func(file string) bool { return some(func(r *auditRule) bool { return r.watches(file, "wa") }) }
	called := func(syscall string) bool { return some(func(r *auditRule) bool { return r.records(syscall) }) }
	if slices.ContainsFunc([]string{"/var/log/lastlog", "/var/run/faillock", "/run/faillock", "/var/log/faillog", "/var/log/btmp", "/var/log/tallylog"}, written) {
		out = append(out, "logins")
	}
	if some(recordsPrivilege) {
		out = append(out, "privilege")
	}
	if written("/etc/passwd") && written("/etc/shadow") && written("/etc/group") {
		out = append(out, "identity")
	}
	if called("adjtimex") && called("clock_settime") {
		out = append(out, "time")
	}
	if some(func(r *auditRule) bool {
		return r.watches("/etc/audit/auditd.conf", "wa") || r.watches("/etc/audit/rules.d/x", "wa")
	}) {
		out = append(out, "audit_config")
	}
	return out
}

// recordsPrivilege reports whether a rule records programs that take the rights of root.
func recordsPrivilege(r *auditRule) bool {
	for _, program := range []string{"/usr/bin/sudo", "/bin/sudo", "/usr/bin/su", "/bin/su"} {
		if r.watches(program, "x") {
			return true
		}
	}
	asRoot := func(field string) bool {
		return narrows(field) && !slices.Contains([]string{"euid=0", "uid!=euid", "euid!=uid", "egid=0", "gid!=egid"}, field)
	}
	return !r.never && r.list == "exit" && (slices.Contains(r.syscalls, "execve") || slices.Contains(r.syscalls, "all") && r.path == "") &&
		!slices.ContainsFunc(r.fields, asRoot)
}
