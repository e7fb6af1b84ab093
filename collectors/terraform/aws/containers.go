package aws

import (
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// containers maps Kubernetes clusters with their control plane, nodes and logs, and the services of ECS.
func containers() mapping.Service {
	service := []string{"managed_service"}
	return mapping.Service{Name: "containers", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_eks_cluster", Kinds: []string{"managed_service", "endpoint", "log_source"}, Map: eksCluster},
			{Name: "aws_eks_node_group", Kinds: []string{"host"}, Map: eksNodes},
			{Name: "aws_ecs_service", Kinds: service, Map: ecsService},
		},
		noted("permissions inside a cluster and its add-ons are no evidence that is judged", "aws_eks_access_entry",
			"aws_eks_access_policy_association", "aws_eks_addon", "aws_eks_fargate_profile", "aws_eks_identity_provider_config",
			"aws_eks_pod_identity_association", "aws_eks_capability"),
		noted("a task's containers are images; their secrets are found by the secret scan of every literal", "aws_ecs_account_setting_default",
			"aws_ecs_capacity_provider", "aws_ecs_cluster", "aws_ecs_cluster_capacity_providers", "aws_ecs_tag",
			"aws_ecs_task_definition", "aws_ecs_task_set", "aws_ecs_express_gateway_service"),
	)}
}

// eksCluster is the control plane: its Kubernetes version, its API endpoint, and its logs.
func eksCluster(c *mapping.Context, v mapping.View) {
	version := v.String("version").OrUnknown(evidence.Computed, "EKS chooses the newest version")
	c.Emit(v, "managed_service", v.Instance.Name, "", kind.ManagedService{
		Runtime:      kind.Convert(version, func(s string) string { return "kubernetes " + s }),
		RuntimeEOLOn: kind.Then(version, func(s string) kind.Attr[kind.Date] { return awsstore.EndOfSupport("eks", s) }),
	})
	config := v.Block("vpc_config")
	eksEndpoint(c, v, config)
	eksLogs(c, v)
	placeIn(c, v.UID(), config.Targets("subnet_ids", subnetTypes()...))
	for _, key := range v.Block("encryption_config").Block("provider").Targets("key_arn", "aws_kms_key").UIDs(c) {
		c.Relate("encrypted_by", v.UID(), key)
	}
}

// eksEndpoint is the API server, which is public by default. The addresses that may reach it are a boundary before it.
func eksEndpoint(c *mapping.Context, v, config mapping.View) {
	public := config.Bool("endpoint_public_access").Or(true)
	e := httpsEndpoint(c, v, kind.Choose(public, "internet", "internal"))
	e.TLSMinVersion = undocumentedTLS("the Kubernetes API")
	e.WAF = kind.NA[string]()
	e.Zones = countOf(config, "subnet_ids")
	endpoint := c.Emit(v, "endpoint", v.Instance.Name, "api", e)
	if open, known := public.Value(); known && !open {
		return
	}
	cidrs, gap := gather(config, "public_access_cidrs")
	if !config.Has("public_access_cidrs") {
		cidrs = []string{"0.0.0.0/0"}
	}
	prov := config.ProvenanceOf("public_access_cidrs")
	boundary := c.Emit(v, "network_boundary", v.Instance.Name, "public_access", kind.NetworkBoundary{
		Type: kind.Known("security_group"), Enabled: kind.Known(true), IsDefault: kind.Known(false), DefaultInbound: kind.Known("deny"),
		DefaultOutbound: kind.NA[string](), Mode: kind.Known("na"), AttachedTo: kind.Known([]string{endpoint.UID}),
		Rules: kind.Known([]kind.NetworkBoundaryRule{{
			Direction: kind.Known("in").From(prov), Action: kind.Known("allow"), Protocol: kind.Known("tcp"),
			PortFrom: kind.Known[int64](httpsPort), PortTo: kind.Known[int64](httpsPort), CIDRs: awsnet.Addresses(cidrs, gap).From(prov),
			Refs: kind.Known([]string{}), ThreatGroup: kind.Known(false),
		}}).From(prov),
	})
	c.Relate("attached_to", boundary.UID, endpoint.UID)
}

