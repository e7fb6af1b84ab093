package services

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	backuptypes "github.com/aws/aws-sdk-go-v2/service/backup/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
)

// fillLogging makes two trails in moto: one of all regions with everything on, which writes into a log group, and a stopped one.
func fillLogging(t *testing.T, l *lab) (key string) {
	t.Helper()
	ctx, ireland := t.Context(), l.account.Config("eu-west-1")
	buckets := s3.NewFromConfig(ireland)
	must(buckets.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("audit"), CreateBucketConfiguration: &types.CreateBucketConfiguration{
		LocationConstraint: types.BucketLocationConstraintEuWest1,
	}}))(t)
	must(buckets.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: aws.String("audit"), LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("all"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
			Expiration: &types.LifecycleExpiration{Days: aws.Int32(400)},
		}}},
	}))(t)
	key = aws.ToString(must(kms.NewFromConfig(ireland).CreateKey(ctx, &kms.CreateKeyInput{}))(t).KeyMetadata.Arn)
	logs := cloudwatchlogs.NewFromConfig(ireland)
	for _, name := range []string{"trail", "/aws/rds/instance/db/audit"} {
		must(logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(name), Tags: map[string]string{"data_classification": "Confidential"}}))(t)
	}
	must(logs.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: aws.String("trail"), RetentionInDays: aws.Int32(90)}))(t)
	c := cloudtrail.NewFromConfig(ireland)
	must(c.CreateTrail(ctx, &cloudtrail.CreateTrailInput{
		Name: aws.String("all"), S3BucketName: aws.String("audit"), IsMultiRegionTrail: aws.Bool(true), EnableLogFileValidation: aws.Bool(true), KmsKeyId: aws.String(key),
		CloudWatchLogsLogGroupArn: aws.String("arn:aws:logs:eu-west-1:123456789012:log-group:trail:*"),
		CloudWatchLogsRoleArn:     aws.String("arn:aws:iam::123456789012:role/trail"),
	}))(t)
	must(c.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: aws.String("all")}))(t)
	must(c.PutEventSelectors(ctx, &cloudtrail.PutEventSelectorsInput{TrailName: aws.String("all"), EventSelectors: []trailtypes.EventSelector{{
		IncludeManagementEvents: aws.Bool(true), ReadWriteType: trailtypes.ReadWriteTypeAll,
		DataResources: []trailtypes.DataResource{{Type: aws.String("AWS::S3::Object"), Values: []string{"arn:aws:s3:::audit/"}}},
	}}}))(t)
	must(c.CreateTrail(ctx, &cloudtrail.CreateTrailInput{Name: aws.String("stopped"), S3BucketName: aws.String("audit")}))(t)
	return key
}

// clean fails the test for each call that failed.
func clean(t *testing.T, b *api.Batch) {
	t.Helper()
	if failed := wanted(b); len(failed) > 0 {
		t.Errorf("failed calls: %+v", failed)
	}
}

// wanted are the failed calls but for the one that moto lacks in many services: whether an event data store records the accesses to a store.
func wanted(b *api.Batch) []api.Failed {
	return slices.DeleteFunc(slices.Clone(b.Note.Failures), func(f api.Failed) bool {
		return f.Operation == "cloudtrail:ListEventDataStores" && f.Code == "UnknownOperationException"
	})
}

