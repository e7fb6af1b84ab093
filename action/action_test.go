package action_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	good = "resource \"aws_ebs_volume\" \"good\" {\n  availability_zone = \"eu-west-1a\"\n  size              = 10\n  encrypted         = true\n}\n"
	bad  = "resource \"aws_ebs_volume\" \"%s\" {\n  availability_zone = \"eu-west-1a\"\n  size              = 10\n  encrypted         = false\n}\n"
)

func TestContract(t *testing.T) {
	d := load(t, "action.yml")
	names := func(n int, each func(func(string))) []string {
		out := make([]string, 0, n)
		each(func(s string) { out = append(out, s) })
		slices.Sort(out)
		return out
	}
	inputs := names(len(d.Inputs), func(add func(string)) {
		for name, in := range d.Inputs {
			add(name)
			if in.Description == "" || in.Required {
				t.Errorf("input %s: no description, or required", name)
			}
		}
	})
	wantInputs := strings.Fields("annotations baseline category comment config fail-on fail-on-incomplete frameworks html-file path plan-file sarif-file upload-sarif version waivers")
	if diff := cmp.Diff(wantInputs, inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	outputs := names(len(d.Outputs), func(add func(string)) {
		for name, out := range d.Outputs {
			add(name)
			if want := "${{ steps.audit.outputs." + name + " }}"; out.Value != want || out.Description == "" {
				t.Errorf("output %s is %s", name, out.Value)
			}
		}
	})
	wantOutputs := strings.Fields("exit-code fail-count new-count report-file sarif-file unknown-count verdict waived-count")
	if diff := cmp.Diff(wantOutputs, outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if d.Runs.Using != "composite" {
		t.Errorf("the action is %s", d.Runs.Using)
	}
	holdSteps(t, d.Runs.Steps)
}

// pinned is an action at a full commit.
var pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)

// holdSteps holds every step to the rules: actions pinned, nothing interpolated into a script, the token only where it is needed.
func holdSteps(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		if (s.Uses == "") == (s.Run == "") {
			t.Errorf("step %s: neither an action nor a script", s.Name)
		}
		if s.Uses != "" && !pinned.MatchString(s.Uses) {
			t.Errorf("step %s uses %s, which is no full commit", s.Name, s.Uses)
		}
		if strings.Contains(s.Run, "${{") || strings.Contains(s.Shell, "${{") {
			t.Errorf("step %s puts an expression into its script", s.Name)
		}
		if s.Run != "" && s.Shell != "bash" {
			t.Errorf("step %s has the shell %q", s.Name, s.Shell)
		}
		for name, value := range s.Env {
			if strings.Contains(value, "github.token") && (name != "GITHUB_TOKEN" || s.Name != "Comment on the pull request") {
				t.Errorf("step %s has the token in %s", s.Name, name)
			}
		}
	}
}

// A comment behind each pin says its version, in every workflow that the project shows.
func TestPins(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root(t), "docs", "workflows", "*.yml"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%d workflows, error %v", len(files), err)
	}
	uses := regexp.MustCompile(`(?m)^\s*(?:- )?uses:.*$`)
	whole := regexp.MustCompile(`uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # \S+$`)
	for _, file := range append(files, filepath.Join(root(t), "action.yml"), filepath.Join(root(t), "action", "publish", "action.yml")) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range uses.FindAllString(string(data), -1) {
			if !whole.MatchString(line) {
				t.Errorf("%s: %s", filepath.Base(file), strings.TrimSpace(line))
			}
		}
	}
}

// pullRequest makes a repository with a base, a head, and the merge of both that a pull request checks out.
func pullRequest(t *testing.T, r *runner, branch string, base, head map[string]string) {
	t.Helper()
	r.git("init", "--quiet")
	for name, text := range base {
		r.write(name, text)
	}
	r.event["github.event.pull_request.base.sha"] = r.commit("base")
	r.git("checkout", "--quiet", "-b", branch)
	for name, text := range head {
		r.write(name, text)
	}
	r.commit("head")
	r.git("checkout", "--quiet", "--detach", "main")
	r.git("merge", "--quiet", "--no-ff", "-m", "merge", branch)
	r.event["github.event.pull_request.number"] = "7"
	r.env["GITHUB_HEAD_REF"], r.env["GITHUB_BASE_REF"] = branch, "main"
}

