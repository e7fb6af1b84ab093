package api

import (
	"regexp"
	"strings"
)

// Refusal is who denied a call, as AWS's message tells it. A call is allowed only where every layer of policies allows it, so that an allow
// in the role's own policies helps against one kind of refusal only.
//
// Source: IAM User Guide, "Troubleshoot access denied error messages". Not every service says it, and AWS names one layer where several deny.
type Refusal struct {
	// Policy is the type of the policy that denied, in AWS's words: "identity-based policy", "service control policy", "resource control
	// policy", "permissions boundary", "session policy", "resource-based policy", "VPC endpoint policy", "role trust policy". "" where AWS
	// does not say.
	Policy string
	// Explicit is set where a policy of the type has a statement that denies; otherwise none has one that allows.
	Explicit bool
	// ARN is the policy that denies explicitly; "" where AWS does not name it, as to a caller outside the policy's organisation.
	ARN string
}

// identityBased is the type of the policies that are attached to a user or role.
const identityBased = "identity-based policy"

var (
	refusedAction   = regexp.MustCompile(`not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)`)
	explicitRefusal = regexp.MustCompile(`with an explicit deny in (?:an? |the )?([A-Za-z -]+[a-z])(?:: (arn:[^\s]*[^\s.,]))?`)
	implicitRefusal = regexp.MustCompile(`because no ([A-Za-z -]+?) allows `)
)

// refusalOf reads from AWS's message which action was refused, and by whom. Both are empty where the message does not say.
func refusalOf(message string) (string, Refusal) {
	var action string
	if m := refusedAction.FindStringSubmatch(message); m != nil {
		action = m[1]
	}
	if m := explicitRefusal.FindStringSubmatch(message); m != nil {
		return action, Refusal{Policy: m[1], Explicit: true, ARN: m[2]}
	}
	if m := implicitRefusal.FindStringSubmatch(message); m != nil {
		return action, Refusal{Policy: m[1]}
	}
	return action, Refusal{}
}

// because says who denied, as the end of "the call is denied"; "" where that is not known.
func (r Refusal) because() string {
	switch {
	case r.Policy == "":
		return ""
	case !r.Explicit:
		return ": no " + r.Policy + " allows it"
	}
	return " explicitly by " + r.named()
}

// named is the type of the policy with its article, and the policy itself where AWS names it.
func (r Refusal) named() string {
	named := "a " + r.Policy
	if r.Policy == identityBased {
		named = "an " + r.Policy
	}
	if r.ARN != "" {
		named += " (" + r.ARN + ")"
	}
	return named
}

// remedy is where the actions must be allowed, or no longer denied.
func (r Refusal) remedy(actions string) string {
	switch {
	case r.Policy == "" || r.Policy == identityBased && !r.Explicit:
		return "allow " + actions + " (assay aws permissions prints the whole policy)"
	case strings.HasSuffix(r.Policy, "control policy") && r.Explicit:
		return "the organisation denies " + actions + " in " + r.named() + ": exempt the role that audits there; no policy of the role changes it"
	case strings.HasSuffix(r.Policy, "control policy"):
		return "the organisation allows " + actions + " in no " + r.Policy + ": allow it there; no policy of the role changes it"
	case r.Explicit:
		return "take the denial of " + actions + " out of " + r.named() + ", or exempt the role that audits: an allow elsewhere does not outweigh it"
	}
	return "allow " + actions + " in the " + r.Policy + " too: a policy of the role alone is not enough"
}
