package scenario

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	bt "github.com/aws/aws-sdk-go-v2/service/backup/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// watch makes the trail, the alarm on it and the detector.
func (b *builder) watch(ctx context.Context, k keys) error {
	trail := aws.String("stbrigid")
	client := cloudtrail.NewFromConfig(b.config)
	made, err := client.CreateTrail(ctx, &cloudtrail.CreateTrailInput{
		Name: trail, S3BucketName: aws.String(b.bucket("audit")), IsMultiRegionTrail: aws.Bool(true),
		EnableLogFileValidation: aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true), KmsKeyId: &k.clinical,
	})
	if err != nil {
		return err
	}
	if _, err := client.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: trail}); err != nil {
		return err
	}
	b.made("AWS::CloudTrail::Trail", 1)
	b.fact("log_source", *made.TrailARN, "multi_region", true)
	b.fact("log_source", *made.TrailARN, "validation", true)
	b.fact("log_source", *made.TrailARN, "enabled", true)
	detector, err := guardduty.NewFromConfig(b.config).CreateDetector(ctx, &guardduty.CreateDetectorInput{Enable: aws.Bool(true)})
	if err != nil {
		return err
	}
	b.made("AWS::GuardDuty::Detector", 1)
	b.fact("detector", b.arn("guardduty", "detector/"+*detector.DetectorId), "enabled", true)
	return b.alarm(ctx)
}

// alarm makes a metric filter on the trail's log group, and an alarm that tells a topic.
func (b *builder) alarm(ctx context.Context) error {
	logs, group := cloudwatchlogs.NewFromConfig(b.config), aws.String("/stbrigid/trail")
	if _, err := logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group}); err != nil {
		return err
	}
	if _, err := logs.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{
		LogGroupName: group, RetentionInDays: aws.Int32(400),
	}); err != nil {
		return err
	}
	metric, namespace := aws.String("root-use"), aws.String("stbrigid")
	if _, err := logs.PutMetricFilter(ctx, &cloudwatchlogs.PutMetricFilterInput{
		LogGroupName: group, FilterName: metric,
		FilterPattern: aws.String(`{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }`),
		MetricTransformations: []logtypes.MetricTransformation{{
			MetricName: metric, MetricNamespace: namespace, MetricValue: aws.String("1"),
		}},
	}); err != nil {
		return err
	}
	topic, err := sns.NewFromConfig(b.config).CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("security")})
	if err != nil {
		return err
	}
	if _, err := sns.NewFromConfig(b.config).Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: topic.TopicArn, Protocol: aws.String("email"), Endpoint: aws.String("security@stbrigid.example"),
	}); err != nil {
		return err
	}
	_, err = cloudwatch.NewFromConfig(b.config).PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
		AlarmName: metric, MetricName: metric, Namespace: namespace, Statistic: cwtypes.StatisticSum, Period: aws.Int32(300),
		EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), AlarmActions: []string{*topic.TopicArn},
		ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanOrEqualToThreshold,
	})
	b.made("AWS::CloudWatch::Alarm", 1)
	b.made("AWS::Logs::LogGroup", 1)
	// No trail writes into the log group that the metric is made of, so nothing can raise the alarm.
	b.fact("alert_rule", b.arn("cloudwatch", "alarm:root-use"), "enabled", false)
	return err
}

// backups makes vaults and a plan. Moto keeps no selections, jobs or recovery points.
func (b *builder) backups(ctx context.Context, k keys) error {
	client := backup.NewFromConfig(b.config)
	for _, name := range []string{"gold", "legacy"} {
		in := &backup.CreateBackupVaultInput{BackupVaultName: &name}
		if name == "gold" {
			in.EncryptionKeyArn, in.BackupVaultTags = &k.clinical, tagMap(name, audit)
		}
		if _, err := client.CreateBackupVault(ctx, in); err != nil {
			return err
		}
		b.made("AWS::Backup::BackupVault", 1)
		b.fact("backup_vault", b.arn("backup", "backup-vault:"+name), "locked", name == "gold")
	}
	if _, err := client.PutBackupVaultLockConfiguration(ctx, &backup.PutBackupVaultLockConfigurationInput{
		BackupVaultName: aws.String("gold"), MinRetentionDays: aws.Int64(30), ChangeableForDays: aws.Int64(3),
	}); err != nil {
		return err
	}
	plan, err := client.CreateBackupPlan(ctx, &backup.CreateBackupPlanInput{BackupPlan: &bt.BackupPlanInput{
		BackupPlanName: aws.String("gold"),
		Rules: []bt.BackupRuleInput{{
			RuleName: aws.String("nightly"), TargetBackupVaultName: aws.String("gold"), ScheduleExpression: aws.String("cron(0 2 * * ? *)"),
			Lifecycle: &bt.Lifecycle{DeleteAfterDays: aws.Int64(365)},
		}},
	}})
	if err != nil {
		return err
	}
	b.made("AWS::Backup::BackupPlan", 1)
	b.fact("backup_plan", *plan.BackupPlanArn, "automated", true)
	return nil
}
