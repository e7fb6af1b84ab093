package facts

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// accountsArea reads who can log in: accounts, the state of their passwords, last logins, sudo rules, and authorised SSH keys. The hash
// of a password stays on the host.
func accountsArea() Area {
	return Area{
		Name: "accounts", Kinds: []string{"principal", "credential"},
		Attrs: []string{"accounts", "sudo.rules"}, On: []string{"ssh", "pam"},
		Sections: []script.Section{
			{Name: "passwd", Path: "/etc/passwd", Limit: 1 << 20, Shell: `
awk -F: -v OFS=: '{ if ($2 == "") $2 = "empty"; else if ($2 == "x") $2 = "shadow"; else if ($2 ~ /^[*!]/) $2 = "locked"; else $2 = "set"; print }' /etc/passwd`},
			{Name: "directory", Path: "/etc/nsswitch.conf", Shell: `
kv passwd "$(sed -n 's/^passwd:[[:space:]]*//p' /etc/nsswitch.conf 2>/dev/null)"
kv sudoers "$(sed -n 's/^sudoers:[[:space:]]*//p' /etc/nsswitch.conf 2>/dev/null)"
kv uid_min "$(awk '$1 == "UID_MIN" { print $2; exit }' /etc/login.defs 2>/dev/null)"
kv shells "$(sed -n '/^\//p' /etc/shells 2>/dev/null)"
exit 0`},
			{Name: "group", Path: "/etc/group", Limit: 1 << 20, Shell: `cat /etc/group`},
			{Name: "shadow", Path: "/etc/shadow", Root: true, Limit: 1 << 20, Shell: `
[ -e /etc/shadow ] || absent
awk -F: '{ s = "set"; if ($2 == "") s = "empty"; else if ($2 ~ /^[*!]/) s = "locked"; print $1 ":" s ":" $3 ":" $8 }' /etc/shadow`},
			{Name: "lastlog", Command: "lastlog", Limit: 1 << 20, Shell: `
if has lastlog2; then t lastlog2
elif has lastlog; then t lastlog
elif has wtmpdb; then echo 'wtmp'; t wtmpdb last -F
elif has last && ! last --help 2>&1 | grep -qi busybox; then echo 'wtmp'; t last -w -F
elif has journalctl; then
  for f in /var/log/journal/*/system.journal /run/log/journal/*/system.journal; do
    [ -e "$f" ] || continue
    [ -r "$f" ] || denied
    echo 'journal'
    t journalctl -q --no-pager -o export _UID=0 SYSLOG_IDENTIFIER=systemd-logind MESSAGE_ID=8d45620c1a4348dbb17410da57c60c66 2>/dev/null |
      awk -F= '/^__REALTIME_TIMESTAMP=/ { at = substr($2, 1, length($2) - 6) } /^USER_ID=/ { last[$2] = at } END { for (u in last) print u, last[u] }'
    exit 0
  done
  absent
else absent; fi`},
			{Name: "sudoers", Path: sudoersFile, Root: true, Limit: 1 << 20, Shell: `
[ -e /etc/sudoers ] || absent
inc() {
  show "$1"
  [ "$2" -lt 6 ] || return 0
  sed -n 's/^[[:space:]]*[@#]include[[:space:]]\{1,\}//p' "$1" 2>/dev/null | tr -d '"' | while read -r p; do
    case $p in /*) ;; *) p=${1%/*}/$p;; esac
    inc "$p" $(($2 + 1))
  done
  sed -n 's/^[[:space:]]*[@#]includedir[[:space:]]\{1,\}//p' "$1" 2>/dev/null | tr -d '"' | while read -r p; do
    case $p in /*) ;; *) p=${1%/*}/$p;; esac
    for f in "$p"/*; do case ${f##*/} in *.*|*~|'*') ;; *) inc "$f" $(($2 + 1));; esac; done
  done
}
inc /etc/sudoers 0`},
			{Name: "authorized_keys", Command: "cat authorized_keys", Root: true, Limit: 2 << 20, Shell: `
a=
if has sshd; then a=$(t sshd -T 2>/dev/null | sed -n 's/^authorizedkeysfile //p'); fi
while IFS=: read -r u x i g c h s; do
  tag=$u
  for p in ${a:-.ssh/authorized_keys .ssh/authorized_keys2}; do
    case $p in none) continue;; *%*) p=$(printf '%s' "$p" | sed "s|%h|$h|g;s|%u|$u|g;s|%U|$i|g;s|%%|%|g");; esac
    case $p in /*) ;; *) p=$h/$p;; esac
    show "$p"
  done
done </etc/passwd
exit 0`},
			{Name: "logins", Command: "journalctl -t sshd", Root: true, Shell: `
if has journalctl && [ -d /run/log/journal -o -d /var/log/journal ]; then
  t journalctl -q -t sshd -t sshd-session -o short-unix --no-pager -g '^Accepted publickey' 2>/dev/null | tail -n 2000 | sed -n 's/^\([0-9]*\)[^ ]* .*Accepted publickey for \([^ ]*\) .* \(SHA256:[^ ]*\).*$/\1 \2 \3/p'
else absent; fi`},
		},
		Read: readAccounts,
	}
}

