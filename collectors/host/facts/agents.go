package facts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// agentsArea looks for the security software that is known: against malware, endpoint detection, file integrity, intrusion detection. A
// product is installed where its unit, its folder or its process is there, and runs where its process does. For each type of agent that
// was looked for and not found there is one agent that is not installed. What only a product's console knows is unknown.
func agentsArea() Area {
	return Area{
		Name: "agents", Kinds: []string{"agent", "detector"},
		Sections: []script.Section{
			{Name: "agents", Command: "ls", Shell: `
for p in ` + strings.Join(productPaths(), " ") + `; do [ ! -e "$p" ] || echo "path $p"; done
grep -hsv '^[[:space:]]*#' /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/crontab |
  grep -ow -e clamscan -e clamdscan -e aide -e tripwire | sort -u | sed 's/^/cron /'
for f in /var/lib/clamav/daily.cvd /var/lib/clamav/daily.cld; do
  [ ! -r "$f" ] || printf 'clamdb %s\n' "$(head -c 60 "$f" | tr -cd '[:alnum:] :+-')"
done
exit 0`},
			{Name: "agents_root", Command: "stat /var/log", Root: true, Shell: `
newest() {
  n=$1; shift
  for f in "$@"; do
    [ ! -f "$f" ] || { kv "$n" "$(stat -c %Y "$@" 2>/dev/null | sort -n | tail -n 1)"; break; }
  done
}
newest suricata /var/log/suricata/eve.json /var/log/suricata/fast.log
newest snort /var/log/snort/alert*
newest zeek /opt/zeek/logs/current/conn.log /usr/local/zeek/logs/current/conn.log
newest fail2ban /var/log/fail2ban.log
newest crowdsec /var/log/crowdsec.log
newest aide /var/log/aide/aide.log
newest tripwire /var/lib/tripwire/report/*.twr
for f in /var/log/clamav/*.log /var/log/clam*.log; do # a scan that began, and read files
  [ ! -r "$f" ] || awk '/SCAN SUMMARY/ { n = 1 } /^Scanned files: 0$/ { n = 0 } END { exit !n }' "$f" && scans="$scans $f"
done 2>/dev/null
newest clamscan $scans
for f in /etc/aide/aide.conf /etc/aide.conf; do [ ! -r "$f" ] || sed -n 's/^[[:space:]]*database\(_in\)\{0,1\}[[:space:]]*=[[:space:]]*/aide_database=/p' "$f"; done
printf 'zone=%s\n' "$(unset TZ; date +%z)"
for f in /var/ossec/var/run/wazuh-agentd.state /var/ossec/var/run/ossec-agentd.state; do
  [ ! -r "$f" ] || sed -n "s/^\(status\|last_ack\)='\(.*\)'/wazuh_\1=\2/p" "$f"
done
exit 0`},
			{Name: "mdatp", Command: "mdatp health", Shell: `
has mdatp || absent
t mdatp health --output json`},
			sensorsSection(),
		},
		Read: readAgents,
	}
}

// product is security software that is known by its marks on a host.
type product struct {
	slug, name string
	types      []string // of agents that it is; "ids" makes it a detector
	units      []string
	processes  []string
	paths      []string
	// signatures says that it works with signatures whose date only its console or its own tool tells.
	signatures bool
}

