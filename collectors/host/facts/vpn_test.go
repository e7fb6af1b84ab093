package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// TestVPN reads outputs written by hand after wg(8), openvpn(8) and the examples of swanctl(8).
func TestVPN(t *testing.T) {
	h := answered(map[string]string{
		"processes": "1 systemd\n2 openvpn\n",
		"units":     "running systemd\nactive openvpn-server@people.service running\n",
		"wireguard": "interface wg0\n" +
			"allowed wg0\tAAAA=\t10.9.0.2/32\nallowed wg0\tBBBB=\t10.9.0.3/32 fd00::3/128\nallowed wg1\tCCCC=\t10.8.0.0/16\nallowed wg2\tDDDD=\t0.0.0.0/0 ::/0\n" +
			"handshake wg0\tAAAA=\t0\nhandshake wg1\tCCCC=\t1795262390\n",
		"openvpn": "file /etc/openvpn/server/people.conf\nserver 10.8.0.0 255.255.255.0\ndata-ciphers AES-256-GCM:AES-128-GCM\nplugin /usr/lib/openvpn/openvpn-plugin-auth-pam.so\nverb 3\n" +
			"file /etc/openvpn/server/plain.conf\nserver 10.7.0.0 255.255.255.0\nlog /dev/null\n" +
			"file /etc/openvpn/site.conf\nsecret\ncipher BF-CBC\nfile /etc/openvpn/out.conf\nclient\nremote\n",
		"strongswan": "gw-gw: IKEv2, no reauthentication, rekeying every 14400s\n  remote: 192.0.2.9\n  remote pre-shared key authentication:\n  net-net: TUNNEL, rekeying every 5400s\n" +
			"rw: IKEv2, no reauthentication\n  remote: %any\n  remote public key authentication:\nsa gw-gw: #1, ESTABLISHED, IKEv2\nsa   AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256\n",
	})
	paths := []string{"type", "enabled", "mfa_required", "auth_method", "cipher_suite", "logging"}
	wireguard := "ChaCha20-Poly1305, Curve25519, BLAKE2s"
	want := map[string][]any{
		"wireguard:wg0":    {"client", true, false, "key", wireguard, false},
		"wireguard:wg1":    {"site_to_site", true, "n/a", "key", wireguard, false},
		"openvpn:people":   {"client", true, true, "certificate", "AES-256-GCM, AES-128-GCM", true},
		"openvpn:plain":    {"client", false, false, "certificate", evidence.Unsupported, false},
		"openvpn:site":     {"site_to_site", false, "n/a", "psk", "BF-CBC", true},
		"strongswan:gw-gw": {"site_to_site", true, "n/a", "psk", "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256", true},
		"strongswan:rw":    {"client", true, false, "certificate", evidence.Unsupported, true},
	}
	count := 0
	for _, e := range h.Entities {
		if e.Kind == "vpn" {
			count++
		}
	}
	if count != len(want) {
		t.Errorf("%d VPNs, want %d", count, len(want))
	}
	for suffix, values := range want {
		m := map[string]any{}
		for i, p := range paths {
			m[p] = values[i]
		}
		if diff := cmp.Diff(m, attributes(entity(t, h, h.UID+":vpn:"+suffix), paths...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", suffix, diff)
		}
	}
	up := entity(t, h, h.UID+":vpn:wireguard:wg1").Attrs["tunnels"]
	if diff := cmp.Diff([]any{map[string]any{"status": "up"}}, up); diff != "" {
		t.Errorf("tunnels of wg1 (-want +got):\n%s", diff)
	}
}
