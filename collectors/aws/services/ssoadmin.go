package services

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// ssoadminService reads IAM Identity Center: its users, and the permission sets that are roles in the accounts to which they are assigned.
// An organisation has one instance, in one region of one account; it is read where that account is.
func ssoadminService() api.Service {
	set := []string{"role", "policy", "principal", "can_assume", "privileged", "escalation_paths"}
	rights := []string{"policy", "privileged", "escalation_paths", "can_read", "can_write", "can_admin"}
	return api.Service{
		Name: "ssoadmin", Prefix: "sso", Global: true, Kinds: []string{"principal", "role", "policy"}, Collect: identityCenter,
		Operations: []api.Operation{
			{Name: "ListInstances"},
			{Name: "ListPermissionSets", Tells: set},
			{Name: "DescribePermissionSet", Tells: set},
			{Name: "GetInlinePolicyForPermissionSet", Tells: rights},
			{Name: "ListManagedPoliciesInPermissionSet", Tells: rights},
			{Name: "ListCustomerManagedPolicyReferencesInPermissionSet", Tells: rights},
			{Name: "GetPermissionsBoundaryForPermissionSet", Tells: rights},
			{Name: "ListAccountsForProvisionedPermissionSet", Tells: append([]string{"can_assume"}, rights[1:]...)},
			{Name: "ListAccountAssignments", Tells: []string{"can_assume", "privileged", "escalation_paths"}},
		},
	}
}

// center is the Identity Center of the account.
type center struct {
	instance types.InstanceMetadata
	region   string
	sets     []*permissionSet
	fail     *api.Failure // why there may be more sets
	prov     *evidence.Provenance
}

func (x *center) arn() string { return aws.ToString(x.instance.InstanceArn) }

// permissionSet is a set with who got it.
type permissionSet struct {
	about    api.Answer[ssoadmin.DescribePermissionSetOutput]
	arn      string
	identity *identity
	inline   *parsed // nil where it has none
	// holders are the ids of users and groups to which it is assigned, in any account.
	holders  map[string]bool
	accounts []string          // ids of the accounts in which it is
	more     *evidence.Unknown // why there may be more holders
}

// centersOf finds the instances that belong to the account, with their permission sets. It looks in regions that the target leaves out too: an
// instance belongs to the account as IAM does, wherever it was switched on.
func centersOf(ctx context.Context, c *api.Context) []*center {
	return api.SharedGlobal(c, "identity center", func(c *api.Context) []*center {
		regions := slices.Concat(c.Account.Regions, c.Account.Left)
		found := make([]*center, len(regions))
		order := make([]int, len(found))
		for i := range order {
			order[i] = i
		}
		api.Each(ctx, c, order, func(ctx context.Context, i int) { found[i] = centerIn(ctx, c.In(regions[i])) })
		found = slices.DeleteFunc(found, func(x *center) bool { return x == nil })
		slices.SortStableFunc(found, func(x, y *center) int { return strings.Compare(x.arn(), y.arn()) })
		return slices.CompactFunc(found, func(x, y *center) bool { return x.arn() == y.arn() })
	})
}

func centerIn(ctx context.Context, c *api.Context) *center {
	client := ssoadmin.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListInstances, &ssoadmin.ListInstancesInput{},
		func(o *ssoadmin.ListInstancesOutput) []types.InstanceMetadata { return o.Instances })
	if l.Fail != nil && l.Fail.Reason != evidence.Unsupported { // a region without the service has no instance
		for _, k := range []string{"principal", "role", "policy"} {
			c.Incomplete(k, evidence.Partial, l.Fail.Unknown().Detail)
		}
	}
	for _, instance := range l.Items {
		primary := aws.ToString(instance.PrimaryRegion)
		if aws.ToString(instance.OwnerAccountId) != c.Account.ID || primary != "" && primary != c.Region {
			continue // it is read where it belongs
		}
		x := &center{instance: instance, region: c.Region, prov: l.Prov}
		sets := api.List(ctx, c, client.ListPermissionSets, &ssoadmin.ListPermissionSetsInput{InstanceArn: instance.InstanceArn},
			func(o *ssoadmin.ListPermissionSetsOutput) []string { return o.PermissionSets })
		x.fail = sets.Fail
		x.sets = make([]*permissionSet, len(sets.Items))
		order := make([]int, len(sets.Items))
		for i := range order {
			order[i] = i
		}
		api.Each(ctx, c, order, func(ctx context.Context, i int) {
			x.sets[i] = readPermissionSet(ctx, c, client, instance.InstanceArn, sets.Items[i])
		})
		return x
	}
	return nil
}

