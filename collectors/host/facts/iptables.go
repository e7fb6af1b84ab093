package facts

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// parseIptables adds the filter tables of iptables-save(8). Ours are the tables of nftables that it speaks of, as "ip filter".
func parseIptables(set *ruleset, text string, ours map[string]bool) {
	family, by, table := 4, "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "# by "):
			by, table = strings.TrimPrefix(line, "# by "), ""
			family = 4
			if strings.HasPrefix(by, "ip6") {
				family = 6
			}
		case strings.HasPrefix(line, "*"):
			table = line[1:]
			if !strings.Contains(by, "legacy") {
				ours[map[int]string{4: "ip ", 6: "ip6 "}[family]+table] = true
			}
		case table != "filter":
		case strings.HasPrefix(line, ":"):
			f := strings.Fields(line[1:])
			if len(f) < 2 {
				continue
			}
			c := &filterChain{family: family, policy: strings.ToLower(f[1])}
			name := by + " " + f[0]
			if f[1] != "-" {
				c.hook = strings.ToLower(f[0])
				set.hooks = append(set.hooks, name)
			}
			set.chains[name] = c
		case strings.HasPrefix(line, "-A "):
			words := shellWords(line[3:])
			if len(words) == 0 || set.chains[by+" "+words[0]] == nil {
				continue
			}
			c := set.chains[by+" "+words[0]]
			r := iptablesRule(words[1:])
			if r.target != "" {
				r.target = by + " " + r.target
			}
			c.rules = append(c.rules, r)
		}
	}
}

