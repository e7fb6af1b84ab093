package iampolicy

import (
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// subjectForm is how tokens of a web identity provider write the subject of a workload.
type subjectForm struct {
	// prefix begins each subject of this form.
	prefix string
	// separator divides the subject; the first fixed segments name the workload and must hold no wildcard.
	separator string
	fixed     int
}

// subjectForms lists the subjects of workloads: GitHub Actions, GitLab, Kubernetes service accounts (EKS), HCP Terraform,
// CircleCI, Bitbucket pipelines and Spacelift, each after the provider's documentation of its OpenID Connect tokens.
func subjectForms() [6]subjectForm {
	return [...]subjectForm{
		{"repo:", ":", 2},                  // repo:ORG/REPOSITORY:ref:refs/heads/BRANCH
		{"project_path:", ":", 2},          // project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH
		{"system:serviceaccount:", ":", 4}, // system:serviceaccount:NAMESPACE:NAME
		{"organization:", ":", 6},          // organization:ORG:project:PROJECT:workspace:NAME:run_phase:PHASE
		{"org/", "/", 4},                   // org/ORG/project/PROJECT/user/USER
		{"space:", ":", 4},                 // space:SPACE:stack:STACK:run_type:TYPE:scope:SCOPE
	}
}

// pinsSubject tells whether the condition limits tokens to subjects that the policy fixes; see [TrustConditions].
func (c Condition) pinsSubject(provider Str) tri.Value {
	key := c.Key.subjectKey(provider)
	switch {
	case key == tri.False:
		return tri.False
	case c.Operator == "":
		return tri.Unknown
	case c.IfExists || c.Set == "ForAllValues":
		return tri.False
	}
	if !isTextOperator(c.Operator) {
		_, negated := c.base()
		return tri.Of(!negated).And(tri.Unknown)
	}
	result := tri.Of(len(c.Values) > 0 || c.More)
	for _, v := range c.Values {
		result = result.And(c.pinned(v))
	}
	if c.More {
		result = result.And(tri.Unknown)
	}
	return key.And(result)
}

// subjectKey tells whether a condition key is the subject claim of a provider: "HOST:sub", or the claims of GitHub that
// name one repository; of Cognito, the identity pool.
func (s Str) subjectKey(provider Str) tri.Value {
	if provider.IsFold("cognito-identity.amazonaws.com") == tri.True {
		return s.IsFold("cognito-identity.amazonaws.com:aud")
	}
	result := tri.False
	for _, claim := range [...]string{":sub", ":repository", ":repository_id", ":job_workflow_ref"} {
		result = result.Or(s.HasSuffix(claim))
	}
	return result
}

// pinned tells whether one value fixes a workload.
func (c Condition) pinned(value Str) tri.Value {
	if c.Operator == opStringEquals || c.Operator == opStringEqualsFold || value.HasWildcard() == tri.False {
		return tri.True // to these operators a wildcard is a character
	}
	text := value.outline()
	for _, form := range subjectForms() {
		if strings.HasPrefix(text, form.prefix) {
			return form.pins(text)
		}
	}
	if strings.HasPrefix(text, "*") {
		return tri.False
	}
	return tri.Unknown
}

// pins tells whether the segments that name the workload are there and hold no wildcard.
func (f subjectForm) pins(text string) tri.Value {
	segments := strings.SplitN(text, f.separator, f.fixed+1)
	head := strings.Join(segments[:min(f.fixed, len(segments))], f.separator)
	switch {
	case strings.Contains(head, openHole), strings.Contains(head, "${"):
		return tri.Unknown
	case strings.ContainsAny(head, "*?") || len(segments) < f.fixed:
		return tri.False
	default:
		return tri.True
	}
}

// providerHuman tells whether people sign in at an identity provider that a statement trusts. Of a provider that is only
// known by reference, the subjects that the statement demands tell.
func (s Statement) providerHuman(provider Str) tri.Value {
	text := strings.ToLower(provider.outline())
	switch {
	case strings.Contains(text, ":saml-provider/"):
		return tri.True
	case (Principal{Type: PrincipalFederated, ID: provider}).isOpenProvider() == tri.True:
		return tri.True
	}
	if _, url, found := strings.Cut(text, ":oidc-provider/"); found && isWorkloadProvider(url) {
		return tri.False
	}
	saml := s.Action.covers(Literal("sts:AssumeRoleWithSAML"), true)
	web := s.Action.covers(Literal("sts:AssumeRoleWithWebIdentity"), true)
	if saml == tri.True && web == tri.False {
		return tri.True
	}
	for _, c := range s.Conditions {
		if c.IfExists || !isTextOperator(c.Operator) || c.Key.HasSuffix(":sub") != tri.True {
			continue
		}
		if c.workloadsOnly() {
			return tri.False
		}
	}
	return tri.Unknown
}

// isWorkloadProvider tells whether a provider, by its URL without the scheme, gives tokens to workloads and not to
// people: EKS clusters and hosted build services.
func isWorkloadProvider(url string) bool {
	host, _, _ := strings.Cut(url, "/")
	switch host {
	case "token.actions.githubusercontent.com", "gitlab.com", "api.bitbucket.org", "oidc.circleci.com", "app.terraform.io",
		"agent.buildkite.com", "oidc.vercel.com", "vstoken.dev.azure.com":
		return true
	}
	return strings.HasPrefix(host, "oidc.eks.") || strings.HasPrefix(host, "oidc-eks.")
}

// workloadsOnly tells whether each subject that the condition lets in has the form of a workload's.
func (c Condition) workloadsOnly() bool {
	if c.More || len(c.Values) == 0 {
		return false
	}
	for _, v := range c.Values {
		workload := false
		for _, form := range subjectForms() {
			workload = workload || v.HasPrefix(form.prefix) == tri.True
		}
		if !workload {
			return false
		}
	}
	return true
}
