package facts

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// nftObject is one element of the list that "nft -j list ruleset" prints: libnftables-json(5).
type nftObject struct {
	Chain *struct {
		Family string `json:"family"`
		Table  string `json:"table"`
		Name   string `json:"name"`
		Type   string `json:"type"`
		Hook   string `json:"hook"`
		Policy string `json:"policy"`
	} `json:"chain"`
	Rule *struct {
		Family string           `json:"family"`
		Table  string           `json:"table"`
		Chain  string           `json:"chain"`
		Expr   []map[string]any `json:"expr"`
	} `json:"rule"`
	Set *nftSet `json:"set"`
	Map *nftSet `json:"map"`
}

type nftSet struct {
	Family string `json:"family"`
	Table  string `json:"table"`
	Name   string `json:"name"`
	Elem   []any  `json:"elem"`
}

// nftReader holds what rules refer to.
type nftReader struct {
	sets map[string][]any // by family, table and name
	// redirects says that connections are sent to other ports of the host.
	redirects bool
}

// parseNft adds the chains of nftables, but not of the tables in ours, which are read from elsewhere. Redirects says that some rule sends
// connections to other ports of the host.
func parseNft(set *ruleset, text string, ours map[string]bool, redirects bool) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	var doc struct {
		Nftables []nftObject `json:"nftables"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return err
	}
	reader := nftReader{sets: map[string][]any{}, redirects: redirects}
	families := map[string]int{"inet": 0, "ip": 4, "ip6": 6, "netdev": 0}
	for _, o := range doc.Nftables {
		for _, s := range []*nftSet{o.Set, o.Map} {
			if s != nil {
				reader.sets[s.Family+" "+s.Table+" "+s.Name] = s.Elem
			}
		}
		family, judged := 0, false
		if o.Chain != nil {
			family, judged = families[o.Chain.Family], true
			if _, ok := families[o.Chain.Family]; !ok || ours[o.Chain.Family+" "+o.Chain.Table] {
				judged = false
			}
		}
		if !judged {
			continue
		}
		c := &filterChain{family: family, hook: o.Chain.Hook, policy: o.Chain.Policy}
		switch {
		case o.Chain.Hook == "prerouting" && o.Chain.Type == "filter", o.Chain.Hook == "ingress":
			c.hook = "earlier"
		case o.Chain.Type != "" && o.Chain.Type != "filter":
			c.hook = "" // addresses are translated, or routes chosen; nothing is refused
		}
		name := o.Chain.Family + " " + o.Chain.Table + " " + o.Chain.Name
		set.chains[name] = c
		if c.hook != "" {
			set.hooks = append(set.hooks, name)
		}
	}
	for _, o := range doc.Nftables {
		if o.Rule == nil {
			continue
		}
		table := o.Rule.Family + " " + o.Rule.Table
		c := set.chains[table+" "+o.Rule.Chain]
		if c == nil || ours[table] {
			continue
		}
		c.rules = append(c.rules, reader.rule(table, o.Rule.Expr)...)
	}
	return nil
}

// rule reads the statements of a rule. A verdict map gives several rules.
func (n nftReader) rule(table string, statements []map[string]any) []filterRule {
	r := filterRule{}
	var out []filterRule
	for _, s := range statements {
		for _, what := range sortedKeys(s) {
			switch what {
			case "match":
				n.match(table, &r, s[what])
			case "accept", "drop", "return":
				r.verdict = what
			case "queue":
				r.verdict = "accept" // a program decides
			case "reject":
				r.verdict = "drop"
			case "jump", "goto":
				target, _ := s[what].(map[string]any)
				r.verdict, r.target = what, table+" "+fmt.Sprint(target["target"])
			case "vmap":
				out = append(out, n.verdicts(table, r, s[what])...)
			case "limit", "quota", "ct count", "meter":
				r.when = r.when.and(condition{evadable: true})
			case "set": // to add the sender to a set with limits, as for too many connections
				r.when = r.when.and(condition{evadable: true})
			case "xt":
				r.when = r.when.and(condition{unsure: "an extension of iptables"})
			case "tproxy", "synproxy", "redirect", "dnat", "fwd", "dup":
				r.verdict = "accept"
			}
		}
	}
	if r.verdict != "" {
		out = append(out, r)
	}
	return out
}

// verdicts reads a verdict map: for each of its elements a rule.
func (n nftReader) verdicts(table string, r filterRule, what any) []filterRule {
	m, _ := what.(map[string]any)
	elements, ok := n.elements(table, m["data"])
	if !ok {
		r.when, r.verdict = r.when.and(condition{unsure: "a verdict map"}), "return"
		return []filterRule{r}
	}
	var out []filterRule
	for _, e := range elements {
		pair, _ := e.([]any)
		if len(pair) != 2 {
			continue
		}
		each := filterRule{when: r.when, ifaces: slices.Clone(r.ifaces)}
		n.compare(table, &each, "==", m["key"], pair[0])
		verdict, _ := pair[1].(map[string]any)
		for _, v := range sortedKeys(verdict) {
			each.verdict = v
			if target, ok := verdict[v].(map[string]any); ok {
				each.target = table + " " + fmt.Sprint(target["target"])
			}
		}
		if each.verdict == "continue" {
			each.verdict = ""
		}
		out = append(out, each)
	}
	return out
}

func (n nftReader) match(table string, r *filterRule, what any) {
	m, _ := what.(map[string]any)
	op, _ := m["op"].(string)
	n.compare(table, r, op, m["left"], m["right"])
}

// compare adds to a rule what a match demands.
func (n nftReader) compare(table string, r *filterRule, op string, left, right any) {
	subject := nftSubject(left)
	not := op == "!="
	unsure := condition{unsure: strings.TrimSpace(subject + " " + op)}
	elements, ok := n.elements(table, right)
	if !ok || !slices.Contains([]string{"==", "!=", "in", ""}, op) && subject != "tcp flags" {
		r.when = r.when.and(unsure)
		return
	}
	words := nftWords(elements)
	switch subject {
	case "ct state":
		r.when = r.when.and(either(slices.Contains(words, "new") != not))
		return
	case "ct status":
		r.when = r.when.and(condition{never: !n.redirects, unsure: "translated connections"})
		return
	case "icmp type", "icmpv6 type", "icmp code", "icmpv6 code":
		protocol, _, _ := strings.Cut(subject, " ")
		r.when = r.when.and(condition{protocols: []string{protocol}, family: map[string]int{"icmp": 4, "icmpv6": 6}[protocol], evadable: true})
		return
	case "tcp sport", "udp sport", "th sport", "tcp flags", "meta mark", "meta cgroup":
		r.when = r.when.and(condition{evadable: true})
		return
	case "fib daddr type", "fib daddr":
		r.when = r.when.and(either(slices.Contains(words, "local") != not))
		return
	case "meta pkttype":
		r.when = r.when.and(either((slices.Contains(words, "host") || slices.Contains(words, "unicast")) != not))
		return
	case "fib saddr oif", "fib saddr", "fib saddr,iif oif":
		r.when = r.when.and(condition{evadable: true}) // the check of the way back; a refusal that senders with true addresses do not meet
		return
	case "meta iifname", "meta iif":
		if not && slices.Equal(words, []string{"lo"}) {
			return
		}
		if not {
			r.when = r.when.and(condition{unsure: "interfaces other than " + strings.Join(words, ", ")})
			return
		}
		r.ifaces = append(r.ifaces, words...)
		return
	case "meta oifname", "meta oif":
		r.when = r.when.and(either(!slices.Equal(words, []string{"lo"}) || not))
		return
	}
	if not {
		r.when = r.when.and(unsure)
		return
	}
	r.when = r.when.and(nftDemand(subject, words, unsure))
}

// nftDemand is what a match of the subject with one of the words demands.
func nftDemand(subject string, words []string, unsure condition) condition {
	switch subject {
	case "tcp dport", "udp dport", "sctp dport", "dccp dport", "th dport":
		c := ports(words, "-", unsure)
		if protocol := strings.TrimSuffix(subject, " dport"); protocol != "th" {
			c.protocols = []string{protocol}
		}
		return c
	case "ip saddr", "ip6 saddr":
		return sources(words, unsure)
	case "ip daddr", "ip6 daddr":
		out := condition{never: true}
		for _, w := range words {
			if d := destination(w, unsure); !d.never {
				out = d
			}
		}
		return out
	case "meta l4proto", "ip protocol", "ip6 nexthdr":
		c := condition{protocols: protocolNames(words)}
		c.family = map[string]int{"ip protocol": 4, "ip6 nexthdr": 6}[subject]
		return c
	case "meta nfproto", "meta protocol":
		switch strings.Join(words, ",") {
		case "ipv4", "ip":
			return condition{family: 4}
		case "ipv6", "ip6":
			return condition{family: 6}
		}
	}
	return unsure
}

// nftSubject names what a match looks at, as nft(8) writes it.
func nftSubject(left any) string {
	m, _ := left.(map[string]any)
	for _, what := range sortedKeys(m) {
		v, _ := m[what].(map[string]any)
		switch what {
		case "payload":
			return fmt.Sprint(v["protocol"], " ", v["field"])
		case "meta", "ct":
			return what + " " + fmt.Sprint(v["key"])
		case "fib":
			flags := nftWords([]any{v["flags"]})
			if list, ok := v["flags"].([]any); ok {
				flags = nftWords(list)
			}
			return strings.TrimSpace("fib " + strings.Join(flags, ",") + " " + fmt.Sprint(v["result"]))
		case "&":
			list, _ := m[what].([]any)
			if len(list) > 0 {
				return nftSubject(list[0])
			}
		case "prefix", "concat":
			return what
		}
	}
	return "an expression"
}

// elements are the values on the right of a match: one, those of a set, or those of a named set.
func (n nftReader) elements(table string, right any) ([]any, bool) {
	switch v := right.(type) {
	case string:
		if name, ok := strings.CutPrefix(v, "@"); ok {
			list, known := n.sets[table+" "+name]
			return list, known
		}
		return []any{v}, true
	case float64, bool:
		return []any{v}, true
	case []any:
		return v, true
	case map[string]any:
		if list, ok := v["set"].([]any); ok {
			return list, true
		}
		if _, ok := v["prefix"]; ok {
			return []any{v}, true
		}
		if _, ok := v["range"]; ok {
			return []any{v}, true
		}
	}
	return nil, false
}

// nftWords writes values as text: ranges with "-", prefixes with "/". What it does not know becomes a word that no condition takes.
func nftWords(list []any) []string {
	out := make([]string, 0, len(list))
	for _, e := range list {
		switch v := e.(type) {
		case string:
			out = append(out, v)
		case float64:
			out = append(out, fmt.Sprintf("%.0f", v))
		case map[string]any:
			out = append(out, nftWord(v))
		default:
			out = append(out, "?")
		}
	}
	return out
}

func nftWord(v map[string]any) string {
	if p, ok := v["prefix"].(map[string]any); ok {
		return fmt.Sprintf("%v/%v", p["addr"], p["len"])
	}
	if r, ok := v["range"].([]any); ok && len(r) == 2 {
		return strings.Join(nftWords(r), "-")
	}
	if e, ok := v["elem"].(map[string]any); ok { // with a comment, timeout or counter
		return nftWords([]any{e["val"]})[0]
	}
	return "?"
}
