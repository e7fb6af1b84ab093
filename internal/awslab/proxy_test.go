package awslab_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-audit/assay/internal/awslab"
)

// callers call one operation in each protocol and each way of naming it.
var callers = map[string]func(context.Context, aws.Config) error{
	"ec2:DescribeVolumes": func(ctx context.Context, c aws.Config) error {
		_, err := ec2.NewFromConfig(c).DescribeVolumes(ctx, &ec2.DescribeVolumesInput{})
		return err
	},
	"iam:ListUsers": func(ctx context.Context, c aws.Config) error {
		_, err := iam.NewFromConfig(c).ListUsers(ctx, &iam.ListUsersInput{})
		return err
	},
	"kms:ListKeys": func(ctx context.Context, c aws.Config) error {
		_, err := kms.NewFromConfig(c).ListKeys(ctx, &kms.ListKeysInput{})
		return err
	},
	"cloudwatch:DescribeAlarms": func(ctx context.Context, c aws.Config) error {
		_, err := cloudwatch.NewFromConfig(c).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})
		return err
	},
	"backup:ListBackupPlans": func(ctx context.Context, c aws.Config) error {
		_, err := backup.NewFromConfig(c).ListBackupPlans(ctx, &backup.ListBackupPlansInput{})
		return err
	},
	"guardduty:ListDetectors": func(ctx context.Context, c aws.Config) error {
		_, err := guardduty.NewFromConfig(c).ListDetectors(ctx, &guardduty.ListDetectorsInput{})
		return err
	},
	"apigateway:GetApis": func(ctx context.Context, c aws.Config) error {
		_, err := apigatewayv2.NewFromConfig(c).GetApis(ctx, &apigatewayv2.GetApisInput{})
		return err
	},
	"es:ListDomainNames": func(ctx context.Context, c aws.Config) error {
		_, err := opensearch.NewFromConfig(c).ListDomainNames(ctx, &opensearch.ListDomainNamesInput{})
		return err
	},
	"cloudfront:ListDistributions": func(ctx context.Context, c aws.Config) error {
		_, err := cloudfront.NewFromConfig(c).ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
		return err
	},
	"s3:ListBuckets": func(ctx context.Context, c aws.Config) error {
		_, err := s3.NewFromConfig(c).ListBuckets(ctx, &s3.ListBucketsInput{})
		return err
	},
}

