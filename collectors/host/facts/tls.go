package facts

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// tlsArea reads what listens for connections from elsewhere. On the usual ports of TLS and of HTTP the host offers its own service a
// handshake, with openssl where it is installed: what it accepts, and the certificate that it shows. Other ports are asked nothing. sshd is
// no endpoint: its settings are read by themselves.
func tlsArea() Area {
	ports := make([]string, 0, len(askedPorts()))
	for _, p := range askedPorts() {
		ports = append(ports, strconv.FormatInt(p, 10))
	}
	return Area{
		Name: "tls", Kinds: []string{"endpoint"},
		Sections: []script.Section{{Name: "tls", Command: "openssl s_client", Shell: `
has openssl && has timeout && timeout 3 true 2>/dev/null || absent
ask() { timeout 3 openssl s_client -connect "$@" </dev/null 2>&1; }
try() {
  o=$(ask "$1" "$2" -cipher ALL:@SECLEVEL=0)
  case $o in
    *'Cipher is (NONE)'*alert\ protocol\ version*|*alert\ protocol\ version*) echo "$2 no";;
    *'Cipher is (NONE)'*) echo "$2 unknown";;
    *'Cipher is '*) echo "$2 yes";;
    *) echo "$2 unknown";;
  esac
}
n=0 slow=0
{ if has ss; then ss -lnt; else netstat -lnt; fi; } 2>/dev/null | awk '/^(tcp|LISTEN)/ { a = $4; p = a; sub(/.*:/, "", p); sub(/:[0-9]+$/, "", a); sub(/%.*/, "", a)
  if (!seen[p]++ && index(" ` + strings.Join(ports, " ") + ` ", " " p " ")) print a, p }' | while read -r a p; do
  n=$((n + 1)); [ $n -le 12 ] && [ $slow -lt 3 ] || break
  case $a in '*'|0.0.0.0) a=127.0.0.1;; '::'|'[::]') a='[::1]';; '['*) ;; *:*) a="[$a]";; esac
  echo "port $p"
  o=$(ask "$a:$p")
  case $o in
    *'BEGIN CERTIFICATE'*) printf '%s\n' "$o" | sed -n '/BEGIN CERT/,/END CERT/p;/END CERT/q'
      for v in -tls1 -tls1_1 -tls1_2; do try "$a:$p" $v; done;;
    *'wrong version number'*|*'packet length too long'*|*'http request'*) echo plain;;
    *) echo unclear; slow=$((slow + 1));;
  esac
done
exit 0`}},
		Read: readTLS,
	}
}

// askedPorts are the ports on which TLS or HTTP is usual.
func askedPorts() []int64 {
	return []int64{80, 443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 2376, 3269, 4443, 5061, 5671, 6443, 6514, 8000, 8080, 8443, 8883, 9200, 9443, 10250}
}

// handshake is what the service on a port made of the handshakes.
type handshake struct {
	answer string // tls, plain or unclear
	// accepts says of a version of TLS, as openssl's option writes it, yes, no or unknown.
	accepts map[string]string
	leaf    *x509.Certificate
}

func readTLS(h *Host) {
	sockets := h.Result("sockets")
	h.CoverBy("endpoint", sockets)
	if !sockets.OK() {
		return
	}
	r := h.Result("tls")
	shakes := map[int64]*handshake{}
	if r.OK() {
		shakes = parseHandshakes(r.Output)
	}
	ports := map[int64][]socket{}
	for _, s := range h.sockets() {
		if s.protocol == "tcp" && s.process != "sshd" && (s.port != 22 || s.process != "") {
			ports[s.port] = append(ports[s.port], s)
		}
	}
	n := h.network()
	for _, port := range sortedPorts(ports) {
		shake := shakes[port]
		inside := !slices.ContainsFunc(ports[port], func(s socket) bool { return !s.loopback() })
		if inside && (shake == nil || shake.answer != "tls") {
			continue // nobody else reaches it, and it shows no certificate
		}
		addEndpoint(h, port, ports[port], shake, n)
		if shake != nil && shake.leaf != nil {
			addCertificate(h, r, port, shake.leaf)
		}
	}
}

