package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/assay-audit/assay/internal/iampolicy"
)

// TestWhereAnAttributeStands: a finding must point to the line that decides, also where that is in another resource.
func TestWhereAnAttributeStands(t *testing.T) {
	t.Parallel()
	e := scan(t, `resource "aws_s3_bucket" "b" {
  tags = { classification = "restricted" }
}
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = "Suspended"
  }
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }]
  })
}`)["aws_s3_bucket.b"]
	want := map[string]int{
		"data.classification": 2, "versioning": 7, "exposure.public": 12, "encryption.in_transit_required": 12, "redundancy": 1,
		"encryption.at_rest": 1,
	}
	got := make(map[string]int)
	for path := range want {
		got[path] = e.Prov[e.AttrProv[path]].Locator.Line
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// FuzzPolicy feeds documents to the way from a value to the questions put to a policy: nothing may panic.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}`,
		`{"Statement":{"Effect":"Deny","Principal":{"AWS":["*"]},"NotAction":"a","Condition":{"Bool":{"aws:SecureTransport":false}}}}`,
		`{"Statement":[null,{"Condition":null,"Principal":{"AWS":123456789012}}]}`, `[1e999999999]`, `"x"`, `null`, `{"a":[[[[]]]]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ty, err := ctyjson.ImpliedType(data)
		if err != nil {
			return
		}
		val, err := ctyjson.Unmarshal(data, ty)
		if err != nil {
			return
		}
		doc, err := iampolicy.FromNode(policyNode(val))
		if err != nil {
			return
		}
		for _, r := range []iampolicy.Result{iampolicy.Public(doc), iampolicy.WildcardDecrypt(doc)} {
			if _, known := r.Verdict.Bool(); !known && len(r.Reasons) == 0 {
				t.Errorf("an unknown answer has no reason: %s", data)
			}
		}
		for _, name := range []string{"rules", "Statement", "Rules"} {
			for _, el := range elements(val, name) {
				_, _ = number(el, "countNumber")
				_ = text(el, "tagStatus")
			}
		}
	})
}
