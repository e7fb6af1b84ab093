package facts

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// planned are the plans of a host as "name: rules", and its open selections.
func planned(t *testing.T, h *Host) (plans map[string]string, open []string) {
	t.Helper()
	plans = map[string]string{}
	for _, e := range ofKind(h, "backup_plan") {
		text, err := json.Marshal(e.Attrs["rules"])
		if err != nil {
			t.Fatal(err)
		}
		plans[e.Name] = string(text)
		if e.Attrs["automated"] != true {
			t.Errorf("%s does not run by itself", e.Name)
		}
	}
	for _, r := range h.Relations {
		if r.Type == "selected_by" && !r.Complete {
			open = append(open, r.Attrs["detail"])
		}
	}
	return plans, open
}

// TestSystemdJobs reads output in the form of systemctl(1) of systemd 252.
func TestSystemdJobs(t *testing.T) {
	h := answered(map[string]string{"backup_schedules": `
MARK:file timers - systemd
TimersCalendar={ OnCalendar=*-*-* 03:00:00 ; next_elapse=Sun 2026-11-22 03:00:00 UTC }
Unit=restic.service
Id=restic.timer
ActiveState=active
UnitFileState=enabled

TimersMonotonic={ OnUnitActiveUSec=6h ; next_elapse=2h }
TimersMonotonic={ OnBootUSec=15min ; next_elapse=0 }
Unit=mirror.service
Id=mirror.timer
ActiveState=active

TimersCalendar={ OnCalendar=daily ; next_elapse=x }
Unit=strange.service
Id=strange.timer
ActiveState=active

TimersCalendar={ OnCalendar=daily ; next_elapse=x }
Unit=fstrim.service
Id=fstrim.timer
ActiveState=active

MARK:file services - systemd
ExecStart={ path=/usr/bin/restic ; argv[]=/usr/bin/restic backup /etc /srv ; ignore_errors=no ; start_time=[n/a] ; status=0/0 }
ExecStartPost={ path=/usr/bin/restic ; argv[]=/usr/bin/restic forget --keep-daily 7 --keep-monthly=6 --prune ; status=0/0 }
Environment=RESTIC_REPOSITORY=s3:https://s3.eu-central-1.amazonaws.com/backups RESTIC_PASSWORD=redacted
Id=restic.service
OnFailure=notify@restic.service
Result=success
ExecMainStartTimestamp=Sat 2026-11-21 03:00:01 UTC
ExecMainExitTimestamp=Sat 2026-11-21 03:04:00 UTC
FragmentPath=/etc/systemd/system/restic.service

ExecStart={ path=/opt/mirror.sh ; argv[]=/opt/mirror.sh ; status=0/0 }
Id=mirror.service
Result=exit-code
ExecMainStartTimestamp=Sat 2026-11-21 06:00:01 UTC
ExecMainExitTimestamp=Sat 2026-11-21 06:00:09 UTC
FragmentPath=/etc/systemd/system/mirror.service

ExecStart={ path=/opt/strange ; argv[]=/opt/strange --now ; status=0/0 }
Id=strange.service
FragmentPath=/etc/systemd/system/strange.service

ExecStart={ path=/usr/sbin/fstrim ; argv[]=/usr/sbin/fstrim -a ; status=0/0 }
Id=fstrim.service
FragmentPath=/usr/lib/systemd/system/fstrim.service

MARK:file script - /opt/mirror.sh
rsync -a /srv/ backup@nas:/srv/
`})
	plans, open := planned(t, h)
	want := map[string]string{
		"restic (restic)": `[{"copies":[],"interval_minutes":1440,"retention_days":180,"schedule":"OnCalendar=*-*-* 03:00:00","type":"full","vault":"host:web1:vault:restic:s3:https://s3.eu-central-1.amazonaws.com/backups"}]`,
		"mirror (rsync)":  `[{"copies":[],"interval_minutes":360,"schedule":"OnUnitActiveUSec=6h, OnBootUSec=15min","type":"full"}]`,
	}
	if diff := cmp.Diff(want, plans); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"whether these make copies is not known: strange.service"}, open); diff != "" {
		t.Errorf("open selections (-want +got):\n%s", diff)
	}
	jobs := map[string]any{}
	for _, e := range ofKind(h, "backup_job") {
		jobs[e.Name] = e.Attrs["status"]
	}
	if diff := cmp.Diff(map[string]any{"restic of 2026-11-21T03:00:01Z": "completed", "mirror of 2026-11-21T06:00:01Z": "failed"}, jobs); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	vault := entity(t, h, "host:web1:vault:restic:s3:https://s3.eu-central-1.amazonaws.com/backups")
	if diff := cmp.Diff(map[string]any{
		"location.type": "cloud", "location.region": "eu-central-1", "media": "object", "encrypted": true,
	}, attributes(vault, "location.type", "location.region", "media", "encrypted")); diff != "" {
		t.Errorf("vault (-want +got):\n%s", diff)
	}
	if alerts := ofKind(h, "alert_rule"); len(alerts) != 1 || alerts[0].Name != "failure of restic" {
		t.Errorf("alerts %v", alerts)
	}
}

