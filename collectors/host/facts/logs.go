package facts

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// logsArea reads where the logs of logins and of audit go and how long they stay: rsyslog, journald, the audit daemon's plugins, logrotate.
// The configuration of other forwarders is not read: where one runs, whether these logs are forwarded is unknown.
func logsArea() Area {
	return Area{
		Name: "logs", Kinds: []string{"log_source", "agent"},
		On: []string{"disk"},
		Sections: []script.Section{
			{Name: "rsyslog", Path: "/etc/rsyslog.conf", Shell: `
[ -e /etc/rsyslog.conf ] || absent
for f in /etc/rsyslog.conf /etc/rsyslog.d/*.conf; do
  [ -e "$f" ] || continue
  [ -r "$f" ] || denied
  sed -e 's/^[[:space:]]*#.*//' "$f" | awk '
  /^[[:space:]]*[a-z*][a-z0-9*,;.=!]*[[:space:]]+@/ { print "selector", $1, $2; next }
  /om(fwd|relp)"/ { open = 1; before = $0; sub(/action.*/, "", before); if (before !~ /[^ \t]/) before = "-" }
  open { text = text " " $0 }
  open && /\)/ {
    t = "?"; if (match(text, /[Tt]arget="[^"]*"/)) t = substr(text, RSTART + 8, RLENGTH - 9)
    split(before, b, " "); print "action", b[1], t
    open = 0; text = ""
  }'
done
exit 0`},
			{Name: "journald", Path: "/etc/systemd/journald.conf", Shell: `
[ -d /etc/systemd ] || absent
cat /usr/lib/systemd/journald.conf.d/*.conf /etc/systemd/journald.conf /etc/systemd/journald.conf.d/*.conf 2>/dev/null | sed -n 's/^[[:space:]]*\(Storage\|MaxRetentionSec\|SystemMaxUse\)[[:space:]]*=[[:space:]]*/\1=/p'
kv upload "$(sed -n 's/^[[:space:]]*URL[[:space:]]*=[[:space:]]*//p' /etc/systemd/journal-upload.conf 2>/dev/null | sed 's|//[^/@]*@|//|;s|[?].*||')"
[ ! -d /var/log/journal ] || kv persistent yes
exit 0`},
			{Name: "logrotate", Path: "/etc/logrotate.conf", Shell: `
[ -e /etc/logrotate.conf ] || absent
for f in /etc/logrotate.conf /etc/logrotate.d/*; do
  [ -f "$f" ] || continue
  [ -r "$f" ] || denied
  sed -e '/^[[:space:]]*\(post\|pre\)rotate/,/^[[:space:]]*endscript/d' -e '/^[[:space:]]*\(first\|last\)action/,/^[[:space:]]*endscript/d' -e 's/#.*//' "$f" |
    grep -E '[{}]|/var/log/|^[[:space:]]*(hourly|daily|weekly|monthly|yearly|rotate|maxage|size|maxsize)([[:space:]]|$)'
done
exit 0`},
			{Name: "log_files", Command: "stat /var/log", Shell: `
for f in /var/log/auth.log /var/log/secure /var/log/messages /var/log/syslog /var/log/journal/*/system.journal; do
  [ ! -e "$f" ] || printf '%s %s\n' "$(stat -c %Y "$f" 2>/dev/null)" "$f"
done
exit 0`},
			{Name: "auditd_config", Path: "/etc/audit", Root: true, Shell: `
[ -d /etc/audit ] || absent
kv last "$(stat -c %Y /var/log/audit/audit.log 2>/dev/null)"
kv action "$(sed -n 's/^[[:space:]]*max_log_file_action[[:space:]]*=[[:space:]]*//p' /etc/audit/auditd.conf 2>/dev/null)"
for d in /etc/audit/plugins.d /etc/audisp/plugins.d; do
  for p in syslog au-remote; do
    [ ! -r "$d/$p.conf" ] || kv "$p" "$(sed -n 's/^[[:space:]]*active[[:space:]]*=[[:space:]]*//p' "$d/$p.conf")"
  done
done
for f in /etc/audit/audisp-remote.conf /etc/audisp/audisp-remote.conf; do
  [ ! -r "$f" ] || kv server "$(sed -n 's/^[[:space:]]*remote_server[[:space:]]*=[[:space:]]*//p' "$f")"
done
exit 0`},
		},
		Read: readLogs,
	}
}

