package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// iam maps users, their credentials, roles, and policies, and says who can reach what. What a person has enrolled, and when a
// credential was made or used, only observation can tell.
func iam() mapping.Service {
	principal, role, policy, credential := []string{"principal"}, []string{"role"}, []string{"policy"}, []string{"credential"}
	types := []mapping.Type{
		{Name: "aws_iam_user", Kinds: principal, Map: iamUser},
		{Name: "aws_iam_role", Kinds: []string{"role", "policy"}, Map: iamRole},
		{Name: "aws_iam_policy", Kinds: policy, Map: iamPolicy},
		{Name: "aws_iam_user_policy", Kinds: policy, Map: iamInlinePolicy("user")},
		{Name: "aws_iam_role_policy", Kinds: policy, Map: iamInlinePolicy("role")},
		{Name: "aws_iam_group_policy", Kinds: policy, Map: iamInlinePolicy("group")},
		{Name: "aws_iam_access_key", Kinds: credential, Map: iamAccessKey},
		{Name: "aws_iam_user_login_profile", Kinds: []string{"credential", "principal"}, Map: iamLoginProfile},
		{Name: "aws_iam_virtual_mfa_device", Kinds: credential, Map: iamMFADevice},
		{Name: "aws_iam_user_ssh_key", Kinds: credential, Map: iamSSHKey},
		{Name: "aws_iam_service_specific_credential", Kinds: credential, Map: iamServiceCredential},
		{Name: "aws_iam_signing_certificate", Kinds: credential, Map: iamSigningCertificate},
		{Name: "aws_iam_server_certificate", Kinds: credential, Map: iamServerCertificate},
		{Name: "aws_iam_account_password_policy", Kinds: []string{"auth_policy"}, Map: iamPasswordPolicy},
	}
	types = append(types, partsOf([]string{"principal", "policy"}, []string{"aws_iam_user", "aws_iam_policy"},
		"aws_iam_user_policy_attachment", "aws_iam_user_policy_attachments_exclusive")...)
	types = append(types, partsOf(principal, []string{"aws_iam_user"},
		"aws_iam_user_group_membership", "aws_iam_group_membership", "aws_iam_group")...)
	types = append(types, partsOf([]string{"role", "policy"}, []string{"aws_iam_role", "aws_iam_policy"},
		"aws_iam_role_policy_attachment", "aws_iam_role_policy_attachments_exclusive")...)
	types = append(types, partsOf([]string{"principal", "policy"}, []string{"aws_iam_user", "aws_iam_policy"},
		"aws_iam_group_policy_attachment", "aws_iam_group_policy_attachments_exclusive")...)
	types = append(types, partsOf([]string{"principal", "role", "policy"}, []string{"aws_iam_user", "aws_iam_role", "aws_iam_policy"},
		"aws_iam_policy_attachment")...)
	types = append(types, partsOf(role, []string{"aws_iam_role"}, "aws_iam_openid_connect_provider", "aws_iam_saml_provider")...)
	types = append(types, noted("names a role for hosts, which find it by reference", "aws_iam_instance_profile")...)
	types = append(types, noted("AWS defines what a service-linked role may do and who may assume it", "aws_iam_service_linked_role")...)
	types = append(types, noted("removes policies that are not declared; those that are declared are read",
		"aws_iam_user_policies_exclusive", "aws_iam_role_policies_exclusive", "aws_iam_group_policies_exclusive")...)
	types = append(types, noted("a name for the account, no protection of it", "aws_iam_account_alias")...)
	types = append(types, noted("a setting of token formats, or of features that the observed account shows",
		"aws_iam_security_token_service_preferences", "aws_iam_organizations_features", "aws_iam_outbound_web_identity_federation")...)
	return mapping.Service{Name: "iam", Types: types, Finish: iamFinish}
}

// iamFinish adds what needs all entities: the policies of AWS that are attached, and who can reach what.
func iamFinish(c *mapping.Context) {
	policiesOfAWS(c)
	reachable(c)
}

// exists says whether a part belongs to the view: unknown where that cannot be told.
func exists(v mapping.View, typ, arg string) kind.Attr[bool] {
	parts, open := v.Parts(typ, arg)
	switch {
	case len(parts) > 0:
		return kind.Known(true).From(parts[0].Provenance())
	case open != nil:
		return kind.Because[bool](*open).From(v.Provenance())
	}
	return kind.Known(false).From(v.Provenance())
}

