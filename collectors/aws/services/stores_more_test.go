package services

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kafka"
	kafkatypes "github.com/aws/aws-sdk-go-v2/service/kafka/types"
	"github.com/aws/aws-sdk-go-v2/service/memorydb"
	memorydbtypes "github.com/aws/aws-sdk-go-v2/service/memorydb/types"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	mqtypes "github.com/aws/aws-sdk-go-v2/service/mq/types"

	"github.com/assay-audit/assay/internal/awslab"
)

// TestMemoryDBInMoto: moto does not state when shards were copied; TestMemoryDBSnapshots has that.
func TestMemoryDBInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := memorydb.NewFromConfig(l.config)
	must(client.CreateSubnetGroup(ctx, &memorydb.CreateSubnetGroupInput{SubnetGroupName: aws.String("private"), SubnetIds: l.private}))(t)
	must(client.CreateCluster(ctx, &memorydb.CreateClusterInput{
		ClusterName: aws.String("good"), ACLName: aws.String("open-access"), NodeType: aws.String("db.t4g.small"), KmsKeyId: &l.key,
		TLSEnabled: aws.Bool(true), SubnetGroupName: aws.String("private"), SecurityGroupIds: []string{l.group}, SnapshotRetentionLimit: aws.Int32(7),
		NumReplicasPerShard: aws.Int32(1), EngineVersion: aws.String("7.1"), AutoMinorVersionUpgrade: aws.Bool(true),
		Tags: []memorydbtypes.Tag{{Key: aws.String("data-categories"), Value: aws.String("phi")}},
	}))(t)
	must(client.CreateSnapshot(ctx, &memorydb.CreateSnapshotInput{ClusterName: aws.String("good"), SnapshotName: aws.String("by-hand"), KmsKeyId: &l.key}))(t)
	must(client.CreateCluster(ctx, &memorydb.CreateClusterInput{
		ClusterName: aws.String("bad"), ACLName: aws.String("open-access"), NodeType: aws.String("db.t4g.small"), TLSEnabled: aws.Bool(false),
		NumReplicasPerShard: aws.Int32(0), SnapshotRetentionLimit: aws.Int32(0), SubnetGroupName: aws.String("private"),
	}))(t)
	l.matches("memorydb")
}

// TestMemoryDBSnapshots: all answers are fakes.
func TestMemoryDBSnapshots(t *testing.T) {
	l := newStoreLab(t)
	l.fake("memorydb", "DescribeClusters", `{"Clusters":[{"ARN":"arn:aws:memorydb:eu-west-1:123456789012:cluster/new","Name":"new","Engine":"valkey",
		"EngineVersion":"7.3","TLSEnabled":true,"AvailabilityMode":"MultiAZ","SubnetGroupName":"denied"}]}`)
	l.proxy.Inject(awslab.Match{Service: "memorydb", Operation: "DescribeSubnetGroups"}, awslab.Deny())
	l.fake("memorydb", "ListTags", `{"TagList":[]}`)
	l.fake("memorydb", "DescribeSnapshots", `{"Snapshots":[
		{"ARN":"arn:aws:memorydb:eu-west-1:123456789012:snapshot/auto","Name":"auto","Source":"automated","Status":"available","KmsKeyId":"KEYARN",
		"ClusterConfiguration":{"Name":"new","SnapshotRetentionLimit":3,"Shards":[{"SnapshotCreationTime":1604188860},{"SnapshotCreationTime":1604188800}]}},
		{"ARN":"arn:aws:memorydb:eu-west-1:123456789012:snapshot/by-hand","Name":"by-hand","Source":"manual","Status":"creating",
		"ClusterConfiguration":{"Name":"gone"}}]}`)
	l.matchesAs("memorydb", "memorydb-snapshots")
}

