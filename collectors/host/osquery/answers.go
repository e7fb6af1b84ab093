package osquery

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/script"
)

// Method is the method of the provenance of what a table says.
func Method(table string) string { return "host:osquery:" + table }

// Tables are the names of the tables that are read, in order.
func Tables() []string {
	out := make([]string, 0, len(schema()))
	for name := range schema() {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Answers are what the sections of the script would have printed, as far as the tables tell. What they do not tell is missing, with the
// table that would tell it, or with the word that none does.
func (h *Host) Answers(sections []script.Section) facts.Answers {
	out := facts.Answers{Results: map[string]script.Result{}, Notes: map[string]string{}, Times: map[string]time.Time{}}
	writers := writers()
	for _, s := range sections {
		what := s.Command + s.Path
		w, ok := writers[s.Name]
		if !ok {
			out.Notes[s.Name] = "no table that Assay reads of osquery tells what " + what + " tells"
			s.Command, s.Path = "osquery", ""
			out.Results[s.Name] = script.Recorded(s, script.Missing, "")
			continue
		}
		s.Command, s.Path, s.Limit = "osquery:"+w.tables[0], "", 0
		state, text, why := h.answer(w)
		out.Results[s.Name] = script.Recorded(s, state, text)
		if why != "" {
			out.Notes[s.Name] = why
		}
		if at := h.oldest(w.tables); !at.IsZero() {
			out.Times[s.Name] = at
		}
	}
	return out
}

// writer writes a section from tables. The first table is the one that its provenance names; all of them are needed.
type writer struct {
	tables []string
	// write returns the section's text, or why the tables do not tell it.
	write func(h *Host) (text, why string)
	// absent reports that what the section asks for is not on the host; nil = the tables never tell that.
	absent func(h *Host) bool
}

// writers are the sections that tables tell. Names of sections that no area declares do no harm.
func writers() map[string]writer {
	return map[string]writer{
		"os":              {tables: []string{"os_version"}, write: writeOS},
		"machine":         {tables: []string{"system_info", "kernel_info"}, write: writeMachine},
		"kernels":         {tables: []string{"file"}, write: writeKernels},
		"reboot":          {tables: []string{"file"}, write: writeReboot},
		"sshd":            {tables: []string{"augeas"}, write: noSSHDT, absent: noSSHD},
		"sshd_config":     {tables: []string{"augeas", "file"}, write: writeSSHD, absent: noSSHD},
		"passwd":          {tables: []string{"users"}, write: writeUsers},
		"directory":       {tables: []string{"augeas"}, write: writeDirectory},
		"group":           {tables: []string{"groups", "user_groups", "users"}, write: writeGroups},
		"shadow":          {tables: []string{"shadow", "passwd"}, write: writeShadow},
		"lastlog":         {tables: []string{"last"}, write: writeLast},
		"sudoers":         {tables: []string{"sudoers"}, write: writeSudoers},
		"authorized_keys": {tables: []string{"authorized_keys", "users", "augeas"}, write: writeKeys},
		"packages":        {tables: []string{"deb_packages"}, write: writePackages},
		"mounts":          {tables: []string{"mounts", "disk_encryption", "systemd_units"}, write: writeMounts},
		"blocks":          {tables: []string{"disk_encryption"}, write: writeBlocks},
		"processes":       {tables: []string{"processes"}, write: writeProcesses},
		"units":           {tables: []string{"systemd_units"}, write: writeUnits},
		"sockets":         {tables: []string{"listening_ports", "processes"}, write: writeSockets},
	}
}

// answer writes one section.
func (h *Host) answer(w writer) (script.State, string, string) {
	if w.absent != nil && w.absent(h) {
		return script.Absent, "", ""
	}
	for _, t := range w.tables {
		if why := h.missing(t); why != "" {
			return script.Missing, "", why
		}
	}
	text, why := w.write(h)
	if why != "" {
		return script.Missing, "", why
	}
	return script.Ran, text, ""
}

// oldest is the time of the oldest of the tables.
func (h *Host) oldest(names []string) time.Time {
	var at time.Time
	for _, n := range names {
		if t := h.tables[n]; t != nil && (at.IsZero() || t.at.Before(at)) {
			at = t.at
		}
	}
	return at
}

// field makes a value fit for a line whose parts are separated by a character.
func field(value string, separators string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return '_'
		}
		return r
	}, value)
}

