package facts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
)

// november is a time on a day of November 2026, in seconds since 1970; the host is asked on the 21st at noon.
func november(n, hour int) int64 { return time.Date(2026, 11, n, hour, 0, 0, 0, time.UTC).Unix() }

// found are the entities of a kind with some of their attributes, by name.
func found(h *Host, kindName string, paths ...string) map[string]any {
	out := map[string]any{}
	for _, e := range ofKind(h, kindName) {
		out[e.Name] = attributes(e, paths...)
	}
	return out
}

// withoutOthers reads a host that has neither pgBackRest nor Bareos.
func withoutOthers(printed map[string]string) *Host {
	answers := answersWith(Options{}, printed)
	for _, s := range Sections(Areas()) {
		if s.Name == "pgbackrest" || s.Name == "bareos" {
			answers.Results[s.Name] = script.Recorded(s, script.Absent, "")
		}
	}
	return Read(Areas(), Identity{Name: "web1", Group: "web", Source: "s1"}, at, answers)
}

const timersText = `
MARK:file timers - systemd
TimersCalendar={ OnCalendar=daily ; next_elapse=x }
Unit=restic.service
Id=restic.timer
ActiveState=active

TimersCalendar={ OnCalendar=weekly ; next_elapse=x }
Unit=restic-check.service
Id=restic-check.timer
ActiveState=active

TimersCalendar={ OnCalendar=monthly ; next_elapse=x }
Unit=restore-drill.service
Id=restore-drill.timer
ActiveState=active

TimersCalendar={ OnCalendar=weekly ; next_elapse=x }
Unit=restic-forget.service
Id=restic-forget.timer
ActiveState=active

MARK:file services - systemd
Id=restic.service
Type=oneshot
ExecStart={ path=/usr/bin/restic ; argv[]=/usr/bin/restic -r /srv/backup backup /etc ; status=0/0 }
Result=success
ExecMainStartTimestamp=Sat 2026-11-21 00:00:01 UTC
ExecMainExitTimestamp=Sat 2026-11-21 01:00:00 UTC
FragmentPath=/etc/systemd/system/restic.service

Id=restic-check.service
Type=oneshot
ExecStart={ path=/usr/bin/restic ; argv[]=/usr/bin/restic -r /srv/backup check ; status=0/0 }
FragmentPath=/etc/systemd/system/restic-check.service

Id=restore-drill.service
Type=oneshot
ExecStart={ path=/usr/bin/restic ; argv[]=/usr/bin/restic -r /srv/backup restore latest --target /mnt/drill ; status=0/0 }
FragmentPath=/etc/systemd/system/restore-drill.service

Id=restic-forget.service
Type=oneshot
ExecStart={ path=/usr/bin/restic ; argv[]=/usr/bin/restic forget --prune ; status=0/0 }
FragmentPath=/etc/systemd/system/restic-forget.service
`

// unitRows are rows of the journal about a unit: when and what.
func unitRows(unit string, rows ...any) string {
	var b strings.Builder
	for i := 0; i+1 < len(rows); i += 2 {
		fmt.Fprintf(&b, "%v %v %s\n", rows[i], rows[i+1], unit)
	}
	return b.String()
}