// forwarder is a program that sends logs on.
type forwarder struct{ slug, name, process string }

func forwarders() []forwarder {
	return []forwarder{
		{"filebeat", "Filebeat", "filebeat"},
		{"elastic-agent", "Elastic Agent", "elastic-agent"},
		{"fluent-bit", "Fluent Bit", "fluent-bit"},
		{"fluentd", "Fluentd", "fluentd"},
		{"vector", "Vector", "vector"},
		{"splunk", "Splunk forwarder", "splunkd"},
		{"promtail", "Promtail", "promtail"},
		{"alloy", "Grafana Alloy", "alloy"},
		{"nxlog", "NXLog", "nxlog"},
		{"wazuh", "Wazuh", "wazuh-logcollector"},
		{"otelcol", "OpenTelemetry Collector", "otelcol"},
		{"cloudwatch", "Amazon CloudWatch agent", "amazon-cloudwatch-agent"},
		{"datadog", "Datadog agent", "datadog-agent"},
		{"syslog-ng", "syslog-ng", "syslog-ng"},
	}
}

func readLogs(h *Host) {
	processes := h.Result("processes")
	h.CoverBy("log_source", processes)
	h.CoverBy("agent", processes)
	if !processes.OK() {
		return
	}
	var others []string
	for _, f := range forwarders() {
		if on, _ := h.runs(f.process); !on {
			continue
		}
		others = append(others, f.name)
		why := "the configuration of " + f.name + " is not read"
		uid := h.Add("agent", "agent:"+f.slug+":log_forwarder", f.name+" on "+h.Name, processes, kind.Agent{
			Type: known(processes, "log_forwarder"), Product: known(processes, f.name), Installed: known(processes, true), Running: known(processes, true),
			Mode: kind.NA[string](), DefinitionsAt: kind.NA[kind.Time](), LastScanAt: kind.NA[kind.Time](), BaselineProtected: kind.NA[bool](),
			LastCheckinAt: unsaid[kind.Time](processes, evidence.NotCollected, why), Console: unsaid[string](processes, evidence.NotCollected, why),
		})
		h.Relate("runs_on", uid, h.UID)
	}
	auth := authLog(h, others)
	addLog(h, "os_auth", "log of logins on ", auth)
	addLog(h, "os_audit", "audit log of ", auditLog(h, auth, others))
}

// route is what is known of a log.
type route struct {
	from      Result
	enabled   kind.Attr[bool]
	forwarded kind.Attr[bool]
	target    string // where to; "" = not told
	retention kind.Attr[int64]
	last      kind.Attr[kind.Time]
}

func addLog(h *Host, typ, name string, l route) {
	s := kind.LogSource{
		Type: known(l.from, typ), Enabled: l.enabled, Scope: known(l.from, h.UID), MultiRegion: kind.NA[bool](), Validation: kind.NA[bool](),
		Forwarded: l.forwarded, RetentionDays: l.retention, LastEventAt: l.last,
		Encrypted: kind.Then(h.Facts.DiskEncrypted, func(all bool) kind.Attr[bool] {
			if all {
				return kind.Known(true)
			}
			return unsaid[bool](l.from, evidence.Unlinked, "not all disks are encrypted; on which one the log lies is not worked out")
		}),
	}
	s.Destination = kind.Then(l.forwarded, func(away bool) kind.Attr[string] {
		switch {
		case !away:
			return known(l.from, h.UID)
		case l.target == "":
			return unsaid[string](l.from, evidence.NotCollected, "where it is sent is not read")
		}
		return known(l.from, l.target)
	})
	if on, ok := l.enabled.Value(); ok && !on {
		s.Encrypted, s.Destination, s.RetentionDays = kind.NA[bool](), kind.NA[string](), kind.NA[int64]()
		s.Forwarded = known(l.from, false)
		s.LastEventAt = unsaid[kind.Time](l.from, evidence.Unsupported, "it is off")
	}
	uid := h.Add("log_source", "log:"+typ, name+h.Name, l.from, s)
	h.Relate("logs_to", h.UID, uid)
}

