package aws

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/secret"
)

// machine is a host in code: the resource for which it stands, and the bodies in which its settings are, nearest first (the
// instance, then its launch template).
type machine struct {
	c    *mapping.Context
	v    mapping.View
	from []mapping.View
	// open is why the settings may come from a template that is not declared here.
	open *evidence.Unknown
}

// with is the nearest body that states an argument or block, and whether there is one.
func (m machine) with(name string) (mapping.View, bool) {
	for _, v := range m.from {
		if v.Has(name) {
			return v, true
		}
	}
	return m.v, false
}

// host fills what code says of the machine. What runs inside it is not in code.
func (m machine) host(hostKind string, stateless kind.Attr[bool]) kind.Host {
	h := m.v.Host()
	if h.Environment.IsNull() {
		h.Environment = environmentOf(m.v)
	}
	h.Kind, h.Stateless = kind.Known(hostKind), stateless
	h.InstanceRole = m.role()
	h.StaticCloudKeys = m.cloudKeys()
	h.RemoteAccessPaths = m.remotePaths()
	h.DiskEncrypted = m.diskEncrypted()
	awsnet.InsideHost(&h, evidence.Unknown{Reason: evidence.NotInPlane, Detail: "the image decides"})
	return h
}

// role is the role of the machine's instance profile; null where it has none.
func (m machine) role() kind.Attr[string] {
	v, stated := m.with("iam_instance_profile")
	if !stated {
		if m.open != nil {
			return kind.Because[string](*m.open)
		}
		return kind.Null[string]().From(m.v.Provenance())
	}
	arg := "iam_instance_profile"
	if block := v.Block(arg); block.Exists() { // a launch template's block
		v, arg = block, "name"
		if block.Has("arn") {
			arg = "arn"
		}
	}
	t := v.Targets(arg, "aws_iam_instance_profile")
	if r := t.First(); r != nil && r.Mode == resource.Managed {
		profile := m.c.View(r)
		if role := one(m.c, profile, "role", "aws_iam_role"); role.IsKnown() {
			return role
		}
		return kind.Known(profile.UID()).From(v.ProvenanceOf(arg))
	}
	return one(m.c, v, arg, "aws_iam_instance_profile")
}

// cloudKeys are the access keys in the machine's user data. Their text is not kept.
func (m machine) cloudKeys() kind.Attr[[]kind.HostStaticCloudKey] {
	keys, open := []kind.HostStaticCloudKey{}, m.open
	for _, arg := range []string{"user_data", "user_data_base64"} {
		v, stated := m.with(arg)
		if !stated {
			continue
		}
		open = evidence.FirstUnknown(v.Attr(arg).Unknown)
		for _, text := range knownText(v, arg) {
			for _, match := range secret.Scan(arg, text) {
				if strings.HasPrefix(match.Detector, "aws-") {
					line := 1 + strings.Count(text[:match.Start], "\n")
					keys = append(keys, kind.HostStaticCloudKey{
						Path: kind.Known(arg + ":" + strconv.Itoa(line)).From(v.ProvenanceOf(arg)), HMAC: kind.NA[string](),
					})
				}
			}
		}
		return kind.Listed(keys, open).From(v.ProvenanceOf(arg))
	}
	return kind.Listed(keys, open).From(m.v.Provenance())
}

// knownText is the known text of an argument: all of it, or its known pieces. Base64 is decoded.
func knownText(v mapping.View, arg string) []string {
	var pieces []string
	if s, known := v.String(arg).Known(); known {
		pieces = []string{s}
	} else {
		for _, p := range v.Attr(arg).Parts {
			if !p.Hole {
				pieces = append(pieces, p.Text)
			}
		}
	}
	for i, p := range pieces {
		if decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(p)); err == nil {
			pieces[i] = string(decoded)
		}
	}
	return pieces
}

// diskEncrypted is whether all disks that the machine is made with are encrypted. The account's default decides where a disk does
// not say.
func (m machine) diskEncrypted() kind.Attr[bool] {
	var bare []kind.Attr[bool]
	root := false
	for _, v := range m.from {
		for _, typ := range []string{"root_block_device", "ebs_block_device", "block_device_mappings"} {
			disks, open := nested(v, typ)
			for _, d := range disks {
				root = root || typ == "root_block_device"
				if typ == "block_device_mappings" {
					if d = d.Block("ebs"); !d.Exists() {
						continue
					}
				}
				bare = append(bare, kind.Not(volumeEncrypted(m.c, m.v, d)))
			}
			if open != nil {
				bare = append(bare, kind.Because[bool](*open))
			}
		}
	}
	if !root {
		bare = append(bare, kind.Not(encryptedByDefault(m.c, m.v)))
	}
	return kind.Not(kind.AnyOf(bare))
}

