package facts

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// sshArea reads the effective configuration of sshd. "sshd -T" prints it with every default and needs root, because it loads the host
// keys. Without root the files are read instead, as far as they can be; what depends on the build is unknown then. What a Match block
// changes is unknown too: it holds for some logins only.
func sshArea() Area {
	return Area{
		Name: "ssh",
		Attrs: []string{
			"ssh.permit_root_login", "ssh.password_authentication", "ssh.permit_empty_passwords", "ssh.authentication_methods",
			"ssh.client_alive_interval_seconds", "ssh.client_alive_count_max", "ssh.ciphers", "ssh.macs", "ssh.kex",
		},
		Sections: []script.Section{
			{Name: "sshd", Command: "sshd -T", Root: true, Shell: `
has sshd || absent
t sshd -T`},
			{Name: "sshd_config", Path: sshdConfig, Shell: `
has sshd || [ -e /etc/ssh/sshd_config ] || [ -e /usr/etc/ssh/sshd_config ] || absent
set -- /etc/ssh/sshd_config
[ -e "$1" ] || set -- /usr/etc/ssh/sshd_config
ok=0
show "$1"
for p in $(sed -n 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]=]\{1,\}//p' "$1" 2>/dev/null | tr -d '"'); do
  case $p in /*) ;; *) p=/etc/ssh/$p;; esac
  d=${p%/*}
  if [ -d "$d" ] && ! ls "$d" >/dev/null 2>&1; then show "$d"; fi
  for f in $p; do show "$f"; done
done
for f in "$1" /etc/ssh/sshd_config.d; do [ ! -e "$f" ] || [ -r "$f" ] || ok=1; done
[ $ok = 0 ] || [ "$U" = 0 ] || denied`},
		},
		Read: readSSH,
	}
}

const sshdConfig = "/etc/ssh/sshd_config"

// sshSettings are the settings of sshd by keyword in lower case, with the files' own words.
type sshSettings struct {
	values map[string]string
	// matched are the keywords that some Match block sets, with the place of the first.
	matched map[string]string
}

func readSSH(h *Host) {
	effective, files := h.Result("sshd"), h.Result("sshd_config")
	if effective.State == script.Absent || files.State == script.Absent {
		noSSH(&h.Facts)
		return
	}
	config, readable := parseSSHDFiles(files)
	switch {
	case effective.OK():
		settings := sshSettings{values: parseSSHDT(effective.Output), matched: config.matched}
		if _, ok := settings.values["permitrootlogin"]; !ok {
			sshUnknown(&h.Facts, garbled[string](effective, "no permitrootlogin in what it prints"))
			return
		}
		if !files.OK() || !readable {
			sshUnknown(&h.Facts, unsaid[string](files, evidence.AccessDenied, "the files of sshd could not all be read, and a Match block in them may change what sshd -T prints"))
			return
		}
		setSSH(h, effective, settings)
	case effective.State != script.Ran && files.OK() && readable && config.values != nil:
		for keyword, value := range sshDefaults() {
			if _, ok := config.values[keyword]; !ok {
				config.values[keyword] = value
			}
		}
		setSSH(h, files, config)
	default:
		sshUnknown(&h.Facts, missing[string](effective))
	}
}

// sshDefaults are the defaults of sshd_config(5) that are the same in every build that distributions ship.
func sshDefaults() map[string]string {
	return map[string]string{
		"permitrootlogin": "prohibit-password", "passwordauthentication": "yes", "permitemptypasswords": "no", "authenticationmethods": "any",
		"clientaliveinterval": "0", "clientalivecountmax": "3",
	}
}

func noSSH(f *kind.Host) {
	f.SSHPermitRootLogin, f.SSHPasswordAuthentication, f.SSHPermitEmptyPasswords = kind.NA[string](), kind.NA[bool](), kind.NA[bool]()
	f.SSHAuthenticationMethods = kind.NA[string]()
	f.SSHClientAliveIntervalSeconds, f.SSHClientAliveCountMax = kind.NA[int64](), kind.NA[int64]()
	f.SSHCiphers, f.SSHMACs, f.SSHKEX = kind.NA[[]string](), kind.NA[[]string](), kind.NA[[]string]()
}