// products are those that are looked for.
func products() []product {
	return []product{
		{slug: "clamav", name: "ClamAV", types: []string{"antivirus"}, units: []string{"clamav-daemon", "clamd", "clamd@scan"}, processes: []string{"clamd"}, paths: []string{"/usr/bin/clamscan", "/usr/sbin/clamd"}},
		{slug: "mdatp", name: "Microsoft Defender for Endpoint", types: []string{"antivirus", "edr"}, units: []string{"mdatp"}, processes: []string{"wdavdaemon"}, paths: []string{"/opt/microsoft/mdatp"}, signatures: true},
		{slug: "eset", name: "ESET", types: []string{"antivirus"}, units: []string{"eea", "efs"}, processes: []string{"oaeventd", "scand"}, paths: []string{"/opt/eset"}, signatures: true},
		{slug: "kesl", name: "Kaspersky Endpoint Security", types: []string{"antivirus"}, units: []string{"kesl", "kesl-supervisor"}, processes: []string{"kesl"}, paths: []string{"/opt/kaspersky/kesl"}, signatures: true},
		{slug: "trellix", name: "Trellix Endpoint Security", types: []string{"antivirus"}, units: []string{"mfetpd", "mfeespd"}, processes: []string{"mfetpd"}, paths: []string{"/opt/McAfee/ens", "/opt/Trellix/ens"}, signatures: true},
		{slug: "deepsecurity", name: "Trend Micro Deep Security", types: []string{"antivirus"}, units: []string{"ds_agent"}, processes: []string{"ds_agent"}, paths: []string{"/opt/ds_agent"}, signatures: true},
		{slug: "visionone", name: "Trend Micro Vision One", types: []string{"edr"}, units: []string{"tmxbc"}, processes: []string{"tmxbc"}, paths: []string{"/opt/TrendMicro/EndpointBasecamp"}},
		{slug: "falcon", name: "CrowdStrike Falcon", types: []string{"edr"}, units: []string{"falcon-sensor"}, processes: []string{"falcon-sensor", "falcon-sensor-b"}, paths: []string{"/opt/CrowdStrike"}},
		{slug: "sentinelone", name: "SentinelOne", types: []string{"edr"}, units: []string{"sentinelone"}, processes: []string{"s1-agent", "s1-orchestrator"}, paths: []string{"/opt/sentinelone"}},
		{slug: "carbonblack", name: "VMware Carbon Black", types: []string{"edr"}, units: []string{"cbagentd", "cbdaemon"}, processes: []string{"cbagentd", "cbdaemon"}, paths: []string{"/opt/carbonblack", "/etc/cb"}},
		{slug: "elastic", name: "Elastic Defend", types: []string{"edr"}, units: []string{"ElasticEndpoint"}, processes: []string{"elastic-endpoint"}, paths: []string{"/opt/Elastic/Endpoint"}},
		{slug: "sophos", name: "Sophos Protection for Linux", types: []string{"edr"}, units: []string{"sophos-spl", "sav-protect"}, processes: []string{"sophos_watchdog", "sophos_managementagent"}, paths: []string{"/opt/sophos-spl", "/opt/sophos-av"}},
		{slug: "cortex", name: "Palo Alto Cortex XDR", types: []string{"edr"}, units: []string{"traps_pmd"}, processes: []string{"pmd"}, paths: []string{"/opt/traps"}},
		{slug: "bitdefender", name: "Bitdefender GravityZone", types: []string{"edr"}, units: []string{"bdsec", "bdsec-agent"}, processes: []string{"bdsecd"}, paths: []string{"/opt/bitdefender-security-tools"}},
		{slug: "cisco", name: "Cisco Secure Endpoint", types: []string{"edr"}, units: []string{"cisco-amp"}, processes: []string{"ampdaemon"}, paths: []string{"/opt/cisco/amp"}},
		{slug: "cybereason", name: "Cybereason", types: []string{"edr"}, units: []string{"cybereason-sensor"}, processes: []string{"cybereason-sensor"}, paths: []string{"/opt/cybereason"}},
		{slug: "hx", name: "Trellix HX", types: []string{"edr"}, units: []string{"xagt"}, processes: []string{"xagt"}, paths: []string{"/opt/fireeye/bin/xagt"}},
		{slug: "wazuh", name: "Wazuh", types: []string{"edr"}, units: []string{"wazuh-agent"}, processes: []string{"wazuh-agentd"}},
		{slug: "wazuh", name: "Wazuh", types: []string{"fim"}, units: []string{"wazuh-agent"}, processes: []string{"wazuh-syscheckd"}},
		{slug: "ossec", name: "OSSEC", types: []string{"fim", "ids"}, units: []string{"ossec", "ossec-hids"}, processes: []string{"ossec-syscheckd"}},
		{slug: "aide", name: "AIDE", types: []string{"fim"}, paths: []string{"/usr/bin/aide", "/usr/sbin/aide"}},
		{slug: "tripwire", name: "Tripwire", types: []string{"fim"}, paths: []string{"/usr/sbin/tripwire"}},
		{slug: "samhain", name: "Samhain", types: []string{"fim"}, units: []string{"samhain"}, processes: []string{"samhain"}, paths: []string{"/usr/sbin/samhain", "/usr/local/sbin/samhain"}},
		{slug: "suricata", name: "Suricata", types: []string{"ids"}, units: []string{"suricata"}, processes: []string{"Suricata-Main", "suricata"}, paths: []string{"/usr/bin/suricata"}},
		{slug: "snort", name: "Snort", types: []string{"ids"}, units: []string{"snort", "snort3"}, processes: []string{"snort", "snort3"}, paths: []string{"/usr/sbin/snort", "/usr/local/bin/snort"}},
		{slug: "zeek", name: "Zeek", types: []string{"ids"}, units: []string{"zeek"}, processes: []string{"zeek"}, paths: []string{"/opt/zeek/bin/zeek", "/usr/local/zeek/bin/zeek"}},
		{slug: "fail2ban", name: "fail2ban", types: []string{"ids"}, units: []string{"fail2ban"}, processes: []string{"fail2ban-server"}, paths: []string{"/usr/bin/fail2ban-server"}},
		{slug: "falco", name: "Falco", types: []string{"ids"}, units: []string{"falco", "falco-modern-bpf", "falco-bpf", "falco-kmod"}, processes: []string{"falco"}, paths: []string{"/usr/bin/falco"}},
		{slug: "crowdsec", name: "CrowdSec", types: []string{"ids"}, units: []string{"crowdsec"}, processes: []string{"crowdsec"}, paths: []string{"/usr/bin/crowdsec"}},
	}
}

