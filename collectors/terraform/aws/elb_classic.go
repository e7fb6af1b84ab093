package aws

import (
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

// elbClassic maps Classic Load Balancers: each listener block is an endpoint, named by its port.
func elbClassic() mapping.Service {
	return mapping.Service{Name: "elb_classic", Types: slices.Concat(
		[]mapping.Type{{Name: "aws_elb", Kinds: []string{"endpoint", "log_source"}, Map: classicBalancer}},
		partsOf([]string{"endpoint"}, []string{"aws_elb"},
			"aws_load_balancer_listener_policy", "aws_load_balancer_policy", "aws_lb_ssl_negotiation_policy"),
	)}
}

func classicBalancer(c *mapping.Context, v mapping.View) {
	logs := v.Block("access_logs")
	enabled := kind.Both(written(v, "access_logs"), logs.Bool("enabled").Or(true))
	l := logSource(c, "lb_access", enabled, v.UID(), logs, "bucket")
	c.Emit(v, "log_source", v.Instance.Name, "", l)
	listeners, open := nested(v, "listener")
	for i, listener := range listeners {
		e := c.Emit(v, "endpoint", v.Instance.Name, classicSuffix(listener, i), classicEndpoint(c, v, listener))
		e.Prov[0] = *listener.Provenance()
		accessLogs(c, e.UID, v.UID(), l)
		for _, to := range v.Targets("instances", "aws_instance").UIDs(c) {
			c.Relate("reaches", e.UID, to)
		}
	}
	if open != nil {
		c.RelateOpen("listens_on", v.UID(), *open)
	}
}

// classicSuffix names a listener by its port, or by its place where the port is not known.
func classicSuffix(listener mapping.View, i int) string {
	if port, known := listener.Int("lb_port").Known(); known {
		return strconv.FormatInt(port, 10)
	}
	return "listener" + strconv.Itoa(i)
}

// classicUIDs are the UIDs of a load balancer's endpoints.
func classicUIDs(v mapping.View) []string {
	listeners, _ := nested(v, "listener")
	out := make([]string, 0, len(listeners))
	for i, l := range listeners {
		out = append(out, v.UID()+"#"+classicSuffix(l, i))
	}
	if len(out) == 0 {
		return []string{v.UID()}
	}
	return out
}

func classicEndpoint(c *mapping.Context, v, listener mapping.View) kind.Endpoint {
	protocol := kind.Convert(listener.String("lb_protocol").OrUnknown(evidence.ParseError, "lb_protocol is required"), strings.ToUpper)
	e := kind.Endpoint{
		Exposure: exposedUnless(v.Bool("internal").Or(false)), Protocol: awsnet.ListenerProtocol(protocol),
		Port: listener.Int("lb_port").OrUnknown(evidence.ParseError, "lb_port is required"),
		WAF:  kind.NA[string](), Zones: countOf(v, "subnets"), DataClassification: v.Label(c.Labels.Classification),
	}
	if !v.Has("subnets") {
		e.Zones = countOf(v, "availability_zones")
	}
	policy, version := classicPolicy(v, listener)
	e.TLSEnabled, e.TLSPolicy, _ = awsnet.ListenerTLS(protocol, tlspolicy.ELB, policy, passesBytes())
	e.TLSMinVersion = kind.Then(protocol, func(p string) kind.Attr[string] {
		if p == "HTTPS" || p == "SSL" {
			return version
		}
		return kind.NA[string]()
	})
	e.RedirectToHttps = kind.Then(protocol, func(p string) kind.Attr[bool] {
		if p == "HTTP" {
			return kind.Known(false) // a classic load balancer cannot redirect
		}
		return kind.NA[bool]()
	})
	return e
}

// classicPolicy is the TLS policy of a listener and the oldest version that it accepts: of a policy set on its port, or AWS's
// default.
func classicPolicy(v, listener mapping.View) (policy, version kind.Attr[string]) {
	port, _ := listener.Int("lb_port").Known()
	own, open := v.Parts("aws_lb_ssl_negotiation_policy", "load_balancer")
	for _, p := range own {
		if n, _ := p.Int("lb_port").Known(); n == port {
			return negotiation(p, "attribute")
		}
	}
	set, gap := v.Parts("aws_load_balancer_listener_policy", "load_balancer_name")
	for _, p := range set {
		if n, _ := p.Int("load_balancer_port").Known(); n == port {
			return namedPolicy(p)
		}
	}
	if why := evidence.FirstUnknown(open, gap); why != nil {
		return kind.Because[string](*why), kind.Because[string](*why)
	}
	policy = kind.Known(awsnet.ClassicPolicy).From(listener.Provenance())
	return policy, awsnet.TLSVersion(tlspolicy.ELB, policy)
}

// namedPolicy resolves the policy that a listener policy names: declared here, or one of AWS's.
func namedPolicy(p mapping.View) (policy, version kind.Attr[string]) {
	if declared := p.Mentions("policy_names", "aws_load_balancer_policy"); len(declared) > 0 {
		return negotiation(mapping.Sibling(p, declared[0]), "policy_attribute")
	}
	t := p.Targets("policy_names")
	if len(t.Literals) > 0 {
		policy = kind.Known(t.Literals[0]).From(p.Provenance())
		return policy, awsnet.TLSVersion(tlspolicy.ELB, policy)
	}
	why := notDeclared[string](t, "the listener's policy")
	return why, why
}

// negotiation reads the attributes of a negotiation policy: the name of one of AWS's policies, or protocol versions one by one.
func negotiation(p mapping.View, blockType string) (policy, version kind.Attr[string]) {
	attributes, open := nested(p, blockType)
	oldest := ""
	for _, a := range attributes {
		name, _ := a.String("name").Known()
		value, known := a.String("value").Known()
		if name == "Reference-Security-Policy" {
			policy = a.String("value").OrUnknown(evidence.ParseError, "value is required")
			return policy, awsnet.TLSVersion(tlspolicy.ELB, policy)
		}
		if known && !strings.EqualFold(value, "true") {
			continue
		}
		if number := awsnet.ClassicVersion(name); number != "" && (oldest == "" || number < oldest) {
			oldest = number
		}
	}
	policy = kind.Known(p.Instance.Name).From(p.Provenance())
	switch {
	case open != nil:
		return policy, kind.Because[string](*open).From(p.Provenance())
	case oldest == "":
		return policy, kind.Unknown[string](evidence.Unsupported, "the policy names no protocol version").From(p.Provenance())
	}
	return policy, kind.Known(oldest).From(p.Provenance())
}
