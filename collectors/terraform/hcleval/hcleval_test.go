package hcleval_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/resource"
)

// write lays out files (name, content, ...) in a new directory.
func write(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		p := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// evaluate evaluates the files and fails the test on an error.
func evaluate(t *testing.T, dir string, o hcleval.Options) *hcleval.Result {
	t.Helper()
	if o.DisplayDir == "" {
		o.DisplayDir = "."
	}
	r, err := hcleval.Evaluate(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func find(t *testing.T, r *hcleval.Result, address string) *resource.Instance {
	t.Helper()
	var have []string
	for _, i := range r.Instances {
		if i.Address == address {
			return i
		}
		have = append(have, i.Address)
	}
	t.Fatalf("no instance %s; there are %s\n%+v", address, strings.Join(have, ", "), r.Diagnostics)
	return nil
}

func TestSlice(t *testing.T) {
	t.Parallel()
	dir := write(t, "main.tf", `
variable "env" { default = "prod" }
variable "vpc" {}
locals { name = "logs-${var.env}" }
resource "aws_kms_key" "k" { count = 2 }
resource "aws_s3_bucket" "b" {
  for_each = toset(["a", "b"])
  bucket   = "${local.name}-${each.key}"
  vpc      = var.vpc
  policy   = "${aws_kms_key.k[0].arn}/*"
  doc      = jsonencode({ Resource = aws_kms_key.k[1].arn, Effect = "Allow" })
  rule {
    key = aws_kms_key.k[*].arn
  }
}
resource "x_y" "z" { bucket = aws_s3_bucket.b["a"].bucket }
module "m" {
  source = "./m"
  in     = aws_s3_bucket.b["b"].id
}
output "o" { value = module.m.out }
`, "m/main.tf", `
variable "in" { type = string }
output "out" { value = "x:${var.in}" }
resource "p_q" "r" { v = var.in }
`)
	r := evaluate(t, dir, hcleval.Options{})
	for _, d := range r.Diagnostics {
		t.Log(d)
	}
	b := find(t, r, `aws_s3_bucket.b["a"]`)
	for k, a := range b.Body.Attributes {
		t.Logf("%s %#v %+v %v %v doc=%#v", k, a.Value, a.Unknown, a.Refs, a.Parts, a.Doc)
	}
	z := find(t, r, "x_y.z").Body.Attr("bucket")
	if !z.Value.RawEquals(cty.StringVal("logs-prod-a")) {
		t.Errorf("bucket = %#v", z)
	}
	t.Logf("%+v", find(t, r, "module.m.p_q.r").Body.Attr("v"))
	t.Logf("%+v", r.Outputs["o"])
	t.Logf("%+v", b.Body.Block("rule").Attr("key"))
}
