package terraform_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/collectors/terraform"
	"github.com/assay-audit/assay/internal/evidence"
)

// files lays out files (name, content, ...) in a new directory.
func files(t *testing.T, pairs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(pairs); i += 2 {
		p := filepath.Join(dir, pairs[i])
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(pairs[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// find returns the entity with the id.
func find(t *testing.T, s *evidence.Snapshot, id string) *evidence.Entity {
	t.Helper()
	for _, e := range s.Entities {
		if e.ID == id {
			return e
		}
	}
	t.Fatalf("no entity %s", id)
	return nil
}

func TestTree(t *testing.T) {
	t.Parallel()
	const bucket = `resource "aws_s3_bucket" "b" { bucket = "x" }`
	dir := files(t, "prod/main.tf", `module "m" { source = "../modules/store" }`, "modules/store/main.tf", bucket, "test/main.tf", bucket,
		"test/.terraform/modules/x/main.tf", bucket, "README.md", "text")
	s := collect(t, "terraform", dir)
	var got []string
	for _, e := range s.Entities {
		if e.Kind == "bucket" {
			got = append(got, e.Scope+" "+e.ID)
		}
	}
	slices.Sort(got)
	show := filepath.ToSlash(dir)
	want := []string{"tf:" + show + "/prod module.m.aws_s3_bucket.b", "tf:" + show + "/test aws_s3_bucket.b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(s.Sources) != 1 || s.Sources[0].Scope != "tf:"+show {
		t.Errorf("sources are %+v, want one for the whole tree", s.Sources)
	}
	paths := make([]string, 0, len(s.Files))
	for _, f := range s.Files {
		paths = append(paths, strings.TrimPrefix(f.Path, show+"/"))
	}
	if diff := cmp.Diff([]string{"modules/store/main.tf", "prod/main.tf", "test/main.tf"}, paths); diff != "" {
		t.Errorf("files:\n%s", diff)
	}
}

func TestNothing(t *testing.T) {
	t.Parallel()
	dir := files(t, "docs/readme.md", "text")
	s := collect(t, "terraform", dir)
	show := filepath.ToSlash(dir)
	want := []evidence.Coverage{{
		Kind: "*", Scope: "tf:" + show, Source: "s1", Status: evidence.Skipped, Detail: "no Terraform files (*.tf, *.tf.json) in " + show,
	}}
	if diff := cmp.Diff(want, s.Coverage); diff != "" {
		t.Error(diff)
	}
	if len(s.Entities) != 0 || len(s.Sources) != 1 || len(s.Sources[0].Problems) != 1 || s.Sources[0].Problems[0].Code != "no_terraform" {
		t.Errorf("entities %v, sources %+v", s.Entities, s.Sources)
	}
}

func TestUnreadableFile(t *testing.T) {
	t.Parallel()
	dir := files(t, "main.tf", `resource "aws_s3_bucket" "b" {}`)
	if err := os.Symlink(filepath.Join(dir, "gone"), filepath.Join(dir, "other.tf")); err != nil {
		t.Fatal(err)
	}
	s := collect(t, "terraform", dir)
	find(t, s, "aws_s3_bucket.b")
	i := slices.IndexFunc(s.Coverage, func(c evidence.Coverage) bool { return c.Kind == "*" })
	want := filepath.ToSlash(dir) + "/other.tf:1: File not read"
	if i < 0 || s.Coverage[i].Status != evidence.Partial || !slices.Contains(s.Coverage[i].Items, want) {
		t.Errorf("coverage is %+v, want it to be partial and to name %s", s.Coverage, want)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	dir := files(t, "a.tf", "", "plan.json", `{"format_version":"1.2","resource_changes":[]}`, "empty/x.txt", "")
	tests := map[string]struct{ scheme, value, want string }{
		"no directory":            {"terraform", filepath.Join(dir, "gone"), "no such file or directory; give the directory of a Terraform root module"},
		"a file":                  {"terraform", filepath.Join(dir, "a.tf"), "is a file; give the directory that holds it"},
		"no plan":                 {"plan", filepath.Join(dir, "gone.json"), "there is no such file; make a plan with: terraform plan -out FILE && terraform show -json"},
		"a directory":             {"plan", dir, "this is not a file; name the plan in JSON"},
		"not a plan":              {"plan", fixtures + "/plans/not-a-plan.json", "this is not a Terraform plan"},
		"binary":                  {"plan", fixtures + "/plans/terraform-data.tfplan", "this is a binary plan; convert it: terraform show -json FILE > plan.json"},
		"newer":                   {"plan", fixtures + "/plans/newer-format-2.0.json", "the plan has format 2.0, and this program reads formats 1.0 to 1.2"},
		"no configuration beside": {"plan", filepath.Join(dir, "plan.json") + ",dir=" + filepath.Join(dir, "empty"), "holds no Terraform files"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := collectortest.Collect(t.Context(), t, terraform.Spec, collectors.Request{
				Target: collectors.Target{Ref: test.value, Scheme: test.scheme, Value: test.value},
			})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), test.value) {
				t.Errorf("got %v, want %q with the target's name before it", err, test.want)
			}
		})
	}
}

func TestRecognise(t *testing.T) {
	t.Parallel()
	dir := files(t, "main.tf", "", "empty/x.txt", "", "x.json", "{}", "x.tfplan", "", "deep/er/main.tf", "")
	tests := map[string]struct {
		score  int
		scheme string
	}{
		dir: {3, "terraform"}, filepath.Join(dir, "deep"): {1, "terraform"}, filepath.Join(dir, "empty"): {1, "terraform"},
		filepath.Join(dir, "x.json"): {1, "plan"}, filepath.Join(dir, "x.tfplan"): {2, "plan"}, filepath.Join(dir, "main.tf"): {0, ""},
		filepath.Join(dir, "gone"): {0, ""}, fixtures + "/plans/hospital-small.json": {3, "plan"}, fixtures + "/plans/terraform-data.tfplan": {3, "plan"},
		fixtures + "/plans/not-a-plan.json": {1, "plan"},
	}
	for path, want := range tests {
		if score, scheme := terraform.Spec.Recognise(path); score != want.score || scheme != want.scheme {
			t.Errorf("%s: got %d %q, want %d %q", path, score, scheme, want.score, want.scheme)
		}
	}
}

// TestPlanPlaces holds that a plan's entities get their places from the configuration, also for instances and blocks that it
// makes with count, for_each and dynamic, and that the plan's values stand.
func TestPlanPlaces(t *testing.T) {
	t.Parallel()
	s := collect(t, "plan", fixtures+"/plans/hospital-small-1.0.json,dir="+fixtures+"/plans/hospital-small")
	main, records := fixtures+"/plans/hospital-small/main.tf", fixtures+"/plans/hospital-small/modules/records/main.tf"
	tests := []struct {
		id, path, file string
		line           int
	}{
		{`aws_s3_bucket.ward["oncology"]`, "", main, 61},
		{`aws_s3_bucket.ward["oncology"]`, "data.classification", main, 66},
		{"aws_ebs_volume.scratch[1]", "encryption.at_rest", main, 85},
		{"module.records.aws_db_instance.records", "", records, 19},
	}
	for _, test := range tests {
		p, _ := find(t, s, test.id).ProvOf(test.path)
		if p.Method != "terraform:plan" || filepath.Clean(p.Locator.File) != filepath.Clean(test.file) || p.Locator.Line != test.line {
			t.Errorf("%s of %s: got %s, %s:%d, want %s:%d", test.path, test.id, p.Method, p.Locator.File, p.Locator.Line, test.file, test.line)
		}
	}
	if got := find(t, s, "aws_ebs_volume.scratch[1]").Attrs["encryption.at_rest"]; got != false {
		t.Errorf("the planned value is %v, want false", got)
	}
	if s.Sources[0].Scope != "tf:"+fixtures+"/plans/hospital-small" {
		t.Errorf("the scope is %s", s.Sources[0].Scope)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	dir := files(t, "main.tf", `
variable "db_password" { default = "Welcome2Lab!2016" }
variable "given_password" {}
variable "never" { type = string }
locals { api_token = "ghp_0123456789abcdefghijABCDEFGHIJ012345" }
resource "aws_db_instance" "literal" { password = "hunter2" }
resource "aws_db_instance" "by_default" { password = var.db_password }
resource "aws_db_instance" "given" { password = var.given_password }
resource "aws_db_instance" "unknown" { password = var.never }
resource "random_password" "p" { length = 20 }
resource "aws_db_instance" "random" { password = random_password.p.result }
data "aws_secretsmanager_secret_version" "s" { secret_id = "db" }
resource "aws_db_instance" "stored" { password = data.aws_secretsmanager_secret_version.s.secret_string }
resource "aws_secretsmanager_secret_version" "v" {
  secret_id     = "x"
  secret_string = "abcdef"
}
resource "aws_instance" "many" {
  count     = 2
  user_data = "export DB_PASSWORD=Tr0ub4dor"
}
resource "aws_codebuild_project" "b" {
  environment {
    environment_variable {
      name  = "NPM_TOKEN"
      value = "npm_0123456789abcdefghijABCDEFGHIJ012345"
    }
    environment_variable {
      name  = "DB_PASSWORD"
      value = "/prod/db/password"
      type  = "PARAMETER_STORE"
    }
  }
}
resource "aws_lambda_function" "f" {
  environment { variables = { STAGE = "prod", DB_PASSWORD = var.given_password } }
}
resource "aws_ssm_parameter" "plain" {
  type  = "String"
  value = "just a setting"
}
resource "aws_ssm_parameter" "secure" {
  type  = "SecureString"
  value = "easy"
}
module "m" {
  source   = "./m"
  password = "S3same-open"
}
resource "aws_rds_cluster" "same" { master_password = "hunter2" }
resource "aws_secretsmanager_secret_version" "json" { secret_string = jsonencode({ user = "db", password = "in-a-d0cument" }) }
`, "m/main.tf", `
variable "password" {}
variable "admin_password" { default = "letmein-2019" }
resource "aws_rds_cluster" "c" { master_password = var.password }
`, "terraform.tfvars", `given_password = "from-a-f1le"`)
	s := collect(t, "terraform", dir, collectors.TerraformOptions{Vars: []string{"never=g1ven-by-hand"}})
	got := map[string]string{}
	for _, e := range s.Entities {
		if e.Kind == "secret" && e.Attrs["location"] != "secret_store" {
			p := e.Prov[0].Locator
			got[e.ID] = strings.Join([]string{e.Attrs["location"].(string), e.Attrs["detector"].(string), filepath.Base(p.File), strconv.Itoa(p.Line)}, " ")
		}
	}
	want := map[string]string{
		"local.api_token":                                                   "iac_source github-token main.tf 5",
		"aws_db_instance.literal:password":                                  "iac_source named-secret main.tf 6",
		"aws_db_instance.by_default:password":                               "iac_source named-secret main.tf 2",
		"aws_db_instance.given:password":                                    "iac_source named-secret terraform.tfvars 1",
		"aws_secretsmanager_secret_version.v:secret_string":                 "iac_source named-secret main.tf 16",
		"aws_instance.many[0]:user_data":                                    "user_data named-secret main.tf 20",
		"aws_codebuild_project.b:environment.environment_variable[0].value": "env_plain npm-token main.tf 26",
		"aws_lambda_function.f:environment.variables.DB_PASSWORD":           "env_plain named-secret main.tf 36",
		"aws_ssm_parameter.secure:value":                                    "iac_source named-secret main.tf 44",
		"aws_secretsmanager_secret_version.json:secret_string":              "iac_source named-secret main.tf 51",
		"aws_rds_cluster.same:master_password":                              "iac_source named-secret main.tf 50",
		"module.m.aws_rds_cluster.c:master_password":                        "iac_source named-secret main.tf 48",
		"module.m.var.admin_password":                                       "iac_source named-secret main.tf 3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if a, b := find(t, s, "aws_db_instance.given:password"), find(t, s, "aws_lambda_function.f:environment.variables.DB_PASSWORD"); a.Attrs["value_hmac"] != b.Attrs["value_hmac"] {
		t.Error("the same value has two hashes")
	}
}
