package services

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dax"
	daxtypes "github.com/aws/aws-sdk-go-v2/service/dax/types"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	firehosetypes "github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/aws-sdk-go-v2/service/glacier"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	kinesistypes "github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesisvideo"
	"github.com/aws/aws-sdk-go-v2/service/opensearchserverless"
	aosstypes "github.com/aws/aws-sdk-go-v2/service/opensearchserverless/types"
	"github.com/aws/aws-sdk-go-v2/service/timestreaminfluxdb"
	influxtypes "github.com/aws/aws-sdk-go-v2/service/timestreaminfluxdb/types"
	"github.com/aws/aws-sdk-go-v2/service/timestreamwrite"
	timestreamtypes "github.com/aws/aws-sdk-go-v2/service/timestreamwrite/types"

	"github.com/assay-audit/assay/internal/awslab"
)

// TestDAXInMoto: moto has no subnet groups of DAX; those are fakes.
func TestDAXInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := dax.NewFromConfig(l.config)
	must(client.CreateCluster(ctx, &dax.CreateClusterInput{
		ClusterName: aws.String("good"), NodeType: aws.String("dax.t3.small"), ReplicationFactor: 3, IamRoleArn: aws.String("arn:aws:iam::123456789012:role/dax"),
		SubnetGroupName: aws.String("private"), SecurityGroupIds: []string{l.group}, SSESpecification: &daxtypes.SSESpecification{Enabled: aws.Bool(true)},
		ClusterEndpointEncryptionType: daxtypes.ClusterEndpointEncryptionTypeTls,
		Tags:                          []daxtypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
	}))(t)
	must(client.CreateCluster(ctx, &dax.CreateClusterInput{
		ClusterName: aws.String("bad"), NodeType: aws.String("dax.t3.small"), ReplicationFactor: 1, IamRoleArn: aws.String("arn:aws:iam::123456789012:role/dax"),
	}))(t)
	l.fake("dax", "DescribeSubnetGroups", `{"SubnetGroups":[{"SubnetGroupName":"default","Subnets":[{"SubnetIdentifier":"PRIVATE1"}]}]}`)
	l.matches("dax")
}

func TestTimestreamInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := timestreamwrite.NewFromConfig(l.config, func(o *timestreamwrite.Options) {
		o.EndpointDiscovery.EnableEndpointDiscovery = aws.EndpointDiscoveryDisabled // moto would name AWS's
	})
	for name, key := range map[string]*string{"keyed": &l.key, "plain": nil} {
		must(client.CreateDatabase(ctx, &timestreamwrite.CreateDatabaseInput{DatabaseName: &name, KmsKeyId: key}))(t)
		must(client.CreateTable(ctx, &timestreamwrite.CreateTableInput{
			DatabaseName: &name, TableName: aws.String("vitals"),
			RetentionProperties: &timestreamtypes.RetentionProperties{
				MagneticStoreRetentionPeriodInDays: aws.Int64(365), MemoryStoreRetentionPeriodInHours: aws.Int64(24),
			},
			Tags: []timestreamtypes.Tag{{Key: aws.String("data-categories"), Value: aws.String("phi")}},
		}))(t)
	}
	l.matches("timestreamwrite")
}

// TestTimestreamIsClosed: accounts that never used Timestream are refused, and have no table. The refusal is the proxy's.
func TestTimestreamIsClosed(t *testing.T) {
	l := newStoreLab(t)
	l.proxy.Inject(awslab.Match{Service: "timestream", Operation: "ListTables"}, awslab.Fail("AccessDeniedException", 403,
		"Only existing Timestream for LiveAnalytics customers can access the service. Reach out to AWS support, for more information."))
	l.matchesAs("timestreamwrite", "timestreamwrite-closed")
}

func TestOpenSearchServerlessInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := opensearchserverless.NewFromConfig(l.config)
	policy := func(name string, typ aosstypes.SecurityPolicyType, text string) {
		must(client.CreateSecurityPolicy(ctx, &opensearchserverless.CreateSecurityPolicyInput{Name: &name, Type: typ, Policy: &text}))(t)
	}
	policy("keys", aosstypes.SecurityPolicyTypeEncryption,
		`{"Rules":[{"ResourceType":"collection","Resource":["collection/records","collection/website"]}],"AWSOwnedKey":false,"KmsARN":"`+l.key+`"}`)
	policy("inside", aosstypes.SecurityPolicyTypeNetwork,
		`[{"Rules":[{"ResourceType":"collection","Resource":["collection/rec*"]},{"ResourceType":"dashboard","Resource":["collection/*"]}],"SourceVPCEs":["vpce-1"]}]`)
	policy("outside", aosstypes.SecurityPolicyTypeNetwork,
		`[{"Rules":[{"ResourceType":"collection","Resource":["collection/web*"]},{"ResourceType":"dashboard","Resource":["collection/*"]}],"AllowFromPublic":true}]`)
	for _, name := range []string{"records", "website"} {
		made := must(client.CreateCollection(ctx, &opensearchserverless.CreateCollectionInput{
			Name: &name, Tags: []aosstypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
		}))(t)
		l.call(aws.ToString(made.CreateCollectionDetail.Id), name)
	}
	l.matches("opensearchserverless")
}

