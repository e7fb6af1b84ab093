package facts

import (
	"fmt"
	"slices"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// accessArea works out by which ways the host is administered from elsewhere, and looks for long-lived cloud keys in the usual files: those
// of the cloud's tools in each home, and the environment of services. It yields the paths of the files, never the keys.
func accessArea() Area {
	return Area{
		Name:  "access",
		Attrs: []string{"static_cloud_keys", "remote_access_paths"}, On: []string{"firewall"},
		Sections: []script.Section{{Name: "cloud_keys", Command: "grep AKIA", Root: true, Shell: `
set -- /etc/environment /etc/boto.cfg /etc/default/* /etc/sysconfig/* /etc/systemd/system/*.service /etc/systemd/system/*/*.conf
while IFS=: read -r u x i g c h s; do
  case $h in /|/proc|/dev|'') continue;; esac
  set -- "$@" "$h/.aws/credentials" "$h/.aws/config" "$h/.boto" "$h/.config/gcloud/application_default_credentials.json" "$h/.config/gcloud/credentials.db" "$h/.bashrc" "$h/.profile"
done </etc/passwd
grep -lsE 'AKIA[A-Z0-9]{16}|"type": *"service_account"' "$@" </dev/null | sort -u
exit 0`}},
		Read: readAccess,
	}
}

func readAccess(h *Host) {
	r := h.Result("cloud_keys")
	if r.OK() {
		keys := []kind.HostStaticCloudKey{}
		for _, line := range r.Lines() {
			keys = append(keys, kind.HostStaticCloudKey{Path: kind.Known(line), HMAC: kind.NA[string]()})
		}
		h.Facts.StaticCloudKeys = known(r, keys)
	} else {
		h.Facts.StaticCloudKeys = missing[[]kind.HostStaticCloudKey](r)
	}
	h.Facts.RemoteAccessPaths = accessPaths(h)
}

// adminPrograms are the programs by which a host is administered over a network, and their usual ports.
func adminPrograms() map[int64][]string {
	return map[int64][]string{
		22: {"sshd", "dropbear"}, 23: {"telnetd", "in.telnetd"}, 3389: {"xrdp"}, 5900: {"Xvnc", "x11vnc", "vncserver"}, 9090: {"cockpit-tls", "cockpit-ws"},
		10000: {"webmin", "miniserv.pl"},
	}
}

// accessPaths are the ways in: what listens for administrators, from where the host's own firewall lets them come, and the services that
// ask who comes. Where the firewall lets anybody come, what stands before the host decides, and that does not show here.
func accessPaths(h *Host) kind.Attr[[]kind.HostRemoteAccessPath] {
	r := h.Result("sockets")
	if !r.OK() {
		return missing[[]kind.HostRemoteAccessPath](r)
	}
	out := []kind.HostRemoteAccessPath{}
	for _, broker := range []struct{ process, via string }{
		{"amazon-ssm-agent", "session_manager"}, {"tailscaled", "ztna"}, {"teleport", "ztna"}, {"cloudflared", "ztna"}, {"netbird", "ztna"},
	} {
		if on, _ := h.runs(broker.process); on {
			out = append(out, kind.HostRemoteAccessPath{Via: kind.Known(broker.via), Source: kind.Known(broker.process)})
		}
	}
	var open []string
	seen := map[string]bool{}
	for _, s := range h.sockets() {
		if s.loopback() || s.protocol != "tcp" || !administers(s) || seen[fmt.Sprint(s.port)] {
			continue
		}
		seen[fmt.Sprint(s.port)] = true
		sources, bounded := h.admitted(s.port)
		if !bounded {
			open = append(open, fmt.Sprint(s.port))
			continue
		}
		for _, cidr := range sources {
			out = append(out, kind.HostRemoteAccessPath{Via: kind.Known(fmt.Sprint(s.port)), Source: kind.Known(cidr)})
		}
	}
	if len(open) > 0 {
		why := fmt.Sprintf("the host's own firewall does not bound who reaches port %v; networks and firewalls before it decide", open)
		unclear := evidence.Unknown{Reason: evidence.Unlinked, Detail: why, Source: h.Source}
		if len(out) > 0 {
			return kind.AtLeast(out, unclear).From(r.Prov())
		}
		return kind.Because[[]kind.HostRemoteAccessPath](unclear).From(r.Prov())
	}
	return known(r, out)
}

func administers(s socket) bool {
	for port, programs := range adminPrograms() {
		if slices.Contains(programs, s.process) || s.port == port && s.process == "" {
			return true
		}
	}
	return false
}

// admitted are the ranges from which the host's own firewall lets TCP come to a port, where it bounds them.
func (h *Host) admitted(port int64) (sources []string, bounded bool) {
	i := slices.IndexFunc(h.Entities, func(e *evidence.Entity) bool { return e.Kind == "network_boundary" })
	if i < 0 {
		return nil, false
	}
	e := h.Entities[i]
	rules, _ := e.Attrs["rules"].([]any)
	_, more := e.Unknown["rules[]"]
	_, vague := e.Unknown["rules[].cidrs"]
	if e.Attrs["default_inbound"] != "deny" || more || vague {
		return nil, false
	}
	for _, rule := range rules {
		m, _ := rule.(map[string]any)
		from, _ := m["port_from"].(int64)
		to, _ := m["port_to"].(int64)
		if m["action"] != "allow" || m["protocol"] != "tcp" && m["protocol"] != "any" || port < from || port > to {
			continue
		}
		cidrs, _ := m["cidrs"].([]any)
		for _, c := range cidrs {
			text, _ := c.(string)
			if text == "0.0.0.0/0" || text == "::/0" || text == "" {
				return nil, false
			}
			sources = append(sources, text)
		}
	}
	slices.Sort(sources)
	return slices.Compact(sources), true
}
