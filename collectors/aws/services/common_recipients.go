package services

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/alertpattern"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// subscriptionsOf reads the subscriptions of a topic, once per account.
func subscriptionsOf(ctx context.Context, c *api.Context, topic string) api.Listing[types.Subscription] {
	return api.SharedGlobal(c, "subscriptions "+topic, func(c *api.Context) api.Listing[types.Subscription] {
		c = c.In(regionIn(topic))
		return api.List(ctx, c, sns.NewFromConfig(c.AWS()).ListSubscriptionsByTopic, &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic)},
			func(o *sns.ListSubscriptionsByTopicOutput) []types.Subscription { return o.Subscriptions })
	})
}

// recipients are those whom the targets of an alert tell, by the targets' ARNs. What acts without people being told, such as a function, counts
// as a ticket; what only stores events is no recipient.
func recipients(ctx context.Context, c *api.Context, arns []string) kind.Attr[[]kind.AlertRuleTarget] {
	list := []kind.AlertRuleTarget{}
	var open *evidence.Unknown
	for _, arn := range arns {
		switch target, told := machine(arn); {
		case strings.Contains(arn, ":sns:"):
			found := subscriptionsOf(ctx, c, arn)
			for _, s := range found.Items {
				if t, people := subscriber(s); people {
					list = append(list, t)
				}
			}
			if found.Fail != nil && open == nil {
				why := found.Fail.Unknown()
				open = &why
			}
		case told:
			list = append(list, target)
		case strings.Contains(arn, ":event-bus/") && open == nil:
			open = &evidence.Unknown{Reason: evidence.Unlinked, Detail: "who is told depends on the rules of " + arn}
		}
	}
	if open != nil {
		return kind.AtLeast(list, *open)
	}
	return kind.Known(list)
}

// machine is what stands behind the ARN of a target that is no topic; false for what only stores or moves events.
func machine(arn string) (kind.AlertRuleTarget, bool) {
	for mark, typ := range map[string]string{
		":ssm-incidents:": "pager", ":ssm-contacts:": "pager", ":chatbot:": "chat", ":opsitem": "ticket", ":lambda:": "ticket", ":sqs:": "ticket",
		":states:": "ticket", ":api-destination/": "ticket", ":automation-definition/": "ticket",
	} {
		if strings.Contains(arn, mark) {
			return kind.AlertRuleTarget{Type: kind.Known(typ), Confirmed: kind.Known(true)}, true
		}
	}
	return kind.AlertRuleTarget{}, false
}

// subscriber is the recipient behind a subscription, and whether it confirmed; false for one that only moves data.
func subscriber(s types.Subscription) (kind.AlertRuleTarget, bool) {
	protocol := aws.ToString(s.Protocol)
	typ, people := alertpattern.Recipient(protocol, aws.ToString(s.Endpoint))
	if !people {
		return kind.AlertRuleTarget{}, false
	}
	t := kind.AlertRuleTarget{Type: kind.Known(typ), Confirmed: kind.Known(strings.HasPrefix(aws.ToString(s.SubscriptionArn), "arn:"))}
	switch {
	case typ != "":
	case protocol == "lambda" || protocol == "sqs" || protocol == "application":
		t.Type = kind.Known("ticket")
	default:
		t.Type = kind.Unknown[string](evidence.Unresolved, "what stands behind the "+protocol+" subscription decides who is told")
	}
	return t, true
}
