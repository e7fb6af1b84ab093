package aws

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/alertpattern"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/tri"
)

// alerts maps what tells people that something happened: alarms on the metrics of log filters, EventBridge rules, and the
// notifications of backup vaults. What an alert watches is read from its pattern; whether a recipient confirmed a subscription is
// not in code.
func alerts() mapping.Service {
	rule := []string{"alert_rule"}
	types := slices.Concat(
		[]mapping.Type{
			{Name: "aws_cloudwatch_metric_alarm", Kinds: rule, Map: metricAlarm},
			{Name: "aws_cloudwatch_event_rule", Kinds: []string{"alert_rule", "detector"}, Map: eventRule},
			{Name: "aws_backup_vault_notifications", Kinds: rule, Map: vaultNotifications},
		},
		partsOf(rule, []string{"aws_cloudwatch_metric_alarm"}, "aws_cloudwatch_log_metric_filter"),
		partsOf(rule, []string{"aws_cloudwatch_metric_alarm", "aws_cloudwatch_event_rule"},
			"aws_sns_topic_subscription", "aws_chatbot_slack_channel_configuration", "aws_chatbot_teams_channel_configuration"),
		partsOf([]string{"alert_rule", "detector"}, []string{"aws_cloudwatch_event_rule"}, "aws_cloudwatch_event_target"),
		noted("combines or draws alarms; those that it stands on are mapped",
			"aws_cloudwatch_composite_alarm", "aws_cloudwatch_dashboard", "aws_cloudwatch_contributor_insight_rule", "aws_cloudwatch_metric_stream",
			"aws_cloudwatch_contributor_managed_insight_rule"),
		noted("carries events from one place to another; the rules on them are mapped",
			"aws_cloudwatch_event_api_destination", "aws_cloudwatch_event_archive", "aws_cloudwatch_event_bus", "aws_cloudwatch_event_bus_policy",
			"aws_cloudwatch_event_connection", "aws_cloudwatch_event_endpoint", "aws_cloudwatch_event_permission"),
	)
	return mapping.Service{Name: "alerts", Types: types}
}

// metricAlarm is an alert where a log filter, or AWS Backup's count of failed jobs, feeds its metric. Other alarms are operations.
func metricAlarm(c *mapping.Context, v mapping.View) {
	watched, enabled, concerns := alarmWatches(c, v)
	if !concerns {
		return
	}
	on := kind.Both(v.Bool("actions_enabled").Or(true), enabled)
	if why := v.Instance.Unexpanded; why != nil {
		on = kind.Both(on, kind.Because[bool](*why))
	}
	targets, open := recipients(c, v, "alarm_actions")
	c.Emit(v, "alert_rule", named(v, "alarm_name"), "", kind.AlertRule{Enabled: on, Watches: watched, Targets: kind.Listed(targets, open)})
}

// alarmWatches joins an alarm with the filters that make its metric.
func alarmWatches(c *mapping.Context, v mapping.View) (watched kind.Attr[[]string], enabled kind.Attr[bool], concerns bool) {
	space, metric := v.String("namespace"), v.String("metric_name")
	if name, known := space.Known(); known && name == "AWS/Backup" {
		m, _ := metric.Known()
		return kind.Known([]string{"backup_failure"}).From(v.ProvenanceOf("metric_name")), kind.Known(true), m == "NumberOfBackupJobsFailed"
	}
	classes := []string{}
	at := v.Provenance()
	enabled = kind.Known(false).From(at)
	var open *evidence.Unknown
	for _, f := range c.All("aws_cloudwatch_log_metric_filter") {
		feeds := feedsAlarm(f, v)
		if feeds == tri.False || inSameRegion(f, v).And(sameOwner(f, v)) == tri.False {
			continue
		}
		concerns = true
		text, known := f.String("pattern").Known()
		if feeds == tri.Unknown || !known || f.Instance.Unexpanded != nil {
			open = evidence.FirstUnknown(open, f.Instance.Unexpanded, f.Attr("pattern").Unknown, &evidence.Unknown{
				Reason: evidence.Unresolved, Detail: "whether " + f.Instance.Address + " feeds the alarm is not known",
			})
			enabled = kind.Either(enabled, kind.Because[bool](*open))
			continue
		}
		at = f.ProvenanceOf("pattern")
		classes = append(classes, alertpattern.Filter(text)...)
		enabled = kind.Either(enabled, watchesTrail(c, f))
	}
	slices.Sort(classes)
	return kind.Listed(slices.Compact(classes), open).From(at), enabled, concerns
}

