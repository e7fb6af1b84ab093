package facts

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// What of the past is read of backups:
//
//   - systemd's messages in the journal about the services that timers start and that have to do with backups: when each began, and how it
//     ended. Only what process 1 wrote counts.
//   - cron's messages: when a command was started. How it ended cron does not note; a copy that was begun before the next start tells it.
//   - what a script of the administrators' wrote about a restore test: an entry with the tag restore-test, written by root (see taggedTest).
//   - when borgmatic last completed a check of a repository, by the marks that it keeps.
const (
	historyDays    = 31  // that the journal is searched for runs
	judgedDays     = 7   // that history must reach back to count as complete: the days that backup.job_health looks at
	maxRuns        = 200 // that are kept of a job: the newest
	maxHistory     = 2000
	maxHistoryRows = 8000
)

// historyShell prints rows "SECONDS WHAT UNIT", "SECONDS MESSAGE" of cron and of tagged restore tests, and where the journal begins.
const historyShell = backupHelpers + `
has journalctl || absent
some=
for f in /var/log/journal/*/system.journal /run/log/journal/*/system.journal; do
  [ -e "$f" ] || continue
  [ -r "$f" ] || denied
  some=yes
done
[ -n "$some" ] || absent
words='(^|[^A-Za-z0-9_-])(` + backupTools + `)([^A-Za-z0-9_-]|$)'
journal() { t journalctl -q --no-pager -o export "$@" 2>/dev/null; }
kv begins "$(journal | sed -n '/^__REALTIME_TIMESTAMP=/{s/^[^=]*=\([0-9]*\)[0-9]\{6\}$/\1/p;q;}')"
scripts=$(scheduled_files | sort -u | while read -r f; do [ ! -f "$f" ] || printf '%s\n' "$f"; done | xargs grep -lsIE "$words" 2>/dev/null | tr '\n' ' ')
units=
if [ -d /run/systemd/system ] && has systemctl; then
  units=$(systemctl show -p Unit '*.timer' 2>/dev/null | sed -n 's/^Unit=//p' | sort -u)
  [ -z "$units" ] || units=$(systemctl show -p Id,ExecStartPre,ExecStart,ExecStartPost $units 2>/dev/null | cut -c1-4000 | awk -v RS= -v words="$words" -v scripts="$scripts" '
    BEGIN { n = split(scripts, s, " ") }
    { hit = $0 ~ words; for (i = 1; i <= n; i++) if (index($0, s[i])) hit = 1
      if (hit && match($0, /(^|\n)Id=[^\n]*/)) { id = substr($0, RSTART, RLENGTH); sub(/^\n?Id=/, "", id); print "UNIT=" id } }')
fi
if [ -n "$units" ]; then
  part units systemd
  journal --since=-31d _PID=1 MESSAGE_ID=7d4958e842da4a758f6c1cdc7b36dcc5 MESSAGE_ID=39f53479d3a045ac8e11786248231fbf MESSAGE_ID=7ad2d189f7e94e70a38c781354912448 \
    MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c MESSAGE_ID=be02cf6855d2428ba40df7e9d022f03d $units | awk '
    BEGIN { w["7d4958e842da4a758f6c1cdc7b36dcc5"] = "begin"; w["39f53479d3a045ac8e11786248231fbf"] = "started"; w["7ad2d189f7e94e70a38c781354912448"] = "success"
      w["d9b373ed55a64feb8242e02dbe79a49c"] = "failure"; w["be02cf6855d2428ba40df7e9d022f03d"] = "unstarted" }
    /^__REALTIME_TIMESTAMP=/ { at = substr($0, 22, length($0) - 27) }
    /^MESSAGE_ID=/ { what = w[substr($0, 12)] }
    /^UNIT=/ { unit = substr($0, 6) }
    /^$/ { if (unit != "" && what != "") print at, what, unit; unit = what = "" }' | tail -n 8000
fi
part cron cron
journal --since=-31d _UID=0 SYSLOG_IDENTIFIER=CRON SYSLOG_IDENTIFIER=cron SYSLOG_IDENTIFIER=crond SYSLOG_IDENTIFIER=CROND SYSLOG_IDENTIFIER=anacron |
  awk -v words="$words" -v scripts="$scripts" '
  BEGIN { n = split(scripts, s, " ") }
  /^__REALTIME_TIMESTAMP=/ { at = substr($0, 22, length($0) - 27) }
  /^MESSAGE=/ { m = substr($0, 9, 600) }
  /^$/ { hit = m ~ words || m ~ /cron\.(hourly|daily|weekly|monthly)/; for (i = 1; i <= n; i++) if (index(m, s[i])) hit = 1
    if (hit) print at, m; m = "" }' | red | tail -n 8000
part tagged restore-test
journal --since=-400d _UID=0 SYSLOG_IDENTIFIER=restore-test |
  awk '/^__REALTIME_TIMESTAMP=/ { at = substr($0, 22, length($0) - 27) } /^MESSAGE=/ { m = substr($0, 9, 300) } /^$/ { if (m != "") print at, m; m = "" }' | red | tail -n 200
part checks borgmatic
for f in "$HOME"/.local/state/borgmatic/checks/*/*/* "$HOME"/.borgmatic/checks/*/*/*; do
  [ ! -f "$f" ] || printf '%s %s\n' "$(stat -c %Y "$f" 2>/dev/null)" "${f#*/checks/}"
done | tail -n 200
exit 0`

