package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// TestLegacy reads lines written by hand in the form of ss 6.1 ("ss -lntup") and of busybox's netstat.
func TestLegacy(t *testing.T) {
	head := "Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
	for _, test := range []struct {
		name, sockets, units string
		want                 any
		open                 bool
	}{
		{"nothing", head + "tcp   LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=1,fd=3))\n", "running systemd\n", []any{}, false},
		{"telnet by its port", head + "tcp LISTEN 0 1 [::]:23 [::]:*\n", "", []any{"telnet"}, false},
		{"on loopback only", head + "tcp LISTEN 0 1 127.0.0.1:21 0.0.0.0:*\ntcp LISTEN 0 1 [::1]:23 [::]:*\n", "", []any{}, false},
		{"ftp elsewhere, tftp", head + "tcp LISTEN 0 1 *:2121 *:* users:((\"vsftpd\",pid=1,fd=3))\nudp UNCONN 0 0 0.0.0.0:69 0.0.0.0:*\n", "", []any{"ftp", "tftp"}, false},
		{"a socket of systemd", head, "running systemd\nactive telnet.socket listening\n", []any{"telnet"}, false},
		{"syslog, not rsh", head + "tcp LISTEN 0 1 *:514 *:* users:((\"rsyslogd\",pid=1,fd=3))\n", "", []any{}, false},
		{"syslog or rsh", head + "tcp LISTEN 0 1 *:514 *:*\ntcp LISTEN 0 1 *:23 *:*\n", "", []any{"telnet"}, true},
		{"who knows", head + "tcp LISTEN 0 1 *:514 *:*\n", "", evidence.AccessDenied, false},
		{"busybox", "Active Internet connections\nProto Recv-Q Send-Q Local Address Foreign Address State PID/Program name\ntcp 0 0 :::23 :::* LISTEN 812/telnetd\n", "", []any{"telnet"}, false},
	} {
		e := answered(map[string]string{"sockets": test.sockets, "units": test.units}).Entity()
		if diff := cmp.Diff(map[string]any{"legacy_services": test.want}, attributes(e, "legacy_services")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if _, open := e.Unknown["legacy_services[]"]; open != test.open {
			t.Errorf("%s: open %v", test.name, open)
		}
	}
}

func TestCryptoPolicy(t *testing.T) {
	for text, want := range map[string]any{"DEFAULT:SHA1\n": "DEFAULT:SHA1", "": evidence.ParseError} {
		if got := attributes(answered(map[string]string{"crypto_policy": text}).Entity(), "crypto_policy")["crypto_policy"]; got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if got := attributes(replay(t, "debian12-root").Entity(), "crypto_policy")["crypto_policy"]; got != evidence.NotCollected {
		t.Errorf("not asked: %v", got)
	}
}

func FuzzSockets(f *testing.F) {
	f.Add("tcp LISTEN 0 1 *:514 *:* users:((\"rsyslogd\",pid=1,fd=3))")
	f.Add("tcp 0 0 :::23 :::* LISTEN 812/telnetd")
	f.Fuzz(func(t *testing.T, line string) {
		if s, ok := parseSocket(line); ok && (s.port < 1 || s.port > 65535 || !s.address.IsValid()) {
			t.Errorf("%+v", s)
		}
	})
}
