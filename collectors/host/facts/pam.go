package facts

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// pamArea reads what PAM demands of somebody who logs in, locks after failed attempts, and demands of passwords: pam.conf(5),
// faillock.conf(5), pwquality.conf(5), pwhistory.conf(5), login.defs(5). It becomes the auth_policy of the host. Only lines of modules that
// bear on this are printed: those of others may hold passwords.
func pamArea() Area {
	return Area{
		Name: "pam", Kinds: []string{"auth_policy"},
		Attrs: []string{"pam.mfa", "pam.lockout_threshold"}, On: []string{"ssh"},
		Sections: []script.Section{
			{Name: "pam", Path: "/etc/pam.d", Shell: `
[ -d /etc/pam.d ] || [ -d /usr/lib/pam.d ] || absent
set --
for f in /etc/pam.d/* /usr/lib/pam.d/*; do
  if [ -f "$f" ] && [ -r "$f" ]; then set -- "$@" "$f"; elif [ -f "$f" ]; then echo "unreadable ${f##*/}"; fi
done
awk 'FNR == 1 { n = FILENAME; sub(".*/", "", n); print "file " n; more = "" }
{
  line = more $0; more = ""
  if (line ~ /\\$/) { more = substr(line, 1, length(line) - 1); next }
  sub(/^[ \t]+/, "", line)
  sub(/[ \t]#.*/, "", line)
  if (line ~ /^@include/) print line
  else if (line !~ /^-?(auth|password)[ \t]/) next
  else if (line ~ /[ \t](include|substack)[ \t]/ || line ~ /pam_(unix|faillock|tally2?|pwquality|cracklib|passwdqc|pwhistory)\.so/) print line
  else if (match(line, /pam_[A-Za-z0-9_]*\.so/)) print substr(line, 1, RSTART + RLENGTH - 1) (line ~ /nullok/ ? " nullok" : "")
}' "$@" </dev/null
exit 0`},
			{Name: "pam_settings", Path: "/etc/security", Shell: `
for f in /etc/security/faillock.conf /usr/etc/security/faillock.conf /etc/security/pwquality.conf /etc/security/pwquality.conf.d/*.conf /etc/security/pwhistory.conf /etc/login.defs /usr/etc/login.defs; do
  [ -f "$f" ] || continue
  [ -r "$f" ] || { echo "unreadable $f"; continue; }
  echo "file $f"
  sed -n 's/^[[:space:]]*\(deny\|fail_interval\|minlen\|[dulo]credit\|remember\|PASS_MAX_DAYS\|PASS_MIN_LEN\)[[:space:]=]\{1,\}\(-\{0,1\}[0-9]\{1,\}\).*/\1 \2/p' "$f"
done
exit 0`},
		},
		Read: readPAM,
	}
}

// pamLine is one line of a service: its type, what becomes of the module's answer, the module, and its arguments. Depth tells the lines
// of a substack from those around it.
type pamLine struct {
	kind, control, module string

	args  []string
	stack int
}

// value is the number that the arguments give a name; ok is false where they do not.
func (l pamLine) value(name string) (n int64, ok bool) {
	for _, a := range l.args {
		if text, is := strings.CutPrefix(a, name+"="); is {
			n, err := strconv.ParseInt(text, 10, 32)
			return n, err == nil
		}
	}
	return 0, false
}

// pamConfig is the files of PAM by name.
type pamConfig struct {
	files      map[string][]string
	unreadable []string
	stacks     int // that were begun, while a service is put together
	lines      int
}