// TestOpenSearchServerlessDenied: without the policies nobody can tell from where a collection can be reached.
func TestOpenSearchServerlessDenied(t *testing.T) {
	l := newStoreLab(t)
	l.fake("aoss", "ListCollections", `{"collectionSummaries":[{"arn":"arn:aws:aoss:eu-west-1:123456789012:collection/c-1","id":"c-1","name":"one",
		"kmsKeyArn":"auto"}]}`)
	l.fake("aoss", "BatchGetCollection", `{"collectionDetails":[{"id":"c-1","standbyReplicas":"DISABLED","deletionProtection":"ENABLED"}]}`)
	l.fake("aoss", "ListSecurityPolicies", `{"securityPolicySummaries":[{"name":"hidden","type":"network"}]}`)
	l.proxy.Inject(awslab.Match{Service: "aoss", Operation: "GetSecurityPolicy"}, awslab.Deny())
	l.proxy.Inject(awslab.Match{Service: "aoss", Operation: "ListTagsForResource"}, awslab.Deny())
	l.matchesAs("opensearchserverless", "opensearchserverless-denied")
}

// TestDocDBElastic: all answers are fakes, because moto does not have the service.
func TestDocDBElastic(t *testing.T) {
	l := newStoreLab(t)
	l.fake("docdb-elastic", "ListClusters", `{"clusters":[{"clusterArn":"arn:aws:docdb-elastic:eu-west-1:123456789012:cluster/c-1","clusterName":"one",
		"status":"ACTIVE"}]}`)
	l.fake("docdb-elastic", "GetCluster", `{"cluster":{"kmsKeyId":"KEYARN","subnetIds":["PRIVATE1","PRIVATE2"],"vpcSecurityGroupIds":["GROUP"],
		"backupRetentionPeriod":7}}`)
	snapshots := awslab.Match{Service: "docdb-elastic", Operation: "ListClusterSnapshots"}
	for i, name := range []string{"by-hand", "daily"} { // those that somebody made are asked for first
		l.proxy.Inject(snapshots, awslab.Answer(`{"snapshots":[{"snapshotArn":"arn:aws:docdb-elastic:eu-west-1:123456789012:cluster-snapshot/`+name+`",
			"clusterArn":"arn:aws:docdb-elastic:eu-west-1:123456789012:cluster/c-1","snapshotName":"`+name+`","status":"ACTIVE",
			"snapshotCreationTime":"2020-11-01T00:00:00Z"}]}`).After(i).Times(1))
	}
	l.fake("docdb-elastic", "GetClusterSnapshot", `{"snapshot":{"kmsKeyId":"KEYARN"}}`)
	l.fake("docdb-elastic", "ListTagsForResource", `{"tags":{"Environment":"prod"}}`)
	l.matches("docdbelastic")
}

// TestDocDBElasticDenied: what only the descriptions tell is unknown. The lists are fakes, the denials the proxy's.
func TestDocDBElasticDenied(t *testing.T) {
	l := newStoreLab(t)
	l.fake("docdb-elastic", "ListClusters", `{"clusters":[{"clusterArn":"arn:aws:docdb-elastic:eu-west-1:123456789012:cluster/c-1","clusterName":"one",
		"status":"ACTIVE"}]}`)
	snapshots := awslab.Match{Service: "docdb-elastic", Operation: "ListClusterSnapshots"}
	l.proxy.Inject(snapshots, awslab.Answer(`{"snapshots":[{"snapshotArn":"arn:aws:docdb-elastic:eu-west-1:123456789012:cluster-snapshot/s-1",
		"clusterArn":"arn:aws:docdb-elastic:eu-west-1:123456789012:cluster/c-1","snapshotName":"s","status":"CREATING","snapshotCreationTime":"soon"}]}`).Times(1))
	l.proxy.Inject(snapshots, awslab.Answer(`{"snapshots":[]}`).After(1))
	for _, operation := range []string{"GetCluster", "GetClusterSnapshot", "ListTagsForResource"} {
		l.proxy.Inject(awslab.Match{Service: "docdb-elastic", Operation: operation}, awslab.Deny())
	}
	l.matchesAs("docdbelastic", "docdbelastic-denied")
}

