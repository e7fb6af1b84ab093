package facts

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// firewallArea reads what the kernel does with a new connection that comes in: the rules of nftables and iptables, whoever wrote them
// (ufw, firewalld, an administrator). They become one network_boundary. Its rules are those that a new connection from outside to the
// host itself can meet, chains followed and put in one order:
//
//   - rules for the loopback interface and for established connections admit nobody new and are left out;
//   - a rule for the interface of the default route is one for everybody; a rule for another interface is one for the networks behind it;
//   - what limits a rate admits, and does not refuse;
//   - of a rule that admits under a condition that is not understood the addresses are unknown; a refusal, or a turn in the order, under such
//     a condition makes the list open.
//
// Rules before the host's own input (prerouting, ingress) count where they refuse.
func firewallArea() Area {
	return Area{
		Name: "firewall", Kinds: []string{"network_boundary"},
		Sections: []script.Section{
			{Name: "nft", Command: "nft -j list ruleset", Root: true, Limit: 2 << 20, Shell: `
has nft || absent
t nft -j -s list ruleset`},
			{Name: "iptables", Command: "iptables-save", Root: true, Limit: 2 << 20, Shell: `
has iptables-save || absent
for c in iptables-save ip6tables-save iptables-legacy-save ip6tables-legacy-save; do
  case $c in *legacy*)
    f=/proc/net/${c%%tables*}_tables_names
    iptables-save -V 2>/dev/null | grep -q nf_tables && [ -s "$f" ] || continue;;
  esac
  if has $c; then echo "# by $c"; t $c || exit 1; fi
done`},
			{Name: "firewall", Path: "/etc/ufw/ufw.conf", Shell: `
kv ufw "$(sed -n 's/^ENABLED=//p' /etc/ufw/ufw.conf 2>/dev/null)"
kv ufw_input "$(sed -n 's/^DEFAULT_INPUT_POLICY=//p' /etc/default/ufw 2>/dev/null | tr -d '"')"
kv ufw_output "$(sed -n 's/^DEFAULT_OUTPUT_POLICY=//p' /etc/default/ufw 2>/dev/null | tr -d '"')"
kv modules "$(awk '$1 ~ /^(nf_tables|ip_tables|ip6_tables|iptable_filter|ip6table_filter)$/ && $3 != 0 { print $1 }' /proc/modules 2>/dev/null)"
kv chains "$(cat /proc/net/ip_tables_names /proc/net/ip6_tables_names 2>/dev/null)"
exit 0`},
		},
		Read: readFirewall,
	}
}

func readFirewall(h *Host) {
	nft, tables, about := h.Result("nft"), h.Result("iptables"), h.Result("firewall")
	b := kind.NetworkBoundary{
		Type: known(about, "host_firewall"), IsDefault: kind.NA[bool](), Mode: known(about, "na"), AttachedTo: known(about, []string{h.UID}),
	}
	name, values := firewallName(h, about), about.Values()
	read := nft
	switch {
	case nft.State == script.Absent && tables.State == script.Absent:
		read = about
		if !about.OK() {
			b.Enabled, b.DefaultInbound, b.DefaultOutbound, b.Rules = firewallUnknown(about.Why())
			break
		}
		if in := strings.TrimSpace(values["modules"] + " " + values["chains"]); in != "" {
			b.Enabled, b.DefaultInbound, b.DefaultOutbound, b.Rules = firewallUnknown(evidence.Unknown{
				Reason: evidence.Unsupported, Detail: "the kernel filters (" + in + "), and neither nft nor iptables-save is installed to tell how", Source: h.Source,
			})
			break
		}
		b.Enabled, b.DefaultInbound, b.DefaultOutbound = known(about, false), known(about, "allow"), known(about, "allow")
		b.Rules = known(about, []kind.NetworkBoundaryRule{})
	case !nft.OK() && nft.State != script.Absent:
		b.Enabled, b.DefaultInbound, b.DefaultOutbound, b.Rules = firewallUnknown(nft.Why())
		ufwSettings(&b, about, values)
	case !tables.OK() && tables.State != script.Absent:
		read = tables
		b.Enabled, b.DefaultInbound, b.DefaultOutbound, b.Rules = firewallUnknown(tables.Why())
		ufwSettings(&b, about, values)
	default:
		if nft.State == script.Absent {
			read = tables
		}
		set, garbage := parseRulesets(nft, tables)
		if garbage != "" {
			b.Enabled, b.DefaultInbound, b.DefaultOutbound, b.Rules = firewallUnknown(read.Garbled(garbage))
			break
		}
		setFirewall(h, &b, read, set)
	}
	h.CoverBy("network_boundary", about)
	if !about.OK() {
		return
	}
	h.Add("network_boundary", "firewall", name, read, b)
	h.Relate("attached_to", h.UID+":firewall", h.UID)
}

