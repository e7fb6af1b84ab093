package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/assay-audit/assay/collectors/host/transport"
)

// ansible gathers what an Ansible inventory says, whatever its syntax.
type ansible struct {
	file   string
	groups map[string]*ansibleGroup
	hosts  map[string]vars
	order  []string // of the hosts
	notes  map[string]bool
	files  int // that were read, for their bound
	// beside are the variables of group_vars by group, and hostVars those of host_vars by host.
	beside, hostVars map[string]vars
}

type ansibleGroup struct {
	hosts    map[string]bool
	children []string
	vars     vars
}

// parse adds what a file of an inventory says.
func (a *ansible) parse(file string, data []byte) error {
	a.file = file
	if isYAML(file) {
		return a.parseYAML(data)
	}
	return a.parseINI(data)
}

// vars are the variables of a host or group that are of interest, by name. The value of one that is encrypted is the mark and its place.
type vars map[string]string

// encrypted marks a value that only Ansible can read; what follows it is where it stands.
const encrypted = "\x00"

func newAnsible(file string) *ansible {
	return &ansible{
		file: file, groups: map[string]*ansibleGroup{}, hosts: map[string]vars{}, notes: map[string]bool{},
		beside: map[string]vars{}, hostVars: map[string]vars{},
	}
}

func (a *ansible) group(name string) *ansibleGroup {
	g := a.groups[name]
	if g == nil {
		g = &ansibleGroup{hosts: map[string]bool{}, vars: vars{}}
		a.groups[name] = g
	}
	return g
}

// host adds the hosts that a pattern with ranges names to a group.
func (a *ansible) host(group, pattern string, values vars) error {
	names, err := expandRanges(pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, ok := a.hosts[name]; !ok {
			if len(a.hosts) >= maxHosts {
				return fmt.Errorf("more than %d hosts", maxHosts)
			}
			a.hosts[name] = vars{}
			a.order = append(a.order, name)
		}
		maps.Copy(a.hosts[name], values)
		a.group(group).hosts[name] = true
	}
	return nil
}

// known are Ansible's variables that say how to connect, with the older name of each, and Assay's own. Passwords are not among them.
func known(name string) string {
	switch name {
	case "ansible_ssh_host":
		return "ansible_host"
	case "ansible_ssh_port":
		return "ansible_port"
	case "ansible_ssh_user":
		return "ansible_user"
	case "ansible_private_key_file":
		return "ansible_ssh_private_key_file"
	case "ansible_host", "ansible_port", "ansible_user", "ansible_ssh_private_key_file", "ansible_connection", "ansible_become", "ansible_become_method",
		"ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_group_priority",
		"assay_kind", "assay_environment", "assay_classification", "assay_categories", "assay_criticality", "assay_cloud":
		return name
	}
	return ""
}

// set notes a variable if it is of interest.
func (v vars) set(name, value string) {
	if name = known(name); name != "" {
		v[name] = value
	}
}

// depths are how far each group is from the top; a child lies deeper than its parents. Groups that contain themselves are an error.
func (a *ansible) depths() (map[string]int, error) {
	depth := map[string]int{}
	steps := 0
	var walk func(name string, at int, open []string) error
	walk = func(name string, at int, open []string) error {
		if slices.Contains(open, name) {
			return fmt.Errorf("%s: group %s contains itself", a.file, name)
		}
		if old, ok := depth[name]; ok && old >= at {
			return nil
		}
		if steps++; steps > 1_000_000 {
			return fmt.Errorf("%s: the groups contain each other in too many ways", a.file)
		}
		depth[name] = at
		for _, child := range a.group(name).children {
			if err := walk(child, at+1, append(slices.Clone(open), name)); err != nil {
				return err
			}
		}
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(a.groups)) {
		start := 1
		if name == "all" {
			start = 0
		}
		if err := walk(name, start, nil); err != nil {
			return nil, err
		}
	}
	return depth, nil
}