// TestNeptuneGraph: all answers are fakes, because moto does not have the service.
func TestNeptuneGraph(t *testing.T) {
	l := newStoreLab(t)
	l.fake("neptune-graph", "ListGraphs", `{"graphs":[
		{"arn":"arn:aws:neptune-graph:eu-west-1:123456789012:graph/g-1","id":"g-1","name":"good","kmsKeyIdentifier":"KEYARN","publicConnectivity":false,
		"deletionProtection":true,"replicaCount":1},
		{"arn":"arn:aws:neptune-graph:eu-west-1:123456789012:graph/g-2","id":"g-2","name":"bad","kmsKeyIdentifier":"AWS_OWNED_KEY",
		"publicConnectivity":true,"deletionProtection":false,"replicaCount":0}]}`)
	l.fake("neptune-graph", "ListGraphSnapshots", `{"graphSnapshots":[{"arn":"arn:aws:neptune-graph:eu-west-1:123456789012:graph-snapshot/gs-1",
		"id":"gs-1","name":"by-hand","sourceGraphId":"g-1","status":"AVAILABLE","kmsKeyIdentifier":"KEYARN","snapshotCreateTime":1604188800}]}`)
	l.fake("neptune-graph", "ListTagsForResource", `{"tags":{"Environment":"prod"}}`)
	l.matches("neptunegraph")
}

func TestFirehoseInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	streams := kinesis.NewFromConfig(l.config)
	must(streams.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: aws.String("source"), ShardCount: aws.Int32(1)}))(t)
	must(streams.StartStreamEncryption(ctx, &kinesis.StartStreamEncryptionInput{
		StreamName: aws.String("source"), EncryptionType: kinesistypes.EncryptionTypeKms, KeyId: &l.key,
	}))(t)
	client := firehose.NewFromConfig(l.config)
	role := aws.String("arn:aws:iam::123456789012:role/deliver")
	deliver := func(name string, change func(*firehose.CreateDeliveryStreamInput)) {
		in := &firehose.CreateDeliveryStreamInput{
			DeliveryStreamName:                 &name,
			ExtendedS3DestinationConfiguration: &firehosetypes.ExtendedS3DestinationConfiguration{BucketARN: aws.String("arn:aws:s3:::lake"), RoleARN: role},
			Tags:                               []firehosetypes.Tag{{Key: aws.String("Environment"), Value: aws.String("prod")}},
		}
		change(in)
		must(client.CreateDeliveryStream(ctx, in))(t)
	}
	deliver("plain", func(*firehose.CreateDeliveryStreamInput) {})
	from := func(arn string) func(*firehose.CreateDeliveryStreamInput) {
		return func(in *firehose.CreateDeliveryStreamInput) {
			in.DeliveryStreamType = firehosetypes.DeliveryStreamTypeKinesisStreamAsSource
			in.KinesisStreamSourceConfiguration = &firehosetypes.KinesisStreamSourceConfiguration{KinesisStreamARN: &arn, RoleARN: role}
		}
	}
	deliver("reader", from("arn:aws:kinesis:eu-west-1:123456789012:stream/source"))
	deliver("stranger", from("arn:aws:kinesis:eu-west-1:999999999999:stream/theirs"))
	l.matches("firehose")
}

// TestFirehosePages: the list has no token, so the next page begins after the last name. All answers are fakes: moto does not tell how a delivery
// stream is encrypted.
func TestFirehosePages(t *testing.T) {
	l := newStoreLab(t)
	list := awslab.Match{Service: "firehose", Operation: "ListDeliveryStreams"}
	l.proxy.Inject(list, awslab.Answer(`{"DeliveryStreamNames":["a"],"HasMoreDeliveryStreams":true}`).Times(1))
	l.proxy.Inject(list, awslab.Answer(`{"DeliveryStreamNames":["b"],"HasMoreDeliveryStreams":false}`).After(1))
	l.fake("firehose", "DescribeDeliveryStream", `{"DeliveryStreamDescription":{"DeliveryStreamARN":"a","DeliveryStreamName":"a",
		"DeliveryStreamEncryptionConfiguration":{"Status":"ENABLED","KeyType":"CUSTOMER_MANAGED_CMK","KeyARN":"KEYARN"}}}`)
	l.fake("firehose", "ListTagsForDeliveryStream", `{"Tags":[],"HasMoreTags":false}`)
	l.matchesAs("firehose", "firehose-pages")
}

func TestKinesisVideoInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := kinesisvideo.NewFromConfig(l.config)
	for name, key := range map[string]*string{"keyed": &l.key, "plain": nil} {
		made := must(client.CreateStream(ctx, &kinesisvideo.CreateStreamInput{StreamName: &name, KmsKeyId: key, DataRetentionInHours: aws.Int32(48)}))(t)
		l.call(lastWord(aws.ToString(made.StreamARN)), "CREATED")
	}
	l.fake("kinesisvideo", "ListTagsForStream", `{"Tags":{"Environment":"prod"}}`)
	l.matches("kinesisvideo")
}

func TestInfluxDBInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := timestreaminfluxdb.NewFromConfig(l.config)
	instance := func(name string, public bool, deployment influxtypes.DeploymentType, subnets []string) {
		made := must(client.CreateDbInstance(ctx, &timestreaminfluxdb.CreateDbInstanceInput{
			Name: &name, Password: aws.String("never-shown"), DbInstanceType: influxtypes.DbInstanceTypeDbInfluxMedium, VpcSubnetIds: subnets,
			VpcSecurityGroupIds: []string{l.group}, AllocatedStorage: aws.Int32(20), PubliclyAccessible: &public, DeploymentType: deployment,
			Tags: map[string]string{"Environment": "prod"},
		}))(t)
		l.call(aws.ToString(made.Id), name)
	}
	instance("good", false, influxtypes.DeploymentTypeWithMultiazStandby, l.private)
	instance("bad", true, influxtypes.DeploymentTypeSingleAz, l.public[:1])
	l.matches("timestreaminfluxdb")
}

// TestInfluxDBClusters: an instance of a cluster is a part of it; what cannot be described is unknown. The answers are fakes, the denial is the
// proxy's.
func TestInfluxDBClusters(t *testing.T) {
	l := newStoreLab(t)
	l.fake("timestream-influxdb", "ListDbInstances", `{"items":[{"arn":"arn:aws:timestream-influxdb:eu-west-1:123456789012:db-instance/i-1","id":"i-1",
		"name":"member"}]}`)
	l.fake("timestream-influxdb", "GetDbInstance", `{"arn":"a","id":"i-1","name":"member","vpcSubnetIds":[],"dbClusterId":"c-1"}`)
	l.fake("timestream-influxdb", "ListDbClusters", `{"items":[{"arn":"arn:aws:timestream-influxdb:eu-west-1:123456789012:db-cluster/c-1","id":"c-1",
		"name":"cluster","deploymentType":"MULTI_NODE_READ_REPLICAS"}]}`)
	l.proxy.Inject(awslab.Match{Service: "timestream-influxdb", Operation: "GetDbCluster"}, awslab.Deny())
	l.fake("timestream-influxdb", "ListTagsForResource", `{"tags":{"Environment":"prod"}}`)
	l.matchesAs("timestreaminfluxdb", "timestreaminfluxdb-clusters")
}

// TestDMS: all answers are fakes, because moto writes times that the SDK cannot read.
func TestDMS(t *testing.T) {
	l := newStoreLab(t)
	l.fake("dms", "DescribeReplicationInstances", `{"ReplicationInstances":[
		{"ReplicationInstanceArn":"arn:aws:dms:eu-west-1:123456789012:rep:GOOD","ReplicationInstanceIdentifier":"good","KmsKeyId":"KEYARN","MultiAZ":true,
		"PubliclyAccessible":false,"AutoMinorVersionUpgrade":true,"ReplicationSubnetGroup":{"Subnets":[{"SubnetIdentifier":"PRIVATE1"},
		{"SubnetIdentifier":"PRIVATE2"}]},"VpcSecurityGroups":[{"VpcSecurityGroupId":"GROUP"}]},
		{"ReplicationInstanceArn":"arn:aws:dms:eu-west-1:123456789012:rep:BAD","ReplicationInstanceIdentifier":"bad","PubliclyAccessible":true,
		"ReplicationSubnetGroup":{"Subnets":[{"SubnetIdentifier":"PRIVATE1"}]}}]}`)
	l.fake("dms", "ListTagsForResource", `{"TagList":[{"Key":"Environment","Value":"prod"}]}`)
	l.matches("databasemigrationservice")
}

