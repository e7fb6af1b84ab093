package facts

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// patchArea reads which security updates are missing, when they were looked for and when updates were last installed, and what installs
// them by itself.
//
// Only what the package manager has already fetched is read: nothing touches the network. Of apt the lists of the security archives are read,
// and not "apt list", which takes all lists into account: a second and more of the host's CPU time and 50 MB, where this takes 40 ms and
// 8 MB. Only where apt has no helper that reads lists (before 1.1) it is asked itself, and not left to write its cache (it runs as nobody
// where we are root). dnf and zypper need root because they keep one cache for everybody and make another for anybody else. Both
// may write to their own log file, and zypper makes a temporary directory of its own while it runs.
func patchArea(o Options) Area {
	sections := []script.Section{
		{Name: "patching", Command: "stat", Shell: patchingShell},
		{Name: "apt_lists", Path: "/var/lib/apt/lists", Limit: 1 << 20, Shell: aptListsShell},
		{Name: "apt", Late: true, Command: "apt list --upgradable", Limit: 1 << 20, Shell: `
has apt-get && has apt && [ -s /var/lib/dpkg/status ] && [ ! -x /usr/lib/apt/apt-helper ] || absent
if [ "$U" != 0 ]; then t apt list -a --upgradable -qq 2>/dev/null
elif has setpriv && setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
  t setpriv --reuid=65534 --regid=65534 --clear-groups apt list -a --upgradable -qq 2>/dev/null
else t apt list -a --upgradable -qq -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= 2>/dev/null; fi`},
		{Name: "dnf", Late: true, Command: "dnf updateinfo", Root: true, Limit: 1 << 20, Shell: `
has rpm || absent
if has dnf; then list=$(t dnf -C updateinfo info --updates --security 2>&1); rc=$?
elif has yum; then list=$(t yum -C updateinfo info security 2>&1); rc=$?
else absent; fi
if [ "$rc" != 0 ]; then printf '%s\n' "$list" | tail -n 2 >&2; exit 1; fi
printf '%s\n' "$list" | awk '
  /no cache for/ { print "assay: " $0; next }
  { l = $0; sub(/:.*/, "", l); gsub(/^[ \t]+|[ \t]+$/, "", l); if (l != "" && index($0, ":")) label = l }
  label ~ /^(Update ID|Name|Type|Updated|Issued|Severity)$/ && l == label || label ~ /^(CVEs|Bugs|Title|Id)$/ && /CVE-[0-9]/ { print substr($0, 1, 400) }'
case $list in *'Update ID'*|*Name*) ;; *)
  if has dnf; then list=$(t dnf -C -q updateinfo list --all); else list=$(t yum -C -q updateinfo list all); fi
  [ -z "$list" ] || echo 'assay: there are advisories';;
esac
exit 0`},
		{Name: "dnf_history", Late: true, Command: "dnf history", Root: true, Shell: `
has rpm || absent
if has dnf; then t dnf -C -q history list; elif has yum; then t yum -C -q history list; else absent; fi 2>/dev/null | head -n 60
exit 0`},
		{Name: "zypper", Late: true, Command: "zypper list-patches", Root: true, Limit: 1 << 20, Shell: `
has zypper || absent
# What was never fetched zypper fetches, whatever it is told.
missing=$(awk '
  /^\[/ { if (a != "" && on) print a; a = substr($0, 2, index($0, "]") - 2); on = 1 }
  /^[ \t]*enabled[ \t]*=[ \t]*(0|no|false|off)/ { on = 0 }
  END { if (a != "" && on) print a }' /etc/zypp/repos.d/*.repo 2>/dev/null |
  while read -r a; do a=$(printf %s "$a" | tr / _); [ -d "/var/cache/zypp/raw/$a" ] || printf '%s ' "$a"; done)
if [ -n "$missing" ]; then echo "zypper has never fetched what these repositories offer: $missing" >&2; exit 1; fi
list=$(t zypper --xmlout --non-interactive --no-refresh list-patches) || exit 1
printf '%s\n' "$list" | awk '{
  line = $0; kept = ""
  while (1) {
    if (skip) { i = index(line, "</description>"); if (!i) break; line = substr(line, i + 14); skip = 0; continue }
    i = index(line, "<description>"); if (!i) { kept = kept line; break }
    kept = kept substr(line, 1, i - 1); line = substr(line, i + 13); skip = 1
  }
  if (kept != "") print kept
}'`},
		{Name: "apk", Command: "apk version", Shell: `
has apk || absent
t apk --no-network version -l '<' 2>/dev/null`},
	}
	if o.Advisories != nil {
		sections = append(sections, packagesSection())
	}
	return Area{
		Name: "patch", Sections: sections, Kinds: []string{"patch_state"},
		Read: func(h *Host) { readPatch(h, o) }, Waits: o.Advisories != nil,
	}
}

