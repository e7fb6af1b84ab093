package services

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// iamService reads users, roles, policies and credentials. One list gives most of it, and the credential report what people did with their
// credentials; only devices, keys and certificates of a user are asked for one by one.
func iamService() api.Service {
	rights := []string{
		"principal", "role", "policy", "credential", "can_read", "can_write", "can_admin", "can_assume", "member_of", "owned_by",
	}
	report := []string{
		"credential", "type", "enabled", "interactive", "last_used_at", "mfa.enabled", "active", "created_at", "rotated_at", "expires_at",
		"root.access_key_count", "root.last_used_at",
	}
	return api.Service{
		Name: "iam", Global: true, Kinds: []string{"principal", "role", "policy", "credential", "auth_policy"}, Collect: iamCollect, Finish: iamReach,
		Operations: []api.Operation{
			{Name: "GetAccountAuthorizationDetails", Tells: rights},
			{Name: "GenerateCredentialReport", Tells: report[1:]},
			{Name: "GetCredentialReport", Tells: report},
			{Name: "ListRoles", Tells: []string{"max_session_seconds"}},
			{Name: "GetAccountSummary", Tells: []string{
				"root.mfa_enabled", "root.mfa_phishing_resistant", "root.credentials_managed_centrally", "root.access_key_count", "mfa.enabled", "mfa.phishing_resistant",
				"enabled", "interactive", "disabled_at",
			}},
			{Name: "GetAccountPasswordPolicy", Tells: []string{"auth_policy"}},
			{Name: "ListVirtualMFADevices", Tells: []string{"credential", "mfa.phishing_resistant", "root.mfa_phishing_resistant"}},
			{Name: "ListMFADevices", Tells: []string{"type", "created_at"}},
			{Name: "GetLoginProfile", Tells: []string{"created_at", "rotated_at"}},
			{Name: "ListSSHPublicKeys", Tells: []string{"type", "created_at", "enabled"}},
			{Name: "GetSSHPublicKey", Tells: []string{"key_spec"}},
			{Name: "ListSigningCertificates", Tells: []string{"expires_at", "key_spec"}},
			{Name: "ListServiceSpecificCredentials", Tells: []string{"type", "created_at", "enabled"}},
			{Name: "ListServerCertificates", Tells: []string{"credential"}},
			{Name: "GetServerCertificate", Tells: []string{"key_spec"}},
		},
	}
}

func iamCollect(ctx context.Context, c *api.Context) {
	a := authorizationOf(ctx, c)
	if c.Wants("policy") {
		iamPolicies(c, a)
	}
	if c.Wants("role", "can_assume") {
		iamRoles(ctx, c, a)
	}
	if c.Wants("principal", "credential", "auth_policy") {
		iamUsers(ctx, c, a)
	}
	if c.Wants("auth_policy") {
		iamPasswordPolicy(ctx, c)
	}
	if c.Wants("credential") {
		iamServerCertificates(ctx, c)
	}
}