func TestCallsAreCounted(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	config := p.Config(t, "222222222222", "eu-west-1")
	for name, call := range callers {
		if err := call(t.Context(), config); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.CheckReadOnly(t)
	got := map[string]string{}
	for _, count := range p.Calls() {
		got[count.String()] = fmt.Sprintf("%d of account %s", count.Calls, count.Account)
	}
	want := map[string]string{}
	for name := range callers {
		want[name] = "1 of account 222222222222"
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestOperationsOfBuckets(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	config := p.Config(t, "222222222222", "us-east-1")
	client, name := s3.NewFromConfig(config), aws.String("records")
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: name}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: name}); err != nil {
		t.Error(err)
	}
	if _, err := client.GetBucketAcl(t.Context(), &s3.GetBucketAclInput{Bucket: name}); err != nil {
		t.Error(err)
	}
	if _, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: name}); err != nil {
		t.Error(err)
	}
	if _, err := client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: name}); err != nil {
		t.Error(err)
	}
	want := []awslab.Count{
		{Call: awslab.Call{Service: "s3", Operation: "CreateBucket"}, Calls: 1},
		{Call: awslab.Call{Service: "s3", Operation: "GetBucketAcl"}, Calls: 1},
		{Call: awslab.Call{Service: "s3", Operation: "GetBucketVersioning"}, Calls: 1},
		{Call: awslab.Call{Service: "s3", Operation: "HeadBucket"}, Calls: 1},
		{Call: awslab.Call{Service: "s3", Operation: "ListObjectsV2"}, Calls: 1},
	}
	ignore := cmp.Options{cmpopts.IgnoreFields(awslab.Count{}, "Bytes"), cmpopts.IgnoreFields(awslab.Call{}, "Region", "Account")}
	if diff := cmp.Diff(want, p.Calls(), ignore); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestRefusalsInEveryProtocol(t *testing.T) {
	m := awslab.Shared(t)
	tests := map[string]struct {
		fault           awslab.Fault
		ec2, s3, others []string
		message         string
	}{
		"denied":    {awslab.Deny(), []string{"UnauthorizedOperation"}, []string{"AccessDenied"}, []string{"AccessDenied", "AccessDeniedException"}, "no identity-based policy allows"},
		"scp":       {awslab.DenySCP(), []string{"UnauthorizedOperation"}, []string{"AccessDenied"}, []string{"AccessDenied", "AccessDeniedException"}, "service control policy"},
		"throttled": {awslab.Throttle(), []string{"RequestLimitExceeded"}, []string{"SlowDown"}, []string{"Throttling", "ThrottlingException"}, "Rate exceeded"},
		"expired":   {awslab.ExpiredToken(), []string{"RequestExpired"}, []string{"ExpiredToken"}, []string{"ExpiredToken", "ExpiredTokenException"}, "is expired"},
		"unknown":   {awslab.BadCredentials(), []string{"AuthFailure"}, []string{"InvalidAccessKeyId"}, []string{"InvalidClientTokenId", "UnrecognizedClientException"}, "is invalid"},
		"opt-in":    {awslab.NotSubscribed(), []string{"OptInRequired"}, []string{"NotSignedUp"}, []string{"OptInRequired", "SubscriptionRequiredException"}, "subscription"},
		"no such":   {awslab.Unsupported(), []string{"UnsupportedOperation"}, []string{"NotImplemented"}, []string{"InvalidAction", "UnknownOperationException"}, "not supported"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := m.Proxy(t)
			p.Inject(awslab.Match{}, test.fault)
			config := p.Config(t, awslab.DefaultAccount, "eu-west-1")
			config.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
			for operation, call := range callers {
				want := test.others
				if strings.HasPrefix(operation, "ec2:") {
					want = test.ec2
				} else if strings.HasPrefix(operation, "s3:") {
					want = test.s3
				}
				var api smithy.APIError
				if err := call(t.Context(), config); !errors.As(err, &api) {
					t.Errorf("%s: got %v, want an API error", operation, err)
					continue
				}
				if code := api.ErrorCode(); !strings.Contains(" "+strings.Join(want, " ")+" ", " "+code+" ") {
					t.Errorf("%s: code %s, want one of %v", operation, code, want)
				}
				if !strings.Contains(api.ErrorMessage(), test.message) {
					t.Errorf("%s: message %q, want it to hold %q", operation, api.ErrorMessage(), test.message)
				}
			}
		})
	}
}

// TestFaultsThatPass shows that the SDK gets its answer in the end, as it would from AWS, and at what price.
func TestFaultsThatPass(t *testing.T) {
	m := awslab.Shared(t)
	tests := map[string]struct {
		fault awslab.Fault
		tries int
	}{
		"throttled twice":  {awslab.Throttle().Times(2), 3},
		"clock ahead":      {awslab.ClockSkew(time.Hour), 2},
		"clock behind":     {awslab.ClockSkew(-time.Hour), 2},
		"clock nearly so":  {awslab.ClockSkew(time.Minute), 1},
		"not yet":          {awslab.Deny().After(1), 1},
		"another's":        {awslab.Fault{}, 1},
		"network of 10 ms": {awslab.Latency(10 * time.Millisecond), 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, operation := range []string{"ec2:DescribeVolumes", "iam:ListUsers", "kms:ListKeys", "s3:ListBuckets", "backup:ListBackupPlans"} {
				p := m.Proxy(t)
				p.Inject(awslab.Match{Region: "eu-*"}, test.fault)
				p.Inject(awslab.Match{Region: "us-*"}, test.fault)
				p.Inject(awslab.Match{Account: "999999999999"}, awslab.Deny())
				config := p.Config(t, awslab.DefaultAccount, "eu-west-1")
				config.Retryer = func() aws.Retryer {
					return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
				}
				if err := callers[operation](t.Context(), config); err != nil {
					t.Errorf("%s: %v", operation, err)
				}
				if got := p.Total(); got != test.tries {
					t.Errorf("%s took %d calls, want %d", operation, got, test.tries)
				}
			}
		})
	}
}

