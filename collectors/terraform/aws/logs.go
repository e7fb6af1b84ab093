package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/kind"
)

// loggroups maps the groups in which CloudWatch Logs keeps events. What writes into them is a log_source of its own.
func loggroups() mapping.Service {
	types := []mapping.Type{{Name: "aws_cloudwatch_log_group", Kinds: []string{"log_group"}, Map: logGroup}}
	types = append(types, noted("a part of a log group, or a way to read it", "aws_cloudwatch_log_stream", "aws_cloudwatch_query_definition",
		"aws_cloudwatch_log_index_policy", "aws_cloudwatch_log_transformer", "aws_cloudwatch_log_anomaly_detector")...)
	return mapping.Service{Name: "loggroups", Types: types}
}

// logGroup: always encrypted, in three zones, without any way to make it public. Without a retention events are kept for ever.
func logGroup(c *mapping.Context, v mapping.View) {
	d := v.Datastore("log_group")
	encryptedByService(c, &d, v.UID(), v, "kms_key_id")
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	awsstore.WithoutBackup(&d)
	d.Versioning = kind.NA[bool]()
	d.ImmutabilityMode = kind.Known("none") // events cannot be changed, but whoever may delete the group deletes them
	d.ImmutabilityDays = kind.NA[int64]()
	d.DeletionProtection = v.Bool("deletion_protection_enabled").Or(false)
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = byDataEvents(c)
	d.LifecycleExpireDays = kind.Then(v.Int("retention_in_days").Or(0), func(days int64) kind.Attr[int64] {
		if days == 0 {
			return kind.Null[int64]()
		}
		return kind.Known(days)
	})
	c.Emit(v, "log_group", named(v, "name"), "", d)
}
