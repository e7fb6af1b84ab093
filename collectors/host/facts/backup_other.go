package facts

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// pgStanza is an element of what "pgbackrest info --output=json" prints.
type pgStanza struct {
	Name   string `json:"name"`
	Cipher string `json:"cipher"`
	Backup []struct {
		Label     string  `json:"label"`
		Type      string  `json:"type"`
		Prior     *string `json:"prior"`
		Error     *bool   `json:"error"`
		Timestamp struct {
			Start int64 `json:"start"`
			Stop  int64 `json:"stop"`
		} `json:"timestamp"`
		Info struct {
			Size int64 `json:"size"`
		} `json:"info"`
		Database struct {
			Repo int64 `json:"repo-key"`
		} `json:"database"`
	} `json:"backup"`
	Status pgStatus `json:"status"`
	// Repos are the repositories of the stanza, since version 2.33.
	Repos []struct {
		Key    int64    `json:"key"`
		Cipher string   `json:"cipher"`
		Status pgStatus `json:"status"`
	} `json:"repo"`
}

// pgStatus is the state of a stanza, in one repository or in all.
type pgStatus struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// read reports whether the copies are all listed: code 0 is fine, 2 means that there are none, 4 that the repositories differ, which each
// of them tells more exactly; with all else some could not be read.
func (s pgStatus) read() bool { return s.Code == 0 || s.Code == 2 }

// cipherOf is how the repository is encrypted; "" = it is not told.
func (s *pgStanza) cipherOf(repo int64) string {
	for _, r := range s.Repos {
		if r.Key == repo {
			return r.Cipher
		}
	}
	if s.Cipher == "mixed" {
		return ""
	}
	return s.Cipher
}

// unread says of which repositories of the stanza the copies could not be read, and why; nil = of none.
func (s *pgStanza) unread() []string {
	var out []string
	for _, r := range s.Repos {
		if !r.Status.read() {
			out = append(out, fmt.Sprintf("repository %d of the stanza %s: %s", r.Key, s.Name, script.Line(r.Status.Message, 200)))
		}
	}
	if len(out) == 0 && !s.Status.read() {
		out = append(out, fmt.Sprintf("the stanza %s: %s", s.Name, script.Line(s.Status.Message, 200)))
	}
	return out
}

// pgBackRest reads the copies of databases that pgBackRest lists, with the chains of incremental and differential ones.
func (b *backups) pgBackRest(r Result) {
	if r.State == script.Absent {
		return
	}
	if !r.OK() {
		b.h.CoverBy("recovery_point", r)
		return
	}
	var stanzas []pgStanza
	if err := firstJSON(r.Output, &stanzas); err != nil {
		b.h.Cover("recovery_point", evidence.Partial, "pgbackrest info: "+err.Error())
		return
	}
	b.listed["pgbackrest"] = true
	for i := range stanzas {
		s := &stanzas[i]
		for _, why := range s.unread() {
			b.h.Cover("recovery_point", evidence.Partial, "pgbackrest info says of "+why)
		}
		for _, c := range s.Backup {
			repo := max(c.Database.Repo, 1)
			location := "pgbackrest repository " + strconv.FormatInt(repo, 10) + " of " + s.Name
			encrypted := unsaid[bool](r, evidence.Unsupported, "this version of pgbackrest does not tell the cipher of each repository")
			if cipher := s.cipherOf(repo); cipher != "" {
				encrypted = known(r, cipher != "none")
			}
			prefix := b.h.UID + ":" + pointSuffix("pgbackrest", s.Name, "")
			p := kind.RecoveryPoint{
				Status: known(r, "completed"), Type: unsaid[string](r, evidence.ParseError, "pgbackrest knows no type "+c.Type), Encrypted: encrypted,
				ExpiresAt:   unsaid[kind.Time](r, evidence.Unsupported, "pgbackrest decides when it expires which copies are kept"),
				Vault:       known(r, b.vault(r, "pgbackrest", location, encrypted)),
				ChainParent: null[string](r), ChainBase: null[string](r), SizeBytes: known(r, c.Info.Size),
				CreatedAt: unsaid[kind.Time](r, evidence.ParseError, "the copy has no time"), CompletedAt: unsaid[kind.Time](r, evidence.ParseError, "the copy has no time"),
			}
			began, okBegan := b.h.Since1970(c.Timestamp.Start)
			ended, okEnded := b.h.Since1970(c.Timestamp.Stop)
			if okBegan && okEnded && c.Timestamp.Stop > 0 {
				p.CreatedAt, p.CompletedAt = known(r, began), known(r, ended)
				b.notes("pgbackrest", p.CreatedAt, p.CompletedAt)
			}
			if c.Error != nil && *c.Error { // pages with wrong checksums were copied
				p.Status = known(r, "partial")
			}
			if t, ok := map[string]string{"full": "full", "diff": "differential", "incr": "incremental"}[c.Type]; ok {
				p.Type = known(r, t)
			}
			if c.Prior != nil && c.Type != "full" {
				// A label names the full copy first: 20260101-010000F_20260102-010000I.
				base, _, _ := strings.Cut(c.Label, "_")
				p.ChainParent, p.ChainBase = known(r, prefix+*c.Prior), known(r, prefix+base)
			}
			uid := b.h.Add("recovery_point", pointSuffix("pgbackrest", s.Name, c.Label), "pgbackrest "+s.Name+" "+c.Label, r, p)
			b.h.Relate("protects", uid, b.h.UID)
		}
	}
}

