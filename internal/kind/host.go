package kind

// Hosts.

// Host is machine.
type Host struct {
	Kind                          Attr[string]                 `attr:"kind" enum:"server,workstation,laptop,mobile,network_device,vm,container_host"`
	Hostname                      Attr[string]                 `attr:"hostname"`
	Environment                   Attr[string]                 `attr:"environment" enum:"prod,nonprod"`
	OSName                        Attr[string]                 `attr:"os.name"`
	OSVersion                     Attr[string]                 `attr:"os.version"`
	OSEOLOn                       Attr[Date]                   `attr:"os.eol_on"`
	LastSeenAt                    Attr[Time]                   `attr:"last_seen_at" plane:"observed"`
	InstanceRole                  Attr[string]                 `attr:"instance_role" null:"true"` // uid or null
	StaticCloudKeys               Attr[[]HostStaticCloudKey]   `attr:"static_cloud_keys"`         // list of {path, hmac}
	RemoteAccessPaths             Attr[[]HostRemoteAccessPath] `attr:"remote_access_paths"`       // list of {via, source}
	DiskEncrypted                 Attr[bool]                   `attr:"disk.encrypted"`
	DiskUnencryptedMounts         Attr[[]string]               `attr:"disk.unencrypted_mounts"` // list
	SSHPermitRootLogin            Attr[string]                 `attr:"ssh.permit_root_login"`   // effective
	SSHPasswordAuthentication     Attr[bool]                   `attr:"ssh.password_authentication"`
	SSHPermitEmptyPasswords       Attr[bool]                   `attr:"ssh.permit_empty_passwords"`
	SSHAuthenticationMethods      Attr[string]                 `attr:"ssh.authentication_methods"`
	SSHClientAliveIntervalSeconds Attr[int64]                  `attr:"ssh.client_alive_interval_seconds"` // seconds
	SSHClientAliveCountMax        Attr[int64]                  `attr:"ssh.client_alive_count_max"`
	SSHCiphers                    Attr[[]string]               `attr:"ssh.ciphers"` // list
	SSHMACs                       Attr[[]string]               `attr:"ssh.macs"`    // list
	SSHKEX                        Attr[[]string]               `attr:"ssh.kex"`     // list
	PAMMFA                        Attr[bool]                   `attr:"pam.mfa"`
	PAMLockoutThreshold           Attr[int64]                  `attr:"pam.lockout_threshold"`
	ShellTMOUTSeconds             Attr[int64]                  `attr:"shell.tmout_seconds"` // seconds, 0 = none
	ScreenLockSeconds             Attr[int64]                  `attr:"screen_lock_seconds"` // seconds, 0 = none
	Accounts                      Attr[[]HostAccount]          `attr:"accounts"`
	SudoRules                     Attr[[]HostSudoRule]         `attr:"sudo.rules"`
	CryptoPolicy                  Attr[string]                 `attr:"crypto_policy"`
	LegacyServices                Attr[[]string]               `attr:"legacy_services"` // list
	RemovableStorage              Attr[string]                 `attr:"removable_storage" enum:"blocked,encrypted_only,allowed"`
	AuditdEnabled                 Attr[bool]                   `attr:"auditd.enabled"`
	AuditdImmutable               Attr[bool]                   `attr:"auditd.immutable"`
	AuditRulesCovers              Attr[[]string]               `attr:"audit_rules.covers" enum:"logins,privilege,identity,time,audit_config"`
	TimeSynchronised              Attr[bool]                   `attr:"time.synchronised"`
	TimeOffsetMS                  Attr[int64]                  `attr:"time.offset_ms"` // milliseconds
	KernelRunning                 Attr[string]                 `attr:"kernel.running"`
	KernelInstalledLatest         Attr[string]                 `attr:"kernel.installed_latest"`
	RebootRequired                Attr[bool]                   `attr:"reboot_required"`
	RebootRequiredSince           Attr[Time]                   `attr:"reboot_required_since"`
	FirmwareCheckedAt             Attr[Time]                   `attr:"firmware.checked_at"`
	FirmwarePending               Attr[[]HostFirmwarePending]  `attr:"firmware.pending"` // list of {id, released_on}
	VulnLastScanAt                Attr[Time]                   `attr:"vuln_last_scan_at" plane:"observed"`
	// DataClassification is the highest classification of the data that the host holds; null = no label.
	DataClassification Attr[string]   `attr:"data.classification" null:"true"`
	DataCategories     Attr[[]string] `attr:"data.categories" null:"true" enum:"phi,personal,special_category,payment,credentials,none"`
	Criticality        Attr[string]   `attr:"criticality" enum:"critical,high,medium,low" null:"true"`
	Stateless          Attr[bool]     `attr:"stateless"` // rebuilt from an image, holds no data of its own (an autoscaling group's member)
	// DerivedSensitive, DerivedCriticality and DerivedRPOMinutes are as on a datastore.
	DerivedSensitive   Attr[bool]   `attr:"derived.sensitive" derived:"true"`
	DerivedCriticality Attr[string] `attr:"derived.criticality" enum:"critical,high,medium,low" null:"true" derived:"true"`
	DerivedRPOMinutes  Attr[int64]  `attr:"derived.rpo_minutes" null:"true" derived:"true"`
}

