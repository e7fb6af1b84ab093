package kind

// Hosts.

// Host is a machine: an EC2 instance or the template of a scaling group, a server, a workstation, a laptop, a network device.
// Terraform states what code can; what runs inside is read by the host collector, and AWS adds what Systems Manager reports.
type Host struct {
	// What sort of machine it is.
	Kind Attr[string] `attr:"kind" enum:"server,workstation,laptop,mobile,network_device,vm,container_host"`
	// The name that the machine gives itself.
	Hostname Attr[string] `attr:"hostname"`
	// What it is for, by its label; unknown without one.
	Environment Attr[string] `attr:"environment" enum:"prod,nonprod,shared"`
	// Name of the operating system, as /etc/os-release writes it (ID).
	OSName Attr[string] `attr:"os.name"`
	// Version of the operating system, as /etc/os-release writes it (VERSION_ID).
	OSVersion Attr[string] `attr:"os.version"`
	// Day on which its maker ends support for the operating system, by Assay's end-of-life table.
	OSEOLOn Attr[Date] `attr:"os.eol_on"`
	// When it last answered or reported.
	LastSeenAt Attr[Time] `attr:"last_seen_at" plane:"observed"`
	// UID of the cloud role (or instance profile) whose temporary credentials it has; null = none. Not applicable outside of the
	// cloud.
	InstanceRole Attr[string] `attr:"instance_role" null:"true"`
	// Long-lived cloud keys found on it, or in its user data; empty = searched and found none.
	StaticCloudKeys Attr[[]HostStaticCloudKey] `attr:"static_cloud_keys"`
	// Ways to administer it from elsewhere; empty = none.
	RemoteAccessPaths Attr[[]HostRemoteAccessPath] `attr:"remote_access_paths"`
	// Whether all of its disks are encrypted, the boot partition left out.
	DiskEncrypted Attr[bool] `attr:"disk.encrypted"`
	// Mount points of writable file systems that are not encrypted, the boot partition left out; empty = none.
	DiskUnencryptedMounts Attr[[]string] `attr:"disk.unencrypted_mounts"`
	// Effective PermitRootLogin of sshd: yes, no, prohibit-password or forced-commands-only.
	SSHPermitRootLogin Attr[string] `attr:"ssh.permit_root_login"`
	// Effective PasswordAuthentication of sshd.
	SSHPasswordAuthentication Attr[bool] `attr:"ssh.password_authentication"`
	// Effective PermitEmptyPasswords of sshd.
	SSHPermitEmptyPasswords Attr[bool] `attr:"ssh.permit_empty_passwords"`
	// Effective AuthenticationMethods of sshd, as sshd -T prints it; "any" = one method is enough.
	SSHAuthenticationMethods Attr[string] `attr:"ssh.authentication_methods"`
	// Effective ClientAliveInterval of sshd, in seconds; 0 = idle clients are not asked.
	SSHClientAliveIntervalSeconds Attr[int64] `attr:"ssh.client_alive_interval_seconds"`
	// Effective ClientAliveCountMax of sshd: unanswered questions before it disconnects.
	SSHClientAliveCountMax Attr[int64] `attr:"ssh.client_alive_count_max"`
	// Ciphers that sshd accepts.
	SSHCiphers Attr[[]string] `attr:"ssh.ciphers"`
	// Message authentication codes that sshd accepts.
	SSHMACs Attr[[]string] `attr:"ssh.macs"`
	// Key exchange methods that sshd accepts.
	SSHKEX Attr[[]string] `attr:"ssh.kex"`
	// Whether PAM asks for a second factor at login.
	PAMMFA Attr[bool] `attr:"pam.mfa"`
	// Failed attempts after which PAM locks a login; 0 = never.
	PAMLockoutThreshold Attr[int64] `attr:"pam.lockout_threshold"`
	// Seconds without input after which interactive shells end (TMOUT); 0 = never.
	ShellTMOUTSeconds Attr[int64] `attr:"shell.tmout_seconds"`
	// Seconds without input after which the screen locks; 0 = never. Not applicable without a desktop.
	ScreenLockSeconds Attr[int64] `attr:"screen_lock_seconds"`
	// Login accounts of the machine.
	Accounts Attr[[]HostAccount] `attr:"accounts"`
	// Rules of sudo.
	SudoRules Attr[[]HostSudoRule] `attr:"sudo.rules"`
	// System-wide cryptographic policy, such as "DEFAULT" or "LEGACY"; not applicable where the distribution has none.
	CryptoPolicy Attr[string] `attr:"crypto_policy"`
	// Plaintext remote services that listen, such as telnet, ftp or rsh; empty = none.
	LegacyServices Attr[[]string] `attr:"legacy_services"`
	// What happens to USB storage; not applicable to virtual machines.
	RemovableStorage Attr[string] `attr:"removable_storage" enum:"blocked,encrypted_only,allowed"`
	// Whether the audit daemon runs and starts at boot.
	AuditdEnabled Attr[bool] `attr:"auditd.enabled"`
	// Whether the audit rules are locked until the next boot (auditctl -e 2).
	AuditdImmutable Attr[bool] `attr:"auditd.immutable"`
	// Classes of events that the audit rules record.
	AuditRulesCovers Attr[[]string] `attr:"audit_rules.covers" enum:"logins,privilege,identity,time,audit_config"`
	// Whether the clock follows a time source.
	TimeSynchronised Attr[bool] `attr:"time.synchronised"`
	// Distance of the clock from its source, in milliseconds.
	TimeOffsetMS Attr[int64] `attr:"time.offset_ms"`
	// Version of the kernel that runs.
	KernelRunning Attr[string] `attr:"kernel.running"`
	// Newest version of the kernel that is installed.
	KernelInstalledLatest Attr[string] `attr:"kernel.installed_latest"`
	// Whether an installed update waits for a restart.
	RebootRequired Attr[bool] `attr:"reboot_required"`
	// Since when a restart has been due; not applicable while none is.
	RebootRequiredSince Attr[Time] `attr:"reboot_required_since"`
	// When firmware updates were last looked for; not applicable to virtual machines, whose firmware is the provider's.
	FirmwareCheckedAt Attr[Time] `attr:"firmware.checked_at"`
	// Firmware updates that are not installed; empty = none. Not applicable to virtual machines.
	FirmwarePending Attr[[]HostFirmwarePending] `attr:"firmware.pending"`
	// When a scanner last searched it for vulnerabilities; null = a scanner that knows it never did.
	VulnLastScanAt Attr[Time] `attr:"vuln_last_scan_at" plane:"observed" null:"true"`
	// The highest level of the data that it holds, by its label; null = no label.
	DataClassification Attr[string] `attr:"data.classification" null:"true"`
	// Categories of data that it holds, by its label; null = no label.
	DataCategories Attr[[]string] `attr:"data.categories" null:"true" enum:"phi,personal,special_category,payment,credentials,none"`
	// How critical it is, by its own label; null = no label.
	Criticality Attr[string] `attr:"criticality" enum:"critical,high,medium,low" null:"true"`
	// Whether it is rebuilt from an image and holds no data of its own, as the members of a scaling group.
	Stateless Attr[bool] `attr:"stateless"`
	// Whether the host is sensitive, as derived.sensitive of a datastore.
	DerivedSensitive Attr[bool] `attr:"derived.sensitive" derived:"true"`
	// How critical the host is, as derived.criticality of a datastore; null = no source states it.
	DerivedCriticality Attr[string] `attr:"derived.criticality" enum:"critical,high,medium,low" null:"true" derived:"true"`
	// The recovery point objective that binds the host, in minutes, as derived.rpo_minutes of a datastore; null = none is stated.
	DerivedRPOMinutes Attr[int64] `attr:"derived.rpo_minutes" null:"true" derived:"true"`
}

