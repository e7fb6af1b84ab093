package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// mostLevels is more than the levels that an organisation can have: the account, five units and the root.
const mostLevels = 8

// controls are the policies of the organisation that bind an account, a group for each level of the organisation that has some.
type controls struct {
	services  [][]iampolicy.Document // service control policies: what the account's identities may do at most
	resources [][]iampolicy.Document // resource control policies: what anybody may do with the account's resources at most
	org       string                 // id of the organisation; "" outside of one
	fail      *api.Failure           // why they are not known
}

// controlsOf reads the control policies that bind the account, once. They bind no account outside of an organisation, and not its management
// account. Only the management account and delegated administrators can read them.
func controlsOf(ctx context.Context, c *api.Context) controls {
	if len(c.Account.Organization) == 1 {
		return controls{}
	}
	return api.SharedGlobal(c, "control policies", func(c *api.Context) controls {
		asker := c.Account
		if c.Account.Parent != nil {
			asker = c.Account.Parent
		}
		in := api.NewContext(c.Run, asker, c.Catalogue.Service("organizations"), asker.Home)
		client := organizations.NewFromConfig(in.AWS())
		about := api.SharedGlobal(in, "organisation", func(in *api.Context) api.Answer[organizations.DescribeOrganizationOutput] {
			return api.Ask(ctx, in, client.DescribeOrganization, &organizations.DescribeOrganizationInput{}, "AWSOrganizationsNotInUseException")
		})
		switch o := about.Out.Organization; {
		case about.Fail != nil:
			return controls{fail: about.Fail}
		case o == nil, aws.ToString(o.MasterAccountId) == c.Account.ID:
			return controls{}
		}
		out := controls{org: aws.ToString(about.Out.Organization.Id)}
		if fail := out.climb(ctx, in, client, c.Account.ID); fail != nil {
			return controls{fail: fail}
		}
		return out
	})
}

// climb reads the policies of the account, of the units above it and of the root.
func (k *controls) climb(ctx context.Context, c *api.Context, client *organizations.Client, target string) *api.Failure {
	for range mostLevels {
		for _, to := range []struct {
			typ    types.PolicyType
			groups *[][]iampolicy.Document
		}{{types.PolicyTypeServiceControlPolicy, &k.services}, {types.PolicyTypeResourceControlPolicy, &k.resources}} {
			group, fail := controlsAt(ctx, c, client, target, to.typ)
			if fail != nil {
				return fail
			}
			if len(group) > 0 {
				*to.groups = append(*to.groups, group)
			}
		}
		if strings.HasPrefix(target, "r-") {
			return nil
		}
		above := api.List(ctx, c, client.ListParents, &organizations.ListParentsInput{ChildId: aws.String(target)},
			func(o *organizations.ListParentsOutput) []types.Parent { return o.Parents })
		if above.Fail != nil || len(above.Items) == 0 {
			return above.Fail
		}
		target = aws.ToString(above.Items[0].Id)
	}
	return nil
}

// bounds are the control policies as boundaries of the account's own identities. Resource control policies allow everything and refuse some of
// it; what they refuse to others only is left out.
func (k controls) bounds(account string) [][]iampolicy.Document {
	out := slices.Clone(k.services)
	refused := []iampolicy.Document{everything("*")}
	for _, d := range k.refusals() {
		d.Statements = slices.DeleteFunc(slices.Clone(d.Statements), func(s iampolicy.Statement) bool { return k.spares(s, account) })
		for i := range d.Statements {
			d.Statements[i].Principal = iampolicy.Principals{} // always everybody
		}
		if len(d.Statements) > 0 || d.Unknown {
			refused = append(refused, d)
		}
	}
	if len(refused) > 1 {
		out = append(out, refused)
	}
	return out
}

// refusals are the resource control policies without what they allow: AWS attaches one everywhere that allows everything.
func (k controls) refusals() []iampolicy.Document {
	var out []iampolicy.Document
	for _, d := range slices.Concat(k.resources...) {
		d.Statements = slices.DeleteFunc(slices.Clone(d.Statements), func(s iampolicy.Statement) bool { return s.Effect == iampolicy.Allow })
		if len(d.Statements) > 0 || d.Unknown {
			out = append(out, d)
		}
	}
	return out
}

// spares reports whether a statement excepts the identities of the organisation, or those of the account, by one of its conditions.
func (k controls) spares(s iampolicy.Statement, account string) bool {
	return slices.ContainsFunc(s.Conditions, func(c iampolicy.Condition) bool {
		key, known := c.Key.Known()
		if !known {
			return false
		}
		switch negated, key := strings.HasPrefix(c.Operator, "StringNot"), strings.ToLower(key); {
		case negated && key == "aws:principalorgid":
			return namesOne(c, func(v string) bool { return v == k.org })
		case negated && key == "aws:principalorgpaths":
			return namesOne(c, func(v string) bool { return v == k.org+"/*" })
		case negated && key == "aws:principalaccount":
			return namesOne(c, func(v string) bool { return v == account })
		case c.Operator == "Bool" && key == "aws:principalisawsservice":
			return len(c.Values) == 1 && !c.More && namesOne(c, func(v string) bool { return v == "true" })
		}
		return false
	})
}

