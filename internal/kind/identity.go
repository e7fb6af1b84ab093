package kind

// Scope and identity.

// Organization is the audited organisation, of which there is exactly one. Governance records describe it; where there are none,
// internal/derive adds one of which nothing is known, so that checks about the whole have something to judge.
type Organization struct {
	// Laws that bind the organisation, as it states itself.
	Regimes Attr[[]string] `attr:"regimes" enum:"hipaa,gdpr"`
	// Role under HIPAA (45 CFR 160.103); "none" where HIPAA does not apply.
	HIPAARole Attr[string] `attr:"hipaa.role" enum:"covered_entity,business_associate,both,none"`
	// Whether it is a health care clearinghouse or has one within it, which must then be isolated (45 CFR 164.308(a)(4)(ii)(A)).
	HIPAAClearinghouse Attr[bool] `attr:"hipaa.clearinghouse"`
	// Whether it is or sponsors a group health plan, which adds the plan-document duties of 45 CFR 164.314(b).
	HIPAAGroupHealthPlan Attr[bool] `attr:"hipaa.group_health_plan"`
	// Role under the GDPR (Art. 4(7) and (8)); "none" where the GDPR does not apply.
	GDPRRole Attr[string] `attr:"gdpr.role" enum:"controller,processor,both,none"`
	// Whether it has an establishment in the European Economic Area; without one, Art. 27 asks for a representative.
	GDPREstablishedInEEA Attr[bool] `attr:"gdpr.established_in_eea"`
	// Whether it is a public authority or body, which must have a data protection officer (Art. 37(1)(a)).
	GDPRPublicAuthority Attr[bool] `attr:"gdpr.public_authority"`
	// Whether its core activities monitor people regularly, systematically and on a large scale (Art. 37(1)(b)).
	GDPRLargeScaleMonitoring Attr[bool] `attr:"gdpr.large_scale_monitoring"`
	// Whether its core activities process special categories of data on a large scale (Art. 37(1)(c)).
	GDPRLargeScaleSpecialCategory Attr[bool] `attr:"gdpr.large_scale_special_category"`
	// Number of people in the workforce.
	Headcount Attr[int64] `attr:"headcount"`
}

// Account is a cloud account or an on-premises site: the scope of most coverage statements. Terraform emits the account into which
// the default provider configuration applies; the AWS collector, the one whose credentials it was given.
type Account struct {
	// Who runs the account: AWS, or the organisation itself for a site of its own.
	Provider Attr[string] `attr:"provider" enum:"aws,onprem"`
	// What the account is for. Terraform reads it from the environment label in the provider's default tags; without one it is
	// unknown.
	Environment Attr[string] `attr:"environment" enum:"prod,nonprod,shared"`
	// Whether the root user has a second factor.
	RootMFAEnabled Attr[bool] `attr:"root.mfa_enabled" plane:"observed"`
	// Whether the root user's second factor is a hardware token or a passkey.
	RootMFAPhishingResistant Attr[bool] `attr:"root.mfa_phishing_resistant" plane:"observed"`
	// Number of access keys of the root user; 0 is the safe state.
	RootAccessKeyCount Attr[int64] `attr:"root.access_key_count" plane:"observed"`
	// When the root user last signed in or called an API; null = never.
	RootLastUsedAt Attr[Time] `attr:"root.last_used_at" null:"true" plane:"observed"`
	// Whether the organisation's management account has removed the root user's credentials, so that there is nothing to protect.
	RootCredentialsManagedCentrally Attr[bool] `attr:"root.credentials_managed_centrally" plane:"observed"`
	// E-mail address of the account's security contact; null = none is set.
	ContactsSecurity Attr[string] `attr:"contacts.security" null:"true"`
	// Whether all four settings of the account-wide S3 public access block are on.
	ObjectPublicAccessBlock Attr[bool] `attr:"object_public_access_block"`
	// Regions of the account.
	Regions Attr[[]AccountRegion] `attr:"regions"`
	// UIDs of the accounts in the same AWS organisation; trust in any other account counts as external.
	OrganizationAccounts Attr[[]string] `attr:"organization_accounts"`
	// Agreements with the provider that are in force for the account, as attested from AWS Artifact.
	ProviderAgreements Attr[[]string] `attr:"provider_agreements" enum:"baa"`
}

// AccountRegion is one region of an account.
type AccountRegion struct {
	// The provider's name of the region, such as "eu-central-1".
	Name Attr[string] `attr:"name"`
	// Whether the account can use the region.
	Enabled Attr[bool] `attr:"enabled"`
	// Whether new EBS volumes and snapshots are encrypted without being asked for.
	EBSDefaultEncryption Attr[bool] `attr:"ebs_default_encryption"`
	// Whether the region holds any resource besides settings and detectors; checks ask for detection only in regions that are used.
	Used Attr[bool] `attr:"used"`
}

