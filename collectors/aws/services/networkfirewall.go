package services

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// networkfirewallService reads firewalls. A firewall does what its policy says, so policies and rule groups are parts of it.
func networkfirewallService() api.Service {
	boundary := []string{"network_boundary"}
	return api.Service{
		Name: "networkfirewall", Prefix: "network-firewall", Collect: firewalls, Kinds: []string{"network_boundary", "log_source"},
		Operations: []api.Operation{
			{Name: "ListFirewalls", Tells: []string{"network_boundary", "log_source"}},
			{Name: "DescribeFirewall", Tells: boundary},
			{Name: "DescribeFirewallPolicy", Tells: []string{"default_inbound", "rules", "mode"}},
			{Name: "DescribeRuleGroup", Tells: []string{"rules", "mode"}},
			{Name: "DescribeLoggingConfiguration", Tells: []string{"log_source"}},
		},
	}
}

func firewalls(ctx context.Context, c *api.Context) {
	client := networkfirewall.NewFromConfig(c.AWS())
	list := api.List(ctx, c, client.ListFirewalls, &networkfirewall.ListFirewallsInput{},
		func(o *networkfirewall.ListFirewallsOutput) []types.FirewallMetadata { return o.Firewalls })
	for _, m := range list.Items {
		if c.Wants("network_boundary") {
			firewall(ctx, c, client, m.FirewallArn)
		}
		if c.Wants("log_source") {
			firewallLogs(ctx, c, client, m)
		}
	}
}

func firewall(ctx context.Context, c *api.Context, client *networkfirewall.Client, arn *string) {
	a := api.Ask(ctx, c, client.DescribeFirewall, &networkfirewall.DescribeFirewallInput{FirewallArn: arn}, "ResourceNotFoundException")
	f := a.Out.Firewall
	if f == nil {
		return
	}
	facts := subnetsPublic(ctx, c)
	subnets := make([]string, 0, len(f.SubnetMappings))
	for _, m := range f.SubnetMappings {
		id := aws.ToString(m.SubnetId)
		subnets = append(subnets, cmp.Or(facts.byID[id].arn, c.ARN("ec2", "subnet/"+id)))
	}
	slices.Sort(subnets)
	b := kind.NetworkBoundary{
		Type: kind.Known("network_firewall"), Enabled: kind.Known(true), IsDefault: kind.NA[bool](), AttachedTo: kind.Known(subnets),
	}
	answer := api.Ask(ctx, c, client.DescribeFirewallPolicy, &networkfirewall.DescribeFirewallPolicyInput{FirewallPolicyArn: f.FirewallPolicyArn})
	switch policy := answer.Out.FirewallPolicy; {
	case answer.Fail != nil:
		why := answer.Fail.Unknown()
		b.DefaultInbound, b.Mode, b.Rules = kind.Because[string](why), kind.Because[string](why), kind.Because[[]kind.NetworkBoundaryRule](why)
	case policy == nil:
		why := evidence.Unknown{Reason: evidence.Unsupported, Detail: "AWS returned no firewall policy"}
		b.DefaultInbound, b.Mode, b.Rules = kind.Because[string](why), kind.Because[string](why), kind.Because[[]kind.NetworkBoundaryRule](why)
	default:
		drops := firewallDrops(*policy)
		b.DefaultInbound = kind.Choose(kind.Known(drops), "deny", "allow").From(answer.Prov)
		b.Rules, b.Mode = firewallRules(ctx, c, client, *policy, drops, answer.Prov)
	}
	b.DefaultOutbound = b.DefaultInbound
	uid := aws.ToString(arn)
	c.Emit(api.Entity{Kind: "network_boundary", UID: uid, Name: aws.ToString(f.FirewallName), Prov: a.Prov}, b)
	for _, s := range subnets {
		c.Relate("attached_to", uid, s)
	}
}

// firewallDrops says whether a policy drops what no rule decides: at the stateless stage, or, where that forwards, at the stateful stage, which
// passes by default unless it is told to drop.
func firewallDrops(p types.FirewallPolicy) bool {
	if slices.Contains(p.StatelessDefaultActions, "aws:drop") {
		return true
	}
	return slices.Contains(p.StatelessDefaultActions, "aws:forward_to_sfe") && slices.ContainsFunc(p.StatefulDefaultActions, func(s string) bool {
		return s == "aws:drop_strict" || s == "aws:drop_established" || s == "aws:drop_established_app_layer"
	})
}