// namesOne reports whether one of the values of a condition is known to fit.
func namesOne(c iampolicy.Condition, fits func(string) bool) bool {
	return slices.ContainsFunc(c.Values, func(v iampolicy.Str) bool {
		text, known := v.Known()
		return known && fits(text)
	})
}

// unboundBy is why it is not certain what the identities reach, where the control policies were not read; nil where they were.
func (k controls) unboundBy() *evidence.Unknown {
	if k.fail == nil {
		return nil
	}
	why := k.fail.Unknown()
	why.Detail = "service control policies may take the access away: " + why.Detail
	return &why
}

// uncontrolled says that the control policies were not read.
func uncontrolled(c *api.Context, fail *api.Failure) {
	c.Problem(evidence.Problem{
		Severity: "warning", Code: string(fail.Reason),
		Summary: c.Account.UID() + ": the service control policies that bind the account were not read, so it is not certain who can reach its stores",
		Detail:  "read the organisation from its management account or a delegated administrator (aws:org=ROLE). " + fail.Unknown().Detail,
	})
}

// publicThrough says whether a policy of a resource lets the public in, and no resource control policy of the organisation keeps it out. Such
// policies are counted where the organisation is audited: an account that is read by itself cannot read them.
func publicThrough(ctx context.Context, c *api.Context, doc kind.Attr[iampolicy.Document]) kind.Attr[bool] {
	public := asks(doc, iampolicy.Public)
	if open, known := public.Value(); known && !open || c.Account.Parent == nil {
		return public
	}
	bound := controlsOf(ctx, c)
	if bound.fail != nil {
		why := bound.fail.Unknown()
		why.Detail = "a resource control policy may keep the public out: " + why.Detail
		return kind.Because[bool](why)
	}
	return asks(kind.Convert(doc, func(d iampolicy.Document) iampolicy.Document {
		d.Statements = slices.Clone(d.Statements)
		for _, refused := range bound.refusals() {
			d.Statements, d.Unknown = append(d.Statements, refused.Statements...), d.Unknown || refused.Unknown
		}
		return d
	}), iampolicy.Public)
}

// opened is a policy that lets everybody do everything with the resources of a service, which access control lists can do too.
func opened(service string) iampolicy.Document {
	d := everything(service + ":*")
	d.Statements[0].Principal = iampolicy.Principals{
		Present: true, Values: []iampolicy.Principal{{Type: iampolicy.PrincipalEveryone, ID: iampolicy.Literal("*")}},
	}
	return d
}

// everything is a policy that allows the actions on all resources.
func everything(actions string) iampolicy.Document {
	all := func(pattern string) iampolicy.Patterns {
		return iampolicy.Patterns{Present: true, Values: []iampolicy.Str{iampolicy.Literal(pattern)}}
	}
	return iampolicy.Document{Statements: []iampolicy.Statement{{Effect: iampolicy.Allow, Action: all(actions), Resource: all("*")}}}
}

// controlsAt are the policies of a type at one level: the account, a unit or the root.
func controlsAt(
	ctx context.Context, c *api.Context, client *organizations.Client, target string, typ types.PolicyType,
) ([]iampolicy.Document, *api.Failure) {
	l := api.List(ctx, c, client.ListPoliciesForTarget, &organizations.ListPoliciesForTargetInput{TargetId: aws.String(target), Filter: typ},
		func(o *organizations.ListPoliciesForTargetOutput) []types.PolicySummary { return o.Policies })
	if l.Fail != nil {
		if l.Fail.Code == "PolicyTypeNotEnabledException" {
			return nil, nil
		}
		return nil, l.Fail
	}
	group := make([]iampolicy.Document, 0, len(l.Items))
	for _, p := range l.Items {
		d := api.SharedGlobal(c, "control policy "+aws.ToString(p.Id), func(c *api.Context) controlPolicy {
			return readControlPolicy(ctx, c, client, p.Id)
		})
		if d.fail != nil {
			return nil, d.fail
		}
		group = append(group, d.doc)
	}
	return group, nil
}

// controlPolicy is one service or resource control policy.
type controlPolicy struct {
	doc  iampolicy.Document
	fail *api.Failure
}

// readControlPolicy reads a policy; one that cannot be understood leaves open what it allows.
func readControlPolicy(ctx context.Context, c *api.Context, client *organizations.Client, id *string) controlPolicy {
	a := api.Ask(ctx, c, client.DescribePolicy, &organizations.DescribePolicyInput{PolicyId: id})
	if a.Fail != nil {
		return controlPolicy{fail: a.Fail}
	}
	text := ""
	if a.Out.Policy != nil {
		text = aws.ToString(a.Out.Policy.Content)
	}
	doc, err := iampolicy.Parse([]byte(text))
	if err != nil {
		doc = iampolicy.Document{Unknown: true}
	}
	return controlPolicy{doc: doc}
}
