package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/alertpattern"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// eventbridgeService reads the rules that tell of security events, or pass on what detectors find.
func eventbridgeService() api.Service {
	return api.Service{
		Name: "eventbridge", Prefix: "events", Kinds: []string{"alert_rule"}, Collect: eventRules, Rate: 10,
		Operations: []api.Operation{
			{Name: "ListEventBuses", Tells: []string{"alert_rule", "findings_destination"}},
			{Name: "ListRules", Tells: []string{"alert_rule", "findings_destination"}},
			{Name: "ListTargetsByRule", Tells: []string{"targets", "findings_destination"}},
		},
	}
}

// eventRule is a rule on events, with its pattern and, where the pattern concerns security, its targets.
type eventRule struct {
	types.Rule
	pattern alertpattern.Event // nil where it cannot be read
	err     error
	targets api.Listing[types.Target]
}

// rulesOf are the rules on events of a region.
type rulesOf struct {
	list []eventRule
	prov *evidence.Provenance
	fail *api.Failure // why there may be more
}

// detectorSources are the detectors whose findings a rule may pass on, as EventBridge names them.
func detectorSources() []string {
	return []string{"aws.guardduty", "aws.securityhub", "aws.macie", "aws.inspector2", "aws.access-analyzer"}
}

// eventRulesIn reads the rules of all buses of the unit's region. Events of AWS arrive on the default bus, those of other accounts on any.
func eventRulesIn(ctx context.Context, c *api.Context) rulesOf {
	return api.Shared(c, "event rules", func(c *api.Context) rulesOf {
		client := eventbridge.NewFromConfig(c.AWS())
		buses := api.List(ctx, c, client.ListEventBuses, &eventbridge.ListEventBusesInput{}, func(o *eventbridge.ListEventBusesOutput) []types.EventBus { return o.EventBuses })
		out := rulesOf{prov: buses.Prov, fail: buses.Fail}
		names := []string{"default"}
		for _, b := range buses.Items {
			names = append(names, aws.ToString(b.Name))
		}
		slices.Sort(names)
		for _, bus := range slices.Compact(names) {
			rules := api.List(ctx, c, client.ListRules, &eventbridge.ListRulesInput{EventBusName: aws.String(bus)},
				func(o *eventbridge.ListRulesOutput) []types.Rule { return o.Rules })
			out.prov = rules.Prov
			if out.fail == nil {
				out.fail = rules.Fail
			}
			for _, r := range rules.Items {
				if rule, concerns := readRule(ctx, c, client, r); concerns {
					out.list = append(out.list, rule)
				}
			}
		}
		return out
	})
}

// readRule reads the pattern of a rule and, where it concerns security, the targets.
func readRule(ctx context.Context, c *api.Context, client *eventbridge.Client, r types.Rule) (eventRule, bool) {
	out := eventRule{Rule: r}
	if aws.ToString(r.EventPattern) == "" {
		return out, false // a schedule
	}
	out.pattern, out.err = alertpattern.ParseEvent(*r.EventPattern)
	if out.err == nil && len(out.pattern.Watches()) == 0 && !slices.ContainsFunc(detectorSources(), out.pattern.From) {
		return out, false
	}
	out.targets = api.List(ctx, c, client.ListTargetsByRule, &eventbridge.ListTargetsByRuleInput{Rule: r.Name, EventBusName: r.EventBusName},
		func(o *eventbridge.ListTargetsByRuleOutput) []types.Target { return o.Targets })
	return out, true
}

// on reports whether the rule is enabled, in any of the ways to be so.
func (r eventRule) on() bool { return strings.HasPrefix(string(r.State), "ENABLED") }

func eventRules(ctx context.Context, c *api.Context) {
	rules := eventRulesIn(ctx, c)
	api.Each(ctx, c, rules.list, func(ctx context.Context, r eventRule) {
		watched := kind.Known(r.pattern.Watches())
		if r.err != nil {
			watched = kind.Unknown[[]string](evidence.ParseError, r.err.Error())
		} else if len(r.pattern.Watches()) == 0 {
			return
		}
		c.Emit(api.Entity{Kind: "alert_rule", UID: aws.ToString(r.Arn), Name: aws.ToString(r.Name), Prov: rules.prov}, kind.AlertRule{
			Enabled: kind.Known(r.on()), Watches: watched, Targets: r.told(ctx, c),
			LastFiredAt:  kind.Unknown[kind.Time](evidence.NotCollected, "the metrics of the rule are not read"),
			LastTestedAt: notTested(),
		})
	})
}

// told are the recipients behind the rule's targets.
func (r eventRule) told(ctx context.Context, c *api.Context) kind.Attr[[]kind.AlertRuleTarget] {
	arns := make([]string, 0, len(r.targets.Items))
	for _, t := range r.targets.Items {
		arns = append(arns, aws.ToString(t.Arn))
	}
	out := recipients(ctx, c, arns)
	if r.targets.Fail == nil {
		return out
	}
	list, _ := out.Value()
	return kind.AtLeast(list, r.targets.Fail.Unknown())
}

// passedOn is the ARN of what a rule of the region sends the events of a source to; "" where none does, with the reason why one may do so.
func passedOn(ctx context.Context, c *api.Context, source string) (to string, prov *evidence.Provenance, open *evidence.Unknown) {
	rules := eventRulesIn(ctx, c)
	if rules.fail != nil {
		why := rules.fail.Unknown()
		open = &why
	}
	for _, r := range rules.list {
		switch {
		case !r.on() || r.err != nil || !r.pattern.From(source):
		case len(r.targets.Items) > 0:
			return aws.ToString(r.targets.Items[0].Arn), r.targets.Prov, nil
		case r.targets.Fail != nil:
			why := r.targets.Fail.Unknown()
			open = &why
		}
	}
	return "", rules.prov, open
}