// TestTrails reads moto's trails. Moto knows no delivery to a bucket.
func TestTrails(t *testing.T) {
	l := newLab(t)
	key := fillLogging(t, l)
	b := l.collect(t, "cloudtrail", "eu-west-1")
	clean(t, b)
	const all, stopped = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/all", "arn:aws:cloudtrail:eu-west-1:123456789012:trail/stopped"
	want := map[string]any{
		"type": "cloud_audit", "enabled": true, "scope": "aws:123456789012", "multi_region": true, "validation": true, "encrypted": true, "forwarded": true,
		"destination": "arn:aws:s3:::audit", "retention_days": int64(400),
	}
	e := entity(t, b, all)
	delete(e.Attrs, "last_event_at") // moto's clock
	if diff := cmp.Diff(want, e.Attrs); diff != "" {
		t.Error(diff)
	}
	if e.Scope != "aws:123456789012:eu-west-1" {
		t.Errorf("scope %s", e.Scope)
	}
	want = map[string]any{
		"type": "cloud_audit", "enabled": false, "scope": "aws:123456789012:eu-west-1", "multi_region": false, "validation": false, "forwarded": false,
	}
	if diff := cmp.Diff(want, entity(t, b, stopped).Attrs); diff != "" {
		t.Error(diff)
	}
	relations := []evidence.Relation{
		{Type: "encrypted_by", From: all, To: key, Complete: true},
		{Type: "logs_to", From: all, To: "arn:aws:s3:::audit", Complete: true},
		{Type: "logs_to", From: "aws:123456789012", To: all, Complete: true},
		{Type: "logs_to", From: "aws:123456789012", To: stopped, Complete: true},
	}
	if diff := cmp.Diff(relations, b.Relations); diff != "" {
		t.Error(diff)
	}
	if other := l.collect(t, "cloudtrail", "us-east-1"); len(other.Entities) > 0 {
		t.Errorf("the trail of Ireland came twice: %v", other.Entities[0].UID)
	}
}

func TestDataEventsOfTrails(t *testing.T) {
	l := newLab(t)
	fillLogging(t, l)
	c := api.NewContext(l.run, l.account, l.run.Catalogue.Service("cloudtrail"), "eu-west-1")
	dataEvents(t.Context(), c, []api.Resource{
		{UID: "arn:aws:s3:::audit", Kind: "bucket", Region: "eu-west-1"}, {UID: "arn:aws:s3:::other", Kind: "bucket", Region: "eu-west-1"},
	})
	b := c.Batch()
	clean(t, b)
	const uid = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/all#data-events"
	want := map[string]any{
		"type": "object_access", "enabled": true, "scope": "arn:aws:s3:::audit", "encrypted": true, "forwarded": true,
		"destination": "arn:aws:s3:::audit", "retention_days": int64(400),
	}
	if diff := cmp.Diff(want, entity(t, b, uid).Attrs); diff != "" {
		t.Error(diff)
	}
	relations := []evidence.Relation{
		{Type: "logs_to", From: uid, To: "arn:aws:s3:::audit", Complete: true}, {Type: "logs_to", From: "arn:aws:s3:::audit", To: uid, Complete: true},
	}
	if diff := cmp.Diff(relations, b.Relations); diff != "" {
		t.Error(diff)
	}
	for arn, want := range map[string]bool{"arn:aws:s3:::audit": true, "arn:aws:s3:::other": false} {
		if got, known := accessRecorded(t.Context(), c, arn).Value(); !known || got != want {
			t.Errorf("accesses to %s recorded: %v (known: %v)", arn, got, known)
		}
	}
}

