package app

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/assay-audit/assay/collectors/aws"
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awslab"
)

var update = flag.Bool("update", false, "write the table of docs/aws.md anew")

// notReading are the printed actions whose access level is neither List nor Read, with the reason why the policy has them all the same.
var notReading = map[string]string{
	"sts:AssumeRole": "an organisation's audit enters each account through the role that the target names, and no other",
}

// TestPoliciesReadOnly holds every action that a policy may have against AWS's Service Authorization Reference: it exists, is written as AWS
// writes it, reads, and takes no other action that the policy lacks.
func TestPoliciesReadOnly(t *testing.T) {
	reference, err := awslab.NewIAMReference()
	if err != nil {
		t.Fatal(err)
	}
	printed := map[string]bool{}
	for _, d := range leastPolicies(aws.Actions(nil), "audit") {
		for _, s := range d.Statement {
			for _, a := range s.Action {
				printed[a] = true
			}
		}
	}
	for name := range printed {
		action, known, err := reference.Action(name)
		if err != nil {
			t.Fatal(err)
		}
		prefix, _, _ := strings.Cut(name, ":")
		switch {
		case !known:
			t.Errorf("AWS has no action %s", name)
		case prefix+":"+action.Name != name:
			t.Errorf("%s is written %s:%s by AWS", name, prefix, action.Name)
		case action.AccessLevel != "List" && action.AccessLevel != "Read" && notReading[name] == "":
			t.Errorf("%s has the access level %s: Assay only reads", name, action.AccessLevel)
		}
		for _, other := range action.DependentActions {
			if !printed[other] {
				t.Errorf("%s takes %s besides: name both in the operation's Actions", name, other)
			}
		}
	}
	for name := range notReading {
		if !printed[name] {
			t.Errorf("%s is excused and no policy has it", name)
		}
	}
}

var sid = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// TestPoliciesFit holds that each policy fits into a managed policy of IAM, that together they allow every action once, and that they are alike
// in every run.
func TestPoliciesFit(t *testing.T) {
	actions := aws.Actions(nil)
	docs := leastPolicies(actions, "audit")
	allowed, sids := map[string]int{}, map[string]int{}
	for _, d := range docs {
		if d.size() > managedPolicyLimit {
			t.Errorf("a policy has %d characters, and IAM takes %d", d.size(), managedPolicyLimit)
		}
		for _, s := range d.Statement {
			sids[s.Sid]++
			for _, name := range s.Action {
				allowed[name]++
			}
			if !slices.IsSorted(s.Action) {
				t.Errorf("%s is not sorted: %v", s.Sid, s.Action)
			}
		}
	}
	for s, n := range sids {
		if n != 1 || !sid.MatchString(s) {
			t.Errorf("%d statements are called %q", n, s)
		}
	}
	for _, a := range actions {
		if allowed[a.Name] != 1 {
			t.Errorf("%s is allowed %d times", a.Name, allowed[a.Name])
		}
	}
	if diff := cmp.Diff(docs, leastPolicies(aws.Actions(nil), "audit"), cmp.AllowUnexported(policyStatement{})); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

// TestIAMTakesPolicies gives the policies to IAM, which moto plays with AWS's rules for policy documents.
func TestIAMTakesPolicies(t *testing.T) {
	client := iam.NewFromConfig(awslab.Start(t).Config(t, awslab.DefaultAccount, "eu-west-1"))
	for i, d := range leastPolicies(aws.Actions(nil), "audit") {
		var text bytes.Buffer
		if err := writePolicy(&text, d); err != nil {
			t.Fatal(err)
		}
		document, name := text.String(), policyName(i)
		if _, err := client.CreatePolicy(t.Context(), &iam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &document}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// few are actions of three kinds: under the operation's name, under another, and limited to resources.
func few() []api.Action {
	return []api.Action{
		{Name: "apigateway:GET", Resources: []string{"arn:*:apigateway:*::/apis", "arn:*:apigateway:*::/restapis"}, Operations: []string{"apigateway:GetRestApis", "apigatewayv2:GetApis"}},
		{Name: "network-firewall:ListFirewalls", Operations: []string{"networkfirewall:ListFirewalls"}},
		{Name: "s3:GetBucketAcl", Operations: []string{"s3:GetBucketAcl"}},
		{Name: "s3:GetEncryptionConfiguration", Operations: []string{"s3:GetBucketEncryption"}},
	}
}

func TestPolicyAsJSON(t *testing.T) {
	var out, errs bytes.Buffer
	a := &App{Stdout: &out, Stderr: &errs}
	if err := a.printPermissions(leastPolicies(few(), "path/audit"), PermissionOptions{Format: "json"}); err != nil {
		t.Fatal(err)
	}
	const want = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadApigatewayGET",
      "Effect": "Allow",
      "Action": [
        "apigateway:GET"
      ],
      "Resource": [
        "arn:*:apigateway:*::/apis",
        "arn:*:apigateway:*::/restapis"
      ]
    },
    {
      "Sid": "ReadNetworkFirewall",
      "Effect": "Allow",
      "Action": [
        "network-firewall:ListFirewalls"
      ],
      "Resource": "*"
    },
    {
      "Sid": "ReadS3",
      "Effect": "Allow",
      "Action": [
        "s3:GetBucketAcl",
        "s3:GetEncryptionConfiguration"
      ],
      "Resource": "*"
    },
    {
      "Sid": "EnterAccounts",
      "Effect": "Allow",
      "Action": [
        "sts:AssumeRole"
      ],
      "Resource": "arn:*:iam::*:role/path/audit"
    }
  ]
}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
	if errs.Len() > 0 {
		t.Errorf("something is said about it: %s", errs.String())
	}
}

