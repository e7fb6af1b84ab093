package facts

import (
	"cmp"
	"encoding/json"
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

// backupArea reads what makes copies of the host: the timers and cron lines that start a backup program, the repositories that these
// write to, and the newest copies in them.
//
// Repositories of restic and borg are listed where their password can be had without asking anybody: from files that belong to who
// asks and that nobody else can write, for what stands in them decides what is run. Passwords stay on the host: texts are redacted before they
// are printed, and once more here.
func backupArea(o Options) Area {
	a := Area{
		Name: "backup",
		Sections: []script.Section{
			{Name: "backup_schedules", Command: "systemctl show", Limit: 1 << 20, Shell: schedulesShell},
			{Name: "backup_points", Late: true, Command: "restic snapshots, borg list", Limit: 1 << 20, Shell: pointsShell},
			{Name: "backup_history", Late: true, Command: "journalctl", Limit: 1 << 20, Shell: historyShell},
			{Name: "pgbackrest", Late: true, Command: "pgbackrest info", Shell: `
has pgbackrest || absent
need_root
t pgbackrest info --output=json --log-level-console=off --log-level-file=off`},
			{Name: "bareos", Late: true, Command: "bconsole", Shell: `
has bconsole || absent
need_root
printf '%s\n' '.api 2' "list jobs client=$(uname -n)-fd days=35" quit | t bconsole`},
		},
		Kinds: []string{"backup_plan", "backup_vault", "backup_job", "recovery_point", "restore_test", "alert_rule"},
	}
	if len(o.RestoreTest) > 0 {
		a.Sections = append(a.Sections, script.Section{
			Name: "restore", Late: true, Command: "restic restore, borg extract", Shell: restoreShell(strings.Join(o.RestoreTest, " ")),
		})
	}
	a.Read = func(h *Host) { readBackup(h, o) }
	return a
}

// backups gathers what is found of the copies of one host.
type backups struct {
	h      *Host
	vaults map[string]string // UID by location
	plans  []string
	tools  map[string]bool // programs that a schedule starts
	listed map[string]bool // programs whose copies were listed
	keep   map[string]int64
	jobs   []job             // that make copies, check or restore them
	past   history           // of the jobs
	made   map[string][]run  // when copies were made, by program
	ids    map[string]string // of borg repositories, by location
	// started are the times at which cron started a program, and timed the programs that services of systemd start to make copies.
	started map[string][]int64
	timed   map[string]bool
	added   int // runs of jobs
}

func readBackup(h *Host, o Options) {
	b := &backups{
		h: h, vaults: map[string]string{}, tools: map[string]bool{}, listed: map[string]bool{}, keep: map[string]int64{},
		made: map[string][]run{}, ids: map[string]string{}, started: map[string][]int64{}, timed: map[string]bool{},
	}
	schedules := h.Result("backup_schedules")
	h.CoverBy("backup_plan", schedules)
	var opaque []string
	b.jobs, opaque = b.scheduled(schedules)
	b.past = readHistory(h.Result("backup_history"), b.oneshot)
	b.prepare()
	b.cover(schedules)
	b.points(h.Result("backup_points"))
	b.pgBackRest(h.Result("pgbackrest"))
	b.bareos(h.Result("bareos"))
	for i := range b.jobs {
		switch b.jobs[i].purpose {
		case forBackup:
			b.plan(schedules, &b.jobs[i])
		case forRestore:
			b.ran(schedules, &b.jobs[i])
		case forCheck: // see verification
		}
	}
	b.taggedTests()
	for _, uid := range b.plans {
		h.Relate("selected_by", h.UID, uid)
	}
	if len(opaque) > 0 {
		slices.Sort(opaque)
		b.h.Cover("backup_job", evidence.Partial, "whether some of what is scheduled makes copies is not known")
		h.Relations = append(h.Relations, evidence.Relation{
			Type: "selected_by", From: h.UID, Attrs: map[string]string{
				"reason": string(evidence.Unresolved),
				"detail": "whether these make copies is not known: " + script.Line(strings.Join(slices.Compact(opaque), ", "), 400),
			},
		})
	}
	b.coverPoints(schedules)
	b.restores(o)
}

// oneshot reports whether a unit is a service that ends with its command; so are those whose type is not told.
func (b *backups) oneshot(unit string) bool {
	return slices.ContainsFunc(b.jobs, func(j job) bool {
		return j.service["Id"] == unit && (j.service["Type"] == "" || j.service["Type"] == "oneshot")
	})
}

// cover says how completely jobs and what watches them are known; of single jobs more is said where they are read.
func (b *backups) cover(schedules Result) {
	b.h.CoverBy("alert_rule", schedules)
	b.h.Cover("alert_rule", evidence.Partial, "hooks by which scripts tell of a failed backup are not recognised")
	b.h.CoverBy("backup_job", schedules)
}

// coverPoints says how completely copies and their places are known.
func (b *backups) coverPoints(schedules Result) {
	points := b.h.Result("backup_points")
	for _, name := range []string{"recovery_point", "backup_vault"} {
		b.h.CoverBy(name, schedules)
		if points.State != script.Absent {
			b.h.CoverBy(name, points)
		}
	}
	for tool := range b.tools {
		if !b.listed[tool] {
			b.h.Cover("recovery_point", evidence.Partial, "the copies that "+tool+" makes were not listed")
		}
	}
}

// What a schedule is there for.
const (
	forBackup  = iota // it makes copies
	forCheck          // it examines copies for damage
	forRestore        // it restores copies
)

// job is a schedule that starts a backup program.
type job struct {
	purpose int
	checks  bool // it examines copies besides making or restoring them
	// examined is its last run that examined copies; of a line of cron none is known.
	examined run
	// cron is the command as the table of cron has it, and periodic the directory of cron that its script lies in; both are "" for others.
	cron, periodic string

	name, tool, schedule, command string
	minutes                       int // 0 = the schedule is not understood
	why                           string
	enabled                       bool
	locations                     []string
	service                       map[string]string // properties of the systemd service; nil for cron
	mail                          string            // who cron writes to; "" = nobody is named
}

// commandFor finds a program in a command line or a line of a script that has one of its verbs too; "" = there is none.
func commandFor(line string, verbs map[string]*regexp.Regexp) string {
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\n;|&(){}\"'`=", r) }) {
		word = word[strings.LastIndexByte(word, '/')+1:]
		verb, known := verbs[word]
		if known && (verb == nil || verb.MatchString(line)) {
			return word
		}
	}
	return ""
}

