package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// wafv2Service reads the web access lists of a region. Those of CloudFront are read with the distributions.
//
// A list prevents where one of its managed threat rule groups blocks what it matches; where it has no such group, where any of its rules or its
// default blocks. Counted rules and groups only detect: their action is allow.
func wafv2Service() api.Service {
	return api.Service{
		Name: "wafv2", Kinds: []string{"network_boundary", "log_source"},
		Operations: []api.Operation{
			{Name: "ListWebACLs", Tells: []string{"network_boundary", "waf"}},
			{Name: "GetWebACL", Tells: []string{"mode", "rules", "default_inbound"}},
			{Name: "ListResourcesForWebACL", Actions: guardedReads(), Tells: []string{"attached_to", "waf"}},
			{Name: "ListLoggingConfigurations", Tells: []string{"log_source"}},
		},
		Collect: func(ctx context.Context, c *api.Context) {
			emitWebACLs(ctx, c, types.ScopeRegional, webACLs(ctx, c).attached)
		},
	}
}

// guardedReads are the actions that ListResourcesForWebACL takes: WAF asks the service of each type of resource in the name of the caller. Those
// of API Gateway are its own. Source: AWS's managed policy AWSWAFReadOnlyAccess.
func guardedReads() []string {
	return []string{
		"wafv2:ListResourcesForWebACL", "amplify:ListResourcesForWebACL", "apprunner:ListAssociatedServicesForWebAcl", "appsync:ListResourcesForWebACL",
		"cognito-idp:ListResourcesForWebACL", "ec2:DescribeVerifiedAccessInstanceWebAclAssociations", "elasticloadbalancing:DescribeWebACLAssociation",
	}
}

// webACLFacts are the web access lists of a region.
type webACLFacts struct {
	list api.Listing[types.WebACLSummary]
	// byResource is the ARN of the list that stands before a resource, by the resource's ARN.
	byResource map[string]string
	attached   map[string]guardedResources // by the list's ARN
	fail       *api.Failure                // why a list or load balancer may be missing
}

// guardedResources is what a list stands before.
type guardedResources struct {
	arns []string
	open *evidence.Unknown
}

func wafClient(c *api.Context) *wafv2.Client { return wafv2.NewFromConfig(c.AWS()) }

func listWebACLs(ctx context.Context, c *api.Context, scope types.Scope) api.Listing[types.WebACLSummary] {
	return api.List(ctx, c, wafClient(c).ListWebACLs, &wafv2.ListWebACLsInput{Scope: scope},
		func(o *wafv2.ListWebACLsOutput) []types.WebACLSummary { return o.WebACLs })
}

// webACLs reads the lists of the unit's region and what they stand before, once for all units.
func webACLs(ctx context.Context, c *api.Context) webACLFacts {
	return api.Shared(c, "wafv2 lists", func(c *api.Context) webACLFacts {
		out := webACLFacts{list: listWebACLs(ctx, c, types.ScopeRegional), byResource: map[string]string{}, attached: map[string]guardedResources{}}
		out.fail = out.list.Fail
		for _, l := range out.list.Items {
			var g guardedResources
			for _, typ := range types.ResourceType("").Values() {
				a := api.Ask(ctx, c, wafClient(c).ListResourcesForWebACL, &wafv2.ListResourcesForWebACLInput{WebACLArn: l.ARN, ResourceType: typ},
					"WAFInvalidParameterException", "WAFInvalidOperationException") // a region where the service does not exist
				g.arns, g.open = append(g.arns, a.Out.ResourceArns...), evidence.FirstUnknown(g.open, firstFailure(a.Fail))
				if a.Fail != nil && typ == types.ResourceTypeApplicationLoadBalancer {
					out.fail = a.Fail // of the others nobody asks which list stands before them
				}
			}
			for _, arn := range g.arns {
				out.byResource[arn] = aws.ToString(l.ARN)
			}
			slices.Sort(g.arns)
			g.arns = slices.Compact(g.arns)
			out.attached[aws.ToString(l.ARN)] = g
		}
		return out
	})
}

// before is the web access list that stands before a load balancer; null where none does.
func (f webACLFacts) before(resource string) kind.Attr[string] {
	switch arn, found := f.byResource[resource]; {
	case found:
		return kind.Known(arn).From(f.list.Prov)
	case f.fail != nil:
		return kind.Because[string](f.fail.Unknown()).From(f.list.Prov)
	}
	return kind.Null[string]().From(f.list.Prov)
}

// emitWebACLs emits the lists of a scope, each with what it stands before.
func emitWebACLs(ctx context.Context, c *api.Context, scope types.Scope, attached map[string]guardedResources) {
	if !c.Wants("network_boundary", "log_source") {
		return
	}
	list := webACLs(ctx, c).list
	if scope == types.ScopeCloudfront {
		list = listWebACLs(ctx, c, scope)
	}
	if c.Wants("network_boundary") {
		api.Each(ctx, c, list.Items, func(ctx context.Context, l types.WebACLSummary) {
			webACL(ctx, c, scope, l, attached[aws.ToString(l.ARN)], list.Prov)
		})
	}
	logs := api.List(ctx, c, wafClient(c).ListLoggingConfigurations, &wafv2.ListLoggingConfigurationsInput{Scope: scope},
		func(o *wafv2.ListLoggingConfigurationsOutput) []types.LoggingConfiguration {
			return o.LoggingConfigurations
		})
	for _, l := range logs.Items {
		acl, destination := aws.ToString(l.ResourceArn), ""
		if len(l.LogDestinationConfigs) > 0 {
			destination = l.LogDestinationConfigs[0]
		}
		source := delivered(ctx, c, "firewall", kind.Known(true), acl, destination)
		heard(ctx, c, &source, func(stream string) bool { return strings.Contains(stream, "_"+nameInARN(acl)+"_") })
		c.Emit(api.Entity{Kind: "log_source", UID: acl + "#logs", Name: nameInARN(acl), Prov: logs.Prov}, source)
		relateLogs(c, acl, acl+"#logs", source)
	}
}