// bareosJobs is what bconsole prints of "list jobs" in its API mode 2.
type bareosJobs struct {
	Result struct {
		Jobs []struct {
			ID     string `json:"jobid"`
			Name   string `json:"name"`
			Type   string `json:"type"`
			Level  string `json:"level"`
			Status string `json:"jobstatus"`
			Start  string `json:"starttime"`
			End    string `json:"endtime"`
			Bytes  string `json:"jobbytes"`
		} `json:"jobs"`
	} `json:"result"`
}

// bareos reads the jobs of this host that a Bareos director which runs on it remembers. Its copies are known by their jobs: a job that
// ended well left a copy until its volumes are used again, which the catalogue does not say.
func (b *backups) bareos(r Result) {
	if r.State == script.Absent {
		return
	}
	b.h.CoverBy("backup_job", r)
	b.h.Cover("recovery_point", evidence.Partial, "which copies Bareos still holds is not read")
	for line := range strings.SplitSeq(r.Output, "\n{") {
		var list bareosJobs
		if !r.OK() || firstJSON("{"+strings.TrimPrefix(line, "{"), &list) != nil {
			continue
		}
		for _, j := range list.Result.Jobs {
			b.bareosJob(r, j.ID, j.Name, j.Type, j.Status, j.Start, j.End)
		}
	}
}

func (b *backups) bareosJob(r Result, id, name, jobType, status, start, end string) {
	began, okBegan := b.h.localTime(start, "+0000")
	ended, okEnded := b.h.localTime(end, "+0000")
	// https://docs.bareos.org: T and W ended, W with warnings; R runs, C and F wait; all else failed.
	outcome := "failed"
	switch status {
	case "T", "W":
		outcome = "completed"
	case "R", "C", "F", "S":
		outcome = "running"
	}
	if !okBegan || jobType != "B" && jobType != "R" {
		return
	}
	e := kind.BackupJob{
		Status: known(r, outcome), StartedAt: known(r, began), EndedAt: kind.NA[kind.Time](),
		Trigger: unsaid[string](r, evidence.Unsupported, "Bareos does not note who started a job"),
	}
	if outcome != "running" {
		e.EndedAt = unsaid[kind.Time](r, evidence.ParseError, "the job has no time at which it ended")
		if okEnded {
			e.EndedAt = known(r, ended)
		}
	}
	if jobType == "R" {
		test := kind.RestoreTest{
			Protects: known(r, b.h.UID), Status: known(r, cmp.Or(map[string]string{"completed": "completed"}[outcome], "failed")), StartedAt: known(r, began), CompletedAt: e.EndedAt,
			ValidationStatus: unsaid[string](r, evidence.Unsupported, "Bareos does not note whether somebody examined what was restored"),
			ValidationMethod: kind.NA[string](),
		}
		b.h.Relate("protects", b.h.Add("restore_test", "restore_test:bareos:"+id, name+" "+id, r, test), b.h.UID)
		return
	}
	b.h.Relate("protects", b.h.Add("backup_job", "backup_job:bareos:"+id, name+" "+id, r, e), b.h.UID)
}

