package services

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/permission"
	"github.com/assay-audit/assay/internal/reference/managedpolicy"
	"github.com/assay-audit/assay/internal/tri"
)

// authorization is who may do what in an account: the answer of GetAccountAuthorizationDetails. Accounts hold hundreds of roles with few
// different policies, so each distinct document is parsed once, and each distinct set of documents judged once.
type authorization struct {
	users  []types.UserDetail
	roles  []types.RoleDetail
	groups []types.GroupDetail
	prov   *evidence.Provenance
	// fail is why some of it may be missing; nil where everything was read.
	fail *api.Failure

	managed map[string]types.ManagedPolicyDetail // by ARN
	holders map[string][]string                  // ARN of a managed policy to the ARNs of who has it, in the order of reading
	group   map[string]types.GroupDetail         // by name

	judge judge
}

// authorizationOf reads the authorization once per account.
func authorizationOf(ctx context.Context, c *api.Context) *authorization {
	return api.SharedGlobal(c, "iam authorization", func(c *api.Context) *authorization { return readAuthorization(ctx, c) })
}

func readAuthorization(ctx context.Context, c *api.Context) *authorization {
	type page = *iam.GetAccountAuthorizationDetailsOutput
	l := api.List(ctx, c, iam.NewFromConfig(c.AWS()).GetAccountAuthorizationDetails,
		&iam.GetAccountAuthorizationDetailsInput{MaxItems: aws.Int32(mostItems)},
		func(o page) []page { return []page{o} })
	a := &authorization{
		prov: l.Prov, fail: l.Fail, managed: map[string]types.ManagedPolicyDetail{}, holders: map[string][]string{},
		group: map[string]types.GroupDetail{},
	}
	for _, p := range l.Items {
		a.users = append(a.users, p.UserDetailList...)
		a.roles = append(a.roles, p.RoleDetailList...)
		a.groups = append(a.groups, p.GroupDetailList...)
		for _, m := range p.Policies {
			a.managed[aws.ToString(m.Arn)] = m
		}
	}
	for _, g := range a.groups {
		a.group[aws.ToString(g.GroupName)] = g
		a.hold(aws.ToString(g.Arn), g.AttachedManagedPolicies)
	}
	for _, u := range a.users {
		a.hold(aws.ToString(u.Arn), u.AttachedManagedPolicies)
	}
	for _, r := range a.roles {
		a.hold(aws.ToString(r.Arn), r.AttachedManagedPolicies)
	}
	a.judge = judge{
		a: a, documents: map[string]*parsed{}, verdicts: map[string]verdict{}, admins: map[string]tri.Value{}, named: map[string]tri.Value{},
	}
	return a
}

// mostItems is the largest page that IAM gives.
const mostItems = 1000

func (a *authorization) hold(arn string, policies []types.AttachedPolicy) {
	for _, p := range policies {
		name := aws.ToString(p.PolicyArn)
		a.holders[name] = append(a.holders[name], arn)
	}
}

// missing is why something that others name was not read.
func (a *authorization) missing(what string) *evidence.Unknown {
	if a.fail != nil {
		why := a.fail.Unknown()
		return &why
	}
	return &evidence.Unknown{Reason: evidence.NotCollected, Detail: what + " is not among what iam:GetAccountAuthorizationDetails returned"}
}

// parsed is a policy document with the reason why (part of) it is not known.
type parsed struct {
	iampolicy.Document
	gap *evidence.Unknown
	id  string // tells documents apart
}

// identity is what decides the permissions of a user, role or permission set, and why that is not wholly known.
type identity struct {
	iampolicy.Identity
	arn string
	gap *evidence.Unknown // nil where everything is known
	key string            // equal for identities with the same documents
}

// because is why an answer about the identity is not known.
func (i *identity) because() evidence.Unknown {
	if i.gap != nil {
		return *i.gap
	}
	return evidence.Unknown{
		Reason: evidence.Unresolved, Detail: "a permission of " + i.arn + " depends on a condition or on something that is not known",
	}
}

// judge memorises what was found out about documents and about identities with the same documents. It is safe for use by several units.
type judge struct {
	a *authorization

	mu        sync.Mutex
	documents map[string]*parsed   // by text
	verdicts  map[string]verdict   // by the identity's key
	admins    map[string]tri.Value // by the identity's key
	named     map[string]tri.Value // whether a pattern names an administrator, by pattern
	everybody []*identity          // users and roles of the account
}

// verdict is what an identity can do beyond its own permissions.
type verdict struct {
	privileged kind.Attr[bool]
	paths      kind.Attr[[]kind.PrincipalEscalationPath]
}

// document parses the text of a policy as IAM returns it, percent-encoded.
func (j *judge) document(text *string) *parsed {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.parse(aws.ToString(text))
}

func (j *judge) parse(text string) *parsed {
	if d, ok := j.documents[text]; ok {
		return d
	}
	d := &parsed{id: strconv.Itoa(len(j.documents))}
	j.documents[text] = d
	plain := text
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		if decoded, err := url.PathUnescape(text); err == nil {
			plain = decoded
		}
	}
	doc, err := iampolicy.Parse([]byte(plain))
	if err != nil {
		d.Unknown = true
		d.gap = &evidence.Unknown{Reason: evidence.ParseError, Detail: "the policy document cannot be read: " + err.Error()}
		return d
	}
	d.Document = doc
	return d
}

// unread is a document of which nothing is known.
func unread(id string, why *evidence.Unknown) *parsed {
	return &parsed{Document: iampolicy.Document{Unknown: true}, gap: why, id: id}
}