func readPermissionSet(ctx context.Context, c *api.Context, client *ssoadmin.Client, instance *string, arn string) *permissionSet {
	s := &permissionSet{arn: arn, holders: map[string]bool{}}
	s.about = api.Ask(ctx, c, client.DescribePermissionSet, &ssoadmin.DescribePermissionSetInput{InstanceArn: instance, PermissionSetArn: &arn})
	s.rights(ctx, c, client, instance)
	accounts := api.List(ctx, c, client.ListAccountsForProvisionedPermissionSet,
		&ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: instance, PermissionSetArn: &arn},
		func(o *ssoadmin.ListAccountsForProvisionedPermissionSetOutput) []string { return o.AccountIds })
	s.lacks(accounts.Fail)
	s.accounts = accounts.Items
	for _, id := range accounts.Items {
		assigned := api.List(ctx, c, client.ListAccountAssignments,
			&ssoadmin.ListAccountAssignmentsInput{InstanceArn: instance, PermissionSetArn: &arn, AccountId: aws.String(id)},
			func(o *ssoadmin.ListAccountAssignmentsOutput) []types.AccountAssignment { return o.AccountAssignments })
		s.lacks(assigned.Fail)
		for _, a := range assigned.Items {
			s.holders[aws.ToString(a.PrincipalId)] = true
		}
	}
	return s
}

func (s *permissionSet) lacks(f *api.Failure) {
	if f != nil && s.more == nil {
		why := f.Unknown()
		s.more = &why
	}
}

// rights reads the policies of a set. Policies of the customer are named, and each account has its own of that name: this account's stands
// for them.
func (s *permissionSet) rights(ctx context.Context, c *api.Context, client *ssoadmin.Client, instance *string) {
	j := &authorizationOf(ctx, c).judge
	var docs []*parsed
	var more []*evidence.Unknown
	unreadable := func(f *api.Failure) {
		if f != nil {
			why := f.Unknown()
			more = append(more, &why)
		}
	}
	inline := api.Ask(ctx, c, client.GetInlinePolicyForPermissionSet,
		&ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: instance, PermissionSetArn: &s.arn}, "ResourceNotFoundException")
	unreadable(inline.Fail)
	if aws.ToString(inline.Out.InlinePolicy) != "" {
		s.inline = j.document(inline.Out.InlinePolicy)
		docs = append(docs, s.inline)
	}
	attached := api.List(ctx, c, client.ListManagedPoliciesInPermissionSet,
		&ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: instance, PermissionSetArn: &s.arn},
		func(o *ssoadmin.ListManagedPoliciesInPermissionSetOutput) []types.AttachedManagedPolicy {
			return o.AttachedManagedPolicies
		})
	unreadable(attached.Fail)
	for _, p := range attached.Items {
		docs = append(docs, j.policy(aws.ToString(p.Arn)))
	}
	named := api.List(ctx, c, client.ListCustomerManagedPolicyReferencesInPermissionSet,
		&ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{InstanceArn: instance, PermissionSetArn: &s.arn},
		func(o *ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetOutput) []types.CustomerManagedPolicyReference {
			return o.CustomerManagedPolicyReferences
		})
	unreadable(named.Fail)
	for _, p := range named.Items {
		docs = append(docs, j.policy(customerPolicy(c, p)))
	}
	bound := api.Ask(ctx, c, client.GetPermissionsBoundaryForPermissionSet,
		&ssoadmin.GetPermissionsBoundaryForPermissionSetInput{InstanceArn: instance, PermissionSetArn: &s.arn}, "ResourceNotFoundException")
	s.identity = j.identity(s.arn, docs, permissionSetBoundary(c, j, bound), more...)
}

