package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// iamUsers reads the users of the account and the root user, with their credentials.
func iamUsers(ctx context.Context, c *api.Context, a *authorization) {
	r := reportOf(ctx, c)
	reconcile(c, a, r)
	devices := devicesOf(ctx, c)
	tokens := serviceCredentialsOf(ctx, c)
	api.Each(ctx, c, a.users, func(ctx context.Context, u types.UserDetail) {
		iamUser(ctx, c, a, r, devices, tokens, u)
	})
	iamRoot(ctx, c, r, devices)
	if c.Wants("credential") {
		unassignedDevices(c, devices)
	}
}

// iamUser reads one user.
func iamUser(
	ctx context.Context, c *api.Context, a *authorization, r *credentialReport, devices mfaDevices, tokens serviceTokens, u types.UserDetail,
) {
	arn, name := aws.ToString(u.Arn), aws.ToString(u.UserName)
	in := r.line(arn)
	tags := tagsOfIAM(a, u.Tags)
	console := in.yes("password_enabled")
	key := kind.Either(in.yes("access_key_1_active"), in.yes("access_key_2_active"))
	ssh := sshKeysOf(ctx, c, name)
	email := tags.Label([]string{"email", "e-mail"})
	p := kind.Principal{
		Type: iamUserType(console, key, email), Source: kind.Known("aws_iam"), Name: kind.Known(name).From(a.prov),
		Enabled: kind.AnyOf([]kind.Attr[bool]{
			console, key, in.yes("cert_1_active"), in.yes("cert_2_active"), ssh.active, tokens.active(name),
		}),
		Interactive: console, CreatedAt: api.Time(u.CreateDate).From(a.prov),
		LastUsedAt:        lastUse(in.at("password_last_used"), in.at("access_key_1_last_used_date"), in.at("access_key_2_last_used_date")),
		Purpose:           purposeOf(tags),
		Shared:            sharedLogin(tags, name),
		MFAEnabled:        in.yes("mfa_active"),
		DirectPolicyCount: kind.Known(int64(len(u.UserPolicyList) + len(u.AttachedManagedPolicies))).From(a.prov),
		Email:             email,
	}
	p.DisabledAt = kind.Then(p.Enabled, func(on bool) kind.Attr[kind.Time] {
		if on {
			return kind.Null[kind.Time]()
		}
		return kind.Unknown[kind.Time](evidence.Unsupported, "IAM does not say since when a user has no credential")
	})
	p.MFAPhishingResistant = devices.resistant(arn, p.MFAEnabled)
	p.Groups = iamGroups(c, a, u)
	v := a.judge.privileges(a.judge.user(u))
	p.Privileged, p.EscalationPaths = v.privileged.From(a.prov), v.paths.From(a.prov)
	c.Emit(api.Entity{Kind: "principal", UID: arn, Name: name, Aliases: []string{aws.ToString(u.UserId)}, Prov: a.prov}, p)
	c.Relate("owned_by", arn, tagText(u.Tags, "owner"))
	if c.Wants("credential") {
		iamUserCredentials(ctx, c, arn, name, in)
		mfaCredentials(ctx, c, devices, arn, name, p.MFAEnabled)
		ssh.emit(ctx, c, arn)
		tokens.emit(c, arn, name)
	}
}

// iamUserType: a console password is for people; an access key alone is for software; with neither, an address makes it a person's.
func iamUserType(console, key kind.Attr[bool], email kind.Attr[string]) kind.Attr[string] {
	return kind.Then(console, func(yes bool) kind.Attr[string] {
		if yes {
			return kind.Known("human")
		}
		return kind.Then(key, func(yes bool) kind.Attr[string] {
			switch {
			case yes:
				return kind.Known("workload")
			case email.IsKnown():
				return kind.Known("human")
			}
			return kind.Unknown[string](evidence.Unresolved, "it has neither a console password nor an active access key, and no tag names a person")
		})
	})
}

// iamGroups lists the ARNs of a user's groups, and relates the user to them.
func iamGroups(c *api.Context, a *authorization, u types.UserDetail) kind.Attr[[]string] {
	list := make([]string, 0, len(u.GroupList))
	var more *evidence.Unknown
	for _, name := range u.GroupList {
		g, ok := a.group[name]
		if !ok {
			more = a.missing("the group " + name)
			continue
		}
		list = append(list, aws.ToString(g.Arn))
		c.Relate("member_of", aws.ToString(u.Arn), aws.ToString(g.Arn))
	}
	slices.Sort(list)
	if more != nil {
		c.RelatePartly("member_of", aws.ToString(u.Arn), "", *more)
		return kind.AtLeast(list, *more).From(a.prov)
	}
	return kind.Known(list).From(a.prov)
}

