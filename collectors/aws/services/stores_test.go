package services

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	efstypes "github.com/aws/aws-sdk-go-v2/service/efs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	cachetypes "github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/aws/aws-sdk-go-v2/service/fsx"
	fsxtypes "github.com/aws/aws-sdk-go-v2/service/fsx/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	searchtypes "github.com/aws/aws-sdk-go-v2/service/opensearch/types"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secrettypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

const (
	// openPolicy lets everybody do what %s names; securePolicy refuses everybody without TLS.
	openTopic   = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"}]}`
	openQueue   = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]}`
	secureQueue = `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*",` +
		`"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	secureFiles = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"*","Resource":"*",` +
		`"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
)

func TestDynamoDBInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := dynamodb.NewFromConfig(l.config)
	table := func(name string, change func(*dynamodb.CreateTableInput)) {
		in := &dynamodb.CreateTableInput{
			TableName: &name, BillingMode: ddb.BillingModePayPerRequest,
			AttributeDefinitions: []ddb.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: ddb.ScalarAttributeTypeS}},
			KeySchema:            []ddb.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: ddb.KeyTypeHash}},
		}
		change(in)
		got(client.CreateTable(ctx, in))(t)
	}
	table("good", func(in *dynamodb.CreateTableInput) {
		in.SSESpecification = &ddb.SSESpecification{Enabled: aws.Bool(true), SSEType: ddb.SSETypeKms, KMSMasterKeyId: &l.key}
		in.DeletionProtectionEnabled = aws.Bool(true)
		in.Tags = []ddb.Tag{{Key: aws.String("data-classification"), Value: aws.String("restricted")}}
	})
	got(client.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
		TableName: aws.String("good"), PointInTimeRecoverySpecification: &ddb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)},
	}))(t)
	got(client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: aws.String("good"), TimeToLiveSpecification: &ddb.TimeToLiveSpecification{Enabled: aws.Bool(true), AttributeName: aws.String("ttl")},
	}))(t)
	got(client.CreateBackup(ctx, &dynamodb.CreateBackupInput{TableName: aws.String("good"), BackupName: aws.String("by-hand")}))(t)
	table("plain", func(*dynamodb.CreateTableInput) {})
	b := l.collect("dynamodb")
	complete(t, b)
	l.matches("dynamodb", b)
}

func TestElastiCacheInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := elasticache.NewFromConfig(l.config)
	got(client.CreateCacheSubnetGroup(ctx, &elasticache.CreateCacheSubnetGroupInput{
		CacheSubnetGroupName: aws.String("private"), CacheSubnetGroupDescription: aws.String("private"), SubnetIds: l.private,
	}))(t)
	got(client.CreateReplicationGroup(ctx, &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: aws.String("good"), ReplicationGroupDescription: aws.String("good"), Engine: aws.String("redis"), EngineVersion: aws.String("7.1"),
		AtRestEncryptionEnabled: aws.Bool(true), KmsKeyId: &l.key, TransitEncryptionEnabled: aws.Bool(true), MultiAZEnabled: aws.Bool(true),
		AutomaticFailoverEnabled: aws.Bool(true), NumCacheClusters: aws.Int32(2), CacheNodeType: aws.String("cache.t3.micro"),
		CacheSubnetGroupName: aws.String("private"), SecurityGroupIds: []string{l.group}, SnapshotRetentionLimit: aws.Int32(7),
		Tags: []cachetypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
	}))(t)
	got(client.CreateCacheCluster(ctx, &elasticache.CreateCacheClusterInput{
		CacheClusterId: aws.String("bad"), Engine: aws.String("memcached"), EngineVersion: aws.String("1.6.22"), NumCacheNodes: aws.Int32(1),
		CacheNodeType: aws.String("cache.t3.micro"), CacheSubnetGroupName: aws.String("private"),
	}))(t)
	l.matches("elasticache", l.collect("elasticache"))
}

func TestOpenSearchInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := opensearch.NewFromConfig(l.config)
	got(client.CreateDomain(ctx, &opensearch.CreateDomainInput{
		DomainName: aws.String("good"), EngineVersion: aws.String("OpenSearch_2.11"),
		EncryptionAtRestOptions: &searchtypes.EncryptionAtRestOptions{Enabled: aws.Bool(true), KmsKeyId: &l.key},
		DomainEndpointOptions:   &searchtypes.DomainEndpointOptions{EnforceHTTPS: aws.Bool(true)},
		ClusterConfig:           &searchtypes.ClusterConfig{ZoneAwarenessEnabled: aws.Bool(true)},
		VPCOptions:              &searchtypes.VPCOptions{SubnetIds: l.private, SecurityGroupIds: []string{l.group}},
		SoftwareUpdateOptions:   &searchtypes.SoftwareUpdateOptions{AutoSoftwareUpdateEnabled: aws.Bool(true)},
		LogPublishingOptions: map[string]searchtypes.LogPublishingOption{"AUDIT_LOGS": {
			Enabled: aws.Bool(true), CloudWatchLogsLogGroupArn: aws.String("arn:aws:logs:eu-west-1:123456789012:log-group:audit:*"),
		}},
	}))(t)
	got(client.CreateDomain(ctx, &opensearch.CreateDomainInput{
		DomainName: aws.String("bad"), EngineVersion: aws.String("Elasticsearch_7.10"),
		AccessPolicies: aws.String(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"es:*","Resource":"*"}]}`),
	}))(t)
	b := l.collect("opensearch")
	complete(t, b)
	l.matches("opensearch", b)
}

func TestRedshiftInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := redshift.NewFromConfig(l.config)
	got(client.CreateClusterSubnetGroup(ctx, &redshift.CreateClusterSubnetGroupInput{
		ClusterSubnetGroupName: aws.String("private"), Description: aws.String("private"), SubnetIds: l.private,
	}))(t)
	got(client.CreateCluster(ctx, &redshift.CreateClusterInput{
		ClusterIdentifier: aws.String("good"), NodeType: aws.String("ra3.xlplus"), MasterUsername: aws.String("u"), MasterUserPassword: aws.String("Password1"),
		Encrypted: aws.Bool(true), KmsKeyId: &l.key, PubliclyAccessible: aws.Bool(false), ClusterSubnetGroupName: aws.String("private"),
		VpcSecurityGroupIds: []string{l.group}, AutomatedSnapshotRetentionPeriod: aws.Int32(7),
		Tags: []redshifttypes.Tag{{Key: aws.String("data-categories"), Value: aws.String("phi")}},
	}))(t)
	got(client.EnableLogging(ctx, &redshift.EnableLoggingInput{
		ClusterIdentifier: aws.String("good"), LogDestinationType: redshifttypes.LogDestinationTypeCloudwatch, LogExports: []string{"useractivitylog"},
	}))(t)
	got(client.EnableSnapshotCopy(ctx, &redshift.EnableSnapshotCopyInput{
		ClusterIdentifier: aws.String("good"), DestinationRegion: aws.String("eu-central-1"), SnapshotCopyGrantName: aws.String("grant"),
	}))(t)
	got(client.CreateClusterSnapshot(ctx, &redshift.CreateClusterSnapshotInput{
		ClusterIdentifier: aws.String("good"), SnapshotIdentifier: aws.String("by-hand"),
	}))(t)
	got(client.CreateCluster(ctx, &redshift.CreateClusterInput{
		ClusterIdentifier: aws.String("bad"), NodeType: aws.String("ra3.xlplus"), MasterUsername: aws.String("u"), MasterUserPassword: aws.String("Password1"),
		Encrypted: aws.Bool(false), PubliclyAccessible: aws.Bool(true), AllowVersionUpgrade: aws.Bool(false),
	}))(t)
	l.matches("redshift", l.collect("redshift"))
}

func TestKinesisInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := kinesis.NewFromConfig(l.config)
	for _, name := range []string{"good", "plain"} {
		got(client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: aws.String(name), ShardCount: aws.Int32(1)}))(t)
	}
	got(client.StartStreamEncryption(ctx, &kinesis.StartStreamEncryptionInput{
		StreamName: aws.String("good"), EncryptionType: kinesistypes.EncryptionTypeKms, KeyId: &l.key,
	}))(t)
	got(client.AddTagsToStream(ctx, &kinesis.AddTagsToStreamInput{StreamName: aws.String("good"), Tags: map[string]string{"Environment": "prod"}}))(t)
	b := l.collect("kinesis")
	complete(t, b)
	l.matches("kinesis", b)
}

func TestEFSInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := efs.NewFromConfig(l.config)
	good := got(client.CreateFileSystem(ctx, &efs.CreateFileSystemInput{
		CreationToken: aws.String("good"), Encrypted: aws.Bool(true), KmsKeyId: &l.key, Backup: aws.Bool(true),
		Tags: []efstypes.Tag{{Key: aws.String("Name"), Value: aws.String("good")}, {Key: aws.String("Environment"), Value: aws.String("prod")}},
	}))(t)
	l.call(aws.ToString(good.FileSystemId), "fs-GOOD")
	got(client.PutFileSystemPolicy(ctx, &efs.PutFileSystemPolicyInput{FileSystemId: good.FileSystemId, Policy: aws.String(secureFiles)}))(t)
	got(client.CreateMountTarget(ctx, &efs.CreateMountTargetInput{
		FileSystemId: good.FileSystemId, SubnetId: aws.String(l.private[0]), SecurityGroups: []string{l.group},
	}))(t)
	plain := got(client.CreateFileSystem(ctx, &efs.CreateFileSystemInput{CreationToken: aws.String("plain")}))(t)
	l.call(aws.ToString(plain.FileSystemId), "fs-PLAIN")
	l.matches("efs", l.collect("efs"))
}

func TestFSxInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := fsx.NewFromConfig(l.config)
	made := got(client.CreateFileSystem(ctx, &fsx.CreateFileSystemInput{
		FileSystemType: fsxtypes.FileSystemTypeLustre, StorageCapacity: aws.Int32(1200), SubnetIds: l.private[:1], KmsKeyId: &l.key,
		LustreConfiguration: &fsxtypes.CreateFileSystemLustreConfiguration{
			DeploymentType: fsxtypes.LustreDeploymentTypePersistent2, AutomaticBackupRetentionDays: aws.Int32(7),
		},
		Tags: []fsxtypes.Tag{{Key: aws.String("Name"), Value: aws.String("scratch")}, {Key: aws.String("Environment"), Value: aws.String("dev")}},
	}))(t)
	l.call(aws.ToString(made.FileSystem.FileSystemId), "fs-LUSTRE")
	backup := got(client.CreateBackup(ctx, &fsx.CreateBackupInput{FileSystemId: made.FileSystem.FileSystemId}))(t)
	l.call(aws.ToString(backup.Backup.BackupId), "backup-ONE")
	l.matches("fsx", l.collect("fsx"))
}

func TestSQSInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := sqs.NewFromConfig(l.config)
	for name, attributes := range map[string]map[string]string{
		"good":  {"KmsMasterKeyId": l.key, "Policy": secureQueue, "MessageRetentionPeriod": "1209600"},
		"bad":   {"SqsManagedSseEnabled": "false", "Policy": openQueue},
		"plain": {},
	} {
		got(client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name), Attributes: attributes, Tags: map[string]string{"Environment": "prod"}}))(t)
	}
	b := l.collect("sqs")
	complete(t, b)
	l.matches("sqs", b)
}

func TestSNSInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := sns.NewFromConfig(l.config)
	for name, attributes := range map[string]map[string]string{
		"good": {"KmsMasterKeyId": "alias/aws/sns"}, "bad": {"Policy": openTopic}, "plain": {},
	} {
		got(client.CreateTopic(ctx, &sns.CreateTopicInput{
			Name: aws.String(name), Attributes: attributes, Tags: []snstypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
		}))(t)
	}
	b := l.collect("sns")
	complete(t, b)
	l.matches("sns", b)
}

func TestSecretsInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := secretsmanager.NewFromConfig(l.config)
	for name, key := range map[string]*string{"plain": nil, "keyed": &l.key} {
		got(client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
			Name: aws.String(name), SecretString: aws.String("never shown"), KmsKeyId: key,
			Tags: []secrettypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
		}))(t)
	}
	parameters := ssm.NewFromConfig(l.config)
	for name, typ := range map[string]ssmtypes.ParameterType{
		"/app/secret": ssmtypes.ParameterTypeSecureString, "/app/plain": ssmtypes.ParameterTypeString,
	} {
		got(parameters.PutParameter(ctx, &ssm.PutParameterInput{Name: aws.String(name), Type: typ, Value: aws.String("never shown")}))(t)
	}
	for _, service := range []string{"secretsmanager", "ssm"} {
		b := l.collect(service)
		complete(t, b)
		l.matches(service, b)
	}
}

func TestECRInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := ecr.NewFromConfig(l.config)
	got(client.CreateRepository(ctx, &ecr.CreateRepositoryInput{
		RepositoryName:          aws.String("app/good"),
		EncryptionConfiguration: &ecrtypes.EncryptionConfiguration{EncryptionType: ecrtypes.EncryptionTypeKms, KmsKey: &l.key},
		Tags:                    []ecrtypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
	}))(t)
	got(client.PutLifecyclePolicy(ctx, &ecr.PutLifecyclePolicyInput{RepositoryName: aws.String("app/good"), LifecyclePolicyText: aws.String(
		`{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":90},` +
			`"action":{"type":"expire"}}]}`)}))(t)
	got(client.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("bad")}))(t)
	got(client.SetRepositoryPolicy(ctx, &ecr.SetRepositoryPolicyInput{RepositoryName: aws.String("bad"), PolicyText: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Sid":"all","Effect":"Allow","Principal":"*","Action":["ecr:BatchGetImage"]}]}`)}))(t)
	got(client.PutReplicationConfiguration(ctx, &ecr.PutReplicationConfigurationInput{
		ReplicationConfiguration: &ecrtypes.ReplicationConfiguration{Rules: []ecrtypes.ReplicationRule{{
			Destinations:      []ecrtypes.ReplicationDestination{{Region: aws.String("eu-central-1"), RegistryId: &l.account.ID}},
			RepositoryFilters: []ecrtypes.RepositoryFilter{{Filter: aws.String("app/"), FilterType: ecrtypes.RepositoryFilterTypePrefixMatch}},
		}}},
	}))(t)
	b := l.collect("ecr")
	complete(t, b)
	l.matches("ecr", b)
}
