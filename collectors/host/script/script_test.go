package script_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-audit/assay/collectors/host/script"
)

const mark = "assay-0123456789abcdef"

// shells are those that the script must run in; each is there on the machine that tests it, or in its busybox.
func shells(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for name, argv := range map[string][]string{"sh": {"sh"}, "dash": {"dash"}, "bash": {"bash"}, "busybox": {"busybox", "sh"}} {
		if path, err := exec.LookPath(argv[0]); err == nil {
			out[name] = append([]string{path}, argv[1:]...)
		}
	}
	if len(out) == 0 {
		t.Fatal("no shell")
	}
	return out
}

func run(t *testing.T, argv []string, sections []script.Section) script.Output {
	t.Helper()
	return runText(t, argv, sections, script.Compose(mark, sections))
}

func runText(t *testing.T, argv []string, sections []script.Section, text string) script.Output {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], append(argv[1:], "-s")...)
	cmd.Stdin = strings.NewReader(text)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	if stderr.Len() > 0 {
		t.Errorf("standard error: %s", &stderr)
	}
	return script.Parse(mark, sections, stdout.Bytes())
}

func TestSections(t *testing.T) {
	sections := []script.Section{
		{Name: "plain", Shell: "echo one; printf two", Command: "x"},
		{Name: "empty", Shell: "true", Command: "x"},
		{Name: "fails", Shell: "echo out; echo wrong >&2; exit 3", Command: "x"},
		{Name: "denied", Shell: "echo; denied", Command: "x"},
		{Name: "absent", Shell: "has no-such-command || absent; echo never", Command: "x"},
		{Name: "endless", Shell: "yes '" + mark + " x'", Limit: 1000, Command: "x"},
		{Name: "loud", Shell: "yes wrong | head -n 100000 >&2; echo still here", Command: "x"},
		{Name: "reader", Shell: "cat; echo read nothing", Command: "x"},
		{Name: "hostile", Shell: `printf '\033[31mred\033[0m \377\376 <b>'`, Command: "x"},
		{Name: "values", Shell: "kv a 1; kv b ''; kv c 'two\nlines'", Command: "x"},
	}
	want := map[string]script.Result{
		"plain":   {State: script.Ran, Output: "one\ntwo"},
		"empty":   {State: script.Ran},
		"fails":   {State: script.Failed, Status: 3, Output: "out\n", Stderr: "wrong"},
		"denied":  {State: script.Denied, Status: 90, Output: "\n"},
		"absent":  {State: script.Absent, Status: 91},
		"endless": {State: script.Ran, Output: strings.Repeat(mark+" x\n", 41)[:1000], Truncated: true},
		"loud":    {State: script.Ran, Output: "still here\n", Stderr: strings.Repeat("wrong ", 50) + "..."},
		"reader":  {State: script.Ran, Output: "read nothing\n"},
		"hostile": {State: script.Ran, Output: "\uFFFD[31mred\uFFFD[0m \uFFFD\uFFFD <b>"},
		"values":  {State: script.Ran, Output: "a=1\nc=two lines\n"},
	}
	for name, argv := range shells(t) {
		t.Run(name, func(t *testing.T) {
			got := run(t, argv, sections)
			if !got.Greeted || !got.Finished {
				t.Errorf("greeted %v, finished %v", got.Greeted, got.Finished)
			}
			ignore := cmp.Options{cmpopts.IgnoreUnexported(script.Result{}), cmpopts.IgnoreFields(script.Result{}, "Section")}
			opts := cmp.Options{ignore, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Status" }, cmp.Comparer(func(a, b int) bool {
				return a == b || a > 2 && b == 0 || b > 2 && a == 0 // how a cut off command dies is the shell's affair
			}))}
			for section, w := range want {
				o := ignore
				if section == "endless" {
					o = opts
				}
				if diff := cmp.Diff(w, got.Results[section], o...); diff != "" {
					t.Errorf("%s (-want +got):\n%s", section, diff)
				}
			}
		})
	}
}

// TestGroups holds that every section comes back, however many there are, late ones between them, and where dd cannot gather what they print.
func TestGroups(t *testing.T) {
	var sections []script.Section
	for i := range 21 {
		sections = append(sections, script.Section{Name: fmt.Sprintf("s%d", i), Shell: fmt.Sprintf("echo %d", i), Command: "x", Late: i%9 == 0})
	}
	whole := script.Compose(mark, sections)
	without := strings.Replace(whole, "dd ibs=", "no-such-dd ibs=", 1)
	if whole == without {
		t.Fatal("the script uses no dd")
	}
	for name, argv := range shells(t) {
		for _, text := range []string{whole, without} {
			got := runText(t, argv, sections, text)
			for i := range sections {
				if r := got.Results[fmt.Sprintf("s%d", i)]; r.State != script.Ran || r.Output != fmt.Sprintf("%d\n", i) {
					t.Errorf("%s: section %d printed %q, state %d", name, i, r.Output, r.State)
				}
			}
			if !got.Finished {
				t.Errorf("%s: the script did not come to its end", name)
			}
		}
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	changed := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, text := range map[string]string{"1": "a\n\nb", "2": "", "long": strings.Repeat("x", script.FileLimit+1)} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, changed, changed)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "3"), 0o700); err != nil {
		t.Fatal(err)
	}
	sections := []script.Section{{Name: "files", Shell: "cd " + dir + "; show ./1 ./2 ./3 ./none ./long", Command: "x"}}
	for name, argv := range shells(t) {
		t.Run(name, func(t *testing.T) {
			got := run(t, argv, sections).Results["files"].Files()
			want := []script.File{
				{Path: "./1", Changed: 1767323045, Text: "a\n\nb"},
				{Path: "./2", Changed: 1767323045},
				{Path: "./3", Unreadable: true},
				{Path: "./long", Changed: 1767323045, Text: strings.Repeat("x", script.FileLimit), Truncated: true},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseWithoutFrames(t *testing.T) {
	sections := []script.Section{{Name: "a", Shell: "true"}, {Name: "b", Shell: "true"}}
	for _, test := range []struct {
		name, printed string
		want          script.Output
	}{
		{"nothing", "", script.Output{}},
		{"forced command", "This account is\x1b[0m currently not available.\n", script.Output{Noise: "This account is\uFFFD[0m currently not available."}},
		{"cut off", "Welcome!\n\n" + mark + " hello 1000\n\n" + mark + " begin a\nhalf", script.Output{Greeted: true, Noise: "Welcome!"}},
		{"a forged frame", "\nassay-x begin a\nfoo\nassay-x end a\n", script.Output{Noise: "assay-x begin a foo assay-x end a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := script.Parse(mark, sections, []byte(test.printed))
			for name, r := range got.Results {
				if r.State != script.Missing {
					t.Errorf("%s: state %d, want missing", name, r.State)
				}
			}
			got.Results = nil
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	sections := []script.Section{{Name: "a", Limit: 100}, {Name: "b"}}
	f.Add([]byte("\n" + mark + " hello 0\n\n" + mark + " begin a\nx\n" + mark + ":file 1 /x\ny\n" + mark + " end a\n" + mark + " rc 0\n" + mark + " done a\n" + mark + " bye\n"))
	f.Fuzz(func(t *testing.T, printed []byte) {
		out := script.Parse(mark, sections, printed)
		for _, r := range out.Results {
			if strings.ContainsAny(r.Output+r.Stderr, "\x1b\x00\r") {
				t.Error("control characters came through")
			}
			for _, file := range r.Files() {
				if file.Unreadable && file.Text != "" {
					t.Error("an unreadable file has a text")
				}
			}
			r.Values()
		}
	})
}