// A pull request through every step, the build from source included.
func TestPullRequest(t *testing.T) {
	r := newRunner(t)
	pullRequest(t, r, "feature", map[string]string{"infra/main.tf": fmt.Sprintf(bad, "old")}, map[string]string{"infra/new.tf": "# a comment\n" + fmt.Sprintf(bad, "fresh")})
	r.inputs["path"], r.inputs["upload-sarif"] = "infra", "true"
	r.run()
	if r.exit != 1 || r.failed != "Verdict" {
		t.Fatalf("exit %d in step %q:\n%s", r.exit, r.failed, r.log.String())
	}
	want := map[string]string{
		"exit-code": "1", "verdict": "failures", "new-count": "1", "fail-count": "2", "unknown-count": "1", "waived-count": "0",
		"sarif-file": r.temp() + "/assay/assay.sarif", "report-file": r.temp() + "/assay/report.html",
	}
	if d := cmp.Diff(want, r.outputs); d != "" {
		t.Errorf("outputs (-want +got):\n%s", d)
	}
	log := strings.Join(r.commands(), "\n")
	if !regexp.MustCompile(`::error file=infra/new\.tf,line=5,endLine=5,[^:]*title=critical enc\.at_rest%3A`).MatchString(log) {
		t.Errorf("no annotation on the line that the change adds:\n%s", log)
	}
	if !strings.Contains(log, "no comment: there is no token") {
		t.Errorf("nothing says that there is no comment:\n%s", log)
	}
	if strings.Contains(log, "aws_ebs_volume.old") || strings.Contains(r.summary(), "aws_ebs_volume.old") {
		t.Errorf("an old failure is shown:\n%s\n%s", log, r.summary())
	}
	for _, part := range []string{"## Assay: 1 new failure\n", "<code>aws_ebs_volume.fresh</code>", "  encrypted         = false\n"} {
		if !strings.Contains(r.summary(), part) {
			t.Errorf("no %q in the summary:\n%s", part, r.summary())
		}
	}
	if len(r.used) != 2 || !strings.HasPrefix(r.used[0], "actions/setup-go@") || !strings.HasPrefix(r.used[1], "github/codeql-action/upload-sarif@") {
		t.Errorf("used %v", r.used)
	}
	if trees := r.git("worktree", "list"); strings.Count(trees, "\n") != 0 {
		t.Errorf("a work tree is left behind: %s", trees)
	}
	for _, f := range []string{"sarif-file", "report-file"} {
		if info, err := os.Stat(r.outputs[f]); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// standIn puts a program in the place of assay that notes its arguments and writes an assessment where it is told to.
func standIn(t *testing.T, r *runner) (calls func() string) {
	t.Helper()
	r.installed()
	program := filepath.Join(r.temp(), "assay", "bin", "assay")
	behind := program + "-behind"
	if err := os.Rename(program, behind); err != nil {
		t.Fatal(err)
	}
	note := filepath.Join(r.dir, "calls")
	script := "#!/bin/bash\nprintf '%s|' \"$PWD\" \"$@\" >>'" + note + "'\necho >>'" + note + "'\nexec '" + behind + "' \"$@\"\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return func() string {
		data, err := os.ReadFile(note)
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer(r.temp(), "TEMP", r.workspace, "WORK").Replace(string(data))
	}
}

// Every input arrives as one argument, and what is held against what depends on what there is.
func TestArguments(t *testing.T) {
	const outputs = "-o|json=TEMP/assay/assessment.json|-o|sarif=out/a b.sarif|-o|html=TEMP/assay/report.html|-o|markdown=TEMP/assay/comment.md|"
	const flags = "--no-progress|--quiet|--fail-on=high|--fail-on-incomplete|"
	const named = "--framework=gdpr|--framework=hipaa-security-rule|"
	for name, tc := range map[string]struct {
		inputs map[string]string
		want   string
	}{
		"the base":        {map[string]string{"path": "infra\n\nother\n"}, "diff|" + flags + named + outputs + "BASE|--|infra|other|"},
		"a baseline":      {map[string]string{"path": "infra", "baseline": "old.json"}, "scan|" + flags + "--baseline=old.json|" + named + outputs + "--|infra|"},
		"a plan":          {map[string]string{"plan-file": "p q.json"}, "scan|" + flags + named + outputs + "--|plan:p q.json|"},
		"a configuration": {map[string]string{"config": "c.yaml", "waivers": "w.yaml"}, "diff|" + flags + "--config=c.yaml|--waivers=w.yaml|" + named + outputs + "BASE|--|"},
		"nothing":         {nil, "diff|" + flags + named + outputs + "BASE|--|.|"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRunner(t)
			calls := standIn(t, r)
			pullRequest(t, r, "feature", map[string]string{"infra/a.tf": good, "other/a.tf": good}, map[string]string{
				"infra/b.tf": good, "w.yaml": "waivers: []\n", "c.yaml": "targets: [infra]\nchecks: [enc.at_rest]\n",
			})
			r.inputs = map[string]string{"frameworks": "gdpr, hipaa-security-rule\n", "fail-on": "high", "fail-on-incomplete": "true", "sarif-file": "out/a b.sarif"}
			maps.Copy(r.inputs, tc.inputs)
			r.run()
			got := strings.ReplaceAll(calls(), r.event["github.event.pull_request.base.sha"], "BASE")
			first, _, _ := strings.Cut(got, "\n")
			if d := cmp.Diff("WORK|"+tc.want, first); d != "" {
				t.Errorf("(-want +got):\n%s\n%s", d, r.log.String())
			}
			if r.outputs["verdict"] == "no-failure" {
				deciding := "--fail-on=high|--fail-on-incomplete|"
				if tc.inputs["config"] != "" {
					deciding += "--config=c.yaml|"
				}
				for _, want := range []string{
					"WORK|github|annotations|" + deciding + "--diff=TEMP/assay/change.diff|TEMP/assay/assessment.json|",
					"WORK|github|summary|" + deciding + "TEMP/assay/assessment.json|",
					"WORK|github|outputs|--exit-code=0|--sarif-file=out/a b.sarif|--report-file=TEMP/assay/report.html|TEMP/assay/assessment.json|",
				} {
					if !strings.Contains(got, want) {
						t.Errorf("no %s in:\n%s", want, got)
					}
				}
			}
		})
	}
}

