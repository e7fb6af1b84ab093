package aws

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
)

// reconciled are the problems by which sources of the same fact differ.
func reconciled(s *evidence.Snapshot) []evidence.Problem {
	return slices.DeleteFunc(slices.Clone(s.Sources[0].Problems), func(p evidence.Problem) bool { return p.Code != "reconciliation" })
}

// TestRegionThatNeverAnswers: the account's list calls a region enabled, and a service control policy denies everything there.
func TestRegionThatNeverAnswers(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	enter(t, p, hospitalAccount)
	s := mustCollect(t, "regions=eu-west-1+eu-central-1")
	if got := reconciled(s); len(got) > 0 {
		t.Errorf("every region answered, and the problems are %+v", got)
	}
	p.Inject(awslab.Match{Region: "eu-central-1"}, awslab.DenySCP())
	s = mustCollect(t, "regions=eu-west-1+eu-central-1")
	got := reconciled(s)
	if len(got) != 1 {
		t.Fatalf("%d problems, want 1: %+v", len(got), got)
	}
	if want := "aws:" + hospitalAccount + ": of 2 regions that are enabled and were asked, 1 answered; nothing came from eu-central-1"; got[0].Summary != want {
		t.Errorf("the problem is %q, want %q", got[0].Summary, want)
	}
	if !strings.HasPrefix(got[0].Detail, "nothing is known of what is there: ") || !strings.HasSuffix(got[0].Detail, " operations denied by a service control policy") {
		t.Errorf("the detail is %q", got[0].Detail)
	}
	for _, c := range s.Coverage {
		if c.Scope == "aws:"+hospitalAccount+":eu-central-1" && c.Status == evidence.Complete && c.Kind != "bucket" {
			t.Errorf("%s in %s is said to be complete", c.Kind, c.Scope)
		}
	}
}

// TestRegionThatHoldsSomething: a bucket lies in a region that the account's list calls not enabled, so that other things may lie there too.
func TestRegionThatHoldsSomething(t *testing.T) {
	m := awslab.Shared(t)
	p := m.Proxy(t)
	enter(t, p, hospitalAccount)
	if _, err := s3.NewFromConfig(m.Config(t, hospitalAccount, "ap-east-1")).CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: aws.String("left-behind"), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "ap-east-1"},
	}); err != nil {
		t.Fatal(err)
	}
	s := mustCollect(t, hospitalTarget)
	want := []evidence.Problem{{
		Severity: "warning", Code: "reconciliation",
		Summary: "aws:" + hospitalAccount + ": the account has something in ap-east-1, which its list of regions calls not enabled",
		Detail:  "a region keeps what it holds when it is disabled, and cannot be asked for it: enable it for the audit, or remove what is there",
	}}
	if diff := cmp.Diff(want, reconciled(s)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	for _, c := range s.Coverage {
		if c.Kind == "key" && c.Scope == "aws:"+hospitalAccount+":ap-east-1" && (c.Status != evidence.Skipped || !strings.Contains(c.Detail, "does not enable the region")) {
			t.Errorf("coverage of keys where a bucket was left behind is %s (%s), want skipped", c.Status, c.Detail)
		}
	}
}