// aptListsShell prints how many lists of security archives apt has fetched, and every package in them that is installed in another version:
//
//	lists NUMBER
//	NAME|ARCHITECTURE|VERSION| ARCHITECTURE=INSTALLED ...
//
// A list is one of a security archive by its name, or by what its release says of itself. A line "E|" says that a list could not be read.
const aptListsShell = `
has apt-get && [ -s /var/lib/dpkg/status ] && [ -x /usr/lib/apt/apt-helper ] || absent
cd /var/lib/apt/lists || exit 1
releases=$(grep -l -i -E '^(Suite|Codename):.*security' ./*_InRelease ./*_Release 2>/dev/null)
set --
for f in ./*_Packages ./*_Packages.[a-z]*; do
  [ -f "$f" ] || continue
  case $f in
  *_Packages.diff*) continue;;
  *-[Ss]ecurity_* | *[Dd]ebian-[Ss]ecurity* | *[Ss]ecurity.[Uu]buntu*) ;;
  *)
    security=
    for r in $releases; do case $f in "${r%_*Release}"_*) security=yes;; esac; done
    [ -n "$security" ] || continue;;
  esac
  set -- "$@" "$f"
done
echo "lists $#"
[ $# -gt 0 ] || exit 0
{
  dpkg-query -W -f 'I|${db:Status-Abbrev}|${Package}|${Architecture}|${Version}\n' || echo 'E|dpkg-query'
  { /usr/lib/apt/apt-helper cat-file "$@" || printf '\nE|apt-helper cat-file\n'; echo; } | grep -E '^(Package|Version|Architecture): |^E[|]|^$'
} | awk -F'|' '
/^E[|]/ { print; next }
/^I[|]/ { if ($2 !~ /^.[nc]/) at[$3] = at[$3] " " $4 "=" $5; next }
/^Package: / { p = substr($0, 10) }
/^Version: / { v = substr($0, 10) }
/^Architecture: / { a = substr($0, 15) }
/^$/ { if (p in at && index(at[p] " ", " " a "=" v " ") == 0) print p "|" a "|" v "|" at[p]; p = "" }'`

