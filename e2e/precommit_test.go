package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/assay-audit/assay/cmd/assay/cli"
	"github.com/assay-audit/assay/internal/app"
)

// hook is one entry of .pre-commit-hooks.yaml.
type hook struct {
	ID, Name, Description, Language, Entry, Files string
	Args                                          []string
	RequireSerial                                 bool `yaml:"require_serial"`
}

// TestPreCommitHook does what pre-commit does: it runs the entry, its arguments, and the names of the changed files that match.
func TestPreCommitHook(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", ".pre-commit-hooks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var hooks []hook
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&hooks); err != nil {
		t.Fatal(err)
	}
	if len(hooks) != 1 || hooks[0].Language != "golang" || !hooks[0].RequireSerial || hooks[0].Description == "" {
		t.Fatalf("hooks: %+v", hooks)
	}
	h := hooks[0]
	const volume = "resource \"aws_ebs_volume\" \"v\" {\n  availability_zone = \"a\"\n  encrypted = "
	for name, tc := range map[string]struct {
		files  map[string]string
		code   int
		output []string
		absent string
	}{
		"a bad directory":     {map[string]string{"a/main.tf": volume + "false\n}\n", "b/main.tf": volume + "true\n}\n"}, 1, []string{"a/main.tf:3", "enc.at_rest"}, "b/main.tf:3"},
		"a name of an option": {map[string]string{"--help.tf": volume + "false\n}\n", "$(touch pwned)/main.tf": volume + "false\n}\n"}, 1, []string{"--help.tf:3", "$(touch pwned)/main.tf:3"}, "Usage:"},
		"no Terraform":        {map[string]string{"readme.md": "", "a.tf.txt": ""}, 0, nil, "enc"},
		"targets of the configuration": {
			map[string]string{"assay.yaml": "targets: [live]\nfail_on: high\n", "live/main.tf": "module \"m\" {\n  source = \"../mod\"\n}\n", "mod/main.tf": volume + "false\n}\n"},
			1,
			[]string{"module.m.aws_ebs_volume.v"},
			"",
		},
		"a wrong configuration": {map[string]string{"assay.yaml": "target: [x]\n", "a.tf": ""}, 2, []string{"assay.yaml:1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			args := append(strings.Fields(h.Entry)[1:], h.Args...)
			for file, text := range tc.files {
				if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if regexp.MustCompile(h.Files).MatchString(file) {
					args = append(args, file)
				}
			}
			var out bytes.Buffer
			code := cli.Run(t.Context(), args, &app.App{Version: "0.0.0-test", Stdout: &out, Stderr: &out, Clock: time.Now, Environ: []string{"ASSAY_REDACTION_KEY=a key that only tests use"}})
			if code != tc.code {
				t.Errorf("exit %d, want %d:\n%s", code, tc.code, out.String())
			}
			for _, want := range tc.output {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in:\n%s", want, out.String())
				}
			}
			if tc.absent != "" && strings.Contains(out.String(), tc.absent) {
				t.Errorf("%q in:\n%s", tc.absent, out.String())
			}
		})
	}
}
