package app

import (
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/bench/repo"
)

// configuration is a repository of three root modules, two of which share a module: files by path.
func configuration(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if _, err := repo.Write(filepath.Join(dir, "platform"), 50); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "hospital"), os.DirFS("../../fixtures/terraform/hospital")); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files["other/main.tf"] = `
variable "criticality" { default = "low" }

module "guest" {
  source      = "../platform/modules/team"
  name        = "guest"
  criticality = var.criticality
}

resource "aws_s3_bucket" "loose" {
  bucket = "loose"
}
`
	files["settings.tfvars"] = "criticality = \"medium\"\n"
	return files
}

// change is what a branch does.
type change struct {
	name string
	make func(files map[string]string)
}

// changes come in pairs: what the base does, and what the head does in its place.
func changes() []change {
	const team, main = "platform/modules/team/main.tf", "platform/main.tf"
	replace := func(file, old, text string) func(map[string]string) {
		return func(files map[string]string) { files[file] = strings.Replace(files[file], old, text, 1) }
	}
	add := func(file, text string) func(map[string]string) {
		return func(files map[string]string) { files[file] += text }
	}
	return []change{
		{"nothing", func(files map[string]string) { files["README.md"] = "no Terraform" }},
		{"lines move down", func(files map[string]string) { files[team] = "# a comment\n\n" + files[team] }},
		{"an argument of one call", replace(main, `"confidential"`, `"public"`)},
		{"a variable file", replace("settings.tfvars", "medium", "critical")},
		{"a shared module", replace(team, "enable_key_rotation = !var.legacy", "enable_key_rotation = false")},
		{"a shared module's default", replace("platform/modules/team/variables.tf", `default = "internal"`, `default = "public"`)},
		{"a bucket is renamed", replace("other/main.tf", `"aws_s3_bucket" "loose"`, `"aws_s3_bucket" "tight"`)},
		{"a bucket is moved", func(files map[string]string) {
			replace("other/main.tf", `"aws_s3_bucket" "loose"`, `"aws_s3_bucket" "tight"`)(files)
			add("other/main.tf", "\nmoved {\n  from = aws_s3_bucket.loose\n  to   = aws_s3_bucket.tight\n}\n")(files)
		}},
		{"a call is renamed", replace("other/main.tf", `module "guest"`, `module "visitor"`)},
		{"a call is added", add("other/main.tf", "\nmodule \"late\" {\n  source = \"../platform/modules/team\"\n  name   = \"late\"\n}\n")},
		{"a root module moves", func(files map[string]string) {
			for _, name := range slices.Collect(maps.Keys(files)) {
				if rest, ok := strings.CutPrefix(name, "hospital/"); ok {
					files["clinic/"+rest] = files[name]
					delete(files, name)
				}
			}
		}},
		{"a root module goes", func(files map[string]string) { delete(files, "other/main.tf") }},
		{"backups for all", add("other/main.tf", `
resource "aws_backup_vault" "v" { name = "v" }

resource "aws_backup_plan" "p" {
  name = "p"
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.v.name
    schedule          = "cron(0 5 * * ? *)"
  }
}

resource "aws_backup_selection" "s" {
  name         = "s"
  plan_id      = aws_backup_plan.p.id
  iam_role_arn = "arn:aws:iam::123456789012:role/backup"
  resources    = ["*"]
}
`)},
		{"a role that may do everything", add("other/main.tf", `
resource "aws_iam_role" "all" {
  name               = "all"
  assume_role_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"
}

resource "aws_iam_role_policy" "all" {
  role   = aws_iam_role.all.id
  policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"
}
`)},
		{"a trail", add("hospital/main.tf", "\nresource \"aws_cloudtrail\" \"new\" {\n  name = \"new\"\n  s3_bucket_name = \"logs\"\n  is_multi_region_trail = true\n}\n")},
		{"a module that is missing", replace("other/main.tf", "../platform/modules/team", "../platform/modules/gone")},
		{"a file that does not parse", add("other/broken.tf", "resource \"aws_s3_bucket\" {")},
		{"a key that is not known", replace(team, "kms_master_key_id = aws_kms_key.data.arn", "kms_master_key_id = data.aws_kms_key.elsewhere.arn")},
		{"a comment that waives", func(files map[string]string) {
			files["other/main.tf"] = strings.Replace(files["other/main.tf"], "resource", "# assay:waive enc.* until 2027-01-31 it is a test\nresource", 1)
		}},
		{"a waiver", add("waivers.yaml", `waivers:
  - check: enc.*
    entity: "*"
    reason: it is a test
    requester: bob
    approver: alice
    expires: 2027-01-31
`)},
	}
}

// checkOut writes a revision.
func checkOut(t *testing.T, files map[string]string) tree {
	t.Helper()
	out := tree{root: t.TempDir(), revision: true, silent: true}
	for name, text := range files {
		file := filepath.Join(out.root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// alone judges a revision by itself.
func alone(t *testing.T, a *App, p *plan, revision tree) *assess.Assessment {
	t.Helper()
	p.memory = nil
	snap, err := a.collect(t.Context(), p, revision)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := prepare(snap)
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.judge(t.Context(), p, snap, digest)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// compared is what a comparison says, in full.
func compared(t *testing.T, head, base *assess.Assessment) string {
	t.Helper()
	head.Compare("base", base)
	out, err := json.Marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestDiffTakesNothingOverThatDoesNotHold: what diff says is, to the byte, what two scans say that know nothing of each other.
func TestDiffTakesNothingOverThatDoesNotHold(t *testing.T) {
	t.Parallel()
	a := &App{
		Version: "test", Stdout: io.Discard, Stderr: io.Discard, Log: slog.New(slog.DiscardHandler),
		Clock:   func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) },
		Environ: []string{"ASSAY_REDACTION_KEY=0123456789abcdef0123456789abcdef"},
	}
	p, err := a.plan(Options{Targets: []string{"."}, Profile: "pr", Waivers: "waivers.yaml"}, false)
	if err != nil {
		t.Fatal(err)
	}
	p.options.VarFiles = []string{"settings.tfvars"} // the revisions have it; the working directory does not
	files := configuration(t)
	revision := func(t *testing.T, c change) tree {
		t.Helper()
		changed := maps.Clone(files)
		if c.make(changed); maps.Equal(files, changed) {
			t.Fatalf("%s: the change changes nothing", c.name)
		}
		return checkOut(t, changed)
	}
	for pair := range slices.Chunk(changes(), 2) {
		t.Run(pair[0].name+", then "+pair[1].name, func(t *testing.T) {
			base, head := revision(t, pair[0]), revision(t, pair[1])
			after, before, err := a.judgeBoth(t.Context(), p, revisions{baseTree: base, headTree: head})
			if err != nil {
				t.Fatal(err)
			}
			want := compared(t, alone(t, a, p, head), alone(t, a, p, base))
			if got := compared(t, after, before); want != got {
				t.Error(cmp.Diff(strings.Split(want, ","), strings.Split(got, ",")))
			}
		})
	}
}
