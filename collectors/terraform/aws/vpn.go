package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// vpn maps the ways into a network from outside: VPNs between sites and of people, instance connect endpoints, and Verified
// Access.
func vpn() mapping.Service {
	kinds := []string{"vpn"}
	return mapping.Service{Name: "vpn", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_vpn_connection", Kinds: kinds, Map: siteVPN},
			{Name: "aws_ec2_client_vpn_endpoint", Kinds: kinds, Map: clientVPN},
			{Name: "aws_ec2_instance_connect_endpoint", Kinds: kinds, Map: connectEndpoint},
			{Name: "aws_verifiedaccess_instance", Kinds: kinds, Map: verifiedAccess},
		},
		partsOf(kinds, []string{"aws_vpn_connection"}, "aws_customer_gateway"),
		partsOf(kinds, []string{"aws_verifiedaccess_instance"}, "aws_verifiedaccess_instance_logging_configuration"),
		noted("it routes or authorises what a VPN carries; who may connect is read from the VPN", "aws_vpn_gateway",
			"aws_vpn_gateway_attachment", "aws_vpn_gateway_route_propagation", "aws_vpn_connection_route",
			"aws_ec2_client_vpn_authorization_rule", "aws_ec2_client_vpn_network_association", "aws_ec2_client_vpn_route",
			"aws_vpn_concentrator", "aws_verifiedaccess_endpoint", "aws_verifiedaccess_group",
			"aws_verifiedaccess_instance_trust_provider_attachment", "aws_verifiedaccess_trust_provider"),
		noted("a private line or a wide-area network carries traffic without ending it", "aws_dx_bgp_peer", "aws_dx_connection",
			"aws_dx_connection_association", "aws_dx_connection_confirmation", "aws_dx_gateway", "aws_dx_gateway_association",
			"aws_dx_gateway_association_proposal", "aws_dx_hosted_connection", "aws_dx_hosted_private_virtual_interface",
			"aws_dx_hosted_private_virtual_interface_accepter", "aws_dx_hosted_public_virtual_interface",
			"aws_dx_hosted_public_virtual_interface_accepter", "aws_dx_hosted_transit_virtual_interface",
			"aws_dx_hosted_transit_virtual_interface_accepter", "aws_dx_lag", "aws_dx_macsec_key_association",
			"aws_dx_private_virtual_interface", "aws_dx_public_virtual_interface", "aws_dx_transit_virtual_interface",
			"aws_networkmanager_attachment_accepter", "aws_networkmanager_connect_attachment", "aws_networkmanager_connect_peer",
			"aws_networkmanager_connection", "aws_networkmanager_core_network",
			"aws_networkmanager_core_network_policy_attachment", "aws_networkmanager_customer_gateway_association",
			"aws_networkmanager_device", "aws_networkmanager_dx_gateway_attachment", "aws_networkmanager_global_network",
			"aws_networkmanager_link", "aws_networkmanager_link_association", "aws_networkmanager_site",
			"aws_networkmanager_site_to_site_vpn_attachment", "aws_networkmanager_transit_gateway_connect_peer_association",
			"aws_networkmanager_transit_gateway_peering", "aws_networkmanager_transit_gateway_registration",
			"aws_networkmanager_transit_gateway_route_table_attachment", "aws_networkmanager_vpc_attachment",
			"aws_vpclattice_access_log_subscription", "aws_vpclattice_auth_policy", "aws_vpclattice_domain_verification",
			"aws_vpclattice_listener", "aws_vpclattice_listener_rule", "aws_vpclattice_resource_configuration",
			"aws_vpclattice_resource_gateway", "aws_vpclattice_resource_policy", "aws_vpclattice_service",
			"aws_vpclattice_service_network", "aws_vpclattice_service_network_resource_association",
			"aws_vpclattice_service_network_service_association", "aws_vpclattice_service_network_vpc_association",
			"aws_vpclattice_target_group", "aws_vpclattice_target_group_attachment", "aws_globalaccelerator_accelerator",
			"aws_globalaccelerator_cross_account_attachment", "aws_globalaccelerator_custom_routing_accelerator",
			"aws_globalaccelerator_custom_routing_endpoint_group", "aws_globalaccelerator_custom_routing_listener",
			"aws_globalaccelerator_endpoint_group", "aws_globalaccelerator_listener"),
	)}
}

// siteVPN joins a site. Its cipher suite is every algorithm that one of its tunnels accepts.
func siteVPN(c *mapping.Context, v mapping.View) {
	c.Emit(v, "vpn", v.Instance.Name, "", kind.VPN{
		Type: kind.Known("site_to_site"), Enabled: kind.Known(true), MFARequired: kind.NA[bool](), AuthMethod: siteAuthentication(c, v),
		CipherSuite: siteAlgorithms(v), Logging: kind.Both(tunnelLogs(v, "tunnel1"), tunnelLogs(v, "tunnel2")),
		Tunnels: siteTunnels(),
	})
}

// siteTunnels are the two tunnels that AWS makes for every connection; whether they are up is seen only while they run.
func siteTunnels() kind.Attr[[]kind.VPNTunnel] {
	tunnel := kind.VPNTunnel{Status: outside[string]("a tunnel's state is seen only while it runs")}
	return kind.Known([]kind.VPNTunnel{tunnel, tunnel})
}

