package fix

import (
	"bytes"
	"testing"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// FuzzAssign makes edits in arbitrary text: an edit that is made keeps all comments and every other argument, does not unformat,
// and is not made twice.
func FuzzAssign(f *testing.F) {
	for _, seed := range []string{
		"resource \"a\" \"b\" {}", "resource \"a\" \"b\" {\n  x = 1 # c\n}", "resource \"a\" \"b\" { x = [\n1] }", "a {\n b {\n x = false }\n}",
		"a {\r\n x=<<E\r\n}\r\nE\r\n}", "a { /* } */\n}", "a {\n x = {\n y = 1\n }\n b { x = 1 }\n}", "\ufeffa {}", "a { b {} }",
	} {
		f.Add([]byte(seed), "", "x")
		f.Add([]byte(seed), "b", "x")
	}
	f.Fuzz(func(t *testing.T, src []byte, block, name string) {
		if (block != "" && block != "b") || name != "x" {
			return
		}
		s := setting{block: block, name: name, value: cty.True}
		out, err := assign(bytes.Clone(src), s)
		if err != nil {
			return
		}
		if err := check(src, out, s); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		if bytes.Equal(hclwrite.Format(src), src) && !bytes.Equal(hclwrite.Format(out), out) {
			t.Errorf("%q became unformatted %q", src, out)
		}
		if _, err := assign(out, s); err == nil {
			t.Errorf("%q is edited again", out)
		}
	})
}

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]address{
		"aws_s3_bucket.b":    {"", "aws_s3_bucket", "b"},
		"aws_s3_bucket.b[0]": {"", "aws_s3_bucket", "b"},
		`module.a["x.y]\"z"].module.b[1].aws_s3_bucket.b["k"]`: {`module.a["x.y]\"z"].module.b[1]`, "aws_s3_bucket", "b"},
		"module.a.aws_kms_key.k":                               {"module.a", "aws_kms_key", "k"},
	} {
		if got, ok := parseAddress(id); !ok || got != want {
			t.Errorf("%s: got %+v %v, want %+v", id, got, ok, want)
		}
	}
	for _, id := range []string{
		"", "account", "data.aws_s3_bucket.b", "module.", "module.a", "module.a[", "arn:aws:s3:::b", "aws_s3_bucket.b[0].c", "a.b c",
		"module.a[\"", "aws_s3_bucket.", ".b",
	} {
		if got, ok := parseAddress(id); ok {
			t.Errorf("%q: got %+v, want none", id, got)
		}
	}
}
