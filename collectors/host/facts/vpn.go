package facts

import (
	"net/netip"
	"path"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// vpnArea reads the ways in that end on the host: WireGuard, OpenVPN and strongSwan. A host that is only a client of a VPN is no way in.
// Keys and secrets are not printed: of configuration files only the directives that are named here, of wg only what is public.
func vpnArea() Area {
	return Area{
		Name: "vpn", Kinds: []string{"vpn"},
		Sections: []script.Section{
			{Name: "wireguard", Command: "wg show", Root: true, Shell: `
found=
for d in /sys/class/net/*; do
  if grep -qs DEVTYPE=wireguard "$d/uevent"; then found=y; echo "interface ${d##*/}"; fi
done
if ! has wg; then [ -z "$found" ] || exit 1; absent; fi
t wg show all allowed-ips | sed 's/^/allowed /'
t wg show all latest-handshakes | sed 's/^/handshake /'`},
			{Name: "openvpn", Path: "/etc/openvpn", Root: true, Shell: `
[ -d /etc/openvpn ] || absent
for f in /etc/openvpn/*.conf /etc/openvpn/server/*.conf; do
  [ -f "$f" ] || continue
  echo "file $f"
  sed -n -e 's/^[[:space:]]*\(plugin[[:space:]]\{1,\}[^[:space:]]*\).*/\1/p' \
    -e 's/^[[:space:]]*\(secret\|<secret>\|remote\|client\|auth-user-pass-verify\|auth-user-pass-optional\)\([[:space:]].*\)\{0,1\}$/\1/p' \
    -e 's/^[[:space:]]*\(server\|server-bridge\|server-ipv6\|tls-server\|mode\|cipher\|data-ciphers\|ncp-ciphers\|verify-client-cert\|client-cert-not-required\|verb\|log\|log-append\)\([[:space:]].*\)\{0,1\}$/\1\2/p' "$f"
done
exit 0`},
			{Name: "strongswan", Command: "swanctl --list-conns", Root: true, Shell: `
has swanctl || absent
t swanctl --list-conns 2>/dev/null | grep -E '^[^ ].*: IKE|^ +remote: |^ +remote .*authentication|^  [^ ]+: (TUNNEL|TRANSPORT)'
t swanctl --list-sas 2>/dev/null | grep -E '^[^ ].*: #|^  [A-Z0-9_]+-' | sed 's/^/sa /'
exit 0`},
		},
		Read: readVPN,
	}
}

func readVPN(h *Host) {
	h.Cover("vpn", evidence.Complete, "")
	for _, tool := range []struct {
		section string
		read    func(*Host, Result)
	}{{"wireguard", wireGuard}, {"openvpn", openVPN}, {"strongswan", strongSwan}} {
		r := h.Result(tool.section)
		if r.OK() {
			tool.read(h, r)
		} else if r.State != script.Absent {
			h.CoverBy("vpn", r)
		}
	}
}

// wireGuard reads the interfaces of WireGuard. Peers of one address each are people or their devices; a peer with a network is a site. A
// single peer for all addresses is what this host itself uses as a client.
func wireGuard(h *Host, r Result) {
	peers := map[string]map[string][]string{} // by interface: the ranges of each peer
	last := map[string]int64{}                // by interface and peer
	for _, line := range r.Lines() {
		f := strings.Fields(line)
		switch {
		case len(f) >= 4 && f[0] == "allowed":
			if peers[f[1]] == nil {
				peers[f[1]] = map[string][]string{}
			}
			if f[3] != "(none)" { // a peer without addresses can send nothing
				peers[f[1]][f[2]] = f[3:]
			}
		case len(f) == 4 && f[0] == "handshake":
			last[f[1]+" "+f[2]], _ = strconv.ParseInt(f[3], 10, 64)
		}
	}
	for _, name := range sortedKeys(peers) {
		sites, everything := wireGuardSites(peers[name])
		if everything && len(peers[name]) == 1 || len(peers[name]) == 0 {
			continue
		}
		v := kind.VPN{
			Type: known(r, "client"), Enabled: known(r, true), MFARequired: known(r, false), AuthMethod: known(r, "key"),
			CipherSuite: known(r, "ChaCha20-Poly1305, Curve25519, BLAKE2s"), Logging: known(r, false), Tunnels: kind.NA[[]kind.VPNTunnel](),
		}
		if len(sites) == len(peers[name]) {
			tunnels := make([]kind.VPNTunnel, 0, len(sites))
			for _, peer := range sites {
				const alive = 180 // seconds: REJECT_AFTER_TIME of WireGuard's paper
				status := "down"
				if h.At.Unix()-last[name+" "+peer] <= alive {
					status = "up"
				}
				tunnels = append(tunnels, kind.VPNTunnel{Status: kind.Known(status)})
			}
			v.Type, v.MFARequired, v.Tunnels = known(r, "site_to_site"), kind.NA[bool](), known(r, tunnels)
		}
		h.Add("vpn", "vpn:wireguard:"+name, "WireGuard "+name+" on "+h.Name, r, v)
	}
}

// wireGuardSites are the peers that a network lies behind, and whether one of them takes all addresses.
func wireGuardSites(peers map[string][]string) (sites []string, everything bool) {
	sites = []string{}
	for _, peer := range sortedKeys(peers) {
		wide := false
		for _, text := range peers[peer] {
			p, err := netip.ParsePrefix(text)
			wide = wide || err == nil && !p.IsSingleIP()
			everything = everything || err == nil && p.Bits() == 0
		}
		if wide {
			sites = append(sites, peer)
		}
	}
	return sites, everything
}

// openVPN reads the server configurations of OpenVPN.
func openVPN(h *Host, r Result) {
	configs, order, file := map[string]map[string]string{}, []string{}, ""
	for _, line := range r.Lines() {
		word, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word == "file" {
			file = value
			configs[file] = map[string]string{}
			order = append(order, file)
		} else if configs[file] != nil {
			configs[file][strings.Trim(word, "<>")] = strings.TrimSpace(value)
		}
	}
	on, certain := h.runs("openvpn")
	for _, file := range order {
		c := configs[file]
		serves := c["mode"] == "server"
		for _, directive := range []string{"server", "server-bridge", "server-ipv6"} {
			_, is := c[directive]
			serves = serves || is
		}
		_, secret := c["secret"]
		_, pair := c["tls-server"] // without a pool of addresses it serves one other end
		if _, client := c["client"]; client || !serves && !secret && !pair {
			continue
		}
		name := strings.TrimSuffix(path.Base(file), ".conf")
		v := kind.VPN{
			Type: known(r, "client"), Enabled: known(r, on), AuthMethod: known(r, "certificate"), Tunnels: kind.NA[[]kind.VPNTunnel](),
			CipherSuite: unsaid[string](r, evidence.Unsupported, "the default depends on the version of OpenVPN"),
			Logging:     known(r, c["verb"] != "0" && c["log"] != "/dev/null" && c["log-append"] != "/dev/null"),
		}
		if u := h.units(); u.managed {
			_, _, active := u.has("openvpn-server@"+name, "openvpn@"+name)
			v.Enabled = known(h.Result("units"), active)
		} else if !on && !certain {
			v.Enabled = unsaid[bool](r, evidence.AccessDenied, "the host hides the processes of other users")
		}
		for _, key := range []string{"cipher", "ncp-ciphers", "data-ciphers"} {
			if c[key] != "" {
				v.CipherSuite = known(r, strings.ReplaceAll(c[key], ":", ", "))
			}
		}
		v.MFARequired = openVPNFactor(r, c)
		_, none := c["client-cert-not-required"]
		if none || c["verify-client-cert"] == "none" {
			v.AuthMethod = unsaid[string](r, evidence.Unsupported, "people log in with a name and password")
		}
		if secret || !serves {
			if secret {
				v.AuthMethod = known(r, "psk")
			}
			v.Type, v.MFARequired = known(r, "site_to_site"), kind.NA[bool]()
			v.Tunnels = unsaid[[]kind.VPNTunnel](r, evidence.NotCollected, "the state of OpenVPN's tunnels is not read")
		}
		h.Add("vpn", "vpn:openvpn:"+name, "OpenVPN "+name+" on "+h.Name, r, v)
	}
}

// openVPNFactor reports whether people need two factors: a certificate, and a password that a plugin or script checks.
func openVPNFactor(r Result, c map[string]string) kind.Attr[bool] {
	_, script := c["auth-user-pass-verify"]
	_, optional := c["auth-user-pass-optional"]
	_, plugin := c["plugin"]
	_, notRequired := c["client-cert-not-required"]
	certificate := !notRequired && c["verify-client-cert"] != "none" && c["verify-client-cert"] != "optional"
	switch {
	case optional, !script && !plugin:
		return known(r, false)
	case certificate:
		return known(r, true)
	}
	return unsaid[bool](r, evidence.NotCollected, "whether the plugin that checks passwords asks for a second factor is not read")
}

// strongSwan reads the connections that are loaded, and the associations that are up.
func strongSwan(h *Host, r Result) {
	type connection struct{ remote, auth string }
	connections, order, name := map[string]*connection{}, []string{}, ""
	up, suites := map[string]bool{}, map[string]string{}
	for _, line := range r.Lines() {
		text := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "sa ") && strings.Contains(line, ": #"):
			name, _, _ = strings.Cut(strings.TrimPrefix(line, "sa "), ":")
			up[name] = up[name] || strings.Contains(line, "ESTABLISHED")
		case strings.HasPrefix(line, "sa "):
			suites[name] = strings.TrimSpace(strings.TrimPrefix(line, "sa "))
		case !strings.HasPrefix(line, " ") && strings.Contains(line, ": IKE"):
			name, _, _ = strings.Cut(line, ":")
			if connections[name] == nil {
				connections[name] = &connection{}
				order = append(order, name)
			}
		case connections[name] == nil:
		case strings.HasPrefix(text, "remote: ") && connections[name].remote == "":
			connections[name].remote = strings.TrimPrefix(text, "remote: ")
		case strings.HasPrefix(text, "remote ") && strings.Contains(text, "authentication"):
			connections[name].auth += " " + text
		}
	}
	for _, name := range order {
		c := connections[name]
		v := kind.VPN{
			Type: known(r, "site_to_site"), Enabled: known(r, true), MFARequired: kind.NA[bool](), Logging: known(r, true), // charon logs each to syslog
			AuthMethod:  unsaid[string](r, evidence.Unsupported, "the authentication "+strings.TrimSpace(c.auth)),
			CipherSuite: unsaid[string](r, evidence.Unsupported, "no association is up that would tell the algorithms"),
		}
		switch {
		case strings.Contains(c.auth, "pre-shared key"):
			v.AuthMethod = known(r, "psk")
		case strings.Contains(c.auth, "public key"):
			v.AuthMethod = known(r, "certificate")
		}
		if suites[name] != "" {
			v.CipherSuite = known(r, suites[name])
		}
		status := "down"
		if up[name] {
			status = "up"
		}
		v.Tunnels = known(r, []kind.VPNTunnel{{Status: kind.Known(status)}})
		if strings.Contains(c.remote, "%any") || strings.Contains(c.remote, "0.0.0.0/0") || strings.Contains(c.remote, "::/0") {
			v.Type, v.Tunnels = known(r, "client"), kind.NA[[]kind.VPNTunnel]()
			v.MFARequired = swanFactors(r, c.auth)
		}
		h.Add("vpn", "vpn:strongswan:"+name, "strongSwan "+name+" on "+h.Name, r, v)
	}
}

// swanFactors reports whether people prove who they are in more than one way: strongSwan asks for each "remote ... authentication" in turn.
func swanFactors(r Result, auth string) kind.Attr[bool] {
	rounds := strings.Count(auth, "remote ")
	switch {
	case rounds > 1:
		return known(r, true)
	case rounds == 0:
		return unsaid[bool](r, evidence.NotCollected, "how people log in is not told")
	case strings.Contains(auth, "EAP") && !strings.Contains(auth, "EAP_MSCHAPV2") && !strings.Contains(auth, "EAP_MD5"):
		return unsaid[bool](r, evidence.NotCollected, "what the server behind EAP demands is not read")
	}
	return known(r, false)
}