// writeOS writes os-release(5). osquery keeps of VERSION_ID its parts only.
func writeOS(h *Host) (text, why string) {
	rows := h.rows("os_version")
	if len(rows) != 1 || rows[0].get("platform") == "" {
		return "", "osquery's os_version names no platform"
	}
	r := rows[0]
	version := r.get("major")
	if id := leadingVersion().FindString(r.get("version")); id != "" && (id == version || strings.HasPrefix(id, version+".")) {
		version = id // with the zeros of 24.04
	} else if minor := r.get("minor"); minor != "" && version != "" {
		version += "." + minor
		if patch := r.get("patch"); patch != "" && patch != "0" {
			version += "." + patch
		}
	}
	text = "ID=" + r.get("platform") + "\n"
	if version != "" && version != "0" && version != "0.0" {
		text += "VERSION_ID=" + version + "\n"
	}
	return text, ""
}

func writeMachine(h *Host) (text, why string) {
	info, kernel := h.rows("system_info"), h.rows("kernel_info")
	if len(info) != 1 || len(kernel) != 1 {
		return "", "osquery's system_info and kernel_info do not show one row each"
	}
	text = values("node", info[0].get("hostname"), "kernel", kernel[0].get("version"), "vendor", info[0].get("hardware_vendor"), "product", info[0].get("hardware_model"))
	for _, r := range h.rows("ec2_instance_metadata") {
		text += values("instance", r.get("instance_id"))
	}
	return text, ""
}

// values writes NAME=VALUE lines.
func values(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			fmt.Fprintf(&b, "%s=%s\n", pairs[i], pairs[i+1])
		}
	}
	return b.String()
}

// asked reports whether the query of files asked for a directory: its own row shows that.
func (h *Host) asked(directory string) bool {
	return slices.ContainsFunc(h.rows("file"), func(r row) bool { return strings.TrimSuffix(r.get("path"), "/") == directory })
}

// unasked says which query asks for a directory.
func unasked(directory string) string {
	return "osquery's file does not show " + directory + "; take the query " + QueryPrefix + "file of the pack"
}

func writeKernels(h *Host) (text, why string) {
	if !h.asked("/boot") {
		return "", unasked("/boot")
	}
	for _, r := range h.rows("file") {
		name := r.get("path")
		dir, base := path.Split(name)
		_, version, ok := strings.Cut(base, "-")
		if dir != "/boot/" || !ok || !slices.Contains([]string{"vmlinuz", "vmlinux", "Image"}, strings.TrimSuffix(base, "-"+version)) {
			if version, ok = strings.CutSuffix(name, "/vmlinuz"); !ok || path.Base(path.Dir(version)) != "modules" {
				continue
			}
			version = path.Base(version)
		}
		text += field(r.get("mtime"), " ") + " " + version + "\n"
	}
	return text, ""
}

func writeReboot(h *Host) (text, why string) {
	if !h.asked("/run") {
		return "", unasked("/run")
	}
	for _, r := range h.rows("file") {
		if slices.Contains([]string{"/run/reboot-required", "/var/run/reboot-required", "/run/reboot-needed"}, r.get("path")) {
			return values("flag", r.get("mtime")), ""
		}
	}
	return "", ""
}

// writePackages writes what dpkg has installed: name, version, source package and its version.
func writePackages(h *Host) (text, why string) {
	var b strings.Builder
	for _, r := range h.rows("deb_packages") {
		if !strings.HasSuffix(r.get("status"), "ok installed") {
			continue
		}
		name, version := field(r.get("name"), "|"), field(r.get("version"), "|")
		source, sourceVersion := name, version
		if s, v, _ := strings.Cut(field(r.get("source"), "|"), " ("); s != "" {
			source = s
			if v != "" {
				sourceVersion = strings.TrimSuffix(v, ")")
			}
		}
		fmt.Fprintf(&b, "%s|%s|%s|%s\n", name, version, source, sourceVersion)
	}
	if b.Len() == 0 {
		return "", "osquery's deb_packages shows no package; of rpm's and apk's Assay reads none from osquery"
	}
	return b.String(), ""
}

func writeProcesses(h *Host) (text, why string) {
	var b strings.Builder
	for _, r := range h.rows("processes") {
		fmt.Fprintf(&b, "%s %s\n", field(r.get("pid"), " "), r.get("name"))
	}
	return b.String(), ""
}

// writeUnits writes the units that systemd has loaded: those that start at boot or run are among them.
func writeUnits(h *Host) (text, why string) {
	var b strings.Builder
	for _, r := range h.rows("systemd_units") {
		id := field(r.get("id"), " ")
		if !slices.Contains([]string{".service", ".socket", ".timer"}, path.Ext(id)) {
			continue
		}
		if state := r.get("unit_file_state"); state != "" {
			fmt.Fprintf(&b, "file %s %s\n", id, field(state, " "))
		}
		if r.get("active_state") == "active" {
			fmt.Fprintf(&b, "active %s %s\n", id, field(r.get("sub_state"), " "))
		}
	}
	if b.Len() == 0 {
		return "", "osquery's systemd_units shows no unit: systemd may not manage the host"
	}
	return "running systemd\n" + b.String(), ""
}

