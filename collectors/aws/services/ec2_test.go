package services

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/awslab"
)

// newNetLab is a lab in which everything that moto made up with the account has a name, and in which EC2 answers what moto does not do.
func newNetLab(t *testing.T) *storeLab {
	t.Helper()
	l, ctx := newStoreLab(t), t.Context()
	client := ec2.NewFromConfig(l.config)
	for _, v := range must(client.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{}))(t).Vpcs {
		if aws.ToBool(v.IsDefault) {
			l.call(aws.ToString(v.VpcId), "vpc-DEFAULT")
		}
	}
	subnets := must(client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{}))(t).Subnets
	slices.SortFunc(subnets, func(a, b types.Subnet) int { return cmp.Compare(aws.ToString(a.CidrBlock), aws.ToString(b.CidrBlock)) })
	for i, s := range subnets {
		if !slices.Contains(slices.Concat(l.private, l.public), aws.ToString(s.SubnetId)) {
			l.call(aws.ToString(s.SubnetId), fmt.Sprintf("subnet-DEFAULT%d", i))
		}
	}
	l.nameParts()
	l.fake("ssm", "DescribeInstanceInformation", `{"InstanceInformationList":[]}`)
	l.fake("ec2", "GetSnapshotBlockPublicAccessState", `<GetSnapshotBlockPublicAccessStateResponse><state>unblocked</state></GetSnapshotBlockPublicAccessStateResponse>`)
	return l
}

// withoutVPNs answers that there are none: moto knows no such operations.
func (l *storeLab) withoutVPNs() {
	l.fake("ec2", "DescribeClientVpnEndpoints", `<DescribeClientVpnEndpointsResponse><clientVpnEndpoint/></DescribeClientVpnEndpointsResponse>`)
	l.fake("ec2", "DescribeInstanceConnectEndpoints", `<DescribeInstanceConnectEndpointsResponse><instanceConnectEndpointSet/></DescribeInstanceConnectEndpointsResponse>`)
}

// nameParts names the access lists and groups that come with each network.
func (l *storeLab) nameParts() {
	t, client := l.t, ec2.NewFromConfig(l.config)
	for _, a := range must(client.DescribeNetworkAcls(t.Context(), &ec2.DescribeNetworkAclsInput{}))(t).NetworkAcls {
		l.call(aws.ToString(a.NetworkAclId), "acl-OF-"+aws.ToString(a.VpcId))
	}
	for _, g := range must(client.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{}))(t).SecurityGroups {
		if aws.ToString(g.GroupName) == "default" {
			l.call(aws.ToString(g.GroupId), "sg-OF-"+aws.ToString(g.VpcId))
		}
	}
}

func ec2Tag(key, value string) types.Tag {
	return types.Tag{Key: aws.String(key), Value: aws.String(value)}
}

func tagged(typ types.ResourceType, name string, more ...types.Tag) []types.TagSpecification {
	return []types.TagSpecification{{ResourceType: typ, Tags: append([]types.Tag{ec2Tag("Name", name)}, more...)}}
}

// TestNetworksInMoto: a recorded network that is joined to another, and what moto makes with an account.
func TestNetworksInMoto(t *testing.T) {
	l, ctx := newNetLab(t), t.Context()
	l.withoutVPNs()
	client := ec2.NewFromConfig(l.config)
	vpc := must(client.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: l.private[:1]}))(t).Subnets[0].VpcId
	must(client.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{aws.ToString(vpc)}, Tags: []types.Tag{ec2Tag("Name", "clinic"), ec2Tag("env", "production")}}))(t)
	must(cloudwatchlogs.NewFromConfig(l.config).CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("flows")}))(t)
	must(client.CreateFlowLogs(ctx, &ec2.CreateFlowLogsInput{
		ResourceIds: []string{aws.ToString(vpc)}, ResourceType: types.FlowLogsResourceTypeVpc, TrafficType: types.TrafficTypeAll,
		LogDestinationType: types.LogDestinationTypeCloudWatchLogs, LogGroupName: aws.String("flows"),
		DeliverLogsPermissionArn: aws.String("arn:aws:iam::123456789012:role/flows"),
	}))(t)
	flow := must(client.DescribeFlowLogs(ctx, &ec2.DescribeFlowLogsInput{}))(t).FlowLogs[0]
	l.call(aws.ToString(flow.FlowLogId), "fl-FLOWS")
	lab := must(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.9.0.0/16"), TagSpecifications: tagged(types.ResourceTypeVpc, "lab", ec2Tag("env", "test"))}))(t).Vpc
	l.call(aws.ToString(lab.VpcId), "vpc-LAB")
	l.nameParts()
	peering := must(client.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{VpcId: vpc, PeerVpcId: lab.VpcId}))(t).VpcPeeringConnection
	must(client.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: peering.VpcPeeringConnectionId}))(t)
	tables := must(client.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{
		{Name: aws.String("vpc-id"), Values: []string{aws.ToString(vpc)}}, {Name: aws.String("association.main"), Values: []string{"true"}},
	}}))(t).RouteTables
	must(client.CreateRoute(ctx, &ec2.CreateRouteInput{
		RouteTableId: tables[0].RouteTableId, DestinationCidrBlock: aws.String("10.9.0.0/16"), VpcPeeringConnectionId: peering.VpcPeeringConnectionId,
	}))(t)
	everybody := []types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}
	must(client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &l.group, IpPermissions: []types.IpPermission{
		{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22), IpRanges: everybody},
		{IpProtocol: aws.String("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: &l.group, UserId: &l.account.ID}}},
		{IpProtocol: aws.String("icmp"), FromPort: aws.Int32(-1), ToPort: aws.Int32(-1), IpRanges: []types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}}},
	}}))(t)
	l.matches("ec2")
}