func TestPolicyAsTerraform(t *testing.T) {
	var out bytes.Buffer
	if err := writeTerraformPolicies(&out, leastPolicies(few(), "")); err != nil {
		t.Fatal(err)
	}
	const want = `# What Assay reads of an AWS account, 4 actions and nothing else. Attach every policy to the role that audits.

data "aws_iam_policy_document" "assay_1" {
  statement {
    sid    = "ReadApigatewayGET"
    effect = "Allow"
    actions = [
      "apigateway:GET", # for GetApis, GetRestApis
    ]
    resources = [
      "arn:*:apigateway:*::/apis",
      "arn:*:apigateway:*::/restapis",
    ]
  }

  statement {
    sid    = "ReadNetworkFirewall"
    effect = "Allow"
    actions = [
      "network-firewall:ListFirewalls",
    ]
    resources = ["*"]
  }

  statement {
    sid    = "ReadS3"
    effect = "Allow"
    actions = [
      "s3:GetBucketAcl",
      "s3:GetEncryptionConfiguration", # for GetBucketEncryption
    ]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "assay_1" {
  name   = "assay-reads-1"
  policy = data.aws_iam_policy_document.assay_1.json
}

output "assay_policy_arns" {
  value = [
    aws_iam_policy.assay_1.arn,
  ]
}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}

// TestAllPoliciesAsTerraform holds that the policies for all checks are Terraform in its canonical form.
func TestAllPoliciesAsTerraform(t *testing.T) {
	var b bytes.Buffer
	if err := writeTerraformPolicies(&b, leastPolicies(aws.Actions(nil), "audit")); err != nil {
		t.Fatal(err)
	}
	if _, diags := hclsyntax.ParseConfig(b.Bytes(), "policy.tf", hcl.InitialPos); diags.HasErrors() {
		t.Fatal(diags)
	}
	if formatted := hclwrite.Format(b.Bytes()); !bytes.Equal(formatted, b.Bytes()) {
		t.Errorf("terraform fmt would change it to:\n%s", formatted[:min(len(formatted), 800)])
	}
	if !strings.Contains(b.String(), "# There are ") {
		t.Error("why there are several policies is not said")
	}
}

// TestTooLarge holds that a policy that no managed policy can hold is printed whole with the ways out, and written in parts.
func TestTooLarge(t *testing.T) {
	docs := leastPolicies(aws.Actions(nil), "")
	if len(docs) < 2 {
		t.Fatalf("there are %d policies, and the test needs several", len(docs))
	}
	var out, errs bytes.Buffer
	a := &App{Stdout: &out, Stderr: &errs}
	if err := a.printPermissions(docs, PermissionOptions{Format: "json"}); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("--out DIR writes it as %d policies", len(docs)); !strings.Contains(errs.String(), want) {
		t.Errorf("what is said of it lacks %q: %s", want, errs.String())
	}
	dir := t.TempDir()
	left := filepath.Join(dir, policyName(len(docs))+".json")
	if err := os.WriteFile(left, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if err := a.printPermissions(docs, PermissionOptions{Format: "json", Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("a policy of an earlier run is left: %v", err)
	}
	for i, d := range docs {
		file := filepath.Join(dir, policyName(i)+".json")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := writePolicy(&want, d); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), string(text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
		if !strings.Contains(out.String(), "--policy-document file://"+file) {
			t.Errorf("how to make a policy of %s is not said:\n%s", file, out.String())
		}
	}
}

func TestTooLargeForARole(t *testing.T) {
	if got := tooLarge(rolePoliciesLimit+1, 2); !strings.Contains(got, "does not fit as an inline policy") {
		t.Error(got)
	}
	if got := tooLarge(rolePoliciesLimit, 2); !strings.Contains(got, "it fits as an inline policy") {
		t.Error(got)
	}
}

// grants reports whether AWS's managed policy allows an action on what the collector asks it for. Statements with conditions, which those
// policies have not, would not count.
func grants(t *testing.T, policy awslab.ManagedPolicy, a api.Action) bool {
	t.Helper()
	var d struct {
		Statement []struct {
			Effect           string
			Action, Resource any // a string or a list of strings
			Condition        any
		}
	}
	if err := json.Unmarshal(policy.Document, &d); err != nil {
		t.Fatal(err)
	}
	needed := a.Resources
	if len(needed) == 0 {
		needed = []string{"*"}
	}
	for _, s := range d.Statement {
		if s.Effect != "Allow" || s.Condition != nil || !slices.ContainsFunc(texts(s.Action), func(pattern string) bool {
			matched, err := path.Match(strings.ToLower(pattern), strings.ToLower(a.Name))
			return err == nil && matched
		}) {
			continue
		}
		has := texts(s.Resource)
		if !slices.ContainsFunc(needed, func(r string) bool {
			return !slices.Contains(has, "*") && !slices.Contains(has, strings.Replace(r, "arn:*:", "arn:aws:", 1))
		}) {
			return true
		}
	}
	return false
}

func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		out := make([]string, 0, len(v))
		for _, e := range v {
			out = append(out, fmt.Sprint(e))
		}
		return out
	}
	return nil
}

// TestBeyondSecurityAudit holds the table of docs/aws.md: what Assay needs and AWS's policies for auditors and readers do not allow. go test ./internal/app -run BeyondSecurityAudit -update writes it.
func TestBeyondSecurityAudit(t *testing.T) {
	reference, err := awslab.NewIAMReference()
	if err != nil {
		t.Fatal(err)
	}
	audit, err := reference.ManagedPolicy("SecurityAudit")
	if err != nil {
		t.Fatal(err)
	}
	reading, err := reference.ManagedPolicy("ReadOnlyAccess")
	if err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	var unread []string
	actions, beyond := aws.Actions(nil), 0
	for _, a := range actions {
		if !grants(t, reading, a) {
			unread = append(unread, "`"+a.Name+"`")
		}
		if !grants(t, audit, a) {
			beyond++
			fmt.Fprintf(&rows, "| %s | %s |\n", a.Name, strings.Join(a.Tells, ", "))
		}
	}
	if len(unread) == 0 {
		unread = []string{"none"}
	}
	table := fmt.Sprintf("Of the %d actions for all checks, `ReadOnlyAccess` (%s) lacks %s, and `SecurityAudit` (%s) these %d:\n\n"+
		"| action | what stays unknown without it |\n|---|---|\n%s", len(actions), reading.Version, strings.Join(unread, ", "), audit.Version, beyond, rows.String())
	file := filepath.Join("..", "..", "docs", "aws.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- beyond SecurityAudit: go test ./internal/app -run BeyondSecurityAudit -update -->\n", "<!-- end -->"
	before, rest, found := strings.Cut(string(text), begin)
	written, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("docs/aws.md has no place for the table between %s and %s", begin, end)
	}
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+table+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(written, table); diff != "" {
		t.Errorf("docs/aws.md is not up to date (-written +true); -update writes it:\n%s", diff)
	}
}