// TestServiceHistory reads the runs of services as systemd's messages tell them: of backups, of a check, of a restore.
func TestServiceHistory(t *testing.T) {
	begins := fmt.Sprintf("begins=%d\n", november(1, 0))
	h := withoutOthers(map[string]string{"backup_schedules": timersText, "backup_history": begins + "MARK:file units - systemd\n" +
		unitRows("restic.service", november(19, 0), "begin", november(19, 1), "failure", november(19, 1), "unstarted", november(20, 0), "begin", november(20, 1), "success", november(20, 1), "started",
			november(21, 0), "begin", november(21, 1), "success", november(21, 1), "started") +
		unitRows("restic-check.service", november(15, 0), "begin", november(15, 2), "success", november(20, 0), "begin", november(20, 2), "failure") +
		unitRows("restore-drill.service", november(10, 0), "begin", november(10, 0)+600, "success")})
	want := map[string]any{
		"restic of 2026-11-19T00:00:00Z": map[string]any{"status": "failed", "ended_at": "2026-11-19T01:00:00Z"},
		"restic of 2026-11-20T00:00:00Z": map[string]any{"status": "completed", "ended_at": "2026-11-20T01:00:00Z"},
		"restic of 2026-11-21T00:00:00Z": map[string]any{"status": "completed", "ended_at": "2026-11-21T01:00:00Z"},
	}
	if diff := cmp.Diff(want, found(h, "backup_job", "status", "ended_at")); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if c := h.Covered["backup_job"]; c.Status != evidence.Complete {
		t.Errorf("coverage of jobs: %+v", c)
	}
	drill := map[string]any{"restore-drill of 2026-11-10T00:00:00Z": map[string]any{
		"status": "completed", "completed_at": "2026-11-10T00:10:00Z", "duration_minutes": int64(10), "validation.status": evidence.Unresolved,
	}}
	if diff := cmp.Diff(drill, found(h, "restore_test", "status", "completed_at", "duration_minutes", "validation.status")); diff != "" {
		t.Errorf("restore tests (-want +got):\n%s", diff)
	}
	vault := map[string]any{"/srv/backup": map[string]any{"verified.at": "2026-11-20T02:00:00Z", "verified.status": "failed"}}
	if diff := cmp.Diff(vault, found(h, "backup_vault", "verified.at", "verified.status")); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	if plans, open := planned(t, h); len(plans) != 1 || len(open) > 0 {
		t.Errorf("plans %v, open %v; a check, a restore and upkeep are none", plans, open)
	}
}

// TestShortHistory holds that a journal which begins lately leaves it open how often the job failed before, and a denied one says who may read it.
func TestShortHistory(t *testing.T) {
	for name, test := range map[string]struct {
		history map[string]string
		want    string
	}{
		"short":  {map[string]string{"backup_schedules": timersText, "backup_history": fmt.Sprintf("begins=%d\n", november(20, 0))}, "of restic only the last run is known: the journal begins on 2026-11-20T00:00:00Z"},
		"denied": {map[string]string{"backup_schedules": timersText}, "of restic only the last run is known: journalctl needs root: sudo: a password is required"},
	} {
		h := withoutOthers(test.history)
		if c := h.Covered["backup_job"]; c.Status != evidence.Partial || c.Detail != test.want {
			t.Errorf("%s: coverage %+v, want %s", name, c, test.want)
		}
		if diff := cmp.Diff(map[string]any{"restic of 2026-11-21T00:00:01Z": map[string]any{"status": "completed"}}, found(h, "backup_job", "status")); diff != "" {
			t.Errorf("%s: jobs (-want +got):\n%s", name, diff)
		}
	}
}

