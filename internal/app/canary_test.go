package app_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-audit/assay/internal/app"
	reportlist "github.com/assay-audit/assay/reports/all"
)

// canary returns a value that must never leave the collector. Each place gets its own.
func canary(place string) string { return "cAn4ry/" + place + "+q9Zx7Lw2" }

// infrastructure plants a canary in every place in which a configuration can hold a secret.
func infrastructure() map[string]string {
	return map[string]string{
		"main.tf": fmt.Sprintf(`
provider "aws" {
  region     = "eu-west-1"
  access_key = "AKIA3CANARYCANARY001"
  secret_key = %q
  default_tags { tags = { contact = var.tagged } }
}
variable "db_password" {
  sensitive = true
  default   = %q
}
variable "innocuous" {
  sensitive = true
  default   = %q
}
variable "tagged" {
  sensitive = true
  default   = %q
}
variable "unused" {
  sensitive = true
  default   = %q
}
variable "count_of_things" {
  type      = number
  sensitive = true
  default   = %q
}
variable "plain_password" { default = %q }
variable "from_file" { sensitive = true }
variable "from_json" { sensitive = true }
variable "from_environment" { sensitive = true }
variable "from_command_line" { sensitive = true }
variable "object" {
  sensitive = true
  type      = object({ host = string, token = string })
  default   = { host = "db.internal", token = %q }
}
locals {
  api_token = %q
}
module "db" {
  source   = "./db"
  password = var.db_password
  plain    = var.plain_password
  label    = var.innocuous
}
resource "aws_instance" "web" {
  ami           = "ami-0a1b2c3d4e5f60718"
  instance_type = "t3.micro"
  user_data     = <<-EOT
    #!/bin/sh
    export DB_PASSWORD=%s
  EOT
  tags = { owner = var.tagged, Name = var.innocuous }
}
resource "aws_instance" "encoded" {
  user_data_base64 = base64encode("DB_PASSWORD=${var.from_file}")
}
resource "aws_instance" "templated" {
  user_data = templatefile("${path.module}/init.tftpl", { token = var.from_json })
}
resource "aws_launch_template" "literal" {
  user_data = %q
}
resource "aws_lambda_function" "f" {
  function_name = "f-${var.from_environment}"
  environment { variables = { API_TOKEN = %q, OTHER = var.from_environment } }
}
resource "aws_ecs_task_definition" "t" {
  family                = "t"
  container_definitions = jsonencode([{ name = "c", environment = [{ name = "DB_PASSWORD", value = %q }, { name = "X", value = var.object.token }] }])
}
resource "aws_s3_bucket" "b" {
  bucket = "data-${var.from_command_line}"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = var.innocuous, Effect = "Allow", Principal = "*", Action = "s3:GetObject",
    Resource = "${aws_s3_bucket.b.arn}/${var.innocuous}/*", Condition = { StringEquals = { "aws:Referer" = var.tagged } } }] })
}
resource "aws_iam_user" "u" {
  for_each = toset([nonsensitive(var.innocuous)])
  name     = each.key
}
resource "aws_security_group" "g" {
  description = "for ${var.innocuous}"
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    description = var.tagged
    cidr_blocks = [var.innocuous]
  }
}
resource "aws_ssm_parameter" "p" {
  name  = "/p"
  type  = "SecureString"
  value = %q
}
resource "aws_kms_key" "broken_call" {
  description = jsondecode(var.innocuous)
}
resource "aws_cloudwatch_log_group" "unhappy" {
  name = file(var.innocuous)
}
output "leak" { value = "see ${var.innocuous}" }
`, canary("provider"), canary("default"), canary("innocuous"), canary("tagged"), canary("unused"), canary("number"), canary("plain"), canary("object"),
			canary("local"), canary("userdata"), base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\nexport TOKEN_SECRET="+canary("base64")+"\n")), canary("lambda"),
			canary("ecs"), canary("ssm")),
		"db/main.tf": `
variable "password" {}
variable "plain" {}
variable "label" {}
resource "aws_db_instance" "main" {
  identifier = "main-${var.label}"
  engine     = "postgres"
  password   = var.password
  tags       = { "data-owner" = var.label, "data-classification" = var.label }
}
resource "aws_rds_cluster" "c" {
  engine          = "aurora-postgresql"
  master_password = var.plain
}
output "uri" { value = "postgres://main:${var.password}@host/db" }
`,
		"init.tftpl":           "#!/bin/sh\nexport SERVICE_TOKEN=${token}\nexport DB_PASSWORD=" + canary("template") + "\n",
		"terraform.tfvars":     fmt.Sprintf("from_file = %q\nnever_declared_password = %q\n", canary("tfvars"), canary("undeclared")),
		"x.auto.tfvars.json":   fmt.Sprintf(`{"from_json": %q}`, canary("json")),
		"broken.tf":            fmt.Sprintf("resource \"aws_db_instance\" \"x\" {\n  password = %q oops\n", canary("syntax")),
		"unterminated.tf":      fmt.Sprintf("resource \"aws_db_instance\" \"y\" {\n  password = \"%s\n}\n", canary("unterminated")),
		"assay.yaml":           "{}\n",
		".terraform/ignore.tf": "",
	}
}

