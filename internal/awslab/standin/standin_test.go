package standin_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/awslab/scenario"
	"github.com/assay-audit/assay/internal/awslab/standin"
)

const management = "222222222222"

// recorded is what an account with one bucket in each of two regions says.
func recorded() []awslab.Recorded {
	ask := func(operation, region, request, body string) awslab.Recorded {
		return awslab.Recorded{
			Call:    awslab.Call{Service: "s3", Operation: operation, Region: region, Account: management},
			Request: request, Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: []byte(body),
		}
	}
	return []awslab.Recorded{
		ask("ListBuckets", "eu-west-1", "GET /?max-buckets=1000&x-id=ListBuckets\n\n", `<ListAllMyBucketsResult><Buckets>`+
			`<Bucket><Name>fleet-222222222222-0000</Name></Bucket><Bucket><Name>fleet-222222222222-0001</Name></Bucket></Buckets></ListAllMyBucketsResult>`),
		ask("GetBucketVersioning", "us-east-1", "GET /fleet-222222222222-0001?versioning=\n\n",
			`<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`),
		{
			Call:    awslab.Call{Service: "organizations", Operation: "ListAccounts", Region: "us-east-1", Account: management},
			Request: "POST /\nListAccounts\n{}", Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		},
	}
}

// TestStandIn asks for five buckets, of which two were recorded, in an account that was not.
func TestStandIn(t *testing.T) {
	const member = "300000000000"
	s := standin.Start(standin.Options{
		Recorded: recorded(), Account: management, Member: "111111111111", Members: []string{member},
		Size: scenario.Size{Buckets: 5, Regions: []string{"eu-west-1", "us-east-1"}},
	})
	defer s.Close()
	environ := s.Environ("eu-west-1")
	own := awslab.ConfigFor(environ["AWS_ENDPOINT_URL"], "us-east-1", aws.Credentials{
		AccessKeyID: environ["AWS_ACCESS_KEY_ID"], SecretAccessKey: environ["AWS_SECRET_ACCESS_KEY"],
	})
	accounts, err := organizations.NewFromConfig(own).ListAccounts(t.Context(), &organizations.ListAccountsInput{})
	if err != nil || len(accounts.Accounts) != 2 || aws.ToString(accounts.Accounts[1].Id) != member {
		t.Fatalf("accounts: %+v, %v", accounts, err)
	}
	there := own.Copy()
	there.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(own), "arn:aws:iam::"+member+":role/audit"))
	client := func(region string) *s3.Client {
		c := there.Copy()
		c.Region = region
		return s3.NewFromConfig(c)
	}
	list, err := client("eu-west-1").ListBuckets(t.Context(), &s3.ListBucketsInput{MaxBuckets: aws.Int32(1000)})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, b := range list.Buckets {
		got[aws.ToString(b.Name)] = aws.ToString(b.BucketRegion)
	}
	want := map[string]string{
		"fleet-300000000000-0000": "eu-west-1", "fleet-300000000000-0001": "us-east-1", "fleet-300000000000-0002": "eu-west-1",
		"fleet-300000000000-0003": "us-east-1", "fleet-300000000000-0004": "eu-west-1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("buckets (-want +got):\n%s", diff)
	}
	versions, err := client("us-east-1").GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: aws.String("fleet-300000000000-0003")})
	if err != nil || versions.Status != "Enabled" {
		t.Errorf("versioning: %+v, %v", versions, err)
	}
	if _, err := client("us-east-1").GetBucketAcl(t.Context(), &s3.GetBucketAclInput{Bucket: aws.String("fleet-300000000000-0003")}); err == nil {
		t.Error("a call that was not recorded is answered")
	}
	if unknown := s.Unknown(); len(unknown) != 1 {
		t.Errorf("unknown requests: %q, want the one for the ACL", unknown)
	}
	tally := s.Tally()
	counts := map[string]int{"organizations:ListAccounts": 1, "sts:AssumeRole": 1, "s3:ListBuckets": 1, "s3:GetBucketVersioning": 1}
	if diff := cmp.Diff(counts, tally.Calls); diff != "" || tally.Peak != 1 || !slices.IsSorted([]int64{tally.First.UnixNano(), tally.Last.UnixNano()}) {
		t.Errorf("tally %+v (-want +got):\n%s", tally, diff)
	}
}