// patchingShell prints what tells when updates were looked for and installed, and what does so by itself. Times of log files are in the
// zone of the host.
const patchingShell = `
newest() { stat -c %Y "$@" 2>/dev/null | sort -n | tail -n 1; }
enabled() { if has systemctl; then systemctl is-enabled "$1" 2>/dev/null | head -n 1; fi; }
kv zone "$(unset TZ; date +%z)"
if has apt-get && [ -s /var/lib/dpkg/status ]; then
  kv apt_lists "$(ls /var/lib/apt/lists 2>/dev/null | grep -c _Packages)"
  kv apt_security_lists "$(ls /var/lib/apt/lists 2>/dev/null | grep _Packages | grep -c -i -e '-security_' -e debian-security -e security.ubuntu)"
  kv apt_checked "$(newest /var/lib/apt/periodic/update-success-stamp /var/lib/apt/periodic/update-stamp /var/lib/apt/lists)"
  for f in /var/log/dpkg.log /var/log/dpkg.log.1 /var/log/dpkg.log.2.gz /var/log/dpkg.log.3.gz; do
    [ -e "$f" ] || continue
    if [ ! -r "$f" ]; then kv apt_log unreadable; break; fi
    kv apt_log read
    case $f in *.gz) last=$(zcat "$f" 2>/dev/null | grep ' upgrade ' | tail -n 1);; *) last=$(grep ' upgrade ' "$f" | tail -n 1);; esac
    if [ -n "$last" ]; then kv apt_upgraded "$(printf '%s' "$last" | cut -c1-19)"; break; fi
  done
  kv apt_unattended "$(dpkg-query -W -f '${db:Status-Abbrev}' unattended-upgrades 2>/dev/null)"
  apt-config dump APT::Periodic 2>/dev/null | sed -n 's/^APT::Periodic::\(Enable\|Unattended-Upgrade\) "\(.*\)";$/apt_\1=\2/p'
  kv apt_timer "$(enabled apt-daily-upgrade.timer)"
  if [ -x /etc/cron.daily/apt-compat ]; then kv apt_cron yes; fi
fi
if has rpm && { has dnf || has yum; }; then
  kv dnf_checked "$(newest /var/cache/dnf/*/repodata/repomd.xml /var/cache/libdnf5/*/repodata/repomd.xml /var/cache/yum/*/*/*/repomd.xml /var/cache/yum/*/repomd.xml)"
  kv dnf_upgraded "$(cat /var/log/dnf.rpm.log.1 /var/log/dnf.rpm.log 2>/dev/null | grep -E ' Upgraded?: ' | tail -n 1 | cut -c1-24)"
  for unit in dnf-automatic.timer dnf-automatic-install.timer dnf5-automatic.timer yum-cron.service; do kv "unit_$unit" "$(enabled "$unit")"; done
  for f in /etc/dnf/automatic.conf /usr/share/dnf5/dnf5-plugins/automatic.conf /etc/dnf/dnf5-plugins/automatic.conf /etc/yum/yum-cron.conf; do
    kv "apply_$f" "$(sed -n 's/^[[:space:]]*apply_updates[[:space:]]*=[[:space:]]*//p' "$f" 2>/dev/null | tail -n 1)"
  done
fi
if has zypper; then
  kv zypper_checked "$(newest /var/cache/zypp/raw/*/repodata /var/cache/zypp/raw/*/repodata/repomd.xml)"
  if [ -r /var/log/zypp/history ]; then
    kv zypper_log read
    kv zypper_upgraded "$(grep -E "^[^|#]*\|(patch *\|.*\|needed\|applied|command\|[^|]*\|'[^' ]*zypper'( '-[^']*'( '/[^']*')?)* '(patch|update|up|dist-upgrade|dup)')" /var/log/zypp/history | tail -n 1 | cut -c1-19)"
  fi
  kv unit_transactional-update.timer "$(enabled transactional-update.timer)"
  kv zypper_online "$(sed -n 's/^AOU_ENABLE_CRONJOB="\(.*\)"/\1/p' /etc/sysconfig/automatic_online_update 2>/dev/null)"
fi
if has apk; then
  kv apk_indexes "$(ls /var/cache/apk/APKINDEX.*.tar.gz /etc/apk/cache/APKINDEX.*.tar.gz 2>/dev/null | grep -c .)"
  kv apk_checked "$(newest /var/cache/apk/APKINDEX.*.tar.gz /etc/apk/cache/APKINDEX.*.tar.gz)"
  kv apk_cron "$(grep -l -E '^[^#]*apk .*upgrade' /etc/periodic/*/* /etc/crontabs/root 2>/dev/null | head -n 1)"
fi
exit 0`

// manager is one package manager, and what it says.
type manager struct {
	name    string
	checked kind.Attr[kind.Time]
	patched kind.Attr[kind.Time]
	auto    kind.Attr[string]
	// updates are the security updates that are missing, if pending is a reason for which they are not known.
	updates []update
	pending *evidence.Unknown
	from    Result
}

// update is one security update that is missing.
type update struct {
	id, severity string // severity "" = its maker rates none
	packages     []string
	cves         kind.Attr[[]string]
	available    kind.Attr[kind.Time]
}

func readPatch(h *Host, o Options) {
	state := h.Result("patching")
	values := state.Values()
	var managers []manager
	for _, read := range []func(*Host, Result, map[string]string) (manager, bool){readApt, readDNF, readZypper, readApk} {
		if m, ok := read(h, state, values); ok {
			managers = append(managers, m)
		}
	}
	h.CoverBy("patch_state", state)
	if state.OK() && len(managers) == 0 {
		h.Cover("patch_state", evidence.Partial, "no package manager that Assay knows is on the host")
	}
	for _, m := range managers {
		m.emit(h, o.flaws(h, m.name))
	}
	o.cover(h)
}

