// Package awsnet knows what holds of AWS's machines and networks wherever they are seen: in code or live. How protocols and ports are written,
// which rules let somebody administer a machine, which documents install patches: the collectors of Terraform and of AWS read it here, so that
// the same thing gets the same attributes from both.
package awsnet

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

const (
	// LastPort is the last port of a rule for all ports.
	LastPort = 65535
	// NoPort stands for the port of a protocol that has no ports.
	NoPort = -1
)

// Protocol writes a protocol as a word: any, tcp, udp, icmp, icmpv6, or the number of another.
func Protocol(s string) string {
	switch s = strings.ToLower(s); s {
	case "-1", "all":
		return "any"
	case "6":
		return "tcp"
	case "17":
		return "udp"
	case "1":
		return "icmp"
	case "58":
		return "icmpv6"
	}
	return s
}

// HasPorts reports whether rules of the protocol, written as Protocol writes it, name ports. SCTP (132) has them too.
func HasPorts(protocol string) bool {
	return protocol == "tcp" || protocol == "udp" || protocol == "132"
}

// adminPort is a port of remote administration.
type adminPort struct {
	via  string
	port int64
}

func adminPorts() []adminPort {
	return []adminPort{{"ssh", 22}, {"rdp", 3389}, {"winrm", 5985}, {"winrm", 5986}, {"docker", 2375}, {"kubernetes", 6443}}
}

// PathsThrough are the administration paths that a rule opens, and why it may open more. Their provenance is the rule's.
func PathsThrough(r kind.NetworkBoundaryRule) (paths []kind.HostRemoteAccessPath, open *evidence.Unknown) {
	direction, known := r.Direction.Value()
	if known && direction == "out" {
		return nil, nil
	}
	from, okFrom := r.PortFrom.Value()
	to, okTo := r.PortTo.Value()
	protocol, okProtocol := r.Protocol.Value()
	if !known || !okFrom || !okTo || !okProtocol {
		return nil, firstReason(r.Direction, r.Protocol, kind.Convert(r.PortFrom, noText), kind.Convert(r.PortTo, noText))
	}
	if protocol != "any" && protocol != "tcp" {
		return nil, nil
	}
	for _, a := range adminPorts() {
		if a.port < from || a.port > to {
			continue
		}
		via := kind.Convert(r.Direction, func(string) string { return a.via })
		cidrs, _ := r.CIDRs.Value()
		refs, _ := r.Refs.Value()
		for _, source := range append(append([]string{}, cidrs...), refs...) {
			paths = append(paths, kind.HostRemoteAccessPath{Via: via, Source: kind.Known(source)})
		}
		if open == nil {
			open = firstReason(kind.Convert(r.CIDRs, noList), kind.Convert(r.Refs, noList))
		}
	}
	return paths, open
}

func noText(int64) string    { return "" }
func noList([]string) string { return "" }

// firstReason returns why the first unknown one of the attributes is unknown, or nil.
func firstReason(attrs ...kind.Attr[string]) *evidence.Unknown {
	for _, a := range attrs {
		if why, unknown := a.Reason(); unknown {
			return &why
		}
	}
	return nil
}

// InsideHost states why neither code nor the provider can tell what the processes of a virtual machine do.
func InsideHost(h *kind.Host, why evidence.Unknown) {
	text, yes, number := kind.Because[string](why), kind.Because[bool](why), kind.Because[int64](why)
	h.Hostname, h.OSName, h.OSVersion, h.OSEOLOn = text, text, text, kind.Because[kind.Date](why)
	h.SSHPermitRootLogin, h.SSHAuthenticationMethods, h.CryptoPolicy = text, text, text
	h.SSHPasswordAuthentication, h.SSHPermitEmptyPasswords, h.PAMMFA = yes, yes, yes
	h.SSHClientAliveIntervalSeconds, h.SSHClientAliveCountMax, h.PAMLockoutThreshold = number, number, number
	h.ShellTMOUTSeconds, h.ScreenLockSeconds = number, kind.NA[int64]()
	list := kind.Because[[]string](why)
	h.SSHCiphers, h.SSHMACs, h.SSHKEX, h.LegacyServices, h.AuditRulesCovers = list, list, list, list, list
	h.DiskUnencryptedMounts = list
	h.Accounts, h.SudoRules = kind.Because[[]kind.HostAccount](why), kind.Because[[]kind.HostSudoRule](why)
	h.AuditdEnabled, h.AuditdImmutable, h.TimeSynchronised, h.TimeOffsetMS = yes, yes, yes, number
	h.KernelRunning, h.KernelInstalledLatest = text, text
	h.RebootRequired, h.RebootRequiredSince = yes, kind.Because[kind.Time](why)
	h.RemovableStorage = kind.NA[string]()
	h.FirmwareCheckedAt, h.FirmwarePending = kind.NA[kind.Time](), kind.NA[[]kind.HostFirmwarePending]()
}

// PatchDocument reports whether a Systems Manager document, by its name or ARN, installs patches or looks for missing ones.
func PatchDocument(document string) bool {
	switch document[strings.LastIndex(document, "/")+1:] {
	case "AWS-RunPatchBaseline", "AWS-RunPatchBaselineAssociation", "AWS-RunPatchBaselineWithHooks",
		"AWS-PatchInstanceWithRollback", "AWS-PatchAsgInstance", "AWS-ApplyPatchBaseline", "AWS-InstallWindowsUpdates":
		return true
	}
	return false
}

// PatchMechanism is what a patch document does to the machines that it runs on: some always install, the others where their parameters ask for
// it.
func PatchMechanism(document kind.Attr[string], install kind.Attr[bool]) kind.Attr[string] {
	return kind.Then(document, func(name string) kind.Attr[string] {
		for _, always := range []string{"AWS-InstallWindowsUpdates", "AWS-PatchAsgInstance", "AWS-PatchInstanceWithRollback"} {
			if strings.HasSuffix(name, always) {
				return kind.Known("ssm_patch_policy")
			}
		}
		return kind.Choose(install, "ssm_patch_policy", "none")
	})
}

// TunnelOption is one list of algorithms of a VPN tunnel: the word that stands before each of them where they are written together, and the
// algorithms that AWS accepts where none is named.
type TunnelOption struct {
	Name     string // the suffix of Terraform's argument: phase1_encryption_algorithms
	Prefix   string
	Defaults []string
}

// TunnelOptions are the options in which a tunnel's algorithms are chosen.
func TunnelOptions() []TunnelOption {
	encryption := []string{"AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16"}
	integrity := []string{"SHA1", "SHA2-256", "SHA2-384", "SHA2-512"}
	return []TunnelOption{
		{"phase1_encryption_algorithms", "", encryption},
		{"phase2_encryption_algorithms", "", encryption},
		{"phase1_integrity_algorithms", "", integrity},
		{"phase2_integrity_algorithms", "", integrity},
		{"phase1_dh_group_numbers", "DH", []string{"2", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24"}},
		{"phase2_dh_group_numbers", "DH", []string{"2", "5", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24"}},
		{"ike_versions", "", []string{"ikev1", "ikev2"}},
	}
}

// Addresses is a list of address ranges, or of references to such, sorted and each in one spelling. Open is why there may be more, or nil; where
// there may be and none is known the list is unknown.
func Addresses(list []string, open *evidence.Unknown) kind.Attr[[]string] {
	if len(list) == 0 && open != nil {
		return kind.Because[[]string](*open)
	}
	out := make([]string, 0, len(list))
	for _, s := range list {
		if p, err := netip.ParsePrefix(s); err == nil {
			s = p.String()
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return kind.Listed(slices.Compact(out), open)
}
