package awslab_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
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
