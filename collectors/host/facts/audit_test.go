package facts

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// stigRules is what auditctl 3.0 prints of 30-stig.rules, which comes with auditd (testdata/auditd-stig), without what matters to no class,
// and in its form by hand the rules on logins and programs that stand there as comments.
const stigRules = `-a always,exit -F arch=b64 -S adjtimex,settimeofday -F key=time-change
-a always,exit -F arch=b64 -S clock_settime -F a0=0x0 -F key=time-change
-w /etc/localtime -p wa -k time-change
-w /etc/group -p wa -k identity
-w /etc/passwd -p wa -k identity
-w /etc/shadow -p wa -k identity
-w /var/run/faillock -p wa -k logins
-w /var/log/lastlog -p wa -k logins
-a always,exit -F arch=b64 -S execve -C uid!=euid -F euid=0 -F key=setuid
-w /etc/audit/ -p wa -k audit
`

func TestAuditClasses(t *testing.T) {
	all := []string{"logins", "privilege", "identity", "time", "audit_config"}
	for _, test := range []struct {
		name, rules string
		want        []string
	}{
		{"30-stig", stigRules, all},
		{"no rules", "No rules\n", []string{}},
		{"task,never switches the rest off", "-a never,task\n" + stigRules, []string{}},
		{"identity needs all three", "-w /etc/passwd -p wa\n-w /etc/shadow -p wa\n", []string{}},
		{"one watch on the folder", "-w /etc -p wa\n", []string{"identity", "audit_config"}},
		{"reading is no change", "-w /etc/audit -p r\n-w /var/log/lastlog -p x\n", []string{}},
		{"a rule for one process only", "-a always,exit -F path=/usr/bin/sudo -F perm=x -F exe=/bin/x\n", []string{}},
		{"sudo by people", "-a always,exit -S all -F path=/usr/bin/sudo -F perm=x -F auid>=1000 -F auid!=-1 -F key=privileged\n", []string{"privilege"}},
		{"only some clock calls", "-a always,exit -F arch=b64 -S adjtimex -F key=t\n", []string{}},
	} {
		if diff := cmp.Diff(test.want, auditClasses(strings.Split(test.rules, "\n"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestAudit(t *testing.T) {
	paths := []string{"auditd.enabled", "auditd.immutable", "audit_rules.covers"}
	all := []any{"logins", "privilege", "identity", "time", "audit_config"}
	running := map[string]string{
		"audit": "kernel=yes\ntool=yes", "processes": "1 systemd\n9 auditd\n", "units": "running systemd\nfile auditd.service enabled\n",
		"audit_status": "enabled 2\nfailure 1\npid 812\n", "audit_rules": stigRules,
	}
	with := func(changes map[string]string) map[string]string {
		out := map[string]string{}
		maps.Copy(out, running)
		for k, v := range changes {
			if out[k] = v; v == "-" {
				delete(out, k)
			}
		}
		return out
	}
	for _, test := range []struct {
		name    string
		printed map[string]string
		want    []any
	}{
		{"as it should be", running, []any{true, true, all}},
		{"rules are not in force", with(map[string]string{"audit_status": "enabled 0\n"}), []any{true, false, []any{}}},
		{"older auditctl", with(map[string]string{"audit_status": "AUDIT_STATUS: enabled=1 flag=1 pid=812\n"}), []any{true, false, all}},
		{"it does not start at boot", with(map[string]string{"units": "running systemd\nfile auditd.service installed\n"}), []any{false, true, all}},
		{"it does not run", with(map[string]string{"processes": "1 systemd\n"}), []any{false, true, all}},
		{"without root", with(map[string]string{"audit_status": "-", "audit_rules": "-"}), []any{true, evidence.AccessDenied, evidence.AccessDenied}},
		{"a kernel without audit", map[string]string{"audit": ""}, []any{"n/a", "n/a", "n/a"}},
		{"a container", with(map[string]string{"machine": "node=a\ncontainer=yes\n"}), []any{"n/a", "n/a", "n/a"}},
		{"garbage", with(map[string]string{"audit_status": "?\n"}), []any{true, evidence.ParseError, all}},
	} {
		want := map[string]any{}
		for i, p := range paths {
			want[p] = test.want[i]
		}
		if diff := cmp.Diff(want, attributes(answered(test.printed).Entity(), paths...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
