package kind

// Data.

// Datastore is the facet of everything that holds data: bucket, database, volume, snapshot, filesystem, queue, stream,
// cache, search, log_group, image and share.
type Datastore struct {
	KindDetail                  Attr[string]   `attr:"kind_detail" enum:"bucket,database,volume,snapshot,filesystem,queue,stream,cache,search,log_group,image,share"`
	Account                     Attr[string]   `attr:"account"` // entity UID
	Environment                 Attr[string]   `attr:"environment" null:"true" enum:"prod,nonprod,shared"`
	LocationRegion              Attr[string]   `attr:"location.region"`
	LocationCountry             Attr[string]   `attr:"location.country"`                // ISO 3166-1 alpha-2
	LocationSite                Attr[string]   `attr:"location.site"`                   // on-premises
	DataClassification          Attr[string]   `attr:"data.classification" null:"true"` // member of the scheme
	DataCategories              Attr[[]string] `attr:"data.categories" null:"true" enum:"phi,personal,special_category,payment,credentials,none"`
	DataOwner                   Attr[string]   `attr:"data.owner" null:"true"`          // person or team uid
	DataAdministrator           Attr[string]   `attr:"data.administrator" null:"true"`  // person or team uid
	DataRetentionDays           Attr[int64]    `attr:"data.retention_days" null:"true"` // days
	DataDeidentified            Attr[bool]     `attr:"data.deidentified" null:"true"`
	Criticality                 Attr[string]   `attr:"criticality" null:"true" enum:"critical,high,medium,low"`
	RecordClass                 Attr[string]   `attr:"record_class" null:"true" enum:"none,audit,legal_hold,evidence"`
	EncryptionAtRest            Attr[bool]     `attr:"encryption.at_rest"`
	EncryptionKeyManagement     Attr[string]   `attr:"encryption.key_management" enum:"none,provider,customer"`
	EncryptionSource            Attr[string]   `attr:"encryption.source" enum:"explicit,provider_default"`
	EncryptionInTransitRequired Attr[bool]     `attr:"encryption.in_transit_required"`
	ExposurePublic              Attr[bool]     `attr:"exposure.public"` // effective
	ExposurePublicPaths         Attr[[]string] `attr:"exposure.public_paths" enum:"policy,acl,network,snapshot_share,url"`
	NetworkPlacement            Attr[string]   `attr:"network.placement" enum:"private,public,none"`
	Versioning                  Attr[bool]     `attr:"versioning"`
	DeletionProtection          Attr[bool]     `attr:"deletion_protection"`
	ImmutabilityMode            Attr[string]   `attr:"immutability.mode" enum:"none,governance,compliance"`
	ImmutabilityDays            Attr[int64]    `attr:"immutability.days"` // days
	IntegrityHashChain          Attr[bool]     `attr:"integrity.hash_chain"`
	Redundancy                  Attr[string]   `attr:"redundancy" enum:"single,multi_az,multi_region"`
	Engine                      Attr[string]   `attr:"engine"`
	EngineVersion               Attr[string]   `attr:"engine_version"`
	EngineEOLOn                 Attr[Date]     `attr:"engine_eol_on" null:"true"` // null = supported, no end announced
	AutoMinorUpgrade            Attr[bool]     `attr:"auto_minor_upgrade"`
	LoggingAccess               Attr[bool]     `attr:"logging.access"`
	BackupNativeRetentionDays   Attr[int64]    `attr:"backup.native_retention_days"` // days
	BackupPITR                  Attr[bool]     `attr:"backup.pitr"`
	BackupLatestRestorableAt    Attr[Time]     `attr:"backup.latest_restorable_at" plane:"observed"`
	LifecycleExpireDays         Attr[int64]    `attr:"lifecycle.expire_days" null:"true"` // days or null
	DiscoveryLastScanAt         Attr[Time]     `attr:"discovery.last_scan_at" plane:"observed"`
	DiscoveryFound              Attr[[]string] `attr:"discovery.found" enum:"phi,personal,special_category,payment,credentials,none" plane:"observed"`
	SizeBytes                   Attr[int64]    `attr:"size_bytes" plane:"observed"` // bytes
	// DerivedSensitive is whether the store is sensitive (controls.md section 2): labelled confidential or restricted, or
	// holding phi, personal or special_category data; unlabelled after its labels were read counts as sensitive.
	DerivedSensitive Attr[bool] `attr:"derived.sensitive" derived:"true"`
	// DerivedPersonal is whether the store holds personal data of any category.
	DerivedPersonal Attr[bool] `attr:"derived.personal" derived:"true"`
	// DerivedPHI is whether the store holds protected health information.
	DerivedPHI Attr[bool] `attr:"derived.phi" derived:"true"`
	// DerivedCriticality is the store's own criticality, else the highest of the business processes that depend on it,
	// else its asset's; null = no source states one.
	DerivedCriticality Attr[string] `attr:"derived.criticality" enum:"critical,high,medium,low" null:"true" derived:"true"`
	// DerivedRPOMinutes is the smallest recovery point objective of the dependent business processes; null = none states one.
	DerivedRPOMinutes Attr[int64] `attr:"derived.rpo_minutes" null:"true" derived:"true"`
}

// Volume is block device (EBS, disk); carries the datastore facet plus.
type Volume struct {
	AttachedHost Attr[string] `attr:"attached_host" null:"true"` // uid or null
}

// Key is encryption key.
type Key struct {
	State                 Attr[string] `attr:"state" enum:"enabled,disabled,pending_deletion"`
	Manager               Attr[string] `attr:"manager" enum:"provider,customer"`
	Spec                  Attr[string] `attr:"spec"`
	RotationEnabled       Attr[bool]   `attr:"rotation.enabled"`
	RotationPeriodDays    Attr[int64]  `attr:"rotation.period_days"` // days
	PolicyPublic          Attr[bool]   `attr:"policy.public"`
	PolicyWildcardDecrypt Attr[bool]   `attr:"policy.wildcard_decrypt"`
}
