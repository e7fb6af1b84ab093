package iampolicy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/tri"
)

// demands are conditions of which none is demanded but those that are set to true.
func demands(mfa, externalID, orgID, subject tri.Value) iampolicy.TrustConditions {
	return iampolicy.TrustConditions{MFA: mfa, ExternalID: externalID, OrgID: orgID, SubjectPinned: subject}
}

func trusting(principal, action, condition string) string {
	if condition == "" {
		condition = "{}"
	}
	return `{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `","Condition":` + condition + `}`
}

func TestAnalyseTrust(t *testing.T) {
	t.Parallel()
	const yes, no, unsure = tri.True, tri.False, tri.Unknown
	opts := iampolicy.TrustOptions{OwnAccounts: []string{"111111111111"}, OwnComplete: true}
	for _, c := range []struct {
		name   string
		policy []string
		want   []iampolicy.Trust
		human  tri.Value
	}{
		{
			"service",
			[]string{trusting(`{"Service":"ec2.amazonaws.com"}`, "sts:AssumeRole", "")},
			[]iampolicy.Trust{{Principal: "ec2.amazonaws.com", Type: iampolicy.TrustService, External: no, Human: no, Conditions: demands(no, no, no, no)}},
			no,
		},
		{
			"own account with MFA",
			[]string{trusting(`{"AWS":"arn:aws:iam::111111111111:root"}`, "sts:AssumeRole", `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)},
			[]iampolicy.Trust{{
				Principal: "arn:aws:iam::111111111111:root", Type: iampolicy.TrustAccount, External: no, Human: yes, Conditions: demands(yes, no, no, no),
			}},
			yes,
		},
		{
			"MFA only if the request says so",
			[]string{trusting(`{"AWS":"111111111111"}`, "sts:AssumeRole", `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`)},
			[]iampolicy.Trust{{Principal: "111111111111", Type: iampolicy.TrustAccount, External: no, Human: yes, Conditions: demands(no, no, no, no)}},
			yes,
		},
		{
			"recent MFA",
			[]string{trusting(`{"AWS":"111111111111"}`, "sts:AssumeRole", `{"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}`)},
			[]iampolicy.Trust{{Principal: "111111111111", Type: iampolicy.TrustAccount, External: no, Human: yes, Conditions: demands(yes, no, no, no)}},
			yes,
		},
		{
			"MFA by a Deny",
			[]string{
				trusting(`{"AWS":"111111111111"}`, "sts:AssumeRole", ""),
				`{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`,
			},
			[]iampolicy.Trust{{Principal: "111111111111", Type: iampolicy.TrustAccount, External: no, Human: yes, Conditions: demands(yes, no, no, no)}},
			yes,
		},
		{
			"partner with external id",
			[]string{trusting(`{"AWS":["arn:aws:iam::222222222222:role/scan"]}`, "sts:AssumeRole", `{"StringEquals":{"sts:ExternalId":"abc"}}`)},
			[]iampolicy.Trust{{
				Principal: "arn:aws:iam::222222222222:role/scan", Type: iampolicy.TrustAccount, External: yes, Human: yes, Conditions: demands(no, yes, no, no),
			}},
			yes,
		},
		{
			"any external id",
			[]string{trusting(`{"AWS":"222222222222"}`, "sts:AssumeRole", `{"StringLike":{"sts:ExternalId":"*"}}`)},
			[]iampolicy.Trust{{Principal: "222222222222", Type: iampolicy.TrustAccount, External: yes, Human: yes, Conditions: demands(no, no, no, no)}},
			yes,
		},
		{
			"everyone of the organisation",
			[]string{trusting(`"*"`, "sts:AssumeRole", `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)},
			[]iampolicy.Trust{{Principal: "*", Type: iampolicy.TrustAny, External: yes, Human: yes, Conditions: demands(no, no, yes, no)}},
			yes,
		},
		{
			"deleted principal",
			[]string{trusting(`{"AWS":"AROAEXAMPLEEXAMPLE"}`, "sts:AssumeRole", "")},
			[]iampolicy.Trust{{Principal: "AROAEXAMPLEEXAMPLE", Type: iampolicy.TrustAccount, External: unsure, Human: yes, Conditions: demands(no, no, no, no)}},
			yes,
		},
		{
			"Identity Center",
			[]string{trusting(`{"Federated":"arn:aws:iam::111111111111:saml-provider/AWSSSO_0123_DO_NOT_DELETE"}`, "sts:AssumeRoleWithSAML", `{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}`)},
			[]iampolicy.Trust{{
				Principal: "arn:aws:iam::111111111111:saml-provider/AWSSSO_0123_DO_NOT_DELETE", Type: iampolicy.TrustFederated,
				External: no, Human: yes, Conditions: demands(no, no, no, no),
			}},
			yes,
		},
		{"session tags alone", []string{trusting(`{"AWS":"*"}`, "sts:TagSession", "")}, nil, no},
		{"denied again", []string{
			trusting(`{"AWS":"*"}`, "sts:AssumeRole", ""), `{"Effect":"Deny","Principal":"*","Action":"sts:*"}`,
		}, nil, no},
	} {
		got := iampolicy.AnalyseTrust(statements(t, c.policy...), opts)
		want := iampolicy.TrustAnalysis{Trusts: c.want, HumanAssumable: c.human, Complete: true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestAnalyseTrustUnknown(t *testing.T) {
	t.Parallel()
	got := iampolicy.AnalyseTrust(iampolicy.Document{Unknown: true}, iampolicy.TrustOptions{})
	if diff := cmp.Diff(iampolicy.TrustAnalysis{}, got); diff != "" {
		t.Errorf("unknown document (-want +got):\n%s", diff)
	}
	// An account id that is only known after apply; own accounts not all known.
	doc := statements(t, trusting(`{"AWS":"333333333333"}`, "sts:AssumeRole", ""))
	doc.Statements[0].Principal.Values = append(doc.Statements[0].Principal.Values,
		iampolicy.Principal{Type: iampolicy.PrincipalAWS, ID: join("arn:aws:iam::", iampolicy.Hole(), ":root")})
	got = iampolicy.AnalyseTrust(doc, iampolicy.TrustOptions{OwnAccounts: []string{"111111111111"}})
	for _, trust := range got.Trusts {
		if trust.External != tri.Unknown {
			t.Errorf("%s: external %v, want unknown", trust.Principal, trust.External)
		}
	}
	if len(got.Trusts) != 2 || !got.Complete {
		t.Errorf("got %+v", got)
	}
	if got := iampolicy.AnalyseTrust(statements(t, `{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":"sts:AssumeRole"}`), iampolicy.TrustOptions{}); len(got.Trusts) != 1 || got.Trusts[0].Type != iampolicy.TrustAny {
		t.Errorf("NotPrincipal: %+v", got)
	}
}

func TestSubjectPinned(t *testing.T) {
	t.Parallel()
	const yes, no, unsure = tri.True, tri.False, tri.Unknown
	const github = "token.actions.githubusercontent.com"
	for _, c := range []struct {
		provider, condition string
		pinned, human       tri.Value
	}{
		{github, `{"StringEquals":{"` + github + `:aud":"sts.amazonaws.com"}}`, no, no},
		{github, `{"StringEquals":{"` + github + `:sub":"repo:org/app:ref:refs/heads/main"}}`, yes, no},
		{github, `{"StringLike":{"` + github + `:sub":"repo:org/app:*"}}`, yes, no},
		{github, `{"ForAnyValue:StringLike":{"` + github + `:sub":["repo:org/app:*","repo:org/web:*"]}}`, yes, no},
		{github, `{"StringLike":{"` + github + `:sub":["repo:org/app:*","repo:org/*"]}}`, no, no},
		{github, `{"StringLike":{"` + github + `:sub":"repo:org/*:*"}}`, no, no},
		{github, `{"StringLike":{"` + github + `:sub":"repo:org/app*"}}`, no, no},
		{github, `{"StringLike":{"` + github + `:sub":"repo:*"}}`, no, no},
		{github, `{"StringLike":{"` + github + `:sub":"*"}}`, no, no},
		{github, `{"StringLike":{"` + github + `:sub":"*:ref:refs/heads/main"}}`, no, no},
		{github, `{"StringLikeIfExists":{"` + github + `:sub":"repo:org/app:*"}}`, no, no},
		{github, `{"StringNotLike":{"` + github + `:sub":"repo:org/app:*"}}`, no, no},
		{github, `{"StringEquals":{"` + github + `:repository_id":"123"}}`, yes, no},
		{"gitlab.com", `{"StringLike":{"gitlab.com:sub":"project_path:group/app:ref_type:branch:ref:*"}}`, yes, no},
		{"gitlab.com", `{"StringLike":{"gitlab.com:sub":"project_path:group/*:ref_type:branch:ref:main"}}`, no, no},
		{"gitlab.example.org", `{"StringLike":{"gitlab.example.org:sub":"project_path:group/app:*"}}`, yes, no},
		{"oidc.eks.eu-west-1.amazonaws.com/id/A1", `{"StringEquals":{"oidc.eks.eu-west-1.amazonaws.com/id/A1:sub":"system:serviceaccount:ns:app"}}`, yes, no},
		{"oidc.eks.eu-west-1.amazonaws.com/id/A1", `{"StringLike":{"oidc.eks.eu-west-1.amazonaws.com/id/A1:sub":"system:serviceaccount:ns:*"}}`, no, no},
		{"app.terraform.io", `{"StringLike":{"app.terraform.io:sub":"organization:o:project:p:workspace:w:run_phase:*"}}`, yes, no},
		{"app.terraform.io", `{"StringLike":{"app.terraform.io:sub":"organization:o:project:p:workspace:*:run_phase:*"}}`, no, no},
		{"login.example.org", `{"StringEquals":{"login.example.org:sub":"alice"}}`, yes, unsure},
		{"login.example.org", `{"StringLike":{"login.example.org:sub":"team-a/*"}}`, unsure, unsure},
	} {
		doc := statements(t, trusting(`{"Federated":"arn:aws:iam::111111111111:oidc-provider/`+c.provider+`"}`, "sts:AssumeRoleWithWebIdentity", c.condition))
		got := iampolicy.AnalyseTrust(doc, iampolicy.TrustOptions{OwnAccounts: []string{"111111111111"}})
		if len(got.Trusts) != 1 || got.Trusts[0].Conditions.SubjectPinned != c.pinned || got.HumanAssumable != c.human {
			t.Errorf("%s: %+v, want pinned %v, human %v", c.condition, got, c.pinned, c.human)
		}
	}
}

func TestFederatedByReference(t *testing.T) {
	t.Parallel()
	provider := iampolicy.Ref("aws_iam_openid_connect_provider.eks.arn", "arn:*:iam::*:oidc-provider/*")
	key := join(iampolicy.Ref("aws_iam_openid_connect_provider.eks.url", ""), ":sub")
	doc := statements(t, trusting(`{"Federated":"x"}`, "sts:AssumeRoleWithWebIdentity", ""))
	doc.Statements[0].Principal.Values[0].ID = provider
	doc.Statements[0].Conditions = []iampolicy.Condition{iampolicy.NewCondition("StringEquals", key, lit("system:serviceaccount:kube-system:autoscaler"))}
	got := iampolicy.AnalyseTrust(doc, iampolicy.TrustOptions{})
	want := iampolicy.TrustAnalysis{
		Trusts: []iampolicy.Trust{{
			Principal: "${aws_iam_openid_connect_provider.eks.arn}", Type: iampolicy.TrustFederated, External: tri.Unknown, Human: tri.False,
			Conditions: demands(tri.False, tri.False, tri.False, tri.True),
		}},
		HumanAssumable: tri.False, Complete: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	cognito := statements(t, trusting(`{"Federated":"cognito-identity.amazonaws.com"}`, "sts:AssumeRoleWithWebIdentity",
		`{"StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:pool"},"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}}`))
	got = iampolicy.AnalyseTrust(cognito, iampolicy.TrustOptions{})
	if got.HumanAssumable != tri.True || got.Trusts[0].Conditions.SubjectPinned != tri.True || got.Trusts[0].External != tri.True {
		t.Errorf("cognito: %+v", got)
	}
}
