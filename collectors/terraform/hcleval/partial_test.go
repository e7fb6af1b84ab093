package hcleval_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/resource"
)

// partsText writes pieces as text, with holes as <address.attr> or <>.
func partsText(parts []resource.Part) string {
	var b strings.Builder
	for _, p := range parts {
		switch {
		case !p.Hole:
			b.WriteString(p.Text)
		case p.Ref.Address == "":
			b.WriteString("<>")
		default:
			b.WriteString("<" + p.Ref.Address + "." + p.Ref.Attr + ">")
		}
	}
	return b.String()
}

// docText writes a document with pieces in place of unknown strings.
func docText(v cty.Value) string {
	for p := range cty.ValueMarksOfType[resource.PartsMark](v) {
		return partsText(*p.Parts)
	}
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown():
		return "?"
	case v.IsNull():
		return "null"
	case v.Type() == cty.String:
		return v.AsString()
	case v.CanIterateElements():
		var items []string
		for it := v.ElementIterator(); it.Next(); {
			k, item := it.Element()
			if k.Type() == cty.String && !v.Type().IsSetType() {
				items = append(items, k.AsString()+"="+docText(item))
				continue
			}
			items = append(items, docText(item))
		}
		return "[" + strings.Join(items, " ") + "]"
	}
	return fmt.Sprintf("%#v", v)
}

// describe writes an attribute on one line: its pieces or document, its reason and its references.
func describe(a resource.Attribute) string {
	var b strings.Builder
	switch {
	case !a.Set:
		return "absent"
	case a.Parts != nil:
		b.WriteString("parts " + partsText(a.Parts))
	case a.Doc != cty.NilVal:
		b.WriteString("doc " + docText(a.Doc))
	default:
		b.WriteString(docText(a.Value))
	}
	if a.Unknown != nil {
		fmt.Fprintf(&b, " | %s: %s", a.Unknown.Reason, a.Unknown.Detail)
	}
	if len(a.Refs) > 0 {
		b.WriteString(" |")
		for _, r := range a.Refs {
			b.WriteString(" " + strings.TrimSuffix(r.Address+"."+r.Attr, "."))
		}
	}
	if a.Sensitive {
		b.WriteString(" | sensitive")
	}
	return b.String()
}

const partialBase = `
variable "none" {}
variable "secret" {
  default   = "s"
  sensitive = true
}
variable "region" { type = string }
resource "aws_kms_key" "k" { description = "d-${var.none}" }
resource "aws_kms_key" "many" { count = 2 }
resource "aws_s3_bucket" "b" {
  for_each = { eu = "one", us = "two" }
  bucket   = each.value
  versioning { enabled = true }
}
resource "aws_x" "open" {
  for_each = var.none
  fixed    = "fixed"
}
data "aws_caller_identity" "me" {}
module "gone" { source = "terraform-aws-modules/vpc/aws" }
`