// Principal is something that can authenticate: an IAM or Identity Center user, the root user, a Linux account, a login of an
// identity provider. Roles are a kind of their own.
type Principal struct {
	// Who uses it. Terraform takes an IAM user with a console password for a human and one with only access keys for a workload.
	Type Attr[string] `attr:"type" enum:"human,workload,root,service_linked"`
	// The directory that knows it.
	Source Attr[string] `attr:"source" enum:"aws_iam,aws_identity_center,linux,idp"`
	// Its login name.
	Name Attr[string] `attr:"name"`
	// Whether it can authenticate at all.
	Enabled Attr[bool] `attr:"enabled"`
	// Whether a person can log in with it: console password, interactive shell or login at an identity provider.
	Interactive Attr[bool] `attr:"interactive"`
	// When it was created.
	CreatedAt Attr[Time] `attr:"created_at" plane:"observed"`
	// When it was disabled; null = it is not disabled.
	DisabledAt Attr[Time] `attr:"disabled_at" null:"true" plane:"observed"`
	// When it last authenticated; null = never.
	LastUsedAt Attr[Time] `attr:"last_used_at" null:"true" plane:"observed"`
	// What it is for, as its label says; unknown without a label, because permissions do not tell.
	Purpose Attr[string] `attr:"purpose" enum:"standard,admin,break_glass,service"`
	// Whether several people use it: declared so, or its name is a generic one.
	Shared Attr[bool] `attr:"shared"`
	// Whether a second factor is enrolled.
	MFAEnabled Attr[bool] `attr:"mfa.enabled" plane:"observed"`
	// Whether the second factor is a passkey, a security key or another hardware token.
	MFAPhishingResistant Attr[bool] `attr:"mfa.phishing_resistant" plane:"observed"`
	// UIDs of the groups of which it is a member.
	Groups Attr[[]string] `attr:"groups"`
	// Number of policies attached to the principal itself, inline ones included; those of its groups do not count.
	DirectPolicyCount Attr[int64] `attr:"direct_policy_count"`
	// Whether it has effective administrator rights or could gain them. The collector works it out from the effective permissions;
	// root, UID 0 and sudo for everything count.
	Privileged Attr[bool] `attr:"privileged"`
	// Ways in which it could raise its own rights, worked out from its effective permissions; empty = none.
	EscalationPaths Attr[[]PrincipalEscalationPath] `attr:"escalation_paths"`
	// E-mail address that links the principal to a person of the roster; null = its directory has none.
	Email Attr[string] `attr:"email" null:"true"`
}

// PrincipalEscalationPath is one way in which a principal or role could raise its own rights.
type PrincipalEscalationPath struct {
	// The technique, such as "iam:CreatePolicyVersion".
	Name Attr[string] `attr:"name"`
	// The calls that it takes, in order.
	Steps Attr[[]string] `attr:"steps"`
}

// Role is a set of permissions that principals and services take on for a session: an IAM role, or a permission set of IAM Identity
// Center.
type Role struct {
	// Whether people can assume it, worked out from the trust policy.
	HumanAssumable Attr[bool] `attr:"human_assumable"`
	// Who may assume it, one element per trusted party of the trust policy.
	Trust Attr[[]RoleTrust] `attr:"trust"`
	// Longest session that can be asked for, in seconds.
	MaxSessionSeconds Attr[int64] `attr:"max_session_seconds"`
	// When it was last assumed; null = never.
	LastUsedAt Attr[Time] `attr:"last_used_at" null:"true" plane:"observed"`
	// Whether it has effective administrator rights or could gain them; worked out as for a principal.
	Privileged Attr[bool] `attr:"privileged"`
	// Ways in which it could raise its own rights, worked out from its effective permissions; empty = none.
	EscalationPaths Attr[[]PrincipalEscalationPath] `attr:"escalation_paths"`
}

// RoleTrust is one party that a role's trust policy lets in.
type RoleTrust struct {
	// Who is trusted, as the policy names it: ARN, account number, service name, identity provider or "*".
	Principal Attr[string] `attr:"principal"`
	// What the trusted party is; "any" for "*".
	PrincipalType Attr[string] `attr:"principal_type" enum:"account,service,federated,any"`
	// Whether it lies outside of the organisation (outside of organization_accounts).
	External Attr[bool] `attr:"external"`
	// Whether a condition demands a second factor of the session (aws:MultiFactorAuthPresent).
	ConditionsMFA Attr[bool] `attr:"conditions.mfa"`
	// Whether a condition demands an external id (sts:ExternalId).
	ConditionsExternalID Attr[bool] `attr:"conditions.external_id"`
	// Whether a condition limits it to an organisation (aws:PrincipalOrgID).
	ConditionsOrgID Attr[bool] `attr:"conditions.org_id"`
	// Whether conditions on a web identity name the subject; not applicable to anything but OpenID Connect.
	ConditionsSubjectPinned Attr[bool] `attr:"conditions.subject_pinned"`
}

