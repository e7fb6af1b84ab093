package aws

import (
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// ec2 maps machines. An autoscaling group is one host, since its members are made alike and hold nothing of their own; a launch
// template is one only where nothing here launches from it.
func ec2() mapping.Service {
	host := []string{"host"}
	return mapping.Service{Name: "ec2", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_instance", Kinds: host, Map: instance},
			{Name: "aws_spot_instance_request", Kinds: host, Map: instance},
			{Name: "aws_autoscaling_group", Kinds: host, Map: scalingGroup},
			{Name: "aws_launch_template", Kinds: host, Map: launchTemplate},
			{Name: "aws_launch_configuration", Kinds: host, Map: launchTemplate},
			{Name: "aws_lightsail_instance", Kinds: host, Map: lightsailInstance},
			{Name: "aws_lightsail_instance_public_ports", Kinds: []string{"network_boundary"}, Map: lightsailPorts},
		},
		partsOf([]string{"endpoint"}, []string{"aws_lb_listener"}, "aws_autoscaling_attachment"),
		noted("it decides when machines start or where they stand, not how they are protected", "aws_autoscaling_group_tag",
			"aws_autoscaling_lifecycle_hook", "aws_autoscaling_notification", "aws_autoscaling_policy", "aws_autoscaling_schedule",
			"aws_autoscaling_traffic_source_attachment", "aws_placement_group", "aws_ec2_host", "aws_ec2_fleet",
			"aws_spot_fleet_request", "aws_spot_datafeed_subscription", "aws_ec2_capacity_reservation",
			"aws_ec2_capacity_block_reservation", "aws_ec2_availability_zone_group", "aws_ec2_instance_state", "aws_ec2_tag",
			"aws_ec2_instance_metadata_defaults", "aws_ec2_serial_console_access",
			"aws_ec2_allowed_images_settings", "aws_ec2_default_credit_specification", "aws_key_pair", "aws_appautoscaling_policy",
			"aws_appautoscaling_scheduled_action", "aws_appautoscaling_target", "aws_autoscalingplans_scaling_plan"),
		noted("Lightsail's other parts hold no evidence that is judged", "aws_lightsail_bucket_access_key",
			"aws_lightsail_bucket_resource_access", "aws_lightsail_certificate", "aws_lightsail_disk_attachment",
			"aws_lightsail_distribution", "aws_lightsail_domain", "aws_lightsail_domain_entry", "aws_lightsail_key_pair",
			"aws_lightsail_lb_attachment", "aws_lightsail_lb_certificate", "aws_lightsail_lb_certificate_attachment",
			"aws_lightsail_lb_https_redirection_policy", "aws_lightsail_lb_stickiness_policy", "aws_lightsail_static_ip",
			"aws_lightsail_static_ip_attachment"),
	)}
}

func instance(c *mapping.Context, v mapping.View) {
	m := machine{c: c, v: v, from: []mapping.View{v}}.inherit(templatesOf(v))
	c.Emit(v, "host", v.Instance.Name, "", m.host("vm", kind.Known(false)))
	subnet, stated := m.with("subnet_id")
	if stated {
		placeIn(c, v.UID(), subnet.Targets("subnet_id", subnetTypes()...))
	}
}

// inherit returns the machine with the launch templates among the bodies that hold its settings.
func (m machine) inherit(t mapping.Targets) machine {
	for _, r := range t.Instances {
		if r.Mode == resource.Data {
			t.Literals = append(t.Literals, r.Address)
			continue
		}
		m.from = append(m.from, m.c.View(r))
	}
	m.open = t.Open
	if len(t.Literals) > 0 && m.open == nil {
		m.open = &evidence.Unknown{Reason: evidence.NotInPlane, Detail: "launch template " + t.Literals[0] + " is not declared here"}
	}
	return m
}

// templatesOf are the launch templates or the launch configuration that an instance or autoscaling group is made from.
func templatesOf(v mapping.View) mapping.Targets {
	var out mapping.Targets
	add := func(t mapping.Targets) {
		out.Instances = append(out.Instances, t.Instances...)
		out.Literals = append(out.Literals, t.Literals...)
		out.Open = evidence.FirstUnknown(out.Open, t.Open)
	}
	add(v.Targets("launch_configuration", "aws_launch_configuration"))
	mixed := v.Block("mixed_instances_policy").Block("launch_template").Block("launch_template_specification")
	for _, b := range []mapping.View{v.Block("launch_template"), mixed} {
		for _, arg := range []string{"id", "name", "launch_template_id", "launch_template_name"} {
			add(b.Targets(arg, "aws_launch_template"))
		}
		out.Open = evidence.FirstUnknown(out.Open, b.Maybe())
	}
	return out
}

func scalingGroup(c *mapping.Context, v mapping.View) {
	m := machine{c: c, v: withTagBlocks(v)}.inherit(templatesOf(v))
	c.Emit(v, "host", v.Instance.Name, "", m.host("vm", kind.Known(true)))
	placeIn(c, v.UID(), v.Targets("vpc_zone_identifier", subnetTypes()...))
}