// restores reads the restores that were asked for.
func (b *backups) restores(o Options) {
	if len(o.RestoreTest) == 0 {
		b.h.CoverBy("restore_test", b.h.Result("backup_schedules"))
		b.h.Cover("restore_test", evidence.Partial,
			"a host tells of restores only that timers start or that the log has with the tag restore-test; --restore-test makes one")
		return
	}
	r := b.h.Result("restore")
	if r.State == script.Absent {
		b.h.Cover("restore_test", evidence.Partial, "neither restic nor borg is on the host: nothing can be restored")
		return
	}
	b.h.CoverBy("restore_test", r)
	tests := 0
	for _, l := range listings(r) {
		if b.restore(r, l) {
			tests++
			continue
		}
		why := script.Line(redactText(cmp.Or(l.values["error"], "it names no copy of the host")), 300)
		b.h.Cover("restore_test", evidence.Partial, "nothing was restored from the repository of "+l.tool+" that "+l.source+" names: "+why)
		b.h.Problem("restore_test", "nothing was restored from the repository of "+l.tool+" that "+l.source+" names", why)
	}
	if tests == 0 && r.OK() && len(listings(r)) == 0 {
		b.h.Problem("restore_test", "no repository of "+strings.Join(o.RestoreTest, " or ")+" was found whose settings can be used", "")
		b.h.Cover("restore_test", evidence.Partial, "no repository was found whose settings can be used")
	}
}

// restore reads one restore; false where it did not come to one.
func (b *backups) restore(r Result, l listing) bool {
	v := l.values
	began, ok1 := b.h.seconds(v["begin"])
	ended, ok2 := b.h.seconds(v["end"])
	if v["point"] == "" || !isID(v["point"]+"0000000000000000") || !ok1 || !ok2 {
		return false
	}
	location := redactLocation(v["location"])
	from, _ := strconv.ParseInt(v["begin"], 10, 64) // both were read above
	until, _ := strconv.ParseInt(v["end"], 10, 64)
	test := kind.RestoreTest{
		Protects: known(r, b.h.UID), RecoveryPoint: known(r, b.h.UID+":"+pointSuffix(l.tool, location, v["point"])),
		Status: known(r, "failed"), StartedAt: known(r, began), CompletedAt: known(r, ended),
		DurationMinutes: known(r, max((until-from+59)/60, 1)), Scope: known(r, "sample"),
		ValidationStatus: known(r, "failed"), ValidationMethod: known(r, "checksum"), PerformedBy: kind.NA[string](),
	}
	switch v["status"] {
	case "124": // of timeout(1)
		test.ValidationStatus = known(r, "timed_out")
	case "0":
		test.Status = known(r, "completed")
		if isID(v["expected"]) && v["restored"] == v["expected"] && v["restored_size"] == v["size"] {
			test.ValidationStatus = known(r, "successful")
		}
	}
	uid := b.h.Add("restore_test", "restore_test:"+l.tool+":"+script.Line(location, 300)+":"+v["begin"], l.tool+" restore of "+string(began), r, test)
	b.h.Relate("protects", uid, b.h.UID)
	return true
}