// feedsAlarm tells whether a filter makes the metric of an alarm.
func feedsAlarm(f, alarm mapping.View) tri.Value {
	result := tri.False
	transformations, open := f.Blocks("metric_transformation")
	for _, t := range transformations {
		same := tri.True
		for from, to := range map[string]string{"name": "metric_name", "namespace": "namespace"} {
			same = same.And(sameText(t.String(from), alarm.String(to), f, alarm, to))
		}
		result = result.Or(same)
	}
	if open != nil {
		result = result.Or(tri.Unknown)
	}
	return result
}

// sameText compares two arguments. Where the alarm's is not known but refers to the filter, they are the same.
func sameText(a, b mapping.Read[string], f, alarm mapping.View, arg string) tri.Value {
	x, known := a.Known()
	y, alsoKnown := b.Known()
	switch {
	case known && alsoKnown:
		return tri.Of(x == y)
	case b.Absent():
		return tri.False
	}
	for _, ref := range alarm.Attr(arg).Refs {
		if ref.Address == f.Instance.Address {
			return tri.True
		}
		if strings.Contains(ref.Address, "aws_cloudwatch_log_metric_filter.") {
			return tri.False
		}
	}
	return tri.Unknown
}

// watchesTrail says whether a trail writes into the log group that a filter reads. Where no trail is declared here one elsewhere may.
func watchesTrail(c *mapping.Context, f mapping.View) kind.Attr[bool] {
	trails := c.All("aws_cloudtrail")
	groups := f.Targets("log_group_name", logGroupType)
	if len(trails) == 0 || len(groups.Instances) != 1 {
		return kind.Known(true).From(f.Provenance())
	}
	for _, t := range trails {
		if slices.Contains(t.Mentions("cloud_watch_logs_group_arn", logGroupType), groups.Instances[0]) {
			return t.Bool("enable_logging").Or(true)
		}
	}
	return kind.Unknown[bool](evidence.Unresolved, "no trail that is declared here writes into the log group of the filter").
		From(f.ProvenanceOf("log_group_name"))
}

// recipients are the people behind the SNS topics that an argument names, and why there may be more.
func recipients(c *mapping.Context, v mapping.View, arg string) (out []kind.AlertRuleTarget, open *evidence.Unknown) {
	t := v.Targets(arg, "aws_sns_topic")
	for _, topic := range t.Instances {
		found, more := subscribers(c.View(topic))
		out, open = append(out, found...), evidence.FirstUnknown(open, more)
	}
	for _, arn := range t.Literals {
		switch {
		case strings.Contains(arn, ":sns:"):
			open = evidence.FirstUnknown(open, &evidence.Unknown{Reason: evidence.NotInPlane, Detail: "the subscriptions of " + arn + " are not declared here"})
		case strings.Contains(arn, ":opsitem"):
			out = append(out, kind.AlertRuleTarget{Type: kind.Known("ticket").From(v.ProvenanceOf(arg)), Confirmed: kind.Known(true)})
		case strings.Contains(arn, ":ssm-incidents:"):
			out = append(out, kind.AlertRuleTarget{Type: kind.Known("pager").From(v.ProvenanceOf(arg)), Confirmed: notConfirmed()})
		}
	}
	return out, evidence.FirstUnknown(open, t.Open)
}

func notConfirmed() kind.Attr[bool] {
	return outside[bool]("whether the recipient confirmed is not in code")
}

func subscribers(topic mapping.View) (out []kind.AlertRuleTarget, open *evidence.Unknown) {
	subscriptions, open := topic.Parts("aws_sns_topic_subscription", "topic_arn")
	for _, s := range subscriptions {
		if to, people := subscriber(s); people {
			out = append(out, kind.AlertRuleTarget{Type: to.From(s.Provenance()), Confirmed: notConfirmed()})
		}
	}
	for _, typ := range []string{"aws_chatbot_slack_channel_configuration", "aws_chatbot_teams_channel_configuration"} {
		channels, more := topic.Parts(typ, "sns_topic_arns")
		for _, ch := range channels {
			out = append(out, kind.AlertRuleTarget{Type: kind.Known("chat").From(ch.Provenance()), Confirmed: notConfirmed()})
		}
		open = evidence.FirstUnknown(open, more)
	}
	return out, open
}