// TestCut shows what the SDK does not do: it does not try a call again whose answer broke off.
func TestCut(t *testing.T) {
	m := awslab.Shared(t)
	for operation, call := range callers {
		p := m.Proxy(t)
		p.Inject(awslab.Match{}, awslab.Cut().Times(1))
		config := p.Config(t, awslab.DefaultAccount, "eu-west-1")
		if err := call(t.Context(), config); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: got %v, want an unexpected end", operation, err)
		}
		if err := call(t.Context(), config); err != nil {
			t.Errorf("%s: the second call: %v", operation, err)
		}
	}
}

// TestPages reads lists of five to their ends, in pages of two.
func TestPages(t *testing.T) {
	const items = 5
	p := awslab.Shared(t).Proxy(t)
	config := p.Config(t, "222222222222", "us-east-1")
	for i := range items {
		makeOneOfEach(t, config, fmt.Sprint("number", i))
	}
	p.Inject(awslab.Match{}, awslab.Page(2))
	type page func() (more bool, items int, err error)
	of := func(more func() bool, next func() (int, error)) page {
		return func() (bool, int, error) {
			n, err := next()
			return more(), n, err
		}
	}
	people := iam.NewListUsersPaginator(iam.NewFromConfig(config), &iam.ListUsersInput{})
	all := iam.NewGetAccountAuthorizationDetailsPaginator(iam.NewFromConfig(config), &iam.GetAccountAuthorizationDetailsInput{
		Filter: []iamtypes.EntityType{iamtypes.EntityTypeUser, iamtypes.EntityTypeRole},
	})
	keys := kms.NewListKeysPaginator(kms.NewFromConfig(config), &kms.ListKeysInput{})
	volumes := ec2.NewDescribeVolumesPaginator(ec2.NewFromConfig(config), &ec2.DescribeVolumesInput{})
	buckets := s3.NewListBucketsPaginator(s3.NewFromConfig(config), &s3.ListBucketsInput{})
	alarms := cloudwatch.NewDescribeAlarmsPaginator(cloudwatch.NewFromConfig(config), &cloudwatch.DescribeAlarmsInput{})
	vaults := backup.NewListBackupVaultsPaginator(backup.NewFromConfig(config), &backup.ListBackupVaultsInput{})
	lists := map[string]page{
		"iam users": of(people.HasMorePages, func() (int, error) {
			out, err := people.NextPage(t.Context())
			return len(value(out).Users), err
		}),
		"iam users and roles": of(all.HasMorePages, func() (int, error) {
			out, err := all.NextPage(t.Context())
			return len(value(out).UserDetailList) + len(value(out).RoleDetailList), err
		}),
		"kms keys": of(keys.HasMorePages, func() (int, error) {
			out, err := keys.NextPage(t.Context())
			return len(value(out).Keys), err
		}),
		"ec2 volumes": of(volumes.HasMorePages, func() (int, error) {
			out, err := volumes.NextPage(t.Context())
			return len(value(out).Volumes), err
		}),
		"s3 buckets": of(buckets.HasMorePages, func() (int, error) {
			out, err := buckets.NextPage(t.Context())
			return len(value(out).Buckets), err
		}),
		"cloudwatch alarms": of(alarms.HasMorePages, func() (int, error) {
			out, err := alarms.NextPage(t.Context())
			return len(value(out).MetricAlarms), err
		}),
		"backup vaults": of(vaults.HasMorePages, func() (int, error) {
			out, err := vaults.NextPage(t.Context())
			return len(value(out).BackupVaultList), err
		}),
	}
	for name, next := range lists {
		var got []int
		for more := true; more; {
			var n int
			var err error
			if more, n, err = next(); err != nil {
				t.Fatalf("%s: page %d: %v", name, len(got)+1, err)
			}
			got = append(got, n)
		}
		if diff := cmp.Diff([]int{2, 2, 1}, got); diff != "" {
			t.Errorf("%s: items of the pages (-want +got):\n%s", name, diff)
		}
	}
}

