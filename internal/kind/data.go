package kind

// Data.

// Datastore is the facet of everything that holds data: bucket, database, volume, snapshot, filesystem, queue, stream, cache, search,
// log_group, image and share. Labels come from tags, in code or in the account, by the tag keys that assay.yaml names; a label is
// null where all tags are known and none of those keys is among them.
type Datastore struct {
	// The entity's kind, for checks that judge all stores at once.
	KindDetail Attr[string] `attr:"kind_detail" enum:"bucket,database,volume,snapshot,filesystem,queue,stream,cache,search,log_group,image,share"`
	// UID of the account that owns it.
	Account Attr[string] `attr:"account"`
	// What it is for, by its label: "prod" and "shared" by their usual names, any other label is nonprod; null = no label.
	Environment Attr[string] `attr:"environment" null:"true" enum:"prod,nonprod,shared"`
	// The provider's name of the region that holds it; not applicable on premises.
	LocationRegion Attr[string] `attr:"location.region"`
	// Country that holds it, as ISO 3166-1 alpha-2; in the cloud it follows from the region.
	LocationCountry Attr[string] `attr:"location.country"`
	// The site that holds it, on premises; not applicable in the cloud.
	LocationSite Attr[string] `attr:"location.site"`
	// Level of its data, a member of the classification scheme, in lower case; null = no label.
	DataClassification Attr[string] `attr:"data.classification" null:"true"`
	// Categories of data that it holds, by its label; "none" states that it holds none of them, null = no label.
	DataCategories Attr[[]string] `attr:"data.categories" null:"true" enum:"phi,personal,special_category,payment,credentials,none"`
	// The person or team that answers for the data, by key, e-mail address or name of the roster; null = no label.
	DataOwner Attr[string] `attr:"data.owner" null:"true"`
	// The person or team that administers the store, as data.owner; null = no label.
	DataAdministrator Attr[string] `attr:"data.administrator" null:"true"`
	// Days for which its data is to be kept, by its label; null = no label.
	DataRetentionDays Attr[int64] `attr:"data.retention_days" null:"true"`
	// Whether its data is labelled as de-identified; null = no label.
	DataDeidentified Attr[bool] `attr:"data.deidentified" null:"true"`
	// How critical it is, by its own label; null = no label. derived.criticality also looks at what depends on it.
	Criticality Attr[string] `attr:"criticality" null:"true" enum:"critical,high,medium,low"`
	// Class of records that must not be altered, by its label; null = no label.
	RecordClass Attr[string] `attr:"record_class" null:"true" enum:"none,audit,legal_hold,evidence"`
	// Whether what it stores is encrypted.
	EncryptionAtRest Attr[bool] `attr:"encryption.at_rest"`
	// Who manages the key: provider for keys of the service itself, customer for keys whose policy the organisation writes.
	EncryptionKeyManagement Attr[string] `attr:"encryption.key_management" enum:"none,provider,customer"`
	// Whether somebody chose the encryption or the provider applies it by default; not applicable to an unencrypted store.
	EncryptionSource Attr[string] `attr:"encryption.source" enum:"explicit,provider_default"`
	// Whether it refuses connections without TLS; not applicable to what has no network interface, such as a volume.
	EncryptionInTransitRequired Attr[bool] `attr:"encryption.in_transit_required"`
	// Whether anybody can reach or read it, all ways and blocks taken together.
	ExposurePublic Attr[bool] `attr:"exposure.public"`
	// The ways in which it is public; empty = none.
	ExposurePublicPaths Attr[[]string] `attr:"exposure.public_paths" enum:"policy,acl,network,snapshot_share,url"`
	// Whether its subnets have a route to the internet; none for services outside of any network of the customer.
	NetworkPlacement Attr[string] `attr:"network.placement" enum:"private,public,none"`
	// Whether it keeps earlier versions of what is overwritten or deleted; not applicable to stores that have no versions.
	Versioning Attr[bool] `attr:"versioning"`
	// Whether it refuses to be deleted until a switch is turned off; not applicable where the service has no such switch.
	DeletionProtection Attr[bool] `attr:"deletion_protection"`
	// Write-once protection: compliance binds everybody, governance yields to a special permission.
	ImmutabilityMode Attr[string] `attr:"immutability.mode" enum:"none,governance,compliance"`
	// Days for which new content is write-protected; a year counts as 365. Not applicable without a mode.
	ImmutabilityDays Attr[int64] `attr:"immutability.days"`
	// Whether its records are chained by hashes, as in a ledger; not applicable to ordinary stores.
	IntegrityHashChain Attr[bool] `attr:"integrity.hash_chain"`
	// The failure that it survives: none, the loss of a zone, or the loss of a region.
	Redundancy Attr[string] `attr:"redundancy" enum:"single,multi_az,multi_region"`
	// Product name of the engine, such as "postgres"; not applicable to stores without an engine of their own.
	Engine Attr[string] `attr:"engine"`
	// Version of the engine, as the source writes it; not applicable where there is none to choose.
	EngineVersion Attr[string] `attr:"engine_version"`
	// Day on which its maker ends support for the version, by Assay's end-of-life table; null = supported, no end announced.
	EngineEOLOn Attr[Date] `attr:"engine_eol_on" null:"true"`
	// Whether minor versions install by themselves; not applicable where there is no version to choose.
	AutoMinorUpgrade Attr[bool] `attr:"auto_minor_upgrade"`
	// Whether reads and writes of its content are recorded, by its own log or by a trail; not applicable to volumes and snapshots.
	LoggingAccess Attr[bool] `attr:"logging.access"`
	// Days for which the service keeps its own backups; 0 = it makes none.
	BackupNativeRetentionDays Attr[int64] `attr:"backup.native_retention_days"`
	// Whether it can be restored to any point in time within the retention.
	BackupPITR Attr[bool] `attr:"backup.pitr"`
	// Newest point in time to which it can be restored.
	BackupLatestRestorableAt Attr[Time] `attr:"backup.latest_restorable_at" plane:"observed"`
	// Days after which it deletes its content by itself; null = never.
	LifecycleExpireDays Attr[int64] `attr:"lifecycle.expire_days" null:"true"`
	// When a tool last searched its content for sensitive data; null = never, also where no such tool is on.
	DiscoveryLastScanAt Attr[Time] `attr:"discovery.last_scan_at" null:"true" plane:"observed"`
	// Categories that the search found; empty = searched and found none. Not applicable where nothing ever searched it.
	DiscoveryFound Attr[[]string] `attr:"discovery.found" enum:"phi,personal,special_category,payment,credentials,none" plane:"observed"`
	// Size of its content in bytes.
	SizeBytes Attr[int64] `attr:"size_bytes" plane:"observed"`
	// Whether the store is sensitive: labelled confidential or restricted, or holding phi, personal or special_category data; a store
	// without labels counts as sensitive once its labels were read. Its asset's labels count too.
	DerivedSensitive Attr[bool] `attr:"derived.sensitive" derived:"true"`
	// Whether the store holds personal data of any category (phi, personal or special_category); unknown without a category label.
	DerivedPersonal Attr[bool] `attr:"derived.personal" derived:"true"`
	// Whether the store holds protected health information; unknown without a category label.
	DerivedPHI Attr[bool] `attr:"derived.phi" derived:"true"`
	// The store's own criticality, else the highest of the business processes that depend on it, else its asset's; null = no source
	// states one.
	DerivedCriticality Attr[string] `attr:"derived.criticality" enum:"critical,high,medium,low" null:"true" derived:"true"`
	// The smallest recovery point objective of the business processes that depend on it, in minutes; null = the impact analysis was
	// read and states none.
	DerivedRPOMinutes Attr[int64] `attr:"derived.rpo_minutes" null:"true" derived:"true"`
}

