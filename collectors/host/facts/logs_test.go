package facts

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// debianRotate is what the section prints of Debian 12's /etc/logrotate.conf and /etc/logrotate.d/rsyslog, by the packages' files.
const debianRotate = `weekly
rotate 4
/var/log/alternatives.log {
	monthly
	rotate 12
}
/var/log/syslog
/var/log/mail.log
/var/log/auth.log
{
	rotate 4
	weekly
}
`

func TestLogs(t *testing.T) {
	paths := []string{"enabled", "forwarded", "destination", "retention_days", "last_event_at"}
	base := map[string]string{
		"processes": "1 systemd\n2 rsyslogd\n3 systemd-journal\n4 auditd\n", "rsyslog": "", "journald": "persistent=yes\n", "logrotate": debianRotate,
		"log_files": "1732233600 /var/log/auth.log\n1732233700 /var/log/syslog\n", "auditd_config": "last=1732233500\naction=ROTATE\nsyslog=no\n",
	}
	for _, test := range []struct {
		name        string
		changes     map[string]string
		auth, audit []any
	}{
		{
			"all stays here", nil,
			[]any{true, false, "host:web1", int64(28), "2024-11-22T00:00:00Z"},
			[]any{true, false, "host:web1", evidence.Unsupported, "2024-11-21T23:58:20Z"},
		},
		{
			"rsyslog sends everything, the audit log too",
			map[string]string{"rsyslog": "selector *.* @@(o)siem.example:6514\n", "auditd_config": "last=1732233500\naction=keep_logs\nsyslog=yes\n"},
			[]any{true, true, "siem.example:6514", int64(28), "2024-11-22T00:00:00Z"},
			[]any{true, true, "siem.example:6514", nil, "2024-11-21T23:58:20Z"},
		},
		{
			"rsyslog sends other logs",
			map[string]string{"rsyslog": "selector mail.* @siem\nselector *.*;auth,authpriv.none @siem\n"},
			[]any{true, false, "host:web1", int64(28), "2024-11-22T00:00:00Z"},
			[]any{true, false, "host:web1", evidence.Unsupported, "2024-11-21T23:58:20Z"},
		},
		{
			"an action, and audisp-remote",
			map[string]string{"rsyslog": "action - logs.example\n", "auditd_config": "au-remote=yes\nserver=audit.example\n"},
			[]any{true, true, "logs.example", int64(28), "2024-11-22T00:00:00Z"},
			[]any{true, true, "audit.example", evidence.Unsupported, evidence.Unsupported},
		},
		{
			"an action under a condition",
			map[string]string{"rsyslog": "action if logs.example\n"},
			[]any{true, evidence.Unresolved, evidence.Unresolved, int64(28), "2024-11-22T00:00:00Z"},
			[]any{true, false, "host:web1", evidence.Unsupported, "2024-11-21T23:58:20Z"},
		},
		{
			"a forwarder whose configuration is not read",
			map[string]string{"processes": base["processes"] + "9 filebeat\n"},
			[]any{true, evidence.NotCollected, evidence.NotCollected, int64(28), "2024-11-22T00:00:00Z"},
			[]any{true, evidence.NotCollected, evidence.NotCollected, evidence.Unsupported, "2024-11-21T23:58:20Z"},
		},
		{
			"the journal is sent on",
			map[string]string{"journald": "upload=https://journal.example:19532\n", "units": "running systemd\nactive systemd-journal-upload.service running\n"},
			[]any{true, true, "https://journal.example:19532", int64(28), "2024-11-22T00:00:00Z"},
			[]any{true, false, "host:web1", evidence.Unsupported, "2024-11-21T23:58:20Z"},
		},
		{
			"a journal in memory, no audit",
			map[string]string{"processes": "1 systemd\n3 systemd-journal\n", "journald": "Storage=volatile\n"},
			[]any{true, false, "host:web1", int64(0), "2024-11-22T00:00:00Z"},
			[]any{false, false, "n/a", "n/a", evidence.Unsupported},
		},
	} {
		printed := map[string]string{}
		maps.Copy(printed, base)
		maps.Copy(printed, test.changes)
		h := answered(printed)
		for typ, values := range map[string][]any{"os_auth": test.auth, "os_audit": test.audit} {
			want := map[string]any{}
			for i, p := range paths {
				want[p] = values[i]
			}
			if diff := cmp.Diff(want, attributes(entity(t, h, h.UID+":log:"+typ), paths...)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", test.name, typ, diff)
			}
		}
	}
}

func TestRotation(t *testing.T) {
	for text, want := range map[string]any{
		"weekly\nrotate 4\n/var/log/secure {\n}\n":                           int64(28),
		"/var/log/secure {\nmonthly\nrotate 12\nmaxage 100\n}\n":             int64(100),
		"/var/log/messages /var/log/secure {\ndaily\nrotate 90\nsize 1M\n}":  evidence.Unsupported,
		"weekly\nrotate 4\n/var/log/mail.log {\nrotate 9\n}\n":               nil,
		"rotate -1\n/var/log/auth.log {\nrotate x\n}\n}\n}\n{\n/var/log/a\n": int64(0),
	} {
		h := answered(map[string]string{"processes": "1 systemd\n2 rsyslogd\n", "rsyslog": "", "logrotate": text})
		if got := attributes(entity(t, h, h.UID+":log:os_auth"), "retention_days")["retention_days"]; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestSelects(t *testing.T) {
	for selector, want := range map[string]bool{
		"*.*": true, "auth,authpriv.*": true, "*.info;mail.none": true, "*.err": false, "mail.*": false, "*.*;authpriv.none": false, "": false, "authpriv": false,
	} {
		if got := selects(selector, "authpriv"); got != want {
			t.Errorf("%q: %v, want %v", selector, got, want)
		}
	}
}
