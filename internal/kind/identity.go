package kind

// Scope and identity.

// Organization is the audited organisation, exactly one.
type Organization struct {
	Regimes                       Attr[[]string] `attr:"regimes" enum:"hipaa,gdpr"`
	HIPAARole                     Attr[string]   `attr:"hipaa.role" enum:"covered_entity,business_associate,both,none"`
	HIPAAClearinghouse            Attr[bool]     `attr:"hipaa.clearinghouse"`
	HIPAAGroupHealthPlan          Attr[bool]     `attr:"hipaa.group_health_plan"`
	GDPRRole                      Attr[string]   `attr:"gdpr.role" enum:"controller,processor,both,none"`
	GDPREstablishedInEEA          Attr[bool]     `attr:"gdpr.established_in_eea"`
	GDPRPublicAuthority           Attr[bool]     `attr:"gdpr.public_authority"`
	GDPRLargeScaleMonitoring      Attr[bool]     `attr:"gdpr.large_scale_monitoring"`
	GDPRLargeScaleSpecialCategory Attr[bool]     `attr:"gdpr.large_scale_special_category"`
	Headcount                     Attr[int64]    `attr:"headcount"`
}

// Account is cloud account or on-premises site; the scope of most coverage statements.
type Account struct {
	Provider                        Attr[string]          `attr:"provider" enum:"aws,onprem"`
	Environment                     Attr[string]          `attr:"environment" enum:"prod,nonprod,shared"`
	RootMFAEnabled                  Attr[bool]            `attr:"root.mfa_enabled" plane:"observed"`
	RootMFAPhishingResistant        Attr[bool]            `attr:"root.mfa_phishing_resistant" plane:"observed"` // hardware or passkey
	RootAccessKeyCount              Attr[int64]           `attr:"root.access_key_count" plane:"observed"`
	RootLastUsedAt                  Attr[Time]            `attr:"root.last_used_at" null:"true" plane:"observed"` // null = never
	RootCredentialsManagedCentrally Attr[bool]            `attr:"root.credentials_managed_centrally" plane:"observed"`
	ContactsSecurity                Attr[string]          `attr:"contacts.security"`          // e-mail
	ObjectPublicAccessBlock         Attr[bool]            `attr:"object_public_access_block"` // all four flags
	Regions                         Attr[[]AccountRegion] `attr:"regions"`
	OrganizationAccounts            Attr[[]string]        `attr:"organization_accounts"`          // list of account uids in the same AWS organisation
	ProviderAgreements              Attr[[]string]        `attr:"provider_agreements" enum:"baa"` // (from AWS Artifact attestation)
}

// AccountRegion is one element of Account.Regions.
type AccountRegion struct {
	Name                 Attr[string] `attr:"name"`
	Enabled              Attr[bool]   `attr:"enabled"`
	EBSDefaultEncryption Attr[bool]   `attr:"ebs_default_encryption"`
	Used                 Attr[bool]   `attr:"used"` // derived
}

// Principal is something that can authenticate.
type Principal struct {
	Type                 Attr[string]                    `attr:"type" enum:"human,workload,root,service_linked"`
	Source               Attr[string]                    `attr:"source" enum:"aws_iam,aws_identity_center,linux,idp"`
	Name                 Attr[string]                    `attr:"name"`
	Enabled              Attr[bool]                      `attr:"enabled"`
	Interactive          Attr[bool]                      `attr:"interactive"` // console password, interactive shell or IdP login
	CreatedAt            Attr[Time]                      `attr:"created_at" plane:"observed"`
	DisabledAt           Attr[Time]                      `attr:"disabled_at" null:"true" plane:"observed"`  // or null
	LastUsedAt           Attr[Time]                      `attr:"last_used_at" null:"true" plane:"observed"` // null = never
	Purpose              Attr[string]                    `attr:"purpose" enum:"standard,admin,break_glass,service"`
	Shared               Attr[bool]                      `attr:"shared"` // declared or generic-name rule
	MFAEnabled           Attr[bool]                      `attr:"mfa.enabled" plane:"observed"`
	MFAPhishingResistant Attr[bool]                      `attr:"mfa.phishing_resistant" plane:"observed"`
	Groups               Attr[[]string]                  `attr:"groups"` // list of entity UIDs
	DirectPolicyCount    Attr[int64]                     `attr:"direct_policy_count"`
	Privileged           Attr[bool]                      `attr:"privileged"`       // derived (effective permissions)
	EscalationPaths      Attr[[]PrincipalEscalationPath] `attr:"escalation_paths"` // derived
	Email                Attr[string]                    `attr:"email"`
}

// PrincipalEscalationPath is one element of Principal.EscalationPaths.
type PrincipalEscalationPath struct {
	Name  Attr[string]   `attr:"name"`  // the technique, such as "iam:CreatePolicyVersion"
	Steps Attr[[]string] `attr:"steps"` // the calls, in order
}

