package aws

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/assay-audit/assay/internal/awslab"
)

// TestPartitions reads an account of GovCloud and one of China: names are those of the partition, and no call goes to a region outside of it,
// not for services of the whole account either.
func TestPartitions(t *testing.T) {
	for region, partition := range map[string]string{"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"} {
		t.Run(region, func(t *testing.T) {
			m := awslab.Shared(t)
			cfg := m.Config(t, hospitalAccount, region)
			if _, err := s3.NewFromConfig(cfg).CreateBucket(t.Context(), &s3.CreateBucketInput{
				Bucket:                    aws.String("records-" + region),
				CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)},
			}); err != nil {
				t.Fatal(err)
			}
			if _, err := kms.NewFromConfig(cfg).CreateKey(t.Context(), &kms.CreateKeyInput{}); err != nil {
				t.Fatal(err)
			}
			if _, err := iam.NewFromConfig(cfg).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("orla")}); err != nil {
				t.Fatal(err)
			}
			p := m.Proxy(t)
			p.Inject(awslab.Match{Operation: "DescribeRegions"}, awslab.Answer(`<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo>
 <item><regionName>`+region+`</regionName><optInStatus>opt-in-not-required</optInStatus></item></regionInfo></DescribeRegionsResponse>`)) // moto lists those of all partitions
			enter(t, p, hospitalAccount) // whose settings name a region of the commercial partition
			s := mustCollect(t, "regions="+region)
			found := map[string]int{}
			for _, e := range s.Entities {
				if e.Kind == "subnet" { // whose names are moto's, which has them in the commercial partition
					continue
				}
				if strings.HasPrefix(e.UID, "arn:") && !strings.HasPrefix(e.UID, "arn:"+partition+":") {
					t.Errorf("%s %s is not of the partition %s", e.Kind, e.UID, partition)
				}
				found[e.Kind]++
			}
			for _, kind := range []string{"account", "bucket", "key", "principal"} {
				if found[kind] == 0 {
					t.Errorf("no %s was found", kind)
				}
			}
			prefix, _, _ := strings.Cut(region, "-")
			for _, call := range p.Calls() {
				if !strings.HasPrefix(call.Region, prefix+"-") || strings.HasPrefix(call.Region, "us-") && !strings.HasPrefix(call.Region, "us-gov-") {
					t.Errorf("%s was called in %s", call, call.Region)
				}
			}
		})
	}
}
