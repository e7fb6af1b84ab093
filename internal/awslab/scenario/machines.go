package scenario

import (
	"context"
	"encoding/base64"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// network is what machines and databases are put into.
type network struct {
	id      string
	subnets []string
	app     string // the security group of the application
	open    string // the security group of the legacy laboratory
}

// tagged labels a resource of EC2 as it is made.
func tagged(kind types.ResourceType, name string, labels []string) []types.TagSpecification {
	return []types.TagSpecification{{
		ResourceType: kind, Tags: tags(func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }, name, labels),
	}}
}

// network makes a VPC with a public and two private subnets, flow logs and two security groups.
func (b *builder) network(ctx context.Context) (network, error) {
	client := ec2.NewFromConfig(b.config)
	vpc, err := client.CreateVpc(ctx, &ec2.CreateVpcInput{
		CidrBlock: aws.String("10.20.0.0/16"), TagSpecifications: tagged(types.ResourceTypeVpc, "stbrigid", operational),
	})
	if err != nil {
		return network{}, err
	}
	n := network{id: *vpc.Vpc.VpcId}
	b.made("AWS::EC2::VPC", 1)
	for i, name := range []string{"public", "data-a", "data-b"} {
		subnet, err := client.CreateSubnet(ctx, &ec2.CreateSubnetInput{
			VpcId: &n.id, CidrBlock: aws.String([]string{"10.20.0.0/24", "10.20.1.0/24", "10.20.2.0/24"}[i]),
			AvailabilityZone:  aws.String(b.region + []string{"a", "a", "b"}[i]),
			TagSpecifications: tagged(types.ResourceTypeSubnet, name, operational),
		})
		if err != nil {
			return network{}, err
		}
		b.made("AWS::EC2::Subnet", 1)
		b.fact("subnet", b.arn("ec2", "subnet/"+*subnet.Subnet.SubnetId), "public", i == 0)
		n.subnets = append(n.subnets, *subnet.Subnet.SubnetId)
	}
	if err := b.internet(ctx, client, &n); err != nil {
		return network{}, err
	}
	if _, err := client.CreateFlowLogs(ctx, &ec2.CreateFlowLogsInput{
		ResourceIds: []string{n.id}, ResourceType: types.FlowLogsResourceTypeVpc, TrafficType: types.TrafficTypeAll,
		LogDestinationType: types.LogDestinationTypeS3, LogDestination: aws.String("arn:aws:s3:::" + b.bucket("audit")),
	}); err != nil {
		return network{}, err
	}
	b.fact("network", b.arn("ec2", "vpc/"+n.id), "flow_logs.enabled", true)
	return n, b.groups(ctx, client, &n)
}

// internet gives the first subnet of a network a route out.
func (b *builder) internet(ctx context.Context, client *ec2.Client, n *network) error {
	gateway, err := client.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{})
	if err != nil {
		return err
	}
	if _, err := client.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{
		InternetGatewayId: gateway.InternetGateway.InternetGatewayId, VpcId: &n.id,
	}); err != nil {
		return err
	}
	table, err := client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &n.id})
	if err != nil {
		return err
	}
	if _, err := client.CreateRoute(ctx, &ec2.CreateRouteInput{
		RouteTableId: table.RouteTable.RouteTableId, DestinationCidrBlock: aws.String("0.0.0.0/0"),
		GatewayId: gateway.InternetGateway.InternetGatewayId,
	}); err != nil {
		return err
	}
	_, err = client.AssociateRouteTable(ctx, &ec2.AssociateRouteTableInput{
		RouteTableId: table.RouteTable.RouteTableId, SubnetId: &n.subnets[0],
	})
	return err
}

// groups makes a security group that is narrow and one that is open.
func (b *builder) groups(ctx context.Context, client *ec2.Client, n *network) error {
	create := func(name, cidr string, port int32) (string, error) {
		group, err := client.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: &name, Description: &name, VpcId: &n.id})
		if err != nil {
			return "", err
		}
		b.made("AWS::EC2::SecurityGroup", 1)
		_, err = client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: group.GroupId,
			IpPermissions: []types.IpPermission{{
				IpProtocol: aws.String("tcp"), FromPort: &port, ToPort: &port, IpRanges: []types.IpRange{{CidrIp: &cidr}},
			}},
		})
		return aws.ToString(group.GroupId), err
	}
	const ssh, https = 22, 443
	var err error
	if n.app, err = create("app", "10.20.0.0/16", https); err != nil {
		return err
	}
	if n.open, err = create("lims", "0.0.0.0/0", ssh); err != nil {
		return err
	}
	b.finds("net.no_open_admin_ports", b.arn("ec2", "security-group/"+n.app), "pass", "HTTPS from the network only")
	b.finds("net.no_open_admin_ports", b.arn("ec2", "security-group/"+n.open), "fail", "SSH from anywhere")
	return nil
}