func productPaths() []string {
	var out []string
	for _, p := range products() {
		out = append(out, p.paths...)
	}
	return out
}

// searched are the types of agents that are looked for on every host.
func searched() []string { return []string{"antivirus", "edr", "fim"} }

func readAgents(h *Host) {
	r := h.Result("agents")
	h.CoverBy("agent", r, h.Result("processes"))
	h.CoverBy("detector", r, h.Result("processes"))
	if !r.OK() {
		return
	}
	f := findings{Host: h, found: r, units: h.units(), marks: map[string]bool{}}
	for _, line := range r.Lines() {
		f.marks[line] = true
		if text, ok := strings.CutPrefix(line, "clamdb "); ok {
			f.clamDB = append(f.clamDB, text)
		}
	}
	f.root = h.Result("agents_root")
	f.values = f.root.Values()
	f.sensors = sensors(h.Result("sensors"))
	seen := map[string]bool{}
	for _, p := range products() {
		if !f.installed(p) {
			continue
		}
		for _, typ := range p.types {
			if typ == "ids" {
				f.addDetector(p)
				continue
			}
			seen[typ] = true
			f.addAgent(p, typ)
		}
	}
	if _, known := h.runs(); !known && !f.units.known {
		why := "neither processes nor units of the host were read"
		h.Cover("agent", evidence.Partial, why)
		h.Cover("detector", evidence.Partial, why)
		return
	}
	for _, typ := range searched() {
		if !seen[typ] {
			uid := h.Add("agent", "agent:"+typ, "no "+typ+" on "+h.Name, r, notInstalled(r, typ))
			h.Relate("runs_on", uid, h.UID)
		}
	}
}

// notInstalled is an agent of a type of which none was found.
func notInstalled(r Result, typ string) kind.Agent {
	return kind.Agent{
		Type: known(r, typ), Product: kind.NA[string](), Installed: known(r, false), Running: known(r, false), Mode: kind.NA[string](),
		DefinitionsAt: kind.NA[kind.Time](), LastScanAt: kind.NA[kind.Time](), LastCheckinAt: kind.NA[kind.Time](), Console: kind.NA[string](),
		BaselineProtected: kind.NA[bool](),
	}
}

