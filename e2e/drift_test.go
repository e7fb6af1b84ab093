package e2e

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/finding"
)

// TestDriftBetweenCodeAndAccount: code encrypts a bucket with a key of one's own, and somebody has undone that in the account. The state joins
// the two, so that the drift is found and the live finding points at the line of code.
func TestDriftBetweenCodeAndAccount(t *testing.T) {
	m := awslab.Start(t)
	for name, value := range m.Environ(t, awslab.DefaultAccount, "eu-west-1") {
		t.Setenv(name, value)
	}
	client := s3.NewFromConfig(m.Config(t, awslab.DefaultAccount, "eu-west-1"))
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                    aws.String("records-live"),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraintEuWest1},
	}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "main.tf", `provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "records" {
  bucket = "records-live"
  tags   = { data-classification = "restricted" }
}

resource "aws_kms_key" "records" {}

resource "aws_s3_bucket_server_side_encryption_configuration" "records" {
  bucket = aws_s3_bucket.records.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.records.arn
    }
  }
}
`)
	write(t, "state.json", `{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"resources":[
  {"address":"aws_s3_bucket.records","mode":"managed","type":"aws_s3_bucket","name":"records","provider_name":"registry.terraform.io/hashicorp/aws",
   "values":{"arn":"arn:aws:s3:::records-live","bucket":"records-live"}}]}}}`)
	result := scan(t, "plan:state.json,dir=.", "aws:regions=eu-west-1")
	for _, f := range result.Findings {
		if f.Check != "join.iac_drift" || f.Entity.ID != "arn:aws:s3:::records-live" {
			continue
		}
		if f.Status != finding.Fail || f.Location == nil || f.Location.File != "main.tf" {
			t.Errorf("drift is %s at %+v (%s), want a failure in main.tf", f.Status, f.Location, f.Message)
		}
		return
	}
	t.Error("there is no verdict on the drift of the bucket")
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// scan judges targets together.
func scan(t *testing.T, targets ...string) *assess.Assessment {
	t.Helper()
	out := filepath.Join(t.TempDir(), "assessment.json")
	var stderr bytes.Buffer
	a := &app.App{
		Version: "0.0.0-test", Stdout: &bytes.Buffer{}, Stderr: &stderr, Log: slog.New(slog.DiscardHandler),
		Environ: []string{"ASSAY_REDACTION_KEY=a key that only tests use"}, Clock: time.Now,
	}
	err := a.Scan(t.Context(), app.Options{Targets: targets, Outputs: []string{"json=" + out}, Quiet: true, Checks: []string{"join.iac_drift", "enc.*"}})
	if code := app.CodeOf(err); code != app.ExitOK && code != app.ExitFailures {
		t.Fatalf("exit %d: %v %s", code, err, stderr.String())
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	result, err := assess.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return result
}
