package services

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	idtypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// What moto keeps of Identity Center: an instance in each region that is asked, people, groups, permission sets and assignments. It has no
// boundaries of permission sets, for which the proxy answers as AWS does where there is none, and names no owner of an instance.
func TestIdentityCenter(t *testing.T) {
	l := newIdentityLab(t)
	l.account.Regions, l.account.Left = []string{"us-east-1"}, nil
	ctx, client, people := t.Context(), ssoadmin.NewFromConfig(l.config), identitystore.NewFromConfig(l.config)
	instance := must(client.ListInstances(ctx, &ssoadmin.ListInstancesInput{}))(t).Instances[0]
	l.proxy.Inject(awslab.Match{Service: "sso", Operation: "GetPermissionsBoundaryForPermissionSet"}, awslab.Fail("ResourceNotFoundException", 404, "no boundary"))

	user := func(name string, emails ...idtypes.Email) *string {
		return must(people.CreateUser(ctx, &identitystore.CreateUserInput{
			IdentityStoreId: instance.IdentityStoreId, UserName: aws.String(name), DisplayName: aws.String(name), Emails: emails,
			Name: &idtypes.Name{GivenName: aws.String(name), FamilyName: aws.String("x")},
		}))(t).UserId
	}
	ada := user("ada", idtypes.Email{Value: aws.String("Ada@example.org"), Primary: true})
	bob := user("bob")
	group := must(people.CreateGroup(ctx, &identitystore.CreateGroupInput{IdentityStoreId: instance.IdentityStoreId, DisplayName: aws.String("ops")}))(t).GroupId
	must(people.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{
		IdentityStoreId: instance.IdentityStoreId, GroupId: group, MemberId: &idtypes.MemberIdMemberUserId{Value: aws.ToString(ada)},
	}))(t)
	set := func(name, length string) *string {
		return must(client.CreatePermissionSet(ctx, &ssoadmin.CreatePermissionSetInput{
			InstanceArn: instance.InstanceArn, Name: aws.String(name), SessionDuration: aws.String(length),
		}))(t).PermissionSet.PermissionSetArn
	}
	admin, viewer := set("admin", "PT12H"), set("viewer", "PT1H")
	must(client.AttachManagedPolicyToPermissionSet(ctx, &ssoadmin.AttachManagedPolicyToPermissionSetInput{
		InstanceArn: instance.InstanceArn, PermissionSetArn: admin, ManagedPolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess"),
	}))(t)
	must(client.PutInlinePolicyToPermissionSet(ctx, &ssoadmin.PutInlinePolicyToPermissionSetInput{
		InstanceArn: instance.InstanceArn, PermissionSetArn: viewer,
		InlinePolicy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`),
	}))(t)
	assign := func(set, who *string, kind ssotypes.PrincipalType) {
		must(client.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{
			InstanceArn: instance.InstanceArn, PermissionSetArn: set, PrincipalId: who, PrincipalType: kind,
			TargetId: aws.String(awslab.DefaultAccount), TargetType: ssotypes.TargetTypeAwsAccount,
		}))(t)
		must(client.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{ // AWS does so by itself
			InstanceArn: instance.InstanceArn, PermissionSetArn: set, TargetId: aws.String(awslab.DefaultAccount),
			TargetType: ssotypes.ProvisionTargetTypeAwsAccount,
		}))(t)
	}
	assign(admin, group, ssotypes.PrincipalTypeGroup)
	assign(viewer, bob, ssotypes.PrincipalTypeUser)

	b := l.collect(t, "ssoadmin", "us-east-1")
	golden(t, "identity_center", saysSorted(b, "role", "policy", "principal")+relations(b, "can_assume", "member_of", "assumable_by"))
}

// Literal durations: Terraform and the API write them alike.
func TestSessionDurations(t *testing.T) {
	for text, want := range map[string]kind.Attr[int64]{
		"PT1H": kind.Known[int64](3600), "PT1H30M": kind.Known[int64](5400), "P1D": kind.Known[int64](86400),
		"P":  kind.Unknown[int64](evidence.ParseError, `"P" is not a duration such as PT8H`),
		"PT": kind.Unknown[int64](evidence.ParseError, `"PT" is not a duration such as PT8H`),
	} {
		got := isoSeconds(text)
		a, _ := got.Value()
		b, _ := want.Value()
		if diff := cmp.Diff(b, a); diff != "" || got.IsKnown() != want.IsKnown() {
			t.Errorf("%s: %v", text, got)
		}
	}
}
