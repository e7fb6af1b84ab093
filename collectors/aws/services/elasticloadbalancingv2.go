package services

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

// elasticloadbalancingv2Service reads Application and Network Load Balancers: their listeners are endpoints, and the load balancers the sources
// of access logs. Gateway Load Balancers pass packets to appliances: nobody connects to them.
func elasticloadbalancingv2Service() api.Service {
	return api.Service{
		Name: "elasticloadbalancingv2", Prefix: "elasticloadbalancing", Collect: loadBalancers, Kinds: []string{"endpoint", "log_source"},
		Operations: []api.Operation{
			{Name: "DescribeLoadBalancers", Tells: []string{"endpoint", "log_source"}},
			{Name: "DescribeListeners", Tells: []string{"endpoint", "log_source"}},
			{Name: "DescribeRules", Tells: []string{"redirect_to_https", "reaches"}},
			{Name: "DescribeLoadBalancerAttributes", Tells: []string{"log_source"}},
			{Name: "DescribeTargetGroups", Tells: []string{"reaches"}},
			{Name: "DescribeTargetHealth", Tells: []string{"reaches"}},
			{Name: "DescribeTags", Tells: []string{"data.classification"}},
		},
	}
}

// balancer is a load balancer while it is read.
type balancer struct {
	c      *api.Context
	lb     types.LoadBalancer
	arn    string
	waf    kind.Attr[string]
	behind map[string][]string // UIDs of the targets by the ARN of their group
	prov   *evidence.Provenance
}

// client makes a client for each use: one that is kept in a struct could end in an interface (docs/adr/0015-aws-calls.md).
func (b balancer) client() *elb.Client { return elb.NewFromConfig(b.c.AWS()) }

func loadBalancers(ctx context.Context, c *api.Context) {
	client := elb.NewFromConfig(c.AWS())
	list := api.List(ctx, c, client.DescribeLoadBalancers, &elb.DescribeLoadBalancersInput{},
		func(o *elb.DescribeLoadBalancersOutput) []types.LoadBalancer { return o.LoadBalancers })
	list.Items = slices.DeleteFunc(list.Items, func(l types.LoadBalancer) bool { return l.Type == types.LoadBalancerTypeEnumGateway })
	if len(list.Items) == 0 {
		return
	}
	behind := targetsByGroup(ctx, c, client)
	api.Each(ctx, c, list.Items, func(ctx context.Context, lb types.LoadBalancer) {
		b := balancer{c: c, lb: lb, arn: aws.ToString(lb.LoadBalancerArn), waf: kind.NA[string](), behind: behind, prov: list.Prov}
		if lb.Type == types.LoadBalancerTypeEnumApplication && c.Wants("endpoint") {
			b.waf = webACLs(ctx, c).before(b.arn)
		}
		b.read(ctx)
	})
}

// read emits the load balancer as a source of records, and its listeners.
func (b balancer) read(ctx context.Context) {
	logs := b.accessLogs(ctx)
	if b.c.Wants("log_source") {
		b.c.Emit(api.Entity{Kind: "log_source", UID: b.arn, Name: aws.ToString(b.lb.LoadBalancerName), Prov: b.prov}, logs)
		relateLogs(b.c, "", b.arn, logs)
	}
	listeners := api.List(ctx, b.c, b.client().DescribeListeners, &elb.DescribeListenersInput{LoadBalancerArn: b.lb.LoadBalancerArn},
		func(o *elb.DescribeListenersOutput) []types.Listener { return o.Listeners })
	if !b.c.Wants("endpoint") || len(listeners.Items) == 0 {
		return
	}
	arns := []string{b.arn}
	for _, l := range listeners.Items {
		arns = append(arns, aws.ToString(l.ListenerArn))
	}
	tags := b.tags(ctx, arns)
	for _, l := range listeners.Items {
		b.listener(ctx, l, tags, listeners.Prov)
		if on, known := logs.Enabled.Value(); known && on {
			b.c.Relate("logs_to", aws.ToString(l.ListenerArn), b.arn)
		}
	}
}

