package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

// elb maps the listeners of Application and Network Load Balancers to endpoints, and the load balancers themselves to the access
// logs that they write.
func elb() mapping.Service {
	endpoint, listeners := []string{"endpoint"}, []string{"aws_lb_listener", "aws_alb_listener"}
	return mapping.Service{Name: "elb", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_lb_listener", Kinds: endpoint, Map: lbListener},
			{Name: "aws_alb_listener", Kinds: endpoint, Map: lbListener},
			{Name: "aws_lb", Kinds: []string{"log_source", "endpoint"}, Map: lbAccessLogs},
			{Name: "aws_alb", Kinds: []string{"log_source", "endpoint"}, Map: lbAccessLogs},
		},
		partsOf(endpoint, listeners, "aws_lb_listener_rule", "aws_alb_listener_rule", "aws_lb_target_group", "aws_alb_target_group",
			"aws_lb_target_group_attachment", "aws_alb_target_group_attachment"),
		noted("further certificates do not change what a listener accepts", "aws_lb_listener_certificate", "aws_alb_listener_certificate",
			"aws_lb_trust_store", "aws_lb_trust_store_revocation"),
		noted("it keeps sessions or tunes the back end", "aws_lb_cookie_stickiness_policy", "aws_app_cookie_stickiness_policy",
			"aws_load_balancer_backend_server_policy", "aws_proxy_protocol_policy", "aws_elb_attachment"),
	)}
}

func loadBalancerTypes() []string { return []string{"aws_lb", "aws_alb"} }

// listenersOf are the declared listeners of a load balancer.
func listenersOf(lb mapping.View) []mapping.View {
	a, _ := lb.Parts("aws_lb_listener", "load_balancer_arn")
	b, _ := lb.Parts("aws_alb_listener", "load_balancer_arn")
	return append(a, b...)
}

func lbListener(c *mapping.Context, v mapping.View) {
	t := v.Targets("load_balancer_arn", loadBalancerTypes()...)
	r := t.First()
	e := kind.Endpoint{DataClassification: v.Label(c.Labels.Classification)}
	if r == nil || r.Mode == resource.Data {
		why := notDeclared[string](t, "the load balancer")
		reason, _ := why.Reason()
		e.Exposure, e.WAF, e.Zones = why, why, kind.Because[int64](reason)
	} else {
		lb := c.View(r)
		if typ, _ := lb.String("load_balancer_type").Known(); typ == "gateway" {
			return // passes packets to appliances: nobody connects to it
		}
		e.Exposure = exposedUnless(lb.Bool("internal").Or(false))
		e.Zones = lbZones(lb)
		e.WAF = lbWAF(c, lb)
		if e.DataClassification.IsNull() {
			e.DataClassification = lb.Label(c.Labels.Classification)
		}
	}
	protocol := kind.Convert(v.String("protocol").Or("HTTP"), strings.ToUpper)
	e.Protocol = awsnet.ListenerProtocol(protocol)
	e.Port = v.Int("port").OrUnknown(evidence.ParseError, "port is required")
	e.TLSEnabled, e.TLSPolicy, e.TLSMinVersion = awsnet.ListenerTLS(protocol, tlspolicy.ELBv2,
		v.String("ssl_policy").Or("ELBSecurityPolicy-2016-08"), passesBytes())
	e.RedirectToHttps = listenerRedirects(v, protocol)
	c.Emit(v, "endpoint", v.Instance.Name, "", e)
	if r != nil && r.Mode == resource.Managed {
		runsIn(c, v.UID(), lbSubnets(c.View(r)))
		// Seen from the listener, since listeners of unknown number belong to a load balancer of unknown number.
		accessLogs(c, v.UID(), c.UID(r.Address), lbLogSource(c, c.View(r)))
	}
	for _, to := range listenerReaches(c, v) {
		c.Relate("reaches", v.UID(), to)
	}
}

// lbZones is the number of subnets: each is in another zone.
func lbZones(lb mapping.View) kind.Attr[int64] {
	if mappings, open := nested(lb, "subnet_mapping"); len(mappings) > 0 || open != nil {
		if open != nil {
			return kind.Because[int64](*open)
		}
		return kind.Known(int64(len(mappings))).From(mappings[0].Provenance())
	}
	return countOf(lb, "subnets")
}

// lbSubnets are the subnets of a load balancer, in the two ways of naming them.
func lbSubnets(lb mapping.View) mapping.Targets {
	out := lb.Targets("subnets", subnetTypes()...)
	mappings, open := nested(lb, "subnet_mapping")
	out.Open = evidence.FirstUnknown(out.Open, open)
	for _, m := range mappings {
		t := m.Targets("subnet_id", subnetTypes()...)
		out.Instances, out.Literals = append(out.Instances, t.Instances...), append(out.Literals, t.Literals...)
		out.Open = evidence.FirstUnknown(out.Open, t.Open)
	}
	return out
}

// countOf is the number of elements of a list argument, which is known where the list itself is, even if its elements are not.
func countOf(v mapping.View, arg string) kind.Attr[int64] {
	a := v.Attr(arg)
	prov := v.ProvenanceOf(arg)
	switch {
	case !a.Set:
		return kind.Unknown[int64](evidence.Computed, arg+" is not stated").From(prov)
	case a.Value.IsKnown() && a.Value.CanIterateElements():
		return kind.Known(int64(a.Value.LengthInt())).From(prov)
	case a.Unknown != nil:
		return kind.Because[int64](*a.Unknown).From(prov)
	}
	return kind.Unknown[int64](evidence.ParseError, arg+" is not a list").From(prov)
}

