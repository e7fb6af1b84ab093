package scenario

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// person is a user of the hospital's.
type person struct {
	name    string
	console bool
	mfa     bool
	key     bool
	group   string
	policy  string // attached to the user
	inline  *string
}

// people makes the users, groups, roles and policies of IAM.
func (b *builder) people(ctx context.Context) error {
	client := iam.NewFromConfig(b.config)
	if _, err := client.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{
		MinimumPasswordLength: aws.Int32(8), PasswordReusePrevention: aws.Int32(1), RequireNumbers: true,
	}); err != nil {
		return err
	}
	full, err := client.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName: aws.String("full-access"), PolicyDocument: document(allow("*", "*")),
	})
	if err != nil {
		return err
	}
	if _, err := client.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("clinicians")}); err != nil {
		return err
	}
	if _, err := client.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{
		GroupName: aws.String("clinicians"), PolicyName: aws.String("read-documents"),
		PolicyDocument: document(allow("arn:aws:s3:::"+b.bucket("documents")+"/*", "s3:GetObject", "s3:GetObjectVersion")),
	}); err != nil {
		return err
	}
	staff := []person{
		{name: "aoife.byrne", console: true, mfa: true, group: "clinicians"},
		{name: "ciaran.walsh", console: true, group: "clinicians"},
		{name: "lims-admin", console: true, key: true, policy: aws.ToString(full.Policy.Arn)},
		{name: "export", key: true, inline: document(allow("*", "s3:PutObject", "sqs:SendMessage"))},
	}
	for i := range staff {
		if err := b.person(ctx, client, &staff[i]); err != nil {
			return err
		}
	}
	b.made("AWS::IAM::ManagedPolicy", 1)
	b.made("AWS::IAM::Group", 1)
	b.verdictsOfPeople(aws.ToString(full.Policy.Arn))
	return b.roles(ctx, client)
}

// person makes a user and what hangs on it.
func (b *builder) person(ctx context.Context, client *iam.Client, p *person) error {
	name := &p.name
	if _, err := client.CreateUser(ctx, &iam.CreateUserInput{UserName: name}); err != nil {
		return err
	}
	b.made("AWS::IAM::User", 1)
	if p.console {
		if _, err := client.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{
			UserName: name, Password: aws.String("correct-horse-battery"),
		}); err != nil {
			return err
		}
	}
	if p.mfa {
		device, err := client.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: name})
		if err != nil {
			return err
		}
		if _, err := client.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
			UserName: name, SerialNumber: device.VirtualMFADevice.SerialNumber,
			AuthenticationCode1: aws.String("123456"), AuthenticationCode2: aws.String("654321"),
		}); err != nil {
			return err
		}
	}
	if p.key {
		if _, err := client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name}); err != nil {
			return err
		}
	}
	if p.group != "" {
		if _, err := client.AddUserToGroup(ctx, &iam.AddUserToGroupInput{UserName: name, GroupName: &p.group}); err != nil {
			return err
		}
	}
	if p.policy != "" {
		if _, err := client.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: name, PolicyArn: &p.policy}); err != nil {
			return err
		}
	}
	if p.inline != nil {
		if _, err := client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{
			UserName: name, PolicyName: aws.String("inline"), PolicyDocument: p.inline,
		}); err != nil {
			return err
		}
	}
	b.fact("principal", b.identity("user/"+p.name), "interactive", p.console)
	b.fact("principal", b.identity("user/"+p.name), "mfa.enabled", p.mfa)
	return nil
}

// verdictsOfPeople records what the checks of identities must find.
func (b *builder) verdictsOfPeople(full string) {
	user := func(name string) string { return b.identity("user/" + name) }
	b.finds("iam.user_mfa", user("aoife.byrne"), "pass", "a virtual device is enrolled")
	b.finds("iam.user_mfa", user("ciaran.walsh"), "fail", "a console password and no device")
	b.finds("iam.user_mfa", user("lims-admin"), "fail", "a console password and no device")
	b.finds("iam.user_mfa", user("export"), "not_applicable", "no console password")
	b.finds("iam.rbac_via_roles", user("aoife.byrne"), "pass", "permissions through a group only")
	b.finds("iam.rbac_via_roles", user("lims-admin"), "fail", "a policy is attached to the user")
	b.finds("iam.no_admin_wildcard", full, "fail", "allows * on * and is attached to a user")
}

// role is a role of the hospital's.
type role struct {
	name     string
	trust    map[string]any
	policy   *string
	attached string
}

// roles makes the roles and the profile of the application's instances.
func (b *builder) roles(ctx context.Context, client *iam.Client) error {
	own := map[string]any{"AWS": b.identity("root")}
	withMFA := map[string]any{"Bool": map[string]any{"aws:MultiFactorAuthPresent": "true"}}
	documents, results := "arn:aws:s3:::"+b.bucket("documents")+"/*", "arn:aws:s3:::"+b.bucket("results")+"/*"
	roles := []role{
		{"records-office", trust(own, withMFA), document(allow(documents, "s3:GetObject")), ""},
		{"break-glass", trust(own, withMFA), nil, "arn:aws:iam::aws:policy/AdministratorAccess"},
		{"lab-staff", trust(own, nil), document(allow(results, "s3:GetObject")), ""},
		{"vendor-support", trust("*", nil), document(allow(results, "s3:GetObject")), ""},
		{
			"partner", trust(map[string]any{"AWS": "arn:aws:iam::333333333333:root"},
				map[string]any{"StringEquals": map[string]any{"sts:ExternalId": "stbrigid"}}),
			document(allow(results, "s3:GetObject")), "",
		},
		{"app", trust(map[string]any{"Service": "ec2.amazonaws.com"}, nil), document(allow(documents, "s3:GetObject", "s3:PutObject")), ""},
		{
			"deployer", trust(map[string]any{"Service": "codebuild.amazonaws.com"}, nil),
			document(allow("*", "iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")), "",
		},
		{
			"backup", trust(map[string]any{"Service": "backup.amazonaws.com"}, nil), nil,
			"arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
		},
	}
	for i := range roles {
		if err := b.role(ctx, client, &roles[i]); err != nil {
			return err
		}
	}
	profile := aws.String("app")
	if _, err := client.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: profile}); err != nil {
		return err
	}
	_, err := client.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: profile, RoleName: profile})
	b.made("AWS::IAM::InstanceProfile", 1)
	arn := func(name string) string { return b.identity("role/" + name) }
	b.fact("role", arn("records-office"), "human_assumable", true)
	b.fact("role", arn("app"), "human_assumable", false)
	b.fact("role", arn("break-glass"), "privileged", true)
	b.fact("role", arn("lab-staff"), "privileged", false)
	b.finds("iam.external_trust", arn("vendor-support"), "fail", "anybody may assume it")
	b.finds("iam.no_privilege_escalation", arn("deployer"), "unknown", "passes any role to a function that it creates and invokes; no RBAC matrix says whether it is an admin role")
	return err
}

// role makes a role with its policies.
func (b *builder) role(ctx context.Context, client *iam.Client, r *role) error {
	if _, err := client.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: &r.name, AssumeRolePolicyDocument: document(r.trust),
		Tags: tags(func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }, r.name, operational),
	}); err != nil {
		return err
	}
	b.made("AWS::IAM::Role", 1)
	if r.policy != nil {
		if _, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName: &r.name, PolicyName: aws.String("inline"), PolicyDocument: r.policy,
		}); err != nil {
			return err
		}
	}
	if r.attached == "" {
		return nil
	}
	_, err := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &r.name, PolicyArn: &r.attached})
	return err
}