// firewallName names the boundary after the host and the tool that manages its rules.
func firewallName(h *Host, about Result) string {
	u := h.units()
	tool := ""
	for _, t := range []string{"firewalld", "nftables", "iptables"} {
		if _, _, active := u.has(t); active && tool == "" {
			tool = t
		}
	}
	if strings.EqualFold(about.Values()["ufw"], "yes") {
		tool = "ufw"
	}
	return h.Name + " (" + cmp.Or(tool, "packet filter") + ")"
}

func firewallUnknown(why evidence.Unknown) (kind.Attr[bool], kind.Attr[string], kind.Attr[string], kind.Attr[[]kind.NetworkBoundaryRule]) {
	text := kind.Because[string](why)
	return kind.Because[bool](why), text, text, kind.Because[[]kind.NetworkBoundaryRule](why)
}

// ufwSettings takes from ufw's readable files that it is meant to be on, where its unit is active, and what its defaults are.
func ufwSettings(b *kind.NetworkBoundary, r Result, values map[string]string) {
	_, _, active := r.host.units().has("ufw")
	if !r.OK() || !strings.EqualFold(values["ufw"], "yes") || !active {
		return
	}
	policy := map[string]string{"DROP": "deny", "REJECT": "deny", "ACCEPT": "allow"}
	b.Enabled = known(r, true)
	if in := policy[strings.ToUpper(values["ufw_input"])]; in != "" {
		b.DefaultInbound = known(r, in)
	}
	if out := policy[strings.ToUpper(values["ufw_output"])]; out != "" {
		b.DefaultOutbound = known(r, out)
	}
}

// setFirewall works out what the rulesets do.
func setFirewall(h *Host, b *kind.NetworkBoundary, r Result, set ruleset) {
	n := h.network()
	in := judge(set, "input", n)
	out := judge(set, "output", n)
	in.unsure = append(set.unsure, in.unsure...)
	if !n.known {
		in.unsure = append(in.unsure, "the routes of the host were not read")
	}
	b.DefaultInbound, b.DefaultOutbound = known(r, in.fallback(n.ipv6 || !n.known)), known(r, out.fallback(n.ipv6 || !n.known))
	list := make([]kind.NetworkBoundaryRule, 0, len(in.rules))
	for i := range in.rules {
		list = append(list, in.rules[i].elements(h)...)
	}
	b.Rules = known(r, list)
	deny, _ := b.DefaultInbound.Value()
	b.Enabled = known(r, len(list) > 0 || deny == "deny")
	if len(in.unsure) > 0 {
		slices.Sort(in.unsure)
		why := evidence.Unknown{
			Reason: evidence.Unsupported, Source: h.Source,
			Detail: "conditions that Assay does not work out: " + script.Line(strings.Join(slices.Compact(in.unsure), "; "), 300),
		}
		b.Rules = kind.AtLeast(list, why).From(r.Prov())
		b.Enabled = known(r, true)
		if in.lost {
			b.DefaultInbound = kind.Because[string](why).From(r.Prov())
		}
	}
}

// portRange is a range of ports, both ends included.
type portRange struct{ from, to int64 }

