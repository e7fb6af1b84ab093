package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

func TestAccessPaths(t *testing.T) {
	path := func(via, source string) map[string]any { return map[string]any{"via": via, "source": source} }
	sshd := "tcp LISTEN 0 1 *:22 *:* users:((\"sshd\",pid=1,fd=3))\n"
	for _, test := range []struct {
		name, sockets, rules, processes string
		want                            any
	}{
		{"nothing listens", "tcp LISTEN 0 1 127.0.0.1:22 0.0.0.0:*\n", "", "", []any{}},
		{"from a bastion's network", sshd, "-A INPUT -s 10.1.0.0/24 -p tcp --dport 22 -j ACCEPT", "", []any{path("22", "10.1.0.0/24")}},
		{"from everywhere, as far as the host goes", sshd, "-A INPUT -p tcp --dport 22 -j ACCEPT", "", evidence.Unlinked},
		{"under a condition", sshd, "-A INPUT -m mark --mark 1 -p tcp --dport 22 -j ACCEPT", "", evidence.Unlinked},
		{"from nowhere, but through Systems Manager", sshd, "", "1 systemd\n2 amazon-ssm-agen\n", []any{path("session_manager", "amazon-ssm-agent")}},
		{"sshd on another port", "tcp LISTEN 0 1 *:2222 *:* users:((\"sshd\",pid=1,fd=3))\n", "-A INPUT -s 10.0.0.9 -j ACCEPT", "", []any{path("2222", "10.0.0.9/32")}},
		{"not root, so the program does not show", "tcp LISTEN 0 1 *:22 *:*\ntcp LISTEN 0 1 *:5432 *:*\n", "-A INPUT -s 10.0.0.9 -j ACCEPT", "", []any{path("22", "10.0.0.9/32")}},
	} {
		e := answered(map[string]string{
			"sockets": test.sockets, "processes": test.processes, "nft": "", "iptables": savedRules("DROP", test.rules), "firewall": "",
			"network": "route4 eth0 00000000 00000000\n",
		}).Entity()
		if diff := cmp.Diff(map[string]any{"remote_access_paths": test.want}, attributes(e, "remote_access_paths")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestCloudKeys(t *testing.T) {
	e := answered(map[string]string{"cloud_keys": "/root/.aws/credentials\n"}).Entity()
	if diff := cmp.Diff([]any{map[string]any{"path": "/root/.aws/credentials"}}, e.Attrs["static_cloud_keys"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := attributes(answered(nil).Entity(), "static_cloud_keys")["static_cloud_keys"]; got != evidence.AccessDenied {
		t.Errorf("denied: %v", got)
	}
}