const sudoersFile = "/etc/sudoers"

// account is one line of /etc/passwd with what the other files say of it.
type account struct {
	name     string
	uid, gid int64
	home     string
	shell    string
	state    string // of the password: set, empty, locked, or shadow where /etc/shadow says it
	shadow   *shadowLine
	groups   []string
}

// shadowLine is what is read of a line of /etc/shadow.
type shadowLine struct {
	state   string
	changed int64 // days since 1970 of the last change of the password; -1 = not said
	expires int64 // days since 1970 on which the account expires; -1 = never
}

func readAccounts(h *Host) {
	passwd, shadow, group := h.Result("passwd"), h.Result("shadow"), h.Result("group")
	sudo := readSudo(h)
	h.CoverBy("principal", passwd)
	h.CoverBy("credential", passwd, shadow, h.Result("authorized_keys"))
	if !passwd.OK() {
		h.Facts.Accounts = missing[[]kind.HostAccount](passwd)
		return
	}
	accounts := parsePasswd(passwd.Output)
	if len(accounts) == 0 {
		h.Facts.Accounts = garbled[[]kind.HostAccount](passwd, "no account in it")
		h.Cover("principal", evidence.Partial, "/etc/passwd holds no account")
		h.Cover("credential", evidence.Partial, "/etc/passwd holds no account")
		return
	}
	joinShadow(accounts, shadow.Output)
	joinGroups(accounts, group.Output)
	logins := readLastlog(h.Result("lastlog"))
	elsewhere := directories(h.Result("directory"))
	list := make([]kind.HostAccount, 0, len(accounts))
	c := accountContext{
		passwd: passwd, shadow: shadow, group: group, logins: logins, sudo: sudo, keysRead: h.Result("authorized_keys"), keyLogins: keyLogins(h.Result("logins")),
		shells: shells(h.Result("directory")), firstHuman: firstHumanUID(h.Result("directory")), others: otherLogins(h),
	}
	keys, uids := readAuthorizedKeys(h), map[int64]int{}
	for _, a := range accounts {
		uids[a.uid]++
	}
	for _, a := range accounts {
		list = append(list, kind.HostAccount{
			Name: kind.Known(a.name), UID: kind.Known(a.uid), // the elements have the list's provenance
			PasswordState: passwordState(a, shadow).From(nil), LastLoginAt: lastLogin(a, logins).From(nil),
		})
		c.keys, c.shared = keys[a.name], uids[a.uid] > 1
		addPrincipal(h, a, c)
	}
	h.Facts.Accounts = known(passwd, list)
	detail := ""
	if d := h.Result("directory"); !d.OK() {
		detail = d.Why().Detail
	} else if elsewhere != "" {
		detail = "/etc/nsswitch.conf names further sources of accounts, which are not read: " + elsewhere
	}
	if detail != "" {
		h.Facts.Accounts = kind.AtLeast(list, evidence.Unknown{Reason: evidence.NotCollected, Detail: detail, Source: h.Source}).From(passwd.Prov())
		h.Cover("principal", evidence.Partial, detail)
		h.Cover("credential", evidence.Partial, detail)
	}
}

// parsePasswd reads passwd(5) as the section prints it: with the state of the password in the place of its hash.
func parsePasswd(text string) []*account {
	var out []*account
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(fields) != 7 || fields[0] == "" || strings.ContainsAny(fields[0], " \t/+-") && strings.ContainsAny(fields[0][:1], "+-") {
			continue // + and - are NIS's way to take in further accounts
		}
		uid, errUID := strconv.ParseInt(fields[2], 10, 64)
		gid, errGID := strconv.ParseInt(fields[3], 10, 64)
		if errUID != nil || errGID != nil || seen[fields[0]] {
			continue
		}
		seen[fields[0]] = true
		out = append(out, &account{name: fields[0], state: fields[1], uid: uid, gid: gid, home: fields[5], shell: strings.TrimSpace(fields[6])})
	}
	slices.SortFunc(out, func(a, b *account) int { return strings.Compare(a.name, b.name) })
	return out
}