// findings is what was found of products on a host.
type findings struct {
	*Host

	found  Result
	root   Result
	units  units
	marks  map[string]bool // lines of the section
	clamDB []string
	values map[string]string // of the section that needs root
	// sensors is what the commands of sensors printed, by slug.
	sensors map[string]string
}

func (f *findings) installed(p product) bool {
	unit, _, _ := f.units.has(p.units...)
	path := slices.ContainsFunc(p.paths, func(path string) bool { return f.marks["path "+path] })
	running, _ := f.runs(p.processes...)
	return unit || path || running
}

// running reports whether a product runs. AIDE and Tripwire run when something starts them: they do where that is set up.
func (f *findings) running(p product) kind.Attr[bool] {
	if len(p.processes) == 0 {
		_, starts, active := f.units.has(p.slug+".timer", "dailyaidecheck.timer", "aide-check.timer", "aidecheck.timer")
		timed := p.slug == "aide" && (starts || active) || f.marks["cron "+p.slug]
		if !timed && !f.units.known {
			return missing[bool](f.Result("units"))
		}
		return known(f.found, timed)
	}
	on, certain := f.runs(p.processes...)
	switch {
	case on || certain && (p.slug != "clamav" || !f.scheduledScan()):
		return known(f.Result("processes"), on)
	case certain:
		return unsaid[bool](f.found, evidence.Unsupported, "no daemon runs, and a schedule starts scans")
	}
	if _, _, active := f.units.has(p.units...); active {
		return known(f.Result("units"), true)
	}
	return unsaid[bool](f.Result("processes"), evidence.AccessDenied, "the host hides the processes of other users")
}

func (f *findings) scheduledScan() bool { return f.marks["cron clamscan"] || f.marks["cron clamdscan"] }

// addAgent emits a product as an agent of one type.
func (f *findings) addAgent(p product, typ string) {
	consoleOnly := "only the console of " + p.name + " tells"
	a := kind.Agent{
		Type: known(f.found, typ), Product: known(f.found, p.name), Installed: known(f.found, true), Running: f.running(p),
		Mode:              unsaid[string](f.found, evidence.NotCollected, consoleOnly),
		DefinitionsAt:     kind.NA[kind.Time](),
		LastScanAt:        kind.NA[kind.Time](), // it watches continuously
		LastCheckinAt:     unsaid[kind.Time](f.found, evidence.NotCollected, consoleOnly),
		Console:           unsaid[string](f.found, evidence.NotCollected, consoleOnly),
		BaselineProtected: kind.NA[bool](),
	}
	if p.signatures {
		a.DefinitionsAt = unsaid[kind.Time](f.found, evidence.NotCollected, consoleOnly)
	}
	switch {
	case p.slug == "clamav":
		f.clamAV(&a)
	case p.slug == "mdatp":
		f.defender(&a)
	case typ == "fim":
		f.integrity(&a, p)
	case p.slug == "wazuh":
		a.Mode = known(f.found, "detect")
		a.LastCheckinAt = f.wazuhCheckin()
	default:
		f.told(&a, p)
	}
	uid := f.Add("agent", "agent:"+p.slug+":"+typ, p.name+" on "+f.Name, f.found, a)
	f.Relate("runs_on", uid, f.UID)
}

// clamAV reads the header of the signatures, and whether files are checked when they are opened.
func (f *findings) clamAV(a *kind.Agent) {
	a.Console, a.LastCheckinAt = kind.NA[string](), kind.NA[kind.Time]()
	a.DefinitionsAt = unsaid[kind.Time](f.found, evidence.Unsupported, "no signatures that can be read are in /var/lib/clamav")
	var newest time.Time
	for _, header := range f.clamDB {
		if at, ok := clamDate(header); ok && at.After(newest) {
			newest = at
			a.DefinitionsAt = known(f.found, f.Time(at))
		}
	}
	on, certain := f.runs("clamonacc")
	switch {
	case on:
		a.Mode = known(f.Result("processes"), "prevent")
	case certain:
		a.Mode = known(f.Result("processes"), "detect")
	}
	a.LastScanAt = f.logged("clamscan", "no log of a scan is in /var/log/clamav")
}