// Role is assumable permission set.
type Role struct {
	HumanAssumable    Attr[bool]                      `attr:"human_assumable"` // derived from trust
	Trust             Attr[[]RoleTrust]               `attr:"trust"`
	MaxSessionSeconds Attr[int64]                     `attr:"max_session_seconds"`                       // seconds
	LastUsedAt        Attr[Time]                      `attr:"last_used_at" null:"true" plane:"observed"` // or null
	Privileged        Attr[bool]                      `attr:"privileged"`                                // derived
	EscalationPaths   Attr[[]PrincipalEscalationPath] `attr:"escalation_paths"`                          // derived
}

// RoleTrust is one element of Role.Trust.
type RoleTrust struct {
	Principal               Attr[string] `attr:"principal"`
	PrincipalType           Attr[string] `attr:"principal_type" enum:"account,service,federated,any"`
	External                Attr[bool]   `attr:"external"` // outside organization_accounts
	ConditionsMFA           Attr[bool]   `attr:"conditions.mfa"`
	ConditionsExternalID    Attr[bool]   `attr:"conditions.external_id"`
	ConditionsOrgID         Attr[bool]   `attr:"conditions.org_id"`
	ConditionsSubjectPinned Attr[bool]   `attr:"conditions.subject_pinned"`
}

// Policy is permission document, normalised.
type Policy struct {
	ManagedBy  Attr[string]            `attr:"managed_by" enum:"provider,customer,inline,resource"`
	Statements Attr[[]PolicyStatement] `attr:"statements"`  // list of {effect, actions[], not_actions[], resources[], not_resources[], conditions{}}
	AttachedTo Attr[[]string]          `attr:"attached_to"` // list of entity UIDs
}

// PolicyStatement is one element of Policy.Statements.
type PolicyStatement struct {
	Effect        Attr[string]   `attr:"effect"`
	Actions       Attr[[]string] `attr:"actions"`
	NotActions    Attr[[]string] `attr:"not_actions"`
	Resources     Attr[[]string] `attr:"resources"`
	NotResources  Attr[[]string] `attr:"not_resources"`
	Principals    Attr[[]string] `attr:"principals"` // "*", account ids, ARNs, service names; resource policies only
	NotPrincipals Attr[[]string] `attr:"not_principals"`
	// Conditions maps an operator to condition keys to their values, as written.
	Conditions Attr[map[string]any] `attr:"conditions"`
}

// Credential is secret or key that proves identity.
type Credential struct {
	Type       Attr[string] `attr:"type" enum:"password,access_key,ssh_key,api_token,mfa_device,certificate"`
	Active     Attr[bool]   `attr:"active"`
	InUse      Attr[bool]   `attr:"in_use" plane:"observed"`
	CreatedAt  Attr[Time]   `attr:"created_at" plane:"observed"`
	RotatedAt  Attr[Time]   `attr:"rotated_at" null:"true" plane:"observed"`   // or null
	LastUsedAt Attr[Time]   `attr:"last_used_at" null:"true" plane:"observed"` // or null
	ExpiresAt  Attr[Time]   `attr:"expires_at" null:"true"`                    // or null
	KeySpec    Attr[string] `attr:"key_spec"`                                  // for example RSA_2048
}

// Secret is stored secret value (the value itself is never collected).
type Secret struct {
	Location           Attr[string] `attr:"location" enum:"secret_store,iac_source,iac_state,user_data,env_plain,host_file_world_readable"`
	Detector           Attr[string] `attr:"detector"`   // rule that found it
	ValueHMAC          Attr[string] `attr:"value_hmac"` // keyed hash for de-duplication
	RotationEnabled    Attr[bool]   `attr:"rotation.enabled"`
	RotationPeriodDays Attr[int64]  `attr:"rotation.period_days"` // days
}

// AuthPolicy is password, lockout and session policy of an account, IdP or host.
type AuthPolicy struct {
	Scope                     Attr[string] `attr:"scope"` // entity UID
	MFARequired               Attr[bool]   `attr:"mfa_required"`
	MinLength                 Attr[int64]  `attr:"min_length"`                   // characters
	ReusePrevention           Attr[int64]  `attr:"reuse_prevention"`             // passwords
	MaxAgeDays                Attr[int64]  `attr:"max_age_days" null:"true"`     // days or null
	LockoutThreshold          Attr[int64]  `attr:"lockout.threshold"`            // attempts or 0
	LockoutWindowSeconds      Attr[int64]  `attr:"lockout.window_seconds"`       // seconds
	SessionIdleTimeoutSeconds Attr[int64]  `attr:"session.idle_timeout_seconds"` // seconds or 0
	SessionMaxSeconds         Attr[int64]  `attr:"session.max_seconds"`          // seconds
}
