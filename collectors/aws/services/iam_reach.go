package services

import (
	"context"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/reach"
)

// iamReach relates the users, roles and permission sets of the account to what they can read, write or administer among the resources that
// were found in it.
func iamReach(ctx context.Context, c *api.Context, found []api.Resource) {
	if !c.Wants("can_read", "can_write", "can_admin") {
		return
	}
	a := authorizationOf(ctx, c)
	if a.fail != nil && len(a.users)+len(a.roles) == 0 {
		return // coverage of principals and roles says so
	}
	assets, unread, why := assetsOf(c, a, found)
	index := reach.NewIndex(assets)
	bound := controlsOf(ctx, c)
	bounds, unbound := bound.bounds(c.Account.ID), bound.unboundBy()
	if bound.fail != nil {
		uncontrolled(c, bound.fail)
	}
	for _, id := range reachers(ctx, c, a) {
		who := reach.Identity{Identity: id.Identity, UID: id.arn, Account: c.Account.ID, Key: id.key}
		who.Boundaries = append(slices.Clone(who.Boundaries), bounds...)
		if strings.Contains(id.arn, ":iam:") {
			who.ARNs = []iampolicy.Str{iampolicy.Literal(id.arn)}
		}
		relateReached(c, index.Of(who), id, unread, unbound)
		if why == nil {
			continue
		}
		for _, level := range reach.Levels() { // a policy that was not read may let it in
			c.RelatePartly(reach.Relation(level), id.arn, "", *why)
		}
	}
}

// relateReached adds the edges of one identity. Those to a resource whose policy was not read may be denied there, and all may be denied by
// a service control policy that was not read.
func relateReached(c *api.Context, found reach.Found, id *identity, unread map[string]*evidence.Unknown, unbound *evidence.Unknown) {
	for _, e := range found.Edges {
		because := id.because()
		partly := !e.Complete
		for _, u := range []*evidence.Unknown{unread[e.UID], unbound} {
			if u != nil && !partly {
				partly, because = true, *u
			}
		}
		if partly {
			c.RelatePartly(reach.Relation(e.Level), id.arn, e.UID, because)
		} else {
			c.Relate(reach.Relation(e.Level), id.arn, e.UID)
		}
	}
	for _, level := range reach.Levels() {
		if found.Open[level] {
			c.RelatePartly(reach.Relation(level), id.arn, "", id.because())
		}
	}
}

// reachers are the identities of the account: its users and roles, and the permission sets that are assigned in it.
func reachers(ctx context.Context, c *api.Context, a *authorization) []*identity {
	out := slices.Clone(a.judge.identities())
	for _, x := range centersOf(ctx, c) {
		for _, s := range x.sets {
			if slices.Contains(s.accounts, c.Account.ID) {
				out = append(out, s.identity)
			}
		}
	}
	return out
}

// reachForm is how resources of a service are asked about.
type reachForm struct {
	prefixes []string // of the last field of the ARN; nil = any
	policy   bool     // whether such a resource can have a policy of its own
}

// reachForms are the services to whose resources identities are related, by the service in the ARN, as code's are.
func reachForms() map[string]reachForm {
	return map[string]reachForm{
		"s3":                {policy: true},
		"dynamodb":          {prefixes: []string{"table/"}, policy: true},
		"sqs":               {policy: true},
		"sns":               {policy: true},
		"kinesis":           {prefixes: []string{"stream/"}, policy: true},
		"elasticfilesystem": {prefixes: []string{"file-system/"}, policy: true},
		"ecr":               {prefixes: []string{"repository/"}, policy: true},
		"kms":               {prefixes: []string{"key/"}, policy: true},
		"secretsmanager":    {prefixes: []string{"secret:"}, policy: true},
		"backup":            {prefixes: []string{"backup-vault:"}, policy: true},
		"rds":               {prefixes: []string{"db:", "cluster:"}},
		"redshift":          {prefixes: []string{"cluster:"}},
		"elasticache":       {prefixes: []string{"replicationgroup:"}},
		"logs":              {prefixes: []string{"log-group:"}},
	}
}

// assetsOf turns what the units found into assets. Unread are those whose policy is not known, and why is the reason of the first.
func assetsOf(
	c *api.Context, a *authorization, found []api.Resource,
) (assets []reach.Asset, unread map[string]*evidence.Unknown, why *evidence.Unknown) {
	unread = make(map[string]*evidence.Unknown)
	forms := reachForms()
	for _, r := range found {
		fields := strings.SplitN(r.UID, ":", 6)
		if len(fields) < 6 || r.ThroughService {
			continue
		}
		form, known := forms[fields[2]]
		if !known || form.prefixes != nil && !slices.ContainsFunc(form.prefixes, func(p string) bool { return strings.HasPrefix(fields[5], p) }) {
			continue
		}
		asset := reach.Asset{
			Resource: iampolicy.Resource{Service: fields[2], ARNs: []iampolicy.Str{iampolicy.Literal(strings.TrimSuffix(r.UID, ":*"))}},
			UID:      r.UID, Account: c.Account.ID,
		}
		if owner := fields[4]; owner != "" {
			asset.Account = owner
		}
		gap := r.Unread
		switch {
		case !form.policy:
			gap = nil
		case !r.PolicyAsked:
			gap = &evidence.Unknown{Reason: evidence.NotCollected, Detail: "the collector does not read the policy of " + r.UID}
		case r.Policy != "":
			d := a.judge.document(&r.Policy)
			asset.Policy, gap = &d.Document, d.gap
			if gap != nil {
				asset.Policy = nil
			}
		}
		if gap != nil {
			unread[r.UID] = gap
			if fields[2] != "kms" && why == nil {
				why = gap
			}
		}
		assets = append(assets, asset)
	}
	return assets, unread, why
}
