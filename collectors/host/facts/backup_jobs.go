package facts

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/internal/reference/schedule"
)

// scheduled finds the schedules that start a backup program. Opaque are those whose command, put there by an administrator, is not understood.
func (b *backups) scheduled(r Result) (jobs []job, opaque []string) {
	s := schedules{scripts: map[string]string{}, does: map[string]verbs{}, names: map[string]int{}}
	env := map[string][]string{} // locations that settings files name, by tool
	var levels []rsnapshotLevel
	for _, f := range r.Files() {
		switch f.Tag {
		case "script":
			s.scripts[f.Path] = f.Text[:min(len(f.Text), maxScript)]
		case "env":
			tool := "restic"
			if strings.Contains(f.Text, "BORG_REPO") {
				tool = "borg"
			}
			env[tool] = append(env[tool], locationsIn(f.Text)...)
		case "config":
			b.config(f.Path, f.Text, env)
			if f.Path == "/etc/rsnapshot.conf" {
				levels = rsnapshotLevels(f.Text)
			}
		}
	}
	for _, f := range r.Files() {
		switch f.Tag {
		case "timers":
			s.timers = blocks(f.Text)
		case "services":
			s.services = blocks(f.Text)
		case "crontab":
			s.crontab(f.Path, f.Text, true)
		case "user":
			s.crontab(f.Path, f.Text, false)
		case "script":
			s.periodic(f.Path)
		}
	}
	s.systemd()
	b.rsnapshot(&s, levels)
	for tool, list := range env {
		slices.Sort(list)
		list = slices.Compact(list)
		env[tool] = list[:min(len(list), maxLocations)]
	}
	for i := range s.jobs {
		j := &s.jobs[i]
		if len(j.locations) == 0 {
			// The settings of a program stand beside the unit or script that starts it; which file belongs to which is not followed.
			j.locations = env[strings.TrimPrefix(strings.TrimSuffix(j.tool, "profile"), "auto")]
			if j.tool == "borgmatic" {
				j.locations = env["borgmatic"]
			}
		}
	}
	return s.jobs, s.opaque
}

// rsnapshotLevel is a level of rsnapshot(1) and how many copies it holds.
type rsnapshotLevel struct {
	name  string
	count int64
}

// rsnapshotLevels reads the levels in their order: the first is the one that copies files.
func rsnapshotLevels(text string) []rsnapshotLevel {
	var out []rsnapshotLevel
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 3 && (f[0] == "retain" || f[0] == "interval") && len(out) < maxLocations {
			n, _ := strconv.ParseInt(f[2], 10, 16) // 0 where it is no number
			out = append(out, rsnapshotLevel{f[1], n})
		}
	}
	return out
}

// rsnapshotCall is a call of rsnapshot with its level.
var rsnapshotCall = regexp.MustCompile(`\brsnapshot\s+(?:-[vtqVDx]+\s+)*([A-Za-z0-9_]+)(?:\s|$)`)

// rsnapshot leaves of its jobs those that copy files. The first level does, or "sync" where that is scheduled; all others move copies of the
// level below, so that they tell for how long copies are kept. A level that the configuration does not name does nothing.
func (b *backups) rsnapshot(s *schedules, levels []rsnapshotLevel) {
	called := func(j *job) string { // "" = another program, or how it is called is not understood
		if m := rsnapshotCall.FindAllStringSubmatch(j.command, 2); len(m) == 1 && j.tool == "rsnapshot" && len(levels) > 0 {
			return m[0][1]
		}
		return ""
	}
	syncs := slices.ContainsFunc(s.jobs, func(j job) bool { return called(&j) == "sync" })
	s.jobs = slices.DeleteFunc(s.jobs, func(j job) bool {
		name := called(&j)
		if name == "" || name == "sync" {
			return false
		}
		level := slices.IndexFunc(levels, func(l rsnapshotLevel) bool { return l.name == name })
		if level >= 0 {
			const day = 24 * 60
			if days := levels[level].count * int64(j.minutes) / day; days > b.keep["rsnapshot"] {
				b.keep["rsnapshot"] = days
			}
		}
		return level != 0 || syncs
	})
}

// config reads the lines that came back of the configuration of a backup program.
func (b *backups) config(file, text string, env map[string][]string) {
	tool := "restic"
	switch {
	case strings.Contains(file, "borgmatic"):
		tool = "borgmatic"
	case strings.Contains(file, "rsnapshot"):
		tool = "rsnapshot"
	case strings.Contains(file, "resticprofile"):
		tool = "resticprofile"
	case strings.Contains(file, "autorestic"):
		tool = "autorestic"
	}
	if days, ok := keepDays(text); ok {
		b.keep[tool] = days
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for _, prefix := range []string{"- path:", "path:", "repository:", "repository =", "snapshot_root", "- "} {
			rest, ok := strings.CutPrefix(line, prefix)
			location := redactLocation(strings.TrimSpace(rest))
			if ok && (tool == "borgmatic" || prefix != "- ") && strings.ContainsAny(location, "/:") && !strings.ContainsAny(location, " ${") {
				env[tool] = append(env[tool], location)
				break
			}
		}
	}
}