// shellWords splits a line at spaces, but not within double quotes.
func shellWords(line string) []string {
	var out []string
	var word strings.Builder
	quoted, begun := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && quoted && i+1 < len(line):
			i++
			word.WriteByte(line[i])
		case c == '"':
			quoted, begun = !quoted, true
		case c == ' ' && !quoted:
			if begun {
				out = append(out, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	if begun {
		out = append(out, word.String())
	}
	return out
}

// iptablesRule reads the words of a rule after the name of its chain: iptables(8) and iptables-extensions(8).
func iptablesRule(words []string) filterRule {
	var r filterRule
	for i := 0; i < len(words); i++ {
		not := false
		if words[i] == "!" && i+1 < len(words) {
			not = true
			i++
		}
		option := words[i]
		if !strings.HasPrefix(option, "-") {
			continue
		}
		var values []string
		for i+1 < len(words) && words[i+1] != "!" && (!strings.HasPrefix(words[i+1], "-") || len(words[i+1]) == 1) {
			i++
			values = append(values, words[i])
		}
		value := strings.Join(values, " ")
		switch option {
		case "-j", "-g", "--jump", "--goto":
			r.verdict, r.target = iptablesTarget(option, value)
			return r
		case "-i", "--in-interface":
			if not {
				r.when = r.when.and(notInterface(value))
			} else {
				r.ifaces = append(r.ifaces, value)
			}
		case "-m", "--match", "--comment":
		default:
			r.when = r.when.and(iptablesMatch(option, value, not))
		}
	}
	return r
}

// notInterface is the condition that a packet does not come in by an interface.
func notInterface(name string) condition {
	if name == "lo" {
		return condition{}
	}
	return condition{unsure: "interfaces other than " + name}
}

func iptablesTarget(option, value string) (verdict, target string) {
	value, _, _ = strings.Cut(value, " ")
	switch value {
	case "ACCEPT":
		return "accept", ""
	case "DROP", "REJECT", "TARPIT":
		return "drop", ""
	case "RETURN":
		return "return", ""
	case "QUEUE", "NFQUEUE": // a program decides
		return "accept", ""
	case "LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "SET", "AUDIT", "TRACE", "NOTRACK", "CT", "TCPMSS", "CLASSIFY", "CHECKSUM", "DSCP", "TOS", "TTL", "HL", "":
		return "", ""
	}
	if option == "-g" || option == "--goto" {
		return "goto", value
	}
	return "jump", value
}

// iptablesMatch is what one option demands of a new connection from outside to an address of the host.
func iptablesMatch(option, value string, not bool) condition {
	unsure := condition{unsure: strings.TrimSpace(map[bool]string{true: "! "}[not] + option + " " + value)}
	switch option {
	case "--ctstate", "--state":
		return either(slices.Contains(strings.Split(strings.ToUpper(value), ","), "NEW") != not)
	case "--dst-type":
		return either(slices.Contains(strings.Split(value, ","), "LOCAL") != not)
	case "--pkt-type":
		return either((value == "unicast" || value == "host") != not)
	case "--syn":
		return either(!not)
	case "--tcp-flags":
		return tcpFlags(value, not)
	case "-o", "--out-interface":
		if value == "lo" {
			return either(not)
		}
		return condition{evadable: true}
	case "--limit", "--hashlimit-upto", "--hashlimit-above", "--hitcount", "--update", "--rcheck", "--set", "--connlimit-above", "--connlimit-upto", "--probability",
		"--sport", "--sports", "--source-port", "--ttl-eq", "--ttl-gt", "--ttl-lt", "--mac-source", "--string", "--length", "--u32", "--quota", "--hl-eq",
		"--rt-type", "--rt-segsleft", "--header", "--fragid", "--icmp-type", "--icmpv6-type": // ufw drops the routing header of type 0
		return condition{evadable: true}
	case "--limit-burst", "--seconds", "--name", "--mask", "--rsource", "--rdest", "--reap", "--rttl", "--hashlimit-burst", "--hashlimit-mode", "--hashlimit-name",
		"--hashlimit-srcmask", "--hashlimit-htable-expire", "--connlimit-mask", "--connlimit-saddr", "--mode", "--algo", "--to", "--from":
		return condition{}
	}
	if not {
		return unsure
	}
	switch option {
	case "-p", "--protocol":
		return condition{protocols: protocolNames(strings.Split(value, ","))}
	case "-s", "--source":
		return sources([]string{value}, unsure)
	case "-d", "--destination":
		return destination(value, unsure)
	case "--dport", "--dports", "--destination-port", "--ports", "--port":
		return ports(strings.Split(value, ","), ":", unsure)
	}
	return unsure
}

// either is the condition that always holds, or never.
func either(holds bool) condition { return condition{never: !holds} }

// tcpFlags judges the first packet of a connection: SYN alone is set.
func tcpFlags(value string, not bool) condition {
	f := strings.Fields(value)
	if len(f) != 2 {
		return condition{evadable: true}
	}
	mask, want := strings.Split(f[0], ","), f[1]
	has := "NONE"
	if slices.Contains(mask, "SYN") || slices.Contains(mask, "ALL") {
		has = "SYN"
	}
	return either((want == has) != not)
}

// protocolNames writes protocols as the kind does; "any" and 0 are all.
func protocolNames(list []string) []string {
	numbers := map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "ipv6-icmp": "icmpv6", "icmp6": "icmpv6", "2": "igmp", "132": "sctp", "50": "esp", "51": "ah", "47": "gre"}
	out := make([]string, 0, len(list))
	for _, p := range list {
		p = strings.ToLower(p)
		if p == "all" || p == "any" || p == "0" {
			return nil
		}
		if n, ok := numbers[p]; ok {
			p = n
		}
		out = append(out, p)
	}
	return out
}

// sources is the condition that a packet comes from one of the addresses or ranges.
func sources(list []string, unsure condition) condition {
	c := condition{sources: []netip.Prefix{}}
	for _, text := range list {
		p, ok := prefixOf(text)
		if !ok {
			return unsure
		}
		c.sources = append(c.sources, p)
	}
	if len(c.sources) == 0 {
		c.never = true
	}
	return c
}

// destination judges an address to which a packet goes: a new connection from outside goes to one address of the host, and neither to
// many nor to a link's own.
func destination(text string, unsure condition) condition {
	p, ok := prefixOf(text)
	switch {
	case !ok:
		return unsure
	case p.Bits() == 0:
		return condition{}
	case p.Addr().IsMulticast(), p.Addr().IsLinkLocalUnicast(), p.Addr().IsLoopback(), p.Addr().Is4() && p.Addr().As4() == [4]byte{255, 255, 255, 255}:
		return condition{never: true}
	}
	return unsure
}

// prefixOf reads an address or a range, with its length or a mask.
func prefixOf(text string) (netip.Prefix, bool) {
	address, bits, ranged := strings.Cut(text, "/")
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}, false
	}
	if !ranged {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	if mask, err := netip.ParseAddr(bits); err == nil && mask.Is4() {
		n := 0
		for _, b := range mask.As4() {
			for ; b != 0; b &= b - 1 {
				n++
			}
		}
		return netip.PrefixFrom(a, n).Masked(), true
	}
	n, err := strconv.Atoi(bits)
	if err != nil || n < 0 || n > a.BitLen() {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, n).Masked(), true
}

// ports is the condition that a packet goes to one of the ports or ranges, whose ends the separator parts.
func ports(list []string, separator string, unsure condition) condition {
	c := condition{ports: []portRange{}}
	for _, text := range list {
		from, to, ranged := strings.Cut(text, separator)
		a, okA := portNumber(from, 0)
		b, okB := a, okA
		if ranged {
			b, okB = portNumber(to, 65535)
		}
		if !okA || !okB || a > b {
			return unsure
		}
		c.ports = append(c.ports, portRange{a, b})
	}
	if len(c.ports) == 0 {
		c.never = true
	}
	return c
}

// portNumber reads a port; where there is none the end of the range counts.
func portNumber(text string, end int64) (int64, bool) {
	if text == "" {
		return end, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && n <= 65535
}
