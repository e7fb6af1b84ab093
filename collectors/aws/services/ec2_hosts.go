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
	"github.com/assay-audit/assay/internal/secret"
)

// regionInstances lists the instances of the unit's region that exist, once for all units: those that are terminated are gone.
func regionInstances(ctx context.Context, c *api.Context) api.Listing[types.Instance] {
	return api.Shared(c, "ec2 instances", func(c *api.Context) api.Listing[types.Instance] {
		return api.List(ctx, c, ec2.NewFromConfig(c.AWS()).DescribeInstances, &ec2.DescribeInstancesInput{
			Filters: []types.Filter{{Name: aws.String("instance-state-name"), Values: []string{"pending", "running", "stopping", "stopped"}}},
		}, func(o *ec2.DescribeInstancesOutput) []types.Instance {
			var out []types.Instance
			for _, r := range o.Reservations {
				out = append(out, r.Instances...)
			}
			return out
		})
	})
}

// machines reads the instances, with what leaks in their user data.
func machines(ctx context.Context, c *api.Context, client *ec2.Client) {
	if !c.Wants("host", "secret") {
		return
	}
	list := regionInstances(ctx, c)
	if len(list.Items) == 0 {
		return
	}
	w := readWorkshop(ctx, c)
	api.Each(ctx, c, list.Items, func(ctx context.Context, i types.Instance) { ec2Host(ctx, c, client, i, w, list.Prov) })
}

// workshop is what several machines need to know: lists of the region that are read once.
type workshop struct {
	groups   groupFacts
	volumes  volumeFacts
	nodes    managedNodes
	profiles instanceProfiles
}

func readWorkshop(ctx context.Context, c *api.Context) workshop {
	var w workshop
	if c.Wants("host") {
		w = workshop{
			groups: securityGroups(ctx, c), volumes: regionVolumes(ctx, c), nodes: readNodes(ctx, c), profiles: readProfiles(ctx, c),
		}
	}
	return w
}

// hostUID is the UID of an instance, which the host collector names by its id.
func hostUID(c *api.Context, id string) string { return c.ARN("ec2", "instance/"+id) }

func ec2Host(ctx context.Context, c *api.Context, client *ec2.Client, i types.Instance, w workshop, prov *evidence.Provenance) {
	id := aws.ToString(i.InstanceId)
	uid := hostUID(c, id)
	keys := machineSecrets(ctx, c, client, i, uid)
	if !c.Wants("host") {
		return
	}
	tags := ec2Tags(i.Tags)
	h := c.Host(tags)
	h.Environment = environmentOf(c, tags)
	awsnet.InsideHost(&h, insideMachine())
	h.Kind, h.Stateless = kind.Known("vm"), kind.Known(tags.Values["aws:autoscaling:groupName"] != "")
	if tags.Values["eks:nodegroup-name"] != "" {
		h.Kind = kind.Known("container_host")
	}
	h.StaticCloudKeys = keys
	h.VulnLastScanAt = scannedAt(ctx, c, aws.ToString(i.InstanceId))
	h.InstanceRole = instanceRole(i.IamInstanceProfile, w.profiles)
	h.DiskEncrypted = w.volumes.diskEncrypted(i)
	h.LastSeenAt = kind.Unknown[kind.Time](evidence.Unsupported, "the instance is "+stateOf(i)+", and AWS does not say since when")
	if stateOf(i) == "running" {
		now := c.Clock()
		h.LastSeenAt = api.Time(&now).From(prov)
	}
	node, managed := w.nodes.byID[id]
	if managed {
		node.describe(&h)
		h.OSName, h.OSVersion, h.OSEOLOn = h.OSName.From(w.nodes.prov), h.OSVersion.From(w.nodes.prov), h.OSEOLOn.From(w.nodes.prov)
	}
	h.RemoteAccessPaths = remotePaths(i, w, managed)
	c.Emit(api.Entity{
		Kind: "host", UID: uid, Name: nameOf(i.Tags, i.InstanceId), Aliases: []string{"instance:" + id, id}, Prov: prov,
	}, h)
	if i.SubnetId != nil {
		runIn(ctx, c, uid, []string{*i.SubnetId})
	}
}

// insideMachine is why the attributes of what runs on a machine are not known here.
func insideMachine() evidence.Unknown {
	return evidence.Unknown{Reason: evidence.NotCollected, Detail: "what runs inside of the machine is read on it, by the host collector"}
}

func stateOf(i types.Instance) string {
	if i.State == nil {
		return ""
	}
	return string(i.State.Name)
}