// Policy is a permission document, normalised: an IAM policy that is managed or inline, or the policy of a resource.
type Policy struct {
	// Where it lives: made by the provider, managed by the customer, inline in an identity, or part of a resource.
	ManagedBy Attr[string] `attr:"managed_by" enum:"provider,customer,inline,resource"`
	// Its statements, in the order of the document.
	Statements Attr[[]PolicyStatement] `attr:"statements"`
	// UIDs of the principals, roles and groups that have it; empty = it is in nobody's hands.
	AttachedTo Attr[[]string] `attr:"attached_to"`
}

// PolicyStatement is one statement of a policy.
type PolicyStatement struct {
	// "Allow" or "Deny", as written.
	Effect Attr[string] `attr:"effect"`
	// Actions that it speaks of, wildcards as written; empty where it uses not_actions.
	Actions Attr[[]string] `attr:"actions"`
	// Actions that it leaves out, so that it speaks of all others; empty where it uses actions.
	NotActions Attr[[]string] `attr:"not_actions"`
	// Resources that it speaks of, wildcards as written; empty where it uses not_resources.
	Resources Attr[[]string] `attr:"resources"`
	// Resources that it leaves out, so that it speaks of all others; empty where it uses resources.
	NotResources Attr[[]string] `attr:"not_resources"`
	// Whom it speaks of: "*", account numbers, ARNs or service names; only resource policies have it.
	Principals Attr[[]string] `attr:"principals"`
	// Whom it leaves out, meaning everybody else; only resource policies have it.
	NotPrincipals Attr[[]string] `attr:"not_principals"`
	// Maps an operator to condition keys to their values, as written; empty = unconditional.
	Conditions Attr[map[string]any] `attr:"conditions"`
}

// Credential is something that proves an identity: a password, an access key, an SSH key, a service token, an MFA device or a
// certificate. The secret part is never collected.
type Credential struct {
	// What sort of proof it is.
	Type Attr[string] `attr:"type" enum:"password,access_key,ssh_key,api_token,mfa_device,certificate"`
	// Whether it is accepted now.
	Active Attr[bool] `attr:"active"`
	// Whether something uses it, such as a load balancer a certificate.
	InUse Attr[bool] `attr:"in_use" plane:"observed"`
	// When it was created.
	CreatedAt Attr[Time] `attr:"created_at" plane:"observed"`
	// When it was last replaced; null = never since its creation.
	RotatedAt Attr[Time] `attr:"rotated_at" null:"true" plane:"observed"`
	// When it was last used; null = never.
	LastUsedAt Attr[Time] `attr:"last_used_at" null:"true" plane:"observed"`
	// When it stops being accepted; null = it does not expire.
	ExpiresAt Attr[Time] `attr:"expires_at" null:"true"`
	// Algorithm and size, such as "RSA_2048"; not applicable to passwords, access keys and devices.
	KeySpec Attr[string] `attr:"key_spec"`
}

// Secret is a place where a secret value is kept: an entry of a secret store, or a literal that somebody left in code, state, user
// data or a file. The value itself is never collected.
type Secret struct {
	// Where it stands; anything but secret_store is a leak.
	Location Attr[string] `attr:"location" enum:"secret_store,iac_source,iac_state,user_data,env_plain,host_file_world_readable"`
	// The rules that recognised a leaked value; not applicable to a secret store.
	Detector Attr[string] `attr:"detector"`
	// Keyed hash of the value, which tells equal secrets apart from different ones without showing them; not applicable to a secret
	// store.
	ValueHMAC Attr[string] `attr:"value_hmac"`
	// Whether the store replaces the value by itself; not applicable to a literal.
	RotationEnabled Attr[bool] `attr:"rotation.enabled"`
	// Days between two replacements; not applicable without rotation.
	RotationPeriodDays Attr[int64] `attr:"rotation.period_days"`
}

// AuthPolicy is the password, lockout and session policy of an account, an identity provider or a host.
type AuthPolicy struct {
	// UID of the account, identity provider or host that it governs.
	Scope Attr[string] `attr:"scope"`
	// Whether everybody in the scope must use a second factor.
	MFARequired Attr[bool] `attr:"mfa_required"`
	// Least length of a password, in characters.
	MinLength Attr[int64] `attr:"min_length"`
	// Number of earlier passwords that cannot be chosen again; 0 = none is refused.
	ReusePrevention Attr[int64] `attr:"reuse_prevention"`
	// Age at which a password must be changed, in days; null = never.
	MaxAgeDays Attr[int64] `attr:"max_age_days" null:"true"`
	// Failed attempts that lock the login; 0 = never locked. Not applicable where the system has no lockout, as in IAM.
	LockoutThreshold Attr[int64] `attr:"lockout.threshold"`
	// Seconds within which the failed attempts are counted; not applicable without lockout.
	LockoutWindowSeconds Attr[int64] `attr:"lockout.window_seconds"`
	// Seconds without activity after which a session ends; 0 = never. Not applicable where the policy has no such setting.
	SessionIdleTimeoutSeconds Attr[int64] `attr:"session.idle_timeout_seconds"`
	// Longest session, in seconds; not applicable where the policy has no such setting.
	SessionMaxSeconds Attr[int64] `attr:"session.max_seconds"`
}
