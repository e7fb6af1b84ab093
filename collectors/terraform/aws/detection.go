package aws

import (
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/tri"
)

// detection maps the services that turn what happens in an account into findings. Each covers one region of the account.
func detection() mapping.Service {
	detector := []string{"detector"}
	types := []mapping.Type{
		{Name: "aws_guardduty_detector", Kinds: detector, Map: guardDuty},
		{Name: "aws_securityhub_account", Kinds: detector, Map: securityHub},
		{Name: "aws_macie2_account", Kinds: detector, Map: macie},
		{Name: "aws_inspector2_enabler", Kinds: detector, Map: inspector},
		{Name: "aws_accessanalyzer_analyzer", Kinds: detector, Map: accessAnalyzer},
		{Name: "aws_config_configuration_recorder", Kinds: detector, Map: configRecorder},
	}
	types = append(types, partsOf(detector, []string{"aws_guardduty_detector"},
		"aws_guardduty_detector_feature", "aws_guardduty_publishing_destination")...)
	types = append(types, partsOf(detector, []string{"aws_config_configuration_recorder"},
		"aws_config_configuration_recorder_status", "aws_config_delivery_channel")...)
	types = append(types, noted("tunes a detector, or joins those of several accounts; the detector itself is mapped",
		"aws_guardduty_filter", "aws_guardduty_invite_accepter", "aws_guardduty_ipset", "aws_guardduty_malware_protection_plan",
		"aws_guardduty_member", "aws_guardduty_member_detector_feature", "aws_guardduty_organization_admin_account",
		"aws_guardduty_organization_configuration", "aws_guardduty_organization_configuration_feature", "aws_guardduty_threatintelset",
		"aws_securityhub_action_target", "aws_securityhub_automation_rule", "aws_securityhub_configuration_policy",
		"aws_securityhub_configuration_policy_association", "aws_securityhub_finding_aggregator", "aws_securityhub_insight",
		"aws_securityhub_invite_accepter", "aws_securityhub_member", "aws_securityhub_organization_admin_account",
		"aws_securityhub_organization_configuration", "aws_securityhub_product_subscription", "aws_securityhub_standards_control",
		"aws_securityhub_standards_control_association", "aws_securityhub_standards_subscription",
		"aws_macie2_classification_export_configuration", "aws_macie2_classification_job", "aws_macie2_custom_data_identifier",
		"aws_macie2_findings_filter", "aws_macie2_invitation_accepter",
		"aws_macie2_member", "aws_macie2_organization_admin_account", "aws_macie2_organization_configuration",
		"aws_inspector2_delegated_admin_account", "aws_inspector2_filter", "aws_inspector2_member_association",
		"aws_inspector2_organization_configuration", "aws_accessanalyzer_archive_rule", "aws_config_aggregate_authorization",
		"aws_config_configuration_aggregator", "aws_config_retention_configuration")...)
	types = append(types, noted("AWS's own check of a resource; Assay judges the resource itself", "aws_config_config_rule",
		"aws_config_conformance_pack", "aws_config_organization_conformance_pack", "aws_config_organization_custom_policy_rule",
		"aws_config_organization_custom_rule", "aws_config_organization_managed_rule", "aws_config_remediation_configuration")...)
	types = append(types, noted("helps people to look into findings; finds none itself", "aws_detective_graph",
		"aws_detective_invitation_accepter",
		"aws_detective_member", "aws_detective_organization_admin_account", "aws_detective_organization_configuration")...)
	types = append(types, noted("the retired first version of Inspector", "aws_inspector_assessment_target", "aws_inspector_assessment_template",
		"aws_inspector_resource_group")...)
	return mapping.Service{Name: "detection", Types: types}
}

// regional is a detector of one region.
func regional(c *mapping.Context, v mapping.View, typ, product, source string, enabled kind.Attr[bool], can ...string) kind.Detector {
	if why := v.Instance.Unexpanded; why != nil {
		enabled = kind.Both(enabled, kind.Because[bool](*why))
	}
	if can == nil {
		can = []string{}
	}
	return kind.Detector{
		Type: kind.Known(typ), Product: kind.Known(product), Enabled: enabled, Scope: regionScope(v), Capabilities: kind.Known(can),
		FindingsDestination: findingsTo(c, v, source),
	}
}

// findingsTo is where the findings of a detector go: what an EventBridge rule on its source in the region has as a target, else Security
// Hub in the region, which collects them; null where neither is declared.
func findingsTo(c *mapping.Context, v mapping.View, source string) kind.Attr[string] {
	var open *evidence.Unknown
	if source != "" {
		to, found, gap := throughRules(c, v, source)
		if found {
			return to
		}
		open = gap
	}
	if source != "aws.securityhub" {
		for _, hub := range c.All("aws_securityhub_account") {
			if inSameRegion(hub, v).And(sameOwner(hub, v)) == tri.True && hub.Instance.Unexpanded == nil {
				return kind.Known(hub.UID()).From(hub.Provenance())
			}
		}
	}
	if open != nil {
		return kind.Because[string](*open).From(v.Provenance())
	}
	return kind.Null[string]().From(v.Provenance())
}