// machineSecrets looks into the user data, which everybody sees who may describe the instance. The cloud keys among the secrets are an attribute
// of the host.
func machineSecrets(ctx context.Context, c *api.Context, client *ec2.Client, i types.Instance, uid string) kind.Attr[[]kind.HostStaticCloudKey] {
	a := api.Ask(ctx, c, client.DescribeInstanceAttribute, &ec2.DescribeInstanceAttributeInput{
		InstanceId: i.InstanceId, Attribute: types.InstanceAttributeNameUserData,
	})
	text := ""
	if a.Out.UserData != nil {
		text = userData(aws.ToString(a.Out.UserData.Value))
	}
	if c.Wants("secret") {
		leak(c, uid+"#user_data", nameOf(i.Tags, i.InstanceId)+" user data", inUserData, "", text, a.Prov)
		if a.Fail != nil {
			c.Incomplete("secret", evidence.Partial, "the user data of "+aws.ToString(i.InstanceId)+" was not read")
		}
	}
	return api.Read(a, func(*ec2.DescribeInstanceAttributeOutput) kind.Attr[[]kind.HostStaticCloudKey] {
		return kind.Known(cloudKeys(c, text))
	})
}

// cloudKeys are the access keys of AWS in user data, by their lines.
func cloudKeys(c *api.Context, text string) []kind.HostStaticCloudKey {
	keys := []kind.HostStaticCloudKey{}
	for _, m := range secret.Scan("", text) {
		if strings.HasPrefix(m.Detector, "aws-") {
			line := 1 + strings.Count(text[:m.Start], "\n")
			keys = append(keys, kind.HostStaticCloudKey{
				Path: kind.Known("user_data:" + strconv.Itoa(line)), HMAC: kind.Known(c.Hasher.Hash(text[m.Start:m.End])),
			})
		}
	}
	return keys
}

// instanceProfiles are the roles of the account's instance profiles, by the ARN of the profile.
type instanceProfiles struct {
	roles map[string]string
	prov  *evidence.Provenance
	fail  *api.Failure
}

func readProfiles(ctx context.Context, c *api.Context) instanceProfiles {
	a := authorizationOf(ctx, c)
	out := instanceProfiles{roles: map[string]string{}, prov: a.prov, fail: a.fail}
	for _, r := range a.roles {
		for _, p := range r.InstanceProfileList {
			out.roles[aws.ToString(p.Arn)] = aws.ToString(r.Arn)
		}
	}
	return out
}

// instanceRole is the role of an instance's profile; null where it has none.
func instanceRole(profile *types.IamInstanceProfile, all instanceProfiles) kind.Attr[string] {
	if profile == nil {
		return kind.Null[string]()
	}
	return all.role(aws.ToString(profile.Arn))
}

// role is the role of the profile with the ARN. A profile without a role gives no credentials.
func (p instanceProfiles) role(arn string) kind.Attr[string] {
	if role := p.roles[arn]; role != "" {
		return kind.Known(role).From(p.prov)
	}
	if p.fail != nil {
		return kind.Because[string](p.fail.Unknown()).From(p.prov)
	}
	return kind.Null[string]().From(p.prov)
}

// remotePaths are the ways in which a machine can be administered: admin ports that its security groups open, and from where, and Session
// Manager where Systems Manager knows the machine.
func remotePaths(i types.Instance, w workshop, managed bool) kind.Attr[[]kind.HostRemoteAccessPath] {
	var ids []string
	for _, g := range i.SecurityGroups {
		ids = append(ids, aws.ToString(g.GroupId))
	}
	for _, n := range i.NetworkInterfaces {
		for _, g := range n.Groups {
			ids = append(ids, aws.ToString(g.GroupId))
		}
	}
	paths, open := w.groups.paths(ids)
	if managed {
		paths = append(paths, kind.HostRemoteAccessPath{Via: kind.Known("session_manager").From(w.nodes.prov), Source: kind.Known("aws:ssm")})
	} else {
		open = evidence.FirstUnknown(open, firstFailure(w.nodes.fail))
	}
	return kind.Listed(paths, open)
}

// paths are the administration paths that groups open, and why there may be more.
func (g groupFacts) paths(ids []string) (paths []kind.HostRemoteAccessPath, open *evidence.Unknown) {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		rules, found := g.rules[id]
		if !found {
			missing := &evidence.Unknown{Reason: evidence.Unlinked, Detail: "security group " + id + " was not found"}
			open = evidence.FirstUnknown(open, firstFailure(g.list.Fail), missing)
		}
		for _, r := range rules {
			more, gap := awsnet.PathsThrough(r)
			paths, open = append(paths, more...), evidence.FirstUnknown(open, gap)
		}
	}
	return paths, open
}
