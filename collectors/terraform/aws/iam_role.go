package aws

import (
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/permission"
	"github.com/assay-audit/assay/internal/tri"
)

// hour is how long a session of a role lasts at most where the code does not say.
const hour = 3600

func iamRole(c *mapping.Context, v mapping.View) {
	r := kind.Role{MaxSessionSeconds: v.Int("max_session_duration").Or(hour)}
	doc, gap := document(v, "assume_role_policy")
	trust := iampolicy.AnalyseTrust(doc, iampolicy.TrustOptions{OwnAccounts: ownAccounts(c, v)})
	why := evidence.Unknown{Reason: evidence.Unresolved, Detail: "part of the trust policy is not known"}
	if gap != nil {
		why = *gap
	}
	at := v.ProvenanceOf("assume_role_policy")
	r.HumanAssumable = permission.Truth(trust.HumanAssumable, why).From(at)
	r.Trust = permission.Trusts(trust, func(t iampolicy.Trust) kind.Attr[bool] { return external(c, v, t) }, why).From(at)
	r.Privileged, r.EscalationPaths = privileges(c, identityOf(c, v))
	e := c.Emit(v, "role", named(v, "name"), "", r)
	for _, t := range trust.Trusts {
		if r, ok := declared(c, t.Principal); ok {
			c.Relate("can_assume", r.UID(), e.UID)
		}
	}
	inline, _ := v.Blocks("inline_policy")
	for i, b := range inline {
		if b.Has("policy") {
			emitPolicy(c, v, inlineSuffix(b, i), named(b, "name"), "inline", inlinePolicy(b, inlineUID(v, b, i), "policy"))
		}
	}
}

// inlineSuffix names an inline_policy block by its name argument, else by its place.
func inlineSuffix(block mapping.View, i int) string {
	if name, known := block.String("name").Known(); known && name != "" {
		return "inline_policy." + name
	}
	return "inline_policy." + strconv.Itoa(i)
}

// ownAccounts are the account ids that are known to be the own ones: that of the role itself.
func ownAccounts(c *mapping.Context, v mapping.View) []string {
	var out []string
	for _, id := range []string{v.AccountID(), c.AccountID()} {
		if id != "" {
			out = append(out, id)
		}
	}
	return out
}

// external says whether a trusted party is outside of the own accounts. What is declared or looked up in the own account, and an
// ARN with the own account's id, is not.
func external(c *mapping.Context, v mapping.View, t iampolicy.Trust) kind.Attr[bool] {
	answer := t.External
	if answer == tri.Unknown {
		if owner, ok := accountBehind(c, t.Principal); ok && owner == accountUID(v) && owner != "" {
			answer = tri.False
		}
	}
	return permission.Truth(answer, evidence.Unknown{
		Reason: evidence.NotInPlane, Detail: "which accounts belong to the organisation is not part of the configuration",
	})
}

func accountUID(v mapping.View) string {
	uid, _ := v.Account().Value()
	return uid
}

// accountBehind returns the UID of the account that a principal with an unknown part belongs to: "${aws_iam_user.u.arn}" to that of
// the user, "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" to that of the caller.
func accountBehind(c *mapping.Context, principal string) (string, bool) {
	if r, ok := declared(c, principal); ok {
		return accountUID(r), true
	}
	_, rest, _ := strings.Cut(principal, ":iam::")
	if rest == "" {
		rest = principal // the bare id of an account
	}
	ref, tail, found := strings.Cut(strings.TrimPrefix(rest, "${"), "}")
	address, isID := strings.CutSuffix(ref, ".account_id")
	if !found || !isID || !strings.HasPrefix(rest, "${") || !strings.Contains(address, "aws_caller_identity.") || tail != "" && tail[0] != ':' {
		return "", false
	}
	if address == callerIdentity {
		return c.AccountUID(), true
	}
	for _, r := range c.At(address) {
		return accountUID(c.View(r)), true
	}
	return "", false
}

// declared returns the resource whose ARN, and nothing else, a principal is.
func declared(c *mapping.Context, principal string) (mapping.View, bool) {
	ref, ok := strings.CutPrefix(principal, "${")
	if !ok {
		v, ok := identitiesByARN(c)[principal]
		return v, ok
	}
	address, ok := strings.CutSuffix(ref, ".arn}")
	if !ok {
		return mapping.View{}, false
	}
	if found := c.At(address); len(found) == 1 {
		return c.View(found[0]), true
	}
	return mapping.View{}, false
}

// identitiesByARN are the users and roles declared here whose whole ARN is known.
func identitiesByARN(c *mapping.Context) map[string]mapping.View {
	return mapping.Memo(c, "identities by arn", func() map[string]mapping.View {
		out := make(map[string]mapping.View)
		for _, v := range append(c.All("aws_iam_user"), c.All("aws_iam_role")...) {
			for _, arn := range identityARNs(v) {
				if text, known := arn.Known(); known {
					out[text] = v
				}
			}
		}
		return out
	})
}