// nameInARN is the name in the ARN of a web access list: .../webacl/name/id.
func nameInARN(arn string) string {
	parts := strings.Split(arn, "/")
	if len(parts) < 3 { //nolint:mnd // type, name, id
		return arn
	}
	return parts[len(parts)-2]
}

// wafRule is what decides of one rule: whether it blocks, and whether it is a managed threat rule group.
type wafRule struct{ blocks, threat bool }

func webACL(ctx context.Context, c *api.Context, scope types.Scope, l types.WebACLSummary, behind guardedResources, prov *evidence.Provenance) {
	uid := aws.ToString(l.ARN)
	a := api.Ask(ctx, c, wafClient(c).GetWebACL, &wafv2.GetWebACLInput{Id: l.Id, Name: l.Name, Scope: scope}, "WAFNonexistentItemException")
	acl := a.Out.WebACL
	if a.OK() && acl == nil {
		return // deleted meanwhile
	}
	if acl == nil {
		acl = &types.WebACL{}
	}
	rules := webACLRules(acl)
	blocksAll := acl.DefaultAction != nil && acl.DefaultAction.Block != nil
	c.Emit(api.Entity{Kind: "network_boundary", UID: uid, Name: aws.ToString(l.Name), Prov: prov}, kind.NetworkBoundary{
		Type: kind.Known("waf"), Enabled: kind.Known(true), IsDefault: kind.NA[bool](), DefaultOutbound: kind.NA[string](),
		DefaultInbound: api.Read(a, func(*wafv2.GetWebACLOutput) kind.Attr[string] {
			return kind.Choose(kind.Known(blocksAll), "deny", "allow")
		}),
		Mode: api.Read(a, func(*wafv2.GetWebACLOutput) kind.Attr[string] { return kind.Known(wafMode(rules, blocksAll)) }),
		Rules: api.Read(a, func(*wafv2.GetWebACLOutput) kind.Attr[[]kind.NetworkBoundaryRule] {
			return kind.Known(boundaryRules(rules, a.Prov))
		}),
		AttachedTo: kind.Listed(behind.arns, behind.open),
	})
}

// webACLRules are a list's own rules and those that Firewall Manager puts before and behind them.
func webACLRules(acl *types.WebACL) []wafRule {
	rules := make([]wafRule, 0, len(acl.Rules))
	for _, r := range acl.Rules {
		rules = append(rules, newWAFRule(r))
	}
	for _, g := range slices.Concat(acl.PreProcessFirewallManagerRuleGroups, acl.PostProcessFirewallManagerRuleGroups) {
		s := g.FirewallManagerStatement
		muted := g.OverrideAction != nil && g.OverrideAction.Count != nil
		rules = append(rules, wafRule{blocks: !muted, threat: s != nil && s.ManagedRuleGroupStatement != nil})
	}
	return rules
}

// newWAFRule reads a rule: a group blocks unless its action is overridden to count, any other rule where its action is one that stops a request.
func newWAFRule(r types.Rule) wafRule {
	threat := r.Statement != nil && r.Statement.ManagedRuleGroupStatement != nil
	if threat || r.Statement != nil && r.Statement.RuleGroupReferenceStatement != nil {
		return wafRule{blocks: r.OverrideAction == nil || r.OverrideAction.Count == nil, threat: threat}
	}
	return wafRule{blocks: r.Action != nil && (r.Action.Block != nil || r.Action.Captcha != nil || r.Action.Challenge != nil)}
}

// wafMode is as the service's comment says.
func wafMode(rules []wafRule, blocksAll bool) string {
	isThreat := func(r wafRule) bool { return r.threat }
	prevents := blocksAll || slices.ContainsFunc(rules, func(r wafRule) bool { return r.blocks })
	if slices.ContainsFunc(rules, isThreat) {
		prevents = slices.ContainsFunc(rules, func(r wafRule) bool { return r.threat && r.blocks })
	}
	if prevents {
		return "prevent"
	}
	return "detect"
}

// boundaryRules writes rules of a list as the kind does: what they match is no address or port.
func boundaryRules(rules []wafRule, prov *evidence.Provenance) []kind.NetworkBoundaryRule {
	out := make([]kind.NetworkBoundaryRule, 0, len(rules))
	for _, r := range rules {
		out = append(out, kind.NetworkBoundaryRule{
			Direction: kind.Known("in").From(prov), Action: kind.Choose(kind.Known(r.blocks), "deny", "allow"), Protocol: kind.Known("any"),
			PortFrom: kind.Known[int64](0), PortTo: kind.Known[int64](awsnet.LastPort), CIDRs: kind.Known([]string{}),
			Refs: kind.Known([]string{}), ThreatGroup: kind.Known(r.threat),
		})
	}
	return out
}
