package app

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/assay-audit/assay/collectors/aws"
)

// TestPolicyDocumentsFit holds that each document fits into a managed policy of IAM, and that together they allow every action once.
func TestPolicyDocumentsFit(t *testing.T) {
	actions := aws.Actions(nil)
	allowed := map[string]int{}
	for _, d := range documents(actions, "arn:aws:iam::*:role/audit") {
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > managedPolicyLimit {
			t.Errorf("a document has %d characters, and IAM takes %d", len(text), managedPolicyLimit)
		}
		for _, name := range d.Statement[0].Action {
			allowed[name]++
		}
	}
	for _, a := range actions {
		if allowed[a.Name] != 1 {
			t.Errorf("%s is allowed %d times", a.Name, allowed[a.Name])
		}
	}
	last := documents(actions, "arn:aws:iam::*:role/audit")
	want := []policyStatement{{Sid: "AssayEntersAccounts", Effect: "Allow", Action: []string{"sts:AssumeRole"}, Resource: "arn:aws:iam::*:role/audit"}}
	if diff := cmp.Diff(want, last[len(last)-1].Statement); diff != "" {
		t.Errorf("the policy for an organisation (-want +got):\n%s", diff)
	}
}

// TestTerraformPolicies holds that the policies are Terraform in its canonical form.
func TestTerraformPolicies(t *testing.T) {
	var b bytes.Buffer
	if err := writeTerraformPolicies(&b, documents(aws.Actions(nil), "")); err != nil {
		t.Fatal(err)
	}
	if _, diags := hclsyntax.ParseConfig(b.Bytes(), "policy.tf", hcl.InitialPos); diags.HasErrors() {
		t.Fatal(diags)
	}
	if formatted := hclwrite.Format(b.Bytes()); !bytes.Equal(formatted, b.Bytes()) {
		t.Errorf("terraform fmt would change it to:\n%s", formatted[:min(len(formatted), 800)])
	}
	if !strings.Contains(b.String(), `"s3:GetEncryptionConfiguration",`) {
		t.Error("the policies lack s3:GetEncryptionConfiguration")
	}
}