// TestSelectors is of literal selectors.
func TestSelectors(t *testing.T) {
	t.Parallel()
	field := func(name string, set func(*trailtypes.AdvancedFieldSelector)) trailtypes.AdvancedFieldSelector {
		f := trailtypes.AdvancedFieldSelector{Field: aws.String(name)}
		set(&f)
		return f
	}
	equals := func(name, value string) trailtypes.AdvancedFieldSelector {
		return field(name, func(f *trailtypes.AdvancedFieldSelector) { f.Equals = []string{value} })
	}
	advanced := func(fields ...trailtypes.AdvancedFieldSelector) cloudtrail.GetEventSelectorsOutput {
		return cloudtrail.GetEventSelectorsOutput{AdvancedEventSelectors: []trailtypes.AdvancedEventSelector{{FieldSelectors: fields}}}
	}
	basic := func(mode trailtypes.ReadWriteType, values ...string) cloudtrail.GetEventSelectorsOutput {
		return cloudtrail.GetEventSelectorsOutput{EventSelectors: []trailtypes.EventSelector{{
			IncludeManagementEvents: aws.Bool(true), ReadWriteType: mode,
			DataResources: []trailtypes.DataResource{{Type: aws.String("AWS::S3::Object"), Values: values}},
		}}}
	}
	data, objects := equals("eventCategory", "Data"), equals("resources.type", "AWS::S3::Object")
	type facts struct {
		Management bool
		Scope      string
	}
	found := []api.Resource{{UID: "arn:aws:s3:::one", Region: "eu-west-1"}, {UID: "arn:aws:s3:::two", Region: "eu-west-1"}, {UID: "arn:aws:s3:::far", Region: "us-east-1"}}
	for name, tc := range map[string]struct {
		selectors cloudtrail.GetEventSelectorsOutput
		want      facts
	}{
		"none":                {cloudtrail.GetEventSelectorsOutput{}, facts{true, ""}},
		"every bucket":        {basic(trailtypes.ReadWriteTypeAll, "arn:aws:s3"), facts{true, "all"}},
		"every bucket, old":   {basic(trailtypes.ReadWriteTypeAll, "arn:aws:s3:::"), facts{true, "all"}},
		"only writes":         {basic(trailtypes.ReadWriteTypeWriteOnly, "arn:aws:s3"), facts{false, ""}},
		"one bucket":          {basic(trailtypes.ReadWriteTypeAll, "arn:aws:s3:::one/"), facts{true, "arn:aws:s3:::one"}},
		"a bucket not found":  {basic(trailtypes.ReadWriteTypeAll, "arn:aws:s3:::gone/"), facts{true, "arn:aws:s3:::gone"}},
		"part of a bucket":    {basic(trailtypes.ReadWriteTypeAll, "arn:aws:s3:::one/tmp/"), facts{true, ""}},
		"management":          {advanced(equals("eventCategory", "Management")), facts{true, ""}},
		"management, no KMS":  {advanced(equals("eventCategory", "Management"), field("eventSource", func(f *trailtypes.AdvancedFieldSelector) { f.NotEquals = []string{"kms.amazonaws.com"} })), facts{true, ""}},
		"management, writes":  {advanced(equals("eventCategory", "Management"), equals("readOnly", "false")), facts{false, ""}},
		"data of all":         {advanced(data, objects), facts{false, "all"}},
		"data, reads":         {advanced(data, objects, equals("readOnly", "true")), facts{false, ""}},
		"data by prefix":      {advanced(data, objects, field("resources.ARN", func(f *trailtypes.AdvancedFieldSelector) { f.StartsWith = []string{"arn:aws:s3:::t"} })), facts{false, "arn:aws:s3:::two"}},
		"data but one":        {advanced(data, objects, field("resources.ARN", func(f *trailtypes.AdvancedFieldSelector) { f.NotStartsWith = []string{"arn:aws:s3:::one/"} })), facts{false, "arn:aws:s3:::two"}},
		"data by suffix":      {advanced(data, objects, field("resources.ARN", func(f *trailtypes.AdvancedFieldSelector) { f.EndsWith = []string{".txt"} })), facts{false, ""}},
		"data of one call":    {advanced(data, objects, equals("eventName", "GetObject")), facts{false, ""}},
		"data of other types": {advanced(data, equals("resources.type", "AWS::DynamoDB::Table")), facts{false, ""}},
	} {
		single := &trail{home: "eu-west-1"}
		list := dataSelectors(&tc.selectors)
		got := facts{recordsManagement(&tc.selectors), selectedScope(list, single.storesAmong(list, found))}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestRecordedStores is of a literal trail that selects the data events of one type at a time, all of its resources.
func TestRecordedStores(t *testing.T) {
	t.Parallel()
	const here = ":eu-west-1:123456789012:"
	for arn, want := range map[string]string{
		"arn:aws:s3:::records": "AWS::S3::Object",
		"arn:aws:s3express" + here + "bucket/fast--euw1-az1--x-s3": "AWS::S3Express::Object",
		"arn:aws:s3tables" + here + "bucket/facts":                 "AWS::S3Tables::Table",
		"arn:aws:dynamodb" + here + "table/patients":               "AWS::DynamoDB::Table",
		"arn:aws:dynamodb" + here + "export/x":                     "",
		"arn:aws:cassandra" + here + "/keyspace/k/table/t":         "AWS::Cassandra::Table",
		"arn:aws:neptune-graph" + here + "graph/g":                 "AWS::NeptuneGraph::Graph",
		"arn:aws:sqs" + here + "orders":                            "AWS::SQS::Queue",
		"arn:aws:sns" + here + "alerts":                            "AWS::SNS::Topic",
		"arn:aws:kinesis" + here + "stream/vitals":                 "AWS::Kinesis::Stream",
		"arn:aws:firehose" + here + "deliverystream/archive":       "AWS::KinesisFirehose::DeliveryStream",
		"arn:aws:medical-imaging" + here + "datastore/scans":       "AWS::MedicalImaging::Datastore",
		"arn:aws:timestream" + here + "database/d/table/t":         "", // queries are recorded, writes are not
		"arn:aws:rds" + here + "db:records":                        "",
		"arn:aws:elasticfilesystem" + here + "file-system/fs-1":    "",
		"arn:aws:logs" + here + "log-group:app":                    "",
		"arn:aws:ecr" + here + "repository/app":                    "", // see below
		"records":                                                  "",
	} {
		if got := dataEventType(arn); got != want {
			t.Errorf("%s: %q, want %q", arn, got, want)
		}
		typ := want
		if typ == "" {
			typ = "AWS::RDS::DBCluster"
		}
		selected := &trail{
			status: api.Answer[cloudtrail.GetTrailStatusOutput]{Out: &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(true)}},
			selectors: api.Answer[cloudtrail.GetEventSelectorsOutput]{Out: &cloudtrail.GetEventSelectorsOutput{
				AdvancedEventSelectors: []trailtypes.AdvancedEventSelector{{FieldSelectors: []trailtypes.AdvancedFieldSelector{
					{Field: aws.String("eventCategory"), Equals: []string{"Data"}}, {Field: aws.String("resources.type"), Equals: []string{typ}},
				}}},
			}},
		}
		if got, known := selected.recordsAccess(arn).Value(); !known || got != (want != "") {
			t.Errorf("accesses to %s recorded: %v (known: %v)", arn, got, known)
		}
		selected.selectors.Out = &cloudtrail.GetEventSelectorsOutput{} // management events
		if got, known := selected.recordsAccess(arn).Value(); !known || got != strings.Contains(arn, ":ecr:") {
			t.Errorf("accesses to %s are management events: %v (known: %v)", arn, got, known)
		}
	}
}

func TestLogGroups(t *testing.T) {
	l := newLab(t)
	fillLogging(t, l)
	b := l.collect(t, "cloudwatchlogs", "eu-west-1")
	clean(t, b)
	const arn = "arn:aws:logs:eu-west-1:123456789012:log-group:trail"
	want := map[string]any{
		"kind_detail": "log_group", "account": "aws:123456789012", "location.region": "eu-west-1", "location.country": "IE",
		"data.classification": "confidential", "data.categories": nil, "data.owner": nil, "data.administrator": nil,
		"data.retention_days": nil, "data.deidentified": nil, "criticality": nil, "environment": nil, "record_class": nil,
		"encryption.at_rest": true, "encryption.key_management": "provider", "encryption.source": "provider_default", "encryption.in_transit_required": true,
		"exposure.public": false, "exposure.public_paths": []any{}, "network.placement": "none", "deletion_protection": false,
		"immutability.mode": "none", "redundancy": "multi_az", "logging.access": false, "backup.native_retention_days": int64(0), "backup.pitr": false,
		"lifecycle.expire_days": int64(90), "size_bytes": int64(0),
	}
	if diff := cmp.Diff(want, entity(t, b, arn).Attrs); diff != "" {
		t.Error(diff)
	}
	want = map[string]any{"type": "application", "enabled": true, "encrypted": true, "forwarded": true, "destination": arn, "retention_days": int64(90)}
	if diff := cmp.Diff(want, entity(t, b, arn+"#log").Attrs); diff != "" {
		t.Error(diff)
	}
	database := entity(t, b, "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/rds/instance/db/audit#log").Attrs
	if database["type"] != "database" || database["retention_days"] != nil {
		t.Errorf("the database's log: %v", database)
	}
}

// fillAlerts makes an alarm that tells of root, one on a group that no trail writes into, one of operations, and two rules on events.
func fillAlerts(t *testing.T, l *lab) {
	t.Helper()
	ctx, ireland := t.Context(), l.account.Config("eu-west-1")
	topics := sns.NewFromConfig(ireland)
	topic := must(topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("alerts")}))(t).TopicArn
	for protocol, endpoint := range map[string]string{"email": "soc@example.org", "sqs": "arn:aws:sqs:eu-west-1:123456789012:tickets"} {
		must(topics.Subscribe(ctx, &sns.SubscribeInput{TopicArn: topic, Protocol: aws.String(protocol), Endpoint: aws.String(endpoint)}))(t)
	}
	logs := cloudwatchlogs.NewFromConfig(ireland)
	alarms := cloudwatch.NewFromConfig(ireland)
	must(logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("elsewhere")}))(t)
	for name, group := range map[string]string{"root": "trail", "mute": "elsewhere"} {
		must(logs.PutMetricFilter(ctx, &cloudwatchlogs.PutMetricFilterInput{
			FilterName: aws.String(name), LogGroupName: aws.String(group), FilterPattern: aws.String(`{ $.userIdentity.type = "Root" }`),
			MetricTransformations: []logtypes.MetricTransformation{{MetricName: aws.String(name), MetricNamespace: aws.String("Audit"), MetricValue: aws.String("1")}},
		}))(t)
	}
	for name, m := range map[string]metric{"root": {"Audit", "root"}, "mute": {"Audit", "mute"}, "load": {"AWS/EC2", "CPUUtilization"}, "jobs": {"AWS/Backup", "NumberOfBackupJobsFailed"}} {
		must(alarms.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String(name), Namespace: aws.String(m.namespace), MetricName: aws.String(m.name), AlarmActions: []string{aws.ToString(topic)},
			ComparisonOperator: "GreaterThanOrEqualToThreshold", EvaluationPeriods: aws.Int32(1), Period: aws.Int32(300), Threshold: aws.Float64(1), Statistic: "Sum",
		}))(t)
	}
	events := eventbridge.NewFromConfig(ireland)
	for name, text := range map[string]string{
		"trail": `{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging"]}}`, "findings": `{"source":["aws.guardduty"]}`,
		"machines": `{"source":["aws.ec2"]}`,
	} {
		must(events.PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String(name), EventPattern: aws.String(text)}))(t)
		must(events.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String(name), Targets: []eventtypes.Target{
			{Id: aws.String("1"), Arn: topic}, {Id: aws.String("2"), Arn: aws.String("arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/all")},
		}}))(t)
	}
	must(events.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: aws.String("trail")}))(t)
}