// inventory resolves groups and variables as Ansible does: those of deeper groups win, at the same depth those of greater
// ansible_group_priority, then the later in the alphabet; all of group_vars win over those in the inventory itself, and the host's own over
// all, of these host_vars over the inventory.
func (a *ansible) inventory() (Inventory, error) {
	depth, err := a.depths()
	if err != nil {
		return Inventory{}, err
	}
	parents := map[string][]string{}
	for name, g := range a.groups {
		for _, c := range g.children {
			parents[c] = append(parents[c], name)
		}
	}
	member := map[string]map[string]bool{}
	for name, g := range a.groups {
		for h := range g.hosts {
			if member[h] == nil {
				member[h] = map[string]bool{"all": true}
			}
			up(name, parents, member[h])
		}
	}
	inv := Inventory{}
	var errs []error
	for _, name := range a.order {
		groups := slices.SortedFunc(maps.Keys(member[name]), func(x, y string) int {
			return cmp.Or(cmp.Compare(depth[x], depth[y]), cmp.Compare(a.priority(x), a.priority(y)), strings.Compare(x, y))
		})
		merged := vars{}
		for _, g := range groups {
			if grp := a.groups[g]; grp != nil {
				maps.Copy(merged, grp.vars)
			}
		}
		for _, g := range groups {
			maps.Copy(merged, a.beside[g])
		}
		maps.Copy(merged, a.hosts[name])
		maps.Copy(merged, a.hostVars[name])
		h, err := a.resolve(name, merged)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: host %s: %w", a.file, name, err))
			continue
		}
		h.Group = scopeGroup(groups, depth)
		inv.Hosts = append(inv.Hosts, h)
	}
	inv.Notes = slices.Sorted(maps.Keys(a.notes))
	return inv, errors.Join(errs...)
}

// priority is the ansible_group_priority of a group; 1 where none is given.
func (a *ansible) priority(group string) int {
	if g := a.groups[group]; g != nil {
		if n, err := strconv.Atoi(g.vars["ansible_group_priority"]); err == nil {
			return n
		}
	}
	return 1
}

// up adds a group and all that contain it.
func up(name string, parents map[string][]string, into map[string]bool) {
	if into[name] {
		return
	}
	into[name] = true
	for _, p := range parents[name] {
		up(p, parents, into)
	}
}

// scopeGroup is the group that names the scope: the deepest, of several the first in the alphabet.
func scopeGroup(groups []string, depth map[string]int) string {
	best, deepest := Ungrouped, 0
	for _, g := range groups {
		nearer := depth[g] > deepest || depth[g] == deepest && g < best
		if g != "all" && g != Ungrouped && nearer && depth[g] > 0 && groupName.MatchString(g) {
			best, deepest = g, depth[g]
		}
	}
	return best
}

// resolve turns the variables of a host into how it is reached.
func (a *ansible) resolve(name string, v vars) (Host, error) {
	for _, variable := range slices.Sorted(maps.Keys(v)) {
		value := v[variable]
		if place, ok := strings.CutPrefix(value, encrypted); ok {
			return refused(name, "%s is encrypted (%s), which only Ansible can read; write it in the clear for Assay", variable, place), nil
		}
		if strings.Contains(value, "{{") || strings.Contains(value, "{%") {
			return refused(name, "%s is a template (%s), which only Ansible can fill in; write what it comes to", variable, value), nil
		}
	}
	h := Host{Target: transport.Target{Name: name, Address: v["ansible_host"], User: v["ansible_user"], IdentityFile: v["ansible_ssh_private_key_file"]}}
	if port := v["ansible_port"]; port != "" {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return Host{}, fmt.Errorf("ansible_port %q is no port", port)
		}
		h.Port = n
	}
	switch c := v["ansible_connection"]; c {
	case "", "ssh", "smart", "paramiko", "ansible.builtin.ssh":
	case "local", "ansible.builtin.local":
		h.Local = true
	default:
		return refused(name, "ansible_connection is %s; only ssh and local hosts can be read", c), nil
	}
	switch method := strings.TrimPrefix(v["ansible_become_method"], "ansible.builtin."); {
	case isNo(v["ansible_become"]):
		h.Become = transport.None
	case method == "" || method == "sudo":
	case method == "doas" || method == "community.general.doas":
		h.Become = transport.Doas
	default:
		a.notes[fmt.Sprintf("ansible_become_method %s is not known; hosts with it are read without root", method)] = true
		h.Become = transport.None
	}
	if m := proxyJump.FindStringSubmatch(v["ansible_ssh_common_args"] + " " + v["ansible_ssh_extra_args"]); m != nil {
		h.Jump = strings.Trim(cmp.Or(m[1], m[2]), `"'`)
	} else if strings.Contains(v["ansible_ssh_common_args"], "ProxyCommand") {
		return refused(name, "ansible_ssh_common_args has a ProxyCommand, which is not run; use ProxyJump"), nil
	}
	h.Labels.Kind, h.Labels.Environment, h.Labels.Criticality = v["assay_kind"], v["assay_environment"], v["assay_criticality"]
	h.Labels.Classification, h.Labels.Cloud = v["assay_classification"], v["assay_cloud"]
	for c := range strings.SplitSeq(v["assay_categories"], ",") {
		if c = strings.TrimSpace(c); c != "" {
			h.Labels.Categories = append(h.Labels.Categories, c)
		}
	}
	return h, nil
}