// withTagBlocks gives a resource whose tags are blocks of key and value the argument that other resources have.
func withTagBlocks(v mapping.View) mapping.View {
	blocks, open := v.Blocks("tag")
	if v.Body == nil || len(blocks) == 0 && open == nil {
		return v
	}
	tags := make(map[string]cty.Value, len(blocks))
	for _, b := range blocks {
		key, known := b.String("key").Known()
		if !known {
			continue
		}
		tags[key] = cty.UnknownVal(cty.String)
		if value, known := b.String("value").Known(); known {
			tags[key] = cty.StringVal(value)
			continue
		}
		open = evidence.FirstUnknown(open, b.Attr("value").Unknown)
	}
	body := *v.Body
	body.Attributes = maps.Clone(body.Attributes)
	body.Attributes["tags"] = resource.Attribute{Set: true, Value: cty.ObjectVal(tags), Unknown: open, Range: v.Body.Range}
	v.Body = &body
	return v
}

// launchTemplate maps a template that nothing here launches from: what it makes, if anything, is made elsewhere.
func launchTemplate(c *mapping.Context, v mapping.View) {
	if uids := machinesFrom(c, v); uids[0] != v.UID() {
		return
	}
	m := machine{c: c, v: v, from: []mapping.View{v}}
	c.Emit(v, "host", v.Instance.Name, "", m.host("vm", outside[bool]("what launches from the template decides")))
}

// machinesFrom are the UIDs of the hosts made from a launch template, or its own where nothing here is.
func machinesFrom(c *mapping.Context, template mapping.View) []string {
	all := mapping.Memo(c, "aws machines by template", func() map[string][]string {
		out := make(map[string][]string)
		for _, typ := range []string{"aws_autoscaling_group", "aws_instance", "aws_spot_instance_request", "aws_eks_node_group"} {
			for _, v := range c.All(typ) {
				for _, r := range templatesOf(v).Instances {
					out[r.Address] = append(out[r.Address], v.UID())
				}
			}
		}
		return out
	})
	if uids := all[template.Instance.Address]; len(uids) > 0 {
		return uids
	}
	return []string{template.UID()}
}

// lightsailInstance is a virtual machine with a firewall of its own.
func lightsailInstance(c *mapping.Context, v mapping.View) {
	m := machine{c: c, v: v, from: []mapping.View{v}}
	h := m.host("vm", kind.Known(false))
	h.InstanceRole = kind.NA[string]()
	h.DiskEncrypted = outside[bool]("Lightsail decides")
	ports, open := v.Parts("aws_lightsail_instance_public_ports", "instance_name")
	paths := []kind.HostRemoteAccessPath{}
	for _, p := range ports {
		set := lightsailRules(p)
		open = evidence.FirstUnknown(open, set.open)
		for _, r := range set.rules {
			more, gap := awsnet.PathsThrough(r)
			paths, open = append(paths, more...), evidence.FirstUnknown(open, gap)
		}
	}
	if len(ports) == 0 {
		open = evidence.FirstUnknown(open, &evidence.Unknown{Reason: evidence.NotInPlane, Detail: "the blueprint decides which ports are open"})
	}
	h.RemoteAccessPaths = kind.Listed(paths, open)
	c.Emit(v, "host", v.Instance.Name, "", h)
}

func lightsailRules(v mapping.View) ruleSet {
	blocks, open := nested(v, "port_info")
	set := ruleSet{open: open}
	for _, b := range blocks {
		cidrs, gap := gather(b, "cidrs", "ipv6_cidrs")
		if len(cidrs) == 0 && gap == nil {
			cidrs = []string{"0.0.0.0/0", "::/0"} // everybody, unless it is narrowed
		}
		protocol := kind.Convert(b.String("protocol").OrUnknown(evidence.ParseError, "protocol is required"), awsnet.Protocol)
		from, to := ports(protocol, b.Int("from_port"), b.Int("to_port"))
		set.rules = append(set.rules, kind.NetworkBoundaryRule{
			Direction: kind.Known("in").From(b.Provenance()), Action: kind.Known("allow"), Protocol: protocol, PortFrom: from, PortTo: to,
			CIDRs: awsnet.Addresses(cidrs, gap).From(b.Provenance()), Refs: kind.Known([]string{}), ThreatGroup: kind.Known(false),
		})
	}
	return set
}

func lightsailPorts(c *mapping.Context, v mapping.View) {
	set := lightsailRules(v)
	t := v.Targets("instance_name", "aws_lightsail_instance")
	c.Emit(v, "network_boundary", v.Instance.Name, "", kind.NetworkBoundary{
		Type: kind.Known("security_group"), Enabled: kind.Known(true), IsDefault: kind.Known(false), DefaultInbound: kind.Known("deny"),
		DefaultOutbound: kind.Known("allow"), Mode: kind.Known("na"), Rules: kind.Listed(set.rules, set.open).From(v.Provenance()),
		AttachedTo: kind.Listed(t.UIDs(c), t.Open),
	})
	for _, to := range t.UIDs(c) {
		c.Relate("attached_to", v.UID(), to)
	}
}