// Inputs, branches, files and resources whose names are code stay names.
func TestHostileNames(t *testing.T) {
	const evil = "$(touch pwned)`touch pwned`\";touch pwned;'\n::error::pwned\n%0A::set-output name=verdict::no-failure"
	branch := `$(touch${IFS}pwned)";touch${IFS}pwned;#`
	for name := range load(t, "action.yml").Inputs {
		t.Run(name, func(t *testing.T) {
			r := newRunner(t).installed()
			pullRequest(t, r, branch, map[string]string{"main.tf": good}, map[string]string{"b.tf": fmt.Sprintf(bad, "fresh")})
			if name == "version" {
				r.skip = nil
			}
			r.inputs[name] = evil
			r.run()
			clean(t, r)
			if r.outputs["verdict"] == "no-failure" {
				t.Errorf("the verdict is %s:\n%s", r.outputs["verdict"], r.log.String())
			}
		})
	}
	t.Run("files and resources", func(t *testing.T) {
		r := newRunner(t).installed()
		text := "resource \"aws_s3_bucket\" \"b\" {\n  bucket = \"\\n::error::pwned\\n##[error]pwned $(touch pwned) @octocat\"\n}\n" +
			"resource \"aws_ebs_volume\" \"v\" {\n  for_each = toset([\"\\n::add-mask::a\\n\", \"</details><img src=x>@octocat\"])\n  encrypted = false\n availability_zone = \"a\"\n}\n"
		pullRequest(t, r, branch, map[string]string{"main.tf": good}, map[string]string{
			"a\n::error::pwned\n.tf": text, "$(touch pwned).tf": fmt.Sprintf(bad, "x"), "`touch pwned`@octocat.tf": fmt.Sprintf(bad, "y"), "m/\"a,b:c%.tf": "module \"m\" { source = \"\\n::error::pwned\" }\n",
		})
		r.run()
		clean(t, r)
		if r.outputs["verdict"] != "failures" {
			t.Errorf("the verdict is %s:\n%s", r.outputs["verdict"], r.log.String())
		}
		if strings.Contains(regexp.MustCompile("(?s)```.*?```|<code>[^<]*</code>|`[^`]+`").ReplaceAllString(r.summary(), ""), "octocat") {
			t.Errorf("the summary mentions somebody:\n%s", r.summary())
		}
	})
}