func sortedPorts(m map[int64][]socket) []int64 {
	out := make([]int64, 0, len(m))
	for p := range m {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// addEndpoint emits what listens on a port.
func addEndpoint(h *Host, port int64, listeners []socket, shake *handshake, n network) {
	sockets, r := h.Result("sockets"), h.Result("tls")
	web := slices.Contains([]int64{443, 4443, 8443, 9443, 6443, 10250, 9200}, port)
	e := kind.Endpoint{
		Exposure: exposure(sockets, listeners, n), Port: known(sockets, port), Protocol: known(sockets, "tcp"), TLSPolicy: kind.NA[string](),
		RedirectToHttps: kind.NA[bool](), WAF: kind.NA[string](), Zones: kind.NA[int64](), DataClassification: null[string](sockets),
	}
	if port == 80 || port == 8080 || port == 8000 {
		e.Protocol = known(sockets, "http")
		e.RedirectToHttps = unsaid[bool](sockets, evidence.NotCollected, "no page is asked for")
	}
	e.TLSMinVersion = kind.NA[string]()
	switch {
	case shake != nil && shake.answer == "tls":
		e.TLSEnabled, e.TLSMinVersion, e.RedirectToHttps = known(r, true), oldestTLS(r, shake), kind.NA[bool]()
		e.Protocol = known(r, "tls")
		if web {
			e.Protocol = known(r, "https")
		}
	case shake != nil && shake.answer == "plain":
		e.TLSEnabled = known(r, false)
	case shake != nil:
		e.TLSEnabled = unsaid[bool](r, evidence.Unsupported, "the service made nothing clear of a handshake")
	case !r.OK() && slices.Contains(askedPorts(), port):
		e.TLSEnabled = missing[bool](r)
	default:
		e.TLSEnabled = unsaid[bool](sockets, evidence.NotCollected, "no handshake is offered on a port that is not usual for TLS")
	}
	if !e.TLSEnabled.IsKnown() {
		e.TLSMinVersion = kind.Convert(e.TLSEnabled, func(bool) string { return "" })
	}
	name := fmt.Sprintf("%s:%d", h.Name, port)
	if p := listeners[0].process; p != "" {
		name += " (" + p + ")"
	}
	h.Add("endpoint", fmt.Sprintf("tcp:%d", port), name, sockets, e)
}

// exposure tells who can connect, as far as addresses tell it: whether the internet reaches a public address is decided by firewalls.
func exposure(r Result, listeners []socket, n network) kind.Attr[string] {
	public, outside := false, false
	for _, s := range listeners {
		switch a := s.address; {
		case a.IsLoopback():
		case a.IsUnspecified():
			outside = true
			for _, own := range n.addrs {
				public = public || !own.IsPrivate() && !own.IsLinkLocalUnicast()
			}
			public = public || len(n.addrs) == 0
		default:
			outside, public = true, public || !a.IsPrivate() && !a.IsLinkLocalUnicast()
		}
	}
	switch {
	case !outside:
		return known(r, "loopback")
	case public:
		return unsaid[string](r, evidence.Unlinked, "it listens on an address that is not private; whether the internet reaches it is decided by what stands before the host")
	}
	return known(r, "internal")
}

// oldestTLS is the oldest version that a service accepts; known only where each older one was refused.
func oldestTLS(r Result, s *handshake) kind.Attr[string] {
	for _, v := range []struct{ option, version string }{{"-tls1", "1.0"}, {"-tls1_1", "1.1"}, {"-tls1_2", "1.2"}} {
		switch s.accepts[v.option] {
		case "yes":
			return known(r, v.version)
		case "no":
		default:
			return unsaid[string](r, evidence.Unsupported, "whether it accepts TLS "+v.version+" cannot be told: openssl on the host may not speak it")
		}
	}
	return known(r, "1.3")
}

// addCertificate emits the certificate that a service shows.
func addCertificate(h *Host, r Result, port int64, leaf *x509.Certificate) {
	digest := sha256.Sum256(leaf.Raw)
	suffix := "certificate:" + hex.EncodeToString(digest[:8])
	if slices.ContainsFunc(h.Entities, func(e *evidence.Entity) bool { return e.UID == h.UID+":"+suffix }) {
		return
	}
	name := leaf.Subject.CommonName
	if len(leaf.DNSNames) > 0 {
		name = leaf.DNSNames[0]
	}
	h.Add("credential", suffix, script.Line(fmt.Sprintf("%s on %s:%d", name, h.Name, port), 200), r, kind.Credential{
		Type: known(r, "certificate"), Active: known(r, h.At.Before(leaf.NotAfter) && !h.At.Before(leaf.NotBefore)), InUse: known(r, true),
		CreatedAt: known(r, h.Time(leaf.NotBefore)), RotatedAt: null[kind.Time](r), ExpiresAt: known(r, h.Time(leaf.NotAfter)),
		LastUsedAt: known(r, h.Time(h.At)), KeySpec: certificateKey(r, leaf),
	})
}

// certificateKey writes the key of a certificate as AWS does.
func certificateKey(r Result, leaf *x509.Certificate) kind.Attr[string] {
	curves := map[string]string{"P-256": "EC_prime256v1", "P-384": "EC_secp384r1", "P-521": "EC_secp521r1", "P-224": "EC_secp224r1"}
	switch k := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		return known(r, fmt.Sprintf("RSA_%d", k.N.BitLen()))
	case *ecdsa.PublicKey:
		return known(r, curves[k.Curve.Params().Name])
	case ed25519.PublicKey:
		return known(r, "ED25519")
	}
	return unsaid[string](r, evidence.Unsupported, "a key of the type "+leaf.PublicKeyAlgorithm.String())
}

// parseHandshakes reads what the section prints for each port.
func parseHandshakes(text string) map[int64]*handshake {
	out := map[int64]*handshake{}
	for part := range strings.SplitSeq("\n"+text, "\nport ") {
		first, rest, _ := strings.Cut(part, "\n")
		port, err := strconv.ParseInt(strings.TrimSpace(first), 10, 32)
		if err != nil || port < 1 || port > 65535 {
			continue
		}
		s := &handshake{answer: "unclear", accepts: map[string]string{}}
		out[port] = s
		for line := range strings.Lines(rest) {
			option, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch {
			case option == "plain":
				s.answer = "plain"
			case strings.HasPrefix(option, "-tls"):
				s.accepts[option] = value
			}
		}
		if block, _ := pem.Decode([]byte(rest)); block != nil && block.Type == "CERTIFICATE" {
			s.answer = "tls"
			if leaf, err := x509.ParseCertificate(block.Bytes); err == nil {
				s.leaf = leaf
			}
		}
	}
	return out
}