// backupVerbs are the programs that make copies, with what their command line has when they do; nil = always.
var backupVerbs = map[string]*regexp.Regexp{
	"restic": verb("backup"), "resticprofile": verb("backup"), "autorestic": verb("backup|cron"), "borg": verb("create"), "borgmatic": nil,
	"pgbackrest": verb("backup"), "rsnapshot": nil, "rsync": nil, "rclone": verb("sync|copy"), "duplicity": nil, "wal-g": verb("backup-push"),
	"barman": verb("backup"), "pg_dump": nil, "pg_dumpall": nil, "pg_basebackup": nil, "mysqldump": nil, "mariadb-backup": nil, "rdiff-backup": nil,
	"zfs": verb("send"), "btrfs": verb("send"), "xtrabackup": nil, "mongodump": nil, "bconsole": regexp.MustCompile(`\brun\b`),
	"tar": regexp.MustCompile(`\btar\s+(-\S*c|c|.*--create)`),
}

// verb matches a word of a command line that stands by itself: "backup" and not "/srv/backup".
func verb(words string) *regexp.Regexp {
	return regexp.MustCompile("(?:^|[\\s\"'])(?:" + words + ")(?:[\\s\"');|&]|$)")
}

// checkVerbs and restoreVerbs are the words by which the programs examine and restore copies; upkeepVerbs those by which they do neither of
// these nor make any.
var (
	checkVerbs = map[string]*regexp.Regexp{
		"restic": verb("check"), "resticprofile": verb("check"), "autorestic": verb("check"), "borg": verb("check"), "borgmatic": verb("check"),
		"pgbackrest": verb("verify"),
	}
	restoreVerbs = map[string]*regexp.Regexp{
		"restic": verb("restore"), "resticprofile": verb("restore"), "autorestic": verb("restore"), "pgbackrest": verb("restore"),
		"borg": verb("extract"), "borgmatic": verb("extract|restore"),
	}
	upkeepVerbs = map[string]*regexp.Regexp{
		"restic": verb("forget|prune|unlock|stats|snapshots"), "resticprofile": verb("forget|prune|unlock"), "autorestic": verb("forget"),
		"borg": verb("prune|compact|list|info|break-lock"), "pgbackrest": verb("expire|info|check"),
	}
)

