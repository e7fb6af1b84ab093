package services

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

// elasticloadbalancingService reads classic load balancers: each listener is an endpoint, named by its port, and the load balancer the source of
// access logs.
func elasticloadbalancingService() api.Service {
	return api.Service{
		Name: "elasticloadbalancing", Collect: classicBalancers, Kinds: []string{"endpoint", "log_source"},
		Operations: []api.Operation{
			{Name: "DescribeLoadBalancers", Tells: []string{"endpoint", "log_source"}},
			{Name: "DescribeLoadBalancerAttributes", Tells: []string{"log_source"}},
			{Name: "DescribeLoadBalancerPolicies", Tells: []string{"tls.policy", "tls.min_version"}},
			{Name: "DescribeTags", Tells: []string{"data.classification"}},
		},
	}
}

// classic is a classic load balancer while it is read.
type classic struct {
	types.LoadBalancerDescription
	arn  string
	tags api.Tags
	prov *evidence.Provenance
}

func classicBalancers(ctx context.Context, c *api.Context) {
	client := elb.NewFromConfig(c.AWS())
	list := api.List(ctx, c, client.DescribeLoadBalancers, &elb.DescribeLoadBalancersInput{},
		func(o *elb.DescribeLoadBalancersOutput) []types.LoadBalancerDescription {
			return o.LoadBalancerDescriptions
		})
	if len(list.Items) == 0 {
		return
	}
	tags := classicTags(ctx, c, client, list.Items)
	api.Each(ctx, c, list.Items, func(ctx context.Context, lb types.LoadBalancerDescription) {
		name := aws.ToString(lb.LoadBalancerName)
		readClassic(ctx, c, client, classic{
			LoadBalancerDescription: lb, arn: c.ARN("elasticloadbalancing", "loadbalancer/"+name), tags: tags[name], prov: list.Prov,
		})
	})
}

