package facts

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
)

var sshPaths = []string{
	"ssh.permit_root_login", "ssh.password_authentication", "ssh.permit_empty_passwords", "ssh.authentication_methods",
	"ssh.client_alive_interval_seconds", "ssh.client_alive_count_max",
}

func TestRecordedSSH(t *testing.T) {
	want := map[string]any{
		"ssh.permit_root_login": "prohibit-password", "ssh.password_authentication": true, "ssh.permit_empty_passwords": false,
		"ssh.authentication_methods": "any", "ssh.client_alive_interval_seconds": int64(0), "ssh.client_alive_count_max": int64(3),
	}
	root := replay(t, "debian12-root").Entity()
	if diff := cmp.Diff(want, attributes(root, sshPaths...)); diff != "" {
		t.Errorf("root (-want +got):\n%s", diff)
	}
	for path, first := range map[string]string{"ssh.ciphers": "chacha20-poly1305@openssh.com", "ssh.macs": "umac-64-etm@openssh.com", "ssh.kex": "sntrup761x25519-sha512"} {
		if list, ok := root.Attrs[path].([]any); !ok || len(list) < 3 || list[0] != first {
			t.Errorf("%s: %v", path, root.Attrs[path])
		}
	}
	// Without root the files tell the same, except what depends on the build.
	user := replay(t, "debian12-user").Entity()
	if diff := cmp.Diff(want, attributes(user, sshPaths...)); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
	for _, path := range []string{"ssh.ciphers", "ssh.macs", "ssh.kex"} {
		if user.Unknown[path].Reason != evidence.AccessDenied {
			t.Errorf("%s without root: %v %v", path, user.Attrs[path], user.Unknown[path])
		}
	}
}

func TestSSHFiles(t *testing.T) {
	for _, test := range []struct {
		name, files string
		want        []any // of sshPaths
		detail      string
	}{
		{
			"defaults", "MARK:file - 1 /etc/ssh/sshd_config\n# nothing\n",
			[]any{"prohibit-password", true, false, "any", int64(0), int64(3)},
			"",
		},
		{
			"the first value counts", "MARK:file - 1 /etc/ssh/sshd_config\nInclude /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes\nClientAliveInterval 5m\n" +
				"MARK:file - 1 /etc/ssh/sshd_config.d/10-hard.conf\nPermitRootLogin=no\nPasswordAuthentication \"no\" # keys only\n\nMARK:file - 1 /etc/ssh/sshd_config.d/20.conf\npasswordauthentication yes\nClientAliveCountMax 0\n",
			[]any{"no", false, false, "any", int64(300), int64(0)},
			"",
		},
		{
			"a Match block", "MARK:file - 1 /etc/ssh/sshd_config\nPermitRootLogin no\nMatch User backup\n  PasswordAuthentication yes\n  AuthenticationMethods publickey\nMatch all\nPermitEmptyPasswords no\n",
			[]any{"no", evidence.Unresolved, false, evidence.Unresolved, int64(0), int64(3)},
			"/etc/ssh/sshd_config:3",
		},
		{
			"a file that cannot be read", "MARK:file - 1 /etc/ssh/sshd_config\nInclude sshd_config.d/*\n\nMARK:unreadable - - /etc/ssh/sshd_config.d/secret\n",
			[]any{evidence.AccessDenied, evidence.AccessDenied, evidence.AccessDenied, evidence.AccessDenied, evidence.AccessDenied, evidence.AccessDenied},
			"needs root",
		},
		{
			"garbled", "MARK:file - 1 /etc/ssh/sshd_config\nPasswordAuthentication perhaps\nClientAliveInterval soon\n",
			[]any{"prohibit-password", evidence.ParseError, false, "any", evidence.ParseError, int64(3)},
			"perhaps",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := answered(map[string]string{"sshd_config": test.files}).Entity()
			want := map[string]any{}
			for i, p := range sshPaths {
				want[p] = test.want[i]
			}
			if diff := cmp.Diff(want, attributes(e, sshPaths...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if d := e.Unknown["ssh.password_authentication"].Detail; !strings.Contains(d, test.detail) {
				t.Errorf("detail %q does not say %q", d, test.detail)
			}
		})
	}
}

// TestMatchBlocksBesideSSHDT holds that what sshd -T prints is not taken for what a Match block changes.
func TestMatchBlocksBesideSSHDT(t *testing.T) {
	effective := "permitrootlogin without-password\npasswordauthentication no\npermitemptypasswords no\nauthenticationmethods publickey,password\nauthenticationmethods publickey,keyboard-interactive\nclientaliveinterval 60\nclientalivecountmax 1\nciphers a,b\nmacs c\nkexalgorithms d\n"
	files := "MARK:file - 1 /etc/ssh/sshd_config\nMatch Address 10.0.0.0/8\nPasswordAuthentication yes\n"
	e := answered(map[string]string{"sshd": effective, "sshd_config": files}).Entity()
	want := map[string]any{
		"ssh.permit_root_login": "prohibit-password", "ssh.password_authentication": evidence.Unresolved, "ssh.permit_empty_passwords": false,
		"ssh.authentication_methods":        "publickey,password publickey,keyboard-interactive",
		"ssh.client_alive_interval_seconds": int64(60), "ssh.client_alive_count_max": int64(1),
	}
	if diff := cmp.Diff(want, attributes(e, sshPaths...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if e := answered(map[string]string{"sshd": effective}).Entity(); e.Unknown["ssh.password_authentication"].Reason != evidence.AccessDenied {
		t.Error("sshd -T alone proves nothing: Match blocks may change it")
	}
}

func TestNoSSH(t *testing.T) {
	h := answered(nil)
	for name := range map[string]bool{"sshd": true, "sshd_config": true} {
		h.answers.Results[name] = script.Recorded(h.sections[name], script.Absent, "")
	}
	readSSH(h)
	for path, got := range attributes(h.Entity(), sshPaths...) {
		if got != "n/a" {
			t.Errorf("%s is %v on a host without sshd", path, got)
		}
	}
}

func TestSSHSeconds(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "90": 90, "5m": 300, "1h30m": 5400, "1w": 604800, "10S": 10} {
		if got, ok := sshSeconds(text); !ok || got != want {
			t.Errorf("%s = %d %v, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"x", "5x", "-1", "99999999999", "5 m"} {
		if got, ok := sshSeconds(text); ok {
			t.Errorf("%q = %d, want nothing", text, got)
		}
	}
}
