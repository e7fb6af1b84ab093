package action_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

// definition is what action.yml says.
type definition struct {
	Inputs map[string]struct {
		Description, Default string
		Required             bool
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []step
	}
}

type step struct {
	ID, Name, If, Uses, Shell, Run string
	Env, With                      map[string]string `yaml:",omitempty"`
	ContinueOnError                bool              `yaml:"continue-on-error"`
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func load(t *testing.T, file string) definition {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root(t), file))
	if err != nil {
		t.Fatal(err)
	}
	var d definition
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// assayBinary is the program, built once for all tests.
var assayBinary = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "assay-action")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "assay")
	if msg, err := exec.Command("go", "build", "-o", out, "../cmd/assay").CombinedOutput(); err != nil {
		return msg, err
	}
	return os.ReadFile(out)
})

// runner does with the action's steps what the runner of GitHub Actions does: conditions, expressions in env, files for outputs and summary, bash.
type runner struct {
	t          *testing.T
	dir        string // holds the workspace, RUNNER_TEMP and the files
	definition string // of the action: action.yml, or that of another action in the repository
	action     string // where the action lies
	inputs     map[string]string
	event      map[string]string // expressions such as github.event.pull_request.number
	env        map[string]string // what the job's environment holds besides
	skip       []string          // names of steps that are not run
	log        strings.Builder
	outputs    map[string]string // of the step that has an id
	used       []string          // actions that would be called
	exit       int               // of the first step that failed
	failed     string            // its name
	workspace  string
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	r := &runner{t: t, dir: t.TempDir(), definition: "action.yml", action: root(t), inputs: map[string]string{}, event: map[string]string{}, env: map[string]string{}, outputs: map[string]string{}}
	r.workspace = filepath.Join(r.dir, "work space")
	for _, d := range []string{r.workspace, r.temp(), r.temp() + "/assay/bin", r.dir + "/home"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.write("assay.yaml", "checks: [enc.at_rest]\n") // so that a new check changes no test
	return r
}

func (r *runner) temp() string { return filepath.Join(r.dir, "temp") }

// installed puts the program where the install step would, and skips that step.
func (r *runner) installed() *runner {
	r.t.Helper()
	program, err := assayBinary()
	if err != nil {
		r.t.Fatalf("%v: %s", err, program)
	}
	if err := os.WriteFile(filepath.Join(r.temp(), "assay", "bin", "assay"), program, 0o755); err != nil {
		r.t.Fatal(err)
	}
	r.skip = append(r.skip, "Install Assay")
	return r
}

// git runs git in the workspace.
func (r *runner) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"}, args...)...)
	cmd.Dir = r.workspace
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "HOME="+r.dir+"/home")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *runner) write(name, text string) {
	r.t.Helper()
	path := filepath.Join(r.workspace, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *runner) commit(message string) string {
	r.git("add", "-A")
	r.git("commit", "--quiet", "--allow-empty", "-m", message)
	return r.git("rev-parse", "HEAD")
}

var expression = regexp.MustCompile(`\$\{\{\s*([^}]*?)\s*\}\}`)

// value evaluates an expression: a name of inputs, of the audit's outputs, or of what the test gives.
func (r *runner) value(d definition, name string) string {
	r.t.Helper()
	switch {
	case strings.HasPrefix(name, "inputs."):
		name = strings.TrimPrefix(name, "inputs.")
		input, ok := d.Inputs[name]
		if !ok {
			r.t.Fatalf("there is no input %s", name)
		}
		if v, given := r.inputs[name]; given {
			return v
		}
		return input.Default
	case strings.HasPrefix(name, "steps.audit.outputs."):
		return r.outputs[strings.TrimPrefix(name, "steps.audit.outputs.")]
	case strings.HasPrefix(name, "steps.comment.outputs."):
		return r.outputs[strings.TrimPrefix(name, "steps.comment.outputs.")]
	case strings.HasPrefix(name, "github.event.pull_request.") || name == "github.token":
		return r.event[name]
	case name == "github.action_path":
		return r.action
	}
	r.t.Fatalf("the expression %q is not one that this test knows", name)
	return ""
}

// wants evaluates a condition of the forms that action.yml uses.
func (r *runner) wants(d definition, condition string) bool {
	if condition == "" {
		return true
	}
	for part := range strings.SplitSeq(condition, "&&") {
		m := regexp.MustCompile(`^\s*(\S+) (==|!=) '([^']*)'\s*$`).FindStringSubmatch(part)
		if m == nil {
			r.t.Fatalf("the condition %q is not one that this test knows", condition)
		}
		if (r.value(d, m[1]) == m[3]) != (m[2] == "==") {
			return false
		}
	}
	return true
}

// run runs the steps; the first that fails ends the job.
func (r *runner) run() *runner {
	r.t.Helper()
	d := load(r.t, r.definition)
	for _, s := range d.Runs.Steps {
		switch {
		case slices.Contains(r.skip, s.Name) || !r.wants(d, s.If):
		case s.Uses != "":
			r.used = append(r.used, s.Uses)
		default:
			if code := r.bash(d, s); code != 0 {
				r.exit, r.failed = code, s.Name
				return r
			}
		}
	}
	return r
}

func (r *runner) bash(d definition, s step) int {
	r.t.Helper()
	script := filepath.Join(r.dir, "step.sh")
	if err := os.WriteFile(script, []byte(s.Run), 0o600); err != nil {
		r.t.Fatal(err)
	}
	files := map[string]string{"GITHUB_OUTPUT": r.dir + "/output", "GITHUB_STEP_SUMMARY": r.dir + "/summary.md", "GITHUB_ENV": r.dir + "/env", "GITHUB_PATH": r.dir + "/path"}
	env := map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": r.dir + "/home", "GITHUB_WORKSPACE": r.workspace, "GITHUB_ACTION_PATH": r.action, "RUNNER_TEMP": r.temp(),
		"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_REPOSITORY": "octo/infra", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
		"GITHUB_API_URL": "http://127.0.0.1:1", "SOURCE_DATE_EPOCH": "1795262400", "ASSAY_REDACTION_KEY": "a key that only tests use",
		"GOCACHE": goEnv(r.t, "GOCACHE"), "GOMODCACHE": goEnv(r.t, "GOMODCACHE"), "GOPROXY": "off",
	}
	maps.Copy(env, files)
	maps.Copy(env, r.env)
	for name, text := range s.Env {
		env[name] = expression.ReplaceAllStringFunc(text, func(e string) string { return r.value(d, expression.FindStringSubmatch(e)[1]) })
	}
	for _, f := range files {
		if err := os.WriteFile(f, nil, 0o600); err != nil && !strings.HasSuffix(f, "summary.md") {
			r.t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(r.t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", script)
	cmd.Dir = r.workspace
	for name, v := range env {
		cmd.Env = append(cmd.Env, name+"="+v)
	}
	cmd.Stdout, cmd.Stderr = &r.log, &r.log
	err := cmd.Run()
	if s.ID != "" {
		r.outputs = readOutputs(r.t, files["GITHUB_OUTPUT"])
		if summary, err := os.ReadFile(files["GITHUB_STEP_SUMMARY"]); err == nil {
			r.event["summary"] = string(summary)
		}
	}
	if err == nil {
		return 0
	}
	if cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

func (r *runner) summary() string { return r.event["summary"] }

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// readOutputs reads GITHUB_OUTPUT as the runner does: name=value, or name<<mark, lines, mark.
func readOutputs(t *testing.T, file string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for i := 0; i < len(lines) && len(data) > 0; i++ {
		if name, mark, ok := strings.Cut(lines[i], "<<"); ok && !strings.Contains(name, "=") {
			var value []string
			for i++; i < len(lines) && lines[i] != mark; i++ {
				value = append(value, lines[i])
			}
			out[name] = strings.Join(value, "\n")
			continue
		}
		name, value, ok := strings.Cut(lines[i], "=")
		if !ok {
			t.Fatalf("GITHUB_OUTPUT has the line %q", lines[i])
		}
		out[name] = value
	}
	return out
}

// commands are the workflow commands that the runner would find in the log: a line may begin with spaces, the old form stands anywhere, and
// between stop-commands and its token there are none.
func (r *runner) commands() []string {
	var out []string
	stopped := ""
	for line := range strings.Lines(r.log.String()) {
		line = strings.TrimRight(line, "\r\n")
		text := strings.TrimLeft(line, " \t")
		switch {
		case stopped != "":
			if text == "::"+stopped+"::" {
				stopped = ""
			}
		case strings.HasPrefix(text, "::stop-commands::"):
			stopped = strings.TrimPrefix(text, "::stop-commands::")
		case strings.HasPrefix(text, "::") || strings.Contains(text, "##["):
			out = append(out, line)
		}
	}
	if stopped != "" {
		r.t.Error("the log leaves workflow commands switched off")
	}
	return out
}