// sshUnknown makes every attribute of sshd unknown for the reason of why.
func sshUnknown(f *kind.Host, why kind.Attr[string]) {
	boolean := kind.Convert(why, func(string) bool { return false })
	number := kind.Convert(why, func(string) int64 { return 0 })
	list := kind.Convert(why, func(string) []string { return nil })
	f.SSHPermitRootLogin, f.SSHPasswordAuthentication, f.SSHPermitEmptyPasswords = why, boolean, boolean
	f.SSHAuthenticationMethods = why
	f.SSHClientAliveIntervalSeconds, f.SSHClientAliveCountMax = number, number
	f.SSHCiphers, f.SSHMACs, f.SSHKEX = list, list, list
}

func setSSH(h *Host, r Result, s sshSettings) {
	text := func(keyword string) kind.Attr[string] {
		value, ok := s.values[keyword]
		if place, matched := s.matched[keyword]; matched {
			return unsaid[string](r, evidence.Unresolved, "the Match block at "+place+" sets it for some logins")
		}
		if !ok {
			return unsaid[string](r, evidence.AccessDenied, "the default depends on the build; sshd -T, which needs root, prints it")
		}
		return known(r, value)
	}
	boolean := func(keyword string) kind.Attr[bool] {
		return kind.Then(text(keyword), func(v string) kind.Attr[bool] {
			switch strings.ToLower(v) {
			case "yes", "true":
				return kind.Known(true)
			case "no", "false":
				return kind.Known(false)
			}
			return kind.Because[bool](r.Garbled(keyword + " " + v))
		})
	}
	number := func(keyword string) kind.Attr[int64] {
		return kind.Then(text(keyword), func(v string) kind.Attr[int64] {
			n, ok := sshSeconds(v)
			if !ok {
				return kind.Because[int64](r.Garbled(keyword + " " + v))
			}
			return kind.Known(n)
		})
	}
	list := func(keyword string) kind.Attr[[]string] {
		return kind.Then(text(keyword), func(v string) kind.Attr[[]string] {
			if strings.ContainsAny(v[:min(len(v), 1)], "+-^") || v == "" {
				return kind.Because[[]string](evidence.Unknown{
					Reason: evidence.AccessDenied, Detail: keyword + " " + v + " changes a default that depends on the build; sshd -T, which needs root, prints it", Source: h.Source,
				})
			}
			return kind.Known(strings.Split(v, ","))
		})
	}
	f := &h.Facts
	f.SSHPermitRootLogin = kind.Convert(text("permitrootlogin"), sshRootLogin)
	f.SSHPasswordAuthentication, f.SSHPermitEmptyPasswords = boolean("passwordauthentication"), boolean("permitemptypasswords")
	f.SSHAuthenticationMethods = text("authenticationmethods")
	f.SSHClientAliveIntervalSeconds, f.SSHClientAliveCountMax = number("clientaliveinterval"), number("clientalivecountmax")
	f.SSHCiphers, f.SSHMACs, f.SSHKEX = list("ciphers"), list("macs"), list("kexalgorithms")
}

// sshRootLogin writes the value of PermitRootLogin in its present form; sshd -T still prints the old one.
func sshRootLogin(v string) string {
	if v = strings.ToLower(v); v == "without-password" {
		return "prohibit-password"
	}
	return v
}

// sshSeconds reads a time of sshd_config(5), such as 300, 5m or 1h30m, in seconds.
func sshSeconds(v string) (int64, bool) {
	units := map[byte]int64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800}
	var total int64
	for v != "" {
		digits := len(v) - len(strings.TrimLeft(v, "0123456789"))
		if digits == 0 || digits > 9 {
			return 0, false
		}
		n, err := strconv.ParseInt(v[:digits], 10, 64)
		if err != nil {
			return 0, false
		}
		unit := int64(1)
		v = v[digits:]
		if v != "" {
			u, ok := units[v[0]|0x20]
			if !ok {
				return 0, false
			}
			unit, v = u, v[1:]
		}
		total += n * unit
	}
	return total, true
}