// run is one run of a service or command that was seen in the journal, in seconds since 1970.
type run struct {
	began, ended int64  // ended is 0 while it runs, or where its end is not known
	status       string // completed, failed, running; "" = its end is not known
}

// entry is a line with a time.
type entry struct {
	at      int64
	message string
}

// history is the past as the journal tells it.
type history struct {
	result Result
	begins int64              // when the journal begins; 0 = not told
	runs   map[string][]run   // of services, in their order
	starts map[string][]int64 // of cron, by command or directory (see job.key), in their order
	tagged []entry
	checks map[string]int64 // by the id of a borg repository: when borgmatic last completed a check
}

// readHistory reads what the section printed.
func readHistory(r Result, oneshot func(unit string) bool) history {
	past := history{result: r, runs: map[string][]run{}, starts: map[string][]int64{}, checks: map[string]int64{}}
	if !r.OK() {
		return past
	}
	past.begins, _ = strconv.ParseInt(r.Values()["begins"], 10, 64) // 0 where it is not told
	for _, f := range r.Files() {
		rows := rowsOf(f.Text)
		switch f.Tag {
		case "units":
			past.services(rows, oneshot)
		case "cron":
			for _, row := range rows {
				key := startKey(row.message)
				past.starts[key] = append(past.starts[key], row.at)
			}
		case "tagged":
			past.tagged = rows
		case "checks":
			for _, row := range rows { // ID/KIND/all or a hash
				id, rest, _ := strings.Cut(row.message, "/")
				if check, _, _ := strings.Cut(rest, "/"); check != "extract" {
					past.checks[id] = max(past.checks[id], row.at)
				}
			}
		}
	}
	return past
}

// rowsOf reads the lines that begin with a time.
func rowsOf(text string) []entry {
	var out []entry
	for line := range strings.Lines(text) {
		stamp, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if at, err := strconv.ParseInt(stamp, 10, 64); err == nil && at > 0 && at < 1<<40 && len(out) < maxHistoryRows {
			out = append(out, entry{at, rest})
		}
	}
	return out
}

// services puts the messages of systemd together to runs. Newer versions say of a service that it ended well; older ones only that it is
// started, which is its end where it is of type oneshot.
func (past *history) services(rows []entry, oneshot func(unit string) bool) {
	tells := map[string]bool{}
	for _, row := range rows {
		if what, unit, _ := strings.Cut(row.message, " "); what == "success" {
			tells[unit] = true
		}
	}
	for _, row := range rows {
		what, unit, _ := strings.Cut(row.message, " ")
		list := past.runs[unit]
		last := len(list) - 1
		open := last >= 0 && list[last].status == "running"
		switch {
		case what == "begin":
			if open { // its end was not seen: the machine stopped, or the journal lost it
				list[last].status = ""
			}
			list = append(list, run{began: row.at, status: "running"})
		case open && (what == "success" || what == "started" && !tells[unit] && oneshot(unit)):
			list[last].status, list[last].ended = "completed", row.at
		case open && (what == "failure" || what == "unstarted"):
			list[last].status, list[last].ended = "failed", row.at
		}
		past.runs[unit] = list
	}
}

// reaches reports whether the journal goes back to the days that are judged; else why tells.
func (past *history) reaches(h *Host) (why string, ok bool) {
	if !past.result.OK() {
		return past.result.Why().Detail, false
	}
	from := h.At.Unix() - judgedDays*24*3600
	if past.begins == 0 || past.begins > from {
		begins, _ := h.Since1970(past.begins)
		return "the journal begins on " + cmp.Or(string(begins), "an unknown day"), false
	}
	return "", true
}

