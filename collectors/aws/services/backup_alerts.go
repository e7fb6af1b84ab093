package services

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// vaultNotifications emits what a vault tells a topic of as an alert: it watches failures where they are among the events that are named.
func vaultNotifications(ctx context.Context, c *api.Context, client *backup.Client, v types.BackupVaultListMember) {
	a := api.Ask(ctx, c, client.GetBackupVaultNotifications, &backup.GetBackupVaultNotificationsInput{BackupVaultName: v.BackupVaultName},
		"ResourceNotFoundException")
	if a.Fail != nil && a.Fail.Reason != evidence.NotCollected {
		c.Incomplete("alert_rule", evidence.Partial, "whether the backup vault "+aws.ToString(v.BackupVaultName)+" tells of failures is not known")
	}
	topic := aws.ToString(a.Out.SNSTopicArn)
	if topic == "" {
		return
	}
	watched := []string{}
	if slices.ContainsFunc(a.Out.BackupVaultEvents, func(e types.BackupVaultEvent) bool {
		return e == types.BackupVaultEventBackupJobFailed || e == types.BackupVaultEventBackupJobExpired
	}) {
		watched = append(watched, "backup_failure")
	}
	c.Emit(api.Entity{
		Kind: "alert_rule", UID: aws.ToString(v.BackupVaultArn) + "#notifications", Name: "notifications of " + aws.ToString(v.BackupVaultName), Prov: a.Prov,
	}, kind.AlertRule{
		Enabled: kind.Known(true), Watches: kind.Known(watched), Targets: recipients(ctx, c, []string{topic}),
		LastFiredAt:  kind.Unknown[kind.Time](evidence.NotCollected, "what was sent to the topic is not recorded"),
		LastTestedAt: notTested(),
	})
}
