package scenario

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// keys are the keys that other resources use.
type keys struct{ clinical, lab string }

// bucket is the name of a bucket of this account; names of buckets are global.
func (b *builder) bucket(name string) string { return fmt.Sprintf("stbrigid-%s-%s", b.account, name) }

// keyring makes the keys of KMS.
func (b *builder) keyring(ctx context.Context) (keys, error) {
	client := kms.NewFromConfig(b.config)
	create := func(name string, labels []string) (*kmstypes.KeyMetadata, error) {
		made, err := client.CreateKey(ctx, &kms.CreateKeyInput{
			Description: &name,
			Tags:        tags(func(key, value *string) kmstypes.Tag { return kmstypes.Tag{TagKey: key, TagValue: value} }, name, labels),
		})
		if err != nil {
			return nil, err
		}
		b.made("AWS::KMS::Key", 1)
		_, err = client.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String("alias/stbrigid-" + name), TargetKeyId: made.KeyMetadata.KeyId})
		return made.KeyMetadata, err
	}
	good, err := create("clinical", clinical)
	if err != nil {
		return keys{}, err
	}
	if _, err := client.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: good.KeyId}); err != nil {
		return keys{}, err
	}
	lab, err := create("lab", clinical)
	if err != nil {
		return keys{}, err
	}
	doomed, err := create("doomed", operational)
	if err != nil {
		return keys{}, err
	}
	if _, err := client.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: doomed.KeyId, PendingWindowInDays: aws.Int32(7)}); err != nil {
		return keys{}, err
	}
	b.fact("key", *good.Arn, "rotation.enabled", true)
	b.fact("key", *good.Arn, "state", "enabled")
	b.fact("key", *lab.Arn, "rotation.enabled", false)
	b.fact("key", *doomed.Arn, "state", "pending_deletion")
	b.finds("enc.key_lifecycle", *good.Arn, "pass", "rotates yearly; the default policy names the account only")
	b.finds("enc.key_lifecycle", *lab.Arn, "fail", "does not rotate")
	return keys{clinical: *good.Arn, lab: *lab.Arn}, nil
}

// store is a bucket of the hospital's.
type store struct {
	name      string
	labels    []string
	key       string // of KMS; "" leaves the provider's default
	versioned bool
	blocked   bool // public access
	policy    *string
	acl       s3types.BucketCannedACL
	lock      int32 // days in compliance mode
	expire    int32 // days
	log       bool  // access, to the audit bucket
}