func readPAM(h *Host) {
	r, settings := h.Result("pam"), h.Result("pam_settings")
	f := &h.Facts
	policy := kind.AuthPolicy{
		Scope: known(r, h.UID), SessionIdleTimeoutSeconds: kind.NA[int64](), SessionMaxSeconds: kind.NA[int64](),
	}
	h.CoverBy("auth_policy", settings)
	switch {
	case r.State == script.Absent: // no PAM: nothing asks for a second factor or locks
		f.PAMMFA, f.PAMLockoutThreshold = known(r, false), known(r, int64(0))
		policy.LockoutThreshold, policy.LockoutWindowSeconds = f.PAMLockoutThreshold, kind.NA[int64]()
		policy.MinLength = unsaid[int64](r, evidence.Unsupported, "without PAM the length is a matter of the program that sets passwords")
		policy.ReusePrevention = known(r, int64(0))
	case !r.OK():
		h.CoverBy("auth_policy", r)
		f.PAMMFA, f.PAMLockoutThreshold = missing[bool](r), missing[int64](r)
		return
	default:
		c := parsePAM(r)
		if len(c.unreadable) > 0 {
			why := unsaid[int64](r, evidence.AccessDenied, "cannot be read: "+strings.Join(c.unreadable, ", "))
			f.PAMMFA, f.PAMLockoutThreshold = kind.Convert(why, func(int64) bool { return false }), why
			policy.LockoutThreshold, policy.LockoutWindowSeconds, policy.MinLength, policy.ReusePrevention = why, why, why, why
			break
		}
		values := pamValues(settings)
		login := c.service("sshd", "login")
		f.PAMMFA = pamFactor(r, login)
		f.PAMLockoutThreshold, policy.LockoutWindowSeconds = pamLockout(r, settings, login, values)
		policy.LockoutThreshold = f.PAMLockoutThreshold
		policy.MinLength, policy.ReusePrevention = pamPasswords(r, settings, c.service("passwd", "common-password", "system-auth", "base-password"), values)
	}
	if !settings.OK() {
		return
	}
	policy.MFARequired, policy.MaxAgeDays = mfaRequired(h), maxAge(settings)
	h.Add("auth_policy", "auth_policy", "login policy of "+h.Name, r, policy)
}

// mfaRequired reports whether everybody who logs in needs a second factor: each way in that sshd offers must be two methods, or one that
// asks a PAM which demands two. PAM is asked for passwords, but not for keys.
func mfaRequired(h *Host) kind.Attr[bool] {
	methods := h.Facts.SSHAuthenticationMethods
	if why, unknown := methods.Reason(); unknown {
		return kind.Because[bool](why)
	}
	text, ok := methods.Value()
	if !ok { // no server: logins are local
		return h.Facts.PAMMFA
	}
	asksPAM := false
	for way := range strings.FieldsSeq(text) {
		switch {
		case strings.Contains(way, ","):
		case way == "password", strings.HasPrefix(way, "keyboard-interactive"):
			asksPAM = true
		case way == "any" && parseSSHDT(h.Result("sshd").Output)["pubkeyauthentication"] == "no":
			asksPAM = true
		default:
			return kind.Known(false)
		}
	}
	if asksPAM {
		return h.Facts.PAMMFA
	}
	return kind.Known(true)
}

func parsePAM(r Result) *pamConfig {
	c := &pamConfig{files: map[string][]string{}}
	name, seen := "", map[string]bool{}
	for _, line := range r.Lines() {
		if f := strings.Fields(line); len(f) == 2 && (f[0] == "file" || f[0] == "unreadable") {
			name = f[1]
			if seen[name] { // /etc comes first
				name = ""
				continue
			}
			seen[name] = true
			if f[0] == "unreadable" {
				c.unreadable = append(c.unreadable, name)
			} else {
				c.files[name] = []string{}
			}
			continue
		}
		if name != "" {
			c.files[name] = append(c.files[name], line)
		}
	}
	return c
}

// service is the first of the services that is there, with what it includes.
func (c *pamConfig) service(names ...string) []pamLine {
	for _, n := range names {
		if _, ok := c.files[n]; ok {
			c.stacks, c.lines = 0, 0
			return c.expand(n, "", 0, 0)
		}
	}
	return nil
}

// The bounds of what is followed.
const (
	maxPAMDepth = 12
	maxPAMLines = 5000
)

// expand puts the lines of a file together with those that it includes; only one type where a line of that type includes.
func (c *pamConfig) expand(name, only string, stack, depth int) []pamLine {
	var out []pamLine
	if depth > maxPAMDepth {
		return nil
	}
	for _, text := range c.files[name] {
		if c.lines++; c.lines > maxPAMLines {
			return out
		}
		l, ok := parsePAMLine(text)
		if !ok || only != "" && l.kind != only && l.kind != "" {
			continue
		}
		switch l.control {
		case "@include":
			out = append(out, c.expand(path.Base(l.module), only, stack, depth+1)...)
		case "include":
			out = append(out, c.expand(path.Base(l.module), l.kind, stack, depth+1)...)
		case "substack":
			c.stacks++
			out = append(out, c.expand(path.Base(l.module), l.kind, c.stacks, depth+1)...)
		default:
			l.stack = stack
			out = append(out, l)
		}
	}
	return out
}