// HostStaticCloudKey is one long-lived cloud key found on a host.
type HostStaticCloudKey struct {
	// The file, or the argument and its line, where it stands.
	Path Attr[string] `attr:"path"`
	// Keyed hash of the key, which tells equal keys apart from different ones; not applicable where the text was not kept.
	HMAC Attr[string] `attr:"hmac"`
}

// HostRemoteAccessPath is one way to administer a host.
type HostRemoteAccessPath struct {
	// What lets the caller in, such as a port or a session service.
	Via Attr[string] `attr:"via"`
	// From where: an address range, or the UID of a boundary, network or VPN.
	Source Attr[string] `attr:"source"`
}

// HostAccount is one login account of a host.
type HostAccount struct {
	// Its login name.
	Name Attr[string] `attr:"name"`
	// Its numeric user id in the system; 0 has all rights.
	UID Attr[int64] `attr:"uid"`
	// Whether it has a password; the password's hash is not collected.
	PasswordState Attr[string] `attr:"password_state" enum:"set,empty,locked"`
	// When it last logged in; null = never.
	LastLoginAt Attr[Time] `attr:"last_login_at" null:"true"`
}

// HostSudoRule is one rule of sudo.
type HostSudoRule struct {
	// The user or group that it speaks of, without "%".
	Subject Attr[string] `attr:"subject"`
	// Whether the subject is a user or a group.
	SubjectType Attr[string] `attr:"subject_type" enum:"user,group"`
	// Whether it allows every command without a password.
	NoPasswdAll Attr[bool] `attr:"nopasswd_all"`
}

