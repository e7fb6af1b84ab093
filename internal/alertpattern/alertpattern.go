// Package alertpattern reads what an alert watches: the pattern of a log filter or of an event rule, reduced to classes of events. Alerts
// declared in code and alerts that run are read by the same rules, so that both mean the same.
//
// A class counts as watched where the pattern names one of the calls, or one of the marks, by which benchmarks tell it. That is less than a
// proof that every event of the class is reported, and as much as a pattern can say.
package alertpattern

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// pattern is a filter pattern or event pattern reduced to what it speaks of: the text itself, and the names of calls in it.
type pattern struct {
	text  string
	calls []string
}

// watchedCalls are the calls by which the benchmark for AWS tells each class of changes; one of them is enough, since the benchmark itself
// spreads some classes over several filters.
func watchedCalls() map[string][]string {
	return map[string][]string{
		"iam_change": {
			"AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreatePolicy", "CreatePolicyVersion", "DeleteGroupPolicy", "DeletePolicy",
			"DeletePolicyVersion", "DeleteRolePolicy", "DeleteUserPolicy", "DetachGroupPolicy", "DetachRolePolicy", "DetachUserPolicy",
			"PutGroupPolicy", "PutRolePolicy", "PutUserPolicy",
		},
		"trail_change":         {"StopLogging", "DeleteTrail", "UpdateTrail"},
		"key_deletion":         {"ScheduleKeyDeletion", "DisableKey"},
		"bucket_policy_change": {"PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl"},
		"network_change": {
			"AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress",
			"CreateSecurityGroup", "DeleteSecurityGroup", "ModifySecurityGroupRules", "CreateNetworkAcl", "CreateNetworkAclEntry",
			"DeleteNetworkAcl", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry", "ReplaceNetworkAclAssociation", "CreateCustomerGateway",
			"DeleteCustomerGateway", "AttachInternetGateway", "CreateInternetGateway", "DeleteInternetGateway", "DetachInternetGateway",
			"CreateRoute", "CreateRouteTable", "ReplaceRoute", "ReplaceRouteTableAssociation", "DeleteRouteTable", "DeleteRoute",
			"DisassociateRouteTable", "CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "AcceptVpcPeeringConnection",
			"CreateVpcPeeringConnection", "DeleteVpcPeeringConnection",
		},
		"org_change": {
			"AttachPolicy", "DetachPolicy", "LeaveOrganization", "RemoveAccountFromOrganization", "DisablePolicyType", "CreateOrganization",
			"DeleteOrganization", "InviteAccountToOrganization", "MoveAccount", "DeleteOrganizationalUnit",
		},
	}
}

// What the patterns of log filters say of events. A comparison with != never counts.
var (
	eventName     = regexp.MustCompile(`\$\.eventName\s*=\s*"?([A-Za-z]+)"?`)
	rootUse       = regexp.MustCompile(`\$\.userIdentity\.type\s*=\s*"?Root"?`)
	failedLogin   = regexp.MustCompile(`\$\.errorMessage\s*=\s*"?Failed authentication"?|\$\.responseElements\.ConsoleLogin\s*=\s*"?Failure"?`)
	withoutMFA    = regexp.MustCompile(`\$\.additionalEventData\.MFAUsed\s*(?:!=\s*"?Yes"?|=\s*"?No"?)`)
	unauthorised  = regexp.MustCompile(`\$\.errorCode\s*=\s*"?\*?(?:UnauthorizedOperation|AccessDenied)`)
	organizations = regexp.MustCompile(`\$\.eventSource\s*=\s*"?organizations\.amazonaws\.com"?`)
	breakGlass    = regexp.MustCompile(`(?i)=\s*"?[^"]*break[-_ ]?glass`)
)

// watches are the classes that a pattern tells, sorted.
func (p pattern) watches() []string {
	out := []string{}
	for class, calls := range watchedCalls() {
		if slices.ContainsFunc(calls, func(call string) bool { return slices.Contains(p.calls, call) }) {
			out = append(out, class)
		}
	}
	for class, is := range map[string]*regexp.Regexp{
		"root_use":          rootUse,
		"unauthorised_call": unauthorised,
		"break_glass_use":   breakGlass,
		"org_change":        organizations,
	} {
		if is.MatchString(p.text) && !slices.Contains(out, class) {
			out = append(out, class)
		}
	}
	if slices.Contains(p.calls, "ConsoleLogin") {
		if failedLogin.MatchString(p.text) {
			out = append(out, "auth_failure")
		}
		if withoutMFA.MatchString(p.text) {
			out = append(out, "no_mfa_login")
		}
	}
	slices.Sort(out)
	return out
}