// parsePAMLine reads a line of pam.conf(5) as /etc/pam.d holds it.
func parsePAMLine(text string) (pamLine, bool) {
	text = strings.TrimSpace(text)
	if rest, ok := strings.CutPrefix(text, "@include"); ok {
		return pamLine{control: "@include", module: strings.TrimSpace(rest)}, strings.TrimSpace(rest) != ""
	}
	typ, rest, _ := strings.Cut(strings.Replace(text, "\t", " ", 1), " ")
	rest = strings.TrimSpace(rest)
	control := ""
	if strings.HasPrefix(rest, "[") {
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return pamLine{}, false
		}
		control, rest = rest[:end+1], rest[end+1:]
	} else if f := strings.Fields(rest); len(f) > 0 {
		control, rest = f[0], rest[len(f[0]):]
	}
	f := strings.Fields(rest)
	if len(f) == 0 {
		return pamLine{}, false
	}
	return pamLine{kind: strings.TrimPrefix(typ, "-"), control: control, module: strings.TrimSuffix(path.Base(f[0]), ".so"), args: f[1:]}, true
}

// action is what a module's success does: "" (go on), done (the rest is not asked), or a number of lines to leave out.
func (l pamLine) action() (done bool, skip int) {
	if l.control == "sufficient" {
		return true, 0
	}
	for pair := range strings.FieldsSeq(strings.Trim(l.control, "[]")) {
		value, ok := strings.CutPrefix(pair, "success=")
		if !ok {
			continue
		}
		if n, err := strconv.Atoi(value); err == nil && n > 0 && n < maxPAMLines {
			return false, n
		}
		return value == "done", 0
	}
	return false, 0
}

// demands reports whether a login fails where the module does.
func (l pamLine) demands() bool {
	return l.control == "required" || l.control == "requisite" || strings.Contains(l.control, "default=die") || strings.Contains(l.control, "default=bad")
}

// pamFactor reports whether PAM demands a second factor of everybody who logs in.
func pamFactor(r Result, lines []pamLine) kind.Attr[bool] {
	second := []string{"pam_google_authenticator", "pam_duo", "pam_u2f", "pam_oath", "pam_yubico", "pam_securid", "pam_okta", "pam_privacyidea"}
	central := []string{"pam_sss", "pam_radius_auth", "pam_radius", "pam_krb5", "pam_ldap", "pam_winbind", "pam_aad", "pam_himmelblau", "pam_oslogin_login"}
	if len(lines) == 0 {
		return unsaid[bool](r, evidence.Unsupported, "neither the service sshd nor login is configured")
	}
	if settings := r.host.Result("sshd"); settings.OK() && parseSSHDT(settings.Output)["usepam"] == "no" {
		return known(settings, false)
	}
	password, asked, left := false, "", -1
	skipUntil := 0
	for i, l := range lines {
		switch {
		case l.kind != "auth" || l.stack == left:
			continue
		case slices.Contains(second, l.module):
			if !l.demands() || slices.Contains(l.args, "nullok") {
				continue // those who have not enrolled need none, or it stands for the password
			}
			if i < skipUntil {
				return unsaid[bool](r, evidence.Unresolved, l.module+" is asked under a condition")
			}
			return known(r, true)
		case slices.Contains(central, l.module):
			asked = l.module
		case l.module == "pam_unix":
			password = true
		}
		done, skip := l.action()
		if done && l.module != "pam_rootok" {
			if l.stack == 0 {
				break
			}
			left = l.stack
		}
		skipUntil = max(skipUntil, skipAuth(lines, i, skip))
	}
	if !password && asked != "" {
		return unsaid[bool](r, evidence.NotCollected, asked+" asks a server, which may demand a second factor")
	}
	return known(r, false)
}

// skipAuth is the index of the line at which it goes on after so many lines of the same type were left out.
func skipAuth(lines []pamLine, from, count int) int {
	i := from + 1
	for ; i < len(lines) && count > 0; i++ {
		if lines[i].kind == "auth" {
			count--
		}
	}
	return i
}