// purposeOf reads a tag; what an identity is for cannot be told from its permissions.
func purposeOf(tags api.Tags) kind.Attr[string] {
	text := tags.Label([]string{"purpose", "principal-purpose"})
	if text.IsNull() {
		return kind.Unknown[string](evidence.NotInPlane, "no tag states a purpose")
	}
	return kind.Then(text, func(s string) kind.Attr[string] {
		s = strings.ReplaceAll(s, "-", "_")
		if !slices.Contains([]string{"standard", "admin", "break_glass", "service"}, s) {
			return kind.Unknown[string](evidence.NotInPlane, "no tag states a purpose that is known")
		}
		return kind.Known(s)
	})
}

// genericNames are login names that name no person, so that several may use them.
func genericNames() []string {
	return []string{
		"admin", "administrator", "admins", "test", "tester", "user", "users", "guest", "shared", "team", "support", "helpdesk", "ops", "operations",
		"dev", "developer", "developers", "office", "reception", "intern", "temp", "demo", "root", "sysadmin", "dba", "common", "generic",
	}
}

// sharedLogin tells whether several people use a login: a tag says so, or its name, numbers aside, is a generic one.
func sharedLogin(tags api.Tags, name string) kind.Attr[bool] {
	label := tags.Label([]string{"shared"})
	if text, known := label.Value(); known {
		return kind.Known(text == "true" || text == "yes" || text == "1").From(tags.Prov)
	}
	bare := strings.TrimRight(strings.ToLower(name), "0123456789-_.")
	return kind.Convert(label.IfNull(""), func(string) bool { return slices.Contains(genericNames(), bare) })
}

// iamRoot is the root user of the account, which has every right and no policies.
func iamRoot(ctx context.Context, c *api.Context, r *credentialReport, devices mfaDevices) {
	arn := rootARN(c)
	in := r.line(rootInReport)
	sum := summaryOf(ctx, c)
	password := rootPassword(c, sum)
	noTags := "the root user has no tags"
	p := kind.Principal{
		Type: kind.Known("root"), Source: kind.Known("aws_iam"), Name: kind.Known("root"),
		Enabled:     kind.Not(managedCentrally(c, sum)),
		Interactive: password, CreatedAt: in.at("user_creation_time"), DisabledAt: kind.Null[kind.Time](),
		LastUsedAt: lastUse(in.at("password_last_used"), in.at("access_key_1_last_used_date"), in.at("access_key_2_last_used_date")),
		Purpose:    kind.Unknown[string](evidence.NotInPlane, noTags), Shared: kind.Unknown[bool](evidence.NotInPlane, noTags),
		MFAEnabled: rootMFA(sum), Groups: kind.Known([]string{}), DirectPolicyCount: kind.Known[int64](0), Privileged: kind.Known(true),
		EscalationPaths: kind.Known([]kind.PrincipalEscalationPath{}),
		Email:           kind.Unknown[string](evidence.NotCollected, "the address of the root user is not read"),
	}
	p.MFAPhishingResistant = devices.resistant(arn, p.MFAEnabled)
	if on, known := p.Enabled.Value(); !known || !on {
		p.DisabledAt = kind.Unknown[kind.Time](evidence.Unsupported, "IAM does not say since when the root user has no credential")
	}
	c.Emit(api.Entity{Kind: "principal", UID: arn, Name: "root", Prov: r.prov}, p)
	if !c.Wants("credential") {
		return
	}
	if has, known := password.Value(); known && has {
		c.Emit(api.Entity{Kind: "credential", UID: arn + "#password", Name: "password of the root user", Prov: sum.Prov}, kind.Credential{
			Type: kind.Known("password"), Active: kind.Known(true).From(sum.Prov), InUse: kind.NA[bool](), KeySpec: kind.NA[string](),
			CreatedAt:  in.at("user_creation_time"),
			RotatedAt:  kind.Unknown[kind.Time](evidence.Unsupported, "IAM does not say when the root user's password was changed"),
			LastUsedAt: in.at("password_last_used"), ExpiresAt: kind.Null[kind.Time](),
		})
		c.Relate("credential_of", arn+"#password", arn)
	}
	accessKeys(c, arn, "the root user", in)
	mfaCredentials(ctx, c, devices, arn, "", kind.Known(false)) // hardware devices of root cannot be listed
}
