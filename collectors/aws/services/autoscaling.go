package services

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// autoscalingService reads the groups of machines that are made alike. A group is a host, as in code: what its template gives to every member.
// The members that run are hosts of their own.
func autoscalingService() api.Service {
	return api.Service{
		Name: "autoscaling", Collect: scalingGroups, Kinds: []string{"host", "secret"},
		Operations: []api.Operation{
			{Name: "DescribeAutoScalingGroups", Tells: []string{"host", "secret"}},
			{Name: "DescribeLaunchConfigurations", Tells: []string{
				"instance_role", "static_cloud_keys", "remote_access_paths", "disk.encrypted", "secret",
			}},
		},
	}
}

// recipe is what the members of a group are made from: a version of a launch template, or a launch configuration.
type recipe struct {
	profile  string // name or ARN of the instance profile; "" = none
	groups   []string
	userData string
	disks    []*bool // whether each disk says that it is encrypted; nil where it does not say
	prov     *evidence.Provenance
	open     *evidence.Unknown // why it is not known
}

func scalingGroups(ctx context.Context, c *api.Context) {
	client := autoscaling.NewFromConfig(c.AWS())
	list := api.List(ctx, c, client.DescribeAutoScalingGroups, &autoscaling.DescribeAutoScalingGroupsInput{},
		func(o *autoscaling.DescribeAutoScalingGroupsOutput) []types.AutoScalingGroup {
			return o.AutoScalingGroups
		})
	if len(list.Items) == 0 {
		return
	}
	configurations := api.List(ctx, c, client.DescribeLaunchConfigurations, &autoscaling.DescribeLaunchConfigurationsInput{},
		func(o *autoscaling.DescribeLaunchConfigurationsOutput) []types.LaunchConfiguration {
			return o.LaunchConfigurations
		})
	w := readWorkshop(ctx, c)
	api.Each(ctx, c, list.Items, func(ctx context.Context, g types.AutoScalingGroup) {
		r := recipeOf(ctx, c, g, configurations)
		uid := aws.ToString(g.AutoScalingGroupARN)
		if c.Wants("secret") {
			leak(c, uid+"#user_data", aws.ToString(g.AutoScalingGroupName)+" user data", inUserData, "", r.userData, r.prov)
		}
		if c.Wants("host") {
			scalingGroup(ctx, c, g, r, w, list.Prov)
		}
	})
}

func scalingGroup(ctx context.Context, c *api.Context, g types.AutoScalingGroup, r recipe, w workshop, prov *evidence.Provenance) {
	uid := aws.ToString(g.AutoScalingGroupARN)
	tags := api.TagsOf(g.Tags, func(t types.TagDescription) (key, value *string) { return t.Key, t.Value })
	h := c.Host(tags)
	h.Environment = environmentOf(c, tags)
	members := evidence.Unknown{Reason: evidence.Unlinked, Detail: "the members of the group are hosts of their own"}
	awsnet.InsideHost(&h, members)
	h.LastSeenAt, h.VulnLastScanAt = kind.Because[kind.Time](members), kind.Because[kind.Time](members)
	h.Kind, h.Stateless = kind.Known("vm"), kind.Known(true)
	if tags.Values["eks:nodegroup-name"] != "" {
		h.Kind = kind.Known("container_host")
	}
	if r.open != nil {
		h.InstanceRole, h.StaticCloudKeys = kind.Because[string](*r.open), kind.Because[[]kind.HostStaticCloudKey](*r.open)
		h.DiskEncrypted, h.RemoteAccessPaths = kind.Because[bool](*r.open), kind.Because[[]kind.HostRemoteAccessPath](*r.open)
	} else {
		h.InstanceRole = w.profiles.named(r.profile).From(r.prov)
		h.StaticCloudKeys = kind.Known(cloudKeys(c, r.userData)).From(r.prov)
		h.DiskEncrypted = r.encrypted(ctx, c)
		paths, open := w.groups.paths(slices.Clone(r.groups))
		if len(r.groups) == 0 {
			open = evidence.FirstUnknown(open, &evidence.Unknown{Reason: evidence.Unlinked, Detail: "the template names no security group: the network's default group decides"})
		}
		h.RemoteAccessPaths = kind.Listed(paths, open).From(r.prov)
	}
	c.Emit(api.Entity{Kind: "host", UID: uid, Name: aws.ToString(g.AutoScalingGroupName), Prov: prov}, h)
	if subnets := aws.ToString(g.VPCZoneIdentifier); subnets != "" {
		runIn(ctx, c, uid, strings.Split(subnets, ","))
	}
}