// HostStaticCloudKey is one element of Host.StaticCloudKeys.
type HostStaticCloudKey struct {
	Path Attr[string] `attr:"path"`
	HMAC Attr[string] `attr:"hmac"`
}

// HostRemoteAccessPath is one element of Host.RemoteAccessPaths.
type HostRemoteAccessPath struct {
	Via    Attr[string] `attr:"via"`
	Source Attr[string] `attr:"source"`
}

// HostAccount is one element of Host.Accounts.
type HostAccount struct {
	Name          Attr[string] `attr:"name"`
	UID           Attr[int64]  `attr:"uid"`
	PasswordState Attr[string] `attr:"password_state" enum:"set,empty,locked"`
	LastLoginAt   Attr[Time]   `attr:"last_login_at" null:"true"` // or null
}

// HostSudoRule is one element of Host.SudoRules.
type HostSudoRule struct {
	Subject     Attr[string] `attr:"subject"`
	SubjectType Attr[string] `attr:"subject_type" enum:"user,group"`
	NoPasswdAll Attr[bool]   `attr:"nopasswd_all"`
}

// HostFirmwarePending is one element of Host.FirmwarePending.
type HostFirmwarePending struct {
	ID         Attr[string] `attr:"id"`
	ReleasedOn Attr[Date]   `attr:"released_on"`
}

// Agent is security software on a host.
type Agent struct {
	Type              Attr[string] `attr:"type" enum:"antivirus,edr,fim,patch,backup,log_forwarder,mdm"`
	Product           Attr[string] `attr:"product"`
	Installed         Attr[bool]   `attr:"installed"`
	Running           Attr[bool]   `attr:"running"`
	Mode              Attr[string] `attr:"mode" enum:"detect,prevent"`
	DefinitionsAt     Attr[Time]   `attr:"definitions_at"`
	LastScanAt        Attr[Time]   `attr:"last_scan_at"`
	LastCheckinAt     Attr[Time]   `attr:"last_checkin_at"`
	Console           Attr[string] `attr:"console"` // uid of a detector
	BaselineProtected Attr[bool]   `attr:"baseline_protected"`
}

// PatchState is update status of a host or managed service.
type PatchState struct {
	CheckedAt     Attr[Time]                `attr:"checked_at"`
	LastPatchedAt Attr[Time]                `attr:"last_patched_at"`
	AutoMechanism Attr[string]              `attr:"auto_mechanism" enum:"none,unattended,dnf_automatic,ssm_patch_policy,image_pipeline,mdm"`
	ManagedBy     Attr[string]              `attr:"managed_by"`
	Pending       Attr[[]PatchStatePending] `attr:"pending"`
}

// PatchStatePending is one element of PatchState.Pending.
type PatchStatePending struct {
	ID          Attr[string]   `attr:"id"`
	CVE         Attr[[]string] `attr:"cve"` // list
	Severity    Attr[string]   `attr:"severity" enum:"critical,high,medium,low,unknown"`
	AvailableAt Attr[Time]     `attr:"available_at"`
	FirstSeenAt Attr[Time]     `attr:"first_seen_at"`
}

// ManagedService is function, container service or runtime with a version.
type ManagedService struct {
	Runtime      Attr[string] `attr:"runtime"`
	RuntimeEOLOn Attr[Date]   `attr:"runtime_eol_on"`
}