// clean holds that nothing was run and no command but the action's own is in the log.
func clean(t *testing.T, r *runner) {
	t.Helper()
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "pwned" {
			t.Errorf("%s was run", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`^::(error|warning) (file=[^:,]+,line=\d+,endLine=\d+,(col=\d+,endColumn=\d+,)?)?title=(Assay|(critical|high|medium|low) [^:,]*)::|^::notice title=Assay::`)
	for _, c := range r.commands() {
		if !own.MatchString(c) || strings.HasPrefix(c, "::error::pwned") {
			t.Errorf("the log holds the command %q", c)
		}
	}
}

// A verdict comes also where something is missing, and a message says what to do.
func TestMessages(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(*runner)
		verdict string
		exit    int
		message string
	}{
		"shallow clone": {func(r *runner) {
			pullRequest(r.t, r, "f", map[string]string{"a.tf": good}, map[string]string{"b.tf": fmt.Sprintf(bad, "b")})
			whole := r.workspace
			r.git("checkout", "--quiet", "-B", "merged")
			r.workspace = filepath.Join(r.dir, "shallow")
			if err := os.Mkdir(r.workspace, 0o755); err != nil {
				r.t.Fatal(err)
			}
			r.git("clone", "--quiet", "--depth=1", "--branch=merged", "file://"+whole, ".")
		}, "failures", 1, "set fetch-depth: 0 for actions/checkout"},
		"a base that is no commit": {func(r *runner) {
			r.git("init", "--quiet")
			r.write("a.tf", good)
			r.commit("only")
			r.event["github.event.pull_request.base.sha"] = "--upload-pack=touch pwned"
		}, "no-failure", 0, "set fetch-depth: 0"},
		"a directory that the base does not have": {func(r *runner) {
			pullRequest(r.t, r, "f", map[string]string{"a.tf": good}, map[string]string{"new/b.tf": fmt.Sprintf(bad, "b")})
			r.inputs["path"] = "new"
		}, "failures", 1, "title=critical"},
		"a merge conflict": {func(r *runner) {
			pullRequest(r.t, r, "f", map[string]string{"a.tf": good}, map[string]string{"b.tf": "<<<<<<< HEAD\n" + good + "=======\n>>>>>>> x\n"})
		}, "no-failure", 0, "no comment"},
		"no repository":      {func(r *runner) { r.write("a.tf", good) }, "no-failure", 0, ""},
		"nothing to judge":   {func(r *runner) { r.write("readme.md", "") }, "incomplete", 3, ""},
		"a path that is not": {func(r *runner) { r.inputs["path"] = "nowhere" }, "error", 2, "nothing was judged (exit 2)"},
		"a wrong level":      {func(r *runner) { r.write("a.tf", good); r.inputs["fail-on"] = "hihg" }, "error", 2, "nothing was judged (exit 2)"},
		"a wrong truth":      {func(r *runner) { r.inputs["annotations"] = "yes" }, "", 2, "the input annotations is yes; allowed are true and false"},
		"annotations not asked": {func(r *runner) {
			r.write("a.tf", fmt.Sprintf(bad, "a"))
			r.inputs["annotations"] = "false"
		}, "failures", 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRunner(t).installed()
			r.inputs["fail-on"] = "high"
			tc.prepare(r)
			r.run()
			log := r.log.String()
			if r.outputs["verdict"] != tc.verdict || r.exit != tc.exit {
				t.Errorf("verdict %q and exit %d, want %q and %d:\n%s", r.outputs["verdict"], r.exit, tc.verdict, tc.exit, log)
			}
			if !strings.Contains(log, tc.message) {
				t.Errorf("no %q in the log:\n%s", tc.message, log)
			}
			if has := strings.Contains(log, "title=critical"); has && name == "annotations not asked" {
				t.Errorf("there are annotations:\n%s", log)
			}
			clean(t, r)
		})
	}
}

// api stands in for GitHub's API of comments, on the loopback address.
type api struct {
	mu       sync.Mutex
	comments []map[string]any
	requests []string
	status   int // answer to every change; 0 = allowed
}

