package facts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// legacyArea finds remote services that speak plaintext, by their ports, programs and units, and reads the system-wide cryptographic
// policy that Red Hat's distributions and their kin have.
func legacyArea() Area {
	return Area{
		Name:  "legacy",
		Attrs: []string{"crypto_policy", "legacy_services"},
		Sections: []script.Section{
			{Name: "crypto_policy", Path: "/etc/crypto-policies/state/current", Shell: `
[ -e /etc/crypto-policies/state/current ] || [ -e /etc/crypto-policies/config ] || absent
if [ -e /etc/crypto-policies/state/current ]; then cat /etc/crypto-policies/state/current; else grep -v '^#' /etc/crypto-policies/config; fi`},
		},
		Read: readLegacy,
	}
}

// legacyService is a plaintext service: where it listens by RFC and IANA, and which programs and units serve it.
type legacyService struct {
	name, protocol string
	port           int64
	programs       []string
	units          []string
}

func legacyServices() []legacyService {
	return []legacyService{
		{"ftp", "tcp", 21, []string{"vsftpd", "proftpd", "pure-ftpd", "ftpd", "in.ftpd"}, []string{"vsftpd", "proftpd", "pure-ftpd"}},
		{"telnet", "tcp", 23, []string{"telnetd", "in.telnetd", "utelnetd"}, []string{"telnet.socket", "telnetd"}},
		{"tftp", "udp", 69, []string{"tftpd", "in.tftpd", "atftpd"}, []string{"tftp.socket", "tftpd-hpa", "atftpd"}},
		{"finger", "tcp", 79, []string{"fingerd", "in.fingerd"}, []string{"finger.socket"}},
		{"rexec", "tcp", 512, []string{"rexecd", "in.rexecd"}, []string{"rexec.socket"}},
		{"rlogin", "tcp", 513, []string{"rlogind", "in.rlogind"}, []string{"rlogin.socket"}},
		{"rsh", "tcp", 514, []string{"rshd", "in.rshd"}, []string{"rsh.socket"}},
	}
}

func readLegacy(h *Host) {
	h.Facts.CryptoPolicy = cryptoPolicy(h.Result("crypto_policy"))
	sockets, unit := h.Result("sockets"), h.Result("units")
	u, listening := h.units(), h.sockets()
	found, unclear := []string{}, []string{}
	for _, s := range legacyServices() {
		_, _, active := u.has(s.units...)
		open := active
		for _, l := range listening {
			switch {
			case l.loopback() || l.protocol != s.protocol:
			case slices.ContainsFunc(s.programs, func(p string) bool { return l.process == p[:min(len(p), 15)] }):
				open = true
			case l.port != s.port:
			case l.process == "rsyslogd" || l.process == "syslog-ng": // syslog over TCP uses the port of rsh
			case s.name == "rsh" && l.process == "":
				unclear = append(unclear, fmt.Sprintf("who listens on %s port %d, rsh or syslog, only root sees", l.protocol, l.port))
			default:
				open = true
			}
		}
		if open {
			found = append(found, s.name)
		}
	}
	list := known(sockets, found)
	more := evidence.Unknown{Source: h.Source}
	switch {
	case !sockets.OK():
		more = sockets.Why()
	case !unit.OK() && unit.State != script.Absent:
		more = unit.Why()
	case len(unclear) > 0:
		more.Reason, more.Detail = evidence.AccessDenied, strings.Join(unclear, "; ")
	default:
		h.Facts.LegacyServices = list
		return
	}
	if h.Facts.LegacyServices = kind.AtLeast(found, more).From(sockets.Prov()); len(found) == 0 {
		h.Facts.LegacyServices = kind.Because[[]string](more).From(sockets.Prov())
	}
}

// cryptoPolicy reads the policy in force; distributions other than Red Hat's kin have none.
func cryptoPolicy(r Result) kind.Attr[string] {
	switch lines := r.Lines(); {
	case r.State == script.Absent:
		return kind.NA[string]()
	case !r.OK():
		return missing[string](r)
	case len(lines) == 0:
		return garbled[string](r, "it is empty")
	default:
		return known(r, strings.TrimSpace(lines[0]))
	}
}