// schedules is what starts programs on a host.
type schedules struct {
	timers, services []map[string]string
	scripts          map[string]string // the lines of scripts that have a word of backups, by path
	does             map[string]verbs  // what the scripts do, of those that were looked at
	jobs             []job
	names            map[string]int // how often a job has the name
	opaque           []string
}

// blocks reads what "systemctl show" prints of several units. A property that stands several times is joined by line feeds.
func blocks(text string) []map[string]string {
	var out []map[string]string
	for block := range strings.SplitSeq(text, "\n\n") {
		properties := map[string]string{}
		for line := range strings.Lines(block) {
			name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
			if !ok {
				continue
			}
			if old, seen := properties[name]; seen {
				value = old + "\n" + value
			}
			properties[name] = value
		}
		if properties["Id"] != "" {
			out = append(out, properties)
		}
	}
	return out
}

// systemd finds the timers whose service starts a backup program.
func (s *schedules) systemd() {
	byID := map[string]map[string]string{}
	for _, service := range s.services {
		byID[service["Id"]] = service
	}
	for _, timer := range s.timers {
		service := byID[timer["Unit"]]
		if service == nil || len(s.jobs) == maxJobs {
			continue
		}
		var commands []string
		for _, property := range []string{"ExecStartPre", "ExecStart", "ExecStartPost"} {
			for line := range strings.Lines(service[property]) {
				_, argv, _ := strings.Cut(line, "argv[]=")
				argv, _, _ = strings.Cut(argv, " ; ")
				commands = append(commands, argv)
			}
		}
		enabled := timer["ActiveState"] == "active"
		own := !strings.HasPrefix(service["FragmentPath"], "/usr/lib/") && !strings.HasPrefix(service["FragmentPath"], "/lib/")
		text, j, ok := s.recognise(strings.Join(commands, "\n"), own && enabled, timer["Unit"])
		if !ok {
			continue
		}
		j.name, j.enabled, j.service, j.command = strings.TrimSuffix(timer["Id"], ".timer"), enabled, service, text
		j.locations = locationsIn(text + "\n" + service["Environment"])
		j.schedule, j.minutes, j.why = timerInterval(timer)
		s.add(j)
	}
}

// add keeps a job, and returns how many there were of its name. After as many as no host needs the rest is left out, and said.
func (s *schedules) add(j job) (same int) {
	same = s.names[j.name]
	s.names[j.name]++
	if s.jobs = append(s.jobs, j); len(s.jobs) == maxJobs {
		s.opaque = append(s.opaque, fmt.Sprintf("what follows the first %d jobs", maxJobs))
	}
	return same
}

// The bounds of what is followed: a hostile host could print a schedule whose reading takes long on each line.
const (
	maxJobs      = 200      // that start a backup program
	maxScripts   = 10       // that one command names
	maxScript    = 16 << 10 // bytes of the lines of one script
	maxLocations = 20       // that the settings of one program name
)

// timerInterval reads when a timer elapses. Of several expressions the shortest interval counts.
func timerInterval(timer map[string]string) (text string, minutes int, why string) {
	var texts []string
	for _, property := range []string{"TimersCalendar", "TimersMonotonic"} {
		for entry := range strings.Lines(timer[property]) {
			name, value, ok := strings.Cut(strings.Trim(entry, "{ \n}"), "=")
			value, _, _ = strings.Cut(value, " ; ")
			if !ok {
				continue
			}
			texts = append(texts, name+"="+value)
			var n int
			var err error
			switch name {
			case "OnCalendar":
				n, err = schedule.CalendarMinutes(value)
			case "OnUnitActiveUSec", "OnUnitInactiveUSec":
				n, err = schedule.TimespanMinutes(value)
			default: // once after the boot
				continue
			}
			if err != nil {
				why = err.Error()
			} else if minutes == 0 || n < minutes {
				minutes = n
			}
		}
	}
	return strings.Join(texts, ", "), minutes, why
}

// crontab reads a table of crontab(5), with or without the column that names the user.
func (s *schedules) crontab(file, text string, withUser bool) {
	mail := ""
	number := 0
	intervals := map[string]int{}
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || len(s.jobs) == maxJobs {
			continue
		}
		fields := strings.Fields(line)
		if name, value, ok := strings.Cut(fields[0], "="); ok && !strings.ContainsAny(name, "*/,-@") {
			if name == "MAILTO" {
				mail = strings.Trim(value, `"'`)
			}
			continue
		}
		columns := 5
		if strings.HasPrefix(line, "@") {
			columns = 1
		}
		expression := strings.Join(fields[:min(columns, len(fields))], " ")
		if withUser {
			columns++
		}
		if len(fields) <= columns {
			continue
		}
		command := strings.Join(fields[columns:], " ")
		where := file + ", " + expression
		text, j, ok := s.recognise(command, true, where)
		if !ok {
			continue
		}
		j.name, j.enabled, j.mail, j.schedule, j.command, j.cron = path.Base(file)+":"+expression, true, mail, expression, text, command
		if n, seen := intervals[expression]; seen {
			j.minutes = n
		} else if n, err := schedule.IntervalMinutes(expression); err != nil {
			j.why = err.Error()
		} else {
			j.minutes, intervals[expression] = n, n
		}
		j.locations = locationsIn(text)
		if s.add(j) > 0 {
			s.jobs[len(s.jobs)-1].name = fmt.Sprintf("%s:%d", j.name, number)
		}
	}
}