// authLog is the log of logins: sshd, login and sudo write to syslog or the journal.
func authLog(h *Host, others []string) route {
	processes, rsyslog, journal := h.Result("processes"), h.Result("rsyslog"), h.Result("journald")
	l := route{from: processes}
	classic, certain := h.runs("rsyslogd")
	other, _ := h.runs("systemd-journald", "syslogd", "syslog-ng", "metalog")
	l.enabled = known(processes, classic || other)
	if !certain && !classic && !other {
		l.enabled = unsaid[bool](processes, evidence.AccessDenied, "the host hides the processes of other users")
	}
	l.forwarded, l.target = forwards(h, classic, others)
	files := h.Result("log_files")
	l.last = newestLog(files, classic)
	switch {
	case classic && rsyslog.State != script.Absent:
		l.retention = rotation(h.Result("logrotate"))
	case journal.OK():
		l.retention = journalRetention(journal)
	default:
		l.retention = unsaid[int64](processes, evidence.Unsupported, "how long the log is kept is not read for this log daemon")
	}
	return l
}

// forwards reports whether the log of logins leaves the host, and where to.
func forwards(h *Host, classic bool, others []string) (kind.Attr[bool], string) {
	r := h.Result("rsyslog")
	if classic && r.State != script.Absent {
		if !r.OK() {
			return missing[bool](r), ""
		}
		conditional := false
		for _, line := range r.Lines() {
			f := strings.Fields(line)
			if len(f) != 3 {
				continue
			}
			target := strings.TrimLeft(f[2], "@")
			if _, after, ok := strings.Cut(target, ")"); ok { // @@(o,z9)host:port
				target = after
			}
			switch {
			case f[1] == "-" || selects(f[1], "authpriv"):
				return known(r, true), target
			case f[0] == "action" && !strings.Contains(f[1], "."):
				conditional = true
			}
		}
		if conditional {
			return unsaid[bool](r, evidence.Unresolved, "rsyslog forwards under a condition that Assay does not work out"), ""
		}
	}
	journal := h.Result("journald")
	if _, _, active := h.units().has("systemd-journal-upload"); active && journal.Values()["upload"] != "" {
		return known(journal, true), journal.Values()["upload"]
	}
	if len(others) > 0 {
		return unsaid[bool](h.Result("processes"), evidence.NotCollected, "whether "+strings.Join(others, ", ")+" forwards it is not read"), ""
	}
	if busybox, _ := h.runs("syslogd"); busybox {
		return unsaid[bool](h.Result("processes"), evidence.Unsupported, "the configuration of syslogd is not read"), ""
	}
	if _, certain := h.runs(); !certain {
		return unsaid[bool](h.Result("processes"), evidence.AccessDenied, "the host hides the processes of other users"), ""
	}
	return known(h.Result("processes"), false), ""
}

// selects reports whether a selector of rsyslog.conf(5) takes messages of the facility.
func selects(selector, facility string) bool {
	on := false
	for part := range strings.SplitSeq(selector, ";") {
		names, level, _ := strings.Cut(part, ".")
		list := strings.Split(names, ",")
		if slices.Contains(list, "*") || slices.Contains(list, facility) {
			on = slices.Contains([]string{"*", "debug", "info"}, strings.TrimPrefix(level, "="))
		}
	}
	return on
}

// newestLog is when the log of logins was last written.
func newestLog(r Result, classic bool) kind.Attr[kind.Time] {
	if !r.OK() {
		return missing[kind.Time](r)
	}
	var newest int64
	for _, line := range r.Lines() {
		seconds, name, _ := strings.Cut(line, " ")
		n, err := strconv.ParseInt(seconds, 10, 64)
		own := path.Base(name) == "auth.log" || path.Base(name) == "secure"
		if err == nil && (own || !classic && path.Base(name) == "system.journal") {
			newest = max(newest, n)
		}
	}
	if at, ok := r.host.Since1970(newest); ok && newest > 0 {
		return known(r, at)
	}
	return unsaid[kind.Time](r, evidence.Unsupported, "there is neither /var/log/auth.log nor /var/log/secure nor a journal on disk")
}