// condition is what a packet must be like. The zero value is any new connection from outside.
type condition struct {
	family    int      // 4, 6, or 0 for both
	protocols []string // nil = any
	ports     []portRange
	sources   []netip.Prefix // nil = any
	never     bool           // no new connection from outside is like that
	// evadable says that it holds for some packets only, by their rate or by what their sender chooses.
	evadable bool
	unsure   string // what of it is not understood; "" = nothing
}

// and is what satisfies both conditions.
func (c condition) and(d condition) condition {
	out := c
	out.never, out.evadable = c.never || d.never, c.evadable || d.evadable
	if out.unsure == "" {
		out.unsure = d.unsure
	}
	switch {
	case out.family == 0:
		out.family = d.family
	case d.family != 0 && d.family != out.family:
		out.never = true
	}
	var empty bool
	if out.protocols, empty = meet(c.protocols, d.protocols, func(a, b string) (string, bool) { return a, a == b }); empty {
		out.never = true
	}
	if out.ports, empty = meet(c.ports, d.ports, func(a, b portRange) (portRange, bool) {
		r := portRange{max(a.from, b.from), min(a.to, b.to)}
		return r, r.from <= r.to
	}); empty {
		out.never = true
	}
	if out.sources, empty = meet(c.sources, d.sources, func(a, b netip.Prefix) (netip.Prefix, bool) {
		if a.Bits() < b.Bits() {
			a, b = b, a
		}
		return a, b.Contains(a.Addr())
	}); empty {
		out.never = true
	}
	if f := out.implied(); f != 0 && out.sources != nil && !slices.ContainsFunc(out.sources, func(p netip.Prefix) bool { return p.Addr().Is4() == (f == 4) }) {
		out.never = true // such as ICMPv6 from addresses of IPv4
	}
	return out
}

// implied is the family of what satisfies the condition, by itself or by its protocol; 0 = both.
func (c condition) implied() int {
	if c.family == 0 && len(c.protocols) == 1 {
		return map[string]int{"icmp": 4, "icmpv6": 6}[c.protocols[0]]
	}
	return c.family
}

// meet pairs the elements of two lists; a list that is nil holds everything. It reports whether nothing is left.
func meet[T any](a, b []T, both func(T, T) (T, bool)) (list []T, empty bool) {
	if a == nil {
		return b, false
	}
	if b == nil {
		return a, false
	}
	out := []T{}
	for _, x := range a {
		for _, y := range b {
			if z, ok := both(x, y); ok && len(out) < maxFirewallRules {
				out = append(out, z)
			}
		}
	}
	return out, len(out) == 0
}

// always reports whether the condition holds for each new connection from outside, of its family.
func (c condition) always() bool {
	return !c.never && !c.evadable && c.unsure == "" && c.protocols == nil && c.ports == nil && c.sources == nil
}

// filterRule is a rule as nftables or iptables state it.
type filterRule struct {
	when    condition
	ifaces  []string // names of incoming interfaces, with a "*" or "+" at the end for all that begin so; nil = any
	verdict string   // accept, drop, jump, goto, return; "" = none
	target  string   // of jump and goto
}

// filterChain is a chain of rules; hook is empty for one that others jump to.
type filterChain struct {
	family int
	hook   string // input, output, or earlier for what comes before input
	policy string // accept or drop
	rules  []filterRule
}

// ruleset is all chains, by table and name, and the names of those with a hook in the order in which they were listed.
type ruleset struct {
	chains map[string]*filterChain
	hooks  []string
	unsure []string
}

// The bounds of what is worked out.
const (
	maxFirewallRules = 2000
	maxFirewallSteps = 50_000
	maxFirewallDepth = 16
)

// outcome is what the chains of a hook do with a new connection.
type outcome struct {
	rules  []decision
	denied map[int]bool // by family: what no rule decides is refused
	unsure []string
	lost   bool // what no rule decides is not known

	steps int
	net   network
	set   ruleset
}

// decision is a condition and what becomes of what satisfies it.
type decision struct {
	when  condition
	allow bool
}

// fallback is what becomes of what no rule decides: it is refused only where both families refuse it.
func (o *outcome) fallback(ipv6 bool) string {
	if o.denied[4] && (o.denied[6] || !ipv6) {
		return "deny"
	}
	return "allow"
}