// ran adds the runs of a job: of a service by systemd's messages, of a line of cron by its starts and the copies that came of them.
func (b *backups) ran(r Result, j *job) {
	if j.service == nil {
		b.cronRuns(j)
		return
	}
	if why, reaches := b.past.reaches(b.h); !reaches {
		b.h.Cover("backup_job", evidence.Partial, "of "+j.name+" only the last run is known: "+why)
	}
	if b.past.result.OK() {
		r = b.past.result
	}
	runs := b.runsOf(j)
	for _, one := range runs[max(len(runs)-maxRuns, 0):] {
		b.addRun(r, j, one)
	}
}

// same reports whether a run of the journal is the last one that systemd remembers: the main process begins after the service does.
func same(one, last run) bool {
	const slack = 2
	return one.began <= last.began+slack && (one.ended == 0 || last.began <= one.ended+slack)
}

// lastRun is the last run that systemd remembers of a service.
func (b *backups) lastRun(j *job) (run, bool) {
	began, ok := systemdSeconds(j.service["ExecMainStartTimestamp"])
	if !ok {
		return run{}, false
	}
	last := run{began: began, status: "failed"}
	if last.ended, ok = systemdSeconds(j.service["ExecMainExitTimestamp"]); !ok {
		last.status = "running"
	} else if j.service["Result"] == "success" {
		last.status = "completed"
	}
	return last, true
}

func systemdSeconds(text string) (int64, bool) {
	t, err := time.Parse("Mon 2006-01-02 15:04:05 MST", text)
	return t.Unix(), err == nil && t.Unix() > 0
}

// addRun adds a run as a backup job, or as a restore test where that is what was run.
func (b *backups) addRun(r Result, j *job, one run) {
	began, ok := b.h.Since1970(one.began)
	if !ok {
		return
	}
	if b.added++; b.added > maxHistory {
		b.h.Cover("backup_job", evidence.Cut, fmt.Sprintf("only %d runs of jobs were read", maxHistory))
		return
	}
	ended := kind.NA[kind.Time]()
	if at, ok := b.h.Since1970(one.ended); ok && one.ended > 0 {
		ended = known(r, at)
	}
	name := j.name + " of " + string(began)
	if j.purpose == forRestore {
		b.restoreRun(r, j, one, name, known(r, began), ended)
		return
	}
	entity := kind.BackupJob{Trigger: known(r, "scheduled"), StartedAt: known(r, began), EndedAt: ended, Status: known(r, one.status)}
	if one.status == "" {
		entity.Status = unsaid[string](r, evidence.Unresolved, "how the run ended is not noted, and no copy that was begun in it is in a repository that could be listed")
		entity.EndedAt = unsaid[kind.Time](r, evidence.Unresolved, "when the run ended is not noted")
	}
	uid := b.h.Add("backup_job", "backup_job:"+j.name+":"+string(began), name, r, entity)
	b.h.Relate("protects", uid, b.h.UID)
}

// restoreRun adds a run of a service that restores something. What it restored, and whether it looked at that, the journal does not say.
func (b *backups) restoreRun(r Result, j *job, one run, name string, began, ended kind.Attr[kind.Time]) {
	if one.status != "completed" && one.status != "failed" {
		return
	}
	test := kind.RestoreTest{
		Protects: known(r, b.h.UID), Status: known(r, one.status), StartedAt: began, CompletedAt: ended,
		DurationMinutes:  known(r, max((one.ended-one.began+59)/60, 1)),
		Scope:            unsaid[string](r, evidence.Unresolved, "how much "+j.name+" restores its command does not tell"),
		ValidationStatus: unsaid[string](r, evidence.Unresolved, "whether "+j.name+" examines what it restored its command does not tell"),
		PerformedBy:      kind.NA[string](),
	}
	b.h.Relate("protects", b.h.Add("restore_test", "restore_test:"+j.name+":"+strconv.FormatInt(one.began, 10), name, r, test), b.h.UID)
}

// cronRuns adds the starts of a line of cron. A run ended well where a copy was begun in it: before the next start of the same program, by
// whatever line, and with no service of systemd that starts it too.
func (b *backups) cronRuns(j *job) {
	why, reaches := b.past.reaches(b.h)
	mine, all := b.past.starts[j.key()], b.started[base(j.tool)]
	switch {
	case !reaches:
		b.h.Cover("backup_job", evidence.Partial, "cron keeps no history of "+j.name+" itself: "+why)
	case len(mine) == 0 && j.minutes > 0 && j.minutes <= judgedDays*24*60:
		b.h.Cover("backup_job", evidence.Partial, "the journal tells of no start of "+j.name+", which should have run")
	}
	copies := b.made[base(j.tool)]
	for _, at := range mine[max(len(mine)-maxRuns, 0):] {
		next := b.h.At.Unix()
		if i, found := slices.BinarySearch(all, at+1); i < len(all) || found {
			next = all[i]
		}
		one := run{began: at}
		for _, c := range copies {
			if !b.timed[base(j.tool)] && c.began >= at-1 && c.began < next && c.ended >= c.began {
				one = run{at, c.ended, "completed"}
				break
			}
		}
		b.addRun(b.past.result, j, one)
	}
}