func (a *api) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests = append(a.requests, q.Method+" "+q.URL.Path)
	if q.Header.Get("Authorization") != "Bearer t0ken" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if q.Method == http.MethodGet {
		data, err := json.Marshal(a.comments)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = w.Write(data)
		return
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
		return
	}
	var body struct {
		Body string `json:"body"`
	}
	data, _ := io.ReadAll(q.Body)
	_ = json.Unmarshal(data, &body)
	if q.Method == http.MethodPost {
		a.comments = append(a.comments, map[string]any{"id": 100 + len(a.comments), "body": body.Body, "user": map[string]any{"type": "Bot"}})
		return
	}
	for _, c := range a.comments {
		if strings.HasSuffix(q.URL.Path, fmt.Sprint("/", c["id"])) {
			c["body"] = body.Body
		}
	}
}

func TestComment(t *testing.T) {
	fake := &api{comments: []map[string]any{}}
	server := httptest.NewServer(fake)
	defer server.Close()
	begin := func(t *testing.T) *runner {
		r := newRunner(t).installed()
		pullRequest(t, r, "f", map[string]string{"a.tf": good}, map[string]string{"b.tf": fmt.Sprintf(bad, "b")})
		r.event["github.token"], r.env["GITHUB_API_URL"] = "t0ken", server.URL
		return r
	}
	first := begin(t).run()
	if len(fake.comments) != 1 || !strings.Contains(fmt.Sprint(fake.comments[0]["body"]), "aws_ebs_volume.b") {
		t.Fatalf("comments: %v\n%s", fake.comments, first.log.String())
	}
	body := fmt.Sprint(fake.comments[0]["body"])
	marker, _, _ := strings.Cut(body, "\n")
	if !regexp.MustCompile(`^<!-- assay-report [0-9a-f]{64} -->$`).MatchString(marker) || len(body) > 65_000 {
		t.Errorf("marker %q, %d bytes", marker, len(body))
	}
	// A person who writes our marker does not get our comment; the second run updates the first one's.
	fake.comments = append([]map[string]any{{"id": 1, "body": marker + " mine", "user": map[string]any{"type": "User"}}}, fake.comments...)
	fake.comments[1]["body"] = marker + "\nold"
	begin(t).run()
	if len(fake.comments) != 2 || fake.comments[0]["body"] != marker+" mine" || !strings.Contains(fmt.Sprint(fake.comments[1]["body"]), "aws_ebs_volume.b") {
		t.Errorf("comments: %v", fake.comments)
	}
	want := []string{
		"GET /repos/octo/infra/issues/7/comments", "POST /repos/octo/infra/issues/7/comments",
		"GET /repos/octo/infra/issues/7/comments", "PATCH /repos/octo/infra/issues/comments/100",
	}
	if d := cmp.Diff(want, fake.requests); d != "" {
		t.Errorf("requests (-want +got):\n%s", d)
	}
	// Without permission there is a notice, and the verdict still comes.
	fake.status = http.StatusForbidden
	r := begin(t).run()
	if r.exit != 1 || r.failed != "Verdict" || !strings.Contains(r.log.String(), "::notice title=Assay::no comment: the token may not write it") {
		t.Errorf("exit %d in %q:\n%s", r.exit, r.failed, r.log.String())
	}
	if strings.Contains(r.log.String(), "t0ken") {
		t.Error("the token is in the log")
	}
	// Where no comment is wanted, nothing is asked.
	before := len(fake.requests)
	r = begin(t)
	r.inputs["comment"] = "false"
	r.run()
	if len(fake.requests) != before {
		t.Errorf("requests: %v", fake.requests[before:])
	}
}

