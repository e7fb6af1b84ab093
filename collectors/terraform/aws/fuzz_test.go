package aws

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/label"
)

// FuzzMapping maps whatever the evaluator accepts: no configuration may make a mapping panic or hang.
func FuzzMapping(f *testing.F) {
	f.Add(twoTierNetwork)
	f.Add(`variable "x" {}
resource "aws_security_group" "g" { ingress = var.x }
resource "aws_vpc" "v" {}
resource "aws_main_route_table_association" "m" {
  vpc_id = aws_vpc.v.id
  route_table_id = aws_vpc.v.main_route_table_id
}
resource "aws_subnet" "s" { vpc_id = aws_vpc.v.id }
resource "aws_ssm_maintenance_window_target" "t" {
  targets {
    key = "WindowTargetIds"
    values = [aws_ssm_maintenance_window_target.t.id]
  }
}
resource "aws_instance" "i" { user_data_base64 = "!" }`)
	f.Fuzz(func(t *testing.T, hcl string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(hcl), 0o600); err != nil {
			t.Fatal(err)
		}
		result, err := hcleval.Evaluate(t.Context(), dir, hcleval.Options{})
		if err != nil {
			return // not a configuration
		}
		c := mapping.NewContext("tf:t", "s1", label.Default(), result.Instances)
		for _, s := range Services() {
			for _, typ := range s.Types {
				if typ.Map == nil || typ.Data {
					continue
				}
				for _, v := range c.All(typ.Name) {
					typ.Map(c, v)
				}
			}
		}
		entities, _, _ := c.Result()
		for _, e := range entities {
			if e.ID == "" || e.Attrs == nil {
				t.Errorf("an entity without identity or attributes: %+v", e)
			}
		}
	})
}