func TestCronJobs(t *testing.T) {
	h := answered(map[string]string{"backup_schedules": `
MARK:file crontab - /etc/crontab
SHELL=/bin/sh
MAILTO=ops@clinic.example
17 *	* * *	root	cd / && run-parts --report /etc/cron.hourly
30 2 * * 1-5	root	/usr/local/bin/save.sh >/dev/null
0 5 * * *	root	/usr/local/bin/who-knows

MARK:file user - /var/spool/cron/crontabs/postgres
@daily pgbackrest --stanza=main --type=diff backup

MARK:file script - /usr/local/bin/save.sh
export BORG_REPO=ssh://backup@vault.example/./repo
borg create ::{now} /etc
borg prune --keep-within 30d

MARK:file script - /etc/cron.daily/logrotate

MARK:file script - /etc/cron.weekly/dump
tar -czf /backup/etc.tgz /etc
`})
	plans, open := planned(t, h)
	want := map[string]string{
		"crontab:30 2 * * 1-5 (borg)":  `[{"copies":[],"interval_minutes":4320,"retention_days":30,"schedule":"30 2 * * 1-5","type":"full","vault":"host:web1:vault:borg:ssh://vault.example/./repo"}]`,
		"postgres:@daily (pgbackrest)": `[{"copies":[],"interval_minutes":1440,"schedule":"@daily","type":"differential"}]`,
		"cron.weekly:dump (tar)":       `[{"copies":[],"interval_minutes":10080,"schedule":"cron.weekly","type":"full"}]`,
	}
	if diff := cmp.Diff(want, plans); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"whether these make copies is not known: /etc/crontab, 0 5 * * *"}, open); diff != "" {
		t.Errorf("open selections (-want +got):\n%s", diff)
	}
	if c := h.Covered["recovery_point"]; c.Status == evidence.Complete {
		t.Errorf("the copies of tar and pgbackrest were not listed, yet coverage is %+v", c)
	}
}

