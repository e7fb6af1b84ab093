package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
)

// ec2Service is compute and network.
func ec2Service() api.Service {
	return api.Service{
		Name: "ec2", Collect: ec2Collect,
		Kinds: []string{
			"network", "subnet", "network_boundary", "vpn", "log_source", "host", "secret", "volume", "snapshot", "recovery_point", "image",
		},
		Operations: []api.Operation{
			{Name: "DescribeRegions"},
			// Settings of a region.
			{Name: "GetEbsEncryptionByDefault", Tells: []string{"regions", "encryption.source", "disk.encrypted"}},
			// Networks.
			{Name: "DescribeVpcs", Tells: []string{"network"}},
			{Name: "DescribeSubnets", Tells: []string{"subnet", "network.placement", "flow_logs.enabled"}},
			{Name: "DescribeRouteTables", Tells: []string{"public", "network.placement", "peerings"}},
			{Name: "DescribeVpcPeeringConnections", Tells: []string{"peerings"}},
			{Name: "DescribeTransitGatewayAttachments", Tells: []string{"peerings"}},
			{Name: "DescribeFlowLogs", Tells: []string{"log_source", "flow_logs.enabled"}},
			// Boundaries.
			{Name: "DescribeSecurityGroups", Tells: []string{"network_boundary", "remote_access_paths"}},
			{Name: "DescribeManagedPrefixLists", Tells: []string{"rules", "remote_access_paths"}},
			{Name: "GetManagedPrefixListEntries", Tells: []string{"rules", "remote_access_paths"}},
			{Name: "DescribeNetworkInterfaces", Tells: []string{"attached_to", "reaches", "last_event_at"}},
			{Name: "DescribeNetworkAcls", Tells: []string{"network_boundary"}},
			// Ways in.
			{Name: "DescribeVpnConnections", Tells: []string{"vpn"}},
			{Name: "DescribeCustomerGateways", Tells: []string{"auth_method"}},
			{Name: "DescribeClientVpnEndpoints", Tells: []string{"vpn"}},
			{Name: "DescribeInstanceConnectEndpoints", Tells: []string{"vpn"}},
			// Machines.
			{Name: "DescribeInstances", Tells: []string{"host", "secret", "auto_mechanism"}},
			{Name: "DescribeInstanceAttribute", Tells: []string{"secret", "static_cloud_keys"}},
			{Name: "DescribeLaunchTemplateVersions", Tells: []string{
				"instance_role", "static_cloud_keys", "remote_access_paths", "disk.encrypted", "secret",
			}},
			// Disks.
			{Name: "DescribeVolumes", Tells: []string{"volume", "disk.encrypted"}},
			{Name: "DescribeSnapshots", Tells: []string{"snapshot", "recovery_point"}},
			{Name: "GetSnapshotBlockPublicAccessState", Tells: []string{"exposure.public", "exposure.public_paths"}},
			{Name: "DescribeSnapshotAttribute", Tells: []string{"exposure.public", "exposure.public_paths"}},
			{Name: "DescribeImages", Tells: []string{"image"}},
		},
	}
}

func ec2Collect(ctx context.Context, c *api.Context) {
	client := ec2.NewFromConfig(c.AWS())
	networks(ctx, c, client)
	boundaries(ctx, c, client)
	if c.Wants("vpn") {
		vpns(ctx, c, client)
	}
	machines(ctx, c, client)
	disks(ctx, c, client)
}

// ec2Tags are the tags of something in EC2.
func ec2Tags(list []types.Tag) api.Tags {
	return api.TagsOf(list, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}

// nameOf is what people call something in EC2: its tag Name, else its id.
func nameOf(list []types.Tag, id *string) string {
	for _, t := range list {
		if aws.ToString(t.Key) == "Name" && aws.ToString(t.Value) != "" {
			return aws.ToString(t.Value)
		}
	}
	return aws.ToString(id)
}

// ec2ARN is the ARN of something in EC2 in the unit's region, which the account with the id owns; the unit's account where it is empty.
func ec2ARN(c *api.Context, owner *string, typ string, id *string) string {
	account := aws.ToString(owner)
	if account == "" {
		account = c.Account.ID
	}
	return "arn:" + c.Account.Partition + ":ec2:" + c.Region + ":" + account + ":" + typ + "/" + aws.ToString(id)
}