// TestLightsail: all answers are fakes, because moto does not have the service.
func TestLightsail(t *testing.T) {
	l := newStoreLab(t)
	l.fake("lightsail", "GetRelationalDatabases", `{"relationalDatabases":[
		{"arn":"arn:aws:lightsail:eu-west-1:123456789012:RelationalDatabase/d-1","name":"good","engine":"mysql","engineVersion":"8.0.36",
		"publiclyAccessible":false,"backupRetentionEnabled":true,"secondaryAvailabilityZone":"eu-west-1b","latestRestorableTime":1604188800,
		"tags":[{"key":"Environment","value":"prod"}]},
		{"arn":"arn:aws:lightsail:eu-west-1:123456789012:RelationalDatabase/d-2","name":"bad","publiclyAccessible":true,"backupRetentionEnabled":false}]}`)
	l.fake("lightsail", "GetRelationalDatabaseSnapshots", `{"relationalDatabaseSnapshots":[
		{"arn":"arn:aws:lightsail:eu-west-1:123456789012:RelationalDatabaseSnapshot/s-1","name":"by-hand","state":"available","createdAt":1604188800,
		"fromRelationalDatabaseArn":"arn:aws:lightsail:eu-west-1:123456789012:RelationalDatabase/d-1"}]}`)
	l.fake("lightsail", "GetBuckets", `{"buckets":[
		{"arn":"arn:aws:lightsail:eu-west-1:123456789012:Bucket/b-1","name":"good","accessRules":{"getObject":"private","allowPublicOverrides":false},
		"objectVersioning":"Enabled","accessLogConfig":{"enabled":true,"destination":"logs"},"tags":[{"key":"Environment","value":"prod"}]},
		{"arn":"arn:aws:lightsail:eu-west-1:123456789012:Bucket/b-2","name":"bad","accessRules":{"getObject":"public","allowPublicOverrides":true},
		"objectVersioning":"NeverEnabled"},
		{"arn":"arn:aws:lightsail:eu-west-1:123456789012:Bucket/b-3","name":"perhaps","accessRules":{"getObject":"private","allowPublicOverrides":true}}]}`)
	l.matches("lightsail")
}

// TestGlacierInMoto: policies, locks and tags are fakes, which moto does not have.
func TestGlacierInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := glacier.NewFromConfig(l.config)
	must(client.CreateVault(ctx, &glacier.CreateVaultInput{AccountId: aws.String("-"), VaultName: aws.String("films")}))(t)
	l.fake("glacier", "GetVaultAccessPolicy", `{"Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",`+
		`\"Action\":\"glacier:InitiateJob\",\"Resource\":\"*\"}]}"}`)
	l.fake("glacier", "GetVaultLock", `{"State":"Locked","Policy":"{}","CreationDate":"2020-11-01T00:00:00.000Z"}`)
	l.fake("glacier", "ListTagsForVault", `{"Tags":{"Environment":"prod"}}`)
	l.matches("glacier")
}

// TestGlacierWithoutPolicies: a vault without policy and lock is answered with an error, which is the proxy's.
func TestGlacierWithoutPolicies(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := glacier.NewFromConfig(l.config)
	must(client.CreateVault(ctx, &glacier.CreateVaultInput{AccountId: aws.String("-"), VaultName: aws.String("plain")}))(t)
	for _, operation := range []string{"GetVaultAccessPolicy", "GetVaultLock"} {
		l.proxy.Inject(awslab.Match{Service: "glacier", Operation: operation}, awslab.Fail("ResourceNotFoundException", 404, "none"))
	}
	l.proxy.Inject(awslab.Match{Service: "glacier", Operation: "ListTagsForVault"}, awslab.Deny())
	l.matchesAs("glacier", "glacier-plain")
}

// TestKendra: all answers are fakes, because moto does not have the service.
func TestKendra(t *testing.T) {
	l := newStoreLab(t)
	l.fake("kendra", "ListIndices", `{"IndexConfigurationSummaryItems":[{"Id":"i-1","Name":"letters","Status":"ACTIVE"}]}`)
	l.fake("kendra", "DescribeIndex", `{"Id":"i-1","ServerSideEncryptionConfiguration":{"KmsKeyId":"KEYARN"}}`)
	l.fake("kendra", "ListTagsForResource", `{"Tags":[{"Key":"Environment","Value":"prod"}]}`)
	l.matches("kendra")
}

// TestKendraDenied: the answer is a fake, the denials are the proxy's.
func TestKendraDenied(t *testing.T) {
	l := newStoreLab(t)
	l.fake("kendra", "ListIndices", `{"IndexConfigurationSummaryItems":[{"Id":"i-1","Name":"letters","Status":"ACTIVE"}]}`)
	l.proxy.Inject(awslab.Match{Service: "kendra", Operation: "DescribeIndex"}, awslab.Deny())
	l.proxy.Inject(awslab.Match{Service: "kendra", Operation: "ListTagsForResource"}, awslab.Deny())
	l.matchesAs("kendra", "kendra-denied")
}