// TestPgBackRest reads output in the form of the pgBackRest 2.45 command reference, "info --output=json".
func TestPgBackRest(t *testing.T) {
	h := answered(map[string]string{"pgbackrest": `[{"name":"main","cipher":"aes-256-cbc","status":{"code":0,"message":"ok"},"backup":[
		{"label":"20261101-010000F","type":"full","prior":null,"error":false,"timestamp":{"start":1793494800,"stop":1793495400},"info":{"size":1000},"database":{"repo-key":1}},
		{"label":"20261101-010000F_20261102-010000D","type":"diff","prior":"20261101-010000F","timestamp":{"start":1793581200,"stop":1793581300},"info":{"size":1100},"database":{"repo-key":1}},
		{"label":"20261101-010000F_20261103-010000I","type":"incr","prior":"20261101-010000F_20261102-010000D","error":true,"timestamp":{"start":1793667600,"stop":1793667700},"info":{"size":1200},"database":{"repo-key":1}}]}]`})
	got := map[string]any{}
	for _, e := range ofKind(h, "recovery_point") {
		got[strings.TrimPrefix(e.UID, "host:web1:recovery_point:pgbackrest:main:")] = attributes(e, "type", "status", "chain.parent", "chain.base", "completed_at")
	}
	const prefix = "host:web1:recovery_point:pgbackrest:main:"
	want := map[string]any{
		"20261101-010000F": map[string]any{"type": "full", "status": "completed", "chain.parent": nil, "chain.base": nil, "completed_at": "2026-11-01T01:10:00Z"},
		"20261101-010000F_20261102-010000D": map[string]any{
			"type": "differential", "status": "completed", "chain.parent": prefix + "20261101-010000F", "chain.base": prefix + "20261101-010000F", "completed_at": "2026-11-02T01:01:40Z",
		},
		"20261101-010000F_20261103-010000I": map[string]any{
			"type": "incremental", "status": "partial", "chain.parent": prefix + "20261101-010000F_20261102-010000D", "chain.base": prefix + "20261101-010000F",
			"completed_at": "2026-11-03T01:01:40Z",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBareos reads output in the form of the Bareos documentation's API mode 2, "list jobs".
func TestBareos(t *testing.T) {
	h := answered(map[string]string{"bareos": `Connecting to Director localhost:9101
{
  "jsonrpc": "2.0", "id": null,
  "result": { "jobs": [
    {"jobid": "7", "name": "backup-web1", "client": "web1-fd", "starttime": "2026-11-21 21:00:00", "endtime": "2026-11-21 21:05:00", "type": "B", "level": "I", "jobbytes": "100", "jobstatus": "T"},
    {"jobid": "8", "name": "backup-web1", "client": "web1-fd", "starttime": "2026-11-22 21:00:00", "type": "B", "level": "I", "jobstatus": "f"},
    {"jobid": "9", "name": "RestoreFiles", "client": "web1-fd", "starttime": "2026-11-20 10:00:00", "endtime": "2026-11-20 10:10:00", "type": "R", "jobstatus": "T"}
  ] } }
`})
	got := map[string]any{}
	for _, kind := range []string{"backup_job", "restore_test"} {
		for _, e := range ofKind(h, kind) {
			got[e.UID] = e.Attrs["status"]
		}
	}
	want := map[string]any{"host:web1:backup_job:bareos:7": "completed", "host:web1:backup_job:bareos:8": "failed", "host:web1:restore_test:bareos:9": "completed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEndlessSchedules holds that a host cannot keep us busy: a megabyte of jobs is read up to a bound, which is said.
func TestEndlessSchedules(t *testing.T) {
	line := "* * * * * root /opt/x /opt/x restic backup /\n"
	h := answered(map[string]string{"backup_schedules": "\nMARK:file script - /opt/x\n" + strings.Repeat("restic backup /\n", 4000) + "\nMARK:file crontab - /etc/cron.d/x\n" + strings.Repeat(line, 2800)})
	plans, open := planned(t, h)
	if len(open) != 1 || !strings.Contains(open[0], "what follows the first 200 jobs") || len(plans) != 200 {
		t.Errorf("%d plans, open %v", len(plans), open)
	}
}

func TestPlace(t *testing.T) {
	for location, want := range map[string][3]string{
		"/srv/backup": {"onprem", "", "disk"}, "s3:s3.amazonaws.com/b": {"cloud", "", "object"}, "s3:https://s3.dualstack.eu-west-1.amazonaws.com/b": {"cloud", "eu-west-1", "object"},
		"s3:http://minio.local:9000/b": {"", "", "object"}, "b2:bucket:path": {"cloud", "", "object"}, "sftp:nas:/b": {}, "rest:https://host/": {}, "user@host:repo": {},
	} {
		where, region, media := place(location)
		if got := [3]string{where, region, media}; got != want {
			t.Errorf("%s: %q, want %q", location, got, want)
		}
	}
}

// TestRedacted lets the host's own redaction run in the shells that hosts have.
func TestRedacted(t *testing.T) {
	const input = `RESTIC_PASSWORD=S3CRET
export AWS_SECRET_ACCESS_KEY="S3CRET with space" RESTIC_REPOSITORY=rest:https://user:S3CRET@host/repo
BORG_PASSPHRASE='S3CRET two'; borg create ssh://u:S3/C@RET@host/./repo::x /etc
restic --password-command "echo S3CRET" --repo /srv backup /etc
duplicity --encrypt-key S3CRET /etc b2://id:S3CRET@bucket
encryption_passphrase: "S3CRET"
0 1 * * * root mysqldump --password=S3CRET -u root db
API_TOKEN:S3CRET
curl -u x --secret-token S3CRET
`
	for _, argv := range [][]string{{"dash"}, {"busybox", "sh"}} {
		cmd := exec.CommandContext(t.Context(), argv[0], append(argv[1:], "-c", backupHelpers+"\nred")...)
		cmd.Stdin = strings.NewReader(input)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", argv, err, out)
		}
		text := string(out)
		if strings.Contains(text, "S3CRET") || strings.Contains(text, "S3/C@RET") || strings.Contains(text, "with space") {
			t.Errorf("%v: a secret is left:\n%s", argv, text)
		}
		for _, kept := range []string{"rest:https://host/repo", "/srv backup /etc", "0 1 * * * root mysqldump"} {
			if !strings.Contains(text, kept) {
				t.Errorf("%v: %q is gone:\n%s", argv, kept, text)
			}
		}
	}
}

// TestSettingsAreNotRun holds that a file of settings is read and never executed, and only where nobody else can write it.
func TestSettingsAreNotRun(t *testing.T) {
	dir := t.TempDir()
	const text = `touch ran
export RESTIC_PASSWORD="a b"
RESTIC_REPOSITORY=/srv/$(touch ran)
RESTIC_CACHE_DIR='/x y' # comment
LD_PRELOAD=/evil.so
PATH=/evil
RESTIC_X;touch ran=1
`
	for _, argv := range [][]string{{"dash"}, {"busybox", "sh"}} {
		script := "cd '" + dir + "'; U=$(id -u)\n" + backupHelpers + `
umask 022; rm -f settings
cat >settings
own settings && echo own
chmod 666 settings
own settings || echo others
load settings
echo "$RESTIC_PASSWORD|$RESTIC_REPOSITORY|$RESTIC_CACHE_DIR|$LD_PRELOAD|$PATH"
[ ! -e ran ] || echo ran`
		cmd := exec.CommandContext(t.Context(), argv[0], append(argv[1:], "-c", script)...)
		cmd.Env = []string{"PATH=/usr/bin:/bin"}
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.CombinedOutput()
		if diff := cmp.Diff("own\nothers\na b||/x y||/usr/bin:/bin\n", string(out)); diff != "" {
			t.Errorf("%v: %v (-want +got):\n%s", argv, err, diff)
		}
	}
}

// TestRsnapshotLevels holds that of rsnapshot's levels only the one that copies files is a plan.
func TestRsnapshotLevels(t *testing.T) {
	const config = "MARK:file config - /etc/rsnapshot.conf\nsnapshot_root\t/var/cache/rsnapshot/\nretain\talpha\t6\nretain\tbeta\t7\nretain\tgamma\t4\n"
	const cron = "MARK:file crontab - /etc/cron.d/rsnapshot\n"
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"the first level copies", config + cron + "0 */4 * * * root /usr/bin/rsnapshot alpha\n30 3 * * * root rsnapshot -q beta\n0 3 * * 1 root rsnapshot gamma\n", []string{"0 */4 * * * 28"}},
		{"sync copies", config + cron + "0 */4 * * * root rsnapshot sync && echo done\n30 4 * * * root rsnapshot alpha\n0 5 * * 1 root rsnapshot gamma\n", []string{"0 */4 * * * 28"}},
		{"a level that is not set up", config + cron + "0 */4 * * * root rsnapshot delta\n", nil},
		{"a level that is not told", config + cron + "0 4 * * * root rsnapshot $LEVEL\n", []string{"0 4 * * * <nil>"}},
		{"no configuration", cron + "0 4 * * * root rsnapshot daily\n", []string{"0 4 * * * <nil>"}},
	} {
		var got []string
		for _, e := range ofKind(answered(map[string]string{"backup_schedules": test.text}), "backup_plan") {
			rules, _ := e.Attrs["rules"].([]any)
			for _, r := range rules {
				rule, _ := r.(map[string]any)
				got = append(got, fmt.Sprint(rule["schedule"], " ", rule["retention_days"]))
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
