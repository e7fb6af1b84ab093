package services

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// vpns reads the ways into networks from outside: VPNs between sites and of people, and instance connect endpoints. What AWS returns of a
// connection holds its shared secrets: they are never looked at.
func vpns(ctx context.Context, c *api.Context, client *ec2.Client) {
	sites := api.List(ctx, c, client.DescribeVpnConnections, &ec2.DescribeVpnConnectionsInput{},
		func(o *ec2.DescribeVpnConnectionsOutput) []types.VpnConnection { return o.VpnConnections })
	var gateways api.Listing[types.CustomerGateway]
	if len(sites.Items) > 0 {
		gateways = api.List(ctx, c, client.DescribeCustomerGateways, &ec2.DescribeCustomerGatewaysInput{},
			func(o *ec2.DescribeCustomerGatewaysOutput) []types.CustomerGateway { return o.CustomerGateways })
	}
	for _, v := range sites.Items {
		if v.State != types.VpnStateDeleted && v.State != types.VpnStateDeleting {
			siteVPN(c, v, gateways, sites.Prov)
		}
	}
	clients := api.List(ctx, c, client.DescribeClientVpnEndpoints, &ec2.DescribeClientVpnEndpointsInput{},
		func(o *ec2.DescribeClientVpnEndpointsOutput) []types.ClientVpnEndpoint { return o.ClientVpnEndpoints })
	for _, v := range clients.Items {
		clientVPN(c, v, clients.Prov)
	}
	connects := api.List(ctx, c, client.DescribeInstanceConnectEndpoints, &ec2.DescribeInstanceConnectEndpointsInput{},
		func(o *ec2.DescribeInstanceConnectEndpointsOutput) []types.Ec2InstanceConnectEndpoint {
			return o.InstanceConnectEndpoints
		})
	for _, e := range connects.Items {
		uid := aws.ToString(e.InstanceConnectEndpointArn)
		logging := kind.Unknown[bool](evidence.Unlinked, "the audit trail records connections")
		s := sessionService(logging)
		s.Enabled = kind.Known(e.State == types.Ec2InstanceConnectEndpointStateCreateComplete || e.State == types.Ec2InstanceConnectEndpointStateUpdateComplete)
		c.Emit(api.Entity{Kind: "vpn", UID: uid, Name: nameOf(e.Tags, e.InstanceConnectEndpointId), Prov: connects.Prov}, s)
		runIn(ctx, c, uid, []string{aws.ToString(e.SubnetId)})
	}
}

// sessionService begins a service that opens sessions for AWS identities, over TLS.
func sessionService(logging kind.Attr[bool]) kind.VPN {
	return kind.VPN{
		Type: kind.Known("session_service"), Enabled: kind.Known(true),
		MFARequired: kind.Unknown[bool](evidence.Unlinked, "the caller's identity decides"),
		AuthMethod:  kind.Known("federated"), CipherSuite: kind.NA[string](), Logging: logging, Tunnels: kind.NA[[]kind.VPNTunnel](),
	}
}

// siteVPN joins a site. Its cipher suite is every algorithm that one of its tunnels accepts.
func siteVPN(c *api.Context, v types.VpnConnection, gateways api.Listing[types.CustomerGateway], prov *evidence.Provenance) {
	tunnels, logged := make([]kind.VPNTunnel, 0, len(v.VgwTelemetry)), true
	for _, t := range v.VgwTelemetry {
		tunnels = append(tunnels, kind.VPNTunnel{Status: kind.Known(strings.ToLower(string(t.Status))).From(prov)})
	}
	var options []types.TunnelOption
	if v.Options != nil {
		options = v.Options.TunnelOptions
	}
	for _, o := range options {
		logged = logged && o.LogOptions != nil && o.LogOptions.CloudWatchLogOptions != nil && aws.ToBool(o.LogOptions.CloudWatchLogOptions.LogEnabled)
	}
	c.Emit(api.Entity{
		Kind: "vpn", UID: ec2ARN(c, nil, "vpn-connection", v.VpnConnectionId), Name: nameOf(v.Tags, v.VpnConnectionId),
		Aliases: []string{aws.ToString(v.VpnConnectionId)}, Prov: prov,
	}, kind.VPN{
		Type: kind.Known("site_to_site"), Enabled: kind.Known(v.State == types.VpnStateAvailable), MFARequired: kind.NA[bool](),
		AuthMethod: siteAuthentication(v, gateways), CipherSuite: siteAlgorithms(options),
		Logging: kind.Known(logged && len(options) > 0), Tunnels: kind.Known(tunnels),
	})
}

// siteAuthentication is by certificate where the customer gateway has one, else by a pre-shared key.
func siteAuthentication(v types.VpnConnection, gateways api.Listing[types.CustomerGateway]) kind.Attr[string] {
	for _, g := range gateways.Items {
		if aws.ToString(g.CustomerGatewayId) != aws.ToString(v.CustomerGatewayId) {
			continue
		}
		if aws.ToString(g.CertificateArn) != "" {
			return kind.Known("certificate").From(gateways.Prov)
		}
		return kind.Known("psk").From(gateways.Prov)
	}
	if gateways.Fail != nil {
		return kind.Because[string](gateways.Fail.Unknown()).From(gateways.Prov)
	}
	return kind.Unknown[string](evidence.Unlinked, "customer gateway "+aws.ToString(v.CustomerGatewayId)+" was not found").From(gateways.Prov)
}