// base is the program that does the work of a front end.
func base(tool string) string {
	switch tool {
	case "resticprofile", "autorestic":
		return "restic"
	case "borgmatic":
		return "borg"
	}
	return tool
}

// command takes the user and the word CMD off cron's message: (root) CMD (/usr/local/bin/save), or in busybox: USER root pid 123 cmd COMMAND.
var command = regexp.MustCompile(`^\([^)]*\) CMD \((.*)\)$|^USER \S+ pid +\d+ cmd (.*)$`)

// startKey is the key under which the starts of a job are kept, as cron's or anacron's message tells it; "" = it is about no start.
func startKey(message string) string {
	if rest, ok := strings.CutPrefix(message, "Job `"); ok {
		dir, rest, _ := strings.Cut(rest, "'")
		if rest == " started" {
			return "/" + dir
		}
		return ""
	}
	m := command.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	logged := cmp.Or(m[1], m[2])
	if dir := periodicDir.FindStringSubmatch(logged); dir != nil && strings.Contains(logged, "run-parts") {
		if strings.Contains(logged, "anacron") { // which says itself when it starts what
			return ""
		}
		return "/" + dir[1]
	}
	return commandKey(logged)
}

var periodicDir = regexp.MustCompile(`/etc/(cron\.(?:hourly|daily|weekly|monthly))`)

// commandKey is a command as it is compared: without its input, with single blanks, and not longer than what is logged of it at least.
func commandKey(text string) string {
	text, _, _ = strings.Cut(text, "%")
	text = strings.Join(strings.Fields(text), " ")
	return text[:min(len(text), 500)]
}

// key is the key of a job that cron starts.
func (j *job) key() string {
	if j.periodic != "" {
		return "/" + j.periodic
	}
	return commandKey(j.cron)
}

// prepare works out what is asked of many jobs: when which program was started by cron, which are started by services too, and when each
// job last examined copies.
func (b *backups) prepare() {
	seen := map[string]bool{}
	for i := range b.jobs {
		j := &b.jobs[i]
		tool := base(j.tool)
		if j.service != nil {
			b.timed[tool] = b.timed[tool] || j.purpose == forBackup
			if j.purpose == forCheck || j.checks {
				j.examined = b.lastExamination(j)
			}
		} else if key := j.key(); !seen[tool+" "+key] {
			seen[tool+" "+key] = true
			b.started[tool] = append(b.started[tool], b.past.starts[key]...)
		}
	}
	for _, starts := range b.started {
		slices.Sort(starts)
	}
}

// lastExamination is the last run of a service that examined copies. One that does other things too examined them only where it ended well: what
// failed in it is not told.
func (b *backups) lastExamination(j *job) run {
	var last run
	for _, one := range b.runsOf(j) {
		if one.ended > last.ended && (one.status == "completed" || j.purpose == forCheck && one.status == "failed") {
			last = one
		}
	}
	return last
}

// verification is when the place of copies was last examined for damage, and what came of it.
func (b *backups) verification(location, tool string) (at kind.Attr[kind.Time], status kind.Attr[string]) {
	r := b.past.result
	if !r.OK() {
		r = b.h.Result("backup_schedules")
	}
	last, scheduled := run{}, false
	for i := range b.jobs {
		j := &b.jobs[i]
		examines := j.purpose == forCheck || j.checks
		if !examines || !slices.Contains(j.locations, location) && (len(j.locations) > 0 || base(j.tool) != base(tool)) {
			continue
		}
		scheduled = true
		if j.examined.ended > last.ended {
			last = j.examined
		}
	}
	if mark := b.past.checks[b.ids[location]]; mark > last.ended {
		last = run{mark, mark, "completed"}
	}
	ended, ok := b.h.Since1970(last.ended)
	switch {
	case ok && last.ended > 0 && last.status == "completed":
		return known(r, ended), known(r, "passed")
	case ok && last.ended > 0:
		return known(r, ended), known(r, "failed")
	case scheduled:
		at = unsaid[kind.Time](r, evidence.Unresolved, "a check of the repository is scheduled; when it last ran, and how that ended, is not noted where it can be read")
	case !b.h.Result("backup_schedules").OK():
		at = missing[kind.Time](b.h.Result("backup_schedules"))
	case !b.past.result.OK():
		at = unsaid[kind.Time](r, evidence.NotCollected, "this host schedules no check of the repository, and of others nothing is known: "+b.past.result.Why().Detail)
	default:
		at = unsaid[kind.Time](r, evidence.NotCollected, fmt.Sprintf("this host schedules no check of the repository, and none is seen in %d days; another host may check it", historyDays))
	}
	why, _ := at.Reason()
	return at, kind.Because[string](why).From(r.Prov())
}

