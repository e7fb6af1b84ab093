package hcleval_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
)

// TestDoubling holds that a value that doubles with every local is refused, not built, whether it is known or not.
func TestDoubling(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ first, next, last string }{
		"known template":     {`"0123456789012345678901234567890123456789"`, `"${@}${@}${@}${@}"`, "@"},
		"unknown template":   {`var.unset`, `"a${@}${@}"`, "@"},
		"unknown join":       {`var.unset`, `join("-", [@, @])`, "@"},
		"unknown format":     {`var.unset`, `format("%s/%s", @, @)`, "@"},
		"text around a hole": {`"${var.unset}0123456789012345678901234567890123456789"`, `format("%s%s", @, @)`, "@"},
		"template loop":      {`var.unset`, `"%{for i in [1, 2, 3]}${@}%{endfor}"`, "@"},
		"tuple":              {`[1]`, `[@, @]`, "@[0]"},
		"jsonencode":         {`"x"`, `jsonencode([@, @])`, "@"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var src strings.Builder
			fmt.Fprintf(&src, "variable \"unset\" {}\nlocals {\n  a0 = %s\n", test.first)
			const n = 40
			for i := 1; i <= n; i++ {
				fmt.Fprintf(&src, "  a%d = %s\n", i, strings.ReplaceAll(test.next, "@", fmt.Sprintf("local.a%d", i-1)))
			}
			fmt.Fprintf(&src, "}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = %s\n}\n", strings.ReplaceAll(test.last, "@", fmt.Sprintf("local.a%d", n)))
			r := evaluate(t, write(t, "main.tf", src.String()), hcleval.Options{})
			bucket := find(t, r, "aws_s3_bucket.b").Body.Attr("bucket")
			if bucket.Unknown == nil {
				t.Errorf("bucket is known: %#v", bucket.Value)
			}
		})
	}
}

// TestManyPieces holds that a long template of known pieces stays known.
func TestManyPieces(t *testing.T) {
	t.Parallel()
	src := "locals {\n  x = \"y\"\n}\nresource \"aws_s3_bucket\" \"b\" {\n  bucket = \"" + strings.Repeat("${local.x}-", 3000) + "\"\n}\n"
	bucket := find(t, evaluate(t, write(t, "main.tf", src), hcleval.Options{}), "aws_s3_bucket.b").Body.Attr("bucket")
	if bucket.Unknown != nil || bucket.Value.AsString() != strings.Repeat("y-", 3000) {
		t.Errorf("bucket = %#v (%+v)", bucket.Value, bucket.Unknown)
	}
}