// rotation is for how many days logrotate keeps the log of logins.
func rotation(r Result) kind.Attr[int64] {
	if r.State == script.Absent {
		return null[int64](r) // nothing deletes it
	}
	if !r.OK() {
		return missing[int64](r)
	}
	global, own := rotateRule{days: 7, count: 0}, rotateRule{}
	inside, ours, found := false, false, false
	paths := ""
	for _, line := range r.Lines() {
		line = strings.TrimSpace(line)
		switch {
		case strings.Contains(line, "{"):
			inside, paths = true, paths+" "+line
			ours = strings.Contains(paths, "/var/log/auth.log") || strings.Contains(paths, "/var/log/secure")
			if ours {
				own, found = global, true
			}
			paths = ""
		case strings.HasPrefix(line, "}"):
			inside, ours = false, false
		case strings.HasPrefix(line, "/") || strings.HasPrefix(line, `"/`):
			paths += " " + line
		case !inside:
			global.read(line)
		case ours:
			own.read(line)
		}
	}
	switch {
	case !found:
		return null[int64](r)
	case own.bySize:
		return unsaid[int64](r, evidence.Unsupported, "the log is replaced by size: how many days it holds is not fixed")
	case own.maxAge > 0:
		return known(r, min(own.maxAge, own.days*(own.count+1)))
	}
	return known(r, own.days*own.count)
}

// rotateRule is what logrotate.conf(5) says of a log.
type rotateRule struct {
	days, count, maxAge int64

	bySize bool
}

func (t *rotateRule) read(line string) {
	word, value, _ := strings.Cut(line, " ")
	n, _ := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
	switch word {
	case "hourly", "daily":
		t.days = 1
	case "weekly":
		t.days = 7
	case "monthly":
		t.days = 30
	case "yearly":
		t.days = 365
	case "rotate":
		t.count = max(n, 0)
	case "maxage":
		t.maxAge = n
	case "size", "maxsize":
		t.bySize = true
	}
}

// journalRetention is for how many days the journal is kept.
func journalRetention(r Result) kind.Attr[int64] {
	values := map[string]string{}
	for _, line := range r.Lines() {
		name, value, _ := strings.Cut(line, "=")
		values[name] = strings.TrimSpace(value)
	}
	if storage := cmp.Or(values["Storage"], "auto"); storage == "volatile" || storage == "none" || storage == "auto" && values["persistent"] == "" {
		return known(r, int64(0)) // it is gone with the next restart
	}
	if days, ok := journalDays(values["MaxRetentionSec"]); ok && days > 0 {
		return unsaid[int64](r, evidence.Unsupported, "the journal is kept for at most "+strconv.FormatInt(days, 10)+" days, and shorter where its size asks for it")
	}
	return unsaid[int64](r, evidence.Unsupported, "the journal is bounded by size: how many days it holds is not fixed")
}

// journalDays reads a time of systemd.time(7) such as 1month, 90d or 7776000, in days.
func journalDays(text string) (int64, bool) {
	m := journalTime.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 32)
	units := map[string]int64{"": 1, "s": 1, "min": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400, "w": 604800, "week": 604800, "month": 2629800, "y": 31557600, "year": 31557600}
	unit, ok := units[strings.TrimSuffix(m[2], "s")]
	if m[2] == "s" {
		unit, ok = 1, true
	}
	return n * unit / 86400, ok && err == nil
}

var journalTime = regexp.MustCompile(`^([0-9]{1,9})\s*([a-z]*)$`)

// auditLog is the log of the audit daemon.
func auditLog(h *Host, auth route, others []string) route {
	processes, config := h.Result("processes"), h.Result("auditd_config")
	on, certain := h.runs("auditd")
	l := route{from: processes, enabled: known(processes, on)}
	if !on && !certain {
		l.enabled = unsaid[bool](processes, evidence.AccessDenied, "the host hides the processes of other users")
	}
	if !config.OK() {
		l.forwarded, l.retention, l.last = missing[bool](config), missing[int64](config), missing[kind.Time](config)
		return l
	}
	values := config.Values()
	l.last = unsaid[kind.Time](config, evidence.Unsupported, "there is no /var/log/audit/audit.log")
	if at, ok := h.seconds(values["last"]); ok {
		l.last = known(config, at)
	}
	l.retention = unsaid[int64](config, evidence.Unsupported, "the audit log is replaced by size: how many days it holds is not fixed")
	if strings.EqualFold(values["action"], "keep_logs") {
		l.retention = null[int64](config)
	}
	switch {
	case values["au-remote"] == "yes" && values["server"] != "":
		l.forwarded, l.target = known(config, true), values["server"]
	case values["syslog"] == "yes": // it goes where the rest of syslog goes
		l.forwarded, l.target = auth.forwarded, auth.target
	case len(others) > 0:
		l.forwarded = unsaid[bool](processes, evidence.NotCollected, "whether "+strings.Join(others, ", ")+" forwards it is not read")
	default:
		l.forwarded = known(config, false)
	}
	return l
}
