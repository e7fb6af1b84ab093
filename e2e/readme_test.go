package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// elsewhere are the README's commands that this test does not run, each with the reason. All others run.
var elsewhere = map[string]string{
	"make verify": "takes minutes; it is what runs this test",
	"go install github.com/assay-audit/assay/cmd/assay@latest":                                        "needs the network",
	"assay aws permissions --preflight aws:profile=audit":                                             "needs an AWS account; cmd and collectors/aws test it against moto",
	"assay scan aws:profile=audit":                                                                    "needs an AWS account",
	"assay scan aws:profile=audit,regions=eu-west-1+eu-central-1 --check 'iam.*' -o html=report.html": "needs an AWS account",
	"assay collect aws:org=AssayAudit --out snapshot":                                                 "needs an AWS organisation",
	"assay collect aws:org=AssayAudit --out snapshot --resume":                                        "needs an AWS organisation",
	"make demo-aws":                       "needs moto; internal/awslab tests it",
	"assay scan host:ssh://audit@web1:22": "needs a host; collectors/host tests it against sshd",
	"assay scan host:@hosts.yaml":         "needs hosts; host_local.txtar reads an inventory",
}

// TestReadmeCommands runs the commands of the README's console blocks, in order, where a reader would have what they name: the
// fixtures for the infrastructure, a plan, a snapshot. A command may find failures; it may not be wrong, and must leave the files that it names.
func TestReadmeCommands(t *testing.T) {
	dir := t.TempDir()
	for from, to := range map[string]string{
		"terraform/hospital": "fixtures/terraform/hospital", "terraform/minimal": "infra",
	} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join("..", "fixtures", from))); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := os.ReadFile(filepath.Join("..", "fixtures", "plans", "hospital-small.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tfplan.json"), plan, 0o600); err != nil {
		t.Fatal(err)
	}
	runAsReader(t, dir, "assay collect ./infra --out snapshot") // stands for what an account gave
	commands := consoleCommands(t, filepath.Join("..", "README.md"))
	ran := 0
	for _, command := range commands {
		if _, skip := elsewhere[command]; skip {
			continue
		}
		ran++
		t.Run(command, func(t *testing.T) { runAsReader(t, dir, command) })
	}
	if ran < 10 {
		t.Errorf("%d commands ran; the README has more", ran)
	}
	for command := range elsewhere {
		if !slices.Contains(commands, command) {
			t.Errorf("the README no longer has %q: take it off the list", command)
		}
	}
}

// named are the files that a command says it writes.
var named = regexp.MustCompile(`(?:-o [a-z-]+=|--out |> )(\S+)`)

// runAsReader runs a command in a shell, with the program under test as assay and as what go run would build.
func runAsReader(t *testing.T, dir, command string) {
	t.Helper()
	assay := strings.Replace(command, "go run ./cmd/assay ", "assay ", 1)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", assay)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1795262400", "ASSAY_REDACTION_KEY=a key that only tests use", "HOME="+dir)
	out, err := cmd.CombinedOutput()
	exit, failed := errors.AsType[*exec.ExitError](err)
	if err != nil && (!failed || exit.ExitCode() != 1) {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, m := range named.FindAllStringSubmatch(assay, -1) {
		if _, err := os.Stat(filepath.Join(dir, m[1])); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// consoleCommands are the commands of a document's console blocks, without prompts and comments.
func consoleCommands(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	console := false
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			console = !console && line == "```console"
		case console:
			command, ok := strings.CutPrefix(line, "$ ")
			if !ok && line != "" {
				t.Errorf("%s: %q: a console block holds commands, each after a dollar sign", path, line)
			}
			command, _, _ = strings.Cut(command, " # ")
			if command = strings.TrimSpace(command); command != "" {
				out = append(out, command)
			}
		}
	}
	return out
}