// policy is the document of a managed policy: the version that is in force.
func (j *judge) policy(arn string) *parsed {
	if m, ok := j.a.managed[arn]; ok {
		for _, v := range m.PolicyVersionList {
			if v.IsDefaultVersion && v.Document != nil {
				return j.document(v.Document)
			}
		}
	}
	if _, name, found := strings.Cut(arn, ":iam::aws:policy/"); found {
		if p, known := managedpolicy.Find(name); known {
			return j.document(aws.String(string(p.Document)))
		}
	}
	return unread("?"+arn, j.a.missing("the document of "+arn))
}

// documentsOf are the documents that an identity or group holds itself.
func (j *judge) documentsOf(inline []types.PolicyDetail, attached []types.AttachedPolicy) []*parsed {
	out := make([]*parsed, 0, len(inline)+len(attached))
	for _, p := range inline {
		out = append(out, j.document(p.PolicyDocument))
	}
	for _, p := range attached {
		out = append(out, j.policy(aws.ToString(p.PolicyArn)))
	}
	return out
}

// identity gathers documents and a permissions boundary. More are reasons why there may be further documents.
func (j *judge) identity(arn string, docs, boundary []*parsed, more ...*evidence.Unknown) *identity {
	id := &identity{arn: arn}
	for _, why := range more {
		if why != nil {
			docs = append(docs, unread("?"+arn, why))
		}
	}
	keys := make([]string, 0, len(docs)+len(boundary)+1)
	add := func(d *parsed) iampolicy.Document {
		keys = append(keys, d.id)
		if d.gap != nil && id.gap == nil {
			id.gap = d.gap
		}
		return d.Document
	}
	for _, d := range docs {
		id.Policies = append(id.Policies, add(d))
	}
	slices.Sort(keys)
	if len(boundary) > 0 {
		var group []iampolicy.Document
		keys = append(keys, "|")
		for _, d := range boundary {
			group = append(group, add(d))
		}
		id.Boundaries = [][]iampolicy.Document{group}
	}
	id.key = strings.Join(keys, " ")
	return id
}

func (j *judge) boundary(b *types.AttachedPermissionsBoundary) []*parsed {
	if b == nil || aws.ToString(b.PermissionsBoundaryArn) == "" {
		return nil
	}
	return []*parsed{j.policy(aws.ToString(b.PermissionsBoundaryArn))}
}

// user is the identity of a user: its own policies, and those of its groups.
func (j *judge) user(u types.UserDetail) *identity {
	docs := j.documentsOf(u.UserPolicyList, u.AttachedManagedPolicies)
	var more *evidence.Unknown
	for _, name := range u.GroupList {
		g, ok := j.a.group[name]
		if !ok {
			more = j.a.missing("the group " + name)
			continue
		}
		docs = append(docs, j.documentsOf(g.GroupPolicyList, g.AttachedManagedPolicies)...)
	}
	return j.identity(aws.ToString(u.Arn), docs, j.boundary(u.PermissionsBoundary), more)
}

// role is the identity of a role.
func (j *judge) role(r types.RoleDetail) *identity {
	return j.identity(aws.ToString(r.Arn), j.documentsOf(r.RolePolicyList, r.AttachedManagedPolicies), j.boundary(r.PermissionsBoundary))
}

// identities are the users and roles of the account, in the order of reading.
func (j *judge) identities() []*identity {
	j.mu.Lock()
	out := j.everybody
	j.mu.Unlock()
	if out != nil {
		return out
	}
	out = make([]*identity, 0, len(j.a.users)+len(j.a.roles))
	for _, u := range j.a.users {
		out = append(out, j.user(u))
	}
	for _, r := range j.a.roles {
		out = append(out, j.role(r))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.everybody = out
	return out
}

// privileges says what an identity can do beyond its own permissions.
func (j *judge) privileges(id *identity) verdict {
	everybody := j.identities()
	j.mu.Lock()
	defer j.mu.Unlock()
	if v, ok := j.verdicts[id.key]; ok {
		return v
	}
	opts := iampolicy.EscalationOptions{MorePrivileged: func(pattern iampolicy.Str) tri.Value { return j.morePrivileged(everybody, pattern) }}
	var v verdict
	v.privileged, v.paths = permission.Privileges(id.Identity, opts, id.gap, id.because())
	j.verdicts[id.key] = v
	return v
}

// morePrivileged tells whether what a pattern names is a user or role of the account that is an administrator. What the functions and
// hosts of the account may do is not followed.
func (j *judge) morePrivileged(everybody []*identity, pattern iampolicy.Str) tri.Value {
	text, known := pattern.Known()
	if !known {
		return tri.Unknown
	}
	if v, ok := j.named[text]; ok {
		return v
	}
	fields := strings.SplitN(text, ":", 6)
	if len(fields) != 6 || fields[2] != "iam" {
		return tri.Unknown
	}
	result := tri.False
	if j.a.fail != nil {
		result = tri.Unknown
	}
	for _, id := range everybody {
		covers := pattern.Covers(iampolicy.Literal(id.arn))
		if covers == tri.False {
			continue
		}
		if result = result.Or(covers.And(j.administrator(id))); result == tri.True {
			break
		}
	}
	j.named[text] = result
	return result
}

func (j *judge) administrator(id *identity) tri.Value {
	if v, ok := j.admins[id.key]; ok {
		return v
	}
	v := id.Administrator()
	j.admins[id.key] = v
	return v
}