// remotePaths are the ways in which the machine can be administered: admin ports that its security groups open, and from where,
// and Session Manager where its role lets the agent register.
func (m machine) remotePaths() kind.Attr[[]kind.HostRemoteAccessPath] {
	groups, open := m.groups()
	open = evidence.FirstUnknown(open, m.open)
	paths := []kind.HostRemoteAccessPath{}
	for _, g := range groups {
		set := groupRules(m.c, g)
		open = evidence.FirstUnknown(open, set.open)
		for _, r := range set.rules {
			more, gap := awsnet.PathsThrough(r)
			paths, open = append(paths, more...), evidence.FirstUnknown(open, gap)
		}
	}
	if via, found := m.sessionManager(); found {
		paths = append(paths, via)
	}
	return kind.Listed(paths, open).From(m.v.Provenance())
}

// groups are the machine's security groups, and why there may be others. Without any it is in the default group of its network.
func (m machine) groups() (groups []mapping.View, open *evidence.Unknown) {
	stated := false
	take := func(v mapping.View, arg string) {
		if !v.Has(arg) {
			return
		}
		t := v.Targets(arg, groupTypes()...)
		stated = stated || len(t.Instances) > 0 || len(t.Literals) > 0 || t.Open != nil
		open = evidence.FirstUnknown(open, t.Open)
		for _, r := range t.Instances {
			if r.Mode == resource.Data {
				t.Literals = append(t.Literals, r.Address)
				continue
			}
			groups = append(groups, m.c.View(r))
		}
		for _, id := range t.Literals {
			open = evidence.FirstUnknown(open, &evidence.Unknown{Reason: evidence.NotInPlane, Detail: "security group " + id + " is not declared here"})
		}
	}
	for _, v := range m.from {
		for _, arg := range []string{"vpc_security_group_ids", "security_groups"} {
			take(v, arg)
		}
		for _, typ := range []string{"network_interfaces", "network_interface", "primary_network_interface"} {
			blocks, gap := nested(v, typ)
			open = evidence.FirstUnknown(open, gap)
			for _, b := range blocks {
				take(b, "security_groups")
				for _, eni := range b.Targets("network_interface_id", "aws_network_interface").Instances {
					take(m.c.View(eni), "security_groups")
				}
			}
		}
		if stated {
			break
		}
	}
	if def := m.defaultGroup(); !stated && open == nil && def != nil {
		return []mapping.View{*def}, nil
	}
	if !stated && open == nil {
		open = &evidence.Unknown{Reason: evidence.NotInPlane, Detail: "no security group is named: the network's default group decides"}
	}
	return groups, open
}

// defaultGroup is the default group of the machine's network where it is managed here, or nil.
func (m machine) defaultGroup() *mapping.View {
	v, stated := m.with("subnet_id")
	arg := "subnet_id"
	if !stated {
		arg = "vpc_zone_identifier"
	}
	for _, subnet := range v.Targets(arg, subnetTypes()...).Instances {
		for _, vpc := range m.c.View(subnet).Targets("vpc_id", vpcTypes()...).Instances {
			if groups, _ := m.c.View(vpc).Parts("aws_default_security_group", "vpc_id"); len(groups) > 0 {
				return &groups[0]
			}
		}
	}
	return nil
}

// sessionManager is the path through Session Manager, where the machine's role has AWS's policy for the agent.
func (m machine) sessionManager() (kind.HostRemoteAccessPath, bool) {
	role, known := m.role().Value()
	if !known {
		return kind.HostRemoteAccessPath{}, false
	}
	if !slices.Contains(managedRoles(m.c), role) {
		return kind.HostRemoteAccessPath{}, false
	}
	return kind.HostRemoteAccessPath{Via: kind.Known("session_manager").From(m.v.Provenance()), Source: kind.Known("aws:ssm")}, true
}

// managedRoles are the UIDs of the roles that let the Systems Manager agent register.
func managedRoles(c *mapping.Context) []string {
	return mapping.Memo(c, "aws managed roles", func() []string {
		var out []string
		for _, a := range c.All("aws_iam_role_policy_attachment") {
			if letsAgentRegister(a) {
				out = append(out, a.Targets("role", "aws_iam_role").UIDs(c)...)
			}
		}
		for _, r := range c.All("aws_iam_role") {
			arns, _ := gather(r, "managed_policy_arns")
			for _, arn := range arns {
				if isAgentPolicy(arn) {
					out = append(out, r.UID())
				}
			}
		}
		return out
	})
}

func isAgentPolicy(arn string) bool {
	name := arn[strings.LastIndex(arn, "/")+1:]
	return name == "AmazonSSMManagedInstanceCore" || name == "AmazonSSMManagedEC2InstanceDefaultPolicy" || name == "AmazonEC2RoleforSSM"
}

// letsAgentRegister says whether an attachment is of AWS's policy for the agent. The ARN may be known only in part, without its
// partition.
func letsAgentRegister(attachment mapping.View) bool {
	if arn, known := attachment.String("policy_arn").Known(); known {
		return isAgentPolicy(arn)
	}
	for _, p := range attachment.Attr("policy_arn").Parts {
		if isAgentPolicy(p.Text) {
			return true
		}
	}
	return false
}