func TestPartlyKnown(t *testing.T) {
	t.Parallel()
	const (
		kms = "computed: aws_kms_key.k.arn is known only after apply | aws_kms_key.k.arn"
		me  = "unresolved: data.aws_caller_identity.me.account_id is known only to the provider | data.aws_caller_identity.me.account_id"
	)
	for _, tt := range []struct{ expr, want string }{
		{`aws_kms_key.k.arn`, "parts <aws_kms_key.k.arn> | " + kms},
		{`"${aws_kms_key.k.arn}"`, "parts <aws_kms_key.k.arn> | " + kms},
		{`"${aws_kms_key.k.arn}/*"`, "parts <aws_kms_key.k.arn>/* | " + kms},
		{`"arn:${data.aws_caller_identity.me.account_id}:x"`, "parts arn:<data.aws_caller_identity.me.account_id>:x | " + me},
		{`aws_kms_key.k.description`, "parts d-<> | unresolved: var.none has no value | aws_kms_key.k.description"},
		{`aws_kms_key.many[1].arn`, "parts <aws_kms_key.many[1].arn> | computed: aws_kms_key.many[1].arn is known only after apply | aws_kms_key.many[1].arn"},
		{`aws_s3_bucket.b["eu"].bucket`, `one | aws_s3_bucket.b["eu"].bucket`},
		{`aws_s3_bucket.b["eu"].versioning[0].enabled`, `cty.True | aws_s3_bucket.b["eu"].versioning[0].enabled`},
		{`[for b in aws_s3_bucket.b : b.bucket]`, `[one two] | aws_s3_bucket.b["eu"].bucket aws_s3_bucket.b["us"].bucket`},
		{
			`aws_kms_key.many[*].arn`,
			"doc [<aws_kms_key.many[0].arn> <aws_kms_key.many[1].arn>] | computed: aws_kms_key.many[0].arn is known only after apply; " +
				"aws_kms_key.many[1].arn is known only after apply | aws_kms_key.many[0].arn aws_kms_key.many[1].arn",
		},
		{`aws_kms_key.k.endpoint[0].host`, "parts <aws_kms_key.k.endpoint[0].host> | computed: aws_kms_key.k.endpoint is known only after apply | aws_kms_key.k.endpoint[0].host"},

		// What computes a new value keeps the reason and the references, and drops the pieces.
		{`upper(aws_kms_key.k.arn)`, "? | " + kms},
		{`replace(aws_kms_key.k.arn, "a", "b")`, "? | " + kms},
		{`aws_kms_key.k.arn == "x" ? "a" : "b"`, "? | " + kms},
		{`trimspace("${aws_kms_key.k.arn} ")`, "? | " + kms},
		{`{ (aws_kms_key.k.arn) = 1 }`, "? | " + kms},
		{`[for x in ["a"] : x if aws_kms_key.k.arn == "b"]`, "? | " + kms},
		{`split("/", aws_kms_key.k.arn)[0]`, "? | " + kms},
		{`compact([aws_kms_key.k.arn])`, "? | " + kms},
		{`coalesce(aws_kms_key.k.arn, "x")`, "? | " + kms},
		{`length(aws_kms_key.k.tags)`, "? | computed: aws_kms_key.k.tags is known only after apply | aws_kms_key.k.tags"},

		// What only selects or moves elements keeps them.
		{`true ? aws_kms_key.k.arn : "x"`, "parts <aws_kms_key.k.arn> | " + kms},
		{`false ? aws_kms_key.k.arn : "x"`, "x"},
		{`coalesce("x", aws_kms_key.k.arn)`, "x"},
		{`coalesce("", "${aws_kms_key.k.arn}")`, "? | " + kms},
		{`try(aws_kms_key.k.arn, "x")`, "parts <aws_kms_key.k.arn> | " + kms},
		{`try(upper(aws_kms_key.k.arn), "x")`, "? | " + kms},
		{`try(aws_kms_key.many[7].arn, "x")`, "x"},
		{`element([aws_kms_key.k.arn, "x"], 0)`, "parts <aws_kms_key.k.arn> | " + kms},
		{`element([aws_kms_key.k.arn, "x"], 1)`, "x"},
		{`lookup({ a = aws_kms_key.k.arn, b = "x" }, "b", "y")`, "x"},
		{`one([aws_kms_key.k.arn])`, "parts <aws_kms_key.k.arn> | " + kms},
		{`flatten([["x"], aws_kms_key.k.arn])`, "doc [x <aws_kms_key.k.arn>] | " + kms},
		{`flatten([["x"], aws_kms_key.k.list])`, "? | computed: aws_kms_key.k.list is known only after apply | aws_kms_key.k.list"},
		{`concat(["x"], ["${aws_kms_key.k.arn}/*"])`, "doc [x <aws_kms_key.k.arn>/*] | " + kms},
		{`merge({ a = aws_kms_key.k.arn }, { b = "x" })`, "doc [a=<aws_kms_key.k.arn> b=x] | " + kms},
		{`join("-", ["a", aws_kms_key.k.arn])`, "parts a-<aws_kms_key.k.arn> | " + kms},
		{`format("%s:%s%%", "a", aws_kms_key.k.arn)`, "parts a:<aws_kms_key.k.arn>% | " + kms},
		{`format("%5s", aws_kms_key.k.arn)`, "? | " + kms},
		{`tostring(aws_kms_key.k.arn)`, "parts <aws_kms_key.k.arn> | " + kms},
		{`toset([aws_kms_key.k.arn])`, "doc [?] | " + kms},
		{`jsonencode({ R = aws_kms_key.k.arn, E = "Allow" })`, "doc [E=Allow R=<aws_kms_key.k.arn>] | " + kms},
		{`jsondecode(jsonencode({ R = aws_kms_key.k.arn })).R`, "parts <aws_kms_key.k.arn> | " + kms},
		{`"x${jsonencode({ R = aws_kms_key.k.arn })}"`, "parts x<> | " + kms},
		{"<<EOT\n{\"R\": \"${aws_kms_key.k.arn}\"}\nEOT\n", "parts {\"R\": \"<aws_kms_key.k.arn>\"}\n | " + kms},
		{`templatefile("t.tftpl", { arn = aws_kms_key.k.arn, n = 1 })`, "parts arn=<aws_kms_key.k.arn> n=1\n | " + kms},

		// Reasons.
		{`var.none`, "parts <> | unresolved: var.none has no value"},
		{`module.gone.vpc_id`, `? | unresolved: module.gone is not downloaded (source "terraform-aws-modules/vpc/aws")`},
		{`"${module.gone.vpc_id}-${var.none}"`, `parts <>-<> | unresolved: var.none has no value; module.gone is not downloaded (source "terraform-aws-modules/vpc/aws")`},
		{`provider::aws::arn_parse("x").region`, "? | unresolved: provider::aws::arn_parse() is a function of a provider"},
		{`aws_x.open["a"].fixed`, "fixed | aws_x.open.fixed"},
		{`[for x in aws_x.open : x.fixed]`, "? | unresolved: var.none has no value | aws_x.open"},
		{`aws_x.open["a"].id`, "parts <aws_x.open.id> | computed: aws_x.open.id is known only after apply | aws_x.open.id"},
		{`aws_kms_key.k`, "? | computed: aws_kms_key.k is known only after apply | aws_kms_key.k"},
		{`aws_kms_key.k == null`, "cty.False | aws_kms_key.k"},
		{`var.secret`, "s | sensitive"},
		{`"${var.secret}-${aws_kms_key.k.arn}"`, "parts s-<aws_kms_key.k.arn> | " + kms + " | sensitive"},
		{`nonsensitive(var.secret)`, "s"},
		{`null`, "absent"},
		{`path.cwd`, "parts <> | unresolved: path.cwd is known only where Terraform runs"},
		{`uuid()`, "? | computed: uuid() is known only when Terraform runs"},
		{`false && var.none`, "cty.False"},
	} {
		t.Run(tt.expr, func(t *testing.T) {
			t.Parallel()
			dir := write(t, "base.tf", partialBase, "probe.tf", "resource \"probe_x\" \"p\" {\n  v = "+tt.expr+"\n}\n", "t.tftpl", "arn=${arn} n=${n}\n")
			r := evaluate(t, dir, hcleval.Options{})
			if diff := cmp.Diff(tt.want, describe(find(t, r, "probe_x.p").Body.Attr("v"))); diff != "" {
				t.Errorf("(-want +got)\n%s\n%+v", diff, r.Diagnostics)
			}
		})
	}
}