func permissionSetBoundary(c *api.Context, j *judge, a api.Answer[ssoadmin.GetPermissionsBoundaryForPermissionSetOutput]) []*parsed {
	if a.Fail != nil {
		why := a.Fail.Unknown()
		return []*parsed{unread("?boundary", &why)}
	}
	b := a.Out.PermissionsBoundary
	switch {
	case b == nil:
		return nil
	case b.CustomerManagedPolicyReference != nil:
		return []*parsed{j.policy(customerPolicy(c, *b.CustomerManagedPolicyReference))}
	}
	return []*parsed{j.policy(aws.ToString(b.ManagedPolicyArn))}
}

// customerPolicy is the ARN that a policy of the customer has in this account.
func customerPolicy(c *api.Context, p types.CustomerManagedPolicyReference) string {
	path := aws.ToString(p.Path)
	if path == "" {
		path = "/"
	}
	return c.Account.ARN("iam", "", "policy"+path+aws.ToString(p.Name))
}

func identityCenter(ctx context.Context, c *api.Context) {
	a := authorizationOf(ctx, c)
	for _, x := range centersOf(ctx, c) {
		if c.Wants("role", "policy") {
			for _, s := range x.sets {
				emitPermissionSet(c, a, s)
			}
		}
		if c.Wants("principal") {
			identityCenterUsers(ctx, c, a, x)
		}
	}
}

// emitPermissionSet is a role: in every account to which it is assigned there is one made of it.
func emitPermissionSet(c *api.Context, a *authorization, s *permissionSet) {
	signIn := kind.Unknown[bool](evidence.NotCollected, "whether sign-in demands a second factor has no reading call; it is attested")
	v := a.judge.privileges(s.identity)
	prov := s.about.Prov
	role := kind.Role{
		HumanAssumable: kind.Known(true).From(prov),
		Trust: kind.Known([]kind.RoleTrust{{
			Principal: kind.Known("IAM Identity Center"), PrincipalType: kind.Known(string(iampolicy.TrustFederated)), External: kind.Known(false),
			ConditionsMFA: signIn, ConditionsExternalID: kind.Known(false), ConditionsOrgID: kind.Known(false),
			ConditionsSubjectPinned: kind.NA[bool](),
		}}).From(prov),
		MaxSessionSeconds: api.Read(s.about, func(o *ssoadmin.DescribePermissionSetOutput) kind.Attr[int64] {
			if o.PermissionSet == nil || aws.ToString(o.PermissionSet.SessionDuration) == "" {
				return kind.Known[int64](3600)
			}
			return isoSeconds(aws.ToString(o.PermissionSet.SessionDuration))
		}),
		LastUsedAt: kind.Unknown[kind.Time](evidence.Unsupported, "Identity Center does not say when a permission set was last used"),
		Privileged: v.privileged, EscalationPaths: v.paths,
	}
	name := afterSlash(s.arn)
	if p := s.about.Out.PermissionSet; p != nil && aws.ToString(p.Name) != "" {
		name = aws.ToString(p.Name)
	}
	c.Emit(api.Entity{Kind: "role", UID: s.arn, Name: name, Prov: prov}, role)
	if s.inline != nil {
		emitPolicy(c, a, s.arn+"#inline", name, "inline", s.inline, []string{s.arn})
	}
	if s.more != nil {
		c.RelatePartly("assumable_by", s.arn, "", *s.more)
	}
}

var isoDuration = regexp.MustCompile(`^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$`)

// isoSeconds reads a duration of ISO 8601 such as PT8H.
func isoSeconds(text string) kind.Attr[int64] {
	m := isoDuration.FindStringSubmatch(text)
	if m == nil || text == "P" || strings.HasSuffix(text, "T") {
		return kind.Unknown[int64](evidence.ParseError, strconv.Quote(text)+" is not a duration such as PT8H")
	}
	total := int64(0)
	for i, unit := range []int64{86400, 3600, 60, 1} {
		if n, err := strconv.ParseInt(m[i+1], 10, 64); err == nil {
			total += n * unit
		}
	}
	return kind.Known(total)
}
