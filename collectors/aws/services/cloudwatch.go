package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/alertpattern"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// cloudwatchService reads alarms that watch security: those on a metric that a filter of logs feeds, and on AWS Backup's count of failed
// jobs. Other alarms are operations.
func cloudwatchService() api.Service {
	return api.Service{
		Name: "cloudwatch", Kinds: []string{"alert_rule"}, Collect: alarms, Rate: 5,
		Operations: []api.Operation{{Name: "DescribeAlarms", Tells: []string{"alert_rule"}}},
	}
}

func alarms(ctx context.Context, c *api.Context) {
	found := api.List(ctx, c, cloudwatch.NewFromConfig(c.AWS()).DescribeAlarms, &cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm}},
		func(o *cloudwatch.DescribeAlarmsOutput) []types.MetricAlarm { return o.MetricAlarms })
	if len(found.Items) == 0 {
		return
	}
	filters := metricFiltersIn(ctx, c)
	api.Each(ctx, c, found.Items, func(ctx context.Context, a types.MetricAlarm) {
		watched, fed, concerns := alarmWatches(ctx, c, a, filters)
		if !concerns {
			return
		}
		c.Emit(api.Entity{Kind: "alert_rule", UID: aws.ToString(a.AlarmArn), Name: aws.ToString(a.AlarmName), Prov: found.Prov}, kind.AlertRule{
			Enabled: kind.Both(kind.Known(aws.ToBool(a.ActionsEnabled)), fed), Watches: watched, Targets: recipients(ctx, c, a.AlarmActions),
			LastFiredAt: lastAlarm(a), LastTestedAt: notTested(),
		})
	})
}

// notTested is why AWS cannot say when somebody last tested an alert.
func notTested() kind.Attr[kind.Time] {
	return kind.Unknown[kind.Time](evidence.NotInPlane, "tests of alerts are attested")
}

// lastAlarm: an alarm that stands tells since when; what was before is in its history, which is not read.
func lastAlarm(a types.MetricAlarm) kind.Attr[kind.Time] {
	if a.StateValue == types.StateValueAlarm && a.StateTransitionedTimestamp != nil {
		return api.Time(a.StateTransitionedTimestamp)
	}
	return kind.Unknown[kind.Time](evidence.NotCollected, "the history of the alarm is not read")
}

// metric is the name of a metric.
type metric struct{ namespace, name string }

// metricsOf are the metrics that an alarm looks at.
func metricsOf(a types.MetricAlarm) []metric {
	out := []metric{}
	if a.MetricName != nil {
		out = append(out, metric{aws.ToString(a.Namespace), *a.MetricName})
	}
	for _, q := range a.Metrics {
		if q.MetricStat != nil && q.MetricStat.Metric != nil {
			out = append(out, metric{aws.ToString(q.MetricStat.Metric.Namespace), aws.ToString(q.MetricStat.Metric.MetricName)})
		}
	}
	return out
}

// alarmWatches joins an alarm with the filters that make its metrics: what it watches, whether a trail writes where a filter reads, and
// whether the alarm concerns security at all.
func alarmWatches(
	ctx context.Context, c *api.Context, a types.MetricAlarm, filters api.Listing[logtypes.MetricFilter],
) (watched kind.Attr[[]string], fed kind.Attr[bool], concerns bool) {
	metrics := metricsOf(a)
	if slices.Contains(metrics, metric{"AWS/Backup", "NumberOfBackupJobsFailed"}) {
		return kind.Known([]string{"backup_failure"}), kind.Known(true), true
	}
	classes := []string{}
	var open []kind.Attr[bool]
	for _, f := range filters.Items {
		if !slices.ContainsFunc(f.MetricTransformations, func(t logtypes.MetricTransformation) bool {
			return slices.Contains(metrics, metric{aws.ToString(t.MetricNamespace), aws.ToString(t.MetricName)})
		}) {
			continue
		}
		concerns = true
		classes = append(classes, alertpattern.Filter(aws.ToString(f.FilterPattern))...)
		open = append(open, trailWritesTo(ctx, c, aws.ToString(f.LogGroupName)))
	}
	slices.Sort(classes)
	classes = slices.Compact(classes)
	ofAWS := !slices.ContainsFunc(metrics, func(m metric) bool { return !strings.HasPrefix(m.namespace, "AWS/") })
	if filters.Fail != nil && !ofAWS { // a filter may feed it, which cannot be told
		why := filters.Fail.Unknown()
		return kind.AtLeast(classes, why), kind.Either(kind.AnyOf(open), kind.Because[bool](why)), true
	}
	return kind.Known(classes).From(filters.Prov), kind.AnyOf(open).From(filters.Prov), concerns
}

// trailWritesTo says whether a trail that is on writes into a log group of the unit's region; without one a filter on it sees no events.
func trailWritesTo(ctx context.Context, c *api.Context, group string) kind.Attr[bool] {
	arn := c.ARN("logs", "log-group:"+group)
	found := trailsIn(ctx, c)
	var answers []kind.Attr[bool]
	for _, t := range found.list {
		if strings.TrimSuffix(aws.ToString(t.CloudWatchLogsLogGroupArn), ":*") == arn {
			answers = append(answers, t.logging())
		}
	}
	if found.fail != nil {
		answers = append(answers, kind.Because[bool](found.fail.Unknown()))
	}
	return kind.AnyOf(answers)
}
