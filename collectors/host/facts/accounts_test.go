package facts

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// The texts of a host with several accounts.
const (
	passwdText = `root:shadow:0:0:root:/root:/bin/bash
daemon:shadow:1:1:daemon:/usr/sbin:/usr/sbin/nologin
alice:shadow:1000:1000:Alice,,,:/home/alice:/bin/bash
bob:shadow:1001:1001::/home/bob:/usr/bin/zsh
toor:empty:0:0::/root:/bin/sh
old:shadow:1002:1002::/home/old:/bin/bash
deploy:shadow:1003:1003::/home/deploy:/bin/bash
+nis
broken line
`
	shadowText  = "root:locked:19000:\ndaemon:locked:19000:\nalice:set:20000:\nbob:locked:20000:\nold:set:18000:19000\ndeploy:locked:20000:\n"
	groupText   = "root:x:0:\nwheel:x:10:alice\ndocker:x:999:bob\nalice:x:1000:\nbob:x:1001:\n"
	lastlogText = `Username         Port     From                                       Latest
root                                                                **Never logged in**
alice            pts/0    192.0.2.7                                  Sat Nov 21 09:51:32 +0000 2026
bob              pts/1    2001:db8::1                                Wed Jul  1 23:01:02 +0200 2026
`
	keysText = `
MARK:file alice 1700000000 /home/alice/.ssh/authorized_keys
# laptop
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvzHaMRLS1HRnFHqzQWMDzSaoLdOiUDN2aSTmPRZ6gP alice@laptop
from="192.0.2.0/24",expiry-time="20260101" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvzHaMRLS1HRnFHqzQWMDzSaoLdOiUDN2aSTmPRZ6gP again
not a key <script>

MARK:file bob - /home/bob/.ssh/authorized_keys
expiry-time="20260101" sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIFvzHaMRLS1HRnFHqzQWMDzSaoLdOiUDN2aSTmPRZ6gPAAAABHNzaDo= bob
`
	sshdText = "permitrootlogin no\npasswordauthentication no\npermitemptypasswords no\nauthenticationmethods any\ntrustedusercakeys none\nauthorizedkeyscommand none\nclientaliveinterval 0\nclientalivecountmax 3\nciphers a\nmacs b\nkexalgorithms c\n"
)

func peopled() map[string]string {
	return map[string]string{
		"machine": "node=web1\nkernel=6\nvirt=kvm", "passwd": passwdText, "shadow": shadowText, "group": groupText, "lastlog": lastlogText, "authorized_keys": keysText,
		"sshd": sshdText, "sshd_config": "MARK:file - 1 /etc/ssh/sshd_config\n", "directory": "passwd=files systemd\nuid_min=1000\nshells=/bin/sh /bin/bash /usr/bin/zsh",
		"sudoers": "MARK:file - 1 /etc/sudoers\nroot ALL=(ALL:ALL) ALL\n%wheel ALL=(ALL) NOPASSWD: ALL\n",
		"logins":  "1790000000 alice SHA256:" + aliceKey + "\n1780000000 alice SHA256:" + aliceKey + "\n",
	}
}

// aliceKey is the fingerprint of the key in keysText.
const aliceKey = "c5w0z2+GgCHcvhi0TCpM2q8VB0oAwqFNcKo4fpmmnwc"

func TestAccounts(t *testing.T) {
	h := answered(peopled())
	e := h.Entity()
	want := []any{
		map[string]any{"name": "alice", "uid": int64(1000), "password_state": "set", "last_login_at": "2026-11-21T09:51:32Z"},
		map[string]any{"name": "bob", "uid": int64(1001), "password_state": "locked", "last_login_at": "2026-07-01T21:01:02Z"},
		map[string]any{"name": "daemon", "uid": int64(1), "password_state": "locked"},
		map[string]any{"name": "deploy", "uid": int64(1003), "password_state": "locked"},
		map[string]any{"name": "old", "uid": int64(1002), "password_state": "set"},
		map[string]any{"name": "root", "uid": int64(0), "password_state": "locked", "last_login_at": nil},
		map[string]any{"name": "toor", "uid": int64(0), "password_state": "empty"},
	}
	if diff := cmp.Diff(want, e.Attrs["accounts"]); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if u := e.Unknown["accounts[].last_login_at"]; u.Reason != evidence.NotCollected {
		t.Errorf("accounts[].last_login_at is unknown for %+v", u)
	}
}