// A release is run only where its bytes are those that this commit of the action knows.
func TestRelease(t *testing.T) {
	arch, program := runtime.GOARCH, []byte("#!/bin/bash\nexit 3\n")
	file := "assay_1.2.3_" + runtime.GOOS + "_" + arch
	for name, tc := range map[string]struct {
		version, sums string
		exit          int
		message       string
	}{
		"known":          {"1.2.3", fmt.Sprintf("%x  %s\n", sha256.Sum256(program), file), 0, ""},
		"with a v":       {"v1.2.3", fmt.Sprintf("%x  %s\n", sha256.Sum256(program), file), 0, ""},
		"other bytes":    {"1.2.3", fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte("x")), file), 2, "is not what this commit of the action expects"},
		"unknown":        {"1.2.4", fmt.Sprintf("%x  %s\n", sha256.Sum256(program), file), 2, "knows no checksum for assay_1.2.4_"},
		"not there":      {"9.9.9", strings.Repeat("0", 64) + "  " + strings.Replace(file, "1.2.3", "9.9.9", 1) + "\n", 2, "could not be downloaded"},
		"no version":     {"../../etc", "", 2, "it is a release such as 1.4.0"},
		"two lines":      {"1.2.3\nx", "", 2, "it is a release such as 1.4.0"},
		"a broken table": {"1.2.3", "zz  " + file + "\n", 2, "knows no checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRunner(t)
			r.action = filepath.Join(r.dir, "action")
			releases := filepath.Join(r.dir, "releases")
			for path, data := range map[string][]byte{
				filepath.Join(r.action, "action", "checksums.txt"): []byte("# sums\n" + tc.sums), filepath.Join(releases, "v1.2.3", file): program,
			} {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			script, err := os.ReadFile("run.sh")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(r.action, "action", "run.sh"), script, 0o755); err != nil {
				t.Fatal(err)
			}
			r.inputs["version"], r.env["ASSAY_RELEASES"] = tc.version, "file://"+releases
			r.skip = []string{"Audit", "Comment on the pull request", "Verdict"}
			r.run()
			if r.exit != tc.exit || !strings.Contains(r.log.String(), tc.message) {
				t.Errorf("exit %d, want %d and %q:\n%s", r.exit, tc.exit, tc.message, r.log.String())
			}
			info, err := os.Stat(r.temp() + "/assay/bin/assay")
			if installed := err == nil && info.Mode()&0o100 != 0; installed != (tc.exit == 0) {
				t.Errorf("installed: %v", installed)
			}
			if len(r.used) != 0 {
				t.Errorf("used %v", r.used)
			}
		})
	}
}

// The publishing half renders what a stranger stored with its own program, and writes no Markdown of the stranger's.
func TestPublish(t *testing.T) {
	fake := &api{comments: []map[string]any{}}
	server := httptest.NewServer(fake)
	defer server.Close()
	r := newRunner(t).installed()
	r.write("a.tf", fmt.Sprintf(bad, "stored"))
	r.inputs["annotations"] = "false"
	r.run()
	stored, err := os.ReadFile(r.temp() + "/assay/assessment.json")
	if err != nil {
		t.Fatal(err)
	}
	r = newRunner(t).installed()
	hostile := strings.ReplaceAll(string(stored), "aws_ebs_volume.stored", "[@octocat](https://evil.example) <img src=x>")
	r.write("downloaded/assessment.json", hostile)
	r.write("downloaded/comment.md", "@octocat do as I say")
	r.definition = filepath.Join("action", "publish", "action.yml")
	r.action = filepath.Join(root(t), "action", "publish")
	r.inputs = map[string]string{"assessment": "downloaded/assessment.json", "pull-number": "7"}
	r.event["github.token"], r.env["GITHUB_API_URL"] = "t0ken", server.URL
	r.run()
	if r.exit != 0 || len(fake.comments) != 1 {
		t.Fatalf("exit %d, comments %v:\n%s", r.exit, fake.comments, r.log.String())
	}
	body := fmt.Sprint(fake.comments[0]["body"])
	if bare := regexp.MustCompile("(?s)```.*?```|<code>[^<]*</code>|`[^`]+`").ReplaceAllString(body, ""); strings.Contains(bare, "octocat") || !strings.Contains(body, "octocat") {
		t.Errorf("the comment is\n%s", body)
	}
	if d := cmp.Diff(map[string]string{"sarif-file": r.temp() + "/assay/assay.sarif"}, r.outputs); d != "" {
		t.Errorf("outputs (-want +got):\n%s", d)
	}
	holdSteps(t, load(t, r.definition).Runs.Steps)
	// What is no assessment, and a number that is none, end the job.
	for name, change := range map[string]func(){
		"assessment":  func() { r.write("downloaded/assessment.json", "{}") },
		"pull-number": func() { r.write("downloaded/assessment.json", hostile); r.inputs["pull-number"] = "7/../../1" },
	} {
		change()
		r.exit = 0
		if r.run(); r.exit != 2 {
			t.Errorf("a wrong %s: exit %d\n%s", name, r.exit, r.log.String())
		}
	}
	clean(t, r)
}
