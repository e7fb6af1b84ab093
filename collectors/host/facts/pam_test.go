package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// el9 is the service sshd of RHEL 9 as authselect writes it with the profile minimal and the feature with-faillock, by its manual
// authselect-profiles(5), as the section prints it.
const el9 = `file sshd
auth       substack     password-auth
auth       include      postlogin
password   include      password-auth
file passwd
password   substack     system-auth
file system-auth
password    requisite                                    pam_pwquality.so
password    [default=1 ignore=ignore success=ok]         pam_localuser.so
password    required pam_pwhistory.so use_authtok remember=24
password    sufficient                                   pam_unix.so sha512 shadow use_authtok
password    required                                     pam_deny.so
file password-auth
auth        required                                     pam_env.so
auth        required                                     pam_faillock.so preauth silent
auth        sufficient                                   pam_unix.so nullok
auth        required                                     pam_faillock.so authfail
auth        required                                     pam_deny.so
file postlogin
`

func TestPAM(t *testing.T) {
	paths := []string{"mfa_required", "min_length", "reuse_prevention", "max_age_days", "lockout.threshold", "lockout.window_seconds"}
	for _, test := range []struct {
		name, pam, settings string
		want                []any
	}{
		{
			"RHEL 9", el9, "file /etc/security/faillock.conf\ndeny 5\nfile /etc/security/pwquality.conf\nminlen 14\ndcredit -1\nfile /etc/login.defs\nPASS_MAX_DAYS 365\n",
			[]any{false, int64(14), int64(24), int64(365), int64(5), int64(900)},
		},
		{"RHEL 9 with its own defaults", el9, "", []any{false, int64(8), int64(24), nil, int64(3), int64(900)}},
		{
			"credits shorten a password", el9, "file /etc/security/pwquality.conf\nminlen 12\nfile /etc/security/pwquality.conf.d/a.conf\nlcredit 2\nucredit 1\n",
			[]any{false, int64(9), int64(24), nil, int64(3), int64(900)},
		},
		{"faillock switched off", el9, "file /etc/security/faillock.conf\ndeny 0\n", []any{false, int64(8), int64(24), nil, int64(0), "n/a"}},
		{
			"a code after the password", "file sshd\nauth substack password-auth\nauth required pam_google_authenticator.so\nfile password-auth\nauth sufficient pam_unix.so\nauth required pam_deny.so\n",
			"",
			[]any{true, evidence.Unsupported, evidence.Unsupported, nil, int64(0), "n/a"},
		},
		{
			"included, the password alone ends it", "file sshd\nauth include password-auth\nauth required pam_google_authenticator.so\nfile password-auth\nauth sufficient pam_unix.so\n",
			"",
			[]any{false, evidence.Unsupported, evidence.Unsupported, nil, int64(0), "n/a"},
		},
		{
			"those who did not enrol need none", "file sshd\n@include common-auth\nauth required pam_google_authenticator.so nullok\nfile common-auth\nauth [success=1 default=ignore] pam_unix.so\nauth requisite pam_deny.so\n",
			"",
			[]any{false, evidence.Unsupported, evidence.Unsupported, nil, int64(0), "n/a"},
		},
		{
			"under a condition", "file sshd\nauth [success=1 default=ignore] pam_succeed_if.so\nauth required pam_duo.so\nauth required pam_unix.so\n",
			"",
			[]any{evidence.Unresolved, evidence.Unsupported, evidence.Unsupported, nil, int64(0), "n/a"},
		},
		{
			"a server decides", "file sshd\nauth required pam_radius_auth.so\nfile common-password\npassword requisite pam_passwdqc.so min=disabled,disabled,16,12,10\npassword required pam_unix.so remember=5 minlen=9\n",
			"",
			[]any{evidence.NotCollected, int64(10), int64(5), nil, int64(0), "n/a"},
		},
		{"pam_tally2", "file login\nauth required pam_tally2.so onerr=fail\nauth required pam_tally2.so deny=6\nauth required pam_unix.so\n", "", []any{false, evidence.Unsupported, evidence.Unsupported, nil, int64(6), "n/a"}},
		{"files in a circle", "file sshd\n@include a\nfile a\n@include sshd\n", "", []any{
			evidence.Unsupported, evidence.Unsupported, evidence.Unsupported, nil, evidence.Unsupported, evidence.Unsupported,
		}},
		{"a file that cannot be read", "unreadable common-auth\nfile sshd\n@include common-auth\n", "", []any{
			evidence.AccessDenied, evidence.AccessDenied, evidence.AccessDenied, nil, evidence.AccessDenied, evidence.AccessDenied,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := answered(map[string]string{
				"pam": test.pam, "pam_settings": test.settings, "sshd": "permitrootlogin no\nauthenticationmethods any\npubkeyauthentication no\n",
				"sshd_config": "MARK:file - 0 /etc/ssh/sshd_config\n",
			})
			want := map[string]any{}
			for i, p := range paths {
				want[p] = test.want[i]
			}
			if diff := cmp.Diff(want, attributes(entity(t, h, h.UID+":auth_policy"), paths...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestPAMDebian reads the files of Debian 12 as it is installed.
func TestPAMDebian(t *testing.T) {
	h := replay(t, "debian12-root")
	got := attributes(entity(t, h, h.UID+":auth_policy"), "scope", "mfa_required", "min_length", "reuse_prevention", "max_age_days", "lockout.threshold")
	want := map[string]any{
		"scope": h.UID, "mfa_required": false, "min_length": int64(6), "reuse_prevention": int64(0), "max_age_days": nil, "lockout.threshold": int64(0),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := attributes(h.Entity(), "pam.mfa", "pam.lockout_threshold"); got["pam.mfa"] != false || got["pam.lockout_threshold"] != int64(0) {
		t.Errorf("%v", got)
	}
}

// TestMFARequired holds that PAM protects only the methods that ask it.
func TestMFARequired(t *testing.T) {
	pam := "file sshd\nauth required pam_duo.so\n"
	for methods, want := range map[string]bool{
		"publickey,keyboard-interactive": true, "any": false, "publickey": false, "password": true, "publickey,password publickey": false,
	} {
		sshd := "permitrootlogin no\nauthenticationmethods " + methods + "\n"
		h := answered(map[string]string{"pam": pam, "pam_settings": "", "sshd": sshd, "sshd_config": "MARK:file - 0 /etc/ssh/sshd_config\n"})
		if got := attributes(entity(t, h, h.UID+":auth_policy"), "mfa_required")["mfa_required"]; got != want {
			t.Errorf("%s: %v, want %v", methods, got, want)
		}
	}
}