// lbWAF is the web access list before an application load balancer; the other kinds cannot have one.
func lbWAF(c *mapping.Context, lb mapping.View) kind.Attr[string] {
	return kind.Then(lb.String("load_balancer_type").Or("application"), func(typ string) kind.Attr[string] {
		if typ != "application" {
			return kind.NA[string]()
		}
		return wafOf(c, lb)
	})
}

// passesBytes is why the TLS of a listener is not known.
func passesBytes() evidence.Unknown {
	return evidence.Unknown{Reason: evidence.NotInPlane, Detail: "the listener passes bytes through; its targets decide"}
}

// listenerRedirects says whether an HTTP listener serves nothing in clear text: its default action and all its rules redirect to
// HTTPS, or refuse with a fixed 4xx or 5xx answer.
func listenerRedirects(v mapping.View, protocol kind.Attr[string]) kind.Attr[bool] {
	return kind.Then(protocol, func(p string) kind.Attr[bool] {
		if p != "HTTP" {
			return kind.NA[bool]()
		}
		serves := actionsServe(v, "default_action")
		for _, typ := range []string{"aws_lb_listener_rule", "aws_alb_listener_rule"} {
			rules, open := v.Parts(typ, "listener_arn")
			for _, r := range rules {
				serves = append(serves, actionsServe(r, "action")...)
			}
			if open != nil {
				serves = append(serves, kind.Because[bool](*open))
			}
		}
		return kind.Not(kind.AnyOf(serves))
	})
}

// actionsServe says of each action whether it lets clear text pass.
func actionsServe(v mapping.View, blockType string) []kind.Attr[bool] {
	actions, open := nested(v, blockType)
	out := make([]kind.Attr[bool], 0, len(actions)+1)
	for _, a := range actions {
		redirects := kind.Both(equals(a.String("type"), "redirect"), equals(a.Block("redirect").String("protocol"), "HTTPS"))
		refuses := kind.Both(equals(a.String("type"), "fixed-response"), isRefusal(a.Block("fixed_response").String("status_code").Or("")))
		out = append(out, kind.Not(kind.Either(redirects, refuses)))
	}
	if open != nil {
		out = append(out, kind.Because[bool](*open))
	}
	return out
}

func isRefusal(status kind.Attr[string]) kind.Attr[bool] {
	return kind.Convert(status, func(s string) bool { return strings.HasPrefix(s, "4") || strings.HasPrefix(s, "5") })
}

// listenerReaches are the hosts and functions behind the target groups of a listener and its rules.
func listenerReaches(c *mapping.Context, v mapping.View) []string {
	groups := targetGroups(v, "default_action")
	for _, typ := range []string{"aws_lb_listener_rule", "aws_alb_listener_rule"} {
		rules, _ := v.Parts(typ, "listener_arn")
		for _, r := range rules {
			groups = append(groups, targetGroups(r, "action")...)
		}
	}
	out := make([]string, 0, len(groups))
	for _, g := range groups {
		out = append(out, behindGroups(c)[g.Address]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func targetGroupTypes() []string { return []string{"aws_lb_target_group", "aws_alb_target_group"} }

func targetGroups(v mapping.View, blockType string) []*resource.Instance {
	var out []*resource.Instance
	actions, _ := nested(v, blockType)
	for _, a := range actions {
		out = append(out, a.Targets("target_group_arn", targetGroupTypes()...).Instances...)
		weighted, _ := a.Block("forward").Blocks("target_group")
		for _, w := range weighted {
			out = append(out, w.Targets("arn", targetGroupTypes()...).Instances...)
		}
	}
	return out
}

// behindGroups are the UIDs of the targets of each target group, by the group's address.
func behindGroups(c *mapping.Context) map[string][]string {
	return mapping.Memo(c, "aws target groups", func() map[string][]string {
		out := make(map[string][]string)
		add := func(v mapping.View, arg string, uids ...string) {
			for _, g := range v.Targets(arg, targetGroupTypes()...).Instances {
				out[g.Address] = append(out[g.Address], uids...)
			}
		}
		for _, typ := range []string{"aws_lb_target_group_attachment", "aws_alb_target_group_attachment"} {
			for _, a := range c.All(typ) {
				t := a.Targets("target_id", "aws_instance", "aws_spot_instance_request", "aws_lambda_function")
				for _, r := range t.Instances {
					add(a, "target_group_arn", c.UID(r.Address))
				}
			}
		}
		for _, g := range c.All("aws_autoscaling_group") {
			add(g, "target_group_arns", g.UID())
		}
		for _, a := range c.All("aws_autoscaling_attachment") {
			add(a, "lb_target_group_arn", a.Targets("autoscaling_group_name", "aws_autoscaling_group").UIDs(c)...)
		}
		for _, s := range c.All("aws_ecs_service") {
			blocks, _ := s.Blocks("load_balancer")
			for _, b := range blocks {
				add(b, "target_group_arn", s.UID())
			}
		}
		return out
	})
}

// lbAccessLogs is the load balancer as a source of records; its logs are off by default.
func lbAccessLogs(c *mapping.Context, v mapping.View) {
	if typ, _ := v.String("load_balancer_type").Known(); typ == "gateway" {
		return
	}
	c.Emit(v, "log_source", v.Instance.Name, "", lbLogSource(c, v))
}

func lbLogSource(c *mapping.Context, lb mapping.View) kind.LogSource {
	logs := lb.Block("access_logs")
	return logSource(c, "lb_access", logs.Bool("enabled").Or(false), lb.UID(), logs, "bucket")
}
