package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/tri"
)

// reach relates every user, role and permission set to the stores, keys and vaults that it can read, write or administer. The edges
// follow from the policies of the identity, and from those of the resource where they name it; what a resource allows to the public
// is its exposure, and no relation of anybody in particular. Where a policy is not wholly known and could give access to a store or
// vault, the identity has an open relation.
func reach(c *mapping.Context) {
	assets := newCandidates(assetsOf(c))
	for _, typ := range []string{"aws_iam_user", "aws_iam_role", "aws_ssoadmin_permission_set"} {
		for _, v := range c.All(typ) {
			r := reacher{c: c, id: identityOf(c, v), services: make(map[string]bool)}
			for _, a := range assets.of(r.id.Identity) {
				r.relate(a)
			}
			r.close()
		}
	}
}

// levels are the relations by level of access.
func levels() map[iampolicy.Level]string {
	return map[iampolicy.Level]string{iampolicy.Read: "can_read", iampolicy.Write: "can_write", iampolicy.Admin: "can_admin"}
}

// reacher relates one identity.
type reacher struct {
	c        *mapping.Context
	id       *identity
	services map[string]bool // services of which a policy may allow an action
	open     [3]bool         // levels of which some relation is not known
}

func (r *reacher) relate(a asset) {
	for _, level := range []iampolicy.Level{iampolicy.Read, iampolicy.Write, iampolicy.Admin} {
		switch r.access(level, a) {
		case tri.True:
			r.c.Relate(levels()[level], r.id.view.UID(), a.uid)
		case tri.Unknown:
			if id, _ := r.towards(a); readable(id).Access(level, a.Resource) == tri.True {
				r.c.RelatePartly(levels()[level], r.id.view.UID(), a.uid, r.id.because())
			}
			r.open[level] = r.open[level] || a.Service != "kms"
		case tri.False:
		}
	}
}

// access tells whether the identity has a level of access to an asset.
func (r *reacher) access(level iampolicy.Level, a asset) tri.Value {
	id, may := r.towards(a)
	if !may {
		return tri.False
	}
	answer := id.Access(level, a.Resource)
	if r.sameAccount(a) == tri.False {
		return answer.And(tri.Unknown) // both policies must allow it, which they are not asked separately
	}
	return answer
}

// towards is the identity with what the asset's own policy gives it; false where nothing can allow it anything.
func (r *reacher) towards(a asset) (iampolicy.Identity, bool) {
	id := r.id.Identity
	granted := a.grants(r.id)
	switch {
	case a.Service == "kms" && a.policy != nil && !a.delegates(), r.sameAccount(a) == tri.False:
		id.Policies = []iampolicy.Document{granted}
	case !r.mayTouch(a.Service) && !slices.ContainsFunc(granted.Statements, isNoDeny):
		return id, false
	case len(granted.Statements) > 0:
		id.Policies = append(slices.Clone(id.Policies), granted)
	}
	return id, true
}

func isNoDeny(s iampolicy.Statement) bool { return s.Effect != iampolicy.Deny }

func (r *reacher) sameAccount(a asset) tri.Value {
	mine, known := r.id.view.Account().Value()
	theirs, alsoKnown := a.view.Account().Value()
	if !known || !alsoKnown {
		return tri.Unknown
	}
	return tri.Of(mine == theirs)
}

// readable is the identity without the policies of which nothing is known.
func readable(id iampolicy.Identity) iampolicy.Identity {
	id.Policies = slices.DeleteFunc(slices.Clone(id.Policies), func(d iampolicy.Document) bool { return d.Unknown && len(d.Statements) == 0 })
	return id
}

// close says which relations are not all known.
func (r *reacher) close() {
	for level, name := range levels() {
		if r.open[level] {
			r.c.RelateOpen(name, r.id.view.UID(), r.id.because())
		}
	}
}

// mayTouch reports whether some policy may allow an action of the service: asked first, since most identities touch few services.
func (r *reacher) mayTouch(service string) bool {
	if may, asked := r.services[service]; asked {
		return may
	}
	may := false
	for _, doc := range r.id.Policies {
		may = may || doc.Unknown || slices.ContainsFunc(doc.Statements, func(s iampolicy.Statement) bool { return speaksOf(s, service) })
	}
	r.services[service] = may
	return may
}

func speaksOf(s iampolicy.Statement, service string) bool {
	if s.Effect == iampolicy.Deny {
		return false
	}
	if s.Action.Not || s.Action.More {
		return true
	}
	for _, a := range s.Action.Values {
		text, known := a.Known()
		prefix, _, _ := strings.Cut(strings.ToLower(text), ":")
		if !known || strings.ContainsAny(prefix, "*?") || strings.HasPrefix(prefix, service) {
			return true
		}
	}
	return false
}

// asset is something that identities can reach.
type asset struct {
	iampolicy.Resource
	uid    string
	view   mapping.View
	policy *iampolicy.Document // of the resource; nil where it has none
}

