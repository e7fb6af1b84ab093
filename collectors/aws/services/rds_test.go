package services

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// TestRDSInMoto: a database as it should be, one as it should not, one as AWS makes it, a cluster with an instance, and snapshots. The automated
// backups are fakes: moto has none of clusters, and says next to nothing of those of instances.
func TestRDSInMoto(t *testing.T) {
	l := newStoreLab(t)
	client := rds.NewFromConfig(l.config)
	ctx := t.Context()
	for name, subnets := range map[string][]string{"private": l.private, "public": l.public} {
		must(client.CreateDBSubnetGroup(ctx, &rds.CreateDBSubnetGroupInput{
			DBSubnetGroupName: aws.String(name), DBSubnetGroupDescription: aws.String(name), SubnetIds: subnets,
		}))(t)
	}
	must(client.CreateDBParameterGroup(ctx, &rds.CreateDBParameterGroupInput{
		DBParameterGroupName: aws.String("strict"), DBParameterGroupFamily: aws.String("postgres14"), Description: aws.String("strict"),
	}))(t)
	must(client.ModifyDBParameterGroup(ctx, &rds.ModifyDBParameterGroupInput{
		DBParameterGroupName: aws.String("strict"), Parameters: []types.Parameter{
			{ParameterName: aws.String("rds.force_ssl"), ParameterValue: aws.String("1"), ApplyMethod: types.ApplyMethodPendingReboot},
			{ParameterName: aws.String("log_statement"), ParameterValue: aws.String("all"), ApplyMethod: types.ApplyMethodImmediate},
		},
	}))(t)
	must(client.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("good"), Engine: aws.String("postgres"), EngineVersion: aws.String("14.12"), DBInstanceClass: aws.String("db.t3.micro"),
		AllocatedStorage: aws.Int32(20), StorageEncrypted: aws.Bool(true), KmsKeyId: &l.key, MultiAZ: aws.Bool(true), DeletionProtection: aws.Bool(true),
		BackupRetentionPeriod: aws.Int32(14), AutoMinorVersionUpgrade: aws.Bool(true), DBSubnetGroupName: aws.String("private"),
		VpcSecurityGroupIds: []string{l.group}, DBParameterGroupName: aws.String("strict"), MasterUsername: aws.String("u"), MasterUserPassword: aws.String("password1"),
		PubliclyAccessible: aws.Bool(false),
		Tags: []types.Tag{
			{Key: aws.String("data-classification"), Value: aws.String("Restricted")}, {Key: aws.String("Environment"), Value: aws.String("prod")},
		},
	}))(t)
	must(client.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("bad"), Engine: aws.String("mysql"), EngineVersion: aws.String("5.7.44"), DBInstanceClass: aws.String("db.t3.micro"),
		AllocatedStorage: aws.Int32(20), BackupRetentionPeriod: aws.Int32(0), AutoMinorVersionUpgrade: aws.Bool(false), PubliclyAccessible: aws.Bool(true),
		DBSubnetGroupName: aws.String("public"), MasterUsername: aws.String("u"), MasterUserPassword: aws.String("password1"),
	}))(t)
	must(client.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("plain"), Engine: aws.String("postgres"), EngineVersion: aws.String("16.3"), DBInstanceClass: aws.String("db.t3.micro"),
		AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("u"), MasterUserPassword: aws.String("password1"),
	}))(t)
	must(client.CreateDBClusterParameterGroup(ctx, &rds.CreateDBClusterParameterGroupInput{
		DBClusterParameterGroupName: aws.String("aurora"), DBParameterGroupFamily: aws.String("aurora-postgresql15"), Description: aws.String("aurora"),
	}))(t)
	must(client.CreateDBCluster(ctx, &rds.CreateDBClusterInput{
		DBClusterIdentifier: aws.String("ledger"), DBClusterParameterGroupName: aws.String("aurora"), Engine: aws.String("aurora-postgresql"), EngineVersion: aws.String("15.4"), StorageEncrypted: aws.Bool(true),
		KmsKeyId: &l.key, BackupRetentionPeriod: aws.Int32(7), DBSubnetGroupName: aws.String("private"), MasterUsername: aws.String("u"),
		MasterUserPassword: aws.String("password1"), DeletionProtection: aws.Bool(true), VpcSecurityGroupIds: []string{l.group},
	}))(t)
	must(client.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("ledger-1"), DBClusterIdentifier: aws.String("ledger"), Engine: aws.String("aurora-postgresql"),
		DBInstanceClass: aws.String("db.r6g.large"), PubliclyAccessible: aws.Bool(false),
	}))(t)
	for source, name := range map[string]string{"bad": "bad-copy", "good": "good-copy"} {
		must(client.CreateDBSnapshot(ctx, &rds.CreateDBSnapshotInput{DBInstanceIdentifier: aws.String(source), DBSnapshotIdentifier: aws.String(name)}))(t)
	}
	must(client.ModifyDBSnapshotAttribute(ctx, &rds.ModifyDBSnapshotAttributeInput{
		DBSnapshotIdentifier: aws.String("bad-copy"), AttributeName: aws.String("restore"), ValuesToAdd: []string{"all"},
	}))(t)
	must(client.CreateDBClusterSnapshot(ctx, &rds.CreateDBClusterSnapshotInput{
		DBClusterIdentifier: aws.String("ledger"), DBClusterSnapshotIdentifier: aws.String("ledger-copy"),
	}))(t)

	l.fake("rds", "DescribeDBInstanceAutomatedBackups", `<DescribeDBInstanceAutomatedBackupsResponse><DescribeDBInstanceAutomatedBackupsResult>
		<DBInstanceAutomatedBackups><DBInstanceAutomatedBackup>
			<DBInstanceAutomatedBackupsArn>arn:aws:rds:eu-west-1:123456789012:auto-backup:ab-good</DBInstanceAutomatedBackupsArn>
			<DBInstanceArn>arn:aws:rds:eu-west-1:123456789012:db:good</DBInstanceArn><DBInstanceIdentifier>good</DBInstanceIdentifier>
			<Status>active</Status><Encrypted>true</Encrypted><KmsKeyId>KEYARN</KmsKeyId><BackupRetentionPeriod>14</BackupRetentionPeriod>
			<RestoreWindow><EarliestTime>2020-11-08T03:00:00Z</EarliestTime><LatestTime>2020-11-22T11:55:00Z</LatestTime></RestoreWindow>
		</DBInstanceAutomatedBackup><DBInstanceAutomatedBackup>
			<DBInstanceAutomatedBackupsArn>arn:aws:rds:eu-west-1:123456789012:auto-backup:ab-gone</DBInstanceAutomatedBackupsArn>
			<DBInstanceArn>arn:aws:rds:eu-central-1:123456789012:db:gone</DBInstanceArn><DBInstanceIdentifier>gone</DBInstanceIdentifier>
			<Status>retained</Status><Encrypted>false</Encrypted><BackupRetentionPeriod>7</BackupRetentionPeriod>
			<RestoreWindow><EarliestTime>2020-11-01T03:00:00Z</EarliestTime><LatestTime>2020-11-10T03:00:00Z</LatestTime></RestoreWindow>
		</DBInstanceAutomatedBackup><DBInstanceAutomatedBackup>
			<DBInstanceArn>arn:aws:rds:eu-west-1:123456789012:db:new</DBInstanceArn><DBInstanceIdentifier>new</DBInstanceIdentifier>
			<Status>creating</Status>
		</DBInstanceAutomatedBackup></DBInstanceAutomatedBackups>
		</DescribeDBInstanceAutomatedBackupsResult></DescribeDBInstanceAutomatedBackupsResponse>`)
	l.fake("rds", "DescribeDBClusterAutomatedBackups", `<DescribeDBClusterAutomatedBackupsResponse><DescribeDBClusterAutomatedBackupsResult>
		<DBClusterAutomatedBackups><DBClusterAutomatedBackup>
			<DBClusterAutomatedBackupsArn>arn:aws:rds:eu-west-1:123456789012:cluster-auto-backup:ab-ledger</DBClusterAutomatedBackupsArn>
			<DBClusterArn>arn:aws:rds:eu-west-1:123456789012:cluster:ledger</DBClusterArn><DBClusterIdentifier>ledger</DBClusterIdentifier>
			<Status>active</Status><StorageEncrypted>true</StorageEncrypted><KmsKeyId>KEYARN</KmsKeyId>
			<RestoreWindow><EarliestTime>2020-11-15T03:00:00Z</EarliestTime><LatestTime>2020-11-22T11:58:00Z</LatestTime></RestoreWindow>
		</DBClusterAutomatedBackup></DBClusterAutomatedBackups>
		</DescribeDBClusterAutomatedBackupsResult></DescribeDBClusterAutomatedBackupsResponse>`)
	l.matches("rds")
}