// subscriber is what kind of recipient a subscription reaches; false for one that only moves data.
func subscriber(s mapping.View) (kind.Attr[string], bool) {
	protocol, known := s.String("protocol").Known()
	endpoint, _ := s.String("endpoint").Known()
	if !known {
		return kind.Unknown[string](evidence.Unresolved, "the protocol of the subscription"), true
	}
	typ, people := alertpattern.Recipient(protocol, endpoint)
	switch {
	case !people:
		return kind.NA[string](), false
	case typ != "":
		return kind.Known(typ), true
	}
	return kind.Unknown[string](evidence.Unresolved, "what stands behind the "+protocol+" subscription decides who is told"), true
}

// eventRule is an alert where its pattern tells one of the event classes.
func eventRule(c *mapping.Context, v mapping.View) {
	if v.Has("schedule_expression") && !v.Has("event_pattern") {
		return
	}
	doc := v.JSON("event_pattern").OrNull()
	watched := kind.Then(doc, func(val cty.Value) kind.Attr[[]string] { return kind.Known(event(val).Watches()) })
	if list, known := watched.Value(); (known && len(list) == 0) || watched.IsNull() {
		return
	}
	on := eventRuleOn(v)
	var targets []kind.AlertRuleTarget
	parts, open := v.Parts("aws_cloudwatch_event_target", "rule")
	for _, t := range parts {
		if inSameRegion(t, v) == tri.False {
			continue
		}
		found, more := recipients(c, t, "arn")
		targets, open = append(targets, found...), evidence.FirstUnknown(open, more)
	}
	c.Emit(v, "alert_rule", named(v, "name"), "", kind.AlertRule{
		Enabled: on, Watches: watched.From(v.ProvenanceOf("event_pattern")), Targets: kind.Listed(targets, open),
	})
}

// eventRuleOn reads both forms of the switch.
func eventRuleOn(v mapping.View) kind.Attr[bool] {
	on := v.Bool("is_enabled").Or(true)
	if v.Has("state") {
		on = kind.Convert(v.String("state").Or("ENABLED"), func(s string) bool { return strings.HasPrefix(s, "ENABLED") })
	}
	if why := v.Instance.Unexpanded; why != nil {
		on = kind.Both(on, kind.Because[bool](*why))
	}
	return on
}

// event is an event pattern without what is not known of it.
func event(val cty.Value) alertpattern.Event {
	object, _ := plain(val).(map[string]any)
	return object
}

// lets tells whether a rule lets the events of an AWS service through.
func lets(rule mapping.View, source string) tri.Value {
	val, known := rule.JSON("event_pattern").OrNull().Value()
	switch {
	case known:
		return tri.Of(event(val).From(source))
	case rule.Has("event_pattern"):
		return tri.Unknown
	}
	return tri.False
}

// ruleTarget is the UID or ARN of the first target of a rule.
func ruleTarget(c *mapping.Context, rule mapping.View) (string, *evidence.Unknown) {
	parts, open := rule.Parts("aws_cloudwatch_event_target", "rule")
	for _, t := range parts {
		if inSameRegion(t, rule) == tri.False {
			continue
		}
		to := t.Targets("arn")
		if uids := to.UIDs(c); len(uids) > 0 {
			return uids[0], nil
		}
		open = evidence.FirstUnknown(open, to.Open)
	}
	return "", open
}

// vaultNotifications tell of failed jobs where that event is among those that they name.
func vaultNotifications(c *mapping.Context, v mapping.View) {
	failures := contains(v, "backup_vault_events", "BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED")
	watched := kind.Convert(failures, func(yes bool) []string {
		if yes {
			return []string{"backup_failure"}
		}
		return []string{}
	})
	targets, open := recipients(c, v, "sns_topic_arn")
	c.Emit(v, "alert_rule", v.Instance.Name, "", kind.AlertRule{
		Enabled: kind.Known(true).From(v.Provenance()), Watches: watched, Targets: kind.Listed(targets, open),
	})
}