// runsOf are the runs of a service, with the last one that systemd remembers; none of a line of cron, whose ends nothing tells.
func (b *backups) runsOf(j *job) []run {
	if j.service == nil {
		return nil
	}
	runs := b.past.runs[j.service["Id"]]
	if last, ok := b.lastRun(j); ok && !slices.ContainsFunc(runs, func(one run) bool { return same(one, last) }) {
		runs = append(slices.Clone(runs), last)
	}
	return runs
}

// taggedTests reads what root wrote into the system's log with the tag restore-test, one line per test:
//
//	logger -t restore-test "status=completed validation=checksum minutes=12 scope=full tool=restic repository=/srv/backup snapshot=1a2b3c4d"
//
// Status is completed or failed. The others may be left out: validation (checksum, app_check, row_count; none = nobody looked), minutes,
// scope (full or sample); tool, repository and snapshot say what was restored.
func (b *backups) taggedTests() {
	r := b.past.result
	for _, line := range b.past.tagged {
		v := map[string]string{}
		for word := range strings.FieldsSeq(line.message) {
			if name, value, ok := strings.Cut(word, "="); ok {
				v[name] = value
			}
		}
		at, ok := b.h.Since1970(line.at)
		if !ok || v["status"] != "completed" && v["status"] != "failed" {
			b.h.Problem("restore_test", "an entry of the log with the tag restore-test is not understood", "write status=completed or status=failed: "+script.Line(line.message, 200))
			continue
		}
		test := taggedTest(r, v)
		test.Protects, test.CompletedAt = known(r, b.h.UID), known(r, at)
		if minutes, err := strconv.ParseInt(v["minutes"], 10, 32); err == nil && minutes >= 0 {
			test.DurationMinutes = known(r, minutes)
			if began, ok := b.h.Since1970(line.at - minutes*60); ok {
				test.StartedAt = known(r, began)
			}
		}
		if id := v["snapshot"]; v["repository"] != "" && v["tool"] != "" && isID(id+"0000000000000000") {
			test.RecoveryPoint = known(r, b.h.UID+":"+pointSuffix(v["tool"], redactLocation(v["repository"]), id[:min(len(id), idLength(v["tool"]))]))
		}
		uid := b.h.Add("restore_test", "restore_test:log:"+strconv.FormatInt(line.at, 10), "restore test of "+string(at), r, test)
		b.h.Relate("protects", uid, b.h.UID)
	}
}

// taggedTest is what the words of an entry say.
func taggedTest(r Result, v map[string]string) kind.RestoreTest {
	const left = "the entry in the log does not say"
	test := kind.RestoreTest{
		Status: known(r, v["status"]), StartedAt: unsaid[kind.Time](r, evidence.NotCollected, left), DurationMinutes: unsaid[int64](r, evidence.NotCollected, left),
		RecoveryPoint: unsaid[string](r, evidence.NotCollected, left), Scope: unsaid[string](r, evidence.NotCollected, left),
		ValidationStatus: unsaid[string](r, evidence.NotCollected, left), ValidationMethod: kind.NA[string](), PerformedBy: kind.NA[string](),
	}
	if v["scope"] == "full" || v["scope"] == "sample" {
		test.Scope = known(r, v["scope"])
	}
	switch v["validation"] {
	case "none":
		test.ValidationStatus = known(r, "none")
	case "checksum", "app_check", "row_count":
		test.ValidationMethod, test.ValidationStatus = known(r, v["validation"]), known(r, map[string]string{"completed": "successful"}[v["status"]])
		if v["status"] == "failed" {
			test.ValidationStatus = known(r, "failed")
		}
	}
	return test
}

// idLength is how much of the id of a copy its UID holds.
func idLength(tool string) int {
	if tool == "borg" {
		return 16
	}
	return 8
}