// firewallRules has one rule for each rule group of the policy: whether it stops what it matches, and whether its signatures are managed by AWS
// or a vendor. The mode is prevent where the policy stops something: by default, or by one of its rule groups.
func firewallRules(
	ctx context.Context, c *api.Context, client *networkfirewall.Client, p types.FirewallPolicy, drops bool, prov *evidence.Provenance,
) (kind.Attr[[]kind.NetworkBoundaryRule], kind.Attr[string]) {
	rules := make([]kind.NetworkBoundaryRule, 0, len(p.StatefulRuleGroupReferences))
	stops := []kind.Attr[bool]{kind.Known(drops)}
	for _, g := range p.StatefulRuleGroupReferences {
		managed := strings.Contains(aws.ToString(g.ResourceArn), ":aws-managed:")
		stop := firewallGroupStops(ctx, c, client, g, managed)
		stops = append(stops, stop)
		rules = append(rules, kind.NetworkBoundaryRule{
			Direction: kind.Known("in").From(prov), Action: kind.Choose(stop, "deny", "allow"), Protocol: kind.Known("any"),
			PortFrom: kind.Known[int64](0), PortTo: kind.Known[int64](awsnet.LastPort), CIDRs: kind.Known([]string{}), Refs: kind.Known([]string{}),
			ThreatGroup: kind.Known(managed),
		})
	}
	return kind.Known(rules).From(prov), kind.Choose(kind.AnyOf(stops), "prevent", "detect").From(prov)
}

// firewallGroupStops says whether a rule group drops what it matches. Managed groups do unless they are overridden.
func firewallGroupStops(ctx context.Context, c *api.Context, client *networkfirewall.Client, g types.StatefulRuleGroupReference, managed bool) kind.Attr[bool] {
	switch {
	case g.Override != nil && g.Override.Action == types.OverrideActionDropToAlert:
		return kind.Known(false)
	case managed:
		return kind.Known(true)
	}
	a := api.Ask(ctx, c, client.DescribeRuleGroup, &networkfirewall.DescribeRuleGroupInput{RuleGroupArn: g.ResourceArn, Type: types.RuleGroupTypeStateful})
	return api.Read(a, func(o *networkfirewall.DescribeRuleGroupOutput) kind.Attr[bool] {
		if o.RuleGroup == nil || o.RuleGroup.RulesSource == nil {
			return kind.Unknown[bool](evidence.Unsupported, "AWS returned no rules of "+aws.ToString(g.ResourceArn))
		}
		return firewallGroupDrops(*o.RuleGroup.RulesSource)
	})
}

// firewallGroupDrops looks for a rule that drops or rejects, in the three ways of writing stateful rules.
func firewallGroupDrops(s types.RulesSource) kind.Attr[bool] {
	list := s.RulesSourceList != nil && slices.Contains([]types.GeneratedRulesType{
		types.GeneratedRulesTypeDenylist, types.GeneratedRulesTypeRejectlist, types.GeneratedRulesTypeAllowlist,
	}, s.RulesSourceList.GeneratedRulesType)
	own := slices.ContainsFunc(s.StatefulRules, func(r types.StatefulRule) bool {
		return r.Action == types.StatefulActionDrop || r.Action == types.StatefulActionReject
	})
	return kind.AnyOf([]kind.Attr[bool]{kind.Known(list), kind.Known(own), awsnet.SuricataDrops(kind.Known(aws.ToString(s.RulesString)))})
}

// firewallLogs is the firewall as a source of records; its logs are off by default.
func firewallLogs(ctx context.Context, c *api.Context, client *networkfirewall.Client, m types.FirewallMetadata) {
	a := api.Ask(ctx, c, client.DescribeLoggingConfiguration, &networkfirewall.DescribeLoggingConfigurationInput{FirewallArn: m.FirewallArn},
		"ResourceNotFoundException")
	destination := ""
	if conf := a.Out.LoggingConfiguration; conf != nil {
		for _, d := range conf.LogDestinationConfigs {
			destination = cmp.Or(destination, firewallStore(c, d))
		}
	}
	enabled := api.Read(a, func(*networkfirewall.DescribeLoggingConfigurationOutput) kind.Attr[bool] {
		return kind.Known(destination != "")
	})
	uid := aws.ToString(m.FirewallArn)
	l := delivered(ctx, c, "firewall", enabled, uid, destination)
	heard(ctx, c, &l, func(stream string) bool {
		return strings.HasPrefix(stream, "/aws/network-firewall/") && strings.Contains(stream, "/"+aws.ToString(m.FirewallName)+"_")
	})
	c.Emit(api.Entity{Kind: "log_source", UID: uid + "#logs", Name: aws.ToString(m.FirewallName), Prov: a.Prov}, l)
	relateLogs(c, uid, uid+"#logs", l)
}

// firewallStore is the ARN of the store of one log; the keys of the destination depend on the kind of store.
func firewallStore(c *api.Context, d types.LogDestinationConfig) string {
	switch d.LogDestinationType {
	case types.LogDestinationTypeS3:
		return "arn:" + c.Account.Partition + ":s3:::" + d.LogDestination["bucketName"]
	case types.LogDestinationTypeCloudwatchLogs:
		return c.ARN("logs", "log-group:"+d.LogDestination["logGroup"])
	case types.LogDestinationTypeKinesisDataFirehose:
		return c.ARN("firehose", "deliverystream/"+d.LogDestination["deliveryStream"])
	}
	return ""
}