func iamUser(c *mapping.Context, v mapping.View) {
	console := exists(v, "aws_iam_user_login_profile", "user")
	id := identityOf(c, v)
	p := kind.Principal{
		Type: userType(console, exists(v, "aws_iam_access_key", "user")), Source: kind.Known("aws_iam"),
		Name: v.String("name").OrNull(), Enabled: kind.Known(true).From(v.Provenance()), Interactive: console,
		Purpose: purpose(v), Shared: kind.Unknown[bool](evidence.NotInPlane, "who uses it is not in code"),
		Groups: groupsOf(c, v), DirectPolicyCount: directPolicies(c, v), Email: email(v),
	}
	p.Privileged, p.EscalationPaths = privileges(c, id)
	e := c.Emit(v, "principal", named(v, "name"), "", p)
	groups, _ := p.Groups.Value()
	for _, g := range groups {
		c.Relate("member_of", e.UID, g)
	}
	if why := moreGroups(c, v); why != nil {
		c.RelateOpen("member_of", e.UID, *why)
	}
}

// userType: a console password is for people; an access key alone is for software.
func userType(console, key kind.Attr[bool]) kind.Attr[string] {
	return kind.Then(console, func(yes bool) kind.Attr[string] {
		if yes {
			return kind.Known("human")
		}
		return kind.Then(key, func(yes bool) kind.Attr[string] {
			if yes {
				return kind.Known("workload")
			}
			return kind.Unknown[string](evidence.Unresolved, "neither a console password nor an access key is declared for it")
		})
	})
}

// purpose reads a label; what an identity is for cannot be told from its permissions.
func purpose(v mapping.View) kind.Attr[string] {
	label := v.Label([]string{"purpose", "principal-purpose"})
	if label.IsNull() {
		return kind.Unknown[string](evidence.NotInPlane, "no label states a purpose")
	}
	return kind.Then(label, func(s string) kind.Attr[string] {
		s = strings.ReplaceAll(s, "-", "_")
		if !slices.Contains([]string{"standard", "admin", "break_glass", "service"}, s) {
			return kind.Unknown[string](evidence.NotInPlane, "no label states a purpose that is known")
		}
		return kind.Known(s)
	})
}

func email(v mapping.View) kind.Attr[string] {
	label := v.Label([]string{"email", "e-mail"})
	if label.IsNull() {
		return kind.Unknown[string](evidence.NotInPlane, "no label states an e-mail address")
	}
	return label
}

// groupsOf lists the UIDs of the groups of a user.
func groupsOf(c *mapping.Context, v mapping.View) kind.Attr[[]string] {
	list := []string{}
	at := v.Provenance()
	add := func(t mapping.Targets) {
		for _, uid := range holderUIDs(c, t) {
			if !slices.Contains(list, uid) {
				list = append(list, uid)
			}
		}
	}
	own, _ := v.Parts("aws_iam_user_group_membership", "user")
	for _, p := range own {
		at = p.Provenance()
		add(p.Targets("groups", "aws_iam_group"))
	}
	listed, _ := v.Parts("aws_iam_group_membership", "users")
	for _, p := range listed {
		at = p.Provenance()
		add(p.Targets("group", "aws_iam_group"))
	}
	slices.Sort(list)
	if why := moreGroups(c, v); why != nil {
		return kind.AtLeast(list, *why).From(at)
	}
	return kind.Known(list).From(at)
}

// moreGroups says why a user may be in further groups; nil where it cannot be.
func moreGroups(_ *mapping.Context, v mapping.View) *evidence.Unknown {
	own, open := v.Parts("aws_iam_user_group_membership", "user")
	for _, p := range own {
		if t := p.Targets("groups", "aws_iam_group"); t.Open != nil {
			open = t.Open
		}
	}
	listed, more := v.Parts("aws_iam_group_membership", "users")
	for _, p := range listed {
		if t := p.Targets("group", "aws_iam_group"); t.Open != nil {
			more = t.Open
		}
	}
	if open != nil {
		return open
	}
	return more
}

// directPolicies counts the policies that a user holds itself.
func directPolicies(c *mapping.Context, v mapping.View) kind.Attr[int64] {
	h := holdingsOf(c)
	for _, why := range []*evidence.Unknown{h.openOf[v.UID()], h.anyHolder["user"]} {
		if why != nil {
			return kind.Because[int64](*why).From(v.Provenance())
		}
	}
	own := h.of[v.UID()]
	at := v.Provenance()
	if len(own) > 0 {
		at = own[0].at
	}
	return kind.Known(int64(len(own))).From(at)
}

// credentialOf relates a credential to the user whom it proves.
func credentialOf(c *mapping.Context, e *evidence.Entity, v mapping.View, arg string) {
	t := v.Targets(arg, "aws_iam_user")
	for _, uid := range holderUIDs(c, t) {
		c.Relate("credential_of", e.UID, uid)
	}
	if t.Open != nil {
		c.RelateOpen("credential_of", e.UID, *t.Open)
	}
}

// active reads the status of a credential: it is active unless the code says otherwise.
func active(v mapping.View) kind.Attr[bool] {
	return kind.Convert(v.String("status").Or("Active"), func(s string) bool { return strings.EqualFold(s, "Active") })
}