// emit adds the patch state. Flaws are what the advisory database found.
func (m manager) emit(h *Host, f flaws) {
	s := kind.PatchState{
		CheckedAt: m.checked, LastPatchedAt: m.patched, AutoMechanism: m.auto, ManagedBy: known(m.from, m.name),
	}
	updates, why := f.fold(m)
	if len(updates) > maxUpdates {
		updates, why = updates[:maxUpdates], because(m.from, evidence.Truncated, fmt.Sprintf("more than %d updates are missing", maxUpdates))
	}
	list := []kind.PatchStatePending{}
	for _, u := range updates {
		list = append(list, kind.PatchStatePending{
			ID: kind.Known(u.id), CVE: u.cves, Severity: kind.Known(cmp.Or(u.severity, "unknown")), AvailableAt: u.available,
			FirstSeenAt: kind.Unknown[kind.Time](evidence.NotCollected, "one collection does not tell when it was first missing"),
		})
	}
	switch {
	case why == nil:
		s.Pending = known(m.from, list)
	case len(list) > 0:
		s.Pending = kind.AtLeast(list, *why).From(m.from.Prov())
	default:
		s.Pending = kind.Because[[]kind.PatchStatePending](*why).From(m.from.Prov())
	}
	uid := h.Add("patch_state", "patch:"+m.name, h.Name+" ("+m.name+")", m.from, s)
	h.Relate("runs_on", uid, h.UID)
}

// maxUpdates is how many missing updates of one host are kept.
const maxUpdates = 5000

// because is why a list of updates is not known.
func because(r Result, reason evidence.Reason, detail string) *evidence.Unknown {
	return &evidence.Unknown{Reason: reason, Detail: detail, Source: r.host.Source}
}

// failedBecause is why a result that is not OK gives no list.
func failedBecause(r Result) *evidence.Unknown {
	why := r.Why()
	return &why
}

// stamp reads a point in time that a value gives in seconds since 1970.
func (h *Host) stamp(r Result, text, otherwise string) kind.Attr[kind.Time] {
	if at, ok := h.seconds(text); ok {
		return known(r, at)
	}
	return unsaid[kind.Time](r, evidence.NotCollected, otherwise)
}

// logTime reads the time of a log file's line, which is in the zone of the host unless it says another.
func (h *Host) logTime(r Result, text, zone, otherwise string) kind.Attr[kind.Time] {
	if at, ok := h.localTime(text, zone); ok {
		return known(r, at)
	}
	return unsaid[kind.Time](r, evidence.NotCollected, otherwise)
}

func readApt(h *Host, state Result, values map[string]string) (manager, bool) {
	list, parse := h.Result("apt_lists"), parseAptLists
	if asked := h.Result("apt"); !list.OK() && asked.OK() {
		list, parse = asked, parseAptList
	}
	if list.State == script.Absent || values["apt_lists"] == "" {
		return manager{}, false
	}
	m := manager{name: "apt", from: list, auto: aptMechanism(state, values)}
	m.checked = h.stamp(state, values["apt_checked"], "apt has no lists of packages")
	m.patched = h.logTime(state, values["apt_upgraded"], values["zone"], "the logs of dpkg that were read tell of no upgrade")
	if values["apt_log"] == "unreadable" {
		m.patched = unsaid[kind.Time](state, evidence.AccessDenied, "/var/log/dpkg.log cannot be read")
	}
	if values["apt_lists"] == "0" {
		m.pending = because(list, evidence.NotCollected, "apt has no lists of packages: apt-get update never ran, or they were removed")
		m.checked = unsaid[kind.Time](state, evidence.NotCollected, m.pending.Detail)
		return m, true
	}
	if !list.OK() {
		m.pending = failedBecause(list)
		return m, true
	}
	m.updates, m.pending = parse(list)
	if list.Section.Name == "apt" && values["apt_security_lists"] == "0" {
		m.pending = noSecurityArchive(list)
	}
	return m, true
}

func noSecurityArchive(r Result) *evidence.Unknown {
	return because(r, evidence.NotCollected, "apt has no list of a security archive: no source of security updates is set up")
}

