package hcleval_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/resource"
)

// lines writes every attribute below the body on a line of its own: path = value.
func lines(b *resource.Body, prefix string) []string {
	var out []string
	for name, a := range b.Attributes {
		out = append(out, prefix+name+" = "+describe(a))
	}
	for typ, bodies := range b.Nested {
		for i, n := range bodies {
			out = append(out, lines(n, fmt.Sprintf("%s%s[%d%s].", prefix, typ, i, strings.TrimSuffix(" "+n.Label, " ")))...)
		}
	}
	for typ, why := range b.UnknownNested {
		out = append(out, fmt.Sprintf("%s%s... %s: %s", prefix, typ, why.Reason, why.Detail))
	}
	slices.Sort(out)
	return out
}

func TestBodies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file, source string
		want               []string
	}{
		{
			"nested blocks", "a.tf", `
resource "a_b" "x" {
  rule "label" {
    on = true
    inner { n = 1 }
    inner { n = 2 }
  }
  depends_on = [a_b.y]
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags, rule[0].on]
  }
}
resource "a_b" "y" {}`,
			[]string{
				"lifecycle[0].ignore_changes = [tags rule[0].on]", "lifecycle[0].prevent_destroy = cty.True",
				"rule[0 label].inner[0].n = cty.NumberIntVal(1)", "rule[0 label].inner[1].n = cty.NumberIntVal(2)", "rule[0 label].on = cty.True",
			},
		},
		{
			"dynamic blocks", "a.tf", `
variable "open" {}
resource "a_b" "x" {
  dynamic "rule" {
    for_each = { a = [1, 2], b = [] }
    iterator = r
    content {
      key = r.key
      dynamic "port" {
        for_each = r.value
        content { number = "${r.key}${port.value}-${port.key}" }
      }
    }
  }
  rule { key = "written" }
  dynamic "other" {
    for_each = var.open
    content { a = other.value }
  }
  dynamic "tagged" {
    for_each = toset(["q"])
    labels   = [tagged.key]
    content { v = tagged.value }
  }
}`,
			[]string{
				"other... unresolved: var.open has no value",
				"rule[0].key = a", "rule[0].port[0].number = a1-0", "rule[0].port[1].number = a2-1", "rule[1].key = b", "rule[2].key = written",
				"tagged[0 q].v = q",
			},
		},
		{
			"lists of objects are blocks too", "a.tf", `
resource "a_b" "x" {
  rule = [{ port = 1 }, { port = 2 }]
  list = ["a"]
}`,
			[]string{
				"list = [a]", "rule = [[port=cty.NumberIntVal(1)] [port=cty.NumberIntVal(2)]]",
				"rule[0].port = cty.NumberIntVal(1)", "rule[1].port = cty.NumberIntVal(2)",
			},
		},
		{
			"json", "a.tf.json", `{"resource": {"a_b": {"x": {
  "name": "n-${1 + 1}", "literal": "$${x}", "depends_on": ["a_b.y"], "count": 1,
  "rule": {"port": 1}, "provisioner": [{"local-exec": {"command": "true", "when": "destroy"}}],
  "dynamic": {"d": {"for_each": ["p"], "content": {"v": "${d.value}"}}}
}, "y": [{}]}}}`,
			[]string{
				"d[0].v = p", "literal = ${x}", "name = n-2", "provisioner[0 local-exec].command = true", "provisioner[0 local-exec].when = destroy",
				"rule = [port=cty.NumberIntVal(1)]", "rule[0].port = cty.NumberIntVal(1)",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := evaluate(t, write(t, tt.file, tt.source), hcleval.Options{})
			if len(r.Diagnostics) > 0 {
				t.Errorf("diagnostics: %+v", r.Diagnostics)
			}
			i := slices.IndexFunc(r.Instances, func(i *resource.Instance) bool { return strings.HasPrefix(i.Address, "a_b.x") })
			if diff := cmp.Diff(tt.want, lines(r.Instances[i].Body, "")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestPolicyDocument(t *testing.T) {
	t.Parallel()
	r := evaluate(t, write(t, "main.tf", `
variable "open" {}
resource "aws_s3_bucket" "b" {}
data "aws_iam_policy_document" "base" {
  statement {
    sid     = "Replaced"
    actions = ["a:Old"]
  }
  statement {
    sid       = "Kept"
    actions   = ["a:One"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "full" {
  policy_id               = "id"
  source_policy_documents = [data.aws_iam_policy_document.base.json, ""]
  override_policy_documents = [jsonencode({ Version = "2012-10-17", Statement = { Sid = "Last", Effect = "Deny", Action = "z:*", Resource = "*" } })]
  statement {
    sid         = "Replaced"
    effect      = "Deny"
    not_actions = ["b:A", "b:C", "b:B"]
    resources   = ["arn:aws:s3:::x/&{aws:username}"]
    principals {
      type        = "AWS"
      identifiers = ["111122223333", "*"]
    }
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/a"
      values   = ["&{aws:username}"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:b"
      values   = ["1", "2"]
    }
  }
  statement {
    actions = ["c:D"]
    not_principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
data "aws_iam_policy_document" "partial" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
  statement {
    sid       = "P"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]
  }
}
data "aws_iam_policy_document" "derived" {
  override_policy_documents = [data.aws_iam_policy_document.partial.json]
}
data "aws_iam_policy_document" "open" {
  source_policy_documents = [var.open]
  statement { actions = ["s3:*"] }
}
resource "aws_s3_bucket_policy" "p" { policy = data.aws_iam_policy_document.derived.json }
`), hcleval.Options{})
	if len(r.Diagnostics) > 0 {
		t.Errorf("diagnostics: %+v", r.Diagnostics)
	}
	full := find(t, r, "data.aws_iam_policy_document.full").Body
	const want = `{"Version":"2012-10-17","Id":"id","Statement":[` +
		`{"Sid":"Replaced","Effect":"Deny","NotAction":["b:C","b:B","b:A"],"Resource":"arn:aws:s3:::x/${aws:username}",` +
		`"Principal":{"AWS":["111122223333","*"],"Service":"s3.amazonaws.com"},` +
		`"Condition":{"StringEquals":{"aws:PrincipalTag/a":"${aws:username}","aws:b":["2","1"]}}},` +
		`{"Sid":"Kept","Effect":"Allow","Action":"a:One","Resource":"*"},` +
		`{"Effect":"Allow","Action":"c:D","NotPrincipal":"*"},` +
		`{"Sid":"Last","Effect":"Deny","Action":"z:*","Resource":"*"}]}`
	if diff := cmp.Diff(want, full.Attr("minified_json").Value.AsString()); diff != "" {
		t.Errorf("minified_json (-want +got)\n%s", diff)
	}
	var pretty, minified any
	if err := json.Unmarshal([]byte(full.Attr("json").Value.AsString()), &pretty); err != nil {
		t.Error(err)
	}
	if err := json.Unmarshal([]byte(want), &minified); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(minified, pretty); diff != "" {
		t.Errorf("json differs from minified_json\n%s", diff)
	}
	const statements = "doc [Statement=[[Action=a:Old Effect=Allow Sid=Replaced] [Action=a:One Effect=Allow Resource=* Sid=Kept] " +
		"[Action=s3:* Effect=Allow Resource=[<aws_s3_bucket.b.arn> <aws_s3_bucket.b.arn>/*] Sid=P]] Version=2012-10-17]" +
		" | computed: aws_s3_bucket.b.arn is known only after apply | aws_s3_bucket.b.arn "
	for address, want := range map[string]string{
		"data.aws_iam_policy_document.partial": statements + "data.aws_iam_policy_document.base.json",
		"aws_s3_bucket_policy.p": statements + "data.aws_iam_policy_document.base.json data.aws_iam_policy_document.derived.json " +
			"data.aws_iam_policy_document.partial.json",
		"data.aws_iam_policy_document.open": "doc [Statement=? Version=2012-10-17] | unresolved: var.open has no value",
	} {
		attr := "json"
		if !strings.HasPrefix(address, "data.") {
			attr = "policy"
		}
		if diff := cmp.Diff(want, describe(find(t, r, address).Body.Attr(attr))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", address, diff)
		}
	}
}

func TestProviders(t *testing.T) {
	t.Parallel()
	r := evaluate(t, write(t, "main.tf", `
provider "aws" {
  region = "eu-west-1"
  default_tags { tags = { owner = "o" } }
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
resource "aws_a" "default" {}
resource "aws_a" "us" { provider = aws.us }
resource "google_a" "none" {}
module "plain" { source = "./m" }
module "passed" {
  source    = "./m"
  providers = { aws = aws.us }
}
module "aliased" {
  source    = "./alias"
  providers = { aws.src = aws, aws.dst = aws.us }
}
`, "m/main.tf", `
resource "aws_a" "x" {}
module "deeper" { source = "./n" }
`, "m/n/main.tf", `resource "aws_a" "y" {}`, "alias/main.tf", `
resource "aws_a" "src" { provider = aws.src }
resource "aws_a" "dst" { provider = aws.dst }
`), hcleval.Options{})
	got := map[string]string{}
	for _, i := range r.Instances {
		region := "none"
		if i.Provider.Config != nil {
			region = i.Provider.Config.Attr("region").Value.AsString()
		}
		got[i.Address] = strings.TrimSuffix(i.Provider.Name+"."+i.Provider.Alias, ".") + " " + region
	}
	want := map[string]string{
		"aws_a.default": "aws eu-west-1", "aws_a.us": "aws.us us-east-1", "google_a.none": "google none",
		"module.plain.aws_a.x": "aws eu-west-1", "module.plain.module.deeper.aws_a.y": "aws eu-west-1",
		"module.passed.aws_a.x": "aws.us us-east-1", "module.passed.module.deeper.aws_a.y": "aws.us us-east-1",
		"module.aliased.aws_a.src": "aws eu-west-1", "module.aliased.aws_a.dst": "aws.us us-east-1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	tags := find(t, r, "aws_a.default").Provider.Config.Block("default_tags").Attr("tags").Value
	if !tags.RawEquals(cty.ObjectVal(map[string]cty.Value{"owner": cty.StringVal("o")})) {
		t.Errorf("default_tags = %#v", tags)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	r := evaluate(t, write(t, "main.tf", `
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 6.0" }
    old = "1.0"
  }
  backend "s3" { encrypt = true }
}
# assay:ignore enc.at_rest reason="x"
resource "a_b" "new" {
  # assay:inside
  count = 1
}
moved {
  from = a_b.old
  to   = a_b.new
}
moved {
  from = a_b.older[0]
  to   = a_b.old[0]
}
moved {
  from = module.before
  to   = module.m
}
removed {
  from = a_b.gone
  lifecycle { destroy = false }
}
module "m" { source = "./m" }
`, "m/main.tf", `
resource "a_b" "c" { depends_on = [a_b.d, data.a_b.e] }
resource "a_b" "d" {}
moved {
  from = a_b.b
  to   = a_b.c
}
`), hcleval.Options{})
	inst := find(t, r, "a_b.new[0]")
	if diff := cmp.Diff([]string{"a_b.old[0]", "a_b.older[0]"}, inst.MovedFrom); diff != "" {
		t.Errorf("moved from (-want +got)\n%s", diff)
	}
	var comments []string
	for _, c := range inst.Comments {
		comments = append(comments, c.Text)
	}
	if diff := cmp.Diff([]string{`assay:ignore enc.at_rest reason="x"`, "assay:inside"}, comments); diff != "" {
		t.Errorf("comments (-want +got)\n%s", diff)
	}
	child := find(t, r, "module.m.a_b.c")
	if diff := cmp.Diff([]string{"module.before.a_b.c"}, child.MovedFrom); diff != "" {
		t.Errorf("moved from (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]resource.Ref{{Address: "module.m.a_b.d"}, {Address: "module.m.data.a_b.e"}}, child.DependsOn); diff != "" {
		t.Errorf("depends on (-want +got)\n%s", diff)
	}
	if len(r.Removed) != 1 || r.Removed[0].From != "a_b.gone" {
		t.Errorf("removed = %+v", r.Removed)
	}
	if r.Backend == nil || r.Backend.Label != "s3" || !r.Backend.Attr("encrypt").Value.True() {
		t.Errorf("backend = %+v", r.Backend)
	}
	providers := make([]string, 0, len(r.RequiredProviders))
	for _, p := range r.RequiredProviders {
		providers = append(providers, p.Name+" "+p.Source+" "+p.Version)
	}
	if diff := cmp.Diff([]string{"aws hashicorp/aws ~> 6.0", "old  1.0"}, providers); diff != "" {
		t.Errorf("required providers (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{">= 1.5"}, r.RequiredVersion); diff != "" {
		t.Errorf("required version (-want +got)\n%s", diff)
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	r := evaluate(t, filepath.Join(write(t, "infra/main.tf",
		"resource \"a_b\" \"c\" {\n  name = \"é${1}\"\n  rule {\n    a = [\n      1,\n    ]\n  }\n  list = [{ k = 1 }]\n}\n"), "infra"), hcleval.Options{DisplayDir: "shown"})
	b := find(t, r, "a_b.c").Body
	got := map[string]resource.Range{
		"header": b.Range, "name": b.Attr("name").Range, "rule": b.Block("rule").Range, "a": b.Block("rule").Attr("a").Range,
		"k": b.Block("list").Attr("k").Range,
	}
	want := map[string]resource.Range{
		"header": {File: "shown/main.tf", Line: 1, Column: 1, EndLine: 1, EndColumn: 19},
		"name":   {File: "shown/main.tf", Line: 2, Column: 3, EndLine: 2, EndColumn: 17},
		"rule":   {File: "shown/main.tf", Line: 3, Column: 3, EndLine: 3, EndColumn: 7},
		"a":      {File: "shown/main.tf", Line: 4, Column: 5, EndLine: 6, EndColumn: 6},
		"k":      {File: "shown/main.tf", Line: 8, Column: 13, EndLine: 8, EndColumn: 18},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if line := r.Line("shown/main.tf", 2); line != `  name = "é${1}"` {
		t.Errorf("line 2 = %q", line)
	}
}

func TestLiterals(t *testing.T) {
	t.Parallel()
	r := evaluate(t, write(t, "main.tf", `
variable "v" { default = "dv" }
locals { l = { deep = ["x", "y"] } }
resource "a_b" "c" {
  plain = "p"
  mixed = "before-${upper("arg")}-after"
  env { vars = { TOKEN = "t" } }
  doc = <<EOT
line 1
line 2
EOT
  n = 5
}
`, "terraform.tfvars", `v = "from file"`, "x.auto.tfvars.json", `{"v": {"k": ["j"]}}`), hcleval.Options{})
	var got []string
	for l := range r.Literals() {
		got = append(got, fmt.Sprintf("%s:%d %s %q", l.Range.File, l.Range.Line, l.Path, l.Text))
	}
	want := []string{
		`main.tf:2 var.v.default "dv"`, `main.tf:3 local.l.deep "x"`, `main.tf:3 local.l.deep "y"`, `main.tf:5 a_b.c.plain "p"`,
		`main.tf:6 a_b.c.mixed "before-"`, `main.tf:6 a_b.c.mixed "arg"`, `main.tf:6 a_b.c.mixed "-after"`,
		`main.tf:7 a_b.c.env.vars.TOKEN "t"`, `main.tf:9 a_b.c.doc "line 1\nline 2\n"`,
		`terraform.tfvars:1 v "from file"`, `x.auto.tfvars.json:1 v.k "j"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRoots(t *testing.T) {
	t.Parallel()
	dir := write(t, "envs/prod/main.tf", `module "m" { 
  source = "../../modules/m"
}`, "envs/dev/main.tf.json", `{"module": {"m": {
  "source": "../../modules/m"}}}`, "modules/m/main.tf", `resource "a_b" "c" {}`, "modules/unused/main.tf", "", "doc/readme.md", "",
		".terraform/modules/x/main.tf", "", "node_modules/p/main.tf", "")
	if err := os.Symlink(dir, filepath.Join(dir, "envs", "loop")); err != nil {
		t.Fatal(err)
	}
	roots, err := hcleval.EvaluateTree(t.Context(), dir, hcleval.Options{DisplayDir: "top"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range roots {
		got = append(got, r.Dir)
		for _, i := range r.Result.Instances {
			got = append(got, i.Address+" "+i.Body.Range.File)
		}
	}
	want := []string{
		"envs/dev", "module.m.a_b.c top/modules/m/main.tf", "envs/prod", "module.m.a_b.c top/modules/m/main.tf", "modules/unused",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, err := hcleval.EvaluateTree(t.Context(), filepath.Join(dir, "doc"), hcleval.Options{}); err == nil || !strings.Contains(err.Error(), "no Terraform files") {
		t.Errorf("a tree without configuration: %v", err)
	}
	if _, err := hcleval.Evaluate(t.Context(), filepath.Join(dir, "doc", "readme.md"), hcleval.Options{}); err == nil {
		t.Error("a file is not a directory")
	}
	if _, err := hcleval.Evaluate(t.Context(), filepath.Join(dir, "nowhere"), hcleval.Options{}); err == nil {
		t.Error("a directory that is not there")
	}
	if _, err := hcleval.Evaluate(t.Context(), filepath.Join(dir, "doc"), hcleval.Options{}); !errors.Is(err, hcleval.ErrNoConfiguration) {
		t.Errorf("a directory without configuration: %v", err)
	}
}

func TestDownloadedModules(t *testing.T) {
	t.Parallel()
	outside := write(t, "main.tf", `resource "a_b" "secret" {}`)
	dir := write(t, "main.tf", `
module "vpc" { source = "registry/vpc/aws" }
module "abs" { source = "registry/abs/aws" }
module "link" { source = "./link" }
module "none" { source = "git::https://example.com/x" }
`, ".terraform/modules/modules.json", `{"Modules": [
  {"Key": "", "Dir": "."},
  {"Key": "vpc", "Dir": ".terraform/modules/vpc"},
  {"Key": "vpc.sub", "Dir": ".terraform/modules/sub"},
  {"Key": "abs", "Dir": "`+outside+`"}
]}`, ".terraform/modules/vpc/main.tf", `module "sub" { source = "registry/sub/aws" }
module "local" { source = "./local" }`, ".terraform/modules/sub/main.tf", `resource "a_b" "sub" {}`,
		".terraform/modules/vpc/local/main.tf", `resource "a_b" "local" {}`)
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	r := evaluate(t, dir, hcleval.Options{})
	got := make([]string, 0, len(r.Instances)+len(r.Modules))
	for _, i := range r.Instances {
		got = append(got, i.Address)
	}
	for _, m := range r.Modules {
		got = append(got, fmt.Sprintf("%s %s %s", m.Address, m.Status, strings.ReplaceAll(m.Reason, outside, "OUTSIDE")))
	}
	want := []string{
		"module.vpc.module.local.a_b.local", "module.vpc.module.sub.a_b.sub",
		`module.abs missing module.abs is not there (source "registry/abs/aws")`,
		`module.link missing module.link is not there (source "./link")`,
		`module.none remote module.none is not downloaded (source "git::https://example.com/x")`,
		"module.vpc loaded ", "module.vpc.module.local loaded ", "module.vpc.module.sub loaded ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestDiagnostics checks what is reported, and that the rest of the configuration is evaluated all the same.
func TestDiagnostics(t *testing.T) {
	t.Parallel()
	const fine = `resource "a_b" "fine" { v = "ok" }`
	for _, tt := range []struct {
		name  string
		files []string
		o     hcleval.Options
		want  []string // severity place summary: a part of the detail | the line
	}{
		{"syntax error", []string{"bad.tf", "resource \"a_b\" \"before\" {}\nresource \"a_b\" \"broken\" {\n  a = = 1\n}\nresource \"a_b\" \"after\" { v = a_b.broken.id }\n"}, hcleval.Options{}, []string{
			"error bad.tf:3 Invalid expression: Expected the start of an expression |   a = = 1",
		}},
		{"unclosed brace", []string{"bad.tf", "resource \"a_b\" \"broken\" {\n  a = 1\n\nresource \"a_b\" \"after\" {\n  v = 1\n}\n"}, hcleval.Options{}, []string{
			"error bad.tf:1 Unclosed configuration block: There is no closing brace for this block | resource \"a_b\" \"broken\" {",
		}},
		{"cycle of locals", []string{"a.tf", "locals {\n  a = local.b\n  b = local.a\n}"}, hcleval.Options{}, []string{
			"error a.tf:2 Reference cycle: local.a -> local.b -> local.a |   a = local.b",
		}},
		{"cycle of resources", []string{"a.tf", "resource \"a_b\" \"x\" { v = a_b.y.id }\nresource \"a_b\" \"y\" { v = a_b.x.id }"}, hcleval.Options{}, []string{
			"error a.tf:1 Reference cycle: a_b.x -> a_b.y -> a_b.x | resource \"a_b\" \"x\" { v = a_b.y.id }",
		}},
		{"cyclic module", []string{"a.tf", `module "m" { source = "./m" }`, "m/a.tf", `module "back" { source = "../" }`}, hcleval.Options{}, []string{
			"error m/a.tf:1 Cyclic module: module.back (source \"../\") | module \"back\" { source = \"../\" }",
		}},
		{"missing module", []string{"a.tf", `module "m" { source = "./m" }`}, hcleval.Options{}, []string{
			"warning a.tf:1 Module not evaluated: module.m is not there (source \"./m\"). m: no such file | module \"m\" { source = \"./m\" }",
		}},
		{"large file", []string{"big.tf", "# " + strings.Repeat("x", 2000)}, hcleval.Options{MaxFileBytes: 1000}, []string{
			"error big.tf:1 File not read: big.tf: the file has 2002 bytes, and the limit is 1000; split it into several files of the same directory, which Terraform reads as one | ",
		}},
		{"encrypted file", []string{"terraform.tfvars", "\x00GITCRYPT\x00\x3f\xd0\n\n<\x06"}, hcleval.Options{}, []string{
			"error terraform.tfvars:1 File not read: terraform.tfvars: it is encrypted with git-crypt; unlock the repository | ",
		}},
		{"binary file", []string{"a.tf", "\xff\xfea\x00b\x00"}, hcleval.Options{}, []string{
			"error a.tf:1 File not read: a.tf: it is not text | ",
		}},
		{"deep nesting", []string{"a.tf", "locals {\n  a = " + strings.Repeat("[", 5000) + "\n}"}, hcleval.Options{}, []string{
			"error a.tf:2 File not parsed: brackets nest deeper than the limit of 400 levels |   a = " + strings.Repeat("[", 394),
		}},
		{"unknown function", []string{"a.tf", "locals {\n  a = uper(\"x\")\n}"}, hcleval.Options{}, []string{
			`error a.tf:2 Call to unknown function: There is no function named "uper". Did you mean "upper"? |   a = uper("x")`,
		}},
		{"undeclared names", []string{"a.tf", "variable \"name\" { default = 1 }\nlocals {\n  a = var.nam\n  b = a_b.fin.id\n  c = local.q\n  d = each.key\n}"}, hcleval.Options{}, []string{
			`error a.tf:3 Reference to undeclared input variable: var.nam is not declared. Did you mean "name"? |   a = var.nam`,
			`error a.tf:4 Reference to undeclared resource: a_b.fin is not declared. Did you mean "fine"? |   b = a_b.fin.id`,
			`error a.tf:5 Reference to undeclared local value: local.q is not declared. |   c = local.q`,
			`error a.tf:6 Invalid reference: "each.key" is not available here |   d = each.key`,
		}},
		{"wrong types", []string{"a.tf", "variable \"n\" {\n  type = number\n  default = \"x\"\n}\nlocals {\n  a = var.n + 1\n  b = 1 + \"y\"\n  c = \"x${[1]}\"\n}"}, hcleval.Options{}, []string{
			`error a.tf:3 Invalid value for input variable: The value of var.n is not suitable: a number is required |   default = "x"`,
			`error a.tf:7 Invalid operand: Unsuitable value for right operand: a number is required |   b = 1 + "y"`,
			`error a.tf:8 Invalid template interpolation value: Cannot include the given value in a string template |   c = "x${[1]}"`,
		}},
		{"count and for_each", []string{"a.tf", "resource \"a_b\" \"c\" { count = -1 }\nresource \"a_b\" \"f\" { for_each = [\"a\"] }\nresource \"a_b\" \"big\" { count = 1000000000 }"}, hcleval.Options{}, []string{
			`error a.tf:1 Invalid count argument: a whole number of zero or more | resource "a_b" "c" { count = -1 }`,
			`error a.tf:2 Invalid for_each argument: must be a map, or set of strings | resource "a_b" "f" { for_each = ["a"] }`,
			`error a.tf:3 Too many instances: a_b.big would bring the configuration to more than 200000 instances | resource "a_b" "big" { count = 1000000000 }`,
		}},
		{"values grow without bound", []string{"a.tf", doubling(60)}, hcleval.Options{}, []string{
			"warning a.tf:17 Not evaluated: more than 100000 elements |   l15 = [local.l14, local.l14]",
			"warning a.tf:33 Not evaluated: more than 100000 elements |   l31 = [local.l30, local.l30]",
		}},
		{"text grows without bound", []string{"a.tf", strings.ReplaceAll(doubling(60), "[local.", "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx${local.") + "}"}, hcleval.Options{}, nil},
		{"loops", []string{"a.tf", "locals {\n  r = range(1000)\n  a = [for a in local.r : [for b in local.r : [for c in local.r : [for d in local.r : d]]]]\n}"}, hcleval.Options{}, []string{
			"warning a.tf:3 Not evaluated: make more than 100000 elements |   a = [for a in local.r : [for b in local.r : [for c in local.r : [for d in local.r : d]]]]",
		}},
		{"many operators", []string{"a.tf", "locals {\n  a = 1" + strings.Repeat("+1", 20_000) + "\n}"}, hcleval.Options{}, nil},
		{"many operators in parentheses", []string{"a.tf", "locals {\n  a = (1" + strings.Repeat("+\n1", 20_000) + ")\n}"}, hcleval.Options{}, nil},
		{"many negations", []string{"a.tf", "locals {\n  a = " + strings.Repeat("!", 50_000) + "true\n}"}, hcleval.Options{}, nil},
		{"many conditionals", []string{"a.tf", "locals {\n  a = " + strings.Repeat("true ? 1 : ", 20_000) + "2\n}"}, hcleval.Options{}, nil},
		{"many conditionals in JSON", []string{"a.tf.json", `{"locals": {"a": "${` + strings.Repeat("true ? 1 : ", 20_000) + `2}"}}`}, hcleval.Options{}, nil},
		{"many indices", []string{"a.tf", "locals {\n  a = local.b" + strings.Repeat("[local.i]", 20_000) + "\n}"}, hcleval.Options{}, nil},
		{"long chain", []string{"a.tf", chain(5_000, "local.l%d")}, hcleval.Options{}, nil},
		{"long chain that nests", []string{"a.tf", chain(5_000, "[local.l%d]")}, hcleval.Options{}, nil},
		{"long chain of expressions that nest", []string{"a.tf", chain(20, strings.Repeat("!", 4000)+"local.l%d")}, hcleval.Options{}, nil},
		{"large numbers", []string{"a.tf", "locals {\n  a = \"${1e99999}\"\n}"}, hcleval.Options{}, []string{
			`warning a.tf:2 Not evaluated: the number is beyond |   a = "${1e99999}"`,
		}},
		{"variable files", []string{"a.tf", `variable "region" {}`, "terraform.tfvars", "regio = 1\nblock {}\n"}, hcleval.Options{Vars: []string{"nothing", "x=1"}, VarFiles: []string{"/nowhere.tfvars"}}, []string{
			"error /nowhere.tfvars:1 File not read: no such file | ",
			`error <command line>:1 Invalid --var: "nothing" has no "=" | `,
			`warning <command line>:1 Value for undeclared variable: named "x" | `,
			`warning terraform.tfvars:1 Value for undeclared variable: Did you mean "region"? | regio = 1`,
			`error terraform.tfvars:2 Unexpected block: not allowed in a variables file | block {}`,
		}},
		{"duplicates", []string{"a.tf", "locals { a = 1 }\nlocals { a = 2 }\nresource \"a_b\" \"fine\" {}\nwhat {}\nresource \"x\" {}"}, hcleval.Options{}, []string{
			`error a.tf:2 Duplicate local value definition: first definition is used | locals { a = 2 }`,
			`error a.tf:4 Unsupported block type: Blocks of type "what" are not expected here. | what {}`,
			`error a.tf:5 Wrong number of labels: needs 2 label(s), and this one has 1 | resource "x" {}`,
			`error fine.tf:1 Duplicate resource "a_b.fine": already declared at a.tf:3 | ` + fine,
		}},
		{"json", []string{"a.tf.json", `{"resource": {"a_b": []}, "x": 1, "module": 5}`}, hcleval.Options{}, []string{
			`error a.tf.json:1 Unsupported block type: "x" | {"resource": {"a_b": []}, "x": 1, "module": 5}`,
			`error a.tf.json:1 Incorrect JSON value type: A JSON object is required here | {"resource": {"a_b": []}, "x": 1, "module": 5}`,
		}},
		{"truncated json", []string{"b.tf.json", "{"}, hcleval.Options{}, []string{
			"error b.tf.json:1 Root value must be object: must be either a JSON object | {",
			"error b.tf.json:1 Invalid object property name: must be a string | {",
			"error b.tf.json:1 Missing value: ends prematurely | {",
		}},
		{"manifest", []string{"a.tf", "", ".terraform/modules/modules.json", "{"}, hcleval.Options{}, []string{
			"warning .terraform/modules/modules.json:1 Module manifest not read: Run terraform init again | {",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := evaluate(t, write(t, append(tt.files, "fine.tf", fine)...), tt.o)
			if v := find(t, r, "a_b.fine").Body; tt.name != "duplicates" && v.Attr("v").Value.AsString() != "ok" {
				t.Errorf("the sound file was not evaluated: %+v", v)
			}
			if tt.want == nil {
				if len(r.Diagnostics) == 0 {
					t.Error("no diagnostic")
				}
				return
			}
			var got []string
			for i, d := range r.Diagnostics {
				// Only as much of the detail as the test names is compared.
				detail := d.Detail
				if i < len(tt.want) {
					_, rest, _ := strings.Cut(tt.want[i], ": ")
					if part, _, _ := strings.Cut(rest, " | "); strings.Contains(detail, part) {
						detail = part
					}
				}
				got = append(got, fmt.Sprintf("%s %s:%d %s: %s | %s", d.Severity, d.Range.File, d.Range.Line, d.Summary, detail, d.Snippet))
			}
			if len(got) > len(tt.want) && tt.name == "values grow without bound" {
				got = got[:len(tt.want)]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestModulesMultiply(t *testing.T) {
	t.Parallel()
	files := make([]string, 0, 62)
	for i := range 30 {
		files = append(files, fmt.Sprintf("m%d/main.tf", i), fmt.Sprintf("module \"a\" { source = \"../m%[1]d\" }\nmodule \"b\" { source = \"../m%[1]d\" }\n"+
			"resource \"a_b\" \"c\" {}\n", i+1))
	}
	files = append(files, "m30/main.tf", `resource "a_b" "c" {}`)
	r := evaluate(t, filepath.Join(write(t, files...), "m0"), hcleval.Options{MaxInstances: 1000})
	if len(r.Instances) > 1000 || len(r.Modules) > 2000 {
		t.Errorf("%d instances, %d modules", len(r.Instances), len(r.Modules))
	}
	if len(r.Diagnostics) == 0 || r.Diagnostics[0].Summary != "Too many instances" {
		t.Errorf("diagnostics: %+v", r.Diagnostics)
	}
}

// chain writes locals of which each refers to the next.
func chain(n int, format string) string {
	var b strings.Builder
	b.WriteString("locals {\n")
	for i := range n {
		fmt.Fprintf(&b, "  l%d = "+format+"\n", i, i+1)
	}
	fmt.Fprintf(&b, "  l%d = true\n}", n)
	return b.String()
}

// doubling writes locals of which each is twice the one before.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("locals {\n  l0 = [\"x\", \"y\"]\n")
	for i := range n {
		fmt.Fprintf(&b, "  l%d = [local.l%d, local.l%d]\n", i+1, i, i)
	}
	return b.String() + "}"
}

func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	outside := write(t, "secret.tf", `locals { outside = "x" }`)
	dir := write(t, "fine.tf", `resource "a_b" "fine" {}`, ".hidden.tf", "{", "backup.tf~", "{", "shared/common.tf", "")
	for name, target := range map[string]string{"escape.tf": filepath.Join(outside, "secret.tf"), "dangling.tf": "nowhere.tf", "inside.tf": "shared/common.tf"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.tf"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := evaluate(t, dir, hcleval.Options{})
	got := make([]string, 0, len(r.Diagnostics))
	for _, d := range r.Diagnostics {
		got = append(got, d.Range.File+": "+d.Summary)
	}
	want := []string{"dangling.tf: File not read", "escape.tf: File not read", "pipe.tf: File not read"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	find(t, r, "a_b.fine")
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	dir := write(t, "a.tf", `resource "a_b" "c" {}`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := hcleval.Evaluate(ctx, dir, hcleval.Options{}); err == nil {
		t.Error("no error")
	}
}
