package services

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	s3controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// fill makes users, groups, roles and policies, good and bad ones.
func fillIAM(t *testing.T, l *identityLab) {
	t.Helper()
	ctx, client := t.Context(), iam.NewFromConfig(l.config)
	tag := func(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} }
	must(client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ada"), Tags: []types.Tag{tag("owner", "Ada.Lovelace"), tag("email", "Ada@example.org"), tag("purpose", "admin")}}))(t)
	must(client.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: aws.String("ada"), Password: aws.String("Correct-Horse-1")}))(t)
	device := must(client.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("ada")}))(t)
	must(client.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
		UserName: aws.String("ada"), SerialNumber: device.VirtualMFADevice.SerialNumber, AuthenticationCode1: aws.String("123456"), AuthenticationCode2: aws.String("654321"),
	}))(t)
	must(client.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("spare")}))(t)
	must(client.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("admins")}))(t)
	must(client.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: aws.String("admins"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")}))(t)
	must(client.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: aws.String("admins"), UserName: aws.String("ada")}))(t)

	must(client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("bot")}))(t)
	must(client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("bot")}))(t)
	must(client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("bot"), PolicyName: aws.String("pass"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}]}`)}))(t)
	must(client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("test2")}))(t)

	role := func(name, trust string) {
		must(client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(name), AssumeRolePolicyDocument: aws.String(trust), MaxSessionDuration: aws.Int32(7200)}))(t)
	}
	role("app", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	role("vendor", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"sts:AssumeRole"}]}`)
	role("ops", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}`)
	own := must(client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("read-phi"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::phi/*"}]}`)}))(t)
	must(client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("app"), PolicyArn: own.Policy.Arn}))(t)
}

// What moto answers for all of these: users, groups, roles, policies, devices, keys and the report. It has no list of service credentials
// and says so as AWS says that there is no such operation, and no line of the root user in the report.
func TestIdentitiesOfAnAccount(t *testing.T) {
	l := newIdentityLab(t)
	fillIAM(t, l)
	b := l.collect(t, "iam", "us-east-1")
	golden(t, "identities", says(b, "principal", "role", "credential", "auth_policy", "policy")+
		relations(b, "can_assume", "credential_of", "member_of", "owned_by"))
	l.proxy.CheckReadOnly(t)
}

func TestReach(t *testing.T) {
	l := newIdentityLab(t)
	fillIAM(t, l)
	c := l.unit("iam", "us-east-1")
	iamReach(t.Context(), c, []api.Resource{
		{UID: "arn:aws:s3:::phi", PolicyAsked: true, Policy: `{"Version":"2012-10-17","Statement":[
			{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bot"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::phi/*"}]}`},
		{UID: "arn:aws:rds:eu-west-1:123456789012:db:d"},
		{UID: "arn:aws:rds:eu-west-1:123456789012:snapshot:s"}, // what is done with a snapshot is no access to a store
	})
	want := `arn:aws:iam::123456789012:role/app can_read arn:aws:s3:::phi
arn:aws:iam::123456789012:user/ada can_admin arn:aws:rds:eu-west-1:123456789012:db:d
arn:aws:iam::123456789012:user/ada can_admin arn:aws:s3:::phi
arn:aws:iam::123456789012:user/ada can_read arn:aws:rds:eu-west-1:123456789012:db:d
arn:aws:iam::123456789012:user/ada can_read arn:aws:s3:::phi
arn:aws:iam::123456789012:user/ada can_write arn:aws:rds:eu-west-1:123456789012:db:d
arn:aws:iam::123456789012:user/ada can_write arn:aws:s3:::phi
arn:aws:iam::123456789012:user/bot can_write arn:aws:s3:::phi
`
	if diff := cmp.Diff(want, relations(c.Batch(), "can_read", "can_write", "can_admin")); diff != "" {
		t.Error(diff)
	}
}

