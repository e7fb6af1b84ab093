package facts

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/host/script"
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

// ask lets the snippets of the backup area run here, with the variables in their environment, and holds that no password came back.
func (r repository) ask(t *testing.T, o Options) *Host {
	t.Helper()
	return r.askIn(t, o, "sh")
}

// askIn does so in a shell.
func (r repository) askIn(t *testing.T, o Options, argv ...string) *Host {
	t.Helper()
	areas := slices.DeleteFunc(AreasWith(o), func(a Area) bool { return a.Name != "backup" && a.Name != "os" })
	cmd := exec.CommandContext(t.Context(), argv[0], append(argv[1:], "-s")...)
	cmd.Env = r.environ
	cmd.Stdin = strings.NewReader(script.Compose("live", Sections(areas)))
	printed, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(printed), secretWord) {
		t.Errorf("the host printed a password:\n%s", printed)
	}
	out := script.Parse("live", Sections(areas), printed)
	return Read(areas, Identity{Name: "web1", Group: "web", Source: "s1"}, at, Answers{Results: out.Results})
}

// ofKind are the entities of a kind.
func ofKind(h *Host, name string) []*evidence.Entity {
	return slices.DeleteFunc(slices.Clone(h.Entities), func(e *evidence.Entity) bool { return e.Kind != name })
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
	for tool, shell := range map[string][]string{"restic": {"busybox", "sh"}, "borg": {"dash"}} {
		t.Run(tool, func(t *testing.T) {
			r := newRepository(t, tool)
			before := contents(t, r.path)
			h := r.askIn(t, Options{RestoreTest: []string{tool}}, shell...)
			if tests := ofKind(h, "restore_test"); len(tests) != 1 || tests[0].Attrs["validation.status"] != "successful" {
				t.Errorf("restores %v, problems %v", tests, h.Problems)
			}
			if diff := cmp.Diff(before, contents(t, r.path)); diff != "" {
				t.Errorf("the repository changed (-before +after):\n%s", diff)
			}
			points, vaults := ofKind(h, "recovery_point"), ofKind(h, "backup_vault")
			if len(points) != 1 || len(vaults) != 1 {
				t.Fatalf("%d copies and %d vaults; coverage %+v", len(points), len(vaults), h.Covered)
			}
			want := map[string]any{"status": "completed", "type": "full", "encrypted": true, "vault": vaults[0].UID, "chain.parent": nil}
			if diff := cmp.Diff(want, attributes(points[0], "status", "type", "encrypted", "vault", "chain.parent")); diff != "" {
				t.Errorf("the copy (-want +got):\n%s", diff)
			}
			if vaults[0].Attrs["location.type"] != "onprem" || vaults[0].Name != r.path {
				t.Errorf("the vault %s is %v", vaults[0].Name, vaults[0].Attrs)
			}
			if !slices.ContainsFunc(h.Relations, func(r evidence.Relation) bool {
				return r.Type == "protects" && r.From == points[0].UID && r.To == h.UID
			}) {
				t.Errorf("the copy protects nothing: %v", h.Relations)
			}
		})
	}
}

// TestRepositoryRefused holds that a repository which cannot be opened is a gap that says why, without its password and without waiting.
func TestRepositoryRefused(t *testing.T) {
	for _, test := range []struct {
		name, tool string
		spoil      func(t *testing.T, r *repository)
		want       string // what the coverage says; "" = the copies are listed all the same
	}{
		{"wrong password", "restic", func(_ *testing.T, r *repository) { r.environ[1] = "RESTIC_PASSWORD=wrong-" + secretWord }, "wrong password"},
		{"no password", "restic", func(_ *testing.T, r *repository) { r.environ = r.environ[:1] }, "password"},
		{"gone", "restic", func(t *testing.T, r *repository) { remove(t, r.path) }, "config"},
		{"damaged", "restic", func(t *testing.T, r *repository) { overwrite(t, filepath.Join(r.path, "config")) }, "was not listed"},
		{"locked", "restic", func(t *testing.T, r *repository) {
			r.run(t, "sh", "-c", "cp -r \"$RESTIC_REPOSITORY/keys\"/* \"$RESTIC_REPOSITORY/locks/\"")
		}, ""},
		{"password in the address", "restic", func(_ *testing.T, r *repository) {
			r.environ[0] = "RESTIC_REPOSITORY=rest:http://user:" + secretWord + "@127.0.0.1:1/repository"
		}, "rest:http://127.0.0.1:1/repository"},
		{"wrong password", "borg", func(_ *testing.T, r *repository) { r.environ[1] = "BORG_PASSPHRASE=wrong-" + secretWord }, "passphrase"},
		{"no password", "borg", func(_ *testing.T, r *repository) { r.environ[1] = "BORG_X=1" }, "passphrase"},
		{"gone", "borg", func(t *testing.T, r *repository) { remove(t, r.path) }, "does not exist"},
		{"locked", "borg", func(t *testing.T, r *repository) {
			if err := os.Mkdir(filepath.Join(r.path, "lock.exclusive"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(test.tool+" "+test.name, func(t *testing.T) {
			r := newRepository(t, test.tool)
			test.spoil(t, &r)
			h := r.ask(t, Options{})
			points, c := len(ofKind(h, "recovery_point")), h.Covered["recovery_point"]
			if listed := points == 1 && c.Status != evidence.Denied; listed != (test.want == "") {
				t.Errorf("%d copies, coverage %s (%s)", points, c.Status, c.Detail)
			}
			said := fmt.Sprint(h.Problems, h.Covered)
			for _, v := range ofKind(h, "backup_vault") {
				said += v.UID
			}
			if !strings.Contains(said, test.want) {
				t.Errorf("nothing says %q: problems %+v", test.want, h.Problems)
			}
		})
	}
}

// TestRestoreOfDamage holds that a restore which fails is recorded as such.
func TestRestoreOfDamage(t *testing.T) {
	for tool, below := range map[string]string{"restic": "data", "borg": "data/0"} {
		t.Run(tool, func(t *testing.T) {
			r := newRepository(t, tool)
			if tool == "borg" { // a second copy, so that the segment of the files' contents is not that of the list of copies
				r.run(t, "sh", "-c", "borg create ::second /etc/hostname && borg delete ::second")
			}
			spoilContents(t, filepath.Join(r.path, below))
			h := r.ask(t, Options{RestoreTest: []string{tool}})
			for _, e := range ofKind(h, "restore_test") {
				if e.Attrs["status"] == "completed" && e.Attrs["validation.status"] == "successful" {
					t.Errorf("the restore is said to be fine: %v", e.Attrs)
				}
			}
			if len(ofKind(h, "restore_test")) == 0 && len(h.Problems) == 0 {
				t.Error("neither a failed restore nor a problem is noted")
			}
		})
	}
}

// spoilContents changes bytes in the middle of the largest files below a directory.
func spoilContents(t *testing.T, dir string) {
	t.Helper()
	for path, size := range contents(t, dir) {
		if size < 300 {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := 60; i < min(len(text), 200); i++ {
			text[i] ^= 0x5a
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, path string) {
	t.Helper()
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("damaged\x1b[2J"), 0o600); err != nil {
		t.Fatal(err)
	}
}