// value returns what a pointer points at, or nothing.
func value[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

// makeOneOfEach makes a resource for each list of TestPages.
func makeOneOfEach(t *testing.T, config aws.Config, name string) {
	t.Helper()
	_, err1 := iam.NewFromConfig(config).CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name})
	_, err2 := kms.NewFromConfig(config).CreateKey(t.Context(), &kms.CreateKeyInput{})
	_, err3 := ec2.NewFromConfig(config).CreateVolume(t.Context(), &ec2.CreateVolumeInput{
		AvailabilityZone: aws.String("us-east-1a"), Size: aws.Int32(1),
	})
	_, err4 := s3.NewFromConfig(config).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("stbrigid-" + name)})
	_, err5 := cloudwatch.NewFromConfig(config).PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: &name, MetricName: &name, Namespace: &name, Statistic: cwtypes.StatisticSum, Period: aws.Int32(60),
		EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
	})
	_, err6 := backup.NewFromConfig(config).CreateBackupVault(t.Context(), &backup.CreateBackupVaultInput{BackupVaultName: &name})
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		t.Fatal(err)
	}
}

func TestAnswer(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	p.Inject(awslab.Match{Service: "backup", Operation: "ListBackupJobs"}, awslab.Answer(`{"BackupJobs":[{"BackupJobId":"one","State":"COMPLETED"}]}`))
	client := backup.NewFromConfig(p.Config(t, awslab.DefaultAccount, "eu-west-1"))
	jobs, err := client.ListBackupJobs(t.Context(), &backup.ListBackupJobsInput{})
	if err != nil {
		t.Fatal(err)
	}
	if len(jobs.BackupJobs) != 1 || aws.ToString(jobs.BackupJobs[0].BackupJobId) != "one" {
		t.Errorf("got %+v, want the job of the answer", jobs.BackupJobs)
	}
}

func TestSessionsAreLearnt(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	config := p.Config(t, awslab.DefaultAccount, "eu-west-1")
	role, err := sts.NewFromConfig(config).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::444444444444:role/audit"), RoleSessionName: aws.String("assay"),
	})
	if err != nil {
		t.Fatal(err)
	}
	config.Credentials = credentials.NewStaticCredentialsProvider(
		aws.ToString(role.Credentials.AccessKeyId), aws.ToString(role.Credentials.SecretAccessKey), aws.ToString(role.Credentials.SessionToken),
	)
	p.Inject(awslab.Match{Account: "444444444444"}, awslab.Deny())
	var api smithy.APIError
	if err := callers["kms:ListKeys"](t.Context(), config); !errors.As(err, &api) || api.ErrorCode() != "AccessDeniedException" {
		t.Errorf("got %v, want a denial in the account of the role", err)
	}
}

func TestReplay(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	p.Replay()
	config := p.Config(t, awslab.DefaultAccount, "eu-west-1")
	for range 2 {
		if got := users(t, config); len(got) > 0 {
			t.Errorf("users %v, want none: the answer is remembered", got)
		}
		if _, err := iam.NewFromConfig(config).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("ana")}); err != nil {
			t.Fatal(err)
		}
	}
}