// iamAccessKey: an access key never expires by itself.
func iamAccessKey(c *mapping.Context, v mapping.View) {
	e := c.Emit(v, "credential", v.Instance.Name, "", kind.Credential{
		Type: kind.Known("access_key"), Active: active(v), ExpiresAt: kind.Null[kind.Time](), KeySpec: kind.NA[string](),
	})
	credentialOf(c, e, v, "user")
}

func iamLoginProfile(c *mapping.Context, v mapping.View) {
	e := c.Emit(v, "credential", v.Instance.Name, "", kind.Credential{
		Type: kind.Known("password"), Active: kind.Known(true).From(v.Provenance()), KeySpec: kind.NA[string](),
		ExpiresAt: kind.Unknown[kind.Time](evidence.NotInPlane, "a password expires by its age, which code does not show"),
	})
	credentialOf(c, e, v, "user")
}

// iamMFADevice: Terraform makes the device; only its owner can enrol it.
func iamMFADevice(c *mapping.Context, v mapping.View) {
	c.Emit(v, "credential", named(v, "virtual_mfa_device_name"), "", kind.Credential{
		Type: kind.Known("mfa_device"), Active: kind.Unknown[bool](evidence.NotInPlane, "whether somebody enrolled it is not in code"),
		ExpiresAt: kind.Null[kind.Time](), KeySpec: kind.NA[string](),
	})
}

func iamSSHKey(c *mapping.Context, v mapping.View) {
	e := c.Emit(v, "credential", v.Instance.Name, "", kind.Credential{
		Type: kind.Known("ssh_key"), Active: active(v), ExpiresAt: kind.Null[kind.Time](), KeySpec: sshKeySpec(v),
	})
	credentialOf(c, e, v, "username")
}

// sshKeySpec is the algorithm that a public key in OpenSSH's form begins with.
func sshKeySpec(v mapping.View) kind.Attr[string] {
	return kind.Then(v.String("public_key").OrNull(), func(key string) kind.Attr[string] {
		algorithm, _, found := strings.Cut(strings.TrimSpace(key), " ")
		if !found || strings.HasPrefix(algorithm, "-") {
			return kind.Unknown[string](evidence.Unsupported, "the key is not in OpenSSH's form")
		}
		return kind.Known(algorithm)
	})
}

func iamServiceCredential(c *mapping.Context, v mapping.View) {
	expires := kind.Null[kind.Time]()
	if v.Has("credential_age_days") {
		expires = kind.Unknown[kind.Time](evidence.NotInPlane, "it expires by its age, which code does not show")
	}
	e := c.Emit(v, "credential", named(v, "service_name"), "", kind.Credential{
		Type: kind.Known("api_token"), Active: active(v), ExpiresAt: expires, KeySpec: kind.NA[string](),
	})
	credentialOf(c, e, v, "user_name")
}

func iamSigningCertificate(c *mapping.Context, v mapping.View) {
	e := c.Emit(v, "credential", v.Instance.Name, "", iamCertificate(active(v)))
	credentialOf(c, e, v, "user_name")
}

// iamServerCertificate is a certificate of an endpoint that IAM keeps instead of ACM.
func iamServerCertificate(c *mapping.Context, v mapping.View) {
	c.Emit(v, "credential", named(v, "name"), "", iamCertificate(kind.Known(true).From(v.Provenance())))
}

func iamCertificate(active kind.Attr[bool]) kind.Credential {
	return kind.Credential{
		Type: kind.Known("certificate"), Active: active,
		ExpiresAt: kind.Unknown[kind.Time](evidence.NotInPlane, "the certificate itself is not read"),
		KeySpec:   kind.Unknown[string](evidence.NotInPlane, "the certificate itself is not read"),
	}
}

// iamPasswordPolicy: IAM locks nobody out, and limits console sessions by roles, not by this policy. An absent length is AWS's
// minimum of 6.
func iamPasswordPolicy(c *mapping.Context, v mapping.View) {
	const leastLength = 6
	c.Emit(v, "auth_policy", "account password policy", "", kind.AuthPolicy{
		Scope:                     kind.Known(c.AccountUID()),
		MFARequired:               outside[bool]("IAM has no setting that demands a second factor; policies and enrolment decide"),
		MinLength:                 v.Int("minimum_password_length").Or(leastLength),
		ReusePrevention:           v.Int("password_reuse_prevention").Or(0),
		MaxAgeDays:                noAge(v.Int("max_password_age").OrNull()),
		LockoutThreshold:          kind.NA[int64](),
		LockoutWindowSeconds:      kind.NA[int64](),
		SessionIdleTimeoutSeconds: kind.NA[int64](),
		SessionMaxSeconds:         kind.NA[int64](),
	})
}

// noAge: 0 days stands for no maximum.
func noAge(days kind.Attr[int64]) kind.Attr[int64] {
	return kind.Then(days, func(n int64) kind.Attr[int64] {
		if n == 0 {
			return kind.Null[int64]()
		}
		return kind.Known(n)
	})
}