// tagsOfIAM reads the tags that come with users and roles.
func tagsOfIAM(a *authorization, list []types.Tag) api.Tags {
	t := api.TagsOf(list, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
	t.Prov = a.prov
	return t
}

// summaryOf are the account's numbers, read once: the root user's credentials are among them.
func summaryOf(ctx context.Context, c *api.Context) api.Answer[iam.GetAccountSummaryOutput] {
	return api.SharedGlobal(c, "iam summary", func(c *api.Context) api.Answer[iam.GetAccountSummaryOutput] {
		return api.Ask(ctx, c, iam.NewFromConfig(c.AWS()).GetAccountSummary, &iam.GetAccountSummaryInput{})
	})
}

// summaryNumber reads a number of the summary.
func summaryNumber(a api.Answer[iam.GetAccountSummaryOutput], key string) kind.Attr[int64] {
	return api.Read(a, func(o *iam.GetAccountSummaryOutput) kind.Attr[int64] {
		n, ok := o.SummaryMap[key]
		if !ok {
			return kind.Unknown[int64](evidence.Unsupported, "iam:GetAccountSummary does not say "+key)
		}
		return kind.Known(int64(n))
	})
}

// virtualDevicesOf lists the virtual MFA devices of the account once. A device that is nobody's has no user.
func virtualDevicesOf(ctx context.Context, c *api.Context) api.Listing[types.VirtualMFADevice] {
	return api.SharedGlobal(c, "iam virtual devices", func(c *api.Context) api.Listing[types.VirtualMFADevice] {
		return api.List(ctx, c, iam.NewFromConfig(c.AWS()).ListVirtualMFADevices, &iam.ListVirtualMFADevicesInput{},
			func(o *iam.ListVirtualMFADevicesOutput) []types.VirtualMFADevice {
				for i := range o.VirtualMFADevices { // a seed is a secret, and never comes back from this call
					o.VirtualMFADevices[i].Base32StringSeed, o.VirtualMFADevices[i].QRCodePNG = nil, nil
				}
				return o.VirtualMFADevices
			})
	})
}

// rootARN is the root user of the account.
func rootARN(c *api.Context) string { return c.Account.ARN("iam", "", "root") }

// iamPasswordPolicy is the password policy of the account's users. An account without one has AWS's defaults. IAM locks nobody out, and
// limits console sessions by roles, not by this policy.
func iamPasswordPolicy(ctx context.Context, c *api.Context) {
	const defaultLength = 8 // of an account without a policy; a policy that states no length has 6
	a := api.Ask(ctx, c, iam.NewFromConfig(c.AWS()).GetAccountPasswordPolicy, &iam.GetAccountPasswordPolicyInput{}, "NoSuchEntity")
	number := func(f func(*types.PasswordPolicy) *int32, none int64) kind.Attr[int64] {
		return api.Read(a, func(o *iam.GetAccountPasswordPolicyOutput) kind.Attr[int64] {
			if o.PasswordPolicy == nil || f(o.PasswordPolicy) == nil {
				return kind.Known(none)
			}
			return kind.Known(int64(*f(o.PasswordPolicy)))
		})
	}
	length := int64(6)
	if a.Code != "" {
		length = defaultLength
	}
	age := number(func(p *types.PasswordPolicy) *int32 { return p.MaxPasswordAge }, 0)
	c.Emit(api.Entity{Kind: "auth_policy", UID: c.Account.UID() + ":password-policy", Name: "account password policy", Prov: a.Prov}, kind.AuthPolicy{
		Scope:           kind.Known(c.Account.UID()),
		MFARequired:     kind.Unknown[bool](evidence.Unsupported, "IAM has no setting that demands a second factor; policies and enrolment decide"),
		MinLength:       number(func(p *types.PasswordPolicy) *int32 { return p.MinimumPasswordLength }, length),
		ReusePrevention: number(func(p *types.PasswordPolicy) *int32 { return p.PasswordReusePrevention }, 0),
		MaxAgeDays: kind.Then(age, func(n int64) kind.Attr[int64] {
			if n == 0 {
				return kind.Null[int64]()
			}
			return kind.Known(n)
		}),
		LockoutThreshold: kind.NA[int64](), LockoutWindowSeconds: kind.NA[int64](),
		SessionIdleTimeoutSeconds: kind.NA[int64](), SessionMaxSeconds: kind.NA[int64](),
	})
}

// some names the first few of a list, for a reader.
func some(list []string) string {
	const few = 5
	slices.Sort(list)
	if len(list) <= few {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:few], ", ") + ", ..."
}

// afterSlash is the last part of an ARN or path.
func afterSlash(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// tagText is the value of a tag as it is written; "" where there is none.
func tagText(list []types.Tag, key string) string {
	for _, t := range list {
		if strings.EqualFold(aws.ToString(t.Key), key) {
			return strings.TrimSpace(aws.ToString(t.Value))
		}
	}
	return ""
}

// keys are the keys of a set, sorted.
func keys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