// throughRules finds an EventBridge rule that sends the events of a source on, or why one may do so.
func throughRules(c *mapping.Context, v mapping.View, source string) (to kind.Attr[string], found bool, open *evidence.Unknown) {
	for _, rule := range c.All("aws_cloudwatch_event_rule") {
		sends := inSameRegion(rule, v).And(sameOwner(rule, v)).And(lets(rule, source)).And(triOf(eventRuleOn(rule)))
		if sends == tri.False {
			continue
		}
		target, gap := ruleTarget(c, rule)
		switch {
		case target != "" && sends == tri.True:
			return kind.Known(target).From(rule.Provenance()), true, nil
		case target != "":
			gap = &evidence.Unknown{Reason: evidence.Unresolved, Detail: "whether " + rule.Instance.Address + " sends the findings on is not known"}
		}
		open = evidence.FirstUnknown(open, gap)
	}
	return to, false, open
}

// triOf is an attribute in three values; null counts as not known.
func triOf(a kind.Attr[bool]) tri.Value {
	yes, known := a.Value()
	if !known {
		return tri.Unknown
	}
	return tri.Of(yes)
}

func guardDuty(c *mapping.Context, v mapping.View) {
	d := regional(c, v, "ids", "Amazon GuardDuty", "aws.guardduty", v.Bool("enable").Or(true), "ml_anomaly", "signature")
	features, open := v.Parts("aws_guardduty_detector_feature", "detector_id")
	for _, f := range features {
		if inSameRegion(f, v) == tri.False {
			continue
		}
		name, _ := f.String("name").Known()
		if on := isWord(f.String("status").Or(""), "ENABLED"); is(on) && strings.Contains(name, "MALWARE") {
			d.Capabilities = kind.Known([]string{"malware", "ml_anomaly", "signature"}).From(f.Provenance())
			open = nil
			break
		}
	}
	if open != nil {
		d.Capabilities = kind.AtLeast([]string{"ml_anomaly", "signature"}, *open)
	}
	if d.FindingsDestination.IsNull() {
		if p := v.Part("aws_guardduty_publishing_destination", "detector_id"); p.Exists() {
			d.FindingsDestination = one(c, p, "destination_arn", bucketType)
		}
	}
	c.Emit(v, "detector", v.Instance.Name, "", d)
}

func securityHub(c *mapping.Context, v mapping.View) {
	c.Emit(v, "detector", v.Instance.Name, "",
		regional(c, v, "siem", "AWS Security Hub", "aws.securityhub", kind.Known(true).From(v.Provenance())))
}

func macie(c *mapping.Context, v mapping.View) {
	on := isWord(v.String("status").Or("ENABLED"), "ENABLED")
	c.Emit(v, "detector", v.Instance.Name, "", regional(c, v, "data_discovery", "Amazon Macie", "aws.macie", on, "dlp"))
}

func inspector(c *mapping.Context, v mapping.View) {
	d := regional(c, v, "vuln_scanner", "Amazon Inspector", "aws.inspector2", kind.Known(true).From(v.Provenance()), "signature")
	c.Emit(v, "detector", v.Instance.Name, "", d)
}

// accessAnalyzer maps the analysers of access from outside. Those of unused or internal access answer another question.
func accessAnalyzer(c *mapping.Context, v mapping.View) {
	typ := v.String("type").Or("ACCOUNT")
	if name, known := typ.Value(); known && name != "ACCOUNT" && name != "ORGANIZATION" {
		return
	}
	on := kind.Convert(typ, func(string) bool { return true }).From(v.Provenance())
	c.Emit(v, "detector", named(v, "analyzer_name"), "", regional(c, v, "access_analyzer", "IAM Access Analyzer", "aws.access-analyzer", on))
}

// configRecorder: Terraform makes a recorder that stands still until its status starts it.
func configRecorder(c *mapping.Context, v mapping.View) {
	on := kind.Known(false).From(v.Provenance())
	statuses, open := v.Parts("aws_config_configuration_recorder_status", "name")
	for _, s := range statuses {
		if inSameRegion(s, v) != tri.False && sameOwner(s, v) != tri.False {
			on = kind.Either(on, s.Bool("is_enabled").OrUnknown(evidence.ParseError, "is_enabled is required"))
		}
	}
	if open != nil {
		on = kind.Either(on, kind.Because[bool](*open))
	}
	d := regional(c, v, "config_recorder", "AWS Config", "", on)
	for _, channel := range c.All("aws_config_delivery_channel") {
		if inSameRegion(channel, v).And(sameOwner(channel, v)) == tri.True {
			d.FindingsDestination = one(c, channel, "s3_bucket_name", bucketType)
		}
	}
	c.Emit(v, "detector", named(v, "name"), "", d)
}
