package awsnet

import (
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

// ListenerProtocol writes a load balancer's protocol as the kind does. A listener for both TCP and UDP counts as TCP.
func ListenerProtocol(protocol kind.Attr[string]) kind.Attr[string] {
	return kind.Then(protocol, func(p string) kind.Attr[string] {
		switch p {
		case "HTTP", "HTTPS", "TCP", "TLS":
			return kind.Known(strings.ToLower(p))
		case "SSL":
			return kind.Known("tls")
		case "TCP_UDP", "TCP_QUIC":
			return kind.Known("tcp")
		}
		return kind.Unknown[string](evidence.Unsupported, "protocol "+p)
	})
}

// ListenerTLS is whether a listener ends TLS, with which policy, and which version that demands. A listener that passes bytes through leaves that
// to its targets, so that it is unknown for the given reason.
func ListenerTLS(protocol kind.Attr[string], service string, policy kind.Attr[string], through evidence.Unknown) (
	enabled kind.Attr[bool], name, version kind.Attr[string],
) {
	name = kind.Then(protocol, func(p string) kind.Attr[string] {
		switch p {
		case "HTTPS", "TLS", "SSL":
			return policy
		}
		return kind.NA[string]()
	})
	enabled = kind.Then(protocol, func(p string) kind.Attr[bool] {
		switch p {
		case "HTTPS", "TLS", "SSL":
			return kind.Known(true)
		case "HTTP":
			return kind.Known(false)
		}
		return kind.Because[bool](through)
	})
	return enabled, name, TLSVersion(service, name)
}

// ClassicPolicy is the TLS policy of a classic load balancer's listener that names none.
const ClassicPolicy = "ELBSecurityPolicy-2016-08"

// ClassicVersion is the version that an attribute of a classic load balancer's negotiation policy switches, such as Protocol-TLSv1.2: SSL 3.0 is
// "0.3"; "" for attributes that are no protocols.
func ClassicVersion(attribute string) string {
	name, _ := strings.CutPrefix(attribute, "Protocol-")
	switch name {
	case attribute:
		return ""
	case "SSLv3":
		return "0.3"
	case "TLSv1":
		return "1.0"
	}
	number, _ := strings.CutPrefix(name, "TLSv")
	return number
}

// TLSVersion is the oldest version that a service's security policy accepts.
func TLSVersion(service string, policy kind.Attr[string]) kind.Attr[string] {
	return kind.Then(policy, func(name string) kind.Attr[string] {
		if version, ok := tlspolicy.MinVersion(service, name); ok {
			return kind.Known(version)
		}
		return kind.Unknown[string](evidence.Unsupported, "TLS policy "+name+" is not in the table")
	})
}

// SuricataDrops reports whether rules in Suricata's language drop anything; it looks at the first word of each.
func SuricataDrops(rules kind.Attr[string]) kind.Attr[bool] {
	return kind.Convert(rules, func(text string) bool {
		for line := range strings.Lines(text) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if word == "drop" || strings.HasPrefix(word, "reject") {
				return true
			}
		}
		return false
	})
}
