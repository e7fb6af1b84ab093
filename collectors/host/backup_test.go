package host_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/collectors/host"
	"github.com/assay-audit/assay/collectors/host/internal/sshdtest"
)

// TestRestoreOverSSH restores from real repositories of restic and borg, on a host whose sessions have their passwords.
func TestRestoreOverSSH(t *testing.T) {
	const secretWord = "correct-horse-battery"
	dir, temporary := t.TempDir(), t.TempDir()
	environ := []string{
		"RESTIC_REPOSITORY=" + filepath.Join(dir, "restic"), "RESTIC_PASSWORD=" + secretWord,
		"BORG_REPO=" + filepath.Join(dir, "borg"), "BORG_PASSPHRASE=" + secretWord, "BORG_BASE_DIR=" + filepath.Join(dir, "base"), "TMPDIR=" + temporary,
	}
	for _, line := range []string{
		"restic --no-cache init", "restic --no-cache backup /etc/ssh/moduli /etc/hosts", "borg init --encryption repokey", "borg create ::first /etc/hosts /etc/passwd",
	} {
		argv := strings.Fields(line)
		cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), environ...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	client := sshdtest.NewClient(t)
	server := sshdtest.Start(t, client, "SetEnv "+strings.Join(environ, " "))
	client.Know(t, server)
	snap := collect(t, client, target(server.Port), collectors.HostOptions{RestoreTest: []string{"restic", "borg"}})

	self := theHost(t, snap).UID
	points := map[any]bool{}
	var got []map[string]any
	for _, e := range snap.Entities {
		if strings.Contains(fmt.Sprint(*e), secretWord) {
			t.Errorf("the password is in %s", e.UID)
		}
		points[e.UID] = e.Kind == "recovery_point"
		if e.Kind == "restore_test" {
			attrs := map[string]any{}
			for _, path := range []string{"status", "scope", "validation.status", "validation.method", "duration_minutes", "recovery_point", "protects"} {
				attrs[path] = e.Attrs[path]
			}
			got = append(got, attrs)
		}
	}
	for _, attrs := range got {
		if !points[attrs["recovery_point"]] {
			t.Errorf("%v was restored, which is no copy", attrs["recovery_point"])
		}
		delete(attrs, "recovery_point")
	}
	one := map[string]any{
		"status": "completed", "scope": "sample", "validation.status": "successful", "validation.method": "checksum", "duration_minutes": int64(1), "protects": self,
	}
	if diff := cmp.Diff([]map[string]any{one, one}, got); diff != "" {
		t.Errorf("the restores (-want +got):\n%s\nproblems %+v", diff, snap.Sources[0].Problems)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary directory: %v, %v", left, err)
	}
}

func TestRestoreTestOfWhat(t *testing.T) {
	req := collectors.Request{
		Target: collectors.Target{Ref: "host:local", Scheme: "host", Value: "local"}, Host: collectors.HostOptions{RestoreTest: []string{"restic; id"}},
	}
	if _, err := collectortest.Collect(t.Context(), t, host.Spec, req); err == nil || !strings.Contains(err.Error(), "restic and borg") {
		t.Errorf("%v", err)
	}
}