// HostFirmwarePending is one firmware update that is not installed.
type HostFirmwarePending struct {
	// The maker's identifier of the update.
	ID Attr[string] `attr:"id"`
	// Day on which it was released.
	ReleasedOn Attr[Date] `attr:"released_on"`
}

// Agent is security software on a host, as the host or the software's console reports it; the relation runs_on leads to the host.
type Agent struct {
	// What it does.
	Type Attr[string] `attr:"type" enum:"antivirus,edr,fim,patch,backup,log_forwarder,mdm"`
	// Name of the product.
	Product Attr[string] `attr:"product"`
	// Whether it is installed; false also where a product of the type was looked for on the host and none was found.
	Installed Attr[bool] `attr:"installed"`
	// Whether it runs.
	Running Attr[bool] `attr:"running"`
	// Whether it stops what it finds, when a file is opened or a process acts, or only reports it; not applicable to agents that do
	// neither.
	Mode Attr[string] `attr:"mode" enum:"detect,prevent"`
	// Date of its newest signatures; not applicable to agents without signatures.
	DefinitionsAt Attr[Time] `attr:"definitions_at"`
	// When it last scanned; not applicable to software that watches continuously instead.
	LastScanAt Attr[Time] `attr:"last_scan_at"`
	// When its console last heard of it.
	LastCheckinAt Attr[Time] `attr:"last_checkin_at"`
	// UID of the detector that receives its reports; null = it reports to none.
	Console Attr[string] `attr:"console" null:"true"`
	// Whether the baseline of file integrity monitoring is signed or kept off the host; not applicable to other agents.
	BaselineProtected Attr[bool] `attr:"baseline_protected"`
}

// PatchState is the update status of a host or managed service; the relation runs_on leads to it. Terraform states only how updates
// install.
type PatchState struct {
	// When missing updates were last looked for.
	CheckedAt Attr[Time] `attr:"checked_at"`
	// When updates were last installed.
	LastPatchedAt Attr[Time] `attr:"last_patched_at"`
	// What installs updates by itself; none where nothing does.
	AutoMechanism Attr[string] `attr:"auto_mechanism" enum:"none,unattended,dnf_automatic,ssm_patch_policy,image_pipeline,mdm"`
	// The tool that reports or installs the updates.
	ManagedBy Attr[string] `attr:"managed_by"`
	// Updates that are available and not installed; empty = none.
	Pending Attr[[]PatchStatePending] `attr:"pending"`
}

// PatchStatePending is one update that is not installed.
type PatchStatePending struct {
	// Identifier of the update or of its advisory.
	ID Attr[string] `attr:"id"`
	// CVE numbers that it mends; empty = none is named.
	CVE Attr[[]string] `attr:"cve"`
	// Its maker's rating, on the common scale; "unknown" where the maker rates none.
	Severity Attr[string] `attr:"severity" enum:"critical,high,medium,low,unknown"`
	// When its maker published it; deadlines count from here where nothing tells when it was first seen missing.
	AvailableAt Attr[Time] `attr:"available_at"`
	// When it was first seen missing here. Deadlines count from the later of the two.
	FirstSeenAt Attr[Time] `attr:"first_seen_at"`
}

// ManagedService is a function, container service, cluster or platform whose runtime has a version.
type ManagedService struct {
	// Runtime and version as the provider names them; "container image" where an image brings its own.
	Runtime Attr[string] `attr:"runtime"`
	// Day on which support for the runtime ends, by Assay's end-of-life table; null = supported, no end announced. Not applicable
	// where the provider moves it forward.
	RuntimeEOLOn Attr[Date] `attr:"runtime_eol_on" null:"true"`
}