func TestPrincipals(t *testing.T) {
	h := answered(peopled())
	paths := []string{"type", "enabled", "interactive", "privileged", "shared", "disabled_at", "last_used_at", "groups"}
	for account, want := range map[string]map[string]any{
		"alice": {
			"type": "human", "enabled": true, "interactive": true, "privileged": true, "shared": evidence.NotCollected, "disabled_at": nil,
			"last_used_at": "2026-11-21T09:51:32Z", "groups": []any{"host:web1:group:alice", "host:web1:group:wheel"},
		},
		"bob": { // in docker's group; a key, no password
			"type": "human", "enabled": true, "interactive": true, "privileged": true, "shared": evidence.NotCollected, "disabled_at": nil,
			"last_used_at": "2026-07-01T21:01:02Z", "groups": []any{"host:web1:group:bob", "host:web1:group:docker"},
		},
		"old": { // expired
			"type": "human", "enabled": false, "interactive": true, "privileged": false, "shared": evidence.NotCollected, "disabled_at": "2022-01-08T00:00:00Z",
			"last_used_at": evidence.NotCollected, "groups": []any{},
		},
		"deploy": { // neither password nor key
			"type": "human", "enabled": false, "interactive": true, "privileged": false, "shared": true, "disabled_at": evidence.Unsupported,
			"last_used_at": evidence.NotCollected, "groups": []any{},
		},
		"toor": {
			"type": "root", "enabled": true, "interactive": true, "privileged": true, "shared": true, "disabled_at": nil,
			"last_used_at": evidence.NotCollected, "groups": []any{"host:web1:group:root"},
		},
		"daemon": {
			"type": "workload", "enabled": false, "interactive": false, "privileged": false, "shared": false, "disabled_at": evidence.Unsupported,
			"last_used_at": evidence.NotCollected, "groups": []any{},
		},
	} {
		t.Run(account, func(t *testing.T) {
			if diff := cmp.Diff(want, attributes(entity(t, h, "host:web1:"+account), paths...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if ways := entity(t, h, "host:web1:bob").Attrs["escalation_paths"].([]any); len(ways) != 1 {
		t.Errorf("bob's ways to root: %v", ways)
	}
}

func TestCredentials(t *testing.T) {
	h := answered(peopled())
	got := map[string]map[string]any{}
	for _, e := range h.Entities {
		if e.Kind == "credential" {
			got[strings.TrimPrefix(e.UID, "host:web1:credential:")] = attributes(e, "type", "active", "rotated_at", "last_used_at", "expires_at", "key_spec", "created_at")
		}
	}
	want := map[string]map[string]any{
		"alice:password": {
			"type": "password", "active": true, "rotated_at": "2024-10-04T00:00:00Z", "last_used_at": "2026-11-21T09:51:32Z", "expires_at": nil, "key_spec": "n/a",
			"created_at": evidence.Unsupported,
		},
		"alice:ssh_key:" + aliceKey: {
			"type": "ssh_key", "active": true, "rotated_at": nil, "last_used_at": "2026-09-21T14:13:20Z", "expires_at": nil, "key_spec": "ED25519", "created_at": evidence.Unsupported,
		},
		"bob:ssh_key:" + bobKey: {
			"type": "ssh_key", "active": false, "rotated_at": nil, "last_used_at": evidence.NotCollected, "expires_at": "2026-01-01T00:00:00Z", "key_spec": "ED25519",
			"created_at": evidence.Unsupported,
		},
		"old:password": {
			"type": "password", "active": false, "rotated_at": "2019-04-14T00:00:00Z", "last_used_at": evidence.NotCollected, "expires_at": "2022-01-08T00:00:00Z", "key_spec": "n/a",
			"created_at": evidence.Unsupported,
		},
		"toor:password": {
			"type": "password", "active": true, "rotated_at": evidence.Unsupported, "last_used_at": evidence.NotCollected, "expires_at": nil, "key_spec": "n/a",
			"created_at": evidence.Unsupported,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, e := range h.Entities {
		if e.Kind == "credential" && strings.HasPrefix(e.UID, "host:web1:credential:alice:ssh_key") && !strings.Contains(e.Unknown["created_at"].Detail, "2023-11-14T22:13:20Z") {
			t.Errorf("created_at does not say when the file was changed: %+v", e.Unknown["created_at"])
		}
	}
}

// bobKey is the fingerprint of the security key in keysText.
const bobKey = "yY8HU7qOcmJ7ys+SUdHPOZo4fEU/Ln3mbW0AEjS4qYE"

// TestWithoutRoot holds that what needs root is denied on just the attributes that rest on it.
func TestWithoutRoot(t *testing.T) {
	h := replay(t, "debian12-user")
	e := h.Entity()
	if u := e.Unknown["accounts[].password_state"]; u.Reason != evidence.AccessDenied || !strings.Contains(u.Detail, "a password is required") {
		t.Errorf("password_state is unknown for %+v", u)
	}
	if e.Unknown["sudo.rules"].Reason != evidence.AccessDenied {
		t.Errorf("sudo.rules: %v", e.Unknown["sudo.rules"])
	}
	if list, ok := e.Attrs["accounts"].([]any); !ok || len(list) < 20 {
		t.Errorf("accounts: %v", e.Attrs["accounts"])
	}
	alice := entity(t, h, "host:debian12-user:alice")
	want := map[string]any{"type": "human", "enabled": evidence.AccessDenied, "interactive": true, "privileged": evidence.AccessDenied, "last_used_at": nil}
	if diff := cmp.Diff(want, attributes(alice, "type", "enabled", "interactive", "privileged", "last_used_at")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if h.Covered["principal"].Status != evidence.Complete || h.Covered["credential"].Status != evidence.Denied {
		t.Errorf("coverage: %+v", h.Covered)
	}
}

// TestDirectories holds that accounts which live elsewhere keep the lists open.
func TestDirectories(t *testing.T) {
	printed := peopled()
	printed["directory"] = "passwd=files sss\nsudoers=files sss\n"
	h := answered(printed)
	e := h.Entity()
	if e.Unknown["accounts[]"].Reason != evidence.NotCollected || e.Unknown["sudo.rules[]"].Reason != evidence.NotCollected {
		t.Errorf("unknown: %v", e.Unknown)
	}
	if h.Covered["principal"].Status != evidence.Partial {
		t.Errorf("coverage: %+v", h.Covered)
	}
	if got := attributes(entity(t, h, "host:web1:old"), "privileged")["privileged"]; got != evidence.NotCollected {
		t.Errorf("old is privileged: %v", got)
	}
}

func TestSudoers(t *testing.T) {
	for _, test := range []struct {
		name, files string
		want        []sudoRule
		doubt       string
	}{
		{"plain", "root ALL=(ALL:ALL) ALL\n%wheel\tALL=(ALL)\tNOPASSWD: ALL\n", []sudoRule{
			{"root", false, true, true}, {"wheel", true, true, false},
		}, ""},
		{"limited commands", "backup ALL=(root) NOPASSWD: /usr/bin/rsync, /bin/tar czf -, PASSWD: ALL\n", []sudoRule{{"backup", false, true, true}}, ""},
		{"as another user", "www ALL=(postgres) NOPASSWD: ALL\n", []sudoRule{{"www", false, false, true}}, ""},
		{"default run-as is root", "a ALL = NOPASSWD: ALL, !/bin/su\n", []sudoRule{{"a", false, true, false}}, ""},
		{"tags go on", "a ALL = NOPASSWD: /bin/ls, ALL\n", []sudoRule{{"a", false, true, false}}, ""},
		{"many tags", "a ALL=(ALL) NOEXEC: NOPASSWD:SETENV: ALL\n", []sudoRule{{"a", false, true, false}}, ""},
		{"aliases", "User_Alias OPS = alice, %ops : DEV = bob\nCmnd_Alias EVERY = ALL\nRunas_Alias R = root\nHost_Alias WEB = web1, web2\nOPS WEB = (R) NOPASSWD: EVERY\nDEV other = NOPASSWD: ALL\n", []sudoRule{
			{"alice", false, true, false}, {"ops", true, true, false},
		}, ""},
		{"several hosts", "a db1 = ALL : web1 = NOPASSWD: ALL\n", []sudoRule{{"a", false, true, false}}, ""},
		{"no authentication", "Defaults !authenticate\na ALL=ALL\n", []sudoRule{{"a", false, true, false}}, ""},
		{"no authentication for one", "Defaults:a !authenticate, !lecture\na ALL=ALL\nb ALL=ALL\n", []sudoRule{{"a", false, true, false}, {"b", false, true, true}}, ""},
		{"continued, commented", "# x\na, \\\n  b ALL = ALL # NOPASSWD: ALL\n#1000 ALL = NOPASSWD: ALL\n", []sudoRule{
			{"a", false, true, true}, {"b", false, true, true}, {"#1000", false, true, false},
		}, ""},
		{"everybody", "ALL ALL=(ALL) NOPASSWD: ALL\n", []sudoRule{{"ALL", false, true, false}}, ""},
		{
			"included", "@includedir /etc/sudoers.d\n#include local\n\nMARK:file - 1 /etc/sudoers.d/90-cloud\nec2-user ALL=(ALL) NOPASSWD:ALL\n\nMARK:file - 1 /etc/sudoers.d/old.bak\nx ALL=ALL\n\nMARK:file - 1 /etc/local\ny ALL=/bin/ls\n",
			[]sudoRule{{"ec2-user", false, true, false}, {"y", false, false, true}},
			"",
		},
		{"an include that is not there", "@include /etc/gone\na ALL=ALL\n", []sudoRule{{"a", false, true, true}}, "/etc/gone is included and was not read"},
		{"itself", "@include /etc/sudoers\na ALL=ALL\n", []sudoRule{{"a", false, true, true}}, "could not be read to its end"},
		{"nonsense", "what is this\n", []sudoRule{}, "what is this"},
		{"aliases in a circle", "User_Alias A = B\nUser_Alias B = A\nA ALL=ALL\n", []sudoRule{{"A", false, true, true}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			printed := peopled()
			printed["sudoers"] = "MARK:file - 1 /etc/sudoers\n" + test.files
			h := answered(printed)
			got := readSudo(h)
			if diff := cmp.Diff(test.want, got.rules, cmp.AllowUnexported(sudoRule{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (got.unread != nil) != (test.doubt != "") || got.unread != nil && !strings.Contains(got.unread.Detail, test.doubt) {
				t.Errorf("unread %+v, want %q", got.unread, test.doubt)
			}
		})
	}
}

func FuzzSudoers(f *testing.F) {
	f.Add("User_Alias A = B, C : D = E\nA ALL = (x:y) NOPASSWD: ALL, !/bin/su : h = z\nDefaults:a !authenticate\n@includedir /etc/sudoers.d\n")
	f.Fuzz(func(t *testing.T, text string) {
		readSudo(answered(map[string]string{"sudoers": "MARK:file - 1 /etc/sudoers\n" + text}))
	})
}

func FuzzAuthorizedKey(f *testing.F) {
	for line := range strings.Lines(keysText) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if k, ok := parseAuthorizedKey(line); ok && !strings.HasPrefix(k.fingerprint, "SHA256:") {
			t.Error("a key without a fingerprint")
		}
	})
}

// TestLastLogins reads the ways in which hosts remember logins: last(1) of util-linux 2.38, wtmpdb 0.13 by its manual, and what the snippet
// makes of the journal.
func TestLastLogins(t *testing.T) {
	const passwd = "root:shadow:0:0:root:/root:/bin/bash\nada:shadow:1000:1000::/home/ada:/bin/bash\n"
	for name, test := range map[string]struct {
		printed   string
		root, ada any
	}{
		"last": {
			"wtmp\nada      pts/0        192.0.2.7        Fri Nov 20 08:00:00 2026   still logged in\nroot     tty1                          Thu Nov 19 07:00:00 2026 - Thu Nov 19 07:10:00 2026  (00:10)\n" +
				"ada      pts/0        192.0.2.7        Wed Nov 18 08:00:00 2026 - Wed Nov 18 09:00:00 2026  (01:00)\nreboot   system boot  6.1.0-25-amd64   Wed Nov 18 07:59:00 2026   still running\n\nwtmp begins Mon Nov  2 00:00:00 2026\n",
			"2026-11-19T07:00:00Z", "2026-11-20T08:00:00Z",
		},
		"wtmpdb, one of them": {
			"wtmp\nada      pts/0        192.0.2.7        Fri Nov 20 08:00:00 2026 - still logged in\n\nwtmpdb begins Mon Nov  2 00:00:00 2026\n",
			evidence.NotCollected, "2026-11-20T08:00:00Z",
		},
		"journal":  {"journal\nada 1763625600\n", evidence.NotCollected, "2025-11-20T08:00:00Z"},
		"lastlog2": {"Username         Port     From             Latest\nroot                                       **Never logged in**\nada              pts/0    192.0.2.7        Fri Nov 20 08:00:00 +0000 2026\n", nil, "2026-11-20T08:00:00Z"},
		"garbage":  {"wtmp\nada\nada x y z Fri Nov 99 08:00:00 2026\n", evidence.NotCollected, evidence.NotCollected},
	} {
		h := answered(map[string]string{"passwd": passwd, "lastlog": test.printed})
		for account, want := range map[string]any{"root": test.root, "ada": test.ada} {
			if got := attributes(entity(t, h, h.UID+":"+account), "last_used_at")["last_used_at"]; got != want {
				t.Errorf("%s: %s last logged in at %v, want %v", name, account, got, want)
			}
		}
	}
}
