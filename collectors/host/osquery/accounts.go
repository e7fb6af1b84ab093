package osquery

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
)

// leadingVersion is what a version such as "24.04.1 LTS (Noble Numbat)" begins with: VERSION_ID of the release, of which point releases
// show no more than two parts.
func leadingVersion() *regexp.Regexp { return versionID }

var versionID = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?`)

// writeUsers writes passwd(5); the state of the passwords stands elsewhere.
func writeUsers(h *Host) (text, why string) {
	var b strings.Builder
	for _, r := range h.rows("users") {
		state := "shadow"
		for _, p := range h.rows("passwd") {
			if p.get("username") == r.get("username") && slices.Contains([]string{"set", "empty", "locked"}, p.get("state")) {
				state = p.get("state")
			}
		}
		fmt.Fprintf(&b, "%s:%s:%s:%s::%s:%s\n", field(r.get("username"), ":"), state, field(r.get("uid"), ":"), field(r.get("gid"), ":"),
			field(r.get("directory"), ":"), field(r.get("shell"), ":"))
	}
	return b.String(), ""
}

// writeGroups writes group(5).
func writeGroups(h *Host) (text, why string) {
	names, members := map[string][]string{}, map[string][]string{}
	for _, r := range h.rows("users") {
		names[r.get("uid")] = append(names[r.get("uid")], field(r.get("username"), ":,"))
	}
	for _, r := range h.rows("user_groups") {
		members[r.get("gid")] = append(members[r.get("gid")], names[r.get("uid")]...)
	}
	var b strings.Builder
	for _, r := range h.rows("groups") {
		gid := r.get("gid")
		fmt.Fprintf(&b, "%s:x:%s:%s\n", field(r.get("groupname"), ":"), field(gid, ":"), strings.Join(members[gid], ","))
	}
	return b.String(), ""
}

// writeShadow writes what the section on /etc/shadow prints. Only root sees the table.
func writeShadow(h *Host) (text, why string) {
	states := map[string]string{"active": "set", "empty": "empty", "locked": "locked", "not_set": "locked"}
	var b strings.Builder
	for _, r := range h.rows("shadow") {
		state := states[r.get("password_status")]
		if state == "" {
			return "", "osquery's shadow has a password_status that is not known: " + script.Line(r.get("password_status"), 40)
		}
		fmt.Fprintf(&b, "%s:%s:%s:%s\n", field(r.get("username"), ":"), state, field(r.get("last_change"), ":"), field(r.get("expire"), ":"))
	}
	if b.Len() == 0 {
		return "", "osquery's shadow is empty: it needs root"
	}
	return b.String(), ""
}

// asRoot reports whether osquery ran as root: nobody else sees the shadow table. Tables that are empty or shorter without root count only
// then.
func (h *Host) asRoot() bool { return len(h.rows("shadow")) > 0 }

const notRoot = "whether osquery ran as root does not show (the query assay_shadow has no rows), and without root it sees a part only"

// writeLast writes lastlog(8). The file that osquery reads is rotated, so that who is not in it may have logged in before.
func writeLast(h *Host) (text, why string) {
	newest := map[string]int64{}
	var names []string
	for _, r := range h.rows("last") {
		at, err := strconv.ParseInt(r.get("time"), 10, 64)
		name := r.get("username")
		if err != nil || at <= 0 || name == "" || strings.Contains(name, " ") {
			continue
		}
		if newest[name] == 0 {
			names = append(names, name)
		}
		newest[name] = max(newest[name], at)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		if at := unixTime(newest[name]); !at.IsZero() {
			fmt.Fprintf(&b, "%s - - %s\n", name, at.Format("Mon Jan 2 15:04:05 -0700 2006"))
		}
	}
	return b.String(), ""
}

// writeSudoers writes the files of sudo, each after the mark of the helper show.
func writeSudoers(h *Host) (text, why string) {
	if len(h.rows("sudoers")) == 0 || !h.asRoot() {
		if len(h.rows("sudoers")) == 0 {
			return "", "osquery's sudoers is empty: sudo is not installed, or osquery did not run as root"
		}
		return "", "osquery's sudoers: " + notRoot
	}
	files := map[string]*strings.Builder{}
	var order []string
	for _, r := range h.rows("sudoers") {
		name := r.get("source")
		if files[name] == nil {
			files[name] = &strings.Builder{}
			order = append(order, name)
		}
		fmt.Fprintf(files[name], "%s %s\n", r.get("header"), r.get("rule_details"))
	}
	// A file that sudo includes and that has no rule shows no row.
	for _, r := range h.rows("sudoers") {
		if w, target := r.get("header"), r.get("rule_details"); strings.HasSuffix(w, "include") && strings.HasPrefix(target, "/") && files[target] == nil {
			files[target] = &strings.Builder{}
			order = append(order, target)
		}
	}
	var b strings.Builder
	for _, name := range order {
		b.WriteString(mark("file", "", 0, name))
		b.WriteString(files[name].String())
	}
	return b.String(), ""
}

// mark is the line that the helper show prints before a file.
func mark(what, tag string, changed int64, name string) string {
	if tag == "" {
		tag = "-"
	}
	when := "-"
	if changed > 0 {
		when = strconv.FormatInt(changed, 10)
	}
	return fmt.Sprintf("\n%s:%s %s %s %s\n", script.RecordedMark, what, field(tag, " "), when, name)
}

// writeKeys writes the authorised keys of each account. osquery reads the files that sshd reads by default.
func writeKeys(h *Host) (text, why string) {
	if !h.asRoot() {
		return "", "osquery's authorized_keys: " + notRoot
	}
	if where := h.sshdKeyword("authorizedkeysfile"); where == "" && !noSSHD(h) && len(h.tree(sshdConfig)) == 0 {
		return "", "osquery's augeas does not show " + sshdConfig + ", which may name other files of authorised keys than osquery reads"
	} else if where != "" && where != ".ssh/authorized_keys" && where != ".ssh/authorized_keys .ssh/authorized_keys2" {
		return "", "sshd reads authorised keys from " + script.Line(where, 100) + ", and osquery does not"
	}
	names := map[string][]string{}
	for _, r := range h.rows("users") {
		names[r.get("uid")] = append(names[r.get("uid")], r.get("username"))
	}
	var b strings.Builder
	for _, r := range h.rows("authorized_keys") {
		changed, _ := strconv.ParseInt(r.get("mtime"), 10, 64) // 0 = not said
		for _, name := range names[r.get("uid")] {
			b.WriteString(mark("file", name, changed, r.get("key_file")))
			fmt.Fprintf(&b, "%s\n", strings.TrimSpace(r.get("options")+" "+r.get("algorithm")+" "+r.get("key")))
		}
	}
	return b.String(), ""
}