// judge follows the chains of a hook. A packet must pass each of them, and a refusal in any is final; where a chain only refuses, its
// refusals come first.
func judge(set ruleset, hook string, n network) *outcome {
	o := &outcome{denied: map[int]bool{}, net: n, set: set}
	var first []decision
	deciding := map[int]int{}
	for _, name := range set.hooks {
		c := set.chains[name]
		if c.hook != hook && (c.hook != "earlier" || hook != "input") {
			continue
		}
		part := &outcome{denied: o.denied, net: n, set: set, steps: o.steps}
		decided := part.walk(name, condition{family: c.family}, 0)
		o.steps = part.steps
		if c.hook == "earlier" {
			first = append(first, onlyDenials(part.rules)...)
			continue
		}
		o.unsure, o.lost = append(o.unsure, part.unsure...), o.lost || part.lost
		refuses := decided == "drop" || decided == "" && c.policy == "drop"
		switch denials := onlyDenials(part.rules); {
		case !refuses && len(denials) == 0: // it lets everything pass
		case !refuses && len(denials) == len(part.rules):
			first = append(first, denials...)
		default:
			for _, f := range families(c.family) {
				if deciding[f]++; deciding[f] > 1 {
					o.unsure = append(o.unsure, "several chains at the same hook that admit some")
				}
				o.denied[f] = o.denied[f] || refuses
			}
			o.rules = append(o.rules, part.rules...)
		}
	}
	o.rules = append(first, o.rules...)
	return o
}

func families(f int) []int {
	if f == 0 {
		return []int{4, 6}
	}
	return []int{f}
}

func onlyDenials(list []decision) []decision {
	return slices.DeleteFunc(slices.Clone(list), func(d decision) bool { return d.allow })
}

// walk follows a chain for what satisfies the condition. It returns what becomes of all of it: accept, drop, or "" where the chain ends
// without a decision.
func (o *outcome) walk(name string, when condition, depth int) string {
	c := o.set.chains[name]
	if c == nil || depth > maxFirewallDepth {
		o.open("the chain "+name, true)
		return ""
	}
	for i := range c.rules {
		r := &c.rules[i]
		if o.steps++; o.steps > maxFirewallSteps || len(o.rules) >= maxFirewallRules {
			o.open("more rules than are read", true)
			return ""
		}
		own := r.when.and(o.through(r.ifaces))
		cond := when.and(own)
		if cond.never || r.verdict == "" {
			continue
		}
		certain := own.always() && (own.family == 0 || own.family == when.family)
		switch r.verdict {
		case "accept", "drop":
			if certain {
				o.whole(when, r.verdict, depth)
				return r.verdict
			}
			o.decide(cond, r.verdict)
		case "return":
			if certain {
				return ""
			}
			if own.unsure == "" && !own.evadable && o.leaves(c.rules[i+1:]) {
				continue
			}
			o.open("a return under a condition", false)
		case "jump", "goto":
			decided := o.walk(r.target, cond, depth+1)
			if certain && (decided != "" || r.verdict == "goto") {
				return decided
			}
			if r.verdict == "goto" && decided == "" && !certain {
				o.open("a goto under a condition", false)
			}
		}
	}
	return ""
}

// leaves reports whether nothing follows that decides anything.
func (o *outcome) leaves(rest []filterRule) bool {
	return !slices.ContainsFunc(rest, func(r filterRule) bool { return r.verdict != "" })
}

// whole notes the verdict on all that enters a chain by a jump. At the top it is what becomes of what no rule decides.
func (o *outcome) whole(when condition, verdict string, depth int) {
	if depth > 0 && (!when.always() || when.family != 0) {
		o.decide(when, verdict)
	}
}

// decide notes a rule. A refusal that somebody can evade refuses nothing for sure.
func (o *outcome) decide(when condition, verdict string) {
	if verdict == "drop" && when.evadable {
		return
	}
	if verdict == "drop" && when.unsure != "" {
		o.open(when.unsure, false)
		return
	}
	o.rules = append(o.rules, decision{when, verdict == "accept"})
}