// classicTags are the tags of the load balancers, by name.
func classicTags(ctx context.Context, c *api.Context, client *elb.Client, list []types.LoadBalancerDescription) map[string]api.Tags {
	const most = 20 // load balancers of which one call tells the tags
	out := make(map[string]api.Tags, len(list))
	for batch := range slices.Chunk(list, most) {
		names := make([]string, len(batch))
		for i, lb := range batch {
			names[i] = aws.ToString(lb.LoadBalancerName)
		}
		a := api.Ask(ctx, c, client.DescribeTags, &elb.DescribeTagsInput{LoadBalancerNames: names})
		for _, name := range names {
			out[name] = api.Tags{Fail: a.Fail, Prov: a.Prov}
		}
		for _, d := range a.Out.TagDescriptions {
			t := api.TagsOf(d.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
			t.Prov = a.Prov
			out[aws.ToString(d.LoadBalancerName)] = t
		}
	}
	return out
}

// readClassic emits the load balancer as a source of records, and its listeners.
func readClassic(ctx context.Context, c *api.Context, client *elb.Client, b classic) {
	attributes := api.Ask(ctx, c, client.DescribeLoadBalancerAttributes, &elb.DescribeLoadBalancerAttributesInput{LoadBalancerName: b.LoadBalancerName})
	logs := delivered(ctx, c, "lb_access", classicLogs(attributes), b.arn, classicBucket(attributes.Out))
	if c.Wants("log_source") {
		c.Emit(api.Entity{Kind: "log_source", UID: b.arn, Name: aws.ToString(b.LoadBalancerName), Prov: b.prov}, logs)
		relateLogs(c, "", b.arn, logs)
	}
	if !c.Wants("endpoint") {
		return
	}
	var policies api.Answer[elb.DescribeLoadBalancerPoliciesOutput]
	if slices.ContainsFunc(b.ListenerDescriptions, func(l types.ListenerDescription) bool { return endsTLS(orEmpty(l.Listener)) }) {
		policies = api.Ask(ctx, c, client.DescribeLoadBalancerPolicies, &elb.DescribeLoadBalancerPoliciesInput{LoadBalancerName: b.LoadBalancerName})
	}
	for _, l := range b.ListenerDescriptions {
		port := int64(orEmpty(l.Listener).LoadBalancerPort)
		uid := b.arn + "#" + strconv.FormatInt(port, 10)
		protocol := strings.ToUpper(aws.ToString(orEmpty(l.Listener).Protocol))
		name := aws.ToString(b.LoadBalancerName) + " " + strings.ToLower(protocol) + ":" + strconv.FormatInt(port, 10)
		c.Emit(api.Entity{Kind: "endpoint", UID: uid, Name: name, Prov: b.prov}, b.endpoint(c, protocol, port, l.PolicyNames, policies))
		runIn(ctx, c, uid, b.Subnets)
		guard(c, uid, b.SecurityGroups)
		for _, i := range b.Instances {
			c.Relate("reaches", uid, hostUID(c, aws.ToString(i.InstanceId)))
		}
		if on, known := logs.Enabled.Value(); known && on {
			c.Relate("logs_to", uid, b.arn)
		}
	}
}

// classicLogs says whether a load balancer writes access logs, which are off by default.
func classicLogs(a api.Answer[elb.DescribeLoadBalancerAttributesOutput]) kind.Attr[bool] {
	return api.Read(a, func(o *elb.DescribeLoadBalancerAttributesOutput) kind.Attr[bool] {
		return kind.Known(orEmpty(orEmpty(o.LoadBalancerAttributes).AccessLog).Enabled)
	})
}

func classicBucket(o *elb.DescribeLoadBalancerAttributesOutput) string {
	return aws.ToString(orEmpty(orEmpty(o.LoadBalancerAttributes).AccessLog).S3BucketName)
}

// endsTLS reports whether clients speak TLS with the listener itself.
func endsTLS(l types.Listener) bool {
	protocol := aws.ToString(l.Protocol)
	return strings.EqualFold(protocol, "HTTPS") || strings.EqualFold(protocol, "SSL")
}

// endpoint is a listener. A classic load balancer cannot redirect, no web ACL stands before it, and it has at most one subnet in each zone.
func (b classic) endpoint(
	c *api.Context, protocol string, port int64, names []string, policies api.Answer[elb.DescribeLoadBalancerPoliciesOutput],
) kind.Endpoint {
	word := kind.Known(protocol)
	e := kind.Endpoint{
		Exposure: kind.Known(exposedUnless(aws.ToString(b.Scheme) == "internal")), Protocol: awsnet.ListenerProtocol(word), Port: kind.Known(port),
		WAF: kind.NA[string](), Zones: kind.Known(int64(max(len(b.AvailabilityZones), len(b.Subnets)))), DataClassification: b.tags.Label(c.Labels.Classification),
		RedirectToHttps: kind.NA[bool](), TLSMinVersion: kind.NA[string](),
	}
	if protocol == "HTTP" {
		e.RedirectToHttps = kind.Known(false)
	}
	policy, version := kind.NA[string](), kind.NA[string]()
	if protocol == "HTTPS" || protocol == "SSL" {
		read := func(of func(types.PolicyDescription) kind.Attr[string]) kind.Attr[string] {
			return api.Read(policies, func(o *elb.DescribeLoadBalancerPoliciesOutput) kind.Attr[string] { return of(negotiation(o, names)) })
		}
		policy, version = read(policyName), read(oldestVersion)
	}
	through := evidence.Unknown{Reason: evidence.Unlinked, Detail: "the listener passes bytes through; its targets decide"}
	e.TLSEnabled, e.TLSPolicy, _ = awsnet.ListenerTLS(word, tlspolicy.ELB, policy, through)
	e.TLSMinVersion = version
	return e
}

// negotiation is the policy of TLS among those that a listener names; one that names none has AWS's default.
func negotiation(o *elb.DescribeLoadBalancerPoliciesOutput, names []string) types.PolicyDescription {
	for _, p := range o.PolicyDescriptions {
		if aws.ToString(p.PolicyTypeName) == "SSLNegotiationPolicyType" && slices.Contains(names, aws.ToString(p.PolicyName)) {
			return p
		}
	}
	return types.PolicyDescription{PolicyName: aws.String(awsnet.ClassicPolicy)}
}

// policyName is the policy of AWS to which a negotiation policy refers, or its own name.
func policyName(p types.PolicyDescription) kind.Attr[string] {
	for _, a := range p.PolicyAttributeDescriptions {
		if aws.ToString(a.AttributeName) == "Reference-Security-Policy" {
			return kind.Known(aws.ToString(a.AttributeValue))
		}
	}
	return kind.Known(aws.ToString(p.PolicyName))
}

// oldestVersion is the oldest version that a negotiation policy accepts: of the policy of AWS that it is, or among the protocols that it switches
// on one by one.
func oldestVersion(p types.PolicyDescription) kind.Attr[string] {
	name := policyName(p)
	if known := awsnet.TLSVersion(tlspolicy.ELB, name); known.IsKnown() {
		return known
	}
	oldest := ""
	for _, a := range p.PolicyAttributeDescriptions {
		number := awsnet.ClassicVersion(aws.ToString(a.AttributeName))
		if number != "" && strings.EqualFold(aws.ToString(a.AttributeValue), "true") && (oldest == "" || number < oldest) {
			oldest = number
		}
	}
	if oldest == "" {
		return kind.Unknown[string](evidence.Unsupported, "the policy "+aws.ToString(p.PolicyName)+" names no protocol version")
	}
	return kind.Known(oldest)
}
