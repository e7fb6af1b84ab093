package kind

// Network.

// Network is VPC or on-premises segment.
type Network struct {
	Environment     Attr[string]           `attr:"environment" enum:"prod,nonprod,shared,user"`
	CIDRs           Attr[[]string]         `attr:"cidrs"`    // list
	Peerings        Attr[[]NetworkPeering] `attr:"peerings"` // list of {network, routes[]}
	FlowLogsEnabled Attr[bool]             `attr:"flow_logs.enabled"`
}

// NetworkPeering is one element of Network.Peerings.
type NetworkPeering struct {
	Network Attr[string]   `attr:"network"`
	Routes  Attr[[]string] `attr:"routes"`
}

// Subnet is part of a network.
type Subnet struct {
	Public Attr[bool] `attr:"public"` // has a route to an internet gateway
}

// NetworkBoundary is security group, NACL, host firewall, network firewall, WAF or IPS.
type NetworkBoundary struct {
	Type            Attr[string]                `attr:"type" enum:"security_group,nacl,host_firewall,network_firewall,waf,ips"`
	Enabled         Attr[bool]                  `attr:"enabled"`
	IsDefault       Attr[bool]                  `attr:"is_default"`
	DefaultInbound  Attr[string]                `attr:"default_inbound" enum:"allow,deny"`
	DefaultOutbound Attr[string]                `attr:"default_outbound" enum:"allow,deny"`
	Mode            Attr[string]                `attr:"mode" enum:"detect,prevent,na"`
	Rules           Attr[[]NetworkBoundaryRule] `attr:"rules"`
	AttachedTo      Attr[[]string]              `attr:"attached_to"` // list of entity UIDs
}

// NetworkBoundaryRule is one element of NetworkBoundary.Rules.
type NetworkBoundaryRule struct {
	Direction   Attr[string]   `attr:"direction" enum:"in,out"`
	Action      Attr[string]   `attr:"action" enum:"allow,deny"`
	Protocol    Attr[string]   `attr:"protocol"` // or any
	PortFrom    Attr[int64]    `attr:"port_from"`
	PortTo      Attr[int64]    `attr:"port_to"`
	CIDRs       Attr[[]string] `attr:"cidrs"`        // list
	Refs        Attr[[]string] `attr:"refs"`         // list of entity UIDs
	ThreatGroup Attr[bool]     `attr:"threat_group"` // managed signature set
}

// Endpoint is listener or URL.
type Endpoint struct {
	Exposure           Attr[string] `attr:"exposure" enum:"internet,internal,loopback"`
	Protocol           Attr[string] `attr:"protocol" enum:"http,https,tcp,tls,grpc"`
	Port               Attr[int64]  `attr:"port"`
	TLSEnabled         Attr[bool]   `attr:"tls.enabled"`
	TLSMinVersion      Attr[string] `attr:"tls.min_version"`
	TLSPolicy          Attr[string] `attr:"tls.policy"`
	RedirectToHttps    Attr[bool]   `attr:"redirect_to_https"`
	WAF                Attr[string] `attr:"waf" null:"true"` // uid or null
	Zones              Attr[int64]  `attr:"zones"`
	DataClassification Attr[string] `attr:"data.classification" null:"true"` // label of what is served; null = no label
}

// VPN is client VPN, site-to-site VPN, session service or zero-trust broker.
type VPN struct {
	Type        Attr[string]      `attr:"type" enum:"client,site_to_site,session_service,ztna"`
	Enabled     Attr[bool]        `attr:"enabled"`
	MFARequired Attr[bool]        `attr:"mfa_required"`
	AuthMethod  Attr[string]      `attr:"auth_method" enum:"certificate,federated,psk,key"`
	CipherSuite Attr[string]      `attr:"cipher_suite"`
	Logging     Attr[bool]        `attr:"logging"`
	Tunnels     Attr[[]VPNTunnel] `attr:"tunnels"`
}

// VPNTunnel is one element of VPN.Tunnels.
type VPNTunnel struct {
	Status Attr[string] `attr:"status" enum:"up,down"`
}