// buckets makes the buckets of S3.
func (b *builder) buckets(ctx context.Context, k keys) error {
	arn := func(name string) string { return "arn:aws:s3:::" + b.bucket(name) }
	deny := map[string]any{
		"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": []string{arn("documents"), arn("documents") + "/*"},
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
	}
	open := map[string]any{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": arn("results") + "/*"}
	deliver := func(service string) map[string]any {
		return map[string]any{
			"Effect": "Allow", "Principal": map[string]any{"Service": service}, "Action": "s3:PutObject", "Resource": arn("audit") + "/*",
			"Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": b.account}},
		}
	}
	stores := []store{
		{
			name: "audit", labels: audit, key: k.clinical, versioned: true, blocked: true, lock: 365,
			policy: document(deliver("logging.s3.amazonaws.com"), deliver("cloudtrail.amazonaws.com")),
		},
		{
			name: "documents", labels: clinical, key: k.clinical, versioned: true, blocked: true, policy: document(deny),
			expire: 2922, log: true,
		},
		{name: "results", labels: clinical, policy: document(open)},
		{name: "leaflets", labels: operational, acl: s3types.BucketCannedACLPublicRead},
		{name: "scratch"},
	}
	client := s3.NewFromConfig(b.config)
	for i := range stores {
		if err := b.store(ctx, client, &stores[i]); err != nil {
			return fmt.Errorf("bucket %s: %w", stores[i].name, err)
		}
	}
	for name, public := range map[string]bool{"audit": false, "documents": false, "results": true, "leaflets": true} {
		b.fact("bucket", arn(name), "exposure.public", public)
	}
	b.fact("bucket", arn("documents"), "encryption.key_management", "customer")
	b.fact("bucket", arn("documents"), "encryption.in_transit_required", true)
	b.fact("bucket", arn("results"), "encryption.source", "provider_default")
	b.fact("bucket", arn("results"), "encryption.in_transit_required", false)
	b.fact("bucket", arn("audit"), "immutability.mode", "compliance")
	b.fact("bucket", arn("audit"), "immutability.days", 365)
	b.finds("net.datastore_private", arn("documents"), "pass", "public access is blocked")
	b.finds("net.datastore_private", arn("results"), "fail", "its policy lets anybody read, and nothing blocks it")
	b.finds("net.datastore_private", arn("leaflets"), "fail", "its ACL lets anybody read, and nothing blocks it")
	b.finds("enc.customer_keys", arn("documents"), "pass", "restricted data under a key of the account's")
	b.finds("enc.customer_keys", arn("results"), "fail", "restricted data under the provider's default")
	b.finds("data.classified", arn("scratch"), "fail", "carries no label")
	return nil
}

// store makes a bucket and its settings.
func (b *builder) store(ctx context.Context, client *s3.Client, s *store) error {
	name := aws.String(b.bucket(s.name))
	in := &s3.CreateBucketInput{Bucket: name, ACL: s.acl, ObjectLockEnabledForBucket: aws.Bool(s.lock > 0)}
	if b.region != "us-east-1" {
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(b.region)}
	}
	if s.acl != "" {
		in.ObjectOwnership = s3types.ObjectOwnershipObjectWriter
	}
	if _, err := client.CreateBucket(ctx, in); err != nil {
		return err
	}
	b.made("AWS::S3::Bucket", 1)
	b.fact("bucket", "arn:aws:s3:::"+*name, "versioning", s.versioned)
	steps := []func(context.Context, *s3.Client, *string, *store) error{labelStore, protectStore, keepStore}
	for _, step := range steps {
		if err := step(ctx, client, name, s); err != nil {
			return err
		}
	}
	if !s.log {
		return nil
	}
	_, err := client.PutBucketLogging(ctx, &s3.PutBucketLoggingInput{Bucket: name, BucketLoggingStatus: &s3types.BucketLoggingStatus{
		LoggingEnabled: &s3types.LoggingEnabled{TargetBucket: aws.String(b.bucket("audit")), TargetPrefix: aws.String(s.name + "/")},
	}})
	return err
}

// labelStore tags a bucket and encrypts it.
func labelStore(ctx context.Context, client *s3.Client, name *string, s *store) error {
	if s.labels != nil {
		if _, err := client.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: name, Tagging: &s3types.Tagging{
			TagSet: tags(func(key, value *string) s3types.Tag { return s3types.Tag{Key: key, Value: value} }, s.name, s.labels),
		}}); err != nil {
			return err
		}
	}
	encryption := &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAes256}
	if s.key != "" {
		encryption = &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAwsKms, KMSMasterKeyID: &s.key}
	}
	_, err := client.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: name,
		ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{
			Rules: []s3types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: encryption}},
		},
	})
	return err
}

// protectStore sets who may reach a bucket.
func protectStore(ctx context.Context, client *s3.Client, name *string, s *store) error {
	if s.blocked {
		if _, err := client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
			Bucket: name,
			PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
				BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true),
				RestrictPublicBuckets: aws.Bool(true),
			},
		}); err != nil {
			return err
		}
	}
	if s.policy == nil {
		return nil
	}
	_, err := client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: s.policy})
	return err
}

// keepStore sets what a bucket keeps and how long.
func keepStore(ctx context.Context, client *s3.Client, name *string, s *store) error {
	if s.versioned {
		if _, err := client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket: name, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled},
		}); err != nil {
			return err
		}
	}
	if s.lock > 0 {
		if _, err := client.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{
			Bucket: name, ObjectLockConfiguration: &s3types.ObjectLockConfiguration{
				ObjectLockEnabled: s3types.ObjectLockEnabledEnabled,
				Rule: &s3types.ObjectLockRule{DefaultRetention: &s3types.DefaultRetention{
					Mode: s3types.ObjectLockRetentionModeCompliance, Days: &s.lock,
				}},
			},
		}); err != nil {
			return err
		}
	}
	if s.expire == 0 {
		return nil
	}
	_, err := client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: name, LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: []s3types.LifecycleRule{{
			ID: aws.String("expire"), Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("")},
			Expiration: &s3types.LifecycleExpiration{Days: &s.expire},
		}}},
	})
	return err
}

// databases makes the databases of RDS and DynamoDB.
func (b *builder) databases(ctx context.Context, k keys, subnets []string) error {
	client := rds.NewFromConfig(b.config)
	group, parameters := aws.String("records"), aws.String("records-tls")
	tag := func(key, value *string) rdstypes.Tag { return rdstypes.Tag{Key: key, Value: value} }
	if _, err := client.CreateDBSubnetGroup(ctx, &rds.CreateDBSubnetGroupInput{
		DBSubnetGroupName: group, DBSubnetGroupDescription: group, SubnetIds: subnets,
	}); err != nil {
		return err
	}
	if _, err := client.CreateDBParameterGroup(ctx, &rds.CreateDBParameterGroupInput{
		DBParameterGroupName: parameters, DBParameterGroupFamily: aws.String("postgres17"), Description: parameters,
	}); err != nil {
		return err
	}
	if _, err := client.ModifyDBParameterGroup(ctx, &rds.ModifyDBParameterGroupInput{
		DBParameterGroupName: parameters,
		Parameters: []rdstypes.Parameter{{
			ParameterName: aws.String("rds.force_ssl"), ParameterValue: aws.String("1"), ApplyMethod: rdstypes.ApplyMethodImmediate,
		}},
	}); err != nil {
		return err
	}
	instances := []*rds.CreateDBInstanceInput{
		{
			DBInstanceIdentifier: aws.String("records"), StorageEncrypted: aws.Bool(true), KmsKeyId: &k.clinical, MultiAZ: aws.Bool(true),
			BackupRetentionPeriod: aws.Int32(35), DeletionProtection: aws.Bool(true), AutoMinorVersionUpgrade: aws.Bool(true),
			PubliclyAccessible: aws.Bool(false), DBParameterGroupName: parameters, EngineVersion: aws.String("17.2"),
			Tags: tags(tag, "records", clinical),
		},
		{
			DBInstanceIdentifier: aws.String("lims"), StorageEncrypted: aws.Bool(false), MultiAZ: aws.Bool(false),
			BackupRetentionPeriod: aws.Int32(0), DeletionProtection: aws.Bool(false), AutoMinorVersionUpgrade: aws.Bool(false),
			PubliclyAccessible: aws.Bool(true), EngineVersion: aws.String("11.22"), Tags: tags(tag, "lims", clinical),
		},
	}
	for _, in := range instances {
		in.Engine, in.DBInstanceClass, in.AllocatedStorage = aws.String("postgres"), aws.String("db.r6g.large"), aws.Int32(100)
		in.MasterUsername, in.MasterUserPassword, in.DBSubnetGroupName = aws.String("owner"), aws.String("not-a-real-secret"), group
		if _, err := client.CreateDBInstance(ctx, in); err != nil {
			return err
		}
		b.made("AWS::RDS::DBInstance", 1)
		arn := b.arn("rds", "db:"+*in.DBInstanceIdentifier)
		b.fact("database", arn, "encryption.at_rest", *in.StorageEncrypted)
		b.fact("database", arn, "deletion_protection", *in.DeletionProtection)
		b.fact("database", arn, "auto_minor_upgrade", *in.AutoMinorVersionUpgrade)
		b.fact("database", arn, "backup.native_retention_days", int(*in.BackupRetentionPeriod))
	}
	b.finds("enc.at_rest", b.arn("rds", "db:records"), "pass", "storage is encrypted")
	b.finds("enc.at_rest", b.arn("rds", "db:lims"), "fail", "storage is not encrypted")
	b.finds("enc.transit_datastores", b.arn("rds", "db:records"), "pass", "rds.force_ssl is 1 in its parameter group")
	b.finds("patch.supported_versions", b.arn("rds", "db:lims"), "fail", "PostgreSQL 11 ended in 2023")
	return b.tables(ctx, k)
}

// tables makes the tables of DynamoDB.
func (b *builder) tables(ctx context.Context, k keys) error {
	client := dynamodb.NewFromConfig(b.config)
	for _, name := range []string{"appointments", "drafts"} {
		in := &dynamodb.CreateTableInput{
			TableName: aws.String(name), BillingMode: ddb.BillingModePayPerRequest,
			AttributeDefinitions:      []ddb.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: ddb.ScalarAttributeTypeS}},
			KeySchema:                 []ddb.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: ddb.KeyTypeHash}},
			DeletionProtectionEnabled: aws.Bool(name == "appointments"),
			Tags:                      tags(func(key, value *string) ddb.Tag { return ddb.Tag{Key: key, Value: value} }, name, clinical),
		}
		if name == "appointments" {
			in.SSESpecification = &ddb.SSESpecification{Enabled: aws.Bool(true), SSEType: ddb.SSETypeKms, KMSMasterKeyId: &k.clinical}
		}
		if _, err := client.CreateTable(ctx, in); err != nil {
			return err
		}
		b.made("AWS::DynamoDB::Table", 1)
		b.fact("database", b.arn("dynamodb", "table/"+name), "backup.pitr", name == "appointments")
		b.fact("database", b.arn("dynamodb", "table/"+name), "deletion_protection", name == "appointments")
	}
	_, err := client.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
		TableName:                        aws.String("appointments"),
		PointInTimeRecoverySpecification: &ddb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)},
	})
	return err
}

// filesAndSecrets makes a filesystem and the secrets of Secrets Manager.
func (b *builder) filesAndSecrets(ctx context.Context, k keys) error {
	files, err := efs.NewFromConfig(b.config).CreateFileSystem(ctx, &efs.CreateFileSystemInput{
		CreationToken: aws.String("charts"), Encrypted: aws.Bool(true), KmsKeyId: &k.clinical, Backup: aws.Bool(true),
		Tags: tags(func(key, value *string) efstypes.Tag { return efstypes.Tag{Key: key, Value: value} }, "charts", clinical),
	})
	if err != nil {
		return err
	}
	b.made("AWS::EFS::FileSystem", 1)
	b.fact("filesystem", aws.ToString(files.FileSystemArn), "encryption.at_rest", true)
	b.fact("filesystem", aws.ToString(files.FileSystemArn), "encryption.key_management", "customer")
	_, err = secretsmanager.NewFromConfig(b.config).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String("records/database"), KmsKeyId: &k.clinical, SecretString: aws.String("awslab-canary-secret-value"),
		Tags: tags(func(key, value *string) smtypes.Tag { return smtypes.Tag{Key: key, Value: value} }, "records/database", clinical),
	})
	b.made("AWS::SecretsManager::Secret", 1)
	return err
}