// writeSockets writes as ss(8) does.
func writeSockets(h *Host) (text, why string) {
	names := map[string]string{}
	for _, r := range h.rows("processes") {
		names[r.get("pid")] = field(r.get("name"), `" ()`)
	}
	var b strings.Builder
	for _, r := range h.rows("listening_ports") {
		protocol := map[string]string{"6": "tcp", "17": "udp"}[r.get("protocol")]
		port, err := strconv.Atoi(r.get("port"))
		address, bad := netip.ParseAddr(r.get("address"))
		if protocol == "" || err != nil || bad != nil || port < 1 || port > 65535 {
			continue // sockets of the file system, and raw ones
		}
		fmt.Fprintf(&b, "%s LISTEN 0 0 %s *:*", protocol, netip.AddrPortFrom(address, uint16(port)))
		if name := names[r.get("pid")]; name != "" {
			fmt.Fprintf(&b, ` users:(("%s"))`, name)
		}
		b.WriteByte('\n')
	}
	return b.String(), ""
}

// writeBlocks writes the block devices, encrypted or not: osquery has followed each to what it stands on.
func writeBlocks(h *Host) (text, why string) {
	rows := h.rows("disk_encryption")
	if len(rows) == 0 {
		return "", "osquery's disk_encryption shows no device: it needs root"
	}
	var b strings.Builder
	for i, r := range rows {
		uuid := ""
		if r.get("encrypted") == "1" {
			uuid = "CRYPT-LUKS2-" // of whatever format: dm-crypt holds it
		}
		name := path.Base(r.get("name"))
		cipher := ""
		if strings.Contains(r.get("type"), "null") { // cipher_null encrypts nothing
			uuid, cipher = "", "null"
		}
		fmt.Fprintf(&b, "name=%s\ndev=8:%d\nuuid=%s\ndm=%s\npart=\nslaves=\nfile=\n", name, i, uuid, cipher)
	}
	return b.String(), ""
}

// writeMounts writes proc_pid_mountinfo(5) and the swap areas, which are units of systemd.
func writeMounts(h *Host) (text, why string) {
	devices := map[string]int{}
	for i, r := range h.rows("disk_encryption") {
		devices[r.get("name")] = i
	}
	escape := strings.NewReplacer(`\`, `\134`, " ", `\040`)
	var b strings.Builder
	for _, r := range h.rows("mounts") {
		device, source := "0:0", r.get("device")
		for _, name := range []string{r.get("device_alias"), r.get("device")} {
			if i, ok := devices[name]; ok {
				device, source = fmt.Sprintf("8:%d", i), name
				break
			}
			if strings.HasPrefix(name, "/dev/") && device == "0:0" {
				device = "7:0" // a device that osquery does not list: what lies under it is not known
			}
		}
		if slices.Contains([]string{"btrfs", "zfs"}, r.get("type")) {
			device = "0:0" // as the kernel numbers them
		}
		fmt.Fprintf(&b, "0 0 %s / %s %s - %s %s rw\n", device, escape.Replace(r.get("path")), escape.Replace(r.get("flags")), escape.Replace(r.get("type")), escape.Replace(source))
	}
	for _, r := range h.rows("systemd_units") {
		name, ok := strings.CutSuffix(r.get("id"), ".swap")
		if !ok || r.get("active_state") != "active" {
			continue
		}
		if area := unitPath(name); strings.HasPrefix(area, "/dev/") {
			fmt.Fprintf(&b, "swap %s\n", escape.Replace(area))
		} else {
			fmt.Fprintf(&b, "swapfile %s\n", escape.Replace(area))
		}
	}
	return b.String(), ""
}

// unitPath undoes the escapes of systemd.unit(5) in the name of a unit that stands for a path.
func unitPath(name string) string {
	var b strings.Builder
	b.WriteByte('/')
	for i := 0; i < len(name); i++ {
		if name[i] == '-' {
			b.WriteByte('/')
			continue
		}
		if strings.HasPrefix(name[i:], `\x`) && i+4 <= len(name) {
			if c, err := strconv.ParseUint(name[i+2:i+4], 16, 8); err == nil && c > ' ' && c < 0x7f {
				b.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		b.WriteByte(name[i])
	}
	return b.String()
}