// TestMachinesInMoto: an instance with a role in a private subnet, and one with a secret in its user data that everybody may administer; their
// volumes; a snapshot that is public and one that is not; an image.
func TestMachinesInMoto(t *testing.T) {
	l, ctx := newNetLab(t), t.Context()
	l.withoutVPNs()
	client, identities := ec2.NewFromConfig(l.config), iam.NewFromConfig(l.config)
	must(identities.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("app"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`)}))(t)
	must(identities.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: aws.String("profile")}))(t)
	must(identities.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: aws.String("profile"), RoleName: aws.String("app")}))(t)
	everybody := []types.Ipv6Range{{CidrIpv6: aws.String("::/0")}}
	must(client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &l.group, IpPermissions: []types.IpPermission{
		{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(20), ToPort: aws.Int32(4000), Ipv6Ranges: everybody},
	}}))(t)
	image := must(client.DescribeImages(ctx, &ec2.DescribeImagesInput{}))(t).Images[0].ImageId
	run := func(name string, change func(*ec2.RunInstancesInput)) types.Instance {
		in := &ec2.RunInstancesInput{
			ImageId: image, MinCount: aws.Int32(1), MaxCount: aws.Int32(1), InstanceType: types.InstanceTypeT3Micro,
			TagSpecifications: tagged(types.ResourceTypeInstance, name),
		}
		change(in)
		i := must(client.RunInstances(ctx, in))(t).Instances[0]
		l.call(aws.ToString(i.InstanceId), "i-"+name)
		for _, m := range i.BlockDeviceMappings {
			l.call(aws.ToString(m.Ebs.VolumeId), "vol-ROOT-OF-"+name)
		}
		return i
	}
	good := run("good", func(in *ec2.RunInstancesInput) {
		in.SubnetId, in.IamInstanceProfile = &l.private[0], &types.IamInstanceProfileSpecification{Name: aws.String("profile")}
		in.TagSpecifications = tagged(types.ResourceTypeInstance, "good", ec2Tag("Environment", "prod"), ec2Tag("data-classification", "Restricted"))
	})
	run("bad", func(in *ec2.RunInstancesInput) {
		in.SubnetId, in.SecurityGroupIds = &l.public[0], []string{l.group}
		in.UserData = aws.String(base64.StdEncoding.EncodeToString([]byte("#!/bin/sh\nexport AWS_ACCESS_KEY_ID=AKIAQWERTYUIOP234567\n")))
	})
	zone := aws.String(storeRegion + "a")
	safe := must(client.CreateVolume(ctx, &ec2.CreateVolumeInput{
		AvailabilityZone: zone, Size: aws.Int32(8), Encrypted: aws.Bool(true), KmsKeyId: &l.key,
		TagSpecifications: tagged(types.ResourceTypeVolume, "safe", ec2Tag("data-categories", "phi")),
	}))(t)
	l.call(aws.ToString(safe.VolumeId), "vol-SAFE")
	must(client.AttachVolume(ctx, &ec2.AttachVolumeInput{VolumeId: safe.VolumeId, InstanceId: good.InstanceId, Device: aws.String("/dev/sdf")}))(t)
	for _, name := range []string{"public", "private"} {
		volume := must(client.CreateVolume(ctx, &ec2.CreateVolumeInput{AvailabilityZone: zone, Size: aws.Int32(8)}))(t)
		l.call(aws.ToString(volume.VolumeId), "vol-"+name)
		s := must(client.CreateSnapshot(ctx, &ec2.CreateSnapshotInput{VolumeId: volume.VolumeId, TagSpecifications: tagged(types.ResourceTypeSnapshot, name)}))(t)
		l.call(aws.ToString(s.SnapshotId), "snap-"+name)
		if name == "public" {
			must(client.ModifySnapshotAttribute(ctx, &ec2.ModifySnapshotAttributeInput{
				SnapshotId: s.SnapshotId, Attribute: types.SnapshotAttributeNameCreateVolumePermission, OperationType: types.OperationTypeAdd, GroupNames: []string{"all"},
			}))(t)
		}
	}
	made := must(client.CreateImage(ctx, &ec2.CreateImageInput{InstanceId: good.InstanceId, Name: aws.String("golden")}))(t)
	l.call(aws.ToString(made.ImageId), "ami-GOLDEN")
	for _, s := range must(client.DescribeSnapshots(ctx, &ec2.DescribeSnapshotsInput{OwnerIds: []string{"self"}}))(t).Snapshots {
		if aws.ToString(s.OwnerId) == l.account.ID {
			l.call(aws.ToString(s.SnapshotId), "snap-OF-IMAGE")
			l.call(aws.ToString(s.VolumeId), "vol-OF-IMAGE")
		}
	}
	l.matchesOnly("ec2", "ec2-machines", "host", "secret", "volume", "snapshot", "recovery_point", "image")
}

// TestVPNs: all answers about VPNs are fakes.
func TestVPNs(t *testing.T) {
	l := newNetLab(t)
	l.fake("ec2", "DescribeVpnConnections", `<DescribeVpnConnectionsResponse><vpnConnectionSet><item>
		<vpnConnectionId>vpn-1</vpnConnectionId><state>available</state><customerGatewayId>cgw-1</customerGatewayId>
		<customerGatewayConfiguration>pre-shared keys stand here</customerGatewayConfiguration>
		<options><tunnelOptionSet><item><ikeVersionSet><item><value>ikev2</value></item></ikeVersionSet><preSharedKey>never shown</preSharedKey>
		<phase1DHGroupNumberSet><item><value>20</value></item></phase1DHGroupNumberSet>
		<phase2DHGroupNumberSet><item><value>20</value></item></phase2DHGroupNumberSet>
		<logOptions><cloudWatchLogOptions><logEnabled>true</logEnabled></cloudWatchLogOptions></logOptions></item></tunnelOptionSet></options>
		<vgwTelemetry><item><status>UP</status></item><item><status>DOWN</status></item></vgwTelemetry></item>
		<item><vpnConnectionId>vpn-2</vpnConnectionId><state>deleted</state></item></vpnConnectionSet></DescribeVpnConnectionsResponse>`)
	l.fake("ec2", "DescribeCustomerGateways", `<DescribeCustomerGatewaysResponse><customerGatewaySet><item><customerGatewayId>cgw-1</customerGatewayId>
		</item></customerGatewaySet></DescribeCustomerGatewaysResponse>`)
	l.fake("ec2", "DescribeClientVpnEndpoints", `<DescribeClientVpnEndpointsResponse><clientVpnEndpoint><item>
		<clientVpnEndpointId>cvpn-endpoint-1</clientVpnEndpointId><vpcId>vpc-1</vpcId><status><code>available</code></status>
		<authenticationOptions><item><type>certificate-authentication</type></item></authenticationOptions>
		<connectionLogOptions><Enabled>true</Enabled></connectionLogOptions></item></clientVpnEndpoint></DescribeClientVpnEndpointsResponse>`)
	l.fake("ec2", "DescribeInstanceConnectEndpoints", `<DescribeInstanceConnectEndpointsResponse><instanceConnectEndpointSet><item>
		<instanceConnectEndpointId>eice-1</instanceConnectEndpointId><instanceConnectEndpointArn>arn:aws:ec2:eu-west-1:123456789012:instance-connect-endpoint/eice-1</instanceConnectEndpointArn>
		<state>create-complete</state><subnetId>PRIVATE1</subnetId></item></instanceConnectEndpointSet></DescribeInstanceConnectEndpointsResponse>`)
	l.matchesOnly("ec2", "ec2-vpn", "vpn")
}

// TestNetworksDenied: what a call tells that is denied is unknown for that reason, and its kind is not covered. The denials are the proxy's.
func TestNetworksDenied(t *testing.T) {
	l := newNetLab(t)
	l.withoutVPNs()
	for _, operation := range []string{"DescribeRouteTables", "DescribeNetworkInterfaces", "DescribeFlowLogs", "DescribeVpcPeeringConnections"} {
		l.proxy.Inject(awslab.Match{Service: "ec2", Operation: operation}, awslab.Deny())
	}
	l.matchesOnly("ec2", "ec2-denied", "network", "subnet")
}

// TestPrefixListsInMoto: a group admits the addresses of a list of the customer, and of one that does not exist any more.
func TestPrefixListsInMoto(t *testing.T) {
	l, ctx := newNetLab(t), t.Context()
	l.withoutVPNs()
	client := ec2.NewFromConfig(l.config)
	list := must(client.CreateManagedPrefixList(ctx, &ec2.CreateManagedPrefixListInput{
		PrefixListName: aws.String("offices"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(5),
		Entries: []types.AddPrefixListEntry{{Cidr: aws.String("0.0.0.0/0")}, {Cidr: aws.String("192.0.2.0/24")}},
	}))(t).PrefixList
	must(client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &l.group, IpPermissions: []types.IpPermission{
		{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(22), ToPort: aws.Int32(22), PrefixListIds: []types.PrefixListId{{PrefixListId: list.PrefixListId}}},
		{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(23), ToPort: aws.Int32(23), PrefixListIds: []types.PrefixListId{{PrefixListId: aws.String("pl-gone")}}},
	}}))(t)
	e := entity(t, l.collect(t, "ec2", storeRegion), "arn:aws:ec2:eu-west-1:123456789012:security-group/"+l.group)
	rules, ok := e.Attrs["rules"].([]any)
	if !ok || len(rules) != 3 {
		t.Fatalf("rules are %v", e.Attrs["rules"])
	}
	known, gone := rules[0].(map[string]any), rules[1].(map[string]any)
	if diff := gocmp.Diff([]any{"0.0.0.0/0", "192.0.2.0/24"}, known["cidrs"]); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff([]any{aws.ToString(list.PrefixListArn)}, known["refs"]); diff != "" {
		t.Error(diff)
	}
	if _, decided := gone["cidrs"]; decided || e.Unknown["rules[].cidrs"].Detail != "prefix list pl-gone was not found" {
		t.Errorf("the addresses of a list that is gone are %v (%v)", gone["cidrs"], e.Unknown)
	}
}

// TestTransitGatewayInMoto: two networks are attached to one gateway, and only one has a route to it.
func TestTransitGatewayInMoto(t *testing.T) {
	l, ctx := newNetLab(t), t.Context()
	l.withoutVPNs()
	client := ec2.NewFromConfig(l.config)
	gateway := must(client.CreateTransitGateway(ctx, &ec2.CreateTransitGatewayInput{}))(t).TransitGateway.TransitGatewayId
	other := must(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.8.0.0/16")}))(t).Vpc.VpcId
	subnet := must(client.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: other, CidrBlock: aws.String("10.8.1.0/24")}))(t).Subnet.SubnetId
	for vpc, in := range map[string]string{l.vpc: l.private[0], *other: *subnet} {
		must(client.CreateTransitGatewayVpcAttachment(ctx, &ec2.CreateTransitGatewayVpcAttachmentInput{TransitGatewayId: gateway, VpcId: &vpc, SubnetIds: []string{in}}))(t)
	}
	table := must(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &l.vpc}))(t).RouteTable.RouteTableId
	must(client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: table, DestinationCidrBlock: aws.String("10.8.0.0/16"), TransitGatewayId: gateway}))(t)
	b := l.collect(t, "ec2", storeRegion)
	const vpc = "arn:aws:ec2:eu-west-1:123456789012:vpc/"
	for id, want := range map[string][]any{
		l.vpc:  {map[string]any{"network": vpc + *other, "routes": []any{"10.8.0.0/16"}}},
		*other: {map[string]any{"network": vpc + l.vpc, "routes": []any{}}},
	} {
		e := entity(t, b, vpc+id)
		if diff := gocmp.Diff(want, e.Attrs["peerings"]); diff != "" || e.Unknown["peerings[]"].Reason != "" {
			t.Errorf("%s: %s (unknown: %v)", id, diff, e.Unknown["peerings[]"])
		}
	}
}