// parseSSHDT reads what "sshd -T" prints: one keyword in lower case and its value per line. Of several lines of a keyword that names
// alternatives the values are joined by spaces, as AuthenticationMethods writes them.
func parseSSHDT(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		keyword, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if keyword == "" {
			continue
		}
		keyword, value = strings.ToLower(keyword), strings.TrimSpace(value)
		if old, ok := out[keyword]; ok {
			value = old + " " + value
		}
		out[keyword] = value
	}
	return out
}

// parseSSHDFiles reads the files of sshd: the first value of a keyword counts, Include takes files in where it stands. It reports
// whether every file could be read.
func parseSSHDFiles(r Result) (sshSettings, bool) {
	s := sshSettings{matched: map[string]string{}}
	p := sshdParser{settings: &s, files: map[string]script.File{}, readable: true}
	files := r.Files()
	for _, f := range files {
		p.files[f.Path] = f
		p.readable = p.readable && !f.Unreadable && !f.Truncated
	}
	if len(files) == 0 || files[0].Unreadable {
		return s, false
	}
	s.values = map[string]string{}
	p.file(files[0], false, 0)
	return s, p.readable
}

type sshdParser struct {
	settings *sshSettings
	files    map[string]script.File
	readable bool
	lines    int
}

// The bounds of what is followed: sshd itself allows 16 levels of Include.
const (
	maxSSHDDepth = 16
	maxSSHDLines = 20_000
)

// file reads one file. A Match block ends with its file; matching says that the file is included by one.
func (p *sshdParser) file(f script.File, matching bool, depth int) {
	number := 0
	for line := range strings.Lines(f.Text) {
		number++
		if p.lines++; p.lines > maxSSHDLines || depth > maxSSHDDepth {
			p.readable = false
			return
		}
		keyword, value := sshdLine(line)
		switch {
		case keyword == "":
		case keyword == "match":
			matching = !strings.EqualFold(strings.TrimSpace(value), "all")
		case keyword == "include":
			p.include(value, matching, depth)
		case matching:
			if _, seen := p.settings.matched[keyword]; !seen {
				p.settings.matched[keyword] = fmt.Sprintf("%s:%d", f.Path, number)
			}
		default:
			if _, seen := p.settings.values[keyword]; !seen {
				p.settings.values[keyword] = value
			}
		}
	}
}

// include reads the files that an Include names. Those that the host did not show are not known; a Match block in an included file ends
// with it.
func (p *sshdParser) include(value string, matching bool, depth int) {
	for pattern := range strings.FieldsSeq(strings.ReplaceAll(value, `"`, "")) {
		if !strings.HasPrefix(pattern, "/") {
			pattern = "/etc/ssh/" + pattern
		}
		var found []string
		for name := range p.files {
			if ok, err := path.Match(pattern, name); ok && err == nil {
				found = append(found, name)
			}
		}
		if len(found) == 0 && depth > 0 { // only what the main file includes is shown
			p.readable = false
		}
		slices.Sort(found)
		for _, name := range found {
			p.file(p.files[name], matching, depth+1)
		}
	}
}

// sshdLine splits a line of sshd_config(5) into keyword and value.
func sshdLine(line string) (keyword, value string) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", ""
	}
	i := strings.IndexAny(line, " \t=")
	if i < 0 {
		return strings.ToLower(line), ""
	}
	value, _, _ = strings.Cut(line[i+1:], " #")
	value = strings.TrimSpace(value)
	value = strings.TrimSpace(strings.TrimPrefix(value, "="))
	if n := len(value); n >= 2 && value[0] == '"' && strings.IndexByte(value[1:], '"') == n-2 {
		value = value[1 : n-1]
	}
	return strings.ToLower(line[:i]), value
}
