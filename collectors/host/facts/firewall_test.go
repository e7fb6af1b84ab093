package facts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
)

// firewallOf writes the boundary of a host on a few lines.
func firewallOf(t *testing.T, h *Host) []string {
	t.Helper()
	e := entity(t, h, h.UID+":firewall")
	a := attributes(e, "enabled", "default_inbound", "default_outbound")
	out := []string{fmt.Sprintf("enabled %v, in %v, out %v", a["enabled"], a["default_inbound"], a["default_outbound"])}
	rules, _ := e.Attrs["rules"].([]any)
	for _, r := range rules {
		m, _ := r.(map[string]any)
		cidrs, ok := m["cidrs"]
		if !ok {
			cidrs = "?"
		}
		out = append(out, fmt.Sprintf("%v %v %v-%v %v", m["action"], m["protocol"], m["port_from"], m["port_to"], cidrs))
	}
	if u, ok := e.Unknown["rules"]; ok {
		out = append(out, "rules unknown: "+string(u.Reason))
	}
	if u, ok := e.Unknown["rules[]"]; ok {
		out = append(out, "open: "+u.Detail)
	}
	return out
}

// wantFirewalls is what the rulesets of testdata/rulesets mean, worked out by hand. eth0 has the default route, 10.5.0.0/24 is behind eth1.
func wantFirewalls() map[string][]string {
	return map[string][]string{
		"server": {
			"enabled true, in deny, out allow",
			"deny tcp 22-22 [203.0.113.9/32]", // fail2ban's table comes first
			"allow icmp -1--1 [0.0.0.0/0]",
			"allow icmp -1--1 [0.0.0.0/0 ::/0]", "allow icmpv6 -1--1 [0.0.0.0/0 ::/0]",
			"allow tcp 22-22 [10.1.0.0/16 192.0.2.7/32]",
			"allow tcp 80-80 [0.0.0.0/0 ::/0]", "allow tcp 443-443 [0.0.0.0/0 ::/0]", "allow tcp 8000-8010 [0.0.0.0/0 ::/0]",
			"allow udp 51820-51820 [0.0.0.0/0 ::/0]",
			"allow tcp 5432-5432 [10.5.0.0/24 fe80::/64]",
			"allow tcp 9100-9100 [0.0.0.0/0 ::/0]",
		},
		"firewalld": {
			"enabled true, in deny, out allow",
			"allow any 0-65535 [10.5.0.0/24 fe80::/64]", // the zone "trusted" of eth1
			"allow icmpv6 -1--1 [::/0]",                 // two types, one rule
			"allow tcp 22-22 [0.0.0.0/0 ::/0]", "allow tcp 9090-9090 [0.0.0.0/0 ::/0]", "allow tcp 3306-3306 [10.0.0.0/8]",
			"allow icmp -1--1 [0.0.0.0/0 ::/0]", "allow icmpv6 -1--1 [0.0.0.0/0 ::/0]",
		},
		"ufw": {
			"enabled true, in deny, out allow",
			"allow icmp -1--1 [0.0.0.0/0]", "allow udp 68-68 [0.0.0.0/0]",
			"allow tcp 22-22 [0.0.0.0/0]", "allow tcp 80-80 [0.0.0.0/0]", "allow tcp 443-443 [0.0.0.0/0]",
			"allow tcp 5432-5432 [10.0.0.0/8]", "deny any 0-65535 [198.51.100.0/24]",
			"deny udp 137-137 [0.0.0.0/0]", "deny tcp 445-445 [0.0.0.0/0]",
		},
	}
}