// Filter are the classes, as in alert_rule.watches, that the pattern of a CloudWatch log filter tells, sorted; empty = none.
func Filter(text string) []string {
	p := pattern{text: text}
	for _, m := range eventName.FindAllStringSubmatch(text, -1) {
		p.calls = append(p.calls, m[1])
	}
	return p.watches()
}

// Event is an EventBridge pattern, as JSON decodes it. What is not known of it is left out.
type Event map[string]any

// ParseEvent reads the text of an EventBridge pattern.
func ParseEvent(text string) (Event, error) {
	var e Event
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return nil, fmt.Errorf("read event pattern: %w", err)
	}
	return e, nil
}

// Watches are the classes, as in alert_rule.watches, that the pattern tells, sorted; empty = none.
func (e Event) Watches() []string {
	detail := member(e, "detail")
	identity := member(detail, "userIdentity")
	p := pattern{calls: stringsIn(detail, "eventName")}
	var b strings.Builder
	for name, list := range map[string][]string{
		"$.userIdentity.type":             stringsIn(identity, "type"),
		"$.userIdentity.arn":              stringsIn(identity, "arn"),
		"$.userIdentity.userName":         stringsIn(identity, "userName"),
		"$.requestParameters.roleArn":     stringsIn(member(detail, "requestParameters"), "roleArn"),
		"$.errorCode":                     stringsIn(detail, "errorCode"),
		"$.errorMessage":                  stringsIn(detail, "errorMessage"),
		"$.responseElements.ConsoleLogin": stringsIn(member(detail, "responseElements"), "ConsoleLogin"),
		"$.additionalEventData.MFAUsed":   stringsIn(member(detail, "additionalEventData"), "MFAUsed"),
		"$.eventSource":                   append(stringsIn(detail, "eventSource"), services(e)...),
	} {
		for _, value := range list {
			fmt.Fprintf(&b, "%s = %q ", name, value)
		}
	}
	p.text = b.String()
	out := p.watches()
	if e.From("aws.backup") && tellsFailure(detail) {
		out = append(out, "backup_failure")
	}
	slices.Sort(out)
	return out
}

// From reports whether the pattern lets the events of an AWS service through, such as aws.guardduty.
func (e Event) From(source string) bool { return slices.Contains(stringsIn(e, "source"), source) }

// services are the names of the services whose events the pattern lets through, as CloudTrail writes them.
func services(e Event) []string {
	var out []string
	for _, s := range stringsIn(e, "source") {
		out = append(out, strings.TrimPrefix(s, "aws.")+".amazonaws.com")
	}
	return out
}

// tellsFailure reports whether a pattern on backup jobs lets failures through.
func tellsFailure(detail map[string]any) bool {
	_, state := detail["state"]
	_, status := detail["status"]
	if !state && !status {
		return true
	}
	return slices.ContainsFunc(append(stringsIn(detail, "state"), stringsIn(detail, "status")...), func(s string) bool {
		return s == "FAILED" || s == "ABORTED" || s == "EXPIRED"
	})
}

// member is the named object; nil where there is none.
func member(in map[string]any, name string) map[string]any {
	out, _ := in[name].(map[string]any)
	return out
}

// stringsIn are the strings in the named list; the value of a content filter such as {"prefix": "AccessDenied"} counts as a string.
func stringsIn(in map[string]any, name string) []string {
	list, _ := in[name].([]any)
	var out []string
	for _, el := range list {
		switch el := el.(type) {
		case string:
			out = append(out, el)
		case map[string]any:
			for _, filter := range []string{"prefix", "wildcard", "equals-ignore-case", "suffix"} {
				if s, ok := el[filter].(string); ok && s != "" {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// Recipient is the type of a recipient, as in alert_rule.targets[].type, behind the protocol and endpoint of an SNS subscription: "" where
// that cannot be told. People is false for a subscription that only moves data.
func Recipient(protocol, endpoint string) (typ string, people bool) {
	switch protocol {
	case "email", "email-json":
		return "email", true
	case "sms":
		return "sms", true
	case "firehose":
		return "", false
	case "https", "http":
		return webhook(endpoint), true
	}
	return "", true
}

// webhook knows the hosts of common alerting services.
func webhook(endpoint string) string {
	rest, secure := strings.CutPrefix(endpoint, "https://")
	name, _, _ := strings.Cut(rest, "/")
	for host, typ := range map[string]string{
		"pagerduty.com": "pager", "opsgenie.com": "pager", "victorops.com": "pager", "splunkoncall.com": "pager", "incident.io": "pager",
		"slack.com": "chat", "office.com": "chat", "chat.googleapis.com": "chat", "discord.com": "chat", "chatbot.amazonaws.com": "chat",
		"atlassian.net": "ticket", "service-now.com": "ticket", "zendesk.com": "ticket",
	} {
		if secure && (name == host || strings.HasSuffix(name, "."+host)) {
			return typ
		}
	}
	return ""
}