// planned plants canaries in every place in which a plan can hold a secret.
func planned() string {
	return fmt.Sprintf(`{"format_version":"1.2","terraform_version":"1.11.4",
 "variables":{"password":{"value":%[1]q},"list":{"value":[%[2]q]}},
 "planned_values":{"outputs":{"o":{"sensitive":true,"value":%[3]q}},"root_module":{"resources":[]}},
 "resource_changes":[
  {"address":"aws_db_instance.a","mode":"managed","type":"aws_db_instance","name":"a","change":{"actions":["update"],
   "before":{"password":%[4]q,"identifier":"a"},"after":{"password":%[1]q,"identifier":"a-%[1]s","engine":"postgres","tags":{"owner":%[5]q},"user_data":null},
   "after_unknown":{},"before_sensitive":{"password":true},"after_sensitive":{"password":true,"tags":{"owner":true}}}},
  {"address":"aws_instance.i","mode":"managed","type":"aws_instance","name":"i","change":{"actions":["create"],"before":null,
   "after":{"user_data":"export DB_PASSWORD=%[6]s","tags":{"Name":"i %[2]s"}},"after_unknown":{"id":true},"after_sensitive":{}}},
  {"address":"aws_db_instance.gone","mode":"managed","type":"aws_db_instance","name":"gone","change":{"actions":["delete"],
   "before":{"password":%[7]q},"after":null,"before_sensitive":{"password":true},"after_sensitive":false}}],
 "output_changes":{"o":{"actions":["create"],"before":null,"after":%[3]q,"before_sensitive":false,"after_sensitive":true}},
 "prior_state":{"format_version":"1.0","values":{"outputs":{"old":{"sensitive":true,"value":%[8]q}},"root_module":{"resources":[
  {"address":"aws_db_instance.a","mode":"managed","type":"aws_db_instance","name":"a","values":{"password":%[4]q},"sensitive_values":{"password":true}},
  {"address":"data.aws_secretsmanager_secret_version.s","mode":"data","type":"aws_secretsmanager_secret_version","name":"s",
   "values":{"secret_string":%[9]q},"sensitive_values":{"secret_string":true}}]}}},
 "configuration":{"provider_config":{"aws":{"name":"aws","expressions":{"region":{"constant_value":"eu-west-1"},"secret_key":{"constant_value":%[10]q}}}},
  "root_module":{"resources":[
   {"mode":"managed","type":"aws_db_instance","name":"a","provider_config_key":"aws","expressions":{"password":{"references":["var.password"]}}},
   {"mode":"managed","type":"aws_instance","name":"i","provider_config_key":"aws","expressions":{"user_data":{"constant_value":"export DB_PASSWORD=%[6]s"}}},
   {"mode":"data","type":"aws_secretsmanager_secret_version","name":"s","provider_config_key":"aws","expressions":{}}],
   "variables":{"password":{"sensitive":true},"list":{"sensitive":true,"default":[%[11]q]}}}}}`,
		canary("variable"), canary("list"), canary("output"), canary("before"), canary("tag"), canary("plandata"), canary("gone"), canary("old"), canary("data"),
		canary("config"), canary("plandefault"))
}

// TestCanaries holds that no secret is in a snapshot, in any report, or on a stream.
func TestCanaries(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range infrastructure() {
		write(t, filepath.Join("infra", name), text)
	}
	write(t, "tfplan.json", planned())
	var streams bytes.Buffer
	a := &app.App{
		Version: "test", Stdout: &streams, Stderr: &streams, Clock: func() time.Time { return time.Unix(1795262400, 0) },
		Environ: []string{"ASSAY_REDACTION_KEY=a key that only tests use", "TF_VAR_from_environment=" + canary("environment")},
		Log:     slog.New(slog.NewTextHandler(&streams, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	o := app.Options{Targets: []string{"./infra", "plan:tfplan.json"}, Vars: []string{"from_command_line=" + canary("cli"), "undeclared_password=" + canary("cli2")}}
	for _, f := range reportlist.Specs() {
		o.Outputs = append(o.Outputs, f.Name+"=out/report."+f.Name)
	}
	if err := a.Scan(t.Context(), o); err != nil && app.CodeOf(err) != app.ExitFailures {
		t.Fatal(err)
	}
	o.Outputs, o.Out = nil, "out/snapshot"
	if err := a.Collect(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	outputs := map[string][]byte{"the streams": streams.Bytes()}
	for _, pattern := range []string{"out/*", "out/snapshot/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if info, err := os.Stat(f); err == nil && !info.IsDir() {
				outputs[f] = contents(t, f)
			}
		}
	}
	if len(outputs) < 7 {
		t.Fatalf("only %d outputs", len(outputs))
	}
	for name, data := range outputs {
		for _, needle := range []string{"cAn4ry", "AKIA3CANARY", base64.StdEncoding.EncodeToString([]byte("DB_PASSWORD=cAn4ry"))[:20]} {
			if i := bytes.Index(bytes.ToLower(data), []byte(strings.ToLower(needle))); i >= 0 {
				t.Errorf("%s holds a secret: ...%s...", name, data[max(0, i-150):min(len(data), i+80)])
			}
		}
	}
	if files := outputs["out/snapshot/files.jsonl.gz"]; !bytes.Contains(files, []byte("[redacted hmac-sha256:")) || !bytes.Contains(files, []byte("aws_db_instance")) {
		t.Error("the source files are not in the snapshot, or nothing in them is redacted")
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// contents is a file's data, unpacked.
func contents(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if data, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return data
}