// parseAptLists reads what aptListsShell prints. What lies in a security archive in a higher version than is installed is missing, also
// where a pin of apt's holds it back. Of several versions the highest counts.
func parseAptLists(r Result) ([]update, *evidence.Unknown) {
	lines := r.Lines()
	count, ok := "", false
	if len(lines) > 0 {
		count, ok = strings.CutPrefix(lines[0], "lists ")
	}
	switch {
	case !ok:
		why := r.Garbled("it does not begin with the number of lists")
		return nil, &why
	case count == "0":
		return nil, noSecurityArchive(r)
	}
	var pending *evidence.Unknown
	highest := map[string]string{}
	for _, line := range lines[1:] {
		fields := strings.Split(line, "|")
		if len(highest) > maxUpdates {
			break
		}
		if len(fields) != 4 {
			pending = because(r, evidence.APIError, "a list of packages cannot be read: "+script.Line(strings.Join(fields, " "), 200))
			continue
		}
		name, version := fields[0], fields[2]
		missing, err := isNewer(fields[1], version, strings.Fields(fields[3]))
		if err == nil && missing && highest[name] != "" {
			missing, err = isNewer("", version, []string{"=" + highest[name]})
		}
		if err != nil {
			why := r.Garbled(name + ": " + err.Error())
			pending = &why
		} else if missing {
			highest[name] = version
		}
	}
	var out []update
	for _, name := range slices.Sorted(maps.Keys(highest)) {
		out = append(out, aptUpdate(r, name, highest[name]))
	}
	return out, pending
}

// isNewer tells whether the version is higher than one that is installed, each as ARCHITECTURE=VERSION, of the same architecture. What is
// for all architectures may become what is for one, and the other way round.
func isNewer(architecture, version string, installed []string) (bool, error) {
	for _, i := range installed {
		has, old, _ := strings.Cut(i, "=")
		if has != architecture && has != "all" && architecture != "all" {
			continue
		}
		if c, err := advisory.Compare("Debian", version, old); err != nil || c > 0 {
			return true, err
		}
	}
	return false, nil
}

func aptUpdate(r Result, name, version string) update {
	return update{
		id: name + " " + version, packages: []string{name},
		cves: unsaid[[]string](r, evidence.NotCollected, "apt does not tell which flaws an update mends; give the advisories of the distribution with --advisories"),
		available: unsaid[kind.Time](r, evidence.NotCollected,
			"apt does not tell when an update was published; give the advisories of the distribution with --advisories"),
	}
}

// parseAptList reads what "apt list -a --upgradable" prints: a paragraph per package with its versions from the newest down to the
// oldest. Those before the installed one are missing, and a security update where one of them lies in a security archive.
func parseAptList(r Result) ([]update, *evidence.Unknown) {
	var out []update
	for paragraph := range strings.SplitSeq(r.Output, "\n\n") {
		for line := range strings.Lines(paragraph) {
			fields := strings.Fields(line)
			name, suites, ok := strings.Cut(strings.TrimSpace(cutAt(line, ' ')), "/")
			if !ok || len(fields) < 2 {
				continue
			}
			if strings.Contains(line, "[installed") || slices.Contains(strings.Split(suites, ","), "now") {
				break
			}
			if strings.Contains(strings.ToLower(suites), "security") {
				out = append(out, aptUpdate(r, name, fields[1]))
				break
			}
		}
	}
	return out, nil
}

func cutAt(text string, at byte) string {
	before, _, _ := strings.Cut(text, string(at))
	return before
}

// aptMechanism reads whether unattended-upgrades installs updates: it must be installed, switched on, and something must start it.
func aptMechanism(r Result, values map[string]string) kind.Attr[string] {
	off := func(v string) bool { return v == "" || strings.Trim(v, "0") == "" }
	on := strings.HasPrefix(values["apt_unattended"], "ii") && !off(values["apt_Unattended-Upgrade"]) && values["apt_Enable"] != "0"
	started := values["apt_timer"] == "enabled" || values["apt_timer"] == "" && values["apt_cron"] == "yes"
	if on && started {
		return known(r, "unattended")
	}
	return known(r, "none")
}

func readDNF(h *Host, state Result, values map[string]string) (manager, bool) {
	list, history := h.Result("dnf"), h.Result("dnf_history")
	if list.State == script.Absent || !hasPrefixed(values, "dnf_", "unit_dnf", "unit_yum") && !list.OK() {
		return manager{}, false
	}
	m := manager{name: "dnf", from: list, auto: dnfMechanism(state, values)}
	m.checked = h.stamp(state, values["dnf_checked"], "no metadata of repositories is cached, or it cannot be read")
	m.patched = h.logTime(state, values["dnf_upgraded"], "", "no log of dnf tells of an upgrade")
	if !m.patched.IsKnown() {
		m.patched = h.dnfHistory(history)
	}
	switch {
	case !list.OK():
		m.pending = failedBecause(list)
	default:
		m.updates = parseUpdateinfo(list)
		uncached := linesWith(list, "assay: ", "no cache for")
		switch {
		case uncached != "":
			m.pending = because(list, evidence.NotCollected, "dnf has not fetched the metadata of every repository: "+script.Line(uncached, 200))
		case len(m.updates) == 0 && !strings.Contains(list.Output, "assay: there are advisories"):
			m.pending = because(list, evidence.Unsupported, "the repositories of the host publish no advisories, so that security updates cannot be told from others")
		}
	}
	return m, true
}