// Volume is a block device: an EBS volume, also one that an instance or launch template declares within itself, or a disk.
type Volume struct {
	// UID of the host that it is attached to; null = of none, or of hosts that do not exist yet (a launch template's).
	AttachedHost Attr[string] `attr:"attached_host" null:"true"`
}

// Key is an encryption key: a KMS key, whoever made its material. Stores lead to it by the relation encrypted_by.
type Key struct {
	// Whether it can be used; pending_deletion means that what it encrypts is about to become unreadable. Code can state only the
	// other two.
	State Attr[string] `attr:"state" enum:"enabled,disabled,pending_deletion"`
	// Whose key it is: the provider's or the customer's.
	Manager Attr[string] `attr:"manager" enum:"provider,customer"`
	// Algorithm and size as the provider names them, such as "SYMMETRIC_DEFAULT".
	Spec Attr[string] `attr:"spec"`
	// Whether its material is replaced by itself; not applicable to asymmetric, imported and externally stored keys.
	RotationEnabled Attr[bool] `attr:"rotation.enabled"`
	// Days between two replacements; not applicable without rotation.
	RotationPeriodDays Attr[int64] `attr:"rotation.period_days"`
	// Whether its policy lets anybody use it.
	PolicyPublic Attr[bool] `attr:"policy.public"`
	// Whether its policy lets everybody decrypt without a condition that keeps most of them out.
	PolicyWildcardDecrypt Attr[bool] `attr:"policy.wildcard_decrypt"`
}