// pamLockout reads after how many failed attempts a login is locked, and in what time they count.
func pamLockout(r, settings Result, lines []pamLine, values map[string]int64) (threshold, window kind.Attr[int64]) {
	if len(lines) == 0 {
		u := unsaid[int64](r, evidence.Unsupported, "neither the service sshd nor login is configured")
		return u, u
	}
	for _, l := range lines {
		if l.kind != "auth" || slices.Contains(l.args, "preauth") {
			continue
		}
		switch l.module {
		case "pam_faillock":
			deny, within := int64(3), int64(900)
			for name, at := range map[string]*int64{"deny": &deny, "fail_interval": &within} {
				if v, ok := l.value(name); ok {
					*at = v
				} else if v, ok := values["faillock "+name]; ok {
					*at = v
				}
			}
			if deny <= 0 {
				return known(settings, int64(0)), kind.NA[int64]()
			}
			return known(settings, deny), known(settings, within)
		case "pam_tally", "pam_tally2":
			if deny, ok := l.value("deny"); ok && deny > 0 {
				return known(r, deny), kind.NA[int64]() // it counts for ever
			}
		}
	}
	return known(r, int64(0)), kind.NA[int64]()
}

// pamPasswords reads the least length of new passwords and how many earlier ones are refused.
func pamPasswords(r, settings Result, lines []pamLine, values map[string]int64) (length, reuse kind.Attr[int64]) {
	if len(lines) == 0 {
		u := unsaid[int64](r, evidence.Unsupported, "the service passwd is not configured")
		return u, u
	}
	least, remembered := int64(0), int64(0)
	from := r
	for _, l := range lines {
		if l.kind != "password" {
			continue
		}
		switch l.module {
		case "pam_pwquality", "pam_cracklib":
			least, from = max(least, qualityLength(l, values)), settings
		case "pam_passwdqc":
			least = max(least, passwdqcLength(l))
		case "pam_unix":
			n, ok := l.value("minlen")
			if !ok {
				n = 6 // pam_unix(8)
			}
			least = max(least, n)
			if n, ok := l.value("remember"); ok {
				remembered = max(remembered, n)
			}
		case "pam_pwhistory":
			n, ok := l.value("remember")
			if !ok {
				if n, ok = values["pwhistory remember"]; !ok {
					n = 10 // pam_pwhistory(8)
				}
			}
			remembered = max(remembered, n)
		}
	}
	length = known(from, least)
	if least == 0 {
		length = unsaid[int64](r, evidence.Unsupported, "no module that Assay knows sets a least length")
	}
	return length, known(r, remembered)
}

// qualityLength is the length that a password needs at least with characters of all classes: each class may earn credit.
func qualityLength(l pamLine, values map[string]int64) int64 {
	minimum, credit := int64(8), int64(0) // pwquality.conf(5)
	if l.module == "pam_cracklib" {
		minimum, credit = 9, 1 // pam_cracklib(8)
	}
	get := func(name string, otherwise int64) int64 {
		if v, ok := l.value(name); ok {
			return v
		}
		if v, ok := values["pwquality "+name]; ok && l.module == "pam_pwquality" {
			return v
		}
		return otherwise
	}
	n := get("minlen", minimum)
	for _, class := range []string{"dcredit", "ucredit", "lcredit", "ocredit"} {
		n -= max(0, get(class, credit))
	}
	const floor = 6 // pwquality(3) takes none shorter
	return max(n, floor)
}

// passwdqcLength is the least of the lengths that pam_passwdqc(8) allows for kinds of passwords.
func passwdqcLength(l pamLine) int64 {
	text := "disabled,24,11,8,7"
	for _, a := range l.args {
		if v, ok := strings.CutPrefix(a, "min="); ok {
			text = v
		}
	}
	least := int64(0)
	for part := range strings.SplitSeq(text, ",") {
		if n, err := strconv.ParseInt(part, 10, 32); err == nil && n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

// pamValues reads the settings by file and name, such as "faillock deny". What comes later counts.
func pamValues(r Result) map[string]int64 {
	out, file := map[string]int64{}, ""
	for _, line := range r.Lines() {
		f := strings.Fields(line)
		switch {
		case len(f) != 2:
		case f[0] == "file":
			file = strings.TrimSuffix(path.Base(f[1]), ".conf")
			if strings.Contains(f[1], "/pwquality.conf.d/") {
				file = "pwquality"
			}
		default:
			if n, err := strconv.ParseInt(f[1], 10, 32); err == nil {
				out[file+" "+f[0]] = n
			}
		}
	}
	return out
}

// maxAge is the age at which the password of an account made from now on must be changed: PASS_MAX_DAYS of login.defs(5).
func maxAge(r Result) kind.Attr[int64] {
	const never = 99999
	days, ok := pamValues(r)["login.defs PASS_MAX_DAYS"]
	switch {
	case !ok, days < 0, days >= never:
		return null[int64](r)
	}
	return known(r, days)
}