// refused is a host that cannot be reached as the inventory wants.
func refused(name, format string, args ...any) Host {
	return Host{Target: transport.Target{Name: name}, Refused: fmt.Sprintf(format, args...)}
}

var proxyJump = regexp.MustCompile(`(?:-J\s*(\S+))|(?:ProxyJump[= ]\s*([^\s]+))`)

func isNo(text string) bool {
	return slices.Contains([]string{"no", "false", "off", "0", "n", "f"}, strings.ToLower(text))
}

// rangePart is a range of numbers or letters in the name of a host: [01:50], [a:f], [0:10:2].
var rangePart = regexp.MustCompile(`\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]`)

// expandRanges unfolds the ranges in the name of a host.
func expandRanges(pattern string) ([]string, error) {
	at := rangePart.FindStringSubmatchIndex(pattern)
	if at == nil {
		return []string{pattern}, nil
	}
	group := func(n int) string {
		if at[2*n] < 0 {
			return ""
		}
		return pattern[at[2*n]:at[2*n+1]]
	}
	values, err := rangeValues(group(1), group(2), cmp.Or(group(3), "1"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pattern, err)
	}
	rest, err := expandRanges(pattern[at[1]:])
	if err != nil {
		return nil, err
	}
	if len(values)*len(rest) > maxHosts {
		return nil, fmt.Errorf("%s names more than %d hosts", pattern, maxHosts)
	}
	var out []string
	for _, v := range values {
		for _, r := range rest {
			out = append(out, pattern[:at[0]]+v+r)
		}
	}
	return out, nil
}

func rangeValues(from, to, step string) ([]string, error) {
	by, err := strconv.Atoi(step)
	if err != nil || by < 1 {
		return nil, errors.New("the step of the range is no number above 0")
	}
	letters := from[0] > '9'
	if letters != (to[0] > '9') {
		return nil, errors.New("the range goes from a letter to a number")
	}
	var out []string
	if letters {
		for c := int(from[0]); c <= int(to[0]); c += by {
			out = append(out, string(rune(c)))
		}
		return out, nil
	}
	first, errFirst := strconv.Atoi(from)
	last, errLast := strconv.Atoi(to)
	if errFirst != nil || errLast != nil || last-first > maxHosts || last < first {
		return nil, errors.New("the range ends before it begins, or is too long")
	}
	width := 0
	if from[0] == '0' {
		width = len(from)
	}
	for n := first; n <= last; n += by {
		out = append(out, fmt.Sprintf("%0*d", width, n))
	}
	return out, nil
}

// parseINI reads Ansible's INI syntax.
func (a *ansible) parseINI(data []byte) error {
	section, sort := Ungrouped, ""
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		var err error
		switch {
		case line[0] == '[' && !rangePart.MatchString(line[:min(len(line), strings.IndexByte(line+" ", ' '))]):
			section, sort, err = iniSection(line)
			if err == nil {
				a.group(section)
			}
		case sort == "vars":
			name, value, ok := strings.Cut(line, "=")
			if !ok {
				err = errors.New("write NAME=VALUE")
			}
			a.group(section).vars.set(strings.TrimSpace(name), unquote(strings.TrimSpace(value)))
		case sort == "children":
			child, _, _ := strings.Cut(line, " ")
			a.group(child)
			g := a.group(section)
			g.children = append(g.children, child)
		default:
			err = a.iniHost(section, line)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", a.file, number, err)
		}
	}
	return nil
}

// iniSection reads [GROUP], [GROUP:vars] or [GROUP:children].
func iniSection(line string) (group, sort string, err error) {
	inner, after, ok := strings.Cut(line[1:], "]")
	if !ok {
		return "", "", errors.New("the line begins with [ and lacks its ]")
	}
	if after = strings.TrimSpace(after); after != "" && after[0] != '#' && after[0] != ';' {
		return "", "", fmt.Errorf("%q after the name of a group", after)
	}
	group, sort, _ = strings.Cut(strings.TrimSpace(inner), ":")
	if sort != "" && sort != "vars" && sort != "children" {
		return "", "", fmt.Errorf("[%s]: after the colon only vars and children can stand", inner)
	}
	return group, sort, nil
}

// iniHost reads a host and its variables: NAME KEY=VALUE ...
func (a *ansible) iniHost(group, line string) error {
	words, err := shellWords(line)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return nil
	}
	name, port := words[0], ""
	if i := strings.LastIndexByte(name, ':'); i > 0 && strings.Count(name, ":") == 1 && !strings.Contains(name, "[") {
		name, port = name[:i], name[i+1:]
	}
	values := vars{}
	if port != "" {
		values.set("ansible_port", port)
	}
	for _, w := range words[1:] {
		key, value, ok := strings.Cut(w, "=")
		if !ok {
			return fmt.Errorf("%q after the name of a host: write NAME=VALUE", w)
		}
		values.set(key, value)
	}
	return a.host(group, name, values)
}