// periodic reads a script that cron runs because of the directory in which it lies.
func (s *schedules) periodic(file string) {
	minutes := map[string]int{"cron.hourly": 60, "cron.daily": 1440, "cron.weekly": 10080, "cron.monthly": 44640, "hourly": 60, "daily": 1440, "weekly": 10080, "monthly": 44640}
	dir, name := path.Split(file)
	every, ok := minutes[path.Base(dir)]
	if !ok || !strings.HasPrefix(dir, "/etc/") || len(s.jobs) == maxJobs {
		return
	}
	// Most of these scripts come with packages; those that call themselves a backup are worth a question.
	text, j, ok := s.recognise(file, strings.Contains(name, "backup") || strings.Contains(name, "dump"), file)
	if !ok {
		return
	}
	j.name, j.enabled, j.schedule, j.minutes, j.command, j.locations = path.Base(dir)+":"+name, true, path.Base(dir), every, text, locationsIn(text)
	j.periodic = path.Base(dir)
	s.add(j)
}

// recognise looks for a backup program in a command and in the scripts that it names. The text is what of both was looked at. A command of
// an administrator's that is neither a backup program nor known to be something else is noted as opaque.
func (s *schedules) recognise(command string, own bool, where string) (text string, j job, ok bool) {
	texts := []string{command}
	does := verbsIn(command)
	followed := map[string]bool{}
	for word := range strings.FieldsSeq(command) {
		word = strings.Trim(word, `"';&|()`)
		if !strings.HasPrefix(word, "/") {
			continue
		}
		if script, found := s.scripts[word]; found && !followed[word] && len(followed) < maxScripts {
			followed[word] = true
			if _, known := s.does[word]; !known {
				s.does[word] = verbsIn(script)
			}
			texts, does = append(texts, script), does.or(s.does[word])
		}
	}
	text = strings.Join(texts, "\n")
	switch {
	case does.makes != "":
		return text, job{tool: does.makes, checks: does.checks != ""}, true
	case does.restores != "":
		return text, job{purpose: forRestore, tool: does.restores, checks: does.checks != ""}, true
	case does.checks != "":
		return text, job{purpose: forCheck, tool: does.checks}, true
	}
	if own && does.keeps == "" && !harmless(command) {
		s.opaque = append(s.opaque, where)
	}
	return "", job{}, false
}

// verbs are the programs that a command or script makes, examines, restores and looks after copies with: the first of each; "" = none.
type verbs struct{ makes, checks, restores, keeps string }

func verbsIn(text string) verbs {
	var out verbs
	for line := range strings.Lines(text) {
		out = out.or(verbs{commandFor(line, backupVerbs), commandFor(line, checkVerbs), commandFor(line, restoreVerbs), commandFor(line, upkeepVerbs)})
	}
	return out
}

// or fills what is empty.
func (v verbs) or(other verbs) verbs {
	return verbs{
		cmp.Or(v.makes, other.makes), cmp.Or(v.checks, other.checks), cmp.Or(v.restores, other.restores), cmp.Or(v.keeps, other.keeps),
	}
}

// harmless reports whether every program that a command names is known to make no copies of a host.
func harmless(command string) bool {
	known := []string{
		"run-parts", "logrotate", "certbot", "apt", "apt-get", "apt.systemd.daily", "dnf", "yum", "zypper", "fstrim", "e2scrub", "e2scrub_all", "e2scrub_all_cron", "sa1", "sa2", "debian-sa1",
		"sessionclean", "man-db", "mandb", "updatedb", "updatedb.plocate", "systemd-tmpfiles", "freshclam", "clamscan", "clamdscan", "aide", "lynis", "rkhunter", "chkrootkit",
		"anacron", "popularity-contest", "fwupdmgr", "needrestart", "unattended-upgrade", "dpkg-db-backup", "snap", "reboot", "shutdown", "true", "mdadm", "checkarray", "ntpdate", "chronyc",
	}
	found := false
	for piece := range strings.FieldsFuncSeq(command, func(r rune) bool { return strings.ContainsRune("\n;|&", r) }) {
		fields := strings.Fields(strings.Trim(strings.TrimSpace(piece), "(){}"))
		for len(fields) > 0 && (strings.Contains(fields[0], "=") || fields[0] == "if" || fields[0] == "then" || fields[0] == "nice" || fields[0] == "ionice" || fields[0] == "exec") {
			fields = fields[1:]
		}
		if len(fields) == 0 || slices.Contains([]string{"[", "test", "command", "cd", "echo", "fi", "sleep", "printf"}, fields[0]) {
			continue
		}
		if !slices.Contains(known, path.Base(fields[0])) {
			return false
		}
		found = true
	}
	return found
}
