package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/identitystore/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// identitystoreService is the directory of IAM Identity Center, read where its instance is.
func identitystoreService() api.Service {
	return api.Service{
		Name: "identitystore", Global: true,
		Operations: []api.Operation{
			{Name: "ListUsers", Tells: []string{"principal"}},
			{Name: "ListGroups", Tells: []string{"groups", "member_of", "can_assume", "privileged", "escalation_paths"}},
			{Name: "ListGroupMemberships", Tells: []string{"groups", "member_of", "can_assume", "privileged", "escalation_paths"}},
		},
	}
}

// directory is who is in which group.
type directory struct {
	groups map[string][]string // user id to group ids
	more   *evidence.Unknown   // why there may be more memberships
	prov   *evidence.Provenance
}

// identityCenterUsers reads the people of the directory. Group by group is the cheaper way to learn memberships: there are fewer groups than
// people.
func identityCenterUsers(ctx context.Context, c *api.Context, a *authorization, x *center) {
	in := c.In(x.region)
	client := identitystore.NewFromConfig(in.AWS())
	store := x.instance.IdentityStoreId
	people := api.List(ctx, in, client.ListUsers, &identitystore.ListUsersInput{IdentityStoreId: store},
		func(o *identitystore.ListUsersOutput) []types.User { return o.Users })
	d := directoryOf(ctx, in, client, store)
	for _, u := range people.Items {
		directoryUser(c, a, x, d, u, people.Prov)
	}
	for _, s := range x.sets { // groups are no entities; what is assigned to one is assigned to its members
		for _, id := range keys(s.holders) {
			if !slices.ContainsFunc(people.Items, func(u types.User) bool { return aws.ToString(u.UserId) == id }) {
				c.Relate("can_assume", groupUID(c, id), s.arn)
			}
		}
	}
}

func directoryOf(ctx context.Context, c *api.Context, client *identitystore.Client, store *string) directory {
	d := directory{groups: map[string][]string{}}
	groups := api.List(ctx, c, client.ListGroups, &identitystore.ListGroupsInput{IdentityStoreId: store},
		func(o *identitystore.ListGroupsOutput) []types.Group { return o.Groups })
	d.prov = groups.Prov
	d.lacks(groups.Fail)
	lists := make([]api.Listing[types.GroupMembership], len(groups.Items))
	order := make([]int, len(lists))
	for i := range order {
		order[i] = i
	}
	api.Each(ctx, c, order, func(ctx context.Context, i int) {
		lists[i] = api.List(ctx, c, client.ListGroupMemberships,
			&identitystore.ListGroupMembershipsInput{IdentityStoreId: store, GroupId: groups.Items[i].GroupId},
			func(o *identitystore.ListGroupMembershipsOutput) []types.GroupMembership { return o.GroupMemberships })
	})
	for _, l := range lists {
		d.lacks(l.Fail)
		for _, m := range l.Items {
			if who, ok := m.MemberId.(*types.MemberIdMemberUserId); ok {
				d.groups[who.Value] = append(d.groups[who.Value], aws.ToString(m.GroupId))
			}
		}
	}
	return d
}

func (d *directory) lacks(f *api.Failure) {
	if f != nil && d.more == nil {
		why := f.Unknown()
		d.more = &why
	}
}

