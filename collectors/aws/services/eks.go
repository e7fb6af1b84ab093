package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// eksService reads Kubernetes clusters: the version of the control plane, its API endpoint and its logs. Nodes are hosts of EC2.
func eksService() api.Service {
	return api.Service{
		Name: "eks", Collect: clusters, Kinds: []string{"managed_service", "endpoint", "network_boundary", "log_source"},
		Operations: []api.Operation{
			{Name: "ListClusters", Tells: []string{"managed_service", "endpoint", "network_boundary", "log_source"}},
			{Name: "DescribeCluster", Tells: []string{"managed_service", "endpoint", "network_boundary", "log_source"}},
		},
	}
}

func clusters(ctx context.Context, c *api.Context) {
	client := eks.NewFromConfig(c.AWS())
	names := api.List(ctx, c, client.ListClusters, &eks.ListClustersInput{}, func(o *eks.ListClustersOutput) []string { return o.Clusters })
	api.Each(ctx, c, names.Items, func(ctx context.Context, name string) {
		a := api.Ask(ctx, c, client.DescribeCluster, &eks.DescribeClusterInput{Name: aws.String(name)}, "ResourceNotFoundException")
		if a.Out.Cluster != nil {
			cluster(ctx, c, *a.Out.Cluster, a.Prov)
		}
	})
}

func cluster(ctx context.Context, c *api.Context, k types.Cluster, prov *evidence.Provenance) {
	uid, name := aws.ToString(k.Arn), aws.ToString(k.Name)
	config := k.ResourcesVpcConfig
	if config == nil {
		config = &types.VpcConfigResponse{}
	}
	if c.Wants("managed_service") {
		c.Emit(api.Entity{Kind: "managed_service", UID: uid, Name: name, Prov: prov}, kind.ManagedService{
			Runtime: kind.Known("kubernetes " + aws.ToString(k.Version)), RuntimeEOLOn: awsstore.EndOfSupport("eks", aws.ToString(k.Version)),
		})
		runIn(ctx, c, uid, config.SubnetIds)
		guard(c, uid, append(slices.Clone(config.SecurityGroupIds), aws.ToString(config.ClusterSecurityGroupId)))
		for _, e := range k.EncryptionConfig {
			if e.Provider != nil {
				relateKey(ctx, c, uid, aws.ToString(e.Provider.KeyArn))
			}
		}
	}
	if c.Wants("endpoint") {
		e := httpsEndpoint(c, exposedUnless(!config.EndpointPublicAccess), stringTags(k.Tags))
		e.TLSMinVersion = undocumentedTLS("the Kubernetes API")
		e.WAF = kind.NA[string]()
		e.Zones = kind.Known(int64(len(config.SubnetIds)))
		c.Emit(api.Entity{Kind: "endpoint", UID: uid + "#api", Name: name + " API", Prov: prov}, e)
	}
	if c.Wants("network_boundary") && config.EndpointPublicAccess {
		publicAccess(c, uid, name, config.PublicAccessCidrs, prov)
	}
	if c.Wants("log_source") {
		clusterLogs(ctx, c, uid, name, k.Logging, prov)
	}
}

// publicAccess are the addresses that may reach a public API endpoint: a boundary before it.
func publicAccess(c *api.Context, uid, name string, cidrs []string, prov *evidence.Provenance) {
	if len(cidrs) == 0 {
		cidrs = []string{"0.0.0.0/0"}
	}
	c.Emit(api.Entity{Kind: "network_boundary", UID: uid + "#public_access", Name: name + " public access", Prov: prov}, kind.NetworkBoundary{
		Type: kind.Known("security_group"), Enabled: kind.Known(true), IsDefault: kind.Known(false), DefaultInbound: kind.Known("deny"),
		DefaultOutbound: kind.NA[string](), Mode: kind.Known("na"), AttachedTo: kind.Known([]string{uid + "#api"}),
		Rules: kind.Known([]kind.NetworkBoundaryRule{{
			Direction: kind.Known("in").From(prov), Action: kind.Known("allow"), Protocol: kind.Known("tcp"), PortFrom: kind.Known[int64](httpsPort),
			PortTo: kind.Known[int64](httpsPort), CIDRs: awsnet.Addresses(cidrs, nil), Refs: kind.Known([]string{}), ThreatGroup: kind.Known(false),
		}}),
	})
	c.Relate("attached_to", uid+"#public_access", uid+"#api")
}

// clusterLogs is the audit log of the control plane, which is off by default and goes to a log group named after the cluster.
func clusterLogs(ctx context.Context, c *api.Context, uid, name string, logging *types.Logging, prov *evidence.Provenance) {
	on := logging != nil && slices.ContainsFunc(logging.ClusterLogging, func(l types.LogSetup) bool {
		return aws.ToBool(l.Enabled) && slices.Contains(l.Types, types.LogTypeAudit)
	})
	l := delivered(ctx, c, "application", kind.Known(on), uid, c.ARN("logs", "log-group:/aws/eks/"+name+"/cluster"))
	heard(ctx, c, &l, func(stream string) bool { return strings.HasPrefix(stream, "kube-apiserver-audit-") })
	c.Emit(api.Entity{Kind: "log_source", UID: uid + "#logs", Name: name + " control plane", Prov: prov}, l)
	relateLogs(c, uid, uid+"#logs", l)
}