// TestRedshiftServerless: all answers are fakes, because moto does not have the service.
func TestRedshiftServerless(t *testing.T) {
	l := newStoreLab(t)
	l.fake("redshift-serverless", "ListNamespaces", `{"namespaces":[
		{"namespaceArn":"arn:aws:redshift-serverless:eu-west-1:123456789012:namespace/n-1","namespaceId":"n-1","namespaceName":"good","kmsKeyId":"KEYARN",
		"logExports":["useractivitylog","userlog"]},
		{"namespaceArn":"arn:aws:redshift-serverless:eu-west-1:123456789012:namespace/n-2","namespaceId":"n-2","namespaceName":"bad",
		"kmsKeyId":"AWS_OWNED_KMS_KEY","logExports":[]},
		{"namespaceArn":"arn:aws:redshift-serverless:eu-west-1:123456789012:namespace/n-3","namespaceId":"n-3","namespaceName":"unused"}]}`)
	l.fake("redshift-serverless", "ListWorkgroups", `{"workgroups":[
		{"workgroupName":"a","namespaceName":"good","publiclyAccessible":false,"subnetIds":["PRIVATE1","PRIVATE2"],"securityGroupIds":["GROUP"],
		"configParameters":[{"parameterKey":"require_ssl","parameterValue":"true"}]},
		{"workgroupName":"b","namespaceName":"bad","publiclyAccessible":true,"subnetIds":["PRIVATE1"],
		"configParameters":[{"parameterKey":"require_ssl","parameterValue":"false"}]}]}`)
	l.fake("redshift-serverless", "ListSnapshotCopyConfigurations", `{"snapshotCopyConfigurations":[
		{"namespaceName":"good","destinationRegion":"eu-central-1"}]}`)
	l.fake("redshift-serverless", "ListSnapshots", `{"snapshots":[
		{"snapshotArn":"arn:aws:redshift-serverless:eu-west-1:123456789012:snapshot/s-1","snapshotName":"by-hand","status":"AVAILABLE","kmsKeyId":"KEYARN",
		"namespaceArn":"arn:aws:redshift-serverless:eu-west-1:123456789012:namespace/n-1","ownerAccount":"123456789012","snapshotRetentionPeriod":30,
		"snapshotCreateTime":"2020-11-01T00:00:00Z","totalBackupSizeInMegaBytes":2},
		{"snapshotArn":"arn:aws:redshift-serverless:eu-west-1:999999999999:snapshot/s-2","ownerAccount":"999999999999"}]}`)
	l.fake("redshift-serverless", "ListRecoveryPoints", `{"recoveryPoints":[{"recoveryPointId":"p-1","namespaceName":"good",
		"namespaceArn":"arn:aws:redshift-serverless:eu-west-1:123456789012:namespace/n-1","recoveryPointCreateTime":"2020-11-01T00:30:00Z",
		"totalSizeInMegaBytes":1}]}`)
	l.fake("redshift-serverless", "ListTagsForResource", `{"tags":[{"key":"Environment","value":"prod"}]}`)
	l.matches("redshiftserverless")
}

// TestRedshiftServerlessDenied: what only the workgroups tell is unknown. The answers are fakes, the denials the proxy's.
func TestRedshiftServerlessDenied(t *testing.T) {
	l := newStoreLab(t)
	l.fake("redshift-serverless", "ListNamespaces", `{"namespaces":[
		{"namespaceArn":"arn:aws:redshift-serverless:eu-west-1:123456789012:namespace/n-1","namespaceId":"n-1","namespaceName":"one"}]}`)
	for _, operation := range []string{"ListWorkgroups", "ListSnapshotCopyConfigurations", "ListSnapshots", "ListRecoveryPoints", "ListTagsForResource"} {
		l.proxy.Inject(awslab.Match{Service: "redshift-serverless", Operation: operation}, awslab.Deny())
	}
	l.matchesAs("redshiftserverless", "redshiftserverless-denied")
}

func TestKafkaInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := kafka.NewFromConfig(l.config)
	provisioned := func(name, version string, mode kafkatypes.ClientBroker, key *string, access string) {
		made := must(client.CreateCluster(ctx, &kafka.CreateClusterInput{
			ClusterName: &name, Tags: map[string]string{"Environment": "prod"}, KafkaVersion: &version, NumberOfBrokerNodes: aws.Int32(2),
			BrokerNodeGroupInfo: &kafkatypes.BrokerNodeGroupInfo{
				ClientSubnets: l.private, SecurityGroups: []string{l.group}, InstanceType: aws.String("kafka.m5.large"),
				ConnectivityInfo: &kafkatypes.ConnectivityInfo{PublicAccess: &kafkatypes.PublicAccess{Type: &access}},
			},
			EncryptionInfo: &kafkatypes.EncryptionInfo{
				EncryptionAtRest:    &kafkatypes.EncryptionAtRest{DataVolumeKMSKeyId: key},
				EncryptionInTransit: &kafkatypes.EncryptionInTransit{ClientBroker: mode},
			},
		}))(t)
		l.call(lastWord(aws.ToString(made.ClusterArn)), name)
	}
	provisioned("good", "3.9.x", kafkatypes.ClientBrokerTls, &l.key, "DISABLED")
	provisioned("bad", "2.8.1", kafkatypes.ClientBrokerTlsPlaintext, aws.String("alias/aws/kafka"), "SERVICE_PROVIDED_EIPS")
	must(client.CreateClusterV2(ctx, &kafka.CreateClusterV2Input{
		ClusterName: aws.String("burst"),
		Serverless: &kafkatypes.ServerlessRequest{
			VpcConfigs: []kafkatypes.VpcConfig{{SubnetIds: l.private, SecurityGroupIds: []string{l.group}}},
		},
	}))(t)
	l.matches("kafka")
}

func TestMQInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := mq.NewFromConfig(l.config)
	users := []mqtypes.User{{Username: aws.String("admin"), Password: aws.String("never shown")}}
	good := must(client.CreateBroker(ctx, &mq.CreateBrokerInput{
		BrokerName: aws.String("good"), EngineType: mqtypes.EngineTypeActivemq, EngineVersion: aws.String("5.18"), HostInstanceType: aws.String("mq.m5.large"),
		DeploymentMode: mqtypes.DeploymentModeActiveStandbyMultiAz, PubliclyAccessible: aws.Bool(false), AutoMinorVersionUpgrade: aws.Bool(true),
		EncryptionOptions: &mqtypes.EncryptionOptions{KmsKeyId: &l.key, UseAwsOwnedKey: aws.Bool(false)}, SubnetIds: l.private,
		SecurityGroups: []string{l.group}, Logs: &mqtypes.Logs{Audit: aws.Bool(true), General: aws.Bool(true)}, Users: users,
		Tags: map[string]string{"Environment": "prod"},
	}))(t)
	bad := must(client.CreateBroker(ctx, &mq.CreateBrokerInput{
		BrokerName: aws.String("bad"), EngineType: mqtypes.EngineTypeRabbitmq, EngineVersion: aws.String("3.8.6"), HostInstanceType: aws.String("mq.t3.micro"),
		DeploymentMode: mqtypes.DeploymentModeSingleInstance, PubliclyAccessible: aws.Bool(true), SubnetIds: l.private[:1], Users: users,
	}))(t)
	l.call(aws.ToString(good.BrokerId), "b-GOOD")
	l.call(aws.ToString(bad.BrokerId), "b-BAD")
	l.matches("mq")
}

// TestMQLogs: the broker with a log group is a fake, for moto names none.
func TestMQLogs(t *testing.T) {
	l := newStoreLab(t)
	l.fake("mq", "ListBrokers", `{"brokerSummaries":[{"brokerArn":"arn:aws:mq:eu-west-1:123456789012:broker:logged:b-1","brokerId":"b-1","brokerName":"logged",
		"engineType":"ACTIVEMQ","deploymentMode":"SINGLE_INSTANCE"}]}`)
	l.fake("mq", "DescribeBroker", `{"engineVersion":"5.18.4","publiclyAccessible":false,"autoMinorVersionUpgrade":true,"subnetIds":["PRIVATE1"],
		"securityGroups":["GROUP"],"encryptionOptions":{"useAwsOwnedKey":true},"logs":{"audit":true,"auditLogGroup":"/aws/amazonmq/broker/b-1/audit"}}`)
	l.matchesAs("mq", "mq-fake")
}

// TestHealthLake: all answers are fakes, because moto does not have the service.
func TestHealthLake(t *testing.T) {
	l := newStoreLab(t)
	l.fake("healthlake", "ListFHIRDatastores", `{"DatastorePropertiesList":[
		{"DatastoreArn":"arn:aws:healthlake:eu-west-1:123456789012:datastore/fhir/d-1","DatastoreId":"d-1","DatastoreName":"records","DatastoreStatus":"ACTIVE",
		"DatastoreTypeVersion":"R4","DatastoreEndpoint":"https://example.invalid/d-1/r4/","SseConfiguration":{"KmsEncryptionConfig":{
		"CmkType":"CUSTOMER_MANAGED_KMS_KEY","KmsKeyId":"KEYARN"}}},
		{"DatastoreArn":"arn:aws:healthlake:eu-west-1:123456789012:datastore/fhir/d-2","DatastoreId":"d-2","DatastoreStatus":"ACTIVE",
		"DatastoreTypeVersion":"R4","DatastoreEndpoint":"https://example.invalid/d-2/r4/",
		"SseConfiguration":{"KmsEncryptionConfig":{"CmkType":"AWS_OWNED_KMS_KEY"}}},
		{"DatastoreArn":"arn:aws:healthlake:eu-west-1:123456789012:datastore/fhir/d-3","DatastoreId":"d-3","DatastoreStatus":"DELETED",
		"DatastoreTypeVersion":"R4","DatastoreEndpoint":"https://example.invalid/d-3/r4/"}]}`)
	l.fake("healthlake", "ListTagsForResource", `{"Tags":[{"Key":"data-categories","Value":"phi"},{"Key":"data-owner","Value":"ada"}]}`)
	l.matches("healthlake")
}