// machines makes instances, volumes and snapshots.
func (b *builder) machines(ctx context.Context, k keys, n *network) error {
	client := ec2.NewFromConfig(b.config)
	secret := "#!/bin/sh\nexport DB_PASSWORD='awslab-canary-Zq9!vR2#xL'\n"
	instances := []*ec2.RunInstancesInput{
		{
			SubnetId: &n.subnets[1], SecurityGroupIds: []string{n.app},
			IamInstanceProfile: &types.IamInstanceProfileSpecification{Name: aws.String("app")},
			TagSpecifications:  tagged(types.ResourceTypeInstance, "app", clinical),
			MetadataOptions:    &types.InstanceMetadataOptionsRequest{HttpTokens: types.HttpTokensStateRequired},
		},
		{
			SubnetId: &n.subnets[0], SecurityGroupIds: []string{n.open}, UserData: aws.String(base64.StdEncoding.EncodeToString([]byte(secret))),
			TagSpecifications: tagged(types.ResourceTypeInstance, "lims", clinical),
		},
	}
	images, err := client.DescribeImages(ctx, &ec2.DescribeImagesInput{Owners: []string{"amazon"}})
	if err != nil {
		return err
	}
	for _, in := range instances {
		in.ImageId, in.MinCount, in.MaxCount = images.Images[0].ImageId, aws.Int32(1), aws.Int32(1)
		in.InstanceType = types.InstanceTypeT3Medium
		if _, err := client.RunInstances(ctx, in); err != nil {
			return err
		}
		b.made("AWS::EC2::Instance", 1)
	}
	return b.volumes(ctx, client, k)
}

// volumes makes volumes, and a snapshot that anybody may copy.
func (b *builder) volumes(ctx context.Context, client *ec2.Client, k keys) error {
	zone := aws.String(b.region + "a")
	good, err := client.CreateVolume(ctx, &ec2.CreateVolumeInput{
		AvailabilityZone: zone, Size: aws.Int32(100), Encrypted: aws.Bool(true), KmsKeyId: &k.clinical,
		TagSpecifications: tagged(types.ResourceTypeVolume, "charts", clinical),
	})
	if err != nil {
		return err
	}
	bad, err := client.CreateVolume(ctx, &ec2.CreateVolumeInput{
		AvailabilityZone: zone, Size: aws.Int32(100), Encrypted: aws.Bool(false),
		TagSpecifications: tagged(types.ResourceTypeVolume, "lims", clinical),
	})
	if err != nil {
		return err
	}
	b.made("AWS::EC2::Volume", 2) //nolint:mnd // the two above
	for volume, encrypted := range map[string]bool{*good.VolumeId: true, *bad.VolumeId: false} {
		b.fact("volume", b.arn("ec2", "volume/"+volume), "encryption.at_rest", encrypted)
	}
	b.finds("enc.at_rest", b.arn("ec2", "volume/"+*good.VolumeId), "pass", "encrypted with a key of the account's")
	b.finds("enc.at_rest", b.arn("ec2", "volume/"+*bad.VolumeId), "fail", "not encrypted")
	snapshot, err := client.CreateSnapshot(ctx, &ec2.CreateSnapshotInput{
		VolumeId: bad.VolumeId, TagSpecifications: tagged(types.ResourceTypeSnapshot, "lims", clinical),
	})
	if err != nil {
		return err
	}
	b.made("AWS::EC2::Snapshot", 1)
	_, err = client.ModifySnapshotAttribute(ctx, &ec2.ModifySnapshotAttributeInput{
		SnapshotId: snapshot.SnapshotId, Attribute: types.SnapshotAttributeNameCreateVolumePermission,
		OperationType: types.OperationTypeAdd, GroupNames: []string{"all"},
	})
	arn := "arn:aws:ec2:" + b.config.Region + "::snapshot/" + *snapshot.SnapshotId // which names no account
	b.fact("snapshot", arn, "exposure.public", true)
	b.finds("net.datastore_private", arn, "fail", "shared with everybody")
	return err
}
