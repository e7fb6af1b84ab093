package services

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	fsxtypes "github.com/aws/aws-sdk-go-v2/service/fsx/types"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	secrettypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// The tests of this file read structures of the SDK as literals: what they hold was written by hand.

// facts is what parts of a kind say, as resultOf has it, without what was left unset.
func facts(kindName string, parts ...any) map[string]any {
	e := &evidence.Entity{UID: "x", Kind: kindName, Plane: evidence.Observed}
	kind.Fill(e, parts...)
	out := resultOf(&api.Batch{Entities: []*evidence.Entity{e}}).Entities[kindName+" x"]
	delete(out, "(name)")
	for path, u := range e.Unknown {
		if u.Reason == evidence.NotCollected {
			delete(out, path)
		}
	}
	return out
}

func TestOfMembers(t *testing.T) {
	instance := func(zone string, public, minor bool) rdstypes.DBInstance {
		return rdstypes.DBInstance{AvailabilityZone: &zone, PubliclyAccessible: &public, AutoMinorVersionUpgrade: &minor}
	}
	denied := &api.Failure{Reason: evidence.AccessDenied, Operation: "rds:DescribeDBInstances", Region: "eu-west-1", Actions: []string{"rds:DescribeDBInstances"}}
	why := "(unknown: access_denied: rds:DescribeDBInstances in eu-west-1 is denied; it takes rds:DescribeDBInstances)"
	tests := map[string]struct {
		cluster rdstypes.DBCluster
		members rdsMembers
		want    map[string]any
	}{
		"two zones, one instance public and left alone": {
			rdstypes.DBCluster{Engine: aws.String("aurora-mysql")},
			rdsMembers{list: []rdstypes.DBInstance{instance("a", false, true), instance("b", true, false)}},
			map[string]any{
				"exposure.public": true, "exposure.public_paths": []any{"network"}, "auto_minor_upgrade": false, "redundancy": "multi_az",
			},
		},
		"two instances in one zone": {
			rdstypes.DBCluster{Engine: aws.String("neptune")},
			rdsMembers{list: []rdstypes.DBInstance{instance("a", false, true), instance("a", false, true)}},
			map[string]any{"exposure.public": false, "exposure.public_paths": []any{}, "auto_minor_upgrade": true, "redundancy": "single"},
		},
		"instances denied": {
			rdstypes.DBCluster{Engine: aws.String("aurora-mysql")},
			rdsMembers{fail: denied},
			map[string]any{
				"exposure.public": why, "exposure.public_paths": []any{}, "exposure.public_paths[]": why, "auto_minor_upgrade": why, "redundancy": why,
			},
		},
		"serverless": {
			rdstypes.DBCluster{Engine: aws.String("aurora-mysql"), EngineMode: aws.String("serverless")},
			rdsMembers{},
			map[string]any{"exposure.public": false, "exposure.public_paths": []any{}, "auto_minor_upgrade": true, "redundancy": "multi_az"},
		},
		"DocumentDB has no public address": {
			rdstypes.DBCluster{Engine: aws.String("docdb")},
			rdsMembers{list: []rdstypes.DBInstance{instance("a", true, true)}},
			map[string]any{"exposure.public": false, "exposure.public_paths": []any{}, "auto_minor_upgrade": true, "redundancy": "single"},
		},
		"Multi-AZ DB cluster": {
			rdstypes.DBCluster{Engine: aws.String("postgres"), PubliclyAccessible: aws.Bool(true), AutoMinorVersionUpgrade: aws.Bool(true)},
			rdsMembers{},
			map[string]any{
				"exposure.public": true, "exposure.public_paths": []any{"network"}, "auto_minor_upgrade": true, "redundancy": "multi_az",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var d kind.Datastore
			ofMembers(&d, tt.cluster, tt.members)
			if diff := cmp.Diff(tt.want, facts("database", d)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// said is an attribute's value, "null", "n/a" or the reason for which it is not known.
func said[T any](a kind.Attr[T]) any {
	if v, known := a.Value(); known {
		return v
	}
	if why, unknown := a.Reason(); unknown {
		return string(why.Reason)
	}
	if a.IsNull() {
		return "null"
	}
	return "n/a"
}

func TestClusterEncryptsByDefault(t *testing.T) {
	day := func(y int, m time.Month) *time.Time { return aws.Time(time.Date(y, m, 15, 0, 0, 0, 0, time.UTC)) }
	for name, tt := range map[string]struct {
		cluster rdstypes.DBCluster
		want    any
	}{
		"Aurora of today":     {rdstypes.DBCluster{Engine: aws.String("aurora-mysql"), ClusterCreateTime: day(2026, time.March)}, true},
		"Aurora of old":       {rdstypes.DBCluster{Engine: aws.String("aurora-mysql"), ClusterCreateTime: day(2025, time.March)}, false},
		"Aurora of no time":   {rdstypes.DBCluster{Engine: aws.String("aurora-mysql")}, "unsupported"},
		"serverless":          {rdstypes.DBCluster{Engine: aws.String("aurora-mysql"), EngineMode: aws.String("serverless")}, true},
		"Multi-AZ DB cluster": {rdstypes.DBCluster{Engine: aws.String("postgres"), ClusterCreateTime: day(2026, time.March)}, false},
	} {
		if got := said(clusterEncryptsByDefault(tt.cluster)); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestClusterAudit(t *testing.T) {
	for name, tt := range map[string]struct {
		cluster rdstypes.DBCluster
		byGroup bool
		want    bool
	}{
		"activity stream":          {rdstypes.DBCluster{Engine: aws.String("aurora-mysql"), ActivityStreamStatus: rdstypes.ActivityStreamStatusStarted}, false, true},
		"parameters":               {rdstypes.DBCluster{Engine: aws.String("aurora-mysql")}, true, true},
		"DocumentDB, not exported": {rdstypes.DBCluster{Engine: aws.String("docdb")}, true, false},
		"DocumentDB, exported":     {rdstypes.DBCluster{Engine: aws.String("docdb"), EnabledCloudwatchLogsExports: []string{"audit"}}, true, true},
		"Neptune, not recorded":    {rdstypes.DBCluster{Engine: aws.String("neptune"), EnabledCloudwatchLogsExports: []string{"audit"}}, false, false},
	} {
		if got := said(clusterAudit(tt.cluster, kind.Known(tt.byGroup))); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestParameterValue(t *testing.T) {
	group := parameters{values: map[string]string{"rds.force_ssl": "1"}}
	failed := parameters{fail: &api.Failure{Reason: evidence.AccessDenied}}
	def := kind.Known("0")
	for name, tt := range map[string]struct{ got, want any }{
		"stated":            {said(group.value("rds.force_ssl", def)), "1"},
		"left to engine":    {said(group.value("log_statement", def)), "0"},
		"group was denied":  {said(failed.value("rds.force_ssl", def)), "access_denied"},
		"engine is unknown": {said(group.value("log_statement", kind.Unknown[string](evidence.Unsupported, "x"))), "unsupported"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %v, want %v", name, tt.got, tt.want)
		}
	}
}

func TestSourceOfSnapshot(t *testing.T) {
	c := api.NewContext(&api.Run{}, &api.Account{ID: "111111111111", Partition: "aws"}, &api.Service{}, "eu-west-1")
	for name, tt := range map[string]struct{ region, original, want string }{
		"own":                  {"", "", "arn:aws:rds:eu-west-1:111111111111:db:d"},
		"another region's":     {"eu-central-1", "", "arn:aws:rds:eu-central-1:111111111111:db:d"},
		"another account's":    {"", "arn:aws:rds:us-east-1:222222222222:snapshot:s", "arn:aws:rds:us-east-1:222222222222:db:d"},
		"a name is not an ARN": {"", "s", "arn:aws:rds:eu-west-1:111111111111:db:d"},
	} {
		if got := rdsSource(c, "db:d", tt.region, tt.original); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestStatusOfCopy(t *testing.T) {
	got := map[string]string{}
	for _, s := range []string{"available", "active", "retained", "creating", "failed", "deleting", "final snapshot"} {
		got[s] = rdsStatus(s)
	}
	want := map[string]string{
		"available": "completed", "active": "completed", "retained": "completed", "creating": "partial", "failed": "partial", "deleting": "deleting",
		"final snapshot": "partial",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSubnetPublic(t *testing.T) {
	table := func(vpc, subnet string, main bool, gateway string) ec2types.RouteTable {
		return ec2types.RouteTable{
			VpcId: &vpc, Routes: []ec2types.Route{{GatewayId: aws.String("local")}, {GatewayId: &gateway}},
			Associations: []ec2types.RouteTableAssociation{{SubnetId: &subnet, Main: &main}},
		}
	}
	tables := func(list ...ec2types.RouteTable) api.Listing[ec2types.RouteTable] {
		return api.Listing[ec2types.RouteTable]{Items: list}
	}
	broken := tables(table("vpc-1", "", true, "nat-1"))
	broken.Fail = &api.Failure{Reason: evidence.AccessDenied}
	for name, tt := range map[string]struct {
		tables api.Listing[ec2types.RouteTable]
		want   any
	}{
		"its own table":                      {tables(table("vpc-1", "", true, "nat-1"), table("vpc-1", "subnet-1", false, "igw-1")), true},
		"its own table, not the main one":    {tables(table("vpc-1", "", true, "igw-1"), table("vpc-1", "subnet-1", false, "nat-1")), false},
		"the main one":                       {tables(table("vpc-1", "", true, "igw-1"), table("vpc-2", "subnet-2", false, "nat-1")), true},
		"another network's":                  {tables(table("vpc-2", "", true, "igw-1")), "unlinked"},
		"its own may not have been read yet": {broken, "access_denied"},
	} {
		if got := said(subnetPublic("subnet-1", "vpc-1", tt.tables)); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestManagedSecret(t *testing.T) {
	for name, tt := range map[string]struct {
		secret  secrettypes.SecretListEntry
		on, per any
	}{
		"never":      {secrettypes.SecretListEntry{}, false, "n/a"},
		"every week": {rotating(&secrettypes.RotationRulesType{AutomaticallyAfterDays: aws.Int64(7)}), true, int64(7)},
		"by expression": {
			rotating(&secrettypes.RotationRulesType{ScheduleExpression: aws.String("rate(36 hours)")}), true, int64(2),
		},
		"by an expression that is none": {rotating(&secrettypes.RotationRulesType{ScheduleExpression: aws.String("soon")}), true, "parse_error"},
		"without rules":                 {rotating(nil), true, "unsupported"},
		"of a service":                  {secrettypes.SecretListEntry{OwningService: aws.String("rds"), RotationEnabled: aws.Bool(true)}, "n/a", "n/a"},
		"a replica":                     {secrettypes.SecretListEntry{PrimaryRegion: aws.String("us-east-1")}, "n/a", "n/a"},
		"a primary":                     {secrettypes.SecretListEntry{PrimaryRegion: aws.String("eu-west-1")}, false, "n/a"},
	} {
		got := managedSecret("eu-west-1", tt.secret)
		if on, per := said(got.RotationEnabled), said(got.RotationPeriodDays); on != tt.on || per != tt.per {
			t.Errorf("%s: got %v, %v, want %v, %v", name, on, per, tt.on, tt.per)
		}
	}
}

func rotating(rules *secrettypes.RotationRulesType) secrettypes.SecretListEntry {
	return secrettypes.SecretListEntry{RotationEnabled: aws.Bool(true), RotationRules: rules}
}

func TestDocumentsOfStores(t *testing.T) {
	for name, tt := range map[string]struct{ got, want any }{
		"no archive":               {said(archiveDays("")), int64(1)},
		"archive":                  {said(archiveDays(`{"MessageRetentionPeriod":"30"}`)), int64(30)},
		"archive, as number":       {said(archiveDays(`{"MessageRetentionPeriod":30}`)), int64(30)},
		"archive without a period": {said(archiveDays(`{}`)), "parse_error"},
		"archive, broken":          {said(archiveDays(`{`)), "parse_error"},
		"no lifecycle":             {said(ecrExpiry(nil)), "null"},
		"lifecycle of the untagged": {
			said(ecrExpiry(aws.String(`{"rules":[{"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countNumber":1}}]}`))), "null",
		},
		"the sooner of two": {
			said(ecrExpiry(aws.String(`{"rules":[{"selection":{"tagStatus":"any","countType":"sinceImagePushed","countNumber":9}},
				{"selection":{"tagStatus":"any","countType":"sinceImagePushed","countNumber":5}}]}`))), int64(5),
		},
		"lifecycle, broken": {said(ecrExpiry(aws.String(`{"rules":1}`))), "parse_error"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %v, want %v", name, tt.got, tt.want)
		}
	}
}

func TestLeavesRegion(t *testing.T) {
	rule := func(region string, filters ...string) *ecrtypes.ReplicationConfiguration {
		r := ecrtypes.ReplicationRule{Destinations: []ecrtypes.ReplicationDestination{{Region: &region}}}
		for _, f := range filters {
			r.RepositoryFilters = append(r.RepositoryFilters, ecrtypes.RepositoryFilter{Filter: &f})
		}
		return &ecrtypes.ReplicationConfiguration{Rules: []ecrtypes.ReplicationRule{r}}
	}
	for name, tt := range map[string]struct {
		conf *ecrtypes.ReplicationConfiguration
		want bool
	}{
		"none":               {nil, false},
		"all, elsewhere":     {rule("eu-central-1"), true},
		"all, another's":     {rule("eu-west-1"), false},
		"this, elsewhere":    {rule("eu-central-1", "db/", "app/"), true},
		"another, elsewhere": {rule("eu-central-1", "db/"), false},
	} {
		if got := leavesRegion(tt.conf, "app/web", "eu-west-1"); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestFSxProducts(t *testing.T) {
	audit := &fsxtypes.WindowsAuditLogConfiguration{FileAccessAuditLogLevel: fsxtypes.WindowsAccessAuditLogLevelSuccessOnly}
	got := []fsxVolume{
		fsxOf(fsxtypes.FileSystem{FileSystemType: fsxtypes.FileSystemTypeWindows, WindowsConfiguration: &fsxtypes.WindowsFileSystemConfiguration{
			DeploymentType: fsxtypes.WindowsDeploymentTypeMultiAz1, AutomaticBackupRetentionDays: aws.Int32(7), AuditLogConfiguration: audit,
		}}),
		fsxOf(fsxtypes.FileSystem{FileSystemType: fsxtypes.FileSystemTypeOntap, OntapConfiguration: &fsxtypes.OntapFileSystemConfiguration{
			DeploymentType: fsxtypes.OntapDeploymentTypeSingleAz1,
		}}),
		fsxOf(fsxtypes.FileSystem{FileSystemType: fsxtypes.FileSystemTypeOpenzfs, OpenZFSConfiguration: &fsxtypes.OpenZFSFileSystemConfiguration{
			DeploymentType: fsxtypes.OpenZFSDeploymentTypeMultiAz1, AutomaticBackupRetentionDays: aws.Int32(1),
		}}),
	}
	none := api.Tags{Values: map[string]string{}}
	want := []fsxVolume{
		{product: "windows", deployment: "MULTI_AZ_1", days: aws.Int32(7), audit: audit, tags: none},
		{product: "ontap", deployment: "SINGLE_AZ_1", tags: none},
		{product: "openzfs", deployment: "MULTI_AZ_1", days: aws.Int32(1), tags: none},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(fsxVolume{}), cmp.Comparer(sameAudit)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func sameAudit(a, b *fsxtypes.WindowsAuditLogConfiguration) bool { return a == b }
