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
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	redshifttypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secrettypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/internal/awslab"
)

const (
	// What lets everybody in, and what refuses everybody without TLS.
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
		must(client.CreateTable(ctx, in))(t)
	}
	table("good", func(in *dynamodb.CreateTableInput) {
		in.SSESpecification = &ddb.SSESpecification{Enabled: aws.Bool(true), SSEType: ddb.SSETypeKms, KMSMasterKeyId: &l.key}
		in.DeletionProtectionEnabled = aws.Bool(true)
		in.Tags = []ddb.Tag{{Key: aws.String("data-classification"), Value: aws.String("restricted")}}
	})
	must(client.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
		TableName: aws.String("good"), PointInTimeRecoverySpecification: &ddb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)},
	}))(t)
	must(client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: aws.String("good"), TimeToLiveSpecification: &ddb.TimeToLiveSpecification{Enabled: aws.Bool(true), AttributeName: aws.String("ttl")},
	}))(t)
	must(client.CreateBackup(ctx, &dynamodb.CreateBackupInput{TableName: aws.String("good"), BackupName: aws.String("by-hand")}))(t)
	table("plain", func(*dynamodb.CreateTableInput) {})
	l.matches("dynamodb")
}

// TestElastiCacheInMoto: the serverless cache is a fake, whose tags moto refuses to tell: its labels are unknown. Moto lists no cluster of a
// replication group; TestReplicationGroupWithItsCluster has one.
func TestElastiCacheInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := elasticache.NewFromConfig(l.config)
	must(client.CreateCacheSubnetGroup(ctx, &elasticache.CreateCacheSubnetGroupInput{
		CacheSubnetGroupName: aws.String("private"), CacheSubnetGroupDescription: aws.String("private"), SubnetIds: l.private,
	}))(t)
	must(client.CreateReplicationGroup(ctx, &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: aws.String("good"), ReplicationGroupDescription: aws.String("good"), Engine: aws.String("redis"), EngineVersion: aws.String("7.1"),
		AtRestEncryptionEnabled: aws.Bool(true), KmsKeyId: &l.key, TransitEncryptionEnabled: aws.Bool(true), MultiAZEnabled: aws.Bool(true),
		AutomaticFailoverEnabled: aws.Bool(true), NumCacheClusters: aws.Int32(2), CacheNodeType: aws.String("cache.t3.micro"),
		CacheSubnetGroupName: aws.String("private"), SecurityGroupIds: []string{l.group}, SnapshotRetentionLimit: aws.Int32(7),
		Tags: []cachetypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
	}))(t)
	must(client.CreateCacheCluster(ctx, &elasticache.CreateCacheClusterInput{
		CacheClusterId: aws.String("bad"), Engine: aws.String("memcached"), EngineVersion: aws.String("1.6.22"), NumCacheNodes: aws.Int32(1),
		CacheNodeType: aws.String("cache.t3.micro"), CacheSubnetGroupName: aws.String("private"),
	}))(t)
	l.fake("elasticache", "DescribeServerlessCaches", `<DescribeServerlessCachesResponse><DescribeServerlessCachesResult><ServerlessCaches><member>
		<ARN>arn:aws:elasticache:eu-west-1:123456789012:serverlesscache:burst</ARN><ServerlessCacheName>burst</ServerlessCacheName>
		<Engine>valkey</Engine><MajorEngineVersion>8</MajorEngineVersion><SubnetIds><SubnetId>PRIVATE1</SubnetId><SubnetId>PRIVATE2</SubnetId></SubnetIds>
		<SecurityGroupIds><SecurityGroupId>GROUP</SecurityGroupId></SecurityGroupIds><SnapshotRetentionLimit>3</SnapshotRetentionLimit>
		</member></ServerlessCaches></DescribeServerlessCachesResult></DescribeServerlessCachesResponse>`)
	l.matches("elasticache")
}

func TestOpenSearchInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := opensearch.NewFromConfig(l.config)
	must(client.CreateDomain(ctx, &opensearch.CreateDomainInput{
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
	must(client.CreateDomain(ctx, &opensearch.CreateDomainInput{
		DomainName: aws.String("bad"), EngineVersion: aws.String("Elasticsearch_7.10"),
		AccessPolicies: aws.String(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"es:*","Resource":"*"}]}`),
	}))(t)
	l.matches("opensearch")
}

func TestRedshiftInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := redshift.NewFromConfig(l.config)
	must(client.CreateClusterSubnetGroup(ctx, &redshift.CreateClusterSubnetGroupInput{
		ClusterSubnetGroupName: aws.String("private"), Description: aws.String("private"), SubnetIds: l.private,
	}))(t)
	must(client.CreateCluster(ctx, &redshift.CreateClusterInput{
		ClusterIdentifier: aws.String("good"), NodeType: aws.String("ra3.xlplus"), MasterUsername: aws.String("u"), MasterUserPassword: aws.String("Password1"),
		Encrypted: aws.Bool(true), KmsKeyId: &l.key, PubliclyAccessible: aws.Bool(false), ClusterSubnetGroupName: aws.String("private"),
		VpcSecurityGroupIds: []string{l.group}, AutomatedSnapshotRetentionPeriod: aws.Int32(7),
		Tags: []redshifttypes.Tag{{Key: aws.String("data-categories"), Value: aws.String("phi")}},
	}))(t)
	must(client.EnableLogging(ctx, &redshift.EnableLoggingInput{
		ClusterIdentifier: aws.String("good"), LogDestinationType: redshifttypes.LogDestinationTypeCloudwatch, LogExports: []string{"useractivitylog"},
	}))(t)
	must(client.EnableSnapshotCopy(ctx, &redshift.EnableSnapshotCopyInput{
		ClusterIdentifier: aws.String("good"), DestinationRegion: aws.String("eu-central-1"), SnapshotCopyGrantName: aws.String("grant"),
	}))(t)
	must(client.CreateClusterSnapshot(ctx, &redshift.CreateClusterSnapshotInput{
		ClusterIdentifier: aws.String("good"), SnapshotIdentifier: aws.String("by-hand"),
	}))(t)
	must(client.CreateCluster(ctx, &redshift.CreateClusterInput{
		ClusterIdentifier: aws.String("bad"), NodeType: aws.String("ra3.xlplus"), MasterUsername: aws.String("u"), MasterUserPassword: aws.String("Password1"),
		Encrypted: aws.Bool(false), PubliclyAccessible: aws.Bool(true), AllowVersionUpgrade: aws.Bool(false),
	}))(t)
	l.matches("redshift")
}

func TestKinesisInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := kinesis.NewFromConfig(l.config)
	for _, name := range []string{"good", "plain"} {
		must(client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: aws.String(name), ShardCount: aws.Int32(1)}))(t)
	}
	must(client.StartStreamEncryption(ctx, &kinesis.StartStreamEncryptionInput{
		StreamName: aws.String("good"), EncryptionType: kinesistypes.EncryptionTypeKms, KeyId: &l.key,
	}))(t)
	must(client.AddTagsToStream(ctx, &kinesis.AddTagsToStreamInput{StreamName: aws.String("good"), Tags: map[string]string{"Environment": "prod"}}))(t)
	l.matches("kinesis")
}

// TestEFSInMoto: the replication is a fake.
func TestEFSInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := efs.NewFromConfig(l.config)
	good := must(client.CreateFileSystem(ctx, &efs.CreateFileSystemInput{
		CreationToken: aws.String("good"), Encrypted: aws.Bool(true), KmsKeyId: &l.key, Backup: aws.Bool(true),
		Tags: []efstypes.Tag{{Key: aws.String("Name"), Value: aws.String("good")}, {Key: aws.String("Environment"), Value: aws.String("prod")}},
	}))(t)
	l.call(aws.ToString(good.FileSystemId), "fs-GOOD")
	must(client.PutFileSystemPolicy(ctx, &efs.PutFileSystemPolicyInput{FileSystemId: good.FileSystemId, Policy: aws.String(secureFiles)}))(t)
	must(client.CreateMountTarget(ctx, &efs.CreateMountTargetInput{
		FileSystemId: good.FileSystemId, SubnetId: aws.String(l.private[0]), SecurityGroups: []string{l.group},
	}))(t)
	plain := must(client.CreateFileSystem(ctx, &efs.CreateFileSystemInput{CreationToken: aws.String("plain")}))(t)
	l.call(aws.ToString(plain.FileSystemId), "fs-PLAIN")
	l.fake("elasticfilesystem", "DescribeReplicationConfigurations", `{"Replications":[{"SourceFileSystemId":"`+aws.ToString(good.FileSystemId)+`",
		"Destinations":[{"Region":"eu-central-1","FileSystemId":"fs-0123456789abcdef0","Status":"ENABLED"}]}]}`)
	l.matches("efs")
}

// TestFSxInMoto: the file system is moto's; backups and caches are fakes, because moto answers for the first with an error and does not know the
// second.
func TestFSxInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := fsx.NewFromConfig(l.config)
	made := must(client.CreateFileSystem(ctx, &fsx.CreateFileSystemInput{
		FileSystemType: fsxtypes.FileSystemTypeLustre, StorageCapacity: aws.Int32(1200), SubnetIds: l.private[:1], KmsKeyId: &l.key,
		LustreConfiguration: &fsxtypes.CreateFileSystemLustreConfiguration{
			DeploymentType: fsxtypes.LustreDeploymentTypePersistent2, AutomaticBackupRetentionDays: aws.Int32(7),
		},
		Tags: []fsxtypes.Tag{{Key: aws.String("Name"), Value: aws.String("scratch")}, {Key: aws.String("Environment"), Value: aws.String("dev")}},
	}))(t)
	l.call(aws.ToString(made.FileSystem.FileSystemId), "fs-LUSTRE")
	l.fake("fsx", "DescribeBackups", `{"Backups":[
		{"BackupId":"backup-1","Lifecycle":"AVAILABLE","Type":"AUTOMATIC","CreationTime":1604188800,"KmsKeyId":"KEYARN","SizeInBytes":4096,
		"ResourceARN":"arn:aws:fsx:eu-west-1:123456789012:backup/backup-1","FileSystem":{"ResourceARN":"`+aws.ToString(made.FileSystem.ResourceARN)+`",
		"LustreConfiguration":{"AutomaticBackupRetentionDays":7}}},
		{"BackupId":"backup-2","Lifecycle":"CREATING","Type":"USER_INITIATED","CreationTime":1604188800,"KmsKeyId":"KEYARN",
		"ResourceARN":"arn:aws:fsx:eu-west-1:123456789012:backup/backup-2","Volume":{"FileSystemId":"fs-0123456789abcdef0"}},
		{"BackupId":"backup-3","Lifecycle":"AVAILABLE","Type":"AWS_BACKUP","ResourceARN":"arn:aws:fsx:eu-west-1:123456789012:backup/backup-3"}]}`)
	l.fake("fsx", "DescribeFileCaches", `{"FileCaches":[{"FileCacheId":"fc-1","ResourceARN":"arn:aws:fsx:eu-west-1:123456789012:file-cache/fc-1",
		"SubnetIds":["PRIVATE1"],"KmsKeyId":"KEYARN"}]}`)
	l.fake("fsx", "ListTagsForResource", `{"Tags":[{"Key":"Environment","Value":"prod"}]}`)
	l.matches("fsx")
}

func TestSQSInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := sqs.NewFromConfig(l.config)
	for name, attributes := range map[string]map[string]string{
		"good":  {"KmsMasterKeyId": l.key, "Policy": secureQueue, "MessageRetentionPeriod": "1209600"},
		"bad":   {"SqsManagedSseEnabled": "false", "Policy": openQueue},
		"plain": {},
	} {
		must(client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name), Attributes: attributes, Tags: map[string]string{"Environment": "prod"}}))(t)
	}
	l.matches("sqs")
}

func TestSNSInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := sns.NewFromConfig(l.config)
	for name, attributes := range map[string]map[string]string{
		"good": {"KmsMasterKeyId": "alias/aws/sns"}, "bad": {"Policy": openTopic}, "plain": {},
	} {
		must(client.CreateTopic(ctx, &sns.CreateTopicInput{
			Name: aws.String(name), Attributes: attributes, Tags: []snstypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
		}))(t)
	}
	l.matches("sns")
}

func TestSecretsInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := secretsmanager.NewFromConfig(l.config)
	for name, key := range map[string]*string{"plain": nil, "keyed": &l.key} {
		must(client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
			Name: aws.String(name), SecretString: aws.String("never shown"), KmsKeyId: key,
			Tags: []secrettypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
		}))(t)
	}
	parameters := ssm.NewFromConfig(l.config)
	for name, typ := range map[string]ssmtypes.ParameterType{
		"/app/secret": ssmtypes.ParameterTypeSecureString, "/app/plain": ssmtypes.ParameterTypeString,
	} {
		must(parameters.PutParameter(ctx, &ssm.PutParameterInput{Name: aws.String(name), Type: typ, Value: aws.String("never shown")}))(t)
	}
	for _, service := range []string{"secretsmanager", "ssm"} {
		l.matches(service)
	}
}

func TestECRInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := ecr.NewFromConfig(l.config)
	must(client.CreateRepository(ctx, &ecr.CreateRepositoryInput{
		RepositoryName:          aws.String("app/good"),
		EncryptionConfiguration: &ecrtypes.EncryptionConfiguration{EncryptionType: ecrtypes.EncryptionTypeKms, KmsKey: &l.key},
		Tags:                    []ecrtypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
	}))(t)
	must(client.PutLifecyclePolicy(ctx, &ecr.PutLifecyclePolicyInput{RepositoryName: aws.String("app/good"), LifecyclePolicyText: aws.String(
		`{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":90},` +
			`"action":{"type":"expire"}}]}`)}))(t)
	must(client.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("bad")}))(t)
	must(client.SetRepositoryPolicy(ctx, &ecr.SetRepositoryPolicyInput{RepositoryName: aws.String("bad"), PolicyText: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Sid":"all","Effect":"Allow","Principal":"*","Action":["ecr:BatchGetImage"]}]}`)}))(t)
	must(client.PutReplicationConfiguration(ctx, &ecr.PutReplicationConfigurationInput{
		ReplicationConfiguration: &ecrtypes.ReplicationConfiguration{Rules: []ecrtypes.ReplicationRule{{
			Destinations:      []ecrtypes.ReplicationDestination{{Region: aws.String("eu-central-1"), RegistryId: &l.account.ID}},
			RepositoryFilters: []ecrtypes.RepositoryFilter{{Filter: aws.String("app/"), FilterType: ecrtypes.RepositoryFilterTypePrefixMatch}},
		}}},
	}))(t)
	l.matches("ecr")
}

// TestReplicationGroupWithItsCluster: all answers are fakes.
func TestReplicationGroupWithItsCluster(t *testing.T) {
	l := newStoreLab(t)
	l.fake("elasticache", "DescribeReplicationGroups", `<DescribeReplicationGroupsResponse><DescribeReplicationGroupsResult><ReplicationGroups>
		<ReplicationGroup><ARN>arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:grp</ARN><ReplicationGroupId>grp</ReplicationGroupId>
		<Engine>valkey</Engine><AtRestEncryptionEnabled>true</AtRestEncryptionEnabled><TransitEncryptionEnabled>true</TransitEncryptionEnabled>
		<TransitEncryptionMode>preferred</TransitEncryptionMode><MultiAZ>enabled</MultiAZ><AutoMinorVersionUpgrade>true</AutoMinorVersionUpgrade>
		<SnapshotRetentionLimit>0</SnapshotRetentionLimit></ReplicationGroup>
		</ReplicationGroups></DescribeReplicationGroupsResult></DescribeReplicationGroupsResponse>`)
	l.fake("elasticache", "DescribeCacheClusters", `<DescribeCacheClustersResponse><DescribeCacheClustersResult><CacheClusters>
		<CacheCluster><CacheClusterId>grp-001</CacheClusterId><ReplicationGroupId>grp</ReplicationGroupId><EngineVersion>7.2.6</EngineVersion>
		<CacheSubnetGroupName>inside</CacheSubnetGroupName><SecurityGroups><member><SecurityGroupId>GROUP</SecurityGroupId></member></SecurityGroups>
		</CacheCluster></CacheClusters></DescribeCacheClustersResult></DescribeCacheClustersResponse>`)
	l.fake("elasticache", "DescribeCacheSubnetGroups", `<DescribeCacheSubnetGroupsResponse><DescribeCacheSubnetGroupsResult><CacheSubnetGroups>
		<CacheSubnetGroup><CacheSubnetGroupName>inside</CacheSubnetGroupName><Subnets><Subnet><SubnetIdentifier>PRIVATE1</SubnetIdentifier></Subnet>
		</Subnets></CacheSubnetGroup></CacheSubnetGroups></DescribeCacheSubnetGroupsResult></DescribeCacheSubnetGroupsResponse>`)
	l.fake("elasticache", "DescribeServerlessCaches",
		`<DescribeServerlessCachesResponse><DescribeServerlessCachesResult/></DescribeServerlessCachesResponse>`)
	l.fake("elasticache", "ListTagsForResource", `<ListTagsForResourceResponse><ListTagsForResourceResult><TagList><Tag>
		<Key>criticality</Key><Value>High</Value></Tag></TagList></ListTagsForResourceResult></ListTagsForResourceResponse>`)
	l.matchesAs("elasticache", "elasticache-group")
}

// TestRedshiftSchedule: clusters and schedules are fakes.
func TestRedshiftSchedule(t *testing.T) {
	l := newStoreLab(t)
	l.fake("redshift", "DescribeClusters", `<DescribeClustersResponse><DescribeClustersResult><Clusters><Cluster>
		<ClusterIdentifier>timed</ClusterIdentifier><Encrypted>true</Encrypted><ClusterCreateTime>2020-01-01T00:00:00Z</ClusterCreateTime>
		<AutomatedSnapshotRetentionPeriod>3</AutomatedSnapshotRetentionPeriod><SnapshotScheduleIdentifier>plan</SnapshotScheduleIdentifier>
		<MultiAZ>Enabled</MultiAZ></Cluster></Clusters></DescribeClustersResult></DescribeClustersResponse>`)
	l.fake("redshift", "DescribeSnapshotSchedules", `<DescribeSnapshotSchedulesResponse><DescribeSnapshotSchedulesResult><SnapshotSchedules>
		<SnapshotSchedule><ScheduleDefinitions><ScheduleDefinition>rate(12 hours)</ScheduleDefinition><ScheduleDefinition>whenever</ScheduleDefinition>
		</ScheduleDefinitions></SnapshotSchedule></SnapshotSchedules></DescribeSnapshotSchedulesResult></DescribeSnapshotSchedulesResponse>`)
	l.fake("redshift", "DescribeLoggingStatus", `<DescribeLoggingStatusResponse><DescribeLoggingStatusResult><LoggingEnabled>true</LoggingEnabled>
		<BucketName>audit</BucketName></DescribeLoggingStatusResult></DescribeLoggingStatusResponse>`)
	l.matchesAs("redshift", "redshift-schedule")
}

// TestStoresDenied: what a call tells that is denied is unknown for that reason, and nothing else is. The denials are the proxy's.
func TestStoresDenied(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	must(sqs.NewFromConfig(l.config).CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("queue")}))(t)
	must(dynamodb.NewFromConfig(l.config).CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String("table"), BillingMode: ddb.BillingModePayPerRequest,
		AttributeDefinitions: []ddb.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: ddb.ScalarAttributeTypeS}},
		KeySchema:            []ddb.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: ddb.KeyTypeHash}},
	}))(t)
	must(kinesis.NewFromConfig(l.config).CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: aws.String("stream"), ShardCount: aws.Int32(1)}))(t)
	for _, m := range []awslab.Match{
		{Service: "sqs", Operation: "GetQueueAttributes"},
		{Service: "sqs", Operation: "ListQueueTags"},
		{Service: "dynamodb", Operation: "Describe*"},
		{Service: "kinesis", Operation: "DescribeStreamSummary"},
		{Service: "kinesis", Operation: "GetResourcePolicy"},
	} {
		l.proxy.Inject(m, awslab.Deny())
	}
	for _, service := range []string{"sqs", "dynamodb", "kinesis"} {
		l.matchesAs(service, service+"-denied")
	}
}

