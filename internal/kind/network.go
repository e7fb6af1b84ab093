package kind

// Network.

// Network is a VPC or an on-premises segment.
type Network struct {
	// What it is for, by its label, and unknown without one; user is a network of people's devices.
	Environment Attr[string] `attr:"environment" enum:"prod,nonprod,shared,user"`
	// Its address ranges, in CIDR notation.
	CIDRs Attr[[]string] `attr:"cidrs"`
	// Networks that it is joined to by peering or by a transit gateway.
	Peerings Attr[[]NetworkPeering] `attr:"peerings"`
	// Whether its traffic is recorded as a whole.
	FlowLogsEnabled Attr[bool] `attr:"flow_logs.enabled"`
}

// NetworkPeering is one connection of a network to another.
type NetworkPeering struct {
	// UID of the other network.
	Network Attr[string] `attr:"network"`
	// Address ranges that are routed there, in CIDR notation; empty = joined but not routed.
	Routes Attr[[]string] `attr:"routes"`
}

// Subnet is a part of a network, in one zone.
type Subnet struct {
	// Whether it has a route to an internet gateway.
	Public Attr[bool] `attr:"public"`
}

// NetworkBoundary is something that admits or refuses traffic: a security group, network ACL, host firewall, network firewall, web
// application firewall or intrusion prevention system.
type NetworkBoundary struct {
	// What sort of boundary it is.
	Type Attr[string] `attr:"type" enum:"security_group,nacl,host_firewall,network_firewall,waf,ips"`
	// Whether it is in force.
	Enabled Attr[bool] `attr:"enabled"`
	// Whether the provider made it with the network; not applicable to firewalls.
	IsDefault Attr[bool] `attr:"is_default"`
	// What happens to incoming traffic that no rule names.
	DefaultInbound Attr[string] `attr:"default_inbound" enum:"allow,deny"`
	// What happens to outgoing traffic that no rule names; not applicable to what sees only incoming traffic.
	DefaultOutbound Attr[string] `attr:"default_outbound" enum:"allow,deny"`
	// Whether it stops the attacks that it recognises or only reports them; na for boundaries that recognise none.
	Mode Attr[string] `attr:"mode" enum:"detect,prevent,na"`
	// Its rules, in the order in which they apply where order matters.
	Rules Attr[[]NetworkBoundaryRule] `attr:"rules"`
	// UIDs of what it stands before: hosts, endpoints, stores or subnets; empty = of nothing.
	AttachedTo Attr[[]string] `attr:"attached_to"`
}

// NetworkBoundaryRule is one rule of a boundary.
type NetworkBoundaryRule struct {
	// Whether it speaks of incoming or outgoing traffic.
	Direction Attr[string] `attr:"direction" enum:"in,out"`
	// Whether it admits or refuses.
	Action Attr[string] `attr:"action" enum:"allow,deny"`
	// Protocol in lower case, such as "tcp"; "any" for all.
	Protocol Attr[string] `attr:"protocol"`
	// First port of the range; 0 where all ports are meant, -1 for protocols without ports.
	PortFrom Attr[int64] `attr:"port_from"`
	// Last port of the range, itself included; 65535 where all ports are meant, -1 for protocols without ports.
	PortTo Attr[int64] `attr:"port_to"`
	// Address ranges that it speaks of; 0.0.0.0/0 and ::/0 are everybody.
	CIDRs Attr[[]string] `attr:"cidrs"`
	// UIDs of the security groups and prefix lists that it speaks of.
	Refs Attr[[]string] `attr:"refs"`
	// Whether it is a managed set of attack signatures.
	ThreatGroup Attr[bool] `attr:"threat_group"`
}

// Endpoint is a listener or URL to which clients connect: a load balancer's listener, a distribution, an API, a listening socket.
type Endpoint struct {
	// Who can connect: anybody, the own networks, or the host alone.
	Exposure Attr[string] `attr:"exposure" enum:"internet,internal,loopback"`
	// Protocol that it speaks with its clients.
	Protocol Attr[string] `attr:"protocol" enum:"http,https,tcp,tls,grpc"`
	// Port number on which it listens.
	Port Attr[int64] `attr:"port"`
	// Whether the connection is encrypted.
	TLSEnabled Attr[bool] `attr:"tls.enabled"`
	// Oldest TLS version that it accepts: "1.0", "1.1", "1.2" or "1.3" ("0.3" is SSL 3.0); not applicable without TLS.
	TLSMinVersion Attr[string] `attr:"tls.min_version"`
	// Provider's name of the TLS policy, such as "ELBSecurityPolicy-TLS13-1-2-2021-06"; not applicable where none can be chosen.
	TLSPolicy Attr[string] `attr:"tls.policy"`
	// Whether an HTTP listener does nothing but redirect to HTTPS; not applicable to other protocols.
	RedirectToHttps Attr[bool] `attr:"redirect_to_https"`
	// UID of the web application firewall that stands before it; null = none. Not applicable to endpoints that cannot have one.
	WAF Attr[string] `attr:"waf" null:"true"`
	// Number of availability zones in which it runs; not applicable where the provider spreads the service by itself.
	Zones Attr[int64] `attr:"zones"`
	// Level of the data that it serves, by its label; null = no label.
	DataClassification Attr[string] `attr:"data.classification" null:"true"`
}

// VPN is a way in for people or sites: client VPN, site-to-site VPN, session service or zero-trust broker.
type VPN struct {
	// What sort of way it is.
	Type Attr[string] `attr:"type" enum:"client,site_to_site,session_service,ztna"`
	// Whether it can be used.
	Enabled Attr[bool] `attr:"enabled"`
	// Whether people need a second factor; not applicable between sites.
	MFARequired Attr[bool] `attr:"mfa_required"`
	// How the other side proves its identity; psk is a shared secret.
	AuthMethod Attr[string] `attr:"auth_method" enum:"certificate,federated,psk,key"`
	// Algorithms that it accepts, as the source names them; not applicable where the connection is plain TLS.
	CipherSuite Attr[string] `attr:"cipher_suite"`
	// Whether connections are recorded.
	Logging Attr[bool] `attr:"logging"`
	// Its tunnels, for a site-to-site VPN; not applicable to the others.
	Tunnels Attr[[]VPNTunnel] `attr:"tunnels"`
}

// VPNTunnel is one tunnel of a site-to-site VPN.
type VPNTunnel struct {
	// Whether it carries traffic; only observation can tell.
	Status Attr[string] `attr:"status" enum:"up,down"`
}