func hasPrefixed(values map[string]string, prefixes ...string) bool {
	for name := range values {
		for _, p := range prefixes {
			if strings.HasPrefix(name, p) {
				return true
			}
		}
	}
	return false
}

// linesWith are the lines that begin with the prefix and hold the text, without the prefix, on one line.
func linesWith(r Result, prefix, text string) string {
	var out []string
	for _, line := range r.Lines() {
		if rest, ok := strings.CutPrefix(line, prefix); ok && strings.Contains(rest, text) {
			out = append(out, rest)
		}
	}
	return strings.Join(out, "; ")
}

// dnfHistory reads when an update was last installed from what "dnf history list" prints: newest first, as
// "ID | command line | date and time | actions | altered". A command line may hold a "|", so that columns are counted from the right.
// The script lets times be in UTC.
func (h *Host) dnfHistory(r Result) kind.Attr[kind.Time] {
	if !r.OK() {
		return missing[kind.Time](r)
	}
	for _, line := range r.Lines() {
		columns := strings.Split(line, "|")
		stamp, upgrade := "", false
		if n := len(columns); n >= 5 {
			stamp, upgrade = strings.TrimSpace(columns[n-3]), upgrades(columns[n-2])
		} else if at := isoTime.FindStringIndex(line); at != nil { // dnf 5 prints columns without lines between them
			stamp = line[at[0]:at[1]]
			actions := strings.Fields(line[at[1]:])
			upgrade = upgradeCommand.MatchString(line[:at[0]]) || len(actions) > 1 && upgrades(strings.Join(actions[:len(actions)-1], " "))
		}
		if at, ok := h.localTime(stamp, "+0000"); ok && upgrade {
			return known(r, at)
		}
	}
	return unsaid[kind.Time](r, evidence.NotCollected, "the history that was read tells of no update")
}

// upgradeCommand is the command line of a transaction that installs updates, for dnf 5, which leaves the column of actions empty.
var upgradeCommand = regexp.MustCompile(`^\s*[0-9]+\s+(\S*(dnf5?|yum)\s+)?(-\S+\s+)*(upgrade|update|up|distro-sync|dsync|system-upgrade|automatic|\S*dnf5?-automatic)(\s|$)`)

// upgrades reports whether the column of actions, of names or of letters, tells of an upgrade.
func upgrades(actions string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(actions, func(c rune) bool { return c == ',' || c == ' ' }), func(a string) bool {
		return a == "U" || a == "Upgrade" || a == "Upgraded" || a == "Update" || a == "Updated"
	})
}

// dnfMechanism reads whether dnf-automatic or yum-cron installs updates.
func dnfMechanism(r Result, values map[string]string) kind.Attr[string] {
	applies := false
	for name, v := range values {
		applies = applies || strings.HasPrefix(name, "apply_") && (strings.EqualFold(v, "yes") || strings.EqualFold(v, "true") || v == "1")
	}
	runs := values["unit_dnf-automatic.timer"] == "enabled" || values["unit_dnf5-automatic.timer"] == "enabled" || values["unit_yum-cron.service"] == "enabled"
	if runs && applies || values["unit_dnf-automatic-install.timer"] == "enabled" {
		return known(r, "dnf_automatic")
	}
	return known(r, "none")
}