// TestAlerts reads moto's alarms and rules. Moto confirms every subscription at once.
func TestAlerts(t *testing.T) {
	l := newLab(t)
	fillLogging(t, l)
	fillAlerts(t, l)
	alarms, rules := l.collect(t, "cloudwatch", "eu-west-1"), l.collect(t, "eventbridge", "eu-west-1")
	clean(t, alarms)
	clean(t, rules)
	told := []any{map[string]any{"type": "email", "confirmed": true}, map[string]any{"type": "ticket", "confirmed": true}}
	want := map[string]map[string]any{
		"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:root": {"enabled": true, "watches": []any{"root_use"}},
		"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:mute": {"enabled": false, "watches": []any{"root_use"}},
		"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:jobs": {"enabled": true, "watches": []any{"backup_failure"}},
		"arn:aws:events:eu-west-1:123456789012:rule/trail":     {"enabled": false, "watches": []any{"trail_change"}},
	}
	got := map[string]map[string]any{}
	for _, e := range append(alarms.Entities, rules.Entities...) {
		targets, _ := e.Attrs["targets"].([]any)
		if len(targets) != len(told) || !cmp.Equal(targets, told) && !cmp.Equal([]any{targets[1], targets[0]}, told) {
			t.Errorf("%s tells %v", e.UID, targets)
		}
		delete(e.Attrs, "targets")
		got[e.UID] = e.Attrs
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestVaultNotifications is a fake, which moto lacks.
func TestVaultNotifications(t *testing.T) {
	for events, want := range map[string][]any{`"BACKUP_JOB_FAILED","RESTORE_JOB_STARTED"`: {"backup_failure"}, `"RESTORE_JOB_STARTED"`: {}} {
		l := newLab(t)
		topic := must(sns.NewFromConfig(l.account.Config("eu-west-1")).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("alerts")}))(t).TopicArn
		l.proxied(t, map[awslab.Match]awslab.Fault{
			{Service: "backup", Operation: "GetBackupVaultNotifications"}: awslab.Answer(
				`{"BackupVaultName":"v","SNSTopicArn":"` + aws.ToString(topic) + `","BackupVaultEvents":[` + events + `]}`),
		})
		c := api.NewContext(l.run, l.account, l.run.Catalogue.Service("backup"), "eu-west-1")
		vaultNotifications(t.Context(), c, backup.NewFromConfig(c.AWS()), backuptypes.BackupVaultListMember{
			BackupVaultName: aws.String("v"), BackupVaultArn: aws.String("arn:aws:backup:eu-west-1:123456789012:backup-vault:v"),
		})
		b := c.Batch()
		clean(t, b)
		got := entity(t, b, "arn:aws:backup:eu-west-1:123456789012:backup-vault:v#notifications").Attrs
		if diff := cmp.Diff(map[string]any{"enabled": true, "watches": want, "targets": []any{}}, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestOrganisationTrail is of a literal: a member sees its organisation's trail, whose ARN names another account.
func TestOrganisationTrail(t *testing.T) {
	l := newLab(t)
	c := api.NewContext(l.run, l.account, l.run.Catalogue.Service("cloudtrail"), "eu-west-1")
	const arn = "arn:aws:cloudtrail:eu-central-1:999999999999:trail/org"
	org := &trail{arn: arn, home: "eu-central-1", Trail: trailtypes.Trail{
		Name: aws.String("org"), S3BucketName: aws.String("elsewhere"), IsMultiRegionTrail: aws.Bool(true), IsOrganizationTrail: aws.Bool(true),
		LogFileValidationEnabled: aws.Bool(true),
	}}
	org.status.Out = &cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(true), LatestDeliveryTime: &labTime}
	org.selectors.Out = &cloudtrail.GetEventSelectorsOutput{}
	if !org.here(c) {
		t.Error("no unit says what the trail is: its home region is not read")
	}
	emitTrail(t.Context(), c, org, nil)
	e := entity(t, c.Batch(), arn+"#aws:123456789012")
	want := map[string]any{
		"type": "cloud_audit", "enabled": true, "scope": "aws:123456789012", "multi_region": true, "validation": true, "encrypted": false, "forwarded": true,
		"destination": "arn:aws:s3:::elsewhere", "last_event_at": "2026-11-22T12:00:00Z",
	}
	if diff := cmp.Diff(want, e.Attrs); diff != "" {
		t.Error(diff)
	}
	if e.Scope != "aws:123456789012" || e.Unknown["retention_days"].Reason != evidence.NotCollected {
		t.Errorf("scope %s, retention %v", e.Scope, e.Unknown["retention_days"])
	}
}

// TestTrailsDenied: without a list of trails nothing about them is known, and nothing is claimed.
func TestTrailsDenied(t *testing.T) {
	l := newLab(t)
	fillLogging(t, l)
	fillAlerts(t, l)
	l.proxied(t, map[awslab.Match]awslab.Fault{{Service: "cloudtrail", Operation: "DescribeTrails"}: awslab.Deny()})
	b := l.collect(t, "cloudtrail", "eu-west-1")
	want := []api.Gap{{Kind: "log_source", Scope: irelandScope, Status: evidence.Denied, Detail: "cloudtrail:DescribeTrails is denied: no identity-based policy allows it; it takes cloudtrail:DescribeTrails"}}
	if diff := cmp.Diff(want, b.Note.Gaps); diff != "" || len(b.Entities) > 0 {
		t.Errorf("%d entities, gaps: %s", len(b.Entities), diff)
	}
	alarm := entity(t, l.collect(t, "cloudwatch", "eu-west-1"), "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:root")
	if alarm.Unknown["enabled"].Reason != evidence.AccessDenied {
		t.Errorf("enabled: %v, unknown: %v", alarm.Attrs["enabled"], alarm.Unknown["enabled"])
	}
}