func (o *outcome) open(why string, lost bool) {
	o.unsure, o.lost = append(o.unsure, why), o.lost || lost
}

// through is what comes in by the interfaces: everything by those of the default route, by others what is routed there.
func (o *outcome) through(ifaces []string) condition {
	if ifaces == nil {
		return condition{}
	}
	matches := func(name string) bool {
		return slices.ContainsFunc(ifaces, func(i string) bool {
			if prefix, ok := strings.CutSuffix(strings.TrimSuffix(i, "+")+"*", "*"); ok && strings.HasSuffix(i, "+") || strings.HasSuffix(i, "*") {
				return strings.HasPrefix(name, strings.TrimSuffix(prefix, "*"))
			}
			return i == name
		})
	}
	if slices.ContainsFunc(o.net.defaults, matches) {
		return condition{}
	}
	if !o.net.known {
		return condition{unsure: "the interface " + strings.Join(ifaces, ", ")}
	}
	c := condition{sources: []netip.Prefix{}, never: true}
	for _, name := range sortedKeys(o.net.routes) {
		if name != "lo" && matches(name) {
			c.sources, c.never = append(c.sources, o.net.routes[name]...), false
		}
	}
	return c
}

// elements are the rules as the kind holds them: one per protocol and range of ports.
func (d decision) elements(h *Host) []kind.NetworkBoundaryRule {
	action := "deny"
	if d.allow {
		action = "allow"
	}
	protocols, ports := d.when.protocols, d.when.ports
	if protocols == nil {
		protocols = []string{"any"}
		if ports != nil {
			protocols = []string{"tcp", "udp"}
		}
	}
	cidrs := kind.Known(d.when.cidrs())
	if d.when.unsure != "" {
		cidrs = kind.Because[[]string](evidence.Unknown{Reason: evidence.Unsupported, Detail: "it depends on " + d.when.unsure, Source: h.Source})
	}
	var out []kind.NetworkBoundaryRule
	for _, p := range protocols {
		ranges := ports
		if !hasPorts(p) && p != "any" {
			ranges = []portRange{{-1, -1}}
		} else if ranges == nil {
			ranges = []portRange{{0, 65535}}
		}
		for _, r := range ranges {
			out = append(out, kind.NetworkBoundaryRule{
				Direction: kind.Known("in"), Action: kind.Known(action), Protocol: kind.Known(p), PortFrom: kind.Known(r.from), PortTo: kind.Known(r.to),
				CIDRs: cidrs, Refs: kind.Known([]string{}), ThreatGroup: kind.Known(false),
			})
		}
	}
	return out
}

func hasPorts(protocol string) bool {
	return slices.Contains([]string{"tcp", "udp", "sctp", "dccp", "udplite"}, protocol)
}

// cidrs are the ranges of addresses that satisfy the condition.
func (c condition) cidrs() []string {
	if c.sources == nil {
		return map[int][]string{0: {"0.0.0.0/0", "::/0"}, 4: {"0.0.0.0/0"}, 6: {"::/0"}}[c.family]
	}
	out := []string{}
	for _, p := range c.sources {
		if c.family == 0 || p.Addr().Is4() == (c.family == 4) {
			out = append(out, p.Masked().String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// parseRulesets reads what nft and iptables-save print. Tables of iptables that lie in nftables are read from iptables-save, which
// knows their extensions. Garbage says what cannot be read; "" = everything can.
func parseRulesets(nft, tables Result) (set ruleset, garbage string) {
	set = ruleset{chains: map[string]*filterChain{}}
	ours := map[string]bool{} // tables that iptables-save printed
	if tables.OK() {
		parseIptables(&set, tables.Output, ours)
	}
	if nft.OK() {
		redirects := strings.Contains(nft.Output, `"redirect":`) || strings.Contains(nft.Output, `"dnat":`) || strings.Contains(tables.Output, "-j REDIRECT")
		if err := parseNft(&set, nft.Output, ours, redirects); err != nil {
			return set, fmt.Sprintf("what nft prints is no ruleset: %v", err)
		}
	}
	return set, ""
}
