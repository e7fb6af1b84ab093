package facts

import (
	"path"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// sudoers is what sudo allows, as far as the files say.
type sudoers struct {
	rules  []sudoRule
	result Result
	// unread says why there may be more rules; nil = these are all.
	unread *evidence.Unknown
}

// sudoRule is what one rule grants one subject on this host.
type sudoRule struct {
	subject  string // without "%"
	group    bool
	all      bool // every command, as root
	password bool // asks for one for every command that it allows without limits
}

// grantsAll reports whether an account may run everything as root, with or without a password.
func (s sudoers) grantsAll(a *account) bool {
	return slices.ContainsFunc(s.rules, func(r sudoRule) bool {
		switch {
		case !r.all:
			return false
		case r.group:
			return slices.Contains(a.groups, r.subject)
		}
		return r.subject == a.name || r.subject == "ALL"
	})
}

// readSudo reads the rules of sudo and writes them to the host.
func readSudo(h *Host) sudoers {
	r := h.Result("sudoers")
	out := sudoers{result: r}
	switch {
	case r.State == script.Absent:
		h.Facts.SudoRules = known(r, []kind.HostSudoRule{})
		return out
	case !r.OK():
		why := r.Why()
		out.unread = &why
		h.Facts.SudoRules = missing[[]kind.HostSudoRule](r)
		return out
	}
	hostname, _ := h.Facts.Hostname.Value()
	p := sudoParser{hosts: []string{h.Name, hostname}, files: map[string]script.File{}}
	for _, f := range r.Files() {
		p.files[f.Path] = f
	}
	p.file(sudoersFile, 0)
	out.rules = p.resolve()
	if p.doubt != "" {
		out.unread = &evidence.Unknown{Reason: evidence.ParseError, Detail: p.doubt, Source: h.Source}
	}
	if where := sudoDirectories(h.Result("directory")); where != "" && out.unread == nil {
		out.unread = &evidence.Unknown{
			Reason: evidence.NotCollected, Detail: "/etc/nsswitch.conf names further sources of sudo rules, which are not read: " + where, Source: h.Source,
		}
	}
	list := make([]kind.HostSudoRule, 0, len(out.rules))
	for _, rule := range out.rules {
		subjectType := "user"
		if rule.group {
			subjectType = "group"
		}
		list = append(list, kind.HostSudoRule{
			Subject: kind.Known(rule.subject), SubjectType: kind.Known(subjectType), NoPasswdAll: kind.Known(rule.all && !rule.password),
		})
	}
	h.Facts.SudoRules = known(r, list)
	if out.unread != nil {
		h.Facts.SudoRules = kind.AtLeast(list, *out.unread).From(r.Prov())
	}
	return out
}

// sudoDirectories names the sources of sudo rules besides the files (nsswitch.conf, sudoers).
func sudoDirectories(r Result) string {
	sources := strings.Fields(r.Values()["sudoers"])
	return strings.Join(slices.DeleteFunc(sources, func(s string) bool { return s == "files" || strings.HasPrefix(s, "[") }), ", ")
}

// sudoParser reads sudoers(5) as far as subjects, commands and the need of a password go.
type sudoParser struct {
	hosts   []string // names of this host
	files   map[string]script.File
	aliases map[string]map[string][]string // type of alias to name to members
	specs   []sudoSpec
	// freed are the subjects for which Defaults turn off authentication; "ALL" = for everybody.
	freed []string
	lines int
	doubt string // why there may be rules that are not known; "" = there are none
}

// sudoSpec is one user specification before aliases are resolved: users, hosts, and what they may run.
type sudoSpec struct {
	users, hosts []string
	commands     []sudoCommand
}

type sudoCommand struct {
	runas    []string
	noPasswd bool
	command  string
}

const (
	maxSudoDepth = 128 // as sudo itself
	maxSudoLines = 50_000
)

func (p *sudoParser) doubtful(why string) {
	if p.doubt == "" {
		p.doubt = why
	}
}

// file reads one file and those that it includes.
func (p *sudoParser) file(name string, depth int) {
	f, ok := p.files[name]
	switch {
	case !ok:
		p.doubtful(name + " is included and was not read")
		return
	case f.Unreadable || f.Truncated || depth > maxSudoDepth:
		p.doubtful(name + " could not be read to its end")
		return
	}
	text := strings.ReplaceAll(f.Text, "\\\n", " ")
	for line := range strings.Lines(text) {
		if p.lines++; p.lines > maxSudoLines {
			p.doubtful("the rules of sudo are longer than is read")
			return
		}
		p.line(name, strings.TrimSpace(line), depth)
	}
}

func (p *sudoParser) line(file, line string, depth int) {
	word, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
	rest = strings.TrimSpace(rest)
	switch {
	case line == "":
	case word == "@include" || word == "#include":
		p.file(beside(file, rest), depth+1)
	case word == "@includedir" || word == "#includedir":
		p.directory(beside(file, rest), depth)
	case line[0] == '#' && (len(line) < 2 || line[1] < '0' || line[1] > '9'): // "#1000" is a user id
	case strings.HasPrefix(word, "Defaults"):
		p.defaults(strings.TrimPrefix(word, "Defaults"), rest)
	case strings.HasSuffix(word, "_Alias"):
		p.alias(strings.TrimSuffix(word, "_Alias"), uncomment(rest))
	default:
		p.spec(uncomment(line))
	}
}

// beside is a path of an include, which is relative to the file that includes.
func beside(file, name string) string {
	name = strings.ReplaceAll(strings.Trim(name, `"`), "%h", "")
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(path.Dir(file), name)
}

// directory reads the files of a directory that sudo reads: without a dot in the name and not ending in "~".
func (p *sudoParser) directory(dir string, depth int) {
	if f, ok := p.files[dir]; ok && f.Unreadable {
		p.doubtful(dir + " could not be read")
	}
	var names []string
	for name := range p.files {
		if base := path.Base(name); path.Dir(name) == dir && !strings.Contains(base, ".") && !strings.HasSuffix(base, "~") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		p.file(name, depth+1)
	}
}

// uncomment cuts off a comment: "#" that is neither escaped nor the beginning of a user id.
func uncomment(line string) string {
	for i := range len(line) {
		if line[i] != '#' || i > 0 && line[i-1] == '\\' {
			continue
		}
		if i+1 < len(line) && line[i+1] >= '0' && line[i+1] <= '9' {
			continue
		}
		return line[:i]
	}
	return line
}

// defaults notes for whom authentication is turned off.
func (p *sudoParser) defaults(binding, settings string) {
	for s := range strings.SplitSeq(settings, ",") {
		if strings.TrimSpace(uncomment(s)) != "!authenticate" {
			continue
		}
		switch {
		case binding == "":
			p.freed = append(p.freed, "ALL")
		case binding[0] == ':':
			p.freed = append(p.freed, strings.Split(binding[1:], ",")...)
		}
	}
}

// alias reads NAME = MEMBERS [: NAME = MEMBERS ...].
func (p *sudoParser) alias(kindOf, text string) {
	if p.aliases == nil {
		p.aliases = map[string]map[string][]string{}
	}
	if p.aliases[kindOf] == nil {
		p.aliases[kindOf] = map[string][]string{}
	}
	for _, definition := range splitOutside(text, ':') {
		name, members, ok := strings.Cut(definition, "=")
		if ok {
			p.aliases[kindOf][strings.TrimSpace(name)] = items(members)
		}
	}
}

// spec reads USERS HOSTS = COMMANDS [: HOSTS = COMMANDS ...].
func (p *sudoParser) spec(line string) {
	left, right, ok := strings.Cut(line, "=")
	if !ok {
		if strings.TrimSpace(line) != "" {
			p.doubtful("a line of sudoers cannot be read: " + script.Line(line, 80))
		}
		return
	}
	users, hosts := usersAndHosts(left)
	if len(users) == 0 || len(hosts) == 0 {
		p.doubtful("a line of sudoers cannot be read: " + script.Line(line, 80))
		return
	}
	for i, part := range splitOutside(right, ':') {
		if i > 0 {
			var h string
			if h, part, ok = strings.Cut(part, "="); !ok {
				// A colon within a command's argument: the commands before it stand.
				continue
			}
			hosts = items(h)
		}
		p.specs = append(p.specs, sudoSpec{users, hosts, commands(part)})
	}
}

// usersAndHosts splits "alice, %wheel web1, web2": a list goes on after a comma, and the next word without one begins the hosts.
func usersAndHosts(text string) (users, hosts []string) {
	list, wantItem := 0, true
	for w := range strings.FieldsSeq(strings.ReplaceAll(text, ",", " , ")) {
		if w == "," {
			wantItem = true
			continue
		}
		if !wantItem {
			list++
		}
		switch list {
		case 0:
			users = append(users, w)
		case 1:
			hosts = append(hosts, w)
		}
		wantItem = false
	}
	return users, hosts
}

// commands reads [(RUNAS)] [TAG: ...] COMMAND, ...; run-as and tags hold for what follows too.
func commands(text string) []sudoCommand {
	var out []sudoCommand
	current := sudoCommand{runas: []string{"root"}}
	for _, item := range splitOutside(text, ',') {
		item = strings.TrimSpace(item)
		if strings.HasPrefix(item, "(") {
			inner, after, ok := strings.Cut(item[1:], ")")
			if !ok {
				continue
			}
			users, _, _ := strings.Cut(inner, ":")
			if current.runas = items(users); len(current.runas) == 0 {
				current.runas = []string{"self"} // (:group) keeps the user
			}
			item = strings.TrimSpace(after)
		}
		for {
			tag, after, ok := strings.Cut(item, ":")
			if !ok || strings.ToUpper(tag) != tag || strings.ContainsAny(tag, "/ ") && strings.TrimSpace(tag) == "" || strings.ContainsAny(strings.TrimSpace(tag), " /") {
				break
			}
			switch strings.TrimSpace(tag) {
			case "NOPASSWD":
				current.noPasswd = true
			case "PASSWD":
				current.noPasswd = false
			}
			item = strings.TrimSpace(after)
		}
		if current.command = item; item != "" {
			out = append(out, current)
		}
	}
	return out
}

// items splits a list at its commas.
func items(text string) []string {
	var out []string
	for _, s := range splitOutside(text, ',') {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// splitOutside splits at separators that are neither escaped, nor within parentheses, nor the end of a tag such as NOPASSWD.
func splitOutside(text string, separator byte) []string {
	var out []string
	depth, start := 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case i > 0 && text[i-1] == '\\':
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == separator && depth == 0 && (c != ':' || !endsTag(text[start:i])):
			out = append(out, text[start:i])
			start = i + 1
		}
	}
	return append(out, text[start:])
}

// endsTag reports whether the text before a colon ends in the name of a tag.
func endsTag(text string) bool {
	word := text[strings.LastIndexAny(text, " \t,):=")+1:]
	return slices.Contains([]string{
		"EXEC", "NOEXEC", "FOLLOW", "NOFOLLOW", "LOG_INPUT", "NOLOG_INPUT", "LOG_OUTPUT", "NOLOG_OUTPUT", "MAIL", "NOMAIL", "INTERCEPT", "NOINTERCEPT",
		"PASSWD", "NOPASSWD", "SETENV", "NOSETENV",
	}, word)
}

// maxSudoRules bounds what aliases that name each other can unfold to.
const maxSudoRules = 10_000

// resolve unfolds the aliases and returns the rules for this host, in order and without repeats.
func (p *sudoParser) resolve() []sudoRule {
	out := []sudoRule{}
	seen := map[sudoRule]bool{}
	for _, s := range p.specs {
		if !p.here(s.hosts) {
			continue
		}
		var all, allWithoutPassword bool
		for _, c := range s.commands {
			if !p.isAll(c) {
				continue
			}
			all, allWithoutPassword = true, allWithoutPassword || c.noPasswd
		}
		for _, user := range p.expand("User", s.users) {
			rule := sudoRule{all: all, password: !allWithoutPassword}
			rule.subject, rule.group = sudoSubject(user)
			if rule.all && (slices.Contains(p.freed, "ALL") || slices.Contains(p.freed, user)) {
				rule.password = false
			}
			if strings.HasPrefix(user, "!") || rule.subject == "" || seen[rule] {
				continue
			}
			if len(out) == maxSudoRules {
				p.doubtful("there are more rules of sudo than are read")
				return out
			}
			seen[rule] = true
			out = append(out, rule)
		}
	}
	return out
}

// sudoSubject tells users from groups: %group, %#gid, %:group of another directory, +netgroup.
func sudoSubject(user string) (name string, group bool) {
	user = strings.Trim(user, `"`)
	switch {
	case strings.HasPrefix(user, "%"):
		return strings.TrimLeft(user, "%:"), true
	case strings.HasPrefix(user, "+"):
		return user[1:], true
	}
	return user, false
}

// here reports whether a list of hosts may mean this one. What cannot be told from the name (addresses, netgroups, patterns) counts.
func (p *sudoParser) here(hosts []string) bool {
	for _, h := range p.expand("Host", hosts) {
		if h == "ALL" || strings.ContainsAny(h, "*?[+!./:") || slices.Contains(p.hosts, h) {
			return true
		}
		for _, own := range p.hosts {
			short, _, _ := strings.Cut(own, ".")
			if short == h {
				return true
			}
		}
	}
	return false
}

// isAll reports whether a command means every command as root. That some are taken out again with "!" is no limit: a copy under another
// name runs.
func (p *sudoParser) isAll(c sudoCommand) bool {
	asRoot := slices.ContainsFunc(p.expand("Runas", c.runas), func(r string) bool { return r == "ALL" || r == "root" || r == "#0" })
	return asRoot && slices.Contains(p.expand("Cmnd", []string{c.command}), "ALL")
}

// expand replaces the names of aliases by their members.
func (p *sudoParser) expand(kindOf string, list []string) []string {
	var out []string
	steps := 0
	var walk func(list []string, open []string)
	walk = func(list, open []string) {
		for _, item := range list {
			steps++
			members, ok := p.aliases[kindOf][item]
			if kindOf == "Cmnd" && !ok {
				members, ok = p.aliases["Cmd"][item]
			}
			switch {
			case steps > 4*maxSudoRules:
				return
			case ok && !slices.Contains(open, item) && len(open) < 32:
				walk(members, append(slices.Clone(open), item))
			default:
				out = append(out, item)
			}
		}
	}
	walk(list, nil)
	return out
}