// joinShadow adds what the section on /etc/shadow prints: NAME:STATE:LAST CHANGE:EXPIRY.
func joinShadow(accounts []*account, text string) {
	lines := map[string]*shadowLine{}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) == 4 && slices.Contains([]string{"set", "empty", "locked"}, fields[1]) {
			lines[fields[0]] = &shadowLine{state: fields[1], changed: days(fields[2]), expires: days(fields[3])}
		}
	}
	for _, a := range accounts {
		a.shadow = lines[a.name]
	}
}

// days reads a number of days since 1970; -1 where there is none.
func days(text string) int64 {
	const year9999 = 2932896
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > year9999 {
		return -1
	}
	return n
}

func day(n int64) time.Time { return time.Unix(n*86400, 0).UTC() }

// joinGroups adds the groups of each account by name: its own and those of group(5).
func joinGroups(accounts []*account, text string) {
	byGID, members := map[int64]string{}, map[string][]string{}
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 4 || fields[0] == "" {
			continue
		}
		if gid, err := strconv.ParseInt(fields[2], 10, 64); err == nil {
			byGID[gid] = cmp.Or(byGID[gid], fields[0])
		}
		for m := range strings.SplitSeq(fields[3], ",") {
			if m = strings.TrimSpace(m); m != "" {
				members[m] = append(members[m], fields[0])
			}
		}
	}
	for _, a := range accounts {
		a.groups = members[a.name]
		if own := byGID[a.gid]; own != "" {
			a.groups = append(slices.Clone(a.groups), own)
		}
		slices.Sort(a.groups)
		a.groups = slices.Compact(a.groups)
	}
}