// directoryUser is a person in the directory.
func directoryUser(c *api.Context, a *authorization, x *center, d directory, u types.User, prov *evidence.Provenance) {
	id := aws.ToString(u.UserId)
	uid := aws.ToString(u.UserArn)
	if uid == "" {
		uid = "arn:" + c.Account.Partition + ":identitystore:::user/" + id
	}
	groups := make([]string, 0, len(d.groups[id]))
	for _, g := range d.groups[id] {
		groups = append(groups, groupUID(c, g))
		c.Relate("member_of", uid, groupUID(c, g))
	}
	slices.Sort(groups)
	p := kind.Principal{
		Type: kind.Known("human"), Source: kind.Known("aws_identity_center"), Name: kind.Known(aws.ToString(u.UserName)),
		Enabled: directoryEnabled(u), Interactive: kind.Known(true), CreatedAt: api.Time(u.CreatedAt),
		LastUsedAt:        kind.Unknown[kind.Time](evidence.Unsupported, "the directory does not say when a person last signed in"),
		Purpose:           kind.Unknown[string](evidence.NotInPlane, "a person in the directory has no tags"),
		Shared:            sharedLogin(api.Tags{}, aws.ToString(u.UserName)),
		DirectPolicyCount: kind.Known[int64](0), Email: emailOf(u), Groups: kind.Known(groups).From(d.prov),
		MFAEnabled:           kind.Unknown[bool](evidence.NotCollected, "who enrolled a second factor has no reading call; it needs attestation"),
		MFAPhishingResistant: kind.Unknown[bool](evidence.NotCollected, "who enrolled a second factor has no reading call; it needs attestation"),
	}
	if p.CreatedAt.IsNull() {
		p.CreatedAt = kind.Unknown[kind.Time](evidence.Unsupported, "the directory does not say when the person was added")
	}
	if d.more != nil {
		p.Groups = kind.AtLeast(groups, *d.more).From(d.prov)
		c.RelatePartly("member_of", uid, "", *d.more)
	}
	p.DisabledAt = kind.Then(p.Enabled, func(on bool) kind.Attr[kind.Time] {
		if on {
			return kind.Null[kind.Time]()
		}
		return kind.Unknown[kind.Time](evidence.Unsupported, "the directory does not say since when a person is disabled")
	})
	p.Privileged, p.EscalationPaths = throughSets(c, a, x, d, id, uid)
	c.Emit(api.Entity{Kind: "principal", UID: uid, Name: aws.ToString(u.UserName), Aliases: []string{id}, Prov: prov}, p)
}

// directoryEnabled: a person is enabled unless the directory says otherwise.
func directoryEnabled(u types.User) kind.Attr[bool] {
	return kind.Known(!strings.EqualFold(string(u.UserStatus), "DISABLED"))
}

// emailOf is the person's primary address, else the first; null where there is none.
func emailOf(u types.User) kind.Attr[string] {
	out := kind.Null[string]()
	for _, e := range u.Emails {
		if text := strings.ToLower(strings.TrimSpace(aws.ToString(e.Value))); text != "" && (e.Primary || out.IsNull()) {
			out = kind.Known(text)
		}
	}
	return out
}

// throughSets is what a person can do by the permission sets that are assigned to it or to one of its groups, which it is related to.
func throughSets(
	c *api.Context, a *authorization, x *center, d directory, id, uid string,
) (privileged kind.Attr[bool], paths kind.Attr[[]kind.PrincipalEscalationPath]) {
	privileged = kind.Known(false)
	list := []kind.PrincipalEscalationPath{}
	open := d.more
	if x.fail != nil {
		why := x.fail.Unknown()
		open = &why
	}
	for _, s := range x.sets {
		if s.more != nil {
			open = s.more
		}
		if !s.holders[id] && !slices.ContainsFunc(d.groups[id], func(g string) bool { return s.holders[g] }) {
			continue
		}
		c.Relate("can_assume", uid, s.arn)
		v := a.judge.privileges(s.identity)
		privileged = kind.Either(privileged, v.privileged)
		found, _ := v.paths.Value()
		list = append(list, found...)
		if s.identity.gap != nil {
			open = s.identity.gap
		}
	}
	if open != nil {
		return kind.Either(privileged, kind.Because[bool](*open)), kind.AtLeast(list, *open)
	}
	return privileged, kind.Known(list)
}

// groupUID is the ARN of a group of the directory. Groups are no entities.
func groupUID(c *api.Context, id string) string {
	return "arn:" + c.Account.Partition + ":identitystore:::group/" + id
}
