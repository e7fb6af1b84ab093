package awslab_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/awslab"
)

func TestAccountsAreApart(t *testing.T) {
	m := awslab.Shared(t)
	for _, account := range []string{awslab.DefaultAccount, "111111111111", "222222222222"} {
		config := m.Config(t, account, awslab.DefaultRegion)
		identity, err := sts.NewFromConfig(config).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if err != nil {
			t.Fatal(err)
		}
		if got := aws.ToString(identity.Account); got != account {
			t.Errorf("credentials for account %s work in %s", account, got)
		}
		name := "user-of-" + account
		if _, err := iam.NewFromConfig(config).CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{name}, users(t, config)); diff != "" {
			t.Errorf("users of account %s (-want +got):\n%s", account, diff)
		}
	}
}

func TestReset(t *testing.T) {
	m := awslab.Shared(t)
	for range 2 {
		config := m.Config(t, "222222222222", awslab.DefaultRegion)
		if got := users(t, config); len(got) > 0 {
			t.Errorf("an account that was reset has users: %v", got)
		}
		if _, err := iam.NewFromConfig(config).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("ana")}); err != nil {
			t.Fatal(err)
		}
		m.Reset(t)
	}
}

// TestWhatMotoLacksIsSaid shows that a collector can tell what moto has not implemented from what failed.
func TestWhatMotoLacksIsSaid(t *testing.T) {
	config := awslab.Shared(t).Config(t, awslab.DefaultAccount, awslab.DefaultRegion)
	tests := map[string]func() error{
		"ec2": func() error {
			_, err := ec2.NewFromConfig(config).DescribeClientVpnEndpoints(t.Context(), &ec2.DescribeClientVpnEndpointsInput{})
			return err
		},
		"query": func() error {
			_, err := iam.NewFromConfig(config).ListOrganizationsFeatures(t.Context(), &iam.ListOrganizationsFeaturesInput{})
			return err
		},
		"json": func() error {
			_, err := ssm.NewFromConfig(config).DescribeInstanceInformation(t.Context(), &ssm.DescribeInstanceInformationInput{})
			return err
		},
		"rest-json": func() error {
			_, err := backup.NewFromConfig(config).ListBackupJobs(t.Context(), &backup.ListBackupJobsInput{})
			return err
		},
		"no such service": func() error {
			_, err := accessanalyzer.NewFromConfig(config).ListAnalyzers(t.Context(), &accessanalyzer.ListAnalyzersInput{})
			return err
		},
	}
	for name, call := range tests {
		var api smithy.APIError
		if err := call(); !errors.As(err, &api) || api.ErrorCode() != "UnknownOperationException" {
			t.Errorf("%s: got %v, want an UnknownOperationException", name, err)
		}
	}
}

func TestMissingMotoIsSaid(t *testing.T) {
	t.Setenv("ASSAY_MOTO", filepath.Join(t.TempDir(), "moto_server"))
	_, err := awslab.Launch(t.Context())
	if !errors.Is(err, awslab.ErrNoMoto) {
		t.Errorf("got %v, want ErrNoMoto", err)
	}
}

// users returns the names of an account's users.
func users(t *testing.T, config aws.Config) []string {
	t.Helper()
	list, err := iam.NewFromConfig(config).ListUsers(t.Context(), &iam.ListUsersInput{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, user := range list.Users {
		names = append(names, aws.ToString(user.UserName))
	}
	return names
}