// TestRuns puts messages together to runs, as older and newer versions of systemd write them.
func TestRuns(t *testing.T) {
	for name, test := range map[string]struct {
		rows    string
		oneshot bool
		want    []run
	}{
		"newer oneshot":          {"1 begin u\n5 success u\n5 started u\n", true, []run{{1, 5, "completed"}}},
		"older oneshot":          {"1 begin u\n5 started u\n", true, []run{{1, 5, "completed"}}},
		"older, another type":    {"1 begin u\n1 started u\n", false, []run{{1, 0, "running"}}},
		"newer, another type":    {"1 begin u\n1 started u\n9 failure u\n", false, []run{{1, 9, "failed"}}},
		"failed":                 {"1 begin u\n5 failure u\n5 unstarted u\n", true, []run{{1, 5, "failed"}}},
		"the end was lost":       {"1 begin u\n9 begin u\n12 success u\n", true, []run{{1, 0, ""}, {9, 12, "completed"}}},
		"the beginning was lost": {"5 success u\n", true, nil},
		"garbage":                {"x begin u\n-1 begin u\n99999999999999999999 begin u\n", true, nil},
	} {
		past := history{runs: map[string][]run{}}
		past.services(rowsOf(test.rows), func(string) bool { return test.oneshot })
		if diff := cmp.Diff(test.want, past.runs["u"], cmp.AllowUnexported(run{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestCronHistory reads the starts that cron notes; the copies in the repository say which of them ended well.
func TestCronHistory(t *testing.T) {
	schedules := `
MARK:file crontab - /etc/crontab
30 2 * * *	root	/usr/local/bin/save.sh >/dev/null

MARK:file script - /usr/local/bin/save.sh
restic -r /srv/backup backup /etc
`
	points := "\nMARK:file restic - /etc/restic/env\nlocation=/srv/backup\nnode=web1\n" +
		`[{"id":"0123456789abcdef","time":"2026-11-19T02:30:05Z","hostname":"web1","summary":{"backup_end":"2026-11-19T02:31:00Z"}},` +
		`{"id":"1123456789abcdef","time":"2026-11-21T02:30:05Z","hostname":"web1","summary":{"backup_end":"2026-11-21T02:31:00Z"}}]` + "\n"
	text := fmt.Sprintf("begins=%d\nMARK:file cron - cron\n", november(1, 0))
	for n := 19; n <= 21; n++ {
		text += fmt.Sprintf("%d (root) CMD (/usr/local/bin/save.sh >/dev/null)\n%d (root) CMD (/usr/local/bin/other restic)\n", november(n, 2)+1800, november(n, 3))
	}
	h := withoutOthers(map[string]string{"backup_schedules": schedules, "backup_points": points, "backup_history": text})
	want := map[string]any{
		"crontab:30 2 * * * of 2026-11-19T02:30:00Z": map[string]any{"status": "completed", "ended_at": "2026-11-19T02:31:00Z"},
		"crontab:30 2 * * * of 2026-11-20T02:30:00Z": map[string]any{"status": evidence.Unresolved, "ended_at": evidence.Unresolved},
		"crontab:30 2 * * * of 2026-11-21T02:30:00Z": map[string]any{"status": "completed", "ended_at": "2026-11-21T02:31:00Z"},
	}
	if diff := cmp.Diff(want, found(h, "backup_job", "status", "ended_at")); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	if c := h.Covered["backup_job"]; c.Status != evidence.Complete {
		t.Errorf("coverage of jobs: %+v", c)
	}
	silent := withoutOthers(map[string]string{"backup_schedules": schedules, "backup_points": points, "backup_history": fmt.Sprintf("begins=%d\n", november(1, 0))})
	if c := silent.Covered["backup_job"]; c.Status != evidence.Partial || !strings.Contains(c.Detail, "tells of no start of crontab:30 2 * * *") {
		t.Errorf("coverage without a start: %+v", c)
	}
}

// TestCronMessages holds which messages are about which job.
func TestCronMessages(t *testing.T) {
	for _, test := range []struct {
		job     job
		message string
		want    bool
	}{
		{job{cron: "/usr/local/bin/save.sh >/dev/null"}, "(root) CMD (/usr/local/bin/save.sh >/dev/null)", true},
		{job{cron: "/usr/local/bin/save.sh  -x"}, "(root) CMD (  /usr/local/bin/save.sh -x)", true},
		{job{cron: "/usr/local/bin/save.sh"}, "(root) CMD (/usr/local/bin/save.sh --other)", false},
		{job{cron: "save %hello"}, "(root) CMD (save )", true},
		{job{cron: "save"}, "USER root pid 12 cmd save", true},
		{job{cron: "save"}, "(root) END (save)", false},
		{job{periodic: "cron.daily"}, "Job `cron.daily' started", true},
		{job{periodic: "cron.daily"}, "Job `cron.daily' terminated", false},
		{job{periodic: "cron.hourly"}, "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)", true},
		{job{periodic: "cron.daily"}, "(root) CMD (test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily ))", false},
	} {
		if got := startKey(test.message) == test.job.key(); got != test.want {
			t.Errorf("%+v starts with %q: %v", test.job, test.message, got)
		}
	}
}

// TestEndlessHistory holds that a host cannot keep us busy with as many jobs and as much history as is read.
func TestEndlessHistory(t *testing.T) {
	var timers, table, rows, cron strings.Builder
	for i := range 100 {
		fmt.Fprintf(&timers, "Id=t%d.timer\nUnit=u.service\nActiveState=active\n\n", i)
		fmt.Fprintf(&table, "* * * * * root restic -r /srv/%d backup / && restic check\n", i)
	}
	for i := range maxHistoryRows {
		fmt.Fprintf(&rows, "%d begin u.service\n", 1795000000+i)
		fmt.Fprintf(&cron, "%d (root) CMD (restic -r /srv/%d backup / && restic check)\n", 1795000000+i, i%100)
	}
	schedules := "\nMARK:file timers - s\n" + timers.String() + "\nMARK:file services - s\nId=u.service\nExecStart={ argv[]=/bin/restic backup -r /a -r /b -r /c check ; }\n" +
		"\nMARK:file crontab - /etc/crontab\n" + table.String()
	past := "begins=1\nMARK:file units - s\n" + rows.String() + "MARK:file cron - c\n" + cron.String()
	h := withoutOthers(map[string]string{"backup_schedules": schedules, "backup_history": past})
	if n := len(ofKind(h, "backup_job")); n != maxHistory || h.Covered["backup_job"].Status != evidence.Cut {
		t.Errorf("%d runs, coverage %+v", n, h.Covered["backup_job"])
	}
}

// TestTaggedTests reads what scripts wrote with logger -t restore-test.
func TestTaggedTests(t *testing.T) {
	text := fmt.Sprintf("begins=%d\nMARK:file tagged - restore-test\n"+
		"%d status=completed validation=checksum minutes=12 scope=full tool=restic repository=rest:https://u:p@host/x snapshot=1a2b3c4d5e\n"+
		"%d status=failed validation=app_check\n%d status=completed\n%d it worked\n", november(1, 0), november(2, 3), november(3, 3), november(4, 3), november(5, 3))
	h := withoutOthers(map[string]string{"backup_schedules": "", "backup_history": text})
	paths := []string{"status", "started_at", "completed_at", "duration_minutes", "scope", "validation.status", "validation.method", "recovery_point", "protects"}
	want := map[string]any{
		"restore test of 2026-11-02T03:00:00Z": map[string]any{
			"status": "completed", "started_at": "2026-11-02T02:48:00Z", "completed_at": "2026-11-02T03:00:00Z", "duration_minutes": int64(12), "scope": "full",
			"validation.status": "successful", "validation.method": "checksum", "recovery_point": "host:web1:recovery_point:restic:rest:https://host/x:1a2b3c4d", "protects": h.UID,
		},
		"restore test of 2026-11-03T03:00:00Z": map[string]any{
			"status": "failed", "started_at": evidence.NotCollected, "completed_at": "2026-11-03T03:00:00Z", "duration_minutes": evidence.NotCollected, "scope": evidence.NotCollected,
			"validation.status": "failed", "validation.method": "app_check", "recovery_point": evidence.NotCollected, "protects": h.UID,
		},
		"restore test of 2026-11-04T03:00:00Z": map[string]any{
			"status": "completed", "started_at": evidence.NotCollected, "completed_at": "2026-11-04T03:00:00Z", "duration_minutes": evidence.NotCollected, "scope": evidence.NotCollected,
			"validation.status": evidence.NotCollected, "validation.method": "n/a", "recovery_point": evidence.NotCollected, "protects": h.UID,
		},
	}
	if diff := cmp.Diff(want, found(h, "restore_test", paths...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(h.Problems) != 1 || !strings.Contains(h.Problems[0].Detail, "status=completed or status=failed: it worked") {
		t.Errorf("problems %+v", h.Problems)
	}
}

// TestBorgmaticMarks holds that the marks which borgmatic leaves of its checks count for their repository.
func TestBorgmaticMarks(t *testing.T) {
	id := strings.Repeat("ab", 32)
	h := withoutOthers(map[string]string{
		"backup_schedules": "", "backup_points": "\nMARK:file borg - /etc/borgmatic/config.yaml\nlocation=/srv/borg\nnode=web1\n" +
			`{"archives":[],"encryption":{"mode":"repokey"},"repository":{"id":"` + id + `"}}` + "\n",
		"backup_history": fmt.Sprintf("begins=%d\nMARK:file checks - borgmatic\n%d %s/repository/all\n%d %s/extract/all\n", november(1, 0), november(18, 4), id, november(20, 4), id),
	})
	want := map[string]any{"/srv/borg": map[string]any{"verified.at": "2026-11-18T04:00:00Z", "verified.status": "passed"}}
	if diff := cmp.Diff(want, found(h, "backup_vault", "verified.at", "verified.status")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHistoryShell runs the snippet's programs against a journalctl that prints an export as journalctl(1) does, in the shells that hosts have.
func TestHistoryShell(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"journalctl": `#!/bin/sh
case "$*" in
  *restore-test*) printf '__CURSOR=c\n__REALTIME_TIMESTAMP=1795500000123456\n_UID=0\nMESSAGE=status=completed repository=rest:https://u:S3CRET@h/x\n\n';;
  *_PID=1*) printf '__CURSOR=c\n__REALTIME_TIMESTAMP=1795500001123456\nUNIT=restic.service\nMESSAGE_ID=7d4958e842da4a758f6c1cdc7b36dcc5\nMESSAGE=Starting\n\n'
    printf '__CURSOR=d\n__REALTIME_TIMESTAMP=1795500009123456\nMESSAGE_ID=7ad2d189f7e94e70a38c781354912448\nUNIT=restic.service\n\n';;
  *CRON*) printf '__CURSOR=c\n__REALTIME_TIMESTAMP=1795500002123456\nMESSAGE=(root) CMD (restic backup /)\n\n__CURSOR=d\n__REALTIME_TIMESTAMP=1795500003123456\nMESSAGE=(root) CMD (date)\n\n';;
  *) printf '__CURSOR=a\n__REALTIME_TIMESTAMP=1790000000999999\nMESSAGE=x\n\n__CURSOR=b\n__REALTIME_TIMESTAMP=1790000001999999\n\n';;
esac
`,
		"systemctl": `#!/bin/sh
case "$*" in
  *"-p Unit"*) printf 'Unit=restic.service\n\nUnit=fstrim.service\n';;
  *restic.service*) printf 'ExecStart={ argv[]=/usr/bin/restic backup / ; }\nId=restic.service\n\nId=fstrim.service\nExecStart={ argv[]=/sbin/fstrim ; }\n';;
esac
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const want = "begins=1790000000\nMARK:file units - systemd\n1795500001 begin restic.service\n1795500009 success restic.service\n" +
		"MARK:file cron - cron\n1795500002 (root) CMD (restic backup /)\nMARK:file tagged - restore-test\n1795500000 status=completed repository=rest:https://h/x\nMARK:file checks - borgmatic\n"
	for _, argv := range [][]string{{"dash"}, {"busybox", "sh"}} {
		// What is asked of the machine itself is answered: that it runs systemd and has a journal.
		shell := strings.NewReplacer("[ -d /run/systemd/system ]", "true", "[ -n \"$some\" ] || absent", "").Replace(historyShell)
		cmd := exec.CommandContext(t.Context(), argv[0], append(argv[1:], "-c", "B=MARK; U=0; has() { command -v \"$1\" >/dev/null; }; t() { \"$@\"; }\n"+
			"kv() { printf '%s=%s\\n' \"$1\" \"$2\"; }; absent() { exit 91; }; denied() { exit 90; }\n"+shell)...)
		cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin", "HOME=" + dir}
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v", argv, err)
		}
		if diff := cmp.Diff(want, strings.ReplaceAll(string(out), "\n\n", "\n")); diff != "" {
			t.Errorf("%v (-want +got):\n%s", argv, diff)
		}
	}
}
