package scenario_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/awslab/scenario"
	"github.com/assay-audit/assay/internal/kind"
)

func TestHospital(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	config := p.Config(t, "222222222222", "eu-west-1")
	built, err := scenario.Hospital(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if built.Account != "222222222222" || built.Region != "eu-west-1" {
		t.Errorf("built in account %s, region %s", built.Account, built.Region)
	}
	want := map[string]int{
		"AWS::Backup::BackupPlan": 1, "AWS::Backup::BackupVault": 2, "AWS::CloudTrail::Trail": 1, "AWS::CloudWatch::Alarm": 1,
		"AWS::DynamoDB::Table": 2, "AWS::EC2::Instance": 2, "AWS::EC2::SecurityGroup": 2, "AWS::EC2::Snapshot": 1, "AWS::EC2::Subnet": 3,
		"AWS::EC2::VPC": 1, "AWS::EC2::Volume": 2, "AWS::EFS::FileSystem": 1, "AWS::GuardDuty::Detector": 1, "AWS::IAM::Group": 1,
		"AWS::IAM::InstanceProfile": 1, "AWS::IAM::ManagedPolicy": 1, "AWS::IAM::Role": 8, "AWS::IAM::User": 4, "AWS::KMS::Key": 3,
		"AWS::Logs::LogGroup": 1, "AWS::RDS::DBInstance": 2, "AWS::S3::Bucket": 5, "AWS::SecretsManager::Secret": 1,
	}
	if diff := cmp.Diff(want, built.Made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	for _, fact := range built.Facts {
		if !slices.Contains(kind.Paths(fact.Kind), fact.Attribute) {
			t.Errorf("a fact is about %s of a %s, which has no such attribute", fact.Attribute, fact.Kind)
		}
		if !strings.HasPrefix(fact.Entity, "arn:aws:") {
			t.Errorf("a fact is about %q, which is no ARN", fact.Entity)
		}
	}
	for _, verdict := range built.Verdicts {
		if _, err := os.Stat(filepath.Join("..", "..", "..", "policies", strings.ReplaceAll(verdict.Check, ".", "/"))); err != nil {
			t.Errorf("a verdict is of %s, which is no check: %v", verdict.Check, err)
		}
	}
}

func TestFleet(t *testing.T) {
	m := awslab.Shared(t)
	config := m.Config(t, "333333333333", "eu-west-1")
	size := scenario.Size{Buckets: 6, Roles: 4, Databases: 4, Volumes: 8, Regions: []string{"eu-west-1", "us-east-1"}}
	if _, err := scenario.Fleet(t.Context(), config, size); err != nil {
		t.Fatal(err)
	}
	buckets, err := s3.NewFromConfig(config).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	if err != nil {
		t.Fatal(err)
	}
	volumes, err := ec2.NewFromConfig(config).DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(buckets.Buckets) != size.Buckets || len(volumes.Volumes) != size.Volumes/2 {
		t.Errorf("%d buckets and %d volumes in one region, want %d and %d", len(buckets.Buckets), len(volumes.Volumes), size.Buckets, size.Volumes/2)
	}
}