func assetsOf(c *mapping.Context) []asset {
	var out []asset
	for _, e := range c.Entities() {
		v, ok := c.ViewOf(e)
		if !ok || e.UID != v.UID() || v.Instance.Mode == resource.Data {
			continue
		}
		if form, known := arnForms()[v.Instance.Type]; known && form.service != "" {
			out = append(out, asset{
				Resource: iampolicy.Resource{Service: form.service, ARNs: arnsOf(v)}, uid: e.UID, view: v, policy: resourcePolicy(v),
			})
		}
	}
	return out
}

// resourcePolicy reads the policy of a bucket, queue, topic or secret; the documents of several split resources add up.
func resourcePolicy(v mapping.View) *iampolicy.Document {
	split := map[string][2]string{
		"aws_s3_bucket": {"aws_s3_bucket_policy", "bucket"}, "aws_sqs_queue": {"aws_sqs_queue_policy", "queue_url"},
		"aws_sns_topic": {"aws_sns_topic_policy", "arn"}, "aws_secretsmanager_secret": {"aws_secretsmanager_secret_policy", "secret_arn"},
		"aws_dynamodb_table": {"aws_dynamodb_resource_policy", "resource_arn"}, "aws_kms_key": {"aws_kms_key_policy", "key_id"},
		"aws_backup_vault": {"aws_backup_vault_policy", "backup_vault_name"}, "aws_ecr_repository": {"aws_ecr_repository_policy", "repository"},
		"aws_efs_file_system": {"aws_efs_file_system_policy", "file_system_id"},
	}
	form, ok := split[v.Instance.Type]
	if !ok {
		return nil
	}
	var out iampolicy.Document
	parts, open := v.Parts(form[0], form[1])
	if v.Has("policy") {
		parts = append(parts, v)
	}
	for _, p := range parts {
		doc, _ := document(p, "policy")
		out.Statements = append(out.Statements, doc.Statements...)
		out.Unknown = out.Unknown || doc.Unknown
	}
	out.Unknown = out.Unknown || open != nil
	if len(parts) == 0 && open == nil {
		return nil
	}
	return &out
}

// grants returns the statements of the resource's policy that apply to the identity, as if they were its own: within an account, what
// either policy allows is allowed. A statement of which it is not known whether it applies gets a condition that is not known.
func (a asset) grants(id *identity) iampolicy.Document {
	if a.policy == nil {
		return iampolicy.Document{}
	}
	var out iampolicy.Document
	for _, s := range a.policy.Statements {
		applies := appliesTo(s, id.view)
		if applies == tri.False {
			continue
		}
		s.MoreConditions = s.MoreConditions || applies == tri.Unknown
		s.Principal = iampolicy.Principals{}
		out.Statements = append(out.Statements, s)
	}
	out.Unknown = a.policy.Unknown
	if out.Unknown {
		out.Statements = append(out.Statements, iampolicy.Statement{MoreConditions: true, Action: iampolicy.Patterns{More: true, Present: true}})
	}
	return out
}

// delegates reports whether the policy of a key may leave it to the account's own policies who can use the key, by a statement that
// speaks of the account. Without one, the policies of identities count for nothing.
func (a asset) delegates() bool {
	if a.policy.Unknown {
		return true
	}
	return slices.ContainsFunc(a.policy.Statements, func(s iampolicy.Statement) bool {
		return s.Effect != iampolicy.Deny && (s.Principal.More || slices.ContainsFunc(s.Principal.Values, func(p iampolicy.Principal) bool {
			return p.Type == iampolicy.PrincipalAWS && p.ID.HasSuffix(":root") != tri.False || p.ID.Is("*") != tri.False
		}))
	})
}

// appliesTo tells whether a statement of a resource's policy speaks of an identity. The account as a principal lets the account's
// own policies decide, which are read anyway.
func appliesTo(s iampolicy.Statement, v mapping.View) tri.Value {
	if !s.Principal.Present || v.Instance.Type == "aws_ssoadmin_permission_set" {
		return tri.False
	}
	public := s.Effect == iampolicy.Allow && len(s.Conditions) == 0 && !s.MoreConditions
	named := tri.False
	for _, p := range s.Principal.Values {
		if everyone := p.Type == iampolicy.PrincipalEveryone || p.ID.Is("*") == tri.True; everyone && public {
			continue
		}
		switch p.Type {
		case iampolicy.PrincipalEveryone:
			named = tri.True
		case iampolicy.PrincipalAWS:
			named = named.Or(p.ID.Is("*"))
			for _, arn := range identityARNs(v) {
				named = named.Or(sameParty(p.ID, arn))
			}
		}
	}
	if s.Principal.More {
		named = named.Or(tri.Unknown)
	}
	if s.Principal.Not {
		return named.Not()
	}
	return named
}

// sameParty tells whether a principal is the identity with the ARN. A principal is no pattern.
func sameParty(p, arn iampolicy.Str) tri.Value {
	text, known := p.Known()
	switch {
	case p.Equal(arn):
		return tri.True
	case known && strings.HasSuffix(text, ":root"), known && strings.Trim(text, "0123456789") == "":
		return tri.False
	}
	_, arnKnown := arn.Known()
	switch {
	case known && arnKnown:
		return tri.False
	case !known && len(p.Parts()) == 1 && p.Parts()[0].Ref != "":
		return tri.False // the ARN of something else, or compared with another form of the same ARN
	}
	return p.Overlaps(arn)
}
