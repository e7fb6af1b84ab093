package mapping_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/label"
)

// evaluate returns a context over a configuration of one file.
func evaluate(t *testing.T, hcl string) *mapping.Context {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(hcl), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := hcleval.Evaluate(t.Context(), dir, hcleval.Options{DisplayDir: "."})
	if err != nil {
		t.Fatal(err)
	}
	return mapping.NewContext("tf:t", "s1", label.Default(), result.Instances)
}

const subnets = `variable "x" {}
variable "list" { type = list(string) }
data "aws_caller_identity" "me" {}
locals { prefix = "${data.aws_caller_identity.me.account_id}-x" }
resource "aws_vpc" "v" { name = "${local.prefix}-v" }
resource "aws_subnet" "a" { count = 2 }
resource "aws_subnet" "named" { name = "${local.prefix}-n" }
resource "aws_copy" "c" { subnet = aws_subnet.named.name }
`

// reached is what an argument names, and whether it may name more.
type reached struct {
	UIDs []string
	Open bool
}

func TestTargets(t *testing.T) {
	t.Parallel()
	one, both := "tf:t:aws_subnet.a[0]", []string{"tf:t:aws_subnet.a[0]", "tf:t:aws_subnet.a[1]"}
	const named = "tf:t:aws_subnet.named"
	for expr, want := range map[string]reached{
		`[]`:                                   {},
		`aws_subnet.a[*].id`:                   {UIDs: both},
		`[aws_subnet.a[0].id]`:                 {UIDs: []string{one}},
		`[aws_subnet.a[0].id, "subnet-1"]`:     {UIDs: []string{one, "subnet-1"}},
		`[aws_subnet.a[0].id, var.x]`:          {UIDs: []string{one}, Open: true},
		`[aws_subnet.a[0].id, aws_vpc.v.id]`:   {UIDs: []string{one}, Open: true}, // something else is among them
		`concat(aws_subnet.a[*].id, var.list)`: {UIDs: both, Open: true},
		`var.list`:                             {Open: true},
		`element(aws_subnet.a[*].id, 0)`:       {UIDs: []string{one}},
		`"${aws_subnet.a[0].id}/x"`:            {Open: true}, // part of a longer string
		`var.x ? [aws_subnet.a[0].id] : []`:    {UIDs: []string{one}, Open: true},
		// A name that the subnet's own configuration sets, and that nobody knows.
		`aws_subnet.named.name`:        {UIDs: []string{named}},
		`"${aws_subnet.named.name}"`:   {UIDs: []string{named}},
		`[aws_subnet.named.name]`:      {UIDs: []string{named}},
		`aws_copy.c.subnet`:            {UIDs: []string{named}},
		`upper(aws_subnet.named.name)`: {Open: true},
		`"${aws_subnet.named.name}-x"`: {Open: true},
		`local.prefix`:                 {Open: true},
		`aws_vpc.v.name`:               {Open: true},
	} {
		t.Run(expr, func(t *testing.T) {
			t.Parallel()
			c := evaluate(t, subnets+"resource \"aws_thing\" \"t\" {\n  subnets = "+expr+"\n}\n")
			targets := c.All("aws_thing")[0].Targets("subnets", "aws_subnet")
			got := reached{targets.UIDs(c), targets.Open != nil}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPartsOfAnotherType(t *testing.T) {
	t.Parallel()
	for expr, open := range map[string]bool{
		`aws_vpc.v.id`:         false, // plainly something else
		`var.x`:                true,
		`aws_vpc.v.other_attr`: true, // could hold anything
	} {
		c := evaluate(t, subnets+"resource \"aws_association\" \"t\" {\n  subnet_id = "+expr+"\n}\n")
		parts, why := c.All("aws_subnet")[0].Parts("aws_association", "subnet_id")
		if len(parts) != 0 || (why != nil) != open {
			t.Errorf("%s: %d parts, open for %v; want none, open: %t", expr, len(parts), why, open)
		}
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	c := evaluate(t, subnets+`resource "aws_thing" "t" { arn = "${aws_vpc.v.arn}:*" }`)
	found := c.All("aws_thing")[0].Mentions("arn", "aws_vpc")
	if len(found) != 1 || found[0].Address != "aws_vpc.v" {
		t.Errorf("mentions %v, want aws_vpc.v", found)
	}
}

func TestMemoIsMadeOnce(t *testing.T) {
	t.Parallel()
	c := evaluate(t, "")
	made := 0
	for range 3 {
		if got := mapping.Memo(c, "answer", func() int { made++; return 42 }); got != 42 {
			t.Errorf("memo is %d", got)
		}
	}
	if made != 1 {
		t.Errorf("made %d times, want once", made)
	}
}