// accessLogs are off by default. They go to a bucket, which the load balancer names.
func (b balancer) accessLogs(ctx context.Context) kind.LogSource {
	a := api.Ask(ctx, b.c, b.client().DescribeLoadBalancerAttributes, &elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: b.lb.LoadBalancerArn})
	values := make(map[string]string, len(a.Out.Attributes))
	for _, x := range a.Out.Attributes {
		values[aws.ToString(x.Key)] = aws.ToString(x.Value)
	}
	enabled := api.Read(a, func(*elb.DescribeLoadBalancerAttributesOutput) kind.Attr[bool] {
		return kind.Known(values["access_logs.s3.enabled"] == "true")
	})
	return delivered(ctx, b.c, "lb_access", enabled, b.arn, values["access_logs.s3.bucket"])
}

// tags are the tags of the load balancer and its listeners, by ARN.
func (b balancer) tags(ctx context.Context, arns []string) map[string]api.Tags {
	const most = 20 // resources of which one call tells the tags
	out := make(map[string]api.Tags, len(arns))
	for batch := range slices.Chunk(arns, most) {
		a := api.Ask(ctx, b.c, b.client().DescribeTags, &elb.DescribeTagsInput{ResourceArns: batch})
		for _, arn := range batch {
			out[arn] = api.Tags{Fail: a.Fail, Prov: a.Prov}
		}
		for _, d := range a.Out.TagDescriptions {
			t := api.TagsOf(d.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
			t.Prov = a.Prov
			out[aws.ToString(d.ResourceArn)] = t
		}
	}
	return out
}

func (b balancer) listener(ctx context.Context, l types.Listener, tags map[string]api.Tags, prov *evidence.Provenance) {
	uid := aws.ToString(l.ListenerArn)
	var rules api.Listing[types.Rule]
	if b.lb.Type == types.LoadBalancerTypeEnumApplication {
		rules = api.List(ctx, b.c, b.client().DescribeRules, &elb.DescribeRulesInput{ListenerArn: l.ListenerArn},
			func(o *elb.DescribeRulesOutput) []types.Rule { return o.Rules })
	}
	protocol := kind.Known(string(l.Protocol))
	e := kind.Endpoint{
		Exposure: kind.Known(exposedUnless(b.lb.Scheme == types.LoadBalancerSchemeEnumInternal)), Protocol: awsnet.ListenerProtocol(protocol),
		Port: kind.Known(int64(aws.ToInt32(l.Port))), WAF: b.waf, Zones: kind.Known(int64(len(b.lb.AvailabilityZones))),
		DataClassification: tags[uid].Label(b.c.Labels.Classification), RedirectToHttps: redirects(l, rules),
	}
	if e.DataClassification.IsNull() {
		e.DataClassification = tags[b.arn].Label(b.c.Labels.Classification)
	}
	through := evidence.Unknown{Reason: evidence.Unlinked, Detail: "the listener passes bytes through; its targets decide"}
	e.TLSEnabled, e.TLSPolicy, e.TLSMinVersion = awsnet.ListenerTLS(protocol, tlspolicy.ELBv2, kind.Known(aws.ToString(l.SslPolicy)), through)
	name := aws.ToString(b.lb.LoadBalancerName) + " " + strings.ToLower(string(l.Protocol)) + ":" + strconv.Itoa(int(aws.ToInt32(l.Port)))
	b.c.Emit(api.Entity{Kind: "endpoint", UID: uid, Name: name, Prov: prov}, e)
	b.relate(ctx, uid, l, rules)
}

// relate relates a listener to where it stands, what stands before it and what is behind it.
func (b balancer) relate(ctx context.Context, uid string, l types.Listener, rules api.Listing[types.Rule]) {
	subnets := make([]string, 0, len(b.lb.AvailabilityZones))
	for _, z := range b.lb.AvailabilityZones {
		subnets = append(subnets, aws.ToString(z.SubnetId))
	}
	runIn(ctx, b.c, uid, subnets)
	guard(b.c, uid, b.lb.SecurityGroups)
	if acl, known := b.waf.Value(); known {
		b.c.Relate("attached_to", acl, uid)
	}
	actions := slices.Clone(l.DefaultActions)
	for _, r := range rules.Items {
		actions = append(actions, r.Actions...)
	}
	var reached []string
	for _, a := range actions {
		for _, group := range groupsOf(a) {
			reached = append(reached, b.behind[group]...)
		}
	}
	slices.Sort(reached)
	for _, to := range slices.Compact(reached) {
		b.c.Relate("reaches", uid, to)
	}
}

// groupsOf are the ARNs of the target groups to which an action forwards.
func groupsOf(a types.Action) []string {
	var out []string
	if a.TargetGroupArn != nil {
		out = append(out, *a.TargetGroupArn)
	}
	if a.ForwardConfig != nil {
		for _, g := range a.ForwardConfig.TargetGroups {
			out = append(out, aws.ToString(g.TargetGroupArn))
		}
	}
	return out
}

// redirects says whether an HTTP listener serves nothing in clear text: its default actions and all its rules redirect to HTTPS, or refuse with
// a fixed 4xx or 5xx answer.
func redirects(l types.Listener, rules api.Listing[types.Rule]) kind.Attr[bool] {
	if l.Protocol != types.ProtocolEnumHttp {
		return kind.NA[bool]()
	}
	actions := slices.Clone(l.DefaultActions)
	for _, r := range rules.Items {
		actions = append(actions, r.Actions...)
	}
	if slices.ContainsFunc(actions, serves) {
		return kind.Known(false)
	}
	if rules.Fail != nil {
		return kind.Because[bool](rules.Fail.Unknown()).From(rules.Prov)
	}
	return kind.Known(true).From(rules.Prov)
}

// serves reports whether an action lets clear text pass.
func serves(a types.Action) bool {
	switch {
	case a.RedirectConfig != nil:
		return aws.ToString(a.RedirectConfig.Protocol) != "HTTPS"
	case a.FixedResponseConfig != nil:
		status := aws.ToString(a.FixedResponseConfig.StatusCode)
		return !strings.HasPrefix(status, "4") && !strings.HasPrefix(status, "5")
	}
	return true
}

// targetsByGroup are the UIDs of the instances, functions and load balancers behind each target group, by its ARN. Addresses are no UIDs.
func targetsByGroup(ctx context.Context, c *api.Context, client *elb.Client) map[string][]string {
	groups := api.List(ctx, c, client.DescribeTargetGroups, &elb.DescribeTargetGroupsInput{},
		func(o *elb.DescribeTargetGroupsOutput) []types.TargetGroup { return o.TargetGroups })
	found := make([][]string, len(groups.Items))
	indices := make([]int, len(groups.Items))
	for i := range indices {
		indices[i] = i
	}
	api.Each(ctx, c, indices, func(ctx context.Context, i int) {
		g := groups.Items[i]
		if g.TargetType == types.TargetTypeEnumIp || len(g.LoadBalancerArns) == 0 {
			return
		}
		a := api.Ask(ctx, c, client.DescribeTargetHealth, &elb.DescribeTargetHealthInput{TargetGroupArn: g.TargetGroupArn}, "TargetGroupNotFound")
		for _, t := range a.Out.TargetHealthDescriptions {
			if t.Target == nil {
				continue
			}
			id := aws.ToString(t.Target.Id)
			if g.TargetType == types.TargetTypeEnumInstance {
				id = hostUID(c, id)
			}
			found[i] = append(found[i], id)
		}
	})
	out := make(map[string][]string, len(found))
	for i, uids := range found {
		out[aws.ToString(groups.Items[i].TargetGroupArn)] = uids
	}
	return out
}