// encrypted is whether every disk is encrypted that the members are made with. The region's default decides where a disk does not say; a
// template that names no disk leaves that to the image, unless the default encrypts whatever the image has.
func (r recipe) encrypted(ctx context.Context, c *api.Context) kind.Attr[bool] {
	byDefault := ebsDefault(ctx, c)
	var bare []kind.Attr[bool]
	for _, d := range r.disks {
		if d != nil {
			bare = append(bare, kind.Known(!*d))
			continue
		}
		bare = append(bare, kind.Not(byDefault))
	}
	if len(r.disks) == 0 {
		image := kind.Unknown[bool](evidence.Unlinked, "the template names no disk: the image decides")
		return kind.Either(byDefault, image)
	}
	return kind.Not(kind.AnyOf(bare))
}

// named is the role of a profile that is written as a name or an ARN; null where there is none.
func (p instanceProfiles) named(profile string) kind.Attr[string] {
	if profile == "" {
		return kind.Null[string]()
	}
	for arn := range p.roles {
		if arn == profile || strings.HasSuffix(arn, "/"+profile) {
			return p.role(arn)
		}
	}
	return p.role(profile)
}

// recipeOf reads what a group makes its members from.
func recipeOf(ctx context.Context, c *api.Context, g types.AutoScalingGroup, configurations api.Listing[types.LaunchConfiguration]) recipe {
	template := g.LaunchTemplate
	if m := g.MixedInstancesPolicy; m != nil && m.LaunchTemplate != nil {
		template = m.LaunchTemplate.LaunchTemplateSpecification
	}
	if template != nil {
		return recipeOfTemplate(ctx, c, template)
	}
	for _, l := range configurations.Items {
		if aws.ToString(l.LaunchConfigurationName) != aws.ToString(g.LaunchConfigurationName) {
			continue
		}
		r := recipe{
			profile: aws.ToString(l.IamInstanceProfile), groups: l.SecurityGroups, userData: userData(aws.ToString(l.UserData)),
			prov: configurations.Prov,
		}
		for _, m := range l.BlockDeviceMappings {
			if m.Ebs != nil {
				r.disks = append(r.disks, m.Ebs.Encrypted)
			}
		}
		return r
	}
	missing := &evidence.Unknown{Reason: evidence.Unlinked, Detail: "the group names no launch template or configuration that was found"}
	return recipe{open: evidence.FirstUnknown(firstFailure(configurations.Fail), missing), prov: configurations.Prov}
}

func recipeOfTemplate(ctx context.Context, c *api.Context, t *types.LaunchTemplateSpecification) recipe {
	list := api.List(ctx, c, ec2.NewFromConfig(c.AWS()).DescribeLaunchTemplateVersions, &ec2.DescribeLaunchTemplateVersionsInput{
		LaunchTemplateId: t.LaunchTemplateId, LaunchTemplateName: nameUnless(t.LaunchTemplateId, t.LaunchTemplateName),
		Versions: []string{cmp.Or(aws.ToString(t.Version), "$Default")},
	}, func(o *ec2.DescribeLaunchTemplateVersionsOutput) []ec2types.LaunchTemplateVersion {
		return o.LaunchTemplateVersions
	})
	if len(list.Items) == 0 || list.Items[0].LaunchTemplateData == nil {
		missing := &evidence.Unknown{Reason: evidence.Unlinked, Detail: "launch template " + aws.ToString(t.LaunchTemplateName) + " was not found"}
		return recipe{open: evidence.FirstUnknown(firstFailure(list.Fail), missing), prov: list.Prov}
	}
	data := list.Items[0].LaunchTemplateData
	r := recipe{
		groups: slices.Clone(data.SecurityGroupIds), userData: userData(aws.ToString(data.UserData)), prov: list.Prov,
	}
	for _, n := range data.NetworkInterfaces {
		r.groups = append(r.groups, n.Groups...)
	}
	if p := data.IamInstanceProfile; p != nil {
		r.profile = cmp.Or(aws.ToString(p.Arn), aws.ToString(p.Name))
	}
	for _, m := range data.BlockDeviceMappings {
		if m.Ebs != nil {
			r.disks = append(r.disks, m.Ebs.Encrypted)
		}
	}
	return r
}

// nameUnless is the name where there is no id: AWS refuses both.
func nameUnless(id, name *string) *string {
	if id != nil {
		return nil
	}
	return name
}