// A resource whose policy was not read may deny what the identity's policies allow, and may let in anybody.
func TestReachOfAnUnreadPolicyIsOpen(t *testing.T) {
	l := newIdentityLab(t)
	fillIAM(t, l)
	c := l.unit("iam", "us-east-1")
	iamReach(t.Context(), c, []api.Resource{
		{UID: "arn:aws:sqs:eu-west-1:123456789012:q", PolicyAsked: true, Unread: &evidence.Unknown{Reason: evidence.AccessDenied, Detail: "denied"}},
	})
	got := relations(c.Batch(), "can_read")
	want := `arn:aws:iam::123456789012:role/app can_read ? ~
arn:aws:iam::123456789012:role/ops can_read ? ~
arn:aws:iam::123456789012:role/vendor can_read ? ~
arn:aws:iam::123456789012:user/ada can_read ? ~
arn:aws:iam::123456789012:user/ada can_read arn:aws:sqs:eu-west-1:123456789012:q ~
arn:aws:iam::123456789012:user/bot can_read ? ~
arn:aws:iam::123456789012:user/test2 can_read ? ~
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Moto keeps policies of an organisation, but binds nobody by them.
func TestServiceControlPoliciesTakeAccessAway(t *testing.T) {
	l := newIdentityLab(t)
	ctx, client := t.Context(), organizations.NewFromConfig(l.config)
	must(client.CreateOrganization(ctx, &organizations.CreateOrganizationInput{FeatureSet: orgtypes.OrganizationFeatureSetAll}))(t)
	created := must(client.CreateAccount(ctx, &organizations.CreateAccountInput{AccountName: aws.String("m"), Email: aws.String("m@example.org")}))(t)
	member := aws.ToString(created.CreateAccountStatus.AccountId)
	root := must(client.ListRoots(ctx, &organizations.ListRootsInput{}))(t).Roots[0].Id
	if _, err := client.EnablePolicyType(ctx, &organizations.EnablePolicyTypeInput{RootId: root, PolicyType: orgtypes.PolicyTypeServiceControlPolicy}); err != nil {
		t.Fatal(err)
	}
	p := must(client.CreatePolicy(ctx, &organizations.CreatePolicyInput{
		Name: aws.String("no-s3"), Description: aws.String("d"), Type: orgtypes.PolicyTypeServiceControlPolicy,
		Content: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`),
	}))(t)
	must(client.AttachPolicy(ctx, &organizations.AttachPolicyInput{PolicyId: p.Policy.PolicySummary.Id, TargetId: aws.String(member)}))(t)

	parent := l.account
	l.account = &api.Account{
		ID: member, Partition: "aws", Source: "s", Home: "us-east-1", Regions: []string{"us-east-1"}, Parent: parent,
		Organization: []string{awslab.DefaultAccount, member},
		Config:       func(region string) aws.Config { return l.proxy.Config(t, member, region) },
	}
	theirs := iam.NewFromConfig(l.account.Config("us-east-1"))
	must(theirs.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("all"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}))(t)
	must(theirs.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("all"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")}))(t)

	found := []api.Resource{
		{UID: "arn:aws:s3:::phi", PolicyAsked: true}, {UID: "arn:aws:sqs:us-east-1:" + member + ":q", PolicyAsked: true},
	}
	c := l.unit("iam", "us-east-1")
	iamReach(ctx, c, found)
	role := "arn:aws:iam::" + member + ":role/all"
	if diff := cmp.Diff(role+" can_read arn:aws:sqs:us-east-1:"+member+":q\n", relations(c.Batch(), "can_read")); diff != "" {
		t.Error(diff)
	}

	// Without the organisation's credentials nobody knows what the policies take away.
	l.account.Parent = nil
	l.account.Forget()
	l.proxy.Inject(awslab.Match{Service: "organizations"}, awslab.Deny())
	c = l.unit("iam", "us-east-1")
	iamReach(ctx, c, found)
	b := c.Batch()
	want := role + " can_read arn:aws:s3:::phi ~\n" + role + " can_read arn:aws:sqs:us-east-1:" + member + ":q ~\n"
	if diff := cmp.Diff(want, relations(b, "can_read")); diff != "" {
		t.Error(diff)
	}
	if len(b.Note.Problems) != 1 {
		t.Errorf("%d problems, want one that says so", len(b.Note.Problems))
	}
}

// A resource control policy that refuses strangers leaves the organisation's own identities alone; one that refuses everybody does not. Moto keeps
// them, but binds nobody by them. A bucket that its policy or ACL opens is not public where strangers are refused.
func TestResourceControlPolicies(t *testing.T) {
	l := newIdentityLab(t)
	ctx, client := t.Context(), organizations.NewFromConfig(l.config)
	org := must(client.CreateOrganization(ctx, &organizations.CreateOrganizationInput{FeatureSet: orgtypes.OrganizationFeatureSetAll}))(t)
	created := must(client.CreateAccount(ctx, &organizations.CreateAccountInput{AccountName: aws.String("m"), Email: aws.String("m@example.org")}))(t)
	member := aws.ToString(created.CreateAccountStatus.AccountId)
	root := must(client.ListRoots(ctx, &organizations.ListRootsInput{}))(t).Roots[0].Id
	typ := orgtypes.PolicyTypeResourceControlPolicy
	must(client.EnablePolicyType(ctx, &organizations.EnablePolicyTypeInput{RootId: root, PolicyType: typ}))(t)
	attach := func(name, statement string, to *string) {
		p := must(client.CreatePolicy(ctx, &organizations.CreatePolicyInput{
			Name: &name, Description: aws.String("d"), Type: typ, Content: aws.String(`{"Version":"2012-10-17","Statement":[` + statement + `]}`),
		}))(t)
		must(client.AttachPolicy(ctx, &organizations.AttachPolicyInput{PolicyId: p.Policy.PolicySummary.Id, TargetId: to}))(t)
	}
	attach("strangers", `{"Effect":"Deny","Principal":"*","Action":["s3:*","kms:*"],"Resource":"*","Condition":{
		"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"`+aws.ToString(org.Organization.Id)+`"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`, root)
	attach("nobody", `{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*"}`, aws.String(member))

	parent := l.account
	l.account = &api.Account{
		ID: member, Partition: "aws", Source: "s", Home: "us-east-1", Regions: []string{"us-east-1"}, Parent: parent,
		Organization: []string{awslab.DefaultAccount, member},
		Config:       func(region string) aws.Config { return l.proxy.Config(t, member, region) },
	}
	theirs := iam.NewFromConfig(l.account.Config("us-east-1"))
	must(theirs.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("all"), AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}))(t)
	must(theirs.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("all"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")}))(t)
	c := l.unit("iam", "us-east-1")
	iamReach(ctx, c, []api.Resource{
		{UID: "arn:aws:s3:::phi", PolicyAsked: true}, {UID: "arn:aws:sqs:us-east-1:" + member + ":q", PolicyAsked: true},
	})
	if diff := cmp.Diff("arn:aws:iam::"+member+":role/all can_read arn:aws:s3:::phi\n", relations(c.Batch(), "can_read")); diff != "" {
		t.Error(diff)
	}

	read := func(text string) kind.Attr[iampolicy.Document] { return document(&text) }
	open := read(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::phi/*"}]}`)
	topic := read(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"}]}`)
	type verdict struct{ Public, Known bool }
	public := func(doc kind.Attr[iampolicy.Document]) verdict {
		yes, known := publicThrough(ctx, c, doc).Value()
		return verdict{yes, known}
	}
	for name, tc := range map[string]struct{ got, want verdict }{
		"a policy that opens a bucket":        {public(open), verdict{false, true}},
		"a list that opens a bucket":          {public(kind.Known(opened("s3"))), verdict{false, true}},
		"no policy":                           {public(read("")), verdict{false, true}},
		"a topic, of which no refusal speaks": {public(topic), verdict{true, true}},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %+v, want %+v", name, tc.got, tc.want)
		}
	}
	l.account.Forget()
	l.proxy.Inject(awslab.Match{Service: "organizations", Operation: "ListPoliciesForTarget"}, awslab.Deny())
	if got := public(open); got.Known {
		t.Error("the control policies are not read, and it is known whether the public is kept out")
	}
	l.account.Forget()
	l.account.Parent = nil
	if got := public(open); !got.Known || !got.Public {
		t.Errorf("an account that is read by itself: %+v, want what its own policy says", got)
	}
}

// The report is moto's, with one user taken out and another put in, as it is when users came and went within four hours.
func TestReportAndListMustNameTheSameUsers(t *testing.T) {
	l := newIdentityLab(t)
	fillIAM(t, l)
	l.proxy.Inject(awslab.Match{Service: "iam", Operation: "GetCredentialReport"}, awslab.Answer(reportAnswer(
		"bot,arn:aws:iam::123456789012:user/bot,2025-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2025-01-02T00:00:00+00:00,2025-02-03T04:05:06+00:00,false,N/A,N/A,false,N/A,false,N/A\n"+
			"gone,arn:aws:iam::123456789012:user/gone,2025-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,false,N/A,N/A,false,N/A,false,N/A\n")))
	b := l.collect(t, "iam", "us-east-1")
	var summaries []string
	for _, p := range b.Note.Problems {
		summaries = append(summaries, p.Code+" "+p.Summary)
	}
	want := []string{
		"reconciliation aws:123456789012: the credential report of 2025-03-01T00:00:00Z lacks 2 users that IAM lists: " +
			"arn:aws:iam::123456789012:user/ada, arn:aws:iam::123456789012:user/test2",
		"reconciliation aws:123456789012: the credential report of 2025-03-01T00:00:00Z names 1 user that IAM does not list: arn:aws:iam::123456789012:user/gone",
	}
	if diff := cmp.Diff(want, summaries); diff != "" {
		t.Error(diff)
	}
	for _, e := range b.Entities {
		switch e.UID {
		case "arn:aws:iam::123456789012:user/ada":
			for _, path := range []string{"mfa.enabled", "interactive", "last_used_at", "enabled", "type"} {
				if got := e.Unknown[path].Reason; got != evidence.Stale {
					t.Errorf("%s of a user that the report lacks is %v (%v), want stale", path, e.Attrs[path], got)
				}
			}
		case "arn:aws:iam::123456789012:user/bot":
			if got := e.Attrs["last_used_at"]; got != "2025-02-03T04:05:06Z" {
				t.Errorf("last_used_at of bot is %v", got)
			}
		}
	}
}

// reportAnswer is GetCredentialReport's answer with these lines.
func reportAnswer(lines string) string {
	const heading = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active," +
		"access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated," +
		"access_key_2_last_used_date,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n"
	return `<GetCredentialReportResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetCredentialReportResult><Content>` +
		base64.StdEncoding.EncodeToString([]byte(heading+lines)) +
		`</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>2025-03-01T00:00:00Z</GeneratedTime></GetCredentialReportResult></GetCredentialReportResponse>`
}

// What moto does not say of the root user, the proxy does: a line of the report and the numbers of the summary.
func TestRootUser(t *testing.T) {
	l := newIdentityLab(t)
	l.account.Organization = nil
	l.account.OrganizationUnknown = &evidence.Unknown{Reason: evidence.AccessDenied, Detail: "organizations:ListAccounts is denied"}
	l.proxy.Inject(awslab.Match{Service: "iam", Operation: "GetCredentialReport"}, awslab.Answer(reportAnswer(
		"<root_account>,arn:aws:iam::123456789012:root,2020-01-01T00:00:00+00:00,not_supported,2025-01-01T00:00:00+00:00,not_supported,not_supported,true,"+
			"true,2021-01-01T00:00:00+00:00,N/A,true,2021-01-02T00:00:00+00:00,2025-02-01T00:00:00+00:00,false,N/A,false,N/A\n")))
	l.proxy.Inject(awslab.Match{Service: "iam", Operation: "GetAccountSummary"}, awslab.Answer(summaryAnswer(map[string]int{
		"AccountMFAEnabled": 1, "AccountPasswordPresent": 1, "AccountAccessKeysPresent": 1, "AccountSigningCertificatesPresent": 0,
	})))
	golden(t, "root", says(l.collect(t, "account", "us-east-1"), "account")+says(l.collect(t, "iam", "us-east-1"), "principal", "credential"))
}

func TestRootWithoutCredentials(t *testing.T) {
	l := newIdentityLab(t)
	l.account.Organization = []string{awslab.DefaultAccount, "210987654321"}
	l.proxy.Inject(awslab.Match{Service: "iam", Operation: "GetAccountSummary"}, awslab.Answer(summaryAnswer(map[string]int{
		"AccountMFAEnabled": 0, "AccountPasswordPresent": 0, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0,
	})))
	b := l.collect(t, "account", "us-east-1")
	if got := b.Entities[0].Attrs["root.credentials_managed_centrally"]; got != true {
		t.Errorf("root.credentials_managed_centrally is %v, want true", got)
	}
}

func summaryAnswer(numbers map[string]int) string {
	var entries strings.Builder
	for _, k := range slices.Sorted(maps.Keys(numbers)) {
		fmt.Fprintf(&entries, "<entry><key>%s</key><value>%d</value></entry>", k, numbers[k])
	}
	return `<GetAccountSummaryResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccountSummaryResult><SummaryMap>` + entries.String() +
		`</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>`
}

func TestSettingsOfAnAccount(t *testing.T) {
	l := newIdentityLab(t)
	ctx := t.Context()
	golden(t, "account_default", says(l.collect(t, "account", "us-east-1"), "account"))
	must(account.NewFromConfig(l.config).PutAlternateContact(ctx, &account.PutAlternateContactInput{
		AlternateContactType: accounttypes.AlternateContactTypeSecurity, EmailAddress: aws.String("security@example.org"), Name: aws.String("S"),
		PhoneNumber: aws.String("+1"), Title: aws.String("T"),
	}))(t)
	must(s3control.NewFromConfig(l.config, atAddress).PutPublicAccessBlock(ctx, &s3control.PutPublicAccessBlockInput{
		AccountId: aws.String(awslab.DefaultAccount), PublicAccessBlockConfiguration: &s3controltypes.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
	}))(t)
	in := l.config.Copy()
	in.Region = "eu-west-1"
	must(ec2.NewFromConfig(in).EnableEbsEncryptionByDefault(ctx, &ec2.EnableEbsEncryptionByDefaultInput{}))(t)
	must(iam.NewFromConfig(l.config).UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{
		MinimumPasswordLength: aws.Int32(14), PasswordReusePrevention: aws.Int32(24), MaxPasswordAge: aws.Int32(90),
	}))(t)
	later := newLabAccount(l) // the facts of an account are read once
	golden(t, "account_set", says(later.collect(t, "account", "us-east-1"), "account")+says(later.collect(t, "iam", "us-east-1"), "auth_policy"))
}

// newLabAccount is the same account, of which nothing was read yet.
func newLabAccount(l *identityLab) *identityLab {
	out, a := *l, l.account
	out.account = &api.Account{
		ID: a.ID, Partition: a.Partition, Source: a.Source, Home: a.Home, Regions: a.Regions, Disabled: a.Disabled, Left: a.Left,
		Organization: a.Organization, Config: a.Config,
	}
	return &out
}

func TestDeniedListIsNoAbsence(t *testing.T) {
	l := newIdentityLab(t)
	fillIAM(t, l)
	l.proxy.Inject(awslab.Match{Service: "iam", Operation: "GetAccountAuthorizationDetails"}, awslab.Deny())
	b := l.collect(t, "iam", "us-east-1")
	var kinds []string
	for _, g := range b.Note.Gaps {
		if g.Status == evidence.Denied {
			kinds = append(kinds, g.Kind)
		}
	}
	if diff := cmp.Diff([]string{"credential", "policy", "principal", "role"}, kinds); diff != "" {
		t.Error(diff)
	}
	for _, e := range b.Entities {
		if e.Kind == "role" || e.Kind == "principal" && e.Name != "root" {
			t.Errorf("%s %s comes from nowhere", e.Kind, e.UID)
		}
	}
}