// siteAlgorithms lists the algorithms that the tunnels accept, sorted, with a space between them: encryption, integrity, key exchange (DH and
// the number of the group) and the IKE version. AWS accepts all of its list where the connection names none.
func siteAlgorithms(tunnels []types.TunnelOption) kind.Attr[string] {
	if len(tunnels) == 0 {
		return kind.Unknown[string](evidence.Unsupported, "AWS returned no options of the tunnels")
	}
	var found []string
	for _, option := range awsnet.TunnelOptions() {
		for _, t := range tunnels {
			words := tunnelWords(t, option.Name)
			if len(words) == 0 {
				words = option.Defaults
			}
			for _, w := range words {
				found = append(found, option.Prefix+w)
			}
		}
	}
	slices.Sort(found)
	return kind.Known(strings.Join(slices.Compact(found), " "))
}

// tunnelWords are the algorithms that a tunnel names for an option.
func tunnelWords(t types.TunnelOption, option string) []string {
	var out []string
	switch option {
	case "phase1_encryption_algorithms":
		for _, v := range t.Phase1EncryptionAlgorithms {
			out = append(out, aws.ToString(v.Value))
		}
	case "phase2_encryption_algorithms":
		for _, v := range t.Phase2EncryptionAlgorithms {
			out = append(out, aws.ToString(v.Value))
		}
	case "phase1_integrity_algorithms":
		for _, v := range t.Phase1IntegrityAlgorithms {
			out = append(out, aws.ToString(v.Value))
		}
	case "phase2_integrity_algorithms":
		for _, v := range t.Phase2IntegrityAlgorithms {
			out = append(out, aws.ToString(v.Value))
		}
	case "phase1_dh_group_numbers":
		for _, v := range t.Phase1DHGroupNumbers {
			out = append(out, strconv.Itoa(int(aws.ToInt32(v.Value))))
		}
	case "phase2_dh_group_numbers":
		for _, v := range t.Phase2DHGroupNumbers {
			out = append(out, strconv.Itoa(int(aws.ToInt32(v.Value))))
		}
	case "ike_versions":
		for _, v := range t.IkeVersions {
			out = append(out, aws.ToString(v.Value))
		}
	}
	return out
}

// clientVPN is how people come in. A client certificate alone is one factor; together with a login it is two; what a login by itself demands
// is up to the identity provider or the directory.
func clientVPN(c *api.Context, v types.ClientVpnEndpoint, prov *evidence.Provenance) {
	uid := ec2ARN(c, nil, "client-vpn-endpoint", v.ClientVpnEndpointId)
	auth, mfa := clientAuthentication(v.AuthenticationOptions)
	enabled := v.Status == nil || v.Status.Code == types.ClientVpnEndpointStatusCodeAvailable || v.Status.Code == types.ClientVpnEndpointStatusCodePendingAssociate
	c.Emit(api.Entity{
		Kind: "vpn", UID: uid, Name: nameOf(v.Tags, v.ClientVpnEndpointId), Aliases: []string{aws.ToString(v.ClientVpnEndpointId)}, Prov: prov,
	}, kind.VPN{
		Type: kind.Known("client"), Enabled: kind.Known(enabled), MFARequired: mfa, AuthMethod: auth,
		CipherSuite: kind.Unknown[string](evidence.Unsupported, "AWS chooses the cipher suite"),
		Logging:     kind.Known(v.ConnectionLogOptions != nil && aws.ToBool(v.ConnectionLogOptions.Enabled)), Tunnels: kind.NA[[]kind.VPNTunnel](),
	})
	c.Relate("reaches", uid, vpcARN(c, c.Account.ID, aws.ToString(v.VpcId)))
}

func clientAuthentication(options []types.ClientVpnAuthentication) (auth kind.Attr[string], mfa kind.Attr[bool]) {
	var certificate, federated, directory bool
	for _, o := range options {
		switch o.Type {
		case types.ClientVpnAuthenticationTypeCertificateAuthentication:
			certificate = true
		case types.ClientVpnAuthenticationTypeFederatedAuthentication:
			federated = true
		case types.ClientVpnAuthenticationTypeDirectoryServiceAuthentication:
			directory = true
		}
	}
	switch {
	case certificate:
		return kind.Known("certificate"), kind.Known(federated || directory)
	case federated:
		return kind.Known("federated"), kind.Unknown[bool](evidence.Unlinked, "the identity provider decides")
	case directory:
		return kind.Unknown[string](evidence.Unsupported, "authentication by a directory"), kind.Unknown[bool](evidence.Unlinked, "the directory decides")
	}
	why := evidence.Unknown{Reason: evidence.Unsupported, Detail: "the endpoint names no known type of authentication"}
	return kind.Because[string](why), kind.Because[bool](why)
}
