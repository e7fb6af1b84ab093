package host_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/host/internal/sshdtest"
	"github.com/assay-audit/assay/internal/evidence"
)

// secretWord is in every password of these tests, so that it is found wherever it should not be.
const secretWord = "correct-horse-battery"

// repository is a real repository of restic or borg with one copy of this machine.
type repository struct {
	tool, path string
	environ    []string // the variables with which the program opens it
}

// newRepository makes a repository with a copy of three files.
func newRepository(t *testing.T, tool string) repository {
	t.Helper()
	dir := t.TempDir()
	r := repository{tool: tool, path: filepath.Join(dir, "repository")}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"one.txt": "one\n", "two.bin": strings.Repeat("two", 9000), "a name with \"quotes\" and $(touch x)": "three"} {
		if err := os.WriteFile(filepath.Join(data, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if tool == "restic" {
		r.environ = []string{"RESTIC_REPOSITORY=" + r.path, "RESTIC_PASSWORD=" + secretWord}
		r.run(t, "restic", "--no-cache", "init")
		r.run(t, "restic", "--no-cache", "backup", data)
		return r
	}
	r.environ = []string{"BORG_REPO=" + r.path, "BORG_PASSPHRASE=" + secretWord, "BORG_BASE_DIR=" + filepath.Join(dir, "base")}
	r.run(t, "borg", "init", "--encryption", "repokey")
	r.run(t, "borg", "create", "::first", data)
	return r
}

func (r repository) run(t *testing.T, argv ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), r.environ...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
}

// ask collects over SSH from this machine, with the variables in the session, and holds that no password came back.
func (r repository) ask(t *testing.T, o collectors.HostOptions, environ ...string) *evidence.Snapshot {
	t.Helper()
	client := sshdtest.NewClient(t)
	server := sshdtest.Start(t, client, "SetEnv "+strings.Join(append(environ, r.environ...), " "))
	client.Know(t, server)
	snap := collect(t, client, target(server.Port), o)
	if text := fmt.Sprintf("%+v %+v", dump(snap), snap.Sources); strings.Contains(text, secretWord) {
		t.Error("the password is in the snapshot")
	}
	return snap
}

func dump(snap *evidence.Snapshot) string {
	var b bytes.Buffer
	for _, e := range snap.Entities {
		fmt.Fprintf(&b, "%+v\n", *e)
	}
	fmt.Fprintf(&b, "%+v %+v", snap.Relations, snap.Coverage)
	return b.String()
}

// ofKind are the entities of a kind.
func ofKind(snap *evidence.Snapshot, name string) []*evidence.Entity {
	var out []*evidence.Entity
	for _, e := range snap.Entities {
		if e.Kind == name {
			out = append(out, e)
		}
	}
	return out
}

// contents are the files below a directory with their sizes.
func contents(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			out[path] = info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRepositories(t *testing.T) {
	for _, tool := range []string{"restic", "borg"} {
		t.Run(tool, func(t *testing.T) {
			r := newRepository(t, tool)
			before := contents(t, r.path)
			snap := r.ask(t, collectors.HostOptions{})
			if diff := cmp.Diff(before, contents(t, r.path)); diff != "" {
				t.Errorf("the repository changed (-before +after):\n%s", diff)
			}
			points, vaults := ofKind(snap, "recovery_point"), ofKind(snap, "backup_vault")
			if len(points) != 1 || len(vaults) != 1 {
				t.Fatalf("%d copies and %d vaults; coverage %+v", len(points), len(vaults), snap.Coverage)
			}
			got := map[string]any{}
			for _, path := range []string{"status", "type", "encrypted", "vault", "chain.parent"} {
				got[path] = points[0].Attrs[path]
			}
			want := map[string]any{"status": "completed", "type": "full", "encrypted": true, "vault": vaults[0].UID, "chain.parent": nil}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the copy (-want +got):\n%s", diff)
			}
			if vaults[0].Attrs["location.type"] != "onprem" || vaults[0].Name != r.path {
				t.Errorf("the vault %s is %v", vaults[0].Name, vaults[0].Attrs)
			}
			related(t, snap, "protects", points[0].UID, theHost(t, snap).UID)
		})
	}
}

func related(t *testing.T, snap *evidence.Snapshot, relation, from, to string) {
	t.Helper()
	for _, r := range snap.Relations {
		if r.Type == relation && r.From == from && r.To == to && r.Complete {
			return
		}
	}
	t.Errorf("there is no %s from %s to %s", relation, from, to)
}

func TestRestore(t *testing.T) {
	for _, tool := range []string{"restic", "borg"} {
		t.Run(tool, func(t *testing.T) {
			r := newRepository(t, tool)
			before := contents(t, r.path)
			temporary := t.TempDir()
			snap := r.ask(t, collectors.HostOptions{RestoreTest: []string{"restic", "borg"}}, "TMPDIR="+temporary)
			if diff := cmp.Diff(before, contents(t, r.path)); diff != "" {
				t.Errorf("the repository changed (-before +after):\n%s", diff)
			}
			if left := contents(t, temporary); len(left) > 0 {
				t.Errorf("files are left: %v", left)
			}
			tests, points := ofKind(snap, "restore_test"), ofKind(snap, "recovery_point")
			if len(tests) != 1 || len(points) != 1 {
				t.Fatalf("%d restores, %d copies, problems %+v", len(tests), len(points), snap.Sources[0].Problems)
			}
			got := map[string]any{}
			for _, path := range []string{"status", "scope", "validation.status", "validation.method", "duration_minutes", "recovery_point", "protects"} {
				got[path] = tests[0].Attrs[path]
			}
			want := map[string]any{
				"status": "completed", "scope": "sample", "validation.status": "successful", "validation.method": "checksum", "duration_minutes": int64(1),
				"recovery_point": points[0].UID, "protects": theHost(t, snap).UID,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the restore (-want +got):\n%s", diff)
			}
		})
	}
}