// siteAuthentication is by certificate where the customer gateway has one, else by a pre-shared key.
func siteAuthentication(c *mapping.Context, v mapping.View) kind.Attr[string] {
	t := v.Targets("customer_gateway_id", "aws_customer_gateway")
	if r := t.First(); r != nil {
		return kind.Choose(written(c.View(r), "certificate_arn"), "certificate", "psk")
	}
	return notDeclared[string](t, "the customer gateway")
}

func tunnelLogs(v mapping.View, tunnel string) kind.Attr[bool] {
	return v.Block(tunnel + "_log_options").Block("cloudwatch_log_options").Bool("log_enabled").Or(false)
}

// siteAlgorithms lists the algorithms that the tunnels accept, sorted, with a space between them: encryption, integrity, key
// exchange (DH and the number of the group) and the IKE version. AWS accepts all of its list where the code names none.
func siteAlgorithms(v mapping.View) kind.Attr[string] {
	var found []string
	for _, option := range awsnet.TunnelOptions() {
		for _, tunnel := range []string{"tunnel1", "tunnel2"} {
			arg := tunnel + "_" + option.Name
			words, open := gather(v, arg)
			if open != nil {
				return kind.Because[string](*open).From(v.ProvenanceOf(arg))
			}
			if len(words) == 0 {
				words = option.Defaults
			}
			for _, w := range words {
				found = append(found, option.Prefix+w)
			}
		}
	}
	slices.Sort(found)
	return kind.Known(strings.Join(slices.Compact(found), " ")).From(v.Provenance())
}

// clientVPN is how people come in. A client certificate alone is one factor; together with a login it is two; what a login by
// itself demands is up to the identity provider or the directory.
func clientVPN(c *mapping.Context, v mapping.View) {
	options, open := nested(v, "authentication_options")
	methods := make(map[string]bool)
	for _, o := range options {
		typ, known := o.String("type").Known()
		if why, unknown := o.String("type").OrNull().Reason(); !known && unknown {
			open = evidence.FirstUnknown(open, &why)
		}
		methods[typ] = true
	}
	auth, mfa := clientAuthentication(methods, open)
	c.Emit(v, "vpn", v.Instance.Name, "", kind.VPN{
		Type: kind.Known("client"), Enabled: kind.Known(true), MFARequired: mfa.From(v.Provenance()), AuthMethod: auth.From(v.Provenance()),
		CipherSuite: kind.Unknown[string](evidence.Unsupported, "AWS chooses the cipher suite"),
		Logging:     v.Block("connection_log_options").Bool("enabled").Or(false), Tunnels: kind.NA[[]kind.VPNTunnel](),
	})
	for _, network := range v.Targets("vpc_id", vpcTypes()...).UIDs(c) {
		c.Relate("reaches", v.UID(), network)
	}
}

func clientAuthentication(methods map[string]bool, open *evidence.Unknown) (auth kind.Attr[string], mfa kind.Attr[bool]) {
	login := methods["federated-authentication"] || methods["directory-service-authentication"]
	switch {
	case open != nil:
		return kind.Because[string](*open), kind.Because[bool](*open)
	case methods["certificate-authentication"] && login:
		return kind.Known("certificate"), kind.Known(true)
	case methods["certificate-authentication"]:
		return kind.Known("certificate"), kind.Known(false)
	case methods["federated-authentication"]:
		return kind.Known("federated"), outside[bool]("the identity provider decides")
	case login:
		return kind.Unknown[string](evidence.Unsupported, "authentication by a directory"), outside[bool]("the directory decides")
	}
	why := evidence.Unknown{Reason: evidence.ParseError, Detail: "authentication_options names no known type"}
	return kind.Because[string](why), kind.Because[bool](why)
}

// connectEndpoint lets people with an AWS identity reach machines without a public address.
func connectEndpoint(c *mapping.Context, v mapping.View) {
	c.Emit(v, "vpn", v.Instance.Name, "", sessionService(outside[bool]("the audit trail records connections")))
	placeIn(c, v.UID(), v.Targets("subnet_id", subnetTypes()...))
}

// sessionService begins a service that opens sessions for AWS identities, over TLS.
func sessionService(logging kind.Attr[bool]) kind.VPN {
	return kind.VPN{
		Type: kind.Known("session_service"), Enabled: kind.Known(true), MFARequired: outside[bool]("the caller's identity decides"),
		AuthMethod: kind.Known("federated"), CipherSuite: kind.NA[string](), Logging: logging, Tunnels: kind.NA[[]kind.VPNTunnel](),
	}
}

// verifiedAccess admits people to applications by identity and device.
func verifiedAccess(c *mapping.Context, v mapping.View) {
	config := v.Part("aws_verifiedaccess_instance_logging_configuration", "verifiedaccess_instance_id")
	logs := config.Block("access_logs")
	on := func(store string) kind.Attr[bool] { return logs.Block(store).Bool("enabled").Or(false) }
	c.Emit(v, "vpn", v.Instance.Name, "", kind.VPN{
		Type: kind.Known("ztna"), Enabled: kind.Known(true), MFARequired: outside[bool]("the trust provider decides"),
		AuthMethod: kind.Known("federated"), CipherSuite: kind.NA[string](), Tunnels: kind.NA[[]kind.VPNTunnel](),
		Logging: kind.AnyOf([]kind.Attr[bool]{on("cloudwatch_logs"), on("s3"), on("kinesis_data_firehose")}),
	})
}