// TestFirewallRecorded reads what nft and iptables-save printed in a network namespace.
func TestFirewallRecorded(t *testing.T) {
	for name, want := range wantFirewalls() {
		if diff := cmp.Diff(want, firewallOf(t, replay(t, "firewall-"+name))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestFirewallReal loads the rulesets into a network namespace of its own and asks it: the kernel, nft and iptables of this machine.
func TestFirewallReal(t *testing.T) {
	sections := firewallArea().Sections
	sections = append(sections, servicesArea().Sections...)
	for name, want := range wantFirewalls() {
		load := "nft -f testdata/rulesets/" + name + ".nft"
		if name == "ufw" {
			load = "iptables-nft-restore testdata/rulesets/ufw.rules && ip6tables-nft -P INPUT DROP"
		}
		cmd := exec.CommandContext(t.Context(), "unshare", "--net", "sh", "-c", ". ./testdata/rulesets/network.sh && "+load+" && exec sh -s")
		cmd.Stdin = strings.NewReader(script.Compose("m", sections))
		cmd.Env = append(os.Environ(), "PATH=/usr/sbin:/sbin:"+os.Getenv("PATH"))
		var stderr strings.Builder
		cmd.Stderr = &stderr
		printed, err := cmd.Output()
		if err != nil {
			t.Fatalf("this test needs root (or CAP_SYS_ADMIN), unshare, ip, nft and iptables: %v: %s", err, stderr.String())
		}
		answers := Answers{Results: script.Parse("m", sections, printed).Results}
		h := Read([]Area{servicesArea(), firewallArea()}, Identity{Name: "here", Group: "g", Source: "s1"}, at, answers)
		if diff := cmp.Diff(want, firewallOf(t, h)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// savedRules is the head of what iptables-save prints, with the rules for new connections.
func savedRules(policy, rules string) string {
	return "# by iptables-save\n*filter\n:INPUT " + policy + " [0:0]\n:X - [0:0]\n:OUTPUT ACCEPT [0:0]\n" + rules + "\nCOMMIT\n# by ip6tables-save\n*filter\n:INPUT DROP [0:0]\nCOMMIT\n"
}

func TestFirewallIptables(t *testing.T) {
	routes := "route4 eth0 00000000 00000000\nroute4 eth1 0000050A 00FFFFFF\nroute4 docker0 000011AC 0000FFFF\n"
	for _, test := range []struct {
		name, policy, rules string
		want                []string
	}{
		{"nothing", "ACCEPT", "", []string{"enabled false, in allow, out allow"}},
		{"a last rule that refuses is the default", "ACCEPT", "-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-port-unreachable", []string{
			"enabled true, in deny, out allow", "allow tcp 22-22 [0.0.0.0/0]",
		}},
		{"a last rule that admits", "DROP", "-A INPUT -s 192.0.2.0/24 -j DROP\n-A INPUT -j ACCEPT", []string{
			"enabled true, in allow, out allow", "deny any 0-65535 [192.0.2.0/24]",
		}},
		{"loopback and established", "DROP", "-A INPUT -i lo -j ACCEPT\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT", []string{"enabled true, in deny, out allow"}},
		{"interfaces", "DROP", "-A INPUT -i eth1 -j ACCEPT\n-A INPUT -i docker+ -p udp --dport 53 -j ACCEPT\n-A INPUT -i eth0 -p tcp --dport 443 -j ACCEPT\n-A INPUT -i wg9 -j ACCEPT", []string{
			"enabled true, in deny, out allow", "allow any 0-65535 [10.5.0.0/24]", "allow udp 53-53 [172.17.0.0/16]", "allow tcp 443-443 [0.0.0.0/0]",
		}},
		{"what is not understood", "DROP", "-A INPUT -m set --match-set trusted src -p tcp --dport 22 -j ACCEPT", []string{
			"enabled true, in deny, out allow", "allow tcp 22-22 ?",
		}},
		{"a refusal that is not understood", "DROP", "-A INPUT -m geoip --source-country XX -j DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT", []string{
			"enabled true, in deny, out allow", "allow tcp 22-22 [0.0.0.0/0]", "open: conditions that Assay does not work out: --source-country XX",
		}},
		{"a return under a condition", "DROP", "-A INPUT -j X\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A X -s 10.0.0.0/8 -j RETURN\n-A X -j DROP", []string{
			"enabled true, in deny, out allow", "deny any 0-65535 [0.0.0.0/0]", "open: conditions that Assay does not work out: a return under a condition",
		}},
		{"chains in a circle", "DROP", "-A INPUT -j X\n-A X -j X", []string{
			"enabled true, in access_denied, out allow", "open: conditions that Assay does not work out: the chain iptables-save X",
		}},
		{"a set of conditions that nothing meets", "DROP", "-A INPUT -p tcp -j X\n-A X -p udp --dport 53 -j ACCEPT\n-A X -s 10.0.0.0/8 -j ACCEPT", []string{
			"enabled true, in deny, out allow", "allow tcp 0-65535 [10.0.0.0/8]",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			printed := map[string]string{"nft": "", "iptables": savedRules(test.policy, test.rules), "network": routes, "firewall": ""}
			got := firewallOf(t, answered(printed))
			want := test.want
			want[0] = strings.Replace(want[0], string(evidence.AccessDenied), string(evidence.Unsupported), 1)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFirewallUnreadable(t *testing.T) {
	denied := "enabled access_denied, in access_denied, out access_denied"
	for _, test := range []struct {
		name    string
		printed map[string]string
		want    []string
	}{
		{"denied", map[string]string{"firewall": ""}, []string{denied, "rules unknown: access_denied"}},
		{
			"ufw's files tell some",
			map[string]string{"firewall": "ufw=yes\nufw_input=DROP\nufw_output=ACCEPT", "units": "running systemd\nactive ufw.service exited"},
			[]string{"enabled true, in deny, out allow", "rules unknown: access_denied"},
		},
		{"ufw is meant to be on and is not", map[string]string{"firewall": "ufw=yes\nufw_input=DROP", "units": "running systemd\n"}, []string{denied, "rules unknown: access_denied"}},
		{"no JSON", map[string]string{"nft": "table inet", "iptables": "", "firewall": ""}, []string{"enabled parse_error, in parse_error, out parse_error", "rules unknown: parse_error"}},
	} {
		if diff := cmp.Diff(test.want, firewallOf(t, answered(test.printed))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestFirewallAbsent holds that a host without tools has a boundary that is off, but not where the kernel filters all the same.
func TestFirewallAbsent(t *testing.T) {
	for printed, want := range map[string]string{
		"":                  "enabled false, in allow, out allow",
		"modules=nf_tables": "enabled unsupported, in unsupported, out unsupported",
	} {
		answers := Answers{Results: map[string]script.Result{}}
		for _, s := range Sections(Areas()) {
			answers.Results[s.Name] = script.Recorded(s, script.Absent, "")
			if s.Name == "firewall" {
				answers.Results[s.Name] = script.Recorded(s, script.Ran, printed)
			}
		}
		h := Read(Areas(), Identity{Name: "a", Group: "g", Source: "s1"}, at, answers)
		if got := firewallOf(t, h); got[0] != want {
			t.Errorf("%q: %s, want %s", printed, got[0], want)
		}
	}
}

func FuzzFirewall(f *testing.F) {
	for _, pattern := range []string{"testdata/*/nft", "testdata/*/iptables"} {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, m := range matches {
			text, err := os.ReadFile(m)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	f.Fuzz(func(_ *testing.T, text string) {
		network := "route4 eth0 00000000 00000000\nroute4 eth1 0000050A 00FFFFFF\n"
		answered(map[string]string{"nft": text, "iptables": "", "network": network, "firewall": ""})
		answered(map[string]string{"nft": "", "iptables": text, "network": network, "firewall": ""})
	})
}
