package hcleval_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
)

// TestSensitive holds that every text which is marked sensitive is known, whatever becomes of it.
func TestSensitive(t *testing.T) {
	t.Parallel()
	dir := write(t, "main.tf", `
variable "used" {
  sensitive = true
  default   = "used-value"
}
variable "unused" {
  sensitive = true
  default   = { a = "unused-a", b = [481516] }
}
variable "unfit" {
  type      = number
  sensitive = true
  default   = "no-number"
}
variable "given" { sensitive = true }
variable "open" { default = "open-value" }
module "m" {
  source = "./m"
  in     = var.used
}
resource "aws_x" "x" {
  joined  = "${var.used}-${var.open}"
  encoded = base64encode(var.used)
  marked  = sensitive("by-function")
  list    = [var.open, var.used]
  block { inner = upper(var.used) }
}
output "o" {
  sensitive = true
  value     = "out-${var.open}"
}
`, "m/main.tf", `
variable "in" {}
resource "aws_x" "y" { a = "in-${var.in}" }
`)
	r := evaluate(t, dir, hcleval.Options{Vars: []string{"given=by-hand"}})
	want := []string{
		"481516", "USED-VALUE", "by-function", "by-hand", "dXNlZC12YWx1ZQ==", "in-used-value", "no-number", "out-open-value", "unused-a",
		"used-value", "used-value-open-value",
	}
	if diff := cmp.Diff(want, r.Sensitive); diff != "" {
		t.Error(diff)
	}
	if text, ok := r.Text("main.tf"); !ok || len(text) == 0 {
		t.Error("the text of main.tf is not there")
	}
	if _, ok := r.Text("gone.tf"); ok {
		t.Error("there is a text of a file that does not exist")
	}
}