// parseUpdateinfo reads what "dnf updateinfo info" prints, of which the lines with a field of an advisory or a CVE number came back. yum and
// dnf 4 begin an advisory with "Update ID", dnf 5 with "Name".
func parseUpdateinfo(r Result) []update {
	var out []update
	var u *update
	var cves []string
	end := func() {
		if u == nil {
			return
		}
		slices.Sort(cves)
		u.cves = kind.Known(slices.Compact(cves))
		out = append(out, *u)
	}
	for _, line := range r.Lines() {
		label, value, _ := strings.Cut(line, ":")
		indented := strings.HasPrefix(line, "  ")
		label, value = strings.TrimSpace(label), strings.TrimSpace(value)
		if label == "Update ID" || label == "Name" && !indented {
			end()
			u, cves = &update{id: value, available: unsaid[kind.Time](r, evidence.NotCollected, "the advisory has no date")}, []string{}
		}
		if u == nil {
			continue
		}
		switch label {
		case "Severity":
			u.severity = severityWord(value)
		case "Updated", "Issued":
			if at, ok := r.host.localTime(value, "+0000"); ok {
				u.available = kind.Known(at)
			}
		}
		cves = append(cves, cveNumber.FindAllString(line, -1)...)
	}
	end()
	return sameOnce(out)
}

// sameOnce drops updates that are listed again.
func sameOnce(list []update) []update {
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(u update) bool {
		again := seen[u.id]
		seen[u.id] = true
		return again || u.id == ""
	})
}

func readZypper(h *Host, state Result, values map[string]string) (manager, bool) {
	list := h.Result("zypper")
	if list.State == script.Absent || !hasPrefixed(values, "zypper_", "unit_transactional") && !list.OK() {
		return manager{}, false
	}
	m := manager{name: "zypper", from: list, auto: known(state, "none")}
	if values["unit_transactional-update.timer"] == "enabled" || values["zypper_online"] == "true" {
		m.auto = known(state, "unattended")
	}
	m.checked = h.stamp(state, values["zypper_checked"], "no metadata of repositories is cached, or it cannot be read")
	m.patched = h.logTime(state, values["zypper_upgraded"], values["zone"], "the history of zypp tells of no patch or update")
	if values["zypper_log"] == "" {
		m.patched = unsaid[kind.Time](state, evidence.AccessDenied, "/var/log/zypp/history cannot be read")
	}
	switch {
	case !list.OK():
		m.pending = failedBecause(list)
	case values["zypper_checked"] == "":
		m.pending = because(list, evidence.NotCollected, "zypper has no metadata of repositories: zypper refresh never ran, or it cannot be read")
	default:
		updates, err := parseZypper(list)
		m.updates = updates
		switch {
		case strings.Contains(list.Output, `<appletinfo status="no-update-repositories"`):
			m.pending = because(list, evidence.Unsupported, "no repository that is enabled on the host publishes patches, so that security updates cannot be told from others")
		case err != nil:
			why := list.Garbled(err.Error())
			m.pending = &why
		}
	}
	return m, true
}

func readApk(h *Host, state Result, values map[string]string) (manager, bool) {
	list := h.Result("apk")
	if list.State == script.Absent || values["apk_indexes"] == "" {
		return manager{}, false
	}
	m := manager{name: "apk", from: list, auto: known(state, "none")}
	if values["apk_cron"] != "" {
		m.auto = known(state, "unattended")
	}
	m.checked = h.stamp(state, values["apk_checked"], "no index of a repository is cached")
	m.patched = unsaid[kind.Time](state, evidence.Unsupported, "apk keeps no history of updates")
	switch {
	case values["apk_indexes"] == "0":
		m.pending = because(list, evidence.NotCollected, "no index of a repository is cached: apk update never ran, or its cache was removed")
	case !list.OK():
		m.pending = failedBecause(list)
	default:
		m.updates = parseApk(list)
	}
	return m, true
}

// parseApk reads what "apk version -l '<'" prints, such as "busybox-1.36.1-r15 < 1.36.1-r16". Alpine does not tell security updates from
// others: within a release nearly all are.
func parseApk(r Result) []update {
	var out []update
	for _, line := range r.Lines() {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[1] != "<" {
			continue
		}
		name := apkName(fields[0])
		out = append(out, update{
			id: fmt.Sprintf("%s %s", name, fields[2]), packages: []string{name},
			cves:      unsaid[[]string](r, evidence.NotCollected, "apk does not tell which flaws an update mends; give Alpine's advisories with --advisories"),
			available: unsaid[kind.Time](r, evidence.NotCollected, "apk does not tell when an update was published; give Alpine's advisories with --advisories"),
		})
	}
	return out
}

// apkName is the name in NAME-VERSION-rRELEASE.
func apkName(full string) string {
	for range 2 {
		if i := strings.LastIndexByte(full, '-'); i > 0 {
			full = full[:i]
		}
	}
	return full
}