// eksLogs is the audit log of the control plane, which is off by default and goes to a log group named after the cluster.
func eksLogs(c *mapping.Context, v mapping.View) {
	enabled := contains(v, "enabled_cluster_log_types", "audit")
	l := kind.LogSource{
		Type: kind.Known("application"), Enabled: enabled, Scope: kind.Known(v.UID()), MultiRegion: kind.NA[bool](),
		Validation: kind.NA[bool](), Forwarded: enabled, Encrypted: kind.Known(true),
		Destination: outside[string]("EKS names the log group after the cluster"), RetentionDays: outside[int64]("the log group decides"),
	}
	if name, known := v.String("name").Known(); known {
		if group := logGroupNamed(c, "/aws/eks/"+name+"/cluster"); group != nil {
			l.Destination = kind.Known(c.UID(group.Address))
			l.Encrypted, l.RetentionDays = storedLogs(c, group, l.Destination)
		}
	}
	if on, known := enabled.Value(); known && !on {
		l.Destination, l.Encrypted, l.RetentionDays = kind.NA[string](), kind.NA[bool](), kind.NA[int64]()
	}
	logs := c.Emit(v, "log_source", v.Instance.Name, "logs", l)
	accessLogs(c, v.UID(), logs.UID, l)
}

func logGroupNamed(c *mapping.Context, name string) *resource.Instance {
	for _, g := range c.All(logGroupType) {
		if own, known := g.String("name").Known(); known && own == name {
			return g.Instance
		}
	}
	return nil
}

// eksNodes are the machines of a node group. With a key pair and no source groups, EKS opens SSH to everybody.
func eksNodes(c *mapping.Context, v mapping.View) {
	m := machine{c: c, v: v, from: []mapping.View{v}}.inherit(templatesOf(v))
	h := m.host("container_host", kind.Known(true))
	h.InstanceRole = one(c, v, "node_role_arn", "aws_iam_role")
	h.RemoteAccessPaths = eksRemotePaths(c, v, m)
	c.Emit(v, "host", v.Instance.Name, "", h)
	placeIn(c, v.UID(), v.Targets("subnet_ids", subnetTypes()...))
}

func eksRemotePaths(c *mapping.Context, v mapping.View, m machine) kind.Attr[[]kind.HostRemoteAccessPath] {
	if len(m.from) > 1 || m.open != nil {
		return m.remotePaths() // a launch template takes the place of remote_access
	}
	access := v.Block("remote_access")
	var sources []string
	var open *evidence.Unknown
	switch {
	case access.Maybe() != nil:
		open = access.Maybe()
	case access.Has("source_security_group_ids"):
		sources, open = groupRefs(c, access, []string{"source_security_group_ids"})
	case access.Has("ec2_ssh_key"):
		sources = []string{"0.0.0.0/0"}
	}
	paths := []kind.HostRemoteAccessPath{}
	for _, s := range sources {
		paths = append(paths, kind.HostRemoteAccessPath{Via: kind.Known("ssh").From(access.Provenance()), Source: kind.Known(s)})
	}
	return kind.Listed(paths, open).From(v.Provenance())
}

// ecsService runs containers. On Fargate the platform is the runtime, which AWS keeps supported unless an old one is asked for.
func ecsService(c *mapping.Context, v mapping.View) {
	fargate := equals(v.String("launch_type"), "FARGATE")
	version := v.String("platform_version").Or("LATEST")
	c.Emit(v, "managed_service", v.Instance.Name, "", kind.ManagedService{
		Runtime: kind.Then(fargate, func(yes bool) kind.Attr[string] {
			if yes {
				return kind.Convert(version, func(s string) string { return "fargate " + s })
			}
			return kind.Known("container image")
		}),
		RuntimeEOLOn: kind.Then(kind.Both(fargate, kind.Convert(version, isLatest)), func(latest bool) kind.Attr[kind.Date] {
			if latest {
				return kind.NA[kind.Date]() // AWS moves it forward
			}
			return outside[kind.Date]("the image brings its own runtime")
		}),
	})
	placeIn(c, v.UID(), v.Block("network_configuration").Targets("subnets", subnetTypes()...))
}

func isLatest(version string) bool { return version == "LATEST" }
