package osquery

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

const sshdConfig = "/etc/ssh/sshd_config"

// node is a node of Augeas' tree of a file: its path below the file's node, and its value.
type node struct {
	steps []string // such as Match[1], Settings, PasswordAuthentication
	value string
}

// name is the name of a step without its number.
func name(step string) string {
	step, _, _ = strings.Cut(step, "[")
	return step
}

// tree are the nodes of a file in its order, comments left out.
func (h *Host) tree(file string) []node {
	var out []node
	prefix := "/files" + file + "/"
	for _, r := range h.rows("augeas") {
		rest, ok := strings.CutPrefix(r.get("node"), prefix)
		if !ok || strings.HasPrefix(rest, "#") || strings.Contains(rest, "/#") {
			continue
		}
		out = append(out, node{strings.Split(rest, "/"), r.get("value")})
	}
	return out
}

// files are the files of a directory of which the tree shows something, in order.
func (h *Host) files(dir string) []string {
	var out []string
	for _, r := range h.rows("augeas") {
		if p := r.get("path"); path.Dir(p) == dir {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sshdText writes a file of sshd_config(5) from its tree: a line per keyword. Augeas splits lists of names into numbered nodes, and a
// Match block into its condition and settings.
func sshdText(nodes []node) string {
	var b strings.Builder
	line, open := "", "" // the line that is being put together, and the node that it belongs to
	flush := func() {
		if line != "" {
			b.WriteString(line + "\n")
		}
		line, open = "", ""
	}
	for _, n := range nodes {
		steps := n.steps
		if name(steps[0]) == "Match" {
			if len(steps) == 1 {
				flush()
				b.WriteString("Match of Augeas\n") // for which logins it holds is not asked: it is not "all"
				continue
			}
			if len(steps) < 3 || steps[1] != "Settings" {
				continue
			}
			steps = steps[2:]
		}
		owner := strings.Join(n.steps[:len(n.steps)-len(steps)+1], "/")
		if len(steps) == 1 || owner != open {
			flush()
			line, open = name(steps[0]), owner
		}
		if len(steps) == 1 && n.value != "" {
			line += " " + n.value
		} else if len(steps) > 1 {
			line += separator(line) + listed(steps[1], n.value)
		}
	}
	flush()
	return b.String()
}

// separator is what stands between the parts of a value: sshd's lists of algorithms have commas.
func separator(line string) string {
	keyword, rest, _ := strings.Cut(line, " ")
	switch strings.ToLower(keyword) {
	case "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms", "casignaturealgorithms":
		if rest != "" {
			return ","
		}
	}
	return " "
}

// listed is an element of a list; that of Subsystem has its name in the step.
func listed(step, value string) string {
	if _, err := strconv.Atoi(step); err == nil || value == "" {
		return value
	}
	return name(step) + " " + value
}

// writeSSHD writes the files of sshd, each after the mark of the helper show. A file that Augeas could not read is marked as such.
func writeSSHD(h *Host) (text, why string) {
	main := h.tree(sshdConfig)
	switch {
	case len(main) == 0:
		return "", "osquery's augeas does not show " + sshdConfig
	case h.tables["augeas"].unordered:
		return "", "the log holds differential results of augeas, which lose the order of the file; schedule the query as a snapshot"
	case !h.asked("/etc/ssh"):
		return "", unasked("/etc/ssh")
	}
	const dropIns = sshdConfig + ".d"
	shown := h.files(dropIns)
	var b strings.Builder
	b.WriteString(mark("file", "", 0, sshdConfig) + sshdText(main))
	for _, f := range shown {
		b.WriteString(mark("file", "", 0, f) + sshdText(h.tree(f)))
	}
	for _, r := range h.rows("file") {
		if p := r.get("path"); path.Dir(p) == dropIns && path.Ext(p) == ".conf" && !slices.Contains(shown, p) && r.get("size") != "0" {
			b.WriteString(mark("unreadable", "", 0, p))
		}
	}
	for _, n := range main {
		if name(n.steps[0]) != "Include" || n.value == "" {
			continue
		}
		for pattern := range strings.FieldsSeq(n.value) {
			if pattern != dropIns+"/*.conf" && pattern != "sshd_config.d/*.conf" {
				b.WriteString(mark("unreadable", "", 0, pattern)) // the pack asks for the usual directory only
			}
		}
	}
	return b.String(), ""
}

// sshdKeyword is the first value of a keyword in the files of sshd; "" where none sets it.
func (h *Host) sshdKeyword(keyword string) string {
	for _, f := range append(h.files(sshdConfig+".d"), sshdConfig) {
		for line := range strings.Lines(sshdText(h.tree(f))) {
			word, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			if strings.EqualFold(word, keyword) {
				return strings.TrimSpace(value)
			}
		}
	}
	return ""
}

// noSSHDT says that osquery runs no command.
func noSSHDT(*Host) (text, why string) {
	return "", "osquery does not run sshd -T, which prints the defaults of the build"
}

// noSSHD reports that no SSH server is installed: the packages are listed, and none is one of its.
func noSSHD(h *Host) bool {
	if len(h.tree(sshdConfig)) > 0 {
		return false
	}
	for _, table := range []string{"deb_packages", "rpm_packages"} {
		if h.missing(table) != "" || len(h.rows(table)) == 0 {
			continue
		}
		return !slices.ContainsFunc(h.rows(table), func(r row) bool {
			return strings.HasPrefix(r.get("name"), "openssh") && !strings.HasPrefix(r.get("name"), "openssh-client") && r.get("name") != "openssh-sftp-server" ||
				r.get("name") == "ssh"
		})
	}
	return false
}

// writeDirectory writes where accounts come from and which are people's: nsswitch.conf(5), login.defs(5) and shells(5).
func writeDirectory(h *Host) (text, why string) {
	databases, current := map[string][]string{}, ""
	nodes := h.tree("/etc/nsswitch.conf")
	for _, n := range nodes {
		if name(n.steps[0]) != "database" {
			continue
		}
		if len(n.steps) == 1 {
			current = n.value
		} else if name(n.steps[1]) == "service" && len(n.steps) == 2 {
			databases[current] = append(databases[current], n.value)
		}
	}
	if len(databases["passwd"]) == 0 {
		return "", "osquery's augeas does not show the databases of /etc/nsswitch.conf, which may name further sources of accounts"
	}
	if h.tables["augeas"].unordered {
		return "", "the log holds differential results of augeas, which lose the order of the file; schedule the query as a snapshot"
	}
	uidMin := ""
	for _, n := range h.tree("/etc/login.defs") {
		if n.steps[0] == "UID_MIN" {
			uidMin = n.value
		}
	}
	var shells []string
	for _, n := range h.tree("/etc/shells") {
		shells = append(shells, n.value)
	}
	return values("passwd", strings.Join(databases["passwd"], " "), "sudoers", strings.Join(databases["sudoers"], " "), "uid_min", uidMin,
		"shells", strings.Join(shells, " ")), ""
}