// clamDate reads when signatures of ClamAV were built: ClamAV-VDB:18 Sep 2024 04-26 -0400:27402:...
func clamDate(header string) (time.Time, bool) {
	fields := strings.SplitN(header, ":", 3)
	if len(fields) < 2 || fields[0] != "ClamAV-VDB" {
		return time.Time{}, false
	}
	at, err := time.Parse("02 Jan 2006 15-04 -0700", strings.TrimSpace(fields[1]))
	return at, err == nil
}

// logged is when a log file was last written, as the section that needs root says.
func (f *findings) logged(name, otherwise string) kind.Attr[kind.Time] {
	if !f.root.OK() {
		return missing[kind.Time](f.root)
	}
	if at, ok := f.seconds(f.values[name]); ok {
		return known(f.root, at)
	}
	return unsaid[kind.Time](f.root, evidence.Unsupported, otherwise)
}

// integrity reads when files were last compared and where the baseline lies.
func (f *findings) integrity(a *kind.Agent, p product) {
	a.Console, a.LastCheckinAt, a.Mode = kind.NA[string](), kind.NA[kind.Time](), known(f.found, "detect")
	switch p.slug {
	case "aide":
		a.LastScanAt = f.logged("aide", "there is no /var/log/aide/aide.log")
		a.BaselineProtected = f.aideBaseline()
	case "tripwire":
		a.LastScanAt = f.logged("tripwire", "there is no report in /var/lib/tripwire/report")
		a.BaselineProtected = known(f.found, true) // Tripwire signs its database with the local key
	case "wazuh", "ossec":
		a.Console = unsaid[string](f.found, evidence.NotCollected, "the manager is not asked")
		a.LastCheckinAt = f.wazuhCheckin()
		a.LastScanAt = unsaid[kind.Time](f.found, evidence.NotCollected, "the manager keeps the results of comparisons")
		a.BaselineProtected = known(f.found, true) // the manager keeps the state of the files
	default:
		a.BaselineProtected = unsaid[bool](f.found, evidence.NotCollected, "whether the baseline is signed or kept elsewhere does not show")
	}
}

// aideBaseline tells whether the database lies elsewhere; one on the host is not signed.
func (f *findings) aideBaseline() kind.Attr[bool] {
	if !f.root.OK() {
		return missing[bool](f.root)
	}
	place := cmp.Or(f.values["aide_database"], "file:/var/lib/aide/aide.db")
	return known(f.root, strings.HasPrefix(place, "http") || strings.HasPrefix(place, "ftp"))
}

func (f *findings) wazuhCheckin() kind.Attr[kind.Time] {
	if !f.root.OK() {
		return missing[kind.Time](f.root)
	}
	at, ok := f.localTime(f.values["wazuh_last_ack"], f.values["zone"]) // the state file is written in the host's time
	if !ok {
		return unsaid[kind.Time](f.root, evidence.Unsupported, "its state file names no answer of the manager")
	}
	return known(f.root, at)
}

// addDetector emits a product that detects intrusions.
func (f *findings) addDetector(p product) {
	on, certain := f.runs(p.processes...)
	d := kind.Detector{
		Type: known(f.found, "ids"), Product: known(f.found, p.name), Scope: known(f.found, f.UID), Enabled: known(f.Result("processes"), on),
		Capabilities:        known(f.found, []string{"signature"}),
		FindingsDestination: unsaid[string](f.found, evidence.NotCollected, "where "+p.name+" sends what it finds is not read"),
		LastEventAt:         f.logged(p.slug, "its usual log file is not there"),
	}
	if !on && !certain {
		d.Enabled = unsaid[bool](f.Result("processes"), evidence.AccessDenied, "the host hides the processes of other users")
	}
	if p.slug == "zeek" {
		d.Capabilities = known(f.found, []string{})
	}
	f.Add("detector", "detector:"+p.slug, p.name+" on "+f.Name, f.found, d)
}