// TestOnlyNeededCallsOfStores: a check that reads one attribute of databases costs the lists and nothing for each store.
func TestOnlyNeededCallsOfStores(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	must(rds.NewFromConfig(l.config).CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("db"), Engine: aws.String("postgres"), DBInstanceClass: aws.String("db.t3.micro"), AllocatedStorage: aws.Int32(20),
		StorageEncrypted: aws.Bool(true), KmsKeyId: &l.key, MasterUsername: aws.String("u"), MasterUserPassword: aws.String("password1"),
	}))(t)
	must(dynamodb.NewFromConfig(l.config).CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String("table"), BillingMode: ddb.BillingModePayPerRequest,
		AttributeDefinitions: []ddb.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: ddb.ScalarAttributeTypeS}},
		KeySchema:            []ddb.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: ddb.KeyTypeHash}},
	}))(t)
	l.run.Needs = &collectors.Needs{Words: map[string]struct{}{"database": {}, "encryption.at_rest": {}}}
	at := map[string]any{}
	for _, service := range []string{"rds", "dynamodb"} {
		for _, e := range l.collect(t, service, storeRegion).Entities {
			if e.Kind == "database" {
				at[e.Name] = e.Attrs["encryption.at_rest"]
			}
		}
	}
	if diff := cmp.Diff(map[string]any{"db": true, "table": true}, at); diff != "" {
		t.Errorf("encryption.at_rest (-want +got):\n%s", diff)
	}
	want := map[string]int{"rds:DescribeDBInstances": 1, "rds:DescribeDBClusters": 1, "dynamodb:ListTables": 1}
	if diff := cmp.Diff(want, l.run.Stats.ByOperation()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}