// shellWords splits a line as a shell would: at blanks outside of quotes; "#" begins a comment.
func shellWords(line string) ([]string, error) {
	var out []string
	var word strings.Builder
	var quote byte
	in := false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, in = c, true
		case c == '\\' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			in = true
		case c == ' ' || c == '\t':
			if in {
				out = append(out, word.String())
				word.Reset()
				in = false
			}
		case c == '#' && !in:
			return out, nil
		default:
			word.WriteByte(c)
			in = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if in {
		out = append(out, word.String())
	}
	return out, nil
}

func unquote(text string) string {
	if n := len(text); n >= 2 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		return text[1 : n-1]
	}
	return text
}

// parseYAML reads Ansible's YAML syntax: groups with hosts, vars and children.
func (a *ansible) parseYAML(data []byte) error {
	top, err := a.tree(data)
	if err != nil || top == nil {
		return err
	}
	y := yamlReader{ansible: a}
	y.each(top, "a mapping of groups", func(key string, value *yaml.Node) { y.group(key, value, 0) })
	return y.err
}

// tree parses a file; nil where it holds nothing.
func (a *ansible) tree(data []byte) (*yaml.Node, error) {
	var top yaml.Node
	if err := yaml.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("%s: %s", a.file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(top.Content) == 0 {
		return nil, nil //nolint:nilnil // an empty file is fine
	}
	return top.Content[0], nil
}

// yamlReader walks the tree of an inventory. It stops at the first error.
type yamlReader struct {
	*ansible

	err     error
	visited int
}

// The bounds of what is walked: aliases can repeat a part of the tree any number of times.
const (
	maxYAMLNodes = 500_000
	maxYAMLDepth = 50
)

func (y *yamlReader) failf(n *yaml.Node, format string, args ...any) {
	if y.err == nil {
		y.err = fmt.Errorf("%s:%d: %s", y.file, n.Line, fmt.Sprintf(format, args...))
	}
}

// each visits the entries of a mapping; nothing where the value is empty.
func (y *yamlReader) each(n *yaml.Node, want string, visit func(key string, value *yaml.Node)) {
	n = follow(n)
	if n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		y.failf(n, "this is not %s", want)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if y.visited++; y.visited > maxYAMLNodes {
			y.failf(n, "the inventory is too large")
		}
		if y.err != nil {
			return
		}
		visit(n.Content[i].Value, n.Content[i+1])
	}
}

// follow resolves an alias.
func follow(n *yaml.Node) *yaml.Node {
	for range maxYAMLDepth {
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return nil
}

func (y *yamlReader) group(name string, n *yaml.Node, depth int) {
	if depth > maxYAMLDepth {
		y.failf(n, "groups are nested too deeply")
		return
	}
	y.ansible.group(name)
	y.each(n, "a group: a mapping with hosts, vars or children", func(key string, value *yaml.Node) {
		switch key {
		case "hosts":
			y.each(value, "a mapping of hosts", func(host string, v *yaml.Node) {
				values := vars{}
				y.vars(v, values)
				if err := y.host(name, host, values); err != nil {
					y.failf(v, "%s", err)
				}
			})
		case "vars":
			y.vars(value, y.ansible.group(name).vars)
		case "children":
			y.each(value, "a mapping of groups", func(child string, v *yaml.Node) {
				g := y.ansible.group(name)
				if !slices.Contains(g.children, child) {
					g.children = append(g.children, child)
				}
				y.group(child, v, depth+1)
			})
		default:
			y.failf(value, "group %s: %q is none of hosts, vars and children", name, key)
		}
	})
}

// vars takes the variables of interest. Values that are no text, number or boolean are of no interest.
func (y *yamlReader) vars(n *yaml.Node, into vars) {
	y.each(n, "a mapping of variables", func(key string, value *yaml.Node) {
		value = follow(value)
		if value == nil || value.ShortTag() == "!!null" {
			return
		}
		switch {
		case value.Kind == yaml.ScalarNode && strings.HasPrefix(value.Tag, "!vault"):
			into.set(key, fmt.Sprintf("%s%s:%d", encrypted, y.file, value.Line))
		case value.Kind == yaml.ScalarNode:
			into.set(key, value.Value)
		case value.Kind == yaml.SequenceNode && key == "assay_categories":
			var list []string
			for _, item := range value.Content {
				list = append(list, item.Value)
			}
			into.set(key, strings.Join(list, ","))
		}
	})
}