// directories names the sources of accounts besides the files, as nsswitch.conf(5) lists them: sss, ldap, winbind. Those that
// systemd makes up ("systemd") hold no accounts of people.
func directories(r Result) string {
	var out []string
	for s := range strings.FieldsSeq(r.Values()["passwd"]) {
		if !slices.Contains([]string{"files", "compat", "systemd", "altfiles"}, s) && !strings.HasPrefix(s, "[") && !strings.HasSuffix(s, "]") {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

// shells are the login shells of shells(5), and those of nearly every system.
func shells(r Result) []string {
	usual := []string{"/bin/sh", "/bin/bash", "/bin/dash", "/bin/ash", "/bin/zsh", "/bin/ksh", "/bin/csh", "/bin/tcsh", "/usr/bin/fish"}
	return append(usual, strings.Fields(r.Values()["shells"])...)
}

// firstHumanUID is UID_MIN of login.defs(5): the first user id that useradd gives to people; 1000 where the file does not say.
func firstHumanUID(r Result) int64 {
	n, err := strconv.ParseInt(r.Values()["uid_min"], 10, 64)
	if err != nil || n < 1 {
		return 1000
	}
	return n
}

// passwordState is the state of an account's password, from /etc/passwd where it stands there, else from /etc/shadow.
func passwordState(a *account, shadow Result) kind.Attr[string] {
	switch {
	case a.state != "shadow":
		return kind.Known(a.state)
	case shadow.State == script.Absent || shadow.OK() && a.shadow == nil:
		return kind.Known("locked") // pam_unix and login refuse what has no line in /etc/shadow
	case !shadow.OK():
		return missing[string](shadow)
	}
	return known(shadow, a.shadow.state)
}

// lastlog is when accounts last logged in: by lastlog(8), which also lists who never did; else by wtmp, or by the sessions in the journal of
// systemd-logind, both of which begin at some time and say nothing of who is not in them. Unread says why there is nothing.
type lastlog struct {
	at     map[string]kind.Attr[kind.Time] // null = never
	source string
	unread *evidence.Unknown
	result Result
}

func readLastlog(r Result) lastlog {
	out := lastlog{at: map[string]kind.Attr[kind.Time]{}, source: "lastlog", result: r}
	if !r.OK() {
		why := r.Why()
		if r.State == script.Absent {
			why.Detail = "the host keeps no list of last logins that can be read: neither lastlog, lastlog2, wtmpdb and last nor a journal"
		}
		out.unread = &why
		return out
	}
	read := out.line
	for i, line := range r.Lines() {
		switch {
		case i == 0 && line == "wtmp":
			out.source, read = "wtmp, which begins anew when it is rotated,", out.session
		case i == 0 && line == "journal":
			out.source, read = "the journal", out.journalled
		default:
			read(strings.Fields(line))
		}
	}
	return out
}

// line reads a line of lastlog(8) or lastlog2(8).
func (l *lastlog) line(fields []string) {
	if strings.Contains(strings.Join(fields, " "), "**Never logged in**") {
		l.at[fields[0]] = null[kind.Time](l.result)
		return
	}
	const stamp = 6 // Sat Nov 21 23:51:32 +0000 2026
	if len(fields) <= stamp {
		return
	}
	if at, err := time.Parse("Mon Jan 2 15:04:05 -0700 2006", strings.Join(fields[len(fields)-stamp:], " ")); err == nil {
		l.at[fields[0]] = known(l.result, l.result.host.Time(at))
	}
}

// session reads a line of last(1), which begins with the newest, in UTC.
func (l *lastlog) session(fields []string) {
	const stamp = 5 // Sat Nov 21 23:51:32 2026
	if _, seen := l.at[fields[0]]; seen || slices.Contains([]string{"reboot", "shutdown", "runlevel", "wtmp", "wtmpdb"}, fields[0]) {
		return
	}
	for i := 1; i+stamp <= len(fields); i++ {
		if at, err := time.Parse("Mon Jan 2 15:04:05 2006", strings.Join(fields[i:i+stamp], " ")); err == nil {
			l.at[fields[0]] = known(l.result, l.result.host.Time(at))
			return
		}
	}
}

// journalled reads an account and the seconds since 1970 of its newest session.
func (l *lastlog) journalled(fields []string) {
	if len(fields) != 2 {
		return
	}
	if at, ok := l.result.host.seconds(fields[1]); ok {
		l.at[fields[0]] = known(l.result, at)
	}
}

// lastLogin is when an account last logged in.
func lastLogin(a *account, logins lastlog) kind.Attr[kind.Time] {
	if logins.unread != nil {
		return kind.Because[kind.Time](*logins.unread)
	}
	if at, ok := logins.at[a.name]; ok {
		return at
	}
	return unsaid[kind.Time](logins.result, evidence.NotCollected, logins.source+" does not list "+a.name)
}

// accountContext is what the entity of an account rests on besides the account.
type accountContext struct {
	passwd, shadow, group, keysRead Result

	logins     lastlog
	sudo       sudoers
	keys       []authorizedKey
	shells     []string
	firstHuman int64
	shared     bool // another account has the same user id
	keyLogins  map[string]int64
	others     string // by what else than passwords and authorised keys sshd lets accounts in; "" = by nothing
}

// addPrincipal emits an account, its password and its keys.
func addPrincipal(h *Host, a *account, c accountContext) {
	p := kind.Principal{
		Type: known(c.passwd, accountType(a, c)), Source: known(c.passwd, "linux"), Name: known(c.passwd, a.name),
		Interactive: known(c.passwd, interactive(a, c.shells)), Enabled: enabled(h, a, c),
		CreatedAt:  unsaid[kind.Time](c.passwd, evidence.Unsupported, "Linux keeps no date on which an account was created"),
		LastUsedAt: lastLogin(a, c.logins),
		Purpose:    unsaid[string](c.passwd, evidence.NotCollected, "nothing on the host labels the account"),
		Shared:     shared(a, c), DirectPolicyCount: kind.NA[int64](), Email: null[string](c.passwd),
		Privileged: privileged(a, c), EscalationPaths: escalations(a, c), Groups: groups(h, a, c.group),
	}
	p.DisabledAt = kind.Then(p.Enabled, func(on bool) kind.Attr[kind.Time] {
		switch {
		case on:
			return kind.Null[kind.Time]()
		case a.shadow != nil && a.shadow.expires >= 0 && day(a.shadow.expires).Before(h.At):
			return kind.Known(h.Time(day(a.shadow.expires)))
		}
		return unsaid[kind.Time](c.shadow, evidence.Unsupported, "Linux keeps no date on which an account was locked")
	})
	p.MFAEnabled, p.MFAPhishingResistant = secondFactor(h, a, c)
	uid := h.Add("principal", a.name, a.name, c.passwd, p)
	for _, g := range a.groups {
		h.Relate("member_of", uid, groupUID(h, g))
	}
	addPassword(h, a, uid, c)
	for _, k := range c.keys {
		addKey(h, a, uid, k, c)
	}
}

func groupUID(h *Host, group string) string { return h.UID + ":group:" + group }

func groups(h *Host, a *account, r Result) kind.Attr[[]string] {
	if !r.OK() {
		return missing[[]string](r)
	}
	out := make([]string, 0, len(a.groups))
	for _, g := range a.groups {
		out = append(out, groupUID(h, g))
	}
	return known(r, out)
}

// accountType tells people from services as useradd(8) does: by the user id.
func accountType(a *account, c accountContext) string {
	const nobody = 65534
	switch {
	case a.uid == 0:
		return "root"
	case a.uid >= c.firstHuman && a.uid < nobody && interactive(a, c.shells):
		return "human"
	case a.uid > nobody+1 && interactive(a, c.shells):
		return "human"
	}
	return "workload"
}

// interactive reports whether a login gets a shell.
func interactive(a *account, shells []string) bool {
	switch path.Base(a.shell) {
	case "nologin", "false", "true", "sync", "halt", "shutdown":
		return false
	}
	return a.shell == "" || slices.Contains(shells, a.shell) || slices.Contains(shells, strings.TrimPrefix(a.shell, "/usr"))
}

// enabled reports whether anything lets the account in: a password, an authorised key, and no date that has passed.
func enabled(h *Host, a *account, c accountContext) kind.Attr[bool] {
	if a.shadow != nil && a.shadow.expires >= 0 && !day(a.shadow.expires).After(h.At) {
		return known(c.shadow, false)
	}
	state := passwordState(a, c.shadow)
	if v, ok := state.Value(); ok && v != "locked" {
		return known(c.shadow, true)
	}
	if len(c.keys) > 0 {
		return known(c.keysRead, true)
	}
	if _, unknown := state.Reason(); unknown {
		return missing[bool](c.shadow)
	}
	if !c.keysRead.OK() {
		return missing[bool](c.keysRead)
	}
	if c.others != "" && interactive(a, c.shells) {
		return unsaid[bool](c.keysRead, evidence.NotCollected, c.others)
	}
	return known(c.shadow, false)
}

// otherLogins says by what else than passwords and authorised keys sshd lets accounts in; "" = by nothing.
func otherLogins(h *Host) string {
	r := h.Result("sshd")
	if r.State == script.Absent {
		return ""
	}
	if !r.OK() {
		return "whether sshd also takes certificates or asks a command for keys is not known: " + r.Why().Detail
	}
	settings := parseSSHDT(r.Output)
	for _, keyword := range []string{"trustedusercakeys", "authorizedkeyscommand"} {
		if v := settings[keyword]; v != "" && v != "none" {
			return "sshd has " + keyword + " " + v + ", whose keys are not listed on the host"
		}
	}
	if settings["gssapiauthentication"] == "yes" || settings["kerberosauthentication"] == "yes" {
		return "sshd takes Kerberos tickets"
	}
	return ""
}

// shared holds that several people use an account: its user id is another's too, or its name is nobody's.
func shared(a *account, c accountContext) kind.Attr[bool] {
	generic := []string{
		"admin", "administrator", "ansible", "azureuser", "centos", "cloud-user", "debian", "deploy", "deployer", "dev", "developer", "ec2-user", "fedora",
		"guest", "operator", "ops", "pi", "rocky", "shared", "support", "sysadmin", "team", "test", "tester", "ubuntu", "user", "vagrant",
	}
	switch {
	case c.shared, slices.Contains(generic, strings.ToLower(a.name)) && interactive(a, c.shells):
		return known(c.passwd, true)
	case accountType(a, c) == "human":
		return unsaid[bool](c.passwd, evidence.NotCollected, "whether one person alone uses the account does not show on the host")
	}
	return known(c.passwd, false)
}

// secondFactor tells whether a second factor protects the logins of an account, by what sshd and PAM demand of everybody.
func secondFactor(h *Host, a *account, c accountContext) (enrolled, hardware kind.Attr[bool]) {
	if !interactive(a, c.shells) {
		return kind.NA[bool](), kind.NA[bool]()
	}
	hardware = unsaid[bool](c.passwd, evidence.NotCollected, "which factor the account enrolled does not show on the host")
	if len(c.keys) > 0 && !slices.ContainsFunc(c.keys, func(k authorizedKey) bool { return !k.hardware }) {
		hardware = known(c.keysRead, true)
	}
	pam, pamKnown := h.Facts.PAMMFA.Value()
	methods, methodsKnown := h.Facts.SSHAuthenticationMethods.Value()
	switch {
	case h.Facts.SSHAuthenticationMethods.IsSet() && methodsKnown && twoFactors(methods):
		return known(h.Result("sshd"), true), hardware
	case pamKnown && !pam && methodsKnown:
		return h.Facts.PAMMFA, hardware
	}
	return unsaid[bool](c.passwd, evidence.NotCollected, "whether PAM demands a second factor of the account is not known"), hardware
}

// twoFactors reports whether every alternative of AuthenticationMethods is a list of several methods.
func twoFactors(methods string) bool {
	alternatives := strings.Fields(methods)
	for _, a := range alternatives {
		if !strings.Contains(a, ",") {
			return false
		}
	}
	return len(alternatives) > 0
}

// privileged reports whether an account has all rights or can take them: user id 0, or a sudo rule for everything.
func privileged(a *account, c accountContext) kind.Attr[bool] {
	if a.uid == 0 {
		return known(c.passwd, true)
	}
	if c.sudo.grantsAll(a) {
		return known(c.sudo.result, true)
	}
	if len(rootGroups(a)) > 0 {
		return known(c.group, true)
	}
	if !c.group.OK() {
		return missing[bool](c.group)
	}
	if c.sudo.unread != nil {
		return kind.Because[bool](*c.sudo.unread)
	}
	return known(c.sudo.result, false)
}

// rootGroups are the groups of an account whose members can become root, with how.
func rootGroups(a *account) map[string]string {
	ways := map[string]string{
		"docker": "docker run --privileged", "lxd": "lxc init with security.privileged", "incus-admin": "incus launch with security.privileged",
		"disk": "write to the disk's device", "shadow": "read the hashes in /etc/shadow", "libvirt": "attach the host's disk to a virtual machine",
	}
	out := map[string]string{}
	for _, g := range a.groups {
		if way, ok := ways[g]; ok && accountUses(a) {
			out[g] = way
		}
	}
	return out
}

// accountUses leaves out the accounts that groups of the same name belong to, such as libvirt's own.
func accountUses(a *account) bool {
	return !slices.Contains([]string{"nologin", "false"}, path.Base(a.shell))
}

func escalations(a *account, c accountContext) kind.Attr[[]kind.PrincipalEscalationPath] {
	if !c.group.OK() {
		return missing[[]kind.PrincipalEscalationPath](c.group)
	}
	out := []kind.PrincipalEscalationPath{}
	ways := rootGroups(a)
	for _, g := range slices.Sorted(maps.Keys(ways)) {
		out = append(out, kind.PrincipalEscalationPath{Name: kind.Known("group " + g), Steps: kind.Known([]string{ways[g]})})
	}
	if c.sudo.unread != nil {
		return kind.AtLeast(out, *c.sudo.unread).From(c.group.Prov())
	}
	return known(c.group, out)
}

// addPassword emits the password of an account that has one.
func addPassword(h *Host, a *account, principal string, c accountContext) {
	state, ok := passwordState(a, c.shadow).Value()
	if !ok || state == "locked" {
		return
	}
	cred := kind.Credential{
		Type: known(c.shadow, "password"), Active: known(c.shadow, true), InUse: known(c.shadow, true), KeySpec: kind.NA[string](),
		CreatedAt: unsaid[kind.Time](c.shadow, evidence.Unsupported, "Linux keeps only the date of the last change"),
		RotatedAt: unsaid[kind.Time](c.shadow, evidence.Unsupported, "/etc/shadow states no date of the last change"),
		ExpiresAt: null[kind.Time](c.shadow), LastUsedAt: lastLogin(a, c.logins),
	}
	if a.shadow != nil && a.shadow.changed > 0 {
		cred.RotatedAt = known(c.shadow, h.Time(day(a.shadow.changed)))
	}
	if a.shadow != nil && a.shadow.expires >= 0 {
		cred.ExpiresAt = known(c.shadow, h.Time(day(a.shadow.expires)))
		cred.Active = known(c.shadow, day(a.shadow.expires).After(h.At))
	}
	uid := h.Add("credential", fmt.Sprintf("credential:%s:password", a.name), a.name, c.shadow, cred)
	h.Relate("credential_of", uid, principal)
}