var (
	repositoryFlag = regexp.MustCompile(`(?:\s-r|--repo)[ =]+["']?([^\s"';]+)`)
	assigned       = regexp.MustCompile(`(?:RESTIC_REPOSITORY|BORG_REPO)=["']?([^\s"';]+)`)
	keepFlag       = regexp.MustCompile(`keep[_-](within|last|hourly|daily|weekly|monthly|yearly)[a-z-]*["']?\s*[ =:]\s*["']?([0-9]+[a-z0-9]*)`)
	borgArchive    = regexp.MustCompile(`\bcreate\b.*?\s["']?([^\s"'-][^\s"']*)::`)
)

// locationsIn are the repositories that a text names.
func locationsIn(text string) []string {
	var out []string
	for _, pattern := range []*regexp.Regexp{repositoryFlag, assigned, borgArchive} {
		for _, m := range pattern.FindAllStringSubmatch(text, 20) {
			if l := redactLocation(m[1]); l != "" && !strings.Contains(l, "$") && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// redactLocation takes the user and password out of the URL of a repository.
func redactLocation(text string) string {
	text = strings.Trim(text, `"' `)
	head, rest, ok := strings.Cut(text, "://")
	if !ok {
		return text
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return head + "://" + rest
}

// keepDays is for how many days the newest copies are kept by the rules of restic's forget and borg's prune in a text: the longest of them.
func keepDays(text string) (days int64, ok bool) {
	units := map[string]int64{"hourly": 0, "daily": 1, "weekly": 7, "monthly": 30, "yearly": 365}
	for _, m := range keepFlag.FindAllStringSubmatch(text, 50) {
		if m[1] == "within" {
			days, ok = max(days, spanDays(m[2])), true
			continue
		}
		n, err := strconv.ParseInt(m[2], 10, 32)
		if unit, known := units[m[1]]; known && err == nil {
			days, ok = max(days, n*unit), true
		}
	}
	return days, ok
}

var spanPart = regexp.MustCompile(`([0-9]{1,4})([yYmMwWdDhH])`)

// spanDays reads a span such as 1y6m or 30d.
func spanDays(text string) int64 {
	units := map[string]int64{"y": 365, "m": 30, "w": 7, "d": 1, "h": 0}
	var days int64
	for _, m := range spanPart.FindAllStringSubmatch(text, 10) {
		n, _ := strconv.ParseInt(m[1], 10, 32) // at most four digits
		days += n * units[strings.ToLower(m[2])]
	}
	return days
}

// vault adds the place where copies lie, once, and returns its UID.
func (b *backups) vault(r Result, tool, location string, encrypted kind.Attr[bool]) string {
	location = script.Line(redactLocation(location), 300)
	if uid, ok := b.vaults[location]; ok {
		return uid
	}
	v := kind.BackupVault{Encrypted: encrypted, Account: kind.NA[string]()}
	where, region, media := place(location)
	v.LocationType = unsaid[string](r, evidence.Unresolved, "whether "+location+" is on the same site as the host is not known")
	if where != "" {
		v.LocationType = known(r, where)
	}
	v.LocationRegion = kind.NA[string]()
	if where == "cloud" {
		v.LocationRegion = unsaid[string](r, evidence.Unresolved, "the address of the repository names no region")
		v.Account = unsaid[string](r, evidence.NotCollected, "the host does not know whose the storage is")
		if region != "" {
			v.LocationRegion = known(r, region)
		}
	}
	if media != "" {
		v.Media = known(r, media)
	} else {
		v.Media = unsaid[string](r, evidence.NotCollected, "what "+location+" lies on is not known on this host")
	}
	v.VerifiedAt, v.VerifiedStatus = b.verification(location, tool)
	uid := b.h.Add("backup_vault", "vault:"+tool+":"+location, location, r, v)
	b.vaults[location] = uid
	return uid
}

var awsRegion = regexp.MustCompile(`\bs3[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-[0-9])\.amazonaws\.`)

// place tells what the address of a repository says about where it lies: on this machine, in object storage, or on another machine.
func place(location string) (where, region, media string) {
	if strings.HasPrefix(location, "/") || strings.HasPrefix(location, "file://") {
		return "onprem", "", "disk"
	}
	for _, scheme := range []string{"s3:", "b2:", "gs:", "azure:", "swift:"} {
		if strings.HasPrefix(location, scheme) {
			if m := awsRegion.FindStringSubmatch(location); m != nil {
				return "cloud", m[1], "object"
			}
			if scheme != "s3:" || strings.Contains(location, "amazonaws.com") {
				return "cloud", "", "object"
			}
			return "", "", "object" // MinIO and its like may stand anywhere
		}
	}
	return "", "", ""
}

// plan adds the plan of a job.
func (b *backups) plan(r Result, j *job) {
	b.tools[j.tool] = true
	rule := kind.BackupPlanRule{
		Schedule: kind.Known(j.schedule), Type: kind.Known("full"), Copies: kind.Known([]kind.BackupPlanRuleCopy{}),
		IntervalMinutes: kind.Unknown[int64](evidence.Unsupported, cmp.Or(j.why, "the schedule is not understood")),
		RetentionDays:   kind.Unknown[int64](evidence.NotCollected, "no rule about how long copies are kept stands in the command, script or configuration"),
		Vault:           kind.Unknown[string](evidence.Unresolved, "where "+j.tool+" puts the copies is not told by its command or settings"),
	}
	if j.minutes > 0 {
		rule.IntervalMinutes = kind.Known(int64(j.minutes))
	}
	if days, ok := keepDays(j.command); ok {
		rule.RetentionDays = kind.Known(days)
	} else if days, ok := b.keep[j.tool]; ok {
		rule.RetentionDays = kind.Known(days)
	}
	if j.tool == "pgbackrest" || j.tool == "bconsole" || j.tool == "duplicity" {
		rule.Type = pgType(j.command)
	}
	rules := []kind.BackupPlanRule{}
	for _, location := range j.locations {
		one := rule
		one.Vault = kind.Known(b.vault(r, j.tool, location, vaultEncryption(r, j.tool)))
		rules = append(rules, one)
	}
	if len(rules) == 0 {
		rules = append(rules, rule)
	}
	uid := b.h.Add("backup_plan", "backup:"+j.name, j.name+" ("+j.tool+")", r, kind.BackupPlan{
		Enabled: known(r, j.enabled), Automated: known(r, true), Rules: known(r, rules),
	})
	b.plans = append(b.plans, uid)
	b.ran(r, j)
	b.alert(r, j)
}

var pgTypeFlag = regexp.MustCompile(`--type[ =](full|diff|incr)`)

// pgType is the type of copies that a command of pgBackRest makes.
func pgType(command string) kind.Attr[string] {
	if m := pgTypeFlag.FindStringSubmatch(command); m != nil {
		return kind.Known(map[string]string{"full": "full", "diff": "differential", "incr": "incremental"}[m[1]])
	}
	return kind.Unknown[string](evidence.Unresolved, "the command does not say which type of copy it makes")
}

// vaultEncryption is what is known of a repository by its program alone: restic encrypts always.
func vaultEncryption(r Result, tool string) kind.Attr[bool] {
	if tool == "restic" || tool == "resticprofile" || tool == "autorestic" {
		return known(r, true)
	}
	return unsaid[bool](r, evidence.NotCollected, "the repository was not opened")
}

// alert adds what tells somebody that the job failed.
func (b *backups) alert(r Result, j *job) {
	var targets kind.Attr[[]kind.AlertRuleTarget]
	switch {
	case j.service["OnFailure"] != "":
		targets = unsaid[[]kind.AlertRuleTarget](r, evidence.Unresolved, "whom "+j.service["OnFailure"]+" tells is not known")
	case j.mail != "":
		targets = known(r, []kind.AlertRuleTarget{{
			Type: kind.Known("email"), Confirmed: kind.Unknown[bool](evidence.NotCollected, "whether mail of the host arrives is not known on it"),
		}})
	default:
		return
	}
	b.h.Add("alert_rule", "alert:"+j.name, "failure of "+j.name, r, kind.AlertRule{
		Enabled: known(r, true), Watches: known(r, []string{"backup_failure"}), Targets: targets,
	})
}

// listing is what one repository printed.
type listing struct {
	tool, source string
	values       map[string]string
	text         string // from the first bracket on
}

// listings takes apart what the sections that open repositories print.
func listings(r Result) []listing {
	var out []listing
	for _, f := range r.Files() {
		l := listing{tool: f.Tag, source: f.Path, values: script.Result{Output: f.Text}.Values()}
		if i := strings.Index("\n"+f.Text, "\n["); i >= 0 {
			l.text = f.Text[i:]
		} else if i := strings.Index("\n"+f.Text, "\n{"); i >= 0 {
			l.text = f.Text[i:]
		}
		if l.tool == "restic" || l.tool == "borg" {
			out = append(out, l)
		}
	}
	return out
}

// points reads the copies that restic and borg list.
func (b *backups) points(r Result) {
	for _, l := range listings(r) {
		location := redactLocation(l.values["location"])
		if location == "" {
			b.unlisted(l, cmp.Or(l.values["error"], "its settings name no repository"))
			continue
		}
		var err error
		var count int
		if l.tool == "restic" {
			count, err = b.restic(r, l, location)
		} else {
			count, err = b.borg(r, l, location)
		}
		if err != nil {
			b.vault(r, l.tool, location, vaultEncryption(r, l.tool))
			b.unlisted(l, cmp.Or(l.values["error"], err.Error()))
			continue
		}
		b.listed[l.tool] = true
		for _, wrapper := range []string{"resticprofile", "autorestic", "borgmatic"} {
			b.listed[wrapper] = b.listed[wrapper] || strings.HasPrefix(wrapper, l.tool) || strings.HasSuffix(wrapper, l.tool)
		}
		if count >= maxPoints {
			b.h.Cover("recovery_point", evidence.Cut, fmt.Sprintf("only the newest %d copies in %s were read", maxPoints, location))
		}
	}
}

// maxPoints is how many copies of a repository are listed at most.
const maxPoints = 60

// unlisted says that a repository could not be listed. Of what it holds nothing can be concluded.
func (b *backups) unlisted(l listing, why string) {
	why = script.Line(redactText(why), 300)
	for _, name := range []string{"recovery_point", "backup_vault"} {
		if name == "recovery_point" || l.values["location"] == "" {
			b.h.Cover(name, evidence.Denied, fmt.Sprintf("the repository of %s that %s names was not listed: %s", l.tool, l.source, why))
		}
	}
	b.h.Problem("backup_repository", fmt.Sprintf("the repository of %s that %s names was not listed", l.tool, l.source), why)
}

var userData = regexp.MustCompile(`://[^\s"']*@`)

// redactText takes user data of URLs out of a text, should the host not have done so.
func redactText(text string) string { return userData.ReplaceAllString(text, "://") }

// resticSnapshot is an element of what "restic snapshots --json" prints.
type resticSnapshot struct {
	ID       string `json:"id"`
	Time     string `json:"time"`
	Hostname string `json:"hostname"`
	Summary  struct {
		End  string `json:"backup_end"`
		Size int64  `json:"total_bytes_processed"`
	} `json:"summary"`
}

func (b *backups) restic(r Result, l listing, location string) (count int, err error) {
	var list []resticSnapshot
	if err := firstJSON(l.text, &list); err != nil {
		return 0, err
	}
	vault := b.vault(r, "restic", location, known(r, true))
	for _, s := range list {
		// restic writes a snapshot when its data is stored. Before version 0.17 it notes only when it began.
		began, ok := b.h.localTime(s.Time, "")
		if !ok || !isID(s.ID) || s.Hostname != l.values["node"] {
			continue
		}
		ended, told := b.h.localTime(s.Summary.End, "")
		if !told {
			ended = began
		}
		p := kind.RecoveryPoint{SizeBytes: unsaid[int64](r, evidence.Unsupported, "this version of restic notes no size")}
		if told {
			p.SizeBytes = known(r, s.Summary.Size)
		}
		b.point(r, "restic", location, s.ID[:8], known(r, began), known(r, ended), known(r, true), vault, p)
	}
	return len(list), nil
}

// borgList is what "borg list --json" prints.
type borgList struct {
	Archives []struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Hostname string `json:"hostname"`
		Start    string `json:"start"`
		End      string `json:"end"`
	} `json:"archives"`
	Encryption struct {
		Mode string `json:"mode"`
	} `json:"encryption"`
	Repository struct {
		ID string `json:"id"`
	} `json:"repository"`
}

func (b *backups) borg(r Result, l listing, location string) (count int, err error) {
	var list borgList
	if err := firstJSON(l.text, &list); err != nil {
		return 0, err
	}
	encrypted := known(r, list.Encryption.Mode != "none" && !strings.HasPrefix(list.Encryption.Mode, "authenticated"))
	if list.Encryption.Mode == "" {
		encrypted = unsaid[bool](r, evidence.ParseError, "borg does not say how the repository is encrypted")
	}
	b.ids[location] = list.Repository.ID
	vault := b.vault(r, "borg", location, encrypted)
	for _, a := range list.Archives {
		began, ok1 := b.h.borgTime(a.Start)
		ended, ok2 := b.h.borgTime(a.End)
		if !ok1 || !ok2 || !isID(a.ID) || a.Hostname != l.values["node"] {
			continue
		}
		if strings.Contains(a.Name, ".checkpoint") { // what borg keeps of a run that was broken off
			b.point(r, "borg", location, a.ID[:16], known(r, began), kind.NA[kind.Time](), encrypted, vault, kind.RecoveryPoint{Status: known(r, "partial")})
			continue
		}
		b.point(r, "borg", location, a.ID[:16], known(r, began), known(r, ended), encrypted, vault, kind.RecoveryPoint{})
	}
	return len(list.Archives), nil
}

// point adds a copy of the host that restores by itself.
func (b *backups) point(
	r Result, tool, location, id string, began, ended kind.Attr[kind.Time], encrypted kind.Attr[bool], vault string, p kind.RecoveryPoint,
) {
	if !p.Status.IsSet() {
		p.Status = known(r, "completed")
	}
	if status, _ := p.Status.Value(); status == "completed" {
		b.notes(tool, began, ended)
	}
	p.Type, p.CreatedAt, p.CompletedAt, p.Encrypted, p.Vault = known(r, "full"), began, ended, encrypted, known(r, vault)
	p.ChainParent, p.ChainBase = null[string](r), null[string](r)
	p.ExpiresAt = unsaid[kind.Time](r, evidence.Unsupported, tool+" decides when it prunes which copies are kept")
	uid := b.h.Add("recovery_point", pointSuffix(tool, location, id), tool+" "+id, r, p)
	b.h.Relate("protects", uid, b.h.UID)
}

// notes remembers when a copy was made, for the history of the jobs.
func (b *backups) notes(tool string, began, ended kind.Attr[kind.Time]) {
	from, _ := began.Value()
	until, _ := ended.Value()
	a, errA := time.Parse(time.RFC3339, string(from))
	z, errZ := time.Parse(time.RFC3339, string(until))
	if errA == nil && errZ == nil {
		b.made[tool] = append(b.made[tool], run{a.Unix(), z.Unix(), "completed"})
	}
}

func pointSuffix(tool, location, id string) string {
	return "recovery_point:" + tool + ":" + script.Line(location, 300) + ":" + id
}

func isID(text string) bool {
	return len(text) >= 16 && strings.Trim(text, "0123456789abcdef") == ""
}

// firstJSON reads the first JSON value of a text.
func firstJSON(text string, into any) error {
	if text == "" {
		return fmt.Errorf("it printed no list of copies")
	}
	if err := json.NewDecoder(strings.NewReader(text)).Decode(into); err != nil {
		return fmt.Errorf("what it printed cannot be read: %w", err)
	}
	return nil
}
